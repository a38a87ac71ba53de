/* kernel.c: Gaussian process regression of the squashed margins.
 *
 * What it does: interpolates smooth observables far better than a network can from a thousand
 * points, and knows its variance.  Kernel: Matern 5/2 with one length per axis (Rasmussen,
 * Williams, Gaussian Processes for Machine Learning, 2006, eq. (4.17)), zero mean (heads are
 * standardised), amplitude profiled: evidence = -n/2 ln(y' K^-1 y / n) - 1/2 ln det K (eq. (5.8)).
 * Lengths and noise are improved by coordinate steps on the evidence of a sample.  The variance of
 * a prediction is that given its nearest sixteen points only (Vecchia's approximation, J. R. Stat.
 * Soc. B 50 (1988) 297): never too small, and cheap.
 *
 * What it does not: grow with the store.  It stands on KERNEL_MAX points that the caller chooses.
 */
#include "kernel.h"
#include "vector.h"

#include <assert.h>
#include <math.h>
#include <string.h>

enum { SAMPLE = 320, COLUMNS = 64 };
static const float least_length = 0.02f, most_length = 20.0f;
static const float least_nugget = 1e-5f, most_nugget = 0.5f;

/* In place: squared distances (over the lengths) to correlations. */
VECTOR_LOOP static void matern_block(size_t n, float *r2)
{
    size_t i;

    for (i = 0; i < n; i++) {
        float s2 = 5.0f * (r2[i] > 0.0f ? r2[i] : 0.0f);
        float s = s2 * vector_rsqrt(s2);

        r2[i] = (1.0f + s + s2 * (1.0f / 3.0f)) * vector_exp(s < 80.0f ? -s : -80.0f);
    }
}

static double matern(double r2)
{
    double s = sqrt(5.0 * r2);

    return (1.0 + s + s * s / 3.0) * exp(-s);
}

struct kernel *kernel_create(size_t d, size_t axes, size_t groups, struct err *err)
{
    struct kernel *kernel = mem_new(struct kernel);

    if (kernel && d <= KERNEL_DIMS) {
        kernel->d = d;
        kernel->axes = axes;
        kernel->groups = groups;
        kernel->x = mem_array(KERNEL_MAX * d, sizeof(float));
        kernel->x2 = mem_array(KERNEL_MAX, sizeof(float));
        kernel->alpha = mem_array(KERNEL_MAX * groups, sizeof(float));
        kernel->amplitude = mem_array(groups, sizeof(float));
        kernel->cross = mem_array(KERNEL_BLOCK * (KERNEL_MAX + LANES), sizeof(float));
        kernel->scaled = mem_array(KERNEL_BLOCK * d, sizeof(float));
        kernel->scaled2 = mem_array(KERNEL_BLOCK, sizeof(float));
        if (kernel->x && kernel->x2 && kernel->alpha && kernel->amplitude && kernel->cross &&
            kernel->scaled && kernel->scaled2)
            return kernel;
    }
    kernel_free(kernel);
    mem_error(err);
    return NULL;
}

void kernel_free(struct kernel *kernel)
{
    if (!kernel)
        return;
    mem_free(kernel->x);
    mem_free(kernel->x2);
    mem_free(kernel->alpha);
    mem_free(kernel->amplitude);
    mem_free(kernel->cross);
    mem_free(kernel->scaled);
    mem_free(kernel->scaled2);
    mem_free(kernel);
}

/* ---- fitting -------------------------------------------------------------------------------- */

static double distance2(size_t d, const float *a, const float *b, const float *length)
{
    double sum = 0.0;
    size_t j;

    for (j = 0; j < d; j++) {
        double step = (double)((a[j] - b[j]) / length[j]);

        sum += step * step;
    }
    return sum;
}

/* The points of a fit: row order[i] of x and y. */
struct points {
    size_t n, d, groups;
    const float *x, *y;
    const size_t *order;
};

/* Lower triangle of the correlation matrix into a (n by n), then its Cholesky factor; 0, or 1 when
 * it is singular. */
static int factor(const struct points *p, const float *length, double nugget, double *a)
{
    struct err ignored = ERR_INIT;
    size_t i, j;

    for (i = 0; i < p->n; i++) {
        const float *x = p->x + p->order[i] * p->d;

        for (j = 0; j < i; j++)
            a[i * p->n + j] = matern(distance2(p->d, x, p->x + p->order[j] * p->d, length));
        a[i * p->n + i] = 1.0 + nugget;
    }
    return mat_cholesky(p->n, a, p->n, &ignored) == 0 ? 0 : 1;
}

/* t = L^-1 y; returns the squared norm. */
static double solve_lower(size_t n, const double *l, double *t)
{
    double squares = 0.0;
    size_t i, j;

    for (i = 0; i < n; i++) {
        double s = t[i];

        for (j = 0; j < i; j++)
            s -= l[i * n + j] * t[j];
        t[i] = s / l[i * n + i];
        squares += t[i] * t[i];
    }
    return squares;
}

static void solve_upper(size_t n, const double *l, double *t)
{
    size_t i, j;

    for (i = n; i-- > 0;) {
        t[i] /= l[i * n + i];
        for (j = 0; j < i; j++)
            t[j] -= l[i * n + j] * t[i];
    }
}

/* a: n by n, t: n. */
static double evidence_of(const struct points *p, const float *length, double nugget, double *a,
                          double *t)
{
    double log_det = 0.0, evidence = INFINITY;
    size_t i, g, n = p->n;

    if (factor(p, length, nugget, a) != 0)
        return -INFINITY;
    for (i = 0; i < n; i++)
        log_det += log(a[i * n + i]);
    for (g = 0; g < p->groups; g++) {
        for (i = 0; i < n; i++)
            t[i] = (double)p->y[p->order[i] * p->groups + g];
        double one = -0.5 * (double)n * log(solve_lower(n, a, t) / (double)n + 1e-12) - log_det;
        if (one < evidence)
            evidence = one;
    }
    return evidence;
}

/* Tries value * factor; keeps it where the evidence grows. */
struct climb {
    const struct points *points;
    float *length, *nugget;
    double *a, *t, best;
};

static void try_lengths(struct climb *c, size_t from, size_t to, float factor)
{
    float kept[KERNEL_DIMS];
    double evidence;
    size_t j;

    for (j = from; j < to; j++) {
        kept[j] = c->length[j];
        c->length[j] = fminf(fmaxf(kept[j] * factor, least_length), most_length);
    }
    evidence = evidence_of(c->points, c->length, (double)*c->nugget, c->a, c->t);
    if (evidence > c->best) {
        c->best = evidence;
        return;
    }
    memcpy(c->length + from, kept + from, (to - from) * sizeof *kept);
}

static void try_nugget(struct climb *c, float factor)
{
    float kept = *c->nugget;
    double evidence;

    *c->nugget = fminf(fmaxf(kept * factor, least_nugget), most_nugget);
    evidence = evidence_of(c->points, c->length, (double)*c->nugget, c->a, c->t);
    if (evidence > c->best)
        c->best = evidence;
    else
        *c->nugget = kept;
}

static void climb(struct climb *c, int sweeps)
{
    size_t j, d = c->points->d;

    c->best = evidence_of(c->points, c->length, (double)*c->nugget, c->a, c->t);
    while (sweeps-- > 0) {
        try_lengths(c, 0, d, 1.25f);
        try_lengths(c, 0, d, 0.8f);
        for (j = 0; d > 1 && j < d; j++) {
            try_lengths(c, j, j + 1, 1.4f);
            try_lengths(c, j, j + 1, 0.7f);
        }
        try_nugget(c, 4.0f);
        try_nugget(c, 0.25f);
    }
}

/* The axes share a length at first, and so do the inputs beyond them. */
static void cold_start(struct climb *c, size_t axes)
{
    static const float grid[] = {0.1f, 0.2f, 0.4f, 0.8f, 1.6f, 3.2f}, beyond[] = {0.1f, 0.3f, 1.0f};
    double best = -INFINITY;
    float chosen = grid[2], chosen_beyond = beyond[1];
    size_t i, k, j, d = c->points->d, n = d > axes ? sizeof beyond / sizeof beyond[0] : 1;

    *c->nugget = 1e-4f;
    for (i = 0; i < n * (sizeof grid / sizeof grid[0]); i++) {
        double evidence;

        k = i % n;
        for (j = 0; j < d; j++)
            c->length[j] = j < axes ? grid[i / n] : beyond[k];
        evidence = evidence_of(c->points, c->length, (double)*c->nugget, c->a, c->t);
        if (evidence > best) {
            best = evidence;
            chosen = grid[i / n];
            chosen_beyond = beyond[k];
        }
    }
    for (j = 0; j < d; j++)
        c->length[j] = j < axes ? chosen : chosen_beyond;
}

/* Everything that predictions need, from a factored matrix; t: n. */
static void finish(struct kernel *k, const struct points *p, const double *a, double *t)
{
    size_t i, j, g;

    k->n = p->n;
    for (g = 0; g < p->groups; g++) {
        for (i = 0; i < p->n; i++)
            t[i] = (double)p->y[i * p->groups + g];
        k->amplitude[g] = (float)(solve_lower(p->n, a, t) / (double)p->n);
        solve_upper(p->n, a, t);
        for (i = 0; i < p->n; i++)
            k->alpha[i * p->groups + g] = (float)t[i];
    }
    for (i = 0; i < p->n; i++) {
        k->x2[i] = 0.0f;
        for (j = 0; j < p->d; j++) {
            float x = (p->x[i * p->d + j] - 0.5f) / k->length[j];

            k->x[i * p->d + j] = x;
            k->x2[i] += x * x;
        }
    }
}

/* The inverse of the lower triangle l (n by n, stride) in place, by halves:
 * [A 0; B C]^-1 = [A^-1 0; -C^-1 B A^-1  C^-1]. */
static void invert_lower(size_t n, double *l, size_t stride)
{
    size_t m = n / 2, i, j, k;
    double *b = l + m * stride, *c = b + m;

    if (n <= 24) {
        for (i = 0; i < n; i++) {
            double own = 1.0 / l[i * stride + i];

            for (j = 0; j < i; j++) {
                double s = 0.0;

                for (k = j; k < i; k++)
                    s += l[i * stride + k] * l[k * stride + j];
                l[i * stride + j] = s; /* column j is not read again in this row */
            }
            for (j = 0; j < i; j++)
                l[i * stride + j] *= -own;
            l[i * stride + i] = own;
        }
        return;
    }
    invert_lower(m, l, stride);
    invert_lower(n - m, c, stride);
    mat_dtrmm(false, n - m, m, 1.0, l, stride, b, stride);
    mat_dtrmm(true, n - m, m, -1.0, c, stride, b, stride);
}

/* a: the Cholesky factor, destroyed; work: n. */
static void leave_one_out(const struct kernel *k, const struct kernel_data *data, double *a,
                          double *work)
{
    size_t n = data->n, i, j, g;

    invert_lower(n, a, n);
    memset(work, 0, n * sizeof *work);
    for (i = 0; i < n; i++) {
        for (j = 0; j <= i; j++)
            work[j] += a[i * n + j] * a[i * n + j];
    }
    for (i = 0; i < n; i++) {
        data->loo_variance[i] = (float)(1.0 / work[i]);
        for (g = 0; g < k->groups; g++)
            data->loo_mean[i * k->groups + g] =
                data->y[i * k->groups + g] - k->alpha[i * k->groups + g] / (float)work[i];
    }
}

int kernel_fit(struct kernel *k, const struct kernel_data *data, bool is_cold, struct err *err)
{
    size_t n = data->n, i;
    struct points all = {.n = n, .d = k->d, .groups = k->groups, .x = data->x, .y = data->y};
    struct points some = all;
    double *a = mem_array(n * n, sizeof *a), *work = mem_array(n, sizeof *work);
    size_t *order = mem_array(n, sizeof *order);
    struct climb c = {
        .points = &some, .length = k->length, .nugget = &k->nugget, .a = a, .t = work};
    int rc = -1;

    assert(n <= KERNEL_MAX);
    if (!a || !work || !order) {
        mem_error(err);
        goto out;
    }
    some.n = n < SAMPLE ? n : SAMPLE;
    some.order = data->sample;
    if (is_cold)
        cold_start(&c, k->axes);
    climb(&c, is_cold ? 3 : 1);
    for (i = 0; i < n; i++)
        order[i] = i;
    all.order = order;
    while (factor(&all, k->length, (double)k->nugget, a) != 0) {
        k->nugget *= 10.0f;
        if (k->nugget > 10.0f) {
            err_set(err, ERR_NUMERIC, "the covariance of %zu points is singular", n);
            goto out;
        }
    }
    finish(k, &all, a, work);
    leave_one_out(k, data, a, work);
    rc = 0;
out:
    mem_free(a);
    mem_free(work);
    mem_free(order);
    return rc;
}

int kernel_evidence(size_t n, size_t d, const float *x, const double *y, double *evidence,
                    struct err *err)
{
    double *a = mem_array(n * n, sizeof *a), *t = mem_array(n, sizeof *t);
    float *values = mem_array(n, sizeof *values), length[KERNEL_DIMS], nugget;
    size_t *order = mem_array(n, sizeof *order), i;
    struct points p = {.n = n, .d = d, .groups = 1, .x = x, .y = values, .order = order};
    struct climb c = {.points = &p, .length = length, .nugget = &nugget, .a = a, .t = t};
    int rc = -1;

    if (!a || !t || !values || !order) {
        mem_error(err);
        goto out;
    }
    for (i = 0; i < n; i++) {
        values[i] = (float)y[i];
        order[i] = i;
    }
    cold_start(&c, d);
    *evidence = evidence_of(&p, length, (double)nugget, a, t);
    rc = 0;
out:
    mem_free(a);
    mem_free(t);
    mem_free(values);
    mem_free(order);
    return rc;
}

/* ---- predicting ----------------------------------------------------------------------------- */

/* The largest of each column of a matrix of COLUMNS. */
VECTOR_LOOP static void column_maxima(size_t rows, const float *k, float *most)
{
    size_t i, c;

    memcpy(most, k, COLUMNS * sizeof *most);
    for (i = 1; i < rows; i++)
        for (c = 0; c < COLUMNS; c++)
            most[c] = k[i * COLUMNS + c] > most[c] ? k[i * COLUMNS + c] : most[c];
}

static size_t insert(const float *k, size_t i, size_t found, size_t *near)
{
    size_t at;

    if (found == KERNEL_NEAR && k[i] <= k[near[KERNEL_NEAR - 1]])
        return found;
    at = found < KERNEL_NEAR ? found++ : KERNEL_NEAR - 1;
    for (; at > 0 && k[near[at - 1]] < k[i]; at--)
        near[at] = near[at - 1];
    near[at] = i;
    return found;
}

/* A correlation that KERNEL_NEAR of the n reach: so many columns have one. */
static float least_strong(const float *k, size_t n)
{
    float most[COLUMNS];
    size_t near[KERNEL_NEAR], found = 0, i;

    if (n < COLUMNS)
        return -1.0f;
    column_maxima(n / COLUMNS, k, most);
    for (i = 0; i < COLUMNS; i++)
        found = insert(most, i, found, near);
    return most[near[KERNEL_NEAR - 1]];
}

/* Indices of the largest of n correlations. */
static size_t strongest(const float *k, size_t n, size_t *near)
{
    float least = least_strong(k, n);
    size_t likely[KERNEL_MAX], n_likely = 0, found = 0, i;

    for (i = 0; i < n; i++) {
        likely[n_likely] = i;
        n_likely += k[i] >= least;
    }
    for (i = 0; i < n_likely; i++)
        found = insert(k, likely[i], found, near);
    return found;
}

/* What LANES predictions side by side know of their n neighbours. */
struct around {
    size_t n;
    float r2[KERNEL_NEAR * KERNEL_NEAR / 2][LANES]; /* pairs (i, j < i); then their correlations */
    float side[KERNEL_NEAR][LANES];                 /* correlations with the point itself */
};

VECTOR_LOOP static void add_axis(struct around *a, float (*x)[LANES])
{
    size_t i, j, p, at = 0;

    for (i = 0; i < a->n; i++)
        for (j = 0; j < i; j++, at++)
            for (p = 0; p < LANES; p++)
                a->r2[at][p] += (x[i][p] - x[j][p]) * (x[i][p] - x[j][p]);
}

/* k: the correlations of rows <= LANES points. */
static void look_around(const struct kernel *kernel, size_t rows, const float *k, struct around *a)
{
    size_t near[LANES][KERNEL_NEAR], d = kernel->d, i, m, p;
    float x[KERNEL_NEAR][LANES];

    memset(a, 0, sizeof *a);
    for (p = 0; p < LANES; p++) {
        const float *own = k + (p < rows ? p : 0) * kernel->n;

        a->n = strongest(own, kernel->n, near[p]);
        for (i = 0; i < a->n; i++)
            a->side[i][p] = own[near[p][i]];
    }
    for (m = 0; m < d; m++) {
        for (i = 0; i < a->n; i++)
            for (p = 0; p < LANES; p++)
                x[i][p] = kernel->x[near[p][i] * d + m];
        add_axis(a, x);
    }
    matern_block(sizeof a->r2 / sizeof(float), a->r2[0]);
}

/* Variances of points, given their nearest neighbours: 1 - k' K^-1 k by Cholesky. */
VECTOR_LOOP static void local_variances(const struct around *a, float own, float *left)
{
    float l[KERNEL_NEAR][KERNEL_NEAR][LANES], t[KERNEL_NEAR][LANES], sum[LANES], side[LANES];
    size_t i, j, m, p, at = 0;

    for (p = 0; p < LANES; p++)
        left[p] = 1.0f;
    for (i = 0; i < a->n; i++) {
        for (p = 0; p < LANES; p++) {
            sum[p] = own;
            side[p] = a->side[i][p];
        }
        for (j = 0; j < i; j++, at++) {
            float s[LANES];

            memcpy(s, a->r2[at], sizeof s);
            for (m = 0; m < j; m++)
                for (p = 0; p < LANES; p++)
                    s[p] -= l[i][m][p] * l[j][m][p];
            for (p = 0; p < LANES; p++) {
                l[i][j][p] = s[p] / l[j][j][p];
                sum[p] -= l[i][j][p] * l[i][j][p];
                side[p] -= l[i][j][p] * t[j][p];
            }
        }
        for (p = 0; p < LANES; p++) {
            l[i][i][p] = sqrtf(sum[p] > 1e-7f ? sum[p] : 1e-7f);
            t[i][p] = side[p] / l[i][i][p];
            left[p] -= t[i][p] * t[i][p];
        }
    }
    for (p = 0; p < LANES; p++)
        left[p] = left[p] > 1e-6f ? left[p] : 1e-6f;
}

static void predict_block(struct kernel *k, size_t rows, const float *x, float *mean,
                          float *variance)
{
    struct around around;
    float left[LANES];
    size_t d = k->d, i, j;

    for (i = 0; i < rows; i++) {
        k->scaled2[i] = 0.0f;
        for (j = 0; j < d; j++) {
            float a = (x[i * d + j] - 0.5f) / k->length[j];

            k->scaled[i * d + j] = a;
            k->scaled2[i] += a * a;
        }
        for (j = 0; j < k->n; j++)
            k->cross[i * k->n + j] = k->scaled2[i] + k->x2[j];
    }
    mat_sgemm(false, true, rows, k->n, d, -2.0f, k->scaled, d, k->x, d, 1.0f, k->cross, k->n);
    matern_block(vector_padded(rows * k->n), k->cross);
    mat_sgemm(false, false, rows, k->groups, k->n, 1.0f, k->cross, k->n, k->alpha, k->groups, 0.0f,
              mean, k->groups);
    for (i = 0; variance && i < rows; i += LANES) {
        size_t n = rows - i < LANES ? rows - i : LANES;

        look_around(k, n, k->cross + i * k->n, &around);
        local_variances(&around, 1.0f + k->nugget + 1e-5f, left);
        memcpy(variance + i, left, n * sizeof *left);
    }
}

void kernel_predict(struct kernel *k, size_t rows, const float *x, float *mean, float *variance)
{
    size_t from;

    for (from = 0; from < rows; from += KERNEL_BLOCK) {
        size_t n = rows - from < KERNEL_BLOCK ? rows - from : KERNEL_BLOCK;

        predict_block(k, n, x + from * k->d, mean + from * k->groups,
                      variance ? variance + from : NULL);
    }
}
