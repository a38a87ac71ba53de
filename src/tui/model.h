/* model.h: a scan as the views see it: rows of the store in, state out.
 *
 * model_refresh reads what is cheap however many points there are; what needs the points comes from
 * the gatherer as parts.  Views get it const.  Unknown numbers are NaN. */
#ifndef TUI_MODEL_H
#define TUI_MODEL_H

#include "gather.h"
#include "theodolite/report.h"
#include "theodolite/strata.h"

enum { MODEL_TALLIES = 64, MODEL_WORKERS = 4096, MODEL_LOGS = 2000 };

/* X(name, word): the word of the top line. */
#define PHASES(X)                                                                                  \
    X(PHASE_NONE, "NEW") /* no engine ever ran */                                                  \
    X(PHASE_RUN, "RUN")                                                                            \
    X(PHASE_PAUSE, "PAUSE")                                                                        \
    X(PHASE_DRAIN, "DRAIN")                                                                        \
    X(PHASE_FULL, "FULL") /* waits for room on the disk */                                         \
    X(PHASE_IDLE, "IDLE") /* stopped, not done: resume goes on */                                  \
    X(PHASE_DONE, "DONE")                                                                          \
    X(PHASE_ERROR, "ERROR") /* failed, or its engine is gone without a word */

enum phase {
#define PHASE_ENUM(name, word) name,
    PHASES(PHASE_ENUM)
#undef PHASE_ENUM
};
const char *phase_word(enum phase phase);

struct round_view {
    struct round_row row;
    /* from its metrics; NaN: not there */
    double auc, brier, log_loss, train_loss, failure_auc;
    double n_train, n_held_out, n_smote;
    /* what SMOTE was worth on held-out points; NaN in rounds that did not measure it */
    double smote_auc, smote_auc_gain, smote_auc_gain_error;
    double smote_log_loss_gain, smote_log_loss_gain_error;
    /* held-out log losses of each part of the model, and which part is trained for them; not above
     * 0 in rounds that did not compare them */
    double network_log_loss, kernel_log_loss, both_log_loss;
    enum search_learner chosen; /* LEARNER_AUTO: both */
    double share, share_error;  /* accepted of closed; with its binomial error */
};

struct worker_view {
    struct worker_row row;
    const char *state;      /* "run", "SLOW", "prep", "idle" */
    const char *calculator; /* that runs now, "" not known */
    double calculator_since;
    double median_s, limit_s; /* of that calculator; NaN */
    bool is_slow;             /* longer than 3 medians and than half its limit */
    double *values;           /* the point's values (n_values), NULL when idle */
};

struct log_view {
    double at;
    char level;      /* 'i' info, 'w' warning, 'e' error, 'f' a point failed, 'u' user */
    char source[24]; /* "engine", "learn", "user", calculator */
    const char *text;
    uint64_t point;  /* that it is about, or 0 */
    int64_t command; /* the journal's row, or 0 */
    bool can_undo;
};

/* What an integration knows; arrays of the result live in the model's arena. */
struct integral_view {
    const char *name;    /* of the integrand: "f" */
    const char *measure; /* "integral over the box", "mean under the prior" */
    const char *method;  /* "cells", "adaptive", "" not chosen yet */
    const char *unit;    /* of the integral, or "" */
    bool is_mean;
    double
        scale; /* volume of the space, where parts of the integral are scale * V_j * mean; else 1 */
    struct strata_result result;
    const struct integral_row *rows; /* of the rounds, oldest first */
    size_t n_rows;
    uint64_t n_calls;    /* whether points are kept of them or not */
    bool are_calls_kept; /* cheap ones are counted, and no points */
};

struct goal_view {
    struct scan_goal goal;
    double share, left_s; /* 0..1; NaN */
    double left_lo_s, left_hi_s;
};

struct model {
    struct store *store;
    struct scan *scan;
    struct space *space;
    struct arena *arena; /* of the last refresh */
    double now;          /* wall clock of the last refresh */

    enum phase phase;
    const char *phase_why; /* words of the engine, or what happened to it; "" */
    struct engine_row engine;
    double silent_s; /* since its last beat; NaN without engine */
    bool is_silent;  /* it lives and has said nothing for long: phase_why tells */
    /* for how long nothing has run because the next round is still being learned and chosen; NaN,
     * or not above 0: that is not so */
    double thinking_s;
    bool is_lost; /* the file that is read was removed, or another one is in its place */
    struct store_counts counts;
    uint64_t n_closed;
    double per_s_now, per_s_all; /* closed points; NaN */
    size_t n_busy, n_workers;
    uint64_t n_waiting;

    struct round_view *rounds;
    size_t n_rounds;
    struct goal_view *goals;
    size_t n_goals;
    const struct goal_view *nearest; /* goal, or NULL */

    struct store_tally tallies[MODEL_TALLIES];
    size_t n_tallies;
    struct worker_view *workers;

    struct log_view *logs; /* oldest first; log, failures and journal merged by time */
    size_t n_logs;
    struct command_row *journal;
    size_t n_journal;

    /* The terms as judged now. */
    struct judge *judge;
    size_t n_terms;
    struct term_view {
        const char *name, *text;
        bool is_cut;
    } * terms;

    /* as in status */
    double volume, volume_error, volume_below;
    double promised, found, found_error;
    uint64_t n_learned;
    bool is_relaxed;                   /* it has promised nothing yet but of the easier target */
    bool is_relabelled;                /* the learner has not been trained since labels changed */
    bool is_relabelling;               /* a cut is at work: volumes may be those of before */
    uint64_t labels, labels_from;      /* sign of the labels now; the first point since */
    double random_share, random_error; /* accepted share of the uniform points */

    size_t batch; /* as they are now */
    double explore;
    const char *pins; /* a line each, "" none */
    uint64_t store_bytes, free_bytes;

    const struct integral_view *integral; /* NULL in a search */

    struct parts parts;
    uint64_t version;      /* grows with every change of anything above */
    struct model_own *own; /* of model.c; NULL in a model filled by hand */
};

struct model *model_create(const char *path, bool can_command, struct err *err);
void model_free(struct model *model);
/* Reads the store if it changed, and the clock; has_changed may be NULL. */
int model_refresh(struct model *model, bool *has_changed, struct err *err);
/* Was it counted with other labels than the points have now? */
bool model_is_old(const struct model *model, const struct as_of *as_of);
/* What was said and found; NULL: not there yet, or of former labels. */
const struct said_part *model_said(const struct model *model);
/* "The learner is being trained for round 12 (8 s so far)."; "" where that is not so, or is too
 * short to tell. */
const char *model_thinking(const struct model *model, char *out, size_t size);
/* A point with everything that is stored of it, into the arena. */
struct point_view {
    struct point_row row;
    struct store_failure failure;
    bool has_failed;
    struct store_step *steps;
    size_t n_steps;
    struct file_view {
        const char *calculator, *name;
        const void *data;
        size_t n;
    } * files;
    size_t n_files;
    struct judge_detail *terms; /* n_terms; NULL while it runs or has failed */
    const char *note;           /* of the user on this point, or NULL */
    int worker;                 /* -1 */
    double ended;               /* NaN */
};
int model_point(struct model *model, uint64_t id, struct arena *arena, struct point_view *point,
                bool *found, struct err *err);
/* n points by id, in the order of ids; rows in the arena.  What is gone has id 0. */
int model_points(struct model *model, const uint64_t *ids, size_t n, struct arena *arena,
                 struct point_row *points, struct err *err);

#endif
