/* surrogate-local.c: polynomials around the parts of the proposal.
 *
 * What it does: h(x) = sum_k share_k(x) p_k(z_k(x)) with one polynomial in each part's whitened
 * axes, a mixture of experts whose gates are known (Jacobs, Jordan, Nowlan, Hinton, Neural Comp. 3
 * (1991) 79).  As g = q h this is a sum of Gaussians times polynomials (Gauss-Hermite functions),
 * plus a polynomial over the cube from the uniform part.  All coefficients are fitted at once: the
 * weighted normal equations with a small ridge, by conjugate gradients on the residuals (CGLS,
 * Hestenes, Stiefel, J. Res. NBS 49 (1952) 409) with each part's own Cholesky factor as
 * preconditioner.  A row counts in a part only where its share is worth it, so the cost does not
 * grow with the number of parts.
 *
 * What it does not: choose the degree. */
#include "forms.h"

#include <math.h>
#include <string.h>

enum {
    CHUNK = 128, /* rows of one part that are worked on together */
    DEGREE_MAX = 12,
    TERMS_MAX = 500, /* of one part's polynomial */
    ROWS_PER_TERM = 6,
    ITERATIONS = 60
};
static const double share_least = 3e-4; /* rows with less have no part in a polynomial */
static const double ridge = 1e-7;       /* of a block's trace */
static const double enough = 1e-7;      /* fall of the gradient at which the iterations end */

/* Monomials in order of degree: each is an earlier one times an axis. */
struct basis {
    size_t n, d, degree;
    uint16_t *parent;
    uint8_t *axis;
};

struct local {
    size_t d, n_parts, n; /* n: coefficients of all parts */
    struct basis basis;   /* of the highest degree; parts with a lower one use its beginning */
    size_t *from;         /* n_parts + 1: first coefficient of each part */
    double *c;
};

/* ---- monomials ------------------------------------------------------------------------------ */

static size_t n_monomials(size_t d, size_t degree)
{
    size_t n = 1, k;

    for (k = 1; k <= degree; k++) {
        n = n * (d + k) / k;
        if (n > 100000)
            return n;
    }
    return n;
}

static void basis_free(struct basis *basis)
{
    mem_free(basis->parent);
    mem_free(basis->axis);
    *basis = (struct basis){0};
}

static int basis_create(struct basis *basis, size_t d, size_t degree, struct err *err)
{
    size_t n = n_monomials(d, degree), first = 0, end = 1, at = 1, k, m, j;

    *basis = (struct basis){.n = n, .d = d, .degree = degree};
    basis->parent = mem_array(n, sizeof *basis->parent);
    basis->axis = mem_array(n, sizeof *basis->axis);
    if (!basis->parent || !basis->axis) {
        basis_free(basis);
        return mem_error(err);
    }
    /* An axis is taken only from the parent's own on, so that each monomial comes once. */
    for (k = 1; k <= degree; k++) {
        for (m = first; m < end; m++) {
            for (j = m == 0 ? 0 : basis->axis[m]; j < d; j++) {
                basis->parent[at] = (uint16_t)m;
                basis->axis[at++] = (uint8_t)j;
            }
        }
        first = end;
        end = at;
    }
    return 0;
}

/* v (n_terms by CHUNK) from z (d by CHUNK); the first row of v is given. */
static void monomials(const struct basis *basis, size_t n_terms, const double *z, double *v)
{
    size_t m, i;

    for (m = 1; m < n_terms; m++) {
        const double *before = v + basis->parent[m] * (size_t)CHUNK;
        const double *axis = z + basis->axis[m] * (size_t)CHUNK;
        double *now = v + m * CHUNK;

        for (i = 0; i < CHUNK; i++)
            now[i] = before[i] * axis[i];
    }
}

/* ---- rows by part --------------------------------------------------------------------------- */

/* Some rows of one part, gathered: place in the part's axes (d by CHUNK), share and row. */
struct chunk {
    size_t n, part;
    uint32_t row[CHUNK];
    double share[CHUNK];
    double *z; /* d by CHUNK */
};

/* Scratch of gathering and of a chunk's design. */
struct scratch {
    double *x, *z; /* CHUNK by d */
    double *v;     /* terms by CHUNK */
    struct chunk chunk;
};

static int scratch_create(struct scratch *s, size_t d, size_t n_terms, struct err *err)
{
    s->x = mem_array(CHUNK * d, sizeof(double));
    s->z = mem_array(CHUNK * d, sizeof(double));
    s->chunk.z = mem_array(CHUNK * d, sizeof(double));
    s->v = mem_array(CHUNK * n_terms, sizeof(double));
    return s->x && s->z && s->chunk.z && s->v ? 0 : mem_error(err);
}

static void scratch_free(struct scratch *s)
{
    mem_free(s->x);
    mem_free(s->z);
    mem_free(s->chunk.z);
    mem_free(s->v);
}

/* The next rows from *at on that have a share in the part; false when there are none. */
static bool gather(const struct proposal *proposal, const struct rows *rows, size_t part,
                   size_t *at, struct scratch *s)
{
    struct chunk *c = &s->chunk;
    size_t d = rows->d, i, j;

    c->n = 0;
    c->part = part;
    for (i = *at; i < rows->n && c->n < CHUNK; i++) {
        double share = rows->shares[i * rows->n_parts + part];

        if (!(share > share_least))
            continue;
        c->row[c->n] = (uint32_t)i;
        c->share[c->n] = share;
        memcpy(s->x + c->n * d, rows->x + i * d, d * sizeof *s->x);
        c->n++;
    }
    *at = i;
    if (c->n == 0)
        return false;
    proposal_local(proposal, part, c->n, s->x, s->z);
    for (j = 0; j < d; j++)
        for (i = 0; i < CHUNK; i++)
            c->z[j * CHUNK + i] = i < c->n ? s->z[i * d + j] : 0.0;
    return true;
}

/* share * monomials */
static void design(const struct local *local, const struct chunk *c, double *v)
{
    size_t i;

    for (i = 0; i < CHUNK; i++)
        v[i] = i < c->n ? c->share[i] : 0.0;
    monomials(&local->basis, local->from[c->part + 1] - local->from[c->part], c->z, v);
}

/* ---- the fit -------------------------------------------------------------------------------- */

struct fit {
    const struct proposal *proposal;
    const struct rows *rows;
    struct local *local;
    struct scratch scratch;
    size_t n_chunks;
    struct chunk *chunks; /* all, kept; their z lie in one array */
    double *places;
    double **factors;  /* per part: Cholesky factor of its block, ridge included */
    double *penalties; /* per part: the ridge */
    /* conjugate gradients: rows (residual, image), coefficients (gradient, direction, scaled) */
    double *residual, *image, *gradient, *direction, *scaled;
};

static void fit_free(struct fit *f)
{
    size_t k;

    scratch_free(&f->scratch);
    mem_free(f->chunks);
    mem_free(f->places);
    for (k = 0; f->factors && k < f->rows->n_parts; k++)
        mem_free(f->factors[k]);
    mem_free(f->factors);
    mem_free(f->penalties);
    mem_free(f->residual);
    mem_free(f->image);
    mem_free(f->gradient);
    mem_free(f->direction);
    mem_free(f->scaled);
}

/* Degree that the rows of a part can carry. */
static size_t degree_of(size_t d, size_t wanted, double n_rows)
{
    size_t degree = wanted;

    while (degree > 0 && (n_monomials(d, degree) > TERMS_MAX ||
                          (double)n_monomials(d, degree) * ROWS_PER_TERM > n_rows))
        degree--;
    return degree;
}

static int shape_parts(struct fit *f, size_t degree, struct err *err)
{
    const struct rows *rows = f->rows;
    struct local *local = f->local;
    size_t *degrees = mem_array(rows->n_parts, sizeof *degrees);
    size_t k, i, most = 0;

    local->from = mem_array(rows->n_parts + 1, sizeof *local->from);
    if (!degrees || !local->from) {
        mem_free(degrees);
        return mem_error(err);
    }
    for (k = 0; k < rows->n_parts; k++) {
        double sum = 0.0;
        size_t n_terms = 0;

        for (i = 0; i < rows->n; i++) {
            double share = rows->shares[i * rows->n_parts + k];

            if (share > share_least) {
                sum += share;
                f->n_chunks++;
            }
        }
        if (sum >= ROWS_PER_TERM) {
            degrees[k] = degree_of(rows->d, degree, sum);
            n_terms = n_monomials(rows->d, degrees[k]);
            most = degrees[k] > most ? degrees[k] : most;
        }
        local->from[k + 1] = local->from[k] + n_terms;
    }
    f->n_chunks = f->n_chunks / CHUNK + rows->n_parts;
    local->n = local->from[rows->n_parts];
    local->c = mem_array(local->n, sizeof *local->c);
    mem_free(degrees);
    if (!local->c)
        return mem_error(err);
    return basis_create(&local->basis, rows->d, most, err);
}

static int gather_all(struct fit *f, struct err *err)
{
    size_t d = f->rows->d, k, at;

    f->chunks = mem_array(f->n_chunks, sizeof *f->chunks);
    f->places = mem_array(f->n_chunks * d * CHUNK, sizeof *f->places);
    if (!f->chunks || !f->places)
        return mem_error(err);
    f->n_chunks = 0;
    for (k = 0; k < f->rows->n_parts; k++) {
        if (f->local->from[k + 1] == f->local->from[k])
            continue;
        for (at = 0; gather(f->proposal, f->rows, k, &at, &f->scratch);) {
            struct chunk *chunk = f->chunks + f->n_chunks;

            *chunk = f->scratch.chunk;
            chunk->z = f->places + f->n_chunks++ * d * CHUNK;
            memcpy(chunk->z, f->scratch.chunk.z, d * CHUNK * sizeof *chunk->z);
        }
    }
    return 0;
}

/* Cholesky factors of the parts' blocks of the normal equations. */
static int factor_blocks(struct fit *f, struct err *err)
{
    const struct local *local = f->local;
    size_t n_parts = f->rows->n_parts, at = 0, k, i, m;

    f->factors = mem_array(n_parts, sizeof *f->factors);
    f->penalties = mem_array(n_parts, sizeof *f->penalties);
    if (!f->factors || !f->penalties)
        return mem_error(err);
    for (k = 0; k < n_parts; k++) {
        size_t n = local->from[k + 1] - local->from[k];
        double *block = mem_array(n * n, sizeof *block), trace = 0.0;

        f->factors[k] = block;
        if (!block)
            return mem_error(err);
        for (; at < f->n_chunks && f->chunks[at].part == k; at++) {
            const struct chunk *c = f->chunks + at;

            design(local, c, f->scratch.v);
            for (m = 0; m < n; m++)
                for (i = 0; i < c->n; i++)
                    f->scratch.v[m * CHUNK + i] *= sqrt(f->rows->weight[c->row[i]]);
            mat_dgemm(false, true, n, n, CHUNK, 1.0, f->scratch.v, CHUNK, f->scratch.v, CHUNK, 1.0,
                      block, n);
        }
        for (m = 0; m < n; m++)
            trace += block[m * n + m] / (double)n;
        f->penalties[k] = ridge * trace + 1e-300;
        for (m = 0; m < n; m++)
            block[m * n + m] += f->penalties[k];
        if (mat_cholesky(n, block, n, err) != 0) {
            err_clear(err); /* rows all alike: the part's constant alone cannot be worse */
            memset(block, 0, n * n * sizeof *block);
            for (m = 0; m < n; m++)
                block[m * n + m] = sqrt(trace) * 1e3 + 1e-150;
        }
    }
    return 0;
}

/* to = L^-T L^-1 from, part by part. */
static void precondition(const struct fit *f, const double *from, double *to)
{
    size_t k, i, j;

    for (k = 0; k < f->rows->n_parts; k++) {
        size_t first = f->local->from[k], n = f->local->from[k + 1] - first;
        const double *l = f->factors[k];
        double *t = to + first;

        for (i = 0; i < n; i++) {
            double s = from[first + i];

            for (j = 0; j < i; j++)
                s -= l[i * n + j] * t[j];
            t[i] = s / l[i * n + i];
        }
        for (i = n; i-- > 0;) {
            t[i] /= l[i * n + i];
            for (j = 0; j < i; j++)
                t[j] -= l[i * n + j] * t[i];
        }
    }
}

/* y (CHUNK) = c v */
static void combine(size_t n_terms, const double *c, const double *v, double *y)
{
    size_t m, i;

    memset(y, 0, CHUNK * sizeof *y);
    for (m = 0; m < n_terms; m++)
        for (i = 0; i < CHUNK; i++)
            y[i] += c[m] * v[m * CHUNK + i];
}

/* image = A c */
static void apply(struct fit *f, const double *c, double *image)
{
    const struct local *local = f->local;
    double y[CHUNK];
    size_t k, i;

    memset(image, 0, f->rows->n * sizeof *image);
    for (k = 0; k < f->n_chunks; k++) {
        const struct chunk *chunk = f->chunks + k;
        size_t from = local->from[chunk->part];

        design(local, chunk, f->scratch.v);
        combine(local->from[chunk->part + 1] - from, c + from, f->scratch.v, y);
        for (i = 0; i < chunk->n; i++)
            image[chunk->row[i]] += y[i];
    }
}

/* gradient = A^T W residual - penalty c */
static void apply_back(struct fit *f, const double *residual, double *gradient)
{
    const struct local *local = f->local;
    double u[CHUNK];
    size_t k, i;

    memset(gradient, 0, local->n * sizeof *gradient);
    for (k = 0; k < f->n_chunks; k++) {
        const struct chunk *chunk = f->chunks + k;
        size_t from = local->from[chunk->part], n = local->from[chunk->part + 1] - from;

        design(local, chunk, f->scratch.v);
        for (i = 0; i < CHUNK; i++)
            u[i] = i < chunk->n ? f->rows->weight[chunk->row[i]] * residual[chunk->row[i]] : 0.0;
        mat_dgemm(false, false, n, 1, CHUNK, 1.0, f->scratch.v, CHUNK, u, 1, 1.0, gradient + from,
                  1);
    }
    for (k = 0; k < f->rows->n_parts; k++)
        for (i = local->from[k]; i < local->from[k + 1]; i++)
            gradient[i] -= f->penalties[k] * local->c[i];
}

static double dot(size_t n, const double *a, const double *b)
{
    double sum = 0.0;
    size_t i;

    for (i = 0; i < n; i++)
        sum += a[i] * b[i];
    return sum;
}

static double curvature(const struct fit *f)
{
    double sum = 0.0;
    size_t i, k;

    for (i = 0; i < f->rows->n; i++)
        sum += f->rows->weight[i] * f->image[i] * f->image[i];
    for (k = 0; k < f->rows->n_parts; k++)
        for (i = f->local->from[k]; i < f->local->from[k + 1]; i++)
            sum += f->penalties[k] * f->direction[i] * f->direction[i];
    return sum;
}

static void descend(struct fit *f)
{
    size_t n = f->local->n, n_rows = f->rows->n, i, step;
    double rho, first = 0.0;

    memcpy(f->residual, f->rows->target, n_rows * sizeof *f->residual);
    apply_back(f, f->residual, f->gradient);
    precondition(f, f->gradient, f->direction);
    rho = first = dot(n, f->gradient, f->direction);
    for (step = 0; step < ITERATIONS && rho > first * enough * enough; step++) {
        double alpha, before = rho, bend;

        apply(f, f->direction, f->image);
        bend = curvature(f);
        if (!(bend > 0.0))
            return;
        alpha = rho / bend;
        for (i = 0; i < n; i++)
            f->local->c[i] += alpha * f->direction[i];
        for (i = 0; i < n_rows; i++)
            f->residual[i] -= alpha * f->image[i];
        apply_back(f, f->residual, f->gradient);
        precondition(f, f->gradient, f->scaled);
        rho = dot(n, f->gradient, f->scaled);
        for (i = 0; i < n; i++)
            f->direction[i] = f->scaled[i] + rho / before * f->direction[i];
    }
}

struct local *local_fit(const struct proposal *proposal, const struct rows *rows, size_t degree,
                        struct err *err)
{
    struct fit f = {.proposal = proposal, .rows = rows, .local = mem_new(struct local)};
    int rc = -1;

    if (!f.local) {
        mem_error(err);
        goto out;
    }
    f.local->d = rows->d;
    f.local->n_parts = rows->n_parts;
    TRY(shape_parts(&f, degree < DEGREE_MAX ? degree : DEGREE_MAX, err));
    TRY(scratch_create(&f.scratch, rows->d, f.local->basis.n, err));
    TRY(gather_all(&f, err));
    TRY(factor_blocks(&f, err));
    f.residual = mem_array(rows->n, sizeof *f.residual);
    f.image = mem_array(rows->n, sizeof *f.image);
    f.gradient = mem_array(f.local->n, sizeof *f.gradient);
    f.direction = mem_array(f.local->n, sizeof *f.direction);
    f.scaled = mem_array(f.local->n, sizeof *f.scaled);
    if (!f.residual || !f.image || !f.gradient || !f.direction || !f.scaled) {
        mem_error(err);
        goto out;
    }
    descend(&f);
    rc = 0;
out:
    fit_free(&f);
    if (rc != 0) {
        local_free(f.local);
        return NULL;
    }
    return f.local;
}

/* ---- use ------------------------------------------------------------------------------------ */

void local_free(struct local *local)
{
    if (!local)
        return;
    basis_free(&local->basis);
    mem_free(local->from);
    mem_free(local->c);
    mem_free(local);
}

int local_add(const struct local *local, const struct proposal *proposal, const struct rows *rows,
              double *h, struct err *err)
{
    struct scratch s = {0};
    double y[CHUNK];
    size_t k, i, at;
    int rc = -1;

    TRY(scratch_create(&s, local->d, local->basis.n, err));
    for (k = 0; k < local->n_parts; k++) {
        size_t from = local->from[k], n = local->from[k + 1] - from;

        if (n == 0)
            continue;
        for (at = 0; gather(proposal, rows, k, &at, &s);) {
            design(local, &s.chunk, s.v);
            combine(n, local->c + from, s.v, y);
            for (i = 0; i < s.chunk.n; i++)
                h[s.chunk.row[i]] += y[i];
        }
    }
    rc = 0;
out:
    scratch_free(&s);
    return rc;
}

/* Bytes: degree, number of parts, where their coefficients begin, the coefficients. */
int local_write(const struct local *local, struct buf *out, struct err *err)
{
    uint64_t head[3] = {local->d, local->basis.degree, local->n_parts};
    size_t k;
    int rc = -1;

    TRY(buf_append(out, head, sizeof head, err));
    for (k = 0; k <= local->n_parts; k++) {
        uint64_t from = local->from[k];

        TRY(buf_append(out, &from, sizeof from, err));
    }
    TRY(buf_append(out, local->c, local->n * sizeof *local->c, err));
    rc = 0;
out:
    return rc;
}

static int read_shape(struct local *local, const char **data, size_t *n,
                      const struct proposal *proposal, struct err *err)
{
    uint64_t head[3], from = 0;
    size_t k;

    if (bytes_take(data, n, head, sizeof head, err) != 0)
        return -1;
    if (head[2] != proposal_n_parts(proposal) || head[1] > DEGREE_MAX || head[0] > 255)
        return err_set(err, ERR_PROTOCOL, "polynomials of another proposal");
    local->d = (size_t)head[0];
    local->n_parts = (size_t)head[2];
    if (basis_create(&local->basis, local->d, (size_t)head[1], err) != 0)
        return -1;
    local->from = mem_array(local->n_parts + 1, sizeof *local->from);
    if (!local->from)
        return mem_error(err);
    for (k = 0; k <= local->n_parts; k++) {
        if (bytes_take(data, n, &from, sizeof from, err) != 0)
            return -1;
        local->from[k] = (size_t)from;
        if (k > 0 && (local->from[k] < local->from[k - 1] ||
                      local->from[k] - local->from[k - 1] > local->basis.n))
            return err_set(err, ERR_PROTOCOL, "polynomials that make no sense");
    }
    local->n = (size_t)from;
    return 0;
}

struct local *local_read(const char **data, size_t *n, const struct proposal *proposal,
                         struct err *err)
{
    struct local *local = mem_new(struct local);
    int rc = -1;

    if (!local) {
        mem_error(err);
        goto out;
    }
    TRY(read_shape(local, data, n, proposal, err));
    local->c = mem_array(local->n, sizeof *local->c);
    if (!local->c) {
        mem_error(err);
        goto out;
    }
    TRY(bytes_take(data, n, local->c, local->n * sizeof *local->c, err));
    rc = 0;
out:
    if (rc != 0) {
        local_free(local);
        return NULL;
    }
    return local;
}
