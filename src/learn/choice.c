/* choice.c: which part of the model is worth its work?
 *
 * What it does: in rounds in which the networks and the Gaussian process both were trained, gives
 * the log loss of each alone and of both together on the same points, which none has seen, each
 * calibrated on the other half of them.  A part that alone does as well as both, within one
 * standard error of the paired differences, is trained alone from then on; of two such parts the
 * better one, or where they differ by less than an error the one with less work.  Every fourth
 * round both are trained and compared again.  Meanwhile the networks stay in the model as they are,
 * with the share that their held-out residuals earn; the process is left out.
 *
 * What it does not: look at a clock.  Seconds differ between two runs of a scan, and a scan that
 * was interrupted must go on as it would have gone on; so work is counted: multiplications and
 * additions of the matrix products, which is where the time goes.  For the same reason the
 * calculators' seconds do not enter. */
#include "train.h"

#include <math.h>

static const double negligible = 1e-3; /* of a log loss */
enum { EVERY = 4, LEAST_ROWS = 50, LEAST_ACCEPTED = 10 };

void choice_prepare(struct training *t, const struct ensemble *warm)
{
    enum search_learner learner = t->config->learner, before;

    before = warm && learner == LEARNER_AUTO ? warm->chosen : learner;
    /* A level is seen in another way by each: rows that nobody has seen are too few to part them.
     */
    if (learner == LEARNER_AUTO && ensemble_has_level(t->model))
        before = LEARNER_AUTO;
    t->is_compared =
        learner == LEARNER_AUTO && (before == LEARNER_AUTO || t->config->round % EVERY == 0);
    t->wants_kernel = learner == LEARNER_KERNEL || t->is_compared || before != LEARNER_NETWORK;
    t->wants_networks = learner == LEARNER_NETWORK || t->is_compared || before != LEARNER_KERNEL;
    if (learner == LEARNER_NETWORK)
        t->wants_kernel = false;
    t->model->chosen = before;
}

/* Forward and backward pass: three products with as many multiplications as there are weights. */
static double network_work(const struct training *t)
{
    double rows = (double)(t->model->members * train_n_steps(t) * TRAIN_BATCH);

    return 6e-9 * rows * (double)t->model->n_weights;
}

/* The factor and its inverse, and those of a sample for each try of the lengths. */
static double kernel_work(const struct training *t)
{
    const struct kernel *kernel = t->model->kernel;
    double n = kernel ? (double)kernel->n : 0.0;
    double some = fmin(n, 320.0), tries = 2.0 * (double)t->config->n_inputs + 5.0;

    return 1e-9 * (n * n * n + tries * some * some * some / 3.0);
}

/* Who gives the probability. */
enum { NETWORK, KERNEL, BOTH, WAYS };

/* Margin and label scores of row i in one of three ways. */
static struct stack_row score_row(const struct training *t, size_t i, int way)
{
    const struct ensemble *model = t->model;
    size_t groups = model->squash.n_groups;
    const float *heads = t->heads + i * model->shape.n_out;
    const float *mean = t->kernel_mean + i * (groups > 0 ? groups : 1);
    double share = (double)model->share[model->members], p = 0.0, q = 0.0;
    struct stack_row row = {.truth = t->data->label[i] > 0 ? 1.0f : 0.0f, .weight = 1.0f};

    if (way != KERNEL && model->use_label)
        row.label = heads[groups];
    if (groups == 0) {
        row.margin = way != NETWORK ? (float)ensemble_label_score(mean[0]) : 0.0f;
        return row;
    }
    if (!ensemble_uses_margins(model))
        return row;
    if (way != KERNEL)
        p = ensemble_margin_probability(model, t->fold[i], heads, 0.0);
    if (way != NETWORK)
        q = ensemble_kernel_probability(model, mean, t->kernel_variance[i], 0.0);
    row.margin = (float)logit(way == BOTH ? p + share * (q - p) : way == KERNEL ? q : p);
    return row;
}

static float loss_of(const struct stack *stack, const struct stack_row *row)
{
    double p = stack_apply(stack, (double)row->margin, (double)row->label);
    double said = row->truth > 0.5f ? p : 1.0 - p;

    return (float)-log(said > 1e-7 ? said : 1e-7);
}

/* The rows that everybody was kept from. */
static size_t find_rows(const struct training *t, size_t *rows, size_t *n_accepted)
{
    size_t i, n = 0;

    *n_accepted = 0;
    for (i = 0; i < t->data->n; i++) {
        if (t->fold[i] >= t->model->members || t->data->label[i] < 0 || !t->has_kernel[i] ||
            (ensemble_has_level(t->model) && t->fold[i] != 0))
            continue;
        *n_accepted += t->data->label[i] > 0;
        rows[n++] = i;
    }
    return n;
}

/* loss: n numbers for one way. */
static void measure(struct training *t, const size_t *rows, size_t n, int way, float *loss)
{
    const struct stack prior = {.margin = 1.0, .label = way == NETWORK ? 1.0 : 0.2};
    struct stack half[2];
    size_t i;

    for (i = 0; i < n; i++) {
        t->stack_rows[i] = score_row(t, rows[i], way);
        t->stack_rows[i].fold = (float)(i & 1u);
    }
    half[0] = stack_fit(n, t->stack_rows, 0, &prior);
    half[1] = stack_fit(n, t->stack_rows, 1, &prior);
    for (i = 0; i < n; i++)
        loss[i] = loss_of(&half[i & 1u], t->stack_rows + i);
}

struct paired {
    double mean, error;
};

/* By how much b is lower than a. */
static struct paired compare(size_t n, const float *a, const float *b)
{
    double sum = 0.0, squares = 0.0, count = (double)n;
    size_t i;

    for (i = 0; i < n; i++) {
        double gain = (double)(a[i] - b[i]);

        sum += gain;
        squares += gain * gain;
    }
    return (struct paired){
        .mean = sum / count,
        .error = sqrt(fmax(squares - sum * sum / count, 0.0) / (count - 1.0) / count)};
}

static double mean_of(size_t n, const float *loss)
{
    double sum = 0.0;
    size_t i;

    for (i = 0; i < n; i++)
        sum += (double)loss[i];
    return sum / (double)n;
}

static enum search_learner choose(const struct learn_choice *c, size_t n, float *const loss[WAYS])
{
    struct paired network = compare(n, loss[NETWORK], loss[BOTH]);
    struct paired kernel = compare(n, loss[KERNEL], loss[BOTH]);
    bool network_will_do = network.mean <= fmax(network.error, negligible);
    bool kernel_will_do = kernel.mean <= fmax(kernel.error, negligible);

    if (network_will_do && kernel_will_do) {
        if (fabs(c->kernel_gain) <= c->kernel_gain_error)
            return c->kernel_work < c->network_work ? LEARNER_KERNEL : LEARNER_NETWORK;
        return c->kernel_gain > 0.0 ? LEARNER_KERNEL : LEARNER_NETWORK;
    }
    return kernel_will_do ? LEARNER_KERNEL : network_will_do ? LEARNER_NETWORK : LEARNER_AUTO;
}

int choice_measure(struct training *t, struct err *err)
{
    struct learn_choice *c = &t->metrics->choice;
    size_t n = 0, n_accepted = 0, *rows = mem_array(t->data->n, sizeof *rows);
    float *loss[WAYS] = {NULL};
    int way, rc = -1;
    struct paired gain;

    *c = (struct learn_choice){.chosen = t->model->chosen,
                               .has_networks = t->wants_networks,
                               .has_kernel = t->model->kernel != NULL,
                               .network = NAN,
                               .kernel = NAN,
                               .both = NAN,
                               .kernel_gain = NAN,
                               .kernel_gain_error = NAN,
                               .network_work = network_work(t),
                               .kernel_work = kernel_work(t)};
    for (way = 0; way < WAYS; way++)
        loss[way] = mem_array(t->data->n, sizeof(float));
    if (!rows || !loss[NETWORK] || !loss[KERNEL] || !loss[BOTH]) {
        mem_error(err);
        goto out;
    }
    rc = 0;
    if (!t->is_compared || !t->model->kernel)
        goto out;
    n = find_rows(t, rows, &n_accepted);
    if (n < LEAST_ROWS || n_accepted < LEAST_ACCEPTED) {
        c->chosen = LEARNER_AUTO;
        goto out;
    }
    for (way = 0; way < WAYS; way++)
        measure(t, rows, n, way, loss[way]);
    c->n = n;
    c->network = mean_of(n, loss[NETWORK]);
    c->kernel = mean_of(n, loss[KERNEL]);
    c->both = mean_of(n, loss[BOTH]);
    gain = compare(n, loss[NETWORK], loss[KERNEL]);
    c->kernel_gain = gain.mean;
    c->kernel_gain_error = gain.error;
    c->chosen = ensemble_has_level(t->model) ? LEARNER_AUTO : choose(c, n, loss);
out:
    t->model->chosen = c->chosen;
    mem_free(rows);
    for (way = 0; way < WAYS; way++)
        mem_free(loss[way]);
    return rc;
}
