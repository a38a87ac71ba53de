/* spread.c: points where nobody has been.
 *
 * What it does: of a few places drawn from the prior takes the one that is farthest from all known
 * points, and so on (Mitchell, Comput. Graph. (SIGGRAPH) 25 (1991) 157).  A piece of the target
 * that no point has met lies in a gap between all of them, and gaps that are closed one by one are
 * closed with fewer points than by chance.  Opposite walls count as neighbours: else the walls,
 * which have nothing beyond them, would get more than their share.
 *
 * What it does not: give these points a density.  They keep away from what is known, so that they
 * say nothing of the volume. */
#include "private.h"
#include "theodolite/vector.h"

#include <math.h>
#include <string.h>

enum { TRIES = 16, BLOCK = 256 };

struct tries {
    size_t n, d;
    float *axes;    /* d by n */
    float *nearest; /* squared */
};

VECTOR_LOOP static void near_block(size_t n, size_t d, size_t stride, const float *x,
                                   const float *from, float *nearest)
{
    float r[BLOCK] = {0};
    size_t i, j;

    for (j = 0; j < d; j++)
        for (i = 0; i < n; i++) {
            float across = fabsf(from[j] - x[j * stride + i]), other = 1.0f - across;

            across = across < other ? across : other;
            r[i] += across * across;
        }
    for (i = 0; i < n; i++)
        nearest[i] = r[i] < nearest[i] ? r[i] : nearest[i];
}

/* Tries from `first` on. */
static void see(struct tries *t, size_t first, const float *known)
{
    size_t i;

    for (i = first; i < t->n; i += BLOCK)
        near_block(t->n - i < BLOCK ? t->n - i : BLOCK, t->d, t->n, t->axes + i, known,
                   t->nearest + i);
}

static void see_known(const struct search_state *search, const struct survey_batch *batch,
                      struct tries *t)
{
    const struct survey_snapshot *shot = search->snapshot;
    const struct pending *pending = &search->pending;
    size_t i, j, d = t->d;
    float x[SURVEY_MAX_DIMS];

    for (i = 0; i < shot->n; i++)
        see(t, 0, shot->x + i * d);
    for (i = 0; i < pending->n; i++)
        see(t, 0, pending->x + i * d);
    for (i = 0; i < batch->n; i++) {
        if (batch->origin[i] != ORIGIN_EXPLORE)
            continue;
        for (j = 0; j < d; j++)
            x[j] = survey_seen(shot->n_cells[j], batch->units[i * d + j]);
        see(t, 0, x);
    }
}

/* n tries from the prior, and how far each is from what is known. */
static int tries_create(const struct search_state *search, const struct survey_batch *batch,
                        size_t n, struct tries *t, struct err *err)
{
    const struct survey_snapshot *shot = search->snapshot;
    struct rng rng = rng_stream(shot->seed, RNG_SELECT, (uint64_t)shot->round << 8 | 4);
    size_t i, j, d = shot->n_dims;

    *t = (struct tries){.n = n,
                        .d = d,
                        .axes = mem_array(n * d, sizeof(float)),
                        .nearest = mem_array(n, sizeof(float))};
    if (!t->axes || !t->nearest)
        return mem_error(err);
    for (i = 0; i < n; i++) {
        t->nearest[i] = (float)d;
        for (j = 0; j < d; j++)
            t->axes[j * n + i] =
                survey_seen(shot->n_cells[j], (double)survey_mirrored((float)rng_uniform(&rng)));
    }
    see_known(search, batch, t);
    return 0;
}

int spread_choose(const struct search_state *search, const struct survey_batch *batch,
                  struct candidates *c, size_t most, size_t *chosen, size_t *n_chosen,
                  struct err *err)
{
    size_t i, j, k, d = c->d, before = c->n;
    size_t n = search->n_spread < most ? search->n_spread : most;
    struct prediction out = {.target = c->p + before, .failure = c->merit + before};
    struct tries t = {.n = 0};
    int rc = -1;

    if (n == 0)
        return 0;
    TRY(tries_create(search, batch, n * TRIES, &t, err));
    for (k = 0; k < n; k++) {
        size_t best = k * TRIES;

        for (i = best; i < (k + 1) * TRIES; i++)
            best = t.nearest[i] > t.nearest[best] ? i : best;
        for (j = 0; j < d; j++)
            c->x[c->n * d + j] = t.axes[j * t.n + best];
        see(&t, (k + 1) * TRIES, c->x + c->n * d);
        c->family[c->n] = 0;
        chosen[(*n_chosen)++] = c->n++;
    }
    rc = ensemble_predict(search->model, n, c->x + before * d, &out, err);
out:
    mem_free(t.axes);
    mem_free(t.nearest);
    return rc;
}
