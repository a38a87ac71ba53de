/* ui.c: the state of the workbench: its life, the screens and the way back, what is said and
 * marked, and commands with their answers.
 *
 * A command goes to a scan that runs as a row of the table `command`; its answer is looked for in
 * the journal at each refresh.  Where no engine runs, the program itself is started as
 * `theodolite tell`, so that nothing here ever waits for a store.  What keys do is ui-keys.c, what
 * is asked is ui-ask.c, the ":" line is console.c. */
#include "ui-private.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const double WORTH_TELLING_S = 30; /* what is slow in less ends by itself soon */

enum { TOP_LINES = 1, BOTTOM_LINES = 2 };

/* ---- life ----------------------------------------------------------------------------------- */

const struct screen *screen_of(enum screen_id id)
{
    static const struct screen *const screens[N_SCREENS] = {
        &overview_screen, &map_screen, &cells_screen, &points_screen, &learner_screen, &log_screen};
    return screens[id];
}

const struct key_help *screen_keys(const struct screen *screen, const struct model *model)
{
    return model->integral && screen->integral_keys ? screen->integral_keys : screen->keys;
}

static void set_defaults(struct ui *ui)
{
    for (int layer = 0; layer < N_MAP_LAYERS; layer++)
        ui->map.layers[layer] = true;
    ui->map.heat = true;
    ui->log.level = 'i';
    ui->log.is_following = true;
    ui->has_mouse = true;
    ui->last_interrupt = -INFINITY;
    ui->height = 24;
    ui->width = 80;
}

struct ui *ui_create(struct model *model, enum symbols symbols, enum colors colors, struct err *err)
{
    struct ui *ui = mem_new(struct ui);
    if (ui == NULL) {
        mem_error(err);
        return NULL;
    }
    ui->symbols = symbols;
    ui->colors = colors;
    set_defaults(ui);
    (void)model;
    if ((ui->points.arena = arena_create()) == NULL) {
        mem_error(err);
        ui_free(ui);
        return NULL;
    }
    if ((ui->console = console_create(err)) == NULL) {
        ui_free(ui);
        return NULL;
    }
    return ui;
}

void ui_free(struct ui *ui)
{
    if (ui == NULL)
        return;
    console_free(ui->console);
    arena_free(ui->points.arena);
    mem_free(ui->marks);
    mem_free(ui);
}

const char *ui_store_path(const struct model *model)
{
    return model->store != NULL ? store_path(model->store) : "DB";
}

/* ---- screens -------------------------------------------------------------------------------- */

void ui_choose(struct ui *ui, struct model *model, enum screen_id screen)
{
    ui_go(ui, model, screen);
    ui->n_back = 0;
}

void ui_go(struct ui *ui, struct model *model, enum screen_id screen)
{
    enum { MOST = sizeof ui->back / sizeof ui->back[0] };
    if (screen >= N_SCREENS)
        return;
    if (screen != ui->screen) {
        size_t at = 0;
        while (at < ui->n_back && ui->back[at] != screen)
            at++;
        if (at < ui->n_back)
            ui->n_back = at; /* as if q had led there */
        else if (ui->n_back < MOST)
            ui->back[ui->n_back++] = ui->screen;
        ui_forget(ui);
        ui->screen = screen;
    }
    if (screen_of(screen)->enter != NULL)
        screen_of(screen)->enter(ui, model);
}

void ui_show_point(struct ui *ui, struct model *model, uint64_t id)
{
    ui->points.filter[0] = '\0';
    ui->points.file = 0;
    ui->points.selected = id;
    ui->points.has_chosen = true;
    ui_go(ui, model, SCREEN_POINTS);
}

void ui_show_points(struct ui *ui, struct model *model, const char *filter)
{
    snprintf(ui->points.filter, sizeof ui->points.filter, "%s", filter);
    ui->points.selected = 0;
    ui->points.has_chosen = false;
    ui->points.is_open = false;
    ui->points.file = 0;
    ui->points.rows.at = ui->points.rows.top = 0;
    ui_go(ui, model, SCREEN_POINTS);
}

/* ---- what is said --------------------------------------------------------------------------- */

static void __attribute__((format(printf, 3, 0)))
say(struct ui *ui, bool is_warning, const char *format, va_list args)
{
    vsnprintf(ui->message, sizeof ui->message, format, args);
    ui->is_warning = is_warning;
}

void ui_say(struct ui *ui, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    say(ui, false, format, args);
    va_end(args);
}

void ui_warn(struct ui *ui, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    say(ui, true, format, args);
    va_end(args);
}

void ui_forget(struct ui *ui)
{
    if (!ui->is_warning)
        ui->message[0] = '\0';
}

void ui_ask(struct ui *ui, const char *on_yes, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    vsnprintf(ui->question, sizeof ui->question, format, args);
    va_end(args);
    snprintf(ui->on_yes, sizeof ui->on_yes, "%s", on_yes);
    ui->layer = LAYER_QUESTION;
}

/* ---- marks ---------------------------------------------------------------------------------- */

/* Where id stands, or would. */
static size_t mark_at(const struct ui *ui, uint64_t id)
{
    size_t lo = 0, hi = ui->n_marks;
    while (lo < hi) {
        size_t middle = lo + (hi - lo) / 2;
        if (ui->marks[middle] < id)
            lo = middle + 1;
        else
            hi = middle;
    }
    return lo;
}

bool ui_is_marked(const struct ui *ui, uint64_t id)
{
    size_t at = mark_at(ui, id);
    return at < ui->n_marks && ui->marks[at] == id;
}

void ui_mark(struct ui *ui, uint64_t id, bool is_marked)
{
    size_t at = mark_at(ui, id), behind = ui->n_marks - at;
    bool is_there = behind > 0 && ui->marks[at] == id;
    if (is_there == is_marked)
        return;
    if (is_there) {
        memmove(&ui->marks[at], &ui->marks[at + 1], (behind - 1) * sizeof ui->marks[0]);
        ui->n_marks--;
        return;
    }
    if (ui->n_marks == ui->marks_room) {
        size_t room = ui->marks_room > 0 ? 2 * ui->marks_room : 64;
        uint64_t *marks = mem_resize(ui->marks, ui->marks_room, room, sizeof *marks);
        if (marks == NULL) {
            ui_warn(ui, "There is no memory for another mark.");
            return;
        }
        ui->marks = marks;
        ui->marks_room = room;
    }
    memmove(&ui->marks[at + 1], &ui->marks[at], behind * sizeof ui->marks[0]);
    ui->marks[at] = id;
    ui->n_marks++;
}

/* ---- commands and answers ------------------------------------------------------------------- */

void ui_command(struct ui *ui, struct model *model, const char *text)
{
    enum { MOST = sizeof ui->awaited / sizeof ui->awaited[0] };
    struct err err = ERR_INIT;
    int64_t id;
    text += strspn(text, " \t:");
    if (console_give_order(ui, model, text))
        return;
    if (!ui->can_command || (model->store == NULL && model->engine.is_alive)) {
        ui_warn(ui, "This scan cannot be commanded from here: its store is only read.");
        return;
    }
    if (!model->engine.is_alive) {
        console_tell(ui, model, text);
        return;
    }
    if (store_add_command(model->store, text, &id, &err) != 0) {
        ui_warn(ui, "\"%s\" was not given: %s", text, err.message);
        return;
    }
    if (ui->n_awaited == MOST)
        memmove(ui->awaited, ui->awaited + 1, --ui->n_awaited * sizeof ui->awaited[0]);
    ui->awaited[ui->n_awaited++] = id;
    ui_say(ui, ":%s ...", text);
}

void ui_answer(struct ui *ui, const char *text, bool is_ok, const char *answer)
{
    int room = (ui->width > 0 ? ui->width : 80) - (is_ok ? 6 : 18);
    bool is_short = text_columns(text) + text_columns(answer) <= room;
    int n = (int)(is_short ? strlen(text) : strcspn(text, " \t")); /* at least the command */
    const char *more = is_short || text[n] == '\0' ? "" : " ...";
    if (!is_ok)
        ui_warn(ui, ":%.*s%s was refused: %s", n, text, more, answer);
    else if (strncmp(answer, "undone: ", 8) == 0)
        ui_say(ui, "%s", answer);
    else
        ui_say(ui, ":%.*s%s -> %s", n, text, more, answer[0] != '\0' ? answer : "done");
}

/* false: there is none yet. */
static bool say_answer(struct ui *ui, const struct model *model, int64_t id)
{
    for (size_t i = model->n_journal; i-- > 0 && model->journal[i].id >= id;) {
        const struct command_row *row = &model->journal[i];
        if (row->id != id || row->answer == NULL)
            continue;
        ui_answer(ui, row->text, row->is_ok, row->answer);
        return true;
    }
    if (!model->engine.is_alive) {
        ui_warn(ui, "The engine ended before it answered; the command is carried out on resume.");
        return true;
    }
    return false;
}

static void take_answers(struct ui *ui, const struct model *model)
{
    size_t n = 0;
    for (size_t i = 0; i < ui->n_awaited; i++)
        if (!say_answer(ui, model, ui->awaited[i]))
            ui->awaited[n++] = ui->awaited[i];
    ui->n_awaited = n;
}

/* ---- warnings ------------------------------------------------------------------------------- */

static void warn_of_phase(struct ui *ui, const struct model *model)
{
    if (model->phase == ui->watch.phase && ui->watch.is_set)
        return;
    bool says_all = model->is_lost || strstr(model->phase_why, "theodolite resume") != NULL;
    if (model->phase == PHASE_ERROR && says_all)
        ui_warn(ui, "%s", model->phase_why);
    else if (model->phase == PHASE_ERROR)
        ui_warn(ui, "%s  (\"theodolite resume %s\" goes on; nothing that was finished is lost.)",
                model->phase_why[0] != '\0' ? model->phase_why : "The engine ended with an error.",
                ui_store_path(model));
    else if (model->phase == PHASE_FULL)
        ui_warn(ui, "The disk is full: the scan waits until there is room beside %s.",
                ui_store_path(model));
    else if (ui->is_warning && model->engine.is_alive &&
             (ui->watch.phase == PHASE_FULL || ui->watch.phase == PHASE_ERROR))
        ui_say(ui, "The scan goes on."); /* what was warned of is over */
    else if (!ui->watch.was_alive)
        return; /* a command changed what is told of a scan at rest; its answer says so */
    else if (model->phase == PHASE_DONE)
        ui_say(ui, "The scan is done: %s", model->phase_why);
    else if (model->phase == PHASE_IDLE)
        ui_say(ui, "The scan stands still (%s); \"theodolite resume %s\" goes on with it.",
               model->phase_why[0] != '\0' ? model->phase_why : "it was stopped",
               ui_store_path(model));
}

static void warn_of_workers(struct ui *ui, const struct model *model)
{
    for (size_t i = 0; i < model->n_workers; i++) {
        const struct worker_view *worker = &model->workers[i];
        double ran_s = model->now - (worker->calculator_since > 0 ? worker->calculator_since
                                                                  : worker->row.since);
        char limit[48] = "", median[48] = "";
        if (!worker->is_slow || !(ran_s >= WORTH_TELLING_S) ||
            worker->row.point == ui->watch.slow_point)
            continue;
        if (isfinite(worker->limit_s))
            snprintf(limit, sizeof limit, " of %.0f s", worker->limit_s);
        if (isfinite(worker->median_s))
            snprintf(median, sizeof median, " (median %.3g s)", worker->median_s);
        ui->watch.slow_point = worker->row.point;
        ui_warn(ui, "W%d has run %.0f s%s%s. K kills it, :timeout moves the limit",
                worker->row.worker, ran_s, limit, median);
        return;
    }
}

static void warn_of_log(struct ui *ui, const struct model *model)
{
    double newest = ui->watch.log_at;
    for (size_t i = model->n_logs; i-- > 0 && model->logs[i].at > ui->watch.log_at;) {
        const struct log_view *log = &model->logs[i];
        bool is_told = newest > ui->watch.log_at && log->at < newest;
        if ((log->level == 'w' || log->level == 'e') && !is_told && ui->watch.is_set &&
            log->command == 0)
            ui_warn(ui, "%s", log->text);
        newest = fmax(newest, log->at);
    }
    ui->watch.log_at = newest;
}

void ui_refresh(struct ui *ui, struct model *model)
{
    take_answers(ui, model);
    warn_of_log(ui, model);
    warn_of_workers(ui, model);
    warn_of_phase(ui, model);
    ui->watch.phase = model->phase;
    ui->watch.was_alive = model->engine.is_alive;
    ui->watch.is_set = true;
    console_children(ui, model);
}

/* ---- what is read and drawn ----------------------------------------------------------------- */

void ui_wants(const struct ui *ui, const struct model *model, struct wants *wants)
{
    *wants = (struct wants){.is_frozen = ui->is_frozen};
    if (screen_of(ui->screen)->want != NULL)
        screen_of(ui->screen)->want(ui, model, wants);
    if (ui->layer == LAYER_CONSOLE)
        console_want(ui, model, wants);
}

void ui_inner_size(int height, int width, int *inner_height, int *inner_width)
{
    *inner_height = height > TOP_LINES + BOTTOM_LINES ? height - TOP_LINES - BOTTOM_LINES : 0;
    *inner_width = width;
}

static bool is_too_small(const struct ui *ui)
{
    return ui->height < 24 || ui->width < 80;
}

int ui_update(struct ui *ui, struct model *model, struct err *err)
{
    const struct screen *screen = screen_of(ui->screen);
    int height, width;
    if (screen->update == NULL || is_too_small(ui))
        return 0;
    ui_inner_size(ui->height, ui->width, &height, &width);
    return screen->update(ui, model, height, width, err);
}

void ui_draw(const struct ui *ui, const struct model *model, struct grid *grid)
{
    struct area all = grid_area(grid), inner;
    grid_clear(grid);
    grid->cursor_y = grid->cursor_x = -1;
    if (grid->height < 24 || grid->width < 80) {
        frame_too_small(ui, model, grid);
        inner = area_rows(all, 0, grid->height - 1);
    } else {
        inner = frame_draw(ui, model, grid);
        screen_of(ui->screen)->draw(ui, model, inner);
        frame_message(ui, model, grid);
    }
    if (ui->layer == LAYER_HELP)
        help_draw(ui, model, inner);
    else if (ui->layer == LAYER_CONSOLE)
        console_draw(ui, model, all);
    else if (ui->layer != LAYER_NONE)
        ask_draw(ui, model, all);
}
