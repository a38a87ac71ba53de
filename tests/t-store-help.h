/* t-store-help.h: what the tests of the store share: a scan, a fresh folder's store, points.
 *
 * The scan has parameters m0, mh, mA and observables s and p,
 * and the constraints low (s < 0.5) and right (mh > 0.25).  Point i is a function of i. */
#ifndef TESTS_T_STORE_HELP_H
#define TESTS_T_STORE_HELP_H

#include "tap.h"
#include "theodolite/store.h"

#include <fcntl.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { HELP_VALUES = 5, HELP_PATH = 512 };

static const char help_text[] = "scan: store-test\n"
                                "goal: 100 points\n"
                                "seed: 7\n"
                                "parameters:\n"
                                "  m0: uniform 0 .. 1 GeV\n"
                                "  mh: uniform 0 .. 1\n"
                                "  mA: uniform 0 .. 1\n"
                                "calculators:\n"
                                "  sums:\n"
                                "    read:\n"
                                "      s: = m0 * mh\n"
                                "      p: = m0 + mA\n"
                                "constraints:\n"
                                "  low: s < 0.5\n"
                                "  right: mh > 0.25\n";

static inline struct scan *help_scan_of(const char *text)
{
    struct scan_diagnostics *diagnostics = scan_diagnostics_create();
    struct scan_options options = {.sets = NULL};
    struct err err = ERR_INIT;
    struct scan *scan = NULL;
    struct buf words;

    buf_init(&words, 1 << 20);
    if (scan_parse(text, "test.yaml", "/", &options, &scan, diagnostics, &err) != 0)
        bail_out("scan: %s", err.message);
    if (scan_n_errors(diagnostics) > 0) {
        scan_print_diagnostics(diagnostics, "test.yaml", text, &words, &err);
        bail_out("scan: %s", words.data);
    }
    buf_free(&words);
    scan_diagnostics_free(diagnostics);
    return scan;
}

static inline struct scan *help_scan(void)
{
    return help_scan_of(help_text);
}

/* A path in the test's own folder; nothing of that name, and nothing beside it, exists after. */
static inline const char *help_path(char path[HELP_PATH], const char *name)
{
    static const char *const beside[] = {"", "-wal", "-shm", "-lock", "-journal", "-new"};
    const char *folder = getenv("TMPDIR");
    char other[HELP_PATH + 16];
    size_t i;

    snprintf(path, HELP_PATH, "%s/%s", folder ? folder : "/tmp", name);
    for (i = 0; i < sizeof beside / sizeof beside[0]; i++) {
        snprintf(other, sizeof other, "%s%s", path, beside[i]);
        unlink(other);
    }
    return path;
}

static inline struct store *help_create(const char *path)
{
    struct scan *scan = help_scan();
    struct err err = ERR_INIT;
    struct store *store = store_create(path, scan, &err);

    if (!store)
        bail_out("store_create: %s (%s)", err.message, err.trail);
    scan_free(scan);
    return store;
}

static inline struct store *help_open(const char *path, enum store_mode mode)
{
    struct err err = ERR_INIT;
    struct store *store = store_open(path, mode, &err);

    if (!store)
        bail_out("store_open: %s (%s)", err.message, err.trail);
    return store;
}

/* The values of point `id`. */
static inline void help_row(uint64_t id, double row[HELP_VALUES])
{
    row[0] = fmod((double)id * 0.6180339887498949, 1);
    row[1] = fmod((double)id * 0.7548776662466927, 1);
    row[2] = fmod((double)id * 0.5698402909980532, 1);
    row[3] = row[0] * row[1];
    row[4] = row[0] + row[2];
}

/* What becomes of point `id`: every 10th fails, every 11th is unknown. */
static inline enum point_state help_state(uint64_t id)
{
    double row[HELP_VALUES];

    help_row(id, row);
    if (id % 10 == 0)
        return STATE_FAILED;
    if (id % 11 == 0)
        return STATE_UNKNOWN;
    return row[3] < 0.5 && row[1] > 0.25 ? STATE_ACCEPTED : STATE_REJECTED;
}

static inline struct point_new help_new(uint64_t id, double row[HELP_VALUES])
{
    help_row(id, row);
    return (struct point_new){.id = id,
                              .round = (uint32_t)((id - 1) / 20),
                              .origin = (enum point_origin)(id % N_ORIGINS),
                              .predicted = id % 2 ? 0.25F : NAN,
                              .density = id % 3 ? 1.5 : (double)NAN,
                              .row = row};
}

static inline struct point_closed help_closed(uint64_t id, double row[HELP_VALUES])
{
    enum point_state state = help_state(id);
    struct point_closed closed = {.id = id,
                                  .state = state,
                                  .worker = 2,
                                  .seconds = 0.5F,
                                  .ended = 1.7e9 + (double)id,
                                  .row = row};

    help_row(id, row);
    closed.verdict.label = state == STATE_ACCEPTED ? 1 : state == STATE_REJECTED ? 0 : -1;
    closed.verdict.fails = (uint64_t)(row[3] >= 0.5) | (uint64_t)(row[1] <= 0.25) << 1;
    if (state == STATE_UNKNOWN) {
        closed.verdict.unknown = 1;
        closed.verdict.fails &= ~(uint64_t)1;
        row[3] = NAN;
    }
    if (state == STATE_FAILED) {
        row[3] = row[4] = NAN;
        closed.verdict = (struct verdict){.label = -1, .unknown = 3, .chi2 = NAN};
        closed.calculator = "sums";
        closed.stage = "run";
        closed.reason = id % 20 ? "exit" : "timeout";
        closed.words = "it broke\nsecond line\n";
    }
    return closed;
}

static inline int help_insert(struct store *store, uint64_t from, uint64_t to, struct err *err)
{
    double row[HELP_VALUES];
    uint64_t id;

    for (id = from; id <= to; id++) {
        struct point_new point = help_new(id, row);
        if (store_insert_points(store, 1, &point, err) != 0)
            return -1;
    }
    return 0;
}

static inline int help_close(struct store *store, uint64_t from, uint64_t to, struct err *err)
{
    double row[HELP_VALUES];
    uint64_t id;

    for (id = from; id <= to; id++) {
        struct point_closed closed = help_closed(id, row);
        if (store_close_points(store, 1, &closed, err) != 0)
            return -1;
    }
    return 0;
}

/* Points from .. to, run and closed, in one transaction. */
static inline void help_fill(struct store *store, uint64_t from, uint64_t to)
{
    struct err err = ERR_INIT;

    if (store_begin(store, &err) != 0 || help_insert(store, from, to, &err) != 0 ||
        help_close(store, from, to, &err) != 0 || store_commit(store, &err) != 0)
        bail_out("filling: %s", err.message);
}

/* Does the store hold exactly points 1 .. n, each as help_closed left it, counts as well?  *why
 * says what is wrong. */
static inline bool help_is_whole(struct store *store, uint64_t n, char why[256])
{
    double values[HELP_VALUES], want[HELP_VALUES];
    struct point_row point = {.row = values};
    struct store_query query = {.state = -1};
    struct store_counts counts, sum = {.total = 0};
    struct err err = ERR_INIT;
    struct store_cursor *cursor = store_select(store, &query, &err);
    uint64_t id = 0;
    size_t got = 0, v;

    snprintf(why, 256, "%s", "");
    while (cursor && store_fetch(cursor, 1, &point, &got, &err) == 0 && got == 1 && !why[0]) {
        struct point_closed closed = help_closed(++id, want);

        if (point.id != id || point.state != closed.state || point.round != (id - 1) / 20 ||
            point.origin != (enum point_origin)(id % N_ORIGINS) ||
            point.verdict.fails != closed.verdict.fails ||
            point.verdict.unknown != closed.verdict.unknown ||
            point.verdict.label != closed.verdict.label)
            snprintf(why, 256, "point %llu differs", (unsigned long long)id);
        for (v = 0; v < HELP_VALUES; v++)
            if (!(values[v] == want[v] || (isnan(values[v]) && isnan(want[v]))))
                snprintf(why, 256, "point %llu: value %zu is %g, not %g", (unsigned long long)id, v,
                         values[v], want[v]);
        sum.accepted += point.state == STATE_ACCEPTED;
        sum.rejected += point.state == STATE_REJECTED;
        sum.unknown += point.state == STATE_UNKNOWN;
        sum.failed += point.state == STATE_FAILED;
        sum.uniform_total += point.origin <= ORIGIN_EXPLORE;
        sum.uniform_accepted += point.origin <= ORIGIN_EXPLORE && point.state == STATE_ACCEPTED;
        sum.uniform_failed += point.origin <= ORIGIN_EXPLORE && point.state == STATE_FAILED;
    }
    store_cursor_free(cursor);
    if (!why[0] && id != n)
        snprintf(why, 256, "%llu points, not %llu", (unsigned long long)id, (unsigned long long)n);
    if (store_counts(store, &counts, &err) != 0)
        snprintf(why, 256, "%.200s", err.message);
    if (!why[0] && (counts.total != n || counts.running != 0 || counts.accepted != sum.accepted ||
                    counts.rejected != sum.rejected || counts.unknown != sum.unknown ||
                    counts.failed != sum.failed || counts.uniform_total != sum.uniform_total ||
                    counts.uniform_accepted != sum.uniform_accepted ||
                    counts.uniform_failed != sum.uniform_failed))
        snprintf(why, 256, "the counts are not those of the rows");
    return why[0] == '\0';
}

/* FNV-1a of a file's bytes and its length. */
static inline uint64_t help_checksum(const char *path)
{
    struct err err = ERR_INIT;
    struct buf bytes;
    uint64_t sum = 1469598103934665603U;
    size_t i;

    buf_init(&bytes, 1 << 28);
    if (buf_read_file(&bytes, path, &err) != 0)
        bail_out("%s", err.message);
    for (i = 0; i < bytes.len; i++)
        sum = (sum ^ (unsigned char)bytes.data[i]) * 1099511628211U;
    sum ^= bytes.len;
    buf_free(&bytes);
    return sum;
}

static inline bool help_beside(const char *path, const char *suffix)
{
    char other[HELP_PATH + 16];

    snprintf(other, sizeof other, "%s%s", path, suffix);
    return file_exists(other);
}

#endif
