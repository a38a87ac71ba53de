/* model-log.c: what happened, in one list by time: the engine's log, points that failed, what users
 * asked and how it was answered, rounds that began and ended, trainings.
 *
 * The newest MODEL_LOGS lines are kept.  Log rows are read once; failures again when there are
 * more of them; the journal whenever the store changes, for answers come later than questions.  The
 * engine writes an echo of each command into the log (":cut ... -> ..."), which the journal's row
 * stands for. */
#include "model-private.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* ---- reading -------------------------------------------------------------------------------- */

static int read_rows(struct model *model, struct err *err)
{
    struct model_own *own = model->own;
    int64_t after = own->n_logs > 0 ? own->logs[own->n_logs - 1].id : 0;
    struct arena *arena = arena_create();
    struct log_row *rows;
    size_t i, n = 0, n_old = own->n_logs;
    int rc = -1;

    if (!arena)
        return mem_error(err);
    TRY(store_logs(model->store, after, MODEL_LOGS, arena, &rows, &n, err));
    if (n_old + n > MODEL_LOGS) { /* the oldest make room */
        size_t less = n_old + n - MODEL_LOGS;

        for (i = 0; i < less; i++)
            mem_free(own->logs[i].text);
        memmove(own->logs, own->logs + less, (n_old - less) * sizeof *own->logs);
        n_old -= less;
    }
    own->n_logs = n_old;
    for (i = 0; i < n; i++) {
        struct log_kept *kept = &own->logs[own->n_logs];

        *kept = (struct log_kept){.id = rows[i].id, .at = rows[i].at, .level = rows[i].level};
        kept->text = mem_strdup(rows[i].text);
        if (!kept->text) {
            mem_error(err);
            goto out;
        }
        own->n_logs++;
    }
    rc = 0;
out:
    arena_free(arena);
    return rc;
}

static int read_failures(struct model *model, struct err *err)
{
    struct model_own *own = model->own;
    struct arena *arena;

    if (own->failures_arena && own->n_failed == model->counts.failed &&
        own->n_evaluations == model->counts.evaluations)
        return 0;
    if (own->failures_arena && own->n_failed == model->counts.failed && own->n_failed == 0)
        return 0;
    arena = arena_create();
    if (!arena)
        return mem_error(err);
    if (store_failures(model->store, MODEL_FAILURES, arena, &own->failures, &own->n_failures,
                       err) != 0) {
        own->n_failures = 0;
        arena_free(arena);
        return -1;
    }
    arena_free(own->failures_arena);
    own->failures_arena = arena;
    own->n_failed = model->counts.failed;
    own->n_evaluations = model->counts.evaluations;
    return 0;
}

static int read_journal(struct model *model, struct err *err)
{
    struct model_own *own = model->own;
    struct arena *arena = arena_create();

    if (!arena)
        return mem_error(err);
    if (store_journal(model->store, arena, &model->journal, &model->n_journal, err) != 0) {
        model->n_journal = 0;
        arena_free(arena);
        return -1;
    }
    arena_free(own->journal_arena);
    own->journal_arena = arena;
    return 0;
}

/* ---- merging -------------------------------------------------------------------------------- */

struct merge {
    struct model *model;
    struct arena *arena;
    struct log_view *views;
    size_t n;
    bool is_integral; /* what a search calls a round is a batch of calls there */
};

static struct log_view *add(struct merge *merge, double at, char level, const char *source)
{
    struct log_view *view = &merge->views[merge->n++];

    *view = (struct log_view){.at = at, .level = level, .text = ""};
    snprintf(view->source, sizeof view->source, "%s", source);
    return view;
}

static void add_row(struct merge *merge, const struct log_kept *row)
{
    static const char levels[] = {'i', 'w', 'e'};
    char level = (size_t)row->level < sizeof levels ? levels[row->level] : 'i';
    struct log_view *view;
    unsigned worker;

    if (row->text[0] == ':' && strstr(row->text, " -> "))
        return; /* the journal has it */
    view = add(merge, row->at, level, "engine");
    view->text = row->text;
    if (sscanf(row->text, "worker %u", &worker) == 1)
        snprintf(view->source, sizeof view->source, "W%u", worker);
    else if (strncmp(row->text, "nothing accepted yet", 20) == 0)
        snprintf(view->source, sizeof view->source, "learn");
}

static int add_failure(struct merge *merge, const struct failure_row *row, struct err *err)
{
    struct log_view *view = add(merge, row->ended, 'f', row->calculator);

    view->point = row->point;
    view->text = arena_printf(merge->arena, "point %llu %s%s%s", (unsigned long long)row->point,
                              row->reason, row->words[0] ? ": " : "", row->words);
    return view->text ? 0 : mem_error(err);
}

static int add_command(struct merge *merge, const struct command_row *row, struct err *err)
{
    struct log_view *view = add(merge, row->at, 'u', "user");

    view->command = row->id;
    view->can_undo = row->answer && row->is_ok && row->undo && row->undone == 0;
    if (!row->answer)
        view->text = arena_printf(merge->arena, "%s   (not answered yet)", row->text);
    else
        view->text =
            arena_printf(merge->arena, "%s -> %s%s%s", row->text,
                         row->is_ok ? "" : "refused: ", row->answer[0] ? row->answer : "done",
                         row->undone != 0 ? "   (taken back)" : "");
    return view->text ? 0 : mem_error(err);
}

static const char *seconds_words(char out[32], double seconds)
{
    if (seconds < 10)
        snprintf(out, 32, "%.2g s", seconds);
    else
        text_duration(out, 32, seconds);
    return out;
}

/* How long it computed, and where that is more how long its points were waited for: it chooses them
 * too, and shares the machine with the calculators. */
static void learn_seconds(const struct round_row *row, char *out, size_t size)
{
    char computed[32], waited[32];

    seconds_words(computed, row->train_s);
    if (row->wall_s > 1.5 * row->train_s + 0.5)
        snprintf(out, size, "%s of CPU; its points came after %s", computed,
                 seconds_words(waited, row->wall_s));
    else
        snprintf(out, size, "%s", computed);
}

static int add_round(struct merge *merge, const struct round_view *round, struct err *err)
{
    const struct round_row *row = &round->row;
    struct log_view *view;
    char took[96], auc[32] = "";

    if (row->started > 0 && isfinite(round->n_train)) {
        view = add(merge, row->started, 'i', "learn");
        learn_seconds(row, took, sizeof took);
        if (isfinite(round->auc))
            snprintf(auc, sizeof auc, ", AUC %.3f,", round->auc);
        view->text =
            arena_printf(merge->arena, "trained on %.0f points%s in %s", round->n_train, auc, took);
        if (!view->text)
            return mem_error(err);
    }
    if (row->started > 0) {
        view = add(merge, row->started, 'i', "engine");
        view->text = arena_printf(merge->arena,
                                  merge->is_integral ? "batch %u: %u call%s"
                                                     : "round %u: %u point%s proposed",
                                  row->round, row->n_points, row->n_points == 1 ? "" : "s");
        if (!view->text)
            return mem_error(err);
    }
    if (!(row->ended > 0))
        return 0;
    view = add(merge, row->ended, 'i', "engine");
    view->text =
        merge->is_integral
            ? arena_printf(merge->arena, "batch %u done: %u call%s, %u failed", row->round,
                           row->n_points, row->n_points == 1 ? "" : "s", row->n_failed)
            : arena_printf(merge->arena, "round %u done: %u point%s, %u accepted, %u failed",
                           row->round, row->n_points, row->n_points == 1 ? "" : "s",
                           row->n_accepted, row->n_failed);
    return view->text ? 0 : mem_error(err);
}

struct order {
    double at;
    size_t i;
};

/* What is of one moment stays in the order in which it was added; without a time: first. */
static int compare_orders(const void *a, const void *b)
{
    const struct order *x = a, *y = b;

    if (isnan(x->at) != isnan(y->at))
        return isnan(x->at) ? -1 : 1;
    if (x->at != y->at && !isnan(x->at))
        return x->at > y->at ? 1 : -1;
    return (x->i > y->i) - (x->i < y->i);
}

/* The newest lines, in order. */
static int sort_views(struct merge *merge, struct err *err)
{
    struct model *model = merge->model;
    struct order *order = mem_array(merge->n, sizeof *order);
    size_t i, first = merge->n > MODEL_LOGS ? merge->n - MODEL_LOGS : 0;
    struct log_view *sorted = arena_array(merge->arena, merge->n - first, sizeof *sorted);

    if (!order || !sorted) {
        mem_free(order);
        return mem_error(err);
    }
    for (i = 0; i < merge->n; i++)
        order[i] = (struct order){.at = merge->views[i].at, .i = i};
    qsort(order, merge->n, sizeof *order, compare_orders);
    for (i = first; i < merge->n; i++)
        sorted[i - first] = merge->views[order[i].i];
    mem_free(order);
    model->logs = sorted;
    model->n_logs = merge->n - first;
    return 0;
}

static int merge_all(struct merge *merge, size_t n_rounds, struct err *err)
{
    struct model *model = merge->model;
    struct model_own *own = model->own;
    size_t i;

    for (i = model->n_rounds - n_rounds; i < model->n_rounds; i++)
        if (add_round(merge, &model->rounds[i], err) != 0)
            return -1;
    for (i = own->n_failures; i-- > 0;) /* newest first */
        if (add_failure(merge, &own->failures[i], err) != 0)
            return -1;
    for (i = 0; i < own->n_logs; i++)
        add_row(merge, &own->logs[i]);
    for (i = 0; i < model->n_journal; i++)
        if (add_command(merge, &model->journal[i], err) != 0)
            return -1;
    return 0;
}

int model_read_log(struct model *model, struct err *err)
{
    enum { MOST_ROUNDS = MODEL_LOGS / 3 };
    struct model_own *own = model->own;
    size_t n_rounds = model->n_rounds < MOST_ROUNDS ? model->n_rounds : MOST_ROUNDS, most;
    struct merge merge = {.model = model, .is_integral = model->integral != NULL};
    int rc = -1;

    if (!own->logs && !(own->logs = mem_array(MODEL_LOGS, sizeof *own->logs)))
        return mem_error(err);
    if (read_rows(model, err) != 0 || read_failures(model, err) != 0 ||
        read_journal(model, err) != 0)
        return -1;
    most = own->n_logs + own->n_failures + model->n_journal + 3 * n_rounds;
    merge.arena = arena_create();
    merge.views = merge.arena ? arena_array(merge.arena, most, sizeof *merge.views) : NULL;
    if (!merge.views) {
        mem_error(err);
        goto out;
    }
    TRY(merge_all(&merge, n_rounds, err));
    TRY(sort_views(&merge, err));
    arena_free(own->views_arena);
    own->views_arena = merge.arena;
    merge.arena = NULL;
    rc = 0;
out:
    arena_free(merge.arena);
    return rc;
}

void model_free_log(struct model_own *own)
{
    size_t i;

    for (i = 0; i < own->n_logs; i++)
        mem_free(own->logs[i].text);
    mem_free(own->logs);
    arena_free(own->failures_arena);
    arena_free(own->journal_arena);
    arena_free(own->views_arena);
}
