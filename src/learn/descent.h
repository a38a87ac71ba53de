/* descent.h: the least value of a smooth function of many numbers, for src/learn alone. */
#ifndef LEARN_DESCENT_H
#define LEARN_DESCENT_H

#include "theodolite/base.h"

enum { DESCENT_MEMORY = 8 };

struct descent {
    size_t n;              /* numbers in use */
    double *at, *gradient; /* where it is: the caller sets `at` */
    double *next, *next_gradient, *direction;
    double *steps, *changes; /* DESCENT_MEMORY by n: of the place and of the gradient */
    double rho[DESCENT_MEMORY];
    size_t n_kept, newest;
};
/* Room for functions of up to n_most numbers. */
int descent_create(struct descent *descent, size_t n_most, struct err *err);
void descent_free(struct descent *descent);

struct descent_function {
    /* The value at n numbers; fills the gradient. */
    double (*value)(const void *context, const double *at, double *gradient);
    const void *context;
    size_t n;
};
/* At most so many steps from descent->at, which holds the place at the end; the value there. */
double descent_run(struct descent *descent, const struct descent_function *function, int steps);

#endif
