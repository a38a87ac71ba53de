/* plot-private.h: what the files of src/report/plot*.c share: a picture in the making. */
#ifndef REPORT_PLOT_PRIVATE_H
#define REPORT_PLOT_PRIVATE_H

#include "private.h"
#include "theodolite/plot.h"

#include <math.h>

/* A picture in the making.  A kind writes the data (after a head that is the same for all) and the
 * variables of its script. */
struct picture {
    struct store *store;
    const struct plot_options *options;
    struct scan *scan;
    struct arena *arena;
    struct choice *choice;
    struct store_counts counts;
    bool is_reading;      /* one moment of the store, while a scan runs on */
    uint64_t labels_from; /* first point proposed since a cut changed labels; 0: all */
    struct buf head;      /* lines of the data's head that the kind adds, each after "# " */
    struct buf data;      /* blocks */
    struct buf variables; /* of the script */
    char tag[160];        /* of the file's name: "-mH-tanb", or "" */
    int width, height;    /* pixels; a kind may change them before its size is taken */
    bool is_integral;     /* of an integration */
    bool is_text;         /* drawn in characters */
    char words[1024];     /* for people, or "" */
};

/* ---- plot-write.c: text of data and script -------------------------------------------------- */

/* One line of the head of the data. */
int picture_note(struct picture *picture, struct err *err, const char *format, ...)
    __attribute__((format(printf, 3, 4)));
/* The next block of the data: its name for `index`, and what its columns are. */
int picture_block(struct picture *picture, const char *name, const char *columns, struct err *err);
/* One row; what is not finite is written as "-". */
int picture_row(struct picture *picture, size_t n, const double *values, struct err *err);
int picture_number(struct picture *picture, const char *name, double value, struct err *err);
/* A text as gnuplot's enhanced mode shows it as it is. */
int picture_text(struct picture *picture, const char *name, const char *text, struct err *err);
/* Gnuplot's own words, quoted and not escaped. */
int picture_words(struct picture *picture, const char *name, const char *words, struct err *err);
/* In quotes, as a text of gnuplot. */
int picture_quoted(struct buf *out, const char *words, struct err *err);
/* An element of an array: NAME[i] = '...'; the array is declared with its size by i = 0. */
int picture_label(struct picture *picture, const char *array, size_t i, const char *words,
                  struct err *err);
/* Text as enhanced mode shows it: escaped; units have their exponents raised. */
int picture_escape(struct buf *out, const char *text, bool is_unit, struct err *err);

/* ---- plot-axis.c: what is along an axis ----------------------------------------------------- */

struct picture_axis {
    size_t value; /* of the scan; n_values: chi2, n_values + 1: the predicted probability */
    const char *name, *unit;
    bool is_log, is_integer;
    /* A choice in a picture of bins: each of its values has a place, 0, 1, ..., which stands for it
     * along the axis, and which has the value as its label.  NULL: none. */
    const double *places;
    size_t n_places;
    double lo, hi; /* span of what is drawn; NaN: nothing yet */
    /* The range of a parameter that has constant ends; points outside (that a user gave) do not
     * stretch the axis, unless there are no others.  NaN: none. */
    double least, most;
    double all_lo, all_hi; /* span of all */
    size_t n_bins;
};
/* The value of that name, or without name the free parameter number `place`. */
int picture_axis_find(struct picture *picture, const char *name, size_t place,
                      enum plot_scale scale, struct picture_axis *axis, struct err *err);
/* Those of --x and --y; where one of them is not told it is another than the other. */
int picture_axes_find(struct picture *picture, struct picture_axis axes[2], struct err *err);
size_t picture_n_free(const struct picture *picture);
/* Gives the values of a choice their places, where they are few and the axis is not logarithmic;
 * state: of the points that are shown, -1: of all.  And the place of a value (of another axis: the
 * value). */
int picture_axis_by_place(struct picture *picture, int state, struct picture_axis *axis,
                          struct err *err);
double picture_axis_place(const struct picture_axis *axis, double value);
/* "of NAME", and what its places stand for, for the data. */
int picture_axis_note(struct picture *picture, const struct picture_axis *axis, struct err *err);
double picture_axis_of(const struct picture_axis *axis, const struct picture *picture,
                       const struct point_row *point);
void picture_axis_see(struct picture_axis *axis, double value);
bool picture_axis_leaves_out(const struct picture_axis *axis, double value);
/* After all were seen: a margin about them, for markers. */
void picture_axis_widen(struct picture_axis *axis);
/* n bins over the span; of integers one each, where they are few. */
void picture_axis_bins(struct picture_axis *axis, size_t n);
/* SIZE_MAX: outside.  edge: of bin i, 0 .. n_bins. */
size_t picture_axis_bin(const struct picture_axis *axis, double value);
double picture_axis_edge(const struct picture_axis *axis, size_t i);
double picture_axis_middle(const struct picture_axis *axis, size_t i);
/* The step of 1-2-5 numbers that makes at most `most` of span. */
double picture_step(double span, size_t most);
/* The axis' variables PREFIX_label, _is_log, _lo, _hi, _tics (what comes after `set xtics`). */
int picture_axis_put(struct picture *picture, const char *prefix, const struct picture_axis *axis,
                     struct err *err);
/* The label alone: "m_H [GeV]". */
int picture_axis_label(const struct picture_axis *axis, struct buf *out, struct err *err);
/* "LABEL" VALUE, ... */
struct picture_room {
    size_t most;       /* about as many tics */
    double characters; /* of all labels, with the blanks between; 0: there is room */
    double clear;      /* none within this share of either end */
};
int picture_axis_tics(const struct picture_axis *axis, const struct picture_room *room,
                      struct buf *out, struct err *err);
/* Whether two labels have that room; without, picture_axis_tics takes none of it into account. */
bool picture_axis_fits(const struct picture_axis *axis, const struct picture_room *room);

/* ---- plot-places.c: the axis of a choice ---------------------------------------------------- */

bool picture_places_fit(const struct picture_axis *axis, const struct picture_room *room);
int picture_places_tics(const struct picture_axis *axis, const struct picture_room *room,
                        struct buf *out, struct err *err);

/* ---- plot-points.c: points in one pass ------------------------------------------------------ */

struct picture_reader {
    int state;    /* enum point_state, or -1: all */
    bool *wanted; /* n_values, besides what the condition reads; NULL: none */
    int (*see)(void *context, const struct point_row *point, struct err *err);
    void *context;
};
/* Calls see for each point that the condition takes, in order of id. */
int picture_read(struct picture *picture, const struct picture_reader *reader, struct err *err);
/* wanted[] for these axes; in the arena. */
bool *picture_wants(struct picture *picture, size_t n, const struct picture_axis *axes);

/* About `most` of the rows that are offered, chosen by a hash of the point's id: the same ones each
 * time, spread over all. */
struct picture_sample {
    size_t most, n_columns; /* given */
    size_t n, cap;
    double *rows;
    uint64_t *hashes;
    uint64_t limit; /* 0: none yet */
    uint64_t n_offered;
};
int picture_sample_add(struct picture_sample *sample, uint64_t id, const double *row,
                       struct err *err);
void picture_sample_free(struct picture_sample *sample);

/* ---- plot-numbers.c: shares, rounds, the likelihood ----------------------------------------- */

/* Wilson's interval of n / of at z standard deviations (J. Am. Stat. Assoc. 22 (1927) 209). */
void picture_interval(uint64_t n, uint64_t of, double z, double *lo, double *hi);
int picture_rounds(struct picture *picture, struct round_row **rounds, size_t *n, struct err *err);
/* A figure of the learner in a round's metrics; NaN: not there. */
double picture_figure(const struct round_row *round, const char *name);

/* Points that the learner was asked about before they ran, that ran to their end, and whose labels
 * are those that it was asked for.  Each counts in a bin of the said probability. */
enum { SAID_FINE = 1000 };
struct picture_said {
    uint64_t *accepted, *other; /* SAID_FINE + 1 each; the last: exactly 1 */
    double *sum;                /* of the said probability, the same bins */
    uint64_t n, n_accepted;
};
struct picture_asked {
    struct picture_said all, uniform;
};
int picture_ask(struct picture *picture, struct picture_asked *asked, struct err *err);
size_t picture_said_bin(double p);

/* Of each point its chi2, where the point takes part in a likelihood. */
struct picture_likelihood {
    struct expr *expr;  /* given by the user, or NULL */
    uint64_t pulls;     /* bits of the Gaussian terms */
    const char *points; /* which take part, in words */
};
int picture_likelihood_open(struct picture *picture, struct picture_likelihood *likelihood,
                            struct err *err);
void picture_likelihood_wants(const struct picture_likelihood *likelihood, bool *wanted);
/* NaN: takes no part. */
double picture_likelihood_chi2(struct picture_likelihood *likelihood,
                               const struct point_row *point);
void picture_likelihood_close(struct picture_likelihood *likelihood);

/* ---- the kinds ------------------------------------------------------------------------------ */

int picture_scatter(struct picture *picture, struct err *err);
int picture_corner(struct picture *picture, struct err *err);
int picture_efficiency(struct picture *picture, struct err *err);
int picture_volume(struct picture *picture, struct err *err);
int picture_history(struct picture *picture, struct err *err);
int picture_cells(struct picture *picture, struct err *err);
int picture_roc(struct picture *picture, struct err *err);
int picture_calibration(struct picture *picture, struct err *err);
int picture_profile(struct picture *picture, struct err *err);
int picture_profile2d(struct picture *picture, struct err *err);

int picture_is_integral(struct picture *picture, bool *is, struct err *err);
int picture_integral_cells(struct picture *picture, struct err *err);
int picture_heights(struct picture *picture, struct err *err);
int picture_convergence(struct picture *picture, struct err *err);
int picture_hist(struct picture *picture, struct err *err);
int picture_pulls(struct picture *picture, struct err *err);

/* ---- plot-gnuplot.c: the program ------------------------------------------------------------ */

struct gnuplot {
    char path[PLOT_PATH]; /* "": not here */
    struct buf terminals; /* " dumb pdfcairo ... " */
};
int gnuplot_find(struct gnuplot *gnuplot, struct err *err);
bool gnuplot_has(const struct gnuplot *gnuplot, const char *terminal);
/* Runs a script; what it prints on stdout goes to text.  stays: windows stay after the end. */
int gnuplot_run(const struct gnuplot *gnuplot, const char *script, bool stays, struct buf *text,
                struct err *err);
void gnuplot_free(struct gnuplot *gnuplot);

#endif
