/* surrogate.h: what is learned of F: h(x), an estimate of F/q over places drawn from q.
 *
 * Trained to make the q-mean of (F/q - h)^2 small, which is what the variance of the control
 * variate g = q h is.  Several forms are tried on held-out points and the best is kept or they are
 * stacked: a constant, polynomials around each part of the proposal, a polynomial over the cube,
 * sums of products of one-axis functions, and a network on top of what those leave. */
#ifndef STRATA_SURROGATE_H
#define STRATA_SURROGATE_H

#include "proposal.h"

struct surrogate;

struct surrogate_data {
    size_t n, n_dims;
    const double *x;      /* n by n_dims, unit cube */
    const double *h;      /* n: F/q with the q of now */
    const double *weight; /* n: q of now over the density that the point was drawn with */
};
struct surrogate_config {
    const struct proposal *proposal; /* borrowed as long as the surrogate lives */
    bool no_network;
    uint64_t seed, round;
};
struct surrogate *surrogate_fit(const struct surrogate_config *config,
                                const struct surrogate_data *data, const struct surrogate *warm,
                                struct err *err);
void surrogate_free(struct surrogate *surrogate);
/* h at n points; q and shares as of proposal_density at them (shares may be NULL: computed). */
int surrogate_predict(const struct surrogate *surrogate, size_t n, const double *x,
                      const double *shares, double *h, struct err *err);
/* Share of the variance of h that is explained on held-out points; NaN. */
double surrogate_explains(const struct surrogate *surrogate);
/* Beside the jumps that were learned: a thin slice is on the wrong side, and no row knows of it. */
struct jumps {
    double per_call; /* mean of (F/q - h)^2 there under q, as is to be expected */
    double n;        /* points by which the jumps were placed: as many calls meet about one each */
};
struct jumps surrogate_jumps(const struct surrogate *surrogate);
/* "local polynomials 0.93, network 0.99" */
const char *surrogate_words(const struct surrogate *surrogate);
int surrogate_write(const struct surrogate *surrogate, struct buf *out, struct err *err);
struct surrogate *surrogate_read(const char **data, size_t *n, const struct proposal *proposal,
                                 struct err *err);

#endif
