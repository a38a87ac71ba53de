/* estimate.c: the rounds together: integral, error, interval.
 *
 * The weights were fixed before the rounds were drawn, so the sum is unbiased; its variance is the
 * sum of those of the rounds, each from the spread of its repetitions, and its degrees of freedom
 * are Satterthwaite's (Biometrics Bull. 2 (1946) 110).  The interval is Student's
 * with them, for as many looks as there may be (looks.c), around an error that is Student's as
 * well: what a surrogate misses is skew, and is seen by few calls.  To it is added what no call may
 * have met (model.c). */
#include "core.h"

#include <gsl/gsl_cdf.h>
#include <math.h>

static const double chi2_weight = 0.01; /* rounds that weigh less are no part of what is said */
static const double rounding = 5e-15;   /* of int |F|, of the sums of a round */

/* The best stage that there is: class by class, else from a coarse proposal, else uniform. */
static bool is_counted(const struct strata *s, size_t r, size_t n_rounds)
{
    size_t i;

    if (!s->rounds[r].has_estimate)
        return false;
    for (i = 0; i < n_rounds; i++)
        if (s->rounds[i].has_estimate && s->rounds[i].stage > s->rounds[r].stage)
            return false;
    return true;
}

/* Where calls fail the proposal has no reason to be, so the other rounds know that share badly: it
 * is that of the uniform points, with a binomial error. */
static void failed_of_uniform(const struct core_round *round, struct core_estimate *e)
{
    double n = (double)round->n, share = (double)round->n_failed / n;

    e->failed = share;
    e->failed_error = sqrt(fmax(share * (1.0 - share), round->n_failed > 0 ? 1.0 / n : 0.0) / n);
}

static double student_variance(double freedom)
{
    return freedom > 3.0 ? freedom / (freedom - 2.0) : 3.0;
}

/* What was met counts for as many as it was, what is due for one more. */
static double with_due(double met, double n, double due)
{
    return (n * met + due) / (n + 1.0);
}

/* Of what n calls alike have met, what is left less two standard deviations of their number. */
static double met_surely(double met, double n)
{
    return n > 4.0 ? met * (1.0 - 2.0 / sqrt(n)) : 0.0;
}

/* Square of a round's error.  Small volumes where a surrogate is wrong are as rare as it is made of
 * many calls, and a round meets them by chance: those of calls made (n) over calls known (m) are
 * alike in all rounds (of the volume where a jump is learned a little off one round meets a part,
 * and the next three may meet none).  With H = sum of squares of what was met, in F/q, the rounds
 * together say C = sum H / sum (n / m), and a round of n calls has an error by it of
 * sqrt(C / (n m)).  What the round itself has met counts for as many as it met, what the rounds
 * together say for one more.  Where it is foretold how much one more round would meet, all rounds
 * and that one say enough: what a round has met is a part of it, and counted twice it makes the
 * square too large where most was met by chance, and 1.1 to 1.3 times in the mean where that is one
 * or two (of Poisson numbers).  It is never less than what this round itself surely met. */
static double variance_of(const struct strata *s, size_t n_rounds, size_t at)
{
    const struct core_round *round = &s->rounds[at];
    double met = 0.0, exposed = 0.0, pairs, rest, due;
    size_t r;

    if (round->stage != STAGE_CELLS)
        return round->error * round->error;
    for (r = 0; r < n_rounds; r++) {
        const struct core_round *a = &s->rounds[r];
        double n = (double)a->n;

        if (a->stage != STAGE_CELLS || !a->has_estimate || !(a->n_known > 0.0))
            continue;
        met += a->rare * n * n;
        exposed += n / a->n_known;
    }
    pairs = (double)round->n * round->n_known;
    rest = fmax(round->error * round->error - round->rare, 0.0);
    if (!(round->jumps.per_call > 0.0)) {
        due = exposed > 0.0 ? met / exposed / pairs : 0.0;
        return rest + with_due(round->rare, round->n_rare, due);
    }
    due = (met + round->jumps.per_call * round->jumps.n) /
          (exposed + round->jumps.n / fmax(round->n_known, 1.0)) / pairs;
    return rest + fmax(due, met_surely(round->rare, round->n_rare));
}

static void sum_rounds(const struct strata *s, size_t n_rounds, struct core_estimate *e)
{
    double weights = 0.0, variance = 0.0, absolute = 0.0, failed = 0.0, denominator = 0.0;
    double squares = 0.0, largest = 0.0, calls = 0.0, unmet = 0.0;
    size_t r;

    for (r = 0; r < n_rounds; r++)
        if (is_counted(s, r, n_rounds))
            weights += r > 0 ? s->rounds[r].weight : 1.0;
    for (r = 0; r < n_rounds; r++) {
        const struct core_round *round = &s->rounds[r];
        double w = (r > 0 ? round->weight : 1.0) / weights, v = w * w * variance_of(s, n_rounds, r);
        double per = w / (round->freedom + 1.0);

        if (!is_counted(s, r, n_rounds))
            continue;
        e->integral += w * round->estimate;
        e->absolute += w * round->absolute;
        e->failed += w * round->failed;
        calls += w * w / (double)round->n;
        variance += v;
        unmet += w * w * round->unmet * round->unmet;
        absolute += w * w * round->absolute_error * round->absolute_error;
        failed += w * w * round->failed_error * round->failed_error;
        denominator += v * v / fmax(round->freedom, 1.0);
        squares += per * per * round->squares;
        largest = fmax(largest, per * per * round->largest_square);
    }
    e->absolute_error = sqrt(absolute);
    e->failed_error = sqrt(failed);
    if (n_rounds > 0 && s->rounds[0].stage == STAGE_UNIFORM && s->rounds[0].n > 0)
        failed_of_uniform(&s->rounds[0], e);
    e->freedom = denominator > 0.0 ? variance * variance / denominator : 1e6;
    /* pulls are those of Student's t: the error is made as much larger as their spread is */
    e->error = fmax(sqrt(variance * student_variance(e->freedom) + unmet), rounding * e->absolute);
    /* of what the calls vary by, or of the whole where the surrogate's integral varies by more */
    e->largest_share = squares > 0.0 ? largest / fmax(squares, variance) : 0.0;
    e->largest_weight = e->absolute > 0.0 ? sqrt(largest) / (calls * e->absolute) : 0.0;
}

void core_estimate(const struct strata *s, size_t n_rounds, struct core_estimate *out)
{
    size_t r, n = 0;
    double heaviest = 0.0;

    *out = (struct core_estimate){0};
    for (r = 0; r < n_rounds; r++)
        n += is_counted(s, r, n_rounds);
    if (n == 0) {
        *out = (struct core_estimate){.integral = NAN,
                                      .error = NAN,
                                      .absolute = NAN,
                                      .absolute_error = NAN,
                                      .failed = NAN,
                                      .failed_error = NAN,
                                      .largest_share = NAN,
                                      .largest_weight = NAN};
        return;
    }
    sum_rounds(s, n_rounds, out);
    for (r = 1; r < n_rounds; r++)
        if (is_counted(s, r, n_rounds))
            heaviest = fmax(heaviest, s->rounds[r].weight);
    for (r = 1, n = 0; r < n_rounds; r++) {
        const struct core_round *round = &s->rounds[r];
        double pull = (round->estimate - out->integral) /
                      sqrt(variance_of(s, n_rounds, r) * student_variance(round->freedom));

        if (!is_counted(s, r, n_rounds) || !(round->error > 0.0) ||
            round->weight < chi2_weight * heaviest)
            continue;
        out->chi2 += pull * pull;
        n++;
    }
    out->n_chi2 = n > 1 ? n - 1 : 0;
    out->chi2 = n > 1 ? out->chi2 : 0.0;
}

/* Rounds with an estimate that there may be: the uniform one and, as rounds.c plans them, those
 * after the search, which have nine tenths of the calls at the most. */
static size_t looks_planned(uint64_t n_calls)
{
    enum { LOOKS_OPEN = 8, LOOKS_MOST = 7, SHORTEST = 600 };
    double body = 0.9 * (double)n_calls;
    size_t n = 2;

    if (n_calls == 0)
        return LOOKS_OPEN;
    while (n < LOOKS_MOST && body >= ldexp(SHORTEST, (int)n - 1))
        n++;
    return n;
}

double core_interval(const struct strata *s, const struct core_estimate *e)
{
    double freedom = fmax(e->freedom, 1.0), miss;
    size_t r, n = 0;

    if (!isfinite(e->error))
        return INFINITY;
    for (r = 0; r < s->n_rounds; r++)
        n += s->rounds[r].has_estimate;
    miss = look_alpha(n, looks_planned(s->n_first_wanted));
    return e->error * gsl_cdf_tdist_Qinv(0.5 * miss, freedom);
}

bool core_is_reached(const struct strata *s, const struct core_estimate *e)
{
    const struct strata_config *c = &s->config;
    bool asked = c->error_relative > 0.0 || c->error_absolute > 0.0;

    if (!isfinite(e->error))
        return false;
    return !asked ||
           (c->error_relative > 0.0 && e->error <= c->error_relative * fabs(e->integral)) ||
           (c->error_absolute > 0.0 && e->error <= c->error_absolute);
}
