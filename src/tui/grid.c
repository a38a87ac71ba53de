/* grid.c: cells of a screen, and text put into rectangles of them.
 *
 * Everything that is written outside of an area is cut off, so a view need not ask whether it fits.
 * A character's width is looked up in a short table of ranges (wide: Unicode's East Asian Width W
 * and F, UAX #11; none: combining marks), not asked of wcwidth: a screen printed to a file must not
 * depend on the locale.  No terminal is known here. */
#include "grid.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

enum { LONGEST_LINE = 2048, MOST_CELLS = 1 << 22 };

static const char style_letters[N_STYLES] = {
#define STYLE_LETTER(name, letter) letter,
    STYLES(STYLE_LETTER)
#undef STYLE_LETTER
};

/* ---- characters ------------------------------------------------------------------------------ */

struct range {
    uint32_t first, last;
};

static bool is_in(uint32_t rune, const struct range *ranges, size_t n)
{
    size_t i;

    for (i = 0; i < n; i++)
        if (rune >= ranges[i].first && rune <= ranges[i].last)
            return true;
    return false;
}

static int rune_columns(uint32_t rune)
{
    static const struct range none[] = {{0x300, 0x36f},   {0x483, 0x489},   {0x591, 0x5bd},
                                        {0x200b, 0x200f}, {0x202a, 0x202e}, {0x2060, 0x2064},
                                        {0x20d0, 0x20f0}, {0xfe00, 0xfe0f}, {0xfeff, 0xfeff}};
    static const struct range wide[] = {{0x1100, 0x115f}, {0x2e80, 0x303e},   {0x3041, 0x33ff},
                                        {0x3400, 0x4dbf}, {0x4e00, 0x9fff},   {0xa000, 0xa4cf},
                                        {0xac00, 0xd7a3}, {0xf900, 0xfaff},   {0xfe30, 0xfe6f},
                                        {0xff00, 0xff60}, {0x1f300, 0x1f64f}, {0x1f900, 0x1f9ff}};

    if (rune < 0x300)
        return 1;
    if (is_in(rune, none, sizeof none / sizeof none[0]))
        return 0;
    return is_in(rune, wide, sizeof wide / sizeof wide[0]) ? 2 : 1;
}

/* The next character of *text, which moves on; what is no UTF-8 is U+FFFD, a byte at a time. */
static uint32_t next_rune(const char **text)
{
    const unsigned char *byte = (const unsigned char *)*text;
    static const uint32_t least[] = {0, 0, 0x80, 0x800, 0x10000};
    uint32_t rune;
    int n = byte[0] < 0x80   ? 1
            : byte[0] < 0xc2 ? 0
            : byte[0] < 0xe0 ? 2
            : byte[0] < 0xf0 ? 3
            : byte[0] < 0xf5 ? 4
                             : 0;
    int i;

    if (n <= 1) {
        *text += 1;
        return n == 1 ? byte[0] : 0xfffd;
    }
    rune = byte[0] & (0xffU >> (n + 1));
    for (i = 1; i < n; i++) {
        if ((byte[i] & 0xc0) != 0x80) {
            *text += 1;
            return 0xfffd;
        }
        rune = rune << 6 | (byte[i] & 0x3fU);
    }
    if (rune < least[n] || rune > 0x10ffff || (rune >= 0xd800 && rune <= 0xdfff)) {
        *text += 1;
        return 0xfffd;
    }
    *text += n;
    return rune;
}

static uint32_t shown_rune(const struct grid *grid, uint32_t rune)
{
    if (rune < 0x20 || (rune >= 0x7f && rune < 0xa0))
        return '?';
    return rune >= 0x80 && grid->symbols == SYMBOLS_ASCII ? '?' : rune;
}

static int rune_bytes(uint32_t rune, char out[4])
{
    if (rune < 0x80) {
        out[0] = (char)rune;
        return 1;
    }
    if (rune < 0x800) {
        out[0] = (char)(0xc0 | rune >> 6);
        out[1] = (char)(0x80 | (rune & 0x3f));
        return 2;
    }
    if (rune < 0x10000) {
        out[0] = (char)(0xe0 | rune >> 12);
        out[1] = (char)(0x80 | (rune >> 6 & 0x3f));
        out[2] = (char)(0x80 | (rune & 0x3f));
        return 3;
    }
    out[0] = (char)(0xf0 | rune >> 18);
    out[1] = (char)(0x80 | (rune >> 12 & 0x3f));
    out[2] = (char)(0x80 | (rune >> 6 & 0x3f));
    out[3] = (char)(0x80 | (rune & 0x3f));
    return 4;
}

int text_columns(const char *text)
{
    int n = 0;

    while (*text)
        n += rune_columns(next_rune(&text));
    return n;
}

/* ---- the grid and its areas ------------------------------------------------------------------ */

struct grid *grid_create(int width, int height, enum symbols symbols, enum colors colors,
                         struct err *err)
{
    struct grid *grid = NULL;

    if (width < 1 || height < 1 || width > MOST_CELLS / height) {
        err_set(err, ERR_LIMIT, "a screen of %d by %d cells cannot be made", width, height);
        return NULL;
    }
    grid = mem_new(struct grid);
    if (grid)
        grid->cells = mem_array((size_t)width * (size_t)height, sizeof *grid->cells);
    if (!grid || !grid->cells) {
        mem_free(grid);
        mem_error(err);
        return NULL;
    }
    grid->width = width;
    grid->height = height;
    grid->symbols = symbols;
    grid->colors = colors;
    grid_clear(grid);
    return grid;
}

void grid_free(struct grid *grid)
{
    if (!grid)
        return;
    mem_free(grid->cells);
    mem_free(grid);
}

void grid_clear(struct grid *grid)
{
    size_t i, n = (size_t)grid->width * (size_t)grid->height;

    for (i = 0; i < n; i++)
        grid->cells[i] = (struct cell){.rune = ' ', .style = STYLE_PLAIN};
    grid->cursor_y = grid->cursor_x = -1;
}

struct area grid_area(struct grid *grid)
{
    return (struct area){.grid = grid, .height = grid->height, .width = grid->width};
}

/* first .. first+n-1 cut to 0 .. most-1. */
static void cut(int *first, int *n, int most)
{
    if (*first < 0) {
        *n += *first;
        *first = 0;
    }
    if (*first > most)
        *first = most;
    if (*n > most - *first)
        *n = most - *first;
    if (*n < 0)
        *n = 0;
}

struct area area_rows(struct area area, int top, int height)
{
    cut(&top, &height, area.height);
    area.top += top;
    area.height = height;
    return area;
}

struct area area_columns(struct area area, int left, int width)
{
    cut(&left, &width, area.width);
    area.left += left;
    area.width = width;
    return area;
}

/* NULL outside of the area or of its grid. */
static struct cell *cell_at(const struct area *area, int y, int x)
{
    int row = area->top + y, column = area->left + x;

    if (y < 0 || x < 0 || y >= area->height || x >= area->width || row < 0 || column < 0 ||
        row >= area->grid->height || column >= area->grid->width)
        return NULL;
    return &area->grid->cells[(size_t)row * (size_t)area->grid->width + (size_t)column];
}

/* ---- writing --------------------------------------------------------------------------------- */

void area_put(struct area area, int y, int x, uint32_t rune, enum style style)
{
    struct cell *cell = cell_at(&area, y, x);

    if (!cell)
        return;
    cell->rune = shown_rune(area.grid, rune);
    cell->style = (uint8_t)style;
}

void area_heat(struct area area, int y, int x, uint8_t heat)
{
    struct cell *cell = cell_at(&area, y, x);

    if (cell)
        cell->heat = heat;
}

void area_style(struct area area, int y, int x, int width, enum style style)
{
    int i;

    for (i = 0; i < width; i++) {
        struct cell *cell = cell_at(&area, y, x + i);

        if (cell)
            cell->style = (uint8_t)style;
    }
}

void area_fill(struct area area, uint32_t rune, enum style style)
{
    int y, x;

    for (y = 0; y < area.height; y++)
        for (x = 0; x < area.width; x++) {
            area_put(area, y, x, rune, style);
            area_heat(area, y, x, 0);
        }
}

/* One character of a text; returns its columns.  A wide one that would be cut becomes a blank. */
static int put_rune(const struct area *area, int y, int x, enum style style, uint32_t rune)
{
    uint32_t shown = shown_rune(area->grid, rune);
    int n = rune_columns(rune), given = rune_columns(shown);
    struct cell *second;

    if (n == 0 && given == 0)
        return 0;
    if (given == 2) {
        second = cell_at(area, y, x + 1);
        if (!second) {
            area_put(*area, y, x, ' ', style);
            return 2;
        }
        area_put(*area, y, x, shown, style);
        second->rune = 0;
        second->style = (uint8_t)style;
        return 2;
    }
    area_put(*area, y, x, shown, style);
    if (n == 2) /* "?" for a wide one keeps the columns */
        area_put(*area, y, x + 1, shown, style);
    return n == 2 ? 2 : 1;
}

int area_text(struct area area, int y, int x, enum style style, const char *text)
{
    while (*text && x < area.width) {
        uint32_t rune = next_rune(&text);

        x += put_rune(&area, y, x, style, rune);
    }
    return x < area.width ? x : area.width;
}

int area_printf(struct area area, int y, int x, enum style style, const char *format, ...)
{
    char line[LONGEST_LINE];
    va_list args;

    va_start(args, format);
    vsnprintf(line, sizeof line, format, args);
    va_end(args);
    return area_text(area, y, x, style, line);
}

int area_text_right(struct area area, int y, int end, enum style style, const char *text)
{
    int x = end - text_columns(text);

    area_text(area_columns(area, 0, end), y, x, style, text);
    return x;
}

void area_field(struct area area, int y, int x, int width, enum style style, const char *text)
{
    struct area field = area_columns(area, x, width);

    area_text(field, y, 0, style, text);
    if (text_columns(text) > width && width > 2)
        area_text(field, y, field.width - 2, style, "..");
}

void area_rule(struct area area, int y, const char *title, const char *right)
{
    uint32_t line = area.grid->symbols == SYMBOLS_ASCII ? '-' : 0x2500;
    int x, end = area.width;

    for (x = 0; x < area.width; x++)
        area_put(area, y, x, line, STYLE_DIM);
    if (right && right[0]) {
        int n = text_columns(right);

        end = area.width - n - 4;
        area_put(area, y, area.width - 3, ' ', STYLE_PLAIN);
        area_put(area, y, end, ' ', STYLE_PLAIN);
        area_text(area, y, end + 1, STYLE_PLAIN, right);
    }
    if (title && title[0]) {
        struct area room = area_columns(area, 0, end - 1);

        area_put(room, y, 2, ' ', STYLE_PLAIN);
        x = area_text(room, y, 3, STYLE_STRONG, title);
        area_put(room, y, x, ' ', STYLE_PLAIN);
    }
}

void area_bar_line(struct area area, int x)
{
    uint32_t line = area.grid->symbols == SYMBOLS_ASCII ? '|' : 0x2502;
    int y;

    for (y = 0; y < area.height; y++)
        area_put(area, y, x, line, STYLE_DIM);
}

/* ---- printing -------------------------------------------------------------------------------- */

static char style_letter(const struct cell *cell)
{
    if (cell->style == STYLE_PLAIN && cell->heat > 0)
        return (char)('1' + (cell->heat - 1) * 9 / 255);
    return style_letters[cell->style < N_STYLES ? cell->style : 0];
}

static int print(const struct grid *grid, bool has_styles, struct buf *out, struct err *err)
{
    int y, x, end;
    int rc = -1;

    for (y = 0; y < grid->height; y++) {
        const struct cell *row = &grid->cells[(size_t)y * (size_t)grid->width];

        for (end = grid->width; end > 0; end--)
            if (has_styles ? style_letter(&row[end - 1]) != ' ' : row[end - 1].rune != ' ')
                break;
        for (x = 0; x < end; x++) {
            char bytes[4] = {0};
            int n = 1;

            if (has_styles)
                bytes[0] = style_letter(&row[x]);
            else if (row[x].rune == 0)
                continue; /* the right half of a wide one */
            else
                n = rune_bytes(row[x].rune, bytes);
            TRY(buf_append(out, bytes, (size_t)n, err));
        }
        TRY(buf_puts(out, "\n", err));
    }
    rc = 0;
out:
    return rc;
}

int grid_print(const struct grid *grid, struct buf *out, struct err *err)
{
    return print(grid, false, out, err);
}

int grid_print_styles(const struct grid *grid, struct buf *out, struct err *err)
{
    return print(grid, true, out, err);
}
