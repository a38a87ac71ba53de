/* mixture.h: the inside of a proposal, for the files that make, write and read one.
 *
 * Part 0 is uniform, part 1 the product of one-axis densities, the others are Gaussians. */
#ifndef STRATA_MIXTURE_H
#define STRATA_MIXTURE_H

#include "proposal.h"

enum { PART_UNIFORM = 0, PART_AXES = 1, PARTS_FIXED = 2, AXIS_KNOTS = 65, MIXTURE_BLOCK = 64 };

/* A density on (0, 1), linear between knots. */
struct axis_density {
    size_t n;                 /* knots, >= 2; the first at 0, the last at 1 */
    double at[AXIS_KNOTS];    /* ascending */
    double value[AXIS_KNOTS]; /* > 0; integral 1 */
    double mass[AXIS_KNOTS];  /* up to the knot */
    double mean, sd;
};
void axis_flat(struct axis_density *axis);
/* From at and value: normalised, the rest filled in. */
void axis_finish(struct axis_density *axis);
double axis_value(const struct axis_density *axis, double x);
double axis_place(const struct axis_density *axis, double uniform); /* inverse of its integral */

/* x = mean + L z, cut off axis by axis: given those before it, an axis is a normal variable that
 * is kept between the walls.  So it is drawn without rejection and its density is known. */
struct gaussian {
    double *mean;  /* d */
    double *lower; /* L: d by d, zero above the diagonal */
    bool *is_cut;  /* d: a wall is within reach */
    double log_norm;
};

struct proposal {
    size_t n_dims, n_parts;
    double *share;             /* n_parts, sum 1 */
    struct axis_density *axes; /* n_dims */
    struct gaussian *parts;    /* n_parts - PARTS_FIXED */
};

/* All shares 0, densities flat, Gaussians unset. */
struct proposal *mixture_create(size_t n_dims, size_t n_gaussians, struct err *err);
/* Sets log_norm and is_cut of a Gaussian whose mean and lower are set. */
void gaussian_finish(size_t n_dims, struct gaussian *part);
/* Densities of n <= MIXTURE_BLOCK points of one part, without its share. */
void part_density(const struct proposal *proposal, size_t part, size_t n, const double *x,
                  double *q);

#endif
