/* console-complete.c: what could stand at the cursor: commands, names of the scan, reasons,
 * settings, files.
 *
 * Tab writes as much as all candidates have in common, and then each of them in turn; S-Tab goes
 * back. */
#include "console-private.h"

#include <ctype.h>
#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

struct wanted {
    struct console *console;
    const struct ui *ui;
    const struct model *model;
    const char *word; /* that is being typed, its n bytes */
    size_t n;
    const char *before; /* what stands between command and word, its bytes */
    size_t n_before;
};

/* ---- candidates ----------------------------------------------------------------------------- */

static void add(const struct wanted *wanted, const char *name, const char *suffix)
{
    struct console *console = wanted->console;
    if (console->n_candidates == CONSOLE_CANDIDATES || strncmp(name, wanted->word, wanted->n) != 0)
        return;
    const char *text = arena_printf(console->arena, "%s%s", name, suffix);
    for (size_t i = 0; text != NULL && i < console->n_candidates; i++)
        if (strcmp(console->candidates[i], text) == 0)
            return;
    if (text != NULL)
        console->candidates[console->n_candidates++] = text;
}

static void add_all(const struct wanted *wanted, const char *const *names, const char *suffix)
{
    for (; *names != NULL; names++)
        add(wanted, *names, suffix);
}

static void add_commands(const struct wanted *wanted)
{
    const char *names[CONSOLE_CANDIDATES];
    size_t n = console_names(names, CONSOLE_CANDIDATES);
    for (size_t i = 0; i < n; i++)
        add(wanted, names[i], " ");
}

static void add_values(const struct wanted *wanted)
{
    for (size_t v = 0; v < wanted->model->scan->n_values; v++)
        add(wanted, wanted->model->scan->value_names[v], " ");
}

static void add_free(const struct wanted *wanted, const char *suffix)
{
    const struct scan *scan = wanted->model->scan;
    for (size_t i = 0; i < scan->n_params; i++)
        if (scan->params[i].kind != PRIOR_FIXED && scan->params[i].kind != PRIOR_DERIVED)
            add(wanted, scan->params[i].name, suffix);
}

static void add_calculators(const struct wanted *wanted, const char *prefix, const char *suffix)
{
    const struct scan *scan = wanted->model->scan;
    char name[160];
    for (size_t i = 0; i < scan->n_calculators; i++)
        if (scan->calculators[i].kind == CALC_EXEC || scan->calculators[i].kind == CALC_RESIDENT) {
            snprintf(name, sizeof name, "%s%s", prefix, scan->calculators[i].name);
            add(wanted, name, suffix);
        }
}

static void add_reasons(const struct wanted *wanted)
{
    for (int reason = REASON_NONE + 1; reason < N_REASONS; reason++)
        add(wanted, reason_name((enum reason)reason), "");
}

static void add_conditions(const struct wanted *wanted)
{
    static const char *const extra[] = {"id",      "round",  "accepted", "rejected",
                                        "unknown", "failed", "running",  "uniform",
                                        "p",       "chi2",   "seconds",  NULL};
    static const char *const functions[] = {"abs", "sqrt", "exp", "log", "min", "max", NULL};
    add_values(wanted);
    add_all(wanted, extra, " ");
    if (wanted->n > 0)
        add_all(wanted, functions, "(");
}

/* Files of the folder that the word names so far; folders end in "/". */
static void add_files(const struct wanted *wanted)
{
    char folder[1024], path[2048];
    size_t n = wanted->n;
    while (n > 0 && wanted->word[n - 1] != '/')
        n--;
    snprintf(folder, sizeof folder, "%.*s", (int)n, wanted->word);
    DIR *dir = opendir(n > 0 ? folder : ".");
    for (struct dirent *entry; dir != NULL && (entry = readdir(dir)) != NULL;) {
        struct stat st;
        bool is_hidden = entry->d_name[0] == '.' && (n == wanted->n || wanted->word[n] != '.');
        snprintf(path, sizeof path, "%s%s", folder, entry->d_name);
        if (!is_hidden && strcmp(entry->d_name, ".") != 0 && strcmp(entry->d_name, "..") != 0)
            add(wanted, path, stat(path, &st) == 0 && S_ISDIR(st.st_mode) ? "/" : "");
    }
    if (dir != NULL)
        closedir(dir);
}

/* ---- by command ----------------------------------------------------------------------------- */

static bool has_before(const struct wanted *wanted, const char *word)
{
    size_t n = strlen(word);
    for (size_t i = 0; i + n <= wanted->n_before; i++)
        if (strncmp(wanted->before + i, word, n) == 0)
            return true;
    return false;
}

static bool is_first(const struct wanted *wanted) /* nothing stands before the word */
{
    return strspn(wanted->before, " \t") >= wanted->n_before;
}

static void for_cut(const struct wanted *wanted)
{
    if (is_first(wanted))
        for (size_t i = 0; i < wanted->model->scan->n_constraints; i++)
            if (console_is_taken_out(wanted->model, wanted->model->scan->constraints[i].name))
                add(wanted, wanted->model->scan->constraints[i].name, "");
    for (size_t i = 0; is_first(wanted) && i < wanted->model->n_terms; i++)
        if (wanted->model->terms[i].is_cut)
            add(wanted, wanted->model->terms[i].name, ": ");
    add_values(wanted);
}

static void for_uncut(const struct wanted *wanted)
{
    for (size_t i = 0; i < wanted->model->n_terms; i++)
        add(wanted, wanted->model->terms[i].name, "");
}

static void for_pin(const struct wanted *wanted)
{
    add_free(wanted, " in ");
    add(wanted, "share", "=");
}

static void for_inject(const struct wanted *wanted)
{
    add_free(wanted, "=");
    if (is_first(wanted) && wanted->n > 0)
        add_files(wanted);
}

static void for_retry(const struct wanted *wanted)
{
    if (has_before(wanted, "where")) {
        static const char *const fields[] = {"calculator", "stage", "reason", NULL};
        if (has_before(wanted, "calculator =")) {
            add_calculators(wanted, "", " ");
            add_calculators(wanted, "\"", "\" ");
        }
        if (has_before(wanted, "reason ="))
            add_reasons(wanted);
        add_all(wanted, fields, " == ");
        add_values(wanted);
        return;
    }
    add_reasons(wanted);
    if (is_first(wanted))
        add(wanted, "failed", " ");
    add(wanted, "where", " ");
}

static void for_timeout(const struct wanted *wanted)
{
    if (is_first(wanted))
        add_calculators(wanted, "", " ");
}

static void for_kill(const struct wanted *wanted)
{
    char name[32];
    for (size_t i = 0; i < wanted->model->n_workers; i++)
        if (wanted->model->workers[i].row.point != 0) {
            snprintf(name, sizeof name, "W%d", wanted->model->workers[i].row.worker);
            add(wanted, name, "");
        }
}

static void for_stop(const struct wanted *wanted)
{
    add(wanted, "now", "");
}

static void for_train(const struct wanted *wanted)
{
    if (is_first(wanted))
        add(wanted, "now", "");
}

static void for_calc(const struct wanted *wanted)
{
    static const char *const which[] = {"accepted", "all", "none", NULL};
    if (is_first(wanted))
        add(wanted, "add", " ");
    else if (wanted->n_before >= 3 && strncmp(wanted->before + wanted->n_before - 3, "on ", 3) == 0)
        add_all(wanted, which, "");
    else if (wanted->n_before >= 5 &&
             strncmp(wanted->before + wanted->n_before - 5, "from ", 5) == 0)
        add_files(wanted);
    else if (wanted->n_before > 5) { /* " add " and a name */
        add(wanted, "from", " ");
        add(wanted, "on", " ");
    }
    if (has_before(wanted, "add ") && !has_before(wanted, " on ") && !has_before(wanted, "from "))
        add_calculators(wanted, "", " "); /* for the values that stored points still lack */
}

static void for_show(const struct wanted *wanted)
{
    for (int i = 0; i < N_SCREENS; i++)
        add(wanted, screen_of((enum screen_id)i)->name, "");
}

static void for_filter(const struct wanted *wanted)
{
    add_conditions(wanted);
}

static void for_export(const struct wanted *wanted)
{
    if (is_first(wanted))
        add_files(wanted);
    else if (has_before(wanted, "where "))
        add_conditions(wanted);
    else {
        add(wanted, "where", " ");
        add(wanted, "marked", "");
    }
}

static void for_file(const struct wanted *wanted)
{
    add_files(wanted);
}

static void for_plot(const struct wanted *wanted)
{
    static const char *const kinds[] = {"scatter", "corner",    "efficiency", "volume",
                                        "history", "cells",     "roc",        "calibration",
                                        "profile", "profile2d", "heights",    "convergence",
                                        "pulls",   "hist",      NULL};
    if (is_first(wanted))
        add_all(wanted, kinds, " ");
    else if (has_before(wanted, "-o "))
        add_files(wanted);
    else {
        add(wanted, "-o", " ");
        if (has_before(wanted, "hist "))
            add(wanted, "--bins", " ");
        add_values(wanted);
    }
}

static void for_set(const struct wanted *wanted)
{
    char name[64];
    for (size_t i = 0; settings_symbols[i] != NULL; i++) {
        snprintf(name, sizeof name, "symbols=%s", settings_symbols[i]);
        add(wanted, name, "");
    }
    for (size_t i = 0; settings_colors[i] != NULL; i++) {
        snprintf(name, sizeof name, "color=%s", settings_colors[i]);
        add(wanted, name, "");
    }
    add(wanted, "mouse=on", "");
    add(wanted, "mouse=off", "");
}

static void for_help(const struct wanted *wanted)
{
    if (!is_first(wanted))
        return;
    struct wanted bare = *wanted;
    add_commands(&bare);
}

static void for_bind(const struct wanted *wanted)
{
    if (!is_first(wanted))
        add_commands(wanted);
}

static const struct {
    const char *name;
    void (*add)(const struct wanted *wanted);
    bool is_words; /* the word goes back to a blank, not to the start of a name */
} kinds[] = {
    {"cut", for_cut, false},       {"uncut", for_uncut, false},  {"pin", for_pin, false},
    {"inject", for_inject, true},  {"retry", for_retry, false},  {"timeout", for_timeout, true},
    {"kill", for_kill, true},      {"stop", for_stop, true},     {"show", for_show, true},
    {"filter", for_filter, false}, {"export", for_export, true}, {"save-screen", for_file, true},
    {"snapshot", for_file, true},  {"plot", for_plot, true},     {"set", for_set, true},
    {"help", for_help, true},      {"bind", for_bind, true},     {"map", add_values, true},
    {"x", add_values, true},       {"y", add_values, true},      {"train", for_train, true},
    {"calc", for_calc, true},
};

/* Where the word at the cursor begins. */
static size_t word_start(const struct line_edit *line, size_t least, bool is_words)
{
    size_t at = line->at;
    while (at > least) {
        unsigned char c = (unsigned char)line->text[at - 1];
        if (is_words ? c == ' ' || c == '\t' : !isalnum(c) && c != '_' && c < 0x80)
            break;
        at--;
    }
    return at;
}

void console_candidates(struct console *console, const struct ui *ui, const struct model *model)
{
    struct wanted wanted = {.console = console, .ui = ui, .model = model};
    struct line_edit *line = &console->line;
    struct console_words words = console_split(line->text);
    arena_free(console->arena);
    console->arena = arena_create();
    console->n_candidates = 0;
    if (console->arena == NULL)
        return;
    size_t name_end = words.name_at + strlen(words.name);
    if (line->at <= name_end) {
        console->from = words.name_at;
        wanted.word = line->text + words.name_at;
        wanted.n = line->at > words.name_at ? line->at - words.name_at : 0;
        add_commands(&wanted);
        return;
    }
    for (size_t i = 0; i < sizeof kinds / sizeof kinds[0]; i++)
        if (strcmp(kinds[i].name, words.name) == 0) {
            /* conditions are made of names, wherever they stand */
            bool is_names = !kinds[i].is_words || strstr(line->text, " where ") != NULL;
            console->from = word_start(line, name_end, !is_names);
            wanted.word = line->text + console->from;
            wanted.n = line->at - console->from;
            wanted.before = line->text + name_end;
            wanted.n_before = console->from - name_end;
            kinds[i].add(&wanted);
            return;
        }
}

/* ---- Tab ------------------------------------------------------------------------------------ */

/* The word at the cursor becomes the first n bytes of text. */
static void put(struct console *console, const char *text, size_t n)
{
    struct line_edit *line = &console->line;
    char whole[2 * UI_TEXT];
    size_t length = (size_t)snprintf(whole, sizeof whole, "%.*s%.*s", (int)console->from,
                                     line->text, (int)n, text);
    size_t at = length;
    snprintf(whole + length, sizeof whole - length, "%s", line->text + line->at);
    if (strlen(whole) >= sizeof line->text)
        return;
    line_set(line, whole);
    line->at = at;
}

static size_t in_common(const struct console *console)
{
    size_t n = strlen(console->candidates[0]);
    for (size_t i = 1; i < console->n_candidates; i++) {
        size_t k = 0;
        while (k < n && console->candidates[i][k] == console->candidates[0][k])
            k++;
        n = k;
    }
    return n;
}

void console_tab(struct console *console, const struct ui *ui, const struct model *model,
                 int direction)
{
    size_t n = console->n_candidates;
    if (n == 0)
        return;
    if (console->is_cycling)
        console->chosen = (console->chosen + (direction > 0 ? 1 : n - 1)) % n;
    else {
        size_t common = in_common(console), typed = console->line.at - console->from;
        if (n == 1 || common > typed) {
            put(console, console->candidates[0], common);
            console->wrong[0] = '\0';
            console_candidates(console, ui, model);
            console_ask_preview(console, model);
            return;
        }
        console->is_cycling = true;
        console->chosen = direction > 0 ? 0 : n - 1;
    }
    const char *text = console->candidates[console->chosen];
    put(console, text, strlen(text));
    console_ask_preview(console, model);
}
