/* adaptive-boxes.c: boxes of the mapped cube, each with a density of its own.
 *
 * Grown as in FOAM (S. Jadach, Comput. Phys. Commun. 152 (2003) 55): the box that costs most is cut
 * in two where the cost of the two is least.  What a box of volume v costs is v s, s^2 being the
 * mean square of what is left of g there; with densities in proportion to s their sum is, but for a
 * factor, the standard deviation of the estimate (Neyman's allocation), and VEGAS+ shares its
 * points between its cubes by the same rule (arXiv:2009.05112, eq. 36).
 *
 * A point of the unit cube goes down the tree with its coordinates stretched at every cut, so that
 * what is spread evenly over the cube stays so over the boxes: low-discrepancy points keep most of
 * their worth, and every box gets its due share of them. */
#include "adaptive.h"

#include <math.h>
#include <string.h>

/* LEAST: points in a box; KEEP: how many points the box above counts for */
enum { CUTS = 16, LEAST = 8, KEEP = 4 };
static const double mean_share = 0.1;  /* of the mean's square, in s^2 */
static const double floor_share = 0.2; /* of the probability, spread evenly */

struct moments {
    double n, w, wg, wg2;
};

struct candidate {     /* of a leaf */
    size_t first, n;   /* its points in `order` */
    double volume, s2; /* mean square, with what the box above says */
    double mean;       /* likewise */
    double cost;       /* volume * s; 0 where it cannot be cut */
    uint32_t axis;
    double cut;
};

struct grower {
    const struct boxes_data *data;
    struct boxes *tree;
    size_t *order, *spare;
    struct candidate *candidates; /* by node */
    struct moments *bins;         /* n_dims by CUTS */
    size_t *heap;                 /* nodes, the dearest first */
    size_t n_heap;
};

static void moments_add(struct moments *a, const struct moments *b)
{
    a->n += b->n;
    a->w += b->w;
    a->wg += b->wg;
    a->wg2 += b->wg2;
}

static double mean_square(const struct moments *m, double above)
{
    double mean = m->w > 0 ? m->wg / m->w : 0;
    double s2 = m->w > 0 ? m->wg2 / m->w - (1 - mean_share) * mean * mean : 0;
    return (m->n * fmax(s2, 0) + KEEP * above) / (m->n + KEEP);
}

static void fill_bins(struct grower *grower, const struct candidate *leaf, const double *box)
{
    const struct boxes_data *data = grower->data;
    size_t d = data->n_dims;
    double scale[64];
    memset(grower->bins, 0, d * CUTS * sizeof *grower->bins);
    for (size_t j = 0; j < d; j++)
        scale[j] = CUTS / (box[2 * j + 1] - box[2 * j]);
    for (size_t i = 0; i < leaf->n; i++) {
        size_t at = grower->order[leaf->first + i];
        double w = data->w[at], wg = w * data->g[at], wg2 = wg * data->g[at];
        for (size_t j = 0; j < d; j++) {
            double t = (data->y[at * d + j] - box[2 * j]) * scale[j];
            size_t bin = t <= 0 ? 0 : t >= CUTS ? CUTS - 1 : (size_t)t;
            struct moments *m = &grower->bins[j * CUTS + bin];
            m->n++;
            m->w += w;
            m->wg += wg;
            m->wg2 += wg2;
        }
    }
}

/* Where to cut, and what the leaf costs as it is. */
static void find_cut(struct grower *grower, size_t node)
{
    struct candidate *leaf = &grower->candidates[node];
    size_t d = grower->data->n_dims;
    const double *box = grower->tree->edges + node * 2 * d;
    double best = INFINITY;
    leaf->cost = 0;
    if (leaf->n < 2 * LEAST)
        return;
    fill_bins(grower, leaf, box);
    for (size_t j = 0; j < d; j++) {
        struct moments upper[CUTS + 1] = {{0}}, lower = {0};
        const struct moments *bins = &grower->bins[j * CUTS];
        for (size_t k = CUTS; k-- > 1;) {
            upper[k] = upper[k + 1];
            moments_add(&upper[k], &bins[k]);
        }
        for (size_t k = 1; k < CUTS; k++) {
            moments_add(&lower, &bins[k - 1]);
            if (lower.n < LEAST || upper[k].n < LEAST)
                continue;
            double part = (double)k / CUTS;
            double cost = part * sqrt(mean_square(&lower, leaf->s2)) +
                          (1 - part) * sqrt(mean_square(&upper[k], leaf->s2));
            if (cost < best) {
                best = cost;
                leaf->axis = (uint32_t)j;
                leaf->cut = box[2 * j] + part * (box[2 * j + 1] - box[2 * j]);
            }
        }
    }
    if (isfinite(best))
        leaf->cost = leaf->volume * sqrt(leaf->s2);
}

static void heap_push(struct grower *grower, size_t node)
{
    const struct candidate *c = grower->candidates;
    size_t i = grower->n_heap++;
    for (size_t up; i > 0 && c[grower->heap[up = (i - 1) / 2]].cost < c[node].cost; i = up)
        grower->heap[i] = grower->heap[up];
    grower->heap[i] = node;
}

static size_t heap_pop(struct grower *grower)
{
    const struct candidate *c = grower->candidates;
    size_t top = grower->heap[0], last = grower->heap[--grower->n_heap], i = 0;
    for (size_t down = 1; down < grower->n_heap; down = 2 * i + 1) {
        if (down + 1 < grower->n_heap &&
            c[grower->heap[down + 1]].cost > c[grower->heap[down]].cost)
            down++;
        if (c[grower->heap[down]].cost <= c[last].cost)
            break;
        grower->heap[i] = grower->heap[down];
        i = down;
    }
    grower->heap[i] = last;
    return top;
}

static struct moments moments_of(const struct grower *grower, const struct candidate *leaf)
{
    struct moments m = {0};
    for (size_t i = 0; i < leaf->n; i++) {
        size_t at = grower->order[leaf->first + i];
        double w = grower->data->w[at], g = grower->data->g[at];
        moments_add(&m, &(struct moments){1, w, w * g, w * g * g});
    }
    return m;
}

/* Points below the cut first, each half in its old order. */
static size_t partition(struct grower *grower, const struct candidate *leaf)
{
    const struct boxes_data *data = grower->data;
    size_t n_low = 0, n_high = 0, *order = grower->order + leaf->first;
    for (size_t i = 0; i < leaf->n; i++) {
        if (data->y[order[i] * data->n_dims + leaf->axis] < leaf->cut)
            order[n_low++] = order[i];
        else
            grower->spare[n_high++] = order[i];
    }
    memcpy(order + n_low, grower->spare, n_high * sizeof *order);
    return n_low;
}

static void split(struct grower *grower, size_t node)
{
    struct boxes *tree = grower->tree;
    size_t d = tree->n_dims, child = tree->n_nodes;
    struct candidate *leaf = &grower->candidates[node];
    size_t n_low = partition(grower, leaf);
    tree->n_nodes += 2;
    tree->n_leaves++;
    tree->nodes[node].child = (uint32_t)child;
    tree->nodes[node].axis = leaf->axis;
    tree->nodes[node].cut = leaf->cut;
    for (size_t side = 0; side < 2; side++) {
        struct candidate *c = &grower->candidates[child + side];
        double *box = tree->edges + (child + side) * 2 * d;
        memcpy(box, tree->edges + node * 2 * d, 2 * d * sizeof *box);
        double width = box[2 * leaf->axis + 1] - box[2 * leaf->axis];
        box[2 * leaf->axis + 1 - side] = leaf->cut;
        double part = (box[2 * leaf->axis + 1] - box[2 * leaf->axis]) / width;
        *c = (struct candidate){.first = leaf->first + (side == 0 ? 0 : n_low),
                                .n = side == 0 ? n_low : leaf->n - n_low,
                                .volume = leaf->volume * part};
        struct moments m = moments_of(grower, c);
        c->s2 = mean_square(&m, leaf->s2);
        c->mean =
            (m.w > 0 ? m.n * m.wg / m.w + KEEP * leaf->mean : KEEP * leaf->mean) / (m.n + KEEP);
        find_cut(grower, child + side);
        heap_push(grower, child + side);
    }
}

static void set_part(struct boxes_node *node, double part)
{
    node->part = part;
    node->stretch[0] = 1 / part;
    node->stretch[1] = 1 / (1 - part);
}

/* Densities of the leaves, and the shares at the cuts: children stand behind their parents. */
static void set_densities(struct grower *grower)
{
    struct boxes *tree = grower->tree;
    double total = 0;
    for (size_t i = 0; i < tree->n_nodes; i++)
        if (tree->nodes[i].child == 0)
            total += grower->candidates[i].volume * sqrt(grower->candidates[i].s2);
    for (size_t i = tree->n_nodes; i-- > 0;) {
        struct boxes_node *node = &tree->nodes[i];
        const struct candidate *c = &grower->candidates[i];
        if (node->child == 0) {
            node->density = total > 0 ? (1 - floor_share) * sqrt(c->s2) / total + floor_share : 1;
            node->part = node->density * c->volume;
        } else {
            node->part = tree->nodes[node->child].part + tree->nodes[node->child + 1].part;
        }
    }
    for (size_t i = 0; i < tree->n_nodes; i++) { /* from the probability to the lower one's share */
        struct boxes_node *node = &tree->nodes[i];
        if (node->child > 0)
            set_part(node, tree->nodes[node->child].part / node->part);
    }
}

static struct boxes *boxes_make(size_t n_dims, size_t n_leaves, struct err *err)
{
    struct boxes *tree = mem_new(struct boxes);
    if (tree == NULL) {
        mem_error(err);
        return NULL;
    }
    tree->n_dims = n_dims;
    tree->n_nodes = tree->n_leaves = 1;
    tree->nodes = mem_array(2 * n_leaves, sizeof *tree->nodes);
    tree->edges = mem_array(2 * n_leaves, 2 * n_dims * sizeof *tree->edges);
    tree->slopes = mem_array(2 * n_leaves, (n_dims + 1) * sizeof *tree->slopes);
    if (tree->nodes == NULL || tree->edges == NULL || tree->slopes == NULL) {
        boxes_free(tree);
        mem_error(err);
        return NULL;
    }
    tree->nodes[0].density = 1;
    for (size_t j = 0; j < n_dims; j++)
        tree->edges[2 * j + 1] = 1;
    return tree;
}

struct boxes *boxes_flat(size_t n_dims, struct err *err)
{
    return boxes_make(n_dims, 1, err);
}

void boxes_free(struct boxes *tree)
{
    if (tree == NULL)
        return;
    mem_free(tree->nodes);
    mem_free(tree->edges);
    mem_free(tree->slopes);
    mem_free(tree);
}

/* What the function is thought to be in a leaf: its mean there, and slopes as far as they stand out
 * of their errors. */
static void set_control(const struct grower *grower, size_t leaf)
{
    const struct boxes_data *data = grower->data;
    const struct candidate *c = &grower->candidates[leaf];
    struct boxes *tree = grower->tree;
    size_t d = data->n_dims;
    const double *box = tree->edges + leaf * 2 * d;
    double *slope = tree->slopes + leaf * (d + 1), density = tree->nodes[leaf].density;
    double w_all = 0, stt[64] = {0}, stg[64] = {0}, rest2 = 0;
    slope[0] = c->mean / density;
    tree->integral += c->mean * c->volume;
    for (size_t i = 0; i < c->n; i++) {
        size_t at = grower->order[c->first + i];
        double w = data->w[at], r = data->g[at] - c->mean;
        w_all += w;
        rest2 += w * r * r;
        for (size_t j = 0; j < d; j++) {
            double t = (data->y[at * d + j] - box[2 * j]) / (box[2 * j + 1] - box[2 * j]) - 0.5;
            stt[j] += w * t * t;
            stg[j] += w * t * r;
        }
    }
    for (size_t j = 0; j < d && w_all > 0 && c->n > 4; j++) {
        double spread = stt[j] / w_all, b = spread > 0.01 ? stg[j] / w_all / spread : 0;
        double error2 = spread > 0.01 ? rest2 / w_all / spread / ((double)c->n - 2) : 1;
        double keep = b != 0 ? fmax(0, 1 - 2 * error2 / (b * b)) : 0;
        slope[j + 1] = keep * b / density;
    }
}

static void grow(struct grower *grower, size_t n_leaves)
{
    struct candidate *root = &grower->candidates[0];
    for (size_t i = 0; i < grower->data->n; i++)
        grower->order[i] = i;
    *root = (struct candidate){.n = grower->data->n, .volume = 1};
    struct moments m = moments_of(grower, root);
    root->s2 = mean_square(&m, m.w > 0 ? m.wg2 / m.w : 0);
    root->mean = m.w > 0 ? m.wg / m.w : 0;
    find_cut(grower, 0);
    heap_push(grower, 0);
    while (grower->n_heap > 0 && grower->tree->n_leaves < n_leaves) {
        size_t node = heap_pop(grower);
        if (!(grower->candidates[node].cost > 0))
            break;
        split(grower, node);
    }
    set_densities(grower);
    for (size_t i = 0; i < grower->tree->n_nodes; i++)
        if (grower->tree->nodes[i].child == 0)
            set_control(grower, i);
}

struct boxes *boxes_grow(const struct boxes_data *data, size_t n_leaves, struct err *err)
{
    size_t n_nodes = 2 * n_leaves;
    struct boxes *tree = boxes_make(data->n_dims, n_leaves, err);
    struct grower grower = {
        .data = data,
        .tree = tree,
        .order = mem_array(data->n, sizeof *grower.order),
        .spare = mem_array(data->n, sizeof *grower.spare),
        .candidates = mem_array(n_nodes, sizeof *grower.candidates),
        .bins = mem_array(data->n_dims * CUTS, sizeof *grower.bins),
        .heap = mem_array(n_nodes, sizeof *grower.heap),
    };
    bool has_all = tree != NULL && grower.order != NULL && grower.spare != NULL &&
                   grower.candidates != NULL && grower.bins != NULL && grower.heap != NULL;
    if (has_all) {
        grow(&grower, n_leaves);
    } else {
        mem_error(err);
        boxes_free(tree);
        tree = NULL;
    }
    mem_free(grower.order);
    mem_free(grower.spare);
    mem_free(grower.candidates);
    mem_free(grower.bins);
    mem_free(grower.heap);
    return tree;
}

/* t: the place in the leaf, 0 to 1 on every axis. */
static struct boxes_value leaf_value(const struct boxes *tree, const struct boxes_node *leaf,
                                     const double *t)
{
    const double *slope = tree->slopes + (size_t)(leaf - tree->nodes) * (tree->n_dims + 1);
    double control = slope[0];
    for (size_t j = 0; j < tree->n_dims; j++)
        control += slope[j + 1] * (t[j] - 0.5);
    return (struct boxes_value){leaf->density, control};
}

/* Four points go down at a time: each step waits for memory, and four can wait together. */
static void leaves_below(const struct boxes *tree, size_t n, double *u, uint32_t leaves[4])
{
    size_t d = tree->n_dims;
    bool is_down = false;
    for (size_t i = 0; i < 4; i++)
        leaves[i] = 0;
    while (!is_down) {
        is_down = true;
        for (size_t i = 0; i < n; i++) { /* without a branch that cannot be foreseen */
            const struct boxes_node *node = &tree->nodes[leaves[i]];
            double *at = &u[i * d + node->axis], was = *at;
            unsigned is_high = was >= node->part, is_inner = node->child > 0;
            double moved = (was - (double)is_high * node->part) * node->stretch[is_high];
            *at = is_inner ? moved : was;
            leaves[i] = is_inner ? node->child + is_high : leaves[i];
            is_down &= !is_inner;
        }
    }
}

void boxes_place(const struct boxes *tree, size_t n, double *u, struct boxes_value *values)
{
    size_t d = tree->n_dims;
    for (size_t first = 0; first < n; first += 4) {
        uint32_t leaves[4];
        size_t most = n - first < 4 ? n - first : 4;
        leaves_below(tree, most, u + first * d, leaves);
        for (size_t i = 0; i < most; i++) {
            double *at = u + (first + i) * d;
            const double *box = tree->edges + (size_t)leaves[i] * 2 * d;
            values[first + i] = leaf_value(tree, &tree->nodes[leaves[i]], at);
            for (size_t j = 0; j < d; j++)
                at[j] = box[2 * j] + at[j] * (box[2 * j + 1] - box[2 * j]);
        }
    }
}

struct boxes_value boxes_at(const struct boxes *tree, const double *y)
{
    const struct boxes_node *node = tree->nodes;
    double t[64];
    while (node->child > 0)
        node = &tree->nodes[node->child + (y[node->axis] >= node->cut)];
    const double *box = tree->edges + (size_t)(node - tree->nodes) * 2 * tree->n_dims;
    for (size_t j = 0; j < tree->n_dims; j++)
        t[j] = (y[j] - box[2 * j]) / (box[2 * j + 1] - box[2 * j]);
    return leaf_value(tree, node, t);
}
