/* map.h: the parts of the map's screen, for its own files.
 *
 *   map.c         the screen: what it wants, its keys, the commands that it gives
 *   map-frame.c   axes, zoom, cursor and marked box: values against cells
 *   map-choose.c  the lists of choices over the side panels
 *   map-draw.c    the plot
 *   map-side.c    the panels at its side */
#ifndef TUI_MAP_H
#define TUI_MAP_H

#include "plot.h"
#include "ui.h"

enum { MAP_LABELS = 7 /* columns of the labels on the left, the line included */ };

/* What is shown on the axes now. */
struct map_frame {
    struct plot_axis x, y;
    size_t x_value, y_value;
    bool is_whole; /* not zoomed */
};
/* false: there is no map (fewer than two values). */
bool map_frame(const struct ui *ui, const struct model *model, struct map_frame *frame);
/* The axes over their whole ranges. */
bool map_frame_whole(const struct ui *ui, const struct model *model, struct map_frame *frame);
/* Columns of the side panels, and cells of the plot, in an area of this size. */
int map_side_width(int width);
void map_plot_size(int height, int width, int *plot_height, int *plot_width);

struct map_cell {
    int y, x; /* row 0 is the top */
};
struct map_cell map_cursor_cell(const struct ui *ui, const struct map_frame *frame, int height,
                                int width);
/* Value at a place of the cells: 0.5 is the middle of the first column (lowest row). */
double map_column_value(const struct plot_axis *axis, double column, int width);
/* The marked box, or the one between its first corner and the cursor; false: none. */
bool map_box(const struct ui *ui, const struct map_frame *frame, double box[4]);
/* The cells in a box; one beyond the plot where an edge lies outside. */
struct map_span {
    int left, right, top, bottom;
};
struct map_span map_box_cells(const struct map_frame *frame, const double box[4], int height,
                              int width);
/* Edges in values of the cell under the cursor. */
void map_cell_box(const struct ui *ui, const struct map_frame *frame, double box[4]);
void map_move(struct ui *ui, const struct model *model, int rows_up, int columns);
/* Half or double of what is shown, around the cursor. */
void map_zoom(struct ui *ui, const struct model *model, double factor);
void map_zoom_box(struct ui *ui, const struct model *model);
void map_whole(struct ui *ui);
void map_set_axis(struct ui *ui, const struct model *model, char axis, size_t value);
bool map_can_be_log(const struct ui *ui, const struct model *model, char axis);
void map_toggle_log(struct ui *ui, char axis);

bool map_is_free(const struct model *model, size_t value); /* a free parameter */
bool map_shows(const struct map_ui *map, enum map_layer layer);
bool map_has_heat(const struct ui *ui, const struct model *model); /* of P, shown */
/* What the screen wants of the gatherer for a plot of this size. */
bool map_wanted(const struct ui *ui, const struct model *model, int height, int width,
                struct map_want *want);
/* Does a part answer exactly this (the box aside)?  Are at least its axes the same values? */
bool map_is_same(const struct map_want *a, const struct map_want *b);
bool map_is_near(const struct map_want *a, const struct map_want *b);
/* "m0 in 50 .. 80" */
void map_clause(char *out, size_t size, const char *name, double lo, double hi);

/* n: accepted points and all, of each bin.  The bin with the largest share among those of ten
 * points or more; where none has so many, the one whose share is largest by its error (of a flat
 * prior's posterior).  -1: there are no points. */
int map_best_bin(uint64_t n[][2], int bins);

/* map-choose.c */
/* "accepted"; "done" where the scan is an integration and asks for no more than a value. */
const char *map_layer_name(const struct model *model, enum map_layer layer);
extern const char map_layer_letters[N_MAP_LAYERS + 1];
extern const enum style map_layer_styles[N_MAP_LAYERS];
void map_choose(struct ui *ui, const struct model *model, char what);
void map_choose_key(struct ui *ui, struct model *model, int key);
void map_choose_draw(const struct ui *ui, const struct model *model, struct area area);
/* The i-th choice for what is typed, or SIZE_MAX. */
size_t map_choice(const struct ui *ui, const struct model *model, size_t i);
/* Values of the scan at the cursor: x and y as shown, the others of the nearest point, else the
 * middle of slice or prior.  row: n_values. */
int map_row_here(struct ui *ui, struct model *model, double *row, struct err *err);

/* map-draw.c */
void map_draw_plot(const struct ui *ui, const struct model *model, struct area area);
/* Is heat a background here, or letters of the ramp? */
bool map_has_heat_colors(const struct grid *grid);
/* The letter of a constraint where colour is by first failed cut. */
char map_cut_letter(size_t term);
enum style map_cut_style(size_t term);
/* The Lebesgue cell of a probability, -1: none. */
int map_class_of(const struct classes_want *classes, double p);
/* Counts of the points in one cell of a part that answers this frame. */
void map_cell_counts(const struct map_part *part, struct map_cell cell, uint64_t counts[]);

/* map-side.c */
void map_draw_side(const struct ui *ui, const struct model *model, struct area area);
/* The line below the plot: box, legend of cuts, points that are not in the picture. */
void map_draw_words(const struct ui *ui, const struct model *model, struct area area, int row);

#endif
