/* smote.c: neighbours, components by friends-of-friends, and SMOTE.
 *
 * What it does: splits points into components, where two points are friends when they are nearer
 * to each other than a linking length taken from the points themselves (the upper quartile of the
 * distances to the eighth neighbour, and a little more: the typical ball holds some ten points,
 * whatever the dimension of the set), and makes synthetic points on chords between neighbours of
 * one component (Chawla et al., JAIR 16 (2002) 321).  A chord between components would run through
 * rejected space.
 *
 * What it does not: scale beyond a few thousand points; callers hand in a bounded sample. */
#include "theodolite/learn.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { MAX_NEIGHBOURS = 32, LINK_NEIGHBOUR = 8 };

static float distance2(size_t d, const float *a, const float *b)
{
    float sum = 0.0f;
    size_t j;

    for (j = 0; j < d; j++) {
        float step = a[j] - b[j];

        sum += step * step;
    }
    return sum;
}

/* The k nearest of point i (itself left out) into near and far (squared), nearest first; returns
 * how many there are. */
static size_t nearest(size_t n, size_t d, const float *x, size_t i, size_t k, size_t *near,
                      float *far)
{
    size_t j, found = 0;

    for (j = 0; j < n; j++) {
        float r = distance2(d, x + i * d, x + j * d);
        size_t at;

        if (j == i || (found == k && r >= far[k - 1]))
            continue;
        at = found < k ? found++ : k - 1;
        for (; at > 0 && far[at - 1] > r; at--) {
            far[at] = far[at - 1];
            near[at] = near[at - 1];
        }
        far[at] = r;
        near[at] = j;
    }
    return found;
}

static int compare_floats(const void *a, const void *b)
{
    float x = *(const float *)a, y = *(const float *)b;

    return (x > y) - (x < y);
}

/* Squared linking length.  reach: room for n. */
static float linking_length2(size_t n, size_t d, const float *x, float *reach)
{
    size_t near[LINK_NEIGHBOUR], i, k;
    float far[LINK_NEIGHBOUR];

    /* With few points the eighth neighbour is in another component already. */
    k = n >= 160 ? LINK_NEIGHBOUR : n >= 60 ? 6 : n >= 20 ? 4 : 2;
    for (i = 0; i < n; i++) {
        size_t found = nearest(n, d, x, i, k, near, far);

        reach[i] = found > 0 ? far[found - 1] : 0.0f;
    }
    qsort(reach, n, sizeof *reach, compare_floats);
    return reach[n * 3 / 4] * (n >= 20 ? 1.5f : 2.0f);
}

int learn_components(size_t n, size_t d, const float *x, size_t *component, size_t *n_components,
                     struct err *err)
{
    float *reach = NULL, link;
    size_t *stack = NULL, i, j, depth;
    int rc = -1;

    *n_components = 0;
    if (n == 0)
        return 0;
    reach = mem_array(n, sizeof *reach);
    stack = mem_array(n, sizeof *stack);
    if (!reach || !stack) {
        mem_error(err);
        goto out;
    }
    link = linking_length2(n, d, x, reach);
    for (i = 0; i < n; i++)
        component[i] = SIZE_MAX;
    for (i = 0; i < n; i++) {
        if (component[i] != SIZE_MAX)
            continue;
        depth = 0;
        stack[depth++] = i;
        component[i] = *n_components;
        while (depth > 0) {
            const float *from = x + stack[--depth] * d;

            for (j = 0; j < n; j++) {
                if (component[j] != SIZE_MAX || distance2(d, from, x + j * d) > link)
                    continue;
                component[j] = *n_components;
                stack[depth++] = j;
            }
        }
        ++*n_components;
    }
    rc = 0;
out:
    mem_free(reach);
    mem_free(stack);
    return rc;
}

int smote_extend(size_t n, size_t d, const float *x, size_t k, size_t n_new, struct rng *rng,
                 float *out, struct err *err)
{
    size_t *component = mem_array(n, sizeof *component);
    size_t near[MAX_NEIGHBOURS], n_components, i, j;
    float far[MAX_NEIGHBOURS];
    int rc = -1;

    if (!component) {
        mem_error(err);
        goto out;
    }
    if (n == 0 && n_new > 0) {
        err_set(err, ERR_LIMIT, "SMOTE needs at least one point");
        goto out;
    }
    if (k > MAX_NEIGHBOURS)
        k = MAX_NEIGHBOURS;
    TRY(learn_components(n, d, x, component, &n_components, err));
    for (i = 0; i < n_new; i++) {
        size_t from = (size_t)rng_below(rng, n), n_friends = 0;
        size_t found = nearest(n, d, x, from, k, near, far), to = from;
        float along = (float)rng_uniform(rng);

        for (j = 0; j < found; j++) {
            if (component[near[j]] == component[from])
                near[n_friends++] = near[j];
        }
        /* A point without friends is repeated. */
        if (n_friends > 0)
            to = near[rng_below(rng, n_friends)];
        for (j = 0; j < d; j++)
            out[i * d + j] = x[from * d + j] + along * (x[to * d + j] - x[from * d + j]);
    }
    rc = 0;
out:
    mem_free(component);
    return rc;
}
