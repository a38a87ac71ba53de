/* t-strata-sobol.c: low-discrepancy points: each one uniform and inside the cube, the first 2^k a
 * net, the same in pieces, and no axis the same in two sequences. */
#include "tap.h"

#include "../src/strata/sobol.h"

#include <math.h>
#include <string.h>

enum { D = 30, N = 1024 };

static void draw(uint64_t seed, uint64_t stream, double *x)
{
    struct err err = ERR_INIT;
    struct sobol *sobol = sobol_create(D, seed, stream, &err);

    if (sobol)
        sobol_points(sobol, 0, N, x);
    sobol_free(sobol);
}

/* Largest correlation of an axis of one with the same axis of the other, beyond the axes of the
 * sequence (there it is that of two ways to scramble the same points, and large). */
static double most_alike(const double *x, const double *y)
{
    double most = 0.0;

    for (size_t j = SOBOL_AXES; j < D; j++) {
        double xy = 0.0;

        for (size_t i = 0; i < N; i++)
            xy += (x[i * D + j] - 0.5) * (y[i * D + j] - 0.5) * 12.0 / N;
        most = fmax(most, fabs(xy));
    }
    return most;
}

static size_t n_same(const double *x, const double *y)
{
    size_t n = 0;

    for (size_t i = 0; i < (size_t)N * D; i++)
        n += fabs(x[i] - y[i]) < 1e-12;
    return n;
}

/* An integration numbers its sequences by round (above the 32nd bit), repetition and source; what
 * is learned from one round is judged by the next. */
static void test_apart(void)
{
    static const uint64_t others[] = {UINT64_C(7) << 32, UINT64_C(3) << 32 | 8192,
                                      UINT64_C(3) << 32 | 1, UINT64_C(3)};
    static double x[N * D], y[N * D];

    draw(5, UINT64_C(3) << 32, x);
    draw(5, UINT64_C(3) << 32, y);
    ok(memcmp(x, y, sizeof x) == 0, "the same seed and stream, the same points");
    for (size_t k = 0; k < sizeof others / sizeof *others; k++) {
        draw(5, others[k], y);
        ok(most_alike(x, y) < 0.2 && n_same(x, y) == 0, "stream %llx is another: %.2f",
           (unsigned long long)others[k], most_alike(x, y));
    }
    draw(6, UINT64_C(3) << 32, y);
    ok(most_alike(x, y) < 0.2 && n_same(x, y) == 0, "so is another seed: %.2f", most_alike(x, y));
}

/* Axes of the sequence have one point in each of N slices, those beyond it are merely uniform. */
static void test_uniform(void)
{
    static double x[N * D];
    size_t outside = 0, empty = 0;
    double mean = 0.0;

    draw(1, 2, x);
    for (size_t j = 0; j < D; j++) {
        bool is_met[N] = {false};
        double sum = 0.0;

        for (size_t i = 0; i < N; i++) {
            double at = x[i * D + j];

            outside += !(at > 0.0 && at < 1.0);
            is_met[at > 0.0 && at < 1.0 ? (size_t)(at * N) : 0] = true;
            sum += (at - 0.5) / N;
        }
        for (size_t i = 0; i < N && j < SOBOL_AXES; i++)
            empty += !is_met[i];
        mean = fmax(mean, fabs(sum));
    }
    is_size(outside, 0, "all points are inside");
    is_size(empty, 0, "the first %d are a net on each axis of the sequence", (int)N);
    ok(mean < 0.05, "none of the axes leans: %.3f", mean);
}

static void test_pieces(void)
{
    static double x[N * D], y[N * D];
    struct err err = ERR_INIT;
    struct sobol *sobol = sobol_create(D, 9, 1, &err);

    draw(9, 1, x);
    if (ok(sobol != NULL, "a sequence in pieces")) {
        sobol_points(sobol, 700, N - 700, y + 700 * D);
        sobol_points(sobol, 0, 700, y);
        ok(memcmp(x, y, sizeof x) == 0, "is that in one");
    }
    sobol_free(sobol);
}

int main(void)
{
    test_apart();
    test_uniform();
    test_pieces();
    return done_testing();
}
