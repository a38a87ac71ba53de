/* surrogate-net.c: a network on what the other forms leave.
 *
 * What it does: turns a row into what the network is told (the axes of the cube, the frame's other
 * coordinates and log q, each brought to about 0 .. 1), with the shares of the uniform part, of the
 * axes' part and of all Gaussians together as gates of three heads: edges of q then divide out as
 * they do for the polynomials.
 *
 * What it does not: train (learn_regress does). */
#include "forms.h"
#include "theodolite/learn.h"

#include <math.h>
#include <string.h>

enum { GATES = 3, HIDDEN = 64, BLOCK = 512, STEPS_MIN = 600, STEPS_MAX = 5000, EPOCHS = 24 };

struct net_form {
    struct frame frame;
    size_t n_inputs;
    double mean[2 * FRAME_DIMS + 2], sd[2 * FRAME_DIMS + 2]; /* of what is no axis */
    struct regressor *model;
};

void net_form_free(struct net_form *form)
{
    if (!form)
        return;
    regressor_free(form->model);
    mem_free(form);
}

/* Coordinates of one row beyond the axes, raw. */
static void beyond(const struct net_form *form, const double *u, double q, double *to)
{
    size_t d = form->frame.d, k;

    for (k = d; k < form->frame.n_axes; k++)
        to[k - d] = u[k];
    to[form->frame.n_axes - d] = log(q);
}

/* Inputs and gates of up to BLOCK rows; u: scratch, BLOCK by n_axes. */
static void tell(const struct net_form *form, const struct rows *rows, double *u, float *x,
                 float *gates)
{
    size_t d = form->frame.d, n_axes = form->frame.n_axes, extra = n_axes - d + 1, i, k;

    frame_apply(&form->frame, rows->n, rows->x, u);
    for (i = 0; i < rows->n; i++) {
        const double *share = rows->shares + i * rows->n_parts;
        float *to = x + i * form->n_inputs;
        double raw[2 * FRAME_DIMS + 2];

        for (k = 0; k < d; k++)
            to[k] = (float)u[i * n_axes + k];
        beyond(form, u + i * n_axes, rows->q[i], raw);
        for (k = 0; k < extra; k++) {
            double z = (raw[k] - form->mean[k]) / form->sd[k];

            to[d + k] = (float)(0.5 + 0.25 * z / sqrt(1.0 + z * z / 9.0));
        }
        gates[i * GATES] = (float)share[0];
        gates[i * GATES + 1] = rows->n_parts > 1 ? (float)share[1] : 0.0f;
        gates[i * GATES + 2] = 1.0f - gates[i * GATES] - gates[i * GATES + 1];
    }
}

/* Mean and spread of the inputs that are no axes. */
static void standardise(struct net_form *form, const struct rows *rows, double *u)
{
    size_t extra = form->frame.n_axes - form->frame.d + 1, n_axes = form->frame.n_axes, from, i, k;
    double squares[2 * FRAME_DIMS + 2] = {0.0}, raw[2 * FRAME_DIMS + 2];

    for (from = 0; from < rows->n; from += BLOCK) {
        struct rows part = rows_part(rows, from, rows->n - from < BLOCK ? rows->n - from : BLOCK);

        frame_apply(&form->frame, part.n, part.x, u);
        for (i = 0; i < part.n; i++) {
            beyond(form, u + i * n_axes, part.q[i], raw);
            for (k = 0; k < extra; k++) {
                form->mean[k] += raw[k] / (double)rows->n;
                squares[k] += raw[k] * raw[k] / (double)rows->n;
            }
        }
    }
    for (k = 0; k < extra; k++)
        form->sd[k] = sqrt(fmax(squares[k] - form->mean[k] * form->mean[k], 1e-12));
}

static int train(struct net_form *form, const struct rows *rows, size_t n_in,
                 const struct surrogate_config *config, struct err *err)
{
    size_t n = rows->n, steps = n_in * EPOCHS / 256, from, i;
    float *x = mem_array(n * form->n_inputs, sizeof *x);
    float *gates = mem_array(n * GATES, sizeof *gates), *y = mem_array(2 * n, sizeof *y);
    double *u = mem_array(BLOCK * form->frame.n_axes, sizeof *u);
    int rc = -1;

    if (!x || !gates || !y || !u) {
        mem_error(err);
        goto out;
    }
    standardise(form, rows, u);
    for (from = 0; from < n; from += BLOCK) {
        struct rows part = rows_part(rows, from, n - from < BLOCK ? n - from : BLOCK);

        tell(form, &part, u, x + from * form->n_inputs, gates + from * GATES);
    }
    for (i = 0; i < n; i++) {
        y[i] = (float)rows->target[i];
        y[n + i] = (float)rows->weight[i];
    }
    steps = steps < STEPS_MIN ? STEPS_MIN : steps > STEPS_MAX ? STEPS_MAX : steps;
    form->model =
        learn_regress(&(struct regress_config){.n_inputs = form->n_inputs,
                                               .n_gates = GATES,
                                               .n_hidden = HIDDEN,
                                               .steps = steps,
                                               .seed = config->seed,
                                               .round = config->round},
                      &(struct regress_data){
                          .n = n, .n_in = n_in, .x = x, .gates = gates, .y = y, .weight = y + n},
                      err);
    rc = form->model ? 0 : -1;
out:
    mem_free(x);
    mem_free(gates);
    mem_free(y);
    mem_free(u);
    return rc;
}

struct net_form *net_form_fit(const struct frame *frame, const struct rows *rows, size_t n_in,
                              const struct surrogate_config *config, struct err *err)
{
    struct net_form *form = mem_new(struct net_form);

    if (!form) {
        mem_error(err);
        return NULL;
    }
    form->frame = *frame;
    form->n_inputs = frame->n_axes + 1;
    if (train(form, rows, n_in, config, err) != 0) {
        net_form_free(form);
        return NULL;
    }
    return form;
}

int net_form_add(const struct net_form *form, const struct rows *rows, double *h, struct err *err)
{
    float *x = mem_array(BLOCK * form->n_inputs, sizeof *x);
    float *gates = mem_array(BLOCK * GATES, sizeof *gates), *y = mem_array(BLOCK, sizeof *y);
    double *u = mem_array(BLOCK * form->frame.n_axes, sizeof *u);
    size_t from, i;
    int rc = -1;

    if (!x || !gates || !y || !u) {
        mem_error(err);
        goto out;
    }
    for (from = 0; from < rows->n; from += BLOCK) {
        struct rows part = rows_part(rows, from, rows->n - from < BLOCK ? rows->n - from : BLOCK);

        tell(form, &part, u, x, gates);
        TRY(regressor_predict(form->model, part.n, x, gates, y, err));
        for (i = 0; i < part.n; i++)
            h[from + i] += (double)y[i];
    }
    rc = 0;
out:
    mem_free(x);
    mem_free(gates);
    mem_free(y);
    mem_free(u);
    return rc;
}

/* Bytes: the frame, the number of inputs, their means and spreads, the network. */
int net_form_write(const struct net_form *form, struct buf *out, struct err *err)
{
    int rc = -1;

    TRY(buf_append(out, &form->frame, sizeof form->frame, err));
    TRY(buf_append(out, form->mean, sizeof form->mean, err));
    TRY(buf_append(out, form->sd, sizeof form->sd, err));
    TRY(regressor_write(form->model, out, err));
    rc = 0;
out:
    return rc;
}

struct net_form *net_form_read(const char **data, size_t *n, size_t d, struct err *err)
{
    struct net_form *form = mem_new(struct net_form);
    int rc = -1;

    if (!form) {
        mem_error(err);
        return NULL;
    }
    TRY(bytes_take(data, n, &form->frame, sizeof form->frame, err));
    if (!frame_makes_sense(&form->frame, d)) {
        err_set(err, ERR_PROTOCOL, "a network of other axes");
        goto out;
    }
    form->n_inputs = form->frame.n_axes + 1;
    TRY(bytes_take(data, n, form->mean, sizeof form->mean, err));
    TRY(bytes_take(data, n, form->sd, sizeof form->sd, err));
    form->model = regressor_read(data, n, err);
    rc = form->model ? 0 : -1;
out:
    if (rc != 0) {
        net_form_free(form);
        return NULL;
    }
    return form;
}
