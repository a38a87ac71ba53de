/* map.c: the screen of the map: points and the learner's probability over any two values.
 *
 * The title always says what is done with the other axes: shown all together (projection), cut to a
 * slice, or, for the heat, the highest P over them (profile).  What counts dots and asks the
 * learner is the gatherer; here is what is wanted of it, what the keys do, and the commands they
 * give. */
#include "map.h"
#include "points.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

enum { NEAREST_CELLS = 40 /* how far a nearest point is looked for */ };

static const struct key_help keys[] = {
    {"x y", "axes", "choose the axis from parameters and observables", 'x'},
    {"L", "layers", "layers and heat on or off", 'L'},
    {"s", "slice", "show a range of another value only", 's'},
    {"v", "mark box", "mark a box: first corner, second corner, none", 'v'},
    {"+ -", "zoom", "half or double, around the cursor", '+'},
    {"P", "pin", "half of the proposals into the marked box", 'P'},
    {"i", "inject", "run a point with these values", 'i'},
    {"Enter", "points", "list the points under the cursor or in the box", TK_ENTER},
    {"0", "all", "the whole range again", '0'},
    {"X Y", "log", "logarithmic or linear axis", 'X'},
    {"c", "by cut", "letters by the first failed cut, or states", 'c'},
    {"z", "zoom to box", "show the marked box only", 'z'},
    {"g", "gnuplot", "draw this map with gnuplot", 'g'},
    {"hjkl", "move", "move the cursor (b w ^D ^U: faster)", 0},
    {NULL, NULL, NULL, 0}};

static const struct key_help integral_keys[] = {
    {"x y", "axes", "choose the axis from parameters and observables", 'x'},
    {"L", "layers", "layers on or off", 'L'},
    {"s", "slice", "show a range of another value only", 's'},
    {"v", "mark box", "mark a box: first corner, second corner, none", 'v'},
    {"+ -", "zoom", "half or double, around the cursor", '+'},
    {"Enter", "points", "list the calls under the cursor or in the box", TK_ENTER},
    {"g", "gnuplot", "draw this map with gnuplot", 'g'},
    {"0", "all", "the whole range again", '0'},
    {"X Y", "log", "logarithmic or linear axis", 'X'},
    {"z", "zoom to box", "show the marked box only", 'z'},
    {"hjkl", "move", "move the cursor (b w ^D ^U: faster)", 0},
    {NULL, NULL, NULL, 0}};

/* ---- what is wanted and fetched ------------------------------------------------------------- */

static void enter(struct ui *ui, struct model *model)
{
    struct map_ui *map = &ui->map;
    struct map_frame frame;

    map->choosing = 0;
    if (map->is_set || !map_frame(ui, model, &frame))
        return;
    map->x = frame.x_value;
    map->y = frame.y_value;
    map->x_is_log = frame.x.is_log;
    map->y_is_log = frame.y.is_log;
    map->cursor_x = map->cursor_y = NAN;
    map->layers[MAP_REJECTED] = map->layers[MAP_ACCEPTED] = true;
    map->layers[MAP_PROPOSED] = map->layers[MAP_FAILED] = true;
    map->heat = true;
    map->is_set = true;
}

static void want(const struct ui *ui, const struct model *model, struct wants *wants)
{
    int height, width;

    ui_inner_size(ui->height, ui->width, &height, &width);
    map_plot_size(height, width, &height, &width);
    (void)map_wanted(ui, model, height, width, &wants->map);
}

/* The point whose dot is nearest to that of the cursor; 0: none within sight. */
static uint64_t nearest_point(const struct map_part *part, const struct map_ui *map,
                              const struct map_frame *frame)
{
    int y, x, width = part->want.width, height = part->want.height;
    int at_x = (int)fmin(fmax(plot_axis_place(&frame->x, map->cursor_x), 0) * width, width - 1);
    int at_y =
        (int)fmin((1 - fmin(plot_axis_place(&frame->y, map->cursor_y), 1)) * height, height - 1);
    int best = 0;
    uint64_t id = 0;

    if (!part->id)
        return 0;
    for (y = at_y - 4 * NEAREST_CELLS; y <= at_y + 4 * NEAREST_CELLS; y++)
        for (x = at_x - 2 * NEAREST_CELLS; x <= at_x + 2 * NEAREST_CELLS; x++) {
            int far = (y - at_y) * (y - at_y) + (x - at_x) * (x - at_x);

            if (y < 0 || y >= height || x < 0 || x >= width || part->id[y * width + x] == 0 ||
                (id > 0 && far >= best))
                continue;
            best = far;
            id = part->id[y * width + x];
        }
    return id;
}

static int update(struct ui *ui, struct model *model, int height, int width, struct err *err)
{
    struct map_ui *map = &ui->map;
    const struct map_part *part = model->parts.map;
    struct map_frame frame;
    struct map_want wanted;

    (void)err;
    map_plot_size(height, width, &map->height, &map->width);
    if (!map->is_set)
        enter(ui, model);
    if (!map_frame(ui, model, &frame))
        return 0;
    if (!isfinite(map->cursor_x))
        map->cursor_x = map_column_value(&frame.x, map->width / 2 + 0.5, map->width);
    if (!isfinite(map->cursor_y))
        map->cursor_y = map_column_value(&frame.y, map->height / 2 + 0.5, map->height);
    map_wanted(ui, model, map->height, map->width, &wanted);
    if (!part)
        map->nearest = 0;
    else if (map_is_same(&part->want, &wanted))
        map->nearest = nearest_point(part, map, &frame);
    list_keep(&map->choices, map->choices.n, map->height > 4 ? map->height - 2 : 1);
    return 0;
}

/* ---- commands ------------------------------------------------------------------------------- */

/* Appends a clause; false when there is no room for it. */
static bool add_clause(char *text, size_t size, const char *name, double lo, double hi)
{
    char clause[256];
    size_t n = strlen(text);
    const char *joint = n > 0 && text[n - 1] != ' ' ? " and " : "";

    map_clause(clause, sizeof clause, name, lo, hi);
    if (n + strlen(joint) + strlen(clause) >= size)
        return false;
    snprintf(text + n, size - n, "%s%s", joint, clause);
    return true;
}

static bool add_slices(const struct ui *ui, const struct model *model, bool only_free, char *text,
                       size_t size)
{
    size_t i;

    for (i = 0; i < ui->map.n_slices; i++) {
        const struct map_slice *slice = &ui->map.slices[i];

        if (only_free && !map_is_free(model, slice->value))
            continue;
        if (!add_clause(text, size, model->scan->value_names[slice->value], slice->lo, slice->hi))
            return false;
    }
    return true;
}

static void show_points(struct ui *ui, struct model *model)
{
    const struct map_part *part = model->parts.map;
    struct map_frame frame;
    char text[UI_TEXT] = "";
    uint64_t n[N_MAP_LAYERS];
    double box[4];

    if (!map_frame(ui, model, &frame) || ui->map.width <= 0 || ui->map.height <= 0)
        return;
    if (ui->map.mark == MARK_NONE && part && part->want.width == 2 * ui->map.width &&
        part->want.height == 4 * ui->map.height) {
        map_cell_counts(part, map_cursor_cell(ui, &frame, ui->map.height, ui->map.width), n);
        if (n[MAP_ACCEPTED] + n[MAP_REJECTED] + n[MAP_FAILED] + n[MAP_PROPOSED] == 0 &&
            ui->map.nearest > 0) {
            ui_show_point(ui, model, ui->map.nearest);
            ui_say(ui, "No point lies under the cursor: this is the nearest one.");
            return;
        }
    }
    if (!map_box(ui, &frame, box))
        map_cell_box(ui, &frame, box);
    if (!add_clause(text, sizeof text, frame.x.name, box[0], box[1]) ||
        !add_clause(text, sizeof text, frame.y.name, box[2], box[3]) ||
        !add_slices(ui, model, false, text, sizeof text))
        ui_warn(ui, "The condition for these points is longer than the filter can be.");
    else
        ui_show_points(ui, model, text);
}

static void pin_axis(const struct model *model, const struct plot_axis *axis, size_t value,
                     const double ends[2], char *text, size_t size)
{
    double lo, hi;

    if (!map_is_free(model, value))
        return;
    value_range(model, value, &lo, &hi);
    (void)add_clause(text, size, axis->name, fmax(lo, ends[0]), fmin(hi, ends[1]));
}

static void pin_box(struct ui *ui, struct model *model)
{
    struct map_frame frame;
    char text[UI_TEXT] = "pin ";
    double box[4];

    if (!map_frame(ui, model, &frame) || !map_box(ui, &frame, box))
        return;
    pin_axis(model, &frame.x, frame.x_value, box, text, sizeof text);
    pin_axis(model, &frame.y, frame.y_value, box + 2, text, sizeof text);
    if (!add_slices(ui, model, true, text, sizeof text)) {
        ui_warn(ui, "There are more slices than one pin can say: take some away with s.");
        return;
    }
    if (!map_is_free(model, frame.x_value) || !map_is_free(model, frame.y_value))
        ui_say(ui, "%s is no free parameter and bounds nothing here.",
               map_is_free(model, frame.x_value) ? frame.y.name : frame.x.name);
    ui_open_console(ui, model, text);
}

static double as_allowed(const struct scan_param *param, double value)
{
    double best = value;
    size_t i;

    if (param->kind == PRIOR_INTEGER)
        return round(value);
    for (i = 0; param->kind == PRIOR_CHOICE && i < param->n_choices; i++)
        if (i == 0 || fabs(param->choices[i] - value) < fabs(best - value))
            best = param->choices[i];
    return best;
}

static void inject_here(struct ui *ui, struct model *model)
{
    double *row = mem_array(model->scan->n_values, sizeof *row);
    struct err err = ERR_INIT;
    char text[UI_TEXT] = "inject";
    size_t v, n = strlen(text);

    if (!row || map_row_here(ui, model, row, &err) != 0) {
        ui_warn(ui, "%s", row ? err.message : "out of memory");
        mem_free(row);
        return;
    }
    for (v = 0; v < model->scan->n_params && n < sizeof text; v++)
        if (map_is_free(model, v) && isfinite(row[v]))
            n +=
                (size_t)snprintf(text + n, sizeof text - n, " %s=%.6g", model->scan->value_names[v],
                                 as_allowed(&model->scan->params[v], row[v]));
    mem_free(row);
    if (n >= sizeof text)
        ui_warn(ui, "This scan has more parameters than fit into a line: use :inject FILE.");
    else
        ui_open_console(ui, model, text);
}

static void draw_with_gnuplot(struct ui *ui, struct model *model)
{
    const struct map_ui *map = &ui->map;
    struct map_frame frame;
    char text[UI_TEXT], where[UI_TEXT] = "";
    const char *heat = map->wants_found_share ? "found" : map_has_heat(ui, model) ? "p" : "none";
    bool fits = true;
    int n;

    if (!map_frame(ui, model, &frame))
        return;
    if (!frame.is_whole)
        fits = add_clause(where, sizeof where, frame.x.name, frame.x.lo, frame.x.hi) &&
               add_clause(where, sizeof where, frame.y.name, frame.y.lo, frame.y.hi);
    fits = fits && add_slices(ui, model, false, where, sizeof where);
    n = snprintf(text, sizeof text, "plot scatter --x %s --y %s --%s-x --%s-y --heat %s%s%s%s",
                 frame.x.name, frame.y.name, frame.x.is_log ? "log" : "linear",
                 frame.y.is_log ? "log" : "linear", heat, where[0] ? " --where '" : "", where,
                 where[0] ? "'" : "");
    if (!fits || n >= (int)sizeof text)
        ui_warn(ui, "There are more slices than one command can say.");
    else
        ui_command(ui, model, text);
}

/* ---- keys ----------------------------------------------------------------------------------- */

static void mark(struct ui *ui, struct model *model)
{
    struct map_ui *map = &ui->map;
    struct map_frame frame;
    double box[4];

    if (!map_frame(ui, model, &frame) || map->width <= 0 || map->height <= 0)
        return;
    if (map->mark == MARK_NONE) {
        map_cell_box(ui, &frame, map->box);
        map->mark = MARK_CORNER;
        ui_say(ui, "Move to the other corner and press v again; Esc: no box.");
    } else if (map->mark == MARK_CORNER && map_box(ui, &frame, box)) {
        memcpy(map->box, box, sizeof map->box);
        map->mark = MARK_DONE;
        ui_say(ui, "Box marked.  P: pin it   Enter: its points   z: zoom to it   v: no box");
    } else {
        map->mark = MARK_NONE;
        ui_say(ui, "No box is marked.");
    }
}

static bool move_key(struct ui *ui, const struct model *model, int key)
{
    int fast_y = ui->map.height / 4 > 1 ? ui->map.height / 4 : 1;
    int fast_x = ui->map.width / 8 > 1 ? ui->map.width / 8 : 1;

    switch (key) {
    case 'h':
    case TK_LEFT: map_move(ui, model, 0, -1); break;
    case 'l':
    case TK_RIGHT: map_move(ui, model, 0, 1); break;
    case 'k':
    case TK_UP: map_move(ui, model, 1, 0); break;
    case 'j':
    case TK_DOWN: map_move(ui, model, -1, 0); break;
    case TK_PAGE_UP:
    case TK_CTRL('U'):
    case 'K': map_move(ui, model, fast_y, 0); break;
    case TK_PAGE_DOWN:
    case TK_CTRL('D'):
    case 'J': map_move(ui, model, -fast_y, 0); break;
    case 'b':
    case 'H': map_move(ui, model, 0, -fast_x); break;
    case 'w': map_move(ui, model, 0, fast_x); break;
    case TK_HOME: map_move(ui, model, 0, -ui->map.width); break;
    case TK_END: map_move(ui, model, 0, ui->map.width); break;
    default: return false;
    }
    return true;
}

static bool command_key(struct ui *ui, struct model *model, int key)
{
    switch (key) {
    case 'P': pin_box(ui, model); break;
    case 'i': inject_here(ui, model); break;
    case 'm':
    case TK_ENTER: show_points(ui, model); break;
    case 'g': draw_with_gnuplot(ui, model); break;
    default: return false;
    }
    return true;
}

static bool view_key(struct ui *ui, struct model *model, int key)
{
    struct map_ui *map = &ui->map;

    switch (key) {
    case 'x':
    case 'y':
    case 's':
    case 'L': map_choose(ui, model, (char)key); break;
    case 'X': map_toggle_log(ui, 'x'); break;
    case 'Y': map_toggle_log(ui, 'y'); break;
    case 'v': mark(ui, model); break;
    case '+':
    case '=': map_zoom(ui, model, 0.5); break;
    case '-':
    case '_': map_zoom(ui, model, 2); break;
    case '0': map_whole(ui); break;
    case 'z': map_zoom_box(ui, model); break;
    case 'c': map->color = map->color == MAP_BY_CUT ? MAP_BY_STATE : MAP_BY_CUT; break;
    default: return false;
    }
    return true;
}

static bool key_pressed(struct ui *ui, struct model *model, int key)
{
    struct map_frame frame;

    if (!map_frame(ui, model, &frame))
        return false;
    if (ui->map.choosing) {
        map_choose_key(ui, model, key);
        return true;
    }
    if (key == TK_ESCAPE && ui->map.mark != MARK_NONE) {
        ui->map.mark = MARK_NONE;
        ui_say(ui, "No box is marked.");
        return true;
    }
    return move_key(ui, model, key) || view_key(ui, model, key) || command_key(ui, model, key);
}

static const char *why_not(const struct ui *ui, const struct model *model, int key)
{
    struct map_frame frame;
    bool is_ours = false;
    size_t i;

    if (ui->map.choosing)
        return NULL;
    for (i = 0; keys[i].keys; i++)
        is_ours = is_ours || (keys[i].key != 0 && keys[i].key == key);
    if (!map_frame(ui, model, &frame))
        return is_ours ? "A map needs two values, and this scan has one only." : NULL;
    if (model->integral && (key == 'P' || key == 'i' || key == 'c'))
        return key == 'c' ? "An integration has no cuts." : UI_NO_STEERING;
    if (model->integral && model->counts.total == 0 && (key == TK_ENTER || key == 'g'))
        return points_none_words(model);
    switch (key) {
    case 'P':
        if (ui->map.mark == MARK_NONE)
            return "No box is marked that could be pinned: v marks one.";
        if (!map_is_free(model, frame.x_value) && !map_is_free(model, frame.y_value))
            return "A box is pinned in free parameters: choose one with x or y.";
        return ui->can_command ? NULL : "The store is only read here: nothing can be pinned.";
    case 'z': return ui->map.mark != MARK_NONE ? NULL : "No box is marked: v marks one.";
    case 'i': return ui->can_command ? NULL : "The store is only read here: nothing can be run.";
    case 'c': return model->n_terms > 0 ? NULL : "This scan has no constraint that could fail.";
    case '0': return frame.is_whole ? "The whole range is shown." : NULL;
    case 'X':
        return map_can_be_log(ui, model, 'x')
                   ? NULL
                   : "No logarithmic axis: these values reach 0 or less.";
    case 'Y':
        return map_can_be_log(ui, model, 'y')
                   ? NULL
                   : "No logarithmic axis: these values reach 0 or less.";
    default: return NULL;
    }
}

/* ---- drawing -------------------------------------------------------------------------------- */

/* Names of the free parameters that are neither an axis nor cut to a slice; returns how many. */
static size_t other_names(const struct ui *ui, const struct model *model,
                          const struct map_frame *frame, char *out, size_t size)
{
    size_t v, i, n = 0, n_others = 0;

    out[0] = '\0';
    for (v = 0; v < model->scan->n_params; v++) {
        bool is_sliced = false;

        for (i = 0; i < ui->map.n_slices; i++)
            is_sliced = is_sliced || ui->map.slices[i].value == v;
        if (!map_is_free(model, v) || is_sliced || v == frame->x_value || v == frame->y_value)
            continue;
        if (n < size)
            n += (size_t)snprintf(out + n, size - n, "%s%s", n_others > 0 ? ", " : "",
                                  model->scan->value_names[v]);
        n_others++;
    }
    return n_others;
}

/* "slice tanb 28..34, projection over A0; heat: profile, highest P over it", shorter and shorter
 * from level 0 to 4. */
static void title_words(const struct ui *ui, const struct model *model,
                        const struct map_frame *frame, int level, char out[400])
{
    const struct map_ui *map = &ui->map;
    char number[2][TEXT_DOUBLE_SIZE], others[200];
    size_t i, n = 0, n_others = other_names(ui, model, frame, others, sizeof others);
    bool has_heat = map_has_heat(ui, model) && !map->wants_found_share && n_others > 0;

    if (level >= 2 && n_others > 1)
        snprintf(others, sizeof others, "%zu others", n_others);
    out[0] = '\0';
    for (i = 0; i < map->n_slices && n < 400; i++)
        n += (size_t)snprintf(out + n, 400 - n, "%s%s %s..%s", i > 0 ? ", " : "slice ",
                              model->scan->value_names[map->slices[i].value],
                              plot_number(number[0], map->slices[i].lo, 6),
                              plot_number(number[1], map->slices[i].hi, 6));
    if (n_others > 0 && n < 400)
        n += (size_t)snprintf(out + n, 400 - n, "%s%sover %s", n > 0 ? ", " : "",
                              level < 4 ? "projection " : "", others);
    if (has_heat && level < 3 && n < 400)
        snprintf(out + n, 400 - n, "; heat: %shighest P%s", level == 0 ? "profile, " : "",
                 level > 0      ? ""
                 : n_others > 1 ? " over them"
                                : " over it");
}

static void draw_title(const struct ui *ui, const struct model *model,
                       const struct map_frame *frame, struct area area)
{
    char title[160], words[400];
    int level;

    snprintf(title, sizeof title, "%s%s%s%s against %s%s%s%s", frame->y.name,
             frame->y.unit[0] ? " [" : "", frame->y.unit, frame->y.unit[0] ? "]" : "",
             frame->x.name, frame->x.unit[0] ? " [" : "", frame->x.unit,
             frame->x.unit[0] ? "]" : "");
    for (level = 0; level < 5; level++) {
        title_words(ui, model, frame, level, words);
        if (text_columns(title) + text_columns(words) + 10 <= area.width)
            break;
    }
    area_rule(area, 0, title, words[0] ? words : NULL);
}

static void draw(const struct ui *ui, const struct model *model, struct area area)
{
    int side = map_side_width(area.width);
    struct map_frame frame;
    struct area plot, panels;

    if (!map_frame(ui, model, &frame)) {
        area_rule(area, 0, "Map", NULL);
        area_text(area, 2, 2, STYLE_PLAIN,
                  "A map needs two values, and this scan has one only: see the points (4).");
        return;
    }
    draw_title(ui, model, &frame, area);
    plot = area_columns(area_rows(area, 1, area.height - 2), 0, area.width - side);
    panels = area_columns(area_rows(area, 1, area.height - 2), area.width - side, side);
    map_draw_plot(ui, model, plot);
    area_bar_line(panels, 0);
    panels = area_columns(panels, 2, side - 2);
    if (ui->map.choosing)
        map_choose_draw(ui, model, panels);
    else
        map_draw_side(ui, model, panels);
    map_draw_words(ui, model, area, area.height - 1);
}

static const struct key_help *keys_now(const struct ui *ui)
{
    static const struct key_help of_names[] = {{"Enter", "take", "", 0},
                                               {"Up Down", "choose", "", 0},
                                               {"letters", "narrow", "", 0},
                                               {"Esc", "leave", "", 0},
                                               {NULL, NULL, NULL, 0}};
    static const struct key_help of_slices[] = {{"Enter", "take", "", 0},
                                                {"Up Down", "choose", "", 0},
                                                {"Del", "drop the slice", "", 0},
                                                {"Esc", "leave", "", 0},
                                                {NULL, NULL, NULL, 0}};
    static const struct key_help of_range[] = {
        {"Enter", "take lo .. hi", "", 0}, {"Esc", "leave", "", 0}, {NULL, NULL, NULL, 0}};
    static const struct key_help of_layers[] = {{"Space", "on or off", "", 0},
                                                {"Up Down", "choose", "", 0},
                                                {"Enter", "close", "", 0},
                                                {NULL, NULL, NULL, 0}};

    switch (ui->map.choosing) {
    case 0: return NULL;
    case 's': return of_slices;
    case 'r': return of_range;
    case 'L': return of_layers;
    default: return of_names;
    }
}

static enum click click(struct ui *ui, struct model *model, int y, int x)
{
    struct map_ui *map = &ui->map;
    struct map_cell cell = {.y = y - 1, .x = x - MAP_LABELS}, here;
    struct map_frame frame;

    if (map->choosing || !map_frame(ui, model, &frame) || cell.y < 0 || cell.x < 0 ||
        cell.y >= map->height || cell.x >= map->width)
        return CLICK_NOTHING;
    here = map_cursor_cell(ui, &frame, map->height, map->width);
    if (here.y == cell.y && here.x == cell.x)
        return CLICK_AGAIN;
    map->cursor_x = map_column_value(&frame.x, cell.x + 0.5, map->width);
    map->cursor_y = map_column_value(&frame.y, map->height - cell.y - 0.5, map->height);
    return CLICK_TAKEN;
}

const struct screen map_screen = {.name = "map",
                                  .title = "Map",
                                  .keys = keys,
                                  .integral_keys = integral_keys,
                                  .keys_now = keys_now,
                                  .enter = enter,
                                  .key = key_pressed,
                                  .click = click,
                                  .want = want,
                                  .update = update,
                                  .draw = draw,
                                  .why_not = why_not};
