/* run.c: `theodolite run`: a scan file becomes a store, and the engine starts on it: below the
 * workbench on a terminal, else in the foreground.  `integrate` begins in the same way. */
#include "private.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

struct run_options {
    const char *scan, *db, *color;
    size_t n_workers;
    const char **goals;
    bool is_headless, is_integral;
};

static const char *name_of(const struct run_options *run)
{
    return run->is_integral ? "integrate" : "run";
}

static int read_options(int argc, char **argv, struct cli_scan *cli, struct run_options *run)
{
    static const struct option options[] = {
        {"db", required_argument, NULL, 'd'},
        {"headless", no_argument, NULL, 'l'},
        {"workers", required_argument, NULL, 'w'},
        {"seed", required_argument, NULL, 's'},
        {"until", required_argument, NULL, 'u'},
        {"set", required_argument, NULL, 'S'},
        {"tools", required_argument, NULL, 't'},
        {"color", required_argument, NULL, 'c'},
        {"help", no_argument, NULL, 'h'},
        {"method", required_argument, NULL, 'm'},
        {NULL, 0, NULL, 0},
    };
    size_t n_goals = 0;
    int letter;
    while ((letter = getopt_long(argc, argv, ":h", options, NULL)) != -1) {
        switch (letter) {
        case 'd': run->db = optarg; break;
        case 'w':
            if (cli_read_workers(name_of(run), optarg, &run->n_workers) != 0)
                return 2;
            break;
        case 's': cli->sets[cli->n_sets++] = arena_printf(cli->arena, "seed=%s", optarg); break;
        case 'u': run->goals[n_goals++] = optarg; break;
        case 'S': cli->sets[cli->n_sets++] = optarg; break;
        case 't': cli->tools = optarg; break;
        case 'c': run->color = optarg; break;
        case 'l': run->is_headless = true; break;
        case 'h': return cli_usage(name_of(run), true) - 1;
        case 'm':
            if (run->is_integral) {
                cli->sets[cli->n_sets++] = arena_printf(cli->arena, "integrate.method=%s", optarg);
                break;
            }
            return cli_bad_option(name_of(run), argv);
        default: return cli_bad_option(name_of(run), argv);
        }
    }
    if (optind != argc - 1)
        return cli_usage(name_of(run), false);
    run->scan = argv[optind];
    return 0;
}

/* "scans/thdm.yaml" -> "thdm.db", where one stands. */
static const char *default_store(struct arena *arena, const char *scan)
{
    const char *slash = strrchr(scan, '/');
    const char *name = slash != NULL ? slash + 1 : scan;
    const char *dot = strrchr(name, '.');
    size_t n = dot != NULL && dot != name ? (size_t)(dot - name) : strlen(name);
    return arena_printf(arena, "%.*s.db", (int)n, name);
}

static bool is_store(const char *path)
{
    struct err ignored = ERR_INIT;
    struct store *store = store_open(path, STORE_READ, &ignored);
    store_close(store);
    return store != NULL;
}

/* Integrations whose calls are cheap have no points. */
static bool has_integral(struct store *store)
{
    struct arena *arena = arena_create();
    struct integral_row row;
    struct err ignored = ERR_INIT;
    bool found = false;
    if (arena != NULL)
        (void)store_last_integral(store, arena, &row, &found, &ignored);
    arena_free(arena);
    return found;
}

/* It failed before a point was closed; one that was killed goes on. */
static bool has_not_begun(struct store *store)
{
    struct store_counts counts;
    struct engine_row engine;
    struct err ignored = ERR_INIT;
    return store_counts(store, &counts, &ignored) == 0 && counts.total == counts.running &&
           !has_integral(store) && store_engine(store, &engine, &ignored) == 0 &&
           (engine.state[0] == '\0' || strcmp(engine.state, "failed") == 0);
}

/* On a terminal the engine gets the store to itself. */
static int drive_store(struct store **store, const char *db, const struct cli_drive *drive,
                       bool has_screen)
{
    struct err err = ERR_INIT;
    if (!has_screen)
        return cli_drive(*store, drive);
    store_close(*store);
    int status = cli_drive_screen(db, drive);
    *store = store_open(db, STORE_READ, &err);
    return status;
}

/* One that is killed before its engine has begun goes on to these. */
static int set_goals(struct store *store, const char *const *goals, struct err *err)
{
    struct buf text;
    int rc = 0;
    buf_init(&text, 1 << 16);
    for (size_t i = 0; rc == 0 && goals[i] != NULL; i++)
        rc = buf_printf(&text, err, "%s\n", goals[i]);
    if (rc == 0 && text.len > 0)
        rc = store_set_meta(store, "run goals", text.data, err);
    buf_free(&text);
    return rc;
}

/* The store says of itself what it is. */
static struct store *create(const char *db, const struct scan *scan, const struct run_options *run,
                            struct err *err)
{
    struct store *store = store_create(db, scan, err);
    if (store == NULL || !run->is_integral)
        return store;
    if (store_begin(store, err) == 0 && store_set_meta(store, "kind", "integral", err) == 0 &&
        set_goals(store, run->goals, err) == 0 && store_commit(store, err) == 0)
        return store;
    store_close(store);
    unlink(db);
    return NULL;
}

/* 0, or the exit status: is this file for this command? */
static int check_kind(const struct scan *scan, const struct run_options *run)
{
    if (run->is_integral && scan->integrand == NULL) {
        fprintf(stderr,
                "theodolite integrate: %s names no integrand: \"integrand: NAME\" in the file, or "
                "--set integrand=NAME, of a parameter, an observable or an expression of them\n",
                run->scan);
        return 2;
    }
    if (!run->is_integral && scan->integrand != NULL && scan->n_constraints == 0) {
        fprintf(stderr,
                "theodolite run: %s has an integrand and no constraint to search for: "
                "\"theodolite integrate %s\"\n",
                run->scan, run->scan);
        return 2;
    }
    return 0;
}

static void print_integral(const struct scan *scan)
{
    char words[200];
    height_words(scan, words, sizeof words);
    printf("it is %s\n", words);
}

static int start(struct cli_scan *cli, const struct run_options *run)
{
    struct err err = ERR_INIT;
    const char *db = run->db != NULL ? run->db : default_store(cli->arena, run->scan);
    if (db == NULL) {
        mem_error(&err);
        return cli_fail(&err);
    }
    if (file_exists(db)) {
        fprintf(stderr,
                is_store(db) ? "theodolite: %s exists: \"theodolite resume %s\" goes on "
                               "with it; --db FILE names another store\n"
                             : "theodolite: %s exists and is no store of a scan; --db FILE "
                               "names another file\n",
                db, db);
        return 2;
    }
    struct store *store = create(db, cli->scan, run, &err);
    if (store == NULL)
        return cli_fail(&err);
    cli_print_plan(cli->scan);
    if (run->is_integral)
        print_integral(cli->scan);
    printf("the store is %s\n", db);
    struct cli_drive drive = {
        .plugin_dirs = cli->plugin_dirs,
        .n_workers = run->n_workers,
        .goals = run->goals[0] != NULL ? run->goals : NULL,
        .color = run->color,
    };
    int status = drive_store(&store, db, &drive, cli_wants_screen(run->is_headless));
    bool is_empty = status != 0 && status != 130 && store != NULL && has_not_begun(store);
    store_close(store);
    if (is_empty && unlink(db) == 0) /* a scan that could not begin does not stand in the way */
        fprintf(stderr, "nothing was run: %s is taken away again\n", db);
    return status;
}

/* Goals of the file are asked about where no others take their place. */
static int load(struct cli_scan *cli, const struct run_options *run)
{
    if (run->goals[0] == NULL)
        cli->use = run->is_integral ? SCAN_USE_INTEGRAL : SCAN_USE_SURVEY;
    return cli_scan_load(cli, run->scan, true);
}

/* 0, or the exit status: where a screen is wanted and cannot be, nothing is begun. */
static int check_screen(const struct run_options *run)
{
    char instead[2200];
    if (!cli_wants_screen(run->is_headless))
        return 0;
    snprintf(instead, sizeof instead, "\"theodolite %s %.2000s --headless\" runs without one",
             name_of(run), run->scan);
    return cli_can_screen(name_of(run), instead, &(struct tui_options){.colors = run->color});
}

int cli_start(int argc, char **argv, bool is_integral)
{
    struct err err = ERR_INIT;
    struct cli_scan cli;
    struct run_options run = {.is_integral = is_integral};
    int status;
    if (cli_scan_init(&cli, argc, &err) != 0 ||
        (run.goals = arena_array(cli.arena, (size_t)argc + 1, sizeof *run.goals)) == NULL) {
        mem_error(&err);
        status = cli_fail(&err);
    } else if ((status = read_options(argc, argv, &cli, &run)) == 0 &&
               (status = check_screen(&run)) == 0 && (status = load(&cli, &run)) == 0 &&
               (status = check_kind(cli.scan, &run)) == 0 &&
               (status = cli_check_goals(run.goals, cli.scan, run.is_integral, cli.arena)) == 0) {
        status = start(&cli, &run);
    }
    cli_scan_free(&cli);
    return status < 0 ? 0 : status; /* -1: help was shown */
}

int cli_run(int argc, char **argv)
{
    return cli_start(argc, argv, false);
}
