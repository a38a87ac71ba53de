/* surrogate-table.c: the rows that a surrogate is fitted to.
 *
 * What it does: lays them out in random order, q and the parts' shares at each, weights held within
 * bounds, the last fifth of them held out.
 *
 * What it does not: know where they come from, or what is fitted. */
#include "surrogate-table.h"

#include <math.h>
#include <string.h>

static const double weight_most = 20.0; /* of the mean */

void fit_table_free(struct fit_table *t)
{
    mem_free(t->x);
    mem_free(t->q);
    mem_free(t->shares);
    mem_free(t->h);
    mem_free(t->left);
    mem_free(t->weight);
    mem_free(t->said);
    mem_free(t->said_too);
    mem_free(t->said_wide);
}

/* The rows in random order: the held-out ones are then the last. */
static int table_order(struct fit_table *t, const struct surrogate_config *config,
                       const struct surrogate_data *data, struct err *err)
{
    struct rng rng = rng_stream(config->seed, RNG_SPLIT, config->round);
    size_t *order = mem_array(data->n, sizeof *order), i, d = data->n_dims;

    if (!order)
        return mem_error(err);
    for (i = 0; i < data->n; i++)
        if (isfinite(data->h[i]) && data->weight[i] > 0.0 && isfinite(data->weight[i]))
            order[t->n++] = i;
    rng_shuffle(&rng, order, t->n);
    for (i = 0; i < t->n; i++) {
        memcpy(t->x + i * d, data->x + order[i] * d, d * sizeof *t->x);
        t->h[i] = data->h[order[i]];
        t->weight[i] = data->weight[order[i]];
    }
    t->n_in = t->n - t->n / 5;
    mem_free(order);
    return 0;
}

/* Weights to a mean of 1, none above weight_most. */
static void table_weigh(struct fit_table *t)
{
    int pass;

    for (pass = 0; pass < 3; pass++) {
        double sum = 0.0;
        size_t i;

        for (i = 0; i < t->n; i++)
            sum += t->weight[i] / (double)t->n;
        for (i = 0; i < t->n; i++)
            t->weight[i] = fmin(t->weight[i] / sum, weight_most);
    }
}

int fit_table_create(struct fit_table *t, const struct surrogate_config *config,
                     const struct surrogate_data *data, struct err *err)
{
    size_t n = data->n, d = data->n_dims, parts = proposal_n_parts(config->proposal);

    t->x = mem_array(n * d, sizeof *t->x);
    t->q = mem_array(n, sizeof *t->q);
    t->shares = mem_array(n * parts, sizeof *t->shares);
    t->h = mem_array(n, sizeof *t->h);
    t->left = mem_array(n, sizeof *t->left);
    t->weight = mem_array(n, sizeof *t->weight);
    t->said = mem_array(n, sizeof *t->said);
    t->said_too = mem_array(n, sizeof *t->said_too);
    t->said_wide = mem_array(n, sizeof *t->said_wide);
    if (!t->x || !t->q || !t->shares || !t->h || !t->left || !t->weight || !t->said ||
        !t->said_too || !t->said_wide)
        return mem_error(err);
    if (table_order(t, config, data, err) != 0)
        return -1;
    table_weigh(t);
    proposal_density(config->proposal, t->n, t->x, t->q, t->shares);
    t->rows = (struct rows){.n = t->n,
                            .d = d,
                            .n_parts = parts,
                            .x = t->x,
                            .q = t->q,
                            .shares = t->shares,
                            .target = t->left,
                            .weight = t->weight};
    return 0;
}

double fit_table_misfit(const struct fit_table *t, const double *a, const double *b, size_t from,
                        size_t to)
{
    double sum = 0.0, weight = 1e-300;
    size_t i;

    for (i = from; i < to; i++) {
        double miss = a[i] - (b ? b[i] : 0.0);

        sum += t->weight[i] * miss * miss;
        weight += t->weight[i];
    }
    return sum / weight;
}

double fit_table_mean(const struct fit_table *t, size_t from, size_t to)
{
    double sum = 0.0, weight = 1e-300;
    size_t i;

    for (i = from; i < to; i++) {
        sum += t->weight[i] * t->h[i];
        weight += t->weight[i];
    }
    return sum / weight;
}

void fit_table_leave(struct fit_table *t, double constant)
{
    size_t i;

    for (i = 0; i < t->n; i++)
        t->left[i] = t->h[i] - constant;
}

void fit_table_subtract(struct fit_table *t, const double *said)
{
    size_t i;

    for (i = 0; i < t->n; i++)
        t->left[i] -= said[i];
}
