/* propose.c: the next round, and whether there is to be one.
 *
 * The first rounds are the start design.  The next is proposed from it, so it waits for it; every
 * later round is proposed from the rounds before the latest proposed one, while that one runs.  The
 * goals are asked about rounds that are fixed in the same way: the same answer comes out whatever
 * the number of workers and however often the scan was killed.
 *
 * What stands in a round is the survey's affair. */
#include "private.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

static bool is_learned(const struct engine *engine)
{
    enum search_method method = engine->scan->search.method;
    return method == METHOD_CLASSIFIER || method == METHOD_REGRESSOR;
}

/* Sums over the rounds up to `upto`; NULL when there are none. */
static const struct round_sums *sums_upto(const struct engine *engine, uint32_t upto)
{
    for (size_t i = engine->n_sums; i-- > 0;)
        if (engine->sums[i].round <= upto)
            return &engine->sums[i];
    return NULL;
}

static bool is_reached(const struct scan_goal *goal, const struct round_sums *sums,
                       uint64_t n_entered)
{
    switch (goal->kind) {
    case GOAL_ACCEPTED: return sums != NULL && (double)sums->accepted >= goal->value;
    case GOAL_POINTS: return (double)n_entered >= goal->value;
    case GOAL_VOLUME_ERROR:
        return sums != NULL && sums->volume > 0 && sums->volume_error <= goal->value * sums->volume;
    case GOAL_COVERED: /* asked with the tests: see is_goal_reached */
    case GOAL_ERROR:   /* of an integral: see integral.c */
    case GOAL_ERROR_ABSOLUTE:
    case GOAL_SECONDS: /* the clock's affair: see engine.c */ break;
    }
    return false;
}

/* How much of the target the learner is known to foresee, after the first n_tests. */
static double covered_lo(const struct engine *engine, size_t n_tests)
{
    struct foreseen f = survey_foreseen_lately(n_tests, engine->is_foreseen);
    return f.n > 0 ? f.lo : 0;
}

/* Of the tests that it takes in all, as far as can be told, the share that was made. */
static double covered_share(const struct engine *engine, double goal)
{
    struct foreseen f = survey_foreseen_lately(engine->n_tests, engine->is_foreseen);
    return f.n > 0 ? (double)f.n / ((double)f.n + survey_foreseen_more(&f, goal)) : 0;
}

static bool is_goal_reached(struct engine *engine, uint32_t upto, uint64_t n_entered)
{
    const struct round_sums *sums = upto == ROUND_NONE ? NULL : sums_upto(engine, upto);
    for (size_t i = 0; i < engine->n_goals; i++) {
        const struct scan_goal *goal = &engine->goals[i];
        if (is_reached(goal, sums, n_entered) ||
            (goal->kind == GOAL_COVERED && sums != NULL &&
             covered_lo(engine, sums->n_tests) >= goal->value)) {
            snprintf(engine->words, sizeof engine->words, "the goal is reached: %s", goal->text);
            return true;
        }
    }
    size_t n_list = survey_list_size(engine->survey);
    if (engine->scan->search.method == METHOD_LIST && engine->n_proposed >= n_list) {
        snprintf(engine->words, sizeof engine->words, "the list is done: %zu points", n_list);
        return true;
    }
    return false;
}

/* Are all rounds up to `upto` in the survey? */
static bool is_known(const struct engine *engine, uint32_t upto)
{
    return upto == ROUND_NONE || engine->flights == NULL || engine->flights->round > upto;
}

/* Does the next round still belong to the start design? */
static bool is_start(const struct engine *engine)
{
    return is_learned(engine) && engine->n_proposed < engine->scan->search.start;
}

/* The rounds whose sums the goals look at, and that must be known before the next is proposed.
 * Where nothing is learned from them one more round may be in flight: such rounds can be short. */
static uint32_t rounds_before(const struct engine *engine)
{
    bool is_free = is_start(engine) || !is_learned(engine);
    uint32_t lag = is_free ? 2 : engine->last_proposal == engine->last_start ? 0 : 1;
    if (!engine->has_proposal || engine->last_proposal < lag)
        return ROUND_NONE;
    return engine->last_proposal - lag;
}

static size_t batch_size(const struct engine *engine)
{
    size_t n = engine->settings.batch;
    if (is_start(engine) && engine->scan->search.start - engine->n_proposed < n)
        n = (size_t)(engine->scan->search.start - engine->n_proposed);
    for (size_t i = 0; i < engine->n_goals; i++) {
        double left = engine->goals[i].value - (double)engine->n_entered;
        if (engine->goals[i].kind == GOAL_POINTS && left < (double)n)
            n = left > 0 ? (size_t)left : 0;
    }
    if (engine->scan->search.method == METHOD_LIST) {
        uint64_t left = survey_list_size(engine->survey) - engine->n_proposed;
        n = left < n ? (size_t)left : n;
    }
    return n;
}

bool propose_has_job(const struct engine *engine)
{
    return engine->has_batch || proposer_is_busy(engine->proposer);
}

bool propose_is_over(const struct engine *engine)
{
    if (engine->integral != NULL)
        return integral_is_over(engine);
    return engine->flights == NULL && !propose_has_job(engine) && !engine->is_train_asked &&
           (engine->is_goal_reached || engine->is_draining);
}

static int ask(struct engine *engine, uint32_t upto, struct err *err)
{
    struct survey_settings settings = engine->settings;
    settings.batch = settings.most = engine->job_n = batch_size(engine);
    engine->job_round = engine->next_round++;
    engine->job_upto = is_start(engine) ? ROUND_NONE : upto;
    engine->job_first_id = engine->next_id;
    engine->next_id += engine->job_n;
    engine->is_job_stale = false;
    engine->job_judge = engine->judge;
    struct survey_snapshot *snapshot =
        survey_snapshot(engine->survey, engine->job_round, engine->job_upto, &settings, err);
    if (snapshot == NULL)
        return -1;
    return proposer_ask(engine->proposer, snapshot, engine->job_first_id, &engine->carry, err);
}

int propose_if_due(struct engine *engine, struct err *err)
{
    if (engine->is_goal_reached || engine->is_draining || engine->is_stopping_now ||
        engine->is_out_of_time || engine->is_paused || engine->is_full || engine->is_reopening ||
        propose_has_job(engine))
        return 0;
    uint32_t upto = rounds_before(engine);
    if (!is_known(engine, upto))
        return 0;
    if (is_goal_reached(engine, upto, engine->n_entered)) {
        engine->is_goal_reached = true;
        return 0;
    }
    return ask(engine, upto, err);
}

/* ---- entering a round ----------------------------------------------------------------------- */

static int write_round(struct engine *engine, const struct round_row *row,
                       const struct flight *flight, const struct point_new *points,
                       const struct buf *carry, struct err *err)
{
    int rc = -1;
    TRY(store_begin(engine->store, err));
    TRY(store_put_round(engine->store, row, err));
    TRY(store_insert_points(engine->store, flight->n, points, err));
    if (carry != NULL)
        TRY(store_put_model(engine->store, row->round, carry->len > 0 ? carry->data : "",
                            carry->len, err));
    TRY(store_commit(engine->store, err));
    rc = 0;
out:
    if (rc != 0)
        store_rollback(engine->store);
    return rc;
}

static struct point_new *point_rows(const struct engine *engine, const struct flight *flight,
                                    const float *predicted, struct err *err)
{
    struct point_new *points = mem_array(flight->n, sizeof *points);
    if (points == NULL) {
        mem_error(err);
        return NULL;
    }
    for (size_t i = 0; i < flight->n; i++)
        points[i] = (struct point_new){
            .id = flight->first_id + i,
            .round = flight->round,
            .origin = (enum point_origin)flight->origins[i],
            .predicted = predicted != NULL ? predicted[i] : (float)NAN,
            .density = flight->densities[i],
            .row = flight->params + i * engine->scan->n_params,
        };
    return points;
}

/* Points of the cube that have no physical values (an empty dependent interval) cannot be run; they
 * are entered with what values they have, and fail as `not-finite` when the chain gets them. */
static void fill_flight(struct engine *engine, struct flight *flight,
                        const struct survey_batch *batch)
{
    space_to_physical_block(engine->space, batch->n, batch->units, flight->params,
                            engine->scan->n_params, NULL);
    for (size_t i = 0; i < batch->n; i++) {
        flight->origins[i] = (uint8_t)batch->origin[i];
        flight->densities[i] = batch->density[i];
        flight->predicted[i] = batch->predicted[i];
        if (batch->origin[i] == ORIGIN_LIST) /* the user's own numbers */
            space_snap(engine->space, flight->params + i * engine->scan->n_params);
    }
}

static size_t count_uniform(const struct survey_batch *batch)
{
    size_t n = 0;
    for (size_t i = 0; i < batch->n; i++)
        n += batch->origin[i] == ORIGIN_START || batch->origin[i] == ORIGIN_EXPLORE;
    return n;
}

int propose_write_round(struct engine *engine, const struct round_row *row,
                        const struct flight *flight, const float *predicted, struct err *err)
{
    struct point_new *points = point_rows(engine, flight, predicted, err);
    int rc = points != NULL ? write_round(engine, row, flight, points, NULL, err) : -1;
    mem_free(points);
    return rc;
}

static int enter(struct engine *engine, const struct survey_batch *batch, struct err *err)
{
    int rc = -1;
    struct point_new *points = NULL;
    struct flight *flight =
        flight_create(engine, engine->job_round, engine->job_first_id, batch->n, err);
    if (flight == NULL)
        return -1;
    fill_flight(engine, flight, batch);
    if ((points = point_rows(engine, flight, batch->predicted, err)) == NULL)
        goto out;
    struct round_row row = {
        .round = flight->round,
        .first_id = flight->first_id,
        .n_points = (uint32_t)flight->n,
        .n_uniform = (uint32_t)count_uniform(batch),
        .started = clock_wall_s(),
        .train_s = batch->train_s,
        .propose_s = batch->propose_s,
        .wall_s = engine->batch_wall_s,
        .promised = batch->promised,
        .volume = (double)NAN,
        .volume_error = (double)NAN,
        .after = engine->job_upto,
        .metrics = batch->metrics_json,
    };
    bool is_kept = batch->carry.len == 0 && is_start(engine); /* of a "train now" before the end */
    TRY(write_round(engine, &row, flight, points, is_kept ? &engine->carry : &batch->carry, err));
    if (!is_kept)
        buf_clear(&engine->carry);
    TRY(buf_append(&engine->carry, batch->carry.len > 0 ? batch->carry.data : "", batch->carry.len,
                   err));
    engine->has_proposal = true;
    if (is_start(engine))
        engine->last_start = flight->round;
    engine->last_proposal = flight->round;
    engine->n_proposed += flight->n;
    engine->n_entered += flight->n;
    flight_insert(engine, flight);
    flight = NULL;
    rc = 0;
out:
    mem_free(points);
    flight_free(flight);
    return rc;
}

/* The job is asked for again, under the same number. */
static void drop_batch(struct engine *engine)
{
    if (engine->next_round == engine->job_round + 1)
        engine->next_round = engine->job_round;
    if (engine->next_id == engine->job_first_id + engine->job_n)
        engine->next_id = engine->job_first_id;
}

int propose_enter(struct engine *engine, struct err *err)
{
    struct survey_batch *batch = &engine->batch;
    if (!engine->has_batch) {
        int got = proposer_take(engine->proposer, batch, err);
        if (got != 0)
            engine_release_judge(engine);
        if (got <= 0)
            return got;
        engine->has_batch = true;
        engine->batch_wall_s = proposer_took_s(engine->proposer);
        if (batch->notes[0] != '\0')
            engine_note(engine, LOG_NOTE, "%s", batch->notes);
    }
    if (engine->is_full && clock_steady_s() - engine->full_tried < 1)
        return 0;
    if (engine->is_job_stale || batch->n == 0) {
        engine->is_goal_reached |= batch->n == 0 && !engine->is_job_stale;
        drop_batch(engine);
    } else {
        if (engine->next_id == engine->job_first_id + engine->job_n)
            engine->next_id = engine->job_first_id + batch->n;
        if (enter(engine, batch, err) != 0)
            return engine_is_full(engine, err) ? 0 : -1; /* the batch waits for room */
        engine_has_room(engine);
    }
    survey_batch_free(batch);
    *batch = (struct survey_batch){0};
    engine->has_batch = false;
    return 0;
}

int propose_asked(struct engine *engine, size_t n, const double *params, struct err *err)
{
    int rc = -1;
    struct point_new *points = NULL;
    struct flight *flight = flight_create(engine, engine->next_round, engine->next_id, n, err);
    if (flight == NULL)
        return -1;
    flight->is_asked = true;
    memcpy(flight->params, params, n * engine->scan->n_params * sizeof *params);
    for (size_t i = 0; i < n; i++) {
        flight->origins[i] = ORIGIN_INJECT;
        flight->densities[i] = (double)NAN;
        flight->predicted[i] = (float)NAN;
    }
    if ((points = point_rows(engine, flight, NULL, err)) == NULL)
        goto out;
    struct round_row row = {
        .round = flight->round,
        .first_id = flight->first_id,
        .n_points = (uint32_t)n,
        .started = clock_wall_s(),
        .promised = (double)NAN,
        .volume = (double)NAN,
        .volume_error = (double)NAN,
        .after = flight->round, /* says that nothing proposed it */
    };
    TRY(write_round(engine, &row, flight, points, NULL, err));
    engine->next_round++;
    engine->next_id += n;
    engine->n_entered += n;
    flight_insert(engine, flight);
    flight = NULL;
    rc = 0;
out:
    mem_free(points);
    flight_free(flight);
    return rc;
}

static double share_of(const struct engine *engine, const struct scan_goal *goal,
                       const struct store_counts *counts, const struct survey_volume *volume,
                       double *n_events)
{
    *n_events = (double)counts->accepted;
    switch (goal->kind) {
    case GOAL_ACCEPTED: return (double)counts->accepted / goal->value;
    case GOAL_POINTS:
        *n_events = 2 * (double)(counts->total - counts->running); /* half as many tell as much */
        return (double)(counts->total - counts->running) / goal->value;
    case GOAL_COVERED:
        *n_events = (double)engine->n_tests;
        return covered_share(engine, goal->value);
    case GOAL_VOLUME_ERROR:
        if (volume->error > 0)
            return pow(goal->value * volume->estimate / volume->error, 2);
        break;
    case GOAL_ERROR:
    case GOAL_ERROR_ABSOLUTE:
    case GOAL_SECONDS: break;
    }
    return 0;
}

double goal_share(const struct engine *engine, const struct store_counts *counts, double active_s,
                  const struct survey_volume *volume, double *n_events)
{
    double best = (double)NAN, n;
    *n_events = (double)INFINITY;
    if (engine->integral != NULL)
        return integral_goal_share(engine, active_s);
    for (size_t i = 0; i < engine->n_goals; i++) {
        const struct scan_goal *goal = &engine->goals[i];
        bool is_time = goal->kind == GOAL_SECONDS;
        double share = share_of(engine, goal, counts, volume, &n);
        if (is_time)
            share = active_s / goal->value;
        if (isnan(best) || share > best) {
            best = share;
            *n_events = is_time ? (double)INFINITY : n;
        }
    }
    return best > 1 ? 1 : best;
}
