/* bench-events-truth.c: how the events of the open integrands are distributed: histograms of a few
 * observables, from closed forms or from a fine grid in two dimensions.
 *
 * Drell-Yan ridge: a grid in (mass, ln x1), whose lines are the edges of bins and of the window:
 * one in (ln x1, ln x2) is rows of equal mass, 0.12 GeV apart, of which the edges beside the Z take
 * the wrong ones.  In c the integrand is p (1 + c)^2 + m (1 - c)^2. Camels and the cancellation:
 * sums of products of normal densities (the cancellation's peaks are eight widths apart: |F| is the
 * sum of the sizes).  Genz' discontinuous family: a product. Spheres: the density of the radius is
 * r^(d-1) times the profile, that of one coordinate the integral of the profile over the d-1
 * others; what the faces of the cube cut off is exp(-50).
 *
 * What it does not: integrands without such a form.  (Kolmogorov's distribution: e.g. Press et al.,
 * Numerical Recipes, sect. 14.3.) */
#include "bench-events.h"

#include <gsl/gsl_cdf.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { BINS = CLOSURE_BINS, GRID = 4000, FINE = 4000, MASSES = 100 * BINS, PLACES = 2000 };
static const double ENERGY = 13000, LEAST = 60, MOST = 120; /* GeV */
static const double LEAST_EXPECTED = 10;

static size_t bin_of(double place)
{
    return place <= 0 ? 0 : place >= 1 ? BINS - 1 : (size_t)(place * BINS);
}

static double value_at(const struct closure *closure, const double *unit)
{
    const struct integrate_problem *problem = closure->problem;
    double x[16];
    for (size_t j = 0; j < problem->n_dims; j++)
        x[j] = problem->lo + (problem->hi - problem->lo) * unit[j];
    return problem->at(problem->n_dims, x);
}

/* ---- observables ---------------------------------------------------------------------------- */

/* The first coordinate, one in the middle, the last. */
static size_t axis_of(const struct closure *closure, size_t kind)
{
    size_t d = closure->problem->n_dims;
    return kind == 0 ? 0 : kind == 1 ? d / 2 : d - 1;
}

static double place_axis(const struct closure *closure, size_t kind, const double *unit)
{
    return unit[axis_of(closure, kind)];
}

static double place_sphere(const struct closure *closure, size_t kind, const double *unit)
{
    size_t d = closure->problem->n_dims;
    double r2 = 0;
    if (kind < 2)
        return unit[kind == 0 ? 0 : d - 1];
    for (size_t j = 0; j < d; j++)
        r2 += (unit[j] - 0.5) * (unit[j] - 0.5);
    return (sqrt(r2) - closure->from) / (closure->to - closure->from);
}

static double mass_at(const double *u)
{
    return ENERGY * exp(-0.5 * log(ENERGY * ENERGY / (LEAST * LEAST)) * (2 - u[0] - u[1]));
}

static double place_drell_yan(const struct closure *closure, size_t kind, const double *unit)
{
    (void)closure;
    return kind == 0 ? (mass_at(unit) - LEAST) / (MOST - LEAST) : unit[kind == 1 ? 2 : 0];
}

/* ---- truths --------------------------------------------------------------------------------- */

static void find_by_grid(const struct closure *closure, struct histogram *truth)
{
    for (size_t i = 0; i < (size_t)GRID * GRID; i++) {
        double u[2] = {((double)(i / GRID) + 0.5) / GRID, ((double)(i % GRID) + 0.5) / GRID};
        closure_fill(closure, truth, u, value_at(closure, u));
    }
}

/* At fixed u1 the mass M goes with d u2 = 2 dM / (M ln(S / least^2)). */
static void find_drell_yan(const struct closure *closure, struct histogram *truth)
{
    double range = 2 * log(ENERGY / LEAST), plus = 0, minus = 0;
    for (size_t i = 0; i < (size_t)MASSES * PLACES; i++) {
        double mass = LEAST + (MOST - LEAST) * ((double)(i / PLACES) + 0.5) / MASSES;
        double u[3] = {((double)(i % PLACES) + 0.5) / PLACES, 0, 1};
        double p, m;
        u[1] = 2 - 2 * log(ENERGY / mass) / range - u[0];
        if (u[1] < 0 || u[1] > 1)
            continue;
        p = value_at(closure, u) / mass;
        u[2] = 0;
        m = value_at(closure, u) / mass;
        truth->of[0][bin_of(closure->place(closure, 0, u))] += p + m;
        truth->of[2][bin_of(closure->place(closure, 2, u))] += p + m;
        plus += p;
        minus += m;
    }
    for (size_t b = 0; b < BINS; b++) {
        double lo = 2.0 * (double)b / BINS, hi = lo + 2.0 / BINS; /* of 1 + c */
        truth->of[1][b] =
            plus * (pow(hi, 3) - pow(lo, 3)) + minus * (pow(2 - lo, 3) - pow(2 - hi, 3));
    }
}

/* Adds a normal density of one coordinate, of which what is outside of the box is lost. */
static void add_normal(double *bins, double size, double mean, double sigma)
{
    for (size_t b = 0; b < BINS; b++) {
        double lo = (double)b / BINS, hi = (double)(b + 1) / BINS;
        bins[b] += size * (gsl_cdf_ugaussian_P((hi - mean) / sigma) -
                           gsl_cdf_ugaussian_P((lo - mean) / sigma));
    }
}

static void find_camel(const struct closure *closure, struct histogram *truth)
{
    (void)closure;
    for (size_t k = 0; k < CLOSURE_KINDS; k++)
        for (int hump = 1; hump <= 2; hump++)
            add_normal(truth->of[k], 1, hump / 3.0, 0.2 / sqrt(2.0));
}

static void find_cancellation(const struct closure *closure, struct histogram *truth)
{
    static const double mu1[7] = {1.42872452, 0.83847923, 1.58055441, 0.30422123,
                                  1.7291153,  1.27053504, 1.54311618};
    static const double mu2[7] = {-1.99715329, -1.46426389, -1.77558595, -0.76466156,
                                  -1.09619859, -0.62166405, -1.69391713};
    for (size_t k = 0; k < CLOSURE_KINDS; k++) {
        size_t j = axis_of(closure, k);
        add_normal(truth->of[k], 100, 0.5 + mu1[j] / 10, 0.03);
        add_normal(truth->of[k], 0.1, 0.5, 0.1);
        add_normal(truth->of[k] + BINS, 100, 0.5 + mu2[j] / 10, 0.03);
    }
}

/* The others at rest where the product is not 0. */
static void find_product(const struct closure *closure, struct histogram *truth)
{
    for (size_t k = 0; k < CLOSURE_KINDS; k++)
        for (size_t i = 0; i < FINE; i++) {
            double u[5] = {0.1, 0.1, 0.1, 0.1, 0.1}, place = ((double)i + 0.5) / FINE;
            u[axis_of(closure, k)] = place;
            truth->of[k][bin_of(place)] += value_at(closure, u);
        }
}

static void find_sphere(const struct closure *closure, struct histogram *truth)
{
    double rest = (double)closure->problem->n_dims - 1;
    double unit[4] = {0.5, 0.5, 0.5, 0.5};
    for (size_t i = 0; i < FINE; i++) {
        double place = ((double)i + 0.5) / FINE, r = closure->from;
        double sum = 0;
        r += (closure->to - closure->from) * place;
        unit[0] = 0.5 + r;
        unit[1] = 0.5;
        truth->of[2][bin_of(place)] += pow(r, rest) * value_at(closure, unit);
        for (size_t k = 0; k < FINE / 4; k++) { /* distance from the axis */
            double away = 0.5 * ((double)k + 0.5) / (FINE / 4);
            unit[0] = place;
            unit[1] = 0.5 + away;
            sum += pow(away, rest - 1) * value_at(closure, unit);
        }
        truth->of[0][bin_of(place)] += sum;
        truth->of[1][bin_of(place)] += sum;
    }
}

static const struct closure closures[] = {
    {"c", {"m_ee", "cos", "ln x1"}, 0, 0, place_drell_yan, find_drell_yan, NULL},
    {"a", {"x1", "x2", NULL}, 0, 0, place_axis, find_by_grid, NULL},
    {"b", {"x1", "x4", "x7"}, 0, 0, place_axis, find_cancellation, NULL},
    {"camel4", {"x1", "x3", "x4"}, 0, 0, place_axis, find_camel, NULL},
    {"camel8", {"x1", "x5", "x8"}, 0, 0, place_axis, find_camel, NULL},
    {"discontinuous", {"x1", "x3", "x5"}, 0, 0, place_axis, find_product, NULL},
    {"gaussian", {"x1", "x3", "x5"}, 0, 0, place_axis, find_product, NULL},
    {"c0", {"x1", "x3", "x5"}, 0, 0, place_axis, find_product, NULL},
    {"ring", {"x1", "x2", "radius"}, 0.27, 0.33, place_sphere, find_by_grid, NULL},
    {"shell", {"x1", "x4", "radius"}, 0.29, 0.41, place_sphere, find_sphere, NULL},
};

const char *closure_name(size_t i)
{
    return i < sizeof closures / sizeof closures[0] ? closures[i].name : NULL;
}

bool closure_open(const char *name, struct closure *closure)
{
    for (size_t i = 0; closure_name(i) != NULL; i++)
        if (strcmp(closure_name(i), name) == 0) {
            *closure = closures[i];
            closure->problem = integrate_problem_find(name);
            return closure->problem != NULL;
        }
    return false;
}

void closure_truth(const struct closure *closure, struct histogram *truth)
{
    memset(truth, 0, sizeof *truth);
    closure->find(closure, truth);
    for (size_t k = 0; k < CLOSURE_KINDS && closure->kinds[k] != NULL; k++) {
        double sum = 0;
        for (size_t b = 0; b < CLOSURE_ALL; b++)
            sum += truth->of[k][b];
        for (size_t b = 0; b < CLOSURE_ALL; b++)
            truth->of[k][b] /= sum;
    }
}

void closure_fill(const struct closure *closure, struct histogram *h, const double *unit,
                  double weight)
{
    double size = fabs(weight);
    size_t from = weight < 0 ? BINS : 0;
    for (size_t k = 0; k < CLOSURE_KINDS && closure->kinds[k] != NULL; k++) {
        size_t b = from + bin_of(closure->place(closure, k, unit));
        h->of[k][b] += size;
        h->squares[k][b] += size * size;
    }
    h->sum += size;
}

/* ---- tests ---------------------------------------------------------------------------------- */

/* The variance of a bin is that of its expected weight, times its own sum w^2 / sum w: what it is
 * of scaled Poisson numbers (G. Bohm, G. Zech, arXiv:1309.1287). */
double closure_p_value(const struct histogram *truth, const struct histogram *found, size_t kind)
{
    struct {
        double share, weight, squares;
    } joined[CLOSURE_ALL + 1] = {{0}};
    double chi2 = 0;
    size_t n = 0;
    for (size_t b = 0; b < CLOSURE_ALL; b++) {
        joined[n].share += truth->of[kind][b];
        joined[n].weight += found->of[kind][b];
        joined[n].squares += found->squares[kind][b];
        if (joined[n].share * found->sum >= LEAST_EXPECTED)
            n++;
    }
    if (n < 2)
        return (double)NAN;
    joined[n - 1].share += joined[n].share; /* what is left over */
    joined[n - 1].weight += joined[n].weight;
    joined[n - 1].squares += joined[n].squares;
    for (size_t i = 0; i < n; i++) {
        double expected = joined[i].share * found->sum, scale = 1;
        if (joined[i].weight > 0)
            scale = joined[i].squares / joined[i].weight;
        chi2 += pow(joined[i].weight - expected, 2) / (expected * scale);
    }
    return gsl_cdf_chisq_Q(chi2, (double)(n - 1));
}

static int ascending(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

double closure_p_flat(size_t n, double *values, double *distance)
{
    double root = sqrt((double)n), lambda, sum = 0, away = 0;
    qsort(values, n, sizeof *values, ascending);
    for (size_t i = 0; i < n; i++)
        away = fmax(
            away, fmax((double)(i + 1) / (double)n - values[i], values[i] - (double)i / (double)n));
    lambda = (root + 0.12 + 0.11 / root) * away;
    *distance = away;
    if (lambda < 0.2)
        return 1;
    for (int k = 1; k <= 100; k++)
        sum += (k % 2 == 1 ? 2 : -2) * exp(-2 * lambda * lambda * k * k);
    return fmin(fmax(sum, 0), 1);
}
