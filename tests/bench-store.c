/* bench-store.c: how fast the store is.
 *
 *     bench-store [FOLDER [POINTS]]
 *
 * 7 parameters and 10 observables; transactions of 20 000 points, as an engine that commits every
 * 100 ms at 200 000 points a second.  CPU time of one thread, page cache warm: on a machine that does
 * nothing else the wall clock says the same, but for the disk. */
#include "theodolite/store.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { N_PARAMS = 7, N_VALUES = 17, BATCH = 20000, ROUND = 300 };

static const char text[] = "scan: bench\ngoal: 10 points\nparameters:\n"
                           "  a: uniform 0 .. 1\n  b: uniform 0 .. 1\n  c: uniform 0 .. 1\n"
                           "  d: uniform 0 .. 1\n  e: uniform 0 .. 1\n  f: uniform 0 .. 1\n"
                           "  g: uniform 0 .. 1\n"
                           "calculators:\n  sums:\n    read:\n"
                           "      o0: = a+b\n      o1: = a*b\n      o2: = a*c\n      o3: = a*d\n"
                           "      o4: = a*e\n      o5: = a*f\n      o6: = a*g\n      o7: = b*c\n"
                           "      o8: = b*d\n      o9: = b*e\n"
                           "constraints:\n  first: o0 in 0.2 .. 1.5\n  second: o1 < 0.5\n"
                           "  third: o5 + o6 < 1.5\n";

static double rows[BATCH][N_VALUES];
static struct point_new news[BATCH];
static struct point_closed closed[BATCH];

static void must(int rc, const struct err *err)
{
    if (rc == 0)
        return;
    fprintf(stderr, "bench-store: %s (%s)\n", err->message, err->trail);
    exit(1);
}

static void make_batch(uint64_t first, struct rng *rng)
{
    size_t i, v;

    for (i = 0; i < BATCH; i++) {
        for (v = 0; v < N_VALUES; v++)
            rows[i][v] = rng_uniform(rng);
        news[i] = (struct point_new){.id = first + i,
                                     .round = (uint32_t)((first + i) / ROUND),
                                     .origin = ORIGIN_START,
                                     .predicted = NAN,
                                     .density = 1,
                                     .row = rows[i]};
        closed[i] = (struct point_closed){.id = first + i,
                                          .state = rows[i][7] < 0.1 ? STATE_ACCEPTED : STATE_REJECTED,
                                          .verdict = {.label = rows[i][7] < 0.1, .fails = 2},
                                          .worker = 1,
                                          .seconds = 1e-5F,
                                          .ended = 1.7e9 + (double)i * 1e-5,
                                          .row = rows[i]};
    }
}

/* Microseconds per point. */
static double write_points(struct store *store, uint64_t n, bool in_two, struct err *err)
{
    struct rng rng = rng_stream(1, RNG_TEST, 0);
    double seconds = 0, start;
    uint64_t first;
    size_t i;

    for (first = 1; first <= n; first += BATCH) {
        make_batch(first, &rng);
        start = clock_thread_cpu_s();
        if (in_two) {
            for (i = 0; i < BATCH; i += ROUND * 4) {
                size_t m = BATCH - i < ROUND * 4 ? BATCH - i : ROUND * 4;
                must(store_begin(store, err), err);
                must(store_insert_points(store, m, news + i, err), err);
                must(store_commit(store, err), err);
                must(store_begin(store, err), err);
                must(store_close_points(store, m, closed + i, err), err);
                must(store_commit(store, err), err);
            }
        } else {
            must(store_begin(store, err), err);
            must(store_add_closed_points(store, BATCH, news, closed, err), err);
            must(store_commit(store, err), err);
        }
        seconds += clock_thread_cpu_s() - start;
    }
    return 1e6 * seconds / (double)n;
}

static void bench_read(struct store *store, struct err *err)
{
    static double values[4096][N_VALUES];
    static struct point_row points[4096];
    bool wanted[N_VALUES] = {true, true, true, true, true, true, true};
    struct store_query query = {.state = -1, .wanted = wanted};
    struct store_counts counts;
    struct store_cursor *cursor;
    size_t n = 0, total = 0, i;
    double start = clock_thread_cpu_s();

    must(store_counts(store, &counts, err), err);
    printf("counts of %llu points       %9.4f s\n", (unsigned long long)counts.total,
           clock_thread_cpu_s() - start);
    for (i = 0; i < 4096; i++)
        points[i].row = values[i];
    start = clock_thread_cpu_s();
    cursor = store_select(store, &query, err);
    must(cursor ? 0 : -1, err);
    do {
        must(store_fetch(cursor, 4096, points, &n, err), err);
        total += n;
    } while (n > 0);
    store_cursor_free(cursor);
    printf("select 7 of 17 values, %zu  %9.3f s\n", total, clock_thread_cpu_s() - start);
}

static void bench_relabel(struct store *store, struct err *err)
{
    struct judge_cut cuts[] = {{"tight", "o2 < 0.5"}, {"tight", "o2 < 0.4"}};
    struct scan *scan = store_scan(store, err);
    struct relabel result;
    double start;
    size_t k;

    must(scan ? 0 : -1, err);
    for (k = 0; k < 3; k++) {
        struct judge *judge = judge_create(scan, k == 0 ? NULL : &cuts[k - 1], k > 0, NULL, err);

        must(judge ? 0 : -1, err);
        start = clock_thread_cpu_s();
        must(store_relabel(store, judge, false, &result, err), err);
        printf("relabel %llu, %llu change  %9.3f s\n", (unsigned long long)result.n_points,
               (unsigned long long)result.n_changed, clock_thread_cpu_s() - start);
        judge_free(judge);
    }
    scan_free(scan);
}

static struct store *fresh(const char *path, struct err *err)
{
    struct scan_diagnostics *diagnostics = scan_diagnostics_create();
    struct scan_options options = {.sets = NULL};
    struct scan *scan = NULL;
    struct store *store;

    unlink(path);
    must(scan_parse(text, "bench.yaml", "/", &options, &scan, diagnostics, err), err);
    scan_diagnostics_free(diagnostics);
    store = store_create(path, scan, err);
    must(store ? 0 : -1, err);
    scan_free(scan);
    return store;
}

int main(int argc, char **argv)
{
    struct err err = ERR_INIT;
    int64_t n = 1000000;
    char path[1024];
    struct store *store;
    double start;

    snprintf(path, sizeof path, "%s/bench-store.db", argc > 1 ? argv[1] : ".");
    if (argc > 2 && text_to_int64(argv[2], &n) != 0)
        return 2;
    store = fresh(path, &err);
    printf("insert running, then close    %9.2f us per point\n",
           write_points(store, (uint64_t)n / 5, true, &err));
    store_close(store);
    store = fresh(path, &err);
    printf("add closed points             %9.2f us per point\n",
           write_points(store, (uint64_t)n, false, &err));
    bench_read(store, &err);
    bench_relabel(store, &err);
    start = clock_thread_cpu_s();
    store_close(store);
    printf("close                         %9.3f s\n", clock_thread_cpu_s() - start);
    start = clock_thread_cpu_s();
    store = store_open(path, STORE_ENGINE, &err);
    must(store ? 0 : -1, &err);
    bench_read(store, &err);
    printf("open, count, select           %9.3f s\n", clock_thread_cpu_s() - start);
    store_close(store);
    printf("size %.1f MB\n", (double)file_tree_bytes(path) * 1e-6);
    unlink(path);
    return 0;
}
