/* gather-table.c: the points as columns in memory, read as they come.
 *
 * The verdicts and the few numbers beside them are read of all points; of the values those that
 * somebody asked for, later too, for themselves.  New points are appended in order of id.  A round
 * whose counts differ from those of when its points were read is read again, and only that: a scan
 * that stands still costs nothing, one that runs its rounds in flight.
 *
 * What is folded from settled rows need not be looked at again; when such rows change after all
 * (labels judged anew, failed points run again) the epoch grows and every fold begins anew, from
 * memory. */
#include "gather-private.h"

#include <math.h>
#include <string.h>

static int block_create(struct table *table, struct err *err)
{
    size_t i;

    table->block = mem_array(GATHER_CHUNK, sizeof *table->block);
    table->block_rows = mem_array((table->n_values + 1) * GATHER_CHUNK, sizeof(double));
    table->block_wanted = mem_array(table->n_values, sizeof *table->block_wanted);
    if (!table->block || !table->block_rows || !table->block_wanted)
        return mem_error(err);
    for (i = 0; i < GATHER_CHUNK; i++)
        table->block[i].row = table->block_rows + i * table->n_values;
    return 0;
}

int table_create(struct gathering *g, struct err *err)
{
    struct table *table = &g->table;

    table->n_values = g->scan->n_values;
    table->columns = mem_array(table->n_values, sizeof *table->columns);
    if (!table->columns)
        return mem_error(err);
    return block_create(table, err);
}

void table_free(struct table *table)
{
    uint64_t version = table->version, epoch = table->epoch, labels = table->labels;
    size_t v;

    for (v = 0; table->columns && v < table->n_values; v++)
        mem_free(table->columns[v].v);
    mem_free(table->columns);
    mem_free(table->id);
    mem_free(table->fails);
    mem_free(table->unknown);
    mem_free(table->round);
    mem_free(table->state);
    mem_free(table->origin);
    mem_free(table->p);
    mem_free(table->seconds);
    mem_free(table->chi2);
    mem_free(table->seen);
    mem_free(table->rounds.rows);
    mem_free(table->block);
    mem_free(table->block_rows);
    mem_free(table->block_wanted);
    *table = (struct table){.version = version + 1, .epoch = epoch + 1, .labels = labels};
}

/* ---- room ----------------------------------------------------------------------------------- */

static int grow(void **array, size_t old, size_t cap, size_t size, struct err *err)
{
    void *longer = mem_resize(*array, old, cap, size);

    if (!longer)
        return mem_error(err);
    *array = longer;
    return 0;
}

static int make_room(struct table *table, size_t n, struct err *err)
{
    size_t old = table->cap, cap = old + old / 2 + GATHER_CHUNK, v;
    int rc = -1;

    if (n <= old)
        return 0;
    cap = cap > n ? cap : n;
    TRY(grow((void **)&table->id, old, cap, sizeof *table->id, err));
    TRY(grow((void **)&table->fails, old, cap, sizeof *table->fails, err));
    TRY(grow((void **)&table->unknown, old, cap, sizeof *table->unknown, err));
    TRY(grow((void **)&table->round, old, cap, sizeof *table->round, err));
    TRY(grow((void **)&table->state, old, cap, sizeof *table->state, err));
    TRY(grow((void **)&table->origin, old, cap, sizeof *table->origin, err));
    TRY(grow((void **)&table->p, old, cap, sizeof *table->p, err));
    TRY(grow((void **)&table->seconds, old, cap, sizeof *table->seconds, err));
    TRY(grow((void **)&table->chi2, old, cap, sizeof *table->chi2, err));
    for (v = 0; v < table->n_values; v++)
        if (table->columns[v].v)
            TRY(grow((void **)&table->columns[v].v, old, cap, sizeof(double), err));
    table->cap = cap;
    rc = 0;
out:
    return rc;
}

/* ---- looking -------------------------------------------------------------------------------- */

static bool has_same_counts(const struct round_row *a, const struct round_row *b)
{
    return a->n_points == b->n_points && a->n_closed == b->n_closed &&
           a->n_accepted == b->n_accepted && a->n_rejected == b->n_rejected &&
           a->n_unknown == b->n_unknown && a->n_failed == b->n_failed;
}

/* Forgets the rows from this one on. */
static void cut_off(struct table *table, size_t i_seen)
{
    size_t v, n = i_seen < table->n_seen ? table->seen[i_seen].begin : table->n;

    table->n_seen = i_seen;
    table->n = n;
    for (v = 0; v < table->n_values; v++)
        if (table->columns[v].have > n)
            table->columns[v].have = n;
    table->is_appended = false;
    table->version++;
    if (n < table->n_settled) {
        table->n_settled = n;
        table->epoch++;
    }
}

static void compare_round(struct table *table, struct round_seen *seen, const struct round_row *row,
                          bool labels_changed)
{
    bool was_complete = seen->is_known && round_is_complete(&seen->row);

    if (!labels_changed && seen->is_known && has_same_counts(&seen->row, row)) {
        seen->row.ended = row->ended;
        return;
    }
    seen->values_stay =
        was_complete && round_is_complete(row) && (!seen->is_dirty || seen->values_stay);
    seen->is_dirty = true;
    seen->row = *row;
    seen->is_known = true;
    seen->row.metrics = NULL;
    if (seen->begin < table->n_settled) {
        table->n_settled = seen->begin;
        table->epoch++;
    }
}

/* Rows of settled rounds are settled when they were read since. */
static void find_settled(struct table *table)
{
    const struct round_list *list = &table->rounds;
    size_t i, last = list->n_settled;

    table->n_settled = 0;
    for (i = 0; i < table->n_seen; i++) {
        const struct round_seen *seen = &table->seen[i];

        if (last == 0 || seen->round > list->rows[last - 1].round || seen->is_dirty ||
            !seen->is_known)
            break;
        table->n_settled = seen->end;
    }
}

int table_look(struct gathering *g, bool labels_changed, struct err *err)
{
    struct table *table = &g->table;
    struct arena *arena = arena_create();
    struct store_counts counts;
    size_t i, k = 0, first;
    int rc = -1;

    if (!arena)
        return mem_error(err);
    TRY(store_counts(g->store, &counts, err));
    TRY(round_list_read(&table->rounds, g->store, &counts, arena, &first, err));
    for (i = first; i < table->rounds.n; i++)
        table->rounds.rows[i].metrics = NULL; /* the arena's */
    for (i = 0; i < table->rounds.n && k < table->n_seen; i++) {
        const struct round_row *row = &table->rounds.rows[i];

        if (row->round < table->seen[k].round) {
            if (row->n_points > 0 || row->n_closed > 0)
                cut_off(table, k); /* a round came in before others */
        } else if (row->round == table->seen[k].round) {
            compare_round(table, &table->seen[k++], row, labels_changed);
        } else {
            cut_off(table, k);
        }
    }
    if (k < table->n_seen)
        cut_off(table, k);
    table->is_appended = table->is_appended && table->total == counts.total;
    table->total = counts.total;
    find_settled(table);
    rc = 0;
out:
    arena_free(arena);
    return rc;
}

/* ---- reading -------------------------------------------------------------------------------- */

void table_want(struct table *table, size_t value)
{
    if (value < table->n_values)
        table->columns[value].is_wanted = true;
}

static void put_row(struct table *table, size_t i, const struct point_row *point)
{
    table->id[i] = point->id;
    table->fails[i] = point->verdict.fails;
    table->unknown[i] = point->verdict.unknown;
    table->round[i] = point->round;
    table->state[i] = (uint8_t)point->state;
    table->origin[i] = (uint8_t)point->origin;
    table->p[i] = point->predicted;
    table->seconds[i] = point->seconds;
    table->chi2[i] = point->verdict.chi2;
}

static void put_values(struct table *table, size_t i, const struct point_row *point)
{
    size_t v;

    for (v = 0; v < table->n_values; v++)
        if (table->block_wanted[v])
            table->columns[v].v[i] = point->row[v];
}

static int fetch(struct gathering *g, uint64_t from, size_t n, size_t *n_read, struct err *err)
{
    struct table *table = &g->table;
    struct store_query query = {.from_id = from, .state = -1, .wanted = table->block_wanted};
    struct store_cursor *cursor = store_select(g->store, &query, err);
    int rc = cursor ? store_fetch(cursor, n, table->block, n_read, err) : -1;

    store_cursor_free(cursor);
    return rc;
}

static int open_column(struct table *table, size_t v, struct err *err)
{
    if (table->columns[v].v)
        return 0;
    table->columns[v].v = mem_array(table->cap, sizeof(double));
    return table->columns[v].v ? 0 : mem_error(err);
}

static const struct round_row *find_round(const struct table *table, uint32_t round)
{
    return store_round_find(table->rounds.rows, table->rounds.n, round);
}

/* The row belongs to the last round that was seen, or begins another. */
static int extend_seen(struct table *table, size_t i, uint32_t round, struct err *err)
{
    struct round_seen *seen = table->n_seen > 0 ? &table->seen[table->n_seen - 1] : NULL;
    const struct round_row *row;

    if (!seen || seen->round != round) {
        if (table->n_seen == table->cap_seen) {
            size_t cap = table->cap_seen > 0 ? 2 * table->cap_seen : 64;

            if (grow((void **)&table->seen, table->cap_seen, cap, sizeof *seen, err) != 0)
                return -1;
            table->cap_seen = cap;
        }
        seen = &table->seen[table->n_seen++];
        row = find_round(table, round);
        *seen = (struct round_seen){.round = round, .begin = i, .is_known = row != NULL};
        if (row)
            seen->row = *row;
    }
    seen->end = i + 1;
    return 0;
}

/* New points, with those values that are read up to here. */
static int append(struct gathering *g, struct err *err)
{
    struct table *table = &g->table;
    uint64_t from = table->n > 0 ? table->id[table->n - 1] + 1 : 0;
    size_t i, v, n = 0;

    if (make_room(table, table->n + GATHER_CHUNK, err) != 0)
        return -1;
    for (v = 0; v < table->n_values; v++) {
        struct column *column = &table->columns[v];

        table->block_wanted[v] = column->is_wanted && column->have == table->n;
        if (table->block_wanted[v] && open_column(table, v, err) != 0)
            return -1;
    }
    if (fetch(g, from, GATHER_CHUNK, &n, err) != 0)
        return -1;
    for (i = 0; i < n; i++) {
        put_row(table, table->n + i, &table->block[i]);
        put_values(table, table->n + i, &table->block[i]);
        if (extend_seen(table, table->n + i, table->block[i].round, err) != 0)
            return -1;
    }
    table->n += n;
    for (v = 0; v < table->n_values; v++)
        if (table->block_wanted[v])
            table->columns[v].have = table->n;
    table->is_appended = n < GATHER_CHUNK;
    if (n > 0)
        table->version++;
    find_settled(table);
    return 0;
}

/* Points from row `begin` on, which are there already: the store must give the same ones. */
static int reread(struct gathering *g, size_t begin, size_t n, bool has_verdicts, struct err *err)
{
    struct table *table = &g->table;
    size_t i, n_read = 0;

    if (fetch(g, table->id[begin], n, &n_read, err) != 0)
        return -1;
    for (i = 0; i < n; i++) {
        if (i >= n_read || table->block[i].id != table->id[begin + i]) {
            cut_off(table, 0); /* another store than before: all anew */
            return 0;
        }
        if (has_verdicts)
            put_row(table, begin + i, &table->block[i]);
        put_values(table, begin + i, &table->block[i]);
    }
    if (has_verdicts)
        table->version++;
    return 0;
}

/* A round that changed, in one go: a chunk of it in the large ones. */
static int reread_round(struct gathering *g, struct round_seen *seen, struct err *err)
{
    struct table *table = &g->table;
    size_t begin, v, n;

    for (begin = seen->begin; begin < seen->end; begin += n) {
        n = seen->end - begin < GATHER_CHUNK ? seen->end - begin : GATHER_CHUNK;
        for (v = 0; v < table->n_values; v++)
            table->block_wanted[v] =
                !seen->values_stay && table->columns[v].v && table->columns[v].have >= begin + n;
        if (reread(g, begin, n, true, err) != 0)
            return -1;
        if (table->n == 0)
            return 0;
    }
    seen->is_dirty = seen->values_stay = false;
    find_settled(table);
    return 0;
}

/* Values that were asked for later: all that stand at the same row together. */
static int catch_up(struct gathering *g, bool *did, struct err *err)
{
    struct table *table = &g->table;
    size_t v, least = SIZE_MAX, next = table->n, n;

    for (v = 0; v < table->n_values; v++)
        if (table->columns[v].is_wanted && table->columns[v].have < least)
            least = table->columns[v].have;
    *did = least < table->n;
    if (!*did)
        return 0;
    for (v = 0; v < table->n_values; v++) {
        struct column *column = &table->columns[v];

        table->block_wanted[v] = column->is_wanted && column->have == least;
        if (table->block_wanted[v] && open_column(table, v, err) != 0)
            return -1;
        if (column->is_wanted && column->have > least && column->have < next)
            next = column->have;
    }
    n = next - least < GATHER_CHUNK ? next - least : GATHER_CHUNK;
    if (reread(g, least, n, false, err) != 0)
        return -1;
    for (v = 0; v < table->n_values && table->n > 0; v++)
        if (table->block_wanted[v])
            table->columns[v].have = least + n;
    return 0;
}

static struct round_seen *find_dirty(const struct table *table)
{
    size_t i;

    for (i = table->n_seen; i-- > 0;)
        if (table->seen[i].is_dirty)
            return &table->seen[i];
    return NULL;
}

int table_step(struct gathering *g, bool *did, struct err *err)
{
    struct table *table = &g->table;
    struct round_seen *dirty;

    *did = true;
    if (!table->is_appended)
        return append(g, err);
    dirty = find_dirty(table);
    if (dirty)
        return reread_round(g, dirty, err);
    return catch_up(g, did, err);
}

bool table_is_read(const struct table *table)
{
    size_t v;

    if (!table->is_appended || find_dirty(table))
        return false;
    for (v = 0; v < table->n_values; v++)
        if (table->columns[v].is_wanted && table->columns[v].have < table->n)
            return false;
    return true;
}

/* ---- asking --------------------------------------------------------------------------------- */

size_t table_have(const struct table *table, const size_t *values, size_t n)
{
    size_t i, have = table->n;

    for (i = 0; i < n; i++)
        if (values[i] < table->n_values && table->columns[values[i]].have < have)
            have = table->columns[values[i]].have;
    return have;
}

struct as_of table_as_of(const struct table *table, size_t have)
{
    return (struct as_of){.labels = table->labels,
                          .upto = have > 0 ? table->id[have - 1] : 0,
                          .is_whole = table->is_appended && have == table->n && !find_dirty(table)};
}

bool made_is_due(const struct made *made, const struct table *table, size_t have)
{
    if (made->is_made && made->version == table->version && made->have == have)
        return false;
    if (table_is_read(table))
        return true;
    return have >= GATHER_CHUNK && clock_steady_s() - made->at > GATHER_PARTIAL_S;
}

void made_now(struct made *made, const struct table *table, size_t have)
{
    *made = (struct made){
        .is_made = true, .version = table->version, .have = have, .at = clock_steady_s()};
}
