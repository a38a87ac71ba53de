/* private.h: the engine's parts, for its own files.
 *
 *   engine.c    life of a run: open, loop, end
 *   flight.c    rounds in flight: their points, what of them is sent and closed
 *   close.c     results: judged and written in transactions
 *   propose.c   asking for the next round, goals, entering it in the store
 *   load.c      from the store to memory: start, resume, after a cut
 *   command.c   what users ask while it runs
 *   steer.c    cuts, points given by the user
 *   pins.c     boxes that get a share of each round
 *   gaps.c     points where the target is predicted and nobody has been
 *   retry.c    failed points that run again
 *   health.c   are proposals better than random points?
 *   failing.c  every point fails
 *   calc-add.c  a calculator more
 *   fill.c     stored points get its values
 *   fill-scan.c  by which chain
 *   timeout.c  how long calculators may run
 *   train.c    the learner is trained now
 *   undo.c     how commands are taken back, and doing it
 *   tools.c    calculators and curve files that changed since the points were made
 *   integral.c  an integration: strata's points in place of the survey's
 *   integral-open.c  its goals, its method, what the store knows of it
 *   integral-row.c  what it leaves in the store, what it says
 *   integral-sums.c  cheap calls: chunks of them go to the workers, sums come back
 *   progress.c  figures for whoever watches */
#ifndef ENGINE_PRIVATE_H
#define ENGINE_PRIVATE_H

#include "theodolite/engine.h"

#include "proposer.h"

#define ROUND_NONE UINT32_MAX /* "proposed from nothing" */

/* A round whose points are not all closed, or that waits for an earlier one. */
struct flight {
    uint32_t round;
    bool is_asked; /* points that the user gave, not a proposal */
    uint64_t first_id;
    size_t n, n_sent, n_closed, n_accepted;
    size_t first_unsent; /* none is unsent before it */
    bool is_added;       /* to the survey; its end could not be written yet */
    double *params;      /* n by n_params */
    double *units;       /* n by n_dims; filled as points close, as all below */
    double *margins;
    double *densities;
    float *predicted;
    uint8_t *is_sent, *is_closed, *origins, *states;
    struct flight *next; /* the round after */
};

/* What the goals look at, per complete round in order. */
struct round_sums {
    uint32_t round;
    uint64_t points, accepted; /* of all rounds up to it */
    double volume, volume_error;
    size_t n_tests; /* of the learner, of all rounds up to it */
};

enum { CLOSE_MAX = 8192 };

struct closing { /* results that wait for the next transaction */
    size_t n;
    uint64_t ids[CLOSE_MAX];
    int workers[CLOSE_MAX];
    struct outcome outcomes[CLOSE_MAX];
    struct verdict verdicts[CLOSE_MAX];
    double *rows;    /* CLOSE_MAX by n_values */
    double *margins; /* CLOSE_MAX by n_margins */
    double since;    /* steady: of the oldest */
};

struct train_job; /* train.c */
struct fill;      /* fill.c */

struct engine {
    const struct engine_options *options;
    const char *const *plugin_dirs; /* or NULL */
    struct store *store;
    struct scan *scan;
    struct space *space;
    struct judge *judge;
    struct survey *survey;
    struct pool *pool;
    struct proposer *proposer;
    size_t n_dims, n_margins;

    struct flight *flights; /* in order of rounds */
    struct closing *closing;
    struct round_sums *sums; /* one per complete round, in order */
    size_t n_sums, cap_sums;
    /* accepted uniform points that the learner was asked about, in order of id: did it foresee
     * them?  Of rounds whose labels are those of now. */
    uint8_t *is_foreseen;
    size_t n_tests, cap_tests;
    uint64_t labels_from; /* the first point proposed since labels changed */
    uint32_t next_round;
    uint64_t next_id;
    uint64_t n_entered;      /* points of all rounds: ids may have holes where a job was dropped */
    bool has_proposal;       /* is there a proposed round at all? */
    uint32_t last_proposal;  /* the latest */
    uint32_t last_start;     /* the latest that belongs to the start design */
    struct buf carry;        /* of the latest */
    bool is_job_stale;       /* the terms changed while it was at work */
    struct judge *job_judge; /* that the job at work borrows; NULL: none */
    bool is_reopening;       /* the scan has changed: the engine begins anew with it */
    bool has_fill_jobs;
    struct fill *fill;                     /* the job at work; NULL: none */
    bool is_train_asked, is_training_done; /* train.c */
    struct train_job *train;               /* at work; NULL: none */
    uint32_t job_round, job_upto;
    size_t job_n;
    uint64_t job_first_id;
    struct survey_batch batch; /* proposed, waits to be entered */
    double batch_wall_s;       /* that it took */
    bool has_batch;
    uint64_t n_proposed;   /* points of proposed rounds */
    uint64_t uniform_from; /* points before it were drawn from other ranges: their density is not
                              known under these */

    struct survey_settings settings;
    double *pins; /* settings.pins */
    struct scan_goal *goals;
    size_t n_goals;
    struct arena *arena; /* of goals */
    size_t n_workers;

    bool is_paused, is_draining, is_goal_reached, is_stopping_now, is_out_of_time;
    bool is_full;
    double full_said, full_tried;
    bool has_commands; /* some could not be answered */
    double started, last_beat, last_commands, last_progress, stop_asked; /* steady */
    double started_wall, active_before_s;
    uint64_t n_closed_here, n_failed_here, n_start_failures;
    uint64_t failing_at; /* points at which it is told next that all failed */
    bool is_interrupted, has_tools, is_silence_told;
    bool is_refused;          /* this run was: it leaves the ending of the last one */
    struct engine_row before; /* that ending, */
    const char *goals_before; /* and its goals, one per line; NULL: there are none */
    double pace_at, pace_per_s;
    uint64_t pace_n;
    char words[256];

    /* of the command in hand: the commands that take it back, one per line; which one it undoes */
    struct buf undo;
    int64_t undoes;
    bool is_integral;               /* the store is an integration's */
    struct integral *integral;      /* NULL: a survey, or nothing runs */
    struct judge_conflict conflict; /* of the points under the labels of now */
    uint64_t n_accepted_points;     /* of them */
    uint64_t conflict_at;           /* points at which it is told next that none is accepted */
    int cause;                      /* enum health_cause that was last told */
    double *timeouts;               /* per calculator, set live; NaN: the scan's */
};

/* flight.c */
struct flight *flight_create(const struct engine *engine, uint32_t round, uint64_t first_id,
                             size_t n, struct err *err);
void flight_free(struct flight *flight);
void flight_insert(struct engine *engine, struct flight *take_flight);
struct flight *flight_of(struct engine *engine, uint64_t id);
/* Hands points to the pool, oldest first, as far as it has room. */
int flight_dispatch(struct engine *engine, struct err *err);
size_t flight_n_in_hand(const struct engine *engine); /* sent and not closed */
/* A complete round's point, in order of id, if it tests the learner. */
int flight_note_test(struct engine *engine, const struct point_row *point, struct err *err);
/* Complete flights, in order, go into the survey. */
int flight_land(struct engine *engine, struct err *err);
/* The round's row gets its end and the volume as known after it. */
int flight_write_end(struct engine *engine, uint32_t round, const struct survey_volume *volume,
                     struct err *err);
int engine_add_sums(struct engine *engine, uint32_t round, uint64_t n, uint64_t n_accepted,
                    double volume, double volume_error, struct err *err);

/* failing.c */
void failing_note(struct engine *engine, const struct outcome *outcome);
/* ERR_START where a calculator cannot be started. */
int failing_check(struct engine *engine, struct err *err);

/* close.c */
int close_take(void *context, const struct work_result *result, struct err *err);
int close_flush(struct engine *engine, struct err *err);
void closing_free(struct closing *closing);
struct closing *closing_create(const struct engine *engine, struct err *err);

/* propose.c */
int propose_if_due(struct engine *engine, struct err *err);
int propose_enter(struct engine *engine, struct err *err); /* a finished job becomes a round */
bool propose_is_over(const struct engine *engine);
bool propose_has_job(const struct engine *engine); /* asked for, and not yet a round */
/* Enters points given by the user as a round of their own; params: n by n_params. */
int propose_asked(struct engine *engine, size_t n, const double *params, struct err *err);
int propose_write_round(struct engine *engine, const struct round_row *row,
                        const struct flight *flight, const float *predicted, struct err *err);
/* How much of the goal that is nearest is done; *n_events: the random events that this rests on. */
double goal_share(const struct engine *engine, const struct store_counts *counts, double active_s,
                  const struct survey_volume *volume, double *n_events);

/* load.c */
int load_rounds(struct engine *engine, struct err *err); /* what is open, the next numbers */
int load_all(struct engine *engine, struct err *err);    /* that, and the survey */
int load_settings(struct engine *engine, struct err *err);
/* Every closed point, under the judge of now; how many. */
int load_closed(struct engine *engine, struct survey *survey, size_t *n, struct err *err);
bool load_is_block_chain(const struct scan *scan); /* shared objects and expressions only */

/* command.c */
int engine_set_meta(struct engine *engine, const char *key, const char *value, struct err *err);
int command_all(struct engine *engine, struct err *err);
int command_run(struct engine *engine, const char *text, bool *is_ok, struct buf *answer,
                struct err *err);

/* tools.c */
int tools_check(struct engine *engine, struct err *err); /* once, when a worker has told them */
/* A scan that is resumed begins nothing new before it is known that it may go on. */
bool tools_are_awaited(const struct engine *engine);
int tools_check_curves(struct engine *engine, struct err *err);

/* doing.c: what is waited for, where that takes long; "": nothing. */
void doing_words(const struct engine *engine, char *out, size_t size);
void doing_check(struct engine *engine); /* a calculator that is silent from the start: the log */

/* progress.c */
int progress_beat(struct engine *engine, const char *state, struct err *err);
/* What the last run left, where this one was refused. */
int progress_restore(struct engine *engine, struct err *err);
void progress_show(struct engine *engine, const char *state);
void engine_note(struct engine *engine, enum log_level level, const char *format, ...)
    __attribute__((format(printf, 3, 4)));
double engine_active_s(const struct engine *engine);

/* undo.c.  A line for engine->undo. */
int undo_with(struct engine *engine, struct err *err, const char *format, ...)
    __attribute__((format(printf, 3, 4)));
int undo_last(struct engine *engine, const char *rest, bool *is_ok, struct buf *answer,
              struct err *err);

/* train.c */
int train_run(struct engine *engine, const char *rest, bool *is_ok, struct buf *answer,
              struct err *err);
int train_load(struct engine *engine, struct err *err);     /* was it asked for? */
int train_if_asked(struct engine *engine, struct err *err); /* hands it to the second thread */
int train_enter(struct engine *engine, struct err *err);    /* takes what that has made of it */
void train_free(struct engine *engine);

/* calc-add.c */
int calc_run(struct engine *engine, const char *rest, bool *is_ok, struct buf *answer,
             struct err *err);
/* The scan that waits in the store becomes the scan; nothing else is open yet, or it is at rest. */
int calc_apply(struct engine *engine, struct err *err);

/* fill.c.  which: accepted, all. */
int fill_ask(struct engine *engine, const char *name, const char *which, struct err *err);
int fill_load(struct engine *engine, struct err *err); /* are there jobs? */
int fill_turn(struct engine *engine, struct err *err);
size_t fill_poll(struct engine *engine, struct pollfd *fds, size_t n_max, double *wait_s);
bool fill_is_over(const struct engine *engine);
void fill_free(struct engine *engine);
/* fill-scan.c */
const struct scan_calculator *fill_calculator(const struct scan *scan, const char *name);
/* inputs: where the scan's parameters stand in the engine's row; both are the caller's then, also
 * where it failed. */
int fill_scan(const struct engine *engine, const char *name, struct scan **scan, size_t **inputs,
              struct buf *resolved, struct err *err);

/* pins.c */
int pins_pin(struct engine *engine, const char *text, bool *is_ok, struct buf *answer,
             struct err *err);
int pins_unpin(struct engine *engine, const char *text, bool *is_ok, struct buf *answer,
               struct err *err);

/* gaps.c */
int gaps_run(struct engine *engine, const char *rest, bool *is_ok, struct buf *answer,
             struct err *err);

/* timeout.c */
int timeout_run(struct engine *engine, const char *rest, bool *is_ok, struct buf *answer,
                struct err *err);
/* The live ones from the store; told to the pool where there is one. */
int timeouts_load(struct engine *engine, struct err *err);

/* health.c: a warning when proposals are no better than random ones. */
int health_check(struct engine *engine, struct err *err);

void health_note(struct engine *engine, enum point_state state, const struct verdict *verdict);
void health_forget(struct engine *engine);

/* retry.c */
int retry_run(struct engine *engine, const char *text, bool *is_ok, struct buf *answer,
              struct err *err);

/* steer.c: commands that need more than a line; each fills the answer, 0 and *is_ok, or -1 */
int steer_cut(struct engine *engine, const char *text, bool *is_ok, struct buf *answer,
              struct err *err);
int steer_labels_back(struct engine *engine, const char *text, struct err *err);
int steer_uncut(struct engine *engine, const char *name, bool *is_ok, struct buf *answer,
                struct err *err);
/* Every stored point is judged again from its values as they are now. */
int steer_judge_again(struct engine *engine, struct buf *answer, struct err *err);
int steer_inject(struct engine *engine, const char *text, bool *is_ok, struct buf *answer,
                 struct err *err);

/* integral.c, integral-open.c */
int integral_open(struct engine *engine, struct err *err);
void integral_free(struct integral *integral);
/* Takes what is ready, asks for what is next: in place of proposing. */
int integral_turn(struct engine *engine, struct err *err);
/* Points that were closed: n of them, with their rows. */
void integral_close(struct engine *engine, size_t n, const struct point_closed *points);
bool integral_is_over(const struct engine *engine);
/* Calls in the workers' hands that are no points. */
size_t integral_n_in_hand(const struct engine *engine);
double integral_round_share(const struct engine *engine); /* done of the batch in hand; NaN */
/* A command that has no meaning for an integration: why. */
const char *integral_refuses(const struct engine *engine, const char *command);
double integral_goal_share(const struct engine *engine, double active_s);
/* Do workers' answers go to the integration, not to points?  Then this takes one. */
bool integral_takes(const struct engine *engine);
int integral_take(struct engine *engine, const struct work_result *result, struct err *err);
const struct integral_row *integral_latest(const struct engine *engine); /* NULL: none */

/* engine.c */
/* One folder per store, so that what a killed scan left lying is found and cleared. */
void engine_scratch_name(const struct engine *engine, char *out, size_t size);
/* The judge that a finished job has borrowed, if it is no longer the engine's. */
void engine_release_judge(struct engine *engine);
const char *engine_state(const struct engine *engine);
/* A store's refusal for want of room pauses the scan; true when that was it. */
bool engine_is_full(struct engine *engine, struct err *err);
void engine_has_room(struct engine *engine); /* what waited has been written */

#endif
