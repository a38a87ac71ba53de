/* work.h: workers.  A worker is a process, `theodolite worker`, that gets points on its standard
 * input, runs the chain of calculators on them, and answers values or failures on its standard
 * output.  The pool is the engine's side: it starts workers (behind a launcher such as
 * `srun -n1 -c1 --exact` when there is one), keeps each of them fed, and replaces those that die.
 *
 * A worker that dies costs the point it had in hand (class `signal`, or `protocol` when it spoke
 * nonsense), never more: where it had several in hand, each is tried again alone. */
#ifndef THEODOLITE_WORK_H
#define THEODOLITE_WORK_H

#include "theodolite/calc.h"
#include "theodolite/strata.h"

#include <poll.h>

/* The worker's whole life; returns when its input ends.  The program's exit status is the result.
 */
int worker_main(int fd_in, int fd_out, struct err *err);

struct pool;

struct pool_options {
    const struct scan *scan;
    const char *resolved; /* the scan's resolved copy, sent to each worker */
    const char *const *plugin_dirs;
    const char *scratch; /* folder of this scan's scratch folders; made and removed by the pool */
    size_t n_workers;
    const char *launcher; /* or NULL */
};

struct work_result {
    uint64_t id;
    int worker;
    unsigned n_calls;        /* of the chain: more than one when a worker died on it before */
    const double *row;       /* the scan's n_values; borrowed for the call */
    struct outcome *outcome; /* borrowed for the call */
};

struct pool *pool_create(const struct pool_options *options, struct err *err);
/* Two pools in one process: neither takes the other's workers for something left behind. */
void pool_set_neighbour(struct pool *pool, struct pool *other);
/* Kills what runs. */
void pool_free(struct pool *pool);
/* More or fewer workers; those too many end after the points they have in hand. */
int pool_resize(struct pool *pool, size_t n_workers, struct err *err);
size_t pool_n_workers(const struct pool *pool);
/* Points that would keep every worker busy, less those that do so already: what waits behind a slow
 * one keeps no other worker busy. */
size_t pool_room(const struct pool *pool);
size_t pool_n_waiting(const struct pool *pool); /* submitted and not answered */
/* n points; rows: n_values each, of which the parameters are read. */
int pool_submit(struct pool *pool, size_t n, const uint64_t *ids, const double *rows, size_t stride,
                struct err *err);
/* Hands waiting points to workers that have room, now. */
int pool_feed(struct pool *pool, struct err *err);
/* From here on workers take points as pieces of this task, whose answers come as the one kept file
 * ("answer") of their outcome; parameters mean nothing then, and ids are pieces from 1.
 *   WORK_PROBE  no data: seconds per call of the integrand, a double
 *   WORK_CHUNKS a state of adaptive_write: the sums of chunk id - 1
 *   WORK_WHOLE  struct work_whole: all of strata_integrate, as struct strata_result, then its
 *               classes and rounds
 * WORK_POINTS: no task. */
enum work_task { WORK_POINTS, WORK_PROBE, WORK_CHUNKS, WORK_WHOLE };
struct work_whole {
    struct strata_config config;
    enum integrate_method method;
};
int pool_set_task(struct pool *pool, enum work_task task, const void *data, size_t n,
                  struct err *err);
/* Descriptors to wait for: at most n_max written; returns how many.  *wait_s is lowered to the time
 * at which the pool wants to be called again in any case. */
size_t pool_poll(struct pool *pool, struct pollfd *fds, size_t n_max, double *wait_s);
/* After poll(): reads, writes, replaces the dead, and hands over each result.  ERR_START when
 * workers cannot be started at all. */
int pool_handle(struct pool *pool,
                int (*take)(void *context, const struct work_result *result, struct err *err),
                void *context, struct err *err);
/* The calculator that runs this point is ended; class `killed`.  false: it does not run now. */
bool pool_kill_point(struct pool *pool, uint64_t id);
/* Calculator i of the scan may run so long from now on, also where it runs now. */
int pool_set_timeout(struct pool *pool, size_t calculator, double seconds, struct err *err);
/* What each worker does now; returns how many were written. */
struct pool_worker {
    int worker;
    pid_t pid;
    uint64_t point;          /* 0: idle */
    double since;            /* wall clock */
    int calculator;          /* that it runs, where it says so (chains of several programs); -1 */
    double calculator_since; /* wall clock */
    uint64_t n_done;
    double busy_s; /* since the pool began */
};
size_t pool_workers(const struct pool *pool, struct pool_worker *workers, size_t n_max);
/* Lines that workers wrote on standard error, and deaths: taken one by one, NULL when there is
 * none. The caller frees. */
char *pool_take_note(struct pool *pool);
/* "softsusy\tpath\tversion\tchecksum" lines of the first worker that told them; NULL until then. */
const char *pool_tools(const struct pool *pool);

#endif
