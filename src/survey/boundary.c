/* boundary.c: where the edge of the target runs (search.aim: boundary).
 *
 * What it does: scores a place by how undecided the model is there, the straddle heuristic (Bryan,
 * Schneider, Nichol, Miller, Genovese, Wasserman, NIPS 2005, 163) for a calibrated probability
 * instead of a single Gaussian process: |f - cut| below its error is a probability between the two
 * answers.  Where the model is sure everywhere, its edge is thinner than any pool: places on it are
 * found by halving chords between accepted and rejected points, as often as it takes.  What lies on
 * the edge already repels, so that the points go all the way around.
 *
 * What it does not: fill the target, or draw points of known density. */
#include "private.h"

#include <math.h>

enum { HALVINGS = 11, TRIES = 6 };
static const float on_edge = 0.25f; /* score from which on a known point is one of the edge */

float boundary_score(float p, float spread)
{
    return fminf(4.0f * p * (1.0f - p) + spread, 1.0f);
}

bool boundary_has(const struct search_state *search, size_t row)
{
    return search->edge[row] >= on_edge;
}

int boundary_find(struct search_state *search, struct err *err)
{
    const struct survey_snapshot *shot = search->snapshot;
    float *spread = mem_array(shot->n, sizeof *spread);
    struct prediction out = {.spread = spread};
    size_t i;
    int rc = -1;

    search->edge = out.target = mem_array(shot->n, sizeof *search->edge);
    if (!spread || !search->edge) {
        mem_error(err);
        goto out;
    }
    TRY(ensemble_predict(search->model, shot->n, shot->x, &out, err));
    for (i = 0; i < shot->n; i++)
        search->edge[i] = boundary_score(search->edge[i], spread[i]);
    rc = 0;
out:
    mem_free(spread);
    return rc;
}

/* One row of each kind: the rejected one is the nearest of a few. */
static void draw_chord(const struct survey_snapshot *shot, const size_t *in, size_t n_in,
                       const size_t *out, size_t n_out, struct rng *rng, float *ends)
{
    size_t d = shot->n_dims, t, j;
    const float *a = shot->x + in[rng_below(rng, n_in)] * d, *best = NULL;
    float least = INFINITY;

    for (t = 0; t < TRIES; t++) {
        const float *b = shot->x + out[rng_below(rng, n_out)] * d;
        float sum = 0.0f;

        for (j = 0; j < d; j++)
            sum += (a[j] - b[j]) * (a[j] - b[j]);
        if (sum < least) {
            least = sum;
            best = b;
        }
    }
    for (j = 0; j < d; j++) {
        ends[j] = a[j];
        ends[d + j] = best ? best[j] : a[j];
    }
}

/* Every chord keeps the half across which the model changes its mind. */
static int halve(const struct search_state *search, size_t n, float *ends, float *x, float *p,
                 struct err *err)
{
    size_t d = search->snapshot->n_dims, i, j;
    struct prediction out = {.target = p};

    for (i = 0; i < n; i++)
        for (j = 0; j < d; j++)
            x[i * d + j] = 0.5f * (ends[2 * i * d + j] + ends[(2 * i + 1) * d + j]);
    if (ensemble_predict(search->model, n, x, &out, err) != 0)
        return -1;
    for (i = 0; i < n; i++)
        for (j = 0; j < d; j++)
            ends[(2 * i + (p[i] < 0.5f)) * d + j] = x[i * d + j];
    return 0;
}

int boundary_places(const struct search_state *search, struct rng *rng, size_t n, float *x,
                    size_t *n_found, struct err *err)
{
    const struct survey_snapshot *shot = search->snapshot;
    size_t d = shot->n_dims, i, n_in = 0, n_out = 0;
    size_t *in = mem_array(shot->n, sizeof *in), *out = mem_array(shot->n, sizeof *out);
    float *ends = mem_array(2 * n * d, sizeof *ends), *p = mem_array(n, sizeof *p);
    int rc = -1, step;

    *n_found = 0;
    if (!in || !out || !ends || !p) {
        mem_error(err);
        goto out;
    }
    for (i = 0; i < shot->n; i++) {
        if (shot->label[i] > 0)
            in[n_in++] = i;
        else if (shot->label[i] == 0)
            out[n_out++] = i;
    }
    if (n_in > 0 && n_out > 0) {
        for (i = 0; i < n; i++)
            draw_chord(shot, in, n_in, out, n_out, rng, ends + 2 * i * d);
        for (step = 0; step < HALVINGS; step++)
            TRY(halve(search, n, ends, x, p, err));
        *n_found = n;
    }
    rc = 0;
out:
    mem_free(in);
    mem_free(out);
    mem_free(ends);
    mem_free(p);
    return rc;
}
