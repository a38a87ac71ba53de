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
 * What it does not: care for distance.  A drawn point is where the target is likely to be, no
 * matter what is there already. */
#include "private.h"

#include <math.h>

enum { BLOCK = 1024, MOST_BLOCKS = 24 };
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

size_t drawn_most(const struct search_state *search, size_t n, size_t n_uniform)
{
    double expected = search->mass * (double)search->n_asked / DRAWN_POOL;
    double most = fmin(most_drawn * (double)n, expected);

    return n_uniform == 0 || search->relax > 0.0 || !(search->rank_mean > 0.0) ? 0 : (size_t)most;
}

int drawn_propose(struct search_state *search, size_t from, size_t n, struct survey_batch *batch,
                  struct err *err)
{
    const struct survey_snapshot *shot = search->snapshot;
    struct rng rng = rng_stream(shot->seed, RNG_SELECT, (uint64_t)shot->round << 8 | 2);
    size_t d = shot->n_dims, i, j, block;
    double *unit = mem_array(BLOCK * d, sizeof *unit);
    float *x = mem_array(BLOCK * d, sizeof *x), *score = mem_array(BLOCK, sizeof *score);
    int rc = -1;

    if (!unit || !x || !score) {
        mem_error(err);
        goto out;
    }
    for (block = 0; block < MOST_BLOCKS && search->n_drawn < n; block++) {
        for (i = 0; i < BLOCK; i++) {
            for (j = 0; j < d; j++)
                unit[i * d + j] = rng_uniform(&rng);
            see(shot, unit + i * d, x + i * d);
        }
        TRY(score_points(search, BLOCK, x, score, err));
        for (i = 0; i < BLOCK && search->n_drawn < n; i++) {
            size_t at = from + search->n_drawn;

            if (rng_uniform(&rng) >= drawn_rank(score[i]))
                continue;
            for (j = 0; j < d; j++)
                batch->units[at * d + j] = unit[i * d + j];
            design_set(batch, at, ORIGIN_LEARNED, score[i], NAN);
            search->n_drawn++;
        }
    }
    rc = 0;
out:
    mem_free(unit);
    mem_free(x);
    mem_free(score);
    return rc;
}

/* Drawn points are those from `from` on. */
int drawn_weigh(struct search_state *search, size_t from, struct survey_batch *batch,
                struct err *err)
{
    const struct survey_snapshot *shot = search->snapshot;
    size_t d = shot->n_dims, i, n = batch->n, n_uniform = 0, n_drawn = search->n_drawn;
    float *x = mem_array(n * d, sizeof *x), *score = mem_array(n, sizeof *score);
    int rc = -1;

    if (!x || !score) {
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
                ((double)n_uniform + (double)n_drawn * drawn_rank(score[i]) / search->rank_mean) /
                (double)(n_uniform + n_drawn);
    }
    rc = 0;
out:
    mem_free(x);
    mem_free(score);
    return rc;
}
