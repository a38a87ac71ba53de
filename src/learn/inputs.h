/* inputs.h: what the networks and the process see of a point, for src/learn alone: the axes of the
 * unit cube, then for some observables the value of a sum of products (separable.h) that explains
 * most of it. */
#ifndef LEARN_INPUTS_H
#define LEARN_INPUTS_H

#include "separable.h"
#include "squash.h"

enum { INPUTS_MAPS = 4 };

struct inputs {
    uint32_t n_axes, n_used;
    uint32_t used[INPUTS_MAPS]; /* the maps that are inputs, in this order */
    uint32_t n_maps;
    struct separable *maps; /* INPUTS_MAPS, one for each of the first groups of margins */
};

int inputs_create(struct inputs *inputs, size_t n_axes, struct err *err);
void inputs_free(struct inputs *inputs);
int inputs_copy(struct inputs *inputs, const struct inputs *from, struct err *err);
size_t inputs_count(const struct inputs *inputs);
/* y: n by n_groups, NaN where unknown; is_out: see separable.h.  inputs may hold those of the round
 * before. */
int inputs_fit(struct inputs *inputs, const struct learn_data *data, const float *y,
               size_t n_groups, const bool *is_out, struct rng *rng, struct err *err);
/* x: n by n_axes; wide: n by inputs_count. */
void inputs_apply(const struct inputs *inputs, size_t n, const float *x, float *wide);
int inputs_save(const struct inputs *inputs, struct buf *out, struct err *err);
/* Takes them off the front of the bytes. */
int inputs_load(struct inputs *inputs, const char **data, size_t *left, struct err *err);

#endif
