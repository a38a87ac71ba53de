/* gather-heat.c: where the learner expects the target, as a profile over what the map does not
 * show.
 *
 * A cell of the map stands for its middle in the two values shown; the highest probability over all
 * others is looked for among draws that are uniform in the others (the same for all cells, so that
 * the picture is smooth) and the others of the accepted points nearest to the cell.  The best
 * network alone screens them, the ensemble is asked about the most promising few: the probability
 * of the target times that of the chain running at all.
 *
 * Bounds may depend on other parameters: then the place of a value in its axis is worked out for
 * each draw.  Slices hold for the draws too where they are of free parameters.
 *
 * The rows are worked out every fourth first; those not yet done keep what the model before said.
 */
#include "gather-private.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { DRAWS = 48, NEAREST = 16, MOST_GOOD = 1500, ASKED = 12, BISECTIONS = 50 };
static const double HEAT_S = 0.25; /* between parts that are handed over */
static const double AGAIN_S = 3;   /* between one picture and the next */

/* A free parameter that the map shows. */
struct axis {
    size_t dim;
    bool is_dependent; /* its bounds hang on other parameters */
    double *unit;      /* by cell, where it is not; NaN: outside the prior */
    double *value;     /* by cell */
    int n;
};

struct heat_work {
    struct map_want want;
    uint32_t round;
    uint64_t model; /* gathering->ensemble_number */
    bool has_model, is_done;
    double handed_at, begun_at;
    size_t d;
    struct axis x, y;
    double *draws; /* DRAWS by d, in the cube */
    size_t n_draws;
    double *good; /* n_good by d: of accepted points */
    size_t n_good;
    int width, height, n_rows;
    float *p, *spread; /* height by width */
    /* room for one row of cells */
    float *ask, *screened, *target, *failure, *spread_asked;
    size_t *order;
    double *unit, *row;
};

void heat_free(struct heat_work *work)
{
    if (!work)
        return;
    mem_free(work->x.unit);
    mem_free(work->x.value);
    mem_free(work->y.unit);
    mem_free(work->y.value);
    mem_free(work->draws);
    mem_free(work->good);
    mem_free(work->p);
    mem_free(work->spread);
    mem_free(work->ask);
    mem_free(work->screened);
    mem_free(work->target);
    mem_free(work->spread_asked);
    mem_free(work->failure);
    mem_free(work->order);
    mem_free(work->unit);
    mem_free(work->row);
    mem_free(work);
}

static size_t dim_of(const struct gathering *g, size_t value)
{
    size_t i;

    for (i = 0; i < space_n_dims(g->space); i++)
        if (space_value(g->space, i) == value)
            return i;
    return SIZE_MAX;
}

static bool is_possible(const struct gathering *g)
{
    const struct map_want *want = &g->wants.map;

    return want->is_wanted && want->wants_heat && want->width >= 2 && want->height >= 4 &&
           want->x != want->y && dim_of(g, want->x) != SIZE_MAX && dim_of(g, want->y) != SIZE_MAX;
}

/* Heat does not know the marked box. */
static bool is_same(const struct map_want *a, const struct map_want *b)
{
    struct map_want x = *a, y = *b;

    x.has_box = y.has_box = false;
    return map_want_is(&x, &y);
}

void heat_values(struct gathering *g)
{
    size_t v;

    for (v = 0; is_possible(g) && g->ensemble && v < g->scan->n_params; v++)
        table_want(&g->table, v);
}

/* ---- places in the cube --------------------------------------------------------------------- */

static bool is_dependent(const struct gathering *g, size_t dim)
{
    const struct scan_param *param = &g->scan->params[space_value(g->space, dim)];
    double number;

    return (param->lo && text_to_double(param->lo, &number) != 0) ||
           (param->hi && text_to_double(param->hi, &number) != 0);
}

/* The value that the parameter of dim takes at u, the others as in unit. */
static double value_at(struct gathering *g, size_t dim, double u, double *unit, double *row)
{
    unit[dim] = u;
    if (!space_to_physical(g->space, unit, row))
        return NAN;
    return row[space_value(g->space, dim)];
}

/* Where the value lies in its axis, by bisection: the map is monotone. */
static double bisect(struct gathering *g, size_t dim, double value, double *unit, double *row)
{
    double lo = 1e-12, hi = 1 - 1e-12, at_lo = value_at(g, dim, lo, unit, row),
           at_hi = value_at(g, dim, hi, unit, row);
    int k;

    if (!(at_lo <= value && value <= at_hi))
        return NAN;
    for (k = 0; k < BISECTIONS; k++) {
        double middle = 0.5 * (lo + hi);

        if (value_at(g, dim, middle, unit, row) < value)
            lo = middle;
        else
            hi = middle;
    }
    return 0.5 * (lo + hi);
}

/* The same where the bounds hang on others: from the values at the ends. */
static double invert(struct gathering *g, size_t dim, double value, double *unit, double *row)
{
    const struct scan_param *param = &g->scan->params[space_value(g->space, dim)];
    double lo = value_at(g, dim, 1e-9, unit, row), hi = value_at(g, dim, 1 - 1e-9, unit, row);
    double u = param->kind == PRIOR_LOG ? log(value / lo) / log(hi / lo) : (value - lo) / (hi - lo);

    return u > 0 && u < 1 ? u : (double)NAN;
}

static double middle_of(double lo, double hi, bool is_log, int i, int n)
{
    double at = ((double)i + 0.5) / (double)n;

    return is_log ? lo * pow(hi / lo, at) : lo + at * (hi - lo);
}

static int axis_create(struct gathering *g, struct axis *axis, size_t value, int n, struct err *err)
{
    const struct heat_work *work = g->heat;
    const struct map_want *want = &work->want;
    bool is_x = axis == &work->x;
    size_t k;
    int i;

    axis->dim = dim_of(g, value);
    axis->n = n;
    axis->is_dependent = is_dependent(g, axis->dim);
    axis->unit = mem_array((size_t)n, sizeof(double));
    axis->value = mem_array((size_t)n, sizeof(double));
    if (!axis->unit || !axis->value)
        return mem_error(err);
    for (k = 0; k < work->d; k++)
        work->unit[k] = 0.5;
    for (i = 0; i < n; i++) {
        axis->value[i] = is_x ? middle_of(want->x_lo, want->x_hi, want->x_is_log, i, n)
                              : middle_of(want->y_lo, want->y_hi, want->y_is_log, n - 1 - i, n);
        axis->unit[i] = axis->is_dependent
                            ? (double)NAN
                            : bisect(g, axis->dim, axis->value[i], work->unit, work->row);
    }
    return 0;
}

/* ---- the others ----------------------------------------------------------------------------- */

/* Draws lie inside the slices of free parameters. */
static int make_draws(struct gathering *g, struct err *err)
{
    struct heat_work *work = g->heat;
    struct rng rng = rng_stream(g->scan->seed, RNG_STRATA, UINT64_MAX);
    size_t i, k, dim;

    work->n_draws = work->d > 2 ? DRAWS : 1;
    work->draws = mem_array(work->n_draws * work->d, sizeof *work->draws);
    if (!work->draws)
        return mem_error(err);
    for (i = 0; i < work->n_draws * work->d; i++)
        work->draws[i] = rng_uniform(&rng);
    for (i = 0; i < work->want.n_slices && i < MAP_SLICES; i++) {
        const struct map_slice *slice = &work->want.slices[i];
        double lo, hi;

        dim = dim_of(g, slice->value);
        if (dim == SIZE_MAX)
            continue;
        for (k = 0; k < work->d; k++)
            work->unit[k] = 0.5;
        lo = bisect(g, dim, slice->lo, work->unit, work->row);
        hi = bisect(g, dim, slice->hi, work->unit, work->row);
        lo = isnan(lo) ? 0 : lo;
        hi = isnan(hi) ? 1 : hi;
        for (k = 0; k < work->n_draws; k++)
            work->draws[k * work->d + dim] = lo + work->draws[k * work->d + dim] * (hi - lo);
    }
    return 0;
}

static bool is_inside(const struct gathering *g, size_t row)
{
    const struct map_want *want = &g->heat->want;
    size_t i;

    for (i = 0; i < want->n_slices && i < MAP_SLICES; i++) {
        const struct map_slice *slice = &want->slices[i];
        const struct column *column = &g->table.columns[slice->value];

        if (column->v && !(column->v[row] >= slice->lo && column->v[row] <= slice->hi))
            return false;
    }
    return true;
}

/* Accepted points, evenly from all of them. */
static int find_good(struct gathering *g, struct err *err)
{
    struct heat_work *work = g->heat;
    struct table *table = &g->table;
    size_t row, n = 0, seen = 0, i, v;
    double *values = work->row;

    work->good = mem_array((size_t)MOST_GOOD * work->d, sizeof *work->good);
    if (!work->good)
        return mem_error(err);
    for (row = 0; row < table->n; row++)
        n += table->state[row] == STATE_ACCEPTED;
    for (row = 0; row < table->n && work->n_good < MOST_GOOD; row++) {
        if (table->state[row] != STATE_ACCEPTED ||
            (n > MOST_GOOD && seen++ * MOST_GOOD / n < work->n_good) || !is_inside(g, row))
            continue;
        for (v = 0; v < g->scan->n_params; v++)
            values[v] = table->columns[v].v ? table_value(table, v, row) : (double)NAN;
        if (!space_to_unit(g->space, values, work->unit))
            continue;
        for (i = 0; i < work->d; i++)
            work->good[work->n_good * work->d + i] = work->unit[i];
        work->n_good++;
    }
    return 0;
}

/* ---- beginning ------------------------------------------------------------------------------ */

static int open_room(struct heat_work *work, size_t n_values, struct err *err)
{
    size_t n = (size_t)work->width * (DRAWS + NEAREST), i;
    size_t n_cells = (size_t)work->width * (size_t)work->height;

    work->p = mem_array(n_cells, sizeof *work->p);
    work->spread = mem_array(n_cells, sizeof *work->spread);
    work->ask = mem_array(n * work->d, sizeof *work->ask);
    work->screened = mem_array(n, sizeof *work->screened);
    work->target = mem_array(n, sizeof *work->target);
    work->spread_asked = mem_array(n, sizeof *work->spread_asked);
    work->failure = mem_array(n, sizeof *work->failure);
    work->order = mem_array(MOST_GOOD + DRAWS + NEAREST, sizeof *work->order);
    work->unit = mem_array(work->d, sizeof *work->unit);
    work->row = mem_array(n_values, sizeof *work->row);
    if (!work->p || !work->spread || !work->ask || !work->screened || !work->target ||
        !work->spread_asked || !work->failure || !work->order || !work->unit || !work->row)
        return mem_error(err);
    for (i = 0; i < n_cells; i++)
        work->p[i] = work->spread[i] = NAN;
    return 0;
}

static int begin(struct gathering *g, bool has_model, struct err *err)
{
    struct heat_work *old = g->heat, *work = mem_new(struct heat_work);
    int rc = -1;

    if (!work)
        return mem_error(err);
    g->heat = work;
    work->want = g->wants.map;
    work->round = g->ensemble_round;
    work->model = g->ensemble_number;
    work->has_model = has_model;
    work->d = space_n_dims(g->space);
    work->width = work->want.width / 2;
    work->height = work->want.height / 4;
    work->handed_at = work->begun_at = clock_steady_s();
    TRY(open_room(work, g->table.n_values, err));
    if (old && is_same(&old->want, &work->want)) { /* what was said before, until it is said anew */
        size_t n = (size_t)work->width * (size_t)work->height;

        memcpy(work->p, old->p, n * sizeof *work->p);
        memcpy(work->spread, old->spread, n * sizeof *work->spread);
    }
    if (has_model) {
        TRY(axis_create(g, &work->x, work->want.x, work->width, err));
        TRY(axis_create(g, &work->y, work->want.y, work->height, err));
        TRY(make_draws(g, err));
        TRY(find_good(g, err));
    }
    rc = 0;
out:
    heat_free(old);
    if (rc != 0) {
        heat_free(work);
        g->heat = NULL;
    }
    return rc;
}

/* ---- a row of cells ------------------------------------------------------------------------- */

/* The k accepted points nearest to the cell in the two values shown, into work->order. */
static size_t find_nearest(struct heat_work *work, double x, double y)
{
    double distance[NEAREST];
    size_t i, k, n = 0;

    for (i = 0; i < work->n_good; i++) {
        double dx = work->good[i * work->d + work->x.dim] - x;
        double dy = work->good[i * work->d + work->y.dim] - y;
        double here = dx * dx + dy * dy;

        if (n == NEAREST && !(here < distance[n - 1]))
            continue;
        k = n < NEAREST ? n++ : n - 1;
        for (; k > 0 && distance[k - 1] > here; k--) {
            distance[k] = distance[k - 1];
            work->order[k] = work->order[k - 1];
        }
        distance[k] = here;
        work->order[k] = i;
    }
    return n;
}

/* The others of `from` with the two values of the cell; false: there is no such point. */
static bool place(struct gathering *g, const double *from, int column, int row, float *to)
{
    struct heat_work *work = g->heat;
    const struct axis *axes[2] = {&work->x, &work->y};
    int cells[2] = {column, row}, i, first = work->x.dim < work->y.dim ? 0 : 1;
    size_t k;

    memcpy(work->unit, from, work->d * sizeof *work->unit);
    for (i = 0; i < 2; i++) { /* bounds hang on parameters above only */
        const struct axis *axis = axes[i == 0 ? first : 1 - first];
        int cell = cells[i == 0 ? first : 1 - first];
        double u = axis->unit[cell];

        if (axis->is_dependent)
            u = invert(g, axis->dim, axis->value[cell], work->unit, work->row);
        if (isnan(u))
            return false;
        work->unit[axis->dim] = u;
    }
    for (k = 0; k < work->d; k++)
        to[k] = survey_seen(g->n_cells[k], work->unit[k]);
    return true;
}

/* The candidates of a cell at the end of the list; returns how many. */
static size_t propose(struct gathering *g, int column, int row, float *to)
{
    struct heat_work *work = g->heat;
    double x = work->x.unit[column], y = work->y.unit[row];
    size_t i, n = 0, n_near;

    for (i = 0; i < work->n_draws; i++)
        n += place(g, work->draws + i * work->d, column, row, to + n * work->d);
    n_near = find_nearest(work, isnan(x) ? 0.5 : x, isnan(y) ? 0.5 : y);
    for (i = 0; i < n_near; i++) {
        size_t good = work->order[i];

        n += place(g, work->good + good * work->d, column, row, to + n * work->d);
    }
    return n;
}

/* Leaves the most promising ASKED of n candidates in front. */
static size_t keep_best(struct heat_work *work, float *x, float *screened, size_t n)
{
    size_t i, k, best, j;

    for (i = 0; i < n && i < ASKED; i++) {
        best = i;
        for (k = i + 1; k < n; k++)
            if (screened[k] > screened[best])
                best = k;
        for (j = 0; j < work->d; j++) {
            float swap = x[i * work->d + j];

            x[i * work->d + j] = x[best * work->d + j];
            x[best * work->d + j] = swap;
        }
        screened[best] = screened[i];
    }
    return i;
}

static int do_row(struct gathering *g, int row, struct err *err)
{
    struct heat_work *work = g->heat;
    size_t n = 0, n_here, d = work->d, k, count[1024];
    struct prediction out = {
        .target = work->target, .failure = work->failure, .spread = work->spread_asked};
    float *x;
    int column;

    for (column = 0; column < work->width && column < 1024; column++) {
        x = work->ask + n * d;
        n_here = propose(g, column, row, x);
        if (n_here > 0)
            ensemble_screen(g->ensemble, n_here, x, 0, work->screened);
        count[column] = keep_best(work, x, work->screened, n_here);
        n += count[column];
    }
    if (n > 0 && ensemble_predict(g->ensemble, n, work->ask, &out, err) != 0)
        return -1;
    for (k = 0; k < n; k++) /* a point is accepted when its chain runs and it is in the target */
        work->target[k] *= 1 - work->failure[k];
    for (column = 0, n = 0; column < work->width && column < 1024; column++) {
        size_t cell = (size_t)row * (size_t)work->width + (size_t)column;

        work->p[cell] = work->spread[cell] = NAN;
        for (k = 0; k < count[column]; k++, n++)
            if (!(work->target[n] <= work->p[cell])) {
                work->p[cell] = work->target[n];
                work->spread[cell] = work->spread_asked[n];
            }
    }
    return 0;
}

/* Every fourth row first, then those half-way between, then the others. */
static int row_of(int i, int n)
{
    int fourth = (n + 3) / 4, half = (n - 2 + 3) / 4;

    if (n < 4)
        return i;
    if (i < fourth)
        return 4 * i;
    i -= fourth;
    return i < half ? 4 * i + 2 : 2 * (i - half) + 1;
}

/* ---- a step --------------------------------------------------------------------------------- */

static int hand_over(struct gathering *g, struct err *err)
{
    const struct heat_work *work = g->heat;
    struct heat_part *part = mem_new(struct heat_part);
    size_t n = (size_t)work->width * (size_t)work->height;

    if (part) {
        *part = (struct heat_part){.want = work->want,
                                   .width = work->width,
                                   .height = work->height,
                                   .n_rows_done = work->n_rows,
                                   .round = work->round,
                                   .has_model = work->has_model};
        part->p = mem_memdup(work->p, n * sizeof *work->p);
        part->spread = mem_memdup(work->spread, n * sizeof *work->spread);
    }
    if (!part || !part->p || !part->spread) {
        part_free(PART_HEAT, part);
        return mem_error(err);
    }
    g->heat->handed_at = clock_steady_s();
    gather_hand(g, PART_HEAT, part);
    return 0;
}

static bool is_due(struct gathering *g, bool has_model)
{
    const struct heat_work *work = g->heat;

    if (!work || !is_same(&work->want, &g->wants.map) || work->has_model != has_model)
        return true;
    if (!has_model || !work->is_done || work->model == g->ensemble_number)
        return false;
    return gather_is_time(g, work->begun_at + AGAIN_S);
}

int heat_step(struct gathering *g, bool *did, struct err *err)
{
    struct heat_work *work;
    bool has_model;

    if (!is_possible(g))
        return 0;
    if (learner_need(g, &has_model, err) != 0)
        return -1;
    if (has_model)
        heat_values(g);
    if (!table_is_read(&g->table)) { /* the parameters are asked for: read first */
        *did = true;
        return table_step(g, did, err);
    }
    if (is_due(g, has_model)) {
        *did = true;
        if (begin(g, has_model, err) != 0)
            return -1;
        return has_model ? 0 : hand_over(g, err);
    }
    work = g->heat;
    if (!has_model || work->is_done)
        return 0;
    *did = true;
    if (do_row(g, row_of(work->n_rows, work->height), err) != 0)
        return -1;
    work->n_rows++;
    work->is_done = work->n_rows == work->height;
    if (work->is_done || clock_steady_s() - work->handed_at > HEAT_S)
        return hand_over(g, err);
    return 0;
}
