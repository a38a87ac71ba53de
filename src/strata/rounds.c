/* rounds.c: what the next round is, and what a closed one leaves.
 *
 * Uniform points first; then the search; then rounds that double, so that the last holds about half
 * of the calls that were left: the first of them from a proposal that is still coarse (adapt), the
 * others class by class (cells).  Before each, proposal and surrogate are made anew from all points
 * before it.
 *
 * The rounds are combined with weights n / v, where v is the variance of a call in the round
 * before: a round's own spread never weighs it, since the two are correlated where peaks are missed
 * (integrals would come out low).  A later round weighs at least as much per call as an earlier
 * one. */
#include "core.h"

#include <math.h>
#include <string.h>

static const double rare_factor = 50.0; /* of the mean square of the others: 7 sigma */
static const double uniform_share = 0.055;
static const double hill_least = 0.5, hill_most = 0.9, tail_factor = 3.0; /* as adaptive-result.c */
static const double foot_most = 1e-3;
static const double search_share_least = 0.04, search_share_most = 0.35;
enum {
    UNIFORM_LEAST = 256,
    UNIFORM_OPEN = 1000, /* when no number of calls is given */
    ROUND_LEAST = 600,
    ROUND_OPEN = 2000,
    SERIES_MOST = 6, /* rounds after the search */
    ADAPT_ROUNDS = 2,
    PLAIN_LEAST = 5000, /* calls */
    TAIL_CALLS = 16,
    POOL_PER_CALL = 8,
    POOL_MOST = 4000000
};

static uint64_t calls_left(const struct strata *s)
{
    if (s->config.n_calls == 0)
        return UINT64_MAX;
    return s->config.n_calls > s->n_calls ? s->config.n_calls - s->n_calls : 0;
}

/* Rounds with an estimate, after the uniform one. */
static size_t body_rounds(const struct strata *s)
{
    size_t r, n = 0;

    for (r = 1; r < s->n_rounds; r++)
        n += s->rounds[r].has_estimate;
    return n;
}

/* ---- opening --------------------------------------------------------------------------------- */

static int open_drawing(struct strata *s, const struct drawing_config *config, struct err *err)
{
    s->least = INFINITY;
    s->drawing = drawing_create(config, err);
    return s->drawing ? 0 : -1;
}

static int open_uniform(struct strata *s, struct err *err)
{
    uint64_t n = UNIFORM_OPEN, left = calls_left(s);
    struct proposal *q = proposal_uniform(s->config.n_dims, err);
    int rc = -1;

    if (!q)
        goto out;
    TRY(sample_open(&s->sample, q, err));
    if (s->config.n_calls > 0)
        n = (uint64_t)fmax(uniform_share * (double)left, UNIFORM_LEAST);
    n = n < left ? n : left;
    s->stage = STAGE_UNIFORM;
    s->weight = 0.0;
    TRY(open_drawing(s,
                     &(struct drawing_config){.n_dims = s->config.n_dims,
                                              .seed = s->config.seed,
                                              .round = s->round,
                                              .proposal = q,
                                              .n_calls = (size_t)n},
                     err));
    rc = 0;
out:
    return rc;
}

/* How well the uniform points alone know int |F|: calls that would weigh alike. */
static double uniform_effective(const struct strata *s)
{
    double sum = 0.0, square = 0.0;
    size_t i;

    for (i = 0; i < s->sample.n; i++) {
        sum += fabs(s->sample.f[i]);
        square += s->sample.f[i] * s->sample.f[i];
    }
    return square > 0.0 ? sum / square * sum : 0.0;
}

static int open_search(struct strata *s, struct err *err)
{
    double effective = uniform_effective(s);
    double share = search_share_most / (1.0 + 0.02 * effective);
    uint64_t left = calls_left(s), n;
    int rc = -1;

    s->is_searched = true;
    if (s->config.n_calls == 0)
        left = 40000;
    share = fmax(share, search_share_least);
    n = (uint64_t)(share * (double)left);
    s->stage = STAGE_SEARCH;
    s->search = search_create(&(struct search_config){.n_dims = s->config.n_dims,
                                                      .seed = s->config.seed,
                                                      .n_calls = n,
                                                      .n = s->sample.n,
                                                      .x = s->sample.x,
                                                      .f = s->sample.f},
                              err);
    TRY(s->search == NULL);
    rc = 0;
out:
    return rc;
}

static uint64_t body_size(const struct strata *s, size_t a)
{
    uint64_t left = calls_left(s);
    double n, series;
    size_t m;

    if (s->config.n_calls == 0)
        return (uint64_t)ldexp(ROUND_OPEN, a < 40 ? (int)a : 40);
    for (m = 1; m < SERIES_MOST && (double)s->n_body >= ROUND_LEAST * ldexp(1.0, (int)m); m++)
        ;
    series = ldexp(1.0, (int)m) - 1.0;
    n = a < m ? (double)s->n_body * ldexp(1.0, (int)a) / series : (double)left;
    return a + 1 >= m || n > (double)left ? left : (uint64_t)n;
}

/* 1 over the variance of a call as the round before had it (the first: as it is foreseen).  No
 * later round weighs less per call than an earlier one. */
static double weight_of(const struct strata *s, double n, double spread)
{
    double variance = spread * spread, most = 0.0;
    size_t r;

    for (r = 1; r < s->n_rounds; r++) {
        const struct core_round *round = &s->rounds[r];

        if (!round->has_estimate || !(round->weight > 0.0))
            continue;
        if (round->stage == STAGE_CELLS)
            most = fmax(most, round->weight / (double)round->n);
        if (isfinite(round->error))
            variance = round->error * round->error * (double)round->n;
    }
    return n * fmax(1.0 / fmax(variance, 1e-300), most);
}

/* The last round of cells, when what limited it was the pool and not the calls: a better surrogate
 * would not help, a larger pool does. */
static const struct core_round *limited_by_pool(const struct strata *s)
{
    const struct core_round *last = &s->rounds[s->n_rounds - 1];

    if (last->stage != STAGE_CELLS || !s->model.surrogate ||
        s->model.proposal != s->sample.rounds[s->sample.n_rounds - 1].proposal ||
        !(last->rest_error < 0.5 * last->pool_error))
        return NULL;
    return last;
}

/* Proposal and surrogate for a round, made anew or as they are; the spread foreseen. */
static int prepare(struct strata *s, bool with_surrogate, struct proposal **proposal,
                   double *spread, struct err *err)
{
    if (with_surrogate && limited_by_pool(s)) {
        *proposal = s->sample.rounds[s->sample.n_rounds - 1].proposal;
        *spread = s->model.spread;
        return 0;
    }
    if (core_fit_proposal(s, proposal, err) != 0)
        return -1;
    *spread = core_spread(s, *proposal);
    if (!with_surrogate)
        return 0;
    if (core_fit_surrogate(s, *proposal, err) != 0) {
        proposal_free(*proposal);
        return -1;
    }
    *spread = s->model.spread;
    return 0;
}

static double pool_per_call(const struct strata *s, double n, size_t n_parts)
{
    const struct core_round *last = limited_by_pool(s);
    double most = POOL_MOST / (1.0 + (double)n_parts / 16.0) / n;
    double per = fmax(POOL_PER_CALL, s->rounds[s->n_rounds - 1].pool_per_call);

    if (last)
        per = last->pool_per_call * fmin(last->pool_error / fmax(last->rest_error, 1e-300), 8.0);
    return fmax(fmin(per, most), 1.0);
}

static int open_body(struct strata *s, size_t a, uint64_t n, struct err *err)
{
    bool with_surrogate = a >= ADAPT_ROUNDS || calls_left(s) <= n;
    struct proposal *q = NULL;
    struct drawing_config config = {
        .n_dims = s->config.n_dims, .seed = s->config.seed, .round = s->round};
    double spread;
    int rc = -1;

    TRY(prepare(s, with_surrogate, &q, &spread, err));
    s->weight = weight_of(s, (double)n, spread);
    s->pool_per_call = pool_per_call(s, (double)n, proposal_n_parts(q));
    TRY(sample_open(&s->sample, q, err));
    s->stage = with_surrogate ? STAGE_CELLS : STAGE_ADAPT;
    config.proposal = q;
    config.n_calls = (size_t)n;
    if (with_surrogate) {
        config.surrogate = s->model.surrogate;
        config.classes = &s->model.classes;
        config.rate = s->model.rate;
        config.n_pool = (size_t)((double)n * s->pool_per_call);
        memset(s->tops, 0, sizeof s->tops);
        memset(s->most_weight, 0, sizeof s->most_weight);
    }
    TRY(open_drawing(s, &config, err));
    rc = 0;
out:
    return rc;
}

/* Calls when the wanted error was there for the first time. */
static uint64_t reached_first(const struct strata *s)
{
    struct core_estimate e;
    size_t r;

    for (r = 1; r <= s->n_rounds; r++) {
        core_estimate(s, r, &e);
        if (core_is_reached(s, &e))
            return s->rounds[r - 1].n_total;
    }
    return UINT64_MAX;
}

/* No round class by class is needed where nothing was found above the uniform points, no call
 * failed, and there were calls enough for a narrow peak on even ground to be met by chance: the
 * spread of the others says nothing of it, and where they are all alike, there is none. */
static bool is_plain(const struct strata *s)
{
    return s->is_searched && s->rounds[0].stage == STAGE_UNIFORM && s->n_failed == 0 &&
           core_is_even(s) && s->n_calls >= PLAIN_LEAST;
}

/* The wanted error is there, and is to be trusted: while it is not, calls that are left may cure
 * it, but for failures; where nobody said how many there are, twice two times as many as it took.
 */
static bool is_enough(const struct strata *s, size_t a, const struct core_estimate *e)
{
    char why[CORE_WHY];

    if (!(s->config.error_relative > 0.0 || s->config.error_absolute > 0.0) ||
        !core_is_reached(s, e) || (a <= ADAPT_ROUNDS && !is_plain(s)))
        return false;
    return failures_aside(core_alarms(s, e, why)) == 0 ||
           (s->config.n_calls == 0 && s->n_calls / 4 >= reached_first(s));
}

int core_open(struct strata *s, struct err *err)
{
    struct core_estimate e;
    uint64_t left = calls_left(s), n;
    size_t a = body_rounds(s);

    s->round = (uint32_t)s->n_rounds;
    if (s->n_rounds == 0)
        return open_uniform(s, err);
    core_estimate(s, s->n_rounds, &e);
    if (s->n_rounds + 1 >= CORE_ROUNDS || left < 32 || left < s->config.n_calls / 20 ||
        is_enough(s, a, &e)) {
        s->is_over = true;
        return 0;
    }
    if (!s->is_searched)
        return open_search(s, err);
    if (a == 0)
        s->n_body = left;
    n = body_size(s, a);
    return open_body(s, a, n < left ? n : left, err);
}

/* ---- closing --------------------------------------------------------------------------------- */

static int close_search(struct strata *s, struct core_round *round, struct err *err)
{
    struct search_points points;
    int rc = -1;

    search_result(s->search, &points, &s->found);
    TRY(sample_add_search(&s->sample, points.n, points.x, points.f, points.intensity, err));
    search_free(s->search);
    s->search = NULL;
    round->n = s->n_search;
    rc = 0;
out:
    return rc;
}

struct moments {
    double mean, error;
};

static struct moments moments_of(const struct drawing_sums *sums, size_t offset)
{
    double mean = 0.0, square = 0.0;
    size_t n = sums->n_repetitions, r, j;

    for (r = 0; r < n; r++) {
        double sum = 0.0;

        for (j = 0; j < sums->n_classes; j++) {
            double value;

            memcpy(&value, (const char *)&sums->cells[r * sums->n_classes + j] + offset,
                   sizeof value);
            sum += value;
        }
        /* West 1979 */
        square += (sum - mean) * (sum - mean) * (double)r / (double)(r + 1);
        mean += (sum - mean) / (double)(r + 1);
    }
    return (struct moments){
        .mean = n > 0 ? mean : NAN,
        .error = n > 1 ? sqrt(square / ((double)n * (double)(n - 1))) : NAN,
    };
}

/* Errors of the surrogate's integral over the pool and of what the calls add, apart. */
static void split_errors(const struct drawing_sums *sums, struct core_round *round)
{
    double mean[2] = {0.0}, square[2] = {0.0};
    size_t n = sums->n_repetitions, r, j;
    int side;

    for (r = 0; r < n; r++) {
        double value[2] = {0.0};

        for (j = 0; j < sums->n_classes; j++) {
            value[0] += sums->cells[r * sums->n_classes + j].part;
            value[1] += sums->cells[r * sums->n_classes + j].rest;
        }
        value[0] -= value[1];
        for (side = 0; side < 2; side++) {
            square[side] += (value[side] - mean[side]) * (value[side] - mean[side]) * (double)r /
                            (double)(r + 1);
            mean[side] += (value[side] - mean[side]) / (double)(r + 1);
        }
    }
    round->pool_error = n > 1 ? sqrt(square[0] / ((double)n * (double)(n - 1))) : NAN;
    round->rest_error = n > 1 ? sqrt(square[1] / ((double)n * (double)(n - 1))) : NAN;
}

/* Where a surrogate is wrong at few places, a round that meets none of them has too small a spread.
 * What held-out points of earlier rounds foretell counts for as much as one such place that was
 * met, where it is more than was seen.  It is compared with what this round's calls vary by, each
 * for itself, as the held-out points do (how much less nets of them leave is known from the
 * repetitions), and calls are denser than these points where the surrogate leaves most. */
static void error_least(struct core_round *round, double n_repetitions,
                        const struct core_model *model)
{
    double foretold = model->spread * model->spread * model->placed / (double)round->n;
    double seen = round->squares / (n_repetitions * n_repetitions);

    if (isfinite(foretold) && foretold > seen)
        round->error =
            sqrt(round->error * round->error + (foretold - seen) / (round->n_rare + 1.0));
}

/* Repetitions of even points may all have as many calls on one side of a jump, by chance, and no
 * spread then: the error is at least that of one call on the other side. */
static void error_uniform(struct core_round *round, double n_repetitions)
{
    double n = (double)round->n, each = n / n_repetitions;
    double mean = round->squares / n * each * each;
    double variance = mean - round->estimate * round->estimate;

    if (variance > 1e-12 * mean) /* not of rounding */
        round->error = fmax(round->error, sqrt(variance) / n);
}

/* What the few calls add whose squares are far above those of all others: the surrogate is wrong
 * in a small volume there, which a round may meet or not. */
static void rare_of(const struct drawing_sums *sums, struct core_round *round)
{
    double rest = sums->squares, part = 0.0, squares = 0.0, n = (double)sums->n;
    size_t k;

    for (k = 0; k < DRAWING_TOPS; k++)
        rest -= sums->tops[k];
    for (k = DRAWING_TOPS; k-- > 0;) {
        if (sums->tops[k] * (n - (double)k) > rare_factor * fmax(rest, 0.0)) {
            part += sums->tops[k];
            squares += sums->tops[k] * sums->tops[k];
        } else {
            rest += sums->tops[k];
        }
    }
    n = (double)sums->n_repetitions;
    round->rare = part / (n * n);
    round->n_rare = squares > 0.0 ? part / squares * part : 0.0;
}

/* Where |F| rises without bound the calls that weigh most may be the first of a tail: with H the
 * mean of log(w_i / w_k) over the k largest (B. M. Hill, Ann. Statist. 3 (1975) 1163) there is no
 * variance where H > 1/2, and the repetitions agree by chance as long as none has met its top.
 * Where a surrogate misses a jump, or a proposal is low, weights rise and |F| does not.  Where all
 * |F| among them is far below the largest known they lie at the foot of a peak. */
static void tail_of(const struct drawing_sums *sums, double known_most, struct core_round *round)
{
    double hill = 0.0, weight_rise = 0.0, size_rise = 0.0, size_most = 0.0;
    size_t k;

    for (k = 0; k < DRAWING_TOPS; k++) {
        double part = k < TAIL_CALLS ? 1.0 / TAIL_CALLS : -1.0 / (DRAWING_TOPS - TAIL_CALLS);

        if (!(sums->tops[k] > 0.0) || !(sums->sizes[k] > 0.0))
            return;
        hill += k < TAIL_CALLS ? 0.5 * part * log(sums->tops[k] / sums->tops[TAIL_CALLS]) : 0.0;
        weight_rise += 0.5 * part * log(sums->tops[k]);
        size_rise += part * log(sums->sizes[k]);
        size_most = k < TAIL_CALLS ? fmax(size_most, sums->sizes[k]) : size_most;
    }
    if (!(weight_rise > 0.0) || !(size_rise > 0.0) || size_most < foot_most * known_most)
        return;
    hill = fmin(hill, hill_most) * fmin(size_rise / weight_rise, 1.0);
    round->rise = exp(size_rise);
    if (hill > hill_least)
        round->tail_error = tail_factor * sqrt(sums->tops[TAIL_CALLS]) * pow(TAIL_CALLS, hill) /
                            (double)sums->n_repetitions * hill / (1.0 - hill);
}

static void close_drawing(struct strata *s, struct core_round *round)
{
    struct drawing_sums sums;
    struct moments absolute, failed;

    drawing_sums(s->drawing, &sums);
    if (s->stage != STAGE_UNIFORM && sums.n > 0)
        s->n_even +=
            s->least * (double)sums.n_repetitions / (double)drawing_repetitions(s->drawing);
    absolute = moments_of(&sums, offsetof(struct cell_sums, absolute));
    failed = moments_of(&sums, offsetof(struct cell_sums, failed));
    round->n = sums.n;
    round->n_failed = sums.n_failed;
    round->foreseen = sums.foreseen;
    round->has_estimate = sums.n_repetitions > 0;
    round->estimate = sums.estimate;
    round->error = sums.error;
    round->freedom = sums.n_repetitions > 0 ? (double)sums.n_repetitions - 1.0 : 0.0;
    round->absolute = absolute.mean;
    round->absolute_error = absolute.error;
    round->failed = failed.mean;
    round->failed_error = failed.error;
    round->squares = sums.squares;
    round->largest_square = sums.tops[0];
    if (s->stage == STAGE_CELLS) {
        round->n_known = s->model.n_known;
        round->jumps = s->model.jumps;
        round->unmet = sums.n > 0 ? s->model.unmet / sqrt((double)sums.n) : 0.0;
    }
    if (s->stage == STAGE_CELLS && sums.n_repetitions > 0)
        rare_of(&sums, round);
    if (s->stage == STAGE_CELLS && sums.n_repetitions > 0)
        tail_of(&sums, s->most, round);
    split_errors(&sums, round);
    if (s->stage == STAGE_UNIFORM && sums.n_repetitions > 1)
        error_uniform(round, (double)sums.n_repetitions);
    if (s->stage == STAGE_CELLS && sums.n > 0)
        error_least(round, (double)sums.n_repetitions, &s->model);
    if (s->stage == STAGE_CELLS && sums.n_repetitions > 0)
        core_classes(s, &sums);
    drawing_free(s->drawing);
    s->drawing = NULL;
}

int core_close(struct strata *s, struct err *err)
{
    struct core_round *round = &s->rounds[s->n_rounds];

    *round = (struct core_round){
        .stage = s->stage,
        .weight = s->weight,
        .pool_per_call = s->pool_per_call,
        .most = s->most,
        .estimate = NAN,
        .error = NAN,
    };
    if (s->search) {
        if (close_search(s, round, err) != 0)
            return -1;
    } else {
        close_drawing(s, round);
        if (s->stage == STAGE_CELLS && core_peaks(s, err) != 0)
            return -1;
    }
    round->n_total = s->n_calls;
    s->n_rounds++;
    return 0;
}
