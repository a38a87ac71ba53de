/* plot-scatter.c: points by two values, in layers, over a heat.
 *
 * Layers: rejected, proposed, accepted, of unknown label, failed (where both values are known:
 * parameters always are).  Each is a sample of bounded size; the head of the data and the key say
 * what share of a layer is drawn.
 *
 * Heat found: the share accepted of the evaluated points in each cell, wherever they came from: it
 * tells what is known of the cell, not a volume, as the search looks where it hopes to find.  Heat
 * of the learner: the highest probability that it gives over the other parameters. */
#include "plot-learner.h"

#include <stdio.h>
#include <string.h>

enum { LAYER_REJECTED, LAYER_PROPOSED, LAYER_ACCEPTED, LAYER_UNKNOWN, LAYER_FAILED, N_LAYERS };
enum { MOST_DRAWN = 15000, COLUMNS = 3, HEAT_BINS = 32 };
static const char *const layer_names[N_LAYERS] = {"rejected", "proposed", "accepted", "unknown",
                                                  "failed"};

struct scatter {
    struct picture *picture;
    struct picture_axis axes[2];
    struct picture_sample layers[N_LAYERS];
    uint64_t n_without;    /* points of which a value is not known */
    uint64_t n_outside[4]; /* of the range of a parameter: 1 of x, 2 of y, 3 of both */
    struct heat_cell {
        uint32_t n, n_accepted;
    } * cells; /* n_bins of y by n_bins of x */
};

static int layer_of(enum point_state state)
{
    switch (state) {
    case STATE_RUNNING: return LAYER_PROPOSED;
    case STATE_ACCEPTED: return LAYER_ACCEPTED;
    case STATE_UNKNOWN: return LAYER_UNKNOWN;
    case STATE_FAILED: return LAYER_FAILED;
    case STATE_REJECTED:
    case N_STATES: break;
    }
    return LAYER_REJECTED;
}

static int see_point(void *context, const struct point_row *point, struct err *err)
{
    struct scatter *scatter = context;
    double row[COLUMNS] = {0, 0, (double)point->id};
    int i;

    for (i = 0; i < 2; i++)
        row[i] = picture_axis_of(&scatter->axes[i], scatter->picture, point);
    if (!isfinite(row[0]) || !isfinite(row[1])) {
        scatter->n_without++;
        return 0;
    }
    scatter->n_outside[picture_axis_leaves_out(&scatter->axes[0], row[0]) +
                       2 * picture_axis_leaves_out(&scatter->axes[1], row[1])]++;
    for (i = 0; i < 2; i++)
        picture_axis_see(&scatter->axes[i], row[i]);
    return picture_sample_add(&scatter->layers[layer_of(point->state)], point->id, row, err);
}

/* ---- heat of what was found ----------------------------------------------------------------- */

static int see_cell(void *context, const struct point_row *point, struct err *err)
{
    struct scatter *scatter = context;
    size_t bins[2], i;
    struct heat_cell *cell;

    (void)err;
    for (i = 0; i < 2; i++)
        bins[i] = picture_axis_bin(&scatter->axes[i],
                                   picture_axis_of(&scatter->axes[i], scatter->picture, point));
    if (bins[0] == SIZE_MAX || bins[1] == SIZE_MAX || point->state == STATE_RUNNING)
        return 0;
    cell = &scatter->cells[bins[1] * scatter->axes[0].n_bins + bins[0]];
    cell->n++;
    cell->n_accepted += point->state == STATE_ACCEPTED;
    return 0;
}

static int put_found(struct scatter *scatter, struct picture_reader *reader, struct err *err)
{
    struct picture *picture = scatter->picture;
    const struct picture_axis *x = &scatter->axes[0], *y = &scatter->axes[1];
    double most = 0, step;
    size_t i, k;

    scatter->cells = arena_array(picture->arena, x->n_bins * y->n_bins, sizeof *scatter->cells);
    if (!scatter->cells)
        return mem_error(err);
    reader->see = see_cell;
    if (picture_read(picture, reader, err) != 0 ||
        picture_block(picture, "heat",
                      HEAT_COLUMNS
                      " (share accepted of the evaluated points) points accepted low high (68 % "
                      "interval)",
                      err) != 0)
        return -1;
    for (i = 0; i < y->n_bins; i++)
        for (k = 0; k < x->n_bins; k++) {
            const struct heat_cell *cell = &scatter->cells[i * x->n_bins + k];
            double row[HEAT_ROW + 4];

            if (cell->n == 0)
                continue;
            picture_heat_place(x, y, k, i, row);
            row[HEAT_ROW - 1] = (double)cell->n_accepted / (double)cell->n;
            row[HEAT_ROW] = (double)cell->n;
            row[HEAT_ROW + 1] = (double)cell->n_accepted;
            picture_interval(cell->n_accepted, cell->n, 1, &row[HEAT_ROW + 2], &row[HEAT_ROW + 3]);
            most = fmax(most, row[HEAT_ROW - 1]);
            if (picture_row(picture, HEAT_ROW + 4, row, err) != 0)
                return -1;
        }
    step = most > 0 ? picture_step(most, 5) : 1;
    if (picture_number(picture, "heat_most", most > 0 ? fmin(step * ceil(most / step), 1) : 1,
                       err) != 0)
        return -1;
    return picture_words(picture, "heat_label", "share accepted of evaluated points [%]", err);
}

/* ---- layers --------------------------------------------------------------------------------- */

static int put_layer(struct picture *picture, int layer, const struct picture_sample *sample,
                     struct err *err)
{
    static const double nothing[COLUMNS] = {NAN, NAN, NAN};
    const char *name = layer_names[layer];
    const char *words = picture->is_integral && strcmp(name, "accepted") == 0 ? "calls" : name;
    char variable[64], title[128] = "";
    size_t i;
    int rc = -1;

    TRY(picture_block(picture, name, "x y id", err));
    for (i = 0; i < sample->n; i++)
        TRY(picture_row(picture, COLUMNS, sample->rows + i * COLUMNS, err));
    if (sample->n == 0)
        TRY(picture_row(picture, COLUMNS, nothing, err));
    if (sample->n > 0 && sample->n < sample->n_offered)
        snprintf(title, sizeof title, "%s %llu (%zu drawn)", words,
                 (unsigned long long)sample->n_offered, sample->n);
    else if (sample->n > 0)
        snprintf(title, sizeof title, "%s %zu", words, sample->n);
    snprintf(variable, sizeof variable, "%s_title", name);
    TRY(picture_words(picture, variable, title, err));
    snprintf(variable, sizeof variable, "n_%s", name);
    TRY(picture_number(picture, variable, (double)sample->n, err));
    if (sample->n_offered > 0)
        TRY(picture_note(picture, err, "%s: %llu points, %zu of them here%s", name,
                         (unsigned long long)sample->n_offered, sample->n,
                         sample->n < sample->n_offered ? " (a random share)" : ""));
    rc = 0;
out:
    return rc;
}

static int put_axes(struct scatter *scatter, struct err *err)
{
    struct picture *picture = scatter->picture;
    const struct picture_axis *x = &scatter->axes[0], *y = &scatter->axes[1];
    uint64_t n_outside = (isfinite(x->least) ? scatter->n_outside[1] : 0) +
                         (isfinite(y->least) ? scatter->n_outside[2] : 0) +
                         (isfinite(x->least) || isfinite(y->least) ? scatter->n_outside[3] : 0);
    int rc = -1;

    TRY(picture_axis_put(picture, "x", x, err));
    TRY(picture_axis_put(picture, "y", y, err));
    TRY(picture_note(picture, err, "x: %s [%s], y: %s [%s]", x->name, x->unit, y->name, y->unit));
    if (scatter->n_without > 0)
        TRY(picture_note(picture, err, "without x or y, not drawn: %llu points",
                         (unsigned long long)scatter->n_without));
    if (n_outside > 0)
        TRY(picture_note(picture, err,
                         "outside of the range of x or y, not in the picture: %llu point%s",
                         (unsigned long long)n_outside, n_outside == 1 ? "" : "s"));
    snprintf(picture->tag, sizeof picture->tag, "-%.60s-%.60s", x->name, y->name);
    rc = 0;
out:
    return rc;
}

static int put_heat(struct scatter *scatter, struct picture_reader *reader, struct err *err)
{
    struct picture *picture = scatter->picture;
    enum plot_heat heat = picture->options->heat;
    int rc = -1;

    TRY(picture_number(picture, "has_heat", heat != HEAT_NONE, err));
    if (heat == HEAT_FOUND)
        TRY(put_found(scatter, reader, err));
    else if (heat == HEAT_LEARNER)
        TRY(picture_heat_of_learner(picture, &scatter->axes[0], &scatter->axes[1], err));
    else
        TRY(picture_words(picture, "heat_label", "", err));
    if (heat != HEAT_FOUND)
        TRY(picture_number(picture, "heat_most", 1, err));
    rc = 0;
out:
    return rc;
}

int picture_scatter(struct picture *picture, struct err *err)
{
    const struct plot_options *options = picture->options;
    struct scatter scatter = {.picture = picture};
    struct picture_reader reader = {.state = -1, .see = see_point, .context = &scatter};
    uint64_t n = 0;
    int rc = -1, i;

    for (i = 0; i < N_LAYERS; i++)
        scatter.layers[i] = (struct picture_sample){.most = MOST_DRAWN, .n_columns = COLUMNS};
    TRY(picture_axes_find(picture, scatter.axes, err));
    reader.wanted = picture_wants(picture, 2, scatter.axes);
    if (!reader.wanted) {
        mem_error(err);
        goto out;
    }
    TRY(picture_read(picture, &reader, err));
    for (i = 0; i < N_LAYERS; i++)
        n += scatter.layers[i].n;
    if (n == 0 && picture->is_integral && !options->where) {
        err_set(err, ERR_STORE, "scan %s keeps no calls: nothing to draw", picture->scan->name);
        goto out;
    }
    if (n == 0) {
        err_set(err, ERR_STORE, "no point to draw: none%s has both %s and %s",
                options->where ? " where the condition holds" : "", scatter.axes[0].name,
                scatter.axes[1].name);
        goto out;
    }
    for (i = 0; i < 2; i++) {
        if (!scatter.axes[i].is_integer)
            picture_axis_widen(&scatter.axes[i]);
        picture_axis_bins(&scatter.axes[i], HEAT_BINS);
    }
    TRY(put_axes(&scatter, err));
    TRY(put_heat(&scatter, &reader, err));
    for (i = 0; i < N_LAYERS; i++)
        TRY(put_layer(picture, i, &scatter.layers[i], err));
    rc = 0;
out:
    for (i = 0; i < N_LAYERS; i++)
        picture_sample_free(&scatter.layers[i]);
    return rc;
}
