/* even.c: how far apart an even set would lie, at every candidate.
 *
 * What it does: farthest points pile up at the surface of the target, since nothing lies beyond it:
 * a place there is as far from all points as one inside whose surroundings are twice as empty, and
 * in many dimensions most of a target is next to its surface.  So the distance of a candidate to
 * what is covered is measured in units of its distance to the fourth nearest of a set of places
 * spread evenly over the predicted target: next to the surface that one is longer too, by as much.
 * The even places are those of the uniform pool that look like the target.  Where the target is
 * too small for it, they are where walkers end that began at accepted points: Metropolis steps
 * along differences of accepted points (ter Braak, Stat. Comput. 16 (2006) 239), which depend on no
 * walker and go either way, to wherever the model is sure of the target.
 *
 * Walkers of one component stay in proportion to their number, which says nothing of its size: the
 * unit is that of the component.  It is bounded to what a surface or an edge does, so that no thin
 * end which the walkers have not reached seems full.
 *
 * What it does not: look at the covered points, or choose. */
#include "private.h"
#include "theodolite/tree.h"

#include <gsl/gsl_sort_float.h>
#include <math.h>
#include <string.h>

enum {
    WALKERS = 1024,
    STEPS = 16,
    NEIGHBOUR = 4,
    LEAST = 40, /* places, of a component too */
    TRIES = 8
};
static const float sure = 0.5f;
static const double most_beyond = 4.0, least_beyond = 0.5; /* volumes */

struct places_of {
    size_t n, d, n_families;
    float *x;       /* n by d */
    size_t *at;     /* the candidate that the place is; SIZE_MAX: none */
    size_t *family; /* component of the parents; 0 alone for the pool */
};

static int create(struct places_of *e, size_t n, size_t d, struct err *err)
{
    *e = (struct places_of){.d = d, .n_families = 1};
    e->x = mem_array(n * d, sizeof *e->x);
    e->at = mem_array(n, sizeof *e->at);
    e->family = mem_array(n, sizeof *e->family);
    return e->x && e->at && e->family ? 0 : mem_error(err);
}

static void destroy(struct places_of *e)
{
    mem_free(e->x);
    mem_free(e->at);
    mem_free(e->family);
    *e = (struct places_of){.n = 0};
}

static int take_pool(const struct candidates *c, struct places_of *e, struct err *err)
{
    size_t i;

    if (create(e, c->n, c->d, err) != 0)
        return -1;
    for (i = 0; i < c->n; i++) {
        if (c->family[i] != 0 || c->score[i] < sure)
            continue;
        memcpy(e->x + e->n * c->d, c->x + i * c->d, c->d * sizeof *c->x);
        e->at[e->n++] = i;
    }
    return 0;
}

/* ---- walkers -------------------------------------------------------------------------------- */

static const float *draw_member(const struct search_state *search, const struct parents *parents,
                                size_t family, struct rng *rng)
{
    size_t first = parents->first[family], n = parents->first[family + 1] - first;

    return search->snapshot->x +
           parents->rows[first + rng_below(rng, n)] * search->snapshot->n_dims;
}

/* A step that knows nothing of the walker but its component. */
static void step(const struct search_state *search, const struct parents *parents, size_t family,
                 struct rng *rng, const float *from, float *to)
{
    const struct survey_snapshot *shot = search->snapshot;
    size_t d = shot->n_dims, j, t, tries = rng_u32(rng) & 1u ? 1 : TRIES;
    const float *a = draw_member(search, parents, family, rng), *b = a;
    float size = (float)exp(-3.0 * rng_uniform(rng)), least = INFINITY;

    for (t = 0; t < tries; t++) {
        const float *y = draw_member(search, parents, family, rng);
        float r = point_distance2(d, a, y);

        if (r > 0.0f && r < least) {
            least = r;
            b = y;
        }
    }
    if (rng_u32(rng) & 1u)
        size = -size;
    for (j = 0; j < d; j++)
        to[j] = survey_seen(shot->n_cells[j], survey_mirrored(from[j] + size * (b[j] - a[j]) +
                                                              0.1f * size * fabsf(b[j] - a[j]) *
                                                                  (float)rng_normal(rng)));
}

static void start(const struct search_state *search, const struct parents *parents,
                  struct places_of *e)
{
    size_t d = e->d, i, k = 0;

    for (i = 0; i < WALKERS; i++) {
        size_t at = i * parents->n / WALKERS;

        while (at >= parents->first[k + 1])
            k++;
        memcpy(e->x + i * d, search->snapshot->x + parents->rows[at] * d, d * sizeof *e->x);
        e->family[i] = k;
        e->at[i] = SIZE_MAX;
    }
    e->n = WALKERS;
    e->n_families = parents->n_components;
}

static int walk(const struct search_state *search, const struct parents *parents,
                struct places_of *e, struct err *err)
{
    const struct survey_snapshot *shot = search->snapshot;
    struct rng rng = rng_stream(shot->seed, RNG_LOCAL, (uint64_t)shot->round << 8 | 3);
    size_t d = shot->n_dims, i, s;
    float *to = mem_array(WALKERS * d, sizeof *to), *score = mem_array(WALKERS, sizeof *score);
    float *failure = mem_array(WALKERS, sizeof *failure);
    int rc = -1;

    if (!to || !score || !failure) {
        mem_error(err);
        goto out;
    }
    TRY(create(e, WALKERS, d, err));
    start(search, parents, e);
    for (s = 0; s < STEPS; s++) {
        for (i = 0; i < WALKERS; i++)
            step(search, parents, e->family[i], &rng, e->x + i * d, to + i * d);
        TRY(learned_score(search, WALKERS, to, score, failure, err));
        for (i = 0; i < WALKERS; i++)
            if (score[i] >= sure)
                memcpy(e->x + i * d, to + i * d, d * sizeof *to);
    }
    rc = 0;
out:
    mem_free(to);
    mem_free(score);
    mem_free(failure);
    return rc;
}

/* ---- measuring ------------------------------------------------------------------------------ */

static float fourth(const struct tree *tree, const float *x, size_t skip, size_t *nearest)
{
    size_t near[NEIGHBOUR], n;
    float far2[NEIGHBOUR];

    n = tree_nearest(tree, x, NEIGHBOUR, skip, near, far2);
    *nearest = n > 0 ? near[0] : 0;
    return n == NEIGHBOUR ? far2[NEIGHBOUR - 1] : 0.0f;
}

/* Of every component the median squared distance to the fourth place; 0: of too few places. */
static int find_units(const struct places_of *e, const struct tree *tree, float *unit,
                      struct err *err)
{
    float *all = mem_array(e->n, sizeof *all), *own = mem_array(e->n, sizeof *own);
    size_t i, k, n, nearest;

    if (!all || !own) {
        mem_free(all);
        mem_free(own);
        return mem_error(err);
    }
    for (i = 0; i < e->n; i++)
        all[i] = fourth(tree, e->x + i * e->d, i, &nearest);
    for (k = 0; k < e->n_families; k++) {
        for (i = 0, n = 0; i < e->n; i++)
            if (e->family[i] == k)
                own[n++] = all[i];
        gsl_sort_float(own, 1, n);
        unit[k] = n >= LEAST ? own[n / 2] : 0.0f;
    }
    mem_free(all);
    mem_free(own);
    return 0;
}

static int measure(const struct places_of *e, struct candidates *c, struct err *err)
{
    struct tree *tree = tree_create(e->n, e->d, e->x, err);
    float *unit = mem_array(e->n_families, sizeof *unit);
    size_t *place = mem_array(c->n, sizeof *place), i, nearest;
    double power = 2.0 / (double)e->d;
    int rc = -1;

    if (!tree)
        goto out;
    if (!unit || !place) {
        mem_error(err);
        goto out;
    }
    TRY(find_units(e, tree, unit, err));
    for (i = 0; i < c->n; i++)
        place[i] = SIZE_MAX;
    for (i = 0; i < e->n; i++)
        if (e->at[i] != SIZE_MAX)
            place[e->at[i]] = i;
    for (i = 0; i < c->n; i++) {
        float far2, of;

        if (c->score[i] < sure)
            continue;
        far2 = fourth(tree, c->x + i * c->d, place[i], &nearest);
        of = unit[e->family[nearest]];
        if (of > 0.0f)
            c->even[i] = (float)fmax(pow(1.0 / most_beyond, power),
                                     fmin(pow(1.0 / least_beyond, power), (double)(of / far2)));
    }
    rc = 0;
out:
    tree_free(tree);
    mem_free(unit);
    mem_free(place);
    return rc;
}

int even_find(const struct search_state *search, const struct parents *parents,
              struct candidates *c, size_t n_wanted, struct err *err)
{
    struct places_of e = {.n = 0};
    int rc = -1;

    if (search->edge || search->relax > 0.0 || search->snapshot->n_accepted < 100)
        return 0;
    TRY(take_pool(c, &e, err));
    if (e.n < n_wanted) {
        destroy(&e);
        TRY(walk(search, parents, &e, err));
    }
    if (e.n >= LEAST)
        TRY(measure(&e, c, err));
    rc = 0;
out:
    destroy(&e);
    return rc;
}
