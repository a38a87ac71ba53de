/* cells-draw.c: draws the Lebesgue cells: the table of classes with its sum, how good the guess of
 * the class is, where the error of the sum comes from, and whether the sum agrees with what uniform
 * points alone found.  On a wide screen bars and the history of the volume stand beside. */
#include "cells.h"
#include "learner.h"
#include "plot.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

enum { LEFT = 80, WIDE = 112, MOST_ROUNDS = 512, EXPLAIN_ROWS = 7, APART = 3 /* sigma */ };

struct sheet { /* one drawing */
    const struct ui *ui;
    const struct model *model;
    const struct classes_part *part;
    enum style style; /* of figures: dim where they answer former levels */
    size_t order[CLASSES_MOST];
    double budget[CLASSES_MOST];
    size_t first, shown; /* rows */
};

static bool is_likelihood(const struct sheet *sheet)
{
    return sheet->part->want.kind == CLASS_LIKELIHOOD;
}

/* ---- the table ------------------------------------------------------------------------------- */

static const char *count_text(char out[FIGURE_SIZE], uint64_t n)
{
    if (n > 999999)
        snprintf(out, FIGURE_SIZE, "%.1fM", (double)n / 1e6);
    else
        snprintf(out, FIGURE_SIZE, "%llu", (unsigned long long)n);
    return out;
}

static const char *percent_text(char out[FIGURE_SIZE], double share)
{
    if (isfinite(share))
        snprintf(out, FIGURE_SIZE, "%.0f", 100 * share);
    else
        snprintf(out, FIGURE_SIZE, "-");
    return out;
}

static void draw_class(const struct sheet *sheet, struct area area, int y, size_t j)
{
    const struct class_row *row = &sheet->part->rows[j];
    char value[FIGURE_SIZE], error[FIGURE_SIZE];
    double product = row->volume * row->f;
    double product_error = hypot(row->volume * row->f_error, row->f * row->volume_error);

    area_printf(area, y, 1, sheet->style, "%2zu  %-5.4g.. %-5.4g", j, row->lo, row->hi);
    figure_pair(value, error, row->volume, row->volume_error, 8);
    area_text(area, y, 19, sheet->style, value);
    area_text(area, y, 28, sheet->style, error);
    figure_pair(value, error, row->f, row->f_error, 7);
    area_text(area, y, 37, sheet->style, value);
    area_text(area, y, 45, sheet->style, error);
    figure_pair(value, error, product, product_error, 9);
    area_text(area, y, 53, sheet->style, value);
    area_text(area, y, 63, sheet->style, error);
    area_text_right(area, y, 74, sheet->style,
                    percent_text(value, product / sheet->part->integral));
    area_text_right(area, y, 80, sheet->style, count_text(value, row->n));
}

void cells_said_sum(const struct classes_part *part, double *sum, double *error)
{
    double squares = 0;
    size_t j;

    *sum = 0;
    for (j = 0; j < part->n; j++) {
        const struct class_row *row = &part->rows[j];

        if (!(row->volume > 0))
            continue;
        *sum += row->volume * row->said;
        squares += row->said * row->said * row->volume_error * row->volume_error;
    }
    *error = sqrt(squares);
}

/* By f as it was measured; where that was not in every class, as the learner says it. */
static void draw_sum(const struct sheet *sheet, struct area area, int y)
{
    const struct classes_part *part = sheet->part;
    char value[FIGURE_SIZE], error[FIGURE_SIZE];
    bool is_said = !isfinite(part->integral) && !is_likelihood(sheet);
    double volume = 0, sum = part->integral, sum_error = part->integral_error;
    uint64_t n = 0;
    size_t j;

    if (is_said)
        cells_said_sum(part, &sum, &sum_error);
    for (j = 0; j < part->n; j++) {
        volume += part->rows[j].volume;
        n += part->rows[j].n;
    }
    area_text(area, y, 1, STYLE_STRONG, "sum");
    if (is_said && sheet->shown == part->n)
        area_text(area, y, 4, STYLE_STRONG, ", P as said");
    if (sheet->shown < part->n)
        area_printf(area, y, 5, STYLE_STRONG, "... %zu more", part->n - sheet->shown);
    figure_pair(value, error, volume, 1e-3, 8);
    area_text(area, y, 19, STYLE_STRONG, value);
    figure_pair(value, error, sum, sum_error, 9);
    area_text(area, y, 53, STYLE_STRONG, value);
    area_text(area, y, 63, STYLE_STRONG, error);
    area_text_right(area, y, 74, STYLE_STRONG, isfinite(part->integral) ? "100" : "-");
    area_text_right(area, y, 80, STYLE_STRONG, count_text(value, n));
}

static int draw_table(const struct sheet *sheet, struct area area)
{
    char title[96];
    size_t i;
    int y = 2;

    if (is_likelihood(sheet))
        snprintf(title, sizeof title, "Lebesgue cells of f = L/L_max, chi2_min %.4g",
                 sheet->part->chi2_min);
    else
        snprintf(title, sizeof title, "%s",
                 sheet->model->counts.failed > 0 ? "Lebesgue cells of P where calls run"
                                                 : "Lebesgue cells of P(accept)");
    area_rule(area, 0, title,
              is_likelihood(sheet) ? "V_j, f_j: uniform points"
                                   : "V_j: said by the learner, f_j: found");
    area_text(area, 1, 2, STYLE_DIM, "j  l_j .. l_j+1   V_j      +-       f_j     +-");
    area_text(area, 1, 53, STYLE_DIM, "V_j f_j   +-        %     n");
    for (i = sheet->first; i < sheet->first + sheet->shown; i++, y++) {
        draw_class(sheet, area, y, sheet->order[i]);
        if (i == sheet->ui->cells.rows.at) {
            area_put(area, y, 0, '>', STYLE_SELECTED);
            area_style(area, y, 0, LEFT, STYLE_SELECTED);
        }
    }
    draw_sum(sheet, area, y++);
    return y;
}

/* ---- how good the guess is, and whose error counts ------------------------------------------- */

static void share_text(struct area area, int y, int x, enum style style, double share)
{
    if (isfinite(share))
        area_printf(area, y, x, style, "%.2f", fmax(share, 0));
    else
        area_text(area, y, x + 3, style, "-");
}

static void draw_guess(const struct sheet *sheet, struct area area, int y, size_t j)
{
    const struct class_row *row = &sheet->part->rows[j];
    char text[FIGURE_SIZE];
    enum style style = sheet->style;

    area_printf(area, y, 1, style, "%2zu", j);
    share_text(area, y, 5, style, row->right);
    share_text(area, y, 11, style, row->below);
    share_text(area, y, 17, style, row->above);
    plot_bar(area, y, 23, 14, row->right, style);
    share_text(area, y, 39, style, row->said);
    area_text_right(area, y, 52, style, count_text(text, row->n_measured));
    plot_bar(area, y, 55, 19, sheet->budget[j], style);
    area_text_right(area, y, 78, style, percent_text(text, sheet->budget[j]));
    area_text(area, y, 79, style, isfinite(sheet->budget[j]) ? "%" : "");
}

static int draw_guesses(const struct sheet *sheet, struct area area, int y)
{
    size_t i;

    area_rule(area, y++, "How good the guess of the class is (uniform points)",
              "share of the error");
    area_text(area, y++, 2, STYLE_DIM,
              "j  right below above  right           said     n of f  of the sum");
    for (i = sheet->first; i < sheet->first + sheet->shown; i++, y++) {
        draw_guess(sheet, area, y, sheet->order[i]);
        if (i == sheet->ui->cells.rows.at)
            area_put(area, y, 0, '>', STYLE_STRONG);
    }
    return y;
}

/* ---- lines below ----------------------------------------------------------------------------- */

static size_t relative_errors(const struct model *model, double values[MOST_ROUNDS])
{
    size_t n = 0, r = model->n_rounds > MOST_ROUNDS ? model->n_rounds - MOST_ROUNDS : 0;

    for (; r < model->n_rounds; r++) {
        const struct round_row *row = &model->rounds[r].row;
        double relative = row->volume_error / row->volume;

        if (isfinite(relative))
            values[n++] = relative;
    }
    return n;
}

static double greatest(const double *values, size_t n)
{
    double most = 0;
    size_t i;

    for (i = 0; i < n; i++)
        most = isfinite(values[i]) ? fmax(most, values[i]) : most;
    return most;
}

/* As numbers, evenly spread over the rounds, the last one at the end. */
static void draw_history_line(const struct sheet *sheet, struct area area, int y)
{
    enum { SHOWN = 12 };
    double values[MOST_ROUNDS];
    size_t n = relative_errors(sheet->model, values), shown = n < SHOWN ? n : SHOWN, i;
    int x = area_text(area, y, 1, STYLE_PLAIN, "error of the target's volume by rounds, %:");

    if (n == 0)
        area_text(area, y, x, STYLE_DIM, " -");
    for (i = 0; i < shown; i++) {
        double percent = 100 * values[shown > 1 ? i * (n - 1) / (shown - 1) : 0];

        x = area_printf(area, y, x, i + 1 == shown ? STYLE_STRONG : STYLE_PLAIN, " %.*f",
                        percent < 9.95 ? 1 : 0, percent);
    }
}

/* By how many of its errors the sum differs from what uniform points alone found; NaN unknown. */
static double sigmas_apart(const struct sheet *sheet)
{
    const struct classes_part *part = sheet->part;
    double volume = sheet->model->volume, error = sheet->model->volume_error;

    if (is_likelihood(sheet))
        return NAN;
    return fabs(part->integral - volume) / hypot(part->integral_error, error);
}

/* The target's volume as the search measures it beside the sum of the cells. */
static void draw_honest(const struct sheet *sheet, struct area area, int y)
{
    const struct model *model = sheet->model;
    const struct classes_part *part = sheet->part;
    char value[FIGURE_SIZE], error[FIGURE_SIZE];
    double apart = sigmas_apart(sheet), said, said_error;
    int x = 1;

    if (is_likelihood(sheet)) {
        area_text(area, y, 1, STYLE_DIM,
                  "The sum is the mean of L/L_max over the prior, not the volume of the target.");
        return;
    }
    if (model->is_relabelling) {
        area_text(area, y, x, STYLE_PLAIN, "measured: V = ... (a cut changes the labels)");
        return;
    }
    if (isfinite(model->volume_below)) {
        area_printf(area, y, x, STYLE_PLAIN,
                    "uniform points: none is in the target, V < %.2g (95 %%)", model->volume_below);
        return;
    }
    figure_pair(value, error, model->volume, model->volume_error, 9);
    x = area_printf(area, y, x, STYLE_PLAIN, "measured: V = %s +- %s", value, error);
    if (isfinite(part->integral) && isfinite(part->integral_error)) {
        figure_pair(value, error, part->integral, part->integral_error, 9);
        x = area_printf(area, y, x, STYLE_STRONG, "; cells: %s +- %s", value, error);
    }
    if (!isfinite(part->integral)) {
        cells_said_sum(part, &said, &said_error);
        figure_pair(value, error, said, said_error, 9);
        area_printf(area, y, x, STYLE_PLAIN, "; the learner says %s +- %s", value, error);
    }
    if (isfinite(apart) && apart <= APART)
        area_text(area, y, x, STYLE_DIM, ": they agree");
}

/* The class that holds most of the error, or n. */
static size_t dominant(const struct sheet *sheet)
{
    size_t j, best = sheet->part->n;

    for (j = 0; j < sheet->part->n; j++)
        if (isfinite(sheet->budget[j]) &&
            (best == sheet->part->n || sheet->budget[j] > sheet->budget[best]))
            best = j;
    return best;
}

/* What the reader should know of these figures, the gravest first. */
static int draw_notes(const struct sheet *sheet, struct area area, int y)
{
    const struct classes_part *part = sheet->part;
    const struct said_part *said = sheet->model->parts.said;
    bool is_void = said && said->is_since_cut && said->all.n == 0;
    double failed = (double)sheet->model->counts.failed / (double)sheet->model->n_closed;
    uint64_t chosen = 0;
    size_t j, best = dominant(sheet);

    if (sigmas_apart(sheet) > APART)
        area_printf(area, y++, 1, STYLE_WARNING,
                    "! The sum is %.1f sigma off the measured volume: believe that, not the sum",
                    sigmas_apart(sheet));
    if (is_void)
        area_text(area, y++, 1, STYLE_WARNING,
                  "! A cut changed labels: f_j will be that of points proposed from now on");
    for (j = 0; j < part->n && !is_void; j++)
        if (!isfinite(part->rows[j].f) && part->rows[j].volume > 0) {
            area_printf(
                area, y++, 1, STYLE_WARNING,
                is_likelihood(sheet)
                    ? "! No uniform point measured class %zu (one in %.0f falls there): no sum"
                    : "! Class %zu (1 in %.0f) is not measured yet: the sum is of P as said",
                j, 1 / part->rows[j].volume);
            break;
        }
    if (!cells_is_current(&sheet->ui->cells, part))
        area_text(area, y++, 1, STYLE_WARNING,
                  "! These are the former classes; the new ones are being counted.");
    else if (model_is_old(sheet->model, &part->as_of))
        area_text(area, y++, 1, STYLE_WARNING,
                  "! These are the figures of before the cut; the new ones are being counted.");
    else if (!part->as_of.is_whole)
        area_printf(area, y++, 1, STYLE_WARNING,
                    "! These figures are not whole yet: counted up to point %llu",
                    (unsigned long long)part->as_of.upto);
    if (best < part->n && part->n > 1 && sheet->budget[best] > 0.3)
        area_printf(area, y++, 1, STYLE_PLAIN,
                    "Class %zu makes %.0f %% of the error: it needs more uniform points "
                    "(:explore 0.3)",
                    best, 100 * sheet->budget[best]);
    if (said)
        chosen = said->by_origin[ORIGIN_INJECT] + said->by_origin[ORIGIN_PIN] +
                 said->by_origin[ORIGIN_LIST];
    if (chosen > 0)
        area_printf(area, y++, 1, STYLE_PLAIN,
                    "%llu injected, pinned or listed points count in n, but not in V_j and f_j",
                    (unsigned long long)chosen);
    if (!is_likelihood(sheet) && failed >= 0.05)
        area_printf(area, y++, 1, STYLE_PLAIN,
                    "P is of points that run through; %.3g %% fail, and only f_j counts them",
                    100 * failed);
    return y;
}

/* Where there is room: what the columns are. */
static void draw_meaning(const struct sheet *sheet, struct area area)
{
    const struct classes_part *part = sheet->part;

    area_rule(area, 0, "What the columns are", NULL);
    if (is_likelihood(sheet)) {
        area_text(area, 1, 1, STYLE_DIM, "V_j   share of the uniform points whose f is in class j");
        area_text(
            area, 2, 1, STYLE_DIM,
            "f_j   their mean of f = exp(-(chi2 - chi2_min)/2), 0 where a cut or the chain fails");
        area_text(area, 3, 1, STYLE_DIM, "sum   mean of f over the prior");
    } else {
        area_printf(area, 1, 1, STYLE_DIM,
                    "V_j   share of the prior in class j, as the learner says of %llu points",
                    (unsigned long long)part->n_drawn);
        area_text(area, 2, 1, STYLE_DIM,
                  "f_j   accepted share of its uniform points that were predicted before they ran");
        area_text(area, 3, 1, STYLE_DIM, "sum   volume of the target as a share of the prior");
    }
    area_text(area, 4, 1, STYLE_DIM,
              "right, below, above   what the learner says now of points it put into class j");
    area_text(area, 5, 1, STYLE_DIM, "said  mean probability there, said by the learner");
    area_text(area, 6, 1, STYLE_DIM,
              "n     all evaluated points of the class; n of f: those that measure f_j");
}

/* ---- the right side of a wide screen --------------------------------------------------------- */

static void draw_bars(const struct sheet *sheet, struct area area)
{
    char text[FIGURE_SIZE];
    size_t i;
    int y = 2;

    area_rule(area, 0, "Share of the sum", NULL);
    for (i = sheet->first; i < sheet->first + sheet->shown; i++, y++) {
        const struct class_row *row = &sheet->part->rows[sheet->order[i]];
        double share = row->volume * row->f / sheet->part->integral;

        area_printf(area, y, 1, sheet->style, "%2zu", sheet->order[i]);
        plot_bar(area, y, 4, area.width - 11, share, sheet->style);
        area_text_right(area, y, area.width - 3, sheet->style, percent_text(text, share));
        area_text(area, y, area.width - 2, sheet->style, isfinite(share) ? "%" : "");
    }
}

/* Figures of the rounds; `volume` false: the relative errors. */
struct history {
    double round[MOST_ROUNDS], value[MOST_ROUNDS], below[MOST_ROUNDS], above[MOST_ROUNDS];
    size_t n;
};

static void gather_history(const struct model *model, bool is_volume, struct history *history)
{
    size_t r = model->n_rounds > MOST_ROUNDS ? model->n_rounds - MOST_ROUNDS : 0;

    history->n = 0;
    for (; r < model->n_rounds; r++) {
        const struct round_row *row = &model->rounds[r].row;
        size_t i = history->n;
        double value = is_volume ? row->volume : 100 * row->volume_error / row->volume;

        if (!isfinite(value))
            continue;
        history->round[i] = row->round;
        history->value[i] = value;
        history->below[i] = is_volume ? fmax(value - row->volume_error, 0) : (double)NAN;
        history->above[i] = is_volume ? value + row->volume_error : (double)NAN;
        history->n++;
    }
}

static void draw_rounds(const struct model *model, struct area area, bool is_volume)
{
    struct history history;
    struct plot_axis x = {.name = "round", .unit = ""}, y = {.name = "", .unit = ""};
    struct plot_box box;
    struct area plot;

    gather_history(model, is_volume, &history);
    area_rule(area, 0, is_volume ? "Measured V +- error" : "Its relative error in %", NULL);
    if (history.n < 2) {
        area_text(area, 1, 1, STYLE_DIM, "- (it takes two rounds)");
        return;
    }
    x.lo = history.round[0];
    x.hi = history.round[history.n - 1];
    y.hi = fmax(greatest(history.value, history.n), greatest(history.above, history.n));
    y.hi = y.hi > 0 ? y.hi : 1;
    plot = plot_frame(area_rows(area, 1, area.height - 1), &x, &y, 9);
    box = (struct plot_box){x.lo, x.hi, 0, y.hi};
    plot_curve(plot, &box, history.round, history.below, history.n, '.', STYLE_DIM);
    plot_curve(plot, &box, history.round, history.above, history.n, '.', STYLE_DIM);
    plot_curve(plot, &box, history.round, history.value, history.n, '*', STYLE_ACCEPTED);
}

static void draw_right(const struct sheet *sheet, struct area area)
{
    int top = (int)sheet->shown + 3, height = (area.height - top) / 2;

    draw_bars(sheet, area);
    draw_rounds(sheet->model, area_rows(area, top, height), true);
    draw_rounds(sheet->model, area_rows(area, top + height, area.height - top - height), false);
}

/* ---- all of it ------------------------------------------------------------------------------- */

/* There is no table yet: why. */
static void draw_nothing(const struct ui *ui, const struct model *model, struct area area)
{
    static const char *const why[] = {
        [LEARNER_UNTRAINED] =
            "The learner has no model yet: the first comes when the start design is known.",
        [LEARNER_ANEW] = "The learner is being trained anew; the cells come with it.",
        [LEARNER_FORMER] =
            "The learner is of before a cut or of other ranges: \":train now\" makes a new one.",
        [LEARNER_ASKED] = "The learner is being asked.",
        [LEARNER_UNREADABLE] =
            "The learner's model cannot be read: another version of this program saved it."};
    const struct classes_part *part = model->parts.classes;
    bool is_probability = ui->cells.kind == CLASS_PROBABILITY;

    area_rule(area, 0,
              is_probability ? "Lebesgue cells of P(accept)" : "Lebesgue cells of f = L/L_max",
              NULL);
    if (!part || !cells_is_current(&ui->cells, part)) {
        area_text(area, 2, 1, STYLE_PLAIN, "The points are being counted.");
        return;
    }
    if (!is_probability) {
        area_text(
            area, 2, 1, STYLE_PLAIN,
            cells_has_likelihood(model)
                ? "No uniform point has a likelihood yet."
                : "No constraint has a pull (as \"mh = 125.1 +- 1\"): there is no likelihood.");
        area_text(area, 3, 1, STYLE_PLAIN, "f: classes of the learner's probability.");
        return;
    }
    if (model->scan->search.method != METHOD_CLASSIFIER &&
        model->scan->search.method != METHOD_REGRESSOR)
        area_printf(area, 2, 1, STYLE_PLAIN,
                    "The search's method is %s: it has no learner whose probability makes classes.",
                    scan_method_name(model->scan->search.method));
    else
        area_text(area, 2, 1, STYLE_PLAIN, why[learner_silence(model)]);
    if (cells_has_likelihood(model))
        area_text(area, 3, 1, STYLE_PLAIN, "f: classes of the likelihood.");
}

void cells_draw(const struct ui *ui, const struct model *model, struct area area)
{
    struct sheet sheet = {.ui = ui, .model = model, .part = model->parts.classes};
    struct area left = area_columns(area, 0, LEFT);
    int rows, y;

    if (model->integral) {
        cells_draw_integral(ui, model, area);
        return;
    }
    if (!cells_has_rows(sheet.part)) {
        draw_nothing(ui, model, area);
        return;
    }
    sheet.style =
        cells_is_current(&ui->cells, sheet.part) && !model_is_old(model, &sheet.part->as_of)
            ? STYLE_PLAIN
            : STYLE_DIM;
    cells_order(&ui->cells, sheet.part, sheet.order);
    cells_budget(sheet.part, sheet.budget);
    rows = cells_rows(model, sheet.part->n, area.height);
    sheet.first = ui->cells.rows.top < sheet.part->n ? ui->cells.rows.top : 0;
    sheet.shown = sheet.part->n - sheet.first;
    if (sheet.shown > (size_t)rows)
        sheet.shown = (size_t)rows;
    y = draw_table(&sheet, left);
    y = draw_guesses(&sheet, left, y);
    draw_honest(&sheet, left, y++);
    draw_history_line(&sheet, left, y++);
    y = draw_notes(&sheet, left, y);
    if (area.height - y > EXPLAIN_ROWS)
        draw_meaning(&sheet, area_rows(left, area.height - EXPLAIN_ROWS, EXPLAIN_ROWS));
    if (area.width >= WIDE) {
        area_bar_line(area_columns(area, LEFT + 1, 1), 0);
        draw_right(&sheet, area_columns(area, LEFT + 3, area.width - LEFT - 4));
    }
}
