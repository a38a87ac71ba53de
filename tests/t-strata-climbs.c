/* t-strata-climbs.c: single climbs find narrow peaks that the populations of a search lose, and
 * weigh them rightly; where there are none, they leave what the populations found as it was. */
#include "../src/strata/search.h"

#include "tap.h"

#include <math.h>

enum { DIMS = 7, PEAKS = 4, SEEDS = 8, UNIFORM = 2000, CALLS = 10000 };

static const double centres[PEAKS][DIMS] = {
    {0.21, 0.64, 0.35, 0.74, 0.55, 0.31, 0.42},
    {0.77, 0.22, 0.69, 0.28, 0.36, 0.81, 0.63},
    {0.45, 0.41, 0.82, 0.61, 0.18, 0.52, 0.23},
    {0.62, 0.83, 0.25, 0.34, 0.73, 0.66, 0.85},
};
static const double widths[PEAKS] = {0.07, 0.06, 0.025, 0.025};

static double squared(const double *x, size_t k)
{
    double sum = 0.0;
    size_t j;

    for (j = 0; j < DIMS; j++)
        sum += (x[j] - centres[k][j]) * (x[j] - centres[k][j]) / (widths[k] * widths[k]);
    return sum;
}

/* Each holds as much as the others. */
static double unequal(size_t d, const double *x)
{
    double sum = 0.0;
    size_t k;

    for (k = 0; k < PEAKS; k++)
        sum += exp(-0.5 * squared(x, k)) * pow(sqrt(2.0 * M_PI) * widths[k], -(double)d);
    return sum;
}

static double ring(size_t d, const double *x)
{
    double sum = 0.0, off;
    size_t j;

    for (j = 0; j < d; j++)
        sum += (x[j] - 0.5) * (x[j] - 0.5);
    off = (sqrt(sum) - 0.3) / 0.02;
    return exp(-0.5 * off * off);
}

static double ridge(size_t d, const double *x)
{
    double a = x[1] - 0.5 - 0.2 * sin(5.0 * x[0]), b = x[2] - 0.3 - 0.4 * x[0];

    (void)d;
    return (1.0 + 0.25 * sin(12.0 * x[0])) * exp(-0.5 * (a * a + b * b) / (0.02 * 0.02));
}

/* Highest beside a jump, and in a corner. */
static double jump(size_t d, const double *x)
{
    double sum = 0.0;
    size_t j;

    for (j = 0; j < d; j++)
        sum += 8.0 * x[j];
    return x[0] > 0.4 ? 0.0 : exp(sum);
}

/* A whole search from uniform points; to be freed.  most: the largest |F| it has met; NULL. */
static struct search *search_whole(size_t d, double (*at)(size_t, const double *), uint64_t seed,
                                   double *most)
{
    static double x[UNIFORM * DIMS], f[UNIFORM];
    struct rng rng = rng_stream(seed, RNG_LOCAL, 1);
    struct search_config config = {
        .n_dims = d, .seed = seed, .n_calls = CALLS, .n = UNIFORM, .x = x, .f = f};
    struct err err = ERR_INIT;
    struct search *search;
    const double *next;
    size_t i, n;

    for (i = 0; i < UNIFORM * d; i++)
        x[i] = rng_uniform(&rng);
    for (i = 0; i < UNIFORM; i++)
        f[i] = at(d, x + i * d);
    search = search_create(&config, &err);
    while (search && search_next(search, &n, &next, &err) == 0 && n > 0) {
        double *values = mem_array(n, sizeof *values);

        for (i = 0; i < n; i++) {
            values[i] = at(d, next + i * d);
            if (most)
                *most = fmax(*most, fabs(values[i]));
        }
        if (search_take(search, values, &err) != 0)
            n = 0;
        mem_free(values);
        if (n == 0)
            break;
    }
    return search;
}

static void test_lost(void)
{
    double mass = 0.0;
    size_t n_peaks = 0, seed, k, i;

    for (seed = 1; seed <= SEEDS; seed++) {
        struct search *search = search_whole(DIMS, unequal, seed, NULL);
        struct search_points points;
        struct search_found found;

        search_result(search, &points, &found);
        for (k = 0; k < PEAKS; k++) {
            size_t n = 0;

            for (i = 0; i < points.n; i++) {
                if (squared(points.x + i * DIMS, k) > DIMS + 3.0 * sqrt(2.0 * DIMS))
                    continue;
                n += isfinite(points.intensity[i]) ? 1 : 0;
                if (k >= 2)
                    mass += fabs(points.f[i]) / points.intensity[i] / (2.0 * SEEDS);
            }
            n_peaks += n >= 2 * DIMS;
        }
        search_free(search);
    }
    ok(n_peaks + 4 >= SEEDS * PEAKS, "unequal peaks: %zu of %d have points", n_peaks,
       SEEDS * PEAKS);
    ok(mass > 0.5 && mass < 2.0, "the narrow ones weigh %.2f of what they hold", mass);
}

/* Even ground, and a peak of 1e-6 of the cube. */
static double needle(size_t d, const double *x)
{
    double sum = 0.0;
    size_t j;

    for (j = 0; j < d; j++)
        sum += (x[j] - 0.3 - 0.15 * (double)j) * (x[j] - 0.3 - 0.15 * (double)j);
    return 1.0 + 1e6 * exp(-0.5 * sum / (0.004 * 0.004));
}

/* A climb from even ground that comes to a peak has met something new, though others have ended on
 * the ground near by. */
static void test_needle(void)
{
    size_t n_met = 0, n_kept = 0, seed, i;

    for (seed = 1; seed <= 16; seed++) {
        double most = 0.0;
        struct search *search = search_whole(3, needle, seed, &most);
        struct search_points points;
        struct search_found found;
        size_t n = 0;

        search_result(search, &points, &found);
        for (i = 0; i < points.n; i++)
            n += isfinite(points.intensity[i]) && points.f[i] > 1e3;
        n_met += most > 1e5;
        n_kept += most > 1e5 && n >= 6;
        search_free(search);
    }
    ok(n_met >= 3, "even ground: %zu of 16 searches meet the peak", n_met);
    is_size(n_kept, n_met, "all of them lay points over it");
}

static void test_nothing(const char *name, size_t d, double (*at)(size_t, const double *))
{
    size_t n_more = 0, seed;

    for (seed = 1; seed <= SEEDS; seed++) {
        struct search *search = search_whole(d, at, seed, NULL);
        struct search_points points;
        struct search_found found;

        search_result(search, &points, &found);
        n_more += points.n != found.n_runs_end || points.n == 0;
        search_free(search);
    }
    is_size(n_more, 0, "%s: nothing new, nothing added", name);
}

int main(void)
{
    mat_setup();
    test_lost();
    test_needle();
    test_nothing("ring", 2, ring);
    test_nothing("ridge", 3, ridge);
    test_nothing("jump", 5, jump);
    return done_testing();
}
