/* learned.c: the share of a batch that the model chooses.
 *
 * What it does: asks the model about a uniform pool, chunk by chunk, until enough points look like
 * the target; where the target is too small for that, asks about proposals around the best known
 * points: steps along differences of neighbours (the move of differential evolution, Storn and
 * Price, J. Global Optim. 11 (1997) 341, which follows the shape of the set) and Gaussian steps of
 * several sizes.  From the candidates select.c chooses by promise and distance.
 *
 * What it does not: give these points a density.  They come from a pool by a greedy choice, so they
 * enter no volume; a few points that do come from drawn.c. */
#include "private.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum {
    CHUNK = 4096,
    MAX_CHUNKS = 10,
    MAX_CANDIDATES = 6144,
    MAX_PARENTS = 2000,
    ENOUGH = 4 /* candidates for each point wanted */
};
static const float good_score = 0.5f, screen_least = 0.01f;
/* Parts of a batch: for where the model is in doubt, the same where the label alone is learned, and
 * when the pool is too coarse for the target (it expects less than least_mass of the cube); for
 * small components. */
static const double most_uncertain = 0.6, some_uncertain = 0.3, few_uncertain = 0.1;
static const double least_mass = 5e-4, most_small = 0.2;
static const float floor_of_failure = 0.05f; /* a failing region keeps this much of its rank */

/* Scores of n points at the end of the list. */
static int ask(const struct search_state *search, struct candidates *c, size_t n, float *failure,
               struct err *err)
{
    struct prediction out = {.relax = search->relax, .target = c->p + c->n, .failure = failure};
    size_t i;

    if (search->edge)
        out.spread = c->merit + c->n; /* not in use yet */
    if (ensemble_predict(search->model, n, c->x + c->n * c->d, &out, err) != 0)
        return -1;
    for (i = 0; i < n; i++) {
        float p = search->edge ? boundary_score(out.target[i], out.spread[i]) : out.target[i];

        c->score[c->n + i] = p * (1.0f - failure[i] * (1.0f - floor_of_failure));
    }
    return 0;
}

int learned_score(const struct search_state *search, size_t n, const float *x, float *score,
                  float *failure, struct err *err)
{
    struct prediction out = {.relax = search->relax, .target = score, .failure = failure};
    float screen[CHUNK];
    size_t i;

    if (n > CHUNK)
        return err_set(err, ERR_LIMIT, "%zu points at once are too many", n);
    ensemble_screen(search->model, n, x, search->relax, screen);
    if (ensemble_predict(search->model, n, x, &out, err) != 0)
        return -1;
    for (i = 0; i < n; i++)
        score[i] = screen[i] < screen_least
                       ? 0.0f
                       : score[i] * (1.0f - failure[i] * (1.0f - floor_of_failure));
    return 0;
}

struct scratch {
    float *failure, *sorted, *screen;
    /* rows of the snapshot, grouped by component; component k begins at first[k] */
    size_t *parents, *first;
    size_t n_parents, n_components;
};

static void scratch_free(struct scratch *scratch)
{
    mem_free(scratch->failure);
    mem_free(scratch->sorted);
    mem_free(scratch->screen);
    mem_free(scratch->parents);
    mem_free(scratch->first);
}

/* n new candidates at the end of the list: those that the screen lets pass get their score. */
static int screen_and_ask(const struct search_state *search, struct candidates *c, size_t n,
                          struct scratch *scratch, struct err *err)
{
    size_t i, kept = 0, d = c->d;
    float *x = c->x + c->n * d;

    ensemble_screen(search->model, n, x, search->relax, scratch->screen);
    for (i = 0; i < n; i++) {
        if (scratch->screen[i] < screen_least)
            continue;
        memmove(x + kept * d, x + i * d, d * sizeof *x);
        c->family[c->n + kept++] = c->family[c->n + i];
    }
    if (ask(search, c, kept, scratch->failure, err) != 0)
        return -1;
    c->n += kept;
    return 0;
}

static int add_pool(struct search_state *search, struct candidates *c, size_t wanted,
                    struct scratch *scratch, struct err *err)
{
    const struct survey_snapshot *shot = search->snapshot;
    struct rng rng = rng_stream(shot->seed, RNG_POOL, shot->round);
    size_t chunk, i, before, n_asked = 0, d = shot->n_dims;

    for (chunk = 0; chunk < MAX_CHUNKS; chunk++) {
        for (i = 0; i < CHUNK * d; i++)
            c->x[c->n * d + i] = survey_mirrored((float)rng_uniform(&rng));
        for (i = 0; i < CHUNK; i++) {
            candidates_see(shot, c->x + (c->n + i) * d);
            c->family[c->n + i] = 0;
        }
        before = c->n;
        if (screen_and_ask(search, c, CHUNK, scratch, err) != 0)
            return -1;
        for (i = before; i < c->n; i++) {
            search->mass += (double)c->p[i];
            search->rank_mean += drawn_rank(c->score[i]);
            search->sure_mass += c->p[i] >= good_score ? (double)c->p[i] : 0.0;
        }
        n_asked += CHUNK;
        candidates_keep(c, candidates_rank(c, MAX_CANDIDATES, scratch->sorted), MAX_CANDIDATES);
        if (candidates_count(c, good_score) >= ENOUGH * wanted)
            break;
    }
    search->n_asked = n_asked;
    search->rank_mean /= (double)n_asked;
    search->mass /= (double)n_asked;
    search->sure_mass /= (double)n_asked;
    return 0;
}

/* ---- around what is known ------------------------------------------------------------------- */

struct ranked {
    float distance;
    size_t row;
    bool is_chance; /* found by chance, or far from nearly all others */
};

static int compare_ranked(const void *a, const void *b)
{
    const struct ranked *x = a, *y = b;

    if (x->distance != y->distance)
        return x->distance < y->distance ? -1 : 1;
    return (x->row > y->row) - (x->row < y->row);
}

/* Sorts the parents by component, so that each component can have the same number of children: one
 * that was found late catches up. */
static int group_parents(const struct survey_snapshot *shot, struct scratch *scratch,
                         struct err *err)
{
    size_t n = scratch->n_parents, d = shot->n_dims, i, k, at = 0;
    float *x = mem_array(n * d, sizeof *x);
    size_t *component = mem_array(n, sizeof *component), *rows = mem_array(n, sizeof *rows);
    int rc = -1;

    if (!x || !component || !rows) {
        mem_error(err);
        goto out;
    }
    for (i = 0; i < n; i++) {
        rows[i] = scratch->parents[i];
        memcpy(x + i * d, shot->x + rows[i] * d, d * sizeof *x);
    }
    TRY(learn_components(n, d, x, component, &scratch->n_components, err));
    for (k = 0; k < scratch->n_components; k++) {
        scratch->first[k] = at;
        for (i = 0; i < n; i++) {
            if (component[i] == k)
                scratch->parents[at++] = rows[i];
        }
    }
    scratch->first[scratch->n_components] = at;
    rc = 0;
out:
    mem_free(x);
    mem_free(component);
    mem_free(rows);
    return rc;
}

/* A parent, every second time of a component drawn first; returns its component's number too. */
static size_t draw_parent(const struct scratch *scratch, struct rng *rng, size_t *component)
{
    size_t k, at;

    if (rng_u32(rng) & 1u) {
        k = (size_t)rng_below(rng, scratch->n_components);
        at = scratch->first[k] + rng_below(rng, scratch->first[k + 1] - scratch->first[k]);
    } else {
        at = rng_below(rng, scratch->n_parents);
        for (k = 0; at >= scratch->first[k + 1]; k++)
            ;
    }
    *component = k;
    return scratch->parents[at];
}

/* Every k-th of too many, and of the rest those that were found by chance or lie alone: one of them
 * may be all that is known of an island. */
static void take_parents(const struct ranked *ranked, size_t n, struct scratch *scratch)
{
    size_t i, n_chance = 0, n_taken = 0, most;

    for (i = 0; i < n && n > MAX_PARENTS; i++)
        n_chance += ranked[i].is_chance;
    most = MAX_PARENTS - (n_chance < MAX_PARENTS / 2 ? n_chance : MAX_PARENTS / 2);
    for (i = 0; i < n && scratch->n_parents < MAX_PARENTS; i++) {
        bool is_taken = n <= MAX_PARENTS || i * most / n >= n_taken;

        n_taken += is_taken;
        if (is_taken || ranked[i].is_chance)
            scratch->parents[scratch->n_parents++] = ranked[i].row;
    }
}

/* Accepted points, or while there are few the nearest misses too. */
static int find_parents(const struct search_state *search, struct scratch *scratch, struct err *err)
{
    const struct survey_snapshot *shot = search->snapshot;
    struct ranked *ranked = mem_array(shot->n, sizeof *ranked);
    bool *is_lone = mem_array(shot->n, sizeof *is_lone);
    size_t i, n = 0, n_accepted = 0, most;
    int rc = -1;

    if (!ranked || !is_lone) {
        mem_error(err);
        goto out;
    }
    if (search->is_label_only)
        TRY(islands_lone(shot, is_lone, err));
    for (i = 0; i < shot->n; i++) {
        float distance = search->distance[i];

        if (shot->label[i] > 0) {
            distance = 0.0f;
            n_accepted++;
        }
        if (isfinite(distance))
            ranked[n++] = (struct ranked){distance, i, shot->is_uniform[i] || is_lone[i]};
    }
    qsort(ranked, n, sizeof *ranked, compare_ranked);
    most = n_accepted > 100 ? n_accepted : 100;
    take_parents(ranked, most < n ? most : n, scratch);
    rc = group_parents(shot, scratch, err);
out:
    mem_free(ranked);
    mem_free(is_lone);
    return rc;
}

/* The parent nearest to parent i among a few drawn at random: near ones come often, none never. */
static const float *partner(const struct survey_snapshot *shot, const struct scratch *scratch,
                            const float *x, size_t tries, struct rng *rng)
{
    const float *best = NULL;
    float least = INFINITY;
    size_t t, j, d = shot->n_dims;

    for (t = 0; t < tries; t++) {
        const float *y = shot->x + scratch->parents[rng_below(rng, scratch->n_parents)] * d;
        float sum = 0.0f;

        for (j = 0; j < d; j++)
            sum += (x[j] - y[j]) * (x[j] - y[j]);
        if (sum > 0.0f && sum < least) {
            least = sum;
            best = y;
        }
    }
    return best;
}

/* A child of some parent into `to`; returns the number of its family. */
static uint16_t step_from(const struct survey_snapshot *shot, const struct scratch *scratch,
                          struct rng *rng, float *to)
{
    size_t d = shot->n_dims, j, family;
    const float *x = shot->x + draw_parent(scratch, rng, &family) * d;
    const float *a = partner(shot, scratch, x, 8, rng);
    const float *b = a ? partner(shot, scratch, a, 8, rng) : NULL;
    float size = (float)exp(-5.0 * rng_uniform(rng));
    bool is_along = b && rng_uniform(rng) < 0.6;

    if (is_along) {
        for (j = 0; j < d; j++)
            to[j] = survey_mirrored(x[j] + size * (a[j] - b[j]) +
                                    0.05f * size * fabsf(a[j] - x[j]) * (float)rng_normal(rng));
        return (uint16_t)(family + 1);
    }
    for (j = 0; j < d; j++) {
        float width = a ? fabsf(a[j] - x[j]) + 1e-6f : 0.1f;

        to[j] = survey_mirrored(x[j] + size * width * (float)rng_normal(rng));
    }
    return (uint16_t)(family + 1);
}

static int add_local(struct search_state *search, struct candidates *c, struct scratch *scratch,
                     struct err *err)
{
    const struct survey_snapshot *shot = search->snapshot;
    struct rng rng = rng_stream(shot->seed, RNG_LOCAL, shot->round);
    size_t chunk, i, d = shot->n_dims;

    if (scratch->n_parents == 0)
        return 0;
    for (chunk = 0; chunk < 4; chunk++) {
        for (i = 0; i < CHUNK; i++) {
            c->family[c->n + i] = step_from(shot, scratch, &rng, c->x + (c->n + i) * d);
            candidates_see(shot, c->x + (c->n + i) * d);
        }
        if (screen_and_ask(search, c, CHUNK, scratch, err) != 0)
            return -1;
    }
    return 0;
}

/* Component of a row, plus one; what is no parent belongs to none. */
static uint16_t family_of(const struct scratch *scratch, size_t row)
{
    size_t i, k = 0;

    for (i = 0; i < scratch->n_parents; i++) {
        while (i >= scratch->first[k + 1])
            k++;
        if (scratch->parents[i] == row)
            return (uint16_t)(k + 1);
    }
    return UINT16_MAX;
}

/* Where the target goes on from its ends the model may not know yet; the surfaces next to accepted
 * points do: the larger of both probabilities counts. */
static int add_surfaces(struct search_state *search, struct candidates *c, struct scratch *scratch,
                        struct err *err)
{
    const struct survey_snapshot *shot = search->snapshot;
    struct places places = {.cap = CHUNK,
                            .x = c->x + c->n * c->d,
                            .p = scratch->screen,
                            .row = mem_array(CHUNK, sizeof(size_t))};
    double trust = promises_trust(&search->promises, PROMISE_SURFACE);
    size_t i, at;
    int rc = -1;

    if (!places.row) {
        mem_error(err);
        goto out;
    }
    TRY(surface_propose(search, &places, err));
    search->surface_from = c->n;
    search->surface_to = c->n + places.n;
    for (i = 0; i < places.n; i++)
        candidates_see(shot, places.x + i * c->d);
    TRY(ask(search, c, places.n, scratch->failure, err));
    for (i = 0; i < places.n; i++) {
        at = c->n + i;
        places.p[i] *= (float)trust;
        c->family[at] = family_of(scratch, places.row[i]);
        c->p[at] = fmaxf(c->p[at], places.p[i]);
        c->score[at] = fmaxf(
            c->score[at], places.p[i] * (1.0f - scratch->failure[i] * (1.0f - floor_of_failure)));
    }
    c->n += places.n;
    rc = 0;
out:
    mem_free(places.row);
    return rc;
}

static int add_edge(struct search_state *search, struct candidates *c, struct scratch *scratch,
                    struct err *err)
{
    const struct survey_snapshot *shot = search->snapshot;
    struct rng rng = rng_stream(shot->seed, RNG_LOCAL, shot->round);
    size_t i, n, d = shot->n_dims;

    if (boundary_places(search, &rng, CHUNK, c->x + c->n * d, &n, err) != 0)
        return -1;
    for (i = 0; i < n; i++) {
        candidates_see(shot, c->x + (c->n + i) * d);
        c->family[c->n + i] = 1;
    }
    if (ask(search, c, n, scratch->failure, err) != 0)
        return -1;
    c->n += n;
    return 0;
}

/* ---- choosing ------------------------------------------------------------------------------- */

static void put_chosen(const struct search_state *search, const struct candidates *c,
                       const size_t *chosen, size_t n, size_t from, struct survey_batch *batch)
{
    size_t i, j;
    double sum = 0.0;

    for (i = 0; i < n; i++) {
        size_t at = chosen[i];
        float p = search->relax > 0.0 ? c->p[at] : promises_due(&search->promises, c->p[at]);

        for (j = 0; j < c->d; j++)
            batch->units[(from + i) * c->d + j] = (double)c->x[at * c->d + j];
        design_set(batch, from + i, c->family[at] > 0 ? ORIGIN_LOCAL : ORIGIN_LEARNED, p, NAN);
        sum += (double)p;
    }
    batch->promised = n > 0 ? sum / (double)n : NAN;
}

/* Whether words are kept is looked up when the points are back. */
static int remember(struct search_state *search, const struct candidates *c, const size_t *chosen,
                    size_t n, struct err *err)
{
    size_t i, at;

    for (i = 0; i < n && !(search->relax > 0.0); i++) {
        enum promise source = PROMISE_UNSURE;

        at = chosen[i];
        if (at >= search->surface_from && at < search->surface_to)
            source = PROMISE_SURFACE;
        if (at - search->miss_from < search->n_misses)
            source = PROMISE_MISS;
        if (promises_add(&search->promises, c->d, c->x + at * c->d, c->p[at], source, err) != 0)
            return -1;
    }
    return 0;
}

/* What is not chosen is honestly uniform. */
static void fill_rest(const struct search_state *search, size_t from, struct survey_batch *batch)
{
    const struct survey_snapshot *shot = search->snapshot;
    size_t i, d = shot->n_dims;

    for (i = from; i < batch->n; i++) {
        design_uniform(shot->seed, RNG_EXPLORE, search->first_id + i, d, batch->units + i * d);
        design_set(batch, i, ORIGIN_EXPLORE, NAN, 1.0);
    }
}

/* Components that hold less than a third of the mean size: their children, the most promising
 * first, come before all others, however little the model believes in them yet; but no nearer to
 * what is there than others are to each other.  A few points at a thin end of the target pass for a
 * component too, and are to be no more crowded than the rest. */
static void choose_small(struct search_state *search, struct candidates *c,
                         const struct scratch *scratch, size_t n, size_t *chosen, size_t *n_chosen)
{
    struct selection s = {
        .power = select_power(c->d), .from = 1e-4f, .to = 2.0f, .least = search->spacing2};
    size_t n_components = scratch->n_components, before = *n_chosen, k, n_small = 0;
    size_t least = n_components > 0 ? scratch->n_parents / n_components / 3 : 0;

    for (k = 0; k < n_components; k++)
        n_small += scratch->first[k + 1] - scratch->first[k] < least;
    if (n_small == 0)
        return;
    s.n = (size_t)(most_small * (double)n) / n_small;
    s.n = s.n > 10 ? 10 : s.n > 0 ? s.n : 1;
    for (k = 0; k < n_components && *n_chosen + s.n <= n; k++) {
        if (scratch->first[k + 1] - scratch->first[k] >= least)
            continue;
        if ((double)(*n_chosen - before) >= most_small * (double)n)
            break;
        s.family = (uint16_t)(k + 1);
        select_diverse(c, &s, chosen, n_chosen);
    }
    search->n_small = *n_chosen - before;
}

/* Up to n in all.  In two parts, by the volume that the model expects: where it is sure, and where
 * it is not.  The second is what finds components that the model only half believes in.  No spot
 * is to be filled before the rest is found; only what is left over may lie anywhere. */
static void choose(struct search_state *search, struct candidates *c, size_t n, size_t *chosen,
                   size_t *n_chosen)
{
    struct selection s = {.power = select_power(c->d), .from = good_score, .to = 2.0f};
    double doubt =
        search->mass > 0.0 && !search->edge ? 1.0 - search->sure_mass / search->mass : 0.0;
    double most = search->is_label_only       ? some_uncertain
                  : search->mass > least_mass ? most_uncertain
                                              : few_uncertain;
    size_t left = n > *n_chosen ? n - *n_chosen : 0, n_sure;

    s.least = search->room2;
    s.n = left - (size_t)((double)left * fmin(doubt, most));
    select_diverse(c, &s, chosen, n_chosen);
    n_sure = *n_chosen;
    s.n = n > n_sure ? n - n_sure : 0;
    s.from = 1e-4f;
    s.to = good_score;
    select_diverse(c, &s, chosen, n_chosen);
    search->n_uncertain = *n_chosen - n_sure;
    s.n = n > *n_chosen ? n - *n_chosen : 0;
    s.to = 2.0f;
    select_diverse(c, &s, chosen, n_chosen);
    s.n = n > *n_chosen ? n - *n_chosen : 0;
    s.least = 0.0f;
    select_diverse(c, &s, chosen, n_chosen);
}

int learned_propose(struct search_state *search, size_t from, size_t n, struct survey_batch *batch,
                    struct err *err)
{
    const struct survey_snapshot *shot = search->snapshot;
    size_t cap = MAX_CANDIDATES + (MAX_CHUNKS + 5) * CHUNK + 2 * n, n_chosen = 0, n_wanted, i;
    size_t most = 0, first = from;
    struct parents parents;
    struct islands islands;
    struct candidates c;
    struct covered covered = {0};
    struct scratch scratch = {0};
    size_t *chosen = mem_array(n, sizeof *chosen);
    int rc = -1;

    TRY(candidates_create(&c, cap, shot->n_dims, err));
    scratch.failure = mem_array(CHUNK, sizeof(float));
    scratch.sorted = mem_array(cap, sizeof(float));
    scratch.screen = mem_array(CHUNK, sizeof(float));
    scratch.parents = mem_array(MAX_PARENTS, sizeof(size_t));
    scratch.first = mem_array(MAX_PARENTS + 1, sizeof(size_t));
    if (!chosen || !scratch.failure || !scratch.sorted || !scratch.screen || !scratch.parents ||
        !scratch.first) {
        mem_error(err);
        goto out;
    }
    if (shot->search.aim == AIM_BOUNDARY && shot->n_accepted > 0 && !(search->relax > 0.0))
        TRY(boundary_find(search, err));
    TRY(add_pool(search, &c, n, &scratch, err));
    TRY(find_parents(search, &scratch, err));
    parents = (struct parents){.n = scratch.n_parents,
                               .n_components = scratch.n_components,
                               .rows = scratch.parents,
                               .first = scratch.first};
    if (!search->edge)
        TRY(drawn_most(search, &parents, n, &most, err));
    TRY(drawn_propose(search, from, most, batch, err));
    search->n_components = shot->n_accepted > 0 ? scratch.n_components : 0;
    if (search->edge)
        TRY(add_edge(search, &c, &scratch, err));
    else if (candidates_count(&c, good_score) < n) {
        TRY(add_local(search, &c, &scratch, err));
        TRY(add_surfaces(search, &c, &scratch, err));
    }
    TRY(covered_find(search, batch, from, &covered, err));
    from += search->n_drawn;
    n -= search->n_drawn;
    TRY(dips_choose(search, &c, n, chosen, &n_chosen, err));
    if (search->mass < least_mass)
        TRY(misses_choose(search, &c, n, chosen, &n_chosen, err));
    if (!search->edge)
        TRY(covered_spacing(&covered, shot->n_dims, &search->spacing2, err));
    TRY(islands_add(search, &parents, &c, &islands, err));
    select_cover(&c, covered.n, covered.x, covered.weight);
    n_wanted = n - explored_count(search, &c, batch->n, n);
    TRY(even_find(search, &parents, &c, n_wanted, err));
    islands_choose(search, &c, &islands, n_wanted, chosen, &n_chosen);
    /* a way to the target need not be even, and labels alone tell of it next to what is known */
    if (!search->edge && !(search->relax > 0.0) && !search->is_label_only)
        search->room2 = covered_room(&covered, shot, n_wanted);
    if (!search->edge && scratch.n_components > 1)
        choose_small(search, &c, &scratch, n_wanted, chosen, &n_chosen);
    choose(search, &c, n_wanted, chosen, &n_chosen);
    TRY(spread_choose(search, batch, &c, n - n_chosen, chosen, &n_chosen, err));
    put_chosen(search, &c, chosen, n_chosen, from, batch);
    fill_rest(search, from + n_chosen, batch);
    TRY(drawn_weigh(search, first, batch, err));
    TRY(remember(search, &c, chosen, n_chosen, err));
    search->n_candidates = c.n;
    for (i = 0; i < n_chosen; i++)
        search->n_local += c.family[chosen[i]] > 0;
    rc = 0;
out:
    nearby_free(search->nearby);
    search->nearby = NULL;
    candidates_free(&c);
    covered_free(&covered);
    scratch_free(&scratch);
    mem_free(chosen);
    return rc;
}
