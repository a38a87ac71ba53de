/* t-survey-volume.c: the interval of the volume covers the truth as often as it says, whatever the
 * share, and only points of known density count. */
#include "tap.h"

#include "search-problems.h"

#include <math.h>

enum { SEEDS = 400 };

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

int main(void)
{
    check_weighted();
    check_mixture();
    check_known_density();
    check_coverage(0.3, 200);
    check_coverage(0.02, 1000);
    check_few();
    return done_testing();
}
