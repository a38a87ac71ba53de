/* peaks.c: which separate peaks there are, and how often the search had met each.
 *
 * Some hundred points are taken in proportion to |F| from the rounds of known density, so that they
 * lie with density |F|.  From the densest on each joins the peak of its densest neighbour; where
 * two peaks meet they are one, unless the density there is far below that at the top of the lower
 * one (Chazal, Guibas, Oudot, Skraba, J. ACM 60 (2013) 41).  So a ridge, a ring or a plateau is one
 * peak, however its points cluster by chance, and a stray point between two peaks does not join
 * them.  Densities are compared in as many dimensions as the points themselves spread in (Levina,
 * Bickel, NIPS 17 (2004) 777): a ridge has few.
 *
 * Then the points that each run of the search had (its climb, and its half of the uniform points)
 * are laid to the peaks, and where single climbs ended.  A peak that one of them all has met says
 * that others could have been missed by all (capture and recapture).
 *
 * What it does not: see peaks that hold less than a per cent of int |F|, or a valley that is less
 * than log_drop deep. */
#include "core.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { TAKEN = 1000, NEIGHBOURS = 10, LAID_MOST = 3000 };
static const double log_drop = 3.0;     /* of the density, between a top and where it is left */
static const double lay_squared = 4.0;  /* of the distance to the NEIGHBOURS-th nearest */
static const double share_least = 0.01; /* of the points taken */

struct ranked {
    double reach;
    size_t at;
};

struct taken {
    size_t n, n_dims;
    double *x;
    double reach[TAKEN]; /* squared distance to the NEIGHBOURS-th nearest */
    size_t near[TAKEN][NEIGHBOURS];
    struct ranked ranked[TAKEN];
    size_t top[TAKEN]; /* a denser point of the same peak, or itself */
};

static double squared(size_t d, const double *a, const double *b)
{
    double sum = 0.0;
    size_t j;

    for (j = 0; j < d; j++)
        sum += (a[j] - b[j]) * (a[j] - b[j]);
    return sum;
}

/* Systematic: every total / TAKEN of mass takes the point it falls on, once. */
static void take(struct taken *t, const struct sample *p)
{
    double total = 0.0, sum = 0.0;
    size_t i, d = t->n_dims;
    size_t next = 0;

    for (i = 0; i < p->n; i++)
        total += p->round[i] < SAMPLE_ROUNDS ? fabs(p->f[i]) / p->mix[i] : 0.0;
    for (i = 0; i < p->n && total > 0.0; i++) {
        bool hit = false;

        if (p->round[i] >= SAMPLE_ROUNDS)
            continue;
        sum += fabs(p->f[i]) / p->mix[i];
        while (next < TAKEN && sum >= total * ((double)next + 0.5) / TAKEN) {
            next++;
            hit = true;
        }
        if (hit)
            memcpy(t->x + t->n++ * d, p->x + i * d, d * sizeof *t->x);
    }
}

/* The nearest of each, and the dimension in which the points spread. */
static double look_around(struct taken *t)
{
    size_t i, k, m, d = t->n_dims;
    double sum = 0.0;

    for (i = 0; i < t->n; i++) {
        double least[NEIGHBOURS];

        for (m = 0; m < NEIGHBOURS; m++) {
            least[m] = INFINITY;
            t->near[i][m] = i;
        }
        for (k = 0; k < t->n; k++) {
            double at = k != i ? squared(d, t->x + i * d, t->x + k * d) : INFINITY;

            if (!(at < least[NEIGHBOURS - 1]))
                continue;
            for (m = NEIGHBOURS - 1; m > 0 && at < least[m - 1]; m--) {
                least[m] = least[m - 1];
                t->near[i][m] = t->near[i][m - 1];
            }
            least[m] = at;
            t->near[i][m] = k;
        }
        t->reach[i] = least[NEIGHBOURS - 1];
        for (m = 0; m + 1 < NEIGHBOURS; m++)
            sum += 0.5 * log(fmax(t->reach[i], 1e-300) / fmax(least[m], 1e-300)) /
                   (double)(NEIGHBOURS - 1);
    }
    sum = sum > 0.0 ? (double)t->n / sum : 1.0;
    return fmin(fmax(sum, 1.0), (double)d);
}

static size_t top_of(struct taken *t, size_t i)
{
    while (t->top[i] != i)
        i = t->top[i] = t->top[t->top[i]];
    return i;
}

static int compare_ranked(const void *a, const void *b)
{
    const struct ranked *x = a, *y = b;

    if (x->reach != y->reach)
        return x->reach > y->reach ? 1 : -1;
    return (x->at > y->at) - (x->at < y->at);
}

static bool is_denser(const struct taken *t, size_t a, size_t b)
{
    return t->reach[a] < t->reach[b] || (a < b && t->reach[a] <= t->reach[b]);
}

/* Peaks: afterwards top_of() is the same for all points of one. */
static void join(struct taken *t, double dimension)
{
    struct ranked *ranked = t->ranked;
    size_t r, m;

    for (r = 0; r < t->n; r++) {
        ranked[r] = (struct ranked){t->reach[r], r};
        t->top[r] = r;
    }
    qsort(ranked, t->n, sizeof *ranked, compare_ranked);
    for (r = 0; r < t->n; r++) {
        size_t i = ranked[r].at, best = i;

        for (m = 0; m < NEIGHBOURS; m++)
            if (is_denser(t, t->near[i][m], i) &&
                (best == i || is_denser(t, top_of(t, t->near[i][m]), best)))
                best = top_of(t, t->near[i][m]);
        t->top[i] = best;
        for (m = 0; m < NEIGHBOURS; m++) {
            size_t other = top_of(t, t->near[i][m]);

            if (!is_denser(t, t->near[i][m], i) || other == best)
                continue;
            if (0.5 * dimension * log(t->reach[i] / fmax(t->reach[other], 1e-300)) < log_drop)
                t->top[other] = best;
        }
    }
}

/* Counts for the peak that a point lies at. */
static void lay(struct taken *t, const double *x, size_t *met)
{
    size_t i, best = 0, d = t->n_dims;
    double least = INFINITY;

    for (i = 0; i < t->n; i++) {
        double at = squared(d, x, t->x + i * d);

        if (at < least) {
            least = at;
            best = i;
        }
    }
    if (t->n > 0 && least <= lay_squared * t->reach[best])
        met[top_of(t, best)]++;
}

/* Who has met the peaks: met[who * TAKEN + top]. */
enum { ENDS = SEARCH_RUNS, WHO };

/* Of a point: a run, by its climb or its half of the uniform points; or the end of a climb.  WHO:
 * nobody. */
static size_t met_by(const struct strata *s, size_t i, size_t *n_search)
{
    size_t at;

    if (s->sample.round[i] == 0 && fabs(s->sample.f[i]) > 0.0)
        return i % SEARCH_RUNS;
    if (s->sample.round[i] != SAMPLE_ROUNDS)
        return WHO;
    at = (*n_search)++;
    return at < s->found.n_first      ? 0
           : at < s->found.n_runs_end ? 1
           : at < s->found.n_ends_end ? (size_t)ENDS
                                      : (size_t)WHO;
}

static void lay_all(const struct strata *s, struct taken *t, size_t *met)
{
    size_t count[2 * WHO] = {0}, seen[2 * WHO] = {0}, i, pass;

    for (pass = 0; pass < 2; pass++) {
        size_t n_search = 0;

        for (i = 0; i < s->sample.n; i++) {
            size_t who = met_by(s, i, &n_search), place;

            if (who == WHO)
                continue;
            place = who + (s->sample.round[i] == SAMPLE_ROUNDS ? WHO : 0);
            if (pass == 0)
                count[place]++;
            else if (seen[place]++ % (count[place] / LAID_MOST + 1) == 0)
                lay(t, s->sample.x + i * t->n_dims, met + who * TAKEN);
        }
    }
}

/* Peaks that hold enough, and those of them that were met once only: by one run, or by one climb.
 */
static void count_peaks(struct taken *t, const size_t *met, struct search_found *out)
{
    size_t members[TAKEN] = {0}, i, r;

    out->n_peaks = out->n_alone = 0;
    out->alone_share = 0.0;
    for (i = 0; i < t->n; i++)
        members[top_of(t, i)]++;
    for (i = 0; i < t->n; i++) {
        double share = (double)members[i] / (double)t->n;
        size_t times = met[ENDS * TAKEN + i];

        if (share < share_least)
            continue;
        out->n_peaks++;
        for (r = 0; r < SEARCH_RUNS; r++)
            times += met[r * TAKEN + i] > 0;
        if (times > 1)
            continue;
        out->n_alone++;
        out->alone_share += share;
    }
}

int core_peaks(struct strata *s, struct err *err)
{
    struct taken *t = mem_new(struct taken);
    size_t *met = mem_array((size_t)WHO * TAKEN, sizeof *met);
    int rc = -1;

    if (t)
        t->x = mem_array(TAKEN * s->config.n_dims, sizeof *t->x);
    if (!t || !met || !t->x) {
        mem_error(err);
        goto out;
    }
    t->n_dims = s->config.n_dims;
    sample_mix(&s->sample);
    take(t, &s->sample);
    join(t, look_around(t));
    lay_all(s, t, met);
    count_peaks(t, met, &s->found);
    rc = 0;
out:
    if (t)
        mem_free(t->x);
    mem_free(t);
    mem_free(met);
    return rc;
}
