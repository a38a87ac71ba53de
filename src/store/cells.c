/* cells.c: integrations: the integral after each round, and the classes of the height.
 *
 * Both are written by the engine within the transaction that also closes the round, so that what is
 * read belongs together.  NaN is NULL in the store and NaN again when it is read; infinite limits
 * are infinite numbers. */
#include "private.h"

#include <math.h>
#include <stdio.h>

/* sqlite3_bind_double makes NULL of NaN. */
static void bind_doubles(sqlite3_stmt *statement, int first, const double *const *numbers, int n)
{
    for (int i = 0; i < n; i++)
        sqlite3_bind_double(statement, first + i, *numbers[i]);
}

/* ---- the integral --------------------------------------------------------------------------- */

static void bind_integral(sqlite3_stmt *put, const struct integral_row *row)
{
    const double *estimates[] = {
        &row->estimate, &row->estimate_error, &row->integral,      &row->error, &row->lo,
        &row->hi,       &row->absolute,       &row->absolute_error};
    const double *figures[] = {&row->failed_volume, &row->failed_error, &row->largest_share,
                               &row->chi2};
    const double *rest[] = {&row->unseen_volume, &row->unseen_above, &row->purity, &row->surrogate};
    sqlite3_bind_int64(put, 1, row->round);
    sqlite3_bind_int64(put, 2, row->block);
    sql_bind_text(put, 3, row->stage);
    sqlite3_bind_double(put, 4, row->at);
    sqlite3_bind_int64(put, 5, (int64_t)row->n);
    sqlite3_bind_int64(put, 6, (int64_t)row->n_failed);
    bind_doubles(put, 7, estimates, 8);
    sqlite3_bind_int(put, 15, row->is_converged);
    sqlite3_bind_int64(put, 16, row->alarms);
    sql_bind_text(put, 17, row->why != NULL ? row->why : "");
    sqlite3_bind_int64(put, 18, (int64_t)row->n_calls);
    sqlite3_bind_int64(put, 19, (int64_t)row->n_calls_failed);
    bind_doubles(put, 20, figures, 4);
    sqlite3_bind_int64(put, 24, (int64_t)row->n_chi2);
    sqlite3_bind_int64(put, 25, (int64_t)row->n_uniform);
    sqlite3_bind_int64(put, 26, (int64_t)row->n_peaks);
    sqlite3_bind_int64(put, 27, (int64_t)row->n_classes);
    bind_doubles(put, 28, rest, 4);
}

int store_put_integral(struct store *store, const struct integral_row *row, struct err *err)
{
    sqlite3_stmt *put = sql_start(store, SQL_PUT_INTEGRAL, err);

    if (!put)
        return -1;
    bind_integral(put, row);
    return sql_done(store, put, err);
}

static int read_integral(sqlite3_stmt *ask, struct arena *arena, struct integral_row *row,
                         struct err *err)
{
    *row = (struct integral_row){
        .round = (uint32_t)sqlite3_column_int64(ask, 0),
        .block = (uint32_t)sqlite3_column_int64(ask, 1),
        .at = sql_double(ask, 3),
        .n = (uint64_t)sqlite3_column_int64(ask, 4),
        .n_failed = (uint64_t)sqlite3_column_int64(ask, 5),
        .estimate = sql_double(ask, 6),
        .estimate_error = sql_double(ask, 7),
        .integral = sql_double(ask, 8),
        .error = sql_double(ask, 9),
        .lo = sql_double(ask, 10),
        .hi = sql_double(ask, 11),
        .absolute = sql_double(ask, 12),
        .absolute_error = sql_double(ask, 13),
        .is_converged = sqlite3_column_int(ask, 14) != 0,
        .alarms = (unsigned)sqlite3_column_int64(ask, 15),
        .why = sql_text_dup(ask, 16, arena, err),
        .n_calls = (uint64_t)sqlite3_column_int64(ask, 17),
        .n_calls_failed = (uint64_t)sqlite3_column_int64(ask, 18),
        .failed_volume = sql_double(ask, 19),
        .failed_error = sql_double(ask, 20),
        .largest_share = sql_double(ask, 21),
        .chi2 = sql_double(ask, 22),
        .n_chi2 = (uint64_t)sqlite3_column_int64(ask, 23),
        .n_uniform = (uint64_t)sqlite3_column_int64(ask, 24),
        .n_peaks = (uint64_t)sqlite3_column_int64(ask, 25),
        .n_classes = (uint64_t)sqlite3_column_int64(ask, 26),
        .unseen_volume = sql_double(ask, 27),
        .unseen_above = sql_double(ask, 28),
        .purity = sql_double(ask, 29),
        .surrogate = sql_double(ask, 30),
    };
    snprintf(row->stage, sizeof row->stage, "%s", sql_text(ask, 2));
    return row->why ? 0 : -1;
}

int store_integrals(struct store *store, uint32_t from, struct arena *arena,
                    struct integral_row **rows, size_t *n, struct err *err)
{
    sqlite3_stmt *ask = sql_start(store, SQL_GET_INTEGRALS, err);
    size_t cap = 0;
    int more, rc = -1;

    *n = 0;
    *rows = NULL;
    if (!ask)
        return -1;
    sqlite3_bind_int64(ask, 1, from);
    while ((more = sql_row(store, ask, err)) == 1) {
        struct integral_row *list = arena_grow(arena, *rows, *n, &cap, sizeof *list);

        if (!list) {
            mem_error(err);
            goto out;
        }
        *rows = list;
        TRY(read_integral(ask, arena, &list[*n], err));
        (*n)++;
    }
    rc = more;
out:
    sqlite3_reset(ask);
    return rc;
}

int store_last_integral(struct store *store, struct arena *arena, struct integral_row *row,
                        bool *found, struct err *err)
{
    sqlite3_stmt *ask = sql_start(store, SQL_LAST_INTEGRAL, err);
    int more, rc;

    *found = false;
    *row = (struct integral_row){.round = 0};
    if (!ask)
        return -1;
    more = sql_row(store, ask, err);
    if (more != 1)
        return more;
    rc = read_integral(ask, arena, row, err);
    *found = rc == 0;
    sqlite3_reset(ask);
    return rc;
}

/* ---- the classes ---------------------------------------------------------------------------- */

static int put_cell(struct store *store, uint32_t round, const struct cell_row *cell,
                    struct err *err)
{
    const double *numbers[] = {&cell->lo,           &cell->hi,         &cell->volume,
                               &cell->volume_error, &cell->mean,       &cell->mean_error,
                               &cell->part,         &cell->part_error, &cell->budget};
    const double *shares[] = {&cell->right, &cell->below, &cell->above, &cell->most};
    sqlite3_stmt *put = sql_start(store, SQL_PUT_CELL, err);

    if (!put)
        return -1;
    sqlite3_bind_int64(put, 1, round);
    sqlite3_bind_int(put, 2, cell->cell);
    bind_doubles(put, 3, numbers, 9);
    sqlite3_bind_int64(put, 12, (int64_t)cell->n);
    sqlite3_bind_int64(put, 13, (int64_t)cell->n_next);
    bind_doubles(put, 14, shares, 4);
    return sql_done(store, put, err);
}

int store_put_cells(struct store *store, uint32_t round, const struct cell_row *cells, size_t n,
                    struct err *err)
{
    sqlite3_stmt *drop = sql_start(store, SQL_DROP_CELLS, err);

    if (!drop)
        return -1;
    sqlite3_bind_int64(drop, 1, round);
    if (sql_done(store, drop, err) != 0)
        return -1;
    for (size_t i = 0; i < n; i++)
        if (put_cell(store, round, &cells[i], err) != 0)
            return -1;
    return 0;
}

static struct cell_row read_cell(sqlite3_stmt *ask)
{
    return (struct cell_row){
        .round = (uint32_t)sqlite3_column_int64(ask, 0),
        .cell = sqlite3_column_int(ask, 1),
        .lo = sql_double(ask, 2),
        .hi = sql_double(ask, 3),
        .volume = sql_double(ask, 4),
        .volume_error = sql_double(ask, 5),
        .mean = sql_double(ask, 6),
        .mean_error = sql_double(ask, 7),
        .part = sql_double(ask, 8),
        .part_error = sql_double(ask, 9),
        .budget = sql_double(ask, 10),
        .n = (uint64_t)sqlite3_column_int64(ask, 11),
        .n_next = (uint64_t)sqlite3_column_int64(ask, 12),
        .right = sql_double(ask, 13),
        .below = sql_double(ask, 14),
        .above = sql_double(ask, 15),
        .most = sql_double(ask, 16),
    };
}

int store_cells(struct store *store, uint32_t round, struct arena *arena, struct cell_row **cells,
                size_t *n, struct err *err)
{
    sqlite3_stmt *ask = sql_start(store, SQL_GET_CELLS, err);
    size_t cap = 0;
    int more, rc = -1;

    *n = 0;
    *cells = NULL;
    if (!ask)
        return -1;
    sqlite3_bind_int64(ask, 1, round == UINT32_MAX ? -1 : (int64_t)round);
    while ((more = sql_row(store, ask, err)) == 1) {
        struct cell_row *list = arena_grow(arena, *cells, *n, &cap, sizeof *list);

        if (!list) {
            mem_error(err);
            goto out;
        }
        *cells = list;
        list[(*n)++] = read_cell(ask);
    }
    rc = more;
out:
    sqlite3_reset(ask);
    return rc;
}

int store_drop_integral(struct store *store, struct err *err)
{
    return sql_exec(store, "DELETE FROM integral; DELETE FROM cell; DELETE FROM model", err);
}
