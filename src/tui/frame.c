/* frame.c: what stands around every screen: the tabs with the scan and its state at the top; a
 * message or warning, and the keys of this place, at the bottom; and the notice of a window that is
 * too small, which tells the state of the scan as well.
 *
 * A message that is too long for its line is drawn last, over the end of the screen above it.
 *
 * A key that does nothing now is shown all the same, dimmed; pressing it says why. */
#include "ui.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

enum { NEED_WIDTH = 80, NEED_HEIGHT = 24, PART = 64 };

/* ---- the top line ---------------------------------------------------------------------------- */

/* "02:14:37" */
static void clock_words(char out[PART], double seconds)
{
    unsigned long whole;

    if (!isfinite(seconds) || seconds < 0) {
        snprintf(out, PART, "-");
        return;
    }
    whole = (unsigned long)fmin(seconds, 1e10);
    snprintf(out, PART, "%02lu:%02lu:%02lu", whole / 3600, whole / 60 % 60, whole % 60);
}

static bool is_urgent(enum phase phase)
{
    return phase == PHASE_ERROR || phase == PHASE_FULL;
}

/* "PAUSE", and how many calculators still run. */
static void phase_words(const struct model *model, char out[PART])
{
    bool ends = model->phase == PHASE_PAUSE || model->phase == PHASE_DRAIN;

    if (ends && model->n_busy > 0)
        snprintf(out, PART, "%s %zu run", phase_word(model->phase), model->n_busy);
    else
        snprintf(out, PART, "%s", phase_word(model->phase));
}

bool frame_is_too_small(const struct ui *ui)
{
    return ui->height < NEED_HEIGHT || ui->width < NEED_WIDTH;
}

int frame_tab_at(const struct ui *ui, int x)
{
    for (int i = 0, at = 0; i < N_SCREENS; i++) {
        int width = text_columns(screen_of((enum screen_id)i)->title) + 2;

        width += i == (int)ui->screen ? 2 : 0; /* brackets */
        if (x >= at && x < at + width)
            return i;
        at += width + 1;
    }
    return -1;
}

static int draw_tabs(const struct ui *ui, struct area row)
{
    int i, x = 0;

    for (i = 0; i < N_SCREENS; i++) {
        bool is_here = i == (int)ui->screen;

        if (i > 0)
            x = area_text(row, 0, x, STYLE_PLAIN, " ");
        x = area_printf(row, 0, x, is_here ? STYLE_STRONG : STYLE_PLAIN,
                        is_here ? "[%d %s]" : "%d %s", i + 1, screen_of((enum screen_id)i)->title);
    }
    return x;
}

static void draw_top(const struct ui *ui, const struct model *model, struct area row)
{
    char clock[PART], phase[PART];
    enum style style = is_urgent(model->phase) ? STYLE_WARNING : STYLE_STRONG;
    int left = draw_tabs(ui, row), x;

    clock_words(clock, model->engine.active_s);
    phase_words(model, phase);
    x = area_text_right(row, 0, row.width, STYLE_PLAIN, clock);
    x = area_text_right(row, 0, x - 1, style, phase);
    if (ui->is_frozen)
        x = area_text_right(row, 0, x - 1, STYLE_WARNING, "FROZEN");
    if (x - 2 - (left + 1) >= 3) {
        int room = x - 2 - (left + 1), length = text_columns(model->scan->name);

        area_field(row, 0, length < room ? x - 2 - length : left + 1, room, STYLE_PLAIN,
                   model->scan->name);
    }
}

/* ---- the line of messages -------------------------------------------------------------------- */

enum { MESSAGE_LINES = 3 };

/* What is to be said, and how; "": nothing. */
static enum style message_words(const struct ui *ui, const struct model *model,
                                char out[UI_TEXT + 8])
{
    bool is_why = ui->message[0] == '\0';
    bool is_bad = is_why ? is_urgent(model->phase) || model->is_silent : ui->is_warning;
    const char *words = is_why ? model->phase_why : ui->message;
    char thinking[UI_TEXT];

    if (!words || (is_why && model->phase == PHASE_RUN && !model->is_silent)) {
        words = model_thinking(model, thinking, sizeof thinking);
        if (words[0] == '\0')
            words = model->engine.words; /* a calculator that never answers, a learner at work */
    }
    snprintf(out, UI_TEXT + 8, "%s%s", is_bad && words[0] ? "! " : "", words);
    return is_bad ? STYLE_WARNING : STYLE_PLAIN;
}

size_t frame_line_bytes(const char *text, int width)
{
    size_t n = 0, blank = 0;
    int columns = 0;

    for (; text[n] != '\0'; n++) {
        columns += ((unsigned char)text[n] & 0xc0) != 0x80;
        if (columns > width)
            return blank > 0 ? blank : n;
        if (text[n] == ' ')
            blank = n;
    }
    return n;
}

/* A message that is longer than its line takes lines of the screen above it; what is too long for
 * these is cut.  What is told of a scan at rest stays there, and has its line alone. */
void frame_message(const struct ui *ui, const struct model *model, struct grid *grid)
{
    char text[UI_TEXT + 8], line[UI_TEXT + 8];
    enum style style = message_words(ui, model, text);
    size_t from[MESSAGE_LINES], at = 0;
    int n = 0, i;

    do {
        from[n++] = at;
        at += frame_line_bytes(text + at, grid->width);
        at += strspn(text + at, " ");
    } while (n < MESSAGE_LINES && text[at] != '\0' && ui->message[0] != '\0');
    for (i = 0; i < n; i++) {
        struct area row = area_rows(grid_area(grid), grid->height - 1 - n + i, 1);
        size_t length = i + 1 < n ? from[i + 1] - from[i] : strlen(text + from[i]);

        snprintf(line, sizeof line, "%.*s", (int)length, text + from[i]);
        area_fill(row, ' ', STYLE_PLAIN);
        area_field(row, 0, 0, row.width, style, line);
    }
}

/* ---- the line of keys ------------------------------------------------------------------------ */

struct key_words {
    const char *keys, *does;
    bool is_off;
};

static int key_columns(const struct key_words *key)
{
    return text_columns(key->keys) + 1 + text_columns(key->does);
}

static int draw_key(struct area row, int x, const struct key_words *key)
{
    x = area_text(row, 0, x, key->is_off ? STYLE_OFF : STYLE_STRONG, key->keys);
    x = area_text(row, 0, x, key->is_off ? STYLE_OFF : STYLE_PLAIN, ":");
    return area_text(row, 0, x, key->is_off ? STYLE_OFF : STYLE_PLAIN, key->does);
}

/* As many as fit, from the left; returns the column after them. */
static int draw_keys(struct area row, int x, const struct key_words *keys, size_t n)
{
    size_t i;

    for (i = 0; i < n; i++) {
        if (x + key_columns(&keys[i]) > row.width)
            continue;
        x = draw_key(row, x, &keys[i]) + 2;
    }
    return x;
}

static bool can_pause(const struct ui *ui, const struct model *model)
{
    return ui->can_command && (model->phase == PHASE_RUN || model->phase == PHASE_PAUSE);
}

static void draw_keys_of_screen(const struct ui *ui, const struct model *model, struct area row)
{
    const struct key_words always[] = {{":", "command", false},
                                       {"?", "help", false},
                                       {"q", ui->n_back > 0 ? "back" : "quit", false}};
    const struct key_words pause = {"p", model->phase == PHASE_PAUSE ? "go on" : "pause",
                                    !can_pause(ui, model)};
    const struct screen *screen = screen_of(ui->screen);
    int x = 0, end = row.width;
    struct area left;
    const struct key_help *lies_over = screen->keys_now ? screen->keys_now(ui) : NULL;
    const struct key_help *key;
    size_t i;

    for (i = 0; i < 3; i++)
        end -= key_columns(&always[i]) + (i > 0 ? 2 : 0);
    draw_keys(row, end, always, 3);
    left = area_columns(row, 0, end - 2);
    for (key = lies_over ? lies_over : screen_keys(screen, model); key && key->keys; key++) {
        struct key_words words = {key->keys, key->does, false};

        if (!key->does)
            continue;
        words.is_off = key->key != 0 && screen->why_not && screen->why_not(ui, model, key->key);
        x = draw_keys(left, x, &words, 1);
    }
    if (!lies_over)
        draw_keys(left, x, &pause, 1);
}

static void draw_bottom(const struct ui *ui, const struct model *model, struct area row)
{
    static const struct key_words help[] = {{"q Esc", "close help", false},
                                            {"1 2 3 Tab", "keys, commands, legend", false},
                                            {"j k", "scroll", false}};

    if (ui->layer == LAYER_HELP)
        draw_keys(row, 0, help, sizeof help / sizeof help[0]);
    else
        draw_keys_of_screen(ui, model, row);
}

struct area frame_draw(const struct ui *ui, const struct model *model, struct grid *grid)
{
    struct area all = grid_area(grid);

    draw_top(ui, model, area_rows(all, 0, 1));
    draw_bottom(ui, model, area_rows(all, all.height - 1, 1));
    return area_rows(all, 1, all.height - 3);
}

/* ---- too small ------------------------------------------------------------------------------- */

static const char *state_sentence(enum phase phase)
{
    switch (phase) {
    case PHASE_NONE: return "The scan has not begun";
    case PHASE_RUN: return "The scan goes on";
    case PHASE_PAUSE: return "The scan is paused";
    case PHASE_DRAIN: return "The scan ends soon";
    case PHASE_FULL: return "The disk is full";
    case PHASE_IDLE: return "The scan stands still";
    case PHASE_DONE: return "The scan is done";
    case PHASE_ERROR: return "The engine is gone";
    }
    return "";
}

static void count_words(const struct model *model, char out[PART])
{
    const struct goal_view *goal = model->nearest;

    if (model->integral)
        snprintf(out, PART, "%llu calls", (unsigned long long)model->integral->n_calls);
    else if (goal && goal->goal.kind == GOAL_POINTS)
        snprintf(out, PART, "%llu/%.0f", (unsigned long long)model->n_closed, goal->goal.value);
    else if (goal && goal->goal.kind == GOAL_ACCEPTED)
        snprintf(out, PART, "%llu/%.0f good", (unsigned long long)model->counts.accepted,
                 goal->goal.value);
    else
        snprintf(out, PART, "%llu points", (unsigned long long)model->n_closed);
}

static void share_words(const struct model *model, char out[PART])
{
    double n = (double)model->n_closed;

    if (model->integral) {
        const struct strata_result *result = &model->integral->result;
        char estimate[PART];

        snprintf(out, PART, "%.48s%s",
                 isfinite(result->integral)
                     ? text_estimate(estimate, sizeof estimate, result->integral, result->error)
                     : "no estimate yet",
                 isfinite(result->integral) && !result->is_converged ? ", not converged" : "");
    } else if (model->n_closed == 0)
        snprintf(out, PART, "no point is closed yet.");
    else
        snprintf(out, PART, "%.3g %% accepted, %.2g %% failed.",
                 100 * (double)model->counts.accepted / n, 100 * (double)model->counts.failed / n);
}

void frame_too_small(const struct ui *ui, const struct model *model, struct grid *grid)
{
    struct area all = grid_area(grid);
    int gap = grid->height >= 12 ? 1 : 0, left = grid->width >= 34 ? 2 : 0, y = 2 * gap;
    char count[PART], share[PART];

    count_words(model, count);
    share_words(model, share);
    area_text(all, y, left, STYLE_STRONG, "Window too small");
    y += 1 + gap;
    area_printf(all, y++, left, STYLE_PLAIN, "have %d x %d", grid->width, grid->height);
    area_printf(all, y++, left, STYLE_PLAIN, "need %d x %d", NEED_WIDTH, NEED_HEIGHT);
    y += gap;
    area_printf(all, y++, left, is_urgent(model->phase) ? STYLE_WARNING : STYLE_PLAIN, "%s: %s,",
                state_sentence(model->phase), count);
    area_text(all, y++, left, STYLE_PLAIN, share);
    y += gap;
    area_printf(all, y++, left, STYLE_PLAIN, "q: quit   :: command   p: %s",
                model->phase == PHASE_PAUSE ? "go on" : "pause");
    if (ui->message[0]) {
        struct area room = area_columns(all, left, all.width - left);

        y += gap;
        area_field(room, y, 0, room.width, ui->is_warning ? STYLE_WARNING : STYLE_PLAIN,
                   ui->message);
    }
}
