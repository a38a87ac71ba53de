/* private.h: what the subcommands share. */
#ifndef CLI_PRIVATE_H
#define CLI_PRIVATE_H

#include "theodolite/cli.h"
#include "theodolite/engine.h"
#include "theodolite/report.h"
#include "theodolite/tui.h"

#include <getopt.h>

int cli_run(int argc, char **argv);
int cli_integrate(int argc, char **argv);
int cli_resume(int argc, char **argv);
int cli_attach(int argc, char **argv);
int cli_show(int argc, char **argv);
int cli_tell(int argc, char **argv);
int cli_stop(int argc, char **argv);
int cli_replay(int argc, char **argv);
int cli_snapshot(int argc, char **argv);
/* Gives one command and prints its answer: 0, 2 refused, 1 not given. */
int cli_tell_one(const char *db, const char *text);
int cli_check(int argc, char **argv);
int cli_point(int argc, char **argv);
int cli_status(int argc, char **argv);
int cli_gaps(int argc, char **argv);
int cli_export(int argc, char **argv);
int cli_plot(int argc, char **argv);
int cli_generate(int argc, char **argv);
int cli_bench(int argc, char **argv);
int cli_worker(int argc, char **argv);

/* Says on stderr what went wrong, with its trail, and gives the exit status. */
int cli_fail(const struct err *err);
/* Usage of a subcommand: after --help (0, on stdout) or a wrong argument (2, on stderr). */
int cli_usage(const char *name, bool is_asked);
/* After getopt_long gave '?' or ':'. */
int cli_bad_option(const char *name, char **argv);
/* What --workers says; 0: as many as there are processors, as in a scan file.  0, or 2: it is told.
 */
int cli_read_workers(const char *name, const char *text, size_t *n_workers);
/* May `command` write the file `out` (NULL: it writes none)?  Not over a file that is there, unless
 * forced, and never over `source`, the file that it reads.  0 or the exit status, then it has told
 * why. */
int cli_check_output(const char *command, const char *out, const char *source, bool is_forced);

/* Where calculators and their definitions are looked for, NULL-terminated, in the arena:
 * $THEODOLITE_PLUGINS, the folder plugins/ beside the program, the installed one. */
const char *const *cli_plugin_dirs(struct arena *arena);

struct cli_scan {
    struct arena *arena;
    const char *const *plugin_dirs;
    const char **sets; /* NULL-terminated, room for n_sets */
    size_t n_sets;
    const char *tools;
    enum scan_use use; /* whose goals the file's are */
    struct scan *scan;
};
int cli_scan_init(struct cli_scan *cli, int argc, struct err *err);
void cli_scan_free(struct cli_scan *cli);
/* Reads and checks the whole file; prints all diagnostics.  0, or the exit status. */
int cli_scan_load(struct cli_scan *cli, const char *path, bool check_calculators);

/* Can these goals (--until) end the scan?  0, or the exit status after saying what is wrong. */
int cli_check_goals(const char *const *goals, const struct scan *scan, bool is_integral,
                    struct arena *arena);
/* "thdm: 7 free parameters, 1 calculator, ..." */
void cli_print_plan(const struct scan *scan);

struct cli_drive {
    const char *const *plugin_dirs;
    size_t n_workers;         /* 0: the scan's */
    const char *const *goals; /* NULL: the scan's */
    bool accepts_tools;
    bool is_silent;    /* no progress, no notes: the workbench shows them */
    const char *color; /* of the workbench, or NULL */
};
/* Runs the engine in the foreground with progress on stdout; the exit status. */
int cli_drive(struct store *store, const struct cli_drive *drive);
/* `run` and `integrate`: a scan file becomes a store, and the engine starts on it. */
int cli_start(int argc, char **argv, bool is_integral);
/* Is the store an integration's? */
bool cli_is_integral(struct store *store);
/* Says, unless is_silent, what an integration came to; false: it is not converged, or there is
 * none. */
bool cli_say_integral(struct store *store, bool is_silent);
/* What can be done next with a finished integration; path: of its store, as a word of a shell. */
void cli_say_further(struct store *store, const char *path);
/* After a scan ended: why, and what one can do next. */
void cli_say_end(struct store *store, bool is_done);

/* ---- the workbench (screen.c) --------------------------------------------------------------- */

/* Does a scan on this terminal open the workbench? */
bool cli_wants_screen(bool is_headless);
/* Can it be opened?  Else says the reason and "INSTEAD" ("theodolite run X --headless runs without
 * one") and gives the exit status. */
int cli_can_screen(const char *name, const char *instead, const struct tui_options *options);
/* Runs the engine in a session of its own and the workbench on its store, which nobody has open;
 * the exit status, that of the engine where it ended. */
int cli_drive_screen(const char *db, const struct cli_drive *drive);
/* The workbench on a store whose engine, if it has one, is somebody else's. */
int cli_watch(const char *db, const struct tui_options *options);

#endif
