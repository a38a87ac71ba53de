/* cells.c: the screen of the Lebesgue cells: which classes are asked for, and its keys.
 *
 * The points of the prior are put into classes by a function f: the learner's probability of the
 * target, or the likelihood where constraints have a pull.  The sum over the classes of the volume
 * times the mean of f estimates the integral of f over the prior; its error is split into shares,
 * so that one sees where points are missing.  The gatherer counts; cells-draw.c draws. */
#include "cells.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

enum {
    FIXED_ROWS = 9,   /* rules, headings, sum and four lines below */
    PICTURE_ROWS = 7, /* the same of one table alone */
    MORE_NOTES = 4    /* that there is room for where the height is free */
};

/* ---- the levels ------------------------------------------------------------------------------ */

void cells_classes(const struct cells_ui *cells, struct classes_want *want)
{
    static const double first[] = {0, 0.01, 0.1, 0.3, 0.6, 0.9, 1};

    want->is_wanted = true;
    want->kind = cells->kind;
    want->n_levels = cells->n_levels;
    memcpy(want->level, cells->level, sizeof want->level);
    if (want->n_levels < 2) {
        want->n_levels = sizeof first / sizeof first[0];
        memcpy(want->level, first, sizeof first);
    }
}

bool cells_is_current(const struct cells_ui *cells, const struct classes_part *part)
{
    struct classes_want want = {0};
    size_t i;

    cells_classes(cells, &want);
    if (part->want.kind != want.kind || part->want.n_levels != want.n_levels)
        return false;
    for (i = 0; i < want.n_levels; i++)
        if (part->want.level[i] < want.level[i] || part->want.level[i] > want.level[i])
            return false;
    return true;
}

/* The next number of a text, which moves on; false at its end or where it is none. */
static bool next_number(const char **text, double *value)
{
    char word[TEXT_DOUBLE_SIZE];
    size_t n;

    *text += strspn(*text, " \t,");
    n = strcspn(*text, " \t,");
    if (n == 0 || n >= sizeof word)
        return false;
    memcpy(word, *text, n);
    word[n] = '\0';
    if (text_to_double(word, value) != 0)
        return false;
    *text += n;
    return true;
}

bool cells_set_levels(struct ui *ui, const char *text, char *words, size_t size)
{
    double level[CLASSES_MOST + 1], value;
    size_t n = 0, i;

    while (next_number(&text, &value)) {
        if (value < 0 || value > 1) {
            snprintf(words, size, "levels lie between 0 and 1: %g does not", value);
            return false;
        }
        if (n > CLASSES_MOST) {
            snprintf(words, size, "there can be at most %d classes", (int)CLASSES_MOST);
            return false;
        }
        level[n++] = value;
    }
    text += strspn(text, " \t,");
    if (*text) {
        snprintf(words, size, "\"%.40s\" is no number: levels look like 0 0.01 0.1 0.5 1", text);
        return false;
    }
    for (i = 1; i < n; i++)
        if (!(level[i] > level[i - 1])) {
            snprintf(words, size, "levels grow: %g does not come after %g", level[i], level[i - 1]);
            return false;
        }
    if (n < 2 || level[0] > 0 || level[n - 1] < 1) {
        snprintf(words, size, "levels begin with 0 and end with 1, so that no point is left out");
        return false;
    }
    ui->cells.n_levels = n;
    memcpy(ui->cells.level, level, n * sizeof *level);
    if (size > 0)
        words[0] = '\0';
    return true;
}

/* ---- what the rows are ----------------------------------------------------------------------- */

void cells_order(const struct cells_ui *cells, const struct classes_part *part,
                 size_t order[CLASSES_MOST])
{
    size_t i, j;

    for (i = 0; i < part->n; i++) {
        for (j = i;
             cells->by_volume && j > 0 && part->rows[order[j - 1]].volume < part->rows[i].volume;
             j--)
            order[j] = order[j - 1];
        order[j] = i;
    }
}

bool cells_has_likelihood(const struct model *model)
{
    size_t i, n = model->judge ? judge_n_terms(model->judge) : 0;

    for (i = 0; i < n; i++)
        if (judge_term(model->judge, i).has_pull)
            return true;
    return false;
}

bool cells_has_rows(const struct classes_part *part)
{
    if (!part || part->n == 0)
        return false;
    return part->want.kind == CLASS_LIKELIHOOD ? isfinite(part->chi2_min) : part->has_model;
}

static bool is_picture(const struct model *model)
{
    return model->integral && cells_is_picture(model->integral);
}

int cells_rows(const struct model *model, size_t n, int height)
{
    int room = is_picture(model) ? height - PICTURE_ROWS : (height - FIXED_ROWS) / 2;

    if (room > (int)n)
        room = (int)n;
    return room > 1 ? room : 1;
}

static size_t n_rows(const struct model *model)
{
    const struct classes_part *part = model->parts.classes;

    if (model->integral)
        return model->integral->result.n_classes;
    return cells_has_rows(part) ? part->n : 0;
}

int cells_height(const struct model *model, int height)
{
    int n = (int)n_rows(model);

    if (n == 0 || cells_rows(model, (size_t)n, height) == n)
        return height;
    return (is_picture(model) ? n + PICTURE_ROWS : 2 * n + FIXED_ROWS) + MORE_NOTES;
}

void cells_budget(const struct classes_part *part, double share[CLASSES_MOST])
{
    double total = 0;
    size_t i;

    for (i = 0; i < part->n; i++) {
        const struct class_row *row = &part->rows[i];
        double by_f = row->volume * row->f_error, by_volume = row->f * row->volume_error;

        share[i] = by_f * by_f + by_volume * by_volume;
        if (isfinite(share[i]))
            total += share[i];
    }
    for (i = 0; i < part->n; i++)
        share[i] = total > 0 ? share[i] / total : NAN;
}

/* With an exponent, and as many digits behind the point as `width` columns hold, `digits` at most.
 */
static void put_power(char out[FIGURE_SIZE], double value, int digits, int width)
{
    do
        snprintf(out, FIGURE_SIZE, "%.*e", digits, value);
    while ((int)strlen(out) > width && digits-- > 0);
}

/* The power of ten of the first digit. */
static int first_digit(double value)
{
    double size = fabs(value);

    return size > 0 && size < HUGE_VAL ? (int)floor(log10(size) + 1e-9) : 0;
}

/* With these decimals, fewer where there is no room; with an exponent where less than `least`
 * digits would be left, or the columns do not suffice, and then `digits` behind the point. */
static void put_figure(char out[FIGURE_SIZE], double value, int decimals, int width, int least,
                       int digits)
{
    double size = fabs(value);
    int first = first_digit(value);
    int sign = value < 0, room = width - sign - (first > 0 ? first + 1 : 1) - 1;
    int shown = decimals < room ? decimals : room > 0 ? room : 0;

    if (!isfinite(value)) {
        snprintf(out, FIGURE_SIZE, "-");
        return;
    }
    if (first < width && (shown == decimals || shown + first + 1 >= least)) {
        snprintf(out, FIGURE_SIZE, "%.*f", shown, size < 0.5 * pow(10, -shown) ? 0 : value);
        if ((int)strlen(out) <= width)
            return;
    }
    put_power(out, value, digits, width);
}

void figure_pair(char value_text[FIGURE_SIZE], char error_text[FIGURE_SIZE], double value,
                 double error, int width)
{
    static const double LARGE = 1e4; /* of which units are no news */
    bool has_error = isfinite(error) && error > 0;
    double about = has_error ? error : fabs(value) / 10;
    int decimals = about > 0 && isfinite(about) ? 1 - first_digit(about) : 2;
    int digits = first_digit(value) - first_digit(about) + 1; /* to the second one of the error */

    digits = digits < 1 ? 1 : digits > 15 ? 15 : digits;
    if (has_error && about >= LARGE && fabs(value) < 1e3 * about) {
        put_power(value_text, value, digits, width);
        put_power(error_text, error, 1, width);
        return;
    }
    decimals = decimals < 0 ? 0 : decimals;
    put_figure(value_text, value, decimals, width, 3, digits);
    put_figure(error_text, error, decimals, width, 2, 1);
}

const char *figure_count(char out[FIGURE_SIZE], uint64_t n, int width)
{
    static const char units[] = "kMGTP";
    double size = (double)n;

    snprintf(out, FIGURE_SIZE, "%llu", (unsigned long long)n);
    for (size_t unit = 0; (int)strlen(out) > width && unit < sizeof units - 1; unit++) {
        size /= 1000;
        snprintf(out, FIGURE_SIZE, "%.0f%c", size, units[unit]);
    }
    return out;
}

/* ---- keys ------------------------------------------------------------------------------------ */

static const char *why_not_integral(const struct ui *ui, const struct model *model, int key)
{
    bool has_rows = model->integral->result.n_classes > 0;

    switch (key) {
    case TK_ENTER:
        if (has_rows && model->counts.total == 0)
            return "Calls as cheap as these are counted, not kept: there are no points to show.";
        return has_rows ? NULL : "There are no classes yet: they come with the first rounds.";
    case 's': return has_rows ? NULL : "There are no classes yet: they come with the first rounds.";
    case 'e': return "An integration chooses its limits itself, so that its error is small.";
    case 'f': return "The classes are those of the integrand; there is no other f here.";
    case 'm': return "The map shows where the calls went; heights have no layer there.";
    case 'g':
        return ui->can_command ? NULL
                               : "Pictures are made from a live screen, or by theodolite plot.";
    default: return NULL;
    }
}

static const char *why_not(const struct ui *ui, const struct model *model, int key)
{
    const struct classes_part *part = model->parts.classes;
    bool has_rows = cells_has_rows(part) && cells_is_current(&ui->cells, part);

    if (model->integral)
        return why_not_integral(ui, model, key);
    switch (key) {
    case TK_ENTER:
        return has_rows ? NULL : "The classes are not counted yet: there are no points to show.";
    case 's': return has_rows ? NULL : "The classes are not counted yet.";
    case 'm':
        return ui->cells.kind == CLASS_PROBABILITY
                   ? NULL
                   : "The map shows the learner's probability, not the likelihood: f changes over.";
    case 'f':
        return cells_has_likelihood(model)
                   ? NULL
                   : "No constraint has a pull (as \"mh = 125.1 +- 1\"): there is no likelihood.";
    case 'g':
        return ui->can_command ? NULL
                               : "Pictures are made from a live screen, or by theodolite plot.";
    default: return NULL;
    }
}

static void open_levels(struct ui *ui, struct model *model)
{
    struct classes_want want = {0};
    char text[UI_TEXT] = "levels", number[TEXT_DOUBLE_SIZE];
    size_t i, n = strlen(text);

    cells_classes(&ui->cells, &want);
    for (i = 0; i < want.n_levels; i++) {
        int more = snprintf(text + n, sizeof text - n, " %s", text_shortest(number, want.level[i]));

        n += more > 0 ? (size_t)more : 0;
    }
    ui_open_console(ui, model, text);
}

/* The points of a class as a filter of the list. */
static void filter_of(const struct classes_part *part, const struct class_row *row, char *out,
                      size_t size)
{
    char lo[TEXT_DOUBLE_SIZE], hi[TEXT_DOUBLE_SIZE];
    bool is_first = !(row->lo > 0), is_last = !(row->hi < 1);
    const char *name = "p";

    snprintf(lo, sizeof lo, "%.10g", row->lo);
    snprintf(hi, sizeof hi, "%.10g", row->hi);
    if (part->want.kind == CLASS_LIKELIHOOD) { /* a large likelihood is a small chi2 */
        name = "chi2";
        snprintf(lo, sizeof lo, "%.10g", part->chi2_min - 2 * log(row->hi));
        snprintf(hi, sizeof hi, "%.10g", part->chi2_min - 2 * log(row->lo));
        if (is_first && is_last)
            snprintf(out, size, "chi2 >= 0");
        else if (is_first)
            snprintf(out, size, "chi2 > %s", lo);
        else if (is_last)
            snprintf(out, size, "chi2 <= %s", hi);
        else
            snprintf(out, size, "chi2 > %s and chi2 <= %s", lo, hi);
        return;
    }
    if (is_last)
        snprintf(out, size, "%s >= %s", name, lo);
    else if (is_first)
        snprintf(out, size, "%s < %s", name, hi);
    else
        snprintf(out, size, "%s >= %s and %s < %s", name, lo, name, hi);
}

/* The calls whose height was predicted in a class of the integral. */
static void filter_integral(const struct strata_class *row, char *out, size_t size)
{
    if (isinf(row->lo) && isinf(row->hi))
        snprintf(out, size, "p == p");
    else if (isinf(row->lo))
        snprintf(out, size, "p <= %.10g", row->hi);
    else if (isinf(row->hi))
        snprintf(out, size, "p > %.10g", row->lo);
    else
        snprintf(out, size, "p > %.10g and p <= %.10g", row->lo, row->hi);
}

static void show_integral_points(struct ui *ui, struct model *model)
{
    size_t order[STRATA_CLASSES], n = cells_integral_order(&ui->cells, model->integral, order);
    char filter[UI_TEXT];

    if (ui->cells.rows.at >= n)
        return;
    filter_integral(&model->integral->result.classes[order[ui->cells.rows.at]], filter,
                    sizeof filter);
    ui_show_points(ui, model, filter);
}

static void show_points(struct ui *ui, struct model *model)
{
    const struct classes_part *part = model->parts.classes;
    size_t order[CLASSES_MOST];
    char filter[UI_TEXT];

    cells_order(&ui->cells, part, order);
    if (ui->cells.rows.at >= part->n)
        return;
    filter_of(part, &part->rows[order[ui->cells.rows.at]], filter, sizeof filter);
    ui_show_points(ui, model, filter);
}

static bool take_key(struct ui *ui, struct model *model, int key)
{
    const char *why = why_not(ui, model, key);

    if (why) {
        ui_say(ui, "%s", why);
        return true;
    }
    switch (key) {
    case 'e': open_levels(ui, model); return true;
    case 's': ui->cells.by_volume = !ui->cells.by_volume; return true;
    case 'f':
        ui->cells.kind = ui->cells.kind == CLASS_PROBABILITY ? CLASS_LIKELIHOOD : CLASS_PROBABILITY;
        return true;
    case 'g': ui_command(ui, model, "plot cells"); return true;
    case 'm':
        ui->map.heat = ui->map.borders = true;
        ui_go(ui, model, SCREEN_MAP);
        return true;
    case TK_ENTER:
        if (model->integral)
            show_integral_points(ui, model);
        else
            show_points(ui, model);
        return true;
    default: return list_move(&ui->cells.rows, key);
    }
}

static void want(const struct ui *ui, const struct model *model, struct wants *wants)
{
    if (model->integral)
        return;
    cells_classes(&ui->cells, &wants->classes);
}

static int update(struct ui *ui, struct model *model, int height, int width, struct err *err)
{
    size_t n = n_rows(model);

    (void)width;
    (void)err;
    list_keep(&ui->cells.rows, n, cells_rows(model, n, height));
    return 0;
}

static const struct key_help keys[] = {
    {"Enter", "points", "the points of the class, in the list", TK_ENTER},
    {"e", "levels", "edit the limits of the classes", 'e'},
    {"f", "P or likelihood", "classes of the learner's probability, or of the likelihood", 'f'},
    {"s", "sort", "by level, or the largest volume first", 's'},
    {"m", "map", "show the cells' borders on the map", 'm'},
    {"g", "plot", "make a picture with gnuplot", 'g'},
    {"j k", "move", "choose a class", 0},
    {0},
};

static enum click click(struct ui *ui, struct model *model, int y, int x)
{
    enum { FIRST_ROW = 2 };

    (void)model;
    (void)x;
    return list_click(&ui->cells.rows, y - FIRST_ROW);
}

static const struct key_help integral_keys[] = {
    {"Enter", "points", "the calls of the class, in the list", TK_ENTER},
    {"s", "sort", "by height, or the largest volume first", 's'},
    {"g", "plot", "make a picture of the classes with gnuplot", 'g'},
    {"j k", "move", "choose a class", 0},
    {0},
};

const struct screen cells_screen = {.name = "cells",
                                    .title = "Cells",
                                    .keys = keys,
                                    .integral_keys = integral_keys,
                                    .key = take_key,
                                    .click = click,
                                    .want = want,
                                    .update = update,
                                    .draw = cells_draw,
                                    .why_not = why_not};
