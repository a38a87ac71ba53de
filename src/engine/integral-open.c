/* integral-open.c: what an integration begins with: its goals, its method, and what the store knows
 * of it from earlier runs.
 *
 * Goals are strata's own configuration.  Those of a later run may differ: from which point on which
 * were in force is kept in `meta`, and told to strata again at the same place. */
#include "integral.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static int goals_of(struct engine *engine, struct wanted *wanted, struct err *err)
{
    bool has_time = false;
    const char *other = NULL;
    *wanted = (struct wanted){.from = 1};
    for (size_t i = 0; i < engine->n_goals; i++) {
        double value = engine->goals[i].value;
        switch (engine->goals[i].kind) {
        case GOAL_POINTS:
            if (wanted->n_calls == 0 || value < (double)wanted->n_calls)
                wanted->n_calls = (uint64_t)value;
            break;
        case GOAL_ERROR: wanted->relative = fmax(wanted->relative, value); break;
        case GOAL_ERROR_ABSOLUTE: wanted->absolute = fmax(wanted->absolute, value); break;
        case GOAL_SECONDS: has_time = true; break;
        default: other = engine->goals[i].text; break; /* a survey's */
        }
    }
    if (wanted->n_calls > 0 || wanted->relative > 0 || wanted->absolute > 0)
        return 0;
    if (!has_time && other != NULL)
        return err_set(err, ERR_USAGE,
                       "the goal \"%s\" is none of an integration: give \"error 0.1 %%\", "
                       "\"error 0.02\", \"100000 points\" or a time",
                       other);
    if (!has_time)
        return err_set(err, ERR_USAGE, "an integration needs a goal: an error, points or a time");
    wanted->relative = 1e-12; /* on until the time is over */
    engine->integral->is_by_time = true;
    return 0;
}

bool integral_same_goal(const struct wanted *a, const struct wanted *b)
{
    return a->n_calls == b->n_calls && a->relative == b->relative && a->absolute == b->absolute;
}

static int read_meta(struct engine *engine, const char *key, struct buf *text, struct err *err)
{
    buf_clear(text);
    return store_get_meta(engine->store, key, text, err);
}

int integral_add_wanted(struct integral *integral, const struct wanted *wanted, struct err *err)
{
    if (integral->n_history > 0 && integral->history[integral->n_history - 1].from == wanted->from)
        integral->n_history--; /* nothing was drawn under it */
    if (integral->n_history == integral->cap_history) {
        size_t cap = 2 * integral->cap_history + 4;
        struct wanted *more =
            mem_resize(integral->history, integral->cap_history, cap, sizeof *more);
        if (more == NULL)
            return mem_error(err);
        integral->history = more;
        integral->cap_history = cap;
    }
    integral->history[integral->n_history++] = *wanted;
    return 0;
}

/* "FROM CALLS RELATIVE ABSOLUTE" lines. */
static int read_history(struct engine *engine, struct err *err)
{
    struct buf text;
    int rc = -1;
    buf_init(&text, 1 << 20);
    TRY(read_meta(engine, "integral wanted", &text, err));
    for (const char *line = text.len > 0 ? text.data : ""; *line != '\0';) {
        struct wanted wanted = {0};
        char *end;
        wanted.from = strtoull(line, &end, 10);
        wanted.n_calls = strtoull(end, &end, 10);
        wanted.relative = strtod(end, &end);
        wanted.absolute = strtod(end, &end);
        if (*end != '\n')
            break;
        TRY(integral_add_wanted(engine->integral, &wanted, err));
        line = end + 1;
    }
    rc = 0;
out:
    buf_free(&text);
    return rc;
}

int integral_write_history(struct engine *engine, struct err *err)
{
    const struct integral *integral = engine->integral;
    struct buf text;
    int rc = -1;
    buf_init(&text, 1 << 20);
    for (size_t i = 0; i < integral->n_history; i++) {
        const struct wanted *w = &integral->history[i];
        TRY(buf_printf(&text, err, "%llu %llu %.17g %.17g\n", (unsigned long long)w->from,
                       (unsigned long long)w->n_calls, w->relative, w->absolute));
    }
    rc = engine_set_meta(engine, "integral wanted", text.data, err);
out:
    buf_free(&text);
    return rc;
}

uint64_t integral_calls(const struct integral *integral, uint64_t n_calls)
{
    if (n_calls == 0)
        return 0;
    return n_calls > integral->n_tried ? n_calls - integral->n_tried : 1;
}

struct strata_config integral_config(const struct engine *engine, const struct wanted *wanted)
{
    const struct scan_integrate *how = &engine->scan->integrate;
    return (struct strata_config){
        .n_dims = engine->n_dims,
        .seed = engine->scan->seed,
        .n_calls = integral_calls(engine->integral, wanted->n_calls),
        .error_relative = wanted->relative,
        .error_absolute = wanted->absolute / engine->integral->scale,
        .n_classes = how->classes,
        .cuts = how->cuts == CUTS_EVENTS ? CUTS_CONTRIBUTION : CUTS_CUMSQRT,
        .gives_way = how->method == INTEGRAL_AUTO,
    };
}

/* The method that was chosen before, else what the scan says. */
static int read_method(struct engine *engine, struct err *err)
{
    struct integral *integral = engine->integral;
    bool is_block = load_is_block_chain(engine->scan);
    struct buf text;
    int rc = -1;
    buf_init(&text, 1 << 16);
    integral->method = engine->scan->integrate.method;
    TRY(read_meta(engine, "integral tried", &text, err));
    integral->n_tried = text.len > 0 ? strtoull(text.data, NULL, 10) : 0;
    buf_clear(&text);
    TRY(read_meta(engine, "integral method", &text, err));
    for (int m = INTEGRAL_CELLS; text.len > 0 && m <= INTEGRAL_MISER; m++)
        if (strcmp(scan_integral_name((enum integral_method)m), text.data) == 0)
            integral->method = (enum integral_method)m;
    if (integral->method > INTEGRAL_CELLS && !is_block) {
        err_set(err, ERR_SCAN,
                "method %s needs calculators that are shared objects or expressions: programs are "
                "called in batches, by method cells",
                scan_integral_name(integral->method));
        goto out;
    }
    if (integral->method == INTEGRAL_AUTO && !is_block)
        integral->method = INTEGRAL_CELLS;
    integral->is_probing = integral->method == INTEGRAL_AUTO;
    rc = 0;
out:
    buf_free(&text);
    return rc;
}

static int write_facts(struct engine *engine, struct err *err)
{
    const struct integral *integral = engine->integral;
    char scale[TEXT_DOUBLE_SIZE];
    if (engine_set_meta(engine, "integral what", engine->scan->integrand, err) != 0 ||
        engine_set_meta(engine, "integral measure",
                        scan_measure_name(engine->scan->integrate.measure), err) != 0 ||
        engine_set_meta(engine, "integral scale", text_from_double(scale, integral->scale), err) !=
            0)
        return -1;
    if (integral->method == INTEGRAL_AUTO)
        return 0;
    return engine_set_meta(engine, "integral method", scan_integral_name(integral->method), err);
}

/* What the store knows already. */
static int read_latest(struct engine *engine, struct err *err)
{
    struct integral *integral = engine->integral;
    struct arena *arena = arena_create();
    int rc = -1;
    if (arena == NULL)
        return mem_error(err);
    TRY(store_last_integral(engine->store, arena, &integral->latest, &integral->has_latest, err));
    if (integral->has_latest) {
        snprintf(integral->why, sizeof integral->why, "%s", integral->latest.why);
        integral->n_written = integral->latest.round + 1;
        integral->n_said = integral->latest.alarms;
    }
    integral->latest.why = integral->why;
    rc = store_last_id(engine->store, &integral->last_stored, err);
out:
    arena_free(arena);
    return rc;
}

int integral_open(struct engine *engine, struct err *err)
{
    struct integral *integral = mem_new(struct integral);
    if ((engine->integral = integral) == NULL)
        return mem_error(err);
    integral->given.first_id = 1;
    buf_init(&integral->job.frozen, (size_t)1 << 30);
    if (engine->scan->integrand == NULL)
        return err_set(err, ERR_STORE, "the store is of an integration, its scan is not");
    if (engine->n_dims == 0)
        return err_set(err, ERR_SCAN, "an integral needs a free parameter");
    integral->needed = mem_array(engine->scan->n_values, sizeof *integral->needed);
    integral->heights = mem_array(CLOSE_MAX, sizeof *integral->heights);
    integral->is_failed = mem_array(CLOSE_MAX, sizeof *integral->is_failed);
    if (integral->needed == NULL || integral->heights == NULL || integral->is_failed == NULL)
        return mem_error(err);
    if ((integral->height = height_create(engine->scan, err)) == NULL)
        return -1;
    integral->scale = height_scale(integral->height);
    height_needs(integral->height, integral->needed);
    for (size_t v = 0; v < engine->scan->n_params; v++)
        integral->needed[v] = true;
    if (goals_of(engine, &integral->goal, err) != 0 || read_method(engine, err) != 0 ||
        read_history(engine, err) != 0 || read_latest(engine, err) != 0)
        return -1;
    return write_facts(engine, err);
}
