/* overview-side.c: the small map and the Lebesgue cells of a wide overview.
 *
 * The map shows all of the two values of the map's screen (report_free_param() until others are
 * chosen there), never zoomed or sliced. */
#include "cells.h"
#include "learner.h"
#include "map.h"
#include "overview.h"
#include "points.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

/* ---- map ------------------------------------------------------------------------------------- */

bool overview_map_want(const struct ui *ui, const struct model *model, struct area area,
                       struct map_want *want)
{
    int height = area.height - 3, width = area.width - MAP_LABELS - 1;
    struct map_frame frame;

    memset(want, 0, sizeof *want);
    if (height < 3 || width < 16 || !map_frame_whole(ui, model, &frame))
        return false;
    *want = (struct map_want){.is_wanted = true,
                              .x = frame.x_value,
                              .y = frame.y_value,
                              .x_is_log = frame.x.is_log,
                              .y_is_log = frame.y.is_log,
                              .x_lo = frame.x.lo,
                              .x_hi = frame.x.hi,
                              .y_lo = frame.y.lo,
                              .y_hi = frame.y.hi,
                              .width = 2 * width,
                              .height = 4 * height};
    want->wants_heat = map_is_free(model, want->x) && map_is_free(model, want->y);
    return true;
}

/* As a background only: between so many points a ramp of characters would be noise. */
static bool has_heat(const struct grid *grid)
{
    return grid->colors == COLORS_256 || grid->colors == COLORS_DIRECT;
}

static void draw_points(const struct model *model, struct area area, const struct map_want *want)
{
    /* few cells: the accepted ones come before all others */
    static const enum map_layer order[N_MAP_LAYERS] = {MAP_REJECTED, MAP_PROPOSED, MAP_FAILED,
                                                       MAP_ACCEPTED};
    const struct map_part *part = model->parts.map;
    const struct heat_part *heat = model->parts.heat;
    struct plot_layer layers[N_MAP_LAYERS];
    struct plot_scatter scatter = {.layers = layers, .n_layers = N_MAP_LAYERS};
    uint64_t n = 0;
    int i;

    if (!part || !map_is_same(&part->want, want)) {
        area_text(area, area.height / 2, area.width / 2 - 8, STYLE_DIM, "reading points");
        return;
    }
    for (i = 0; i < N_MAP_LAYERS; i++) {
        enum map_layer layer = order[i];

        layers[i] = (struct plot_layer){.dots = part->dots[layer],
                                        .rune = (uint32_t)map_layer_letters[layer],
                                        .style = map_layer_styles[layer]};
        n += part->n[layer];
    }
    if (area.grid->symbols == SYMBOLS_BRAILLE)
        scatter.is_crowded = n > (uint64_t)want->width * (uint64_t)want->height;
    else
        scatter.is_crowded = part->n[MAP_ACCEPTED] > (uint64_t)area.height * (uint64_t)area.width;
    if (has_heat(area.grid) && heat && heat->has_model && map_is_same(&heat->want, want) &&
        heat->width == area.width && heat->height == area.height)
        scatter.heat = heat->p;
    plot_scatter(area, &scatter);
}

void overview_map(const struct ui *ui, const struct model *model, struct area area)
{
    char title[WORDS], right[WORDS] = "";
    struct map_frame frame;
    struct map_want want;
    struct area plot;

    if (model->integral && model->counts.total == 0 && model->integral->result.n_classes > 0) {
        overview_integral_heights(ui, model, area);
        return;
    }
    if (!overview_map_want(ui, model, area, &want) || !map_frame_whole(ui, model, &frame)) {
        overview_rule(ui, area, PANEL_MAP, "Map", "2: the whole map");
        return;
    }
    snprintf(title, sizeof title, "Map: %.50s against %.50s", frame.y.name, frame.x.name);
    if (has_heat(area.grid) && model->parts.heat && model->parts.heat->has_model)
        snprintf(right, sizeof right, "o , ? x and P(accept)");
    else
        snprintf(right, sizeof right, model->integral ? "o ? x" : "o , ? x");
    overview_rule(ui, area, PANEL_MAP, title,
                  text_columns(title) + text_columns(right) + 12 < area.width ? right : NULL);
    plot = plot_frame(area_columns(area_rows(area, 1, area.height - 1), 0, area.width - 1),
                      &frame.x, &frame.y, MAP_LABELS);
    if (model->integral && model->counts.total == 0) {
        const char *words = points_none_words(model);

        area_text(plot, plot.height / 2, (plot.width - text_columns(words)) / 2, STYLE_DIM, words);
        return;
    }
    draw_points(model, plot, &want);
}

/* ---- cells ----------------------------------------------------------------------------------- */

static void draw_class(const struct classes_part *part, const struct class_row *row,
                       struct area area, int y)
{
    char value[FIGURE_SIZE], error[FIGURE_SIZE];
    double part_of_all = 100 * row->volume * row->f / part->integral;

    area_printf(area, y, 1, STYLE_PLAIN, "%.3g", row->lo);
    figure_pair(value, error, row->volume, row->volume_error, 7);
    area_text_right(area, y, 14, STYLE_PLAIN, value);
    area_text_right(area, y, 22, STYLE_PLAIN, error);
    figure_pair(value, error, row->f, row->f_error, 7);
    area_text_right(area, y, 30, STYLE_PLAIN, value);
    area_text_right(area, y, 38, STYLE_PLAIN, error);
    if (isfinite(part_of_all))
        snprintf(value, sizeof value, "%.0f", part_of_all);
    else
        snprintf(value, sizeof value, "-");
    area_text_right(area, y, 43, STYLE_PLAIN, value);
    area_text_right(area, y, 51, STYLE_PLAIN, figure_count(value, row->n, 7));
}

static void draw_integral(const struct classes_part *part, struct area area, int y)
{
    char estimate[WORDS], relative[WORDS] = "";
    double said, said_error;

    if (!isfinite(part->integral) && part->want.kind == CLASS_PROBABILITY) {
        cells_said_sum(part, &said, &said_error);
        area_printf(area, y, 1, STYLE_STRONG, "sum of V P, as said: %s",
                    overview_estimate(estimate, said, said_error));
        return;
    }
    if (part->integral > 0 && isfinite(part->integral_error))
        snprintf(relative, sizeof relative, "   (+- %.2g %%)",
                 100 * part->integral_error / part->integral);
    area_printf(area, y, 1, STYLE_STRONG, "sum of V f: %s%s",
                overview_estimate(estimate, part->integral, part->integral_error), relative);
}

void overview_cells(const struct ui *ui, const struct model *model, struct area area)
{
    static const char *const why[] = {
        [LEARNER_UNTRAINED] = "there is no learner yet",
        [LEARNER_ANEW] = "the learner is trained anew",
        [LEARNER_FORMER] = "the learner is of before a cut or of other ranges",
        [LEARNER_ASKED] = "the classes are being measured",
        [LEARNER_UNREADABLE] = "the learner's model is of another version"};
    const struct classes_part *part = model->parts.classes;
    bool is_likelihood = part && part->want.kind == CLASS_LIKELIHOOD;
    bool is_old;
    int y = 2;
    size_t i;

    overview_rule(ui, area, PANEL_CELLS,
                  is_likelihood ? "Cells of the likelihood" : "Cells of P(accept)", "3: more");
    if (!part || (!part->has_model && !is_likelihood)) {
        area_text(area, 1, 1, STYLE_DIM,
                  part ? why[learner_silence(model)] : "the classes are being measured");
        return;
    }
    is_old = model_is_old(model, &part->as_of);
    area_text(area, 1, 1, is_old ? STYLE_WARNING : STYLE_DIM,
              is_old ? "of before the cut; the new ones are being counted"
                     : "from      V_j      +-   <f>_j      +-    %       n");
    for (i = 0; i < part->n && y < area.height - 1; i++) {
        draw_class(part, &part->rows[i], area, y++);
        if (is_old)
            area_style(area, y - 1, 0, area.width, STYLE_DIM);
    }
    if (i < part->n)
        area_printf(area, y - 1, 1, STYLE_DIM, "%-50s", "...");
    draw_integral(part, area, y);
}
