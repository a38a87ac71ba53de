/* proposal-patch.c: parts for where a fitted mixture is too thin.
 *
 * Likelihood cares for shares of int |F|; the spread of F/q cares for int F^2/q, where a weak broad
 * hill beside two strong peaks may count for more than they do.  Points at which |F|/q exceeds
 * twice int |F| get Gaussians of their own, fitted with the weights of what they add to int F^2/q.
 * (What the surrogate takes out of F/q is not known here; the variance about int |F| stands for
 * what it leaves.)  Then the shares are moved towards those that make it least (Kleiss, Pittau,
 * Comput. Phys. Commun. 83 (1994) 141): alpha_k proportional to alpha_k sqrt(W_k), W_k = E[(F/q)^2
 * q_k/q].  Kept when the variance is smaller by enough on the points themselves. */
#include "fit.h"

#include <math.h>
#include <string.h>

enum { TIMES = 3, GAUSSIANS_MOST = 4, STEPS = 8, SHARE_STEPS = 6 };
static const double excess = 2.0;       /* of int |F| */
static const double worth_least = 0.05; /* of the variance of |F|/q that lies in excess */
static const double gain_least = 0.05;

/* Fills excess[i] = |F|/q over int |F|; returns int F^2/q over (int |F|)^2. */
static double second_moment(struct fit *fit, const struct proposal *p, double *ratio)
{
    double of = 0.0, inverse = 0.0, sum = 0.0;
    size_t i;

    proposal_density(p, fit->n, fit->x, fit->q, fit->shares);
    for (i = 0; i < fit->n; i++) {
        ratio[i] = fit->height[i] / fit->q[i];
        of += fit->weight[i];
        if (ratio[i] > 0.0)
            inverse += fit->weight[i] / ratio[i];
    }
    for (i = 0; i < fit->n; i++) {
        ratio[i] *= of > 0.0 ? inverse / of : 0.0;
        sum += fit->weight[i] * ratio[i];
    }
    return of > 0.0 ? sum / of : 1.0;
}

static void normalise(struct proposal *p, double uniform)
{
    double total = 0.0;
    size_t k;

    for (k = 0; k < p->n_parts; k++)
        total += p->share[k];
    for (k = 0; k < p->n_parts; k++)
        p->share[k] /= total;
    if (p->share[PART_UNIFORM] >= uniform)
        return;
    total = 1.0 - p->share[PART_UNIFORM];
    for (k = 0; k < p->n_parts; k++)
        p->share[k] *= k == PART_UNIFORM ? 0.0 : (1.0 - uniform) / total;
    p->share[PART_UNIFORM] = uniform;
}

/* Moves the shares, half way at a step.  The ratios are capped where points are few. */
static double move_shares(struct fit *fit, struct proposal *p, double *ratio)
{
    double moment = second_moment(fit, p, ratio);
    size_t step, i, k;

    for (step = 0; step < SHARE_STEPS; step++) {
        double total = 0.0;

        for (i = 0; i < fit->n; i++)
            total += fit->weight[i] * ratio[i];
        for (k = 0; k < p->n_parts; k++) {
            double w = 0.0;

            if (!(p->share[k] > 0.0))
                continue;
            for (i = 0; i < fit->n; i++)
                w += fit->weight[i] * ratio[i] * fit->shares[i * p->n_parts + k];
            p->share[k] = sqrt(p->share[k] * w / total); /* alpha sqrt(W), W = w / alpha */
        }
        normalise(p, fit->uniform);
        moment = second_moment(fit, p, ratio);
    }
    return moment;
}

/* A fit of the points in excess alone. */
static int excess_fit(const struct fit *fit, const double *ratio, struct fit *sub, double *share,
                      struct err *err)
{
    double sum = 0.0, all = 0.0, total = 0.0;
    size_t d = fit->n_dims, i, n = 0;

    for (i = 0; i < fit->n; i++) {
        all += fit->weight[i] * ratio[i];
        n += ratio[i] > excess;
    }
    *sub = (struct fit){.n_dims = d, .uniform = fit->uniform};
    sub->x = mem_array(n * d, sizeof *sub->x);
    sub->weight = mem_array(n, sizeof *sub->weight);
    sub->q = mem_array(n, sizeof *sub->q);
    sub->shares = mem_array(n * (GAUSSIANS_MOST + PARTS_FIXED), sizeof *sub->shares);
    if (!sub->x || !sub->weight || !sub->q || !sub->shares)
        return mem_error(err);
    for (i = 0; i < fit->n; i++) {
        if (!(ratio[i] > excess))
            continue;
        memcpy(sub->x + sub->n * d, fit->x + i * d, d * sizeof *sub->x);
        sub->weight[sub->n++] = fit->weight[i] * ratio[i];
        sum += fit->weight[i] * ratio[i];
    }
    sub->n_in = sub->n;
    *share = all > 0.0 ? sum / all : 0.0;
    sub->effective = clip_weights(sub->n, sub->weight, 4.0 * (double)(d + 1));
    for (i = 0; i < sub->n; i++)
        total += sub->weight[i];
    for (i = 0; i < sub->n && total > 0.0; i++) {
        sub->weight[i] *= sub->effective / total;
    }
    return 0;
}

/* The mixture with Gaussians for the excess, or NULL when there is none worth it. */
static struct proposal *patched(struct fit *fit, const struct proposal *p, const double *ratio,
                                double moment, const struct proposal_config *config,
                                struct err *err)
{
    struct fit sub = {0};
    struct proposal *few = NULL, *flat = NULL, *next = NULL;
    double share = 0.0;
    size_t d = fit->n_dims, i, k, n = 0, to;

    if (excess_fit(fit, ratio, &sub, &share, err) != 0)
        goto out;
    k = (size_t)fmin(sub.effective / (3.0 * (double)(d + 2)), GAUSSIANS_MOST);
    if (share * moment < worth_least * (moment - 1.0) || sub.n < 8 ||
        p->n_parts + k > config->n_parts_most)
        goto out;
    flat = mixture_create(d, 0, err);
    few = flat ? fit_spread(&sub, flat, k > 0 ? k : 1, config, err) : NULL;
    if (!few)
        goto out;
    few->share[PART_AXES] = 0.0;
    fit_steps(&sub, few, k > 0 ? STEPS : 0, true);
    for (k = PARTS_FIXED; k < few->n_parts; k++)
        n += few->share[k] > 0.0;
    next = n > 0 ? fit_copy(p, n, err) : NULL;
    if (!next)
        goto out;
    to = next->n_parts - n;
    for (k = PARTS_FIXED; k < few->n_parts; k++) {
        if (!(few->share[k] > 0.0))
            continue;
        next->share[to] = 0.1 * share * few->share[k];
        memcpy(next->parts[to - PARTS_FIXED].mean, few->parts[k - PARTS_FIXED].mean,
               d * sizeof(double));
        for (i = 0; i < d * d; i++) /* points that weigh as F^2 lie half as wide as |F| does */
            next->parts[to - PARTS_FIXED].lower[i] = M_SQRT2 * few->parts[k - PARTS_FIXED].lower[i];
        gaussian_finish(d, &next->parts[to++ - PARTS_FIXED]);
    }
    normalise(next, fit->uniform);
out:
    proposal_free(flat);
    proposal_free(few);
    fit_free(&sub);
    return next;
}

static int patch_init(struct fit *fit, const struct proposal_config *config,
                      const struct proposal_data *data, struct err *err)
{
    size_t n_parts = config->n_parts_most + PARTS_FIXED;

    *fit = (struct fit){.n_dims = data->n_dims,
                        .n = data->n,
                        .n_in = data->n,
                        .uniform = config->uniform,
                        .x = mem_memdup(data->x, data->n * data->n_dims * sizeof *data->x),
                        .weight = mem_memdup(data->weight, data->n * sizeof *data->weight),
                        .height = mem_memdup(data->height, data->n * sizeof *data->height),
                        .q = mem_array(data->n, sizeof *fit->q),
                        .shares = mem_array(data->n * n_parts, sizeof *fit->shares)};
    return fit->x && fit->weight && fit->height && fit->q && fit->shares ? 0 : mem_error(err);
}

struct proposal *proposal_patch(const struct proposal_config *config,
                                const struct proposal_data *data, const struct proposal *proposal,
                                struct err *err)
{
    double *ratio = mem_array(data->n, sizeof *ratio), moment;
    const struct proposal *now = proposal;
    struct proposal *best = NULL;
    struct fit fit = {0};
    size_t step;

    if (patch_init(&fit, config, data, err) != 0 || !ratio)
        goto out;
    moment = second_moment(&fit, now, ratio);
    for (step = 0; step < TIMES; step++) {
        struct proposal *next = patched(&fit, now, ratio, moment, config, err);
        double after;

        if (!next)
            break;
        after = move_shares(&fit, next, ratio);
        if (!(after - 1.0 < (moment - 1.0) * (1.0 - gain_least))) {
            proposal_free(next);
            break;
        }
        proposal_free(best);
        now = best = next;
        moment = after;
    }
out:
    mem_free(ratio);
    fit_free(&fit);
    return best;
}
