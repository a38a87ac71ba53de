/* console-preview.c: what a line would do. */
#include "console-private.h"

#include <string.h>

void console_ask_preview(struct console *console, const struct model *model)
{
    (void)console, (void)model;
}

void console_want(const struct ui *ui, const struct model *model, struct wants *wants)
{
    (void)ui, (void)model, (void)wants;
}

void console_draw(const struct ui *ui, const struct model *model, struct area area)
{
    (void)model;
    struct area row = area_rows(area, area.height - 2, 1);
    area_fill(row, ' ', STYLE_PLAIN);
    area_printf(row, 0, 0, STYLE_PLAIN, ":%s", ui->console->line.text);
}
