/* tui.h: the terminal workbench: watches a store, and steers its scan by rows of `command`.
 *
 * It is an observer: it reads the store and adds commands, nothing else; however it ends, the scan
 * goes on. */
#ifndef THEODOLITE_TUI_H
#define THEODOLITE_TUI_H

#include "theodolite/store.h"

/* The engine that this program started, in a session of its own. */
struct tui_engine {
    int64_t pid;
    int fd_words;   /* of the file that its standard error goes to, or -1 */
    bool has_ended; /* filled as it is noticed: it is reaped then */
    struct process_end end;
};

struct tui_options {
    const char *symbols; /* "ascii", "utf8", "braille", or NULL: from the locale */
    const char *colors;  /* "never", "8", "256", "direct", or NULL: from the terminal, NO_COLOR */
    const char *script;  /* file of keys and commands instead of the keyboard, or NULL */
    const char *screen;  /* name of the first one, or NULL */
    struct tui_engine *engine; /* to say why it did not come up; or NULL */
};

/* Can a screen be drawn here?  -1 with the reason (ERR_USAGE). */
int tui_can_start(struct err *err);
/* Are these names that there are?  -1 with one sentence (ERR_USAGE). */
int tui_check_options(const struct tui_options *options, struct err *err);
enum tui_left { TUI_DETACHED, TUI_STOP /* after its batch */, TUI_STOP_NOW };
/* Until the user leaves: *left says what was asked of the scan then.  ERR_USAGE where the terminal
 * cannot, ERR_INTERRUPTED when a signal or the terminal's end closed it. */
int tui_run(const char *store_path, const struct tui_options *options, enum tui_left *left,
            struct err *err);

struct tui_shot {
    const char *screen;  /* overview, map, cells, points, learner, log, help */
    int width, height;   /* 0: 80 by 24, and higher where the classes need it */
    const char *symbols; /* NULL: from the locale, but letters in place of dots */
    bool has_styles;     /* letters of the styles below the text */
};
/* One screen as text. */
int tui_show(const char *store_path, const struct tui_shot *shot, struct buf *out, struct err *err);
const char *const *tui_screen_names(void);

#endif
