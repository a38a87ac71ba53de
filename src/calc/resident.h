/* resident.h: a resident calculator's process (resident_process.c), and the conversation with it
 * (resident.c). */
#ifndef CALC_RESIDENT_H
#define CALC_RESIDENT_H

#include "private.h"

/* What went wrong with the process, in words for the point that pays for it. */
struct breakage {
    enum reason reason; /* REASON_NONE: nothing */
    char words[CALC_SENTENCE];
};
void breakage_set(struct breakage *breakage, enum reason reason, const char *format, ...)
    __attribute__((format(printf, 3, 4))); /* keeps the first */

struct resident {
    struct calc *calc;
    pid_t pid; /* 0: not running */
    int in_fd, out_fd, err_fd, end_fd;
    bool has_ended;
    struct process_end end;
    struct tail tail;
    size_t n_told;       /* bytes of the tail that the trace has seen */
    struct buf received; /* bytes that are not yet a line */
    struct buf to_send;  /* requests on their way */
    size_t n_sent;       /* bytes of to_send that are gone */
    struct folder folder;
    char above[CALC_PATH]; /* of its folder; "" none */
    uint64_t n_starts;
    double next_check; /* of its folder */
    char **keys;       /* {"m0": } of each input, JSON */
    const struct formula **inputs;
    struct formula *columns; /* where all parameters are sent */
    bool *is_whole;          /* n_inputs: sent without a decimal point */
    size_t n_inputs;
    uint8_t *states;
    size_t cap_states;
};

enum wait_event { EVENT_NONE, EVENT_LINES, EVENT_CANCEL };

/* Starts it and waits for its first line.  1: it does not run, and breakage says why. */
int resident_start(struct resident *resident, struct breakage *breakage, struct err *err);
/* Ends it (SIGTERM, grace, SIGKILL) and removes its folder. */
void resident_stop(struct resident *resident, double grace_s);
/* Writes and reads what can be, waits up to `until` (steady clock).  A process that ended, closed
 * its output or went beyond a limit is a breakage; what it said before is in `received`. */
int resident_wait(struct resident *resident, double until, enum wait_event *event,
                  struct breakage *breakage, struct err *err);
/* Takes what stands in the pipe of standard error into `tail`. */
void resident_drain(struct resident *resident);
/* The next whole line of `received` from *at on. */
bool resident_line(const struct resident *resident, size_t *at, const char **line, size_t *n);

#endif
