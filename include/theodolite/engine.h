/* engine.h: the loop of a scan, one process and the only writer of its store.
 *
 * One thread around one poll(): it keeps workers fed with the points of the rounds in flight,
 * closes points in transactions of at most 100 ms, picks up commands from the store, and beats.  A
 * second thread proposes the next round meanwhile.
 *
 * Rounds.  The first ones are the start design; the next is proposed from them; each later round r
 * is proposed from the rounds up to r-2 while round r-1 runs.  Goals are looked at between rounds,
 * by the same rule, so that where a scan ends does not depend on the number of workers or on
 * interruptions. */
#ifndef THEODOLITE_ENGINE_H
#define THEODOLITE_ENGINE_H

#include "theodolite/store.h"
#include "theodolite/survey.h"
#include "theodolite/work.h"

#include <signal.h>

struct engine_progress {
    const char *state; /* running, paused, draining, full, stopping */
    const char *words; /* why, what is waited for, or "" */
    struct store_counts counts;
    struct survey_volume volume;
    uint32_t round;
    double seconds;    /* of this run */
    double active_s;   /* of all runs */
    double per_s;      /* closed points per second, lately */
    double share;      /* accepted share of the last complete round; NaN */
    double goal_share; /* how much of the goal that is nearest is done, 0..1; NaN without one */
    double left_s;     /* until then at the pace of now; NaN: not known */
    size_t n_workers;
    bool is_integral;
    const struct integral_row *integral; /* of an integration, its latest; NULL: none */
    const char *unit;                    /* of the integral */
    double round_share;                  /* done of the integral's batch in hand; NaN */
};

struct engine_options {
    const char *const *plugin_dirs;
    size_t n_workers;               /* 0: the scan's */
    bool accepts_tools;             /* calculators that changed since the stored points were made */
    const char *const *extra_goals; /* --until, NULL-terminated, or NULL: replace the scan's */
    volatile const sig_atomic_t *n_interrupts; /* counted by the program's signal handler */
    volatile const sig_atomic_t *is_terminated;
    void (*progress)(void *context, const struct engine_progress *progress);
    void (*note)(void *context, enum log_level level, const char *text);
    void *context;
    double progress_s; /* how often; 0: never */
};

enum engine_end {
    ENGINE_GOAL,        /* 0 */
    ENGINE_STOPPED,     /* 0: by the user */
    ENGINE_INTERRUPTED, /* 130 */
    ENGINE_FAILED       /* by the err's code */
};

/* Runs the scan of a store opened for the engine, from wherever it stands, to its end. */
enum engine_end engine_run(struct store *store, const struct engine_options *options,
                           struct err *err);
/* Carries out one command on a store that no engine runs on (opened for the engine). The answer is
 * written into the journal and to `answer`; a command that is refused is not an err.  plugin_dirs:
 * as in the options, or NULL. */
int engine_command(struct store *store, const char *text, const char *const *plugin_dirs,
                   bool *is_ok, struct buf *answer, struct err *err);
/* "pause\tstop handing out points" lines, for help and completion. */
const char *const *engine_command_names(void);
const char *engine_command_help(const char *name);
/* Why an integration does not take this command; NULL: it does. */
const char *engine_integral_refuses(const char *name);
/* Points per round where nobody set it live. */
size_t engine_default_batch(const struct scan *scan);
/* The judge as the store has it: the scan's constraints, live cuts added, terms taken out. */
struct judge *engine_judge(struct store *store, const struct scan *scan, struct err *err);

#endif
