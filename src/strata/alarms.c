/* alarms.c: why an error should not be trusted.
 *
 * An error that is estimated from the calls knows nothing of what no call has seen.  These are the
 * signs that something was not seen, or is seen too rarely for its spread to be known. */
#include "core.h"

#include <gsl/gsl_cdf.h>
#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

static const double share_most = 0.2; /* of the variance, by one call */
/* Weight of that call over the mean of all, over the square root of their number: where a variance
 * exists the largest weight grows slower than this root. */
static const double weight_most = 0.4;
static const double disagree_p = 1e-4; /* of chi2 between rounds */
static const double alone_most = 1e-3; /* of int |F|, in peaks met once by the search */
static const double drift_most = 0.5;  /* levels over survivors */
static const double rise_most = 4.5, tail_most = 0.4; /* of the round's error */
static const double late_factor = 5.0; /* height over all that was known before the round */
static const double freedom_least = 4.0;
static const double exact = 1e-14; /* of int |F|: no error is there but that of rounding */

static void say(char why[CORE_WHY], const char *format, ...) __attribute__((format(printf, 2, 3)));
static void say(char why[CORE_WHY], const char *format, ...)
{
    size_t used = strlen(why);
    va_list args;

    if (used > 0 && used + 2 < CORE_WHY)
        why[used++] = ' ';
    va_start(args, format);
    vsnprintf(why + used, CORE_WHY - used, format, args);
    va_end(args);
}

/* One call in which |F| is far from the surrogate may be the first of a peak or of a tail: when it
 * weighs much in the integral, or is far above all heights before.  In a small volume where the
 * surrogate misses a jump it does neither, and the error allows for those that were not met. */
static unsigned alarm_weight(const struct strata *s, const struct core_estimate *e,
                             char why[CORE_WHY])
{
    if (!(e->largest_share > share_most) ||
        !(e->largest_weight > weight_most * sqrt((double)s->n_calls)) ||
        !(e->error > exact * e->absolute))
        return 0;
    say(why, "One call carries %.0f %% of the variance and weighs as much as %.0f others.",
        100.0 * e->largest_share, e->largest_weight);
    return ALARM_WEIGHT;
}

/* The last round of cells has the most calls, and its surrogate leaves least. */
static unsigned alarm_tail(const struct strata *s, char why[CORE_WHY])
{
    const struct core_round *last = &s->rounds[s->n_rounds - 1];

    if (!(last->rise > rise_most) || !(last->tail_error > tail_most * last->error))
        return 0;
    say(why,
        "|F| at the calls that weigh most is %.1f times that at the next: it may go on so where no "
        "call was.",
        last->rise);
    return ALARM_WEIGHT;
}

static unsigned alarm_late(const struct strata *s, const struct core_estimate *e,
                           char why[CORE_WHY])
{
    size_t last = s->n_rounds;

    while (last > 0 && !s->rounds[last - 1].has_estimate)
        last--;
    if (last < 3 || !(e->largest_share > share_most) ||
        !(s->rounds[last - 1].most > late_factor * s->rounds[last - 2].most))
        return 0;
    say(why, "Round %zu found |F| of %.3g where %.3g was the largest known: it may go on so.",
        last - 1, s->rounds[last - 1].most, s->rounds[last - 2].most);
    return ALARM_LATE;
}

static unsigned alarm_few(const struct strata *s, const struct core_estimate *e, char why[CORE_WHY])
{
    char zero[FAILURES_WHY];

    if (!isfinite(e->error) || e->freedom < freedom_least) {
        say(why, "Too few calls for an error: %llu.", (unsigned long long)s->n_calls);
        return ALARM_FEW;
    }
    if (!(s->most > 0.0)) {
        say(why, "%s",
            failures_zero((double)s->n_calls, (double)s->n_failed, (double)core_n_uniform(s),
                          zero));
        return ALARM_FEW;
    }
    return 0;
}

unsigned core_alarms(const struct strata *s, const struct core_estimate *e, char why[CORE_WHY])
{
    unsigned alarms = 0;
    char failures[FAILURES_WHY];

    why[0] = '\0';
    if (s->n_rounds == 0)
        return 0;
    alarms |= alarm_few(s, e, why);
    alarms |= alarm_weight(s, e, why);
    alarms |= alarm_tail(s, why);
    if (e->n_chi2 > 0 && gsl_cdf_chisq_Q(e->chi2, (double)e->n_chi2) < disagree_p &&
        e->error > exact * e->absolute) {
        alarms |= ALARM_ROUNDS;
        say(why, "The rounds disagree: chi2 %.1f for %zu.", e->chi2, e->n_chi2);
    }
    if (s->found.n_alone > 0 && s->found.alone_share > alone_most) {
        alarms |= ALARM_SEARCH;
        say(why, "%zu of %zu peaks were met but once by the search: there may be more.",
            s->found.n_alone, s->found.n_peaks);
    }
    if (s->found.drift > drift_most) {
        alarms |= ALARM_SEARCH;
        say(why, "The search was small for how far it had to climb: it may have lost peaks.");
    }
    alarms |= alarm_late(s, e, why);
    if (failures_matter(s->rounds[s->n_rounds - 1].foreseen, e->absolute, e->error, failures)) {
        alarms |= ALARM_FAILED;
        say(why, "%s", failures);
    }
    return alarms;
}
