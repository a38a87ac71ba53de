/* load.c: from the store to memory, at the start, on resume, and after the terms changed.
 *
 * Everything that the engine knows is made again from the store: rounds whose points are all closed
 * go into the survey, the first that is not and all after it become flights.  A live scan keeps
 * what workers have in hand: those points stay sent. */
#include "private.h"

#include <jansson.h>
#include <math.h>
#include <string.h>

enum { BLOCK = 4096, BLOCK_BATCH = 20000, DEFAULT_BATCH = 300 };

static bool is_proposed(const struct round_row *round)
{
    return round->after != round->round || round->round == 0;
}

/* ---- rounds --------------------------------------------------------------------------------- */

struct sent { /* ids that workers have in hand */
    size_t n;
    uint64_t *ids; /* ascending, as flights are in order */
};

static int note_sent(const struct engine *engine, struct sent *sent, struct err *err)
{
    size_t n = flight_n_in_hand(engine);
    sent->n = 0;
    sent->ids = mem_array(n, sizeof *sent->ids);
    if (sent->ids == NULL)
        return mem_error(err);
    for (const struct flight *flight = engine->flights; flight != NULL; flight = flight->next)
        for (size_t i = 0; i < flight->n && sent->n < n; i++)
            if (flight->is_sent[i] && !flight->is_closed[i])
                sent->ids[sent->n++] = flight->first_id + i;
    return 0;
}

static bool is_in(const struct sent *sent, uint64_t id)
{
    size_t lo = 0, hi = sent->n;
    while (lo < hi) {
        size_t middle = lo + (hi - lo) / 2;
        if (sent->ids[middle] < id)
            lo = middle + 1;
        else
            hi = middle;
    }
    return lo < sent->n && sent->ids[lo] == id;
}

static void forget(struct engine *engine)
{
    while (engine->flights != NULL) {
        struct flight *next = engine->flights->next;
        flight_free(engine->flights);
        engine->flights = next;
    }
    engine->n_sums = 0;
    engine->n_tests = 0;
    engine->next_round = 0;
    engine->next_id = 1;
    engine->has_proposal = false;
    engine->n_proposed = 0;
    engine->last_start = 0;
    engine->n_entered = 0;
    health_forget(engine);
}

int load_rounds(struct engine *engine, struct err *err)
{
    struct arena *arena = arena_create();
    struct round_row *rows = NULL;
    size_t n = 0;
    int rc = -1;
    if (arena == NULL)
        return mem_error(err);
    forget(engine);
    TRY(store_rounds(engine->store, 0, arena, &rows, &n, err));
    for (size_t i = 0; i < n; i++) {
        const struct round_row *row = &rows[i];
        bool is_complete =
            row->n_closed == row->n_points && row->ended > 0 && engine->flights == NULL;
        engine->n_entered += row->n_points;
        if (is_proposed(row)) {
            engine->has_proposal = true;
            engine->last_proposal = row->round;
            if (engine->n_proposed < engine->scan->search.start)
                engine->last_start = row->round;
            engine->n_proposed += row->n_points;
        }
        engine->next_round = row->round + 1;
        if (row->first_id + row->n_points > engine->next_id)
            engine->next_id = row->first_id + row->n_points;
        if (is_complete) {
            TRY(engine_add_sums(engine, row->round, row->n_points, row->n_accepted, row->volume,
                                row->volume_error, err));
            continue;
        }
        struct flight *flight =
            flight_create(engine, row->round, row->first_id, row->n_points, err);
        if (flight == NULL)
            goto out;
        flight->is_asked = !is_proposed(row);
        flight_insert(engine, flight);
    }
    rc = 0;
out:
    arena_free(arena);
    return rc;
}

/* ---- points --------------------------------------------------------------------------------- */

struct loader {
    struct engine *engine;
    const struct sent *sent;
    size_t n;
    struct point_row *rows; /* BLOCK, into values */
    double *values;         /* BLOCK by n_values */
    double *units, *margins;
    struct verdict *verdicts;
    struct survey_point *points;
    bool *wanted;
    struct survey *only_closed; /* they go there, and nothing else is done; or NULL */
    size_t n_closed;
};

static void loader_free(struct loader *loader)
{
    mem_free(loader->rows);
    mem_free(loader->values);
    mem_free(loader->units);
    mem_free(loader->margins);
    mem_free(loader->verdicts);
    mem_free(loader->points);
    mem_free(loader->wanted);
}

static int loader_init(struct loader *loader, struct err *err)
{
    const struct engine *engine = loader->engine;
    size_t n_values = engine->scan->n_values;
    loader->rows = mem_array(BLOCK, sizeof *loader->rows);
    loader->values = mem_array(BLOCK * n_values, sizeof(double));
    loader->units = mem_array(BLOCK * engine->n_dims, sizeof(double));
    loader->margins = mem_array(BLOCK * engine->n_margins + 1, sizeof(double));
    loader->verdicts = mem_array(BLOCK, sizeof *loader->verdicts);
    loader->points = mem_array(BLOCK, sizeof *loader->points);
    loader->wanted = mem_array(n_values, sizeof *loader->wanted);
    if (loader->rows == NULL || loader->values == NULL || loader->units == NULL ||
        loader->margins == NULL || loader->verdicts == NULL || loader->points == NULL ||
        loader->wanted == NULL)
        return mem_error(err);
    judge_needs(engine->judge, loader->wanted);
    for (size_t v = 0; v < engine->scan->n_params; v++)
        loader->wanted[v] = true;
    for (size_t i = 0; i < BLOCK; i++)
        loader->rows[i].row = loader->values + i * n_values;
    return 0;
}

static void put_in_flight(struct loader *loader, struct flight *flight, size_t i)
{
    struct engine *engine = loader->engine;
    const struct point_row *row = &loader->rows[i];
    size_t k = (size_t)(row->id - flight->first_id), d = engine->n_dims, m = engine->n_margins;
    memcpy(flight->params + k * engine->scan->n_params, row->row,
           engine->scan->n_params * sizeof(double));
    bool is_old = row->id < engine->uniform_from; /* proposed under other ranges */
    flight->origins[k] = (uint8_t)(is_old ? ORIGIN_LIST : row->origin);
    flight->densities[k] = is_old ? (double)NAN : row->density;
    flight->predicted[k] = row->predicted;
    if (row->state == STATE_RUNNING) {
        if (is_in(loader->sent, row->id)) {
            flight->is_sent[k] = 1;
            flight->n_sent++;
        }
        return;
    }
    memcpy(flight->units + k * d, loader->units + i * d, d * sizeof(double));
    memcpy(flight->margins + k * m, loader->margins + i * m, m * sizeof(double));
    flight->states[k] = (uint8_t)row->state;
    flight->n_accepted += row->state == STATE_ACCEPTED;
    flight->is_sent[k] = flight->is_closed[k] = 1;
    flight->n_sent++;
    flight->n_closed++;
}

/* Rounds before the first one in flight: the sums were made without their tests. */
static int note_test(struct engine *engine, const struct point_row *row, struct err *err)
{
    size_t before = engine->n_tests;
    if (flight_note_test(engine, row, err) != 0)
        return -1;
    if (engine->n_tests == before) /* of nearly all points: only these have sums to change */
        return 0;
    for (size_t i = engine->n_sums; i-- > 0 && engine->sums[i].round >= row->round;)
        engine->sums[i].n_tests += engine->n_tests - before;
    return 0;
}

/* What the survey gets to know of row i. */
static struct survey_point known(const struct loader *loader, size_t i)
{
    const struct engine *engine = loader->engine;
    const struct point_row *row = &loader->rows[i];
    bool is_old = row->id < engine->uniform_from; /* proposed under other ranges */
    return (struct survey_point){
        .id = row->id,
        .round = row->round,
        .origin = is_old ? ORIGIN_LIST : row->origin,
        .state = row->state,
        .density = is_old ? (double)NAN : row->density,
        .unit = loader->units + i * engine->n_dims,
        .margins = loader->margins + i * engine->n_margins,
    };
}

/* The same arithmetic as when the points were closed (close.c): same numbers to the last bit. */
static int take_block(struct loader *loader, size_t n, struct err *err)
{
    struct engine *engine = loader->engine;
    size_t n_values = engine->scan->n_values, d = engine->n_dims, m = engine->n_margins;
    size_t n_known = 0;
    judge_block(engine->judge, n, loader->values, n_values, loader->verdicts, loader->margins);
    for (size_t i = 0; i < n; i++) {
        struct point_row *row = &loader->rows[i];
        if (row->state != STATE_RUNNING)
            (void)space_to_unit(engine->space, row->row, loader->units + i * d);
        for (size_t k = 0; k < m && row->state == STATE_FAILED; k++)
            loader->margins[i * m + k] = (double)NAN;
        if (loader->only_closed != NULL) {
            if (row->state != STATE_RUNNING)
                loader->points[n_known++] = known(loader, i);
            continue;
        }
        health_note(engine, row->state, &loader->verdicts[i]);
        struct flight *flight = flight_of(engine, row->id);
        if (flight != NULL) {
            put_in_flight(loader, flight, i);
            continue;
        }
        if (engine->integral != NULL)
            continue;
        if (note_test(engine, row, err) != 0)
            return -1;
        loader->points[n_known++] = known(loader, i);
    }
    loader->n_closed += n_known;
    return survey_add(loader->only_closed != NULL ? loader->only_closed : engine->survey, n_known,
                      loader->points, err);
}

static int read_all(struct loader *loader, uint64_t from_id, struct err *err)
{
    struct store_cursor *cursor = NULL;
    size_t n;
    int rc = -1;
    TRY(loader_init(loader, err));
    struct store_query query = {.from_id = from_id, .state = -1, .wanted = loader->wanted};
    if ((cursor = store_select(loader->engine->store, &query, err)) == NULL)
        goto out;
    do {
        TRY(store_fetch(cursor, BLOCK, loader->rows, &n, err));
        if (n > 0)
            TRY(take_block(loader, n, err));
    } while (n > 0);
    rc = 0;
out:
    store_cursor_free(cursor);
    loader_free(loader);
    return rc;
}

static int load_points(struct engine *engine, const struct sent *sent, struct err *err)
{
    struct loader loader = {.engine = engine, .sent = sent};
    if (engine->integral != NULL && engine->flights == NULL)
        return 0; /* the others are read batch by batch */
    return read_all(&loader, engine->integral != NULL ? engine->flights->first_id : 0, err);
}

int load_closed(struct engine *engine, struct survey *survey, size_t *n, struct err *err)
{
    struct loader loader = {.engine = engine, .only_closed = survey};
    int rc = read_all(&loader, 0, err);
    *n = loader.n_closed;
    return rc;
}

/* The volume that the last complete round knew may be of other labels: of before a cut, or before
 * the scan file was edited. */
static int refresh_volume(struct engine *engine, struct err *err)
{
    struct round_sums *last = engine->n_sums > 0 ? &engine->sums[engine->n_sums - 1] : NULL;
    struct survey_volume volume;
    survey_volume(engine->survey, &volume);
    if (last == NULL || (isnan(last->volume) && isnan(volume.estimate)) ||
        (last->volume == volume.estimate && last->volume_error == volume.error))
        return 0;
    last->volume = volume.estimate;
    last->volume_error = volume.error;
    return flight_write_end(engine, last->round, &volume, err);
}

static int read_number(struct engine *engine, const char *key, double *value, struct err *err)
{
    struct buf text;
    buf_init(&text, 1 << 16);
    int rc = store_get_meta(engine->store, key, &text, err);
    if (rc == 0 && text.len > 0)
        (void)text_to_double(text.data, value);
    buf_free(&text);
    return rc;
}

static int read_labels_from(struct engine *engine, struct err *err)
{
    double from = 0;
    if (read_number(engine, "labels from", &from, err) != 0)
        return -1;
    engine->labels_from = (uint64_t)from;
    return 0;
}

int load_all(struct engine *engine, struct err *err)
{
    struct sent sent = {0};
    bool found = false;
    int rc = -1;
    TRY(note_sent(engine, &sent, err));
    TRY(survey_set_judge(engine->survey, engine->judge, err));
    TRY(load_rounds(engine, err));
    TRY(read_labels_from(engine, err));
    if (propose_has_job(engine)) { /* it keeps its numbers */
        uint64_t next_id = engine->job_first_id + engine->job_n;
        if (engine->next_round <= engine->job_round)
            engine->next_round = engine->job_round + 1;
        if (engine->next_id < next_id)
            engine->next_id = next_id;
    }
    TRY(load_points(engine, &sent, err));
    buf_clear(&engine->carry);
    if (engine->has_proposal)
        TRY(store_get_model(engine->store, engine->last_proposal, &engine->carry, &found, err));
    if (engine->integral == NULL)
        TRY(refresh_volume(engine, err));
    rc = flight_land(engine, err);
out:
    mem_free(sent.ids);
    return rc;
}

/* ---- settings ------------------------------------------------------------------------------- */

bool load_is_block_chain(const struct scan *scan)
{
    for (size_t i = 0; i < scan->n_calculators; i++)
        if (scan->calculators[i].kind != CALC_PLUGIN && scan->calculators[i].kind != CALC_BUILTIN)
            return false;
    return true;
}

/* Where points take microseconds and nothing is learned, a round of 300 would be all overhead. */
size_t engine_default_batch(const struct scan *scan)
{
    bool is_learned =
        scan->search.method == METHOD_CLASSIFIER || scan->search.method == METHOD_REGRESSOR;
    if (scan->search.batch != 0 && scan->search.batch != DEFAULT_BATCH)
        return scan->search.batch;
    return !is_learned && load_is_block_chain(scan) ? BLOCK_BATCH : DEFAULT_BATCH;
}

/* "live pins" holds a JSON list of boxes, each the 2 d numbers lo then hi in the unit cube. */
static int read_pins(struct engine *engine, struct err *err)
{
    struct buf text;
    json_t *boxes = NULL;
    int rc = -1;
    buf_init(&text, 1 << 20);
    mem_free(engine->pins);
    engine->pins = NULL;
    engine->settings.pins = NULL;
    engine->settings.n_pins = 0;
    TRY(store_get_meta(engine->store, "live pins", &text, err));
    boxes = text.len > 0 ? json_loads(text.data, 0, NULL) : NULL;
    size_t n = json_array_size(boxes), width = 2 * engine->n_dims;
    if ((engine->pins = mem_array(n * width, sizeof(double))) == NULL) {
        mem_error(err);
        goto out;
    }
    for (size_t i = 0; i < n; i++)
        for (size_t k = 0; k < width; k++)
            engine->pins[i * width + k] =
                json_number_value(json_array_get(json_array_get(boxes, i), k));
    engine->settings.pins = engine->pins;
    engine->settings.n_pins = n;
    rc = 0;
out:
    json_decref(boxes);
    buf_free(&text);
    return rc;
}

int load_settings(struct engine *engine, struct err *err)
{
    double batch = (double)engine_default_batch(engine->scan),
           explore = engine->scan->search.explore;
    double workers = 0;
    engine->settings.pin_share = 0.5;
    double uniform_from = 0;
    if (read_number(engine, "uniform from", &uniform_from, err) != 0)
        return -1;
    engine->uniform_from = (uint64_t)uniform_from;
    if (read_number(engine, "live batch", &batch, err) != 0 ||
        read_number(engine, "live explore", &explore, err) != 0 ||
        read_number(engine, "live workers", &workers, err) != 0 ||
        read_number(engine, "live pin share", &engine->settings.pin_share, err) != 0 ||
        read_pins(engine, err) != 0)
        return -1;
    engine->settings.batch = (size_t)batch;
    engine->settings.explore = explore;
    if (workers >= 1)
        engine->n_workers = (size_t)workers;
    return 0;
}
