/* kernel.h: a Gaussian process for the margins, for src/learn alone. */
#ifndef LEARN_KERNEL_H
#define LEARN_KERNEL_H

#include "theodolite/base.h"

enum {
    KERNEL_MAX = 1200,  /* points that it stands on */
    KERNEL_NEAR = 16,   /* neighbours that the variance is taken from */
    KERNEL_BLOCK = 256, /* rows of one prediction */
    KERNEL_DIMS = 256
};

struct kernel {
    size_t n, d, axes, groups;
    float length[KERNEL_DIMS]; /* correlation lengths, inputs in 0 .. 1 */
    float nugget;              /* noise variance over the signal's */
    float *x;                  /* n by d: inputs minus 1/2, over the lengths */
    float *x2;                 /* n: squared norms of these */
    float *alpha;              /* n by groups */
    float *amplitude;          /* groups: variance of the signal */
    float *cross;              /* KERNEL_BLOCK by KERNEL_MAX */
    float *scaled, *scaled2;   /* KERNEL_BLOCK by d, KERNEL_BLOCK */
};

/* d inputs, of which the first `axes` are those of the cube. */
struct kernel *kernel_create(size_t d, size_t axes, size_t groups, struct err *err);
void kernel_free(struct kernel *kernel);
/* Points: n by d and y: n by groups, all finite, n <= KERNEL_MAX.  sample: a random order of the
 * points, of whose beginning the evidence is taken.  loo_mean (n by groups) and loo_variance (n,
 * over the amplitude) get what the process says of each point when that point is left out
 * (Rasmussen, Williams, eq. (5.12)).  Lengths and nugget are found by evidence, starting from those
 * that kernel has (is_cold: from a grid). */
struct kernel_data {
    size_t n;
    const float *x, *y;
    const size_t *sample;
    float *loo_mean, *loo_variance;
};
int kernel_fit(struct kernel *kernel, const struct kernel_data *data, bool is_cold,
               struct err *err);
/* mean: rows by groups; variance: rows, over the amplitude, without noise; may be NULL. */
void kernel_predict(struct kernel *kernel, size_t rows, const float *x, float *mean,
                    float *variance);
/* Log evidence of n <= 400 points (profiled over the amplitude), best over a grid of lengths. */
int kernel_evidence(size_t n, size_t d, const float *x, const double *y, double *evidence,
                    struct err *err);

#endif
