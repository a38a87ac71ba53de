/* status.c: ten lines that a person reads at 8 in the morning.
 *
 * Did it run through, how many good points are there, what failed and why, what rejects, is the
 * region covered, can the learner be trusted, how large is the volume, when will it be done, what is
 * to be done now.  What is not known is "-". */
#include "private.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

enum { TEXT = 64 };

static double percent(uint64_t n, uint64_t of)
{
    return of > 0 ? 100.0 * (double)n / (double)of : 0.0;
}

static uint64_t n_closed(const struct morning *morning)
{
    return morning->counts.total - morning->counts.running;
}

static int put_head(const struct morning *morning, const struct store *store, struct buf *out,
                    struct err *err)
{
    const struct engine_row *engine = &morning->engine;
    char took[TEXT], stamp[32];
    int rc = -1;

    text_duration(took, sizeof took, engine->active_s);
    TRY(buf_printf(out, err, "%-10s %s", morning->scan->name,
                   morning->has_died ? "its engine is gone without a word" : morning->state));
    if (engine->words[0])
        TRY(buf_printf(out, err, ": %s", engine->words));
    if (engine->pid == 0)
        TRY(buf_puts(out, ": it never ran", err));
    else if (engine->is_alive)
        TRY(buf_printf(out, err, ", for %s (process %lld on %s)", took, (long long)engine->pid,
                       engine->host));
    else
        TRY(buf_printf(out, err, ", after %s, %s", took, clock_stamp(stamp, engine->beat)));
    rc = buf_printf(out, err, "  [%s]\n", store_path(store));
out:
    return rc;
}

static int put_points(const struct morning *morning, struct buf *out, struct err *err)
{
    const struct store_counts *counts = &morning->counts;
    char total[TEXT], good[TEXT], bad[TEXT], failed[TEXT], unknown[TEXT];

    text_count(total, sizeof total, n_closed(morning));
    text_count(good, sizeof good, counts->accepted);
    text_count(bad, sizeof bad, counts->rejected);
    text_count(failed, sizeof failed, counts->failed);
    text_count(unknown, sizeof unknown, counts->unknown);
    return buf_printf(out, err,
                      "points     %s accepted of %s (%.3g %%), %s rejected, %s unknown, %s failed\n",
                      good, total, percent(counts->accepted, n_closed(morning)), bad, unknown,
                      failed);
}

static int put_calls(const struct morning *morning, struct buf *out, struct err *err)
{
    const struct store_counts *counts = &morning->counts;
    char calls[TEXT], rounds[TEXT], each[TEXT] = "-", pace[TEXT] = "-";

    text_count(calls, sizeof calls, counts->evaluations);
    text_count(rounds, sizeof rounds, counts->n_rounds);
    if (counts->evaluations > 0)
        snprintf(each, sizeof each, "%.3g s", counts->chain_seconds / (double)counts->evaluations);
    if (morning->engine.active_s > 0)
        snprintf(pace, sizeof pace, "%.3g points/s",
                 (double)n_closed(morning) / morning->engine.active_s);
    return buf_printf(out, err,
                      "calls      %s of the chain in %s rounds, %s each, %s; %llu still to run\n",
                      calls, rounds, each, pace, (unsigned long long)counts->running);
}

static int put_failures(const struct morning *morning, struct buf *out, struct err *err)
{
    size_t i;
    int rc = -1;

    TRY(buf_puts(out, "failures   ", err));
    if (morning->n_tallies == 0)
        return buf_puts(out, "none\n", err);
    for (i = 0; i < morning->n_tallies && i < 4; i++)
        TRY(buf_printf(out, err, "%s%s %s %llu (%.2g %%)", i > 0 ? ", " : "",
                       morning->tallies[i].calculator, morning->tallies[i].reason,
                       (unsigned long long)morning->tallies[i].count,
                       percent(morning->tallies[i].count, n_closed(morning))));
    if (i < morning->n_tallies)
        TRY(buf_printf(out, err, ", %zu more kind%s", morning->n_tallies - i,
                       morning->n_tallies - i == 1 ? "" : "s"));
    TRY(buf_puts(out, "\n", err));
    if (morning->tallies[0].example[0])
        TRY(buf_printf(out, err, "           last of the first kind: \"%.160s\"\n",
                       morning->tallies[0].example));
    rc = 0;
out:
    return rc;
}

/* Which constraint rejects how much of what was judged. */
static int put_terms(const struct morning *morning, const char *const *names, size_t n_names,
                     struct buf *out, struct err *err)
{
    size_t i;
    int rc = -1;

    TRY(buf_puts(out, "rejected   ", err));
    if (morning->n_judged == 0 || n_names == 0)
        return buf_puts(out, "-\n", err);
    for (i = 0; i < n_names && i < 6; i++)
        TRY(buf_printf(out, err, "%s%s %.3g %%", i == 0 ? "by " : ", ", names[i],
                       percent(morning->n_term_fails[i], morning->n_judged)));
    if (n_names > 6)
        TRY(buf_printf(out, err, ", %zu terms more", n_names - 6));
    rc = buf_puts(out, "\n", err);
out:
    return rc;
}

/* Names of the terms in the order of their bits: the scan's constraints that were not taken out,
 * then the live cuts. */
static int put_rejections(struct store *store, const struct morning *morning, struct buf *out,
                          struct err *err)
{
    const char **without, **names;
    struct judge_cut *cuts;
    size_t i, k, n_cuts, n = 0;

    if (store_cuts(store, morning->arena, &cuts, &n_cuts, &without, err) != 0)
        return -1;
    names = arena_array(morning->arena, morning->scan->n_constraints + n_cuts, sizeof *names);
    if (!names)
        return mem_error(err);
    for (i = 0; i < morning->scan->n_constraints; i++) {
        for (k = 0; without[k] && strcmp(without[k], morning->scan->constraints[i].name) != 0; k++)
            ;
        if (!without[k])
            names[n++] = morning->scan->constraints[i].name;
    }
    for (i = 0; i < n_cuts; i++)
        names[n++] = cuts[i].name;
    return put_terms(morning, names, n, out, err);
}

static int put_region(const struct morning *morning, struct buf *out, struct err *err)
{
    char lo[TEXT_DOUBLE_SIZE], hi[TEXT_DOUBLE_SIZE];
    size_t v, n = 0;
    int rc = -1;

    TRY(buf_puts(out, "region     ", err));
    for (v = 0; v < morning->scan->n_params && n < 5; v++) {
        const struct scan_param *param = &morning->scan->params[v];

        if (param->kind == PRIOR_FIXED || param->kind == PRIOR_DERIVED || !isfinite(morning->lo[v]))
            continue;
        snprintf(lo, sizeof lo, "%.3g", morning->lo[v]);
        snprintf(hi, sizeof hi, "%.3g", morning->hi[v]);
        TRY(buf_printf(out, err, "%s%s %s .. %s", n > 0 ? ", " : "accepted: ", param->name, lo, hi));
        n++;
    }
    TRY(buf_puts(out, n > 0 ? "\n" : "-\n", err));
    TRY(buf_puts(out, "covered    ", err));
    if (morning->n_explored_accepted == 0) {
        rc = buf_puts(out, "- (no accepted point of the uniform share to compare with yet)\n", err);
    } else {
        double n_all = (double)morning->n_explored_accepted;
        double share = 1 - (double)morning->n_surprise / n_all;

        rc = buf_printf(out, err, "%.0f +- %.0f %%: of %.0f accepted points of the uniform share "
                                  "%.0f came as a surprise to the learner\n",
                        100 * share, 100 * sqrt(fmax(share * (1 - share), 1 / n_all) / n_all),
                        n_all, (double)morning->n_surprise);
    }
out:
    return rc;
}

static bool is_trusted(const struct morning *morning)
{
    return fabs(morning->promised - morning->found) <= 0.05 + 3 * morning->found_error;
}

static int put_learner(const struct morning *morning, struct buf *out, struct err *err)
{
    if (!isfinite(morning->promised))
        return buf_puts(out, "learner    -\n", err);
    double error = 100 * morning->found_error;
    return buf_printf(out, err,
                      "learner    promised %.0f %%, found %.3g +- %.*f %% of %llu points in the "
                      "last %u round%s: %s\n",
                      100 * morning->promised, 100 * morning->found, error < 0.95 ? 1 : 0, error,
                      (unsigned long long)morning->n_learned, morning->n_learned_rounds,
                      morning->n_learned_rounds == 1 ? "" : "s",
                      morning->found_error > 0.1              ? "too few to tell"
                      : is_trusted(morning)                   ? "can be trusted"
                      : morning->promised > morning->found    ? "promises too much"
                                                              : "finds more than it promises");
}

static int put_volume(const struct morning *morning, struct buf *out, struct err *err)
{
    if (isfinite(morning->volume))
        return buf_printf(out, err, "volume     %.3g +- %.1g of the prior%s\n", morning->volume,
                          morning->volume_error,
                          morning->volume_error > 0.5 * morning->volume ? ", not converged" : "");
    if (isfinite(morning->volume_below))
        return buf_printf(out, err, "volume     - (below %.2g of the prior at 95 %%)\n",
                          morning->volume_below);
    return buf_puts(out, "volume     -\n", err);
}

/* The goal that is nearest in time. */
static int put_left(const struct morning *morning, struct buf *out, struct err *err)
{
    const struct scan_goal *best = NULL;
    double left = NAN, other;
    char text[TEXT];
    size_t i;

    for (i = 0; i < morning->scan->n_goals; i++) {
        other = morning_left(morning, &morning->scan->goals[i]);
        if (!best || (isfinite(other) && !(other >= left))) {
            best = &morning->scan->goals[i];
            left = other;
        }
    }
    if (strcmp(morning->state, "done") == 0)
        return buf_puts(out, "left       nothing\n", err);
    if (!best)
        return buf_puts(out, "left       no goal is set: it runs until it is stopped\n", err);
    if (!isfinite(left))
        return buf_printf(out, err, "left       - until \"%s\"\n", best->text);
    if (left <= 0)
        return buf_printf(out, err, "left       nothing: \"%s\" is reached\n", best->text);
    return buf_printf(out, err, "left       %s until \"%s\", at the pace of the last rounds\n",
                      text_duration(text, sizeof text, left), best->text);
}

/* What is to be done now: the first thing that is wrong, or the next step. */
static int put_advice(const struct morning *morning, const char *path, struct buf *out,
                      struct err *err)
{
    uint64_t closed = n_closed(morning);
    int rc;

    if (strcmp(morning->engine.state, "full") == 0 && morning->engine.is_alive)
        rc = buf_printf(out, err, "now        make room on the disk: it goes on by itself\n");
    else if (morning->counts.failed > closed / 2 && closed >= 20)
        rc = buf_printf(out, err, "now        most points fail: theodolite export %s --where failed\n",
                        path);
    else if (strcmp(morning->state, "paused") == 0)
        rc = buf_printf(out, err, "now        theodolite tell %s resume\n", path);
    else if (strcmp(morning->state, "running") == 0)
        rc = buf_printf(out, err, "now        let it run, or look: theodolite attach %s\n", path);
    else if (strcmp(morning->state, "done") == 0)
        rc = buf_printf(out, err, "now        theodolite export %s --where accepted -o points.csv\n",
                        path);
    else
        rc = buf_printf(out, err, "now        theodolite resume %s%s\n", path,
                        morning->has_died ? "   (nothing that was finished is lost)" : "");
    return rc;
}

int report_status(struct store *store, struct buf *out, struct err *err)
{
    struct morning morning;
    int rc = -1;

    if (morning_gather(store, &morning, err) != 0)
        return -1;
    TRY(put_head(&morning, store, out, err));
    TRY(put_points(&morning, out, err));
    TRY(put_calls(&morning, out, err));
    TRY(put_failures(&morning, out, err));
    TRY(put_rejections(store, &morning, out, err));
    TRY(put_region(&morning, out, err));
    TRY(put_learner(&morning, out, err));
    TRY(put_volume(&morning, out, err));
    TRY(put_left(&morning, out, err));
    TRY(put_advice(&morning, store_path(store), out, err));
    rc = 0;
out:
    morning_free(&morning);
    return rc;
}
