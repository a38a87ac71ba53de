/* t-report-plot.c: the data of every picture are the numbers of the store. */
#include "t-plot-help.h"

enum { N = 100 };

/* ---- points --------------------------------------------------------------------------------- */

static void test_scatter(struct store *store, struct buf *text)
{
    static const struct {
        const char *name;
        enum point_state state;
    } layers[] = {{"accepted", STATE_ACCEPTED},
                  {"rejected", STATE_REJECTED},
                  {"unknown", STATE_UNKNOWN},
                  {"failed", STATE_FAILED}};
    size_t l, i;

    if (!ok(draw(store, (struct plot_options){.kind = "scatter", .x = "m0", .y = "mA"}, text),
            "scatter"))
        return;
    has_str(text->data, "# constraint low: s < 0.5", "the head tells the constraints");
    for (l = 0; l < 4; l++) {
        size_t n = 0, n_wrong = 0;
        uint64_t id;
        double row[HELP_VALUES];

        for (id = 1; id <= N; id++)
            n += help_state(id) == layers[l].state;
        ok(read_block(text, layers[l].name) && block.n == n, "%s: %zu points", layers[l].name, n);
        for (i = 0; i < block.n; i++) {
            id = (uint64_t)block.rows[i][2];
            help_row(id, row);
            n_wrong += help_state(id) != layers[l].state ||
                       fabs(block.rows[i][0] - row[0]) > 1e-8 ||
                       fabs(block.rows[i][1] - row[2]) > 1e-8;
        }
        is_size(n_wrong, 0, "which are those of the store");
    }
    ok(draw(store, (struct plot_options){.kind = "map", .x = "m0", .y = "s", .where = "id <= 40"},
            text) &&
           read_block(text, "accepted"),
       "another name for it, some points, an observable");
    for (i = 0; i < block.n && block.rows[i][2] <= 40; i++)
        ;
    is_size(i, block.n, "only those of the condition");
    read_block(text, "failed");
    ok(block.n == 1 && isnan(block.rows[0][0]), "what has no value is not drawn");
    has_str(text->data, "# only points where: id <= 40", "the condition is told");
}

static void test_heat(struct store *store, struct buf *text)
{
    double n = 0, accepted = 0, n_wrong = 0;
    size_t i, k;

    if (!ok(draw(store,
                 (struct plot_options){.kind = "scatter", .heat = HEAT_FOUND, .x = "m0", .y = "mh"},
                 text) &&
                read_block(text, "heat"),
            "scatter over the share accepted"))
        return;
    for (i = 0; i < block.n; i++) {
        const double *cell = block.rows[i];
        double here = 0, good = 0, row[HELP_VALUES];

        for (k = 1; k <= N; k++) {
            help_row(k, row);
            if (row[0] >= cell[2] && row[0] < cell[3] && row[1] >= cell[4] && row[1] < cell[5]) {
                here++;
                good += help_state(k) == STATE_ACCEPTED;
            }
        }
        n += cell[7];
        accepted += cell[8];
        n_wrong += here != cell[7] || good != cell[8] || fabs(cell[6] - good / here) > 1e-8 ||
                   !(cell[9] <= cell[6] && cell[6] <= cell[10]);
    }
    is_double(n, N, 0, "every point in a cell");
    is_double(n_wrong, 0, 0, "the cells have the points within their edges");
    ok(accepted > 0, "and accepted ones");
}

static void test_corner(struct store *store, struct buf *text)
{
    double sum = 0, n_accepted = 0, most = 0, n_wrong = 0;
    size_t i;
    uint64_t id;

    for (id = 1; id <= N; id++)
        n_accepted += help_state(id) == STATE_ACCEPTED;
    if (!ok(draw(store, (struct plot_options){.kind = "corner"}, text), "corner"))
        return;
    ok(read_block(text, "histogram 3") && !read_block(text, "histogram 4"), "of three parameters");
    read_block(text, "histogram 2");
    for (i = 0; i < block.n; i++) {
        double here = 0, row[HELP_VALUES];

        for (id = 1; id <= N; id++) {
            help_row(id, row);
            here += help_state(id) == STATE_ACCEPTED && row[1] >= block.rows[i][1] &&
                    row[1] < block.rows[i][2];
        }
        n_wrong += here != block.rows[i][3];
        sum += block.rows[i][3];
    }
    is_double(sum, n_accepted, 0, "all accepted points");
    is_double(n_wrong, 0, 0, "each in its bin");
    ok(read_block(text, "panel 3 1"), "a panel");
    for (sum = 0, i = 0; i < block.n; i++) {
        const double *cell = block.rows[i];
        double here = 0, row[HELP_VALUES];

        for (id = 1; id <= N; id++) {
            help_row(id, row);
            here += help_state(id) == STATE_ACCEPTED && row[0] >= cell[2] && row[0] < cell[3] &&
                    row[2] >= cell[4] && row[2] < cell[5];
        }
        n_wrong += here != cell[7];
        sum += cell[7];
        most = fmax(most, cell[6]);
    }
    is_double(n_wrong, 0, 0, "each in its cell");
    is_double(sum, n_accepted, 0, "has them too");
    is_double(most, 1, 0, "relative to the fullest cell");
}

/* A point that a user gave far outside of the range of a parameter does not stretch the picture;
 * where there is nothing else it is what is drawn. */
static void test_outside(struct buf *text)
{
    const struct plot_options options = {.kind = "scatter", .heat = HEAT_FOUND};
    char path[HELP_PATH];
    struct store *store = help_create(help_path(path, "outside.db"));
    struct err err = ERR_INIT;
    double row[HELP_VALUES], most = 0;
    struct point_new point = help_new(N + 1, row);
    struct point_closed closed;
    size_t i;

    help_fill(store, 1, N);
    row[0] = 7;
    if (store_begin(store, &err) != 0 || store_insert_points(store, 1, &point, &err) != 0)
        bail_out("%s", err.message);
    closed = help_closed(N + 1, row);
    row[0] = 7;
    if (store_close_points(store, 1, &closed, &err) != 0 || store_commit(store, &err) != 0)
        bail_out("%s", err.message);
    if (!ok(draw(store, options, text) && read_block(text, "heat"), "one point is outside"))
        return;
    has_str(text->data, "not in the picture: 1 point\n", "which is told");
    for (i = 0; i < block.n; i++)
        most = fmax(most, block.rows[i][3]);
    ok(most < 1.1, "the axis ends where the range does (%g)", most);
    if (!ok(draw(store,
                 (struct plot_options){.kind = "scatter", .heat = HEAT_FOUND, .where = "m0 > 2"},
                 text) &&
                read_block(text, "heat"),
            "alone"))
        return;
    ok(block.n == 1 && block.rows[0][2] <= 7 && block.rows[0][3] > 7, "it is in the picture");
    ok(strstr(text->data, "not in the picture") == NULL, "and that is not said otherwise");
    store_close(store);
}

/* A logarithm has no place for what is not above 0. */
static void test_below(struct buf *text)
{
    const struct plot_options options = {.kind = "scatter", .x_scale = SCALE_LOG};
    static const char said[] = "# 1 of 101 points have no place on a logarithmic axis and are left "
                               "out: m0 is not above 0\n";
    char path[HELP_PATH];
    struct store *store = help_create(help_path(path, "below.db"));
    struct err err = ERR_INIT;
    double row[HELP_VALUES];
    struct point_new point = help_new(N + 1, row);
    struct point_closed closed;

    help_fill(store, 1, N);
    row[0] = -1;
    if (store_begin(store, &err) != 0 || store_insert_points(store, 1, &point, &err) != 0)
        bail_out("%s", err.message);
    closed = help_closed(N + 1, row);
    row[0] = -1;
    if (store_close_points(store, 1, &closed, &err) != 0 || store_commit(store, &err) != 0)
        bail_out("%s", err.message);
    ok(draw(store, options, text) && strstr(text->data, said) != NULL,
       "it is said how many points a logarithmic axis leaves out");
    ok(draw(store, (struct plot_options){.kind = "hist", .x_scale = SCALE_LOG}, text) &&
           strstr(text->data, said) != NULL,
       "of a histogram too");
    ok(draw(store, (struct plot_options){.kind = "scatter"}, text) &&
           strstr(text->data, "logarithmic") == NULL,
       "of another axis there is nothing to say");
    store_close(store);
}

/* More points than are drawn. */
static void test_sample(struct buf *text)
{
    char path[HELP_PATH];
    struct store *store = help_create(help_path(path, "many.db"));
    uint64_t id, n_accepted = 0;
    size_t i, n_late = 0;

    help_fill(store, 1, MOST_ROWS);
    for (id = 1; id <= MOST_ROWS; id++)
        n_accepted += help_state(id) == STATE_ACCEPTED;
    if (ok(draw(store, (struct plot_options){.kind = "scatter"}, text), "many points")) {
        read_block(text, "accepted");
        ok(n_accepted > 30000 ? block.n < n_accepted : block.n == n_accepted,
           "%zu of %llu are drawn", block.n, (unsigned long long)n_accepted);
        read_block(text, "rejected");
        ok(block.n > 1000, "and the others");
    }
    if (ok(draw(store, (struct plot_options){.kind = "scatter", .where = "not failed"}, text),
           "again")) {
        read_block(text, "accepted");
        for (i = 0; i < block.n; i++)
            n_late += block.rows[i][2] > MOST_ROWS / 2;
        ok(n_late > block.n * 45 / 100 && n_late < block.n * 55 / 100,
           "the sample is spread over the whole scan");
    }
    store_close(store);
}

/* Was the learner asked about this point, for the target itself?  Round 3 was not. */
static bool is_asked(uint64_t id)
{
    double row[HELP_VALUES];
    struct point_new point = help_new(id, row);

    return !isnan(point.predicted) && help_state(id) != STATE_FAILED &&
           (point.round != 3 || point.origin == ORIGIN_EXPLORE);
}

/* ---- rounds and the learner ----------------------------------------------------------------- */

static void test_rounds(struct store *store, struct buf *text)
{
    double n_wrong = 0, n_failed = 0, total = 0, row[HELP_VALUES];
    struct round_row round = {.round = 2, .first_id = 41, .n_points = 20, .promised = 0.5};
    struct err err = ERR_INIT;
    size_t i, k;

    round.volume = 0.25;
    round.volume_error = 0.05;
    round.metrics = "{\"auc\":0.75,\"relax\":0}";
    round.started = 1.7e9;
    store_begin(store, &err);
    store_put_round(store, &round, &err);
    store_put_round(store,
                    &(struct round_row){.round = 3,
                                        .first_id = 61,
                                        .n_points = 20,
                                        .promised = NAN,
                                        .volume = NAN,
                                        .volume_error = NAN,
                                        .metrics = "{\"relax\":0.5}"},
                    &err);
    store_commit(store, &err);
    if (ok(draw(store, (struct plot_options){.kind = "efficiency"}, text) &&
               read_block(text, "rounds"),
           "efficiency"))
        is_size(block.n, N / 20, "a row per round");
    for (i = 0; i < block.n; i++) {
        double n = 0, accepted = 0, chosen = 0, chosen_accepted = 0;

        for (k = i * 20 + 1; k <= i * 20 + 20; k++) {
            struct point_new point = help_new(k, row);
            bool is_accepted = help_state(k) == STATE_ACCEPTED;
            bool is_chosen = point.origin > ORIGIN_EXPLORE && point.origin != ORIGIN_PIN;

            n += help_state(k) != STATE_FAILED;
            n_failed += help_state(k) == STATE_FAILED;
            accepted += is_accepted;
            chosen += is_chosen && help_state(k) != STATE_FAILED;
            chosen_accepted += is_chosen && is_accepted;
        }
        n_wrong += block.rows[i][1] != n || block.rows[i][2] != accepted ||
                   fabs(block.rows[i][3] - accepted / n) > 1e-8;
        if (i == 2)
            ok(block.rows[i][6] == chosen && block.rows[i][7] == chosen_accepted &&
                   block.rows[i][11] == 0.5,
               "what the learner chose and promised");
        else
            n_wrong += !isnan(block.rows[i][11]);
        total += n;
    }
    is_double(total + n_failed, N, 0, "all points that ran");
    ok(n_failed == 10 && strstr(text->data, "of points that ran: 10 more failed") != NULL,
       "those that did not are told");
    is_double(n_wrong, 0, 0, "with the round's counts");
    for (i = 0, n_wrong = 0; i < block.n; i++) {
        double n = block.rows[i][1], good = block.rows[i][2];
        double half = sqrt(good * (n - good) / n + 0.25) / (n + 1);

        n_wrong += fabs(block.rows[i][4] - ((good + 0.5) / (n + 1) - half)) > 1e-8 ||
                   fabs(block.rows[i][5] - ((good + 0.5) / (n + 1) + half)) > 1e-8;
    }
    is_double(n_wrong, 0, 0, "and Wilson's interval at one sigma");
    ok(draw(store, (struct plot_options){.kind = "volume"}, text) && read_block(text, "volume") &&
           block.n == 1 && block.rows[0][1] == 60 && block.rows[0][2] == 0.25 &&
           block.rows[0][4] == 0.2,
       "volume: where it is known");
    ok(draw(store, (struct plot_options){.kind = "history"}, text) && read_block(text, "history") &&
           block.n == 5 && block.rows[4][1] == N && block.rows[2][5] == 0.75 &&
           isnan(block.rows[3][5]),
       "history: sums and the learner's figures");
}

static void test_learner(struct store *store, struct buf *text)
{
    double n = 0, k = 0, uniform = 0, row[HELP_VALUES], tp = 0, fp = 0;
    uint64_t id;

    for (id = 1; id <= N; id++) {
        if (!is_asked(id))
            continue;
        n++;
        k += help_state(id) == STATE_ACCEPTED;
        uniform += help_new(id, row).origin == ORIGIN_EXPLORE;
    }
    if (ok(draw(store, (struct plot_options){.kind = "calibration"}, text) &&
               read_block(text, "all"),
           "calibration")) {
        ok(block.n == 10 && block.rows[2][4] == n && block.rows[2][5] == k, "counts of the bin");
        is_double(block.rows[2][0], 0.25, 1e-9, "what was said");
        is_double(block.rows[2][1], k / n, 1e-8, "what was found");
        ok(isnan(block.rows[3][1]) && block.rows[3][4] == 0, "an empty bin is unknown");
        ok(read_block(text, "uniform") && block.rows[2][4] == uniform, "the uniform ones");
    }
    if (ok(draw(store, (struct plot_options){.kind = "cells"}, text) && read_block(text, "classes"),
           "cells")) {
        ok(block.n == 6 && block.rows[2][6] == uniform && block.rows[2][11] == n, "its points");
        is_double(block.rows[2][3], 1, 0, "all the volume that was asked about");
        is_double(block.rows[2][13], k / n, 1e-8, "share accepted");
    }
    if (ok(draw(store, (struct plot_options){.kind = "roc"}, text) && read_block(text, "all"),
           "roc")) {
        tp = block.rows[block.n - 1][1];
        fp = block.rows[block.n - 1][0];
    }
    ok(tp == 1 && fp == 1 && block.n == 2, "from corner to corner");
    has_str(text->data, "area under the curve 0.5 +-", "one answer to all: an area of one half");
}

/* Only points from after the labels changed can tell. */
static void test_labels_from(struct store *store, struct buf *text)
{
    struct err err = ERR_INIT;
    double n = 0;
    uint64_t id;

    for (id = 51; id <= N; id++)
        n += is_asked(id);
    store_begin(store, &err);
    store_set_meta(store, "labels from", "51", &err);
    store_commit(store, &err);
    ok(draw(store, (struct plot_options){.kind = "calibration"}, text) && read_block(text, "all") &&
           block.rows[2][4] == n,
       "points that were asked about another target do not count");
    ok(draw(store, (struct plot_options){.kind = "efficiency"}, text) &&
           read_block(text, "rounds") && block.n == N / 20 && isnan(block.rows[2][11]) &&
           block.rows[2][6] > 0 && strstr(text->data, "target (1 round)\n") != NULL,
       "nor promises of before");
    store_begin(store, &err);
    store_set_meta(store, "labels from", "", &err);
    store_commit(store, &err);
}

/* They tell nothing of what the search finds. */
static void test_given(struct buf *text)
{
    char path[HELP_PATH];
    struct store *store = help_create(help_path(path, "given.db"));
    struct err err = ERR_INIT;
    double row[HELP_VALUES];
    struct point_new point;

    help_fill(store, 1, 40);
    store_begin(store, &err);
    point = help_new(41, row);
    point.origin = ORIGIN_INJECT;
    store_insert_points(store, 1, &point, &err);
    help_close(store, 41, 41, &err);
    store_put_round(store,
                    &(struct round_row){.round = 2,
                                        .first_id = 41,
                                        .n_points = 1,
                                        .promised = NAN,
                                        .volume = NAN,
                                        .volume_error = NAN},
                    &err);
    store_commit(store, &err);
    ok(draw(store, (struct plot_options){.kind = "efficiency"}, text) &&
           read_block(text, "rounds") && block.n == 2 &&
           strstr(text->data, "rounds of points that were given, not drawn: 1") != NULL,
       "a round of an injected point is not drawn");
    store_close(store);
}

/* A point that failed, or still runs, tells nothing of what was said. */
static void test_said_of_failed(struct store *store, struct buf *text)
{
    double row[HELP_VALUES], before;
    struct point_new point = help_new(N + 10, row);
    struct point_closed closed = help_closed(N + 10, row);
    struct err err = ERR_INIT;

    draw(store, (struct plot_options){.kind = "calibration"}, text);
    read_block(text, "all");
    before = block.rows[2][4];
    point.predicted = 0.25F;
    store_begin(store, &err);
    store_insert_points(store, 1, &point, &err);
    store_close_points(store, 1, &closed, &err);
    point.id = N + 11;
    store_insert_points(store, 1, &point, &err);
    ok(store_commit(store, &err) == 0, "one failed, one runs: %s", err.message);
    ok(draw(store, (struct plot_options){.kind = "calibration"}, text) && read_block(text, "all") &&
           block.rows[2][4] == before,
       "neither counts");
    ok(draw(store, (struct plot_options){.kind = "scatter"}, text) &&
           read_block(text, "proposed") && block.n == 1 && block.rows[0][2] == N + 11,
       "what runs is drawn as proposed");
}

/* ---- likelihood ----------------------------------------------------------------------------- */

static void test_profile_of(struct store *store, struct buf *text)
{
    struct plot_options options = {.kind = "profile", .x = "m0", .chi2 = "100 * (s - 0.2)^2"};
    double best = NAN, n_wrong = 0, row[HELP_VALUES];
    size_t i;
    uint64_t id;

    for (id = 1; id <= N; id++) {
        help_row(id, row);
        if (help_state(id) == STATE_ACCEPTED)
            best = fmin(best, 100 * (row[3] - 0.2) * (row[3] - 0.2));
    }
    if (!ok(draw(store, options, text), "profile of a chi2 by expression"))
        return;
    read_block(text, "best");
    is_double(block.rows[0][2], best, 1e-8, "the best point");
    read_block(text, "profile");
    for (i = 0; i < block.n; i++) {
        double least = NAN;

        for (id = 1; id <= N; id++) {
            help_row(id, row);
            if (help_state(id) == STATE_ACCEPTED && row[0] >= block.rows[i][1] &&
                row[0] < block.rows[i][2])
                least = fmin(least, 100 * (row[3] - 0.2) * (row[3] - 0.2));
        }
        n_wrong += isnan(least) ? !isnan(block.rows[i][3])
                                : !(fabs(block.rows[i][3] - (least - best)) < 1e-6);
    }
    ok(block.n == 40 && n_wrong == 0, "the smallest of each bin, nothing where there is no point");
}

static void test_gaussian(struct buf *text)
{
    struct scan *scan = help_scan_of("scan: gauss\ngoal: 10 points\nparameters:\n"
                                     "  m0: uniform 0 .. 1 GeV\n  mh: uniform 0 .. 1\n"
                                     "  mA: uniform 0 .. 1\ncalculators:\n  sums:\n    read:\n"
                                     "      s: = m0 * mh\n      p: = m0 + mA\nconstraints:\n"
                                     "  total: p = 1 +- 0.18 +- 0.24\n  right: mh > 0.25\n");
    struct err err = ERR_INIT;
    char path[HELP_PATH];
    struct store *store = store_create(help_path(path, "gauss.db"), scan, &err);
    struct judge *judge = judge_create(scan, NULL, 0, NULL, &err);
    struct relabel relabel;
    double best = NAN, row[HELP_VALUES], inside = 0;
    uint64_t id, n = 0;
    size_t i;

    if (!ok(store && judge, "a scan with a likelihood: %s", err.message))
        return;
    help_fill(store, 1, N);
    store_begin(store, &err);
    ok(store_relabel(store, judge, false, &relabel, &err) == 0 && store_commit(store, &err) == 0,
       "judged: %s", err.message);
    for (id = 1; id <= N; id++) {
        help_row(id, row);
        if (help_state(id) == STATE_FAILED || row[1] <= 0.25)
            continue;
        n++;
        best = fmin(best, pow((row[4] - 1) / 0.3, 2));
    }
    if (ok(draw(store, (struct plot_options){.kind = "profile2d", .x = "m0", .y = "mA"}, text) &&
               read_block(text, "plane"),
           "profile2d")) {
        for (i = 0; i < block.n; i++)
            inside += block.rows[i][7];
        is_double(inside, (double)n, 0,
                  "points rejected by the likelihood take part, points cut do not");
        read_block(text, "best");
        is_double(block.rows[0][2], best, 1e-6, "the best point");
        read_block(text, "grid");
        is_size(block.n, 14 * 14, "the contours' grid is whole");
    }
    judge_free(judge);
    scan_free(scan);
    store_close(store);
}

int main(void)
{
    char path[HELP_PATH], program[4096];
    struct store *store = help_create(help_path(path, "plot.db"));
    struct buf text;

    buf_init(&text, 1 << 26);
    help_fill(store, 1, N);
    has_gnuplot = process_find_program("gnuplot", program, sizeof program) == 0;
    test_scatter(store, &text);
    test_heat(store, &text);
    test_corner(store, &text);
    test_outside(&text);
    test_below(&text);
    test_sample(&text);
    test_rounds(store, &text);
    test_learner(store, &text);
    test_labels_from(store, &text);
    test_profile_of(store, &text);
    test_gaussian(&text);
    test_said_of_failed(store, &text);
    test_given(&text);
    buf_free(&text);
    store_close(store);
    return done_testing();
}
