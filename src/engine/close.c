/* close.c: results become closed points.
 *
 * They are gathered for up to 100 ms, judged as one block, and written in one transaction.  Until
 * that is committed nothing of them is counted anywhere: a scan that is killed runs them again.
 * When the disk is full they wait here, and the scan with them. */
#include "private.h"

#include <math.h>
#include <string.h>

struct closing *closing_create(const struct engine *engine, struct err *err)
{
    struct closing *closing = mem_new(struct closing);
    if (closing != NULL) {
        closing->rows = mem_array(CLOSE_MAX * engine->scan->n_values, sizeof(double));
        closing->margins = mem_array(CLOSE_MAX * engine->n_margins + 1, sizeof(double));
    }
    if (closing == NULL || closing->rows == NULL || closing->margins == NULL) {
        closing_free(closing);
        mem_error(err);
        return NULL;
    }
    return closing;
}

void closing_free(struct closing *closing)
{
    if (closing == NULL)
        return;
    for (size_t i = 0; i < closing->n; i++)
        outcome_clear(&closing->outcomes[i]);
    mem_free(closing->rows);
    mem_free(closing->margins);
    mem_free(closing);
}

int close_take(void *context, const struct work_result *result, struct err *err)
{
    struct engine *engine = context;
    struct closing *closing = engine->closing;
    size_t n_values = engine->scan->n_values, n = closing->n;
    if (integral_takes(engine))
        return integral_take(engine, result, err);
    struct flight *flight = flight_of(engine, result->id);
    if (flight == NULL || flight->is_closed[result->id - flight->first_id])
        return 0; /* closed before: a second answer changes nothing */
    if (n == CLOSE_MAX) {
        if (close_flush(engine, err) != 0)
            return -1;
        n = closing->n;
        if (n == CLOSE_MAX) { /* the disk is full: the point is given back */
            flight->is_sent[result->id - flight->first_id] = 0;
            flight->n_sent--;
            flight->first_unsent = 0;
            return 0;
        }
    }
    if (n == 0)
        closing->since = clock_steady_s();
    closing->ids[n] = result->id;
    closing->workers[n] = result->worker;
    closing->outcomes[n] = *result->outcome; /* taken over: what is left is empty */
    *result->outcome = (struct outcome){0};
    memcpy(closing->rows + n * n_values, result->row, n_values * sizeof(double));
    closing->n = n + 1;
    return 0;
}

static enum point_state state_of(const struct outcome *outcome, const struct verdict *verdict)
{
    if (outcome->reason != REASON_NONE)
        return STATE_FAILED;
    return verdict->label > 0    ? STATE_ACCEPTED
           : verdict->label == 0 ? STATE_REJECTED
                                 : STATE_UNKNOWN;
}

static const char *calculator_name(const struct engine *engine, int i)
{
    return i >= 0 && (size_t)i < engine->scan->n_calculators ? engine->scan->calculators[i].name
                                                             : "worker";
}

static bool is_kept(const struct engine *engine, const struct calc_kept *kept,
                    enum point_state state)
{
    if (kept->calculator >= engine->scan->n_calculators)
        return false;
    switch (engine->scan->calculators[kept->calculator].keep) {
    case KEEP_ALL: return true;
    case KEEP_ACCEPTED: return state == STATE_ACCEPTED;
    case KEEP_FAILED: return state == STATE_FAILED;
    case KEEP_NONE: break;
    }
    return false;
}

/* Steps of calculators and kept files of one point. */
static int write_rest(struct engine *engine, size_t i, enum point_state state, struct err *err)
{
    const struct closing *closing = engine->closing;
    const struct outcome *outcome = &closing->outcomes[i];
    for (size_t k = 0; k < outcome->n_steps; k++) {
        const struct calc_step *step = &outcome->steps[k];
        struct store_step row = {
            .id = closing->ids[i],
            .calculator = calculator_name(engine, step->calculator),
            .exit = step->exit,
            .seconds = (double)step->seconds,
        };
        if (step->was_run && store_add_steps(engine->store, 1, &row, err) != 0)
            return -1;
    }
    for (size_t k = 0; k < outcome->n_kept; k++) {
        const struct calc_kept *kept = &outcome->kept[k];
        if (is_kept(engine, kept, state) &&
            store_add_file(engine->store, closing->ids[i],
                           calculator_name(engine, kept->calculator), kept->name, kept->data,
                           kept->n, err) != 0)
            return -1;
    }
    return 0;
}

static int write_points(struct engine *engine, struct point_closed *rows, struct err *err)
{
    const struct closing *closing = engine->closing;
    double now = clock_wall_s();
    for (size_t i = 0; i < closing->n; i++) {
        const struct outcome *outcome = &closing->outcomes[i];
        enum point_state state = state_of(outcome, &closing->verdicts[i]);
        bool is_failed = state == STATE_FAILED;
        rows[i] = (struct point_closed){
            .id = closing->ids[i],
            .state = state,
            .verdict = closing->verdicts[i],
            .worker = closing->workers[i],
            .seconds = outcome->seconds,
            .ended = now,
            .row = closing->rows + i * engine->scan->n_values,
            .calculator = is_failed ? calculator_name(engine, outcome->calculator) : NULL,
            .stage = is_failed ? outcome->stage : NULL,
            .reason = is_failed ? reason_name(outcome->reason) : NULL,
            .words = is_failed ? outcome->words : NULL,
        };
        if (is_failed)
            rows[i].verdict = (struct verdict){.label = -1, .chi2 = (double)NAN};
    }
    int rc = -1;
    TRY(store_begin(engine->store, err));
    TRY(store_close_points(engine->store, closing->n, rows, err));
    for (size_t i = 0; i < closing->n; i++)
        TRY(write_rest(engine, i, rows[i].state, err));
    TRY(store_commit(engine->store, err));
    rc = 0;
out:
    if (rc != 0)
        store_rollback(engine->store);
    return rc;
}

/* After the commit: the flights know. */
static void mark_closed(struct engine *engine, const struct point_closed *rows)
{
    struct closing *closing = engine->closing;
    if (engine->integral != NULL)
        integral_close(engine, closing->n, rows);
    for (size_t i = 0; i < closing->n; i++) {
        struct flight *flight = flight_of(engine, rows[i].id);
        size_t k = (size_t)(rows[i].id - flight->first_id);
        double *row = closing->rows + i * engine->scan->n_values;
        (void)space_to_unit(engine->space, row, flight->units + k * engine->n_dims);
        for (size_t m = 0; m < engine->n_margins; m++)
            flight->margins[k * engine->n_margins + m] =
                rows[i].state == STATE_FAILED ? (double)NAN
                                              : closing->margins[i * engine->n_margins + m];
        flight->states[k] = (uint8_t)rows[i].state;
        flight->n_accepted += rows[i].state == STATE_ACCEPTED;
        health_note(engine, rows[i].state, &closing->verdicts[i]);
        flight->is_closed[k] = 1;
        flight->n_closed++;
        failing_note(engine, &closing->outcomes[i]);
        outcome_clear(&closing->outcomes[i]);
    }
    closing->n = 0;
}

int close_flush(struct engine *engine, struct err *err)
{
    struct closing *closing = engine->closing;
    if (closing->n == 0 || (engine->is_full && clock_steady_s() - engine->full_tried < 1))
        return 0;
    struct point_closed *rows = mem_array(closing->n, sizeof *rows);
    if (rows == NULL)
        return mem_error(err);
    judge_block(engine->judge, closing->n, closing->rows, engine->scan->n_values, closing->verdicts,
                closing->margins);
    int rc = write_points(engine, rows, err);
    if (rc == 0) {
        mark_closed(engine, rows);
        engine_has_room(engine);
    } else if (engine_is_full(engine, err)) {
        rc = 0; /* they wait */
    }
    mem_free(rows);
    return rc;
}
