/* t-strata-cubature.c: local polynomials with a residual measured at random: exact where they can
 * be, honest where they cannot, and not fooled by a shell that no node meets. */
#include "../src/strata/cubature.h"

#include "tap.h"

#include <math.h>
#include <string.h>

struct function {
    size_t n_dims;
    double (*at)(const double *x);
};

static int eval(void *context, size_t n, const double *x, double *values, struct err *err)
{
    const struct function *function = context;
    (void)err;
    for (size_t i = 0; i < n; i++)
        values[i] = function->at(x + i * function->n_dims);
    return 0;
}

static struct strata_result integrate(const struct function *function, uint64_t seed,
                                      uint64_t n_calls, struct arena *arena)
{
    struct function copy = *function;
    const struct integrand integrand = {function->n_dims, eval, &copy};
    const struct strata_config config = {
        .n_dims = function->n_dims, .seed = seed, .n_calls = n_calls};
    struct strata_result result;
    struct err err = ERR_INIT;
    if (integrate_cubature(&config, &integrand, arena, &result, &err) != 0)
        bail_out("integrates: %s", err.message);
    return result;
}

static const double pi = 3.14159265358979323846;

static double cubic(const double *x)
{
    return x[0] * x[0] * x[0] - x[1] * x[2];
}

/* Two peaks of opposite sign, width 0.05, that cancel but for one part in a hundred. */
static double cancel(const double *x)
{
    double a = 0, b = 0;
    for (size_t j = 0; j < 2; j++) {
        a += (x[j] - 0.35) * (x[j] - 0.35) / 0.0025;
        b += (x[j] - 0.65) * (x[j] - 0.65) / 0.0025;
    }
    return (101 * exp(-0.5 * a) - 100 * exp(-0.5 * b)) / (2 * pi * 0.0025);
}

static double shell(const double *x)
{
    double r2 = 0;
    for (size_t j = 0; j < 4; j++)
        r2 += (x[j] - 0.5) * (x[j] - 0.5);
    double away = (sqrt(r2) - 0.35) / 0.002;
    return exp(-away * away);
}

static double kink(const double *x)
{
    return fabs(x[0] - 0.3) + fabs(x[0] - x[1]);
}

static double failing(const double *x)
{
    return x[0] < 0.5 ? (double)NAN : 1;
}

static double gauss3(const double *x)
{
    double a = 0;
    for (size_t j = 0; j < 3; j++)
        a += (x[j] - 0.5) * (x[j] - 0.5) / 0.01;
    return exp(-0.5 * a);
}

static void check_exact(void)
{
    struct arena *arena = arena_create();
    struct strata_result r = integrate(&(struct function){3, cubic}, 1, 50000, arena);
    ok(r.is_converged, "a polynomial converges: %s", r.why);
    is_near(r.integral, 0, 1e-13, "... to its integral");
    ok(r.error < 1e-13, "... with an error of %.2g", r.error);
    double truth = 101 * pow(0.5 * (erf(0.65 / 0.05 / sqrt(2)) + erf(0.35 / 0.05 / sqrt(2))), 2) -
                   100 * pow(0.5 * (erf(0.65 / 0.05 / sqrt(2)) + erf(0.35 / 0.05 / sqrt(2))), 2);
    r = integrate(&(struct function){2, cancel}, 1, 100000, arena);
    ok(r.is_converged, "two peaks that cancel: %s", r.why);
    ok(fabs(r.integral - truth) < 1e-6, "... to 1e-6: %.3g", r.integral - truth);
    is_double(r.absolute, 201, 0.05, "... int |F| is 201 times as large");
    ok(r.n_calls <= 100000, "... within the calls");
    ok(r.n_classes > 5, "%zu classes", r.n_classes);
    arena_free(arena);
}

static void check_not_fooled(void)
{
    struct arena *arena = arena_create();
    struct strata_result r = integrate(&(struct function){4, shell}, 1, 100000, arena);
    ok(!r.is_converged, "a thin shell in 4D does not converge");
    ok(r.n_calls < 15000, "... which is seen early: %zu calls", (size_t)r.n_calls);
    ok(strlen(r.why) > 0, "... and said: %s", r.why);
    r = integrate(&(struct function){2, failing}, 1, 20000, arena);
    ok(!r.is_converged, "failing calls are no case for polynomials: %s", r.why);
    ok(r.n_failed > 100, "... and are counted");
    r = integrate(&(struct function){6, gauss3}, 1, 20000, arena);
    ok(!r.is_converged && r.n_calls == 0, "six dimensions are refused without a call");
    r = integrate(&(struct function){3, gauss3}, 1, 500, arena);
    ok(!r.is_converged && r.n_calls == 0, "so are 500 calls in three");
    arena_free(arena);
}

static void check_pulls(const char *name, const struct function *function, double truth,
                        uint64_t n_calls)
{
    enum { N_SEEDS = 60 };
    double pull2 = 0;
    size_t n = 0, n_far = 0;
    struct arena *arena = arena_create();
    for (uint64_t seed = 1; seed <= N_SEEDS; seed++) {
        struct strata_result r = integrate(function, seed, n_calls, arena);
        double pull = (r.integral - truth) / r.error;
        if (!r.is_converged)
            continue;
        n++;
        pull2 += pull * pull;
        n_far += fabs(pull) > 3 ? 1 : 0;
    }
    double rms = n > 0 ? sqrt(pull2 / (double)n) : 0;
    ok(n > N_SEEDS / 2, "%s: %zu of %d converge", name, n, N_SEEDS);
    ok(rms > 0.7 && rms < 1.4, "%s: pull %.2f", name, rms);
    ok(n_far <= 2, "%s: %zu beyond 3", name, n_far);
    arena_free(arena);
}

static void check_honesty(void)
{
    double one = 0.1 * sqrt(2 * pi) * erf(5 / sqrt(2));
    check_pulls("kink", &(struct function){2, kink}, (0.09 + 0.49) / 2 + 1.0 / 3, 10000);
    check_pulls("gauss", &(struct function){3, gauss3}, one * one * one, 40000);
}

/* The same points whatever came before, and no more of them than it takes. */
static void check_goal(void)
{
    struct function function = {3, gauss3};
    const struct integrand integrand = {3, eval, &function};
    struct strata_config config = {
        .n_dims = 3, .seed = 7, .n_calls = 1000000, .error_relative = 1e-3};
    struct strata_result r, again;
    struct err err = ERR_INIT;
    struct arena *arena = arena_create();
    is_int(integrate_cubature(&config, &integrand, arena, &r, &err), 0, "with a goal");
    ok(r.is_converged && r.error <= 1e-3 * r.integral, "... it is reached: %.2g",
       r.error / r.integral);
    ok(r.n_calls < 500000, "... in %zu calls", (size_t)r.n_calls);
    is_int(integrate_cubature(&config, &integrand, arena, &again, &err), 0, "once more");
    is_mem(&again.integral, &r.integral, sizeof r.integral, "... the same, bit for bit");
    arena_free(arena);
}

int main(void)
{
    mat_setup();
    check_exact();
    check_not_fooled();
    check_honesty();
    check_goal();
    return done_testing();
}
