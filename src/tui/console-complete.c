/* console-complete.c: what could stand at the cursor. */
#include "console-private.h"

void console_candidates(struct console *console, const struct ui *ui, const struct model *model)
{
    (void)console, (void)ui, (void)model;
}

void console_tab(struct console *console, const struct ui *ui, const struct model *model,
                 int direction)
{
    (void)console, (void)ui, (void)model, (void)direction;
}
