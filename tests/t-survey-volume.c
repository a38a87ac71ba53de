/* t-survey-volume.c: the interval of the volume covers the truth as often as it says, whatever the
 * share, and only points of known density count. */
#include "tap.h"

#include "search-problems.h"

#include <math.h>

enum { SEEDS = 400, SURE_SEEDS = 1000 };

static void add_as(struct survey *survey, uint64_t id, enum point_origin origin, double density,
                   enum point_state state)
{
    struct err err = ERR_INIT;
    const double unit[2] = {0.5, 0.5}, margins[3] = {1, 1, 1};
    struct survey_point point = {.id = id,
                                 .round = 0,
                                 .origin = origin,
                                 .state = state,
                                 .density = density,
                                 .unit = unit,
                                 .margins = margins};

    if (survey_add(survey, 1, &point, &err) != 0)
        bail_out("survey_add: %s", err.message);
}

static void add(struct survey *survey, uint64_t id, double density, enum point_state state)
{
    add_as(survey, id, ORIGIN_START, density, state);
}

static struct survey *open_survey(struct loop *loop)
{
    struct err err = ERR_INIT;

    if (loop_open(loop, problem_find("himboo"), METHOD_RANDOM, 1, &err) != 0 ||
        loop_begin(loop, &err) != 0)
        bail_out("no survey: %s", err.message);
    return loop->survey;
}

/* How often the interval covers the share, of SEEDS samples of n points. */
static size_t count_covered(double share, size_t n)
{
    size_t n_covered = 0;
    double sum = 0.0;

    for (uint64_t seed = 1; seed <= SEEDS; seed++) {
        struct loop loop;
        struct survey *survey = open_survey(&loop);
        struct survey_volume volume;

        for (size_t i = 0; i < n; i++) {
            struct rng rng = rng_stream(seed, RNG_TEST, i);

            add(survey, i + 1, 1.0, rng_uniform(&rng) < share ? STATE_ACCEPTED : STATE_REJECTED);
        }
        survey_volume(survey, &volume);
        n_covered += volume.lo <= share && share <= volume.hi;
        sum += volume.estimate;
        loop_close(&loop);
    }
    is_near(sum / SEEDS, share, 4.0 * sqrt(share / (double)(n * SEEDS)),
            "share %g of %zu points: the mean is unbiased", share, n);
    return n_covered;
}

/* 68.3 % of 400 samples, with a binomial error of 2.3 %. */
static void check_coverage(double share, size_t n)
{
    size_t n_covered = count_covered(share, n);

    ok(n_covered > SEEDS * 61 / 100 && n_covered < SEEDS * 76 / 100, "... covered %zu times of %d",
       n_covered, SEEDS);
}

/* With few accepted points the counts are so discrete that no interval can meet its level for every
 * share; it has to on the mean. */
static void check_few(void)
{
    static const double expected[] = {1.3, 1.9, 2.5, 3.1, 3.7, 4.3, 4.9, 5.5};
    size_t n_covered = 0, n = sizeof expected / sizeof expected[0];

    for (size_t i = 0; i < n; i++)
        n_covered += count_covered(expected[i] / 500.0, 500);
    ok(n_covered > n * SEEDS * 61 / 100 && n_covered < n * SEEDS * 76 / 100,
       "one to six accepted: covered %zu times of %zu", n_covered, n * SEEDS);
}

static void check_known_density(void)
{
    struct loop loop;
    struct survey *survey = open_survey(&loop);
    struct survey_volume volume;
    struct err err = ERR_INIT;

    survey_volume(survey, &volume);
    ok(isnan(volume.estimate) && isnan(volume.error), "without points the volume is unknown");
    add(survey, 1, 1.0, STATE_REJECTED);
    add(survey, 2, 1.0, STATE_REJECTED);
    survey_volume(survey, &volume);
    ok(volume.estimate == 0.0 && isnan(volume.error) && volume.lo == 0.0 && volume.hi > 0.2 &&
           volume.hi < 0.8,
       "none accepted: an upper limit (%.3f), no error", volume.hi);
    add(survey, 3, NAN, STATE_ACCEPTED);
    survey_volume(survey, &volume);
    ok(volume.n_used == 2 && volume.n_accepted_used == 0, "a chosen point does not count");
    add(survey, 4, 1.0, STATE_FAILED);
    add(survey, 5, 1.0, STATE_UNKNOWN);
    add(survey, 6, 1.0, STATE_ACCEPTED);
    survey_volume(survey, &volume);
    is_double(volume.estimate, 0.2, 1e-12, "failed and unknown ones are in the denominator");
    ok(volume.lo < 0.2 && volume.hi > 0.2 && volume.error > 0.0, "now it has an error");
    add(survey, 4, 1.0, STATE_ACCEPTED);
    survey_volume(survey, &volume);
    is_double(volume.estimate, 0.4, 1e-12, "a failed point that is tried again counts once");
    is_uint(volume.n_used, 5, "... of five");
    const double outside[2] = {NAN, 0.5}, margins[3] = {1, 1, 1};
    struct survey_point point = {.id = 7,
                                 .origin = ORIGIN_START,
                                 .state = STATE_ACCEPTED,
                                 .density = 1.0,
                                 .unit = outside,
                                 .margins = margins};
    ok(survey_add(survey, 1, &point, &err) == 0, "a point outside of the prior is no error");
    survey_volume(survey, &volume);
    is_uint(volume.n_used, 5, "... and does not count");
    point.id = 6;
    ok(survey_add(survey, 1, &point, &err) == 0, "nor does one that was inside before");
    survey_volume(survey, &volume);
    is_uint(volume.n_used, 4, "... any longer");
    ok(survey_set_judge(survey, loop.judge, &err) == 0, "labels are forgotten");
    survey_volume(survey, &volume);
    ok(isnan(volume.estimate) && volume.n_used == 0, "and the volume with them");
    add(survey, 1, 1.0, STATE_ACCEPTED);
    survey_volume(survey, &volume);
    ok(volume.estimate == 1.0 && volume.hi == 1.0 && volume.lo > 0.0, "all of one point");
    loop_close(&loop);
}

/* Half of the points from a density that is 1.9 on the target's side and 0.1 on the other. */
static void check_weighted(void)
{
    size_t n_covered = 0;
    double sum = 0.0;

    for (uint64_t seed = 1; seed <= SEEDS; seed++) {
        struct loop loop;
        struct survey *survey = open_survey(&loop);
        struct survey_volume volume;

        for (size_t i = 0; i < 400; i++) {
            struct rng rng = rng_stream(seed, RNG_TEST, i);
            bool is_weighted = i % 2 == 1, is_left = rng_uniform(&rng) < (is_weighted ? 0.95 : 0.5);
            double x = 0.5 * rng_uniform(&rng) + (is_left ? 0.0 : 0.5);

            add(survey, i + 1,
                !is_weighted ? 1.0
                : is_left    ? 1.9
                             : 0.1,
                x < 0.2 ? STATE_ACCEPTED : STATE_REJECTED);
        }
        survey_volume(survey, &volume);
        n_covered += volume.lo <= 0.2 && volume.hi >= 0.2;
        sum += volume.estimate;
        loop_close(&loop);
    }
    is_near(sum / SEEDS, 0.2, 0.004, "with weights: the mean is unbiased");
    ok(n_covered > SEEDS * 61 / 100 && n_covered < SEEDS * 76 / 100,
       "with weights: covered %zu times of %d", n_covered, SEEDS);
}

/* A model that expects the target at x < 0.018 (nine tenths of it, and it holds in nine of ten
 * cases there) and nothing elsewhere: 900 uniform points and 600 drawn from it, all with the
 * density of the mixture.  The truth is 0.018. */
static void check_mixture(void)
{
    const double inside = 0.4 * (1.0 / 0.018) + 0.6, outside = 0.6;
    size_t n_covered = 0, n_used = 0;
    double sum = 0.0, width = 0.0;

    for (uint64_t seed = 1; seed <= SEEDS; seed++) {
        struct loop loop;
        struct survey *survey = open_survey(&loop);
        struct survey_volume volume;

        for (size_t i = 0; i < 1500; i++) {
            struct rng rng = rng_stream(seed, RNG_TEST, i);
            bool is_drawn = i % 5 < 2;
            double x = rng_uniform(&rng) * (is_drawn ? 0.018 : 1.0);
            bool is_in = x < 0.018 ? rng_uniform(&rng) < 0.9 : x > 0.9982;

            add_as(survey, i + 1, is_drawn ? ORIGIN_LEARNED : ORIGIN_EXPLORE,
                   x < 0.018 ? inside : outside, is_in ? STATE_ACCEPTED : STATE_REJECTED);
        }
        survey_volume(survey, &volume);
        n_covered += volume.lo <= 0.018 && volume.hi >= 0.018;
        sum += volume.estimate / SEEDS;
        width += (volume.hi - volume.lo) / SEEDS;
        n_used = volume.n_used;
        loop_close(&loop);
    }
    is_size(n_used, 1500, "a mixture: all of its points are used");
    is_near(sum, 0.018, 0.0003, "... the mean is unbiased");
    ok(n_covered > SEEDS * 58 / 100 && n_covered < SEEDS * 80 / 100, "... covered %zu times of %d",
       n_covered, SEEDS);
    ok(width < 0.7 * 2.0 * sqrt(0.018 / 900.0),
       "... narrower than what the uniform points say alone (%.2g)", width);
}

/* Rounds of a model that knows a target of 0.1 but for the 3 % of it that are rejected.  The norm
 * of its density is known from a pool, so it is not the same in all rounds. */
static void add_sure(struct survey *survey, uint64_t seed, size_t n_rounds, size_t n_each)
{
    const double pool = 16.0 * 0.7 * (double)n_each; /* points in the target */
    const double unit[2] = {0.5, 0.5}, margins[3] = {1, 1, 1};
    struct err err = ERR_INIT;

    for (size_t i = 0; i < n_rounds * n_each; i++) {
        struct rng of_round = rng_stream(seed, RNG_TEST, SIZE_MAX - i / n_each);
        struct rng rng = rng_stream(seed, RNG_TEST, i);
        double norm = 0.1 * (1.0 + rng_normal(&of_round) / sqrt(pool));
        bool is_drawn = i % 10 < 7, is_inside = is_drawn || rng_uniform(&rng) < 0.1;
        bool is_target = is_inside && rng_uniform(&rng) < 0.97;
        const struct survey_point point = {.id = i + 1,
                                           .round = (uint32_t)(i / n_each),
                                           .origin = is_drawn ? ORIGIN_LEARNED : ORIGIN_EXPLORE,
                                           .state = is_target ? STATE_ACCEPTED : STATE_REJECTED,
                                           .density = is_inside ? 0.3 + 0.7 / norm : 0.3,
                                           .unit = unit,
                                           .margins = margins};

        if (survey_add(survey, 1, &point, &err) != 0)
            bail_out("survey_add: %s", err.message);
    }
}

/* Misses on both sides are as frequent as they should be: 15.9 % each. */
static void check_sure(void)
{
    const double truth = 0.097;
    size_t n_low = 0, n_high = 0;

    for (uint64_t seed = 1; seed <= SURE_SEEDS; seed++) {
        struct loop loop;
        struct survey *survey = open_survey(&loop);
        struct survey_volume volume;

        add_sure(survey, seed, 10, 70);
        survey_volume(survey, &volume);
        n_low += volume.hi < truth;
        n_high += volume.lo > truth;
        loop_close(&loop);
    }
    ok(n_low > SURE_SEEDS * 12 / 100 && n_low < SURE_SEEDS * 20 / 100,
       "a model that is nearly right: too low %zu times of %d", n_low, SURE_SEEDS);
    ok(n_high > SURE_SEEDS * 12 / 100 && n_high < SURE_SEEDS * 20 / 100, "... too high %zu times",
       n_high);
}

/* A start that met the target nowhere, which in 70 points is bad luck of three standard deviations,
 * does not count as if it had been sure of that. */
static void check_unlucky(void)
{
    const double truth = 0.097;
    struct survey_volume volume;
    struct loop loop;
    struct survey *survey = open_survey(&loop);

    add_sure(survey, 1, 5, 70);
    for (uint64_t id = 351; id <= 420; id++)
        add(survey, id, 1.0, STATE_REJECTED);
    survey_volume(survey, &volume);
    ok(volume.estimate < 0.95 * truth, "after an unlucky start the estimate is low: %.4f",
       volume.estimate);
    ok(volume.hi - volume.estimate > 0.3 * (truth - volume.estimate),
       "... by three errors, and no more: %.4f .. %.4f", volume.lo, volume.hi);
    loop_close(&loop);
}

/* With many points the interval is that of a normal distribution.  Half of the cube with density 2,
 * three tenths of it accepted. */
static void check_many(size_t n)
{
    const double truth = 0.15, sigma = 0.5 * sqrt(0.3 * 0.7 / (double)n);
    struct survey_volume volume;
    struct loop loop;
    struct survey *survey = open_survey(&loop);

    for (size_t i = 0; i < n; i++)
        add_as(survey, i + 1, ORIGIN_EXPLORE, 2.0, i % 10 < 3 ? STATE_ACCEPTED : STATE_REJECTED);
    survey_volume(survey, &volume);
    is_double(volume.estimate, truth, 1e-9, "%zu points: the volume", n);
    is_near((volume.hi - volume.estimate) / sigma, 1.0, 0.02, "... the interval's upper end");
    is_near((volume.estimate - volume.lo) / sigma, 1.0, 0.02, "... and its lower end");
    loop_close(&loop);
}

/* ---- rounds that learn from each other ------------------------------------------------------ */

enum { ROUNDS = 30, ROUND_UNIFORM = 12, ROUND_DRAWN = 16, START = 400, STOPS = 3 };

/* What the rounds so far have found of the target: the next one draws from there. */
struct learnt {
    double from, to;
};

static bool is_in(double x)
{
    return x >= 0.3 && x < 0.32;
}

static void learn(struct learnt *learnt, double x)
{
    if (!is_in(x))
        return;
    learnt->from = fmin(learnt->from, x);
    learnt->to = fmax(learnt->to, x);
}

/* Half of the drawn points lie between the outermost points found so far, moved by 0.001, and half
 * in an interval three times as wide: the density of a place beside. */
static double draw(const struct learnt *learnt, struct rng *rng)
{
    double width = learnt->to - learnt->from, u = rng_uniform(rng);

    return rng_uniform(rng) < 0.5 ? learnt->from + 0.001 + width * u
                                  : learnt->from + width * (3.0 * u - 1.0);
}

static double density_of(const struct learnt *learnt, double x)
{
    double width = learnt->to - learnt->from, at = x - learnt->from;

    return 0.5 * (at >= 0.001 && at < 0.001 + width) / width +
           0.5 * (at >= -width && at < 2.0 * width) / (3.0 * width);
}

static void add_round(struct survey *survey, uint64_t seed, uint64_t *id, uint32_t round,
                      struct learnt *learnt)
{
    const double margins[3] = {1, 1, 1}, n = ROUND_UNIFORM + ROUND_DRAWN;
    struct learnt next = *learnt; /* the density is fixed before the round */
    struct err err = ERR_INIT;

    for (size_t i = 0; i < ROUND_UNIFORM + ROUND_DRAWN; i++) {
        struct rng rng = rng_stream(seed, RNG_TEST, *id);
        double x = i < ROUND_UNIFORM ? rng_uniform(&rng) : draw(learnt, &rng);
        const double unit[2] = {x, 0.5};
        struct survey_point point = {.id = ++*id,
                                     .round = round,
                                     .origin = i < ROUND_UNIFORM ? ORIGIN_EXPLORE : ORIGIN_LEARNED,
                                     .state = is_in(x) ? STATE_ACCEPTED : STATE_REJECTED,
                                     .density =
                                         (ROUND_UNIFORM + ROUND_DRAWN * density_of(learnt, x)) / n,
                                     .unit = unit,
                                     .margins = margins};
        if (survey_add(survey, 1, &point, &err) != 0)
            bail_out("survey_add: %s", err.message);
        learn(&next, x);
    }
    *learnt = next;
}

static void check_rounds(void)
{
    static const uint32_t stops[STOPS] = {4, 12, ROUNDS};
    const double truth = 0.02;
    size_t n_covered[STOPS] = {0}, n_low[STOPS] = {0};
    double sum[STOPS] = {0}, squares[STOPS] = {0};

    for (uint64_t seed = 1; seed <= SEEDS; seed++) {
        struct learnt learnt = {.from = 0.309, .to = 0.311};
        struct loop loop;
        struct survey *survey = open_survey(&loop);
        struct survey_volume volume;
        uint64_t id = 0;
        size_t stop = 0;

        while (id < START) {
            struct rng rng = rng_stream(seed, RNG_TEST, id);
            double x = rng_uniform(&rng);

            add(survey, ++id, 1.0, is_in(x) ? STATE_ACCEPTED : STATE_REJECTED);
            learn(&learnt, x);
        }
        for (uint32_t round = 1; round <= ROUNDS; round++) {
            add_round(survey, seed, &id, round, &learnt);
            if (round != stops[stop])
                continue;
            survey_volume(survey, &volume);
            n_covered[stop] += volume.lo <= truth && volume.hi >= truth;
            n_low[stop] += volume.hi < truth;
            sum[stop] += volume.estimate / SEEDS;
            squares[stop++] += volume.estimate * volume.estimate / SEEDS;
        }
        loop_close(&loop);
    }
    for (size_t i = 0; i < STOPS; i++) {
        double error = sqrt((squares[i] - sum[i] * sum[i]) / SEEDS);

        is_near(sum[i], truth, 3.0 * error, "after %u rounds that learn: the mean is unbiased",
                (unsigned)stops[i]);
        ok(n_covered[i] > SEEDS * 60 / 100 && n_covered[i] < SEEDS * 77 / 100 &&
               n_low[i] < SEEDS * 28 / 100,
           "... covered %zu times of %d, too low %zu times", n_covered[i], SEEDS, n_low[i]);
    }
}

/* Points of three rounds, in the order of their ids or backwards; wrong: each is rejected. */
static void add_all(struct survey *survey, bool is_backwards, bool is_wrong)
{
    const double unit[2] = {0.5, 0.5}, margins[3] = {1, 1, 1};
    struct err err = ERR_INIT;

    for (uint64_t i = 0; i < 300; i++) {
        uint64_t at = is_backwards ? 299 - i : i;
        struct survey_point point = {.id = at + 1,
                                     .round = (uint32_t)(at / 100),
                                     .origin = at % 3 == 0 ? ORIGIN_LEARNED : ORIGIN_EXPLORE,
                                     .state =
                                         at % 5 == 0 && !is_wrong ? STATE_ACCEPTED : STATE_REJECTED,
                                     .density = 0.3 + 0.01 * (double)(at % 7 + at / 100),
                                     .unit = unit,
                                     .margins = margins};

        if (survey_add(survey, 1, &point, &err) != 0)
            bail_out("survey_add: %s", err.message);
    }
}

/* A point whose density turns out to be unknown counts no more. */
static void check_dropped(void)
{
    struct survey_volume volume[2];

    for (size_t k = 0; k < 2; k++) {
        struct loop loop;
        struct survey *survey = open_survey(&loop);

        add_all(survey, false, false);
        if (k == 1)
            add_as(survey, 301, ORIGIN_LEARNED, 0.5, STATE_ACCEPTED);
        add_as(survey, 301, ORIGIN_LEARNED, (double)NAN, STATE_ACCEPTED);
        survey_volume(survey, &volume[k]);
        loop_close(&loop);
    }
    ok(volume[0].estimate == volume[1].estimate && volume[1].n_used == 300,
       "a density taken back counts no more");
}

/* The order in which points come, and points that come again, do not matter. */
static void check_order(void)
{
    struct survey_volume volume[4];

    for (size_t k = 0; k < 4; k++) {
        struct loop loop;
        struct survey *survey = open_survey(&loop);
        struct err err = ERR_INIT;

        if (k > 0)
            add_all(survey, k == 1, k == 2); /* again: as it was, wrong, or forgotten */
        if (k == 3 && survey_set_judge(survey, loop.judge, &err) != 0)
            bail_out("survey_set_judge: %s", err.message);
        if (k != 1)
            add_all(survey, false, false);
        survey_volume(survey, &volume[k]);
        loop_close(&loop);
        ok(volume[0].estimate == volume[k].estimate && volume[0].lo == volume[k].lo &&
               volume[0].hi == volume[k].hi && volume[k].n_accepted_used == 60,
           "%s: the volume is %.6g to the last bit",
           k == 0   ? "in order"
           : k == 1 ? "backwards"
           : k == 2 ? "corrected"
                    : "forgotten and added again",
           volume[k].estimate);
    }
}

int main(void)
{
    check_rounds();
    check_order();
    check_dropped();
    check_weighted();
    check_mixture();
    check_sure();
    check_unlucky();
    check_many(40000);
    check_many(400000);
    check_known_density();
    check_coverage(0.3, 200);
    check_coverage(0.02, 1000);
    check_few();
    return done_testing();
}
