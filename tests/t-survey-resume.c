/* t-survey-resume.c: a proposal is a function of (scan, seed, points of its rounds, carry): the
 * order of adding, later points, a new survey and a process of its own change nothing; pins,
 * failures and cuts do what they should. */
#include "tap.h"

#include "search-problems.h"

#include <math.h>
#include <stdlib.h>

enum { POINTS = 900, DIMS = 2, MARGINS = 3 };

struct stored {
    struct survey_point point[POINTS];
    double unit[POINTS * DIMS], margins[POINTS * MARGINS];
};

static void open_loop(struct loop *loop)
{
    struct err err = ERR_INIT;

    if (loop_open(loop, problem_find("himboo"), METHOD_CLASSIFIER, 11, &err) != 0)
        bail_out("no loop: %s", err.message);
    loop->made.scan.search.members = 2;
    loop->made.scan.search.hidden = 16;
    loop->made.scan.search.steps = 20;
    loop->made.scan.search.start = 400;
    loop->settings.batch = 100;
    if (loop_begin(loop, &err) != 0)
        bail_out("no survey: %s", err.message);
}

/* Three rounds of uniform points, judged; some failed. */
static void make_points(const struct loop *loop, struct stored *s)
{
    for (size_t i = 0; i < POINTS; i++) {
        struct rng rng = rng_stream(1, RNG_TEST, i);
        double row[PROBLEM_MAX_DIMS + 2], *unit = s->unit + i * DIMS;
        struct verdict verdict;

        for (size_t j = 0; j < DIMS; j++)
            unit[j] = rng_uniform(&rng);
        loop_eval(loop, unit, row, &verdict, s->margins + i * MARGINS);
        s->point[i] =
            (struct survey_point){.id = i + 1,
                                  .round = (uint32_t)(i / 300),
                                  .origin = ORIGIN_START,
                                  .density = 1.0,
                                  .state = verdict.label > 0 ? STATE_ACCEPTED : STATE_REJECTED,
                                  .unit = unit,
                                  .margins = s->margins + i * MARGINS};
        if (unit[0] < 0.1) {
            s->point[i].state = STATE_FAILED;
            s->point[i].margins = NULL;
        }
    }
}

static void add(struct survey *survey, const struct stored *s, const size_t *order, size_t n)
{
    struct err err = ERR_INIT;

    for (size_t i = 0; i < n; i++) {
        if (survey_add(survey, 1, &s->point[order ? order[i] : i], &err) != 0)
            bail_out("survey_add: %s", err.message);
    }
}

static struct survey_batch propose(struct loop *loop, uint32_t round, uint32_t upto,
                                   const struct buf *carry)
{
    struct err err = ERR_INIT;
    struct survey_snapshot *shot =
        survey_snapshot(loop->survey, round, upto, &loop->settings, &err);
    struct survey_batch batch;

    if (!shot || survey_propose(shot, 1000 + 100 * (uint64_t)round, carry ? carry->data : NULL,
                                carry ? carry->len : 0, &batch, &err) != 0)
        bail_out("nothing proposed: %s", err.message);
    survey_snapshot_free(shot);
    return batch;
}

static bool is_same(const struct survey_batch *a, const struct survey_batch *b)
{
    return a->n == b->n && memcmp(a->units, b->units, a->n * DIMS * sizeof *a->units) == 0 &&
           memcmp(a->origin, b->origin, a->n * sizeof *a->origin) == 0 &&
           memcmp(a->predicted, b->predicted, a->n * sizeof *a->predicted) == 0 &&
           a->carry.len == b->carry.len && memcmp(a->carry.data, b->carry.data, a->carry.len) == 0;
}

static void check_order(const struct stored *s)
{
    struct loop first, second;
    struct survey_batch a, b, a2, b2;
    struct rng rng = rng_stream(2, RNG_TEST, 0);
    size_t order[POINTS];

    for (size_t i = 0; i < POINTS; i++)
        order[i] = i;
    rng_shuffle(&rng, order, POINTS);
    open_loop(&first);
    add(first.survey, s, NULL, 600);
    a = propose(&first, 3, 1, NULL);
    open_loop(&second);
    add(second.survey, s, order, POINTS); /* shuffled, and round 2 is there already */
    b = propose(&second, 3, 1, NULL);
    ok(a.was_trained && a.n == 100, "a round is proposed by a model");
    ok(is_same(&a, &b), "neither the order of adding nor later points change it");
    add(first.survey, s, NULL, POINTS);
    a2 = propose(&first, 4, 2, &a.carry);
    b2 = propose(&second, 4, 2, &b.carry);
    ok(is_same(&a2, &b2), "nor the next one, with the carried model");
    survey_batch_free(&b2);
    b2 = propose(&second, 4, 2, NULL);
    ok(!is_same(&a2, &b2), "which does matter");
    survey_batch_free(&b2);
    loop_close(&second);
    open_loop(&second);
    add(second.survey, s, NULL, POINTS);
    b2 = propose(&second, 4, 2, &a.carry);
    ok(is_same(&a2, &b2), "a survey made anew goes on in the same way");
    survey_batch_free(&a);
    survey_batch_free(&b);
    survey_batch_free(&a2);
    survey_batch_free(&b2);
    loop_close(&first);
    loop_close(&second);
}

static void check_shares(const struct stored *s)
{
    struct loop loop;
    struct survey_batch batch;
    const double pins[] = {0.2, 0.3, 0.25, 0.31};
    size_t count[N_ORIGINS] = {0}, n_in_pin = 0, n_wrong = 0, n_failing = 0, n_drawn = 0;

    open_loop(&loop);
    add(loop.survey, s, NULL, POINTS);
    loop.settings.pins = pins;
    loop.settings.n_pins = 1;
    loop.settings.pin_share = 0.2;
    loop.settings.explore = 0.25;
    batch = propose(&loop, 4, 2, NULL);
    for (size_t i = 0; i < batch.n; i++) {
        const double *u = batch.units + i * DIMS;
        bool is_uniform = batch.origin[i] == ORIGIN_EXPLORE;

        count[batch.origin[i]]++;
        n_in_pin += batch.origin[i] == ORIGIN_PIN && u[0] >= 0.2 && u[0] <= 0.25 && u[1] >= 0.3 &&
                    u[1] <= 0.31;
        n_drawn += batch.origin[i] == ORIGIN_LEARNED && !isnan(batch.density[i]);
        n_wrong += is_uniform ? !(batch.density[i] > 0.25 && batch.density[i] < 100.0)
                              : batch.origin[i] != ORIGIN_LEARNED && !isnan(batch.density[i]);
        n_failing += !is_uniform && batch.origin[i] != ORIGIN_PIN && u[0] < 0.1;
    }
    is_size(count[ORIGIN_PIN], 20, "a fifth in the pinned box");
    is_size(n_in_pin, 20, "... really in it");
    ok(count[ORIGIN_EXPLORE] >= 20, "a quarter of the rest is uniform (%zu)",
       count[ORIGIN_EXPLORE]);
    ok(count[ORIGIN_LEARNED] + count[ORIGIN_LOCAL] > 40, "and the rest is learned");
    is_size(n_wrong, 0, "uniform points have a density, pinned and local ones none");
    ok(n_drawn > 0 && n_drawn <= 12, "a few points are drawn with a density (%zu)", n_drawn);
    ok(n_failing <= 3, "where the chain fails nothing much is proposed (%zu)", n_failing);
    has_str(batch.metrics_json, "\"auc\":", "figures for the table of rounds");
    has_str(batch.metrics_json, "\"loss\":[[", "with the curve of the loss");
    has_str(batch.metrics_json, "\"purity_in\":1,\"purity_out\":1,", "how pure each class is");
    has_str(batch.metrics_json, "\"precision\":", "what came of the latest known round");
    has_str(batch.metrics_json, "\"aim\":\"cover\",\"learner\":\"auto\"", "what was asked for");
    has_str(batch.metrics_json, "\"kernel_log_loss\":", "what the choice was made by");
    has_str(batch.metrics_json, "\"smote_share\":0", "and the share of synthetic rows");
    ok(batch.metrics_json[0] == '{' && batch.metrics_json[strlen(batch.metrics_json) - 1] == '}' &&
           !strstr(batch.metrics_json, "nan"),
       "as a JSON object");
    survey_batch_free(&batch);
    loop.settings.explore = 1.0;
    loop.settings.n_pins = 0;
    batch = propose(&loop, 4, 2, NULL);
    for (size_t i = 0; i < batch.n; i++)
        n_wrong += batch.origin[i] != ORIGIN_EXPLORE;
    ok(n_wrong == 0 && !batch.was_trained, "explore 100 %% needs no model");
    survey_batch_free(&batch);
    loop_close(&loop);
}

static void check_beginning(const struct stored *s)
{
    struct loop loop;
    struct survey_batch batch;
    struct err err = ERR_INIT;
    const char *bad = "this is no carry, but it is longer than the head of one is";
    struct buf junk;

    open_loop(&loop);
    batch = propose(&loop, 0, UINT32_MAX, NULL);
    is_size(batch.n, 400, "round 0 is the start design");
    ok(batch.origin[0] == ORIGIN_START && batch.density[399] == 1.0, "of uniform points");
    survey_batch_free(&batch);
    batch = propose(&loop, 1, UINT32_MAX, NULL);
    ok(batch.n == 100 && batch.origin[0] == ORIGIN_START, "nothing is known: uniform again");
    survey_batch_free(&batch);
    add(loop.survey, s, NULL, POINTS);
    buf_init(&junk, 1000);
    if (buf_puts(&junk, bad, &err) != 0)
        bail_out("no memory");
    batch = propose(&loop, 4, 2, &junk);
    ok(batch.was_trained, "a carry that is none is left alone");
    survey_batch_free(&batch);
    buf_free(&junk);
    loop_close(&loop);
}

/* Every allocation of a proposal fails once: an error each time, never a crash or a leak. */
static void check_memory(const struct stored *s)
{
    struct loop loop;
    struct survey_batch batch;
    unsigned long n = 0;
    size_t n_refused = 0;
    bool is_done = false;
    struct err begin = ERR_INIT;

    open_loop(&loop);
    survey_free(loop.survey);
    loop.made.scan.search.members = 1;
    loop.made.scan.search.steps = 2;
    loop.survey = survey_create(&loop.made.scan, loop.judge, &begin);
    add(loop.survey, s, NULL, 150);
    loop.settings.batch = 20;
    while (!is_done && n < 3000) {
        struct err err = ERR_INIT;
        struct survey_snapshot *shot;
        int rc = -1;

        mem_fail_at(n + 1);
        shot = survey_snapshot(loop.survey, 2, 0, &loop.settings, &err);
        if (shot)
            rc = survey_propose(shot, 500, NULL, 0, &batch, &err);
        mem_fail_at(0);
        if (rc == 0) {
            /* either no allocation was left to fail, or one that is not needed failed */
            survey_batch_free(&batch);
            is_done = ++n_refused > 40;
        } else if (err.code != ERR_MEMORY) {
            fail("allocation %lu: error %s", n, err_name(err.code));
        }
        survey_snapshot_free(shot);
        n += n < 120 ? 1 : 7;
    }
    ok(is_done, "each allocation may fail (%lu tried)", n);
    loop_close(&loop);
}

int main(void)
{
    static struct stored stored;
    struct loop loop;

    mat_setup();
    open_loop(&loop);
    make_points(&loop, &stored);
    loop_close(&loop);
    check_order(&stored);
    check_shares(&stored);
    check_beginning(&stored);
    check_memory(&stored);
    return done_testing();
}
