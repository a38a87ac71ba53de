/* console-private.h: the parts of the ":" line, for its own files.
 *
 *   console.c           the line, its keys and its history
 *   console-check.c     what is wrong with a line, before it is given; what must be asked first
 *   console-names.c     names that nothing has, and the nearest that something has
 *   console-complete.c  what could stand at the cursor
 *   console-preview.c   what a line would do
 *   console-draw.c      the line and its panel
 *   console-orders.c    the orders that are the workbench's own
 *   console-settings.c  `set`, `bind` and the file of both
 *   console-children.c  programs in the background: exports, pictures, commands at rest */
#ifndef TUI_CONSOLE_PRIVATE_H
#define TUI_CONSOLE_PRIVATE_H

#include "ui-private.h"

#include "theodolite/calc.h"
#include "theodolite/engine.h"

enum {
    CONSOLE_HISTORY = 500,
    CONSOLE_CANDIDATES = 400,
    CONSOLE_CHILDREN = 8,
    CONSOLE_BINDINGS = 64,
    CONSOLE_PATH = 4096,
    CHILD_WORDS = 4000
};

/* A program in the background. */
struct console_child {
    pid_t pid; /* 0: none */
    int fd;    /* its words, or -1 */
    bool is_command;
    char text[UI_TEXT]; /* the line that started it */
    char words[CHILD_WORDS];
    size_t n_words;
};

struct console_binding {
    int key;
    char text[128];
};

struct console {
    struct line_edit line;
    /* The journal's commands, then those of this session: newest last. */
    char *history[CONSOLE_HISTORY];
    size_t n_history, at; /* at == n_history: the line that is typed, not an old one */
    int64_t journal_id;   /* of the journal's last row that was taken in */
    char typed[UI_TEXT];  /* while older ones are looked at */
    bool is_searching;    /* ^R */
    struct line_edit search;
    /* What could stand at the cursor: replaces the word that begins at byte `from`. */
    struct arena *arena; /* of the candidates */
    const char *candidates[CONSOLE_CANDIDATES];
    size_t n_candidates, from;
    bool is_cycling;
    size_t chosen;
    /* What is wrong with the line, since Enter; "": nothing. */
    char wrong[UI_TEXT];
    size_t wrong_at;
    /* The cut whose effect is asked for, as the gatherer wants it; "" none. */
    char cut[WANT_TEXT];
    uint64_t serial;
    /* Points in the box of a pin: counted by the list of points. */
    char box[WANT_TEXT];
    bool has_box_n, has_box_accepted;
    uint64_t box_n, box_accepted;
    struct console_child children[CONSOLE_CHILDREN];
    struct console_binding bindings[CONSOLE_BINDINGS];
    size_t n_bindings;
    char program[CONSOLE_PATH];
};

/* The first word of a line, and what comes after it. */
struct console_words {
    char name[32];
    size_t name_at, rest_at; /* bytes */
    const char *rest;
};
struct console_words console_split(const char *text);
const struct console_order *console_order_of(const char *name);
/* "pause ... wait": engine's and own; n of them. */
size_t console_names(const char **names, size_t n_max);
const char *console_help_of(const char *name); /* NULL: there is no such command */

/* console-check.c: false with what is wrong and at which byte. */
struct console_fault {
    char words[UI_TEXT];
    size_t at;
};
bool console_check(const struct ui *ui, const struct model *model, const char *text,
                   struct console_fault *fault);
/* "NAME: CONDITION", or a condition that gets the name the engine would give it (false). */
bool console_split_cut(const struct model *model, const char *text, char name[64],
                       const char **condition);
bool console_is_taken_out(const struct model *model, const char *name); /* of the scan's own */
enum { CONSOLE_CLAUSES = 24 };
struct console_box {
    size_t n;
    struct console_clause {
        char name[64];
        const char *at;
        double lo, hi;
    } clauses[CONSOLE_CLAUSES];
    double share; /* NaN: not said */
};
/* NULL, or where it cannot be read; box has what stands before. */
const char *console_read_box(const char *text, struct console_box *box);
/* "NAME=VALUE ...": which of the scan's parameters have one; *bad where it cannot be read, or NULL.
 * Returns how many free parameters have none. */
size_t console_read_values(const struct model *model, const char *text, bool *has,
                           const char **bad);
bool console_read_share(const char *text, double *share); /* "10 %" */
/* When the calculator that runs now began, or the point where that is not known. */
double console_since(const struct worker_view *worker);
/* Must it be asked first?  The question, or false. */
bool console_question(const struct model *model, const char *text, char *out, size_t size);

/* console-names.c */
enum { CONSOLE_NAMES = 512 };
/* "there is no WHAT "WORD"; did you mean ...?", or those that there are. */
const char *console_no_such(char *out, size_t size, const char *what, const char *word,
                            const char *const *names, size_t n);
size_t console_free_parameters(const struct model *model, const char **names, size_t n_max);
/* Of a pin (clauses) or an inject (values) that is being typed: is there a name in it that nothing
 * has?  Then what is wrong with it.  The last name may be the beginning of one. */
bool console_strange_name(const struct model *model, bool is_pin, const char *rest, char *out,
                          size_t size);

/* console-complete.c */
void console_candidates(struct console *console, const struct ui *ui, const struct model *model);
void console_tab(struct console *console, const struct ui *ui, const struct model *model,
                 int direction);

/* console-preview.c */
enum { SHEET_LINES = 14, SHEET_LINE = 256 };
struct sheet { /* the lines of the panel */
    const struct ui *ui;
    const struct model *model;
    const struct console *console;
    const char *rest; /* of the line, behind the command */
    int width, room, n;
    struct {
        char text[SHEET_LINE];
        enum style style;
    } lines[SHEET_LINES];
};
void sheet_put(struct sheet *sheet, enum style style, const char *format, ...)
    __attribute__((format(printf, 3, 4)));
/* In several lines where one is too short. */
void sheet_put_warning(struct sheet *sheet, const char *words);
void console_preview(struct sheet *sheet, const char *name);
void console_ask_preview(struct console *console, const struct model *model);
/* Takes in what the gatherer has counted for it. */
void console_look(struct console *console, const struct model *model);

/* console-settings.c: `set` and `bind`; false with the words of what is wrong. */
bool settings_set(struct ui *ui, const char *text, char *words, size_t size);
bool settings_check_bind(const char *text, char *words, size_t size);
bool settings_bind(struct console *console, const char *text, char *words, size_t size);
extern const char *const settings_names[], *const settings_symbols[], *const settings_colors[];
/* "symbols=utf8  color=256  mouse=off" */
void settings_list(const struct ui *ui, char *out, size_t size);

/* console-children.c: starts this program with these words (NULL-terminated, without argv[0]). */
void child_start(struct ui *ui, const char *text, bool is_command, const char *const *words);
void children_free(struct console *console);

#endif
