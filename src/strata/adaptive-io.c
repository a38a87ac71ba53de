/* adaptive-io.c: the state of an adaptive integration as bytes.
 *
 * The numbers as they lie in memory, behind a mark that names the layout: for other processes of
 * this program on this machine, and for the store that goes on with a run that was killed. */
#include "adaptive.h"

#include <string.h>

static const char mark[] = "theodolite adaptive 6";

static int take(void *to, size_t size, const char **data, size_t *n, struct err *err)
{
    if (*n < size)
        return err_set(err, ERR_STORE, "the state of an integration ends too early");
    memcpy(to, *data, size);
    *data += size;
    *n -= size;
    return 0;
}

int shape_write(const struct shape *shape, struct buf *out, struct err *err)
{
    const struct boxes *tree = shape->tree;
    const uint64_t sizes[2] = {tree->n_nodes, tree->n_leaves};
    const uint32_t heads[2] = {shape->peaks != NULL, shape->n_eighths};
    if (buf_append(out, heads, sizeof heads, err) != 0 ||
        (shape->peaks != NULL && proposal_write(shape->peaks, out, err) != 0) ||
        buf_append(out, &shape->uniform, sizeof shape->uniform, err) != 0 ||
        buf_append(out, shape->maps, shape->n_dims * sizeof *shape->maps, err) != 0 ||
        buf_append(out, sizes, sizeof sizes, err) != 0 ||
        buf_append(out, tree->nodes, tree->n_nodes * sizeof *tree->nodes, err) != 0)
        return -1;
    if (buf_append(out, &tree->integral, sizeof tree->integral, err) != 0 ||
        buf_append(out, tree->slopes, tree->n_nodes * (shape->n_dims + 1) * sizeof *tree->slopes,
                   err) != 0)
        return -1;
    return buf_append(out, tree->edges, tree->n_nodes * 2 * shape->n_dims * sizeof *tree->edges,
                      err);
}

static bool is_sound(const struct boxes *tree)
{
    for (size_t i = 0; i < tree->n_nodes; i++) {
        const struct boxes_node *node = &tree->nodes[i];
        if (node->axis >= tree->n_dims ||
            (node->child > 0 && (node->child <= i || node->child + 1 >= tree->n_nodes)))
            return false;
    }
    return true;
}

int shape_read(struct shape *shape, size_t n_dims, const char **data, size_t *n, struct err *err)
{
    uint64_t sizes[2];
    uint32_t heads[2];
    struct boxes *tree = mem_new(struct boxes);
    int rc = -1;
    *shape = (struct shape){.n_dims = n_dims, .tree = tree};
    if (tree == NULL || (shape->maps = mem_array(n_dims, sizeof *shape->maps)) == NULL) {
        mem_error(err);
        goto out;
    }
    TRY(take(heads, sizeof heads, data, n, err));
    shape->n_eighths = heads[1];
    if (heads[0] != 0 && (shape->peaks = proposal_read(data, n, err)) == NULL)
        goto out;
    if (heads[1] > 7 || (shape->peaks == NULL) != (heads[1] == 0) ||
        (shape->peaks != NULL && proposal_n_dims(shape->peaks) != n_dims)) {
        err_set(err, ERR_STORE, "the state of an integration makes no sense");
        goto out;
    }
    TRY(take(&shape->uniform, sizeof shape->uniform, data, n, err));
    TRY(take(shape->maps, n_dims * sizeof *shape->maps, data, n, err));
    TRY(take(sizes, sizeof sizes, data, n, err));
    if (sizes[0] < 1 || sizes[0] > *n) {
        err_set(err, ERR_STORE, "the state of an integration makes no sense");
        goto out;
    }
    tree->n_dims = n_dims;
    tree->n_nodes = (size_t)sizes[0];
    tree->n_leaves = (size_t)sizes[1];
    tree->nodes = mem_array(tree->n_nodes, sizeof *tree->nodes);
    tree->edges = mem_array(tree->n_nodes, 2 * n_dims * sizeof *tree->edges);
    tree->slopes = mem_array(tree->n_nodes, (n_dims + 1) * sizeof *tree->slopes);
    if (tree->nodes == NULL || tree->edges == NULL || tree->slopes == NULL) {
        mem_error(err);
        goto out;
    }
    TRY(take(tree->nodes, tree->n_nodes * sizeof *tree->nodes, data, n, err));
    TRY(take(&tree->integral, sizeof tree->integral, data, n, err));
    TRY(take(tree->slopes, tree->n_nodes * (n_dims + 1) * sizeof *tree->slopes, data, n, err));
    TRY(take(tree->edges, tree->n_nodes * 2 * n_dims * sizeof *tree->edges, data, n, err));
    if (!is_sound(tree)) {
        err_set(err, ERR_STORE, "the state of an integration makes no sense");
        goto out;
    }
    rc = 0;
out:
    if (rc != 0)
        shape_free(shape);
    return rc;
}

/* The points are needed only while it trains. */
static int write_points(const struct adaptive *a, size_t n, struct buf *out, struct err *err)
{
    if (buf_append(out, a->x, n * a->config.n_dims * sizeof *a->x, err) != 0 ||
        buf_append(out, a->f, n * sizeof *a->f, err) != 0)
        return -1;
    return buf_append(out, a->q, n * sizeof *a->q, err);
}

static int write_found(const struct adaptive *a, size_t n, struct buf *out, struct err *err)
{
    if (buf_append(out, a->found.x, n * a->config.n_dims * sizeof *a->found.x, err) != 0 ||
        buf_append(out, a->found.f, n * sizeof *a->found.f, err) != 0)
        return -1;
    return buf_append(out, a->found.intensity, n * sizeof *a->found.intensity, err);
}

static size_t first_shape(const struct adaptive *a)
{
    return adaptive_is_training(a) ? 0 : a->n_trainings;
}

static size_t last_shape(const struct adaptive *a)
{
    if (!adaptive_is_training(a))
        return a->n_trainings;
    return a->round < ADAPTIVE_LEARNING ? a->round : ADAPTIVE_TRAININGS - 1;
}

static int write_state(const struct adaptive *a, size_t n_points, struct buf *out, struct err *err)
{
    struct adaptive *head = mem_new(struct adaptive);
    int rc = -1;
    if (head == NULL)
        return mem_error(err);
    *head = *a; /* its pointers are not read again */
    head->n_points = n_points;
    head->found.n = n_points > 0 && adaptive_is_training(a) ? a->found.n : 0;
    head->n_room = n_points < a->n_points ? n_points + 1 : a->n_room;
    TRY(buf_append(out, mark, sizeof mark, err));
    TRY(buf_append(out, head, sizeof *head, err));
    for (size_t k = first_shape(a); k <= last_shape(a); k++)
        TRY(shape_write(&a->shapes[k], out, err));
    TRY(write_points(a, adaptive_is_training(a) ? n_points : 0, out, err));
    TRY(write_found(a, head->found.n, out, err));
    TRY(buf_append(out, a->replicates, ADAPTIVE_REPLICATES * sizeof *a->replicates, err));
    TRY(buf_append(out, a->heights, N_HEIGHTS * sizeof *a->heights, err));
    rc = 0;
out:
    mem_free(head);
    return rc;
}

int adaptive_write(const struct adaptive *a, struct buf *out, struct err *err)
{
    return write_state(a, a->n_points, out, err);
}

int adaptive_write_task(const struct adaptive *a, struct buf *out, struct err *err)
{
    return write_state(a, a->is_searching ? a->n_points : 0, out, err);
}

static int read_found(struct adaptive *a, const char **data, size_t *n, struct err *err)
{
    struct adaptive_found *found = &a->found;
    size_t d = a->config.n_dims;
    int rc = -1;
    found->x = mem_array(found->n, d * sizeof *found->x);
    found->f = mem_array(found->n, sizeof *found->f);
    found->intensity = mem_array(found->n, sizeof *found->intensity);
    if (found->x == NULL || found->f == NULL || found->intensity == NULL) {
        mem_error(err);
        goto out;
    }
    TRY(take(found->x, found->n * d * sizeof *found->x, data, n, err));
    TRY(take(found->f, found->n * sizeof *found->f, data, n, err));
    TRY(take(found->intensity, found->n * sizeof *found->intensity, data, n, err));
    rc = 0;
out:
    return rc;
}

static int read_rest(struct adaptive *a, const char **data, size_t *n, struct err *err)
{
    size_t d = a->config.n_dims, n_points = adaptive_is_training(a) ? a->n_points : 0;
    int rc = -1;
    for (size_t k = first_shape(a); k <= last_shape(a); k++)
        TRY(shape_read(&a->shapes[k], d, data, n, err));
    TRY(take(a->x, n_points * d * sizeof *a->x, data, n, err));
    TRY(take(a->f, n_points * sizeof *a->f, data, n, err));
    TRY(take(a->q, n_points * sizeof *a->q, data, n, err));
    TRY(read_found(a, data, n, err));
    TRY(take(a->replicates, ADAPTIVE_REPLICATES * sizeof *a->replicates, data, n, err));
    TRY(take(a->heights, N_HEIGHTS * sizeof *a->heights, data, n, err));
    rc = 0;
out:
    return rc;
}

struct adaptive *adaptive_read(const void *data, size_t n, struct err *err)
{
    const char *at = data;
    char first[sizeof mark];
    struct adaptive *a = NULL, *made = NULL;
    struct adaptive *was = mem_new(struct adaptive);
    if (was == NULL) {
        mem_error(err);
        return NULL;
    }
    if (take(first, sizeof first, &at, &n, err) != 0 || take(was, sizeof *was, &at, &n, err) != 0)
        goto out;
    if (memcmp(first, mark, sizeof mark) != 0 || was->n_trainings > ADAPTIVE_TRAININGS ||
        was->n_points > was->n_room || was->n_rounds > 64 || was->found.n > n) {
        err_set(err, ERR_STORE, "this is no state of an adaptive integration");
        goto out;
    }
    if ((made = adaptive_create(&was->config, err)) == NULL)
        goto out;
    if (made->n_room != was->n_room) { /* more was wanted later on */
        made->n_room = was->n_room;
        mem_free(made->x);
        mem_free(made->f);
        mem_free(made->q);
        made->x = mem_array(made->n_room, made->config.n_dims * sizeof *made->x);
        made->f = mem_array(made->n_room, sizeof *made->f);
        made->q = mem_array(made->n_room, sizeof *made->q);
        if (made->x == NULL || made->f == NULL || made->q == NULL) {
            mem_error(err);
            goto out;
        }
    }
    shape_free(&made->shapes[0]);
    was->x = made->x;
    was->f = made->f;
    was->q = made->q;
    was->replicates = made->replicates;
    was->heights = made->heights;
    was->found.x = was->found.f = was->found.intensity = NULL;
    memset(was->shapes, 0, sizeof was->shapes);
    *made = *was;
    if (read_rest(made, &at, &n, err) != 0)
        goto out;
    a = made;
    made = NULL;
out:
    adaptive_free(made);
    mem_free(was);
    return a;
}
