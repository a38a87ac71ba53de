/* surrogate-product.c: sums of products of one-axis functions.
 *
 * What it does: g(x) = sum_r prod_j f_rj(x_j), every f_rj a quadratic in each of a number of bins,
 * by alternating least squares (Beylkin, Garcke, Mohlenkamp, SIAM J. Sci. Comput. 31 (2009) 1840):
 * with the factors of all other axes fixed, the bins of an axis are small linear problems of their
 * own.  The misfit is that of h = g/q, so rows count with 1/q^2.  Nothing joins a bin to the next:
 * steps and kinks along an axis cost nothing.  Bins begin as quantiles and are split where a
 * factor on one side, and another on the other, would explain most of what is left (as in
 * regression trees, Breiman et al. 1984).  Terms are added one by one while the rows held out say
 * that they help.
 *
 * What it does not: see structure that runs along no axis. */
#include "forms.h"

#include <assert.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

enum {
    TERMS_MAX = 6,
    BINS_MAX = 96,
    BINS_FIRST = 12,
    POWERS = 3,
    SYSTEM = TERMS_MAX * POWERS,
    ROWS_PER_BIN = 24, /* at least, and as many again per term */
    SWEEPS_FIRST = 6,  /* of a new term alone */
    SWEEPS = 6,        /* of all terms, after each that is added */
    BEGINNINGS = 2
};
static const double ridge = 1e-6;
static const double gain_least = 0.02; /* of what is left, for one more term */
static const double enough = 1e-6;     /* of all: no more is asked for */

/* The bins of an axis and the factors in them. */
struct axis {
    uint32_t n; /* bins */
    double edge[BINS_MAX + 1];
    double c[BINS_MAX][TERMS_MAX][POWERS]; /* powers of the place in the bin, -1 .. 1 */
};

struct product {
    struct frame frame;
    uint32_t d, n_terms; /* d: axes of the frame */
    struct axis *axes;
};

void product_free(struct product *product)
{
    if (!product)
        return;
    mem_free(product->axes);
    mem_free(product);
}

static struct product *product_create(const struct frame *frame, struct err *err)
{
    struct product *product = mem_new(struct product);

    if (product)
        product->axes = mem_array(frame->n_axes, sizeof *product->axes);
    if (!product || !product->axes) {
        product_free(product);
        mem_error(err);
        return NULL;
    }
    product->frame = *frame;
    product->d = (uint32_t)frame->n_axes;
    return product;
}

static size_t bin_of(const struct axis *axis, double x)
{
    size_t lo = 0, hi = axis->n - 1;

    while (lo < hi) { /* edge[lo] <= x < edge[hi + 1] */
        size_t middle = (lo + hi + 1) / 2;

        if (x >= axis->edge[middle])
            lo = middle;
        else
            hi = middle - 1;
    }
    return lo;
}

/* -1 .. 1 */
static double place_in(const struct axis *axis, size_t bin, double x)
{
    double lo = axis->edge[bin], hi = axis->edge[bin + 1];

    return (2.0 * x - lo - hi) / (hi - lo);
}

/* ---- the fit -------------------------------------------------------------------------------- */

struct fit {
    const struct rows *rows;
    size_t d;            /* axes of the frame */
    double *u;           /* n by d: places of the rows in it */
    size_t n_in, n_used; /* rows of the normal equations: n_in, in the end all */
    struct product *product;
    double *target, *weight; /* n: of g */
    double *factor;          /* d by TERMS_MAX by n */
    double *all;             /* TERMS_MAX by n: products of all axes */
    double *other;           /* TERMS_MAX by n: of all but one */
    double *sum;             /* n: g */
    uint8_t *bin;            /* d by n */
    double *place;           /* d by n */
    double noise;            /* mean of what the last sweep left; 0: not known */
    double *system;          /* BINS_MAX by SYSTEM by (SYSTEM + 1) */
    uint32_t *by_axis;       /* d by n_in: rows in order of the axis */
};

static void fit_free(struct fit *f)
{
    mem_free(f->target);
    mem_free(f->weight);
    mem_free(f->factor);
    mem_free(f->u);
    mem_free(f->all);
    mem_free(f->other);
    mem_free(f->sum);
    mem_free(f->bin);
    mem_free(f->place);
    mem_free(f->system);
    mem_free(f->by_axis);
}

static double *factor_of(const struct fit *f, size_t axis, size_t term)
{
    return f->factor + (axis * TERMS_MAX + term) * f->rows->n;
}

struct pair {
    double x;
    uint32_t row;
};

static int compare_pairs(const void *a, const void *b)
{
    const struct pair *p = a, *q = b;

    return p->x != q->x ? (p->x > q->x) - (p->x < q->x) : (p->row > q->row) - (p->row < q->row);
}

static int sort_axes(struct fit *f, struct err *err)
{
    size_t d = f->d, i, j;
    struct pair *pairs = mem_array(f->n_in, sizeof *pairs);

    if (!pairs)
        return mem_error(err);
    for (j = 0; j < d; j++) {
        for (i = 0; i < f->n_in; i++)
            pairs[i] = (struct pair){f->u[i * d + j], (uint32_t)i};
        qsort(pairs, f->n_in, sizeof *pairs, compare_pairs);
        for (i = 0; i < f->n_in; i++)
            f->by_axis[j * f->n_in + i] = pairs[i].row;
    }
    mem_free(pairs);
    return 0;
}

static double at_rank(const struct fit *f, size_t axis, size_t rank)
{
    return f->u[f->by_axis[axis * f->n_in + rank] * f->d + axis];
}

static void first_bins(struct fit *f)
{
    size_t most = f->n_in / (2 * ROWS_PER_BIN), wanted = BINS_FIRST < most ? BINS_FIRST : most, j, k;

    wanted = wanted > 0 ? wanted : 1;
    for (j = 0; j < f->d; j++) {
        struct axis *axis = f->product->axes + j;

        axis->n = 0;
        axis->edge[0] = 0.0;
        for (k = 1; k < wanted; k++) {
            double edge = at_rank(f, j, k * f->n_in / wanted);

            if (edge > axis->edge[axis->n] && edge < 1.0)
                axis->edge[++axis->n] = edge;
        }
        axis->edge[++axis->n] = 1.0;
    }
}

/* Bins and places of all rows on an axis, after its edges have changed. */
static void place_rows(struct fit *f, size_t axis)
{
    const struct axis *a = f->product->axes + axis;
    size_t n = f->rows->n, i;

    for (i = 0; i < n; i++) {
        double x = f->u[i * f->d + axis];
        size_t bin = bin_of(a, x);

        f->bin[axis * n + i] = (uint8_t)bin;
        f->place[axis * n + i] = place_in(a, bin, x);
    }
}

static void evaluate_axis(struct fit *f, size_t axis, size_t from, size_t to)
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

/* Products over all axes. */
static void multiply(struct fit *f, size_t from, size_t to)
{
    size_t n = f->rows->n, i, j, r;

    for (r = from; r < to; r++) {
        double *all = f->all + r * n;

        memcpy(all, factor_of(f, 0, r), n * sizeof *all);
        for (j = 1; j < f->d; j++) {
            const double *value = factor_of(f, j, r);

            for (i = 0; i < n; i++)
                all[i] *= value[i];
        }
    }
}

/* Products over all axes but one, by division where that is safe. */
static void divide(struct fit *f, size_t axis, size_t from, size_t to)
{
    size_t n = f->rows->n, i, j, r;

    for (r = from; r < to; r++) {
        const double *all = f->all + r * n, *value = factor_of(f, axis, r);
        double *other = f->other + r * n;

        for (i = 0; i < n; i++) {
            if (fabs(value[i]) > 1e-60) {
                other[i] = all[i] / value[i];
                continue;
            }
            other[i] = 1.0;
            for (j = 0; j < f->d; j++)
                other[i] *= j == axis ? 1.0 : factor_of(f, j, r)[i];
        }
    }
}

static void sum_terms(struct fit *f, size_t from, size_t to)
{
    size_t n = f->rows->n, i, r;

    multiply(f, from, to);
    memset(f->sum, 0, n * sizeof *f->sum);
    for (r = from; r < to; r++)
        for (i = 0; i < n; i++)
            f->sum[i] += f->all[r * n + i];
}

/* Mean over rows from .. to of the squared misfit in h, weights of the rows. */
static double misfit(const struct fit *f, size_t from, size_t to)
{
    double sum = 0.0;
    size_t i;

    for (i = from; i < to; i++) {
        double miss = f->target[i] - f->sum[i];

        sum += f->weight[i] * miss * miss;
    }
    return to > from ? sum / (double)(to - from) : 0.0;
}

/* a (n by n + 1: symmetric, lower triangle, and the right side) is solved in place; the solution
 * is the last column.  Cholesky without a square root. */
static void solve_small(size_t n, double *a)
{
    size_t m = n + 1, i, j, k;

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

/* Normal equations of all bins of an axis. */
static void gather_axis(struct fit *f, size_t axis, size_t from, size_t to, const double *target)
{
    size_t n_terms = to - from, n = n_terms * POWERS, m = n + 1, all = f->rows->n, i, j, k, r;

    memset(f->system, 0, f->product->axes[axis].n * n * m * sizeof *f->system);
    for (i = 0; i < f->n_used; i++) {
        double t = f->place[axis * all + i], w = f->weight[i], row[SYSTEM];
        double *a = f->system + f->bin[axis * all + i] * n * m;

        for (r = 0; r < n_terms; r++) {
            double other = f->other[(from + r) * all + i];

            row[r * POWERS] = other;
            row[r * POWERS + 1] = other * t;
            row[r * POWERS + 2] = other * t * t;
        }
        for (j = 0; j < n; j++) {
            double scaled = w * row[j];

            for (k = 0; k <= j; k++)
                a[j * m + k] += scaled * row[k];
            a[j * m + n] += scaled * target[i];
        }
    }
}

/* A ridge as if every coefficient came from a normal distribution as wide as the factor's values
 * now (less for slopes and bends), and the rows had the noise that the last sweep left. */
static void add_ridge(const struct fit *f, size_t axis, size_t from, size_t to, double *system)
{
    static const double narrower[POWERS] = {1.0, 4.0, 16.0};
    size_t n_rows = f->rows->n, n = (to - from) * POWERS, m = n + 1, b, i, j;
    double penalty[TERMS_MAX];

    for (j = from; j < to; j++) {
        const double *value = factor_of(f, axis, j);
        double squares = 1e-300;

        for (i = 0; i < n_rows; i++)
            squares += value[i] * value[i] / (double)n_rows;
        penalty[j - from] = 10.0 * f->noise / squares;
    }
    for (b = 0; b < f->product->axes[axis].n; b++, system += n * m) {
        for (j = 0; j < n; j++)
            system[j * m + j] = system[j * m + j] * (1.0 + ridge) +
                                penalty[j / POWERS] * narrower[j % POWERS] + 1e-300;
    }
}

/* The factors of one axis, those of the others fixed. */
static void improve_axis(struct fit *f, size_t axis, size_t from, size_t to, const double *target)
{
    struct axis *a = f->product->axes + axis;
    size_t n = (to - from) * POWERS, m = n + 1, n_rows = f->rows->n, b, j, r;

    divide(f, axis, from, to);
    gather_axis(f, axis, from, to, target);
    add_ridge(f, axis, from, to, f->system);
    for (b = 0; b < a->n; b++) {
        double *system = f->system + b * n * m;

        solve_small(n, system);
        for (j = 0; j < n; j++)
            a->c[b][from + j / POWERS][j % POWERS] = system[j * m + n];
    }
    evaluate_axis(f, axis, from, to);
    for (r = from; r < to; r++)
        for (j = 0; j < n_rows; j++)
            f->all[r * n_rows + j] = f->other[r * n_rows + j] * factor_of(f, axis, r)[j];
}

/* Every axis' factor of a term to a root mean square of 1 but the last axis', which takes all. */
static void balance(struct fit *f, size_t term)
{
    size_t d = f->d, n = f->rows->n, i, j, b, k;
    double scale = 1.0;

    for (j = 0; j < d; j++) {
        struct axis *a = f->product->axes + j;
        double *value = factor_of(f, j, term), squares = 1e-300, by;

        for (i = 0; i < n; i++)
            squares += value[i] * value[i] / (double)n;
        by = j + 1 < d ? 1.0 / sqrt(squares) : scale;
        scale /= j + 1 < d ? by : 1.0;
        for (b = 0; b < a->n; b++)
            for (k = 0; k < POWERS; k++)
                a->c[b][term][k] *= by;
        for (i = 0; i < n; i++)
            value[i] *= by;
    }
}

static void sweep(struct fit *f, size_t from, size_t to, const double *target)
{
    size_t j, r;

    multiply(f, from, to);
    for (j = 0; j < f->d; j++)
        improve_axis(f, j, from, to, target);
    f->noise = 0.0;
    for (j = 0; j < f->n_used; j++) {
        double miss = target[j];

        for (r = from; r < to; r++)
            miss -= f->all[r * f->rows->n + j];
        f->noise += f->weight[j] * miss * miss / (double)f->n_used;
    }
    for (r = from; r < to; r++)
        balance(f, r);
}

/* ---- bins ----------------------------------------------------------------------------------- */

/* Where a bin is split best: the two sides' own multiples of g explain most of what is left. */
struct cut {
    double gain, at;
    uint32_t bin;
};

static void cut_of_bin(const struct fit *f, size_t axis, size_t first, size_t end, size_t least,
                       struct cut *cut)
{
    const uint32_t *row = f->by_axis + axis * f->n_in;
    double s_all = 0.0, w_all = 1e-300, s = 0.0, w = 1e-300;
    size_t i;

    for (i = first; i < end; i++) {
        double g = f->sum[row[i]], scaled = f->weight[row[i]] * g;

        s_all += scaled * (f->target[row[i]] - g);
        w_all += scaled * g;
    }
    for (i = first; i + least < end; i++) {
        double g = f->sum[row[i]], scaled = f->weight[row[i]] * g, gain, rest;

        s += scaled * (f->target[row[i]] - g);
        w += scaled * g;
        if (i + 1 < first + least)
            continue;
        rest = fmax(w_all - w, 1e-300);
        gain = s * s / w + (s_all - s) * (s_all - s) / rest - s_all * s_all / w_all;
        if (gain > cut->gain) {
            double left = at_rank(f, axis, i), right = at_rank(f, axis, i + 1);

            cut->gain = gain;
            cut->at = 0.5 * (left + right);
        }
    }
}

static int compare_cuts(const void *a, const void *b)
{
    const struct cut *x = a, *y = b;

    return (x->gain < y->gain) - (x->gain > y->gain);
}

/* A quadratic's coefficients, when t = middle + half t'. */
static void rescale(double *c, double middle, double half)
{
    c[0] += middle * (c[1] + middle * c[2]);
    c[1] = half * (c[1] + 2.0 * middle * c[2]);
    c[2] *= half * half;
}

static void insert_edge(struct axis *axis, double at)
{
    size_t bin = bin_of(axis, at), k, r;
    double place = place_in(axis, bin, at);

    if (axis->n >= BINS_MAX || !(at > axis->edge[bin]) || !(at < axis->edge[bin + 1]))
        return;
    for (k = axis->n + 1; k > bin + 1; k--) {
        axis->edge[k] = axis->edge[k - 1];
        if (k <= axis->n)
            memcpy(axis->c[k], axis->c[k - 1], sizeof axis->c[k]);
    }
    memcpy(axis->c[bin + 1], axis->c[bin], sizeof axis->c[bin]);
    axis->edge[bin + 1] = at;
    axis->n++;
    for (r = 0; r < TERMS_MAX; r++) {
        rescale(axis->c[bin][r], 0.5 * (place - 1.0), 0.5 * (place + 1.0));
        rescale(axis->c[bin + 1][r], 0.5 * (place + 1.0), 0.5 * (1.0 - place));
    }
}

/* Splits the bins of an axis where it gains most, half as many again; those that gain nothing
 * beyond chance stay whole. */
static void refine_axis(struct fit *f, size_t axis, size_t n_terms)
{
    struct axis *a = f->product->axes + axis;
    struct cut cuts[BINS_MAX];
    double noise = misfit(f, 0, f->n_in); /* of one row: what chance gains */
    size_t first = 0, n_cuts = 0, least = ROWS_PER_BIN * (1 + n_terms) / 2, b, end, k;

    for (b = 0; b < a->n; b++, first = end) {
        struct cut cut = {.bin = (uint32_t)b};

        for (end = first; end < f->n_in && at_rank(f, axis, end) < a->edge[b + 1]; end++)
            ;
        if (end - first >= 2 * least)
            cut_of_bin(f, axis, first, end, least, &cut);
        if (cut.gain > 40.0 * noise)
            cuts[n_cuts++] = cut;
    }
    qsort(cuts, n_cuts, sizeof *cuts, compare_cuts);
    for (k = 0; k < n_cuts && k < (size_t)a->n && k < 12; k++)
        insert_edge(a, cuts[k].at);
}

static void refine(struct fit *f, size_t n_terms)
{
    size_t j;

    sum_terms(f, 0, n_terms);
    for (j = 0; j < f->d; j++) {
        refine_axis(f, j, n_terms);
        place_rows(f, j);
        evaluate_axis(f, j, 0, n_terms);
    }
}

/* ---- terms ---------------------------------------------------------------------------------- */

/* A term to begin with: constants, or gentle random slopes. */
static void begin_term(struct fit *f, size_t term, size_t which, struct rng *rng)
{
    size_t j, b;

    for (j = 0; j < f->d; j++) {
        struct axis *a = f->product->axes + j;
        double slope = which == 0 ? 0.0 : rng_normal(rng), bend = which == 0 ? 0.0 : rng_normal(rng);

        for (b = 0; b < a->n; b++) {
            double x = 0.5 * (a->edge[b] + a->edge[b + 1]) - 0.5;

            a->c[b][term][0] = 1.0 + 2.0 * slope * x + 4.0 * bend * (x * x - 1.0 / 12.0);
            a->c[b][term][1] = a->c[b][term][2] = 0.0;
        }
        evaluate_axis(f, j, term, term + 1);
    }
}

static void keep_term(const struct fit *f, size_t term, double (*kept)[POWERS], bool is_back)
{
    size_t j, b;

    for (j = 0; j < f->d; j++)
        for (b = 0; b < BINS_MAX; b++) {
            double *c = f->product->axes[j].c[b][term], *k = kept[j * BINS_MAX + b];

            memcpy(is_back ? c : k, is_back ? k : c, POWERS * sizeof *c);
        }
}

/* One more term on what those before leave: the best of several beginnings. */
static int add_term(struct fit *f, size_t term, struct rng *rng, struct err *err)
{
    size_t n = f->rows->n, d = f->d, i, t, k;
    double *left = mem_array(n, sizeof *left), least = INFINITY;
    double(*kept)[POWERS] = mem_array(d * BINS_MAX, sizeof *kept);
    double *whole = f->target;

    if (!left || !kept) {
        mem_free(left);
        mem_free(kept);
        return mem_error(err);
    }
    sum_terms(f, 0, term);
    for (i = 0; i < n; i++)
        left[i] = whole[i] - f->sum[i];
    f->target = left;
    for (t = 0; t < BEGINNINGS; t++) {
        double now;

        begin_term(f, term, t, rng);
        f->noise = 0.0;
        for (k = 0; k < SWEEPS_FIRST / 2; k++)
            sweep(f, term, term + 1, left);
        sum_terms(f, term, term + 1);
        now = misfit(f, 0, f->n_in);
        if (now < least) {
            least = now;
            keep_term(f, term, kept, false);
        }
    }
    keep_term(f, term, kept, true);
    for (k = 0; k < d; k++)
        evaluate_axis(f, k, term, term + 1);
    for (k = 0; k < SWEEPS_FIRST; k++)
        sweep(f, term, term + 1, left);
    f->target = whole;
    mem_free(left);
    mem_free(kept);
    return 0;
}

static void polish(struct fit *f, size_t n_terms)
{
    size_t k;

    for (k = 0; k < SWEEPS; k++) {
        if (k % 2 == 0)
            refine(f, n_terms);
        sweep(f, 0, n_terms, f->target);
    }
}

/* Terms while they help on the rows held out; the best number of them is kept. */
static int fit_terms(struct fit *f, struct rng *rng, struct err *err)
{
    size_t d = f->d, r, misses = 0;
    struct axis *best = mem_array(d, sizeof *best);
    bool is_enough = false;
    double least, all;
    int rc = -1;

    if (!best) {
        mem_error(err);
        goto out;
    }
    memcpy(best, f->product->axes, d * sizeof *best);
    memset(f->sum, 0, f->rows->n * sizeof *f->sum);
    all = least = misfit(f, f->n_in, f->rows->n);
    for (r = 0; r < TERMS_MAX && !is_enough && misses < 2; r++) {
        double now;

        TRY(add_term(f, r, rng, err));
        polish(f, r + 1);
        sum_terms(f, 0, r + 1);
        now = misfit(f, f->n_in, f->rows->n);
        if (!(now < least * (1.0 - gain_least))) {
            misses++;
            continue;
        }
        misses = 0;
        is_enough = now < enough * all;
        least = now;
        f->product->n_terms = (uint32_t)r + 1;
        memcpy(best, f->product->axes, d * sizeof *best);
    }
    memcpy(f->product->axes, best, d * sizeof *best);
    rc = 0;
out:
    mem_free(best);
    return rc;
}

static int fit_create(struct fit *f, struct err *err)
{
    const struct rows *rows = f->rows;
    size_t n = rows->n, d = f->d, i, j;

    f->u = mem_array(n * d, sizeof(double));
    f->all = mem_array(TERMS_MAX * n, sizeof(double));
    f->target = mem_array(n, sizeof(double));
    f->weight = mem_array(n, sizeof(double));
    f->factor = mem_array(d * TERMS_MAX * n, sizeof(double));
    f->other = mem_array(TERMS_MAX * n, sizeof(double));
    f->sum = mem_array(n, sizeof(double));
    f->bin = mem_array(d * n, sizeof *f->bin);
    f->place = mem_array(d * n, sizeof(double));
    f->system = mem_array((size_t)BINS_MAX * SYSTEM * (SYSTEM + 1), sizeof(double));
    f->by_axis = mem_array(d * f->n_in, sizeof *f->by_axis);
    if (!f->u || !f->all || !f->target || !f->weight || !f->factor || !f->other || !f->sum || !f->bin || !f->place ||
        !f->system || !f->by_axis)
        return mem_error(err);
    for (i = 0; i < n; i++) {
        f->target[i] = rows->target[i] * rows->q[i];
        f->weight[i] = rows->weight[i] / (rows->q[i] * rows->q[i]);
    }
    frame_apply(&f->product->frame, n, rows->x, f->u);
    if (sort_axes(f, err) != 0)
        return -1;
    first_bins(f);
    for (j = 0; j < d; j++)
        place_rows(f, j);
    return 0;
}

struct product *product_fit(const struct frame *frame, const struct rows *rows, size_t n_in,
                            double *said, struct err *err)
{
    struct fit f = {.rows = rows, .d = frame->n_axes, .n_in = n_in, .n_used = n_in};
    struct rng rng = rng_stream(rows->n, RNG_STRATA, 1);
    size_t i, j, k;
    int rc = -1;

    assert(BINS_MAX <= 256);
    f.product = product_create(frame, err);
    if (!f.product)
        return NULL;
    TRY(fit_create(&f, err));
    TRY(fit_terms(&f, &rng, err));
    for (j = 0; j < f.d; j++) {
        place_rows(&f, j);
        evaluate_axis(&f, j, 0, f.product->n_terms);
    }
    sum_terms(&f, 0, f.product->n_terms);
    for (i = 0; i < rows->n; i++)
        said[i] = f.sum[i] / rows->q[i];
    f.n_used = rows->n;
    for (k = 0; k < 2 && f.product->n_terms > 0; k++)
        sweep(&f, 0, f.product->n_terms, f.target);
    rc = 0;
out:
    fit_free(&f);
    if (rc != 0) {
        product_free(f.product);
        return NULL;
    }
    return f.product;
}

size_t product_terms(const struct product *product)
{
    return product->n_terms;
}

/* ---- use ------------------------------------------------------------------------------------ */

/* The axes of one row multiply the terms. */
static double value_at(const struct product *product, const double *u)
{
    double term[TERMS_MAX], g = 0.0;
    size_t j, r;

    for (r = 0; r < product->n_terms; r++)
        term[r] = 1.0;
    for (j = 0; j < product->d; j++) {
        const struct axis *axis = product->axes + j;
        size_t bin = bin_of(axis, u[j]);
        double t = place_in(axis, bin, u[j]);

        for (r = 0; r < product->n_terms; r++) {
            const double *c = axis->c[bin][r];

            term[r] *= c[0] + t * (c[1] + t * c[2]);
        }
    }
    for (r = 0; r < product->n_terms; r++)
        g += term[r];
    return g;
}

void product_add(const struct product *product, const struct rows *rows, double *h)
{
    double u[2 * FRAME_DIMS + 256];
    size_t i;

    for (i = 0; i < rows->n; i++) {
        frame_apply(&product->frame, 1, rows->x + i * rows->d, u);
        h[i] += value_at(product, u) / rows->q[i];
    }
}

/* Bytes: the frame, terms, the axes as they are. */
int product_write(const struct product *product, struct buf *out, struct err *err)
{
    uint64_t n_terms = product->n_terms;
    int rc = -1;

    TRY(buf_append(out, &product->frame, sizeof product->frame, err));
    TRY(buf_append(out, &n_terms, sizeof n_terms, err));
    TRY(buf_append(out, product->axes, product->d * sizeof *product->axes, err));
    rc = 0;
out:
    return rc;
}

struct product *product_read(const char **data, size_t *n, size_t d, struct err *err)
{
    struct product *product = NULL;
    struct frame frame;
    uint64_t n_terms;
    size_t j;
    int rc = -1;

    TRY(bytes_take(data, n, &frame, sizeof frame, err));
    TRY(bytes_take(data, n, &n_terms, sizeof n_terms, err));
    if (!frame_makes_sense(&frame, d) || n_terms > TERMS_MAX) {
        err_set(err, ERR_PROTOCOL, "products of other axes");
        goto out;
    }
    product = product_create(&frame, err);
    if (!product)
        goto out;
    product->n_terms = (uint32_t)n_terms;
    TRY(bytes_take(data, n, product->axes, product->d * sizeof *product->axes, err));
    for (j = 0; j < product->d; j++) {
        if (product->axes[j].n < 1 || product->axes[j].n > BINS_MAX) {
            err_set(err, ERR_PROTOCOL, "products that make no sense");
            goto out;
        }
    }
    rc = 0;
out:
    if (rc != 0) {
        product_free(product);
        return NULL;
    }
    return product;
}
