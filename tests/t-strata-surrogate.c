/* t-strata-surrogate.c: what the surrogate explains of functions of known form, on points it has
 * not seen; that it is never much worse than a constant; that bytes bring it back. */
#include "tap.h"

#include "../src/strata/surrogate.h"

#include <math.h>
#include <string.h>

enum { ROWS = 6000, FRESH = 4000, DIMS = 4 };

typedef double function(const double *x);

static double steps(const double *x)
{
    return (x[0] < 0.37 ? 1.0 : 0.1) * exp(-4.0 * fabs(x[1] - 0.6)) * (1.0 + x[2] * x[3]);
}

static double peaks(const double *x)
{
    double sum = 0.0;

    for (int k = 0; k < 2; k++) {
        double squares = 0.0, at = k == 0 ? 0.3 : 0.7;

        for (int j = 0; j < DIMS; j++)
            squares += (x[j] - at) * (x[j] - at) / 0.015;
        sum += (k == 0 ? 1.0 : -1.0) * exp(-0.5 * squares);
    }
    return 50.0 * sum;
}

static double shell(const double *x)
{
    double squares = 0.0;

    for (int j = 0; j < DIMS; j++)
        squares += (x[j] - 0.45) * (x[j] - 0.45);
    return exp(-0.5 * pow((sqrt(squares) - 0.35) / 0.04, 2.0));
}

static double wave(const double *x)
{
    return 1.0 + sin(3.0 * x[0] + 2.0 * x[1] * x[1] - x[2]) * cos(2.0 * x[3]);
}

static double chaos(const double *x)
{
    double s = 1e5 * (x[0] + 2.0 * x[1] + 3.0 * x[2] + 5.0 * x[3]);

    return sin(s) + 3.0 * (sin(17.0 * s) > 0.999 ? 1000.0 : 0.0);
}

static double flat(const double *x)
{
    (void)x;
    return 2.5;
}

struct points {
    size_t n;
    double x[ROWS * DIMS], h[ROWS], weight[ROWS], said[ROWS];
};
static struct points fitted, fresh;

/* n points of q with F/q at them. */
static void draw(const struct proposal *q, function *f, size_t n, struct rng *rng,
                 struct points *points)
{
    points->n = n;
    for (size_t i = 0; i < n; i++) {
        double u[DIMS], which = rng_uniform(rng), density;
        size_t part = 0;

        while (part + 1 < proposal_n_parts(q) && which > proposal_share(q, part))
            which -= proposal_share(q, part++);
        for (int j = 0; j < DIMS; j++)
            u[j] = rng_uniform(rng);
        proposal_map(q, part, 1, u, points->x + i * DIMS);
        proposal_density(q, 1, points->x + i * DIMS, &density, NULL);
        points->h[i] = f(points->x + i * DIMS) / density;
        points->weight[i] = 1.0;
    }
}

/* A proposal that has seen 2000 uniform points. */
static struct proposal *propose(function *f, struct rng *rng)
{
    struct err err = ERR_INIT;
    struct proposal *uniform = proposal_uniform(DIMS, &err), *q;

    draw(uniform, f, 2000, rng, &fitted);
    for (size_t i = 0; i < fitted.n; i++)
        fitted.weight[i] = fabs(fitted.h[i]);
    q = proposal_fit(
        &(struct proposal_config){.n_parts_most = 8, .uniform = 0.1, .seed = 1, .round = 1},
        &(struct proposal_data){
            .n = fitted.n, .n_dims = DIMS, .x = fitted.x, .weight = fitted.weight},
        NULL, &err);
    proposal_free(uniform);
    return q;
}

static struct surrogate *fit(const struct proposal *q, bool no_network,
                             const struct surrogate *warm)
{
    struct err err = ERR_INIT;
    struct surrogate *s = surrogate_fit(
        &(struct surrogate_config){.proposal = q, .seed = 5, .round = 3, .no_network = no_network},
        &(struct surrogate_data){
            .n = fitted.n, .n_dims = DIMS, .x = fitted.x, .h = fitted.h, .weight = fitted.weight},
        warm, &err);

    if (!s)
        fail("surrogate_fit: %s", err.message);
    return s;
}

/* Share of the variance that is left on fresh points. */
static double left_of(const struct surrogate *s)
{
    struct err err = ERR_INIT;
    double mean = 0.0, all = 0.0, left = 0.0;

    if (surrogate_predict(s, fresh.n, fresh.x, NULL, fresh.said, &err) != 0)
        return NAN;
    for (size_t i = 0; i < fresh.n; i++)
        mean += fresh.h[i] / (double)fresh.n;
    for (size_t i = 0; i < fresh.n; i++) {
        all += (fresh.h[i] - mean) * (fresh.h[i] - mean);
        left += (fresh.h[i] - fresh.said[i]) * (fresh.h[i] - fresh.said[i]);
    }
    return left / all;
}

static void check_bytes(const struct surrogate *s, const struct proposal *q, const char *name)
{
    struct err err = ERR_INIT;
    struct buf bytes;
    struct surrogate *again;
    const char *at;
    size_t n;
    static double said[FRESH];

    buf_init(&bytes, 64 << 20);
    ok(surrogate_write(s, &bytes, &err) == 0, "%s: to bytes", name);
    at = bytes.data;
    n = bytes.len;
    again = surrogate_read(&at, &n, q, &err);
    if (ok(again != NULL, "%s: and back", name)) {
        is_size(n, 0, "%s: all bytes are read", name);
        surrogate_predict(again, fresh.n, fresh.x, NULL, said, &err);
        surrogate_predict(s, fresh.n, fresh.x, NULL, fresh.said, &err);
        is_mem(said, fresh.said, fresh.n * sizeof *said, "%s: the same is said", name);
    }
    surrogate_free(again);
    for (size_t cut = 0; cut < bytes.len; cut += 1 + bytes.len / 40) {
        at = bytes.data;
        n = cut;
        again = surrogate_read(&at, &n, q, &err);
        if (again)
            break;
    }
    ok(again == NULL, "%s: bytes that end too early are refused", name);
    surrogate_free(again);
    buf_free(&bytes);
}

static void check_function(const char *name, function *f, double left_most)
{
    struct rng rng = rng_stream(11, RNG_TEST, 0);
    struct proposal *q = propose(f, &rng);
    struct surrogate *s, *twin;
    double left, said;

    if (!ok(q != NULL, "%s: a proposal", name))
        return;
    draw(q, f, ROWS, &rng, &fitted);
    draw(q, f, FRESH, &rng, &fresh);
    s = fit(q, false, NULL);
    left = left_of(s);
    said = 1.0 - surrogate_explains(s);
    ok(left < left_most, "%s: %.2g is left, at most %.2g (%s)", name, left, left_most,
       surrogate_words(s));
    ok(said < 5.0 * left + 1e-3 && left < 8.0 * said + 1e-3,
       "%s: what it says of itself, %.2g, is near that", name, said);
    check_bytes(s, q, name);
    left_of(s);
    memcpy(fitted.said, fresh.said, fresh.n * sizeof *fresh.said);
    twin = fit(q, false, NULL);
    left_of(twin);
    is_mem(fresh.said, fitted.said, fresh.n * sizeof *fresh.said, "%s: the same again", name);
    surrogate_free(twin);
    surrogate_free(s);
    proposal_free(q);
}

/* Shares that are given, rows that are no numbers, far too few rows. */
static void check_rows(void)
{
    struct rng rng = rng_stream(12, RNG_TEST, 0);
    struct err err = ERR_INIT;
    struct proposal *q = propose(peaks, &rng);
    size_t parts = proposal_n_parts(q);
    double *shares = mem_array(FRESH * parts, sizeof *shares), density[FRESH], worst = 0.0;
    static double said[FRESH];
    struct surrogate *s;

    draw(q, peaks, ROWS, &rng, &fitted);
    draw(q, peaks, FRESH, &rng, &fresh);
    for (size_t i = 0; i < ROWS; i += 7)
        fitted.h[i] = NAN;
    for (size_t i = 0; i < ROWS; i += 11)
        fitted.weight[i] = i % 2 == 0 ? 0.0 : 1e9;
    s = fit(q, true, NULL);
    ok(left_of(s) < 0.1, "failed calls and wild weights do no harm: %.2g is left", left_of(s));
    proposal_density(q, FRESH, fresh.x, density, shares);
    surrogate_predict(s, FRESH, fresh.x, shares, said, &err);
    for (size_t i = 0; i < FRESH; i++)
        worst = fmax(worst, fabs(said[i] - fresh.said[i]) / (1.0 + fabs(said[i])));
    ok(worst < 1e-6, "with the shares given the same is said, within %.1e", worst);
    surrogate_free(s);
    for (size_t n = 0; n < 70; n += n < 5 ? 1 : 31) {
        fitted.n = n;
        s = fit(q, false, NULL);
        surrogate_predict(s, FRESH, fresh.x, NULL, said, &err);
        worst = 0.0;
        for (size_t i = 0; i < FRESH; i++)
            worst = isfinite(said[i]) ? worst : 1.0;
        ok(worst == 0.0, "%zu rows: what is said is a number (%s)", n, surrogate_words(s));
        surrogate_free(s);
    }
    mem_free(shares);
    proposal_free(q);
}

static void check_memory(void)
{
    struct rng rng = rng_stream(13, RNG_TEST, 0);
    struct proposal *q = propose(wave, &rng);
    unsigned long n, n_failed = 0;

    draw(q, wave, 400, &rng, &fitted);
    for (n = 1; n < 100000; n += 1 + n / 8) {
        struct err err = ERR_INIT;
        struct surrogate *s;

        mem_fail_at(n);
        s = surrogate_fit(&(struct surrogate_config){.proposal = q, .seed = 5, .round = 3},
                          &(struct surrogate_data){.n = fitted.n,
                                                   .n_dims = DIMS,
                                                   .x = fitted.x,
                                                   .h = fitted.h,
                                                   .weight = fitted.weight},
                          NULL, &err);
        mem_fail_at(0);
        if (s) {
            surrogate_free(s);
            break;
        }
        n_failed += err.code == ERR_MEMORY;
    }
    ok(n_failed > 10, "without memory it fails and says so, %lu times", n_failed);
    proposal_free(q);
}

int main(void)
{
    mat_setup();
    check_function("steps and kinks", steps, 0.001);
    check_function("two peaks", peaks, 0.001);
    check_function("shell", shell, 0.01);
    check_function("wave", wave, 0.002);
    check_function("chaos", chaos, 1.02);
    check_rows();
    {
        struct rng rng = rng_stream(14, RNG_TEST, 0);
        struct proposal *q = propose(flat, &rng);
        struct surrogate *s;

        draw(q, flat, ROWS, &rng, &fitted);
        draw(q, flat, FRESH, &rng, &fresh);
        s = fit(q, false, NULL);
        ok(left_of(s) < 1e-3, "a constant integrand is explained: %.2g left", left_of(s));
        surrogate_free(s);
        proposal_free(q);
    }
    check_memory();
    return done_testing();
}
