/* surrogate-local-fit.c: the coefficients of the polynomials around the parts.
 *
 * What it does: all coefficients at once, by the weighted normal equations with a small ridge.  One
 * pass over the rows makes the Gram matrices of the widest basis, of the rows that are fitted and
 * of those held out: narrower bases are submatrices, so that every degree is tried on the rows held
 * out at the price of a Cholesky factor.  Rows are sorted by their largest parts, so that the rows
 * of a block share their parts and the Gram matrix is made of few dense products.
 *
 * What it does not: say what a polynomial is worth beside other forms. */
#include "local.h"

#include <assert.h>
#include <math.h>
#include <string.h>

enum {
    TERMS_MAX = 330, /* of one part's polynomial */
    ROWS_PER_TERM = 5,
    COLUMNS_MAX = 1800 /* coefficients of all parts */
};
static const double ridge = 1e-7;      /* of each diagonal entry */
static const double cost_most = 2e10;  /* products in the Gram matrices */
static const double gain_least = 0.01; /* of what is left, for a higher degree */

/* A part that has rows in the block at hand, and their design there. */
struct active {
    size_t part, n_terms;
    double *v; /* n_terms by CHUNK: weighted */
};

/* Gram matrices of the widest basis; narrower ones are their submatrices. */
struct fit {
    const struct proposal *proposal;
    const struct rows *rows;
    size_t n_in;
    struct local *local; /* with the widest basis */
    size_t *degrees;     /* n_parts: what the part's rows can carry */
    uint32_t *order;     /* rows by their leaders, those held out last */
    struct active *active;
    double *room;             /* the designs of the active parts */
    double *gram[2];          /* n by n, upper blocks by part: rows in, rows held out */
    double *moment[2];        /* n */
    double square[2];         /* of the target */
    size_t *chosen;           /* n: columns of a narrower basis */
    double *a, *b, *c, *c_in; /* its equations; solutions in the widest basis */
};

static void fit_free(struct fit *f)
{
    size_t k;

    mem_free(f->degrees);
    mem_free(f->order);
    mem_free(f->active);
    mem_free(f->room);
    for (k = 0; k < 2; k++) {
        mem_free(f->gram[k]);
        mem_free(f->moment[k]);
    }
    mem_free(f->chosen);
    mem_free(f->a);
    mem_free(f->b);
    mem_free(f->c);
    mem_free(f->c_in);
}

/* Coefficients of all parts when none has a higher degree than this; the cost of their Gram
 * matrices to *cost. */
static size_t terms_at(const struct fit *f, size_t degree, const double *count, double *cost)
{
    size_t n = 0, k, d = f->rows->d;
    double dense = 0.0;

    for (k = 0; k < f->rows->n_parts; k++) {
        size_t own = f->degrees[k] < degree ? f->degrees[k] : degree;
        size_t terms = f->degrees[k] == SIZE_MAX ? 0 : local_terms(d, own);

        n += terms;
        dense += (double)terms * count[k]; /* entries of the sparse design */
    }
    dense /= (double)f->rows->n; /* terms that are not 0 in a row */
    *cost = (double)f->rows->n * dense * dense;
    return n;
}

/* Largest part and next one, as one number. */
static uint16_t leaders(const double *share, size_t n_parts)
{
    size_t first = 0, second = n_parts > 1 ? 1 : 0, k;

    if (share[second] > share[first]) {
        first = second;
        second = 0;
    }
    for (k = 2; k < n_parts; k++) {
        if (share[k] > share[first]) {
            second = first;
            first = k;
        } else if (share[k] > share[second]) {
            second = k;
        }
    }
    return (uint16_t)(first * n_parts + (share[second] > share_least ? second : first));
}

/* Rows from .. to - 1 by their leaders (a counting sort): rows of a block then share parts. */
static int sort_rows(struct fit *f, size_t from, size_t to, struct err *err)
{
    size_t n_parts = f->rows->n_parts, n_keys = n_parts * n_parts, i, k, sum = from;
    size_t *place = mem_array(n_keys, sizeof *place);
    uint16_t *key = mem_array(to - from, sizeof *key);

    assert(n_keys <= UINT16_MAX);
    if (!place || !key) {
        mem_free(place);
        mem_free(key);
        return mem_error(err);
    }
    for (i = from; i < to; i++) {
        key[i - from] = leaders(f->rows->shares + i * n_parts, n_parts);
        place[key[i - from]]++;
    }
    for (k = 0; k < n_keys; k++) {
        size_t n = place[k];

        place[k] = sum;
        sum += n;
    }
    for (i = from; i < to; i++)
        f->order[place[key[i - from]]++] = (uint32_t)i;
    mem_free(place);
    mem_free(key);
    return 0;
}

/* Rows that each part has a hand in: whole blocks, as they will be worked on. */
static void count_rows(const struct fit *f, double *count)
{
    const struct rows *rows = f->rows;
    size_t k, i, at;

    for (at = 0; at < rows->n; at += CHUNK) {
        size_t end = at + CHUNK < rows->n ? at + CHUNK : rows->n;

        for (k = 0; k < rows->n_parts; k++) {
            for (i = at; i < end; i++) {
                if (rows->shares[f->order[i] * rows->n_parts + k] > share_least) {
                    count[k] += CHUNK;
                    break;
                }
            }
        }
    }
}

/* Degrees by what the rows can carry (SIZE_MAX: nothing) and what can be paid for. */
static int choose_widest(struct fit *f, struct err *err)
{
    const struct rows *rows = f->rows;
    double *sum = mem_array(2 * rows->n_parts, sizeof *sum), cost = 0.0;
    double *count = NULL;
    size_t k, i, degree = DEGREE_MAX;

    f->degrees = mem_array(rows->n_parts, sizeof *f->degrees);
    if (!sum || !f->degrees) {
        mem_free(sum);
        return mem_error(err);
    }
    count = sum + rows->n_parts;
    for (i = 0; i < rows->n; i++) {
        const double *share = rows->shares + i * rows->n_parts;

        for (k = 0; k < rows->n_parts; k++)
            sum[k] += share[k];
    }
    count_rows(f, count);
    for (k = 0; k < rows->n_parts; k++) {
        size_t own = DEGREE_MAX;

        while (own > 0 && (local_terms(rows->d, own) > TERMS_MAX ||
                           (double)local_terms(rows->d, own) * ROWS_PER_TERM > sum[k]))
            own--;
        f->degrees[k] = sum[k] < ROWS_PER_TERM ? SIZE_MAX : own;
    }
    while (degree > 0 && (terms_at(f, degree, count, &cost) > COLUMNS_MAX || cost > cost_most))
        degree--;
    for (k = 0; k < rows->n_parts; k++)
        if (f->degrees[k] != SIZE_MAX && f->degrees[k] > degree)
            f->degrees[k] = degree;
    mem_free(sum);
    return 0;
}

static int shape(struct fit *f, struct err *err)
{
    struct local *local = f->local;
    size_t d = f->rows->d, n_parts = f->rows->n_parts, k, most = 0;

    local->from = mem_array(n_parts + 1, sizeof *local->from);
    if (!local->from)
        return mem_error(err);
    for (k = 0; k < n_parts; k++) {
        size_t own = f->degrees[k];

        local->from[k + 1] = local->from[k] + (own == SIZE_MAX ? 0 : local_terms(d, own));
        if (own != SIZE_MAX && own > most)
            most = own;
    }
    local->n = local->from[n_parts];
    return local_basis_create(&local->basis, d, most, err);
}

static int fit_create(struct fit *f, struct err *err)
{
    size_t k, n;

    f->order = mem_array(f->rows->n, sizeof *f->order);
    if (!f->order)
        return mem_error(err);
    if (sort_rows(f, 0, f->n_in, err) != 0 || sort_rows(f, f->n_in, f->rows->n, err) != 0 ||
        choose_widest(f, err) != 0 || shape(f, err) != 0)
        return -1;
    n = f->local->n;
    f->active = mem_array(f->rows->n_parts, sizeof *f->active);
    f->room = mem_array(n * CHUNK, sizeof *f->room);
    for (k = 0; k < 2; k++) {
        f->gram[k] = mem_array(n * n, sizeof(double));
        f->moment[k] = mem_array(n, sizeof(double));
        if (!f->gram[k] || !f->moment[k])
            return mem_error(err);
    }
    f->chosen = mem_array(n, sizeof *f->chosen);
    f->a = mem_array(n * n, sizeof *f->a);
    f->b = mem_array(n, sizeof *f->b);
    f->c = mem_array(n, sizeof *f->c);
    f->c_in = mem_array(n, sizeof *f->c_in);
    return f->active && f->room && f->chosen && f->a && f->b && f->c && f->c_in ? 0
                                                                                : mem_error(err);
}

/* Designs of the parts that have a share in these n rows, times the root of the weights. */
static size_t activate(struct fit *f, const uint32_t *row, size_t n, struct scratch *s)
{
    const struct rows *rows = f->rows;
    size_t n_active = 0, k, i, at = 0;

    for (k = 0; k < rows->n_parts; k++) {
        size_t n_terms = f->local->from[k + 1] - f->local->from[k];
        bool is_active = false;

        for (i = 0; i < n && !is_active && n_terms > 0; i++)
            is_active = rows->shares[row[i] * rows->n_parts + k] > share_least;
        if (!is_active)
            continue;
        f->active[n_active] = (struct active){k, n_terms, f->room + at * CHUNK};
        at += n_terms;
        local_gather_rows(f->proposal, rows, k, row, n, s);
        for (i = 0; i < n; i++)
            s->chunk.share[i] *= sqrt(rows->weight[row[i]]);
        local_design(f->local, &s->chunk, f->active[n_active++].v);
    }
    return n_active;
}

/* One block of rows into the Gram matrix of its side. */
static void add_block(struct fit *f, const uint32_t *row, size_t n, int side, struct scratch *s)
{
    size_t n_active = activate(f, row, n, s), i, j, size = f->local->n;
    double target[CHUNK] = {0.0};

    for (i = 0; i < n; i++) {
        target[i] = f->rows->target[row[i]] * sqrt(f->rows->weight[row[i]]);
        f->square[side] += target[i] * target[i];
    }
    for (i = 0; i < n_active; i++) {
        const struct active *a = f->active + i;
        size_t first = f->local->from[a->part];

        mat_dgemm(false, false, a->n_terms, 1, CHUNK, 1.0, a->v, CHUNK, target, 1, 1.0,
                  f->moment[side] + first, 1);
        for (j = i; j < n_active; j++) {
            const struct active *b = f->active + j;

            mat_dgemm(false, true, a->n_terms, b->n_terms, CHUNK, 1.0, a->v, CHUNK, b->v, CHUNK,
                      1.0, f->gram[side] + first * size + f->local->from[b->part], size);
        }
    }
}

static int gather_gram(struct fit *f, struct err *err)
{
    struct scratch s = {0};
    size_t from[3] = {0, f->n_in, f->rows->n}, at, n;
    int side, rc = -1;

    TRY(local_scratch_create(&s, f->rows->d, 1, err));
    for (side = 0; side < 2; side++) {
        for (at = from[side]; at < from[side + 1]; at += n) {
            n = from[side + 1] - at < CHUNK ? from[side + 1] - at : CHUNK;
            add_block(f, f->order + at, n, side, &s);
        }
    }
    rc = 0;
out:
    local_scratch_free(&s);
    return rc;
}

/* Columns of the basis whose degree is at most `degree`. */
static size_t narrow(struct fit *f, size_t degree)
{
    size_t n = 0, k, m, terms = local_terms(f->rows->d, degree);

    for (k = 0; k < f->rows->n_parts; k++) {
        size_t first = f->local->from[k], own = f->local->from[k + 1] - first;

        for (m = 0; m < own && m < terms; m++)
            f->chosen[n++] = first + m;
    }
    return n;
}

static double gram_at(const struct fit *f, int side, size_t i, size_t j)
{
    size_t n = f->local->n;

    return i <= j ? f->gram[side][i * n + j] : f->gram[side][j * n + i];
}

/* Solves for the chosen columns, with the first side's rows or with all; 1 when it cannot be. */
static int solve(struct fit *f, size_t n, bool is_all, double *c)
{
    struct err ignored = ERR_INIT;
    size_t i, j;

    for (i = 0; i < n; i++) {
        f->b[i] = f->moment[0][f->chosen[i]] + (is_all ? f->moment[1][f->chosen[i]] : 0.0);
        for (j = 0; j <= i; j++)
            f->a[i * n + j] = gram_at(f, 0, f->chosen[i], f->chosen[j]) +
                              (is_all ? gram_at(f, 1, f->chosen[i], f->chosen[j]) : 0.0);
        f->a[i * n + i] += ridge * f->a[i * n + i] + 1e-12 * (double)f->rows->n;
    }
    if (mat_cholesky(n, f->a, n, &ignored) != 0)
        return 1;
    for (i = 0; i < n; i++) {
        for (j = 0; j < i; j++)
            f->b[i] -= f->a[i * n + j] * f->b[j];
        f->b[i] /= f->a[i * n + i];
    }
    for (i = n; i-- > 0;) {
        f->b[i] /= f->a[i * n + i];
        for (j = 0; j < i; j++)
            f->b[j] -= f->a[i * n + j] * f->b[i];
    }
    memset(c, 0, f->local->n * sizeof *c);
    for (i = 0; i < n; i++)
        c[f->chosen[i]] = f->b[i];
    return 0;
}

/* What c leaves of the rows held out: t.t - 2 c.m + c.G c. */
static double left_over(const struct fit *f, size_t n, const double *c)
{
    double sum = f->square[1];
    size_t i, j;

    for (i = 0; i < n; i++) {
        size_t at = f->chosen[i];
        double row = 0.5 * gram_at(f, 1, at, at) * c[at] - f->moment[1][at];

        for (j = 0; j < i; j++)
            row += gram_at(f, 1, at, f->chosen[j]) * c[f->chosen[j]];
        sum += 2.0 * c[at] * row;
    }
    return sum;
}

/* The basis up to a degree, with the solutions in it. */
static int shrink(struct fit *f, size_t n, size_t degree, struct err *err)
{
    struct local *local = f->local;
    size_t terms = local_terms(local->d, degree), k, i;

    local->c = mem_array(n, sizeof *local->c);
    local->c_in = mem_array(n, sizeof *local->c_in);
    if (!local->c || !local->c_in)
        return mem_error(err);
    for (i = 0; i < n; i++) {
        local->c[i] = f->c[f->chosen[i]];
        local->c_in[i] = f->c_in[f->chosen[i]];
    }
    for (k = local->n_parts, i = 0; k > 0; k--)
        local->from[k] -= local->from[k - 1];
    for (k = 1; k <= local->n_parts; k++) {
        size_t own = n == 0 ? 0 : local->from[k] < terms ? local->from[k] : terms;

        local->from[k] = local->from[k - 1] + own;
    }
    local->n = n;
    local->basis.degree = degree;
    local->basis.n = terms;
    return 0;
}

/* The degree that leaves least of the rows held out, with its solutions. */
static int choose_degree(struct fit *f, struct err *err)
{
    struct local *local = f->local;
    double least = f->square[1];
    size_t degree, n, best = 0, misses = 0;
    bool is_any = false;

    for (degree = 0; degree <= local->basis.degree && misses < 2; degree++) {
        double left;

        n = narrow(f, degree);
        left = solve(f, n, false, f->c) == 0 ? left_over(f, n, f->c) : INFINITY;
        if (!(left < least * (1.0 - gain_least))) {
            misses++;
            continue;
        }
        misses = 0;
        least = left;
        best = degree;
        is_any = true;
        memcpy(f->c_in, f->c, local->n * sizeof *f->c);
    }
    n = narrow(f, best);
    if (!is_any || solve(f, n, true, f->c) != 0)
        n = 0;
    return shrink(f, n, best, err);
}

struct local *local_fit(const struct proposal *proposal, const struct rows *rows, size_t n_in,
                        struct err *err)
{
    struct fit f = {.proposal = proposal, .rows = rows, .n_in = n_in};
    int rc = -1;

    f.local = mem_new(struct local);
    if (!f.local) {
        mem_error(err);
        goto out;
    }
    f.local->d = rows->d;
    f.local->n_parts = rows->n_parts;
    TRY(fit_create(&f, err));
    TRY(gather_gram(&f, err));
    TRY(choose_degree(&f, err));
    rc = 0;
out:
    fit_free(&f);
    if (rc != 0) {
        local_free(f.local);
        return NULL;
    }
    return f.local;
}
