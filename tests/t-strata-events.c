/* t-strata-events.c: events have the density |F| and F's signs, whatever was known before they were
 * made, and nothing is dropped.
 *
 * F on the unit square is a narrow ridge, a negative box, a part that is 0 and a part where calls
 * fail; its shares are known in closed form.  Histograms of many runs are compared with them by
 * chi2; weights above 1 come from limits that are put too low. */
#include "theodolite/strata.h"

#include "tap.h"

#include <math.h>
#include <string.h>

enum { BINS = 10, RUNS = 24 };
static const double BIN_LEAST = 0.004; /* of |F|: chi2 wants a few events in each bin */
static const double RIDGE = 0.05, MIDDLE = 0.31;

static double f(double x, double y)
{
    double z = (x - MIDDLE) / RIDGE;
    if (x > 0.9)
        return (double)NAN;
    if (x > 0.7)
        return y < 0.5 ? -0.4 : 0.0;
    return exp(-0.5 * z * z) * (0.5 + y);
}

/* int |F| over lo < x < hi, and over y. */
static double share(double lo, double hi)
{
    double scale = RIDGE * sqrt(2.0), ridge_hi = fmin(hi, 0.7), sum = 0.0;
    if (ridge_hi > lo)
        sum += RIDGE * sqrt(0.5 * 3.141592653589793) *
               (erf((ridge_hi - MIDDLE) / scale) - erf((lo - MIDDLE) / scale));
    if (hi > 0.7)
        sum += 0.2 * (fmin(hi, 0.9) - fmax(lo, 0.7));
    return sum;
}

struct histogram {
    double x[BINS], y[BINS]; /* sums of |weight| */
    double sum, squares, negative, most;
    uint64_t n, n_wrong; /* events where F is 0 or failed, or of the wrong sign */
};

static void fill(struct histogram *h, const double *at, double weight)
{
    double size = fabs(weight), value = f(at[0], at[1]);
    h->x[(int)(at[0] * BINS)] += size;
    h->y[(int)(at[1] * BINS)] += size;
    h->sum += size;
    h->squares += size * size;
    h->negative += weight < 0.0 ? size : 0.0;
    h->most = fmax(h->most, size);
    h->n++;
    h->n_wrong += !(value * weight > 0.0);
}

/* One run; -1 with the error told. */
static int run(const struct events_config *config, const struct buf *frozen, struct histogram *h,
               struct events_result *result)
{
    enum { MOST = 60000 };
    static double values[MOST];
    static struct events_class classes[STRATA_CLASSES];
    struct err err = ERR_INIT;
    struct events_batch batch;
    struct events_taken taken;
    struct events *events = events_create(config, frozen != NULL ? frozen->data : NULL,
                                          frozen != NULL ? frozen->len : 0, &err);
    int rc = events != NULL ? 0 : -1;
    memset(h, 0, sizeof *h);
    while (rc == 0 && (rc = events_next(events, &batch, &err)) == 0 && batch.n > 0) {
        for (size_t i = 0; i < batch.n; i++)
            values[i] = f(batch.units[2 * i], batch.units[2 * i + 1]);
        rc = events_take(events, values, &taken, &err);
        for (size_t i = 0; rc == 0 && i < taken.n; i++)
            fill(h, batch.units + 2 * taken.which[i], taken.weight[i]);
    }
    if (rc != 0)
        diag("%s", err.message);
    else {
        events_result(events, result);
        memcpy(classes, result->classes, result->n_classes * sizeof *classes);
        result->classes = classes;
    }
    events_free(events);
    return rc;
}

/* Pearson's chi2 of weighted counts: the variance of a bin is scaled by sum w^2 / sum w. */
static double chi2(const struct histogram *h, double *of_y)
{
    double all = share(0.0, 1.0), sum = 0.0;
    double ridge = share(0.0, 0.7), box = share(0.7, 1.0);
    *of_y = 0.0;
    for (int b = 0; b < BINS; b++) {
        double lo = (double)b / BINS, hi = (b + 1.0) / BINS;
        double p = share(lo, hi) / all;
        double q = (ridge * (hi - lo) * (0.5 + 0.5 * (lo + hi)) +
                    box * 2.0 * (fmin(hi, 0.5) - fmin(lo, 0.5))) /
                   all;
        if (p > BIN_LEAST)
            sum += pow(h->x[b] - h->sum * p, 2.0) / (p * h->squares);
        *of_y += pow(h->y[b] - h->sum * q, 2.0) / (q * h->squares);
    }
    return sum;
}

/* Bins of x that are compared, less one. */
static int freedom(void)
{
    int n = -1;
    for (int b = 0; b < BINS; b++)
        n += share((double)b / BINS, (b + 1.0) / BINS) > BIN_LEAST * share(0.0, 1.0);
    return n;
}

/* Many runs: sums of chi2 within 4 standard deviations of what they must be. */
static void check_closure(const char *name, const struct buf *frozen, double excess, double least)
{
    struct histogram h;
    struct events_result result;
    double sum_x = 0.0, sum_y = 0.0, pull = 0.0, negative = 0.0, over = 0.0, efficiency = 0.0;
    uint64_t n = 0, n_wrong = 0, n_kept = 0, n_bad = 0;
    for (int i = 0; i < RUNS; i++) {
        struct events_config config = {.n_dims = 2,
                                       .seed = 100 + (uint64_t)i,
                                       .n_events = 1500,
                                       .n_pilot = 1000,
                                       .excess = excess};
        double of_y;
        if (run(&config, frozen, &h, &result) != 0) {
            fail("%s: run %d", name, i);
            return;
        }
        sum_x += chi2(&h, &of_y);
        sum_y += of_y;
        n += h.n;
        n_wrong += h.n_wrong;
        n_kept += result.n_over;
        negative += h.negative / h.sum;
        over += result.over_share;
        efficiency += result.efficiency / RUNS;
        n_bad += h.n != 1500 || fabs(h.sum - result.sum_absolute) > 1e-9 * h.sum ||
                 h.most != result.most || result.n_events != h.n;
        pull += pow((result.absolute - share(0.0, 1.0)) / result.absolute_error, 2.0);
    }
    double dof_x = RUNS * freedom(), dof_y = RUNS * (BINS - 1.0), want = share(0.7, 1.0);
    is_uint(n, 1500 * RUNS, "%s: as many events as were asked for", name);
    is_uint(n_wrong, 0, "... none where F is 0 or failed, all with F's sign");
    is_uint(n_bad, 0, "... the report agrees with the events");
    is_near(sum_x, dof_x, 4.0 * sqrt(2.0 * dof_x), "... histogram of x");
    is_near(sum_y, dof_y, 4.0 * sqrt(2.0 * dof_y), "... histogram of y");
    want /= share(0.0, 1.0);
    is_near(negative / RUNS, want, 4.0 * sqrt(want / (1500.0 * RUNS)), "... negative share");
    is_near(sqrt(pull / RUNS), 1.0, 0.45, "... int |F| within its error (pull %.2f)",
            sqrt(pull / RUNS));
    ok(efficiency > least, "... efficiency %.3f", efficiency);
    ok(over / RUNS < 3.0 * excess + 0.004,
       "... %.4f of the weight above the limits, %.0f asked for", over / RUNS, 1e4 * excess);
    if (efficiency > 0.5)
        ok((double)n_kept < 0.03 * (double)n,
           "... next to all have weight 1 (%.0f of %.0f have not)", (double)n_kept, (double)n);
    if (excess > 0.01)
        ok(n_kept > 0, "... those above are kept (%.0f of %.0f)", (double)n_kept, (double)n);
}

static void check_same(const struct buf *frozen)
{
    const struct events_config config = {.n_dims = 2, .seed = 7, .n_events = 500, .excess = -1.0};
    struct histogram a, b;
    struct events_result first, second;
    ok(run(&config, frozen, &a, &first) == 0 && run(&config, frozen, &b, &second) == 0 &&
           memcmp(&a, &b, sizeof a) == 0,
       "the same seed gives the same events");
    is_uint(first.n_calls, second.n_calls, "... from as many calls");
    ok(first.n_failed > 0, "calls that failed are counted (%.0f)", (double)first.n_failed);
}

/* ---- nothing to make events of -------------------------------------------------------------- */

static void check_nothing(void)
{
    const struct events_config config = {.n_dims = 2, .seed = 1, .n_events = 10, .n_pilot = 300};
    struct err err = ERR_INIT;
    struct events *events = events_create(&config, NULL, 0, &err);
    struct events_batch batch;
    struct events_taken taken;
    double values[2000] = {0.0};
    if (!ok(events != NULL && events_next(events, &batch, &err) == 0 && batch.n == 300,
            "a pilot of 300 calls"))
        return;
    is_int(events_next(events, &batch, &err), -1, "values are owed before the next points");
    err_clear(&err);
    is_int(events_take(events, values, &taken, &err), -1, "F = 0 in all of them is an error");
    has_str(err.message, "300 calls", "... that says so");
    events_free(events);
}

static void check_limit(void)
{
    const struct events_config config = {
        .n_dims = 2, .seed = 1, .n_events = 100000, .n_calls = 1500, .n_pilot = 500};
    struct histogram h;
    struct events_result result;
    ok(run(&config, NULL, &h, &result) == 0, "a limit of calls");
    is_uint(result.n_calls, 1500, "... is kept");
    ok(result.n_events > 0 && result.n_events < 1000, "... with fewer events (%.0f)",
       (double)result.n_events);
    is_uint(result.n_calls_most, 1500, "... is told");
    ok(result.n_calls_foreseen > 100000.0, "... beside what all events would take: %.3g",
       result.n_calls_foreseen);
}

/* One call in 1500 makes an event: without a word on the calls it ends too, and says where. */
static void check_no_end(void)
{
    const struct events_config config = {.n_dims = 2, .seed = 1, .n_events = 500, .excess = 0.0};
    static double values[60000];
    struct err err = ERR_INIT;
    struct events *events = events_create(&config, NULL, 0, &err);
    struct events_batch batch;
    struct events_taken taken;
    struct events_result result;
    double sum = 0.0;
    int rc = events != NULL ? 0 : -1;
    while (rc == 0 && (rc = events_next(events, &batch, &err)) == 0 && batch.n > 0) {
        for (size_t i = 0; i < batch.n; i++)
            values[i] = batch.units[2 * i] < 1.0 / 1500.0 ? 3.0 : 0.0;
        rc = events_take(events, values, &taken, &err);
        for (size_t i = 0; rc == 0 && i < taken.n; i++)
            sum += taken.weight[i];
    }
    if (!ok(rc == 0, "events that are rare (%s)", err.message))
        return;
    events_result(events, &result);
    is_uint(result.n_calls, 100000, "... end at a number of calls");
    is_uint(result.n_calls_most, 100000, "... that is told");
    ok(result.n_events > 20 && result.n_events < 500 && sum == result.sum,
       "... with those there are (%.0f)", (double)result.n_events);
    ok(result.n_calls_foreseen > 4e5 && result.n_calls_foreseen < 2e6,
       "... all of them would take %.3g", result.n_calls_foreseen);
    events_free(events);
}

static void check_memory(void)
{
    const struct events_config config = {
        .n_dims = 2, .seed = 1, .n_events = 20, .n_pilot = 100, .n_calls = 200};
    for (unsigned long k = 1;; k++) {
        struct err err = ERR_INIT;
        struct events *events;
        mem_fail_at(k);
        events = events_create(&config, NULL, 0, &err);
        mem_fail_at(0);
        if (events != NULL) {
            events_free(events);
            ok(k > 5, "every allocation may fail (%lu)", k - 1);
            return;
        }
        if (err.code != ERR_MEMORY) {
            fail("allocation %lu fails: %s", k, err.message);
            return;
        }
    }
}

/* ---- from an integration -------------------------------------------------------------------- */

enum { CALLS = 8000 };
struct known {
    double units[2 * CALLS], density[CALLS], values[CALLS];
    size_t n;
};

/* An integration of f: what it learned, and its points. */
static int integrate(struct buf *frozen, struct known *known, struct err *err)
{
    const struct strata_config config = {
        .n_dims = 2, .seed = 5, .n_calls = CALLS, .cuts = CUTS_CONTRIBUTION};
    struct strata *strata = strata_create(&config, err);
    struct strata_batch batch;
    int rc = -1;
    if (strata == NULL)
        return -1;
    for (;;) {
        double *values = known->values + known->n;
        TRY(strata_next(strata, &batch, err));
        if (batch.n == 0)
            break;
        if (known->n + batch.n > CALLS) {
            err_set(err, ERR_LIMIT, "more than %d calls", CALLS);
            goto out;
        }
        memcpy(known->units + 2 * known->n, batch.units, 2 * batch.n * sizeof *batch.units);
        memcpy(known->density + known->n, batch.density, batch.n * sizeof *batch.density);
        for (size_t i = 0; i < batch.n; i++)
            values[i] = f(batch.units[2 * i], batch.units[2 * i + 1]);
        known->n += batch.n;
        TRY(strata_take(strata, values, err));
    }
    rc = strata_write(strata, frozen, err);
out:
    strata_free(strata);
    return rc;
}

static void check_learned(void)
{
    static struct known known;
    struct err err = ERR_INIT;
    struct buf frozen, learned;
    struct strata_points points = {0, 2, known.units, known.density, known.values};
    buf_init(&frozen, 1 << 26);
    buf_init(&learned, 1 << 26);
    if (ok(integrate(&frozen, &known, &err) == 0, "an integration (%s)", err.message)) {
        ok(strata_is_frozen(frozen.data, frozen.len), "what it learned is known again");
        ok(!strata_is_frozen(frozen.data, frozen.len / 2), "... not half of it");
        check_closure("learned", &frozen, 0.001, 0.3);
        check_same(&frozen);
    }
    points.n = known.n;
    err_clear(&err);
    if (ok(strata_learn(&points, 3, &learned, &err) == 0, "learned from points (%s)", err.message))
        check_closure("from points", &learned, 0.001, 0.3);
    buf_clear(&learned);
    points.n = 250; /* most calls are then made after the first limits, for the next ones */
    err_clear(&err);
    if (ok(strata_learn(&points, 3, &learned, &err) == 0, "from few points (%s)", err.message))
        check_closure("from few points", &learned, 0.001, 0.2);
    buf_clear(&learned);
    points.n = 50;
    is_int(strata_learn(&points, 3, &learned, &err), -1, "too few points are refused");
    has_str(err.message, "integrate first", "... with what to do");
    buf_free(&frozen);
    buf_free(&learned);
}

int main(void)
{
    mat_setup();
    check_learned();
    check_closure("uniform, largest values", NULL, 0.0, 0.1);
    check_closure("uniform, limits too low", NULL, 0.05, 0.15);
    check_same(NULL);
    check_nothing();
    check_limit();
    check_no_end();
    check_memory();
    return done_testing();
}
