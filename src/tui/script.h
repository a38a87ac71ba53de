/* script.h: keys and commands from a file instead of a keyboard. */
#ifndef TUI_SCRIPT_H
#define TUI_SCRIPT_H

#include "ui.h"

enum script_kind {
    SCRIPT_KEY,
    SCRIPT_MOUSE,
    SCRIPT_COMMAND,   /* a line of the console, without its colon */
    SCRIPT_WAIT_IDLE, /* until what is shown is what the store has */
    SCRIPT_WAIT_DONE, /* until no engine works on the scan, and then idle */
    SCRIPT_SAVE       /* the screen as text into a file */
};

struct script_step {
    enum script_kind kind;
    int key;
    struct mouse mouse;
    const char *text;
    unsigned line;
};

struct script;
/* Reads the whole file; what cannot be understood is ERR_USAGE with file:line. */
struct script *script_read(const char *path, struct err *err);
void script_free(struct script *script);
const struct script_step *script_next(struct script *script); /* NULL at its end */
const char *script_path(const struct script *script);

#endif
