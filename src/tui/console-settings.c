/* console-settings.c: how the workbench looks and what its keys do: `set NAME=VALUE`, `bind KEY
 * COMMAND`, the file that holds such lines, and the names of keys. */
#include "console-private.h"

#include <ctype.h>
#include <stdio.h>
#include <string.h>

const char *const settings_names[] = {"symbols", "color", "mouse", NULL};
const char *const settings_symbols[] = {"ascii", "utf8", "braille", NULL};
const char *const settings_colors[] = {"never", "8", "256", "direct", NULL};
static const char *const switches[] = {"off", "on", NULL};

/* ---- set ------------------------------------------------------------------------------------ */

static size_t count(const char *const *words)
{
    size_t n = 0;
    while (words[n] != NULL)
        n++;
    return n;
}

/* Which of the words; -1 with what is wrong. */
static int find(const char *what, const char *text, const char *const *among, char *words,
                size_t size)
{
    const char *nearest = text_nearest(text, among, count(among));
    for (int i = 0; among[i] != NULL; i++)
        if (text_same_caseless(among[i], text))
            return i;
    int n = snprintf(words, size, "\"%.40s\" is no %s; expected", text, what);
    for (size_t i = 0; among[i] != NULL && n >= 0 && (size_t)n < size; i++)
        n += snprintf(words + n, size - (size_t)n, "%s %s", i > 0 ? "," : "", among[i]);
    if (nearest != NULL && n >= 0 && (size_t)n < size)
        snprintf(words + n, size - (size_t)n, "; did you mean %s?", nearest);
    return -1;
}

void settings_list(const struct ui *ui, char *out, size_t size)
{
    snprintf(out, size, "symbols=%s  color=%s  mouse=%s", settings_symbols[ui->symbols],
             settings_colors[ui->colors], switches[ui->has_mouse]);
}

bool settings_set(struct ui *ui, const char *text, char *words, size_t size)
{
    char name[32], value[64];
    size_t n = strcspn(text, "= \t");
    snprintf(name, sizeof name, "%.*s", (int)(n < sizeof name ? n : sizeof name - 1), text);
    text += n + strspn(text + n, "= \t");
    n = strcspn(text, " \t");
    snprintf(value, sizeof value, "%.*s", (int)(n < sizeof value ? n : sizeof value - 1), text);
    if (text_same_caseless(name, "colour"))
        snprintf(name, sizeof name, "color");
    int which = find("setting", name, settings_names, words, size), i;
    if (which < 0)
        return false;
    if (which == 0 && (i = find("level of symbols", value, settings_symbols, words, size)) >= 0)
        ui->symbols = (enum symbols)i;
    else if (which == 1 && (i = find("level of colour", value, settings_colors, words, size)) >= 0)
        ui->colors = (enum colors)i;
    else if (which == 2 && (i = find("switch", value, switches, words, size)) >= 0)
        ui->has_mouse = i == 1;
    else
        return false;
    ui->wants_redraw = true;
    return true;
}

/* ---- keys ----------------------------------------------------------------------------------- */

static const struct {
    const char *name;
    int key;
} named_keys[] = {
    {"Enter", TK_ENTER},
    {"Escape", TK_ESCAPE},
    {"Esc", TK_ESCAPE},
    {"Tab", TK_TAB},
    {"S-Tab", TK_BACK_TAB},
    {"Space", ' '},
    {"Backspace", TK_BACKSPACE},
    {"Delete", TK_DELETE},
    {"Up", TK_UP},
    {"Down", TK_DOWN},
    {"Left", TK_LEFT},
    {"Right", TK_RIGHT},
    {"Home", TK_HOME},
    {"End", TK_END},
    {"PgUp", TK_PAGE_UP},
    {"PgDn", TK_PAGE_DOWN},
};
enum { N_NAMED = sizeof named_keys / sizeof named_keys[0] };

/* One UTF-8 character of n bytes, or TK_NONE. */
static int rune_of(const char *text, size_t n)
{
    const unsigned char *c = (const unsigned char *)text;
    size_t length = c[0] < 0x80 ? 1 : c[0] < 0xc2 ? 0 : c[0] < 0xe0 ? 2 : c[0] < 0xf0 ? 3 : 4;
    int rune = length == 1 ? c[0] : c[0] & (0x7f >> length);
    if (length == 0 || length != n)
        return TK_NONE;
    for (size_t i = 1; i < n; i++) {
        if ((c[i] & 0xc0) != 0x80)
            return TK_NONE;
        rune = rune << 6 | (c[i] & 0x3f);
    }
    return rune > 0x20 && rune < TK_UP ? rune : TK_NONE;
}

int key_from_name(const char *name, size_t n)
{
    char word[16];
    int64_t number;
    if (n == 0)
        return TK_NONE;
    snprintf(word, sizeof word, "%.*s", (int)(n < sizeof word ? n : sizeof word - 1), name);
    if (n == 3 && (word[0] == 'C' || word[0] == 'c') && word[1] == '-' &&
        isalpha((unsigned char)word[2]))
        return TK_CTRL(word[2]);
    if (n == 2 && word[0] == '^' && isalpha((unsigned char)word[1]))
        return TK_CTRL(word[1]);
    if (n > 1 && (word[0] == 'F' || word[0] == 'f') && text_to_int64(word + 1, &number) == 0 &&
        number >= 1 && number <= 10)
        return TK_F1 + (int)number - 1;
    for (size_t i = 0; i < N_NAMED; i++)
        if (n > 1 && text_same_caseless(named_keys[i].name, word))
            return named_keys[i].key;
    return rune_of(name, n);
}

const char *key_name(char out[16], int key)
{
    for (size_t i = 0; i < N_NAMED; i++)
        if (named_keys[i].key == key) {
            snprintf(out, 16, "%s", named_keys[i].name);
            return out;
        }
    if (key >= TK_F1 && key <= TK_F10)
        snprintf(out, 16, "F%d", key - TK_F1 + 1);
    else if (key > 0 && key < 0x20)
        snprintf(out, 16, "C-%c", key + 'a' - 1);
    else if (key > 0x20 && key < 0x7f)
        snprintf(out, 16, "%c", key);
    else
        snprintf(out, 16, key >= 0xa0 && key < TK_UP ? "U+%04X" : "?", (unsigned)key);
    return out;
}

/* ---- bind ----------------------------------------------------------------------------------- */

const char *console_binding(const struct console *console, int key)
{
    for (size_t i = 0; i < console->n_bindings; i++)
        if (console->bindings[i].key == key)
            return console->bindings[i].text;
    return NULL;
}

/* Where the key is bound, or would be. */
static size_t binding_of(const struct console *console, int key)
{
    size_t i = 0;
    while (i < console->n_bindings && console->bindings[i].key != key)
        i++;
    return i;
}

bool settings_check_bind(const char *text, char *words, size_t size)
{
    size_t n = strcspn(text, " \t");
    int key = key_from_name(text, n);
    bool is_kept = key == TK_CTRL('C') || key == ':' || key == TK_ESCAPE;
    if (key == TK_NONE || is_kept) {
        snprintf(words, size,
                 "\"%.*s\" %s; expected one character, C-d, F9, Enter, Tab, Up ..., then the "
                 "command",
                 (int)(n < 40 ? n : 40), text,
                 is_kept ? "keeps its meaning, so that there is a way out" : "is no key");
        return false;
    }
    text += n + strspn(text + n, " \t:");
    struct console_words command = console_split(text);
    if (text[0] != '\0' && console_help_of(command.name) == NULL) {
        snprintf(words, size, "there is no command \"%s\" to bind", command.name);
        return false;
    }
    if (strlen(text) >= sizeof((struct console_binding){0}).text) {
        snprintf(words, size, "the command is too long for a key");
        return false;
    }
    return true;
}

bool settings_bind(struct console *console, const char *text, char *words, size_t size)
{
    size_t n = strcspn(text, " \t"), at;
    if (!settings_check_bind(text, words, size))
        return false;
    int key = key_from_name(text, n);
    text += n + strspn(text + n, " \t:");
    at = binding_of(console, key);
    if (text[0] == '\0') { /* as it was */
        if (at < console->n_bindings)
            console->bindings[at] = console->bindings[--console->n_bindings];
        return true;
    }
    if (at == CONSOLE_BINDINGS) {
        snprintf(words, size, "%d keys are bound already", (int)CONSOLE_BINDINGS);
        return false;
    }
    console->bindings[at].key = key;
    snprintf(console->bindings[at].text, sizeof console->bindings[at].text, "%s", text);
    console->n_bindings += at == console->n_bindings;
    return true;
}

/* ---- the file ------------------------------------------------------------------------------- */

static bool read_setting(struct ui *ui, const char *line, char *words, size_t size)
{
    struct console_words command = console_split(line);
    if (strcmp(command.name, "set") == 0)
        return settings_set(ui, command.rest, words, size);
    if (strcmp(command.name, "bind") == 0)
        return settings_bind(ui->console, command.rest, words, size);
    snprintf(words, size, "expected \"set NAME=VALUE\" or \"bind KEY COMMAND\"");
    return false;
}

void console_read_settings(struct ui *ui, struct model *model, const char *path)
{
    struct err err = ERR_INIT;
    struct buf text;
    unsigned number = 0;
    (void)model;
    if (!file_exists(path))
        return;
    buf_init(&text, 1 << 20);
    if (buf_read_file(&text, path, &err) != 0)
        ui_warn(ui, "The settings were not read: %s", err.message);
    for (char *line = text.data, *next; line != NULL && line[0] != '\0'; line = next) {
        char words[300];
        next = line + strcspn(line, "\n");
        if (next[0] != '\0')
            *next++ = '\0';
        number++;
        line[strcspn(line, "\r")] = '\0';
        line += strspn(line, " \t:");
        if (line[0] != '\0' && line[0] != '#' && !read_setting(ui, line, words, sizeof words))
            ui_warn(ui, "%s:%u: %s", path, number, words);
    }
    buf_free(&text);
}
