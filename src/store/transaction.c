/* transaction.c: begin, commit, rollback, and the question whether others wrote.
 *
 * The counts that points changed are added to their tables right before the commit.  When the disk
 * is full SQLite may have rolled back already; store_rollback is right in either case, and the same
 * transaction can then be done again. */
#include "private.h"

#include <assert.h>
#include <string.h>

int store_begin(struct store *store, struct err *err)
{
    sqlite3_stmt *begin = sql_start(store, SQL_BEGIN, err);

    assert(!store->in_transaction);
    if (!begin || sql_done(store, begin, err) != 0)
        return -1;
    store->in_transaction = true;
    return 0;
}

int store_commit(struct store *store, struct err *err)
{
    sqlite3_stmt *commit = sql_start(store, SQL_COMMIT, err);

    assert(store->in_transaction);
    if (!commit || counts_flush(store, err) != 0 || sql_done(store, commit, err) != 0)
        return -1;
    store->in_transaction = false;
    store->columns_moved = false;
    return 0;
}

void store_rollback(struct store *store)
{
    counts_forget(store);
    if (store->running)
        memset(store->running, 0, N_RUNNING * sizeof *store->running);
    store->in_transaction = false;
    if (!sqlite3_get_autocommit(store->db))
        sqlite3_exec(store->db, "ROLLBACK", NULL, NULL, NULL);
    if (store->columns_moved) {
        struct err ignored = ERR_INIT;
        enum sql_id id;

        store->columns_moved = false;
        for (id = SQL_INSERT_POINT; id < N_SQL; id++)
            sql_forget(store, id);
        columns_load(store, &ignored);
    }
}

bool store_in_transaction(const struct store *store)
{
    return store->in_transaction;
}

bool store_changed(struct store *store)
{
    struct err ignored = ERR_INIT;
    sqlite3_stmt *ask = sql_start(store, SQL_DATA_VERSION, &ignored);
    int64_t before = store->data_version;

    if (ask && sql_row(store, ask, &ignored) == 1) {
        store->data_version = sqlite3_column_int64(ask, 0);
        sqlite3_reset(ask);
    }
    return store->data_version != before;
}
