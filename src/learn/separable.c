/* separable.c: regression by sums of products of one-axis functions.
 *
 * What it does: alternating least squares (Beylkin, Garcke, Mohlenkamp, SIAM J. Sci. Comput. 31
 * (2009) 1840): with all factors of the other axes fixed the sum is linear in those of one axis,
 * whose polynomials (Legendre, orthonormal on 0 .. 1) then come from normal equations with a ridge
 * on high degrees.  Terms are added one by one, each from the best of several random beginnings on
 * what is left.  The observable need not be such a sum itself, a function of it is enough: the
 * left side is transformed to the mean of s given y in turn (alternating conditional expectations,
 * Breiman, Friedman, J. Am. Stat. Assoc. 80 (1985) 580).  Cross sections times branching ratios,
 * sums of chi squares and their functions are of this kind.
 *
 * What it does not: decide.  The merit is measured on rows that no fit has ever seen; who has the
 * map asks for enough of it. */
#include "vector.h"

#include "separable.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum {
    FIT_MAX = 3000, /* rows of a fit */
    FIT_MIN = 80,
    TRY_MAX = 1200, /* rows of a random beginning */
    TRIES = 24,     /* beginnings of each term */
    OUT_MAX = 1500, /* rows of the measure */
    OUT_MIN = 24,
    LINKS = 24, /* knots of the transformation of y */
    BINS = 8,   /* of s, for the measure */
    TRY_BASIS = 8,
    SWEEPS = 6
};
static const double ridge = 1e-5;

struct work {
    size_t n, d, stride; /* rows, axes, degrees in phi */
    size_t cap;          /* room for rows */
    double *y;           /* n */
    size_t *by_y;        /* n: rows, the lowest y first */
    double *phi;         /* d by stride by cap: polynomials of the rows */
    double *target;      /* n: y transformed */
    double *g;           /* (SEPARABLE_TERMS + 1) by d by cap: values of the factors */
    double *other;       /* (SEPARABLE_TERMS + 1) by cap: products of them */
    double *a;           /* (SEPARABLE_TERMS + 1) * stride by cap: design */
    double *h, *b;       /* normal equations */
    double *s;           /* n: the sum */
    double *order;       /* 2 n: for sorting */
};

static double *coefficients(struct separable *map, size_t term, size_t axis)
{
    return map->c + (term * SEPARABLE_DIMS + axis) * SEPARABLE_BASIS;
}

static const double *factor_of(const struct separable *map, size_t term, size_t axis)
{
    return map->c + (term * SEPARABLE_DIMS + axis) * SEPARABLE_BASIS;
}

VECTOR_LOOP static void add(size_t n, double factor, const double *g, double *sum)
{
    size_t i;

    for (i = 0; i < n; i++)
        sum[i] += factor * g[i];
}

VECTOR_LOOP static void multiply(size_t n, const double *g, double *product)
{
    size_t i;

    for (i = 0; i < n; i++)
        product[i] *= g[i];
}

VECTOR_LOOP static void multiply_into(double *of, size_t n, const double *a, const double *b)
{
    size_t i;

    for (i = 0; i < n; i++)
        of[i] = a[i] * b[i];
}

static void set(size_t n, double value, double *x)
{
    size_t i;

    for (i = 0; i < n; i++)
        x[i] = value;
}

/* Values of factor (term, axis) in all rows. */
static double *values(const struct work *w, size_t term, size_t axis)
{
    return w->g + (term * w->d + axis) * w->cap;
}

/* Degree k along an axis, in all rows. */
static double *polynomial(const struct work *w, size_t axis, size_t k)
{
    return w->phi + (axis * w->stride + k) * w->cap;
}

static void evaluate(const struct separable *map, struct work *w, size_t term, size_t axis)
{
    const double *c = factor_of(map, term, axis);
    double *g = values(w, term, axis);
    size_t k;

    set(w->n, 0.0, g);
    for (k = 0; k < map->basis; k++)
        add(w->n, c[k], polynomial(w, axis, k), g);
}

/* Of a term in all rows: `first` times its factors along all axes but one (SIZE_MAX: all). */
static double *multiply_factors(struct work *w, size_t term, double first, size_t but)
{
    double *product = w->other + term * w->cap;
    size_t j;

    set(w->n, first, product);
    for (j = 0; j < w->d; j++)
        if (j != but)
            multiply(w->n, values(w, term, j), product);
    return product;
}

/* s, from the values of the factors. */
static void sum_up(const struct separable *map, struct work *w)
{
    size_t r, j;

    set(w->n, map->constant, w->s);
    for (j = 0; j < w->d; j++)
        add(w->n, 1.0, values(w, 0, j), w->s);
    for (r = 1; r <= map->terms; r++)
        add(w->n, 1.0, multiply_factors(w, r, 1.0, SIZE_MAX), w->s);
}

static void evaluate_all(const struct separable *map, struct work *w)
{
    size_t r, j;

    for (r = 0; r <= map->terms; r++)
        for (j = 0; j < w->d; j++)
            evaluate(map, w, r, j);
    sum_up(map, w);
}

/* b = H^-1 b, H n by n in w->h. */
static int solve(size_t n, double *h, double *b)
{
    struct err ignored = ERR_INIT;
    size_t i, j;

    if (mat_cholesky(n, h, n, &ignored) != 0)
        return 1;
    for (i = 0; i < n; i++) {
        for (j = 0; j < i; j++)
            b[i] -= h[i * n + j] * b[j];
        b[i] /= h[i * n + i];
    }
    for (i = n; i-- > 0;) {
        b[i] /= h[i * n + i];
        for (j = 0; j < i; j++)
            b[j] -= h[i * n + j] * b[i];
    }
    return 0;
}

/* Products of the other axes are brought to a root mean square of 1. */
static void norms(const struct separable *map, struct work *w, size_t axis, double *norm)
{
    size_t r, i;

    for (r = 1; r <= map->terms; r++) {
        const double *other = multiply_factors(w, r, 1.0, axis);
        double sum = 1e-300;

        for (i = 0; i < w->n; i++)
            sum += other[i] * other[i];
        norm[r] = 1.0 / sqrt(sum / (double)w->n);
    }
}

/* The design: constant, degrees 1 .. of the sum, then each term's degrees times the product of the
 * other axes.  The part of s that the axis has no hand in goes to the other side, into w->s. */
static void design(const struct separable *map, struct work *w, size_t axis, const double *norm)
{
    size_t j, r, k;

    memcpy(w->s, w->target, w->n * sizeof *w->s);
    for (j = 0; j < w->d; j++)
        if (j != axis)
            add(w->n, -1.0, values(w, 0, j), w->s);
    for (k = 0; k < map->basis; k++)
        memcpy(w->a + k * w->cap, polynomial(w, axis, k), w->n * sizeof *w->a);
    for (r = 1; r <= map->terms; r++) {
        const double *other = multiply_factors(w, r, norm[r], axis);

        for (k = 0; k < map->basis; k++)
            multiply_into(w->a + (r * map->basis + k) * w->cap, w->n, other,
                          polynomial(w, axis, k));
    }
}

static int improve_axis(struct separable *map, struct work *w, size_t axis)
{
    size_t m = (map->terms + 1) * map->basis, i, k, r;
    double norm[SEPARABLE_TERMS + 1] = {1.0};

    norms(map, w, axis, norm);
    design(map, w, axis, norm);
    mat_dgemm(false, true, m, m, w->n, 1.0, w->a, w->cap, w->a, w->cap, 0.0, w->h, m);
    mat_dgemm(false, false, m, 1, w->n, 1.0, w->a, w->cap, w->s, 1, 0.0, w->b, 1);
    for (i = 0; i < m; i++) {
        double degree = 0.5 * (double)(i % map->basis);

        w->h[i * m + i] += (double)w->n * ridge * (1.0 + degree * degree * degree * degree);
    }
    if (solve(m, w->h, w->b) != 0)
        return 1;
    map->constant = w->b[0];
    for (k = 1; k < map->basis; k++)
        coefficients(map, 0, axis)[k] = w->b[k];
    for (r = 1; r <= map->terms; r++)
        for (k = 0; k < map->basis; k++)
            coefficients(map, r, axis)[k] = norm[r] * w->b[r * map->basis + k];
    for (r = 0; r <= map->terms; r++)
        evaluate(map, w, r, axis);
    return 0;
}

static int sweep(struct separable *map, struct work *w)
{
    size_t j;

    for (j = 0; j < w->d; j++) {
        if (improve_axis(map, w, j) != 0)
            return 1;
    }
    sum_up(map, w);
    return 0;
}

/* ---- the transformation of y ---------------------------------------------------------------- */

/* By their first numbers; of two alike the one with the lower second number first. */
static int compare_pairs(const void *a, const void *b)
{
    const double *x = a, *y = b;

    return x[0] != y[0] ? (x[0] > y[0]) - (x[0] < y[0]) : (x[1] > y[1]) - (x[1] < y[1]);
}

static void rank_rows(struct work *w)
{
    size_t i;

    for (i = 0; i < w->n; i++) {
        w->order[2 * i] = w->y[i];
        w->order[2 * i + 1] = (double)i;
    }
    qsort(w->order, w->n, 2 * sizeof *w->order, compare_pairs);
    for (i = 0; i < w->n; i++)
        w->by_y[i] = (size_t)w->order[2 * i + 1];
}

/* target = the mean of s given y, piecewise linear, then brought to mean 0 and variance 1. */
static void transform(struct work *w)
{
    double knot[LINKS], value[LINKS], sum = 0.0, squares = 0.0;
    size_t i, k, n = w->n, at;

    for (k = 0; k < LINKS; k++) {
        size_t from = k * n / LINKS, to = (k + 1) * n / LINKS;

        knot[k] = value[k] = 0.0;
        for (i = from; i < to; i++) {
            knot[k] += w->y[w->by_y[i]] / (double)(to - from);
            value[k] += w->s[w->by_y[i]] / (double)(to - from);
        }
    }
    for (i = 0; i < n; i++) {
        double y = w->y[i], width;

        for (at = 0; at + 2 < LINKS && y > knot[at + 1]; at++)
            ;
        width = knot[at + 1] - knot[at];
        w->target[i] = width > 0.0
                           ? value[at] + (y - knot[at]) / width * (value[at + 1] - value[at])
                           : value[at];
        sum += w->target[i];
        squares += w->target[i] * w->target[i];
    }
    sum /= (double)n;
    squares = sqrt(fmax(squares / (double)n - sum * sum, 1e-12));
    for (i = 0; i < n; i++)
        w->target[i] = (w->target[i] - sum) / squares;
}

/* Share of the variance of y that is left within bins of s, around a line in each. */
static double unexplained(struct work *w)
{
    double all = 0.0, mean = 0.0, left = 0.0;
    size_t i, k, n = w->n;

    for (i = 0; i < n; i++) {
        w->order[2 * i] = w->s[i];
        w->order[2 * i + 1] = w->y[i];
        mean += w->y[i] / (double)n;
    }
    qsort(w->order, n, 2 * sizeof *w->order, compare_pairs);
    for (i = 0; i < n; i++)
        all += (w->y[i] - mean) * (w->y[i] - mean);
    for (k = 0; k < BINS; k++) {
        size_t from = k * n / BINS, to = (k + 1) * n / BINS;
        double m = (double)(to - from), x = 0.0, y = 0.0, xx = 0.0, xy = 0.0, yy = 0.0;

        for (i = from; i < to; i++) {
            x += w->order[2 * i] / m;
            y += w->order[2 * i + 1] / m;
        }
        for (i = from; i < to; i++) {
            double dx = w->order[2 * i] - x, dy = w->order[2 * i + 1] - y;

            xx += dx * dx;
            xy += dx * dy;
            yy += dy * dy;
        }
        left += (xx > 0.0 ? yy - xy * xy / xx : yy) * m / fmax(m - 2.0, 1.0);
    }
    return all > 0.0 ? fmin(left / all, 1.0) : 1.0;
}

/* ---- looking for terms ---------------------------------------------------------------------- */

static void random_term(struct separable *map, size_t term, bool is_alike, struct rng *rng)
{
    size_t j, k;

    for (j = 0; j < map->d; j++) {
        double *c = coefficients(map, term, j);

        for (k = 0; k < map->basis; k++) {
            if (is_alike && j > 0)
                c[k] = coefficients(map, term, 0)[k];
            else
                c[k] = k < TRY_BASIS ? rng_normal(rng) / (1.0 + 0.25 * (double)k) : 0.0;
        }
    }
}

static double misfit(const struct work *w)
{
    double sum = 0.0;
    size_t i;

    for (i = 0; i < w->n; i++)
        sum += (w->target[i] - w->s[i]) * (w->target[i] - w->s[i]);
    return sum / (double)w->n;
}

/* One more term: the best of several beginnings on what the map leaves. */
static void add_term(struct separable *map, struct work *w, struct rng *rng)
{
    struct separable one = {.d = map->d, .terms = 1, .basis = TRY_BASIS}, best = one;
    double least = INFINITY, *target = w->target;
    size_t n = w->n, i, j;
    int t, i_sweep;

    evaluate_all(map, w);
    for (i = 0; i < n; i++)
        w->order[i] = target[i] - w->s[i];
    w->n = n < TRY_MAX ? n : TRY_MAX;
    w->target = w->order;
    for (t = 0; t < TRIES; t++) {
        memset(one.c, 0, sizeof one.c);
        one.constant = 0.0;
        random_term(&one, 1, t % 2 == 0, rng);
        evaluate_all(&one, w);
        for (i_sweep = 0; i_sweep < 4 && sweep(&one, w) == 0; i_sweep++)
            ;
        if (misfit(w) < least) {
            least = misfit(w);
            best = one;
        }
    }
    w->n = n;
    w->target = target;
    map->terms++;
    for (j = 0; j < map->d; j++)
        memcpy(coefficients(map, map->terms, j), coefficients(&best, 1, j),
               SEPARABLE_BASIS * sizeof(double));
}

static void polish(struct separable *map, struct work *w, int sweeps, bool is_linked)
{
    evaluate_all(map, w);
    if (is_linked)
        transform(w);
    for (; sweeps > 0; sweeps--) {
        if (sweep(map, w) != 0)
            return;
        if (is_linked)
            transform(w);
    }
}

static double measure(const struct separable *map, struct work *out)
{
    evaluate_all(map, out);
    return unexplained(out);
}

/* Sums, then one term after another, with polynomials of the given number of degrees; the best of
 * all on the rows left out replaces *best where it is clearly better. */
static void search(struct separable *best, struct work *in, struct work *out, size_t terms,
                   struct rng *rng)
{
    struct separable map = {.d = best->d, .basis = (uint32_t)in->stride}, linked;
    size_t t;

    for (t = 0; t <= terms; t++) {
        memcpy(in->target, in->y, in->n * sizeof *in->y);
        if (t > 0)
            add_term(&map, in, rng);
        polish(&map, in, SWEEPS, false);
        linked = map;
        polish(&linked, in, 2 * SWEEPS, true);
        linked.left = measure(&linked, out);
        if (linked.left < 0.8 * best->left)
            *best = linked;
    }
}

/* ---- the map -------------------------------------------------------------------------------- */

static int work_create(struct work *w, size_t n, size_t d, struct err *err)
{
    size_t most = (SEPARABLE_TERMS + 1) * SEPARABLE_BASIS;

    *w = (struct work){.d = d, .cap = n};
    w->y = mem_array(n, sizeof(double));
    w->by_y = mem_array(n, sizeof *w->by_y);
    w->phi = mem_array(n * d * SEPARABLE_BASIS, sizeof(double));
    w->target = mem_array(n, sizeof(double));
    w->g = mem_array(n * (SEPARABLE_TERMS + 1) * d, sizeof(double));
    w->other = mem_array((SEPARABLE_TERMS + 1) * n, sizeof(double));
    w->a = mem_array(n * most, sizeof(double));
    w->h = mem_array(most * most, sizeof(double));
    w->b = mem_array(most, sizeof(double));
    w->s = mem_array(n, sizeof(double));
    w->order = mem_array(2 * n, sizeof(double));
    return w->y && w->by_y && w->phi && w->target && w->g && w->other && w->a && w->h && w->b &&
                   w->s && w->order
               ? 0
               : mem_error(err);
}

static void work_free(struct work *w)
{
    mem_free(w->y);
    mem_free(w->by_y);
    mem_free(w->phi);
    mem_free(w->target);
    mem_free(w->g);
    mem_free(w->other);
    mem_free(w->a);
    mem_free(w->h);
    mem_free(w->b);
    mem_free(w->s);
    mem_free(w->order);
}

static bool is_row(const struct separable_data *data, size_t i, bool is_out)
{
    return data->is_out[i] == is_out && isfinite(data->y[i * data->y_stride]);
}

static size_t count_rows(const struct separable_data *data, bool is_out)
{
    size_t i, n = 0;

    for (i = 0; i < data->n; i++)
        n += is_row(data, i, is_out);
    return n;
}

/* Up to `most` of the n rows, evenly spread over them, with polynomials of `basis` degrees. */
static void fill(struct work *w, const struct separable_data *data, bool is_out, size_t most,
                 size_t basis)
{
    double p[SEPARABLE_BASIS];
    size_t i, j, k, n = count_rows(data, is_out), seen = 0;

    w->n = 0;
    w->stride = basis;
    for (i = 0; i < data->n && w->n < most; i++) {
        if (!is_row(data, i, is_out) || (n > most && seen++ * most / n < w->n))
            continue;
        for (j = 0; j < data->d; j++) {
            separable_legendre((double)data->x[i * data->d + j], basis, p);
            for (k = 0; k < basis; k++)
                polynomial(w, j, k)[w->n] = p[k];
        }
        w->y[w->n++] = (double)data->y[i * data->y_stride];
    }
    rank_rows(w);
}

/* The input goes on meaning what it meant: s is brought to the old input's values, the first one's
 * to those of y. */
static void align(struct separable *map, const struct separable *before, struct work *w)
{
    double mean_s = 0.0, mean_f = 0.0, ss = 1e-12, sf = 0.0, n = (double)w->n;
    size_t i;

    for (i = 0; i < w->n; i++)
        w->target[i] = 0.25 * w->y[i];
    if (before->left < 1.0) {
        evaluate_all(before, w);
        for (i = 0; i < w->n; i++)
            w->target[i] = before->scale * (w->s[i] - before->centre);
    }
    evaluate_all(map, w);
    for (i = 0; i < w->n; i++) {
        mean_s += w->s[i] / n;
        mean_f += w->target[i] / n;
    }
    for (i = 0; i < w->n; i++) {
        ss += (w->s[i] - mean_s) * (w->s[i] - mean_s);
        sf += (w->s[i] - mean_s) * (w->target[i] - mean_f);
    }
    map->scale = sf / ss;
    if (fabs(map->scale) < 1e-6)
        map->scale = 1e-6;
    map->centre = mean_s - mean_f / map->scale;
}

/* Newly looked for when there are half as many rows again. */
static bool is_due(const struct separable *map, size_t n)
{
    return map->left > 1e-3 && n >= map->n_searched + map->n_searched / 2;
}

int separable_fit(struct separable *map, const struct separable_data *data, struct rng *rng,
                  struct err *err)
{
    size_t n = count_rows(data, false), n_out = count_rows(data, true);
    struct separable best = *map, next;
    struct work in = {.n = 0}, out = {.n = 0};
    int rc = -1;

    if (data->d > SEPARABLE_DIMS || n < FIT_MIN || n_out < OUT_MIN)
        return 0;
    TRY(work_create(&in, n < FIT_MAX ? n : FIT_MAX, data->d, err));
    TRY(work_create(&out, n_out < OUT_MAX ? n_out : OUT_MAX, data->d, err));
    if (best.left < 1.0) {
        fill(&in, data, false, FIT_MAX, best.basis);
        fill(&out, data, true, OUT_MAX, best.basis);
        next = best;
        polish(&next, &in, 3, true);
        best.left = fmin(measure(&best, &out), 0.999);
        next.left = fmin(measure(&next, &out), 0.999);
        if (next.left < best.left)
            best = next;
    }
    if (is_due(&best, n)) {
        best.d = (uint32_t)data->d;
        fill(&in, data, false, FIT_MAX, 12);
        fill(&out, data, true, OUT_MAX, 12);
        search(&best, &in, &out, SEPARABLE_TERMS, rng);
        if (best.left > 0.05 && n >= 300) {
            fill(&in, data, false, FIT_MAX, SEPARABLE_BASIS);
            fill(&out, data, true, OUT_MAX, SEPARABLE_BASIS);
            search(&best, &in, &out, 1, rng);
        }
        best.n_searched = (uint32_t)n;
    }
    if (best.left < 1.0) {
        size_t basis = best.basis > map->basis ? best.basis : map->basis;

        fill(&in, data, false, FIT_MAX, basis);
        align(&best, map, &in);
    }
    *map = best;
    rc = 0;
out:
    work_free(&in);
    work_free(&out);
    return rc;
}
