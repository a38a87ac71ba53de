/* t-strata-integral.c: integrals by Lebesgue cells against closed forms: no bias, errors that hold,
 * alarms where something must have been missed, the same points from the same values. */
#include "../src/strata/private.h"

#include "tap.h"

#include <gsl/gsl_errno.h>
#include <math.h>
#include <string.h>

struct function {
    const char *name;
    size_t n_dims;
    double truth; /* NaN: sign changes or none is asked */
    double (*at)(size_t n_dims, const double *x);
};

static double constant(size_t d, const double *x)
{
    (void)d;
    (void)x;
    return 2.5;
}

/* No sum of it is exact. */
static double below(size_t d, const double *x)
{
    (void)d;
    (void)x;
    return -3.7;
}

static double line(size_t d, const double *x)
{
    (void)d;
    return 3.0 * x[0] * x[0];
}

/* Half of the cube is 0; sum over the other half. */
static double edge(size_t d, const double *x)
{
    (void)d;
    return x[0] < 0.5 ? 0.0 : 2.0 * x[1] + 1.0;
}

static double signs(size_t d, const double *x)
{
    (void)d;
    return 100.0 * sin(2.0 * M_PI * x[0]) * x[1] + x[2];
}

/* Two Gaussians of sd 0.02, far from the walls. */
static double peaks(size_t d, const double *x)
{
    double a = 0.0, b = 0.0, norm = pow(0.02 * sqrt(2.0 * M_PI), -(double)d);
    size_t j;

    for (j = 0; j < d; j++) {
        a += (x[j] - 0.3) * (x[j] - 0.3);
        b += (x[j] - 0.7) * (x[j] - 0.7);
    }
    return norm * (exp(-a / 0.0008) + 0.5 * exp(-b / 0.0008));
}

static double zero(size_t d, const double *x)
{
    (void)d;
    (void)x;
    return 0.0;
}

/* Fails where x0 > 0.75. */
static double failing(size_t d, const double *x)
{
    (void)d;
    return x[0] > 0.75 ? NAN : 1.0;
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

static int integral_of(struct function *f, uint64_t n, uint64_t seed, struct arena *arena,
                       struct strata_result *r)
{
    struct integrand integrand = {.n_dims = f->n_dims, .eval = eval, .context = f};
    struct strata_config config = {
        .n_dims = f->n_dims, .seed = seed, .n_calls = n, .no_network = true};
    struct err err = ERR_INIT;
    int rc = strata_integrate(&config, &integrand, INTEGRATE_CELLS, arena, r, &err);

    if (rc != 0)
        diag("%s: %s", f->name, err.message);
    return rc;
}

/* RMS pull and mean pull over seeds.  Bounds are those of 16 draws from Student's t. */
static void test_pulls(struct function *f, uint64_t n)
{
    enum { SEEDS = 16 };
    double sum = 0.0, square = 0.0;
    struct arena *arena = arena_create();
    uint64_t seed;

    for (seed = 1; seed <= SEEDS; seed++) {
        struct strata_result r;
        double pull;

        if (integral_of(f, n, seed, arena, &r) != 0)
            break;
        pull = (r.integral - f->truth) / r.error;
        sum += pull / SEEDS;
        square += pull * pull / SEEDS;
        if (r.n_calls > n || fabs(r.integral - f->truth) > 0.05 * fabs(f->truth))
            diag("%s seed %d: %g of %llu calls", f->name, (int)seed, r.integral,
                 (unsigned long long)r.n_calls);
    }
    ok(seed == SEEDS + 1, "%s: integrates", f->name);
    ok(sqrt(square) > 0.4 && sqrt(square) < 1.8, "%s: RMS pull %.2f", f->name, sqrt(square));
    ok(fabs(sum) < 1.1, "%s: mean pull %.2f", f->name, sum);
    arena_free(arena);
}

static void test_constant(void)
{
    struct function f = {"constant", 3, 2.5, constant};
    struct arena *arena = arena_create();
    struct strata_result r;

    if (ok(integral_of(&f, 3000, 1, arena, &r) == 0, "a constant integrates")) {
        is_double(r.integral, 2.5, 1e-6, "to itself");
        ok(r.error < 1e-4, "with next to no error: %g", r.error);
        ok(r.n_calls <= 3000, "within its calls");
        ok(r.n_classes >= 1 && r.n_rounds >= 3, "with classes and rounds");
    }
    arena_free(arena);
}

/* Sums are rounded: an error of 0 would be none. */
static void test_rounding(void)
{
    struct function f = {"below", 3, -3.7, below};
    struct integrand integrand = {.n_dims = 3, .eval = eval, .context = &f};
    struct arena *arena = arena_create();

    for (int method = INTEGRATE_CELLS; method <= INTEGRATE_CUBATURE; method++) {
        struct strata_config config = {.n_dims = 3,
                                       .seed = 1,
                                       .n_calls = method == INTEGRATE_CELLS ? 100000 : 67838,
                                       .error_relative = 0.01,
                                       .no_network = true};
        const char *name = integrate_method_name((enum integrate_method)method);
        struct strata_result r;
        struct err err = ERR_INIT;

        if (!ok(strata_integrate(&config, &integrand, (enum integrate_method)method, arena, &r,
                                 &err) == 0,
                "%s: a constant", name))
            continue;
        ok(r.is_converged && r.error < 1e-12 && fabs(r.integral + 3.7) < 3.0 * r.error,
           "%g off, +- %g: %s", r.integral + 3.7, r.error, r.why);
    }
    arena_free(arena);
}

static double step(size_t d, const double *x)
{
    (void)d;
    return x[0] < 0.3137 ? 1.0 : 2.0;
}

/* Even points may be as many on each side of a jump in every repetition, and have no spread. */
static void test_even(void)
{
    struct function f = {"step", 1, 1.6863, step};
    struct integrand integrand = {.n_dims = 1, .eval = eval, .context = &f};
    struct arena *arena = arena_create();
    double most = 0.0;

    for (uint64_t seed = 1; seed <= 20; seed++) {
        struct strata_config config = {
            .n_dims = 1, .seed = seed, .error_relative = 1e-2, .no_network = true};
        struct strata_result r = {.error = 0.0};
        struct err err = ERR_INIT;

        if (strata_integrate(&config, &integrand, INTEGRATE_CELLS, arena, &r, &err) != 0)
            diag("%s", err.message);
        most = fmax(most, fabs(r.integral - f.truth) / r.error);
    }
    ok(most < 5.0, "a step that every repetition sees alike: %.2g errors off", most);
    arena_free(arena);
}

/* Whatever the method, with a number of calls and with an error that is wanted. */
static void test_zero(void)
{
    static const enum integrate_method methods[] = {INTEGRATE_CELLS, INTEGRATE_ADAPTIVE,
                                                    INTEGRATE_CUBATURE, INTEGRATE_AUTO};
    struct function f = {"zero", 2, 0.0, zero};
    struct integrand integrand = {.n_dims = 2, .eval = eval, .context = &f};
    struct arena *arena = arena_create();

    for (size_t m = 0; m < 8; m++) {
        enum integrate_method method = methods[m % 4];
        const char *name = integrate_method_name(method);
        struct strata_config config = {.n_dims = 2,
                                       .seed = 1,
                                       .n_calls = 8000,
                                       .error_absolute = m < 4 ? 0.0 : 1e-3,
                                       .no_network = true};
        struct strata_result r;
        struct err err = ERR_INIT;
        char words[96];

        if (!ok(strata_integrate(&config, &integrand, method, arena, &r, &err) == 0,
                "%s: zero everywhere is survived: %s", name, err.message))
            continue;
        is_double(r.integral, 0.0, 0.0, "and is 0");
        ok(!r.is_converged && (r.alarms & ALARM_FEW), "which is not believed");
        has_str(r.why, "F was 0 at all", "and said so: %s", r.why);
        snprintf(words, sizeof words, "uniform ones it may not be in a share of up to %.2g",
                 r.unseen_volume);
        has_str(r.why, words, "... by as many as tell it");
        ok(r.unseen_volume > 0.0 && r.unseen_volume < 0.1, "up to a share of %g", r.unseen_volume);
    }
    arena_free(arena);
}

/* 1 and a narrow peak with as much. */
static double needle(size_t d, const double *x)
{
    static const double at[] = {0.7, 0.21, 0.4}, width = 0.01;
    double r2 = 0.0;

    for (size_t j = 0; j < d; j++)
        r2 += pow((x[j] - at[j]) / width, 2.0);
    return 1.0 + exp(-0.5 * r2) / pow(2.0 * acos(-1.0) * width * width, 1.5);
}

/* A ground that polynomials follow to the last digit: calls that are cheap look for what they have
 * not met. */
static void test_needle(void)
{
    struct function f = {"needle", 3, 2.0, needle};
    struct integrand integrand = {.n_dims = 3, .eval = eval, .context = &f};
    struct arena *arena = arena_create();

    for (uint64_t seed = 1; seed <= 4; seed++) {
        struct strata_config config = {
            .n_dims = 3, .seed = seed, .error_relative = 0.005, .no_network = true};
        struct strata_result r = {.error = 0.0};
        struct err err = ERR_INIT;

        if (strata_integrate(&config, &integrand, INTEGRATE_AUTO, arena, &r, &err) != 0)
            diag("%s", err.message);
        ok(fabs(r.integral - f.truth) < 5.0 * r.error,
           "a peak of 1e-4 of the space on a flat ground: %.4f +- %.4f after %llu calls",
           r.integral, r.error, (unsigned long long)r.n_calls);
    }
    arena_free(arena);
}

static double nowhere(size_t d, const double *x)
{
    (void)d;
    (void)x;
    return NAN;
}

static void test_failed(void)
{
    static const enum integrate_method methods[] = {
        INTEGRATE_CELLS, INTEGRATE_ADAPTIVE, INTEGRATE_CUBATURE, INTEGRATE_AUTO,
        INTEGRATE_PLAIN, INTEGRATE_VEGAS,    INTEGRATE_MISER};
    struct function f = {"nowhere", 2, 0.0, nowhere};
    struct integrand integrand = {.n_dims = 2, .eval = eval, .context = &f};
    struct arena *arena = arena_create();

    for (size_t m = 0; m < sizeof methods / sizeof *methods; m++) {
        struct strata_config config = {.n_dims = 2, .seed = 1, .n_calls = 8000, .no_network = true};
        struct strata_result r;
        struct err err = ERR_INIT;

        if (!ok(strata_integrate(&config, &integrand, methods[m], arena, &r, &err) == 0,
                "%s: calls that all fail are survived: %s", integrate_method_name(methods[m]),
                err.message))
            continue;
        ok(!r.is_converged && strstr(r.why, "calls failed: nothing is known") != NULL,
           "and it says that nothing is known: %s", r.why);
    }
    arena_free(arena);
}

static void test_failing(void)
{
    struct function f = {"failing", 2, 0.75, failing};
    struct arena *arena = arena_create();
    struct strata_result r;

    if (ok(integral_of(&f, 8000, 1, arena, &r) == 0, "failing calls are survived")) {
        is_near(r.integral, 0.75, 5.0 * r.error + 1e-3, "the rest is integrated: %g", r.integral);
        is_near(r.failed_volume, 0.25, 5.0 * r.failed_error + 0.02,
                "their volume is told: %g +- %g", r.failed_volume, r.failed_error);
        ok(r.n_failed > 0, "and how many");
        ok((r.alarms & ALARM_FAILED) && !r.is_converged, "and they are an alarm: %s", r.why);
    }
    arena_free(arena);
}

/* Two peaks of 1e-9 of the volume in 8 dimensions: not to be found with 2000 calls, and said so;
 * found with more. */
static void test_missed(void)
{
    struct function f = {"peaks 8D", 8, 1.5, peaks};
    struct arena *arena = arena_create();
    struct strata_result r;
    size_t silent = 0;
    uint64_t seed;

    for (seed = 1; seed <= 6; seed++)
        if (integral_of(&f, 2000, seed, arena, &r) != 0 ||
            (r.is_converged && fabs(r.integral - 1.5) > 5.0 * r.error))
            silent++;
    is_size(silent, 0, "a peak that is missed is never passed over in silence");
    if (ok(integral_of(&f, 60000, 1, arena, &r) == 0, "with 60000 calls")) {
        is_near(r.integral, 1.5, 5.0 * r.error, "both are found: %g +- %g", r.integral, r.error);
        ok(r.n_peaks == 2, "as two: %zu", r.n_peaks);
    }
    arena_free(arena);
}

/* The same values give the same points, whatever is asked in between. */
static void test_again(void)
{
    struct function f = {"peaks", 2, 1.5, peaks};
    struct strata_config config = {.n_dims = 2, .seed = 7, .n_calls = 4000, .no_network = true};
    struct err err = ERR_INIT;
    struct strata *a = strata_create(&config, &err), *b = strata_create(&config, &err);
    bool same = a && b;
    double values[65536];
    struct strata_result r, q;

    while (same) {
        struct strata_batch x, y;

        same = strata_next(a, &x, &err) == 0 && strata_next(b, &y, &err) == 0 && x.n == y.n &&
               x.stage == y.stage && x.n <= 65536;
        if (!same || x.n == 0)
            break;
        same = memcmp(x.units, y.units, x.n * 2 * sizeof *x.units) == 0 &&
               memcmp(x.density, y.density, x.n * sizeof *x.density) == 0;
        eval(&f, x.n, x.units, values, &err);
        same = same && strata_take(a, values, &err) == 0 && strata_take(b, values, &err) == 0;
        strata_result(a, &r, &err); /* asking changes nothing */
    }
    ok(same, "the same values, the same points: %s", err.message);
    strata_result(a, &r, &err);
    strata_result(b, &q, &err);
    ok(memcmp(&r.integral, &q.integral, sizeof r.integral) == 0 && r.error == q.error,
       "and the same result");
    ok(r.lo < r.integral && r.integral < r.hi && r.hi - r.lo > 4.0 * r.error, "an interval");
    strata_free(a);
    strata_free(b);
}

static void test_limits(void)
{
    struct strata_config config = {.n_dims = 0, .n_calls = 10};
    struct err err = ERR_INIT;
    struct function f = {"line", 1, 1.0, line};
    struct integrand integrand = {.n_dims = 1, .eval = eval, .context = &f};
    struct arena *arena = arena_create();
    struct strata_result r;

    ok(strata_create(&config, &err) == NULL, "no dimension: %s", err.message);
    config = (struct strata_config){.n_dims = 2};
    err_clear(&err);
    ok(strata_create(&config, &err) == NULL, "no end: %s", err.message);
    config = (struct strata_config){.n_dims = 1, .seed = 3, .error_relative = 1e-3};
    err_clear(&err);
    if (ok(strata_integrate(&config, &integrand, INTEGRATE_CELLS, arena, &r, &err) == 0,
           "until an error: %s", err.message)) {
        ok(r.error <= 1e-3 * r.integral, "is reached: %g", r.error);
        is_near(r.integral, 1.0, 5e-3, "and true");
    }
    config = (struct strata_config){.n_dims = 1, .seed = 3, .n_calls = 40};
    if (ok(strata_integrate(&config, &integrand, INTEGRATE_CELLS, arena, &r, &err) == 0,
           "of 40 calls: %s", err.message))
        ok(r.n_calls <= 40, "no more are made: %llu", (unsigned long long)r.n_calls);
    arena_free(arena);
}

/* One in five hundred, where F is rough: less than the error. */
static double few_fail(size_t d, const double *x)
{
    (void)d;
    return x[0] > 0.998 ? NAN : fmod(1e4 * x[0], 1.0) < 0.01 ? 100.0 : 0.0;
}

/* Whatever the method is, failures matter where they leave out more than the error. */
static void test_failures_alike(void)
{
    static const enum integrate_method methods[] = {INTEGRATE_CELLS, INTEGRATE_ADAPTIVE,
                                                    INTEGRATE_CUBATURE};
    struct function many = {"failing", 2, 0.75, failing}, few = {"few fail", 2, 1.0, few_fail};
    struct arena *arena = arena_create();
    char why[FAILURES_WHY];

    ok(!failures_matter(0.0, 1.0, 0.0, why) && why[0] == '\0', "no failures do not matter");
    ok(!failures_matter(0.02, 2.0, 0.03, why), "nor those that leave out less than the error");
    ok(failures_matter(0.02, 2.0, 0.01, why), "those that leave out more do");
    has_str(why, " 1 % of int |F|", "and it is said how much");
    for (size_t m = 0; m < 3; m++) {
        const char *name = integrate_method_name(methods[m]);
        struct strata_config config = {.n_dims = 2, .seed = 1, .n_calls = 6000, .no_network = true};
        struct integrand integrand = {.n_dims = 2, .eval = eval, .context = &many};
        struct strata_result r;
        struct err err = ERR_INIT;

        if (!ok(strata_integrate(&config, &integrand, methods[m], arena, &r, &err) == 0 &&
                    (r.alarms & ALARM_FAILED) != 0,
                "%s: a quarter that fails is an alarm: %s", name, r.why))
            continue;
        has_str(r.why, "Calls fail in places that", "... in the same words");
        integrand.context = &few;
        if (methods[m] != INTEGRATE_CUBATURE) /* which gives such a function up */
            ok(strata_integrate(&config, &integrand, methods[m], arena, &r, &err) == 0 &&
                   r.n_failed > 0 && (r.alarms & ALARM_FAILED) == 0,
               "%s: a few where the error is larger are none: %s", name, r.why);
    }
    arena_free(arena);
}

static double bump(const double *x)
{
    return exp(-(pow(x[0] - 0.3, 2.0) + pow(x[1] - 0.35, 2.0)) / 0.002);
}

/* A quarter fails, where F is below 1e-46. */
static double fails_far(size_t d, const double *x)
{
    (void)d;
    return x[0] + x[1] > 1.3 ? NAN : bump(x);
}

static double fails_across(size_t d, const double *x)
{
    (void)d;
    return x[0] + x[1] > 0.68 ? NAN : bump(x);
}

/* Nothing is high but next to where it fails. */
static double fails_above(size_t d, const double *x)
{
    (void)d;
    return x[0] > 0.8 ? NAN : exp((x[0] - 0.8) / 0.05);
}

/* What fails matters as F next to it is, wherever calls are. */
static void test_failures_place(void)
{
    static const enum integrate_method methods[] = {INTEGRATE_CELLS, INTEGRATE_ADAPTIVE,
                                                    INTEGRATE_CUBATURE, INTEGRATE_PLAIN};
    struct function f = {"bump", 2, 0.002 * M_PI, fails_far};
    struct integrand integrand = {.n_dims = 2, .eval = eval, .context = &f};
    struct strata_config config = {.n_dims = 2, .seed = 1, .n_calls = 30000, .no_network = true};
    struct arena *arena = arena_create();

    for (size_t m = 0; m < sizeof methods / sizeof *methods; m++) {
        const char *name = integrate_method_name(methods[m]);
        struct strata_result r;
        struct err err = ERR_INIT;

        f.at = fails_far;
        if (!ok(strata_integrate(&config, &integrand, methods[m], arena, &r, &err) == 0, "%s runs",
                name))
            continue;
        ok(r.is_converged && r.n_failed > 0, "%s: what fails far from the peak is no alarm: %s",
           name, r.why);
        is_near(r.integral, f.truth, 5.0 * r.error + 1e-12, "... and the integral is right");
        is_near(r.failed_volume, 0.245, 5.0 * r.failed_error, "... but for a volume: %g +- %g",
                r.failed_volume, r.failed_error);
        f.at = fails_across;
        ok(strata_integrate(&config, &integrand, methods[m], arena, &r, &err) == 0 &&
               (r.alarms & ALARM_FAILED),
           "... across the peak it is one: %s", r.why);
        f.at = fails_above;
        ok(strata_integrate(&config, &integrand, methods[m], arena, &r, &err) == 0 &&
               (r.alarms & ALARM_FAILED),
           "... and where F rises toward it: %s", r.why);
    }
    arena_free(arena);
}

static void test_foreseen(void)
{
    static const double x[] = {0.1, 0.4, 0.5, 0.9, 1.0}, f[] = {7.0, -3.0, NAN, NAN, 2.0};
    static const double q[] = {1.0, 1.0, 0.5, 4.0, 1.0}, scale[] = {1.0, 1.0, 1.0, 3.0, 1.0};
    struct failures_calls calls = {.n = 5, .n_dims = 1, .x = x, .f = f};
    double many_x[1001], many_f[1001];

    is_double(failures_foreseen(&calls), 3.0 + 2.0, 1e-12,
              "failed calls have the |F| next to them");
    calls.q = q;
    calls.scale = scale;
    is_double(failures_foreseen(&calls), 6.0 + 1.5, 1e-12, "... over their density");
    calls.n = 2;
    is_double(failures_foreseen(&calls), 0.0, 0.0, "none failed");
    for (size_t i = 0; i < 1001; i++) {
        many_x[i] = (double)i;
        many_f[i] = i < 1 ? 2.5 : NAN;
    }
    calls = (struct failures_calls){.n = 1001, .n_dims = 1, .x = many_x, .f = many_f};
    is_double(failures_foreseen(&calls), 2500.0, 1e-9, "of many a part stands for all");
    is_double(failures_error(100.0, 25.0, 25.0), sqrt(0.25 * 0.75 / 100.0), 1e-12, "binomial");
}

/* What serves for comparison tells it as well; MISER knows no volume. */
static void test_failures_baselines(void)
{
    static const enum integrate_method methods[] = {INTEGRATE_PLAIN, INTEGRATE_VEGAS,
                                                    INTEGRATE_MISER};
    struct function f = {"failing", 2, 0.75, failing};
    struct integrand integrand = {.n_dims = 2, .eval = eval, .context = &f};
    struct arena *arena = arena_create();

    for (size_t m = 0; m < 3; m++) {
        const char *name = integrate_method_name(methods[m]);
        struct strata_config config = {.n_dims = 2, .seed = 1, .n_calls = 20000};
        struct strata_result r;
        struct err err = ERR_INIT;

        f.at = failing;
        if (!ok(strata_integrate(&config, &integrand, methods[m], arena, &r, &err) == 0,
                "%s: failing calls are survived", name))
            continue;
        ok(r.alarms == ALARM_FAILED && !r.is_converged, "... and are an alarm: %s", r.why);
        if (methods[m] == INTEGRATE_MISER)
            ok(isnan(r.failed_volume), "... of a volume that is not known");
        else
            is_near(r.failed_volume, 0.25, 5.0 * r.failed_error,
                    "... their volume is told: %g +- %g", r.failed_volume, r.failed_error);
        f.at = line;
        ok(strata_integrate(&config, &integrand, methods[m], arena, &r, &err) == 0 &&
               r.is_converged && r.alarms == 0 && !(r.failed_volume > 0.0),
           "... where none fails there is none: %s", r.why);
    }
    arena_free(arena);
}

int main(void)
{
    static struct function smooth[] = {
        {"line", 1, 1.0, line},
        {"edge", 2, 1.0, edge},
        {"signs", 3, 0.5, signs},
        {"peaks", 2, 1.5, peaks},
    };
    size_t i;

    gsl_set_error_handler_off();
    mat_setup();
    for (i = 0; i < sizeof smooth / sizeof *smooth; i++)
        test_pulls(&smooth[i], 4000);
    test_constant();
    test_rounding();
    test_even();
    test_zero();
    test_failed();
    test_needle();
    test_failing();
    test_failures_alike();
    test_failures_baselines();
    test_failures_place();
    test_foreseen();
    test_missed();
    test_again();
    test_limits();
    return done_testing();
}
