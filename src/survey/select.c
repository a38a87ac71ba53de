/* select.c: choosing among candidates by promise and by distance.
 *
 * What it does: greedily takes the candidate with the largest score^power * distance, where the
 * distance is that to the nearest point that is accepted, still out, or chosen before: farthest
 * point sampling (Gonzalez, Theor. Comput. Sci. 38 (1985) 293) inside the predicted target. Regions
 * with few points so far come first, whatever component they belong to, and the set stays even.
 * Distances fill volumes: where the score is p, the set gets p^(power d) of the density that it
 * gets where the score is 1.  The more dimensions, the more of a target lies next to its surface,
 * where the model is less sure: so that its thin ends are not left out, that exponent falls as 1/d.
 *
 * What it does not: know how candidates were made, or that nothing lies beyond the surface of the
 * target (even.c). */
#include "theodolite/vector.h"

#include "private.h"

#include <math.h>

static const double most_power = 4.0, most_density_power = 12.0,
                    density_power = 48.0; /* of d = 1 */

double select_power(size_t d)
{
    return fmin(most_power, fmin(most_density_power, density_power / (double)d) / (double)d);
}

enum { BLOCK = 256 };

/* nearest: what is left of n <= BLOCK distances; x: by axis, the next one `stride` further on. */
VECTOR_LOOP static void repel_block(size_t n, size_t d, size_t stride, const float *x,
                                    const float *from, float stretch, float *nearest)
{
    float r[BLOCK] = {0};
    size_t i, j;

    for (j = 0; j < d; j++)
        for (i = 0; i < n; i++)
            r[i] += (from[j] - x[j * stride + i]) * (from[j] - x[j * stride + i]);
    for (i = 0; i < n; i++)
        nearest[i] = r[i] * stretch < nearest[i] ? r[i] * stretch : nearest[i];
}

/* Points that may not be accepted repel less: their distance counts as longer. */
static void repel(struct candidates *c, const float *from, float weight)
{
    float stretch = 1.0f / fmaxf(weight * weight, 1e-6f);
    size_t i;

    for (i = 0; i < c->n; i += BLOCK)
        repel_block(c->n - i < BLOCK ? c->n - i : BLOCK, c->d, c->cap, c->axes + i, from, stretch,
                    c->nearest + i);
}

void select_cover(struct candidates *c, size_t n_known, const float *known, const float *weight)
{
    size_t i, j;

    for (i = 0; i < c->n; i++) {
        c->nearest[i] = (float)c->d;
        c->even[i] = 1.0f;
        for (j = 0; j < c->d; j++)
            c->axes[j * c->cap + i] = c->x[i * c->d + j];
    }
    for (i = 0; i < n_known; i++)
        repel(c, known + i * c->d, weight[i]);
}

void select_diverse(struct candidates *c, const struct selection *s, size_t *chosen,
                    size_t *n_chosen)
{
    size_t i, best, n_end = *n_chosen + s->n;

    for (i = 0; i < c->n; i++) {
        bool is_eligible = c->score[i] >= s->from && c->score[i] < s->to &&
                           (s->family == 0 || c->family[i] == s->family);

        c->merit[i] =
            is_eligible ? (float)pow((double)c->score[i], 2.0 * s->power) * c->even[i] : 0.0f;
    }
    while (*n_chosen < n_end) {
        float most = 0.0f;

        for (i = 0, best = c->n; i < c->n; i++) {
            if (c->merit[i] * c->nearest[i] > most && c->nearest[i] >= s->least) {
                most = c->merit[i] * c->nearest[i];
                best = i;
            }
        }
        if (best == c->n)
            break;
        chosen[(*n_chosen)++] = best;
        repel(c, c->x + best * c->d, 1.0f);
        c->merit[best] = 0.0f;
        c->score[best] = -1.0f;
    }
}
