/* columns.c: a scan's parameters and observables as columns, and the views over them.
 *
 * Each value has a column v_NAME in `point` and NAME in the view `points`.  SQL does not tell mh
 * from mH: the later of two names that differ in case only becomes NAME_2.  The table `value` keeps
 * the map; a value that leaves the scan file keeps its column and loses its place.
 *
 * The statements that write points are made here too, from the columns. */
#include "private.h"

#include <assert.h>
#include <stdio.h>
#include <string.h>

enum { SQL_TEXT_MAX = 1 << 20 };

static const char *const view_columns[] = {"id", "origin", "round", "state", "accepted", "reason"};

int columns_quote(struct buf *buf, const char *prefix, const char *name, struct err *err)
{
    const char *c;

    if (buf_printf(buf, err, "\"%s", prefix) != 0)
        return -1;
    for (c = name; *c; c++)
        if (buf_append(buf, *c == '"' ? "\"\"" : c, *c == '"' ? 2 : 1, err) != 0)
            return -1;
    return buf_puts(buf, "\"", err);
}

static sqlite3_stmt *prepare_text(struct store *store, const char *text, struct err *err)
{
    sqlite3_stmt *statement = NULL;
    int code = sqlite3_prepare_v3(store->db, text, -1, SQLITE_PREPARE_PERSISTENT, &statement, NULL);

    if (code != SQLITE_OK)
        sql_error(store, code, "reading the store", err);
    return statement;
}

/* ---- reading the map ------------------------------------------------------------------------ */

static int load_column(struct store *store, sqlite3_stmt *row, struct err *err)
{
    struct value_column *column = &store->columns[store->n_values];

    column->name = sql_text_dup(row, 0, store->names, err);
    column->column = sql_text_dup(row, 1, store->names, err);
    column->is_parameter = sqlite3_column_int(row, 2) != 0;
    if (!column->name || !column->column)
        return -1;
    store->n_values++;
    return 0;
}

int columns_load(struct store *store, struct err *err)
{
    sqlite3_stmt *ask = NULL;
    int64_t n = 0;
    int more, rc = -1;

    store_cursor_free(store->one);
    store->one = NULL;
    arena_free(store->names);
    store->n_values = 0;
    store->names = arena_create();
    if (!store->names)
        return mem_error(err);
    TRY(sql_number(store, "SELECT count(*) FROM value WHERE place IS NOT NULL", &n, err));
    store->columns = arena_array(store->names, (size_t)n, sizeof *store->columns);
    if (!store->columns) {
        mem_error(err);
        goto out;
    }
    ask = prepare_text(store,
                       "SELECT name, column_name, is_parameter FROM value"
                       " WHERE place IS NOT NULL ORDER BY place",
                       err);
    if (!ask)
        goto out;
    while ((more = sql_row(store, ask, err)) == 1 && store->n_values < (size_t)n)
        TRY(load_column(store, ask, err));
    rc = more < 0 ? -1 : 0;
out:
    sqlite3_finalize(ask);
    return rc;
}

/* ---- writing it ----------------------------------------------------------------------------- */

/* Is the name free as a column, in SQL's eyes? */
static int is_free(struct store *store, const char *name, bool *result, struct err *err)
{
    sqlite3_stmt *ask;
    size_t i;
    int more;

    *result = false;
    for (i = 0; i < sizeof view_columns / sizeof view_columns[0]; i++)
        if (text_same_caseless(name, view_columns[i]))
            return 0;
    ask = prepare_text(store, "SELECT 1 FROM value WHERE column_name = ?1 COLLATE NOCASE", err);
    if (!ask)
        return -1;
    sql_bind_text(ask, 1, name);
    more = sql_row(store, ask, err);
    *result = more == 0;
    sqlite3_finalize(ask);
    return more < 0 ? -1 : 0;
}

static int find_column(struct store *store, const char *name, struct buf *column, struct err *err)
{
    bool found = false;
    int k;

    for (k = 1; !found; k++) {
        buf_clear(column);
        if ((k == 1 ? buf_puts(column, name, err) : buf_printf(column, err, "%s_%d", name, k)) !=
                0 ||
            is_free(store, column->data, &found, err) != 0)
            return -1;
    }
    return 0;
}

static int add_column(struct store *store, const struct scan *scan, size_t v, struct err *err)
{
    sqlite3_stmt *add = NULL;
    struct buf column, text;
    int rc = -1;

    buf_init(&column, SQL_TEXT_MAX);
    buf_init(&text, SQL_TEXT_MAX);
    TRY(find_column(store, scan->value_names[v], &column, err));
    TRY(buf_puts(&text, "ALTER TABLE point ADD COLUMN ", err));
    TRY(columns_quote(&text, "v_", column.data, err));
    TRY(buf_puts(&text, " REAL", err));
    TRY(sql_exec(store, text.data, err));
    add = prepare_text(store,
                       "INSERT INTO value (name, place, column_name, unit, is_parameter)"
                       " VALUES (?1, ?2, ?3, ?4, ?5)",
                       err);
    if (!add)
        goto out;
    sql_bind_text(add, 1, scan->value_names[v]);
    sqlite3_bind_int64(add, 2, (int64_t)v);
    sql_bind_text(add, 3, column.data);
    sql_bind_text(add, 4, scan->value_units && scan->value_units[v] ? scan->value_units[v] : "");
    sqlite3_bind_int(add, 5, v < scan->n_params);
    rc = sql_done(store, add, err);
out:
    sqlite3_finalize(add);
    buf_free(&text);
    buf_free(&column);
    return rc;
}

/* 1 when the store has the value already (its place is set), 0 when not. */
static int place_column(struct store *store, const struct scan *scan, size_t v, struct err *err)
{
    sqlite3_stmt *place =
        prepare_text(store, "UPDATE value SET place = ?2, is_parameter = ?3 WHERE name = ?1", err);
    int rc;

    if (!place)
        return -1;
    sql_bind_text(place, 1, scan->value_names[v]);
    sqlite3_bind_int64(place, 2, (int64_t)v);
    sqlite3_bind_int(place, 3, v < scan->n_params);
    rc = sql_done(store, place, err);
    sqlite3_finalize(place);
    return rc != 0 ? -1 : sqlite3_changes(store->db) > 0;
}

int columns_update(struct store *store, const struct scan *scan, struct err *err)
{
    enum sql_id id;
    size_t v;
    int there;

    for (id = SQL_INSERT_POINT; id < N_SQL; id++)
        sql_forget(store, id);
    store->columns_moved = true;
    if (sql_exec(store, "UPDATE value SET place = NULL", err) != 0)
        return -1;
    for (v = 0; v < scan->n_values; v++) {
        there = place_column(store, scan, v, err);
        if (there < 0 || (there == 0 && add_column(store, scan, v, err) != 0))
            return -1;
    }
    return columns_load(store, err) == 0 ? columns_make_views(store, err) : -1;
}

/* ---- views ---------------------------------------------------------------------------------- */

static int add_points_view(const struct store *store, struct buf *text, struct err *err)
{
    size_t i;
    int rc = -1;

    TRY(buf_puts(text,
                 "DROP VIEW IF EXISTS points;\n"
                 "CREATE VIEW points AS SELECT p.id AS id, CASE p.origin",
                 err));
    for (i = 0; i < N_ORIGINS; i++)
        TRY(buf_printf(text, err, " WHEN %zu THEN '%s'", i, origin_name((enum point_origin)i)));
    TRY(buf_puts(text, " END AS origin, p.round AS round, CASE p.state", err));
    for (i = 0; i < N_STATES; i++)
        TRY(buf_printf(text, err, " WHEN %zu THEN '%s'", i + DB_STATE_FIRST,
                       state_name((enum point_state)i)));
    TRY(buf_printf(text, err,
                   " END AS state, CASE p.state WHEN %d THEN 1 WHEN %d THEN 0 END AS"
                   " accepted, CASE p.state WHEN %d THEN (SELECT f.reason FROM failure f"
                   " WHERE f.point = p.id) END AS reason",
                   STATE_ACCEPTED + DB_STATE_FIRST, STATE_REJECTED + DB_STATE_FIRST,
                   STATE_FAILED + DB_STATE_FIRST));
    for (i = 0; i < store->n_values; i++) {
        TRY(buf_puts(text, ", p.", err));
        TRY(columns_quote(text, "v_", store->columns[i].column, err));
        TRY(buf_puts(text, " AS ", err));
        TRY(columns_quote(text, "", store->columns[i].column, err));
    }
    TRY(buf_puts(text, " FROM point p;\n", err));
    rc = 0;
out:
    return rc;
}

int columns_make_views(struct store *store, struct err *err)
{
    struct buf text;
    int rc = -1;

    buf_init(&text, SQL_TEXT_MAX);
    TRY(add_points_view(store, &text, err));
    TRY(buf_printf(&text, err,
                   "DROP VIEW IF EXISTS terms;\n"
                   "CREATE VIEW terms AS SELECT p.id AS point, t.name AS name,"
                   " CASE WHEN (p.unknown >> t.bit) & 1 THEN 'unknown'"
                   " WHEN (p.fails >> t.bit) & 1 THEN 'fails' ELSE 'holds' END AS outcome"
                   " FROM point p CROSS JOIN term t"
                   " WHERE t.bit IS NOT NULL AND p.state BETWEEN %d AND %d;",
                   STATE_ACCEPTED + DB_STATE_FIRST, STATE_UNKNOWN + DB_STATE_FIRST));
    TRY(sql_exec(store, text.data, err));
    rc = 0;
out:
    buf_free(&text);
    return rc;
}

/* ---- statements over the columns ------------------------------------------------------------ */

enum list_form { FORM_NAMES, FORM_MARKS, FORM_NULLS };

/* ", column" (or ", ?n", ", column = NULL") for the values asked for. */
static int add_list(const struct store *store, struct buf *text, enum list_form form,
                    bool parameters, bool observables, size_t mark, struct err *err)
{
    size_t v;

    for (v = 0; v < store->n_values; v++) {
        const struct value_column *column = &store->columns[v];

        if (column->is_parameter ? !parameters : !observables)
            continue;
        if (buf_puts(text, ", ", err) != 0 ||
            (form != FORM_MARKS && columns_quote(text, "v_", column->column, err) != 0) ||
            (form == FORM_NULLS && buf_puts(text, " = NULL", err) != 0) ||
            (form == FORM_MARKS && buf_printf(text, err, "?%zu", mark++) != 0))
            return -1;
    }
    return 0;
}

static int insert_text(const struct store *store, struct buf *text, struct err *err)
{
    int rc = -1;

    TRY(buf_puts(text,
                 "INSERT INTO point (id, round, origin, predicted, density, state, fails,"
                 " unknown",
                 err));
    TRY(add_list(store, text, FORM_NAMES, true, false, 0, err));
    TRY(buf_printf(text, err, ") VALUES (?1, ?2, ?3, ?4, ?5, %d, %llu, 0",
                   STATE_RUNNING + DB_STATE_FIRST, (unsigned long long)DB_FAILS_ALWAYS));
    TRY(add_list(store, text, FORM_MARKS, true, false, 6, err));
    TRY(buf_puts(text, ")", err));
    rc = 0;
out:
    return rc;
}

static int replace_text(const struct store *store, struct buf *text, struct err *err)
{
    int rc = -1;

    TRY(buf_puts(text,
                 "REPLACE INTO point (id, round, origin, predicted, density, state, fails,"
                 " unknown, chi2, worker, seconds, ended",
                 err));
    TRY(add_list(store, text, FORM_NAMES, true, true, 0, err));
    TRY(buf_puts(text, ") VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12", err));
    TRY(add_list(store, text, FORM_MARKS, true, true, 13, err));
    TRY(buf_puts(text, ")", err));
    rc = 0;
out:
    return rc;
}

static int set_text(const struct store *store, size_t n, const size_t *values, struct buf *text,
                    struct err *err)
{
    size_t i;

    if (buf_puts(text, "UPDATE point SET ", err) != 0)
        return -1;
    for (i = 0; i < n; i++) {
        assert(values[i] < store->n_values);
        if (buf_puts(text, i > 0 ? ", " : "", err) != 0 ||
            columns_quote(text, "v_", store->columns[values[i]].column, err) != 0 ||
            buf_printf(text, err, " = ?%zu", i + 2) != 0)
            return -1;
    }
    return buf_puts(text, " WHERE id = ?1", err);
}

int store_set_values(struct store *store, uint64_t id, size_t n, const size_t *values,
                     const double *numbers, struct err *err)
{
    sqlite3_stmt *set = NULL;
    struct buf text;
    size_t i;
    int rc = -1;

    assert(store->in_transaction);
    buf_init(&text, SQL_TEXT_MAX);
    TRY(set_text(store, n, values, &text, err));
    set = prepare_text(store, text.data, err);
    if (!set)
        goto out;
    sqlite3_bind_int64(set, 1, (int64_t)id);
    for (i = 0; i < n; i++)
        sqlite3_bind_double(set, (int)i + 2, numbers[i]);
    rc = sql_done(store, set, err);
out:
    sqlite3_finalize(set);
    buf_free(&text);
    return rc;
}

sqlite3_stmt *columns_prepare(struct store *store, enum sql_id id, struct err *err)
{
    sqlite3_stmt *statement = NULL;
    struct buf text;

    buf_init(&text, SQL_TEXT_MAX);
    switch ((int)id) {
    case SQL_INSERT_POINT: TRY(insert_text(store, &text, err)); break;
    case SQL_CLOSE_POINT: TRY(replace_text(store, &text, err)); break;
    default: /* SQL_REOPEN_POINT */
        TRY(buf_printf(&text, err,
                       "UPDATE point SET state = %d, fails = %llu, unknown = 0,"
                       " chi2 = NULL, worker = NULL, seconds = NULL, ended = NULL",
                       STATE_RUNNING + DB_STATE_FIRST, (unsigned long long)DB_FAILS_ALWAYS));
        TRY(add_list(store, &text, FORM_NULLS, false, true, 0, err));
        TRY(buf_puts(&text, " WHERE id = ?1", err));
    }
    statement = prepare_text(store, text.data, err);
out:
    buf_free(&text);
    return statement;
}
