/* envelope.h: the function above |F| under which events are drawn, for src/strata/events*.c alone.
 *
 *     E(x) = limit_c(x) * e(x) * q(x),   e(x) = max(|h(x)|, floor)
 *
 * q is the proposal, h the surrogate of F/q, c the class of the height g = q h.  The limit of a
 * class is a quantile of |F| / (q e) over calls in it. */
#ifndef STRATA_ENVELOPE_H
#define STRATA_ENVELOPE_H

#include "private.h"

/* A call whose value is known. */
struct envelope_call {
    float size;  /* |h| */
    float ratio; /* |F| / q */
    int16_t cell;
};

struct envelope {
    const struct strata_frozen *frozen; /* borrowed */
    double floor, floor_before;         /* until the floor was found */
    struct classes classes;
    double limit[STRATA_CLASSES];
    /* Sums of draws * limit / most: a call of class c at |h| was drawn from q with the density
     * drawn_before[c] max(|h|, floor_before) + drawn[c] max(|h|, floor). */
    double drawn[STRATA_CLASSES], drawn_before[STRATA_CLASSES];
    double calls_per_event; /* foreseen; 0: not known */
    double most; /* of limit * e, but for a share of the draws that counts for next to nothing */
    size_t n_pool;
    float *pool_size; /* |h| and class of draws from q: say what `most` is */
    int16_t *pool_cell;
    size_t n_calls, cap;
    struct envelope_call *calls;
};

/* Draws the pool and cuts the classes; limits are 1. */
int envelope_open(struct envelope *envelope, const struct strata_frozen *frozen, uint64_t seed,
                  size_t n_classes, struct err *err);
void envelope_close(struct envelope *envelope);
/* At n points: q, |h|, class. */
int envelope_ask(const struct envelope *envelope, size_t n, const double *x, double *q,
                 double *size, int16_t *cell, struct err *err);
static inline double envelope_shape(const struct envelope *envelope, double size)
{
    return size > envelope->floor ? size : envelope->floor;
}
/* Calls beyond the memory for them are left out. */
int envelope_see(struct envelope *envelope, const struct envelope_call *call, struct err *err);
/* After the calls of a batch: from so many draws, under the limits as they are. */
void envelope_count(struct envelope *envelope, uint64_t n_draws);
/* Chooses the limits so that `excess` of the weight is above them, and the smallest envelope that
 * does it; finds_floor: the floor too, which is done once. */
int envelope_cut(struct envelope *envelope, double excess, bool finds_floor, struct err *err);

#endif
