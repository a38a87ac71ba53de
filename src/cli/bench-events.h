/* bench-events.h: histograms of events that are known in closed form, or on a fine grid. */
#ifndef CLI_BENCH_EVENTS_H
#define CLI_BENCH_EVENTS_H

#include "integrate-problems.h"

/* A few observables, each in CLOSURE_BINS bins for positive events and as many for negative ones.
 */
enum { CLOSURE_KINDS = 3, CLOSURE_BINS = 20, CLOSURE_ALL = 2 * CLOSURE_BINS };
struct histogram {
    double of[CLOSURE_KINDS][CLOSURE_ALL]; /* sums of |weight| */
    double squares[CLOSURE_KINDS][CLOSURE_ALL];
    double sum;
};

struct closure {
    const char *name;                 /* of the problem */
    const char *kinds[CLOSURE_KINDS]; /* NULL: none */
    double from, to;                  /* range of a radius, where there is one */
    /* where observable `kind` is in its range, which is 0 to 1 */
    double (*place)(const struct closure *closure, size_t kind, const double *unit);
    /* fills the truth, up to a factor for each kind */
    void (*find)(const struct closure *closure, struct histogram *truth);
    const struct integrate_problem *problem; /* filled by closure_open */
};
/* false: of no integrand with this name is anything known. */
bool closure_open(const char *name, struct closure *closure);
/* The names there are; NULL after the last. */
const char *closure_name(size_t i);
/* Shares of int |F|, normalised for each kind. */
void closure_truth(const struct closure *closure, struct histogram *truth);
void closure_fill(const struct closure *closure, struct histogram *h, const double *unit,
                  double weight);
/* Of chi2, with bins joined in which fewer than ten events are expected. */
double closure_p_value(const struct histogram *truth, const struct histogram *found, size_t kind);
/* Of n values from the uniform distribution: the p-value of Kolmogorov's and Smirnov's test.  The
 * values are sorted. */
double closure_p_flat(size_t n, double *values, double *distance);

#endif
