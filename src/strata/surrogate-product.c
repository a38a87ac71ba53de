/* surrogate-product.c: sums of products of one-axis functions.
 *
 * What it does: g(x) = sum_r prod_j f_rj(x_j), every f_rj a quadratic in each of a number of bins,
 * by alternating least squares (Beylkin, Garcke, Mohlenkamp, SIAM J. Sci. Comput. 31 (2009) 1840):
 * with the factors of all other axes fixed, the bins of an axis are small linear problems of their
 * own.  The misfit is that of h = g/q, so rows count with 1/q^2.  Nothing joins a bin to the next:
 * steps and kinks along an axis cost nothing.  The axes are those of a frame: beside the cube's,
 * principal axes and the distance from the centre.
 *
 * What it does not: see structure that runs along no axis. */
#include "theodolite/vector.h"

#include "product.h"

#include <math.h>
#include <string.h>

void product_free(struct product *product)
{
    if (!product)
        return;
    mem_free(product->axes);
    mem_free(product);
}

struct product *product_create(const struct frame *frame, struct err *err)
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

size_t product_terms(const struct product *product)
{
    return product->n_terms;
}

/* ---- use ------------------------------------------------------------------------------------ */

enum { ROWS = 64 }; /* worked on together */

void product_index(const struct axis *axis, struct bin_index *index)
{
    size_t cell, bin = 0;

    for (cell = 0; cell <= INDEX_CELLS; cell++) {
        while (bin + 1 < axis->n && axis->edge[bin + 1] <= (double)cell / INDEX_CELLS)
            bin++;
        index->bin[cell] = (uint8_t)bin;
    }
}

/* One axis' factors multiply the terms of all rows. */
VECTOR_LOOP static void multiply_by(size_t n_terms, const double (*c)[POWERS][ROWS],
                                    const double *place, double (*term)[ROWS])
{
    size_t r, i;

    for (r = 0; r < n_terms; r++) {
        const double(*of)[ROWS] = c[r];

        for (i = 0; i < ROWS; i++)
            term[r][i] *= of[0][i] + place[i] * (of[1][i] + place[i] * of[2][i]);
    }
}

/* g of up to ROWS rows at u (n by product->d). */
static void values_at(const struct product *product, const struct bin_index *index, size_t n,
                      const double *u, double *g)
{
    double term[TERMS_MAX][ROWS], c[TERMS_MAX][POWERS][ROWS] = {0}, place[ROWS] = {0.0};
    size_t d = product->d, n_terms = product->n_terms, i, j, k, r;

    for (r = 0; r < n_terms; r++)
        for (i = 0; i < ROWS; i++)
            term[r][i] = 1.0;
    for (j = 0; j < d; j++) {
        const struct axis *axis = product->axes + j;

        for (i = 0; i < n; i++) {
            size_t bin = bin_by(axis, index + j, u[i * d + j]);

            place[i] = place_in(axis, bin, u[i * d + j]);
            for (r = 0; r < n_terms; r++)
                for (k = 0; k < POWERS; k++)
                    c[r][k][i] = axis->c[bin][r][k];
        }
        multiply_by(n_terms, (const double(*)[POWERS][ROWS])c, place, term);
    }
    for (i = 0; i < n; i++) {
        g[i] = 0.0;
        for (r = 0; r < n_terms; r++)
            g[i] += term[r][i];
    }
}

void product_add(const struct product *product, const struct rows *rows, double *h)
{
    double u[ROWS * (2 * FRAME_DIMS + 256)], g[ROWS];
    struct bin_index index[2 * FRAME_DIMS + 256];
    size_t from, i, j;

    for (j = 0; j < product->d; j++)
        product_index(product->axes + j, index + j);
    for (from = 0; from < rows->n; from += ROWS) {
        size_t n = rows->n - from < ROWS ? rows->n - from : (size_t)ROWS;

        frame_apply(&product->frame, n, rows->x + from * rows->d, u);
        values_at(product, index, n, u, g);
        for (i = 0; i < n; i++)
            h[from + i] += g[i] / rows->q[from + i];
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
