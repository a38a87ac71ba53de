/* matrix.c: the one door to BLAS and LAPACK.
 *
 * Matrices here are row-major with a stride.  A row-major matrix is the transpose of the
 * column-major one in the same memory, so for symmetric problems LAPACK's column-major routines
 * are called with the other triangle, and nothing is copied.  BLAS runs on one thread: a sum split
 * over threads depends on how many there are, and the engine has other use for its cores. */
#include "theodolite/base.h"

#include <assert.h>
#include <cblas.h>
#include <lapacke.h>
#include <limits.h>
#include <math.h>
#include <stdlib.h>

#ifdef __ELF__
/* Known to OpenBLAS alone; absent with another BLAS. */
#pragma weak openblas_set_num_threads
extern void openblas_set_num_threads(int n);
#endif

void mat_setup(void)
{
#ifdef __ELF__
    if (openblas_set_num_threads) {
        openblas_set_num_threads(1);
        return;
    }
#endif
    /* Other libraries look at these at their first call.  What the user has set stands. */
    setenv("OPENBLAS_NUM_THREADS", "1", 0);
    setenv("OMP_NUM_THREADS", "1", 0);
    setenv("MKL_NUM_THREADS", "1", 0);
    setenv("VECLIB_MAXIMUM_THREADS", "1", 0);
}

static int to_int(size_t n)
{
    assert(n <= INT_MAX);
    return (int)n;
}

/* BLAS wants a leading dimension of at least 1 also of an empty matrix. */
static int to_stride(size_t stride)
{
    return stride > 0 ? to_int(stride) : 1;
}

static CBLAS_TRANSPOSE to_trans(bool is_transposed)
{
    return is_transposed ? CblasTrans : CblasNoTrans;
}

void mat_sgemm(bool trans_a, bool trans_b, size_t m, size_t n, size_t k, float alpha,
               const float *a, size_t stride_a, const float *b, size_t stride_b, float beta,
               float *c, size_t stride_c)
{
    if (m == 0 || n == 0)
        return;
    cblas_sgemm(CblasRowMajor, to_trans(trans_a), to_trans(trans_b), to_int(m), to_int(n),
                to_int(k), alpha, a, to_stride(stride_a), b, to_stride(stride_b), beta, c,
                to_stride(stride_c));
}

void mat_dgemm(bool trans_a, bool trans_b, size_t m, size_t n, size_t k, double alpha,
               const double *a, size_t stride_a, const double *b, size_t stride_b, double beta,
               double *c, size_t stride_c)
{
    if (m == 0 || n == 0)
        return;
    cblas_dgemm(CblasRowMajor, to_trans(trans_a), to_trans(trans_b), to_int(m), to_int(n),
                to_int(k), alpha, a, to_stride(stride_a), b, to_stride(stride_b), beta, c,
                to_stride(stride_c));
}

void mat_dtrmm(bool is_left, size_t m, size_t n, double alpha, const double *l, size_t stride_l,
               double *b, size_t stride_b)
{
    if (m == 0 || n == 0)
        return;
    cblas_dtrmm(CblasRowMajor, is_left ? CblasLeft : CblasRight, CblasLower, CblasNoTrans,
                CblasNonUnit, to_int(m), to_int(n), alpha, l, to_stride(stride_l), b,
                to_stride(stride_b));
}

int mat_cholesky(size_t n, double *a, size_t stride, struct err *err)
{
    lapack_int info;
    size_t i, j;

    if (n == 0)
        return 0;
    info = LAPACKE_dpotrf_work(LAPACK_COL_MAJOR, 'U', (lapack_int)to_int(n), a,
                               (lapack_int)to_stride(stride));
    if (info > 0)
        return err_set(err, ERR_NUMERIC, "the matrix is not positive definite (row %d of %zu)",
                       (int)info, n);
    if (info < 0)
        return err_set(err, ERR_NUMERIC, "dpotrf: argument %d is wrong", (int)-info);
    for (i = 0; i < n; i++) {
        /* Some versions let a NaN pass. */
        if (!(a[i * stride + i] > 0.0) || !isfinite(a[i * stride + i]))
            return err_set(err, ERR_NUMERIC, "the matrix has entries that are not finite");
        for (j = i + 1; j < n; j++)
            a[i * stride + j] = 0.0;
    }
    return 0;
}
