/* local.h: the inside of the polynomials around the parts, for surrogate-local*.c. */
#ifndef STRATA_LOCAL_H
#define STRATA_LOCAL_H

#include "forms.h"

enum { CHUNK = 64, DEGREE_MAX = 12 }; /* rows that are worked on together */

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
    double *c_in; /* of the rows not held out alone; NULL once the fit is over */
};
/* Monomials of d axes up to a degree. */
size_t local_terms(size_t d, size_t degree);
int local_basis_create(struct basis *basis, size_t d, size_t degree, struct err *err);

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
int local_scratch_create(struct scratch *s, size_t d, size_t n_terms, struct err *err);
void local_scratch_free(struct scratch *s);
/* These n rows to s->chunk, with a share of 0 where it is next to nothing. */
void local_gather_rows(const struct proposal *proposal, const struct rows *rows, size_t part,
                       const uint32_t *row, size_t n, struct scratch *s);
/* v (terms of the chunk's part by CHUNK) = share * monomials */
void local_design(const struct local *local, const struct chunk *c, double *v);

/* Rows with less of a share have no part in a polynomial. */
static const double share_least = 1e-3;

#endif
