/* points.c: the screen of the points: a list above, the point under the cursor below.
 *
 * Only the page on the screen is fetched, by the ids of its rows: a key costs the same with a
 * million points.  Without a filter and in the order of ids the rows are the ids themselves; else
 * the gatherer makes the list of them.  The cursor stays on its point when rows come or go. */
#include "points.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

static const struct key_help keys[] = {
    {"\\", "filter", "show only the points that meet a condition", 0},
    {"/", "find", "go to an id, a value, or a condition; n N: next, previous", 0},
    {"< >", "column", "sort by the column before or behind", '<'},
    {"r", "reverse", "the other direction", 'r'},
    {"Space", "mark", "mark or unmark the point; U: none", ' '},
    {"Enter", "open", "everything of this point", TK_ENTER},
    {"R", "retry", "run this failed point (or the marked ones) again", 'R'},
    {"i", "inject", "run a point near this one", 'i'},
    {"m", "map", "show it on the map", 'm'},
    {"E", "export", "write the marked points (or those of the filter) to a file", 'E'},
    {"o", "its log", "kept files and words of its calculators", 'o'},
    {"h l", "scroll", "columns to the left or right", 0},
    {NULL, NULL, NULL, 0}};

/* ---- rows and ids --------------------------------------------------------------------------- */

bool points_is_direct(const struct ui *ui, const struct model *model)
{
    return ui->points.sort == model->scan->n_values + LIST_BY_ID &&
           points_filter(ui, model)[0] == '\0';
}

const struct list_part *points_list(const struct ui *ui, const struct model *model)
{
    const struct list_part *list = model->parts.list;

    return list && list->want.sort == ui->points.sort &&
                   list->want.is_descending == ui->points.is_descending &&
                   strcmp(list->want.filter, points_filter(ui, model)) == 0
               ? list
               : NULL;
}

uint64_t points_id_at(const struct ui *ui, const struct model *model, size_t row)
{
    const struct list_part *list;

    if (row >= ui->points.rows.n)
        return 0;
    if (points_is_direct(ui, model))
        return ui->points.is_descending ? ui->points.rows.n - row : row + 1;
    list = points_list(ui, model);
    return list && row < list->n ? list->ids[row] : 0;
}

size_t points_row_of(const struct ui *ui, const struct model *model, uint64_t id)
{
    const struct list_part *list;
    size_t i, n = ui->points.rows.n;

    if (points_id_at(ui, model, ui->points.rows.at) == id)
        return ui->points.rows.at;
    if (points_is_direct(ui, model))
        return id < 1 || id > n           ? SIZE_MAX
               : ui->points.is_descending ? n - (size_t)id
                                          : (size_t)id - 1;
    list = points_list(ui, model);
    for (i = 0; list && i < list->n && i < n; i++)
        if (list->ids[i] == id)
            return i;
    return SIZE_MAX;
}

const struct point_row *points_selected(const struct ui *ui)
{
    const struct points_ui *points = &ui->points;
    size_t i;

    for (i = 0; i < points->n_page; i++)
        if (points->page_ids[i] == points->selected && points->page[i].id != 0)
            return &points->page[i];
    return points->has_detail && points->detail.row.id == points->selected ? &points->detail.row
                                                                           : NULL;
}

/* ---- what is wanted and fetched ------------------------------------------------------------- */

/* Newest first, until another order is chosen. */
static void enter(struct ui *ui, struct model *model)
{
    if (ui->points.is_set)
        return;
    ui->points.sort = model->scan->n_values + LIST_BY_ID;
    ui->points.is_descending = true;
    ui->points.is_set = true;
}

static void want(const struct ui *ui, const struct model *model, struct wants *wants)
{
    struct list_want *list = &wants->list;

    snprintf(list->filter, sizeof list->filter, "%s", points_filter(ui, model));
    list->sort = ui->points.sort;
    list->is_descending = ui->points.is_descending;
    list->is_wanted = !points_is_direct(ui, model);
}

/* How many rows there are; false: not known now, what is shown stays. */
static bool count_rows(struct ui *ui, struct model *model, size_t *n, struct err *err)
{
    const struct list_part *list;
    uint64_t last;

    if (points_is_direct(ui, model)) {
        if (ui->is_frozen && ui->points.page) {
            *n = ui->points.rows.n;
            return true;
        }
        if (store_last_id(model->store, &last, err) != 0)
            return false;
        *n = (size_t)last;
        return true;
    }
    list = points_list(ui, model);
    *n = list ? list->n : 0;
    return list != NULL;
}

bool points_is_following(const struct ui *ui, const struct model *model)
{
    const struct points_ui *points = &ui->points;

    return !points->has_chosen && !points->is_open && points->is_descending &&
           points->sort == model->scan->n_values + LIST_BY_ID;
}

/* The cursor goes where its point is now; to the nearest row where it is not in the list. */
static void keep_cursor(struct ui *ui, const struct model *model, size_t n, int height)
{
    struct points_ui *points = &ui->points;
    size_t row;

    points->rows.n = n;
    if (points_is_following(ui, model)) {
        points->rows.at = points->rows.top = 0;
        points->selected = 0;
    }
    row = points->selected > 0 ? points_row_of(ui, model, points->selected) : SIZE_MAX;
    if (row != SIZE_MAX) { /* the row stays where it is on the screen */
        size_t offset = points->rows.at - points->rows.top;

        if (row != points->rows.at)
            points->rows.top = row > offset ? row - offset : 0;
        points->rows.at = row;
    }
    list_keep(&points->rows, n, height);
    if (row == SIZE_MAX && points->rows.at == 0)
        points->has_chosen = false;
    points->selected = points_id_at(ui, model, points->rows.at);
}

static bool is_page_there(const struct points_ui *points, const struct model *model,
                          const uint64_t *ids, size_t n)
{
    return points->page && points->page_version == model->version && points->n_page == n &&
           points->page_first == points->rows.top &&
           memcmp(points->page_ids, ids, n * sizeof *ids) == 0 &&
           points->has_detail == (points->selected != 0) &&
           (!points->has_detail || points->detail.row.id == points->selected);
}

static int fetch(struct ui *ui, struct model *model, const uint64_t *ids, size_t n, struct err *err)
{
    struct points_ui *points = &ui->points;
    struct arena *arena = arena_create();
    struct point_row *page = arena ? arena_array(arena, n, sizeof *page) : NULL;
    struct point_view detail = {.worker = -1};
    bool has_detail = false;
    int rc = -1;

    if (!page) {
        mem_error(err);
        goto out;
    }
    TRY(model_points(model, ids, n, arena, page, err));
    if (points->selected > 0)
        TRY(model_point(model, points->selected, arena, &detail, &has_detail, err));
    arena_free(points->arena);
    points->arena = arena;
    arena = NULL;
    points->page = page;
    points->n_page = n;
    points->page_first = points->rows.top;
    memcpy(points->page_ids, ids, n * sizeof *ids);
    points->page_version = model->version;
    points->page_values = model->scan->n_values;
    points->page_terms = model->n_terms;
    points->has_detail = has_detail;
    if (has_detail)
        points->detail = detail;
    rc = 0;
out:
    arena_free(arena);
    return rc;
}

/* Rows and terms of before another cut, or another scan file, fit to nothing that is drawn now. */
static void drop_page_of_before(struct points_ui *points, const struct model *model)
{
    if (points->page_values == model->scan->n_values && points->page_terms == model->n_terms)
        return;
    points->n_page = 0;
    points->has_detail = false;
}

static void count_lines(struct ui *ui, const struct model *model, int height, int width)
{
    struct points_ui *points = &ui->points;
    struct area nowhere = {.height = height, .width = width};
    int most;

    points->detail_height = height - 1;
    points->detail_lines =
        points->file > 0 ? points_file(ui, nowhere, 0) : points_detail(ui, model, nowhere, 0, true);
    most = points->detail_lines - points->detail_height;
    most = most > 0 ? most : 0;
    if (points->detail_top > most)
        points->detail_top = most;
    if (points->file_top > most)
        points->file_top = most;
}

static int update(struct ui *ui, struct model *model, int height, int width, struct err *err)
{
    struct points_ui *points = &ui->points;
    struct points_layout layout = points_layout(model, height, width);
    uint64_t ids[POINTS_PAGE] = {0};
    size_t i, n = 0;
    int rc = 0;

    enter(ui, model);
    points_check_filter(ui, model);
    points->n_columns = layout.n_columns;
    err_clear(err);
    if (model->store && count_rows(ui, model, &n, err)) {
        keep_cursor(ui, model, n, layout.list_height);
        n = points->rows.n - points->rows.top;
        n = n < (size_t)layout.list_height ? n : (size_t)layout.list_height;
        n = n < POINTS_PAGE ? n : POINTS_PAGE;
        for (i = 0; i < n; i++)
            ids[i] = points_id_at(ui, model, points->rows.top + i);
        if (!is_page_there(points, model, ids, n))
            rc = fetch(ui, model, ids, n, err);
    } else if (err->code != ERR_NONE) {
        rc = -1;
    }
    if (model->store)
        drop_page_of_before(points, model);
    count_lines(ui, model, height, width);
    return rc;
}

/* ---- commands ------------------------------------------------------------------------------- */

static bool is_failed(const struct ui *ui)
{
    const struct point_row *point = points_selected(ui);

    return point && point->state == STATE_FAILED;
}

/* The marked ones in as many commands as they need, else the one under the cursor. */
static void retry(struct ui *ui, struct model *model)
{
    char text[UI_TEXT];
    size_t i, n = 0;

    if (ui->n_marks == 0) {
        snprintf(text, sizeof text, "retry %llu", (unsigned long long)ui->points.selected);
        ui_command(ui, model, text);
        return;
    }
    for (i = 0; i < ui->n_marks; i++) {
        if (n == 0)
            n = (size_t)snprintf(text, sizeof text, "retry");
        n += (size_t)snprintf(text + n, sizeof text - n, " %llu", (unsigned long long)ui->marks[i]);
        if (n > sizeof text - 24 || i + 1 == ui->n_marks) {
            ui_command(ui, model, text);
            n = 0;
        }
    }
}

static void inject_nearby(struct ui *ui, struct model *model)
{
    const struct point_row *point = points_selected(ui);
    const struct scan *scan = model->scan;
    char text[UI_TEXT] = "inject";
    size_t v, n = strlen(text);

    for (v = 0; point && v < scan->n_params && n < sizeof text; v++)
        if (scan->params[v].kind != PRIOR_FIXED && scan->params[v].kind != PRIOR_DERIVED)
            n += (size_t)snprintf(text + n, sizeof text - n, " %s=%.8g", scan->value_names[v],
                                  point->row[v]);
    if (!point)
        ui_say(ui, "The point is not read yet.");
    else if (n >= sizeof text)
        ui_warn(ui, "This scan has more parameters than fit into a line: use :inject FILE.");
    else
        ui_open_console(ui, model, text);
}

static void export_some(struct ui *ui, struct model *model)
{
    char text[UI_TEXT];
    const char *filter = points_filter(ui, model);
    int n;

    if (ui->n_marks > 0)
        n = snprintf(text, sizeof text, "export marked.csv marked");
    else if (filter[0])
        n = snprintf(text, sizeof text, "export points.csv where %s", filter);
    else
        n = snprintf(text, sizeof text, "export points.csv");
    if (n >= (int)sizeof text)
        ui_warn(ui, "The filter is too long for a command line.");
    else
        ui_open_console(ui, model, text);
}

static void show_on_map(struct ui *ui, struct model *model)
{
    const struct point_row *point = points_selected(ui);
    double x, y;

    ui_go(ui, model, SCREEN_MAP);
    if (!point || !ui->map.is_set)
        return;
    x = point->row[ui->map.x];
    y = point->row[ui->map.y];
    if (!isfinite(x) || !isfinite(y)) {
        ui_say(ui, "Point %llu has no %s: it has no place on this map.",
               (unsigned long long)point->id,
               model->scan->value_names[isfinite(x) ? ui->map.y : ui->map.x]);
        return;
    }
    if (ui->map.is_zoomed &&
        (x < ui->map.x_lo || x > ui->map.x_hi || y < ui->map.y_lo || y > ui->map.y_hi))
        ui->map.is_zoomed = false;
    ui->map.cursor_x = x;
    ui->map.cursor_y = y;
    ui_say(ui, "The cursor is at point %llu.", (unsigned long long)point->id);
}

/* The first kept file, the next one, then none. */
static void open_file(struct ui *ui)
{
    struct points_ui *points = &ui->points;

    if (!points->has_detail)
        return;
    points->file_top = points->detail_top = 0;
    points->has_chosen = true;
    if (points->file < points->detail.n_files) {
        points->file++;
        points->is_open = true;
        return;
    }
    if (points->detail.n_files == 0) {
        points->is_open = true;
        ui_say(ui, "No file of point %llu is kept; what is known of it is here.",
               (unsigned long long)points->selected);
    }
    points->file = 0;
}

/* ---- keys ----------------------------------------------------------------------------------- */

static void set_sort(struct ui *ui, const struct model *model, int step)
{
    size_t n = points_n_columns(model), c = 0, fixed = n - model->scan->n_values;

    while (c + 1 < n && points_column_sort(model, c) != ui->points.sort)
        c++;
    c = step > 0 ? (c + 1) % n : (c + n - 1) % n;
    ui->points.sort = points_column_sort(model, c);
    if (c >= fixed) { /* keep the column in sight */
        size_t v = c - fixed, shown = ui->points.n_columns > 1 ? (size_t)ui->points.n_columns : 1;

        if (v < ui->points.first_column)
            ui->points.first_column = v;
        else if (v >= ui->points.first_column + shown)
            ui->points.first_column = v - shown + 1;
    }
}

static void scroll_columns(struct ui *ui, const struct model *model, int step)
{
    struct points_ui *points = &ui->points;
    size_t shown = points->n_columns > 0 ? (size_t)points->n_columns : 0;

    if (step < 0 && points->first_column > 0)
        points->first_column--;
    else if (step > 0 && points->first_column + shown < model->scan->n_values)
        points->first_column++;
    else
        ui_say(ui, step < 0 ? "This is the first value." : "This is the last value.");
}

/* The point under the cursor; one at the top of the list is not chosen, but the newest. */
static void choose(struct ui *ui, const struct model *model, bool is_chosen)
{
    ui->points.selected = points_id_at(ui, model, ui->points.rows.at);
    ui->points.has_chosen = is_chosen;
}

static void move_to_point(struct ui *ui, const struct model *model, int key)
{
    if (list_move(&ui->points.rows, key))
        choose(ui, model, ui->points.rows.at > 0);
}

static bool scroll(int *top, int key, int lines, int height)
{
    struct list_cursor list = {.n = lines > height ? (size_t)(lines - height) + 1 : 1,
                               .at = (size_t)*top,
                               .height = height};

    if (!list_move(&list, key))
        return false;
    *top = (int)list.at;
    return true;
}

static bool open_key(struct ui *ui, struct model *model, int key)
{
    struct points_ui *points = &ui->points;
    int *top = points->file > 0 ? &points->file_top : &points->detail_top;

    if (key == 'q' || key == TK_ESCAPE || key == TK_ENTER) {
        if (points->file > 0)
            points->file = 0;
        else
            points->is_open = false;
        return true;
    }
    if (key == 'h' || key == TK_LEFT || key == 'l' || key == TK_RIGHT) {
        points->file = 0;
        points->detail_top = points->file_top = 0;
        move_to_point(ui, model, key == 'h' || key == TK_LEFT ? 'k' : 'j');
        return true;
    }
    return scroll(top, key, points->detail_lines, points->detail_height);
}

static bool list_key(struct ui *ui, struct model *model, int key)
{
    struct points_ui *points = &ui->points;

    switch (key) {
    case '<': set_sort(ui, model, -1); break;
    case '>': set_sort(ui, model, 1); break;
    case 'r': points->is_descending = !points->is_descending; break;
    case 'h':
    case TK_LEFT: scroll_columns(ui, model, -1); break;
    case 'l':
    case TK_RIGHT: scroll_columns(ui, model, 1); break;
    case TK_ENTER:
        points->is_open = points->has_chosen = true;
        points->file = 0;
        points->detail_top = 0;
        break;
    case TK_ESCAPE:
        if (points->filter[0] == '\0' || ui->message[0] != '\0')
            return false;
        points->filter[0] = '\0';
        break;
    default:
        if (!list_move(&points->rows, key))
            return false;
        choose(ui, model, points->rows.at > 0);
        break;
    }
    return true;
}

static bool key_pressed(struct ui *ui, struct model *model, int key)
{
    struct points_ui *points = &ui->points;

    if (points->is_open ? open_key(ui, model, key) : list_key(ui, model, key))
        return true;
    switch (key) {
    case ' ':
        ui_mark(ui, points->selected, !ui_is_marked(ui, points->selected));
        if (!points->is_open)
            move_to_point(ui, model, 'j');
        break;
    case 'n': points_find(ui, model, true); break;
    case 'N': points_find(ui, model, false); break;
    case 'R': retry(ui, model); break;
    case 'i': inject_nearby(ui, model); break;
    case 'E': export_some(ui, model); break;
    case 'm': show_on_map(ui, model); break;
    case 'o': open_file(ui); break;
    default: return false;
    }
    return true;
}

static const char *why_not(const struct ui *ui, const struct model *model, int key)
{
    const struct points_ui *points = &ui->points;

    if (key == 'R' || key == 'i') {
        if (model->integral)
            return UI_NO_STEERING;
        if (!ui->can_command)
            return "The store is only read here: nothing can be run.";
        if (key == 'R' && ui->n_marks == 0 && !is_failed(ui))
            return "Only a failed point is run again; \\ failed lists them, Space marks.";
    }
    if (points->is_open && (key == '<' || key == '>' || key == 'r'))
        return "The list is behind this point: q goes back to it.";
    if (key == 'm' && model->scan->n_values < 2)
        return "A map needs two values, and this scan has one only.";
    if (points->selected == 0 && (key == ' ' || key == 'R' || key == 'i' || key == 'm' ||
                                  key == 'o' || (key == TK_ENTER && !points->is_open)))
        return "There is no point under the cursor.";
    return NULL;
}

/* A line is chosen; a title is what the list is sorted by, the same again turns it round. */
static enum click click(struct ui *ui, struct model *model, int y, int x)
{
    struct points_ui *points = &ui->points;
    struct points_layout layout = points_layout(model, ui->height - 3, ui->width);
    size_t sort = points_sort_at(ui, model, &layout, x);
    enum click what;

    if (points->is_open)
        return CLICK_NOTHING;
    if (y == layout.list_top - 1 && sort != SIZE_MAX) {
        points->is_descending = points->sort == sort && !points->is_descending;
        points->sort = sort;
        return CLICK_TAKEN;
    }
    what = list_click(&points->rows, y - layout.list_top);
    if (what == CLICK_TAKEN)
        choose(ui, model, true);
    return what;
}

static const struct key_help *keys_now(const struct ui *ui)
{
    static const struct key_help of_point[] = {
        {"Esc", "list", "", 0},   {"h l", "point before, behind", "", 0},
        {"j k", "scroll", "", 0}, {"o", "its log", "", 0},
        {"m", "map", "", 'm'},    {"R", "retry", "", 'R'},
        {"i", "inject", "", 'i'}, {"Space", "mark", "", ' '},
        {NULL, NULL, NULL, 0}};

    return ui->points.is_open ? of_point : NULL;
}

const struct screen points_screen = {.name = "points",
                                     .title = "Points",
                                     .keys = keys,
                                     .keys_now = keys_now,
                                     .enter = enter,
                                     .key = key_pressed,
                                     .click = click,
                                     .want = want,
                                     .update = update,
                                     .draw = points_draw,
                                     .why_not = why_not};
