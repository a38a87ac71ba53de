/* progress.c: the engine's heartbeat in the store, the log, and figures for whoever watches. */
#include "private.h"

#include <math.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

static const double PACE_S = 2;        /* the pace is measured over this time */
static const double LEAST_EVENTS = 10; /* else the time that is left is off by a third and more */

double engine_active_s(const struct engine *engine)
{
    return engine->active_before_s + clock_steady_s() - engine->started;
}

void engine_note(struct engine *engine, enum log_level level, const char *format, ...)
{
    char text[2048];
    struct err ignored = ERR_INIT;
    va_list args;
    va_start(args, format);
    vsnprintf(text, sizeof text, format, args);
    va_end(args);
    if (!store_in_transaction(engine->store) && store_begin(engine->store, &ignored) == 0 &&
        (store_log(engine->store, level, text, &ignored) != 0 ||
         store_commit(engine->store, &ignored) != 0))
        store_rollback(engine->store);
    if (engine->options != NULL && engine->options->note != NULL)
        engine->options->note(engine->options->context, level, text);
}

static int put_workers(struct engine *engine, struct err *err)
{
    enum { MOST = 256 };
    struct pool_worker now[MOST];
    struct worker_row rows[MOST];
    size_t n = engine->pool != NULL ? pool_workers(engine->pool, now, MOST) : 0;
    for (size_t i = 0; i < n; i++) {
        int calculator = now[i].calculator;
        rows[i] = (struct worker_row){
            .worker = now[i].worker,
            .pid = now[i].pid,
            .point = now[i].point,
            .since = now[i].since,
            .n_done = now[i].n_done,
            .busy_s = now[i].busy_s,
            .calculator_since = now[i].calculator_since,
        };
        if (calculator >= 0 && (size_t)calculator < engine->scan->n_calculators)
            snprintf(rows[i].calculator, sizeof rows[i].calculator, "%s",
                     engine->scan->calculators[calculator].name);
    }
    return store_put_workers(engine->store, rows, n, err);
}

/* No beat on a full disk; what waits to be written is not put off by that. */
static int miss_beat(struct engine *engine, struct err *err)
{
    double tried = engine->is_full ? engine->full_tried : 0;
    if (!engine_is_full(engine, err))
        return -1;
    if (tried > 0)
        engine->full_tried = tried;
    return 0;
}

int progress_beat(struct engine *engine, const char *state, struct err *err)
{
    struct engine_row row = {
        .pid = (int64_t)getpid(),
        .started = engine->started_wall,
        .beat = clock_wall_s(),
        .active_s = engine_active_s(engine),
    };
    gethostname(row.host, sizeof row.host - 1);
    snprintf(row.state, sizeof row.state, "%s", state);
    if (engine->words[0] == '\0' && engine->pool != NULL)
        doing_words(engine, row.words, sizeof row.words);
    else
        snprintf(row.words, sizeof row.words, "%s", engine->words);
    engine->last_beat = clock_steady_s();
    if (store_begin(engine->store, err) != 0)
        return miss_beat(engine, err);
    if (store_beat(engine->store, &row, err) != 0 || put_workers(engine, err) != 0 ||
        store_commit(engine->store, err) != 0) {
        store_rollback(engine->store);
        return miss_beat(engine, err);
    }
    if ((engine->closing == NULL || engine->closing->n == 0) && !engine->has_batch)
        engine_has_room(engine); /* nothing else waits to be written */
    return 0;
}

int progress_restore(struct engine *engine, struct err *err)
{
    const char *goals = engine->goals_before != NULL ? engine->goals_before : "";
    if (store_begin(engine->store, err) != 0)
        return -1;
    if (store_beat(engine->store, &engine->before, err) == 0 && put_workers(engine, err) == 0 &&
        store_set_meta(engine->store, "run goals", goals, err) == 0 &&
        store_commit(engine->store, err) == 0)
        return 0;
    store_rollback(engine->store);
    return -1;
}

static void measure_pace(struct engine *engine)
{
    double now = clock_steady_s(), since = now - engine->pace_at;
    if (since < PACE_S && engine->pace_per_s > 0)
        return;
    engine->pace_per_s = since > 0 ? (double)(engine->n_closed_here - engine->pace_n) / since : 0;
    engine->pace_n = engine->n_closed_here;
    engine->pace_at = now;
}

static double last_share(const struct engine *engine)
{
    if (engine->n_sums == 0)
        return (double)NAN;
    const struct round_sums *last = &engine->sums[engine->n_sums - 1];
    const struct round_sums *before = engine->n_sums > 1 ? last - 1 : NULL;
    uint64_t n = last->points - (before != NULL ? before->points : 0);
    uint64_t n_accepted = last->accepted - (before != NULL ? before->accepted : 0);
    return n > 0 ? (double)n_accepted / (double)n : (double)NAN;
}

void progress_show(struct engine *engine, const char *state)
{
    struct err ignored = ERR_INIT;
    char doing[200];
    double n_events;
    doing_words(engine, doing, sizeof doing);
    struct engine_progress progress = {
        .state = state,
        .words = engine->words[0] != '\0' ? engine->words : doing,
        .seconds = clock_steady_s() - engine->started,
        .active_s = engine_active_s(engine),
        .n_workers = pool_n_workers(engine->pool),
        .share = last_share(engine),
        .left_s = (double)NAN,
    };
    engine->last_progress = clock_steady_s();
    if (engine->options->progress == NULL ||
        store_counts(engine->store, &progress.counts, &ignored) != 0)
        return;
    measure_pace(engine);
    progress.round = engine->next_round;
    progress.is_integral = engine->is_integral;
    progress.integral = integral_latest(engine);
    progress.round_share = integral_round_share(engine);
    progress.unit = engine->scan->integrate.unit;
    progress.per_s = engine->pace_per_s;
    survey_volume(engine->survey, &progress.volume);
    progress.goal_share =
        goal_share(engine, &progress.counts, progress.active_s, &progress.volume, &n_events);
    if (progress.goal_share > 0.02 && progress.seconds > 2 && n_events >= LEAST_EVENTS)
        progress.left_s = progress.active_s * (1 - progress.goal_share) / progress.goal_share;
    engine->options->progress(engine->options->context, &progress);
}
