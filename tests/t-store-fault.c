/* t-store-fault.c: the n-th allocation fails, the disk is full, the writer is killed. */
#include "t-store-help.h"

#include <signal.h>
#include <sys/wait.h>

/* Everything once: 0, or -1 with the error of the allocation that failed. */
static int whole_life(const char *path, const struct scan *scan, struct err *err)
{
    struct store *store = store_create(path, scan, err);
    double row[HELP_VALUES];
    struct point_row point = {.row = row};
    struct store_query query = {.state = -1};
    struct store_cursor *cursor = NULL;
    struct arena *arena = NULL;
    struct command_row *commands;
    size_t n;
    int rc = -1;

    if (!store)
        return -1;
    TRY(store_begin(store, err));
    TRY(help_insert(store, 1, 40, err));
    TRY(help_close(store, 1, 40, err));
    TRY(store_reopen_failed(store, NULL, &n, err));
    TRY(store_commit(store, err));
    cursor = store_select(store, &query, err);
    if (!cursor)
        goto out;
    TRY(store_fetch(cursor, 1, &point, &n, err));
    arena = arena_create();
    if (!arena) {
        mem_error(err);
        goto out;
    }
    TRY(store_open_commands(store, arena, &commands, &n, err));
    rc = 0;
out:
    store_cursor_free(cursor);
    arena_free(arena);
    store_close(store);
    return rc;
}

static void test_memory(void)
{
    char path[HELP_PATH];
    struct scan *scan = help_scan();
    unsigned long n;
    int rc = -1, n_wrong = 0;

    for (n = 1; rc != 0 && n < 5000; n++) {
        struct err err = ERR_INIT;

        help_path(path, "memory.db");
        mem_fail_at(n);
        rc = whole_life(path, scan, &err);
        mem_fail_at(0);
        n_wrong += rc != 0 && err.code != ERR_MEMORY;
        if (rc != 0 && err.code != ERR_MEMORY)
            diag("allocation %lu: %s: %s", n, err_name(err.code), err.message);
        n_wrong += help_beside(path, "-new") || help_beside(path, "-lock");
    }
    is_int(rc, 0, "with memory enough it works (%lu allocations)", n - 1);
    is_int(n_wrong, 0, "without, it is said each time, and nothing is left");
    ok(n > 20, "several allocations were made to fail");
    scan_free(scan);
}

static void test_full(void)
{
    char path[HELP_PATH], why[256];
    struct store *store;
    struct err err = ERR_INIT;
    uint64_t done = 0;
    int rc = 0;

    store_close(help_create(help_path(path, "full.db")));
    setenv("THEODOLITE_MAX_PAGES", "60", 1);
    store = help_open(path, STORE_ENGINE);
    while (rc == 0 && done < 100000) {
        rc = store_begin(store, &err) != 0 || help_insert(store, done + 1, done + 200, &err) != 0 ||
             help_close(store, done + 1, done + 200, &err) != 0 || store_commit(store, &err) != 0;
        done += rc == 0 ? 200 : 0;
    }
    ok(rc != 0 && err.code == ERR_FULL, "a full disk is told from other errors: %s", err.message);
    store_rollback(store);
    ok(help_is_whole(store, done, why), "what was committed is there: %s", why);
    err_clear(&err);
    rc = store_begin(store, &err) != 0 || help_insert(store, done + 1, done + 200, &err) != 0 ||
         help_close(store, done + 1, done + 200, &err) != 0 || store_commit(store, &err) != 0;
    ok(rc != 0 && err.code == ERR_FULL, "still full");
    store_rollback(store);
    store_close(store);
    setenv("THEODOLITE_MAX_PAGES", "100000", 1);
    store = help_open(path, STORE_ENGINE);
    help_fill(store, done + 1, done + 200);
    ok(help_is_whole(store, done + 200, why), "with room the same transaction passes: %s", why);
    store_close(store);
    unsetenv("THEODOLITE_MAX_PAGES");
}

/* Commits 25 points at a time, and tells each commit's last id through the pipe. */
static void write_on(const char *path, int fd)
{
    struct store *store = help_open(path, STORE_ENGINE);
    struct err err = ERR_INIT;
    uint64_t last = 0;

    store_last_id(store, &last, &err);
    for (;;) {
        help_fill(store, last + 1, last + 25);
        last += 25;
        if (write(fd, &last, sizeof last) != (ssize_t)sizeof last)
            _exit(1);
    }
}

static void test_kill(void)
{
    char path[HELP_PATH], why[256];
    struct rng rng = rng_stream(2, RNG_TEST, 0);
    uint64_t told = 0, last = 0, n_wanted;
    int round, n_wrong = 0, status;

    store_close(help_create(help_path(path, "kill.db")));
    for (round = 0; round < 20; round++) {
        struct err err = ERR_INIT;
        struct store *store;
        int ends[2];
        pid_t pid;

        if (pipe(ends) != 0 || (pid = fork()) < 0)
            bail_out("fork");
        if (pid == 0) {
            close(ends[0]);
            write_on(path, ends[1]);
        }
        close(ends[1]);
        /* after so many commits, somewhere in the next one */
        for (n_wanted = 1 + rng_below(&rng, 20); n_wanted > 0; n_wanted--)
            if (read(ends[0], &told, sizeof told) != (ssize_t)sizeof told)
                bail_out("the writer ended");
        kill(pid, SIGKILL);
        waitpid(pid, &status, 0);
        while (read(ends[0], &told, sizeof told) == (ssize_t)sizeof told)
            ;
        close(ends[0]);
        store = help_open(path, round % 2 ? STORE_READ : STORE_ENGINE);
        store_last_id(store, &last, &err);
        if (last < told || last % 25 != 0 || !help_is_whole(store, last, why)) {
            diag("told %llu, found %llu: %s", (unsigned long long)told, (unsigned long long)last,
                 why);
            n_wrong++;
        }
        store_close(store);
    }
    is_int(n_wrong, 0, "killed 20 times: all that was committed is there, and nothing by halves");
    ok(!help_beside(path, "-wal"), "the log was brought in");
}

int main(void)
{
    test_memory();
    test_full();
    test_kill();
    return done_testing();
}
