/* looks.c: how sure an interval must be that holds at every moment at once.
 *
 * An interval changes only when a round is closed, so the moments are the looks after each round.
 * Every look may miss the truth with a probability of its own, and those of all looks there can
 * ever be add up to 5 % (Bonferroni; nothing is asked of how the looks depend on each other, nor of
 * why it was stopped).  The looks that were planned when the integration began share nine tenths
 * evenly; those after them, if more is asked for later, the rest: with n planned, look k > n has
 * the part n / (k (k - 1)) of it, which sums to 1.  What was planned never changes afterwards, so
 * neither does an interval that was said. */
#include "private.h"

static const double alpha = 0.05, planned_share = 0.9;

double look_alpha(size_t look, size_t n_planned)
{
    double k = look > 0 ? (double)look : 1, n = n_planned > 0 ? (double)n_planned : 1;

    return alpha * (k <= n ? planned_share / n : (1 - planned_share) * n / (k * (k - 1)));
}
