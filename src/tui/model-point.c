/* model-point.c: single points, fetched when a screen shows them. */
#include "model-private.h"

#include <ctype.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

struct collecting {
    struct arena *arena;
    struct point_view *point;
    size_t cap_steps, cap_files;
    bool is_out; /* of memory */
};

/* A list that doubles within an arena. */
static void *grow(struct arena *arena, void *list, size_t n, size_t *cap, size_t size)
{
    size_t longer = *cap > 0 ? 2 * *cap : 8;
    void *fresh;

    if (n < *cap)
        return list;
    fresh = arena_array(arena, longer, size);
    if (fresh && n > 0)
        memcpy(fresh, list, n * size);
    if (fresh)
        *cap = longer;
    return fresh;
}

static int take_step(void *context, const struct store_step *step)
{
    struct collecting *to = context;
    struct store_step *steps =
        grow(to->arena, to->point->steps, to->point->n_steps, &to->cap_steps, sizeof *steps);
    const char *name = arena_strdup(to->arena, step->calculator);

    to->is_out = !steps || !name;
    if (to->is_out)
        return 1;
    to->point->steps = steps;
    steps[to->point->n_steps] = *step;
    steps[to->point->n_steps++].calculator = name;
    return 0;
}

static int take_file(void *context, const char *calculator, const char *name, const void *data,
                     size_t n, struct err *err)
{
    struct collecting *to = context;
    struct file_view *files =
        grow(to->arena, to->point->files, to->point->n_files, &to->cap_files, sizeof *files);
    struct file_view file = {.calculator = arena_strdup(to->arena, calculator),
                             .name = arena_strdup(to->arena, name),
                             .n = n};
    char *copy = arena_array(to->arena, n + 1, 1);

    if (!files || !file.calculator || !file.name || !copy)
        return mem_error(err);
    memcpy(copy, data, n);
    file.data = copy;
    to->point->files = files;
    files[to->point->n_files++] = file;
    return 0;
}

/* The latest "note POINT WORDS" of the journal. */
static const char *find_note(const struct model *model, uint64_t id)
{
    size_t i;

    for (i = model->n_journal; i-- > 0;) {
        const char *text = model->journal[i].text;
        char *end;

        if (strncmp(text, "note ", 5) != 0)
            continue;
        text += 5 + strspn(text + 5, " ");
        if (isdigit((unsigned char)*text) && strtoull(text, &end, 10) == id &&
            isspace((unsigned char)*end))
            return end + strspn(end, " \t");
    }
    return NULL;
}

static int judge_terms(struct model *model, struct arena *arena, struct point_view *point,
                       struct err *err)
{
    size_t i;

    if (point->row.state == STATE_RUNNING || point->row.state == STATE_FAILED || !model->judge)
        return 0;
    point->terms = arena_array(arena, model->n_terms, sizeof *point->terms);
    if (!point->terms)
        return mem_error(err);
    for (i = 0; i < model->n_terms; i++)
        judge_detail(model->judge, point->row.row, i, &point->terms[i]);
    return 0;
}

int model_point(struct model *model, uint64_t id, struct arena *arena, struct point_view *point,
                bool *found, struct err *err)
{
    struct collecting collecting = {.arena = arena, .point = point};
    double *row = arena_array(arena, model->scan->n_values, sizeof *row);

    *found = false;
    *point = (struct point_view){.row.row = row, .worker = -1, .ended = NAN};
    if (!row)
        return mem_error(err);
    if (store_points(model->store, &id, 1, &point->row, err) != 0)
        return -1;
    *found = point->row.id != 0;
    if (!*found)
        return 0;
    if (store_failure(model->store, id, &point->failure, &point->has_failed, err) != 0 ||
        store_each_step(model->store, id, take_step, &collecting, err) != 0 ||
        store_each_file(model->store, id, take_file, &collecting, err) != 0 ||
        store_point_end(model->store, id, &point->worker, &point->ended, err) != 0)
        return -1;
    if (collecting.is_out)
        return mem_error(err);
    point->note = find_note(model, id);
    return judge_terms(model, arena, point, err);
}

int model_points(struct model *model, const uint64_t *ids, size_t n, struct arena *arena,
                 struct point_row *points, struct err *err)
{
    size_t i, n_values = model->scan->n_values;
    double *rows = arena_array(arena, n * n_values, sizeof *rows);

    if (!rows)
        return mem_error(err);
    for (i = 0; i < n; i++)
        points[i].row = rows + i * n_values;
    return store_points(model->store, ids, n, points, err);
}
