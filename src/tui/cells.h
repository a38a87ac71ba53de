/* cells.h: what the two halves of the cells' screen share, for src/tui alone. */
#ifndef TUI_CELLS_H
#define TUI_CELLS_H

#include "ui.h"

enum { FIGURE_SIZE = 24 };
/* A value and its error with as many digits as the error deserves (two of its own), in at most
 * `width` columns each; "-" for what is unknown. */
void figure_pair(char value_text[FIGURE_SIZE], char error_text[FIGURE_SIZE], double value,
                 double error, int width);

/* A number of calls in at most `width` columns (five or more): "1634", "245k". */
const char *figure_count(char out[FIGURE_SIZE], uint64_t n, int width);

/* The levels as chosen, or the first ones. */
void cells_classes(const struct cells_ui *cells, struct classes_want *want);
/* Is the part what is asked for now? */
bool cells_is_current(const struct cells_ui *cells, const struct classes_part *part);
/* Classes in the order of the rows. */
void cells_order(const struct cells_ui *cells, const struct classes_part *part,
                 size_t order[CLASSES_MOST]);
/* Has any constraint a pull? */
bool cells_has_likelihood(const struct model *model);
/* Is there something to put into classes? */
bool cells_has_rows(const struct classes_part *part);
/* Rows of the table that fit into a screen of this height. */
int cells_rows(const struct model *model, size_t n, int height);
/* This height, or the larger one that all rows take. */
int cells_height(const struct model *model, int height);
/* Share of each class in the variance of the sum; NaN where it has no error. */
void cells_budget(const struct classes_part *part, double share[CLASSES_MOST]);

/* The sum as the learner alone says it, where f is not measured in every class; its error is that
 * of its draws only. */
void cells_said_sum(const struct classes_part *part, double *sum, double *error);

/* Are the classes only a picture: heights of counted calls, where the integral is not their sum
 * but that of a method without classes (cubature, adaptive)? */
bool cells_is_picture(const struct integral_view *view);
/* Classes of an integration in the order of the rows; how many there are. */
size_t cells_integral_order(const struct cells_ui *cells, const struct integral_view *view,
                            size_t order[STRATA_CLASSES]);
/* A sentence, broken at blanks into at most `most` lines; returns the row after them. */
int cells_draw_sentence(struct area area, int y, int most, const char *text);
/* Integral with its error, and the relative error, by calls: side by side, or one above the other.
 */
void cells_draw_history(const struct strata_result *result, struct area area);
void cells_draw_integral(const struct ui *ui, const struct model *model, struct area area);
void cells_draw(const struct ui *ui, const struct model *model, struct area area);

#endif
