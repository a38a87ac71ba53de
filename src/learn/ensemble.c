/* ensemble.c: the ensemble that predicts (predict.c), made, and its way to bytes and back.
 *
 * What it does not: train (train.c).
 *
 * The bytes are the machine's own floats in its own order: they live in a store and are read by
 * the same program on the same machine; a magic number and all sizes are checked. */
#include "ensemble.h"

#include <math.h>
#include <string.h>

static const char magic[8] = "thmodl6";

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

bool ensemble_has_level(const struct ensemble *model)
{
    return model->squash.n_groups == 0 && model->inputs.n_used > 0;
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
    model->has_networks = true;
    model->stack = model->failure_stack = (struct stack){.margin = 1.0};
    labeller_init(&model->labeller, config);
    model->weights = mem_array(model->members * model->n_weights, sizeof(float));
    model->sigma = mem_array(model->members * groups, sizeof(float));
    model->share = mem_array(model->members + 1, sizeof(float));
    model->kernel_scale = mem_array(groups, sizeof(float));
    model->bandwidth = mem_array(model->members, sizeof(float));
    model->normal = mem_array(MODEL_DRAWS * groups, sizeof(float));
    model->wide = mem_array(MODEL_BLOCK * model->shape.n_in, sizeof(float));
    model->heads = mem_array(MODEL_BLOCK * model->shape.n_out, sizeof(float));
    model->sums = mem_array(MODEL_BLOCK * (groups + MODEL_SUMS), sizeof(float));
    model->sigmas = mem_array(MODEL_BLOCK * groups, sizeof(float));
    if (!model->heads || !model->sums || !model->sigmas || !model->wide || !model->weights ||
        !model->sigma || !model->share || !model->kernel_scale || !model->bandwidth ||
        !model->normal)
        goto memory;
    if (score_room_create(&model->room, model->shape, err) != 0) {
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
    mem_free(model->heads);
    mem_free(model->sums);
    mem_free(model->sigmas);
    score_room_free(&model->room);
    mem_free(model);
}

/* ---- bytes ---------------------------------------------------------------------------------- */

struct saved {
    char magic[8];
    uint64_t n_in, n_hidden, n_out, members, n_margins;
    uint8_t use_label, has_failure, has_kernel, has_networks, chosen, reserved[3];
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
    head.has_networks = model->has_networks;
    head.chosen = (uint8_t)model->chosen;
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
        head.members == 0 || head.members > MODEL_MEMBERS_MAX || head.chosen > LEARNER_KERNEL ||
        (!head.has_networks && !head.has_kernel))
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
    model->has_networks = head.has_networks != 0;
    model->chosen = (enum search_learner)head.chosen;
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
