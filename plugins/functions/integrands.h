/* integrands.h: functions with known integrals, for the plugin `functions` and for
 * `theodolite bench integrate`, which must speak of the same ones.
 *
 * Each gives its value at one point of its own box.  The truths stand in
 * src/cli/integrate-problems.c; tests/t-cli-integrate-problems.c works them out by other means.
 *
 * Sources: the fine-tuned pair of peaks and the cancellation in seven dimensions follow
 * arXiv:2412.13982; the double camel and the diagonal ridge G. P. Lepage, J. Comput. Phys. 27
 * (1978) 192 and arXiv:2009.05112; the six families A. Genz, in: Tools, Methods and Languages for
 * Scientific and Engineering Computation (1984) 81, with the difficulties of that paper's kind for
 * five dimensions. */
#ifndef FUNCTIONS_INTEGRANDS_H
#define FUNCTIONS_INTEGRANDS_H

#include <math.h>
#include <stddef.h>

#define INTEGRAND_PI 3.141592653589793238463

static inline double integrand_square(double x)
{
    return x * x;
}

/* Of width sigma about mu, integral 1. */
static inline double integrand_normal(double x, double mu, double sigma)
{
    return exp(-0.5 * integrand_square((x - mu) / sigma)) / (sqrt(2 * INTEGRAND_PI) * sigma);
}

/* On [-20, 20]^2. */
static inline double integrand_fine_tuned(size_t d, const double *x)
{
    (void)d;
    return 1000 * (integrand_normal(x[0], 5, 2) * integrand_normal(x[1], 0, 2) -
                   integrand_normal(x[0], -5, 2.1) * integrand_normal(x[1], 0, 2.1)) +
           integrand_normal(x[0], 0, 3) * integrand_normal(x[1], 0, 3);
}

static inline double integrand_normal7(const double *x, const double *mu, double sigma)
{
    double r2 = 0;
    for (size_t j = 0; j < 7; j++)
        r2 += integrand_square(x[j] - (mu == NULL ? 0.0 : mu[j]));
    return exp(-0.5 * r2 / (sigma * sigma)) / pow(sqrt(2 * INTEGRAND_PI) * sigma, 7);
}

/* On [-5, 5]^7. */
static inline double integrand_cancellation(size_t d, const double *x)
{
    static const double mu1[7] = {1.42872452, 0.83847923, 1.58055441, 0.30422123,
                                  1.7291153,  1.27053504, 1.54311618};
    static const double mu2[7] = {-1.99715329, -1.46426389, -1.77558595, -0.76466156,
                                  -1.09619859, -0.62166405, -1.69391713};
    (void)d;
    return 100 * integrand_normal7(x, mu1, 0.3) - 100 * integrand_normal7(x, mu2, 0.3) +
           0.1 * integrand_normal7(x, NULL, 1);
}

/* |Q_q Q_l + g_q g_l s / (s - M^2 + i M Gamma) / (sw cw)|^2, chiralities left (0) and right (1). */
static inline double integrand_amplitude2(double s, int quark, int lepton)
{
    const double sw = 0.2312, cw = 1 - sw, m = 91.1876, gamma = 2.4952;
    const double charge_q = 2.0 / 3, charge_l = -1;
    double gq = (quark == 0 ? 0.5 : 0.0) - charge_q * sw;
    double gl = (lepton == 0 ? -0.5 : 0.0) - charge_l * sw;
    double re = s - m * m, im = m * gamma, norm = re * re + im * im;
    double z = gq * gl * s / (sw * cw);
    return integrand_square(charge_q * charge_l + z * re / norm) + integrand_square(z * im / norm);
}

/* u ubar -> gamma, Z -> l+ l- at 13 TeV with toy parton densities, 60 GeV <= m <= 120 GeV, in pb:
 * variables u1, u2, v of the unit cube. */
static inline double integrand_drell_yan(size_t d, const double *x)
{
    const double energy2 = 13000.0 * 13000.0, low = 3600, high = 14400, alpha = 1.0 / 128;
    double l = log(energy2 / low), c = 2 * x[2] - 1;
    double x1 = exp(-l * (1 - x[0])), x2 = exp(-l * (1 - x[1])), s = x1 * x2 * energy2;
    (void)d;
    if (!(s >= low && s <= high))
        return 0;
    double sea1 = 0.2 * pow(x1, -0.2) * pow(1 - x1, 7), sea2 = 0.2 * pow(x2, -0.2) * pow(1 - x2, 7);
    double up1 = 2 * pow(x1, 0.7) * integrand_square(1 - x1) * (1 - x1) + sea1;
    double same = integrand_amplitude2(s, 0, 0) + integrand_amplitude2(s, 1, 1);
    double other = integrand_amplitude2(s, 0, 1) + integrand_amplitude2(s, 1, 0);
    double sigma = 0.3894e9 * INTEGRAND_PI * alpha * alpha / (6 * s) * 0.25 *
                   (integrand_square(1 + c) * same + integrand_square(1 - c) * other);
    return 2 * l * l * up1 * sea2 * sigma;
}

/* On the unit cube, like all that follow. */
static inline double integrand_camel(size_t d, const double *x)
{
    double a = 0, b = 0;
    for (size_t j = 0; j < d; j++) {
        a += integrand_square(x[j] - 1.0 / 3);
        b += integrand_square(x[j] - 2.0 / 3);
    }
    return 0.5 * (exp(-a / 0.04) + exp(-b / 0.04)) * pow(0.2 * sqrt(INTEGRAND_PI), -(double)d);
}

/* 2 (100/pi)^(d/2) int_{1/4}^{3/4} dr exp(-100 sum (x_i - r)^2) */
static inline double integrand_diagonal(size_t d, const double *x)
{
    double n = (double)d, mean = 0, spread = 0;
    for (size_t j = 0; j < d; j++)
        mean += x[j] / n;
    for (size_t j = 0; j < d; j++)
        spread += integrand_square(x[j] - mean);
    double root = 10 * sqrt(n);
    return 2 * pow(100 / INTEGRAND_PI, 0.5 * n) * exp(-100 * spread) * sqrt(INTEGRAND_PI) /
           (2 * root) * (erf(root * (0.75 - mean)) - erf(root * (0.25 - mean)));
}

static inline double integrand_sphere(size_t d, const double *x, double radius, double width)
{
    double r2 = 0;
    for (size_t j = 0; j < d; j++)
        r2 += integrand_square(x[j] - 0.5);
    return exp(-integrand_square((sqrt(r2) - radius) / width));
}

static inline double integrand_ring(size_t d, const double *x)
{
    return integrand_sphere(d, x, 0.3, 0.01);
}

static inline double integrand_shell(size_t d, const double *x)
{
    return integrand_sphere(d, x, 0.35, 0.02);
}

/* a_j and u_j of the Genz families in five dimensions, for difficulty h. */
static inline double integrand_genz_a(double h, size_t j)
{
    return h / 5 * (0.6 + 0.2 * (double)j);
}

static inline double integrand_genz_u(size_t j)
{
    static const double u[5] = {0.3, 0.45, 0.6, 0.35, 0.7};
    return u[j];
}

static inline double integrand_oscillatory(size_t d, const double *x)
{
    double sum = 2 * INTEGRAND_PI * integrand_genz_u(0);
    for (size_t j = 0; j < d; j++)
        sum += integrand_genz_a(9, j) * x[j];
    return cos(sum);
}

static inline double integrand_product_peak(size_t d, const double *x)
{
    double product = 1;
    for (size_t j = 0; j < d; j++)
        product *= 1 / integrand_square(integrand_genz_a(7.25, j)) +
                   integrand_square(x[j] - integrand_genz_u(j));
    return 1 / product;
}

static inline double integrand_corner_peak(size_t d, const double *x)
{
    double sum = 1;
    for (size_t j = 0; j < d; j++)
        sum += integrand_genz_a(1.85, j) * x[j];
    return pow(sum, -(double)(d + 1));
}

static inline double integrand_gaussian(size_t d, const double *x)
{
    double sum = 0;
    for (size_t j = 0; j < d; j++)
        sum += integrand_square(integrand_genz_a(7.03, j) * (x[j] - integrand_genz_u(j)));
    return exp(-sum);
}

static inline double integrand_c0(size_t d, const double *x)
{
    double sum = 0;
    for (size_t j = 0; j < d; j++)
        sum += integrand_genz_a(20.4, j) * fabs(x[j] - integrand_genz_u(j));
    return exp(-sum);
}

static inline double integrand_discontinuous(size_t d, const double *x)
{
    double sum = 0;
    if (x[0] > integrand_genz_u(0) || x[1] > integrand_genz_u(1))
        return 0;
    for (size_t j = 0; j < d; j++)
        sum += integrand_genz_a(4.3, j) * x[j];
    return exp(sum);
}

#endif
