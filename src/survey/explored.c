/* explored.c: how much of a batch goes where nobody expects anything.
 *
 * What it does: counts the points that go elsewhere than the model says beside the share that the
 * user has set, for three reasons.  For the first two they are drawn honestly from the prior, for
 * the third they go where nobody has been (spread.c).
 *
 * Nothing is known: of the points that the model chose last no more were accepted than of uniform
 * ones.  Then these do more for less, for the model too.
 *
 * Something is missing: the uniform points know how much there is to be found.  What the model does
 * not expect anywhere it cannot propose, and a part of the batch goes on looking for it at random.
 *
 * Nothing is missing, of labels alone: the chosen points are accepted, no place that the model
 * expects is far from all of them, and there are many of them for each uniform one.  N accepted
 * points tell apart what is 1/N of the target; k accepted among uniform ones have met pieces down
 * to 1/k of it.  The more N is ahead of k, the more is gained by looking for what nobody has met,
 * up to twice as many points as the user has set.  Margins tell of an island before it
 * is met (dips.c), and more uniform points have not found more of them.
 *
 * What it does not: look where no call has any prospect: in a target of which no uniform point was
 * ever accepted, chance is not going to meet the next piece either. */
#include "private.h"

#include <math.h>

enum { BLIND_LEAST = 20 };             /* accepted uniform points, and chosen ones */
static const double most_random = 0.6; /* of a batch, for what is missing */
/* Of a batch where the choice is no better than chance, up to where it is twice as good. */
static const double most_blind = 0.9, blind_to = 2.0;
/* At most, in units of the user's share and beside it, and where on N / k it begins and ends. */
static const double most_more = 2.0, from = 15.0, to = 120.0;

static double ramp(double x, double low, double high)
{
    return fmax(0.0, fmin(1.0, (x - low) / (high - low)));
}

static size_t count_missing(const struct search_state *search, size_t n)
{
    const struct survey_snapshot *shot = search->snapshot;
    double expected, missing;

    if (shot->n_uniform_accepted < 5 || search->relax > 0.0)
        return 0;
    expected = search->mass * (double)shot->n_uniform;
    /* a shortfall of one standard deviation is none */
    missing = (double)shot->n_uniform_accepted - sqrt((double)shot->n_uniform_accepted) - expected;
    return (size_t)((double)n * most_random *
                    fmax(0.0, missing / (double)shot->n_uniform_accepted));
}

/* 0: the choice is better than chance .. 1 */
static double blindness(const struct search_state *search)
{
    const struct survey_snapshot *shot = search->snapshot;
    double k = (double)shot->n_uniform_accepted, chosen = (double)shot->n_last_accepted, by_chance;

    if (shot->n_uniform_accepted < BLIND_LEAST || shot->n_last < BLIND_LEAST || search->edge ||
        search->relax > 0.0)
        return 0.0;
    by_chance = k / (double)shot->n_uniform * (double)shot->n_last;
    /* one standard deviation in favour of the choice */
    return ramp(-(chosen + sqrt(chosen + 1.0)) / by_chance, -blind_to, -1.0);
}

/* Of the places that the model expects, the part that is far from all that is covered. */
static double empty_share(const struct search_state *search, const struct candidates *c)
{
    size_t i, n = 0, n_empty = 0;

    for (i = 0; i < c->n; i++) {
        if (c->family[i] != 0 || c->p[i] < 0.5f)
            continue;
        n++;
        n_empty += c->nearest[i] > 4.0f * search->spacing2;
    }
    return n > 0 ? (double)n_empty / (double)n : 1.0;
}

/* 0: there is enough to be done with what is known .. 1 */
static double saturation(const struct search_state *search, const struct candidates *c)
{
    const struct survey_snapshot *shot = search->snapshot;
    double k = (double)shot->n_uniform_accepted, kept;

    if (shot->n_last == 0 || search->edge || search->relax > 0.0 || !search->is_label_only)
        return 0.0;
    kept = (double)shot->n_last_accepted / (double)shot->n_last;
    return ramp(kept, 0.5, 0.8) * ramp(-empty_share(search, c), -0.1, 0.0) * ramp(k, 0.0, 5.0) *
           ramp(log((double)shot->n_accepted / fmax(k, 1.0)), log(from), log(to));
}

size_t explored_count(struct search_state *search, const struct candidates *c, size_t n_batch,
                      size_t n)
{
    double most = most_more * search->snapshot->settings.explore * (double)n_batch;
    size_t missing = count_missing(search, n), more = (size_t)(most * saturation(search, c));
    size_t blind = (size_t)(most_blind * (double)n * blindness(search));
    size_t uniform = missing > blind ? missing : blind;

    more = more > uniform ? more : uniform;
    more = more < n ? more : n;
    search->n_spread = more > uniform ? more - uniform : 0;
    return more;
}
