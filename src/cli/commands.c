/* commands.c: the table of subcommands, and what they share: usage, errors, where calculators are,
 * reading a scan file with all its diagnostics. */
#include "private.h"

#include "config.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

const struct cli_command cli_commands[] = {
    {"run",
     "SCAN.yaml [--db FILE] [--headless] [--workers N] [--seed N] [--until GOAL]... "
     "[--set PATH=VALUE]... [--tools FILE] [--color WHEN]",
     "start a scan: below the workbench on a terminal, else headless", cli_run},
    {"integrate",
     "SCAN.yaml [--method auto|cells|adaptive|cubature|plain|vegas|miser] [--db FILE] [--headless] "
     "[--workers N] [--seed N] [--until GOAL]... [--set PATH=VALUE]... [--tools FILE] "
     "[--color WHEN]",
     "the integral of the scan's integrand, with an honest error", cli_integrate},
    {"resume",
     "DB [--scan SCAN.yaml [--tools FILE]] [--force] [--headless] [--workers N] [--until GOAL]... "
     "[--color WHEN]",
     "go on with a scan that was stopped, interrupted or killed", cli_resume},
    {"attach", "DB [--screen NAME] [--symbols SET] [--color WHEN] [--script FILE]",
     "the workbench on a scan that runs, or ended", cli_attach},
    {"stop", "DB [--now]", "let the batch finish; --now: give running points back", cli_stop},
    {"tell", "DB COMMAND...", "steer a scan: pause, cut, pin, inject, ... (tell DB help)",
     cli_tell},
    {"replay", "DB [--from NUMBER] [--onto OTHER.db]",
     "what was asked of a scan; --onto: asked again of another", cli_replay},
    {"snapshot", "DB [FILE]", "a copy of a store, while its scan runs too", cli_snapshot},
    {"check", "SCAN.yaml [--seed N] [--set PATH=VALUE]... [--tools FILE]",
     "read a scan, find its tools, run one point and show every step", cli_check},
    {"point", "SCAN.yaml NAME=VALUE... [--quiet] [--seed N] [--set PATH=VALUE]... [--tools FILE]",
     "one point through the chain: values and verdict", cli_point},
    {"status", "DB [--json]", "how a scan stands, in ten lines", cli_status},
    {"gaps", "DB [--json] [-n NUMBER]",
     "how well the target is covered, and where it is predicted but empty", cli_gaps},
    {"show", "DB SCREEN [--size COLUMNSxLINES] [--symbols SET] [--styles]",
     "a screen of the workbench as text", cli_show},
    {"export", "DB [--format csv|tsv|jsonl|slha] [--where EXPR] [-o FILE] [--force]",
     "points of a scan for other programs", cli_export},
    {"plot",
     "DB KIND [-o FILE.png|.pdf|.svg|.txt] [--x NAME] [--y NAME] [--log-x] [--log-y] [--linear-x] "
     "[--linear-y] [--where EXPR] [--heat found|p] [--chi2 EXPR] [--events FILE.csv] [--bins N] "
     "[--size WxH] [--title TEXT] [--terminal NAME]",
     "pictures for a paper, by gnuplot (plot --help lists the kinds)", cli_plot},
    {"generate",
     "SCAN.yaml|DB [-n EVENTS] [-o FILE] [--format csv|lhe] [--seed N] [--excess SHARE] "
     "[--calls N] [--learn N] [--workers N] [--set PATH=VALUE]... [--tools FILE] [--force] "
     "[--quiet]",
     "unweighted events with the integrand as their density, as csv or Les Houches events",
     cli_generate},
    {"bench",
     "[NAME]... | search [PROBLEM]... [--method M] [--seeds N] [--calls N] [--table] [--verbose] | "
     "integrate [FUNCTION]... [--method M,...] [--calls N,...] [--seeds N|FROM-TO] [--stopping] "
     "[--cheap] "
     "[--table] [--verbose] | events [INTEGRAND]... [--calls N] [--events N] [--most N] "
     "[--seeds N|FROM-TO]",
     "the figures of this machine, as a table; search: calls, yield, evenness on known targets; "
     "integrate: errors and their honesty on known integrals; events: efficiency, closure",
     cli_bench},
    {"worker", "", "run points for an engine (started by it)", cli_worker},
    {NULL, NULL, NULL, NULL},
};

int cli_usage(const char *name, bool is_asked)
{
    FILE *out = is_asked ? stdout : stderr;
    for (const struct cli_command *command = cli_commands; command->name != NULL; command++)
        if (strcmp(command->name, name) == 0)
            fprintf(out, "usage: theodolite %s %s\n       %s\n", name, command->arguments,
                    command->about);
    return is_asked ? 0 : 2;
}

int cli_read_workers(const char *name, const char *text, size_t *n_workers)
{
    int64_t n;
    if (text_to_int64(text, &n) != 0 || n < 0 || n > 4096) {
        fprintf(stderr,
                "theodolite %s: --workers takes a number from 1 to 4096, or 0 for one per "
                "processor, not \"%s\"\n",
                name, text);
        return 2;
    }
    long n_processors = sysconf(_SC_NPROCESSORS_ONLN);
    *n_workers = n > 0 ? (size_t)n : n_processors > 0 ? (size_t)n_processors : 1;
    return 0;
}

int cli_bad_option(const char *name, char **argv)
{
    fprintf(stderr, "theodolite %s: %s is no option here, or lacks its value\n", name,
            argv[optind - 1]);
    return cli_usage(name, false);
}

int cli_check_output(const char *command, const char *out, const char *source, bool is_forced)
{
    struct stat there, read;

    if (!out || stat(out, &there) != 0 || !S_ISREG(there.st_mode))
        return 0;
    if (stat(source, &read) == 0 && read.st_dev == there.st_dev && read.st_ino == there.st_ino) {
        fprintf(stderr, "theodolite %s: %s is what it reads from: name another file\n", command,
                out);
        return 2;
    }
    if (is_forced)
        return 0;
    fprintf(stderr, "theodolite %s: %s exists; --force writes over it\n", command, out);
    return 2;
}

int cli_fail(const struct err *err)
{
    fflush(stdout);
    fprintf(stderr, "theodolite: %s\n",
            err->message[0] != '\0' ? err->message : err_text(err->code));
    if (err->trail[0] != '\0')
        fprintf(stderr, "  (%s)\n", err->trail);
    return err_exit_status(err->code);
}

const char *const *cli_plugin_dirs(struct arena *arena)
{
    enum { MOST = 32 };
    const char **dirs = arena_array(arena, MOST + 1, sizeof *dirs);
    const char *given = getenv("THEODOLITE_PLUGINS");
    char self[4096];
    struct err ignored = ERR_INIT;
    size_t n = 0;
    if (dirs == NULL)
        return NULL;
    while (given != NULL && given[0] != '\0' && n < MOST - 4) {
        size_t length = strcspn(given, ":");
        if (length > 0)
            dirs[n++] = arena_strndup(arena, given, length);
        given += length + (given[length] == ':');
    }
    if (process_self_path(self, sizeof self, &ignored) == 0) {
        char *slash = strrchr(self, '/');
        if (slash != NULL)
            *slash = '\0';
        dirs[n++] = arena_printf(arena, "%s/plugins", self);
    }
    dirs[n++] = TH_PLUGIN_DIR;
    dirs[n++] = TH_DATA_DIR "/plugins";
    return dirs;
}

int cli_scan_init(struct cli_scan *cli, int argc, struct err *err)
{
    *cli = (struct cli_scan){.arena = arena_create()};
    if (cli->arena == NULL || (cli->plugin_dirs = cli_plugin_dirs(cli->arena)) == NULL ||
        (cli->sets = arena_array(cli->arena, (size_t)argc + 2, sizeof *cli->sets)) == NULL)
        return mem_error(err);
    return 0;
}

void cli_scan_free(struct cli_scan *cli)
{
    scan_free(cli->scan);
    arena_free(cli->arena);
}

static int check_all(struct cli_scan *cli, bool check_calculators,
                     struct scan_diagnostics *diagnostics, struct err *err)
{
    if (space_check(cli->scan, diagnostics, err) != 0 ||
        judge_check(cli->scan, diagnostics, err) != 0)
        return -1;
    scan_check_goals(cli->scan, cli->use, diagnostics);
    return check_calculators ? calc_check(cli->scan, cli->plugin_dirs, diagnostics, err) : 0;
}

/* A list that cannot be read is told before a store is made for it. */
static int check_list(const struct scan *scan, struct err *err)
{
    char path[4096];
    double *units = NULL;
    size_t n;
    if (scan->search.method != METHOD_LIST || scan->search.list == NULL)
        return 0;
    int rc = file_join(path, sizeof path, scan->folder != NULL ? scan->folder : ".",
                       scan->search.list, err);
    if (rc == 0)
        rc = survey_read_points(scan, path, &units, &n, err);
    if (rc != 0 && err->code != ERR_MEMORY)
        err->code = ERR_SCAN;
    mem_free(units);
    return rc;
}

static int print_diagnostics(const char *path, const struct scan *scan,
                             const struct scan_diagnostics *diagnostics, struct err *err)
{
    struct buf words, text;
    int rc = -1;
    buf_init(&words, 1 << 24);
    buf_init(&text, 1 << 26);
    if (scan == NULL)
        TRY(buf_read_file(&text, path, err));
    TRY(scan_print_diagnostics(diagnostics, path, scan != NULL ? scan->text : text.data, &words,
                               err));
    fflush(stdout);
    fputs(words.data != NULL ? words.data : "", stderr);
    size_t n = scan_n_errors(diagnostics);
    if (n > 0)
        fprintf(stderr, "%zu error%s in %s; nothing was run\n", n, n == 1 ? "" : "s", path);
    rc = 0;
out:
    buf_free(&words);
    buf_free(&text);
    return rc;
}

const char *cli_example(const char *scan, char *path, size_t size)
{
    const char *slash = strrchr(scan, '/'), *name = slash != NULL ? slash + 1 : scan;
    char self[4096];
    struct err ignored = ERR_INIT;
    if (name[0] == '\0')
        return NULL;
    if (process_self_path(self, sizeof self, &ignored) == 0 && strrchr(self, '/') != NULL) {
        *strrchr(self, '/') = '\0';
        int n = snprintf(path, size, "%s/scans/%s", self, name);
        if (n > 0 && (size_t)n < size && file_exists(path))
            return path;
    }
    int n = snprintf(path, size, "%s/scans/%s", TH_DATA_DIR, name);
    return n > 0 && (size_t)n < size && file_exists(path) ? path : NULL;
}

/* No such file: an example of that name, or the file beside it whose name is nearest. */
static int no_such_scan(const char *path, struct err *err)
{
    char example[4096], name[256];
    const char *slash = strrchr(path, '/');
    int n_folder = slash != NULL ? (int)(slash - path) + 1 : 0;
    if (cli_example(path, example, sizeof example) != NULL)
        return err_set(err, ERR_IO, "there is no '%s'; the example of that name is '%s'", path,
                       example);
    if (scan_nearest_file(path, name, sizeof name) != NULL)
        return err_set(err, ERR_IO, "there is no '%s'; did you mean '%.*s%s'?", path, n_folder,
                       path, name);
    return err_set(err, ERR_IO, "there is no '%s'", path);
}

int cli_scan_load(struct cli_scan *cli, const char *path, bool check_calculators)
{
    struct err err = ERR_INIT;
    struct stat st;
    int rc = -1;
    struct scan_options options = {
        .sets = cli->sets,
        .tools = cli->tools,
        .plugin_dirs = cli->plugin_dirs,
    };
    struct scan_diagnostics *diagnostics = scan_diagnostics_create();
    if (diagnostics == NULL) {
        mem_error(&err);
        return cli_fail(&err);
    }
    if (stat(path, &st) != 0 && errno == ENOENT) {
        no_such_scan(path, &err);
        goto out;
    }
    TRY(scan_load(path, &options, &cli->scan, diagnostics, &err));
    if (cli->scan != NULL)
        TRY(check_all(cli, check_calculators, diagnostics, &err));
    TRY(print_diagnostics(path, cli->scan, diagnostics, &err));
    if (cli->scan != NULL && scan_n_errors(diagnostics) == 0)
        TRY(check_list(cli->scan, &err));
    rc = 0;
out:
    if (rc != 0)
        rc = cli_fail(&err);
    else if (cli->scan == NULL || scan_n_errors(diagnostics) > scan_n_tool_errors(diagnostics))
        rc = err_exit_status(ERR_SCAN);
    else if (scan_n_errors(diagnostics) > 0)
        rc = err_exit_status(ERR_START);
    scan_diagnostics_free(diagnostics);
    return rc;
}

static void print_number(size_t n, const char *of)
{
    printf("%zu %s%s, ", n, of, n == 1 ? "" : "s");
}

void cli_print_plan(const struct scan *scan)
{
    size_t n_free = 0, n_calculators = 0;
    for (size_t i = 0; i < scan->n_params; i++)
        n_free += scan->params[i].kind != PRIOR_FIXED && scan->params[i].kind != PRIOR_DERIVED;
    printf("%s: ", scan->name);
    print_number(n_free, "free parameter");
    for (size_t i = 0; i < scan->n_calculators; i++)
        n_calculators += scan->calculators[i].kind != CALC_BUILTIN; /* else expressions */
    print_number(n_calculators, "calculator");
    print_number(scan->n_values - scan->n_params, "observable");
    print_number(scan->n_constraints, "constraint");
    if (scan->integrand != NULL)
        printf("integrand: %s\n", scan->integrand);
    else
        printf("search: %s\n", scan_method_name(scan->search.method));
}
