/* plot-rounds.c: what the rounds tell: efficiency, volume, history.
 *
 * Nothing here reads points: the counts of the rounds suffice, so the cost does not grow with the
 * points.  More than MOST_ROWS rounds are put together, several neighbours to a row.
 *
 * Efficiency.  The learner promises for the points that it chose and whose chain runs to its end;
 * so beside its promise stands the share accepted of just those.  What it promised before a cut was
 * about another target than the labels are of now, and is left out.  The random share is that of
 * all uniform points of the scan.  Rounds of points that the user gave are no part of it.  All
 * intervals are Wilson's at 68 %. */
#include "plot-private.h"

#include <stdio.h>

enum { MOST_ROWS = 120 };

static int no_where(const struct picture *picture, const char *kind, struct err *err)
{
    if (!picture->options->where && !picture->options->x && !picture->options->y)
        return 0;
    return err_set(err, ERR_USAGE, "%s is made of whole rounds: it takes no --where, --x and --y",
                   kind);
}

/* Rounds of which something is known; at least one, else an error. */
static int take_rounds(struct picture *picture, const char *kind, struct round_row **rounds,
                       size_t *n, struct err *err)
{
    if (no_where(picture, kind, err) != 0 || picture_rounds(picture, rounds, n, err) != 0)
        return -1;
    while (*n > 0 && (*rounds)[*n - 1].n_closed == 0)
        --*n;
    if (*n == 0)
        return err_set(err, ERR_STORE, "scan %s has no round with results yet: nothing to draw",
                       picture->scan->name);
    return 0;
}

/* How many rounds go into one row. */
static size_t stride_of(struct picture *picture, size_t n, int *rc, struct err *err)
{
    size_t stride = 1 + (n - 1) / MOST_ROWS;

    *rc = stride > 1 ? picture_note(picture, err, "%zu rounds are put together in each row", stride)
                     : 0;
    return stride;
}

/* Tics of a horizontal axis of whole numbers. */
static int put_steps(struct picture *picture, double span, struct err *err)
{
    char words[32];

    snprintf(words, sizeof words, "%.10g", span > 6 ? picture_step(span, 6) : 1);
    return picture_words(picture, "x_tics", words, err);
}

/* ---- efficiency ----------------------------------------------------------------------------- */

struct group { /* of rounds */
    uint64_t n, failed, accepted, uniform, uniform_failed, uniform_accepted;
    uint64_t chosen, chosen_accepted; /* of those that ran, which the promise is about */
    double promised, promised_n, first, last;
    size_t n_outdated; /* rounds with a promise for another target */
};

/* Neither search nor learner proposed it. */
static bool is_given(const struct round_row *round)
{
    return round->n_uniform == 0 && round->n_pinned == 0 && !isfinite(round->promised) &&
           round->metrics == NULL;
}

static void add_round(struct group *group, const struct round_row *round, uint64_t labels_from)
{
    uint64_t accepted, chosen = store_round_learned(round, &accepted);

    if (group->n == 0)
        group->first = round->round;
    group->last = round->round;
    group->n += round->n_closed;
    group->failed += round->n_failed;
    group->accepted += round->n_accepted;
    group->uniform += round->n_uniform;
    group->uniform_failed += round->n_uniform_failed;
    group->uniform_accepted += round->n_uniform_accepted;
    if (!isfinite(round->promised) || chosen == 0)
        return;
    group->chosen += chosen;
    group->chosen_accepted += accepted;
    if (round->first_id < labels_from) {
        group->n_outdated++;
        return;
    }
    group->promised += (double)chosen * round->promised;
    group->promised_n += (double)chosen;
}

static void put_share(uint64_t n, uint64_t of, double row[3])
{
    row[0] = of > 0 ? (double)n / (double)of : (double)NAN;
    picture_interval(n, of, 1, &row[1], &row[2]);
}

static int put_efficiency(struct picture *picture, const struct round_row *rounds, size_t n,
                          struct group *all, double *most, struct err *err)
{
    size_t i, k, stride, n_given = 0;
    int rc = -1;

    for (i = 0; i < n; i++)
        n_given += is_given(&rounds[i]);
    stride = stride_of(picture, n, &rc, err);
    if (rc != 0 ||
        (n_given > 0 && n_given < n &&
         picture_note(picture, err, "rounds of points that were given, not drawn: %zu", n_given) !=
             0) ||
        picture_block(picture, "rounds",
                      "round ran accepted share low high chosen chosen_accepted chosen_share "
                      "low high promised",
                      err) != 0)
        return -1;
    for (i = 0; i < n; i += stride) {
        struct group group = {.n = 0};
        double row[12];

        for (k = i; k < i + stride && k < n; k++) {
            if (is_given(&rounds[k]) && n_given < n)
                continue;
            add_round(&group, &rounds[k], picture->labels_from);
            add_round(all, &rounds[k], picture->labels_from);
        }
        if (group.n == 0)
            continue;
        row[0] = (group.first + group.last) / 2;
        row[1] = (double)(group.n - group.failed);
        row[2] = (double)group.accepted;
        put_share(group.accepted, group.n - group.failed, row + 3);
        row[6] = (double)group.chosen;
        row[7] = (double)group.chosen_accepted;
        put_share(group.chosen_accepted, group.chosen, row + 8);
        row[11] = group.promised_n > 0 ? group.promised / group.promised_n : (double)NAN;
        *most = fmax(*most, fmax(fmax(row[5], row[10]), row[11]));
        if (picture_row(picture, 12, row, err) != 0)
            return -1;
    }
    return 0;
}

int picture_efficiency(struct picture *picture, struct err *err)
{
    struct round_row *rounds;
    struct group all = {.n = 0};
    double random[3], most = 0;
    size_t n;
    int rc = -1;

    TRY(take_rounds(picture, "efficiency", &rounds, &n, err));
    TRY(put_efficiency(picture, rounds, n, &all, &most, err));
    all.uniform -= all.uniform_failed;
    put_share(all.uniform_accepted, all.uniform, random);
    TRY(picture_note(picture, err,
                     "chosen: by the learner; promised for them: the mean of its probability"));
    if (all.n_outdated > 0)
        TRY(picture_note(picture, err,
                         "promises from before a cut changed labels are left out: they were about "
                         "another target (%zu round%s)",
                         all.n_outdated, all.n_outdated == 1 ? "" : "s"));
    if (all.failed > 0)
        TRY(picture_note(picture, err, "of points that ran: %llu more failed",
                         (unsigned long long)all.failed));
    TRY(picture_note(picture, err, "uniform: %llu points, %llu accepted",
                     (unsigned long long)all.uniform, (unsigned long long)all.uniform_accepted));
    TRY(picture_note(picture, err, "low and high: 68 %% interval (Wilson)"));
    TRY(picture_number(picture, "n_failed", (double)all.failed, err));
    TRY(picture_number(picture, "n_chosen", (double)all.chosen, err));
    TRY(picture_number(picture, "n_promised", all.promised_n, err));
    TRY(picture_number(picture, "n_outdated", (double)all.n_outdated, err));
    TRY(picture_number(picture, "n_uniform", (double)all.uniform, err));
    TRY(picture_number(picture, "random_share", random[0], err));
    TRY(picture_number(picture, "random_low", random[1], err));
    TRY(picture_number(picture, "random_high", random[2], err));
    TRY(picture_number(picture, "first_round", rounds[0].round, err));
    TRY(picture_number(picture, "last_round", rounds[n - 1].round, err));
    TRY(put_steps(picture, rounds[n - 1].round - rounds[0].round, err));
    TRY(picture_number(picture, "y_hi", most > 0 ? fmin(115 * most, 104) : 104, err));
    TRY(picture_number(picture, "y_is_log", picture->options->y_scale == SCALE_LOG, err));
    TRY(picture_number(picture, "y_lo", 30 / (double)(all.uniform > 0 ? all.uniform : all.n), err));
    rc = 0;
out:
    return rc;
}

/* ---- volume --------------------------------------------------------------------------------- */

int picture_volume(struct picture *picture, struct err *err)
{
    struct round_row *rounds;
    uint64_t n_closed = 0;
    double least = NAN, most = NAN;
    size_t i, n, n_known = 0, stride;
    int rc = -1;

    TRY(take_rounds(picture, "volume", &rounds, &n, err));
    stride = stride_of(picture, n, &rc, err);
    TRY(rc);
    rc = -1;
    TRY(picture_block(picture, "volume", "round evaluated volume error low high", err));
    for (i = 0; i < n; i++) {
        double v = rounds[i].volume, e = rounds[i].volume_error;
        double row[6] = {rounds[i].round, 0, v, e, fmax(v - e, 0), v + e};

        n_closed += rounds[i].n_closed;
        row[1] = (double)n_closed;
        if (!isfinite(v) || !isfinite(e) || !(v > 0) || (n - 1 - i) % stride != 0)
            continue;
        n_known++;
        least = fmin(least, v - e > 0 ? v - e : v / 2);
        most = fmax(most, v + e);
        TRY(picture_row(picture, 6, row, err));
    }
    if (n_known == 0) {
        rc = err_set(err, ERR_STORE,
                     "the volume of scan %s is not known yet: none of its %llu uniform points is "
                     "accepted",
                     picture->scan->name, (unsigned long long)picture->counts.uniform_total);
        goto out;
    }
    TRY(picture_note(picture, err,
                     "volume: share of the prior that is accepted, after each round; "
                     "low, high: one standard error"));
    TRY(picture_number(picture, "least", least, err));
    TRY(picture_number(picture, "most", most, err));
    TRY(picture_number(picture, "power", most < 0.1 ? floor(log10(most)) : 0, err));
    TRY(picture_number(picture, "n_evaluated", (double)n_closed, err));
    TRY(put_steps(picture, (double)n_closed, err));
    rc = 0;
out:
    return rc;
}

/* ---- history -------------------------------------------------------------------------------- */

int picture_history(struct picture *picture, struct err *err)
{
    struct round_row *rounds;
    struct group all = {.n = 0};
    double share[3], n_figures = 0;
    uint64_t n_failed = 0;
    size_t i, n, stride;
    int rc = -1;

    TRY(take_rounds(picture, "history", &rounds, &n, err));
    stride = stride_of(picture, n, &rc, err);
    TRY(rc);
    rc = -1;
    TRY(picture_block(picture, "history",
                      "round evaluated accepted failed hours auc brier (of the learner, on points "
                      "it did not learn from)",
                      err));
    for (i = 0; i < n; i++) {
        double row[7] = {rounds[i].round};

        add_round(&all, &rounds[i], 0);
        n_failed += rounds[i].n_failed;
        if ((n - 1 - i) % stride != 0)
            continue;
        row[1] = (double)all.n;
        row[2] = (double)all.accepted;
        row[3] = (double)n_failed;
        row[4] = rounds[i].ended > 0 && rounds[0].started > 0
                     ? (rounds[i].ended - rounds[0].started) / 3600
                     : (double)NAN;
        row[5] = picture_figure(&rounds[i], "auc");
        row[6] = picture_figure(&rounds[i], "brier");
        n_figures += isfinite(row[5]) || isfinite(row[6]);
        TRY(picture_row(picture, 7, row, err));
    }
    put_share(all.uniform_accepted, all.uniform, share);
    TRY(picture_number(picture, "n_evaluated", (double)all.n, err));
    TRY(put_steps(picture, (double)all.n, err));
    TRY(picture_number(picture, "n_failed", (double)n_failed, err));
    TRY(picture_number(picture, "n_figures", n_figures, err));
    TRY(picture_number(picture, "random_share", share[0], err));
    TRY(picture_number(picture, "random_low", share[1], err));
    TRY(picture_number(picture, "random_high", share[2], err));
    rc = 0;
out:
    return rc;
}
