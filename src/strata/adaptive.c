/* adaptive.c: adaptive importance sampling with low-discrepancy points, without a network.
 *
 * Training rounds, together at most 28 % of the calls, find a proposal: maps of the axes and a tree
 * of boxes (adaptive-map.c, adaptive-boxes.c), fitted anew after each round to all points so far,
 * which count with the density of the mixture they were drawn from.  After the first, which is
 * uniform, modes are searched for (adaptive-search.c), with a fifth of these calls; peaks that the
 * points so far had missed get Gaussians of their own in all proposals.  The last three compare
 * kinds of proposals: none, maps alone, maps and boxes.  A smooth function is best left smooth, as
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
 * What it does not: see peaks that neither the points nor the search have met.  What the uniform
 * share, a ninth of the calls, can exclude is said in unseen_volume and unseen_above. */
#include "adaptive.h"
#include "fit.h"

#include <math.h>
#include <string.h>

enum { LEAST_TRAINED = 200, LEAVES_MOST = 4096, POINTS_PER_LEAF = 10, SHORTEST_LOOK = 64 };
/* where nobody says how many calls there may be */
static const uint64_t presumed_calls = 300000, cheap_calls = 1000000;
static const double worse_most = 2; /* of int F^2 / q */
/* What the points of all rounds may say of the mean square, against those of a trial. */
static const double met_most = 0.2, met_factor = 4;

/* ---- the plan -------------------------------------------------------------------------------- */

static const double train_shares[ADAPTIVE_TRAININGS] = {0.15, 0.15, 0.2, 0.1, 0.2, 0.2};

/* More calls for the rounds after the first. */
static void train_more(struct adaptive *a, uint64_t n)
{
    for (size_t k = 1; k < a->n_trainings; k++) {
        a->n_train[k] += (size_t)(train_shares[k] / (1 - train_shares[0]) * (double)n);
        if (k >= ADAPTIVE_LEARNING)
            a->n_train[k] -= a->n_train[k] % ADAPTIVE_TRIALS;
    }
}

/* The largest power of two for which there are at least twelve replicates; what is left over
 * trains. */
static void plan_calls(struct adaptive *a)
{
    uint64_t presumed = a->config.gives_way ? cheap_calls : presumed_calls, length = 1;
    uint64_t n = a->config.n_calls > 0 ? a->config.n_calls : presumed;
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
    a->n_search = adaptive_search_calls(a->config.n_dims, left);
    a->n_train[0] = (size_t)(train_shares[0] * (double)left);
    train_more(a, left - a->n_train[0] - a->n_search);
    for (size_t k = 0; k < a->n_trainings; k++)
        a->n_room += a->n_train[k];
    a->n_room += a->n_search; /* what it leaves */
}

bool adaptive_wants_error(const struct adaptive *a)
{
    return a->config.error_relative > 0 || a->config.error_absolute > 0 || a->config.n_calls == 0;
}

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
    a->n_looks = 1;
    while (adaptive_wants_error(a) && a->n_uniform_of > 0 && a->n_looks < ADAPTIVE_LOOKS &&
           a->behind >= 2 * SHORTEST_LOOK) {
        a->behind /= 2;
        a->n_looks++;
    }
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
    mem_free(a->found.x);
    mem_free(a->found.f);
    mem_free(a->found.intensity);
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
    double *y = mem_array(n, (d + 2) * sizeof *y), *g, *w;
    int rc = -1;
    if (y == NULL)
        return mem_error(err);
    g = y + n * d;
    w = g + n;
    TRY(shape_flat(shape, d, err));
    if (kind != SHAPE_FLAT || a->has_peaks)
        shape->uniform = 0.2;
    if (kind == SHAPE_FLAT) {
        rc = 0;
        goto out;
    }
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
    double sum = 0, sum2 = 0, sum_abs = 0, count = (double)n;
    struct strata_round *round = &a->rounds[a->n_rounds++];
    *round = (struct strata_round){.round = (uint32_t)a->n_rounds - 1,
                                   .stage = a->round == 0 ? STAGE_UNIFORM : STAGE_ADAPT,
                                   .n = n,
                                   .integral = (double)NAN,
                                   .total_error = (double)NAN,
                                   .n_total = a->n_calls};
    for (size_t i = 0; i < n; i++) {
        double wf = isfinite(f[i]) ? f[i] / q[i] : 0;
        round->n_failed += isfinite(f[i]) ? 0 : 1;
        sum += wf;
        sum_abs += fabs(wf);
        sum2 += wf * wf;
    }
    a->absolute[a->round] = sum_abs / count;
    a->absolute_error[a->round] =
        sqrt(fmax(sum2 / count - sum_abs / count * sum_abs / count, 0) / (count - 1));
    round->estimate = sum / count;
    round->error = sqrt(fmax(sum2 / count - round->estimate * round->estimate, 0) / (count - 1));
}

/* The points of a chunk, with the density they were drawn from. */
static int add_points(struct adaptive *a, size_t chunk, const void *values, struct err *err)
{
    struct chunk_range range = adaptive_range(a, chunk);
    size_t n = chunk_size(&range);
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
    shape_add_density(&a->shapes[a->round], (double)n, a->n_before, a->x, a->q);
    for (size_t i = a->n_before; i < a->n_points; i++)
        a->q[i] *= (double)n;
    for (uint32_t k = 0; k < a->round; k++)
        shape_add_density(&a->shapes[k], (double)a->n_train[k], n, a->x + a->n_before * d,
                          a->q + a->n_before);
}

/* How much less the error of this kind of proposal is than that of independent points, which is
 * what the spread within replicates would make: a power of the length. */
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
    a->gain[kind] = power;
    a->spread[kind] = within;
}

/* The smoothest that is about as good as the best: it gains more with more points.  A trial may
 * have missed a peak that other rounds have met. */
static enum shape_kind best_kind(const struct adaptive *a)
{
    double best = INFINITY, length = (double)a->behind, mean = 0, trial[N_SHAPES];
    for (size_t i = 0; i < a->n_points; i++)
        mean += isfinite(a->f[i]) ? a->f[i] / a->q[i] : 0;
    for (size_t k = 0; k < N_SHAPES; k++) {
        double square = adaptive_known_square(a, &a->shapes[ADAPTIVE_LEARNING + k]);
        bool is_met = square < (1 + met_most) * mean * mean + met_factor * a->spread[k];
        double spread = is_met ? a->spread[k] : square - mean * mean;
        trial[k] = sqrt(spread / length) * pow(length, -a->gain[k]);
        best = fmin(best, trial[k]);
    }
    for (size_t k = 0; k < N_SHAPES; k++)
        if (trial[k] <= 1.2 * best)
            return (enum shape_kind)k;
    return SHAPE_BOXES;
}

/* Of the same peaks, half of the points that are not uniform. */
static int give_peaks(const struct proposal *peaks, struct shape *shape, struct err *err)
{
    if (peaks == NULL)
        return 0;
    shape->peaks = fit_copy(peaks, 0, err);
    shape->n_eighths = 4;
    return shape->peaks != NULL ? 0 : -1;
}

/* Anew, from all points; those before if there are none now, or the search's points say that they
 * are better. */
static int fit_peaks(const struct adaptive *a, const struct shape *before, struct shape *next,
                     struct err *err)
{
    struct proposal *peaks = adaptive_fit_peaks(a, before->peaks, err);
    int rc = -1;
    if (peaks == NULL && err->code != ERR_NONE)
        goto out;
    TRY(give_peaks(before->peaks, next, err));
    if (peaks != NULL) {
        struct shape was = *next; /* borrowed */
        next->peaks = peaks;
        next->n_eighths = 4;
        peaks = NULL;
        if (was.peaks != NULL &&
            adaptive_found_square(a, next) > worse_most * adaptive_found_square(a, &was)) {
            peaks = next->peaks;
            next->peaks = was.peaks;
        } else {
            peaks = was.peaks;
        }
    }
    rc = 0;
out:
    proposal_free(peaks);
    return rc;
}

/* What the next round learns from.  Whether peaks were missed is asked once, after the search. */
static int make_learning(struct adaptive *a, struct shape *next, struct err *err)
{
    if (fit_shape(a, SHAPE_BOXES, next, err) != 0)
        return -1;
    if (a->round == 0)
        a->has_peaks = adaptive_has_missed(a, next);
    return a->has_peaks ? fit_peaks(a, &a->shapes[a->round], next, err) : 0;
}

/* Each kind, with the same peaks. */
static int make_trials(struct adaptive *a, struct err *err)
{
    struct shape *trials = &a->shapes[ADAPTIVE_LEARNING];
    int rc = -1;
    for (size_t k = 0; k < N_SHAPES; k++)
        TRY(fit_shape(a, (enum shape_kind)k, &trials[k], err));
    if (a->has_peaks)
        TRY(fit_peaks(a, &a->shapes[a->round], &trials[0], err));
    for (size_t k = 1; k < N_SHAPES; k++)
        TRY(give_peaks(trials[0].peaks, &trials[k], err));
    rc = 0;
out:
    return rc;
}

static int make_frozen(struct adaptive *a, struct err *err)
{
    struct shape *frozen = &a->shapes[ADAPTIVE_TRAININGS];
    int rc = -1;
    a->kind = best_kind(a);
    TRY(fit_shape(a, a->kind, frozen, err));
    TRY(give_peaks(a->shapes[ADAPTIVE_LEARNING].peaks, frozen, err));
    if (a->kind != SHAPE_FLAT || a->has_peaks)
        frozen->uniform = 1.0 / (1.0 + (double)a->n_uniform_of);
    if (frozen->peaks != NULL)
        frozen->n_eighths = adaptive_share_peaks(a, frozen);
    a->top = a->most_train > 0 ? ilogb(a->most_train) : 0;
    adaptive_weigh_found(a, frozen);
    rc = 0;
out:
    return rc;
}

/* What the next round draws from: the learned boxes, each kind once, the best. */
static int make_shapes(struct adaptive *a, struct err *err)
{
    if (a->round + 1 < ADAPTIVE_LEARNING)
        return make_learning(a, &a->shapes[a->round + 1], err);
    if (a->round + 1 == ADAPTIVE_LEARNING)
        return make_trials(a, err);
    return a->round + 1 < ADAPTIVE_TRAININGS ? 0 : make_frozen(a, err);
}

static int begin_next(struct adaptive *a, struct err *err)
{
    if (make_shapes(a, err) != 0)
        return -1;
    a->n_before = a->n_points;
    a->round++;
    return 0;
}

static int end_training(struct adaptive *a, struct err *err)
{
    note_training(a);
    if (a->round >= ADAPTIVE_LEARNING)
        note_trial(a);
    mix_densities(a);
    a->is_searching = a->round == 0 && a->n_search > 0;
    return a->is_searching ? 0 : begin_next(a, err);
}

/* What the search left is for the rounds after it. */
static int end_search(struct adaptive *a, size_t chunk, const void *bytes, size_t n,
                      struct err *err)
{
    uint64_t before = a->n_calls;
    if (chunk != 0)
        return err_set(err, ERR_STORE, "sums of chunk %zu where a search is due", chunk);
    if (adaptive_take_search(a, bytes, n, err) != 0)
        return -1;
    train_more(a, a->n_search - (a->n_calls - before));
    a->is_searching = false;
    return begin_next(a, err);
}

/* ---- estimating ------------------------------------------------------------------------------ */

bool adaptive_is_look(const struct adaptive *a, size_t k)
{
    return k >= a->n_trainings + (a->n_search > 0 ? 1 : 0);
}

static bool is_enough(const struct adaptive *a, const struct estimate *e)
{
    const struct strata_config *config = &a->config;
    bool has_relative = config->error_relative > 0, has_absolute = config->error_absolute > 0;
    return (has_relative && estimate_error(e) <= config->error_relative * fabs(e->mean)) ||
           (has_absolute && estimate_error(e) <= config->error_absolute);
}

/* The calls that had been made when the wanted error was there for the first time. */
static uint64_t reached_first(const struct adaptive *a)
{
    for (size_t k = 0; k < a->n_rounds; k++) {
        const struct strata_round *round = &a->rounds[k];
        const struct estimate e = {
            .mean = round->integral, .error = round->total_error, .freedom = 1e300};
        if (adaptive_is_look(a, k) && is_enough(a, &e))
            return round->n_total;
    }
    return UINT64_MAX;
}

/* The wanted error is there, and is to be trusted: while it is not, calls that are left may cure
 * it, but for failures; where nobody said how many there are, four times as many as it took. */
static bool is_over(const struct adaptive *a)
{
    struct estimate e = adaptive_estimate(a);
    if (!adaptive_wants_error(a) || !is_enough(a, &e) ||
        (a->config.gives_way && a->n_calls < cheap_calls / 2))
        return false;
    return failures_aside(adaptive_alarms(a)) == 0 ||
           (a->config.n_calls == 0 && a->n_calls / 4 >= reached_first(a));
}

/* What comes after a look: twice the points, or all that may be. */
static void plan_next(struct adaptive *a)
{
    uint64_t each = a->n_replicates, used = a->n_calls;
    a->first = a->behind;
    if (a->n_uniform_of == 0 || is_over(a))
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
    struct estimate e = adaptive_estimate(a), alone = adaptive_estimate_alone(a);
    uint64_t before = a->n_rounds > 0 ? a->rounds[a->n_rounds - 1].n_total : 0;
    a->rounds[a->n_rounds] = (struct strata_round){.round = (uint32_t)a->n_rounds,
                                                   .stage = STAGE_ADAPT,
                                                   .n = a->n_calls - before,
                                                   .n_failed = a->n_failed,
                                                   .estimate = alone.mean,
                                                   .error = estimate_error(&alone),
                                                   .integral = e.mean,
                                                   .total_error = estimate_error(&e),
                                                   .n_total = a->n_calls};
    a->n_rounds++;
    a->n_failed = 0;
    a->round++;
    plan_next(a);
}

int adaptive_merge(struct adaptive *a, size_t chunk, const void *sums, size_t n, struct err *err)
{
    size_t n_chunks = adaptive_n_chunks(a);
    if (a->is_searching)
        return end_search(a, chunk, sums, n, err);
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
