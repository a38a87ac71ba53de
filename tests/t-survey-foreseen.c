/* t-survey-foreseen.c: the goal "covered" is asked for after every round: a learner that stays
 * below it does not end a scan by luck, and one that rises above it ends it soon. */
#include "tap.h"

#include "theodolite/survey.h"

#include <math.h>
#include <string.h>

enum { SEEDS = 200, POINTS_MOST = 2000, N_FLAT = 600 };

/* A learner whose share nears `top` with the half-life of rounds, `per` points a round. */
struct learner {
    double half_life, first, top;
    size_t per, most;
};

struct outcome {
    size_t n_stopped, n_wrong;
    double points; /* mean of those that stopped */
};

static struct outcome ask_always(const struct learner *l, double goal)
{
    static uint8_t list[POINTS_MOST + 16];
    struct outcome o = {0};

    for (uint64_t seed = 1; seed <= SEEDS; seed++) {
        struct rng rng = rng_stream(seed, RNG_TEST, 5);
        size_t n = 0;

        for (int round = 0; n < l->most; round++) {
            double share = l->top - (l->top - l->first) * exp2(-round / l->half_life);

            for (size_t k = 0; k < l->per; k++)
                list[n++] = rng_uniform(&rng) < share;
            if (survey_foreseen_lately(n, list).lo < goal)
                continue;
            o.n_stopped++;
            o.n_wrong += share < goal;
            o.points += (double)n;
            break;
        }
    }
    o.points /= fmax((double)o.n_stopped, 1.0);
    return o;
}

static void check_below(void)
{
    static const struct learner learners[] = {
        {1e9, 0.949, 0.949, 2, N_FLAT}, /* stuck just below, from the beginning on */
        {5, 0.0, 0.949, 3, N_FLAT},     /* ... and after it has learned */
        {5, 0.0, 0.92, 3, N_FLAT},      {150, 0.8, 0.96, 3, N_FLAT}, /* rises above, but late */
        {40, 0.0, 1.0, 3, N_FLAT},                                   /* ... and from nothing */
    };

    for (size_t i = 0; i < sizeof learners / sizeof learners[0]; i++) {
        struct outcome o = ask_always(&learners[i], 0.95);

        ok(20 * o.n_wrong < SEEDS,
           "a share that nears %.3f (half-life %.3g): wrongly called 95 %% in %zu of %d scans",
           learners[i].top, learners[i].half_life, o.n_wrong, SEEDS);
    }
}

static void check_above(void)
{
    static const struct {
        struct learner learner;
        double points;
    } cases[] = {
        {{1e9, 1.0, 1.0, 1, POINTS_MOST}, 95},
        {{2, 0.0, 1.0, 1, POINTS_MOST}, 150}, /* bad at first: forgiven */
        {{5, 0.0, 0.99, 3, POINTS_MOST}, 450},
        {{5, 0.0, 0.98, 3, POINTS_MOST}, 750},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct outcome o = ask_always(&cases[i].learner, 0.95);

        ok(o.n_stopped >= SEEDS - SEEDS / 50 && o.points < cases[i].points,
           "a share that nears %.2f (half-life %.3g): called 95 %% after %.0f points, in %zu of %d",
           cases[i].learner.top, cases[i].learner.half_life, o.points, o.n_stopped, SEEDS);
    }
}

static void check_ends(void)
{
    uint8_t list[400];
    struct foreseen f;

    for (size_t i = 0; i < 400; i++)
        list[i] = 1;
    ok(survey_foreseen_lately(88, list).lo < 0.95 && survey_foreseen_lately(89, list).lo >= 0.95,
       "89 without a miss make 95 %%");
    ok(survey_foreseen_lately(44, list).lo < 0.9 && survey_foreseen_lately(45, list).lo >= 0.9,
       "45 make 90 %%");
    for (size_t i = 330; i < 400; i++)
        list[i] = i % 3 != 0;
    f = survey_foreseen_lately(400, list);
    ok(f.lo <= survey_foreseen(f.n_foreseen, f.n).lo, "one that gets worse: the latest half tells");
    f = survey_foreseen_lately(0, list);
    ok(f.n == 0 && isnan(f.share) && isnan(f.lo), "nothing is known of nothing");
    list[0] = 0;
    f = survey_foreseen_lately(1, list);
    ok(f.lo <= 1e-6 && f.hi > 0.7, "one that was missed says little: %.3f .. %.3f", f.lo, f.hi);
}

/* What is foretold (roughly: what decides is when misses come), against lists in which every
 * `every`th is missed. */
static void check_more(void)
{
    static const size_t cases[][2] = {{20, 0}, {60, 0}, {40, 40}, {120, 60}};
    static uint8_t list[20000];
    struct foreseen f;

    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        size_t n = cases[i][0], to = n;
        double more;

        for (size_t k = 0; k < sizeof list; k++)
            list[k] = cases[i][1] == 0 || (k + cases[i][1] / 2) % cases[i][1] != 0;
        f = survey_foreseen_lately(n, list);
        more = survey_foreseen_more(&f, 0.95);
        while (to < sizeof list && survey_foreseen_lately(to, list).lo < 0.95)
            to++;
        ok(fabs((double)n + more - (double)to) <= 0.6 * (double)to,
           "after %zu: 95 %% foretold at %.0f, reached at %zu", n, (double)n + more, to);
    }
    f = survey_foreseen_lately(89, memset(list, 1, sizeof list));
    ok(survey_foreseen_more(&f, 0.95) == 0, "no more where it is reached");
    f = survey_foreseen(90, 100);
    ok(isinf(survey_foreseen_more(&f, 0.95)), "never with a share below it");
    f = survey_foreseen(0, 0);
    ok(isnan(survey_foreseen_more(&f, 0.95)), "nobody knows before the first");
}

int main(void)
{
    check_more();
    check_ends();
    check_below();
    check_above();
    return done_testing();
}
