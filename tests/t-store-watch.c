/* t-store-watch.c: readings for those who watch: points by number, the latest failures, times of
 * calculators, the newest model, a moment that stands still, an edited scan, a copy of the whole.
 */
#include "t-store-help.h"

static void must(int rc, const struct err *err)
{
    if (rc != 0)
        bail_out("%s", err->message);
}

static void test_points(struct store *writer, struct store *reader)
{
    static const uint64_t ids[] = {12, 5, 1000, 12};
    double values[4][HELP_VALUES], row[HELP_VALUES];
    struct point_row points[4];
    struct err err = ERR_INIT;
    int worker;
    double ended;
    size_t i;

    for (i = 0; i < 4; i++)
        points[i].row = values[i];
    must(store_points(reader, ids, 4, points, &err), &err);
    help_row(12, row);
    ok(points[0].id == 12 && points[3].id == 12 && memcmp(values[0], row, sizeof row) == 0 &&
           points[0].state == help_state(12),
       "a whole point, as often as it is asked for");
    is_uint(points[1].id, 5, "in the order of the numbers");
    ok(points[2].id == 0 && isnan(values[2][0]), "what is not there has number 0");
    must(store_point_end(reader, 12, &worker, &ended, &err), &err);
    ok(worker == 2 && ended == 1.7e9 + 12, "who ran it, and when it ended");
    must(store_begin(writer, &err), &err);
    must(help_insert(writer, 101, 101, &err), &err);
    must(store_commit(writer, &err), &err);
    must(store_point_end(reader, 101, &worker, &ended, &err), &err);
    ok(worker == -1 && isnan(ended), "of one that runs it is not known");
}

static void test_failures(struct store *reader)
{
    struct arena *arena = arena_create();
    struct failure_row *rows;
    struct err err = ERR_INIT;
    size_t n;

    must(store_failures(reader, 3, arena, &rows, &n, &err), &err);
    ok(n == 3 && rows[0].point == 100 && rows[1].point == 90 && rows[2].point == 80,
       "the newest three");
    ok(strcmp(rows[0].reason, "timeout") == 0 && strcmp(rows[1].reason, "exit") == 0 &&
           strcmp(rows[0].calculator, "sums") == 0,
       "where and why");
    is_str(rows[0].words, "it broke", "the first line of their words");
    is_double(rows[0].ended, 1.7e9 + 100, 0, "when");
    must(store_failures(reader, 50, arena, &rows, &n, &err), &err);
    is_size(n, 10, "all of them");
    arena_free(arena);
}

static void test_steps(struct store *writer, struct store *reader)
{
    double seconds[4];
    struct err err = ERR_INIT;
    uint64_t id;
    size_t n;

    store_begin(writer, &err);
    for (id = 1; id <= 10; id++) {
        struct store_step steps[] = {
            {.id = id, .calculator = "a", .exit = id == 9 ? -9 : 0, .seconds = 20.0 - (double)id},
            {.id = id, .calculator = "b", .seconds = 1}};
        must(store_add_steps(writer, 2, steps, &err), &err);
    }
    store_commit(writer, &err);
    must(store_step_times(reader, "a", 100, seconds, 4, &n, &err), &err);
    ok(n == 4 && seconds[0] == 10 && seconds[1] == 12 && seconds[2] == 13 && seconds[3] == 14,
       "the latest that ended well, the shortest first");
    must(store_step_times(reader, "a", 2, seconds, 4, &n, &err), &err);
    is_size(n, 1, "of the last two points");
    must(store_step_times(reader, "c", 100, seconds, 4, &n, &err), &err);
    is_size(n, 0, "one that never ran");
}

static void test_model(struct store *writer, struct store *reader)
{
    struct err err = ERR_INIT;
    struct buf data;
    uint32_t round = 77;
    bool found = true;

    buf_init(&data, 1 << 20);
    must(store_last_model(reader, &round, &data, &found, &err), &err);
    ok(!found, "no model yet");
    store_begin(writer, &err);
    must(store_put_model(writer, 3, "three", 5, &err), &err);
    must(store_put_model(writer, 4, "four", 4, &err), &err);
    store_commit(writer, &err);
    must(store_last_model(reader, &round, &data, &found, &err), &err);
    ok(found && round == 4 && data.len == 4 && memcmp(data.data, "four", 4) == 0, "the newest");
    buf_free(&data);
}

static void test_moment(struct store *writer, struct store *reader)
{
    struct store_counts before, within, after;
    struct err err = ERR_INIT;

    must(store_begin_reading(reader, &err), &err);
    must(store_counts(reader, &before, &err), &err);
    help_fill(writer, 201, 210);
    must(store_counts(reader, &within, &err), &err);
    store_end_reading(reader);
    must(store_counts(reader, &after, &err), &err);
    is_uint(within.total, before.total, "nothing comes in between");
    is_uint(after.total, before.total + 10, "afterwards it is there");
}

static void test_edited(struct store *writer, struct store *reader)
{
    const char *at = strstr(help_text, "      p:");
    double values[HELP_VALUES + 1];
    struct point_row point = {.row = values};
    struct err err = ERR_INIT;
    struct scan *scan;
    uint64_t id = 5;
    int64_t number = 0, later = 0;
    char text[2048];

    must(store_scan_number(reader, &number, &err), &err);
    snprintf(text, sizeof text, "%.*s      q: = mA * 2\n%s", (int)(at - help_text), help_text, at);
    scan = help_scan_of(text);
    must(store_update_scan(writer, scan, &err), &err);
    must(store_scan_number(reader, &later, &err), &err);
    ok(later > number, "an edited scan has another number");
    must(store_points(reader, &id, 1, &point, &err), &err);
    ok(point.id == 5 && isnan(values[4]) && values[5] > 0,
       "and its values stand where they are now");
    scan_free(scan);
}

static void test_snapshot(struct store *writer, struct store *reader)
{
    char copy[HELP_PATH], nowhere[HELP_PATH + 16];
    struct store_counts here, there;
    struct store *store;
    struct err err = ERR_INIT;

    help_path(copy, "copy.db");
    store_begin(writer, &err); /* in use */
    must(help_insert(writer, 301, 310, &err), &err);
    must(store_snapshot(reader, copy, &err), &err);
    store_commit(writer, &err);
    ok(!help_beside(copy, "-wal") && !help_beside(copy, "-journal"), "one file");
    store = help_open(copy, STORE_READ);
    must(store_counts(store, &there, &err), &err);
    store_close(store);
    must(store_counts(reader, &here, &err), &err);
    ok(there.total > 100 && here.total == there.total + 10, "with what was committed");
    ok(store_snapshot(reader, copy, &err) != 0 && strstr(err.message, "already"),
       "a file that is there is not overwritten");
    err = (struct err)ERR_INIT;
    snprintf(nowhere, sizeof nowhere, "%s/x/y.db", copy);
    ok(store_snapshot(reader, nowhere, &err) != 0, "a folder that is not there: %s", err.message);
    store = help_open(copy, STORE_ENGINE);
    ok(store != NULL, "an engine can go on with the copy");
    store_close(store);
}

int main(void)
{
    char path[HELP_PATH];
    struct store *writer = help_create(help_path(path, "watch.db")), *reader;

    help_fill(writer, 1, 100);
    reader = help_open(path, STORE_READ);
    test_failures(reader);
    test_points(writer, reader);
    test_steps(writer, reader);
    test_model(writer, reader);
    test_moment(writer, reader);
    test_edited(writer, reader);
    test_snapshot(writer, reader);
    store_close(reader);
    store_close(writer);
    return done_testing();
}
