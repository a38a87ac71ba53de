/* propose.c: one round of points.
 *
 * What it does: takes a snapshot apart into the shares of a batch: the user's pinned boxes, the
 * honest uniform share, and what the model chooses.  Trains the model, warm from the one carried.
 * While nothing is known at all (the first rounds, as rounds are proposed ahead of the results) the
 * whole batch is uniform.
 *
 * What it does not: look at anything outside the snapshot, the first id and the carried bytes: the
 * same arguments give the same batch, bit for bit, in another process too. */
#include "private.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

static int batch_create(struct survey_batch *batch, size_t n, size_t d, struct err *err)
{
    batch->units = mem_array(n * d, sizeof *batch->units);
    batch->origin = mem_array(n, sizeof *batch->origin);
    batch->predicted = mem_array(n, sizeof *batch->predicted);
    batch->density = mem_array(n, sizeof *batch->density);
    batch->n = n;
    batch->promised = NAN;
    if (!batch->units || !batch->origin || !batch->predicted || !batch->density)
        return mem_error(err);
    return 0;
}

void survey_batch_free(struct survey_batch *batch)
{
    mem_free(batch->units);
    mem_free(batch->origin);
    mem_free(batch->predicted);
    mem_free(batch->density);
    mem_free(batch->metrics_json);
    buf_free(&batch->carry);
    memset(batch, 0, sizeof *batch);
}

static void fill_uniform(const struct survey_snapshot *shot, enum point_origin origin, size_t from,
                         size_t n, uint64_t first_id, struct survey_batch *batch)
{
    enum rng_purpose purpose = origin == ORIGIN_START ? RNG_START : RNG_EXPLORE;
    size_t i, d = shot->n_dims;

    for (i = from; i < from + n; i++) {
        design_uniform(shot->seed, purpose, first_id + i, d, batch->units + i * d);
        design_set(batch, i, origin, NAN, 1.0);
    }
}

/* The next points of the list; the place in it travels in the carry. */
static int propose_list(const struct survey_snapshot *shot, uint64_t first_id, const void *carry,
                        size_t n_carry, struct survey_batch *batch, struct err *err)
{
    uint64_t at = first_id - 1;
    size_t n = shot->settings.batch, i, d = shot->n_dims;

    if (n_carry == sizeof at)
        memcpy(&at, carry, sizeof at);
    if (at > shot->n_list)
        at = shot->n_list;
    if (n > shot->n_list - at)
        n = shot->n_list - (size_t)at;
    if (batch_create(batch, n, d, err) != 0)
        return -1;
    if (n > 0)
        memcpy(batch->units, shot->list + at * d, n * d * sizeof *batch->units);
    for (i = 0; i < n; i++)
        design_set(batch, i, ORIGIN_LIST, NAN, NAN);
    at += n;
    return buf_append(&batch->carry, &at, sizeof at, err);
}

/* ---- learning methods ----------------------------------------------------------------------- */

/* Rounds at random to a neighbouring integer, so that small batches keep their share over time. */
static size_t share_of(double share, size_t n, struct rng *rng)
{
    double wanted = share > 0.0 ? share * (double)n : 0.0;
    size_t whole = wanted < (double)n ? (size_t)wanted : n;

    if (whole < n && rng_uniform(rng) < wanted - (double)whole)
        whole++;
    return whole;
}

/* The easier target while the true one has no point: so far from it that the best fiftieth of the
 * points, at least ten, are in. */
static void find_threshold(struct search_state *search, struct survey_batch *batch)
{
    const struct survey_snapshot *shot = search->snapshot;
    size_t i, j, wanted = shot->n / 50 > 10 ? shot->n / 50 : 10, found = 0;
    float best[512];

    if (wanted > sizeof best / sizeof best[0])
        wanted = sizeof best / sizeof best[0];
    for (i = 0; i < shot->n; i++) {
        float distance = search->distance[i];

        if (!isfinite(distance) || (found == wanted && distance >= best[wanted - 1]))
            continue;
        j = found < wanted ? found++ : wanted - 1;
        for (; j > 0 && best[j - 1] > distance; j--)
            best[j] = best[j - 1];
        best[j] = distance;
    }
    search->is_label_only = found == 0;
    search->relax = found > 0 ? (double)best[found / 2] : 0.0;
    if (shot->n_accepted > 0 || found == 0) {
        search->relax = 0.0;
        if (shot->n_accepted == 0)
            snprintf(batch->notes, sizeof batch->notes,
                     "nothing accepted yet, and no margin to follow: exploring at random");
        return;
    }
    snprintf(batch->notes, sizeof batch->notes,
             "nothing accepted yet: following the margins, threshold %.3g", search->relax);
}

/* What the model says of the uniform share, which was drawn without it: this tells later what the
 * model did not know.  They are no pending points, so it comes after pack. */
static int predict_explored(const struct search_state *search, struct survey_batch *batch,
                            struct err *err)
{
    const struct survey_snapshot *shot = search->snapshot;
    size_t i, j, d = shot->n_dims;
    float *x = mem_array(batch->n * d, sizeof *x);
    struct prediction out = {.target = mem_array(batch->n, sizeof(float))};
    int rc = -1;

    if (!x || !out.target) {
        mem_error(err);
        goto out;
    }
    for (i = 0; i < batch->n; i++)
        for (j = 0; j < d; j++)
            x[i * d + j] = survey_seen(shot->n_cells[j], batch->units[i * d + j]);
    TRY(ensemble_predict(search->model, batch->n, x, &out, err));
    for (i = 0; i < batch->n; i++)
        if (batch->origin[i] == ORIGIN_EXPLORE)
            batch->predicted[i] = out.target[i];
    rc = 0;
out:
    mem_free(x);
    mem_free(out.target);
    return rc;
}

static size_t count_uniform(const struct survey_batch *batch, size_t n)
{
    size_t i, count = 0;

    for (i = 0; i < n; i++)
        count += batch->origin[i] == ORIGIN_EXPLORE;
    return count;
}

static int learn_and_choose(const struct survey_snapshot *shot, uint64_t first_id,
                            struct carried carried, size_t from, struct survey_batch *batch,
                            struct err *err)
{
    struct learn_config config = carry_config(shot);
    struct learn_data data = {.n = shot->n,
                              .x = shot->x,
                              .label = shot->label,
                              .is_failed = shot->is_failed,
                              .margins = shot->margins,
                              .weight = shot->weight};
    struct search_state search = {
        .snapshot = shot, .first_id = first_id, .n_uniform = count_uniform(batch, from)};
    struct ensemble *warm = NULL;
    double begun = clock_thread_cpu_s();
    int rc = -1;

    buf_init(&search.promises.rows, CARRY_MAX);
    TRY(carry_unpack(shot, &config, carried, &search, &warm, err));
    TRY(promises_settle(&search.promises, shot, err));
    search.model = learn_train(&config, &data, warm, &batch->metrics, err);
    if (!search.model)
        goto out;
    batch->was_trained = true;
    batch->train_s = clock_thread_cpu_s() - begun;
    begun = clock_thread_cpu_s();
    search.distance = mem_array(shot->n, sizeof(float));
    if (!search.distance) {
        mem_error(err);
        goto out;
    }
    ensemble_distances(search.model, shot->n, shot->margins, search.distance);
    find_threshold(&search, batch);
    TRY(learned_propose(&search, from, batch->n - from, batch, err));
    TRY(carry_pack(&search, batch, err));
    TRY(predict_explored(&search, batch, err));
    TRY(metrics_write(&search, batch, err));
    batch->propose_s = clock_thread_cpu_s() - begun;
    rc = 0;
out:
    search_drop(&search);
    ensemble_free(warm);
    return rc;
}

static int propose_learning(const struct survey_snapshot *shot, uint64_t first_id,
                            const void *carry, size_t n_carry, struct survey_batch *batch,
                            struct err *err)
{
    struct rng rng = rng_stream(shot->seed, RNG_SELECT, (uint64_t)shot->round << 8);
    size_t n = shot->round == 0 ? shot->search.start : shot->settings.batch;
    size_t n_pins = 0, n_explore;

    if (shot->settings.most > 0 && n > shot->settings.most)
        n = shot->settings.most;
    if (n == 0)
        n = 1;
    if (batch_create(batch, n, shot->n_dims, err) != 0)
        return -1;
    if (shot->settings.n_pins > 0)
        n_pins = share_of(shot->settings.pin_share, n, &rng);
    design_pins(shot, 0, n_pins, first_id, batch);
    if (shot->upto == UINT32_MAX || shot->n == 0) {
        fill_uniform(shot, ORIGIN_START, n_pins, n - n_pins, first_id, batch);
        return 0;
    }
    n_explore = share_of(shot->settings.explore, n - n_pins, &rng);
    fill_uniform(shot, ORIGIN_EXPLORE, n_pins, n_explore, first_id, batch);
    if (n_pins + n_explore == n)
        return n_carry > 0 ? buf_append(&batch->carry, carry, n_carry, err) : 0;
    return learn_and_choose(shot, first_id, (struct carried){carry, n_carry}, n_pins + n_explore,
                            batch, err);
}

/* Uniform, but for what the user pinned. */
static int propose_random(const struct survey_snapshot *shot, uint64_t first_id,
                          struct survey_batch *batch, struct err *err)
{
    struct rng rng = rng_stream(shot->seed, RNG_SELECT, (uint64_t)shot->round << 8);
    size_t n = shot->settings.batch, n_pins = 0;

    if (batch_create(batch, n, shot->n_dims, err) != 0)
        return -1;
    if (shot->settings.n_pins > 0)
        n_pins = share_of(shot->settings.pin_share, n, &rng);
    design_pins(shot, 0, n_pins, first_id, batch);
    fill_uniform(shot, ORIGIN_START, n_pins, n - n_pins, first_id, batch);
    return 0;
}

int survey_propose(struct survey_snapshot *shot, uint64_t first_id, const void *carry,
                   size_t n_carry, struct survey_batch *batch, struct err *err)
{
    double begun = clock_thread_cpu_s();
    int rc = -1;

    memset(batch, 0, sizeof *batch);
    buf_init(&batch->carry, CARRY_MAX);
    if (first_id == 0) {
        err_set(err, ERR_LIMIT, "ids begin at 1");
        goto out;
    }
    switch (shot->search.method) {
    case METHOD_RANDOM: TRY(propose_random(shot, first_id, batch, err)); break;
    case METHOD_SOBOL:
        TRY(batch_create(batch, shot->settings.batch, shot->n_dims, err));
        if (n_carry > 0)
            TRY(buf_append(&batch->carry, carry, n_carry, err));
        TRY(design_sobol(shot, first_id, batch, err));
        break;
    case METHOD_LIST: TRY(propose_list(shot, first_id, carry, n_carry, batch, err)); break;
    case METHOD_CLASSIFIER:
    case METHOD_REGRESSOR: TRY(propose_learning(shot, first_id, carry, n_carry, batch, err)); break;
    }
    if (!batch->was_trained)
        batch->propose_s = clock_thread_cpu_s() - begun;
    rc = 0;
out:
    if (rc != 0) {
        err_while(err, "proposing round %u", (unsigned)shot->round);
        survey_batch_free(batch);
    }
    return rc;
}

/* ---- figures -------------------------------------------------------------------------------- */

static int put_figure(struct buf *out, const char *name, double value, struct err *err)
{
    if (isfinite(value))
        return buf_printf(out, err, "\"%s\":%.6g,", name, value);
    return buf_printf(out, err, "\"%s\":null,", name);
}

static int put_bins(struct buf *out, const struct learn_metrics *m, struct err *err)
{
    size_t b;

    for (b = 0; b < 10; b++) {
        if (buf_printf(out, err, "%s{\"said\":%.4g,\"found\":%.4g,\"n\":%zu}", b > 0 ? "," : "",
                       m->bins[b].n > 0 ? m->bins[b].said : 0.0,
                       m->bins[b].n > 0 ? m->bins[b].found : 0.0, m->bins[b].n) != 0)
            return -1;
    }
    return 0;
}

/* How the loss fell: [step, of the training rows, of rows left out]. */
static int put_losses(struct buf *out, const struct learn_metrics *m, struct err *err)
{
    size_t i;

    for (i = 0; i < m->n_losses; i++) {
        const struct learn_loss *loss = m->losses + i;

        if (buf_printf(out, err, "%s[%zu,%.4g,", i > 0 ? "," : "", loss->step, loss->train) != 0 ||
            (isfinite(loss->held_out) ? buf_printf(out, err, "%.4g]", loss->held_out)
                                      : buf_puts(out, "null]", err)) != 0)
            return -1;
    }
    return 0;
}

/* null in rounds that do not measure it. */
static int put_smote(struct buf *out, const struct learn_smote *smote, struct err *err)
{
    int rc = -1;

    TRY(put_figure(out, "smote_auc", smote->auc, err));
    TRY(put_figure(out, "smote_auc_gain", smote->auc_gain, err));
    TRY(put_figure(out, "smote_auc_gain_error", smote->auc_gain_error, err));
    TRY(put_figure(out, "smote_log_loss", smote->log_loss, err));
    TRY(put_figure(out, "smote_log_loss_gain", smote->log_loss_gain, err));
    TRY(put_figure(out, "smote_log_loss_gain_error", smote->log_loss_gain_error, err));
    rc = buf_printf(out, err, "\"smote_n_held_out\":%zu,", smote->n_held_out);
out:
    return rc;
}

/* Of the held-out points, the share that is where the learner says: accepted ones among those with
 * a probability above one half, others among the rest; and what came of the newest round that is
 * known, to be held against its promise. */
static int put_precision(struct buf *out, const struct survey_snapshot *shot,
                         const struct learn_metrics *m, struct err *err)
{
    double right[2] = {0}, n[2] = {0};
    size_t b;
    int rc = -1;

    for (b = 0; b < 10; b++) {
        double count = (double)m->bins[b].n, found = count > 0.0 ? m->bins[b].found : 0.0;

        n[b >= 5] += count;
        right[b >= 5] += count * (b >= 5 ? found : 1.0 - found);
    }
    TRY(put_figure(out, "purity_in", n[1] > 0.0 ? right[1] / n[1] : (double)NAN, err));
    TRY(put_figure(out, "purity_out", n[0] > 0.0 ? right[0] / n[0] : (double)NAN, err));
    TRY(put_figure(out, "precision",
                   shot->n_last > 0 ? (double)shot->n_last_accepted / (double)shot->n_last
                                    : (double)NAN,
                   err));
    rc = buf_printf(out, err, "\"precision_n\":%zu,\"precision_round\":%u,", shot->n_last,
                    (unsigned)shot->upto);
out:
    return rc;
}

/* Who was trained, who will be, and why; log losses are null in rounds that do not compare. */
static int put_choice(struct buf *out, const struct survey_snapshot *shot,
                      const struct learn_choice *c, struct err *err)
{
    int rc = -1;

    TRY(buf_printf(out, err, "\"learner\":\"%s\",\"trained\":\"%s\",\"chosen\":\"%s\",",
                   scan_learner_name(shot->search.learner),
                   !c->has_kernel    ? "network"
                   : c->has_networks ? "both"
                                     : "kernel",
                   c->chosen == LEARNER_AUTO ? "both" : scan_learner_name(c->chosen)));
    TRY(put_figure(out, "network_log_loss", c->network, err));
    TRY(put_figure(out, "kernel_log_loss", c->kernel, err));
    TRY(put_figure(out, "both_log_loss", c->both, err));
    TRY(put_figure(out, "kernel_gain", c->kernel_gain, err));
    TRY(put_figure(out, "kernel_gain_error", c->kernel_gain_error, err));
    TRY(put_figure(out, "network_work", c->network_work, err));
    TRY(put_figure(out, "kernel_work", c->kernel_work, err));
    rc = buf_printf(out, err, "\"choice_n\":%zu,", c->n);
out:
    return rc;
}

int metrics_write(const struct search_state *search, struct survey_batch *batch, struct err *err)
{
    const struct learn_metrics *m = &batch->metrics;
    struct buf out;
    int rc = -1;

    buf_init(&out, 1 << 16);
    TRY(buf_puts(&out, "{", err));
    TRY(put_figure(&out, "auc", m->auc, err));
    TRY(put_figure(&out, "brier", m->brier, err));
    TRY(put_figure(&out, "brier_before_calibration", m->brier_before_calibration, err));
    TRY(put_figure(&out, "log_loss", m->log_loss, err));
    TRY(put_figure(&out, "train_loss", m->train_loss, err));
    TRY(put_figure(&out, "failure_auc", m->failure_auc, err));
    TRY(put_figure(&out, "promised", batch->promised, err));
    TRY(put_figure(&out, "relax", search->relax, err));
    TRY(put_figure(&out, "expected_volume", search->mass, err));
    TRY(put_figure(&out, "sure_volume", search->sure_mass, err));
    TRY(put_figure(&out, "surface_trust", promises_trust(&search->promises, PROMISE_SURFACE), err));
    TRY(put_figure(&out, "sure_trust", promises_trust(&search->promises, PROMISE_SURE), err));
    TRY(put_figure(&out, "miss_trust", promises_trust(&search->promises, PROMISE_MISS), err));
    TRY(put_figure(&out, "unsure_trust", promises_trust(&search->promises, PROMISE_UNSURE), err));
    TRY(put_precision(&out, search->snapshot, m, err));
    TRY(buf_printf(&out, err, "\"aim\":\"%s\",", scan_aim_name(search->snapshot->search.aim)));
    TRY(put_choice(&out, search->snapshot, &m->choice, err));
    TRY(buf_printf(&out, err, "\"smote\":\"%s\",",
                   scan_smote_name(search->snapshot->search.smote)));
    TRY(put_figure(&out, "smote_share", (double)m->n_smote / (double)(m->n_smote + m->n_train),
                   err));
    TRY(put_smote(&out, &m->smote, err));
    TRY(buf_printf(&out, err,
                   "\"n_train\":%zu,\"n_held_out\":%zu,\"n_smote\":%zu,\"n_candidates\":%zu,"
                   "\"n_local\":%zu,\"n_uncertain\":%zu,\"n_small\":%zu,"
                   "\"n_misses\":%zu,\"n_islands\":%zu,\"components\":%zu,\"calibration\":[",
                   m->n_train, m->n_held_out, m->n_smote, search->n_candidates, search->n_local,
                   search->n_uncertain, search->n_small, search->n_misses, search->n_islands,
                   search->n_components));
    TRY(put_bins(&out, m, err));
    TRY(buf_puts(&out, "],\"loss\":[", err));
    TRY(put_losses(&out, m, err));
    TRY(buf_puts(&out, "]}", err));
    batch->metrics_json = mem_strdup(out.data);
    if (!batch->metrics_json) {
        mem_error(err);
        goto out;
    }
    rc = 0;
out:
    buf_free(&out);
    return rc;
}
