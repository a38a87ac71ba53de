/* t-store-points.c: points are stored, closed, read back, reopened; counts follow. */
#include "t-store-help.h"

#include <sqlite3.h>

static void test_round_trip(void)
{
    char path[HELP_PATH], why[256];
    struct store *store = help_create(help_path(path, "points.db"));
    struct store_counts counts;
    struct err err = ERR_INIT;
    double row[HELP_VALUES];
    uint64_t last = 0;

    ok(store_counts(store, &counts, &err) == 0 && counts.total == 0, "a new store has no points");
    store_begin(store, &err);
    ok(help_insert(store, 1, 300, &err) == 0, "300 points are inserted");
    ok(store_counts(store, &counts, &err) == 0, "counts within the transaction");
    is_uint(counts.running, 300, "all of them run");
    is_uint(counts.evaluations, 0, "nothing was evaluated yet");
    is_uint(counts.uniform_total, 0, "the uniform share has only closed points");
    ok(store_commit(store, &err) == 0, "commit");
    help_row(7, row);
    store_begin(store, &err);
    ok(help_close(store, 1, 200, &err) == 0, "200 are closed");
    ok(store_commit(store, &err) == 0, "commit");
    store_counts(store, &counts, &err);
    is_uint(counts.running, 100, "100 still run");
    is_uint(counts.evaluations, 200, "200 evaluations");
    is_double(counts.chain_seconds, 100, 1e-12, "their seconds are summed");
    store_begin(store, &err);
    ok(help_close(store, 150, 150, &err) == -1, "a closed point is not closed again");
    has_str(err.message, "closed already", "and it is said");
    store_rollback(store);
    store_begin(store, &err);
    err_clear(&err);
    ok(help_close(store, 301, 301, &err) == -1 && err.code == ERR_STORE,
       "nor one that is not there");
    store_rollback(store);
    store_begin(store, &err);
    ok(help_close(store, 201, 300, &err) == 0 && store_commit(store, &err) == 0, "the rest");
    ok(help_is_whole(store, 300, why), "every row and count is right: %s", why);
    ok(store_last_id(store, &last, &err) == 0 && last == 300, "the last id");
    store_begin(store, &err);
    ok(help_insert(store, 301, 340, &err) == 0 && help_close(store, 301, 310, &err) == 0,
       "more, but");
    store_rollback(store);
    ok(help_is_whole(store, 300, why), "rolled back they are not there: %s", why);
    store_begin(store, &err);
    ok(help_close(store, 320, 320, &err) == -1, "and cannot be closed");
    store_rollback(store);
    help_fill(store, 301, 320);
    ok(help_is_whole(store, 320, why), "nor are they counted with what comes next: %s", why);
    store_close(store);
    ok(!help_beside(path, "-wal") && !help_beside(path, "-lock"), "nothing is left beside it");
    store = help_open(path, STORE_READ);
    ok(help_is_whole(store, 320, why), "and by another reader: %s", why);
    store_close(store);
}

static void test_select(void)
{
    char path[HELP_PATH];
    struct store *store = help_create(help_path(path, "select.db"));
    double values[8][HELP_VALUES], want[HELP_VALUES];
    bool wanted[HELP_VALUES] = {false, true, false, false, true};
    struct point_row points[8];
    struct store_query query = {.from_id = 42, .state = STATE_REJECTED, .wanted = wanted};
    struct store_cursor *cursor;
    struct err err = ERR_INIT;
    size_t i, n = 0, n_all = 0, n_wrong = 0, expected = 0;
    uint64_t id;

    for (i = 0; i < 8; i++)
        points[i].row = values[i];
    help_fill(store, 1, 200);
    for (id = 42; id <= 200; id++)
        expected += help_state(id) == STATE_REJECTED;
    cursor = store_select(store, &query, &err);
    while (cursor && store_fetch(cursor, 8, points, &n, &err) == 0 && n > 0) {
        n_all += n;
        for (i = 0; i < n; i++) {
            help_row(points[i].id, want);
            n_wrong += points[i].state != STATE_REJECTED || points[i].id < 42 ||
                       values[i][1] != want[1] || values[i][4] != want[4] || !isnan(values[i][0]) ||
                       !isnan(values[i][3]);
            n_wrong += isnan(points[i].predicted) != (points[i].id % 2 == 0);
            n_wrong += isnan(points[i].density) != (points[i].id % 3 == 0);
        }
    }
    store_cursor_free(cursor);
    is_size(n_all, expected, "points of one state from an id on");
    is_size(n_wrong, 0, "only the wanted values are read");
    store_close(store);
}

static int count_file(void *context, const char *calculator, const char *name, const void *data,
                      size_t n, struct err *err)
{
    (void)err;
    if (strcmp(calculator, "sums") == 0 && strcmp(name, "out") == 0 && n == 3 &&
        memcmp(data, "a\0b", 3) == 0)
        ++*(int *)context;
    return 0;
}

static int read_step(void *context, const struct store_step *step)
{
    char *seen = context;
    size_t len = strlen(seen);

    snprintf(seen + len, 64 - len, "%s:%d ", step->calculator, step->exit);
    return 0;
}

static void test_failures(void)
{
    char path[HELP_PATH], seen[64] = "", why[256];
    struct store *store = help_create(help_path(path, "fail.db"));
    struct store_step steps[] = {{10, "zeta", 0, 0.1}, {10, "alpha", 3, 0.2}, {20, "zeta", 0, 0.3}};
    struct store_failure failure;
    struct store_tally tallies[4];
    struct store_counts counts;
    struct err err = ERR_INIT;
    size_t n = 0;
    bool found = false;
    int n_files = 0;

    help_fill(store, 1, 100);
    store_begin(store, &err);
    ok(store_add_steps(store, 3, steps, &err) == 0 &&
           store_add_file(store, 10, "sums", "out", "a\0b", 3, &err) == 0 &&
           store_commit(store, &err) == 0,
       "steps and a file");
    ok(store_each_step(store, 10, read_step, seen, &err) == 0, "steps are read");
    is_str(seen, "zeta:0 alpha:3 ", "in the order of the chain");
    ok(store_each_file(store, 10, count_file, &n_files, &err) == 0 && n_files == 1, "and the file");
    ok(store_failure(store, 10, &failure, &found, &err) == 0 && found, "why point 10 failed");
    is_str(failure.reason, "exit", "its class");
    is_str(failure.words, "it broke\nsecond line\n", "its words");
    ok(store_failure(store, 11, &failure, &found, &err) == 0 && !found, "point 11 did not fail");
    ok(store_tallies(store, tallies, 4, &n, &err) == 0 && n == 2, "two kinds of failure");
    is_uint(tallies[0].count + tallies[1].count, 10, "of ten");
    is_str(tallies[0].example, "it broke: second line", "with an example");

    store_begin(store, &err);
    ok(store_reopen_failed(store, "timeout", &n, &err) == 0 && n == 5, "the timeouts run again");
    ok(store_commit(store, &err) == 0, "commit");
    store_counts(store, &counts, &err);
    is_uint(counts.running, 5, "they run");
    is_uint(counts.failed, 5, "and failed no more");
    is_uint(counts.evaluations, 100, "what was evaluated stays counted");
    store_tallies(store, tallies, 4, &n, &err);
    is_size(n, 1, "their tally is gone");
    store_begin(store, &err);
    ok(store_reopen_failed(store, NULL, &n, &err) == 0 && n == 5, "the others as well");
    ok(store_commit(store, &err) == 0, "commit");
    seen[0] = '\0';
    store_each_step(store, 10, read_step, seen, &err);
    is_str(seen, "", "steps of the first run are gone");
    store_begin(store, &err);
    for (uint64_t id = 10; id <= 100; id += 10)
        help_close(store, id, id, &err);
    ok(store_commit(store, &err) == 0, "they fail again");
    ok(help_is_whole(store, 100, why), "as before: %s", why);
    store_counts(store, &counts, &err);
    is_uint(counts.evaluations, 110, "and count twice");
    store_close(store);
}

static void test_words(void)
{
    char path[HELP_PATH], long_words[5000];
    struct store *store = help_create(help_path(path, "words.db"));
    double row[HELP_VALUES];
    struct point_new point = help_new(1, row);
    struct point_closed closed = help_closed(10, row);
    struct store_failure failure;
    struct err err = ERR_INIT;
    bool found;

    memset(long_words, 'x', sizeof long_words);
    memcpy(long_words + sizeof long_words - 15, "\033[1m\xff\xc3\xa9\xed\xa0\x80 end", 15);
    closed.id = 1;
    closed.words = long_words;
    store_begin(store, &err);
    ok(store_insert_points(store, 1, &point, &err) == 0 &&
           store_close_points(store, 1, &closed, &err) == 0 && store_commit(store, &err) == 0,
       "words of 5000 bytes, not all of them text");
    ok(store_failure(store, 1, &failure, &found, &err) == 0 && found, "are kept");
    is_size(strlen(failure.words), 2047, "up to a limit");
    is_str(failure.words + 2047 - 14, " [1m?\xc3\xa9??? end", "the end of them, as valid text");
    store_close(store);
}

/* By hand, as any other program would. */
static void test_views(void)
{
    char path[HELP_PATH];
    struct scan *scan = help_scan();
    const char *value_names[HELP_VALUES] = {"m0", "mh", "mH", "s", "p"}; /* two differ in case */
    struct err err = ERR_INIT;
    struct store *store;
    static const char *const names[] = {"id", "origin", "round", "state", "accepted", "reason",
                                        "m0", "mh",     "mH_2",  "s",     "p"};
    sqlite3_stmt *row = NULL;
    sqlite3 *db = NULL;
    double want[HELP_VALUES];
    int i;

    scan->value_names = value_names;
    store = store_create(help_path(path, "view.db"), scan, &err);
    scan_free(scan);
    if (!ok(store != NULL, "names that differ in case only: %s", err.message))
        return;
    help_fill(store, 1, 40);
    store_close(store);
    sqlite3_open_v2(path, &db, SQLITE_OPEN_READWRITE, NULL);
    sqlite3_prepare_v2(db, "SELECT * FROM points WHERE id IN (2, 20, 11) ORDER BY id", -1, &row,
                       NULL);
    if (!ok(row && sqlite3_step(row) == SQLITE_ROW, "the view is read"))
        return;
    is_int(sqlite3_column_count(row), 11, "eleven columns");
    for (i = 0; i < 11; i++)
        is_str(sqlite3_column_name(row, i), names[i], "column %d", i);
    help_row(2, want);
    is_str((const char *)sqlite3_column_text(row, 1), "learned", "origins are words");
    for (i = 0; i < HELP_VALUES; i++)
        is_double(sqlite3_column_double(row, 6 + i), want[i], 0, "value %d", i);
    sqlite3_step(row);
    is_str((const char *)sqlite3_column_text(row, 3), "unknown", "states as well");
    is_int(sqlite3_column_type(row, 4), SQLITE_NULL, "unknown is not rejected");
    sqlite3_step(row);
    is_str((const char *)sqlite3_column_text(row, 5), "timeout", "and reasons");
    is_int(sqlite3_column_type(row, 9), SQLITE_NULL, "a missing value is NULL");
    sqlite3_finalize(row);
    sqlite3_prepare_v2(db, "SELECT name, outcome FROM terms WHERE point = 11 ORDER BY name", -1,
                       &row, NULL);
    sqlite3_step(row);
    is_str((const char *)sqlite3_column_text(row, 1), "unknown", "the term low of point 11");
    sqlite3_finalize(row);
    sqlite3_close(db);
}

int main(void)
{
    test_round_trip();
    test_select();
    test_failures();
    test_words();
    test_views();
    return done_testing();
}
