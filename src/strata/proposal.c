/* proposal.c: a mixture of densities on the unit cube that are known exactly, as points are drawn
 * from it and as its density is asked.
 *
 * A Gaussian part is cut off at the walls axis by axis in the order of its Cholesky factor: given
 * the axes before it, axis i is normal with mean m_i = mean_i + sum_{j<i} L_ij z_j and deviation
 * L_ii, conditioned on (0, 1).  This is not the Gaussian conditioned on the cube, but it needs no
 * rejection, maps the unit cube onto itself point by point, and its density is a product of d
 * one-dimensional ones (Geweke 1991, Hajivassiliou 1992, Keane 1994: the importance sampler of the
 * GHK simulator).  Axes that no wall is near (7 deviations) are not cut; what is neglected is
 * below 3e-12.
 *
 * What it does not: fitting (proposal-fit.c). */
#include "mixture.h"

#include <assert.h>
#include <gsl/gsl_cdf.h>
#include <math.h>
#include <string.h>

#define REACH 7.0
#define NEGLIGIBLE -45.0 /* log of a density */
#define LOG_TWO_PI 1.8378770664093454836
#define INSIDE_LO 1e-16
#define INSIDE_HI (1.0 - 0x1p-53)

static void normal_fill(struct normal_table *table);

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
    normal_fill(&p->normal);
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

void gaussian_finish(size_t n_dims, struct gaussian *part)
{
    size_t i, j;

    part->log_norm = -0.5 * (double)n_dims * LOG_TWO_PI;
    for (i = 0; i < n_dims; i++) {
        const double *row = part->lower + i * n_dims;
        double variance = 0.0, reach;

        for (j = 0; j <= i; j++)
            variance += row[j] * row[j];
        reach = REACH * sqrt(variance);
        part->is_cut[i] = part->mean[i] < reach || part->mean[i] > 1.0 - reach;
        part->log_norm -= log(row[i]);
    }
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

/* ---- density --------------------------------------------------------------------------------- */

/* 2^k e^f with |f| <= ln(2)/2: Taylor to the 12th order. */
void exp_many(size_t n, double *x)
{
    const double magic = 0x1.8p52;
    size_t i;

    for (i = 0; i < n; i++) {
        double y = x[i] < -700.0 ? -700.0 : x[i];
        double k = y * 1.44269504088896340736 + magic, f, p;
        uint64_t bits;

        memcpy(&bits, &k, sizeof bits);
        k -= magic;
        f = y - k * 6.93147180369123816490e-01 - k * 1.90821492927058770002e-10;
        p = 1.0 + f * (1.0 / 12.0);
        p = 1.0 + f * (1.0 / 11.0) * p;
        p = 1.0 + f * (1.0 / 10.0) * p;
        p = 1.0 + f * (1.0 / 9.0) * p;
        p = 1.0 + f * (1.0 / 8.0) * p;
        p = 1.0 + f * (1.0 / 7.0) * p;
        p = 1.0 + f * (1.0 / 6.0) * p;
        p = 1.0 + f * (1.0 / 5.0) * p;
        p = 1.0 + f * (1.0 / 4.0) * p;
        p = 1.0 + f * (1.0 / 3.0) * p;
        p = 1.0 + f * (1.0 / 2.0) * p;
        p = 1.0 + f * p;
        bits = (bits + 1023u) << 52;
        memcpy(&k, &bits, sizeof k);
        x[i] = x[i] < -700.0 ? 0.0 : p * k;
    }
}

/* Mass of a normal variable between the walls, in deviations, to full precision also far out. */
static double mass_far(double a, double b)
{
    double mass;

    a /= M_SQRT2;
    b /= M_SQRT2;
    if (a > 0.0)
        mass = 0.5 * (erfc(a) - erfc(b));
    else if (b < 0.0)
        mass = 0.5 * (erfc(-b) - erfc(-a));
    else
        mass = 0.5 * (erf(b) - erf(a));
    return fmax(mass, 1e-290);
}

static void normal_fill(struct normal_table *table)
{
    size_t i;

    for (i = 0; i <= NORMAL_CELLS; i++) {
        double z = (double)i / NORMAL_PER_SD - NORMAL_REACH;

        table->value[i] = 0.5 * erfc(-z / M_SQRT2);
        table->slope[i] = exp(-0.5 * z * z - 0.5 * LOG_TWO_PI) / NORMAL_PER_SD;
    }
}

/* The normal distribution function by cubic interpolation of its values and slopes: to 3e-11. */
static double normal_below(const struct normal_table *table, double z)
{
    double at = (z + NORMAL_REACH) * NORMAL_PER_SD, t, v, w, a, b;
    size_t i;

    if (!(at > 0.0))
        return 0.0;
    if (at >= NORMAL_CELLS)
        return 1.0;
    i = (size_t)at;
    t = at - (double)i;
    v = table->value[i];
    w = table->value[i + 1] - v;
    a = table->slope[i] - w;
    b = w - table->slope[i + 1];
    return v + t * (w + (1.0 - t) * (a * (1.0 - t) + b * t));
}

static double mass_inside(const struct normal_table *table, double mean, double per_sd)
{
    double a = -mean * per_sd, b = (1.0 - mean) * per_sd;
    double mass = normal_below(table, b) - normal_below(table, a);

    return mass > 0.02 ? mass : mass_far(a, b);
}

/* Axes beyond which a scratch on the stack would be too large. */
enum { AXES_ON_STACK = 64 };

/* At most MIXTURE_BLOCK points, also by axes: by_axis[j * MIXTURE_BLOCK + b]. */
struct block {
    size_t n, n_dims;
    const double *x;
    double by_axis[AXES_ON_STACK * MIXTURE_BLOCK];
    double z[AXES_ON_STACK * MIXTURE_BLOCK];
};

static void block_set(struct block *block, size_t d, size_t n, const double *x)
{
    size_t b, j;

    assert(n <= MIXTURE_BLOCK && d <= AXES_ON_STACK);
    block->n = n;
    block->n_dims = d;
    block->x = x;
    for (j = 0; j < d; j++)
        for (b = 0; b < MIXTURE_BLOCK; b++)
            block->by_axis[j * MIXTURE_BLOCK + b] = x[(b < n ? b : 0) * d + j];
}

/* Divides by the mass between the walls, where it matters.  sure: sum of z^2 without the axes whose
 * mean lies beyond a wall, since cut off at it they need not be small there whatever their z;
 * beyond `enough` the part is next to nothing beside the uniform share all the same. */
static void divide_by_inside(const struct gaussian *part, const struct normal_table *table,
                             const struct block *block, const double *sure, double enough,
                             double *q)
{
    size_t d = block->n_dims, i, b;

    for (i = 0; i < d; i++) {
        const double *xi = block->by_axis + i * MIXTURE_BLOCK, *zi = block->z + i * MIXTURE_BLOCK;
        double sd = part->lower[i * d + i], per_sd = 1.0 / sd;

        for (b = 0; b < block->n && part->is_cut[i]; b++)
            if (sure[b] < enough)
                q[b] /= mass_inside(table, xi[b] - zi[b] * sd, per_sd);
    }
}

static void gaussian_density(const struct gaussian *part, const struct normal_table *table,
                             struct block *block, double *q)
{
    double r2[MIXTURE_BLOCK] = {0.0}, sure[MIXTURE_BLOCK] = {0.0}, value[MIXTURE_BLOCK];
    double enough = 2.0 * (part->log_norm - NEGLIGIBLE), least;
    size_t d = block->n_dims, i, j, b;
    bool any = false;

    for (i = 0; i < d; i++) {
        const double *row = part->lower + i * d, *xi = block->by_axis + i * MIXTURE_BLOCK;
        double *zi = block->z + i * MIXTURE_BLOCK, mean[MIXTURE_BLOCK], scale = 1.0 / row[i];

        for (b = 0; b < MIXTURE_BLOCK; b++)
            mean[b] = part->mean[i];
        for (j = 0; j < i; j++) {
            const double *zj = block->z + j * MIXTURE_BLOCK;

            for (b = 0; b < MIXTURE_BLOCK; b++)
                mean[b] += row[j] * zj[b];
        }
        least = INFINITY;
        for (b = 0; b < MIXTURE_BLOCK; b++) {
            bool beyond = part->is_cut[i] && (mean[b] < 0.0 || mean[b] > 1.0);

            zi[b] = (xi[b] - mean[b]) * scale;
            r2[b] += zi[b] * zi[b];
            sure[b] += beyond ? 0.0 : zi[b] * zi[b];
            least = sure[b] < least ? sure[b] : least;
        }
        any = any || part->is_cut[i];
        if (least > enough) { /* next to nothing at all points, as points of one far part are */
            memset(q, 0, block->n * sizeof *q);
            return;
        }
    }
    for (b = 0; b < MIXTURE_BLOCK; b++) {
        value[b] = part->log_norm - 0.5 * r2[b];
    }
    exp_many(MIXTURE_BLOCK, value);
    for (b = 0; b < block->n; b++)
        q[b] = value[b];
    if (any)
        divide_by_inside(part, table, block, sure, enough, q);
}

static void density_of(const struct proposal *p, size_t part, struct block *block, double *q)
{
    size_t b, j, d = p->n_dims;

    if (part >= PARTS_FIXED) {
        gaussian_density(&p->parts[part - PARTS_FIXED], &p->normal, block, q);
        return;
    }
    for (b = 0; b < block->n; b++) {
        q[b] = 1.0;
        for (j = 0; part == PART_AXES && j < d; j++)
            q[b] *= axis_value(&p->axes[j], block->x[b * d + j]);
    }
}

void part_density(const struct proposal *proposal, size_t part, size_t n, const double *x,
                  double *q)
{
    struct block block;

    block_set(&block, proposal->n_dims, n, x);
    density_of(proposal, part, &block, q);
}

void proposal_density(const struct proposal *proposal, size_t n, const double *x, double *q,
                      double *shares)
{
    struct block block;
    double of_part[MIXTURE_BLOCK];
    size_t d = proposal->n_dims, n_parts = proposal->n_parts, from, b, k;

    for (from = 0; from < n; from += MIXTURE_BLOCK) {
        size_t m = n - from < MIXTURE_BLOCK ? n - from : (size_t)MIXTURE_BLOCK;
        double *sum = q + from, *of = shares ? shares + from * n_parts : NULL;

        block_set(&block, d, m, x + from * d);
        for (b = 0; b < m; b++)
            sum[b] = 0.0;
        for (k = 0; k < n_parts; k++) {
            bool is_there = proposal->share[k] > 0.0;

            if (is_there)
                density_of(proposal, k, &block, of_part);
            for (b = 0; b < m; b++) {
                double value = is_there ? proposal->share[k] * of_part[b] : 0.0;

                sum[b] += value;
                if (of)
                    of[b * n_parts + k] = value;
            }
        }
        for (b = 0; of && b < m; b++)
            for (k = 0; k < n_parts; k++)
                of[b * n_parts + k] /= sum[b];
    }
}

/* ---- drawing --------------------------------------------------------------------------------- */

/* The normal variable of a given quantile between walls at a and b, in deviations. */
static double normal_between(double a, double b, double u)
{
    if (a > 0.0) { /* in the upper tail, from its far end */
        double tail_a = 0.5 * erfc(a / M_SQRT2), tail_b = 0.5 * erfc(b / M_SQRT2);

        return gsl_cdf_ugaussian_Qinv(tail_a + u * (tail_b - tail_a));
    } else {
        double below_a = 0.5 * erfc(-a / M_SQRT2), below_b = 0.5 * erfc(-b / M_SQRT2);
        double tail_a = 0.5 * erfc(a / M_SQRT2), tail_b = 0.5 * erfc(b / M_SQRT2);
        double p = below_a + u * (below_b - below_a);

        return p < 0.5 ? gsl_cdf_ugaussian_Pinv(p)
                       : gsl_cdf_ugaussian_Qinv(tail_a + u * (tail_b - tail_a));
    }
}

static void gaussian_map(size_t d, const struct gaussian *part, const double *uniform, double *x)
{
    double z[AXES_ON_STACK];
    size_t i, j;

    for (i = 0; i < d; i++) {
        const double *row = part->lower + i * d;
        double mean = part->mean[i];

        for (j = 0; j < i; j++)
            mean += row[j] * z[j];
        if (!part->is_cut[i]) {
            z[i] = gsl_cdf_ugaussian_Pinv(uniform[i]);
        } else {
            double a = -mean / row[i], b = (1.0 - mean) / row[i];

            z[i] = normal_between(a, b, uniform[i]);
            z[i] = isfinite(z[i]) ? fmin(fmax(z[i], a), b) : (a > 0.0 ? a : b);
        }
        x[i] = fmin(fmax(mean + row[i] * z[i], INSIDE_LO), INSIDE_HI);
    }
}

void proposal_map(const struct proposal *proposal, size_t part, size_t n, const double *uniform,
                  double *x)
{
    size_t d = proposal->n_dims, i, j;

    assert(d <= AXES_ON_STACK);
    for (i = 0; i < n; i++) {
        if (part >= PARTS_FIXED) {
            gaussian_map(d, &proposal->parts[part - PARTS_FIXED], uniform + i * d, x + i * d);
            continue;
        }
        for (j = 0; j < d; j++) {
            double place = part == PART_AXES ? axis_place(&proposal->axes[j], uniform[i * d + j])
                                             : uniform[i * d + j];

            x[i * d + j] = fmin(fmax(place, INSIDE_LO), INSIDE_HI);
        }
    }
}

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
