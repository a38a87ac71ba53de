/* cover-gaps.c: where the target is predicted and nobody has been.
 *
 * What it does: measures, for places drawn evenly from the predicted target, how far the nearest
 * point is that was run, whatever came of it.  The measure of "far" comes from the target itself:
 * from as many places drawn at random from it as there are accepted points, the distance of a fresh
 * place to the nearest of those has the median r (scaled with the number where the pool is smaller:
 * its fractal dimension D is that by which the median grows when half of them are left out).  For
 * points without order the chance of nobody within s falls as 2^-(s/r)^D, so a place is empty when
 * it is farther than r (ln 1000 / ln 2)^(1/D) from every point: one in a thousand would be by
 * chance.  Friends of friends among empty places are gaps; their volumes are sums of the pool's
 * weights.  Points that keep a distance from each other are farther apart than chance would have
 * them, and a small pool measures r badly: r is never less than their own median distance.  Gaps
 * where most calls would fail stand behind all others: seen, but nobody's first choice.
 *
 * What it does not: find what the learner does not predict.  The honest uniform points tell how
 * much that is (survey_foreseen). */
#include "cover.h"
#include "private.h"

#include <gsl/gsl_sort_float.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { MOST_GAPS = 200, MOST_PLACES = 20, LEAST_PLACES = 40, OWN_SAMPLE = 1000 };
static const double LOG2_CHANCE = 9.9657842846620869; /* ln 1000 / ln 2 */

/* Median distance of n places to the nearest in the tree; scratch: room for n. */
static double median_distance(const struct tree *tree, const struct cover_pool *pool,
                              const size_t *places, size_t n, float *scratch)
{
    size_t i;

    for (i = 0; i < n; i++)
        scratch[i] = tree_distance2(tree, pool->x + places[i] * pool->d);
    gsl_sort_float(scratch, 1, n);
    return n > 0 ? sqrt((double)scratch[n / 2]) : (double)NAN;
}

static struct tree *tree_of(const struct cover_pool *pool, const size_t *places, size_t n,
                            struct err *err)
{
    float *x = mem_array(n * pool->d, sizeof *x);
    struct tree *tree = NULL;
    size_t i;

    if (!x) {
        mem_error(err);
        return NULL;
    }
    for (i = 0; i < n; i++)
        memcpy(x + i * pool->d, pool->x + places[i] * pool->d, pool->d * sizeof *x);
    tree = tree_create(n, pool->d, x, err);
    mem_free(x);
    return tree;
}

/* Median distance between an accepted point and the next one; scratch: room for 2 * OWN_SAMPLE. */
static double median_of_own(const struct coverage_input *input, const struct cover_parts *parts,
                            float *scratch)
{
    size_t i, n = 0, near;
    float far2;

    for (i = 0; i < parts->n && n < 2 * OWN_SAMPLE; i++)
        if (survey_is_sampled(survey_hash(input->seed + 1, i), OWN_SAMPLE, parts->n) &&
            tree_nearest(parts->tree, parts->x + i * parts->d, 1, i, &near, &far2) > 0)
            scratch[n++] = far2;
    gsl_sort_float(scratch, 1, n);
    return n > 0 ? sqrt((double)scratch[n / 2]) : 0.0;
}

/* r and D as above.  Both NaN when the pool is too small for them. */
static int measure_typical(const struct coverage_input *input, const struct cover_parts *parts,
                           const struct cover_pool *pool, double *typical, double *dimension,
                           struct err *err)
{
    struct rng rng = rng_stream(input->seed, RNG_STRATA, 103);
    size_t *places = mem_array(pool->n, sizeof *places), n, half, n_accepted = parts->n_accepted;
    float *scratch = mem_array(pool->n + 2 * OWN_SAMPLE, sizeof *scratch);
    struct tree *all = NULL, *few = NULL;
    double with_all, with_half;
    int rc = -1;

    *typical = *dimension = NAN;
    if (!places || !scratch) {
        mem_error(err);
        goto out;
    }
    n = cover_pool_thin(pool, false, SIZE_MAX, &rng, places);
    half = n / 2 > n_accepted && n_accepted >= LEAST_PLACES ? n_accepted : n / 2;
    if (n < LEAST_PLACES) {
        rc = 0;
        goto out;
    }
    all = tree_of(pool, places, half, err);
    few = tree_of(pool, places, half / 2, err);
    if (!all || !few)
        goto out;
    with_all = median_distance(all, pool, places + half, n - half, scratch);
    with_half = median_distance(few, pool, places + half, n - half, scratch);
    *dimension = log(2.0) / log(with_half / with_all);
    if (!(*dimension > 0.5))
        *dimension = 0.5;
    if (*dimension > (double)pool->d)
        *dimension = (double)pool->d;
    *typical =
        with_all * pow((double)half / (double)(n_accepted > 0 ? n_accepted : 1), 1.0 / *dimension);
    *typical = fmax(*typical, median_of_own(input, parts, scratch));
    rc = 0;
out:
    tree_free(all);
    tree_free(few);
    mem_free(places);
    mem_free(scratch);
    return rc;
}

/* ---- empty places --------------------------------------------------------------------------- */

struct empty { /* all places of the predicted target, and which of them are empty */
    size_t n;
    size_t *place;    /* n: of the pool */
    float *far2;      /* to the nearest point that was run */
    size_t *region;   /* friends of friends among all of them */
    bool *is_visited; /* per region: somebody has been there */
    size_t n_empty;
    size_t *which; /* n_empty: places of the empty ones */
    size_t *gap;   /* n_empty */
    size_t n_gaps;
};

static void empty_free(struct empty *e)
{
    mem_free(e->place);
    mem_free(e->far2);
    mem_free(e->region);
    mem_free(e->is_visited);
    mem_free(e->which);
    mem_free(e->gap);
}

static int empty_create(const struct cover_pool *pool, struct empty *e, struct err *err)
{
    size_t i;

    *e = (struct empty){.n = 0};
    e->place = mem_array(pool->n, sizeof *e->place);
    e->far2 = mem_array(pool->n, sizeof *e->far2);
    e->region = mem_array(pool->n, sizeof *e->region);
    e->is_visited = mem_array(pool->n, sizeof *e->is_visited);
    e->which = mem_array(pool->n, sizeof *e->which);
    e->gap = mem_array(pool->n, sizeof *e->gap);
    if (!e->place || !e->far2 || !e->region || !e->is_visited || !e->which || !e->gap)
        return mem_error(err);
    for (i = 0; i < pool->n; i++)
        if (pool->p[i] > COVERAGE_IN)
            e->place[e->n++] = i;
    return 0;
}

static int measure_empty(const struct coverage_input *input, const struct cover_pool *pool,
                         double gap_from, struct empty *e, struct err *err)
{
    struct tree *run = tree_create(input->n, input->n_dims, input->x, err);
    size_t i;

    if (!run)
        return -1;
    for (i = 0; i < e->n; i++) {
        e->far2[i] = tree_distance2(run, pool->x + e->place[i] * pool->d);
        if ((double)e->far2[i] > gap_from * gap_from)
            e->which[e->n_empty++] = e->place[i];
    }
    tree_free(run);
    return 0;
}

/* Friends among all places give the regions of the predicted target, friends among the empty ones
 * the gaps; both with the linking length of the first. */
static int find_friends(const struct cover_pool *pool, double gap_from, struct empty *e,
                        struct err *err)
{
    struct tree *all = tree_of(pool, e->place, e->n, err), *empty = NULL;
    float *reach = mem_array(pool->n, sizeof *reach), link2;
    size_t n_regions, i;
    int rc = -1;

    if (!all || !reach) {
        mem_error(err);
        goto out;
    }
    link2 = tree_link2(all, reach);
    TRY(tree_friends(all, link2, e->region, &n_regions, err));
    for (i = 0; i < e->n; i++)
        if ((double)e->far2[i] <= gap_from * gap_from)
            e->is_visited[e->region[i]] = true;
    empty = tree_of(pool, e->which, e->n_empty, err);
    if (!empty)
        goto out;
    TRY(tree_friends(empty, link2, e->gap, &e->n_gaps, err));
    rc = 0;
out:
    tree_free(all);
    tree_free(empty);
    mem_free(reach);
    return rc;
}

/* ---- the list ------------------------------------------------------------------------------- */

struct draft {
    size_t gap, n;
    double volume;
    double sum_p, sum_chance; /* their ratio is the chance to run */
};

static bool is_failing(const struct draft *draft)
{
    return draft->sum_chance < 0.5 * draft->sum_p;
}

static int compare_drafts(const void *a, const void *b)
{
    const struct draft *x = a, *y = b;

    if (is_failing(x) != is_failing(y))
        return is_failing(x) ? 1 : -1;
    if (x->volume != y->volume)
        return x->volume > y->volume ? -1 : 1;
    return (x->gap > y->gap) - (x->gap < y->gap);
}

/* `at`, and more places until the whole gap is near one of them: the farthest first.  far2: room
 * for the gap's points, their distances to what was run. */
static void spread_places(const struct coverage *c, float *far2, struct coverage_gap *gap,
                          float *places)
{
    size_t d = c->n_dims, i, j, best;

    gap->places = places;
    while (gap->n_places < MOST_PLACES) {
        for (i = best = 0; i < gap->n_points; i++)
            best = far2[i] > far2[best] ? i : best;
        if (gap->n_places > 0 && (double)far2[best] <= c->gap_from * c->gap_from)
            break;
        if (gap->n_places == 0)
            gap->distance = sqrt((double)far2[best]);
        memcpy(places + gap->n_places++ * d, gap->points + best * d, d * sizeof *places);
        for (i = 0; i < gap->n_points; i++) {
            float sum = 0.0f;

            for (j = 0; j < d; j++) {
                float step = gap->points[i * d + j] - gap->points[best * d + j];

                sum += step * step;
            }
            far2[i] = fminf(far2[i], sum);
        }
    }
    gap->at = places;
}

static int fill_gap(const struct cover_pool *pool, const struct empty *e, const struct draft *draft,
                    struct coverage *c, struct coverage_gap *gap, struct err *err)
{
    size_t d = c->n_dims, i, k, n = 0;
    float *points = arena_array(c->arena, draft->n * d, sizeof *points);
    float *places = arena_array(c->arena, MOST_PLACES * d, sizeof *places);
    float *far2 = mem_array(draft->n, sizeof *far2);
    double squares = 0.0;

    if (!points || !places || !far2) {
        mem_free(far2);
        return mem_error(err);
    }
    gap->points = points;
    gap->is_apart = true;
    for (i = k = 0; i < e->n_empty; i++) {
        size_t at = e->which[i];

        for (; e->place[k] != at; k++) /* both ascend */
            ;
        if (e->gap[i] != draft->gap)
            continue;
        memcpy(points + n * d, pool->x + at * d, d * sizeof *points);
        far2[n++] = e->far2[k];
        gap->volume += pool->weight[at] * (double)pool->chance[at];
        squares += pow(pool->weight[at] * (double)pool->chance[at], 2.0);
        gap->is_apart = gap->is_apart && !e->is_visited[e->region[k]];
    }
    gap->n_points = n;
    gap->volume_error = sqrt(squares);
    gap->probability = draft->sum_chance / (double)n;
    gap->runs = draft->sum_chance / draft->sum_p;
    gap->is_failing = is_failing(draft);
    spread_places(c, far2, gap, places);
    mem_free(far2);
    return 0;
}

static int list_gaps(const struct cover_pool *pool, const struct empty *e, struct coverage *c,
                     struct err *err)
{
    struct draft *drafts = mem_array(e->n_gaps, sizeof *drafts);
    size_t i;
    int rc = -1;

    c->n_gaps = e->n_gaps < MOST_GAPS ? e->n_gaps : MOST_GAPS;
    c->gaps = arena_array(c->arena, c->n_gaps, sizeof *c->gaps);
    if (!drafts || !c->gaps) {
        mem_error(err);
        goto out;
    }
    for (i = 0; i < e->n_empty; i++) {
        double volume = pool->weight[e->which[i]] * (double)pool->chance[e->which[i]];

        drafts[e->gap[i]].gap = e->gap[i];
        drafts[e->gap[i]].n++;
        drafts[e->gap[i]].volume += volume;
        drafts[e->gap[i]].sum_p += (double)pool->p[e->which[i]];
        drafts[e->gap[i]].sum_chance += (double)pool->chance[e->which[i]];
        c->empty += volume;
    }
    qsort(drafts, e->n_gaps, sizeof *drafts, compare_drafts);
    for (i = 0; i < c->n_gaps; i++)
        TRY(fill_gap(pool, e, &drafts[i], c, &c->gaps[i], err));
    rc = 0;
out:
    mem_free(drafts);
    return rc;
}

int cover_gaps_find(const struct coverage_input *input, const struct cover_parts *parts,
                    const struct cover_pool *pool, struct coverage *coverage, struct err *err)
{
    struct empty e = {0};
    double dimension;
    int rc = -1;

    TRY(measure_typical(input, parts, pool, &coverage->typical, &dimension, err));
    if (!isfinite(coverage->typical))
        return 0;
    coverage->gap_from = coverage->typical * pow(LOG2_CHANCE, 1.0 / dimension);
    coverage->empty = 0.0;
    TRY(empty_create(pool, &e, err));
    TRY(measure_empty(input, pool, coverage->gap_from, &e, err));
    TRY(find_friends(pool, coverage->gap_from, &e, err));
    TRY(list_gaps(pool, &e, coverage, err));
    rc = 0;
out:
    empty_free(&e);
    return rc;
}
