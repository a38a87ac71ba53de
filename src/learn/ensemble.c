/* ensemble.c: the ensemble that predicts, and its way to bytes and back.
 *
 * What it does: every member predicts each head; the margins' heads give the probability that the
 * target holds (squash.c), the label's head gives another, both are averaged over the members,
 * each with the weight its held-out residuals earn, and stacked into one calibrated probability.
 *
 * What it does not: train (train.c).
 *
 * The bytes are the machine's own floats in its own order: they live in a store and are read by
 * the same program on the same machine; a magic number and all sizes are checked. */
#include "ensemble.h"

#include <math.h>
#include <string.h>

static const char magic[8] = "thmodl4";

size_t ensemble_fold(size_t members, size_t n_axes, const float *x)
{
    size_t n_folds = members > 5 ? members : 5, j;
    uint64_t hash = 0x9E3779B97F4A7C15u;

    for (j = 0; j < n_axes; j++) {
        uint32_t bits;

        memcpy(&bits, x + j, sizeof bits);
        hash = (hash ^ bits) * 0xFF51AFD7ED558CCDu;
        hash ^= hash >> 32;
    }
    return (size_t)(hash % n_folds);
}

bool ensemble_uses_margins(const struct ensemble *model)
{
    return model->squash.n_groups > 0 && model->labeller.label_of;
}

bool ensemble_has_label_kernel(const struct ensemble *model)
{
    return model->kernel && model->squash.n_groups == 0;
}

double ensemble_label_score(float mean)
{
    return 6.0 * ((double)mean - 0.5);
}

double ensemble_margin_probability(const struct ensemble *model, size_t k, const float *heads,
                                   double relax)
{
    struct squash_draws draws = {.n = MODEL_DRAWS, .normal = model->normal};

    return squash_probability(&model->squash, &model->labeller, heads,
                              model->sigma + k * model->squash.n_groups, relax, &draws);
}

double ensemble_kernel_probability(const struct ensemble *model, const float *mean, float variance,
                                   double relax)
{
    struct squash_draws draws = {.n = MODEL_DRAWS, .normal = model->normal};
    float sigma[SQUASH_MAX];
    size_t g;

    for (g = 0; g < model->squash.n_groups; g++)
        sigma[g] = sqrtf(model->kernel_scale[g] * variance + 1e-8f);
    return squash_probability(&model->squash, &model->labeller, mean, sigma, relax, &draws);
}

struct ensemble *ensemble_create(const struct learn_config *config, const struct squash *squash,
                                 const struct inputs *inputs, struct err *err)
{
    struct ensemble *model = mem_new(struct ensemble);
    size_t k, groups = squash->n_groups;
    struct rng rng = rng_stream(config->seed, RNG_TRAIN, UINT64_MAX);

    if (!model)
        goto memory;
    if (inputs_copy(&model->inputs, inputs, err) != 0)
        goto memory;
    model->members = config->members ? config->members : MODEL_MEMBERS_DEFAULT;
    if (model->members > MODEL_MEMBERS_MAX)
        model->members = MODEL_MEMBERS_MAX;
    model->shape = (struct net_shape){.n_in = inputs_count(inputs),
                                      .n_hidden = config->hidden ? config->hidden : 64,
                                      .n_out = groups + 2};
    model->n_weights = net_layout(model->shape).size;
    model->squash = *squash;
    model->use_label = config->use_label || groups == 0;
    model->stack = model->failure_stack = (struct stack){.margin = 1.0};
    labeller_init(&model->labeller, config);
    model->weights = mem_array(model->members * model->n_weights, sizeof(float));
    model->sigma = mem_array(model->members * groups, sizeof(float));
    model->share = mem_array(model->members + 1, sizeof(float));
    model->kernel_scale = mem_array(groups, sizeof(float));
    model->bandwidth = mem_array(model->members, sizeof(float));
    model->normal = mem_array(MODEL_DRAWS * groups, sizeof(float));
    model->wide = mem_array(MODEL_BLOCK * model->shape.n_in, sizeof(float));
    if (!model->wide || !model->weights || !model->sigma || !model->share || !model->kernel_scale ||
        !model->bandwidth || !model->normal)
        goto memory;
    if (net_work_create(&model->work, model->shape, MODEL_BLOCK, err) != 0) {
        ensemble_free(model);
        return NULL;
    }
    for (k = 0; k < MODEL_DRAWS * groups; k++)
        model->normal[k] = (float)rng_normal(&rng);
    return model;
memory:
    ensemble_free(model);
    mem_error(err);
    return NULL;
}

void ensemble_free(struct ensemble *model)
{
    if (!model)
        return;
    mem_free(model->weights);
    mem_free(model->sigma);
    mem_free(model->share);
    mem_free(model->kernel_scale);
    mem_free(model->bandwidth);
    kernel_free(model->kernel);
    mem_free(model->normal);
    mem_free(model->wide);
    inputs_free(&model->inputs);
    net_work_free(&model->work);
    mem_free(model);
}

/* ---- predicting ----------------------------------------------------------------------------- */

struct sums {
    double margin, label, failure, p, squares;
    float heads[SQUASH_MAX];
};

static double sigmoid(double t)
{
    return 1.0 / (1.0 + exp(-t));
}

static void add_probability(struct sums *sums, double share, double p)
{
    sums->p += share * p;
    sums->squares += share * p * p;
}

/* Adds what member k says of one row.  The kernel has no head for label and failure: for these the
 * networks' shares are taken by themselves (`networks` is their sum). */
static void add_member(const struct ensemble *model, size_t k, const float *y, double networks,
                       double relax, struct sums *sums)
{
    size_t groups = model->squash.n_groups, g;
    double share = (double)model->share[k];

    for (g = 0; g < groups; g++)
        sums->heads[g] += (float)share * y[g];
    if (ensemble_uses_margins(model)) {
        double p = ensemble_margin_probability(model, k, y, relax);

        sums->margin += share * p;
        add_probability(sums, share, p);
    } else {
        add_probability(sums, share, sigmoid((double)y[groups]));
    }
    sums->label += share / networks * (double)y[groups];
    sums->failure += share / networks * (double)y[groups + 1];
}

static void add_kernel(const struct ensemble *model, const float *mean, float variance,
                       double relax, struct sums *sums)
{
    size_t groups = model->squash.n_groups, g;
    double share = (double)model->share[model->members];

    if (groups == 0) {
        sums->margin = ensemble_label_score(mean[0]);
        return;
    }
    for (g = 0; g < groups; g++)
        sums->heads[g] += (float)share * mean[g];
    if (ensemble_uses_margins(model)) {
        double p = ensemble_kernel_probability(model, mean, variance, relax);

        sums->margin += share * p;
        add_probability(sums, share, p);
    }
}

static void put_row(const struct ensemble *model, const struct sums *sums, size_t i,
                    const struct prediction *out)
{
    bool by_margins = ensemble_uses_margins(model);
    size_t groups = model->squash.n_groups, k;

    if (out->target) {
        out->target[i] =
            out->relax > 0.0 && by_margins
                ? (float)sums->margin
                : (float)stack_apply(&model->stack, by_margins ? logit(sums->margin) : sums->margin,
                                     model->use_label ? sums->label : 0.0);
    }
    if (out->failure) {
        out->failure[i] = model->has_failure
                              ? (float)stack_apply(&model->failure_stack, 0.0, sums->failure)
                              : (float)model->failure_base;
    }
    if (out->spread)
        out->spread[i] = (float)sqrt(fmax(sums->squares - sums->p * sums->p, 0.0));
    for (k = 0; out->margins && k < model->squash.n_margins; k++) {
        uint32_t g = model->squash.group[k];

        out->margins[i * model->squash.n_margins + k] =
            g >= groups
                ? NAN
                : (float)model->squash.sign[k] *
                      (sums->heads[g] * (float)model->squash.sd[g] + (float)model->squash.mean[g]);
    }
}

/* Rows of one block, x: rows by n_axes; mean: rows by n_groups, variance: rows. */
static void predict_block(struct ensemble *model, size_t rows, const float *x, double relax,
                          float *mean, float *variance, struct sums *sums)
{
    size_t groups = model->squash.n_groups, i, k;
    double networks = 0.0;

    inputs_apply(&model->inputs, rows, x, model->wide);
    for (k = 0; k < model->members; k++)
        networks += (double)model->share[k];
    for (k = 0; k < model->members; k++) {
        net_forward(model->shape, model->weights + k * model->n_weights, rows, model->wide,
                    &model->work);
        for (i = 0; i < rows; i++)
            add_member(model, k, model->work.y + i * model->shape.n_out, networks, relax, sums + i);
    }
    if (!model->kernel)
        return;
    kernel_predict(model->kernel, rows, model->wide, mean, groups > 0 ? variance : NULL);
    for (i = 0; i < rows; i++)
        add_kernel(model, mean + i * model->kernel->groups, variance[i], relax, sums + i);
}

int ensemble_predict(struct ensemble *model, size_t n, const float *x, const struct prediction *out,
                     struct err *err)
{
    size_t most = n < MODEL_BLOCK ? n : MODEL_BLOCK, from, i;
    struct sums *sums = mem_array(most, sizeof *sums);
    float *mean = mem_array(most * (model->squash.n_groups + 1), sizeof *mean);
    float *variance = mem_array(most, sizeof *variance);
    int rc = -1;

    if (!sums || !mean || !variance) {
        mem_error(err);
        goto out;
    }
    for (from = 0; from < n; from += MODEL_BLOCK) {
        size_t rows = n - from < MODEL_BLOCK ? n - from : MODEL_BLOCK;

        memset(sums, 0, rows * sizeof *sums);
        predict_block(model, rows, x + from * model->inputs.n_axes, out->relax, mean, variance,
                      sums);
        for (i = 0; i < rows; i++)
            put_row(model, sums + i, from + i, out);
    }
    rc = 0;
out:
    mem_free(sums);
    mem_free(mean);
    mem_free(variance);
    return rc;
}

void ensemble_screen(struct ensemble *model, size_t n, const float *x, double relax, float *target)
{
    const float *sigma = model->sigma;
    float wide[SQUASH_MAX];
    struct squash_draws draws = {.n = MODEL_DRAWS, .normal = model->normal};
    size_t groups = model->squash.n_groups, best = 0, from, i, k;

    for (k = 1; k < model->members; k++) {
        if (model->share[k] > model->share[best])
            best = k;
    }
    for (k = 0; k < groups; k++)
        wide[k] = 2.0f * sigma[best * groups + k];
    for (i = 0; ensemble_has_label_kernel(model) && i < n; i++)
        target[i] = 1.0f; /* no network alone knows */
    for (from = ensemble_has_label_kernel(model) ? n : 0; from < n; from += MODEL_BLOCK) {
        size_t rows = n - from < MODEL_BLOCK ? n - from : MODEL_BLOCK;

        inputs_apply(&model->inputs, rows, x + from * model->inputs.n_axes, model->wide);
        net_forward(model->shape, model->weights + best * model->n_weights, rows, model->wide,
                    &model->work);
        for (i = 0; i < rows; i++) {
            const float *y = model->work.y + i * model->shape.n_out;

            target[from + i] =
                ensemble_uses_margins(model)
                    ? (float)squash_probability(&model->squash, &model->labeller, y, wide, relax,
                                                &draws)
                    : (float)stack_apply(&model->stack, 0.0, (double)y[groups] + 1.0);
        }
    }
}

void ensemble_distances(const struct ensemble *model, size_t n, const float *margins,
                        float *distance)
{
    size_t i;

    for (i = 0; i < n; i++) {
        distance[i] = ensemble_uses_margins(model)
                          ? squash_distance(&model->squash, &model->labeller,
                                            margins + i * model->squash.n_margins)
                          : INFINITY;
    }
}

/* ---- bytes ---------------------------------------------------------------------------------- */

struct saved {
    char magic[8];
    uint64_t n_in, n_hidden, n_out, members, n_margins;
    uint8_t use_label, has_failure, has_kernel, reserved[5];
    uint64_t kernel_n;
    float kernel_nugget, reserved_nugget;
    double failure_base;
    struct stack stack, failure_stack;
};

static int save_kernel(const struct ensemble *model, struct buf *out, struct err *err)
{
    const struct kernel *k = model->kernel;
    int rc = -1;

    TRY(buf_append(out, model->kernel_scale, model->squash.n_groups * sizeof(float), err));
    TRY(buf_append(out, k->length, k->d * sizeof(float), err));
    TRY(buf_append(out, k->amplitude, k->groups * sizeof(float), err));
    TRY(buf_append(out, k->x, k->n * k->d * sizeof(float), err));
    TRY(buf_append(out, k->x2, k->n * sizeof(float), err));
    TRY(buf_append(out, k->alpha, k->n * k->groups * sizeof(float), err));
    rc = 0;
out:
    return rc;
}

int ensemble_save(const struct ensemble *model, struct buf *out, struct err *err)
{
    struct saved head;
    size_t groups = model->squash.n_groups, members = model->members;
    int rc = -1;

    memset(&head, 0, sizeof head);
    memcpy(head.magic, magic, sizeof magic);
    head.n_in = model->shape.n_in;
    head.n_hidden = model->shape.n_hidden;
    head.n_out = model->shape.n_out;
    head.members = members;
    head.n_margins = model->squash.n_margins;
    head.use_label = model->use_label;
    head.has_failure = model->has_failure;
    head.has_kernel = model->kernel != NULL;
    head.kernel_n = model->kernel ? model->kernel->n : 0;
    head.kernel_nugget = model->kernel ? model->kernel->nugget : 0.0f;
    head.failure_base = model->failure_base;
    head.stack = model->stack;
    head.failure_stack = model->failure_stack;
    TRY(buf_append(out, &head, sizeof head, err));
    TRY(buf_append(out, &model->squash, sizeof model->squash, err));
    TRY(inputs_save(&model->inputs, out, err));
    TRY(buf_append(out, model->sigma, members * groups * sizeof(float), err));
    TRY(buf_append(out, model->share, (members + 1) * sizeof(float), err));
    TRY(buf_append(out, model->bandwidth, members * sizeof(float), err));
    TRY(buf_append(out, model->weights, members * model->n_weights * sizeof(float), err));
    if (model->kernel)
        TRY(save_kernel(model, out, err));
    rc = 0;
out:
    return rc;
}

/* Takes n bytes off the front; false when there are fewer. */
static bool take(const char **data, size_t *left, void *to, size_t n)
{
    if (*left < n)
        return false;
    if (n > 0)
        memcpy(to, *data, n);
    *data += n;
    *left -= n;
    return true;
}

static bool is_sound(const struct squash *squash)
{
    size_t k;

    if (squash->n_margins > SQUASH_MAX || squash->n_groups > squash->n_margins)
        return false;
    for (k = 0; k < squash->n_margins; k++) {
        if (squash->group[k] != UINT32_MAX && squash->group[k] >= squash->n_groups)
            return false;
    }
    for (k = 0; k < squash->n_groups; k++) {
        if (squash->first[k] >= squash->n_margins || !(squash->scale[k] > 0.0) ||
            !(squash->sd[k] > 0.0))
            return false;
    }
    return true;
}

static bool take_kernel(struct ensemble *model, const struct saved *head, const char **at,
                        size_t *n)
{
    struct kernel *k = model->kernel;

    if (head->kernel_n > KERNEL_MAX)
        return false;
    k->n = (size_t)head->kernel_n;
    k->nugget = head->kernel_nugget;
    return take(at, n, model->kernel_scale, model->squash.n_groups * sizeof(float)) &&
           take(at, n, k->length, k->d * sizeof(float)) &&
           take(at, n, k->amplitude, k->groups * sizeof(float)) &&
           take(at, n, k->x, k->n * k->d * sizeof(float)) &&
           take(at, n, k->x2, k->n * sizeof(float)) &&
           take(at, n, k->alpha, k->n * k->groups * sizeof(float));
}

struct ensemble *ensemble_load(const void *data, size_t n, const struct learn_config *config,
                               struct err *err)
{
    const char *at = data;
    struct saved head;
    struct squash squash;
    struct learn_config like = *config;
    struct inputs inputs = {.n_axes = 0};
    struct ensemble *model = NULL;
    size_t groups;

    if (!take(&at, &n, &head, sizeof head) || memcmp(head.magic, magic, sizeof magic) != 0 ||
        !take(&at, &n, &squash, sizeof squash) || !is_sound(&squash))
        goto damaged;
    groups = squash.n_groups;
    if (inputs_load(&inputs, &at, &n, err) != 0)
        goto damaged;
    if (inputs.n_axes != config->n_inputs || head.n_in != inputs_count(&inputs) ||
        head.n_margins != config->n_margins || squash.n_margins != head.n_margins ||
        head.n_out != groups + 2 || head.n_hidden == 0 || head.n_hidden > 4096 ||
        head.members == 0 || head.members > MODEL_MEMBERS_MAX)
        goto damaged;
    like.members = (size_t)head.members;
    like.hidden = (size_t)head.n_hidden;
    model = ensemble_create(&like, &squash, &inputs, err);
    if (!model) {
        inputs_free(&inputs);
        return NULL;
    }
    model->use_label = head.use_label != 0;
    model->has_failure = head.has_failure != 0;
    model->failure_base = head.failure_base;
    model->stack = head.stack;
    model->failure_stack = head.failure_stack;
    if (!take(&at, &n, model->sigma, model->members * groups * sizeof(float)) ||
        !take(&at, &n, model->share, (model->members + 1) * sizeof(float)) ||
        !take(&at, &n, model->bandwidth, model->members * sizeof(float)) ||
        !take(&at, &n, model->weights, model->members * model->n_weights * sizeof(float)))
        goto damaged;
    if (head.has_kernel) {
        model->kernel =
            kernel_create(model->shape.n_in, model->inputs.n_axes, groups > 0 ? groups : 1, err);
        if (!model->kernel) {
            inputs_free(&inputs);
            ensemble_free(model);
            return NULL;
        }
        if (!take_kernel(model, &head, &at, &n))
            goto damaged;
    }
    if (n == 0) {
        inputs_free(&inputs);
        return model;
    }
damaged:
    inputs_free(&inputs);
    ensemble_free(model);
    err_set(err, ERR_STORE, "the saved model does not belong to this scan, or is damaged");
    return NULL;
}
