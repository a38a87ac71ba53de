/* learner-draw.c: draws the learner: the ROC curve and the calibration of points that were
 * predicted before they ran, or the figures of the rounds in their place; panels and warnings
 * below.  The panels are drawn by learner-panels.c. */
#include "learner.h"
#include "plot.h"

#include <math.h>
#include <stdio.h>

enum { TOP_ROWS = 11 /* rule and ten bins */, SET_ROWS = 2, WARNING_ROWS = 2 };

static const struct said *said_of(const struct ui *ui, const struct model *model)
{
    if (!model->parts.said)
        return NULL;
    return ui->learner.is_uniform ? &model->parts.said->uniform : &model->parts.said->all;
}

/* ---- ROC ------------------------------------------------------------------------------------- */

/* Shares of the others and of the accepted above each limit, from the highest down; points of the
 * curve, 0 while one kind is missing. */
static size_t roc_curve(const struct said *said, double *x, double *y)
{
    double accepted = 0, other = 0, a = 0, o = 0;
    size_t b, n = 0;

    for (b = 0; b < ROC_BINS; b++) {
        accepted += (double)said->accepted[b];
        other += (double)said->other[b];
    }
    if (accepted <= 0 || other <= 0)
        return 0;
    x[n] = y[n] = 0;
    n++;
    for (b = ROC_BINS; b-- > 0;) {
        a += (double)said->accepted[b];
        o += (double)said->other[b];
        x[n] = o / other;
        y[n++] = a / accepted;
    }
    return n;
}

static void draw_roc(const struct ui *ui, const struct said *said, struct area area)
{
    static const double diagonal[] = {0, 1};
    const struct plot_axis x_axis = {.name = "", .unit = "", .lo = 0, .hi = 1};
    const struct plot_box box = {0, 1, 0, 1};
    double x[ROC_BINS + 1], y[ROC_BINS + 1];
    size_t n = said ? roc_curve(said, x, y) : 0;
    struct area plot;
    char title[64];

    if (said && isfinite(said->auc))
        snprintf(title, sizeof title, "ROC, %sunseen, AUC %.3f",
                 ui->learner.is_uniform ? "uniform, " : "", said->auc);
    else
        snprintf(title, sizeof title, "ROC, %sunseen, AUC -",
                 ui->learner.is_uniform ? "uniform, " : "");
    area_rule(area, 0, title, NULL);
    plot = plot_frame(area_rows(area, 1, area.height - 1), &x_axis, &x_axis, 5);
    if (n > 0) {
        plot_curve(plot, &box, diagonal, diagonal, 2, '.', STYLE_DIM);
        plot_curve(plot, &box, x, y, n, '*', STYLE_ACCEPTED);
    } else {
        area_text(plot, plot.height / 2, 1, STYLE_DIM,
                  !said          ? "The points are being counted."
                  : said->n == 0 ? "Nothing was predicted yet."
                                 : "No curve without both kinds.");
    }
    if (plot.width >= 30 && n > 0) {
        area_text_right(plot, plot.height - 2, plot.width - 1, STYLE_DIM,
                        "up: accepted points kept");
        area_text_right(plot, plot.height - 1, plot.width - 1, STYLE_DIM, "right: others let in");
    }
}

/* ---- calibration ----------------------------------------------------------------------------- */

static void draw_bin(const struct report_bin *bin, size_t b, struct area area, int y)
{
    double n = (double)bin->n, accepted = (double)bin->n_accepted;
    double said = bin->sum / n, found = accepted / n, error;
    bool is_off = learner_bin_is_off(bin, &error);
    int width = area.width - 26, tick;
    char count[24];

    snprintf(count, sizeof count, "%llu", (unsigned long long)bin->n);
    if (bin->n == 0) {
        area_printf(area, y, 1, STYLE_DIM, "%.2f    -    -", ((double)b + 0.5) / SAID_BINS);
        plot_bar(area, y, 19, width, NAN, STYLE_DIM);
        area_text_right(area, y, area.width - 1, STYLE_DIM, "0");
        return;
    }
    area_printf(area, y, 1, STYLE_PLAIN, "%.2f %.2f %.3f", said, found, error);
    area_put(area, y, 0, is_off ? '!' : ' ', STYLE_WARNING);
    plot_bar(area, y, 19, width, found, is_off ? STYLE_WARNING : STYLE_PLAIN);
    tick = 20 + (int)(fmin(said, 1) * (width - 2));
    tick = tick > 19 + width - 2 ? 19 + width - 2 : tick;
    area_put(area, y, tick, '|', STYLE_STRONG);
    area_text_right(area, y, area.width - 1, STYLE_DIM, count);
}

static void draw_calibration(const struct ui *ui, const struct said *said, struct area area)
{
    size_t b;

    area_rule(area, 0,
              ui->learner.is_uniform ? "Said, found, +-, n: uniform points"
                                     : "Said |, found, +-, n: unseen points",
              NULL);
    for (b = 0; said && b < SAID_BINS; b++)
        draw_bin(&said->bins[b], b, area, (int)b + 1);
}

static void draw_further(const struct ui *ui, const struct model *model, const struct said *said,
                         struct area area, int y)
{
    const struct round_view *last = learner_last(model);
    char before[TEXT_DOUBLE_SIZE], after[TEXT_DOUBLE_SIZE];
    int width = area.width - 2;

    if (y >= area.height)
        return;
    if (said)
        area_printf(area_columns(area, 1, width), y++, 0, STYLE_PLAIN,
                    "%llu points were predicted before they ran", (unsigned long long)said->n);
    if (!last)
        return;
    if (isfinite(last->brier))
        area_printf(area, y++, 1, STYLE_PLAIN, "Brier score held out: %s, calibrated %s",
                    plot_number(before, ui->learner.brier_before, 8),
                    plot_number(after, last->brier, 8));
    if (isfinite(last->auc))
        area_printf(area, y++, 1, STYLE_PLAIN, "AUC held out %.3f of %.0f points, log loss %.3f",
                    last->auc, last->n_held_out, last->log_loss);
    if (isfinite(last->failure_auc))
        area_printf(area, y, 1, STYLE_PLAIN, "AUC of failures held out %.3f", last->failure_auc);
    else
        area_text(area, y, 1, STYLE_DIM, "AUC of failures: - (too few fail to learn from)");
}

/* ---- all of it ------------------------------------------------------------------------------- */

static void draw_title(const struct model *model, struct area area)
{
    const struct scan_search *search = &model->scan->search;
    const struct round_view *last = learner_last(model);
    char title[96], right[96] = "not trained yet", took[32];

    if (search->method != METHOD_CLASSIFIER && search->method != METHOD_REGRESSOR)
        snprintf(title, sizeof title, "Learner: none, the search is %s",
                 scan_method_name(search->method));
    else if (search->learner == LEARNER_KERNEL || (last && last->chosen == LEARNER_KERNEL))
        snprintf(title, sizeof title, "Learner: Gaussian process");
    else
        snprintf(title, sizeof title, "Learner: %zu networks of %zu units%s", search->members,
                 search->hidden,
                 learner_compared(model) && last && last->chosen == LEARNER_AUTO ? " + process"
                                                                                 : "");
    if (last)
        snprintf(right, sizeof right, "round %u: %.0f points in %s", last->row.round, last->n_train,
                 text_duration(took, sizeof took, last->row.train_s));
    area_rule(area, 0, title, right);
}

static void draw_warnings(const struct model *model, const struct said *said, struct area area)
{
    struct learner_warning warnings[LEARNER_WARNINGS];
    size_t n = learner_warnings(model, said, warnings), i;

    if (n == 0 && said)
        area_text(area, 0, 1, STYLE_DIM,
                  said->n > 0
                      ? "What was said and what was found agree wherever there are 50 points."
                  : model->parts.said->is_since_cut
                      ? "No point was predicted and run since a cut changed labels."
                      : "No point was predicted before it ran: there is nothing to compare.");
    for (i = 0; i < n && (int)i < area.height; i++)
        area_printf(area, (int)i, 0, STYLE_WARNING, "! %s", warnings[i].words);
}

static void draw_top(const struct ui *ui, const struct model *model, struct area area)
{
    const struct said *said = said_of(ui, model);
    int left = area.width >= LEARNER_WIDE ? area.width / 2 - 1 : 38;
    struct area right = area_columns(area, left + 2, area.width - left - 2);

    if (ui->learner.is_history) {
        learner_draw_history(model, area);
        return;
    }
    draw_roc(ui, said, area_columns(area, 0, left));
    area_bar_line(area_columns(area_rows(area, 1, area.height - 1), left, 1), 0);
    draw_calibration(ui, said, right);
    draw_further(ui, model, said, right, TOP_ROWS + 1);
}

static void draw_narrow(const struct ui *ui, const struct model *model, struct area area)
{
    static const char *const next[] = {"Tab: inputs", "Tab: yield", "Tab: SMOTE", "Tab: loss"};
    int below = SET_ROWS + WARNING_ROWS, panel = area.height - 1 - TOP_ROWS - below;
    int which = ui->learner.panel;

    draw_top(ui, model, area_rows(area, 1, TOP_ROWS));
    learner_draw_panel(ui, model, (enum learner_panel)which, next[which],
                       area_rows(area, 1 + TOP_ROWS, panel));
    learner_draw_set(ui, model, false, area, 1 + TOP_ROWS + panel);
    draw_warnings(model, said_of(ui, model),
                  area_rows(area, area.height - WARNING_ROWS, WARNING_ROWS));
}

static void draw_whole(const struct ui *ui, const struct model *model, struct area area)
{
    int left = area.width / 2 - 1, bottom = 8, warnings = 3;
    int middle = (area.height - 1 - bottom - warnings) * 9 / 25;
    int top = area.height - 1 - bottom - warnings - middle;
    struct area rows;

    draw_top(ui, model, area_rows(area, 1, top));
    rows = area_rows(area, 1 + top, middle);
    learner_draw_panel(ui, model, LEARNER_LOSS, NULL, area_columns(rows, 0, left));
    area_bar_line(area_columns(area_rows(rows, 1, middle - 1), left, 1), 0);
    learner_draw_panel(ui, model, LEARNER_INPUTS, NULL,
                       area_columns(rows, left + 2, area.width - left - 2));
    rows = area_rows(area, 1 + top + middle, bottom);
    learner_draw_panel(ui, model, LEARNER_YIELD, NULL, area_columns(rows, 0, left));
    area_bar_line(area_columns(area_rows(rows, 1, bottom - 1), left, 1), 0);
    rows = area_columns(rows, left + 2, area.width - left - 2);
    area_rule(rows, 0, "Training set and SMOTE", NULL);
    learner_draw_set(ui, model, true, rows, 1);
    draw_warnings(model, said_of(ui, model), area_rows(area, area.height - warnings, warnings));
}

void learner_draw(const struct ui *ui, const struct model *model, struct area area)
{
    if (model->integral) {
        learner_draw_integral(ui, model, area);
        return;
    }
    draw_title(model, area);
    if (learner_is_whole(area.height, area.width))
        draw_whole(ui, model, area);
    else
        draw_narrow(ui, model, area);
}
