/* surrogate-product-fit.c: bins and terms of a sum of products.
 *
 * What it does: bins begin as quantiles and are split where a factor on one side, and another on
 * the other, would explain most of what is left (as in regression trees, Breiman et al. 1984).
 * Terms are added one by one, each from the best of several beginnings on what those before leave,
 * then all are improved together; the number of terms is that which leaves least of the rows held
 * out.
 *
 * What it does not: solve for the factors (surrogate-product-sweep.c does). */
#include "product.h"

#include <assert.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

enum {
    BINS_FIRST = 12,
    ROWS_PER_BIN = 24, /* at least, and as many again per term */
    SWEEPS_FIRST = 6,  /* of a new term alone */
    SWEEPS = 6,        /* of all terms, after each that is added */
    BEGINNINGS = 2
};
static const double gain_least = 0.02;    /* of what is left, for one more term */
static const double enough = 1e-6;        /* of all: no more is asked for */
static const double beyond_chance = 40.0; /* times the noise of a row, for a bin to be split */

static void fit_free(struct product_fit *f)
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

struct pair {
    double x;
    uint32_t row;
};

static int compare_pairs(const void *a, const void *b)
{
    const struct pair *p = a, *q = b;

    return p->x != q->x ? (p->x > q->x) - (p->x < q->x) : (p->row > q->row) - (p->row < q->row);
}

static int sort_axes(struct product_fit *f, struct err *err)
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

static double at_rank(const struct product_fit *f, size_t axis, size_t rank)
{
    return f->u[f->by_axis[axis * f->n_in + rank] * f->d + axis];
}

static void first_bins(struct product_fit *f)
{
    size_t most = f->n_in / (2 * ROWS_PER_BIN), wanted = BINS_FIRST < most ? BINS_FIRST : most, j,
           k;

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

/* ---- bins ----------------------------------------------------------------------------------- */

/* Where a bin is split best: the two sides' own multiples of g explain most of what is left. */
struct cut {
    double gain, at;
    uint32_t bin;
};

static void cut_of_bin(const struct product_fit *f, size_t axis, size_t first, size_t end,
                       size_t least, struct cut *cut)
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
static void refine_axis(struct product_fit *f, size_t axis, size_t n_terms)
{
    struct axis *a = f->product->axes + axis;
    struct cut cuts[BINS_MAX] = {0};
    double noise = product_misfit(f, 0, f->n_in); /* of one row: what chance gains */
    size_t first = 0, n_cuts = 0, least = ROWS_PER_BIN * (1 + n_terms) / 2, b, end, k;

    for (b = 0; b < a->n; b++, first = end) {
        struct cut cut = {.bin = (uint32_t)b};

        for (end = first; end < f->n_in && at_rank(f, axis, end) < a->edge[b + 1]; end++)
            ;
        if (end - first >= 2 * least)
            cut_of_bin(f, axis, first, end, least, &cut);
        if (cut.gain > beyond_chance * noise)
            cuts[n_cuts++] = cut;
    }
    qsort(cuts, n_cuts, sizeof *cuts, compare_cuts);
    for (k = 0; k < n_cuts && k < (size_t)a->n && k < 12; k++)
        insert_edge(a, cuts[k].at);
}

static void refine(struct product_fit *f, size_t n_terms)
{
    size_t j;

    product_sum(f, 0, n_terms);
    for (j = 0; j < f->d; j++) {
        refine_axis(f, j, n_terms);
        product_place(f, j);
        product_evaluate(f, j, 0, n_terms);
    }
}

/* ---- terms ---------------------------------------------------------------------------------- */

/* A term to begin with: constants, or gentle random slopes. */
static void begin_term(struct product_fit *f, size_t term, size_t which, struct rng *rng)
{
    size_t j, b;

    for (j = 0; j < f->d; j++) {
        struct axis *a = f->product->axes + j;
        double slope = which == 0 ? 0.0 : rng_normal(rng),
               bend = which == 0 ? 0.0 : rng_normal(rng);

        for (b = 0; b < a->n; b++) {
            double x = 0.5 * (a->edge[b] + a->edge[b + 1]) - 0.5;

            a->c[b][term][0] = 1.0 + 2.0 * slope * x + 4.0 * bend * (x * x - 1.0 / 12.0);
            a->c[b][term][1] = a->c[b][term][2] = 0.0;
        }
        product_evaluate(f, j, term, term + 1);
    }
}

static void keep_term(const struct product_fit *f, size_t term, double (*kept)[POWERS],
                      bool is_back)
{
    size_t j, b;

    for (j = 0; j < f->d; j++)
        for (b = 0; b < BINS_MAX; b++) {
            double *c = f->product->axes[j].c[b][term], *k = kept[j * BINS_MAX + b];

            memcpy(is_back ? c : k, is_back ? k : c, POWERS * sizeof *c);
        }
}

/* One more term on what those before leave: the best of several beginnings. */
static int add_term(struct product_fit *f, size_t term, struct rng *rng, struct err *err)
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
    product_sum(f, 0, term);
    for (i = 0; i < n; i++)
        left[i] = whole[i] - f->sum[i];
    f->target = left;
    for (t = 0; t < BEGINNINGS; t++) {
        double now;

        begin_term(f, term, t, rng);
        f->noise = 0.0;
        for (k = 0; k < SWEEPS_FIRST / 2; k++)
            product_sweep(f, term, term + 1, left);
        product_sum(f, term, term + 1);
        now = product_misfit(f, 0, f->n_in);
        if (now < least) {
            least = now;
            keep_term(f, term, kept, false);
        }
    }
    keep_term(f, term, kept, true);
    for (k = 0; k < d; k++)
        product_evaluate(f, k, term, term + 1);
    for (k = 0; k < SWEEPS_FIRST; k++)
        product_sweep(f, term, term + 1, left);
    f->target = whole;
    mem_free(left);
    mem_free(kept);
    return 0;
}

static void polish(struct product_fit *f, size_t n_terms)
{
    size_t k;

    for (k = 0; k < SWEEPS; k++) {
        if (k % 2 == 0)
            refine(f, n_terms);
        product_sweep(f, 0, n_terms, f->target);
    }
}

/* Terms while they help on the rows held out; the best number of them is kept. */
static int fit_terms(struct product_fit *f, struct rng *rng, struct err *err)
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
    all = least = product_misfit(f, f->n_in, f->rows->n);
    for (r = 0; r < TERMS_MAX && !is_enough && misses < 2; r++) {
        double now;

        TRY(add_term(f, r, rng, err));
        polish(f, r + 1);
        product_sum(f, 0, r + 1);
        now = product_misfit(f, f->n_in, f->rows->n);
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

static int fit_create(struct product_fit *f, struct err *err)
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
    f->system = mem_array((size_t)BINS_MAX * SYSTEM * system_stride(SYSTEM), sizeof(double));
    f->by_axis = mem_array(d * f->n_in, sizeof *f->by_axis);
    if (!f->u || !f->all || !f->target || !f->weight || !f->factor || !f->other || !f->sum ||
        !f->bin || !f->place || !f->system || !f->by_axis)
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
        product_place(f, j);
    return 0;
}

struct product *product_fit(const struct frame *frame, const struct rows *rows, size_t n_in,
                            double *said, struct err *err)
{
    struct product_fit f = {.rows = rows, .d = frame->n_axes, .n_in = n_in, .n_used = n_in};
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
        product_place(&f, j);
        product_evaluate(&f, j, 0, f.product->n_terms);
    }
    product_sum(&f, 0, f.product->n_terms);
    for (i = 0; i < rows->n; i++)
        said[i] = f.sum[i] / rows->q[i];
    f.n_used = rows->n;
    for (k = 0; k < 2 && f.product->n_terms > 0; k++)
        product_sweep(&f, 0, f.product->n_terms, f.target);
    rc = 0;
out:
    fit_free(&f);
    if (rc != 0) {
        product_free(f.product);
        return NULL;
    }
    return f.product;
}
