/* functions.c: analytic functions as a shared object, for benchmarks, examples and tests.
 *
 * What it does: evaluates functions whose target regions are known exactly or by cheap Monte
 * Carlo, a block of points at a time, in well below a microsecond per point: the cos-shells of
 * many congruent components, a curved band with two islands, the narrow valley of Rosenbrock,
 * the many minima of Rastrigin, two thin shells in ten dimensions.  A search method is judged on
 * these, because here the truth is known.
 *
 * What it does not: decide what is accepted.  Each function gives the continuous number, the scan
 * file cuts on it; cos-shells-label, which gives only 0 or 1, is there to see how a search fares
 * without a margin.  The three test- functions misbehave on purpose.
 *
 * Sources: cos-shells from A. Hammad, M. Park, R. Ramos and P. Saha, arXiv:2207.09959; Rosenbrock,
 * Comput. J. 3 (1960) 175; Rastrigin, as in Muehlenbein et al., Parallel Computing 17 (1991) 619;
 * Himmelblau, Applied Nonlinear Programming (1972); Booth's function as in Jamil and Yang,
 * arXiv:1308.4008; Gaussian shells, Feroz and Hobson, arXiv:0704.3704.  Integrands: integrands.h.
 */
#include <theodolite/plugin.h>

#include "integrands.h"

#include <math.h>
#include <stdlib.h>

#define MAX_INPUTS 64u

/* Half width of the band exp(-(O - c)^2 / (2 s^2)) > p is s sqrt(2 ln(1/p)); here s = 10, p = 0.9,
 * c = 100, the target of scans/shells3.yaml. */
#define LABEL_CENTRE 100.0
#define LABEL_HALF_WIDTH 4.590436050264209

static double square(double x)
{
    return x * x;
}

static double fifth(double x)
{
    return square(square(x)) * x;
}

static double cos_shells_at(size_t d, const double *x)
{
    double product = 1.0;
    for (size_t i = 0; i < d; i++)
        product *= cos(x[i] / 7.0);
    return fifth(2.0 + product);
}

static int cos_shells(size_t n, size_t d, const double *in, double *out, uint8_t *status)
{
    for (size_t i = 0; i < n; i++) {
        out[i] = cos_shells_at(d, in + i * d);
        status[i] = TH_POINT_OK;
    }
    return 0;
}

static int cos_shells_label(size_t n, size_t d, const double *in, double *out, uint8_t *status)
{
    for (size_t i = 0; i < n; i++) {
        double away = fabs(cos_shells_at(d, in + i * d) - LABEL_CENTRE);
        out[i] = away < LABEL_HALF_WIDTH ? 1.0 : 0.0;
        status[i] = TH_POINT_OK;
    }
    return 0;
}

static int cos2(size_t n, size_t d, const double *in, double *out, uint8_t *status)
{
    for (size_t i = 0; i < n; i++) {
        const double *x = in + i * d;
        out[i] = fifth(2.0 + cos(x[0] / 5.0) * cos(x[1] / 7.0));
        status[i] = TH_POINT_OK;
    }
    return 0;
}

/* H: logarithm of Himmelblau's function; B: logarithm of Booth's.  Both are -infinity at the
 * minima, which the caller classifies as not finite. */
static int himboo(size_t n, size_t d, const double *in, double *out, uint8_t *status)
{
    for (size_t i = 0; i < n; i++) {
        double x = in[i * d], y = in[i * d + 1];
        out[2 * i] = log(square(x * x + y - 11.0) + square(x + y * y - 7.0));
        out[2 * i + 1] = log(square(x + 2.0 * y - 7.0) + square(2.0 * x + y - 5.0));
        status[i] = TH_POINT_OK;
    }
    return 0;
}

static int rosenbrock(size_t n, size_t d, const double *in, double *out, uint8_t *status)
{
    for (size_t i = 0; i < n; i++) {
        const double *x = in + i * d;
        double sum = 0.0;
        for (size_t j = 0; j + 1 < d; j++)
            sum += 100.0 * square(x[j + 1] - x[j] * x[j]) + square(1.0 - x[j]);
        out[i] = sum;
        status[i] = TH_POINT_OK;
    }
    return 0;
}

static int rastrigin(size_t n, size_t d, const double *in, double *out, uint8_t *status)
{
    for (size_t i = 0; i < n; i++) {
        const double *x = in + i * d;
        double sum = 0.0;
        for (size_t j = 0; j < d; j++)
            sum += x[j] * x[j] - 10.0 * cos(6.283185307179586 * x[j]) + 10.0;
        out[i] = sum;
        status[i] = TH_POINT_OK;
    }
    return 0;
}

/* Two centres at -3.5 and +3.5 on the first axis.  r: distance to the nearer one; d: distance to
 * the shell of radius 2 about it; side: -1 or +1, which centre. */
static int gshell(size_t n, size_t d, const double *in, double *out, uint8_t *status)
{
    for (size_t i = 0; i < n; i++) {
        const double *x = in + i * d;
        double rest = 0.0;
        for (size_t j = 1; j < d; j++)
            rest += x[j] * x[j];
        double r = sqrt(square(fabs(x[0]) - 3.5) + rest);
        out[3 * i] = r;
        out[3 * i + 1] = fabs(r - 2.0);
        out[3 * i + 2] = x[0] < 0.0 ? -1.0 : 1.0;
        status[i] = TH_POINT_OK;
    }
    return 0;
}

/* The unit Gaussian of d dimensions, normalised to integral 1, and its pieces. */
static int gaussian(size_t n, size_t d, const double *in, double *out, uint8_t *status)
{
    double norm = -0.5 * (double)d * log(6.283185307179586);
    for (size_t i = 0; i < n; i++) {
        double r2 = 0.0;
        for (size_t j = 0; j < d; j++)
            r2 += square(in[i * d + j]);
        out[4 * i] = sqrt(r2);
        out[4 * i + 1] = r2;
        out[4 * i + 2] = norm - 0.5 * r2;
        out[4 * i + 3] = exp(norm - 0.5 * r2);
        status[i] = TH_POINT_OK;
    }
    return 0;
}

static int sum_and_product(size_t n, size_t d, const double *in, double *out, uint8_t *status)
{
    for (size_t i = 0; i < n; i++) {
        double sum = 0.0, product = 1.0;
        for (size_t j = 0; j < d; j++) {
            sum += in[i * d + j];
            product *= in[i * d + j];
        }
        out[2 * i] = sum;
        out[2 * i + 1] = product;
        status[i] = TH_POINT_OK;
    }
    return 0;
}

/* What `theodolite bench integrate` integrates, with the same names and boxes. */
#define INTEGRANDS(X)                                                                              \
    X(a, fine_tuned)                                                                               \
    X(b, cancellation)                                                                             \
    X(c, drell_yan)                                                                                \
    X(camel, camel)                                                                                \
    X(diagonal, diagonal)                                                                          \
    X(ring, ring)                                                                                  \
    X(shell, shell)                                                                                \
    X(oscillatory, oscillatory)                                                                    \
    X(product_peak, product_peak)                                                                  \
    X(corner_peak, corner_peak)                                                                    \
    X(genz_gaussian, gaussian)                                                                     \
    X(c0, c0)                                                                                      \
    X(discontinuous, discontinuous)

#define INTEGRAND_BLOCK(NAME, AT)                                                                  \
    static int integrate_##NAME(size_t n, size_t d, const double *in, double *out,                 \
                                uint8_t *status)                                                   \
    {                                                                                              \
        for (size_t i = 0; i < n; i++) {                                                           \
            out[i] = integrand_##AT(d, in + i * d);                                                \
            status[i] = TH_POINT_OK;                                                               \
        }                                                                                          \
        return 0;                                                                                  \
    }
INTEGRANDS(INTEGRAND_BLOCK)

/* No answer where the first input is negative. */
static int test_unphysical(size_t n, size_t d, const double *in, double *out, uint8_t *status)
{
    for (size_t i = 0; i < n; i++) {
        double x = in[i * d];
        out[i] = x;
        status[i] = x < 0.0 ? (uint8_t)TH_POINT_UNPHYSICAL : (uint8_t)TH_POINT_OK;
    }
    return 0;
}

static int test_not_finite(size_t n, size_t d, const double *in, double *out, uint8_t *status)
{
    for (size_t i = 0; i < n; i++) {
        out[i] = sqrt(in[i * d]);
        status[i] = TH_POINT_OK;
    }
    return 0;
}

static int test_crash(size_t n, size_t d, const double *in, double *out, uint8_t *status)
{
    for (size_t i = 0; i < n; i++) {
        if (in[i * d] < 0.0)
            abort();
        out[i] = in[i * d];
        status[i] = TH_POINT_OK;
    }
    return 0;
}

static const char *explain(uint8_t status)
{
    return status == TH_POINT_UNPHYSICAL ? "the first input is negative" : "unknown status";
}

static const char *const names_o[] = {"O"};
static const char *const names_label[] = {"in_target"};
static const char *const names_f[] = {"F"};
static const char *const names_himboo[] = {"H", "B"};
static const char *const names_r[] = {"R"};
static const char *const names_gshell[] = {"r", "d", "side"};
static const char *const names_gaussian[] = {"r", "r2", "loglike", "like"};
static const char *const names_integrand[] = {"f"};
static const char *const names_sum[] = {"sum", "product"};
static const char *const names_value[] = {"value"};

/* Positional inputs, LOW to HIGH of them. */
#define FUNCTION(NAME, ABOUT, LOW, HIGH, OUTPUTS, EVAL)                                            \
    {                                                                                              \
        .name = NAME, .about = ABOUT, .min_inputs = LOW, .max_inputs = HIGH, .outputs = OUTPUTS,   \
        .n_outputs = sizeof OUTPUTS / sizeof OUTPUTS[0], .eval = EVAL, .explain = explain          \
    }

static const struct th_function functions[] = {
    FUNCTION("cos-shells", "O = (2 + prod cos(x_i/7))^5, congruent closed shells (2207.09959)", 1,
             MAX_INPUTS, names_o, cos_shells),
    FUNCTION("cos-shells-label", "1 where |O - 100| < 4.5904, else 0: no margin to learn from", 1,
             MAX_INPUTS, names_label, cos_shells_label),
    FUNCTION("cos2", "F = (2 + cos(x/5) cos(y/7))^5", 2, 2, names_f, cos2),
    FUNCTION("himboo", "H = ln Himmelblau(x, y), B = ln Booth(x, y)", 2, 2, names_himboo, himboo),
    FUNCTION("rosenbrock", "R = sum 100 (x_j+1 - x_j^2)^2 + (1 - x_j)^2 (Rosenbrock 1960)", 2,
             MAX_INPUTS, names_r, rosenbrock),
    FUNCTION("rastrigin", "R = sum x_j^2 - 10 cos(2 pi x_j) + 10", 1, MAX_INPUTS, names_r,
             rastrigin),
    FUNCTION("gshell", "distance d to the shells of radius 2 about (+-3.5, 0, ...) (0704.3704)", 1,
             MAX_INPUTS, names_gshell, gshell),
    FUNCTION("gaussian", "the unit Gaussian about the origin, integral 1", 1, MAX_INPUTS,
             names_gaussian, gaussian),
    FUNCTION("sum", "sum and product of the inputs", 1, MAX_INPUTS, names_sum, sum_and_product),
    FUNCTION("fine-tuned", "two peaks of +-1000 that nearly cancel, on [-20, 20]^2: 1.00000000037",
             2, 2, names_integrand, integrate_a),
    FUNCTION("cancellation", "two narrow peaks of +-100 in 7D, on [-5, 5]^7: 0.0999995986885", 7, 7,
             names_integrand, integrate_b),
    FUNCTION("drell-yan", "toy p p -> l+ l- in pb, 60 to 120 GeV, on the unit cube: 152.254972626",
             3, 3, names_integrand, integrate_c),
    FUNCTION("camel", "Lepage's double peak on the unit cube: 0.9636569684018 in 4D", 1, MAX_INPUTS,
             names_integrand, integrate_camel),
    FUNCTION("diagonal", "Lepage's ridge on the unit cube: 0.9999425993435 in 4D", 1, MAX_INPUTS,
             names_integrand, integrate_diagonal),
    FUNCTION("ring", "radius 0.3, width 0.01, on the unit square: 0.03340996798099", 2, MAX_INPUTS,
             names_integrand, integrate_ring),
    FUNCTION("shell", "radius 0.35, width 0.02, on the unit cube: 0.03014815714583 in 4D", 2,
             MAX_INPUTS, names_integrand, integrate_shell),
    FUNCTION("oscillatory", "Genz 1984, on the unit cube: 0.46587550271525", 5, 5, names_integrand,
             integrate_oscillatory),
    FUNCTION("product-peak", "Genz 1984, on the unit cube: 11.326509632864", 5, 5, names_integrand,
             integrate_product_peak),
    FUNCTION("corner-peak", "Genz 1984, on the unit cube: 0.028953801433353", 5, 5, names_integrand,
             integrate_corner_peak),
    FUNCTION("genz-gaussian", "Genz 1984, on the unit cube: 0.37795589522412", 5, 5,
             names_integrand, integrate_genz_gaussian),
    FUNCTION("c0", "Genz 1984, on the unit cube: 0.012972420251597", 5, 5, names_integrand,
             integrate_c0),
    FUNCTION("discontinuous", "Genz 1984, on the unit cube: 0.92036347415038", 5, 5,
             names_integrand, integrate_discontinuous),
    FUNCTION("test-unphysical", "for tests: no answer where the first input is negative", 1,
             MAX_INPUTS, names_value, test_unphysical),
    FUNCTION("test-not-finite", "for tests: the square root of the first input", 1, MAX_INPUTS,
             names_value, test_not_finite),
    FUNCTION("test-crash", "for tests: aborts where the first input is negative", 1, MAX_INPUTS,
             names_value, test_crash),
};

extern const struct th_plugin th_plugin_table;
const struct th_plugin th_plugin_table = {
    .abi = TH_PLUGIN_ABI,
    .name = "functions",
    .version = "1.0",
    .functions = functions,
    .n_functions = sizeof functions / sizeof functions[0],
};
