/* console.h: the ":" line: commands of the scan and of the TUI, with completion, history, and a
 * preview of what a command would do. */
#ifndef TUI_CONSOLE_H
#define TUI_CONSOLE_H

#include "ui.h"

/* The TUI's own commands, besides those of the engine. */
struct console_order {
    const char *name, *arguments, *help;
    void (*run)(struct ui *ui, struct model *model, const char *rest);
};
extern const struct console_order console_orders[]; /* ended by one without name */

struct console *console_create(struct err *err);
void console_free(struct console *console);
/* true: it is closed by this key. */
bool console_key(struct ui *ui, struct model *model, int key);
void console_want(const struct ui *ui, const struct model *model, struct wants *wants);
/* Draws over the lower part of the area, the line itself in the last row but one of the grid. */
void console_draw(const struct ui *ui, const struct model *model, struct area area);
/* One of the TUI's own orders: carried out, true; else false. */
bool console_give_order(struct ui *ui, struct model *model, const char *text);
/* Gives a command to a scan that no engine runs on: `theodolite tell`, in the background. */
void console_tell(struct ui *ui, struct model *model, const char *text);
/* The program that is started for exports, pictures and commands at rest; this one unless set. */
void console_set_program(struct console *console, const char *path);
/* Says what came of programs that have ended; true while some still run. */
bool console_children(struct ui *ui, struct model *model);
/* Descriptors that become readable when one of them speaks or ends; returns how many. */
size_t console_descriptors(const struct console *console, int *descriptors, size_t n_max);
/* Runs a line as if it had been typed. */
void console_run(struct ui *ui, struct model *model, const char *text);
/* Reads the user's `:set` and `:bind` lines; what is wrong becomes a warning with file:line. */
void console_read_settings(struct ui *ui, struct model *model, const char *path);
/* The command bound to a key by :bind, or NULL. */
const char *console_binding(const struct console *console, int key);
/* "C-d", "Enter", "F3", "x" <-> code; TK_NONE: no key's name. */
int key_from_name(const char *name, size_t n);
const char *key_name(char out[16], int key);

#endif
