/* gather-parts.c: are two wants the same, and giving parts back.
 *
 * Wants are compared field by field: what lies between the fields is nobody's. */
#include "gather-private.h"

#include <string.h>

/* ---- wants ---------------------------------------------------------------------------------- */

bool map_want_is(const struct map_want *a, const struct map_want *b)
{
    size_t i;

    if (a->is_wanted != b->is_wanted || a->x != b->x || a->y != b->y ||
        a->x_is_log != b->x_is_log || a->y_is_log != b->y_is_log || a->x_lo != b->x_lo ||
        a->x_hi != b->x_hi || a->y_lo != b->y_lo || a->y_hi != b->y_hi || a->width != b->width ||
        a->height != b->height || a->wants_heat != b->wants_heat || a->n_slices != b->n_slices ||
        a->has_box != b->has_box)
        return false;
    for (i = 0; i < a->n_slices && i < MAP_SLICES; i++)
        if (a->slices[i].value != b->slices[i].value || a->slices[i].lo != b->slices[i].lo ||
            a->slices[i].hi != b->slices[i].hi)
            return false;
    for (i = 0; i < 4 && a->has_box; i++)
        if (a->box[i] != b->box[i])
            return false;
    return true;
}

bool list_want_is(const struct list_want *a, const struct list_want *b)
{
    return a->is_wanted == b->is_wanted && a->sort == b->sort &&
           a->is_descending == b->is_descending && strcmp(a->filter, b->filter) == 0;
}

bool classes_want_is(const struct classes_want *a, const struct classes_want *b)
{
    size_t i;

    if (a->is_wanted != b->is_wanted || a->kind != b->kind || a->n_levels != b->n_levels)
        return false;
    for (i = 0; i < a->n_levels && i <= CLASSES_MOST; i++)
        if (a->level[i] != b->level[i])
            return false;
    return true;
}

/* ---- parts ---------------------------------------------------------------------------------- */

static void map_part_free(struct map_part *part)
{
    int layer;

    for (layer = 0; layer < N_MAP_LAYERS; layer++)
        mem_free(part->dots[layer]);
    mem_free(part->cut);
    mem_free(part->id);
}

static void said_part_free(struct said_part *part)
{
    mem_free(part->lo);
    mem_free(part->hi);
    mem_free(part->good_lo);
    mem_free(part->good_hi);
    mem_free(part->n_finite);
}

void part_free(enum part_kind kind, void *part)
{
    struct heat_part *heat = part;
    struct list_part *list = part;
    struct inputs_part *inputs = part;

    if (!part)
        return;
    switch (kind) {
    case PART_MAP: map_part_free(part); break;
    case PART_HEAT:
        mem_free(heat->p);
        mem_free(heat->spread);
        break;
    case PART_LIST: mem_free(list->ids); break;
    case PART_SAID: said_part_free(part); break;
    case PART_INPUTS:
        mem_free(inputs->fall);
        mem_free(inputs->error);
        mem_free(inputs->value);
        break;
    case PART_CLASSES:
    case PART_PREVIEW:
    case N_PARTS: break;
    }
    mem_free(part);
}

void parts_free(struct parts *parts)
{
    part_free(PART_MAP, parts->map);
    part_free(PART_HEAT, parts->heat);
    part_free(PART_LIST, parts->list);
    part_free(PART_SAID, parts->said);
    part_free(PART_CLASSES, parts->classes);
    part_free(PART_INPUTS, parts->inputs);
    part_free(PART_PREVIEW, parts->preview);
    *parts = (struct parts){.map = NULL};
}
