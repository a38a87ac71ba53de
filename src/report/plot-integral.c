/* plot-integral.c: pictures of an integration: the classes of the integrand's height, the volume
 * above a height, the estimate against the number of calls, and how far the rounds are from what
 * they give together.
 *
 * All figures are those that the engine stored (tables `integral` and `cell`); nothing here reads
 * points, so it costs the same for 1e7 calls. */
#include "plot-private.h"

#include "theodolite/strata.h"

#include <stdio.h>
#include <string.h>

int picture_is_integral(struct picture *picture, bool *is, struct err *err)
{
    struct buf kind;
    int rc;

    buf_init(&kind, 64);
    rc = store_get_meta(picture->store, "kind", &kind, err);
    *is = rc == 0 && kind.len > 0 && strcmp(kind.data, "integral") == 0;
    buf_free(&kind);
    return rc;
}

static int no_points(const struct picture *picture, const char *kind, struct err *err)
{
    if (!picture->options->where && !picture->options->x && !picture->options->y)
        return 0;
    return err_set(err, ERR_USAGE, "%s is made of whole rounds: it takes no --where, --x and --y",
                   kind);
}

static int take_cells(struct picture *picture, const char *kind, struct cell_row **cells, size_t *n,
                      struct err *err)
{
    if (no_points(picture, kind, err) != 0 ||
        store_cells(picture->store, UINT32_MAX, picture->arena, cells, n, err) != 0)
        return -1;
    if (*n == 0)
        return err_set(err, ERR_STORE,
                       "the integration of scan %s has no classes yet: they come with its first "
                       "rounds",
                       picture->scan->name);
    return 0;
}

/* Rounds that have an estimate; at least one, else an error. */
static int take_estimates(struct picture *picture, const char *kind, struct integral_row **rows,
                          size_t *n, struct err *err)
{
    size_t k = 0;

    if (no_points(picture, kind, err) != 0 ||
        store_integrals(picture->store, 0, picture->arena, rows, n, err) != 0)
        return -1;
    for (size_t i = 0; i < *n; i++)
        if (isfinite((*rows)[i].integral) && isfinite((*rows)[i].error))
            (*rows)[k++] = (*rows)[i];
    *n = k;
    if (k == 0)
        return err_set(err, ERR_STORE, "the integral of scan %s is not known yet: nothing to draw",
                       picture->scan->name);
    return 0;
}

static int put_integral(struct picture *picture, const struct integral_row *last, struct err *err)
{
    char words[160];
    int rc = -1;

    TRY(picture_note(picture, err, "integral %.10g +- %.3g, %llu calls, %s", last->integral,
                     last->error, (unsigned long long)last->n_calls,
                     last->is_converged ? "converged" : "NOT CONVERGED"));
    snprintf(words, sizeof words, "%s", last->is_converged ? "" : "not converged");
    TRY(picture_words(picture, "doubt", words, err));
    TRY(picture_number(picture, "integral", last->integral, err));
    rc = picture_number(picture, "integral_error", last->error, err);
out:
    return rc;
}

/* ---- numbers on an axis --------------------------------------------------------------------- */

/* A power of ten that leaves numbers as people like them; 1 where they are so. */
static double unit_of(double size)
{
    if (!(size > 0) || !isfinite(size) || (size >= 0.01 && size < 1e4))
        return 1;
    return pow(10, floor(log10(size)));
}

/* "[10^{9} fb]", "[fb]", "" */
static void put_unit(double unit, const char *name, char *out, size_t size)
{
    int power = (int)lround(log10(unit));

    if (power == 0)
        snprintf(out, size, name[0] ? " [%s]" : "%s", name);
    else
        snprintf(out, size, " [10^{%d}%s%s]", power, name[0] ? " " : "", name);
}

/* 1, 2 or 5 times a power of ten: about four of them in the span. */
static double step_of(double span)
{
    double power = span > 0 && isfinite(span) ? pow(10, floor(log10(span / 4))) : 1;
    double steps = span > 0 && isfinite(span) ? span / 4 / power : 1;

    return power * (steps < 1.5 ? 1 : steps < 3.5 ? 2 : steps < 7.5 ? 5 : 10);
}

/* ---- classes -------------------------------------------------------------------------------- */

/* 2.61e+08: 2.61e8 */
static void shorten_power(char *words)
{
    char *power = strchr(words, 'e');
    size_t sign, zeros;

    if (!power)
        return;
    sign = power[1] == '-' ? 2 : 1;
    zeros = strspn(power + sign, "+0");
    memmove(power + sign, power + sign + zeros, strlen(power + sign + zeros) + 1);
}

/* Limits as people read them, one label to a class. */
static int put_limits(struct picture *picture, const struct cell_row *cells, size_t n,
                      struct err *err)
{
    char words[64];

    if (buf_printf(&picture->variables, err, "array limits[%zu]\n", n > 1 ? n - 1 : 1) != 0)
        return -1;
    for (size_t j = 0; j + 1 < n; j++) {
        double size = fabs(cells[j].hi);

        if (size >= 1000 && size < 99999.5)
            snprintf(words, sizeof words, "%.0f", cells[j].hi);
        else
            snprintf(words, sizeof words, "%.3g", cells[j].hi);
        shorten_power(words);
        if (picture_label(picture, "limits", j + 1, words, err) != 0)
            return -1;
    }
    return 0;
}

/* Are the classes those of calls that cubature or adaptive sampling counted?  The integral is not
 * their sum then, and its error not theirs. */
static int is_sample(struct picture *picture, bool *is, struct err *err)
{
    struct buf method;
    int rc;

    buf_init(&method, 256);
    rc = store_get_meta(picture->store, "integral method", &method, err);
    *is = rc == 0 && method.len > 0 &&
          (strcmp(method.data, "cubature") == 0 || strcmp(method.data, "adaptive") == 0);
    buf_free(&method);
    return rc;
}

int picture_integral_cells(struct picture *picture, struct err *err)
{
    struct cell_row *cells;
    double least = 1, most = 0, lowest = 0, budget = 0, unit;
    char words[160];
    bool is = false;
    size_t n;
    int rc = -1;

    TRY(take_cells(picture, "cells", &cells, &n, err));
    TRY(is_sample(picture, &is, err));
    if (is)
        TRY(picture_note(picture, err,
                         "classes of the calls that were counted: +- is their scatter, not the "
                         "error of the integral, which is not their sum"));
    TRY(picture_note(picture, err,
                     "limits of the height, volume as a share of the box, contribution to the "
                     "integral; +- are one standard error"));
    TRY(picture_block(picture, "cells",
                      "class from to volume +- mean +- part +- share_of_variance calls right",
                      err));
    for (size_t j = 0; j < n; j++) {
        const struct cell_row *cell = &cells[j];
        double row[12] = {(double)j,          cell->lo,     cell->hi,         cell->volume,
                          cell->volume_error, cell->mean,   cell->mean_error, cell->part,
                          cell->part_error,   cell->budget, (double)cell->n,  cell->right};

        if (cell->volume > 0)
            least = fmin(least, cell->volume);
        most = fmax(most, cell->part + cell->part_error);
        lowest = fmin(lowest, cell->part - cell->part_error);
        budget = fmax(budget, isfinite(cell->budget) ? 100 * cell->budget : 0);
        TRY(picture_row(picture, 12, row, err));
    }
    TRY(picture_number(picture, "n_classes", (double)n, err));
    TRY(picture_number(picture, "volume_floor", 0.3 * least, err));
    unit = unit_of(fmax(most, -lowest));
    put_unit(unit, picture->scan->integrate.unit, words, sizeof words);
    TRY(picture_words(picture, "part_words", words, err));
    TRY(picture_number(picture, "part_unit", unit, err));
    TRY(picture_number(picture, "part_step", step_of((most - lowest) / unit), err));
    TRY(picture_number(picture, "share_step", step_of(budget), err));
    TRY(picture_number(picture, "most", most / unit, err));
    TRY(picture_number(picture, "lowest", lowest / unit, err));
    TRY(picture_number(picture, "is_sample", is, err));
    TRY(put_limits(picture, cells, n, err));
    rc = 0;
out:
    return rc;
}

/* ---- heights -------------------------------------------------------------------------------- */

/* V(|F| > h) of one sign, from the top down; the errors of the classes added in quadrature. */
static int put_above(struct picture *picture, const struct cell_row *cells, size_t n, bool negative,
                     double *least, struct err *err)
{
    double volume = 0, squares = 0, part = 0;

    if (picture_block(picture, negative ? "below" : "above",
                      "height volume +- low high integral_above", err) != 0)
        return -1;
    for (size_t i = 0; i < n; i++) {
        const struct cell_row *cell = &cells[negative ? i : n - 1 - i];
        double height = negative ? -cell->hi : cell->lo;

        if (!(negative ? cell->hi <= 0 : cell->lo >= 0))
            break;
        if (negative && !(cell->mean < 0))
            continue; /* foreseen below 0, and not found there */
        volume += cell->volume;
        squares += cell->volume_error * cell->volume_error;
        part += cell->part;
        if (!(height > 0) || !(volume > 0))
            continue;
        *least = fmin(*least, volume);
        if (picture_row(picture, 6,
                        (double[]){height, volume, sqrt(squares),
                                   fmax(volume - sqrt(squares), 0.3 * volume),
                                   volume + sqrt(squares), part},
                        err) != 0)
            return -1;
    }
    return 0;
}

int picture_heights(struct picture *picture, struct err *err)
{
    struct cell_row *cells;
    double least = 1;
    size_t n;
    int rc = -1;

    TRY(take_cells(picture, "heights", &cells, &n, err));
    TRY(picture_note(picture, err,
                     "volume, as a share of the box, where the integrand is above "
                     "the height (below: where it is under minus the height)"));
    TRY(put_above(picture, cells, n, false, &least, err));
    TRY(put_above(picture, cells, n, true, &least, err));
    TRY(picture_number(picture, "has_negative", cells[0].hi <= 0 && cells[0].mean < 0, err));
    TRY(picture_number(picture, "volume_floor", 0.3 * least, err));
    rc = 0;
out:
    return rc;
}

/* ---- convergence ---------------------------------------------------------------------------- */

/* Integrals as they are drawn: (I - base) / unit.  Where they differ in late digits only, these are
 * what is shown. */
struct shown {
    double base, unit;
    char words[64], unit_words[64]; /* of the axis: "integral - 2011.4183", "[10^{-6} pb]" */
};

static struct shown show_integrals(const struct picture *picture, const struct integral_row *rows,
                                   size_t n)
{
    enum { MOST_DIGITS = 15 };
    const char *name = picture->scan->integrate.unit;
    struct shown shown = {.base = 0};
    double last = rows[n - 1].integral, low = last, high = last, size;
    char base[TEXT_DOUBLE_SIZE] = "";
    int digits;

    for (size_t i = 0; i < n; i++) {
        double reach = rows[i].error;

        low = fmin(low, fmin(rows[i].integral - reach, isfinite(rows[i].lo) ? rows[i].lo : low));
        high = fmax(high, fmax(rows[i].integral + reach, isfinite(rows[i].hi) ? rows[i].hi : high));
    }
    size = fmax(fabs(low), fabs(high));
    if (high > low && high - low < 2e-4 * size) {
        digits = (int)floor(log10(size / (high - low)));
        snprintf(base, sizeof base, "%.*g", digits < MOST_DIGITS ? digits : MOST_DIGITS, last);
        (void)text_to_double(base, &shown.base);
        size = fmax(fabs(low - shown.base), fabs(high - shown.base));
    }
    shown.unit = unit_of(size);
    put_unit(shown.unit, name, shown.unit_words, sizeof shown.unit_words);
    snprintf(shown.words, sizeof shown.words, "integral%s%s", base[0] ? " - " : "", base);
    return shown;
}

int picture_convergence(struct picture *picture, struct err *err)
{
    struct integral_row *rows;
    const struct integral_row *last;
    struct shown shown;
    size_t n;
    int rc = -1;

    TRY(take_estimates(picture, "convergence", &rows, &n, err));
    last = &rows[n - 1];
    shown = show_integrals(picture, rows, n);
    TRY(picture_note(
        picture, err,
        "of all rounds up to each; lo, hi: 95 %%, valid whenever one looks; shown: %s%s",
        shown.words, shown.unit_words));
    TRY(picture_block(picture, "rounds",
                      "round calls integral +- low high relative_error lo hi shown +- lo hi", err));
    for (size_t i = 0; i < n; i++) {
        const struct integral_row *row = &rows[i];

        TRY(picture_row(picture, 13,
                        (double[]){row->round, (double)row->n_calls, row->integral, row->error,
                                   row->integral - row->error, row->integral + row->error,
                                   row->error / fabs(last->integral), row->lo, row->hi,
                                   (row->integral - shown.base) / shown.unit,
                                   row->error / shown.unit, (row->lo - shown.base) / shown.unit,
                                   (row->hi - shown.base) / shown.unit},
                        err));
    }
    TRY(put_integral(picture, last, err));
    TRY(picture_words(picture, "integral_words", shown.words, err));
    TRY(picture_words(picture, "integral_unit", shown.unit_words, err));
    TRY(picture_number(picture, "n_rounds", (double)n, err));
    TRY(picture_number(picture, "n_last", (double)last->n_calls, err));
    TRY(picture_number(picture, "n_first", (double)rows[0].n_calls, err));
    rc = picture_number(picture, "relative", last->error / fabs(last->integral), err);
out:
    return rc;
}

/* ---- pulls ---------------------------------------------------------------------------------- */

/* A round that weighs little in the sum, or as its variance asks: the sum holds it too, so that the
 * variances are subtracted.  One that is better than the sum weighed less than it deserves, since
 * weights are fixed before: then they are added, which is a little too careful. */
double report_pull(const struct integral_row *round, double integral, double error)
{
    double own = round->estimate_error * round->estimate_error, all = error * error;

    return (round->estimate - integral) / sqrt(own > 1.2 * all ? own - all : own + all);
}

int picture_pulls(struct picture *picture, struct err *err)
{
    struct integral_row *rows;
    const struct integral_row *last;
    size_t n, n_pulls = 0;
    double squares = 0, most = 3;
    int rc = -1;

    TRY(take_estimates(picture, "pulls", &rows, &n, err));
    last = &rows[n - 1];
    TRY(picture_note(picture, err,
                     "pull: (estimate of the round alone - the integral of all) over the error of "
                     "that difference"));
    TRY(picture_block(picture, "pulls", "round calls estimate +- pull", err));
    for (size_t i = 0; i < n; i++) {
        double pull = report_pull(&rows[i], last->integral, last->error);

        if (!isfinite(pull))
            continue;
        n_pulls++;
        squares += pull * pull;
        most = fmax(most, fabs(pull));
        TRY(picture_row(picture, 5,
                        (double[]){rows[i].round, (double)rows[i].n, rows[i].estimate,
                                   rows[i].estimate_error, pull},
                        err));
    }
    if (n_pulls < 2) {
        rc = err_set(err, ERR_STORE,
                     "the integration of scan %s has one round with an estimate: there is nothing "
                     "to compare it with",
                     picture->scan->name);
        goto out;
    }
    TRY(put_integral(picture, last, err));
    TRY(picture_number(picture, "rms", sqrt(squares / (double)n_pulls), err));
    TRY(picture_number(picture, "n_pulls", (double)n_pulls, err));
    TRY(picture_number(picture, "first_round", rows[0].round, err));
    TRY(picture_number(picture, "last_round", last->round, err));
    rc = picture_number(picture, "most", 1.15 * most, err);
out:
    return rc;
}
