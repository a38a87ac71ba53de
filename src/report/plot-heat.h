/* plot-heat.h: cells of a plane with a colour, for scatter, corner and profile2d. */
#ifndef REPORT_PLOT_HEAT_H
#define REPORT_PLOT_HEAT_H

#include "plot-private.h"

/* A row of a heat: middle, edges, value. */
#define HEAT_COLUMNS "x y x_low x_high y_low y_high value"
enum { HEAT_ROW = 7 };
/* All of a row but its value. */
void picture_heat_place(const struct picture_axis *x, const struct picture_axis *y, size_t bin_x,
                        size_t bin_y, double row[HEAT_ROW]);

#endif
