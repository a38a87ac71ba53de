/* fit.h: a fit of a proposal in hand. */
#ifndef STRATA_FIT_H
#define STRATA_FIT_H

#include "mixture.h"

enum { FIT_DIMS = 64 };

struct fit {
    size_t n_dims, n, n_in; /* the first n_in points are fitted, the others held out */
    double *x, *weight;     /* weights sum to the effective number of points */
    double *height;         /* |F|; NULL in a fit of likelihood */
    double *q, *shares;     /* of the step in hand */
    double effective;
    double uniform; /* least share */
    double mean[FIT_DIMS], square[FIT_DIMS * FIT_DIMS];
};
void fit_free(struct fit *fit);
/* Steps of expectation and maximisation, on the points that are not held out or on all. */
void fit_steps(struct fit *fit, struct proposal *p, size_t n_steps, bool all);
double fit_score(struct fit *fit, const struct proposal *p); /* log-likelihood, held out */

size_t axis_bracket(const struct axis_density *axis, double x);
/* Uniform and axes alone, with the number of knots that is best on the held-out points. */
struct proposal *fit_axes(struct fit *fit, double *score, struct err *err);
/* k Gaussians at centres among the points, besides the uniform part and the axes of `with`. */
struct proposal *fit_spread(struct fit *fit, const struct proposal *with, size_t k,
                            const struct proposal_config *config, struct err *err);
/* Without the Gaussians of no share, and with room for n_more at the end. */
struct proposal *fit_copy(const struct proposal *from, size_t n_more, struct err *err);
/* Cuts off weights until they are worth `wanted` points; returns how many they are worth. */
double clip_weights(size_t n, double *weight, double wanted);
void fit_adopt_axes(struct proposal *to, const struct proposal *from);

#endif
