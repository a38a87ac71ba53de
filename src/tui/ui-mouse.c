/* ui-mouse.c: what the mouse can do, all of which keys do too: a title opens its screen, a line is
 * chosen by a click and opened by a second one, the wheel moves through a list.
 *
 * Which line lies where is known to the screens (struct screen, `click`).  While something lies
 * over a screen only help scrolls; what is asked is answered by keys alone. */
#include "ui-private.h"

enum { WHEEL_LINES = 3, TOP_LINES = 1, BOTTOM_LINES = 2 };

enum click list_click(struct list_cursor *list, int line)
{
    size_t row = list->top + (size_t)(line > 0 ? line : 0);

    if (line < 0 || line >= list->height || row >= list->n)
        return CLICK_NOTHING;
    if (row == list->at)
        return CLICK_AGAIN;
    list->at = row;
    return CLICK_TAKEN;
}

static void turn(struct ui *ui, struct model *model, bool is_up)
{
    int key = is_up ? TK_UP : TK_DOWN;

    for (int i = 0; i < WHEEL_LINES; i++)
        ui_key(ui, model, key);
}

static enum click click_screen(struct ui *ui, struct model *model, const struct mouse *mouse)
{
    const struct screen *screen = screen_of(ui->screen);
    int y = mouse->y - TOP_LINES;

    if (screen->click == NULL || y < 0 || y >= ui->height - TOP_LINES - BOTTOM_LINES)
        return CLICK_NOTHING;
    return screen->click(ui, model, y, mouse->x);
}

/* On the map the wheel brings the place nearer. */
static void turn_on_screen(struct ui *ui, struct model *model, const struct mouse *mouse)
{
    bool is_up = mouse->what == MOUSE_WHEEL_UP;

    if (ui->screen != SCREEN_MAP)
        turn(ui, model, is_up);
    else if (click_screen(ui, model, mouse) != CLICK_NOTHING)
        ui_key(ui, model, is_up ? '+' : '-');
}

void ui_mouse(struct ui *ui, struct model *model, const struct mouse *mouse)
{
    bool is_click = mouse->what == MOUSE_CLICK;
    int tab = frame_tab_at(ui, mouse->x);

    if (!ui->has_mouse || frame_is_too_small(ui))
        return;
    if (ui->layer == LAYER_HELP && !is_click) {
        turn(ui, model, mouse->what == MOUSE_WHEEL_UP);
        return;
    }
    if (ui->layer != LAYER_NONE)
        return;
    if (!is_click)
        turn_on_screen(ui, model, mouse);
    else if (mouse->y == 0 && tab >= 0)
        ui_choose(ui, model, (enum screen_id)tab);
    else if (click_screen(ui, model, mouse) == CLICK_AGAIN)
        ui_key(ui, model, TK_ENTER);
}
