/* events.c: unweighted events by accept and reject in two stages, class by class.
 *
 * First stage, without a call: a point is drawn from the proposal q and goes on with the chance
 * limit_c e(x) / most, where limit_c e q is the envelope (envelope.h).  Second stage: it is called,
 * and becomes an event with the chance |F| / (limit_c e q).  (Danziger et al., arXiv:2109.11964;
 * here the limits are those of Lebesgue classes of the surrogate.)
 *
 * Nothing is dropped: where a stage's chance is above 1 the event gets it as a weight.  So the
 * weighted events have the density |F| whatever surrogate and limits are.  Limits are made anew
 * while events are made, from the calls so far; since what is drawn next depends on earlier calls
 * only, that changes the efficiency and not the density.
 *
 * Where proposal and surrogate know little of F it would take any number of calls: they end at a
 * number that is told, with the events there are, each of which has its right weight.
 *
 * What it does not: learn.  Proposal and surrogate stay as they were frozen. */
#include "envelope.h"

#include <math.h>
#include <string.h>

enum { DRAWS = 1024, CLASSES = 20, PILOT_LEAST = 2000, PILOT_MOST = 20000 };
enum { CALLS_PER_EVENT = 100, CALLS_LEAST = 100000 }; /* that may be made */
enum { BATCH_LEAST = 32, BATCH_MOST = 8192, EMPTY_MOST = 20000 /* blocks of draws */ };
/* Streams that no integration uses. */
static const uint64_t stream_draws = (uint64_t)1 << 62, stream_accepts = (uint64_t)3 << 61;

struct point {             /* of the batch */
    double q, size, shape; /* shape: limit_c e */
    double boost;          /* weight of the first stage */
    int16_t cell;
};

struct events {
    struct events_config config;
    struct strata_frozen frozen;
    struct envelope envelope;
    /* block of draws */
    double *draws, *q, *size;
    int16_t *cell;
    uint64_t n_blocks, n_batches;
    /* batch */
    size_t n, cap;
    double *units;
    struct point *points;
    bool is_pilot, is_open; /* is_open: given out, values not yet taken */
    uint64_t n_drawn;       /* for this batch */
    /* taken */
    size_t *which;
    double *weight;
    int16_t *taken_cell;
    /* sums */
    struct events_result result;
    struct events_class classes[STRATA_CLASSES];
    double part[STRATA_CLASSES]; /* sum of |F| / q / e: for shares */
    double squares, over, calls;
    double integral, integral_var, absolute, absolute_var; /* times calls, calls^2 */
    uint64_t n_event_calls, n_cut;
};

/* ---- making and freeing --------------------------------------------------------------------- */

static int read_frozen(struct events *events, const void *frozen, size_t n, struct err *err)
{
    if (frozen != NULL) {
        if (strata_frozen_read(frozen, n, &events->frozen, err) != 0)
            return -1;
        if (events->frozen.n_dims != events->config.n_dims)
            return err_set(err, ERR_STORE,
                           "what was learned is of %zu dimensions, the space has %zu",
                           events->frozen.n_dims, events->config.n_dims);
        return 0;
    }
    events->frozen.n_dims = events->config.n_dims;
    events->frozen.proposal = proposal_uniform(events->config.n_dims, err);
    return events->frozen.proposal != NULL ? 0 : -1;
}

static int allocate(struct events *events, struct err *err)
{
    size_t d = events->config.n_dims;
    events->cap = BATCH_MOST + PILOT_MOST + DRAWS;
    events->draws = mem_array(DRAWS * d, sizeof *events->draws);
    events->q = mem_array(DRAWS, sizeof *events->q);
    events->size = mem_array(DRAWS, sizeof *events->size);
    events->cell = mem_array(DRAWS, sizeof *events->cell);
    events->units = mem_array(events->cap * d, sizeof *events->units);
    events->points = mem_array(events->cap, sizeof *events->points);
    events->which = mem_array(events->cap, sizeof *events->which);
    events->weight = mem_array(events->cap, sizeof *events->weight);
    events->taken_cell = mem_array(events->cap, sizeof *events->taken_cell);
    if (events->draws == NULL || events->q == NULL || events->size == NULL ||
        events->cell == NULL || events->units == NULL || events->points == NULL ||
        events->which == NULL || events->weight == NULL || events->taken_cell == NULL)
        return mem_error(err);
    return 0;
}

static void set_defaults(struct events_config *config)
{
    uint64_t n = config->n_events;
    if (config->excess < 0.0)
        config->excess = 0.001;
    if (config->n_calls == 0) {
        config->n_calls = n < UINT64_MAX / CALLS_PER_EVENT ? n * CALLS_PER_EVENT : UINT64_MAX;
        config->n_calls = config->n_calls < CALLS_LEAST ? CALLS_LEAST : config->n_calls;
    }
    if (config->n_pilot == 0) {
        n = n / 5 < PILOT_LEAST ? PILOT_LEAST : n / 5;
        config->n_pilot = n < config->n_calls / 4 ? n : config->n_calls / 4;
    }
    if (config->n_pilot > PILOT_MOST)
        config->n_pilot = PILOT_MOST;
}

struct events *events_create(const struct events_config *config, const void *frozen, size_t n,
                             struct err *err)
{
    struct events *events = mem_new(struct events);
    int rc = -1;
    if (events == NULL) {
        mem_error(err);
        return NULL;
    }
    events->config = *config;
    set_defaults(&events->config);
    TRY(read_frozen(events, frozen, n, err));
    TRY(allocate(events, err));
    TRY(envelope_open(&events->envelope, &events->frozen, config->seed, CLASSES, err));
    for (size_t c = 0; c < events->envelope.classes.n; c++) {
        events->classes[c].lo = events->envelope.classes.limits[c];
        events->classes[c].hi = events->envelope.classes.limits[c + 1];
    }
    rc = 0;
out:
    if (rc == 0)
        return events;
    events_free(events);
    return NULL;
}

void events_free(struct events *events)
{
    if (events == NULL)
        return;
    envelope_close(&events->envelope);
    strata_frozen_free(&events->frozen);
    mem_free(events->draws);
    mem_free(events->q);
    mem_free(events->size);
    mem_free(events->cell);
    mem_free(events->units);
    mem_free(events->points);
    mem_free(events->which);
    mem_free(events->weight);
    mem_free(events->taken_cell);
    mem_free(events);
}

/* ---- the first stage ------------------------------------------------------------------------ */

/* Until the batch has n_wanted points, or the block ends. */
static int draw_block(struct events *events, uint64_t n_wanted, struct err *err)
{
    const struct envelope *envelope = &events->envelope;
    struct rng rng = rng_stream(events->config.seed, RNG_STRATA, stream_draws + events->n_blocks++);
    size_t d = events->config.n_dims;
    proposal_draw(events->frozen.proposal, &rng, DRAWS, events->draws, NULL);
    if (envelope_ask(envelope, DRAWS, events->draws, events->q, events->size, events->cell, err) !=
        0)
        return -1;
    for (size_t i = 0; i < DRAWS && events->n < n_wanted; i++) {
        double shape = envelope->limit[events->cell[i]] * envelope_shape(envelope, events->size[i]);
        double chance = shape / envelope->most;
        events->n_drawn++;
        if (rng_uniform(&rng) >= chance)
            continue;
        memcpy(events->units + events->n * d, events->draws + i * d, d * sizeof *events->units);
        events->points[events->n++] = (struct point){
            .q = events->q[i],
            .size = events->size[i],
            .shape = shape,
            .boost = chance > 1.0 ? chance : 1.0,
            .cell = events->cell[i],
        };
    }
    return 0;
}

/* For the events that are wanted yet: by the events so far, and as the envelope foresees it. */
static double calls_to_come(const struct events *events)
{
    const struct events_result *sums = &events->result;
    double calls = fmax(events->envelope.calls_per_event, 1.0), n_prior = 100.0;
    if (sums->n_events >= events->config.n_events)
        return 0.0;
    return (double)(events->config.n_events - sums->n_events) *
           ((double)events->n_event_calls + n_prior * calls) / ((double)sums->n_events + n_prior);
}

/* Calls of the next batch: 0: enough. */
static uint64_t batch_size(const struct events *events)
{
    const struct events_result *sums = &events->result;
    uint64_t n, left = 0;
    if (sums->n_calls < events->config.n_pilot)
        n = events->config.n_pilot - sums->n_calls;
    else if (sums->n_events >= events->config.n_events)
        return 0;
    else {
        double wanted = calls_to_come(events);
        n = wanted < (double)BATCH_MOST ? (uint64_t)wanted + 1 : BATCH_MOST;
        n = n < sums->n_calls ? n : sums->n_calls; /* limits grow better with the calls */
        n = n < BATCH_LEAST ? BATCH_LEAST : n;
    }
    if (events->config.n_calls > sums->n_calls)
        left = events->config.n_calls - sums->n_calls;
    return n < left ? n : left;
}

int events_next(struct events *events, struct events_batch *batch, struct err *err)
{
    uint64_t n_wanted = batch_size(events), n_empty = 0;
    *batch = (struct events_batch){.n = 0};
    if (events->is_open)
        return err_set(err, ERR_PROTOCOL, "the values of the last events are owed");
    events->n = 0;
    events->n_drawn = 0;
    while (events->n < n_wanted) {
        size_t before = events->n;
        if (draw_block(events, n_wanted, err) != 0)
            return -1;
        n_empty = events->n == before ? n_empty + 1 : 0;
        if (n_empty > EMPTY_MOST)
            return err_set(err, ERR_NUMERIC,
                           "of %d draws none is near where the integrand was seen: the proposal "
                           "does not fit it; integrate with more calls",
                           EMPTY_MOST * DRAWS);
    }
    events->is_pilot = events->result.n_calls < events->config.n_pilot;
    events->is_open = events->n > 0;
    batch->is_pilot = events->is_pilot;
    batch->n = events->n;
    batch->units = events->units;
    return 0;
}

/* ---- the second stage ----------------------------------------------------------------------- */

/* Over all draws of the batch the mean of most * boost * F / (q shape) is the integral. */
struct batch_sums {
    double sum, sum2, sum_absolute;
};

static void add_estimate(struct events *events, const struct batch_sums *sums)
{
    double n = (double)events->n_drawn, calls = (double)events->n, most = events->envelope.most;
    double mean = sums->sum / n * most, absolute = sums->sum_absolute / n * most;
    double square = sums->sum2 / n * most * most;
    events->calls += calls;
    events->integral += calls * mean;
    events->integral_var += calls * calls * fmax(square - mean * mean, 0.0) / n;
    events->absolute += calls * absolute;
    events->absolute_var += calls * calls * fmax(square - absolute * absolute, 0.0) / n;
}

static void accept_event(struct events *events, size_t i, double weight, struct events_taken *taken)
{
    struct events_result *result = &events->result;
    const struct point *point = &events->points[i];
    double size = fabs(weight);
    events->which[taken->n] = i;
    events->weight[taken->n] = weight;
    events->taken_cell[taken->n++] = point->cell;
    events->classes[point->cell].n_events++;
    result->n_events++;
    result->n_negative += weight < 0.0;
    result->sum += weight;
    result->sum_absolute += size;
    events->squares += size * size;
    result->most = fmax(result->most, size);
    if (size > 1.0 + 1e-12) {
        result->n_over++;
        events->classes[point->cell].n_over++;
        events->over += size - 1.0;
    }
}

static int take_one(struct events *events, size_t i, double value, double uniform,
                    struct batch_sums *sums, struct events_taken *taken, struct err *err)
{
    const struct point *point = &events->points[i];
    double ratio, share;
    struct envelope_call call = {.size = (float)point->size, .cell = point->cell};
    events->result.n_calls++;
    if (!isfinite(value)) {
        events->result.n_failed++;
        value = 0.0;
    }
    ratio = fabs(value) / point->q;
    share = ratio / point->shape; /* |F| over the envelope */
    call.ratio = (float)ratio;
    if (envelope_see(&events->envelope, &call, err) != 0)
        return -1;
    sums->sum += copysign(share, value) * point->boost;
    sums->sum_absolute += share * point->boost;
    sums->sum2 += share * share * point->boost * point->boost;
    events->part[point->cell] += share * point->boost * events->envelope.most;
    if (events->is_pilot)
        return 0;
    events->n_event_calls++;
    events->classes[point->cell].n_calls++;
    if (uniform < share && events->result.n_events < events->config.n_events)
        accept_event(events, i, copysign(fmax(share, 1.0) * point->boost, value), taken);
    return 0;
}

/* The floor is chosen once; limits again whenever there are half as many calls more. */
static int cut_again(struct events *events, struct err *err)
{
    if (2 * events->result.n_calls < 3 * events->n_cut && !events->is_pilot)
        return 0;
    events->n_cut = events->result.n_calls;
    if (!(events->absolute > 0.0) && events->result.n_calls >= events->config.n_pilot)
        return err_set(err, ERR_NUMERIC,
                       "the integrand is 0 or failed in all of %llu calls: there "
                       "are no events",
                       (unsigned long long)events->result.n_calls);
    return envelope_cut(&events->envelope, events->config.excess, events->is_pilot, err);
}

int events_take(struct events *events, const double *values, struct events_taken *taken,
                struct err *err)
{
    struct rng rng =
        rng_stream(events->config.seed, RNG_STRATA, stream_accepts + events->n_batches++);
    struct batch_sums sums = {0.0, 0.0, 0.0};
    *taken = (struct events_taken){
        .which = events->which, .weight = events->weight, .cell = events->taken_cell};
    if (!events->is_open)
        return err_set(err, ERR_PROTOCOL, "values of events that nobody asked for");
    events->is_open = false;
    for (size_t i = 0; i < events->n; i++)
        if (take_one(events, i, values[i], rng_uniform(&rng), &sums, taken, err) != 0)
            return -1;
    if (events->is_pilot)
        events->result.n_pilot += events->n;
    envelope_count(&events->envelope, events->n_drawn);
    add_estimate(events, &sums);
    return cut_again(events, err);
}

/* ---- the report ----------------------------------------------------------------------------- */

void events_result(struct events *events, struct events_result *result)
{
    struct events_result *sums = &events->result;
    double all = 0.0, nan = (double)NAN;
    sums->n_classes = events->envelope.classes.n;
    sums->classes = events->classes;
    sums->n_calls_most = events->config.n_calls;
    sums->n_calls_foreseen =
        events->envelope.calls_per_event > 0.0 && sums->n_calls >= events->config.n_pilot
            ? (double)sums->n_calls + calls_to_come(events)
            : nan;
    for (size_t c = 0; c < sums->n_classes; c++)
        all += events->part[c];
    for (size_t c = 0; c < sums->n_classes; c++) {
        struct events_class *class = &events->classes[c];
        class->share = all > 0.0 ? events->part[c] / all : nan;
        class->efficiency =
            class->n_calls > 0 ? (double)class->n_events / (double)class->n_calls : nan;
    }
    sums->over_share = sums->sum_absolute > 0.0 ? events->over / sums->sum_absolute : 0.0;
    sums->efficiency =
        events->n_event_calls > 0 ? (double)sums->n_events / (double)events->n_event_calls : nan;
    sums->n_equal =
        events->squares > 0.0 ? sums->sum_absolute * sums->sum_absolute / events->squares : 0.0;
    sums->integral = events->calls > 0.0 ? events->integral / events->calls : nan;
    sums->integral_error = events->calls > 0.0 ? sqrt(events->integral_var) / events->calls : nan;
    sums->absolute = events->calls > 0.0 ? events->absolute / events->calls : nan;
    sums->absolute_error = events->calls > 0.0 ? sqrt(events->absolute_var) / events->calls : nan;
    *result = *sums;
}
