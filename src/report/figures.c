/* figures.c: what the rounds tell of a scan: volume, what the learner's promises are worth, which
 * goals there are and how far away they lie.  Costs the same whatever the number of points.
 *
 * After a cut has changed labels, what was predicted before was about another target: promises then
 * count from the first point that was proposed since.  While nothing is accepted the learner
 * follows an easier target: what it promises of that one is not weighed against what came of the
 * true one.
 *
 * The volume is the survey's estimate as of the last round that has one (and since labels changed,
 * as above).  Before there is one it is k/n of the uniform share with the error sqrt(p (1 - p) /
 * n); with k = 0 it is not known, and 3/n is its 95 % upper limit.
 *
 * Time left.  The last rounds give points (or accepted points, or uniform ones) per second; rounds
 * overlap, so a round's time is counted from the end of the one before.  The pace of the rounds to
 * come differs as the pace of the last ones did: with n of them measured and m to come the relative
 * error is their coefficient of variation times sqrt(1/n + 1/m), and 1.64 of that makes 90 %. */
#include "private.h"

#include <math.h>
#include <string.h>

enum { LATEST_ROUNDS = 10 };
static const double INTERVAL = 1.64;

/* ---- volume and learner --------------------------------------------------------------------- */

static void find_volume(struct store *store, const struct store_counts *counts,
                        const struct round_row *rounds, size_t n_rounds,
                        struct report_figures *figures)
{
    double n = (double)counts->uniform_total, k = (double)counts->uniform_accepted;
    struct err ignored = ERR_INIT;
    struct buf from;
    bool is_old = false;
    size_t i;

    figures->volume = figures->volume_error = figures->volume_below = NAN;
    for (i = n_rounds; i-- > 0 && !is_old;) {
        /* The last round as of a change of labels was given the volume again. */
        is_old = rounds[i].first_id < figures->labels_from;
        if (isfinite(rounds[i].volume) && isfinite(rounds[i].volume_error)) {
            figures->volume = rounds[i].volume;
            figures->volume_error = rounds[i].volume_error;
            return;
        }
    }
    /* Ranges that were changed on the way make the first uniform points those of another prior. */
    buf_init(&from, 256);
    if (store_get_meta(store, "uniform from", &from, &ignored) == 0 && from.len == 0 && n > 0) {
        if (k > 0) {
            figures->volume = k / n;
            figures->volume_error = sqrt(k / n * (1 - k / n) / n);
        } else {
            figures->volume_below = fmin(3 / n, 1);
        }
    }
    buf_free(&from);
}

/* The learner's promise against what came, over the last complete rounds.  It promises for points
 * whose chain runs to its end, so those that failed are not counted. */
static void weigh_promises(const struct round_row *rounds, size_t n_rounds,
                           struct report_figures *figures)
{
    double promised = 0, found = 0, n = 0;
    size_t i;

    figures->promised = figures->found = figures->found_error = NAN;
    for (i = n_rounds; i-- > 0 && figures->n_learned_rounds < LATEST_ROUNDS;) {
        const struct round_row *round = &rounds[i];
        uint64_t n_accepted, n_learned = store_round_learned(round, &n_accepted);
        double learned = (double)n_learned;

        if (!isfinite(round->promised) || round->n_closed < round->n_points || n_learned == 0)
            continue;
        if (round->first_id < figures->labels_from) {
            figures->is_relabelled = n <= 0 && !figures->is_trained_since;
            break;
        }
        if (round->is_relaxed) { /* and so are those before it */
            figures->is_relaxed = n <= 0;
            break;
        }
        promised += learned * round->promised;
        found += (double)n_accepted;
        n += learned;
        figures->n_learned_failed +=
            round->n_failed - round->n_uniform_failed - round->n_pinned_failed;
        figures->n_learned_rounds++;
    }
    if (n <= 0)
        return;
    figures->n_learned = (uint64_t)n;
    figures->promised = promised / n;
    figures->found = found / n;
    figures->found_error = sqrt(fmax(figures->found * (1 - figures->found), 1 / n) / n);
}

int report_figures(struct store *store, const struct store_counts *counts,
                   const struct round_row *rounds, size_t n_rounds, struct report_figures *figures,
                   struct err *err)
{
    struct buf text;
    int64_t from = 0, trained = 0;
    int rc;

    *figures = (struct report_figures){.n_learned = 0};
    buf_init(&text, 64);
    rc = store_get_meta(store, "labels from", &text, err);
    if (rc == 0 && text.len > 0 && text_to_int64(text.data, &from) == 0 && from > 0)
        figures->labels_from = (uint64_t)from;
    buf_clear(&text);
    if (rc == 0 && figures->labels_from > 0) /* "train now" notes the labels of its model */
        rc = store_get_meta(store, "trained labels", &text, err);
    figures->is_trained_since = rc == 0 && text.len > 0 &&
                                text_to_int64(text.data, &trained) == 0 &&
                                trained == (int64_t)figures->labels_from;
    buf_free(&text);
    find_volume(store, counts, rounds, n_rounds, figures);
    weigh_promises(rounds, n_rounds, figures);
    return rc;
}

/* ---- goals ---------------------------------------------------------------------------------- */

int report_goals(struct store *store, const struct scan *scan, struct arena *arena,
                 const struct scan_goal **goals, size_t *n_goals, struct err *err)
{
    struct scan_goal *list;
    struct buf text;
    char *line, *end;
    size_t n = 0;
    int rc = -1;

    *goals = scan->goals;
    *n_goals = scan->n_goals;
    buf_init(&text, 1 << 20);
    TRY(store_get_meta(store, "run goals", &text, err));
    list = arena_array(arena, text.len / 2 + 1, sizeof *list);
    line = text.len > 0 ? arena_strdup(arena, text.data) : NULL;
    if (!list || (!line && text.len > 0)) {
        mem_error(err);
        goto out;
    }
    for (; line; line = end) {
        struct err ignored = ERR_INIT;

        end = strchr(line, '\n');
        if (end)
            *end++ = '\0';
        if (line[0] && line[1] && scan_parse_goal(line, arena, &list[n], &ignored) == 0)
            n++;
    }
    if (n > 0) {
        *goals = list;
        *n_goals = n;
    }
    rc = 0;
out:
    buf_free(&text);
    return rc;
}

/* ---- the time left -------------------------------------------------------------------------- */

/* What counts towards the goal in a round. */
static double yield_of(const struct round_row *round, enum goal_kind kind)
{
    switch (kind) {
    case GOAL_POINTS: return round->n_closed;
    case GOAL_ACCEPTED: return round->n_accepted;
    case GOAL_VOLUME_ERROR: return round->n_uniform;
    case GOAL_COVERED: return round->n_uniform_accepted;
    case GOAL_ERROR: /* the rounds of points say nothing of it */
    case GOAL_ERROR_ABSOLUTE:
    case GOAL_SECONDS: break;
    }
    return 0;
}

struct sums {
    double yield, seconds;
    double n, rates, squares; /* of complete rounds: their own paces */
};

/* The seconds that round i took beyond those before it; 0: not known. */
static double seconds_of(const struct report_pace *pace, size_t i)
{
    const struct round_row *round = &pace->rounds[i];
    double begun = round->started, ended = round->ended > 0 ? round->ended : pace->engine->beat;

    if (!(begun > 0))
        return 0;
    if (i > 0 && round[-1].ended > 0)
        begun = round[-1].ended; /* waiting for a proposal is part of the pace */
    /* the time between two runs of the engine does not count */
    if (pace->engine->started > begun && pace->engine->started < ended)
        begun = pace->engine->started;
    return ended > begun ? ended - begun : 0;
}

static double least_of(enum goal_kind kind)
{
    return kind == GOAL_POINTS ? REPORT_LEAST_POINTS : REPORT_LEAST;
}

/* Of the latest rounds, and of as many before them as it takes to have seen enough. */
static struct sums add_rounds(const struct report_pace *pace, enum goal_kind kind)
{
    struct sums sums = {0};
    size_t i, n = 0;

    for (i = pace->n_rounds; i-- > 0 && (n < LATEST_ROUNDS || sums.yield < least_of(kind));) {
        double seconds = seconds_of(pace, i), yield = yield_of(&pace->rounds[i], kind);

        if (pace->rounds[i].n_closed == 0)
            continue;
        sums.seconds += seconds;
        sums.yield += yield;
        n++;
        if (pace->rounds[i].ended > 0 && seconds > 0) {
            sums.n++;
            sums.rates += yield / seconds;
            sums.squares += yield / seconds * (yield / seconds);
        }
    }
    return sums;
}

/* How much is to be done, in the unit of yield_of; NaN: not known. */
static double todo_of(const struct report_pace *pace, const struct scan_goal *goal, double *share)
{
    const struct store_counts *counts = pace->counts;
    double closed = (double)(counts->total - counts->running), relative, more;
    size_t i = pace->n_rounds;

    switch (goal->kind) {
    case GOAL_POINTS: *share = closed / goal->value; return goal->value - closed;
    case GOAL_ACCEPTED:
        *share = (double)counts->accepted / goal->value;
        return goal->value - (double)counts->accepted;
    case GOAL_VOLUME_ERROR:
        while (i > 0 && !(pace->rounds[i - 1].volume > 0))
            i--;
        if (i == 0)
            return NAN;
        /* the error falls with the square root of the number */
        relative = pace->rounds[i - 1].volume_error / pace->rounds[i - 1].volume / goal->value;
        *share = 1 / (relative * relative);
        return (double)counts->uniform_total * (relative * relative - 1);
    case GOAL_COVERED:
        more = survey_foreseen_more(&pace->covered, goal->value);
        *share = (double)pace->covered.n / ((double)pace->covered.n + more);
        return more;
    case GOAL_ERROR:
    case GOAL_ERROR_ABSOLUTE: return NAN;
    case GOAL_SECONDS: break;
    }
    *share = pace->engine->active_s / goal->value;
    return goal->value - pace->engine->active_s;
}

struct report_left report_left(const struct report_pace *pace, const struct scan_goal *goal)
{
    struct report_left left = {.s = NAN, .lo_s = NAN, .hi_s = NAN, .share = NAN};
    double todo = todo_of(pace, goal, &left.share), mean, spread, m;
    struct sums sums;

    if (isfinite(left.share))
        left.share = fmin(fmax(left.share, 0), 1);
    if (todo <= 0 || goal->kind == GOAL_SECONDS) {
        left.s = left.lo_s = left.hi_s = fmax(todo, 0);
        return left;
    }
    sums = add_rounds(pace, goal->kind);
    if (!(sums.seconds > 0) || sums.yield < least_of(goal->kind))
        return left;
    left.s = todo / sums.yield * sums.seconds;
    if (sums.n < 3 || !(sums.rates > 0) || !isfinite(left.s))
        return left;
    mean = sums.rates / sums.n;
    spread = sqrt(fmax(sums.squares / sums.n - mean * mean, 0) * sums.n / (sums.n - 1)) / mean;
    m = fmax(todo / (sums.yield / sums.n), 1);
    spread *= INTERVAL * sqrt(1 / sums.n + 1 / m);
    left.lo_s = left.s / (1 + spread);
    left.hi_s = left.s * (1 + spread);
    return left;
}

/* ---- of an integration ---------------------------------------------------------------------- */

/* The error falls as the square root of the number of calls, or faster. */
static double integral_share(const struct integral_row *latest, uint64_t n_calls, double active_s,
                             const struct scan_goal *goal)
{
    double wanted = goal->value;

    switch (goal->kind) {
    case GOAL_POINTS: return (double)n_calls / wanted;
    case GOAL_SECONDS: return active_s / wanted;
    case GOAL_ERROR:
        if (!latest)
            return NAN;
        wanted *= fabs(latest->integral);
        break;
    case GOAL_ERROR_ABSOLUTE: break;
    case GOAL_ACCEPTED:
    case GOAL_VOLUME_ERROR:
    case GOAL_COVERED: return NAN;
    }
    if (!latest || !isfinite(latest->integral) || !(latest->error >= 0))
        return NAN;
    return latest->error <= wanted ? 1 : wanted / latest->error * (wanted / latest->error);
}

struct report_left report_integral_left(const struct integral_row *latest, uint64_t n_calls,
                                        double active_s, const struct scan_goal *goal)
{
    double share = integral_share(latest, n_calls, active_s, goal);
    struct report_left left = {.s = NAN, .lo_s = NAN, .hi_s = NAN, .share = share};

    if (!isfinite(share))
        return left;
    left.share = fmin(fmax(share, 0), 1);
    if (left.share > 0 && active_s > 0)
        left.s = active_s * (1 / left.share - 1);
    return left;
}
