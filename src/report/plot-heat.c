/* plot-heat.c: cells of a plane with a colour: where they stand. */
#include "plot-heat.h"

void picture_heat_place(const struct picture_axis *x, const struct picture_axis *y, size_t bin_x,
                        size_t bin_y, double row[HEAT_ROW])
{
    row[0] = picture_axis_middle(x, bin_x);
    row[1] = picture_axis_middle(y, bin_y);
    row[2] = picture_axis_edge(x, bin_x);
    row[3] = picture_axis_edge(x, bin_x + 1);
    row[4] = picture_axis_edge(y, bin_y);
    row[5] = picture_axis_edge(y, bin_y + 1);
    row[6] = NAN;
}
