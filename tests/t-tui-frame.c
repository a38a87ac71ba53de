/* t-tui-frame.c: the lines around every screen, the notice of a small window, and help. */
#include "t-tui-help.h"

enum { ROOM = 20000 };

/* Row y of what ui_draw makes, or all rows (y < 0); overwritten by the next call. */
static const char *drawn(struct ui *ui, const struct model *model, int width, int height, int y)
{
    static char text[ROOM];
    struct err err = ERR_INIT;
    struct grid *grid = grid_create(width, height, SYMBOLS_ASCII, COLORS_NONE, &err);
    struct buf out;
    char *row;

    if (!grid)
        bail_out("%s", err.message);
    ui->width = width;
    ui->height = height;
    buf_init(&out, ROOM - 1);
    ui_draw(ui, model, grid);
    if (grid_print(grid, &out, &err) != 0)
        bail_out("%s", err.message);
    memcpy(text, out.data, out.len + 1);
    buf_free(&out);
    grid_free(grid);
    if (y < 0)
        return text;
    for (row = text; y > 0; y--)
        row = strchr(row, '\n') + 1;
    row[strcspn(row, "\n")] = '\0';
    return row;
}

static void test_top(struct ui *ui, struct model *model)
{
    is_str(drawn(ui, model, 80, 24, 0),
           "[1 Overview] 2 Map 3 Cells 4 Points 5 Learner 6 Log     mssm-night  RUN 02:14:37",
           "tabs, name, phase, clock");
    ui->is_frozen = true;
    has_str(drawn(ui, model, 80, 24, 0), " mssm-..  FROZEN RUN 02:14:37", "a frozen view says so");
    model->phase = PHASE_PAUSE;
    model->n_busy = 3;
    has_str(drawn(ui, model, 120, 40, 0), "FROZEN PAUSE 3 run 02:14:37",
            "paused is another thing, with how many still run");
    has_str(drawn(ui, model, 80, 24, 0), "FROZEN PAUSE 3 run 02:14:37",
            "there is room for all that at 80 columns");
    ui->is_frozen = false;
    model->phase = PHASE_ERROR;
    model->phase_why = "Its engine is gone without a word.";
    model->engine.active_s = 446400;
    has_str(drawn(ui, model, 80, 24, 0), "ERROR 124:00:00", "longer than four days");
    has_str(drawn(ui, model, 80, 24, 22), "! Its engine is gone", "what happened is told");
    snprintf(ui->message, sizeof ui->message, "%s", "W4 has run 295 s of 300 s. K kills it.");
    ui->is_warning = true;
    is_str(drawn(ui, model, 80, 24, 22), "! W4 has run 295 s of 300 s. K kills it.", "a warning");
    ui->is_warning = false;
    is_str(drawn(ui, model, 80, 24, 22), "W4 has run 295 s of 300 s. K kills it.", "a message");
    memset(ui->message, 'x', 300);
    is_size(strlen(drawn(ui, model, 80, 24, 22)), 80, "a long one is cut");
    ui->message[0] = '\0';
    model->phase = PHASE_RUN;
    model->is_silent = true;
    has_str(drawn(ui, model, 80, 24, 22), "! Its engine is gone", "an engine that is silent too");
    model->is_silent = false;
    model->n_busy = 8;
    model->engine.active_s = 8077;
}

static char style_at(struct ui *ui, const struct model *model, int y, const char *text)
{
    struct err err = ERR_INIT;
    struct grid *grid = grid_create(80, 24, SYMBOLS_ASCII, COLORS_NONE, &err);
    const char *found = strstr(drawn(ui, model, 80, 24, y), text);
    long x = found ? (long)(found - drawn(ui, model, 80, 24, y)) : -1;
    char letter = '?';
    struct buf out;

    buf_init(&out, ROOM);
    ui_draw(ui, model, grid);
    if (grid_print_styles(grid, &out, &err) == 0 && x >= 0) {
        const char *row = out.data;

        for (; y > 0; y--)
            row = strchr(row, '\n') + 1;
        letter = row[x];
    }
    buf_free(&out);
    grid_free(grid);
    return letter;
}

static void test_keys(struct ui *ui, struct model *model)
{
    has_str(drawn(ui, model, 80, 24, 23), "::command  ?:help  q:quit", "keys of everywhere");
    has_str(drawn(ui, model, 80, 24, 23), "K:kill", "and those of the screen");
    ui->overview.is_set = true;
    ui->overview.panel = 3; /* workers */
    is_int(style_at(ui, model, 23, "K:kill"), 'b', "a key that works");
    model->n_workers = 0;
    is_int(style_at(ui, model, 23, "K:kill"), 'o', "one that does nothing now is dimmed");
    ui->message[0] = '\0';
    ui_key(ui, model, 'K');
    has_str(ui->message, "Nothing runs", "and says why");
    is_int(ui->layer, LAYER_NONE, "nothing else happens");
    model->n_workers = MSSM_WORKERS;
    ui->message[0] = '\0';
    has_str(drawn(ui, model, 120, 40, 39), "p:pause", "pause where there is room");
    model->phase = PHASE_PAUSE;
    has_str(drawn(ui, model, 120, 40, 39), "p:go on", "or go on");
    model->phase = PHASE_RUN;
    ui->n_back = 1;
    has_str(drawn(ui, model, 80, 24, 23), "q:back", "q goes back");
    ui->n_back = 0;
}

static void test_long(struct ui *ui, struct model *model)
{
    const char *screen;

    ui_warn(ui, "%s",
            ":export /no/such/folder/of/points.csv failed: cannot write "
            "'/no/such/folder/of/points.csv': No such file or directory");
    is_str(drawn(ui, model, 80, 24, 21),
           "! :export /no/such/folder/of/points.csv failed: cannot write",
           "a message longer than its line takes one above it");
    is_str(drawn(ui, model, 80, 24, 22),
           "'/no/such/folder/of/points.csv': No such file or directory", "and is whole");
    ui->message[0] = '\0';
    ui->is_warning = false;
    screen = drawn(ui, model, 80, 24, 22);
    ok(strstr(screen, "No such file") == NULL, "it goes away");
}

static void test_small(struct ui *ui, struct model *model)
{
    int width, height;

    screen_is(ui, model, 60, 18, SYMBOLS_ASCII, "too-small");
    has_str(drawn(ui, model, 79, 24, -1), "need 80 x 24", "one column too few");
    has_str(drawn(ui, model, 80, 23, -1), "35.3 % accepted", "the state of the scan is told");
    ok(strstr(drawn(ui, model, 80, 24, -1), "too small") == NULL, "this is enough");
    for (height = 1; height < 26; height++)
        for (width = 1; width < 90; width += 3)
            drawn(ui, model, width, height, -1);
    pass("any size can be drawn");
    model->phase = PHASE_DONE;
    has_str(drawn(ui, model, 40, 12, -1), "The scan is done", "also when it is over");
    model->phase = PHASE_RUN;
}

static void test_help(struct ui *ui, struct model *model)
{
    int tab, i, last;

    ui->width = 80;
    ui->height = 24;
    ui_key(ui, model, '?');
    is_int(ui->layer, LAYER_HELP, "? opens help");
    screen_is(ui, model, 80, 24, SYMBOLS_ASCII, "help-keys");
    ui_key(ui, model, '3');
    screen_is(ui, model, 120, 40, SYMBOLS_UTF8, "help-legend");
    styles_are(ui, model, 120, 40, SYMBOLS_UTF8, "help-legend");
    ui_key(ui, model, TK_TAB);
    is_int(ui->help_tab, 0, "Tab goes round");
    for (tab = 1; tab < 3; tab++) {
        ui->width = 80;
        ui->height = 24;
        ui_key(ui, model, '1' + tab);
        ui_key(ui, model, 'G');
        last = ui->help_top;
        ok(last > 0, "sheet %d can be scrolled", tab);
        for (i = 0; i < 5; i++)
            ui_key(ui, model, 'j');
        is_int(ui->help_top, last, "not beyond its end");
        ui_key(ui, model, 'k');
        is_int(ui->help_top, last - 1, "and back by one line");
    }
    ui_key(ui, model, '2');
    has_str(drawn(ui, model, 120, 40, -1), ":cut [NAME:] CONDITION", "commands of the scan");
    ui_key(ui, model, 'G');
    has_str(drawn(ui, model, 120, 40, -1), ":quit", "and of the window");
    ui_key(ui, model, 'q');
    is_int(ui->layer, LAYER_NONE, "q closes it");
}

int main(void)
{
    struct model *model = help_model();
    struct ui *ui = help_ui(model);

    mssm_answer(ui, model, 80, 24);
    test_top(ui, model);
    test_keys(ui, model);
    test_long(ui, model);
    test_small(ui, model);
    test_help(ui, model);
    ui_free(ui);
    help_model_free(model);
    return done_testing();
}
