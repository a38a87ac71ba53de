/* terminal.h: the seam between the loop and what it draws on: a terminal, or a test's stand-in. */
#ifndef TUI_TERMINAL_H
#define TUI_TERMINAL_H

#include "grid.h"
#include "ui.h"

struct terminal;
struct terminal_calls {
    int (*descriptor)(const struct terminal *terminal); /* readable when keys wait; or -1 */
    /* The next key that waits (ui.h), TK_NONE when none does.  TK_RESIZE: ask for the size;
     * TK_MOUSE: `mouse` says what it did. */
    int (*key)(struct terminal *terminal);
    void (*size)(const struct terminal *terminal, int *width, int *height);
    /* Puts the grid on it; is_whole: also what should stand there already. */
    void (*draw)(struct terminal *terminal, const struct grid *grid, bool is_whole);
    /* Gives the terminal back and stops this process; returns when it goes on (^Z, fg). */
    void (*suspend)(struct terminal *terminal);
    /* Gives the terminal back as it was. */
    void (*free)(struct terminal *terminal);
};

struct terminal {
    const struct terminal_calls *calls;
    enum symbols symbols; /* that it can show */
    enum colors colors;   /* that it can show, or was asked for */
    bool wants_mouse;     /* at the next draw: else it is the terminal's own, to select text */
    struct mouse mouse;
    void *state;
};

/* curses.c: the only one of its kind.  `colors` as in tui_options; the signals that end, stop and
 * continue a program are the terminal's from here to `free`. */
int curses_check(struct err *err); /* can this terminal do it?  -1 with the reason */
struct terminal *curses_create(const char *colors, struct err *err);
/* The signal that asked this program to end (SIGTERM, SIGHUP, SIGINT), or 0. */
int curses_ended_by(void);

#endif
