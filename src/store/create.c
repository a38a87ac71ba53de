/* create.c: a new store, and the scan it belongs to.
 *
 * The store is made whole under another name (PATH-new) and then given its own with link(2), which
 * refuses a name that is taken: there is never half a store, and never one overwritten, whenever
 * this process is killed and whoever else does the same. */
#include "private.h"

#include "sql.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

enum { SCAN_TEXT_MAX = 64 << 20, PATH_BYTES = 4096 };

/* Writes the scan's row. */
static int scan_put(struct store *store, const struct scan *scan, struct err *err)
{
    sqlite3_stmt *add = sql_start(store, SQL_ADD_SCAN, err);
    struct buf resolved;
    char seed[32];
    int rc = -1;

    buf_init(&resolved, SCAN_TEXT_MAX);
    if (!add)
        goto out;
    TRY(scan_resolve(scan, &resolved, err));
    snprintf(seed, sizeof seed, "%" PRIu64, scan->seed);
    sqlite3_bind_double(add, 1, clock_wall_s());
    sql_bind_text(add, 2, scan->name ? scan->name : "");
    sql_bind_text(add, 3, scan->path ? scan->path : "");
    sql_bind_text(add, 4, scan->folder ? scan->folder : "");
    sql_bind_text(add, 5, seed);
    sql_bind_text(add, 6, scan->text ? scan->text : "");
    sql_bind_text(add, 7, resolved.data ? resolved.data : "");
    rc = sql_done(store, add, err);
out:
    buf_free(&resolved);
    return rc;
}

/* The constraints of the scan file; their bits are set when there is a judge (store_set_terms). */
static int put_constraints(struct store *store, const struct scan *scan, struct err *err)
{
    sqlite3_stmt *put;
    size_t i;

    for (i = 0; i < scan->n_constraints; i++) {
        put = sql_start(store, SQL_PUT_TERM, err);
        if (!put)
            return -1;
        sql_bind_text(put, 1, scan->constraints[i].name);
        sqlite3_bind_int(put, 2, 0);
        sqlite3_bind_int64(put, 3, (int64_t)i);
        sql_bind_text(put, 4, scan->constraints[i].text);
        sqlite3_bind_int(put, 5, 0);
        if (sql_done(store, put, err) != 0)
            return -1;
    }
    return 0;
}

static int fill(struct store *store, const struct scan *scan, struct err *err)
{
    char text[160];
    int rc = -1;

    snprintf(text, sizeof text, "PRAGMA page_size=%d; PRAGMA synchronous=FULL;", STORE_PAGE_SIZE);
    TRY(sql_exec(store, text, err));
    connect_settings(store);
    TRY(store_begin(store, err));
    TRY(sql_exec(store, sql_schema, err));
    TRY(columns_update(store, scan, err));
    TRY(scan_put(store, scan, err));
    TRY(put_constraints(store, scan, err));
    snprintf(text, sizeof text, "PRAGMA application_id=%d; PRAGMA user_version=%d;",
             STORE_APPLICATION_ID, (int)STORE_SCHEMA_VERSION);
    TRY(sql_exec(store, text, err));
    TRY(store_commit(store, err));
    rc = 0;
out:
    return rc;
}

static int refuse_existing(const char *path, struct err *err)
{
    return err_set(err, ERR_STORE,
                   "there is a store '%s' already: `theodolite resume %s` goes on with it", path,
                   path);
}

static int give_name(const char *made, const char *path, struct err *err)
{
    if (link(made, path) == 0)
        return 0;
    if (errno == EEXIST)
        return refuse_existing(path, err);
    /* a file system without links */
    if (access(path, F_OK) != 0 && rename(made, path) == 0)
        return 0;
    return err_sys(err, ERR_STORE, errno, "cannot make the store '%s'", path);
}

static void remove_made(const char *made)
{
    char journal[PATH_BYTES + 16];

    unlink(made);
    snprintf(journal, sizeof journal, "%s-journal", made);
    unlink(journal);
}

static int make_file(const char *path, const struct scan *scan, struct err *err)
{
    struct store *store = NULL;
    char made[PATH_BYTES];
    int n = snprintf(made, sizeof made, "%s-new", path), fd = -1, rc = -1;

    if (n < 0 || (size_t)n >= sizeof made)
        return err_set(err, ERR_LIMIT, "the path '%.200s' is too long", path);
    if (access(path, F_OK) == 0)
        return refuse_existing(path, err);
    if (lock_take(path, &fd, err) != 0)
        return -1;
    remove_made(made); /* of one who was killed: we hold the lock */
    store = connect_blank(made, STORE_ENGINE, err);
    if (!store)
        goto out;
    TRY(connect_open(store, SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE, err));
    TRY(fill(store, scan, err));
    store_close(store);
    store = NULL;
    rc = give_name(made, path, err);
out:
    store_close(store);
    remove_made(made);
    lock_release(path, fd);
    return rc;
}

struct store *store_create(const char *path, const struct scan *scan, struct err *err)
{
    if (make_file(path, scan, err) != 0) {
        err_while(err, "making the store '%s'", path);
        return NULL;
    }
    return store_open(path, STORE_ENGINE, err);
}

/* ---- the scan ------------------------------------------------------------------------------- */

static int keep_constraints(struct store *store, const struct scan *scan, struct err *err)
{
    struct buf text;
    size_t i;
    int rc = -1;

    buf_init(&text, SCAN_TEXT_MAX);
    TRY(buf_puts(&text, "DELETE FROM term WHERE NOT is_cut AND name NOT IN (''", err));
    for (i = 0; i < scan->n_constraints; i++) {
        const char *c;

        TRY(buf_puts(&text, ", '", err));
        for (c = scan->constraints[i].name; *c; c++)
            TRY(buf_append(&text, *c == '\'' ? "''" : c, *c == '\'' ? 2 : 1, err));
        TRY(buf_puts(&text, "'", err));
    }
    TRY(buf_puts(&text, ")", err));
    TRY(sql_exec(store, text.data, err));
    rc = 0;
out:
    buf_free(&text);
    return rc;
}

int store_update_scan(struct store *store, const struct scan *scan, struct err *err)
{
    bool is_mine = !store->in_transaction;
    int rc = -1;

    if (is_mine && store_begin(store, err) != 0)
        return -1;
    TRY(columns_update(store, scan, err));
    TRY(scan_put(store, scan, err));
    TRY(keep_constraints(store, scan, err));
    rc = is_mine ? store_commit(store, err) : 0;
out:
    if (rc != 0 && is_mine)
        store_rollback(store);
    return rc;
}

int store_scan_text(struct store *store, struct buf *as_given, struct buf *resolved,
                    struct err *err)
{
    sqlite3_stmt *ask = sql_start(store, SQL_GET_SCAN, err);
    int more = ask ? sql_row(store, ask, err) : -1, rc = -1;

    if (more < 0)
        return -1;
    if (more == 0)
        return sql_damaged(store, err, "the store '%s' is damaged: it has no scan", store->path);
    if (as_given)
        TRY(buf_puts(as_given, sql_text(ask, 2), err));
    if (resolved)
        TRY(buf_puts(resolved, sql_text(ask, 3), err));
    rc = 0;
out:
    sqlite3_reset(ask);
    return rc;
}

struct scan *store_scan(struct store *store, struct err *err)
{
    struct scan_diagnostics *diagnostics = scan_diagnostics_create();
    struct scan_options options = {.sets = NULL};
    sqlite3_stmt *ask = sql_start(store, SQL_GET_SCAN, err);
    struct scan *scan = NULL;
    int rc = -1;

    if (!diagnostics)
        mem_error(err);
    if (!diagnostics || !ask || sql_row(store, ask, err) != 1)
        goto out;
    TRY(scan_parse(sql_text(ask, 3), sql_text(ask, 0), sql_text(ask, 1), &options, &scan,
                   diagnostics, err));
    if (!scan || scan_n_errors(diagnostics) > 0) {
        err_set(err, ERR_STORE, "the scan in the store '%s' cannot be read by this version",
                store->path);
        goto out;
    }
    rc = 0;
out:
    sqlite3_reset(ask);
    scan_diagnostics_free(diagnostics);
    if (rc != 0) {
        scan_free(scan);
        scan = NULL;
    }
    return scan;
}
