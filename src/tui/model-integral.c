/* model-integral.c: an integration as the views see it: the latest row of the table `integral`, the
 * classes after it, and how the estimate went by rounds.  A store of a search has none of this. */
#include "model-private.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

static void fill_result(struct strata_result *result, const struct integral_row *row)
{
    *result = (struct strata_result){.integral = row->integral,
                                     .error = row->error,
                                     .lo = row->lo,
                                     .hi = row->hi,
                                     .absolute = row->absolute,
                                     .absolute_error = row->absolute_error,
                                     .is_converged = row->is_converged,
                                     .alarms = row->alarms,
                                     .n_calls = row->n_calls,
                                     .n_failed = row->n_calls_failed,
                                     .failed_volume = row->failed_volume,
                                     .failed_error = row->failed_error,
                                     .largest_share = row->largest_share,
                                     .chi2 = row->chi2,
                                     .n_chi2 = row->n_chi2,
                                     .n_uniform = row->n_uniform,
                                     .unseen_volume = row->unseen_volume,
                                     .unseen_above = row->unseen_above,
                                     .n_peaks = row->n_peaks,
                                     .purity = row->purity,
                                     .surrogate = row->surrogate};
    if (row->why)
        snprintf(result->why, sizeof result->why, "%s", row->why);
}

static int read_rounds(struct model *model, struct arena *arena, struct integral_view *view,
                       struct err *err)
{
    struct strata_result *result = &view->result;
    struct integral_row *rows;
    struct strata_round *rounds;
    size_t n;

    if (store_integrals(model->store, 0, arena, &rows, &n, err) != 0)
        return -1;
    rounds = arena_array(arena, n + 1, sizeof *rounds);
    if (!rounds)
        return mem_error(err);
    for (size_t i = 0; i < n; i++)
        rounds[i] = (struct strata_round){.round = rows[i].round,
                                          .n = rows[i].n,
                                          .n_failed = rows[i].n_failed,
                                          .estimate = rows[i].estimate,
                                          .error = rows[i].estimate_error,
                                          .integral = rows[i].integral,
                                          .total_error = rows[i].error,
                                          .n_total = rows[i].n_calls};
    *result = (struct strata_result){.integral = NAN,
                                     .error = NAN,
                                     .lo = NAN,
                                     .hi = NAN,
                                     .failed_volume = NAN,
                                     .unseen_volume = NAN,
                                     .purity = NAN};
    if (n > 0)
        fill_result(result, &rows[n - 1]);
    result->rounds = rounds;
    result->n_rounds = n;
    view->rows = rows;
    view->n_rows = n;
    return 0;
}

static int read_classes(struct model *model, struct arena *arena, struct strata_result *result,
                        struct err *err)
{
    struct cell_row *rows;
    struct strata_class *classes;
    size_t n;

    if (store_cells(model->store, UINT32_MAX, arena, &rows, &n, err) != 0)
        return -1;
    n = n > STRATA_CLASSES ? STRATA_CLASSES : n;
    classes = arena_array(arena, n + 1, sizeof *classes);
    if (!classes)
        return mem_error(err);
    for (size_t i = 0; i < n; i++)
        classes[i] = (struct strata_class){.lo = rows[i].lo,
                                           .hi = rows[i].hi,
                                           .volume = rows[i].volume,
                                           .volume_error = rows[i].volume_error,
                                           .mean = rows[i].mean,
                                           .mean_error = rows[i].mean_error,
                                           .part = rows[i].part,
                                           .part_error = rows[i].part_error,
                                           .budget = rows[i].budget,
                                           .n = rows[i].n,
                                           .n_next = rows[i].n_next,
                                           .right = rows[i].right,
                                           .below = rows[i].below,
                                           .above = rows[i].above,
                                           .most = rows[i].most};
    result->classes = classes;
    result->n_classes = n;
    return 0;
}

static const char *read_word(struct model *model, struct arena *arena, const char *key,
                             const char *otherwise)
{
    struct err ignored = ERR_INIT;
    struct buf text;
    const char *word = otherwise;

    buf_init(&text, 4096);
    if (store_get_meta(model->store, key, &text, &ignored) == 0 && text.len > 0) {
        const char *copy = arena_strdup(arena, text.data);

        word = copy ? copy : otherwise;
    }
    buf_free(&text);
    return word;
}

int model_read_integral(struct model *model, struct err *err)
{
    struct arena *arena = arena_create();
    struct integral_view *view = arena ? arena_array(arena, 1, sizeof *view) : NULL;
    int rc = -1;

    if (!view) {
        mem_error(err);
        goto out;
    }
    rc = 0;
    if (strcmp(read_word(model, arena, "kind", ""), "integral") != 0)
        goto out;
    rc = -1;
    TRY(read_rounds(model, arena, view, err));
    TRY(read_classes(model, arena, &view->result, err));
    view->name = read_word(model, arena, "integral what", "f");
    view->method = read_word(model, arena, "integral method", "");
    view->unit = model->scan->integrate.unit ? model->scan->integrate.unit : "";
    view->is_mean = strcmp(read_word(model, arena, "integral measure", "volume"), "prior") == 0;
    view->measure = view->is_mean ? "mean under the prior" : "integral over the box";
    view->scale = 1;
    (void)text_to_double(read_word(model, arena, "integral scale", "1"), &view->scale);
    view->n_calls = view->result.n_calls > model->n_closed ? view->result.n_calls : model->n_closed;
    view->are_calls_kept = model->counts.total > 0 || view->result.n_calls == 0;
    model->integral = view;
    arena_free(model->own->integral_arena);
    model->own->integral_arena = arena;
    return 0;
out:
    arena_free(arena);
    return rc;
}

struct report_left model_integral_left(const struct model *model, const struct scan_goal *goal)
{
    const struct integral_view *view = model->integral;

    return report_integral_left(view->n_rows > 0 ? &view->rows[view->n_rows - 1] : NULL,
                                view->n_calls, model->engine.active_s, goal);
}

void model_free_integral(struct model_own *own)
{
    arena_free(own->integral_arena);
}
