/* cubature.h: local polynomials over boxes, whose error is measured at random. */
#ifndef STRATA_CUBATURE_H
#define STRATA_CUBATURE_H

#include "adaptive.h"

/* ---- polynomials of one degree on boxes (cubature-boxes.c) ------------------------------------
 */

enum { CUBATURE_DIMS = 4, CUBATURE_NODES = 17 };

struct panel { /* a box with the Chebyshev coefficients of the function on it */
    double lo[CUBATURE_DIMS], hi[CUBATURE_DIMS];
    double volume;
    double *coefficients;       /* n_nodes^n_dims; NULL: was cut up */
    double tail[CUBATURE_DIMS]; /* root of the summed squares of those with the two highest degrees
                                   of the axis: what a cut across it may gain */
    double error;               /* volume times the tails */
    double integral;
};
struct panels {
    size_t n_dims, n_nodes, size; /* nodes of an axis; n_nodes^n_dims */
    double node[CUBATURE_NODES];
    double transform[CUBATURE_NODES * CUBATURE_NODES]; /* values to coefficients */
    size_t n, n_room;
    struct panel *list;
};
int panels_create(struct panels *panels, size_t n_dims, struct err *err);
void panels_free(struct panels *panels);
/* Where the function is wanted: `size` points. */
void panel_nodes(const struct panels *panels, const struct panel *panel, double *x);
/* Their values, which are overwritten; scratch: `size`. */
int panel_fit(const struct panels *panels, struct panel *panel, double *values, double *scratch,
              struct err *err);
/* scratch: `size` */
double panel_value(const struct panels *panels, const struct panel *panel, const double *x,
                   double *scratch);
/* Cuts one up across the axes that need it; the new ones stand at the end, without coefficients. */
int panels_cut(struct panels *panels, size_t which, size_t *n_new, struct err *err);
/* Into how many it would be cut. */
size_t panel_n_pieces(const struct panels *panels, const struct panel *panel);

/* ---- the integration (cubature.c) -------------------------------------------------------------
 */

/* Rounds of points out and values in, as of strata_next and strata_take. */
struct cubature;
struct cubature *cubature_create(const struct strata_config *config, struct err *err);
void cubature_free(struct cubature *cubature);
/* *n = 0: it is over.  x is borrowed until the next call. */
int cubature_next(struct cubature *cubature, size_t *n, const double **x, struct err *err);
int cubature_take(struct cubature *cubature, const double *values, struct err *err);
int cubature_result(const struct cubature *cubature, struct arena *arena,
                    struct strata_result *result, struct err *err);

#endif
