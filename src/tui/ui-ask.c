/* ui-ask.c: what the user is asked, over the screen: yes or no, how to leave, and the lines "/"
 * (find) and "\" (filter), which work while they are typed.
 *
 * Whatever costs work is asked twice, and Enter alone never says yes to it. */
#include "ui-private.h"

#include <stdio.h>
#include <string.h>

/* ---- yes or no ------------------------------------------------------------------------------ */

void ask_key(struct ui *ui, struct model *model, int key)
{
    char command[UI_TEXT];
    ui->layer = LAYER_NONE;
    if (key != 'y' && key != 'Y') {
        ui_say(ui, "Nothing was done.");
        return;
    }
    snprintf(command, sizeof command, "%s", ui->on_yes);
    ui_command(ui, model, command);
    if (strcmp(command, "stop now") == 0 && !ui->is_warning)
        ui->quit = QUIT_STOP_NOW;
}

/* ---- how to leave --------------------------------------------------------------------------- */

enum { CHOICE_DETACH, CHOICE_BATCH, CHOICE_NOW, CHOICE_STAY, N_CHOICES };

void quit_open(struct ui *ui, struct model *model)
{
    if (!model->engine.is_alive || !ui->can_command) {
        ui->quit = QUIT_DETACH;
        return;
    }
    ui->layer = LAYER_QUIT;
    ui->quit_choice = CHOICE_DETACH;
}

static void choose(struct ui *ui, struct model *model, int choice)
{
    ui->layer = LAYER_NONE;
    switch (choice) {
    case CHOICE_DETACH: ui->quit = QUIT_DETACH; break;
    case CHOICE_BATCH:
        ui_command(ui, model, "stop");
        if (!ui->is_warning)
            ui->quit = QUIT_STOP;
        break;
    case CHOICE_NOW:
        ui_ask(ui, "stop now",
               "Stop now and leave?  %zu points in hand are given back and run again on resume.",
               model->n_busy);
        break;
    default: ui_say(ui, "You stay; the scan goes on."); break;
    }
}

void quit_key(struct ui *ui, struct model *model, int key)
{
    if (!model->engine.is_alive) /* it ended meanwhile */
        choose(ui, model, key == TK_ESCAPE || key == 's' ? CHOICE_STAY : CHOICE_DETACH);
    else
        switch (key) {
        case 'd':
        case 'q': choose(ui, model, CHOICE_DETACH); break;
        case 'b': choose(ui, model, CHOICE_BATCH); break;
        case 'n': choose(ui, model, CHOICE_NOW); break;
        case 's':
        case TK_ESCAPE: choose(ui, model, CHOICE_STAY); break;
        case TK_ENTER: choose(ui, model, ui->quit_choice); break;
        case 'j':
        case TK_TAB:
        case TK_DOWN: ui->quit_choice = (ui->quit_choice + 1) % N_CHOICES; break;
        case 'k':
        case TK_BACK_TAB:
        case TK_UP: ui->quit_choice = (ui->quit_choice + N_CHOICES - 1) % N_CHOICES; break;
        default: break;
        }
}

/* ---- find and filter ------------------------------------------------------------------------ */

void find_open(struct ui *ui, struct model *model, enum layer layer)
{
    if (layer == LAYER_FILTER && ui->screen != SCREEN_POINTS)
        ui_go(ui, model, SCREEN_POINTS);
    if (layer == LAYER_FILTER) /* the list is to be seen */
        ui->points.is_open = false;
    ui->layer = layer;
    line_set(&ui->line, layer == LAYER_FILTER ? ui->points.filter : "");
    snprintf(ui->before_line, sizeof ui->before_line, "%s",
             layer == LAYER_FILTER ? ui->points.filter : ui->find);
}

static void set_filter(struct ui *ui, const char *text)
{
    if (strcmp(ui->points.filter, text) == 0)
        return;
    snprintf(ui->points.filter, sizeof ui->points.filter, "%s", text);
    ui->points.rows.at = ui->points.rows.top = 0;
}

void find_key(struct ui *ui, struct model *model, int key)
{
    bool is_filter = ui->layer == LAYER_FILTER;
    if (key == TK_ESCAPE) {
        ui->layer = LAYER_NONE;
        if (is_filter)
            set_filter(ui, ui->before_line);
        return;
    }
    if (key == TK_ENTER) {
        ui->layer = LAYER_NONE;
        if (is_filter)
            set_filter(ui, ui->line.text);
        else if (ui->line.n > 0) {
            snprintf(ui->find, sizeof ui->find, "%s", ui->line.text);
            ui_key(ui, model, 'n');
        }
        return;
    }
    if (line_key(&ui->line, key) && is_filter)
        set_filter(ui, ui->line.text);
}

/* ---- drawing -------------------------------------------------------------------------------- */

struct area box_draw(struct area area, int height, int width, const char *title)
{
    static const uint32_t ascii[] = {'+', '+', '+', '+', '-', '|'};
    static const uint32_t lines[] = {0x250c, 0x2510, 0x2514, 0x2518, 0x2500, 0x2502};
    const uint32_t *runes = area.grid->symbols == SYMBOLS_ASCII ? ascii : lines;
    height = height > area.height ? area.height : height;
    width = width > area.width ? area.width : width;
    struct area box = area_columns(area_rows(area, (area.height - height) / 2, height),
                                   (area.width - width) / 2, width);
    area_fill(box, ' ', STYLE_PLAIN);
    for (int x = 1; x + 1 < width; x++) {
        area_put(box, 0, x, runes[4], STYLE_DIM);
        area_put(box, height - 1, x, runes[4], STYLE_DIM);
    }
    for (int y = 1; y + 1 < height; y++) {
        area_put(box, y, 0, runes[5], STYLE_DIM);
        area_put(box, y, width - 1, runes[5], STYLE_DIM);
    }
    area_put(box, 0, 0, runes[0], STYLE_DIM);
    area_put(box, 0, width - 1, runes[1], STYLE_DIM);
    area_put(box, height - 1, 0, runes[2], STYLE_DIM);
    area_put(box, height - 1, width - 1, runes[3], STYLE_DIM);
    area_printf(box, 0, 2, STYLE_STRONG, " %s ", title);
    return area_columns(area_rows(box, 1, height - 2), 2, width - 4);
}

/* Words in lines of at most the area's width; returns how many lines they take. */
static int words_draw(struct area area, const char *text)
{
    int y = 0;
    while (text[0] != '\0' && y < area.height) {
        char line[256];
        size_t n = strlen(text), most = area.width > 0 ? (size_t)area.width : 1;
        if (n > most)
            for (n = most; n > 0 && text[n] != ' ';)
                n--;
        if (n == 0)
            n = most;
        snprintf(line, sizeof line, "%.*s", (int)(n < sizeof line ? n : sizeof line - 1), text);
        area_text(area, y++, 0, STYLE_PLAIN, line);
        text += n + strspn(text + n, " ");
    }
    return y;
}

static void question_draw(const struct ui *ui, struct area area)
{
    struct area box = box_draw(area, 7, 68, "Are you sure?");
    int y = words_draw(box, ui->question);
    area_text(box, y + 1, 0, STYLE_STRONG, "y: yes    any other key: no");
}

/* The command that comes back, as it is typed, in two rows. */
static void back_draw(const struct model *model, struct area area)
{
    static const char title[] = "Come back with: ", command[] = "theodolite attach ";
    const char *path = text_shell_word(model->arena, ui_store_path(model));
    int room = area.width - (int)strlen(command);
    bool is_apart = path != NULL && text_columns(path) > room - (int)strlen(title);
    if (path == NULL || text_columns(path) > room)
        path = "DB", is_apart = false;
    area_text(area, is_apart ? 0 : 1, 0, STYLE_DIM, title);
    area_printf(area, 1, is_apart ? 0 : (int)strlen(title), STYLE_DIM, "%s%s", command, path);
}

static void quit_draw(const struct ui *ui, const struct model *model, struct area area)
{
    static const char *const keys[N_CHOICES] = {"d q", "b", "n", "s Esc"};
    char lines[N_CHOICES][80];
    size_t n_flight = model->n_busy + model->n_waiting;
    snprintf(lines[CHOICE_DETACH], 80, "detach: the scan goes on without this window");
    snprintf(lines[CHOICE_BATCH], 80, "stop after the batch: %zu point%s in flight end first",
             n_flight, n_flight == 1 ? "" : "s");
    snprintf(lines[CHOICE_NOW], 80, "stop now: %zu running point%s run again on resume",
             model->n_busy, model->n_busy == 1 ? "" : "s");
    snprintf(lines[CHOICE_STAY], 80, "stay");
    struct area box = box_draw(area, N_CHOICES + 4, 68, "Leave?");
    for (int i = 0; i < N_CHOICES; i++) {
        bool is_here = i == ui->quit_choice;
        area_text(box, i, 0, is_here ? STYLE_SELECTED : STYLE_STRONG, is_here ? ">" : " ");
        area_field(box, i, 2, 6, is_here ? STYLE_SELECTED : STYLE_STRONG, keys[i]);
        area_field(box, i, 8, box.width - 8, is_here ? STYLE_SELECTED : STYLE_PLAIN, lines[i]);
    }
    back_draw(model, area_rows(box, N_CHOICES, 2));
}

static void line_draw(const struct ui *ui, struct area area)
{
    char mark = ui->layer == LAYER_FIND ? '/' : '\\';
    struct area row = area_rows(area, area.height - 2, 1);
    struct area keys = area_rows(area, area.height - 1, 1);
    char before[UI_TEXT];
    snprintf(before, sizeof before, "%.*s", (int)ui->line.at, ui->line.text);
    int room = row.width - 2, skip = text_columns(before) - room;
    const char *text = ui->line.text;
    for (; skip > 0 && text[0] != '\0'; text++) /* the cursor stays in sight */
        skip -= ((unsigned char)text[0] & 0xc0) != 0x80;
    while (((unsigned char)text[0] & 0xc0) == 0x80)
        text++;
    area_fill(row, ' ', STYLE_PLAIN);
    area_fill(keys, ' ', STYLE_PLAIN);
    area_put(row, 0, 0, (uint32_t)mark, STYLE_STRONG);
    area_text(row, 0, 1, STYLE_PLAIN, text);
    area_text(keys, 0, 0, STYLE_PLAIN,
              ui->layer == LAYER_FIND ? "Enter:find   Esc:leave   then n N:next, previous"
                                      : "Enter:keep   Esc:as before   ^U:empty, all points   "
                                        "omega < 0.13 and accepted");
    row.grid->cursor_y = row.top;
    row.grid->cursor_x =
        1 + text_columns(before) - (text_columns(ui->line.text) - text_columns(text));
}

void ask_draw(const struct ui *ui, const struct model *model, struct area area)
{
    switch (ui->layer) {
    case LAYER_QUESTION: question_draw(ui, area); break;
    case LAYER_QUIT: quit_draw(ui, model, area); break;
    case LAYER_FIND:
    case LAYER_FILTER: line_draw(ui, area); break;
    default: break;
    }
}
