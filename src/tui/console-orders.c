/* console-orders.c: the orders that are the workbench's own: how it looks, where it looks, and
 * what it writes for others.  They are not in the journal: the scan does not know them. */
#include "console-private.h"

#include "cells.h"
#include "map.h"

#include <stdio.h>
#include <string.h>

static void order_set(struct ui *ui, struct model *model, const char *rest)
{
    char words[300];
    (void)model;
    if (rest[0] == '\0') {
        settings_list(ui, words, sizeof words);
        ui_say(ui, "%s", words);
    } else if (!settings_set(ui, rest, words, sizeof words)) {
        ui_warn(ui, "%s", words);
    } else {
        settings_list(ui, words, sizeof words);
        ui_say(ui, "%s", words);
    }
}

static void order_bind(struct ui *ui, struct model *model, const char *rest)
{
    char words[300];
    (void)model;
    int n = (int)strcspn(rest, " \t");
    const char *command = rest + n + strspn(rest + n, " \t:");
    if (!settings_bind(ui->console, rest, words, sizeof words))
        ui_warn(ui, "%s", words);
    else if (command[0] != '\0')
        ui_say(ui, "The key %.*s is \":%s\" until you leave.", n, rest, command);
    else
        ui_say(ui, "The key %.*s is what it was.", n, rest);
}

static void order_levels(struct ui *ui, struct model *model, const char *rest)
{
    char words[300];
    if (!cells_set_levels(ui, rest, words, sizeof words)) {
        ui_warn(ui, "%s", words);
        return;
    }
    if (ui->screen != SCREEN_CELLS)
        ui_go(ui, model, SCREEN_CELLS);
}

static int find_screen(const char *name)
{
    for (int i = 0; i < N_SCREENS; i++)
        if (text_same_caseless(screen_of((enum screen_id)i)->name, name))
            return i;
    return -1;
}

static void order_show(struct ui *ui, struct model *model, const char *rest)
{
    int screen = find_screen(rest);
    if (screen < 0)
        ui_warn(ui, "there is no screen \"%s\": overview, map, cells, points, learner, log", rest);
    else
        ui_choose(ui, model, (enum screen_id)screen);
}

static void order_point(struct ui *ui, struct model *model, const char *rest)
{
    int64_t id;
    if (text_to_int64(rest, &id) != 0 || id < 1)
        ui_warn(ui, "expected the number of a point: point 4811");
    else
        ui_show_point(ui, model, (uint64_t)id);
}

static void order_help(struct ui *ui, struct model *model, const char *rest)
{
    const char *words = console_help_of(rest);
    (void)model;
    if (rest[0] == '\0')
        ui->layer = LAYER_HELP;
    else if (words != NULL)
        ui_say(ui, "%s", words);
    else
        ui_warn(ui, "there is no help on \"%s\"; :help alone shows the keys", rest);
}

static void order_find(struct ui *ui, struct model *model, const char *rest)
{
    snprintf(ui->find, sizeof ui->find, "%s", rest);
    ui_key(ui, model, 'n');
}

static void order_filter(struct ui *ui, struct model *model, const char *rest)
{
    ui_show_points(ui, model, rest);
}

/* ---- axes of the map ------------------------------------------------------------------------ */

static bool set_axis(struct ui *ui, struct model *model, char axis, const char *name)
{
    size_t value = scan_value_index(model->scan, name);
    if (value == SIZE_MAX) {
        ui_warn(ui, "there is no value \"%s\" for an axis", name);
        return false;
    }
    if (!ui->map.is_set) /* the map was not looked at yet: it would choose its own axes then */
        map_screen.enter(ui, model);
    map_set_axis(ui, model, axis, value);
    return true;
}

static void order_x(struct ui *ui, struct model *model, const char *rest)
{
    if (set_axis(ui, model, 'x', rest) && ui->screen != SCREEN_MAP)
        ui_go(ui, model, SCREEN_MAP);
}

static void order_y(struct ui *ui, struct model *model, const char *rest)
{
    if (set_axis(ui, model, 'y', rest) && ui->screen != SCREEN_MAP)
        ui_go(ui, model, SCREEN_MAP);
}

static void order_map(struct ui *ui, struct model *model, const char *rest)
{
    char x[128];
    size_t n = strcspn(rest, " \t");
    snprintf(x, sizeof x, "%.*s", (int)(n < sizeof x ? n : sizeof x - 1), rest);
    const char *y = rest + n + strspn(rest + n, " \t");
    if ((x[0] == '\0' || set_axis(ui, model, 'x', x)) &&
        (y[0] == '\0' || set_axis(ui, model, 'y', y)) && ui->screen != SCREEN_MAP)
        ui_go(ui, model, SCREEN_MAP);
}

/* ---- files ---------------------------------------------------------------------------------- */

static const char *format_of(const char *file)
{
    static const char *const formats[][2] = {
        {".tsv", "tsv"}, {".jsonl", "jsonl"}, {".json", "jsonl"}, {".slha", "slha"}};
    const char *dot = strrchr(file, '.');
    for (size_t i = 0; dot != NULL && i < sizeof formats / sizeof formats[0]; i++)
        if (text_same_caseless(dot, formats[i][0]))
            return formats[i][1];
    return "csv";
}

/* "marked": the marked points as a condition. */
static int marked_where(const struct ui *ui, struct buf *where, struct err *err)
{
    if (ui->n_marks == 0)
        return err_set(err, ERR_USAGE, "no point is marked: Space marks one in the points (4)");
    for (size_t i = 0; i < ui->n_marks; i++)
        if (buf_printf(where, err, "%sid == %llu", i > 0 ? " or " : "",
                       (unsigned long long)ui->marks[i]) != 0)
            return -1;
    return 0;
}

static void order_export(struct ui *ui, struct model *model, const char *rest)
{
    struct err err = ERR_INIT;
    struct buf where;
    char file[1024], line[UI_TEXT];
    size_t n = strcspn(rest, " \t");
    snprintf(file, sizeof file, "%.*s", (int)(n < sizeof file ? n : sizeof file - 1), rest);
    snprintf(line, sizeof line, "export %s", rest);
    rest += n + strspn(rest + n, " \t");
    buf_init(&where, 100000);
    if (strcmp(rest, "marked") == 0)
        (void)marked_where(ui, &where, &err);
    else if (strncmp(rest, "where", 5) == 0)
        (void)buf_puts(&where, rest + 5 + strspn(rest + 5, " \t"), &err);
    else if (rest[0] != '\0')
        err_set(&err, ERR_USAGE, "expected \"where CONDITION\" or \"marked\" behind the file");
    else if (file[0] == '\0')
        err_set(&err, ERR_USAGE, "expected a file: export out.csv where accepted");
    if (err.code != ERR_NONE)
        ui_warn(ui, "%s", err.message);
    else {
        const char *words[] = {"export",
                               ui_store_path(model),
                               "--format",
                               format_of(file),
                               "-o",
                               file,
                               "--force", /* the console has asked */
                               where.len > 0 ? "--where" : NULL,
                               where.data,
                               NULL};
        child_start(ui, line, false, words);
    }
    buf_free(&where);
}

static void order_plot(struct ui *ui, struct model *model, const char *rest)
{
    enum { MOST = 12 };
    struct err err = ERR_INIT;
    struct arena *arena = arena_create();
    const char *words[MOST + 3] = {"plot", ui_store_path(model)};
    char **given = NULL, line[UI_TEXT];
    size_t n = 0;
    if (arena == NULL || text_split_words(arena, rest, &given, &n, &err) != 0)
        ui_warn(ui, "the words of \"plot %s\" cannot be told apart: %s", rest, err.message);
    else if (n == 0 || n > MOST)
        ui_warn(ui, "expected what to plot: plot map");
    else {
        for (size_t i = 0; i < n; i++)
            words[2 + i] = given[i];
        snprintf(line, sizeof line, "plot %s", rest);
        child_start(ui, line, false, words);
    }
    arena_free(arena);
}

static void order_snapshot(struct ui *ui, struct model *model, const char *rest)
{
    const char *words[] = {"snapshot", ui_store_path(model), rest[0] != '\0' ? rest : NULL, NULL};
    char line[UI_TEXT];
    snprintf(line, sizeof line, "snapshot%s%s", rest[0] != '\0' ? " " : "", rest);
    child_start(ui, line, false, words);
}

/* The screen as it is, without the line that asked for it. */
static int write_screen(const struct ui *ui, const struct model *model, const char *path,
                        struct err *err)
{
    struct grid *grid = grid_create(ui->width, ui->height, ui->symbols, COLORS_NONE, err);
    struct buf text;
    int rc = -1;
    buf_init(&text, 1 << 24);
    if (grid == NULL)
        goto out;
    ui_draw(ui, model, grid);
    TRY(grid_print(grid, &text, err));
    TRY(file_write(path, text.data, text.len, err));
    rc = 0;
out:
    buf_free(&text);
    grid_free(grid);
    return rc;
}

static void order_save_screen(struct ui *ui, struct model *model, const char *rest)
{
    struct err err = ERR_INIT;
    if (rest[0] == '\0')
        ui_warn(ui, "expected a file: save-screen morning.txt");
    else if (ui_update(ui, model, &err) != 0 || write_screen(ui, model, rest, &err) != 0)
        ui_warn(ui, "the screen was not saved: %s", err.message);
    else
        ui_say(ui, "the screen is in %s", rest);
}

/* ---- leaving -------------------------------------------------------------------------------- */

static void order_wait(struct ui *ui, struct model *model, const char *rest)
{
    (void)model, (void)rest;
    ui_say(ui, "only scripts wait (attach --script FILE): here the screen follows by itself");
}

static void order_quit(struct ui *ui, struct model *model, const char *rest)
{
    (void)rest;
    quit_open(ui, model);
}

static void order_detach(struct ui *ui, struct model *model, const char *rest)
{
    (void)model, (void)rest;
    ui->quit = QUIT_DETACH;
}

const struct console_order console_orders[] = {
    {"show", "SCREEN", "go to a screen: overview, map, cells, points, learner, log", order_show},
    {"point", "NUMBER", "show this point", order_point},
    {"filter", "CONDITION", "list the points that meet it, for example: omega < 0.13 and accepted",
     order_filter},
    {"find", "WORDS", "go to the next line with these words", order_find},
    {"map", "X [Y]", "what is on the axes of the map", order_map},
    {"x", "VALUE", "what is on the x axis of the map", order_x},
    {"y", "VALUE", "what is on the y axis of the map", order_y},
    {"levels", "0 .. 1", "levels of the Lebesgue cells, for example: 0 0.01 0.1 0.3 0.6 0.9 1",
     order_levels},
    {"export", "FILE [where CONDITION | marked]",
     "points to a file: .csv, .tsv, .jsonl, or a folder.slha", order_export},
    {"plot", "KIND [-o FILE]", "a picture by gnuplot, in the background", order_plot},
    {"save-screen", "FILE", "this screen as text", order_save_screen},
    {"snapshot", "[FILE]", "a copy of the store as it is now, while the scan runs", order_snapshot},
    {"set", "[NAME=VALUE]", "symbols=ascii|utf8|braille, color=never|8|256|direct, mouse=on|off",
     order_set},
    {"bind", "KEY COMMAND", "a key for a command, for example: bind F9 retry timeout", order_bind},
    {"help", "[COMMAND]", "the keys, or what a command does", order_help},
    {"wait", "idle", "for scripts: until nothing is at work", order_wait},
    {"detach", "", "leave; the scan goes on", order_detach},
    {"quit", "", "ask how to leave", order_quit},
    {NULL, NULL, NULL, NULL},
};

const struct console_order *console_order_of(const char *name)
{
    for (const struct console_order *order = console_orders; order->name != NULL; order++)
        if (strcmp(order->name, name) == 0)
            return order;
    return NULL;
}

bool console_give_order(struct ui *ui, struct model *model, const char *text)
{
    struct console_words words = console_split(text);
    const struct console_order *order = console_order_of(words.name);
    if (order == NULL)
        return false;
    order->run(ui, model, words.rest);
    return true;
}
