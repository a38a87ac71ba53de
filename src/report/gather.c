/* gather.c: what `status` tells, put together from the store.
 *
 * Counts come from the rounds, so they cost the same whatever the number of points.  The points
 * themselves are read only as far as the latest MORNING_RECENT of them, for which term rejects how
 * much and for coverage; of those before only the accepted ones are, for the span of all of them.
 *
 * Coverage.  The learner says of every point it proposes how probable the target is; the uniform
 * share is drawn without it, but it is asked about those points as well before they run.  So of the
 * accepted uniform points the share that it expected (above COVERAGE_IN) tells how much of the
 * target it knows, and as they are independent draws the error is binomial.  The start design, from
 * which it learns, tells nothing.  The latest half of them counts (survey_foreseen_lately).
 * What the rounds alone tell is in figures.c. */
#include "private.h"

#include <math.h>
#include <string.h>

enum { BLOCK = 1024, MAX_WORKERS = 4096 };

static const char *state_of(const struct engine_row *engine)
{
    if (!engine->is_alive)
        return strcmp(engine->state, "done") == 0 ? "done" : "stopped";
    if (strcmp(engine->state, "paused") == 0 || strcmp(engine->state, "full") == 0)
        return "paused";
    return "running";
}

static bool is_over(const char *state)
{
    return strcmp(state, "done") == 0 || strcmp(state, "stopped") == 0 ||
           strcmp(state, "failed") == 0 || state[0] == '\0';
}

/* ---- points --------------------------------------------------------------------------------- */

static int note_test(struct morning *morning, const struct point_row *point, struct err *err)
{
    size_t cap = morning->cap_foreseen;

    morning->n_asked++;
    if (point->state != STATE_ACCEPTED)
        return 0;
    if (morning->n_asked_accepted == cap) {
        uint8_t *more = mem_resize(morning->is_foreseen, cap, cap + BLOCK, 1);

        if (!more)
            return mem_error(err);
        morning->is_foreseen = more;
        morning->cap_foreseen = cap + BLOCK;
    }
    morning->is_foreseen[morning->n_asked_accepted++] = point->predicted > COVERAGE_IN;
    return 0;
}

static void widen_region(struct morning *morning, const struct point_row *point)
{
    size_t v;

    for (v = 0; v < morning->scan->n_params; v++) {
        morning->lo[v] = fmin(morning->lo[v], point->row[v]);
        morning->hi[v] = fmax(morning->hi[v], point->row[v]);
    }
}

static void see_point(struct morning *morning, const struct point_row *point)
{
    size_t bit, v;

    if (point->state == STATE_RUNNING)
        return;
    morning->n_recent++;
    for (v = 0; v < morning->scan->n_params && !isnan(point->row[v]); v++)
        ;
    if (v < morning->scan->n_params)
        morning->n_missing[v]++;
    if (point->state == STATE_FAILED)
        return;
    morning->n_judged++;
    judge_conflict_note(&morning->conflict, morning->n_terms, &point->verdict);
    for (bit = 0; bit < JUDGE_MAX_TERMS; bit++)
        morning->n_term_fails[bit] += point->verdict.fails >> bit & 1;
    if (point->state != STATE_ACCEPTED)
        return;
    morning->n_recent_accepted++;
    widen_region(morning, point);
}

/* Of what was said for the target as it is; of uniform points it always was. */
static void see_said(struct morning *morning, const struct point_row *point)
{
    const struct round_row *round =
        store_round_find(morning->rounds, morning->n_rounds, point->round);

    if (point->state != STATE_RUNNING && point->state != STATE_FAILED &&
        isfinite(point->predicted) && point->id >= morning->figures.labels_from &&
        (point->origin == ORIGIN_EXPLORE || !round || !round->is_relaxed))
        report_bins_add(morning->said, (double)point->predicted, point->state == STATE_ACCEPTED);
}

/* Points before it were drawn from other ranges. */
static int find_uniform_from(struct store *store, struct morning *morning, struct err *err)
{
    struct buf text;
    int64_t from = 0;
    int rc;

    buf_init(&text, 256);
    rc = store_get_meta(store, "uniform from", &text, err);
    if (rc == 0 && text.len > 0 && text_to_int64(text.data, &from) == 0 && from > 0)
        morning->uniform_from = (uint64_t)from;
    buf_free(&text);
    return rc;
}

/* The accepted points before `end`; points: room for BLOCK. */
static int gather_region(struct store *store, struct morning *morning, const bool *wanted,
                         uint64_t end, struct point_row *points, struct err *err)
{
    const struct store_query query = {.state = STATE_ACCEPTED, .wanted = wanted};
    struct store_cursor *cursor = store_select(store, &query, err);
    size_t i, n = 1;
    int rc = -1;

    while (cursor && n > 0) {
        TRY(store_fetch(cursor, BLOCK, points, &n, err));
        for (i = 0; i < n && points[i].id < end; i++)
            widen_region(morning, &points[i]);
        if (i < n)
            break;
    }
    rc = cursor ? 0 : -1;
out:
    store_cursor_free(cursor);
    return rc;
}

/* The scan's constraints that were not taken out, then the live cuts. */
static int gather_terms(struct store *store, struct morning *morning, struct err *err)
{
    const char **without;
    struct judge_cut *cuts;
    size_t i, k, n_cuts;

    if (store_cuts(store, morning->arena, &cuts, &n_cuts, &without, err) != 0)
        return -1;
    morning->term_names = arena_array(morning->arena, morning->scan->n_constraints + n_cuts,
                                      sizeof *morning->term_names);
    if (!morning->term_names)
        return mem_error(err);
    for (i = 0; i < morning->scan->n_constraints; i++) {
        for (k = 0; without[k] && strcmp(without[k], morning->scan->constraints[i].name) != 0; k++)
            ;
        if (!without[k])
            morning->term_names[morning->n_terms++] = morning->scan->constraints[i].name;
    }
    for (i = 0; i < n_cuts; i++)
        morning->term_names[morning->n_terms++] = cuts[i].name;
    if (morning->n_terms > JUDGE_MAX_TERMS)
        morning->n_terms = JUDGE_MAX_TERMS;
    return 0;
}

static int gather_points(struct store *store, struct morning *morning, struct err *err)
{
    struct store_query query = {.state = -1};
    size_t i, n = 1, n_values = morning->scan->n_values, n_params = morning->scan->n_params;
    struct point_row *points = arena_array(morning->arena, BLOCK, sizeof *points);
    double *rows = arena_array(morning->arena, BLOCK * (n_values + 1), sizeof *rows);
    bool *wanted = arena_array(morning->arena, n_values, sizeof *wanted);
    struct store_cursor *cursor = NULL;
    uint64_t last = 0;
    int rc = -1;

    morning->lo = arena_array(morning->arena, n_params, sizeof *morning->lo);
    morning->hi = arena_array(morning->arena, n_params, sizeof *morning->hi);
    morning->n_missing = arena_array(morning->arena, n_params, sizeof *morning->n_missing);
    morning->n_term_fails =
        arena_array(morning->arena, JUDGE_MAX_TERMS, sizeof *morning->n_term_fails);
    if (!points || !rows || !wanted || !morning->lo || !morning->hi || !morning->n_missing ||
        !morning->n_term_fails)
        return mem_error(err);
    for (i = 0; i < n_params; i++) {
        morning->lo[i] = morning->hi[i] = NAN;
        wanted[i] = true;
    }
    for (i = 0; i < BLOCK; i++)
        points[i].row = rows + i * n_values;
    TRY(store_last_id(store, &last, err));
    query.from_id = last > MORNING_RECENT ? last - MORNING_RECENT + 1 : 0;
    query.wanted = wanted;
    if (query.from_id > 1)
        TRY(gather_region(store, morning, wanted, query.from_id, points, err));
    cursor = store_select(store, &query, err);
    while (cursor && n > 0) {
        TRY(store_fetch(cursor, BLOCK, points, &n, err));
        for (i = 0; i < n; i++) {
            see_point(morning, &points[i]);
            see_said(morning, &points[i]);
            if (points[i].state != STATE_RUNNING && points[i].id >= morning->uniform_from &&
                points[i].id >= morning->figures.labels_from &&
                survey_tests_learner(points[i].origin, points[i].predicted))
                TRY(note_test(morning, &points[i], err));
        }
    }
    morning->foreseen =
        survey_foreseen_lately((size_t)morning->n_asked_accepted, morning->is_foreseen);
    rc = cursor ? 0 : -1;
out:
    store_cursor_free(cursor);
    return rc;
}

/* ---- the present run ------------------------------------------------------------------------ */

/* Of the rows of state running only those that a live engine's workers hold run indeed. */
static int gather_workers(struct store *store, struct morning *morning, struct err *err)
{
    struct worker_row *workers = arena_array(morning->arena, MAX_WORKERS, sizeof *workers);
    size_t i, n = 0;

    if (!workers)
        return mem_error(err);
    if (store_workers(store, workers, MAX_WORKERS, &n, err) != 0)
        return -1;
    for (i = 0; i < n && morning->engine.is_alive; i++)
        morning->n_now += workers[i].point != 0;
    if (morning->n_now > morning->counts.running)
        morning->n_now = morning->counts.running;
    morning->n_waiting = morning->counts.running - morning->n_now;
    return 0;
}

/* ---- all of it ------------------------------------------------------------------------------ */

int morning_gather(struct store *store, struct morning *morning, struct err *err)
{
    int rc = -1;

    *morning = (struct morning){.arena = arena_create()};
    if (!morning->arena) {
        mem_error(err);
        goto out;
    }
    morning->scan = store_scan(store, err);
    if (!morning->scan)
        goto out;
    TRY(store_counts(store, &morning->counts, err));
    TRY(store_engine(store, &morning->engine, err));
    TRY(store_tallies(store, morning->tallies, MORNING_TALLIES, &morning->n_tallies, err));
    TRY(store_rounds(store, 0, morning->arena, &morning->rounds, &morning->n_rounds, err));
    morning->state = state_of(&morning->engine);
    morning->has_died = !morning->engine.is_alive && !is_over(morning->engine.state);
    TRY(gather_workers(store, morning, err));
    TRY(report_goals(store, morning->scan, morning->arena, &morning->goals, &morning->n_goals,
                     err));
    TRY(report_figures(store, &morning->counts, morning->rounds, morning->n_rounds,
                       &morning->figures, err));
    TRY(integral_gather(store, morning, err));
    TRY(find_uniform_from(store, morning, err));
    TRY(gather_terms(store, morning, err));
    TRY(gather_points(store, morning, err));
    rc = 0;
out:
    if (rc != 0)
        morning_free(morning);
    return rc;
}

void morning_free(struct morning *morning)
{
    scan_free(morning->scan);
    mem_free(morning->is_foreseen);
    arena_free(morning->arena);
    morning->scan = NULL;
    morning->arena = NULL;
    morning->is_foreseen = NULL;
}
