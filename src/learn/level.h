/* level.h: where only labels are known, a function of which the target is the neighbourhood of a
 * level; for src/learn alone. */
#ifndef LEARN_LEVEL_H
#define LEARN_LEVEL_H

#include "separable.h"

/* Rows: x is n by d; labels of -1 are not used.  is_out: rows that are kept for the measure. */
struct level_data {
    size_t n, d;
    const float *x;
    const int8_t *label;
    const bool *is_out;
};
/* Improves the map (left < 1: there is one) and now and then looks for a better one.  map->left
 * becomes 1 over how many times as likely as elsewhere the map makes the accepted rows left out. */
int level_fit(struct separable *map, const struct level_data *data, struct rng *rng,
              struct err *err);
/* trial.c: is the map to be an input?  By what it and a Gaussian process in the axes alone say of
 * the rows left out. */
int level_trial(const struct separable *map, const struct level_data *data, struct rng *rng,
                bool *is_wanted, struct err *err);
/* Logit of the probability at a place where the further input (separable_value) is `value`. */
double level_score(const struct separable *map, float value);

#endif
