/* json.c: status for other programs (the fields of `status --json`).
 *
 * One object on one line.  A figure that is not known is null. */
#include "private.h"

#include <jansson.h>
#include <math.h>
#include <stdlib.h>

static json_t *number(double value)
{
    return isfinite(value) ? json_real(value) : json_null();
}

static json_t *whole(uint64_t value)
{
    return json_integer((json_int_t)value);
}

static json_t *points_of(const struct morning *morning)
{
    const struct store_counts *counts = &morning->counts;

    return json_pack("{s:o, s:o, s:o, s:o, s:o, s:o, s:o}", "total", whole(counts->total),
                     "accepted", whole(counts->accepted), "rejected", whole(counts->rejected),
                     "failed", whole(counts->failed), "unknown", whole(counts->unknown), "running",
                     whole(counts->running), "waiting", whole(morning->n_waiting));
}

static json_t *failures_of(const struct morning *morning)
{
    json_t *list = json_array();
    size_t i;

    for (i = 0; i < morning->n_tallies; i++)
        json_array_append_new(list, json_pack("{s:s, s:s, s:o, s:s}", "calculator",
                                              morning->tallies[i].calculator, "reason",
                                              morning->tallies[i].reason, "count",
                                              whole(morning->tallies[i].count), "example",
                                              morning->tallies[i].example));
    return list;
}

static json_t *engine_of(const struct morning *morning)
{
    return json_pack("{s:I, s:s, s:s, s:s, s:b}", "pid", (json_int_t)morning->engine.pid, "host",
                     morning->engine.host, "state", morning->engine.state, "words",
                     morning->engine.words, "alive", (int)morning->engine.is_alive);
}

/* Of the points held back in the latest training: the share of accepted ones among those that were
 * said to be in the target (probability above one half), and of others among the rest. */
static json_t *purity_of(const struct morning *morning)
{
    double right[2] = {0, 0}, n[2] = {0, 0};
    json_t *metrics = NULL, *bins, *bin;
    size_t i;

    for (i = morning->n_rounds; i-- > 0 && !metrics;)
        if (morning->rounds[i].metrics)
            metrics = json_loads(morning->rounds[i].metrics, 0, NULL);
    bins = json_object_get(metrics, "calibration");
    json_array_foreach(bins, i, bin)
    {
        bool is_in = 2 * i >= json_array_size(bins);
        double count = json_number_value(json_object_get(bin, "n"));
        double found = json_number_value(json_object_get(bin, "found"));

        n[is_in] += count;
        right[is_in] += count * (is_in ? found : 1 - found);
    }
    json_decref(metrics);
    return json_pack("{s:o, s:o}", "in", number(n[1] > 0 ? right[1] / n[1] : (double)NAN), "out",
                     number(n[0] > 0 ? right[0] / n[0] : (double)NAN));
}

static json_t *copy_of(const json_t *metrics, const char *name)
{
    json_t *value = json_object_get(metrics, name);

    return value ? json_incref(value) : json_null();
}

/* Which part of the model is trained, and the held-out log losses by which that was chosen, of the
 * newest round that compared them. */
static json_t *choice_of(const struct morning *morning)
{
    json_t *found = json_null();
    size_t i;

    for (i = morning->n_rounds; i-- > 0 && json_is_null(found);) {
        const char *text = morning->rounds[i].metrics;
        json_t *metrics = text ? json_loads(text, 0, NULL) : NULL;

        if (json_is_number(json_object_get(metrics, "kernel_log_loss")))
            found = json_pack("{s:o, s:o, s:o, s:o, s:o}", "chosen", copy_of(metrics, "chosen"),
                              "round", whole(morning->rounds[i].round), "network",
                              copy_of(metrics, "network_log_loss"), "kernel",
                              copy_of(metrics, "kernel_log_loss"), "both",
                              copy_of(metrics, "both_log_loss"));
        json_decref(metrics);
    }
    return found;
}

static json_t *learner_of(const struct morning *morning)
{
    return json_pack("{s:o, s:o, s:o, s:o, s:o, s:o, s:o}", "choice", choice_of(morning),
                     "promised", number(morning->figures.promised), "found",
                     number(morning->figures.found), "error", number(morning->figures.found_error),
                     "points", whole(morning->figures.n_learned), "failed",
                     whole(morning->figures.n_learned_failed), "purity", purity_of(morning));
}

/* Of the accepted uniform points, the share that the learner expected; 95 % interval. */
static json_t *covered_of(const struct morning *morning)
{
    const struct foreseen *f = &morning->foreseen;

    return json_pack("{s:o, s:o, s:o, s:o}", "estimate", number(f->share), "lo", number(f->lo),
                     "hi", number(f->hi), "points", whole(f->n));
}

/* Cheap calls of an integration are counted, but no points. */
static uint64_t evaluations_of(const struct morning *morning)
{
    uint64_t n = morning->counts.evaluations, calls = integral_n_calls(morning);

    return morning->is_integral && calls > n ? calls : n;
}

/* An integration has rounds of its own; what the store calls a round is a batch of its calls. */
static uint64_t rounds_of(const struct morning *morning)
{
    if (!morning->is_integral)
        return morning->counts.n_rounds;
    return morning->has_integral ? morning->integral.round + 1 : 0;
}

/* The share of the prior that is accepted: an integration has no target. */
static json_t *volume_of(const struct morning *morning)
{
    double none = (double)NAN;

    return json_pack("{s:o, s:o}", "estimate",
                     number(morning->is_integral ? none : morning->figures.volume), "error",
                     number(morning->is_integral ? none : morning->figures.volume_error));
}

static json_t *status_of(const struct morning *morning, struct store *store)
{
    const char *warning = store_warning(store), *conflict = NULL;
    char words[1000];

    if (!morning->is_integral && morning->counts.accepted == 0 &&
        judge_conflict_words(&morning->conflict, morning->term_names, morning->n_terms, words,
                             sizeof words))
        conflict = words;

    return json_pack("{s:s, s:s, s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:s?, s:s*, s:o*, "
                     "s:o*}",
                     "scan", morning->scan->name, "state", morning->state, "points",
                     points_of(morning), "evaluations", whole(evaluations_of(morning)), "rounds",
                     whole(rounds_of(morning)), "volume", volume_of(morning), "failures",
                     failures_of(morning), "seconds", number(morning->engine.active_s), "learner",
                     learner_of(morning), "covered", covered_of(morning), "engine",
                     engine_of(morning), "warning", warning, "conflict", conflict, "integral",
                     integral_json(morning), "cells", integral_cells_json(morning));
}

int report_status_json(struct store *store, struct buf *out, struct err *err)
{
    struct morning morning;
    json_t *status = NULL;
    char *text = NULL;
    int rc = -1;

    if (morning_gather(store, &morning, err) != 0)
        return -1;
    status = status_of(&morning, store);
    text = status ? json_dumps(status, JSON_COMPACT) : NULL;
    if (!text) {
        mem_error(err);
        goto out;
    }
    TRY(buf_puts(out, text, err));
    rc = buf_puts(out, "\n", err);
out:
    free(text);
    json_decref(status);
    morning_free(&morning);
    return rc;
}
