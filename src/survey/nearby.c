/* nearby.c: a density around the accepted points, for targets that a uniform pool does not meet.
 *
 * What it does: a mixture of Student distributions with 8 degrees of freedom, one for each large
 * component of the accepted points and one for all of them together, with their means and
 * covariances; it can be drawn from and its density is known everywhere.  What is drawn outside of
 * the unit cube counts as drawn and rejected, so that no norm is needed for the cut.  Heavy tails
 * keep the weights of what lies at the edge small (as in Cappe and others, Stat. Comput. 18 (2008)
 * 447).
 *
 * What it does not: know of components that were not found; those are left to the uniform share. */
#include "private.h"

#include <gsl/gsl_sf_gamma.h>
#include <math.h>

enum { MOST_PARTS = 16, FREEDOM = 8 };
static const double share_of_all = 0.3; /* weight of the part that holds all points */

struct nearby_part {
    double weight, log_norm;
    double *mean, *factor; /* d; d by d: lower triangle of Cholesky's factor */
};
struct nearby {
    size_t d, n_parts;
    struct nearby_part parts[MOST_PARTS + 1];
};

void nearby_free(struct nearby *nearby)
{
    size_t k;

    if (!nearby)
        return;
    for (k = 0; k <= MOST_PARTS; k++) {
        mem_free(nearby->parts[k].mean);
        mem_free(nearby->parts[k].factor);
    }
    mem_free(nearby);
}

/* In place, in the lower triangle; false: not positive definite. */
static bool factorise(size_t d, double *a)
{
    size_t i, j, k;

    for (j = 0; j < d; j++) {
        for (i = j; i < d; i++) {
            double sum = a[i * d + j];

            for (k = 0; k < j; k++)
                sum -= a[i * d + k] * a[j * d + k];
            if (i == j && !(sum > 0.0))
                return false;
            a[i * d + j] = i == j ? sqrt(sum) : sum / a[j * d + j];
        }
    }
    return true;
}

/* Covariance of the rows, a little wider along the axes so that few rows do not make it flat. */
static void measure(const struct survey_snapshot *shot, const size_t *rows, size_t n,
                    struct nearby_part *part)
{
    size_t d = shot->n_dims, i, j, k;

    for (k = 0; k < n; k++)
        for (i = 0; i < d; i++)
            part->mean[i] += (double)shot->x[rows[k] * d + i] / (double)n;
    for (k = 0; k < n; k++) {
        const float *x = shot->x + rows[k] * d;

        for (i = 0; i < d; i++)
            for (j = 0; j <= i; j++)
                part->factor[i * d + j] += ((double)x[i] - part->mean[i]) *
                                           ((double)x[j] - part->mean[j]) / ((double)n - 1.0);
    }
    for (i = 0; i < d; i++) {
        double cell = shot->n_cells[i] > 0 ? 1.0 / (double)shot->n_cells[i] : 0.0;

        part->factor[i * d + i] = 1.1 * part->factor[i * d + i] + cell * cell / 12.0 + 1e-12;
    }
}

static int add_part(const struct survey_snapshot *shot, const size_t *rows, size_t n, double weight,
                    struct nearby *nearby, struct err *err)
{
    struct nearby_part *part = &nearby->parts[nearby->n_parts];
    size_t d = nearby->d, i;
    double v = FREEDOM;

    part->mean = mem_array(d, sizeof(double));
    part->factor = mem_array(d * d, sizeof(double));
    if (!part->mean || !part->factor)
        return mem_error(err);
    measure(shot, rows, n, part);
    part->weight = weight;
    if (!factorise(d, part->factor)) { /* rounding alone: round, and wide enough */
        for (i = 0; i < d * d; i++)
            part->factor[i] = i % (d + 1) == 0 ? 0.1 : 0.0;
    }
    part->log_norm = gsl_sf_lngamma(0.5 * (v + (double)d)) - gsl_sf_lngamma(0.5 * v) -
                     0.5 * (double)d * log(v * 3.14159265358979323846);
    for (i = 0; i < d; i++)
        part->log_norm -= log(part->factor[i * d + i]);
    nearby->n_parts++;
    return 0;
}

struct nearby *nearby_fit(const struct survey_snapshot *shot, const struct parents *parents,
                          struct err *err)
{
    struct nearby *nearby = mem_new(struct nearby);
    size_t k, least = 2 * shot->n_dims + 10;
    double sum = 0.0;

    if (!nearby) {
        mem_error(err);
        return NULL;
    }
    nearby->d = shot->n_dims;
    TRY(add_part(shot, parents->rows, parents->n, share_of_all, nearby, err));
    for (k = 0; k < parents->n_components && nearby->n_parts < MOST_PARTS; k++) {
        size_t n = parents->first[k + 1] - parents->first[k];

        if (n >= least && n < parents->n)
            TRY(add_part(shot, parents->rows + parents->first[k], n,
                         (1.0 - share_of_all) * (double)n / (double)parents->n, nearby, err));
    }
    for (k = 0; k < nearby->n_parts; k++)
        sum += nearby->parts[k].weight;
    for (k = 0; k < nearby->n_parts; k++)
        nearby->parts[k].weight /= sum;
    return nearby;
out:
    nearby_free(nearby);
    return NULL;
}

bool nearby_draw(const struct nearby *nearby, struct rng *rng, double *x)
{
    const struct nearby_part *part = nearby->parts;
    size_t d = nearby->d, i, j, k;
    double u = rng_uniform(rng), chi2 = 0.0, stretch;
    bool is_inside = true;

    for (k = 0; k + 1 < nearby->n_parts && u >= part->weight; k++)
        u -= part++->weight;
    for (i = 0; i < FREEDOM; i++) {
        double z = rng_normal(rng);

        chi2 += z * z;
    }
    stretch = sqrt(FREEDOM / chi2);
    for (i = 0; i < d; i++)
        x[i] = part->mean[i];
    for (j = 0; j < d; j++) {
        double z = stretch * rng_normal(rng);

        for (i = j; i < d; i++)
            x[i] += part->factor[i * d + j] * z;
    }
    for (i = 0; i < d; i++)
        is_inside = is_inside && x[i] > 0.0 && x[i] < 1.0;
    return is_inside;
}

double nearby_density(const struct nearby *nearby, const double *x, double *scratch)
{
    size_t d = nearby->d, i, j, k;
    double sum = 0.0;

    for (k = 0; k < nearby->n_parts; k++) {
        const struct nearby_part *part = &nearby->parts[k];
        double distance2 = 0.0;

        for (i = 0; i < d; i++) {
            double z = x[i] - part->mean[i];

            for (j = 0; j < i; j++)
                z -= part->factor[i * d + j] * scratch[j];
            scratch[i] = z / part->factor[i * d + i];
            distance2 += scratch[i] * scratch[i];
        }
        sum += part->weight *
               exp(part->log_norm - 0.5 * (FREEDOM + (double)d) * log1p(distance2 / FREEDOM));
    }
    return sum;
}
