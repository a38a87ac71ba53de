/* integrate.c: `theodolite integrate`: as `run`, for the integral of the scan's integrand; and what
 * is said when it has ended. */
#include "private.h"

#include "theodolite/strata.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

int cli_integrate(int argc, char **argv)
{
    return cli_start(argc, argv, true);
}

bool cli_is_integral(struct store *store)
{
    struct buf kind;
    struct err ignored = ERR_INIT;
    buf_init(&kind, 1 << 16);
    bool is_integral = store_get_meta(store, "kind", &kind, &ignored) == 0 && kind.len > 0 &&
                       strcmp(kind.data, "integral") == 0;
    buf_free(&kind);
    return is_integral;
}

/* n_made: with those of a round that is not complete, of which the integral knows nothing yet. */
static void say_calls(const struct integral_row *row, uint64_t n_made)
{
    char n[32], known[32];
    printf("calls:          %s",
           text_count(n, sizeof n, n_made > row->n_calls ? n_made : row->n_calls));
    if (row->n_calls_failed > 0)
        printf(", of which %s failed", text_count(n, sizeof n, row->n_calls_failed));
    if (n_made > row->n_calls)
        printf(
            "; the integral is of the first %s, those after them of a round that is not complete",
            text_count(known, sizeof known, row->n_calls));
    putchar('\n');
}

static void say_estimate(const struct scan *scan, const struct integral_row *row, uint64_t n_made)
{
    const char *unit = scan->integrate.unit, *blank = unit[0] != '\0' ? " " : "";
    char value[96], words[200], range[96];
    height_words(scan, words, sizeof words);
    printf("integral:       %s%s%s\n",
           text_estimate(value, sizeof value, row->integral, row->error), blank, unit);
    printf("                %s of %s\n", words, scan->integrand);
    if (isfinite(row->lo) && isfinite(row->hi))
        printf("95 %% interval:  %s%s%s (at every moment at once)\n",
               text_between(range, sizeof range, row->lo, row->hi), blank, unit);
    say_calls(row, n_made);
    if (row->failed_volume > 0)
        printf("failures:       %.3g +- %.1g %% of the space is left out of the integral\n",
               100 * row->failed_volume, 100 * row->failed_error);
}

static void say_trust(const struct integral_row *row, const char *method, bool is_done)
{
    if (row->is_converged && integrate_is_baseline(method))
        printf("converged:      by method %s, which has no alarms\n", method);
    else if (row->is_converged && !is_done)
        printf("converged:      so far, no alarm was raised; the goal is not reached yet\n");
    else if (row->is_converged)
        printf("converged:      no alarm was raised\n");
    else
        printf("NOT CONVERGED:  %s\n", row->why[0] != '\0' ? row->why
                                       : !isfinite(row->error)
                                           ? "there is no estimate yet"
                                           : "the error that was asked for is not reached");
    if (row->n_uniform > 0 && isfinite(row->unseen_above))
        printf("unseen:         of %llu uniform calls none was above %.3g in size: with 95 %% "
               "confidence no more than %.2g %% of the space is\n",
               (unsigned long long)row->n_uniform, row->unseen_above, 100 * row->unseen_volume);
}

bool cli_say_integral(struct store *store, bool is_silent)
{
    struct err ignored = ERR_INIT;
    struct integral_row row;
    struct engine_row engine;
    bool found = false;
    struct arena *arena = arena_create();
    struct scan *scan = store_scan(store, &ignored);
    if (arena == NULL || scan == NULL ||
        store_last_integral(store, arena, &row, &found, &ignored) != 0)
        found = false;
    if (found && !is_silent) {
        struct store_counts counts = {.total = 0};
        (void)store_counts(store, &counts, &ignored);
        say_estimate(scan, &row, counts.total - counts.running);
        bool is_known = store_engine(store, &engine, &ignored) == 0;
        struct buf method;
        buf_init(&method, 256);
        (void)store_get_meta(store, "integral method", &method, &ignored);
        say_trust(&row, method.len > 0 ? method.data : "",
                  is_known && strcmp(engine.state, "done") == 0);
        buf_free(&method);
        fflush(stdout);
    }
    bool is_converged = found && row.is_converged;
    scan_free(scan);
    arena_free(arena);
    return is_converged;
}

/* ---- what can be done next ------------------------------------------------------------------- */

/* A goal that is not reached yet: a third of the error, or three times the calls where it cannot be
 * trusted. */
static const char *next_goal(const struct integral_row *row, char *out, size_t size)
{
    double percent = 100 * row->error / fabs(row->integral);
    if (row->is_converged && percent > 1e-6 && isfinite(percent))
        snprintf(out, size, "error %.1g %%", percent / 3);
    else
        snprintf(out, size, "%llu points",
                 3 * (unsigned long long)(row->n_calls > 3000 ? row->n_calls : 3000));
    return out;
}

/* The search is at the start of an integration, and its size goes with the calls of the goal: no
 * `resume` makes up for one that was too small. */
static void say_anew(struct store *store, struct arena *arena, const struct integral_row *row)
{
    struct err ignored = ERR_INIT;
    struct scan *scan = store_scan(store, &ignored);
    const char *file = scan != NULL ? text_shell_word(arena, scan->path) : NULL;
    const char *path = store_path(store);
    size_t n = strlen(path);
    if (n > 3 && strcmp(path + n - 3, ".db") == 0)
        n -= 3;
    const char *db = arena_printf(arena, "%.*s-larger.db", (int)n, path);
    if (db != NULL)
        db = text_shell_word(arena, db);
    if (file != NULL && db != NULL)
        printf("to search more: theodolite integrate %s --db %s --until \"%llu points\"\n"
               "                (a new integration, with the other options of this one; to resume "
               "this one is no cure)\n",
               file, db, 10 * (unsigned long long)(row->n_calls > 3000 ? row->n_calls : 3000));
    scan_free(scan);
}

/* What fails goes on failing, however many calls are added. */
static void say_failing(struct store *store, const char *path)
{
    struct err ignored = ERR_INIT;
    struct store_counts counts = {.total = 0};
    (void)store_counts(store, &counts, &ignored);
    if (counts.failed > 0)
        printf("what fails:     theodolite export %s --where failed (more calls are no cure)\n",
               path);
    else
        printf("what fails:     theodolite status %s (more calls are no cure)\n", path);
}

void cli_say_further(struct store *store, const char *path)
{
    struct err ignored = ERR_INIT;
    struct arena *arena = arena_create();
    struct integral_row row = {0};
    bool found = false;
    char goal[64];
    printf("its classes:    theodolite show %s cells\n", path);
    if (arena == NULL || store_last_integral(store, arena, &row, &found, &ignored) != 0)
        found = false;
    if (found && row.alarms & ALARM_SEARCH)
        say_anew(store, arena, &row);
    if (found && row.alarms & ALARM_FAILED)
        say_failing(store, path);
    if (!found || !(row.alarms & (ALARM_SEARCH | ALARM_FAILED)))
        printf("more calls:     theodolite resume %s --until \"%s\"\n", path,
               found ? next_goal(&row, goal, sizeof goal) : "error 0.1 %");
    arena_free(arena);
}
