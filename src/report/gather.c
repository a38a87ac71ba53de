/* gather.c: what `status` tells, put together from the store.
 *
 * Counts come from the rounds, so they cost the same whatever the number of points.  The points
 * themselves are read only as far as the latest MORNING_RECENT of them: for the span of the
 * accepted ones, for which term rejects how much, and for coverage.
 *
 * Coverage.  The learner says of every point it proposes how probable the target is; the uniform
 * share is drawn without it, but it is asked about those points as well before they run.  So of the
 * accepted uniform points the share that it expected (above EXPECTED) tells how much of the target
 * it knows, and as they are independent draws the error is binomial.  The start design, from
 * which it learns, tells nothing.
 *
 * After a cut has changed labels, what was predicted before was about another target: promises and
 * coverage then count from the first point that was proposed since.
 *
 * The volume is the survey's estimate as of the last round that has one (and since labels changed,
 * as above).  Before there is one it is
 * k/n of the uniform share with the error sqrt(p (1 - p) / n); with k = 0 it is not known, and
 * 3/n is its 95 % upper limit. */
#include "private.h"

#include <math.h>
#include <string.h>

enum { BLOCK = 1024, LEARNED_ROUNDS = 10, MAX_WORKERS = 4096 };
static const double EXPECTED = 0.5;

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

/* ---- rounds --------------------------------------------------------------------------------- */

static void gather_volume(struct store *store, struct morning *morning)
{
    double n = (double)morning->counts.uniform_total, k = (double)morning->counts.uniform_accepted;
    struct err ignored = ERR_INIT;
    struct buf from;
    bool is_old = false;
    size_t i;

    morning->volume = morning->volume_error = morning->volume_below = NAN;
    for (i = morning->n_rounds; i-- > 0 && !is_old;) {
        /* The last round as of a change of labels was given the volume again. */
        is_old = morning->rounds[i].first_id < morning->labels_from;
        if (isfinite(morning->rounds[i].volume) && isfinite(morning->rounds[i].volume_error)) {
            morning->volume = morning->rounds[i].volume;
            morning->volume_error = morning->rounds[i].volume_error;
            return;
        }
    }
    /* Ranges that were changed on the way make the first uniform points those of another prior. */
    buf_init(&from, 256);
    if (store_get_meta(store, "uniform from", &from, &ignored) == 0 && from.len == 0 && n > 0) {
        if (k > 0) {
            morning->volume = k / n;
            morning->volume_error = sqrt(k / n * (1 - k / n) / n);
        } else {
            morning->volume_below = fmin(3 / n, 1);
        }
    }
    buf_free(&from);
}

/* The learner's promise against what came, over the last complete rounds.  It promises for points
 * whose chain runs to its end, so those that failed are not counted. */
static void gather_learner(struct morning *morning)
{
    double promised = 0, found = 0, n = 0;
    size_t i;

    morning->promised = morning->found = morning->found_error = NAN;
    for (i = morning->n_rounds; i-- > 0 && morning->n_learned_rounds < LEARNED_ROUNDS;) {
        const struct round_row *round = &morning->rounds[i];
        double learned = (double)round->n_closed - (double)round->n_uniform -
                         ((double)round->n_failed - (double)round->n_uniform_failed);

        if (!isfinite(round->promised) || round->n_closed < round->n_points || learned <= 0)
            continue;
        if (round->first_id < morning->labels_from) {
            morning->is_relabelled = n <= 0;
            break;
        }
        promised += learned * round->promised;
        found += (double)round->n_accepted - (double)round->n_uniform_accepted;
        n += learned;
        morning->n_learned_rounds++;
    }
    if (n <= 0)
        return;
    morning->n_learned = (uint64_t)n;
    morning->promised = promised / n;
    morning->found = found / n;
    morning->found_error = sqrt(fmax(morning->found * (1 - morning->found), 1 / n) / n);
}

double morning_left(const struct morning *morning, const struct scan_goal *goal)
{
    const struct round_row *rounds = morning->rounds;
    size_t i, n = 0, first = morning->n_rounds;
    double points = 0, accepted = 0, begun = 0, ended = 0, seconds, todo;

    if (goal->kind == GOAL_SECONDS)
        return fmax(goal->value - morning->engine.active_s, 0);
    for (i = morning->n_rounds; i-- > 0 && n < LEARNED_ROUNDS;) {
        if (!(rounds[i].started > 0) || rounds[i].n_closed == 0)
            continue;
        if (ended <= 0)
            ended = rounds[i].ended > 0 ? rounds[i].ended : morning->engine.beat;
        begun = rounds[i].started;
        points += rounds[i].n_closed;
        accepted += rounds[i].n_accepted;
        first = i;
        n++;
    }
    seconds = ended - begun;
    if (first == morning->n_rounds || !(seconds > 0))
        return NAN;
    if (goal->kind == GOAL_POINTS) {
        todo = goal->value - (double)(morning->counts.total - morning->counts.running);
        return todo <= 0 ? 0 : points > 0 ? todo / points * seconds : (double)NAN;
    }
    if (goal->kind == GOAL_ACCEPTED) {
        todo = goal->value - (double)morning->counts.accepted;
        return todo <= 0 ? 0 : accepted > 0 ? todo / accepted * seconds : (double)NAN;
    }
    return NAN;
}

/* ---- points --------------------------------------------------------------------------------- */

static void see_point(struct morning *morning, const struct point_row *point)
{
    size_t v, bit;

    if (point->state == STATE_RUNNING)
        return;
    morning->n_recent++;
    if (point->origin == ORIGIN_EXPLORE && isfinite((double)point->predicted) &&
        point->id >= morning->labels_from) {
        bool is_accepted = point->state == STATE_ACCEPTED;

        morning->n_asked++;
        morning->n_asked_accepted += is_accepted;
        morning->n_expected += is_accepted && (double)point->predicted > EXPECTED;
    }
    if (point->state == STATE_FAILED)
        return;
    morning->n_judged++;
    for (bit = 0; bit < JUDGE_MAX_TERMS; bit++)
        morning->n_term_fails[bit] += point->verdict.fails >> bit & 1;
    if (point->state != STATE_ACCEPTED)
        return;
    morning->n_recent_accepted++;
    for (v = 0; v < morning->scan->n_params; v++) {
        morning->lo[v] = fmin(morning->lo[v], point->row[v]);
        morning->hi[v] = fmax(morning->hi[v], point->row[v]);
    }
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
    morning->n_term_fails =
        arena_array(morning->arena, JUDGE_MAX_TERMS, sizeof *morning->n_term_fails);
    if (!points || !rows || !wanted || !morning->lo || !morning->hi || !morning->n_term_fails)
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
    cursor = store_select(store, &query, err);
    while (cursor && n > 0) {
        TRY(store_fetch(cursor, BLOCK, points, &n, err));
        for (i = 0; i < n; i++)
            see_point(morning, &points[i]);
    }
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

/* The goals that the last engine was given (--until), else those of the scan file. */
static int gather_goals(struct store *store, struct morning *morning, struct err *err)
{
    struct scan_goal *goals;
    struct buf text;
    char *line, *end;
    size_t n = 0;
    int rc = -1;

    morning->goals = morning->scan->goals;
    morning->n_goals = morning->scan->n_goals;
    buf_init(&text, 1 << 20);
    TRY(store_get_meta(store, "run goals", &text, err));
    goals = arena_array(morning->arena, text.len / 2 + 1, sizeof *goals);
    line = text.len > 0 ? arena_strdup(morning->arena, text.data) : NULL;
    if (!goals || (!line && text.len > 0)) {
        mem_error(err);
        goto out;
    }
    for (; line; line = end) {
        struct err ignored = ERR_INIT;

        end = strchr(line, '\n');
        if (end)
            *end++ = '\0';
        if (line[0] && line[1] && scan_parse_goal(line, morning->arena, &goals[n], &ignored) == 0)
            n++;
    }
    if (n > 0) {
        morning->goals = goals;
        morning->n_goals = n;
    }
    rc = 0;
out:
    buf_free(&text);
    return rc;
}

static int gather_labels(struct store *store, struct morning *morning, struct err *err)
{
    struct buf text;
    int64_t from = 0;
    int rc;

    buf_init(&text, 64);
    rc = store_get_meta(store, "labels from", &text, err);
    if (rc == 0 && text.len > 0 && text_to_int64(text.data, &from) == 0 && from > 0)
        morning->labels_from = (uint64_t)from;
    buf_free(&text);
    return rc;
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
    TRY(gather_goals(store, morning, err));
    TRY(gather_labels(store, morning, err));
    gather_volume(store, morning);
    gather_learner(morning);
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
    arena_free(morning->arena);
    morning->scan = NULL;
    morning->arena = NULL;
}
