/* private.h: what the files of src/store share.
 *
 * Invariants.
 * - A connection belongs to one thread (SQLITE_OPEN_NOMUTEX).
 * - Points are written only between store_begin and store_commit.  What they change in the counts
 *   is collected in `deltas` and `tallies` and added to the tables before the commit, in the same
 *   transaction; a rollback forgets it.
 * - A statement that was started is reset before the function that started it returns (only a
 *   store_cursor lives longer, with a statement of its own): else no transaction could end. */
#ifndef STORE_PRIVATE_H
#define STORE_PRIVATE_H

#include "theodolite/store.h"

#include <sqlite3.h>

enum {
    STORE_APPLICATION_ID = 0x54684F64, /* "ThOd" */
    STORE_PAGE_SIZE = 16384,
    STORE_WAL_PAGES = 2048, /* of 16 kB: the log is written back at 32 MB */
    STORE_BUSY_MS = 10000,
    CHECKPOINT_MS = 1000, /* patience with readers at the end of a run */
    STORE_WORDS_MAX = 2047,
    N_RUNNING = 1 << 16
};

/* The codes in point.state; see db/schema.sql why they begin at 2. */
enum { DB_STATE_FIRST = 2 };
static const uint64_t DB_FAILS_ALWAYS = (uint64_t)1 << 62;

/* ---- statements ----------------------------------------------------------------------------- */

#define SQL_LIST(X)                                                                                \
    X(SQL_BEGIN, "BEGIN IMMEDIATE")                                                                \
    X(SQL_COMMIT, "COMMIT")                                                                        \
    X(SQL_ROLLBACK, "ROLLBACK")                                                                    \
    X(SQL_DATA_VERSION, "PRAGMA data_version")                                                     \
    X(SQL_SET_META, "INSERT INTO meta (key, value) VALUES (?1, ?2)"                                \
                    " ON CONFLICT (key) DO UPDATE SET value = excluded.value")                     \
    X(SQL_GET_META, "SELECT value FROM meta WHERE key = ?1")                                       \
    X(SQL_ADD_SCAN, "INSERT INTO scan (at, name, path, folder, seed, text, resolved)"              \
                    " VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)")                                        \
    X(SQL_GET_SCAN, "SELECT path, folder, text, resolved FROM scan ORDER BY id DESC LIMIT 1")      \
    X(SQL_ADD_FAILURE, "INSERT OR REPLACE INTO failure (point, calculator, stage, reason, words)"  \
                       " VALUES (?1, ?2, ?3, ?4, ?5)")                                             \
    X(SQL_GET_FAILURE, "SELECT calculator, stage, reason, words FROM failure WHERE point = ?1")    \
    X(SQL_DROP_FAILURE, "DELETE FROM failure WHERE point = ?1")                                    \
    X(SQL_FAILED, "SELECT point FROM failure WHERE ?1 IS NULL OR reason = ?1 ORDER BY point")      \
    X(SQL_ADD_STEP, "INSERT OR REPLACE INTO step (point, place, calculator, exit, seconds)"        \
                    " VALUES (?1, ?2, ?3, ?4, ?5)")                                                \
    X(SQL_GET_STEPS, "SELECT calculator, exit, seconds FROM step WHERE point = ?1 ORDER BY place") \
    X(SQL_DROP_STEPS, "DELETE FROM step WHERE point = ?1")                                         \
    X(SQL_ADD_FILE, "INSERT INTO file (point, calculator, name, data) VALUES (?1, ?2, ?3, ?4)")    \
    X(SQL_GET_FILES, "SELECT calculator, name, data FROM file WHERE point = ?1 ORDER BY id")       \
    X(SQL_DROP_FILES, "DELETE FROM file WHERE point = ?1")                                         \
    X(SQL_POINT_STATE, "SELECT round, origin, state, predicted, density FROM point"                \
                       " WHERE id = ?1")                                                           \
    X(SQL_LABEL_POINT, "UPDATE point SET state = ?2, fails = ?3, unknown = ?4, chi2 = ?5"          \
                       " WHERE id = ?1")                                                           \
    X(SQL_LAST_ID, "SELECT max(id) FROM point")                                                    \
    X(SQL_ADD_DELTA,                                                                               \
      "INSERT INTO round (round, n_running, n_accepted, n_rejected, n_unknown, n_failed,"          \
      " u_running, u_accepted, u_rejected, u_unknown, u_failed, evaluations, chain_s,"             \
      " p_closed, p_accepted, p_failed)"                                                           \
      " VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16)"            \
      " ON CONFLICT (round) DO UPDATE SET"                                                         \
      " n_running = n_running + excluded.n_running,"                                               \
      " n_accepted = n_accepted + excluded.n_accepted,"                                            \
      " n_rejected = n_rejected + excluded.n_rejected,"                                            \
      " n_unknown = n_unknown + excluded.n_unknown,"                                               \
      " n_failed = n_failed + excluded.n_failed,"                                                  \
      " u_running = u_running + excluded.u_running,"                                               \
      " u_accepted = u_accepted + excluded.u_accepted,"                                            \
      " u_rejected = u_rejected + excluded.u_rejected,"                                            \
      " u_unknown = u_unknown + excluded.u_unknown,"                                               \
      " u_failed = u_failed + excluded.u_failed,"                                                  \
      " p_closed = p_closed + excluded.p_closed,"                                                  \
      " p_accepted = p_accepted + excluded.p_accepted,"                                            \
      " p_failed = p_failed + excluded.p_failed,"                                                  \
      " evaluations = evaluations + excluded.evaluations,"                                         \
      " chain_s = chain_s + excluded.chain_s")                                                     \
    X(SQL_ADD_TALLY, "INSERT INTO tally (calculator, reason, count, example)"                      \
                     " VALUES (?1, ?2, ?3, ?4) ON CONFLICT (calculator, reason) DO UPDATE SET"     \
                     " count = count + excluded.count,"                                            \
                     " example = CASE WHEN excluded.example = '' THEN example"                     \
                     " ELSE excluded.example END")                                                 \
    X(SQL_DROP_TALLIES, "DELETE FROM tally WHERE count <= 0")                                      \
    X(SQL_GET_TALLIES, "SELECT calculator, reason, count, example FROM tally"                      \
                       " ORDER BY count DESC, calculator, reason LIMIT ?1")                        \
    X(SQL_GET_COUNTS,                                                                              \
      "SELECT sum(n_running), sum(n_accepted), sum(n_rejected), sum(n_unknown), sum(n_failed),"    \
      " sum(u_accepted), sum(u_rejected), sum(u_unknown), sum(u_failed), sum(evaluations),"        \
      " count(*), sum(chain_s) FROM round")                                                        \
    X(SQL_PUT_ROUND,                                                                               \
      "INSERT INTO round (round, first_id, n_points, started, ended, train_s, propose_s, "         \
      "promised,"                                                                                  \
      " volume, volume_error, after, metrics, wall_s)"                                             \
      " VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13)"                           \
      " ON CONFLICT (round) DO UPDATE SET first_id = excluded.first_id,"                           \
      " n_points = excluded.n_points, started = excluded.started, ended = excluded.ended,"         \
      " train_s = excluded.train_s, propose_s = excluded.propose_s,"                               \
      " promised = excluded.promised, volume = excluded.volume,"                                   \
      " volume_error = excluded.volume_error, after = excluded.after,"                             \
      " metrics = excluded.metrics, wall_s = excluded.wall_s")                                     \
    X(SQL_GET_ROUNDS, SQL_ROUND_COLUMNS " WHERE round >= ?1 ORDER BY round")                       \
    X(SQL_PUT_MODEL, "INSERT OR REPLACE INTO model (round, at, data) VALUES (?1, ?2, ?3)")         \
    X(SQL_DROP_MODELS, "DELETE FROM model WHERE round + 2 < ?1")                                   \
    X(SQL_GET_MODEL, "SELECT data FROM model WHERE round = ?1")                                    \
    X(SQL_PUT_TERM, "INSERT INTO term (name, is_cut, bit, text, has_pull, taken_out)"              \
                    " VALUES (?1, ?2, ?3, ?4, ?5, 0) ON CONFLICT (name, is_cut) DO UPDATE SET"     \
                    " bit = excluded.bit, text = excluded.text, has_pull = excluded.has_pull,"     \
                    " taken_out = 0")                                                              \
    X(SQL_UNBIT_TERMS, "UPDATE term SET bit = NULL")                                               \
    X(SQL_DROP_CUTS, "DELETE FROM term WHERE is_cut AND bit IS NULL")                              \
    X(SQL_OUT_TERMS, "UPDATE term SET taken_out = 1 WHERE bit IS NULL AND NOT is_cut")             \
    X(SQL_GET_TERMS, "SELECT name, is_cut, bit, text, has_pull, taken_out FROM term"               \
                     " ORDER BY bit IS NULL, bit, name")                                           \
    X(SQL_ADD_COMMAND, "INSERT INTO main.command (at, text) VALUES (?1, ?2)")                      \
    X(SQL_ANSWER, "UPDATE command SET answer = ?2, ok = ?3, round = ?4, answered = ?5"             \
                  " WHERE id = ?1")                                                                \
    X(SQL_SET_UNDO, "UPDATE command SET undo = ?2 WHERE id = ?1")                                  \
    X(SQL_SET_UNDONE, "UPDATE command SET undone = ?2 WHERE id = ?1")                              \
    X(SQL_OPEN_COMMANDS, SQL_COMMAND_COLUMNS " WHERE answer IS NULL ORDER BY id")                  \
    X(SQL_COMMAND, SQL_COMMAND_COLUMNS " WHERE id = ?1")                                           \
    X(SQL_JOURNAL, SQL_COMMAND_COLUMNS " ORDER BY id")                                             \
    X(SQL_BEAT, "INSERT OR REPLACE INTO engine (id, pid, host, state, words, started, beat,"       \
                " active_s) VALUES (1, ?1, ?2, ?3, ?4, ?5, ?6, ?7)")                               \
    X(SQL_ENGINE, "SELECT pid, host, state, words, started, beat, active_s FROM engine")           \
    X(SQL_PUT_WORKER, "INSERT OR REPLACE INTO worker (worker, pid, point, since, n_done, busy_s,"  \
                      " calculator, calculator_since) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)")    \
    X(SQL_DROP_WORKERS, "DELETE FROM worker WHERE worker >= ?1")                                   \
    X(SQL_WORKERS, "SELECT worker, pid, point, since, n_done, busy_s, calculator,"                 \
                   " calculator_since FROM worker ORDER BY worker")                                \
    X(SQL_POINT_END, "SELECT worker, ended FROM point WHERE id = ?1")                              \
    X(SQL_FAILURES,                                                                                \
      "SELECT f.point, p.ended, f.calculator, f.reason, substr(f.words, 1, 240) FROM failure f"    \
      " JOIN point p ON p.id = f.point ORDER BY f.point DESC LIMIT ?1")                            \
    X(SQL_STEP_TIMES, "SELECT seconds FROM step WHERE calculator = ?1 AND seconds IS NOT NULL"     \
                      " AND exit >= 0 AND point > (SELECT max(point) FROM step) - ?2"              \
                      " ORDER BY point DESC LIMIT ?3")                                             \
    X(SQL_LAST_MODEL, "SELECT round, data FROM model ORDER BY round DESC LIMIT 1")                 \
    X(SQL_SCAN_NUMBER, "SELECT max(id) FROM scan")                                                 \
    X(SQL_PUT_INTEGRAL, "INSERT OR REPLACE INTO integral (" SQL_INTEGRAL_COLUMNS                   \
                        ") VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14,"   \
                        " ?15, ?16, ?17, ?18, ?19, ?20, ?21, ?22, ?23, ?24, ?25, ?26, ?27, ?28,"   \
                        " ?29, ?30, ?31)")                                                         \
    X(SQL_GET_INTEGRALS,                                                                           \
      "SELECT " SQL_INTEGRAL_COLUMNS " FROM integral WHERE round >= ?1 ORDER BY round")            \
    X(SQL_LAST_INTEGRAL,                                                                           \
      "SELECT " SQL_INTEGRAL_COLUMNS " FROM integral ORDER BY round DESC LIMIT 1")                 \
    X(SQL_DROP_CELLS, "DELETE FROM cell WHERE round = ?1")                                         \
    X(SQL_PUT_CELL, "INSERT INTO cell (" SQL_CELL_COLUMNS ") VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7,"  \
                    " ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16, ?17)")                            \
    X(SQL_GET_CELLS, "SELECT " SQL_CELL_COLUMNS " FROM cell WHERE round ="                         \
                     " CASE WHEN ?1 < 0 THEN (SELECT max(round) FROM cell) ELSE ?1 END"            \
                     " ORDER BY cell")                                                             \
    X(SQL_ADD_LOG, "INSERT INTO log (at, level, text) VALUES (?1, ?2, ?3)")                        \
    X(SQL_LOGS, "SELECT id, at, level, text FROM"                                                  \
                " (SELECT * FROM log WHERE id > ?1 ORDER BY id DESC LIMIT ?2) ORDER BY id")

#define SQL_ROUND_COLUMNS                                                                          \
    "SELECT round, first_id, n_points, n_accepted, n_rejected, n_unknown, n_failed,"               \
    " u_accepted + u_rejected + u_unknown + u_failed, u_accepted, started, ended, train_s,"        \
    " propose_s, promised, volume, volume_error, after, metrics, u_failed, p_closed,"              \
    " p_accepted, p_failed, wall_s FROM round"

#define SQL_INTEGRAL_COLUMNS                                                                       \
    "round, block, stage, at, n, n_failed, estimate, estimate_error, integral, error, lo, hi,"     \
    " absolute, absolute_error, is_converged, alarms, why, n_calls, n_calls_failed,"               \
    " failed_volume, failed_error, largest_share, chi2, n_chi2, n_uniform, n_peaks, n_classes,"    \
    " unseen_volume, unseen_above, purity, surrogate"

#define SQL_CELL_COLUMNS                                                                           \
    "round, cell, lo, hi, volume, volume_error, mean, mean_error, part, part_error, budget, n,"    \
    " n_next, share_right, share_below, share_above, most"

#define SQL_COMMAND_COLUMNS "SELECT id, at, text, answer, ok, round, undo, undone FROM command"

enum sql_id {
#define SQL_ENUM(id, text) id,
    SQL_LIST(SQL_ENUM)
#undef SQL_ENUM
    /* made from the scan's columns: */
    SQL_INSERT_POINT, /* id, round, origin, predicted, density, parameters */
    SQL_CLOSE_POINT,  /* a whole row in place of the running one: id, round ... density, verdict and
                         times, all values */
    SQL_REOPEN_POINT, /* id: running again, without its observables */
    N_SQL
};

/* ---- the store ------------------------------------------------------------------------------ */

struct value_column {
    const char *name, *column; /* column: without the "v_" */
    bool is_parameter;
};

/* What one transaction changes in one row of `round`. */
struct round_delta {
    uint32_t round;
    int64_t n[N_STATES], uniform[N_STATES];
    int64_t pinned, pinned_accepted, pinned_failed; /* of those closed */
    int64_t evaluations;
    double seconds;
};

/* What closing a point has to know of it. */
struct running_point {
    uint64_t id; /* 0: none */
    uint32_t round;
    int origin;
    double predicted, density;
};

struct tally_delta {
    char calculator[64], reason[16], example[256];
    int64_t count;
};

struct store {
    sqlite3 *db;
    enum store_mode mode;
    char *path;
    char warning[512];
    bool is_network, is_immutable;
    bool in_transaction;
    bool columns_moved; /* in this transaction: to be read again after a rollback */
    int lock_fd;        /* -1: none */
    sqlite3_stmt *statements[N_SQL];
    struct arena *names; /* owns columns and their texts */
    struct value_column *columns;
    size_t n_values;
    struct round_delta *deltas;
    size_t n_deltas, cap_deltas, last_delta;
    struct tally_delta *tallies;
    size_t n_tallies, cap_tallies;
    struct running_point *running; /* N_RUNNING, at id % N_RUNNING: inserted here, still running */
    uint64_t step_point;           /* of the last step that was added, and its place */
    int64_t step_place;
    int64_t data_version;
    int64_t scan_number;      /* of the columns; 0: not asked yet */
    struct store_cursor *one; /* reads one point by id, kept; NULL: not yet */
};

/* sql.c.  The words of an error from SQLite, by its code: -1. */
int sql_error(struct store *store, int code, const char *what, struct err *err);
/* What is wrong with the store, and what can be done.  Returns -1. */
int sql_damaged(const struct store *store, struct err *err, const char *format, ...)
    __attribute__((format(printf, 3, 4)));
int sql_exec(struct store *store, const char *text, struct err *err);
/* The prepared statement, reset; NULL with err set. */
sqlite3_stmt *sql_start(struct store *store, enum sql_id id, struct err *err);
/* Runs a statement that gives no rows, and resets it. */
int sql_done(struct store *store, sqlite3_stmt *statement, struct err *err);
/* 1 a row, 0 the end (reset), -1 an error (reset). */
int sql_row(struct store *store, sqlite3_stmt *statement, struct err *err);
void sql_forget(struct store *store, enum sql_id id);                 /* after the schema changed */
void sql_bind_text(sqlite3_stmt *statement, int i, const char *text); /* borrowed until the reset */
/* "" for NULL */
const char *sql_text(sqlite3_stmt *statement, int i);
char *sql_text_dup(sqlite3_stmt *statement, int i, struct arena *arena, struct err *err);
/* NaN for NULL */
double sql_double(sqlite3_stmt *statement, int i);
/* One number of a PRAGMA or SELECT. */
int sql_number(struct store *store, const char *text, int64_t *value, struct err *err);

/* columns.c: the scan's values as columns, and the views over them. */
int columns_load(struct store *store, struct err *err);
int columns_update(struct store *store, const struct scan *scan, struct err *err);
int columns_make_views(struct store *store, struct err *err);
sqlite3_stmt *columns_prepare(struct store *store, enum sql_id id, struct err *err);
/* Appends a name quoted for SQL: "v_mh". */
int columns_quote(struct buf *buf, const char *prefix, const char *name, struct err *err);

/* migrate.c */
struct migration {
    int from, to;
    const char *sql;
};
/* Runs the migrations that lead from the store's version to `target`, each in a transaction. */
int store_migrate(struct store *store, const struct migration *list, size_t n, int target,
                  struct err *err);

/* connect.c */
struct store *connect_blank(const char *path, enum store_mode mode, struct err *err);
int connect_open(struct store *store, int flags, struct err *err);
void connect_settings(struct store *store);

/* lock.c: one engine per store.  Takes the lock of the store at path: *fd, or -1 where the file
 * system has no locks (network: the heartbeat must do). */
int lock_take(const char *path, int *fd, struct err *err);
void lock_release(const char *path, int fd);
/* Does somebody hold it?  1, 0, or -1 when that cannot be told. */
int lock_is_held(const char *path);

/* counts.c.  A point of this round and origin goes from one state to another; N_STATES stands for
 * not being there. */
int counts_move(struct store *store, uint32_t round, int origin, int from, int to, double seconds,
                struct err *err);
int counts_fail(struct store *store, const char *calculator, const char *reason, const char *words,
                int64_t n, struct err *err);
int counts_flush(struct store *store, struct err *err);
void counts_forget(struct store *store);

/* journal.c: room for one more in a list of n that lives in the arena, NULL: none; *cap grows. */
void *arena_grow(struct arena *arena, void *list, size_t n, size_t *cap, size_t size);
/* Fills in pid, host, state `starting` and times; keeps active_s. */
void engine_row_is_me(struct engine_row *row);

/* read.c: a cursor over the points of one id at a time. */
struct store_cursor *cursor_of_one(struct store *store, struct err *err);
/* Sets it on an id and reads it: 1, 0 not there, -1. */
int cursor_read_one(struct store_cursor *cursor, uint64_t id, struct point_row *point,
                    struct err *err);

/* words.c: at most the last STORE_WORDS_MAX bytes, valid UTF-8 without control characters; into
 * out. */
void text_clean_words(char out[STORE_WORDS_MAX + 1], const char *words);
/* One line of them: the first and the last, where an error message mostly stands. */
void words_example(char *out, size_t size, const char *words);

#endif
