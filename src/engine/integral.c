/* integral.c: an integration in the engine: strata's points take the place of a survey's rounds.
 *
 * Strata gives a batch of points; they are entered in the store piece by piece, as rounds of it,
 * and when the value of every one is known the batch goes back, in order, and the next is made by
 * the second thread.  On resume the stored values are given to a new strata in the same order: it
 * draws the same points, which is checked, until it comes to the first that the store does not have
 * closed.  So where an integration is killed makes no difference to its result.
 *
 * What this file does not: begin (integral-open.c), say anything (integral-row.c), cheap calls
 * (integral-sums.c). */
#include "integral.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

enum { PIECE = 1000, PIECE_BLOCK = 20000, READ_BLOCK = 4096 };

static void given_free(struct given *given)
{
    mem_free(given->units);
    mem_free(given->densities);
    mem_free(given->values);
    mem_free(given->heights);
    mem_free(given->is_known);
    given->units = given->densities = given->values = NULL;
    given->heights = NULL;
    given->is_known = NULL;
}

void integral_free(struct integral *integral)
{
    if (integral == NULL)
        return;
    given_free(&integral->given);
    given_free(&integral->job.next);
    buf_free(&integral->job.frozen);
    mem_free(integral->job.rounds);
    strata_free(integral->job.strata);
    sums_free(&integral->chunks);
    height_free(integral->height);
    mem_free(integral->needed);
    mem_free(integral->heights);
    mem_free(integral->is_failed);
    mem_free(integral->history);
    mem_free(integral);
}

/* ---- the second thread's work --------------------------------------------------------------- */

static int keep_batch(struct integral_job *job, const struct strata_batch *batch, struct err *err)
{
    struct given *next = &job->next;
    size_t n = batch->n, d = job->n_dims;
    given_free(next);
    *next = (struct given){.n = n, .stage = batch->stage, .round = batch->round};
    next->units = mem_array(n * d + 1, sizeof *next->units);
    next->densities = mem_array(n + 1, sizeof *next->densities);
    next->values = mem_array(n + 1, sizeof *next->values);
    next->heights = mem_array(n + 1, sizeof *next->heights);
    next->is_known = mem_array(n + 1, 1);
    if (next->units == NULL || next->densities == NULL || next->values == NULL ||
        next->heights == NULL || next->is_known == NULL)
        return mem_error(err);
    for (size_t i = 0; i < n; i++) {
        next->densities[i] = batch->density != NULL ? batch->density[i] : (double)NAN;
        next->heights[i] = batch->height != NULL ? batch->height[i] : (float)NAN;
    }
    if (n > 0)
        memcpy(next->units, batch->units, n * d * sizeof *next->units);
    return 0;
}

static int keep_result(struct integral_job *job, struct err *err)
{
    struct strata_result *result = &job->result;
    if (strata_result(job->strata, result, err) != 0)
        return -1;
    if (result->n_rounds > job->cap_rounds) {
        size_t cap = 2 * result->n_rounds;
        mem_free(job->rounds);
        job->cap_rounds = 0;
        if ((job->rounds = mem_array(cap, sizeof *job->rounds)) == NULL)
            return mem_error(err);
        job->cap_rounds = cap;
    }
    if (result->n_rounds > 0)
        memcpy(job->rounds, result->rounds, result->n_rounds * sizeof *job->rounds);
    if (result->n_classes > STRATA_CLASSES)
        result->n_classes = STRATA_CLASSES;
    if (result->n_classes > 0)
        memcpy(job->classes, result->classes, result->n_classes * sizeof *job->classes);
    result->rounds = job->rounds;
    result->classes = job->classes;
    return 0;
}

/* After a round: proposal, surrogate and classes as they are now. */
static int keep_frozen(struct integral_job *job, struct err *err)
{
    buf_clear(&job->frozen);
    if (job->result.n_rounds == job->n_closed)
        return 0;
    job->n_closed = job->result.n_rounds;
    return strata_write(job->strata, &job->frozen, err);
}

static int do_job(void *context, struct err *err)
{
    struct integral_job *job = context;
    struct strata_batch batch;
    if ((job->values != NULL && strata_take(job->strata, job->values, err) != 0) ||
        (job->has_want && strata_want(job->strata, job->want.n_calls, job->want.relative,
                                      job->want.absolute, err) != 0) ||
        strata_next(job->strata, &batch, err) != 0 || keep_batch(job, &batch, err) != 0)
        return -1;
    return keep_result(job, err) != 0 ? -1 : keep_frozen(job, err);
}

/* Which goals hold from the point on that comes next?  New ones begin where nothing is stored. */
static int next_want(struct engine *engine, uint64_t from, bool *has_want, struct wanted *want,
                     struct err *err)
{
    struct integral *integral = engine->integral;
    bool is_live = from > integral->last_stored;
    *has_want = false;
    if (is_live &&
        (integral->n_history == 0 ||
         !integral_same_goal(&integral->history[integral->n_history - 1], &integral->goal))) {
        struct wanted fresh = integral->goal;
        fresh.from = from;
        if (integral_add_wanted(integral, &fresh, err) != 0 ||
            integral_write_history(engine, err) != 0)
            return -1;
    }
    for (size_t i = 0; i < integral->n_history; i++)
        if (integral->history[i].from == from) {
            *has_want = true;
            *want = integral->history[i];
        }
    want->absolute /= integral->scale;
    return 0;
}

/* A new goal that the result in the store has reached: no call is made for it. */
static bool is_met(const struct integral *integral, uint64_t from)
{
    const struct integral_row *row = &integral->latest;
    const struct wanted *goal = &integral->goal;
    return from > integral->last_stored && integral->n_history > 0 &&
           !integral_same_goal(&integral->history[integral->n_history - 1], goal) &&
           integral->has_latest && row->is_converged &&
           ((goal->relative > 0 && row->error <= goal->relative * fabs(row->integral)) ||
            (goal->absolute > 0 && row->error <= goal->absolute));
}

static int start_job(struct engine *engine, struct err *err)
{
    struct integral *integral = engine->integral;
    struct integral_job *job = &integral->job;
    uint64_t from = integral->given.first_id + integral->given.n;
    struct wanted want = {0};
    if (is_met(integral, from)) {
        integral->is_over = true;
        integral_end(engine);
        return 0;
    }
    if (next_want(engine, from, &job->has_want, &want, err) != 0)
        return -1;
    job->want = want;
    job->values = integral->has_given ? integral->given.values : NULL;
    job->n_dims = engine->n_dims;
    if (job->strata == NULL) {
        if (integral->n_history == 0)
            return err_set(err, ERR_STORE, "the store does not say what its integral was to reach");
        struct strata_config config = integral_config(engine, &integral->history[0]);
        if ((job->strata = strata_create(&config, err)) == NULL)
            return -1;
        job->has_want = false;
    }
    integral->is_working = true;
    proposer_run(engine->proposer, do_job, job);
    return 0;
}

/* ---- values --------------------------------------------------------------------------------- */

static void set_value(struct given *given, uint64_t id, double value)
{
    if (id < given->first_id || id >= given->first_id + given->n)
        return;
    size_t i = (size_t)(id - given->first_id);
    if (given->is_known[i])
        return;
    given->values[i] = value;
    given->is_known[i] = 1;
    given->n_known++;
}

void integral_close(struct engine *engine, size_t n, const struct point_closed *points)
{
    struct integral *integral = engine->integral;
    const struct closing *closing = engine->closing;
    for (size_t i = 0; i < n; i++)
        integral->is_failed[i] = points[i].state == STATE_FAILED;
    height_block(integral->height, n, closing->rows, engine->scan->n_values, integral->is_failed,
                 integral->heights);
    for (size_t i = 0; i < n && integral->has_given; i++)
        set_value(&integral->given, points[i].id, integral->heights[i]);
}

/* Is the stored point the one that strata draws there? */
static int check_point(struct engine *engine, const struct point_row *row, double *params,
                       struct err *err)
{
    const struct given *given = &engine->integral->given;
    size_t i = (size_t)(row->id - given->first_id);
    (void)space_to_physical(engine->space, given->units + i * engine->n_dims, params);
    for (size_t v = 0; v < engine->scan->n_params; v++)
        if (params[v] != row->row[v] && !(isnan(params[v]) && isnan(row->row[v])))
            return err_set(err, ERR_STORE,
                           "point %llu of the store is not the one that this integration draws: "
                           "another version of the program made it, or the store was changed",
                           (unsigned long long)row->id);
    return 0;
}

struct reading {
    struct point_row rows[READ_BLOCK];
    double *values, *params;
};

static int take_rows(struct engine *engine, struct reading *reading, size_t n, struct err *err)
{
    struct integral *integral = engine->integral;
    struct given *given = &integral->given;
    uint64_t end = given->first_id + given->n;
    size_t k = 0;
    while (k < n && reading->rows[k].id < end)
        k++;
    for (size_t i = 0; i < k; i++) {
        integral->is_failed[i] = reading->rows[i].state == STATE_FAILED;
        if (check_point(engine, &reading->rows[i], reading->params, err) != 0)
            return -1;
    }
    height_block(integral->height, k, reading->values, engine->scan->n_values, integral->is_failed,
                 integral->heights);
    for (size_t i = 0; i < k; i++) {
        if (reading->rows[i].state != STATE_RUNNING)
            set_value(given, reading->rows[i].id, integral->heights[i]);
        given->n_entered++;
    }
    return k < n ? 0 : 1;
}

/* The values that the store has of this batch. */
static int read_stored(struct engine *engine, struct err *err)
{
    struct integral *integral = engine->integral;
    struct store_query query = {.from_id = integral->given.first_id, .state = -1};
    struct store_cursor *cursor = NULL;
    struct reading *reading = NULL;
    size_t n, n_values = engine->scan->n_values;
    int rc = -1, more = 1;
    if (integral->given.first_id > integral->last_stored || integral->given.n == 0)
        return 0;
    query.wanted = integral->needed;
    reading = mem_new(struct reading);
    if (reading == NULL ||
        (reading->values = mem_array(READ_BLOCK * n_values, sizeof(double))) == NULL ||
        (reading->params = mem_array(n_values, sizeof(double))) == NULL) {
        mem_error(err);
        goto out;
    }
    for (size_t i = 0; i < READ_BLOCK; i++)
        reading->rows[i].row = reading->values + i * n_values;
    if ((cursor = store_select(engine->store, &query, err)) == NULL)
        goto out;
    while (more > 0) {
        TRY(store_fetch(cursor, READ_BLOCK, reading->rows, &n, err));
        if (n == 0)
            break;
        if ((more = take_rows(engine, reading, n, err)) < 0)
            goto out;
    }
    rc = 0;
out:
    store_cursor_free(cursor);
    if (reading != NULL) {
        mem_free(reading->values);
        mem_free(reading->params);
    }
    mem_free(reading);
    return rc;
}

/* ---- entering points ------------------------------------------------------------------------ */

static enum point_origin origin_of(enum strata_stage stage)
{
    return stage == STAGE_UNIFORM  ? ORIGIN_START
           : stage == STAGE_SEARCH ? ORIGIN_LOCAL
                                   : ORIGIN_LEARNED;
}

static void fill_flight(struct engine *engine, struct flight *flight)
{
    const struct given *given = &engine->integral->given;
    size_t from = given->n_entered;
    space_to_physical_block(engine->space, flight->n, given->units + from * engine->n_dims,
                            flight->params, engine->scan->n_params, NULL);
    for (size_t i = 0; i < flight->n; i++) {
        flight->origins[i] = (uint8_t)origin_of(given->stage);
        flight->densities[i] = given->densities[from + i];
        flight->predicted[i] = given->heights[from + i];
    }
}

static int enter_piece(struct engine *engine, size_t n, struct err *err)
{
    struct given *given = &engine->integral->given;
    char metrics[160];
    int rc = -1;
    struct flight *flight = flight_create(engine, engine->next_round, engine->next_id, n, err);
    if (flight == NULL)
        return -1;
    fill_flight(engine, flight);
    snprintf(metrics, sizeof metrics, "{\"integral round\": %u, \"stage\": \"%s\"}", given->round,
             strata_stage_name(given->stage));
    struct round_row row = {
        .round = flight->round,
        .first_id = flight->first_id,
        .n_points = (uint32_t)n,
        .started = clock_wall_s(),
        .promised = (double)NAN,
        .volume = (double)NAN,
        .volume_error = (double)NAN,
        .after = flight->round > 0 ? flight->round - 1 : ROUND_NONE,
        .metrics = metrics,
    };
    TRY(propose_write_round(engine, &row, flight, flight->predicted, err));
    engine->next_round++;
    engine->next_id += n;
    engine->n_entered += n;
    given->n_entered += n;
    flight_insert(engine, flight);
    flight = NULL;
    engine_has_room(engine);
    rc = 0;
out:
    flight_free(flight);
    return rc == 0 || engine_is_full(engine, err) ? 0 : -1;
}

static int enter_points(struct engine *engine, struct err *err)
{
    const struct given *given = &engine->integral->given;
    size_t piece = load_is_block_chain(engine->scan) ? PIECE_BLOCK : PIECE, n_open = 0;
    for (const struct flight *flight = engine->flights; flight != NULL; flight = flight->next)
        n_open += flight->n - flight->n_closed;
    size_t left = given->n - given->n_entered;
    if (left == 0 || n_open >= piece)
        return 0;
    if (engine->next_id != given->first_id + given->n_entered)
        return err_set(err, ERR_STORE, "the store has points that are not the integration's");
    return enter_piece(engine, left < piece ? left : piece, err);
}

/* ---- the turn ------------------------------------------------------------------------------- */

/* A finished job: what it says is written, then its points take the place of the last ones. */
static int take_job(struct engine *engine, struct err *err)
{
    struct integral *integral = engine->integral;
    struct integral_job *job = &integral->job;
    uint64_t first_id = integral->given.first_id + integral->given.n;
    integral->is_over = job->next.n == 0;
    if (integral_write(engine, &job->result, job->frozen.len > 0 ? &job->frozen : NULL, err) != 0) {
        integral->is_over = false;
        return -1;
    }
    integral->has_result = false;
    given_free(&integral->given);
    integral->given = job->next;
    integral->given.first_id = first_id;
    integral->has_given = true;
    job->next = (struct given){0};
    if (integral->is_over) {
        integral_end(engine);
        return 0;
    }
    return read_stored(engine, err);
}

static bool is_held(const struct engine *engine)
{
    return engine->is_draining || engine->is_paused || engine->is_stopping_now ||
           engine->is_out_of_time || engine->is_goal_reached ||
           (engine->is_full && clock_steady_s() - engine->full_tried < 1);
}

int integral_turn(struct engine *engine, struct err *err)
{
    struct integral *integral = engine->integral;
    if (integral->is_probing || integral->method > INTEGRAL_CELLS)
        return sums_turn(engine, err);
    if (integral->is_working) {
        int done = proposer_finish(engine->proposer, err);
        if (done <= 0)
            return done;
        integral->is_working = false;
        integral->has_result = true;
    }
    if (integral->has_result) {
        if (engine->is_full && clock_steady_s() - engine->full_tried < 1)
            return 0;
        if (take_job(engine, err) != 0)
            return engine_is_full(engine, err) ? 0 : -1;
    }
    if (integral->is_over || is_held(engine))
        return 0;
    if (!integral->has_given || integral->given.n_known == integral->given.n)
        return start_job(engine, err);
    return enter_points(engine, err);
}

bool integral_is_over(const struct engine *engine)
{
    const struct integral *integral = engine->integral;
    if (engine->flights != NULL || integral->is_working || integral->has_result ||
        sums_n_in_hand(integral) > 0)
        return false;
    return engine->is_goal_reached || engine->is_draining;
}

const struct integral_row *integral_latest(const struct engine *engine)
{
    return engine->integral != NULL && engine->integral->has_latest ? &engine->integral->latest
                                                                    : NULL;
}

size_t integral_n_in_hand(const struct engine *engine)
{
    return engine->integral != NULL ? sums_n_in_hand(engine->integral) : 0;
}

const char *engine_integral_refuses(const char *command)
{
    static const char *const refused[] = {"cut",   "uncut", "pin",     "unpin", "inject", "gaps",
                                          "retry", "batch", "explore", "train", "calc"};
    for (size_t i = 0; i < sizeof refused / sizeof refused[0]; i++)
        if (strcmp(command, refused[i]) == 0)
            return "this is an integration: which points it runs, and over which region, is what "
                   "its error rests on, so that it cannot be steered; start another one with a "
                   "changed scan file";
    return NULL;
}

const char *integral_refuses(const struct engine *engine, const char *command)
{
    return engine->is_integral ? engine_integral_refuses(command) : NULL;
}

/* How much of the nearest goal is done. */
double integral_goal_share(const struct engine *engine, double active_s)
{
    const struct integral *integral = engine->integral;
    const struct integral_row *row = &integral->latest;
    double best = (double)NAN, share;
    double n = integral->has_latest ? (double)row->n_calls : 0;
    if (engine->n_entered > 0 && (double)engine->n_entered > n)
        n = (double)engine->n_entered;
    for (size_t i = 0; i < engine->n_goals; i++) {
        const struct scan_goal *goal = &engine->goals[i];
        double wanted =
            goal->kind == GOAL_ERROR_ABSOLUTE ? goal->value : goal->value * fabs(row->integral);
        share = (double)NAN;
        if (goal->kind == GOAL_POINTS)
            share = n / goal->value;
        else if (goal->kind == GOAL_SECONDS)
            share = active_s / goal->value;
        else if (integral->has_latest && row->error > 0) /* the error falls as the square root */
            share = wanted * wanted / (row->error * row->error);
        if (isfinite(share) && !(best >= share))
            best = share;
    }
    return best > 1 ? 1 : best;
}

double integral_round_share(const struct engine *engine)
{
    const struct integral *integral = engine->integral;
    if (integral == NULL || integral->is_over)
        return (double)NAN;
    if (integral->has_given && integral->given.n > 0)
        return (double)integral->given.n_known / (double)integral->given.n;
    return sums_share(integral);
}
