/* map-draw.c: the plot of the map: points over heat, borders of cells, the marked box, the cursor.
 *
 * Where the gatherer's part answers what is shown, its dots go to plot_scatter row by row.  After a
 * zoom or another slice the part of before is drawn dim at its new places until the new one is
 * there.  Colour by first failed cut puts the constraint's letter on each cell whose uppermost
 * layer is the rejected one: that of most points. */
#include "cells.h"
#include "map.h"
#include "points.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

enum { MOST_COLUMNS = 1024 };

bool map_has_heat_colors(const struct grid *grid)
{
    return grid->colors == COLORS_256 || grid->colors == COLORS_DIRECT;
}

char map_cut_letter(size_t term)
{
    static const char letters[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZ123456789abcdefghijklmnpqrstuvwyz";

    return term < sizeof letters - 1 ? letters[term] : '#';
}

enum style map_cut_style(size_t term)
{
    static const enum style styles[] = {STYLE_PROPOSED, STYLE_RUNNING, STYLE_FAILED, STYLE_REJECTED,
                                        STYLE_STRONG};

    return styles[term % (sizeof styles / sizeof styles[0])];
}

void map_cell_counts(const struct map_part *part, struct map_cell cell, uint64_t counts[])
{
    int layer, dy, dx;

    for (layer = 0; layer < N_MAP_LAYERS; layer++) {
        counts[layer] = 0;
        for (dy = 0; part->dots[layer] && dy < 4; dy++)
            for (dx = 0; dx < 2; dx++)
                counts[layer] +=
                    part->dots[layer][(4 * cell.y + dy) * part->want.width + 2 * cell.x + dx];
    }
}

static struct cell *cell_at(struct area area, int y, int x)
{
    return &area.grid->cells[(area.top + y) * area.grid->width + area.left + x];
}

static bool is_point(const struct cell *cell)
{
    return cell->style == STYLE_ACCEPTED || cell->style == STYLE_REJECTED ||
           cell->style == STYLE_PROPOSED || cell->style == STYLE_FAILED;
}

/* ---- heat ----------------------------------------------------------------------------------- */

/* What was found in one row of cells. */
static void found_row(const struct map_part *part, int y, float *heat)
{
    int x;

    for (x = 0; x < part->want.width / 2; x++) {
        uint64_t n[N_MAP_LAYERS], closed;

        map_cell_counts(part, (struct map_cell){.y = y, .x = x}, n);
        closed = n[MAP_ACCEPTED] + n[MAP_REJECTED] + n[MAP_FAILED];
        heat[x] = closed > 0 ? (float)n[MAP_ACCEPTED] / (float)closed : NAN;
    }
}

/* The learner's P for every cell, or NULL. */
static const struct heat_part *heat_of(const struct model *model, const struct map_want *want)
{
    const struct heat_part *heat = model->parts.heat;

    return want->wants_heat && heat && heat->has_model && map_is_same(&heat->want, want) &&
                   heat->width == want->width / 2 && heat->height == want->height / 4
               ? heat
               : NULL;
}

/* Rows that still show the model before this one are dim. */
static void dim_stale(const struct heat_part *heat, struct area area)
{
    int y, x;

    for (y = 0; y < area.height; y++)
        for (x = 0; x < area.width; x++)
            if (!is_point(cell_at(area, y, x)))
                area_style(area, y, x, 1, y < heat->n_rows_done ? STYLE_PLAIN : STYLE_DIM);
}

int map_class_of(const struct classes_want *classes, double p)
{
    size_t j = 0;

    if (!isfinite(p) || classes->kind != CLASS_PROBABILITY || classes->n_levels < 2)
        return -1;
    while (j + 2 < classes->n_levels && p >= classes->level[j + 1])
        j++;
    return (int)j;
}

/* Where heat is letters too: every other cell within a run of the same layer shows the heat, so
 * that neither hides the other.  A point on its own always stays. */
static void thin_out(const struct heat_part *heat, struct area area)
{
    int y, x;

    for (y = 0; y < area.height; y++)
        for (x = y % 2 + 1; x + 1 < area.width; x += 2) {
            double p = (double)heat->p[y * heat->width + x];
            enum style style = cell_at(area, y, x)->style;

            if (!isfinite(p) || plot_ramp(p) == ' ' || !is_point(cell_at(area, y, x)) ||
                cell_at(area, y, x)->rune >= 0x2800) /* dots say more than one letter */
                continue;
            if (cell_at(area, y, x - 1)->style == style || cell_at(area, y, x + 1)->style == style)
                area_put(area, y, x, (uint32_t)plot_ramp(p), STYLE_PLAIN);
        }
}

static void draw_borders(const struct ui *ui, const struct heat_part *heat, struct area area)
{
    struct classes_want classes = {.kind = CLASS_PROBABILITY};
    int y, x;

    cells_classes(&ui->cells, &classes);
    for (y = 0; y + 1 < area.height; y++)
        for (x = 0; x + 1 < area.width; x++) {
            const float *p = heat->p + y * heat->width + x;
            int here = map_class_of(&classes, (double)*p);

            if (here < 0 || is_point(cell_at(area, y, x)))
                continue;
            if (here != map_class_of(&classes, (double)p[1]) ||
                here != map_class_of(&classes, (double)p[heat->width]))
                area_put(area, y, x, ui->symbols == SYMBOLS_ASCII ? '#' : 0x25aa, STYLE_STRONG);
        }
}

/* ---- points --------------------------------------------------------------------------------- */

/* Rejected below all, then proposed, failed, accepted: an accepted point is never hidden. */
static const enum map_layer draw_order[N_MAP_LAYERS] = {MAP_REJECTED, MAP_PROPOSED, MAP_FAILED,
                                                        MAP_ACCEPTED};

/* The points from row y on. */
static void draw_points(const struct ui *ui, const struct map_part *part, struct area area, int y,
                        const float *heat)
{
    struct plot_layer layers[N_MAP_LAYERS];
    struct plot_scatter scatter = {.layers = layers, .heat = heat};
    bool has_ramp = heat && !map_has_heat_colors(area.grid);
    size_t i;

    for (i = 0; i < N_MAP_LAYERS; i++) {
        enum map_layer layer = draw_order[i];

        if (!map_shows(&ui->map, layer) || !part->dots[layer])
            continue;
        layers[scatter.n_layers++] =
            (struct plot_layer){.dots = part->dots[layer] + 4 * y * part->want.width,
                                .rune = (uint32_t)map_layer_letters[layer],
                                .style = map_layer_styles[layer]};
    }
    /* More points than dots; runes of density and of heat are not mixed. */
    scatter.is_crowded =
        !has_ramp && y == 0 && area.height > 1 && map_shows(&ui->map, MAP_ACCEPTED) &&
        part->n[MAP_ACCEPTED] > (uint64_t)part->want.width * (uint64_t)part->want.height;
    plot_scatter(area, &scatter);
}

/* The cut of most rejected points in a cell, as kept per dot; 0: none. */
static unsigned cell_cut(const struct map_part *part, int y, int x)
{
    uint32_t most = 0;
    unsigned cut = 0;
    int dy, dx;

    for (dy = 0; dy < 4; dy++)
        for (dx = 0; dx < 2; dx++) {
            int dot = (4 * y + dy) * part->want.width + 2 * x + dx;

            if (part->cut[dot] > 0 && part->dots[MAP_REJECTED][dot] > most) {
                most = part->dots[MAP_REJECTED][dot];
                cut = part->cut[dot];
            }
        }
    return cut;
}

static void draw_cuts(const struct map_part *part, struct area area)
{
    int y, x;

    if (!part->cut || !part->dots[MAP_REJECTED])
        return;
    for (y = 0; y < area.height; y++)
        for (x = 0; x < area.width; x++) {
            unsigned cut = cell_at(area, y, x)->style == STYLE_REJECTED ? cell_cut(part, y, x) : 0;

            if (cut > 0)
                area_put(area, y, x, (uint32_t)map_cut_letter(cut - 1), map_cut_style(cut - 1));
        }
}

static void draw_part(const struct ui *ui, const struct model *model, const struct map_want *want,
                      struct area area)
{
    const struct map_part *part = model->parts.map;
    const struct heat_part *heat = heat_of(model, want);
    float found[MOST_COLUMNS];
    int y;

    if (ui->map.wants_found_share) {
        for (y = 0; y < area.height; y++) {
            found_row(part, y, found);
            draw_points(ui, part, area_rows(area, y, 1), y, found);
        }
    } else {
        draw_points(ui, part, area, 0, heat ? heat->p : NULL);
        if (heat && !map_has_heat_colors(area.grid))
            thin_out(heat, area);
        if (heat)
            dim_stale(heat, area);
    }
    if (ui->map.borders && heat)
        draw_borders(ui, heat, area);
    if (ui->map.color == MAP_BY_CUT)
        draw_cuts(part, area);
}

/* A part of other ends, at the places of these, dim. */
static void draw_old(const struct ui *ui, const struct map_frame *frame,
                     const struct map_part *part, struct area area)
{
    struct plot_axis x_old = {.lo = part->want.x_lo,
                              .hi = part->want.x_hi,
                              .is_log = part->want.x_is_log},
                     y_old = {.lo = part->want.y_lo,
                              .hi = part->want.y_hi,
                              .is_log = part->want.y_is_log};
    int y, x, height = part->want.height, width = part->want.width;
    size_t i;

    for (i = 0; i < N_MAP_LAYERS; i++) {
        enum map_layer layer = draw_order[i];

        if (!map_shows(&ui->map, layer) || !part->dots[layer])
            continue;
        for (y = 0; y < height; y++)
            for (x = 0; x < width; x++) {
                double px, py;

                if (part->dots[layer][y * width + x] == 0)
                    continue;
                px = plot_axis_place(&frame->x, plot_axis_value(&x_old, (x + 0.5) / width));
                py = plot_axis_place(&frame->y,
                                     plot_axis_value(&y_old, (height - 0.5 - y) / height));
                if (px >= 0 && px < 1 && py >= 0 && py < 1)
                    area_put(area, area.height - 1 - (int)(py * area.height),
                             (int)(px * area.width), (uint32_t)map_layer_letters[layer], STYLE_DIM);
            }
    }
}

/* ---- box and cursor ------------------------------------------------------------------------- */

/* Over all but the accepted points, which a dashed line leaves to be seen. */
static void put_edge(struct area area, int y, int x, uint32_t rune)
{
    if (y >= 0 && y < area.height && x >= 0 && x < area.width &&
        (cell_at(area, y, x)->style != STYLE_ACCEPTED || (x + y) % 2 == 0))
        area_put(area, y, x, rune, STYLE_STRONG);
}

static void draw_box(const struct ui *ui, const struct map_frame *frame, struct area area)
{
    bool is_ascii = area.grid->symbols == SYMBOLS_ASCII;
    int left, right, top, bottom, y, x;
    struct map_span span;
    double box[4];

    if (!map_box(ui, frame, box))
        return;
    span = map_box_cells(frame, box, area.height, area.width);
    left = span.left;
    right = span.right;
    bottom = span.bottom;
    top = span.top;
    for (x = left + 1; x < right; x++) {
        put_edge(area, top, x, is_ascii ? '-' : 0x2500);
        put_edge(area, bottom, x, is_ascii ? '-' : 0x2500);
    }
    for (y = top + 1; y < bottom; y++) {
        put_edge(area, y, left, is_ascii ? '|' : 0x2502);
        put_edge(area, y, right, is_ascii ? '|' : 0x2502);
    }
    put_edge(area, top, left, is_ascii ? '+' : 0x250c);
    put_edge(area, top, right, is_ascii ? '+' : 0x2510);
    put_edge(area, bottom, left, is_ascii ? '+' : 0x2514);
    put_edge(area, bottom, right, is_ascii ? '+' : 0x2518);
}

static void draw_cursor(const struct ui *ui, const struct map_frame *frame, struct area area)
{
    struct map_cell at = map_cursor_cell(ui, frame, area.height, area.width);

    if (cell_at(area, at.y, at.x)->rune == ' ')
        area_put(area, at.y, at.x, '+', STYLE_SELECTED);
    area_style(area, at.y, at.x, 1, STYLE_SELECTED);
}

/* ---- the whole ------------------------------------------------------------------------------ */

static void say_in_middle(struct area area, const char *words)
{
    int x = (area.width - text_columns(words)) / 2;

    area_text(area, area.height / 2, x > 0 ? x : 0, STYLE_DIM, words);
}

void map_draw_plot(const struct ui *ui, const struct model *model, struct area area)
{
    const struct map_part *part = model->parts.map;
    struct map_frame frame;
    struct map_want want;
    struct area plot;

    if (!map_frame(ui, model, &frame))
        return;
    plot = plot_frame(area, &frame.x, &frame.y, MAP_LABELS);
    if (plot.width < 1 || plot.height < 1 || plot.width > MOST_COLUMNS)
        return;
    map_wanted(ui, model, plot.height, plot.width, &want);
    if (part && map_is_same(&part->want, &want))
        draw_part(ui, model, &want, plot);
    else if (part && map_is_near(&part->want, &want))
        draw_old(ui, &frame, part, plot);
    draw_box(ui, &frame, plot);
    draw_cursor(ui, &frame, plot);
    if (model->counts.total == 0)
        say_in_middle(plot, points_none_words(model));
    else if (!part || !map_is_near(&part->want, &want))
        say_in_middle(plot, "reading the points ...");
}
