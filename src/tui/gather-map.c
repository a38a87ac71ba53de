/* gather-map.c: points as dots of a map.
 *
 * Settled rows are counted once into a base; what is handed over is a copy of that with the other
 * rows on top.  Another want (axes, edges, slices) begins anew, from memory. */
#include "gather-private.h"

#include <math.h>
#include <string.h>

struct map_fold {
    struct map_part base; /* of the rows before `upto` */
    size_t n_dots, upto;
    uint64_t epoch;
    struct made made;
};

static int open_dots(struct map_part *part, size_t n_dots, struct err *err)
{
    int layer;

    for (layer = 0; layer < N_MAP_LAYERS; layer++) {
        part->dots[layer] = mem_array(n_dots, sizeof *part->dots[layer]);
        if (!part->dots[layer])
            return mem_error(err);
    }
    part->cut = mem_array(n_dots, sizeof *part->cut);
    part->id = mem_array(n_dots, sizeof *part->id);
    return part->cut && part->id ? 0 : mem_error(err);
}

static void close_dots(struct map_part *part)
{
    int layer;

    for (layer = 0; layer < N_MAP_LAYERS; layer++)
        mem_free(part->dots[layer]);
    mem_free(part->cut);
    mem_free(part->id);
    *part = (struct map_part){.n_most = 0};
}

void map_free(struct map_fold *fold)
{
    if (!fold)
        return;
    close_dots(&fold->base);
    mem_free(fold);
}

static size_t values_of(const struct map_want *want, size_t values[MAP_SLICES + 2])
{
    size_t i, n = 0;

    values[n++] = want->x;
    values[n++] = want->y;
    for (i = 0; i < want->n_slices && i < MAP_SLICES; i++)
        values[n++] = want->slices[i].value;
    return n;
}

static bool is_possible(const struct gathering *g)
{
    const struct map_want *want = &g->wants.map;
    size_t values[MAP_SLICES + 2], i, n = values_of(want, values);

    if (!want->is_wanted || want->width <= 0 || want->height <= 0)
        return false;
    for (i = 0; i < n; i++)
        if (values[i] >= g->table.n_values)
            return false;
    return true;
}

void map_values(struct gathering *g)
{
    size_t values[MAP_SLICES + 2], i, n;

    if (!g->wants.map.is_wanted)
        return;
    n = values_of(&g->wants.map, values);
    for (i = 0; i < n; i++)
        table_want(&g->table, values[i]);
}

/* ---- folding -------------------------------------------------------------------------------- */

/* 0 .. n - 1, or -1 beyond the edges; the upper edge belongs to the last. */
static int dot_of(double value, double lo, double hi, bool is_log, int n)
{
    double at;

    if (is_log) {
        if (!(value > 0) || !(lo > 0))
            return -1;
        value = log(value);
        lo = log(lo);
        hi = log(hi);
    }
    at = (value - lo) / (hi - lo);
    if (!(at >= 0 && at <= 1))
        return -1;
    return at < 1 ? (int)(at * n) : n - 1;
}

static enum map_layer layer_of(int state)
{
    switch (state) {
    case STATE_ACCEPTED: return MAP_ACCEPTED;
    case STATE_RUNNING: return MAP_PROPOSED;
    case STATE_FAILED: return MAP_FAILED;
    default: return MAP_REJECTED;
    }
}

static bool is_inside(const struct gathering *g, size_t row)
{
    const struct map_want *want = &g->wants.map;
    size_t i;

    for (i = 0; i < want->n_slices && i < MAP_SLICES; i++) {
        const struct map_slice *slice = &want->slices[i];
        double value = table_value(&g->table, slice->value, row);

        if (!(value >= slice->lo && value <= slice->hi))
            return false;
    }
    return true;
}

static void count_in_box(const struct table *table, size_t row, enum map_layer layer,
                         struct map_part *part)
{
    bool is_uniform = table->origin[row] <= ORIGIN_EXPLORE;

    if (layer == MAP_PROPOSED)
        return;
    part->box_n++;
    part->box_accepted += layer == MAP_ACCEPTED;
    part->box_rejected += table->state[row] == STATE_REJECTED;
    part->box_failed += layer == MAP_FAILED;
    part->box_uniform += is_uniform;
    part->box_uniform_accepted += is_uniform && layer == MAP_ACCEPTED;
}

static uint8_t first_cut(uint64_t fails)
{
    uint8_t bit = 0;

    for (; fails != 0; fails >>= 1) {
        bit++;
        if (fails & 1)
            return bit;
    }
    return 0;
}

static void put_dot(const struct table *table, size_t row, enum map_layer layer, size_t dot,
                    struct map_part *part)
{
    int above;

    part->n[layer]++;
    part->dots[layer][dot]++;
    if (layer == MAP_ACCEPTED && part->dots[layer][dot] > part->n_most)
        part->n_most = part->dots[layer][dot];
    if (layer == MAP_REJECTED && table->fails[row] != 0)
        part->cut[dot] = first_cut(table->fails[row]);
    for (above = (int)layer + 1; above < N_MAP_LAYERS; above++)
        if (part->dots[above][dot] > 0)
            return;
    part->id[dot] = table->id[row];
}

static void fold_row(const struct gathering *g, size_t row, struct map_part *part)
{
    const struct map_want *want = &g->wants.map;
    const struct table *table = &g->table;
    enum map_layer layer = layer_of(table->state[row]);
    double x = table_value(table, want->x, row), y = table_value(table, want->y, row);
    int at_x, at_y;

    if (want->n_slices > 0 && !is_inside(g, row))
        return;
    if (isnan(x) || isnan(y)) {
        part->n_missing[layer]++;
        return;
    }
    if (want->has_box && x >= want->box[0] && x <= want->box[1] && y >= want->box[2] &&
        y <= want->box[3])
        count_in_box(table, row, layer, part);
    at_x = dot_of(x, want->x_lo, want->x_hi, want->x_is_log, want->width);
    at_y = dot_of(y, want->y_lo, want->y_hi, want->y_is_log, want->height);
    if (at_x < 0 || at_y < 0) {
        part->n_outside[layer]++;
        return;
    }
    put_dot(table, row, layer,
            (size_t)(want->height - 1 - at_y) * (size_t)want->width + (size_t)at_x, part);
}

static void copy_dots(const struct map_fold *fold, struct map_part *part)
{
    struct map_part own = *part;
    int layer;

    *part = fold->base;
    for (layer = 0; layer < N_MAP_LAYERS; layer++) {
        part->dots[layer] = own.dots[layer];
        memcpy(part->dots[layer], fold->base.dots[layer], fold->n_dots * sizeof(uint32_t));
    }
    part->cut = own.cut;
    part->id = own.id;
    memcpy(part->cut, fold->base.cut, fold->n_dots * sizeof *part->cut);
    memcpy(part->id, fold->base.id, fold->n_dots * sizeof *part->id);
}

static int hand_over(struct gathering *g, size_t have, struct err *err)
{
    struct map_part *part = mem_new(struct map_part);
    size_t row;

    if (!part || open_dots(part, g->map->n_dots, err) != 0) {
        part_free(PART_MAP, part);
        return mem_error(err);
    }
    copy_dots(g->map, part);
    for (row = g->map->upto; row < have; row++)
        fold_row(g, row, part);
    part->want = g->wants.map;
    part->as_of = table_as_of(&g->table, have);
    made_now(&g->map->made, &g->table, have);
    gather_hand(g, PART_MAP, part);
    return 0;
}

/* ---- a step --------------------------------------------------------------------------------- */

static int begin(struct gathering *g, struct err *err)
{
    const struct map_want *want = &g->wants.map;
    struct map_fold *fold = g->map;

    if (!fold)
        fold = g->map = mem_new(struct map_fold);
    if (!fold)
        return mem_error(err);
    close_dots(&fold->base);
    fold->n_dots = (size_t)want->width * (size_t)want->height;
    fold->upto = 0;
    fold->epoch = g->table.epoch;
    fold->made = (struct made){.is_made = false};
    fold->base.want = *want;
    return open_dots(&fold->base, fold->n_dots, err);
}

int map_step(struct gathering *g, bool *did, struct err *err)
{
    struct table *table = &g->table;
    struct map_fold *fold;
    size_t values[MAP_SLICES + 2], n, have, settled, end;

    if (!is_possible(g))
        return 0;
    if (!g->map || !map_want_is(&g->map->base.want, &g->wants.map) || g->map->epoch != table->epoch)
        if (begin(g, err) != 0) {
            map_free(g->map);
            g->map = NULL;
            return -1;
        }
    fold = g->map;
    n = values_of(&g->wants.map, values);
    have = table_have(table, values, n);
    settled = have < table->n_settled ? have : table->n_settled;
    if (!made_is_due(&fold->made, table, have))
        return 0;
    *did = true;
    if (fold->upto < settled) {
        end = settled - fold->upto < GATHER_FOLD ? settled : fold->upto + GATHER_FOLD;
        for (; fold->upto < end; fold->upto++)
            fold_row(g, fold->upto, &fold->base);
        if (fold->upto < settled)
            return 0;
    }
    return hand_over(g, have, err);
}
