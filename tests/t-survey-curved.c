/* t-survey-curved.c: a thin curved target is followed to both of its ends,
 * wherever the first accepted points were. */
#include "tap.h"

#include "search-problems.h"

#include <math.h>

enum { SLICES = 20 };

/* Squared distance, across the first axis, from the curve (t, 0.9 sin 3t, 0.9
 * exp(-4 t^2)). */
static void eval_curve(size_t d, const double *x, double *out)
{
    double a = x[1] - 0.9 * sin(3.0 * x[0]), b = x[2] - 0.9 * exp(-4.0 * x[0] * x[0]);

    (void)d;
    out[0] = 1e6 * (a * a + b * b);
}

/* A tube a hundredth of the box wide: 3e-4 of its volume. */
static const struct problem curve = {"curve",    3,       -1.0, 1.0,  {"O0 < 400"}, 1,
                                     eval_curve, 3.14e-4, 0,    NULL, NULL};

static void check_curve(uint64_t seed)
{
    struct err err = ERR_INIT;
    struct loop loop;
    size_t slices[SLICES] = {0}, n_found = 0;

    if (loop_open(&loop, &curve, METHOD_CLASSIFIER, seed, &err) != 0)
        bail_out("%s", err.message);
    loop.made.scan.search.start = 500;
    loop.settings.batch = 250;
    if (loop_begin(&loop, &err) != 0)
        bail_out("%s", err.message);
    while (loop.n_calls < 4000) {
        if (loop_step(&loop, &err) != 0)
            bail_out("%s; %s", err.message, err.trail);
        for (size_t i = 0; loop.n_calls > 0 && i < loop.last.n; i++) {
            if (loop.labels[i] > 0)
                slices[(size_t)(loop.last.units[i * 3] * SLICES)]++;
        }
    }
    for (size_t k = 0; k < SLICES; k++) {
        n_found += slices[k] >= 5;
    }
    note("%zu of %zu accepted", loop.n_accepted, loop.n_calls);
    is_size(n_found, SLICES, "seed %llu: five accepted points in each twentieth of the curve",
            (unsigned long long)seed);
    ok(slices[0] >= 10 && slices[SLICES - 1] >= 10, "seed %llu: both ends, %zu and %zu times",
       (unsigned long long)seed, slices[0], slices[SLICES - 1]);
    loop_close(&loop);
}

int main(void)
{
    mat_setup();
    check_curve(1);
    check_curve(2);
    return done_testing();
}
