/* regress.c: a network for one number.
 *
 * What it does: the network of net.c with heads that are added with given gates, trained by Adam on
 * the weighted mean square with slopes cut off far outside (Huber, Ann. Math. Stat. 35 (1964) 73),
 * a fixed number of steps on minibatches and a rate that falls like a cosine.  It starts from 0
 * everywhere, and the weights that did best on the rows held out are kept.  In the end it is
 * multiplied with the number between 0 and 1 that suits those rows best.
 *
 * What it does not: know what the number means. */
#include "theodolite/learn.h"

#include "score.h"
#include "vector.h"

#include <math.h>
#include <string.h>

enum { BATCH = 256, LOOKS = 12, WATCHED_MAX = 6144 };
static const float rate_first = 6e-3f, rate_last = 1e-4f;
static const float bandwidth = 3.0f;
static const float far_outside = 6.0f; /* of the root mean square */

struct regressor {
    struct net_shape shape;
    size_t n_weights;
    float scale; /* of y */
    float *weights;
};

struct fit {
    const struct regress_config *config;
    const struct regress_data *data;
    struct regressor *model;
    struct net_work work;
    struct adam adam;
    float *x, *gradient, *best;
    double best_left;
    size_t row[BATCH];
};

void regressor_free(struct regressor *model)
{
    if (!model)
        return;
    mem_free(model->weights);
    mem_free(model);
}

static struct regressor *regressor_create(struct net_shape shape, struct err *err)
{
    struct regressor *model = mem_new(struct regressor);

    if (model) {
        model->shape = shape;
        model->n_weights = net_layout(shape).size;
        model->weights = mem_array(vector_padded(model->n_weights), sizeof *model->weights);
    }
    if (!model || !model->weights) {
        regressor_free(model);
        mem_error(err);
        return NULL;
    }
    return model;
}

static float gated(size_t n, const float *gates, const float *heads)
{
    float sum = 0.0f;
    size_t k;

    for (k = 0; k < n; k++)
        sum += gates[k] * heads[k];
    return sum;
}

/* One minibatch: the heads' slopes from the misfit. */
static void batch_step(struct fit *f, float rate, struct rng *rng)
{
    const struct regress_data *data = f->data;
    size_t d = f->config->n_inputs, o = f->config->n_gates, i, k;
    float each = 1.0f / BATCH;

    for (i = 0; i < BATCH; i++) {
        f->row[i] = (size_t)rng_below(rng, data->n_in);
        memcpy(f->x + i * d, data->x + f->row[i] * d, d * sizeof *f->x);
    }
    net_forward(f->model->shape, f->model->weights, BATCH, f->x, &f->work);
    for (i = 0; i < BATCH; i++) {
        const float *gates = data->gates + f->row[i] * o;
        float miss = gated(o, gates, f->work.y + i * o) - data->y[f->row[i]] / f->model->scale;

        miss = fminf(fmaxf(miss, -far_outside), far_outside);
        for (k = 0; k < o; k++)
            f->work.dy[i * o + k] = each * data->weight[f->row[i]] * miss * gates[k];
    }
    net_backward(f->model->shape, f->model->weights, BATCH, &f->work, f->gradient);
    adam_step(&f->adam, f->model->n_weights, rate, f->gradient, f->model->weights);
}

/* Sums over up to WATCHED_MAX of the rows held out: of y^2, y f and f^2. */
static void watch(struct fit *f, double *yy, double *yf, double *ff)
{
    const struct regress_data *data = f->data;
    size_t d = f->config->n_inputs, o = f->config->n_gates, from = data->n_in, i, m;
    size_t end = data->n - from > WATCHED_MAX ? from + WATCHED_MAX : data->n;

    *yy = *yf = *ff = 0.0;
    for (; from < end; from += m) {
        m = end - from < BATCH ? end - from : BATCH;
        net_forward(f->model->shape, f->model->weights, m, data->x + from * d, &f->work);
        for (i = 0; i < m; i++) {
            size_t row = from + i;
            double y = (double)(data->y[row] / f->model->scale), w = (double)data->weight[row];
            double said = (double)gated(o, data->gates + row * o, f->work.y + i * o);

            *yy += w * y * y;
            *yf += w * y * said;
            *ff += w * said * said;
        }
    }
}

/* Keeps the weights if no others did better on the rows held out. */
static void look(struct fit *f)
{
    double yy, yf, ff, left;

    watch(f, &yy, &yf, &ff);
    left = yy - 2.0 * yf + ff;
    if (!(left < f->best_left))
        return;
    f->best_left = left;
    memcpy(f->best, f->model->weights, f->model->n_weights * sizeof *f->best);
}

static void train(struct fit *f, struct rng *rng)
{
    size_t steps = f->config->steps, i;

    for (i = 0; i < steps; i++) {
        float along = (float)i / (float)steps;

        batch_step(f,
                   rate_last + (rate_first - rate_last) * 0.5f * (1.0f + cosf(3.14159265f * along)),
                   rng);
        if ((i + 1) * LOOKS / steps != i * LOOKS / steps)
            look(f);
    }
}

/* The last layer times the number that suits the rows held out best. */
static void shrink(struct fit *f)
{
    struct net_layout at = net_layout(f->model->shape);
    double yy, yf, ff;
    float by;
    size_t i;

    memcpy(f->model->weights, f->best, f->model->n_weights * sizeof *f->best);
    watch(f, &yy, &yf, &ff);
    by = (float)(ff > 0.0 ? fmin(fmax(yf / ff, 0.0), 1.0) : 0.0);
    for (i = at.w3; i < at.size; i++)
        f->model->weights[i] *= by;
}

static int fit_create(struct fit *f, struct err *err)
{
    const struct regress_data *data = f->data;
    size_t n = vector_padded(f->model->n_weights), i;
    double squares = 0.0;

    f->adam.m = mem_array(n, sizeof(float));
    f->adam.v = mem_array(n, sizeof(float));
    f->gradient = mem_array(n, sizeof(float));
    f->best = mem_array(n, sizeof(float));
    f->x = mem_array(BATCH * f->config->n_inputs, sizeof(float));
    if (!f->adam.m || !f->adam.v || !f->gradient || !f->best || !f->x)
        return mem_error(err);
    for (i = 0; i < data->n_in; i++)
        squares += (double)(data->weight[i] * data->y[i] * data->y[i]) / (double)data->n_in;
    f->model->scale = squares > 0.0 && isfinite(squares) ? (float)sqrt(squares) : 1.0f;
    f->best_left = INFINITY;
    return net_work_create(&f->work, f->model->shape, BATCH, err);
}

static void fit_free(struct fit *f)
{
    mem_free(f->adam.m);
    mem_free(f->adam.v);
    mem_free(f->gradient);
    mem_free(f->best);
    mem_free(f->x);
    net_work_free(&f->work);
}

struct regressor *learn_regress(const struct regress_config *config,
                                const struct regress_data *data, struct err *err)
{
    struct fit f = {.config = config, .data = data};
    struct net_shape shape = {config->n_inputs, config->n_hidden, config->n_gates};
    struct net_layout at = net_layout(shape);
    struct rng rng = rng_stream(config->seed, RNG_TRAIN, config->round);
    size_t i;
    int rc = -1;

    f.model = regressor_create(shape, err);
    if (!f.model)
        return NULL;
    TRY(fit_create(&f, err));
    net_init(shape, bandwidth, &rng, f.model->weights);
    for (i = at.w3; i < at.size; i++)
        f.model->weights[i] = 0.0f;
    look(&f);
    if (data->n_in > 0)
        train(&f, &rng);
    shrink(&f);
    rc = 0;
out:
    fit_free(&f);
    if (rc != 0) {
        regressor_free(f.model);
        return NULL;
    }
    return f.model;
}

int regressor_predict(const struct regressor *model, size_t n, const float *x, const float *gates,
                      float *y, struct err *err)
{
    size_t d = model->shape.n_in, o = model->shape.n_out, from, i, k, m;
    float *heads = mem_array(BATCH * o, sizeof *heads);
    struct score_room room;

    if (!heads || score_room_create(&room, model->shape, err) != 0) {
        mem_free(heads);
        return mem_error(err);
    }
    for (from = 0; from < n; from += m) {
        m = n - from < BATCH ? n - from : BATCH;
        score_network(model->shape, model->weights, m, x + from * d, &room, BATCH, heads);
        for (i = 0; i < m; i++) {
            float sum = 0.0f;

            for (k = 0; k < o; k++)
                sum += gates[(from + i) * o + k] * heads[k * BATCH + i];
            y[from + i] = model->scale * sum;
        }
    }
    score_room_free(&room);
    mem_free(heads);
    return 0;
}

struct head {
    uint64_t n_in, n_hidden, n_out;
    double scale;
};

int regressor_write(const struct regressor *model, struct buf *out, struct err *err)
{
    struct head head = {model->shape.n_in, model->shape.n_hidden, model->shape.n_out,
                        (double)model->scale};
    int rc = -1;

    TRY(buf_append(out, &head, sizeof head, err));
    TRY(buf_append(out, model->weights, model->n_weights * sizeof *model->weights, err));
    rc = 0;
out:
    return rc;
}

struct regressor *regressor_read(const char **data, size_t *n, struct err *err)
{
    struct regressor *model;
    struct head head;
    size_t bytes;

    if (*n < sizeof head) {
        err_set(err, ERR_PROTOCOL, "a network that ends too early");
        return NULL;
    }
    memcpy(&head, *data, sizeof head);
    if (head.n_in > 4096 || head.n_hidden > 4096 || head.n_out > 4096) {
        err_set(err, ERR_PROTOCOL, "a network that makes no sense");
        return NULL;
    }
    model = regressor_create(
        (struct net_shape){(size_t)head.n_in, (size_t)head.n_hidden, (size_t)head.n_out}, err);
    if (!model)
        return NULL;
    bytes = model->n_weights * sizeof *model->weights;
    if (*n - sizeof head < bytes) {
        err_set(err, ERR_PROTOCOL, "a network that ends too early");
        regressor_free(model);
        return NULL;
    }
    model->scale = (float)head.scale;
    memcpy(model->weights, *data + sizeof head, bytes);
    *data += sizeof head + bytes;
    *n -= sizeof head + bytes;
    return model;
}
