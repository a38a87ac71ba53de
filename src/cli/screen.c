/* screen.c: the workbench over a scan: the engine in a session of its own, and what is said when
 * the user comes back from the screen.
 *
 * The engine is a fork of this program that outlives it: however the workbench ends, the scan goes
 * on.  What the engine says before it has a store to say it in goes to a file without a name, which
 * the workbench shows and which is said again afterwards, with the engine's exit status. */
#include "private.h"

#include "config.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static const double STOP_WAIT_S = 15; /* SIGTERM, 5 s, SIGKILL to calculators, and a bit */

bool cli_wants_screen(bool is_headless)
{
    return TH_HAVE_TUI && !is_headless && isatty(STDIN_FILENO) != 0 && isatty(STDOUT_FILENO) != 0;
}

int cli_can_screen(const char *name, const char *instead, const struct tui_options *options)
{
    struct err err = ERR_INIT;
    if (tui_can_start(&err) == 0)
        return tui_check_options(options, &err) == 0 ? 0 : cli_fail(&err);
    fprintf(stderr, "theodolite %s: no screen can be drawn here, for %s: %s\n", name, err.message,
            instead);
    return err_exit_status(err.code);
}

/* ---- the engine ----------------------------------------------------------------------------- */

/* A file that is gone when both of us have closed it, or -1: then nothing is kept. */
static int open_words(void)
{
    const char *dir = getenv("TMPDIR");
    char path[4096];
    snprintf(path, sizeof path, "%.4000s/theodolite-words.XXXXXX",
             dir != NULL && dir[0] != '\0' ? dir : "/tmp");
    int fd = mkstemp(path);
    if (fd >= 0)
        (void)unlink(path);
    return fd;
}

/* In the process of the engine: its exit status. */
static int be_engine(const char *db, const struct cli_drive *drive, int fd_words)
{
    struct err err = ERR_INIT;
    struct cli_drive silent = *drive;
    if (fd_words >= 0) {
        (void)dup2(fd_words, STDERR_FILENO);
        close(fd_words);
    }
    struct store *store = store_open(db, STORE_ENGINE, &err);
    if (store == NULL)
        return cli_fail(&err);
    silent.is_silent = true;
    int status = cli_drive(store, &silent);
    store_close(store);
    return status;
}

/* ---- afterwards ----------------------------------------------------------------------------- */

static void say_words(int fd)
{
    char words[4096];
    ssize_t n;
    off_t at = 0;
    fflush(stdout);
    while (fd >= 0 && (n = pread(fd, words, sizeof words, at)) > 0) {
        (void)fwrite(words, 1, (size_t)n, stderr);
        at += n;
    }
}

/* One line: what the scan does now, and how to come back to it.  is_ours: the engine that we
 * started runs, although it may not have said so in the store yet. */
static void say_left(const char *db, enum tui_left left, bool is_ours)
{
    struct err ignored = ERR_INIT;
    struct engine_row engine;
    struct arena *arena = arena_create();
    const char *word = arena != NULL ? text_shell_word(arena, db) : db;
    struct store *store = store_open(db, STORE_READ, &ignored);
    if (store == NULL || store_engine(store, &engine, &ignored) != 0)
        goto out;
    bool is_alive = engine.is_alive || is_ours;
    if (cli_is_integral(store))
        (void)cli_say_integral(store, false);
    if (!is_alive && strcmp(engine.state, "done") == 0)
        printf("the scan is done: \"theodolite status %s\" says what it found\n", word);
    else if (!is_alive)
        printf("nothing runs on %s: \"theodolite resume %s\" goes on with it\n", db, word);
    else if (left == TUI_DETACHED)
        printf("the scan goes on: \"theodolite attach %s\" comes back to it\n", word);
    else
        printf("the scan stops after its batch: \"theodolite attach %s\" shows it, \"theodolite "
               "resume %s\" goes on with it later\n",
               word, word);
out:
    fflush(stdout);
    store_close(store);
    arena_free(arena);
}

/* The engine that we started is over: what it said, and its exit status. */
static int say_engine(const char *db, const struct tui_engine *engine)
{
    struct err err = ERR_INIT;
    char name[32];
    if (engine->end.is_signal) {
        fprintf(stderr,
                "theodolite: the engine was ended by %s; nothing that was closed is lost: "
                "\"theodolite resume %s\" goes on\n",
                process_signal_name(engine->end.status, name, sizeof name), db);
        return 1;
    }
    struct store *store = store_open(db, STORE_READ, &err);
    struct engine_row row = {.pid = 0};
    bool is_known = store != NULL && store_engine(store, &row, &err) == 0;
    bool is_done = is_known && strcmp(row.state, "done") == 0;
    bool is_integral = is_known && cli_is_integral(store);
    /* an integration that is not converged ends with 1, and a scan of which all points failed */
    if (engine->end.status != 0 && engine->end.status != 130 && !is_done) {
        say_words(engine->fd_words);
    } else if (is_known) {
        if (is_integral)
            (void)cli_say_integral(store, false);
        cli_say_end(store, is_done);
    }
    store_close(store);
    return engine->end.status;
}

int cli_watch(const char *db, const struct tui_options *options)
{
    struct err err = ERR_INIT;
    struct tui_engine *engine = options->engine;
    enum tui_left left = TUI_DETACHED;
    int status = tui_run(db, options, &left, &err) == 0 ? 0 : cli_fail(&err);
    if (engine != NULL && !engine->has_ended)
        engine->has_ended = process_wait((pid_t)engine->pid, left == TUI_STOP_NOW ? STOP_WAIT_S : 0,
                                         &engine->end) != 0;
    if (engine != NULL && engine->has_ended) {
        int said = say_engine(db, engine);
        status = status != 0 ? status : said;
    } else if (status == 0 || status == err_exit_status(ERR_INTERRUPTED) || engine != NULL) {
        say_left(db, left, engine != NULL);
    }
    return status;
}

int cli_drive_screen(const char *db, const struct cli_drive *drive)
{
    struct err err = ERR_INIT;
    pid_t pid;
    int fd_words = open_words(), status;
    if (process_fork_session(&pid, &err) != 0) {
        status = cli_fail(&err);
    } else if (pid == 0) {
        return be_engine(db, drive, fd_words);
    } else {
        struct tui_engine engine = {.pid = pid, .fd_words = fd_words};
        struct tui_options options = {.colors = drive->color, .engine = &engine};
        status = cli_watch(db, &options);
    }
    if (fd_words >= 0)
        close(fd_words);
    return status;
}
