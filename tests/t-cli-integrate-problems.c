/* t-cli-integrate-problems.c: are the truths of the integration suite true?
 *
 * Each integral is worked out by other means than sampling: products of one-dimensional integrals,
 * closed forms, radial integrals, the corner peak's inclusion and exclusion, and for the resonance
 * a quadrature over the pair's mass and rapidity.  One-dimensional integrals are Gauss-Legendre
 * with 20 points on many panels (GSL). */
#include "../src/cli/bench-events.h"
#include "../src/cli/integrate-problems.h"

#include "../plugins/functions/integrands.h"
#include "tap.h"

#include <gsl/gsl_integration.h>
#include <string.h>

enum { N_RULE = 20 };

static double panels(double (*f)(double x, const double *p), const double *p, double lo, double hi,
                     size_t n)
{
    gsl_integration_glfixed_table *rule = gsl_integration_glfixed_table_alloc(N_RULE);
    double sum = 0, h = (hi - lo) / (double)n;
    for (size_t k = 0; k < n; k++)
        for (size_t i = 0; i < N_RULE; i++) {
            double x, w;
            double a = lo + h * (double)k;
            gsl_integration_glfixed_point(a, a + h, i, &x, &w, rule);
            sum += w * f(x, p);
        }
    gsl_integration_glfixed_table_free(rule);
    return sum;
}

static double truth(const char *name)
{
    return integrate_problem_find(name)->truth;
}

/* of the normal density about mu between lo and hi */
static double normal_part(double mu, double sigma, double lo, double hi)
{
    double s = sqrt(2.0) * sigma;
    return 0.5 * (erf((hi - mu) / s) - erf((lo - mu) / s));
}

static void check_normals(void)
{
    double a = normal_part(5, 2, -20, 20) * normal_part(0, 2, -20, 20);
    double b = normal_part(-5, 2.1, -20, 20) * normal_part(0, 2.1, -20, 20);
    double c = normal_part(0, 3, -20, 20) * normal_part(0, 3, -20, 20);
    is_double(1000 * (a - b) + c, truth("a"), 2e-11, "A");
    is_double(0.1 * pow(normal_part(0, 1, -5, 5), 7), truth("b"), 1e-11, "B");
    for (size_t d = 4; d <= 8; d += 4) {
        double one = normal_part(1.0 / 3, 0.2 / sqrt(2.0), 0, 1);
        is_double(pow(one, (double)d), truth(d == 4 ? "camel4" : "camel8"), 1e-12, "camel %zuD", d);
    }
}

static double diagonal_at(double r, const double *p)
{
    (void)p;
    return 2 * pow(0.5 * (erf(10 * (1 - r)) + erf(10 * r)), 4);
}

static double radial(double r, const double *p)
{
    return pow(r, p[0] - 1) * exp(-integrand_square((r - p[1]) / p[2]));
}

static void check_shapes(void)
{
    double pi = INTEGRAND_PI;
    is_double(panels(diagonal_at, NULL, 0.25, 0.75, 40), truth("diagonal"), 1e-12, "diagonal");
    is_double(2 * pi * panels(radial, (double[]){2, 0.3, 0.01}, 0, 0.5, 200), truth("ring"), 1e-12,
              "ring");
    is_double(2 * pi * pi * panels(radial, (double[]){4, 0.35, 0.02}, 0, 0.5, 200), truth("shell"),
              1e-12, "shell");
}

static double peak_at(double x, const double *p)
{
    return 1 / (1 / (p[0] * p[0]) + integrand_square(x - p[1]));
}

static double gauss_at(double x, const double *p)
{
    return exp(-integrand_square(p[0] * (x - p[1])));
}

static double kink_at(double x, const double *p)
{
    return exp(-p[0] * fabs(x - p[1]));
}

static void check_genz(void)
{
    double peak = 1, gauss = 1, kink = 1, step = 1, re = 1, im = 0, corner = 0, scale = 120;
    for (size_t j = 0; j < 5; j++) {
        double u = integrand_genz_u(j), a = integrand_genz_a(9, j);
        peak *= panels(peak_at, (double[]){integrand_genz_a(7.25, j), u}, 0, 1, 20);
        gauss *= panels(gauss_at, (double[]){integrand_genz_a(7.03, j), u}, 0, 1, 20);
        kink *= panels(kink_at, (double[]){integrand_genz_a(20.4, j), u}, 0, u, 20) +
                panels(kink_at, (double[]){integrand_genz_a(20.4, j), u}, u, 1, 20);
        double b = integrand_genz_a(4.3, j);
        step *= (exp(b * (j < 2 ? u : 1)) - 1) / b;
        /* int exp(i a x) dx = sin(a)/a + i (1 - cos(a))/a, multiplied up */
        double c = sin(a) / a, s = (1 - cos(a)) / a, old = re;
        re = re * c - im * s;
        im = old * s + im * c;
        scale *= integrand_genz_a(1.85, j);
    }
    is_double(peak, truth("product-peak"), 1e-12, "product peak");
    is_double(gauss, truth("gaussian"), 1e-12, "Gaussian");
    is_double(kink, truth("c0"), 1e-12, "C0");
    is_double(step, truth("discontinuous"), 1e-12, "discontinuous");
    double phase = 2 * INTEGRAND_PI * integrand_genz_u(0);
    is_double(cos(phase) * re - sin(phase) * im, truth("oscillatory"), 1e-11, "oscillatory");
    for (unsigned subset = 0; subset < 32; subset++) {
        double sum = 1, sign = 1;
        for (size_t j = 0; j < 5; j++)
            if (subset >> j & 1) {
                sum += integrand_genz_a(1.85, j);
                sign = -sign;
            }
        corner += sign / sum;
    }
    is_double(corner / scale, truth("corner-peak"), 1e-10, "corner peak");
}

/* At t = u1 + u2 the mass is fixed; p[0] = t, x = u1.  The angle is done by hand: the mean of
 * (1 +- c)^2 over v is 4/3. */
static double rapidity_at(double u1, const double *p)
{
    double l = log(13000.0 * 13000.0 / 3600), x1 = exp(-l * (1 - u1));
    double x2 = exp(-l * (1 - (p[0] - u1)));
    double sea1 = 0.2 * pow(x1, -0.2) * pow(1 - x1, 7), sea2 = 0.2 * pow(x2, -0.2) * pow(1 - x2, 7);
    return (2 * pow(x1, 0.7) * pow(1 - x1, 3) + sea1) * sea2;
}

static double mass_at(double t, const double *p)
{
    double l = log(13000.0 * 13000.0 / 3600), s = 13000.0 * 13000.0 * exp(-l * (2 - t));
    double all = integrand_amplitude2(s, 0, 0) + integrand_amplitude2(s, 0, 1) +
                 integrand_amplitude2(s, 1, 0) + integrand_amplitude2(s, 1, 1);
    (void)p;
    return 2 * l * l * panels(rapidity_at, &t, t - 1, 1, 20) * 0.3894e9 * INTEGRAND_PI /
           (128.0 * 128.0 * 6 * s) * 0.25 * 4 / 3 * all;
}

static void check_ridge(void)
{
    double l = log(13000.0 * 13000.0 / 3600);
    is_double(panels(mass_at, NULL, 1, 1 + log(4.0) / l, 60), truth("c"), 1e-11, "C");
}

/* Histograms of events are compared with shares that must be known far better than 10^4 events
 * tell, beside the Z too. */
static void check_ridge_shares(void)
{
    double l = log(13000.0 * 13000.0 / 3600), all = panels(mass_at, NULL, 1, 1 + log(4.0) / l, 60);
    double worst = 0;
    struct histogram shares;
    struct closure closure;
    ok(closure_open("c", &closure), "of C histograms are known");
    closure_truth(&closure, &shares);
    for (size_t b = 0; b < CLOSURE_BINS; b++) {
        double lo = 1 + 2 * log(1 + (double)b / CLOSURE_BINS) / l;
        double hi = 1 + 2 * log(1 + (double)(b + 1) / CLOSURE_BINS) / l;
        double share = panels(mass_at, NULL, lo, hi, 5) / all;
        worst = fmax(worst, fabs(shares.of[0][b] / share - 1));
    }
    ok(worst < 1e-3, "shares of the mass' bins: to %.1e", worst);
}

/* The integrand of the unit cube has the volume of the box in it. */
static void check_unit(void)
{
    struct err err = ERR_INIT;
    double value = 0, centre[2] = {0.5, 0.5}, origin[2] = {0, 0};
    struct integrand f = integrate_problem_integrand(integrate_problem_find("a"));
    is_int(f.eval(f.context, 1, centre, &value, &err), 0, "evaluates");
    is_double(value, 1600 * integrand_fine_tuned(2, origin), 1e-15, "times the volume of the box");
    ok(integrate_problem_find("none") == NULL, "an unknown name is none");
}

int main(void)
{
    check_normals();
    check_shapes();
    check_genz();
    check_ridge();
    check_ridge_shares();
    check_unit();
    return done_testing();
}
