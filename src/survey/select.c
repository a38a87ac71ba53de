/* select.c: choosing among candidates by promise and by distance.
 *
 * What it does: greedily takes the candidate with the largest score^power * distance, where the
 * distance is that to the nearest point that is accepted, still out, or chosen before: farthest
 * point sampling (Gonzalez, Theor. Comput. Sci. 38 (1985) 293) inside the predicted target.  Regions
 * with few points so far come first, whatever component they belong to, and the set stays even.
 *
 * What it does not: know how candidates were made. */
#include "private.h"

#include <math.h>

static float distance2(size_t d, const float *a, const float *b)
{
    float sum = 0.0f;
    size_t j;

    for (j = 0; j < d; j++)
        sum += (a[j] - b[j]) * (a[j] - b[j]);
    return sum;
}

/* Points that may not be accepted repel less: their distance counts as longer. */
static void repel(const struct candidates *c, const float *from, float weight, float *nearest)
{
    float stretch = 1.0f / fmaxf(weight * weight, 1e-6f);
    size_t i;

    for (i = 0; i < c->n; i++) {
        float r = distance2(c->d, from, c->x + i * c->d) * stretch;

        nearest[i] = r < nearest[i] ? r : nearest[i];
    }
}

int select_diverse(struct candidates *c, const struct selection *s, size_t *chosen,
                   size_t *n_chosen, struct err *err)
{
    float *nearest = mem_array(c->n, sizeof *nearest), *merit = mem_array(c->n, sizeof *merit);
    size_t i, best, n_before = *n_chosen;
    int rc = -1;

    if (!nearest || !merit) {
        mem_error(err);
        goto out;
    }
    for (i = 0; i < c->n; i++) {
        bool is_eligible = c->score[i] >= s->from && c->score[i] < s->to;

        nearest[i] = (float)c->d;
        merit[i] = is_eligible ? (float)pow((double)c->score[i], 2.0 * s->power) : 0.0f;
    }
    for (i = 0; i < s->n_known; i++)
        repel(c, s->known + i * c->d, s->known_weight[i], nearest);
    for (i = 0; i < n_before; i++)
        repel(c, c->x + chosen[i] * c->d, 1.0f, nearest);
    while (*n_chosen < n_before + s->n) {
        float most = 0.0f;

        for (i = 0, best = c->n; i < c->n; i++) {
            if (merit[i] * nearest[i] > most) {
                most = merit[i] * nearest[i];
                best = i;
            }
        }
        if (best == c->n)
            break;
        chosen[(*n_chosen)++] = best;
        repel(c, c->x + best * c->d, 1.0f, nearest);
        merit[best] = 0.0f;
        c->score[best] = -1.0f;
    }
    rc = 0;
out:
    mem_free(nearest);
    mem_free(merit);
    return rc;
}
