/* tui.c: the workbench put together: model, gatherer, state, terminal, and one screen as text.
 *
 * The last state of the store is read before the first frame.  Nothing here can stop a scan: the
 * engine is another process, and what is opened here is given back however this ends. */
#include "theodolite/tui.h"

#include "cells.h"
#include "console.h"
#include "loop.h"
#include "palette.h"

#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { NARROWEST = 20, LOWEST = 5, WIDEST = 1000, TALLEST = 500 };

static const char help_name[] = "help";

int tui_can_start(struct err *err)
{
    return curses_check(err);
}

const char *const *tui_screen_names(void)
{
    static const char *names[N_SCREENS + 2];
    for (int i = 0; i < N_SCREENS; i++)
        names[i] = screen_of((enum screen_id)i)->name;
    names[N_SCREENS] = help_name;
    return names;
}

static int find_screen(const char *name, enum screen_id *screen, struct err *err)
{
    const char *const *names = tui_screen_names();
    for (int i = 0; i < N_SCREENS; i++)
        if (strcmp(names[i], name) == 0) {
            *screen = (enum screen_id)i;
            return 0;
        }
    const char *nearest = text_nearest(name, names, N_SCREENS + 1);
    return err_set(err, ERR_USAGE,
                   "there is no screen \"%.40s\"%s%s; there are overview, map, cells, points, "
                   "learner, log, help",
                   name, nearest != NULL ? "; did you mean " : "", nearest != NULL ? nearest : "");
}

static int choose_symbols(const char *name, enum symbols *symbols, struct err *err)
{
    if (symbols_from_name(name, symbols) == 0)
        return 0;
    return err_set(err, ERR_USAGE, "symbols are ascii, utf8, braille or auto, not \"%.40s\"", name);
}

int tui_check_options(const struct tui_options *options, struct err *err)
{
    enum screen_id screen;
    enum symbols symbols;
    enum colors colors;
    if (choose_symbols(options->symbols, &symbols, err) != 0 ||
        (options->screen != NULL && find_screen(options->screen, &screen, err) != 0))
        return -1;
    if (colors_from_name(options->colors, &colors) != 0)
        return err_set(err, ERR_USAGE, "colours are never, 8, 256, direct or auto, not \"%.40s\"",
                       options->colors);
    return 0;
}

/* The user's own `:set` and `:bind` lines. */
static void read_settings(struct ui *ui, struct model *model)
{
    const char *home = getenv("HOME"), *config = getenv("XDG_CONFIG_HOME");
    char path[4096];
    int n = config != NULL && config[0] != '\0'
                ? snprintf(path, sizeof path, "%s/theodolite/settings", config)
                : snprintf(path, sizeof path, "%s/.config/theodolite/settings",
                           home != NULL ? home : "");
    if (n > 0 && (size_t)n < sizeof path && file_exists(path))
        console_read_settings(ui, model, path);
}

/* Signals are for the thread that draws: its poll() is what they must wake. */
static struct gather *create_gather(const char *path, struct err *err)
{
    sigset_t all, before;
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &before);
    struct gather *gather = gather_create(path, true, err);
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    return gather;
}

/* A store that only may be read is watched all the same. */
static struct model *create_model(const char *path, bool *can_command, struct err *err)
{
    struct err first = ERR_INIT;
    struct model *model = model_create(path, true, &first);
    *can_command = model != NULL;
    return model != NULL ? model : model_create(path, false, err);
}

struct bench { /* what there is while the workbench is open */
    struct loop_parts parts;
    enum screen_id screen;
    enum symbols symbols;
    bool can_command;
};

static int open_bench(struct bench *bench, const char *path, const struct tui_options *options,
                      struct err *err)
{
    struct loop_parts *parts = &bench->parts;
    parts->engine = options->engine;
    if (choose_symbols(options->symbols, &bench->symbols, err) != 0 ||
        (options->screen != NULL && find_screen(options->screen, &bench->screen, err) != 0) ||
        (options->script != NULL && (parts->script = script_read(options->script, err)) == NULL) ||
        (parts->model = create_model(path, &bench->can_command, err)) == NULL ||
        (parts->gather = create_gather(path, err)) == NULL ||
        model_refresh(parts->model, NULL, err) != 0 ||
        (parts->terminal = curses_create(options->colors, err)) == NULL ||
        (parts->ui = ui_create(parts->model, bench->symbols, parts->terminal->colors, err)) == NULL)
        return -1;
    struct ui *ui = parts->ui;
    ui->can_command = bench->can_command;
    parts->terminal->calls->size(parts->terminal, &ui->width, &ui->height);
    read_settings(ui, parts->model);
    if (options->symbols != NULL)
        ui->symbols = bench->symbols;
    if (options->colors != NULL)
        ui->colors = parts->terminal->colors;
    ui_choose(ui, parts->model, bench->screen);
    return 0;
}

/* The terminal first: whatever goes wrong later is said on a sane one. */
static void close_bench(struct bench *bench)
{
    struct loop_parts *parts = &bench->parts;
    if (parts->terminal != NULL)
        parts->terminal->calls->free(parts->terminal);
    ui_free(parts->ui);
    gather_free(parts->gather);
    model_free(parts->model);
    script_free(parts->script);
}

int tui_run(const char *store_path, const struct tui_options *options, enum tui_left *left,
            struct err *err)
{
    struct bench bench = {.screen = SCREEN_OVERVIEW};
    int rc = tui_can_start(err);
    *left = TUI_DETACHED;
    if (rc == 0)
        rc = open_bench(&bench, store_path, options, err);
    if (rc == 0)
        rc = loop_run(&bench.parts, err);
    if (rc == 0 && bench.parts.ui->quit != QUIT_DETACH)
        *left = bench.parts.ui->quit == QUIT_STOP ? TUI_STOP : TUI_STOP_NOW;
    close_bench(&bench);
    return rc;
}

/* ---- one screen as text --------------------------------------------------------------------- */

static int open_shot(struct bench *bench, const char *path, const struct tui_shot *shot,
                     struct err *err)
{
    struct loop_parts *parts = &bench->parts;
    bool is_help = strcmp(shot->screen, help_name) == 0;
    /* heat is letters in plain text; its steps are part of the styles */
    enum colors colors = shot->has_styles ? COLORS_256 : COLORS_NONE;
    if (choose_symbols(shot->symbols, &bench->symbols, err) != 0 ||
        (!is_help && find_screen(shot->screen, &bench->screen, err) != 0) ||
        (parts->model = model_create(path, false, err)) == NULL ||
        (parts->gather = gather_create(path, false, err)) == NULL ||
        model_refresh(parts->model, NULL, err) != 0 ||
        (parts->ui = ui_create(parts->model, bench->symbols, colors, err)) == NULL)
        return -1;
    struct ui *ui = parts->ui;
    /* dots of accepted points among letters of others need colours to be told apart */
    if (shot->symbols == NULL && !shot->has_styles && ui->symbols == SYMBOLS_BRAILLE)
        ui->symbols = SYMBOLS_UTF8;
    ui->width = shot->width > 0 ? shot->width : 80;
    ui->height = shot->height > 0 ? shot->height : 24;
    ui_choose(ui, parts->model, bench->screen);
    if (is_help)
        ui->layer = LAYER_HELP;
    return 0;
}

/* Text has no height of its own: where none was asked for, all classes are printed. */
static int fit_shot(struct bench *bench, const struct tui_shot *shot, struct err *err)
{
    struct loop_parts *parts = &bench->parts;
    int inner, width, wanted;
    if (shot->height > 0 || parts->ui->screen != SCREEN_CELLS || parts->ui->layer == LAYER_HELP)
        return 0;
    ui_inner_size(parts->ui->height, parts->ui->width, &inner, &width);
    wanted = cells_height(parts->model, inner);
    if (wanted == inner)
        return 0;
    parts->ui->height += wanted - inner;
    return loop_settle(parts, err);
}

static int print_shot(const struct bench *bench, const struct tui_shot *shot, struct buf *out,
                      struct err *err)
{
    const struct ui *ui = bench->parts.ui;
    struct grid *grid = grid_create(ui->width, ui->height, ui->symbols, ui->colors, err);
    if (grid == NULL)
        return -1;
    grid_clear(grid);
    ui_draw(ui, bench->parts.model, grid);
    int rc = grid_print(grid, out, err);
    if (rc == 0 && shot->has_styles)
        rc = grid_print_styles(grid, out, err);
    grid_free(grid);
    return rc;
}

int tui_show(const char *store_path, const struct tui_shot *shot, struct buf *out, struct err *err)
{
    struct bench bench = {.screen = SCREEN_OVERVIEW};
    bool fits = shot->width == 0 || (shot->width >= NARROWEST && shot->width <= WIDEST);
    fits = fits && (shot->height == 0 || (shot->height >= LOWEST && shot->height <= TALLEST));
    if (!fits)
        return err_set(err, ERR_USAGE, "a screen is %d to %d columns wide and %d to %d lines high",
                       NARROWEST, WIDEST, LOWEST, TALLEST);
    int rc = open_shot(&bench, store_path, shot, err);
    if (rc == 0)
        rc = loop_settle(&bench.parts, err);
    if (rc == 0)
        rc = fit_shot(&bench, shot, err);
    if (rc == 0)
        rc = print_shot(&bench, shot, out, err);
    close_bench(&bench);
    return rc;
}
