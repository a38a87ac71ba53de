/* queue.c: a ring of points that wait for a worker.
 *
 * Grows by doubling.  Both ends take: new points come at the back, points given back by a worker
 * that died at the front. */
#include "queue.h"

#include <string.h>

struct queue {
    size_t n_params, n, cap, first;
    struct item *items; /* cap */
    double *params;     /* cap by n_params */
};

struct queue *queue_create(size_t n_params)
{
    struct queue *queue = mem_new(struct queue);
    if (queue != NULL)
        queue->n_params = n_params;
    return queue;
}

void queue_free(struct queue *queue)
{
    if (queue == NULL)
        return;
    mem_free(queue->items);
    mem_free(queue->params);
    mem_free(queue);
}

size_t queue_n(const struct queue *queue)
{
    return queue->n;
}

static void copy_out(const struct queue *queue, size_t i, struct item *item, double *params)
{
    size_t at = (queue->first + i) % queue->cap;
    *item = queue->items[at];
    memcpy(params, queue->params + at * queue->n_params, queue->n_params * sizeof *params);
}

static int grow(struct queue *queue, struct err *err)
{
    if (queue->n < queue->cap)
        return 0;
    size_t cap = queue->cap > 0 ? 2 * queue->cap : 1024;
    struct item *items = mem_array(cap, sizeof *items);
    double *params = mem_array(cap * queue->n_params, sizeof *params);
    if (items == NULL || params == NULL) {
        mem_free(items);
        mem_free(params);
        return mem_error(err);
    }
    for (size_t i = 0; i < queue->n; i++)
        copy_out(queue, i, &items[i], params + i * queue->n_params);
    mem_free(queue->items);
    mem_free(queue->params);
    queue->items = items;
    queue->params = params;
    queue->cap = cap;
    queue->first = 0;
    return 0;
}

static void put(struct queue *queue, size_t at, const struct item *item, const double *params)
{
    queue->items[at] = *item;
    memcpy(queue->params + at * queue->n_params, params, queue->n_params * sizeof *params);
    queue->n++;
}

int queue_push(struct queue *queue, const struct item *item, const double *params, struct err *err)
{
    if (grow(queue, err) != 0)
        return -1;
    put(queue, (queue->first + queue->n) % queue->cap, item, params);
    return 0;
}

int queue_push_front(struct queue *queue, const struct item *item, const double *params,
                     struct err *err)
{
    if (grow(queue, err) != 0)
        return -1;
    queue->first = (queue->first + queue->cap - 1) % queue->cap;
    put(queue, queue->first, item, params);
    return 0;
}

int queue_take(struct queue *queue, size_t n, struct group *group, struct err *err)
{
    if (n > queue->n)
        n = queue->n;
    group->items = mem_array(n, sizeof *group->items);
    group->params = mem_array(n * queue->n_params, sizeof *group->params);
    if (group->items == NULL || group->params == NULL)
        return mem_error(err);
    for (group->n = 0; group->n < n;) {
        bool is_alone = queue->items[queue->first].is_alone;
        if (is_alone && group->n > 0)
            break;
        copy_out(queue, 0, &group->items[group->n], group->params + group->n * queue->n_params);
        group->n++;
        queue->first = (queue->first + 1) % queue->cap;
        queue->n--;
        if (is_alone)
            break;
    }
    return 0;
}
