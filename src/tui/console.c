/* console.c: the ":" line: what is typed, the lines before it, and what Enter does.
 *
 * A line that is wrong stays where it is, with the words and the place of what is wrong; a line
 * that is left with Esc, or refused later, comes back with the arrow up.  What a command means is
 * the engine's affair, or console-orders.c's. */
#include "console-private.h"

#include <stdio.h>
#include <string.h>

struct console *console_create(struct err *err)
{
    struct console *console = mem_new(struct console);
    if (console == NULL) {
        mem_error(err);
        return NULL;
    }
    for (size_t i = 0; i < CONSOLE_CHILDREN; i++)
        console->children[i].fd = -1;
    return console;
}

void console_free(struct console *console)
{
    if (console == NULL)
        return;
    children_free(console);
    for (size_t i = 0; i < console->n_history; i++)
        mem_free(console->history[i]);
    arena_free(console->arena);
    mem_free(console);
}

struct console_words console_split(const char *text)
{
    struct console_words words = {.name_at = strspn(text, " \t:")};
    size_t n = strcspn(text + words.name_at, " \t");
    snprintf(words.name, sizeof words.name, "%.*s",
             (int)(n < sizeof words.name ? n : sizeof words.name - 1), text + words.name_at);
    words.rest_at = words.name_at + n;
    words.rest_at += strspn(text + words.rest_at, " \t");
    words.rest = text + words.rest_at;
    return words;
}

/* ---- names ---------------------------------------------------------------------------------- */

size_t console_names(const char **names, size_t n_max)
{
    const char *const *engine = engine_command_names();
    size_t n = 0;
    for (; *engine != NULL && n < n_max; engine++)
        names[n++] = *engine;
    for (const struct console_order *order = console_orders; order->name != NULL && n < n_max;
         order++)
        names[n++] = order->name;
    return n;
}

const char *console_help_of(const char *name)
{
    const struct console_order *order = console_order_of(name);
    return order != NULL ? order->help : engine_command_help(name);
}

/* ---- history -------------------------------------------------------------------------------- */

static bool is_blank(const char *text)
{
    return text[strspn(text, " \t:")] == '\0';
}

/* Never twice in a row, and nothing that the line has no room for. */
static void remember(struct console *console, const char *text)
{
    text += strspn(text, " \t:");
    if (is_blank(text) || strlen(text) >= UI_TEXT ||
        (console->n_history > 0 && strcmp(console->history[console->n_history - 1], text) == 0))
        return;
    char *copy = mem_strdup(text);
    if (copy == NULL)
        return;
    if (console->n_history == CONSOLE_HISTORY) {
        mem_free(console->history[0]);
        memmove(console->history, console->history + 1,
                --console->n_history * sizeof console->history[0]);
    }
    console->history[console->n_history++] = copy;
}

/* The commands that the scan got from anybody since the last look. */
static void take_journal(struct console *console, const struct model *model)
{
    for (size_t i = 0; i < model->n_journal; i++)
        if (model->journal[i].id > console->journal_id) {
            console->journal_id = model->journal[i].id;
            bool is_there = false; /* given here, and remembered then */
            for (size_t k = console->n_history; k-- > 0 && !is_there;)
                is_there = strcmp(console->history[k], model->journal[i].text) == 0;
            if (!is_there)
                remember(console, model->journal[i].text);
        }
}

static void show_old(struct console *console, size_t at)
{
    if (console->at == console->n_history)
        snprintf(console->typed, sizeof console->typed, "%s", console->line.text);
    console->at = at;
    line_set(&console->line, at < console->n_history ? console->history[at] : console->typed);
}

/* The newest line before `before` that holds what is looked for. */
static void search_from(struct console *console, size_t before)
{
    for (size_t i = before; i-- > 0;)
        if (strstr(console->history[i], console->search.text) != NULL) {
            show_old(console, i);
            return;
        }
}

/* ---- the line ------------------------------------------------------------------------------- */

static void line_changed(struct console *console, const struct ui *ui, const struct model *model)
{
    console->wrong[0] = '\0';
    console->is_cycling = false;
    console_candidates(console, ui, model);
    console_ask_preview(console, model);
}

static void console_open(struct console *console, struct model *model, const char *text)
{
    take_journal(console, model);
    console->at = console->n_history;
    console->typed[0] = '\0';
    console->is_searching = false;
    line_set(&console->line, text + strspn(text, " \t:"));
}

void ui_open_console(struct ui *ui, struct model *model, const char *text)
{
    console_open(ui->console, model, text);
    ui->layer = LAYER_CONSOLE;
    line_changed(ui->console, ui, model);
}

static void give(struct ui *ui, struct model *model, const char *text)
{
    char question[UI_TEXT], line[UI_TEXT];
    snprintf(line, sizeof line, "%s", text + strspn(text, " \t:"));
    for (size_t n = strlen(line); n > 0 && strchr(" \t", line[n - 1]) != NULL; n--)
        line[n - 1] = '\0';
    remember(ui->console, line);
    if (console_question(model, line, question, sizeof question))
        ui_ask(ui, line, "%s", question);
    else
        ui_command(ui, model, line);
}

void console_run(struct ui *ui, struct model *model, const char *text)
{
    struct console_fault fault;
    if (is_blank(text))
        return;
    if (console_check(ui, model, text, &fault))
        give(ui, model, text);
    else {
        remember(ui->console, text);
        ui_warn(ui, ":%s: %s", text + strspn(text, " \t:"), fault.words);
    }
}

static bool enter(struct ui *ui, struct model *model)
{
    struct console *console = ui->console;
    struct console_fault fault;
    char text[UI_TEXT];
    if (is_blank(console->line.text))
        return true;
    if (!console_check(ui, model, console->line.text, &fault)) {
        snprintf(console->wrong, sizeof console->wrong, "%s", fault.words);
        console->wrong_at = fault.at;
        return false;
    }
    snprintf(text, sizeof text, "%s", console->line.text);
    ui->layer = LAYER_NONE; /* what it does may open another */
    give(ui, model, text);
    return true;
}

/* ^R: the letters go into the search, Enter takes the line that was found. */
static void search_key(struct ui *ui, struct model *model, int key)
{
    struct console *console = ui->console;
    if (key == TK_CTRL('R'))
        search_from(console, console->at);
    else if (key == TK_ESCAPE) {
        console->is_searching = false;
        show_old(console, console->n_history);
    } else if (line_key(&console->search, key))
        search_from(console, console->n_history);
    else
        console->is_searching = false;
    line_changed(console, ui, model);
}

bool console_key(struct ui *ui, struct model *model, int key)
{
    struct console *console = ui->console;
    if (console->is_searching) {
        search_key(ui, model, key);
        return false;
    }
    switch (key) {
    case TK_ESCAPE: remember(console, console->line.text); return true;
    case TK_ENTER: return enter(ui, model);
    case TK_TAB: console_tab(console, ui, model, 1); return false;
    case TK_BACK_TAB: console_tab(console, ui, model, -1); return false;
    case TK_UP:
    case TK_CTRL('P'):
        if (console->at > 0)
            show_old(console, console->at - 1);
        break;
    case TK_DOWN:
    case TK_CTRL('N'):
        if (console->at < console->n_history)
            show_old(console, console->at + 1);
        break;
    case TK_CTRL('R'):
        console->is_searching = true;
        line_set(&console->search, "");
        break;
    case TK_BACKSPACE:
        if (console->line.n == 0)
            return true; /* as in vi: nothing is left */
        (void)line_key(&console->line, key);
        break;
    default: (void)line_key(&console->line, key); break;
    }
    line_changed(console, ui, model);
    return false;
}
