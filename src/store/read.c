/* read.c: points read back in blocks, and what belongs to one point.
 *
 * A cursor has a statement of its own that holds a read transaction until it is freed or at its
 * end: read on, then free it, for the write-ahead log cannot be emptied meanwhile. */
#include "private.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

struct store_cursor {
    struct store *store;
    sqlite3_stmt *statement;
    size_t *places; /* of the value columns that are read */
    size_t n_places;
    bool is_done;
    bool is_one; /* by id, one at a time */
};

enum { FIRST_VALUE = 10, SELECT_TEXT_MAX = 1 << 20 };

static int select_text(struct store_cursor *cursor, const struct store_query *query,
                       struct buf *text, struct err *err)
{
    struct store *store = cursor->store;
    size_t v;

    if (buf_puts(text,
                 "SELECT id, round, origin, state, predicted, density, seconds, fails,"
                 " unknown, chi2",
                 err) != 0)
        return -1;
    for (v = 0; v < store->n_values; v++) {
        if (query->wanted && !query->wanted[v])
            continue;
        cursor->places[cursor->n_places++] = v;
        if (buf_puts(text, ", ", err) != 0 ||
            columns_quote(text, "v_", store->columns[v].column, err) != 0)
            return -1;
    }
    if (cursor->is_one)
        return buf_puts(text, " FROM point WHERE id = ?1", err);
    return buf_printf(text, err, " FROM point WHERE id >= ?1%s ORDER BY id",
                      query->state >= 0 ? " AND state = ?2" : "");
}

static struct store_cursor *make_cursor(struct store *store, const struct store_query *query,
                                        bool is_one, struct err *err)
{
    struct store_cursor *cursor = mem_new(struct store_cursor);
    struct buf text;
    int code, rc = -1;

    buf_init(&text, SELECT_TEXT_MAX);
    if (!cursor) {
        mem_error(err);
        goto out;
    }
    cursor->store = store;
    cursor->is_one = is_one;
    cursor->places = mem_array(store->n_values, sizeof *cursor->places);
    if (!cursor->places) {
        mem_error(err);
        goto out;
    }
    TRY(select_text(cursor, query, &text, err));
    code = sqlite3_prepare_v2(store->db, text.data, -1, &cursor->statement, NULL);
    if (code != SQLITE_OK) {
        sql_error(store, code, "reading the store", err);
        goto out;
    }
    sqlite3_bind_int64(cursor->statement, 1, (int64_t)query->from_id);
    if (query->state >= 0)
        sqlite3_bind_int(cursor->statement, 2, query->state + DB_STATE_FIRST);
    rc = 0;
out:
    buf_free(&text);
    if (rc == 0)
        return cursor;
    store_cursor_free(cursor);
    return NULL;
}

struct store_cursor *store_select(struct store *store, const struct store_query *query,
                                  struct err *err)
{
    return make_cursor(store, query, false, err);
}

struct store_cursor *cursor_of_one(struct store *store, struct err *err)
{
    const struct store_query query = {.state = -1};

    return make_cursor(store, &query, true, err);
}

void store_cursor_free(struct store_cursor *cursor)
{
    if (!cursor)
        return;
    sqlite3_finalize(cursor->statement);
    mem_free(cursor->places);
    mem_free(cursor);
}

/* As sql_double, in the one place where it is called millions of times. */
static double value_of(sqlite3_stmt *row, int i)
{
    sqlite3_value *value = sqlite3_column_value(row, i);

    return sqlite3_value_type(value) == SQLITE_NULL ? (double)NAN : sqlite3_value_double(value);
}

static void read_point(const struct store_cursor *cursor, struct point_row *point)
{
    sqlite3_stmt *row = cursor->statement;
    size_t i, v;

    point->id = (uint64_t)sqlite3_column_int64(row, 0);
    point->round = (uint32_t)sqlite3_column_int64(row, 1);
    point->origin = (enum point_origin)sqlite3_column_int(row, 2);
    point->state = (enum point_state)(sqlite3_column_int(row, 3) - DB_STATE_FIRST);
    point->predicted = (float)sql_double(row, 4);
    point->density = sql_double(row, 5);
    point->seconds = (float)sql_double(row, 6);
    point->verdict = (struct verdict){
        .label = point->state == STATE_ACCEPTED   ? 1
                 : point->state == STATE_REJECTED ? 0
                                                  : -1,
        .fails = (uint64_t)sqlite3_column_int64(row, 7) & ~DB_FAILS_ALWAYS,
        .unknown = (uint64_t)sqlite3_column_int64(row, 8),
        .chi2 = sql_double(row, 9),
    };
    if (cursor->n_places < cursor->store->n_values)
        for (v = 0; v < cursor->store->n_values; v++)
            point->row[v] = NAN;
    for (i = 0; i < cursor->n_places; i++)
        point->row[cursor->places[i]] = value_of(row, FIRST_VALUE + (int)i);
}

int store_fetch(struct store_cursor *cursor, size_t n, struct point_row *points, size_t *n_read,
                struct err *err)
{
    int more;

    *n_read = 0;
    while (*n_read < n && !cursor->is_done) {
        more = sql_row(cursor->store, cursor->statement, err);
        if (more < 0)
            return -1;
        cursor->is_done = more == 0;
        if (more == 1)
            read_point(cursor, &points[(*n_read)++]);
    }
    return 0;
}

int cursor_read_one(struct store_cursor *cursor, uint64_t id, struct point_row *point,
                    struct err *err)
{
    int more;

    sqlite3_bind_int64(cursor->statement, 1, (int64_t)id);
    more = sql_row(cursor->store, cursor->statement, err);
    if (more == 1)
        read_point(cursor, point);
    sqlite3_reset(cursor->statement);
    return more;
}

int store_last_id(struct store *store, uint64_t *id, struct err *err)
{
    sqlite3_stmt *ask = sql_start(store, SQL_LAST_ID, err);

    *id = 0;
    if (!ask || sql_row(store, ask, err) < 0)
        return -1;
    *id = (uint64_t)sqlite3_column_int64(ask, 0);
    sqlite3_reset(ask);
    return 0;
}

/* ---- one point ------------------------------------------------------------------------------ */

int store_failure(struct store *store, uint64_t id, struct store_failure *failure, bool *found,
                  struct err *err)
{
    sqlite3_stmt *ask = sql_start(store, SQL_GET_FAILURE, err);
    int more;

    *found = false;
    if (!ask)
        return -1;
    sqlite3_bind_int64(ask, 1, (int64_t)id);
    more = sql_row(store, ask, err);
    if (more != 1)
        return more;
    *found = true;
    failure->id = id;
    snprintf(failure->calculator, sizeof failure->calculator, "%s", sql_text(ask, 0));
    snprintf(failure->stage, sizeof failure->stage, "%s", sql_text(ask, 1));
    snprintf(failure->reason, sizeof failure->reason, "%s", sql_text(ask, 2));
    snprintf(failure->words, sizeof failure->words, "%s", sql_text(ask, 3));
    sqlite3_reset(ask);
    return 0;
}

int store_each_file(struct store *store, uint64_t id,
                    int (*visit)(void *context, const char *calculator, const char *name,
                                 const void *data, size_t n, struct err *err),
                    void *context, struct err *err)
{
    sqlite3_stmt *ask = sql_start(store, SQL_GET_FILES, err);
    int more;

    if (!ask)
        return -1;
    sqlite3_bind_int64(ask, 1, (int64_t)id);
    while ((more = sql_row(store, ask, err)) == 1) {
        const void *data = sqlite3_column_blob(ask, 2);

        if (visit(context, sql_text(ask, 0), sql_text(ask, 1), data ? data : "",
                  (size_t)sqlite3_column_bytes(ask, 2), err) != 0) {
            sqlite3_reset(ask);
            return -1;
        }
    }
    return more;
}

int store_each_step(struct store *store, uint64_t id,
                    int (*visit)(void *context, const struct store_step *step), void *context,
                    struct err *err)
{
    sqlite3_stmt *ask = sql_start(store, SQL_GET_STEPS, err);
    int more;

    if (!ask)
        return -1;
    sqlite3_bind_int64(ask, 1, (int64_t)id);
    while ((more = sql_row(store, ask, err)) == 1) {
        struct store_step step = {.id = id,
                                  .calculator = sql_text(ask, 0),
                                  .exit = sqlite3_column_int(ask, 1),
                                  .seconds = sql_double(ask, 2)};

        if (visit(context, &step) != 0) {
            sqlite3_reset(ask);
            return 0;
        }
    }
    return more;
}
