/* points.c: a point's life in the store: running, closed, reopened; its steps and files.
 *
 * A row is inserted `running` with its parameters, and replaced once by the whole row (an UPDATE
 * would decode the old row first, which costs twice as much); points of calculators that evaluate
 * blocks are inserted closed.  What failed has a row in `failure` besides.  All of this happens
 * within a transaction. */
#include "private.h"

#include <assert.h>
#include <stdio.h>
#include <string.h>

static const char *const origins[] = {"start", "explore", "learned", "local",
                                      "list",  "inject",  "pin"};
static const char *const states[] = {"running", "accepted", "rejected", "unknown", "failed"};

const char *origin_name(enum point_origin origin)
{
    return (size_t)origin < N_ORIGINS ? origins[origin] : "?";
}

const char *state_name(enum point_state state)
{
    return (size_t)state < N_STATES ? states[state] : "?";
}

/* ---- inserting and closing ------------------------------------------------------------------ */

static struct running_point running_of(const struct point_new *point)
{
    return (struct running_point){.id = point->id,
                                  .round = point->round,
                                  .origin = (int)point->origin,
                                  .predicted = (double)point->predicted,
                                  .density = point->density};
}

static int insert_point(struct store *store, sqlite3_stmt *insert, const struct point_new *point,
                        struct err *err)
{
    int mark = 6;
    size_t v;

    sqlite3_bind_int64(insert, 1, (int64_t)point->id);
    sqlite3_bind_int64(insert, 2, point->round);
    sqlite3_bind_int(insert, 3, (int)point->origin);
    sqlite3_bind_double(insert, 4, (double)point->predicted);
    sqlite3_bind_double(insert, 5, point->density);
    for (v = 0; v < store->n_values; v++)
        if (store->columns[v].is_parameter)
            sqlite3_bind_double(insert, mark++, point->row[v]);
    if (sql_done(store, insert, err) != 0)
        return -1;
    store->running[point->id % N_RUNNING] = running_of(point);
    return counts_move(store, point->round, (int)point->origin, N_STATES, STATE_RUNNING, 0, err);
}

int store_insert_points(struct store *store, size_t n, const struct point_new *points,
                        struct err *err)
{
    sqlite3_stmt *insert = sql_start(store, SQL_INSERT_POINT, err);
    size_t i;

    assert(store->in_transaction);
    if (!store->running)
        store->running = mem_array(N_RUNNING, sizeof *store->running);
    if (!store->running)
        return mem_error(err);
    for (i = 0; insert && i < n; i++)
        if (insert_point(store, insert, &points[i], err) != 0)
            return err_while(err, "storing point %llu", (unsigned long long)points[i].id);
    return insert ? 0 : -1;
}

static int add_failure(struct store *store, const struct point_closed *point, struct err *err)
{
    sqlite3_stmt *add = sql_start(store, SQL_ADD_FAILURE, err);
    const char *calculator = point->calculator ? point->calculator : "";
    const char *reason = point->reason ? point->reason : "";
    char words[STORE_WORDS_MAX + 1];

    if (!add)
        return -1;
    text_clean_words(words, point->words ? point->words : "");
    sqlite3_bind_int64(add, 1, (int64_t)point->id);
    sql_bind_text(add, 2, calculator);
    sql_bind_text(add, 3, point->stage ? point->stage : "");
    sql_bind_text(add, 4, reason);
    sql_bind_text(add, 5, words);
    if (sql_done(store, add, err) != 0)
        return -1;
    return counts_fail(store, calculator, reason, words, 1, err);
}

/* Binds state, verdict and times from mark on, then all values. */
static void bind_closed(const struct store *store, sqlite3_stmt *statement, int mark,
                        const struct point_closed *point)
{
    size_t v;

    sqlite3_bind_int(statement, mark, (int)point->state + DB_STATE_FIRST);
    sqlite3_bind_int64(statement, mark + 1, (int64_t)(point->verdict.fails | DB_FAILS_ALWAYS));
    sqlite3_bind_int64(statement, mark + 2, (int64_t)point->verdict.unknown);
    sqlite3_bind_double(statement, mark + 3, point->verdict.chi2);
    sqlite3_bind_int(statement, mark + 4, point->worker);
    sqlite3_bind_double(statement, mark + 5, (double)point->seconds);
    sqlite3_bind_double(statement, mark + 6, point->ended);
    for (v = 0; v < store->n_values; v++)
        sqlite3_bind_double(statement, mark + 7 + (int)v, point->row[v]);
}

static int point_state_of(struct store *store, uint64_t id, struct running_point *point, int *state,
                          struct err *err)
{
    sqlite3_stmt *ask = sql_start(store, SQL_POINT_STATE, err);
    int more;

    if (!ask)
        return -1;
    sqlite3_bind_int64(ask, 1, (int64_t)id);
    more = sql_row(store, ask, err);
    if (more < 0)
        return -1;
    if (more == 0)
        return err_set(err, ERR_STORE, "there is no point %llu", (unsigned long long)id);
    *point = (struct running_point){.id = id,
                                    .round = (uint32_t)sqlite3_column_int64(ask, 0),
                                    .origin = sqlite3_column_int(ask, 1),
                                    .predicted = sql_double(ask, 3),
                                    .density = sql_double(ask, 4)};
    *state = sqlite3_column_int(ask, 2) - DB_STATE_FIRST;
    sqlite3_reset(ask);
    if (*state < 0 || *state >= N_STATES)
        return sql_damaged(store, err, "the store '%s' is damaged: point %llu has no state",
                           store->path, (unsigned long long)id);
    return 0;
}

/* What is known of a point that runs: remembered from its insertion, or else asked for. */
static int find_running(struct store *store, uint64_t id, struct running_point *point,
                        struct err *err)
{
    int state;

    if (store->running && store->running[id % N_RUNNING].id == id) {
        *point = store->running[id % N_RUNNING];
        return 0;
    }
    if (point_state_of(store, id, point, &state, err) != 0)
        return -1;
    if (state == STATE_RUNNING)
        return 0;
    return err_set(err, ERR_STORE, "point %llu is closed already", (unsigned long long)id);
}

static void forget_running(struct store *store, uint64_t id)
{
    if (store->running && store->running[id % N_RUNNING].id == id)
        store->running[id % N_RUNNING].id = 0;
}

/* One row with everything, in the place of the running one. */
static int write_closed(struct store *store, sqlite3_stmt *write, const struct running_point *point,
                        const struct point_closed *closed, struct err *err)
{
    assert(closed->state != STATE_RUNNING);
    sqlite3_bind_int64(write, 1, (int64_t)point->id);
    sqlite3_bind_int64(write, 2, point->round);
    sqlite3_bind_int(write, 3, point->origin);
    sqlite3_bind_double(write, 4, point->predicted);
    sqlite3_bind_double(write, 5, point->density);
    bind_closed(store, write, 6, closed);
    if (sql_done(store, write, err) != 0 ||
        counts_move(store, point->round, point->origin, STATE_RUNNING, (int)closed->state,
                    (double)closed->seconds, err) != 0)
        return -1;
    return closed->state == STATE_FAILED ? add_failure(store, closed, err) : 0;
}

int store_close_points(struct store *store, size_t n, const struct point_closed *points,
                       struct err *err)
{
    sqlite3_stmt *close = sql_start(store, SQL_CLOSE_POINT, err);
    struct running_point point;
    size_t i;

    assert(store->in_transaction);
    for (i = 0; close && i < n; i++) {
        if (find_running(store, points[i].id, &point, err) != 0 ||
            write_closed(store, close, &point, &points[i], err) != 0)
            return err_while(err, "closing point %llu", (unsigned long long)points[i].id);
        forget_running(store, points[i].id);
    }
    return close ? 0 : -1;
}

/* ---- steps and files ------------------------------------------------------------------------ */

int store_add_steps(struct store *store, size_t n, const struct store_step *steps, struct err *err)
{
    sqlite3_stmt *add = sql_start(store, SQL_ADD_STEP, err);
    size_t i;

    assert(store->in_transaction);
    for (i = 0; add && i < n; i++) {
        store->step_place = steps[i].id == store->step_point ? store->step_place + 1 : 0;
        store->step_point = steps[i].id;
        sqlite3_bind_int64(add, 1, (int64_t)steps[i].id);
        sqlite3_bind_int64(add, 2, store->step_place);
        sql_bind_text(add, 3, steps[i].calculator);
        sqlite3_bind_int(add, 4, steps[i].exit);
        sqlite3_bind_double(add, 5, steps[i].seconds);
        if (sql_done(store, add, err) != 0)
            return -1;
    }
    return add ? 0 : -1;
}

int store_add_file(struct store *store, uint64_t id, const char *calculator, const char *name,
                   const void *data, size_t n, struct err *err)
{
    sqlite3_stmt *add = sql_start(store, SQL_ADD_FILE, err);
    int rc;

    if (!add)
        return -1;
    sqlite3_bind_int64(add, 1, (int64_t)id);
    sql_bind_text(add, 2, calculator);
    sql_bind_text(add, 3, name);
    if (sqlite3_bind_blob64(add, 4, n > 0 ? data : "", n, SQLITE_STATIC) != SQLITE_OK) {
        err_set(err, ERR_LIMIT, "a kept file of %zu bytes is too large for the store", n);
        return err_while(err, "keeping '%s' of point %llu", name, (unsigned long long)id);
    }
    rc = sql_done(store, add, err);
    sqlite3_bind_null(add, 4);
    return rc;
}

/* ---- running again -------------------------------------------------------------------------- */

static int drop_rows(struct store *store, enum sql_id statement, uint64_t id, struct err *err)
{
    sqlite3_stmt *drop = sql_start(store, statement, err);

    if (!drop)
        return -1;
    sqlite3_bind_int64(drop, 1, (int64_t)id);
    return sql_done(store, drop, err);
}

int store_reopen_point(struct store *store, uint64_t id, struct err *err)
{
    struct store_failure failure;
    struct running_point point;
    bool found;
    int state;

    assert(store->in_transaction);
    if (point_state_of(store, id, &point, &state, err) != 0)
        return -1;
    if (state == STATE_RUNNING)
        return 0;
    if (store_failure(store, id, &failure, &found, err) != 0)
        return -1;
    if (found && counts_fail(store, failure.calculator, failure.reason, NULL, -1, err) != 0)
        return -1;
    if (store->step_point == id)
        store->step_point = 0;
    if (drop_rows(store, SQL_REOPEN_POINT, id, err) != 0 ||
        drop_rows(store, SQL_DROP_FAILURE, id, err) != 0 ||
        drop_rows(store, SQL_DROP_STEPS, id, err) != 0 ||
        drop_rows(store, SQL_DROP_FILES, id, err) != 0)
        return -1;
    return counts_move(store, point.round, point.origin, state, STATE_RUNNING, 0, err);
}

/* The ids first: the table changes while it is worked through. */
static int failed_ids(struct store *store, const char *reason, uint64_t **ids, size_t *n,
                      struct err *err)
{
    sqlite3_stmt *ask = sql_start(store, SQL_FAILED, err);
    uint64_t *longer;
    size_t cap = 0;
    int more;

    if (!ask)
        return -1;
    sql_bind_text(ask, 1, reason);
    while ((more = sql_row(store, ask, err)) == 1) {
        if (*n == cap) {
            longer = mem_resize(*ids, cap, cap + cap / 2 + 256, sizeof **ids);
            if (!longer) {
                sqlite3_reset(ask);
                return mem_error(err);
            }
            *ids = longer;
            cap = cap + cap / 2 + 256;
        }
        (*ids)[(*n)++] = (uint64_t)sqlite3_column_int64(ask, 0);
    }
    return more;
}

int store_reopen_failed(struct store *store, const char *reason_or_null, size_t *n, struct err *err)
{
    uint64_t *ids = NULL;
    size_t i, n_ids = 0;
    int rc = -1;

    *n = 0;
    TRY(failed_ids(store, reason_or_null, &ids, &n_ids, err));
    for (i = 0; i < n_ids; i++)
        TRY(store_reopen_point(store, ids[i], err));
    *n = n_ids;
    rc = 0;
out:
    mem_free(ids);
    return rc;
}
