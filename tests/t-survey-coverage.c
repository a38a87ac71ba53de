/* t-survey-coverage.c: components with their volumes, gaps and evenness against targets that are
 * known, over many samples; what the learner foresees; whether its proposals are worth their calls.
 */
#include "tap.h"

#include "search-problems.h"

#include <stdio.h>

/* ---- points by hand ------------------------------------------------------------------------- */

struct set {
    size_t n, cap, d;
    float *x;
    uint8_t *state, *is_uniform;
};

static void set_create(struct set *set, size_t cap, size_t d)
{
    *set = (struct set){.cap = cap, .d = d};
    set->x = mem_array(cap * d, sizeof *set->x);
    set->state = mem_array(cap, 1);
    set->is_uniform = mem_array(cap, 1);
}

static void set_free(struct set *set)
{
    mem_free(set->x);
    mem_free(set->state);
    mem_free(set->is_uniform);
}

static void set_add(struct set *set, const float *x, enum point_state state, bool is_uniform)
{
    if (set->n == set->cap)
        bail_out("the set is full");
    memcpy(set->x + set->n * set->d, x, set->d * sizeof *x);
    set->is_uniform[set->n] = is_uniform;
    set->state[set->n++] = (uint8_t)state;
}

static void cover(const struct set *set, struct ensemble *model, uint64_t seed, struct coverage *c)
{
    struct err err = ERR_INIT;
    const struct coverage_input input = {.n = set->n,
                                         .n_dims = set->d,
                                         .x = set->x,
                                         .state = set->state,
                                         .is_uniform = set->is_uniform,
                                         .model = model,
                                         .seed = seed};

    if (survey_coverage(&input, c, &err) != 0)
        bail_out("survey_coverage: %s", err.message);
}

/* ---- without a learner ---------------------------------------------------------------------- */

/* Two discs, of which the second is four times as large; uniform points alone. */
static bool is_in_discs(const float *x, size_t *which)
{
    double a = pow((double)x[0] - 0.2, 2) + pow((double)x[1] - 0.2, 2);
    double b = pow((double)x[0] - 0.7, 2) + pow((double)x[1] - 0.7, 2);

    *which = b < 0.04;
    return a < 0.01 || b < 0.04;
}

static void test_volumes_alone(void)
{
    enum { SEEDS = 200, POINTS = 3000 };
    const double truth[2] = {0.04 * acos(-1.0), 0.01 * acos(-1.0)};
    size_t n_covered = 0, n_two = 0, n_right = 0;

    for (uint64_t seed = 1; seed <= SEEDS; seed++) {
        struct rng rng = rng_stream(seed, RNG_TEST, 0);
        struct coverage c;
        struct set set;

        set_create(&set, POINTS, 2);
        for (size_t i = 0; i < POINTS; i++) {
            float x[2] = {(float)rng_uniform(&rng), (float)rng_uniform(&rng)};
            size_t which;

            set_add(&set, x, is_in_discs(x, &which) ? STATE_ACCEPTED : STATE_REJECTED, true);
        }
        cover(&set, NULL, seed, &c);
        n_two += c.n_parts == 2;
        for (size_t k = 0; k < 2 && c.n_parts == 2; k++)
            n_covered += fabs(c.parts[k].volume - truth[k]) < c.parts[k].volume_error;
        for (size_t i = 0; i < set.n && c.n_parts == 2; i++) {
            size_t which, part = c.part[i];
            bool is_in = is_in_discs(set.x + i * 2, &which);

            n_right += is_in ? part == 1 - which : part == SIZE_MAX;
        }
        if (seed == 1)
            ok(c.n_gaps == 0 && isnan(c.empty) && isnan(c.evenness),
               "nothing is said of gaps and evenness without a learner");
        coverage_free(&c);
        set_free(&set);
    }
    ok(n_two > SEEDS * 95 / 100, "two discs are two components in %zu of %d samples", n_two, SEEDS);
    ok(n_right == n_two * POINTS, "every point has its component");
    /* 68.3 % of 2 * 200, whose binomial error is 2.3 % */
    ok(n_covered > 2 * n_two * 61 / 100 && n_covered < 2 * n_two * 76 / 100,
       "their volumes are within the error %zu times of %zu", n_covered, 2 * n_two);
}

static void test_nothing(void)
{
    struct coverage c;
    struct set set;

    set_create(&set, 1, 3);
    cover(&set, NULL, 1, &c);
    ok(c.n_parts == 0 && c.n_gaps == 0 && c.n_accepted == 0, "no points at all");
    coverage_free(&c);
    set_add(&set, (const float[3]){0.5f, 0.5f, 0.5f}, STATE_ACCEPTED, false);
    cover(&set, NULL, 1, &c);
    ok(c.n_parts == 1 && c.parts[0].n == 1 && c.parts[0].share == 1.0 && isnan(c.parts[0].volume),
       "one point, not uniform: a component of unknown volume");
    coverage_free(&c);
    set_free(&set);
}

/* ---- with one -------------------------------------------------------------------------------- */

struct trained {
    struct loop loop;
    struct ensemble *model;
};

/* What is to be told by a model: networks alone are the quickest to be asked. */
static void train(struct trained *t, const struct problem *problem, enum search_learner learner,
                  size_t start, size_t calls, uint64_t seed)
{
    struct err err = ERR_INIT;

    if (loop_open(&t->loop, problem, METHOD_CLASSIFIER, seed, &err) != 0)
        bail_out("no survey: %s", err.message);
    t->loop.made.scan.search.learner = learner;
    t->loop.made.scan.search.start = start;
    if (loop_begin(&t->loop, &err) != 0)
        bail_out("no survey: %s", err.message);
    while (t->loop.n_calls < calls)
        if (loop_step(&t->loop, &err) != 0)
            bail_out("no round: %s", err.message);
    t->model = survey_ensemble(&t->loop.made.scan, t->loop.problem->d, t->loop.judge,
                               t->loop.carry.data, t->loop.carry.len, &err);
    if (t->model == NULL)
        bail_out("no model: %s", err.message);
}

static void untrain(struct trained *t)
{
    ensemble_free(t->model);
    loop_close(&t->loop);
}

static bool is_in_target(const struct trained *t, const float *x)
{
    double unit[PROBLEM_MAX_DIMS], row[PROBLEM_MAX_DIMS + 2], margins[64];
    struct verdict verdict;

    for (size_t j = 0; j < t->loop.problem->d; j++)
        unit[j] = (double)x[j];
    loop_eval(&t->loop, unit, row, &verdict, margins);
    return verdict.label > 0;
}

/* n points of the target drawn evenly, and the misses on the way as uniform points. */
static void add_even(const struct trained *t, size_t n, struct rng *rng, struct set *set)
{
    float x[PROBLEM_MAX_DIMS];

    while (n > 0) {
        for (size_t j = 0; j < set->d; j++)
            x[j] = (float)rng_uniform(rng);
        if (!is_in_target(t, x))
            continue;
        set_add(set, x, STATE_ACCEPTED, false);
        n--;
    }
}

static size_t cell_of(const struct trained *t, const float *x)
{
    const struct problem *p = t->loop.problem;
    double row[PROBLEM_MAX_DIMS];

    for (size_t j = 0; j < p->d; j++)
        row[j] = p->low + (double)x[j] * (p->high - p->low);
    return p->cell(p->d, row);
}

/* The survey itself: every shell is a component, with its volume. */
static void test_shells(struct trained *t)
{
    struct err err = ERR_INIT;
    struct coverage c;
    double truth = t->loop.problem->share / 13, worst = 0;
    size_t n_near = 0;

    if (survey_cover(t->loop.survey, &t->loop.made.scan, t->loop.carry.data, t->loop.carry.len, &c,
                     &err) != 0)
        bail_out("survey_cover: %s", err.message);
    is_size(c.n_parts, 13, "13 shells are 13 components");
    is_uint(c.n_accepted, t->loop.n_accepted, "of all accepted points");
    for (size_t k = 0; k < c.n_parts; k++) {
        double pull = fabs(c.parts[k].volume - truth) / c.parts[k].volume_error;

        worst = fmax(worst, pull);
        n_near += pull < 2;
        if (k > 0 && c.parts[k].n > c.parts[k - 1].n)
            ok(false, "the largest population comes first");
    }
    ok(n_near >= 11, "volumes of %zu of 13 are within two errors (worst pull %.1f)", n_near, worst);
    ok(fabs(c.predicted - 13 * truth) < 3 * c.predicted_error, "so is the whole");
    ok(c.empty < 0.01 * c.predicted, "hardly anything is empty (%.2g)", c.empty);
    coverage_free(&c);
}

/* Without the points of one shell, or of the half of one: that is a gap, and of that size. */
static void test_gap(const struct trained *t, bool is_whole)
{
    enum { EVEN = 2500 };
    struct rng rng = rng_stream(7, RNG_TEST, is_whole);
    struct set all, set;
    struct coverage c;
    size_t n_away = 0, n_wrong = 0, cell, d = t->loop.problem->d;
    double truth = t->loop.problem->share / 13;

    set_create(&all, EVEN, d);
    set_create(&set, EVEN, d);
    add_even(t, EVEN, &rng, &all);
    cell = cell_of(t, all.x);
    for (size_t i = 0; i < EVEN; i++) {
        bool is_away = cell_of(t, all.x + i * d) == cell && (is_whole || all.x[i * d] < all.x[0]);

        n_away += is_away;
        if (!is_away)
            set_add(&set, all.x + i * d, STATE_ACCEPTED, false);
    }
    truth *= is_whole ? 1.0 : (double)n_away * 13 / EVEN;
    cover(&set, t->model, 3, &c);
    is_size(c.n_parts, is_whole ? 12 : 13, "%s shell is empty: components that are known",
            is_whole ? "a whole" : "the half of a");
    if (c.n_gaps == 0)
        bail_out("no gap was found");
    ok(c.gaps[0].is_apart == is_whole, "... the largest gap is %s", is_whole ? "apart" : "in one");
    ok(c.gaps[0].volume > 0.5 * truth && c.gaps[0].volume < 1.3 * truth,
       "... and has its volume: %.2g of %.2g", c.gaps[0].volume, truth);
    ok(c.n_gaps == 1 || c.gaps[1].volume < 0.2 * truth, "... there is no other of that size");
    for (size_t i = 0; i < c.gaps[0].n_places; i++)
        n_wrong += cell_of(t, c.gaps[0].places + i * d) != cell;
    ok(c.gaps[0].n_places > 1 && n_wrong == 0, "... its %zu places lie in it", c.gaps[0].n_places);
    ok(c.gaps[0].distance >= c.gap_from &&
           memcmp(c.gaps[0].at, c.gaps[0].places, d * sizeof(float)) == 0,
       "... the first is the farthest from everybody");
    coverage_free(&c);
    set_free(&all);
    set_free(&set);
}

/* A point that failed has been run: around it nothing is empty. */
static void test_failures_count(const struct trained *t)
{
    enum { EVEN = 2500 };
    struct rng rng = rng_stream(8, RNG_TEST, 0);
    struct set set;
    struct coverage c;

    set_create(&set, EVEN, t->loop.problem->d);
    add_even(t, EVEN, &rng, &set);
    for (size_t i = 0; i < EVEN; i++)
        if (cell_of(t, set.x + i * set.d) == cell_of(t, set.x))
            set.state[i] = STATE_FAILED;
    cover(&set, t->model, 3, &c);
    ok(c.empty < 0.01 * c.predicted, "where points were run and failed is no gap (%.2g)", c.empty);
    coverage_free(&c);
    set_free(&set);
}

/* The same input, the same answer. */
static void test_repeats(const struct trained *t)
{
    struct rng rng = rng_stream(9, RNG_TEST, 0);
    struct set set;
    struct coverage a, b;

    set_create(&set, 500, t->loop.problem->d);
    add_even(t, 500, &rng, &set);
    cover(&set, t->model, 5, &a);
    cover(&set, t->model, 5, &b);
    ok(a.predicted == b.predicted && a.evenness == b.evenness && a.n_gaps == b.n_gaps &&
           a.empty == b.empty,
       "asked again it says the same");
    coverage_free(&a);
    coverage_free(&b);
    set_free(&set);
}

/* Even samples are told to be even as often as the error says, and have no gaps; uneven ones are
 * found out. */
static void test_evenness(void)
{
    enum { SEEDS = 24, UNEVEN = 8, EVEN = 1000 };
    struct trained t = {0};
    double pull = 0, squares = 0, empty = 0, uneven = 0;
    size_t n_seen = 0;

    train(&t, problem_find("cos2"), LEARNER_NETWORK, 1000, 1600, 1);
    for (uint64_t seed = 1; seed <= SEEDS; seed++) {
        struct rng rng = rng_stream(seed, RNG_TEST, 2);
        struct coverage c;
        struct set set;

        set_create(&set, EVEN, 2);
        add_even(&t, EVEN, &rng, &set);
        cover(&set, t.model, seed, &c);
        pull += (c.evenness - 0.5) / c.evenness_error / SEEDS;
        squares += pow((c.evenness - 0.5) / c.evenness_error, 2) / SEEDS;
        empty += c.empty / c.predicted / SEEDS;
        coverage_free(&c);
        if (seed > UNEVEN) {
            set_free(&set);
            continue;
        }
        /* three of four points of the left half are taken away */
        for (size_t i = 0, n = set.n, kept = set.n = 0; i < n; i++) {
            if (set.x[i * 2] > 0.5f || kept++ % 4 == 0)
                set_add(&set, set.x + i * 2, STATE_ACCEPTED, false);
        }
        cover(&set, t.model, seed, &c);
        uneven += (c.evenness - 0.5) / c.evenness_error / UNEVEN;
        n_seen += c.evenness > 0.5 + 2 * c.evenness_error;
        coverage_free(&c);
        set_free(&set);
    }
    ok(fabs(pull) < 0.6, "even samples: the mean pull of the AUC is %.2f", pull);
    ok(squares > 0.4 && squares < 1.8, "... the mean square pull is %.2f", squares);
    ok(empty < 0.005, "... a share of %.4f is empty", empty);
    ok(uneven > 3, "samples with a thin half are %.1f errors from even", uneven);
    ok(n_seen > UNEVEN * 9 / 10, "... and found out %zu times of %d", n_seen, UNEVEN);
    test_repeats(&t);
    untrain(&t);
}

enum { BALL = 5 };
static void eval_ball(size_t d, const double *x, double *out)
{
    double squares = 0;

    for (size_t j = 0; j < d; j++)
        squares += x[j] * x[j];
    out[0] = sqrt(squares);
}

/* In five dimensions the neighbours of a point are as far as the target is wide: a layer below its
 * surface that holds more than its share of the points is found out all the same. */
static void test_layer(void)
{
    enum { SEEDS = 4, EVEN = 2500 };
    static const struct problem ball = {"ball",    BALL,  -1.0, 1.0,  {"O0 < 0.8"}, 1,
                                        eval_ball, 0.054, 0,    NULL, NULL};
    struct trained t = {0};
    double even = 0, squares = 0, uneven = 0;
    size_t n_seen = 0;

    train(&t, &ball, LEARNER_NETWORK, 1000, 2000, 1);
    for (uint64_t seed = 1; seed <= SEEDS; seed++) {
        struct rng rng = rng_stream(seed, RNG_TEST, 3);
        struct coverage c;
        struct set set;

        set_create(&set, EVEN, BALL);
        add_even(&t, EVEN, &rng, &set);
        cover(&set, t.model, seed, &c);
        even += (c.evenness - 0.5) / c.evenness_error / SEEDS;
        squares += pow((c.evenness - 0.5) / c.evenness_error, 2) / SEEDS;
        coverage_free(&c);
        for (size_t i = 0, n = set.n, kept = set.n = 0; i < n; i++) {
            double share = 0;

            for (size_t j = 0; j < BALL; j++)
                share += pow(((double)set.x[i * BALL + j] - 0.5) / 0.4, 2);
            share = pow(share, 0.5 * BALL); /* of the ball's volume */
            if ((share > 0.6 && share < 0.9) || kept++ % 5 < 2)
                set_add(&set, set.x + i * BALL, STATE_ACCEPTED, false);
        }
        cover(&set, t.model, seed, &c);
        uneven += (c.evenness - 0.5) / c.evenness_error / SEEDS;
        n_seen += c.evenness > 0.5 + 2 * c.evenness_error;
        coverage_free(&c);
        set_free(&set);
    }
    ok(fabs(even) < 1.2 && squares < 3.0, "an even ball: pulls of %.2f, %.2f in square", even,
       squares);
    ok(uneven > 2.5, "a crowded layer is %.1f errors from even", uneven);
    ok(n_seen >= SEEDS - 1, "... and found out %zu times of %d", n_seen, SEEDS);
    untrain(&t);
}

/* A process that answers alone has nobody to disagree with, and is in doubt all the same. */
static void test_alone(void)
{
    enum { SEEDS = 4, EVEN = 50 };
    double squares = 0, width = 0;

    for (uint64_t seed = 1; seed <= SEEDS; seed++) {
        struct rng rng = rng_stream(seed, RNG_TEST, 3);
        struct trained t = {0};
        struct coverage c;
        struct set set;

        train(&t, problem_find("himboo"), LEARNER_KERNEL, 200, 500, seed);
        set_create(&set, EVEN, 2);
        add_even(&t, EVEN, &rng, &set);
        cover(&set, t.model, seed, &c);
        squares += pow((c.predicted - t.loop.problem->share) / c.predicted_error, 2) / SEEDS;
        width += c.predicted_error / t.loop.problem->share / SEEDS;
        coverage_free(&c);
        set_free(&set);
        untrain(&t);
    }
    ok(squares < 2 && width < 1,
       "a process alone: the volume is %.1f of its errors off (RMS), which are %.2f of it",
       sqrt(squares), width);
}

/* ---- what is foreseen ------------------------------------------------------------------------ */

static void test_foreseen(void)
{
    enum { SEEDS = 2000 };
    struct foreseen f = survey_foreseen(0, 3);
    uint8_t list[500];
    size_t n_covered = 0;

    ok(f.lo == 0 && fabs(f.hi - 0.5615) < 1e-3, "0 of 3: up to %.3f", f.hi);
    f = survey_foreseen(8, 10);
    ok(fabs(f.lo - 0.4902) < 1e-3 && fabs(f.hi - 0.9433) < 1e-3, "8 of 10: %.3f .. %.3f", f.lo,
       f.hi);
    ok(survey_foreseen(72, 72).lo < 0.95 && survey_foreseen(73, 73).lo >= 0.95,
       "73 without a miss make 95 %%");
    ok(isnan(survey_foreseen(0, 0).share), "nothing is known of nothing");
    for (size_t i = 0; i < 500; i++)
        list[i] = i >= 100;
    ok(survey_foreseen_lately(90, list).n == 90 && survey_foreseen_lately(150, list).n == 100 &&
           survey_foreseen_lately(500, list).n == 250,
       "the latest half, and not fewer than 100");
    is_uint(survey_foreseen_lately(150, list).n_foreseen, 50, "... of the latest ones");
    is_uint(survey_foreseen_lately(500, list).n_foreseen, 250, "... old misses are forgotten");
    ok(survey_tests_learner(ORIGIN_EXPLORE, 0.0f) && !survey_tests_learner(ORIGIN_EXPLORE, NAN) &&
           !survey_tests_learner(ORIGIN_LEARNED, 0.9f) && !survey_tests_learner(ORIGIN_START, 0.9f),
       "only uniform points that the learner was asked about test it");
    for (uint64_t seed = 1; seed <= SEEDS; seed++) {
        struct rng rng = rng_stream(seed, RNG_TEST, 3);

        for (size_t i = 0; i < 300; i++)
            list[i] = rng_uniform(&rng) < 0.9;
        f = survey_foreseen_lately(300, list);
        n_covered += f.lo <= 0.9 && 0.9 <= f.hi;
    }
    ok(n_covered > SEEDS * 93 / 100 && n_covered < SEEDS * 98 / 100,
       "the interval holds the truth %zu times of %d", n_covered, SEEDS);
}

/* ---- health ---------------------------------------------------------------------------------- */

static void cause_is(struct health h, enum health_cause cause, const char *part, const char *name)
{
    char words[HEALTH_WORDS];
    enum health_cause got = survey_health(&h, words);

    ok(got == cause && (part == NULL ? words[0] == '\0' : strstr(words, part) != NULL), "%s: %s",
       name, words);
}

static void test_health(void)
{
    struct health h = {.learned = 1000,
                       .learned_accepted = 600,
                       .uniform = 1000,
                       .uniform_accepted = 20,
                       .accepted = 500,
                       .promised = 0.6,
                       .auc = 0.95};
    size_t n_false = 0, n_true = 0;

    cause_is(h, HEALTH_FINE, NULL, "most proposals are accepted");
    h.learned_accepted = 20;
    cause_is(h, HEALTH_CALIBRATION, "promised 60 %", "a good AUC, and broken promises");
    h.auc = 0.55;
    cause_is(h, HEALTH_NOISE, "AUC 0.55", "no better than random on held-out points either");
    h.accepted = 5;
    cause_is(h, HEALTH_FEW, "5 accepted points", "five accepted points");
    h.learned_failed = 700;
    cause_is(h, HEALTH_FAILURES, "70 %", "most of them fail");
    h.accepted = 0;
    cause_is(h, HEALTH_FINE, NULL, "nothing accepted at all: that is said elsewhere");
    h.accepted = 500;
    h.learned = 100;
    cause_is(h, HEALTH_FINE, NULL, "too few proposals to tell");
    h.learned = 1000;
    h.uniform_accepted = 700;
    cause_is(h, HEALTH_FINE, NULL, "random points do well: there is nothing to gain");
    for (uint64_t seed = 1; seed <= 1000; seed++) {
        struct rng rng = rng_stream(seed, RNG_TEST, 4);
        char words[HEALTH_WORDS];
        struct health r = {.learned = 500, .uniform = 1000, .accepted = 100, .auc = 0.9};

        for (size_t i = 0; i < 1000; i++)
            r.uniform_accepted += rng_uniform(&rng) < 0.03;
        r.learned_accepted = 0;
        for (size_t i = 0; i < 500; i++)
            r.learned_accepted += rng_uniform(&rng) < 0.03;
        n_true += survey_health(&r, words) != HEALTH_FINE;
        for (size_t i = 0; i < 500; i++)
            r.learned_accepted += rng_uniform(&rng) < 0.07;
        n_false += survey_health(&r, words) != HEALTH_FINE;
    }
    ok(n_true > 950, "random proposals are told %zu times of 1000", n_true);
    ok(n_false < 50, "proposals three times as good are blamed %zu times of 1000", n_false);
}

int main(void)
{
    struct trained shells = {0};

    mat_setup();
    test_foreseen();
    test_health();
    test_nothing();
    test_volumes_alone();
    train(&shells, problem_find("shells3"), LEARNER_AUTO, 1000, 2500, 1);
    test_shells(&shells);
    test_gap(&shells, true);
    test_gap(&shells, false);
    test_failures_count(&shells);
    untrain(&shells);
    test_evenness();
    test_layer();
    test_alone();
    return done_testing();
}
