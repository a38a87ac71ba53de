/* overview-integral.c: the overview's panels where the scan is an integration: how the error fell,
 * the integral with what is to be thought of it, and the classes that make most of it. */
#include "cells.h"
#include "overview.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

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

/* ---- progress -------------------------------------------------------------------------------- */

/* The batch of calls in hand, where calls are kept; the rounds that are done. */
static void draw_round(const struct model *model, struct area area, int y)
{
    const struct integral_view *view = model->integral;
    const struct round_view *batch =
        model->n_rounds > 0 ? &model->rounds[model->n_rounds - 1] : NULL;
    const struct integral_row *last = view->n_rows > 0 ? &view->rows[view->n_rows - 1] : NULL;
    int x = PROGRESS_LABEL, width = area.width >= 110 ? 54 : 20;
    bool has_batch =
        batch && overview_is_active(model) && batch->row.n_closed < batch->row.n_points;

    area_text(area, y, 1, STYLE_PLAIN, has_batch ? "batch" : "rounds");
    if (has_batch) {
        double n = batch->row.n_points;

        plot_bar(area, y, x, width, batch->row.n_closed / n, STYLE_PLAIN);
        x = area_printf(area, y, x + width + 1, STYLE_PLAIN, "%u/%u", batch->row.n_closed,
                        batch->row.n_points);
        x += 3;
    }
    x = area_printf(area, y, x, STYLE_PLAIN, has_batch ? "rounds: %zu done" : "%zu done",
                    view->n_rows);
    if (last)
        area_printf(area, y, x, STYLE_PLAIN, ", last: %s, %llu calls", last->stage,
                    (unsigned long long)last->n);
}

static void draw_rate(const struct model *model, struct area area, int y)
{
    const struct integral_view *view = model->integral;
    double calls = (double)view->n_calls, per_s = calls / model->engine.active_s;
    uint64_t n_failed =
        view->result.n_failed > model->counts.failed ? view->result.n_failed : model->counts.failed;
    char all[WORDS], now[WORDS], failed[WORDS], share[WORDS], line[6 * WORDS], took[32];
    char store[WORDS], room[WORDS];

    overview_rate(all, per_s, per_s);
    overview_rate(now, model->per_s_now, per_s);
    if (n_failed > 0)
        snprintf(failed, sizeof failed, "failed %s",
                 overview_percent(share, (double)n_failed / calls, NAN));
    else
        snprintf(failed, sizeof failed, "failed %s", view->n_calls > 0 ? "none" : "-");
    area_text(area, y, 1, STYLE_PLAIN, "rate");
    if (overview_is_active(model) && view->are_calls_kept)
        snprintf(line, sizeof line, "%s now   %s all   queue %llu   running %zu/%zu   %s", now, all,
                 (unsigned long long)model->n_waiting, model->n_busy, model->n_workers, failed);
    else
        snprintf(line, sizeof line, "%llu calls in %s: %s   %s   store %.20s%s%.20s",
                 (unsigned long long)view->n_calls,
                 text_duration(took, sizeof took, model->engine.active_s), all, failed,
                 overview_bytes(store, model->store_bytes), area.width >= 110 ? ", free " : "",
                 area.width >= 110 ? overview_bytes(room, model->free_bytes) : "");
    area_field(area, y, PROGRESS_LABEL, area.width - PROGRESS_LABEL - 1, STYLE_PLAIN, line);
}

void overview_integral_progress(const struct ui *ui, const struct model *model, struct area area)
{
    overview_progress_goal(ui, model, area);
    draw_round(model, area, 2);
    draw_rate(model, area, 3);
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
    if (n > 1)
        draw_decades(area, logs, n, floor(lo - 0.1), ceil(hi));
    else
        area_text(area, 0, 1, STYLE_DIM, "- (it takes two rounds)");
    area = area_columns(area, area.width - RIGHT + 1, RIGHT - 1);
    area_printf(area, 0, 1, STYLE_STRONG, "now %s",
                relative_words(words, view->result.integral, view->result.error));
    if (area.height > 1)
        area_printf(area, 1, 1, STYLE_PLAIN, "%zu round%s so far", view->n_rows,
                    view->n_rows == 1 ? "" : "s");
}

/* ---- the integral ---------------------------------------------------------------------------- */

/* One sentence, in as many lines as there are for it. */
static int draw_trust(const struct integral_view *view, struct area area, int y, int most)
{
    const struct strata_result *result = &view->result;
    char words[sizeof result->why + 32];

    if (result->is_converged && integrate_is_baseline(view->method)) {
        area_printf(area, y, 1, STYLE_PLAIN,
                    "Method %s has no alarms: nothing speaks for the error either.", view->method);
        return y + 1;
    }
    if (result->is_converged) {
        area_text(area, y, 1, STYLE_PLAIN,
                  "No alarm was raised: nothing speaks against the error.");
        return y + 1;
    }
    snprintf(words, sizeof words, "Not converged: %s",
             result->why[0] != '\0' ? result->why : "the calls do not suffice yet.");
    return cells_draw_sentence(area, y, most, words);
}

/* "; " between what is known of it. */
static int put_item(struct area area, int y, int x, const char *words)
{
    if (x + 2 + text_columns(words) > area.width)
        return x;
    return area_printf(area, y, x, STYLE_PLAIN, "%s%s", x > 1 ? ", " : "", words);
}

static void draw_learned(const struct integral_view *view, struct area area, int y)
{
    const struct strata_result *result = &view->result;
    bool is_cubature = strcmp(view->method, "cubature") == 0;
    char words[WORDS], share[WORDS];
    int x = 1;

    snprintf(words, sizeof words, "method %s", view->method[0] != '\0' ? view->method : "-");
    x = put_item(area, y, x, words);
    if (isfinite(result->surrogate) && !is_cubature) {
        snprintf(words, sizeof words, "%.20s of the variance explained",
                 overview_percent(share, result->surrogate, NAN));
        x = put_item(area, y, x, words);
    }
    if (isfinite(result->purity)) {
        snprintf(words, sizeof words, "class right %.20s",
                 overview_percent(share, result->purity, NAN));
        x = put_item(area, y, x, words);
    }
    if (result->n_peaks > 0) {
        snprintf(words, sizeof words, "%zu peak%s", result->n_peaks,
                 result->n_peaks == 1 ? "" : "s");
        x = put_item(area, y, x, words);
    }
    if (result->n_failed > 0) {
        snprintf(words, sizeof words, "failed %llu", (unsigned long long)result->n_failed);
        put_item(area, y, x, words);
    }
}

/* While rounds still adapt they do not count, but say where it goes. */
static void draw_alone(const struct integral_view *view, struct area area, int y)
{
    const struct integral_row *last = view->n_rows > 0 ? &view->rows[view->n_rows - 1] : NULL;
    char estimate[WORDS];

    if (!last || !isfinite(last->estimate) || !isfinite(last->estimate_error))
        return;
    area_printf(area, y, 1, STYLE_DIM, "last round alone: %s%s%s (not counted: it adapts)",
                text_estimate(estimate, sizeof estimate, last->estimate, last->estimate_error),
                view->unit[0] != '\0' ? " " : "", view->unit);
}

void overview_integral_found(const struct ui *ui, const struct model *model, struct area area)
{
    const struct integral_view *view = model->integral;
    const struct strata_result *result = &view->result;
    const char *gap = view->unit[0] != '\0' ? " " : "";
    char estimate[WORDS], between[WORDS], interval[2 * WORDS] = "";
    int y = 1, x;

    overview_rule(ui, area, PANEL_FOUND, "Integral", view->measure);
    if (!isfinite(result->integral)) {
        area_text(area, y, 1, STYLE_PLAIN, "- (no estimate yet)");
        draw_alone(view, area, y + 1);
        return;
    }
    x = area_printf(area, y, 1, STYLE_STRONG, "%s%s%s",
                    text_estimate(estimate, sizeof estimate, result->integral, result->error), gap,
                    view->unit);
    if (isfinite(result->lo) && isfinite(result->hi))
        snprintf(interval, sizeof interval, "95 %%: %s%s%s",
                 text_between(between, sizeof between, result->lo, result->hi), gap, view->unit);
    if (x + 3 + text_columns(interval) <= area.width)
        area_text(area, y, x + 3, STYLE_DIM, interval);
    else if (area.height > 4)
        area_field(area, ++y, 1, area.width - 1, STYLE_DIM, interval);
    y++;
    y = draw_trust(view, area, y, area.height - y > 2 ? 2 : 1);
    if (y < area.height)
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

static void put_limit(struct area area, int y, int end, double value)
{
    char text[TEXT_DOUBLE_SIZE];

    if (isinf(value))
        snprintf(text, sizeof text, "%s", value < 0 ? "-inf" : "inf");
    else
        plot_number(text, value, 8);
    area_text_right(area, y, end, STYLE_PLAIN, text);
}

static void put_class(const struct strata_class *row, bool has_errors, double all, struct area area,
                      int y)
{
    char value[FIGURE_SIZE], error[FIGURE_SIZE];

    put_limit(area, y, 9, row->lo);
    put_limit(area, y, 18, row->hi);
    figure_pair(value, error, row->volume, row->volume_error, 8);
    area_text_right(area, y, 27, STYLE_PLAIN, value);
    figure_pair(value, error, row->part, row->part_error, 8);
    area_text_right(area, y, 36, STYLE_PLAIN, value);
    if (has_errors)
        area_text_right(area, y, 45, STYLE_PLAIN, error);
    snprintf(value, sizeof value, "%.0f", rint(100 * row->part / all) + 0.0);
    area_text_right(area, y, 50, STYLE_PLAIN, value);
}

void overview_integral_cells(const struct ui *ui, const struct model *model, struct area area)
{
    const struct strata_result *result = &model->integral->result;
    size_t order[STRATA_CLASSES], n = by_part(result, order);
    bool has_errors = !cells_is_picture(model->integral);
    double all = 0;
    int y = 2;

    overview_rule(ui, area, PANEL_CELLS, "Cells that give most", "3: more");
    if (n == 0) {
        area_text(area, 1, 1, STYLE_DIM, "there are no classes yet");
        return;
    }
    for (size_t j = 0; j < n; j++)
        all += fabs(result->classes[j].part);
    area_text(area, 1, 1, STYLE_DIM,
              has_errors ? "    from       to      V_j   V<f>_j       +-    %"
                         : "    from       to      V_j   V<f>_j             %");
    for (size_t i = 0; i < n && y < area.height; i++, y++)
        put_class(&result->classes[order[i]], has_errors, all, area, y);
}

void overview_integral_heights(const struct ui *ui, const struct model *model, struct area area)
{
    enum { LIMITS = 20, PERCENT = 6 };
    const struct strata_result *result = &model->integral->result;
    size_t n = result->n_classes, shown = (size_t)(area.height > 2 ? area.height - 2 : 0);
    int bar = area.width - LIMITS - PERCENT - 2;
    double all = 0, most = 0;
    char title[WORDS], text[TEXT_DOUBLE_SIZE];

    snprintf(title, sizeof title, "Heights of %.40s", model->integral->name);
    overview_rule(ui, area, PANEL_MAP, title, "share of int |F|");
    for (size_t j = 0; j < n; j++) {
        all += fabs(result->classes[j].part);
        most = fmax(most, fabs(result->classes[j].part));
    }
    shown = shown < n ? shown : n;
    for (size_t j = 0; j < shown; j++) { /* the highest above */
        const struct strata_class *row = &result->classes[n - 1 - j];
        int y = (int)j + 1;

        put_limit(area, y, 9, row->lo);
        area_text(area, y, 9, STYLE_DIM, "..");
        if (isinf(row->hi))
            snprintf(text, sizeof text, "inf");
        else
            plot_number(text, row->hi, 8);
        area_text(area, y, 11, STYLE_PLAIN, text);
        plot_bar(area, y, LIMITS, bar, most > 0 ? fabs(row->part) / most : (double)NAN,
                 STYLE_ACCEPTED);
        snprintf(text, sizeof text, "%.0f %%", rint(100 * row->part / all) + 0.0);
        area_text_right(area, y, area.width - 1, STYLE_PLAIN, text);
    }
    if (shown < n)
        area_printf(area, (int)shown + 1, 1, STYLE_DIM, "... %zu lower class%s (3: all)", n - shown,
                    n - shown == 1 ? "" : "es");
}
