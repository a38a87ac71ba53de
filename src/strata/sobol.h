/* sobol.h: low-discrepancy points, each exactly uniform: Sobol's sequence, scrambled. */
#ifndef STRATA_SOBOL_H
#define STRATA_SOBOL_H

#include "theodolite/base.h"

enum { SOBOL_AXES = 21 }; /* further axes get independent random numbers */

struct sobol;
/* Two sequences with another seed or stream are independent.  NULL: out of memory. */
struct sobol *sobol_create(size_t n_dims, uint64_t seed, uint64_t stream, struct err *err);
void sobol_free(struct sobol *sobol);
/* Points first .. first + n - 1 of the sequence (n by n_dims), inside the open cube.  Any first
 * 2^k points are a net. */
void sobol_points(struct sobol *sobol, uint64_t first, size_t n, double *x);

#endif
