/* level-model.h: what level.c fits, for src/learn alone. */
#ifndef LEARN_LEVEL_MODEL_H
#define LEARN_LEVEL_MODEL_H

#include "descent.h"
#include "level.h"

enum { LEVEL_TERMS = 1, LEVEL_BASIS = 18 };

/* Where each row is to be found, and how many it stands for. */
struct level_rows {
    const float **x; /* d numbers each */
    double *weight;
    size_t n;
};

/* The rows of a fit, and the shape of s.  Parameters: constant, logit of A, then the coefficients
 * of the sums and of each term, d by basis each. */
struct level_model {
    size_t n, d, basis, terms;
    bool has_sums; /* else they stay 0 */
    bool is_sharp;
    double ridge;
    double *phi;    /* d by n by basis: polynomials of the rows */
    double *weight; /* n */
    bool *is_accepted;
    double *g;       /* d by n by (terms + 1): values of the factors */
    double *e;       /* n by (terms + 1): slopes of the loss */
    double *s;       /* n */
    double accepted; /* sum of the weights of the accepted rows */
};

int level_model_create(struct level_model *model, size_t n, size_t d, struct err *err);
void level_model_free(struct level_model *model);
/* The first n_accepted rows are the accepted ones. */
void level_model_fill(struct level_model *model, const struct level_rows *rows, size_t n_accepted,
                      size_t basis);
size_t level_model_size(const struct level_model *model); /* number of parameters */
/* Coefficients of a part (0: the sums) in one axis. */
double *level_model_part(const struct level_model *model, double *at, size_t part, size_t axis);
/* s of every row. */
void level_model_evaluate(const struct level_model *model, const double *at);
/* From descent->at, which is then where the penalised loss is least; that loss. */
double level_model_descend(const struct level_model *model, struct descent *descent, int steps);
/* To a map and back; what the map tells of its own history stays. */
void level_model_save(const struct level_model *model, const double *at, struct separable *map);
void level_model_load(const struct level_model *model, const struct separable *map, double *at);

/* Rows left out of all fits, accepted ones first, then places of the cube. */
struct level_measure {
    struct level_model model;
    size_t n_accepted, n_out;
};
/* Log likelihood of the rows left out, for each accepted one.  *gain: log of how many times as
 * likely as in the cube at large the map makes the accepted ones. */
double level_model_measure(struct level_measure *measure, const struct level_rows *rows,
                           const struct separable *map, double *gain);

#endif
