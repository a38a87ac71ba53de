/* points-detail.c: everything that is stored of one point: inputs, outputs, what each constraint
 * says of it, the calculators' times and exits, the words of one that failed, kept files.
 *
 * It is written line by line onto a sheet of which a window is shown: the same code counts the
 * lines when there is no window. */
#include "cells.h"
#include "map.h"
#include "points.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

enum { INDENT = 6, LINE = 600 };

struct sheet {
    struct area area; /* grid NULL: only counted */
    int top;          /* first line that is shown */
    int line, x;
    int width;
};

static struct sheet sheet_begin(struct area area, int top)
{
    return (struct sheet){.area = area, .top = top, .line = -1, .width = area.width};
}

static void put(struct sheet *sheet, int x, enum style style, const char *text)
{
    if (sheet->area.grid && sheet->line >= sheet->top &&
        sheet->line - sheet->top < sheet->area.height)
        area_text(sheet->area, sheet->line - sheet->top, x, style, text);
}

static void new_line(struct sheet *sheet, const char *label)
{
    sheet->line++;
    sheet->x = INDENT;
    put(sheet, 0, STYLE_STRONG, label);
}

/* An item of a flowing line; goes to the next line where it does not fit. */
static void item(struct sheet *sheet, enum style style, const char *text)
{
    int columns = text_columns(text);

    if (sheet->x > INDENT && sheet->x + columns > sheet->width)
        new_line(sheet, "");
    put(sheet, sheet->x, style, text);
    sheet->x += columns + 3;
}

/* The next line of a text for so many columns, broken at a blank; the text moves on. */
static void next_line(const char **text, int width, char line[LINE])
{
    size_t length = strcspn(*text, "\n"), n;

    snprintf(line, LINE, "%.*s", (int)(length < LINE ? length : LINE - 1), *text);
    n = frame_line_bytes(line, width);
    if (line[n] == '\0')
        n = length < LINE ? length + ((*text)[length] == '\n') : LINE - 1;
    else {
        line[n] = '\0';
        n += strspn(*text + n, " ");
    }
    *text += n;
}

/* Lines of a text; the last `most` of them. */
static void block(struct sheet *sheet, int x, enum style style, const char *text, int most)
{
    int width = sheet->width - x > 8 ? sheet->width - x : 8, n = 0;
    char line[LINE];
    const char *at;

    for (at = text; *at; n++)
        next_line(&at, width, line);
    for (at = text; *at;) {
        next_line(&at, width, line);
        if (n-- > most)
            continue;
        new_line(sheet, "");
        put(sheet, x, style, line);
    }
}

/* ---- parts of the sheet --------------------------------------------------------------------- */

static void put_values(struct sheet *sheet, const struct model *model, const struct point_row *row,
                       size_t from, size_t to)
{
    const struct scan *scan = model->scan;
    char text[256], number[TEXT_DOUBLE_SIZE];
    size_t v;

    for (v = from; v < to; v++) {
        snprintf(text, sizeof text, "%s %s%s%s", scan->value_names[v],
                 plot_number(number, row->row[v], 9),
                 isfinite(row->row[v]) && scan->value_units[v][0] ? " " : "",
                 isfinite(row->row[v]) ? scan->value_units[v] : "");
        item(sheet, isfinite(row->row[v]) ? STYLE_PLAIN : STYLE_DIM, text);
    }
}

static const char *outcome_word(enum truth outcome)
{
    return outcome == TRUTH_YES ? "ok" : outcome == TRUTH_NO ? "FAILS" : "unknown";
}

static enum style outcome_style(enum truth outcome)
{
    return outcome == TRUTH_YES ? STYLE_ACCEPTED : outcome == TRUTH_NO ? STYLE_WARNING : STYLE_DIM;
}

static void margin_words(char *out, size_t size, const struct judge_detail *term)
{
    char number[2][TEXT_DOUBLE_SIZE];

    out[0] = '\0';
    if (isfinite(term->pull))
        snprintf(out, size, "margin %s  pull %s", plot_number(number[0], term->margin, 9),
                 plot_number(number[1], term->pull, 6));
    else if (isfinite(term->margin))
        snprintf(out, size, "margin %s", plot_number(number[0], term->margin, 9));
}

/* A line: name, outcome, words, margin; the margin below where there is no room. */
static void put_term(struct sheet *sheet, const char *name, int name_width,
                     const struct judge_detail *term)
{
    char text[LINE], margin[96];

    snprintf(text, sizeof text, "%-*s %-8s%s", name_width, name, outcome_word(term->outcome),
             term->words);
    put(sheet, INDENT, outcome_style(term->outcome), text);
    margin_words(margin, sizeof margin, term);
    if (!margin[0])
        return;
    if (INDENT + text_columns(text) + text_columns(margin) + 2 > sheet->width)
        new_line(sheet, "");
    put(sheet, sheet->width - text_columns(margin), STYLE_DIM, margin);
}

static void put_terms(struct sheet *sheet, const struct model *model,
                      const struct point_view *point, bool is_long)
{
    char text[LINE];
    int name_width = 0;
    size_t i;

    if (model->integral && model->n_terms == 0)
        return;
    new_line(sheet, "cuts");
    if (!point->terms || model->n_terms == 0)
        item(sheet, STYLE_DIM, model->n_terms == 0 ? "none in this scan" : "not judged");
    for (i = 0; point->terms && i < model->n_terms; i++)
        name_width = name_width < text_columns(model->terms[i].name)
                         ? text_columns(model->terms[i].name)
                         : name_width;
    name_width = name_width < 24 ? name_width : 24;
    for (i = 0; point->terms && i < model->n_terms; i++) {
        const struct judge_detail *term = &point->terms[i];

        if (is_long) {
            if (i > 0)
                new_line(sheet, "");
            put_term(sheet, model->terms[i].name, name_width, term);
            continue;
        }
        snprintf(text, sizeof text, "%s %s", model->terms[i].name, outcome_word(term->outcome));
        item(sheet, outcome_style(term->outcome), text);
    }
}

static void put_runs(struct sheet *sheet, const struct point_view *point, bool is_long)
{
    char text[LINE], time[16], signal[32], end[48];
    size_t i;

    new_line(sheet, "runs");
    if (point->n_steps == 0)
        item(sheet, STYLE_DIM,
             point->row.state == STATE_RUNNING
                 ? "told when the point is closed"
                 : "no program ran (plugins and expressions keep no steps)");
    for (i = 0; i < point->n_steps; i++) {
        const struct store_step *step = &point->steps[i];

        if (step->exit < 0)
            snprintf(end, sizeof end, "%s",
                     process_signal_name(-step->exit, signal, sizeof signal));
        else
            snprintf(end, sizeof end, "exit %d", step->exit);
        if (step->seconds < 100)
            snprintf(text, sizeof text, "%s %.3g s %s", step->calculator, step->seconds, end);
        else
            snprintf(text, sizeof text, "%s %s %s", step->calculator,
                     time_short(time, step->seconds), end);
        if (is_long && i > 0)
            new_line(sheet, "");
        item(sheet, step->exit == 0 ? STYLE_PLAIN : STYLE_WARNING, text);
    }
}

/* Where an open point is, and what a closed one took. */
static void put_time(struct sheet *sheet, const struct model *model, const struct point_view *point)
{
    char text[LINE], time[16];
    size_t i;

    new_line(sheet, "time");
    if (point->row.state == STATE_RUNNING) {
        for (i = 0; i < model->n_workers; i++) {
            const struct worker_view *worker = &model->workers[i];

            if (worker->row.point != point->row.id)
                continue;
            snprintf(text, sizeof text, "runs on W%d%s%s for %s", worker->row.worker,
                     worker->calculator[0] ? ", " : "", worker->calculator,
                     time_short(time, model->now - worker->row.since));
            item(sheet, STYLE_RUNNING, text);
            return;
        }
        item(sheet, STYLE_DIM, "waits for a worker");
        return;
    }
    if (isfinite(point->row.seconds)) {
        if (point->row.seconds < 0.1F)
            snprintf(text, sizeof text, "%.2g ms", 1000 * (double)point->row.seconds);
        else
            snprintf(text, sizeof text, "%.3g s", (double)point->row.seconds);
        item(sheet, STYLE_PLAIN, text);
    }
    if (isfinite(point->ended)) {
        snprintf(text, sizeof text, "ended %s", time_of_day(time, point->ended));
        item(sheet, STYLE_PLAIN, text);
    }
    if (point->worker >= 0) {
        snprintf(text, sizeof text, "on W%d", point->worker);
        item(sheet, STYLE_PLAIN, text);
    }
}

/* Was it promised for the target that is followed while nothing is accepted? */
static bool is_relaxed(const struct model *model, const struct point_view *point)
{
    size_t r;

    for (r = model->n_rounds; r-- > 0;)
        if (model->rounds[r].row.round == point->row.round)
            return model->rounds[r].row.is_relaxed && point->row.origin != ORIGIN_EXPLORE;
    return false;
}

static void put_guess(struct sheet *sheet, const struct ui *ui, const struct model *model,
                      const struct point_view *point)
{
    struct classes_want classes = {.kind = CLASS_PROBABILITY};
    double p = (double)point->row.predicted;
    char text[LINE], number[TEXT_DOUBLE_SIZE];

    new_line(sheet, "said");
    if (!isfinite(p)) {
        item(sheet, STYLE_DIM, "nothing: no learner was asked before it ran");
    } else if (model->integral) {
        snprintf(text, sizeof text, "height %.5g before it ran", p);
        item(sheet, STYLE_PLAIN, text);
    } else {
        snprintf(text, sizeof text, "P(accept) %.3f before it ran%s%s", p,
                 is_relaxed(model, point) ? ", of an easier target" : "",
                 point->row.state == STATE_FAILED ? ", if it runs through" : "");
        item(sheet, STYLE_PLAIN, text);
        cells_classes(&ui->cells, &classes);
        snprintf(text, sizeof text, "cell %d", map_class_of(&classes, p));
        if (map_class_of(&classes, p) >= 0)
            item(sheet, STYLE_PLAIN, text);
    }
    if (point->terms && points_has_chi2(model) && isfinite(point->row.verdict.chi2)) {
        snprintf(text, sizeof text, "chi2 %s", plot_number(number, point->row.verdict.chi2, 9));
        item(sheet, STYLE_PLAIN, text);
    }
}

static void put_failure(struct sheet *sheet, const struct point_view *point, int most)
{
    char text[LINE];

    new_line(sheet, "why");
    snprintf(text, sizeof text, "%s: %s (%s)", point->failure.calculator, point->failure.reason,
             point->failure.stage);
    item(sheet, STYLE_FAILED, text);
    if (point->failure.words[0] && most > 0)
        block(sheet, INDENT, STYLE_PLAIN, point->failure.words, most);
}

static void put_files(struct sheet *sheet, const struct point_view *point)
{
    char text[LINE], count[32];
    size_t i;

    new_line(sheet, "files");
    if (point->n_files == 0)
        item(sheet, STYLE_DIM, "none (\"keep: all\" in a calculator keeps its outputs)");
    for (i = 0; i < point->n_files; i++) {
        snprintf(text, sizeof text, "%zu %s %s, %s bytes", i + 1, point->files[i].calculator,
                 point->files[i].name, text_count(count, sizeof count, point->files[i].n));
        item(sheet, STYLE_PLAIN, text);
    }
    if (point->n_files > 0)
        item(sheet, STYLE_DIM, "(o opens them)");
}

/* ---- the whole ------------------------------------------------------------------------------ */

int points_detail(const struct ui *ui, const struct model *model, struct area area, int top,
                  bool is_long)
{
    const struct point_view *point = &ui->points.detail;
    struct sheet sheet = sheet_begin(area, top);
    size_t n_params = model->scan->n_params;

    if (!ui->points.has_detail)
        return 0;
    if (point->has_failed && point->row.state == STATE_FAILED)
        put_failure(&sheet, point, is_long ? 200 : ui->width >= 110 ? 0 : 4);
    new_line(&sheet, "in");
    put_values(&sheet, model, &point->row, 0, n_params);
    if (is_long || point->row.state != STATE_FAILED) {
        new_line(&sheet, "out");
        put_values(&sheet, model, &point->row, n_params, model->scan->n_values);
        put_terms(&sheet, model, point, is_long);
    }
    put_runs(&sheet, point, is_long);
    put_guess(&sheet, ui, model, point);
    put_time(&sheet, model, point);
    if (is_long || point->n_files > 0)
        put_files(&sheet, point);
    if (point->note) {
        new_line(&sheet, "note");
        item(&sheet, STYLE_PLAIN, point->note);
    }
    return sheet.line + 1;
}

/* The last lines of a text that fit into the area. */
static void draw_tail(struct area area, int y, const char *text, size_t n)
{
    size_t from = n;
    int lines = 0;

    while (from > 0 && (lines < area.height - y || text[from - 1] != '\n')) {
        from--;
        lines += text[from] == '\n' && from + 1 < n;
        if (lines >= area.height - y) {
            from++;
            break;
        }
    }
    while (from < n && y < area.height) {
        const char *end = memchr(text + from, '\n', n - from);
        size_t length = end ? (size_t)(end - text) - from : n - from;
        char line[LINE];

        snprintf(line, sizeof line, "%.*s", (int)(length < LINE ? length : LINE - 1), text + from);
        area_field(area, y++, 0, area.width, STYLE_PLAIN, line);
        from += length + 1;
    }
}

void points_draw_words(const struct ui *ui, struct area area)
{
    const struct point_view *point = &ui->points.detail;
    char title[200];

    if (!ui->points.has_detail) {
        area_rule(area, 0, "Calculators", NULL);
        return;
    }
    if (point->has_failed && point->row.state == STATE_FAILED) {
        snprintf(title, sizeof title, "Words of %s", point->failure.calculator);
        area_rule(area, 0, title, point->failure.reason);
        draw_tail(area, 1, point->failure.words, strlen(point->failure.words));
        if (!point->failure.words[0])
            area_text(area, 1, 0, STYLE_DIM, "It said nothing.");
    } else if (point->n_files > 0) {
        const struct file_view *file = &point->files[point->n_files - 1];

        snprintf(title, sizeof title, "%s: %s, last lines", file->calculator, file->name);
        area_rule(area, 0, title, "o: all");
        draw_tail(area, 1, file->data, file->n);
    } else {
        area_rule(area, 0, "Calculators' output", NULL);
        if (point->row.state == STATE_RUNNING) {
            area_text(area, 1, 0, STYLE_DIM, "The point is not closed yet.");
            return;
        }
        area_text(area, 1, 0, STYLE_DIM, "Nothing is kept of this point.");
        area_text(area, 2, 0, STYLE_DIM, "\"keep: all\" in a calculator keeps");
        area_text(area, 3, 0, STYLE_DIM, "its output files.");
    }
}

int points_file(const struct ui *ui, struct area area, int top)
{
    const struct points_ui *points = &ui->points;
    const struct file_view *file;
    const char *text;
    size_t from = 0;
    int y = 0;

    if (!points->has_detail || points->file == 0 || points->file > points->detail.n_files)
        return 0;
    file = &points->detail.files[points->file - 1];
    text = file->data;
    for (y = 0; from < file->n; y++) {
        const char *end = memchr(text + from, '\n', file->n - from);
        size_t length = end ? (size_t)(end - text) - from : file->n - from;

        if (area.grid && y >= top && y - top < area.height) {
            char line[LINE];

            snprintf(line, sizeof line, "%.*s", (int)(length < LINE ? length : LINE - 1),
                     text + from);
            area_field(area, y - top, 0, area.width, STYLE_PLAIN, line);
        }
        from += length + 1;
    }
    return y;
}
