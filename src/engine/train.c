/* train.c: "train now": the learner is trained at once, between two proposals.
 *
 * It learns from every closed point, those of rounds in flight too, under the labels of now; the
 * new model takes the place of the one that the latest proposal carries, so that screens show it
 * and the next proposal goes on from it.  The points that are out stay what they are.
 *
 * What was asked for is kept in `meta` until the model is written, in one transaction: an engine
 * that is killed meanwhile trains when the scan is resumed, and what is proposed afterwards is a
 * function of the store, as ever. */
#include "private.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

static const char ASKED[] = "train now", LABELS[] = "trained labels", COUNT[] = "trainings";

static bool is_learned(const struct engine *engine)
{
    enum search_method method = engine->scan->search.method;
    return method == METHOD_CLASSIFIER || method == METHOD_REGRESSOR;
}

/* What survey_train works on; the judge is borrowed. */
static struct survey_snapshot *take_snapshot(struct engine *engine, size_t *n, struct err *err)
{
    struct survey *survey = survey_create(engine->scan, engine->judge, err);
    struct survey_snapshot *snapshot = NULL;
    if (survey != NULL && load_closed(engine, survey, n, err) == 0)
        snapshot = survey_snapshot(survey, engine->next_round, engine->next_round - 1,
                                   &engine->settings, err);
    survey_free(survey);
    return snapshot;
}

/* Those who watch see by it that the latest rounds are to be looked at again. */
static int count_training(struct engine *engine, struct err *err)
{
    struct buf text;
    int64_t n = 0;
    char number[32];
    buf_init(&text, 64);
    int rc = store_get_meta(engine->store, COUNT, &text, err);
    if (rc == 0 && text.len > 0)
        (void)text_to_int64(text.data, &n);
    snprintf(number, sizeof number, "%lld", (long long)n + 1);
    buf_free(&text);
    return rc == 0 ? store_set_meta(engine->store, COUNT, number, err) : -1;
}

/* The latest proposal's row and model, and that nothing is asked for any more. */
static int write_model(struct engine *engine, const struct survey_batch *batch, struct err *err)
{
    struct arena *arena = arena_create();
    struct round_row *rows;
    struct buf labels;
    size_t n;
    int rc = -1;
    if (arena == NULL)
        return mem_error(err);
    buf_init(&labels, 1 << 16);
    TRY(store_get_meta(engine->store, "labels from", &labels, err));
    TRY(store_rounds(engine->store, engine->last_proposal, arena, &rows, &n, err));
    if (store_begin(engine->store, err) != 0)
        goto out;
    if (n > 0) {
        rows[0].metrics = batch->metrics_json;
        rows[0].train_s = (rows[0].train_s > 0 ? rows[0].train_s : 0) + batch->train_s;
    }
    rc = n > 0 ? store_put_round(engine->store, &rows[0], err) : 0;
    if (rc != 0 ||
        store_put_model(engine->store, engine->last_proposal, batch->carry.data, batch->carry.len,
                        err) != 0 ||
        store_set_meta(engine->store, ASKED, "", err) != 0 ||
        store_set_meta(engine->store, LABELS, labels.len > 0 ? labels.data : "", err) != 0 ||
        count_training(engine, err) != 0 || store_commit(engine->store, err) != 0) {
        store_rollback(engine->store);
        rc = -1;
    }
out:
    buf_free(&labels);
    arena_free(arena);
    return rc;
}

static void words_of(const struct survey_batch *batch, size_t n_points, char *out, size_t size)
{
    char n[32], auc[48] = "";
    if (isfinite(batch->metrics.auc))
        snprintf(auc, sizeof auc, ", AUC %.3f", (double)batch->metrics.auc);
    snprintf(out, size, "the learner was trained on %s closed points in %.1f s of CPU%s",
             text_count(n, sizeof n, n_points), batch->train_s, auc);
}

static int forget_wish(struct engine *engine, struct err *err)
{
    engine->is_train_asked = false;
    return engine_set_meta(engine, ASKED, "", err);
}

/* ---- in the second thread ------------------------------------------------------------------- */

struct train_job {
    struct survey_snapshot *snapshot;
    size_t n_points;
    struct buf carry; /* given */
    struct survey_batch batch;
};

static int work(void *context, struct err *err)
{
    struct train_job *job = context;
    return survey_train(job->snapshot, job->carry.data, job->carry.len, &job->batch, err);
}

static void job_free(struct train_job *job)
{
    if (job == NULL)
        return;
    survey_snapshot_free(job->snapshot);
    survey_batch_free(&job->batch);
    buf_free(&job->carry);
    mem_free(job);
}

static struct train_job *job_create(struct engine *engine, struct err *err)
{
    struct train_job *job = mem_new(struct train_job);
    if (job == NULL) {
        mem_error(err);
        return NULL;
    }
    buf_init(&job->carry, SIZE_MAX / 4);
    if ((job->snapshot = take_snapshot(engine, &job->n_points, err)) == NULL ||
        buf_append(&job->carry, engine->carry.len > 0 ? engine->carry.data : "", engine->carry.len,
                   err) != 0) {
        job_free(job);
        return NULL;
    }
    return job;
}

void train_free(struct engine *engine)
{
    job_free(engine->train);
    engine->train = NULL;
}

int train_if_asked(struct engine *engine, struct err *err)
{
    if (!engine->is_train_asked || engine->is_full || engine->is_stopping_now ||
        engine->is_reopening || propose_has_job(engine))
        return 0;
    if (engine->closing->n > 0 && close_flush(engine, err) != 0)
        return -1;
    if (!engine->has_proposal || (engine->train = job_create(engine, err)) == NULL)
        return engine->has_proposal ? -1 : 0;
    if (engine->train->n_points == 0) { /* those that were there run again */
        train_free(engine);
        return forget_wish(engine, err);
    }
    engine->is_job_stale = false;
    engine->job_judge = engine->judge;
    proposer_run(engine->proposer, work, engine->train);
    return 0;
}

/* Labels that have changed meanwhile: it is trained again. */
int train_enter(struct engine *engine, struct err *err)
{
    struct train_job *job = engine->train;
    char words[200];
    int rc = -1;
    if (!engine->is_training_done) {
        int got = proposer_finish(engine->proposer, err);
        if (got <= 0)
            return got;
        engine->is_training_done = true;
        engine_release_judge(engine);
    }
    if (engine->is_full && clock_steady_s() - engine->full_tried < 1)
        return 0;
    if (!engine->is_job_stale) {
        if (write_model(engine, &job->batch, err) != 0)
            return engine_is_full(engine, err) ? 0 : -1; /* it waits for room */
        engine_has_room(engine);
        buf_clear(&engine->carry);
        TRY(buf_append(&engine->carry, job->batch.carry.data, job->batch.carry.len, err));
        engine->is_train_asked = false;
        words_of(&job->batch, job->n_points, words, sizeof words);
        engine_note(engine, LOG_NOTE, "%s", words);
    }
    rc = 0;
out:
    engine->is_training_done = false;
    train_free(engine);
    return rc;
}

/* ---- the command ---------------------------------------------------------------------------- */

/* A scan at rest: here and now. */
static int train_at_rest(struct engine *engine, struct buf *answer, struct err *err)
{
    struct train_job *job = NULL;
    char words[200];
    bool found = false;
    int rc = -1;
    buf_clear(&engine->carry);
    TRY(store_get_model(engine->store, engine->last_proposal, &engine->carry, &found, err));
    if ((job = job_create(engine, err)) == NULL)
        goto out;
    TRY(work(job, err));
    TRY(write_model(engine, &job->batch, err));
    words_of(&job->batch, job->n_points, words, sizeof words);
    rc = buf_puts(answer, words, err);
out:
    job_free(job);
    return rc;
}

int train_run(struct engine *engine, const char *rest, bool *is_ok, struct buf *answer,
              struct err *err)
{
    struct store_counts counts;
    char n[32];
    const char *why = NULL;
    if (store_counts(engine->store, &counts, err) != 0)
        return -1;
    uint64_t n_closed = counts.total - counts.running;
    if (strcmp(rest, "now") != 0)
        why = "expected \"train now\"";
    else if (!is_learned(engine))
        why = "only methods classifier and regressor have a learner";
    else if (!engine->has_proposal || n_closed == 0)
        why = "there is no closed point yet to learn from";
    if (why != NULL) {
        *is_ok = false;
        return buf_puts(answer, why, err);
    }
    if (engine->pool == NULL)
        return train_at_rest(engine, answer, err);
    if (engine_set_meta(engine, ASKED, "asked", err) != 0)
        return -1;
    engine->is_train_asked = true;
    return buf_printf(answer, err,
                      "the learner is trained on all %s closed points%s; the log tells when it is "
                      "done",
                      text_count(n, sizeof n, n_closed),
                      propose_has_job(engine) ? ", after the proposal that is at work" : "");
}

int train_load(struct engine *engine, struct err *err)
{
    struct buf asked;
    buf_init(&asked, 64);
    int rc = store_get_meta(engine->store, ASKED, &asked, err);
    engine->is_train_asked = rc == 0 && asked.len > 0 && is_learned(engine);
    buf_free(&asked);
    return rc;
}
