/* store.h: the store of a scan, one SQLite file.  The only module that knows SQL.
 *
 * The engine is the single writer of points; everybody may read, and anybody may add a row to the
 * table `command`.  The schema is db/schema.sql with its migrations; the columns of a scan's values
 * are added when the store is made, so that sqlite3, pandas and DB browsers read the view `points`
 * (id, origin, round, state, accepted, reason, then parameters and observables by name).
 *
 * A point's life: `running` (written before it runs) -> accepted, rejected, failed or unknown. */
#ifndef THEODOLITE_STORE_H
#define THEODOLITE_STORE_H

#include "theodolite/judge.h"

enum { STORE_SCHEMA_VERSION = 4 };

enum point_origin {
    ORIGIN_START,   /* start design: uniform under the prior */
    ORIGIN_EXPLORE, /* honest uniform share */
    ORIGIN_LEARNED, /* chosen by the learner */
    ORIGIN_LOCAL,   /* proposed around accepted points */
    ORIGIN_LIST,    /* method: list */
    ORIGIN_INJECT,  /* by the user */
    ORIGIN_PIN,     /* in a box pinned by the user */
    N_ORIGINS
};
const char *origin_name(enum point_origin origin);

enum point_state {
    STATE_RUNNING,
    STATE_ACCEPTED,
    STATE_REJECTED,
    STATE_UNKNOWN,
    STATE_FAILED,
    N_STATES
};
const char *state_name(enum point_state state);

enum store_mode { STORE_READ, STORE_COMMAND /* read, and write commands */, STORE_ENGINE };

struct store;

/* Makes a new store at path (ERR_STORE if one is there) with the scan's text and resolved copy, and
 * opens it for the engine. */
struct store *store_create(const char *path, const struct scan *scan, struct err *err);
/* Opens an existing one.  STORE_ENGINE takes the lock (ERR_LOCKED, naming pid and host, when
 * another engine holds it) and runs migrations.  Readers see a store of an older version as if it
 * were one of ours. A file that is no store, damaged, or of a newer version is refused with a clear
 * error, untouched. */
struct store *store_open(const char *path, enum store_mode mode, struct err *err);
void store_close(struct store *store);
/* Brings the write-ahead log into the store, and empties it where no reader is in the midst of it:
 * for the end of a run, as long as others have the store open.  As good as it goes. */
void store_checkpoint(struct store *store);
const char *store_path(const struct store *store);
/* The scan as it is now; parsed from the resolved copy.  The caller frees it. */
struct scan *store_scan(struct store *store, struct err *err);
int store_scan_text(struct store *store, struct buf *as_given, struct buf *resolved,
                    struct err *err);
/* After resume with an edited file that extends or re-evaluates. */
int store_update_scan(struct store *store, const struct scan *scan, struct err *err);
/* A warning to show at the start (network file system: rollback journal), or NULL. */
const char *store_warning(const struct store *store);

/* Key and text in `meta`.  Get: *value is "" when there is none. */
int store_set_meta(struct store *store, const char *key, const char *value, struct err *err);
int store_get_meta(struct store *store, const char *key, struct buf *value, struct err *err);

/* ---- transactions (engine) ------------------------------------------------------------------ */

/* All writes happen between begin and commit.  ERR_FULL when the disk is full: roll back, wait,
 * do it again. */
int store_begin(struct store *store, struct err *err);
int store_commit(struct store *store, struct err *err);
void store_rollback(struct store *store);
bool store_in_transaction(const struct store *store);

/* ---- points --------------------------------------------------------------------------------- */

struct point_new {
    uint64_t id; /* from 1, in the order of proposal; given by the engine */
    uint32_t round;
    enum point_origin origin;
    float predicted;   /* probability of the target when it was proposed; NaN */
    double density;    /* proposal density in the unit cube where known; NaN */
    const double *row; /* the scan's values; only parameters are read */
};
/* Rows of state `running`.  Points are written only between store_begin and store_commit. */
int store_insert_points(struct store *store, size_t n, const struct point_new *points,
                        struct err *err);

struct point_closed {
    uint64_t id;
    enum point_state state;
    struct verdict verdict;
    int worker;
    float seconds;
    double ended;      /* wall clock */
    const double *row; /* all of the scan's values are written; NaN as NULL */
    /* failed points: */
    const char *calculator, *stage, *reason, *words;
};
int store_close_points(struct store *store, size_t n, const struct point_closed *points,
                       struct err *err);
/* Values of a closed point that were not known when it was closed: n of them, by their places in
 * the row.  Its label stays. */
int store_set_values(struct store *store, uint64_t id, size_t n, const size_t *values,
                     const double *numbers, struct err *err);
struct store_step { /* per exec or resident calculator */
    uint64_t id;
    const char *calculator;
    int exit;
    double seconds;
};
/* The steps of a point one after another, in the order of the chain; in one call or several. */
int store_add_steps(struct store *store, size_t n, const struct store_step *steps, struct err *err);
int store_add_file(struct store *store, uint64_t id, const char *calculator, const char *name,
                   const void *data, size_t n, struct err *err);
/* Failed points go back to `running` with their round kept: retry failed. Returns how many in *n.
 */
int store_reopen_failed(struct store *store, const char *reason_or_null, size_t *n,
                        struct err *err);
int store_reopen_point(struct store *store, uint64_t id, struct err *err);

/* Reads blocks of points in order of id.  Only the value columns with wanted[v] are read (NULL:
 * all); the others are NaN. */
struct store_cursor;
struct point_row {
    uint64_t id;
    uint32_t round;
    enum point_origin origin;
    enum point_state state;
    float predicted;
    double density;
    float seconds;
    struct verdict verdict;
    double *row; /* n_values */
};
struct store_query {
    uint64_t from_id; /* 0: from the first */
    int state;        /* enum point_state, or -1: all but none */
    const bool *wanted;
};
struct store_cursor *store_select(struct store *store, const struct store_query *query,
                                  struct err *err);
/* Up to n rows; points[i].row must point to room for n_values.  *n_read 0 at the end. */
int store_fetch(struct store_cursor *cursor, size_t n, struct point_row *points, size_t *n_read,
                struct err *err);
void store_cursor_free(struct store_cursor *cursor);
int store_last_id(struct store *store, uint64_t *id, struct err *err);
/* n points by id, whole rows, in the order of ids.  What is not there gets id 0. */
int store_points(struct store *store, const uint64_t *ids, size_t n, struct point_row *points,
                 struct err *err);
/* Who ran it (-1: nobody yet) and when it ended (wall clock; NaN). */
int store_point_end(struct store *store, uint64_t id, int *worker, double *ended, struct err *err);

struct store_failure {
    uint64_t id;
    char calculator[64], stage[16], reason[16];
    char words[2048];
};
int store_failure(struct store *store, uint64_t id, struct store_failure *failure, bool *found,
                  struct err *err);
/* The newest failed points (by id), newest first: where and why, the first line of their words. */
struct failure_row {
    uint64_t point;
    double ended;
    char *calculator, *reason, *words; /* in the arena */
};
int store_failures(struct store *store, size_t n_max, struct arena *arena,
                   struct failure_row **rows, size_t *n, struct err *err);
/* Times of a calculator's latest steps (that ended well, of the last n_points points), ascending;
 * n_max at most. */
int store_step_times(struct store *store, const char *calculator, size_t n_points, double *seconds,
                     size_t n_max, size_t *n, struct err *err);
/* Each kept file of a point. */
int store_each_file(struct store *store, uint64_t id,
                    int (*visit)(void *context, const char *calculator, const char *name,
                                 const void *data, size_t n, struct err *err),
                    void *context, struct err *err);
int store_each_step(struct store *store, uint64_t id,
                    int (*visit)(void *context, const struct store_step *step), void *context,
                    struct err *err);

/* ---- constraints and relabelling ------------------------------------------------------------ */

/* The terms as judged now, in the order of their bits; table `term`. */
int store_set_terms(struct store *store, const struct judge *judge, struct err *err);
/* Live cuts as stored: arrays live in the arena. */
int store_cuts(struct store *store, struct arena *arena, struct judge_cut **cuts, size_t *n_cuts,
               const char ***without, struct err *err);
struct relabel {
    uint64_t n_points;
    uint64_t n_changed; /* labels that changed */
    uint64_t n_accepted_before, n_accepted_after;
};
/* Judges every closed point (not the failed ones) from its stored values and, unless is_dry, writes
 * what changed, keeps the counts of `round`, and sets the terms; where labels changed the meta key
 * "labels from" is the first point after. */
int store_relabel(struct store *store, struct judge *judge, bool is_dry, struct relabel *result,
                  struct err *err);

/* ---- counts, failures, rounds --------------------------------------------------------------- */

/* Kept per round as points close, so that reading them does not depend on the number of points. */
struct store_counts {
    uint64_t total, running, accepted, rejected, unknown, failed;
    uint64_t evaluations; /* calls of the chain, retries included */
    /* the honest share (origins start and explore); total: of the closed ones */
    uint64_t uniform_total, uniform_accepted, uniform_failed;
    uint32_t n_rounds;
    double chain_seconds;
};
int store_counts(struct store *store, struct store_counts *counts, struct err *err);

struct store_tally {
    char calculator[64], reason[16];
    uint64_t count;
    char example[256]; /* the last one's words: first and last line */
};
/* Largest first; at most n_max. */
int store_tallies(struct store *store, struct store_tally *tallies, size_t n_max, size_t *n,
                  struct err *err);

struct round_row {
    uint32_t round;
    uint64_t first_id;
    uint32_t n_points; /* proposed */
    uint32_t n_closed, n_accepted, n_rejected, n_unknown, n_failed;
    uint32_t n_uniform, n_uniform_accepted, n_uniform_failed;
    uint32_t n_pinned, n_pinned_accepted, n_pinned_failed; /* in boxes of the user's */
    double started, ended;                                 /* wall clock; 0: not yet */
    double train_s, propose_s;                             /* CPU seconds of the learner's thread */
    double wall_s;   /* that passed until its proposal was there; NaN or 0: not known */
    double promised; /* mean predicted probability of the learned share, if it runs; NaN */
    double volume, volume_error; /* estimate after this round; NaN */
    uint32_t after;              /* proposed from all rounds up to this one */
    const char *metrics;         /* JSON object of the learner's figures, or NULL */
    bool is_relaxed; /* by the metrics: proposed, and promised, for the easier target that is
                      * followed while nothing is accepted */
};
/* The counts (n_closed to n_pinned_failed) are the store's own and not taken from here; nor is
 * is_relaxed. */
int store_put_round(struct store *store, const struct round_row *round, struct err *err);
/* The points that the learner chose and whose chain ran to its end: what `promised` is about. */
uint64_t store_round_learned(const struct round_row *round, uint64_t *n_accepted);
/* The row of this number among n in rising order; NULL: there is none. */
const struct round_row *store_round_find(const struct round_row *rounds, size_t n, uint32_t round);
/* Rounds from `from`; metrics live in the arena. */
int store_rounds(struct store *store, uint32_t from, struct arena *arena, struct round_row **rounds,
                 size_t *n, struct err *err);
/* The newest model; *found false: none. */
int store_last_model(struct store *store, uint32_t *round, struct buf *data, bool *found,
                     struct err *err);

/* Blobs: the learner's weights and the survey's state as of a round; older than two rounds are
 * dropped. */
int store_put_model(struct store *store, uint32_t round, const void *data, size_t n,
                    struct err *err);
int store_get_model(struct store *store, uint32_t round, struct buf *data, bool *found,
                    struct err *err);
int store_drop_models(struct store *store, struct err *err); /* all of them */

/* ---- integrations --------------------------------------------------------------------------- */

/* A store is an integration's when its meta says "kind" = "integral".  Further keys: "integral
 * method" (cells, adaptive, ...: what was chosen), "integral measure" (volume, prior), "integral
 * what" (the integrand's text), "integral scale" (a number: the volume of the space where it is the
 * same everywhere, else 1), "integral seconds" (measured cost of a call).
 *
 * Its points: `density` is that of the proposal with respect to the uniform one in the unit cube
 * (NULL: drawn by a search, in no estimate), `predicted` the surrogate's height there when it was
 * drawn, in units of the cells' limits (NULL: nobody was asked).  Where calls are cheap there are
 * no points, only rounds and cells.
 *
 * One row per round of the integration.  A round may come as several rounds of points: `block` is
 * the last of them (struct round_row).  integral, estimate, absolute and their errors, lo and hi
 * have the scale in them. */
struct integral_row {
    uint32_t round, block;
    char stage[16];                  /* uniform, search, adapt, cells, or the method's name */
    double at;                       /* wall clock */
    uint64_t n, n_failed;            /* calls of this round */
    double estimate, estimate_error; /* of this round alone; NaN */
    double integral, error;          /* of all rounds up to it, one sigma; NaN */
    double lo, hi;                   /* 95 %, valid at every moment at once; NaN */
    double absolute, absolute_error;
    bool is_converged;
    unsigned alarms;                  /* enum strata_alarm */
    char *why;                        /* in the arena; "" */
    uint64_t n_calls, n_calls_failed; /* of all rounds up to it */
    double failed_volume, failed_error;
    double largest_share, chi2;
    uint64_t n_chi2, n_uniform, n_peaks, n_classes;
    double unseen_volume, unseen_above, purity, surrogate;
};

/* A class of the height as known after a round: table `cell`, key (round, class).  Limits and means
 * are in units of the integrand (with the volume element in it where that differs from place to
 * place), volumes are shares of the cube, part = scale * volume * mean. */
struct cell_row {
    uint32_t round;
    int cell;      /* from 0, by height */
    double lo, hi; /* -inf and inf at the ends */
    double volume, volume_error, mean, mean_error, part, part_error;
    double budget; /* share of the integral's variance */
    uint64_t n, n_next;
    double right, below, above; /* shares of the volume; NaN */
    double most;                /* largest |F| seen in it */
};

/* The row of this round, in place of an older one. */
int store_put_integral(struct store *store, const struct integral_row *row, struct err *err);
/* Rounds from `from`, oldest first. */
int store_integrals(struct store *store, uint32_t from, struct arena *arena,
                    struct integral_row **rows, size_t *n, struct err *err);
/* The latest; *found false: none.  `why` lives in the arena. */
int store_last_integral(struct store *store, struct arena *arena, struct integral_row *row,
                        bool *found, struct err *err);
/* All classes of one round, in place of what was there for it. */
int store_put_cells(struct store *store, uint32_t round, const struct cell_row *cells, size_t n,
                    struct err *err);
/* Takes all rounds, classes and states of an integration away: it begins anew. */
int store_drop_integral(struct store *store, struct err *err);
/* The classes of a round; UINT32_MAX: of the latest that has any. */
int store_cells(struct store *store, uint32_t round, struct arena *arena, struct cell_row **cells,
                size_t *n, struct err *err);

/* ---- commands, engine, workers, log --------------------------------------------------------- */

struct command_row {
    int64_t id;
    double at;
    char *text;   /* in the arena */
    char *answer; /* NULL: not yet */
    bool is_ok;
    uint32_t round; /* that comes next, when it was answered */
    char *undo;     /* the commands that take it back, one per line; NULL: it cannot be */
    int64_t undone; /* the command that did, 0: none */
};
/* Adds a command (any process); *id for waiting on its answer. */
int store_add_command(struct store *store, const char *text, int64_t *id, struct err *err);
/* The oldest unanswered ones. */
int store_open_commands(struct store *store, struct arena *arena, struct command_row **rows,
                        size_t *n, struct err *err);
int store_answer_command(struct store *store, int64_t id, bool is_ok, const char *answer,
                         uint32_t round, struct err *err);
/* With the answer: how it is taken back (NULL: not), and which command this one took back (0). */
int store_set_undo(struct store *store, int64_t id, const char *undo, int64_t undoes,
                   struct err *err);
int store_command(struct store *store, int64_t id, struct arena *arena, struct command_row *row,
                  struct err *err);
/* All, oldest first: the journal. */
int store_journal(struct store *store, struct arena *arena, struct command_row **rows, size_t *n,
                  struct err *err);
/* Cheap question before the others: did another connection change the file since the last call? */
bool store_changed(struct store *store);
/* For readers: what is read between these is of one moment. */
int store_begin_reading(struct store *store, struct err *err);
void store_end_reading(struct store *store);
/* Number of the scan's text, which grows when it is edited; the columns that it has now are known
 * from then on. */
int store_scan_number(struct store *store, int64_t *number, struct err *err);
/* A consistent copy at path, which must not exist; the store may be in use. */
int store_snapshot(struct store *store, const char *path, struct err *err);

struct engine_row {
    int64_t pid;
    char host[128];
    char state[16];       /* starting, running, paused, draining, full, stopped, done, failed */
    char words[256];      /* why */
    double started, beat; /* wall clock */
    double active_s;      /* running time of all engines of this scan so far */
    bool is_alive;        /* computed: beat is fresh, or the process exists on this host */
};
int store_beat(struct store *store, const struct engine_row *engine, struct err *err);
int store_engine(struct store *store, struct engine_row *engine, struct err *err);

struct worker_row {
    int worker;
    int64_t pid;
    uint64_t point; /* that runs now, 0: idle */
    double since;
    uint64_t n_done;
    double busy_s;
    char calculator[64];     /* that runs now; "" where it is not known */
    double calculator_since; /* wall clock; 0 where it is not known */
};
int store_put_workers(struct store *store, const struct worker_row *workers, size_t n,
                      struct err *err);
int store_workers(struct store *store, struct worker_row *workers, size_t n_max, size_t *n,
                  struct err *err);

enum log_level { LOG_NOTE, LOG_WARNING, LOG_ERROR };
int store_log(struct store *store, enum log_level level, const char *text, struct err *err);
struct log_row {
    int64_t id;
    double at;
    enum log_level level;
    char *text;
};
int store_logs(struct store *store, int64_t after_id, size_t n_max, struct arena *arena,
               struct log_row **rows, size_t *n, struct err *err);

#endif
