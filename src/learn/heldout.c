/* heldout.c: what the parts of the model are worth, on points that they have not seen.
 *
 * What it does: predicts each fold by the member that left it out; fits the Gaussian process and
 * takes its leave-one-out predictions; measures residuals near the target, from which follow each
 * head's noise and each part's share; fits the stacked, calibrated probability to these same
 * predictions and gives the figures of merit.
 *
 * What it does not: train networks (train.c). */
#include "train.h"

#include <math.h>
#include <string.h>

/* ---- held out ------------------------------------------------------------------------------- */

static bool is_held_out(const struct training *t, size_t i)
{
    return t->fold[i] < t->model->members;
}

/* Heads of every row by the member that has not seen it. */
void heldout_predict(struct training *t)
{
    size_t d = t->config->n_inputs, n_out = t->model->shape.n_out, k, i, b;

    for (k = 0; t->model->has_networks && k < t->model->members; k++) {
        i = 0;
        while (i < t->data->n) {
            size_t n = 0;

            for (; i < t->data->n && n < TRAIN_BATCH; i++) {
                if (t->fold[i] != k)
                    continue;
                t->row[n] = i;
                memcpy(t->x + n++ * d, t->data->x + i * d, d * sizeof(float));
            }
            net_forward(t->model->shape, t->model->weights + k * t->model->n_weights, n, t->x,
                        &t->work);
            for (b = 0; b < n; b++)
                memcpy(t->heads + t->row[b] * n_out, t->work.y + b * n_out, n_out * sizeof(float));
        }
    }
}

/* Weight of a row when residuals are measured: they matter near the target. */
static double nearness(const struct training *t, size_t i)
{
    return 1e-3 + (isfinite(t->distance[i]) ? exp(-2.0 * (double)t->distance[i]) : 0.0);
}

/* Residuals of one group's heads, each member's drawn towards the ensemble's; adds to its share. */
static void measure_members(struct training *t, size_t g)
{
    size_t groups = t->model->squash.n_groups, n_out = t->model->shape.n_out, i, k;
    size_t members = t->model->members;
    double sum[MODEL_MEMBERS_MAX + 1] = {0}, weight[MODEL_MEMBERS_MAX + 1] = {0}, pooled;

    for (i = 0; i < t->data->n; i++) {
        double miss = (double)(t->heads[i * n_out + g] - t->y[i * groups + g]);
        double w = nearness(t, i);

        if (!is_held_out(t, i) || isnan(miss))
            continue;
        sum[t->fold[i]] += w * miss * miss;
        weight[t->fold[i]] += w;
        sum[members] += w * miss * miss;
        weight[members] += w;
    }
    pooled = weight[members] > 0.0 ? sum[members] / weight[members] : 1.0;
    for (k = 0; k < members; k++) {
        double variance = (sum[k] + 10.0 * pooled) / (weight[k] + 10.0) + 1e-6;

        t->model->sigma[k * groups + g] = (float)sqrt(variance);
        t->model->share[k] += (float)(1.0 / variance);
    }
}

/* The process' variances are multiplied so that they fit its residuals near the target. */
static void measure_kernel(struct training *t, size_t g)
{
    size_t groups = t->model->squash.n_groups, i;
    double ratio = 0.0, sum = 0.0, weight = 0.0, amplitude;
    struct ensemble *model = t->model;

    amplitude = (double)model->kernel->amplitude[g];
    for (i = 0; i < t->data->n; i++) {
        double miss = (double)(t->kernel_mean[i * groups + g] - t->y[i * groups + g]);
        double w = nearness(t, i);

        if (!t->has_kernel[i] || isnan(miss))
            continue;
        ratio += w * miss * miss / (amplitude * (double)t->kernel_variance[i] + 1e-9);
        sum += w * miss * miss;
        weight += w;
    }
    model->kernel_scale[g] = (float)(amplitude * (ratio + 10.0) / (weight + 10.0));
    model->share[model->members] += (float)(1.0 / ((sum + 1e-6) / (weight + 1e-6) + 1e-6));
}

void heldout_measure(struct training *t)
{
    struct ensemble *model = t->model;
    size_t groups = model->squash.n_groups, k, g, n = model->members;
    double total = 0.0;

    if (groups == 0)
        for (k = 0; k < n; k++)
            model->share[k] = 1.0f;
    for (g = 0; g < groups; g++) {
        if (model->has_networks)
            measure_members(t, g);
        if (model->kernel)
            measure_kernel(t, g);
    }
    if (model->kernel && groups > 0)
        n++;
    /* asked to be alone, the process has it all; networks that stay know of failures */
    for (k = 0; t->config->learner == LEARNER_KERNEL && n > model->members && k < model->members;
         k++)
        model->share[k] = 0.0f;
    /* shares as the squared inverse variance: the better one counts */
    for (k = 0; k < n; k++) {
        model->share[k] *= model->share[k];
        total += (double)model->share[k];
    }
    for (k = 0; k < n; k++)
        model->share[k] = (float)((double)model->share[k] / total);
}

/* ---- the Gaussian process ------------------------------------------------------------------- */

/* What the process regresses: the margins, or without margins the label. */
static size_t kernel_groups(const struct training *t)
{
    return t->model->squash.n_groups > 0 ? t->model->squash.n_groups : 1;
}

static bool is_complete(const struct training *t, size_t i)
{
    size_t groups = t->model->squash.n_groups, g;

    if (groups == 0)
        return t->data->label[i] >= 0;
    for (g = 0; g < groups; g++) {
        if (!isfinite(t->y[i * groups + g]))
            return false;
    }
    return true;
}

/* Appends up to `most` of the list's complete rows, evenly spread over it. */
static size_t spread(const struct training *t, const size_t *list, size_t n, size_t most,
                     size_t *to)
{
    size_t i, kept = 0, seen = 0, complete = 0;

    for (i = 0; i < n; i++)
        complete += is_complete(t, list[i]);
    for (i = 0; i < n; i++) {
        if (!is_complete(t, list[i]) || (complete > most && seen++ * most / complete < kept))
            continue;
        to[kept++] = list[i];
    }
    return kept;
}

/* The points that the process stands on: two fifths accepted, one fifth near misses, the rest of
 * the rest, which begins with the uniform start. */
static size_t choose_points(const struct training *t, size_t *rows)
{
    const struct lists *all = &t->all;
    size_t rest = all->n_rest, n;
    size_t for_rest = rest < KERNEL_MAX * 2 / 5 ? rest : KERNEL_MAX * 2 / 5;
    size_t for_near = all->n_near < KERNEL_MAX / 5 ? all->n_near : KERNEL_MAX / 5;

    n = spread(t, all->accepted, all->n_accepted, KERNEL_MAX - for_rest - for_near, rows);
    for_near = KERNEL_MAX - for_rest - n;
    n += spread(t, all->near, all->n_near, for_near, rows + n);
    n += spread(t, all->rest, rest, KERNEL_MAX - n, rows + n);
    return n;
}

struct kernel_room {
    size_t *rows, *sample;
    float *x, *y, *mean, *variance;
};

static void gather(const struct training *t, const size_t *rows, size_t n, struct kernel_room *room)
{
    size_t d = t->config->n_inputs, groups = t->model->squash.n_groups, i;

    for (i = 0; i < n; i++) {
        memcpy(room->x + i * d, t->data->x + rows[i] * d, d * sizeof(float));
        if (groups > 0)
            memcpy(room->y + i * groups, t->y + rows[i] * groups, groups * sizeof(float));
        else
            room->y[i] = t->data->label[rows[i]] > 0 ? 1.0f : 0.0f;
    }
}

static void put_back(struct training *t, const size_t *rows, size_t n, struct kernel_room *room)
{
    size_t groups = kernel_groups(t), i;

    for (i = 0; i < n; i++) {
        t->has_kernel[rows[i]] = true;
        t->kernel_variance[rows[i]] = room->variance[i];
        memcpy(t->kernel_mean + rows[i] * groups, room->mean + i * groups, groups * sizeof(float));
    }
}

/* Predictions for some of the rows that the process does not stand on. */
static void predict_others(struct training *t, struct kernel_room *room)
{
    size_t i, n = 0, left = 0, seen = 0;

    for (i = 0; i < t->data->n; i++)
        left += !t->has_kernel[i];
    for (i = 0; i < t->data->n && n < KERNEL_MAX; i++) {
        if (t->has_kernel[i] || (left > KERNEL_MAX && seen++ * KERNEL_MAX / left < n))
            continue;
        room->rows[n++] = i;
    }
    gather(t, room->rows, n, room);
    kernel_predict(t->model->kernel, n, room->x, room->mean, room->variance);
    put_back(t, room->rows, n, room);
}

int heldout_fit_kernel(struct training *t, const struct ensemble *warm, struct err *err)
{
    struct ensemble *model = t->model;
    size_t d = t->config->n_inputs, groups = kernel_groups(t), n;
    struct rng rng = rng_stream(t->config->seed, RNG_SPLIT, t->config->round);
    struct kernel_room room = {.rows = mem_array(KERNEL_MAX, sizeof(size_t)),
                               .sample = mem_array(KERNEL_MAX, sizeof(size_t)),
                               .x = mem_array(KERNEL_MAX * d, sizeof(float)),
                               .y = mem_array(KERNEL_MAX * groups, sizeof(float)),
                               .mean = mem_array(KERNEL_MAX * groups, sizeof(float)),
                               .variance = mem_array(KERNEL_MAX, sizeof(float))};
    struct kernel_data data = {.x = room.x,
                               .y = room.y,
                               .sample = room.sample,
                               .loo_mean = room.mean,
                               .loo_variance = room.variance};
    struct kernel *kernel = NULL;
    int rc = -1;

    if (!room.rows || !room.sample || !room.x || !room.y || !room.mean || !room.variance) {
        mem_error(err);
        goto out;
    }
    n = d <= KERNEL_DIMS ? choose_points(t, room.rows) : 0;
    if (n < 10 || (model->squash.n_groups == 0 && t->all.n_accepted < 5)) {
        rc = 0; /* the networks alone */
        goto out;
    }
    kernel = kernel_create(d, model->inputs.n_axes, groups, err);
    if (!kernel)
        goto out;
    if (warm && warm->kernel) {
        memcpy(kernel->length, warm->kernel->length, sizeof kernel->length);
        kernel->nugget = warm->kernel->nugget;
    }
    for (data.n = 0; data.n < n; data.n++)
        room.sample[data.n] = data.n;
    rng_shuffle(&rng, room.sample, n);
    gather(t, room.rows, n, &room);
    if (kernel_fit(kernel, &data, !(warm && warm->kernel), err) != 0) {
        if (err->code != ERR_NUMERIC)
            goto out;
        err_clear(err); /* the networks alone */
        rc = 0;
        goto out;
    }
    model->kernel = kernel;
    kernel = NULL;
    put_back(t, room.rows, n, &room);
    predict_others(t, &room);
    rc = 0;
out:
    kernel_free(kernel);
    mem_free(room.rows);
    mem_free(room.sample);
    mem_free(room.x);
    mem_free(room.y);
    mem_free(room.mean);
    mem_free(room.variance);
    return rc;
}

/* ---- calibration ---------------------------------------------------------------------------- */

/* What the held-out parts say of row i together: its member, and the process with its share. */
static double margin_probability(const struct training *t, size_t i)
{
    const struct ensemble *model = t->model;
    size_t groups = model->squash.n_groups;
    double share = model->kernel ? (double)model->share[model->members] : 0.0;
    double p = 0.0;

    if (share < 1.0)
        p = ensemble_margin_probability(model, t->fold[i], t->heads + i * model->shape.n_out, 0.0);
    if (share > 0.0 && t->has_kernel[i])
        p += share * (ensemble_kernel_probability(model, t->kernel_mean + i * groups,
                                                  t->kernel_variance[i], 0.0) -
                      p);
    return p;
}

/* Does the process alone decide? */
static bool is_alone(const struct ensemble *model)
{
    return !model->use_label && model->kernel &&
           (model->squash.n_groups == 0 || model->share[model->members] >= 1.0f);
}

static size_t fill_stack_rows(struct training *t)
{
    size_t groups = t->model->squash.n_groups, n_out = t->model->shape.n_out, i, n = 0;
    bool has_level = ensemble_has_level(t->model);

    for (i = 0; i < t->data->n; i++) {
        const float *heads = t->heads + i * n_out;
        struct stack_row *row = t->stack_rows + n;

        if (!is_held_out(t, i) || t->data->label[i] < 0 ||
            (t->model->kernel && !t->has_kernel[i] && (is_complete(t, i) || is_alone(t->model))) ||
            (has_level && t->fold[i] != 0))
            continue;
        row->margin = ensemble_uses_margins(t->model) ? (float)logit(margin_probability(t, i))
                      : t->has_kernel[i] ? (float)ensemble_label_score(t->kernel_mean[i])
                                         : 0.0f;
        row->label = t->model->use_label ? heads[groups] : 0.0f;
        row->truth = t->data->label[i] > 0 ? 1.0f : 0.0f;
        row->fold = (float)(n & 1u);
        row->weight = t->data->weight ? t->data->weight[i] : 1.0f;
        t->truth[n++] = t->data->label[i];
    }
    return n;
}

static void calibrate(struct training *t, struct learn_metrics *metrics)
{
    bool by_margins = ensemble_uses_margins(t->model);
    bool by_label = ensemble_has_label_kernel(t->model);
    struct stack prior = {.margin = by_margins || by_label ? 1.0 : 0.0,
                          .label = by_margins || by_label ? 0.2 : 1.0,
                          .offset = 0.0};
    struct stack plain = {.margin = prior.margin, .label = by_margins || by_label ? 0.0 : 1.0};
    size_t n = fill_stack_rows(t), i;

    metrics->n_held_out = n;
    for (i = 0; i < n; i++)
        t->score[i] = (float)stack_apply(&plain, (double)t->stack_rows[i].margin,
                                         (double)t->stack_rows[i].label);
    calibrate_score(n, t->score, t->stack_rows, metrics);
    metrics->brier_before_calibration = metrics->brier;
    if (t->all.n_accepted > 0) {
        struct stack half[2] = {stack_fit(n, t->stack_rows, 0, &prior),
                                stack_fit(n, t->stack_rows, 1, &prior)};

        t->model->stack = stack_fit(n, t->stack_rows, -1, &prior);
        /* figures of each half by the fit to the other */
        for (i = 0; i < n; i++) {
            const struct stack_row *row = t->stack_rows + i;

            t->score[i] =
                (float)stack_apply(&half[(int)row->fold], (double)row->margin, (double)row->label);
        }
        calibrate_score(n, t->score, t->stack_rows, metrics);
    } else {
        t->model->stack = plain;
    }
    metrics->auc = learn_auc(n, t->score, t->truth);
}

static void calibrate_failures(struct training *t, struct learn_metrics *metrics)
{
    const struct stack prior = {.label = 1.0};
    size_t n_out = t->model->shape.n_out, i, n = 0;

    metrics->failure_auc = NAN;
    t->model->failure_stack = prior;
    if (!t->model->has_failure)
        return;
    for (i = 0; i < t->data->n; i++) {
        if (!is_held_out(t, i))
            continue;
        t->score[n] = t->heads[i * n_out + n_out - 1];
        t->truth[n] = t->data->is_failed[i] != 0;
        t->stack_rows[n] =
            (struct stack_row){.label = t->score[n],
                               .truth = (float)t->truth[n],
                               .weight = t->data->weight ? t->data->weight[i] : 1.0f};
        n++;
    }
    t->model->failure_stack = stack_fit(n, t->stack_rows, -1, &prior);
    metrics->failure_auc = learn_auc(n, t->score, t->truth);
}

void heldout_calibrate(struct training *t, struct learn_metrics *metrics)
{
    calibrate(t, metrics);
    calibrate_failures(t, metrics);
}
