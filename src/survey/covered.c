/* covered.c: what counts as covered when candidates are chosen.
 *
 * What it does: lists the accepted points of the snapshot, those that are still out, and those
 * drawn for this batch, with how much each counts; while nothing is accepted, those of the easier
 * target. What is left out of the list is in nobody's way: a new point may come to lie upon it.
 *
 * A model that knows a handful of accepted points is sure of little but the surroundings of each,
 * and would put whole batches there, round upon round until the first is back; those spots stay.
 * So new points keep a distance r: with n points so far, a set of the volume V has room for n
 * points that far from each other as long as n balls of radius r are no larger than V (else the
 * balls about them would not cover it), whatever its shape, a thin tube or many pieces.
 *
 * What it does not: choose (select.c). */
#include "private.h"
#include "theodolite/tree.h"

#include <gsl/gsl_sort_float.h>
#include <math.h>
#include <string.h>

enum { MAX_KNOWN = TRAIN_ACCEPTED, SPACING_SAMPLE = 500 };
static const double most_dense = 32.0; /* against an even set of as many points */

static bool is_covering(const struct search_state *search, size_t i)
{
    if (search->edge)
        return boundary_has(search, i);
    return search->snapshot->label[i] > 0 || (double)search->distance[i] < search->relax;
}

void covered_free(struct covered *covered)
{
    mem_free(covered->x);
    mem_free(covered->weight);
}

int covered_find(const struct search_state *search, const struct survey_batch *batch, size_t from,
                 struct covered *covered, struct err *err)
{
    const struct survey_snapshot *shot = search->snapshot;
    const struct pending *pending = &search->pending;
    size_t i, j, d = shot->n_dims, n_in = 0, most = shot->n + pending->n + search->n_drawn;

    covered->x = mem_array(most * d, sizeof(float));
    covered->weight = mem_array(most, sizeof(float));
    if (!covered->x || !covered->weight)
        return mem_error(err);
    for (i = 0; i < shot->n; i++)
        n_in += is_covering(search, i);
    for (i = 0; i < shot->n; i++) {
        if (!is_covering(search, i) ||
            !survey_is_sampled(survey_hash(shot->seed + 1, i), MAX_KNOWN, n_in))
            continue;
        memcpy(covered->x + covered->n * d, shot->x + i * d, d * sizeof(float));
        covered->weight[covered->n++] = 1.0f;
    }
    for (i = 0; i < pending->n; i++) {
        if (pending->p[i] < 0.05f)
            continue;
        memcpy(covered->x + covered->n * d, pending->x + i * d, d * sizeof(float));
        covered->weight[covered->n++] = search->edge ? 1.0f : pending->p[i];
    }
    for (i = from; i < from + search->n_drawn; i++) {
        for (j = 0; j < d; j++)
            covered->x[covered->n * d + j] = (float)batch->units[i * d + j];
        covered->weight[covered->n++] = fmaxf(batch->predicted[i], 0.05f);
    }
    return 0;
}

int covered_spacing(const struct covered *covered, size_t d, float *spacing2, struct err *err)
{
    struct tree *tree = tree_create(covered->n, d, covered->x, err);
    float far2, sorted[SPACING_SAMPLE];
    size_t i, n = 0, near, stride = covered->n / SPACING_SAMPLE + 1;

    if (!tree)
        return -1;
    for (i = 0; i < covered->n; i += stride)
        if (tree_nearest(tree, covered->x + i * d, 1, i, &near, &far2) > 0)
            sorted[n++] = far2;
    tree_free(tree);
    gsl_sort_float(sorted, 1, n);
    *spacing2 = n > 0 ? sorted[n / 2] : 0.0f;
    return 0;
}

float covered_room(const struct covered *covered, const struct survey_snapshot *shot, size_t n)
{
    double d = (double)shot->n_dims, k = (double)shot->n_uniform_accepted, known = 0.0, log_volume,
           log_ball = 0.5 * d * log(acos(-1.0)) - lgamma(0.5 * d + 1.0);
    size_t i;

    if (shot->n_uniform_accepted == 0)
        return 0.0f;
    for (i = 0; i < covered->n; i++)
        known += (double)covered->weight[i];
    /* one standard deviation below what is likely */
    log_volume = log(k / (double)shot->n_uniform) - 1.0 / sqrt(k);
    return (float)exp(2.0 / d * (log_volume - log(most_dense * (known + (double)n)) - log_ball));
}
