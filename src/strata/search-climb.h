/* search-climb.h: climbs from single points to the tops of |F|, one by one.
 */
#ifndef STRATA_SEARCH_CLIMB_H
#define STRATA_SEARCH_CLIMB_H

#include "theodolite/base.h"

struct climbs_config {
    size_t n_dims;
    uint64_t seed;
    uint64_t n_calls; /* at most */
    /* uniform points to begin at; borrowed for climbs_create only */
    size_t n;
    const double *x; /* n by n_dims */
    const double *f; /* n; NaN: failed */
    size_t n_starts; /* of them that are chosen from; 0: as many as possible */
};

struct climbs;
struct climbs *climbs_create(const struct climbs_config *config, struct err *err);
void climbs_free(struct climbs *climbs);
/* Points known besides those (n by n_dims), before the first climb; borrowed until it is over. */
void climbs_know(struct climbs *climbs, size_t n, const double *x, const double *f);
/* More calls than it was told, before the first climb. */
void climbs_allow(struct climbs *climbs, uint64_t n_calls);
/* The next points, borrowed (n by n_dims); *n = 0: it is over. */
void climbs_next(struct climbs *climbs, size_t *n, const double **x);
int climbs_take(struct climbs *climbs, const double *f, struct err *err);

/* When it is over, borrowed: where each climb ended, and points spread over each peak that nobody
 * knew of, none where all were known; intensity: of these, per volume. */
struct climbs_points {
    size_t n;
    const double *x, *f, *intensity;
};
/* Were they enough, or begun everywhere? */
bool climbs_are_enough(const struct climbs *climbs);
void climbs_result(const struct climbs *climbs, struct climbs_points *ends,
                   struct climbs_points *spread);

#endif
