/* fill-scan.c: the scan by which the workers of a fill run one calculator on stored points.
 *
 * Its parameters are the stored parameters and observables, whatever they were: their priors are
 * never asked.  Its chain is the calculator, and before it those whose output it reads, as outputs
 * are not stored: they run again. */
#include "private.h"

#include <string.h>

const struct scan_calculator *fill_calculator(const struct scan *scan, const char *name)
{
    for (size_t i = 0; i < scan->n_calculators; i++)
        if (strcmp(scan->calculators[i].name, name) == 0)
            return &scan->calculators[i];
    return NULL;
}

static bool takes_output(const char *source, const char *name)
{
    size_t n = strlen(name);
    return source != NULL && strncmp(source, name, n) == 0 && strcmp(source + n, ".output") == 0;
}

static bool any_takes(const char *const *sources, const char *name)
{
    for (size_t i = 0; sources != NULL && sources[i] != NULL; i++)
        if (takes_output(sources[i], name))
            return true;
    return false;
}

/* Which calculators run: the one asked for, and those whose output it or they read. */
static void choose(const struct scan *scan, const char *name, bool *runs)
{
    for (size_t i = scan->n_calculators; i-- > 0;) { /* in the order of the chain: backwards */
        const struct scan_calculator *c = &scan->calculators[i];
        runs[i] = runs[i] || strcmp(c->name, name) == 0;
        for (size_t k = 0; runs[i] && k < i; k++) {
            const char *other = scan->calculators[k].name;
            runs[k] = runs[k] || takes_output(c->stdin_from, other) ||
                      takes_output(c->input, other) || any_takes(c->stdin_more, other) ||
                      any_takes(c->input_more, other);
        }
    }
}

/* Everything that the calculators which run do not make is an input. */
static int list_inputs(const struct engine *engine, const bool *runs, struct scan *scan,
                       size_t *inputs, struct arena *arena, struct err *err)
{
    const struct scan *whole = engine->scan;
    bool *is_made = arena_array(arena, whole->n_values, sizeof *is_made);
    struct scan_param *params = arena_array(arena, whole->n_values, sizeof *params);
    if (is_made == NULL || params == NULL)
        return mem_error(err);
    for (size_t i = 0; i < whole->n_calculators; i++)
        for (size_t k = 0; runs[i] && k < whole->calculators[i].n_reads; k++)
            is_made[whole->calculators[i].reads[k].value] = true;
    scan->n_params = 0;
    for (size_t v = 0; v < whole->n_values; v++)
        if (!is_made[v]) {
            params[scan->n_params] = (struct scan_param){.name = whole->value_names[v],
                                                         .kind = PRIOR_UNIFORM,
                                                         .unit = "",
                                                         .lo = "0",
                                                         .hi = "1"};
            inputs[scan->n_params++] = v;
        }
    scan->params = params;
    return 0;
}

static int list_calculators(const struct engine *engine, const bool *runs, struct scan *scan,
                            struct arena *arena, struct err *err)
{
    const struct scan *whole = engine->scan;
    struct scan_calculator *list = arena_array(arena, whole->n_calculators, sizeof *list);
    if (list == NULL)
        return mem_error(err);
    scan->n_calculators = 0;
    for (size_t i = 0; i < whole->n_calculators; i++) {
        size_t n = 0, n_after = 0;
        if (!runs[i])
            continue;
        struct scan_calculator *c = &list[scan->n_calculators++];
        *c = whole->calculators[i];
        while (c->after != NULL && c->after[n] != NULL)
            n++;
        const char **after = arena_array(arena, n + 1, sizeof *after);
        if (after == NULL)
            return mem_error(err);
        for (size_t k = 0; k < n; k++) {
            const struct scan_calculator *other = fill_calculator(whole, c->after[k]);
            if (other != NULL && runs[other - whole->calculators])
                after[n_after++] = c->after[k];
        }
        c->after = after;
        c->keep = KEEP_NONE;
    }
    scan->calculators = list;
    return 0;
}

static int parse(const struct engine *engine, const char *text, struct scan **scan, struct err *err)
{
    const struct scan_options none = {.sets = NULL};
    struct scan_diagnostics *diagnostics = scan_diagnostics_create();
    int rc = -1;
    if (diagnostics == NULL)
        return mem_error(err);
    TRY(scan_parse(text, engine->scan->path, engine->scan->folder, &none, scan, diagnostics, err));
    if (*scan == NULL || scan_n_errors(diagnostics) > 0) {
        err_set(err, ERR_SCAN, "it cannot be run alone on stored points");
        goto out;
    }
    rc = 0;
out:
    scan_diagnostics_free(diagnostics);
    return rc;
}

int fill_scan(const struct engine *engine, const char *name, struct scan **result, size_t **inputs,
              struct buf *resolved, struct err *err)
{
    const struct scan_goal goal = {.kind = GOAL_POINTS, .value = 1, .text = "1 points"};
    struct scan scan = {.name = "fill",
                        .goals = &goal,
                        .n_goals = 1,
                        .path = engine->scan->path,
                        .folder = engine->scan->folder,
                        .seed = 1,
                        .target = "all",
                        .search = engine->scan->search,
                        .run = engine->scan->run};
    struct arena *arena = arena_create();
    bool *runs = arena != NULL ? arena_array(arena, engine->scan->n_calculators, sizeof *runs) : 0;
    int rc = -1;
    *result = NULL;
    *inputs = mem_array(engine->scan->n_values, sizeof **inputs);
    if (runs == NULL || *inputs == NULL) {
        mem_error(err);
        goto out;
    }
    choose(engine->scan, name, runs);
    TRY(list_inputs(engine, runs, &scan, *inputs, arena, err));
    TRY(list_calculators(engine, runs, &scan, arena, err));
    scan.search.method = METHOD_RANDOM;
    TRY(scan_resolve(&scan, resolved, err));
    rc = parse(engine, resolved->data, result, err);
out:
    arena_free(arena);
    return rc;
}
