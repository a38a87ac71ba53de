/* envelope.c: the function above |F| under which events are drawn.
 *
 * What it does.  The efficiency of accept and reject is int |F| / int E.  With weights above 1
 * kept, limits may lie below the largest value: of all limits that leave the share `excess` of the
 * weight above them, int E is the least where each class has the same share of its points above its
 * limit (Lagrange: d int E / d limit_c = volume_c against d excess / d limit_c = volume_c
 * P(above)).  So limits are quantiles at one common tail, found by bisection; excess 0 gives the
 * largest values seen.  The floor below which the surrogate is not believed is that with the
 * smallest int E.
 *
 * What it does not: promise.  Limits come from a sample; what is above them keeps its weight. */
#include "envelope.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { POOL = 1 << 14, BLOCK = 1024, CALLS_MOST = 1 << 20 };
/* The envelope's least mean over a class, over that of all |F|: where the surrogate sees next to
 * nothing an event must not weigh hundreds. */
static const double envelope_least = 0.25;
static const double TAIL_MOST = 0.05; /* share of the points above their limits */
static const double over_most = 5;    /* share of the events above them, over `excess` */
/* Above the bound of the first stage: of its weight, of the points that pass. */
static const double pool_excess = 1e-4, pool_over = 1e-3;

/* ---- the pool and the classes --------------------------------------------------------------- */

int envelope_ask(const struct envelope *envelope, size_t n, const double *x, double *q,
                 double *size, int16_t *cell, struct err *err)
{
    const struct strata_frozen *frozen = envelope->frozen;
    for (size_t from = 0; from < n; from += BLOCK) {
        size_t part = n - from < BLOCK ? n - from : BLOCK;
        const double *at = x + from * frozen->n_dims;
        double *h = size + from;
        proposal_density(frozen->proposal, part, at, q + from, NULL);
        for (size_t i = 0; i < part; i++)
            h[i] = 1.0;
        if (frozen->surrogate != NULL &&
            surrogate_predict(frozen->surrogate, part, at, NULL, h, err) != 0)
            return -1;
        for (size_t i = 0; i < part; i++) {
            cell[from + i] = envelope->classes.n > 0
                                 ? (int16_t)classes_find(&envelope->classes, h[i] * q[from + i])
                                 : 0;
            h[i] = fabs(h[i]);
        }
    }
    return 0;
}

/* Equal contributions to int |g|. */
static int cut_classes(struct envelope *envelope, const double *x, double *q, double *size,
                       size_t n_classes, struct err *err)
{
    const struct strata_frozen *frozen = envelope->frozen;
    size_t n = envelope->n_pool;
    for (size_t from = 0; from < n && frozen->surrogate != NULL; from += BLOCK)
        if (surrogate_predict(frozen->surrogate, BLOCK, x + from * frozen->n_dims, NULL,
                              size + from, err) != 0)
            return -1;
    for (size_t i = 0; i < n; i++) {
        size[i] *= q[i];
        q[i] = 1.0 / q[i];
    }
    return classes_cut(n, size, q, n_classes, CUTS_CONTRIBUTION, &envelope->classes, err);
}

int envelope_open(struct envelope *envelope, const struct strata_frozen *frozen, uint64_t seed,
                  size_t n_classes, struct err *err)
{
    struct rng rng = rng_stream(seed, RNG_STRATA, UINT64_MAX);
    double *x = mem_array(POOL * frozen->n_dims, sizeof *x), *q = mem_array(POOL, sizeof *q);
    double *size = mem_array(POOL, sizeof *size), sum = 0.0;
    int rc = -1;
    *envelope = (struct envelope){.frozen = frozen, .n_pool = POOL};
    envelope->pool_size = mem_array(POOL, sizeof *envelope->pool_size);
    envelope->pool_cell = mem_array(POOL, sizeof *envelope->pool_cell);
    if (x == NULL || q == NULL || size == NULL || envelope->pool_size == NULL ||
        envelope->pool_cell == NULL) {
        mem_error(err);
        goto out;
    }
    proposal_draw(frozen->proposal, &rng, POOL, x, NULL);
    TRY(envelope_ask(envelope, POOL, x, q, size, envelope->pool_cell, err));
    TRY(cut_classes(envelope, x, q, size, n_classes, err));
    TRY(envelope_ask(envelope, POOL, x, q, size, envelope->pool_cell, err));
    for (size_t i = 0; i < POOL; i++) {
        envelope->pool_size[i] = (float)size[i];
        sum += size[i];
    }
    envelope->floor = envelope->floor_before = sum > 0.0 ? 0.25 * sum / POOL : 1.0;
    for (size_t c = 0; c < envelope->classes.n; c++)
        envelope->limit[c] = 1.0;
    rc = envelope_cut(envelope, 0.0, false, err);
out:
    mem_free(x);
    mem_free(q);
    mem_free(size);
    return rc;
}

void envelope_close(struct envelope *envelope)
{
    mem_free(envelope->pool_size);
    mem_free(envelope->pool_cell);
    mem_free(envelope->calls);
}

int envelope_see(struct envelope *envelope, const struct envelope_call *call, struct err *err)
{
    if (envelope->n_calls == CALLS_MOST)
        return 0;
    if (envelope->n_calls == envelope->cap) {
        size_t cap = envelope->cap > 0 ? 2 * envelope->cap : 4096;
        void *more = mem_resize(envelope->calls, envelope->cap, cap, sizeof *envelope->calls);
        if (more == NULL)
            return mem_error(err);
        envelope->calls = more;
        envelope->cap = cap;
    }
    envelope->calls[envelope->n_calls++] = *call;
    return 0;
}

void envelope_count(struct envelope *envelope, uint64_t n_draws)
{
    if (envelope->n_calls == CALLS_MOST)
        return;
    for (size_t c = 0; c < envelope->classes.n; c++)
        envelope->drawn[c] += (double)n_draws * envelope->limit[c] / envelope->most;
}

/* ---- limits --------------------------------------------------------------------------------- */

struct value {
    double ratio;  /* |F| / (q e) */
    double weight; /* e q over the density with which it was drawn */
};

/* The calls class by class, ascending within each; first[c] .. first[c + 1]. */
struct sorted {
    size_t n_classes, first[STRATA_CLASSES + 1];
    struct value *values;
    double weight[STRATA_CLASSES], sum[STRATA_CLASSES]; /* of weight, of weight * ratio */
    double least[STRATA_CLASSES];                       /* of the limit */
    double mean;                                        /* of all */
};

static int by_ratio(const void *a, const void *b)
{
    double x = ((const struct value *)a)->ratio, y = ((const struct value *)b)->ratio;
    return (x > y) - (x < y);
}

/* q over the density with which it was drawn. */
static double weight_of(const struct envelope *envelope, const struct envelope_call *call)
{
    double size = call->size;
    return 1.0 / (envelope->drawn_before[call->cell] * fmax(size, envelope->floor_before) +
                  envelope->drawn[call->cell] * fmax(size, envelope->floor));
}

static void sort_calls(const struct envelope *envelope, double floor, struct sorted *sorted)
{
    size_t fill[STRATA_CLASSES] = {0}, n_classes = envelope->classes.n;
    double weight = 0.0, sum = 0.0, volume = 0.0, volumes[STRATA_CLASSES] = {0.0};
    sorted->n_classes = n_classes;
    memset(sorted->first, 0, sizeof sorted->first);
    for (size_t i = 0; i < envelope->n_calls; i++)
        sorted->first[envelope->calls[i].cell + 1]++;
    for (size_t c = 0; c < n_classes; c++) {
        sorted->first[c + 1] += sorted->first[c];
        sorted->weight[c] = sorted->sum[c] = 0.0;
    }
    for (size_t i = 0; i < envelope->n_calls; i++) {
        const struct envelope_call *call = &envelope->calls[i];
        double shape = call->size > floor ? call->size : floor;
        double part = weight_of(envelope, call);
        struct value value = {call->ratio / shape, part * shape};
        sorted->values[sorted->first[call->cell] + fill[call->cell]++] = value;
        sorted->weight[call->cell] += value.weight;
        sorted->sum[call->cell] += value.weight * value.ratio;
        volumes[call->cell] += part;
        volume += part;
    }
    for (size_t c = 0; c < n_classes; c++) {
        qsort(sorted->values + sorted->first[c], sorted->first[c + 1] - sorted->first[c],
              sizeof *sorted->values, by_ratio);
        weight += sorted->weight[c];
        sum += sorted->sum[c];
    }
    sorted->mean = weight > 0.0 ? sum / weight : 0.0;
    for (size_t c = 0; c < n_classes; c++)
        sorted->least[c] = sorted->weight[c] > 0.0
                               ? envelope_least * sum / volume * volumes[c] / sorted->weight[c]
                               : sorted->mean;
}

/* The limits with the share `tail` of each class' weight above; what of the sum is above them, or
 * as much as goes with the share of the events that is above, whichever is more. */
static double limits_at(const struct sorted *sorted, double tail, double *limit)
{
    double above = 0.0, all = 0.0, n_above = 0.0;
    for (size_t c = 0; c < sorted->n_classes; c++) {
        size_t i = sorted->first[c + 1];
        double beyond = 0.0, excess = 0.0;
        limit[c] = sorted->mean; /* of a class without calls */
        if (i > sorted->first[c])
            limit[c] = sorted->values[i - 1].ratio;
        while (i > sorted->first[c] &&
               beyond + sorted->values[i - 1].weight <= tail * sorted->weight[c]) {
            i--;
            beyond += sorted->values[i].weight;
            if (i > sorted->first[c])
                limit[c] = sorted->values[i - 1].ratio;
        }
        limit[c] = fmax(limit[c], sorted->least[c]);
        for (; i < sorted->first[c + 1]; i++) {
            excess += sorted->values[i].weight * fmax(sorted->values[i].ratio - limit[c], 0.0);
            if (sorted->values[i].ratio > limit[c])
                n_above += sorted->values[i].weight * limit[c];
        }
        above += excess;
        all += sorted->sum[c];
    }
    return all > 0.0 ? fmax(above / all, n_above / (all - above) / over_most) : 0.0;
}

/* Volume under the envelope over int |F|: calls per event. */
static double calls_per_event(const struct sorted *sorted, const double *limit)
{
    double all = 0.0, sum = 0.0;
    for (size_t c = 0; c < sorted->n_classes; c++) {
        all += limit[c] * sorted->weight[c];
        sum += sorted->sum[c];
    }
    return sum > 0.0 ? all / sum : INFINITY;
}

static double find_limits(const struct sorted *sorted, double excess, double *limit)
{
    double lo = 0.0, hi = TAIL_MOST;
    for (int i = 0; i < 30 && excess > 0.0; i++) {
        double tail = 0.5 * (lo + hi);
        if (limits_at(sorted, tail, limit) > excess)
            hi = tail;
        else
            lo = tail;
    }
    (void)limits_at(sorted, lo, limit);
    return calls_per_event(sorted, limit);
}

static int descending(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;
    return (x < y) - (x > y);
}

/* The bound of limit * e over the pool that leaves so little above. */
static int bound_pool(struct envelope *envelope, struct err *err)
{
    size_t n = envelope->n_pool, i;
    double *sizes = mem_array(n, sizeof *sizes), sum = 0.0, above = 0.0;
    if (sizes == NULL)
        return mem_error(err);
    for (i = 0; i < n; i++) {
        sizes[i] = envelope->limit[envelope->pool_cell[i]] *
                   envelope_shape(envelope, (double)envelope->pool_size[i]);
        sum += sizes[i];
    }
    qsort(sizes, n, sizeof *sizes, descending);
    /* with the bound at sizes[i] the sum above it is sum_(k < i) sizes[k] - i sizes[i] */
    for (i = 1; i < n; i++) {
        above += (double)i * (sizes[i - 1] - sizes[i]);
        if (above > pool_excess * sum || (double)i * sizes[i] > pool_over * sum)
            break;
    }
    envelope->most = sizes[i - 1];
    mem_free(sizes);
    return 0;
}

/* Of a few floors that which foresees the fewest calls. */
static void find_floor(struct envelope *envelope, double excess, struct sorted *sorted)
{
    static const double shares[] = {0.02, 0.05, 0.1, 0.25, 0.5, 1.0, 2.0, 1e12};
    double limit[STRATA_CLASSES], least = INFINITY, mean = 4.0 * envelope->floor;
    double found = envelope->floor;
    for (size_t k = 0; k < sizeof shares / sizeof shares[0]; k++) {
        double calls;
        sort_calls(envelope, shares[k] * mean, sorted);
        calls = find_limits(sorted, excess, limit);
        if (calls < least) {
            least = calls;
            found = shares[k] * mean;
        }
    }
    envelope->floor_before = envelope->floor;
    envelope->floor = found;
    memcpy(envelope->drawn_before, envelope->drawn, sizeof envelope->drawn);
    memset(envelope->drawn, 0, sizeof envelope->drawn);
}

int envelope_cut(struct envelope *envelope, double excess, bool finds_floor, struct err *err)
{
    struct sorted sorted = {.values = NULL};
    double limit[STRATA_CLASSES];
    if (envelope->n_calls == 0)
        return bound_pool(envelope, err);
    sorted.values = mem_array(envelope->n_calls, sizeof *sorted.values);
    if (sorted.values == NULL)
        return mem_error(err);
    if (finds_floor)
        find_floor(envelope, excess, &sorted);
    sort_calls(envelope, envelope->floor, &sorted);
    if (sorted.mean > 0.0) {
        envelope->calls_per_event = find_limits(&sorted, excess, limit);
        memcpy(envelope->limit, limit, envelope->classes.n * sizeof *limit);
    }
    mem_free(sorted.values);
    return bound_pool(envelope, err);
}
