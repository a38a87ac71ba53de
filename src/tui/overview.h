/* overview.h: the panels of the overview, for its own files.
 *
 *   overview.c         which panels there are at which size, keys, what is wanted
 *   overview-scan.c    progress, accepted share per round, what was found
 *   overview-found.c   what was found, over the whole screen
 *   overview-lists.c   workers, failures, the end of the log
 *   overview-side.c    the small map and the cells, on wide terminals
 *   overview-integral.c  error by rounds, integral, classes: of an integration
 *   overview-words.c   numbers with their errors and units */
#ifndef TUI_OVERVIEW_H
#define TUI_OVERVIEW_H

#include "plot.h"
#include "ui.h"

enum overview_panel {
    PANEL_PROGRESS,
    PANEL_ROUNDS,
    PANEL_FOUND,
    PANEL_WORKERS,
    PANEL_FAILURES,
    PANEL_MAP,
    PANEL_CELLS,
    PANEL_LOG,
    N_PANELS
};

/* Areas of no height are not shown. */
struct overview_layout {
    struct area panels[N_PANELS];
};
void overview_place(const struct ui *ui, const struct model *model, struct area area,
                    struct overview_layout *layout);
/* A rule with the panel's title, in brackets when it has the cursor. */
void overview_rule(const struct ui *ui, struct area area, enum overview_panel panel,
                   const char *title, const char *right);

void overview_progress(const struct ui *ui, const struct model *model, struct area area);
void overview_rounds(const struct ui *ui, const struct model *model, struct area area);
void overview_found(const struct ui *ui, const struct model *model, struct area area);
void overview_workers(const struct ui *ui, const struct model *model, struct area area);
void overview_failures(const struct ui *ui, const struct model *model, struct area area);
void overview_log(const struct ui *ui, const struct model *model, struct area area);
void overview_map(const struct ui *ui, const struct model *model, struct area area);
void overview_cells(const struct ui *ui, const struct model *model, struct area area);

/* The two upper lines of the progress: the goals, and how far the nearest is. */
enum { PROGRESS_LABEL = 10 /* columns of the names on the left */ };
void overview_progress_goal(const struct ui *ui, const struct model *model, struct area area);

/* overview-integral.c: the same panels of an integration */
void overview_integral_progress(const struct ui *ui, const struct model *model, struct area area);
void overview_integral_rounds(const struct ui *ui, const struct model *model, struct area area);
void overview_integral_found(const struct ui *ui, const struct model *model, struct area area);
void overview_integral_cells(const struct ui *ui, const struct model *model, struct area area);
/* In the place of the map where no call is kept: how much each height gives. */
void overview_integral_heights(const struct ui *ui, const struct model *model, struct area area);

void overview_found_tables(const struct model *model, struct area area);

bool overview_is_active(const struct model *model); /* points run */
/* The worker in line i of its panel: slow ones first, then by number; NULL none. */
const struct worker_view *overview_worker(const struct model *model, size_t i);
/* The map that is wanted for this area of PANEL_MAP; false: none. */
bool overview_map_want(const struct ui *ui, const struct model *model, struct area area,
                       struct map_want *want);

enum { WORDS = 160 };
/* overview-words.c: numbers for its panels.  "12.3 +- 0.4 %"; "-" where it is not known. */
const char *overview_percent(char out[WORDS], double share, double error);
/* "0.0208 +- 0.0038": as many digits as the error has two of. */
const char *overview_estimate(char out[WORDS], double value, double error);
const char *overview_bytes(char out[WORDS], uint64_t bytes);           /* "312 MB" */
const char *overview_rate(char out[WORDS], double per_s, double like); /* in the unit that suits */
/* "124.8 .. 125.6": as many digits as tell the ends apart. */
const char *overview_range(char out[WORDS], bool is_log, double lo, double hi);
/* "2:23 h", and with ends "2:23 h (2:10 .. 3:05 h)". */
const char *overview_eta(char out[WORDS], double left_s, double lo_s, double hi_s);

#endif
