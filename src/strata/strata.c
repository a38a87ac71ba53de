/* strata.c: the outside of an integration: batches go out, values come back.
 *
 * What it does: keeps the books of calls; asks rounds.c for a round, the round (drawing.c) or the
 * search (search.c) for points; hands the values on.  Everything is a function of the configuration
 * and the values, in their order.
 *
 * What it does not: decide (rounds.c), learn (model.c), judge (estimate.c, alarms.c). */
#include "core.h"

#include <math.h>
#include <string.h>

enum {
    DIMS_MOST = 60,
    BATCH_ENOUGH = 2000 /* points: many workers have something to do */
};

const char *strata_stage_name(enum strata_stage stage)
{
    static const char *const names[] = {"uniform", "search", "adapt", "cells"};

    return names[stage];
}

static int config_check(const struct strata_config *config, struct err *err)
{
    if (config->n_dims < 1 || config->n_dims > DIMS_MOST)
        return err_set(err, ERR_LIMIT, "an integral over %zu dimensions: 1 to %d are possible",
                       config->n_dims, (int)DIMS_MOST);
    if (config->n_classes > STRATA_CLASSES)
        return err_set(err, ERR_LIMIT, "%zu classes: at most %d are possible", config->n_classes,
                       (int)STRATA_CLASSES);
    if (config->n_calls == 0 && !(config->error_relative > 0.0) && !(config->error_absolute > 0.0))
        return err_set(err, ERR_LIMIT,
                       "an integration needs a number of calls or an error to reach");
    return 0;
}

struct strata *strata_create(const struct strata_config *config, struct err *err)
{
    struct strata *s;

    if (config_check(config, err) != 0)
        return NULL;
    s = mem_new(struct strata);
    if (!s) {
        mem_error(err);
        return NULL;
    }
    s->config = *config;
    s->n_first_wanted = config->n_calls;
    s->sample.n_dims = config->n_dims;
    s->purity = NAN;
    s->model.explains = NAN;
    s->model.spread = NAN;
    return s;
}

void strata_free(struct strata *strata)
{
    if (!strata)
        return;
    drawing_free(strata->drawing);
    search_free(strata->search);
    surrogate_free(strata->model.surrogate);
    sample_free(&strata->sample);
    proposal_free(strata->frozen_uniform);
    mem_free(strata->density);
    mem_free(strata);
}

int strata_want(struct strata *strata, uint64_t n_calls, double error_relative,
                double error_absolute, struct err *err)
{
    struct strata_config config = strata->config;

    config.n_calls = n_calls;
    config.error_relative = error_relative;
    config.error_absolute = error_absolute;
    if (config_check(&config, err) != 0)
        return -1;
    strata->config = config;
    strata->is_over = false;
    return 0;
}

/* ---- batches --------------------------------------------------------------------------------- */

static int batch_search(struct strata *s, struct err *err)
{
    size_t n, i;
    const double *x;

    if (search_next(s->search, &n, &x, err) != 0)
        return -1;
    if (n > s->n_density) {
        double *more = mem_resize(s->density, s->n_density, n, sizeof *more);

        if (!more)
            return mem_error(err);
        s->density = more;
        s->n_density = n;
    }
    for (i = 0; i < n; i++)
        s->density[i] = NAN;
    s->batch = (struct strata_batch){
        .stage = STAGE_SEARCH, .round = s->round, .n = n, .units = x, .density = s->density};
    return 0;
}

static int batch_drawing(struct strata *s, struct err *err)
{
    struct drawn drawn;
    size_t i;
    uint64_t left = s->config.n_calls == 0           ? UINT64_MAX
                    : s->config.n_calls > s->n_calls ? s->config.n_calls - s->n_calls
                                                     : 0;

    /* a repetition that does not fit any more ends the round */
    if (drawing_next(s->drawing, BATCH_ENOUGH, left, &drawn, err) != 0)
        return -1;
    if (drawn.n > s->n_density) {
        double *more = mem_resize(s->density, s->n_density, drawn.n, sizeof *more);

        if (!more)
            return mem_error(err);
        s->density = more;
        s->n_density = drawn.n;
    }
    s->batch_q = drawn.q;
    s->planned = (double)drawn.n / fmax((double)drawn.n_repetitions, 1.0) *
                 (double)drawing_repetitions(s->drawing);
    for (i = 0; i < drawn.n; i++) {
        s->density[i] = drawn.intensity[i] / s->planned;
        s->least = fmin(s->least, drawn.intensity[i]);
    }
    s->batch = (struct strata_batch){.stage = s->stage,
                                     .round = s->round,
                                     .n = drawn.n,
                                     .units = drawn.x,
                                     .density = s->density,
                                     .height = drawn.height,
                                     .cell = drawn.cell};
    return 0;
}

int strata_next(struct strata *strata, struct strata_batch *batch, struct err *err)
{
    int rc = -1;

    while (!strata->is_pending && !strata->is_over) {
        if (!strata->drawing && !strata->search) {
            TRY(core_open(strata, err));
            continue;
        }
        TRY(strata->search ? batch_search(strata, err) : batch_drawing(strata, err));
        if (strata->batch.n > 0)
            strata->is_pending = true;
        else
            TRY(core_close(strata, err));
    }
    *batch = strata->is_pending ? strata->batch : (struct strata_batch){.round = strata->round};
    rc = 0;
out:
    return rc;
}

static void count_values(struct strata *s, const double *values)
{
    size_t i;

    for (i = 0; i < s->batch.n; i++) {
        if (!isfinite(values[i])) {
            s->n_failed++;
            continue;
        }
        s->most = fmax(s->most, fabs(values[i]));
        if (s->stage == STAGE_UNIFORM)
            s->uniform_most = fmax(s->uniform_most, fabs(values[i]));
    }
    s->n_calls += s->batch.n;
    s->n_uniform += s->stage == STAGE_UNIFORM ? s->batch.n : 0;
    s->n_search += s->stage == STAGE_SEARCH ? s->batch.n : 0;
}

/* Points of a large round are thinned for training: memory and time are bounded. */
enum { TRAIN_MOST = 60000 };

static int keep_points(struct strata *s, const double *values, struct err *err)
{
    size_t n = s->batch.n, d = s->config.n_dims, i, m = 0;
    size_t step = (size_t)s->planned / TRAIN_MOST + 1;
    double *x = NULL, *f = NULL, *intensity = NULL;
    int rc = -1;

    x = mem_array((n / step + 1) * d, sizeof *x);
    f = mem_array(n / step + 1, sizeof *f);
    intensity = mem_array(n / step + 1, sizeof *intensity);
    if (!x || !f || !intensity) {
        mem_error(err);
        goto out;
    }
    for (i = 0; i < n; i += step, m++) {
        memcpy(x + m * d, s->batch.units + i * d, d * sizeof *x);
        f[m] = values[i];
        intensity[m] = s->batch.density[i] * s->planned / (double)step;
    }
    TRY(sample_add(&s->sample, m, x, f, intensity, err));
    rc = 0;
out:
    mem_free(x);
    mem_free(f);
    mem_free(intensity);
    return rc;
}

int strata_take(struct strata *strata, const double *values, struct err *err)
{
    int rc = -1;

    if (!strata->is_pending)
        return err_set(err, ERR_USAGE, "values of an integration that asked for none");
    count_values(strata, values);
    if (strata->stage == STAGE_SEARCH) {
        TRY(search_take(strata->search, values, err));
    } else {
        TRY(keep_points(strata, values, err));
        core_tops(strata, values);
        drawing_take(strata->drawing, values);
    }
    strata->is_pending = false;
    rc = 0;
out:
    return rc;
}

/* ---- the result ------------------------------------------------------------------------------ */

bool core_is_even(const struct strata *s)
{
    return !(s->most > 2.0 * s->uniform_most);
}

/* Where nobody drew them to places that are high, the points of later rounds are as good as uniform
 * ones, as many as were drawn per volume where they are fewest. */
uint64_t core_n_uniform(const struct strata *s)
{
    return s->n_uniform + (s->n_uniform > 0 && core_is_even(s) ? (uint64_t)s->n_even : 0);
}

/* Of which heights no call knows, in how much of the cube. */
static void set_unseen(const struct strata *s, struct strata_result *result)
{
    result->n_uniform = core_n_uniform(s);
    result->unseen_above = s->n_uniform > 0 && core_is_even(s) ? s->most : s->uniform_most;
    result->unseen_volume = fmin(3.0 / fmax((double)result->n_uniform, 3.0), 1.0);
}

int strata_result(struct strata *strata, struct strata_result *result, struct err *err)
{
    struct core_estimate e;
    double half;
    size_t r;

    (void)err;
    core_estimate(strata, strata->n_rounds, &e);
    *result = (struct strata_result){
        .integral = e.integral,
        .error = e.error,
        .absolute = e.absolute,
        .absolute_error = e.absolute_error,
        .n_calls = strata->n_calls,
        .n_failed = strata->n_failed,
        .failed_volume = e.failed,
        .failed_error = e.failed_error,
        .largest_share = e.largest_share,
        .chi2 = e.chi2,
        .n_chi2 = e.n_chi2,
        .n_peaks = strata->found.n_peaks,
        .purity = strata->purity,
        .surrogate = strata->model.explains,
        .n_classes = strata->n_classes,
        .classes = strata->classes,
        .n_rounds = strata->n_rounds,
        .rounds = strata->history,
    };
    set_unseen(strata, result);
    half = core_interval(strata, &e);
    result->lo = e.integral - half;
    result->hi = e.integral + half;
    result->alarms = core_alarms(strata, &e, result->why);
    result->is_converged = result->alarms == 0 && core_is_reached(strata, &e);
    for (r = 0; r < strata->n_rounds; r++) {
        const struct core_round *round = &strata->rounds[r];
        struct core_estimate upto;

        core_estimate(strata, r + 1, &upto);
        strata->history[r] = (struct strata_round){
            .round = (uint32_t)r,
            .stage = round->stage,
            .n = round->n,
            .n_failed = round->n_failed,
            .estimate = round->has_estimate ? round->estimate : NAN,
            .error = round->has_estimate ? round->error : NAN,
            .integral = upto.integral,
            .total_error = upto.error,
            .n_total = round->n_total,
        };
    }
    return 0;
}
