/* proposal.h: the density q from which points are drawn: a mixture over the unit cube of a uniform
 * share, a product of one-axis histograms, and Gaussians cut off at the walls of the cube.  Every
 * part is normalised on the cube, so that q is known exactly. */
#ifndef STRATA_PROPOSAL_H
#define STRATA_PROPOSAL_H

#include "theodolite/base.h"

struct proposal;

/* n points with weights: of n by n_dims places, and how much of the density is wanted there (|F|
 * over the density with which they were drawn; any scale). */
struct proposal_data {
    size_t n, n_dims;
    const double *x;
    const double *weight;
    const double *height; /* |F| there, for proposal_patch(); else NULL */
    double effective;     /* independent points that they are worth at most; 0: as they weigh */
};
struct proposal_config {
    size_t n_parts_most; /* Gaussians */
    double uniform;      /* least share of the uniform part */
    uint64_t seed, round;
};
/* warm: the proposal of the round before, or NULL. */
struct proposal *proposal_fit(const struct proposal_config *config,
                              const struct proposal_data *data, const struct proposal *warm,
                              struct err *err);
/* Adds parts where the proposal is thin for the spread of F/q; NULL without an error: nowhere. */
struct proposal *proposal_patch(const struct proposal_config *config,
                                const struct proposal_data *data, const struct proposal *proposal,
                                struct err *err);
struct proposal *proposal_uniform(size_t n_dims, struct err *err);
void proposal_free(struct proposal *proposal);
size_t proposal_n_dims(const struct proposal *proposal);
size_t proposal_n_parts(const struct proposal *proposal);
double proposal_share(const struct proposal *proposal, size_t part);
/* q at n points; shares (n by n_parts, or NULL): a_k q_k / q. */
void proposal_density(const struct proposal *proposal, size_t n, const double *x, double *q,
                      double *shares);
/* The map of one part from the unit cube, volume-preserving up to its density: uniform (Sobol)
 * points become points of q_k. */
void proposal_map(const struct proposal *proposal, size_t part, size_t n, const double *uniform,
                  double *x);
/* n independent points of q, and (part may be NULL) of which part each is. */
void proposal_draw(const struct proposal *proposal, struct rng *rng, size_t n, double *x,
                   size_t *part);
/* Place within the part's own axes: whitened by its covariance (n by n_dims). */
void proposal_local(const struct proposal *proposal, size_t part, size_t n, const double *x,
                    double *z);
int proposal_write(const struct proposal *proposal, struct buf *out, struct err *err);
struct proposal *proposal_read(const char **data, size_t *n, struct err *err);

#endif
