/* points-draw.c: the screen of the points: the line of the filter, the list, the point under the
 * cursor below it, or that point alone; lists and sheets are drawn by points-list.c and
 * points-detail.c. */
#include "points.h"

#include <stdio.h>

static void detail_rule(const struct ui *ui, const struct model *model, struct area area, int y)
{
    const struct points_ui *points = &ui->points;
    char title[160], right[160];
    size_t n = 0;

    if (!points->has_detail) {
        area_rule(area, y, "Point -", NULL);
        return;
    }
    snprintf(title, sizeof title, "Point %llu, %s", (unsigned long long)points->detail.row.id,
             points_state_word(model, points->detail.row.state));
    n = (size_t)snprintf(right, sizeof right, "%s, %s %u", origin_name(points->detail.row.origin),
                         model->integral ? "batch" : "round", points->detail.row.round);
    if (ui->n_marks > 0)
        snprintf(right + n, sizeof right - n, ", %zu marked", ui->n_marks);
    area_rule(area, y, title, right);
}

static void draw_open(const struct ui *ui, const struct model *model, struct area area)
{
    const struct points_ui *points = &ui->points;
    struct area below = area_rows(area, 1, area.height - 1);
    char title[300], right[80];

    if (points->file > 0 && points->has_detail && points->file <= points->detail.n_files) {
        const struct file_view *file = &points->detail.files[points->file - 1];

        snprintf(title, sizeof title, "Point %llu: %s, %s", (unsigned long long)points->selected,
                 file->calculator, file->name);
        snprintf(right, sizeof right, "line %d of %d, file %zu of %zu", points->file_top + 1,
                 points->detail_lines, points->file, points->detail.n_files);
        area_rule(area, 0, title, right);
        points_file(ui, below, points->file_top);
        return;
    }
    detail_rule(ui, model, area, 0);
    points_detail(ui, model, below, points->detail_top, true);
    if (points->detail_top + below.height < points->detail_lines)
        area_text_right(area, area.height - 1, area.width, STYLE_DIM, " more: j");
}

void points_draw(const struct ui *ui, const struct model *model, struct area area)
{
    struct points_layout layout = points_layout(model, area.height, area.width);
    struct area detail;
    int width = area.width - (layout.side_width > 0 ? layout.side_width : 0);

    if (ui->points.is_open) {
        draw_open(ui, model, area);
        return;
    }
    points_draw_list(ui, model, area_rows(area, 1, layout.list_height + 1), &layout);
    points_draw_filter(ui, model, area_rows(area, 0, layout.list_height < 4 ? 2 : 4));
    detail = area_rows(area, layout.detail_top, layout.detail_height);
    detail_rule(ui, model, area_columns(detail, 0, width), 0);
    points_detail(ui, model,
                  area_columns(area_rows(detail, 1, detail.height - (width == area.width ? 2 : 1)),
                               0, width - 1),
                  0, false);
    if (layout.side_width > 0) {
        area_bar_line(area_columns(detail, width, 1), 0);
        points_draw_words(ui, area_columns(detail, width + 2, layout.side_width - 2));
    } else {
        area_text_right(detail, detail.height - 1, detail.width, STYLE_DIM,
                        model->integral
                            ? "o: s uniform  c search for peaks  l where the model says"
                            : "o: s start e explore l learned c local t list i injected p pinned");
    }
}
