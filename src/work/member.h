/* member.h: one worker as the pool sees it: its process, its pipes, the groups it has in hand. */
#ifndef WORK_MEMBER_H
#define WORK_MEMBER_H

#include "theodolite/work.h"

#include "wire.h"

enum { MEMBER_DEPTH = 2 }; /* groups in hand: one runs, one waits, so that no time is lost */

struct item {
    uint64_t id;
    unsigned n_calls; /* so far */
    bool is_alone;    /* was in hand when a worker died: to be tried by itself */
};

struct group {
    size_t n;
    struct item *items;
    double *params; /* n by n_params */
};

enum member_state { MEMBER_STARTING, MEMBER_READY, MEMBER_RETIRED };

struct member {
    int number; /* from 1 */
    enum member_state state;
    pid_t pid;
    int fd_to, fd_from, fd_err;
    bool is_greeted, is_block, is_leaving;
    bool is_slow;              /* takes long to begin, and that was said */
    struct buf in, out, words; /* words: tail of its standard error */
    char scratch[4096];
    struct group groups[MEMBER_DEPTH]; /* the oldest first */
    size_t n_groups;
    double group_began;      /* steady: when the oldest group began to run */
    int calculator;          /* that it said runs now; -1: it said nothing */
    double calculator_began; /* steady */
    uint64_t calculator_point;
    double born, busy_s; /* steady */
    uint64_t n_done;
};

struct member_start {
    const char *const *argv;
    const char *resolved, *path, *folder;
    const char *const *plugin_dirs;
};

int member_start(struct member *member, const struct member_start *start, struct err *err);
/* Ends the process if it still runs, closes the pipes, removes the scratch folder; groups stay.
 * Says how it ended. */
struct process_end member_end(struct member *member, double grace_s);
/* Closes its input: it ends by itself when it sees that. */
void member_dismiss(struct member *member);
void member_free(struct member *member);
void group_free(struct group *group);
/* The group goes to the worker; the member takes its arrays. */
int member_give(struct member *member, struct group *take_group, size_t n_params, struct err *err);
struct group member_pop(struct member *member); /* the oldest; the caller frees */
/* The first n points of the oldest group are done with; some must be left. */
void member_drop(struct member *member, size_t n, size_t n_params);
int member_kill_point(struct member *member, uint64_t id, struct err *err);
int member_set_limit(struct member *member, size_t calculator, double seconds, struct err *err);
int member_set_task(struct member *member, int task, const struct buf *data, struct err *err);
void member_send(struct member *member); /* what the pipe takes now */
/* Moves bytes both ways without blocking; false when the other side has closed. */
bool member_move(struct member *member, struct err *err);
/* Cuts the greeting off the input: 1 done, 0 not yet, -1 it is none. */
int member_greet(struct member *member);
size_t member_n_in_hand(const struct member *member);

#endif
