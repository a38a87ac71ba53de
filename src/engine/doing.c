/* doing.c: what the engine waits for, where that takes long, in words for whoever watches.
 *
 * Two things can make a scan that runs look dead: a calculator that does not come back from its
 * first call, which nobody else tells before its time limit; and a learner at work while no worker
 * has a point.  The words go into the store with the heartbeat; silence goes into the log too,
 * once.
 *
 * What it does not: end anything. */
#include "private.h"
#include "proposer.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

static const double SILENT_S = 30; /* or this share of a calculator's time limit: */
static const double SILENT_SHARE = 1.0 / 3, LEAST_SILENT_S = 1;
static const double LONG_JOB_S = 1;

struct silence {
    const struct scan_calculator *calculator; /* NULL: nobody knows which */
    double for_s, limit_s;                    /* limit_s: inf where there is none */
};

static double limit_of(const struct engine *engine, size_t i)
{
    const struct scan_calculator *calculator = &engine->scan->calculators[i];
    if (calculator->kind != CALC_EXEC && calculator->kind != CALC_RESIDENT)
        return (double)INFINITY;
    return isfinite(engine->timeouts[i]) ? engine->timeouts[i] : calculator->timeout_s;
}

/* What a worker waits for; false: it does not. */
static bool waits_for(const struct engine *engine, const struct pool_worker *worker,
                      struct silence *silence)
{
    size_t n = engine->scan->n_calculators;
    size_t i = worker->calculator >= 0 ? (size_t)worker->calculator : n == 1 ? 0 : n;
    double since = worker->calculator >= 0 ? worker->calculator_since : worker->since;
    if (worker->point == 0)
        return false;
    *silence = (struct silence){.for_s = clock_wall_s() - since, .limit_s = (double)INFINITY};
    if (i < n) {
        silence->calculator = &engine->scan->calculators[i];
        silence->limit_s = limit_of(engine, i);
    }
    return silence->for_s >= fmax(LEAST_SILENT_S, fmin(SILENT_S, SILENT_SHARE * silence->limit_s));
}

/* The longest wait of all workers, while no call has come back in this run. */
static bool find_silence(const struct engine *engine, struct silence *longest)
{
    enum { MOST = 256 };
    struct pool_worker workers[MOST];
    struct silence silence;
    bool found = false;
    if (engine->pool == NULL || engine->n_closed_here > 0 || engine->closing->n > 0 ||
        integral_takes(engine))
        return false;
    size_t n = pool_workers(engine->pool, workers, MOST);
    for (size_t i = 0; i < n; i++)
        if (waits_for(engine, &workers[i], &silence) && (!found || silence.for_s > longest->for_s))
            *longest = silence, found = true;
    return found;
}

static void silence_words(const struct silence *silence, char *out, size_t size)
{
    char since[32], limit[32];
    text_duration(since, sizeof since, floor(silence->for_s));
    if (silence->calculator == NULL)
        snprintf(out, size, "the calculators have not answered for %s", since);
    else if (isfinite(silence->limit_s))
        snprintf(
            out, size, "calculator %.60s has not answered for %s; it is ended after %s (timeout)",
            silence->calculator->name, since, text_duration(limit, sizeof limit, silence->limit_s));
    else
        snprintf(out, size, "calculator %.60s has not answered for %s", silence->calculator->name,
                 since);
}

static const char *job_name(const struct engine *engine)
{
    enum search_method method = engine->scan->search.method;
    bool is_learned = method == METHOD_CLASSIFIER || method == METHOD_REGRESSOR;
    return engine->integral != NULL              ? "working out the next calls"
           : engine->train != NULL || is_learned ? "learning"
                                                 : "proposing points";
}

void doing_words(const struct engine *engine, char *out, size_t size)
{
    struct silence silence;
    char since[32];
    double busy_s = proposer_busy_s(engine->proposer);
    out[0] = '\0';
    if (find_silence(engine, &silence))
        silence_words(&silence, out, size);
    else if (busy_s >= LONG_JOB_S)
        snprintf(out, size, "%s for %s%s", job_name(engine),
                 text_duration(since, sizeof since, floor(busy_s)),
                 engine->pool != NULL && pool_n_waiting(engine->pool) == 0
                     ? " while the workers wait"
                     : "");
}

void doing_check(struct engine *engine)
{
    struct silence silence;
    char words[200];
    if (engine->is_silence_told || !find_silence(engine, &silence))
        return;
    engine->is_silence_told = true;
    silence_words(&silence, words, sizeof words);
    engine_note(engine, LOG_WARNING, "%s%s", words,
                silence.calculator != NULL && silence.calculator->kind == CALC_RESIDENT
                    ? "; a resident one must write each line out at once (flush)"
                    : "");
}
