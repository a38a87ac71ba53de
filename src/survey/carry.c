/* carry.c: what one proposal gives to the next: the model, the points that are out, and what
 * was promised.
 *
 * What it does: packs that into bytes and takes them apart, here and for those who watch; trains
 * the model in them anew between two proposals, leaving the rest of them as it is.
 *
 * What it does not: choose points (propose.c), or know what a model's bytes mean (learn). */
#include "private.h"

#include <math.h>
#include <string.h>

static const char carry_magic[8] = "thcarr4";

struct carry_head {
    char magic[8];
    uint64_t n_dims, n_pending, n_model, n_promised; /* the last two in bytes */
    double said[PROMISE_KINDS], found[PROMISE_KINDS];
};

static enum truth label_of(const void *context, const double *margins)
{
    return judge_label(context, margins);
}

struct learn_config carry_config(const struct survey_snapshot *shot)
{
    return (struct learn_config){
        .n_inputs = shot->n_dims,
        .n_margins = shot->n_margins,
        .use_label = shot->search.method == METHOD_CLASSIFIER,
        .members = shot->search.members,
        .hidden = shot->search.hidden,
        .steps = shot->search.steps,
        .smote = shot->search.smote,
        .smote_neighbours = shot->search.smote_neighbours,
        .learner = shot->search.learner,
        .seed = shot->seed,
        .round = shot->round,
        .label_of = label_of,
        .label_context = shot->judge,
    };
}

void search_drop(struct search_state *search)
{
    mem_free(search->pending.x);
    mem_free(search->pending.p);
    buf_free(&search->promises.rows);
    mem_free(search->distance);
    mem_free(search->edge);
    ensemble_free(search->model);
}

/* Takes the carry apart.  A carry that does not fit (the terms have changed since) is none. */
int carry_unpack(const struct survey_snapshot *shot, const struct learn_config *config,
                 struct carried carried, struct search_state *search, struct ensemble **warm,
                 struct err *err)
{
    size_t d = shot->n_dims, n = carried.n, n_x, n_p;
    const char *carry = carried.data;
    struct pending *pending = &search->pending;
    struct promises *promises = &search->promises;
    struct carry_head head;
    struct err ignored = ERR_INIT;

    if (n < sizeof head)
        return 0;
    memcpy(&head, carry, sizeof head);
    carry += sizeof head;
    n -= sizeof head;
    if (memcmp(head.magic, carry_magic, sizeof carry_magic) != 0 || head.n_dims != d ||
        head.n_pending > n || head.n_model > n || head.n_promised > n)
        return 0;
    n_x = (size_t)head.n_pending * d * sizeof(float);
    n_p = (size_t)head.n_pending * sizeof(float);
    if (n != n_x + n_p + head.n_promised + head.n_model)
        return 0;
    pending->x = mem_memdup(carry, n_x);
    pending->p = mem_memdup(carry + n_x, n_p);
    if (!pending->x || !pending->p)
        return mem_error(err);
    pending->n = (size_t)head.n_pending;
    memcpy(promises->said, head.said, sizeof head.said);
    memcpy(promises->found, head.found, sizeof head.found);
    if (buf_append(&promises->rows, carry + n_x + n_p, (size_t)head.n_promised, err) != 0)
        return -1;
    if (head.n_model > 0)
        *warm = ensemble_load(carry + n_x + n_p + head.n_promised, (size_t)head.n_model, config,
                              &ignored);
    return 0;
}

struct ensemble *survey_ensemble(const struct scan *scan, size_t n_dims, const struct judge *judge,
                                 const void *carry, size_t n_carry, struct err *err)
{
    const struct survey_snapshot shot = {.n_dims = n_dims,
                                         .n_margins = judge_n_margins(judge),
                                         .search = scan->search,
                                         .seed = scan->seed,
                                         .judge = judge};
    struct learn_config config = carry_config(&shot);
    struct search_state search = {.n_uniform = 0};
    struct ensemble *model = NULL;

    if (scan->search.method != METHOD_CLASSIFIER && scan->search.method != METHOD_REGRESSOR)
        return NULL;
    buf_init(&search.promises.rows, CARRY_MAX);
    (void)carry_unpack(&shot, &config, (struct carried){carry, n_carry}, &search, &model, err);
    search_drop(&search);
    return model;
}

/* What the next proposal wants to know of this one: the points that are out, and the model. */
int carry_pack(const struct search_state *search, struct survey_batch *batch, struct err *err)
{
    const struct survey_snapshot *shot = search->snapshot;
    const struct promises *promises = &search->promises;
    struct carry_head head = {.n_dims = shot->n_dims, .n_promised = promises->rows.len};
    struct buf bytes;
    size_t i, j, d = shot->n_dims;
    int rc = -1;

    buf_init(&bytes, CARRY_MAX);
    memcpy(head.magic, carry_magic, sizeof carry_magic);
    memcpy(head.said, promises->said, sizeof head.said);
    memcpy(head.found, promises->found, sizeof head.found);
    if (search->model)
        TRY(ensemble_save(search->model, &bytes, err));
    head.n_model = bytes.len;
    for (i = 0; i < batch->n; i++)
        head.n_pending += isnan(batch->predicted[i]) ? 0 : 1;
    TRY(buf_append(&batch->carry, &head, sizeof head, err));
    for (i = 0; i < batch->n; i++) {
        for (j = 0; j < d && !isnan(batch->predicted[i]); j++) {
            float x = (float)batch->units[i * d + j];

            TRY(buf_append(&batch->carry, &x, sizeof x, err));
        }
    }
    for (i = 0; i < batch->n; i++) {
        if (!isnan(batch->predicted[i]))
            TRY(buf_append(&batch->carry, &batch->predicted[i], sizeof(float), err));
    }
    TRY(buf_append(&batch->carry, promises->rows.data, promises->rows.len, err));
    TRY(buf_append(&batch->carry, bytes.data, bytes.len, err));
    rc = 0;
out:
    buf_free(&bytes);
    return rc;
}

/* The carry as it was, with this model in place of its own. */
static int replace_model(const struct search_state *search, struct carried carried,
                         struct survey_batch *batch, struct err *err)
{
    struct carry_head head = {.n_dims = search->snapshot->n_dims};
    const char *bytes = carried.data;
    struct buf model;
    size_t n_rest = 0;
    int rc = -1;

    buf_init(&model, CARRY_MAX);
    memcpy(head.magic, carry_magic, sizeof carry_magic);
    if (search->pending.x) { /* it was taken apart: it fits */
        memcpy(&head, bytes, sizeof head);
        n_rest = carried.n - sizeof head - (size_t)head.n_model;
    }
    TRY(ensemble_save(search->model, &model, err));
    head.n_model = model.len;
    TRY(buf_append(&batch->carry, &head, sizeof head, err));
    if (n_rest > 0)
        TRY(buf_append(&batch->carry, bytes + sizeof head, n_rest, err));
    TRY(buf_append(&batch->carry, model.data, model.len, err));
    rc = 0;
out:
    buf_free(&model);
    return rc;
}

int survey_train(struct survey_snapshot *shot, const void *carry, size_t n_carry,
                 struct survey_batch *batch, struct err *err)
{
    struct learn_config config = carry_config(shot);
    struct learn_data data = {.n = shot->n,
                              .x = shot->x,
                              .label = shot->label,
                              .is_failed = shot->is_failed,
                              .margins = shot->margins,
                              .weight = shot->weight};
    struct carried carried = {carry, n_carry};
    struct search_state search = {.snapshot = shot, .mass = (double)NAN, .sure_mass = (double)NAN};
    struct ensemble *warm = NULL;
    double begun = clock_thread_cpu_s();
    int rc = -1;

    memset(batch, 0, sizeof *batch);
    batch->promised = (double)NAN;
    buf_init(&batch->carry, CARRY_MAX);
    buf_init(&search.promises.rows, CARRY_MAX);
    if (shot->n == 0) {
        err_set(err, ERR_LIMIT, "there is no point to learn from");
        goto out;
    }
    TRY(carry_unpack(shot, &config, carried, &search, &warm, err));
    search.model = learn_train(&config, &data, warm, &batch->metrics, err);
    if (!search.model)
        goto out;
    batch->was_trained = true;
    TRY(replace_model(&search, carried, batch, err));
    TRY(metrics_write(&search, batch, err));
    batch->train_s = clock_thread_cpu_s() - begun;
    rc = 0;
out:
    search_drop(&search);
    ensemble_free(warm);
    if (rc != 0) {
        err_while(err, "training the learner");
        survey_batch_free(batch);
    }
    return rc;
}
