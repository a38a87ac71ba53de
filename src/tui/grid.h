/* grid.h: a screen as a grid of character cells, before any terminal is asked.
 *
 * Views write into areas of a grid; curses.c puts a grid on a terminal, `show` prints it, tests
 * compare it.  A cell says what it means (a style), not how it looks. */
#ifndef TUI_GRID_H
#define TUI_GRID_H

#include "theodolite/base.h"

enum symbols { SYMBOLS_ASCII, SYMBOLS_UTF8 /* lines and eighth blocks */, SYMBOLS_BRAILLE };
enum colors { COLORS_NONE, COLORS_8, COLORS_256, COLORS_DIRECT };

/* X(name, letter): the letter stands for the style in golden screens. */
#define STYLES(X)                                                                                  \
    X(STYLE_PLAIN, ' ')                                                                            \
    X(STYLE_DIM, 'd')      /* rules, axes, what is stale */                                        \
    X(STYLE_STRONG, 'b')   /* the present tab, totals */                                           \
    X(STYLE_SELECTED, 'S') /* the line of the cursor: reverse video */                             \
    X(STYLE_WARNING, 'W')                                                                          \
    X(STYLE_ACCEPTED, 'a') /* layers of points */                                                  \
    X(STYLE_REJECTED, 'r')                                                                         \
    X(STYLE_PROPOSED, 'p')                                                                         \
    X(STYLE_FAILED, 'f')                                                                           \
    X(STYLE_RUNNING, 'R')                                                                          \
    X(STYLE_OFF, 'o') /* a key that does nothing now */

enum style {
#define STYLE_ENUM(name, letter) name,
    STYLES(STYLE_ENUM)
#undef STYLE_ENUM
        N_STYLES
};

struct cell {
    uint32_t rune; /* Unicode; 0: the right half of the wide one before */
    uint8_t style;
    uint8_t heat; /* background: 0 none, 1 .. 255 from cold to hot */
};

struct grid {
    int width, height;
    enum symbols symbols;
    enum colors colors;
    int cursor_y, cursor_x; /* where the terminal's cursor shows (a line being typed), or -1 */
    struct cell *cells;     /* height by width */
};

/* A rectangle of a grid.  Whatever is written outside of it is cut off. */
struct area {
    struct grid *grid;
    int top, left, height, width;
};

struct grid *grid_create(int width, int height, enum symbols symbols, enum colors colors,
                         struct err *err);
void grid_free(struct grid *grid);
void grid_clear(struct grid *grid);
struct area grid_area(struct grid *grid); /* all of it */
/* Rows top .. top+height-1 of an area, cut to it; columns the same. */
struct area area_rows(struct area area, int top, int height);
struct area area_columns(struct area area, int left, int width);

void area_fill(struct area area, uint32_t rune, enum style style);
/* UTF-8 text at row y, column x of the area, cut at its right edge; returns the column after it.
 * At SYMBOLS_ASCII what is not ASCII becomes "?", control characters become "?" always. */
int area_text(struct area area, int y, int x, enum style style, const char *text);
int area_printf(struct area area, int y, int x, enum style style, const char *format, ...)
    __attribute__((format(printf, 5, 6)));
/* Text that ends at column `end` (exclusive); returns where it begins. */
int area_text_right(struct area area, int y, int end, enum style style, const char *text);
/* width columns from x: text cut to it, with ".." at its end where something was cut. */
void area_field(struct area area, int y, int x, int width, enum style style, const char *text);
void area_put(struct area area, int y, int x, uint32_t rune, enum style style);
void area_heat(struct area area, int y, int x, uint8_t heat); /* the background only */
void area_style(struct area area, int y, int x, int width, enum style style); /* keeps the text */
/* "-- Title ---------------- right --" over the whole row y; right may be NULL. */
void area_rule(struct area area, int y, const char *title, const char *right);
/* A vertical line in column x. */
void area_bar_line(struct area area, int x);
int text_columns(const char *text); /* width of UTF-8 text on a terminal */

/* Lines without their trailing blanks, each ended by \n.  styles: letters of the styles instead;
 * a plain cell with heat is a digit 1 .. 9. */
int grid_print(const struct grid *grid, struct buf *out, struct err *err);
int grid_print_styles(const struct grid *grid, struct buf *out, struct err *err);

#endif
