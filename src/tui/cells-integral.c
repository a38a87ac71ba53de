/* cells-integral.c: draws the Lebesgue cells of an integration: the classes of the integrand's
 * height with volume, mean and contribution, how good the prediction of the class is, where the
 * error comes from and what the next calls are spent on, the integral and how it went by rounds.
 *
 * All figures are the engine's own (table `cell` and the metrics of the rounds): nothing is counted
 * here.  strata.h says what they are. */
#include "cells.h"
#include "plot.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

enum { LEFT = 80, WIDE = 112, SHOWN_ROUNDS = 12, MOST_POINTS = 256 };

struct sums { /* one drawing */
    const struct ui *ui;
    const struct integral_view *view;
    const struct strata_class *classes;
    size_t order[STRATA_CLASSES];
    size_t n, first, shown;
    double absolute; /* sum of |contributions| */
};

/* ---- the order of the rows ------------------------------------------------------------------- */

size_t cells_integral_order(const struct cells_ui *cells, const struct integral_view *view,
                            size_t order[STRATA_CLASSES])
{
    const struct strata_class *classes = view->result.classes;
    size_t i, j;

    for (i = 0; i < view->result.n_classes; i++) {
        for (j = i; cells->by_volume && j > 0 && classes[order[j - 1]].volume < classes[i].volume;
             j--)
            order[j] = order[j - 1];
        order[j] = i;
    }
    return i;
}

/* ---- the table ------------------------------------------------------------------------------- */

static void count_at(struct area area, int y, int x, enum style style, uint64_t n)
{
    char out[FIGURE_SIZE];

    area_text_right(area, y, x, style, figure_count(out, n, 7));
}

static void percent_at(struct area area, int y, int x, enum style style, double share)
{
    char out[FIGURE_SIZE];

    if (isfinite(share))
        snprintf(out, sizeof out, "%.0f", fabs(share) < 0.005 ? 0 : 100 * fmin(share, 9.99));
    else
        snprintf(out, sizeof out, "-");
    area_text_right(area, y, x, style, out);
}

static const char *limit_words(char out[TEXT_DOUBLE_SIZE], double limit)
{
    if (isinf(limit))
        snprintf(out, TEXT_DOUBLE_SIZE, "%s", limit < 0 ? "-inf" : "inf");
    else
        plot_number(out, limit, 8);
    return out;
}

/* A value alone, with the digits that its error leaves. */
static void value_at(struct area area, int y, int x, int width, double value, double error)
{
    char value_text[FIGURE_SIZE], error_text[FIGURE_SIZE];

    figure_pair(value_text, error_text, value, error, width);
    area_text_right(area, y, x + width, STYLE_PLAIN, value_text);
}

static void pair_at(struct area area, int y, int x, int width, double value, double error)
{
    char value_text[FIGURE_SIZE], error_text[FIGURE_SIZE];

    figure_pair(value_text, error_text, value, error, width);
    area_text(area, y, x, STYLE_PLAIN, value_text);
    area_text(area, y, x + width + 1, STYLE_PLAIN, error_text);
}

static void draw_limits(const struct sums *sums, struct area area, int y, size_t j)
{
    const struct strata_class *row = &sums->classes[j];
    char limit[TEXT_DOUBLE_SIZE];

    area_printf(area, y, 1, STYLE_PLAIN, "%2zu", j);
    area_text_right(area, y, 12, STYLE_PLAIN, limit_words(limit, row->lo));
    area_text(area, y, 12, STYLE_DIM, "..");
    area_text(area, y, 14, STYLE_PLAIN, limit_words(limit, row->hi));
}

static void mark_row(const struct sums *sums, struct area area, int y, size_t i)
{
    if (i == sums->ui->cells.rows.at) {
        area_put(area, y, 0, '>', STYLE_SELECTED);
        area_style(area, y, 0, LEFT, STYLE_SELECTED);
    }
}

static void draw_class(const struct sums *sums, struct area area, int y, size_t j)
{
    const struct strata_class *row = &sums->classes[j];

    draw_limits(sums, area, y, j);
    pair_at(area, y, 25, 7, row->volume, row->volume_error);
    pair_at(area, y, 41, 8, row->mean, row->mean_error);
    pair_at(area, y, 59, 8, row->part, row->part_error);
    percent_at(area, y, 80, STYLE_PLAIN, row->part / sums->absolute);
}

static int draw_table(const struct sums *sums, struct area area)
{
    const struct integral_view *view = sums->view;
    char title[128];
    size_t i;
    int y = 2;

    snprintf(title, sizeof title, "Lebesgue cells of %.40s", view->name);
    area_rule(area, 0, title, view->measure);
    area_text(area, 1, 2, STYLE_DIM, "j  foreseen..up to       V_j     +-");
    area_text(area, 1, 41, STYLE_DIM, "<F>_j    +-        V<F>_j   +-    %|I|");
    for (i = sums->first; i < sums->first + sums->shown; i++, y++) {
        draw_class(sums, area, y, sums->order[i]);
        mark_row(sums, area, y, i);
    }
    return y;
}

bool cells_is_picture(const struct integral_view *view)
{
    return strcmp(view->method, "cubature") == 0 || strcmp(view->method, "adaptive") == 0;
}

/* Classes without errors of their own: the sampling of the picture is not that of the integral. */
static int draw_picture(const struct sums *sums, struct area area)
{
    const struct integral_view *view = sums->view;
    char title[128];
    uint64_t n = 0;
    size_t i;
    int y = 2;

    snprintf(title, sizeof title, "Lebesgue cells: heights of %.40s", view->name);
    area_rule(area, 0, title, view->measure);
    area_text(area, 1, 2, STYLE_DIM, "j    height..up to        V_j     <F>_j    V<F>_j");
    area_text(area, 1, 57, STYLE_DIM, "calls share of int |F|");
    for (i = sums->first; i < sums->first + sums->shown; i++, y++) {
        size_t j = sums->order[i];
        const struct strata_class *row = &sums->classes[j];

        draw_limits(sums, area, y, j);
        value_at(area, y, 24, 8, row->volume, row->volume_error);
        value_at(area, y, 34, 8, row->mean, row->mean_error);
        value_at(area, y, 44, 8, row->part, row->part_error);
        count_at(area, y, 62, STYLE_PLAIN, row->n);
        plot_bar(area, y, 63, 12, fabs(row->part / sums->absolute), STYLE_PLAIN);
        percent_at(area, y, 78, STYLE_PLAIN, row->part / sums->absolute);
        area_text(area, y, 79, STYLE_PLAIN, "%");
        mark_row(sums, area, y, i);
    }
    if (sums->shown < sums->n)
        area_printf(area, y++, 5, STYLE_DIM, "... %zu more class%s", sums->n - sums->shown,
                    sums->n - sums->shown == 1 ? "" : "es");
    for (i = 0; i < sums->n; i++)
        n += sums->classes[i].n;
    area_printf(area, y++, 1, STYLE_DIM,
                "only a picture, of %llu counted calls: the integral is not summed from these",
                (unsigned long long)n);
    return y;
}

/* In quadrature. */
static double parts_error(const struct sums *sums)
{
    double squares = 0;

    for (size_t j = 0; j < sums->n; j++)
        squares += sums->classes[j].part_error * sums->classes[j].part_error;
    return sqrt(squares);
}

/* Never that of an integral that is not this sum. */
static double sum_error(const struct sums *sums, double sum)
{
    const struct strata_result *result = &sums->view->result;
    const double near = 1e-9 * fabs(sum);

    for (size_t i = result->n_rounds; i-- > 0;)
        if (fabs(result->rounds[i].estimate - sum) <= near)
            return result->rounds[i].error;
    if (fabs(result->integral - sum) <= near)
        return result->error;
    return parts_error(sums);
}

static int draw_sum(const struct sums *sums, struct area area, int y)
{
    double volume = 0, part = 0;
    size_t j;

    for (j = 0; j < sums->n; j++) {
        volume += sums->classes[j].volume;
        part += sums->classes[j].part;
    }
    area_text(area, y, 1, STYLE_STRONG, "sum");
    if (sums->shown < sums->n)
        area_printf(area, y, 5, STYLE_STRONG, "... %zu more class%s", sums->n - sums->shown,
                    sums->n - sums->shown == 1 ? "" : "es");
    pair_at(area, y, 25, 7, volume, NAN);
    pair_at(area, y, 59, 8, part, sum_error(sums, part));
    area_style(area, y, 0, LEFT, STYLE_STRONG);
    return y + 1;
}

/* ---- how good the prediction is, and where the error comes from ------------------------------ */

static void share_at(struct area area, int y, int x, double share)
{
    if (isfinite(share))
        area_printf(area, y, x, STYLE_PLAIN, "%.2f", fmax(share, 0));
    else
        area_text(area, y, x + 3, STYLE_PLAIN, "-");
}

static void draw_guess(const struct sums *sums, struct area area, int y, size_t j)
{
    const struct strata_class *row = &sums->classes[j];
    char most[TEXT_DOUBLE_SIZE];

    area_printf(area, y, 1, STYLE_PLAIN, "%2zu", j);
    share_at(area, y, 5, row->right);
    share_at(area, y, 11, row->below);
    share_at(area, y, 17, row->above);
    area_text_right(area, y, 31, STYLE_PLAIN, plot_number(most, row->most, 8));
    count_at(area, y, 39, STYLE_PLAIN, row->n);
    count_at(area, y, 47, STYLE_PLAIN, row->n_next);
    plot_bar(area, y, 49, 25, row->budget, STYLE_PLAIN);
    percent_at(area, y, 78, STYLE_PLAIN, row->budget);
    area_text(area, y, 79, STYLE_DIM, "%");
}

static int draw_guesses(const struct sums *sums, struct area area, int y)
{
    size_t i;

    area_rule(area, y++, "How good the prediction is (calls it had not seen)",
              "share of the error");
    area_text(area, y++, 2, STYLE_DIM,
              "j  right below above   most |F|    calls    next  of the variance");
    for (i = sums->first; i < sums->first + sums->shown; i++, y++) {
        draw_guess(sums, area, y, sums->order[i]);
        if (i == sums->ui->cells.rows.at)
            area_put(area, y, 0, '>', STYLE_STRONG);
    }
    return y;
}

/* ---- lines below ----------------------------------------------------------------------------- */

static void draw_integral(const struct sums *sums, struct area area, int y)
{
    const struct strata_result *result = &sums->view->result;
    char value[96], between[96], interval[128];
    int x;

    if (!isfinite(result->integral)) {
        area_text(area, y, 1, STYLE_PLAIN, "integral: - (no estimate yet)");
        return;
    }
    x = area_printf(area, y, 1, STYLE_STRONG, "integral %s%s%s",
                    text_estimate(value, sizeof value, result->integral, result->error),
                    sums->view->unit[0] != '\0' ? " " : "", sums->view->unit);
    if (!isfinite(result->lo) || !isfinite(result->hi))
        return;
    snprintf(interval, sizeof interval, "   95 %%: %s",
             text_between(between, sizeof between, result->lo, result->hi));
    if (x + text_columns(interval) <= area.width)
        area_text(area, y, x, STYLE_DIM, interval);
}

static double relative_error(const struct strata_round *round)
{
    return 100 * round->total_error / fabs(round->integral);
}

static void draw_history_line(const struct sums *sums, struct area area, int y)
{
    const struct strata_result *result = &sums->view->result;
    size_t known[MOST_POINTS], n = 0, i, shown;
    int x = area_text(area, y, 1, STYLE_PLAIN, "error by rounds, %:");

    for (i = 0; i < result->n_rounds; i++)
        if (isfinite(relative_error(&result->rounds[i])) && n < MOST_POINTS)
            known[n++] = i;
    shown = n < SHOWN_ROUNDS ? n : SHOWN_ROUNDS;
    if (n == 0)
        area_text(area, y, x, STYLE_DIM, " -");
    for (i = 0; i < shown; i++)
        x = area_printf(area, y, x, i + 1 == shown ? STYLE_STRONG : STYLE_PLAIN, " %.2g",
                        relative_error(&result->rounds[known[n - shown + i]]));
}

int cells_draw_sentence(struct area area, int y, int most, const char *text)
{
    int width = LEFT - 4;

    for (int line = 0; *text != '\0' && line < most && y < area.height; line++, y++) {
        size_t n = strlen(text);

        if (n > (size_t)width) {
            n = (size_t)width;
            while (n > 1 && text[n] != ' ')
                n--;
        }
        area_printf(area, y, 1, STYLE_WARNING, "%s%.*s", line == 0 ? "! " : "  ", (int)n, text);
        text += n;
        text += strspn(text, " ");
    }
    return y;
}

/* Does nothing but the prediction say that the class is, or its mean is, below 0?  Where the limits
 * are those of what was foreseen, calls say what is: all of a class below 0 turned out higher, or
 * none of a class above 0 lower. */
static bool is_below_foreseen(const struct strata_class *row)
{
    if (row->hi <= 0)
        return row->right <= 0 && row->below <= 0;
    return row->mean < 0 && row->lo >= 0 && row->below <= 0;
}

/* An integrand that is nowhere negative, in classes that are. */
static int draw_below(const struct sums *sums, struct area area, int y)
{
    size_t n = 0, which = 0;
    uint64_t n_calls = 0;
    char calls[32];

    for (size_t j = 0; j < sums->n; j++) {
        const struct strata_class *row = &sums->classes[j];

        if (row->hi <= 0 && row->right > 0)
            return y; /* it is negative somewhere */
        if (!is_below_foreseen(row))
            continue;
        n++;
        which = j;
        n_calls += row->n;
    }
    text_count(calls, sizeof calls, n_calls);
    if (n == 1)
        area_printf(area, y++, 1, STYLE_DIM,
                    "class %zu is below 0 by prediction alone: none of its %s calls was negative",
                    which, calls);
    else if (n > 1)
        area_printf(area, y++, 1, STYLE_DIM,
                    "%zu classes are predicted below 0: none of their %s calls was negative", n,
                    calls);
    return y;
}

static int draw_notes(const struct sums *sums, struct area area, int y)
{
    const struct strata_result *result = &sums->view->result;

    if (isfinite(result->integral) && !result->is_converged) {
        char words[sizeof result->why + 32];

        snprintf(words, sizeof words, "Not converged: %s",
                 result->why[0] != '\0' ? result->why : "the calls do not suffice yet.");
        y = cells_draw_sentence(area, y, area.height - y > 6 ? 4 : 2, words);
    }
    if (result->n_failed > 0 && isfinite(result->failed_volume))
        area_printf(area, y++, 1, STYLE_PLAIN,
                    "%llu calls failed: %.2g +- %.1g of the box is left out of the integral",
                    (unsigned long long)result->n_failed, result->failed_volume,
                    result->failed_error);
    y = draw_below(sums, area, y);
    if (result->n_uniform > 0 && isfinite(result->unseen_volume) && isfinite(result->unseen_above))
        area_printf(area, y++, 1, STYLE_DIM,
                    "|F| > %.3g: at most %.1e of the box (95 %%, %llu uniform calls)",
                    result->unseen_above, result->unseen_volume,
                    (unsigned long long)result->n_uniform);
    return y;
}

static void draw_meaning(const struct sums *sums, struct area area)
{
    char volume[32] = "";

    if (sums->view->scale < 1 || sums->view->scale > 1)
        snprintf(volume, sizeof volume, ", times %.6g, the box", sums->view->scale);
    area_rule(area, 0, "What the columns are", NULL);
    if (cells_is_picture(sums->view)) {
        area_text(area, 1, 1, STYLE_DIM, "V_j    share of the box where the height is in class j");
        area_text(area, 2, 1, STYLE_DIM, "<F>_j  mean of the integrand there");
        area_printf(area, 3, 1, STYLE_DIM, "V<F>_j their product%s", volume);
        area_text(area, 4, 1, STYLE_DIM, "share  of the sum of all |V<F>|");
        area_text(area, 5, 1, STYLE_DIM,
                  "       All are shares of the calls that were counted, with their scatter;");
        area_printf(area, 6, 1, STYLE_DIM,
                    "       method %s has the integral and its error otherwise.",
                    sums->view->method);
        return;
    }
    area_text(area, 1, 1, STYLE_DIM,
              "V_j    share of the box whose predicted height lies in class j");
    area_text(area, 2, 1, STYLE_DIM, "<F>_j  mean of the integrand there, as calls measured it");
    area_printf(area, 3, 1, STYLE_DIM, "V<F>_j their product%s; of |I|: over the sum of all |V<F>|",
                volume);
    area_text(area, 4, 1, STYLE_DIM,
              "right, below, above   shares of the calls of class j whose height is there");
    area_text(area, 5, 1, STYLE_DIM,
              "next   calls of the next round meant for the class (Neyman's share)");
    area_text(area, 6, 1, STYLE_DIM,
              "sum    its error is its round's: what one class has too much another lacks");
}

/* ---- the right side of a wide screen --------------------------------------------------------- */

static void draw_bars(const struct sums *sums, struct area area)
{
    int y = 2;

    area_rule(area, 0, "Share of int |F|", NULL);
    for (size_t i = sums->first; i < sums->first + sums->shown; i++, y++) {
        double share = sums->classes[sums->order[i]].part / sums->absolute;

        area_printf(area, y, 1, STYLE_PLAIN, "%2zu%c", sums->order[i], share < 0 ? '-' : ' ');
        plot_bar(area, y, 4, area.width - 11, fabs(share), STYLE_PLAIN);
        percent_at(area, y, area.width - 3, STYLE_PLAIN, share);
        area_text(area, y, area.width - 2, STYLE_DIM, "%");
    }
}

struct curve {
    double calls[MOST_POINTS] /* decimal logarithm */, value[MOST_POINTS], below[MOST_POINTS],
        above[MOST_POINTS];
    size_t n;
};

static void fill_curve(const struct strata_result *result, bool is_error, struct curve *curve)
{
    size_t from = result->n_rounds > MOST_POINTS ? result->n_rounds - MOST_POINTS : 0;

    curve->n = 0;
    for (size_t r = from; r < result->n_rounds; r++) {
        const struct strata_round *round = &result->rounds[r];
        size_t i = curve->n;

        if (!isfinite(round->integral) || !isfinite(round->total_error))
            continue;
        curve->calls[i] = log10(fmax((double)round->n_total, 1));
        curve->value[i] = is_error ? log10(relative_error(round)) : round->integral;
        curve->below[i] = is_error ? (double)NAN : round->integral - round->total_error;
        curve->above[i] = is_error ? (double)NAN : round->integral + round->total_error;
        if (isfinite(curve->value[i]))
            curve->n++;
    }
}

static void extent(const struct curve *curve, double *lo, double *hi)
{
    for (size_t i = 0; i < curve->n; i++) {
        double below = isfinite(curve->below[i]) ? curve->below[i] : curve->value[i];
        double above = isfinite(curve->above[i]) ? curve->above[i] : curve->value[i];

        *lo = i == 0 ? below : fmin(*lo, below);
        *hi = i == 0 ? above : fmax(*hi, above);
    }
    if (!(*hi > *lo)) {
        *lo -= 0.1 * fabs(*lo) + 1e-300;
        *hi += 0.1 * fabs(*hi) + 1e-300;
    }
}

static void draw_curve(const struct strata_result *result, struct area area, bool is_error)
{
    struct curve curve;
    struct plot_axis x = {.name = "calls", .unit = "", .is_log = true},
                     y = {.name = "", .unit = ""};
    struct plot_box box;
    struct area plot;

    fill_curve(result, is_error, &curve);
    area_rule(area, 0, is_error ? "Its relative error in %" : "Integral +- error", NULL);
    if (curve.n < 2) {
        area_text(area, 1, 1, STYLE_DIM, "- (it takes two rounds)");
        return;
    }
    x.lo = pow(10, curve.calls[0]);
    x.hi = pow(10, curve.calls[curve.n - 1]);
    extent(&curve, &y.lo, &y.hi);
    box = (struct plot_box){curve.calls[0], curve.calls[curve.n - 1], y.lo, y.hi};
    if (is_error) { /* over decades */
        y.is_log = true;
        y.lo = pow(10, y.lo);
        y.hi = pow(10, y.hi);
    }
    plot = plot_frame(area_rows(area, 1, area.height - 1), &x, &y, 9);
    plot_curve(plot, &box, curve.calls, curve.below, curve.n, '.', STYLE_DIM);
    plot_curve(plot, &box, curve.calls, curve.above, curve.n, '.', STYLE_DIM);
    plot_curve(plot, &box, curve.calls, curve.value, curve.n, '*', STYLE_ACCEPTED);
}

void cells_draw_history(const struct strata_result *result, struct area area)
{
    int half = area.width / 2;

    draw_curve(result, area_columns(area, 0, half), false);
    draw_curve(result, area_columns(area, half + 1, area.width - half - 1), true);
}

/* ---- all of it ------------------------------------------------------------------------------- */

static void draw_right(const struct sums *sums, struct area area)
{
    bool has_bars = !cells_is_picture(sums->view); /* else they are in the table */
    int top = has_bars ? (int)sums->shown + 3 : 0, height = (area.height - top) / 2;

    if (has_bars)
        draw_bars(sums, area);
    draw_curve(&sums->view->result, area_rows(area, top, height), false);
    draw_curve(&sums->view->result, area_rows(area, top + height, area.height - top - height),
               true);
}

void cells_draw_integral(const struct ui *ui, const struct model *model, struct area area)
{
    enum { EXPLAIN_ROWS = 7 };
    struct sums sums = {.ui = ui, .view = model->integral};
    struct area left = area_columns(area, 0, LEFT);
    int rows, y;

    sums.classes = sums.view->result.classes;
    if (sums.view->result.n_classes == 0) {
        area_rule(area, 0, "Lebesgue cells", sums.view->measure);
        draw_integral(&sums, area, 2);
        if (integrate_is_baseline(sums.view->method))
            area_printf(area, 3, 1, STYLE_PLAIN, "Method %s has no classes.", sums.view->method);
        else
            area_text(area, 3, 1, STYLE_PLAIN,
                      "The first classes come when the first rounds are in.");
        draw_notes(&sums, area, 4);
        return;
    }
    sums.n = cells_integral_order(&ui->cells, sums.view, sums.order);
    for (size_t j = 0; j < sums.n; j++)
        sums.absolute += fabs(sums.classes[j].part);
    rows = cells_rows(model, sums.n, area.height);
    sums.first = ui->cells.rows.top < sums.n ? ui->cells.rows.top : 0;
    sums.shown = sums.n - sums.first;
    if (sums.shown > (size_t)rows)
        sums.shown = (size_t)rows;
    if (cells_is_picture(sums.view)) {
        y = draw_picture(&sums, left);
    } else {
        y = draw_table(&sums, left);
        y = draw_sum(&sums, left, y);
        y = draw_guesses(&sums, left, y);
    }
    draw_integral(&sums, left, y++);
    draw_history_line(&sums, left, y++);
    y = draw_notes(&sums, left, y);
    if (area.height - y > EXPLAIN_ROWS)
        draw_meaning(&sums, area_rows(left, area.height - EXPLAIN_ROWS, EXPLAIN_ROWS));
    if (area.width >= WIDE) {
        area_bar_line(area_columns(area, LEFT + 1, 1), 0);
        draw_right(&sums, area_columns(area, LEFT + 3, area.width - LEFT - 4));
    }
}
