/* dips.c: where a uniform point comes nearer to the target than all around it.
 *
 * What it does: an island far smaller than the rest of the target holds no known point for long,
 * but its surroundings do: there the distance to the target has a minimum that no descent joins
 * with accepted points.  A uniform point that is nearer to the target than its nearest uniform
 * neighbours marks such a dip.  A few points of each batch go down into the deepest: a Gaussian
 * process of the distance, fitted to the points about the best one, is asked for the least
 * mean - kappa * sigma (Cox, John, SDO: A statistical method for global optimization, 1997), kappa
 * from bold to greedy; the next point takes the mean as if it were known (the believer of
 * Ginsbourger and others, 2010).  A dip where a point is accepted is left to the rest of the
 * search.  One that has had its points is given up, the sooner the less they gained, and the share
 * of the batch falls with the number of those.
 *
 * What it does not: remember anything; dips and the points spent on them are found anew from the
 * snapshot and from what is still out. */
#include "private.h"
#include "theodolite/tree.h"

#include <gsl/gsl_sort_float.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

enum {
    MOST_UNIFORM = 6000,
    MOST_DIPS = 4,
    MOST_ROWS = 64,
    PLACES = 256,
    MOST_AROUND = 1024,
    ACCEPTED_LEAST = 50 /* with fewer the known part of the target comes first */
};
static const double share_of_dips = 0.04;
static const float shallow = 0.8f; /* not deeper than this part of what is around: no dip */

struct dip {
    size_t row, best;   /* of the snapshot: the uniform point, and the lowest one near it */
    float reach2, rank; /* squared radius; depth relative to what is around */
    size_t n_tries;
    bool is_reached, is_exhausted;
};

/* 0: in the target; INFINITY: not known. */
static float height(const struct search_state *search, size_t row)
{
    return search->snapshot->label[row] > 0 ? 0.0f : search->distance[row];
}

/* Counts what was tried about the point, and how low that led. */
static void visit(const struct search_state *search, struct dip *dip, float around)
{
    const struct survey_snapshot *shot = search->snapshot;
    const float *x = shot->x + dip->row * shot->n_dims;
    size_t i, d = shot->n_dims, allowed;
    double gained;

    dip->best = dip->row;
    for (i = 0; i < shot->n; i++) {
        if (point_distance2(d, x, shot->x + i * d) > dip->reach2)
            continue;
        dip->n_tries += !shot->is_uniform[i];
        dip->is_reached = dip->is_reached || shot->label[i] > 0;
        if (height(search, i) < height(search, dip->best))
            dip->best = i;
    }
    for (i = 0; i < search->pending.n; i++)
        dip->n_tries += point_distance2(d, x, search->pending.x + i * d) <= dip->reach2;
    gained = 1.0 - (double)(height(search, dip->best) / height(search, dip->row));
    allowed = 4 + 2 * d + (size_t)(gained * (double)(10 + 6 * d));
    dip->is_exhausted = dip->n_tries >= allowed;
    dip->rank = height(search, dip->best) / around;
}

static int compare_dips(const void *a, const void *b)
{
    const struct dip *x = a, *y = b;

    if (x->rank != y->rank)
        return x->rank < y->rank ? -1 : 1;
    return (x->row > y->row) - (x->row < y->row);
}

/* Is the uniform point rows[i] lower than those around it? */
static bool is_dip(const struct search_state *search, const struct tree *tree, const size_t *rows,
                   size_t i, struct dip *dip, float *around)
{
    const struct survey_snapshot *shot = search->snapshot;
    size_t near[MOST_ROWS], d = shot->n_dims, k, n;
    float far2[MOST_ROWS], heights[MOST_ROWS];

    *dip = (struct dip){.row = rows[i]};
    if (!(height(search, rows[i]) > 0.0f))
        return false;
    n = tree_nearest(tree, shot->x + rows[i] * d, 2 * d + 4 < MOST_ROWS ? 2 * d + 4 : MOST_ROWS, i,
                     near, far2);
    for (k = 0; k < n; k++) {
        heights[k] = height(search, rows[near[k]]);
        if (heights[k] <= height(search, rows[i]))
            return false;
    }
    dip->reach2 = n > 0 ? far2[n / 2] : 0.0f;
    if (!(dip->reach2 > 0.0f)) /* parameters of few values, and calculators that are not sure */
        return false;
    gsl_sort_float(heights, 1, n);
    *around = heights[n / 2];
    return height(search, rows[i]) < shallow * *around;
}

/* The open dips, the deepest first; n_exhausted: those that were given up. */
static int find_dips(const struct search_state *search, struct dip *dips, size_t most, size_t *n,
                     size_t *n_exhausted, struct err *err)
{
    const struct survey_snapshot *shot = search->snapshot;
    size_t d = shot->n_dims, i, n_rows = 0, *rows = mem_array(shot->n, sizeof *rows);
    float *x = mem_array(shot->n * d, sizeof *x), around;
    struct tree *tree = NULL;
    int rc = -1;

    *n = *n_exhausted = 0;
    if (!rows || !x) {
        mem_error(err);
        goto out;
    }
    for (i = 0; i < shot->n && n_rows < MOST_UNIFORM; i++) {
        if (!shot->is_uniform[i] || !isfinite(height(search, i)))
            continue;
        memcpy(x + n_rows * d, shot->x + i * d, d * sizeof *x);
        rows[n_rows++] = i;
    }
    tree = tree_create(n_rows, d, x, err);
    if (!tree)
        goto out;
    for (i = 0; i < n_rows && *n < most; i++) {
        struct dip dip;

        if (shot->label[rows[i]] > 0 || !is_dip(search, tree, rows, i, &dip, &around))
            continue;
        visit(search, &dip, around);
        *n_exhausted += dip.is_exhausted && !dip.is_reached;
        if (!dip.is_reached && !dip.is_exhausted)
            dips[(*n)++] = dip;
    }
    qsort(dips, *n, sizeof *dips, compare_dips);
    rc = 0;
out:
    tree_free(tree);
    mem_free(rows);
    mem_free(x);
    return rc;
}

/* ---- the way down --------------------------------------------------------------------------- */

/* A Gaussian process of the height, with Matern's covariance of 3/2. */
struct process {
    size_t d, n;
    double length, mean, scale2;
    float x[MOST_ROWS * SURVEY_MAX_DIMS];
    double y[MOST_ROWS];
    double factor[MOST_ROWS * MOST_ROWS], coef[MOST_ROWS];
};

static double covariance(const struct process *p, const float *a, const float *b)
{
    double r = sqrt(3.0 * (double)point_distance2(p->d, a, b)) / p->length;

    return (1.0 + r) * exp(-r);
}

static void solve_lower(const struct process *p, double *y)
{
    size_t i, j;

    for (i = 0; i < p->n; i++) {
        for (j = 0; j < i; j++)
            y[i] -= p->factor[i * p->n + j] * y[j];
        y[i] /= p->factor[i * p->n + i];
    }
}

static int process_fit(struct process *p, struct err *err)
{
    size_t n = p->n, i, j;

    for (i = 0, p->mean = 0.0; i < n; i++)
        p->mean += p->y[i] / (double)n;
    for (i = 0; i < n; i++) {
        for (j = 0; j <= i; j++)
            p->factor[i * n + j] =
                covariance(p, p->x + i * p->d, p->x + j * p->d) + (i == j ? 1e-6 : 0.0);
        p->coef[i] = p->y[i] - p->mean;
    }
    if (mat_cholesky(n, p->factor, n, err) != 0)
        return -1;
    solve_lower(p, p->coef);
    for (i = 0, p->scale2 = 0.0; i < n; i++)
        p->scale2 += p->coef[i] * p->coef[i] / (double)n;
    for (i = n; i-- > 0;) {
        for (j = i + 1; j < n; j++)
            p->coef[i] -= p->factor[j * n + i] * p->coef[j];
        p->coef[i] /= p->factor[i * n + i];
    }
    return 0;
}

static double process_mean(const struct process *p, const float *x, double *sigma)
{
    double k[MOST_ROWS], mean = p->mean, variance = 1.0;
    size_t i;

    for (i = 0; i < p->n; i++) {
        k[i] = covariance(p, x, p->x + i * p->d);
        mean += k[i] * p->coef[i];
    }
    solve_lower(p, k);
    for (i = 0; i < p->n; i++)
        variance -= k[i] * k[i];
    *sigma = sqrt(fmax(variance, 0.0) * p->scale2);
    return mean;
}

struct near_row {
    float far2;
    size_t row;
};

static int compare_near(const void *a, const void *b)
{
    const struct near_row *x = a, *y = b;

    if (x->far2 != y->far2)
        return x->far2 < y->far2 ? -1 : 1;
    return (x->row > y->row) - (x->row < y->row);
}

/* The known points nearest to the lowest one. */
static int process_take(struct process *p, const struct search_state *search, const struct dip *dip,
                        size_t n, struct err *err)
{
    const struct survey_snapshot *shot = search->snapshot;
    struct near_row *near = mem_array(shot->n, sizeof *near);
    size_t d = shot->n_dims, i, n_near = 0;

    if (!near)
        return mem_error(err);
    for (i = 0; i < shot->n; i++) {
        if (isfinite(height(search, i)))
            near[n_near++] =
                (struct near_row){point_distance2(d, shot->x + i * d, shot->x + dip->best * d), i};
    }
    qsort(near, n_near, sizeof *near, compare_near);
    p->d = d;
    p->length = 2.0 * sqrt((double)dip->reach2);
    for (i = 0; i < n_near && i + n < MOST_ROWS; i++) {
        memcpy(p->x + i * d, shot->x + near[i].row * d, d * sizeof *p->x);
        p->y[i] = (double)height(search, near[i].row);
    }
    p->n = i;
    mem_free(near);
    return 0;
}

/* One place: of many about the best point that for which the process hopes most. */
static void next_place(const struct process *p, const struct search_state *search,
                       const struct dip *dip, double kappa, struct rng *rng, float *to)
{
    const struct survey_snapshot *shot = search->snapshot;
    const float *x = shot->x + dip->best * p->d;
    float try[SURVEY_MAX_DIMS];
    double reach = sqrt((double)dip->reach2 / (double)p->d), least = INFINITY, hope, sigma;
    size_t i, j;

    for (i = 0; i < PLACES; i++) {
        double size = reach * exp(-4.0 * rng_uniform(rng));

        for (j = 0; j < p->d; j++) {
            double u = fmin(fmax((double)x[j] + size * rng_normal(rng), 1e-7), 1.0 - 1e-7);

            try[j] = shot->n_cells[j] > 0 ? survey_seen(shot->n_cells[j], u) : (float)u;
        }
        hope = process_mean(p, try, &sigma) - kappa * sigma;
        if (i == 0 || hope < least) {
            least = hope;
            memcpy(to, try, p->d * sizeof *to);
        }
    }
}

static int descend(const struct search_state *search, const struct dip *dip, size_t n,
                   struct rng *rng, float *x, struct err *err)
{
    static const double kappas[] = {1.0, 0.0, 2.0};
    struct process *p = mem_new(struct process);
    double sigma;
    size_t i;
    int rc = -1;

    if (!p)
        return mem_error(err);
    TRY(process_take(p, search, dip, n, err));
    for (i = 0; i < n; i++) {
        TRY(process_fit(p, err));
        next_place(p, search, dip, kappas[i % 3], rng, x + i * p->d);
        memcpy(p->x + p->n * p->d, x + i * p->d, p->d * sizeof *x);
        p->y[p->n] = process_mean(p, x + i * p->d, &sigma);
        p->n++;
    }
    rc = 0;
out:
    mem_free(p);
    return rc;
}

/* The share as a whole number, rounded at random. */
static size_t count_share(size_t n, size_t n_exhausted, struct rng *rng)
{
    double wanted = share_of_dips * (double)n / (1.0 + (double)n_exhausted / 8.0);

    return (size_t)(wanted + rng_uniform(rng));
}

int dips_choose(struct search_state *search, struct candidates *c, size_t n, size_t *chosen,
                size_t *n_chosen, struct err *err)
{
    const struct survey_snapshot *shot = search->snapshot;
    struct rng rng = rng_stream(shot->seed, RNG_LOCAL, (uint64_t)shot->round << 8 | 2);
    struct dip *dips = NULL;
    struct prediction out = {.target = c->p + c->n, .failure = c->merit + c->n};
    size_t n_dips, n_exhausted, n_each, n_left, i, k, from = c->n;
    int rc = -1;

    if (search->edge || search->relax > 0.0 || search->is_label_only ||
        shot->n_accepted < ACCEPTED_LEAST)
        return 0;
    dips = mem_array(MOST_AROUND, sizeof *dips);
    if (!dips)
        return mem_error(err);
    TRY(find_dips(search, dips, MOST_AROUND, &n_dips, &n_exhausted, err));
    n_left = count_share(n, n_exhausted, &rng);
    for (k = 0; k < n_dips && n_left > 0; k++) {
        n_each = n_left / (n_dips - k < MOST_DIPS ? n_dips - k : MOST_DIPS);
        n_each = n_each < 2 ? 2 : n_each > shot->n_dims + 2 ? shot->n_dims + 2 : n_each;
        n_each = n_each > n_left ? n_left : n_each;
        TRY(descend(search, dips + k, n_each, &rng, c->x + c->n * c->d, err));
        c->n += n_each;
        n_left -= n_each;
    }
    TRY(ensemble_predict(search->model, c->n - from, c->x + from * c->d, &out, err));
    for (i = from; i < c->n; i++) {
        c->family[i] = UINT16_MAX;
        c->score[i] = -1.0f; /* no one chooses it again */
        chosen[(*n_chosen)++] = i;
    }
    search->n_dips = c->n - from;
    rc = 0;
out:
    mem_free(dips);
    return rc;
}
