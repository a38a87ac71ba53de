/* bench-learn.c: the learner's speed: how long a million candidates take.  CPU seconds of one
 * thread. */
#include "bench.h"

#include <math.h>
#include <stdio.h>

enum { SCORED = 1000000, SCORE_DIMS = 8, SCORE_ROWS = 2000 };
/* The network of an integration over 8 parameters: told of the axes, eight more coordinates, a
 * distance and log q, with three gates. */
enum { CELL_INPUTS = 2 * SCORE_DIMS + 2, CELL_GATES = 3, CELL_BLOCK = 512 };

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

/* As the integration asks it: block by block. */
static int score_cells(double *seconds, struct err *err)
{
    size_t n = SCORE_ROWS, i, k;
    float *x = mem_array(n * CELL_INPUTS, sizeof *x), *gates = mem_array(n * CELL_GATES, sizeof *x);
    float *y = mem_array(n, sizeof *y), *weight = mem_array(n, sizeof *weight);
    struct regress_config config = {
        .n_inputs = CELL_INPUTS, .n_gates = CELL_GATES, .n_hidden = 64, .steps = 20};
    struct rng rng = rng_stream(3, RNG_TEST, 0);
    struct regressor *model = NULL;
    int rc = -1;

    if (x == NULL || gates == NULL || y == NULL || weight == NULL) {
        mem_error(err);
        goto out;
    }
    for (i = 0; i < n; i++) {
        for (k = 0; k < CELL_INPUTS; k++)
            x[i * CELL_INPUTS + k] = (float)rng_uniform(&rng);
        for (k = 0; k < CELL_GATES; k++)
            gates[i * CELL_GATES + k] = 1.0f / CELL_GATES;
        y[i] = x[i * CELL_INPUTS] * x[i * CELL_INPUTS + 1];
        weight[i] = 1;
    }
    model = learn_regress(
        &config,
        &(struct regress_data){
            .n = n, .n_in = n - n / 5, .x = x, .gates = gates, .y = y, .weight = weight},
        err);
    TRY(model == NULL);
    double began = clock_thread_cpu_s();
    for (i = 0; i < SCORED; i += CELL_BLOCK) {
        size_t from = i % (n - CELL_BLOCK);
        TRY(regressor_predict(model, CELL_BLOCK, x + from * CELL_INPUTS, gates + from * CELL_GATES,
                              y, err));
    }
    *seconds = clock_thread_cpu_s() - began;
    rc = 0;
out:
    regressor_free(model);
    mem_free(x);
    mem_free(gates);
    mem_free(y);
    mem_free(weight);
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
    TRY(score_cells(&seconds, err));
    snprintf(measured, sizeof measured, "%.2f s", seconds);
    bench_row("score", "1e6 points by the network of an integration, 8 parameters", measured,
              "<= 1 s");
    rc = 0;
out:
    mem_free(rows);
    mem_free(x);
    mem_free(target);
    return rc;
}
