/* plot.h: pictures of a scan as they go into a paper, drawn by gnuplot.  Of the module report.
 *
 * Each picture is three files with one name: the picture (.png, .pdf, .svg), what is drawn (.dat,
 * whose head says of which scan, under which cuts, how many points, and what the columns are) and
 * how (.gp): `gnuplot NAME.gp` alone makes the picture again.  Where gnuplot is missing or fails
 * the data and the script stay. */
#ifndef THEODOLITE_PLOT_H
#define THEODOLITE_PLOT_H

#include "theodolite/store.h"

enum plot_scale { SCALE_OF_PRIOR /* logarithmic where the prior is */, SCALE_LINEAR, SCALE_LOG };
enum plot_heat { HEAT_NONE, HEAT_FOUND /* share accepted */, HEAT_LEARNER /* its probability */ };
enum plot_terminal {
    PLOT_AUTO, /* by the ending of `out`; without `out` the screen where there is one, else png */
    PLOT_PNG,
    PLOT_PDF,
    PLOT_SVG,
    PLOT_DUMB,  /* characters */
    PLOT_SCREEN /* a window */
};
int plot_terminal_find(const char *name); /* -1: none */
int plot_heat_find(const char *name);

struct plot_options {
    const char *kind; /* one of report_plot_kinds */
    const char *out;  /* NULL: plots/SCAN-KIND.png beside where one stands, or on screen */
    enum plot_terminal terminal;
    const char *x, *y; /* parameters or observables, "chi2" or "p"; NULL: the first free ones */
    enum plot_scale x_scale, y_scale;
    const char *where; /* condition on the points, as of an export; NULL: all */
    enum plot_heat heat;
    const char *chi2;   /* expression in place of the Gaussian constraints' chi2, or NULL */
    const char *events; /* csv of theodolite generate, for hist, or NULL */
    size_t bins;        /* of hist; 0: 40, or one for each integer */
    int width, height;  /* pixels (dumb: characters); 0: the kind's own */
    const char *title;  /* NULL: none */
};

enum { PLOT_PATH = 4096 };
struct plot_result {
    char picture[PLOT_PATH]; /* "": none was written */
    char data[PLOT_PATH], script[PLOT_PATH];
    struct buf text;  /* what `dumb` drew, to be printed */
    char words[1024]; /* what should be known of the picture, or "" */
};

/* Names and what they show, ended by one without name. */
struct plot_kind_words {
    const char *name, *about;
    bool is_of_integral; /* of an integration alone */
};
const struct plot_kind_words *report_plot_kinds(void);

/* The result tells the files that were written, also after an error; free it in any case.
 * ERR_USAGE: no such kind or name (the nearest is told). */
int report_plot(struct store *store, const struct plot_options *options, struct plot_result *result,
                struct err *err);
void plot_result_free(struct plot_result *result);

#endif
