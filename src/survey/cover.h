/* cover.h: what the files behind survey_coverage share.
 *
 *   coverage.c     the whole: volumes, populations
 *   cover-parts.c   components of the accepted points
 *   cover-pool.c    points of known density that look like the target
 *   cover-gaps.c    where the target is predicted and nobody has been
 *   cover-even.c    whether found points can be told from fresh ones */
#ifndef SURVEY_COVER_H
#define SURVEY_COVER_H

#include "theodolite/survey.h"
#include "theodolite/tree.h"

struct cover_pool {
    size_t n, d;
    float *x;                  /* n by d, as the learner sees them */
    float *p;                  /* probability of the target, if the chain runs */
    float *chance;             /* p times the chance that it runs */
    float *spread;             /* disagreement of the ensemble about p */
    double *weight;            /* volume that the point stands for: 1 / (draws times density) */
    size_t n_in;               /* with p above COVERAGE_IN */
    size_t n_uniform, n_local; /* draws, the unpromising ones too */
};

/* The accepted points that are worked with, and their components. */
struct cover_parts {
    size_t n_accepted; /* of the input */
    size_t n, d;       /* used */
    float *x;
    size_t *input;     /* place in the input */
    size_t *component; /* 0: the largest */
    size_t n_components;
    size_t *count; /* points of each */
    float link2;   /* friends are nearer than this */
    struct tree *tree;
};

int cover_parts_find(const struct coverage_input *input, struct cover_parts *parts,
                     struct err *err);
/* Pieces that the learner says hang together become one: see cover-parts.c. */
int cover_parts_merge(const struct coverage_input *input, struct cover_parts *parts,
                      struct err *err);
void cover_parts_free(struct cover_parts *parts);
/* Component of the nearest accepted point; SIZE_MAX: it is farther than reach2. */
size_t cover_parts_of(const struct cover_parts *parts, const float *x, float reach2);

int cover_pool_draw(const struct coverage_input *input, const struct cover_parts *parts,
                    struct cover_pool *pool, struct err *err);
void cover_pool_free(struct cover_pool *pool);
/* Points of the pool as if drawn from it with equal density, in random order: each is taken with a
 * probability proportional to weight (times chance, where is_by_chance; else of those in the
 * predicted target).  At most `most`. places: room for pool->n. */
size_t cover_pool_thin(const struct cover_pool *pool, bool is_by_chance, size_t most,
                       struct rng *rng, size_t *places);

/* Fills the gaps, the typical distance and the volumes of what is empty. */
int cover_gaps_find(const struct coverage_input *input, const struct cover_parts *parts,
                    const struct cover_pool *pool, struct coverage *coverage, struct err *err);

/* Fills the evenness, where there are points enough. */
int cover_even_find(const struct coverage_input *input, const struct cover_parts *parts,
                    const struct cover_pool *pool, struct coverage *coverage, struct err *err);

#endif
