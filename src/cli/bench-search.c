/* bench-search.c: calls that the search needs on shells3, the overhead of its rounds, and a store
 * of a million points.
 *
 * shells3: O = (2 + prod cos(x_i/7))^5 on [-10 pi, 10 pi]^3, target exp(-(O-100)^2/200) > 0.9: 13
 * congruent closed shells, each about a centre where every x_i/7 is -pi, 0 or pi with an even
 * number of non-zero entries; a point belongs to the nearest. */
#include "bench.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>

enum { N_CELLS = 13, N_SEEDS = 3 };

#define SHELLS_HEAD                                                                                \
    "seed: %d\ngoal: 9000 points\nparameters:\n"                                                   \
    "  x1: uniform -31.41592653589793 .. 31.41592653589793\n"                                      \
    "  x2: uniform -31.41592653589793 .. 31.41592653589793\n"                                      \
    "  x3: uniform -31.41592653589793 .. 31.41592653589793\n"                                      \
    "calculators:\n  shells:\n    plugin: functions.so\n    inputs: [x1, x2, x3]\n"

static const char margin_scan[] = SHELLS_HEAD "    function: cos-shells\n    read: {O: O}\n"
                                              "constraints:\n  band: O in 95.40954 .. 104.59046\n";
static const char label_scan[] =
    SHELLS_HEAD "    function: cos-shells-label\n    read: {in_target: in_target}\n"
                "constraints:\n  band: in_target > 0.5\n";

/* Which of the 13: the coordinates of the centre as digits -1, 0, 1, looked up in their list. */
static int cell_of(const double *x)
{
    int best = -1, cell = 0;
    double nearest = INFINITY;
    for (int a = -1; a <= 1; a++)
        for (int b = -1; b <= 1; b++)
            for (int c = -1; c <= 1; c++) {
                if ((abs(a) + abs(b) + abs(c)) % 2 != 0)
                    continue;
                double p = 7 * acos(-1);
                double d = pow(x[0] - a * p, 2) + pow(x[1] - b * p, 2) + pow(x[2] - c * p, 2);
                if (d < nearest) {
                    nearest = d;
                    best = cell;
                }
                cell++;
            }
    return best;
}

struct found {
    double to_1000, to_10; /* calls; NaN: not within the run */
    double n, n_accepted;
};

static int read_found(const char *db, struct found *found, struct err *err)
{
    enum { BLOCK = 1024, MAX_VALUES = 8 };
    struct point_row rows[BLOCK];
    double *values = mem_array(BLOCK * MAX_VALUES, sizeof *values);
    unsigned cells[N_CELLS] = {0}, n_full = 0;
    struct store_query query = {.state = -1};
    struct store_cursor *cursor = NULL;
    struct store *store = store_open(db, STORE_READ, err);
    size_t n;
    int rc = -1;
    *found = (struct found){.to_1000 = (double)NAN, .to_10 = (double)NAN};
    if (store == NULL || values == NULL || (cursor = store_select(store, &query, err)) == NULL)
        goto out;
    for (size_t i = 0; i < BLOCK; i++)
        rows[i].row = values + i * MAX_VALUES;
    do {
        TRY(store_fetch(cursor, BLOCK, rows, &n, err));
        for (size_t i = 0; i < n; i++) {
            found->n++;
            if (rows[i].state != STATE_ACCEPTED)
                continue;
            if (++found->n_accepted == 1000)
                found->to_1000 = found->n;
            if (++cells[cell_of(rows[i].row)] == 10 && ++n_full == N_CELLS)
                found->to_10 = found->n;
        }
    } while (n > 0);
    rc = 0;
out:
    store_cursor_free(cursor);
    store_close(store);
    mem_free(values);
    return rc;
}

static double median3(double a, double b, double c)
{
    double x[3] = {isnan(a) ? INFINITY : a, isnan(b) ? INFINITY : b, isnan(c) ? INFINITY : c};
    for (int i = 0; i < 2; i++)
        for (int k = i + 1; k < 3; k++)
            if (x[k] < x[i]) {
                double swap = x[i];
                x[i] = x[k];
                x[k] = swap;
            }
    return x[1];
}

static void row_of_calls(const char *name, const char *what, double calls, double most,
                         const char *wanted)
{
    char measured[64];
    if (isinf(calls))
        snprintf(measured, sizeof measured, "> %.0f", most);
    else
        snprintf(measured, sizeof measured, "%.0f", calls);
    bench_row(name, what, measured, wanted);
}

struct problem {
    const char *name, *format, *goal;
    double most;
    const char *wanted_1000, *wanted_10;
};

static int run_problem(const struct bench *bench, const struct problem *problem, struct err *err)
{
    struct found found[N_SEEDS];
    char name[64];
    for (int seed = 1; seed <= N_SEEDS; seed++) {
        struct bench_result result;
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wformat-nonliteral"
        char *text = arena_printf(bench->arena, problem->format, seed);
#pragma GCC diagnostic pop
        snprintf(name, sizeof name, "%s-%d", problem->name, seed);
        const struct bench_scan scan = {name, text, 1, problem->goal};
        if (text == NULL)
            return mem_error(err);
        if (bench_run(bench, &scan, &result, err) != 0 ||
            read_found(result.db, &found[seed - 1], err) != 0)
            return -1;
    }
    row_of_calls(problem->name, "calls to 1000 in-target, median of 3 seeds",
                 median3(found[0].to_1000, found[1].to_1000, found[2].to_1000), problem->most,
                 problem->wanted_1000);
    row_of_calls(problem->name, "calls until every cell holds 10, median of 3 seeds",
                 median3(found[0].to_10, found[1].to_10, found[2].to_10), problem->most,
                 problem->wanted_10);
    return 0;
}

int bench_shells(const struct bench *bench, struct err *err)
{
    static const struct problem problems[] = {
        {"shells3", margin_scan, "9000 points", 9000, "<= 6000", "<= 9000"},
        {"label", label_scan, "16000 points", 16000, "<= 12000", "<= 16000"},
    };
    for (size_t i = 0; i < sizeof problems / sizeof problems[0]; i++)
        if (run_problem(bench, &problems[i], err) != 0)
            return -1;
    return 0;
}

int bench_rounds(const struct bench *bench, struct err *err)
{
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wformat-nonliteral"
    char *text = arena_printf(bench->arena, margin_scan, 1);
#pragma GCC diagnostic pop
    const struct bench_scan scan = {"rounds", text, 1, "31000 points"};
    struct bench_result result;
    char measured[64];
    if (text == NULL)
        return mem_error(err);
    if (bench_run(bench, &scan, &result, err) != 0)
        return -1;
    snprintf(measured, sizeof measured, "%.1f s", result.cpu_s);
    bench_row("rounds", "CPU time of 100 rounds of 300 on shells3", measured, "<= 20 s");
    return 0;
}

/* ---- a million points ----------------------------------------------------------------------- */

static double memory_mb(void)
{
    struct rusage usage;
    getrusage(RUSAGE_SELF, &usage);
#ifdef __APPLE__
    return (double)usage.ru_maxrss / 1e6;
#else
    return (double)usage.ru_maxrss / 1e3;
#endif
}

static int time_status(const char *db, double *seconds, struct err *err)
{
    struct buf out;
    double began = clock_steady_s();
    struct store *store = store_open(db, STORE_READ, err);
    buf_init(&out, 1 << 20);
    int rc = store == NULL ? -1 : report_status(store, &out, err);
    store_close(store);
    buf_free(&out);
    *seconds = clock_steady_s() - began;
    return rc;
}

static int time_cut(const char *db, double *seconds, struct err *err)
{
    struct buf answer;
    bool is_ok = false;
    buf_init(&answer, 1 << 16);
    double began = clock_steady_s();
    struct store *store = store_open(db, STORE_ENGINE, err);
    int rc =
        store == NULL ? -1 : engine_command(store, "cut half: O < 33", NULL, &is_ok, &answer, err);
    store_close(store);
    *seconds = clock_steady_s() - began;
    if (rc == 0 && !is_ok)
        rc = err_set(err, ERR_NUMERIC, "the cut was refused: %s", answer.data);
    buf_free(&answer);
    return rc;
}

/* The time until a resumed scan has entered its next round: one more point is all it asks for. */
static int time_resume(const struct bench *bench, const struct bench_scan *scan, double *seconds,
                       struct err *err)
{
    const struct bench_scan more = {scan->name, scan->text, 1, "1000001 points"};
    struct bench_result result;
    if (bench_run(bench, &more, &result, err) != 0)
        return -1;
    *seconds = result.seconds;
    return 0;
}

int bench_store(const struct bench *bench, struct err *err)
{
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wformat-nonliteral"
    char *head = arena_printf(bench->arena, margin_scan, 1);
#pragma GCC diagnostic pop
    char *text = arena_printf(bench->arena, "%ssearch:\n  start: 1000000\n  batch: 20000\n", head);
    const struct bench_scan scan = {"million", text, 1, "1000000 points"};
    struct bench_result result;
    double status_s, cut_s, resume_s;
    char measured[64];
    if (head == NULL || text == NULL)
        return mem_error(err);
    if (bench_run(bench, &scan, &result, err) != 0 || time_status(result.db, &status_s, err) != 0 ||
        time_resume(bench, &scan, &resume_s, err) != 0 || time_cut(result.db, &cut_s, err) != 0)
        return -1;
    snprintf(measured, sizeof measured, "%.2f s", status_s);
    bench_row("store", "status with 1e6 stored points", measured, "<= 1 s");
    snprintf(measured, sizeof measured, "%.2f s", resume_s);
    bench_row("store", "resume: 1e6 points read, learned from, one more proposed and run", measured,
              "<= 5 s");
    snprintf(measured, sizeof measured, "%.2f s", cut_s);
    bench_row("store", "a cut relabels 1e6 points", measured, "<= 3 s");
    snprintf(measured, sizeof measured, "%.0f MB", memory_mb());
    bench_row("store", "most memory of the engine in all of this", measured, "< 1000 MB");
    return 0;
}
