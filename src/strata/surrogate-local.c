/* surrogate-local.c: polynomials around the parts of the proposal.
 *
 * What it does: h(x) = sum_k share_k(x) p_k(z_k(x)) with one polynomial in each part's whitened
 * axes, a mixture of experts whose gates are known (Jacobs, Jordan, Nowlan, Hinton, Neural Comp. 3
 * (1991) 79).  As g = q h this is a sum of Gaussians times polynomials (Gauss-Hermite functions),
 * plus a polynomial over the cube from the uniform part.
 * A row counts in a part only where its share is worth it, so the cost does not grow with the
 * number of parts.
 *
 * What it does not: fit (surrogate-local-fit.c does), nor move the parts. */
#include "theodolite/vector.h"

#include "local.h"

#include <string.h>

/* ---- monomials ------------------------------------------------------------------------------ */

size_t local_terms(size_t d, size_t degree)
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

int local_basis_create(struct basis *basis, size_t d, size_t degree, struct err *err)
{
    size_t n = local_terms(d, degree), first = 0, end = 1, at = 1, k, m, j;

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
VECTOR_LOOP static void monomials(const struct basis *basis, size_t n_terms, const double *z,
                                  double *v)
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

int local_scratch_create(struct scratch *s, size_t d, size_t n_terms, struct err *err)
{
    s->x = mem_array(CHUNK * d, sizeof(double));
    s->z = mem_array(CHUNK * d, sizeof(double));
    s->chunk.z = mem_array(CHUNK * d, sizeof(double));
    s->v = mem_array(CHUNK * n_terms, sizeof(double));
    return s->x && s->z && s->chunk.z && s->v ? 0 : mem_error(err);
}

void local_scratch_free(struct scratch *s)
{
    mem_free(s->x);
    mem_free(s->z);
    mem_free(s->chunk.z);
    mem_free(s->v);
}

static void place_rows(const struct proposal *proposal, size_t d, struct scratch *s)
{
    struct chunk *c = &s->chunk;
    size_t i, j;

    proposal_local(proposal, c->part, c->n, s->x, s->z);
    for (j = 0; j < d; j++)
        for (i = 0; i < CHUNK; i++)
            c->z[j * CHUNK + i] = i < c->n ? s->z[i * d + j] : 0.0;
}

/* The next rows from *at on that have a share in the part; false when there are none. */
static bool gather(const struct proposal *proposal, const struct rows *rows, size_t part,
                   size_t *at, struct scratch *s)
{
    struct chunk *c = &s->chunk;
    size_t d = rows->d, i;

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
    if (c->n > 0)
        place_rows(proposal, d, s);
    return c->n > 0;
}

/* These n rows, with a share of 0 where it is next to nothing. */
void local_gather_rows(const struct proposal *proposal, const struct rows *rows, size_t part,
                       const uint32_t *row, size_t n, struct scratch *s)
{
    struct chunk *c = &s->chunk;
    size_t d = rows->d, i, j;

    c->n = n;
    c->part = part;
    for (i = 0; i < n; i++) {
        double share = rows->shares[row[i] * rows->n_parts + part];

        c->row[i] = row[i];
        c->share[i] = share > share_least ? share : 0.0;
        memcpy(s->x + i * d, rows->x + row[i] * d, d * sizeof *s->x);
    }
    place_rows(proposal, d, s);
    for (i = 0; i < n; i++) /* far away: nothing times a large number */
        for (j = 0; j < d && !(c->share[i] > 0.0); j++)
            c->z[j * CHUNK + i] = 0.0;
}

/* share * monomials */
void local_design(const struct local *local, const struct chunk *c, double *v)
{
    size_t i;

    for (i = 0; i < CHUNK; i++)
        v[i] = i < c->n ? c->share[i] : 0.0;
    monomials(&local->basis, local->from[c->part + 1] - local->from[c->part], c->z, v);
}

/* ---- use ------------------------------------------------------------------------------------ */

size_t local_degree(const struct local *local)
{
    return local->basis.degree;
}

bool local_is_empty(const struct local *local)
{
    return local->n == 0;
}

void local_settle(struct local *local)
{
    mem_free(local->c_in);
    local->c_in = NULL;
}

void local_free(struct local *local)
{
    if (!local)
        return;
    basis_free(&local->basis);
    mem_free(local->from);
    mem_free(local->c);
    mem_free(local->c_in);
    mem_free(local);
}

/* y (CHUNK) = c v */
VECTOR_LOOP static void combine(size_t n_terms, const double *c, const double *v, double *y)
{
    double sum[CHUNK] = {0.0};
    size_t m, i;

    for (m = 0; m < n_terms; m++) {
        const double *of = v + m * CHUNK;
        double by = c[m];

        for (i = 0; i < CHUNK; i++)
            sum[i] += by * of[i];
    }
    memcpy(y, sum, sizeof sum);
}

int local_add(const struct local *local, const struct proposal *proposal, const struct rows *rows,
              double *h, struct err *err)
{
    const double *c = local->c_in ? local->c_in : local->c;
    struct scratch s = {0};
    double y[CHUNK];
    size_t k, i, at;
    int rc = -1;

    TRY(local_scratch_create(&s, local->d, local->basis.n, err));
    for (k = 0; k < local->n_parts; k++) {
        size_t from = local->from[k], n = local->from[k + 1] - from;

        if (n == 0)
            continue;
        for (at = 0; gather(proposal, rows, k, &at, &s);) {
            local_design(local, &s.chunk, s.v);
            combine(n, c + from, s.v, y);
            for (i = 0; i < s.chunk.n; i++)
                h[s.chunk.row[i]] += y[i];
        }
    }
    rc = 0;
out:
    local_scratch_free(&s);
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
    if (local_basis_create(&local->basis, local->d, (size_t)head[1], err) != 0)
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
