/* ui-private.h: what the files of the workbench's state share, for them alone.
 *
 *   ui.c        its life, commands and their answers, screens, marks, messages
 *   ui-keys.c   a key finds its place: layer, screen, everywhere
 *   ui-ask.c    what is asked: yes or no, how to leave, the lines "/" and "\" */
#ifndef TUI_UI_PRIVATE_H
#define TUI_UI_PRIVATE_H

#include "console.h"

/* ui.c: for words that tell what to type. */
const char *ui_store_path(const struct model *model);

/* What was said belonged to the screen that is left; a warning stays. */
void ui_forget(struct ui *ui);

/* What came of a command; the whole line where there is room for it. */
void ui_answer(struct ui *ui, const char *text, bool is_ok, const char *answer);

/* ui-ask.c */
void ask_key(struct ui *ui, struct model *model, int key);  /* LAYER_QUESTION */
void quit_open(struct ui *ui, struct model *model);         /* leaves at once where nothing runs */
void quit_key(struct ui *ui, struct model *model, int key); /* LAYER_QUIT */
void find_open(struct ui *ui, struct model *model, enum layer layer);
void find_key(struct ui *ui, struct model *model, int key); /* LAYER_FIND, LAYER_FILTER */
void ask_draw(const struct ui *ui, const struct model *model, struct area area);
/* A frame of its own in the middle of the area, the area within it. */
struct area box_draw(struct area area, int height, int width, const char *title);

#endif
