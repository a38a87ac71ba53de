/* bench-integrate.h: what the files of `theodolite bench integrate` share. */
#ifndef CLI_BENCH_INTEGRATE_H
#define CLI_BENCH_INTEGRATE_H

#include "integrate-problems.h"

enum { INTEGRATE_MOST_SEEDS = 1000, INTEGRATE_MOST_LIST = 8 };

struct integrate_options {
    const struct integrate_problem *problems[64];
    size_t n_problems;
    enum integrate_method methods[INTEGRATE_MOST_LIST];
    size_t n_methods;
    uint64_t calls[INTEGRATE_MOST_LIST];
    size_t n_calls;
    uint64_t first_seed, n_seeds;
    bool is_table, is_verbose;
};

/* `--stopping`: runs that stop when the wanted error is reached; is the truth in the interval? */
int bench_integrate_stopping(const struct integrate_options *options, struct err *err);
/* `--cheap`: CPU per 10^6 calls of a cheap integrand, and of the network. */
int bench_integrate_cheap(const struct integrate_options *options, struct err *err);

#endif
