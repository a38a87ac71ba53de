/* proposal-density.c: the density of a mixture at many points, and the map of its parts.
 *
 * A Gaussian part is cut off at the walls axis by axis in the order of its Cholesky factor: given
 * the axes before it, axis i is normal with mean m_i = mean_i + sum_{j<i} L_ij z_j and deviation
 * L_ii, conditioned on (0, 1).  This is not the Gaussian conditioned on the cube, but it needs no
 * rejection, maps the unit cube onto itself point by point, and its density is a product of d
 * one-dimensional ones (Geweke 1991, Hajivassiliou 1992, Keane 1994: the importance sampler of the
 * GHK simulator).  Axes that no wall is near (7 deviations) are not cut; what is neglected is
 * below 3e-12.  The first axis has the same mean everywhere, so what it is cut by is part of the
 * norm.
 *
 * Points are worked on in blocks, axis by axis, so that the loops over them are vector code.
 *
 * What it does not: fitting (proposal-fit.c). */
#include "theodolite/vector.h"

#include "mixture.h"
#include "normal.h"

#include <assert.h>
#include <math.h>
#include <string.h>

#define REACH 7.0
#define NEGLIGIBLE -45.0 /* log of a density */
#define LOG_TWO_PI 1.8378770664093454836
#define INSIDE_LO 1e-16
#define INSIDE_HI (1.0 - 0x1p-53)
#define MASS_LEAST 1e-290

/* Axes beyond which a scratch on the stack would be too large. */
enum { AXES_ON_STACK = 64, LANES = 8 };

/* At most MIXTURE_BLOCK points, also by axes: by_axis[j * MIXTURE_BLOCK + b]. */
struct block {
    size_t n, n_dims;
    const double *x;
    double by_axis[AXES_ON_STACK * MIXTURE_BLOCK];
    double z[AXES_ON_STACK * MIXTURE_BLOCK];
};

/* What is farther away is as good as there. */
VECTOR_PART double within_reach(double z)
{
    z = z < 37.0 ? z : 37.0;
    return z > -37.0 ? z : -37.0;
}

/* Of a normal variable, between walls at a < b, in deviations, both within reach. */
VECTOR_PART double mass_between(double a, double b)
{
    double beyond_a = normal_upper(a < 0.0 ? -a : a), beyond_b = normal_upper(b < 0.0 ? -b : b);
    double mass = a > 0.0   ? beyond_a - beyond_b
                  : b < 0.0 ? beyond_b - beyond_a
                            : 1.0 - beyond_a - beyond_b;

    return mass > MASS_LEAST ? mass : MASS_LEAST;
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
    if (part->is_cut[0])
        part->log_norm -= log(mass_between(within_reach(-part->mean[0] / part->lower[0]),
                                           within_reach((1.0 - part->mean[0]) / part->lower[0])));
}

static void block_set(struct block *block, size_t d, size_t n, const double *x)
{
    size_t b, j;

    assert(n <= MIXTURE_BLOCK && d <= AXES_ON_STACK);
    block->n = n;
    block->n_dims = d;
    block->x = x;
    for (b = 0; b < MIXTURE_BLOCK; b++) {
        const double *from = x + (b < n ? b : 0) * d;

        for (j = 0; j < d; j++)
            block->by_axis[j * MIXTURE_BLOCK + b] = from[j];
    }
}

/* The least of a block, lane by lane: as one running minimum it would be no vector code. */
VECTOR_PART double least_of(const double *x)
{
    double least[LANES], all;
    size_t b, l;

    memcpy(least, x, sizeof least);
    for (b = LANES; b < MIXTURE_BLOCK; b += LANES)
        for (l = 0; l < LANES; l++)
            least[l] = x[b + l] < least[l] ? x[b + l] : least[l];
    all = least[0];
    for (l = 1; l < LANES; l++)
        all = least[l] < all ? least[l] : all;
    return all;
}

/* Divides by the mass between the walls where it matters: at points whose sure is below enough. */
VECTOR_PART void divide_by_inside(const double *mean, double per_sd, const double *sure,
                                  double enough, double *q)
{
    double low[MIXTURE_BLOCK], high[MIXTURE_BLOCK], mass[MIXTURE_BLOCK], least_low, least_high;
    size_t b;

    for (b = 0; b < MIXTURE_BLOCK; b++) { /* distance to the walls */
        bool matters = sure[b] < enough;

        low[b] = matters ? within_reach(mean[b] * per_sd) : REACH + 1.0;
        high[b] = matters ? within_reach((1.0 - mean[b]) * per_sd) : REACH + 1.0;
    }
    least_low = least_of(low);
    least_high = least_of(high);
    if (least_low > REACH && least_high > REACH)
        return;
    if (least_low > 0.0 && least_high > REACH) {
        for (b = 0; b < MIXTURE_BLOCK; b++)
            q[b] /= 1.0 - normal_upper(low[b]);
    } else if (least_high > 0.0 && least_low > REACH) {
        for (b = 0; b < MIXTURE_BLOCK; b++)
            q[b] /= 1.0 - normal_upper(high[b]);
    } else {
        for (b = 0; b < MIXTURE_BLOCK; b++)
            mass[b] = mass_between(-low[b], high[b]);
        for (b = 0; b < MIXTURE_BLOCK; b++)
            q[b] /= mass[b];
    }
}

/* Whitens the block by a part: z, and where the axes' means are; r2 = z^2.  sure: r2 without the
 * axes whose mean lies beyond a wall, since cut off at it they need not be small there whatever
 * their z.  False when all points are next to nothing beside the uniform share. */
VECTOR_PART bool whiten(const struct gaussian *part, struct block *block, double enough,
                        double *means, double *r2, double *sure)
{
    size_t d = block->n_dims, i, j, b;

    for (i = 0; i < d; i++) {
        const double *row = part->lower + i * d, *xi = block->by_axis + i * MIXTURE_BLOCK;
        double *zi = block->z + i * MIXTURE_BLOCK, *mean = means + i * MIXTURE_BLOCK;
        double scale = 1.0 / row[i];
        bool may_be_beyond = part->is_cut[i] && i > 0;

        for (b = 0; b < MIXTURE_BLOCK; b++)
            mean[b] = part->mean[i];
        for (j = 0; j < i; j++) {
            const double *zj = block->z + j * MIXTURE_BLOCK;

            for (b = 0; b < MIXTURE_BLOCK; b++)
                mean[b] += row[j] * zj[b];
        }
        for (b = 0; b < MIXTURE_BLOCK; b++) {
            double z = (xi[b] - mean[b]) * scale, square = z * z;
            double counts = mean[b] < 0.0 || mean[b] > 1.0 ? 0.0 : square;

            zi[b] = z;
            r2[b] += square;
            sure[b] += may_be_beyond ? counts : square;
        }
        if (least_of(sure) > enough)
            return false;
    }
    return true;
}

VECTOR_LOOP static void gaussian_density(const struct gaussian *part, struct block *block,
                                         double *q)
{
    double r2[MIXTURE_BLOCK] = {0.0}, sure[MIXTURE_BLOCK] = {0.0};
    double means[AXES_ON_STACK * MIXTURE_BLOCK];
    double log_norm = part->log_norm, enough = 2.0 * (log_norm - NEGLIGIBLE);
    size_t i, b;

    if (!whiten(part, block, enough, means, r2, sure)) { /* as points of one far part are */
        memset(q, 0, MIXTURE_BLOCK * sizeof *q);
        return;
    }
    for (b = 0; b < MIXTURE_BLOCK; b++) {
        double exponent = log_norm - 0.5 * r2[b];

        r2[b] = exponent > -700.0 ? exponent : -700.0;
    }
    for (b = 0; b < MIXTURE_BLOCK; b++)
        q[b] = normal_exp(r2[b]);
    for (b = 0; b < MIXTURE_BLOCK; b++)
        q[b] = r2[b] > -700.0 ? q[b] : 0.0;
    for (i = 1; i < block->n_dims; i++)
        if (part->is_cut[i])
            divide_by_inside(means + i * MIXTURE_BLOCK, 1.0 / part->lower[i * block->n_dims + i],
                             sure, enough, q);
}

/* q: MIXTURE_BLOCK */
static void density_of(const struct proposal *p, size_t part, struct block *block, double *q)
{
    size_t b, j, d = p->n_dims;

    if (part >= PARTS_FIXED) {
        gaussian_density(&p->parts[part - PARTS_FIXED], block, q);
        return;
    }
    for (b = 0; b < MIXTURE_BLOCK; b++)
        q[b] = 1.0;
    for (j = 0; part == PART_AXES && j < d; j++)
        for (b = 0; b < block->n; b++)
            q[b] *= axis_value(&p->axes[j], block->by_axis[j * MIXTURE_BLOCK + b]);
}

void part_density(const struct proposal *proposal, size_t part, size_t n, const double *x,
                  double *q)
{
    struct block block;
    double of_part[MIXTURE_BLOCK];

    block_set(&block, proposal->n_dims, n, x);
    density_of(proposal, part, &block, of_part);
    memcpy(q, of_part, n * sizeof *q);
}

void proposal_density(const struct proposal *proposal, size_t n, const double *x, double *q,
                      double *shares)
{
    struct block block;
    double of_part[MIXTURE_BLOCK];
    size_t d = proposal->n_dims, n_parts = proposal->n_parts, from, b, k;

    for (from = 0; from < n; from += MIXTURE_BLOCK) {
        size_t m = n - from < MIXTURE_BLOCK ? n - from : (size_t)MIXTURE_BLOCK;
        double *of = shares ? shares + from * n_parts : NULL, sum[MIXTURE_BLOCK] = {0.0};

        block_set(&block, d, m, x + from * d);
        for (k = 0; k < n_parts; k++) {
            bool is_there = proposal->share[k] > 0.0;

            if (is_there)
                density_of(proposal, k, &block, of_part);
            for (b = 0; is_there && b < MIXTURE_BLOCK; b++) {
                of_part[b] *= proposal->share[k];
                sum[b] += of_part[b];
            }
            for (b = 0; of && b < m; b++)
                of[b * n_parts + k] = is_there ? of_part[b] : 0.0;
        }
        memcpy(q + from, sum, m * sizeof *q);
        for (b = 0; of && b < m; b++) {
            double scale = 1.0 / sum[b];

            for (k = 0; k < n_parts; k++)
                of[b * n_parts + k] *= scale;
        }
    }
}

/* ---- the map --------------------------------------------------------------------------------- */

/* AS 241 where |p - 1/2| > 0.425: p the smaller side, the quantile of the upper one. */
static double quantile_far(double p)
{
    double r = sqrt(-log(p)), above, below;

    if (!(p > 0.0))
        return INFINITY;
    if (r <= 5.0) {
        r -= 1.6;
        above = (((((((7.7454501427834140764e-4 * r + .0227238449892691845833) * r +
                      .24178072517745061177) *
                         r +
                     1.27045825245236838258) *
                        r +
                    3.64784832476320460504) *
                       r +
                   5.7694972214606914055) *
                      r +
                  4.6303378461565452959) *
                     r +
                 1.42343711074968357734);
        below = (((((((1.05075007164441684324e-9 * r + 5.475938084995344946e-4) * r +
                      .0151986665636164571966) *
                         r +
                     .14810397642748007459) *
                        r +
                    .68976733498510000455) *
                       r +
                   1.6763848301838038494) *
                      r +
                  2.05319162663775882187) *
                     r +
                 1.0);
    } else {
        r -= 5.0;
        above = (((((((2.01033439929228813265e-7 * r + 2.71155556874348757815e-5) * r +
                      .0012426609473880784386) *
                         r +
                     .026532189526576123093) *
                        r +
                    .29656057182850489123) *
                       r +
                   1.7848265399172913358) *
                      r +
                  5.4637849111641143699) *
                     r +
                 6.6579046435011037772);
        below = (((((((2.04426310338993978564e-15 * r + 1.4215117583164458887e-7) * r +
                      1.8463183175100546818e-5) *
                         r +
                     7.868691311456132591e-4) *
                        r +
                    .0148753612908506148525) *
                       r +
                   .13692988092273580531) *
                      r +
                  .59983220655588793769) *
                     r +
                 1.0);
    }
    return above / below;
}

/* z: of the quantiles below, 1 - below = above (both to full precision where they are small);
 * n: whole lanes. */
VECTOR_PART void quantiles(size_t n, const double *below, const double *above, double *z)
{
    size_t b;

    for (b = 0; b < n; b++)
        z[b] = below[b] < 0.5 ? normal_quantile_inner(below[b]) : -normal_quantile_inner(above[b]);
    for (b = 0; b < n; b++) {
        if (below[b] < 0.075)
            z[b] = -quantile_far(below[b]);
        else if (above[b] < 0.075)
            z[b] = quantile_far(above[b]);
    }
}

/* below and above: from a uniform number to the quantiles between walls at -low and high. */
VECTOR_PART void between(size_t n, const double *mean, double per_sd, double *below, double *above)
{
    size_t b;

    for (b = 0; b < n; b++) {
        double low = within_reach(-mean[b] * per_sd), u = below[b];
        double high = within_reach((1.0 - mean[b]) * per_sd);
        double far_low = normal_upper(low < 0.0 ? -low : low);
        double far_high = normal_upper(high < 0.0 ? -high : high);
        double below_low = low < 0.0 ? far_low : 1.0 - far_low;
        double above_low = low < 0.0 ? 1.0 - far_low : far_low;
        double below_high = high < 0.0 ? far_high : 1.0 - far_high;
        double above_high = high < 0.0 ? 1.0 - far_high : far_high;

        below[b] = below_low + u * (below_high - below_low);
        above[b] = above_low + u * (above_high - above_low);
    }
}

/* u, x: by axes, MIXTURE_BLOCK points each, of which n are wanted. */
VECTOR_LOOP static void gaussian_map(size_t d, const struct gaussian *part, size_t n, double *u,
                                     double *x)
{
    double above[MIXTURE_BLOCK], mean[MIXTURE_BLOCK];
    size_t m = (n + LANES - 1) / LANES * LANES, i, j, b;

    for (i = 0; i < d; i++) { /* u becomes z, axis by axis */
        const double *row = part->lower + i * d;
        double *zi = u + i * MIXTURE_BLOCK, *xi = x + i * MIXTURE_BLOCK, sd = row[i];

        for (b = 0; b < m; b++)
            mean[b] = part->mean[i];
        for (j = 0; j < i; j++) {
            const double *zj = u + j * MIXTURE_BLOCK;
            double slope = row[j];

            for (b = 0; b < m; b++)
                mean[b] += slope * zj[b];
        }
        if (part->is_cut[i])
            between(m, mean, 1.0 / sd, zi, above);
        else
            for (b = 0; b < m; b++)
                above[b] = 1.0 - zi[b];
        memcpy(xi, zi, m * sizeof *xi);
        quantiles(m, xi, above, zi);
        for (b = 0; b < m; b++) {
            double low = -mean[b] / sd, high = (1.0 - mean[b]) / sd, z = zi[b];

            if (part->is_cut[i]) {
                bool is_lost = !(fabs(z) < 1e300); /* no mass left that a number could hold */

                z = is_lost ? (low > 0.0 ? low : high) : z < low ? low : z > high ? high : z;
                zi[b] = z;
            }
            z = mean[b] + sd * z;
            z = z > INSIDE_LO ? z : INSIDE_LO;
            xi[b] = z < INSIDE_HI ? z : INSIDE_HI;
        }
    }
}

static void map_block(const struct proposal *proposal, size_t part, size_t n, const double *uniform,
                      double *x)
{
    double u[AXES_ON_STACK * MIXTURE_BLOCK], at[AXES_ON_STACK * MIXTURE_BLOCK];
    size_t d = proposal->n_dims, m = (n + LANES - 1) / LANES * LANES, j, b;

    for (b = 0; b < m; b++)
        for (j = 0; j < d; j++)
            u[j * MIXTURE_BLOCK + b] = uniform[(b < n ? b : 0) * d + j];
    gaussian_map(d, &proposal->parts[part - PARTS_FIXED], n, u, at);
    for (b = 0; b < n; b++)
        for (j = 0; j < d; j++)
            x[b * d + j] = at[j * MIXTURE_BLOCK + b];
}

void proposal_map(const struct proposal *proposal, size_t part, size_t n, const double *uniform,
                  double *x)
{
    size_t d = proposal->n_dims, from, i, j;

    assert(d <= AXES_ON_STACK);
    if (part >= PARTS_FIXED) {
        for (from = 0; from < n; from += MIXTURE_BLOCK)
            map_block(proposal, part, n - from < MIXTURE_BLOCK ? n - from : (size_t)MIXTURE_BLOCK,
                      uniform + from * d, x + from * d);
        return;
    }
    for (i = 0; i < n; i++) {
        for (j = 0; j < d; j++) {
            double place = part == PART_AXES ? axis_place(&proposal->axes[j], uniform[i * d + j])
                                             : uniform[i * d + j];

            x[i * d + j] = fmin(fmax(place, INSIDE_LO), INSIDE_HI);
        }
    }
}
