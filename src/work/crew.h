/* crew.h: the pool's own, for its three files: pool.c keeps workers fed, answers.c reads what they
 * say, death.c buries and replaces them. */
#ifndef WORK_CREW_H
#define WORK_CREW_H

#include "theodolite/work.h"

#include "member.h"
#include "queue.h"

enum { MAX_MEMBERS = 4096, N_NOTES = 64 };
static const double GROUP_S = 0.02; /* a group of points is made to last about this */

struct pool {
    const struct scan *scan;
    struct pool *neighbour; /* of the same process; NULL: none */
    char *resolved, *scratch, *launcher;
    const char *const *plugin_dirs;
    struct arena *arena;
    const char **argv;
    struct member *members;
    size_t n_members, n_wanted;
    struct queue *queue;
    double *row;           /* n_values, for handing over a result */
    double mean_s;         /* seconds per point, smoothed; NaN: not known yet */
    size_t group_n;        /* points per group now */
    double *timeouts;      /* per calculator, set since; NaN: the scan's */
    double limit_s;        /* no point can take longer: 0 none */
    unsigned birth_deaths; /* in a row: workers that ended before they did anything */
    double start_at;       /* steady: none is replaced before */
    enum work_task task;
    struct buf task_data;
    char *tools;
    char *notes[N_NOTES];
    size_t n_notes;
};

struct taker { /* of results: pool_handle's arguments */
    int (*take)(void *context, const struct work_result *result, struct err *err);
    void *context;
};

void crew_note(struct pool *pool, char *take_note);
size_t crew_n_living(const struct pool *pool); /* those that are leaving do not count */
bool crew_has_ready(const struct pool *pool);
int crew_start_missing(struct pool *pool, struct err *err);

/* answers.c: all answers that have come whole.  -1: the worker speaks nonsense (ERR_PROTOCOL),
 * gives up (ERR_START, ERR_FULL), or the taker failed (any other code). */
int crew_take_answers(struct pool *pool, struct member *member, const struct taker *taker,
                      struct err *err);
/* pool->row has the observables; the outcome is cleared. */
int crew_hand_over(struct pool *pool, const struct member *member, const struct group *group,
                   size_t i, struct outcome *outcome, const struct taker *taker, struct err *err);

/* death.c.  reason: of the point that it died on, unless a signal of others ended it; REASON_NONE:
 * it is no point's fault, all are given back.  why: "" when it ended by itself. */
int crew_bury(struct pool *pool, struct member *member, enum reason reason, const char *why,
              const struct taker *taker, struct err *err);
/* Children of this process that are nobody's workers: what calculators left behind. */
void crew_kill_strangers(const struct pool *pool);
int crew_replace_dead(struct pool *pool, struct err *err);

#endif
