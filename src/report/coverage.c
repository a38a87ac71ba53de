/* coverage.c: how well a scan covers its target: `theodolite gaps`, and the evenness of `status
 * --json`.
 *
 * What it does: reads every closed point and the newest model from the store, asks the survey for
 * parts, gaps and evenness, and writes them in physical units.  Boxes are those of the accepted
 * points of a part, and of the pool's places in a gap.  After an edit that moved ranges ("uniform
 * from") earlier points are no uniform draws of the present prior.
 *
 * What it does not: run anything.  The command "gaps queue" does (engine). */
#include "private.h"

#include "theodolite/survey.h"

#include <jansson.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { BLOCK = 2048, MODEL_MAX = 1 << 28 };

struct cover {
    struct store *store;
    struct scan *scan;
    struct arena *arena;
    struct space *space;
    struct judge *judge;
    struct ensemble *model;
    uint32_t model_round;
    size_t d, n, cap;
    size_t *n_cells;
    float *x;
    uint8_t *state, *is_uniform;
    uint64_t uniform_from;
    double *row, *unit;
    struct coverage coverage;
};

static void cover_close(struct cover *cover)
{
    coverage_free(&cover->coverage);
    ensemble_free(cover->model);
    judge_free(cover->judge);
    space_free(cover->space);
    scan_free(cover->scan);
    arena_free(cover->arena);
    mem_free(cover->x);
    mem_free(cover->state);
    mem_free(cover->is_uniform);
}

static int open_scan(struct cover *cover, struct err *err)
{
    struct judge_cut *cuts;
    const char **without;
    size_t n_cuts, j;
    struct buf from;
    int64_t number = 0;
    int rc = -1;

    buf_init(&from, 256);
    cover->arena = arena_create();
    if (!cover->arena) {
        mem_error(err);
        goto out;
    }
    if (!(cover->scan = store_scan(cover->store, err)) ||
        !(cover->space = space_create(cover->scan, err)))
        goto out;
    TRY(store_cuts(cover->store, cover->arena, &cuts, &n_cuts, &without, err));
    if (!(cover->judge = judge_create(cover->scan, cuts, n_cuts, without, err)))
        goto out;
    TRY(store_get_meta(cover->store, "uniform from", &from, err));
    if (from.len > 0 && text_to_int64(from.data, &number) == 0 && number > 0)
        cover->uniform_from = (uint64_t)number;
    cover->d = space_n_dims(cover->space);
    cover->n_cells = arena_array(cover->arena, cover->d, sizeof *cover->n_cells);
    cover->row = arena_array(cover->arena, cover->scan->n_values, sizeof *cover->row);
    cover->unit = arena_array(cover->arena, cover->d, sizeof *cover->unit);
    if (!cover->n_cells || !cover->row || !cover->unit) {
        mem_error(err);
        goto out;
    }
    for (j = 0; j < cover->d; j++)
        cover->n_cells[j] = space_n_cells(cover->space, j);
    rc = 0;
out:
    buf_free(&from);
    return rc;
}

static int read_model(struct cover *cover, struct err *err)
{
    struct buf bytes;
    bool found = false;
    int rc = -1;

    buf_init(&bytes, MODEL_MAX);
    TRY(store_last_model(cover->store, &cover->model_round, &bytes, &found, err));
    if (found)
        cover->model =
            survey_ensemble(cover->scan, cover->d, cover->judge, bytes.data, bytes.len, err);
    rc = err->code == ERR_NONE ? 0 : -1;
out:
    buf_free(&bytes);
    return rc;
}

/* ---- points --------------------------------------------------------------------------------- */

static int make_room(struct cover *cover, struct err *err)
{
    struct store_counts counts;

    if (store_counts(cover->store, &counts, err) != 0)
        return -1;
    cover->cap = (size_t)(counts.total - counts.running) + BLOCK; /* the scan may be running */
    cover->x = mem_array(cover->cap * cover->d, sizeof *cover->x);
    cover->state = mem_array(cover->cap, 1);
    cover->is_uniform = mem_array(cover->cap, 1);
    return cover->x && cover->state && cover->is_uniform ? 0 : mem_error(err);
}

static void take_point(struct cover *cover, struct point_row *point)
{
    size_t j;

    if (point->state == STATE_RUNNING || cover->n == cover->cap)
        return;
    (void)space_to_unit(cover->space, point->row, cover->unit);
    for (j = 0; j < cover->d; j++) {
        if (!isfinite(cover->unit[j]))
            return;
        cover->x[cover->n * cover->d + j] = survey_seen(cover->n_cells[j], cover->unit[j]);
    }
    cover->is_uniform[cover->n] = point->density == 1.0 && point->id >= cover->uniform_from;
    cover->state[cover->n++] = (uint8_t)point->state;
}

static int read_points(struct cover *cover, struct err *err)
{
    struct store_query query = {.state = -1};
    size_t i, n = 1, n_values = cover->scan->n_values;
    struct point_row *points = arena_array(cover->arena, BLOCK, sizeof *points);
    double *rows = arena_array(cover->arena, BLOCK * n_values, sizeof *rows);
    bool *wanted = arena_array(cover->arena, n_values, sizeof *wanted);
    struct store_cursor *cursor = NULL;
    int rc = -1;

    if (!points || !rows || !wanted)
        return mem_error(err);
    for (i = 0; i < cover->scan->n_params; i++)
        wanted[i] = true;
    for (i = 0; i < BLOCK; i++)
        points[i].row = rows + i * n_values;
    query.wanted = wanted;
    TRY(make_room(cover, err));
    cursor = store_select(cover->store, &query, err);
    while (cursor && n > 0) {
        TRY(store_fetch(cursor, BLOCK, points, &n, err));
        for (i = 0; i < n; i++)
            take_point(cover, &points[i]);
    }
    rc = cursor ? 0 : -1;
out:
    store_cursor_free(cursor);
    return rc;
}

static int cover_open(struct store *store, struct cover *cover, struct err *err)
{
    struct coverage_input input;

    *cover = (struct cover){.store = store};
    if (open_scan(cover, err) != 0 || read_model(cover, err) != 0 || read_points(cover, err) != 0)
        return -1;
    input = (struct coverage_input){.n = cover->n,
                                    .n_dims = cover->d,
                                    .x = cover->x,
                                    .state = cover->state,
                                    .is_uniform = cover->is_uniform,
                                    .n_cells = cover->n_cells,
                                    .model = cover->model,
                                    .seed = cover->scan->seed};
    return survey_coverage(&input, &cover->coverage, err);
}

/* ---- physical values ------------------------------------------------------------------------ */

/* The parameters' values at a place of the cube; NaN where it has none. */
static void values_at(struct cover *cover, const float *x)
{
    size_t j;

    for (j = 0; j < cover->d; j++)
        cover->unit[j] = (double)x[j];
    if (space_to_physical(cover->space, cover->unit, cover->row)) {
        space_snap(cover->space, cover->row);
        return;
    }
    for (j = 0; j < cover->d; j++)
        cover->row[space_value(cover->space, j)] = NAN;
}

struct box {
    double *lo, *hi; /* d */
};

static struct box box_create(struct cover *cover)
{
    struct box box = {arena_array(cover->arena, cover->d, sizeof(double)),
                      arena_array(cover->arena, cover->d, sizeof(double))};
    size_t j;

    for (j = 0; j < cover->d && box.lo && box.hi; j++)
        box.lo[j] = box.hi[j] = NAN;
    return box;
}

static void widen(struct cover *cover, struct box *box, const float *x)
{
    size_t j;

    values_at(cover, x);
    for (j = 0; j < cover->d; j++) {
        double value = cover->row[space_value(cover->space, j)];

        box->lo[j] = fmin(box->lo[j], value);
        box->hi[j] = fmax(box->hi[j], value);
    }
}

/* Boxes of the first n parts. */
static struct box *boxes_of_parts(struct cover *cover, size_t n)
{
    struct box *boxes = arena_array(cover->arena, n, sizeof *boxes);
    size_t i, k;

    for (k = 0; k < n && boxes; k++) {
        boxes[k] = box_create(cover);
        if (!boxes[k].lo || !boxes[k].hi)
            return NULL;
    }
    for (i = 0; i < cover->n && boxes; i++) {
        size_t part = cover->coverage.part[i];

        if (part < n)
            widen(cover, &boxes[part], cover->x + i * cover->d);
    }
    return boxes;
}

static int box_of_gap(struct cover *cover, const struct coverage_gap *gap, struct box *box,
                      struct err *err)
{
    size_t i;

    *box = box_create(cover);
    if (!box->lo || !box->hi)
        return mem_error(err);
    for (i = 0; i < gap->n_points; i++)
        widen(cover, box, gap->points + i * cover->d);
    return 0;
}

/* ---- for people ----------------------------------------------------------------------------- */

static int put_box(const struct cover *cover, const struct box *box, struct buf *out,
                   struct err *err)
{
    char range[128];
    size_t j, column = 11;

    if (buf_puts(out, "          ", err) != 0)
        return -1;
    for (j = 0; j < cover->d; j++) {
        const char *name = space_name(cover->space, j);
        enum prior_kind kind = cover->scan->params[space_value(cover->space, j)].kind;
        size_t length;

        if (box->lo[j] < box->hi[j] || kind == PRIOR_INTEGER)
            words_range(range, sizeof range, kind, box->lo[j], box->hi[j]);
        else /* of a single point */
            words_number(range, box->lo[j], 4);
        length = strlen(name) + strlen(range) + 3;
        if (j > 0 && column + length > 98) {
            if (buf_puts(out, "\n          ", err) != 0)
                return -1;
            column = 11;
        }
        column += length;
        if (buf_printf(out, err, " %s %s%s", name, range, j + 1 < cover->d ? "," : "\n") != 0)
            return -1;
    }
    return 0;
}

static int put_no_learner(const struct cover *cover, struct buf *out, struct err *err)
{
    enum search_method method = cover->scan->search.method;

    if (buf_puts(out,
                 "no trained learner: gaps and evenness are not known, volumes come from the "
                 "uniform points alone\n",
                 err) != 0)
        return -1;
    if (cover->n == 0 || (method != METHOD_CLASSIFIER && method != METHOD_REGRESSOR))
        return 0;
    return buf_printf(out, err, "to train one on the labels of now: theodolite tell %s train now\n",
                      text_shell_word(cover->arena, store_path(cover->store)));
}

static int put_summary(const struct cover *cover, struct buf *out, struct err *err)
{
    const struct coverage *c = &cover->coverage;
    char text[128], number[TEXT_DOUBLE_SIZE], share[TEXT_DOUBLE_SIZE];
    int rc = -1;

    text_count(text, sizeof text, c->n_accepted);
    TRY(buf_printf(out, err, "%s accepted point%s", text, c->n_accepted == 1 ? "" : "s"));
    if (c->n_used < c->n_accepted) {
        text_count(text, sizeof text, c->n_used);
        TRY(buf_printf(out, err, " (a sample of %s of them is worked with)", text));
    }
    TRY(buf_printf(out, err, " in %zu component%s\n", c->n_parts, c->n_parts == 1 ? "" : "s"));
    if (!cover->model)
        return put_no_learner(cover, out, err);
    TRY(buf_printf(out, err, "predicted  %s of the prior, by the learner of round %u\n",
                   words_estimate(text, sizeof text, c->predicted, c->predicted_error),
                   (unsigned)cover->model_round));
    if (isfinite(c->empty))
        TRY(buf_printf(out, err,
                       "empty      %s of that (gaps: farther than %s of the cube's edge "
                       "from every point; %s is typical)\n",
                       words_percent(share, (uint64_t)llround(1e6 * c->empty),
                                     (uint64_t)llround(1e6 * fmax(c->predicted, c->empty)) + 1),
                       words_number(number, c->gap_from, 2), words_number(text, c->typical, 2)));
    else
        TRY(buf_printf(out, err,
                       "empty      - (only %zu of %zu places asked about are predicted)\n",
                       c->n_foreseen, c->n_pool));
    if (!isfinite(c->evenness))
        return buf_puts(out, "evenness   - (too few points of which the learner is sure)\n", err);
    rc = buf_printf(
        out, err,
        "evenness   AUC %.3f of found against fresh points (0.5 +- %.3f: even), where the "
        "learner\n           is sure, as of %.0f %% of the accepted points: %s\n",
        c->evenness, c->evenness_error, 100 * c->sure,
        c->evenness > 0.5 + 2 * c->evenness_error + 0.01   ? "some places are crowded"
        : c->evenness < 0.5 - 2 * c->evenness_error - 0.01 ? "more even than at random"
                                                           : "even");
out:
    return rc;
}

static int put_parts(struct cover *cover, size_t most, struct buf *out, struct err *err)
{
    const struct coverage *c = &cover->coverage;
    size_t k, n = c->n_parts < most ? c->n_parts : most;
    struct box *boxes = boxes_of_parts(cover, n);
    char points[32], volume[64], deviation[64];
    int rc = -1;

    if (!boxes)
        return mem_error(err);
    if (n > 0)
        TRY(buf_puts(out,
                     "\ncomponent     points   share  volume of the prior         deviation "
                     "(1: as many as its volume asks for)\n",
                     err));
    for (k = 0; k < n; k++) {
        const struct coverage_part *part = &c->parts[k];

        text_count(points, sizeof points, part->n);
        snprintf(volume, sizeof volume, "-");
        snprintf(deviation, sizeof deviation, "-");
        if (isfinite(part->volume))
            words_estimate(volume, sizeof volume, part->volume, part->volume_error);
        if (isfinite(part->deviation))
            words_estimate(deviation, sizeof deviation, part->deviation, part->deviation_error);
        TRY(buf_printf(out, err, "%9zu %10s %5.1f %%  %-26s  %s\n", k + 1, points,
                       100 * part->share, volume, deviation));
        TRY(put_box(cover, &boxes[k], out, err));
    }
    if (n < c->n_parts)
        TRY(buf_printf(out, err, "%zu smaller components\n", c->n_parts - n));
    rc = 0;
out:
    return rc;
}

static int put_gaps(struct cover *cover, size_t most, struct buf *out, struct err *err)
{
    const struct coverage *c = &cover->coverage;
    size_t k, n = c->n_gaps < most ? c->n_gaps : most, n_failing = 0;
    char volume[64], distance[TEXT_DOUBLE_SIZE];
    int rc = -1;

    if (!cover->model || !isfinite(c->empty))
        return 0;
    if (c->n_gaps == 0)
        return buf_puts(out, "\nno gaps: every predicted place has a point near it\n", err);
    TRY(buf_puts(out, "\ngap   volume of the prior     probability  distance  where\n", err));
    for (k = 0; k < n; k++) {
        const struct coverage_gap *gap = &c->gaps[k];
        struct box box;

        TRY(box_of_gap(cover, gap, &box, err));
        n_failing += gap->is_failing;
        TRY(buf_printf(out, err, "%3zu   %-22s  %8.*f %%  %8s  %s%s\n", k + 1,
                       words_estimate(volume, sizeof volume, gap->volume, gap->volume_error),
                       gap->probability < 0.01 ? 1 : 0, 100 * gap->probability,
                       words_number(distance, gap->distance, 2),
                       gap->is_apart ? "apart from every component" : "in a known component",
                       gap->is_failing ? "; calls fail there" : ""));
        TRY(put_box(cover, &box, out, err));
    }
    if (n < c->n_gaps)
        TRY(buf_printf(out, err, "%zu smaller gaps\n", c->n_gaps - n));
    rc = buf_printf(out, err, "to run %s: theodolite tell %s gaps queue %zu\n",
                    c->gaps[0].is_failing ? "a point in each all the same" : "points in the first",
                    text_shell_word(cover->arena, store_path(cover->store)),
                    n < 3 || n_failing == n ? n : 3);
out:
    return rc;
}

int report_gaps(struct store *store, size_t most, struct buf *out, struct err *err)
{
    struct cover cover;
    int rc = -1;

    TRY(cover_open(store, &cover, err));
    TRY(put_summary(&cover, out, err));
    TRY(put_parts(&cover, most, out, err));
    TRY(put_gaps(&cover, most, out, err));
    rc = 0;
out:
    cover_close(&cover);
    return rc;
}

/* ---- for programs --------------------------------------------------------------------------- */

static json_t *number(double value)
{
    return isfinite(value) ? json_real(value) : json_null();
}

static json_t *box_json(const struct cover *cover, const struct box *box)
{
    json_t *object = json_object();
    size_t j;

    for (j = 0; j < cover->d; j++)
        json_object_set_new(object, space_name(cover->space, j),
                            json_pack("[o, o]", number(box->lo[j]), number(box->hi[j])));
    return object;
}

static json_t *point_json(struct cover *cover, const float *x)
{
    json_t *object = json_object();
    size_t j;

    values_at(cover, x);
    for (j = 0; j < cover->d; j++)
        json_object_set_new(object, space_name(cover->space, j),
                            number(cover->row[space_value(cover->space, j)]));
    return object;
}

static json_t *parts_json(struct cover *cover)
{
    const struct coverage *c = &cover->coverage;
    struct box *boxes = boxes_of_parts(cover, c->n_parts);
    json_t *list = boxes ? json_array() : NULL;
    size_t k;

    for (k = 0; k < c->n_parts && list; k++) {
        const struct coverage_part *part = &c->parts[k];

        json_array_append_new(
            list, json_pack("{s:I, s:o, s:o, s:o, s:o, s:o, s:o}", "points", (json_int_t)part->n,
                            "share", number(part->share), "volume", number(part->volume),
                            "volume_error", number(part->volume_error), "deviation",
                            number(part->deviation), "deviation_error",
                            number(part->deviation_error), "box", box_json(cover, &boxes[k])));
    }
    return list;
}

static json_t *gaps_json(struct cover *cover, size_t most, struct err *err)
{
    const struct coverage *c = &cover->coverage;
    json_t *list = json_array();
    size_t k;

    for (k = 0; k < c->n_gaps && k < most && list; k++) {
        const struct coverage_gap *gap = &c->gaps[k];
        struct box box;

        if (box_of_gap(cover, gap, &box, err) != 0) {
            json_decref(list);
            return NULL;
        }
        json_array_append_new(
            list, json_pack("{s:o, s:o, s:o, s:o, s:o, s:b, s:o, s:o}", "volume",
                            number(gap->volume), "volume_error", number(gap->volume_error),
                            "probability", number(gap->probability), "runs", number(gap->runs),
                            "distance", number(gap->distance), "apart", (int)gap->is_apart, "at",
                            point_json(cover, gap->at), "box", box_json(cover, &box)));
    }
    return list;
}

int report_gaps_json(struct store *store, size_t most, struct buf *out, struct err *err)
{
    struct cover cover;
    const struct coverage *c = &cover.coverage;
    json_t *all = NULL, *gaps;
    char *text = NULL;
    int rc = -1;

    TRY(cover_open(store, &cover, err));
    gaps = gaps_json(&cover, most, err);
    if (!gaps)
        goto out;
    all = json_pack("{s:I, s:I, s:o, s:o, s:o, s:o, s:{s:o, s:o, s:o}, s:o, s:o}", "accepted",
                    (json_int_t)c->n_accepted, "used", (json_int_t)c->n_used, "predicted",
                    number(c->predicted), "predicted_error", number(c->predicted_error), "empty",
                    number(c->empty), "typical_distance", number(c->typical), "evenness", "auc",
                    number(c->evenness), "error", number(c->evenness_error), "share",
                    number(c->sure), "components", parts_json(&cover), "gaps", gaps);
    text = all ? json_dumps(all, JSON_COMPACT) : NULL;
    if (!text) {
        mem_error(err);
        goto out;
    }
    TRY(buf_puts(out, text, err));
    rc = buf_puts(out, "\n", err);
out:
    free(text);
    json_decref(all);
    cover_close(&cover);
    return rc;
}
