/* train.c: one round of learning.
 *
 * What it does: trains every member of the ensemble for a fixed number of steps of Adam on
 * minibatches that hold accepted points, near misses and the rest in fixed parts, so that rare
 * accepted points weigh as much as the many others.  Margins are regressed (squared error on
 * squashed heads), label and failure are classified (cross entropy).  Synthetic rows (SMOTE) go
 * into the label's head only.  Each member leaves out one fold of the points, which heldout.c
 * measures it on.  A warm start shrinks and perturbs the weights of the round before.
 *
 * What it does not: look at clocks or at anything outside its arguments. */
#include "train.h"

#include <assert.h>
#include <gsl/gsl_sort_float.h>
#include <math.h>
#include <string.h>

enum {
    BATCH = TRAIN_BATCH,
    STEPS_DEFAULT = 150,
    COLD_FACTOR = 4,
    SMOTE_MAX = TRAIN_SMOTE_MAX,
    SMOTE_FROM = 1024
};
static const float rate_first = 6e-3f, rate_last = 2e-4f;
static const float label_weight = 0.5f, failure_weight = 0.5f;

static bool create_lists(struct lists *lists, size_t n)
{
    lists->accepted = mem_array(n + SMOTE_MAX, sizeof(size_t));
    lists->near = mem_array(n, sizeof(size_t));
    lists->rest = mem_array(n, sizeof(size_t));
    return lists->accepted && lists->near && lists->rest;
}

static void free_lists(struct lists *lists)
{
    mem_free(lists->accepted);
    mem_free(lists->near);
    mem_free(lists->rest);
}

static int training_create(struct training *t, struct err *err)
{
    size_t n = t->data->n, d = t->config->n_inputs, groups = t->model->squash.n_groups;

    t->y = mem_array(n * groups, sizeof(float));
    t->distance = mem_array(n, sizeof(float));
    t->fold = mem_array(n, sizeof(size_t));
    t->synthetic = mem_array(SMOTE_MAX * d, sizeof(float));
    t->x = mem_array(BATCH * d, sizeof(float));
    t->gradient = mem_array(t->model->n_weights, sizeof(float));
    t->fresh = mem_array(t->model->n_weights, sizeof(float));
    t->adam.m = mem_array(t->model->n_weights, sizeof(float));
    t->adam.v = mem_array(t->model->n_weights, sizeof(float));
    t->heads = mem_array(n * t->model->shape.n_out, sizeof(float));
    t->kernel_mean = mem_array(n * (groups + 1), sizeof(float));
    t->kernel_variance = mem_array(n, sizeof(float));
    t->has_kernel = mem_array(n, sizeof(bool));
    t->score = mem_array(n, sizeof(float));
    t->truth = mem_array(n, sizeof(int8_t));
    t->stack_rows = mem_array(n, sizeof *t->stack_rows);
    if (!t->y || !t->distance || !t->fold || !t->synthetic || !t->x || !t->gradient || !t->fresh ||
        !t->adam.m || !t->adam.v || !t->heads || !t->kernel_mean || !t->kernel_variance ||
        !t->has_kernel || !t->score || !t->truth || !t->stack_rows || !create_lists(&t->all, n) ||
        !create_lists(&t->member, n))
        return mem_error(err);
    return net_work_create(&t->work, t->model->shape, BATCH, err);
}

static void training_free(struct training *t)
{
    mem_free(t->y);
    mem_free(t->distance);
    mem_free(t->fold);
    mem_free(t->synthetic);
    mem_free(t->x);
    mem_free(t->gradient);
    mem_free(t->fresh);
    mem_free(t->adam.m);
    mem_free(t->adam.v);
    mem_free(t->heads);
    mem_free(t->kernel_mean);
    mem_free(t->kernel_variance);
    mem_free(t->has_kernel);
    mem_free(t->score);
    mem_free(t->truth);
    mem_free(t->stack_rows);
    mem_free(t->wide_x);
    free_lists(&t->all);
    free_lists(&t->member);
    net_work_free(&t->work);
}

/* A near miss: among the quarter of the rejected points that are nearest to the target. */
static float near_limit(const struct training *t)
{
    float *sorted = t->score; /* not in use yet */
    size_t i, n = 0;

    for (i = 0; i < t->data->n; i++) {
        if (t->data->label[i] == 0 && isfinite(t->distance[i]))
            sorted[n++] = t->distance[i];
    }
    gsl_sort_float(sorted, 1, n);
    return n > 0 ? sorted[n / 4] : -1.0f;
}

static void prepare_rows(struct training *t)
{
    const struct learn_data *data = t->data;
    size_t i, groups = t->model->squash.n_groups;
    float limit;

    for (i = 0; i < data->n; i++) {
        t->fold[i] = ensemble_fold(t->model->members, t->model->inputs.n_axes,
                                   data->x + i * t->config->n_inputs);
        t->distance[i] = INFINITY;
        if (groups > 0)
            squash_row(&t->model->squash, data->margins + i * t->config->n_margins,
                       t->y + i * groups);
    }
    if (groups > 0)
        ensemble_distances(t->model, data->n, data->margins, t->distance);
    limit = near_limit(t);
    for (i = 0; i < data->n; i++) {
        if (data->label[i] > 0)
            t->all.accepted[t->all.n_accepted++] = i;
        else if (t->distance[i] <= limit)
            t->all.near[t->all.n_near++] = i;
        else
            t->all.rest[t->all.n_rest++] = i;
    }
}

/* The axes of the listed rows of a label, to the end of x; returns how many there are then. */
static size_t gather_axes(const struct training *t, const size_t *list, size_t n, int8_t label,
                          size_t n_before, float *x)
{
    size_t d = t->model->inputs.n_axes, i;

    for (i = 0; i < n; i++)
        if (t->data->label[list[i]] == label)
            memcpy(x + n_before++ * d, t->data->x + list[i] * t->config->n_inputs, d * sizeof *x);
    return n_before;
}

int train_synthesize(struct training *t, const struct lists *lists, struct rng *rng,
                     struct err *err)
{
    size_t d = t->model->inputs.n_axes, n = lists->n_accepted;
    size_t k = t->config->smote_neighbours ? t->config->smote_neighbours : 5;
    size_t n_new = n < SMOTE_MAX ? n : SMOTE_MAX;
    float *accepted = mem_array(n * d, sizeof *accepted);
    float *others = mem_array((lists->n_near + lists->n_rest) * d, sizeof *others);
    float *between = mem_array(n_new * d, sizeof *between);
    struct smote_data data = {.n = n, .d = d, .x = accepted, .others = others};
    int rc = -1;

    if (!accepted || !others || !between) {
        mem_error(err);
        goto out;
    }
    (void)gather_axes(t, lists->accepted, n, 1, 0, accepted);
    data.n_others = gather_axes(t, lists->near, lists->n_near, 0, 0, others);
    data.n_others = gather_axes(t, lists->rest, lists->n_rest, 0, data.n_others, others);
    TRY(smote_extend_by(t->config->smote, &data, k, &n_new, rng, between, err));
    inputs_apply(&t->model->inputs, n_new, between, t->synthetic);
    t->n_synthetic = n_new;
    rc = 0;
out:
    mem_free(accepted);
    mem_free(others);
    mem_free(between);
    return rc;
}

/* Synthetic accepted rows while real ones are few: about as many again. */
static int add_smote(struct training *t, struct err *err)
{
    size_t n = t->all.n_accepted;
    struct rng rng = rng_stream(t->config->seed, RNG_SMOTE, t->config->round);

    if (t->config->smote == SMOTE_NO || !t->model->use_label || n < 4 || n > SMOTE_FROM)
        return 0;
    return train_synthesize(t, &t->all, &rng, err);
}

/* ---- one member ----------------------------------------------------------------------------- */

static size_t without_fold(const struct training *t, const size_t *from, size_t n, size_t fold,
                           size_t *to)
{
    size_t i, kept = 0;

    for (i = 0; i < n; i++) {
        if (t->fold[from[i]] != fold)
            to[kept++] = from[i];
    }
    return kept;
}

void train_leave_out(struct training *t, size_t k)
{
    struct lists *m = &t->member;

    m->n_accepted = without_fold(t, t->all.accepted, t->all.n_accepted, k, m->accepted);
    m->n_near = without_fold(t, t->all.near, t->all.n_near, k, m->near);
    m->n_rest = without_fold(t, t->all.rest, t->all.n_rest, k, m->rest);
}

/* Synthetic rows come from all folds' points: they are left to members at large, which blurs the
 * held-out figures of the label's head a little while accepted points are few. */
static void lists_of_member(struct training *t, size_t k)
{
    struct lists *m = &t->member;
    size_t i;

    train_leave_out(t, k);
    for (i = 0; i < t->n_synthetic; i++)
        m->accepted[m->n_accepted++] = t->data->n + i;
}

static size_t draw(const size_t *list, size_t n, struct rng *rng)
{
    return list[rng_below(rng, n)];
}

static void draw_batch(struct training *t, struct rng *rng)
{
    const struct lists *m = &t->member;
    size_t d = t->config->n_inputs, i;

    for (i = 0; i < BATCH; i++) {
        size_t part = i % 3;
        const float *x;

        if (part == 0 && m->n_accepted > 0)
            t->row[i] = draw(m->accepted, m->n_accepted, rng);
        else if (part == 1 && m->n_near > 0)
            t->row[i] = draw(m->near, m->n_near, rng);
        else if (m->n_rest > 0)
            t->row[i] = draw(m->rest, m->n_rest, rng);
        else if (m->n_near > 0)
            t->row[i] = draw(m->near, m->n_near, rng);
        else
            t->row[i] = draw(m->accepted, m->n_accepted, rng);
        x = t->row[i] < t->data->n ? t->data->x + t->row[i] * d
                                   : t->synthetic + (t->row[i] - t->data->n) * d;
        memcpy(t->x + i * d, x, d * sizeof *x);
    }
}

/* Loss of one head that is classified, and its slope. */
static float cross_entropy(float score, float truth, float weight, float *slope)
{
    float p = 1.0f / (1.0f + expf(-score));
    float said = truth > 0.5f ? p : 1.0f - p;

    *slope = weight * (p - truth);
    return -weight * logf(said > 1e-7f ? said : 1e-7f);
}

/* Fills work->dy; returns the mean loss of the n rows. */
static float loss_of_rows(struct training *t, size_t n)
{
    size_t groups = t->model->squash.n_groups, n_out = t->model->shape.n_out, i, g;
    const float each = 1.0f / (float)n;
    float loss = 0.0f;

    memset(t->work.dy, 0, n * n_out * sizeof(float));
    for (i = 0; i < n; i++) {
        const float *y = t->work.y + i * n_out;
        float *dy = t->work.dy + i * n_out;
        bool is_real = t->row[i] < t->data->n;
        size_t row = is_real ? t->row[i] : 0;
        int8_t label = is_real ? t->data->label[row] : 1;

        for (g = 0; is_real && g < groups; g++) {
            float miss = y[g] - t->y[row * groups + g];

            if (isnan(miss))
                continue;
            dy[g] = each * miss;
            loss += 0.5f * miss * miss;
        }
        if (t->model->use_label && label >= 0) {
            loss += cross_entropy(y[groups], (float)label, label_weight, &dy[groups]);
            dy[groups] *= each;
        }
        if (t->model->has_failure && is_real) {
            float truth = t->data->is_failed[row] ? 1.0f : 0.0f;

            loss += cross_entropy(y[groups + 1], truth, failure_weight, &dy[groups + 1]);
            dy[groups + 1] *= each;
        }
    }
    return loss * each;
}

/* Adds n rows of fold k to those that are watched, evenly spread over the list. */
static void watch(struct training *t, const size_t *list, size_t n_list, size_t k, size_t n)
{
    size_t i, of = 0, seen = 0, kept = 0;

    for (i = 0; i < n_list; i++)
        of += t->fold[list[i]] == k;
    for (i = 0; i < n_list && of > 0; i++) {
        if (t->fold[list[i]] != k)
            continue;
        for (seen++; kept < n && kept * of < seen * n; kept++)
            t->watched[t->n_watched++] = list[i];
    }
}

/* The parts of a minibatch, of points that the member leaves out. */
static void watch_fold(struct training *t, size_t k)
{
    t->n_watched = 0;
    watch(t, t->all.accepted, t->all.n_accepted, k, TRAIN_WATCHED / 3);
    watch(t, t->all.near, t->all.n_near, k, TRAIN_WATCHED / 3);
    watch(t, t->all.rest, t->all.n_rest, k, TRAIN_WATCHED / 3);
}

/* Loss of the watched rows; changes nothing but the workspace. */
static double watched_loss(struct training *t, const float *w)
{
    size_t d = t->config->n_inputs, i;

    if (t->n_watched == 0)
        return NAN;
    for (i = 0; i < t->n_watched; i++) {
        t->row[i] = t->watched[i];
        memcpy(t->x + i * d, t->data->x + t->row[i] * d, d * sizeof *t->x);
    }
    net_forward(t->model->shape, w, t->n_watched, t->x, &t->work);
    return (double)loss_of_rows(t, t->n_watched);
}

/* After step i of `steps`: is there an entry of the curve to make? */
static void note_loss(struct training *t, const float *w, size_t i, size_t steps, double *sum)
{
    size_t n = steps < LEARN_LOSSES ? steps : LEARN_LOSSES;
    size_t entry = (i + 1) * n / steps, from;
    struct learn_loss *loss;

    if (entry == i * n / steps)
        return;
    loss = t->metrics->losses + entry - 1;
    from = entry > 1 ? loss[-1].step : 0;
    t->metrics->n_losses = n;
    loss->step = i + 1;
    loss->train += *sum / (double)(i + 1 - from) / (double)t->model->members;
    loss->held_out += watched_loss(t, w) / (double)t->model->members;
    *sum = 0.0;
}

double train_steps(struct training *t, float *w, size_t steps, bool is_noted, struct rng *rng)
{
    struct ensemble *model = t->model;
    double loss = 0.0, sum = 0.0;
    size_t i;

    memset(t->adam.m, 0, model->n_weights * sizeof(float));
    memset(t->adam.v, 0, model->n_weights * sizeof(float));
    t->adam.t = 0;
    for (i = 0; i < steps; i++) {
        float along = (float)i / (float)steps, now;
        float rate =
            rate_last + (rate_first - rate_last) * 0.5f * (1.0f + cosf(3.14159265f * along));

        draw_batch(t, rng);
        net_forward(model->shape, w, BATCH, t->x, &t->work);
        now = loss_of_rows(t, BATCH);
        loss = 0.95 * loss + 0.05 * (double)now;
        sum += (double)now;
        net_backward(model->shape, w, BATCH, &t->work, t->gradient);
        adam_step(&t->adam, model->n_weights, rate, t->gradient, w);
        if (is_noted)
            note_loss(t, w, i, steps, &sum);
    }
    return loss;
}

size_t train_n_steps(const struct training *t)
{
    return t->config->steps ? t->config->steps : STEPS_DEFAULT;
}

static void train_member(struct training *t, size_t k, const struct ensemble *warm)
{
    struct ensemble *model = t->model;
    float *w = model->weights + k * model->n_weights;
    struct rng rng =
        rng_stream(t->config->seed, RNG_TRAIN, t->config->round * MODEL_MEMBERS_MAX + k);
    size_t steps = train_n_steps(t);

    if (warm) {
        memcpy(w, warm->weights + k * model->n_weights, model->n_weights * sizeof *w);
        net_perturb(model->shape, model->bandwidth[k], 0.98f, 0.01f, &rng, t->fresh, w);
    } else {
        net_init(model->shape, model->bandwidth[k], &rng, w);
        steps *= COLD_FACTOR;
    }
    lists_of_member(t, k);
    watch_fold(t, k);
    t->loss += train_steps(t, w, steps, true, &rng) / (double)model->members;
}

/* The networks, anew, as they were, or not at all. */
static int train_networks(struct training *t, const struct ensemble *warm, struct err *err)
{
    struct ensemble *model = t->model;
    bool is_alone = t->config->learner == LEARNER_KERNEL && model->kernel &&
                    (model->squash.n_groups == 0 || ensemble_uses_margins(model));
    size_t k;

    /* The process knows nothing of failures. */
    if (is_alone)
        t->wants_networks = model->has_failure;
    else if (!model->kernel || !warm || !warm->has_networks ||
             warm->has_failure != model->has_failure)
        t->wants_networks = true;
    if (is_alone) /* the label's head is the networks' */
        model->use_label = false;
    model->has_networks = t->wants_networks || !is_alone;
    if (!t->wants_networks) {
        t->loss = NAN;
        if (model->has_networks)
            memcpy(model->weights, warm->weights,
                   model->members * model->n_weights * sizeof *model->weights);
        return 0;
    }
    if (add_smote(t, err) != 0)
        return -1;
    for (k = 0; k < model->members; k++)
        train_member(t, k, warm && warm->has_networks ? warm : NULL);
    return 0;
}

/* ---- the round ------------------------------------------------------------------------------ */

static bool fits(const struct ensemble *warm, const struct ensemble *model)
{
    return warm && warm->members == model->members &&
           memcmp(&warm->shape, &model->shape, sizeof model->shape) == 0 &&
           memcmp(warm->squash.group, model->squash.group, sizeof model->squash.group) == 0;
}

/* What kind of function it is nobody knows before: the members begin with different frequencies,
 * and those that fit well get the larger weight. */
static void choose_bandwidths(struct ensemble *model)
{
    static const float widths[] = {3.0f, 6.0f, 2.0f, 4.0f, 8.0f};
    size_t k;

    for (k = 0; k < model->members; k++)
        model->bandwidth[k] = widths[k % (sizeof widths / sizeof widths[0])];
}

static void note_failures(struct training *t)
{
    size_t i, n_failed = 0;

    for (i = 0; i < t->data->n; i++)
        n_failed += t->data->is_failed[i] != 0;
    t->model->has_failure = n_failed >= 5;
    t->model->failure_base = ((double)n_failed + 0.5) / ((double)t->data->n + 1.0);
}

/* The inputs beyond the axes, from those of the round before; then the rows with all of them. */
static int widen(struct training *t, const struct learn_config *config, const struct squash *squash,
                 const struct ensemble *warm, struct inputs *inputs, struct err *err)
{
    const struct learn_data *data = t->data;
    size_t n = data->n, groups = squash->n_groups, d = config->n_inputs, i;
    size_t members = config->members ? config->members : MODEL_MEMBERS_DEFAULT;
    struct rng rng = rng_stream(config->seed, RNG_SPLIT, config->round << 8 | 1);
    float *y = mem_array(n * (groups + 1), sizeof *y);
    bool *is_out = mem_array(n, sizeof *is_out);
    int rc = -1;

    if (!y || !is_out) {
        mem_error(err);
        goto out;
    }
    if (warm && memcmp(warm->squash.group, squash->group, sizeof squash->group) == 0)
        TRY(inputs_copy(inputs, &warm->inputs, err));
    else
        TRY(inputs_create(inputs, d, err));
    for (i = 0; i < n; i++) {
        squash_row(squash, data->margins + i * config->n_margins, y + i * groups);
        is_out[i] = ensemble_fold(members, d, data->x + i * d) == 0;
    }
    TRY(inputs_fit(inputs, data, y, groups, is_out, &rng, err));
    t->wide_x = mem_array(n * inputs_count(inputs), sizeof *t->wide_x);
    if (!t->wide_x) {
        mem_error(err);
        goto out;
    }
    inputs_apply(inputs, n, data->x, t->wide_x);
    t->wide_config = *config;
    t->wide_config.n_inputs = inputs_count(inputs);
    t->wide_data = *data;
    t->wide_data.x = t->wide_x;
    t->config = &t->wide_config;
    t->data = &t->wide_data;
    rc = 0;
out:
    mem_free(y);
    mem_free(is_out);
    return rc;
}

struct ensemble *learn_train(const struct learn_config *config, const struct learn_data *data,
                             const struct ensemble *warm, struct learn_metrics *metrics,
                             struct err *err)
{
    struct training t = {.config = config, .data = data, .metrics = metrics};
    double begun = clock_thread_cpu_s();
    struct inputs inputs = {.n_axes = 0};
    struct squash squash;
    int rc = -1;

    *metrics = (struct learn_metrics){
        .auc = NAN, .brier = NAN, .log_loss = NAN, .failure_auc = NAN, .n_train = data->n};
    if (data->n == 0) {
        err_set(err, ERR_LIMIT, "there is nothing to learn from");
        return NULL;
    }
    if (squash_fit(&squash, data, config, warm ? &warm->squash : NULL, err) != 0)
        return NULL;
    TRY(widen(&t, config, &squash, warm, &inputs, err));
    t.model = ensemble_create(config, &squash, &inputs, err);
    if (!t.model)
        goto out;
    TRY(training_create(&t, err));
    choose_bandwidths(t.model);
    note_failures(&t);
    prepare_rows(&t);
    if (!fits(warm, t.model))
        warm = NULL;
    choice_prepare(&t, warm);
    if (t.wants_kernel)
        TRY(heldout_fit_kernel(&t, warm, err));
    TRY(train_networks(&t, warm, err));
    heldout_predict(&t);
    heldout_measure(&t);
    heldout_calibrate(&t, metrics);
    metrics->train_loss = t.loss;
    metrics->n_smote = t.n_synthetic;
    TRY(choice_measure(&t, err));
    TRY(augment_measure(&t, err));
    metrics->cpu_s = clock_thread_cpu_s() - begun;
    rc = 0;
out:
    inputs_free(&inputs);
    training_free(&t);
    if (rc != 0) {
        ensemble_free(t.model);
        return NULL;
    }
    return t.model;
}
