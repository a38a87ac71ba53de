/* trial.c: is a level (level.c) wanted, and is it good enough?
 *
 * What it does: where a target is thick beside the spacing of the points, a Gaussian process that
 * regresses the label knows it well, while a level goes on promising places where nothing is.  So
 * both are asked about rows that neither has seen, each score calibrated by itself.  A level is
 * taken where the process leaves most of what there is to know (the entropy of the labels) and the
 * level clearly less.
 *
 * What it does not: keep the process.  The model fits its own, warm, round after round. */
#include "calibrate.h"
#include "kernel.h"
#include "level.h"

#include <math.h>
#include <string.h>

enum { OUT_MAX = 1500 }; /* at least KERNEL_MAX */
/* Of what there is to know the process leaves at least this share where a level is wanted. */
static const double thin = 0.5;
/* And the level leaves at most this one; more while the accepted points are few. */
static const double poor = 0.5, poor_while_few = 10.0;

struct trial {
    const struct level_data *data;
    float *x, *y, *mean, *variance; /* rows of the process */
    size_t *order;
    float *out_x, *out_mean;
    struct stack_row *level, *process; /* rows left out */
    size_t n, n_accepted, n_out;
};

static int trial_create(struct trial *t, const struct level_data *data, struct err *err)
{
    *t = (struct trial){.data = data,
                        .x = mem_array(KERNEL_MAX * data->d, sizeof(float)),
                        .y = mem_array(KERNEL_MAX, sizeof(float)),
                        .mean = mem_array(KERNEL_MAX, sizeof(float)),
                        .variance = mem_array(KERNEL_MAX, sizeof(float)),
                        .order = mem_array(KERNEL_MAX, sizeof(size_t)),
                        .out_x = mem_array(OUT_MAX * data->d, sizeof(float)),
                        .out_mean = mem_array(OUT_MAX, sizeof(float)),
                        .level = mem_array(OUT_MAX, sizeof(struct stack_row)),
                        .process = mem_array(OUT_MAX, sizeof(struct stack_row))};
    return t->x && t->y && t->mean && t->variance && t->order && t->out_x && t->out_mean &&
                   t->level && t->process
               ? 0
               : mem_error(err);
}

static void trial_free(struct trial *t)
{
    mem_free(t->x);
    mem_free(t->y);
    mem_free(t->mean);
    mem_free(t->variance);
    mem_free(t->order);
    mem_free(t->out_x);
    mem_free(t->out_mean);
    mem_free(t->level);
    mem_free(t->process);
}

/* Up to `most` of the rows of one label and part, evenly spread over them; their places to `rows`,
 * which has room for them. */
static size_t pick(const struct level_data *data, int8_t label, bool is_out, size_t most,
                   size_t *rows)
{
    size_t i, n = 0, kept = 0, seen = 0;

    for (i = 0; i < data->n; i++)
        n += data->label[i] == label && data->is_out[i] == is_out;
    for (i = 0; i < data->n && kept < most; i++) {
        if (data->label[i] != label || data->is_out[i] != is_out ||
            (n > most && seen++ * most / n < kept))
            continue;
        rows[kept++] = i;
    }
    return kept;
}

static void copy_row(const struct level_data *data, size_t row, float *to)
{
    memcpy(to, data->x + row * data->d, data->d * sizeof *to);
}

static void gather(struct trial *t, const struct separable *map)
{
    const struct level_data *data = t->data;
    size_t rows[OUT_MAX], n, i;

    n = t->n_accepted = pick(data, 1, false, KERNEL_MAX * 3 / 5, rows);
    n += pick(data, 0, false, KERNEL_MAX - n, rows + n);
    for (i = 0; i < n; i++) {
        copy_row(data, rows[i], t->x + i * data->d);
        t->y[i] = data->label[rows[i]] > 0 ? 1.0f : 0.0f;
        t->order[i] = i;
    }
    t->n = n;
    n = pick(data, 1, true, OUT_MAX / 2, rows);
    n += pick(data, 0, true, OUT_MAX - n, rows + n);
    for (i = 0; i < n; i++) {
        float *x = t->out_x + i * data->d;

        copy_row(data, rows[i], x);
        t->process[i].truth = t->level[i].truth = data->label[rows[i]] > 0 ? 1.0f : 0.0f;
        t->process[i].weight = t->level[i].weight = 1.0f;
        t->level[i].margin = (float)level_score(map, separable_value(map, x));
    }
    t->n_out = n;
}

/* Mean log loss of the calibrated score. */
static double loss_of(size_t n, const struct stack_row *rows)
{
    const struct stack prior = {.margin = 1.0};
    struct stack stack = stack_fit(n, rows, -1, &prior);
    double loss = 0.0;
    size_t i;

    for (i = 0; i < n; i++) {
        double p = stack_apply(&stack, (double)rows[i].margin, 0.0);

        loss -= log(fmax(rows[i].truth > 0.0f ? p : 1.0 - p, 1e-12)) / (double)n;
    }
    return loss;
}

/* Of one who knows the share of the accepted rows alone. */
static double base_loss(size_t n, const struct stack_row *rows)
{
    double share = 0.5 / ((double)n + 1.0);
    size_t i;

    for (i = 0; i < n; i++)
        share += rows[i].truth > 0.0f ? 1.0 / ((double)n + 1.0) : 0.0;
    return -share * log(share) - (1.0 - share) * log(1.0 - share);
}

int level_trial(const struct separable *map, const struct level_data *data, struct rng *rng,
                bool *is_wanted, struct err *err)
{
    struct trial t;
    struct kernel *kernel = NULL;
    struct kernel_data rows;
    double level, process, base;
    size_t i;
    int rc = -1;

    *is_wanted = true;
    TRY(trial_create(&t, data, err));
    gather(&t, map);
    kernel = kernel_create(data->d, data->d, 1, err);
    if (!kernel)
        goto out;
    rng_shuffle(rng, t.order, t.n);
    rows = (struct kernel_data){.n = t.n,
                                .x = t.x,
                                .y = t.y,
                                .sample = t.order,
                                .loo_mean = t.mean,
                                .loo_variance = t.variance};
    if (kernel_fit(kernel, &rows, true, err) != 0) {
        if (err->code != ERR_NUMERIC)
            goto out;
        err_clear(err);
        rc = 0;
        goto out;
    }
    kernel_predict(kernel, t.n_out, t.out_x, t.out_mean, NULL);
    for (i = 0; i < t.n_out; i++)
        t.process[i].margin = 6.0f * (t.out_mean[i] - 0.5f);
    level = loss_of(t.n_out, t.level);
    process = loss_of(t.n_out, t.process);
    base = base_loss(t.n_out, t.level);
    *is_wanted = level < process && process > thin * base &&
                 level < base * (poor + poor_while_few / (double)t.n_accepted);
    rc = 0;
out:
    kernel_free(kernel);
    trial_free(&t);
    return rc;
}
