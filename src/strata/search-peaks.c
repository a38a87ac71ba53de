/* search-peaks.c: which peaks the runs of a search have found, and which one of them alone.
 *
 * From each run some points are taken in proportion to the share of int |F| they stand for; points
 * that are nearer to each other than a few of their own neighbours' distances are linked, and what
 * is linked is a peak.  A peak with points of one run only is that run's luck: with two runs that
 * each find a peak with probability p, such a peak says that p is not near 1 (capture and
 * recapture). */
#include "search.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { TAKEN = 160, NEIGHBOUR = 5, MEMBERS_LEAST = 3 };
static const double link_factor = 3.0;

struct taken {
    size_t n, n_dims;
    double x[SEARCH_RUNS * TAKEN * 64];
    double weight[SEARCH_RUNS * TAKEN];
    double reach[SEARCH_RUNS * TAKEN];
    size_t run[SEARCH_RUNS * TAKEN], peak[SEARCH_RUNS * TAKEN];
};

/* Systematic: every total / TAKEN of mass takes the point it falls on, with how often. */
static void take(struct taken *t, const struct search_points *p, size_t run, size_t from, size_t to)
{
    double total = 0.0, sum = 0.0;
    size_t i, next = 0, d = t->n_dims;

    for (i = from; i < to; i++)
        total += fabs(p->f[i]) / p->intensity[i];
    for (i = from; i < to && total > 0.0; i++) {
        size_t count = 0;

        sum += fabs(p->f[i]) / p->intensity[i];
        while (next < TAKEN && sum >= total * ((double)next + 0.5) / TAKEN) {
            next++;
            count++;
        }
        if (count == 0)
            continue;
        memcpy(t->x + t->n * d, p->x + i * d, d * sizeof *p->x);
        t->weight[t->n] = (double)count / TAKEN;
        t->run[t->n++] = run;
    }
}

static double squared(const struct taken *t, size_t a, size_t b)
{
    double sum = 0.0;
    size_t j, d = t->n_dims;

    for (j = 0; j < d; j++)
        sum += (t->x[a * d + j] - t->x[b * d + j]) * (t->x[a * d + j] - t->x[b * d + j]);
    return sum;
}

/* Distance to the NEIGHBOUR-th nearest of the same run. */
static void reaches(struct taken *t)
{
    size_t i, k, m;

    for (i = 0; i < t->n; i++) {
        double nearest[NEIGHBOUR];

        for (m = 0; m < NEIGHBOUR; m++)
            nearest[m] = INFINITY;
        for (k = 0; k < t->n; k++) {
            double at = k != i && t->run[k] == t->run[i] ? squared(t, i, k) : INFINITY;

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

static void spread(struct taken *t, size_t from, size_t peak, size_t *stack)
{
    size_t n = 0, k;

    stack[n++] = from;
    t->peak[from] = peak;
    while (n > 0) {
        size_t i = stack[--n];

        for (k = 0; k < t->n; k++) {
            double reach = fmin(t->reach[i], t->reach[k]);

            if (t->peak[k] == SIZE_MAX &&
                squared(t, i, k) <= link_factor * link_factor * reach) {
                t->peak[k] = peak;
                stack[n++] = k;
            }
        }
    }
}

int search_peaks(const struct search_points *points, size_t n_dims,
                 const size_t first[SEARCH_RUNS + 1], struct search_found *found, struct err *err)
{
    struct taken *t = mem_new(struct taken);
    size_t r, i, stack[SEARCH_RUNS * TAKEN], peak = 0;

    if (!t)
        return mem_error(err);
    t->n_dims = n_dims;
    for (r = 0; r < SEARCH_RUNS; r++)
        take(t, points, r, first[r], first[r + 1]);
    reaches(t);
    for (i = 0; i < t->n; i++)
        t->peak[i] = SIZE_MAX;
    for (i = 0; i < t->n; i++) {
        double mass[SEARCH_RUNS] = {0.0};
        size_t k, members = 0;

        if (t->peak[i] != SIZE_MAX)
            continue;
        spread(t, i, peak, stack);
        for (k = i; k < t->n; k++) {
            if (t->peak[k] == peak) {
                mass[t->run[k]] += t->weight[k];
                members++;
            }
        }
        peak++;
        if (members < MEMBERS_LEAST)
            continue;
        found->n_peaks++;
        if (mass[0] > 0.0 && mass[1] > 0.0)
            continue;
        found->n_alone++;
        found->alone_share += 0.5 * (mass[0] + mass[1]);
    }
    mem_free(t);
    return 0;
}
