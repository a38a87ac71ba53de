/* strata.h: Lebesgue cells.  The integral of a function over the unit cube, by classes of its
 * height (LeStrat-Net, arXiv:2412.13982, with the statistics repaired).
 *
 * The integrand F lives on the unit cube: what a scan's observable f becomes when its parameters
 * are mapped there, volume or prior included (integral = mean of F over the cube).  F may have both
 * signs, peaks of 1e-7 of the volume, and calls that fail.
 *
 * How.  Rounds.  The first look for where |F| is (uniform points, then several independent searches
 * that climb in |F|); from all of them a proposal q is made, a mixture of densities that are known
 * exactly, and a surrogate g = q h learned by a network.  Later rounds estimate: points are put
 * into classes by g, frozen before the points of the round are drawn; volumes of the classes and
 * the integral of g come from a large randomised pool (g costs nothing), the calls measure what g
 * misses, class by class:
 *
 *     I = int g + sum_j V_j <F - g>_j
 *
 * A round's estimate is unbiased whatever was learned before, since everything it is made with
 * depends on earlier rounds only; rounds are combined with weights that were fixed before their
 * points were drawn.  So every call is used and none is judged by a model that was trained on it.
 *
 * All is a function of (config, values given back): the same values give the same points, so an
 * integration that was killed goes on from its stored values. */
#ifndef THEODOLITE_STRATA_H
#define THEODOLITE_STRATA_H

#include "theodolite/learn.h"

enum strata_cuts {
    CUTS_CUMSQRT,     /* cumulative square root of the density of heights (Dalenius, Hodges): for
                         the integral */
    CUTS_CONTRIBUTION /* equal int |F|: for events */
};

enum { STRATA_CLASSES = 100 };

struct strata_config {
    size_t n_dims;
    uint64_t seed;
    uint64_t n_calls; /* that may be made; 0: until the error is reached */
    /* Wanted half width of the one-sigma interval; 0: none.  Both given: either. */
    double error_relative, error_absolute;
    size_t n_classes; /* at most; 0: the default */
    enum strata_cuts cuts;
    bool no_network; /* the proposal alone: for calls that cost less than asking the network */
    bool gives_way;  /* auto: calls are cheap, so that enough are made for narrow peaks to be met by
                      * chance, and cubature leaves them to another method when it is none for it */
};

enum strata_stage {
    STAGE_UNIFORM, /* honest points: nobody chose them */
    STAGE_SEARCH,  /* climbing in |F|: of no known density, they train and are in no estimate */
    STAGE_ADAPT,   /* drawn from a proposal that is still learned; the estimate while there is no
                      other */
    STAGE_CELLS    /* class by class; in the estimate */
};
const char *strata_stage_name(enum strata_stage stage);

struct strata;
struct strata *strata_create(const struct strata_config *config, struct err *err);
void strata_free(struct strata *strata);

/* Borrowed until the next call of strata_next. */
struct strata_batch {
    enum strata_stage stage;
    uint32_t round;
    size_t n;              /* 0: it is over */
    const double *units;   /* n by n_dims */
    const double *density; /* n: of the proposal with respect to the uniform one; NaN: not known */
    const float *height;   /* n: g there as it was known when the point was drawn; NaN: nobody was
                              asked */
    const int16_t *cell;   /* n: class it was drawn for, in the numbering of that round; -1: none */
};
/* The points of the next block.  A round may come in several blocks (pools are bounded). */
int strata_next(struct strata *strata, struct strata_batch *batch, struct err *err);
/* Their values, in the same order; NaN: the call failed. */
int strata_take(struct strata *strata, const double *values, struct err *err);

/* A class of the height, as known now. */
struct strata_class {
    double lo, hi;               /* limits of F: lo < F <= hi; -inf and inf at the ends */
    double volume, volume_error; /* share of the cube that is predicted in it */
    double mean, mean_error;     /* of F over it */
    double part, part_error;     /* contribution to the integral: volume * mean */
    double budget;               /* share of the integral's variance */
    uint64_t n;                  /* calls in it whose density is known */
    uint64_t n_next;             /* calls of the next round meant for it */
    /* Of the calls predicted in it by a model that had not seen them, shares of the volume: truly
     * in it, below, above.  NaN. */
    double right, below, above;
    double most; /* largest |F| seen in it */
};

enum strata_alarm {
    ALARM_WEIGHT = 1, /* one call carries much of the variance */
    ALARM_ROUNDS = 2, /* rounds disagree: chi2 */
    ALARM_SEARCH = 4, /* independent searches do not find the same peaks */
    ALARM_LATE = 8,   /* a late round found heights above all that was known */
    ALARM_FEW = 16,   /* too few calls for an error that can be trusted */
    ALARM_FAILED = 32 /* failed calls where the integrand may be large */
};

struct strata_round { /* history of the estimate */
    uint32_t round;
    enum strata_stage stage;
    uint64_t n, n_failed;
    double estimate, error;       /* of this round alone; NaN */
    double integral, total_error; /* of all rounds up to it; NaN */
    uint64_t n_total;
};

struct strata_result {
    double integral, error;          /* one sigma; NaN while there is none */
    double lo, hi;                   /* 95 %, valid at every moment at once (confidence sequence) */
    double absolute, absolute_error; /* int |F| */
    bool is_converged;
    unsigned alarms;
    char why[512]; /* sentences: why it is not converged, with numbers; "" */
    uint64_t n_calls, n_failed;
    double failed_volume, failed_error; /* share of the cube where calls fail */
    double largest_share;               /* of the variance, by one call */
    double chi2;
    size_t n_chi2;
    uint64_t n_uniform;   /* honest points; none of them had |F| above unseen_above: with 95 % */
    double unseen_volume; /* confidence no more than this share of the cube has it (3/n) */
    double unseen_above;
    size_t n_peaks;   /* separate ones that the searches found */
    double purity;    /* of the prediction, all classes; NaN */
    double surrogate; /* share of Var_q(F/q) that g explains, on points it had not seen; NaN */
    size_t n_classes;
    const struct strata_class *classes;
    size_t n_rounds;
    const struct strata_round *rounds;
};
/* More, or less, is wanted from here on: before strata_next.  What was drawn stays as it is; the
 * points that come are a function of what was given before and of when this was said. */
int strata_want(struct strata *strata, uint64_t n_calls, double error_relative,
                double error_absolute, struct err *err);
/* Borrowed until the next call on strata.  Failed calls count as F = 0 in the integral, which is
 * then the integral over where calls run; failed_volume says how much is left out. */
int strata_result(struct strata *strata, struct strata_result *result, struct err *err);

/* ---- the whole of it, for integrands that are functions ------------------------------------- */

struct integrand {
    size_t n_dims;
    /* values of n points of the unit cube (n by n_dims); NaN: failed */
    int (*eval)(void *context, size_t n, const double *units, double *values, struct err *err);
    void *context;
};

/* Asks for points and gives their values back until it is over. */
int strata_run(struct strata *strata, const struct integrand *integrand, struct err *err);

/* Adaptive sampling: uniform points, a search for peaks that they have missed, training of a
 * proposal, then the estimate.  In pieces, for calls so cheap that they are made where they are
 * summed: a round is a frozen state and a number of chunks (the search is one), each chunk is a
 * function of (state, its number) alone and may be done by any process; the sums of the chunks,
 * merged in the order of their numbers, give the next round's state.  So the same comes out whoever
 * did which chunk. */
struct adaptive;
struct adaptive *adaptive_create(const struct strata_config *config, struct err *err);
void adaptive_free(struct adaptive *adaptive);
/* Of the round that is to be done now; 0: it is over.  One is about 1e4 to 1e5 calls. */
size_t adaptive_n_chunks(const struct adaptive *adaptive);
/* Draws the points of one chunk, evaluates them, appends the sums.  The state is only read. */
int adaptive_chunk(const struct adaptive *adaptive, size_t chunk, const struct integrand *integrand,
                   struct buf *sums, struct err *err);
/* In the order of the chunks; the last one of a round ends it. */
int adaptive_merge(struct adaptive *adaptive, size_t chunk, const void *sums, size_t n,
                   struct err *err);
/* As strata_want, before the first merge of a round. */
int adaptive_want(struct adaptive *adaptive, uint64_t n_calls, double error_relative,
                  double error_absolute, struct err *err);
/* The result's arrays live in the arena. */
int adaptive_result(const struct adaptive *adaptive, struct arena *arena,
                    struct strata_result *result, struct err *err);
/* The state as bytes, all of it, in the midst of a round too (with the chunks merged so far): what
 * comes of the one that is read is what would come of this one.  ERR_STORE: not of this version. */
int adaptive_write(const struct adaptive *adaptive, struct buf *out, struct err *err);
struct adaptive *adaptive_read(const void *data, size_t n, struct err *err);
/* The same, but only what adaptive_chunk needs: without the points it was trained on. */
int adaptive_write_task(const struct adaptive *adaptive, struct buf *out, struct err *err);

enum integrate_method {
    INTEGRATE_AUTO,     /* chooses by the cost of a call, the dimension and how smooth F is */
    INTEGRATE_CELLS,    /* the above */
    INTEGRATE_ADAPTIVE, /* without a network: adaptive importance and stratified sampling */
    INTEGRATE_CUBATURE, /* few dimensions: local polynomials, residual measured at random */
    INTEGRATE_PLAIN,
    INTEGRATE_VEGAS, /* of the GSL, for comparison */
    INTEGRATE_MISER
};
const char *integrate_method_name(enum integrate_method method);
int integrate_method_find(const char *name); /* -1: none */
/* Is it one of those for comparison, which know no classes, and no alarm but that calls failed or
 * that F was 0 at all of them? */
bool integrate_is_baseline(const char *name);

/* The result's arrays live in the arena. */
int strata_integrate(const struct strata_config *config, const struct integrand *integrand,
                     enum integrate_method method, struct arena *arena,
                     struct strata_result *result, struct err *err);

/* ---- events --------------------------------------------------------------------------------- */

/* What an integration has learned, frozen: proposal, surrogate, classes and their limits.  Bytes
 * that strata_write gives can be read again by another program of the same version. */
int strata_write(const struct strata *strata, struct buf *out, struct err *err);
/* The same, learned from points that were called before, as a store keeps them. */
struct strata_points {
    size_t n, n_dims;
    const double *units;   /* n by n_dims */
    const double *density; /* n, of the proposal they came from; NaN: not known, left out */
    const double *values;  /* n; NaN: failed */
};
int strata_learn(const struct strata_points *points, uint64_t seed, struct buf *out,
                 struct err *err);
bool strata_is_frozen(const void *data, size_t n); /* are these such bytes? */

/* Unweighted events: points of the unit cube with density |F|, made from what was frozen, by
 * blocks:
 *
 *     while (events_next(..., &batch) == 0 && batch.n > 0) { values; events_take(..., &taken) }
 *
 * Places are drawn where the surrogate is high, which costs no call; of those that were called a
 * share |F|/limit is accepted, the limits being those of classes of the height, from points that no
 * model was trained on.  An event above its limit is kept with weight |F|/limit; negative ones have
 * negative weights.  A function of (config, frozen, values). */
struct events_config {
    size_t n_dims;
    uint64_t seed;
    uint64_t n_events;
    uint64_t n_calls; /* at most; 0: 100 for each event, 100000 at least */
    uint64_t n_pilot; /* calls for the first limits; 0: the default */
    /* Share of the weight that may be above the limits; 0: limits are the largest values seen.
     * Negative: the default, 0.001. */
    double excess;
};
struct events;
/* frozen: bytes of strata_write; NULL: nothing is known. */
struct events *events_create(const struct events_config *config, const void *frozen, size_t n,
                             struct err *err);
void events_free(struct events *events);
struct events_batch {
    bool is_pilot;
    size_t n;            /* 0: it is over */
    const double *units; /* n by n_dims */
};
int events_next(struct events *events, struct events_batch *batch, struct err *err);
/* Those of the batch that are events; borrowed until the next call. */
struct events_taken {
    size_t n;
    const size_t *which;  /* in the batch, ascending */
    const double *weight; /* 1 and -1; above the limit: larger */
    const int16_t *cell;  /* class of the height */
};
int events_take(struct events *events, const double *values, struct events_taken *taken,
                struct err *err);
/* That loop; `each` is shown every batch with those of it that are events. */
int events_run(struct events *events, const struct integrand *integrand,
               int (*each)(void *context, const struct events_batch *batch,
                           const struct events_taken *taken, struct err *err),
               void *context, struct err *err);

struct events_class {
    double lo, hi; /* limits of the height that the surrogate says */
    uint64_t n_calls, n_events, n_over;
    double share;      /* of the calls' sum of |F| */
    double efficiency; /* events per call; NaN */
};
struct events_result {
    uint64_t n_events, n_calls, n_pilot, n_failed;
    uint64_t n_calls_most;       /* that may be made: then there are fewer events than wanted */
    double n_calls_foreseen;     /* for all events, as known now; NaN before the first limits */
    uint64_t n_negative, n_over; /* events above their limits */
    double over_share;           /* of the events' weight that is above the limits */
    double most;                 /* largest weight */
    double efficiency;           /* events per call, without the pilot's */
    double n_equal;              /* unweighted events that are worth as much: (sum w)^2 / sum w^2 */
    double sum, sum_absolute;    /* of the weights */
    /* What the calls say of the integral of F and of |F|. */
    double integral, integral_error, absolute, absolute_error;
    size_t n_classes;
    const struct events_class *classes;
};
/* Borrowed until the next call on events. */
void events_result(struct events *events, struct events_result *result);

#endif
