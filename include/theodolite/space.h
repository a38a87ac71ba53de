/* space.h: the parameters' space, and the map between the unit cube and physical values.
 *
 * Every free parameter (uniform, log, normal, choice, integer) is one dimension; a unit-cube point
 * u in (0,1)^d drawn uniformly is a draw from the prior.  Bounds may depend on parameters above,
 * so the map is evaluated in the order of the file.  Choice and integer parameters cut their axis
 * into equal cells. */
#ifndef THEODOLITE_SPACE_H
#define THEODOLITE_SPACE_H

#include "theodolite/scan.h"

struct space; /* used by one thread; make another for another thread */

/* Adds to diagnostics what is wrong with bounds: unknown names, lo >= hi where they are numbers,
 * log of something not positive. */
int space_check(const struct scan *scan, struct scan_diagnostics *diagnostics, struct err *err);
struct space *space_create(const struct scan *scan, struct err *err);
void space_free(struct space *space);
size_t space_n_dims(const struct space *space);
/* Index in the row (= index of the parameter) of dimension i; its name. */
size_t space_value(const struct space *space, size_t dim);
const char *space_name(const struct space *space, size_t dim);
/* Dimensions with a finite number of cells (choice, integer with constant bounds); 0: continuous.
 */
size_t space_n_cells(const struct space *space, size_t dim);

/* Fills the parameters' part of the row (free, fixed, derived).  false when the point has no
 * physical values: a dependent interval is empty or a derived value is not finite. */
bool space_to_physical(struct space *space, const double *unit, double *row);
/* For n points; ok[i] as above (may be NULL). */
void space_to_physical_block(struct space *space, size_t n, const double *units, double *rows,
                             size_t row_stride, bool *ok);
/* The inverse, from the free parameters' values in the row; false when one lies outside its prior
 * (normal: never), and has no place in the cube: NaN.  A value that is not there (NaN: its range is
 * empty) is anywhere along its axis, so that such points do not all lie in one plane.  Also fills
 * fixed and derived values. */
bool space_to_unit(struct space *space, double *row, double *unit);
/* Does the value of a dimension lie outside of its prior, given the parameters above?  range: in
 * words, "0 .. 10" or "one of 1, 2, 5". */
bool space_is_outside(struct space *space, const double *row, size_t dim, char *range, size_t size);
/* Numbers that came through the unit cube lose their last digits (1249.9999999999995 for 1250):
 * each continuous parameter becomes the shortest number that the map cannot tell from it, at most
 * 15 digits, inside its bounds; fixed and derived values are filled again. */
void space_snap(struct space *space, double *row);
/* Density of the prior at the row, per unit of the physical volume; 0 outside. */
double space_prior_density(struct space *space, const double *row);

#endif
