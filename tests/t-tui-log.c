/* t-tui-log.c: the screen of the log: golden screens, filters, the cursor that stays on its line,
 * find, the words of a failed point from a store, undo. */
#include "../src/tui/log.h"
#include "t-tui-help.h"

#include <unistd.h>

static void see(struct ui *ui, struct model *model, int width, int height)
{
    mssm_answer(ui, model, width, height);
}

/* Draws at many sizes and symbols; returns how many. */
static int help_draw_sizes(struct ui *ui, struct model *model)
{
    static const int widths[] = {80, 81, 97, 111, 112, 120, 200, 333};
    static const int heights[] = {24, 25, 31, 36, 37, 40, 77};
    struct err err = ERR_INIT;
    int n = 0;
    size_t w, h;

    for (w = 0; w < sizeof widths / sizeof widths[0]; w++)
        for (h = 0; h < sizeof heights / sizeof heights[0]; h++) {
            enum symbols symbols = (enum symbols)(n % 3);
            struct grid *grid = grid_create(widths[w], heights[h], symbols, COLORS_NONE, &err);

            if (!grid)
                bail_out("%s", err.message);
            ui->symbols = symbols;
            mssm_answer(ui, model, widths[w], heights[h]);
            ui_draw(ui, model, grid);
            grid_free(grid);
            n++;
        }
    return n;
}

static void check_golden(struct ui *ui, struct model *model)
{
    ui_go(ui, model, SCREEN_LOG);
    see(ui, model, 80, 24);
    screen_is(ui, model, 80, 24, SYMBOLS_ASCII, "log");
    styles_are(ui, model, 80, 24, SYMBOLS_ASCII, "log");
    see(ui, model, 120, 40);
    screen_is(ui, model, 120, 40, SYMBOLS_UTF8, "log");
    snprintf(ui->find, sizeof ui->find, "round");
    see(ui, model, 80, 24);
    ui_key(ui, model, 'n');
    see(ui, model, 80, 24);
    screen_is(ui, model, 80, 24, SYMBOLS_ASCII, "log-find");
    ui->find[0] = '\0';
}

static void check_filters(struct ui *ui, struct model *model)
{
    struct log_ui *log = &ui->log;

    log->level = 'i';
    is_size(log_count(log, model), 9, "all lines");
    ui_key(ui, model, 'l');
    is_int(log->level, 'w', "l: warnings and worse");
    is_size(log_count(log, model), 3, "two warnings and a failure");
    ui_key(ui, model, 'l');
    is_size(log_count(log, model), 1, "the failed point");
    ui_key(ui, model, 'l');
    is_size(log_count(log, model), 0, "no error");
    see(ui, model, 80, 24);
    screen_is(ui, model, 80, 24, SYMBOLS_ASCII, "log-empty");
    ui_key(ui, model, TK_ENTER);
    has_str(ui->message, "no line", "Enter says that there is no line");
    ui_key(ui, model, 'l');
    is_size(log_count(log, model), 2, "what the user did");
    ui_key(ui, model, 'l');
    is_int(log->level, 'i', "and all again");
    ui_key(ui, model, 's');
    is_str(log->source, "higgstools", "s: the source of the newest line");
    is_size(log_count(log, model), 1, "which has one");
    ui_key(ui, model, 's');
    is_str(log->source, "engine", "then the next");
    is_size(log_count(log, model), 3, "which has three");
    while (log->source[0] != '\0')
        ui_key(ui, model, 's');
    is_size(log_count(log, model), 9, "after the last all again");
}

static const char *text_at(const struct ui *ui, const struct model *model)
{
    const struct log_view *line = log_row(&ui->log, model, ui->log.rows.at);

    return line ? line->text : NULL;
}

static void check_cursor(struct ui *ui, struct model *model)
{
    struct log_view more[11], *logs = model->logs;

    ui->log.is_following = true;
    see(ui, model, 80, 24);
    has_str(text_at(ui, model), "worker 4", "it follows the newest line");
    ui_key(ui, model, 'j');
    ui_key(ui, model, 'j');
    ok(!ui->log.is_following, "moving ends following");
    has_str(text_at(ui, model), "AUC 0.943", "two lines down");
    memcpy(more, logs, 9 * sizeof *logs);
    more[9] = more[10] = logs[8];
    more[9].at += 1;
    more[10].at += 2;
    more[9].text = more[10].text = "news";
    model->logs = more;
    model->n_logs = 11;
    model->version++;
    see(ui, model, 80, 24);
    has_str(text_at(ui, model), "AUC 0.943", "new lines come, the cursor stays on its own");
    is_size(ui->log.rows.at, 4, "which is two rows further");
    ui_key(ui, model, 'l');
    see(ui, model, 80, 24);
    has_str(text_at(ui, model), "4779", "hidden: the next older line that is shown");
    while (ui->log.level != 'i')
        ui_key(ui, model, 'l');
    ui_key(ui, model, 'f');
    see(ui, model, 80, 24);
    is_str(text_at(ui, model), "news", "f follows again");
    model->logs = logs;
    model->n_logs = 9;
    see(ui, model, 80, 24);
}

static void check_find(struct ui *ui, struct model *model)
{
    ui->find[0] = '\0';
    ui_key(ui, model, 'n');
    has_str(ui->message, "/", "n without a pattern says what to press");
    snprintf(ui->find, sizeof ui->find, "%s", "ROUND");
    ui_key(ui, model, 'n');
    has_str(text_at(ui, model), "round 22", "the next older line, whatever the case");
    ui_key(ui, model, 'n');
    has_str(text_at(ui, model), "round 21", "and on");
    ui_key(ui, model, 'n');
    has_str(text_at(ui, model), "2 rounds", "to the last");
    ui_key(ui, model, 'n');
    has_str(text_at(ui, model), "round 22", "round at the end");
    has_str(ui->message, "newest", "which is said");
    ui_key(ui, model, 'N');
    has_str(text_at(ui, model), "2 rounds", "N goes the other way");
    snprintf(ui->find, sizeof ui->find, "%s", "tachyon");
    ui_key(ui, model, 'n');
    has_str(ui->message, "No line", "what is not there is said");
    ui->find[0] = '\0';
    ok(log_found("abc", "") == NULL && log_found("xAbc", "aBC") != NULL &&
           log_found("abab", "abc") == NULL,
       "how a pattern is found");
}

/* ---- a failed point of a store --------------------------------------------------------------- */

static int fill_store(struct store *store, struct err *err)
{
    static double row[MSSM_VALUES];
    const struct point_new point = {
        .id = 1, .origin = ORIGIN_START, .predicted = NAN, .density = 1, .row = row};
    const struct point_closed closed = {
        .id = 1,
        .state = STATE_FAILED,
        .verdict = {.label = -1, .chi2 = NAN},
        .row = row,
        .calculator = "spheno",
        .stage = "run",
        .reason = "signal",
        .words = "Problem in SugraRuns: no electroweak symmetry breaking at M_GUT\n"
                 "tachyonic stop, scale 1.3e+16\n"
                 "Program received signal SIGSEGV: Segmentation fault - invalid memory reference "
                 "while the spectrum was computed, and more words than fit.\n\tat line 7\n"
                 "a\nb\nc\nthe last line"};
    const struct store_step steps[] = {{1, "spheno", 139, 3.2}};
    int rc = -1;

    TRY(store_begin(store, err));
    TRY(store_insert_points(store, 1, &point, err));
    TRY(store_close_points(store, 1, &closed, err));
    TRY(store_add_steps(store, 1, steps, err));
    TRY(store_add_file(store, 1, "spheno", "SPheno.spc", "Block MODSEL", 12, err));
    TRY(store_commit(store, err));
    rc = 0;
out:
    return rc;
}

static void check_words(struct ui *ui, struct model *model)
{
    char path[] = "/tmp/t-tui-log-XXXXXX", file[64];
    struct err err = ERR_INIT;

    if (!mkdtemp(path))
        bail_out("mkdtemp");
    snprintf(file, sizeof file, "%s/scan.db", path);
    model->store = store_create(file, model->scan, &err);
    if (!model->store || fill_store(model->store, &err) != 0)
        bail_out("%s %s", err.message, err.trail);
    model->logs[3].point = 1;
    model->version++;
    ui_go(ui, model, SCREEN_LOG);
    ui->log.is_following = true;
    see(ui, model, 80, 24);
    while (ui->log.rows.at < 5)
        ui_key(ui, model, 'j');
    see(ui, model, 80, 24);
    ok(ui->log.has_failure, "the words of the failed point are fetched");
    screen_is(ui, model, 80, 24, SYMBOLS_ASCII, "log-words");
    see(ui, model, 120, 40);
    screen_is(ui, model, 120, 40, SYMBOLS_ASCII, "log-words");
    ui_key(ui, model, TK_ENTER);
    see(ui, model, 80, 24);
    screen_is(ui, model, 80, 24, SYMBOLS_ASCII, "log-open");
    ui_key(ui, model, 'G');
    see(ui, model, 80, 24);
    is_int(ui->log.words_top, 0, "words that fit are not scrolled");
    ui_key(ui, model, 'q');
    ok(!ui->log.is_open && ui->screen == SCREEN_LOG, "q closes the words only");
    ui_key(ui, model, 'o');
    ok(ui->screen == SCREEN_POINTS && ui->points.selected == 1, "o shows the point");
    ui_go(ui, model, SCREEN_LOG);
    ui_key(ui, model, 'k');
    ui_key(ui, model, 'k');
    ui_key(ui, model, 'o');
    ok(ui->screen == SCREEN_LOG, "o on a line without point does nothing");
    has_str(ui->message, "no point", "and says why");
    store_close(model->store);
    model->store = NULL;
    file_remove_tree(path, &err);
}

static void check_undo(struct ui *ui, struct model *model)
{
    ok(log_undoable(model) == &model->logs[4], "the newest action that can be taken back");
    ok(log_screen.why_not(ui, model, 'u') == NULL, "u is possible");
    model->logs[2].can_undo = model->logs[4].can_undo = false;
    has_str(log_screen.why_not(ui, model, 'u'), "no action", "else it says why not");
    ui->can_command = false;
    has_str(log_screen.why_not(ui, model, 'u'), "read", "nor can a store that is only read");
    ui->can_command = true;
}

int main(void)
{
    struct model *model = help_model();
    struct ui *ui = help_ui(model);

    check_golden(ui, model);
    check_filters(ui, model);
    check_cursor(ui, model);
    check_find(ui, model);
    check_words(ui, model);
    check_undo(ui, model);
    ui_go(ui, model, SCREEN_LOG);
    is_int(help_draw_sizes(ui, model), 56, "every size can be drawn");
    is_int(log_words(NULL, "one\ntwo three\n", "", 40, 0), 2, "lines of a text");
    is_int(log_words(NULL, "one two three four", "", 10, 0), 2, "broken at a blank");
    is_int(log_words(NULL, "aaaaaaaaaaaaaaaaaaaaaaaaa", "", 10, 0), 3, "or where it must");
    is_int(log_words(NULL, "", "", 10, 0), 0, "nothing is no line");
    ui_free(ui);
    help_model_free(model);
    return done_testing();
}
