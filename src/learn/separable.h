/* separable.h: sums of products of functions of one axis each, for src/learn alone.
 *
 *     s(x) = c + sum_j a_j(x_j) + sum_r prod_j g_rj(x_j)
 *
 * with every a_j, g_rj a polynomial.  Where an observable is a function of such a sum, s is worth
 * more than all the axes together: it becomes a further input of the networks and the process. */
#ifndef LEARN_SEPARABLE_H
#define LEARN_SEPARABLE_H

#include "theodolite/base.h"

enum { SEPARABLE_TERMS = 3, SEPARABLE_BASIS = 48, SEPARABLE_DIMS = 24 };

struct separable {
    uint32_t d, terms, basis;
    uint32_t n_searched;         /* rows when new terms were looked for last; 0: never */
    uint32_t is_level, is_sharp; /* of labels: see level.c */
    uint32_t n_tried, is_wanted; /* of a level: rows of the last trial, and what came of it */
    double constant;
    double height;        /* of a level: logit of the bump's */
    double centre, scale; /* the input is 1/2 + scale * (s - centre); of a level squashed */
    /* Share of the variance of y that s leaves unexplained, on rows left out of all fits; 1 while
     * there is no map. */
    double left;
    /* (terms + 1) by d by basis: the sums first; degree 0 of these is not used */
    double c[(SEPARABLE_TERMS + 1) * SEPARABLE_DIMS * SEPARABLE_BASIS];
};

/* Rows: x is n by d, y (mean near 0, variance near 1) may be NaN where unknown.  is_out: rows that
 * are kept for the measure. */
struct separable_data {
    size_t n, d;
    const float *x, *y;
    size_t y_stride;
    const bool *is_out;
};
/* Improves the map (left < 1: there is one) and now and then looks for a better one. */
int separable_fit(struct separable *map, const struct separable_data *data, struct rng *rng,
                  struct err *err);
/* The further input at x (d numbers). */
float separable_value(const struct separable *map, const float *x);
/* Of n rows (n by d), each `stride` after the last. */
void separable_values(const struct separable *map, size_t n, const float *x, size_t stride,
                      float *out);
/* The polynomials sqrt(2k + 1) P_k(2u - 1), k = 0 .. n - 1. */
void separable_legendre(double u, size_t n, double *p);

#endif
