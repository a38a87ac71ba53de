/* plot.c: bars, sparklines, columns, and points over heat.
 *
 * Three levels of symbols: ASCII; blocks of an eighth of a cell (U+2581 .. U+258F); braille, 2 by 4
 * dots in a cell (U+2800 plus a bit for each dot: 1 2 4 40 hexadecimal down the left column,
 * 8 10 20 80 down the right one).
 *
 * A cell has one colour, so of the layers with a point in it the one that matters most is shown, by
 * priority and not by majority: one accepted point wins over a crowd of rejected ones, whose dots
 * are then left out.  Dots of different layers differ by nothing but colour; without colour only
 * the accepted points are dots, and the other layers keep their letters.  Heat is the background
 * where there are enough colours, else a ramp of characters in the cells without a point.  Axes and
 * curves are in plot-axis.c. */
#include "plot.h"

#include <math.h>
#include <string.h>

static const char ramp[] = " .:-=+*%";
enum { N_RAMP = sizeof ramp - 1, EIGHTHS = 8 };

char plot_ramp(double share)
{
    if (!(share > 0))
        return ramp[0];
    return share >= 1 ? ramp[N_RAMP - 1] : ramp[(int)(share * N_RAMP)];
}

/* ---- bars ------------------------------------------------------------------------------------ */

void plot_bar(struct area area, int y, int x, int width, double share, enum style style)
{
    bool is_ascii = area.grid->symbols == SYMBOLS_ASCII;
    int i, room = width - 2, eighths;
    double inside = isfinite(share) ? fmin(fmax(share, 0), 1) : 0;

    if (room < 1)
        return;
    eighths = (int)(inside * room * EIGHTHS + 1e-9);
    area_put(area, y, x, '[', STYLE_DIM);
    area_put(area, y, x + 1 + room, ']', STYLE_DIM);
    for (i = 0; i < room; i++) {
        int part = eighths - i * EIGHTHS;

        if (part >= EIGHTHS)
            area_put(area, y, x + 1 + i, is_ascii ? '#' : 0x2588, style);
        else if (part > 0 && !is_ascii)
            area_put(area, y, x + 1 + i, 0x2590U - (uint32_t)part, style);
        else
            area_put(area, y, x + 1 + i, is_ascii ? '.' : 0xb7, STYLE_DIM);
    }
}

/* The lowest `eighths` of a cell: nothing for 0. */
static uint32_t ground_rune(const struct grid *grid, int eighths)
{
    if (eighths <= 0)
        return ' ';
    if (grid->symbols == SYMBOLS_ASCII)
        return eighths <= 2 ? '.' : eighths <= 5 ? ':' : '#';
    return 0x2580U + (uint32_t)(eighths > EIGHTHS ? EIGHTHS : eighths);
}

/* 0 at lo .. 1 at hi; NaN. */
static double place(double value, double lo, double hi)
{
    if (!isfinite(value) || !(hi > lo))
        return isfinite(value) ? 0.5 : (double)NAN;
    return fmin(fmax((value - lo) / (hi - lo), 0), 1);
}

void plot_sparkline(struct area area, int y, int x, int width, const double *values, size_t n,
                    double lo, double hi, enum style style)
{
    int i;

    for (i = 0; i < width; i++) {
        size_t from_end = (size_t)(width - 1 - i);
        double share = from_end < n ? place(values[n - 1 - from_end], lo, hi) : (double)NAN;

        if (isnan(share))
            area_put(area, y, x + i, ' ', STYLE_PLAIN);
        else /* the least is seen as well */
            area_put(area, y, x + i, ground_rune(area.grid, 1 + (int)lround(share * 7)), style);
    }
}

/* Mean of the values that stand in column x of `width`; NaN where there is none. */
static double column_value(const double *values, size_t n, int x, int width)
{
    size_t first = (size_t)x * n / (size_t)width, end = (size_t)(x + 1) * n / (size_t)width, i;
    double sum = 0, count = 0;

    if (end <= first)
        end = first + 1;
    for (i = first; i < end && i < n; i++) {
        if (!isfinite(values[i]))
            continue;
        sum += values[i];
        count++;
    }
    return count > 0 ? sum / count : (double)NAN;
}

void plot_columns(struct area area, const double *values, size_t n, double lo, double hi,
                  enum style style)
{
    int x, row;

    for (x = 0; x < area.width && n > 0; x++) {
        double share = place(column_value(values, n, x, area.width), lo, hi);
        int eighths;

        if (isnan(share))
            continue;
        eighths = (int)lround(share * area.height * EIGHTHS);
        if (eighths == 0)
            eighths = 1; /* it is there, and it is small */
        for (row = area.height - 1; row >= 0 && eighths > 0; row--, eighths -= EIGHTHS)
            area_put(area, row, x, ground_rune(area.grid, eighths), style);
    }
}

/* ---- points over heat ------------------------------------------------------------------------ */

static bool has_heat_colors(const struct grid *grid)
{
    return grid->colors == COLORS_256 || grid->colors == COLORS_DIRECT;
}

struct cell_points {
    uint64_t n;    /* points of a layer in the cell */
    uint32_t bits; /* of braille */
};

static struct cell_points points_in(const struct area *area, const struct plot_layer *layer, int y,
                                    int x)
{
    static const uint8_t bit[4][2] = {{0x01, 0x08}, {0x02, 0x10}, {0x04, 0x20}, {0x40, 0x80}};
    struct cell_points points = {.n = 0};
    size_t width = (size_t)area->width * 2;
    int row, column;

    for (row = 0; row < 4; row++)
        for (column = 0; column < 2; column++) {
            uint32_t count = layer->dots[(size_t)(y * 4 + row) * width + (size_t)(x * 2 + column)];

            points.n += count;
            if (count > 0)
                points.bits |= bit[row][column];
        }
    return points;
}

/* The layer whose density is shown when points are crowded: the accepted ones, else the last. */
static const struct plot_layer *crowded_layer(const struct plot_scatter *scatter)
{
    size_t i;

    for (i = 0; i < scatter->n_layers; i++)
        if (scatter->layers[i].style == STYLE_ACCEPTED)
            return &scatter->layers[i];
    return scatter->n_layers > 0 ? &scatter->layers[scatter->n_layers - 1] : NULL;
}

static uint64_t most_in_a_cell(const struct area *area, const struct plot_layer *layer)
{
    uint64_t most = 0;
    int y, x;

    for (y = 0; y < area->height; y++)
        for (x = 0; x < area->width; x++) {
            uint64_t n = points_in(area, layer, y, x).n;

            most = n > most ? n : most;
        }
    return most;
}

/* Dense is dark, by the logarithm of the count. */
static uint32_t density_rune(const struct grid *grid, uint64_t n, uint64_t most)
{
    double share = most > 1 ? log((double)n) / log((double)most) : 1;

    if (grid->symbols == SYMBOLS_ASCII)
        return (uint32_t) "oO8@"[share < 0.25 ? 0 : share < 0.5 ? 1 : share < 0.75 ? 2 : 3];
    return share < 0.25 ? 0x2591 : share < 0.5 ? 0x2592 : share < 0.75 ? 0x2593 : 0x2588;
}

/* The layer that a cell shows; NULL: it has no point. */
static const struct plot_layer *layer_of(const struct area *area,
                                         const struct plot_scatter *scatter,
                                         const struct plot_layer *crowded, int y, int x,
                                         struct cell_points *points)
{
    size_t i, k;

    if (crowded) {
        *points = points_in(area, crowded, y, x);
        if (points->n > 0)
            return crowded;
    }
    for (i = scatter->n_layers; i-- > 0;) {
        *points = points_in(area, &scatter->layers[i], y, x);
        if (points->n == 0)
            continue;
        for (k = 0; k < i; k++) /* accepted ones stay in sight below it */
            if (scatter->layers[k].style == STYLE_ACCEPTED)
                points->bits |= points_in(area, &scatter->layers[k], y, x).bits;
        return &scatter->layers[i];
    }
    return NULL;
}

/* What is colder keeps the terminal's own background: the warm places are what is looked for. */
static const float COLDEST = 0.02F;

static void put_heat(const struct area *area, int y, int x, float heat, bool has_point)
{
    if (!isfinite(heat) || heat < COLDEST)
        return;
    if (has_heat_colors(area->grid))
        area_heat(*area, y, x, (uint8_t)(1 + lround(fmin(fmax(heat, 0), 1) * 254)));
    else if (!has_point)
        area_put(*area, y, x, (uint32_t)plot_ramp((double)heat), STYLE_DIM);
}

void plot_scatter(struct area area, const struct plot_scatter *scatter)
{
    const struct plot_layer *crowded = scatter->is_crowded ? crowded_layer(scatter) : NULL;
    uint64_t most = crowded ? most_in_a_cell(&area, crowded) : 0;
    bool has_dots = area.grid->symbols == SYMBOLS_BRAILLE;
    int y, x;

    for (y = 0; y < area.height; y++)
        for (x = 0; x < area.width; x++) {
            struct cell_points points;
            const struct plot_layer *layer = layer_of(&area, scatter, crowded, y, x, &points);

            if (scatter->heat)
                put_heat(&area, y, x, scatter->heat[(size_t)y * (size_t)area.width + (size_t)x],
                         layer != NULL);
            if (!layer)
                continue;
            if (layer == crowded)
                area_put(area, y, x, density_rune(area.grid, points.n, most), layer->style);
            else if (has_dots &&
                     (area.grid->colors != COLORS_NONE || layer->style == STYLE_ACCEPTED))
                area_put(area, y, x, 0x2800U + points.bits, layer->style);
            else
                area_put(area, y, x, layer->rune, layer->style);
        }
}
