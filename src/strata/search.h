/* search.h: where |F| is large, climbed to by several populations that know nothing of each other.
 */
#ifndef STRATA_SEARCH_H
#define STRATA_SEARCH_H

#include "theodolite/base.h"

enum { SEARCH_RUNS = 2, SEARCH_PEAKS = 64 };

struct search_config {
    size_t n_dims;
    uint64_t seed;
    uint64_t n_calls; /* at most */
    /* uniform points to begin with */
    size_t n;
    const double *x; /* n by n_dims */
    const double *f; /* n; NaN: failed */
};

struct search_found {
    size_t n_peaks;                /* separate ones, of both runs */
    size_t n_alone;                /* of them found by one run only */
    double alone_share;            /* of int |F| that these hold, by the search's own reckoning */
    double mass[SEARCH_RUNS];      /* int |F| by each run's reckoning */
    bool is_short;                 /* the calls ended before the climb did */
};

struct search;
struct search *search_create(const struct search_config *config, struct err *err);
void search_free(struct search *search);
/* The next points, borrowed (n by n_dims); *n = 0: it is over. */
int search_next(struct search *search, size_t *n, const double **x, struct err *err);
int search_take(struct search *search, const double *f, struct err *err);
/* When it is over: the points kept, f, and how many per volume lie there by the search's reckoning;
 * borrowed. */
struct search_points {
    size_t n;
    const double *x, *f, *intensity;
};
/* search-peaks.c: separate peaks among the points, those of run r from first[r] to first[r + 1]. */
int search_peaks(const struct search_points *points, size_t n_dims,
                 const size_t first[SEARCH_RUNS + 1], struct search_found *found, struct err *err);
void search_result(const struct search *search, struct search_points *points,
                   struct search_found *found);

#endif
