/* t-survey-sampled.c: the learner's sample of very many points is bounded, holds what it should,
 * and depends on nothing but the points of the rounds before: not on how often it was taken. */
#include "../src/survey/private.h"
#include "tap.h"

#include "search-problems.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { POINTS = 60000, BATCH = 400, ROUNDS = POINTS / BATCH, DIMS = 2, MARGINS = 2 };

struct made {
    struct survey_point point[POINTS];
    double unit[POINTS * DIMS], margins[POINTS * MARGINS];
    bool is_in[POINTS]; /* of the sample under test */
};

/* In the target where x + y/4 < 0.3 and y > 0.1: scales of two sizes.  They drift from round to
 * round, some points fail, some have no value. */
static void make_points(struct made *m)
{
    struct rng rng = rng_stream(5, RNG_TEST, 0);

    for (size_t i = 0; i < POINTS; i++) {
        double x = pow(rng_uniform(&rng), 1.0 + 2.0 * (double)i / POINTS), y = rng_uniform(&rng);
        double *unit = m->unit + i * DIMS, *margins = m->margins + i * MARGINS;
        bool is_accepted = x + 0.25 * y < 0.3 && y > 0.1;

        unit[0] = x;
        unit[1] = y;
        margins[0] = 0.3 - x - 0.25 * y;
        margins[1] = 100.0 * (y - 0.1);
        m->point[i] = (struct survey_point){.id = i + 1,
                                            .round = (uint32_t)(i / BATCH),
                                            .origin = i % 10 == 0 ? ORIGIN_EXPLORE : ORIGIN_LEARNED,
                                            .density = i % 10 == 0 ? 1.0 : (double)NAN,
                                            .state = is_accepted ? STATE_ACCEPTED : STATE_REJECTED,
                                            .unit = unit,
                                            .margins = margins};
        if (rng_uniform(&rng) < 0.05) {
            m->point[i].state = STATE_FAILED;
            m->point[i].margins = NULL;
        } else if (rng_uniform(&rng) < 0.01) {
            m->point[i].state = STATE_UNKNOWN;
            margins[1] = NAN;
        }
    }
}

static void open_loop(struct loop *loop)
{
    struct err err = ERR_INIT;

    if (loop_open(loop, problem_find("himboo"), METHOD_CLASSIFIER, 11, &err) != 0 ||
        loop_begin(loop, &err) != 0)
        bail_out("no survey: %s", err.message);
    mem_free(loop->survey->margins);
    loop->survey->margins = NULL;
    loop->survey->n_margins = MARGINS; /* a judge of our own: none */
}

static void add(struct survey *survey, const struct made *m, size_t from, size_t to)
{
    struct err err = ERR_INIT;

    if (survey_add(survey, to - from, m->point + from, &err) != 0)
        bail_out("survey_add: %s", err.message);
}

static struct survey_snapshot *take(struct loop *loop, uint32_t upto)
{
    struct err err = ERR_INIT;
    struct survey_snapshot *shot =
        survey_snapshot(loop->survey, upto + 1, upto, &loop->settings, &err);

    if (!shot)
        bail_out("no snapshot: %s", err.message);
    return shot;
}

static bool is_same(const struct survey_snapshot *a, const struct survey_snapshot *b)
{
    return a->n == b->n && a->n_known == b->n_known && a->n_accepted == b->n_accepted &&
           a->n_uniform == b->n_uniform && a->n_uniform_accepted == b->n_uniform_accepted &&
           a->n_last == b->n_last && a->n_last_accepted == b->n_last_accepted &&
           memcmp(a->x, b->x, a->n * DIMS * sizeof *a->x) == 0 &&
           memcmp(a->margins, b->margins, a->n * MARGINS * sizeof *a->margins) == 0 &&
           memcmp(a->label, b->label, a->n) == 0 && memcmp(a->is_failed, b->is_failed, a->n) == 0;
}

static int compare_hashes(const void *a, const void *b)
{
    uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;

    return (x > y) - (x < y);
}

/* After every round, in one go, shuffled, with later rounds there already, one round back.  swaps:
 * points of an even round have larger ids than those of the next one. */
static struct survey_snapshot *check_history(struct made *m, bool swaps)
{
    static size_t order[POINTS];
    struct loop often, once, other;
    struct survey_snapshot *a = NULL, *b, *half = NULL;
    struct rng rng = rng_stream(6, RNG_TEST, 0);
    struct err err = ERR_INIT;

    open_loop(&often);
    open_loop(&once);
    open_loop(&other);
    for (uint32_t i = 0; i < POINTS; i++)
        m->point[i].round = i / BATCH ^ swaps;
    for (uint32_t r = 0; r < ROUNDS; r++) {
        add(often.survey, m, (r ^ swaps) * BATCH, ((r ^ swaps) + 1) * BATCH);
        survey_snapshot_free(a);
        a = take(&often, r);
        if (r == ROUNDS / 2) {
            half = a;
            a = NULL;
        }
    }
    add(once.survey, m, 0, POINTS);
    b = take(&once, ROUNDS - 1);
    ok(is_same(a, b), "taken after every round or once: the same sample");
    survey_snapshot_free(b);
    b = take(&once, ROUNDS / 2);
    ok(is_same(half, b), "as it was in the middle, with later points there");
    survey_snapshot_free(b);
    for (size_t i = 0; i < POINTS; i++)
        order[i] = i;
    rng_shuffle(&rng, order, POINTS);
    for (size_t i = 0; i < POINTS; i++)
        if (survey_add(other.survey, 1, &m->point[order[i]], &err) != 0)
            bail_out("survey_add: %s", err.message);
    survey_snapshot_free(take(&other, ROUNDS - 1));
    b = take(&other, ROUNDS - 1);
    ok(is_same(a, b), "in whatever order points were added, and when it is taken again");
    survey_snapshot_free(b);
    survey_snapshot_free(half);
    loop_close(&often);
    loop_close(&once);
    loop_close(&other);
    return a;
}

/* A round that came late, and a point that was judged anew after it was in the sample. */
static void check_late(struct made *m, const struct survey_snapshot *whole)
{
    struct loop loop, fresh;
    struct survey_snapshot *a, *b;
    size_t some = 7 * BATCH + 3;
    struct survey_point before = m->point[some];

    open_loop(&loop);
    open_loop(&fresh);
    add(loop.survey, m, 0, 10 * BATCH);
    add(loop.survey, m, 11 * BATCH, POINTS);
    survey_snapshot_free(take(&loop, 9));
    add(loop.survey, m, 10 * BATCH, 11 * BATCH);
    a = take(&loop, ROUNDS - 1);
    ok(is_same(a, whole), "a round that comes after later ones is in");
    survey_snapshot_free(a);
    m->point[some].state = before.state == STATE_ACCEPTED ? STATE_REJECTED : STATE_ACCEPTED;
    add(loop.survey, m, some, some + 1);
    a = take(&loop, ROUNDS - 1);
    add(fresh.survey, m, 0, POINTS);
    b = take(&fresh, ROUNDS - 1);
    ok(is_same(a, b) && !is_same(a, whole), "a point that changed is taken as it is now");
    m->point[some] = before;
    survey_snapshot_free(a);
    survey_snapshot_free(b);
    loop_close(&loop);
    loop_close(&fresh);
}

/* Of accepted points those with the least hashes, as a plain sort finds them. */
static void check_least(const struct made *m, uint64_t seed)
{
    static uint64_t hashes[POINTS];
    size_t n = 0, n_wrong = 0;

    for (size_t i = 0; i < POINTS; i++)
        if (m->point[i].state == STATE_ACCEPTED)
            hashes[n++] = survey_hash(seed, i);
    qsort(hashes, n, sizeof *hashes, compare_hashes);
    for (size_t i = 0; i < POINTS; i++)
        if (m->point[i].state == STATE_ACCEPTED)
            n_wrong += m->is_in[i] != (survey_hash(seed, i) <= hashes[TRAIN_ACCEPTED - 1]);
    is_int((long long)n_wrong, 0, "the accepted points with the least hashes are in, no others");
}

/* Which points the sample holds, by their coordinates. */
static void find_points(struct made *m, const struct survey_snapshot *shot)
{
    size_t at = 0;

    memset(m->is_in, 0, sizeof m->is_in);
    for (size_t i = 0; i < POINTS && at < shot->n; i++) {
        if ((float)m->unit[i * DIMS] == shot->x[at * DIMS] &&
            (float)m->unit[i * DIMS + 1] == shot->x[at * DIMS + 1]) {
            m->is_in[i] = true;
            at++;
        }
    }
    is_int((long long)at, (long long)shot->n, "every row is a point, in order of id");
}

static void check_counts(const struct made *m, const struct survey_snapshot *shot)
{
    size_t n[N_STATES] = {0}, n_uniform = 0, n_uniform_accepted = 0, n_alone = 0;
    double sum[2] = {0.0, 0.0};

    for (size_t i = 0; i < POINTS; i++) {
        bool is_accepted = m->point[i].state == STATE_ACCEPTED;

        n[m->point[i].state]++;
        n_uniform += m->point[i].origin == ORIGIN_EXPLORE;
        n_uniform_accepted += m->point[i].origin == ORIGIN_EXPLORE && is_accepted;
    }
    ok(n[STATE_ACCEPTED] > TRAIN_ACCEPTED && n[STATE_REJECTED] > 2 * TRAIN_NEAR + TRAIN_REST,
       "there are more of every kind than are taken");
    is_int((long long)shot->n, TRAIN_ACCEPTED + TRAIN_NEAR + TRAIN_REST, "as many as may be");
    ok(shot->n_known == POINTS && shot->n_accepted == n[STATE_ACCEPTED] &&
           shot->n_uniform == n_uniform && shot->n_uniform_accepted == n_uniform_accepted,
       "all points are counted");
    is_int((long long)shot->n_last, BATCH - BATCH / 10, "so is the learner's choice of the last");
    for (size_t i = 0; i < shot->n; i++) {
        sum[shot->label[i] == 1] += (double)shot->weight[i];
        n_alone += shot->weight[i] == 1.0f;
    }
    ok(fabs(sum[1] - (double)n[STATE_ACCEPTED]) < 0.5 && fabs(sum[0] + sum[1] - POINTS) < 0.5,
       "rows stand for as many points as there are");
    is_int((long long)n_alone, TRAIN_NEAR, "the nearest misses for themselves alone");
}

/* The share of points of a kind that were taken, in each quarter of the scan; the rows of the
 * nearest misses are left out. */
static void check_even(const struct made *m, enum point_state state, const bool *is_near,
                       const char *what)
{
    size_t n[4] = {0}, n_in[4] = {0}, all = 0, all_in = 0;
    bool is_even = true;

    for (size_t i = 0; i < POINTS; i++) {
        bool is_rest = m->point[i].state != STATE_ACCEPTED && !is_near[i];

        if (state == STATE_ACCEPTED ? m->point[i].state != STATE_ACCEPTED : !is_rest)
            continue;
        n[4 * i / POINTS]++;
        n_in[4 * i / POINTS] += m->is_in[i];
    }
    for (size_t q = 0; q < 4; q++) {
        all += n[q];
        all_in += n_in[q];
    }
    for (size_t q = 0; q < 4; q++) {
        double p = (double)all_in / (double)all, mean = p * (double)n[q];

        is_even = is_even && fabs((double)n_in[q] - mean) < 4.0 * sqrt(mean * (1.0 - p));
    }
    ok(is_even, "%s are taken with the same chance early and late", what);
}

static int compare_doubles(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;

    return (x > y) - (x < y);
}

struct miss {
    double by;
    size_t i;
};

static int compare_misses(const void *a, const void *b)
{
    const struct miss *x = a, *y = b;

    return (x->by > y->by) - (x->by < y->by);
}

/* The nearest misses by the scales that hold for the whole, as a plain sort finds them.  The scales
 * are of the last doubling, so a few at the limit may differ. */
static void check_near(const struct made *m, bool *is_near)
{
    static struct miss misses[POINTS];
    static double size[2][POINTS];
    size_t n = 0, n_sizes = 0, n_in = 0;

    for (size_t i = 0; i < POINTS; i++)
        if (m->point[i].margins && isfinite(m->margins[i * MARGINS + 1])) {
            for (size_t k = 0; k < 2; k++)
                size[k][n_sizes] = fabs(m->margins[i * MARGINS + k]);
            n_sizes++;
        }
    qsort(size[0], n_sizes, sizeof(double), compare_doubles);
    qsort(size[1], n_sizes, sizeof(double), compare_doubles);
    for (size_t i = 0; i < POINTS; i++)
        if (m->point[i].state == STATE_REJECTED)
            misses[n++] = (struct miss){fmax(-m->margins[i * MARGINS] / size[0][n_sizes / 2],
                                             -m->margins[i * MARGINS + 1] / size[1][n_sizes / 2]),
                                        i};
    qsort(misses, n, sizeof *misses, compare_misses);
    for (size_t i = 0; i < TRAIN_NEAR; i++) {
        is_near[misses[i].i] = true;
        n_in += m->is_in[misses[i].i];
    }
    ok((double)n_in > 0.97 * TRAIN_NEAR, "the nearest misses are in: %zu of %d", n_in, TRAIN_NEAR);
}

int main(void)
{
    struct made *m = mem_new(struct made);
    bool *is_near = mem_array(POINTS, sizeof *is_near);
    struct survey_snapshot *whole;

    if (!m || !is_near)
        bail_out("no memory");
    make_points(m);
    survey_snapshot_free(check_history(m, true));
    whole = check_history(m, false);
    check_late(m, whole);
    find_points(m, whole);
    check_counts(m, whole);
    check_least(m, whole->seed);
    check_near(m, is_near);
    check_even(m, STATE_ACCEPTED, is_near, "accepted points");
    check_even(m, STATE_REJECTED, is_near, "the others");
    survey_snapshot_free(whole);
    mem_free(is_near);
    mem_free(m);
    return done_testing();
}
