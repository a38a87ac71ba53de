/* t-tui-overview.c: the first screen: golden screens, and what its keys do. */
#include "../src/tui/overview.h"
#include "t-tui-help.h"

static void press(struct ui *ui, struct model *model, int key)
{
    mssm_answer(ui, model, ui->width, ui->height);
    ui->message[0] = '\0';
    ui_key(ui, model, key);
}

static void golden(struct ui *ui, struct model *model, int width, int height, enum symbols symbols,
                   enum colors colors, const char *name)
{
    ui->colors = colors;
    mssm_answer(ui, model, width, height);
    screen_is(ui, model, width, height, symbols, name);
    ui->colors = COLORS_NONE;
}

static void shows(struct ui *ui, struct model *model, const char *words, const char *what)
{
    struct err err = ERR_INIT;
    struct grid *grid = grid_create(80, 24, SYMBOLS_ASCII, COLORS_NONE, &err);
    struct buf text;

    if (!grid)
        bail_out("grid_create: %s", err.message);
    buf_init(&text, 1 << 20);
    ui_draw(ui, model, grid);
    if (grid_print(grid, &text, &err) != 0)
        bail_out("grid_print: %s", err.message);
    has_str(text.data, words, "%s", what);
    buf_free(&text);
    grid_free(grid);
}

static void test_ranges(void)
{
    char text[WORDS];
    is_str(overview_range(text, true, 0.0025, 0.33), "0.0025 .. 0.33",
           "both ends of a logarithmic range");
    is_str(overview_range(text, true, 5.004, 59.98), "5 .. 60", "a short one");
    is_str(overview_range(text, false, 0.0025, 0.33), "0.00 .. 0.33", "a linear one");
}

static void test_running(struct ui *ui, struct model *model)
{
    snprintf(ui->message, sizeof ui->message, "%s",
             "W4 has run 295 s of 300 s (median 8 s). K kills it, :timeout moves the limit");
    ui->is_warning = true;
    golden(ui, model, 80, 24, SYMBOLS_ASCII, COLORS_NONE, "overview");
    styles_are(ui, model, 80, 24, SYMBOLS_ASCII, "overview");
    golden(ui, model, 80, 24, SYMBOLS_UTF8, COLORS_256, "overview");
    golden(ui, model, 120, 40, SYMBOLS_ASCII, COLORS_NONE, "overview");
    golden(ui, model, 120, 40, SYMBOLS_UTF8, COLORS_8, "overview");
    golden(ui, model, 120, 40, SYMBOLS_BRAILLE, COLORS_256, "overview");
    ui->colors = COLORS_256;
    styles_are(ui, model, 120, 40, SYMBOLS_BRAILLE, "overview");
    ui->colors = COLORS_NONE;
    golden(ui, model, 160, 60, SYMBOLS_ASCII, COLORS_NONE, "overview");
    ui->message[0] = '\0';
    ui->is_warning = false;
}

static void test_panels(struct ui *ui, struct model *model)
{
    mssm_answer(ui, model, 80, 24);
    is_int(ui->overview.panel, PANEL_WORKERS, "while points run the cursor is at the workers");
    is_uint(overview_worker(model, 0)->row.point, 4802, "the slow one comes first");
    is_uint(overview_worker(model, 1)->row.point, 4825, "then by number");
    ok(overview_worker(model, 8) == NULL, "there are eight");
    press(ui, model, 'j');
    press(ui, model, 'j');
    is_size(ui->overview.workers.at, 2, "down the list");
    model->workers[6].is_slow = true;
    mssm_answer(ui, model, 80, 24);
    is_size(ui->overview.workers.at, 3, "the cursor stays with its worker when another comes up");
    model->workers[6].is_slow = false;
    mssm_answer(ui, model, 80, 24);
    press(ui, model, 'K');
    is_int(ui->layer, LAYER_QUESTION, "K asks");
    is_str(ui->on_yes, "kill 4826", "about the point of the selected worker");
    press(ui, model, TK_ENTER);
    has_str(ui->message, "Nothing", "Enter alone is no");
    press(ui, model, TK_TAB);
    is_int(ui->overview.panel, PANEL_FAILURES, "Tab goes to the next panel");
    press(ui, model, 'G');
    is_size(ui->overview.failures.at, 3, "the last kind of failure");
    golden(ui, model, 80, 24, SYMBOLS_ASCII, COLORS_NONE, "overview-failures");
    press(ui, model, 'K');
    has_str(ui->message, "Tab goes to the workers", "K says where it works");
    press(ui, model, TK_BACK_TAB);
    is_int(ui->overview.panel, PANEL_WORKERS, "and back");
    press(ui, model, 'R');
    has_str(ui->message, "Tab goes to them", "R says where it works");
    press(ui, model, TK_ENTER);
    is_int(ui->screen, SCREEN_POINTS, "Enter opens the points");
    is_uint(ui->points.selected, 4826, "at that of the worker");
    ui_go(ui, model, SCREEN_OVERVIEW);
}

static void test_enlarged(struct ui *ui, struct model *model)
{
    mssm_answer(ui, model, 80, 24);
    press(ui, model, '+');
    is_int(ui->overview.enlarged, PANEL_WORKERS + 1, "+ enlarges");
    golden(ui, model, 80, 24, SYMBOLS_ASCII, COLORS_NONE, "overview-workers");
    press(ui, model, 'q');
    ok(ui->overview.enlarged == 0 && ui->layer == LAYER_NONE, "q makes it small again first");
}

/* Every panel over the whole screen, and every layout. */
static void test_sizes(struct ui *ui, struct model *model)
{
    struct err err = ERR_INIT;
    int width, height, panel;

    for (width = 80; width < 200; width += 13)
        for (height = 24; height < 80; height += 7)
            for (panel = 0; panel <= N_PANELS; panel++) {
                struct grid *grid =
                    grid_create(width, height, SYMBOLS_BRAILLE, COLORS_DIRECT, &err);

                if (!grid)
                    bail_out("%s", err.message);
                ui->width = width;
                ui->height = height;
                ui->overview.enlarged = panel;
                if (ui_update(ui, model, &err) != 0)
                    bail_out("%s", err.message);
                ui_draw(ui, model, grid);
                grid_free(grid);
            }
    ui->overview.enlarged = 0;
    pass("any size and any panel can be drawn");
}

/* What a morning asks, without a key, at 80 by 24. */
static void test_finished(struct ui *ui, struct model *model)
{
    struct goal_view *goal = &model->goals[0];

    model->phase = PHASE_DONE;
    model->phase_why = "the goal is reached: 10000 points";
    model->engine.is_alive = false;
    model->n_busy = model->n_workers = model->n_waiting = 0;
    model->n_rounds = 22;
    goal->goal.value = 4800;
    goal->share = 1;
    goal->left_s = 0;
    ui->overview.is_set = false;
    ui->message[0] = '\0';
    golden(ui, model, 80, 24, SYMBOLS_ASCII, COLORS_NONE, "overview-done");
    golden(ui, model, 120, 40, SYMBOLS_BRAILLE, COLORS_NONE, "overview-done");
    is_int(ui->overview.panel, PANEL_FOUND, "a finished scan: what was found");
    press(ui, model, '+');
    golden(ui, model, 80, 24, SYMBOLS_ASCII, COLORS_NONE, "overview-found");
    press(ui, model, TK_ESCAPE);
    press(ui, model, TK_ENTER);
    is_str(ui->points.filter, "accepted", "Enter lists it");
    ui_go(ui, model, SCREEN_OVERVIEW);
    model->n_tallies = 0;
    model->counts.failed = 0;
    model->parts.said = NULL;
    model->volume = NAN;
    model->volume_below = 0.003;
    model->promised = model->found = NAN;
    model->random_share = model->random_error = NAN;
    golden(ui, model, 80, 24, SYMBOLS_UTF8, COLORS_NONE, "overview-unknown");
    model->is_relaxed = true;
    shows(ui, model, "learner  - (follows an easier target)", "nothing is accepted");
    model->is_relaxed = false;
}

static void test_new(struct ui *ui, struct model *model)
{
    struct parts none = {0};

    model->phase = PHASE_NONE;
    model->phase_why = "";
    model->parts = none;
    model->n_rounds = model->n_logs = 0;
    model->n_closed = 0;
    model->counts = (struct store_counts){0};
    model->per_s_all = model->per_s_now = NAN;
    model->engine = (struct engine_row){.active_s = 0};
    model->goals[0].share = 0;
    model->volume_below = NAN;
    model->store_bytes = 65536;
    model->goals[0].goal.value = 10000;
    golden(ui, model, 80, 24, SYMBOLS_ASCII, COLORS_NONE, "overview-new");
    model->parts = none;
    screen_is(ui, model, 120, 40, SYMBOLS_ASCII, "overview-new");
}

int main(void)
{
    struct model *model = help_model();
    struct ui *ui = help_ui(model);

    test_ranges();
    test_running(ui, model);
    test_panels(ui, model);
    test_enlarged(ui, model);
    test_sizes(ui, model);
    test_finished(ui, model);
    test_new(ui, model);
    ui_free(ui);
    help_model_free(model);
    return done_testing();
}
