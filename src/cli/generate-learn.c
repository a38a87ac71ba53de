/* generate-learn.c: what events are made from: the model that an integration left in its store; its
 * points; or calls that are made for it now, where a store has no points (those of cheap calls are
 * not kept) or there is no store. */
#include "generate.h"

#include "theodolite/space.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

enum { FROZEN_MAX = 1 << 28, BLOCK = 4096 };

/* ---- the points of a store ------------------------------------------------------------------ */

struct gathered {
    const struct scan *scan;
    struct space *space;
    struct height *height;
    size_t n, cap, n_dims;
    double *units, *density, *values;
};

static void gathered_free(struct gathered *g)
{
    height_free(g->height);
    space_free(g->space);
    mem_free(g->units);
    mem_free(g->density);
    mem_free(g->values);
}

static int make_room(struct gathered *g, size_t more, struct err *err)
{
    size_t cap = g->cap > 0 ? g->cap : (size_t)BLOCK;
    double *units, *density, *values;
    while (cap < g->n + more)
        cap *= 2;
    if (cap == g->cap)
        return 0;
    if ((units = mem_resize(g->units, g->cap * g->n_dims, cap * g->n_dims, sizeof *units)) != NULL)
        g->units = units;
    if ((density = mem_resize(g->density, g->cap, cap, sizeof *density)) != NULL)
        g->density = density;
    if ((values = mem_resize(g->values, g->cap, cap, sizeof *values)) != NULL)
        g->values = values;
    if (units == NULL || density == NULL || values == NULL)
        return mem_error(err);
    g->cap = cap;
    return 0;
}

static int add_block(struct gathered *g, struct point_row *points, size_t n, struct err *err)
{
    if (make_room(g, n, err) != 0)
        return -1;
    for (size_t i = 0; i < n; i++) {
        bool is_failed = points[i].state == STATE_FAILED;
        if (points[i].state == STATE_RUNNING || !(points[i].density > 0.0) ||
            !space_to_unit(g->space, points[i].row, g->units + g->n * g->n_dims))
            continue;
        height_block(g->height, 1, points[i].row, g->scan->n_values, &is_failed, g->values + g->n);
        g->density[g->n++] = points[i].density;
    }
    return 0;
}

static int gather(struct store *store, struct gathered *g, struct err *err)
{
    struct store_query query = {.state = -1};
    struct store_cursor *cursor = store_select(store, &query, err);
    struct point_row *points = mem_array(BLOCK, sizeof *points);
    double *rows = mem_array(BLOCK * g->scan->n_values, sizeof *rows);
    size_t n = 0;
    int rc = -1;
    if (cursor == NULL || points == NULL || rows == NULL) {
        if (cursor != NULL)
            mem_error(err);
        goto out;
    }
    for (size_t i = 0; i < BLOCK; i++)
        points[i].row = rows + i * g->scan->n_values;
    do {
        TRY(store_fetch(cursor, BLOCK, points, &n, err));
        TRY(add_block(g, points, n, err));
    } while (n > 0);
    rc = 0;
out:
    store_cursor_free(cursor);
    mem_free(points);
    mem_free(rows);
    return rc;
}

static int learn_points(struct store *store, const struct scan *scan, struct learned *learned,
                        bool *found, struct err *err)
{
    struct gathered g = {.scan = scan};
    int rc = -1;
    g.space = space_create(scan, err);
    g.height = g.space != NULL ? height_create(scan, err) : NULL;
    if (g.height == NULL)
        goto out;
    g.n_dims = space_n_dims(g.space);
    TRY(gather(store, &g, err));
    *found = g.n >= 1000;
    rc = 0;
    if (*found) {
        struct strata_points points = {g.n, g.n_dims, g.units, g.density, g.values};
        snprintf(learned->words, sizeof learned->words, "%zu points of %s", g.n, store_path(store));
        rc = strata_learn(&points, scan->seed, &learned->frozen, err);
    }
out:
    gathered_free(&g);
    return rc;
}

/* ---- the model of a store ------------------------------------------------------------------- */

static int read_integral(struct store *store, struct learned *learned, struct err *err)
{
    struct arena *arena = arena_create();
    struct integral_row row;
    bool found = false;
    int rc = arena != NULL ? store_last_integral(store, arena, &row, &found, err) : mem_error(err);
    if (rc == 0 && found && isfinite(row.integral) && isfinite(row.error)) {
        learned->has_integral = true;
        learned->integral = row.integral;
        learned->error = row.error;
        learned->absolute = row.absolute;
        learned->is_converged = row.is_converged;
    }
    arena_free(arena);
    return rc;
}

int learned_from_store(struct store *store, const struct scan *scan, struct learned *learned,
                       bool *found, struct err *err)
{
    uint32_t round = 0;
    buf_init(&learned->frozen, FROZEN_MAX);
    if (read_integral(store, learned, err) != 0 ||
        store_last_model(store, &round, &learned->frozen, found, err) != 0)
        return -1;
    if (*found && strata_is_frozen(learned->frozen.data, learned->frozen.len)) {
        snprintf(learned->words, sizeof learned->words, "round %u of %s", (unsigned)round,
                 store_path(store));
        return 0;
    }
    *found = false;
    buf_clear(&learned->frozen);
    return learn_points(store, scan, learned, found, err);
}

/* ---- by calls ------------------------------------------------------------------------------- */

static int keep_result(struct strata *strata, double scale, struct learned *learned,
                       struct err *err)
{
    struct strata_result result;
    if (strata_result(strata, &result, err) != 0)
        return -1;
    learned->has_integral = isfinite(result.integral) && isfinite(result.error);
    learned->integral = scale * result.integral;
    learned->error = fabs(scale) * result.error;
    learned->absolute = fabs(scale) * result.absolute;
    learned->is_converged = result.is_converged;
    snprintf(learned->words, sizeof learned->words, "%llu calls",
             (unsigned long long)result.n_calls);
    return strata_write(strata, &learned->frozen, err);
}

int learned_by_calls(struct calls *calls, uint64_t n_calls, uint64_t seed, struct learned *learned,
                     struct err *err)
{
    struct strata_config config = {
        .n_dims = calls_n_dims(calls), .seed = seed, .n_calls = n_calls, .cuts = CUTS_CONTRIBUTION};
    const struct integrand integrand = calls_integrand(calls);
    struct strata *strata = strata_create(&config, err);
    int rc = -1;
    buf_free(&learned->frozen);
    buf_init(&learned->frozen, FROZEN_MAX);
    if (strata == NULL)
        return -1;
    if (strata_run(strata, &integrand, err) == 0)
        rc = keep_result(strata, calls_scale(calls), learned, err);
    strata_free(strata);
    return rc;
}
