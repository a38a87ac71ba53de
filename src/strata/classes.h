/* classes.h: where the height is cut into classes.
 *
 * Heights of both signs over many decades are laid on a signed-log grid; from the weighted
 * histogram of heights there, limits by the cumulative square root of the density (Dalenius,
 * Hodges, J. Am. Stat. Assoc. 54 (1959) 88), or by equal contribution to int |F|.  A cut stands at
 * 0 where both signs occur, so no class mixes them. */
#ifndef STRATA_CLASSES_H
#define STRATA_CLASSES_H

#include "theodolite/strata.h"

struct classes {
    size_t n;                          /* classes */
    double limits[STRATA_CLASSES + 1]; /* ascending; limits[0] = -inf, limits[n] = inf */
};
/* Heights and the share of the cube that each stands for (weights; any scale). */
int classes_cut(size_t n, const double *heights, const double *weights, size_t n_classes,
                enum strata_cuts cuts, struct classes *classes, struct err *err);
/* lo < F <= hi; the index. */
size_t classes_find(const struct classes *classes, double height);

#endif
