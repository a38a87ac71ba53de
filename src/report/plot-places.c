/* plot-places.c: the axis of a parameter that is one of a few values (choice).
 *
 * Along its values there would be slivers with gaps between them, and tics at numbers that are no
 * choice.  So each value has a place of the same width, in ascending order, and its number stands
 * at the middle of it; where there is no room for all numbers, at every second, third ... place.
 * Values that are no choice, of points that were given or are of the file as it was, have places
 * too. */
#include "plot-private.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

enum { MOST_PLACES = 32 };

struct places {
    const struct picture *picture;
    const struct picture_axis *axis;
    double values[MOST_PLACES];
    size_t n; /* above MOST_PLACES: too many */
};

/* In ascending order. */
static void add(struct places *places, double value)
{
    size_t i, k;

    for (i = 0; i < places->n && places->values[i] < value - 1e-12 * fabs(value); i++)
        ;
    if (i < places->n && fabs(places->values[i] - value) <= 1e-12 * fabs(value))
        return;
    if (places->n++ >= MOST_PLACES)
        return;
    for (k = places->n - 1; k > i; k--)
        places->values[k] = places->values[k - 1];
    places->values[i] = value;
}

static int see_place(void *context, const struct point_row *point, struct err *err)
{
    struct places *places = context;
    double value = picture_axis_of(places->axis, places->picture, point);

    (void)err;
    if (isfinite(value) && places->n <= MOST_PLACES)
        add(places, value);
    return 0;
}

int picture_axis_by_place(struct picture *picture, int state, struct picture_axis *axis,
                          struct err *err)
{
    struct places places = {.picture = picture, .axis = axis};
    struct picture_reader reader = {.state = state, .see = see_place, .context = &places};
    const struct scan_param *param;
    double *values;
    size_t i;

    if (axis->value >= picture->scan->n_params || axis->is_log)
        return 0;
    param = &picture->scan->params[axis->value];
    if (param->kind != PRIOR_CHOICE || param->n_choices > MOST_PLACES)
        return 0;
    for (i = 0; i < param->n_choices; i++)
        add(&places, param->choices[i]);
    reader.wanted = picture_wants(picture, 1, axis);
    values = arena_array(picture->arena, MOST_PLACES, sizeof *values);
    if (!reader.wanted || !values)
        return mem_error(err);
    if (picture_read(picture, &reader, err) != 0)
        return -1;
    if (places.n > MOST_PLACES)
        return 0;
    memcpy(values, places.values, sizeof places.values);
    axis->places = values;
    axis->n_places = places.n;
    return 0;
}

double picture_axis_place(const struct picture_axis *axis, double value)
{
    size_t i;

    for (i = 0; i < axis->n_places; i++)
        if (fabs(axis->places[i] - value) <= 1e-12 * fabs(value))
            return (double)i;
    return axis->places ? (double)NAN : value;
}

int picture_axis_note(struct picture *picture, const struct picture_axis *axis, struct err *err)
{
    size_t i;

    if (buf_printf(&picture->data, err, "# of %s", axis->name) != 0)
        return -1;
    for (i = 0; i < axis->n_places; i++)
        if (buf_printf(&picture->data, err, "%s %zu: %.10g", i > 0 ? "," : ", by place;", i,
                       axis->places[i]) != 0)
            return -1;
    return buf_puts(&picture->data, "\n", err);
}

/* Every how many-th place has its number; 0: there is no room for two. */
static size_t step_of(const struct picture_axis *axis, const struct picture_room *room)
{
    size_t step, i, n, most = 2 * room->most;
    char label[TEXT_DOUBLE_SIZE];

    for (step = 1; step == 1 || step < axis->n_places; step++) {
        double widest = 0;

        for (i = n = 0; i < axis->n_places; i += step, n++)
            widest = fmax(widest, snprintf(label, sizeof label, "%.6g", axis->places[i]));
        /* each as wide as the widest, for all have places of the same width */
        if (n <= most &&
            (room->characters <= 0 ||
             (double)axis->n_places / (double)step * (widest + 1) <= room->characters + 1))
            return step;
    }
    return 0;
}

bool picture_places_fit(const struct picture_axis *axis, const struct picture_room *room)
{
    return step_of(axis, room) > 0;
}

int picture_places_tics(const struct picture_axis *axis, const struct picture_room *room,
                        struct buf *out, struct err *err)
{
    size_t step = step_of(axis, room), i;

    if (step == 0)
        step = (axis->n_places + 2 * room->most - 1) / (2 * room->most);
    for (i = 0; i < axis->n_places; i++) {
        const char *comma = i > 0 ? ", " : "";
        int rc = i % step == 0 ? buf_printf(out, err, "%s\"%.6g\" %zu", comma, axis->places[i], i)
                               : buf_printf(out, err, "%s\"\" %zu 1", comma, i);

        if (rc != 0)
            return -1;
    }
    return 0;
}
