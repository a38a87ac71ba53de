/* drawing.h: the points of one round, and what they say of the integral.
 *
 * A round is R repetitions, each a whole estimate with scrambled Sobol points of its own, so the
 * error of the round's mean is known from their spread, whatever the points' order gains.  In a
 * repetition every part s of the proposal (the small ones together) has one sequence; its first M_s
 * points are the pool, on which only g is asked.  Of class j the integrand is called at the points
 * among the first L_sj <= M_s:
 *
 *     I_r = sum_s a_s [ 1/M_s sum_{i < M_s} h(x_i)
 *                       + sum_j 1/L_sj sum_{i < L_sj, c(x_i) = j} (F/q - h)(x_i) ]
 *
 * Each x_i has exactly the density q_s, so I_r is unbiased whatever h, c and L are.  L and M are
 * powers of two: whole nets. */
#ifndef STRATA_DRAWING_H
#define STRATA_DRAWING_H

#include "private.h"

enum { REPETITIONS_MOST = 64, REPETITIONS_LEAST = 8, DRAWING_TOPS = 64 };

struct drawing_config {
    size_t n_dims;
    uint64_t seed, round;
    const struct proposal *proposal;   /* borrowed */
    const struct surrogate *surrogate; /* borrowed; NULL: h = 0 */
    const struct classes *classes;     /* copied; of the height g = q h */
    const double *rate;                /* per class: wanted calls per unit of q, any scale */
    size_t n_calls;                    /* wanted; what is made differs by some per cent */
    size_t n_pool;                     /* places where g is asked, about */
};

/* Sums of one repetition over a class. */
struct cell_sums {
    double volume;   /* int 1 over the pool */
    double part;     /* int F: surrogate and what the calls add */
    double rest;     /* of which what the calls add */
    double absolute; /* int |F| */
    double failed;   /* int 1 where calls failed */
    double called;   /* int 1 over the calls: the share that right, below, above are of */
    double right, below, above;
    uint64_t n;
};

struct drawing;
struct drawing *drawing_create(const struct drawing_config *config, struct err *err);
void drawing_free(struct drawing *drawing);
size_t drawing_repetitions(const struct drawing *drawing); /* planned */

/* The points of the next repetitions, borrowed until the next call: as many repetitions as make
 * `enough` points (one at least), of which one that would go beyond `left` points is not begun. */
struct drawn {
    size_t n, n_repetitions;
    const double *x;         /* n by n_dims */
    const double *q;         /* n: of the proposal */
    const double *intensity; /* n: expected number of the round's points per volume */
    const float *height;     /* NaN without a surrogate */
    const int16_t *cell;     /* -1 without a surrogate */
};
int drawing_next(struct drawing *drawing, size_t enough, uint64_t left, struct drawn *drawn,
                 struct err *err);
/* Their values; NaN: failed.  Closes these repetitions. */
void drawing_take(struct drawing *drawing, const double *values);

/* What the closed repetitions say. */
struct drawing_sums {
    size_t n_repetitions, n_classes;
    const struct cell_sums *cells; /* n_repetitions by n_classes */
    const double *integral;        /* n_repetitions */
    uint64_t n, n_failed;
    double foreseen; /* int |F| where calls fail, by failures.c */
    /* sum over calls of (a_s / L_s (F/q - h))^2, and its largest terms, descending; |F| at these */
    double squares;
    double tops[DRAWING_TOPS], sizes[DRAWING_TOPS];
    double estimate, error; /* of the mean of the repetitions */
};
void drawing_sums(const struct drawing *drawing, struct drawing_sums *sums);

#endif
