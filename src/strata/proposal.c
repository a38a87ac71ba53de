/* proposal.c: a mixture of densities on the unit cube that are known exactly, as points are drawn
 * from it and as its density is asked.
 *
 * What it does not: density and map of its parts (proposal-density.c), fitting (proposal-fit.c). */
#include "mixture.h"

#include <assert.h>
#include <math.h>
#include <string.h>

enum { AXES_ON_STACK = 64 };

/* ---- creating -------------------------------------------------------------------------------- */

struct proposal *mixture_create(size_t n_dims, size_t n_gaussians, struct err *err)
{
    struct proposal *p = mem_new(struct proposal);
    size_t k, j;

    if (!p)
        goto fail;
    p->n_dims = n_dims;
    p->n_parts = PARTS_FIXED + n_gaussians;
    p->share = mem_array(p->n_parts, sizeof *p->share);
    p->axes = mem_array(n_dims, sizeof *p->axes);
    p->parts = mem_array(n_gaussians, sizeof *p->parts);
    if (!p->share || !p->axes || !p->parts)
        goto fail;
    for (j = 0; j < n_dims; j++)
        axis_flat(&p->axes[j]);
    for (k = 0; k < n_gaussians; k++) {
        p->parts[k].mean = mem_array(n_dims, sizeof *p->parts[k].mean);
        p->parts[k].lower = mem_array(n_dims * n_dims, sizeof *p->parts[k].lower);
        p->parts[k].is_cut = mem_array(n_dims, sizeof *p->parts[k].is_cut);
        if (!p->parts[k].mean || !p->parts[k].lower || !p->parts[k].is_cut)
            goto fail;
    }
    return p;
fail:
    mem_error(err);
    proposal_free(p);
    return NULL;
}

struct proposal *proposal_uniform(size_t n_dims, struct err *err)
{
    struct proposal *p = mixture_create(n_dims, 0, err);

    if (p)
        p->share[PART_UNIFORM] = 1.0;
    return p;
}

void proposal_free(struct proposal *proposal)
{
    size_t k;

    if (!proposal)
        return;
    for (k = 0; proposal->parts && k + PARTS_FIXED < proposal->n_parts; k++) {
        mem_free(proposal->parts[k].mean);
        mem_free(proposal->parts[k].lower);
        mem_free(proposal->parts[k].is_cut);
    }
    mem_free(proposal->share);
    mem_free(proposal->axes);
    mem_free(proposal->parts);
    mem_free(proposal);
}

size_t proposal_n_dims(const struct proposal *proposal)
{
    return proposal->n_dims;
}

size_t proposal_n_parts(const struct proposal *proposal)
{
    return proposal->n_parts;
}

double proposal_share(const struct proposal *proposal, size_t part)
{
    return proposal->share[part];
}

/* ---- one axis -------------------------------------------------------------------------------- */

void axis_flat(struct axis_density *axis)
{
    *axis = (struct axis_density){.n = 2, .at = {0.0, 1.0}, .value = {1.0, 1.0}};
    axis_finish(axis);
}

void axis_finish(struct axis_density *axis)
{
    double total = 0.0, first = 0.0, second = 0.0;
    size_t i;

    for (i = 0; i + 1 < axis->n; i++)
        total += 0.5 * (axis->value[i] + axis->value[i + 1]) * (axis->at[i + 1] - axis->at[i]);
    for (i = 0; i < axis->n; i++)
        axis->value[i] /= total;
    axis->mass[0] = 0.0;
    for (i = 0; i + 1 < axis->n; i++) {
        double w = axis->at[i + 1] - axis->at[i];
        double m = 0.5 * (axis->value[i] + axis->value[i + 1]) * w;
        double c = 0.5 * (axis->at[i] + axis->at[i + 1]);

        axis->mass[i + 1] = axis->mass[i] + m;
        first += m * c;
        second += m * (c * c + w * w / 12.0);
    }
    axis->mean = first;
    axis->sd = sqrt(fmax(second - first * first, 1e-12));
}

static size_t bracket(const double *sorted, size_t n, double x)
{
    size_t lo = 0, hi = n - 1;

    while (hi - lo > 1) {
        size_t middle = (lo + hi) / 2;

        if (sorted[middle] <= x)
            lo = middle;
        else
            hi = middle;
    }
    return lo;
}

double axis_value(const struct axis_density *axis, double x)
{
    size_t i = bracket(axis->at, axis->n, x);
    double t = (x - axis->at[i]) / (axis->at[i + 1] - axis->at[i]);

    return axis->value[i] + t * (axis->value[i + 1] - axis->value[i]);
}

double axis_place(const struct axis_density *axis, double uniform)
{
    double target = uniform * axis->mass[axis->n - 1], w, m, a, b, t;
    size_t i = bracket(axis->mass, axis->n, target);

    w = axis->at[i + 1] - axis->at[i];
    a = axis->value[i] * w;
    b = (axis->value[i + 1] - axis->value[i]) * w;
    m = target - axis->mass[i];
    /* a t + b t^2 / 2 = m, in the form that stands small b */
    t = 2.0 * m / (a + sqrt(fmax(a * a + 2.0 * b * m, 0.0)));
    return axis->at[i] + fmin(fmax(t, 0.0), 1.0) * w;
}

/* ---- drawing --------------------------------------------------------------------------------- */

void proposal_draw(const struct proposal *proposal, struct rng *rng, size_t n, double *x,
                   size_t *part)
{
    double uniform[AXES_ON_STACK];
    size_t d = proposal->n_dims, i, j;

    for (i = 0; i < n; i++) {
        double u = rng_uniform(rng);
        size_t k = 0, last = 0;

        for (; k < proposal->n_parts; k++) {
            if (proposal->share[k] <= 0.0)
                continue;
            last = k;
            u -= proposal->share[k];
            if (u <= 0.0)
                break;
        }
        for (j = 0; j < d; j++)
            uniform[j] = rng_uniform(rng);
        proposal_map(proposal, last, 1, uniform, x + i * d);
        if (part)
            part[i] = last;
    }
}

void proposal_local(const struct proposal *proposal, size_t part, size_t n, const double *x,
                    double *z)
{
    size_t d = proposal->n_dims, b, i, j;

    for (b = 0; b < n; b++) {
        const double *at = x + b * d;
        double *out = z + b * d;

        for (i = 0; i < d; i++) {
            if (part >= PARTS_FIXED) {
                const struct gaussian *g = &proposal->parts[part - PARTS_FIXED];
                double rest = at[i] - g->mean[i];

                for (j = 0; j < i; j++)
                    rest -= g->lower[i * d + j] * out[j];
                out[i] = rest / g->lower[i * d + i];
            } else if (part == PART_AXES) {
                out[i] = (at[i] - proposal->axes[i].mean) / proposal->axes[i].sd;
            } else {
                out[i] = (at[i] - 0.5) * 3.4641016151377545871;
            }
        }
    }
}
