/* t-strata-stopping.c: when an integration stops because its error is small enough, and what its
 * interval is then worth: the looks share 5 %, what was said is not taken back, an alarm keeps it
 * going, uniform points alone may be enough, and many runs that stop by themselves cover the truth.
 */
#include "../src/strata/adaptive.h"

#include "tap.h"

#include <math.h>

static int wave(void *context, size_t n, const double *x, double *values, struct err *err)
{
    size_t d = *(const size_t *)context;
    (void)err;
    for (size_t i = 0; i < n; i++) {
        values[i] = 1;
        for (size_t j = 0; j < d; j++)
            values[i] *= 1 + 0.1 * sin(6.283185307179586 * x[i * d + j]);
    }
    return 0; /* integral 1 */
}

static double bump(const double *x, size_t d, double width)
{
    double r2 = 0;
    for (size_t j = 0; j < d; j++)
        r2 += (x[j] - 0.4) * (x[j] - 0.4);
    return exp(-0.5 * r2 / (width * width));
}

static int peak(void *context, size_t n, const double *x, double *values, struct err *err)
{
    size_t d = *(const size_t *)context;
    (void)err;
    for (size_t i = 0; i < n; i++)
        values[i] = bump(x + i * d, d, 0.05);
    return 0;
}

/* Wide enough that a small search has room for it: what is doubted at first is single calls. */
static int hill(void *context, size_t n, const double *x, double *values, struct err *err)
{
    size_t d = *(const size_t *)context;
    (void)err;
    for (size_t i = 0; i < n; i++)
        values[i] = bump(x + i * d, d, 0.06);
    return 0;
}

/* Without a variance: the largest of the calls is always too large. */
static int pole(void *context, size_t n, const double *x, double *values, struct err *err)
{
    size_t d = *(const size_t *)context;
    (void)err;
    for (size_t i = 0; i < n; i++)
        values[i] = pow(x[i * d] * x[i * d + 1], -0.95);
    return 0;
}

/* Calls fail in a part of the peak: an alarm that no further call takes away. */
static int broken(void *context, size_t n, const double *x, double *values, struct err *err)
{
    size_t d = *(const size_t *)context;
    (void)err;
    for (size_t i = 0; i < n; i++)
        values[i] = x[i * d] > 0.43 ? (double)NAN : bump(x + i * d, d, 0.1);
    return 0;
}

typedef int function(void *, size_t, const double *, double *, struct err *);

static struct strata_result integrate(function *f, struct strata_config config,
                                      enum integrate_method method)
{
    static struct arena *arena;
    struct strata_result result;
    struct err err = ERR_INIT;
    const struct integrand integrand = {config.n_dims, f, &config.n_dims};
    arena_free(arena);
    arena = arena_create();
    if (arena == NULL || strata_integrate(&config, &integrand, method, arena, &result, &err) != 0)
        bail_out("integrates: %s", err.message);
    return result;
}

static void test_alpha(void)
{
    for (size_t n = 1; n < 9; n++) {
        double sum = 0;
        for (size_t look = 1; look < 100000; look++)
            sum += look_alpha(look, n);
        ok(sum > 0.0499 && sum <= 0.05, "all looks together miss with 5 %%, %zu planned: %.6f", n,
           sum);
    }
}

/* More is asked for, and nothing was called since: the interval is what it was. */
static void test_interval_stays(void)
{
    size_t d = 3;
    const struct strata_config config = {.n_dims = d, .seed = 3, .n_calls = 3000};
    struct strata *strata;
    struct strata_batch batch;
    struct strata_result before, after;
    struct err err = ERR_INIT;
    double *values = mem_array(4000, sizeof *values);
    if ((strata = strata_create(&config, &err)) == NULL || values == NULL)
        bail_out("begins: %s", err.message);
    while (strata_next(strata, &batch, &err) == 0 && batch.n > 0) {
        peak(&d, batch.n, batch.units, values, &err);
        if (strata_take(strata, values, &err) != 0)
            bail_out("takes: %s", err.message);
    }
    strata_result(strata, &before, &err);
    strata_want(strata, 300000, 1e-4, 0, &err);
    strata_result(strata, &after, &err);
    ok(isfinite(before.lo) && before.lo == after.lo && before.hi == after.hi,
       "cells: the interval is what it was");
    strata_free(strata);
    mem_free(values);
}

static void test_adaptive_interval_stays(void)
{
    size_t d = 3;
    const struct strata_config config = {.n_dims = d, .seed = 3, .n_calls = 20000};
    const struct integrand integrand = {d, peak, &d};
    struct err err = ERR_INIT;
    struct arena *arena = arena_create();
    struct adaptive *a = adaptive_create(&config, &err);
    struct strata_result before, after;
    struct buf sums;
    size_t n;
    buf_init(&sums, 1 << 20);
    while ((n = adaptive_n_chunks(a)) > 0)
        for (size_t k = 0; k < n; k++) {
            buf_clear(&sums);
            if (adaptive_chunk(a, k, &integrand, &sums, &err) != 0 ||
                adaptive_merge(a, k, sums.data, sums.len, &err) != 0)
                bail_out("goes on: %s", err.message);
        }
    adaptive_result(a, arena, &before, &err);
    adaptive_want(a, 300000, 1e-4, 0, &err);
    adaptive_result(a, arena, &after, &err);
    ok(isfinite(before.lo) && before.lo == after.lo && before.hi == after.hi,
       "adaptive: the interval is what it was");
    adaptive_free(a);
    arena_free(arena);
    buf_free(&sums);
}

static void test_alarm_goes_on(void)
{
    const struct strata_config calm = {
        .n_dims = 2, .seed = 5, .n_calls = 20000, .error_relative = 0.1};
    struct strata_config open = calm, few = calm;
    struct strata_result r = integrate(peak, calm, INTEGRATE_CELLS);
    ok(r.is_converged && r.n_calls < 10000, "a goal that is reached ends it: %llu calls, %s",
       (unsigned long long)r.n_calls, r.why);
    struct strata_config doubted = calm;
    size_t n_on = 0, n_short = 0, n_ended = 0;
    for (doubted.seed = 1; doubted.seed <= 4; doubted.seed++) {
        r = integrate(pole, doubted, INTEGRATE_CELLS);
        n_on += r.alarms != 0 && r.error < 0.1 * r.integral && r.n_calls > 18000;
        n_short += r.alarms != 0 && r.n_calls < 18000;
    }
    ok(n_on > 0 && n_short == 0, "not while it cannot be trusted: in %zu of 4 runs", n_on);
    open.n_calls = 0;
    open.error_relative = 0.3;
    for (open.seed = 1; open.seed <= 2; open.seed++) {
        r = integrate(pole, open, INTEGRATE_CELLS);
        n_ended += r.alarms != 0 && r.error < 0.3 * r.integral && r.n_calls < 1000000;
    }
    ok(n_ended > 0, "but not for ever: in %zu of 2 runs", n_ended);
    few.error_relative = 0.9; /* there before the calls are worth anything */
    few.n_dims = 3;
    few.n_calls = 10000;
    size_t n_cured = 0, n_before = 8; /* rounds up to the first look */
    for (few.seed = 1; few.seed <= 16; few.seed++) {
        r = integrate(hill, few, INTEGRATE_ADAPTIVE);
        n_cured += r.is_converged && r.n_rounds > n_before;
    }
    ok(n_cured > 0, "adaptive goes on until the alarm is gone: in %zu of 16 runs", n_cured);
}

/* What fails goes on failing: the calls that are left are not made for that. */
static void test_failures_end(void)
{
    static const enum integrate_method methods[] = {INTEGRATE_CELLS, INTEGRATE_ADAPTIVE,
                                                    INTEGRATE_CUBATURE};
    for (size_t m = 0; m < 3; m++) {
        const struct strata_config config = {
            .n_dims = 2, .seed = 5, .n_calls = 400000, .error_relative = 0.1};
        struct strata_result r = integrate(broken, config, methods[m]);
        ok(r.alarms == ALARM_FAILED && !r.is_converged && r.error < 0.1 * r.integral &&
               r.n_calls < 200000,
           "%s: nothing but failures speaks against the error that was wanted: %llu calls, %s",
           integrate_method_name(methods[m]), (unsigned long long)r.n_calls, r.why);
    }
}

static void test_uniform_is_enough(void)
{
    const struct strata_config config = {
        .n_dims = 3, .seed = 7, .n_calls = 100000, .error_relative = 0.02};
    struct strata_result r = integrate(wave, config, INTEGRATE_CELLS);
    ok(r.is_converged && r.n_calls < 8000 && fabs(r.integral - 1) < 4 * r.error,
       "uniform points that are enough are taken: %llu calls, %.4f +- %.4f",
       (unsigned long long)r.n_calls, r.integral, r.error);
    r = integrate(peak, config, INTEGRATE_CELLS);
    ok(r.n_calls > 8000, "a peak needs more: %llu calls", (unsigned long long)r.n_calls);
}

/* Where |F| is even its spread says nothing of what no call has met. */
static void test_even_ground(void)
{
    const struct strata_config open = {.n_dims = 3, .seed = 7, .error_relative = 0.02},
                               short_of = {
                                   .n_dims = 3, .seed = 7, .n_calls = 3000, .error_relative = 0.02};
    struct strata_result r = integrate(wave, open, INTEGRATE_CELLS);
    ok(r.is_converged && r.n_calls >= 5000 && r.n_calls < 12000,
       "even ground is not believed at once: %llu calls", (unsigned long long)r.n_calls);
    ok(r.n_uniform > 4000 && r.n_uniform <= r.n_calls && r.unseen_above < 1.5 &&
           r.unseen_volume < 3.1 / (double)r.n_uniform,
       "its calls say what is unseen: above %.3g at most %.2g of the box, as of %llu uniform ones",
       r.unseen_above, r.unseen_volume, (unsigned long long)r.n_uniform);
    r = integrate(wave, short_of, INTEGRATE_CELLS);
    ok(r.is_converged && r.n_calls > 2700, "nor where there are fewer calls than that: %llu",
       (unsigned long long)r.n_calls);
}

static void test_not_reached(void)
{
    static const enum integrate_method methods[] = {INTEGRATE_CELLS, INTEGRATE_ADAPTIVE,
                                                    INTEGRATE_CUBATURE};
    struct strata_config config = {
        .n_dims = 2, .seed = 7, .n_calls = 3000, .error_relative = 1e-13};
    for (size_t i = 0; i < 3; i++) {
        struct strata_result r = integrate(peak, config, methods[i]);
        ok(!r.is_converged, "%s: an error that was wanted and is not there: not converged",
           integrate_method_name(methods[i]));
    }
    config.n_calls = 0;
    config.error_relative = 1e-7;
    struct strata_result r = integrate(peak, config, INTEGRATE_CUBATURE);
    ok(r.is_converged && r.error <= 1e-7 * r.integral, "cubature goes on until it is: %llu calls",
       (unsigned long long)r.n_calls);
}

/* A round's own estimate is of its own calls. */
static void test_round_alone(void)
{
    const struct strata_config config = {
        .n_dims = 2, .seed = 9, .n_calls = 40000, .error_relative = 1e-9};
    struct strata_result r = integrate(peak, config, INTEGRATE_ADAPTIVE);
    double sum = 0, weight = 0;
    size_t first = 0, last = r.n_rounds - 1;
    while (first < last && isnan(r.rounds[first].integral))
        first++;
    ok(last > first + 2 && r.rounds[first].estimate == r.rounds[first].integral,
       "the first round is what all of them are");
    for (size_t k = first; k <= last; k++) {
        sum += (double)r.rounds[k].n * r.rounds[k].estimate;
        weight += (double)r.rounds[k].n;
    }
    ok(r.rounds[last].estimate != r.integral && r.rounds[last].error > r.error,
       "the last one alone is not: %.6g +- %.2g, all %.6g +- %.2g", r.rounds[last].estimate,
       r.rounds[last].error, r.integral, r.error);
    ok(fabs(sum / weight - r.integral) < 3 * r.error, "together they are it: %.6g", sum / weight);
}

static void test_coverage(void)
{
    static const enum integrate_method methods[] = {INTEGRATE_CELLS, INTEGRATE_ADAPTIVE,
                                                    INTEGRATE_CUBATURE};
    static const uint64_t n_calls[] = {3000, 20000, 20000};
    static const double wanted[] = {0.01, 0.005, 1e-4};
    double truth = 1;
    for (size_t j = 0; j < 2; j++)
        truth *= 0.05 * sqrt(1.5707963267948966) * (erf(0.6 / 0.05 / sqrt(2)) + erf(8 / sqrt(2)));
    for (size_t m = 0; m < 3; m++) {
        int n_covered = 0;
        double width = 0;
        for (uint64_t seed = 100; seed < 140; seed++) {
            const struct strata_config config = {
                .n_dims = 2, .seed = seed, .n_calls = n_calls[m], .error_relative = wanted[m]};
            struct strata_result r = integrate(peak, config, methods[m]);
            n_covered += r.lo <= truth && truth <= r.hi;
            width += (r.hi - r.lo) / (3.92 * r.error) / 40;
        }
        ok(n_covered >= 35, "%s: the interval covers the truth in %d of 40 runs that stop",
           integrate_method_name(methods[m]), n_covered);
        ok(width > 1 && width < 1.7, "it is %.2f times as wide as one of a fixed number of calls",
           width);
    }
}

int main(void)
{
    mat_setup();
    test_alpha();
    test_interval_stays();
    test_adaptive_interval_stays();
    test_alarm_goes_on();
    test_failures_end();
    test_uniform_is_enough();
    test_even_ground();
    test_not_reached();
    test_round_alone();
    test_coverage();
    return done_testing();
}
