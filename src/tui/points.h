/* points.h: the parts of the points' screen, for its own files.
 *
 *   points.c         the screen: its keys, what it fetches, the commands that it gives
 *   points-find.c    filter, and the next point that matches
 *   points-list.c    the list
 *   points-detail.c  everything of one point, and its kept files */
#ifndef TUI_POINTS_H
#define TUI_POINTS_H

#include "plot.h"
#include "ui.h"

/* How an area of the screen is divided. */
struct points_layout {
    int list_top, list_height; /* rows of points */
    int detail_top, detail_height;
    int side_width; /* columns for the calculators' words at the right of the detail; 0: none */
    int n_columns;  /* of values that fit beside the fixed ones */
    int value_width;
};
struct points_layout points_layout(const struct model *model, int height, int width);

/* The list as it is wanted: are the rows simply all ids (newest first or oldest first)? */
bool points_is_direct(const struct ui *ui, const struct model *model);
/* Does the cursor go on to each newer point?  At the top of the list, until a point is chosen. */
bool points_is_following(const struct ui *ui, const struct model *model);
/* The list's part, if it is of the filter and order that are wanted. */
const struct list_part *points_list(const struct ui *ui, const struct model *model);
/* The id in a row; 0: not known now. */
uint64_t points_id_at(const struct ui *ui, const struct model *model, size_t row);
size_t points_row_of(const struct ui *ui, const struct model *model, uint64_t id); /* SIZE_MAX */
const struct point_row *points_selected(const struct ui *ui); /* NULL: not fetched */
bool points_has_chi2(const struct model *model);

/* points-find.c */
/* The filter that is applied: what is typed when it can be read, else the last that could. */
const char *points_filter(const struct ui *ui, const struct model *model);
/* Keeps what was typed if it can be read, else why not. */
void points_check_filter(struct ui *ui, const struct model *model);
void points_find(struct ui *ui, struct model *model, bool is_forward);

/* points-list.c */
/* Sort keys in the order of the columns. */
size_t points_n_columns(const struct model *model);
size_t points_column_sort(const struct model *model, size_t column);
void points_draw_list(const struct ui *ui, const struct model *model, struct area area,
                      const struct points_layout *layout);
void points_draw_filter(const struct ui *ui, const struct model *model, struct area area);
/* "done" where the scan is an integration and asks for no more than a value. */
const char *points_state_word(const struct model *model, enum point_state state);
/* Why there are no points. */
const char *points_none_words(const struct model *model);

/* points-detail.c */
/* Lines from `top` on into the area; returns how many there are.  A grid of NULL only counts. */
int points_detail(const struct ui *ui, const struct model *model, struct area area, int top,
                  bool is_long);
void points_draw_words(const struct ui *ui, struct area area); /* the calculators' */
/* The kept file that is open in the pager; returns how many lines it has. */
int points_file(const struct ui *ui, struct area area, int top);

/* What the column at x of the screen sorts by, or SIZE_MAX. */
size_t points_sort_at(const struct ui *ui, const struct model *model,
                      const struct points_layout *layout, int x);
/* points-draw.c */
void points_draw(const struct ui *ui, const struct model *model, struct area area);

#endif
