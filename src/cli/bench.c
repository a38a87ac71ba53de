/* bench.c: `theodolite bench`: the figures of this machine, as a table.
 *
 * Speeds are measured here and asserted nowhere: a busy machine is no broken program.  Each part
 * makes its own scans in a temporary folder and runs the program's own engine and workers. */
#include "bench.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/utsname.h>
#include <unistd.h>

static const struct part {
    const char *name;
    int (*run)(const struct bench *bench, struct err *err);
} parts[] = {
    {"slha", bench_slha},     {"exec", bench_exec},   {"resident", bench_resident},
    {"plugin", bench_plugin}, {"idle", bench_idle},   {"shells3", bench_shells},
    {"rounds", bench_rounds}, {"score", bench_score}, {"grow", bench_grow},
    {"store", bench_store},
};
enum { N_PARTS = sizeof parts / sizeof parts[0] };

void bench_row(const char *name, const char *what, const char *measured, const char *wanted)
{
    printf("%-9s %-58s %14s   %s\n", name, what, measured, wanted);
    fflush(stdout);
}

int bench_take_seeds(const char *text, uint64_t n_most, uint64_t *first, uint64_t *n)
{
    char start[32];
    size_t length = strcspn(text, "-");
    int64_t from = 1, to;
    if (length >= sizeof start)
        return 2;
    snprintf(start, sizeof start, "%.*s", (int)length, text);
    if (text[length] == '-' && text_to_int64(start, &from) != 0)
        return 2;
    if (text_to_int64(text[length] == '-' ? text + length + 1 : start, &to) != 0 || from < 1 ||
        to < from || (uint64_t)(to - from) >= n_most)
        return 2;
    *first = (uint64_t)from;
    *n = (uint64_t)(to - from) + 1;
    return 0;
}

static void print_cpu(void)
{
    char line[512];
    FILE *file = fopen("/proc/cpuinfo", "r");
    while (file != NULL && fgets(line, sizeof line, file) != NULL) {
        char *colon = strchr(line, ':');
        if (strncmp(line, "model name", 10) == 0 && colon != NULL) {
            printf("%s", colon + 2);
            break;
        }
    }
    if (file != NULL)
        fclose(file);
}

static void print_machine(void)
{
    struct utsname name;
    double load[1] = {(double)NAN};
    if (uname(&name) == 0)
        printf("%s %s %s, %ld cores, ", name.sysname, name.release, name.machine,
               sysconf(_SC_NPROCESSORS_ONLN));
    print_cpu();
    if (getloadavg(load, 1) == 1)
        printf("load %.2f at the start\n", load[0]);
    bench_row("part", "figure", "measured", "wanted");
}

static int make_scan(const struct bench *bench, const struct bench_scan *bench_scan, const char *db,
                     struct err *err)
{
    char path[4400];
    struct scan *scan = NULL;
    struct buf words;
    int rc = -1;
    struct scan_options options = {.plugin_dirs = bench->plugin_dirs};
    struct scan_diagnostics *diagnostics = scan_diagnostics_create();
    buf_init(&words, 1 << 20);
    snprintf(path, sizeof path, "%s/%s.yaml", bench->folder, bench_scan->name);
    if (diagnostics == NULL) {
        mem_error(err);
        goto out;
    }
    TRY(file_write(path, bench_scan->text, strlen(bench_scan->text), err));
    TRY(scan_load(path, &options, &scan, diagnostics, err));
    if (scan_n_errors(diagnostics) > 0) {
        TRY(scan_print_diagnostics(diagnostics, path, bench_scan->text, &words, err));
        err_set(err, ERR_SCAN, "%s", words.data);
        goto out;
    }
    struct store *store = store_create(db, scan, err);
    if (store == NULL)
        goto out;
    store_close(store);
    rc = 0;
out:
    buf_free(&words);
    scan_free(scan);
    scan_diagnostics_free(diagnostics);
    return rc;
}

static double busy_share(struct store *store, double seconds)
{
    enum { MOST = 64 };
    struct worker_row rows[MOST];
    struct err ignored = ERR_INIT;
    double busy = 0;
    size_t n = 0;
    if (store_workers(store, rows, MOST, &n, &ignored) != 0 || n == 0)
        return (double)NAN;
    for (size_t i = 0; i < n; i++)
        busy += rows[i].busy_s;
    return busy / ((double)n * seconds);
}

struct watch {
    struct store *store;
    double began, busy; /* the last share that was seen while the scan ran */
};

static void watch_progress(void *context, const struct engine_progress *progress)
{
    struct watch *watch = context;
    if (strcmp(progress->state, "running") == 0)
        watch->busy = busy_share(watch->store, clock_steady_s() - watch->began);
}

int bench_run(const struct bench *bench, const struct bench_scan *scan, struct bench_result *result,
              struct err *err)
{
    const char *goals[] = {scan->goal, NULL};
    struct watch watch = {.busy = (double)NAN};
    snprintf(result->db, sizeof result->db, "%s/%s.db", bench->folder, scan->name);
    if (!file_exists(result->db) && make_scan(bench, scan, result->db, err) != 0)
        return -1;
    struct store *store = store_open(result->db, STORE_ENGINE, err);
    if (store == NULL)
        return -1;
    struct engine_options options = {
        .plugin_dirs = bench->plugin_dirs,
        .n_workers = scan->n_workers,
        .extra_goals = goals,
        .progress = watch_progress,
        .context = &watch,
        .progress_s = 0.5,
    };
    watch.store = store;
    watch.began = clock_steady_s();
    double cpu = clock_cpu_s();
    enum engine_end end = engine_run(store, &options, err);
    result->seconds = clock_steady_s() - watch.began;
    result->cpu_s = clock_cpu_s() - cpu;
    result->workers_busy = watch.busy;
    store_close(store);
    return end == ENGINE_FAILED ? -1 : 0;
}

static bool is_asked(const char *name, int argc, char **argv)
{
    for (int i = 1; i < argc; i++)
        if (strcmp(argv[i], name) == 0)
            return true;
    return argc < 2;
}

static int check_names(int argc, char **argv)
{
    for (int i = 1; i < argc; i++) {
        bool is_known = false;
        for (size_t k = 0; k < N_PARTS; k++)
            is_known |= strcmp(argv[i], parts[k].name) == 0;
        if (!is_known) {
            fprintf(stderr, "theodolite bench: there is no part \"%s\"; there are", argv[i]);
            for (size_t k = 0; k < N_PARTS; k++)
                fprintf(stderr, " %s", parts[k].name);
            fputs(" search integrate events", stderr);
            fputc('\n', stderr);
            return 2;
        }
    }
    return 0;
}

int cli_bench(int argc, char **argv)
{
    struct err err = ERR_INIT;
    struct bench bench = {.arena = arena_create()};
    const char *base = getenv("TMPDIR");
    int status = 0;
    if (argc == 2 && strcmp(argv[1], "--serve") == 0)
        status = bench_serve();
    else if (argc == 2 && strcmp(argv[1], "--help") == 0)
        status = cli_usage("bench", true);
    else if (argc >= 2 && strcmp(argv[1], "search") == 0)
        status = bench_search(argc - 1, argv + 1);
    else if (argc >= 2 && strcmp(argv[1], "integrate") == 0)
        status = bench_integrate(argc - 1, argv + 1);
    else if (argc >= 2 && strcmp(argv[1], "events") == 0)
        status = bench_events(argc - 1, argv + 1);
    else if ((status = check_names(argc, argv)) == 0) {
        snprintf(bench.folder, sizeof bench.folder, "%s/theodolite-bench-%ld",
                 base != NULL && base[0] != '\0' ? base : "/tmp", (long)getpid());
        bench.plugin_dirs = cli_plugin_dirs(bench.arena);
        if (process_self_path(bench.self, sizeof bench.self, &err) != 0 ||
            file_make_dirs(bench.folder, 0700, &err) != 0)
            status = cli_fail(&err);
        else
            print_machine();
        for (size_t i = 0; i < N_PARTS && status == 0; i++)
            if (is_asked(parts[i].name, argc, argv) && parts[i].run(&bench, &err) != 0)
                status = cli_fail(&err);
        (void)file_remove_tree(bench.folder, &err);
    }
    arena_free(bench.arena);
    return status;
}
