/* t-strata-adaptive.c: adaptive sampling against integrals that are known: errors that are honest
 * over many seeds, chunks that are the same whoever does them, a state that can be written in the
 * middle, failures, and functions that nobody would integrate for pleasure. */
#include "../src/strata/adaptive.h"

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

static double smooth(const double *x)
{
    return exp(x[0] + x[1] - x[2]);
}

/* A normal density of width 0.02 in two dimensions, on a slope. */
static double peak(const double *x)
{
    double a = (x[0] - 0.3) / 0.02, b = (x[1] - 0.6) / 0.02;
    return exp(-0.5 * (a * a + b * b)) / (2 * 3.14159265358979 * 0.0004) + x[0];
}

static double ridge(const double *x)
{
    double a = (x[0] - x[1]) / 0.01;
    return exp(-0.5 * a * a) / (0.01 * 2.50662827463100);
}

static double signs(const double *x)
{
    return 100 * sin(6.283185307179586 * x[0]) + x[1];
}

static double constant(const double *x)
{
    (void)x;
    return -3;
}

static double zero(const double *x)
{
    (void)x;
    return 0;
}

static double corner(const double *x)
{
    return x[0] < 0.03 && x[1] < 0.03 && x[2] < 0.03 ? 1 : 0;
}

static double failing(const double *x)
{
    return x[0] < 0.25 ? (double)NAN : 1 + x[1];
}

static double heavy(const double *x)
{
    return pow(x[0], -0.75);
}

static double rise(const double *x)
{
    return 0.7 * pow(x[0], -0.3);
}

static double rise_2d(const double *x)
{
    return 0.49 * pow(x[0] * x[1], -0.3);
}

static double step(const double *x)
{
    return x[0] < 0.3 ? 1 : 7;
}

static double many(const double *x)
{
    double sum = 0;
    for (size_t j = 0; j < 12; j++)
        sum += (x[j] - 0.5) * (x[j] - 0.5);
    return exp(-4 * sum);
}

static struct strata_result integrate(const struct function *function, uint64_t seed,
                                      uint64_t n_calls, struct arena *arena)
{
    struct function copy = *function;
    const struct integrand integrand = {function->n_dims, eval, &copy};
    struct strata_config config = {.n_dims = function->n_dims, .seed = seed, .n_calls = n_calls};
    struct strata_result result;
    struct err err = ERR_INIT;
    if (integrate_adaptive(&config, &integrand, arena, &result, &err) != 0)
        bail_out("integrates: %s", err.message);
    return result;
}

/* Pulls of those runs that trust themselves. */
static void check_pulls(const char *name, const struct function *function, double truth,
                        uint64_t n_calls)
{
    enum { N_SEEDS = 40 };
    double pull2 = 0;
    size_t n = 0, n_far = 0, n_over = 0, n_inside = 0;
    for (uint64_t seed = 1; seed <= N_SEEDS; seed++) {
        struct arena *arena = arena_create();
        struct strata_result r = integrate(function, seed, n_calls, arena);
        double pull = (r.integral - truth) / r.error;
        n_over += r.n_calls > n_calls ? 1 : 0;
        if (r.is_converged) {
            n++;
            pull2 += pull * pull;
            n_far += fabs(pull) > 3 ? 1 : 0;
            n_inside += r.lo <= truth && truth <= r.hi ? 1 : 0;
        }
        arena_free(arena);
    }
    double rms = n > 0 ? sqrt(pull2 / (double)n) : 1;
    note("%s: %zu converged, pull %.2f, %zu beyond 3", name, n, rms, n_far);
    ok(n < 20 || (rms > 0.7 && rms < 1.4), "%s: pull %.2f of %zu seeds", name, rms, n);
    ok(n_far * 20 <= n, "%s: %zu of %zu beyond 3", name, n_far, n);
    ok(n_inside * 20 >= n * 17, "%s: the truth is in %zu of %zu intervals", name, n_inside, n);
    is_size(n_over, 0, "%s: never more calls than allowed", name);
}

static void check_honesty(void)
{
    double e = exp(1.0);
    check_pulls("smooth", &(struct function){3, smooth}, (e - 1) * (e - 1) * (1 - 1 / e), 5000);
    check_pulls("peak", &(struct function){2, peak}, 1.5, 5000);
    /* two strips of the normal density are cut off at the ends */
    check_pulls("ridge", &(struct function){2, ridge}, 1 - 2 * 0.01 / 2.50662827463100, 40000);
    check_pulls("signs", &(struct function){2, signs}, 0.5, 5000);
    check_pulls("corner", &(struct function){3, corner}, 2.7e-5, 20000);
    check_pulls("heavy", &(struct function){1, heavy}, 4, 5000);
    check_pulls("step", &(struct function){1, step}, 0.3 + 0.7 * 7, 2000);
    check_pulls("few calls", &(struct function){3, smooth}, (e - 1) * (e - 1) * (1 - 1 / e), 250);
    check_pulls("12 axes", &(struct function){12, many},
                pow(sqrt(3.14159265358979 / 4) * erf(1), 12), 10000);
}

/* No call meets the top of these: doubted or not, the error allows for what is there. */
static void check_rising(void)
{
    enum { N_SEEDS = 40 };
    const struct function functions[] = {{1, rise}, {2, rise_2d}};
    for (size_t k = 0; k < 2; k++) {
        size_t n_inside = 0, n_silent = 0;
        double pull2 = 0;
        for (uint64_t seed = 1; seed <= N_SEEDS; seed++) {
            struct arena *arena = arena_create();
            struct strata_result r = integrate(&functions[k], seed, 10000, arena);
            double pull = (r.integral - 1) / r.error;
            pull2 += pull * pull;
            n_silent += r.is_converged && fabs(pull) > 3;
            n_inside += r.lo <= 1 && 1 <= r.hi;
            arena_free(arena);
        }
        double rms = sqrt(pull2 / N_SEEDS);
        ok(rms > 0.6 && rms < 1.4, "x^-0.3 on %zu axes: pull %.2f of all", k + 1, rms);
        ok(n_inside >= 36, "... the truth is in %zu of 40 intervals", n_inside);
        ok(n_silent <= 2, "... %zu are far off and silent", n_silent);
    }
}

static void check_plain_cases(void)
{
    struct arena *arena = arena_create();
    struct strata_result r = integrate(&(struct function){4, constant}, 1, 3000, arena);
    is_double(r.integral, -3, 1e-9, "a constant");
    ok(r.is_converged, "... converged: %s", r.why);
    is_double(r.absolute, 3, 1e-9, "... int |F|");
    r = integrate(&(struct function){4, zero}, 1, 3000, arena);
    is_near(r.integral, 0, 0, "zero is zero");
    ok(!r.is_converged, "... but nobody knows that there is nothing");
    ok(r.unseen_volume > 0 && r.unseen_volume < 0.02, "... but for %.3g", r.unseen_volume);
    r = integrate(&(struct function){2, failing}, 1, 20000, arena);
    ok(fabs(r.failed_volume - 0.25) < 0.01, "failures fill a quarter: %.4f", r.failed_volume);
    is_near(r.integral, 0.75 * 1.5, 6 * r.error, "... and the integral is over the rest");
    ok(r.n_failed > 500, "... and they are counted: %zu", (size_t)r.n_failed);
    r = integrate(&(struct function){3, smooth}, 1, 50, arena);
    ok(isfinite(r.integral) && !r.is_converged, "50 calls give a number that is not trusted");
    arena_free(arena);
}

static void check_classes(void)
{
    struct arena *arena = arena_create();
    struct strata_result r = integrate(&(struct function){2, signs}, 3, 20000, arena);
    double volume = 0, part = 0;
    bool mixes = false;
    for (size_t k = 0; k < r.n_classes; k++) {
        const struct strata_class *c = &r.classes[k];
        volume += c->volume;
        part += c->part;
        mixes |= c->lo < 0 && c->hi > 0;
        if (k > 0 && c->lo != r.classes[k - 1].hi)
            fail("class %zu begins where the one below ends", k);
    }
    ok(r.n_classes >= 10, "%zu classes", r.n_classes);
    ok(!mixes, "none has both signs");
    is_double(volume, 1, 0.02, "they fill the cube");
    is_near(part, r.integral, 1.0, "their parts are the integral");
    arena_free(arena);
}

static int run(struct adaptive *a, const struct integrand *integrand, size_t n_rounds,
               bool backwards, struct err *err)
{
    struct buf sums[64];
    size_t n;
    for (size_t round = 0; round < n_rounds && (n = adaptive_n_chunks(a)) > 0; round++) {
        if (n > 64)
            bail_out("%zu chunks", n);
        for (size_t i = 0; i < n; i++) {
            size_t k = backwards ? n - 1 - i : i;
            buf_init(&sums[k], 1 << 24);
            if (adaptive_chunk(a, k, integrand, &sums[k], err) != 0)
                return -1;
        }
        for (size_t k = 0; k < n; k++) {
            if (adaptive_merge(a, k, sums[k].data, sums[k].len, err) != 0)
                return -1;
            buf_free(&sums[k]);
        }
    }
    return 0;
}

/* Chunks in any order, and a state that goes through bytes after each round. */
static void check_pieces(void)
{
    struct function function = {2, ridge};
    const struct integrand integrand = {2, eval, &function};
    const struct strata_config config = {.n_dims = 2, .seed = 5, .n_calls = 40000};
    struct err err = ERR_INIT;
    struct arena *arena = arena_create();
    struct strata_result whole = integrate(&function, 5, 40000, arena), pieces;
    struct adaptive *a = adaptive_create(&config, &err);
    struct buf state;
    buf_init(&state, 1 << 28);
    while (a != NULL && adaptive_n_chunks(a) > 0) {
        buf_clear(&state);
        if (run(a, &integrand, 1, true, &err) != 0 || adaptive_write(a, &state, &err) != 0)
            bail_out("runs: %s", err.message);
        adaptive_free(a);
        a = adaptive_read(state.data, state.len, &err);
    }
    if (a == NULL)
        bail_out("reads: %s", err.message);
    is_int(adaptive_result(a, arena, &pieces, &err), 0, "a result");
    is_mem(&pieces.integral, &whole.integral, sizeof whole.integral, "the same, bit for bit");
    is_mem(&pieces.error, &whole.error, sizeof whole.error, "... its error too");
    is_size(pieces.n_classes, whole.n_classes, "... and the classes");
    adaptive_free(a);
    ok(adaptive_read(state.data, state.len / 2, &err) == NULL, "half a state is none");
    is_int(err.code, ERR_STORE, "... and it says so");
    state.data[3] ^= 1;
    ok(adaptive_read(state.data, state.len, &err) == NULL, "nor is one of another version");
    buf_free(&state);
    arena_free(arena);
}

/* Who only does chunks is told only what they need, which is little, and does the same ones. */
static void check_task(void)
{
    struct function function = {2, ridge};
    const struct integrand integrand = {2, eval, &function};
    const struct strata_config config = {.n_dims = 2, .seed = 5, .n_calls = 400000};
    struct err err = ERR_INIT;
    struct adaptive *a = adaptive_create(&config, &err), *worker;
    struct buf state, task, here, there;
    size_t n, n_same = 0, n_rounds = 0;
    struct buf *const bufs[] = {&state, &task, &here, &there};
    for (size_t i = 0; i < 4; i++)
        buf_init(bufs[i], 1 << 28);
    while (a != NULL && (n = adaptive_n_chunks(a)) > 0) {
        for (size_t i = 0; i < 4; i++)
            buf_clear(bufs[i]);
        if (adaptive_write(a, &state, &err) != 0 || adaptive_write_task(a, &task, &err) != 0 ||
            (worker = adaptive_read(task.data, task.len, &err)) == NULL ||
            adaptive_chunk(a, n - 1, &integrand, &here, &err) != 0 ||
            adaptive_chunk(worker, n - 1, &integrand, &there, &err) != 0)
            bail_out("a task: %s", err.message);
        n_same += here.len == there.len && memcmp(here.data, there.data, here.len) == 0;
        if (n_rounds++ == 2) /* after the search, which is told its points */
            ok(task.len + 8000 * sizeof(double) < state.len, "a task: %zu bytes, the state: %zu",
               task.len, state.len);
        adaptive_free(worker);
        if (run(a, &integrand, 1, false, &err) != 0)
            bail_out("runs: %s", err.message);
    }
    is_size(n_same, n_rounds, "the same sums in every round");
    adaptive_free(a);
    for (size_t i = 0; i < 4; i++)
        buf_free(bufs[i]);
}

/* It stops when the error is small enough, and goes on when more is wanted. */
static void check_goals(void)
{
    struct function function = {3, smooth};
    const struct integrand integrand = {3, eval, &function};
    const struct strata_config config = {
        .n_dims = 3, .seed = 5, .n_calls = 1000000, .error_relative = 1e-3};
    struct err err = ERR_INIT;
    struct arena *arena = arena_create();
    struct strata_result first, then;
    struct adaptive *a = adaptive_create(&config, &err);
    double truth = (exp(1.0) - 1) * (exp(1.0) - 1) * (1 - exp(-1.0));
    if (a == NULL || run(a, &integrand, 1000, false, &err) != 0 ||
        adaptive_result(a, arena, &first, &err) != 0)
        bail_out("runs: %s", err.message);
    ok(first.n_calls < 300000, "it stops early: %zu calls", (size_t)first.n_calls);
    ok(first.error <= 1e-3 * truth, "... with the error that was wanted");
    uint64_t more = 2 * first.n_calls;
    is_int(adaptive_want(a, more, 1e-12, 0, &err), 0, "more is wanted");
    ok(adaptive_n_chunks(a) > 0, "... so there is more to do");
    if (run(a, &integrand, 1000, false, &err) != 0 || adaptive_result(a, arena, &then, &err) != 0)
        bail_out("goes on: %s", err.message);
    ok(then.n_calls > first.n_calls && then.n_calls <= more, "... and it is done within %zu: %zu",
       (size_t)more, (size_t)then.n_calls);
    ok(then.lo <= truth && truth <= then.hi, "the interval holds the truth");
    adaptive_free(a);
    arena_free(arena);
}

static void check_refusals(void)
{
    struct err err = ERR_INIT;
    const struct strata_config none = {.n_dims = 0, .n_calls = 1000},
                               one = {.n_dims = 1, .n_calls = 1000};
    ok(adaptive_create(&none, &err) == NULL, "no dimensions are refused");
    struct adaptive *a = adaptive_create(&one, &err);
    ok(a != NULL && adaptive_merge(a, 0, "abc", 3, &err) != 0, "sums that are none are refused");
    is_int(err.code, ERR_STORE, "... as not of this store");
    adaptive_free(a);
}

int main(void)
{
    mat_setup();
    check_honesty();
    check_rising();
    check_plain_cases();
    check_classes();
    check_pieces();
    check_task();
    check_goals();
    check_refusals();
    return done_testing();
}
