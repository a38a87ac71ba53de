/* gather-preview.c: what a cut would do to the labels, before it is given.
 *
 * The engine's own rules for names are followed (a cut without a name gets one, one of the same
 * name is replaced, a constraint of the scan that was taken out comes back by its name).  The
 * points are judged from the table: nothing is written, nothing is run. */
#include "gather-private.h"

#include <gsl/gsl_sort_double.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

enum { BLOCK = 2048, MEDIAN_OF = 50000, MOST_VALUES = 8 };

struct preview_work {
    uint64_t serial, epoch, version;
    bool is_done;
    struct arena *arena;
    struct judge *judge; /* as it would be; NULL: the command is wrong */
    bool *needs, *shown; /* n_values */
    double *rows;
    size_t *places; /* of the rows in the table */
    struct verdict *verdicts;
    size_t row;
    double begun_cpu;
    struct preview_part part;
};

void preview_free(struct preview_work *work)
{
    if (!work)
        return;
    judge_free(work->judge);
    arena_free(work->arena);
    mem_free(work->needs);
    mem_free(work->shown);
    mem_free(work->rows);
    mem_free(work->places);
    mem_free(work->verdicts);
    mem_free(work);
}

void preview_values(struct gathering *g)
{
    size_t v;

    for (v = 0;
         g->wants.preview.is_wanted && g->preview && g->preview->judge && v < g->table.n_values;
         v++)
        if (g->preview->needs[v])
            table_want(&g->table, v);
}

/* ---- the command ---------------------------------------------------------------------------- */

struct change { /* of the terms */
    struct judge_cut *cuts;
    size_t n_cuts;
    const char **without;
    size_t n_without;
    const char *text; /* of the term that is meant */
};

static bool is_name(const char *text, size_t n)
{
    return n > 0 && strspn(text, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
                                 "0123456789_") == n;
}

static const char *constraint_of(const struct gathering *g, const char *name)
{
    size_t i;

    for (i = 0; i < g->scan->n_constraints; i++)
        if (strcmp(g->scan->constraints[i].name, name) == 0)
            return g->scan->constraints[i].text;
    return NULL;
}

static bool drop_name(const char **list, size_t *n, const char *name)
{
    size_t i, k = 0;

    for (i = 0; i < *n; i++)
        if (strcmp(list[i], name) != 0)
            list[k++] = list[i];
    if (k == *n)
        return false;
    *n = k;
    list[k] = NULL;
    return true;
}

static bool drop_cut(struct judge_cut *cuts, size_t *n, const char *name, const char **text)
{
    size_t i, k = 0;

    for (i = 0; i < *n; i++) {
        if (strcmp(cuts[i].name, name) == 0)
            *text = cuts[i].text;
        else
            cuts[k++] = cuts[i];
    }
    if (k == *n)
        return false;
    *n = k;
    return true;
}

/* A name that no term has. */
static const char *free_name(const struct gathering *g, struct arena *arena)
{
    unsigned k;

    for (k = 1; k < 1000; k++) {
        const char *name = arena_printf(arena, "cut%u", k);
        size_t i, n = judge_n_terms(g->judge);

        for (i = 0; name && i < n; i++)
            if (strcmp(judge_term(g->judge, i).name, name) == 0)
                break;
        if (name && i == n)
            return name;
    }
    return "cut";
}

static int add_cut(struct gathering *g, char *text, struct change *change)
{
    struct preview_work *work = g->preview;
    struct judge_cut *cut = &change->cuts[change->n_cuts];
    char *colon = strchr(text, ':');
    const char *old = NULL;
    size_t n = colon ? (size_t)(colon - text) : 0;

    if (drop_name(change->without, &change->n_without, text)) {
        change->text = constraint_of(g, text);
        return 0;
    }
    while (n > 0 && text[n - 1] == ' ')
        n--;
    cut->text = text;
    cut->name = NULL;
    if (colon && is_name(text, n)) {
        cut->name = arena_strndup(work->arena, text, n);
        cut->text = colon + 1 + strspn(colon + 1, " ");
    }
    if (!cut->name)
        cut->name = free_name(g, work->arena);
    if (constraint_of(g, cut->name)) {
        snprintf(work->part.words, sizeof work->part.words,
                 "the scan has a constraint \"%.100s\" of its own: give the cut another name, or "
                 "take that away first (uncut %.100s)",
                 cut->name, cut->name);
        return -1;
    }
    change->text = cut->text;
    if (!cut->text[0]) {
        snprintf(work->part.words, sizeof work->part.words,
                 "a condition is missing: cut [NAME:] CONDITION");
        return -1;
    }
    {
        struct judge_cut new = *cut;

        drop_cut(change->cuts, &change->n_cuts, new.name, &old);
        change->cuts[change->n_cuts++] = new;
    }
    return 0;
}

static int take_cut(struct gathering *g, const char *name, struct change *change)
{
    const char *text = constraint_of(g, name);
    size_t i;

    if (drop_cut(change->cuts, &change->n_cuts, name, &change->text))
        return 0;
    for (i = 0; i < change->n_without; i++)
        if (strcmp(change->without[i], name) == 0)
            text = NULL;
    if (!text) {
        snprintf(g->preview->part.words, sizeof g->preview->part.words,
                 "there is no constraint \"%.100s\"", name);
        return -1;
    }
    change->text = text;
    change->without[change->n_without++] = name;
    change->without[change->n_without] = NULL;
    return 0;
}

/* What the term alone reads. */
static void find_shown(struct gathering *g, const char *text)
{
    const struct judge_cut cut = {.name = "preview_", .text = text};
    struct preview_work *work = g->preview;
    size_t i, n = g->scan->n_constraints, v;
    const char **all = arena_array(work->arena, n + 1, sizeof *all);
    bool *old = arena_array(work->arena, g->table.n_values, sizeof *old);
    struct err ignored = ERR_INIT;
    struct judge *alone;

    if (!text || !all || !old)
        return;
    for (i = 0; i < n; i++)
        all[i] = g->scan->constraints[i].name;
    alone = judge_create(g->scan, &cut, 1, all, &ignored);
    if (alone) {
        judge_needs(alone, work->shown);
        judge_free(alone);
        return;
    }
    judge_needs(g->judge, old); /* a target over terms that are not there: what is new */
    for (v = 0; v < g->table.n_values; v++)
        work->shown[v] = work->needs[v] && !old[v];
}

static int read_command(struct gathering *g, struct err *err)
{
    struct preview_work *work = g->preview;
    struct change change = {0};
    struct judge_cut *old;
    const char **without;
    struct err wrong = ERR_INIT;
    size_t n = 0, n_without = 0, end;
    char *text = arena_strdup(work->arena, g->wants.preview.command);
    bool is_uncut;
    int rc;

    if (!text)
        return mem_error(err);
    if (store_cuts(g->store, work->arena, &old, &n, &without, err) != 0)
        return -1;
    while (without && without[n_without])
        n_without++;
    change.cuts = arena_array(work->arena, n + 2, sizeof *change.cuts);
    change.without = arena_array(work->arena, n_without + 2, sizeof *change.without);
    if (!change.cuts || !change.without)
        return mem_error(err);
    if (n > 0)
        memcpy(change.cuts, old, n * sizeof *old);
    if (n_without > 0)
        memcpy(change.without, without, n_without * sizeof *without);
    change.n_cuts = n;
    change.n_without = n_without;
    text += strspn(text, " \t");
    for (end = strlen(text); end > 0 && (text[end - 1] == ' ' || text[end - 1] == '\t'); end--)
        text[end - 1] = '\0';
    is_uncut = strncmp(text, "uncut", 5) == 0;
    text += is_uncut ? 5 : strncmp(text, "cut", 3) == 0 ? 3 : 0;
    text += strspn(text, " \t");
    rc = is_uncut ? take_cut(g, text, &change) : add_cut(g, text, &change);
    if (rc != 0)
        return 0;
    work->judge = judge_create(g->scan, change.cuts, change.n_cuts, change.without, &wrong);
    if (!work->judge) {
        snprintf(work->part.words, sizeof work->part.words, "%.511s", wrong.message);
        return wrong.code == ERR_MEMORY ? mem_error(err) : 0;
    }
    judge_needs(work->judge, work->needs);
    find_shown(g, change.text);
    return 0;
}

/* ---- judging -------------------------------------------------------------------------------- */

static void compare(const struct gathering *g, size_t row, const struct verdict *verdict)
{
    struct preview_part *part = &g->preview->part;
    int before = g->table.state[row];
    int after = verdict->label > 0    ? STATE_ACCEPTED
                : verdict->label == 0 ? STATE_REJECTED
                                      : STATE_UNKNOWN;

    part->relabel.n_points++;
    part->relabel.n_changed += before != after;
    part->relabel.n_accepted_before += before == STATE_ACCEPTED;
    part->relabel.n_accepted_after += after == STATE_ACCEPTED;
    part->n_rejected_before += before == STATE_REJECTED;
    part->n_rejected_after += after == STATE_REJECTED;
    part->n_unknown_before += before == STATE_UNKNOWN;
    part->n_unknown_after += after == STATE_UNKNOWN;
}

static void judge_some(struct gathering *g)
{
    struct preview_work *work = g->preview;
    const struct table *table = &g->table;
    size_t n = 0, v, i, n_values = table->n_values;

    for (; work->row < table->n && n < BLOCK; work->row++) {
        double *row = work->rows + n * n_values;

        if (table->state[work->row] == STATE_RUNNING || table->state[work->row] == STATE_FAILED)
            continue;
        for (v = 0; v < n_values; v++)
            row[v] = work->needs[v] ? table_value(table, v, work->row) : (double)NAN;
        work->places[n++] = work->row;
    }
    judge_block(work->judge, n, work->rows, n_values, work->verdicts, NULL);
    for (i = 0; i < n; i++)
        compare(g, work->places[i], &work->verdicts[i]);
}

/* Ends and median of one value; the median of an even sample where there are very many. */
static int describe_value(const struct gathering *g, size_t v, struct preview_value *value,
                          struct err *err)
{
    const struct table *table = &g->table;
    const double *x = table->columns[v].v;
    double *sample = mem_array(MEDIAN_OF, sizeof *sample);
    size_t row, n = 0, seen = 0;

    if (!sample)
        return mem_error(err);
    *value = (struct preview_value){.value = v, .lo = NAN, .median = NAN, .hi = NAN};
    for (row = 0; x && row < table->n; row++) {
        if (table->state[row] == STATE_RUNNING || isnan(x[row]))
            continue;
        value->n_stored++;
        if (!(x[row] >= value->lo))
            value->lo = x[row];
        if (!(x[row] <= value->hi))
            value->hi = x[row];
    }
    for (row = 0; x && row < table->n && n < MEDIAN_OF; row++) {
        if (table->state[row] == STATE_RUNNING || isnan(x[row]))
            continue;
        if (value->n_stored <= MEDIAN_OF || seen++ * MEDIAN_OF / value->n_stored >= n)
            sample[n++] = x[row];
    }
    gsl_sort(sample, 1, n);
    if (n > 0)
        value->median = n % 2 ? sample[n / 2] : 0.5 * (sample[n / 2 - 1] + sample[n / 2]);
    mem_free(sample);
    return 0;
}

static int hand_over(struct gathering *g, struct err *err)
{
    struct preview_work *work = g->preview;
    struct preview_part *part;
    size_t v;

    for (v = 0; work->judge && v < g->table.n_values && work->part.n_values < MOST_VALUES; v++)
        if (work->shown[v] &&
            describe_value(g, v, &work->part.values[work->part.n_values++], err) != 0)
            return -1;
    work->part.is_ok = work->judge != NULL;
    work->part.cpu_s = clock_thread_cpu_s() - work->begun_cpu;
    part = mem_memdup(&work->part, sizeof *part);
    if (!part)
        return mem_error(err);
    work->is_done = true;
    gather_hand(g, PART_PREVIEW, part);
    return 0;
}

/* ---- a step --------------------------------------------------------------------------------- */

static int begin(struct gathering *g, struct err *err)
{
    struct preview_work *work = mem_new(struct preview_work);
    size_t n = g->table.n_values;

    preview_free(g->preview);
    g->preview = work;
    if (!work)
        return mem_error(err);
    work->serial = work->part.serial = g->wants.preview.serial;
    work->epoch = g->table.epoch;
    work->begun_cpu = clock_thread_cpu_s();
    work->arena = arena_create();
    work->needs = mem_array(n, sizeof *work->needs);
    work->shown = mem_array(n, sizeof *work->shown);
    work->rows = mem_array(n * BLOCK, sizeof *work->rows);
    work->places = mem_array(BLOCK, sizeof *work->places);
    work->verdicts = mem_array(BLOCK, sizeof *work->verdicts);
    if (!work->arena || !work->needs || !work->shown || !work->rows || !work->places ||
        !work->verdicts)
        return mem_error(err);
    return read_command(g, err);
}

int preview_step(struct gathering *g, bool *did, struct err *err)
{
    const struct preview_want *want = &g->wants.preview;
    struct preview_work *work;

    if (!want->is_wanted)
        return 0;
    if (!g->preview || g->preview->serial != want->serial || g->preview->epoch != g->table.epoch) {
        *did = true;
        if (begin(g, err) == 0)
            return 0; /* its values are read next */
        preview_free(g->preview);
        g->preview = NULL;
        return -1;
    }
    work = g->preview;
    if (work->is_done)
        return 0;
    *did = true;
    if (work->judge && work->row < g->table.n) {
        judge_some(g);
        return 0;
    }
    return hand_over(g, err);
}
