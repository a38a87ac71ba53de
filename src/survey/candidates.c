/* candidates.c: the list of candidates of a round: room for them, where they may lie, and which of
 * them stay. */
#include "private.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

int candidates_create(struct candidates *c, size_t cap, size_t d, struct err *err)
{
    *c = (struct candidates){.cap = cap, .d = d};
    c->x = mem_array(cap * d, sizeof(float));
    c->axes = mem_array(cap * d, sizeof(float));
    c->score = mem_array(cap, sizeof(float));
    c->p = mem_array(cap, sizeof(float));
    c->family = mem_array(cap, sizeof(uint16_t));
    c->nearest = mem_array(cap, sizeof(float));
    c->even = mem_array(cap, sizeof(float));
    c->merit = mem_array(cap, sizeof(float));
    return c->x && c->axes && c->score && c->p && c->family && c->nearest && c->even && c->merit
               ? 0
               : mem_error(err);
}

void candidates_free(struct candidates *c)
{
    mem_free(c->x);
    mem_free(c->axes);
    mem_free(c->score);
    mem_free(c->p);
    mem_free(c->family);
    mem_free(c->nearest);
    mem_free(c->even);
    mem_free(c->merit);
}

float survey_mirrored(float x)
{
    const float wall = 1e-7f;

    x = fabsf(x);
    if (x > 1.0f)
        x = 2.0f - x;
    return fminf(fmaxf(x, wall), 1.0f - wall);
}

void candidates_see(const struct survey_snapshot *shot, float *x)
{
    size_t j;

    for (j = 0; j < shot->n_dims; j++) {
        size_t n = shot->n_cells[j];

        if (n > 0)
            x[j] = (floorf(x[j] * (float)n) + 0.5f) / (float)n;
    }
}

static int compare_down(const void *a, const void *b)
{
    float x = *(const float *)a, y = *(const float *)b;

    return (x < y) - (x > y);
}

/* Keeps those from `limit` on, at most `most` of them, spread over all. */
void candidates_keep(struct candidates *c, float limit, size_t most)
{
    size_t i, n = 0, seen = 0, kept = 0, d = c->d;

    for (i = 0; i < c->n; i++)
        n += c->score[i] >= limit;
    for (i = 0; i < c->n; i++) {
        if (c->score[i] < limit)
            continue;
        if (n > most && seen++ * most / n < kept)
            continue;
        memmove(c->x + kept * d, c->x + i * d, d * sizeof *c->x);
        c->score[kept] = c->score[i];
        c->p[kept] = c->p[i];
        c->family[kept++] = c->family[i];
    }
    c->n = kept;
}

/* The score that `rank` candidates reach.  sorted: room for c->n. */
float candidates_rank(const struct candidates *c, size_t rank, float *sorted)
{
    if (c->n == 0)
        return 0.0f;
    memcpy(sorted, c->score, c->n * sizeof *sorted);
    qsort(sorted, c->n, sizeof *sorted, compare_down);
    return sorted[rank < c->n ? rank : c->n - 1];
}

size_t candidates_count(const struct candidates *c, float good)
{
    size_t i, n = 0;

    for (i = 0; i < c->n; i++)
        n += c->score[i] >= good;
    return n;
}
