/* integral-sums.c: integrations whose calls are cheap.
 *
 * What a call costs is measured by a worker, once; the choice that follows from it is kept in the
 * store, so that a resumed integration makes the same one.  Below ten microseconds workers draw,
 * call and sum by themselves: they are sent the state of the round and numbers of chunks.  The sums
 * are merged in the order of the chunks, whoever did them, and after each round the next state is
 * written together with what it says of the integral; in long rounds it is written now and then as
 * well, with the number of chunks that are merged in it: an integration that is killed goes on from
 * there, to the same result.
 *
 * The methods that are there for comparison, and cubature, are one piece that one worker does. */
#include "integral.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

static const double SAVE_S = 1;     /* between states written in the midst of a round */
static const double CHEAP_S = 1e-5; /* a call for which a network is not asked */

static void close_chunks(struct chunks *chunks)
{
    for (size_t i = 0; chunks->sums != NULL && i < chunks->n; i++)
        buf_free(&chunks->sums[i]);
    mem_free(chunks->sums);
    mem_free(chunks->is_back);
    chunks->sums = NULL;
    chunks->is_back = NULL;
    chunks->n = chunks->n_sent = chunks->n_back = chunks->n_merged = 0;
    chunks->is_open = false;
}

void sums_free(struct chunks *chunks)
{
    close_chunks(chunks);
    adaptive_free(chunks->adaptive);
}

size_t sums_n_in_hand(const struct integral *integral)
{
    return integral->chunks.n_sent - integral->chunks.n_back;
}

double sums_share(const struct integral *integral)
{
    const struct chunks *chunks = &integral->chunks;
    return chunks->is_open ? (double)chunks->n_back / (double)chunks->n : (double)NAN;
}

static int open_chunks(struct engine *engine, size_t n, enum work_task task, const void *data,
                       size_t n_data, struct err *err)
{
    struct chunks *chunks = &engine->integral->chunks;
    close_chunks(chunks);
    chunks->sums = mem_array(n, sizeof *chunks->sums);
    chunks->is_back = mem_array(n, 1);
    if (chunks->sums == NULL || chunks->is_back == NULL)
        return mem_error(err);
    for (size_t i = 0; i < n; i++)
        buf_init(&chunks->sums[i], (size_t)1 << 30);
    chunks->n = n;
    chunks->is_open = true;
    return pool_set_task(engine->pool, task, data, n_data, err);
}

/* Pieces to workers that have room. */
static int send_chunks(struct engine *engine, struct err *err)
{
    struct chunks *chunks = &engine->integral->chunks;
    size_t room = pool_room(engine->pool), n_params = engine->scan->n_params;
    double *none = NULL;
    int rc = -1;
    if (engine->is_paused || engine->is_stopping_now || engine->is_out_of_time || room == 0 ||
        chunks->n_sent == chunks->n)
        return 0;
    if ((none = mem_array(n_params + 1, sizeof *none)) == NULL)
        return mem_error(err);
    while (room-- > 0 && chunks->n_sent < chunks->n) {
        uint64_t id = chunks->n_sent + 1;
        TRY(pool_submit(engine->pool, 1, &id, none, n_params, err));
        chunks->n_sent++;
    }
    rc = pool_feed(engine->pool, err);
out:
    mem_free(none);
    return rc;
}

bool integral_takes(const struct engine *engine)
{
    return engine->integral != NULL && engine->integral->chunks.is_open;
}

int integral_take(struct engine *engine, const struct work_result *result, struct err *err)
{
    struct chunks *chunks = &engine->integral->chunks;
    const struct outcome *outcome = result->outcome;
    size_t i = (size_t)result->id - 1;
    if (result->id == 0 || i >= chunks->n || chunks->is_back[i])
        return 0;
    bool has_failed = outcome->reason != REASON_NONE || outcome->n_kept != 1;
    if (has_failed && engine->scan->integrate.method == INTEGRAL_AUTO) {
        chunks->has_failed = true;
        chunks->is_back[i] = 1;
        chunks->n_back++;
        return 0;
    }
    if (has_failed)
        return err_set(err, ERR_PROTOCOL,
                       "a worker could not do its piece of the integration: %s; \"--method cells\" "
                       "runs point by point, so that one that ends its worker costs only itself",
                       outcome->words != NULL ? outcome->words : reason_text(outcome->reason));
    if (buf_append(&chunks->sums[i], outcome->kept[0].data, outcome->kept[0].n, err) != 0)
        return -1;
    chunks->is_back[i] = 1;
    chunks->n_back++;
    return 0;
}

/* Calls that end their worker cannot be summed there: from the beginning again, by points, once
 * every piece is back.  What was summed so far cannot be kept: such calls were left out of it. */
static int fall_back(struct engine *engine, struct err *err)
{
    struct integral *integral = engine->integral;
    int rc = -1;
    if (sums_n_in_hand(integral) > 0)
        return 0;
    engine_note(engine, LOG_WARNING,
                "a worker could not do its piece of the integration: from here on it goes point by "
                "point (method cells), where a call that ends its worker costs only itself");
    TRY(store_begin(engine->store, err));
    if (store_drop_integral(engine->store, err) != 0 ||
        store_set_meta(engine->store, "integral method", "cells", err) != 0 ||
        store_commit(engine->store, err) != 0) {
        store_rollback(engine->store);
        goto out;
    }
    close_chunks(&integral->chunks);
    adaptive_free(integral->chunks.adaptive);
    integral->chunks.adaptive = NULL;
    integral->chunks.has_failed = integral->is_probing = integral->has_latest = false;
    integral->n_written = 0;
    integral->n_said = 0;
    integral->method = INTEGRAL_CELLS;
    rc = pool_set_task(engine->pool, WORK_POINTS, "", 0, err);
out:
    return rc;
}

/* ---- what a call costs ---------------------------------------------------------------------- */

/* Few dimensions, all of them continuous: local polynomials may follow the integrand. */
static bool may_be_smooth(const struct engine *engine)
{
    enum { CUBATURE_DIMS = 4 };
    for (size_t i = 0; i < engine->n_dims; i++)
        if (space_n_cells(engine->space, i) > 0)
            return false;
    return engine->n_dims <= CUBATURE_DIMS;
}

static int choose(struct engine *engine, double seconds, struct err *err)
{
    struct integral *integral = engine->integral;
    char text[TEXT_DOUBLE_SIZE], took[TEXT_DOUBLE_SIZE];
    integral->method = seconds >= CHEAP_S      ? INTEGRAL_CELLS
                       : may_be_smooth(engine) ? INTEGRAL_CUBATURE
                                               : INTEGRAL_ADAPTIVE;
    if (engine_set_meta(engine, "integral seconds", text_from_double(text, seconds), err) != 0 ||
        engine_set_meta(engine, "integral method", scan_integral_name(integral->method), err) != 0)
        return -1;
    snprintf(took, sizeof took, "%.2g", 1e6 * seconds);
    engine_note(engine, LOG_NOTE, "a call takes %s microseconds: method %s", took,
                scan_integral_name(integral->method));
    return 0;
}

static int probe_turn(struct engine *engine, struct err *err)
{
    struct integral *integral = engine->integral;
    struct chunks *chunks = &integral->chunks;
    double seconds;
    if (!chunks->is_open && open_chunks(engine, 1, WORK_PROBE, "", 0, err) != 0)
        return -1;
    if (chunks->n_back == 0)
        return send_chunks(engine, err);
    if (chunks->sums[0].len != sizeof seconds)
        return err_set(err, ERR_PROTOCOL, "a worker did not say what a call takes");
    memcpy(&seconds, chunks->sums[0].data, sizeof seconds);
    close_chunks(chunks);
    integral->is_probing = false;
    if (choose(engine, seconds, err) != 0)
        return -1;
    return integral->method == INTEGRAL_CELLS ? pool_set_task(engine->pool, WORK_POINTS, "", 0, err)
                                              : 0;
}

/* ---- adaptive rounds ------------------------------------------------------------------------ */

/* The number of merged chunks, then the state. */
static int put_state(const struct chunks *chunks, bool is_closed, struct buf *out, struct err *err)
{
    uint64_t n_merged = is_closed ? 0 : chunks->n_merged;
    if (buf_append(out, &n_merged, sizeof n_merged, err) != 0)
        return -1;
    return adaptive_write(chunks->adaptive, out, err);
}

static struct adaptive *get_state(struct chunks *chunks, const struct buf *state, struct err *err)
{
    uint64_t n_merged = 0;
    if (state->len >= sizeof n_merged)
        memcpy(&n_merged, state->data, sizeof n_merged);
    chunks->n_before = (size_t)n_merged;
    return adaptive_read(state->data + (state->len >= sizeof n_merged ? sizeof n_merged : 0),
                         state->len >= sizeof n_merged ? state->len - sizeof n_merged : 0, err);
}

/* The state after the last complete round, or in the midst of the next, or the first one. */
static int make_adaptive(struct engine *engine, struct err *err)
{
    struct integral *integral = engine->integral;
    struct chunks *chunks = &integral->chunks;
    const struct wanted *goal = &integral->goal;
    struct buf state;
    uint32_t round;
    bool found = false;
    int rc = -1;
    buf_init(&state, SIZE_MAX / 4);
    TRY(store_last_model(engine->store, &round, &state, &found, err));
    if (found) {
        chunks->adaptive = get_state(chunks, &state, err);
        if (chunks->adaptive == NULL ||
            adaptive_want(chunks->adaptive, integral_calls(engine->integral, goal->n_calls),
                          goal->relative, goal->absolute / integral->scale, err) != 0)
            goto out;
    } else {
        struct strata_config config = integral_config(engine, goal);
        if ((chunks->adaptive = adaptive_create(&config, err)) == NULL)
            goto out;
    }
    rc = 0;
out:
    buf_free(&state);
    return rc;
}

static int open_round(struct engine *engine, struct err *err)
{
    struct integral *integral = engine->integral;
    struct chunks *chunks = &integral->chunks;
    struct buf state;
    int rc = -1;
    buf_init(&state, SIZE_MAX / 4);
    if (chunks->adaptive == NULL)
        TRY(make_adaptive(engine, err));
    size_t n = adaptive_n_chunks(chunks->adaptive);
    if (n == 0) {
        integral->is_over = true;
        integral_end(engine);
        rc = 0;
        goto out;
    }
    TRY(adaptive_write_task(chunks->adaptive, &state, err));
    size_t n_before = chunks->n_before < n ? chunks->n_before : 0;
    TRY(open_chunks(engine, n, WORK_CHUNKS, state.data, state.len, err));
    memset(chunks->is_back, 1, n_before);
    chunks->n_sent = chunks->n_back = chunks->n_merged = n_before;
    chunks->n_before = 0;
    chunks->saved = clock_steady_s();
    rc = 0;
out:
    buf_free(&state);
    return rc;
}

static int merge_chunks(struct chunks *chunks, struct err *err)
{
    while (chunks->n_merged < chunks->n && chunks->is_back[chunks->n_merged]) {
        struct buf *sums = &chunks->sums[chunks->n_merged];
        if (adaptive_merge(chunks->adaptive, chunks->n_merged, sums->data, sums->len, err) != 0)
            return -1;
        buf_free(sums);
        chunks->n_merged++;
    }
    return 0;
}

/* A long round is not done again from its beginning. */
static int save_round(struct engine *engine, struct err *err)
{
    struct chunks *chunks = &engine->integral->chunks;
    double now = clock_steady_s();
    struct buf state;
    int rc = -1;
    if (now - chunks->saved < SAVE_S || chunks->n_merged == 0)
        return 0;
    buf_init(&state, SIZE_MAX / 4);
    TRY(put_state(chunks, false, &state, err));
    TRY(store_begin(engine->store, err));
    if (store_put_model(engine->store, engine->integral->n_written, state.data, state.len, err) !=
            0 ||
        store_commit(engine->store, err) != 0) {
        store_rollback(engine->store);
        goto out;
    }
    chunks->saved = clock_steady_s();
    engine_has_room(engine);
    rc = 0;
out:
    buf_free(&state);
    return rc;
}

static int close_round(struct engine *engine, struct err *err)
{
    struct integral *integral = engine->integral;
    struct chunks *chunks = &integral->chunks;
    struct arena *arena = arena_create();
    struct strata_result result;
    struct buf state;
    int rc = -1;
    buf_init(&state, SIZE_MAX / 4);
    if (arena == NULL) {
        mem_error(err);
        goto out;
    }
    TRY(adaptive_result(chunks->adaptive, arena, &result, err));
    TRY(put_state(chunks, true, &state, err));
    TRY(integral_write(engine, &result, &state, err));
    engine_has_room(engine);
    close_chunks(chunks);
    rc = 0;
out:
    buf_free(&state);
    arena_free(arena);
    return rc;
}

static int adaptive_turn(struct engine *engine, struct err *err)
{
    struct chunks *chunks = &engine->integral->chunks;
    if (!chunks->is_open)
        return engine->is_draining || engine->is_paused ? 0 : open_round(engine, err);
    if (merge_chunks(chunks, err) != 0)
        return -1;
    if (chunks->n_merged < chunks->n)
        return save_round(engine, err) != 0 ? -1 : send_chunks(engine, err);
    return close_round(engine, err);
}

/* ---- one piece ------------------------------------------------------------------------------ */

/* A cubature that nobody asked for by name, and that the integrand is not smooth enough for. */
static bool gives_way(const struct engine *engine, const struct strata_result *result)
{
    const struct integral *integral = engine->integral;
    return engine->scan->integrate.method == INTEGRAL_AUTO &&
           integral->method == INTEGRAL_CUBATURE &&
           (!result->is_converged || result->alarms != 0) &&
           (integral->goal.n_calls == 0 || result->n_calls < integral->goal.n_calls / 2);
}

static int try_adaptive(struct engine *engine, uint64_t n_calls, struct err *err)
{
    struct integral *integral = engine->integral;
    char text[32];
    int rc = -1;
    snprintf(text, sizeof text, "%llu", (unsigned long long)n_calls);
    TRY(store_begin(engine->store, err));
    if (store_set_meta(engine->store, "integral tried", text, err) != 0 ||
        store_set_meta(engine->store, "integral method", "adaptive", err) != 0 ||
        store_commit(engine->store, err) != 0) {
        store_rollback(engine->store);
        goto out;
    }
    integral->n_tried = n_calls;
    integral->method = INTEGRAL_ADAPTIVE;
    engine_note(engine, LOG_NOTE,
                "local polynomials do not follow the integrand, as %s calls tell: method adaptive",
                text);
    rc = 0;
out:
    return rc;
}

static int take_whole(struct engine *engine, const struct buf *answer, struct err *err)
{
    struct strata_result result;
    size_t n_classes, n_rounds;
    if (answer->len < sizeof result)
        goto bad;
    memcpy(&result, answer->data, sizeof result);
    n_classes = result.n_classes * sizeof(struct strata_class);
    n_rounds = result.n_rounds * sizeof(struct strata_round);
    if (answer->len != sizeof result + n_classes + n_rounds)
        goto bad;
    result.classes = (const void *)(answer->data + sizeof result);
    result.rounds = (const void *)(answer->data + sizeof result + n_classes);
    struct strata_round only = {.stage = STAGE_CELLS,
                                .n = result.n_calls,
                                .n_failed = result.n_failed,
                                .estimate = result.integral,
                                .error = result.error,
                                .integral = result.integral,
                                .total_error = result.error,
                                .n_total = result.n_calls};
    if (result.n_rounds == 0) {
        result.rounds = &only;
        result.n_rounds = 1;
    }
    if (gives_way(engine, &result))
        return try_adaptive(engine, result.n_calls, err);
    engine->integral->is_over = true;
    if (integral_write(engine, &result, NULL, err) != 0 ||
        integral_add_wanted(engine->integral, &engine->integral->goal, err) != 0)
        return -1;
    return integral_write_history(engine, err);
bad:
    return err_set(err, ERR_PROTOCOL, "a worker's integration came back cut off");
}

/* What the store has is all that is asked for: it was made for as many calls, or is as good. */
static bool is_whole_known(const struct integral *integral)
{
    const struct integral_row *row = &integral->latest;
    const struct wanted *goal = &integral->goal, *had;
    if (!integral->has_latest || integral->n_history == 0)
        return false;
    had = &integral->history[integral->n_history - 1];
    return integral_same_goal(had, goal) || integral->is_by_time ||
           (goal->n_calls > 0 &&
            (had->n_calls >= goal->n_calls || row->n_calls >= goal->n_calls)) ||
           (row->is_converged &&
            (row->error <= goal->relative * fabs(row->integral) || row->error <= goal->absolute));
}

static int whole_turn(struct engine *engine, struct err *err)
{
    struct integral *integral = engine->integral;
    struct chunks *chunks = &integral->chunks;
    struct work_whole whole = {.config = integral_config(engine, &integral->goal),
                               .method = (enum integrate_method)integral->method};
    if (!chunks->is_open && (engine->is_draining || engine->is_paused))
        return 0;
    if (!chunks->is_open && is_whole_known(integral)) {
        integral->is_over = true;
        integral_end(engine);
        return 0;
    }
    if (integral->is_by_time)
        whole.config.error_relative = 0;
    if (!chunks->is_open && open_chunks(engine, 1, WORK_WHOLE, &whole, sizeof whole, err) != 0)
        return -1;
    if (chunks->n_back == 0)
        return send_chunks(engine, err);
    if (take_whole(engine, &chunks->sums[0], err) != 0)
        return -1;
    engine_has_room(engine);
    close_chunks(chunks);
    if (integral->is_over)
        integral_end(engine);
    return 0;
}

int sums_turn(struct engine *engine, struct err *err)
{
    struct integral *integral = engine->integral;
    int rc;
    if (integral->is_over || engine->is_stopping_now || engine->is_out_of_time ||
        engine->is_goal_reached || (engine->is_full && clock_steady_s() - engine->full_tried < 1))
        return 0;
    rc = integral->chunks.has_failed             ? fall_back(engine, err)
         : integral->is_probing                  ? probe_turn(engine, err)
         : integral->method == INTEGRAL_ADAPTIVE ? adaptive_turn(engine, err)
                                                 : whole_turn(engine, err);
    return rc != 0 && engine_is_full(engine, err) ? 0 : rc;
}
