/* t-survey-dips.c: an island of about 1/500 of the target's size is found by the dip about it.
 */
#include "tap.h"

#include "search-problems.h"

#include <math.h>

enum { SEEDS = 4, MOST_CALLS = 3400, WANTED = 3 };

static double to_large(const double *x)
{
    return hypot(x[0] + 1.0, 0.8 * x[1] - 0.6) / 0.3;
}

/* A diamond that is steep to the one side. */
static double to_small(const double *x)
{
    double a = x[0] - 0.67, b = x[1] + 0.71;

    return (fabs(a) + (b < 0.0 ? 1.5 : 0.8) * fabs(b)) / 0.02;
}

static void eval_islands(size_t d, const double *x, double *out)
{
    (void)d;
    out[0] = fmin(to_large(x), to_small(x));
}

static const struct problem islands = {"islands",    2,    -1.0, 1.0,  {"O0 < 1"}, 1,
                                       eval_islands, 0.09, 0,    NULL, NULL};

/* How many of the first calls were needed for a point of the small island; 0: not found. */
static size_t count_calls(uint64_t seed)
{
    struct err err = ERR_INIT;
    struct loop loop;
    size_t n_calls = 0;

    if (loop_open(&loop, &islands, METHOD_CLASSIFIER, seed, &err) != 0)
        bail_out("%s", err.message);
    if (loop_begin(&loop, &err) != 0)
        bail_out("%s", err.message);
    while (n_calls == 0 && loop.n_calls < MOST_CALLS) {
        if (loop_step(&loop, &err) != 0)
            bail_out("%s; %s", err.message, err.trail);
        for (size_t i = 0; loop.n_calls > 0 && i < loop.last.n; i++) {
            double x[2] = {2.0 * loop.last.units[2 * i] - 1.0,
                           2.0 * loop.last.units[2 * i + 1] - 1.0};

            if (loop.labels[i] > 0 && to_small(x) < 1.0)
                n_calls = loop.n_calls;
        }
    }
    loop_close(&loop);
    return n_calls;
}

int main(void)
{
    size_t found = 0;

    mat_setup();
    for (uint64_t seed = 1; seed <= SEEDS; seed++) {
        size_t n_calls = count_calls(seed);

        note("seed %llu: the small island is found after %zu calls (0: never)",
             (unsigned long long)seed, n_calls);
        found += n_calls > 0;
    }
    ok(found >= WANTED, "the small island is found from %zu of %d seeds", found, SEEDS);
    return done_testing();
}
