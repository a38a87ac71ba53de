/* queue.h: points that wait for a worker, in order, with their parameters. */
#ifndef WORK_QUEUE_H
#define WORK_QUEUE_H

#include "member.h"

struct queue;
struct queue *queue_create(size_t n_params);
void queue_free(struct queue *queue);
size_t queue_n(const struct queue *queue);
int queue_push(struct queue *queue, const struct item *item, const double *params, struct err *err);
int queue_push_front(struct queue *queue, const struct item *item, const double *params,
                     struct err *err);
/* Up to n of the oldest, as a group; an item that must be alone comes alone. */
int queue_take(struct queue *queue, size_t n, struct group *group, struct err *err);

#endif
