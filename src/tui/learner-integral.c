/* learner-integral.c: the learner's screen where the scan is an integration: round by round what
 * each measured alone, how far that is from all together, and what the surrogate has learned. */
#include "cells.h"
#include "learner.h"
#include "plot.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

enum { FIXED_ROWS = 8, LEAST_PLOT = 9 };

int learner_rounds_height(int height)
{
    return height - FIXED_ROWS;
}

static void pair_at(struct area area, int y, int x, int width, double value, double error)
{
    char value_text[FIGURE_SIZE], error_text[FIGURE_SIZE];

    figure_pair(value_text, error_text, value, error, width);
    area_text(area, y, x, STYLE_PLAIN, value_text);
    area_text(area, y, x + width + 1, STYLE_PLAIN, error_text);
}

/* In five columns, whatever its size. */
static void pull_at(struct area area, int y, double pull)
{
    char text[FIGURE_SIZE] = "-";

    if (isfinite(pull) && fabs(pull) > 9999)
        snprintf(text, sizeof text, "%s", pull < 0 ? "<-1e4" : ">+1e4");
    else if (isfinite(pull))
        snprintf(text, sizeof text, fabs(pull) < 99.9 ? "%+.1f" : "%+.0f", pull);
    area_text_right(area, y, 58, fabs(pull) > 3 ? STYLE_WARNING : STYLE_PLAIN, text);
}

static void draw_round(const struct integral_row *row, const struct strata_result *result,
                       struct area area, int y)
{
    double pull = report_pull(row, result->integral, result->error);
    char count[FIGURE_SIZE];

    area_printf(area, y, 1, STYLE_PLAIN, "%3s", figure_count(count, row->round, 4));
    area_printf(area, y, 6, STYLE_PLAIN, "%.8s", row->stage);
    area_text_right(area, y, 24, STYLE_PLAIN, figure_count(count, row->n, 9));
    area_text_right(area, y, 31, STYLE_PLAIN, figure_count(count, row->n_failed, 6));
    pair_at(area, y, 33, 9, row->estimate, row->estimate_error);
    pull_at(area, y, pull);
    pair_at(area, y, 60, 9, row->integral, row->error);
}

static int draw_rounds(const struct ui *ui, const struct integral_view *view, struct area area)
{
    const struct list_cursor *rows = &ui->learner.rounds;
    int room = area.height - 2, shown = (int)view->n_rows < room ? (int)view->n_rows : room;
    size_t last = view->n_rows - (size_t)(shown > 0 ? shown : 0);
    size_t first = rows->top < last ? rows->top : last;
    char title[96];

    snprintf(title, sizeof title, "Rounds of the integration");
    if (last > 0)
        snprintf(title, sizeof title, "Rounds %zu .. %zu of %zu of the integration", first + 1,
                 first + (size_t)shown, view->n_rows);
    area_rule(area, 0, title, "each alone, and all up to it");
    area_text(area, 1, 1, STYLE_DIM, "round stage         calls failed  alone     +-");
    area_text(area, 1, 54, STYLE_DIM, "pull  together  +-");
    for (int i = 0; i < shown; i++)
        draw_round(&view->rows[first + (size_t)i], &view->result, area, 2 + i);
    return 2 + (shown > 0 ? shown : 0);
}

static void share_line(struct area area, int y, const char *name, double share, const char *about)
{
    area_text(area, y, 1, STYLE_PLAIN, name);
    plot_bar(area, y, 12, 22, share, STYLE_PLAIN);
    if (isfinite(share))
        area_printf(area, y, 35, STYLE_PLAIN, "%5.1f %%", 100 * share);
    else
        area_text(area, y, 40, STYLE_PLAIN, "-");
    area_text(area, y, 44, STYLE_DIM, about);
}

/* What the method measured of itself; cubature and sums of cheap calls have less to tell. */
static int draw_learned(const struct integral_view *view, struct area area, int y)
{
    const struct strata_result *result = &view->result;
    bool is_cubature = strcmp(view->method, "cubature") == 0;

    area_rule(area, y++, is_cubature ? "How it was checked" : "What was learned",
              is_cubature ? "method cubature" : "calls that the model had not seen");
    if (isfinite(result->surrogate) && !is_cubature)
        share_line(area, y++, "explained", result->surrogate, "of the variance, by the surrogate");
    if (isfinite(result->purity))
        share_line(area, y++, "class", result->purity, "of the volume in the class foreseen");
    if (isfinite(result->largest_share) && !is_cubature)
        share_line(area, y++, "one call", result->largest_share, "of the variance, at most");
    if (is_cubature)
        area_printf(area, y++, 1, STYLE_PLAIN,
                    "local polynomials, checked by %llu random calls of their own",
                    (unsigned long long)result->n_uniform);
    else if (result->n_chi2 > 0)
        area_printf(area, y++, 1, STYLE_PLAIN, "rounds agree: chi2 %.1f of %zu", result->chi2,
                    result->n_chi2);
    else
        area_text(area, y++, 1, STYLE_PLAIN, "rounds agree: - (it takes two with an estimate)");
    if (result->n_peaks > 0)
        area_printf(area, y++, 1, STYLE_PLAIN, "separate peaks found: %zu", result->n_peaks);
    return y;
}

void learner_draw_integral(const struct ui *ui, const struct model *model, struct area area)
{
    const struct integral_view *view = model->integral;
    int y;

    if (view->n_rows == 0) {
        area_rule(area, 0, "Rounds of the integration", NULL);
        area_text(area, 2, 1, STYLE_PLAIN, "No round is complete yet.");
        return;
    }
    y = draw_rounds(ui, view, area_rows(area, 0, learner_rounds_height(area.height)));
    y = draw_learned(view, area, y);
    if (isfinite(view->result.integral) && !view->result.is_converged)
        y = cells_draw_sentence(area, y, 3, view->result.why);
    if (area.height - y >= LEAST_PLOT)
        cells_draw_history(&view->result, area_rows(area, y, area.height - y));
}
