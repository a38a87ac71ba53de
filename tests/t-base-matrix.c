/* Matrices against plain loops: products in all four transpositions with strides, Cholesky. */
#include "tap.h"
#include "theodolite/base.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

static void fill(struct rng *rng, double *a, size_t n)
{
    size_t i;

    for (i = 0; i < n; i++)
        a[i] = rng_normal(rng);
}

static double element(const double *a, size_t stride, bool is_transposed, size_t i, size_t j)
{
    return is_transposed ? a[j * stride + i] : a[i * stride + j];
}

/* C = 1.5 op(A) op(B) - 0.5 C with every stride wider than its matrix. */
static void check_product(bool trans_a, bool trans_b)
{
    enum { M = 5, N = 7, K = 4, STRIDE_A = 9, STRIDE_B = 11, STRIDE_C = 10 };
    struct rng rng = rng_stream(1, RNG_TEST, (trans_a ? 1u : 0u) + (trans_b ? 2u : 0u));
    double a[9 * STRIDE_A], b[9 * STRIDE_B], c[M * STRIDE_C], want[M * STRIDE_C], worst = 0;
    float fa[9 * STRIDE_A], fb[9 * STRIDE_B], fc[M * STRIDE_C];
    double worst_float = 0;
    size_t i, j, k;

    fill(&rng, a, 9 * STRIDE_A);
    fill(&rng, b, 9 * STRIDE_B);
    fill(&rng, c, M * STRIDE_C);
    for (i = 0; i < 9 * STRIDE_A; i++)
        fa[i] = (float)a[i];
    for (i = 0; i < 9 * STRIDE_B; i++)
        fb[i] = (float)b[i];
    for (i = 0; i < M * STRIDE_C; i++)
        fc[i] = (float)c[i];
    memcpy(want, c, sizeof c);
    for (i = 0; i < M; i++) {
        for (j = 0; j < N; j++) {
            want[i * STRIDE_C + j] *= -0.5;
            for (k = 0; k < K; k++)
                want[i * STRIDE_C + j] +=
                    1.5 * element(a, STRIDE_A, trans_a, i, k) * element(b, STRIDE_B, trans_b, k, j);
        }
    }
    mat_dgemm(trans_a, trans_b, M, N, K, 1.5, a, STRIDE_A, b, STRIDE_B, -0.5, c, STRIDE_C);
    mat_sgemm(trans_a, trans_b, M, N, K, 1.5f, fa, STRIDE_A, fb, STRIDE_B, -0.5f, fc, STRIDE_C);
    for (i = 0; i < M * STRIDE_C; i++) {
        worst = fmax(worst, fabs(c[i] - want[i]));
        worst_float = fmax(worst_float, fabs((double)fc[i] - want[i]));
    }
    is_near(worst, 0, 1e-13, "dgemm %d %d", trans_a, trans_b);
    is_near(worst_float, 0, 1e-5, "sgemm %d %d", trans_a, trans_b);
}

/* L B or B L, of which the upper triangle is not read and no other entry is written. */
static void check_triangular(bool is_left)
{
    enum { M = 7, N = 5, STRIDE = 9 };
    struct rng rng = rng_stream(3, RNG_TEST, is_left);
    size_t n_l = is_left ? M : N, i, j, k;
    double l[STRIDE * STRIDE], b[M * STRIDE], want[M * STRIDE], worst = 0.0;

    fill(&rng, l, sizeof l / sizeof l[0]);
    fill(&rng, b, sizeof b / sizeof b[0]);
    memcpy(want, b, sizeof b);
    for (i = 0; i < M; i++) {
        for (j = 0; j < N; j++) {
            want[i * STRIDE + j] = 0.0;
            for (k = is_left ? 0 : j; k < (is_left ? i + 1 : n_l); k++)
                want[i * STRIDE + j] += -2.0 * (is_left ? l[i * STRIDE + k] * b[k * STRIDE + j]
                                                        : b[i * STRIDE + k] * l[k * STRIDE + j]);
        }
    }
    for (i = 0; i < n_l; i++)
        for (j = i + 1; j < n_l; j++)
            l[i * STRIDE + j] = 1e30;
    mat_dtrmm(is_left, M, N, -2.0, l, STRIDE, b, STRIDE);
    for (i = 0; i < M * STRIDE; i++)
        worst = fmax(worst, fabs(b[i] - want[i]));
    is_near(worst, 0, 1e-13, "dtrmm, the triangle on the %s", is_left ? "left" : "right");
}

static void check_empty(void)
{
    double c = 3;
    struct err err = ERR_INIT;

    mat_dgemm(false, false, 0, 5, 5, 1, NULL, 5, NULL, 5, 0, NULL, 5);
    mat_dgemm(false, false, 1, 1, 0, 1, &c, 0, &c, 1, 2, &c, 1);
    is_double(c, 6, 0, "a product over nothing only scales");
    is_int(mat_cholesky(0, NULL, 0, &err), 0, "no matrix has a Cholesky factor");
}

static void check_cholesky(void)
{
    enum { N = 12, STRIDE = 15 };
    struct rng rng = rng_stream(2, RNG_TEST, 0);
    double b[N * N], a[N * STRIDE], l[N * STRIDE], back, worst = 0, above = 0;
    struct err err = ERR_INIT;
    size_t i, j, k;

    fill(&rng, b, N * N);
    memset(a, 0, sizeof a);
    for (i = 0; i < N; i++) {
        for (j = 0; j < N; j++) {
            for (k = 0; k < N; k++)
                a[i * STRIDE + j] += b[i * N + k] * b[j * N + k];
        }
        a[i * STRIDE + i] += 0.1;
    }
    memcpy(l, a, sizeof a);
    for (i = 0; i < N; i++) {
        for (j = i + 1; j < N; j++)
            l[i * STRIDE + j] = 1e30; /* the upper triangle is not read */
    }
    is_int(mat_cholesky(N, l, STRIDE, &err), 0, "a positive definite matrix has a factor");
    for (i = 0; i < N; i++) {
        for (j = 0; j < N; j++) {
            for (back = 0, k = 0; k < N; k++)
                back += l[i * STRIDE + k] * l[j * STRIDE + k];
            worst = fmax(worst, fabs(back - a[i * STRIDE + j]));
            above = j > i ? fmax(above, fabs(l[i * STRIDE + j])) : above;
        }
    }
    is_near(worst, 0, 1e-12, "whose square is the matrix");
    is_double(above, 0, 0, "and which is zero above the diagonal");

    memcpy(l, a, sizeof a);
    l[7 * STRIDE + 7] = -1;
    is_int(mat_cholesky(N, l, STRIDE, &err), -1, "a negative pivot is refused");
    is_int(err.code, ERR_NUMERIC, "as ERR_NUMERIC");
    memcpy(l, a, sizeof a);
    l[3 * STRIDE + 1] = (double)NAN;
    is_int(mat_cholesky(N, l, STRIDE, &err), -1, "so is a NaN");
}

int main(void)
{
    mat_setup();
    check_product(false, false);
    check_product(false, true);
    check_product(true, false);
    check_product(true, true);
    check_triangular(true);
    check_triangular(false);
    check_empty();
    check_cholesky();
    return done_testing();
}
