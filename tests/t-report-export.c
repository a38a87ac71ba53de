/* t-report-export.c: exports are what the store holds, and status says what it knows. */
#include "t-store-help.h"

#include "theodolite/report.h"

#include <jansson.h>

static void read_all(const char *path, struct buf *text)
{
    struct err err = ERR_INIT;

    buf_clear(text);
    if (buf_read_file(text, path, &err) != 0)
        bail_out("%s", err.message);
}

static uint64_t export(struct store *store, enum export_format format, const char *where,
                       const char *out, struct buf *text)
{
    struct export_options options = {.format = format, .where = where, .out = out};
    struct err err = ERR_INIT;
    uint64_t n = 0;

    if (report_export(store, &options, &n, &err) != 0)
        bail_out("export: %s %s", err.message, err.trail);
    read_all(out, text);
    return n;
}

/* Field i of a line of csv without quotes. */
static const char *field(const char *line, size_t i, char out[64])
{
    size_t n;

    for (; i > 0; i--)
        line = strchr(line, ',') + 1;
    n = strcspn(line, ",\n");
    snprintf(out, 64, "%.*s", (int)n, line);
    return out;
}

static void test_csv(struct store *store)
{
    char path[HELP_PATH], cell[64];
    double row[HELP_VALUES], value;
    struct buf text;
    const char *line;
    uint64_t id = 0;
    int n_wrong = 0, v;

    buf_init(&text, 1 << 24);
    is_uint(export(store, EXPORT_CSV, NULL, help_path(path, "all.csv"), &text), 100,
            "all closed points");
    line = strchr(text.data, '\n') + 1;
    is_int(strncmp(text.data, "id,origin,round,state,accepted,reason,m0,mh,mA,s,p\n", 51), 0,
           "the head");
    for (; *line; line = strchr(line, '\n') + 1) {
        enum point_state state = help_state(++id);

        help_row(id, row);
        n_wrong += strcmp(field(line, 3, cell), state_name(state)) != 0;
        n_wrong += strcmp(field(line, 4, cell), state == STATE_ACCEPTED   ? "1"
                                                : state == STATE_REJECTED ? "0"
                                                                          : "") != 0;
        for (v = 0; v < 3; v++)
            n_wrong +=
                text_to_double(field(line, 6 + (size_t)v, cell), &value) != 0 || value != row[v];
    }
    is_int(n_wrong, 0, "every value reads back bit for bit");
    line = strstr(text.data, "\n10,");
    is_str(field(line + 1, 5, cell), "exit", "a reason");
    is_str(field(line + 1, 9, cell), "", "a missing value is empty");
    is_uint(export(store, EXPORT_TSV, "accepted and mh > 0.5", path, &text),
            export(store, EXPORT_CSV, "accepted == 1 and mh > 0.5", path, &text), "two conditions");
    is_uint(export(store, EXPORT_CSV, "failed", path, &text), 10, "the failed ones");
    is_uint(export(store, EXPORT_CSV, "id <= 30 and round == 1", path, &text), 10,
            "by id and round");
    is_uint(export(store, EXPORT_CSV, "uniform", path, &text), 29 /* ids 0 and 1 modulo 7 */,
            "those drawn from the prior");
    is_uint(export(store, EXPORT_CSV, "chi2 < 1 and not failed", path, &text), 90, "by chi2");
    is_uint(export(store, EXPORT_CSV, "s > -1", path, &text), 81,
            "a condition on a missing value does not hold");
    buf_free(&text);
}

static void test_jsonl(struct store *store)
{
    char path[HELP_PATH], *line, *end;
    double row[HELP_VALUES];
    struct buf text;
    uint64_t id = 0;
    int n_wrong = 0;

    buf_init(&text, 1 << 24);
    export(store, EXPORT_JSONL, NULL, help_path(path, "all.jsonl"), &text);
    for (line = text.data; *line; line = end + 1) {
        json_t *point;

        end = strchr(line, '\n');
        point = json_loadb(line, (size_t)(end - line), 0, NULL);
        help_row(++id, row);
        n_wrong += !point || json_integer_value(json_object_get(point, "id")) != (json_int_t)id ||
                   json_number_value(json_object_get(point, "m0")) != row[0] ||
                   json_object_size(point) != 11;
        if (help_state(id) == STATE_FAILED)
            n_wrong += !json_is_null(json_object_get(point, "s")) ||
                       !json_is_null(json_object_get(point, "accepted"));
        json_decref(point);
    }
    is_uint(id, 100, "a line per point");
    is_int(n_wrong, 0, "each an object with the point's values");
    buf_free(&text);
}

static void test_refusals(struct store *store)
{
    struct export_options bad = {.format = EXPORT_CSV, .where = "nonsense > 3", .out = "/dev/null"};
    struct export_options slha = {.format = EXPORT_SLHA, .out = "/dev/null"};
    struct export_options nowhere = {.format = EXPORT_CSV, .out = "/dev/null/x"};
    struct err err = ERR_INIT;

    is_int(export_format_find("JSONL"), EXPORT_JSONL, "formats by name");
    is_int(export_format_find("hdf5"), -1, "hdf5 is not one");
    ok(report_export(store, &bad, NULL, &err) == -1, "an unknown name");
    has_str(err.message, "nonsense", "is named");
    err_clear(&err);
    ok(report_export(store, &slha, NULL, &err) == -1, "nothing was kept");
    has_str(err.message, "keep:", "the way is named");
    err_clear(&err);
    ok(report_export(store, &nowhere, NULL, &err) == -1 && err.code == ERR_IO, "no such place");
}

static void test_status(struct store *store)
{
    struct engine_row engine = {.pid = 1,
                                .host = "elsewhere",
                                .state = "done",
                                .words = "goal",
                                .beat = 1.7e9,
                                .started = 1.7e9 - 60,
                                .active_s = 60};
    struct err err = ERR_INIT;
    struct store_counts counts;
    struct buf text;
    json_t *status, *points;
    size_t n_lines = 0, i;

    buf_init(&text, 1 << 20);
    store_counts(store, &counts, &err);
    store_beat(store, &engine, &err);
    ok(report_status(store, &text, &err) == 0, "status");
    for (i = 0; i < text.len; i++)
        n_lines += text.data[i] == '\n';
    ok(n_lines >= 9 && n_lines <= 12, "about ten lines (%zu)", n_lines);
    has_str(text.data, "done: goal", "how it ended");
    has_str(text.data, "sums exit 5", "what failed");
    has_str(text.data, "it broke", "in whose words");
    has_str(text.data, "of 90 judged points by right 24.4 %, low", "what rejects, the most first");
    has_str(text.data, "learner    -", "what is not known is said to be unknown");
    has_str(text.data, "theodolite export", "what to do now");
    buf_clear(&text);
    ok(report_status_json(store, &text, &err) == 0, "as JSON");
    status = json_loads(text.data, 0, NULL);
    points = json_object_get(status, "points");
    is_str(json_string_value(json_object_get(status, "state")), "done", "state");
    is_str(json_string_value(json_object_get(status, "scan")), "store-test", "scan");
    is_int(json_integer_value(json_object_get(points, "total")), 100, "total");
    is_int(json_integer_value(json_object_get(points, "accepted")), (intmax_t)counts.accepted,
           "accepted");
    is_int(json_integer_value(json_object_get(status, "evaluations")), 100, "evaluations");
    is_double(json_number_value(json_object_get(json_object_get(status, "volume"), "estimate")),
              (double)counts.uniform_accepted / (double)counts.uniform_total, 1e-12,
              "the volume is that of the uniform share alone");
    is_size(json_array_size(json_object_get(status, "failures")), 2, "failures");
    is_double(json_number_value(json_object_get(status, "seconds")), 60, 0, "seconds");
    json_decref(status);
    snprintf(engine.state, sizeof engine.state, "running");
    store_beat(store, &engine, &err);
    buf_clear(&text);
    report_status(store, &text, &err);
    has_str(text.data, "theodolite resume", "an engine that died: how to go on");
    buf_free(&text);
}

static void test_slha(void)
{
    char path[HELP_PATH], folder[HELP_PATH], file[HELP_PATH + 64];
    static const char *const names[] = {"000003-spec.slha", "000004-spec.slha",
                                        "000004-spec-more.slha"};
    struct scan *scan = help_scan_of("scan: kept\ngoal: 10 points\nparameters:\n"
                                     "  m0: uniform 0 .. 1\n  mh: uniform 0 .. 1\n"
                                     "  mA: uniform 0 .. 1\ncalculators:\n  spec:\n"
                                     "    run: /bin/cat\n    keep: all\n    read:\n"
                                     "      s: MASS[25]\n      p: MASS[36]\n");
    struct err err = ERR_INIT;
    struct export_options options = {.format = EXPORT_SLHA, .where = "id >= 3"};
    struct store *store;
    struct buf text;
    uint64_t n = 0;
    size_t i;

    buf_init(&text, 1 << 20);
    store = store_create(help_path(path, "kept.db"), scan, &err);
    scan_free(scan);
    if (!ok(store != NULL, "a store: %s", err.message))
        return;
    help_fill(store, 1, 6);
    store_begin(store, &err);
    for (i = 2; i <= 4; i++)
        store_add_file(store, i, "spec", "stdout", "BLOCK MASS\r\n\0 25", 16, &err);
    store_add_file(store, 4, "spec", "sub/more.dat", "x", 1, &err);
    store_commit(store, &err);
    options.out = help_path(folder, "spectra");
    file_remove_tree(folder, &err);
    ok(report_export(store, &options, &n, &err) == 0, "spectra: %s", err.message);
    is_uint(n, 2, "of the two points chosen that have some");
    for (i = 0; i < 3; i++) {
        snprintf(file, sizeof file, "%s/%s", folder, names[i]);
        ok(file_exists(file), "%s", names[i]);
    }
    snprintf(file, sizeof file, "%s/%s", folder, names[0]);
    read_all(file, &text);
    ok(text.len == 16 && memcmp(text.data, "BLOCK MASS\r\n\0 25", 16) == 0, "byte for byte");
    options.where = "id == 6";
    ok(report_export(store, &options, &n, &err) == -1, "none for a point without");
    buf_free(&text);
    store_close(store);
}

int main(void)
{
    char path[HELP_PATH];
    struct store *store = help_create(help_path(path, "report.db"));

    help_fill(store, 1, 100);
    test_csv(store);
    test_jsonl(store);
    test_refusals(store);
    test_status(store);
    store_close(store);
    test_slha();
    return done_testing();
}
