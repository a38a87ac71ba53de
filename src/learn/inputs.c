/* inputs.c: the axes, and sums of products as further inputs.
 *
 * What it does: for each of the first observables keeps a map (separable.c) and makes it an input
 * when it explains enough of that observable on points it was not fitted to.  An input that has
 * been taken in stays until it explains next to nothing, since taking one in or out means that the
 * networks begin anew.
 *
 * What it does not: force anything.  What an input is worth the networks and the process find out
 * by themselves. */
#include "inputs.h"
#include "level.h"

#include <math.h>
#include <string.h>

/* Unexplained share, and one over the gain of a level. */
static const double good_enough = 0.25, too_bad = 0.6, good_level = 0.4, bad_level = 0.8;

int inputs_create(struct inputs *inputs, size_t n_axes, struct err *err)
{
    size_t i;

    *inputs = (struct inputs){.n_axes = (uint32_t)n_axes};
    inputs->maps = mem_array(INPUTS_MAPS, sizeof *inputs->maps);
    if (!inputs->maps)
        return mem_error(err);
    for (i = 0; i < INPUTS_MAPS; i++)
        inputs->maps[i].left = 1.0;
    return 0;
}

void inputs_free(struct inputs *inputs)
{
    mem_free(inputs->maps);
    *inputs = (struct inputs){.n_axes = 0};
}

int inputs_copy(struct inputs *inputs, const struct inputs *from, struct err *err)
{
    struct separable *maps = mem_memdup(from->maps, INPUTS_MAPS * sizeof *maps);

    if (!maps)
        return mem_error(err);
    *inputs = *from;
    inputs->maps = maps;
    return 0;
}

size_t inputs_count(const struct inputs *inputs)
{
    return (size_t)inputs->n_axes + inputs->n_used;
}

/* Nothing but labels: one map, of the level. */
static int fit_level(struct inputs *inputs, const struct learn_data *data, const bool *is_out,
                     struct rng *rng, struct err *err)
{
    bool was_used = inputs->n_used > 0, is_wanted;
    struct separable *map = &inputs->maps[0];
    struct level_data rows = {
        .n = data->n, .d = inputs->n_axes, .x = data->x, .label = data->label, .is_out = is_out};

    inputs->n_maps = 1;
    inputs->n_used = 0;
    if (level_fit(map, &rows, rng, err) != 0)
        return -1;
    if (!(map->left < (was_used ? bad_level : good_level)))
        return 0;
    if (4 * data->n >= 5 * (size_t)map->n_tried) {
        if (level_trial(map, &rows, rng, &is_wanted, err) != 0)
            return -1;
        map->n_tried = (uint32_t)data->n;
        map->is_wanted = is_wanted;
    }
    if (map->is_wanted)
        inputs->used[inputs->n_used++] = 0;
    return 0;
}

int inputs_fit(struct inputs *inputs, const struct learn_data *data, const float *y,
               size_t n_groups, const bool *is_out, struct rng *rng, struct err *err)
{
    bool was_used[INPUTS_MAPS] = {false};
    uint32_t g;

    if (n_groups == 0)
        return fit_level(inputs, data, is_out, rng, err);
    for (g = 0; g < inputs->n_used; g++)
        was_used[inputs->used[g]] = true;
    inputs->n_maps = (uint32_t)(n_groups < INPUTS_MAPS ? n_groups : INPUTS_MAPS);
    inputs->n_used = 0;
    for (g = 0; g < inputs->n_maps; g++) {
        struct separable_data rows = {.n = data->n,
                                      .d = inputs->n_axes,
                                      .x = data->x,
                                      .y = y + g,
                                      .y_stride = n_groups,
                                      .is_out = is_out};

        if (separable_fit(&inputs->maps[g], &rows, rng, err) != 0)
            return -1;
        if (inputs->maps[g].left < (was_used[g] ? too_bad : good_enough))
            inputs->used[inputs->n_used++] = g;
    }
    return 0;
}

void inputs_apply(const struct inputs *inputs, size_t n, const float *x, float *wide)
{
    size_t i, k, d = inputs->n_axes, count = inputs_count(inputs);

    for (i = 0; i < n; i++)
        memcpy(wide + i * count, x + i * d, d * sizeof *x);
    for (k = 0; k < inputs->n_used; k++)
        separable_values(&inputs->maps[inputs->used[k]], n, x, count, wide + d + k);
}

struct saved_inputs {
    uint32_t n_axes, n_used, n_maps, used[INPUTS_MAPS], reserved;
};

int inputs_save(const struct inputs *inputs, struct buf *out, struct err *err)
{
    struct saved_inputs head = {
        .n_axes = inputs->n_axes, .n_used = inputs->n_used, .n_maps = inputs->n_maps};

    memcpy(head.used, inputs->used, sizeof head.used);
    if (buf_append(out, &head, sizeof head, err) != 0)
        return -1;
    return buf_append(out, inputs->maps, head.n_maps * sizeof *inputs->maps, err);
}

static bool is_sound(const struct saved_inputs *head)
{
    uint32_t k;

    if (head->n_maps > INPUTS_MAPS || head->n_used > head->n_maps)
        return false;
    for (k = 0; k < head->n_used; k++) {
        if (head->used[k] >= head->n_maps)
            return false;
    }
    return true;
}

int inputs_load(struct inputs *inputs, const char **data, size_t *left, struct err *err)
{
    struct saved_inputs head;
    size_t size, k;

    if (*left < sizeof head)
        goto damaged;
    memcpy(&head, *data, sizeof head);
    size = head.n_maps * sizeof *inputs->maps;
    if (!is_sound(&head) || *left - sizeof head < size)
        goto damaged;
    if (inputs_create(inputs, head.n_axes, err) != 0)
        return -1;
    inputs->n_used = head.n_used;
    inputs->n_maps = head.n_maps;
    memcpy(inputs->used, head.used, sizeof head.used);
    if (size > 0)
        memcpy(inputs->maps, *data + sizeof head, size);
    *data += sizeof head + size;
    *left -= sizeof head + size;
    for (k = 0; k < inputs->n_maps; k++) {
        const struct separable *map = &inputs->maps[k];

        if ((map->is_level || map->left < 1.0) &&
            (map->d != head.n_axes || map->d > SEPARABLE_DIMS || map->basis > SEPARABLE_BASIS ||
             map->terms > SEPARABLE_TERMS))
            goto damaged;
    }
    return 0;
damaged:
    return err_set(err, ERR_STORE, "the saved inputs are damaged");
}
