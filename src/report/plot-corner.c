/* plot-corner.c: every pair of free parameters: where the accepted points are.
 *
 * Each panel below the diagonal has the number of accepted points per cell relative to the fullest
 * one, each panel on it the number per bin.  The points are counted as the search placed them:
 * this shows where the target is, not how probable its parts are. */
#include "plot-heat.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { MOST_AXES = 10, BINS_1D = 32, BINS_2D = 32, FEW = 400 };

struct corner {
    struct picture *picture;
    size_t n;
    struct picture_axis axes[MOST_AXES];
    uint32_t *counts; /* n by n panels of BINS_2D * BINS_2D, diagonal: the first BINS_1D */
    uint64_t n_points;
};

static uint32_t *panel(struct corner *corner, size_t row, size_t column)
{
    return corner->counts + (row * corner->n + column) * BINS_2D * BINS_2D;
}

static int see_span(void *context, const struct point_row *point, struct err *err)
{
    struct corner *corner = context;
    size_t i;

    (void)err;
    for (i = 0; i < corner->n; i++)
        picture_axis_see(&corner->axes[i],
                         picture_axis_of(&corner->axes[i], corner->picture, point));
    corner->n_points++;
    return 0;
}

static int see_point(void *context, const struct point_row *point, struct err *err)
{
    struct corner *corner = context;
    size_t bins[MOST_AXES], i, k;

    (void)err;
    for (i = 0; i < corner->n; i++)
        bins[i] = picture_axis_bin(&corner->axes[i],
                                   picture_axis_of(&corner->axes[i], corner->picture, point));
    for (i = 0; i < corner->n; i++) {
        if (bins[i] == SIZE_MAX)
            continue;
        panel(corner, i, i)[bins[i]]++;
        for (k = 0; k < i; k++)
            if (bins[k] != SIZE_MAX)
                panel(corner, i, k)[bins[i] * BINS_2D + bins[k]]++;
    }
    return 0;
}

static int put_histogram(struct corner *corner, size_t i, struct err *err)
{
    const struct picture_axis *axis = &corner->axes[i];
    const uint32_t *counts = panel(corner, i, i);
    char name[64];
    size_t b;

    snprintf(name, sizeof name, "histogram %zu", i + 1);
    if (picture_block(corner->picture, name, "middle low high points", err) != 0 ||
        picture_axis_note(corner->picture, axis, err) != 0)
        return -1;
    for (b = 0; b < axis->n_bins; b++) {
        double row[4] = {picture_axis_middle(axis, b), picture_axis_edge(axis, b),
                         picture_axis_edge(axis, b + 1), counts[b]};

        if (picture_row(corner->picture, 4, row, err) != 0)
            return -1;
    }
    return 0;
}

static int put_panel(struct corner *corner, size_t i, size_t k, struct err *err)
{
    const struct picture_axis *y = &corner->axes[i], *x = &corner->axes[k];
    const uint32_t *counts = panel(corner, i, k);
    uint32_t most = 1;
    size_t a, b;
    char name[64];

    for (a = 0; a < BINS_2D * BINS_2D; a++)
        most = counts[a] > most ? counts[a] : most;
    snprintf(name, sizeof name, "panel %zu %zu", i + 1, k + 1);
    if (picture_block(corner->picture, name, HEAT_COLUMNS " (points, relative to the most) points",
                      err) != 0 ||
        buf_printf(&corner->picture->data, err, "# %s against %s\n", y->name, x->name) != 0)
        return -1;
    for (a = 0; a < y->n_bins; a++)
        for (b = 0; b < x->n_bins; b++) {
            double row[HEAT_ROW + 1];

            if (counts[a * BINS_2D + b] == 0)
                continue;
            picture_heat_place(x, y, b, a, row);
            row[HEAT_ROW - 1] = (double)counts[a * BINS_2D + b] / most;
            row[HEAT_ROW] = counts[a * BINS_2D + b];
            if (picture_row(corner->picture, HEAT_ROW + 1, row, err) != 0)
                return -1;
        }
    return 0;
}

/* Side by side along x, where labels of no more than two numbers may be too long: then all are
 * turned.  Along y they stand above each other. */
static const struct picture_room beside = {.most = 5, .characters = 12, .clear = 0.08};
static const struct picture_room above = {.most = 4, .clear = 0.08};

/* Columns of a label as it is drawn: the marks of a power stand for nothing. */
static double label_columns(const char *label, size_t n)
{
    double columns = 0;
    size_t i;

    for (i = 0; i < n; i++)
        columns += !strchr("^{}", label[i]) && ((unsigned char)label[i] & 0xc0) != 0x80;
    return columns;
}

/* Does no label of the bottom row touch the one before it, in its panel or in that to the left?
 * *end: where the last one ends, from the left edge of the panel; in and out. */
static bool stands_apart(const struct picture_axis *axis, const char *tics, double *end)
{
    static const double ACROSS = 13, APART = 0.4;
    const char *open = tics, *close;

    while ((open = strchr(open, '"')) && (close = strchr(open + 1, '"'))) {
        double half = label_columns(open + 1, (size_t)(close - open - 1)) / 2;
        double value = strtod(close + 1, NULL);
        double at = ACROSS * (axis->is_log ? log(value / axis->lo) / log(axis->hi / axis->lo)
                                           : (value - axis->lo) / (axis->hi - axis->lo));

        if (half > 0 && at - half < *end + APART)
            return false;
        if (half > 0)
            *end = at + half;
        open = close + 1;
    }
    return true;
}

static int find_turned(const struct corner *corner, bool *is_turned, struct err *err)
{
    static const double ACROSS_AND_GAP = 13.7;
    double end = -ACROSS_AND_GAP;
    struct buf words;
    size_t i;
    int rc = -1;

    buf_init(&words, 1 << 16);
    *is_turned = false;
    for (i = 0; i < corner->n && !*is_turned; i++) {
        const struct picture_axis *axis = &corner->axes[i];

        buf_clear(&words);
        TRY(picture_axis_tics(axis, &beside, &words, err));
        *is_turned = !picture_axis_fits(axis, &beside) ||
                     (words.len > 0 && !stands_apart(axis, words.data, &end));
        end -= ACROSS_AND_GAP;
    }
    rc = 0;
out:
    buf_free(&words);
    return rc;
}

static int put_tics(struct corner *corner, const char *name, size_t i,
                    const struct picture_room *room, struct err *err)
{
    struct buf words;
    int rc = -1;

    buf_init(&words, 1 << 16);
    TRY(picture_axis_tics(&corner->axes[i], room, &words, err));
    rc = picture_label(corner->picture, name, i + 1, words.len > 0 ? words.data : "", err);
out:
    buf_free(&words);
    return rc;
}

static int put_axis(struct corner *corner, size_t i, bool is_turned, struct err *err)
{
    struct picture *picture = corner->picture;
    const struct picture_axis *axis = &corner->axes[i];
    const struct picture_room slanted = {.most = axis->places ? 3 : above.most,
                                         .clear = above.clear};
    struct buf words;
    char *unit;
    int rc = -1;

    buf_init(&words, 1 << 16);
    TRY(picture_axis_label(axis, &words, err));
    unit = strstr(words.data, " [");
    if (unit)
        *unit = '\0';
    TRY(picture_label(picture, "label", i + 1, words.data, err));
    TRY(picture_label(picture, "unit", i + 1, unit ? unit + 1 : "", err));
    TRY(put_tics(corner, "tics", i, is_turned ? &slanted : &beside, err));
    TRY(put_tics(corner, "y_tics", i, &above, err));
    rc =
        buf_printf(&picture->variables, err, "is_log[%zu] = %d; lo[%zu] = %.10g; hi[%zu] = %.10g\n",
                   i + 1, axis->is_log, i + 1, axis->lo, i + 1, axis->hi);
out:
    buf_free(&words);
    return rc;
}

static int put_all(struct corner *corner, struct err *err)
{
    struct picture *picture = corner->picture;
    bool is_turned;
    size_t i, k;
    int rc = -1;

    TRY(find_turned(corner, &is_turned, err));
    TRY(picture_note(picture, err, "%llu %s, counted as the %s placed them",
                     (unsigned long long)corner->n_points,
                     picture->is_integral ? "calls" : "accepted points",
                     picture->is_integral ? "integration" : "search"));
    TRY(picture_words(picture, "points_words",
                      picture->is_integral ? "%.0f calls" : "%.0f accepted points", err));
    TRY(picture_number(picture, "n_axes", (double)corner->n, err));
    TRY(picture_number(picture, "n_points", (double)corner->n_points, err));
    TRY(picture_number(picture, "is_turned", is_turned, err));
    TRY(buf_printf(&picture->variables, err,
                   "array label[%zu]; array unit[%zu]; array tics[%zu]; array y_tics[%zu]\n"
                   "array is_log[%zu]; array lo[%zu]; array hi[%zu]\n",
                   corner->n, corner->n, corner->n, corner->n, corner->n, corner->n, corner->n));
    for (i = 0; i < corner->n; i++)
        TRY(put_axis(corner, i, is_turned, err));
    for (i = 0; i < corner->n; i++) {
        TRY(put_histogram(corner, i, err));
        for (k = 0; k < i; k++)
            TRY(put_panel(corner, i, k, err));
    }
    rc = 0;
out:
    return rc;
}

static int find_axes(struct corner *corner, struct err *err)
{
    struct picture *picture = corner->picture;
    size_t i, n_free = picture_n_free(picture);

    corner->n = n_free < MOST_AXES ? n_free : MOST_AXES;
    picture->width = picture->height = 450 + 220 * (int)corner->n;
    if (picture->options->x || picture->options->y)
        return err_set(err, ERR_USAGE, "corner takes no --x and --y: it shows every pair");
    if (n_free == 0)
        return err_set(err, ERR_USAGE, "scan %s has no free parameter", picture->scan->name);
    for (i = 0; i < corner->n; i++) {
        if (picture_axis_find(picture, NULL, i, SCALE_OF_PRIOR, &corner->axes[i], err) != 0)
            return -1;
        if (picture_axis_by_place(picture, STATE_ACCEPTED, &corner->axes[i], err) != 0)
            return -1;
    }
    if (corner->n < n_free) {
        snprintf(picture->words, sizeof picture->words,
                 "the first %zu of %zu free parameters are shown", corner->n, n_free);
        return picture_note(picture, err, "%s", picture->words);
    }
    return 0;
}

int picture_corner(struct picture *picture, struct err *err)
{
    struct corner corner = {.picture = picture};
    struct picture_reader reader = {.state = STATE_ACCEPTED, .see = see_span, .context = &corner};
    size_t i;
    int rc = -1;

    TRY(find_axes(&corner, err));
    reader.wanted = picture_wants(picture, corner.n, corner.axes);
    corner.counts =
        arena_array(picture->arena, corner.n * corner.n * BINS_2D * BINS_2D, sizeof *corner.counts);
    if (!reader.wanted || !corner.counts) {
        mem_error(err);
        goto out;
    }
    TRY(picture_read(picture, &reader, err));
    if (corner.n_points == 0) {
        err_set(err, ERR_STORE, "scan %s %s%s: nothing to draw", picture->scan->name,
                picture->is_integral ? "keeps no calls" : "has no accepted point",
                picture->options->where ? " where the condition holds" : "");
        goto out;
    }
    for (i = 0; i < corner.n; i++) {
        picture_axis_bins(&corner.axes[i], corner.n_points < FEW ? BINS_2D / 2 : BINS_2D);
        /* A parameter of many whole numbers: its cells cannot be one each. */
        if (corner.axes[i].n_bins > BINS_2D)
            corner.axes[i].n_bins = BINS_2D;
    }
    reader.see = see_point;
    TRY(picture_read(picture, &reader, err));
    rc = put_all(&corner, err);
out:
    return rc;
}
