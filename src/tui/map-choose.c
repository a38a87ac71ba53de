/* map-choose.c: the lists of choices over the map's side panels: axes, slices, layers.
 *
 * What is typed narrows the list of values: names that begin with it first, then those that hold
 * it, then those that hold its letters in this order.  A slice is chosen in two steps, the value
 * and its range; the range begins around the point at the cursor.  An empty one takes the slice
 * away. */
#include "map.h"

#include <ctype.h>
#include <math.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

enum { ROW_HEAT = N_MAP_LAYERS, ROW_FOUND, ROW_BORDERS };

const char map_layer_letters[N_MAP_LAYERS + 1] = ",o?x";
const enum style map_layer_styles[N_MAP_LAYERS] = {STYLE_REJECTED, STYLE_ACCEPTED, STYLE_PROPOSED,
                                                   STYLE_FAILED};

const char *map_layer_name(const struct model *model, enum map_layer layer)
{
    static const char *const names[N_MAP_LAYERS] = {"rejected", "accepted", "proposed", "failed"};

    return model->integral && layer == MAP_ACCEPTED ? "done" : names[layer];
}

/* What can be put on and off, in the order of the panel. */
static size_t layer_rows(const struct model *model, const int **rows)
{
    static const int of_search[] = {MAP_ACCEPTED, MAP_REJECTED, MAP_PROPOSED, MAP_FAILED,
                                    ROW_HEAT,     ROW_FOUND,    ROW_BORDERS};
    static const int of_integral[] = {MAP_ACCEPTED, MAP_PROPOSED, MAP_FAILED};

    *rows = model->integral ? of_integral : of_search;
    return model->integral ? sizeof of_integral / sizeof of_integral[0]
                           : sizeof of_search / sizeof of_search[0];
}

/* ---- what matches --------------------------------------------------------------------------- */

enum { N_RANKS = 4 };

/* 0 begins with it, 1 but for upper and lower case (mh and mH are two), 2 holds it, 3 holds its
 * letters in order, N_RANKS none of these. */
static int match(const char *name, const char *typed)
{
    size_t n = strlen(typed);
    const char *at;

    if (strncmp(name, typed, n) == 0)
        return 0;
    if (strncasecmp(name, typed, n) == 0)
        return 1;
    for (at = name; *at; at++)
        if (strncasecmp(at, typed, n) == 0)
            return 2;
    for (at = name; *at && *typed; at++)
        if (tolower((unsigned char)*at) == tolower((unsigned char)*typed))
            typed++;
    return *typed ? N_RANKS : 3;
}

static size_t n_choices(const struct ui *ui, const struct model *model)
{
    size_t v, n = 0;
    const int *rows;

    if (ui->map.choosing == 'L')
        return layer_rows(model, &rows);
    for (v = 0; v < model->scan->n_values; v++)
        n += match(model->scan->value_names[v], ui->map.line.text) < N_RANKS;
    return n;
}

size_t map_choice(const struct ui *ui, const struct model *model, size_t i)
{
    int rank;
    size_t v;

    for (rank = 0; rank < N_RANKS; rank++)
        for (v = 0; v < model->scan->n_values; v++)
            if (match(model->scan->value_names[v], ui->map.line.text) == rank && i-- == 0)
                return v;
    return SIZE_MAX;
}

void map_choose(struct ui *ui, const struct model *model, char what)
{
    struct map_frame frame;
    size_t i, at = 0, n;

    ui->map.choosing = what;
    line_set(&ui->map.line, "");
    n = n_choices(ui, model);
    if ((what == 'x' || what == 'y') && map_frame(ui, model, &frame))
        for (i = 0; i < n; i++)
            if (map_choice(ui, model, i) == (what == 'x' ? frame.x_value : frame.y_value))
                at = i;
    memset(&ui->map.choices, 0, sizeof ui->map.choices);
    ui->map.choices.at = at;
    list_keep(&ui->map.choices, n, ui->map.height > 4 ? ui->map.height - 2 : 1);
}

/* ---- a slice's range ------------------------------------------------------------------------ */

static struct map_slice *slice_of(struct map_ui *map, size_t value)
{
    size_t i;

    for (i = 0; i < map->n_slices; i++)
        if (map->slices[i].value == value)
            return &map->slices[i];
    return NULL;
}

/* The middle of the prior of every free parameter. */
static int middle_row(const struct model *model, double *row, struct err *err)
{
    size_t d, n_dims = space_n_dims(model->space);
    double *unit = mem_array(n_dims, sizeof *unit);

    if (!unit)
        return mem_error(err);
    for (d = 0; d < n_dims; d++)
        unit[d] = 0.5;
    if (!space_to_physical(model->space, unit, row))
        for (d = 0; d < n_dims; d++)
            row[space_value(model->space, d)] = NAN;
    mem_free(unit);
    return 0;
}

int map_row_here(struct ui *ui, struct model *model, double *row, struct err *err)
{
    struct arena *arena = arena_create();
    struct point_row *point = arena ? arena_array(arena, 1, sizeof *point) : NULL;
    struct map_frame frame;
    size_t v, n = model->scan->n_values;
    int rc = -1;

    if (!point) {
        mem_error(err);
        goto out;
    }
    for (v = 0; v < n; v++)
        row[v] = NAN;
    TRY(middle_row(model, row, err));
    for (v = 0; v < ui->map.n_slices; v++)
        row[ui->map.slices[v].value] = 0.5 * (ui->map.slices[v].lo + ui->map.slices[v].hi);
    if (ui->map.nearest > 0 && model->store) {
        TRY(model_points(model, &ui->map.nearest, 1, arena, point, err));
        if (point->id == ui->map.nearest)
            memcpy(row, point->row, n * sizeof *row);
    }
    if (map_frame(ui, model, &frame)) {
        row[frame.x_value] = ui->map.cursor_x;
        row[frame.y_value] = ui->map.cursor_y;
    }
    rc = 0;
out:
    arena_free(arena);
    return rc;
}

static bool is_discrete(const struct model *model, size_t value)
{
    return value < model->scan->n_params && (model->scan->params[value].kind == PRIOR_CHOICE ||
                                             model->scan->params[value].kind == PRIOR_INTEGER);
}

/* Proposes the range: what it is, else around the point at the cursor. */
static void begin_range(struct ui *ui, struct model *model, size_t value)
{
    const struct map_slice *slice = slice_of(&ui->map, value);
    struct err err = ERR_INIT;
    double lo, hi, at, half, *row = mem_array(model->scan->n_values, sizeof *row);
    char text[80];

    ui->map.choosing = 'r';
    ui->map.sliced = value;
    value_range(model, value, &lo, &hi);
    at = 0.5 * (lo + hi);
    if (row && map_row_here(ui, model, row, &err) == 0 && isfinite(row[value]))
        at = row[value];
    mem_free(row);
    half = is_discrete(model, value) ? 0 : 0.05 * (hi - lo);
    if (slice)
        snprintf(text, sizeof text, "%.6g .. %.6g", slice->lo, slice->hi);
    else
        snprintf(text, sizeof text, "%.4g .. %.4g", fmax(at - half, lo), fmin(at + half, hi));
    line_set(&ui->map.line, text);
}

/* "28 .. 34", "28..34" or one number; false when it is none of these. */
static bool read_range(const char *text, double *lo, double *hi)
{
    const char *dots = strstr(text, "..");
    char left[64];
    size_t n = dots ? (size_t)(dots - text) : strlen(text);

    if (n >= sizeof left)
        return false;
    memcpy(left, text, n);
    left[n] = '\0';
    if (text_to_double(left, lo) != 0)
        return false;
    *hi = *lo;
    return !dots || (text_to_double(dots + 2, hi) == 0 && *lo <= *hi);
}

static void drop_slice(struct map_ui *map, size_t value)
{
    struct map_slice *slice = slice_of(map, value);

    if (!slice)
        return;
    memmove(slice, slice + 1,
            (size_t)(map->slices + map->n_slices - slice - 1) * sizeof *map->slices);
    map->n_slices--;
}

static void end_range(struct ui *ui, const struct model *model)
{
    struct map_ui *map = &ui->map;
    const char *name = model->scan->value_names[map->sliced];
    struct map_slice slice = {.value = map->sliced}, *old;

    if (map->line.text[strspn(map->line.text, " ")] == '\0') {
        drop_slice(map, map->sliced);
        map->choosing = 0;
        ui_say(ui, "All values of %s are shown.", name);
        return;
    }
    if (!read_range(map->line.text, &slice.lo, &slice.hi)) {
        ui_warn(ui, "\"%s\" is no range: type LOW .. HIGH, or one number; nothing: no slice.",
                map->line.text);
        return;
    }
    old = slice_of(map, map->sliced);
    if (!old && map->n_slices == MAP_SLICES) {
        ui_warn(ui, "There are %d slices already: empty one of them first.", MAP_SLICES);
        return;
    }
    if (old)
        *old = slice;
    else
        map->slices[map->n_slices++] = slice;
    map->choosing = 0;
}

/* ---- keys ----------------------------------------------------------------------------------- */

static void toggle_row(struct ui *ui, const struct model *model, size_t at)
{
    struct map_ui *map = &ui->map;
    struct map_frame frame;
    const int *rows;
    int row = at < layer_rows(model, &rows) ? rows[at] : MAP_ACCEPTED;

    if (row < N_MAP_LAYERS) {
        map->layers[row] = !map->layers[row];
    } else if (row == ROW_HEAT) {
        if (!map_frame(ui, model, &frame) || !map_is_free(model, frame.x_value) ||
            !map_is_free(model, frame.y_value)) {
            ui_say(ui, "P(accept) is known on two free parameters only: choose them with x and y.");
            return;
        }
        map->heat = !map->heat;
        map->wants_found_share = false;
    } else if (row == ROW_FOUND) {
        map->wants_found_share = !map->wants_found_share;
        map->heat = map->heat && !map->wants_found_share;
    } else {
        map->borders = !map->borders;
        if (map->borders && !map->heat)
            ui_say(ui, "Borders are drawn where P(accept) is known: put its heat on.");
    }
}

static void take_choice(struct ui *ui, struct model *model)
{
    size_t value = map_choice(ui, model, ui->map.choices.at);

    if (value == SIZE_MAX) {
        ui_say(ui, "No value is called like \"%s\".", ui->map.line.text);
        return;
    }
    if (ui->map.choosing == 's') {
        begin_range(ui, model, value);
        return;
    }
    map_set_axis(ui, model, (char)ui->map.choosing, value);
    ui->map.choosing = 0;
}

static bool is_list_key(int key)
{
    return key == TK_UP || key == TK_DOWN || key == TK_PAGE_UP || key == TK_PAGE_DOWN;
}

void map_choose_key(struct ui *ui, struct model *model, int key)
{
    struct map_ui *map = &ui->map;

    if (key == TK_ESCAPE) {
        map->choosing = 0;
    } else if (map->choosing == 'L') {
        if (key == ' ' || key == 'x')
            toggle_row(ui, model, map->choices.at);
        else if (!list_move(&map->choices, key))
            map->choosing = 0; /* Enter, q and L close it */
    } else if (map->choosing == 'r') {
        if (key == TK_ENTER)
            end_range(ui, model);
        else
            line_key(&map->line, key);
    } else if (key == TK_ENTER) {
        take_choice(ui, model);
    } else if (key == TK_DELETE && map->choosing == 's') {
        drop_slice(map, map_choice(ui, model, map->choices.at));
    } else if (is_list_key(key)) {
        list_move(&map->choices, key);
    } else if (line_key(&map->line, key)) {
        map->choices.at = map->choices.top = 0;
        list_keep(&map->choices, n_choices(ui, model), map->choices.height);
    }
}

/* ---- drawing -------------------------------------------------------------------------------- */

static void draw_row(const struct ui *ui, const struct model *model, struct area area, int y,
                     int row)
{
    const struct map_ui *map = &ui->map;

    if (row == ROW_HEAT)
        area_printf(area, y, 0, STYLE_PLAIN, "[%c] heat P(accept)",
                    map_has_heat(ui, model) ? 'x' : ' ');
    else if (row == ROW_FOUND)
        area_printf(area, y, 0, STYLE_PLAIN, "[%c] heat found share",
                    map->wants_found_share ? 'x' : ' ');
    else if (row == ROW_BORDERS)
        area_printf(area, y, 0, STYLE_PLAIN, "[%c] cell borders", map->borders ? 'x' : ' ');
    else
        area_printf(area, y, 0, map_layer_styles[row], "[%c] %c %s",
                    map_shows(map, (enum map_layer)row) ? 'x' : ' ', map_layer_letters[row],
                    map_layer_name(model, (enum map_layer)row));
}

static void draw_layers(const struct ui *ui, const struct model *model, struct area area)
{
    const int *rows;
    int n = (int)layer_rows(model, &rows), i;

    area_rule(area, 0, "Layers", NULL);
    for (i = 0; i < n && i + 1 < area.height; i++) {
        draw_row(ui, model, area, i + 1, rows[i]);
        if ((size_t)i == ui->map.choices.at)
            area_style(area, i + 1, 0, area.width, STYLE_SELECTED);
    }
    area_text(area, n + 2, 0, STYLE_DIM, "Space: on, off");
    area_text(area, n + 3, 0, STYLE_DIM, "Enter or Esc: done");
}

static void draw_range(const struct ui *ui, const struct model *model, struct area area)
{
    const struct map_ui *map = &ui->map;
    const char *name = model->scan->value_names[map->sliced];
    char number[2][TEXT_DOUBLE_SIZE];
    double lo, hi;
    int x;

    value_range(model, map->sliced, &lo, &hi);
    area_rule(area, 0, "Slice", NULL);
    area_printf(area, 1, 0, STYLE_STRONG, "%s %s", name, model->scan->value_units[map->sliced]);
    x = area_text(area, 2, 0, STYLE_PLAIN, "range: ");
    area_text(area, 2, x, STYLE_PLAIN, map->line.text);
    area.grid->cursor_y = area.top + 2;
    area.grid->cursor_x = area.left + x + (int)map->line.at;
    area_printf(area, 4, 0, STYLE_DIM, "all: %s .. %s", plot_number(number[0], lo, 9),
                plot_number(number[1], hi, 9));
    area_text(area, 5, 0, STYLE_DIM, "LOW .. HIGH, or a number;");
    area_text(area, 6, 0, STYLE_DIM, "nothing: no slice");
    area_text(area, 8, 0, STYLE_DIM, "Enter: take  Esc: leave");
}

static void draw_value(const struct ui *ui, const struct model *model, struct area area, int y,
                       size_t value)
{
    const struct scan *scan = model->scan;
    char slice[64] = "";
    const char *kind = "";
    size_t i;
    int x;

    if (value >= scan->n_params)
        kind = "observable";
    else if (scan->params[value].kind == PRIOR_FIXED)
        kind = "fixed";
    else if (scan->params[value].kind == PRIOR_DERIVED)
        kind = "derived";
    for (i = 0; i < ui->map.n_slices; i++)
        if (ui->map.slices[i].value == value)
            snprintf(slice, sizeof slice, "%.4g..%.4g", ui->map.slices[i].lo, ui->map.slices[i].hi);
    x = area_text(area, y, 1, STYLE_PLAIN, scan->value_names[value]);
    if (scan->value_units[value] && scan->value_units[value][0])
        x = area_printf(area, y, x, STYLE_DIM, " [%s]", scan->value_units[value]);
    if (slice[0] && ui->map.choosing == 's')
        area_text_right(area, y, area.width, STYLE_STRONG, slice);
    else if (x + 2 + text_columns(kind) <= area.width)
        area_text_right(area, y, area.width, STYLE_DIM, kind);
}

void map_choose_draw(const struct ui *ui, const struct model *model, struct area area)
{
    const struct map_ui *map = &ui->map;
    struct list_cursor list = map->choices;
    size_t i;
    int x;

    if (map->choosing == 'L') {
        draw_layers(ui, model, area);
        return;
    }
    if (map->choosing == 'r') {
        draw_range(ui, model, area);
        return;
    }
    area_rule(area, 0,
              map->choosing == 's'   ? "Slice of"
              : map->choosing == 'x' ? "x axis"
                                     : "y axis",
              NULL);
    x = area_text(area, 1, 0, STYLE_PLAIN, "name: ");
    area_text(area, 1, x, STYLE_PLAIN, map->line.text);
    area.grid->cursor_y = area.top + 1;
    area.grid->cursor_x = area.left + x + (int)map->line.at;
    list_keep(&list, n_choices(ui, model), area.height - 3);
    if (list.n == 0)
        area_text(area, 2, 0, STYLE_OFF, "no value is called so");
    for (i = list.top; i < list.n && (int)(i - list.top) < area.height - 3; i++) {
        draw_value(ui, model, area, 2 + (int)(i - list.top), map_choice(ui, model, i));
        if (i == list.at)
            area_style(area, 2 + (int)(i - list.top), 0, area.width, STYLE_SELECTED);
    }
    area_text(area, area.height - 1, 0, STYLE_DIM,
              map->choosing == 's' ? "Enter: range  Del: none" : "Enter: take  Esc: leave");
}
