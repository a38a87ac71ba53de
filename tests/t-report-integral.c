/* t-report-integral.c: the data of an integration's pictures are the numbers of the store; pictures
 * of a search and of an integration are not taken for each other. */
#include "t-plot-help.h"

#include "theodolite/report.h"

enum { N_CELLS = 6, N_ROUNDS = 5 };

static const struct cell_row cells[N_CELLS] = {
    {.cell = 0,
     .lo = -INFINITY,
     .hi = -1,
     .volume = 0.001,
     .volume_error = 0.0001,
     .mean = -30,
     .mean_error = 1,
     .part = -0.03,
     .part_error = 0.002,
     .budget = 0.3,
     .n = 900},
    {.cell = 1,
     .lo = -1,
     .hi = 0,
     .volume = 0.009,
     .volume_error = 0.0002,
     .mean = -0.4,
     .mean_error = 0.02,
     .part = -0.0036,
     .part_error = 0.0002,
     .budget = 0.05,
     .n = 400},
    {.cell = 2,
     .lo = 0,
     .hi = 0.5,
     .volume = 0.9,
     .volume_error = 0.001,
     .mean = 0.06,
     .mean_error = 0.001,
     .part = 0.054,
     .part_error = 0.001,
     .budget = 0.1,
     .n = 500},
    {.cell = 3,
     .lo = 0.5,
     .hi = 10,
     .volume = 0.08,
     .volume_error = 0.0007,
     .mean = 3,
     .mean_error = 0.02,
     .part = 0.24,
     .part_error = 0.002,
     .budget = 0.2,
     .n = 600},
    {.cell = 4,
     .lo = 10,
     .hi = 200,
     .volume = 0.0095,
     .volume_error = 0.0002,
     .mean = 70,
     .mean_error = 0.2,
     .part = 0.665,
     .part_error = 0.002,
     .budget = 0.2,
     .n = 700},
    {.cell = 5,
     .lo = 200,
     .hi = INFINITY,
     .volume = 0.0005,
     .volume_error = 0.00002,
     .mean = 400,
     .mean_error = 2,
     .part = 0.2,
     .part_error = 0.001,
     .budget = 0.15,
     .n = 800},
};

static void must(int rc, const struct err *err)
{
    if (rc != 0)
        bail_out("%s", err->message);
}

static struct integral_row row_of(uint32_t round)
{
    bool has = round > 0;
    double error = has ? 0.1 / sqrt((double)(1u << (2 * round))) : (double)NAN;

    return (struct integral_row){.round = round,
                                 .block = round,
                                 .stage = "cells",
                                 .at = 1.7e9,
                                 .n = 1000u << (2 * round),
                                 .estimate = has ? 1.1 + 1.5 * error : (double)NAN,
                                 .estimate_error = 1.2 * error,
                                 .integral = has ? 1.1 + 0.5 * error : (double)NAN,
                                 .error = error,
                                 .lo = 1.1 - 3 * error,
                                 .hi = 1.1 + 3 * error,
                                 .is_converged = true,
                                 .n_calls = (1000u << (2 * round)) * 4 / 3};
}

static void fill(struct store *store)
{
    struct err err = ERR_INIT;

    must(store_begin(store, &err), &err);
    must(store_set_meta(store, "kind", "integral", &err), &err);
    for (uint32_t round = 0; round < N_ROUNDS; round++) {
        struct integral_row row = row_of(round);

        must(store_put_integral(store, &row, &err), &err);
    }
    must(store_put_cells(store, N_ROUNDS - 1, cells, N_CELLS, &err), &err);
    must(store_commit(store, &err), &err);
}

static void test_cells(struct store *store, struct buf *text)
{
    struct err err = ERR_INIT;
    double wrong = 0;

    if (!ok(draw(store, (struct plot_options){.kind = "cells"}, text) && read_block(text, "cells"),
            "cells"))
        return;
    is_size(block.n, N_CELLS, "a row per class");
    for (size_t j = 0; j < block.n; j++)
        wrong += block.rows[j][3] != cells[j].volume || block.rows[j][5] != cells[j].mean ||
                 block.rows[j][7] != cells[j].part || block.rows[j][9] != cells[j].budget;
    is_double(wrong, 0, 0, "with its figures");
    ok(strstr(text->data, "is their scatter") == NULL, "whose errors are those of the integral");
    must(store_begin(store, &err), &err);
    must(store_set_meta(store, "integral method", "cubature", &err), &err);
    must(store_commit(store, &err), &err);
    ok(draw(store, (struct plot_options){.kind = "cells"}, text) &&
           strstr(text->data, "is their scatter, not the error of the integral") != NULL,
       "those of cubature are not");
    must(store_begin(store, &err), &err);
    must(store_set_meta(store, "integral method", "cells", &err), &err);
    must(store_commit(store, &err), &err);
    ok(isnan(block.rows[0][1]) && block.rows[0][2] == -1, "the lowest class has no lower limit");
}

static void test_heights(struct store *store, struct buf *text)
{
    if (!ok(draw(store, (struct plot_options){.kind = "heights"}, text) &&
                read_block(text, "above"),
            "heights"))
        return;
    is_size(block.n, 3, "above 200, 10 and 0.5");
    is_double(block.rows[2][0], 0.5, 0, "down to the lowest positive limit");
    is_double(block.rows[2][1], 0.09, 1e-12, "volumes add up from the top");
    is_double(block.rows[1][2], hypot(0.0002, 0.00002), 1e-8, "errors in quadrature");
    ok(read_block(text, "below") && block.n == 1 && block.rows[0][0] == 1 &&
           block.rows[0][1] == 0.001,
       "negative heights by their size");
}

static void test_rounds(struct store *store, struct buf *text)
{
    struct integral_row last = row_of(N_ROUNDS - 1), third = row_of(2);

    if (!ok(draw(store, (struct plot_options){.kind = "convergence"}, text) &&
                read_block(text, "rounds"),
            "convergence"))
        return;
    is_size(block.n, N_ROUNDS - 1, "rounds that have an estimate");
    is_double(block.rows[1][2], third.integral, 1e-9, "the integral after round 2");
    is_double(block.rows[1][6], third.error / last.integral, 1e-9, "its relative error");
    is_double(block.rows[1][9], third.integral, 1e-8, "drawn as it is");
    is_double(block.rows[1][10], third.error, 1e-8, "and its error");
    if (!ok(draw(store, (struct plot_options){.kind = "pulls"}, text) && read_block(text, "pulls"),
            "pulls"))
        return;
    is_double(block.rows[0][4],
              (row_of(1).estimate - last.integral) /
                  sqrt(pow(row_of(1).estimate_error, 2) - pow(last.error, 2)),
              1e-6, "a round against the others");
    third.estimate_error = last.error / 10;
    is_double(report_pull(&third, last.integral, last.error),
              (third.estimate - last.integral) / hypot(third.estimate_error, last.error), 1e-9,
              "one that is better than the sum is not said to be far off");
}

/* Integrals that differ in late digits only are drawn by these; large and small ones in a unit. */
static void test_digits(struct buf *text)
{
    static const struct {
        double integral, error, shown, shown_error;
        const char *words;
    } cases[] = {
        {2011.4183075629091, 6e-12, -0.909, 0.06, "integral - 2011.418307563 [10^{-10}]"},
        {1.234e10, 1e8, 1.234, 0.01, "integral [10^{10}]"},
        {-3.0093e-19, 1.2e-21, -3.0093, 0.012, "integral [10^{-19}]"},
        {152.27, 0.19, 152.27, 0.19, "integral"},
    };
    char path[HELP_PATH], name[32];

    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct integral_row row = row_of(1);
        struct err err = ERR_INIT;
        struct store *store;

        snprintf(name, sizeof name, "digits-%zu.db", i);
        store = help_create(help_path(path, name));
        row.integral = cases[i].integral;
        row.error = cases[i].error;
        row.lo = row.integral - 3 * row.error;
        row.hi = row.integral + 3 * row.error;
        must(store_begin(store, &err), &err);
        must(store_set_meta(store, "kind", "integral", &err), &err);
        must(store_put_integral(store, &row, &err), &err);
        must(store_commit(store, &err), &err);
        ok(draw(store, (struct plot_options){.kind = "convergence"}, text) &&
               read_block(text, "rounds"),
           "%s", cases[i].words);
        has_str(text->data, cases[i].words, "it says what is drawn");
        is_double(block.rows[0][9], cases[i].shown, 1e-2, "the integral");
        is_double(block.rows[0][10], cases[i].shown_error, 1e-6, "its error");
        store_close(store);
    }
}

/* The rounds, calls and goals are those of the integration, whether points are kept or not. */
static void test_status(struct store *store)
{
    struct integral_row last = row_of(N_ROUNDS - 1);
    struct scan_goal calls = {.kind = GOAL_POINTS, .value = 2 * (double)last.n_calls};
    struct scan_goal relative = {.kind = GOAL_ERROR, .value = last.error / last.integral / 2};
    struct scan_goal absolute = {.kind = GOAL_ERROR_ABSOLUTE, .value = 2 * last.error};
    struct err err = ERR_INIT;
    struct buf text;

    buf_init(&text, 1 << 20);
    must(report_status_json(store, &text, &err), &err);
    has_str(text.data, "\"rounds\":5,", "status: the rounds are those of the integral");
    has_str(text.data, "\"volume\":{\"estimate\":null,\"error\":null}", "there is no target");
    has_str(text.data, "\"evaluations\":341333,", "and all calls are counted");
    buf_clear(&text);
    must(report_status(store, &text, &err), &err);
    has_str(text.data, "converged  so far: no alarm was raised; not reached yet: \"",
            "before its goal it is not said to be at its end");
    must(store_beat(store, &(struct engine_row){.state = "done"}, &err), &err);
    buf_clear(&text);
    must(report_status(store, &text, &err), &err);
    has_str(text.data, "\nconverged  no alarm was raised\n", "at its end it is");
    has_str(text.data, " % of class ", "and where its error comes from");
    has_str(text.data, "\nfailures   none\n", "no call failed");
    last.n_calls_failed = last.n_calls / 4;
    must(store_begin(store, &err), &err);
    must(store_put_integral(store, &last, &err), &err);
    must(store_commit(store, &err), &err);
    buf_clear(&text);
    must(report_status(store, &text, &err), &err);
    has_str(text.data, "\nfailures   85333 calls (25.0 %); no point is kept",
            "failed calls without points are told");
    must(store_begin(store, &err), &err);
    must(store_set_meta(store, "integral method", "cubature", &err), &err);
    must(store_commit(store, &err), &err);
    buf_clear(&text);
    must(report_status(store, &text, &err), &err);
    ok(strstr(text.data, " % of class ") == NULL, "which no class of cubature can tell");
    has_str(text.data, "a picture of the heights", "they are a picture");
    buf_free(&text);
    is_double(report_integral_left(&last, last.n_calls, 10, &calls).share, 0.5, 1e-12,
              "half of the calls");
    is_double(report_integral_left(&last, last.n_calls, 10, &calls).s, 10, 1e-9,
              "as many seconds again");
    is_double(report_integral_left(&last, last.n_calls, 10, &relative).share, 0.25, 1e-12,
              "half of the error takes four times the calls");
    is_double(report_integral_left(&last, last.n_calls, 10, &absolute).s, 0, 0, "reached");
    ok(isnan(report_integral_left(NULL, 100, 10, &absolute).s), "nothing is known before a round");
}

static void refuses(struct store *store, const char *kind, const char *says)
{
    struct plot_options options = {.kind = kind};
    struct plot_result result;
    struct err err = ERR_INIT;

    ok(report_plot(store, &options, &result, &err) != 0, "%s is refused", kind);
    has_str(err.message, says, "and it is said why");
    plot_result_free(&result);
}

int main(void)
{
    char path[HELP_PATH];
    struct buf text;
    struct store *store = help_create(help_path(path, "integral.db"));
    struct err err = ERR_INIT;

    buf_init(&text, 1 << 24);
    refuses(store, "convergence", "is a search");
    must(store_begin(store, &err), &err);
    must(store_set_meta(store, "kind", "integral", &err), &err);
    must(store_commit(store, &err), &err);
    refuses(store, "convergence", "not known yet");
    refuses(store, "cells", "no classes yet");
    fill(store);
    refuses(store, "efficiency", "is an integration");
    test_cells(store, &text);
    test_heights(store, &text);
    test_rounds(store, &text);
    test_status(store);
    test_digits(&text);
    buf_free(&text);
    store_close(store);
    return done_testing();
}
