/* gaps.c: the command "gaps queue": points where the target is predicted and nobody has been.
 *
 * The gaps are those of survey_coverage, from every complete round and the newest model.  Of each
 * of the first ones a few places that are spread over it are run, as points given by the user: in
 * no volume, and a round of their own; one place where calls fail, which tells whether they still
 * do.  Places near a point that is still in flight are left out,
 * so asking twice does not run them twice. */
#include "private.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

enum { DEFAULT_GAPS = 10, MOST_GAPS = 200 };

struct queue {
    size_t n, n_gaps, n_failing, cap;
    double volume;
    double *units; /* n by n_dims */
};

static int load_at_rest(struct engine *engine, struct err *err)
{
    if (engine->survey != NULL)
        return 0;
    engine->survey = survey_create(engine->scan, engine->judge, err);
    return engine->survey == NULL ? -1 : load_all(engine, err);
}

/* Is a point in flight as near as that to the place? */
static bool is_in_flight(struct engine *engine, const float *place, double near, double *row,
                         double *unit)
{
    size_t n_params = engine->scan->n_params;
    for (const struct flight *flight = engine->flights; flight != NULL; flight = flight->next)
        for (size_t i = 0; i < flight->n; i++) {
            double sum = 0;
            memcpy(row, flight->params + i * n_params, n_params * sizeof *row);
            if (!space_to_unit(engine->space, row, unit))
                continue;
            for (size_t j = 0; j < engine->n_dims; j++)
                sum += pow(unit[j] - (double)place[j], 2);
            if (sum <= near * near)
                return true;
        }
    return false;
}

static int fill_queue(struct engine *engine, const struct coverage *coverage, size_t n_gaps,
                      struct queue *queue, struct err *err)
{
    size_t d = engine->n_dims;
    double *row = mem_array(engine->scan->n_values, sizeof *row);
    double *unit = mem_array(d, sizeof *unit);
    for (size_t g = 0; g < coverage->n_gaps && g < n_gaps; g++)
        queue->cap += coverage->gaps[g].n_places;
    queue->units = mem_array(queue->cap * d, sizeof *queue->units);
    if (row == NULL || unit == NULL || queue->units == NULL) {
        mem_free(row);
        mem_free(unit);
        return mem_error(err);
    }
    for (size_t g = 0; g < coverage->n_gaps && g < n_gaps; g++) {
        const struct coverage_gap *gap = &coverage->gaps[g];
        size_t before = queue->n, n_places = gap->is_failing ? 1 : gap->n_places;
        for (size_t i = 0; i < n_places; i++) {
            const float *place = gap->places + i * d;
            for (size_t j = 0; j < d; j++)
                queue->units[queue->n * d + j] = (double)place[j];
            if (space_to_physical(engine->space, queue->units + queue->n * d, row) &&
                !is_in_flight(engine, place, coverage->gap_from, row, unit))
                queue->n++;
        }
        queue->n_gaps += queue->n > before;
        queue->n_failing += gap->is_failing && queue->n > before;
        queue->volume += queue->n > before ? gap->volume : 0;
    }
    mem_free(row);
    mem_free(unit);
    return 0;
}

static int run_queue(struct engine *engine, const struct queue *queue, struct buf *answer,
                     struct err *err)
{
    size_t n_params = engine->scan->n_params;
    uint64_t id = engine->next_id;
    double *params = mem_array(queue->n * n_params, sizeof *params);
    int rc = -1;
    if (params == NULL)
        return mem_error(err);
    space_to_physical_block(engine->space, queue->n, queue->units, params, n_params, NULL);
    for (size_t i = 0; i < queue->n; i++)
        space_snap(engine->space, params + i * n_params);
    TRY(propose_asked(engine, queue->n, params, err));
    char failing[64] = "";
    if (queue->n_failing > 0)
        snprintf(failing, sizeof failing, "; calls fail in %zu of them", queue->n_failing);
    if (queue->n_failing == queue->n_gaps)
        snprintf(failing, sizeof failing, ", where calls fail");
    rc = buf_printf(answer, err,
                    "%zu point%s, %llu to %llu, in %zu gap%s that hold%s %.2g of the prior%s%s",
                    queue->n, queue->n == 1 ? "" : "s", (unsigned long long)id,
                    (unsigned long long)(id + queue->n - 1), queue->n_gaps,
                    queue->n_gaps == 1 ? "" : "s", queue->n_gaps == 1 ? "s" : "", queue->volume,
                    failing, engine->pool == NULL ? "; they run when the scan is resumed" : "");
out:
    mem_free(params);
    return rc;
}

static const char *why_unknown(const struct engine *engine, const struct coverage *coverage)
{
    enum search_method method = engine->scan->search.method;
    if (coverage->n_pool > 0)
        return "the learner predicts too little of the target yet";
    if (method != METHOD_CLASSIFIER && method != METHOD_REGRESSOR)
        return "only methods classifier and regressor have a learner";
    return "no learner knows the labels of now yet: \"train now\" trains one";
}

static int queue_gaps(struct engine *engine, size_t n_gaps, bool *is_ok, struct buf *answer,
                      struct err *err)
{
    struct coverage coverage = {0};
    struct queue queue = {0};
    int rc = -1;
    TRY(load_at_rest(engine, err));
    TRY(survey_cover(engine->survey, engine->scan, engine->carry.data, engine->carry.len, &coverage,
                     err));
    if (!isfinite(coverage.empty)) {
        *is_ok = false;
        rc = buf_puts(answer, why_unknown(engine, &coverage), err);
        goto out;
    }
    TRY(fill_queue(engine, &coverage, n_gaps, &queue, err));
    if (queue.n > 0)
        rc = run_queue(engine, &queue, answer, err);
    else
        rc = buf_puts(answer,
                      coverage.n_gaps > 0
                          ? "the gaps have points in flight already"
                          : "there are no gaps: every predicted place has a point near it",
                      err);
out:
    coverage_free(&coverage);
    mem_free(queue.units);
    return rc;
}

int gaps_run(struct engine *engine, const char *rest, bool *is_ok, struct buf *answer,
             struct err *err)
{
    int64_t n = DEFAULT_GAPS;
    size_t word = strcspn(rest, " \t");
    const char *number = rest + word + strspn(rest + word, " \t");
    bool is_queue = word == 5 && strncmp(rest, "queue", word) == 0;
    if (!is_queue ||
        (number[0] != '\0' && (text_to_int64(number, &n) != 0 || n < 1 || n > MOST_GAPS))) {
        *is_ok = false;
        return buf_printf(answer, err,
                          "expected gaps queue [NUMBER], of 1 to %d gaps (theodolite gaps DB lists "
                          "them)",
                          MOST_GAPS);
    }
    return queue_gaps(engine, (size_t)n, is_ok, answer, err);
}
