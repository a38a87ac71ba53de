/* tree.h: nearest neighbours and friends of friends among many points. */
#ifndef THEODOLITE_TREE_H
#define THEODOLITE_TREE_H

#include "theodolite/base.h"

/* Squared, of two places. */
static inline float point_distance2(size_t d, const float *a, const float *b)
{
    float sum = 0.0f;
    size_t j;

    for (j = 0; j < d; j++)
        sum += (a[j] - b[j]) * (a[j] - b[j]);
    return sum;
}

struct tree;
/* x: n by d, copied.  n may be 0. */
struct tree *tree_create(size_t n, size_t d, const float *x, struct err *err);
void tree_free(struct tree *tree);
/* The k nearest of `at` but for point `skip` (SIZE_MAX: none), nearest first, with their squared
 * distances; returns how many there are. */
size_t tree_nearest(const struct tree *tree, const float *at, size_t k, size_t skip, size_t *near,
                    float *far2);
/* Squared distance to the nearest; INFINITY of an empty tree. */
float tree_distance2(const struct tree *tree, const float *at);
/* The squared linking length of learn_components.  reach: room for n. */
float tree_link2(const struct tree *tree, float *reach);
/* Friends of friends up to that distance: component[i] in 0 .. *n_components - 1, in the order of
 * their first points. */
int tree_friends(struct tree *tree, float link2, size_t *component, size_t *n_components,
                 struct err *err);

#endif
