/* t-strata-classes.c: where heights are cut, against known densities and at the edges of what may
 * come: both signs, plateaus, nothing but one value, weights over many decades. */
#include "tap.h"

#include "../src/strata/classes.h"

#include <math.h>

enum { N = 60000 };
static double heights[N], weights[N];

/* sum_j p_j sigma_j of the classes over the sample. */
static double within(const struct classes *c)
{
    double p[STRATA_CLASSES] = {0.0}, first[STRATA_CLASSES] = {0.0}, second[STRATA_CLASSES] = {0.0};
    double total = 0.0, sum = 0.0;

    for (size_t i = 0; i < N; i++) {
        size_t j = classes_find(c, heights[i]);

        p[j] += weights[i];
        first[j] += weights[i] * heights[i];
        second[j] += weights[i] * heights[i] * heights[i];
        total += weights[i];
    }
    for (size_t j = 0; j < c->n; j++) {
        if (p[j] > 0.0) {
            double mean = first[j] / p[j];

            sum += p[j] / total * sqrt(fmax(second[j] / p[j] - mean * mean, 0.0));
        }
    }
    return sum;
}

static bool is_ordered(const struct classes *c)
{
    bool is = c->n >= 1 && c->n <= STRATA_CLASSES && c->limits[0] == -INFINITY &&
              c->limits[c->n] == INFINITY;

    for (size_t j = 0; is && j < c->n; j++)
        is = c->limits[j] < c->limits[j + 1];
    return is;
}

static bool has_limit(const struct classes *c, double at)
{
    for (size_t j = 1; j < c->n; j++)
        if (c->limits[j] == at)
            return true;
    return false;
}

static void cut(size_t n, size_t n_classes, enum strata_cuts cuts, struct classes *c)
{
    struct err err = ERR_INIT;

    ok(classes_cut(n, heights, weights, n_classes, cuts, c, &err) == 0, "cut into %zu", n_classes);
    ok(is_ordered(c) && c->n <= n_classes, "limits ascend, %zu of %zu classes", c->n, n_classes);
}

/* The theory's H^2 / (K sqrt 12), H the integral of the root of the heights' density. */
static void check_optimal(void)
{
    struct classes c;
    size_t n_classes[] = {6, 12, 18};

    for (size_t k = 0; k < 3; k++) {
        double best, got, count = (double)n_classes[k];

        for (size_t i = 0; i < N; i++) {
            heights[i] = -log(((double)i + 0.5) / N);
            weights[i] = 1.0;
        }
        cut(N, n_classes[k], CUTS_CUMSQRT, &c);
        best = 4.0 / (count * sqrt(12.0)); /* H = int exp(-h/2) dh = 2 */
        got = within(&c);
        ok(got < 1.15 * best, "exponential heights, %zu classes: %.4f of %.4f", n_classes[k], got,
           best);
        for (size_t i = 0; i < N; i++)
            heights[i] = 5.0 + ((double)i + 0.5) / N;
        cut(N, n_classes[k], CUTS_CUMSQRT, &c);
        best = 1.0 / (count * sqrt(12.0));
        got = within(&c);
        ok(got < 1.1 * best, "uniform heights, %zu classes: %.5f of %.5f", n_classes[k], got, best);
    }
}

/* A peak of 1e-7 of the volume that a proposal has found: half of the points are in it. */
static void check_rare(void)
{
    struct classes c;
    size_t n_peak = 0;

    for (size_t i = 0; i < N; i++) {
        double u = ((double)(i / 2) + 0.5) / (N / 2);

        heights[i] = i % 2 == 0 ? 0.1 * u : 1e6 * u * u;
        weights[i] = i % 2 == 0 ? 1.0 : 1e-7;
    }
    cut(N, 20, CUTS_CUMSQRT, &c);
    for (size_t j = 1; j < c.n; j++)
        n_peak += c.limits[j] > 1.0;
    ok(n_peak >= 8, "the peak has classes of its own: %zu limits", n_peak);
}

static void check_signs(void)
{
    struct classes c;

    for (size_t i = 0; i < N; i++) {
        double u = ((double)i + 0.5) / N;

        heights[i] = u < 0.3 ? -exp(20.0 * u) : exp(10.0 * u);
        weights[i] = 1.0;
    }
    cut(N, 10, CUTS_CUMSQRT, &c);
    ok(has_limit(&c, 0.0), "0 is a limit where both signs occur");
    cut(N, 2, CUTS_CUMSQRT, &c);
    ok(c.n == 2 && has_limit(&c, 0.0), "of two classes each has a sign");
    for (size_t i = 0; i < N; i++)
        heights[i] = i < N / 2 ? 0.0 : (i % 2 == 0 ? 1.0 : -1.0) * (double)i;
    cut(N, 12, CUTS_CUMSQRT, &c);
    size_t zero = classes_find(&c, 0.0);
    ok(classes_find(&c, -(double)(N / 2)) < zero && classes_find(&c, (double)(N / 2)) > zero,
       "a plateau of zeros is a class of its own");
    for (size_t i = 0; i < N; i++)
        heights[i] = i < N / 2 ? 0.0 : -(double)i;
    cut(N, 12, CUTS_CUMSQRT, &c);
    ok(classes_find(&c, -(double)(N / 2)) < classes_find(&c, 0.0),
       "so it is where the rest is below 0");
}

static void check_contribution(void)
{
    struct classes c;
    double part[STRATA_CLASSES] = {0.0}, total = 0.0, worst = 0.0;

    for (size_t i = 0; i < N; i++) {
        heights[i] = -log(((double)i + 0.5) / N);
        weights[i] = 1.0;
    }
    cut(N, 10, CUTS_CONTRIBUTION, &c);
    for (size_t i = 0; i < N; i++) {
        part[classes_find(&c, heights[i])] += heights[i];
        total += heights[i];
    }
    for (size_t j = 0; j < c.n; j++)
        worst = fmax(worst, fabs(part[j] / total * (double)c.n - 1.0));
    ok(c.n == 10 && worst < 0.1, "equal contributions: off by %.3f", worst);
}

/* With many classes some go to the end where the volume falls by decades. */
static void check_ends(void)
{
    struct classes c;
    double above = 0.0, total = 0.0;

    for (size_t i = 0; i < N; i++) {
        double u = ((double)i + 0.5) / N;

        heights[i] = 1.0 + u; /* points are even in height, volume falls by 10 decades */
        weights[i] = pow(10.0, -10.0 * u);
    }
    cut(N, 60, CUTS_CUMSQRT, &c);
    for (size_t i = 0; i < N; i++) {
        above += heights[i] > c.limits[c.n - 1] ? weights[i] : 0.0;
        total += weights[i];
    }
    ok(above < 1e-7 * total, "the last class has %.1e of the volume", above / total);
}

static void check_edges(void)
{
    struct classes c;
    struct err err = ERR_INIT;

    cut(0, 10, CUTS_CUMSQRT, &c);
    is_size(c.n, 1, "no heights: one class");
    for (size_t i = 0; i < N; i++) {
        heights[i] = 3.0;
        weights[i] = 1.0;
    }
    cut(N, 10, CUTS_CUMSQRT, &c);
    for (size_t i = 0; i < N; i++)
        heights[i] = i % 3 == 0 ? NAN : i % 3 == 1 ? 0.0 : INFINITY;
    cut(N, 10, CUTS_CONTRIBUTION, &c);
    is_size(c.n, 1, "nothing but zeros and what is no number: one class");
    c = (struct classes){.n = 3, .limits = {-INFINITY, 0.0, 2.0, INFINITY}};
    is_size(classes_find(&c, 0.0), 0, "a limit belongs to the class below");
    is_size(classes_find(&c, 1e-9), 1, "what is above it to the next");
    is_size(classes_find(&c, 2.5), 2, "the last class");
    is_size(classes_find(&c, -7.0), 0, "the first class");
    for (unsigned long i = 1; i < 3; i++) {
        mem_fail_at(i);
        ok(classes_cut(N, heights, weights, 10, CUTS_CUMSQRT, &c, &err) != 0, "no memory");
        mem_fail_at(0);
    }
}

int main(void)
{
    check_optimal();
    check_rare();
    check_signs();
    check_contribution();
    check_ends();
    check_edges();
    return done_testing();
}
