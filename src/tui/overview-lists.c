/* overview-lists.c: who works on what, what failed and why, and the end of the log.
 *
 * Workers whose calculator takes too long come first, so that they are seen however many workers
 * there are; the others are in order of their numbers.  Lists show the lines around their cursor.
 */
#include "overview.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

/* The first line that is shown of a list of n in `height` lines. */
static size_t first_line(const struct list_cursor *list, size_t n, int height)
{
    struct list_cursor kept = *list;

    list_keep(&kept, n, height);
    return kept.top;
}

/* ---- workers --------------------------------------------------------------------------------- */

const struct worker_view *overview_worker(const struct model *model, size_t i)
{
    size_t k, pass, n = 0;

    for (pass = 0; pass < 2; pass++)
        for (k = 0; k < model->n_workers; k++) {
            if (model->workers[k].is_slow != (pass == 0))
                continue;
            if (n == i)
                return &model->workers[k];
            n++;
        }
    return NULL;
}

static size_t n_slow(const struct model *model)
{
    size_t i, n = 0;

    for (i = 0; i < model->n_workers; i++)
        n += model->workers[i].is_slow;
    return n;
}

/* "m0=812.4   m12=1533": the free parameters, as many as there is room for. */
static void draw_values(const struct model *model, struct area area, int y, int x,
                        const double *values, enum style style)
{
    enum { NUMBER = 6 };
    char number[TEXT_DOUBLE_SIZE];
    size_t v;

    for (v = 0; v < model->scan->n_params; v++) {
        const struct scan_param *param = &model->scan->params[v];
        int width = text_columns(param->name) + 1 + NUMBER;

        if (param->kind == PRIOR_FIXED || param->kind == PRIOR_DERIVED)
            continue;
        if (x + width > area.width)
            return;
        area_printf(area, y, x, style, "%s=%s", param->name,
                    plot_number(number, values[v], NUMBER));
        x += width + 1;
    }
}

struct worker_columns {
    int point, calculator, elapsed, median, limit, values;
};

static struct worker_columns worker_columns(const struct model *model, int width)
{
    struct worker_columns columns = {.point = 12};
    int digits = 5, longest = 10;
    uint64_t last = model->counts.total;
    size_t c;

    for (; last > 99999; last /= 10)
        digits++;
    for (c = 0; c < model->scan->n_calculators; c++) {
        int n = text_columns(model->scan->calculators[c].name);

        longest = n > longest ? n : longest;
    }
    longest = longest > 16 ? 16 : longest;
    columns.calculator = columns.point + digits + 2;
    columns.elapsed = columns.calculator + longest + 1;
    columns.values = columns.elapsed + 6;
    if (width >= 110) {
        columns.median = columns.elapsed + 8;
        columns.limit = columns.median + 11;
        columns.values = columns.limit + 9;
    }
    return columns;
}

static void draw_seconds(struct area area, int y, int x, enum style style, double seconds)
{
    char text[16];

    if (isfinite(seconds) && seconds < 600)
        area_printf(area, y, x, style, "%.3g s", seconds);
    else
        area_text(area, y, x, style, time_short(text, seconds));
}

static void draw_worker(const struct model *model, const struct worker_view *worker,
                        const struct worker_columns *at, struct area row)
{
    enum style style = worker->is_slow ? STYLE_WARNING : STYLE_PLAIN;
    double since = worker->calculator_since > 0 ? worker->calculator_since : worker->row.since;
    const char *calculator = worker->calculator && worker->calculator[0] ? worker->calculator : "-";
    char took[16];

    area_printf(row, 0, 1, style, "%3d %s", worker->row.worker, worker->state);
    if (worker->row.point == 0) {
        area_text(row, 0, at->point, STYLE_DIM, "-");
        return;
    }
    area_printf(row, 0, at->point, style, "%llu", (unsigned long long)worker->row.point);
    area_field(row, 0, at->calculator, at->elapsed - at->calculator - 1, style, calculator);
    area_text(row, 0, at->elapsed, style, time_short(took, fmax(model->now - since, 0)));
    if (at->median > 0) {
        draw_seconds(row, 0, at->median, style, worker->median_s);
        draw_seconds(row, 0, at->limit, style, worker->limit_s);
    }
    if (worker->values)
        draw_values(model, row, 0, at->values, worker->values, style);
}

void overview_workers(const struct ui *ui, const struct model *model, struct area area)
{
    bool has_cursor = ui->overview.panel == PANEL_WORKERS;
    struct worker_columns at = worker_columns(model, area.width);
    const struct list_cursor *list = &ui->overview.workers;
    size_t first = first_line(list, model->n_workers, area.height - 2), i;
    char title[WORDS];
    int y;

    snprintf(title, sizeof title, "Workers: %zu of %zu busy", model->n_busy, model->n_workers);
    if (n_slow(model) > 0)
        snprintf(title, sizeof title, "Workers: %zu of %zu busy, %zu slow", model->n_busy,
                 model->n_workers, n_slow(model));
    overview_rule(ui, area, PANEL_WORKERS, title, "Enter: its point   K: kill");
    area_text(area, 1, 3, STYLE_DIM, "W state");
    area_text(area, 1, at.point, STYLE_DIM, "point");
    area_text(area, 1, at.calculator, STYLE_DIM, "calculator");
    area_text(area, 1, at.elapsed, STYLE_DIM, "for");
    if (at.median > 0) {
        area_text(area, 1, at.median, STYLE_DIM, "median");
        area_text(area, 1, at.limit, STYLE_DIM, "limit");
    }
    area_text(area, 1, at.values, STYLE_DIM, "at");
    for (y = 2, i = first; y < area.height && i < model->n_workers; y++, i++) {
        const struct worker_view *worker = overview_worker(model, i);
        struct area row = area_rows(area, y, 1);

        if (!worker)
            break;
        draw_worker(model, worker, &at, row);
        if (has_cursor && i == list->at) {
            area_style(row, 0, 0, row.width, STYLE_SELECTED);
            area_put(row, 0, 0, '>', STYLE_SELECTED);
        }
    }
    if (i < model->n_workers && area.height > 2)
        area_printf(area_rows(area, 1, 1), 0, area.width - 9, STYLE_DIM, "%3zu more",
                    model->n_workers - i);
}

/* ---- failures -------------------------------------------------------------------------------- */

static void draw_tally(const struct model *model, const struct store_tally *tally, struct area row,
                       int reason, int count)
{
    char share[WORDS];
    double of = model->n_closed > 0 ? (double)model->n_closed : (double)NAN;

    area_field(row, 0, 1, reason - 2, STYLE_PLAIN, tally->calculator);
    area_field(row, 0, reason, count - 8 - reason, STYLE_PLAIN, tally->reason);
    snprintf(share, sizeof share, "%llu", (unsigned long long)tally->count);
    area_text_right(row, 0, count, STYLE_PLAIN, share);
    snprintf(share, sizeof share, "%.*f %%", (double)tally->count < 0.1 * of ? 2 : 1,
             100 * (double)tally->count / of);
    area_text_right(row, 0, count + 9, STYLE_PLAIN, share);
    area_field(row, 0, count + 11, row.width - count - 12, STYLE_PLAIN, tally->example);
}

void overview_failures(const struct ui *ui, const struct model *model, struct area area)
{
    bool has_cursor = ui->overview.panel == PANEL_FAILURES;
    const struct list_cursor *list = &ui->overview.failures;
    size_t first = first_line(list, model->n_tallies, area.height - 1), i;
    int longest = 8, reason, y;
    char title[WORDS];

    if (model->n_tallies == 0) {
        overview_rule(ui, area, PANEL_FAILURES, "Failures: none", NULL);
        return;
    }
    for (i = 0; i < model->n_tallies; i++) {
        int n = text_columns(model->tallies[i].calculator);

        longest = n > longest ? n : longest;
    }
    reason = 3 + (longest > 16 ? 16 : longest);
    snprintf(title, sizeof title, "Failures: %llu of %zu kind%s",
             (unsigned long long)model->counts.failed, model->n_tallies,
             model->n_tallies == 1 ? "" : "s");
    overview_rule(ui, area, PANEL_FAILURES, title,
                  model->integral ? "Enter: the points" : "Enter: the points   R: retry");
    for (y = 1, i = first; y < area.height && i < model->n_tallies; y++, i++) {
        struct area row = area_rows(area, y, 1);

        draw_tally(model, &model->tallies[i], row, reason, reason + 20);
        if (has_cursor && i == list->at) {
            area_style(row, 0, 0, row.width, STYLE_SELECTED);
            area_put(row, 0, 0, '>', STYLE_SELECTED);
        }
    }
}

/* ---- log ------------------------------------------------------------------------------------- */

static const char *level_word(char level)
{
    switch (level) {
    case 'w': return "warn";
    case 'e': return "error";
    case 'f': return "fail";
    case 'u': return "user";
    default: return "info";
    }
}

void overview_log(const struct ui *ui, const struct model *model, struct area area)
{
    size_t rows = area.height > 1 ? (size_t)area.height - 1 : 0, i;
    size_t first = model->n_logs > rows ? model->n_logs - rows : 0;
    char at[16];
    int y = 1;

    overview_rule(ui, area, PANEL_LOG, "Log", "6: all of it");
    for (i = model->n_logs; i > first; i--, y++) { /* the newest on top */
        const struct log_view *log = &model->logs[i - 1];
        bool is_bad = log->level == 'w' || log->level == 'e';
        enum style style = is_bad ? STYLE_WARNING : STYLE_PLAIN;

        area_text(area, y, 1, style, time_of_day(at, log->at));
        area_text(area, y, 10, style, level_word(log->level));
        area_field(area, y, 16, 11, style, log->source);
        area_field(area, y, 28, area.width - 29, style, log->text);
    }
}
