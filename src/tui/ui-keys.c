/* ui-keys.c: one key finds its place: the layer that lies on top, the screen, everywhere.
 *
 * A screen's key that does nothing now is told why, and is not tried. */
#include "ui-private.h"

#include <stdio.h>
#include <string.h>

static const double TWICE_S = 2; /* a second ^C within it stops the scan */

static void interrupt(struct ui *ui, struct model *model)
{
    double now = clock_steady_s();
    if (now - ui->last_interrupt < TWICE_S) {
        if (model->engine.is_alive && ui->can_command) {
            ui_command(ui, model, "stop");
            ui->quit = QUIT_STOP;
        } else
            ui->quit = QUIT_DETACH;
        return;
    }
    ui->last_interrupt = now;
    quit_open(ui, model);
}

static void pause_or_go_on(struct ui *ui, struct model *model)
{
    switch (model->phase) {
    case PHASE_RUN: ui_command(ui, model, "pause"); break;
    case PHASE_PAUSE: ui_command(ui, model, "resume"); break;
    case PHASE_DRAIN:
        ui_say(ui, "The scan is finishing its batch; :resume takes the stop back.");
        break;
    case PHASE_FULL: ui_say(ui, "The scan waits for room on the disk; :stop ends it."); break;
    case PHASE_DONE:
        ui_say(
            ui,
            "Nothing runs: the goal is reached.  \"theodolite resume %s --until GOAL\" goes on to "
            "another.",
            ui_store_path(model));
        break;
    case PHASE_NONE:
    case PHASE_IDLE:
    case PHASE_ERROR:
        ui_say(ui, "Nothing runs that could be paused; \"theodolite resume %s\" goes on.",
               ui_store_path(model));
        break;
    }
}

static void go_back(struct ui *ui, struct model *model)
{
    if (ui->n_back == 0) {
        quit_open(ui, model);
        return;
    }
    enum screen_id screen = ui->back[--ui->n_back];
    ui_forget(ui);
    ui->screen = screen;
    if (screen_of(screen)->enter != NULL)
        screen_of(screen)->enter(ui, model);
}

static void find_next(struct ui *ui, int key)
{
    if (ui->find[0] == '\0')
        ui_say(ui, "Nothing was looked for yet: / finds.");
    else
        ui_say(ui, "%s finds nothing on this screen; the points (4) and the log (6) do.",
               key == 'n' ? "n" : "N");
}

static void freeze(struct ui *ui)
{
    ui->is_frozen = !ui->is_frozen;
    if (ui->is_frozen)
        ui_say(ui, "The view stands still, the scan goes on; Z lets it go again.");
    else
        ui_say(ui, "The view follows the scan again.");
}

static void escape(struct ui *ui)
{
    ui->message[0] = '\0';
    ui->is_warning = false;
}

/* Does "x y" name x?  Only single characters are looked for. */
static bool names_key(const char *keys, int key)
{
    for (const char *at = keys; *at != '\0'; at++)
        if (*at == key && (at == keys || at[-1] == ' ') && (at[1] == '\0' || at[1] == ' '))
            return true;
    return false;
}

/* A key that means nothing here: where it would mean something.  A warning stays. */
static void say_unused(struct ui *ui, const struct model *model, int key)
{
    if ((ui->is_warning && ui->message[0] != '\0') || key <= ' ' || key >= 127)
        return;
    for (int i = 0; i < N_SCREENS; i++) {
        const struct screen *screen = screen_of((enum screen_id)i);
        for (const struct key_help *help = screen_keys(screen, model); help != NULL && help->keys;
             help++)
            if (i != (int)ui->screen && help->does != NULL && names_key(help->keys, key)) {
                ui_say(ui, "%c does nothing on this screen; on %s (%d) it is \"%s\".", key,
                       screen->title, i + 1, help->does);
                return;
            }
    }
    ui_say(ui, "%c does nothing on this screen: ? has its keys.", key);
}

/* 1..6, F2..F7: the screen, or N_SCREENS. */
static enum screen_id screen_key(int key)
{
    if (key >= '1' && key < '1' + N_SCREENS)
        return (enum screen_id)(key - '1');
    if (key >= TK_F2 && key < TK_F2 + N_SCREENS)
        return (enum screen_id)(key - TK_F2);
    return N_SCREENS;
}

/* The few that work in any window. */
static bool small_key(struct ui *ui, struct model *model, int key)
{
    switch (key) {
    case 'q':
    case 'Q':
    case TK_F10: quit_open(ui, model); return true;
    case 'p': pause_or_go_on(ui, model); return true;
    case ':': ui_open_console(ui, model, ""); return true;
    case TK_ESCAPE: escape(ui); return true;
    default: return false;
    }
}

static void key_everywhere(struct ui *ui, struct model *model, int key)
{
    if (screen_key(key) != N_SCREENS) {
        ui_choose(ui, model, screen_key(key));
        return;
    }
    switch (key) {
    case 'q': go_back(ui, model); break;
    case '?':
    case TK_F1:
        ui->layer = LAYER_HELP;
        ui->help_tab = ui->help_top = 0;
        break;
    case 'Z': freeze(ui); break;
    case 'u': ui_command(ui, model, "undo"); break;
    case 'U':
        if (ui->n_marks > 0)
            ui_say(ui, "%zu marks taken away.", ui->n_marks);
        else
            ui_say(ui, "No point is marked: Space marks one in the points (4).");
        ui->n_marks = 0;
        break;
    case '/': find_open(ui, model, LAYER_FIND); break;
    case '\\': find_open(ui, model, LAYER_FILTER); break;
    case 'n':
    case 'N': find_next(ui, key); break;
    default:
        if (!small_key(ui, model, key))
            say_unused(ui, model, key);
        break;
    }
}

/* Bound keys, the screen's own, and those that work everywhere, in that order. */
static void plain_key(struct ui *ui, struct model *model, int key)
{
    const struct screen *screen = screen_of(ui->screen);
    const char *bound = console_binding(ui->console, key);
    const char *why = screen->why_not != NULL ? screen->why_not(ui, model, key) : NULL;
    if (bound != NULL) {
        console_run(ui, model, bound);
        return;
    }
    if (why != NULL)
        ui_say(ui, "%s", why);
    else if (screen->key == NULL || !screen->key(ui, model, key))
        key_everywhere(ui, model, key);
}

static void help_layer_key(struct ui *ui, struct model *model, int key)
{
    if (key == 'q' || key == TK_ESCAPE || key == '?' || key == TK_F1)
        ui->layer = LAYER_NONE;
    else if (!help_key(ui, model, key) && screen_key(key) != N_SCREENS) {
        ui->layer = LAYER_NONE;
        ui_choose(ui, model, screen_key(key));
    }
}

static bool is_bare(enum layer layer) /* no text is typed into it */
{
    return layer == LAYER_NONE || layer == LAYER_HELP;
}

void ui_key(struct ui *ui, struct model *model, int key)
{
    if (key == TK_NONE || key == TK_RESIZE)
        return;
    if (key == TK_CTRL('L')) {
        ui->wants_redraw = true;
        return;
    }
    if (key == TK_CTRL('C')) {
        interrupt(ui, model);
        return;
    }
    if (is_bare(ui->layer) && (key == 'Q' || key == TK_F10)) {
        quit_open(ui, model);
        return;
    }
    switch (ui->layer) {
    case LAYER_NONE:
        if (frame_is_too_small(ui))
            (void)small_key(ui, model, key);
        else
            plain_key(ui, model, key);
        break;
    case LAYER_HELP: help_layer_key(ui, model, key); break;
    case LAYER_CONSOLE:
        /* closed by this key, and nothing else was opened by what it said */
        if (console_key(ui, model, key) && ui->layer == LAYER_CONSOLE)
            ui->layer = LAYER_NONE;
        break;
    case LAYER_FILTER:
    case LAYER_FIND: find_key(ui, model, key); break;
    case LAYER_QUESTION: ask_key(ui, model, key); break;
    case LAYER_QUIT: quit_key(ui, model, key); break;
    }
}
