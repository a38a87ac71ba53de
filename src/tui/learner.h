/* learner.h: what the files of the learner's screen share, for src/tui alone. */
#ifndef TUI_LEARNER_H
#define TUI_LEARNER_H

#include "ui.h"

enum learner_panel { LEARNER_LOSS, LEARNER_INPUTS, LEARNER_YIELD, LEARNER_SMOTE, N_LEARNER_PANELS };
enum { LEARNER_WIDE = 112, LEARNER_TALL = 34, LEARNER_WARNINGS = 6 };

/* Are all panels on the screen at once? */
bool learner_is_whole(int height, int width);
/* The last round that was trained, or NULL. */
const struct round_view *learner_last(const struct model *model);
/* Where no model answers: none was trained yet, it knows the labels of before a cut, or it cannot
 * be read. */
enum learner_silence {
    LEARNER_UNTRAINED,
    LEARNER_ANEW,   /* is being trained for labels that a cut changed */
    LEARNER_FORMER, /* knows the labels of before a cut, and nothing runs that would train it */
    LEARNER_ASKED,  /* its first model is so young that the answer may be one of before it */
    LEARNER_UNREADABLE
};
enum learner_silence learner_silence(const struct model *model);
/* Of the points that the learner chose in a round and whose chain ran to its end: how many, and the
 * share that was accepted with its error; NaN where there is none. */
double learner_found(const struct round_row *row, double *share, double *error);
/* Real points that the last training saw, by their labels now. */
void learner_training_set(const struct model *model, const struct round_view *last,
                          uint64_t *accepted, uint64_t *rejected);

/* Of 50 points or more that were said to be of about this probability: was the share that came
 * another, by 0.02 and three errors?  Those are marked with "!".  *error: of that share. */
bool learner_bin_is_off(const struct report_bin *bin, double *error);
/* What the reader must know, the gravest first; full sentences.  Returns how many. */
struct learner_warning {
    char words[160];
    double gravity;
};
size_t learner_warnings(const struct model *model, const struct said *said,
                        struct learner_warning warnings[LEARNER_WARNINGS]);

/* learner-panels.c: the panels below ROC and calibration, with their rule in row 0. */
void learner_draw_panel(const struct ui *ui, const struct model *model, enum learner_panel panel,
                        const char *right, struct area area);
void learner_draw_history(const struct model *model, struct area area);
/* The newest round that compared networks and process; NULL: none. */
const struct round_view *learner_compared(const struct model *model);
/* What SMOTE was worth when that was last measured, in words; on up to two lines.  Returns that
 * round, or NULL. */
const struct round_view *learner_smote_effect(const struct model *model, char lines[2][96]);
/* Lines about the training set and the yield; returns the row after them. */
int learner_draw_set(const struct ui *ui, const struct model *model, bool is_long, struct area area,
                     int y);

/* Rows for the table of an integration's rounds, its title and heads included. */
int learner_rounds_height(int height);
void learner_draw_integral(const struct ui *ui, const struct model *model, struct area area);
void learner_draw(const struct ui *ui, const struct model *model, struct area area);

#endif
