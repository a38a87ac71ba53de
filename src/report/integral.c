/* integral.c: an integration in `status`: how large the integral is, whether that can be trusted,
 * what it took; the same for programs. */
#include "private.h"

#include "theodolite/strata.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

enum { TEXT = 96 };

static int read_text(struct store *store, const char *key, char *out, size_t size, struct err *err)
{
    struct buf text;
    int rc;

    buf_init(&text, 1 << 20);
    rc = store_get_meta(store, key, &text, err);
    snprintf(out, size, "%s", rc == 0 && text.len > 0 ? text.data : "");
    buf_free(&text);
    return rc;
}

int integral_gather(struct store *store, struct morning *morning, struct err *err)
{
    char kind[32];
    int rc = -1;

    TRY(read_text(store, "kind", kind, sizeof kind, err));
    morning->is_integral = strcmp(kind, "integral") == 0;
    if (!morning->is_integral)
        return 0;
    TRY(read_text(store, "integral method", morning->method, sizeof morning->method, err));
    TRY(store_last_integral(store, morning->arena, &morning->integral, &morning->has_integral,
                            err));
    TRY(store_cells(store, UINT32_MAX, morning->arena, &morning->cells, &morning->n_cells, err));
    rc = 0;
out:
    return rc;
}

/* ---- for people ----------------------------------------------------------------------------- */

static int put_estimate(const struct morning *morning, struct buf *out, struct err *err)
{
    const struct integral_row *row = &morning->integral;
    const char *unit = morning->scan->integrate.unit;
    char value[TEXT], words[200], range[TEXT];
    int rc = -1;

    height_words(morning->scan, words, sizeof words);
    if (!morning->has_integral || !isfinite(row->error))
        return buf_printf(out, err, "integral   - (no estimate yet)\n           %s of %s\n", words,
                          morning->scan->integrand);
    TRY(buf_printf(out, err, "integral   %s%s%s\n           %s of %s\n",
                   text_estimate(value, sizeof value, row->integral, row->error),
                   unit[0] ? " " : "", unit, words, morning->scan->integrand));
    if (!isfinite(row->lo) || !isfinite(row->hi))
        return buf_printf(out, err, "interval   - (method %s gives none)\n", morning->method);
    TRY(buf_printf(out, err, "interval   %s%s%s with 95 %% confidence, at every moment at once\n",
                   text_between(range, sizeof range, row->lo, row->hi), unit[0] ? " " : "", unit));
    rc = 0;
out:
    return rc;
}

/* Of what a `resume` with more calls does not cure. */
static int put_cure(unsigned alarms, struct buf *out, struct err *err)
{
    if (alarms & ALARM_SEARCH &&
        buf_puts(out,
                 "           no resume cures that, as the search is at the start: integrate anew "
                 "with more calls (--until \"... points\")\n",
                 err) != 0)
        return -1;
    if (alarms & ALARM_FAILED)
        return buf_puts(
            out, "           more calls do not cure that: see which fail, and why, below\n", err);
    return 0;
}

/* Nothing speaks against the error, which is not yet the one that was asked for. */
static int put_so_far(const struct morning *morning, struct buf *out, struct err *err)
{
    size_t i;

    if (buf_puts(out, "converged  so far: no alarm was raised", err) != 0)
        return -1;
    for (i = 0; i < morning->n_goals; i++)
        if (buf_printf(out, err, "%s\"%s\"", i == 0 ? "; not reached yet: " : " or ",
                       morning->goals[i].text) != 0)
            return -1;
    return buf_puts(out, "\n", err);
}

static int put_trust(const struct morning *morning, struct buf *out, struct err *err)
{
    const struct integral_row *row = &morning->integral;

    if (!morning->has_integral)
        return 0;
    if (row->is_converged && strcmp(morning->state, "done") != 0)
        return put_so_far(morning, out, err);
    if (row->is_converged && integrate_is_baseline(morning->method))
        return buf_printf(out, err, "converged  by method %s, which has no alarms\n",
                          morning->method);
    if (row->is_converged)
        return buf_puts(out, "converged  no alarm was raised\n", err);
    if (buf_printf(out, err, "NOT CONVERGED: %s\n",
                   row->why[0] ? row->why : "the error that was asked for is not reached") != 0)
        return -1;
    return put_cure(row->alarms, out, err);
}

uint64_t integral_n_calls(const struct morning *morning)
{
    uint64_t n = morning->counts.total - morning->counts.running;

    return morning->has_integral && morning->integral.n_calls > n ? morning->integral.n_calls : n;
}

static int put_calls(const struct morning *morning, struct buf *out, struct err *err)
{
    const struct integral_row *row = &morning->integral;
    char calls[TEXT], number[TEXT_DOUBLE_SIZE];
    int rc = -1;

    TRY(buf_printf(out, err, "calls      %s by method %s",
                   text_count(calls, sizeof calls, integral_n_calls(morning)),
                   morning->method[0] ? morning->method : "-"));
    if (morning->has_integral)
        TRY(buf_printf(out, err, ", %u round%s", row->round + 1, row->round == 0 ? "" : "s"));
    if (morning->engine.active_s > 0)
        TRY(buf_printf(
            out, err, ", %s per second",
            words_number(number, (double)integral_n_calls(morning) / morning->engine.active_s, 3)));
    TRY(buf_puts(out, "\n", err));
    if (morning->has_integral && row->n_calls < integral_n_calls(morning))
        TRY(buf_printf(out, err,
                       "           the integral is of the first %s, those after them of a round "
                       "that is not complete\n",
                       text_count(calls, sizeof calls, row->n_calls)));
    if (morning->has_integral && row->failed_volume > 0)
        TRY(buf_printf(out, err,
                       "left out   %.3g +- %.1g %% of the space, where %llu calls failed\n",
                       100 * row->failed_volume, 100 * row->failed_error,
                       (unsigned long long)row->n_calls_failed));
    rc = 0;
out:
    return rc;
}

static int put_classes(const struct morning *morning, struct buf *out, struct err *err)
{
    const struct integral_row *row = &morning->integral;
    const struct cell_row *most = NULL;
    /* their classes are those of counted calls, and the integral is not their sum */
    bool is_sample =
        strcmp(morning->method, "cubature") == 0 || strcmp(morning->method, "adaptive") == 0;
    size_t i;
    int rc = -1;

    if (morning->n_cells == 0)
        return buf_puts(out, "classes    -\n", err);
    for (i = 0; i < morning->n_cells; i++)
        if (!most || morning->cells[i].budget > most->budget)
            most = &morning->cells[i];
    TRY(buf_printf(out, err, "classes    %zu", morning->n_cells));
    if (isfinite(row->purity))
        TRY(buf_printf(out, err, ", predicted rightly on %.0f %% of the volume",
                       100 * row->purity));
    if (is_sample)
        TRY(buf_puts(out, ", a picture of the heights that were counted", err));
    else if (most->budget > 0)
        TRY(buf_printf(out, err, "; the error is %.0f %% of class %d", 100 * most->budget,
                       most->cell));
    TRY(buf_puts(out, "\n", err));
    if (row->n_uniform > 0 && isfinite(row->unseen_above))
        TRY(buf_printf(out, err,
                       "unseen     at most %.2g %% of the space is above %.3g in size (95 %%, %llu "
                       "uniform calls)\n",
                       100 * row->unseen_volume, row->unseen_above,
                       (unsigned long long)row->n_uniform));
    rc = 0;
out:
    return rc;
}

int integral_put(const struct morning *morning, struct buf *out, struct err *err)
{
    if (put_estimate(morning, out, err) != 0 || put_trust(morning, out, err) != 0 ||
        put_calls(morning, out, err) != 0)
        return -1;
    return put_classes(morning, out, err);
}

/* ---- for programs --------------------------------------------------------------------------- */

static json_t *number(double value)
{
    return isfinite(value) ? json_real(value) : json_null();
}

static json_t *whole(uint64_t value)
{
    return json_integer((json_int_t)value);
}

static json_t *alarms_of(unsigned alarms)
{
    static const struct {
        unsigned bit;
        const char *name;
    } names[] = {{ALARM_WEIGHT, "weight"}, {ALARM_ROUNDS, "rounds"}, {ALARM_SEARCH, "search"},
                 {ALARM_LATE, "late"},     {ALARM_FEW, "few"},       {ALARM_FAILED, "failed"}};
    json_t *list = json_array();
    size_t i;

    for (i = 0; i < sizeof names / sizeof names[0]; i++)
        if (alarms & names[i].bit)
            json_array_append_new(list, json_string(names[i].name));
    return list;
}

static void add_figures(json_t *object, const struct integral_row *row)
{
    const struct {
        const char *key;
        double value;
    } figures[] = {{"estimate", row->integral},
                   {"error", row->error},
                   {"lo", row->lo},
                   {"hi", row->hi},
                   {"absolute", row->absolute},
                   {"absolute_error", row->absolute_error},
                   {"failed_volume", row->failed_volume},
                   {"failed_error", row->failed_error},
                   {"largest_share", row->largest_share},
                   {"chi2", row->chi2},
                   {"unseen_volume", row->unseen_volume},
                   {"unseen_above", row->unseen_above},
                   {"purity", row->purity},
                   {"surrogate", row->surrogate}};
    size_t i;

    for (i = 0; i < sizeof figures / sizeof figures[0]; i++)
        json_object_set_new(object, figures[i].key, number(figures[i].value));
}

json_t *integral_json(const struct morning *morning)
{
    static const double none = (double)NAN;
    const struct integral_row unknown = {.integral = none, .error = none, .lo = none, .hi = none};
    const struct integral_row *row = morning->has_integral ? &morning->integral : &unknown;
    json_t *object;

    if (!morning->is_integral)
        return NULL;
    object = json_object();
    add_figures(object, row);
    json_object_set_new(object, "converged", json_boolean(row->is_converged));
    json_object_set_new(object, "why", json_string(row->why ? row->why : ""));
    json_object_set_new(object, "alarms", alarms_of(row->alarms));
    json_object_set_new(object, "unit", json_string(morning->scan->integrate.unit));
    json_object_set_new(object, "measure",
                        json_string(scan_measure_name(morning->scan->integrate.measure)));
    json_object_set_new(object, "integrand", json_string(morning->scan->integrand));
    json_object_set_new(object, "method", json_string(morning->method));
    json_object_set_new(object, "calls", whole(integral_n_calls(morning)));
    json_object_set_new(object, "failed", whole(row->n_calls_failed));
    json_object_set_new(object, "rounds", whole(morning->has_integral ? row->round + 1 : 0));
    json_object_set_new(object, "peaks", whole(row->n_peaks));
    return object;
}

/* A limit that is not finite: null. */
json_t *integral_cells_json(const struct morning *morning)
{
    json_t *list;
    size_t i;

    if (!morning->is_integral)
        return NULL;
    list = json_array();
    for (i = 0; i < morning->n_cells; i++) {
        const struct cell_row *c = &morning->cells[i];

        json_array_append_new(
            list,
            json_pack("{s:i, s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:o}", "cell",
                      c->cell, "lo", number(c->lo), "hi", number(c->hi), "volume",
                      number(c->volume), "volume_error", number(c->volume_error), "mean",
                      number(c->mean), "mean_error", number(c->mean_error), "part", number(c->part),
                      "part_error", number(c->part_error), "budget", number(c->budget), "n",
                      whole(c->n), "n_next", whole(c->n_next), "right", number(c->right)));
    }
    return list;
}
