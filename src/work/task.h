/* task.h: what a worker does where points are pieces of a task (work.h). */
#ifndef WORK_TASK_H
#define WORK_TASK_H

#include "theodolite/work.h"

struct task;
/* scan and chain are borrowed. */
struct task *task_create(const struct scan *scan, struct chain *chain, enum work_task kind,
                         const char *data, size_t n, struct err *err);
void task_free(struct task *task);
/* One piece; what goes wrong with it is its outcome. */
int task_run(struct task *task, uint64_t id, struct outcome *outcome, struct err *err);

#endif
