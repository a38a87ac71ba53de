/* tell.c: `theodolite tell` and `theodolite stop`: a command goes into the store's journal, and the
 * engine's answer comes back.  Where no engine runs, the command is carried out here. */
#include "private.h"

#include <limits.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const double ANSWER_S = 30;

/* -1: another process has the store by now. */
static int tell_rest(const char *db, const char *text)
{
    struct err err = ERR_INIT;
    struct buf answer;
    bool is_ok = false;
    int status;
    struct store *store = store_open(db, STORE_ENGINE, &err);
    if (store == NULL && err.code == ERR_LOCKED)
        return -1;
    buf_init(&answer, 1 << 20);
    struct arena *arena = arena_create();
    const char *const *dirs = arena != NULL ? cli_plugin_dirs(arena) : NULL;
    if (store == NULL || engine_command(store, text, dirs, &is_ok, &answer, &err) != 0)
        status = cli_fail(&err);
    else {
        fprintf(is_ok ? stdout : stderr, "%s\n", answer.len > 0 ? answer.data : "");
        status = is_ok ? 0 : 2;
    }
    store_close(store);
    arena_free(arena);
    buf_free(&answer);
    return status;
}

/* Waits for the engine's answer: its exit status. */
static int await_answer(struct store *store, int64_t id)
{
    struct err err = ERR_INIT;
    double began = clock_steady_s();
    struct engine_row engine;
    int n_dead = 0; /* looks at an engine that is gone: its last words may be on their way */
    for (;;) {
        struct arena *arena = arena_create();
        struct command_row row = {0};
        if (arena == NULL || store_command(store, id, arena, &row, &err) != 0) {
            arena_free(arena);
            return cli_fail(&err);
        }
        if (row.answer != NULL) {
            int status = row.is_ok ? 0 : 2;
            fprintf(row.is_ok ? stdout : stderr, "%s\n", row.answer);
            arena_free(arena);
            return status;
        }
        arena_free(arena);
        if (store_engine(store, &engine, &err) == 0 && !engine.is_alive && n_dead++ > 10) {
            fprintf(stderr, "the engine ended before it answered; the command is carried out on "
                            "resume\n");
            return 1;
        }
        if (clock_steady_s() - began > ANSWER_S) {
            fprintf(stderr,
                    "the engine has not answered within %.0f s; the command stays in the "
                    "journal\n",
                    ANSWER_S);
            return 1;
        }
        (void)poll(NULL, 0, 20);
    }
}

/* -1: no engine runs, but another process has the store. */
static int tell_once(const char *db, const char *text)
{
    struct err err = ERR_INIT;
    struct engine_row engine = {0};
    int64_t id;
    struct store *store = store_open(db, STORE_COMMAND, &err);
    if (store == NULL || store_engine(store, &engine, &err) != 0) {
        store_close(store);
        return cli_fail(&err);
    }
    if (!engine.is_alive) {
        store_close(store);
        return tell_rest(db, text);
    }
    int status =
        store_add_command(store, text, &id, &err) != 0 ? cli_fail(&err) : await_answer(store, id);
    store_close(store);
    return status;
}

/* An engine that starts or ends just now, or another `tell`: one tries again. */
int cli_tell_one(const char *db, const char *text)
{
    double began = clock_steady_s();
    int status;
    while ((status = tell_once(db, text)) < 0 && clock_steady_s() - began < ANSWER_S)
        (void)poll(NULL, 0, 20);
    if (status < 0) {
        fprintf(stderr, "theodolite tell: %s is held by another process; nothing was done\n", db);
        return 1;
    }
    return status;
}

static int print_commands(void)
{
    for (const char *const *name = engine_command_names(); *name != NULL; name++)
        printf("  %s\n", engine_command_help(*name));
    return 0;
}

/* "inject FILE", "calc add NAME from FILE": the engine may stand in another folder. */
static const char *whole_path(int argc, char **argv, int i, char path[PATH_MAX])
{
    bool is_file = i > 2 && ((i == argc - 1 && strcmp(argv[2], "inject") == 0) ||
                             (strcmp(argv[2], "calc") == 0 && strcmp(argv[i - 1], "from") == 0));
    return is_file && realpath(argv[i], path) != NULL ? path : argv[i];
}

int cli_tell(int argc, char **argv)
{
    char text[8192] = "", path[PATH_MAX];
    size_t n = 0;
    if (argc >= 2 && strcmp(argv[1], "--help") == 0) {
        cli_usage("tell", true);
        return print_commands();
    }
    if (argc >= 3 && strcmp(argv[2], "help") == 0)
        return print_commands();
    if (argc < 3)
        return cli_usage("tell", false);
    for (int i = 2; i < argc; i++) {
        int more = snprintf(text + n, sizeof text - n, "%s%s", i > 2 ? " " : "",
                            whole_path(argc, argv, i, path));
        n += (size_t)more;
        if (n >= sizeof text) {
            fprintf(stderr, "theodolite tell: a command has at most %zu bytes\n", sizeof text - 1);
            return 2;
        }
    }
    return cli_tell_one(argv[1], text);
}

int cli_stop(int argc, char **argv)
{
    static const struct option options[] = {
        {"now", no_argument, NULL, 'n'},
        {"help", no_argument, NULL, 'h'},
        {NULL, 0, NULL, 0},
    };
    bool is_now = false;
    int letter;
    while ((letter = getopt_long(argc, argv, ":h", options, NULL)) != -1) {
        if (letter == 'h')
            return cli_usage("stop", true);
        if (letter != 'n')
            return cli_bad_option("stop", argv);
        is_now = true;
    }
    if (optind != argc - 1)
        return cli_usage("stop", false);
    return cli_tell_one(argv[optind], is_now ? "stop now" : "stop");
}
