/* integral-row.c: what an integration leaves in the store after each of its rounds, and what there
 * is to say: a line of the log per round, a warning per alarm that is new, and the words of the
 * end.
 *
 * Strata works on the unit cube; the scale of the space is put in here, and nowhere else. */
#include "integral.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

/* ---- rows ----------------------------------------------------------------------------------- */

static struct integral_row blank_row(void)
{
    const double none = (double)NAN;
    return (struct integral_row){
        .lo = none,
        .hi = none,
        .absolute = none,
        .absolute_error = none,
        .failed_volume = none,
        .failed_error = none,
        .largest_share = none,
        .chi2 = none,
        .unseen_volume = none,
        .unseen_above = none,
        .purity = none,
        .surrogate = none,
    };
}

static struct integral_row row_of(const struct engine *engine, const struct strata_round *round)
{
    double scale = engine->integral->scale;
    struct integral_row row = blank_row();
    row.round = round->round;
    row.block = engine->next_round > 0 ? engine->next_round - 1 : 0;
    row.at = clock_wall_s();
    row.n = round->n;
    row.n_failed = round->n_failed;
    row.estimate = scale * round->estimate;
    row.estimate_error = scale * round->error;
    row.integral = scale * round->integral;
    row.error = scale * round->total_error;
    row.n_calls = round->n_total + engine->integral->n_tried;
    snprintf(row.stage, sizeof row.stage, "%s", strata_stage_name(round->stage));
    if (engine->integral->method > INTEGRAL_ADAPTIVE)
        snprintf(row.stage, sizeof row.stage, "%s", scan_integral_name(engine->integral->method));
    return row;
}

/* What is known now, into the row of the last round. */
static void add_result(const struct engine *engine, const struct strata_result *result,
                       struct integral_row *row)
{
    double scale = engine->integral->scale;
    row->integral = scale * result->integral;
    row->error = scale * result->error;
    row->lo = scale * result->lo;
    row->hi = scale * result->hi;
    row->absolute = scale * result->absolute;
    row->absolute_error = scale * result->absolute_error;
    row->is_converged = result->is_converged || (engine->integral->is_by_time &&
                                                 result->alarms == 0 && isfinite(result->error));
    row->alarms = result->alarms;
    row->why = (char *)(uintptr_t)result->why;
    row->n_calls = result->n_calls + engine->integral->n_tried;
    row->n_calls_failed = result->n_failed;
    row->failed_volume = result->failed_volume;
    row->failed_error = result->failed_error;
    row->largest_share = result->largest_share;
    row->chi2 = result->chi2;
    row->n_chi2 = result->n_chi2;
    row->n_uniform = result->n_uniform;
    row->n_peaks = result->n_peaks;
    row->n_classes = result->n_classes;
    row->unseen_volume = result->unseen_volume;
    row->unseen_above = result->unseen_above;
    row->purity = result->purity;
    row->surrogate = result->surrogate;
}

static int put_cells(struct engine *engine, const struct strata_result *result, uint32_t round,
                     struct err *err)
{
    double scale = engine->integral->scale;
    struct cell_row *cells = mem_array(result->n_classes, sizeof *cells);
    if (cells == NULL)
        return mem_error(err);
    for (size_t i = 0; i < result->n_classes; i++) {
        const struct strata_class *c = &result->classes[i];
        cells[i] = (struct cell_row){
            .round = round,
            .cell = (int)i,
            .lo = c->lo,
            .hi = c->hi,
            .volume = c->volume,
            .volume_error = c->volume_error,
            .mean = c->mean,
            .mean_error = c->mean_error,
            .part = scale * c->part,
            .part_error = scale * c->part_error,
            .budget = c->budget,
            .n = c->n,
            .n_next = c->n_next,
            .right = c->right,
            .below = c->below,
            .above = c->above,
            .most = c->most,
        };
    }
    int rc = store_put_cells(engine->store, round, cells, result->n_classes, err);
    mem_free(cells);
    return rc;
}

/* ---- words ---------------------------------------------------------------------------------- */

static void format_integral(const struct engine *engine, const struct integral_row *row, char *out,
                            size_t size)
{
    const char *unit = engine->scan->integrate.unit;
    char value[96];
    if (!isfinite(row->integral) || !isfinite(row->error))
        snprintf(out, size, "no estimate yet");
    else
        snprintf(out, size, "integral %s%s%s",
                 text_estimate(value, sizeof value, row->integral, row->error),
                 unit[0] != '\0' ? " " : "", unit);
}

static void say_round(struct engine *engine, const struct integral_row *row)
{
    char words[200], n[32];
    format_integral(engine, row, words, sizeof words);
    engine_note(engine, LOG_NOTE, "round %u (%s): %s calls, %s", row->round, row->stage,
                text_count(n, sizeof n, row->n), words);
}

/* Where something is wrong that was not so before: calls to come may cure it. */
static void say_alarms(struct engine *engine, const struct integral_row *row)
{
    struct integral *integral = engine->integral;
    unsigned fresh = row->alarms & ~integral->n_said;
    integral->n_said = row->alarms;
    if (fresh == 0 || integral->is_over || row->stage[0] == '\0' ||
        strcmp(row->stage, "uniform") == 0 || strcmp(row->stage, "search") == 0)
        return;
    engine_note(engine, LOG_NOTE, "the integral cannot be trusted yet: %s", integral->why);
}

/* ---- writing -------------------------------------------------------------------------------- */

static int write_rows(struct engine *engine, const struct strata_result *result,
                      const struct buf *state, struct integral_row *last, struct err *err)
{
    const struct integral *integral = engine->integral;
    size_t n = result->n_rounds;
    int rc = -1;
    TRY(store_begin(engine->store, err));
    for (size_t i = 0; i < n; i++) {
        bool is_last = i + 1 == n;
        if (result->rounds[i].round < integral->n_written && !is_last)
            continue;
        struct integral_row row = row_of(engine, &result->rounds[i]);
        if (is_last)
            add_result(engine, result, &row);
        TRY(store_put_integral(engine->store, &row, err));
        *last = row;
    }
    TRY(put_cells(engine, result, last->round, err));
    if (state != NULL)
        TRY(store_put_model(engine->store, last->round, state->data, state->len, err));
    TRY(store_commit(engine->store, err));
    rc = 0;
out:
    if (rc != 0)
        store_rollback(engine->store);
    return rc;
}

int integral_write(struct engine *engine, const struct strata_result *result,
                   const struct buf *state, struct err *err)
{
    struct integral *integral = engine->integral;
    size_t n = result->n_rounds;
    struct integral_row last = {0};
    if (n == 0 || (result->rounds[n - 1].round < integral->n_written && !integral->is_over))
        return 0; /* nothing new, or a round that the store has since it was first worked out */
    if (write_rows(engine, result, state, &last, err) != 0)
        return -1;
    bool is_new = last.round >= integral->n_written;
    integral->latest = last;
    snprintf(integral->why, sizeof integral->why, "%s", result->why);
    integral->latest.why = integral->why;
    integral->has_latest = true;
    for (size_t i = 0; i < n && is_new; i++) {
        if (result->rounds[i].round < integral->n_written)
            continue;
        struct integral_row row = row_of(engine, &result->rounds[i]);
        say_round(engine, i + 1 == n ? &integral->latest : &row);
    }
    integral->n_written = last.round + 1;
    say_alarms(engine, &integral->latest);
    return 0;
}

/* ---- the end -------------------------------------------------------------------------------- */

/* What ended it: an error that is reached does not while alarms are raised that calls may take
 * away, as long as there are any. */
static const struct scan_goal *goal_reached(const struct engine *engine)
{
    const struct integral_row *row = &engine->integral->latest;
    const struct scan_goal *points = NULL, *error = NULL;
    for (size_t i = 0; i < engine->n_goals; i++) {
        const struct scan_goal *goal = &engine->goals[i];
        double wanted = goal->kind == GOAL_ERROR            ? goal->value * fabs(row->integral)
                        : goal->kind == GOAL_ERROR_ABSOLUTE ? goal->value
                                                            : -1;
        if (engine->integral->has_latest && row->error <= wanted && error == NULL)
            error = goal;
        if (goal->kind == GOAL_POINTS)
            points = goal;
    }
    bool is_doubted = (row->alarms & ~(unsigned)ALARM_FAILED) != 0;
    return points != NULL && (error == NULL || is_doubted) ? points : error;
}

void integral_end(struct engine *engine)
{
    const struct scan_goal *goal = goal_reached(engine);
    const struct integral_row *row = &engine->integral->latest;
    char n[32];
    engine->is_goal_reached = true;
    if (engine->integral->has_latest && row->alarms != 0)
        engine_note(engine, LOG_WARNING, "the integral cannot be trusted: %s", row->why);
    if (goal != NULL && goal->kind == GOAL_POINTS && (double)row->n_calls < goal->value &&
        (double)engine->n_entered < goal->value)
        snprintf(engine->words, sizeof engine->words,
                 "the goal is reached: %s (%s calls; no round fits the rest)", goal->text,
                 text_count(n, sizeof n, row->n_calls));
    else if (goal != NULL)
        snprintf(engine->words, sizeof engine->words, "the goal is reached: %s", goal->text);
    else
        snprintf(engine->words, sizeof engine->words, "the integration has nothing left to do");
}
