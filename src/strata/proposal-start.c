/* proposal-start.c: where a fit begins: knots of the axes, centres of the Gaussians. */
#include "fit.h"

#include <gsl/gsl_sort_double.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

static const double gain_least = 0.003; /* of log-likelihood, for twice the knots */
enum { AXES_STEPS = 10, MEANS_STEPS = 4 };

struct proposal *fit_copy(const struct proposal *from, size_t n_more, struct err *err)
{
    size_t d = from->n_dims, n = 0, k, to = 0;
    struct proposal *p;

    for (k = PARTS_FIXED; k < from->n_parts; k++)
        n += from->share[k] > 0.0;
    p = mixture_create(d, n + n_more, err);
    if (!p)
        return NULL;
    memcpy(p->axes, from->axes, d * sizeof *p->axes);
    p->share[PART_UNIFORM] = from->share[PART_UNIFORM];
    p->share[PART_AXES] = from->share[PART_AXES];
    for (k = PARTS_FIXED; k < from->n_parts; k++) {
        if (!(from->share[k] > 0.0))
            continue;
        p->share[PARTS_FIXED + to] = from->share[k];
        memcpy(p->parts[to].mean, from->parts[k - PARTS_FIXED].mean, d * sizeof(double));
        memcpy(p->parts[to].lower, from->parts[k - PARTS_FIXED].lower, d * d * sizeof(double));
        gaussian_finish(d, &p->parts[to++]);
    }
    return p;
}

void fit_adopt_axes(struct proposal *to, const struct proposal *from)
{
    double gaussians = 0.0;
    size_t k;

    memcpy(to->axes, from->axes, to->n_dims * sizeof *to->axes);
    for (k = PARTS_FIXED; k < to->n_parts; k++)
        gaussians += to->share[k];
    to->share[PART_AXES] = fmax(to->share[PART_AXES], 0.1);
    to->share[PART_UNIFORM] = fmax(to->share[PART_UNIFORM], 0.05);
    for (k = PARTS_FIXED; k < to->n_parts; k++)
        to->share[k] *= (1.0 - to->share[PART_AXES] - to->share[PART_UNIFORM]) / gaussians;
}

/* ---- axes ------------------------------------------------------------------------------------ */

size_t axis_bracket(const struct axis_density *axis, double x)
{
    size_t lo = 0, hi = axis->n - 1;

    while (hi - lo > 1) {
        size_t middle = (lo + hi) / 2;

        if (axis->at[middle] <= x)
            lo = middle;
        else
            hi = middle;
    }
    return lo;
}

struct place {
    double x, weight;
};

static int compare_places(const void *a, const void *b)
{
    const struct place *x = a, *y = b;

    return (x->x > y->x) - (x->x < y->x);
}

/* n knots: every second at even distances, the others so that the points between them weigh alike;
 * the density flat. */
static void lay_knots(const struct place *places, size_t n_places, size_t n,
                      struct axis_density *axis)
{
    double total = 0.0, sum = 0.0;
    size_t i, m, n_even = n / 2 + 1, n_weighed = n - n_even, to = 0, kept = 1;

    for (i = 0; i < n_places; i++)
        total += places[i].weight;
    for (m = 0; m < n_even; m++)
        axis->at[to++] = (double)m / (double)(n_even - 1);
    for (i = 0, m = 0; i < n_places && m < n_weighed; i++) {
        sum += places[i].weight;
        if (sum >= total * (double)(m + 1) / (double)(n_weighed + 1)) {
            axis->at[to++] = places[i].x;
            m++;
        }
    }
    gsl_sort(axis->at, 1, to);
    for (i = 1; i < to; i++)
        if (axis->at[i] > axis->at[kept - 1] + 1e-6)
            axis->at[kept++] = axis->at[i];
    axis->at[0] = 0.0;
    axis->at[kept - 1] = 1.0;
    axis->n = kept;
    for (i = 0; i < kept; i++)
        axis->value[i] = 1.0;
    axis_finish(axis);
}

static struct proposal *axes_with(struct fit *fit, size_t n_knots, struct place *places,
                                  struct err *err)
{
    struct proposal *p = mixture_create(fit->n_dims, 0, err);
    size_t i, j;

    if (!p)
        return NULL;
    p->share[PART_UNIFORM] = 0.1;
    p->share[PART_AXES] = 0.9;
    for (j = 0; j < fit->n_dims; j++) {
        for (i = 0; i < fit->n_in; i++)
            places[i] = (struct place){fit->x[i * fit->n_dims + j], fit->weight[i]};
        qsort(places, fit->n_in, sizeof *places, compare_places);
        lay_knots(places, fit->n_in, n_knots, &p->axes[j]);
    }
    fit_steps(fit, p, AXES_STEPS, false);
    return p;
}

struct proposal *fit_axes(struct fit *fit, double *score, struct err *err)
{
    struct place *places = mem_array(fit->n, sizeof *places);
    struct proposal *best = NULL;
    size_t n, worse = 0;

    if (!places) {
        mem_error(err);
        return NULL;
    }
    for (n = 5; n <= AXIS_KNOTS && worse < 2; n = 2 * n - 1) {
        struct proposal *next = axes_with(fit, n, places, err);
        double at;

        if (!next) {
            proposal_free(best);
            best = NULL;
            break;
        }
        at = fit_score(fit, next);
        if (best && !(at > *score + gain_least)) {
            proposal_free(next);
            worse++;
            continue;
        }
        proposal_free(best);
        best = next;
        *score = at;
        worse = 0;
    }
    mem_free(places);
    return best;
}

/* ---- Gaussians ------------------------------------------------------------------------------- */

static double distance(size_t d, const double *a, const double *b, const double *scale)
{
    double sum = 0.0;
    size_t j;

    for (j = 0; j < d; j++)
        sum += (a[j] - b[j]) * scale[j] * (a[j] - b[j]) * scale[j];
    return sum;
}

static void scales(const struct fit *fit, double *scale)
{
    size_t d = fit->n_dims, i, j;

    for (j = 0; j < d; j++) {
        double sum = 0.0, first = 0.0, second = 0.0;

        for (i = 0; i < fit->n_in; i++) {
            double x = fit->x[i * d + j];

            sum += fit->weight[i];
            first += fit->weight[i] * x;
            second += fit->weight[i] * x * x;
        }
        first /= sum;
        scale[j] = 1.0 / sqrt(fmax(second / sum - first * first, 1e-18));
    }
}

/* Assigns every point to its nearest centre; far: squared distance. */
static void assign(const struct fit *fit, const double *centre, size_t k, const double *scale,
                   size_t *nearest, double *far)
{
    size_t d = fit->n_dims, i, c;

    for (i = 0; i < fit->n_in; i++) {
        far[i] = INFINITY;
        for (c = 0; c < k; c++) {
            double at = distance(d, fit->x + i * d, centre + c * d, scale);

            if (at < far[i]) {
                far[i] = at;
                nearest[i] = c;
            }
        }
    }
}

static void spread_centres(const struct fit *fit, size_t k, const double *scale, struct rng *rng,
                           double *centre, double *far)
{
    size_t d = fit->n_dims, i, c;

    for (i = 0; i < fit->n_in; i++)
        far[i] = 1.0;
    for (c = 0; c < k; c++) {
        double total = 0.0, at;

        for (i = 0; i < fit->n_in; i++)
            total += fit->weight[i] * far[i];
        at = rng_uniform(rng) * total;
        for (i = 0; i + 1 < fit->n_in; i++) {
            at -= fit->weight[i] * far[i];
            if (at <= 0.0)
                break;
        }
        memcpy(centre + c * d, fit->x + i * d, d * sizeof *centre);
        for (i = 0; i < fit->n_in; i++) {
            double away = distance(d, fit->x + i * d, centre + c * d, scale);

            far[i] = c == 0 ? away : fmin(far[i], away);
        }
    }
}

static void move_centres(const struct fit *fit, size_t k, const size_t *nearest, double *centre,
                         double *mass)
{
    size_t d = fit->n_dims, i, j, c;

    memset(mass, 0, k * sizeof *mass);
    for (i = 0; i < fit->n_in; i++)
        mass[nearest[i]] += fit->weight[i];
    for (c = 0; c < k; c++)
        for (j = 0; j < d && mass[c] > 0.0; j++)
            centre[c * d + j] = 0.0;
    for (i = 0; i < fit->n_in; i++)
        for (j = 0; j < d && mass[nearest[i]] > 0.0; j++)
            centre[nearest[i] * d + j] += fit->weight[i] * fit->x[i * d + j] / mass[nearest[i]];
}

/* Covariance of the points of a centre, drawn towards a round one of the same size. */
static bool covariance_of(const struct fit *fit, const size_t *nearest, size_t c,
                          const double *centre, double mass, const double *scale, double *lower)
{
    size_t d = fit->n_dims, i, a, b;
    double size = 0.0, prior = 0.5 * (double)d + 1.0;
    struct err err = ERR_INIT;

    memset(lower, 0, d * d * sizeof *lower);
    for (i = 0; i < fit->n_in; i++) {
        const double *x = fit->x + i * d;

        if (nearest[i] != c)
            continue;
        for (a = 0; a < d; a++)
            for (b = 0; b <= a; b++)
                lower[a * d + b] += fit->weight[i] * (x[a] - centre[a]) * (x[b] - centre[b]);
    }
    for (a = 0; a < d; a++)
        size += lower[a * d + a] * scale[a] * scale[a] / (fmax(mass, 1e-300) * (double)d);
    for (a = 0; a < d; a++) {
        for (b = 0; b < a; b++)
            lower[a * d + b] /= mass + prior;
        lower[a * d + a] =
            (lower[a * d + a] + prior * fmax(size, 1e-12) / (scale[a] * scale[a])) / (mass + prior);
    }
    return mat_cholesky(d, lower, d, &err) == 0;
}

static void gaussians_from(struct fit *fit, struct proposal *p, size_t k, const double *scale,
                           struct rng *rng, double *centre, double *far, size_t *nearest,
                           double *mass)
{
    size_t d = fit->n_dims, c, step;
    double total = 0.0;

    spread_centres(fit, k, scale, rng, centre, far);
    for (step = 0; step < MEANS_STEPS; step++) {
        assign(fit, centre, k, scale, nearest, far);
        move_centres(fit, k, nearest, centre, mass);
    }
    for (c = 0; c < k; c++) {
        struct gaussian *g = &p->parts[p->n_parts - PARTS_FIXED - k + c];

        memcpy(g->mean, centre + c * d, d * sizeof *g->mean);
        if (mass[c] > 0.0 &&
            covariance_of(fit, nearest, c, centre + c * d, mass[c], scale, g->lower)) {
            gaussian_finish(d, g);
            p->share[p->n_parts - k + c] = mass[c];
            total += mass[c];
        }
    }
    for (c = 0; c < k; c++)
        p->share[p->n_parts - k + c] *= total > 0.0 ? 0.7 / total : 0.0;
    p->share[PART_UNIFORM] = 0.1;
    p->share[PART_AXES] = 0.2;
}

struct proposal *fit_spread(struct fit *fit, const struct proposal *with, size_t k,
                            const struct proposal_config *config, struct err *err)
{
    struct rng rng = rng_stream(config->seed, RNG_SPLIT, config->round << 16 | k);
    struct proposal *p = fit_copy(with, k, err);
    size_t d = fit->n_dims;
    double *centre = mem_array(k * d, sizeof *centre), *far = mem_array(fit->n, sizeof *far);
    double *mass = mem_array(k, sizeof *mass), scale[FIT_DIMS];
    size_t *nearest = mem_array(fit->n, sizeof *nearest);

    if (!p || !centre || !far || !mass || !nearest) {
        mem_error(err);
        proposal_free(p);
        p = NULL;
        goto out;
    }
    scales(fit, scale);
    gaussians_from(fit, p, k, scale, &rng, centre, far, nearest, mass);
out:
    mem_free(centre);
    mem_free(far);
    mem_free(mass);
    mem_free(nearest);
    return p;
}
