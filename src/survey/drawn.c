/* drawn.c: points of the model's own choice whose proposal density is known.
 *
 * What it does: draws a few points from a density that follows the model's score, by rejection from
 * uniform ones, so that the volume can use them beside the uniform share: importance sampling from
 * the mixture of both (balance heuristic; Veach, Guibas, SIGGRAPH 1995, p. 419; Owen, Zhou, J. Am.
 * Stat. Assoc. 95 (2000) 135).  Every point of either kind has the density of the mixture, as if it
 * had been drawn from both:
 *     q(x) = (n_uniform + n_drawn rank(x) / mean rank) / (n_uniform + n_drawn).
 * rank is the square root of the score: a point that is in the target with probability p adds p / q
 * to the variance, which is least for q proportional to sqrt(p) (Cauchy-Schwarz).  What the model
 * half believes in is drawn often enough not to come as a surprise with a large weight.
 * It is never below the uniform part, so that what the model does not expect keeps a bounded
 * weight.  The mean is that of the pool: the number of drawn points stays so small beside the
 * pool's expected points in the target that its error does not matter.
 *
 * Where the target is so small that a uniform pool does not meet it, points are drawn around the
 * accepted ones instead (nearby.c), and kept with a probability that makes up for its shape: from
 * the density g(x) they are kept with min(1, rank(x) level / g(x)), so that with respect to the
 * uniform density they have min(g, rank level) / mean kept share.
 *
 * What it does not: care for distance.  A drawn point is where the target is likely to be, no
 * matter what is there already. */
#include "private.h"

#include <gsl/gsl_sort_double.h>
#include <math.h>

enum { BLOCK = 1024, MOST_BLOCKS = 24, NEARBY_BLOCKS = 8, FEW = 2 };
static const double most_drawn = 0.15; /* of what the model may choose */

/* score[i] for n points of the unit cube. */
static int score_points(struct search_state *search, size_t n, const float *x, float *score,
                        struct err *err)
{
    float failure[BLOCK];
    size_t i;

    for (i = 0; i < n; i += BLOCK) {
        size_t rows = n - i < BLOCK ? n - i : BLOCK;

        if (learned_score(search, rows, x + i * search->snapshot->n_dims, score + i, failure,
                          err) != 0)
            return -1;
    }
    return 0;
}

static void see(const struct survey_snapshot *shot, const double *unit, float *x)
{
    size_t j;

    for (j = 0; j < shot->n_dims; j++)
        x[j] = survey_seen(shot->n_cells[j], unit[j]);
}

double drawn_rank(float score)
{
    return sqrt((double)score);
}

/* What a place's density is, but for the norm search->rank_mean. */
static double unnormed(const struct search_state *search, const double *unit, float score,
                       double *scratch)
{
    double rank = drawn_rank(score);

    if (!search->nearby)
        return rank;
    return fmin(nearby_density(search->nearby, unit, scratch), rank * search->nearby_level);
}

/* BLOCK proposals and the probability to keep each. */
struct proposals {
    double *unit, *keep, *scratch;
    float *x, *score;
};

static int proposals_create(struct proposals *p, size_t d, struct err *err)
{
    *p = (struct proposals){.unit = mem_array(BLOCK * d, sizeof(double)),
                            .keep = mem_array(BLOCK, sizeof(double)),
                            .scratch = mem_array(d, sizeof(double)),
                            .x = mem_array(BLOCK * d, sizeof(float)),
                            .score = mem_array(BLOCK, sizeof(float))};
    return p->unit && p->keep && p->scratch && p->x && p->score ? 0 : mem_error(err);
}

static void proposals_free(struct proposals *p)
{
    mem_free(p->unit);
    mem_free(p->keep);
    mem_free(p->scratch);
    mem_free(p->x);
    mem_free(p->score);
}

static int propose_block(struct search_state *search, struct rng *rng, struct proposals *p,
                         struct err *err)
{
    const struct survey_snapshot *shot = search->snapshot;
    size_t d = shot->n_dims, i, j;

    for (i = 0; i < BLOCK; i++) {
        double *unit = p->unit + i * d;

        p->keep[i] = 1.0;
        if (search->nearby && !nearby_draw(search->nearby, rng, unit))
            p->keep[i] = 0.0;
        for (j = 0; j < d && (!search->nearby || p->keep[i] <= 0.0); j++)
            unit[j] = search->nearby ? 0.5 : rng_uniform(rng);
        see(shot, unit, p->x + i * d);
    }
    if (score_points(search, BLOCK, p->x, p->score, err) != 0)
        return -1;
    for (i = 0; i < BLOCK; i++) {
        const double *unit = p->unit + i * d;

        p->keep[i] *= unnormed(search, unit, p->score[i], p->scratch) /
                      (search->nearby ? nearby_density(search->nearby, unit, p->scratch) : 1.0);
    }
    return 0;
}

/* The density that all but the outermost fiftieth of the parents have. */
static int find_level(struct search_state *search, const struct parents *parents, struct err *err)
{
    const struct survey_snapshot *shot = search->snapshot;
    size_t d = shot->n_dims, i, j;
    double *density = mem_array(parents->n, sizeof *density),
           *unit = mem_array(2 * d, sizeof *unit);
    int rc = -1;

    if (!density || !unit) {
        mem_error(err);
        goto out;
    }
    for (i = 0; i < parents->n; i++) {
        for (j = 0; j < d; j++)
            unit[j] = (double)shot->x[parents->rows[i] * d + j];
        density[i] = nearby_density(search->nearby, unit, unit + d);
    }
    gsl_sort(density, 1, parents->n);
    search->nearby_level = density[parents->n / 50];
    rc = 0;
out:
    mem_free(density);
    mem_free(unit);
    return rc;
}

/* A density around the parents, and the share of its points that is kept. */
static int look_nearby(struct search_state *search, const struct parents *parents, double *n_kept,
                       struct err *err)
{
    const struct survey_snapshot *shot = search->snapshot;
    struct rng rng = rng_stream(shot->seed, RNG_SELECT, (uint64_t)shot->round << 8 | 3);
    struct proposals p = {.unit = NULL};
    size_t block, i;
    int rc = -1;

    *n_kept = 0.0;
    search->nearby = nearby_fit(shot, parents, err);
    if (!search->nearby)
        return -1;
    TRY(find_level(search, parents, err));
    TRY(proposals_create(&p, shot->n_dims, err));
    for (block = 0; block < NEARBY_BLOCKS; block++) {
        TRY(propose_block(search, &rng, &p, err));
        for (i = 0; i < BLOCK; i++)
            *n_kept += p.keep[i];
    }
    search->rank_mean = *n_kept / (NEARBY_BLOCKS * BLOCK);
    rc = 0;
out:
    proposals_free(&p);
    return rc;
}

int drawn_most(struct search_state *search, const struct parents *parents, size_t n, size_t *most,
               struct err *err)
{
    const struct survey_snapshot *shot = search->snapshot;
    double expected = search->mass * (double)search->n_asked;

    *most = 0;
    if (search->n_uniform == 0 || search->relax > 0.0)
        return 0;
    if (expected < FEW * DRAWN_POOL && shot->n_accepted >= 4 * shot->n_dims + 20 &&
        look_nearby(search, parents, &expected, err) != 0)
        return -1;
    if (search->rank_mean > 0.0)
        *most = (size_t)fmin(most_drawn * (double)n, expected / DRAWN_POOL);
    return 0;
}

int drawn_propose(struct search_state *search, size_t from, size_t n, struct survey_batch *batch,
                  struct err *err)
{
    const struct survey_snapshot *shot = search->snapshot;
    struct rng rng = rng_stream(shot->seed, RNG_SELECT, (uint64_t)shot->round << 8 | 2);
    size_t d = shot->n_dims, i, j, block;
    struct proposals p;
    int rc = -1;

    TRY(proposals_create(&p, d, err));
    for (block = 0; block < MOST_BLOCKS && search->n_drawn < n; block++) {
        TRY(propose_block(search, &rng, &p, err));
        for (i = 0; i < BLOCK && search->n_drawn < n; i++) {
            size_t at = from + search->n_drawn;

            if (rng_uniform(&rng) >= p.keep[i])
                continue;
            for (j = 0; j < d; j++)
                batch->units[at * d + j] = p.unit[i * d + j];
            design_set(batch, at, ORIGIN_LEARNED, p.score[i], NAN);
            search->n_drawn++;
        }
    }
    rc = 0;
out:
    proposals_free(&p);
    return rc;
}

/* Drawn points are those from `from` on. */
int drawn_weigh(struct search_state *search, size_t from, struct survey_batch *batch,
                struct err *err)
{
    const struct survey_snapshot *shot = search->snapshot;
    size_t d = shot->n_dims, i, n = batch->n, n_uniform = 0, n_drawn = search->n_drawn;
    float *x = mem_array(n * d, sizeof *x), *score = mem_array(n, sizeof *score);
    double *scratch = mem_array(d, sizeof *scratch);
    int rc = -1;

    if (!x || !score || !scratch) {
        mem_error(err);
        goto out;
    }
    for (i = 0; i < n; i++) {
        see(shot, batch->units + i * d, x + i * d);
        n_uniform += batch->origin[i] == ORIGIN_EXPLORE;
    }
    if (n_drawn > 0)
        TRY(score_points(search, n, x, score, err));
    for (i = 0; i < n && n_drawn > 0; i++) {
        bool is_drawn = i >= from && i < from + n_drawn;

        if (is_drawn || batch->origin[i] == ORIGIN_EXPLORE)
            batch->density[i] =
                ((double)n_uniform + (double)n_drawn *
                                         unnormed(search, batch->units + i * d, score[i], scratch) /
                                         search->rank_mean) /
                (double)(n_uniform + n_drawn);
    }
    rc = 0;
out:
    mem_free(x);
    mem_free(score);
    mem_free(scratch);
    return rc;
}
