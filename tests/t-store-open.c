/* t-store-open.c: which files are opened, which are refused and left alone; one engine per store;
 * journals; commands; migrations. */
#include "t-store-help.h"

#include "../src/store/private.h"

#include <errno.h>

static void spoil(const char *path, long at, const void *bytes, size_t n)
{
    FILE *file = fopen(path, "r+b");

    if (!file || fseek(file, at, SEEK_SET) != 0 || fwrite(bytes, 1, n, file) != n)
        bail_out("cannot spoil %s", path);
    fclose(file);
}

static void sql(const char *path, const char *text)
{
    sqlite3 *db = NULL;

    if (sqlite3_open(path, &db) != SQLITE_OK || sqlite3_exec(db, text, NULL, NULL, NULL) != 0)
        bail_out("%s: %s", text, sqlite3_errmsg(db));
    sqlite3_close(db);
}

static void is_refused(const char *path, const char *part, const char *what)
{
    uint64_t before = file_exists(path) ? help_checksum(path) : 0;
    enum store_mode mode;

    for (mode = STORE_READ; mode <= STORE_ENGINE; mode++) {
        struct err err = ERR_INIT;
        struct store *store = store_open(path, mode, &err);

        ok(store == NULL && err.code == ERR_STORE, "%s is refused (mode %d)", what, (int)mode);
        has_str(err.message, part, "and it is said why");
        store_close(store);
    }
    ok(!file_exists(path) || help_checksum(path) == before, "%s: not a byte has changed", what);
    ok(!help_beside(path, "-wal") && !help_beside(path, "-shm") && !help_beside(path, "-lock"),
       "%s: nothing lies beside it", what);
}

static void test_refusals(void)
{
    char path[HELP_PATH];
    struct err err = ERR_INIT;
    struct scan *scan = help_scan();
    struct store *store;

    is_refused(help_path(path, "none.db"), "no store", "a missing file");
    file_write(help_path(path, "empty.db"), "", 0, &err);
    is_refused(path, "empty", "an empty file");
    file_write(help_path(path, "text.db"), help_text, sizeof help_text, &err);
    is_refused(path, "not a store", "a text");
    sql(help_path(path, "other.db"), "CREATE TABLE t (x); PRAGMA user_version=1");
    is_refused(path, "another program", "another program's database");
    store_close(help_create(help_path(path, "newer.db")));
    spoil(path, 60, "\0\0\0\x63", 4); /* user_version, big endian */
    is_refused(path, "newer", "a store of a newer version");
    store = help_create(help_path(path, "short.db"));
    help_fill(store, 1, 500);
    store_close(store);
    if (truncate(path, 3 * STORE_PAGE_SIZE) != 0)
        bail_out("truncate");
    is_refused(path, "damaged", "a truncated store");
    is_refused(path, "short.db .recover | sqlite3 NEW.db", "with what can be done");
    store_close(help_create(help_path(path, "holes.db")));
    spoil(path, 100, "\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff", 10);
    is_refused(path, "damaged", "a store whose schema is overwritten");
    ok(store_open("/", STORE_READ, &err) == NULL, "a folder is refused");

    store = help_create(help_path(path, "there.db"));
    help_fill(store, 1, 20);
    store_close(store);
    uint64_t before = help_checksum(path);
    err_clear(&err);
    ok(store_create(path, scan, &err) == NULL && err.code == ERR_STORE,
       "a store is not made twice");
    has_str(err.message, "resume", "the way on is named");
    ok(help_checksum(path) == before, "and it is as it was");
    scan_free(scan);
}

static void test_lock(void)
{
    char path[HELP_PATH], link_path[HELP_PATH], why[256];
    struct store *first = help_create(help_path(path, "lock.db")), *second;
    struct err err = ERR_INIT;

    second = store_open(path, STORE_ENGINE, &err);
    ok(second == NULL && err.code == ERR_LOCKED, "a second engine is refused");
    has_str(err.message, "process", "the first is named");
    err_clear(&err);
    help_path(link_path, "link.db");
    if (symlink(path, link_path) != 0)
        bail_out("symlink");
    ok(store_open(link_path, STORE_ENGINE, &err) == NULL && err.code == ERR_LOCKED,
       "by another name of the file as well");
    second = help_open(path, STORE_READ);
    help_fill(first, 1, 40);
    ok(help_is_whole(second, 40, why), "a reader sees what the engine commits: %s", why);
    store_close(second);
    store_close(first);
    second = store_open(path, STORE_ENGINE, &err);
    ok(second != NULL, "after the first has gone a second is welcome");
    store_close(second);
}

static void test_commands(void)
{
    char path[HELP_PATH];
    struct store *engine = help_create(help_path(path, "tell.db"));
    struct store *user = help_open(path, STORE_COMMAND), *reader = help_open(path, STORE_READ);
    struct arena *arena = arena_create();
    struct command_row *rows, row;
    struct err err = ERR_INIT;
    int64_t id = 0, other = 0;
    size_t n = 0;

    ok(!store_changed(engine), "nothing has changed at first");
    ok(store_add_command(user, "pause", &id, &err) == 0, "a command");
    ok(store_changed(engine), "the engine notices");
    ok(!store_changed(engine), "once");
    store_add_command(user, "cut mA < 0.5", &other, &err);
    ok(store_open_commands(engine, arena, &rows, &n, &err) == 0 && n == 2, "two are open");
    is_str(rows[1].text, "cut mA < 0.5", "in their order");
    ok(rows[0].answer == NULL, "without an answer");
    ok(store_answer_command(engine, id, true, "paused", 3, &err) == 0, "an answer");
    ok(store_changed(user), "the user notices");
    ok(store_command(user, id, arena, &row, &err) == 0 && row.is_ok, "and reads it");
    is_str(row.answer, "paused", "word by word");
    store_open_commands(engine, arena, &rows, &n, &err);
    is_size(n, 1, "one is still open");
    ok(store_journal(reader, arena, &rows, &n, &err) == 0 && n == 2, "the journal has both");
    ok(store_add_command(reader, "stop", &id, &err) == -1, "a reader cannot command");
    arena_free(arena);
    store_close(reader);
    store_close(user);
    store_close(engine);
}

static void test_small_tables(void)
{
    char path[HELP_PATH];
    struct store *store = help_create(help_path(path, "small.db"));
    struct worker_row workers[3] = {
        {.worker = 0, .pid = 10, .point = 7, .since = 1.5, .n_done = 3, .busy_s = 0.5},
        {.worker = 1, .pid = 11, .n_done = 4, .busy_s = 1},
        {.worker = 2, .pid = 12, .point = 9}};
    struct engine_row engine = {.pid = getpid(), .state = "running", .words = "", .active_s = 12};
    struct arena *arena = arena_create();
    struct round_row round = {.round = 4,
                              .first_id = 61,
                              .n_points = 20,
                              .promised = 0.5,
                              .volume = NAN,
                              .volume_error = NAN,
                              .metrics = "{}"},
                     *rounds;
    struct log_row *logs;
    struct err err = ERR_INIT;
    struct buf data;
    bool found;
    size_t n;

    buf_init(&data, 1 << 20);
    ok(store_set_meta(store, "k", "v", &err) == 0 && store_get_meta(store, "k", &data, &err) == 0,
       "meta");
    is_str(data.data, "v", "is read back");
    store_get_meta(store, "none", &data, &err);
    is_str(data.data, "", "what is not there is empty");
    for (uint32_t r = 1; r <= 5; r++)
        ok(store_put_model(store, r, &r, sizeof r, &err) == 0, "model %u", r);
    buf_clear(&data);
    ok(store_get_model(store, 3, &data, &found, &err) == 0 && found && data.len == 4, "model 3");
    ok(store_get_model(store, 2, &data, &found, &err) == 0 && !found, "older ones are dropped");
    ok(store_put_workers(store, workers, 3, &err) == 0 &&
           store_put_workers(store, workers, 2, &err) == 0,
       "workers come and go");
    ok(store_workers(store, workers, 3, &n, &err) == 0 && n == 2 && workers[0].point == 7 &&
           workers[1].point == 0,
       "and are read");
    gethostname(engine.host, sizeof engine.host - 1);
    engine.beat = clock_wall_s();
    ok(store_beat(store, &engine, &err) == 0 && store_engine(store, &engine, &err) == 0 &&
           engine.is_alive && engine.active_s == 12,
       "the engine beats");
    snprintf(engine.words, sizeof engine.words, "over\ntwo lines");
    store_beat(store, &engine, &err);
    store_engine(store, &engine, &err);
    is_str(engine.words, "over two lines", "why it ended is one line");
    store_log(store, LOG_NOTE, "one", &err);
    store_log(store, LOG_ERROR, "two", &err);
    ok(store_logs(store, 0, 1, arena, &logs, &n, &err) == 0 && n == 1, "the log's end");
    is_str(logs[0].text, "two", "is its last line");
    help_fill(store, 1, 100);
    ok(store_put_round(store, &round, &err) == 0, "a round's figures");
    ok(store_rounds(store, 3, arena, &rounds, &n, &err) == 0 && n == 2, "rounds from the third");
    is_uint(rounds[1].n_closed, 20, "its points were counted before");
    is_str(rounds[1].metrics, "{}", "metrics");
    ok(isnan(rounds[1].volume) && rounds[1].promised == 0.5, "unknown stays unknown");
    store_close(store);
    store = help_open(path, STORE_READ);
    ok(store_engine(store, &engine, &err) == 0 && !engine.is_alive,
       "an engine that left its lock is not alive, though its process is");
    store_close(store);
    arena_free(arena);
    buf_free(&data);
}

static void test_network(void)
{
    char path[HELP_PATH], why[256];
    struct store *store;
    struct err err = ERR_INIT;
    int64_t n;

    setenv("THEODOLITE_NETWORK", "1", 1);
    store = help_create(help_path(path, "net.db"));
    has_str(store_warning(store), "network", "a network file system is said");
    help_fill(store, 1, 60);
    ok(!help_beside(path, "-wal"), "no write-ahead log there");
    ok(sql_number(store, "PRAGMA synchronous", &n, &err) == 0 && n == 2, "every commit is synced");
    ok(help_is_whole(store, 60, why), "but all works: %s", why);
    store_close(store);
    unsetenv("THEODOLITE_NETWORK");
    store = help_open(path, STORE_ENGINE);
    help_fill(store, 61, 80);
    ok(store_warning(store) == NULL && help_beside(path, "-wal"), "back on a local disk: a log");
    store_close(store);
}

static void test_migrations(void)
{
    static const struct migration good[] = {
        {4, 5, "ALTER TABLE log ADD COLUMN extra TEXT"},
        {5, 7, "CREATE TABLE fresh (x); DROP VIEW terms; DROP VIEW points"},
    };
    static const struct migration bad[] = {{4, 5, "CREATE TABLE half (x); SELECT nonsense"}};
    char path[HELP_PATH], why[256];
    struct store *store = help_create(help_path(path, "old.db"));
    struct err err = ERR_INIT;
    int64_t n = 0;

    help_fill(store, 1, 30);
    ok(store_migrate(store, bad, 1, 5, &err) == -1, "a migration that fails");
    ok(sql_number(store, "PRAGMA user_version", &n, &err) == 0 && n == 4, "leaves the version");
    ok(sql_number(store, "SELECT count(*) FROM sqlite_master WHERE name = 'half'", &n, &err) == 0 &&
           n == 0,
       "and nothing half done");
    ok(store_migrate(store, good, 1, 7, &err) == -1, "no way to the version asked for");
    ok(store_migrate(store, good, 2, 7, &err) == 0, "two steps: %s", err.message);
    ok(sql_number(store, "PRAGMA user_version", &n, &err) == 0 && n == 7, "the new version");
    ok(sql_number(store, "SELECT count(*) FROM points", &n, &err) == 0 && n == 30, "and its views");
    ok(help_is_whole(store, 30, why), "with all points: %s", why);
    store_close(store);
}

/* As the first version made it. */
static void make_old(const char *path)
{
    struct store *store = help_create(path);
    struct err err = ERR_INIT;
    int64_t id;

    help_fill(store, 1, 30);
    ok(store_add_command(store, "batch 7", &id, &err) == 0, "a command: %s", err.message);
    store_close(store);
    sql(path, "ALTER TABLE command DROP COLUMN undo; ALTER TABLE command DROP COLUMN undone;"
              "ALTER TABLE worker DROP COLUMN calculator;"
              "ALTER TABLE worker DROP COLUMN calculator_since; DROP TABLE integral;"
              "DROP TABLE cell; CREATE TABLE cell (id INTEGER PRIMARY KEY, data BLOB);"
              "ALTER TABLE round DROP COLUMN p_closed; ALTER TABLE round DROP COLUMN p_accepted;"
              "ALTER TABLE round DROP COLUMN p_failed; ALTER TABLE round DROP COLUMN wall_s;"
              "PRAGMA user_version = 1");
}

static void has_commands(struct store *store, size_t n_wanted, const char *what)
{
    struct arena *arena = arena_create();
    struct command_row *rows = NULL;
    struct err err = ERR_INIT;
    size_t n = 0;

    ok(store != NULL && store_journal(store, arena, &rows, &n, &err) == 0, "%s: %s", what,
       err.message);
    is_size(n, n_wanted, "all commands");
    ok(n > 0 && strcmp(rows[0].text, "batch 7") == 0 && rows[0].undo == NULL && rows[0].undone == 0,
       "none of them can be undone");
    arena_free(arena);
}

static void has_no_integral(struct store *store, const char *what)
{
    struct arena *arena = arena_create();
    struct integral_row row;
    struct cell_row *cells;
    struct err err = ERR_INIT;
    bool found = true;
    size_t n = 1;

    ok(store_last_integral(store, arena, &row, &found, &err) == 0 && !found, "%s: %s", what,
       err.message);
    ok(store_cells(store, UINT32_MAX, arena, &cells, &n, &err) == 0 && n == 0, "and no cells: %s",
       err.message);
    arena_free(arena);
}

static void test_older(void)
{
    char path[HELP_PATH], why[256];
    struct store *store;
    struct arena *arena = arena_create();
    struct command_row row;
    struct err err = ERR_INIT;
    int64_t id, n = 0;

    make_old(help_path(path, "first.db"));
    store = help_open(path, STORE_READ);
    has_commands(store, 1, "a store of schema 1 is read as it is");
    ok(sql_number(store, "PRAGMA user_version", &n, &err) == 0 && n == 1, "and stays so");
    has_no_integral(store, "it holds no integration");
    store_close(store);
    store = help_open(path, STORE_COMMAND);
    ok(store_add_command(store, "batch 8", &id, &err) == 0, "it takes commands: %s", err.message);
    has_commands(store, 2, "both are in the journal");
    store_close(store);
    store = help_open(path, STORE_ENGINE);
    ok(sql_number(store, "PRAGMA user_version", &n, &err) == 0 && n == STORE_SCHEMA_VERSION,
       "an engine makes it a store of today");
    has_commands(store, 2, "nothing of it is lost");
    has_no_integral(store, "which could hold integrations now");
    ok(help_is_whole(store, 30, why), "with all points: %s", why);
    ok(store_begin(store, &err) == 0 && store_set_undo(store, 1, "batch 3", 0, &err) == 0 &&
           store_set_undo(store, 2, NULL, 1, &err) == 0 && store_commit(store, &err) == 0,
       "how a command is undone: %s", err.message);
    ok(store_command(store, 1, arena, &row, &err) == 0 && row.undone == 2, "and by which");
    is_str(row.undo, "batch 3", "it comes back");
    store_close(store);
    arena_free(arena);
}

static void test_scan(void)
{
    char path[HELP_PATH];
    struct store *store = help_create(help_path(path, "scan.db"));
    struct err err = ERR_INIT;
    struct buf given, resolved;
    struct scan *scan;
    double row[HELP_VALUES];
    int64_t n;

    buf_init(&given, 1 << 20);
    buf_init(&resolved, 1 << 20);
    ok(store_scan_text(store, &given, &resolved, &err) == 0, "the scan's text");
    is_str(given.data, help_text, "as it was given");
    scan = store_scan(store, &err);
    if (ok(scan != NULL, "and parsed: %s", err.message))
        is_str(scan->value_names[4], "p", "with its values");
    scan_free(scan);
    help_fill(store, 1, 20);
    scan = help_scan_of("scan: store-test\ngoal: 100 points\nparameters:\n  m0: uniform 0 .. 1\n"
                        "  mh: uniform 0 .. 1\n  mA: uniform 0 .. 1\ncalculators:\n  sums:\n"
                        "    read:\n      q: = m0 + mh\n      s: = m0 * mh\n      p: = m0 + mA\n");
    ok(store_update_scan(store, scan, &err) == 0, "a scan with another observable: %s",
       err.message);
    scan_free(scan);
    ok(sql_number(store, "SELECT count(*) FROM points WHERE q IS NULL AND m0 IS NOT NULL", &n,
                  &err) == 0 &&
           n == 20,
       "which the points before do not have");
    struct store_query query = {.from_id = 7, .state = -1};
    double values[HELP_VALUES + 1];
    struct point_row point = {.row = values};
    struct store_cursor *cursor = store_select(store, &query, &err);
    size_t got;
    help_row(7, row);
    ok(cursor && store_fetch(cursor, 1, &point, &got, &err) == 0 && got == 1 && isnan(values[3]) &&
           values[4] == row[3] && values[5] == row[4],
       "the others keep their values");
    store_cursor_free(cursor);
    store_close(store);
    buf_free(&given);
    buf_free(&resolved);
}

/* Permissions do not hold for root, who runs tests in containers. */
static void test_unreadable(void)
{
    char path[HELP_PATH];
    struct err err = ERR_INIT;
    struct store *store = help_create(help_path(path, "unreadable.db"));

    store_close(store);
    if (geteuid() == 0) {
        skip(1, "root may read everything");
        return;
    }
    chmod(path, 0);
    store = store_open(path, STORE_READ, &err);
    ok(store == NULL, "a store that may not be read is refused");
    has_str(err.message, strerror(EACCES), "for the reason that it has");
    unlink(path);
}

int main(void)
{
    test_refusals();
    test_lock();
    test_commands();
    test_small_tables();
    test_network();
    test_migrations();
    test_older();
    test_scan();
    test_unreadable();
    return done_testing();
}
