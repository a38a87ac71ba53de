/* plot-hist.c: the histogram of one value.
 *
 * Of an integration: the integral per bin over the bin's width, d f / d x, from its points: each
 * stands for F over the density with which it was drawn.  Rounds are weighted by their calls over
 * the mean square of these weights in the round before, the same for all bins, and by no less per
 * call than an earlier one; the first counts only where there is no other.  (By its own mean square
 * a round that met no peak would be all that counts.)  Errors are the root of the sum of squares.
 * The surrogate has
 * no part in it, so a bin is known less well than the integral; the whole is scaled to the
 * integral (not where a condition leaves points out).
 *
 * With --events: events of `theodolite generate` (csv) beside it or, where an integration keeps no
 * points, alone; their weights' sum is scaled to the integral too.
 *
 * Of a search: accepted points (with --where: all that it takes), counted. */
#include "plot-private.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { N_BINS = 40, MOST_COLUMNS = 4096 };

struct hist_bin {
    double sum, squares;
    uint64_t n;
};

struct hist_round {
    uint32_t block; /* the last round of points in it */
    uint64_t n;
    double squares;
    double share; /* of the whole; over n */
};

/* Events of a file. */
struct hist_events {
    size_t n, cap;
    double *x, *weight;
};

struct hist {
    struct picture *picture;
    struct picture_axis axis;
    double lo, hi; /* of the bins */
    size_t n_bins;
    struct height *height; /* NULL: no integration */
    double scale, integral;
    const struct integral_row *last; /* the latest integral; NULL: none is known */
    struct hist_round *rounds;
    size_t n_rounds;
    uint64_t n_seen;
    double sum, squares;
    struct hist_bin *bins, *of_events;
    struct hist_events events;
};

/* ---- bins ----------------------------------------------------------------------------------- */

static double along(const struct hist *hist, double value)
{
    return hist->axis.is_log ? log(value) : value;
}

static double edge(const struct hist *hist, size_t i)
{
    double at = hist->lo + (hist->hi - hist->lo) * (double)i / (double)hist->n_bins;

    return hist->axis.is_log ? exp(at) : at;
}

static void set_bins(struct hist *hist)
{
    size_t wanted = hist->picture->options->bins;
    double span;

    if (hist->axis.places)
        picture_axis_bins(&hist->axis, 0);
    hist->lo = along(hist, hist->axis.lo);
    hist->hi = along(hist, hist->axis.hi);
    hist->n_bins = wanted > 0 ? wanted : N_BINS;
    if (hist->axis.places)
        hist->n_bins = hist->axis.n_places;
    if (hist->axis.is_integer) {
        hist->lo -= 0.5;
        hist->hi += 0.5;
        span = hist->hi - hist->lo;
        hist->n_bins = (size_t)span < hist->n_bins ? (size_t)(span + 0.5) : hist->n_bins;
    }
    if (!(hist->hi > hist->lo)) {
        hist->lo -= 0.5;
        hist->hi += 0.5;
    }
}

static void fill(const struct hist *hist, struct hist_bin *bins, double value, double weight)
{
    double share = (along(hist, value) - hist->lo) / (hist->hi - hist->lo);
    size_t bin = share > 0 ? (size_t)(share * (double)hist->n_bins) : 0;
    struct hist_bin *to = &bins[bin < hist->n_bins ? bin : hist->n_bins - 1];

    to->sum += weight;
    to->squares += weight * weight;
    to->n++;
}

/* ---- points --------------------------------------------------------------------------------- */

static struct hist_round *round_of(struct hist *hist, uint32_t round)
{
    size_t i;

    for (i = 0; i < hist->n_rounds; i++)
        if (round <= hist->rounds[i].block)
            return &hist->rounds[i];
    return NULL; /* of a round that is not yet closed */
}

/* What a point stands for, without its round's share; 0: nothing. */
static double weight_of(struct hist *hist, const struct point_row *point)
{
    const struct picture *picture = hist->picture;
    bool is_failed = point->state == STATE_FAILED;
    double value = 0;

    if (!hist->height)
        return point->state == STATE_ACCEPTED ||
                       (picture->options->where && point->state != STATE_RUNNING)
                   ? 1
                   : 0;
    if (point->state == STATE_RUNNING || !(point->density > 0))
        return 0;
    height_block(hist->height, 1, point->row, picture->scan->n_values, &is_failed, &value);
    return isfinite(value) ? hist->scale * value / point->density : 0;
}

static int see_span(void *context, const struct point_row *point, struct err *err)
{
    struct hist *hist = context;
    double value = picture_axis_of(&hist->axis, hist->picture, point);
    double weight = weight_of(hist, point);
    struct hist_round *round = round_of(hist, point->round);

    (void)err;
    if (hist->height && round && point->density > 0 && point->state != STATE_RUNNING) {
        round->n++;
        round->squares += weight * weight;
    }
    if (weight == 0 || !isfinite(value) || (hist->height && !round))
        return 0;
    hist->n_seen++;
    picture_axis_see(&hist->axis, value);
    return 0;
}

static int see_bin(void *context, const struct point_row *point, struct err *err)
{
    struct hist *hist = context;
    double value = picture_axis_of(&hist->axis, hist->picture, point);
    double weight = weight_of(hist, point);
    const struct hist_round *round = round_of(hist, point->round);

    (void)err;
    if (weight == 0 || !isfinite(value) || (hist->height && !round))
        return 0;
    if (hist->height)
        weight *= round->share;
    hist->sum += weight;
    hist->squares += weight * weight;
    fill(hist, hist->bins, value, weight);
    return 0;
}

static void share_rounds(struct hist *hist)
{
    const struct hist_round *before = NULL;
    double all = 0, per_call = 0;
    size_t i;

    for (i = 0; i < hist->n_rounds; i++) {
        struct hist_round *round = &hist->rounds[i];

        if (round->n == 0)
            continue;
        if (before && before->squares > 0)
            per_call = fmax(per_call, (double)before->n / before->squares);
        if (before)
            round->share = (double)round->n * (per_call > 0 ? per_call : 1);
        all += round->share;
        before = round;
    }
    for (i = 0; i < hist->n_rounds; i++) {
        struct hist_round *round = &hist->rounds[i];

        if (all > 0 && round->n > 0)
            round->share /= all * (double)round->n;
        else if (round == before)
            round->share = 1 / (double)round->n;
    }
}

/* All bins times a number, so that their sum is the integral. */
static void scale_bins(const struct hist *hist, struct hist_bin *bins, double factor)
{
    size_t i;

    for (i = 0; i < hist->n_bins; i++) {
        bins[i].sum *= factor;
        bins[i].squares *= factor * factor;
    }
}

/* ---- events --------------------------------------------------------------------------------- */

static int add_event(struct hist_events *events, double x, double weight, struct err *err)
{
    if (events->n == events->cap) {
        size_t cap = events->cap ? 2 * events->cap : 4096;
        double *xs = mem_resize(events->x, events->cap, cap, sizeof *xs), *weights;

        if (!xs)
            return mem_error(err);
        events->x = xs;
        weights = mem_resize(events->weight, events->cap, cap, sizeof *weights);
        if (!weights)
            return mem_error(err);
        events->weight = weights;
        events->cap = cap;
    }
    events->x[events->n] = x;
    events->weight[events->n++] = weight;
    return 0;
}

/* Column `name` of a line of csv (numbers and names: no quotes); false: it has not so many. */
static bool take_column(const char *line, size_t column, double *value)
{
    const char *at = line;
    char text[64];
    size_t n;

    for (; column > 0; column--) {
        at = strchr(at, ',');
        if (!at)
            return false;
        at++;
    }
    n = strcspn(at, ",\n");
    if (n >= sizeof text)
        return false;
    snprintf(text, sizeof text, "%.*s", (int)n, at);
    if (n == 0 || text_to_double(text, value) != 0)
        *value = (double)NAN;
    return true;
}

static size_t find_column(const char *line, const char *name)
{
    size_t column = 0, n = strlen(name);

    for (const char *at = line; column < MOST_COLUMNS; column++) {
        if (strncmp(at, name, n) == 0 && strchr(",\n", at[n]))
            return column;
        at = strchr(at, ',');
        if (!at)
            break;
        at++;
    }
    return SIZE_MAX;
}

static int read_lines(struct hist *hist, FILE *file, const char *path, struct err *err)
{
    char *line = NULL;
    size_t cap = 0, column, of_weight;
    int rc = -1;

    if (getline(&line, &cap, file) < 0 ||
        (of_weight = find_column(line, "event_weight")) == SIZE_MAX) {
        err_set(err, ERR_USAGE, "'%s' has no events in csv: theodolite generate writes such files",
                path);
        goto out;
    }
    column = find_column(line, hist->axis.name);
    if (column == SIZE_MAX) {
        err_set(err, ERR_USAGE, "'%s' has no column %s", path, hist->axis.name);
        goto out;
    }
    while (getline(&line, &cap, file) >= 0) {
        double x, weight;

        if (!take_column(line, column, &x) || !take_column(line, of_weight, &weight) ||
            !isfinite(weight)) {
            err_set(err, ERR_USAGE, "'%s': a line has too few columns", path);
            goto out;
        }
        if (!isfinite(x) || (hist->axis.is_log && !(x > 0)))
            continue;
        x = picture_axis_place(&hist->axis, x);
        picture_axis_see(&hist->axis, x);
        TRY(add_event(&hist->events, x, weight, err));
    }
    rc = 0;
out:
    free(line);
    return rc;
}

static int read_events(struct hist *hist, struct err *err)
{
    const char *path = hist->picture->options->events;
    FILE *file;
    int rc;

    if (!path)
        return 0;
    file = fopen(path, "r");
    if (!file)
        return err_sys(err, ERR_IO, errno, "cannot read '%s'", path);
    rc = read_lines(hist, file, path, err);
    (void)fclose(file);
    return rc;
}

static void fill_events(struct hist *hist)
{
    double sum = 0;
    size_t i;

    for (i = 0; i < hist->events.n; i++) {
        sum += hist->events.weight[i];
        fill(hist, hist->of_events, hist->events.x[i], hist->events.weight[i]);
    }
    if (isfinite(hist->integral) && sum != 0)
        scale_bins(hist, hist->of_events, hist->integral / sum);
}

/* ---- data ----------------------------------------------------------------------------------- */

static int put_bins(struct hist *hist, const char *name, const struct hist_bin *bins,
                    struct err *err)
{
    bool is_density = hist->height != NULL;
    size_t i;

    if (picture_block(hist->picture, name, "x x_low x_high value +- entries", err) != 0)
        return -1;
    for (i = 0; i < hist->n_bins; i++) {
        double low = edge(hist, i), high = edge(hist, i + 1);
        double width = is_density ? high - low : 1;
        double row[6] = {hist->axis.is_log ? sqrt(low * high) : 0.5 * (low + high),
                         low,
                         high,
                         bins[i].sum / width,
                         sqrt(bins[i].squares) / width,
                         (double)bins[i].n};

        if (picture_row(hist->picture, 6, row, err) != 0)
            return -1;
    }
    return 0;
}

static int put_labels(struct hist *hist, struct err *err)
{
    struct picture *picture = hist->picture;
    const char *unit = picture->scan->integrate.unit, *of = hist->axis.unit;
    char label[256], title[128] = "";
    int rc = -1;

    if (!hist->height)
        snprintf(label, sizeof label, "points");
    else
        snprintf(label, sizeof label, "d(%.80s)/d(%.80s)%s%s%s%s%s", picture->scan->integrand,
                 hist->axis.name, unit[0] || of[0] ? " [" : "", unit[0] || !of[0] ? unit : "1",
                 of[0] ? "/" : "", of, unit[0] || of[0] ? "]" : "");
    TRY(picture_text(picture, "y_label", label, err));
    if (hist->n_seen > 0 && hist->events.n > 0)
        snprintf(title, sizeof title, "the integration's points (%llu)",
                 (unsigned long long)hist->n_seen);
    TRY(picture_words(picture, "of_points", title, err));
    snprintf(title, sizeof title, "events (%zu)", hist->events.n);
    TRY(picture_words(picture, "of_events", hist->events.n > 0 ? title : "", err));
    TRY(picture_number(picture, "y_is_log", picture->options->y_scale == SCALE_LOG, err));
    TRY(picture_number(picture, "has_points", hist->n_seen > 0, err));
    TRY(picture_number(picture, "has_events", hist->events.n > 0, err));
    TRY(picture_note(picture, err, "%llu points%s", (unsigned long long)hist->n_seen,
                     hist->height ? ", each with F over its density" : ""));
    if (hist->events.n > 0)
        TRY(picture_note(picture, err, "%zu events of %s", hist->events.n,
                         picture->options->events));
    rc = 0;
out:
    return rc;
}

/* What the histogram is scaled to may not be what it seems. */
static int put_doubt(struct hist *hist, struct err *err)
{
    struct picture *picture = hist->picture;
    bool is_doubted = hist->last && !hist->last->is_converged;

    if (hist->last &&
        picture_note(picture, err, "integral %.10g +- %.3g, %llu calls, %s", hist->last->integral,
                     hist->last->error, (unsigned long long)hist->last->n_calls,
                     is_doubted ? "NOT CONVERGED" : "converged") != 0)
        return -1;
    return picture_words(picture, "doubt", is_doubted ? "the integral is not converged" : "", err);
}

/* ---- all of it ------------------------------------------------------------------------------ */

static int open_integral(struct hist *hist, struct err *err)
{
    struct picture *picture = hist->picture;
    struct integral_row *rows;
    size_t n, i;

    if (!picture->is_integral)
        return 0;
    hist->height = height_create(picture->scan, err);
    if (!hist->height || store_integrals(picture->store, 0, picture->arena, &rows, &n, err) != 0)
        return -1;
    hist->scale = height_scale(hist->height);
    hist->rounds = arena_array(picture->arena, n + 1, sizeof *hist->rounds);
    if (!hist->rounds)
        return mem_error(err);
    hist->n_rounds = n;
    for (i = 0; i < n; i++) {
        hist->rounds[i].block = rows[i].block;
        if (isfinite(rows[i].integral)) {
            hist->integral = rows[i].integral;
            hist->last = &rows[i];
        }
    }
    return 0;
}

static int read_points(struct hist *hist, struct err *err)
{
    struct picture *picture = hist->picture;
    struct picture_reader reader = {.state = -1, .see = see_span, .context = hist};
    size_t i;

    reader.wanted = picture_wants(picture, 1, &hist->axis);
    if (!reader.wanted)
        return mem_error(err);
    for (i = 0; i < picture->scan->n_values && hist->height; i++)
        reader.wanted[i] = true;
    if (picture_read(picture, &reader, err) != 0)
        return -1;
    if (read_events(hist, err) != 0)
        return -1;
    if (hist->n_seen == 0 && hist->events.n == 0)
        return err_set(err, ERR_STORE, "no point to draw%s",
                       hist->height ? ": an integration of cheap calls keeps none; make events "
                                      "(theodolite generate) and give them with --events"
                                    : "");
    set_bins(hist);
    share_rounds(hist);
    hist->bins = arena_array(picture->arena, hist->n_bins, sizeof *hist->bins);
    hist->of_events = arena_array(picture->arena, hist->n_bins, sizeof *hist->of_events);
    if (!hist->bins || !hist->of_events)
        return mem_error(err);
    reader.see = see_bin;
    if (picture_read(picture, &reader, err) != 0)
        return -1;
    if (hist->height && !picture->options->where && isfinite(hist->integral) &&
        fabs(hist->sum) > 3 * sqrt(hist->squares))
        scale_bins(hist, hist->bins, hist->integral / hist->sum);
    fill_events(hist);
    return 0;
}

int picture_hist(struct picture *picture, struct err *err)
{
    const struct plot_options *options = picture->options;
    struct hist hist = {.picture = picture, .integral = NAN};
    int rc = -1;

    if (options->y)
        return err_set(err, ERR_USAGE, "hist is of one value, --x");
    TRY(picture_axis_find(picture, options->x, 0, options->x_scale, &hist.axis, err));
    TRY(open_integral(&hist, err));
    TRY(picture_axis_by_place(picture, hist.height || options->where ? -1 : STATE_ACCEPTED,
                              &hist.axis, err));
    TRY(read_points(&hist, err));
    picture_axis_bins(&hist.axis, hist.n_bins);
    TRY(picture_axis_put(picture, "x", &hist.axis, err));
    TRY(put_labels(&hist, err));
    TRY(put_doubt(&hist, err));
    if (hist.axis.places)
        TRY(picture_axis_note(picture, &hist.axis, err));
    TRY(put_bins(&hist, "points", hist.bins, err));
    TRY(put_bins(&hist, "events", hist.of_events, err));
    snprintf(picture->tag, sizeof picture->tag, "-%.60s", hist.axis.name);
    rc = 0;
out:
    height_free(hist.height);
    mem_free(hist.events.x);
    mem_free(hist.events.weight);
    return rc;
}
