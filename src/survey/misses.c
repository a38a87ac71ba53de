/* misses.c: near misses far from all that is accepted.
 *
 * What it does: of a thin sheet the first accepted points are a few specks, and it takes long to
 * follow the target from there all around.  But margins tell of the rest of the sheet: far from
 * what is accepted some points are next to the target.  From each of a few of them one step is made
 * down the response surface to its margins (surface.c), which goes through what is known there: a
 * secant method, whose error falls faster with each step than the distance.  The points come in the
 * order of r^2 / s, where s is by how much the margins miss and r the distance to the nearest point
 * that is accepted, still out, or came before: near the target, and far from the rest.  The share
 * of the batch falls with the number of accepted points, and with that of steps that did not meet
 * any.
 *
 * What it does not: step where the surface does not lead to half the distance within its reach, as
 * at a minimum that is no target, or next to where surfaces about accepted points reach. */
#include "surface.h"

#include <gsl/gsl_sort_float.h>
#include <math.h>
#include <string.h>

enum {
    MOST_PLACES = 64,
    TRIES = 3, /* rows that are asked for each place */
    DESCENT = 400,
    KNOWN_WELL = 300 /* accepted points, until which this fades */
};
static const double share_of_misses = 0.08, least_gain = 0.5;
static const float far_off = 4.0f; /* squared, in units of the reach of surfaces */

/* Squared: how far surfaces about accepted points reach, the median. */
static int find_reach(const struct search_state *search, const struct ground *g, float *reach2,
                      struct err *err)
{
    const struct survey_snapshot *shot = search->snapshot;
    size_t i, n, d = shot->n_dims, near[MOST_NEAR];
    size_t wanted = surface_near(shot) / 2;
    float far2[MOST_NEAR], *all = mem_array(g->n_accepted, sizeof *all);

    if (!all)
        return mem_error(err);
    for (i = 0; i < g->n_accepted; i++) {
        n = tree_nearest(g->known, shot->x + g->accepted_rows[i] * d, wanted, SIZE_MAX, near, far2);
        all[i] = far2[n - 1];
    }
    gsl_sort_float(all, 1, g->n_accepted);
    *reach2 = all[g->n_accepted / 2];
    mem_free(all);
    return 0;
}

/* Squared distances of all rows to what is accepted or still out; -1: of no interest. */
static int find_far(const struct search_state *search, const struct ground *g, float *far2,
                    struct err *err)
{
    const struct survey_snapshot *shot = search->snapshot;
    size_t d = shot->n_dims, i;
    struct tree *out = tree_create(search->pending.n, d, search->pending.x, err);
    float reach2 = 0.0f;

    if (!out || find_reach(search, g, &reach2, err) != 0) {
        tree_free(out);
        return -1;
    }
    for (i = 0; i < shot->n; i++) {
        const float *x = shot->x + i * d;

        far2[i] = -1.0f;
        if (shot->label[i] > 0 || !isfinite(search->distance[i]))
            continue;
        far2[i] = tree_distance2(g->accepted, x);
        far2[i] = far2[i] > far_off * reach2 ? fminf(far2[i], tree_distance2(out, x)) : -1.0f;
    }
    tree_free(out);
    return 0;
}

/* The row of most r^2 / s; shot->n: none. */
static size_t next_row(const struct search_state *search, const float *far2)
{
    const struct survey_snapshot *shot = search->snapshot;
    size_t i, best = shot->n;
    double most = 0.0;

    for (i = 0; i < shot->n; i++) {
        if (!((double)far2[i] > most * sinh((double)search->distance[i])))
            continue;
        most = (double)far2[i] / sinh((double)search->distance[i]);
        best = i;
    }
    return best;
}

static void leave(const struct survey_snapshot *shot, size_t row, float *far2)
{
    const float *x = shot->x + row * shot->n_dims;
    size_t i;

    for (i = 0; i < shot->n; i++)
        if (far2[i] > 0.0f)
            far2[i] = fminf(far2[i], point_distance2(shot->n_dims, x, shot->x + i * shot->n_dims));
}

/* How far the surface says that the place is from the target. */
static float height(const struct search_state *search, const struct surface *s, const float *x)
{
    double margins[MOST_MARGINS];
    float row[MOST_MARGINS], height;
    size_t k;

    surface_margins(s, x, margins);
    if (judge_label(search->snapshot->judge, margins) == TRUTH_YES)
        return 0.0f;
    for (k = 0; k < s->n_margins; k++)
        row[k] = (float)margins[k];
    ensemble_distances(search->model, 1, row, &height);
    return height;
}

/* Down the surface from its centre, by steps of all sizes; false: nowhere near enough. */
static bool descend(const struct search_state *search, const struct surface *s, struct rng *rng,
                    float *x)
{
    const struct survey_snapshot *shot = search->snapshot;
    float to[SURVEY_MAX_DIMS], least, begun, now;
    size_t i, j, d = s->d;

    memcpy(x, s->centre, d * sizeof *x);
    least = begun = height(search, s, x);
    for (i = 0; i < DESCENT && least > 0.0f; i++) {
        double size = s->reach / sqrt((double)d) * exp(-14.0 * rng_uniform(rng));

        for (j = 0; j < d; j++) {
            float u = survey_mirrored(x[j] + (float)(size * rng_normal(rng)));

            to[j] = shot->n_cells[j] > 0 ? survey_seen(shot->n_cells[j], (double)u) : u;
        }
        if ((double)point_distance2(d, to, s->centre) > s->reach * s->reach)
            continue;
        now = height(search, s, to);
        if (now < least) {
            least = now;
            memcpy(x, to, d * sizeof *x);
        }
    }
    return (double)least < least_gain * (double)begun;
}

static int descend_all(struct search_state *search, const struct ground *g, size_t n,
                       struct candidates *c, struct err *err)
{
    const struct survey_snapshot *shot = search->snapshot;
    struct rng rng = rng_stream(shot->seed, RNG_LOCAL, (uint64_t)shot->round << 8 | 4);
    float *far2 = mem_array(shot->n, sizeof *far2);
    size_t i, row, begun = c->n;
    struct surface s = {.d = 0};
    int rc = -1;

    if (!far2) {
        mem_error(err);
        goto out;
    }
    TRY(surface_create(&s, shot, err));
    TRY(find_far(search, g, far2, err));
    for (i = 0; i < TRIES * n && c->n < begun + n; i++) {
        row = next_row(search, far2);
        if (row == shot->n)
            break;
        leave(shot, row, far2);
        s.centre = shot->x + row * shot->n_dims;
        if (!surface_fit(&s, shot, g->known, g->rows, search->distance))
            continue;
        surface_pass(&s, shot, row);
        if (!descend(search, &s, &rng, c->x + c->n * c->d))
            continue;
        c->p[c->n] = (float)surface_probability(&s, shot, c->x + c->n * c->d);
        c->n++;
    }
    rc = 0;
out:
    surface_free(&s);
    mem_free(far2);
    return rc;
}

int misses_choose(struct search_state *search, struct candidates *c, size_t n, size_t *chosen,
                  size_t *n_chosen, struct err *err)
{
    const struct survey_snapshot *shot = search->snapshot;
    double trust = promises_trust(&search->promises, PROMISE_MISS);
    double fading = 1.0 - (double)shot->n_accepted / KNOWN_WELL;
    size_t wanted = (size_t)(share_of_misses * trust * fmax(fading, 0.0) * (double)n), i;
    size_t from = c->n;
    struct ground g = {.shot = shot};
    int rc = -1;

    if (search->edge || search->relax > 0.0 || search->is_label_only || shot->n_margins == 0 ||
        shot->n_margins > MOST_MARGINS || shot->n_accepted == 0 || wanted == 0)
        return 0;
    wanted = wanted > MOST_PLACES ? MOST_PLACES : wanted;
    TRY(ground_create(search, &g, err));
    if (g.n_accepted > 0)
        TRY(descend_all(search, &g, wanted, c, err));
    for (i = from; i < c->n; i++) {
        c->family[i] = UINT16_MAX;
        c->score[i] = -1.0f; /* no one chooses it again */
        chosen[(*n_chosen)++] = i;
    }
    search->miss_from = from;
    search->n_misses = c->n - from;
    rc = 0;
out:
    ground_free(&g);
    return rc;
}
