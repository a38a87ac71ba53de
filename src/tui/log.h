/* log.h: what the two halves of the log's screen share, for src/tui alone. */
#ifndef TUI_LOG_H
#define TUI_LOG_H

#include "ui.h"

/* Is this line shown, as level and source are chosen? */
bool log_shows(const struct log_ui *log, const struct log_view *line);
/* Line of row k, newest first; NULL beyond the end. */
const struct log_view *log_row(const struct log_ui *log, const struct model *model, size_t k);
size_t log_count(const struct log_ui *log, const struct model *model);
/* Newest line that `u` would take back, or NULL. */
const struct log_view *log_undoable(const struct model *model);
/* Rows of the list on a screen of this height. */
int log_rows(int height);
/* What is looked for at the moment, "" nothing. */
const char *log_pattern(const struct ui *ui);
/* Where the pattern begins in a text, whatever the case; NULL: nowhere. */
const char *log_found(const char *text, const char *pattern);
/* Lines that a text takes at this width; with an area they are drawn from line `top` on, what is
 * looked for in it highlighted. */
int log_words(const struct area *area, const char *text, const char *pattern, int width, int top);
/* The words under the list: those of the point's calculator, else the whole line. */
const char *log_text(const struct log_ui *log, const struct log_view *line);

void log_draw(const struct ui *ui, const struct model *model, struct area area);

#endif
