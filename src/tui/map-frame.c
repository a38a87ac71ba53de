/* map-frame.c: the map's axes, zoom, cursor and marked box: which value stands in which cell.
 *
 * What is kept is in values, never in cells: a resize leaves cursor and box where they are.  While
 * the map is not zoomed its ends are those of the values; the ends of an observable are rounded
 * outwards, so that the next point rarely moves them.  Edges of a box are edges of cells: what is
 * counted in it is what is seen in it. */
#include "map.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

bool map_is_free(const struct model *model, size_t value)
{
    return value < model->scan->n_params && model->scan->params[value].kind != PRIOR_FIXED &&
           model->scan->params[value].kind != PRIOR_DERIVED;
}

/* Do all accepted points lie within a hundredth of its range?  Then a map along it is a line. */
static bool is_narrow(const struct model *model, size_t value)
{
    enum { ENOUGH = 20 };
    const struct said_part *said = model_said(model);
    double lo, hi, good_lo, good_hi;

    if (!said || value >= said->n_values || !isfinite(said->good_lo[value]) ||
        model->counts.accepted < ENOUGH)
        return false;
    value_range(model, value, &lo, &hi);
    good_lo = said->good_lo[value];
    good_hi = said->good_hi[value];
    if (value_is_log(model, value) && lo > 0 && good_lo > 0)
        return log(good_hi / good_lo) < 0.01 * log(hi / lo);
    return good_hi - good_lo < 0.01 * (hi - lo);
}

/* The axes before anybody chose: the first two free parameters along which accepted points differ,
 * else what comes next. */
static void first_axes(const struct model *model, size_t *x, size_t *y)
{
    const struct scan *scan = model->scan;
    size_t v, found[2] = {SIZE_MAX, SIZE_MAX}, n = 0, place;

    for (place = 0; n < 2 && (v = report_free_param(scan, place)) != SIZE_MAX; place++)
        if (!is_narrow(model, v))
            found[n++] = v;
    for (place = 0; n < 2 && (v = report_free_param(scan, place)) != SIZE_MAX; place++)
        if (is_narrow(model, v))
            found[n++] = v;
    for (v = scan->n_params; v < scan->n_values && n < 2; v++)
        found[n++] = v;
    for (v = 0; v < scan->n_values && n < 2; v++)
        if (v != found[0])
            found[n++] = v;
    *x = found[0];
    *y = found[1];
}

static void round_outwards(double *lo, double *hi, bool is_log)
{
    if (is_log && *lo > 0) {
        double step_lo = pow(10, floor(log10(*lo))), step_hi = pow(10, floor(log10(*hi)));

        *lo = fmax(floor(*lo / step_lo), 1) * step_lo;
        *hi = ceil(*hi / step_hi) * step_hi;
    } else if (!is_log) {
        double step = pow(10, floor(log10(*hi - *lo))) / 10;

        *lo = floor(*lo / step) * step;
        *hi = ceil(*hi / step) * step;
    }
}

static void whole_axis(const struct model *model, size_t value, bool is_log, struct plot_axis *axis)
{
    axis->name = model->scan->value_names[value];
    axis->unit = model->scan->value_units[value] ? model->scan->value_units[value] : "";
    value_range(model, value, &axis->lo, &axis->hi);
    if (!map_is_free(model, value))
        round_outwards(&axis->lo, &axis->hi, is_log && axis->lo > 0);
    axis->is_log = is_log && axis->lo > 0;
}

bool map_frame_whole(const struct ui *ui, const struct model *model, struct map_frame *frame)
{
    const struct map_ui *map = &ui->map;

    memset(frame, 0, sizeof *frame);
    frame->is_whole = true;
    if (model->scan->n_values < 2)
        return false;
    first_axes(model, &frame->x_value, &frame->y_value);
    if (map->is_set && map->x < model->scan->n_values && map->y < model->scan->n_values) {
        frame->x_value = map->x;
        frame->y_value = map->y;
    }
    whole_axis(model, frame->x_value,
               map->is_set ? map->x_is_log : value_is_log(model, frame->x_value), &frame->x);
    whole_axis(model, frame->y_value,
               map->is_set ? map->y_is_log : value_is_log(model, frame->y_value), &frame->y);
    return true;
}

bool map_frame(const struct ui *ui, const struct model *model, struct map_frame *frame)
{
    const struct map_ui *map = &ui->map;

    if (!map_frame_whole(ui, model, frame))
        return false;
    if (!map->is_set || !map->is_zoomed)
        return true;
    frame->is_whole = false;
    frame->x.lo = map->x_lo;
    frame->x.hi = map->x_hi;
    frame->y.lo = map->y_lo;
    frame->y.hi = map->y_hi;
    frame->x.is_log = map->x_is_log && map->x_lo > 0;
    frame->y.is_log = map->y_is_log && map->y_lo > 0;
    return true;
}

int map_side_width(int width)
{
    return width >= 110 ? 34 : 27;
}

/* Title above; axis of two rows and a line of words below. */
void map_plot_size(int height, int width, int *plot_height, int *plot_width)
{
    *plot_height = height - 4;
    *plot_width = width - map_side_width(width) - MAP_LABELS;
}

/* ---- cells ---------------------------------------------------------------------------------- */

double map_column_value(const struct plot_axis *axis, double column, int width)
{
    return plot_axis_value(axis, column / (double)width);
}

static int cell_of(const struct plot_axis *axis, double value, int n)
{
    double place = plot_axis_place(axis, value);

    if (!isfinite(place))
        return n / 2;
    place = floor(place * n);
    return place < 0 ? 0 : place >= n ? n - 1 : (int)place;
}

struct map_cell map_cursor_cell(const struct ui *ui, const struct map_frame *frame, int height,
                                int width)
{
    bool is_set = ui->map.is_set;

    return (struct map_cell){
        .y = height - 1 - cell_of(&frame->y, is_set ? ui->map.cursor_y : (double)NAN, height),
        .x = cell_of(&frame->x, is_set ? ui->map.cursor_x : (double)NAN, width)};
}

void map_cell_box(const struct ui *ui, const struct map_frame *frame, double box[4])
{
    int height = ui->map.height, width = ui->map.width;
    struct map_cell cell = map_cursor_cell(ui, frame, height, width);
    int row = height - 1 - cell.y;

    box[0] = map_column_value(&frame->x, cell.x, width);
    box[1] = map_column_value(&frame->x, cell.x + 1, width);
    box[2] = map_column_value(&frame->y, row, height);
    box[3] = map_column_value(&frame->y, row + 1, height);
}

bool map_box(const struct ui *ui, const struct map_frame *frame, double box[4])
{
    double here[4];

    if (ui->map.mark == MARK_NONE)
        return false;
    memcpy(box, ui->map.box, 4 * sizeof *box);
    if (ui->map.mark == MARK_DONE || ui->map.height <= 0 || ui->map.width <= 0)
        return true;
    map_cell_box(ui, frame, here);
    box[0] = fmin(box[0], here[0]);
    box[1] = fmax(box[1], here[1]);
    box[2] = fmin(box[2], here[2]);
    box[3] = fmax(box[3], here[3]);
    return true;
}

/* Column (row from below) of the cells at this edge of a box; -1 or n beyond. */
static int edge(const struct plot_axis *axis, double value, int n, bool is_upper)
{
    double at = plot_axis_place(axis, value) * n + (is_upper ? -0.5 : 0.5);

    return !(at >= 0) ? -1 : at >= n ? n : (int)at;
}

struct map_span map_box_cells(const struct map_frame *frame, const double box[4], int height,
                              int width)
{
    return (struct map_span){.left = edge(&frame->x, box[0], width, false),
                             .right = edge(&frame->x, box[1], width, true),
                             .bottom = height - 1 - edge(&frame->y, box[2], height, false),
                             .top = height - 1 - edge(&frame->y, box[3], height, true)};
}

static void keep_frame(struct map_ui *map, const struct map_frame *frame)
{
    map->x_lo = frame->x.lo;
    map->x_hi = frame->x.hi;
    map->y_lo = frame->y.lo;
    map->y_hi = frame->y.hi;
}

/* Moves what is shown by a number of cells, not beyond the whole. */
static void pan(struct plot_axis *axis, const struct plot_axis *whole, int by, int n)
{
    struct plot_axis old = *axis;
    double least = plot_axis_place(axis, whole->lo), most = plot_axis_place(axis, whole->hi) - 1;
    double move = fmin(fmax((double)by / n, least), most);

    axis->lo = fmax(plot_axis_value(&old, move), whole->lo);
    axis->hi = fmin(plot_axis_value(&old, 1 + move), whole->hi);
}

void map_move(struct ui *ui, const struct model *model, int rows_up, int columns)
{
    struct map_ui *map = &ui->map;
    struct map_frame frame, whole;
    struct map_cell cell;
    int row, column;

    if (map->height <= 0 || map->width <= 0 || !map_frame(ui, model, &frame) ||
        !map_frame_whole(ui, model, &whole))
        return;
    cell = map_cursor_cell(ui, &frame, map->height, map->width);
    row = map->height - 1 - cell.y + rows_up;
    column = cell.x + columns;
    if (map->is_zoomed) {
        int over_x = column < 0 ? column : column >= map->width ? column - map->width + 1 : 0;
        int over_y = row < 0 ? row : row >= map->height ? row - map->height + 1 : 0;

        pan(&frame.x, &whole.x, over_x, map->width);
        pan(&frame.y, &whole.y, over_y, map->height);
        keep_frame(map, &frame);
    }
    row = row < 0 ? 0 : row >= map->height ? map->height - 1 : row;
    column = column < 0 ? 0 : column >= map->width ? map->width - 1 : column;
    if (columns != 0 || !isfinite(map->cursor_x))
        map->cursor_x = map_column_value(&frame.x, column + 0.5, map->width);
    if (rows_up != 0 || !isfinite(map->cursor_y))
        map->cursor_y = map_column_value(&frame.y, row + 0.5, map->height);
}

/* ---- zoom and axes -------------------------------------------------------------------------- */

static void zoom_axis(struct plot_axis *axis, const struct plot_axis *whole, double at,
                      double factor)
{
    double place = plot_axis_place(axis, at), lo, hi;

    if (!isfinite(place) || place < 0 || place > 1)
        place = 0.5;
    lo = plot_axis_value(axis, place - place * factor);
    hi = plot_axis_value(axis, place + (1 - place) * factor);
    lo = fmax(lo, whole->lo);
    hi = fmin(hi, whole->hi);
    if (!isfinite(lo) || !isfinite(hi) || hi - lo <= 1e-9 * fmax(fabs(lo), fabs(hi)))
        return;
    axis->lo = lo;
    axis->hi = hi;
}

/* An end that is almost that of the whole is that. */
static bool is_whole_axis(const struct plot_axis *axis, const struct plot_axis *whole)
{
    double room = 1e-9 * (whole->hi - whole->lo);

    return axis->lo - whole->lo <= room && whole->hi - axis->hi <= room;
}

static void show_frame(struct map_ui *map, const struct map_frame *frame,
                       const struct map_frame *whole)
{
    keep_frame(map, frame);
    map->is_zoomed = !is_whole_axis(&frame->x, &whole->x) || !is_whole_axis(&frame->y, &whole->y);
}

void map_zoom(struct ui *ui, const struct model *model, double factor)
{
    struct map_frame frame, whole;

    if (!map_frame(ui, model, &frame) || !map_frame_whole(ui, model, &whole))
        return;
    zoom_axis(&frame.x, &whole.x, ui->map.cursor_x, factor);
    zoom_axis(&frame.y, &whole.y, ui->map.cursor_y, factor);
    show_frame(&ui->map, &frame, &whole);
}

void map_zoom_box(struct ui *ui, const struct model *model)
{
    struct map_frame frame, whole;
    double box[4];

    if (!map_frame(ui, model, &frame) || !map_frame_whole(ui, model, &whole) ||
        !map_box(ui, &frame, box))
        return;
    frame.x.lo = box[0];
    frame.x.hi = box[1];
    frame.y.lo = box[2];
    frame.y.hi = box[3];
    ui->map.cursor_x = plot_axis_value(&frame.x, 0.5);
    ui->map.cursor_y = plot_axis_value(&frame.y, 0.5);
    show_frame(&ui->map, &frame, &whole);
}

void map_whole(struct ui *ui)
{
    ui->map.is_zoomed = false;
}

void map_set_axis(struct ui *ui, const struct model *model, char axis, size_t value)
{
    struct map_ui *map = &ui->map;

    if (value == (axis == 'x' ? map->y : map->x)) { /* the two change places */
        size_t other = map->x;
        bool is_log = map->x_is_log;

        map->x = map->y;
        map->x_is_log = map->y_is_log;
        map->y = other;
        map->y_is_log = is_log;
    } else if (axis == 'x') {
        map->x = value;
        map->x_is_log = value_is_log(model, value);
    } else {
        map->y = value;
        map->y_is_log = value_is_log(model, value);
    }
    map->is_zoomed = false;
    map->mark = MARK_NONE;
    map->cursor_x = map->cursor_y = NAN;
}

bool map_can_be_log(const struct ui *ui, const struct model *model, char axis)
{
    struct map_frame frame;
    double lo, hi;

    if (!map_frame(ui, model, &frame))
        return false;
    value_range(model, axis == 'x' ? frame.x_value : frame.y_value, &lo, &hi);
    return lo > 0;
}

void map_toggle_log(struct ui *ui, char axis)
{
    struct map_ui *map = &ui->map;
    bool *is_log = axis == 'x' ? &map->x_is_log : &map->y_is_log;

    *is_log = !*is_log;
    if (*is_log && map->is_zoomed && !((axis == 'x' ? map->x_lo : map->y_lo) > 0))
        map->is_zoomed = false;
}

/* ---- what is wanted ------------------------------------------------------------------------- */

bool map_shows(const struct map_ui *map, enum map_layer layer)
{
    return !map->is_set || map->layers[layer];
}

bool map_has_heat(const struct ui *ui, const struct model *model)
{
    struct map_frame frame;

    return !model->integral && (!ui->map.is_set || ui->map.heat) && map_frame(ui, model, &frame) &&
           map_is_free(model, frame.x_value) && map_is_free(model, frame.y_value);
}

bool map_wanted(const struct ui *ui, const struct model *model, int height, int width,
                struct map_want *want)
{
    struct map_frame frame;
    size_t i;

    memset(want, 0, sizeof *want);
    if (height < 1 || width < 1 || !map_frame(ui, model, &frame))
        return false;
    want->is_wanted = true;
    want->x = frame.x_value;
    want->y = frame.y_value;
    want->x_is_log = frame.x.is_log;
    want->y_is_log = frame.y.is_log;
    want->x_lo = frame.x.lo;
    want->x_hi = frame.x.hi;
    want->y_lo = frame.y.lo;
    want->y_hi = frame.y.hi;
    want->width = 2 * width;
    want->height = 4 * height;
    want->wants_heat = map_has_heat(ui, model);
    want->n_slices = ui->map.n_slices;
    for (i = 0; i < want->n_slices; i++)
        want->slices[i] = ui->map.slices[i];
    want->has_box = ui->map.mark == MARK_DONE;
    if (want->has_box)
        memcpy(want->box, ui->map.box, sizeof want->box);
    return true;
}

static bool same(double a, double b)
{
    return !(a < b) && !(a > b);
}

bool map_is_near(const struct map_want *a, const struct map_want *b)
{
    return a->x == b->x && a->y == b->y && a->width > 0 && a->height > 0;
}

bool map_is_same(const struct map_want *a, const struct map_want *b)
{
    size_t i;

    if (!map_is_near(a, b) || a->width != b->width || a->height != b->height ||
        a->x_is_log != b->x_is_log || a->y_is_log != b->y_is_log || a->n_slices != b->n_slices)
        return false;
    if (!same(a->x_lo, b->x_lo) || !same(a->x_hi, b->x_hi) || !same(a->y_lo, b->y_lo) ||
        !same(a->y_hi, b->y_hi))
        return false;
    for (i = 0; i < a->n_slices; i++)
        if (a->slices[i].value != b->slices[i].value || !same(a->slices[i].lo, b->slices[i].lo) ||
            !same(a->slices[i].hi, b->slices[i].hi))
            return false;
    return true;
}

void map_clause(char *out, size_t size, const char *name, double lo, double hi)
{
    snprintf(out, size, "%s in %.8g .. %.8g", name, lo, hi);
}

/* ---- shares along an axis ------------------------------------------------------------------- */

int map_best_bin(uint64_t n[][2], int bins)
{
    enum { ENOUGH = 10 };
    double most = -INFINITY;
    uint64_t least = 1;
    int b, best = -1;

    for (b = 0; b < bins; b++)
        least = n[b][1] >= ENOUGH ? ENOUGH : least;
    for (b = 0; b < bins; b++) {
        double k = (double)n[b][0], all = (double)n[b][1], score = k / all;

        if (least < ENOUGH)
            score = (k + 1) / (all + 2) -
                    sqrt((k + 1) * (all - k + 1) / ((all + 2) * (all + 2) * (all + 3)));
        if (n[b][1] >= least && score > most) {
            most = score;
            best = b;
        }
    }
    return best;
}
