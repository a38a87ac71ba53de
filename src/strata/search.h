/* search.h: where |F| is large, climbed to by several populations that know nothing of each other.
 */
#ifndef STRATA_SEARCH_H
#define STRATA_SEARCH_H

#include "theodolite/base.h"

enum { SEARCH_RUNS = 2 };

struct search_config {
    size_t n_dims;
    uint64_t seed;
    uint64_t n_calls; /* at most, of the populations; single climbs take a fifth of it, or a little
                         more, besides */
    /* uniform points to begin with */
    size_t n;
    const double *x;  /* n by n_dims */
    const double *f;  /* n; NaN: failed */
    size_t n_starts;  /* of them that single climbs are chosen from, in time n_starts^2; 0: many */
    bool climbs_rest; /* single climbs may have what the populations leave as well: half as much
                         again as n_calls and a fifth, then, at most */
};

struct search_found {
    bool is_short;  /* the calls ended before the climb did */
    bool is_looked; /* single climbs have looked for separate peaks until they were enough */
    /* Levels climbed over survivors at each: near 1 a peak that holds half of |F| may have died out
     * by chance in the one run and in the other. */
    double drift;
    size_t n_first;    /* of its points are of the first run, */
    size_t n_runs_end; /* those up to here of the second, */
    size_t n_ends_end; /* up to here ends of climbs, the others spread over peaks met by these */
    /* core_peaks(): */
    size_t n_peaks;     /* separate ones */
    size_t n_alone;     /* of them met by one run only, or by one climb */
    double alone_share; /* of int |F| that these hold */
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
void search_result(const struct search *search, struct search_points *points,
                   struct search_found *found);

#endif
