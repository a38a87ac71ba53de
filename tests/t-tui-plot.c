/* t-tui-plot.c: bars, sparklines, axes, curves, and points over heat, at every level. */
#include "t-tui-help.h"

static struct grid *grid_of(int width, int height, enum symbols symbols, enum colors colors)
{
    struct err err = ERR_INIT;
    struct grid *grid = grid_create(width, height, symbols, colors, &err);

    if (!grid)
        bail_out("grid_create: %s", err.message);
    return grid;
}

/* The grid as text, which the next call overwrites; the grid is cleared. */
static const char *taken(struct grid *grid, bool has_styles)
{
    static char text[8192];
    struct err err = ERR_INIT;
    struct buf out;

    buf_init(&out, sizeof text - 1);
    if ((has_styles ? grid_print_styles : grid_print)(grid, &out, &err) != 0)
        bail_out("grid_print: %s", err.message);
    memcpy(text, out.data, out.len + 1);
    buf_free(&out);
    if (!has_styles)
        grid_clear(grid);
    return text;
}

static void test_bars(void)
{
    struct grid *grid = grid_of(12, 1, SYMBOLS_ASCII, COLORS_NONE);
    struct area all = grid_area(grid);

    plot_bar(all, 0, 0, 12, 0.48, STYLE_STRONG);
    is_str(taken(grid, false), "[####......]\n", "a share, rounded down");
    plot_bar(all, 0, 0, 12, 0.9999, STYLE_STRONG);
    is_str(taken(grid, false), "[#########.]\n", "almost all is not all");
    plot_bar(all, 0, 0, 12, NAN, STYLE_STRONG);
    is_str(taken(grid, false), "[..........]\n", "unknown is empty");
    plot_bar(all, 0, 0, 12, 7, STYLE_STRONG);
    is_str(taken(grid, false), "[##########]\n", "never more than all");
    grid->symbols = SYMBOLS_UTF8;
    plot_bar(all, 0, 0, 6, 0.4375, STYLE_STRONG);
    is_str(taken(grid, false), "[\xe2\x96\x88\xe2\x96\x8a\xc2\xb7\xc2\xb7]\n", "eighths of a cell");
    grid_free(grid);
}

static void test_sparks(void)
{
    static const double values[] = {0, 1, 2, NAN, 4, 5, 6, 7};
    struct grid *grid = grid_of(10, 1, SYMBOLS_UTF8, COLORS_NONE);
    struct area all = grid_area(grid);

    plot_sparkline(all, 0, 0, 10, values, 8, 0, 7, STYLE_PLAIN);
    is_str(
        taken(grid, false),
        "  \xe2\x96\x81\xe2\x96\x82\xe2\x96\x83 \xe2\x96\x85\xe2\x96\x86\xe2\x96\x87\xe2\x96\x88\n",
        "the newest at the right edge, a gap for what is not known");
    plot_sparkline(all, 0, 0, 3, values, 8, 0, 7, STYLE_PLAIN);
    is_str(taken(grid, false), "\xe2\x96\x86\xe2\x96\x87\xe2\x96\x88\n", "the last ones");
    grid->symbols = SYMBOLS_ASCII;
    plot_sparkline(all, 0, 0, 10, values, 8, 0, 7, STYLE_PLAIN);
    is_str(taken(grid, false), "  ..: :###\n", "in ASCII");
    grid_free(grid);
    grid = grid_of(8, 3, SYMBOLS_ASCII, COLORS_NONE);
    plot_columns(grid_area(grid), values, 8, 0, 7, STYLE_PLAIN);
    is_str(taken(grid, false), "     .:#\n    ####\n.:# ####\n", "columns from the ground");
    plot_columns(area_columns(grid_area(grid), 0, 4), values, 8, 0, 7, STYLE_PLAIN);
    is_str(taken(grid, false), "   #\n  ##\n.###\n",
           "neighbours averaged, the unknown one left out");
    grid_free(grid);
}

static void test_numbers(void)
{
    char out[TEXT_DOUBLE_SIZE];

    is_str(plot_number(out, 1250, 6), "1250", "a whole number");
    is_str(plot_number(out, 1249.6, 6), "1250", "four digits");
    is_str(plot_number(out, 0.00012345, 8), "1.234e-4", "a small one");
    is_str(plot_number(out, 0.00012345, 6), "1.2e-4", "in six columns");
    is_str(plot_number(out, -2608.4, 5), "-2608", "negative");
    is_str(plot_number(out, 1.5e9, 5), "1.5e9", "large");
    is_str(plot_number(out, 123456789, 9), "123456789", "whole where there is room");
    is_str(plot_number(out, NAN, 5), "-", "unknown");
    is_str(plot_number(out, -0.0, 5), "0", "no negative zero");
    is_str(plot_number(out, -1.25e-300, 3), "***", "no room is said");
    is_str(plot_number(out, INFINITY, 5), "inf", "infinite");
}

static void is_ticks(const struct plot_axis *axis, size_t n_max, const char *want)
{
    double ticks[32];
    char got[256] = "", number[TEXT_DOUBLE_SIZE];
    size_t n = plot_axis_ticks(axis, ticks, n_max), i;

    for (i = 0; i < n; i++)
        snprintf(got + strlen(got), sizeof got - strlen(got), "%s%s", i > 0 ? " " : "",
                 plot_number(number, ticks[i], 8));
    is_str(got, want, "ticks of %g .. %g, at most %zu", axis->lo, axis->hi, n_max);
}

static void test_axes(void)
{
    struct plot_axis axis = {.lo = 50, .hi = 5000};

    is_ticks(&axis, 6, "1000 2000 3000 4000 5000");
    is_ticks(&axis, 2, "2000 4000");
    axis = (struct plot_axis){.lo = -0.2, .hi = 0.2};
    is_ticks(&axis, 5, "-0.2 -0.1 0 0.1 0.2");
    axis = (struct plot_axis){.lo = 1e-3, .hi = 1e4, .is_log = true};
    is_ticks(&axis, 8, "0.001 0.01 0.1 1 10 100 1000 10000");
    is_ticks(&axis, 4, "0.01 1 100 10000");
    axis = (struct plot_axis){.lo = 3, .hi = 60, .is_log = true};
    is_ticks(&axis, 6, "5 10 20 50");
    axis = (struct plot_axis){.lo = 120, .hi = 130, .is_log = true};
    is_ticks(&axis, 4, "120 125 130");
    axis = (struct plot_axis){.lo = 1, .hi = 1};
    is_ticks(&axis, 4, "");
    axis = (struct plot_axis){.lo = 1, .hi = 100, .is_log = true};
    is_double(plot_axis_place(&axis, 10), 0.5, 1e-12, "the middle of two decades");
    is_double(plot_axis_value(&axis, 0.5), 10, 1e-12, "and back");
    ok(isnan(plot_axis_place(&axis, -1)), "no place for what has no logarithm");
    ok(plot_axis_place(&axis, 1000) > 1, "beyond the end");
}

static void test_frame(void)
{
    static const char want[] = "  10 |\n"
                               "     |\n"
                               "   5 +\n"
                               "     |\n"
                               "   0 |\n"
                               "     +----------+---------\n"
                               "      0        500    1000\n";
    struct plot_axis x = {.lo = 0, .hi = 1000}, y = {.lo = 0, .hi = 10};
    struct grid *grid = grid_of(26, 7, SYMBOLS_ASCII, COLORS_NONE);
    struct area plot = plot_frame(grid_area(grid), &x, &y, 6);

    ok(plot.left == 6 && plot.width == 20 && plot.top == 0 && plot.height == 5, "what is left");
    is_str(taken(grid, false), want, "both ends and round numbers");
    plot_frame(area_rows(grid_area(grid), 0, 2), &x, &y, 6);
    is_str(taken(grid, false), "\n\n\n\n\n\n\n", "too little room: nothing");
    grid_free(grid);
}

static void test_curve(void)
{
    static const double x[] = {0, 0.5, 1, NAN, 0.25}, y[] = {0, 1, 1, 0, 0.4};
    struct plot_box box = {0, 1, 0, 1};
    struct grid *grid = grid_of(5, 3, SYMBOLS_ASCII, COLORS_NONE);

    plot_curve(grid_area(grid), &box, x, y, 5, '*', STYLE_PLAIN);
    is_str(taken(grid, false), " ****\n**\n*\n", "joined, with a gap");
    grid->symbols = SYMBOLS_BRAILLE;
    plot_curve(grid_area(grid), &box, x, y, 2, '*', STYLE_PLAIN);
    plot_curve(grid_area(grid), &box, y, x, 2, '*', STYLE_PLAIN);
    ok(strstr(taken(grid, true), "*") == NULL, "braille has no letters");
    has_str(taken(grid, false), "\xe2", "but dots of both curves");
    grid_free(grid);
}

enum { WIDE = 4, HIGH = 2, DOTS = WIDE * 2 * HIGH * 4 };

/* One dot in cell (y, x), at its row and column of dots. */
static void set_dot(uint32_t dots[DOTS], int y, int x, uint32_t n)
{
    dots[y * WIDE * 2 + x] = n;
}

static void test_scatter(void)
{
    static uint32_t rejected[DOTS], accepted[DOTS], failed[DOTS];
    static const float heat[WIDE * HIGH] = {0, 0.5F, 1, NAN, 0.2F, 0.4F, 0.6F, 0.8F};
    struct plot_layer layers[3] = {{rejected, ',', STYLE_REJECTED},
                                   {accepted, 'o', STYLE_ACCEPTED},
                                   {failed, 'x', STYLE_FAILED}};
    struct plot_scatter scatter = {.layers = layers, .n_layers = 3};
    struct grid *grid = grid_of(WIDE, HIGH, SYMBOLS_ASCII, COLORS_NONE);
    struct area all = grid_area(grid);
    int i;

    for (i = 0; i < 8; i++) /* a crowd in cell (0, 0), with one accepted point among them */
        set_dot(rejected, i / 2, i % 2, 5);
    set_dot(accepted, 3, 1, 1);
    set_dot(rejected, 4, 2, 1); /* alone in cell (1, 1) */
    set_dot(failed, 7, 7, 1);   /* in cell (1, 3), with an accepted one */
    set_dot(accepted, 4, 6, 1);
    plot_scatter(all, &scatter);
    is_str(taken(grid, false), "o\n , x\n", "one accepted point wins over a crowd of rejected");
    scatter.heat = heat;
    plot_scatter(all, &scatter);
    is_str(taken(grid, false), "o=%\n.,=x\n", "heat as a ramp where there is no point");
    grid->colors = COLORS_256;
    plot_scatter(all, &scatter);
    is_str(taken(grid, true), "a59\n2r6f\n", "heat as a background where there are colours");
    is_int(grid->cells[5].heat, 1 + 102, "below points as well");
    is_str(taken(grid, false), "o\n , x\n", "and the letters stay");
    scatter.heat = NULL;
    grid->symbols = SYMBOLS_BRAILLE;
    plot_scatter(all, &scatter);
    is_str(taken(grid, false), "\xe2\xa2\x80\n \xe2\xa0\x81 \xe2\xa2\x81\n",
           "braille: its own dots, those of the crowd are left out");
    grid->colors = COLORS_NONE;
    plot_scatter(all, &scatter);
    is_str(taken(grid, false), "\xe2\xa2\x80\n , x\n",
           "without colour only accepted points are dots");
    scatter.is_crowded = true;
    set_dot(accepted, 5, 0, 100);
    grid->symbols = SYMBOLS_ASCII;
    plot_scatter(all, &scatter);
    is_str(taken(grid, false), "o\n@, o\n", "a crowd: density of the accepted, before all others");
    ok(plot_ramp(0) == ' ' && plot_ramp(NAN) == ' ' && plot_ramp(1) == '%' && plot_ramp(0.5) == '=',
       "the ramp");
    grid_free(grid);
}

int main(void)
{
    test_bars();
    test_sparks();
    test_numbers();
    test_axes();
    test_frame();
    test_curve();
    test_scatter();
    return done_testing();
}
