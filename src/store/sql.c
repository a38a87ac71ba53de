/* sql.c: statements and errors of SQLite, for the other files of the store.
 *
 * Every statement is prepared once per connection and kept.  SQLite's result codes become this
 * program's errors here, and only here: a full disk is ERR_FULL whichever way SQLite met it
 * (SQLITE_FULL, or an input/output error whose errno tells), damage is said to be damage. */
#include "private.h"

#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

static const char *const sql_texts[] = {
#define SQL_TEXT(id, text) text,
    SQL_LIST(SQL_TEXT)
#undef SQL_TEXT
};

static bool is_full(sqlite3 *db, int code)
{
    int sys = db ? sqlite3_system_errno(db) : 0;

    return (code & 0xff) == SQLITE_FULL ||
           ((code & 0xff) == SQLITE_IOERR && (sys == ENOSPC || sys == EDQUOT || sys == EFBIG));
}

/* By its name. */
static bool is_scan_file(const char *path)
{
    const char *dot = strrchr(path, '.');

    return dot && (text_same_caseless(dot, ".yaml") || text_same_caseless(dot, ".yml"));
}

int sql_damaged(const struct store *store, struct err *err, const char *format, ...)
{
    char words[640];
    va_list args;

    va_start(args, format);
    vsnprintf(words, sizeof words, format, args);
    va_end(args);
    return err_set(err, ERR_STORE,
                   "%s\ngo on from a copy, if there is one (theodolite snapshot makes them); else "
                   "save what can be read: sqlite3 %.200s .recover | sqlite3 NEW.db",
                   words, store->path);
}

int sql_error(struct store *store, int code, const char *what, struct err *err)
{
    const char *path = store->path, *words = store->db ? sqlite3_errmsg(store->db) : "";

    if (is_full(store->db, code))
        return err_set(err, ERR_FULL, "%s: no room on the disk for '%s'", what, path);
    switch (code & 0xff) {
    case SQLITE_NOMEM: return mem_error(err);
    case SQLITE_CORRUPT:
        return sql_damaged(store, err, "%s: the store '%s' is damaged (%s)", what, path, words);
    case SQLITE_NOTADB:
        if (is_scan_file(path))
            return err_set(
                err, ERR_STORE,
                "%s: '%s' is not a store; a scan file is started with: theodolite run %s", what,
                path, path);
        return err_set(err, ERR_STORE, "%s: '%s' is not a store", what, path);
    case SQLITE_BUSY:
    case SQLITE_LOCKED:
        return err_set(err, ERR_STORE, "%s: another program holds '%s' (%s)", what, path, words);
    case SQLITE_READONLY:
    case SQLITE_PERM:
        return err_set(err, ERR_STORE, "%s: '%s' cannot be written to (%s)", what, path, words);
    case SQLITE_CANTOPEN:
        if (store->db && sqlite3_system_errno(store->db) != 0)
            return err_sys(err, ERR_STORE, sqlite3_system_errno(store->db),
                           "%s: cannot open '%s' or the files beside it", what, path);
        return err_set(err, ERR_STORE, "%s: cannot open '%s'", what, path);
    default:
        return err_set(err, ERR_STORE, "%s: '%s': %s (SQLite code %d)", what, path,
                       store->db ? words : sqlite3_errstr(code), code);
    }
}

int sql_exec(struct store *store, const char *text, struct err *err)
{
    int code = sqlite3_exec(store->db, text, NULL, NULL, NULL);

    return code == SQLITE_OK ? 0 : sql_error(store, code, "writing to the store", err);
}

static sqlite3_stmt *prepare(struct store *store, enum sql_id id, struct err *err)
{
    sqlite3_stmt *statement = NULL;
    int code;

    if (id >= SQL_INSERT_POINT)
        return columns_prepare(store, id, err);
    code = sqlite3_prepare_v3(store->db, sql_texts[id], -1, SQLITE_PREPARE_PERSISTENT, &statement,
                              NULL);
    if (code != SQLITE_OK)
        sql_error(store, code, "reading the store", err);
    return statement;
}

sqlite3_stmt *sql_start(struct store *store, enum sql_id id, struct err *err)
{
    if (!store->statements[id])
        store->statements[id] = prepare(store, id, err);
    return store->statements[id];
}

int sql_done(struct store *store, sqlite3_stmt *statement, struct err *err)
{
    int code = sqlite3_step(statement), rc = 0;

    if (code != SQLITE_DONE && code != SQLITE_ROW)
        rc = sql_error(store, code, "writing to the store", err);
    sqlite3_reset(statement);
    return rc;
}

int sql_row(struct store *store, sqlite3_stmt *statement, struct err *err)
{
    int code = sqlite3_step(statement), rc = 0;

    if (code == SQLITE_ROW)
        return 1;
    if (code != SQLITE_DONE)
        rc = sql_error(store, code, "reading the store", err);
    sqlite3_reset(statement);
    return rc;
}

void sql_forget(struct store *store, enum sql_id id)
{
    sqlite3_finalize(store->statements[id]);
    store->statements[id] = NULL;
}

void sql_bind_text(sqlite3_stmt *statement, int i, const char *text)
{
    if (text)
        sqlite3_bind_text(statement, i, text, -1, SQLITE_STATIC);
    else
        sqlite3_bind_null(statement, i);
}

const char *sql_text(sqlite3_stmt *statement, int i)
{
    const unsigned char *text = sqlite3_column_text(statement, i);

    return text ? (const char *)text : "";
}

char *sql_text_dup(sqlite3_stmt *statement, int i, struct arena *arena, struct err *err)
{
    char *text = arena_strdup(arena, sql_text(statement, i));

    if (!text)
        mem_error(err);
    return text;
}

double sql_double(sqlite3_stmt *statement, int i)
{
    if (sqlite3_column_type(statement, i) == SQLITE_NULL)
        return NAN;
    return sqlite3_column_double(statement, i);
}

int sql_number(struct store *store, const char *text, int64_t *value, struct err *err)
{
    sqlite3_stmt *statement = NULL;
    int code = sqlite3_prepare_v2(store->db, text, -1, &statement, NULL);

    if (code == SQLITE_OK)
        code = sqlite3_step(statement);
    if (code == SQLITE_ROW)
        *value = sqlite3_column_int64(statement, 0);
    if (code != SQLITE_ROW && code != SQLITE_DONE) {
        sql_error(store, code, "opening the store", err);
        sqlite3_finalize(statement);
        return -1;
    }
    sqlite3_finalize(statement);
    return 0;
}
