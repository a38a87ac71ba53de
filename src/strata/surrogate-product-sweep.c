/* surrogate-product-sweep.c: alternating least squares of a sum of products.
 *
 * What it does: with the factors of all other axes fixed, those of one axis come from the normal
 * equations of each of its bins (Beylkin, Garcke, Mohlenkamp, SIAM J. Sci. Comput. 31 (2009) 1840),
 * with a ridge that the noise left by the sweep before sets.
 *
 * What it does not: choose bins or terms. */
#include "theodolite/vector.h"

#include "product.h"

#include <math.h>
#include <string.h>

static const double ridge = 1e-6;
static const double doubt =
    10.0; /* times the noise: what is left is no noise, neighbours share it */

/* Bins and places of all rows on an axis, after its edges have changed. */
void product_place(struct product_fit *f, size_t axis)
{
    const struct axis *a = f->product->axes + axis;
    struct bin_index index;
    size_t n = f->rows->n, i;

    product_index(a, &index);
    for (i = 0; i < n; i++) {
        double x = f->u[i * f->d + axis];
        size_t bin = bin_by(a, &index, x);

        f->bin[axis * n + i] = (uint8_t)bin;
        f->place[axis * n + i] = place_in(a, bin, x);
    }
}

void product_evaluate(struct product_fit *f, size_t axis, size_t from, size_t to)
{
    const struct axis *a = f->product->axes + axis;
    size_t n = f->rows->n, i, r;

    for (r = from; r < to; r++) {
        double *value = factor_of(f, axis, r);

        for (i = 0; i < n; i++) {
            const double *c = a->c[f->bin[axis * n + i]][r];
            double t = f->place[axis * n + i];

            value[i] = c[0] + t * (c[1] + t * c[2]);
        }
    }
}

/* Sum of a_i b_i^2, lane by lane: as one running sum it would be no vector code. */
VECTOR_LOOP static double sum_squares(size_t n, const double *a, const double *b)
{
    double sum[2 * LANES] = {0.0}, all = 0.0;
    size_t i, l;

    for (i = 0; i + 2 * LANES <= n; i += 2 * LANES)
        for (l = 0; l < 2 * LANES; l++)
            sum[l] += a[i + l] * b[i + l] * b[i + l];
    for (; i < n; i++)
        all += a[i] * b[i] * b[i];
    for (l = 0; l < 2 * LANES; l++)
        all += sum[l];
    return all;
}

/* Sum of b_i^2 */
VECTOR_LOOP static double sum_own_squares(size_t n, const double *b)
{
    double sum[2 * LANES] = {0.0}, all = 0.0;
    size_t i, l;

    for (i = 0; i + 2 * LANES <= n; i += 2 * LANES)
        for (l = 0; l < 2 * LANES; l++)
            sum[l] += b[i + l] * b[i + l];
    for (; i < n; i++)
        all += b[i] * b[i];
    for (l = 0; l < 2 * LANES; l++)
        all += sum[l];
    return all;
}

/* a -= b */
VECTOR_LOOP static void minus(size_t n, double *a, const double *b)
{
    size_t i;

    for (i = 0; i < n; i++)
        a[i] -= b[i];
}

/* a *= b */
VECTOR_LOOP static void times(size_t n, double *a, const double *b)
{
    size_t i;

    for (i = 0; i < n; i++)
        a[i] *= b[i];
}

/* c = a / b, and false where one of b is too small for that. */
VECTOR_LOOP static bool ratio(size_t n, const double *a, const double *b, double *c)
{
    bool is_safe = true;
    size_t i;

    for (i = 0; i < n; i++)
        c[i] = a[i] / b[i];
    for (i = 0; i < n; i++)
        is_safe &= b[i] > 1e-60 || b[i] < -1e-60;
    return is_safe;
}

/* Products over all axes. */
static void multiply(struct product_fit *f, size_t from, size_t to)
{
    size_t n = f->rows->n, j, r;

    for (r = from; r < to; r++) {
        double *all = f->all + r * n;

        memcpy(all, factor_of(f, 0, r), n * sizeof *all);
        for (j = 1; j < f->d; j++)
            times(n, all, factor_of(f, j, r));
    }
}

/* Products over all axes but one, by division where that is safe. */
static void divide(struct product_fit *f, size_t axis, size_t from, size_t to)
{
    size_t n = f->rows->n, i, j, r;

    for (r = from; r < to; r++) {
        const double *all = f->all + r * n, *value = factor_of(f, axis, r);
        double *other = f->other + r * n;

        if (ratio(n, all, value, other))
            continue;
        for (i = 0; i < n; i++) {
            if (fabs(value[i]) > 1e-60)
                continue;
            other[i] = 1.0;
            for (j = 0; j < f->d; j++)
                other[i] *= j == axis ? 1.0 : factor_of(f, j, r)[i];
        }
    }
}

void product_sum(struct product_fit *f, size_t from, size_t to)
{
    size_t n = f->rows->n, i, r;

    multiply(f, from, to);
    memset(f->sum, 0, n * sizeof *f->sum);
    for (r = from; r < to; r++)
        for (i = 0; i < n; i++)
            f->sum[i] += f->all[r * n + i];
}

/* Mean over rows from .. to of the squared misfit in h, weights of the rows. */
double product_misfit(const struct product_fit *f, size_t from, size_t to)
{
    double sum = 0.0;
    size_t i;

    for (i = from; i < to; i++) {
        double miss = f->target[i] - f->sum[i];

        sum += f->weight[i] * miss * miss;
    }
    return to > from ? sum / (double)(to - from) : 0.0;
}

/* a (n rows: symmetric, lower triangle, and the right side as column n) is solved in place; the
 * solution is column n.  Cholesky without a square root. */
static void solve_small(size_t n, double *a)
{
    size_t m = system_stride(n), i, j, k;

    for (j = 0; j < n; j++) {
        double pivot = a[j * m + j];

        if (!(pivot > 1e-300)) {
            for (i = 0; i < n; i++)
                a[i * m + n] = 0.0;
            return;
        }
        for (i = j + 1; i < n; i++) {
            double l = a[i * m + j] / pivot;

            for (k = j + 1; k <= i; k++)
                a[i * m + k] -= l * a[k * m + j];
            a[i * m + n] -= l * a[j * m + n];
        }
    }
    for (i = n; i-- > 0;) {
        for (k = i + 1; k < n; k++)
            a[i * m + n] -= a[k * m + i] * a[k * m + n];
        a[i * m + n] /= a[i * m + i];
    }
}

/* a += w row row^T, the right side's entry at the end of row. */
static inline void add_row(size_t n, size_t m, double w, const double *row, double *a)
{
    size_t j, k;

    for (j = 0; j < n; j++) {
        double scaled = w * row[j];

        for (k = 0; k < m; k++)
            a[j * m + k] += scaled * row[k];
    }
}

/* Normal equations of all bins of an axis. */
VECTOR_LOOP static void gather_axis(struct product_fit *f, size_t axis, size_t from, size_t to,
                                    const double *target)
{
    size_t n_terms = to - from, n = n_terms * POWERS, m = system_stride(n), all = f->rows->n, i, r;
    double row[SYSTEM + LANES] = {0.0};

    memset(f->system, 0, f->product->axes[axis].n * n * m * sizeof *f->system);
    for (i = 0; i < f->n_used; i++) {
        double t = f->place[axis * all + i];
        double *a = f->system + f->bin[axis * all + i] * n * m;

        for (r = 0; r < n_terms; r++) {
            double other = f->other[(from + r) * all + i];

            row[r * POWERS] = other;
            row[r * POWERS + 1] = other * t;
            row[r * POWERS + 2] = other * t * t;
        }
        row[n] = target[i];
        if (m == LANES)
            add_row(n, LANES, f->weight[i], row, a);
        else if (m == 2 * LANES)
            add_row(n, 2 * LANES, f->weight[i], row, a);
        else
            add_row(n, 3 * LANES, f->weight[i], row, a);
    }
}

/* A ridge as if every coefficient came from a normal distribution as wide as the factor's values
 * now (less for slopes and bends), and the rows had the noise that the last sweep left. */
static void add_ridge(const struct product_fit *f, size_t axis, size_t from, size_t to,
                      double *system)
{
    static const double narrower[POWERS] = {1.0, 4.0, 16.0};
    size_t n_rows = f->rows->n, n = (to - from) * POWERS, m = system_stride(n), b, j;
    double penalty[TERMS_MAX] = {0};

    for (j = from; j < to; j++) {
        double squares = sum_own_squares(n_rows, factor_of(f, axis, j)) / (double)n_rows;

        penalty[j - from] = doubt * f->noise / fmax(squares, 1e-300);
    }
    for (b = 0; b < f->product->axes[axis].n; b++, system += n * m) {
        for (j = 0; j < n; j++)
            system[j * m + j] = system[j * m + j] * (1.0 + ridge) +
                                penalty[j / POWERS] * narrower[j % POWERS] + 1e-300;
    }
}

/* The factors of one axis, those of the others fixed. */
static void improve_axis(struct product_fit *f, size_t axis, size_t from, size_t to,
                         const double *target)
{
    struct axis *a = f->product->axes + axis;
    size_t n = (to - from) * POWERS, m = system_stride(n), n_rows = f->rows->n, b, j, r;

    divide(f, axis, from, to);
    gather_axis(f, axis, from, to, target);
    add_ridge(f, axis, from, to, f->system);
    for (b = 0; b < a->n; b++) {
        double *system = f->system + b * n * m;

        solve_small(n, system);
        for (j = 0; j < n; j++)
            a->c[b][from + j / POWERS][j % POWERS] = system[j * m + n];
    }
    product_evaluate(f, axis, from, to);
    for (r = from; r < to; r++) {
        memcpy(f->all + r * n_rows, f->other + r * n_rows, n_rows * sizeof *f->all);
        times(n_rows, f->all + r * n_rows, factor_of(f, axis, r));
    }
}

/* Every axis' factor of a term to a root mean square of 1 but the last axis', which takes all. */
static void balance(struct product_fit *f, size_t term)
{
    size_t d = f->d, n = f->rows->n, i, j, b, k;
    double scale = 1.0;

    for (j = 0; j < d; j++) {
        struct axis *a = f->product->axes + j;
        double *value = factor_of(f, j, term), by;
        double squares = fmax(sum_own_squares(n, value) / (double)n, 1e-300);

        by = j + 1 < d ? 1.0 / sqrt(squares) : scale;
        scale /= j + 1 < d ? by : 1.0;
        for (b = 0; b < a->n; b++)
            for (k = 0; k < POWERS; k++)
                a->c[b][term][k] *= by;
        for (i = 0; i < n; i++)
            value[i] *= by;
    }
}

void product_sweep(struct product_fit *f, size_t from, size_t to, const double *target)
{
    size_t j, r;

    multiply(f, from, to);
    for (j = 0; j < f->d; j++)
        improve_axis(f, j, from, to, target);
    memcpy(f->other, target, f->n_used * sizeof *f->other); /* as scratch: what is left */
    for (r = from; r < to; r++)
        minus(f->n_used, f->other, f->all + r * f->rows->n);
    f->noise = sum_squares(f->n_used, f->weight, f->other) / (double)f->n_used;
    for (r = from; r < to; r++)
        balance(f, r);
}
