/* t-tui-integral.c: the screens where the scan is an integration: golden screens of cells, rounds,
 * overview, map and points, of calls that are kept and of those that are only counted; order, the
 * points of a class, what is said of an integral that cannot be trusted; figures of any size. */
#include "../src/tui/cells.h"
#include "../src/tui/console-private.h"
#include "../src/tui/overview.h"
#include "t-tui-help.h"

enum { N = 8, N_ROUNDS = 7 };

/* A ridge with a negative dip, in units where the box is 1. */
static struct strata_class classes[N] = {
    {-INFINITY, -12, 0.0021, 0.0001, -31.2, 0.4, -0.0655, 0.0009, 0.18, 3100, 1200, 0.93, 0, 0.07,
     88},
    {-12, 0, 0.031, 0.001, -2.1, 0.1, -0.065, 0.002, 0.09, 1800, 700, 0.88, 0.05, 0.07, 12.4},
    {0, 0.5, 0.912, 0.001, 0.0611, 0.0004, 0.0557, 0.0004, 0.04, 2210, 300, 0.98, 0.01, 0.01, 1.9},
    {0.5, 10, 0.041, 0.001, 3.42, 0.02, 0.140, 0.001, 0.07, 2400, 600, 0.91, 0.04, 0.05, 14},
    {10, 40, 0.0088, 0.0001, 22.3, 0.1, 0.196, 0.001, 0.08, 2900, 800, 0.89, 0.05, 0.06, 55},
    {40, 160, 0.0033, 0.00005, 88, 0.3, 0.290, 0.001, 0.12, 3300, 1000, 0.9, 0.05, 0.05, 190},
    {160, 640, 0.00122, 0.00002, 331, 1, 0.404, 0.0016, 0.17, 4000, 1500, 0.9, 0.06, 0.04, 702},
    {640, INFINITY, 0.00031, 0.00001, 901, 3, 0.279, 0.0022, 0.25, 5200, 2100, 0.95, 0.05, 0, 1312},
};
static struct strata_round rounds[N_ROUNDS];
static struct integral_row rows[N_ROUNDS];
static struct integral_view view = {.name = "f",
                                    .measure = "integral over the box",
                                    .method = "cells",
                                    .unit = "pb",
                                    .scale = 1,
                                    .n_calls = 24910,
                                    .are_calls_kept = true};

static void fill(void)
{
    double error = 0.2;

    for (size_t i = 0; i < N_ROUNDS; i++) {
        bool has = i > 1;

        error = has ? error * 0.62 : error;
        rounds[i] = (struct strata_round){.round = (uint32_t)i,
                                          .n = 1000U << i,
                                          .estimate = has ? 1.234 + 0.3 * error : (double)NAN,
                                          .error = has ? error : (double)NAN,
                                          .integral = has ? 1.234 + 0.2 * error : (double)NAN,
                                          .total_error = has ? error : (double)NAN,
                                          .n_total = (2000U << i) - 1000};
    }
    rounds[N_ROUNDS - 1].estimate = 1.2342; /* the round that the classes are of: their sum */
    for (size_t i = 0; i < N_ROUNDS; i++) {
        rows[i] = (struct integral_row){.round = (uint32_t)i,
                                        .n = rounds[i].n,
                                        .n_failed = i,
                                        .estimate = rounds[i].estimate,
                                        .estimate_error = rounds[i].error,
                                        .integral = rounds[i].integral,
                                        .error = rounds[i].total_error};
        snprintf(rows[i].stage, sizeof rows[i].stage, "%s",
                 i == 0   ? "uniform"
                 : i == 1 ? "search"
                 : i < 4  ? "adapt"
                          : "cells");
    }
    view.rows = rows;
    view.n_rows = N_ROUNDS;
    view.result = (struct strata_result){.integral = 1.2341,
                                         .error = 0.0043,
                                         .lo = 1.2201,
                                         .hi = 1.2482,
                                         .is_converged = true,
                                         .n_calls = 24910,
                                         .failed_volume = NAN,
                                         .n_uniform = 5000,
                                         .unseen_volume = 6e-4,
                                         .unseen_above = 1190,
                                         .surrogate = 0.973,
                                         .purity = 0.91,
                                         .largest_share = 0.02,
                                         .chi2 = 3.9,
                                         .n_chi2 = 4,
                                         .n_peaks = 2,
                                         .n_classes = N,
                                         .classes = classes,
                                         .n_rounds = N_ROUNDS,
                                         .rounds = rounds};
}

static void both(struct ui *ui, struct model *model, const char *name)
{
    mssm_answer(ui, model, 80, 24);
    screen_is(ui, model, 80, 24, SYMBOLS_ASCII, name);
    mssm_answer(ui, model, 120, 40);
    screen_is(ui, model, 120, 40, SYMBOLS_UTF8, name);
}

static void check_doubt(struct ui *ui, struct model *model)
{
    struct strata_result whole = view.result;
    const char *method = view.method;

    view.result.is_converged = false;
    snprintf(view.result.why, sizeof view.result.why,
             "one call carries 61 %% of the variance; the two searches found different peaks "
             "(3 and 2, of which 1 in both). More calls will tell (:goal 200000 points).");
    view.result.n_failed = 41;
    view.result.failed_volume = 0.0123;
    view.result.failed_error = 0.002;
    both(ui, model, "cells-integral-doubt");
    view.result = whole;
    view.result.n_classes = view.result.n_rounds = 0;
    view.result.integral = view.result.error = view.result.lo = view.result.hi = NAN;
    view.result.unseen_volume = NAN;
    mssm_answer(ui, model, 80, 24);
    screen_is(ui, model, 80, 24, SYMBOLS_ASCII, "cells-integral-none");
    view.method = "vegas";
    screen_is(ui, model, 80, 24, SYMBOLS_ASCII, "cells-integral-baseline");
    view.method = method;
    view.result = whole;
}

/* Any size, any sign: columns never touch. */
static void check_sizes(struct ui *ui, struct model *model)
{
    static const double sizes[] = {1e-300, 1.234567e-200, 9.99999e-5, 0.0999999, 0.5,    1,
                                   9.9999, 99999.9,       123456.789, 1e10,      1.5e15, 1.7e308};
    enum { N_SIZES = sizeof sizes / sizeof sizes[0] };
    struct strata_result whole = view.result;
    struct strata_class many[N_SIZES];
    char value[FIGURE_SIZE], error[FIGURE_SIZE];
    int too_wide = 0;

    for (int i = 0; i < N_SIZES * N_SIZES * 6; i++) {
        double v = sizes[i % N_SIZES] * (i % 4 < 2 ? 1 : -1), e = sizes[i / N_SIZES % N_SIZES];
        int width = 7 + i / (N_SIZES * N_SIZES) % 3;

        figure_pair(value, error, v, i % 5 == 0 ? (double)NAN : e, width);
        if ((int)strlen(value) > width || (int)strlen(error) > width) {
            diag("%g +- %g in %d: \"%s\" \"%s\"", v, e, width, value, error);
            too_wide++;
        }
    }
    is_int(too_wide, 0, "figures keep to their columns");
    is_str(figure_count(value, 1634, 7), "1634", "a number of calls");
    is_str(figure_count(value, 12345678, 7), "12346k", "a large one");
    is_str(figure_count(value, UINT64_MAX, 6), "18447P", "the largest");
    for (int i = 0; i < N_SIZES; i++) {
        double sign = i % 2 == 0 ? -1 : 1, size = sizes[i], next = sizes[(i + 5) % N_SIZES];

        many[i] = (struct strata_class){sign * size,
                                        sign * next,
                                        size / 1.7e308,
                                        next / 1.7e308,
                                        sign * next,
                                        sizes[11 - i],
                                        sign * size / 10,
                                        next / 7,
                                        0.083,
                                        UINT64_MAX,
                                        12345678901,
                                        0.123456,
                                        1.0,
                                        0.0,
                                        size};
    }
    view.result.classes = many;
    view.result.n_classes = N_SIZES;
    view.result.integral = -1.23456789e-300;
    view.result.error = 4.5e-309;
    ui_go(ui, model, SCREEN_CELLS);
    both(ui, model, "cells-integral-sizes");
    is_int(cells_height(model, 21), 2 * N_SIZES + 13, "lines for all classes and the notes");
    is_int(cells_height(model, 200), 200, "which a high screen has");
    view.result = whole;
}

/* Rounds that are far from the integral, and numbers of any size. */
static void check_far_rounds(struct ui *ui, struct model *model)
{
    static const double far[N_ROUNDS] = {-9.1e3, 99.94, -4911, 1e300, -1e5, 0.5, 2e-7};
    struct integral_row kept[N_ROUNDS];
    struct strata_result whole = view.result;

    memcpy(kept, rows, sizeof rows);
    view.result.integral = 2e-7;
    view.result.error = 1e-6;
    for (size_t i = 0; i < N_ROUNDS; i++) {
        rows[i].round = i == 0 ? UINT32_MAX : (uint32_t)(1000 * i + 9);
        rows[i].n = rows[i].n_failed = UINT64_MAX >> (8 * i);
        rows[i].estimate = far[i];
        rows[i].estimate_error = i == 0 ? 1.2e-6 : i < 4 ? 1 : 1e4;
        rows[i].integral = -far[i] / 7;
        rows[i].error = 0.00024;
        snprintf(rows[i].stage, sizeof rows[i].stage, "cubature");
    }
    ui_go(ui, model, SCREEN_LEARNER);
    both(ui, model, "learner-integral-sizes");
    memcpy(rows, kept, sizeof rows);
    view.result = whole;
}

static void empty_map(struct map_part *part)
{
    for (int layer = 0; part && layer < N_MAP_LAYERS; layer++) {
        size_t n = (size_t)part->want.width * (size_t)part->want.height;

        part->n[layer] = part->n_outside[layer] = part->n_missing[layer] = 0;
        memset(part->dots[layer], 0, n * sizeof *part->dots[layer]);
    }
}

/* Before the first estimate that counts. */
static void check_alone(struct ui *ui, struct model *model)
{
    struct strata_result whole = view.result;

    view.result.integral = view.result.error = NAN;
    ui_go(ui, model, SCREEN_OVERVIEW);
    mssm_answer(ui, model, 80, 24);
    screen_is(ui, model, 80, 24, SYMBOLS_ASCII, "overview-integral-alone");
    view.result = whole;
}

static void check_help(struct ui *ui, struct model *model)
{
    ui_go(ui, model, SCREEN_CELLS);
    ui_key(ui, model, '?');
    for (int tab = '1'; tab <= '3'; tab++) {
        static const char *const names[] = {"help-keys-integral", "help-commands-integral",
                                            "help-legend-integral"};

        ui_key(ui, model, tab);
        mssm_answer(ui, model, 120, 40);
        screen_is(ui, model, 120, 40, SYMBOLS_ASCII, names[tab - '1']);
    }
    ui_key(ui, model, TK_ESCAPE);
}

static void cheap_screen(struct ui *ui, struct model *model, int width, int height,
                         enum symbols symbols)
{
    static const char *const words[] = {"accept", "reject",  "No point was proposed",
                                        "batch",  "explore", "share of the error",
                                        "next"};
    struct grid *grid;
    struct err err = ERR_INIT;
    struct buf text;
    char name[64];

    snprintf(name, sizeof name, "%s-integral-cheap", screen_of(ui->screen)->name);
    mssm_answer(ui, model, width, height);
    empty_map((struct map_part *)model->parts.map);
    screen_is(ui, model, width, height, symbols, name);
    buf_init(&text, 1 << 20);
    grid = grid_create(width, height, symbols, ui->colors, &err);
    if (!grid)
        bail_out("%s", err.message);
    ui_draw(ui, model, grid);
    if (grid_print(grid, &text, &err) != 0)
        bail_out("%s", err.message);
    for (size_t i = 0; i < sizeof words / sizeof words[0]; i++)
        ok(strstr(text.data, words[i]) == NULL, "%s has nothing of \"%s\"", name, words[i]);
    grid_free(grid);
    buf_free(&text);
}

/* Calls that are too cheap to be kept: no points, and no words of a search. */
static void check_cheap(struct ui *ui, struct model *model)
{
    struct store_counts counts = model->counts;
    uint64_t n_closed = model->n_closed;
    size_t n_rounds = model->n_rounds, n_logs = model->n_logs, n_tallies = model->n_tallies;
    size_t n_terms = model->n_terms, n_goals = model->n_goals;

    model->counts = (struct store_counts){.total = 0};
    model->n_closed = model->n_rounds = model->n_logs = model->n_tallies = model->n_terms = 0;
    model->n_goals = 1;
    view.are_calls_kept = false;
    view.method = "adaptive";
    for (int screen = SCREEN_OVERVIEW; screen <= SCREEN_LEARNER; screen++) {
        ui_go(ui, model, (enum screen_id)screen);
        cheap_screen(ui, model, 80, 24, SYMBOLS_ASCII);
        cheap_screen(ui, model, 120, 40, SYMBOLS_UTF8);
    }
    ui_go(ui, model, SCREEN_OVERVIEW);
    mssm_answer(ui, model, 120, 40);
    ui->overview.is_set = true;
    ui->overview.panel = PANEL_MAP;
    ui_key(ui, model, TK_ENTER);
    is_int(ui->screen, SCREEN_CELLS, "Enter on the heights shows the cells, for there is no map");
    view.are_calls_kept = true;
    view.method = "cells";
    model->counts = counts;
    model->n_closed = n_closed;
    model->n_rounds = n_rounds;
    model->n_logs = n_logs;
    model->n_tallies = n_tallies;
    model->n_terms = n_terms;
    model->n_goals = n_goals;
}

/* What cannot be asked of an integration is not offered, and it is said why. */
static void check_refused(struct ui *ui, struct model *model)
{
    static const struct {
        enum screen_id screen;
        int key;
    } keys[] = {{SCREEN_OVERVIEW, 'R'},
                {SCREEN_MAP, 'P'},
                {SCREEN_MAP, 'i'},
                {SCREEN_POINTS, 'R'},
                {SCREEN_POINTS, 'i'}};

    for (size_t i = 0; i < sizeof keys / sizeof keys[0]; i++) {
        const struct screen *screen = screen_of(keys[i].screen);

        ui->screen = keys[i].screen;
        ui->message[0] = '\0';
        ui_key(ui, model, keys[i].key);
        has_str(ui->message, "chooses its own points", "%c on %s", keys[i].key, screen->title);
    }
    console_run(ui, model, "cut f < 3");
    has_str(ui->message, "cannot be steered", "nor by its name");
    is_size(ui->n_awaited, 0, "and the engine is not asked");
    ui_key(ui, model, TK_ESCAPE); /* drops the warning */
    ui_key(ui, model, ':');
    for (const char *at = "cut f < 3"; *at; at++)
        ui_key(ui, model, *at);
    mssm_answer(ui, model, 80, 24);
    ok(ui->console->cut[0] == '\0', "nobody is asked what it would change");
    screen_is(ui, model, 80, 24, SYMBOLS_ASCII, "console-integral");
    ui_key(ui, model, TK_ENTER);
    screen_is(ui, model, 80, 24, SYMBOLS_ASCII, "console-integral-given");
    ui_key(ui, model, TK_ESCAPE);
    for (int i = 0; i < N_SCREENS; i++)
        for (const struct key_help *key = screen_keys(screen_of((enum screen_id)i), model);
             key->keys; key++)
            ok(!key->about || (!strstr(key->about, "calibration") && !strstr(key->about, "ROC") &&
                               !strstr(key->about, "P(accept)")),
               "%s: %s is of an integration", screen_of((enum screen_id)i)->title, key->keys);
}

static void check_keys(struct ui *ui, struct model *model)
{
    size_t order[STRATA_CLASSES];

    ui_go(ui, model, SCREEN_CELLS);
    mssm_answer(ui, model, 80, 24);
    ui_key(ui, model, 'e');
    has_str(ui->message, "chooses its limits itself",
            "limits cannot be edited, and it is said why");
    ui_key(ui, model, 's');
    is_size(cells_integral_order(&ui->cells, &view, order), N, "all classes are listed");
    is_size(order[0], 2, "the largest volume comes first");
    is_size(order[N - 1], 7, "and the smallest last");
    ui_key(ui, model, 's');
    ui_key(ui, model, 'j');
    ui_key(ui, model, TK_ENTER);
    is_str(ui->points.filter, "p > -12 and p <= 0", "Enter lists the calls of the class");
}

/* Classes below 0 that no call was found in: the model's, of an integrand that is not negative. */
static void check_foreseen(struct ui *ui, struct model *model)
{
    struct strata_class kept[2] = {classes[0], classes[1]};

    ui_go(ui, model, SCREEN_CELLS);
    for (size_t j = 0; j < 2; j++) {
        classes[j].mean = -1e-6 * (double)(2 - j);
        classes[j].part = classes[j].volume * classes[j].mean;
        classes[j].right = classes[j].below = 0;
        classes[j].above = 1;
    }
    mssm_answer(ui, model, 80, 24);
    screen_is(ui, model, 80, 24, SYMBOLS_ASCII, "cells-integral-foreseen");
    classes[0].right = 0.5;
    mssm_answer(ui, model, 80, 24);
    screen_is(ui, model, 80, 24, SYMBOLS_ASCII, "cells-integral-negative");
    classes[0] = kept[0];
    classes[1] = kept[1];
}

int main(void)
{
    struct model *model = help_model();
    struct ui *ui = help_ui(model);

    fill();
    model->integral = &view;
    ui_go(ui, model, SCREEN_CELLS);
    both(ui, model, "cells-integral");
    ui_go(ui, model, SCREEN_LEARNER);
    both(ui, model, "learner-integral");
    ui_go(ui, model, SCREEN_OVERVIEW);
    both(ui, model, "overview-integral");
    ui_go(ui, model, SCREEN_CELLS);
    check_doubt(ui, model);
    check_foreseen(ui, model);
    check_keys(ui, model);
    check_sizes(ui, model);
    check_far_rounds(ui, model);
    check_refused(ui, model);
    check_alone(ui, model);
    check_help(ui, model);
    ui->points.filter[0] = '\0';
    check_cheap(ui, model);
    ui_free(ui);
    help_model_free(model);
    return done_testing();
}
