/* bench-grow.c: does a round cost the same however many points there are?
 *
 * Once in memory: points as a search leaves them, half of them next to accepted ones, and the parts
 * of one more round.  Then with a store: a start design of so many points in rounds of 300, each
 * with metrics as a learned round has them, and the engine's own rounds on top of it; their cost is
 * the difference between a run of many and a run of few, so that reading the store is not in it.
 * There the networks alone learn: which parts are trained is otherwise chosen by what each is
 * worth, and that differs from one set of points to the next. CPU seconds, since the machine may be
 * busy with something else. */
#include "bench.h"
#include "search-problems.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

enum { BATCH = 300, FEW = 4, MANY = 20, TIMES = 20 };
static const size_t sizes[] = {10000, 100000, 1000000};
enum { N_SIZES = sizeof sizes / sizeof sizes[0] };

/* ---- in memory ------------------------------------------------------------------------------ */

struct filler { /* accepted points that others are put next to */
    double near[256][PROBLEM_MAX_DIMS];
    size_t n_near;
    struct rng rng;
};

/* Every second point is a step away from an accepted one. */
static bool draw(struct filler *filler, size_t i, size_t d, double *unit)
{
    const double *from = filler->near[rng_below(&filler->rng, 256)];
    bool is_step = i % 2 == 1 && filler->n_near >= 256;
    for (size_t j = 0; j < d; j++)
        unit[j] = is_step ? fmin(fmax(from[j] + 0.004 * rng_normal(&filler->rng), 0), 1)
                          : rng_uniform(&filler->rng);
    return is_step;
}

static int fill_survey(struct loop *loop, size_t n, struct err *err)
{
    struct filler filler = {.rng = rng_stream(3, RNG_TEST, n)};
    double row[PROBLEM_MAX_DIMS + 2], margins[64], unit[PROBLEM_MAX_DIMS];
    for (size_t i = 0; i < n; i++) {
        struct verdict verdict;
        bool is_step = draw(&filler, i, loop->problem->d, unit);
        loop_eval(loop, unit, row, &verdict, margins);
        if (verdict.label > 0)
            memcpy(filler.near[filler.n_near++ % 256], unit, sizeof unit);
        struct survey_point point = {.id = i + 1,
                                     .round = (uint32_t)(i / BATCH),
                                     .origin = is_step ? ORIGIN_LEARNED : ORIGIN_EXPLORE,
                                     .state = verdict.label > 0 ? STATE_ACCEPTED : STATE_REJECTED,
                                     .density = is_step ? 5 : 0.5,
                                     .unit = unit,
                                     .margins = margins};
        if (survey_add(loop->survey, 1, &point, err) != 0)
            return -1;
    }
    loop->next_id = n + 1;
    loop->round = (uint32_t)(n / BATCH) + 4;
    return 0;
}

struct round_cost {
    double sample, train, propose, volume;
};

/* The second of two rounds: the first has no model to begin with. */
static int measure_round(size_t n, struct round_cost *cost, struct err *err)
{
    struct loop loop;
    struct survey_volume volume;
    int rc = -1;
    TRY(loop_open(&loop, problem_find("shells3"), METHOD_CLASSIFIER, 1, err));
    TRY(loop_begin(&loop, err));
    TRY(fill_survey(&loop, n, err));
    TRY(loop_step(&loop, err));
    loop.round = (loop.round + 3) / 4 * 4; /* both parts are trained in every fourth round */
    double began = clock_thread_cpu_s();
    TRY(loop_step(&loop, err));
    cost->train = loop.held.train_s;
    cost->propose = loop.held.propose_s;
    cost->sample = clock_thread_cpu_s() - began - cost->train - cost->propose;
    began = clock_thread_cpu_s();
    for (int i = 0; i < TIMES; i++)
        survey_volume(loop.survey, &volume);
    cost->volume = (clock_thread_cpu_s() - began) / TIMES;
    rc = 0;
out:
    loop_close(&loop);
    return rc;
}

static int grow_in_memory(size_t n, struct err *err)
{
    struct round_cost cost;
    char measured[64], what[80];
    if (measure_round(n, &cost, err) != 0)
        return -1;
    snprintf(what, sizeof what, "%zu points: sample, train, propose, volume", n);
    snprintf(measured, sizeof measured, "%.1f %.0f %.0f %.2f ms", 1e3 * cost.sample,
             1e3 * cost.train, 1e3 * cost.propose, 1e3 * cost.volume);
    bench_row("grow", what, measured, "the same");
    return 0;
}

/* ---- with a store --------------------------------------------------------------------------- */

/* Every round gets the metrics of the newest, as if all had been learned. */
static int dress_rounds(const char *db, struct err *err)
{
    struct arena *arena = arena_create();
    struct store *store = store_open(db, STORE_ENGINE, err);
    struct round_row *rows;
    size_t n;
    int rc = -1;
    if (arena == NULL || store == NULL) {
        if (arena == NULL)
            mem_error(err);
        goto out;
    }
    TRY(store_rounds(store, 0, arena, &rows, &n, err));
    TRY(store_begin(store, err));
    for (size_t i = 0; i + 1 < n; i++)
        if (rows[i].metrics == NULL) {
            rows[i].metrics = rows[n - 1].metrics;
            TRY(store_put_round(store, &rows[i], err));
        }
    rc = store_commit(store, err);
out:
    store_close(store);
    arena_free(arena);
    return rc;
}

static int run_to(const struct bench *bench, const char *name, size_t n_start, size_t n,
                  struct bench_result *result, struct err *err)
{
    static const char text[] = "goal: 1 points\n"
                               "parameters:\n"
                               "  x1: uniform -31.41592653589793 .. 31.41592653589793\n"
                               "  x2: uniform -31.41592653589793 .. 31.41592653589793\n"
                               "  x3: uniform -31.41592653589793 .. 31.41592653589793\n"
                               "calculators:\n"
                               "  shells:\n    plugin: functions.so\n    function: cos-shells\n"
                               "    inputs: [x1, x2, x3]\n    read: {O: O}\n"
                               "constraints:\n  band: O in 60 .. 200\n";
    const char *whole =
        arena_printf(bench->arena, "%ssearch:\n  learner: network\n  start: %zu\n  batch: %d\n",
                     text, n_start, BATCH);
    const char *goal = arena_printf(bench->arena, "%zu points", n);
    if (whole == NULL || goal == NULL)
        return mem_error(err);
    return bench_run(bench, &(struct bench_scan){name, whole, 1, goal}, result, err);
}

struct store_cost {
    double round, counts, status;
};

static int time_reading(const char *db, struct store_cost *cost, struct err *err)
{
    struct store *store = store_open(db, STORE_READ, err);
    struct store_counts counts;
    struct buf out;
    int rc = -1;
    buf_init(&out, 1 << 20);
    if (store == NULL)
        goto out;
    TRY(store_counts(store, &counts, err));
    double began = clock_thread_cpu_s();
    for (int i = 0; i < TIMES; i++)
        TRY(store_counts(store, &counts, err));
    cost->counts = (clock_thread_cpu_s() - began) / TIMES;
    began = clock_thread_cpu_s();
    TRY(report_status(store, &out, err));
    cost->status = clock_thread_cpu_s() - began;
    rc = 0;
out:
    store_close(store);
    buf_free(&out);
    return rc;
}

static int grow_in_store(const struct bench *bench, size_t n, struct store_cost *cost,
                         struct err *err)
{
    struct bench_result few, many;
    const char *name = arena_printf(bench->arena, "grow%zu", n);
    size_t learned = 2 * FEW * BATCH;
    if (name == NULL)
        return mem_error(err);
    if (run_to(bench, name, n, n, &few, err) != 0 ||
        run_to(bench, name, n, n + learned, &few, err) != 0 || dress_rounds(few.db, err) != 0 ||
        run_to(bench, name, n, n + learned + FEW * BATCH, &few, err) != 0 ||
        run_to(bench, name, n, n + learned + (FEW + MANY) * BATCH, &many, err) != 0 ||
        time_reading(many.db, cost, err) != 0)
        return -1;
    cost->round = (many.cpu_s - few.cpu_s) / (MANY - FEW);
    return 0;
}

int bench_grow(const struct bench *bench, struct err *err)
{
    struct store_cost cost[N_SIZES];
    char measured[64], what[80];
    for (size_t i = 0; i < N_SIZES; i++)
        if (grow_in_memory(sizes[i], err) != 0)
            return -1;
    for (size_t i = 0; i < N_SIZES; i++) {
        if (grow_in_store(bench, sizes[i], &cost[i], err) != 0)
            return -1;
        snprintf(what, sizeof what, "%zu points stored: a round; counts, status once", sizes[i]);
        snprintf(measured, sizeof measured, "%.0f; %.2f %.0f ms", 1e3 * cost[i].round,
                 1e3 * cost[i].counts, 1e3 * cost[i].status);
        bench_row("grow", what, measured, "the same");
    }
    snprintf(measured, sizeof measured, "%.2f", cost[N_SIZES - 1].round / cost[N_SIZES - 2].round);
    bench_row("grow", "a round after 1e6 points over one after 1e5", measured, "about 1");
    return 0;
}
