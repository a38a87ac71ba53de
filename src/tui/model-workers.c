/* model-workers.c: who runs what, since when, and whether that is long.
 *
 * A worker is slow when its calculator has run for longer than three of its medians and than half
 * of its time limit.  Medians are those of the latest steps, asked for every two seconds.  In a
 * chain with one program the calculator is known without being told. */
#include "model-private.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

enum { WITH_VALUES = 256, MEDIAN_POINTS = 2000 };
static const double MEDIANS_S = 2, SLOW_MEDIANS = 3, SLOW_LIMIT = 0.5;

/* The scan's time limit, or what the user set it to since. */
static int read_limit(struct model *model, size_t calculator, double *limit_s, struct err *err)
{
    char key[128];
    struct buf text;
    int rc;

    buf_init(&text, 1 << 10);
    *limit_s = model->scan->calculators[calculator].timeout_s;
    snprintf(key, sizeof key, "live timeout %s", model->scan->calculators[calculator].name);
    rc = store_get_meta(model->store, key, &text, err);
    if (rc == 0 && text.len > 0)
        (void)text_to_double(text.data, limit_s);
    buf_free(&text);
    return rc;
}

static int read_medians(struct model *model, struct err *err)
{
    struct model_own *own = model->own;
    double times[MODEL_MEDIAN_STEPS], now = clock_steady_s();
    size_t i, n = model->scan->n_calculators;

    if (own->medians && own->n_medians == n && now - own->medians_at < MEDIANS_S)
        return 0;
    own->medians_at = now;
    own->n_external = 0;
    if (own->n_medians != n || !own->medians) {
        mem_free(own->medians);
        own->n_medians = 0;
        own->medians = mem_array(n, sizeof *own->medians);
        if (!own->medians)
            return mem_error(err);
        own->n_medians = n;
    }
    for (i = 0; i < n; i++) {
        const struct scan_calculator *calculator = &model->scan->calculators[i];
        struct median *median = &own->medians[i];

        *median = (struct median){.s = NAN};
        if (calculator->kind != CALC_EXEC && calculator->kind != CALC_RESIDENT)
            continue;
        own->n_external++;
        own->external = i;
        if (read_limit(model, i, &median->limit_s, err) != 0)
            return -1;
        if (store_step_times(model->store, calculator->name, MEDIAN_POINTS, times,
                             MODEL_MEDIAN_STEPS, &median->n, err) != 0)
            return -1;
        if (median->n > 0)
            median->s = times[median->n / 2];
    }
    return 0;
}

static size_t find_calculator(const struct model *model, const char *name)
{
    size_t i;

    for (i = 0; i < model->scan->n_calculators; i++)
        if (strcmp(model->scan->calculators[i].name, name) == 0)
            return i;
    return SIZE_MAX;
}

static void set_worker(const struct model *model, struct worker_view *view)
{
    const struct model_own *own = model->own;
    size_t calculator = SIZE_MAX;
    double runs;

    view->state = "idle";
    view->calculator = "";
    view->calculator_since = view->median_s = view->limit_s = NAN;
    if (view->row.point == 0)
        return;
    view->state = "prep";
    if (view->row.calculator[0])
        calculator = find_calculator(model, view->row.calculator);
    else if (own->n_external == 1)
        calculator = own->external;
    if (calculator == SIZE_MAX) {
        view->state = own->n_external == 0 ? "run" : "prep";
        view->calculator_since = view->row.since > 0 ? view->row.since : (double)NAN;
        return;
    }
    view->calculator = model->scan->calculators[calculator].name;
    view->calculator_since = view->row.calculator_since > 0 ? view->row.calculator_since
                             : view->row.since > 0          ? view->row.since
                                                            : (double)NAN;
    view->median_s = own->medians[calculator].s;
    view->limit_s = own->medians[calculator].limit_s;
    runs = model->now - view->calculator_since;
    view->is_slow = runs > SLOW_MEDIANS * view->median_s && runs > SLOW_LIMIT * view->limit_s;
    view->state = view->is_slow ? "SLOW" : "run";
}

/* The parameters of the points that run. */
static int read_values(struct model *model, struct err *err)
{
    struct model_own *own = model->own;
    size_t n_values = model->scan->n_values, i, n = 0;
    struct point_row points[WITH_VALUES];
    uint64_t ids[WITH_VALUES];
    struct worker_view *views[WITH_VALUES];

    for (i = 0; i < model->n_workers && n < WITH_VALUES; i++) {
        if (model->workers[i].row.point == 0)
            continue;
        views[n] = &model->workers[i];
        ids[n++] = model->workers[i].row.point;
    }
    mem_free(own->values);
    own->values = mem_array(n * n_values, sizeof *own->values);
    if (!own->values)
        return mem_error(err);
    for (i = 0; i < n; i++)
        points[i].row = own->values + i * n_values;
    if (store_points(model->store, ids, n, points, err) != 0)
        return -1;
    for (i = 0; i < n; i++)
        views[i]->values = points[i].id != 0 ? points[i].row : NULL;
    return 0;
}

int model_read_workers(struct model *model, struct err *err)
{
    struct worker_row *rows = NULL;
    size_t i, n = 0;
    int rc = -1;

    model->n_busy = model->n_workers = 0;
    model->n_waiting = model->counts.running;
    mem_free(model->workers);
    model->workers = NULL;
    if (!model->engine.is_alive) {
        model->workers = mem_array(0, sizeof *model->workers);
        return model->workers ? 0 : mem_error(err);
    }
    rows = mem_array(MODEL_WORKERS, sizeof *rows);
    if (!rows)
        return mem_error(err);
    TRY(read_medians(model, err));
    TRY(store_workers(model->store, rows, MODEL_WORKERS, &n, err));
    model->workers = mem_array(n, sizeof *model->workers);
    if (!model->workers) {
        mem_error(err);
        goto out;
    }
    for (i = 0; i < n; i++) {
        model->workers[i].row = rows[i];
        set_worker(model, &model->workers[i]);
        model->n_busy += rows[i].point != 0;
    }
    model->n_workers = n;
    if (model->n_busy > model->counts.running)
        model->n_busy = model->counts.running;
    model->n_waiting = model->counts.running - model->n_busy;
    rc = read_values(model, err);
out:
    mem_free(rows);
    return rc;
}

void model_free_workers(struct model_own *own)
{
    mem_free(own->medians);
    mem_free(own->values);
}
