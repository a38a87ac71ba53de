/* learner-integral.c: the learner's screen where the scan is an integration: round by round what
 * each measured alone, how far that is from all together, and what the surrogate has learned. */
#include "cells.h"
#include "learner.h"
#include "plot.h"

#include <math.h>
#include <stdio.h>

enum { FIXED_ROWS = 8 };

static void pair_at(struct area area, int y, int x, int width, double value, double error)
{
    char value_text[FIGURE_SIZE], error_text[FIGURE_SIZE];

    figure_pair(value_text, error_text, value, error, width);
    area_text(area, y, x, STYLE_PLAIN, value_text);
    area_text(area, y, x + width + 1, STYLE_PLAIN, error_text);
}

static void draw_round(const struct integral_row *row, const struct strata_result *result,
                       struct area area, int y)
{
    double pull = report_pull(row, result->integral, result->error);

    area_printf(area, y, 1, STYLE_PLAIN, "%3u  %-9.9s", row->round, row->stage);
    area_printf(area, y, 15, STYLE_PLAIN, "%9llu %6llu", (unsigned long long)row->n,
                (unsigned long long)row->n_failed);
    pair_at(area, y, 33, 9, row->estimate, row->estimate_error);
    if (isfinite(pull))
        area_printf(area, y, 53, fabs(pull) > 3 ? STYLE_WARNING : STYLE_PLAIN, "%+5.1f", pull);
    else
        area_text(area, y, 57, STYLE_PLAIN, "-");
    pair_at(area, y, 60, 9, row->integral, row->error);
}

static int draw_rounds(const struct integral_view *view, struct area area)
{
    int room = area.height - 2, shown = (int)view->n_rows < room ? (int)view->n_rows : room;
    size_t first = view->n_rows - (size_t)(shown > 0 ? shown : 0);

    area_rule(area, 0, "Rounds of the integration", "each alone, and all up to it");
    area_text(area, 1, 1, STYLE_DIM, "round stage         calls failed  alone     +-");
    area_text(area, 1, 54, STYLE_DIM, "pull  together  +-");
    for (size_t i = first; i < view->n_rows; i++)
        draw_round(&view->rows[i], &view->result, area, 2 + (int)(i - first));
    return 2 + shown;
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

static void draw_learned(const struct strata_result *result, struct area area)
{
    area_rule(area, 0, "What was learned", "calls that the model had not seen");
    share_line(area, 1, "explained", result->surrogate, "of the variance of f/q, by the surrogate");
    share_line(area, 2, "class", result->purity, "of the volume is in the class foreseen");
    share_line(area, 3, "one call", result->largest_share, "most of the variance by a single one");
    if (result->n_chi2 > 0)
        area_printf(area, 4, 1, STYLE_PLAIN, "rounds agree: chi2 %.1f of %zu; peaks found: %zu",
                    result->chi2, result->n_chi2, result->n_peaks);
    else
        area_printf(area, 4, 1, STYLE_PLAIN, "rounds agree: - (one round); peaks found: %zu",
                    result->n_peaks);
}

void learner_draw_integral(const struct model *model, struct area area)
{
    const struct integral_view *view = model->integral;
    int y;

    if (view->n_rows == 0) {
        area_rule(area, 0, "Rounds of the integration", NULL);
        area_text(area, 2, 1, STYLE_PLAIN, "No round is complete yet.");
        return;
    }
    y = draw_rounds(view, area_rows(area, 0, area.height - FIXED_ROWS));
    draw_learned(&view->result, area_rows(area, y, 5));
    if (isfinite(view->result.integral) && !view->result.is_converged)
        cells_draw_sentence(area, y + 5, 3, view->result.why);
}
