/* t-strata-proposal.c: parts of a proposal that are cut off at the walls: density and map against
 * each other and against the plain formulas. */
#include "theodolite/vector.h"

#include "tap.h"

#include "../src/strata/mixture.h"
#include "../src/strata/normal.h"

#include <math.h>

enum { DIMS = 3, POINTS = 20000 };

static const double lower[DIMS * DIMS] = {0.3, 0.0, 0.0, 0.15, 0.1, 0.0, -0.2, 0.1, 0.25};

/* One Gaussian at a place; everything else of no share. */
static struct proposal *one_part(double a, double b, double c)
{
    struct err err = ERR_INIT;
    struct proposal *p = mixture_create(DIMS, 1, &err);
    const double mean[DIMS] = {a, b, c};

    for (size_t i = 0; i < DIMS; i++)
        p->parts[0].mean[i] = mean[i];
    for (size_t i = 0; i < (size_t)DIMS * DIMS; i++)
        p->parts[0].lower[i] = lower[i];
    gaussian_finish(DIMS, &p->parts[0]);
    p->share[PARTS_FIXED] = 1.0;
    return p;
}

/* Axis by axis with the library's erfc. */
static double plain_density(const double *mean, const double *x)
{
    double z[DIMS], q = 1.0;

    for (size_t i = 0; i < DIMS; i++) {
        double sd = lower[i * DIMS + i], m = mean[i];

        for (size_t j = 0; j < i; j++)
            m += lower[i * DIMS + j] * z[j];
        z[i] = (x[i] - m) / sd;
        q *= exp(-0.5 * z[i] * z[i]) / sqrt(2.0 * M_PI) / sd;
        if (m > 0.5) /* from the side where the tails are small */
            q /= 0.5 * (erfc((m - 1.0) / sd / M_SQRT2) - erfc(m / sd / M_SQRT2));
        else
            q /= 0.5 * (erfc(-m / sd / M_SQRT2) - erfc((1.0 - m) / sd / M_SQRT2));
    }
    return q;
}

static void test_part(double a, double b, double c, const char *what)
{
    struct proposal *p = one_part(a, b, c);
    struct rng rng = rng_stream(3, RNG_STRATA, 7);
    const double mean[DIMS] = {a, b, c};
    double volume = 0.0, square = 0.0, worst = 0.0;
    bool is_inside = true;

    for (size_t i = 0; i < POINTS; i++) {
        double u[DIMS], x[DIMS], q;

        for (size_t j = 0; j < DIMS; j++)
            u[j] = rng_uniform(&rng);
        proposal_map(p, PARTS_FIXED, 1, u, x);
        proposal_density(p, 1, x, &q, NULL);
        for (size_t j = 0; j < DIMS; j++)
            is_inside = is_inside && x[j] > 0.0 && x[j] < 1.0;
        worst = fmax(worst, fabs(q / plain_density(mean, x) - 1.0));
        volume += x[0] * x[1] / q / POINTS;
        square += x[0] * x[1] / q * (x[0] * x[1] / q) / POINTS;
    }
    ok(is_inside, "%s: points lie in the cube", what);
    ok(worst < 1e-8, "%s: the density is that of the formula (%.2g)", what, worst);
    square = sqrt((square - volume * volume) / POINTS);
    ok(fabs(volume - 0.25) < 4.0 * square, "%s: map and density agree (%.4f +- %.4f)", what, volume,
       square);
    proposal_free(p);
}

/* A block gives what single points give. */
static void test_blocks(void)
{
    struct proposal *p = one_part(0.1, 0.9, 0.5);
    struct rng rng = rng_stream(4, RNG_STRATA, 7);
    double u[100 * DIMS], x[100 * DIMS], q[100], alone[DIMS], of;
    double worst = 0.0;

    for (size_t i = 0; i < 100 * DIMS; i++)
        u[i] = rng_uniform(&rng);
    proposal_map(p, PARTS_FIXED, 100, u, x);
    proposal_density(p, 100, x, q, NULL);
    for (size_t i = 0; i < 100; i++) {
        proposal_map(p, PARTS_FIXED, 1, u + i * DIMS, alone);
        proposal_density(p, 1, alone, &of, NULL);
        for (size_t j = 0; j < DIMS; j++)
            worst = fmax(worst, fabs(alone[j] - x[i * DIMS + j]));
        worst = fmax(worst, fabs(of / q[i] - 1.0));
    }
    ok(worst < 1e-12, "a block of points gives what single points give (%.2g)", worst);
    proposal_free(p);
}

/* Far from a part that walls cut off on several axes nothing divided by nothing is nothing. */
static void test_far(void)
{
    const double thin[DIMS * DIMS] = {0.01, 0.0, 0.0, 0.5, 0.01, 0.0, 0.5, 0.5, 0.01};
    const double x[DIMS] = {0.53, 0.5, 0.5};
    struct proposal *p = one_part(0.5, 0.5, 0.5);
    double q;

    for (size_t i = 0; i < (size_t)DIMS * DIMS; i++)
        p->parts[0].lower[i] = thin[i];
    gaussian_finish(DIMS, &p->parts[0]);
    part_density(p, PARTS_FIXED, 1, x, &q);
    ok(q < 1e-100, "far from a thin part there is nothing of it (%.2g)", q);
    proposal_free(p);
}

static void test_normal(void)
{
    double worst = 0.0, of_exp = 0.0, of_quantile = 0.0;

    for (double z = 0.0; z < 37.0; z += 0.01)
        worst = fmax(worst, fabs(normal_upper(z) / (0.5 * erfc(z / M_SQRT2)) - 1.0));
    ok(worst < 1e-11, "the normal distribution's tail, as far as 37 deviations (%.2g)", worst);
    for (double x = -690.0; x < 690.0; x += 0.37)
        of_exp = fmax(of_exp, fabs(normal_exp(x) / exp(x) - 1.0));
    ok(of_exp < 1e-12, "the exponential (%.2g)", of_exp);
    for (double p = 0.5; p < 0.92; p += 0.01)
        of_quantile = fmax(of_quantile, fabs(normal_upper(normal_quantile_inner(p)) - (1.0 - p)));
    ok(of_quantile < 1e-12, "the quantile undoes the distribution (%.2g)", of_quantile);
}

int main(void)
{
    test_normal();
    test_part(0.5, 0.4, 0.6, "near no wall");
    test_part(0.02, 0.97, 0.5, "at the walls");
    test_part(-0.2, 0.5, 1.3, "beyond the walls");
    test_blocks();
    test_far();
    return done_testing();
}
