/* peaks.c: which separate peaks there are, and whether both searches had found them.
 *
 * Some hundred points are taken in proportion to |F| from the rounds of known density, so that a
 * peak has its share of them; those nearer to each other than a few of their own neighbours'
 * distances are linked, and what is linked is a peak.  Then the points that each half of the search
 * had (its climb and its half of the uniform points) are laid to the peaks.  A peak that one half
 * has missed says that the other could have missed it too, so that there may be more (capture and
 * recapture).
 *
 * What it does not: see peaks that hold less than a per cent of int |F|. */
#include "core.h"

#include <math.h>
#include <string.h>

enum { TAKEN = 600, NEIGHBOUR = 5, LAID_MOST = 3000 };
static const double link_factor = 3.0;
static const double share_least = 0.01; /* of the points taken */

struct taken {
    size_t n, n_dims;
    double *x;
    double reach[TAKEN]; /* squared distance to the NEIGHBOUR-th nearest */
    size_t peak[TAKEN], stack[TAKEN];
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

static void reaches(struct taken *t)
{
    size_t i, k, m, d = t->n_dims;

    for (i = 0; i < t->n; i++) {
        double nearest[NEIGHBOUR];

        for (m = 0; m < NEIGHBOUR; m++)
            nearest[m] = INFINITY;
        for (k = 0; k < t->n; k++) {
            double at = k != i ? squared(d, t->x + i * d, t->x + k * d) : INFINITY;

            for (m = 0; m < NEIGHBOUR; m++) {
                if (at < nearest[m]) {
                    double other = nearest[m];

                    nearest[m] = at;
                    at = other;
                }
            }
        }
        t->reach[i] = nearest[NEIGHBOUR - 1];
    }
}

static size_t spread(struct taken *t, size_t from, size_t peak)
{
    size_t n = 0, members = 1, k, d = t->n_dims;

    t->stack[n++] = from;
    t->peak[from] = peak;
    while (n > 0) {
        size_t i = t->stack[--n];

        for (k = 0; k < t->n; k++) {
            double most = link_factor * link_factor * fmin(t->reach[i], t->reach[k]);

            if (t->peak[k] == SIZE_MAX && squared(d, t->x + i * d, t->x + k * d) <= most) {
                t->peak[k] = peak;
                t->stack[n++] = k;
                members++;
            }
        }
    }
    return members;
}

/* Marks the peak that a point of a run lies at. */
static void lay(const struct taken *t, const double *x, bool *is_found)
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
    if (t->n > 0 && least <= link_factor * link_factor * t->reach[best])
        is_found[t->peak[best]] = true;
}

/* Which peaks each half has points at: found[run * TAKEN + peak]. */
static void lay_all(const struct strata *s, const struct taken *t, bool *found)
{
    size_t count[2 * SEARCH_RUNS] = {0}, seen[2 * SEARCH_RUNS] = {0}, i, pass, n_search = 0;

    for (pass = 0; pass < 2; pass++) {
        for (i = 0, n_search = 0; i < s->sample.n; i++) {
            bool is_search = s->sample.round[i] == SAMPLE_ROUNDS;
            size_t run, group;

            if (s->sample.round[i] != 0 && !is_search)
                continue;
            if (s->sample.f[i] == 0.0 && !is_search)
                continue;
            run = is_search ? (size_t)(n_search++ >= s->found.n_first) : i % SEARCH_RUNS;
            group = run + (is_search ? SEARCH_RUNS : 0);
            if (pass == 0)
                count[group]++;
            else if (seen[group]++ % (count[group] / LAID_MOST + 1) == 0)
                lay(t, s->sample.x + i * t->n_dims, found + run * TAKEN);
        }
    }
}

int core_peaks(struct strata *s, struct err *err)
{
    struct taken *t = mem_new(struct taken);
    bool *found = mem_array((size_t)SEARCH_RUNS * TAKEN, sizeof *found);
    size_t members[TAKEN], i, n = 0;
    int rc = -1;

    if (t)
        t->x = mem_array(TAKEN * s->config.n_dims, sizeof *t->x);
    if (!t || !found || !t->x) {
        mem_error(err);
        goto out;
    }
    t->n_dims = s->config.n_dims;
    sample_mix(&s->sample);
    take(t, &s->sample);
    reaches(t);
    for (i = 0; i < t->n; i++)
        t->peak[i] = SIZE_MAX;
    for (i = 0; i < t->n; i++) {
        if (t->peak[i] == SIZE_MAX) {
            members[n] = spread(t, i, n);
            n++;
        }
    }
    lay_all(s, t, found);
    s->found.n_peaks = s->found.n_alone = 0;
    s->found.alone_share = 0.0;
    for (i = 0; i < n; i++) {
        double share = (double)members[i] / (double)t->n;

        if (share < share_least)
            continue;
        s->found.n_peaks++;
        if (found[i] && found[TAKEN + i])
            continue;
        s->found.n_alone++;
        s->found.alone_share += share;
    }
    rc = 0;
out:
    if (t)
        mem_free(t->x);
    mem_free(t);
    mem_free(found);
    return rc;
}
