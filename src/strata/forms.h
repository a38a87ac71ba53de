/* forms.h: the forms a surrogate is made of, for src/strata/surrogate*.c alone.
 *
 * Each form is fitted to what the forms before it leave, on rows drawn from the proposal, and adds
 * its part to h wherever it is asked.  None decides whether it is of use: surrogate.c does, on rows
 * the form has not seen. */
#ifndef STRATA_FORMS_H
#define STRATA_FORMS_H

#include "surrogate.h"

/* Rows of a fit, or of a prediction (then target and weight are NULL). */
struct rows {
    size_t n, d, n_parts;
    const double *x;      /* n by d, unit cube */
    const double *q;      /* n: density of the proposal */
    const double *shares; /* n by n_parts: of the proposal's parts in q */
    const double *target; /* n: what is to be explained */
    const double *weight; /* n: mean 1 */
};

static inline struct rows rows_part(const struct rows *rows, size_t from, size_t n)
{
    struct rows part = *rows;

    part.n = n;
    part.x += from * rows->d;
    part.q += from;
    part.shares += from * rows->n_parts;
    if (rows->target)
        part.target += from;
    if (rows->weight)
        part.weight += from;
    return part;
}

/* ---- polynomials around the parts of the proposal (surrogate-local.c) ----------------------- */

/* g = sum_k a_k q_k(x) p_k(z_k), z_k the part's own axes: h = sum_k share_k p_k.  q's own steps and
 * edges divide out. */
struct local;
/* Of the degree that does best on the rows from n_in on (those before n_in are fitted). */
struct local *local_fit(const struct proposal *proposal, const struct rows *rows, size_t n_in,
                        struct err *err);
void local_free(struct local *local);
bool local_is_empty(const struct local *local);
size_t local_degree(const struct local *local);
/* Before this, what is said is that of the fit to the rows before n_in, so that the others can
 * judge it; from here on, that of the fit to all. */
void local_settle(struct local *local);
/* h (rows->n) += */
int local_add(const struct local *local, const struct proposal *proposal, const struct rows *rows,
              double *h, struct err *err);
int local_write(const struct local *local, struct buf *out, struct err *err);
struct local *local_read(const char **data, size_t *n, const struct proposal *proposal,
                         struct err *err);

/* ---- coordinates besides the axes (surrogate-frame.c) --------------------------------------- */

enum { FRAME_DIMS = 16 };

/* The axes, then principal axes that are not such, then the distance from the centre. */
struct frame {
    size_t d, n_axes, n_directions;
    bool has_radius;
    double centre[FRAME_DIMS];
    double direction[FRAME_DIMS][FRAME_DIMS], offset[FRAME_DIMS];
    double whiten[FRAME_DIMS][FRAME_DIMS];
};
void frame_axes(struct frame *frame, size_t d);              /* the axes alone */
bool frame_makes_sense(const struct frame *frame, size_t d); /* that was read from bytes */
void frame_fit(struct frame *frame, const struct rows *rows);
/* x: n by d to u: n by n_axes, in 0 .. 1 */
void frame_apply(const struct frame *frame, size_t n, const double *x, double *u);

/* ---- sums of products of one-axis functions (surrogate-product.c) --------------------------- */

/* The axes are those of a frame. */
struct product;
/* said (rows->n): h as it is fitted to the rows before n_in; the product itself is fitted to all.
 * Without a term when none helps on the rows from n_in on. */
struct product *product_fit(const struct frame *frame, const struct rows *rows, size_t n_in,
                            double *said, struct err *err);
void product_free(struct product *product);
size_t product_terms(const struct product *product);
/* What may be missed beside the product's own jumps, none of which is above `most`; target: what
 * the surrogate leaves.  The rows before n_in are those that the product was fitted to. */
int product_jumps(const struct product *product, const struct rows *rows, size_t n_in, double most,
                  struct jumps *jumps, struct err *err);
/* h (rows->n) += */
void product_add(const struct product *product, const struct rows *rows, double *h);
int product_write(const struct product *product, struct buf *out, struct err *err);
struct product *product_read(const char **data, size_t *n, size_t d, struct err *err);

/* ---- a network (surrogate-net.c) ------------------------------------------------------------ */

struct net_form;
/* Trained on the rows before n_in; those from n_in on say when to stop. */
struct net_form *net_form_fit(const struct frame *frame, const struct rows *rows, size_t n_in,
                              const struct surrogate_config *config, struct err *err);
void net_form_free(struct net_form *form);
/* h (rows->n) += */
int net_form_add(const struct net_form *form, const struct rows *rows, double *h, struct err *err);
int net_form_write(const struct net_form *form, struct buf *out, struct err *err);
struct net_form *net_form_read(const char **data, size_t *n, size_t d, struct err *err);

/* ---- bytes ---------------------------------------------------------------------------------- */

/* Moves n bytes from *data to `to`; ERR_PROTOCOL when there are fewer. */
int bytes_take(const char **data, size_t *left, void *to, size_t n, struct err *err);

#endif
