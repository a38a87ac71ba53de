/* t-store-cells.c: what an integration leaves in the store comes back as it was. */
#include "t-store-help.h"

#include <math.h>

static const double NONE = (double)NAN;

static struct integral_row make_row(uint32_t round)
{
    double x = round;
    return (struct integral_row){.round = round,
                                 .block = 3 * round + 1,
                                 .stage = "cells",
                                 .at = 1e9 + x,
                                 .n = 100 + round,
                                 .n_failed = round,
                                 .estimate = x + 0.25,
                                 .estimate_error = NONE,
                                 .integral = x + 0.5,
                                 .error = 0.125,
                                 .lo = x - 1,
                                 .hi = x + 2,
                                 .absolute = 7 + x,
                                 .absolute_error = 0.75,
                                 .is_converged = round == 2,
                                 .alarms = 5,
                                 .why = round == 1 ? (char *)"one call carries much" : NULL,
                                 .n_calls = 1000 + round,
                                 .n_calls_failed = 10 + round,
                                 .failed_volume = 0.01,
                                 .failed_error = 0.001,
                                 .largest_share = 0.2,
                                 .chi2 = 3.5,
                                 .n_chi2 = 4,
                                 .n_uniform = 50,
                                 .n_peaks = 2,
                                 .n_classes = 9,
                                 .unseen_volume = 0.06,
                                 .unseen_above = 11,
                                 .purity = 0.9,
                                 .surrogate = NONE};
}

static void same_row(const struct integral_row *a, const struct integral_row *b)
{
    ok(a->round == b->round && a->block == b->block && a->n == b->n && a->n_failed == b->n_failed &&
           a->n_calls == b->n_calls && a->n_calls_failed == b->n_calls_failed &&
           a->n_chi2 == b->n_chi2 && a->n_uniform == b->n_uniform && a->n_peaks == b->n_peaks &&
           a->n_classes == b->n_classes && a->alarms == b->alarms &&
           a->is_converged == b->is_converged,
       "its counts");
    ok(a->at == b->at && a->estimate == b->estimate && a->integral == b->integral &&
           a->error == b->error && a->lo == b->lo && a->hi == b->hi && a->absolute == b->absolute &&
           a->absolute_error == b->absolute_error,
       "its estimates");
    ok(a->failed_volume == b->failed_volume && a->failed_error == b->failed_error &&
           a->largest_share == b->largest_share && a->chi2 == b->chi2 &&
           a->unseen_volume == b->unseen_volume && a->unseen_above == b->unseen_above &&
           a->purity == b->purity,
       "its figures");
    ok(isnan(a->estimate_error) && isnan(a->surrogate), "what is not known is not known");
    is_str(a->stage, b->stage, "its stage");
    is_str(a->why, b->why != NULL ? b->why : "", "its words");
}

static void put_row(struct store *store, const struct integral_row *row)
{
    struct err err = ERR_INIT;
    ok(store_begin(store, &err) == 0 && store_put_integral(store, row, &err) == 0 &&
           store_commit(store, &err) == 0,
       "a row is written: %s", err.message);
}

static void test_integrals(struct store *store)
{
    struct arena *arena = arena_create();
    struct integral_row last, *rows, want[3] = {make_row(0), make_row(1), make_row(2)};
    struct err err = ERR_INIT;
    bool found = true;
    size_t n;
    ok(store_last_integral(store, arena, &last, &found, &err) == 0 && !found, "none at first");
    for (int i = 0; i < 3; i++)
        put_row(store, &want[i]);
    want[2].integral = 99;
    put_row(store, &want[2]);
    ok(store_last_integral(store, arena, &last, &found, &err) == 0 && found, "the last");
    same_row(&last, &want[2]);
    ok(store_integrals(store, 1, arena, &rows, &n, &err) == 0, "from the second: %s", err.message);
    is_size(n, 2, "two");
    same_row(&rows[0], &want[1]);
    same_row(&rows[1], &want[2]);
    arena_free(arena);
}

static struct cell_row make_cell(uint32_t round, int cell, int n)
{
    double x = cell + 10 * (double)round;
    return (struct cell_row){.round = round,
                             .cell = cell,
                             .lo = cell == 0 ? -(double)INFINITY : x,
                             .hi = cell == n - 1 ? (double)INFINITY : x + 1,
                             .volume = 1.0 / n,
                             .volume_error = 0.5 / n,
                             .mean = x + 0.5,
                             .mean_error = 0.25,
                             .part = x * 2,
                             .part_error = x * 3,
                             .budget = 1.0 / n,
                             .n = (uint64_t)cell + 5,
                             .n_next = (uint64_t)cell + 6,
                             .right = 0.5,
                             .below = 0.25,
                             .above = NONE,
                             .most = x + 7};
}

static void put_cells(struct store *store, uint32_t round, int n)
{
    struct cell_row cells[8];
    struct err err = ERR_INIT;
    for (int i = 0; i < n; i++)
        cells[i] = make_cell(round, i, n);
    ok(store_begin(store, &err) == 0 &&
           store_put_cells(store, round, cells, (size_t)n, &err) == 0 &&
           store_commit(store, &err) == 0,
       "cells are written: %s", err.message);
}

static void has_cells(struct store *store, uint32_t ask, uint32_t round, int n)
{
    struct arena *arena = arena_create();
    struct cell_row *rows;
    struct err err = ERR_INIT;
    size_t n_read;
    bool is_same = true;
    ok(store_cells(store, ask, arena, &rows, &n_read, &err) == 0, "cells: %s", err.message);
    is_size(n_read, (size_t)n, "their number");
    for (int i = 0; i < n && n_read == (size_t)n; i++) {
        struct cell_row want = make_cell(round, i, n), *row = &rows[i];
        is_same &= row->round == round && row->cell == i && row->lo == want.lo &&
                   row->hi == want.hi && row->volume == want.volume &&
                   row->volume_error == want.volume_error && row->mean == want.mean &&
                   row->mean_error == want.mean_error && row->part == want.part &&
                   row->part_error == want.part_error && row->budget == want.budget &&
                   row->n == want.n && row->n_next == want.n_next && row->right == want.right &&
                   row->below == want.below && isnan(row->above) && row->most == want.most;
    }
    ok(is_same, "all as they were");
    arena_free(arena);
}

static void test_cells(struct store *store)
{
    has_cells(store, UINT32_MAX, 0, 0);
    put_cells(store, 1, 5);
    put_cells(store, 2, 8);
    put_cells(store, 2, 3); /* in place of the eight */
    has_cells(store, UINT32_MAX, 2, 3);
    has_cells(store, 1, 1, 5);
    has_cells(store, 2, 2, 3);
    has_cells(store, 7, 7, 0);
}

int main(void)
{
    char path[HELP_PATH];
    struct store *store;
    store = help_create(help_path(path, "cells.db"));
    test_integrals(store);
    test_cells(store);
    store_close(store);
    return done_testing();
}
