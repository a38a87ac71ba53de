/* migrate.c: from the schema of an older store to ours.
 *
 * A migration is a text of SQL in db/migrations/ that leads from one version to a later one.  Each
 * runs in a transaction of its own that also sets the version and makes the views anew, so a store
 * is always of one version or another, never between.  Readers never migrate. */
#include "private.h"

#include <stdio.h>

static const struct migration *find_step(const struct migration *list, size_t n, int64_t from)
{
    const struct migration *best = NULL;
    size_t i;

    for (i = 0; i < n; i++)
        if (list[i].from == from && list[i].to > from && (!best || list[i].to > best->to))
            best = &list[i];
    return best;
}

static int run_step(struct store *store, const struct migration *step, struct err *err)
{
    char version[64];
    int rc = -1;

    if (store_begin(store, err) != 0)
        return -1;
    TRY(sql_exec(store, step->sql, err));
    TRY(columns_load(store, err));
    TRY(columns_make_views(store, err));
    snprintf(version, sizeof version, "PRAGMA user_version = %d", step->to);
    TRY(sql_exec(store, version, err));
    TRY(store_commit(store, err));
    rc = 0;
out:
    if (rc != 0)
        store_rollback(store);
    return rc;
}

int store_migrate(struct store *store, const struct migration *list, size_t n, int target,
                  struct err *err)
{
    const struct migration *step;
    int64_t version = 0;

    for (;;) {
        if (sql_number(store, "PRAGMA user_version", &version, err) != 0)
            return -1;
        if (version == target)
            return 0;
        step = version < target ? find_step(list, n, version) : NULL;
        if (!step || step->to > target)
            return err_set(err, ERR_STORE, "no way leads from schema %d of '%s' to schema %d",
                           (int)version, store->path, target);
        if (run_step(store, step, err) != 0)
            return err_while(err, "bringing the store from schema %d to %d", step->from, step->to);
    }
}
