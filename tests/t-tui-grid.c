/* t-tui-grid.c: cells, text cut at edges, and printing them. */
#include "t-tui-help.h"

static struct grid *grid_of(int width, int height, enum symbols symbols)
{
    struct err err = ERR_INIT;
    struct grid *grid = grid_create(width, height, symbols, COLORS_NONE, &err);

    if (!grid)
        bail_out("grid_create: %s", err.message);
    return grid;
}

/* What grid_print gives; in a buffer of its own that the next call overwrites. */
static const char *printed(const struct grid *grid, bool has_styles)
{
    static char text[4096];
    struct err err = ERR_INIT;
    struct buf out;

    buf_init(&out, sizeof text - 1);
    if ((has_styles ? grid_print_styles : grid_print)(grid, &out, &err) != 0)
        bail_out("grid_print: %s", err.message);
    memcpy(text, out.data, out.len + 1);
    buf_free(&out);
    return text;
}

static void test_edges(void)
{
    struct grid *grid = grid_of(6, 3, SYMBOLS_UTF8);
    struct area all = grid_area(grid), inner = area_columns(area_rows(all, 1, 1), 2, 3);

    is_int(area_text(inner, 0, 0, STYLE_PLAIN, "abcdef"), 3, "text ends at the right edge");
    is_str(printed(grid, false), "\n  abc\n\n", "and is cut there");
    area_text(inner, 0, -1, STYLE_PLAIN, "xyz");
    is_str(printed(grid, false), "\n  yzc\n\n", "and at the left edge");
    area_text(inner, 1, 0, STYLE_PLAIN, "below");
    area_text(inner, -1, 0, STYLE_PLAIN, "above");
    area_put(inner, 0, 3, '!', STYLE_PLAIN);
    is_str(printed(grid, false), "\n  yzc\n\n", "nothing outside of the area");
    is_int(area_rows(all, 2, 9).height, 1, "rows are cut to the area");
    is_int(area_rows(all, -1, 2).height, 1, "also above");
    is_int(area_columns(all, 9, 2).width, 0, "columns behind the edge are none");
    is_int(area_columns(area_columns(all, 4, 2), 1, 5).left, 5, "areas of areas add up");
    area_fill(inner, '#', STYLE_STRONG);
    is_str(printed(grid, true), "\n  bbb\n\n", "a fill stays inside as well");
    grid_clear(grid);
    is_str(printed(grid, false), "\n\n\n", "cleared");
    grid_free(grid);
    grid_free(NULL);
}

static void test_text(void)
{
    struct grid *grid = grid_of(12, 1, SYMBOLS_UTF8);
    struct area all = grid_area(grid);

    area_text(all, 0, 0, STYLE_PLAIN, "t\xc3\xa4nb \xe2\x89\xa4 1");
    is_str(printed(grid, false), "t\xc3\xa4nb \xe2\x89\xa4 1\n", "UTF-8 comes back");
    grid->symbols = SYMBOLS_ASCII;
    is_int(area_text(all, 0, 0, STYLE_PLAIN, "t\xc3\xa4nb \xe2\x89\xa4 1"), 8,
           "columns, not bytes");
    is_str(printed(grid, false), "t?nb ? 1\n", "in ASCII what is not ASCII is ?");
    grid->symbols = SYMBOLS_UTF8;
    grid_clear(grid);
    area_text(all, 0, 0, STYLE_PLAIN, "a\x1b[2J\n\x7f\xff\xc3");
    is_str(printed(grid, false), "a?[2J??\xef\xbf\xbd\xef\xbf\xbd\n",
           "control characters and broken UTF-8 do not reach the terminal");
    grid_clear(grid);
    is_int(area_text(all, 0, 0, STYLE_PLAIN, "\xe8\xb6\x85x"), 3, "a wide character takes two");
    is_str(printed(grid, false), "\xe8\xb6\x85x\n", "and is printed once");
    is_int(text_columns("\xe8\xb6\x85x e\xcc\x81"), 5, "combining marks take none");
    area_text(all, 0, 11, STYLE_PLAIN, "\xe8\xb6\x85");
    is_str(printed(grid, false), "\xe8\xb6\x85x\n", "no half of a wide one at the edge");
    grid_clear(grid);
    area_field(all, 0, 2, 6, STYLE_PLAIN, "spheno-4");
    is_str(printed(grid, false), "  sphe..\n", "a field says that it was cut");
    area_field(all, 0, 2, 6, STYLE_PLAIN, "gm2");
    is_str(printed(grid, false), "  gm2e..\n", "and writes no more than its text");
    grid_clear(grid);
    is_int(area_text_right(all, 0, 10, STYLE_PLAIN, "12.5"), 6, "right-aligned");
    is_str(printed(grid, false), "      12.5\n", "ends before its column");
    is_int(area_printf(all, 0, 0, STYLE_WARNING, "%d%%", 97), 3, "formatted");
    area_style(all, 0, 6, 2, STYLE_SELECTED);
    is_str(printed(grid, true), "WWW   SS\n", "styles as letters, without trailing plain ones");
    grid_free(grid);
}

static void test_rules(void)
{
    struct grid *grid = grid_of(24, 3, SYMBOLS_ASCII);
    struct area all = grid_area(grid);

    area_rule(all, 0, "Log", "6: all");
    is_str(printed(grid, false), "-- Log ------- 6: all --\n\n\n", "title and right side");
    area_rule(all, 0, "A title that is too long", "right");
    is_str(printed(grid, false), "-- A title tha- right --\n\n\n",
           "a long title leaves the right side alone");
    area_rule(all, 0, NULL, NULL);
    area_bar_line(area_rows(all, 1, 2), 3);
    is_str(printed(grid, false), "------------------------\n   |\n   |\n", "lines");
    grid->symbols = SYMBOLS_UTF8;
    area_bar_line(area_rows(all, 1, 2), 3);
    has_str(printed(grid, false), "   \xe2\x94\x82\n", "as line drawing where there is UTF-8");
    area_heat(all, 1, 0, 1);
    area_heat(all, 1, 1, 255);
    area_heat(all, 1, 3, 255);
    has_str(printed(grid, true), "19 d\n", "heat of plain cells is a digit");
    grid_free(grid);
}

static void test_sizes(void)
{
    struct err err = ERR_INIT;

    ok(grid_create(0, 5, SYMBOLS_ASCII, COLORS_NONE, &err) == NULL && err.code == ERR_LIMIT,
       "no grid without columns");
    ok(grid_create(1 << 20, 1 << 20, SYMBOLS_ASCII, COLORS_NONE, &err) == NULL,
       "none of a million by a million");
    mem_fail_at(2);
    ok(grid_create(5, 5, SYMBOLS_ASCII, COLORS_NONE, &err) == NULL && err.code == ERR_MEMORY,
       "out of memory is an error");
    mem_fail_at(0);
}

int main(void)
{
    test_edges();
    test_text();
    test_rules();
    test_sizes();
    return done_testing();
}
