/* t-tui-mouse.c: what a click and the wheel do on each screen, when they do nothing, and how a
 * script says them. */
#include "../src/tui/console.h"
#include "../src/tui/map.h"
#include "../src/tui/overview.h"
#include "../src/tui/points.h"
#include "../src/tui/script.h"
#include "t-tui-help.h"

#include <unistd.h>

static void mouse(struct ui *ui, struct model *model, enum mouse_what what, int x, int y)
{
    struct err err = ERR_INIT;

    ui_mouse(ui, model, &(struct mouse){.y = y, .x = x, .what = what});
    if (ui_update(ui, model, &err) != 0)
        bail_out("%s", err.message);
}

static void click(struct ui *ui, struct model *model, int x, int y)
{
    mouse(ui, model, MOUSE_CLICK, x, y);
}

static void check_titles(struct ui *ui, struct model *model)
{
    mssm_answer(ui, model, 80, 24);
    click(ui, model, 15, 0); /* "[1 Overview] 2 Map 3 Cells" */
    is_int(ui->screen, SCREEN_MAP, "a title opens its screen");
    click(ui, model, 0, 0);
    is_int(ui->screen, SCREEN_OVERVIEW, "the first one too");
    click(ui, model, 79, 0);
    is_int(ui->screen, SCREEN_OVERVIEW, "where no title is nothing happens");
    for (int i = 0, x = 0; i < N_SCREENS; i++) { /* each at its first and last column */
        int width = text_columns(screen_of((enum screen_id)i)->title) + 2;

        ui_go(ui, model, i == 0 ? SCREEN_LOG : SCREEN_OVERVIEW);
        x = i == 0 ? 0 : i == 1 ? 13 : x;
        is_int(frame_tab_at(ui, x), i, "first column of %s", screen_of((enum screen_id)i)->title);
        is_int(frame_tab_at(ui, x + width - 1), i, "last column");
        x += width + 1;
    }
}

static void check_overview(struct ui *ui, struct model *model)
{
    struct overview_layout layout;
    struct area area = {.height = 21, .width = 80};
    int top;

    ui_go(ui, model, SCREEN_OVERVIEW);
    mssm_answer(ui, model, 80, 24);
    overview_place(ui, model, area, &layout);
    top = layout.panels[PANEL_WORKERS].top + 1;
    click(ui, model, 10, layout.panels[PANEL_FAILURES].top + 1);
    is_int(ui->overview.panel, PANEL_FAILURES, "a click chooses the panel");
    click(ui, model, 10, top + 4);
    is_int(ui->overview.panel, PANEL_WORKERS, "and another");
    is_size(ui->overview.workers.at, 2, "with its line");
    mouse(ui, model, MOUSE_WHEEL_DOWN, 10, top + 4);
    is_size(ui->overview.workers.at, 5, "the wheel moves by three lines");
    mouse(ui, model, MOUSE_WHEEL_UP, 10, top + 4);
    is_size(ui->overview.workers.at, 2, "and back");
    click(ui, model, 10, layout.panels[PANEL_ROUNDS].top + 1);
    is_int(ui->overview.panel, PANEL_ROUNDS, "a title chooses its panel");
    is_int(ui->screen, SCREEN_OVERVIEW, "once");
    click(ui, model, 10, layout.panels[PANEL_ROUNDS].top + 1);
    is_int(ui->screen, SCREEN_LEARNER, "and opens it the second time");
}

static void check_lists(struct ui *ui, struct model *model)
{
    ui_go(ui, model, SCREEN_CELLS);
    mssm_answer(ui, model, 80, 24);
    click(ui, model, 10, 3 + 2);
    is_size(ui->cells.rows.at, 2, "cells: the line");
    click(ui, model, 10, 3 + 2);
    is_int(ui->screen, SCREEN_POINTS, "a second click opens it");
    has_str(ui->points.filter, "p >= ", "with the points of the class");
    ui_go(ui, model, SCREEN_LOG);
    mssm_answer(ui, model, 80, 24);
    click(ui, model, 10, 2 + 3);
    is_size(ui->log.rows.at, 3, "log: the line");
    ok(!ui->log.is_following, "it stays there");
    mouse(ui, model, MOUSE_WHEEL_UP, 10, 10);
    is_size(ui->log.rows.at, 0, "the wheel moves");
}

static void check_map(struct ui *ui, struct model *model)
{
    struct map_frame frame;
    struct map_cell cell;
    double width;

    ui_go(ui, model, SCREEN_MAP);
    mssm_answer(ui, model, 80, 24);
    click(ui, model, MAP_LABELS + 7, 2 + 4);
    if (!map_frame(ui, model, &frame))
        bail_out("no map");
    cell = map_cursor_cell(ui, &frame, ui->map.height, ui->map.width);
    ok(cell.x == 7 && cell.y == 4, "map: the cursor is where was clicked (%d %d)", cell.x, cell.y);
    width = frame.x.hi - frame.x.lo;
    mouse(ui, model, MOUSE_WHEEL_UP, MAP_LABELS + 7, 2 + 4);
    ok(map_frame(ui, model, &frame) && frame.x.hi - frame.x.lo < 0.6 * width,
       "the wheel brings it nearer");
    mouse(ui, model, MOUSE_WHEEL_DOWN, MAP_LABELS + 7, 2 + 4);
    ok(map_frame(ui, model, &frame) && frame.x.hi - frame.x.lo > 0.9 * width, "and away");
    ui_key(ui, model, 'x');
    click(ui, model, MAP_LABELS + 20, 9);
    ok(ui->map.choosing == 'x', "a list that is open stays");
    ui_key(ui, model, TK_ESCAPE);
    click(ui, model, MAP_LABELS + 7, 2 + 4);
    click(ui, model, MAP_LABELS + 7, 2 + 4);
    is_int(ui->screen, SCREEN_POINTS, "a second click lists the points there");
}

static void check_columns(struct ui *ui, struct model *model)
{
    struct points_layout layout = points_layout(model, 21, 80);
    size_t n = model->scan->n_values;

    ui->points.filter[0] = '\0';
    is_size(points_sort_at(ui, model, &layout, 5), n + LIST_BY_ID, "points: titles of columns");
    is_size(points_sort_at(ui, model, &layout, 28), n + LIST_BY_P, "P");
    is_size(points_sort_at(ui, model, &layout, 42), 0, "the first value");
    is_size(points_sort_at(ui, model, &layout, 42 + layout.value_width), 1, "the second");
    is_size(points_sort_at(ui, model, &layout, 0), SIZE_MAX, "none");
}

/* Nothing that is asked is answered by a click; off is off. */
static void check_nothing(struct ui *ui, struct model *model)
{
    ui_go(ui, model, SCREEN_OVERVIEW);
    ui_key(ui, model, '?');
    click(ui, model, 15, 0);
    is_int(ui->layer, LAYER_HELP, "help stays");
    mouse(ui, model, MOUSE_WHEEL_DOWN, 15, 10);
    is_int(ui->screen, SCREEN_OVERVIEW, "the wheel is its own");
    ui_key(ui, model, TK_ESCAPE);
    ui_key(ui, model, 'Q');
    click(ui, model, 15, 0);
    click(ui, model, 30, 12);
    ok(ui->layer == LAYER_QUIT && ui->quit == QUIT_NOT, "a question is not answered by a click");
    ui_key(ui, model, TK_ESCAPE);
    console_run(ui, model, "set mouse=off");
    click(ui, model, 15, 0);
    is_int(ui->screen, SCREEN_OVERVIEW, "off");
    console_run(ui, model, "set mouse=on");
    ui->width = 60;
    click(ui, model, 15, 0);
    is_int(ui->screen, SCREEN_OVERVIEW, "in a window that is too small");
    ui->width = 80;
    click(ui, model, 15, 0);
    is_int(ui->screen, SCREEN_MAP, "and on again");
    for (int y = -2; y < 30; y++) /* beside everything */
        for (int x = -3; x < 90; x += 3) {
            ui_go(ui, model, (enum screen_id)((x + 3) / 3 % N_SCREENS));
            ui_mouse(ui, model,
                     &(struct mouse){.y = y, .x = x, .what = (enum mouse_what)((x + y + 9) % 3)});
            ui->layer = LAYER_NONE;
        }
    pass("anywhere");
}

static void check_script(void)
{
    static const char *const bad[] = {":click 3\n", ":click 0 1\n", ":click 1 2 3\n",
                                      ":click a b\n"};
    char path[] = "/tmp/t-tui-mouse-XXXXXX";
    struct err err = ERR_INIT;
    const struct script_step *step;
    struct script *script;
    int fd = mkstemp(path), n_bad = 0;

    if (fd < 0)
        bail_out("no file");
    close(fd);
    if (file_write(path, ":click 12 3\n:wheel down 4 5\nj\n", 31, &err) != 0 ||
        (script = script_read(path, &err)) == NULL)
        bail_out("%s", err.message);
    step = script_next(script);
    ok(step->kind == SCRIPT_MOUSE && step->mouse.x == 11 && step->mouse.y == 2 &&
           step->mouse.what == MOUSE_CLICK,
       "a script clicks");
    step = script_next(script);
    ok(step->kind == SCRIPT_MOUSE && step->mouse.x == 3 && step->mouse.what == MOUSE_WHEEL_DOWN,
       "and turns the wheel");
    step = script_next(script);
    ok(step->kind == SCRIPT_KEY && step->key == 'j', "between keys");
    script_free(script);
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        err_clear(&err);
        if (file_write(path, bad[i], strlen(bad[i]), &err) != 0)
            bail_out("%s", err.message);
        script = script_read(path, &err);
        n_bad += script == NULL;
        script_free(script);
    }
    is_int(n_bad, 4, "places that are none are told");
    (void)unlink(path);
}

int main(void)
{
    struct model *model = help_model();
    struct ui *ui = help_ui(model);

    check_titles(ui, model);
    check_overview(ui, model);
    check_lists(ui, model);
    check_map(ui, model);
    check_columns(ui, model);
    check_nothing(ui, model);
    check_script();
    ui_free(ui);
    help_model_free(model);
    return done_testing();
}
