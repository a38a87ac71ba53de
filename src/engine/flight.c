/* flight.c: rounds in flight.
 *
 * A flight holds a round's points from the moment it is entered in the store until every point of
 * it, and of every round before it, is closed; then the points go into the survey in order of id,
 * so that what the survey knows depends on nothing but the rounds. */
#include "private.h"

#include <math.h>
#include <string.h>

struct flight *flight_create(const struct engine *engine, uint32_t round, uint64_t first_id,
                             size_t n, struct err *err)
{
    struct flight *flight = mem_new(struct flight);
    if (flight == NULL) {
        mem_error(err);
        return NULL;
    }
    flight->round = round;
    flight->first_id = first_id;
    flight->n = n;
    flight->params = mem_array(n * engine->scan->n_params, sizeof(double));
    flight->units = mem_array(n * engine->n_dims, sizeof(double));
    flight->margins = mem_array(n * engine->n_margins, sizeof(double));
    flight->densities = mem_array(n, sizeof(double));
    flight->predicted = mem_array(n, sizeof(float));
    flight->is_sent = mem_array(n, 1);
    flight->is_closed = mem_array(n, 1);
    flight->origins = mem_array(n, 1);
    flight->states = mem_array(n, 1);
    if (flight->params == NULL || flight->units == NULL || flight->margins == NULL ||
        flight->densities == NULL || flight->predicted == NULL || flight->is_sent == NULL ||
        flight->is_closed == NULL || flight->origins == NULL || flight->states == NULL) {
        mem_error(err);
        flight_free(flight);
        return NULL;
    }
    return flight;
}

void flight_free(struct flight *flight)
{
    if (flight == NULL)
        return;
    mem_free(flight->params);
    mem_free(flight->units);
    mem_free(flight->margins);
    mem_free(flight->densities);
    mem_free(flight->predicted);
    mem_free(flight->is_sent);
    mem_free(flight->is_closed);
    mem_free(flight->origins);
    mem_free(flight->states);
    mem_free(flight);
}

void flight_insert(struct engine *engine, struct flight *take_flight)
{
    struct flight **at = &engine->flights;
    while (*at != NULL && (*at)->round < take_flight->round)
        at = &(*at)->next;
    take_flight->next = *at;
    *at = take_flight;
}

struct flight *flight_of(struct engine *engine, uint64_t id)
{
    struct flight *flight = engine->flights;
    while (flight != NULL && (id < flight->first_id || id >= flight->first_id + flight->n))
        flight = flight->next;
    return flight;
}

static int send_points(struct engine *engine, struct flight *flight, size_t room, struct err *err)
{
    size_t n_params = engine->scan->n_params;
    for (size_t i = flight->first_unsent; i < flight->n && room > 0; i++) {
        flight->first_unsent = i + 1;
        if (flight->is_sent[i])
            continue;
        uint64_t id = flight->first_id + i;
        if (pool_submit(engine->pool, 1, &id, flight->params + i * n_params, n_params, err) != 0)
            return -1;
        flight->is_sent[i] = 1;
        flight->n_sent++;
        room--;
    }
    return 0;
}

int flight_dispatch(struct engine *engine, struct err *err)
{
    if (engine->is_paused || engine->is_full || engine->is_stopping_now || engine->is_out_of_time ||
        engine->is_reopening)
        return 0;
    for (int turn = 0; turn < 2; turn++) /* what the user asked for does not wait for its round */
        for (struct flight *flight = engine->flights; flight != NULL; flight = flight->next) {
            size_t room = pool_room(engine->pool);
            if (flight->is_asked == (turn == 0) && room > 0 && flight->n_sent < flight->n &&
                send_points(engine, flight, room, err) != 0)
                return -1;
        }
    return pool_feed(engine->pool, err);
}

size_t flight_n_in_hand(const struct engine *engine)
{
    size_t n = 0;
    for (const struct flight *flight = engine->flights; flight != NULL; flight = flight->next)
        n += flight->n_sent - flight->n_closed;
    return n + integral_n_in_hand(engine);
}

int engine_add_sums(struct engine *engine, uint32_t round, uint64_t n, uint64_t n_accepted,
                    double volume, double volume_error, struct err *err)
{
    if (engine->n_sums == engine->cap_sums) {
        size_t cap = engine->cap_sums > 0 ? 2 * engine->cap_sums : 256;
        struct round_sums *sums =
            mem_resize(engine->sums, engine->cap_sums, cap, sizeof *engine->sums);
        if (sums == NULL)
            return mem_error(err);
        engine->sums = sums;
        engine->cap_sums = cap;
    }
    const struct round_sums *last = engine->n_sums > 0 ? &engine->sums[engine->n_sums - 1] : NULL;
    engine->sums[engine->n_sums++] = (struct round_sums){
        .round = round,
        .points = (last != NULL ? last->points : 0) + n,
        .accepted = (last != NULL ? last->accepted : 0) + n_accepted,
        .volume = volume,
        .volume_error = volume_error,
        .n_tests = engine->n_tests,
    };
    return 0;
}

int flight_note_test(struct engine *engine, const struct point_row *point, struct err *err)
{
    if (point->state != STATE_ACCEPTED || point->id < engine->labels_from ||
        point->id < engine->uniform_from || !survey_tests_learner(point->origin, point->predicted))
        return 0;
    if (engine->n_tests == engine->cap_tests) {
        size_t cap = engine->cap_tests > 0 ? 2 * engine->cap_tests : 256;
        uint8_t *more = mem_resize(engine->is_foreseen, engine->cap_tests, cap, 1);
        if (more == NULL)
            return mem_error(err);
        engine->is_foreseen = more;
        engine->cap_tests = cap;
    }
    engine->is_foreseen[engine->n_tests++] = point->predicted > COVERAGE_IN;
    return 0;
}

static int note_tests(struct engine *engine, const struct flight *flight, struct err *err)
{
    for (size_t i = 0; i < flight->n; i++) {
        const struct point_row point = {.id = flight->first_id + i,
                                        .origin = (enum point_origin)flight->origins[i],
                                        .state = (enum point_state)flight->states[i],
                                        .predicted = flight->predicted[i]};
        if (flight_note_test(engine, &point, err) != 0)
            return -1;
    }
    return 0;
}

static int add_to_survey(struct engine *engine, const struct flight *flight, struct err *err)
{
    struct survey_point *points = mem_array(flight->n, sizeof *points);
    if (points == NULL)
        return mem_error(err);
    for (size_t i = 0; i < flight->n; i++)
        points[i] = (struct survey_point){
            .id = flight->first_id + i,
            .round = flight->round,
            .origin = (enum point_origin)flight->origins[i],
            .state = (enum point_state)flight->states[i],
            .density = flight->densities[i],
            .unit = flight->units + i * engine->n_dims,
            .margins = flight->margins + i * engine->n_margins,
        };
    int rc = survey_add(engine->survey, flight->n, points, err);
    mem_free(points);
    return rc;
}

int flight_write_end(struct engine *engine, uint32_t round, const struct survey_volume *volume,
                     struct err *err)
{
    struct arena *arena = arena_create();
    struct round_row *rows;
    size_t n;
    int rc = -1;
    if (arena == NULL)
        return mem_error(err);
    TRY(store_rounds(engine->store, round, arena, &rows, &n, err));
    if (n > 0 && rows[0].round == round) {
        if (!(rows[0].ended > 0))
            rows[0].ended = clock_wall_s();
        rows[0].volume = volume->estimate;
        rows[0].volume_error = volume->error;
        TRY(store_begin(engine->store, err));
        if (store_put_round(engine->store, &rows[0], err) != 0 ||
            store_commit(engine->store, err) != 0) {
            store_rollback(engine->store);
            goto out;
        }
    }
    rc = 0;
out:
    arena_free(arena);
    return rc;
}

int flight_land(struct engine *engine, struct err *err)
{
    struct flight *flight;
    struct survey_volume volume;
    bool has_landed = false;
    while ((flight = engine->flights) != NULL && flight->n_closed == flight->n) {
        if (engine->integral == NULL && propose_has_job(engine) &&
            engine->job_round < flight->round)
            break; /* rounds land in order */
        if (engine->is_full && clock_steady_s() - engine->full_tried < 1)
            break;
        if (engine->integral == NULL && !flight->is_added &&
            add_to_survey(engine, flight, err) != 0)
            return -1;
        flight->is_added = true;
        survey_volume(engine->survey, &volume);
        if (flight_write_end(engine, flight->round, &volume, err) != 0)
            return engine_is_full(engine, err) ? 0 : -1; /* it stays, and is tried again */
        if ((engine->integral == NULL && note_tests(engine, flight, err) != 0) ||
            engine_add_sums(engine, flight->round, flight->n, flight->n_accepted, volume.estimate,
                            volume.error, err) != 0)
            return -1;
        engine->flights = flight->next;
        flight_free(flight);
        has_landed = true;
    }
    return has_landed && engine->pool != NULL && engine->integral == NULL
               ? health_check(engine, err)
               : 0;
}
