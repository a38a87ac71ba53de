/* points-list.c: the list of points: fixed columns first, then the values, scrolled sideways.
 *
 * Every value has a column of the same width and as many digits as fit into it; the unit stands
 * behind the name where there is room.  The column that is sorted by has a mark. */
#include "points.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

/* Columns of the fixed part: cursor and mark, id, round, origin, state, P, chi2. */
enum { X_ID = 2, X_ROUND = 10, X_ORIGIN = 15, X_STATE = 17, X_P = 26, X_CHI2 = 32, CHI2_WIDTH = 8 };
enum { HEIGHT_WIDTH = 8 }; /* of the height foreseen, which stands in the place of P */

static char points_origin_letter(enum point_origin origin)
{
    static const char letters[] = "selctip";

    return (size_t)origin < N_ORIGINS ? letters[origin] : '?';
}

static enum style points_state_style(enum point_state state)
{
    switch (state) {
    case STATE_RUNNING: return STYLE_RUNNING;
    case STATE_ACCEPTED: return STYLE_ACCEPTED;
    case STATE_REJECTED: return STYLE_REJECTED;
    case STATE_FAILED: return STYLE_FAILED;
    case STATE_UNKNOWN:
    case N_STATES: break;
    }
    return STYLE_PLAIN;
}

const char *points_state_word(const struct model *model, enum point_state state)
{
    return model->integral && state == STATE_ACCEPTED ? "done" : state_name(state);
}

const char *points_none_words(const struct model *model)
{
    return !model->integral                  ? "No point was proposed yet."
           : model->integral->are_calls_kept ? "No call was made yet."
                                             : "Cheap calls are not kept: see the cells (3).";
}

bool points_has_chi2(const struct model *model)
{
    size_t i;

    for (i = 0; model->judge && i < judge_n_terms(model->judge); i++)
        if (judge_term(model->judge, i).has_pull)
            return true;
    return false;
}

static int x_after_p(const struct model *model)
{
    return model->integral ? X_P + HEIGHT_WIDTH + 1 : X_CHI2;
}

static int values_begin(const struct model *model)
{
    return x_after_p(model) + (points_has_chi2(model) ? CHI2_WIDTH : 0);
}

struct points_layout points_layout(const struct model *model, int height, int width)
{
    struct points_layout layout = {.list_top = 2};
    bool is_tall = height >= 30;
    int detail = is_tall ? 16 : 10; /* its rule included */

    layout.list_height = height - layout.list_top - detail;
    if (layout.list_height < 3)
        layout.list_height = 3;
    layout.detail_top = layout.list_top + layout.list_height;
    layout.detail_height = height - layout.detail_top;
    layout.side_width = width >= 110 ? width * 2 / 5 : 0;
    layout.value_width = width >= 110 ? 11 : 9;
    layout.n_columns = (width - values_begin(model)) / layout.value_width;
    return layout;
}

/* ---- what can be sorted by ------------------------------------------------------------------ */

static const size_t fixed_sorts[] = {LIST_BY_ID, LIST_BY_ROUND, LIST_BY_STATE, LIST_BY_P,
                                     LIST_BY_CHI2};
enum { N_FIXED = sizeof fixed_sorts / sizeof fixed_sorts[0] };

static size_t n_fixed(const struct model *model)
{
    return points_has_chi2(model) ? N_FIXED : N_FIXED - 1;
}

size_t points_n_columns(const struct model *model)
{
    return n_fixed(model) + model->scan->n_values;
}

size_t points_column_sort(const struct model *model, size_t column)
{
    return column < n_fixed(model) ? model->scan->n_values + fixed_sorts[column]
                                   : column - n_fixed(model);
}

size_t points_sort_at(const struct ui *ui, const struct model *model,
                      const struct points_layout *layout, int x)
{
    size_t n = model->scan->n_values, v;
    int begin = values_begin(model);

    if (x < X_ID)
        return SIZE_MAX;
    if (x < begin)
        return n + (x < X_ROUND            ? LIST_BY_ID
                    : x < X_STATE          ? LIST_BY_ROUND
                    : x < X_P              ? LIST_BY_STATE
                    : x < x_after_p(model) ? LIST_BY_P
                                           : LIST_BY_CHI2);
    v = ui->points.first_column + (size_t)((x - begin) / layout->value_width);
    return v < n && (x - begin) / layout->value_width < layout->n_columns ? v : SIZE_MAX;
}

/* ---- drawing -------------------------------------------------------------------------------- */

static void head_text(const struct ui *ui, struct area area, int end, int width, size_t sort,
                      const char *text)
{
    bool is_sorted = ui->points.sort == sort;
    uint32_t mark = ui->points.is_descending ? 'v' : '^';
    enum style style = is_sorted ? STYLE_STRONG : STYLE_DIM;
    int columns = text_columns(text);

    if (columns >= width)
        area_field(area, 0, end - width + 1, width - 1, style, text);
    else
        area_text(area, 0, end - columns, style, text);
    if (is_sorted && area.grid->symbols != SYMBOLS_ASCII)
        mark = ui->points.is_descending ? 0x25bc : 0x25b2;
    if (is_sorted)
        area_put(area, 0, columns >= width ? end - width : end - columns - 1, mark, STYLE_STRONG);
}

static void draw_head(const struct ui *ui, const struct model *model, struct area area,
                      const struct points_layout *layout)
{
    const struct scan *scan = model->scan;
    size_t v, n = scan->n_values;
    int c, x = values_begin(model);

    head_text(ui, area, X_ROUND - 1, 6, n + LIST_BY_ID, "point");
    head_text(ui, area, X_ORIGIN - 1, 4, n + LIST_BY_ROUND, model->integral ? "bat" : "rnd");
    area_text(area, 0, X_ORIGIN, STYLE_DIM, "o");
    head_text(ui, area, X_STATE + 5, 6, n + LIST_BY_STATE, "state");
    if (model->integral)
        head_text(ui, area, x_after_p(model) - 1, HEIGHT_WIDTH + 1, n + LIST_BY_P, "foreseen");
    else
        head_text(ui, area, X_P + 4, 3, n + LIST_BY_P, "P");
    if (points_has_chi2(model))
        head_text(ui, area, x_after_p(model) + CHI2_WIDTH - 1, CHI2_WIDTH, n + LIST_BY_CHI2,
                  "chi2");
    for (c = 0; c < layout->n_columns; c++, x += layout->value_width) {
        char text[160];

        v = ui->points.first_column + (size_t)c;
        if (v >= n)
            break;
        snprintf(text, sizeof text, "%s%s%s", scan->value_names[v],
                 scan->value_units[v] && scan->value_units[v][0] ? " " : "",
                 scan->value_units[v] ? scan->value_units[v] : "");
        if (text_columns(text) >= layout->value_width)
            snprintf(text, sizeof text, "%s", scan->value_names[v]);
        head_text(ui, area, x + layout->value_width - 1, layout->value_width, v, text);
    }
}

static void draw_values(const struct ui *ui, const struct model *model, struct area row,
                        const struct points_layout *layout, const struct point_row *point)
{
    char number[TEXT_DOUBLE_SIZE];
    int c, x = values_begin(model);

    for (c = 0; c < layout->n_columns; c++, x += layout->value_width) {
        size_t v = ui->points.first_column + (size_t)c;

        if (v >= model->scan->n_values)
            break;
        area_text_right(row, 0, x + layout->value_width - 1, STYLE_PLAIN,
                        plot_number(number, point->row[v], layout->value_width - 1));
    }
}

static void draw_point(const struct ui *ui, const struct model *model, struct area row,
                       const struct points_layout *layout, const struct point_row *point,
                       uint64_t id)
{
    bool is_here = id == ui->points.selected, is_gone = point->id == 0;
    char text[TEXT_DOUBLE_SIZE];

    if (is_here)
        area_put(row, 0, 0, '>', STYLE_STRONG);
    if (ui_is_marked(ui, id))
        area_put(row, 0, 1, '*', STYLE_STRONG);
    snprintf(text, sizeof text, "%llu", (unsigned long long)id);
    area_text_right(row, 0, X_ROUND - 1, STYLE_PLAIN, text);
    if (is_gone) {
        area_text(row, 0, X_STATE, STYLE_DIM, "(no such point)");
    } else {
        snprintf(text, sizeof text, "%u", point->round);
        area_text_right(row, 0, X_ORIGIN - 1, STYLE_PLAIN, text);
        area_put(row, 0, X_ORIGIN, (uint32_t)points_origin_letter(point->origin), STYLE_PLAIN);
        area_text(row, 0, X_STATE, points_state_style(point->state),
                  points_state_word(model, point->state));
        if (model->integral)
            area_text_right(row, 0, x_after_p(model) - 1, STYLE_PLAIN,
                            plot_number(text, (double)point->predicted, HEIGHT_WIDTH));
        else if (isfinite(point->predicted))
            area_printf(row, 0, X_P, STYLE_PLAIN, "%4.2f", (double)point->predicted);
        else
            area_text(row, 0, X_P + 3, STYLE_DIM, "-");
        if (points_has_chi2(model))
            area_text_right(
                row, 0, x_after_p(model) + CHI2_WIDTH - 1, STYLE_PLAIN,
                plot_number(text,
                            point->state == STATE_RUNNING || point->state == STATE_FAILED
                                ? (double)NAN
                                : point->verdict.chi2,
                            CHI2_WIDTH - 1));
        draw_values(ui, model, row, layout, point);
    }
    if (is_here)
        area_style(row, 0, 0, row.width, STYLE_SELECTED);
}

static const char *empty_words(const struct ui *ui, const struct model *model)
{
    const struct list_part *list = points_list(ui, model);

    if (model->counts.total == 0)
        return points_none_words(model);
    if (!points_is_direct(ui, model) && !list)
        return "reading the points ...";
    if (list && list->n == 0)
        return list->as_of.is_whole ? "No point meets this condition.  \\: another filter"
                                    : "None so far; reading on ...";
    return "";
}

void points_draw_list(const struct ui *ui, const struct model *model, struct area area,
                      const struct points_layout *layout)
{
    const struct points_ui *points = &ui->points;
    size_t i, row;

    draw_head(ui, model, area_rows(area, 0, 1), layout);
    if (points->n_page == 0)
        area_text(area, 2, 3, STYLE_DIM, empty_words(ui, model));
    for (i = 0; i < points->n_page; i++) {
        row = points->page_first + i;
        if (row >= points->rows.top && row < points->rows.top + (size_t)layout->list_height)
            draw_point(ui, model, area_rows(area, 1 + (int)(row - points->rows.top), 1), layout,
                       &points->page[i], points->page_ids[i]);
    }
}

/* ---- the line above ------------------------------------------------------------------------- */

static const char *sort_name(const struct ui *ui, const struct model *model)
{
    static const char *const names[] = {"id", "round", "state", "P", "chi2", "time"};
    size_t sort = ui->points.sort, n = model->scan->n_values;

    if (model->integral && sort == n + LIST_BY_P)
        return "height foreseen";
    if (model->integral && sort == n + LIST_BY_ROUND)
        return "batch";
    return sort < n ? model->scan->value_names[sort] : names[(sort - n) % 6];
}

static void count_words(const struct ui *ui, const struct model *model, char *out, size_t size)
{
    const struct list_part *list = points_list(ui, model);
    char n[32], of[32];

    if (points_is_direct(ui, model))
        snprintf(out, size, "%s points", text_count(n, sizeof n, model->counts.total));
    else if (!list)
        snprintf(out, size, "reading ...");
    else
        snprintf(out, size, list->as_of.is_whole ? "%s of %s" : "%s of the first %s",
                 text_count(n, sizeof n, list->n), text_count(of, sizeof of, list->n_of));
}

/* As many of the words as a line of this width has room for, at least one. */
static size_t words_that_fit(const char *text, int width)
{
    size_t n = 0, next;

    for (;; n = next) {
        char line[512];

        next = n + strspn(text + n, " ");
        next += strcspn(text + next, " ");
        snprintf(line, sizeof line, "%.*s", (int)next, text);
        if (n > 0 && text_columns(line) > width)
            return n;
        if (text[next] == '\0')
            return next;
    }
}

/* What is wrong with the filter, in full: behind it, or below it on rows that are the list's. */
static void draw_wrong(const struct ui *ui, struct area area, const char *words)
{
    int x = area_text(area, 0, 0, STYLE_WARNING, "filter: "), y;

    x = area_text(area, 0, x, STYLE_PLAIN, ui->points.filter);
    if (x + 2 + text_columns(words) <= area.width) {
        area_text(area, 0, x + 2, STYLE_WARNING, words);
        return;
    }
    for (y = 1; y < area.height && words[0] != '\0'; y++) {
        size_t n = y + 1 < area.height ? words_that_fit(words, area.width - 4) : strlen(words);
        char line[512];

        snprintf(line, sizeof line, "%.*s", (int)n, words);
        area_fill(area_rows(area, y, 1), ' ', STYLE_PLAIN);
        area_field(area, y, 2, area.width - 3, STYLE_WARNING, line);
        words += n + strspn(words + n, " ");
    }
}

void points_draw_filter(const struct ui *ui, const struct model *model, struct area area)
{
    const struct points_ui *points = &ui->points;
    const struct list_part *list = points_list(ui, model);
    static const char of_p[] = "   P: where calls run";
    char count[96], order[200];
    bool is_all = points->filter[strspn(points->filter, " ")] == '\0';
    int x, end;

    if (points->wrong[0] || (list && list->words[0])) { /* the rows are those of before */
        draw_wrong(ui, area, points->wrong[0] ? points->wrong : list->words);
        return;
    }
    count_words(ui, model, count, sizeof count);
    end = area_text_right(area, 0, area.width, STYLE_STRONG, count) - 2;
    if (points->sort == model->scan->n_values + LIST_BY_ID)
        snprintf(order, sizeof order, "%s first%s", points->is_descending ? "newest" : "oldest",
                 is_all && points->rows.n > 0 && model->phase == PHASE_RUN &&
                         points_is_following(ui, model)
                     ? ", following"
                     : "");
    else
        snprintf(order, sizeof order, "by %s, %s", sort_name(ui, model),
                 points->is_descending ? "highest first" : "lowest first");
    x = area_text(area, 0, 0, STYLE_DIM, is_all ? "all points" : "filter: ");
    if (!is_all) {
        end = area_text_right(area, 0, end, STYLE_DIM, order) - 2;
        area_field(area, 0, x, end - x, STYLE_PLAIN, points->filter);
    } else {
        x = area_printf(area, 0, x, STYLE_DIM, ", %s", order);
        if (model->counts.failed > 0 && !model->integral && x + (int)sizeof of_p < end)
            area_text(area, 0, x, STYLE_DIM, of_p);
    }
}
