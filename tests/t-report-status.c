/* t-report-status.c: the figures of status: who runs, what the learner is worth, how much is
 * covered, which goal counts; and how numbers are written. */
#include "t-store-help.h"

#include "../src/report/private.h"

#include <jansson.h>

static void is_number(double value, int digits, const char *want)
{
    char text[TEXT_DOUBLE_SIZE];

    is_str(words_number(text, value, digits), want, "number %s", want);
}

static void is_percent(uint64_t n, uint64_t of, const char *want)
{
    char text[TEXT_DOUBLE_SIZE];

    is_str(words_percent(text, n, of), want, "share %s", want);
}

static void is_estimate(double value, double error, const char *want)
{
    char text[64];

    is_str(words_estimate(text, sizeof text, value, error), want, "estimate %s", want);
}

static void is_range(enum prior_kind kind, double lo, double hi, const char *want)
{
    char text[64];

    is_str(words_range(text, sizeof text, kind, lo, hi), want, "range %s", want);
}

static void test_words(void)
{
    is_number(1000, 3, "1000");
    is_number(999999, 3, "999999");
    is_number(1234567, 3, "1.23e+06");
    is_number(0.00241, 2, "0.0024");
    is_number(0, 3, "0");
    is_number(NAN, 3, "-");
    is_percent(100, 100, "100 %");
    is_percent(0, 7, "0 %");
    is_percent(0, 0, "0 %");
    is_percent(997, 1000, "99.7 %");
    is_percent(99999, 100000, "above 99.9 %");
    is_percent(1, 1000000, "below 0.01 %");
    is_percent(1, 3, "33.3 %");
    is_percent(1, 20, "5.0 %");
    is_estimate(0.00241, 0.00113, "0.0024 +- 0.0011");
    is_estimate(0.5, 0.25, "0.50 +- 0.25");
    is_estimate(2.41e-7, 1.13e-7, "(2.4 +- 1.1)e-07");
    is_range(PRIOR_UNIFORM, 505.2, 1000, "505 .. 1000");
    is_range(PRIOR_UNIFORM, 124.93, 125.48, "124.93 .. 125.48");
    is_range(PRIOR_UNIFORM, -0.0353, 0.0442, "-0.035 .. 0.044");
    is_range(PRIOR_UNIFORM, 1e-3, 50, "0.00100 .. 50.0");
    is_range(PRIOR_UNIFORM, 5, 5, "5.00 .. 5.00");
    is_range(PRIOR_LOG, 0.0025, 0.3321, "0.00250 .. 0.332");
    is_range(PRIOR_INTEGER, 1, 4, "1 .. 4");
    is_range(PRIOR_INTEGER, 4, 4, "4");
    is_range(PRIOR_CHOICE, -1, 1, "-1 .. 1");
    is_range(PRIOR_CHOICE, 0.5, 1, "0.50 .. 1.00");
}

static size_t n_failing;    /* so many points, the last ones, fail */
static const char *figures; /* of the learner, in the round */

/* One learned round of `n` points from `first`, `n_good` of them accepted, promised as given; the
 * first n_uniform were drawn uniformly (or, below 0, in a pinned box) and the learner thought
 * nothing of every other of those. */
static void add_round(struct store *store, uint32_t number, uint64_t first, size_t n, size_t n_good,
                      int n_uniform, double promised)
{
    size_t n_others = (size_t)abs(n_uniform);
    struct round_row round = {.round = number,
                              .first_id = first,
                              .n_points = (uint32_t)n,
                              .started = 1e9,
                              .ended = 2e9,
                              .promised = promised,
                              .volume = NAN,
                              .volume_error = NAN,
                              .metrics = figures};
    struct err err = ERR_INIT;
    double row[HELP_VALUES] = {0.5, 0.5, 0.5, 0.25, 1};
    size_t i;

    store_begin(store, &err);
    store_put_round(store, &round, &err);
    for (i = 0; i < n; i++) {
        struct point_new point = {.id = first + i,
                                  .round = number,
                                  .row = row,
                                  .density = NAN,
                                  .origin = i >= n_others   ? ORIGIN_LEARNED
                                            : n_uniform > 0 ? ORIGIN_EXPLORE
                                                            : ORIGIN_PIN,
                                  .predicted = i < n_others && i % 2 ? 0.1F : 0.9F};
        struct point_closed closed = {.id = first + i, .row = row, .ended = 1.5e9};

        closed.state = i < n_good ? STATE_ACCEPTED : STATE_REJECTED;
        closed.verdict.label = i < n_good;
        closed.verdict.fails = i >= n_good;
        if (i + n_failing >= n) {
            closed.state = STATE_FAILED;
            closed.verdict.label = -1;
            closed.calculator = "sums";
            closed.stage = "run";
            closed.reason = "exit";
            closed.words = "it broke";
        }
        store_insert_points(store, 1, &point, &err);
        store_close_points(store, 1, &closed, &err);
    }
    if (store_commit(store, &err) != 0)
        bail_out("%s", err.message);
}

static void status(struct store *store, struct buf *text)
{
    struct err err = ERR_INIT;

    buf_clear(text);
    ok(report_status(store, text, &err) == 0, "status %s", err.message);
}

static void is_ten_lines(const char *text)
{
    size_t n = 0;

    for (; *text; text++)
        n += *text == '\n';
    is_int((long long)n, 10, "ten lines");
}

static void test_learner(void)
{
    char path[HELP_PATH];
    struct store *store = help_create(help_path(path, "learner.db"));
    struct err err = ERR_INIT;
    struct buf text;

    buf_init(&text, 1 << 20);
    add_round(store, 0, 1, 40, 30, 4, 0.97);
    status(store, &text);
    is_ten_lines(text.data);
    has_str(text.data, "promised 97.0 %, found 72.2 +- 7.5 %", "a promise and what came");
    has_str(text.data, "in the last 1 round: promises too much", "is judged by its error");
    has_str(text.data, "covered    - (the learner foresaw 2 of 4 accepted uniform points: too few",
            "no coverage from four tests");
    store_begin(store, &err);
    store_set_meta(store, "labels from", "41", &err);
    store_commit(store, &err);
    status(store, &text);
    has_str(text.data,
            "learner    - (a cut or other ranges changed the target: not comparable yet)",
            "after a cut");
    has_str(text.data, "covered    - (no uniform point has tested", "coverage neither");
    add_round(store, 1, 41, 40, 30, 0, 0.74);
    status(store, &text);
    has_str(text.data, "found 75.0 +- 6.8 % of 40 points in the last 1 round: can be trusted",
            "only rounds since then count");
    add_round(store, 2, 81, 80, 60, 0, 0.75);
    status(store, &text);
    has_str(text.data,
            "of 120 points in the last 2 rounds: right on the whole, but P above 0.8 was "
            "0.15 too sure\n",
            "not while points that were said to be good at 0.9 are good at 0.75");
    add_round(store, 3, 161, 80, 60, 12, 0.75);
    status(store, &text);
    has_str(text.data, "covered    50 %, 95 % interval 13 .. 75 %: the learner foresaw 6 of 12",
            "coverage with its interval");
    buf_free(&text);
    store_close(store);
}

/* What was promised of the easier target is not weighed against what came of the true one. */
static void test_easier(void)
{
    char path[HELP_PATH];
    struct store *store = help_create(help_path(path, "easier.db"));
    struct buf text;

    buf_init(&text, 1 << 20);
    figures = "{\"auc\":0.9,\"relax\":0.0881,\"n_train\":40}";
    add_round(store, 0, 1, 100, 0, 0, 0.95);
    status(store, &text);
    has_str(text.data,
            "\nlearner    - (nothing accepted yet: the learner follows an easier target)\n",
            "nothing is accepted");
    add_round(store, 1, 101, 100, 75, 0, 0.95);
    status(store, &text);
    has_str(text.data, "\nlearner    - (its rounds so far were for an easier target: not",
            "the first accepted ones came of it");
    figures = "{\"auc\":0.9,\"relax\":0,\"n_train\":40}";
    add_round(store, 2, 201, 100, 90, 0, 0.9);
    status(store, &text);
    has_str(text.data, "found 90.0 +- 3.0 % of 100 points in the last 1 round: can be trusted",
            "rounds for the target count, and P of their points alone");
    figures = NULL;
    buf_free(&text);
    store_close(store);
}

/* The time left, of rounds of `each` accepted points among ten, a minute each. */
static double left_after(uint32_t n_rounds, uint32_t each, const char *text)
{
    struct round_row rounds[60];
    struct store_counts counts = {.total = 10 * n_rounds, .accepted = each * n_rounds};
    struct engine_row engine = {.beat = 1e9 + 60 * n_rounds, .active_s = 60 * n_rounds};
    struct report_pace pace = {
        .counts = &counts, .rounds = rounds, .n_rounds = n_rounds, .engine = &engine};
    struct arena *arena = arena_create();
    struct scan_goal goal;
    struct err err = ERR_INIT;
    double left_s;

    for (uint32_t i = 0; i < n_rounds; i++)
        rounds[i] = (struct round_row){.round = i,
                                       .n_points = 10,
                                       .n_closed = 10,
                                       .n_accepted = each,
                                       .started = 1e9 + 60 * i,
                                       .ended = 1e9 + 60 * (i + 1)};
    if (scan_parse_goal(text, arena, &goal, &err) != 0)
        bail_out("%s", err.message);
    left_s = report_left(&pace, &goal).s;
    arena_free(arena);
    return left_s;
}

static void test_left(void)
{
    ok(isnan(left_after(1, 4, "100 accepted")), "no time left from four accepted points");
    is_double(left_after(2, 5, "100 accepted"), 1080, 1e-9, "but from ten");
    is_double(left_after(40, 1, "100 accepted"), 3600, 1e-9,
              "more rounds are taken where few come");
    is_double(left_after(1, 0, "100 points"), 540, 1e-9, "points come at a steadier pace");
}

/* Pinned points are no promise of the learner's: 10 in a box, all of them accepted, beside 40. */
/* What was promised is about calls that run: the others are counted beside. */
static void test_failures(void)
{
    char path[HELP_PATH];
    struct store *store = help_create(help_path(path, "failures.db"));
    struct buf text;

    buf_init(&text, 1 << 20);
    n_failing = 10;
    add_round(store, 0, 1, 50, 30, 0, 0.75);
    n_failing = 0;
    status(store, &text);
    has_str(text.data,
            "promised 75.0 %, found 75.0 +- 6.8 % of 40 that ran (10 more failed), last 1 round: ",
            "those that failed are told");
    buf_free(&text);
    store_close(store);
}

static void test_pins(void)
{
    char path[HELP_PATH];
    struct store *store = help_create(help_path(path, "pins.db"));
    struct err err = ERR_INIT;
    struct arena *arena = arena_create();
    struct round_row *rounds;
    struct buf text;
    uint64_t n_accepted;
    size_t n;

    buf_init(&text, 1 << 20);
    add_round(store, 0, 1, 50, 40, -10, 0.75);
    status(store, &text);
    has_str(text.data, "promised 75.0 %, found 75.0 +- 6.8 % of 40 points", "pins are left out");
    store_rounds(store, 0, arena, &rounds, &n, &err);
    is_int(rounds[0].n_pinned, 10, "they are counted");
    is_int(rounds[0].n_pinned_accepted, 10, "as accepted");
    is_int((long long)store_round_learned(&rounds[0], &n_accepted), 40, "and the learned ones");
    is_int((long long)n_accepted, 30, "as accepted");
    buf_free(&text);
    arena_free(arena);
    store_close(store);
}

static void test_waiting(void)
{
    char path[HELP_PATH];
    struct store *store = help_create(help_path(path, "it's waiting.db"));
    struct engine_row engine = {.pid = getpid(),
                                .state = "running",
                                .beat = clock_wall_s(),
                                .started = clock_wall_s(),
                                .active_s = 1};
    struct worker_row workers[2] = {{.worker = 0, .pid = 2, .point = 5}, {.worker = 1, .pid = 3}};
    struct err err = ERR_INIT;
    json_t *root, *points;
    struct buf text;

    buf_init(&text, 1 << 20);
    gethostname(engine.host, sizeof engine.host - 1);
    help_fill(store, 1, 4);
    store_begin(store, &err);
    help_insert(store, 5, 16, &err);
    store_beat(store, &engine, &err);
    store_put_workers(store, workers, 2, &err);
    store_set_meta(store, "run goals", "7 accepted\n20 points\n", &err);
    store_commit(store, &err);
    status(store, &text);
    has_str(text.data, "; 1 runs now, 11 wait\n", "who runs and who waits");
    has_str(text.data, "it'\\''s waiting.db'\n", "a command that can be pasted");
    ok(strstr(text.data, "attach") == NULL, "no command that is not there");
    has_str(text.data, "\"7 accepted\"", "the goals of this run, not those of the file");
    buf_clear(&text);
    report_status_json(store, &text, &err);
    root = json_loads(text.data, 0, NULL);
    points = json_object_get(root, "points");
    is_int(json_integer_value(json_object_get(points, "running")), 12, "rows of state running");
    is_int(json_integer_value(json_object_get(points, "waiting")), 11, "of which wait");
    json_decref(root);
    snprintf(engine.state, sizeof engine.state, "stopped");
    engine.beat = 1e9;
    store_begin(store, &err);
    store_beat(store, &engine, &err);
    store_commit(store, &err);
    status(store, &text);
    has_str(text.data, "; 12 wait for a resume\n", "without an engine all wait");
    is_ten_lines(text.data);
    buf_free(&text);
    store_close(store);
}

/* Points at x, n_good accepted ones first, the others rejected. */
static void add_block(struct store *store, uint64_t first, size_t n, double x, size_t n_good)
{
    struct err err = ERR_INIT;
    double row[HELP_VALUES] = {x, x, x, 0.25, 1};
    size_t i;

    if (store_begin(store, &err) != 0)
        bail_out("%s", err.message);
    for (i = 0; i < n; i++) {
        struct point_new point = {.id = first + i, .row = row, .density = NAN, .predicted = NAN};
        struct point_closed closed = {.id = first + i, .row = row, .ended = 1.5e9};

        closed.state = i < n_good ? STATE_ACCEPTED : STATE_REJECTED;
        closed.verdict.label = i < n_good;
        closed.verdict.fails = i >= n_good;
        if (store_insert_points(store, 1, &point, &err) != 0 ||
            store_close_points(store, 1, &closed, &err) != 0)
            bail_out("%s", err.message);
    }
    if (store_commit(store, &err) != 0)
        bail_out("%s", err.message);
}

/* The region is that of all accepted points, also of those before the latest MORNING_RECENT, which
 * are all that the shares of the constraints are of. */
static void test_region(void)
{
    char path[HELP_PATH];
    struct store *store = help_create(help_path(path, "region.db"));
    struct morning morning;
    struct err err = ERR_INIT;
    struct buf text;

    buf_init(&text, 1 << 20);
    add_block(store, 1, 5, 0.25, 2);
    add_block(store, 6, 1, 0.125, 0);
    add_block(store, 7, 10, 0.5, 1);
    status(store, &text);
    has_str(text.data, "rejected   of 16 judged points by ", "few: all count");
    add_block(store, 17, MORNING_RECENT, 0.75, 3);
    status(store, &text);
    has_str(text.data, "rejected   of the latest 200 000 judged points by ", "a window is named");
    if (ok(morning_gather(store, &morning, &err) == 0, "gathered %s", err.message)) {
        is_double(morning.lo[0], 0.25, 0, "the first accepted point is in the region");
        is_double(morning.hi[0], 0.75, 0, "the last one too");
        is_int((long long)morning.n_recent, MORNING_RECENT, "the window is as long as it says");
        morning_free(&morning);
    }
    buf_free(&text);
    store_close(store);
}

int main(void)
{
    test_words();
    test_learner();
    test_easier();
    test_failures();
    test_pins();
    test_left();
    test_waiting();
    test_region();
    return done_testing();
}
