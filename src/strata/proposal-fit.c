/* proposal-fit.c: a mixture fitted to weighted points.
 *
 * What it does: expectation and maximisation of the weighted log-likelihood (Dempster, Laird, Rubin
 * 1977; for importance sampling: Cappe, Douc, Guillin, Marin, Robert, Stat. Comput. 18 (2008) 447)
 * over all parts at once: shares, Gaussians, and the product of one-axis densities, whose knots are
 * themselves a mixture of hat functions.  Weights beyond what leaves an effective number of points
 * are cut off (Koblents, Miguez, Stat. Comput. 25 (2015) 407), so a lucky point does not become the
 * whole proposal.  How many knots and how many Gaussians is decided on a quarter of the points that
 * is held out; Gaussians begin at centres that are spread as k-means++ does (Arthur, Vassilvitskii
 * 2007), or where those of the proposal before were.
 *
 * What it does not: correct the Gaussians for being cut off at the walls; the other parts take what
 * that leaves. */
#include "fit.h"

#include <math.h>
#include <string.h>

enum { STEPS = 12, STEPS_LAST = 6, POINTS_LEAST = 24 };
static const double held_out = 0.25;
static const double gain_least = 0.002; /* of log-likelihood, for twice the parts */
static const double share_least = 1e-3; /* of a Gaussian */

void fit_free(struct fit *fit)
{
    mem_free(fit->x);
    mem_free(fit->weight);
    mem_free(fit->height);
    mem_free(fit->q);
    mem_free(fit->shares);
}

double clip_weights(size_t n, double *weight, double wanted)
{
    double cap = 0.0, sum, square;
    size_t i, step;

    for (i = 0; i < n; i++)
        cap = fmax(cap, weight[i]);
    for (step = 0;; step++) {
        sum = square = 0.0;
        for (i = 0; i < n; i++) {
            weight[i] = fmin(weight[i], cap);
            sum += weight[i];
            square += weight[i] * weight[i];
        }
        if (!(sum > 0.0) || sum * sum >= wanted * square || step == 200)
            return sum > 0.0 ? sum * sum / square : 0.0;
        cap *= 0.8;
    }
}

static int fit_init(struct fit *fit, const struct proposal_config *config,
                    const struct proposal_data *data, struct err *err)
{
    struct rng rng = rng_stream(config->seed, RNG_SPLIT, UINT64_C(1) << 32 | config->round);
    size_t d = data->n_dims, i, n_in = 0, n_out;
    double total = 0.0;
    int pass;

    *fit = (struct fit){.n_dims = d, .n = data->n, .uniform = config->uniform};
    fit->x = mem_array(data->n * d, sizeof *fit->x);
    fit->weight = mem_array(data->n, sizeof *fit->weight);
    fit->q = mem_array(data->n, sizeof *fit->q);
    fit->shares = mem_array(data->n * (config->n_parts_most + PARTS_FIXED), sizeof *fit->shares);
    if (!fit->x || !fit->weight || !fit->q || !fit->shares)
        return mem_error(err);
    /* the points of the fit first, the held-out ones behind them */
    n_out = data->n;
    for (i = 0; i < data->n; i++) {
        size_t to = rng_uniform(&rng) < held_out ? --n_out : n_in++;

        memcpy(fit->x + to * d, data->x + i * d, d * sizeof *fit->x);
        fit->weight[to] = data->weight[i];
    }
    fit->n_in = n_in;
    fit->effective = clip_weights(data->n, fit->weight, 15.0 * (double)(d + 1));
    if (data->effective > 0.0)
        fit->effective = fmin(fit->effective, data->effective);
    for (pass = 0; pass < 2; pass++)
        for (i = 0; i < data->n; i++) {
            if (pass == 0)
                total += fit->weight[i];
            else
                fit->weight[i] *= fit->effective / total; /* in effective points */
        }
    return 0;
}

/* ---- one step -------------------------------------------------------------------------------- */

/* Log-likelihood of points from .. to; fills q and shares there. */
static double expectation(struct fit *fit, const struct proposal *p, size_t from, size_t to)
{
    double sum = 0.0, total = 0.0;
    size_t i;

    proposal_density(p, to - from, fit->x + from * fit->n_dims, fit->q + from,
                     fit->shares + from * p->n_parts);
    for (i = from; i < to; i++) {
        sum += fit->weight[i] * log(fmax(fit->q[i], 1e-300));
        total += fit->weight[i];
    }
    return total > 0.0 ? sum / total : 0.0;
}

static void gaussian_step(struct fit *fit, struct proposal *p, size_t k, size_t to)
{
    struct gaussian *g = &p->parts[k - PARTS_FIXED];
    size_t d = fit->n_dims, i, a, b;
    double sum = 0.0, *mean = fit->mean, *square = fit->square;
    struct err err = ERR_INIT;

    memset(mean, 0, d * sizeof *mean);
    memset(square, 0, d * d * sizeof *square);
    for (i = 0; i < to; i++) {
        double r = fit->weight[i] * fit->shares[i * p->n_parts + k], rest[FIT_DIMS];
        const double *x = fit->x + i * d;

        if (!(r > 1e-9 * fit->weight[i]))
            continue;
        sum += r;
        for (a = 0; a < d; a++) {
            rest[a] = x[a] - g->mean[a];
            mean[a] += r * rest[a];
            for (b = 0; b <= a; b++)
                square[a * d + b] += r * rest[a] * rest[b];
        }
    }
    p->share[k] = sum;
    if (sum < (double)d + 3.0) {
        p->share[k] = 0.0;
        return;
    }
    for (a = 0; a < d; a++)
        mean[a] /= sum;
    for (a = 0; a < d; a++) {
        for (b = 0; b <= a; b++) {
            double c = square[a * d + b] / sum - mean[a] * mean[b];

            /* what a prediction from so few points needs to be wide */
            square[a * d + b] = c * (1.0 + ((double)d + 1.0) / sum);
        }
        square[a * d + a] += 1e-16 + 1e-7 * square[a * d + a];
    }
    if (mat_cholesky(d, square, d, &err) != 0) {
        p->share[k] = 0.0;
        return;
    }
    memcpy(g->lower, square, d * d * sizeof *square);
    for (a = 0; a < d; a++)
        g->mean[a] += mean[a];
    gaussian_finish(d, g);
}

/* Hats: value_m is the density at knot m, its mass value_m times half the width of its two
 * intervals. */
static void axis_step(const struct fit *fit, struct proposal *p, size_t j, size_t to)
{
    struct axis_density *axis = &p->axes[j];
    double mass[AXIS_KNOTS] = {0.0}, total = 0.0;
    size_t i, m;

    for (i = 0; i < to; i++) {
        double r = fit->weight[i] * fit->shares[i * p->n_parts + PART_AXES];
        double x = fit->x[i * fit->n_dims + j], t, of, left, right;

        if (!(r > 1e-9 * fit->weight[i]))
            continue;
        m = axis_bracket(axis, x);
        t = (x - axis->at[m]) / (axis->at[m + 1] - axis->at[m]);
        left = (1.0 - t) * axis->value[m];
        right = t * axis->value[m + 1];
        of = left + right;
        mass[m] += r * left / of;
        mass[m + 1] += r * right / of;
        total += r;
    }
    if (!(total > 0.0))
        return;
    for (m = 0; m < axis->n; m++) {
        double width = 0.5 * ((m > 0 ? axis->at[m] - axis->at[m - 1] : 0.0) +
                              (m + 1 < axis->n ? axis->at[m + 1] - axis->at[m] : 0.0));

        axis->value[m] = (mass[m] + 0.5 * width) / width;
    }
    axis_finish(axis);
}

/* Shares from responsibilities: the uniform part keeps its least. */
static void shares_step(const struct fit *fit, struct proposal *p, size_t to)
{
    double total = 0.0, scale;
    size_t i, k;

    for (k = 0; k < PARTS_FIXED; k++) {
        if (!(p->share[k] > 0.0))
            continue;
        p->share[k] = 0.0;
        for (i = 0; i < to; i++)
            p->share[k] += fit->weight[i] * fit->shares[i * p->n_parts + k];
    }
    for (k = 0; k < p->n_parts; k++)
        total += p->share[k];
    for (k = PARTS_FIXED; k < p->n_parts; k++)
        if (p->share[k] < share_least * total)
            p->share[k] = 0.0;
    if (p->share[PART_AXES] < 0.02 * total)
        p->share[PART_AXES] = 0.0;
    total = 0.0;
    for (k = PART_AXES; k < p->n_parts; k++)
        total += p->share[k];
    p->share[PART_UNIFORM] =
        fmax(p->share[PART_UNIFORM] / (p->share[PART_UNIFORM] + total), fit->uniform);
    if (!(total > 0.0))
        p->share[PART_UNIFORM] = 1.0;
    scale = total > 0.0 ? (1.0 - p->share[PART_UNIFORM]) / total : 0.0;
    for (k = PART_AXES; k < p->n_parts; k++)
        p->share[k] *= scale;
}

void fit_steps(struct fit *fit, struct proposal *p, size_t n_steps, bool all)
{
    size_t to = all ? fit->n : fit->n_in, step, k, j;

    for (step = 0; step < n_steps; step++) {
        expectation(fit, p, 0, to);
        for (k = PARTS_FIXED; k < p->n_parts; k++)
            if (p->share[k] > 0.0)
                gaussian_step(fit, p, k, to);
        for (j = 0; p->share[PART_AXES] > 0.0 && j < fit->n_dims; j++)
            axis_step(fit, p, j, to);
        shares_step(fit, p, to);
    }
}

double fit_score(struct fit *fit, const struct proposal *p)
{
    return expectation(fit, p, fit->n_in, fit->n);
}

/* ---- the choice ------------------------------------------------------------------------------ */

/* Keeps `next` when it is better on the held-out points by enough. */
static bool take_better(struct proposal **best, double *score, struct proposal *next,
                        double next_score)
{
    if (!next || !(next_score > *score + gain_least)) {
        proposal_free(next);
        return false;
    }
    proposal_free(*best);
    *best = next;
    *score = next_score;
    return true;
}

static int choose_gaussians(struct fit *fit, const struct proposal_config *config,
                            const struct proposal *warm, struct proposal **best, double *score,
                            struct err *err)
{
    const struct axis_density *axes = (*best)->axes;
    struct proposal *with_axes = fit_copy(*best, 0, err);
    size_t k, worse = 0;
    int rc = -1;

    if (!with_axes)
        goto out;
    (void)axes;
    for (k = 1; k <= config->n_parts_most && worse < 2; k *= 2) {
        struct proposal *next;

        if ((double)k * 3.0 * (double)(fit->n_dims + 2) > fit->effective && k > 1)
            break;
        next = fit_spread(fit, with_axes, k, config, err);
        if (!next)
            goto out;
        fit_steps(fit, next, STEPS, false);
        worse = take_better(best, score, next, fit_score(fit, next)) ? 0 : worse + 1;
    }
    if (warm && warm->n_parts > PARTS_FIXED) {
        struct proposal *next = fit_copy(warm, 0, err);

        if (!next)
            goto out;
        fit_adopt_axes(next, with_axes);
        fit_steps(fit, next, STEPS, false);
        take_better(best, score, next, fit_score(fit, next));
    }
    rc = 0;
out:
    proposal_free(with_axes);
    return rc;
}

struct proposal *proposal_fit(const struct proposal_config *config,
                              const struct proposal_data *data, const struct proposal *warm,
                              struct err *err)
{
    struct proposal *best = NULL, *out = NULL;
    struct fit fit = {0};
    double score;

    if (fit_init(&fit, config, data, err) != 0)
        goto done;
    if (fit.n < POINTS_LEAST || fit.n_in + 4 > fit.n || !(fit.effective > 4.0)) {
        out = proposal_uniform(data->n_dims, err);
        goto done;
    }
    best = fit_axes(&fit, &score, err);
    if (!best || choose_gaussians(&fit, config, warm, &best, &score, err) != 0)
        goto done;
    fit_steps(&fit, best, STEPS_LAST, true);
    out = fit_copy(best, 0, err);
done:
    proposal_free(best);
    fit_free(&fit);
    return out;
}
