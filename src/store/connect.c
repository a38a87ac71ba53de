/* connect.c: opening the file as a database, without touching what is not ours.
 *
 * First a look: the file is opened as immutable, which makes SQLite take no lock and write nothing
 * (no -wal, no -shm), and its header is read.  (Never with open(2): closing a descriptor of the
 * file would drop the POSIX locks that another connection of this process holds on it.)  Only a
 * file that says it is a store of a version we know is then opened in earnest.  A file that looks
 * damaged but has a -wal or -journal beside it is opened too: SQLite repairs it from there.
 *
 * A reader opens for writing where it may and promises not to (query_only): after an engine was
 * killed it is the reader that has to bring the write-ahead log in.  In a folder that cannot be
 * written to, the file is read as immutable, with a warning when the log holds more. */
#include "private.h"

#include "sql.h"

#include <ctype.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { PATH_BYTES = 3 * 4096 };

static const struct migration migrations[] = {
    {1, 2, sql_1_to_2}, {2, 3, sql_2_to_3}, {3, 4, sql_3_to_4}};

/* The path as "file:...?immutable=1". */
static int immutable_uri(const char *path, struct buf *uri, struct err *err)
{
    const char *c;

    if (buf_puts(uri, "file:", err) != 0)
        return -1;
    for (c = path; *c; c++) {
        int rc = isalnum((unsigned char)*c) || strchr("/._-~", *c)
                     ? buf_append(uri, c, 1, err)
                     : buf_printf(uri, err, "%%%02x", (unsigned)(unsigned char)*c);
        if (rc != 0)
            return -1;
    }
    return buf_puts(uri, "?immutable=1", err);
}

struct store *connect_blank(const char *path, enum store_mode mode, struct err *err)
{
    struct store *store = mem_new(struct store);

    if (store) {
        store->path = mem_strdup(path);
        store->mode = mode;
        store->lock_fd = -1;
    }
    if (!store || !store->path) {
        mem_error(err);
        mem_free(store);
        return NULL;
    }
    return store;
}

int connect_open(struct store *store, int flags, struct err *err)
{
    struct buf uri;
    const char *name = store->path;
    int code, rc = -1;

    buf_init(&uri, PATH_BYTES);
    if (store->is_immutable) {
        TRY(immutable_uri(store->path, &uri, err));
        name = uri.data;
        flags = SQLITE_OPEN_READONLY | SQLITE_OPEN_URI;
    }
    code = sqlite3_open_v2(name, &store->db, flags | SQLITE_OPEN_NOMUTEX, NULL);
    if (code != SQLITE_OK) {
        sql_error(store, code, "opening the store", err);
        goto out;
    }
    sqlite3_extended_result_codes(store->db, 1);
    sqlite3_busy_timeout(store->db, STORE_BUSY_MS);
    rc = 0;
out:
    buf_free(&uri);
    return rc;
}

static bool has_beside(const char *path, const char *suffix)
{
    char name[PATH_BYTES];
    struct stat st;

    snprintf(name, sizeof name, "%s%s", path, suffix);
    return stat(name, &st) == 0 && st.st_size > 0;
}

static int check_file(const char *path, struct err *err)
{
    struct stat st;

    if (stat(path, &st) != 0)
        return errno == ENOENT ? err_set(err, ERR_STORE, "there is no store '%s'", path)
                               : err_sys(err, ERR_STORE, errno, "cannot open the store '%s'", path);
    if (S_ISDIR(st.st_mode))
        return err_set(err, ERR_STORE, "'%s' is a folder, not a store", path);
    if (!S_ISREG(st.st_mode))
        return err_set(err, ERR_STORE, "'%s' is not a file", path);
    if (st.st_size == 0)
        return err_set(err, ERR_STORE, "'%s' is an empty file, not a store", path);
    if (access(path, R_OK) != 0)
        return err_sys(err, ERR_STORE, errno, "cannot read the store '%s'", path);
    return 0;
}

static int check_header(struct store *look, int *version, struct err *err)
{
    int64_t application = 0, user = 0;

    if (sql_number(look, "PRAGMA application_id", &application, err) != 0 ||
        sql_number(look, "PRAGMA user_version", &user, err) != 0)
        return -1;
    if (application != STORE_APPLICATION_ID)
        return err_set(err, ERR_STORE,
                       "'%s' is a database of another program, not a store of Theodolite",
                       look->path);
    if (user > STORE_SCHEMA_VERSION)
        return err_set(err, ERR_STORE,
                       "the store '%s' was made by a newer Theodolite (schema %d; this one knows "
                       "up to %d): use that one, or a newer one",
                       look->path, (int)user, (int)STORE_SCHEMA_VERSION);
    *version = (int)user;
    return 0;
}

/* Is there a store, as far as can be seen without writing anything? */
static int look_at(const char *path, struct err *err)
{
    struct store *look;
    int64_t n;
    int code, version, rc = -1;

    if (check_file(path, err) != 0)
        return -1;
    look = connect_blank(path, STORE_READ, err);
    if (!look)
        return -1;
    look->is_immutable = true;
    TRY(connect_open(look, 0, err));
    rc = check_header(look, &version, err);
    if (rc == 0)
        rc = sql_number(look, "SELECT count(*) FROM sqlite_master", &n, err);
    code = sqlite3_errcode(look->db) & 0xff;
    if (rc != 0 && code == SQLITE_CORRUPT &&
        (has_beside(path, "-wal") || has_beside(path, "-journal"))) {
        err_clear(err);
        rc = 0;
    }
out:
    store_close(look);
    return rc;
}

void connect_settings(struct store *store)
{
    const char *pages = getenv("THEODOLITE_MAX_PAGES"); /* for tests: a disk that is full */
    char text[160];
    int64_t n = 0;

    snprintf(text, sizeof text,
             "PRAGMA cache_size=-65536; PRAGMA temp_store=MEMORY;"
             "PRAGMA wal_autocheckpoint=%d; PRAGMA journal_size_limit=67108864;",
             STORE_WAL_PAGES);
    /* Settings make the store faster, not right: it works without. */
    sqlite3_exec(store->db, text, NULL, NULL, NULL);
    if (store->mode == STORE_READ)
        sqlite3_exec(store->db, "PRAGMA query_only=1", NULL, NULL, NULL);
    if (pages && text_to_int64(pages, &n) == 0 && n > 0) {
        snprintf(text, sizeof text, "PRAGMA max_page_count=%lld", (long long)n);
        sqlite3_exec(store->db, text, NULL, NULL, NULL);
    }
}

/* The journal that is safe where the store lies (design 5). */
static int choose_journal(struct store *store, struct err *err)
{
    sqlite3_stmt *statement = NULL;
    const char *want = store->is_network ? "delete" : "wal", *text;
    int code, rc = -1;

    text = store->is_network ? "PRAGMA journal_mode=DELETE" : "PRAGMA journal_mode=WAL";
    code = sqlite3_prepare_v2(store->db, text, -1, &statement, NULL);
    if (code == SQLITE_OK)
        code = sqlite3_step(statement);
    if (code != SQLITE_ROW)
        sql_error(store, code, "opening the store", err);
    else if (strcmp(sql_text(statement, 0), want) != 0)
        err_set(err, ERR_STORE,
                "the store '%s' is read by others: its journal cannot be changed "
                "now",
                store->path);
    else
        rc = 0;
    sqlite3_finalize(statement);
    if (rc == 0)
        rc = sql_exec(store,
                      store->is_network ? "PRAGMA synchronous=FULL" : "PRAGMA synchronous=NORMAL",
                      err);
    return rc;
}

static void see_network(struct store *store)
{
    const char *type = "", *pretend = getenv("THEODOLITE_NETWORK"); /* for tests */

    store->is_network = file_on_network(store->path, &type);
    if (pretend && strcmp(pretend, "1") == 0) {
        store->is_network = true;
        type = "pretended";
    }
    if (store->is_network)
        snprintf(
            store->warning, sizeof store->warning,
            "'%s' is on a network file system (%s): the store keeps a rollback journal there "
            "instead of a write-ahead log, which is slower; keep it on a local disk if you can",
            store->path, type ? type : "?");
}

/* The second, real check; nothing has been written so far. */
static int check_inside(struct store *store, struct err *err)
{
    int64_t n = 0;
    int version = 0;

    if (check_header(store, &version, err) != 0 ||
        sql_number(store,
                   "SELECT count(*) FROM sqlite_master WHERE type = 'table' AND name IN"
                   " ('scan', 'value', 'point', 'round', 'command', 'engine')",
                   &n, err) != 0)
        return -1;
    if (n != 6)
        return sql_damaged(store, err, "the store '%s' is damaged: tables are missing",
                           store->path);
    return 0;
}

/* After the settings: a change of temp_store drops what is temporary. */
static int see_as_ours(struct store *store, struct err *err)
{
    int64_t version = 0;

    if (sql_number(store, "PRAGMA user_version", &version, err) != 0)
        return -1;
    if (version >= STORE_SCHEMA_VERSION)
        return 0;
    if (sql_exec(store, "PRAGMA query_only=0", err) != 0 ||
        (version < 2 && sql_exec(store, sql_1_seen_as_2, err) != 0) ||
        (version < 3 && sql_exec(store, sql_2_seen_as_3, err) != 0) ||
        sql_exec(store, sql_3_seen_as_4, err) != 0)
        return -1;
    return store->mode == STORE_READ ? sql_exec(store, "PRAGMA query_only=1", err) : 0;
}

static int open_readable(struct store *store, struct err *err)
{
    int code;

    if (connect_open(store, SQLITE_OPEN_READWRITE, err) == 0) {
        sqlite3_db_config(store->db, SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, 1, NULL);
        if (check_inside(store, err) == 0)
            return 0;
    }
    code = store->db ? sqlite3_errcode(store->db) & 0xff : SQLITE_ERROR;
    if (store->mode != STORE_READ || (code != SQLITE_CANTOPEN && code != SQLITE_READONLY))
        return -1;
    sqlite3_close(store->db);
    store->db = NULL;
    store->is_immutable = true;
    err_clear(err);
    if (has_beside(store->path, "-wal"))
        snprintf(
            store->warning, sizeof store->warning,
            "the folder of '%s' cannot be written to, so what is still in '%s-wal' is not seen",
            store->path, store->path);
    return connect_open(store, 0, err) == 0 ? check_inside(store, err) : -1;
}

/* Where nobody has file locks the heartbeat tells; in one transaction with our own first beat. */
static int claim_by_heartbeat(struct store *store, struct err *err)
{
    struct engine_row row;
    int rc = -1;

    if (store->lock_fd >= 0 && !store->is_network)
        return 0;
    if (store_begin(store, err) != 0 || store_engine(store, &row, err) != 0)
        goto out;
    if (row.is_alive) {
        err_set(err, ERR_LOCKED, "another engine runs on '%s': process %lld on %s", store->path,
                (long long)row.pid, row.host);
        goto out;
    }
    engine_row_is_me(&row);
    TRY(store_beat(store, &row, err));
    TRY(store_commit(store, err));
    rc = 0;
out:
    if (rc != 0)
        store_rollback(store);
    return rc;
}

struct store *store_open(const char *path, enum store_mode mode, struct err *err)
{
    struct store *store = NULL;

    if (look_at(path, err) != 0)
        return NULL;
    store = connect_blank(path, mode, err);
    if (!store)
        return NULL;
    see_network(store);
    if (mode == STORE_ENGINE)
        TRY(lock_take(path, &store->lock_fd, err));
    TRY(open_readable(store, err));
    connect_settings(store);
    if (mode == STORE_ENGINE) {
        TRY(choose_journal(store, err));
        TRY(store_migrate(store, migrations, sizeof migrations / sizeof migrations[0],
                          STORE_SCHEMA_VERSION, err));
        TRY(claim_by_heartbeat(store, err));
    } else
        TRY(see_as_ours(store, err));
    TRY(columns_load(store, err));
    sqlite3_db_config(store->db, SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, 0, NULL);
    store_changed(store);
    return store;
out:
    err_while(err, "opening the store '%s'", path);
    store_close(store);
    return NULL;
}

void store_checkpoint(struct store *store)
{
    sqlite3_busy_timeout(store->db, CHECKPOINT_MS);
    if (sqlite3_wal_checkpoint_v2(store->db, NULL, SQLITE_CHECKPOINT_TRUNCATE, NULL, NULL) !=
        SQLITE_OK)
        sqlite3_wal_checkpoint_v2(store->db, NULL, SQLITE_CHECKPOINT_PASSIVE, NULL, NULL);
    sqlite3_busy_timeout(store->db, STORE_BUSY_MS);
}

void store_close(struct store *store)
{
    int id;

    if (!store)
        return;
    if (store->db)
        store_rollback(store);
    store_cursor_free(store->one);
    for (id = 0; id < N_SQL; id++)
        sqlite3_finalize(store->statements[id]);
    sqlite3_close(store->db);
    lock_release(store->path, store->lock_fd);
    arena_free(store->names);
    mem_free(store->deltas);
    mem_free(store->running);
    mem_free(store->tallies);
    mem_free(store->path);
    mem_free(store);
}

const char *store_path(const struct store *store)
{
    return store->path;
}

const char *store_warning(const struct store *store)
{
    return store->warning[0] ? store->warning : NULL;
}
