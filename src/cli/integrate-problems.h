/* integrate-problems.h: functions whose integrals are known, for `theodolite bench integrate` and
 * the tests of strata. */
#ifndef CLI_INTEGRATE_PROBLEMS_H
#define CLI_INTEGRATE_PROBLEMS_H

#include "theodolite/strata.h"

struct integrate_problem {
    const char *name;
    const char *title;
    size_t n_dims;
    double lo, hi; /* box: the same on every axis */
    double truth;  /* integral over the box */
    double (*at)(size_t n_dims, const double *x);
};
/* Ends with a NULL name. */
extern const struct integrate_problem integrate_problems[];
const struct integrate_problem *integrate_problem_find(const char *name); /* NULL: none */

/* The function on the unit cube, times the volume of the box: its mean is the truth.  The context
 * of the integrand is the problem. */
struct integrand integrate_problem_integrand(const struct integrate_problem *problem);

#endif
