/* drive.c: the engine in this process: signals, and one progress line that rewrites itself on a
 * terminal or plain lines in a pipe; silent where the workbench shows it (screen.c). */
#include "private.h"

#include <math.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

static const double TERMINAL_S = 0.25, PIPE_S = 10;

/* The program's only globals: what a signal handler may write. */
static volatile sig_atomic_t n_interrupts;
static volatile sig_atomic_t is_terminated;

static void on_signal(int signal)
{
    if (signal == SIGINT)
        n_interrupts = n_interrupts + 1;
    else
        is_terminated = 1;
}

static void catch_signals(void)
{
    struct sigaction action = {.sa_handler = on_signal};
    sigemptyset(&action.sa_mask);
    sigaction(SIGINT, &action, NULL);
    sigaction(SIGTERM, &action, NULL);
    struct sigaction before;
    if (sigaction(SIGHUP, NULL, &before) == 0 && before.sa_handler != SIG_IGN)
        sigaction(SIGHUP, &action, NULL); /* nohup stays in force */
    signal(SIGPIPE, SIG_IGN);
}

struct screen {
    bool is_terminal;
    bool has_line;  /* a progress line stands there, without its end */
    char last[512]; /* progress line */
};

static void format_volume(char *out, size_t size, const struct survey_volume *volume)
{
    if (!(volume->estimate >= 0) || !(volume->error > 0))
        snprintf(out, size, "-");
    else
        snprintf(out, size, "%.3g +- %.1g", volume->estimate, volume->error);
}

static void format_integral(char *out, size_t size, const struct engine_progress *progress)
{
    const struct store_counts *counts = &progress->counts;
    const struct integral_row *row = progress->integral;
    char value[96] = "-", n[32], failed[32], left[48] = "", seconds[48];
    uint64_t n_calls = row != NULL ? row->n_calls : 0;
    if (counts->total - counts->running > n_calls)
        n_calls = counts->total - counts->running;
    if (row != NULL)
        text_estimate(value, sizeof value, row->integral, row->error);
    if (progress->left_s >= 1 && progress->goal_share < 1)
        snprintf(left, sizeof left, ", %s left",
                 text_duration(seconds, sizeof seconds, progress->left_s));
    else if (progress->round_share < 1)
        snprintf(left, sizeof left, ", batch in hand %.0f %% done", 100 * progress->round_share);
    snprintf(out, size, "%s: %s calls, %s failed, integral %s%s%s%s", progress->state,
             text_count(n, sizeof n, n_calls),
             text_count(failed, sizeof failed,
                        row != NULL && row->n_calls_failed > counts->failed ? row->n_calls_failed
                                                                            : counts->failed),
             value, progress->unit[0] != '\0' ? " " : "", progress->unit, left);
}

static void format_progress(char *out, size_t size, const struct engine_progress *progress)
{
    char total[32], accepted[32], failed[32], volume[64], left[48] = "", seconds[48];
    const struct store_counts *counts = &progress->counts;
    format_volume(volume, sizeof volume, &progress->volume);
    bool is_enough = progress->goal_share >= 1, has_flights = counts->running > 0;
    bool is_doing = strcmp(progress->state, "running") == 0 && progress->words[0] != '\0';
    if (is_enough && has_flights)
        snprintf(left, sizeof left, ", finishing the rounds in flight");
    else if (!is_enough && !isnan(progress->left_s))
        snprintf(left, sizeof left, ", %s left",
                 text_duration(seconds, sizeof seconds, progress->left_s));
    char share[32] = "-";
    if (!isnan(progress->share))
        snprintf(share, sizeof share, "%.0f %%", 100 * progress->share);
    snprintf(
        out, size,
        "%s round %u: %s points, %s accepted (last round %s), %s failed, %.0f/s, volume %s%s%s%s",
        is_enough && !has_flights && strcmp(progress->state, "draining") == 0 ? "done"
                                                                              : progress->state,
        progress->round > 0 ? progress->round - 1 : 0,
        text_count(total, sizeof total, counts->total - counts->running),
        text_count(accepted, sizeof accepted, counts->accepted), share,
        text_count(failed, sizeof failed, counts->failed), progress->per_s, volume, left,
        is_doing ? "; " : "", is_doing ? progress->words : "");
}

/* A line that wraps cannot be written over. */
static int terminal_width(void)
{
    struct winsize size;
    return ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col > 20 ? size.ws_col : 80;
}

static void show_progress(void *context, const struct engine_progress *progress)
{
    struct screen *screen = context;
    char line[512];
    if (progress->is_integral)
        format_integral(line, sizeof line, progress);
    else
        format_progress(line, sizeof line, progress);
    if (strcmp(line, screen->last) == 0 && strncmp(line, "running", 7) != 0)
        return; /* the end of a scan that was at its end already */
    snprintf(screen->last, sizeof screen->last, "%s", line);
    if (screen->is_terminal)
        printf("\r\033[K%.*s", terminal_width() - 1, line);
    else
        printf("%s\n", line);
    screen->has_line = screen->is_terminal;
    fflush(stdout);
}

static void end_line(struct screen *screen)
{
    if (screen->has_line)
        putchar('\n');
    screen->has_line = false;
    fflush(stdout);
}

static void show_note(void *context, enum log_level level, const char *text)
{
    struct screen *screen = context;
    end_line(screen);
    fprintf(level == LOG_NOTE ? stdout : stderr, "%s%s\n",
            level == LOG_NOTE      ? ""
            : level == LOG_WARNING ? "warning: "
                                   : "error: ",
            text);
    fflush(stdout);
}

/* Has every point of it failed? */
static bool all_failed(struct store *store)
{
    struct store_counts counts;
    struct err ignored = ERR_INIT;
    return store_counts(store, &counts, &ignored) == 0 && counts.failed > 0 &&
           counts.failed == counts.total - counts.running;
}

/* The points of a survey that came to its goal. */
static void say_points(struct store *store, const char *path)
{
    struct store_tally worst;
    struct err ignored = ERR_INIT;
    size_t n = 0;
    bool has_failed = all_failed(store);
    if (has_failed)
        fprintf(stderr, "error: all points failed");
    if (has_failed && store_tallies(store, &worst, 1, &n, &ignored) == 0 && n > 0)
        fprintf(stderr, ", most often %s (%s): %s", worst.calculator, worst.reason, worst.example);
    if (has_failed)
        fprintf(stderr, "\n");
    printf("what it found:  theodolite status %s\n"
           "its points:     theodolite export %s --where %s\n",
           path, path, has_failed ? "failed" : "accepted");
}

void cli_say_end(struct store *store, bool is_done)
{
    struct engine_row engine;
    struct err ignored = ERR_INIT;
    struct arena *arena = arena_create();
    const char *path = arena != NULL ? text_shell_word(arena, store_path(store)) : NULL;
    if (path == NULL)
        path = store_path(store);
    if (store_engine(store, &engine, &ignored) == 0 && engine.words[0] != '\0')
        printf("%s\n", engine.words);
    if (is_done && cli_is_integral(store))
        cli_say_further(store, path);
    else if (is_done)
        say_points(store, path);
    else
        printf("to go on:       theodolite resume %s\n", path);
    arena_free(arena);
}

int cli_check_goals(const char *const *goals, const struct scan *scan, bool is_integral,
                    struct arena *arena)
{
    struct err err = ERR_INIT;
    struct scan_goal goal;
    char words[300];
    for (size_t i = 0; goals[i] != NULL; i++) {
        if (scan_parse_goal(goals[i], arena, &goal, &err) == 0 &&
            scan_goal_idle(scan, &goal, is_integral, words, sizeof words) == NULL)
            continue;
        if (err.code == ERR_NONE)
            err_set(&err, ERR_USAGE, "%s", words);
        cli_fail(&err);
        return 2;
    }
    return 0;
}

/* 1: it came to its end and is not converged. */
static int end_integral(struct store *store, enum engine_end end, bool is_silent)
{
    bool is_converged = cli_say_integral(store, is_silent);
    if (!is_silent)
        cli_say_end(store, end == ENGINE_GOAL);
    return end == ENGINE_INTERRUPTED ? 130 : end == ENGINE_GOAL && !is_converged ? 1 : 0;
}

int cli_drive(struct store *store, const struct cli_drive *drive)
{
    struct err err = ERR_INIT;
    struct screen screen = {.is_terminal = isatty(STDOUT_FILENO) != 0};
    struct engine_options options = {
        .plugin_dirs = drive->plugin_dirs,
        .n_workers = drive->n_workers,
        .extra_goals = drive->goals,
        .accepts_tools = drive->accepts_tools,
        .n_interrupts = &n_interrupts,
        .is_terminated = &is_terminated,
        .progress = drive->is_silent ? NULL : show_progress,
        .note = drive->is_silent ? NULL : show_note,
        .context = &screen,
        .progress_s = drive->is_silent     ? 0
                      : screen.is_terminal ? TERMINAL_S
                                           : PIPE_S,
    };
    catch_signals();
    enum engine_end end = engine_run(store, &options, &err);
    end_line(&screen);
    if (end == ENGINE_FAILED)
        return cli_fail(&err);
    if (cli_is_integral(store))
        return end_integral(store, end, drive->is_silent);
    if (!drive->is_silent)
        cli_say_end(store, end == ENGINE_GOAL);
    return end == ENGINE_INTERRUPTED ? 130 : end == ENGINE_GOAL && all_failed(store) ? 1 : 0;
}
