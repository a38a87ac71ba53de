/* status.c: ten lines that a person reads at 8 in the morning.
 *
 * Did it run through, how many good points are there, what failed and why, what rejects, is the
 * region covered, can the learner be trusted, how large is the volume, when will it be done, what
 * is to be done now.  What is not known is "-". */
#include "private.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

enum { TEXT = 64 };

static uint64_t n_closed(const struct morning *morning)
{
    return morning->counts.total - morning->counts.running;
}

static const double SILENT_S = 20; /* an engine beats twice per second */

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

/* Where points have no value of a parameter: of which, and why. */
static int put_missing(const struct morning *morning, struct buf *out, struct err *err)
{
    const struct scan *scan = morning->scan;
    const bool are_all = n_closed(morning) <= morning->n_recent;
    char number[TEXT], recent[TEXT];
    size_t v, most = 0;

    for (v = 0; v < scan->n_params; v++)
        if (morning->n_missing[v] > morning->n_missing[most])
            most = v;
    if (scan->n_params == 0 || morning->n_missing[most] == 0)
        return 0;
    text_count(number, sizeof number, morning->n_missing[most]);
    text_count(recent, sizeof recent, morning->n_recent);
    return buf_printf(
        out, err, "; %s%s%s have no %s: its %s there", number, are_all ? "" : " of the latest ",
        are_all ? "" : recent, scan->params[most].name,
        scan->params[most].kind == PRIOR_DERIVED ? "value is not finite" : "range is empty");
}

static int put_points(const struct morning *morning, struct buf *out, struct err *err)
{
    const struct store_counts *counts = &morning->counts;
    char total[TEXT], good[TEXT], bad[TEXT], failed[TEXT], unknown[TEXT], share[TEXT_DOUBLE_SIZE];
    int rc = -1;

    text_count(total, sizeof total, n_closed(morning));
    text_count(good, sizeof good, counts->accepted);
    text_count(bad, sizeof bad, counts->rejected);
    text_count(failed, sizeof failed, counts->failed);
    text_count(unknown, sizeof unknown, counts->unknown);
    TRY(buf_printf(
        out, err, "points     %s accepted of %s (%s), %s rejected, %s unknown, %s failed", good,
        total, words_percent(share, counts->accepted, n_closed(morning)), bad, unknown, failed));
    TRY(put_missing(morning, out, err));
    rc = buf_puts(out, "\n", err);
out:
    return rc;
}

static int put_calls(const struct morning *morning, struct buf *out, struct err *err)
{
    const struct store_counts *counts = &morning->counts;
    char calls[TEXT], rounds[TEXT], now[TEXT], waiting[TEXT], number[TEXT_DOUBLE_SIZE];
    double active_s = morning->engine.active_s;
    int rc = -1;

    text_count(calls, sizeof calls, counts->evaluations);
    text_count(rounds, sizeof rounds, counts->n_rounds);
    text_count(now, sizeof now, morning->n_now);
    text_count(waiting, sizeof waiting, morning->n_waiting);
    TRY(buf_printf(out, err, "calls      %s of the chain in %s round%s", calls, rounds,
                   counts->n_rounds == 1 ? "" : "s"));
    if (counts->evaluations > 0)
        TRY(buf_printf(
            out, err, ", %s s each",
            words_number(number, counts->chain_seconds / (double)counts->evaluations, 3)));
    if (active_s > 0)
        TRY(buf_printf(out, err, ", %s points/s",
                       words_number(number, (double)n_closed(morning) / active_s, 3)));
    if (morning->engine.is_alive)
        TRY(buf_printf(out, err, "; %s run%s now, %s wait%s", now, morning->n_now == 1 ? "s" : "",
                       waiting, morning->n_waiting == 1 ? "s" : ""));
    else if (morning->n_waiting > 0)
        TRY(buf_printf(out, err, "; %s wait%s for a resume", waiting,
                       morning->n_waiting == 1 ? "s" : ""));
    rc = buf_puts(out, "\n", err);
out:
    return rc;
}

/* The kinds of failure, the most frequent first, and the calculator's own words for that one. */
static int put_failures(const struct morning *morning, struct buf *out, struct err *err)
{
    enum { WORDS = 60 };
    char share[TEXT_DOUBLE_SIZE];
    size_t i;
    int rc = -1;

    TRY(buf_puts(out, "failures   ", err));
    if (morning->n_tallies == 0 && morning->has_integral && morning->integral.n_calls_failed > 0)
        return buf_printf(
            out, err, "%llu calls (%s); no point is kept, and no words\n",
            (unsigned long long)morning->integral.n_calls_failed,
            words_percent(share, morning->integral.n_calls_failed, integral_n_calls(morning)));
    if (morning->n_tallies == 0)
        return buf_puts(out, "none\n", err);
    for (i = 0; i < morning->n_tallies && i < 4; i++)
        TRY(buf_printf(out, err, "%s%s %s %llu (%s)", i > 0 ? ", " : "",
                       morning->tallies[i].calculator, morning->tallies[i].reason,
                       (unsigned long long)morning->tallies[i].count,
                       words_percent(share, morning->tallies[i].count, n_closed(morning))));
    if (i < morning->n_tallies)
        TRY(buf_printf(out, err, ", %zu more kind%s", morning->n_tallies - i,
                       morning->n_tallies - i == 1 ? "" : "s"));
    if (morning->tallies[0].example[0])
        TRY(buf_printf(out, err, "; the first: \"%.*s\"", WORDS, morning->tallies[0].example));
    rc = buf_puts(out, "\n", err);
out:
    return rc;
}

/* Which constraint rejects how much of what was judged, the most first. */
static int put_terms(const struct morning *morning, struct buf *out, struct err *err)
{
    const char *const *names = morning->term_names;
    size_t n_names = morning->n_terms;
    struct words_list list = {0};
    char item[160], share[TEXT_DOUBLE_SIZE], judged[TEXT];
    const char *latest = n_closed(morning) > morning->n_recent ? "the latest " : "";
    uint64_t *n_fails = morning->n_term_fails; /* taken ones are set to 0 */
    size_t i, best, done;
    int rc = -1;

    text_count(judged, sizeof judged, morning->n_judged);
    list.first = strlen("of  judged points by ") + strlen(latest) + strlen(judged);
    for (done = 0; done < n_names; done++) {
        for (i = best = 0; i < n_names && i < JUDGE_MAX_TERMS; i++)
            if (n_fails[i] > n_fails[best])
                best = i;
        if (n_fails[best] == 0)
            break;
        if (done == 0)
            TRY(buf_printf(out, err, "rejected   of %s%s judged points by ", latest, judged));
        snprintf(item, sizeof item, "%s %s", names[best],
                 words_percent(share, n_fails[best], morning->n_judged));
        TRY(words_list(out, &list, item, err));
        n_fails[best] = 0;
    }
    if (done == 0)
        return morning->n_judged == 0 ? buf_puts(out, "rejected   -\n", err)
               : latest[0]            ? buf_printf(out, err,
                                                   "rejected   of the latest %s judged points by none of the "
                                                              "constraints\n",
                                                   judged)
                           : buf_puts(out, "rejected   by none of the constraints\n", err);
    rc = words_list_end(out, &list, err);
out:
    return rc;
}

/* Where nothing is accepted there is no region, but perhaps a reason for it. */
static int put_no_region(const struct morning *morning, struct buf *out, struct err *err)
{
    char words[400];

    if (morning->counts.accepted > 0 ||
        !judge_conflict_words(&morning->conflict, morning->term_names, morning->n_terms, words,
                              sizeof words))
        return buf_puts(out, "-\n", err);
    return buf_printf(out, err, "- no point is accepted: %s\n", words);
}

static int put_region(const struct morning *morning, struct buf *out, struct err *err)
{
    struct words_list list = {0};
    char item[160], range[TEXT];
    size_t v;
    int rc = -1;

    TRY(buf_puts(out, "region     ", err));
    for (v = 0; v < morning->scan->n_params; v++) {
        const struct scan_param *param = &morning->scan->params[v];

        if (param->kind == PRIOR_FIXED || param->kind == PRIOR_DERIVED || !isfinite(morning->lo[v]))
            continue;
        snprintf(item, sizeof item, "%s %s", param->name,
                 words_range(range, sizeof range, param->kind, morning->lo[v], morning->hi[v]));
        TRY(words_list(out, &list, item, err));
    }
    rc = list.n > 0 ? words_list_end(out, &list, err) : put_no_region(morning, out, err);
out:
    return rc;
}

/* Is the difference more than its error lets expect, and large enough to matter?  And that of
 * points which were given about the same probability? */
static const char *judge_learner(const struct morning *morning, char *out, size_t size)
{
    double difference = morning->figures.promised - morning->figures.found;
    struct report_band worst;

    if (fabs(difference) > fmax(2 * morning->figures.found_error, 0.05))
        return difference > 0 ? "promises too much" : "finds more than it promises";
    if (morning->figures.found_error > 0.1)
        return "too few to tell";
    if (!report_worst_band(morning->said, &worst))
        return "can be trusted";
    snprintf(out, size, "right on the whole, but P %s was %.2f too %s", worst.where,
             fabs(worst.promised - worst.found), worst.verdict);
    return out;
}

static int put_learner(const struct morning *morning, struct buf *out, struct err *err)
{
    char number[TEXT], failed[TEXT], more[TEXT + 40] = " points in the", words[96];

    if (morning->figures.is_relabelled)
        return buf_puts(
            out, "learner    - (a cut or other ranges changed the target: not comparable yet)\n",
            err);
    if (morning->figures.is_relaxed)
        return buf_puts(out,
                        morning->counts.accepted == 0
                            ? "learner    - (nothing accepted yet: the learner follows an easier "
                              "target)\n"
                            : "learner    - (its rounds so far were for an easier target: not "
                              "comparable yet)\n",
                        err);
    if (!isfinite(morning->figures.promised))
        return buf_puts(out, "learner    -\n", err);
    text_count(number, sizeof number, morning->figures.n_learned);
    if (morning->figures.n_learned_failed > 0)
        snprintf(more, sizeof more, " that ran (%s more failed),",
                 text_count(failed, sizeof failed, morning->figures.n_learned_failed));
    return buf_printf(out, err,
                      "learner    promised %.1f %%, found %.1f +- %.1f %% of %s%s last %u round%s: "
                      "%s\n",
                      100 * morning->figures.promised, 100 * morning->figures.found,
                      fmax(100 * morning->figures.found_error, 0.1), number, more,
                      morning->figures.n_learned_rounds,
                      morning->figures.n_learned_rounds == 1 ? "" : "s",
                      judge_learner(morning, words, sizeof words));
}

/* How much of the target the learner knows; see gather.c. */
static int put_covered(const struct morning *morning, struct buf *out, struct err *err)
{
    const struct foreseen *f = &morning->foreseen;

    if (f->n > 0 && f->n < REPORT_LEAST)
        return buf_printf(out, err,
                          "covered    - (the learner foresaw %llu of %llu accepted uniform points: "
                          "too few to tell)\n",
                          (unsigned long long)f->n_foreseen, (unsigned long long)f->n);
    if (f->n > 0)
        return buf_printf(out, err,
                          "covered    %.0f %%, 95 %% interval %.0f .. %.0f %%: the learner foresaw "
                          "%llu of %llu accepted uniform points\n",
                          100 * f->share, 100 * f->lo, 100 * f->hi,
                          (unsigned long long)f->n_foreseen, (unsigned long long)f->n);
    if (morning->n_asked > 0)
        return buf_printf(out, err,
                          "covered    - (none of the %llu uniform points that test the learner is "
                          "accepted)\n",
                          (unsigned long long)morning->n_asked);
    return buf_puts(out, "covered    - (no uniform point has tested the learner yet)\n", err);
}

static int put_volume(const struct morning *morning, struct buf *out, struct err *err)
{
    char text[TEXT];

    if (isfinite(morning->figures.volume))
        return buf_printf(
            out, err, "volume     %s of the prior%s\n",
            words_estimate(text, sizeof text, morning->figures.volume,
                           morning->figures.volume_error),
            morning->figures.volume_error > 0.5 * morning->figures.volume ? ", not converged" : "");
    if (morning->figures.volume_below < 1)
        return buf_printf(out, err,
                          "volume     - (none of %llu uniform points is accepted: below %s of the "
                          "prior at 95 %%)\n",
                          (unsigned long long)morning->counts.uniform_total,
                          words_number(text, morning->figures.volume_below, 2));
    return buf_puts(out, "volume     -\n", err);
}

/* The goal that is nearest in time, as the beginning of the line of what is next. */
static int put_left(const struct morning *morning, struct buf *out, struct err *err)
{
    const struct report_pace pace = {.counts = &morning->counts,
                                     .rounds = morning->rounds,
                                     .n_rounds = morning->n_rounds,
                                     .engine = &morning->engine,
                                     .covered = morning->foreseen};
    const struct scan_goal *best = NULL;
    double left = NAN, other;
    char text[TEXT];
    size_t i;

    for (i = 0; i < morning->n_goals; i++) {
        other = morning->is_integral
                    ? report_integral_left(morning->has_integral ? &morning->integral : NULL,
                                           integral_n_calls(morning), morning->engine.active_s,
                                           &morning->goals[i])
                          .s
                    : report_left(&pace, &morning->goals[i]).s;
        if (!best || (isfinite(other) && !(other >= left))) {
            best = &morning->goals[i];
            left = other;
        }
    }
    if (strcmp(morning->state, "done") == 0)
        return 0;
    if (!best)
        return buf_puts(out, "no goal is set; ", err);
    if (!isfinite(left))
        return buf_printf(out, err, "\"%s\" is not in sight; ", best->text);
    if (left <= 0)
        return buf_printf(out, err, "\"%s\" is reached; ", best->text);
    return buf_printf(out, err, "%s until \"%s\"; ", text_duration(text, sizeof text, left),
                      best->text);
}

/* What is to be done now: the first thing that is wrong, or the next step. */
static int put_advice(const struct morning *morning, const char *path, struct buf *out,
                      struct err *err)
{
    uint64_t closed = n_closed(morning);
    const char *store = text_shell_word(morning->arena, path);
    double silent = clock_wall_s() - morning->engine.beat;
    char text[TEXT];

    if (!store)
        return mem_error(err);
    if (morning->engine.is_alive && silent > SILENT_S)
        return buf_printf(out, err,
                          "the engine has said nothing for %s: was it stopped? (kill -CONT %lld)\n",
                          text_duration(text, sizeof text, silent), (long long)morning->engine.pid);
    if (strcmp(morning->engine.state, "full") == 0 && morning->engine.is_alive)
        return buf_puts(out, "make room on the disk: it goes on by itself\n", err);
    if (morning->counts.failed > closed / 2 && closed >= 20)
        return buf_printf(out, err, "most points fail: theodolite export %s --where failed\n",
                          store);
    if (strcmp(morning->state, "paused") == 0)
        return buf_printf(out, err, "theodolite tell %s resume\n", store);
    if (strcmp(morning->state, "running") == 0)
        return buf_printf(out, err, "to end it: theodolite stop %s\n", store);
    if (strcmp(morning->state, "done") == 0 && morning->is_integral)
        return buf_printf(out, err, "theodolite show %s cells\n", store);
    if (strcmp(morning->state, "done") == 0)
        return buf_printf(out, err, "theodolite export %s --where accepted -o points.csv\n", store);
    return buf_printf(out, err, "theodolite resume %s%s\n", store,
                      morning->has_died ? "   # nothing that was finished is lost" : "");
}

/* How long it still takes and what to do, in one line. */
static int put_next(const struct morning *morning, const char *path, struct buf *out,
                    struct err *err)
{
    if (buf_puts(out, "next       ", err) != 0 || put_left(morning, out, err) != 0)
        return -1;
    return put_advice(morning, path, out, err);
}

int report_status(struct store *store, struct buf *out, struct err *err)
{
    struct morning morning;
    int rc = -1;

    if (morning_gather(store, &morning, err) != 0)
        return -1;
    TRY(put_head(&morning, store, out, err));
    if (morning.is_integral) {
        TRY(integral_put(&morning, out, err));
        TRY(put_failures(&morning, out, err));
        rc = put_next(&morning, store_path(store), out, err);
        goto out;
    }
    TRY(put_points(&morning, out, err));
    TRY(put_calls(&morning, out, err));
    TRY(put_failures(&morning, out, err));
    TRY(put_terms(&morning, out, err));
    TRY(put_region(&morning, out, err));
    TRY(put_covered(&morning, out, err));
    TRY(put_learner(&morning, out, err));
    TRY(put_volume(&morning, out, err));
    TRY(put_next(&morning, store_path(store), out, err));
    rc = 0;
out:
    morning_free(&morning);
    return rc;
}
