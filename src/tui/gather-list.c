/* gather-list.c: which points pass the filter, in the order that is wanted.
 *
 * Settled rows are asked once; those that pass are kept sorted.  Rows that come later are sorted by
 * themselves and merged.  Points without a value for the sort come last; equals in order of id. */
#include "gather-private.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct entry {
    double key;
    uint64_t id;
};

struct entries {
    struct entry *at;
    size_t n, cap;
};

struct list_fold {
    struct list_want want;
    struct choice *choice; /* NULL: the filter is wrong */
    bool *needs;           /* n_values */
    size_t *values, n_values;
    char words[256];
    size_t column;
    double *row;
    struct entries base; /* sorted, of the rows before `upto` */
    struct entries news; /* of base's rows since the last merge */
    size_t upto;
    uint64_t epoch;
    struct made made;
};

void list_free(struct list_fold *fold)
{
    if (!fold)
        return;
    choice_free(fold->choice);
    mem_free(fold->needs);
    mem_free(fold->values);
    mem_free(fold->row);
    mem_free(fold->base.at);
    mem_free(fold->news.at);
    mem_free(fold);
}

static int push(struct entries *entries, struct entry entry, struct err *err)
{
    if (entries->n == entries->cap) {
        size_t cap = entries->cap + entries->cap / 2 + 1024;
        struct entry *longer = mem_resize(entries->at, entries->cap, cap, sizeof *longer);

        if (!longer)
            return mem_error(err);
        entries->at = longer;
        entries->cap = cap;
    }
    entries->at[entries->n++] = entry;
    return 0;
}

/* ---- order ---------------------------------------------------------------------------------- */

static int compare(const struct entry *a, const struct entry *b, bool is_descending)
{
    if (isnan(a->key) != isnan(b->key))
        return isnan(a->key) ? 1 : -1;
    if (a->key != b->key && !isnan(a->key))
        return (a->key < b->key) != is_descending ? -1 : 1;
    return ((a->id > b->id) - (a->id < b->id)) * (is_descending ? -1 : 1);
}

static int compare_up(const void *a, const void *b)
{
    return compare(a, b, false);
}

static int compare_down(const void *a, const void *b)
{
    return compare(a, b, true);
}

static void sort(struct entries *entries, bool is_descending)
{
    if (entries->n > 0)
        qsort(entries->at, entries->n, sizeof *entries->at,
              is_descending ? compare_down : compare_up);
}

/* Both sorted; what was in `from` is gone. */
static int merge(struct entries *into, struct entries *from, bool is_descending, struct err *err)
{
    struct entry *all = mem_array(into->n + from->n + from->n / 2 + 1024, sizeof *all);
    size_t i = 0, k = 0, n = 0;

    if (!all)
        return mem_error(err);
    while (i < into->n && k < from->n)
        all[n++] =
            compare(&from->at[k], &into->at[i], is_descending) < 0 ? from->at[k++] : into->at[i++];
    while (i < into->n)
        all[n++] = into->at[i++];
    while (k < from->n)
        all[n++] = from->at[k++];
    mem_free(into->at);
    *into = (struct entries){.at = all, .n = n, .cap = into->n + from->n + from->n / 2 + 1024};
    from->n = 0;
    return 0;
}

/* ---- choosing ------------------------------------------------------------------------------- */

static double key_of(const struct gathering *g, size_t row)
{
    const struct table *table = &g->table;
    size_t sort = g->list->want.sort;

    if (sort < table->n_values)
        return table_value(table, sort, row);
    switch (sort - table->n_values) {
    case LIST_BY_ROUND: return table->round[row];
    case LIST_BY_STATE: return table->state[row];
    case LIST_BY_P: return (double)table->p[row];
    case LIST_BY_CHI2: return table->state[row] == STATE_RUNNING ? (double)NAN : table->chi2[row];
    case LIST_BY_SECONDS: return (double)table->seconds[row];
    default: return (double)table->id[row];
    }
}

static bool takes(struct gathering *g, size_t row)
{
    const struct table *table = &g->table;
    struct list_fold *list = g->list;
    struct point_row point = {
        .id = table->id[row],
        .round = table->round[row],
        .origin = (enum point_origin)table->origin[row],
        .state = (enum point_state)table->state[row],
        .predicted = table->p[row],
        .seconds = table->seconds[row],
        .verdict = {.fails = table->fails[row],
                    .unknown = table->unknown[row],
                    .chi2 = table->chi2[row]},
        .row = list->row,
    };
    size_t i;

    if (!list->want.filter[0])
        return true;
    for (i = 0; i < list->n_values; i++)
        if (list->needs[list->values[i]])
            list->row[list->values[i]] = table_value(table, list->values[i], row);
    return choice_takes(list->choice, &point);
}

static int ask(struct gathering *g, size_t from, size_t to, struct entries *entries,
               struct err *err)
{
    for (; from < to; from++)
        if (takes(g, from) &&
            push(entries, (struct entry){.key = key_of(g, from), .id = g->table.id[from]}, err) !=
                0)
            return -1;
    return 0;
}

/* The base with the unsettled rows in between. */
static int fill_ids(struct gathering *g, struct entries *tail, struct list_part *part,
                    struct err *err)
{
    const struct list_fold *list = g->list;
    bool down = list->want.is_descending;
    size_t i = 0, k = 0;

    part->ids = mem_array(list->base.n + tail->n, sizeof *part->ids);
    if (!part->ids)
        return mem_error(err);
    while (i < list->base.n || k < tail->n) {
        bool is_tail = i == list->base.n ||
                       (k < tail->n && compare(&tail->at[k], &list->base.at[i], down) < 0);

        part->ids[part->n++] = is_tail ? tail->at[k++].id : list->base.at[i++].id;
    }
    return 0;
}

static int hand_over(struct gathering *g, size_t have, struct err *err)
{
    struct list_fold *list = g->list;
    struct list_part *part = mem_new(struct list_part);
    struct entries tail = {.n = 0};
    int rc = -1;

    if (!part) {
        mem_error(err);
        goto out;
    }
    part->want = list->want;
    part->as_of = table_as_of(&g->table, have);
    part->n_of = have;
    part->column = list->column;
    snprintf(part->words, sizeof part->words, "%s", list->words);
    if (list->choice) {
        TRY(ask(g, list->upto, have, &tail, err));
        sort(&tail, list->want.is_descending);
        TRY(fill_ids(g, &tail, part, err));
    }
    made_now(&list->made, &g->table, have);
    gather_hand(g, PART_LIST, part);
    part = NULL;
    rc = 0;
out:
    mem_free(tail.at);
    part_free(PART_LIST, part);
    return rc;
}

/* ---- a step --------------------------------------------------------------------------------- */

static int begin(struct gathering *g, struct err *err)
{
    struct list_fold *list = mem_new(struct list_fold);
    struct err wrong = ERR_INIT;
    size_t v, n = g->table.n_values;

    list_free(g->list);
    g->list = list;
    if (!list)
        return mem_error(err);
    list->want = g->wants.list;
    list->want.filter[WANT_TEXT - 1] = '\0';
    list->epoch = g->table.epoch;
    list->needs = mem_array(n, sizeof *list->needs);
    list->values = mem_array(n + 1, sizeof *list->values);
    list->row = mem_array(n, sizeof *list->row);
    if (!list->needs || !list->values || !list->row)
        return mem_error(err);
    for (v = 0; v < n; v++)
        list->row[v] = NAN;
    list->choice = choice_create(g->scan, list->want.filter, &list->column, &wrong);
    if (!list->choice && wrong.code == ERR_MEMORY)
        return mem_error(err);
    if (!list->choice)
        snprintf(list->words, sizeof list->words, "%.255s", wrong.message);
    else
        choice_needs(list->choice, list->needs);
    for (v = 0; v < n; v++)
        if (list->needs[v])
            list->values[list->n_values++] = v;
    if (list->want.sort < n && !list->needs[list->want.sort])
        list->values[list->n_values++] = list->want.sort;
    for (v = 0; v < list->n_values; v++)
        table_want(&g->table, list->values[v]);
    return 0;
}

static bool is_mine(const struct gathering *g)
{
    return g->list && list_want_is(&g->list->want, &g->wants.list);
}

void list_values(struct gathering *g)
{
    size_t i;

    for (i = 0; g->wants.list.is_wanted && is_mine(g) && i < g->list->n_values; i++)
        table_want(&g->table, g->list->values[i]);
}

int list_step(struct gathering *g, bool *did, struct err *err)
{
    struct table *table = &g->table;
    struct list_fold *list;
    size_t have, settled, end;

    if (!g->wants.list.is_wanted)
        return 0;
    if ((!is_mine(g) || g->list->epoch != table->epoch) && begin(g, err) != 0) {
        list_free(g->list);
        g->list = NULL;
        return -1;
    }
    list = g->list;
    have = table_have(table, list->values, list->n_values);
    settled = have < table->n_settled ? have : table->n_settled;
    if (!made_is_due(&list->made, table, have))
        return 0;
    *did = true;
    if (!list->choice)
        return hand_over(g, have, err);
    if (list->upto < settled) {
        end = settled - list->upto < GATHER_FOLD ? settled : list->upto + GATHER_FOLD;
        if (ask(g, list->upto, end, &list->news, err) != 0)
            return -1;
        list->upto = end;
        if (end < settled)
            return 0;
    }
    if (list->news.n > 0) {
        sort(&list->news, list->want.is_descending);
        if (merge(&list->base, &list->news, list->want.is_descending, err) != 0)
            return -1;
    }
    return hand_over(g, have, err);
}
