/* watch.c: readings for those who watch a scan: single points, the latest failures and times of
 * calculators, the newest model, a moment that stands still, a copy of the whole.
 *
 * Nothing here writes to the store.  A reader's columns are those of the scan file as it was when
 * the store was opened; store_scan_number notices that it was edited and reads them anew. */
#include "private.h"

#include <gsl/gsl_sort_double.h>
#include <math.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

enum { SNAPSHOT_PAGES = 1024, SNAPSHOT_PAUSE_MS = 5 };

/* ---- points --------------------------------------------------------------------------------- */

int store_points(struct store *store, const uint64_t *ids, size_t n, struct point_row *points,
                 struct err *err)
{
    size_t i, v;

    if (!store->one)
        store->one = cursor_of_one(store, err);
    for (i = 0; store->one && i < n; i++) {
        int more = cursor_read_one(store->one, ids[i], &points[i], err);

        if (more < 0)
            return -1;
        if (more == 1)
            continue;
        points[i] = (struct point_row){.row = points[i].row, .verdict.label = -1};
        for (v = 0; v < store->n_values; v++)
            points[i].row[v] = NAN;
    }
    return store->one ? 0 : -1;
}

int store_point_end(struct store *store, uint64_t id, int *worker, double *ended, struct err *err)
{
    sqlite3_stmt *ask = sql_start(store, SQL_POINT_END, err);
    int more;

    *worker = -1;
    *ended = NAN;
    if (!ask)
        return -1;
    sqlite3_bind_int64(ask, 1, (int64_t)id);
    more = sql_row(store, ask, err);
    if (more != 1)
        return more;
    if (sqlite3_column_type(ask, 0) != SQLITE_NULL)
        *worker = sqlite3_column_int(ask, 0);
    *ended = sql_double(ask, 1);
    sqlite3_reset(ask);
    return 0;
}

static int read_failure(sqlite3_stmt *row, struct arena *arena, struct failure_row *failure,
                        struct err *err)
{
    const char *words = sql_text(row, 4);

    *failure = (struct failure_row){
        .point = (uint64_t)sqlite3_column_int64(row, 0),
        .ended = sql_double(row, 1),
        .calculator = sql_text_dup(row, 2, arena, err),
        .reason = sql_text_dup(row, 3, arena, err),
        .words = arena_strndup(arena, words, strcspn(words, "\n")),
    };
    return failure->calculator && failure->reason && failure->words ? 0 : mem_error(err);
}

int store_failures(struct store *store, size_t n_max, struct arena *arena,
                   struct failure_row **rows, size_t *n, struct err *err)
{
    sqlite3_stmt *ask = sql_start(store, SQL_FAILURES, err);
    struct failure_row *list = mem_array(n_max, sizeof *list);
    int more = 0, rc = -1;

    *n = 0;
    *rows = NULL;
    if (!list)
        mem_error(err);
    if (!ask || !list)
        goto out;
    sqlite3_bind_int64(ask, 1, (int64_t)n_max);
    while (*n < n_max && (more = sql_row(store, ask, err)) == 1)
        TRY(read_failure(ask, arena, &list[(*n)++], err));
    if (more < 0)
        goto out;
    *rows = arena_array(arena, *n, sizeof **rows);
    if (!*rows) {
        mem_error(err);
        goto out;
    }
    if (*n > 0)
        memcpy(*rows, list, *n * sizeof *list);
    rc = 0;
out:
    sqlite3_reset(ask);
    mem_free(list);
    return rc;
}

int store_step_times(struct store *store, const char *calculator, size_t n_points, double *seconds,
                     size_t n_max, size_t *n, struct err *err)
{
    sqlite3_stmt *ask = sql_start(store, SQL_STEP_TIMES, err);
    int more = 0;

    *n = 0;
    if (!ask)
        return -1;
    sql_bind_text(ask, 1, calculator);
    sqlite3_bind_int64(ask, 2, (int64_t)n_points);
    sqlite3_bind_int64(ask, 3, (int64_t)n_max);
    while (*n < n_max && (more = sql_row(store, ask, err)) == 1)
        seconds[(*n)++] = sqlite3_column_double(ask, 0);
    sqlite3_reset(ask);
    gsl_sort(seconds, 1, *n);
    return more < 0 ? -1 : 0;
}

int store_last_model(struct store *store, uint32_t *round, struct buf *data, bool *found,
                     struct err *err)
{
    sqlite3_stmt *ask = sql_start(store, SQL_LAST_MODEL, err);
    int more, rc;

    *found = false;
    if (!ask)
        return -1;
    more = sql_row(store, ask, err);
    if (more != 1)
        return more;
    *found = true;
    *round = (uint32_t)sqlite3_column_int64(ask, 0);
    rc = buf_append(data, sqlite3_column_blob(ask, 1), (size_t)sqlite3_column_bytes(ask, 1), err);
    sqlite3_reset(ask);
    return rc;
}

/* ---- the whole ------------------------------------------------------------------------------ */

int store_begin_reading(struct store *store, struct err *err)
{
    return sql_exec(store, "BEGIN", err);
}

void store_end_reading(struct store *store)
{
    sqlite3_exec(store->db, "COMMIT", NULL, NULL, NULL);
}

int store_scan_number(struct store *store, int64_t *number, struct err *err)
{
    sqlite3_stmt *ask = sql_start(store, SQL_SCAN_NUMBER, err);
    int64_t before = store->scan_number;

    if (!ask || sql_row(store, ask, err) < 0)
        return -1;
    *number = store->scan_number = sqlite3_column_int64(ask, 0);
    sqlite3_reset(ask);
    return before == *number ? 0 : columns_load(store, err);
}

int store_snapshot(struct store *store, const char *path, struct err *err)
{
    sqlite3_backup *backup = NULL;
    sqlite3 *copy = NULL;
    int code;

    if (file_exists(path))
        return err_set(err, ERR_STORE, "there is a file '%s' already", path);
    code = sqlite3_open_v2(path, &copy, SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE, NULL);
    if (code == SQLITE_OK)
        backup = sqlite3_backup_init(copy, "main", store->db, "main");
    if (!backup) {
        err_set(err, ERR_STORE, "cannot make the copy '%s': %s", path,
                copy ? sqlite3_errmsg(copy) : sqlite3_errstr(code));
        sqlite3_close(copy);
        return -1;
    }
    do {
        code = sqlite3_backup_step(backup, SNAPSHOT_PAGES);
        if (code == SQLITE_BUSY || code == SQLITE_LOCKED)
            sqlite3_sleep(SNAPSHOT_PAUSE_MS);
    } while (code == SQLITE_OK || code == SQLITE_BUSY || code == SQLITE_LOCKED);
    sqlite3_backup_finish(backup);
    if (code == SQLITE_DONE) /* no -wal beside it: one file that can be sent */
        code = sqlite3_exec(copy, "PRAGMA journal_mode=DELETE", NULL, NULL, NULL);
    if (code != SQLITE_OK)
        err_set(err, (code & 0xff) == SQLITE_FULL ? ERR_FULL : ERR_STORE,
                "cannot make the copy '%s': %s", path, sqlite3_errmsg(copy));
    sqlite3_close(copy);
    if (code == SQLITE_OK)
        return 0;
    unlink(path);
    return -1;
}
