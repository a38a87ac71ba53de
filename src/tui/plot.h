/* plot.h: pictures out of character cells: bars, sparklines, histories, scatter and heat.
 *
 * Every one exists at each level of symbols: ASCII, UTF-8 blocks, braille. */
#ifndef TUI_PLOT_H
#define TUI_PLOT_H

#include "grid.h"

/* "[#####.....]" of `width` columns, brackets included; share 0..1, NaN: empty. */
void plot_bar(struct area area, int y, int x, int width, double share, enum style style);
/* The last `width` values, newest at the right edge, scaled to lo .. hi; one row. NaN: blank. */
void plot_sparkline(struct area area, int y, int x, int width, const double *values, size_t n,
                    double lo, double hi, enum style style);
/* The same over all rows of the area, as columns from the ground. When there are more values than
 * columns neighbours are averaged. */
void plot_columns(struct area area, const double *values, size_t n, double lo, double hi,
                  enum style style);
/* Curve of n points in the box (xlo..xhi, ylo..yhi), one rune per cell at level ASCII, dots of
 * braille at level 2; NaN leaves a gap. */
struct plot_box {
    double x_lo, x_hi, y_lo, y_hi;
};
void plot_curve(struct area area, const struct plot_box *box, const double *x, const double *y,
                size_t n, uint32_t ascii, enum style style);

/* An axis: from lo to hi, perhaps logarithmic; ticks at 1-2-5 numbers or decades. */
struct plot_axis {
    const char *name, *unit;
    double lo, hi;
    bool is_log;
};
double plot_axis_place(const struct plot_axis *axis, double value); /* 0..1 inside; NaN */
double plot_axis_value(const struct plot_axis *axis, double place);
/* Ticks at round numbers inside, at most n_max; returns how many. */
size_t plot_axis_ticks(const struct plot_axis *axis, double *values, size_t n_max);
/* Labels along the bottom row (with the rule above it) and the left edge of an area; both ends are
 * printed, ticks where there is room.  label_width: columns for the labels on the left, the line
 * included; the plot's own area is returned. */
struct area plot_frame(struct area area, const struct plot_axis *x, const struct plot_axis *y,
                       int label_width);
/* Short number for an axis or a table: at most `width` columns, "-" for NaN. */
const char *plot_number(char out[TEXT_DOUBLE_SIZE], double value, int width);

/* Layers of points over a heat, both optional.  Dots: dot_height by dot_width with
 * dot_height = 4 * area.height and dot_width = 2 * area.width; row 0 is the top.  A cell shows the
 * layer of highest priority that has a dot in it (the later layer in the list), as braille dots
 * (of that layer and of the accepted ones below it) or by its letter; without colour only accepted
 * points are dots.  heat: area.height by area.width in 0..1, NaN: none;
 * what is below 0.02 is left as it is. */
struct plot_layer {
    const uint32_t *dots;
    uint32_t rune; /* its letter at levels without braille */
    enum style style;
};
struct plot_scatter {
    const struct plot_layer *layers;
    size_t n_layers;
    const float *heat; /* or NULL */
    /* more points than dots: the accepted ones (else the last layer) come first, as a ramp of their
     * density */
    bool is_crowded;
};
void plot_scatter(struct area area, const struct plot_scatter *scatter);
/* The ramp used for heat without colour: " .:-=+*%". */
char plot_ramp(double share);

#endif
