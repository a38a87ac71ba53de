/* overview-integral.c: the overview's panels where the scan is an integration: how the error fell,
 * the integral with what is to be thought of it, and the classes that make most of it. */
#include "cells.h"
#include "overview.h"

#include <math.h>
#include <stdio.h>

enum { MOST = 512, LEFT = 9, RIGHT = 22 };

static double relative(double integral, double error)
{
    return error / fabs(integral);
}

/* "0.16 %" of an error that may be above 1. */
static const char *relative_words(char out[WORDS], double integral, double error)
{
    double share = relative(integral, error);

    if (isfinite(share))
        snprintf(out, WORDS, "%.2g %%", 100 * share);
    else
        snprintf(out, WORDS, "-");
    return out;
}

/* ---- the error by rounds --------------------------------------------------------------------- */

/* Decades from 10^lo to 10^hi, as columns of the logarithm. */
static void draw_decades(struct area area, const double *logs, size_t n, double lo, double hi)
{
    struct area plot = area_columns(area, LEFT, area.width - LEFT - RIGHT);

    area_printf(area, 0, 1, STYLE_DIM, "%6.3g %%", pow(10, hi));
    if (area.height > 1)
        area_printf(area, area.height - 1, 1, STYLE_DIM, "%6.3g %%", pow(10, lo));
    plot_columns(plot, logs, n, lo, hi, STYLE_ACCEPTED);
}

void overview_integral_rounds(const struct ui *ui, const struct model *model, struct area area)
{
    const struct integral_view *view = model->integral;
    double logs[MOST], lo = INFINITY, hi = -INFINITY;
    char words[WORDS];
    size_t n = 0, first = view->n_rows > MOST ? view->n_rows - MOST : 0;

    overview_rule(ui, area, PANEL_ROUNDS, "Relative error by rounds", NULL);
    for (size_t i = first; i < view->n_rows; i++) {
        double percent = 100 * relative(view->rows[i].integral, view->rows[i].error);

        if (!(percent > 0) || !isfinite(percent))
            continue;
        logs[n] = log10(percent);
        lo = fmin(lo, logs[n]);
        hi = fmax(hi, logs[n++]);
    }
    area = area_rows(area, 1, area.height - 1);
    if (n == 0) {
        area_text(area, 0, 1, STYLE_DIM, "no round has an estimate yet");
        return;
    }
    draw_decades(area, logs, n, floor(lo - 0.1), ceil(hi));
    area = area_columns(area, area.width - RIGHT + 1, RIGHT - 1);
    area_printf(area, 0, 1, STYLE_STRONG, "now %s",
                relative_words(words, view->result.integral, view->result.error));
    if (area.height > 1)
        area_printf(area, 1, 1, STYLE_PLAIN, "%zu rounds so far", view->n_rows);
}

/* ---- the integral ---------------------------------------------------------------------------- */

static int draw_trust(const struct integral_view *view, struct area area, int y)
{
    const struct strata_result *result = &view->result;

    if (!isfinite(result->integral))
        return y;
    if (result->is_converged)
        area_text(area, y++, 1, STYLE_PLAIN,
                  "No alarm was raised: nothing speaks against the error.");
    else
        area_printf(area, y++, 1, STYLE_WARNING, "! Not converged: %s",
                    result->why[0] != '\0' ? result->why : "the calls do not suffice yet.");
    return y;
}

static void draw_learned(const struct integral_view *view, struct area area, int y)
{
    const struct strata_result *result = &view->result;
    char said[WORDS], right[WORDS];

    area_printf(area, y, 1, STYLE_PLAIN,
                "surrogate explains %s of the variance, class right %s   peaks %zu   failed %llu",
                overview_percent(said, result->surrogate, NAN),
                overview_percent(right, result->purity, NAN), result->n_peaks,
                (unsigned long long)result->n_failed);
}

void overview_integral_found(const struct ui *ui, const struct model *model, struct area area)
{
    const struct integral_view *view = model->integral;
    const struct strata_result *result = &view->result;
    char estimate[WORDS], between[WORDS];
    int y = 1, x;

    overview_rule(ui, area, PANEL_FOUND, "Integral", view->measure);
    if (!isfinite(result->integral)) {
        area_text(area, y, 1, STYLE_PLAIN, "- (no estimate yet)");
        return;
    }
    x = area_printf(area, y, 1, STYLE_STRONG, "%s%s%s",
                    text_estimate(estimate, sizeof estimate, result->integral, result->error),
                    view->unit[0] != '\0' ? " " : "", view->unit);
    if (isfinite(result->lo) && isfinite(result->hi))
        area_printf(area, y, x, STYLE_DIM, "   95 %%: %s   %llu calls",
                    text_between(between, sizeof between, result->lo, result->hi),
                    (unsigned long long)result->n_calls);
    y = draw_trust(view, area, y + 1);
    draw_learned(view, area, y);
}

/* ---- classes --------------------------------------------------------------------------------- */

/* The classes that give most, by the size of their part. */
static size_t by_part(const struct strata_result *result, size_t order[STRATA_CLASSES])
{
    size_t i, j;

    for (i = 0; i < result->n_classes; i++) {
        for (j = i;
             j > 0 && fabs(result->classes[order[j - 1]].part) < fabs(result->classes[i].part); j--)
            order[j] = order[j - 1];
        order[j] = i;
    }
    return i;
}

static void put_number(struct area area, int y, int end, double value, int width)
{
    char text[TEXT_DOUBLE_SIZE];

    if (isinf(value))
        snprintf(text, sizeof text, "%s", value < 0 ? "-inf" : "inf");
    else
        plot_number(text, value, width);
    area_text_right(area, y, end, STYLE_PLAIN, text);
}

void overview_integral_cells(const struct ui *ui, const struct model *model, struct area area)
{
    const struct strata_result *result = &model->integral->result;
    size_t order[STRATA_CLASSES], n = by_part(result, order);
    double all = 0;
    int y = 2;

    overview_rule(ui, area, PANEL_CELLS, "Cells that give most", "3: more");
    if (n == 0) {
        area_text(area, 1, 1, STYLE_DIM, "there are no classes yet");
        return;
    }
    for (size_t j = 0; j < n; j++)
        all += fabs(result->classes[j].part);
    area_text(area, 1, 1, STYLE_DIM, "    from       to     V_j   V<f>_j     +-    %");
    for (size_t i = 0; i < n && y < area.height; i++, y++) {
        const struct strata_class *row = &result->classes[order[i]];

        put_number(area, y, 9, row->lo, 8);
        put_number(area, y, 18, row->hi, 8);
        put_number(area, y, 26, row->volume, 7);
        put_number(area, y, 35, row->part, 8);
        put_number(area, y, 42, row->part_error, 6);
        put_number(area, y, 47, rint(100 * row->part / all), 4);
    }
}
