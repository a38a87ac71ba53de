/* terms.c: the constraints as judged now, and labels judged anew.
 *
 * Relabelling reads only the value columns that a term needs, judges in blocks, and writes the rows
 * whose verdict changed, in the order of their ids: read a block, end the reading, write the block,
 * so that no row is written under an open cursor.  One transaction in all. */
#include "private.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

enum { BLOCK = 4096 };

static int put_term(struct store *store, const struct judge *judge, size_t i, struct err *err)
{
    sqlite3_stmt *put = sql_start(store, SQL_PUT_TERM, err);
    struct judge_term term = judge_term(judge, i);

    if (!put)
        return -1;
    sql_bind_text(put, 1, term.name);
    sqlite3_bind_int(put, 2, term.is_cut);
    sqlite3_bind_int64(put, 3, (int64_t)i);
    sql_bind_text(put, 4, term.text);
    sqlite3_bind_int(put, 5, term.has_pull);
    return sql_done(store, put, err);
}

static int run(struct store *store, enum sql_id id, struct err *err)
{
    sqlite3_stmt *statement = sql_start(store, id, err);

    return statement ? sql_done(store, statement, err) : -1;
}

int store_set_terms(struct store *store, const struct judge *judge, struct err *err)
{
    bool is_mine = !store->in_transaction;
    size_t i;
    int rc = -1;

    if (is_mine && store_begin(store, err) != 0)
        return -1;
    TRY(run(store, SQL_UNBIT_TERMS, err));
    for (i = 0; i < judge_n_terms(judge); i++)
        TRY(put_term(store, judge, i, err));
    TRY(run(store, SQL_DROP_CUTS, err));
    TRY(run(store, SQL_OUT_TERMS, err));
    rc = is_mine ? store_commit(store, err) : 0;
out:
    if (rc != 0 && is_mine)
        store_rollback(store);
    return rc;
}

/* Two passes over the terms: counting, then filling in. */
static int collect_cuts(struct store *store, struct arena *arena, struct judge_cut *cuts,
                        const char **without, size_t *n_cuts, size_t *n_without, struct err *err)
{
    sqlite3_stmt *ask = sql_start(store, SQL_GET_TERMS, err);
    int more, rc = -1;

    *n_cuts = *n_without = 0;
    if (!ask)
        return -1;
    while ((more = sql_row(store, ask, err)) == 1) {
        bool is_cut = sqlite3_column_int(ask, 1) != 0;

        if (is_cut) {
            if (cuts) {
                cuts[*n_cuts].name = sql_text_dup(ask, 0, arena, err);
                cuts[*n_cuts].text = sql_text_dup(ask, 3, arena, err);
                if (!cuts[*n_cuts].name || !cuts[*n_cuts].text)
                    goto out;
            }
            (*n_cuts)++;
        } else if (sqlite3_column_int(ask, 5) != 0) {
            if (without) {
                without[*n_without] = sql_text_dup(ask, 0, arena, err);
                if (!without[*n_without])
                    goto out;
            }
            (*n_without)++;
        }
    }
    rc = more;
out:
    sqlite3_reset(ask);
    return rc;
}

int store_cuts(struct store *store, struct arena *arena, struct judge_cut **cuts, size_t *n_cuts,
               const char ***without, struct err *err)
{
    size_t n_without;

    *cuts = NULL;
    *without = NULL;
    if (collect_cuts(store, arena, NULL, NULL, n_cuts, &n_without, err) != 0)
        return -1;
    *cuts = arena_array(arena, *n_cuts, sizeof **cuts);
    *without = arena_array(arena, n_without + 1, sizeof **without);
    if (!*cuts || !*without)
        return mem_error(err);
    return collect_cuts(store, arena, *cuts, *without, n_cuts, &n_without, err);
}

/* ---- relabelling ---------------------------------------------------------------------------- */

struct relabelling {
    struct store *store;
    struct judge *judge;
    bool is_dry;
    bool *wanted;
    size_t n_values;
    struct point_row *points; /* BLOCK of them */
    double *rows;             /* BLOCK by n_values; the points' rows point here */
    struct verdict *verdicts;
    struct relabel *result;
};

static int relabelling_prepare(struct relabelling *work, struct err *err)
{
    size_t i;

    work->n_values = work->store->n_values;
    work->wanted = mem_array(work->n_values, sizeof *work->wanted);
    work->points = mem_array(BLOCK, sizeof *work->points);
    work->rows = mem_array(BLOCK * (work->n_values + 1), sizeof *work->rows);
    work->verdicts = mem_array(BLOCK, sizeof *work->verdicts);
    if (!work->wanted || !work->points || !work->rows || !work->verdicts)
        return mem_error(err);
    for (i = 0; i < BLOCK; i++)
        work->points[i].row = work->rows + i * work->n_values;
    judge_needs(work->judge, work->wanted);
    return 0;
}

static void relabelling_free(struct relabelling *work)
{
    mem_free(work->wanted);
    mem_free(work->points);
    mem_free(work->rows);
    mem_free(work->verdicts);
}

static bool is_same(double a, double b)
{
    return a == b || (isnan(a) && isnan(b));
}

static enum point_state state_of_label(int label)
{
    return label > 0 ? STATE_ACCEPTED : label == 0 ? STATE_REJECTED : STATE_UNKNOWN;
}

static int write_label(struct relabelling *work, const struct point_row *point,
                       const struct verdict *verdict, enum point_state state, struct err *err)
{
    sqlite3_stmt *label = sql_start(work->store, SQL_LABEL_POINT, err);

    if (!label)
        return -1;
    sqlite3_bind_int64(label, 1, (int64_t)point->id);
    sqlite3_bind_int(label, 2, (int)state + DB_STATE_FIRST);
    sqlite3_bind_int64(label, 3, (int64_t)(verdict->fails | DB_FAILS_ALWAYS));
    sqlite3_bind_int64(label, 4, (int64_t)verdict->unknown);
    sqlite3_bind_double(label, 5, verdict->chi2);
    if (sql_done(work->store, label, err) != 0)
        return -1;
    if (state == point->state)
        return 0;
    return counts_move(work->store, point->round, (int)point->origin, (int)point->state, (int)state,
                       0, err);
}

static int relabel_point(struct relabelling *work, size_t i, struct err *err)
{
    const struct point_row *point = &work->points[i];
    const struct verdict *verdict = &work->verdicts[i];
    enum point_state state = state_of_label(verdict->label);

    if (point->state != STATE_ACCEPTED && point->state != STATE_REJECTED &&
        point->state != STATE_UNKNOWN)
        return 0;
    work->result->n_points++;
    work->result->n_changed += state != point->state;
    work->result->n_accepted_before += point->state == STATE_ACCEPTED;
    work->result->n_accepted_after += state == STATE_ACCEPTED;
    if (work->is_dry ||
        (state == point->state && verdict->fails == point->verdict.fails &&
         verdict->unknown == point->verdict.unknown && is_same(verdict->chi2, point->verdict.chi2)))
        return 0;
    return write_label(work, point, verdict, state, err);
}

static int relabel_block(struct relabelling *work, uint64_t *from, size_t *n, struct err *err)
{
    struct store_query query = {.from_id = *from, .state = -1, .wanted = work->wanted};
    struct store_cursor *cursor = store_select(work->store, &query, err);
    size_t i;
    int rc = -1;

    if (!cursor || store_fetch(cursor, BLOCK, work->points, n, err) != 0)
        goto out;
    store_cursor_free(cursor);
    cursor = NULL;
    if (*n == 0) {
        rc = 0;
        goto out;
    }
    *from = work->points[*n - 1].id + 1;
    judge_block(work->judge, *n, work->rows, work->n_values, work->verdicts, NULL);
    for (i = 0; i < *n; i++)
        TRY(relabel_point(work, i, err));
    rc = 0;
out:
    store_cursor_free(cursor);
    return rc;
}

/* What was predicted before was about other labels: readers compare from the next point on. */
static int note_change(struct store *store, const struct relabel *result, struct err *err)
{
    char text[32];
    uint64_t last = 0;

    if (result->n_changed == 0)
        return 0;
    if (store_last_id(store, &last, err) != 0)
        return -1;
    snprintf(text, sizeof text, "%llu", (unsigned long long)last + 1);
    return store_set_meta(store, "labels from", text, err);
}

int store_relabel(struct store *store, struct judge *judge, bool is_dry, struct relabel *result,
                  struct err *err)
{
    struct relabelling work = {.store = store, .judge = judge, .is_dry = is_dry, .result = result};
    bool is_mine = !is_dry && !store->in_transaction;
    uint64_t from = 0;
    size_t n = 1;
    int rc = -1;

    *result = (struct relabel){.n_points = 0};
    TRY(relabelling_prepare(&work, err));
    if (is_mine)
        TRY(store_begin(store, err));
    while (n > 0)
        TRY(relabel_block(&work, &from, &n, err));
    if (!is_dry) {
        TRY(store_set_terms(store, judge, err));
        TRY(note_change(store, result, err));
    }
    rc = is_mine ? store_commit(store, err) : 0;
out:
    if (rc != 0 && is_mine)
        store_rollback(store);
    relabelling_free(&work);
    return rc;
}
