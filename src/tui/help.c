/* help.c: a box over the screen with three sheets: the keys of this screen and those that work
 * everywhere; the commands of the ":" line; the legend of letters, origins, phases and words.
 *
 * A sheet is written line by line by the same code that counts its lines, so that scrolling knows
 * its end. */
#include "plot.h"
#include "ui-private.h"

#include "theodolite/engine.h"

#include <stdio.h>
#include <string.h>

enum { N_TABS = 3, BOX_WIDTH = 96, BOX_HEIGHT = 36, FRAME_ROWS = 2, LINES_AROUND = 3 };

static const char *const tab_names[N_TABS] = {"Keys", "Commands", "Legend"};

struct sheet {
    struct area area; /* of height 0: the lines are counted only */
    int width, top, n;
};

static void put(const struct sheet *sheet, int x, enum style style, const char *text)
{
    if (sheet->n >= sheet->top && sheet->n - sheet->top < sheet->area.height)
        area_text(sheet->area, sheet->n - sheet->top, x, style, text);
}

static void put_title(struct sheet *sheet, const char *title)
{
    if (sheet->n > 0)
        sheet->n++;
    put(sheet, 0, STYLE_STRONG, title);
    sheet->n++;
}

/* Words from column x on, in as many lines as they need. */
static void put_words(struct sheet *sheet, int x, const char *text)
{
    char line[256];
    size_t room = (size_t)(sheet->width - x > 10 ? sheet->width - x : 10), n;

    room = room < sizeof line ? room : sizeof line - 1;
    do {
        n = strlen(text);
        if (n > room)
            for (n = room; n > 1 && text[n] != ' '; n--)
                ;
        snprintf(line, sizeof line, "%.*s", (int)n, text);
        put(sheet, x, STYLE_PLAIN, line);
        sheet->n++;
        text += n + strspn(text + n, " ");
    } while (text[0]);
}

static void put_entry(struct sheet *sheet, int x, const char *name, const char *words)
{
    put(sheet, 1, STYLE_STRONG, name);
    if (text_columns(name) + 2 > x)
        sheet->n++; /* too long a name has a line of its own */
    put_words(sheet, x, words);
}

/* ---- keys ------------------------------------------------------------------------------------ */

struct pair {
    const char *keys, *does;
};

/* Two entries in a line. */
static void put_pairs(struct sheet *sheet, const struct pair *pairs, size_t n)
{
    int half = sheet->width / 2, row;
    size_t rows = (n + 1) / 2, i;

    for (row = 0; row < (int)rows; row++) {
        for (i = (size_t)row; i < n; i += rows) {
            int x = i >= rows ? half : 0;

            put(sheet, x + 1, STYLE_STRONG, pairs[i].keys);
            put(sheet, x + 13, STYLE_PLAIN, pairs[i].does);
        }
        sheet->n++;
    }
}

static void keys_sheet(const struct ui *ui, const struct model *model, struct sheet *sheet)
{
    static const struct pair everywhere[] = {
        {"? F1", "help"},
        {"1..6 F2..F7", "the screens"},
        {"q", "back, or leave"},
        {"Q F10", "leave: detach or stop"},
        {"Esc", "close, drop message"},
        {"Tab S-Tab", "next, previous panel"},
        {":", "command line"},
        {"p", "pause, go on"},
        {"Z", "freeze this view"},
        {"u", "undo the last change"},
        {"/ n N", "find, next, previous"},
        {"\\", "filter the points"},
        {"Space U", "mark, unmark all"},
        {"hjkl arrows", "move"},
        {"g G", "first, last line"},
        {"^D ^U", "half a page down, up"},
        {"PgDn PgUp", "a page down, up"},
        {"^L", "draw again"},
        {"^Z", "suspend this window"},
        {"^C", "leave; twice: stop"},
    };
    const struct screen *screen = screen_of(ui->screen);
    const struct key_help *key;
    char title[64];

    snprintf(title, sizeof title, "Keys of this screen (%s)", screen->title);
    put_title(sheet, title);
    for (key = screen_keys(screen, model); key && key->keys; key++)
        put_entry(sheet, 13, key->keys, key->about ? key->about : key->does ? key->does : "");
    put_title(sheet, "Everywhere");
    put_pairs(sheet, everywhere, sizeof everywhere / sizeof everywhere[0]);
}

/* ---- commands -------------------------------------------------------------------------------- */

static void commands_sheet(const struct model *model, struct sheet *sheet)
{
    const char *const *names = engine_command_names();
    const struct console_order *order;
    int x = sheet->width >= 88 ? 38 : 26;
    char usage[128];

    put_title(sheet, "Of the scan (also: theodolite tell DB COMMAND)");
    for (; *names; names++) {
        const char *help = engine_command_help(*names), *colon = help ? strstr(help, ": ") : NULL;

        if (!colon || (model->integral && engine_integral_refuses(*names)))
            continue;
        snprintf(usage, sizeof usage, ":%.*s", (int)(colon - help), help);
        put_entry(sheet, x, usage, colon + 2);
    }
    put_title(sheet, "Of this window");
    for (order = console_orders; order->name; order++) {
        snprintf(usage, sizeof usage, ":%s %s", order->name,
                 order->arguments ? order->arguments : "");
        put_entry(sheet, x, usage, order->help ? order->help : "");
    }
}

/* ---- legend ---------------------------------------------------------------------------------- */

struct sign {
    const char *sign;
    enum style style;
    const char *means;
};

static void put_signs(struct sheet *sheet, const char *title, const struct sign *signs, size_t n)
{
    size_t i;

    put_title(sheet, title);
    for (i = 0; i < n; i++) {
        put(sheet, 1, signs[i].style, signs[i].sign);
        put_words(sheet, 13, signs[i].means);
    }
}

static void integral_legend(struct sheet *sheet)
{
    static const struct sign calls[] = {
        {"o", STYLE_ACCEPTED, "done: the call gave a value of the integrand"},
        {"?", STYLE_PROPOSED, "proposed: it runs or waits to run"},
        {"x", STYLE_FAILED, "failed: left out of the integral with its share of the space"}};
    static const struct sign origins[] = {
        {"s", STYLE_PLAIN, "uniform over the box, or under the priors"},
        {"c", STYLE_PLAIN, "the search for peaks"},
        {"l", STYLE_PLAIN, "drawn where the model says, with known density"}};
    static const struct sign words[] = {
        {"+-", STYLE_PLAIN, "one standard deviation"},
        {"95 %", STYLE_PLAIN, "an interval that holds whenever one looks, wider for that"},
        {"-", STYLE_PLAIN, "not known yet (never written as 0)"},
        {"V_j", STYLE_PLAIN, "share of the space where the height is foreseen in class j"},
        {"<F>_j", STYLE_PLAIN, "mean of the integrand there, as calls measured it"},
        {"batch", STYLE_PLAIN, "calls handed out at once (bat); a round may be of many batches"},
        {"alone", STYLE_PLAIN, "by the calls of one round; together: of all rounds up to it"},
        {"pull", STYLE_PLAIN, "how far a round is from all together, in its errors"},
        {"explained", STYLE_PLAIN, "share of the variance that the surrogate takes away"}};

    put_signs(sheet, "Calls", calls, sizeof calls / sizeof calls[0]);
    put_signs(sheet, "Where a call comes from", origins, sizeof origins / sizeof origins[0]);
    put_signs(sheet, "Words", words, sizeof words / sizeof words[0]);
}

static void legend_sheet(const struct model *model, struct sheet *sheet)
{
    static const struct sign layers[] = {
        {"o", STYLE_ACCEPTED, "accepted: every constraint holds"},
        {",", STYLE_REJECTED, "rejected: a constraint does not hold"},
        {"?", STYLE_PROPOSED, "proposed: it runs or waits to run"},
        {"x", STYLE_FAILED, "failed: a calculator gave no answer"},
        {" .:-=+*%", STYLE_PLAIN, "heat, from 0 to 1: a background colour where there are colours"},
        {"dots", STYLE_ACCEPTED,
         "braille: a dot for each place with a point, the colour as above; "
         "without colours only accepted points are dots"}};
    static const struct sign origins[] = {
        {"s start", STYLE_PLAIN, "start design: uniform under the prior"},
        {"e explore", STYLE_PLAIN, "the honest uniform share of each round"},
        {"l learned", STYLE_PLAIN, "chosen by the learner"},
        {"c local", STYLE_PLAIN, "close to accepted points"},
        {"t list", STYLE_PLAIN, "from a list"},
        {"i inject", STYLE_PLAIN, "given by you; counts in no volume"},
        {"p pin", STYLE_PLAIN, "in a box that you pinned"}};
    static const struct sign phases[] = {
        {"NEW", STYLE_STRONG, "it never ran"},
        {"RUN", STYLE_STRONG, "points are handed out"},
        {"PAUSE", STYLE_STRONG, "nothing new is handed out; what runs is finished"},
        {"DRAIN", STYLE_STRONG, "the rounds in flight are finished, then it stops"},
        {"FULL", STYLE_WARNING, "it waits for room on the disk and goes on by itself"},
        {"IDLE", STYLE_STRONG, "stopped before its goal; resume goes on"},
        {"DONE", STYLE_STRONG, "the goal is reached"},
        {"ERROR", STYLE_WARNING, "it failed, or its engine is gone; resume goes on"},
        {"FROZEN", STYLE_WARNING, "this view stands still (Z), the scan does not"}};
    static const struct sign words[] = {
        {"+-", STYLE_PLAIN, "one standard deviation"},
        {"-", STYLE_PLAIN, "not known yet (never written as 0)"},
        {"covered", STYLE_PLAIN,
         "of the accepted random points, the share that the learner had "
         "expected; with its 95 % interval"},
        {"learner", STYLE_PLAIN,
         "what it said the accepted share would be, and what came; uneven: right on the whole, but "
         "not for all points of about the same P"},
        {"!", STYLE_WARNING,
         "before a line of the learner's calibration: of 50 points or more, said and found differ "
         "by more than three errors"},
        {"volume", STYLE_PLAIN, "share of the prior that is accepted, from uniform points only"},
        {"gain", STYLE_PLAIN, "accepted share of the last round over that of random points"},
        {"SLOW", STYLE_WARNING, "longer than 3 medians and than half of its limit"},
        {"key", STYLE_OFF, "dimmed: does nothing now; pressing it says why"},
        {"mouse", STYLE_PLAIN,
         "a click takes a title or a line, a second one opens it; the wheel moves. To select text "
         "hold Shift, or :set mouse=off"}};

    if (model->integral) {
        integral_legend(sheet);
    } else {
        put_signs(sheet, "Points", layers, sizeof layers / sizeof layers[0]);
        put_signs(sheet, "Where a point comes from", origins, sizeof origins / sizeof origins[0]);
    }
    put_signs(sheet, "State of the scan (top line)", phases, sizeof phases / sizeof phases[0]);
    if (!model->integral)
        put_signs(sheet, "Words", words, sizeof words / sizeof words[0]);
}

/* ---- the box --------------------------------------------------------------------------------- */

static void write_sheet(const struct ui *ui, const struct model *model, struct sheet *sheet)
{
    switch (ui->help_tab) {
    case 1: commands_sheet(model, sheet); break;
    case 2: legend_sheet(model, sheet); break;
    default: keys_sheet(ui, model, sheet); break;
    }
}

/* Rows of text in the box, and how far a sheet can be scrolled there. */
static int text_rows(int height)
{
    int rows = height < BOX_HEIGHT ? height : BOX_HEIGHT;

    return rows > FRAME_ROWS ? rows - FRAME_ROWS : 0;
}

static int text_width(int width)
{
    return (width - 4 < BOX_WIDTH ? width - 4 : BOX_WIDTH) - 4;
}

static int last_top(const struct ui *ui, const struct model *model, int height, int width, int *n)
{
    struct sheet sheet = {.width = text_width(width)};

    write_sheet(ui, model, &sheet);
    *n = sheet.n;
    return sheet.n > text_rows(height) ? sheet.n - text_rows(height) : 0;
}

static void draw_tabs(const struct ui *ui, struct area top)
{
    int x = 2, i;

    for (i = 0; i < N_TABS; i++) {
        bool is_here = i == ui->help_tab;

        x = area_printf(top, 0, x, is_here ? STYLE_STRONG : STYLE_PLAIN,
                        is_here ? "[%d %s]" : " %d %s ", i + 1, tab_names[i]);
        x++;
    }
}

void help_draw(const struct ui *ui, const struct model *model, struct area area)
{
    int n, last = last_top(ui, model, area.height, area.width, &n);
    int rows = n < text_rows(area.height) ? n : text_rows(area.height);
    int height = rows + FRAME_ROWS, width = text_width(area.width) + 4;
    struct area box = box_draw(area, height, width, "");
    struct sheet sheet = {.area = box, .width = box.width};
    struct area top = area_columns(area_rows(area, (area.height - height) / 2, height),
                                   (area.width - width) / 2, width);

    sheet.top = ui->help_top < last ? ui->help_top : last;
    write_sheet(ui, model, &sheet);
    draw_tabs(ui, top);
    if (last > 0) {
        char place[64];

        snprintf(place, sizeof place, " %d .. %d of %d lines ", sheet.top + 1,
                 sheet.top + box.height, n);
        area_text_right(top, top.height - 1, top.width - 2, STYLE_PLAIN, place);
    }
}

bool help_key(struct ui *ui, const struct model *model, int key)
{
    struct list_cursor list = {0};
    int height = ui->height - LINES_AROUND, n, last;

    switch (key) {
    case TK_TAB:
    case TK_RIGHT:
    case 'l': ui->help_tab = (ui->help_tab + 1) % N_TABS; break;
    case TK_BACK_TAB:
    case TK_LEFT:
    case 'h': ui->help_tab = (ui->help_tab + N_TABS - 1) % N_TABS; break;
    case '1':
    case '2':
    case '3': ui->help_tab = key - '1'; break;
    default:
        last = last_top(ui, model, height, ui->width, &n);
        list_keep(&list, (size_t)last + 1, 1);
        list.at = list.top = (size_t)(ui->help_top < last ? ui->help_top : last);
        list.height = text_rows(height);
        if (!list_move(&list, key))
            return false;
        ui->help_top = (int)list.at;
        return true;
    }
    ui->help_top = 0;
    return true;
}
