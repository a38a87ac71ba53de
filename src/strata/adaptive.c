/* adaptive.c: adaptive importance sampling with low-discrepancy points, without a network.
 *
 * Training rounds, together at most 28 % of the calls, find a proposal: maps of the axes and a tree
 * of boxes (adaptive-map.c, adaptive-boxes.c), fitted anew after each round to all points so far,
 * which count with the density of the mixture they were drawn from.  The last three compare kinds
 * of proposals: none, maps alone, maps and boxes.  A smooth function is best left smooth, as
 * low-discrepancy points then converge much faster; a ridge needs the boxes.  Then the proposal is
 * frozen and all other calls go into 12 to 23 replicates, each a scrambled Sobol sequence of its
 * own sent through the proposal.  The replicates are independent and unbiased whatever the
 * integrand is like, so their spread is an honest error (A. B. Owen, SIAM J. Numer. Anal. 34 (1997)
 * 1884; P. L'Ecuyer, C. Lemieux, in: Modeling Uncertainty (2002) 419), and no iteration is weighed
 * with its own variance.
 *
 * What is taken from VEGAS and VEGAS+ (G. P. Lepage, arXiv:2009.05112): maps of the axes, and
 * points shared between boxes by the spread of the function in them.  What is not: iterations that
 * are combined by inverse variance.
 *
 * What it does not: look for peaks that no point has met.  What the uniform share, a ninth of the
 * calls, can exclude is said in unseen_volume and unseen_above. */
#include "adaptive.h"

#include <gsl/gsl_cdf.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

enum { LEAST_TRAINED = 200, LEAVES_MOST = 4096, POINTS_PER_LEAF = 10 };
/* where nobody says how many calls there may be */
static const uint64_t presumed_calls = 300000;

/* ---- the plan -------------------------------------------------------------------------------- */

/* The largest power of two for which there are at least twelve replicates; what is left over
 * trains. */
static void plan_calls(struct adaptive *a)
{
    static const double shares[ADAPTIVE_TRAININGS] = {0.15, 0.15, 0.2, 0.1, 0.2, 0.2};
    uint64_t n = a->config.n_calls > 0 ? a->config.n_calls : presumed_calls, length = 1;
    double train = n <= 100000 ? 0.28 * (double)n : 28000 + 0.08 * ((double)n - 1e5);
    train = fmin(train, 2e5);
    if (n < LEAST_TRAINED) { /* plain, every point a replicate */
        a->n_replicates = 1;
        a->behind = n;
        return;
    }
    a->n_uniform_of = 8;
    while (12 * (2 * length + 2 * length / 8) <= n - (uint64_t)train)
        length *= 2;
    uint64_t each = length + length / 8, most = (n - (uint64_t)train) / each;
    a->n_replicates = most < ADAPTIVE_REPLICATES - 1 ? most : ADAPTIVE_REPLICATES - 1;
    a->behind = length;
    uint64_t left = n - a->n_replicates * each;
    a->n_trainings = ADAPTIVE_TRAININGS;
    for (size_t k = 0; k < a->n_trainings; k++) {
        a->n_train[k] = (size_t)(shares[k] * (double)left);
        if (k >= ADAPTIVE_LEARNING)
            a->n_train[k] -= a->n_train[k] % ADAPTIVE_TRIALS;
        a->n_room += a->n_train[k];
    }
}

static bool wants_error(const struct adaptive *a)
{
    return a->config.error_relative > 0 || a->config.error_absolute > 0 || a->config.n_calls == 0;
}

/* Looks at the estimate on the way to n_calls, when it may end before. */
enum { LOOKS = 6 };

struct adaptive *adaptive_create(const struct strata_config *config, struct err *err)
{
    struct adaptive *a = NULL;
    if (config->n_dims < 1 || config->n_dims > 64) {
        err_set(err, ERR_LIMIT, "adaptive sampling takes 1 to 64 dimensions, not %zu",
                config->n_dims);
        return NULL;
    }
    if ((a = mem_new(struct adaptive)) == NULL) {
        mem_error(err);
        return NULL;
    }
    a->config = *config;
    plan_calls(a);
    if (wants_error(a) && a->n_uniform_of > 0)
        a->behind = a->behind >> (LOOKS - 1) > 32 ? a->behind >> (LOOKS - 1) : a->behind;
    a->x = mem_array(a->n_room, config->n_dims * sizeof *a->x);
    a->f = mem_array(a->n_room, sizeof *a->f);
    a->q = mem_array(a->n_room, sizeof *a->q);
    a->replicates = mem_array(ADAPTIVE_REPLICATES, sizeof *a->replicates);
    a->heights = mem_array(N_HEIGHTS, sizeof *a->heights);
    if (a->x == NULL || a->f == NULL || a->q == NULL || a->replicates == NULL ||
        a->heights == NULL || shape_flat(&a->shapes[0], config->n_dims, err) != 0) {
        adaptive_free(a);
        mem_error(err);
        return NULL;
    }
    return a;
}

void adaptive_free(struct adaptive *a)
{
    if (a == NULL)
        return;
    for (size_t k = 0; k <= ADAPTIVE_TRAININGS; k++)
        shape_free(&a->shapes[k]);
    mem_free(a->x);
    mem_free(a->f);
    mem_free(a->q);
    mem_free(a->replicates);
    mem_free(a->heights);
    mem_free(a);
}

/* ---- training -------------------------------------------------------------------------------- */

static void fit_maps(const struct adaptive *a, struct shape *shape, double *weight)
{
    size_t n = a->n_points, d = a->config.n_dims;
    for (size_t i = 0; i < n; i++)
        weight[i] = isfinite(a->f[i]) ? fabs(a->f[i]) / a->q[i] : 0;
    for (size_t j = 0; j < d; j++) {
        const struct map_data data = {n, a->x + j, d, weight};
        map_fit(&shape->maps[j], &a->shapes[a->round].maps[j], &data);
    }
}

/* The proposal of the next round from all points so far. */
static int fit_shape(const struct adaptive *a, enum shape_kind kind, struct shape *shape,
                     struct err *err)
{
    size_t n = a->n_points, d = a->config.n_dims;
    double *y = mem_array(n, (d + 2) * sizeof *y), *g = y + n * d, *w = g + n;
    int rc = -1;
    if (y == NULL)
        return mem_error(err);
    TRY(shape_flat(shape, d, err));
    if (kind == SHAPE_FLAT) {
        rc = 0;
        goto out;
    }
    shape->uniform = 0.2;
    fit_maps(a, shape, w);
    if (kind == SHAPE_MAPS) {
        rc = 0;
        goto out;
    }
    for (size_t i = 0; i < n; i++) {
        double density = shape_mapped(shape, a->x + i * d, y + i * d);
        g[i] = isfinite(a->f[i]) ? a->f[i] / density : 0;
        w[i] = density / a->q[i];
    }
    size_t n_leaves = n / POINTS_PER_LEAF < LEAVES_MOST ? n / POINTS_PER_LEAF : LEAVES_MOST;
    boxes_free(shape->tree);
    const struct boxes_data data = {n, d, y, g, w};
    if ((shape->tree = boxes_grow(&data, n_leaves > 0 ? n_leaves : 1, err)) == NULL)
        goto out;
    rc = 0;
out:
    mem_free(y);
    return rc;
}

static void note_training(struct adaptive *a)
{
    size_t n = a->n_points - a->n_before;
    const double *f = a->f + a->n_before, *q = a->q + a->n_before;
    double sum = 0, sum2 = 0, count = (double)n;
    struct strata_round *round = &a->rounds[a->n_rounds++];
    *round = (struct strata_round){.round = a->round,
                                   .stage = a->round == 0 ? STAGE_UNIFORM : STAGE_ADAPT,
                                   .n = n,
                                   .integral = (double)NAN,
                                   .total_error = (double)NAN,
                                   .n_total = a->n_calls};
    for (size_t i = 0; i < n; i++) {
        double wf = isfinite(f[i]) ? f[i] / q[i] : 0;
        round->n_failed += isfinite(f[i]) ? 0 : 1;
        sum += wf;
        sum2 += wf * wf;
    }
    round->estimate = sum / count;
    round->error = sqrt(fmax(sum2 / count - round->estimate * round->estimate, 0) / (count - 1));
}

/* The points of a chunk, with the density they were drawn from. */
static int add_points(struct adaptive *a, size_t chunk, const void *values, struct err *err)
{
    struct chunk_range range = adaptive_range(a, chunk);
    size_t n = (size_t)(range.n + range.n_uniform);
    double *f = a->f + a->n_points;
    const struct chunk_points points = {a->x + a->n_points * a->config.n_dims, a->q + a->n_points,
                                        f}; /* the control is not asked for */
    if (adaptive_points(a, chunk, &points, err) != 0)
        return -1;
    memcpy(f, values, n * sizeof *f);
    for (size_t i = 0; i < n; i++)
        if (isfinite(f[i]))
            a->most_train = fmax(a->most_train, fabs(f[i]));
    a->n_points += n;
    a->n_calls += n;
    return 0;
}

/* The density of all points becomes that of the mixture of all rounds (times their number). */
static void mix_densities(struct adaptive *a)
{
    size_t d = a->config.n_dims, n = a->n_points - a->n_before;
    for (size_t i = 0; i < a->n_before; i++)
        a->q[i] += (double)n * shape_density(&a->shapes[a->round], a->x + i * d);
    for (size_t i = a->n_before; i < a->n_points; i++) {
        a->q[i] *= (double)n;
        for (uint32_t k = 0; k < a->round; k++)
            a->q[i] += (double)a->n_train[k] * shape_density(&a->shapes[k], a->x + i * d);
    }
}

/* The error of this kind of proposal at the length of the estimate's replicates.  The gain over
 * independent points, which is what the spread within replicates would make, is taken to be a
 * power of the length. */
static void note_trial(struct adaptive *a)
{
    size_t each = (a->n_points - a->n_before) / ADAPTIVE_TRIALS,
           kind = a->round - ADAPTIVE_LEARNING;
    double n = (double)each, trials = ADAPTIVE_TRIALS, sum = 0, sum2 = 0, within = 0;
    for (size_t r = 0; r < ADAPTIVE_TRIALS; r++) {
        double mean = 0, mean2 = 0;
        for (size_t i = 0; i < each; i++) {
            size_t at = a->n_before + r * each + i;
            double wf = isfinite(a->f[at]) ? a->f[at] / a->q[at] : 0;
            mean += wf / n;
            mean2 += wf * wf / n;
        }
        sum += mean / trials;
        sum2 += mean * mean / trials;
        within += fmax(mean2 - mean * mean, 0) / trials;
    }
    double spread2 = fmax(sum2 - sum * sum, 0) * trials / (trials - 1);
    double gain = spread2 > 0 ? fmax(within / n / spread2, 1) : 1; /* of the variance */
    double power = n > 2 ? fmin(0.5 * log(gain) / log(n), 1) : 0;
    double length = (double)a->behind;
    a->trial[kind] = sqrt(within / length) * pow(length, -power);
}

/* The smoothest that is about as good as the best: it gains more with more points. */
static enum shape_kind best_kind(const struct adaptive *a)
{
    double best = INFINITY;
    for (size_t k = 0; k < N_SHAPES; k++)
        best = fmin(best, a->trial[k]);
    for (size_t k = 0; k < N_SHAPES; k++)
        if (a->trial[k] <= 1.2 * best)
            return (enum shape_kind)k;
    return SHAPE_BOXES;
}

/* What the next round draws from: the learned boxes, each kind once, the best. */
static int make_shapes(struct adaptive *a, struct err *err)
{
    if (a->round + 1 < ADAPTIVE_LEARNING)
        return fit_shape(a, SHAPE_BOXES, &a->shapes[a->round + 1], err);
    if (a->round + 1 == ADAPTIVE_LEARNING) {
        for (size_t k = 0; k < N_SHAPES; k++)
            if (fit_shape(a, (enum shape_kind)k, &a->shapes[ADAPTIVE_LEARNING + k], err) != 0)
                return -1;
        return 0;
    }
    if (a->round + 1 < ADAPTIVE_TRAININGS)
        return 0;
    a->kind = best_kind(a);
    struct shape *frozen = &a->shapes[ADAPTIVE_TRAININGS];
    if (fit_shape(a, a->kind, frozen, err) != 0)
        return -1;
    if (a->kind != SHAPE_FLAT)
        frozen->uniform = 1.0 / (1.0 + (double)a->n_uniform_of);
    a->top = a->most_train > 0 ? ilogb(a->most_train) : 0;
    return 0;
}

static int end_training(struct adaptive *a, struct err *err)
{
    note_training(a);
    if (a->round >= ADAPTIVE_LEARNING)
        note_trial(a);
    mix_densities(a);
    if (make_shapes(a, err) != 0)
        return -1;
    a->n_before = a->n_points;
    a->round++;
    return 0;
}

/* ---- estimating ------------------------------------------------------------------------------ */

struct estimate {
    double mean, error, share; /* share: of the squared spread, by one replicate */
};

/* Of the replicates' means of one of the sums. */
static struct estimate over_replicates(const struct adaptive *a, size_t offset)
{
    struct estimate e = {0};
    double n = (double)a->n_replicates, most = 0, sum2 = 0;
    for (int pass = 0; pass < 2; pass++)
        for (size_t r = 0; r < a->n_replicates; r++) {
            double sum, value;
            memcpy(&sum, (const char *)&a->replicates[r] + offset, sizeof sum);
            value = sum / a->replicates[r].n;
            if (pass == 0) {
                e.mean += value / n;
            } else {
                sum2 += (value - e.mean) * (value - e.mean);
                most = fmax(most, (value - e.mean) * (value - e.mean));
            }
        }
    e.error = n > 1 ? sqrt(sum2 / (n * (n - 1))) : (double)NAN;
    e.share = sum2 > 0 ? most / sum2 : 0;
    return e;
}

static struct chunk_sums over_all(const struct adaptive *a)
{
    struct chunk_sums all = {0};
    for (size_t r = 0; r < a->n_replicates; r++)
        chunk_sums_add(&all, &a->replicates[r]);
    return all;
}

/* The means of the replicates against those of the control variate, whose integral is known: the
 * slope is fitted to them, so a control that low-discrepancy points do not need is left alone
 * (S. S. Lavenberg, P. D. Welch, Manag. Sci. 27 (1981) 322). */
static struct estimate integral_of(const struct adaptive *a)
{
    struct estimate e = over_replicates(a, offsetof(struct chunk_sums, sum));
    struct estimate control = over_replicates(a, offsetof(struct chunk_sums, control));
    double n = (double)a->n_replicates, known = shape_integral(&a->shapes[a->n_trainings]);
    double squares = control.error * control.error * n * (n - 1), products = 0, rest2 = 0, most = 0;
    if (a->n_replicates == 1) { /* plain sampling: the spread of its points is the error */
        const struct chunk_sums *s = &a->replicates[0];
        e.error = sqrt(fmax(s->sum2 / s->n - e.mean * e.mean, 0) / (s->n - 1));
        return e;
    }
    if (!(squares > 0))
        return e;
    for (size_t r = 0; r < a->n_replicates; r++) {
        const struct chunk_sums *s = &a->replicates[r];
        products += (s->control / s->n - control.mean) * (s->sum / s->n - e.mean);
    }
    double slope = products / squares, off = control.mean - known;
    for (size_t r = 0; r < a->n_replicates; r++) {
        const struct chunk_sums *s = &a->replicates[r];
        double rest = s->sum / s->n - e.mean - slope * (s->control / s->n - control.mean);
        rest2 += rest * rest;
        most = fmax(most, rest * rest);
    }
    e.mean -= slope * off;
    e.error = sqrt(rest2 / (n - 2) * (1 / n + off * off / squares));
    e.share = rest2 > 0 ? most / rest2 : 0;
    return e;
}

static bool is_enough(const struct adaptive *a, const struct estimate *e)
{
    const struct strata_config *config = &a->config;
    bool has_relative = config->error_relative > 0, has_absolute = config->error_absolute > 0;
    return (has_relative && e->error <= config->error_relative * fabs(e->mean)) ||
           (has_absolute && e->error <= config->error_absolute);
}

/* What comes after a look: twice the points, or all that may be. */
static void plan_next(struct adaptive *a)
{
    struct estimate e = integral_of(a);
    uint64_t each = a->n_replicates, used = a->n_calls;
    a->first = a->behind;
    if (a->n_uniform_of == 0 || (wants_error(a) && is_enough(a, &e)))
        return;
    uint64_t next = 2 * a->behind, of = a->n_uniform_of;
    if (a->config.n_calls > 0) {
        uint64_t left = a->config.n_calls > used ? a->config.n_calls - used : 0;
        uint64_t most = a->behind + left / each * of / (of + 1);
        next = next < most ? next : most / of * of;
    }
    if (next > a->behind && next < UINT32_MAX && a->n_rounds < 60)
        a->behind = next;
}

static void add_sums(struct adaptive *a, size_t chunk, const char *sums)
{
    struct chunk_sums one;
    memcpy(&one, sums, sizeof one);
    chunk_sums_add(&a->replicates[adaptive_range(a, chunk).replicate], &one);
    heights_add(a->heights, sums + sizeof one);
    a->n_calls += (uint64_t)one.n;
    a->n_failed += (uint64_t)one.n_failed;
}

static void end_estimate(struct adaptive *a)
{
    struct estimate e = integral_of(a);
    uint64_t before = a->n_rounds > 0 ? a->rounds[a->n_rounds - 1].n_total : 0;
    a->rounds[a->n_rounds++] = (struct strata_round){.round = a->round,
                                                     .stage = STAGE_ADAPT,
                                                     .n = a->n_calls - before,
                                                     .n_failed = a->n_failed,
                                                     .estimate = e.mean,
                                                     .error = e.error,
                                                     .integral = e.mean,
                                                     .total_error = e.error,
                                                     .n_total = a->n_calls};
    a->n_failed = 0;
    a->round++;
    plan_next(a);
}

int adaptive_merge(struct adaptive *a, size_t chunk, const void *sums, size_t n, struct err *err)
{
    size_t n_chunks = adaptive_n_chunks(a);
    if (chunk != a->n_merged || chunk >= n_chunks || n != adaptive_sums_size(a))
        return err_set(err, ERR_STORE,
                       "sums of chunk %zu with %zu bytes, where %zu of %zu is due "
                       "with %zu",
                       chunk, n, a->n_merged, n_chunks, adaptive_sums_size(a));
    if (!adaptive_is_training(a))
        add_sums(a, chunk, sums);
    else if (add_points(a, chunk, sums, err) != 0)
        return -1;
    if (++a->n_merged < n_chunks)
        return 0;
    a->n_merged = 0;
    if (adaptive_is_training(a))
        return end_training(a, err);
    end_estimate(a);
    return 0;
}

int adaptive_want(struct adaptive *a, uint64_t n_calls, double error_relative,
                  double error_absolute, struct err *err)
{
    (void)err;
    bool is_over = !adaptive_is_training(a) && a->behind == a->first;
    a->config.n_calls = n_calls;
    a->config.error_relative = error_relative;
    a->config.error_absolute = error_absolute;
    if (is_over)
        plan_next(a);
    return 0;
}

/* ---- the result ------------------------------------------------------------------------------ */

static void say(struct strata_result *result, unsigned alarm, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

static void say(struct strata_result *result, unsigned alarm, const char *format, ...)
{
    size_t used = strlen(result->why);
    va_list args;
    result->alarms |= alarm;
    va_start(args, format);
    vsnprintf(result->why + used, sizeof result->why - used, format, args);
    va_end(args);
}

/* Do the training rounds, each an estimate of its own, agree with what came out? */
static void compare_rounds(const struct adaptive *a, struct strata_result *result)
{
    result->chi2 = 0;
    for (size_t k = 0; k < a->n_rounds; k++) {
        const struct strata_round *round = &a->rounds[k];
        if (round->round >= a->n_trainings || !(round->error > 0))
            continue;
        double away = round->estimate - result->integral;
        double chi2 = away * away / (round->error * round->error + result->error * result->error);
        result->chi2 += chi2;
        result->n_chi2++;
    }
    if (result->n_chi2 > 0 && gsl_cdf_chisq_Q(result->chi2, (double)result->n_chi2) < 1e-4)
        say(result, ALARM_ROUNDS, "Rounds disagree: chi2 = %.3g for %zu. ", result->chi2,
            result->n_chi2);
}

static void raise_alarms(const struct adaptive *a, const struct chunk_sums *all,
                         const struct estimate *e, struct strata_result *result)
{
    double effective = all->sum2 > 0 ? all->sum_abs * all->sum_abs / all->sum2 : 0;
    double chosen = all->n - all->n_uniform, failed = all->n_failed_chosen / fmax(chosen, 1);
    result->largest_share = all->sum2 > 0 ? all->most_weight * all->most_weight / all->sum2 : 0;
    if (result->largest_share > 0.05)
        say(result, ALARM_WEIGHT, "One call carries %.0f %% of the variance. ",
            100 * result->largest_share);
    if (e->share > 0.6 && a->n_replicates >= 8)
        say(result, ALARM_WEIGHT, "One of %zu replicates carries %.0f %% of their spread. ",
            a->n_replicates, 100 * e->share);
    compare_rounds(a, result);
    if (a->n_trainings == 0 || effective < 100)
        say(result, ALARM_FEW, "The calls are worth %.0f only. ", effective);
    if (failed > 0.02 && failed > 2 * result->failed_volume)
        say(result, ALARM_FAILED, "%.1f %% of the calls fail where the function is large. ",
            100 * failed);
}

/* 95 % at all looks together: each has its part of the 5 %. */
static void set_interval(const struct adaptive *a, struct strata_result *result)
{
    double looks = 0, alpha = 0.05;
    for (size_t k = 0; k < a->n_rounds; k++)
        looks += a->rounds[k].round >= a->n_trainings ? 1 : 0;
    if (a->config.n_calls == 0 || looks > LOOKS)
        alpha /= looks * (looks + 1);
    else if (wants_error(a))
        alpha /= LOOKS;
    double freedom =
        a->n_replicates > 1 ? (double)a->n_replicates - 2 : (double)result->n_calls - 1;
    double half = gsl_cdf_tdist_Qinv(0.5 * alpha, freedom) * result->error;
    result->lo = result->integral - half;
    result->hi = result->integral + half;
}

static int take_history(const struct adaptive *a, struct arena *arena, struct strata_result *result,
                        struct err *err)
{
    struct strata_round *rounds = arena_array(arena, a->n_rounds + 1, sizeof *rounds);
    if (rounds == NULL)
        return mem_error(err);
    memcpy(rounds, a->rounds, a->n_rounds * sizeof *rounds);
    result->rounds = rounds;
    result->n_rounds = a->n_rounds;
    result->n_calls = a->n_calls;
    for (size_t k = 0; k < a->n_rounds; k++)
        result->n_failed += a->rounds[k].n_failed;
    return 0;
}

int adaptive_result(const struct adaptive *a, struct arena *arena, struct strata_result *result,
                    struct err *err)
{
    struct chunk_sums all = over_all(a);
    struct strata_class *classes = arena_array(arena, STRATA_CLASSES, sizeof *classes);
    if (classes == NULL)
        return mem_error(err);
    result_unknown(result);
    result->classes = classes;
    if (take_history(a, arena, result, err) != 0)
        return -1;
    if (!(all.n > 1))
        return 0;
    struct estimate e = integral_of(a);
    struct estimate absolute = over_replicates(a, offsetof(struct chunk_sums, sum_abs));
    struct estimate failed = over_replicates(a, offsetof(struct chunk_sums, failed));
    result->integral = e.mean;
    result->error = e.error;
    result->absolute = absolute.mean;
    result->absolute_error = absolute.error;
    result->failed_volume = failed.mean;
    result->failed_error = failed.error;
    set_interval(a, result);
    raise_alarms(a, &all, &e, result);
    result->is_converged = result->alarms == 0;
    result->n_uniform = (uint64_t)all.n_uniform;
    result->unseen_volume = all.n_uniform > 0 ? 3 / all.n_uniform : (double)NAN;
    result->unseen_above = all.most_uniform;
    return heights_classes(a->heights, all.n, &a->config, classes, &result->n_classes, err);
}

/* ---- all in this process ----------------------------------------------------------------------
 */

int integrate_adaptive(const struct strata_config *config, const struct integrand *integrand,
                       struct arena *arena, struct strata_result *result, struct err *err)
{
    struct adaptive *a = adaptive_create(config, err);
    struct buf sums;
    size_t n;
    int rc = -1;
    buf_init(&sums, 1 << 20);
    if (a == NULL)
        goto out;
    while ((n = adaptive_n_chunks(a)) > 0)
        for (size_t k = 0; k < n; k++) {
            buf_clear(&sums);
            TRY(adaptive_chunk(a, k, integrand, &sums, err));
            TRY(adaptive_merge(a, k, sums.data, sums.len, err));
        }
    TRY(adaptive_result(a, arena, result, err));
    rc = 0;
out:
    buf_free(&sums);
    adaptive_free(a);
    return rc;
}
