/* core.h: an integration in hand, for the files that carry it on. */
#ifndef STRATA_CORE_H
#define STRATA_CORE_H

#include "drawing.h"
#include "sample.h"
#include "search.h"

enum { CORE_ROUNDS = SAMPLE_ROUNDS, CORE_WHY = 512 };

/* What a closed round says. */
struct core_round {
    enum strata_stage stage;
    uint64_t n, n_failed, n_total;
    bool has_estimate;
    double weight; /* fixed before its points were drawn */
    double estimate, error, freedom;
    double absolute, absolute_error;
    double failed, failed_error;
    double foreseen;                /* int |F| where calls fail, by failures.c */
    double squares, largest_square; /* sum over calls, largest of them */
    double n_known;                 /* calls that its surrogate is made of */
    struct jumps jumps;             /* that its surrogate has */
    double rise;       /* |F| at the calls that weigh most, over that at the next; 0: not known */
    double tail_error; /* what such calls may add that are rarer, where they have no variance */
    double rare;       /* of the error's square: by the few calls far above the others */
    double n_rare;     /* that weigh alike */
    double most;       /* largest |F| in it */
    double unmet;      /* of the error: by places that no call has met */
    double pool_error, rest_error; /* of the surrogate's integral, of what the calls add to it */
    double pool_per_call;
};

/* The proposal's round: while no surrogate is there, none. */
struct core_model {
    size_t n_fits; /* so far */
    struct surrogate *surrogate;
    const struct proposal *proposal; /* that it was fitted with */
    struct classes classes;
    double rate[STRATA_CLASSES];
    double explains;
    double n_known; /* calls that it is made of */
    struct jumps jumps;
    double spread; /* foreseen sd of F/q - h under q */
    double unmet;  /* sd of F/q beside it, by places that no call has met */
    double placed; /* variance of the same number of calls at these rates, over that under q */
};

struct strata {
    struct strata_config config;
    uint64_t n_first_wanted; /* calls that were wanted when it began; 0: not said */
    struct sample sample;
    struct core_round rounds[CORE_ROUNDS];
    size_t n_rounds;
    uint32_t round; /* number of the round in hand */
    enum strata_stage stage;
    struct drawing *drawing; /* NULL: none in hand */
    struct search *search;   /* likewise; afterwards kept in `found` */
    struct search_found found;
    bool is_searched;
    struct core_model model;
    double weight, pool_per_call; /* of the round in hand */
    bool is_over;
    /* the batch in hand */
    struct strata_batch batch;
    double *density;
    size_t n_density;
    const double *batch_q; /* of the proposal at its points */
    double planned;        /* points of the round, as the batch tells */
    double least;          /* of the round in hand: points per volume, at its points */
    bool is_pending;
    /* counts */
    uint64_t n_calls, n_failed;
    uint64_t n_uniform;
    double n_even;             /* points per volume that the rounds after it had at least */
    double uniform_most, most; /* largest |F| at uniform points, at all */
    uint64_t n_search;         /* calls of the search */
    uint64_t n_body; /* calls that were left for the rounds after the search when it ended */
    /* classes of the last round of cells */
    struct strata_class classes[STRATA_CLASSES];
    size_t n_classes;
    double tops[STRATA_CLASSES], most_weight[STRATA_CLASSES]; /* largest |F| and |F|/q */
    double purity;
    struct strata_round history[CORE_ROUNDS];
    struct proposal *frozen_uniform; /* for strata_frozen before any fit; NULL */
};

/* rounds.c: opens the next round, or sets is_over. */
int core_open(struct strata *s, struct err *err);
/* Closes the round in hand. */
int core_close(struct strata *s, struct err *err);
/* model.c: proposal and surrogate from all points. */
int core_fit_proposal(struct strata *s, struct proposal **proposal, struct err *err);
int core_fit_surrogate(struct strata *s, const struct proposal *proposal, struct err *err);
double core_spread(const struct strata *s, const struct proposal *proposal);
/* peaks.c: separate peaks, by the points so far. */
int core_peaks(struct strata *s, struct err *err);
/* cells.c: classes from a drawing. */
void core_classes(struct strata *s, const struct drawing_sums *sums);
/* Keeps the largest |F| and |F|/q of each class, of the batch in hand. */
void core_tops(struct strata *s, const double *values);
/* estimate.c: the rounds together. */
struct core_estimate {
    double integral, error, freedom;
    double absolute, absolute_error;
    double failed, failed_error;
    double chi2;
    size_t n_chi2;
    double largest_share;
    double largest_weight; /* of that call, over the mean of |F| / q of a call */
};
void core_estimate(const struct strata *s, size_t n_rounds, struct core_estimate *out);
/* Half width of the 95 % interval that holds at every moment at once. */
double core_interval(const struct strata *s, const struct core_estimate *e);
/* Is no |F| known that is far above those at uniform points? */
bool core_is_even(const struct strata *s);
/* Calls that are as good as uniform ones. */
uint64_t core_n_uniform(const struct strata *s);
/* alarms.c */
unsigned core_alarms(const struct strata *s, const struct core_estimate *e, char why[CORE_WHY]);
/* Is what was asked for reached? */
bool core_is_reached(const struct strata *s, const struct core_estimate *e);

#endif
