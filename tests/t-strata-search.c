/* t-strata-search.c: separate peaks are found and told apart, over several seeds; what hangs
 * together is one. */
#include "tap.h"
#include "theodolite/strata.h"

#include <gsl/gsl_errno.h>
#include <math.h>
#include <string.h>

enum { SEEDS = 5 };

struct function {
    const char *name;
    size_t n_dims;
    uint64_t n_calls;
    size_t n_peaks, n_seeds;
    double (*at)(size_t n_dims, const double *x);
};

static double normal(size_t d, const double *x, const double *centre, double sd)
{
    double sum = 0.0;
    size_t j;

    for (j = 0; j < d; j++)
        sum += (x[j] - centre[j]) * (x[j] - centre[j]);
    return exp(-0.5 * sum / (sd * sd)) * pow(sqrt(2.0 * M_PI) * sd, -(double)d);
}

/* Two of either sign and one at a wall, on a broad hill: of int |F| 0.61, 0.30, 0.06, 0.03. */
static double three(size_t d, const double *x)
{
    static const double a[] = {0.71, 0.32, 0.64, 0.45}, b[] = {0.22, 0.61, 0.18, 0.77};
    static const double c[] = {0.02, 0.2, 0.85, 0.3}, middle[] = {0.5, 0.5, 0.5, 0.5};

    return normal(d, x, a, 0.03) - 0.5 * normal(d, x, b, 0.04) + 0.1 * normal(d, x, c, 0.05) +
           0.05 * normal(d, x, middle, 0.15);
}

/* Two wide ones, and two narrow ones that hold as much but have 1/100 of their volume. */
static double unequal(size_t d, const double *x)
{
    static const double a[] = {0.21, 0.64, 0.35, 0.74, 0.55, 0.31, 0.42};
    static const double b[] = {0.77, 0.22, 0.69, 0.28, 0.36, 0.81, 0.63};
    static const double c[] = {0.45, 0.41, 0.82, 0.61, 0.18, 0.52, 0.23};
    static const double e[] = {0.62, 0.83, 0.25, 0.34, 0.73, 0.66, 0.85};

    return normal(d, x, a, 0.07) + normal(d, x, b, 0.06) + normal(d, x, c, 0.03) -
           normal(d, x, e, 0.03);
}

/* Thin, and closed. */
static double ring(size_t d, const double *x)
{
    double r = hypot(x[0] - 0.5, x[1] - 0.5);

    (void)d;
    return exp(-(r - 0.3) * (r - 0.3) / (0.01 * 0.01));
}

/* A bent ridge, along which the height goes up and down by a factor of 1.6. */
static double ridge(size_t d, const double *x)
{
    double a = x[1] - 0.5 - 0.2 * sin(5.0 * x[0]), b = d > 2 ? x[2] - 0.3 - 0.4 * x[0] : 0.0;

    return (1.0 + 0.25 * sin(12.0 * x[0])) * exp(-0.5 * (a * a + b * b) / (0.02 * 0.02));
}

/* The same ridge with a piece cut out of it. */
static double gap(size_t d, const double *x)
{
    return x[0] > 0.4 && x[0] < 0.6 ? 0.0 : ridge(d, x);
}

/* Choices of unequal weight. */
static double choice(size_t d, const double *x)
{
    static const double heights[] = {1.0, 0.6, 0.8, 0.4};
    double at = x[1] - 0.4;

    (void)d;
    return heights[(int)(4.0 * x[0]) & 3] * exp(-0.5 * at * at / (0.1 * 0.1));
}

static int eval(void *context, size_t n, const double *units, double *values, struct err *err)
{
    const struct function *f = context;
    size_t i;

    (void)err;
    for (i = 0; i < n; i++)
        values[i] = f->at(f->n_dims, units + i * f->n_dims);
    return 0;
}

static void test_peaks(struct function *f)
{
    struct integrand integrand = {.n_dims = f->n_dims, .eval = eval, .context = f};
    struct arena *arena = arena_create();
    size_t right = 0, alone = 0;
    uint64_t seed;

    for (seed = 1; seed <= f->n_seeds; seed++) {
        struct strata_config config = {
            .n_dims = f->n_dims, .seed = seed, .n_calls = f->n_calls, .no_network = true};
        struct strata_result r;
        struct err err = ERR_INIT;

        if (strata_integrate(&config, &integrand, INTEGRATE_CELLS, arena, &r, &err) != 0) {
            diag("%s: %s", f->name, err.message);
            break;
        }
        right += r.n_peaks == f->n_peaks;
        alone += strstr(r.why, "met but once") != NULL;
        if (r.n_peaks != f->n_peaks || strstr(r.why, "met but once"))
            diag("%s seed %d: %zu peaks %s", f->name, (int)seed, r.n_peaks, r.why);
    }
    is_size(right, f->n_seeds, "%s: %zu of %zu seeds tell %zu", f->name, right, f->n_seeds,
            f->n_peaks);
    is_size(alone, 0, "%s: no search has missed one", f->name);
    arena_free(arena);
}

int main(void)
{
    static struct function functions[] = {
        {"peaks 4D", 4, 16000, 3, SEEDS, three}, {"ring", 2, 10000, 1, SEEDS, ring},
        {"ridge", 3, 8000, 1, SEEDS, ridge},     {"ridge with a gap", 3, 8000, 2, SEEDS, gap},
        {"choice", 3, 6000, 1, SEEDS, choice},   {"unequal widths 7D", 7, 40000, 4, 1, unequal},
    };
    size_t i;

    gsl_set_error_handler_off();
    mat_setup();
    for (i = 0; i < sizeof functions / sizeof *functions; i++)
        test_peaks(&functions[i]);
    return done_testing();
}
