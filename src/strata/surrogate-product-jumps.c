/* surrogate-product-jumps.c: what a sum of products may miss beside its own jumps.
 *
 * What it does: a jump that was learned lies somewhere between the last row on one side and the
 * first on the other that see it, so that a slice as wide as one of n such rows is apart is on the
 * wrong side of it, of which no row knows.  Per call under q that leaves
 *
 *     sum over edges of (mean over all rows of w jump^2, of those beside the edge) 2/3 / n
 *
 * with the jump of h = g/q at the rows closest to the edge, n of which see it (it is far above what
 * is left there): with the length of the stretch that they lie in both grow alike.
 *
 * What it does not: count edges where no jump is (factors of two bins never meet quite) or where
 * the surrogate is wrong all around: there the rows themselves tell what is left. */
#include "product.h"

#include <math.h>
#include <stdlib.h>

enum { BESIDE = 64 };                    /* rows on each side */
static const double jump_least = 1000.0; /* square, of what is left beside it */
static const double n_least = 4.0;       /* rows that see it */
/* Of two places in a gap, which is twice as long as the mean one where a given place lies in it. */
static const double apart = 2.0 / 3.0;

/* Rows that were fitted, in the frame, and by one axis. */
struct sorted {
    const struct product *product;
    const struct rows *rows;
    size_t n;
    const double *u;
    double most; /* range of h: no jump is larger */
    size_t axis;
    struct place {
        double u;
        uint32_t row;
    } * places;
};

static int compare_places(const void *a, const void *b)
{
    const struct place *p = a, *q = b;

    return p->u != q->u ? (p->u > q->u) - (p->u < q->u) : (p->row > q->row) - (p->row < q->row);
}

/* g to the right of an edge less g to the left of it, at a row's place on the other axes. */
static double jump_at(const struct sorted *s, size_t edge, const double *u)
{
    const struct product *p = s->product;
    double of[TERMS_MAX], jump = 0.0;
    size_t r, j;

    for (r = 0; r < p->n_terms; r++) {
        const double *left = p->axes[s->axis].c[edge - 1][r], *right = p->axes[s->axis].c[edge][r];

        of[r] = right[0] - right[1] + right[2] - left[0] - left[1] - left[2];
    }
    for (j = 0; j < p->d; j++) {
        const struct axis *axis = p->axes + j;
        size_t bin = bin_of(axis, u[j]);
        double t = place_in(axis, bin, u[j]);

        for (r = 0; r < p->n_terms && j != s->axis; r++)
            of[r] *= axis->c[bin][r][0] + t * (axis->c[bin][r][1] + t * axis->c[bin][r][2]);
    }
    for (r = 0; r < p->n_terms; r++)
        jump += of[r];
    return jump;
}

/* Of the edge between places at - 1 and at. */
static void add_edge(const struct sorted *s, size_t edge, size_t at, struct jumps *jumps)
{
    const struct axis *axis = s->product->axes + s->axis;
    double of[2 * BESIDE], weighed = 0.0, square = 0.0, fourth = 0.0, left = 0.0, seen = 0.0;
    size_t k = at < BESIDE ? 0 : at - BESIDE, n = 0, i;

    for (; k < s->n && k < at + BESIDE; k++) {
        size_t row = s->places[k].row;
        double jump;

        if (s->places[k].u < axis->edge[edge - 1] || s->places[k].u >= axis->edge[edge + 1])
            continue;
        jump = fmin(fabs(jump_at(s, edge, s->u + row * s->product->d)) / s->rows->q[row], s->most);
        of[n] = jump * jump;
        weighed += s->rows->weight[row] * of[n];
        square += of[n];
        fourth += of[n] * of[n];
        left += of[n++] * s->rows->target[row] * s->rows->target[row];
    }
    for (i = 0; i < n; i++)
        seen += of[i] * square > jump_least * left;
    if (!(fourth > jump_least * left) || !(square * square > n_least * fourth) || !(seen > 0.0))
        return;
    weighed *= apart / ((double)s->n * seen);
    jumps->per_call += weighed;
}

static void add_axis(struct sorted *s, size_t axis, struct jumps *jumps)
{
    size_t d = s->product->d, at = 0, edge, i;

    s->axis = axis;
    for (i = 0; i < s->n; i++)
        s->places[i] = (struct place){s->u[i * d + axis], (uint32_t)i};
    qsort(s->places, s->n, sizeof *s->places, compare_places);
    for (edge = 1; edge < s->product->axes[axis].n; edge++) {
        while (at < s->n && s->places[at].u < s->product->axes[axis].edge[edge])
            at++;
        add_edge(s, edge, at, jumps);
    }
}

int product_jumps(const struct product *product, const struct rows *rows, size_t n_in, double most,
                  struct jumps *jumps, struct err *err)
{
    double *u = mem_array(n_in * product->d, sizeof *u);
    struct sorted s = {.product = product,
                       .rows = rows,
                       .n = n_in,
                       .u = u,
                       .most = most,
                       .places = mem_array(n_in, sizeof *s.places)};
    size_t j;
    int rc = -1;

    *jumps = (struct jumps){.n = (double)n_in};
    if (!u || !s.places) {
        mem_error(err);
        goto out;
    }
    frame_apply(&product->frame, n_in, rows->x, u);
    for (j = 0; j < product->d; j++)
        add_axis(&s, j, jumps);
    rc = 0;
out:
    mem_free(u);
    mem_free(s.places);
    return rc;
}
