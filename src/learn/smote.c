/* smote.c: SMOTE.
 *
 * What it does: makes synthetic points on chords between neighbours of one component (Chawla et
 * al., JAIR 16 (2002) 321; tree.c has the components).  A chord between components would run
 * through rejected space.
 *
 * Two ways of choosing where a chord begins look at the other class too.  Borderline-SMOTE1 (Han,
 * Wang, Mao, ICIC 2005, LNCS 3644, 878, section 3): only at points in danger, at least half and
 * not all of whose neighbours are of the other class.  ADASYN (He, Bai, Garcia, Li, IJCNN 2008,
 * 1322, section II.B): at every point in the measure of the other class' share among its
 * neighbours.  Both leave out a point without a friend: such a chord would repeat it.
 *
 * What it does not: scale beyond a few thousand points; callers hand in a bounded sample. */
#include "theodolite/learn.h"
#include "theodolite/tree.h"

#include <math.h>
#include <string.h>

enum { MAX_NEIGHBOURS = 32 };

struct classes {
    const struct smote_data *data;
    struct tree *own, *others;
    size_t *component; /* of the own points */
};

static int classes_create(struct classes *c, const struct smote_data *data, struct err *err)
{
    size_t n_components;

    *c = (struct classes){.data = data, .own = tree_create(data->n, data->d, data->x, err)};
    if (!c->own)
        return -1;
    c->others = tree_create(data->n_others, data->d, data->others, err);
    if (!c->others)
        return -1;
    c->component = mem_array(data->n, sizeof *c->component);
    if (!c->component)
        return mem_error(err);
    return learn_components(data->n, data->d, data->x, c->component, &n_components, err);
}

static void classes_free(struct classes *c)
{
    tree_free(c->own);
    tree_free(c->others);
    mem_free(c->component);
}

/* Those of the k nearest of an own point that are in its component. */
static size_t find_friends(const struct classes *c, size_t of, size_t k, size_t *near)
{
    float far2[MAX_NEIGHBOURS];
    size_t found = tree_nearest(c->own, c->data->x + of * c->data->d, k, of, near, far2), n = 0, j;

    for (j = 0; j < found; j++) {
        if (c->component[near[j]] == c->component[of])
            near[n++] = near[j];
    }
    return n;
}

/* A point between `from` and one of its friends. */
static void between(const struct classes *c, size_t k, size_t from, struct rng *rng, float *out)
{
    size_t near[MAX_NEIGHBOURS], n_friends = find_friends(c, from, k, near), j, to = from;
    size_t d = c->data->d;
    const float *x = c->data->x;
    float along = (float)rng_uniform(rng);

    /* A point without friends is repeated. */
    if (n_friends > 0)
        to = near[rng_below(rng, n_friends)];
    for (j = 0; j < d; j++)
        out[j] = x[from * d + j] + along * (x[to * d + j] - x[from * d + j]);
}

/* Of the k nearest of point i in both classes together: how many are of the other one. */
static size_t count_others(const struct classes *c, size_t i, size_t k)
{
    const float *x = c->data->x + i * c->data->d;
    size_t near[MAX_NEIGHBOURS], own, found, j, n_others = 0;
    float own_far[MAX_NEIGHBOURS], far[MAX_NEIGHBOURS];

    own = tree_nearest(c->own, x, k, i, near, own_far);
    found = tree_nearest(c->others, x, k, SIZE_MAX, near, far);
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
static double weigh(enum search_smote kind, const struct classes *c, size_t k, double *weight)
{
    /* the larger neighbourhood tells danger from chance */
    size_t m = kind == SMOTE_BORDERLINE ? 2 * k : k, i, near[MAX_NEIGHBOURS], n_others;
    double sum = 0.0;

    m = m > MAX_NEIGHBOURS ? MAX_NEIGHBOURS : m;
    for (i = 0; i < c->data->n; i++) {
        n_others = find_friends(c, i, k, near) > 0 ? count_others(c, i, m) : 0;
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
    struct classes classes = {.data = data};
    size_t *from = mem_array(*n_new, sizeof *from), i;
    double *weight = mem_array(data->n, sizeof *weight), sum;
    int rc = -1;

    if (!from || !weight) {
        mem_error(err);
        goto out;
    }
    if (data->n == 0 && *n_new > 0) {
        err_set(err, ERR_LIMIT, "SMOTE needs at least one point");
        goto out;
    }
    if (k > MAX_NEIGHBOURS)
        k = MAX_NEIGHBOURS;
    TRY(classes_create(&classes, data, err));
    if (kind == SMOTE_BORDERLINE || kind == SMOTE_ADASYN) {
        sum = weigh(kind, &classes, k, weight);
        if (!(sum > 0.0))
            *n_new = 0;
        share_out(data, weight, sum, *n_new, rng_uniform(rng), from);
    }
    for (i = 0; i < *n_new; i++) {
        if (kind == SMOTE_PLAIN)
            from[i] = (size_t)rng_below(rng, data->n);
        between(&classes, k, from[i], rng, out + i * data->d);
    }
    rc = 0;
out:
    classes_free(&classes);
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
