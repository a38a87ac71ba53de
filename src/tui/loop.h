/* loop.h: the life of the workbench between its first frame and its last. */
#ifndef TUI_LOOP_H
#define TUI_LOOP_H

#include "gather.h"
#include "script.h"
#include "terminal.h"
#include "theodolite/tui.h"
#include "ui.h"

struct loop_parts { /* borrowed */
    struct terminal *terminal;
    struct model *model;
    struct ui *ui;
    struct gather *gather;
    struct script *script;     /* or NULL: the keyboard */
    struct tui_engine *engine; /* or NULL */
};

/* Until the user leaves or the script ends.  ERR_INTERRUPTED: a signal or a lost terminal. */
int loop_run(const struct loop_parts *parts, struct err *err);
/* What the screens need for one picture, gathered in the calling thread: for `show`. */
int loop_settle(const struct loop_parts *parts, struct err *err);

#endif
