/* predict.c: what the ensemble says of points.
 *
 * What it does: every member predicts each head; the margins' heads give the probability that the
 * target holds (squash.c), the label's head gives another, both are averaged over the members,
 * each with the weight its held-out residuals earn, and stacked into one calibrated probability.
 * Blocks of points lie along the rows of all scratch arrays, so that the loops over them are vector
 * code; nothing is allocated.
 *
 * What it does not: train (train.c). */
#include "ensemble.h"
#include "vector.h"

#include <math.h>
#include <string.h>

/* Is there no network that could say by itself what is far from the target? */
static bool has_no_screen(const struct ensemble *model)
{
    return !model->has_networks || ensemble_has_label_kernel(model) || ensemble_has_level(model);
}

/* One block of predictions: rows of MODEL_BLOCK in model->sums. */
struct block {
    struct ensemble *model;
    size_t n;
    double relax;
    bool is_fast; /* a conjunction of margins: many points at once */
    struct squash_cuts cuts;
    float *margin, *label, *failure, *p, *squares; /* sums over the members */
    float *chance;                                 /* of one member */
    float *mean, *variance;                        /* the kernel's, n by its groups, n */
    float *heads;    /* n_groups rows: sums; NULL: nobody asks for margins */
    double networks; /* sum of the networks' shares */
};

static void open_block(struct block *b, struct ensemble *model, double relax, bool wants_heads,
                       float *mean)
{
    float *at = model->sums;
    size_t k;

    *b = (struct block){.model = model, .relax = relax, .mean = mean};
    b->is_fast = ensemble_uses_margins(model) && model->labeller.is_conjunction;
    if (b->is_fast)
        squash_cuts(&model->squash, relax, &b->cuts);
    b->margin = at;
    b->label = at + MODEL_BLOCK;
    b->failure = at + 2 * MODEL_BLOCK;
    b->p = at + 3 * MODEL_BLOCK;
    b->squares = at + 4 * MODEL_BLOCK;
    b->chance = at + 5 * MODEL_BLOCK;
    b->variance = at + 6 * MODEL_BLOCK;
    b->heads = wants_heads ? at + MODEL_SUMS * MODEL_BLOCK : NULL;
    for (k = 0; k < model->members; k++)
        b->networks += (double)model->share[k];
}

/* The n margins' probabilities by heads and deviations in rows. */
static void chances(const struct block *b, const float *heads, const float *sigmas)
{
    const struct ensemble *model = b->model;
    struct squash_draws draws = {.n = MODEL_DRAWS, .normal = model->normal};
    float y[SQUASH_MAX], sigma[SQUASH_MAX];
    size_t groups = model->squash.n_groups, i, g;

    if (b->is_fast) {
        squash_conjunctions(groups, &b->cuts, b->n, MODEL_BLOCK, heads, sigmas, b->chance);
        return;
    }
    for (i = 0; i < b->n; i++) {
        for (g = 0; g < groups; g++) {
            y[g] = heads[g * MODEL_BLOCK + i];
            sigma[g] = sigmas[g * MODEL_BLOCK + i];
        }
        b->chance[i] =
            (float)squash_probability(&model->squash, &model->labeller, y, sigma, b->relax, &draws);
    }
}

VECTOR_LOOP static void add_scaled(size_t n, float share, const float *from, float *to)
{
    size_t i;

    for (i = 0; i < n; i++)
        to[i] += share * from[i];
}

VECTOR_LOOP static void add_squares(size_t n, float share, const float *from, float *to)
{
    size_t i;

    for (i = 0; i < n; i++)
        to[i] += share * from[i] * from[i];
}

static void set_sigmas(const struct block *b, const float *sigma, float factor)
{
    size_t g, i;

    for (g = 0; g < b->model->squash.n_groups; g++)
        for (i = 0; i < b->n; i++)
            b->model->sigmas[g * MODEL_BLOCK + i] = factor * sigma[g];
}

/* What this member says of the block's points; the kernel is the last of them. */
static void add_chances(const struct block *b, float share)
{
    add_scaled(b->n, share, b->chance, b->p);
    add_squares(b->n, share, b->chance, b->squares);
}

/* The kernel has no head for label and failure: for these the networks' shares are taken by
 * themselves. */
static void add_member(const struct block *b, size_t k)
{
    struct ensemble *model = b->model;
    size_t groups = model->squash.n_groups, g, i;
    float share = model->share[k], own;
    const float *label = model->heads + groups * MODEL_BLOCK;

    own = b->networks > 0.0 ? (float)((double)share / b->networks) : 1.0f / (float)model->members;
    for (g = 0; b->heads && g < groups; g++)
        add_scaled(b->n, share, model->heads + g * MODEL_BLOCK, b->heads + g * MODEL_BLOCK);
    if (ensemble_uses_margins(model) && share > 0.0f) {
        set_sigmas(b, model->sigma + k * groups, 1.0f);
        chances(b, model->heads, model->sigmas);
        add_scaled(b->n, share, b->chance, b->margin);
        add_chances(b, share);
    } else if (!ensemble_uses_margins(model)) {
        for (i = 0; i < b->n; i++)
            b->chance[i] = 1.0f / (1.0f + expf(-label[i]));
        add_chances(b, share);
    }
    add_scaled(b->n, own, label, b->label);
    add_scaled(b->n, own, label + MODEL_BLOCK, b->failure);
}

static void add_kernel(const struct block *b)
{
    struct ensemble *model = b->model;
    size_t groups = model->squash.n_groups, g, i;
    float share = model->share[model->members];

    kernel_predict(model->kernel, b->n, model->wide, b->mean, groups > 0 ? b->variance : NULL);
    for (i = 0; groups == 0 && i < b->n; i++)
        b->margin[i] = (float)ensemble_label_score(b->mean[i]);
    for (g = 0; g < groups; g++) {
        for (i = 0; i < b->n; i++) {
            model->heads[g * MODEL_BLOCK + i] = b->mean[i * groups + g];
            model->sigmas[g * MODEL_BLOCK + i] =
                sqrtf(model->kernel_scale[g] * b->variance[i] + 1e-8f);
        }
        if (b->heads)
            add_scaled(b->n, share, model->heads + g * MODEL_BLOCK, b->heads + g * MODEL_BLOCK);
    }
    if (ensemble_uses_margins(model)) {
        chances(b, model->heads, model->sigmas);
        add_scaled(b->n, share, b->chance, b->margin);
        add_chances(b, share);
    }
}

/* x: n by n_axes. */
static void predict_block(struct block *b, size_t n, const float *x)
{
    struct ensemble *model = b->model;
    size_t rows = MODEL_SUMS + (b->heads ? model->squash.n_groups : 0), k;

    b->n = n;
    memset(model->sums, 0, rows * MODEL_BLOCK * sizeof *model->sums);
    inputs_apply(&model->inputs, n, x, model->wide);
    for (k = 0; model->has_networks && k < model->members; k++) {
        score_network(model->shape, model->weights + k * model->n_weights, n, model->wide,
                      &model->room, MODEL_BLOCK, model->heads);
        add_member(b, k);
    }
    if (model->kernel)
        add_kernel(b);
}

static double target_of(const struct block *b, size_t i)
{
    const struct ensemble *model = b->model;
    bool by_margins = ensemble_uses_margins(model);
    double margin = (double)b->margin[i];

    if (b->relax > 0.0 && by_margins)
        return margin;
    return stack_apply(&model->stack, by_margins ? logit(margin) : margin,
                       model->use_label ? (double)b->label[i] : 0.0);
}

static void put_margins(const struct block *b, size_t i, float *margins)
{
    const struct squash *squash = &b->model->squash;
    size_t k;

    for (k = 0; k < squash->n_margins; k++) {
        uint32_t g = squash->group[k];

        margins[k] =
            g >= squash->n_groups
                ? NAN
                : (float)squash->sign[k] * (b->heads[g * MODEL_BLOCK + i] * (float)squash->sd[g] +
                                            (float)squash->mean[g]);
    }
}

static void put_block(const struct block *b, size_t from, const struct prediction *out)
{
    const struct ensemble *model = b->model;
    size_t i;

    for (i = 0; out->target && i < b->n; i++)
        out->target[from + i] = (float)target_of(b, i);
    for (i = 0; out->failure && i < b->n; i++)
        out->failure[from + i] = model->has_failure ? (float)stack_apply(&model->failure_stack, 0.0,
                                                                         (double)b->failure[i])
                                                    : (float)model->failure_base;
    for (i = 0; out->spread && i < b->n; i++)
        out->spread[from + i] = sqrtf(fmaxf(b->squares[i] - b->p[i] * b->p[i], 0.0f));
    for (i = 0; out->margins && i < b->n; i++)
        put_margins(b, i, out->margins + (from + i) * model->squash.n_margins);
}

int ensemble_predict(struct ensemble *model, size_t n, const float *x, const struct prediction *out,
                     struct err *err)
{
    size_t groups = model->kernel ? model->kernel->groups : 0, from;
    float *mean = mem_array(MODEL_BLOCK * groups, sizeof *mean);
    struct block b;

    if (!mean && groups > 0)
        return mem_error(err);
    open_block(&b, model, out->relax, out->margins != NULL, mean);
    for (from = 0; from < n; from += MODEL_BLOCK) {
        predict_block(&b, n - from < MODEL_BLOCK ? n - from : MODEL_BLOCK,
                      x + from * model->inputs.n_axes);
        put_block(&b, from, out);
    }
    mem_free(mean);
    return 0;
}

void ensemble_screen(struct ensemble *model, size_t n, const float *x, double relax, float *target)
{
    size_t groups = model->squash.n_groups, best = 0, from, i, k;
    const float *label = model->heads + groups * MODEL_BLOCK;
    struct block b;

    for (i = 0; has_no_screen(model) && i < n; i++)
        target[i] = 1.0f; /* no network alone knows */
    if (has_no_screen(model))
        return;
    for (k = 1; k < model->members; k++) {
        if (model->share[k] > model->share[best])
            best = k;
    }
    open_block(&b, model, relax, false, NULL);
    for (from = 0; from < n; from += MODEL_BLOCK) {
        b.n = n - from < MODEL_BLOCK ? n - from : MODEL_BLOCK;
        inputs_apply(&model->inputs, b.n, x + from * model->inputs.n_axes, model->wide);
        score_network(model->shape, model->weights + best * model->n_weights, b.n, model->wide,
                      &model->room, MODEL_BLOCK, model->heads);
        if (ensemble_uses_margins(model)) {
            set_sigmas(&b, model->sigma + best * groups, 2.0f);
            chances(&b, model->heads, model->sigmas);
        }
        for (i = 0; i < b.n; i++)
            target[from + i] = ensemble_uses_margins(model)
                                   ? b.chance[i]
                                   : (float)stack_apply(&model->stack, 0.0, (double)label[i] + 1.0);
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
