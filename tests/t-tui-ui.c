/* t-tui-ui.c: keys find their place, and nothing that costs work is one key away: screens and the
 * way back, leaving, questions, pause, marks, answers, warnings, small windows. */
#include "t-tui-help.h"

#include <unistd.h>

static struct ui *ui;
static struct model *model;

static void press(const char *keys)
{
    for (; *keys != '\0'; keys++)
        ui_key(ui, model, *keys);
}

/* The scan with a store behind it, whose engine is said to run. */
static void begin(void)
{
    static int n;
    const char *folder = getenv("TMPDIR");
    char path[1200];
    struct err err = ERR_INIT;
    model = help_model();
    snprintf(path, sizeof path, "%s/ui-%d.db", folder != NULL ? folder : "/tmp", n++);
    unlink(path);
    struct store *store = store_create(path, model->scan, &err);
    if (store == NULL)
        bail_out("%s", err.message);
    store_close(store);
    if ((model->store = store_open(path, STORE_COMMAND, &err)) == NULL)
        bail_out("%s", err.message);
    model->engine.is_alive = true;
    model->phase = PHASE_RUN;
    model->n_journal = 0;
    model->phase_why = "";
    ui = help_ui(model);
}

static void end(void)
{
    ui_free(ui);
    store_close(model->store);
    model->store = NULL;
    help_model_free(model);
}

/* The last command in the store, or "". */
static const char *last_command(void)
{
    static char text[UI_TEXT];
    struct arena *arena = arena_create();
    struct command_row *rows;
    struct err err = ERR_INIT;
    size_t n = 0;
    text[0] = '\0';
    if (store_journal(model->store, arena, &rows, &n, &err) != 0)
        bail_out("%s", err.message);
    if (n > 0)
        snprintf(text, sizeof text, "%s", rows[n - 1].text);
    arena_free(arena);
    return text;
}

static void test_screens(void)
{
    begin();
    is_int(ui->screen, SCREEN_OVERVIEW, "the overview is first");
    press("4");
    is_int(ui->screen, SCREEN_POINTS, "4: points");
    press("6");
    is_int(ui->screen, SCREEN_LOG, "6: log");
    ui_key(ui, model, TK_F4);
    is_int(ui->screen, SCREEN_CELLS, "F4: cells");
    press("q");
    is_int(ui->layer, LAYER_QUIT, "q asks on a screen that was chosen, whatever was seen before");
    ui_key(ui, model, TK_ESCAPE);
    is_int(ui->layer, LAYER_NONE, "Esc: stay");
    is_int(ui->quit, QUIT_NOT, "and the scan is not left");
    is_int(ui->screen, SCREEN_CELLS, "nor the screen");
    ui_show_points(ui, model, "omega < 0.2");
    ui_go(ui, model, SCREEN_MAP);
    press("q");
    is_int(ui->screen, SCREEN_POINTS, "q: back to where this was opened");
    ui_go(ui, model, SCREEN_MAP);
    ui_show_points(ui, model, "omega < 0.2");
    press("q");
    is_int(ui->screen, SCREEN_CELLS, "a screen that was gone through is not piled up");
    press("q");
    is_int(ui->layer, LAYER_QUIT, "and the first is where q asks");
    ui_key(ui, model, TK_ESCAPE);
    ui_show_points(ui, model, "omega < 0.13");
    is_int(ui->screen, SCREEN_POINTS, "a list is shown");
    is_str(ui->points.filter, "omega < 0.13", "by its condition");
    ui_show_point(ui, model, 4711);
    is_int((intmax_t)ui->points.selected, 4711, "a point is shown");
    is_str(ui->points.filter, "", "whatever the list was");
    press("Z");
    struct wants wants;
    ui_wants(ui, model, &wants);
    ok(wants.is_frozen, "Z freezes the view");
    press("Z?");
    ok(!ui->is_frozen && ui->layer == LAYER_HELP, "and ? helps");
    press("q");
    is_int(ui->layer, LAYER_NONE, "q closes help");
    end();
}

static void test_leaving(void)
{
    begin();
    press("qd");
    is_int(ui->quit, QUIT_DETACH, "d: detach");
    is_str(last_command(), "", "tells the scan nothing");
    ui->quit = QUIT_NOT;
    press("qb");
    is_int(ui->quit, QUIT_STOP, "b: stop after the batch");
    is_str(last_command(), "stop", "asks the scan to stop");
    ui->quit = QUIT_NOT;
    press("qn");
    is_int(ui->layer, LAYER_QUESTION, "n: stop now is asked again");
    has_str(ui->question, "run again on resume", "with what it costs");
    ui_key(ui, model, TK_ENTER);
    ok(ui->layer == LAYER_NONE && ui->quit == QUIT_NOT, "Enter is no");
    is_str(last_command(), "stop", "and nothing was asked");
    press("Qny");
    is_int(ui->quit, QUIT_STOP_NOW, "y is yes");
    is_str(last_command(), "stop now", "the scan stops now");
    ui->quit = QUIT_NOT;
    ui->can_command = false;
    press("q");
    is_int(ui->quit, QUIT_DETACH, "without the right to command q leaves");
    ui->quit = QUIT_NOT;
    ui->can_command = true;
    model->engine.is_alive = false;
    model->phase = PHASE_DONE;
    press("q");
    is_int(ui->quit, QUIT_DETACH, "a scan that is done is just left");
    end();
}

static void test_interrupt(void)
{
    begin();
    ui_key(ui, model, TK_CTRL('C'));
    is_int(ui->layer, LAYER_QUIT, "^C asks");
    ui_key(ui, model, TK_CTRL('C'));
    is_int(ui->quit, QUIT_STOP, "a second one leaves");
    is_str(last_command(), "stop", "and stops safely");
    ui->quit = QUIT_NOT;
    ui->layer = LAYER_NONE;
    ui->last_interrupt -= 60;
    ui_open_console(ui, model, "cut x");
    ui_key(ui, model, TK_CTRL('C'));
    is_int(ui->layer, LAYER_QUIT, "one minute later it asks again, out of any layer");
    is_int(ui->quit, QUIT_NOT, "and does nothing by itself");
    end();
}

static void test_pause(void)
{
    begin();
    press("p");
    is_str(last_command(), "pause", "p pauses a scan that runs");
    model->phase = PHASE_PAUSE;
    press("p");
    is_str(last_command(), "resume", "and lets one that is paused go on");
    model->phase = PHASE_DRAIN;
    press("p");
    is_str(last_command(), "resume", "one that ends is left alone");
    has_str(ui->message, ":resume takes the stop back", "and it is said what helps");
    press("u");
    is_str(last_command(), "undo", "u takes the last command back");
    ui->width = 60;
    ui->height = 18;
    press("4");
    is_int(ui->screen, SCREEN_OVERVIEW, "a small window shows no other screen");
    model->phase = PHASE_RUN;
    press("p");
    is_str(last_command(), "pause", "but p works");
    press(":");
    is_int(ui->layer, LAYER_CONSOLE, "and :");
    ui_key(ui, model, TK_ESCAPE);
    press("q");
    is_int(ui->layer, LAYER_QUIT, "and q");
    end();
}

static void test_marks(void)
{
    static const uint64_t ids[] = {7, 3, 900, 3, 1, 500};
    size_t i;
    bool is_sorted = true;
    begin();
    for (i = 0; i < 6; i++)
        ui_mark(ui, ids[i], true);
    for (uint64_t id = 10000; id < 10500; id++)
        ui_mark(ui, id, true);
    is_int((intmax_t)ui->n_marks, 505, "a point is marked once");
    for (i = 1; i < ui->n_marks; i++)
        is_sorted &= ui->marks[i] > ui->marks[i - 1];
    ok(is_sorted, "in order");
    ok(ui_is_marked(ui, 3) && ui_is_marked(ui, 10499) && !ui_is_marked(ui, 4), "and is known");
    ui_mark(ui, 3, false);
    ui_mark(ui, 4, false);
    ok(!ui_is_marked(ui, 3) && ui->n_marks == 504, "a mark is taken away");
    ok(ui_is_marked(ui, 7) && ui_is_marked(ui, 10498) && ui_is_marked(ui, 10499), "and no other");
    press("U");
    is_int((intmax_t)ui->n_marks, 0, "U: all of them");
    has_str(ui->message, "504 marks", "and it is said how many");
    end();
}

static void set_journal(int64_t id, const char *text, const char *answer, bool is_ok)
{
    model->journal = mssm_array(model, 1, sizeof *model->journal);
    model->journal[0] = (struct command_row){.id = id,
                                             .text = arena_strdup(model->arena, text),
                                             .answer = arena_strdup(model->arena, answer),
                                             .is_ok = is_ok};
    model->n_journal = 1;
}

static void test_answers(void)
{
    begin();
    ui->watch.is_set = true;
    ui->watch.phase = PHASE_RUN;
    ui->watch.log_at = 1e12;
    for (size_t i = 0; i < model->n_workers; i++)
        model->workers[i].is_slow = false;
    ui_command(ui, model, "batch 40");
    is_int((intmax_t)ui->n_awaited, 1, "an answer is awaited");
    ui_refresh(ui, model);
    has_str(ui->message, ":batch 40 ...", "until it is there");
    set_journal(ui->awaited[0], "batch 40", "40 points per round", true);
    ui_refresh(ui, model);
    is_str(ui->message, ":batch 40 -> 40 points per round", "it is said");
    is_int((intmax_t)ui->n_awaited, 0, "once");
    ui_command(ui, model, "batch x");
    set_journal(ui->awaited[0], "batch x", "expected a number", false);
    ui_refresh(ui, model);
    ok(ui->is_warning, "a refusal is a warning");
    has_str(ui->message, "expected a number", "with its words");
    ui_command(ui, model, "batch 50");
    model->engine.is_alive = false;
    ui_refresh(ui, model);
    has_str(ui->message, "carried out on resume", "an engine that dies before it answers");
    ui_key(ui, model, TK_ESCAPE);
    is_str(ui->message, "", "Esc takes the warning away");
    end();
}

static void test_warnings(void)
{
    begin();
    ui->watch.log_at = 1e12;
    ui_refresh(ui, model);
    has_str(ui->message, "K kills it", "a slow calculator is told, with the key that helps");
    ok(ui->is_warning, "as a warning");
    ui_key(ui, model, TK_ESCAPE);
    ui_refresh(ui, model);
    is_str(ui->message, "", "once");
    model->phase = PHASE_ERROR;
    model->engine.is_alive = false;
    model->phase_why = "The engine (process 7) is gone.";
    ui_refresh(ui, model);
    has_str(ui->message, "theodolite resume", "an engine that is gone, with what to do");
    end();
}

static void type(const char *text)
{
    for (; *text != '\0'; text++)
        ui_key(ui, model, *text);
}

static void test_lines(void)
{
    begin();
    ui->screen = SCREEN_POINTS;
    snprintf(ui->points.filter, sizeof ui->points.filter, "accepted");
    press("\\");
    is_int(ui->layer, LAYER_FILTER, "\\ filters");
    type(" and m0 < 9");
    is_str(ui->points.filter, "accepted and m0 < 9", "as it is typed");
    ui_key(ui, model, TK_ESCAPE);
    is_str(ui->points.filter, "accepted", "Esc brings back what was");
    press("\\");
    ui_key(ui, model, TK_CTRL('U'));
    type("failed");
    ui_key(ui, model, TK_ENTER);
    is_str(ui->points.filter, "failed", "Enter keeps it");
    is_int(ui->layer, LAYER_NONE, "and closes the line");
    ui->screen = SCREEN_OVERVIEW;
    press("n");
    has_str(ui->message, "/ finds", "n without a pattern says what to press");
    ui->screen = SCREEN_MAP;
    press("\\");
    is_int(ui->screen, SCREEN_POINTS, "a filter from anywhere is one of the points");
    end();
}

static void test_unused(void)
{
    begin();
    press("e");
    has_str(ui->message, "on Cells (3) it is \"levels\"", "a key of another screen names it");
    press("3");
    is_str(ui->message, "", "what was said stays with its screen");
    ui_go(ui, model, SCREEN_LOG);
    press("%");
    has_str(ui->message, "% does nothing on this screen", "a key of none says so");
    press("q");
    is_str(ui->message, "", "also on the way back");
    ui_warn(ui, "The disk is full.");
    press("e2");
    has_str(ui->message, "disk", "a warning stays, whatever is pressed");
    ui_key(ui, model, TK_ESCAPE);
    ui->points.is_open = true;
    press("4>");
    has_str(ui->message, "behind this point", "a point over the list hides what sorts the list");
    press("\\");
    ok(!ui->points.is_open, "a filter shows the list");
    ui_key(ui, model, TK_ESCAPE);
    ui->points.is_open = true;
    ui_show_points(ui, model, "accepted");
    ok(!ui->points.is_open, "so does another screen that lists points");
    end();
}

/* The command that comes back names the store. */
static void test_way_back(void)
{
    const char *folder = getenv("TMPDIR");
    struct err err = ERR_INIT;
    struct buf text;
    begin();
    store_close(model->store);
    model->store = NULL;
    if (chdir(folder != NULL ? folder : "/tmp") != 0)
        bail_out("no folder");
    unlink("my own.db");
    store_close(store_create("my own.db", model->scan, &err));
    if ((model->store = store_open("my own.db", STORE_READ, &err)) == NULL)
        bail_out("%s", err.message);
    struct grid *grid = grid_create(80, 24, SYMBOLS_ASCII, COLORS_NONE, &err);
    ui->width = 80;
    ui->height = 24;
    buf_init(&text, 1 << 20);
    press("Q");
    ui_draw(ui, model, grid);
    (void)grid_print(grid, &text, &err);
    has_str(text.data, "Come back with: theodolite attach 'my own.db' ",
            "the way back, by its name");
    buf_free(&text);
    grid_free(grid);
    end();
}

static void test_drawing(void)
{
    begin();
    store_close(model->store); /* its path differs from run to run */
    model->store = NULL;
    press("Q");
    screen_is(ui, model, 80, 24, SYMBOLS_ASCII, "quit");
    styles_are(ui, model, 80, 24, SYMBOLS_ASCII, "quit");
    ui_key(ui, model, TK_DOWN);
    screen_is(ui, model, 120, 40, SYMBOLS_UTF8, "quit");
    screen_is(ui, model, 60, 18, SYMBOLS_ASCII, "quit-small");
    press("n");
    screen_is(ui, model, 80, 24, SYMBOLS_ASCII, "quit-now");
    press("n");
    ui->screen = SCREEN_POINTS;
    press("\\");
    type("omega < 0.13 and accepted");
    screen_is(ui, model, 80, 24, SYMBOLS_ASCII, "quit-filter");
    end();
}

int main(void)
{
    test_screens();
    test_leaving();
    test_interrupt();
    test_pause();
    test_marks();
    test_answers();
    test_warnings();
    test_lines();
    test_unused();
    test_drawing();
    test_way_back();
    return done_testing();
}
