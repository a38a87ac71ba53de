/* console-draw.c: the ":" line with its panel, drawn over the lower part of the screen: what is
 * wrong, what the line would do, older lines of the same command, and what could be typed next. */
#include "console-private.h"

#include <stdio.h>
#include <string.h>

enum { KEYS_ROWS = 3 /* rule, line, keys */ };

/* ---- the panel ------------------------------------------------------------------------------ */

/* The last ones of the same command, with the time. */
static void put_history(struct sheet *sheet, const char *name)
{
    char line[SHEET_LINE] = "", time[16];
    size_t n = 0, found = 0;
    for (size_t i = sheet->model->n_journal; i-- > 0 && found < 2;) {
        const struct command_row *row = &sheet->model->journal[i];
        struct console_words words = console_split(row->text);
        if (strcmp(words.name, name) != 0 || n > sizeof line / 2)
            continue;
        n += (size_t)snprintf(line + n, sizeof line - n, "   :%.60s (%s)", row->text,
                              time_of_day(time, row->at));
        found++;
    }
    if (found > 0)
        sheet_put(sheet, STYLE_DIM, "  history:%s", line);
}

static void put_candidates(struct sheet *sheet)
{
    const struct console *console = sheet->console;
    char line[SHEET_LINE] = "";
    size_t n = 0;
    for (size_t i = 0; i < console->n_candidates; i++) {
        const char *text = console->candidates[i];
        bool is_chosen = console->is_cycling && console->chosen == i;
        size_t length = strlen(text) + 4;
        if (n > 0 && (n + length > (size_t)sheet->width || n + length >= sizeof line)) {
            sheet_put(sheet, STYLE_PLAIN, " %s", line);
            n = 0;
        }
        if (length < sizeof line)
            n += (size_t)snprintf(line + n, sizeof line - n, "%s%s%s  ", is_chosen ? "[" : "", text,
                                  is_chosen ? "]" : "");
    }
    if (n > 0)
        sheet_put(sheet, STYLE_PLAIN, " %s", line);
}

static void put_commands(struct sheet *sheet)
{
    const struct console *console = sheet->console;
    size_t n = console->n_candidates, first = 0;
    if (console->is_cycling && console->chosen + 1 > (size_t)sheet->room)
        first = console->chosen + 1 - (size_t)sheet->room;
    for (size_t i = first; i < n && sheet->n < sheet->room; i++) {
        char name[32];
        size_t length = strcspn(console->candidates[i], " ");
        snprintf(name, sizeof name, "%.*s", (int)(length < 31 ? length : 31),
                 console->candidates[i]);
        const char *help = console_help_of(name);
        const struct console_order *order = console_order_of(name);
        bool is_chosen = console->is_cycling && console->chosen == i;
        if (order != NULL)
            sheet_put(sheet, is_chosen ? STYLE_SELECTED : STYLE_PLAIN, " %s %s: %s", name,
                      order->arguments, help);
        else
            sheet_put(sheet, is_chosen ? STYLE_SELECTED : STYLE_PLAIN, " %s",
                      help != NULL ? help : name);
    }
    if (n == 0)
        sheet_put(sheet, STYLE_WARNING, " no command begins like this");
}

/* "cut [NAME:] CONDITION" is the title; returns what it does. */
static const char *put_title(const struct console_order *order, const char *help, char *title,
                             size_t size)
{
    const char *colon = order == NULL ? strstr(help, ": ") : NULL;
    if (order != NULL)
        snprintf(title, size, "%s %s", order->name, order->arguments);
    else
        snprintf(title, size, "%.*s", (int)(colon != NULL ? colon - help : (int)strlen(help)),
                 help);
    return colon != NULL ? colon + 2 : help;
}

/* Why an integration does not do it, or NULL. */
static const char *refusal(const struct model *model, const struct console *console)
{
    struct console_words words = console_split(console->line.text);
    return model->integral ? engine_integral_refuses(words.name) : NULL;
}

/* The title of the panel: what the command takes. */
static void fill(struct sheet *sheet, char *title, size_t size)
{
    const struct console *console = sheet->console;
    struct console_words words = console_split(console->line.text);
    const char *help = console_help_of(words.name);
    const struct console_order *order = console_order_of(words.name);
    const char *refused = refusal(sheet->model, console);
    size_t name_end = words.name_at + strlen(words.name);
    sheet->rest = words.rest;
    sheet_put_warning(sheet, console->wrong);
    if (console->wrong[0] != '\0' && help == NULL) {
        snprintf(title, size, "Commands");
        return;
    }
    if (help == NULL || console->line.at < name_end ||
        (console->line.at == name_end && console->is_cycling)) {
        snprintf(title, size, "Commands");
        put_commands(sheet);
        return;
    }
    const char *about = put_title(order, help, title, size);
    if (refused != NULL && console->wrong[0] == '\0')
        sheet_put_warning(sheet, refused);
    if (refused != NULL)
        return;
    sheet_put(sheet, STYLE_DIM, "  %s", about);
    if (console->wrong[0] == '\0')
        console_preview(sheet, words.name);
    put_history(sheet, words.name);
    put_candidates(sheet);
}

/* ---- the line ------------------------------------------------------------------------------- */

static void draw_keys(const struct console *console, bool is_refused, struct area row)
{
    if (console->is_searching)
        area_text(row, 0, 0, STYLE_PLAIN,
                  "type a part of an older line   ^R: older   Enter: take it   Esc: leave");
    else if (is_refused)
        area_text(row, 0, 0, STYLE_PLAIN, "Esc: leave   Up Down: history   ^R: search");
    else if (console->wrong[0] == '\0')
        area_text(row, 0, 0, STYLE_PLAIN,
                  "Enter: apply   Esc: leave   Up Down: history   Tab: complete   ^R: search");
}

static void draw_line(const struct console *console, bool is_refused, struct area area)
{
    struct area row = area_rows(area, area.height - 2, 1);
    struct area keys = area_rows(area, area.height - 1, 1);
    const struct line_edit *line = &console->line;
    char before[UI_TEXT], prompt[UI_TEXT + 32] = ":";
    const char *text = line->text;
    area_fill(row, ' ', STYLE_PLAIN);
    area_fill(keys, ' ', STYLE_PLAIN);
    draw_keys(console, is_refused && console->wrong[0] == '\0', keys);
    if (console->is_searching)
        snprintf(prompt, sizeof prompt, "(search \"%.40s\") :", console->search.text);
    int x = area_text(row, 0, 0, STYLE_STRONG, prompt);
    snprintf(before, sizeof before, "%.*s", (int)line->at, line->text);
    int skip = text_columns(before) - (row.width - x - 1);
    for (; skip > 0 && text[0] != '\0'; text++) /* the cursor stays in sight */
        skip -= ((unsigned char)text[0] & 0xc0) != 0x80;
    while (((unsigned char)text[0] & 0xc0) == 0x80)
        text++;
    area_text(row, 0, x, STYLE_PLAIN, text);
    int hidden = text_columns(line->text) - text_columns(text);
    row.grid->cursor_y = row.top;
    row.grid->cursor_x = x + text_columns(before) - hidden;
    if (console->wrong[0] != '\0') {
        size_t at = console->wrong_at < line->n ? console->wrong_at : line->n;
        snprintf(before, sizeof before, "%.*s", (int)at, line->text);
        area_text(keys, 0, x + text_columns(before) - hidden, STYLE_WARNING, "^");
    }
}

void console_draw(const struct ui *ui, const struct model *model, struct area area)
{
    struct sheet sheet = {
        .ui = ui, .model = model, .console = ui->console, .width = area.width - 4};
    char title[SHEET_LINE] = "", cut_title[SHEET_LINE];
    sheet.room = area.height - 1 - KEYS_ROWS - 2;
    sheet.room = sheet.room > SHEET_LINES ? SHEET_LINES : sheet.room < 0 ? 0 : sheet.room;
    if (area.height < 30 && sheet.room > 9)
        sheet.room = 9;
    fill(&sheet, title, sizeof title);
    int height = sheet.n + 2;
    struct area panel = area_rows(area, area.height - 2 - height, height);
    area_fill(panel, ' ', STYLE_PLAIN);
    snprintf(cut_title, sizeof cut_title, "%.*s", area.width > 26 ? area.width - 26 : 0, title);
    area_rule(panel, 0, cut_title, "Tab: complete");
    for (int i = 0; i < sheet.n; i++)
        area_field(panel, i + 1, 0, panel.width, sheet.lines[i].style, sheet.lines[i].text);
    area_rule(panel, height - 1, "", NULL);
    draw_line(ui->console, refusal(model, ui->console) != NULL, area);
}
