/* product.h: the inside of sums of products of one-axis functions, for surrogate-product*.c. */
#ifndef STRATA_PRODUCT_H
#define STRATA_PRODUCT_H

#include "forms.h"

enum { TERMS_MAX = 6, BINS_MAX = 96, POWERS = 3, SYSTEM = TERMS_MAX * POWERS, LANES = 8 };

/* Rows of a bin's normal equations, the right side as their last column: whole vectors. */
static inline size_t system_stride(size_t n)
{
    return (n + LANES) / LANES * LANES;
}

/* The bins of an axis and the factors in them. */
struct axis {
    uint32_t n; /* bins */
    double edge[BINS_MAX + 1];
    double c[BINS_MAX][TERMS_MAX][POWERS]; /* powers of the place in the bin, -1 .. 1 */
};

struct product {
    struct frame frame;
    uint32_t d, n_terms; /* d: axes of the frame */
    struct axis *axes;
};
struct product *product_create(const struct frame *frame, struct err *err);

static inline size_t bin_between(const struct axis *axis, size_t lo, size_t hi, double x)
{
    while (lo < hi) { /* edge[lo] <= x < edge[hi + 1] */
        size_t middle = (lo + hi + 1) / 2;

        if (x >= axis->edge[middle])
            lo = middle;
        else
            hi = middle - 1;
    }
    return lo;
}

static inline size_t bin_of(const struct axis *axis, double x)
{
    return bin_between(axis, 0, axis->n - 1, x);
}

/* Bins of an axis by equal steps of it, so that few are left to be searched for many places. */
enum { INDEX_CELLS = 256 };
struct bin_index {
    uint8_t bin[INDEX_CELLS + 1]; /* of the beginning of each cell */
};
void product_index(const struct axis *axis, struct bin_index *index);

static inline size_t bin_by(const struct axis *axis, const struct bin_index *index, double x)
{
    double at = x * INDEX_CELLS;
    size_t cell = at > 0.0 ? at < INDEX_CELLS - 1 ? (size_t)at : INDEX_CELLS - 1 : 0;

    return bin_between(axis, index->bin[cell], index->bin[cell + 1], x);
}

/* -1 .. 1 */
static inline double place_in(const struct axis *axis, size_t bin, double x)
{
    double lo = axis->edge[bin], hi = axis->edge[bin + 1];

    return (2.0 * x - lo - hi) / (hi - lo);
}

/* A fit in hand. */
struct product_fit {
    const struct rows *rows;
    size_t d;            /* axes of the frame */
    double *u;           /* n by d: places of the rows in it */
    size_t n_in, n_used; /* rows of the normal equations: n_in, in the end all */
    struct product *product;
    double *target, *weight; /* n: of g */
    double *factor;          /* d by TERMS_MAX by n */
    double *all;             /* TERMS_MAX by n: products of all axes */
    double *other;           /* TERMS_MAX by n: of all but one */
    double *sum;             /* n: g */
    uint8_t *bin;            /* d by n */
    double *place;           /* d by n */
    double noise;            /* mean of what the last sweep left; 0: not known */
    double *system;          /* BINS_MAX by SYSTEM by their stride */
    uint32_t *by_axis;       /* d by n_in: rows in order of the axis */
};

/* Values of a factor in all rows. */
static inline double *factor_of(const struct product_fit *f, size_t axis, size_t term)
{
    return f->factor + (axis * TERMS_MAX + term) * f->rows->n;
}

/* Bins and places of all rows on an axis, after its edges have changed. */
void product_place(struct product_fit *f, size_t axis);
/* Factors of terms from .. to - 1 on an axis, in all rows. */
void product_evaluate(struct product_fit *f, size_t axis, size_t from, size_t to);
/* f->sum = sum of terms from .. to - 1 */
void product_sum(struct product_fit *f, size_t from, size_t to);
/* Mean over rows from .. to - 1 of the squared misfit in h, weights of the rows. */
double product_misfit(const struct product_fit *f, size_t from, size_t to);
/* Every axis of terms from .. to - 1 once, those of the others fixed. */
void product_sweep(struct product_fit *f, size_t from, size_t to, const double *target);

#endif
