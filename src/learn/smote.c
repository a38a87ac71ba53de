/* smote.c: neighbours, components by friends-of-friends, and SMOTE.
 *
 * What it does: splits points into components, where two points are friends when they are nearer
 * to each other than a linking length taken from the points themselves (the upper quartile of the
 * distances to the eighth neighbour, and a little more: the typical ball holds some ten points,
 * whatever the dimension of the set), and makes synthetic points on chords between neighbours of
 * one component (Chawla et al., JAIR 16 (2002) 321).  A chord between components would run through
 * rejected space.
 *
 * Two ways of choosing where a chord begins look at the other class too.  Borderline-SMOTE1 (Han,
 * Wang, Mao, ICIC 2005, LNCS 3644, 878, section 3): only at points in danger, at least half and
 * not all of whose neighbours are of the other class.  ADASYN (He, Bai, Garcia, Li, IJCNN 2008,
 * 1322, section II.B): at every point in the measure of the other class' share among its
 * neighbours.  Both leave out a point without a friend: such a chord would repeat it.
 *
 * What it does not: scale beyond a few thousand points; callers hand in a bounded sample. */
#include "theodolite/learn.h"

#include <gsl/gsl_sort_float.h>
#include <math.h>
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
    gsl_sort_float(reach, 1, n);
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

/* A point between `from` and one of its friends: neighbours in the same component. */
static void between(const struct smote_data *data, const size_t *component, size_t k, size_t from,
                    struct rng *rng, float *out)
{
    size_t near[MAX_NEIGHBOURS], n_friends = 0, j, d = data->d, to = from;
    float far[MAX_NEIGHBOURS];
    size_t found = nearest(data->n, d, data->x, from, k, near, far);
    float along = (float)rng_uniform(rng);

    for (j = 0; j < found; j++) {
        if (component[near[j]] == component[from])
            near[n_friends++] = near[j];
    }
    /* A point without friends is repeated. */
    if (n_friends > 0)
        to = near[rng_below(rng, n_friends)];
    for (j = 0; j < d; j++)
        out[j] = data->x[from * d + j] + along * (data->x[to * d + j] - data->x[from * d + j]);
}

/* Of the k nearest of point i in both classes together: how many are of the other one. */
static size_t count_others(const struct smote_data *data, size_t i, size_t k)
{
    size_t near[MAX_NEIGHBOURS], own, j, at, d = data->d, n_others = 0, found = 0;
    float own_far[MAX_NEIGHBOURS], far[MAX_NEIGHBOURS];

    own = nearest(data->n, d, data->x, i, k, near, own_far);
    for (j = 0; j < data->n_others; j++) {
        float r = distance2(d, data->x + i * d, data->others + j * d);

        if (found == k && r >= far[k - 1])
            continue;
        at = found < k ? found++ : k - 1;
        for (; at > 0 && far[at - 1] > r; at--)
            far[at] = far[at - 1];
        far[at] = r;
    }
    /* merged, until k are taken; of two alike the own one first */
    for (j = 0; n_others < found && j + n_others < k;) {
        if (j < own && own_far[j] <= far[n_others])
            j++;
        else
            n_others++;
    }
    return n_others;
}

/* How much of the new points should begin at each point; the sum, 0: at none. */
static double weigh(enum search_smote kind, const struct smote_data *data, const size_t *component,
                    size_t k, double *weight)
{
    /* the larger neighbourhood tells danger from chance */
    size_t m = kind == SMOTE_BORDERLINE ? 2 * k : k, i, j, near[MAX_NEIGHBOURS], n_others;
    float far[MAX_NEIGHBOURS];
    double sum = 0.0;

    m = m > MAX_NEIGHBOURS ? MAX_NEIGHBOURS : m;
    for (i = 0; i < data->n; i++) {
        size_t found = nearest(data->n, data->d, data->x, i, k, near, far);
        bool has_friend = false;

        for (j = 0; j < found; j++)
            has_friend = has_friend || component[near[j]] == component[i];
        n_others = has_friend ? count_others(data, i, m) : 0;
        weight[i] = kind == SMOTE_BORDERLINE ? (2 * n_others >= m && n_others < m ? 1.0 : 0.0)
                                             : (double)n_others;
        sum += weight[i];
    }
    return sum;
}

/* The points where new ones begin, in order: point i gets n_new * weight[i] / sum of them, rounded
 * down or up so that the whole is right (systematic sampling). */
static void share_out(const struct smote_data *data, const double *weight, double sum, size_t n_new,
                      double start, size_t *from)
{
    double done = 0.0;
    size_t i, n = 0, last = 0;

    for (i = 0; i < data->n; i++) {
        done += weight[i];
        last = weight[i] > 0.0 ? i : last;
        while (n < n_new && ((double)n + start) * sum < done * (double)n_new)
            from[n++] = i;
    }
    while (n < n_new) /* rounding */
        from[n++] = last;
}

int smote_extend_by(enum search_smote kind, const struct smote_data *data, size_t k, size_t *n_new,
                    struct rng *rng, float *out, struct err *err)
{
    size_t *component = mem_array(data->n, sizeof *component);
    size_t *from = mem_array(*n_new, sizeof *from);
    double *weight = mem_array(data->n, sizeof *weight), sum;
    size_t n_components, i;
    int rc = -1;

    if (!component || !from || !weight) {
        mem_error(err);
        goto out;
    }
    if (data->n == 0 && *n_new > 0) {
        err_set(err, ERR_LIMIT, "SMOTE needs at least one point");
        goto out;
    }
    if (k > MAX_NEIGHBOURS)
        k = MAX_NEIGHBOURS;
    TRY(learn_components(data->n, data->d, data->x, component, &n_components, err));
    if (kind == SMOTE_BORDERLINE || kind == SMOTE_ADASYN) {
        sum = weigh(kind, data, component, k, weight);
        if (!(sum > 0.0))
            *n_new = 0;
        share_out(data, weight, sum, *n_new, rng_uniform(rng), from);
    }
    for (i = 0; i < *n_new; i++) {
        if (kind == SMOTE_PLAIN)
            from[i] = (size_t)rng_below(rng, data->n);
        between(data, component, k, from[i], rng, out + i * data->d);
    }
    rc = 0;
out:
    mem_free(component);
    mem_free(from);
    mem_free(weight);
    return rc;
}

int smote_extend(size_t n, size_t d, const float *x, size_t k, size_t n_new, struct rng *rng,
                 float *out, struct err *err)
{
    const struct smote_data data = {.n = n, .d = d, .x = x};

    return smote_extend_by(SMOTE_PLAIN, &data, k, &n_new, rng, out, err);
}
