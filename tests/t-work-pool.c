/* t-work-pool.c: the pool with workers that live, die, lie and are slow to come.
 *
 * This program is its own worker: `theodolite worker` of the pool is this program's argument
 * "worker".  As "act NAME ..." it is a launcher or a worker with a fault, which speaks the frames
 * itself: in its hands a point's observable y is x + 1. */
#include "../src/work/wire.h"

#include "tap.h"
#include "theodolite/work.h"

#include <fcntl.h>
#include <math.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

enum { CULPRIT = 30, N_MOST = 2000, GIVE_UP_S = 60 };

/* ---- faulty workers ------------------------------------------------------------------------- */

struct actor {
    const char *name;
    struct buf in, out;
};

static void send_all(struct buf *out)
{
    size_t done = 0;
    while (done < out->len) {
        ssize_t n = write(STDOUT_FILENO, out->data + done, out->len - done);
        if (n <= 0)
            exit(1);
        done += (size_t)n;
    }
    buf_clear(out);
}

static void say_ready(struct actor *actor)
{
    struct err err = ERR_INIT;
    size_t mark;
    wire_begin(&actor->out, WIRE_READY, &mark, &err);
    wire_put_u32(&actor->out, 1, &err); /* points come in large groups */
    wire_put_bytes(&actor->out, "tool\t/bin/tool\t1\tsum\n", 22, &err);
    wire_end(&actor->out, mark);
    send_all(&actor->out);
}

static void say_error(struct actor *actor)
{
    struct err err = ERR_INIT;
    size_t mark;
    wire_begin(&actor->out, WIRE_ERROR, &mark, &err);
    wire_put_u32(&actor->out, ERR_START, &err);
    wire_put_bytes(&actor->out, "no licence for this node", 24, &err);
    wire_end(&actor->out, mark);
    send_all(&actor->out);
    exit(3);
}

static void run_points(struct actor *actor, struct wire *payload)
{
    struct err err = ERR_INIT;
    size_t mark;
    uint32_t n = wire_get_u32(payload);
    wire_begin(&actor->out, WIRE_DONE, &mark, &err);
    wire_put_u32(&actor->out, n, &err);
    for (uint32_t i = 0; i < n; i++) {
        struct outcome outcome = {.calculator = -1};
        uint64_t id = wire_get_u64(payload);
        double x;
        wire_get_doubles(payload, &x, 1);
        if (x == CULPRIT && strcmp(actor->name, "mortal") == 0)
            raise(SIGKILL);
        if (x == CULPRIT && strcmp(actor->name, "babbler") == 0)
            send_all(&(struct buf){.data = (char[]){"what a day\n"}, .len = 11});
        if (x == CULPRIT && strcmp(actor->name, "liar") == 0)
            id += 1000000;
        x += 1;
        wire_put_result(&actor->out, id, &x, 1, &outcome, &err);
    }
    wire_end(&actor->out, mark);
    send_all(&actor->out);
}

static int act_worker(const char *name)
{
    struct actor actor = {.name = name};
    struct err err = ERR_INIT;
    enum wire_type type;
    struct wire payload;
    size_t n_bytes;
    buf_init(&actor.in, 1 << 26);
    buf_init(&actor.out, 1 << 26);
    if (strcmp(name, "mute") == 0)
        close(STDERR_FILENO);
    buf_puts(&actor.out, WIRE_GREETING, &err);
    send_all(&actor.out);
    for (;;) {
        buf_reserve(&actor.in, 1 << 16, &err);
        ssize_t n = read(STDIN_FILENO, actor.in.data + actor.in.len, 1 << 16);
        if (n <= 0)
            break;
        actor.in.len += (size_t)n;
        while (wire_next(&actor.in, 0, &type, &payload, &n_bytes) == 1) {
            if (type == WIRE_SETUP && strcmp(name, "unlicensed") == 0)
                say_error(&actor);
            if (type == WIRE_SETUP)
                say_ready(&actor);
            else if (type == WIRE_POINTS)
                run_points(&actor, &payload);
            buf_drop_front(&actor.in, n_bytes);
        }
    }
    buf_free(&actor.in);
    buf_free(&actor.out);
    return 0;
}

/* "act NAME [ARGUMENT] SELF worker" */
static int act(int argc, char **argv)
{
    const char *name = argv[2];
    if (strcmp(name, "stillborn") == 0) {
        fputs("libfoo.so: no such file\n", stderr);
        return 7;
    }
    if (strcmp(name, "endless") == 0) { /* words without a greeting */
        for (;;)
            if (puts("Job step creation temporarily disabled, retrying") < 0)
                return 1;
    }
    if (strcmp(name, "first-only") == 0) { /* one node of two is broken */
        int fd = open(argv[3], O_CREAT | O_EXCL | O_WRONLY, 0600);
        if (fd < 0)
            return 9;
        close(fd);
        return act_worker("good");
    }
    if (strcmp(name, "noise") == 0) {
        for (int i = 0; i < 500; i++)
            puts("srun: job 17 queued and waiting for resources");
        printf("theodolite wor"); /* nearly */
        fflush(stdout);
        fputs("srun: allocated\n", stderr);
        execv(argv[argc - 2], argv + argc - 2);
        return 127;
    }
    return act_worker(name);
}

/* ---- the pool under test -------------------------------------------------------------------- */

struct bench {
    struct scan *scan;
    struct pool *pool;
    struct err err;
    char self[4096], folder[512], scratch[600];
    size_t n_taken, n_twice, n_wrong, n_failed;
    enum reason reasons[N_MOST + 1];
    bool is_taken[N_MOST + 1];
    unsigned calls[N_MOST + 1];
    char words[8192]; /* of the last that failed */
};

static int take(void *context, const struct work_result *result, struct err *err)
{
    struct bench *bench = context;
    uint64_t id = result->id;
    (void)err;
    if (id < 1 || id > N_MOST) {
        fail("a result for point %llu", (unsigned long long)id);
        return 0;
    }
    bench->n_twice += bench->is_taken[id];
    bench->is_taken[id] = true;
    bench->calls[id] = result->n_calls;
    bench->reasons[id] = result->outcome->reason;
    bench->n_taken++;
    if (result->outcome->reason != REASON_NONE) {
        bench->n_failed++;
        snprintf(bench->words, sizeof bench->words, "%s",
                 result->outcome->words != NULL ? result->outcome->words : "");
    } else {
        bench->n_wrong += result->row[0] != (double)id || result->row[1] != (double)id + 1;
    }
    return 0;
}

static bool turn(struct bench *bench)
{
    struct pollfd fds[256];
    double wait_s = 1;
    size_t n = pool_poll(bench->pool, fds, 256, &wait_s);
    (void)poll(fds, (nfds_t)n, (int)(wait_s * 100));
    return pool_handle(bench->pool, take, bench, &bench->err) == 0;
}

/* Until so many results are there, or the pool gives up. */
static bool run_until(struct bench *bench, size_t n_taken)
{
    double began = clock_steady_s();
    while (bench->n_taken < n_taken) {
        if (!turn(bench))
            return false;
        if (clock_steady_s() - began > GIVE_UP_S) {
            fail("%zu of %zu results after %d s", bench->n_taken, n_taken, GIVE_UP_S);
            return false;
        }
    }
    return true;
}

static void submit(struct bench *bench, uint64_t from, uint64_t to)
{
    for (uint64_t id = from; id <= to; id++) {
        const double row[2] = {(double)id, (double)NAN};
        if (pool_submit(bench->pool, 1, &id, row, 2, &bench->err) != 0)
            fail("submit: %s", bench->err.message);
    }
    if (pool_feed(bench->pool, &bench->err) != 0)
        fail("feed: %s", bench->err.message);
}

/* launcher: "SELF" is this program.  run: the calculator's line in the scan. */
static bool start(struct bench *bench, const char *launcher, const char *run, size_t n_workers)
{
    static const char *const dirs[] = {NULL};
    struct scan_diagnostics *diagnostics = scan_diagnostics_create();
    struct scan_options options = {.sets = NULL};
    char text[1024], words[6000], resolved[1024];
    snprintf(text, sizeof text,
             "scan: pool\nparameters:\n  x: uniform 0 .. 1e9\ncalculators:\n  c:\n    run: %s\n"
             "    read:\n      y: = x + 1\n",
             run);
    snprintf(resolved, sizeof resolved, "%s", text);
    bench->err = (struct err)ERR_INIT;
    bench->n_taken = bench->n_twice = bench->n_wrong = bench->n_failed = 0;
    memset(bench->is_taken, 0, sizeof bench->is_taken);
    if (scan_parse(text, "pool.yaml", "/", &options, &bench->scan, diagnostics, &bench->err) != 0 ||
        scan_n_errors(diagnostics) > 0)
        bail_out("the scan: %s", bench->err.message);
    scan_diagnostics_free(diagnostics);
    bool has_self = launcher != NULL && strncmp(launcher, "SELF", 4) == 0;
    snprintf(words, sizeof words, "%s%s", has_self ? bench->self : "",
             launcher == NULL ? "" : launcher + (has_self ? 4 : 0));
    struct pool_options pool = {
        .scan = bench->scan,
        .resolved = resolved,
        .plugin_dirs = dirs,
        .scratch = bench->scratch,
        .n_workers = n_workers,
        .launcher = launcher != NULL ? words : NULL,
    };
    bench->pool = pool_create(&pool, &bench->err);
    return bench->pool != NULL;
}

static void finish(struct bench *bench)
{
    pool_free(bench->pool);
    bench->pool = NULL;
    scan_free(bench->scan);
    bench->scan = NULL;
    ok(!file_exists(bench->scratch), "its scratch folder is gone");
}

/* ---- tests ---------------------------------------------------------------------------------- */

static void test_real(struct bench *bench)
{
    ok(start(bench, NULL, "true", 2), "two real workers");
    submit(bench, 1, 40);
    ok(run_until(bench, 40), "answer");
    ok(bench->n_wrong == 0 && bench->n_twice == 0 && bench->n_failed == 0,
       "with the right values, once each");
    is_size(pool_n_waiting(bench->pool), 0, "and nothing waits");
    has_str(pool_tools(bench->pool), "c\t/", "the tools are known");
    finish(bench);
}

static void test_launchers(struct bench *bench)
{
    ok(start(bench, "env FOO=1 BAR='a b'",
             "sh -c '[ $FOO$BAR = 1a ] || [ \"$FOO$BAR\" = \"1a b\" ]'", 1),
       "a launcher of several words");
    submit(bench, 1, 3);
    ok(run_until(bench, 3), "answers");
    is_size(bench->n_failed, 0, "and its environment is there: %s", bench->words);
    finish(bench);
    ok(start(bench, "SELF act noise", "true", 1), "a launcher that talks first");
    submit(bench, 1, 3);
    ok(run_until(bench, 3) && bench->n_failed == 0, "answers all the same");
    finish(bench);
    ok(!start(bench, "/there/is/no/launcher -n1", "true", 2), "a launcher that is not there");
    is_int(bench->err.code, ERR_START, "is an error of starting");
    has_str(bench->err.message, "/there/is/no/launcher", "that names it");
    finish(bench);
}

static void test_stillborn(struct bench *bench)
{
    ok(start(bench, "SELF act stillborn", "true", 2), "workers that end at once");
    submit(bench, 1, 3);
    ok(!run_until(bench, 3), "end the pool");
    is_int(bench->err.code, ERR_START, "as an error of starting");
    has_str(bench->err.message, "libfoo.so: no such file", "with their last words");
    has_str(bench->err.message, "exit status 7", "and their status");
    finish(bench);
    ok(start(bench, "SELF act endless", "true", 1), "a launcher that never stops talking");
    submit(bench, 1, 1);
    ok(!run_until(bench, 1), "ends the pool");
    has_str(bench->err.message, "began with other words", "which says why");
    finish(bench);
    ok(start(bench, "SELF act unlicensed", "true", 1), "a worker that cannot be set up");
    submit(bench, 1, 1);
    ok(!run_until(bench, 1), "ends the pool");
    is_int(bench->err.code, ERR_START, "as an error of starting");
    has_str(bench->err.message, "no licence for this node", "in its own words");
    finish(bench);
}

/* A worker that does something useful keeps the scan alive while others cannot be started. */
static void test_broken_node(struct bench *bench)
{
    char launcher[1024];
    snprintf(launcher, sizeof launcher, "SELF act first-only %s/node", bench->folder);
    ok(start(bench, launcher, "true", 1), "one good worker");
    submit(bench, 1, 1);
    ok(run_until(bench, 1), "works");
    ok(pool_resize(bench->pool, 3, &bench->err) == 0, "two more that end at once");
    int n_deaths = 0;
    char *note;
    double began = clock_steady_s();
    while (n_deaths < 4 && clock_steady_s() - began < GIVE_UP_S && turn(bench))
        while ((note = pool_take_note(bench->pool)) != NULL) {
            n_deaths += strstr(note, "exit status 9") != NULL;
            mem_free(note);
        }
    ok(n_deaths >= 4, "are told about, and end nothing: %s", bench->err.message);
    submit(bench, 2, 10);
    ok(run_until(bench, 10), "the good one works on");
    finish(bench);
}

/* Several points in hand when the worker dies: the culprit fails, the others do not. */
static void test_culprit(struct bench *bench, const char *name, enum reason reason)
{
    char launcher[64];
    snprintf(launcher, sizeof launcher, "SELF act %s", name);
    ok(start(bench, launcher, "true", 2), "workers, one of them a %s", name);
    submit(bench, 100, 999); /* they learn that points are quick: large groups */
    ok(run_until(bench, 900), "quick points");
    submit(bench, 1, 99);
    ok(run_until(bench, 999), "then one on which a worker fails");
    is_size(bench->n_failed, 1, "one point fails");
    is_str(reason_name(bench->reasons[CULPRIT]), reason_name(reason), "the right one");
    if (reason == REASON_SIGNAL)
        ok(bench->calls[CULPRIT] > 1, "after it was in a group");
    is_size(bench->n_twice, 0, "no point comes twice");
    is_size(bench->n_wrong, 0, "nor with wrong values");
    is_size(pool_n_waiting(bench->pool), 0, "none is forgotten");
    finish(bench);
}

static void test_mute(struct bench *bench)
{
    struct pollfd fds[8];
    double wait_s = 1;
    ok(start(bench, "SELF act mute", "true", 1), "a worker without standard error");
    submit(bench, 1, 5);
    ok(run_until(bench, 5), "answers");
    is_size(pool_poll(bench->pool, fds, 8, &wait_s), 1, "and does not wake the engine for ever");
    finish(bench);
}

static void test_kill(struct bench *bench)
{
    ok(start(bench, NULL, "[sh, -c, 'case {x} in 3.0*) sleep 600;; esac']", 1), "a slow point");
    submit(bench, 1, 2);
    ok(run_until(bench, 2), "after quick ones");
    ok(!pool_kill_point(bench->pool, 3), "a point that does not run is not killed");
    submit(bench, 3, 8);
    struct pool_worker worker = {0};
    is_size(pool_workers(bench->pool, &worker, 1), 1, "the worker is told of");
    is_uint(worker.point, 3, "it runs the slow one");
    ok(pool_kill_point(bench->pool, 3), "which can be killed");
    ok(run_until(bench, 8), "and the others come");
    is_str(reason_name(bench->reasons[3]), "killed", "it is killed");
    is_size(bench->n_failed, 1, "they are not");
    finish(bench);
}

/* In a chain of two programs a worker tells which one runs. */
static void test_begins(struct bench *bench)
{
    struct pool_worker worker = {.calculator = -1};
    ok(start(bench, NULL,
             "'true'\n  d:\n    after: c\n    run: [sh, -c, 'case {x} in 3.0*) sleep 600;; esac']",
             1),
       "a chain of two programs");
    submit(bench, 1, 2);
    ok(run_until(bench, 2), "runs");
    submit(bench, 3, 3);
    double began = clock_steady_s();
    while (worker.calculator != 1 && clock_steady_s() - began < GIVE_UP_S && turn(bench))
        pool_workers(bench->pool, &worker, 1);
    is_int(worker.calculator, 1, "the second runs now");
    is_uint(worker.point, 3, "at this point");
    ok(fabs(worker.calculator_since - clock_wall_s()) < GIVE_UP_S, "since a moment ago");
    ok(pool_kill_point(bench->pool, 3), "it is ended");
    ok(run_until(bench, 3), "and answers");
    pool_workers(bench->pool, &worker, 1);
    is_int(worker.calculator, -1, "then nothing runs");
    is_uint(worker.point, 0, "at no point");
    finish(bench);
}

/* Points are spread: none waits behind a slow one while a worker is idle. */
static void test_spread(struct bench *bench)
{
    ok(start(bench, NULL, "[sh, -c, 'case {x} in 3.0*) sleep 600;; esac']", 2), "two workers");
    struct pool_worker workers[2] = {{0}};
    uint64_t id = 10;
    while (id < N_MOST && (workers[0].n_done == 0 || workers[1].n_done == 0)) {
        submit(bench, id, id + 1);
        if (!run_until(bench, id - 8))
            break;
        id += 2;
        pool_workers(bench->pool, workers, 2);
    }
    ok(workers[0].n_done > 0 && workers[1].n_done > 0, "that both work");
    size_t n = bench->n_taken;
    submit(bench, 3, 4);
    pool_workers(bench->pool, workers, 2);
    ok(workers[0].point > 0 && workers[1].point > 0, "each gets a point");
    ok(run_until(bench, n + 1) && bench->is_taken[4], "the quick one comes");
    ok(pool_kill_point(bench->pool, 3) && run_until(bench, n + 2), "then the slow one is killed");
    finish(bench);
}

/* What waits behind a slow point keeps no other worker busy. */
static void test_room(struct bench *bench)
{
    ok(start(bench, NULL, "[sh, -c, 'case {x} in 3.0*) sleep 600;; 5.0*) sleep 1;; esac']", 2),
       "two workers at quick points");
    submit(bench, 60, 99);
    ok(run_until(bench, 40), "which they get in groups");
    submit(bench, 3, 4);
    ok(run_until(bench, 41), "one of them meets a slow one");
    submit(bench, 5, 6);
    ok(run_until(bench, 42) && bench->is_taken[5], "one takes a second for a point");
    is_size(pool_n_waiting(bench->pool), 2, "the other has two in hand");
    is_size(pool_room(bench->pool), 1, "and the idle one is given something");
    ok(pool_kill_point(bench->pool, 3) && run_until(bench, 44), "then the slow one is killed");
    finish(bench);
}

/* A calculator that kills its worker. */
static void test_parricide(struct bench *bench)
{
    ok(start(bench, NULL, "[sh, -c, 'case {x} in 5.0*) kill -9 $PPID;; esac']", 2),
       "a calculator that kills its worker");
    submit(bench, 1, 30);
    ok(run_until(bench, 30), "does not end the pool");
    is_size(bench->n_failed, 1, "it costs a point");
    is_str(reason_name(bench->reasons[5]), "signal", "its own");
    has_str(bench->words, "SIGKILL", "and the signal is named");
    finish(bench);
}

static void test_resize(struct bench *bench)
{
    struct pool_worker workers[64];
    struct rlimit limit, low;
    ok(start(bench, NULL, "true", 1), "a worker");
    submit(bench, 1, 300);
    ok(pool_resize(bench->pool, 4, &bench->err) == 0, "then four");
    is_size(pool_workers(bench->pool, workers, 64), 4, "are there");
    ok(run_until(bench, 50), "they work");
    for (int i = 0; i < 3; i++)
        if (pool_resize(bench->pool, 8, &bench->err) != 0 ||
            pool_resize(bench->pool, 1, &bench->err) != 0)
            fail("up and down: %s", bench->err.message);
    ok(run_until(bench, 300), "up to 8 and back to 1 before they began: %s", bench->err.message);
    while (pool_workers(bench->pool, workers, 64) > 1 && turn(bench))
        continue;
    is_size(pool_workers(bench->pool, workers, 64), 1, "one is left");
    submit(bench, 301, 310);
    ok(run_until(bench, 310) && bench->n_failed == 0 && bench->n_wrong == 0, "and works");
    ok(pool_resize(bench->pool, 0, &bench->err) != 0, "none is refused");
    ok(pool_resize(bench->pool, 5000, &bench->err) != 0, "so are too many");
    getrlimit(RLIMIT_NOFILE, &limit);
    low = (struct rlimit){.rlim_cur = 100, .rlim_max = limit.rlim_max};
    setrlimit(RLIMIT_NOFILE, &low);
    bench->err = (struct err)ERR_INIT;
    ok(pool_resize(bench->pool, 50, &bench->err) != 0, "and more than there are files for");
    has_str(bench->err.message, "at most 12 here", "with how many there may be");
    setrlimit(RLIMIT_NOFILE, &limit);
    is_size(pool_n_workers(bench->pool), 1, "nothing changed");
    finish(bench);
}

int main(int argc, char **argv)
{
    static struct bench bench;
    struct err err = ERR_INIT;
    const char *tmp = getenv("TMPDIR");
    if (argc > 1 && strcmp(argv[1], "worker") == 0)
        return worker_main(STDIN_FILENO, STDOUT_FILENO, &err) == 0 ? 0 : 1;
    if (argc > 2)
        return act(argc, argv);
    snprintf(bench.folder, sizeof bench.folder, "%.400s/pool.XXXXXX", tmp != NULL ? tmp : "/tmp");
    if (mkdtemp(bench.folder) == NULL ||
        process_self_path(bench.self, sizeof bench.self, &err) != 0)
        bail_out("no folder for the test");
    snprintf(bench.scratch, sizeof bench.scratch, "%s/scratch", bench.folder);
    signal(SIGPIPE, SIG_IGN);
    test_real(&bench);
    test_launchers(&bench);
    test_stillborn(&bench);
    test_broken_node(&bench);
    test_culprit(&bench, "mortal", REASON_SIGNAL);
    test_culprit(&bench, "babbler", REASON_PROTOCOL);
    test_culprit(&bench, "liar", REASON_PROTOCOL);
    test_mute(&bench);
    test_kill(&bench);
    test_begins(&bench);
    test_spread(&bench);
    test_room(&bench);
    test_parricide(&bench);
    test_resize(&bench);
    file_remove_tree(bench.folder, &err);
    return done_testing();
}
