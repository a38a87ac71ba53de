/* plot-axis.c: axes with ticks at round numbers, curves, and numbers in few columns.
 *
 * Ticks are at 1, 2 or 5 times a power of ten, or at decades where the axis is logarithmic and
 * spans enough of them.  Both ends of an axis are printed as they are; a tick is printed where it
 * leaves room.  Scatter and bars are in plot.c. */
#include "plot.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { MOST_TICKS = 64 };

/* ---- numbers --------------------------------------------------------------------------------- */

/* "1e+06" becomes "1e6", "1.2e-04" "1.2e-4". */
static void shorten_exponent(char *text)
{
    char *e = strchr(text, 'e'), *from;

    if (!e)
        return;
    from = ++e;
    if (*from == '-') {
        e++;
        from++;
    } else if (*from == '+') {
        from++;
    }
    while (*from == '0' && from[1])
        from++;
    memmove(e, from, strlen(from) + 1);
}

/* Writes the value, as with %g or with %e, when that is not too long. */
static bool fits(char out[TEXT_DOUBLE_SIZE], int width, char form, int digits, double value)
{
    char text[512];

    if (form == 'g')
        snprintf(text, sizeof text, "%.*g", digits, value);
    else
        snprintf(text, sizeof text, "%.*e", digits, value);
    shorten_exponent(text);
    if ((int)strlen(text) > width)
        return false;
    memcpy(out, text, strlen(text) + 1);
    return true;
}

const char *plot_number(char out[TEXT_DOUBLE_SIZE], double value, int width)
{
    double size = fabs(value);
    int digits;

    if (width > TEXT_DOUBLE_SIZE - 1)
        width = TEXT_DOUBLE_SIZE - 1;
    if (isnan(value)) {
        snprintf(out, TEXT_DOUBLE_SIZE, "-");
        return out;
    }
    if (value == 0)
        value = 0; /* no "-0" */
    if ((size >= 1000 && size < 1e15) || (isinf(value))) {
        snprintf(out, TEXT_DOUBLE_SIZE, "%.0f", value);
        if ((int)strlen(out) <= width && (size < 1e6 || isinf(value) || value == rint(value)))
            return out;
    }
    for (digits = 4; digits > 0; digits--)
        if (fits(out, width, 'g', digits, value) || fits(out, width, 'e', digits - 1, value))
            return out;
    snprintf(out, TEXT_DOUBLE_SIZE, "%.*s", width > 0 ? width : 0, "********************");
    return out;
}

/* ---- an axis --------------------------------------------------------------------------------- */

double plot_axis_place(const struct plot_axis *axis, double value)
{
    if (!isfinite(value) || !(axis->hi > axis->lo))
        return NAN;
    if (!axis->is_log)
        return (value - axis->lo) / (axis->hi - axis->lo);
    if (!(value > 0) || !(axis->lo > 0))
        return NAN;
    return log(value / axis->lo) / log(axis->hi / axis->lo);
}

double plot_axis_value(const struct plot_axis *axis, double share)
{
    if (axis->is_log && axis->lo > 0)
        return axis->lo * pow(axis->hi / axis->lo, share);
    return axis->lo + share * (axis->hi - axis->lo);
}

/* Multiples of a 1-2-5 step. */
static size_t linear_ticks(const struct plot_axis *axis, double *values, size_t n_max)
{
    static const double steps[] = {1, 2, 5, 10};
    double span = axis->hi - axis->lo, unit = pow(10, floor(log10(span / (double)n_max))), step = 0;
    size_t n = 0, i;
    double k;

    for (i = 0; i < sizeof steps / sizeof steps[0]; i++) {
        step = unit * steps[i];
        if (floor(axis->hi / step + 1e-9) - ceil(axis->lo / step - 1e-9) + 1 <= (double)n_max)
            break;
    }
    for (k = ceil(axis->lo / step - 1e-9); n < n_max && k * step <= axis->hi + step * 1e-9; k++)
        values[n++] = k == 0 ? 0 : k * step;
    return n;
}

/* factors[0 .. n_factors-1] times every `every`-th power of ten. */
static size_t decade_ticks(const struct plot_axis *axis, int every, const double *factors,
                           size_t n_factors, double *values, size_t n_max)
{
    int decade = (int)floor(log10(axis->lo)), last = (int)ceil(log10(axis->hi));
    size_t n = 0, i;

    for (; decade <= last; decade++) {
        if (decade % every != 0)
            continue;
        for (i = 0; i < n_factors; i++) {
            double value = factors[i] * pow(10, decade);

            if (value < axis->lo * (1 - 1e-9) || value > axis->hi * (1 + 1e-9))
                continue;
            if (n == n_max)
                return n_max + 1; /* too many */
            values[n++] = value;
        }
    }
    return n;
}

size_t plot_axis_ticks(const struct plot_axis *axis, double *values, size_t n_max)
{
    static const double factors[] = {1, 2, 5};
    size_t n;
    int every;

    if (n_max == 0 || !(axis->hi > axis->lo) || !isfinite(axis->hi - axis->lo))
        return 0;
    if (!axis->is_log || !(axis->lo > 0))
        return linear_ticks(axis, values, n_max);
    n = decade_ticks(axis, 1, factors, 3, values, n_max);
    if (n <= n_max && n >= 2)
        return n;
    if (n < 2 || axis->hi / axis->lo < 10)
        return linear_ticks(axis, values, n_max);
    for (every = 1; every < 700; every++) {
        n = decade_ticks(axis, every, factors, 1, values, n_max);
        if (n <= n_max)
            break;
    }
    return n <= n_max ? n : 0;
}

/* ---- a frame --------------------------------------------------------------------------------- */

/* Row (from the top) or column of a place 0 .. 1 among n. */
static int cell_of(double share, int n)
{
    int i = (int)floor(share * n);

    return i < 0 ? 0 : i >= n ? n - 1 : i;
}

static void put_y_label(struct area area, int y, int label_width, double value)
{
    char text[TEXT_DOUBLE_SIZE];

    area_text_right(area, y, label_width - 2, STYLE_PLAIN,
                    plot_number(text, value, label_width - 2));
}

static void draw_y(struct area area, const struct plot_axis *y, int label_width)
{
    bool is_ascii = area.grid->symbols == SYMBOLS_ASCII;
    double ticks[MOST_TICKS];
    int height = area.height - 2, last, row;
    size_t n, i;

    area_bar_line(area_rows(area_columns(area, label_width - 1, 1), 0, height), 0);
    area_put(area, height, label_width - 1, is_ascii ? '+' : 0x2514, STYLE_DIM);
    put_y_label(area, 0, label_width, y->hi);
    put_y_label(area, height - 1, label_width, y->lo);
    n = plot_axis_ticks(y, ticks, (size_t)(height > 9 ? height / 3 : 3));
    last = height - 1;
    for (i = 0; i < n; i++) {
        row = height - 1 - cell_of(plot_axis_place(y, ticks[i]), height);
        if (row < 2 || last - row < 2)
            continue;
        put_y_label(area, row, label_width, ticks[i]);
        area_put(area, row, label_width - 1, is_ascii ? '+' : 0x2524, STYLE_DIM);
        last = row;
    }
}

static void draw_x(struct area area, const struct plot_axis *x, int label_width)
{
    bool is_ascii = area.grid->symbols == SYMBOLS_ASCII;
    int width = area.width - label_width, rule = area.height - 2, i, end, taken, at;
    struct area labels = area_columns(area, label_width, width);
    double ticks[MOST_TICKS];
    char text[TEXT_DOUBLE_SIZE];
    size_t n, k;

    for (i = 0; i < width; i++)
        area_put(labels, rule, i, is_ascii ? '-' : 0x2500, STYLE_DIM);
    taken = area_text(labels, rule + 1, 0, STYLE_PLAIN, plot_number(text, x->lo, 8));
    end = area_text_right(labels, rule + 1, width, STYLE_PLAIN, plot_number(text, x->hi, 8));
    n = plot_axis_ticks(x, ticks, (size_t)(width > 36 ? width / 12 : 3));
    for (k = 0; k < n; k++) {
        int length = (int)strlen(plot_number(text, ticks[k], 8));

        at = cell_of(plot_axis_place(x, ticks[k]), width);
        i = at - length / 2;
        if (i < taken + 2 || i + length > end - 2)
            continue;
        area_put(labels, rule, at, is_ascii ? '+' : 0x252c, STYLE_DIM);
        taken = area_text(labels, rule + 1, i, STYLE_PLAIN, text);
    }
}

struct area plot_frame(struct area area, const struct plot_axis *x, const struct plot_axis *y,
                       int label_width)
{
    if (area.height > 2 && area.width > label_width && label_width > 2) {
        draw_y(area, y, label_width);
        draw_x(area, x, label_width);
    }
    return area_rows(area_columns(area, label_width, area.width - label_width), 0, area.height - 2);
}

/* ---- curves ---------------------------------------------------------------------------------- */

static void put_dot(struct area area, int y, int x, enum style style)
{
    static const uint8_t bit[4][2] = {{0x01, 0x08}, {0x02, 0x10}, {0x04, 0x20}, {0x40, 0x80}};
    int row = y / 4, column = x / 2;
    const struct grid *grid = area.grid;
    uint32_t rune = 0x2800;

    if (y < 0 || x < 0 || row >= area.height || column >= area.width)
        return;
    if (area.top + row < grid->height && area.left + column < grid->width) {
        const struct cell *cell = &grid->cells[(size_t)(area.top + row) * (size_t)grid->width +
                                               (size_t)(area.left + column)];

        if (cell->rune >= 0x2800 && cell->rune < 0x2900)
            rune = cell->rune; /* dots of another curve stay */
    }
    area_put(area, row, column, rune | bit[y % 4][x % 2], style);
}

/* A straight line from a to b, in cells or dots, both ends included. */
struct stroke {
    struct area area;
    bool has_dots;
    uint32_t rune;
    enum style style;
};

static void draw_stroke(const struct stroke *stroke, const double from[2], const double to[2])
{
    double length = fmax(fabs(to[0] - from[0]), fabs(to[1] - from[1]));
    int n = length < 4096 ? (int)ceil(length) : 4096, i;

    for (i = 0; i <= n; i++) {
        double share = n > 0 ? (double)i / n : 0;
        int y = (int)floor(from[0] + share * (to[0] - from[0]));
        int x = (int)floor(from[1] + share * (to[1] - from[1]));

        if (stroke->has_dots)
            put_dot(stroke->area, y, x, stroke->style);
        else
            area_put(stroke->area, y, x, stroke->rune, stroke->style);
    }
}

void plot_curve(struct area area, const struct plot_box *box, const double *x, const double *y,
                size_t n, uint32_t ascii, enum style style)
{
    struct stroke stroke = {area, area.grid->symbols == SYMBOLS_BRAILLE, ascii, style};
    double height = area.height * (stroke.has_dots ? 4 : 1);
    double width = area.width * (stroke.has_dots ? 2 : 1);
    double last[2] = {0, 0}, here[2];
    bool has_last = false;
    size_t i;

    for (i = 0; i < n; i++) {
        double across = (x[i] - box->x_lo) / (box->x_hi - box->x_lo);
        double up = (y[i] - box->y_lo) / (box->y_hi - box->y_lo);

        if (!(across >= 0 && across <= 1 && up >= 0 && up <= 1)) {
            has_last = false;
            continue;
        }
        here[0] = fmin((1 - up) * height, height - 0.5);
        here[1] = fmin(across * width, width - 0.5);
        draw_stroke(&stroke, has_last ? last : here, here);
        last[0] = here[0];
        last[1] = here[1];
        has_last = true;
    }
}
