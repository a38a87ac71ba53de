/* t-strata-honesty.c: errors that hold, over many seeds at few calls, on functions whose residuals
 * are of different kinds: smooth ones, jumps, walls. */
#include "../src/strata/core.h"

#include "tap.h"

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

/* A choice among four in one dimension: small volumes beside the jumps are known by chance. */
static double choice(size_t d, const double *x)
{
    static const double heights[] = {1.0, 3.0, 0.2, 7.0}, upto[] = {0.23, 0.51, 0.87, 1.0};
    size_t k = 0;

    (void)d;
    while (k < 3 && x[0] > upto[k])
        k++;
    return heights[k] * (0.5 + x[1]) * exp(x[2]) / (M_E - 1.0);
}

/* One jump, and all else is learned: what lies beside it is met by no call, or by one. */
static double step(size_t d, const double *x)
{
    (void)d;
    return (x[0] < 0.37 ? 1.0 : 3.0) * exp(x[0] + 0.5 * x[1] + x[2]);
}

/* No variance: where it is largest no call comes. */
static double tail(size_t d, const double *x)
{
    (void)d;
    return pow(fabs(x[0] - 0.4321) + 1e-300, -0.9) * (0.5 + x[1]) /
           (10.0 * (pow(0.4321, 0.1) + pow(0.5679, 0.1)));
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

/* Wrong results are doubted; one that is doubted is not enough, whatever its error: all calls that
 * are granted are made. */
static void test_doubted(void)
{
    enum { SEEDS = 6, CALLS = 12000 };
    struct function f = {"tail", 2, 1.0, tail};
    struct integrand integrand = {.n_dims = f.n_dims, .eval = eval, .context = &f};
    struct arena *arena = arena_create();
    size_t n_silent = 0, n_doubted = 0, n_early = 0;
    uint64_t seed;

    for (seed = 1; seed <= SEEDS; seed++) {
        struct strata_config config = {.n_dims = f.n_dims,
                                       .seed = seed,
                                       .n_calls = CALLS,
                                       .error_relative = 0.2,
                                       .no_network = true};
        struct strata_result r;
        struct err err = ERR_INIT;

        if (strata_integrate(&config, &integrand, INTEGRATE_CELLS, arena, &r, &err) != 0)
            break;
        n_silent += r.is_converged && fabs(r.integral - f.truth) > 3.0 * r.error;
        n_doubted += r.alarms != 0;
        n_early += r.alarms != 0 && r.n_calls < CALLS * 9 / 10;
    }
    ok(seed == SEEDS + 1, "tail: integrates");
    is_size(n_silent, 0, "tail: none is trusted and far off");
    ok(n_doubted > 0, "tail: %zu of %d are doubted", n_doubted, (int)SEEDS);
    is_size(n_early, 0, "tail: none of them ends before its calls are made");
    arena_free(arena);
}

/* A pole at a wall, to which the proposal goes along, as far as it knows of it. */
static double pole(size_t d, const double *x)
{
    (void)d;
    return 0.2 * pow(x[0] + 1e-300, -0.9) * x[1];
}

/* All repetitions agree, since none has met the top: that |F| rises in the calls tells. */
static void test_pole(void)
{
    static const uint64_t seeds[] = {15, 31, 35};
    struct function f = {"pole", 2, 1.0, pole};
    struct integrand integrand = {.n_dims = f.n_dims, .eval = eval, .context = &f};
    struct arena *arena = arena_create();
    size_t n_silent = 0, i;

    for (i = 0; i < sizeof seeds / sizeof *seeds; i++) {
        struct strata_config config = {.n_dims = f.n_dims, .seed = seeds[i], .n_calls = 20000};
        struct strata_result r;
        struct err err = ERR_INIT;

        if (strata_integrate(&config, &integrand, INTEGRATE_CELLS, arena, &r, &err) != 0)
            break;
        n_silent += r.is_converged && fabs(r.integral - f.truth) > 3.0 * r.error;
    }
    is_size(i, sizeof seeds / sizeof *seeds, "pole: integrates");
    is_size(n_silent, 0, "pole: none is trusted and far off");
    arena_free(arena);
}

/* Exponentials: low-discrepancy points gain much, and by chance more in one replicate. */
static double slope(size_t d, const double *x)
{
    double product = 1.0;
    size_t j;

    for (j = 0; j < d; j++) {
        double a = 0.5 + 0.4 * (double)j;

        product *= exp(a * x[j]) * a / (exp(a) - 1.0);
    }
    return product;
}

static double ring(size_t d, const double *x)
{
    double at = (hypot(x[0] - 0.5, x[1] - 0.5) - 0.3) / 0.01;

    (void)d;
    return exp(-at * at);
}

/* Arcs of it that no call has met are missed by all rounds alike: doubted or not, the error counts
 * with them. */
static void test_unmet(void)
{
    enum { SEEDS = 24 };
    struct function f = {"ring", 2, 0.03340996798099, ring};
    struct integrand integrand = {.n_dims = f.n_dims, .eval = eval, .context = &f};
    struct arena *arena = arena_create();
    double square = 0.0, pulls;
    size_t n_silent = 0;
    uint64_t seed;

    for (seed = 1; seed <= SEEDS; seed++) {
        struct strata_config config = {
            .n_dims = f.n_dims, .seed = seed, .n_calls = 5000, .no_network = true};
        struct strata_result r;
        struct err err = ERR_INIT;
        double pull;

        if (strata_integrate(&config, &integrand, INTEGRATE_CELLS, arena, &r, &err) != 0)
            break;
        pull = (r.integral - f.truth) / r.error;
        square += pull * pull;
        n_silent += r.is_converged && fabs(pull) > 4.0;
    }
    pulls = sqrt(square / SEEDS);
    ok(seed == SEEDS + 1, "ring: integrates");
    ok(pulls > 0.6 && pulls < 1.8, "ring: RMS pull %.2f, of those that are doubted too", pulls);
    ok(n_silent <= 2, "ring: %zu trusted and beyond 4", n_silent);
    arena_free(arena);
}

static double even(size_t d, const double *x)
{
    (void)d;
    (void)x;
    return 2.5;
}

/* Of a smooth function next to no run is doubted, and rounding is not below the error. */
static void test_adaptive(void)
{
    enum { SEEDS = 400 };
    struct function f = {"slope", 6, 1.0, slope}, g = {"even", 3, 2.5, even};
    struct integrand integrand = {.n_dims = f.n_dims, .eval = eval, .context = &f},
                     flat = {.n_dims = g.n_dims, .eval = eval, .context = &g};
    struct arena *arena = arena_create();
    struct strata_result r;
    struct err err = ERR_INIT;
    size_t n_doubted = 0;
    uint64_t seed;

    for (seed = 1; seed <= SEEDS; seed++) {
        struct strata_config config = {.n_dims = f.n_dims, .seed = seed, .n_calls = 10000};

        if (strata_integrate(&config, &integrand, INTEGRATE_ADAPTIVE, arena, &r, &err) != 0)
            break;
        n_doubted += r.alarms != 0;
    }
    ok(seed == SEEDS + 1, "adaptive: integrates");
    ok(n_doubted <= 2, "adaptive: %zu of %d are doubted", n_doubted, (int)SEEDS);
    if (ok(strata_integrate(&(struct strata_config){.n_dims = 3, .seed = 1, .n_calls = 100000},
                            &flat, INTEGRATE_ADAPTIVE, arena, &r, &err) == 0,
           "adaptive: a constant integrates"))
        ok(fabs(r.integral - 2.5) <= 3.0 * r.error && r.error < 1e-12,
           "adaptive: it is known to rounding, and no better: %g +- %g", r.integral - 2.5, r.error);
    arena_free(arena);
}

/* Four rounds of cells; the square of the error of the whole, which is the last one, where the
 * calls of one round have met `times` as much of rare misses as those of the others, in as many
 * calls.  has_jumps: its surrogate foretells what the others met. */
static double error_with(size_t round, double times, bool has_jumps)
{
    struct strata *s = mem_new(struct strata);
    struct core_estimate e;
    double square;
    size_t r;

    if (!s)
        return NAN;
    s->n_rounds = 5; /* after one of uniform points that says nothing */
    for (r = 1; r < s->n_rounds; r++) {
        double n = ldexp(1000.0, (int)r), n_rare = r == round ? times : 1.0;
        double rare = n_rare / (n * n);

        s->rounds[r] = (struct core_round){.stage = STAGE_CELLS,
                                           .n = (uint64_t)n,
                                           .has_estimate = true,
                                           .weight = r == 4 ? 1.0 : 1e-9,
                                           .estimate = 1.0,
                                           .error = sqrt(rare + 1.0 / (n * n)),
                                           .freedom = 15.0,
                                           .n_known = n,
                                           .rare = rare,
                                           .n_rare = n_rare};
        if (has_jumps)
            s->rounds[r].jumps = (struct jumps){.per_call = 1.0 / n, .n = n};
    }
    core_estimate(s, s->n_rounds, &e);
    square = e.error * e.error;
    mem_free(s);
    return square;
}

/* What one round met is due to all: the next ones may have met none by chance. */
static void test_rare(void)
{
    double alone = error_with(3, 1.0, false);

    ok(error_with(3, 100.0, false) > 5.0 * alone, "rare misses of a round count for the next");
    ok(error_with(2, 100.0, false) > 5.0 * alone, "and for those after it");
}

/* Where it is foretold, each round's misses count once, until there are more than chance makes. */
static void test_foretold(void)
{
    double alone = error_with(4, 1.0, true);

    is_double(error_with(4, 3.0, true) / alone, (1.0 + 7.0 / 5.0) / 2.0, 1e-12,
              "three of a round and one of each other are 7/5 of each");
    is_double(error_with(3, 3.0, true) / alone, (1.0 + 7.0 / 5.0) / 2.0, 1e-12,
              "whichever round it was");
    ok(error_with(4, 100.0, true) > 30.0 * alone, "a hundred of a round are its own");
}

int main(void)
{
    struct function healthy[] = {
        {"hill", 5, 1.0, hill},
        {"choice", 3, 0.23 + 3.0 * 0.28 + 0.2 * 0.36 + 7.0 * 0.13, choice},
        {"step", 3, (3.0 * M_E - 1.0 - 2.0 * exp(0.37)) * 2.0 * (exp(0.5) - 1.0) * (M_E - 1.0),
         step},
    };
    size_t i;

    gsl_set_error_handler_off();
    mat_setup();
    for (i = 0; i < sizeof healthy / sizeof *healthy; i++)
        test_pulls(&healthy[i], 10000, 16, 1);
    test_rare();
    test_foretold();
    test_doubted();
    test_unmet();
    test_pole();
    test_adaptive();
    return done_testing();
}
