/* t-strata-honesty.c: errors that hold, over many seeds at few calls, on functions whose residuals
 * are of different kinds: smooth ones, jumps, walls. */
#include "tap.h"
#include "theodolite/strata.h"

#include <gsl/gsl_errno.h>
#include <math.h>

struct function {
    const char *name;
    size_t n_dims;
    double truth;
    double (*at)(size_t n_dims, const double *x);
};

/* Lorentzians: the corners far from the peak hold next to no calls. */
static double hill(size_t d, const double *x)
{
    double product = 1.0;
    size_t j;

    for (j = 0; j < d; j++) {
        double width = 0.4 + 0.1 * (double)j, at = x[j] - 0.3 - 0.1 * (double)j;
        double norm = atan((0.7 - 0.1 * (double)j) / width) + atan((0.3 + 0.1 * (double)j) / width);

        product *= width / (width * width + at * at) / norm;
    }
    return product;
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

/* Over seeds: root mean square pull of the runs that are said to be converged, their number. */
static void test_pulls(struct function *f, uint64_t n_calls, size_t n_seeds, size_t doubts_most)
{
    struct integrand integrand = {.n_dims = f->n_dims, .eval = eval, .context = f};
    struct arena *arena = arena_create();
    double square = 0.0, pulls;
    size_t n = 0, n_far = 0;
    uint64_t seed;

    for (seed = 1; seed <= n_seeds; seed++) {
        struct strata_config config = {
            .n_dims = f->n_dims, .seed = seed, .n_calls = n_calls, .no_network = true};
        struct strata_result r;
        struct err err = ERR_INIT;
        double pull;

        if (strata_integrate(&config, &integrand, INTEGRATE_CELLS, arena, &r, &err) != 0) {
            diag("%s: %s", f->name, err.message);
            break;
        }
        pull = (r.integral - f->truth) / r.error;
        if (!r.is_converged) {
            diag("%s seed %d, pull %.2f: %s", f->name, (int)seed, pull, r.why);
            continue;
        }
        n++;
        square += pull * pull;
        n_far += fabs(pull) > 3.0;
    }
    pulls = n > 0 ? sqrt(square / (double)n) : 0.0;
    ok(seed == n_seeds + 1, "%s: integrates", f->name);
    ok(n + doubts_most >= n_seeds, "%s: %zu of %zu are trusted", f->name, n, n_seeds);
    ok(pulls > 0.4 && pulls < 1.6, "%s: RMS pull %.2f", f->name, pulls);
    ok(n_far * 12 <= n, "%s: %zu beyond 3", f->name, n_far);
    arena_free(arena);
}

int main(void)
{
    static struct function smooth[] = {
        {"hill", 5, 1.0, hill},
    };
    size_t i;

    gsl_set_error_handler_off();
    mat_setup();
    for (i = 0; i < sizeof smooth / sizeof *smooth; i++)
        test_pulls(&smooth[i], 10000, 16, 1);
    return done_testing();
}
