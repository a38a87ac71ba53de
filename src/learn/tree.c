/* tree.c: nearest neighbours and friends of friends among many points, by a k-d tree.
 *
 * What it does: splits the points at the median of the widest axis down to leaves of a few points
 * (Bentley, CACM 18 (1975) 509; Friedman, Bentley, Finkel, ACM Trans. Math. Softw. 3 (1977) 209)
 * and keeps the bounding box of every node, so that empty space costs nothing.  Components are
 * friends of friends: two points are friends when they are nearer to each other than a linking
 * length taken from the points themselves (the upper quartile of the distances to the eighth
 * neighbour, and a little more: the typical ball holds some ten points, whatever the dimension of
 * the set).  Friends of friends (Huchra, Geller, ApJ 257 (1982) 423) walk the same boxes and leave
 * out those whose points all have their component, which keeps the work near n log n whatever the
 * linking length.
 *
 * What it does not: help in many dimensions, where every box is near every point; callers bound the
 * number of points there. */
#include "theodolite/tree.h"
#include "theodolite/learn.h"

#include <gsl/gsl_sort_float.h>
#include <math.h>
#include <string.h>

enum { LEAF = 12, LINK_NEIGHBOUR = 8 };

struct node {
    size_t from, to; /* points of the tree's order */
    size_t left;     /* the right one follows it; 0: a leaf */
    size_t parent;
    size_t n_open; /* friends: points without a component */
};

struct tree {
    size_t n, d, n_nodes;
    float *x; /* in the tree's order */
    size_t *order;
    size_t *leaf; /* of every place */
    struct node *nodes;
    float *boxes; /* n_nodes by 2 d: lo, hi */
};

/* ---- building ------------------------------------------------------------------------------- */

static void measure_box(const struct tree *t, const float *x, size_t at, float *box)
{
    size_t i, j, d = t->d;

    for (j = 0; j < d; j++) {
        box[j] = INFINITY;
        box[d + j] = -INFINITY;
    }
    for (i = t->nodes[at].from; i < t->nodes[at].to; i++) {
        for (j = 0; j < d; j++) {
            box[j] = fminf(box[j], x[t->order[i] * d + j]);
            box[d + j] = fmaxf(box[d + j], x[t->order[i] * d + j]);
        }
    }
}

static size_t widest_axis(const struct tree *t, const float *box)
{
    size_t j, best = 0;

    for (j = 1; j < t->d; j++)
        if (box[t->d + j] - box[j] > box[t->d + best] - box[best])
            best = j;
    return best;
}

/* Hoare's selection: afterwards no point before place `k` lies beyond it along the axis. */
static void select_place(const float *x, size_t d, size_t axis, size_t *order, size_t from,
                         size_t to, size_t k)
{
    while (to - from > 1) {
        float pivot = x[order[from + (to - from) / 2] * d + axis];
        size_t i = from, j = to - 1;

        for (;;) {
            while (x[order[i] * d + axis] < pivot)
                i++;
            while (x[order[j] * d + axis] > pivot)
                j--;
            if (i >= j)
                break;
            size_t swap = order[i];
            order[i++] = order[j];
            order[j--] = swap;
        }
        /* no place up to j exceeds one from j + 1 on */
        if (j < from || j + 1 >= to)
            j = j < from ? from : to - 2;
        if (k <= j)
            to = j + 1;
        else
            from = j + 1;
    }
}

static void grow(struct tree *t, const float *x)
{
    size_t at, d = t->d;

    t->nodes[0] = (struct node){.from = 0, .to = t->n, .parent = SIZE_MAX};
    t->n_nodes = 1;
    for (at = 0; at < t->n_nodes; at++) { /* in order of breadth: children come later */
        struct node *node = &t->nodes[at];
        size_t middle = node->from + (node->to - node->from) / 2, i;

        measure_box(t, x, at, t->boxes + at * 2 * d);
        if (node->to - node->from <= LEAF) {
            for (i = node->from; i < node->to; i++)
                t->leaf[i] = at;
            continue;
        }
        select_place(x, d, widest_axis(t, t->boxes + at * 2 * d), t->order, node->from, node->to,
                     middle);
        node->left = t->n_nodes;
        t->nodes[t->n_nodes++] = (struct node){.from = node->from, .to = middle, .parent = at};
        t->nodes[t->n_nodes++] = (struct node){.from = middle, .to = node->to, .parent = at};
    }
}

struct tree *tree_create(size_t n, size_t d, const float *x, struct err *err)
{
    struct tree *t = mem_new(struct tree);
    size_t i, most = 4 * (n / LEAF) + 8;

    if (!t) {
        mem_error(err);
        return NULL;
    }
    t->n = n;
    t->d = d;
    t->x = mem_array(n * d, sizeof *t->x);
    t->order = mem_array(n, sizeof *t->order);
    t->leaf = mem_array(n, sizeof *t->leaf);
    t->nodes = mem_array(most, sizeof *t->nodes);
    t->boxes = mem_array(most * 2 * d, sizeof *t->boxes);
    if (!t->x || !t->order || !t->leaf || !t->nodes || !t->boxes) {
        mem_error(err);
        tree_free(t);
        return NULL;
    }
    for (i = 0; i < n; i++)
        t->order[i] = i;
    if (n > 0)
        grow(t, x);
    for (i = 0; i < n; i++)
        memcpy(t->x + i * d, x + t->order[i] * d, d * sizeof *x);
    return t;
}

void tree_free(struct tree *t)
{
    if (!t)
        return;
    mem_free(t->x);
    mem_free(t->order);
    mem_free(t->leaf);
    mem_free(t->nodes);
    mem_free(t->boxes);
    mem_free(t);
}

/* ---- nearest -------------------------------------------------------------------------------- */

static float box_distance2(const struct tree *t, size_t at, const float *x)
{
    const float *lo = t->boxes + at * 2 * t->d, *hi = lo + t->d;
    float sum = 0.0f;
    size_t j;

    for (j = 0; j < t->d; j++) {
        float step = x[j] < lo[j] ? lo[j] - x[j] : x[j] > hi[j] ? x[j] - hi[j] : 0.0f;

        sum += step * step;
    }
    return sum;
}

struct quest {
    const float *at;
    size_t k, skip, n;
    size_t *near;
    float *far2;
};

static void meet(const struct tree *t, struct quest *q, size_t place)
{
    float r = point_distance2(t->d, q->at, t->x + place * t->d);
    size_t i;

    if (t->order[place] == q->skip || (q->n == q->k && r >= q->far2[q->k - 1]))
        return;
    i = q->n < q->k ? q->n++ : q->k - 1;
    for (; i > 0 && q->far2[i - 1] > r; i--) {
        q->far2[i] = q->far2[i - 1];
        q->near[i] = q->near[i - 1];
    }
    q->far2[i] = r;
    q->near[i] = t->order[place];
}

static void descend(const struct tree *t, struct quest *q, size_t at)
{
    const struct node *node = &t->nodes[at];
    float left, right;
    size_t i;

    if (node->left == 0) {
        for (i = node->from; i < node->to; i++)
            meet(t, q, i);
        return;
    }
    left = box_distance2(t, node->left, q->at);
    right = box_distance2(t, node->left + 1, q->at);
    for (i = 0; i < 2; i++) {
        bool is_right = (right < left) != (i == 1);

        if (q->n < q->k || (is_right ? right : left) < q->far2[q->k - 1])
            descend(t, q, node->left + is_right);
    }
}

size_t tree_nearest(const struct tree *t, const float *at, size_t k, size_t skip, size_t *near,
                    float *far2)
{
    struct quest q = {.at = at, .k = k, .skip = skip, .near = near, .far2 = far2};

    if (t->n > 0 && k > 0)
        descend(t, &q, 0);
    return q.n;
}

float tree_distance2(const struct tree *t, const float *at)
{
    size_t near;
    float far2;

    return tree_nearest(t, at, 1, SIZE_MAX, &near, &far2) > 0 ? far2 : INFINITY;
}

/* ---- friends -------------------------------------------------------------------------------- */

float tree_link2(const struct tree *t, float *reach)
{
    size_t near[LINK_NEIGHBOUR], i, n = t->n;
    /* With few points the eighth neighbour is in another component already. */
    size_t k = n >= 160 ? LINK_NEIGHBOUR : n >= 60 ? 6 : n >= 20 ? 4 : 2;
    float far2[LINK_NEIGHBOUR];

    if (n == 0)
        return 0.0f;
    for (i = 0; i < n; i++) {
        size_t found = tree_nearest(t, t->x + i * t->d, k, t->order[i], near, far2);

        reach[i] = found > 0 ? far2[found - 1] : 0.0f;
    }
    gsl_sort_float(reach, 1, n);
    return reach[n * 3 / 4] * (n >= 20 ? 1.5f : 2.0f);
}

struct friends {
    float link2;
    size_t *component, *stack; /* the stack holds places */
    size_t depth, now;
};

static void join(struct tree *t, struct friends *f, size_t place)
{
    size_t at;

    f->component[t->order[place]] = f->now;
    f->stack[f->depth++] = place;
    for (at = t->leaf[place]; at != SIZE_MAX; at = t->nodes[at].parent)
        t->nodes[at].n_open--;
}

static void join_near(struct tree *t, struct friends *f, const float *x, size_t at)
{
    const struct node *node = &t->nodes[at];
    size_t i;

    if (node->n_open == 0 || box_distance2(t, at, x) > f->link2)
        return;
    if (node->left != 0) {
        join_near(t, f, x, node->left);
        join_near(t, f, x, node->left + 1);
        return;
    }
    for (i = node->from; i < node->to; i++)
        if (f->component[t->order[i]] == SIZE_MAX &&
            point_distance2(t->d, x, t->x + i * t->d) <= f->link2)
            join(t, f, i);
}

int tree_friends(struct tree *t, float link2, size_t *component, size_t *n_components,
                 struct err *err)
{
    struct friends f = {.link2 = link2, .component = component};
    size_t i, *place = mem_array(t->n, sizeof *place);

    *n_components = 0;
    f.stack = mem_array(t->n, sizeof *f.stack);
    if (!f.stack || !place) {
        mem_free(f.stack);
        mem_free(place);
        return mem_error(err);
    }
    for (i = 0; i < t->n_nodes; i++)
        t->nodes[i].n_open = t->nodes[i].to - t->nodes[i].from;
    for (i = 0; i < t->n; i++) {
        component[i] = SIZE_MAX;
        place[t->order[i]] = i;
    }
    for (i = 0; i < t->n; i++) {
        if (component[i] != SIZE_MAX)
            continue;
        f.now = (*n_components)++;
        join(t, &f, place[i]);
        while (f.depth > 0)
            join_near(t, &f, t->x + f.stack[--f.depth] * t->d, 0);
    }
    mem_free(f.stack);
    mem_free(place);
    return 0;
}

int learn_components(size_t n, size_t d, const float *x, size_t *component, size_t *n_components,
                     struct err *err)
{
    struct tree *tree = tree_create(n, d, x, err);
    float *reach = mem_array(n, sizeof *reach);
    int rc = -1;

    *n_components = 0;
    if (!tree)
        goto out;
    if (!reach) {
        mem_error(err);
        goto out;
    }
    TRY(tree_friends(tree, tree_link2(tree, reach), component, n_components, err));
    rc = 0;
out:
    tree_free(tree);
    mem_free(reach);
    return rc;
}
