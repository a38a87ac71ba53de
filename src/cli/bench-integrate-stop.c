/* bench-integrate-stop.c: what holds when an integration stops because its error is small enough,
 * and what the cheap path costs.
 *
 * Stopping on the error that one looks at is what makes fixed-size intervals too narrow: the run
 * stops when chance made the error small.  The interval [lo, hi] of a result is meant to hold at
 * every moment at once, so 200 runs that stop by themselves are counted. */
#include "bench-integrate.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

struct coverage {
    size_t n, n_covered, n_fixed, n_stopped, n_early, n_trusted, n_trusted_covered;
    double width, widest, calls;
};

struct stopping {
    const struct integrate_problem *problem;
    enum integrate_method method;
    uint64_t n_calls;
    double relative;
};

static void count_run(const struct stopping *stopping, const struct strata_result *r,
                      struct coverage *c)
{
    double truth = stopping->problem->truth, width = (r->hi - r->lo) / (2 * 1.96 * r->error);
    bool is_covered = r->lo <= truth && truth <= r->hi;
    bool is_reached = r->error <= stopping->relative * fabs(r->integral);
    c->n++;
    c->n_covered += is_covered ? 1 : 0;
    c->n_fixed += fabs(r->integral - truth) <= 1.96 * r->error ? 1 : 0;
    c->n_stopped += is_reached ? 1 : 0;
    c->n_early += is_reached && (double)r->n_calls < 0.9 * (double)stopping->n_calls ? 1 : 0;
    c->n_trusted += r->alarms == 0 ? 1 : 0;
    c->n_trusted_covered += r->alarms == 0 && is_covered ? 1 : 0;
    c->width += width;
    c->widest = fmax(c->widest, width);
    c->calls += (double)r->n_calls;
}

static int run_stopping(const struct integrate_options *options, const struct stopping *stopping,
                        struct coverage *c, struct err *err)
{
    const struct integrate_problem *problem = stopping->problem;
    struct integrand integrand = integrate_problem_integrand(problem);
    for (uint64_t seed = options->first_seed; seed < options->first_seed + options->n_seeds;
         seed++) {
        struct strata_config config = {.n_dims = problem->n_dims,
                                       .seed = seed,
                                       .n_calls = stopping->n_calls,
                                       .error_relative = stopping->relative};
        struct strata_result r;
        struct arena *arena = arena_create();
        if (arena == NULL)
            return mem_error(err);
        if (strata_integrate(&config, &integrand, stopping->method, arena, &r, err) != 0) {
            arena_free(arena);
            return -1;
        }
        count_run(stopping, &r, c);
        arena_free(arena);
    }
    return 0;
}

/* The error that is wanted lies where the run may well stop: what as many calls as a third of them
 * all reach, and half as much again. */
static int wanted_error(struct stopping *stopping, struct err *err)
{
    const struct integrate_problem *problem = stopping->problem;
    struct integrand integrand = integrate_problem_integrand(problem);
    struct strata_config config = {
        .n_dims = problem->n_dims, .seed = 1000000, .n_calls = stopping->n_calls / 3};
    struct strata_result r;
    struct arena *arena = arena_create();
    int rc = arena == NULL
                 ? mem_error(err)
                 : strata_integrate(&config, &integrand, stopping->method, arena, &r, err);
    if (rc == 0)
        stopping->relative = 1.5 * r.error / fabs(r.integral);
    arena_free(arena);
    return rc;
}

static void print_stopping(const struct stopping *stopping, const struct coverage *c)
{
    double n = (double)c->n;
    printf("%-22s %-9s %6.0e %8.2g %8.3f %8.3f %8.3f %4zu of %-4zu %8.3f %6.2f %7.2f %8.0f\n",
           stopping->problem->title, integrate_method_name(stopping->method),
           (double)stopping->n_calls, stopping->relative, (double)c->n_stopped / n,
           (double)c->n_early / n, (double)c->n_covered / n, c->n_trusted_covered, c->n_trusted,
           (double)c->n_fixed / n, c->width / n, c->widest, c->calls / n);
    fflush(stdout);
}

int bench_integrate_stopping(const struct integrate_options *options, struct err *err)
{
    printf("%-22s %-9s %6s %8s %8s %8s %8s %12s %8s %6s %7s %8s\n", "function", "method", "most",
           "wanted", "reached", "early", "covered", "no alarm", "1.96 err", "width", "widest",
           "calls");
    for (size_t p = 0; p < options->n_problems; p++)
        for (size_t c = 0; c < options->n_calls; c++)
            for (size_t m = 0; m < options->n_methods; m++) {
                struct stopping stopping = {.problem = options->problems[p],
                                            .method = options->methods[m],
                                            .n_calls = options->calls[c]};
                struct coverage coverage = {.n = 0};
                if (wanted_error(&stopping, err) != 0 ||
                    run_stopping(options, &stopping, &coverage, err) != 0)
                    return -1;
                print_stopping(&stopping, &coverage);
            }
    return 0;
}

/* ---- the cheap path -------------------------------------------------------------------------- */

/* The program vegas 6.4.1 needs this for 10^6 calls in five dimensions. */
static const double vegas_cpu_s = 0.2;

static double eval_seconds(const struct integrate_problem *problem, uint64_t n_calls,
                           struct err *err)
{
    enum { BLOCK = 4096 };
    struct integrand integrand = integrate_problem_integrand(problem);
    size_t d = problem->n_dims;
    double *x = mem_array(BLOCK, (d + 1) * sizeof *x);
    struct rng rng = rng_stream(1, RNG_TEST, 0);
    if (x == NULL)
        return (double)NAN;
    for (size_t i = 0; i < BLOCK * d; i++)
        x[i] = rng_uniform(&rng);
    double began = clock_thread_cpu_s();
    for (uint64_t n = 0; n < n_calls; n += BLOCK)
        (void)integrand.eval(integrand.context, BLOCK, x, x + BLOCK * d, err);
    double seconds = clock_thread_cpu_s() - began;
    mem_free(x);
    return seconds;
}

int bench_integrate_cheap(const struct integrate_options *options, struct err *err)
{
    printf("%-22s %6s %12s %12s   %s\n", "function", "calls", "s per 10^6", "of which F",
           "wanted: <= 0.6, better <= 0.3 (vegas+ 0.2)");
    for (size_t p = 0; p < options->n_problems; p++)
        for (size_t c = 0; c < options->n_calls; c++) {
            const struct integrate_problem *problem = options->problems[p];
            struct integrand integrand = integrate_problem_integrand(problem);
            struct strata_config config = {
                .n_dims = problem->n_dims, .seed = 1, .n_calls = options->calls[c]};
            struct strata_result r;
            struct arena *arena = arena_create();
            double began = clock_thread_cpu_s(), scale = 1e6 / (double)options->calls[c];
            int rc = arena == NULL ? mem_error(err)
                                   : strata_integrate(&config, &integrand, INTEGRATE_ADAPTIVE,
                                                      arena, &r, err);
            double cpu_s = clock_thread_cpu_s() - began;
            arena_free(arena);
            if (rc != 0)
                return -1;
            printf("%-22s %6.0e %12.3f %12.3f   %.1f x vegas+\n", problem->title,
                   (double)options->calls[c], cpu_s * scale,
                   eval_seconds(problem, options->calls[c], err) * scale,
                   cpu_s * scale / vegas_cpu_s);
            fflush(stdout);
        }
    return 0;
}
