/* classes.c: where the height is cut into classes.
 *
 * What it does: heights are laid on a grid that is logarithmic on both sides of 0 (24 decades below
 * the largest on each), its cells are joined until each holds a few points, and the running sum of
 * the square roots of weight times width (Dalenius, Hodges, J. Am. Stat. Assoc. 54 (1959) 88) - or
 * of weight times height - is cut into equal parts.  Within a cell the weight is taken as evenly
 * spread.  0 is a limit wherever both signs occur; a plateau of exact zeros becomes a class of its
 * own; of many classes a few are kept for the ends, where the volume falls by decades.
 *
 * What it does not: know the integrand.  Heights are whatever the surrogate says. */
#include "classes.h"

#include <gsl/gsl_sort_double.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

enum {
    DECADES = 24,
    PER_DECADE = 40,
    SIDE = DECADES * PER_DECADE, /* cells on one side of 0 */
    CELLS = 2 * SIDE + 1,        /* the one in the middle is 0 and what is next to nothing */
    JOINED_LEAST = 4             /* points in a joined cell */
};
static const double plateau_least = 0.02; /* share of the weight that makes zeros a class */

struct height {
    double value, weight;
};

/* A joined cell: lo < h <= hi, with what it adds to the running sum. */
struct cell {
    double lo, hi, weight, measure;
};

struct grid {
    size_t n_heights;
    struct height *heights; /* ascending */
    double total;           /* weight */
    double zero;            /* weight of exact zeros */
    double top;             /* largest |h| */
    double least_negative;  /* closest to 0 from below; 0: none */
    bool has_negative, has_positive;
    size_t n_cells;
    struct cell cells[CELLS + 1];
};

static int compare_heights(const void *a, const void *b)
{
    const struct height *x = a, *y = b;

    return (x->value > y->value) - (x->value < y->value);
}

static int grid_fill(struct grid *grid, size_t n, const double *heights, const double *weights,
                     struct err *err)
{
    size_t i;

    grid->heights = mem_array(n, sizeof *grid->heights);
    if (!grid->heights)
        return mem_error(err);
    for (i = 0; i < n; i++) {
        double h = heights[i];

        if (!isfinite(h) || !(weights[i] > 0.0) || !isfinite(weights[i]))
            continue;
        grid->heights[grid->n_heights++] = (struct height){h, weights[i]};
        grid->total += weights[i];
        grid->zero += h == 0.0 ? weights[i] : 0.0;
        grid->top = fmax(grid->top, fabs(h));
        grid->has_positive |= h > 0.0;
        if (h < 0.0 && (!grid->has_negative || h > grid->least_negative))
            grid->least_negative = h;
        grid->has_negative |= h < 0.0;
    }
    qsort(grid->heights, grid->n_heights, sizeof *grid->heights, compare_heights);
    return 0;
}

/* Number of the grid's cell: 0 .. CELLS - 1, ascending with h. */
static size_t cell_of(const struct grid *grid, double h)
{
    double steps;

    if (h == 0.0)
        return SIDE;
    steps = floor(PER_DECADE * log10(grid->top / fabs(h)));
    if (!(steps < SIDE))
        return SIDE;
    return h > 0.0 ? CELLS - 1 - (size_t)steps : (size_t)steps;
}

static double measure_of(const struct cell *cell, enum strata_cuts cuts)
{
    double width = cell->hi - cell->lo;

    if (cuts == CUTS_CONTRIBUTION)
        return cell->weight * 0.5 * fabs(cell->hi + cell->lo);
    return sqrt(cell->weight * width);
}

/* Neighbouring grid cells of the same sign are joined while they hold few points. */
static void grid_join(struct grid *grid, enum strata_cuts cuts)
{
    size_t i = 0, n = grid->n_heights, least = JOINED_LEAST + n / 20000;

    while (i < n) {
        struct cell *cell = grid->cells + grid->n_cells;
        size_t from = i, at = cell_of(grid, grid->heights[i].value);

        *cell = (struct cell){.lo = grid->heights[i].value};
        for (; i < n; i++) {
            double h = grid->heights[i].value;
            size_t now = cell_of(grid, h);

            if (now != at &&
                (i - from >= least || now == SIDE || at == SIDE || (now < SIDE) != (at < SIDE)))
                break;
            at = now;
            cell->weight += grid->heights[i].weight;
            cell->hi = h;
        }
        grid->n_cells++;
    }
    /* The space between two cells belongs to both. */
    for (i = 1; i < grid->n_cells; i++) {
        struct cell *left = grid->cells + i - 1, *right = left + 1;
        double middle = left->hi < 0.0 && right->lo > 0.0 ? 0.0 : 0.5 * (left->hi + right->lo);

        if (left->hi == 0.0 || right->lo == 0.0)
            middle = 0.0;
        left->hi = right->lo = middle;
    }
    for (i = 0; i < grid->n_cells; i++)
        grid->cells[i].measure = measure_of(grid->cells + i, cuts);
}

/* Limits between lo and hi (both outside the n_classes - 1 that are found): appended. */
static void cut_side(const struct grid *grid, bool is_positive, size_t n_classes,
                     struct classes *out)
{
    double sum = 0.0, so_far = 0.0;
    size_t i, k = 1;

    for (i = 0; i < grid->n_cells; i++)
        if ((grid->cells[i].hi > 0.0) == is_positive)
            sum += grid->cells[i].measure;
    for (i = 0; i < grid->n_cells; i++) {
        const struct cell *cell = grid->cells + i;

        if ((cell->hi > 0.0) != is_positive)
            continue;
        for (; k < n_classes && so_far + cell->measure >= sum * (double)k / (double)n_classes;
             k++) {
            double along = (sum * (double)k / (double)n_classes - so_far) / cell->measure;
            double limit = cell->lo + along * (cell->hi - cell->lo);

            if (cell->measure > 0.0 && limit < cell->hi && limit > out->limits[out->n - 1])
                out->limits[out->n++] = limit;
        }
        so_far += cell->measure;
    }
}

static double side_sum(const struct grid *grid, bool is_positive)
{
    double sum = 0.0;
    size_t i;

    for (i = 0; i < grid->n_cells; i++)
        if ((grid->cells[i].hi > 0.0) == is_positive)
            sum += grid->cells[i].measure;
    return sum;
}

/* Volume falls by this factor from one class at an end to the next. */
static const double end_step = 0.03;

/* Limits that split the class at an end (top, or bottom) where its volume spans decades: quantiles
 * of the volume that shrink by end_step, until few points are left. */
static size_t end_limits(const struct grid *grid, bool is_top, double beyond, size_t most,
                         double *limits)
{
    size_t n = grid->n_heights, i, count = 0, inside = 0;
    double volume = 0.0, above = 0.0, wanted;

    for (i = 0; i < n; i++) {
        const struct height *h = grid->heights + i;

        if (is_top ? h->value > beyond : h->value <= beyond) {
            volume += h->weight;
            inside++;
        }
    }
    wanted = volume * end_step;
    for (i = 0; i < inside; i++) /* from inside outwards: what is above still is in the end */
    {
        const struct height *h =
            is_top ? grid->heights + (n - inside + i) : grid->heights + (inside - 1 - i);

        above += h->weight;
        if (volume - above > wanted || count >= most || inside - i < 32)
            continue;
        if (i + 1 < inside && h[is_top ? 1 : -1].value != h->value && h->value != beyond)
            limits[count++] = is_top ? h->value : h[-1].value;
        wanted *= end_step;
    }
    return count;
}

/* The last limits within limits[1 .. n - 1] are sorted; equal ones become one. */
static void put_in_order(struct classes *out)
{
    size_t i, kept = 1;

    gsl_sort(out->limits + 1, 1, out->n - 1);
    for (i = 1; i < out->n; i++)
        if (out->limits[i] > out->limits[kept - 1])
            out->limits[kept++] = out->limits[i];
    out->n = kept;
}

static void add_ends(const struct grid *grid, size_t n_classes, struct classes *out)
{
    double extra[STRATA_CLASSES];
    size_t room = n_classes - out->n, i, n = 0;

    if (room > 0 && grid->has_positive)
        n = end_limits(grid, true, out->limits[out->n - 1], room, extra);
    if (room > n && grid->has_negative && out->n > 1)
        n += end_limits(grid, false, out->limits[1], room - n, extra + n);
    for (i = 0; i < n; i++)
        out->limits[out->n++] = extra[i];
    put_in_order(out);
}

static void cut_all(const struct grid *grid, size_t n_classes, struct classes *out)
{
    double negative = side_sum(grid, false), positive = side_sum(grid, true);
    bool has_plateau = grid->zero > plateau_least * grid->total && n_classes > 2;
    size_t kept = n_classes >= 20 ? n_classes / 10 : 0; /* for the ends */
    size_t fixed = has_plateau && (grid->has_negative || grid->has_positive) ? 1 : 0;
    size_t n = n_classes - kept - fixed, n_negative = 0;

    out->limits[0] = -INFINITY;
    out->n = 1;
    if (grid->has_negative && grid->has_positive) {
        double share = negative + positive > 0.0 ? negative / (negative + positive) : 0.5;

        n_negative = (size_t)floor(share * (double)n + 0.5);
        n_negative = n_negative < 1 ? 1 : n_negative > n - 1 ? n - 1 : n_negative;
    } else if (grid->has_negative) {
        n_negative = n;
    }
    if (grid->has_negative) {
        cut_side(grid, false, n_negative, out);
        if (fixed && 0.5 * grid->least_negative > out->limits[out->n - 1])
            out->limits[out->n++] = 0.5 * grid->least_negative;
    }
    if (grid->has_positive) {
        if (grid->has_negative || fixed)
            out->limits[out->n++] = 0.0;
        cut_side(grid, true, n - n_negative, out);
    }
    add_ends(grid, n_classes, out);
    out->limits[out->n] = INFINITY;
}

int classes_cut(size_t n, const double *heights, const double *weights, size_t n_classes,
                enum strata_cuts cuts, struct classes *classes, struct err *err)
{
    struct grid *grid = mem_new(struct grid);
    int rc = -1;

    *classes = (struct classes){.n = 1, .limits = {-INFINITY, INFINITY}};
    if (!grid) {
        mem_error(err);
        goto out;
    }
    n_classes = n_classes < 2 ? 2 : n_classes > STRATA_CLASSES ? STRATA_CLASSES : n_classes;
    TRY(grid_fill(grid, n, heights, weights, err));
    if (grid->n_heights > 0 && grid->top > 0.0) {
        grid_join(grid, cuts);
        cut_all(grid, n_classes, classes);
    }
    rc = 0;
out:
    if (grid)
        mem_free(grid->heights);
    mem_free(grid);
    return rc;
}

size_t classes_find(const struct classes *classes, double height)
{
    size_t lo = 0, n = classes->n;

    while (n > 1) { /* limits[lo] < height <= limits[lo + n], without a branch to guess */
        size_t half = n / 2;

        lo += height > classes->limits[lo + half] ? half : 0;
        n -= half;
    }
    return lo;
}
