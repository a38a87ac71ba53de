/* t-survey-misses.c: a sheet far thinner than what a model of the whole cube resolves is found all
 * around, wherever its first accepted points were. */
#include "tap.h"

#include "search-problems.h"

#include <math.h>

enum { SECTORS = 12, CALLS = 3400 };

static void eval_radius(size_t d, const double *x, double *out)
{
    (void)d;
    out[0] = hypot(x[0], x[1]);
}

/* A ring in the plane, a hundred thousandth of the box wide. */
static const struct problem ring = {
    "ring", 2, -0.5, 0.5, {"O0 in 0.299995 .. 0.300005"}, 1, eval_radius, 1.9e-5, 0, NULL, NULL};

static size_t sector_of(const double *unit)
{
    double turn = atan2(unit[1] - 0.5, unit[0] - 0.5) / (2.0 * acos(-1.0)) + 0.5;

    return (size_t)(turn * SECTORS) % SECTORS;
}

static void check_ring(uint64_t seed)
{
    struct err err = ERR_INIT;
    struct loop loop;
    size_t n[SECTORS] = {0}, n_found = 0;

    if (loop_open(&loop, &ring, METHOD_CLASSIFIER, seed, &err) != 0 || loop_begin(&loop, &err) != 0)
        bail_out("%s", err.message);
    while (loop.n_calls < CALLS) {
        if (loop_step(&loop, &err) != 0)
            bail_out("%s; %s", err.message, err.trail);
        for (size_t i = 0; loop.n_calls > 0 && i < loop.last.n; i++)
            n[sector_of(loop.last.units + 2 * i)] += loop.labels[i] > 0;
    }
    for (size_t k = 0; k < SECTORS; k++)
        n_found += n[k] > 0;
    note("%zu of %zu accepted", loop.n_accepted, loop.n_calls);
    is_size(n_found, SECTORS, "seed %llu: accepted points in each twelfth of the ring",
            (unsigned long long)seed);
    loop_close(&loop);
}

int main(void)
{
    mat_setup();
    check_ring(1);
    check_ring(2);
    return done_testing();
}
