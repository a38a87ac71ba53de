/* bench-learn.c: the learner's speed: how long a million candidates take, and whether a round
 * costs the same however many points the store holds.  CPU seconds of one thread. */
#include "bench.h"
#include "search-problems.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

/* ---- scoring -------------------------------------------------------------------------------- */

enum { SCORED = 1000000, SCORE_DIMS = 8, SCORE_ROWS = 2000 };

static enum truth within(const void *context, const double *margins)
{
    (void)context;
    return margins[0] > 0 && margins[1] > 0 ? TRUTH_YES : TRUTH_NO;
}

struct score_rows {
    float x[SCORE_ROWS * SCORE_DIMS], margins[SCORE_ROWS * 2];
    int8_t label[SCORE_ROWS], is_failed[SCORE_ROWS];
};

/* Products of pairs, so that no sum of functions of single inputs will do. */
static void fill_rows(struct score_rows *rows)
{
    struct rng rng = rng_stream(1, RNG_TEST, 0);
    for (size_t i = 0; i < SCORE_ROWS; i++) {
        float *x = rows->x + i * SCORE_DIMS;
        double v = 0;
        for (size_t j = 0; j < SCORE_DIMS; j++)
            x[j] = (float)rng_uniform(&rng);
        for (size_t j = 0; j < SCORE_DIMS; j++)
            v += sin(9.0 * (double)x[j] * (double)x[(j + 1) % SCORE_DIMS]);
        rows->margins[2 * i] = (float)(v - 3);
        rows->margins[2 * i + 1] = (float)(4 - v);
        rows->label[i] = v > 3 && v < 4;
    }
}

static int score(size_t members, const struct score_rows *rows, const float *x, float *target,
                 double *seconds, struct err *err)
{
    struct learn_config config = {.n_inputs = SCORE_DIMS,
                                  .n_margins = 2,
                                  .use_label = true,
                                  .members = members,
                                  .hidden = 64,
                                  .steps = 20,
                                  .learner = LEARNER_NETWORK,
                                  .label_of = within};
    struct learn_data data = {.n = SCORE_ROWS,
                              .x = rows->x,
                              .label = rows->label,
                              .is_failed = rows->is_failed,
                              .margins = rows->margins};
    struct prediction out = {.target = target};
    struct learn_metrics metrics;
    struct ensemble *model = learn_train(&config, &data, NULL, &metrics, err);
    int rc = -1;
    if (model == NULL)
        return -1;
    double began = clock_thread_cpu_s();
    rc = ensemble_predict(model, SCORED, x, &out, err);
    *seconds = clock_thread_cpu_s() - began;
    ensemble_free(model);
    return rc;
}

int bench_score(const struct bench *bench, struct err *err)
{
    struct score_rows *rows = mem_new(struct score_rows);
    float *x = mem_array((size_t)SCORED * SCORE_DIMS, sizeof *x);
    float *target = mem_array(SCORED, sizeof *target);
    struct rng rng = rng_stream(2, RNG_TEST, 0);
    char measured[64];
    double seconds;
    int rc = -1;
    (void)bench;
    if (rows == NULL || x == NULL || target == NULL) {
        mem_error(err);
        goto out;
    }
    fill_rows(rows);
    for (size_t i = 0; i < (size_t)SCORED * SCORE_DIMS; i++)
        x[i] = (float)rng_uniform(&rng);
    TRY(score(5, rows, x, target, &seconds, err));
    snprintf(measured, sizeof measured, "%.2f s", seconds);
    bench_row("score", "1e6 candidates, 8 inputs, five networks of 64 units", measured, "<= 1 s");
    TRY(score(1, rows, x, target, &seconds, err));
    snprintf(measured, sizeof measured, "%.2f s", seconds);
    bench_row("score", "the same by one network", measured, "<= 1 s");
    rc = 0;
out:
    mem_free(rows);
    mem_free(x);
    mem_free(target);
    return rc;
}

/* ---- a round as the store grows ------------------------------------------------------------- */

/* n uniform points of rounds 0 and 1 into the survey. */
static int fill_survey(struct loop *loop, size_t n, struct err *err)
{
    double row[PROBLEM_MAX_DIMS + 2], margins[64], unit[PROBLEM_MAX_DIMS];
    struct rng rng = rng_stream(3, RNG_TEST, n);
    for (size_t i = 0; i < n; i++) {
        struct verdict verdict;
        for (size_t j = 0; j < loop->problem->d; j++)
            unit[j] = rng_uniform(&rng);
        loop_eval(loop, unit, row, &verdict, margins);
        struct survey_point point = {.id = i + 1,
                                     .round = i > 1000,
                                     .origin = ORIGIN_START,
                                     .state = verdict.label > 0 ? STATE_ACCEPTED : STATE_REJECTED,
                                     .density = 1,
                                     .unit = unit,
                                     .margins = margins};
        if (survey_add(loop->survey, 1, &point, err) != 0)
            return -1;
    }
    loop->next_id = n + 1;
    loop->round = 3;
    return 0;
}

struct round_cost {
    double snapshot, train, propose;
};

/* The second of two rounds: the first has no model to begin with. */
static int measure_round(size_t n, struct round_cost *cost, struct err *err)
{
    struct loop loop;
    int rc = -1;
    TRY(loop_open(&loop, problem_find("shells3"), METHOD_CLASSIFIER, 1, err));
    TRY(loop_begin(&loop, err));
    TRY(fill_survey(&loop, n, err));
    TRY(loop_step(&loop, err));
    loop.round = 4; /* both parts are trained in every fourth round */
    double began = clock_thread_cpu_s();
    TRY(loop_step(&loop, err));
    cost->train = loop.held.train_s;
    cost->propose = loop.held.propose_s;
    cost->snapshot = clock_thread_cpu_s() - began - cost->train - cost->propose;
    rc = 0;
out:
    loop_close(&loop);
    return rc;
}

int bench_grow(const struct bench *bench, struct err *err)
{
    static const size_t sizes[] = {10000, 100000, 1000000};
    (void)bench;
    for (size_t i = 0; i < sizeof sizes / sizeof sizes[0]; i++) {
        struct round_cost cost;
        char measured[64], what[80];
        if (measure_round(sizes[i], &cost, err) != 0)
            return -1;
        snprintf(what, sizeof what, "%zu points: sample, train, propose a round", sizes[i]);
        snprintf(measured, sizeof measured, "%.3f %.3f %.3f s", cost.snapshot, cost.train,
                 cost.propose);
        bench_row("grow", what, measured, "the same");
    }
    return 0;
}
