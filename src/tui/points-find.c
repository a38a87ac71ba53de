/* points-find.c: which points: the filter, and the next one that is looked for.
 *
 * The language is that of export --where.  While a filter is typed the list follows it as soon as
 * it can be read; what cannot be read leaves the list as it was and says why.
 *
 * "/": a whole number is a point's id first; a number is then any value that it could be the
 * rounded form of; anything else is a condition.  Rows are fetched in pages from the cursor on, and
 * only so many at a key: the filter looks at all of them. */
#include "points.h"

#include "theodolite/report.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { FIND_MOST = 8192 /* rows looked at by one key */ };

/* ---- filter --------------------------------------------------------------------------------- */

static bool is_blank(const char *text)
{
    return text[strspn(text, " \t")] == '\0';
}

static bool can_be_read(const struct model *model, const char *text, size_t *column,
                        struct err *err)
{
    struct choice *choice;

    if (is_blank(text))
        return true;
    choice = choice_create(model->scan, text, column, err);
    choice_free(choice);
    return choice != NULL;
}

const char *points_filter(const struct ui *ui, const struct model *model)
{
    const struct points_ui *points = &ui->points;
    struct err err = ERR_INIT;
    size_t column = 0;

    if (is_blank(points->filter))
        return "";
    if (strcmp(points->filter, points->checked) == 0)
        return points->filter;
    if (strcmp(points->filter, points->unread) == 0)
        return points->checked;
    return can_be_read(model, points->filter, &column, &err) ? points->filter : points->checked;
}

void points_check_filter(struct ui *ui, const struct model *model)
{
    struct points_ui *points = &ui->points;
    struct err err = ERR_INIT;
    size_t column = 0;

    if (strcmp(points->filter, points->unread) == 0 && points->wrong[0])
        return;
    points->wrong[0] = points->unread[0] = '\0';
    if (strcmp(points->filter, points->checked) == 0)
        return;
    if (can_be_read(model, points->filter, &column, &err)) {
        snprintf(points->checked, sizeof points->checked, "%s", points->filter);
        return;
    }
    snprintf(points->unread, sizeof points->unread, "%s", points->filter);
    snprintf(points->wrong, sizeof points->wrong, "%.255s", err.message);
    points->wrong_at = column;
}

/* ---- find ----------------------------------------------------------------------------------- */

struct looked_for {
    struct choice *choice; /* NULL: a number */
    double number, room;   /* half of its last digit */
};

/* Half a unit of the last digit that was typed. */
static double room_of(const char *text, double number)
{
    const char *dot = strchr(text, '.'), *exponent = strpbrk(text, "eE");
    size_t n_after = dot ? strspn(dot + 1, "0123456789") : 0;

    return 0.5 * pow(10, (exponent ? strtod(exponent + 1, NULL) : 0) - (double)n_after) +
           1e-12 * fabs(number);
}

static bool fits(const struct looked_for *what, const struct model *model,
                 const struct point_row *point)
{
    size_t v;

    if (point->id == 0)
        return false;
    if (what->choice)
        return choice_takes(what->choice, point);
    for (v = 0; v < model->scan->n_values; v++)
        if (fabs(point->row[v] - what->number) <= what->room)
            return true;
    return false;
}

static void go_to_row(struct ui *ui, const struct model *model, size_t row)
{
    ui->points.rows.at = row;
    ui->points.selected = points_id_at(ui, model, row);
    ui->points.has_chosen = true;
    list_keep(&ui->points.rows, ui->points.rows.n, ui->points.rows.height);
}

/* A page of rows away from the cursor; true when one of them fits: the cursor goes there. */
static int look_at_page(struct ui *ui, struct model *model, const struct looked_for *what,
                        size_t from, bool is_forward, size_t n, bool *found, struct err *err)
{
    struct arena *arena = arena_create();
    struct point_row *rows = arena ? arena_array(arena, n, sizeof *rows) : NULL;
    uint64_t ids[POINTS_PAGE];
    size_t i;
    int rc = -1;

    *found = false;
    if (!rows) {
        mem_error(err);
        goto out;
    }
    for (i = 0; i < n; i++)
        ids[i] = points_id_at(ui, model, is_forward ? from + i : from - i);
    TRY(model_points(model, ids, n, arena, rows, err));
    for (i = 0; i < n && !*found; i++)
        if (fits(what, model, &rows[i])) {
            go_to_row(ui, model, is_forward ? from + i : from - i);
            *found = true;
        }
    rc = 0;
out:
    arena_free(arena);
    return rc;
}

static void look(struct ui *ui, struct model *model, const struct looked_for *what, bool is_forward)
{
    struct list_cursor *rows = &ui->points.rows;
    struct err err = ERR_INIT;
    size_t left = is_forward ? rows->n - rows->at - (rows->n > 0) : rows->at, done = 0;
    bool found = false;

    while (done < left && done < FIND_MOST && !found) {
        size_t n = left - done < POINTS_PAGE ? left - done : POINTS_PAGE;
        size_t from = is_forward ? rows->at + 1 + done : rows->at - 1 - done;

        if (look_at_page(ui, model, what, from, is_forward, n, &found, &err) != 0) {
            ui_warn(ui, "%s", err.message);
            return;
        }
        done += n;
    }
    if (found)
        return;
    if (done < left)
        ui_say(ui, "\"%s\" is not in the next %zu rows; \\ filters all of them.", ui->find, done);
    else
        ui_say(ui, "\"%s\" is in no row %s this one.", ui->find, is_forward ? "below" : "above");
}

/* true: it was a point's id and the cursor is there. */
static bool go_to_id(struct ui *ui, const struct model *model, const char *text)
{
    int64_t id;
    size_t row;

    if (text_to_int64(text, &id) != 0 || id <= 0)
        return false;
    row = points_row_of(ui, model, (uint64_t)id);
    if (row == SIZE_MAX || row == ui->points.rows.at)
        return false;
    go_to_row(ui, model, row);
    return true;
}

void points_find(struct ui *ui, struct model *model, bool is_forward)
{
    struct looked_for what = {.choice = NULL};
    struct err err = ERR_INIT;
    size_t column = 0;

    if (is_blank(ui->find)) {
        ui_say(ui, "Nothing was looked for yet: / finds an id, a value or a condition.");
        return;
    }
    if (go_to_id(ui, model, ui->find))
        return;
    if (text_to_double(ui->find, &what.number) == 0) {
        what.room = room_of(ui->find, what.number);
    } else {
        what.choice = choice_create(model->scan, ui->find, &column, &err);
        if (!what.choice) {
            ui_warn(ui, "\"%s\" cannot be looked for: %s", ui->find, err.message);
            return;
        }
    }
    look(ui, model, &what, is_forward);
    choice_free(what.choice);
}
