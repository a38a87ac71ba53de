/* log-draw.c: draws the log: lines with time, level and source, newest first; below them what the
 * calculator of the point said that the line is about, on a wide screen with its steps and kept
 * files beside.  What is looked for is highlighted, by style and by ">" at the line's edge. */
#include "log.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

enum { TEXT_AT = 26, WIDE = 112, SIDE = 38, MOST_LINE = 400 };

static const char *level_word(char level)
{
    switch (level) {
    case 'w': return "warn";
    case 'e': return "ERR";
    case 'f': return "fail";
    case 'u': return "user";
    default: return "info";
    }
}

static enum style level_style(char level)
{
    switch (level) {
    case 'w':
    case 'e': return STYLE_WARNING;
    case 'f': return STYLE_FAILED;
    case 'u': return STYLE_STRONG;
    default: return STYLE_PLAIN;
    }
}

const char *log_text(const struct log_ui *log, const struct log_view *line)
{
    bool is_its_own = log->has_failure && log->point == line->point && line->level == 'f';

    return is_its_own && log->failure.words[0] ? log->failure.words : line->text;
}

/* ---- words in lines -------------------------------------------------------------------------- */

/* Strong where the pattern is found in a piece that was drawn at column 0. */
static void highlight(struct area area, int y, int x, const char *text, const char *pattern)
{
    const char *at = text;
    int n = (int)text_columns(pattern);

    while ((at = log_found(at, pattern)) != NULL) {
        char before[MOST_LINE];

        snprintf(before, sizeof before, "%.*s", (int)(at - text), text);
        area_style(area, y, x + text_columns(before), n, STYLE_SELECTED);
        at += strlen(pattern);
    }
}

/* The bytes of `text` up to its newline that fit into `width` columns; broken at a blank where
 * there is one in the second half. */
static size_t piece_of(const char *text, int width)
{
    size_t n = strcspn(text, "\n"), i, blank = 0;
    int columns = 0;

    for (i = 0; i < n; i++) {
        if (((unsigned char)text[i] & 0xc0) == 0x80)
            continue;
        if (columns == width)
            return blank > i / 2 ? blank : i;
        if (text[i] == ' ')
            blank = i;
        columns++;
    }
    return n;
}

int log_words(const struct area *area, const char *text, const char *pattern, int width, int top)
{
    int y = 0;

    if (width < 8)
        width = 8;
    if (width >= MOST_LINE / 4)
        width = MOST_LINE / 4 - 1;
    while (*text) {
        char line[MOST_LINE];
        size_t n = piece_of(text, width), i;

        if (area && y >= top && y - top < area->height) {
            snprintf(line, sizeof line, "%.*s", (int)n, text);
            for (i = 0; line[i]; i++)
                if (line[i] == '\t' || line[i] == '\r')
                    line[i] = ' ';
            area_text(*area, y - top, 0, STYLE_PLAIN, line);
            highlight(*area, y - top, 0, line, pattern);
        }
        text += n;
        text += *text == '\n' || (*text == ' ' && n > 0) ? 1 : 0;
        y++;
    }
    return y;
}

/* ---- the list -------------------------------------------------------------------------------- */

static void draw_head(const struct ui *ui, const struct model *model, struct area area)
{
    const struct log_ui *log = &ui->log;
    const char *level = log->level == 'w'   ? "warnings and worse"
                        : log->level == 'f' ? "failed points"
                        : log->level == 'e' ? "errors"
                        : log->level == 'u' ? "your actions"
                                            : "all";
    const char *pattern = log_pattern(ui);
    char count[64];
    int x;

    x = area_printf(area, 0, 1, STYLE_PLAIN, "level: %s   source: %s   follow [%c]", level,
                    log->source[0] ? log->source : "all", log->is_following ? 'x' : ' ');
    if (pattern[0])
        area_printf(area_columns(area, 0, area.width - 18), 0, x, STYLE_PLAIN, "   find: %s",
                    pattern);
    if (log->rows.n < model->n_logs)
        snprintf(count, sizeof count, "%zu of %zu lines", log->rows.n, model->n_logs);
    else
        snprintf(count, sizeof count, "%s%zu lines", model->n_logs >= MODEL_LOGS ? "last " : "",
                 model->n_logs);
    area_text_right(area, 0, area.width - 1, STYLE_DIM, count);
}

static void draw_line(const struct ui *ui, const struct log_view *line, bool is_undoable,
                      struct area area, int y)
{
    const char *pattern = log_pattern(ui);
    bool is_found = log_found(line->text, pattern) || log_found(line->source, pattern);
    int width = area.width - TEXT_AT - 1 - (is_undoable ? 11 : 0);
    char when[16], first[MOST_LINE];

    snprintf(first, sizeof first, "%.*s", (int)strcspn(line->text, "\n"), line->text);
    area_put(area, y, 0, is_found ? '>' : ' ', STYLE_STRONG);
    area_text(area, y, 1, STYLE_DIM, time_of_day(when, line->at));
    area_text(area, y, 10, level_style(line->level), level_word(line->level));
    area_field(area, y, 15, TEXT_AT - 16, STYLE_DIM, line->source);
    area_field(area, y, TEXT_AT, width, STYLE_PLAIN, first);
    if (is_found)
        highlight(area_columns(area, TEXT_AT, width), y, 0, first, pattern);
    if (is_undoable)
        area_text_right(area, y, area.width - 1, STYLE_STRONG, "[undo: u]");
}

static void draw_list(const struct ui *ui, const struct model *model, struct area area)
{
    const struct log_ui *log = &ui->log;
    const struct log_view *undoable = log_undoable(model);
    size_t i, k = 0;

    if (log->rows.n == 0)
        area_text(area, 0, 1, STYLE_DIM,
                  model->n_logs == 0 ? "Nothing has been told yet."
                                     : "No line is as asked for: l and s show others.");
    for (i = model->n_logs; i-- > 0 && k < log->rows.top + (size_t)area.height;) {
        const struct log_view *line = &model->logs[i];
        int y;

        if (!log_shows(log, line))
            continue;
        if (k >= log->rows.top) {
            y = (int)(k - log->rows.top);
            draw_line(ui, line, line == undoable, area, y);
            if (k == log->rows.at)
                area_style(area, y, 0, area.width, STYLE_SELECTED);
        }
        k++;
    }
}

/* ---- below the list -------------------------------------------------------------------------- */

static void title_of(const struct log_ui *log, const struct log_view *line, char *out, size_t size)
{
    bool has_failure = log->has_failure && log->point == line->point;

    if (line->point > 0 && has_failure && line->level == 'f')
        snprintf(out, size, "Point %llu: %s failed (%s, %s), its last words",
                 (unsigned long long)line->point, log->failure.calculator, log->failure.stage,
                 log->failure.reason);
    else if (line->point > 0)
        snprintf(out, size, "The line, about point %llu", (unsigned long long)line->point);
    else
        snprintf(out, size, "The line");
}

static void draw_kept(const struct log_ui *log, struct area area)
{
    size_t i;
    int y = 0;

    if (log->n_steps == 0 && log->n_files == 0) {
        area_text(area, 0, 0, STYLE_DIM, "no steps or files are kept");
        return;
    }
    for (i = 0; i < log->n_steps; i++)
        area_printf(area, y++, 0, STYLE_PLAIN, "%-14.14s exit %-3d %.3g s",
                    log->steps[i].calculator, log->steps[i].exit, log->steps[i].seconds);
    for (i = 0; i < log->n_files; i++)
        area_printf(area, y++, 0, STYLE_PLAIN, "%.14s: %.16s, %zu bytes", log->files[i].calculator,
                    log->files[i].name, log->files[i].n);
}

static void draw_pane(const struct ui *ui, const struct log_view *line, struct area area)
{
    const struct log_ui *log = &ui->log;
    bool is_wide = area.width >= WIDE && line->point > 0;
    struct area words = area_rows(area, 1, area.height - 1);
    char title[160];
    int n;

    words = area_columns(words, 1, area.width - 2 - (is_wide ? SIDE + 2 : 0));
    title_of(log, line, title, sizeof title);
    n = log_words(NULL, log_text(log, line), "", words.width, 0);
    area_rule(area, 0, title, n > words.height ? "Enter: all of it" : NULL);
    if (n > words.height && words.height > 1 && log_text(log, line) != line->text) {
        struct area tail = area_rows(words, 1, words.height - 1);

        /* the reason in the first line, then the end */
        words.height = 1;
        log_words(&tail, log_text(log, line), log_pattern(ui), words.width, n - tail.height);
    }
    log_words(&words, log_text(log, line), log_pattern(ui), words.width, 0);
    if (is_wide) {
        struct area side =
            area_columns(area_rows(area, 1, area.height - 1), area.width - SIDE - 2, SIDE + 2);

        area_bar_line(side, 0);
        draw_kept(log, area_columns(side, 2, SIDE));
    }
}

static void draw_open(const struct ui *ui, const struct log_view *line, struct area area)
{
    const struct log_ui *log = &ui->log;
    struct area words = area_columns(area_rows(area, 1, area.height - 1), 1, area.width - 2);
    char title[160], right[48] = "Esc: back";
    int n = log_words(NULL, log_text(log, line), "", words.width, 0);

    if (n > words.height)
        snprintf(right, sizeof right, "lines %d..%d of %d   Esc: back", log->words_top + 1,
                 log->words_top + words.height < n ? log->words_top + words.height : n, n);
    title_of(log, line, title, sizeof title);
    area_rule(area, 0, title, right);
    log_words(&words, log_text(log, line), log_pattern(ui), words.width, log->words_top);
}

void log_draw(const struct ui *ui, const struct model *model, struct area area)
{
    const struct log_view *line = log_row(&ui->log, model, ui->log.rows.at);
    int rows = log_rows(area.height);

    if (ui->log.is_open && line) {
        draw_open(ui, line, area);
        return;
    }
    draw_head(ui, model, area);
    draw_list(ui, model, area_rows(area, 1, rows));
    if (line)
        draw_pane(ui, line, area_rows(area, 1 + rows, area.height - 1 - rows));
}
