/* task.c: integrands that are so cheap that points of them are not worth being sent about.
 *
 * The worker maps points of the unit cube to parameters, runs the chain on blocks of them, takes
 * the integrand from the rows, and answers what the task asks for: sums of a chunk, a whole
 * integration, or only how long a call takes.  A call that fails has no value (NaN); why it failed
 * is told for points that are run as points only. */
#include "task.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "theodolite/judge.h"
#include "theodolite/space.h"

enum { BLOCK = 2048, PROBE_MOST = 16384 };
static const double PROBE_S = 0.02;

struct task {
    const struct scan *scan;
    struct chain *chain;
    enum work_task kind;
    struct space *space;
    struct height *height;
    struct adaptive *adaptive;
    struct work_whole whole;
    uint64_t *ids; /* BLOCK */
    double *rows;  /* BLOCK by n_values */
    struct outcome *outcomes;
    bool *is_failed;
};

static int read_data(struct task *task, const char *data, size_t n, struct err *err)
{
    if (task->kind == WORK_CHUNKS)
        return (task->adaptive = adaptive_read(data, n, err)) != NULL ? 0 : -1;
    if (task->kind == WORK_WHOLE && n == sizeof task->whole)
        memcpy(&task->whole, data, n);
    else if (task->kind != WORK_PROBE)
        return err_set(err, ERR_PROTOCOL, "the worker was sent a task that it does not know");
    return 0;
}

struct task *task_create(const struct scan *scan, struct chain *chain, enum work_task kind,
                         const char *data, size_t n, struct err *err)
{
    struct task *task = mem_new(struct task);
    if (task == NULL) {
        mem_error(err);
        return NULL;
    }
    task->scan = scan;
    task->chain = chain;
    task->kind = kind;
    task->ids = mem_array(BLOCK, sizeof *task->ids);
    task->rows = mem_array(BLOCK * scan->n_values, sizeof *task->rows);
    task->outcomes = mem_array(BLOCK, sizeof *task->outcomes);
    task->is_failed = mem_array(BLOCK, sizeof *task->is_failed);
    if (task->ids == NULL || task->rows == NULL || task->outcomes == NULL ||
        task->is_failed == NULL) {
        mem_error(err);
        goto fail;
    }
    if ((task->space = space_create(scan, err)) == NULL ||
        (task->height = height_create(scan, err)) == NULL || read_data(task, data, n, err) != 0)
        goto fail;
    return task;
fail:
    task_free(task);
    return NULL;
}

void task_free(struct task *task)
{
    if (task == NULL)
        return;
    space_free(task->space);
    height_free(task->height);
    adaptive_free(task->adaptive);
    mem_free(task->ids);
    mem_free(task->rows);
    mem_free(task->outcomes);
    mem_free(task->is_failed);
    mem_free(task);
}

/* ---- the integrand -------------------------------------------------------------------------- */

static int eval_block(struct task *task, size_t n, const double *units, double *values,
                      struct err *err)
{
    size_t stride = task->scan->n_values;
    space_to_physical_block(task->space, n, units, task->rows, stride, NULL);
    if (chain_run(task->chain, n, task->ids, task->rows, stride, task->outcomes, err) != 0)
        return -1;
    for (size_t i = 0; i < n; i++) {
        task->is_failed[i] = task->outcomes[i].reason != REASON_NONE;
        outcome_clear(&task->outcomes[i]);
    }
    height_block(task->height, n, task->rows, stride, task->is_failed, values);
    return 0;
}

static int eval(void *context, size_t n, const double *units, double *values, struct err *err)
{
    struct task *task = context;
    size_t d = space_n_dims(task->space);
    for (size_t at = 0; at < n; at += BLOCK) {
        size_t k = n - at < BLOCK ? n - at : BLOCK;
        if (eval_block(task, k, units + at * d, values + at, err) != 0)
            return -1;
    }
    return 0;
}

/* ---- pieces --------------------------------------------------------------------------------- */

/* Seconds per call, from blocks of uniform points that double until they have taken long enough:
 * of the last one, as the first warms up. */
static int probe(struct task *task, struct buf *answer, struct err *err)
{
    size_t d = space_n_dims(task->space);
    double *units = mem_array(PROBE_MOST * d + 1, sizeof *units);
    double *values = mem_array(PROBE_MOST, sizeof *values);
    double began = clock_steady_s(), each = 0;
    int rc = -1;
    if (units == NULL || values == NULL) {
        mem_error(err);
        goto out;
    }
    struct rng rng = rng_stream(task->scan->seed, RNG_POOL, 0);
    for (size_t n = 1; n <= PROBE_MOST && clock_steady_s() - began < PROBE_S; n *= 2) {
        for (size_t i = 0; i < n * d; i++)
            units[i] = rng_uniform(&rng);
        double start = clock_steady_s();
        TRY(eval(task, n, units, values, err));
        each = (clock_steady_s() - start) / (double)n;
    }
    rc = buf_append(answer, &each, sizeof each, err);
out:
    mem_free(units);
    mem_free(values);
    return rc;
}

static int whole(struct task *task, const struct integrand *integrand, struct buf *answer,
                 struct err *err)
{
    struct strata_result result;
    struct arena *arena = arena_create();
    int rc = -1;
    if (arena == NULL)
        return mem_error(err);
    TRY(strata_integrate(&task->whole.config, integrand, task->whole.method, arena, &result, err));
    TRY(buf_append(answer, &result, sizeof result, err));
    TRY(buf_append(answer, result.classes, result.n_classes * sizeof *result.classes, err));
    rc = buf_append(answer, result.rounds, result.n_rounds * sizeof *result.rounds, err);
out:
    arena_free(arena);
    return rc;
}

static int answer_piece(struct task *task, uint64_t id, struct buf *answer, struct err *err)
{
    const struct integrand integrand = {
        .n_dims = space_n_dims(task->space), .eval = eval, .context = task};
    switch (task->kind) {
    case WORK_PROBE: return probe(task, answer, err);
    case WORK_CHUNKS:
        return adaptive_chunk(task->adaptive, (size_t)(id - 1), &integrand, answer, err);
    case WORK_WHOLE: return whole(task, &integrand, answer, err);
    case WORK_POINTS: break;
    }
    return err_set(err, ERR_PROTOCOL, "there is no such task");
}

int task_run(struct task *task, uint64_t id, struct outcome *outcome, struct err *err)
{
    struct err trouble = ERR_INIT;
    struct buf answer;
    int rc = -1;
    *outcome = (struct outcome){.calculator = -1, .stage = "run"};
    buf_init(&answer, (size_t)1 << 30);
    if (answer_piece(task, id, &answer, &trouble) != 0) {
        outcome->reason = REASON_PROTOCOL;
        outcome->words = mem_strdup(trouble.message);
        rc = 0;
        goto out;
    }
    outcome->kept = mem_array(1, sizeof *outcome->kept);
    if (outcome->kept == NULL) {
        mem_error(err);
        goto out;
    }
    outcome->n_kept = 1;
    outcome->kept[0].n = answer.len;
    outcome->kept[0].name = mem_strdup("answer");
    outcome->kept[0].data = mem_memdup(answer.len > 0 ? answer.data : "", answer.len);
    rc = outcome->kept[0].name != NULL && outcome->kept[0].data != NULL ? 0 : mem_error(err);
out:
    buf_free(&answer);
    return rc;
}
