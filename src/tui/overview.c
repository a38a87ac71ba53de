/* overview.c: is it healthy, does it get better, when is it done: the first screen.
 *
 * The panels are rows of the screen: first each gets the least that it needs, then the rest is
 * given out by a list of wishes, the most useful first.  While points run their workers are shown;
 * a scan that stands still leaves that room to what was found.  Wide terminals have a band with the
 * map on the left, rounds and cells on the right.  What each panel says is in the other files. */
#include "overview.h"
#include "cells.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

enum { WIDE = 110, HIGH = 33, LEAST_BAND = 14 };

bool overview_is_active(const struct model *model)
{
    return model->n_workers > 0 && (model->phase == PHASE_RUN || model->phase == PHASE_PAUSE ||
                                    model->phase == PHASE_DRAIN || model->phase == PHASE_FULL);
}

/* Workers that sum cheap calls have no points to show. */
static bool overview_has_points(const struct model *model)
{
    return overview_is_active(model) && (!model->integral || model->integral->are_calls_kept);
}

/* ---- layout ---------------------------------------------------------------------------------- */

/* Rows that a panel asks for. */
static int most_rows(const struct model *model, enum overview_panel panel)
{
    switch (panel) {
    case PANEL_WORKERS: return 2 + (int)(model->n_workers < 500 ? model->n_workers : 500);
    case PANEL_FAILURES: return 1 + (int)model->n_tallies;
    case PANEL_FOUND: return 5;
    case PANEL_LOG: return 1 + (int)model->n_logs;
    default: return 500;
    }
}

static int least_rows(const struct model *model, enum overview_panel panel)
{
    int n = most_rows(model, panel);

    switch (panel) {
    case PANEL_PROGRESS: return 4;
    case PANEL_ROUNDS: return 3;
    case PANEL_FOUND: return 3;
    case PANEL_WORKERS: return !overview_has_points(model) ? 0 : n < 4 ? n : 4;
    case PANEL_FAILURES: return n < 2 ? n : 2;
    default: return 0;
    }
}

struct wish {
    enum overview_panel panel;
    int rows;
};

/* Gives what is left of `room` rows, wish by wish, and returns what nobody wanted. */
static int give_rows(const struct model *model, int *rows, int room, const struct wish *wishes,
                     size_t n)
{
    size_t i;

    for (i = 0; i < n && room > 0; i++) {
        enum overview_panel panel = wishes[i].panel;
        int most = most_rows(model, panel), want = wishes[i].rows < most ? wishes[i].rows : most;
        int more = want - rows[panel];

        if (more <= 0 || (panel == PANEL_WORKERS && rows[panel] == 0) ||
            (panel == PANEL_LOG && rows[panel] == 0 && room < 2))
            continue;
        more = more < room ? more : room;
        rows[panel] += more;
        room -= more;
    }
    return room;
}

static void place_narrow(const struct model *model, struct area area,
                         struct overview_layout *layout)
{
    static const struct wish wishes[] = {
        {PANEL_FAILURES, 3}, {PANEL_WORKERS, 8},  {PANEL_FOUND, 5},     {PANEL_FAILURES, 4},
        {PANEL_ROUNDS, 5},   {PANEL_FAILURES, 5}, {PANEL_WORKERS, 500}, {PANEL_ROUNDS, 7},
        {PANEL_LOG, 6},      {PANEL_ROUNDS, 10},  {PANEL_LOG, 500},     {PANEL_ROUNDS, 500}};
    static const enum overview_panel order[] = {PANEL_PROGRESS, PANEL_ROUNDS,   PANEL_FOUND,
                                                PANEL_WORKERS,  PANEL_FAILURES, PANEL_LOG};
    int rows[N_PANELS] = {0}, room = area.height, top = 0;
    size_t i;

    for (i = 0; i < sizeof order / sizeof order[0]; i++) {
        rows[order[i]] = least_rows(model, order[i]);
        room -= rows[order[i]];
    }
    if (room > 0)
        give_rows(model, rows, room, wishes, sizeof wishes / sizeof wishes[0]);
    for (i = 0; i < sizeof order / sizeof order[0]; i++) {
        layout->panels[order[i]] = area_rows(area, top, rows[order[i]]);
        top += rows[order[i]];
    }
}

static void place_wide(const struct model *model, struct area area, struct overview_layout *layout)
{
    static const struct wish wishes[] = {{PANEL_FAILURES, 3}, {PANEL_LOG, 3},   {PANEL_WORKERS, 10},
                                         {PANEL_MAP, 18},     {PANEL_FOUND, 5}, {PANEL_FAILURES, 5},
                                         {PANEL_WORKERS, 18}, {PANEL_LOG, 6},   {PANEL_MAP, 28},
                                         {PANEL_WORKERS, 34}, {PANEL_LOG, 10},  {PANEL_MAP, 500}};
    static const enum overview_panel order[] = {PANEL_PROGRESS, PANEL_MAP,      PANEL_FOUND,
                                                PANEL_WORKERS,  PANEL_FAILURES, PANEL_LOG};
    int rows[N_PANELS] = {0}, room = area.height, top = 0, split = (area.width - 1) * 11 / 20;
    struct area band, right;
    size_t i;

    for (i = 0; i < sizeof order / sizeof order[0]; i++) {
        rows[order[i]] = order[i] == PANEL_MAP ? LEAST_BAND : least_rows(model, order[i]);
        room -= rows[order[i]];
    }
    if (room > 0)
        give_rows(model, rows, room, wishes, sizeof wishes / sizeof wishes[0]);
    for (i = 0; i < sizeof order / sizeof order[0]; i++) {
        layout->panels[order[i]] = area_rows(area, top, rows[order[i]]);
        top += rows[order[i]];
    }
    band = layout->panels[PANEL_MAP];
    layout->panels[PANEL_MAP] = area_columns(band, 0, split);
    right = area_columns(band, split + 1, band.width - split - 1);
    rows[PANEL_CELLS] = 9 < band.height - 4 ? 9 : band.height - 4;
    layout->panels[PANEL_ROUNDS] = area_rows(right, 0, band.height - rows[PANEL_CELLS]);
    layout->panels[PANEL_CELLS] =
        area_rows(right, band.height - rows[PANEL_CELLS], rows[PANEL_CELLS]);
}

void overview_place(const struct ui *ui, const struct model *model, struct area area,
                    struct overview_layout *layout)
{
    int panel;

    for (panel = 0; panel < N_PANELS; panel++)
        layout->panels[panel] = area_rows(area, 0, 0);
    if (ui->overview.enlarged > 0 && ui->overview.enlarged <= N_PANELS)
        layout->panels[ui->overview.enlarged - 1] = area;
    else if (area.width >= WIDE && area.height >= HIGH)
        place_wide(model, area, layout);
    else
        place_narrow(model, area, layout);
}

void overview_rule(const struct ui *ui, struct area area, enum overview_panel panel,
                   const char *title, const char *right)
{
    area_rule(area, 0, title, right);
    if (ui->overview.panel == (int)panel) {
        area_put(area, 0, 2, '[', STYLE_STRONG);
        area_put(area, 0, 3 + text_columns(title), ']', STYLE_STRONG);
    }
}

/* ---- the screen ------------------------------------------------------------------------------ */

static struct area inner_area(int height, int width)
{
    return (struct area){.height = height, .width = width}; /* only sizes are asked of it */
}

static void draw(const struct ui *ui, const struct model *model, struct area area)
{
    static void (*const panels[N_PANELS])(const struct ui *, const struct model *, struct area) = {
        [PANEL_PROGRESS] = overview_progress, [PANEL_ROUNDS] = overview_rounds,
        [PANEL_FOUND] = overview_found,       [PANEL_WORKERS] = overview_workers,
        [PANEL_FAILURES] = overview_failures, [PANEL_MAP] = overview_map,
        [PANEL_CELLS] = overview_cells,       [PANEL_LOG] = overview_log};
    static void (*const of_integral[N_PANELS])(const struct ui *, const struct model *,
                                               struct area) = {
        [PANEL_PROGRESS] = overview_integral_progress,
        [PANEL_ROUNDS] = overview_integral_rounds,
        [PANEL_FOUND] = overview_integral_found,
        [PANEL_CELLS] = overview_integral_cells};
    struct overview_layout layout;
    int panel;

    overview_place(ui, model, area, &layout);
    for (panel = 0; panel < N_PANELS; panel++)
        if (layout.panels[panel].height > 0)
            (model->integral && of_integral[panel] ? of_integral : panels)[panel](
                ui, model, layout.panels[panel]);
}

static void want(const struct ui *ui, const struct model *model, struct wants *wants)
{
    struct overview_layout layout;
    int height = ui->height - 3;

    overview_place(ui, model, inner_area(height, ui->width), &layout);
    if (layout.panels[PANEL_MAP].height > 0)
        overview_map_want(ui, model, layout.panels[PANEL_MAP], &wants->map);
    if (layout.panels[PANEL_CELLS].height > 0 && !model->integral)
        cells_classes(&ui->cells, &wants->classes);
}

/* The line of a worker, slow ones first; as it is, when there is no such worker. */
static size_t line_of_worker(const struct model *model, int number, size_t as_it_is)
{
    size_t i, k, line = 0;

    for (i = 0; i < model->n_workers && model->workers[i].row.worker != number; i++)
        ;
    if (i == model->n_workers)
        return as_it_is;
    for (k = 0; k < model->n_workers; k++)
        if (model->workers[k].is_slow == model->workers[i].is_slow)
            line += k < i;
        else
            line += model->workers[k].is_slow;
    return line;
}

/* The cursors follow what they stand on. */
static void find_again(struct overview_ui *overview, const struct model *model)
{
    size_t i;

    if (overview->worker > 0)
        overview->workers.at = line_of_worker(model, overview->worker - 1, overview->workers.at);
    for (i = 0; i < model->n_tallies; i++)
        if (strcmp(model->tallies[i].calculator, overview->failed_calculator) == 0 &&
            strcmp(model->tallies[i].reason, overview->failed_reason) == 0)
            overview->failures.at = i;
}

/* After the cursors were moved. */
static void remember(struct overview_ui *overview, const struct model *model)
{
    const struct worker_view *worker = overview_worker(model, overview->workers.at);

    overview->worker = worker ? worker->row.worker + 1 : 0;
    if (overview->failures.at >= model->n_tallies)
        return;
    snprintf(overview->failed_calculator, sizeof overview->failed_calculator, "%s",
             model->tallies[overview->failures.at].calculator);
    snprintf(overview->failed_reason, sizeof overview->failed_reason, "%s",
             model->tallies[overview->failures.at].reason);
}

static int update(struct ui *ui, struct model *model, int height, int width, struct err *err)
{
    struct overview_ui *overview = &ui->overview;
    struct overview_layout layout;
    int panel, n = 0;

    (void)err;
    if (!overview->is_set)
        overview->panel = overview_has_points(model) ? PANEL_WORKERS : PANEL_FOUND;
    if (overview->enlarged == PANEL_WORKERS + 1 && !overview_is_active(model))
        overview->enlarged = 0;
    overview_place(ui, model, inner_area(height, width), &layout);
    find_again(overview, model);
    list_keep(&overview->workers, overview_is_active(model) ? model->n_workers : 0,
              layout.panels[PANEL_WORKERS].height - 2);
    list_keep(&overview->failures, model->n_tallies, layout.panels[PANEL_FAILURES].height - 1);
    for (panel = 0; panel < N_PANELS; panel++)
        n += layout.panels[panel].height > 0;
    while (n > 0 && layout.panels[overview->panel].height == 0) /* it went away */
        overview->panel = (overview->panel + 1) % N_PANELS;
    return 0;
}

/* ---- keys ------------------------------------------------------------------------------------ */

static void next_panel(struct ui *ui, const struct model *model, int step)
{
    struct overview_layout layout;
    int i;

    ui->overview.enlarged = 0;
    ui->overview.is_set = true;
    overview_place(ui, model, inner_area(ui->height - 3, ui->width), &layout);
    for (i = 0; i < N_PANELS; i++) {
        ui->overview.panel = (ui->overview.panel + step + N_PANELS) % N_PANELS;
        if (layout.panels[ui->overview.panel].height > 0)
            return;
    }
}

static const struct worker_view *worker_here(const struct ui *ui, const struct model *model)
{
    if (ui->overview.panel != PANEL_WORKERS || !overview_is_active(model))
        return NULL;
    return overview_worker(model, ui->overview.workers.at);
}

static const struct store_tally *failure_here(const struct ui *ui, const struct model *model)
{
    if (ui->overview.panel != PANEL_FAILURES || ui->overview.failures.at >= model->n_tallies)
        return NULL;
    return &model->tallies[ui->overview.failures.at];
}

static void open_here(struct ui *ui, struct model *model)
{
    switch (ui->overview.panel) {
    case PANEL_WORKERS: ui_show_point(ui, model, worker_here(ui, model)->row.point); break;
    case PANEL_FAILURES: ui_show_points(ui, model, "failed"); break;
    case PANEL_FOUND:
        if (model->integral)
            ui_go(ui, model, SCREEN_CELLS);
        else
            ui_show_points(ui, model, "accepted");
        break;
    case PANEL_MAP:
        ui_go(ui, model, model->integral && model->counts.total == 0 ? SCREEN_CELLS : SCREEN_MAP);
        break;
    case PANEL_CELLS: ui_go(ui, model, SCREEN_CELLS); break;
    case PANEL_ROUNDS: ui_go(ui, model, SCREEN_LEARNER); break;
    default: ui_go(ui, model, SCREEN_LOG); break;
    }
}

static void kill_here(struct ui *ui, const struct model *model)
{
    const struct worker_view *worker = worker_here(ui, model);
    char command[64], took[16];

    snprintf(command, sizeof command, "kill %llu", (unsigned long long)worker->row.point);
    ui_ask(ui, command,
           "Kill %s of point %llu, which has run %s?  The point fails as \"killed\"%s.",
           worker->calculator && worker->calculator[0] ? worker->calculator : "the calculator",
           (unsigned long long)worker->row.point, time_short(took, model->now - worker->row.since),
           model->integral ? "" : "; R runs it again");
}

/* The line under the cursor is of one calculator: others may fail in the same way. */
static void retry_here(struct ui *ui, struct model *model)
{
    const struct store_tally *here = failure_here(ui, model);
    char command[256];

    snprintf(command, sizeof command,
             "retry failed where calculator == \"%.100s\" and reason == \"%.40s\"",
             here->calculator, here->reason);
    ui_command(ui, model, command);
}

static const char *why_not(const struct ui *ui, const struct model *model, int key)
{
    const struct worker_view *worker = worker_here(ui, model);

    switch (key) {
    case TK_ENTER:
        if (ui->overview.panel == PANEL_WORKERS && (!worker || worker->row.point == 0))
            return "This worker has no point now.";
        if (ui->overview.panel == PANEL_FAILURES && !failure_here(ui, model))
            return "Nothing has failed.";
        return NULL;
    case 'K':
        if (!ui->can_command)
            return "This scan cannot be commanded from here.";
        if (!overview_is_active(model))
            return "Nothing runs that could be killed.";
        if (ui->overview.panel != PANEL_WORKERS)
            return "K kills the point of a worker: Tab goes to the workers.";
        return worker && worker->row.point > 0 ? NULL : "This worker has no point now.";
    case 'R':
        if (model->integral)
            return UI_NO_STEERING;
        if (model->n_tallies == 0)
            return "Nothing has failed that could be tried again.";
        if (!ui->can_command)
            return "This scan cannot be commanded from here.";
        return failure_here(ui, model) ? NULL
                                       : "R tries one kind of failure again: Tab goes to them.";
    default: return NULL;
    }
}

static bool key(struct ui *ui, struct model *model, int key)
{
    struct overview_ui *overview = &ui->overview;

    if ((overview->panel == PANEL_WORKERS && list_move(&overview->workers, key)) ||
        (overview->panel == PANEL_FAILURES && list_move(&overview->failures, key))) {
        remember(overview, model);
        return true;
    }
    switch (key) {
    case TK_TAB: next_panel(ui, model, 1); return true;
    case TK_BACK_TAB: next_panel(ui, model, -1); return true;
    case TK_ENTER: open_here(ui, model); return true;
    case 'K': kill_here(ui, model); return true;
    case 'R': retry_here(ui, model); return true;
    case '+': overview->enlarged = overview->enlarged > 0 ? 0 : overview->panel + 1; return true;
    case 'q':
    case '_':
    case TK_ESCAPE:
        if (overview->enlarged == 0)
            return false;
        overview->enlarged = 0;
        return true;
    default: return false;
    }
}

/* A click chooses the panel and its line; on the title of the one that is chosen it opens it. */
static enum click click(struct ui *ui, struct model *model, int y, int x)
{
    struct overview_ui *overview = &ui->overview;
    struct overview_layout layout;
    enum click what = CLICK_TAKEN;
    int panel, line;

    overview_place(ui, model, inner_area(ui->height - 3, ui->width), &layout);
    for (panel = 0; panel < N_PANELS; panel++) {
        const struct area *area = &layout.panels[panel];

        if (y >= area->top && y < area->top + area->height && x >= area->left &&
            x < area->left + area->width)
            break;
    }
    if (panel == N_PANELS)
        return CLICK_NOTHING;
    line = y - layout.panels[panel].top;
    if (line == 0 && overview->panel == panel)
        return CLICK_AGAIN;
    if (panel == PANEL_WORKERS && line >= 2)
        what = list_click(&overview->workers, line - 2);
    else if (panel == PANEL_FAILURES && line >= 1)
        what = list_click(&overview->failures, line - 1);
    if (what == CLICK_AGAIN && overview->panel != panel)
        what = CLICK_TAKEN;
    overview->panel = panel;
    overview->is_set = true;
    remember(overview, model);
    return what;
}

static const struct key_help keys[] = {
    {"Tab", "panel", "next panel (Shift-Tab: the one before)", 0},
    {"Enter", "open", "what the panel's line is about", TK_ENTER},
    {"K", "kill", "end the calculator of the selected worker's point (asks)", 'K'},
    {"R", "retry", "run the points with this kind of failure again", 'R'},
    {"+", "large", "the panel over the whole screen, and back", 0},
    {"j k", NULL, "next and previous line of the panel", 0},
    {NULL, NULL, NULL, 0}};

static const struct key_help integral_keys[] = {
    {"Tab", "panel", "next panel (Shift-Tab: the one before)", 0},
    {"Enter", "open", "what the panel's line is about", TK_ENTER},
    {"K", "kill", "end the calculator of the selected worker's call (asks)", 'K'},
    {"+", "large", "the panel over the whole screen, and back", 0},
    {"j k", NULL, "next and previous line of the panel", 0},
    {NULL, NULL, NULL, 0}};

const struct screen overview_screen = {.name = "overview",
                                       .title = "Overview",
                                       .keys = keys,
                                       .integral_keys = integral_keys,
                                       .key = key,
                                       .click = click,
                                       .want = want,
                                       .update = update,
                                       .draw = draw,
                                       .why_not = why_not};
