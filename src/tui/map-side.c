/* map-side.c: the panels beside the map: axes and slices, layers and their counts, the ramp, shares
 * along the axes, what is under the cursor, the marked box.
 *
 * They stand in the order of their use; what the height leaves no room for is left out, the cursor
 * last.  Counts are those of the gatherer's part, dim while it answers something older. */
#include "cells.h"
#include "learner.h"
#include "map.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

enum { MOST_BINS = 40, RULE_COLUMNS = 5 };

/* What the panels are made from. */
struct side {
    const struct ui *ui;
    const struct model *model;
    struct map_frame frame;
    struct map_want want;
    const struct map_part *part; /* answers the want, or NULL */
    const struct heat_part *heat;
    int height, width; /* cells of the plot */
    struct area area;
    int y;
};

static bool side_begin(struct side *side, const struct ui *ui, const struct model *model)
{
    const struct map_part *part = model->parts.map;
    const struct heat_part *heat = model->parts.heat;

    memset(side, 0, sizeof *side);
    side->ui = ui;
    side->model = model;
    side->height = ui->map.height;
    side->width = ui->map.width;
    if (!map_frame(ui, model, &side->frame) ||
        !map_wanted(ui, model, side->height, side->width, &side->want))
        return false;
    side->part = part && map_is_same(&part->want, &side->want) ? part : NULL;
    side->heat = heat && heat->has_model && map_is_same(&heat->want, &side->want) &&
                         heat->width == side->width && heat->height == side->height
                     ? heat
                     : NULL;
    return true;
}

/* ---- axes and layers ------------------------------------------------------------------------ */

static void draw_axis(struct side *side, char letter, const struct plot_axis *axis)
{
    char number[2][TEXT_DOUBLE_SIZE], line[160];

    snprintf(line, sizeof line, "%c %-6s %s..%s %s%s", letter, axis->name,
             plot_number(number[0], axis->lo, 7), plot_number(number[1], axis->hi, 7), axis->unit,
             axis->is_log ? " log" : "");
    if (text_columns(line) > side->area.width) /* the title has the unit */
        snprintf(line, sizeof line, "%c %-6s %s..%s%s", letter, axis->name, number[0], number[1],
                 axis->is_log ? " log" : "");
    area_field(side->area, side->y++, 0, side->area.width, STYLE_PLAIN, line);
}

static void draw_axes(struct side *side, size_t most_slices)
{
    const struct map_ui *map = &side->ui->map;
    char number[2][TEXT_DOUBLE_SIZE], line[160];
    size_t i;

    area_rule(side->area, side->y++, "Axes", side->frame.is_whole ? NULL : "0: all");
    draw_axis(side, 'x', &side->frame.x);
    draw_axis(side, 'y', &side->frame.y);
    if (map->n_slices == 0)
        area_text(side->area, side->y++, 0, STYLE_DIM, "slices: none");
    for (i = 0; i < map->n_slices; i++) {
        const struct map_slice *slice = &map->slices[i];

        if (i + 1 == most_slices && map->n_slices > most_slices) {
            area_printf(side->area, side->y++, 0, STYLE_PLAIN, "and %zu more slices",
                        map->n_slices - i);
            return;
        }
        snprintf(line, sizeof line, "slice %s %s..%s %s",
                 side->model->scan->value_names[slice->value], plot_number(number[0], slice->lo, 7),
                 plot_number(number[1], slice->hi, 7),
                 side->model->scan->value_units[slice->value]);
        if (text_columns(line) > side->area.width)
            snprintf(line, sizeof line, "slice %s %s..%s",
                     side->model->scan->value_names[slice->value], number[0], number[1]);
        area_field(side->area, side->y++, 0, side->area.width, STYLE_STRONG, line);
    }
}

static void draw_layer(struct side *side, enum map_layer layer)
{
    const struct map_part *part = side->model->parts.map;
    enum style style = side->part ? map_layer_styles[layer] : STYLE_DIM;

    area_printf(side->area, side->y, 0, style, "[%c] %c %s",
                map_shows(&side->ui->map, layer) ? 'x' : ' ', map_layer_letters[layer],
                map_layer_name(side->model, layer));
    if (part && map_is_near(&part->want, &side->want)) {
        char count[32];

        text_count(count, sizeof count, part->n[layer]);
        area_text_right(side->area, side->y, side->area.width - 1, style, count);
    } else {
        area_text_right(side->area, side->y, side->area.width - 1, STYLE_DIM, "-");
    }
    side->y++;
}

static void draw_layers(struct side *side, bool is_tall)
{
    const struct map_ui *map = &side->ui->map;
    bool has_heat = map_has_heat(side->ui, side->model) && !map->wants_found_share;
    bool can_heat = map_is_free(side->model, side->frame.x_value) &&
                    map_is_free(side->model, side->frame.y_value);

    area_rule(side->area, side->y++, "Layers", map->color == MAP_BY_CUT ? "by cut" : NULL);
    draw_layer(side, MAP_ACCEPTED);
    if (!side->model->integral)
        draw_layer(side, MAP_REJECTED);
    draw_layer(side, MAP_PROPOSED);
    draw_layer(side, MAP_FAILED);
    if (side->model->integral)
        return;
    if (is_tall || !map->wants_found_share)
        area_printf(side->area, side->y++, 0, can_heat ? STYLE_PLAIN : STYLE_OFF,
                    "[%c] heat P(accept)", has_heat ? 'x' : ' ');
    if (is_tall || map->wants_found_share)
        area_printf(side->area, side->y++, 0, STYLE_PLAIN, "[%c] heat found share",
                    map->wants_found_share ? 'x' : ' ');
    if (is_tall || map->borders)
        area_printf(side->area, side->y++, 0, STYLE_PLAIN, "[%c] cell borders",
                    map->borders ? 'x' : ' ');
}

static const char *no_heat_words(const struct model *model)
{
    enum search_method method = model->scan->search.method;

    if (method != METHOD_CLASSIFIER && method != METHOD_REGRESSOR)
        return "this scan does not learn";
    if (!model->parts.heat || model->parts.heat->has_model)
        return "asking the learner ...";
    switch (learner_silence(model)) {
    case LEARNER_ANEW: return "is trained anew";
    case LEARNER_FORMER: return "of former labels";
    case LEARNER_ASKED: return "asking the learner ...";
    case LEARNER_UNREADABLE: return "saved by another version";
    case LEARNER_UNTRAINED: break;
    }
    return "no model yet";
}

static void draw_ramp(struct side *side)
{
    bool is_found = side->ui->map.wants_found_share;
    bool has_heat = is_found || map_has_heat(side->ui, side->model);
    int i, x;

    area_rule(side->area, side->y++, is_found ? "Found share" : "P(accept)",
              is_found ? "any origin" : NULL);
    if (!has_heat) {
        area_text(side->area, side->y++, 0, STYLE_OFF, "off (L: layers)");
        return;
    }
    if (!is_found && !side->heat) {
        area_text(side->area, side->y++, 0, STYLE_DIM, no_heat_words(side->model));
        return;
    }
    x = area_text(side->area, side->y, 0, STYLE_PLAIN, "0 [");
    for (i = 0; i < 8; i++, x++) {
        if (!map_has_heat_colors(side->area.grid))
            area_put(side->area, side->y, x, (uint32_t)plot_ramp((i + 0.5) / 8), STYLE_PLAIN);
        else
            area_heat(side->area, side->y, x, (uint8_t)(1 + (i * 254) / 7));
    }
    x = area_text(side->area, side->y, x, STYLE_PLAIN, "] 1");
    if (!is_found && side->heat->n_rows_done < side->heat->height)
        area_printf(side->area, side->y, x + 1, STYLE_DIM, "%d/%d rows", side->heat->n_rows_done,
                    side->heat->height);
    side->y++;
}

/* ---- shares along an axis ------------------------------------------------------------------- */

static void add_bin(const struct side *side, int lo, int hi, bool is_x, uint64_t n[2])
{
    int layer, i, j, m = is_x ? side->part->want.height : side->part->want.width;

    for (layer = 0; layer < N_MAP_LAYERS; layer++)
        for (i = lo; i < hi && side->part->dots[layer] && layer != MAP_PROPOSED; i++)
            for (j = 0; j < m; j++) {
                int y = is_x ? j : side->part->want.height - 1 - i, x = is_x ? i : j;
                uint32_t dots = side->part->dots[layer][y * side->part->want.width + x];

                n[0] += layer == MAP_ACCEPTED ? dots : 0;
                n[1] += dots;
            }
}

/* Where the calls of an integration went. */
static void draw_density(struct side *side, bool is_x)
{
    const struct plot_axis *axis = is_x ? &side->frame.x : &side->frame.y;
    int b, bins = side->area.width < MOST_BINS ? side->area.width : MOST_BINS, at = 0;
    int dots = is_x ? 2 * side->width : 4 * side->height;
    double calls[MOST_BINS], top = 0;
    char title[96], number[TEXT_DOUBLE_SIZE];

    snprintf(title, sizeof title, "Calls along %s", axis->name);
    area_rule(side->area, side->y++, title, NULL);
    for (b = 0; side->part && b < bins; b++) {
        uint64_t n[2] = {0, 0};

        add_bin(side, b * dots / bins, (b + 1) * dots / bins, is_x, n);
        calls[b] = (double)n[1];
        at = calls[b] > top ? b : at;
        top = fmax(top, calls[b]);
    }
    if (!(top > 0)) {
        area_text(side->area, side->y, 0, STYLE_DIM, "-");
        side->y += 2;
        return;
    }
    plot_sparkline(side->area, side->y++, 0, bins, calls, (size_t)bins, 0, top, STYLE_ACCEPTED);
    area_printf(side->area, side->y++, 0, STYLE_DIM, "most %.0f near %s %s", top,
                plot_number(number, plot_axis_value(axis, (at + 0.5) / bins), 8), axis->unit);
}

/* As much as there is room for: the unit and the number of points can be missed. */
static void put_most(struct side *side, const uint64_t n[2], const char *near, const char *unit)
{
    char of[32], line[160];
    int left_out; /* 1: the unit, 2: the number */

    snprintf(of, sizeof of, " of %llu", (unsigned long long)n[1]);
    for (left_out = 0; left_out < 4; left_out++) {
        snprintf(line, sizeof line, "most %.0f %%%s near %s%s%.60s",
                 100 * (double)n[0] / (double)n[1], left_out & 2 ? "" : of, near,
                 !(left_out & 1) && unit[0] ? " " : "", left_out & 1 ? "" : unit);
        if (text_columns(line) <= side->area.width)
            break;
    }
    area_text(side->area, side->y, 0, STYLE_DIM, line);
}

/* The share of each bin, and where it is largest. */
static void draw_share(struct side *side, bool is_x)
{
    const struct plot_axis *axis = is_x ? &side->frame.x : &side->frame.y;
    int b, bins = side->area.width < MOST_BINS ? side->area.width : MOST_BINS, at;
    int dots = is_x ? 2 * side->width : 4 * side->height;
    uint64_t n[MOST_BINS][2] = {{0, 0}};
    double share[MOST_BINS], top = 0;
    char title[96], number[TEXT_DOUBLE_SIZE];

    if (side->model->integral) {
        draw_density(side, is_x);
        return;
    }
    snprintf(title, sizeof title, "Accepted share along %s", axis->name);
    if (text_columns(title) > side->area.width - RULE_COLUMNS)
        snprintf(title, sizeof title, "Share along %s", axis->name);
    area_rule(side->area, side->y++, title, NULL);
    if (!side->part) {
        area_text(side->area, side->y, 0, STYLE_DIM, "-");
        side->y += 2;
        return;
    }
    for (b = 0; b < bins; b++) {
        add_bin(side, b * dots / bins, (b + 1) * dots / bins, is_x, n[b]);
        share[b] = n[b][1] > 0 ? (double)n[b][0] / (double)n[b][1] : (double)NAN;
        top = fmax(top, n[b][1] > 0 ? share[b] : 0);
    }
    plot_sparkline(side->area, side->y++, 0, bins, share, (size_t)bins, 0, top > 0 ? top : 1,
                   STYLE_ACCEPTED);
    at = map_best_bin(n, bins);
    if (at >= 0)
        put_most(side, n[at], plot_number(number, plot_axis_value(axis, (at + 0.5) / bins), 8),
                 axis->unit);
    side->y++;
}

/* ---- cursor --------------------------------------------------------------------------------- */

static void draw_p(struct side *side, struct map_cell cell)
{
    size_t at = (size_t)cell.y * (size_t)side->width + (size_t)cell.x;
    struct classes_want classes = {.kind = CLASS_PROBABILITY};
    double p = side->heat ? (double)side->heat->p[at] : (double)NAN;
    int x, j;

    if (!isfinite(p)) {
        area_text(side->area, side->y++, 0, STYLE_PLAIN, "P(accept) -");
        return;
    }
    x = area_printf(side->area, side->y, 0, STYLE_PLAIN, "P %.2f", p);
    if (side->heat->spread && isfinite(side->heat->spread[at]))
        x = side->heat->spread[at] < 0.005F
                ? area_text(side->area, side->y, x, STYLE_PLAIN, " +- <0.01")
                : area_printf(side->area, side->y, x, STYLE_PLAIN, " +- %.2f",
                              (double)side->heat->spread[at]);
    cells_classes(&side->ui->cells, &classes);
    j = map_class_of(&classes, p);
    if (j >= 0)
        area_printf(side->area, side->y, x, STYLE_PLAIN, "  cell %d", j);
    side->y++;
}

/* What lies in a cell: "14: 9 acc 3 rej 2 fail"; of an integration "14 done 2 fail". */
static void cell_words(const struct side *side, const uint64_t n[N_MAP_LAYERS], char *line,
                       size_t size)
{
    uint64_t all = n[MAP_ACCEPTED] + n[MAP_REJECTED] + n[MAP_FAILED] + n[MAP_PROPOSED];
    int used = 0;

    if (all == 0) {
        snprintf(line, size, side->model->integral ? "no call here" : "no point here");
        return;
    }
    if (side->model->integral)
        used = snprintf(line, size, "%llu done", (unsigned long long)n[MAP_ACCEPTED]);
    else
        used = snprintf(line, size, "%llu: %llu acc %llu rej", (unsigned long long)all,
                        (unsigned long long)n[MAP_ACCEPTED], (unsigned long long)n[MAP_REJECTED]);
    if (n[MAP_FAILED] > 0)
        used += snprintf(line + used, size - (size_t)used, " %llu fail",
                         (unsigned long long)n[MAP_FAILED]);
    if (n[MAP_PROPOSED] > 0)
        snprintf(line + used, size - (size_t)used, " %llu ?", (unsigned long long)n[MAP_PROPOSED]);
    if (text_columns(line) > side->area.width && strstr(line, ": ") != NULL) /* not their sum */
        memmove(line, strstr(line, ": ") + 2, strlen(strstr(line, ": ") + 2) + 1);
}

static void draw_cursor(struct side *side)
{
    const struct map_frame *frame = &side->frame;
    struct map_cell cell = map_cursor_cell(side->ui, frame, side->height, side->width);
    char number[2][TEXT_DOUBLE_SIZE], line[160];
    uint64_t n[N_MAP_LAYERS];
    double x = plot_axis_value(&frame->x, (cell.x + 0.5) / side->width);
    double y = plot_axis_value(&frame->y, (side->height - cell.y - 0.5) / side->height);

    area_rule(side->area, side->y++, "Cursor", NULL);
    snprintf(line, sizeof line, "%s %s  %s %s", frame->x.name, plot_number(number[0], x, 7),
             frame->y.name, plot_number(number[1], y, 7));
    area_field(side->area, side->y++, 0, side->area.width, STYLE_PLAIN, line);
    if (!side->model->integral)
        draw_p(side, cell);
    if (side->part) {
        map_cell_counts(side->part, cell, n);
        cell_words(side, n, line, sizeof line);
        area_field(side->area, side->y, 0, side->area.width, STYLE_PLAIN, line);
    } else {
        area_text(side->area, side->y, 0, STYLE_DIM, "-");
    }
    side->y++;
    if (side->ui->map.nearest > 0)
        area_printf(side->area, side->y, 0, STYLE_PLAIN, "nearest point %llu",
                    (unsigned long long)side->ui->map.nearest);
    else
        area_text(side->area, side->y, 0, STYLE_DIM, "nearest point -");
    side->y++;
}

/* ---- marked box ----------------------------------------------------------------------------- */

struct box_counts {
    bool is_known;
    uint64_t n, accepted, uniform, uniform_accepted;
    bool has_uniform;
};

/* While the second corner moves: what is seen in the cells. */
static void count_seen(const struct side *side, const double box[4], struct box_counts *counts)
{
    struct map_span span = map_box_cells(&side->frame, box, side->height, side->width);
    uint64_t n[N_MAP_LAYERS];
    int y, x;

    for (y = span.top < 0 ? 0 : span.top; y <= span.bottom && y < side->height; y++)
        for (x = span.left < 0 ? 0 : span.left; x <= span.right && x < side->width; x++) {
            map_cell_counts(side->part, (struct map_cell){.y = y, .x = x}, n);
            counts->accepted += n[MAP_ACCEPTED];
            counts->n += n[MAP_ACCEPTED] + n[MAP_REJECTED] + n[MAP_FAILED];
        }
    counts->is_known = true;
}

static struct box_counts count_box(const struct side *side, const double box[4])
{
    const struct map_part *part = side->model->parts.map;
    struct box_counts counts = {.is_known = false};

    if (side->ui->map.mark == MARK_CORNER) {
        if (side->part)
            count_seen(side, box, &counts);
        return counts;
    }
    if (!part || !part->want.has_box || part->want.x != side->want.x ||
        part->want.y != side->want.y || memcmp(part->want.box, box, sizeof part->want.box) != 0)
        return counts;
    counts.is_known = counts.has_uniform = true;
    counts.n = part->box_n;
    counts.accepted = part->box_accepted;
    counts.uniform = part->box_uniform;
    counts.uniform_accepted = part->box_uniform_accepted;
    return counts;
}

/* "V 18 +- 5 % of it", by the uniform points in it; a limit where all or none are accepted. */
static void box_volume_words(char *out, size_t size, const struct box_counts *counts)
{
    double n = (double)counts->uniform, k = (double)counts->uniform_accepted;
    double percent = 100 * k / n, error = sqrt(percent * (100 - percent) / n);

    if (!counts->has_uniform || counts->uniform == 0)
        snprintf(out, size, "V - (no uniform point)");
    else if (counts->uniform_accepted == 0)
        snprintf(out, size, "V below %.2g %% (95 %%)", 100 * (1 - pow(0.05, 1 / n)));
    else if (counts->uniform_accepted == counts->uniform)
        snprintf(out, size, "V above %.0f %% (95 %%)", 100 * pow(0.05, 1 / n));
    else if (percent < 9.5)
        snprintf(out, size, "V %.2g +- %.1g %% of it", percent, error);
    else
        snprintf(out, size, "V %.0f +- %.0f %% of it", percent, fmax(error, 1));
}

static void box_count_words(const struct side *side, char *out, size_t size,
                            const struct box_counts *counts)
{
    double percent = 100 * (double)counts->accepted / (double)counts->n;

    if (!counts->is_known)
        snprintf(out, size, "counting ...");
    else if (counts->n == 0)
        snprintf(out, size, side->model->integral ? "no calls" : "no points");
    else if (side->model->integral)
        snprintf(out, size, "%llu calls", (unsigned long long)counts->n);
    else
        snprintf(out, size,
                 percent > 0 && percent < 2 ? "%llu points, %.1g %% accepted"
                                            : "%llu points, %.0f %% accepted",
                 (unsigned long long)counts->n, percent);
}

static void edge_words(char *out, size_t size, const struct plot_axis *axis, double lo, double hi,
                       bool has_unit)
{
    char number[2][TEXT_DOUBLE_SIZE];

    snprintf(out, size, "%s %s..%s%s%s", axis->name, plot_number(number[0], lo, 7),
             plot_number(number[1], hi, 7), has_unit && axis->unit[0] ? " " : "",
             has_unit ? axis->unit : "");
}

static void draw_box(struct side *side)
{
    struct box_counts counts;
    char line[200];
    double box[4];

    if (!map_box(side->ui, &side->frame, box))
        return;
    counts = count_box(side, box);
    area_rule(side->area, side->y++, "Marked box", "v: none");
    edge_words(line, sizeof line, &side->frame.x, box[0], box[1], true);
    area_field(side->area, side->y++, 0, side->area.width, STYLE_PLAIN, line);
    edge_words(line, sizeof line, &side->frame.y, box[2], box[3], true);
    area_field(side->area, side->y++, 0, side->area.width, STYLE_PLAIN, line);
    box_count_words(side, line, sizeof line, &counts);
    area_field(side->area, side->y++, 0, side->area.width, STYLE_PLAIN, line);
    if (side->model->integral)
        return;
    box_volume_words(line, sizeof line, &counts);
    area_field(side->area, side->y++, 0, side->area.width, STYLE_PLAIN, line);
}

/* ---- the whole ------------------------------------------------------------------------------ */

static void draw_legend(struct side *side, int rows)
{
    size_t i, most = rows > 1 ? (size_t)rows - 1 : 0;

    area_rule(side->area, side->y++, "First failed cut", NULL);
    for (i = 0; i < side->model->n_terms && i < most; i++)
        area_printf(side->area, side->y++, 0, map_cut_style(i), "%c %s", map_cut_letter(i),
                    side->model->terms[i].name);
}

void map_draw_side(const struct ui *ui, const struct model *model, struct area area)
{
    struct side side;
    int room;

    if (!side_begin(&side, ui, model))
        return;
    side.area = area;
    room = area.height - 18; /* what the panels below need at least */
    draw_axes(&side, room > 0 ? (size_t)room + 1 : 1);
    draw_layers(&side, area.height >= 26);
    if (!model->integral)
        draw_ramp(&side);
    draw_cursor(&side);
    if (ui->map.mark != MARK_NONE && area.height - side.y >= 5)
        draw_box(&side);
    if (ui->map.color == MAP_BY_CUT && area.height - side.y >= 3) {
        room = area.height - side.y;
        draw_legend(&side, room > 12 ? room - 6 : room);
    }
    if (area.height - side.y >= 3)
        draw_share(&side, true);
    if (area.height - side.y >= 3)
        draw_share(&side, false);
}

static void box_words(const struct side *side, const double box[4], char *out, size_t size)
{
    struct box_counts counts = count_box(side, box);
    char x[96], y[96], n[64], volume[64];

    edge_words(x, sizeof x, &side->frame.x, box[0], box[1], false);
    edge_words(y, sizeof y, &side->frame.y, box[2], box[3], false);
    box_count_words(side, n, sizeof n, &counts);
    box_volume_words(volume, sizeof volume, &counts);
    if (side->model->integral)
        counts.has_uniform = false; /* a box says nothing of the volume of a target */
    snprintf(out, size, "box: %s%s%s; %s, %s", n, counts.has_uniform ? ", " : "",
             counts.has_uniform ? volume : "", x, y);
}

/* Points that the picture does not show, and why. */
static void hidden_words(const struct side *side, char *out, size_t size)
{
    uint64_t outside = 0, missing = 0;
    size_t i, n = 0;

    for (i = 0; i < N_MAP_LAYERS; i++) {
        outside += side->part->n_outside[i];
        missing += side->part->n_missing[i];
    }
    out[0] = '\0';
    if (missing > 0)
        n += (size_t)snprintf(out, size, "%llu points have no %s or %s. ",
                              (unsigned long long)missing, side->frame.x.name, side->frame.y.name);
    if (side->model->counts.unknown > 0 && n < size)
        n += (size_t)snprintf(out + n, size - n, "%llu unknown ones are shown as rejected. ",
                              (unsigned long long)side->model->counts.unknown);
    if (outside > 0 && n < size)
        n += (size_t)snprintf(out + n, size - n, "%llu lie beyond the edges. ",
                              (unsigned long long)outside);
    if (!side->part->as_of.is_whole && n < size)
        snprintf(out + n, size - n, "Read up to point %llu.",
                 (unsigned long long)side->part->as_of.upto);
}

void map_draw_words(const struct ui *ui, const struct model *model, struct area area, int row)
{
    struct side side;
    char words[400] = "";
    double box[4];
    size_t i;
    int x = 0;

    if (!side_begin(&side, ui, model))
        return;
    if (map_box(ui, &side.frame, box)) {
        box_words(&side, box, words, sizeof words);
    } else if (ui->map.color == MAP_BY_CUT) {
        x = area_text(area, row, 0, STYLE_PLAIN, "first failed cut:");
        for (i = 0; i < model->n_terms; i++)
            x = area_printf(area, row, x, map_cut_style(i), " %c %s", map_cut_letter(i),
                            model->terms[i].name);
    } else if (side.part) {
        hidden_words(&side, words, sizeof words);
    }
    area_field(area, row, x, area.width - x, STYLE_PLAIN, words);
}
