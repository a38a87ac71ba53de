/* climb.h: single climbs, for search-climb.c and search-climb-step.c alone.
 */
#ifndef STRATA_CLIMB_H
#define STRATA_CLIMB_H

#include "search-climb.h"

#include <math.h>

enum {
    DIMS_MOST = 60,
    LANES = 8, /* climbs at a time */
    STEPS_MOST = 12,
    LENGTHS = 4,
    NEAREST = 2, /* of the known tops, and of the known points as high */
    RIVALS = 2 * NEAREST,
    BETWEEN = 3, /* points on the way to each */
    TOPS_MOST = 64,
    AMONG_MOST = 3000, /* points, of those a climb begins at */
    TRIALS_MOST = 4 * DIMS_MOST + 20,
    MET_LEAST = 40,   /* climbs since the last new peak */
    MET_NOTHING = 24, /* and when there was none */
    CLIMBS_LEAST = 5  /* fewer say too little */
};

enum stage {
    STAGE_IDLE,
    STAGE_PROBE,
    STAGE_LINE,
    STAGE_PARABOLA,
    STAGE_SHAPE,
    STAGE_VALLEY,
    STAGE_FIRST,
    STAGE_SPREAD
};

struct place {
    double level, f;
    double x[DIMS_MOST];
};

/* What may be the same peak: a known top, or (peak: SIZE_MAX) a known point. */
struct rival {
    const double *x;
    double level;
    size_t peak;
};

struct climb {
    enum stage stage;
    size_t n_steps, n_trials;
    size_t peak;               /* when it is known */
    struct place here, best;   /* best: of the trials since the step began */
    bool has_inverse, is_peak; /* is_peak: as far as its second differences tell */
    double slope, length;      /* along the line; of a Newton step */
    double gradient[DIMS_MOST], direction[DIMS_MOST];
    double old_x[DIMS_MOST], old_gradient[DIMS_MOST];
    double inverse[DIMS_MOST * DIMS_MOST]; /* of the Hessian of -log |F| */
    double width[DIMS_MOST], lower[DIMS_MOST * DIMS_MOST], log_det;
    double t[LENGTHS]; /* along the line */
    struct rival rivals[RIVALS];
    size_t n_rivals;
    double inside; /* share of the normal over the peak that lies in the cube */
    double trial[TRIALS_MOST * DIMS_MOST];
};

struct top {
    struct place place;
    double width[DIMS_MOST];
    size_t peak; /* the first top of the same peak */
    bool is_new; /* of the first: nobody knew of the peak */
    size_t n_met;
};

struct points {
    size_t n, cap;
    double *x, *f, *intensity;
};

struct climbs {
    size_t d;
    uint64_t n_calls, n_used;
    struct rng rng;
    size_t n_starts, next_start, n_begun, n_lanes;
    double *start_x, *start_f;
    bool *is_begun;
    double *unexplained; /* of the starts, by the tops so far */
    size_t n_explained;  /* the tops that it knows */
    size_t n_known;      /* points besides the starts; borrowed */
    const double *known_x, *known_f;
    struct climb *lanes;
    struct top *tops;
    size_t n_tops, n_new;
    size_t n_met, n_since; /* climbs that ended; since the last new peak */
    double *batch;
    size_t n_batch;
    struct points ends, spread;
    bool is_over;
};

static inline double level_of(double f)
{
    return isfinite(f) && f != 0.0 ? log(fabs(f)) : -INFINITY;
}

static inline double climb_distance(size_t d, const double *a, const double *b, const double *width)
{
    double sum = 0.0;
    size_t j;

    for (j = 0; j < d; j++)
        sum += (a[j] - b[j]) / width[j] * (a[j] - b[j]) / width[j];
    return sum;
}

/* search-climb-step.c: a climb begins where it stands. */
void climb_probe(struct climb *climb, size_t d);
/* What it makes of f at its trials; which are the next. */
int climb_take(struct climbs *c, struct climb *climb, const double *f, struct err *err);

#endif
