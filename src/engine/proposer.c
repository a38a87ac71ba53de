/* proposer.c: the engine's second thread.
 *
 * One job at a time, handed over under a mutex; a pipe wakes the engine's poll() when it is done.
 * What is proposed, and from what, is the survey's affair, or that of the work handed over. */
#include "proposer.h"

#include <errno.h>
#include <fcntl.h>
#include <math.h>
#include <pthread.h>
#include <unistd.h>

enum job_state { JOB_NONE, JOB_ASKED, JOB_DONE };

struct proposer {
    pthread_t thread;
    pthread_mutex_t mutex;
    pthread_cond_t asked;
    bool has_thread, is_ending;
    int wake[2];
    enum job_state state; /* under the mutex, as all below */
    double began, took_s; /* steady: of the job in hand; of the last one that was done */
    struct survey_snapshot *snapshot;
    uint64_t first_id;
    struct buf carry;
    struct survey_batch batch;
    int (*work)(void *context, struct err *err); /* NULL: the snapshot is the job */
    void *context;
    int rc;
    struct err err;
};

static void run_job(struct proposer *proposer)
{
    struct survey_batch batch = {0};
    struct err err = ERR_INIT;
    int rc = proposer->work != NULL
                 ? proposer->work(proposer->context, &err)
                 : survey_propose(proposer->snapshot, proposer->first_id, proposer->carry.data,
                                  proposer->carry.len, &batch, &err);
    survey_snapshot_free(proposer->snapshot);
    pthread_mutex_lock(&proposer->mutex);
    proposer->snapshot = NULL;
    proposer->work = NULL;
    proposer->batch = batch;
    proposer->rc = rc;
    proposer->err = err;
    proposer->took_s = clock_steady_s() - proposer->began;
    proposer->state = JOB_DONE;
    pthread_mutex_unlock(&proposer->mutex);
    ssize_t n = write(proposer->wake[1], "", 1);
    (void)n; /* a full pipe is as readable as can be */
}

static void *propose(void *context)
{
    struct proposer *proposer = context;
    pthread_mutex_lock(&proposer->mutex);
    while (!proposer->is_ending) {
        if (proposer->state != JOB_ASKED) {
            pthread_cond_wait(&proposer->asked, &proposer->mutex);
            continue;
        }
        pthread_mutex_unlock(&proposer->mutex);
        run_job(proposer);
        pthread_mutex_lock(&proposer->mutex);
    }
    pthread_mutex_unlock(&proposer->mutex);
    return NULL;
}

struct proposer *proposer_create(struct err *err)
{
    struct proposer *proposer = mem_new(struct proposer);
    if (proposer == NULL) {
        mem_error(err);
        return NULL;
    }
    proposer->wake[0] = proposer->wake[1] = -1;
    proposer->took_s = (double)NAN;
    buf_init(&proposer->carry, SIZE_MAX / 4);
    pthread_mutex_init(&proposer->mutex, NULL);
    pthread_cond_init(&proposer->asked, NULL);
    if (pipe(proposer->wake) != 0) {
        err_sys(err, ERR_IO, errno, "cannot make a pipe");
        goto fail;
    }
    for (int i = 0; i < 2; i++) {
        (void)fcntl(proposer->wake[i], F_SETFD, FD_CLOEXEC);
        (void)fcntl(proposer->wake[i], F_SETFL, O_NONBLOCK);
    }
    int failed = pthread_create(&proposer->thread, NULL, propose, proposer);
    if (failed != 0) {
        err_sys(err, ERR_LIMIT, failed, "cannot start the learner's thread");
        goto fail;
    }
    proposer->has_thread = true;
    return proposer;
fail:
    proposer_free(proposer);
    return NULL;
}

void proposer_free(struct proposer *proposer)
{
    if (proposer == NULL)
        return;
    pthread_mutex_lock(&proposer->mutex);
    proposer->is_ending = true;
    pthread_cond_signal(&proposer->asked);
    pthread_mutex_unlock(&proposer->mutex);
    if (proposer->has_thread)
        pthread_join(proposer->thread, NULL);
    for (int i = 0; i < 2; i++)
        if (proposer->wake[i] >= 0)
            close(proposer->wake[i]);
    survey_snapshot_free(proposer->snapshot);
    survey_batch_free(&proposer->batch);
    buf_free(&proposer->carry);
    pthread_cond_destroy(&proposer->asked);
    pthread_mutex_destroy(&proposer->mutex);
    mem_free(proposer);
}

int proposer_fd(const struct proposer *proposer)
{
    return proposer->wake[0];
}

bool proposer_is_busy(const struct proposer *proposer)
{
    struct proposer *locked = (struct proposer *)(uintptr_t)proposer;
    if (proposer == NULL)
        return false; /* the scan is at rest */
    pthread_mutex_lock(&locked->mutex);
    bool is_busy = proposer->state != JOB_NONE;
    pthread_mutex_unlock(&locked->mutex);
    return is_busy;
}

double proposer_busy_s(const struct proposer *proposer)
{
    struct proposer *locked = (struct proposer *)(uintptr_t)proposer;
    if (proposer == NULL)
        return 0;
    pthread_mutex_lock(&locked->mutex);
    double busy_s = proposer->state == JOB_ASKED ? clock_steady_s() - proposer->began : 0;
    pthread_mutex_unlock(&locked->mutex);
    return busy_s;
}

double proposer_took_s(const struct proposer *proposer)
{
    struct proposer *locked = (struct proposer *)(uintptr_t)proposer;
    pthread_mutex_lock(&locked->mutex);
    double took_s = proposer->took_s;
    pthread_mutex_unlock(&locked->mutex);
    return took_s;
}

int proposer_ask(struct proposer *proposer, struct survey_snapshot *take_snapshot,
                 uint64_t first_id, const struct buf *carry, struct err *err)
{
    buf_clear(&proposer->carry);
    if (buf_append(&proposer->carry, carry->len > 0 ? carry->data : "", carry->len, err) != 0) {
        survey_snapshot_free(take_snapshot);
        return -1;
    }
    pthread_mutex_lock(&proposer->mutex);
    proposer->snapshot = take_snapshot;
    proposer->first_id = first_id;
    proposer->began = clock_steady_s();
    proposer->state = JOB_ASKED;
    pthread_cond_signal(&proposer->asked);
    pthread_mutex_unlock(&proposer->mutex);
    return 0;
}

int proposer_take(struct proposer *proposer, struct survey_batch *batch, struct err *err)
{
    char drained[16];
    pthread_mutex_lock(&proposer->mutex);
    bool is_done = proposer->state == JOB_DONE;
    int rc = proposer->rc;
    if (is_done) {
        while (read(proposer->wake[0], drained, sizeof drained) > 0)
            continue;
        *batch = proposer->batch;
        proposer->batch = (struct survey_batch){0};
        proposer->state = JOB_NONE;
        if (rc != 0)
            *err = proposer->err;
    }
    pthread_mutex_unlock(&proposer->mutex);
    if (is_done && rc != 0) {
        survey_batch_free(batch);
        return -1;
    }
    return is_done;
}

void proposer_run(struct proposer *proposer, int (*work)(void *context, struct err *err),
                  void *context)
{
    pthread_mutex_lock(&proposer->mutex);
    proposer->work = work;
    proposer->context = context;
    proposer->began = clock_steady_s();
    proposer->state = JOB_ASKED;
    pthread_cond_signal(&proposer->asked);
    pthread_mutex_unlock(&proposer->mutex);
}

int proposer_finish(struct proposer *proposer, struct err *err)
{
    struct survey_batch none = {0};
    return proposer_take(proposer, &none, err);
}
