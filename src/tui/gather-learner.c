/* gather-learner.c: the learner's newest model, read from the store when somebody needs it, and
 * points as it sees them.
 *
 * The model of round r has learned from the rounds up to the one that r was proposed from; later
 * points are new to it. */
#include "gather-private.h"

#include <math.h>
#include <string.h>

enum { MODEL_MAX = 1 << 28 };

void learner_forget(struct gathering *g)
{
    ensemble_free(g->ensemble);
    g->ensemble = NULL;
    g->ensemble_round = UINT32_MAX;
    g->has_asked_model = false;
}

/* The latest round that a model may belong to; UINT32_MAX: none. */
static const struct round_row *latest_trained(const struct gathering *g)
{
    const struct round_list *list = &g->table.rounds;
    size_t i;

    for (i = list->n; i-- > 0;)
        if (isfinite(list->rows[i].promised) || list->rows[i].train_s > 0)
            return &list->rows[i];
    return NULL;
}

int learner_need(struct gathering *g, bool *has, struct err *err)
{
    const struct round_row *latest;
    uint32_t round = 0;
    struct buf data;
    bool found = false;
    int rc = -1;

    buf_init(&data, MODEL_MAX);
    latest = g->has_asked_model ? NULL : latest_trained(g);
    if (g->has_asked_model || !latest ||
        (g->ensemble && latest->round == g->ensemble_round &&
         !(latest->train_s > g->ensemble_train_s))) {
        rc = 0;
        goto out;
    }
    TRY(store_get_model(g->store, latest->round, &data, &found, err));
    round = latest->round;
    if (!found && g->ensemble) { /* not kept any more: the one that we have is older still */
        rc = 0;
        goto out;
    }
    if (!found)
        TRY(store_last_model(g->store, &round, &data, &found, err));
    learner_forget(g);
    if (found) {
        g->ensemble =
            survey_ensemble(g->scan, space_n_dims(g->space), g->judge, data.data, data.len, err);
        if (!g->ensemble && err->code != ERR_NONE)
            goto out;
        g->ensemble_round = round;
        g->ensemble_train_s = latest->train_s;
        g->ensemble_number++;
        g->ensemble_after = latest->after;
    }
    rc = 0;
out:
    g->has_asked_model = rc == 0;
    buf_free(&data);
    *has = g->ensemble != NULL;
    return rc;
}

bool learner_see(struct gathering *g, size_t row, float *x)
{
    size_t n_dims = space_n_dims(g->space), v, i;
    double *values = g->table.block_rows, *unit = values + g->table.n_values;

    for (v = 0; v < g->scan->n_params; v++)
        values[v] = g->table.columns[v].v ? table_value(&g->table, v, row) : (double)NAN;
    if (!space_to_unit(g->space, values, unit))
        return false;
    for (i = 0; i < n_dims; i++)
        x[i] = survey_seen(g->n_cells[i], unit[i]);
    return true;
}
