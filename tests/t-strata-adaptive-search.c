/* t-strata-adaptive-search.c: adaptive sampling with a narrow peak beside a wide one, which its
 * first points do not meet: the search does, a share of the points is drawn there with a density
 * that is known, and where that does not suffice it says so.  The search is a piece like others:
 * whoever does it, and whenever it was killed, the same comes out.  Without such a peak it leaves
 * no trace. */
#include "../src/strata/adaptive.h"

#include "tap.h"

#include <math.h>
#include <string.h>

enum { N_DIMS = 3, N_CALLS = 60000 };
static const double wide = 0.12, narrow = 0.01; /* widths; 2 sigma of the narrow one: 3.4e-5 */

static double normal(const double *x, const double *mean, double width)
{
    double square = 0;
    for (size_t j = 0; j < N_DIMS; j++)
        square += (x[j] - mean[j]) / width * (x[j] - mean[j]) / width;
    return exp(-0.5 * square) / pow(width * sqrt(2 * M_PI), N_DIMS);
}

static const double places[2][N_DIMS] = {{0.4, 0.55, 0.5}, {0.77, 0.21, 0.68}};

static double two_peaks(const double *x)
{
    return 0.75 * normal(x, places[0], wide) + 0.25 * normal(x, places[1], narrow);
}

static double two_narrow(const double *x)
{
    return normal(x, places[0], 0.015) + normal(x, places[1], 0.015);
}

static double truth_of_two(void)
{
    double part = 0.75;
    for (size_t j = 0; j < N_DIMS; j++)
        part *= 0.5 *
                (erf((1 - places[0][j]) / (wide * M_SQRT2)) + erf(places[0][j] / (wide * M_SQRT2)));
    return part + 0.25;
}

static double smooth(const double *x)
{
    return exp(x[0] + x[1] - x[2]);
}

static double box(const double *x)
{
    return fabs(x[0] - 0.31) < 0.016 && fabs(x[1] - 0.62) < 0.016 && fabs(x[2] - 0.44) < 0.016;
}

struct function {
    double (*at)(const double *x);
};

static int eval(void *context, size_t n, const double *x, double *values, struct err *err)
{
    const struct function *function = context;
    (void)err;
    for (size_t i = 0; i < n; i++)
        values[i] = function->at(x + i * N_DIMS);
    return 0;
}

static struct adaptive *create_with(uint64_t seed, uint64_t n_calls)
{
    const struct strata_config config = {.n_dims = N_DIMS, .seed = seed, .n_calls = n_calls};
    struct err err = ERR_INIT;
    struct adaptive *a = adaptive_create(&config, &err);
    if (a == NULL)
        bail_out("begins: %s", err.message);
    return a;
}

static struct adaptive *create(uint64_t seed)
{
    return create_with(seed, N_CALLS);
}

/* One round, or all of them. */
static void run(struct adaptive *a, const struct integrand *integrand, bool is_one)
{
    struct err err = ERR_INIT;
    struct buf sums;
    size_t n;
    buf_init(&sums, 1 << 26);
    while ((n = adaptive_n_chunks(a)) > 0) {
        for (size_t k = 0; k < n; k++) {
            buf_clear(&sums);
            if (adaptive_chunk(a, k, integrand, &sums, &err) != 0 ||
                adaptive_merge(a, k, sums.data, sums.len, &err) != 0)
                bail_out("runs: %s", err.message);
        }
        if (is_one)
            break;
    }
    buf_free(&sums);
}

static struct strata_result result_of(const struct adaptive *a, struct arena *arena)
{
    struct strata_result result;
    struct err err = ERR_INIT;
    if (adaptive_result(a, arena, &result, &err) != 0)
        bail_out("a result: %s", err.message);
    return result;
}

/* Returns a seed with which there are Gaussians in the proposal. */
static uint64_t check_peaks(void)
{
    enum { N_SEEDS = 12 };
    struct function function = {two_peaks};
    const struct integrand integrand = {N_DIMS, eval, &function};
    size_t n = 0, n_far = 0, n_over = 0, n_searched = 0, n_peaks = 0;
    double pull2 = 0, truth = truth_of_two();
    uint64_t with_peaks = 1;
    for (uint64_t seed = 1; seed <= N_SEEDS; seed++) {
        struct arena *arena = arena_create();
        struct adaptive *a = create(seed);
        run(a, &integrand, false);
        struct strata_result r = result_of(a, arena);
        double pull = (r.integral - truth) / r.error;
        n_over += r.n_calls > N_CALLS;
        if (a->shapes[a->n_trainings].peaks != NULL) {
            n_peaks++;
            with_peaks = seed;
        }
        n_searched += r.rounds[1].stage == STAGE_SEARCH && r.rounds[1].n > N_CALLS / 50 &&
                      r.rounds[1].n < N_CALLS / 7;
        n += r.is_converged;
        n_far += r.is_converged && fabs(pull) > 4;
        pull2 += r.is_converged ? pull * pull : 0;
        adaptive_free(a);
        arena_free(arena);
    }
    note("%zu converged, pull %.2f; %zu with peaks", n, sqrt(pull2 / fmax((double)n, 1)), n_peaks);
    is_size(n_searched, N_SEEDS, "a search with some of the calls comes after the uniform ones");
    is_size(n_over, 0, "never more calls than allowed");
    ok(n_peaks >= 4, "a narrow peak gets Gaussians of its own: %zu of 12 seeds", n_peaks);
    ok(n >= 8, "... and %zu runs converge", n);
    is_size(n_far, 0, "... to the truth");
    return with_peaks;
}

/* Adds 1/q at the points of a chunk; returns how many they are. */
static size_t add_chunk(const struct adaptive *a, size_t chunk, double *sum, size_t *n_same)
{
    struct chunk_range range = adaptive_range(a, chunk);
    size_t n = chunk_size(&range);
    double *x = mem_array(n, (N_DIMS + 3) * sizeof *x), *q, *there;
    struct err err = ERR_INIT;
    if (x == NULL)
        bail_out("memory");
    q = x + n * N_DIMS;
    there = q + 2 * n;
    const struct chunk_points points = {x, q, q + n};
    if (adaptive_points(a, chunk, &points, &err) != 0)
        bail_out("points: %s", err.message);
    shape_add_density(&a->shapes[a->n_trainings], 1, n, x, there);
    for (size_t i = 0; i < n; i++) {
        *n_same += fabs(there[i] - q[i]) <= 1e-7 * q[i];
        *sum += 1 / q[i];
    }
    if (chunk == 0)
        ok(4 * range.n_peaks >= range.n, "%zu of %zu points are drawn from the peaks",
           (size_t)range.n_peaks, n);
    mem_free(x);
    return n;
}

/* With peaks in the proposal: its density is one, and that of the points that it places. */
static void check_density(struct adaptive *a)
{
    size_t n = 0, n_same = 0;
    double sum = 0;
    a->first = 0; /* as if the estimate were to be made again */
    for (size_t k = 0; k < adaptive_n_chunks(a); k++)
        n += add_chunk(a, k, &sum, &n_same);
    a->first = a->behind;
    is_size(n_same, n, "the density of each of %zu points is that of its place", n);
    is_near(sum / (double)n, 1, 0.01, "... and its integral is 1");
}

/* A state that goes through bytes after each round, the search among them, done by one that is told
 * of the task alone. */
static void check_bytes(uint64_t seed)
{
    struct function function = {two_peaks};
    const struct integrand integrand = {N_DIMS, eval, &function};
    struct arena *arena = arena_create();
    struct adaptive *whole = create(seed), *a = create(seed);
    struct err err = ERR_INIT;
    struct buf state, task, here, there;
    struct buf *const bufs[] = {&state, &task, &here, &there};
    size_t n, n_rounds = 0, n_same = 0;
    for (size_t i = 0; i < 4; i++)
        buf_init(bufs[i], 1 << 26);
    run(whole, &integrand, false);
    ok(whole->shapes[whole->n_trainings].peaks != NULL, "this one has peaks");
    while ((n = adaptive_n_chunks(a)) > 0) {
        struct adaptive *worker;
        for (size_t i = 0; i < 4; i++)
            buf_clear(bufs[i]);
        if (adaptive_write_task(a, &task, &err) != 0 ||
            (worker = adaptive_read(task.data, task.len, &err)) == NULL ||
            adaptive_chunk(a, n - 1, &integrand, &here, &err) != 0 ||
            adaptive_chunk(worker, n - 1, &integrand, &there, &err) != 0)
            bail_out("a task: %s", err.message);
        n_rounds++;
        n_same += here.len == there.len && memcmp(here.data, there.data, here.len) == 0;
        adaptive_free(worker);
        run(a, &integrand, true);
        if (adaptive_write(a, &state, &err) != 0)
            bail_out("writes: %s", err.message);
        adaptive_free(a);
        if ((a = adaptive_read(state.data, state.len, &err)) == NULL)
            bail_out("reads: %s", err.message);
    }
    is_size(n_same, n_rounds, "a worker that is told the task alone does the same in every round");
    struct strata_result first = result_of(whole, arena), then = result_of(a, arena);
    is_mem(&then.integral, &first.integral, sizeof first.integral, "the same, bit for bit");
    is_mem(&then.error, &first.error, sizeof first.error, "... its error too");
    adaptive_free(a);
    a = create(seed);
    run(a, &integrand, true); /* the uniform round */
    ok(adaptive_merge(a, 0, "abc", 3, &err) != 0, "a search that is none is refused");
    is_int(err.code, ERR_STORE, "... as not of this store");
    adaptive_free(a);
    adaptive_free(whole);
    for (size_t i = 0; i < 4; i++)
        buf_free(bufs[i]);
    arena_free(arena);
}

/* What the search has met and the calls do not hold. */
static void check_alarm(struct adaptive *a, struct arena *arena)
{
    struct strata_result r = result_of(a, arena);
    ok(!(r.alarms & ALARM_SEARCH), "no alarm of the search: %s", r.why);
    a->found.mass[ADAPTIVE_TAIL - 2] = 10 * r.error;
    a->found.mass_most[ADAPTIVE_TAIL - 2] = 4321;
    r = result_of(a, arena);
    ok((r.alarms & ALARM_SEARCH) && !r.is_converged, "peaks that no call holds are an alarm");
    ok(strstr(r.why, "4.32e+03") != NULL && strstr(r.why, "method cells") != NULL,
       "... which says what to do: %s", r.why);
}

/* Where few calls carry |F| and there were too few to look for others, nobody knows of them. */
static void check_short(void)
{
    struct function pair = {two_narrow}, hill = {smooth};
    size_t n_told = 0, n_calm = 0;
    for (uint64_t seed = 1; seed <= 8; seed++) {
        const struct integrand integrand = {N_DIMS, eval, &pair}, even = {N_DIMS, eval, &hill};
        struct arena *arena = arena_create();
        struct adaptive *a = create_with(seed, 5000), *b = create_with(seed, 5000);
        run(a, &integrand, false);
        struct strata_result r = result_of(a, arena);
        n_told += r.alarms & ALARM_SEARCH && strstr(r.why, "separate peaks") != NULL;
        run(b, &even, false);
        r = result_of(b, arena);
        n_calm += !(r.alarms & ALARM_SEARCH);
        adaptive_free(a);
        adaptive_free(b);
        arena_free(arena);
    }
    is_size(n_told, 8, "a search that was too short for narrow peaks says so");
    is_size(n_calm, 8, "... not where |F| is even");
}

static void check_others(void)
{
    struct function flat = {smooth}, far = {box};
    const struct integrand integrand = {N_DIMS, eval, &flat}, rare = {N_DIMS, eval, &far};
    struct arena *arena = arena_create();
    struct adaptive *a = create(1);
    run(a, &integrand, false);
    struct strata_result r = result_of(a, arena);
    ok(r.is_converged && !a->has_peaks, "a smooth function has no peaks: %s", r.why);
    ok(a->shapes[a->n_trainings].peaks == NULL, "... and nothing is drawn from any");
    adaptive_free(a);
    a = create(1);
    run(a, &rare, false);
    r = result_of(a, arena);
    ok(r.alarms & ALARM_SEARCH, "where F was 0 at all points there was nothing to search from: %s",
       r.why);
    adaptive_free(a);
    arena_free(arena);
}

int main(void)
{
    struct function function = {two_peaks};
    const struct integrand integrand = {N_DIMS, eval, &function};
    struct arena *arena = arena_create();
    struct adaptive *a;
    uint64_t seed;
    mat_setup();
    seed = check_peaks();
    a = create(seed);
    run(a, &integrand, false);
    check_density(a);
    check_alarm(a, arena);
    adaptive_free(a);
    arena_free(arena);
    check_bytes(seed);
    check_short();
    check_others();
    return done_testing();
}
