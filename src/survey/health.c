/* health.c: is the learner worth its calls?
 *
 * What it does: compares the points that the learner chose in the last rounds with the honest
 * uniform share.  Where they are accepted no more often, within two standard errors of the
 * difference (binomial, with half a success added so that no count means certainty), it names the
 * cause that the figures point at, the plainest first: the chain fails there; too few accepted
 * points to learn from; the learner cannot tell accepted points from others even on points that it
 * was held back from (noisy labels, or parameters that do not decide); it can, and promised more
 * than came (calibration).
 *
 * What it does not: look at points, or say anything while there is too little to compare. */
#include "theodolite/survey.h"

#include <math.h>
#include <stdio.h>

enum { LEAST_LEARNED = 200, LEAST_UNIFORM = 50, FEW_ACCEPTED = 20 };
static const double SIGMAS = 2.0, BLIND_AUC = 0.65, MOST_SHARE = 0.5;

static double share(double k, double n)
{
    return (k + 0.5) / (n + 1.0);
}

static double variance(double k, double n)
{
    return share(k, n) * (1.0 - share(k, n)) / n;
}

/* The learner's share against that of uniform points, in standard errors of the difference. */
static double advantage(const struct health *h)
{
    double learned = share((double)h->learned_accepted, (double)h->learned);
    double uniform = share((double)h->uniform_accepted, (double)h->uniform);

    return (learned - uniform) / sqrt(variance((double)h->learned_accepted, (double)h->learned) +
                                      variance((double)h->uniform_accepted, (double)h->uniform));
}

static bool is_broken_promise(const struct health *h)
{
    double k = (double)h->learned_accepted, n = (double)h->learned;

    return h->promised > share(k, n) + SIGMAS * sqrt(variance(k, n)) + 0.02;
}

static enum health_cause find_cause(const struct health *h)
{
    double fails = (double)h->learned_failed / (double)h->learned;
    double uniform_fails = (double)h->uniform_failed / (double)h->uniform;

    if (fails > 0.5 || fails > uniform_fails + 0.25)
        return HEALTH_FAILURES;
    if (h->accepted < FEW_ACCEPTED || isnan(h->auc))
        return HEALTH_FEW;
    return h->auc < BLIND_AUC || !is_broken_promise(h) ? HEALTH_NOISE : HEALTH_CALIBRATION;
}

enum health_cause survey_health(const struct health *h, char words[HEALTH_WORDS])
{
    double learned = 100.0 * (double)h->learned_accepted / (double)h->learned;
    double uniform = 100.0 * (double)h->uniform_accepted / (double)h->uniform;
    enum health_cause cause = HEALTH_FINE;
    char why[HEALTH_WORDS / 2] = "";

    words[0] = '\0';
    /* While nothing is accepted at all every round says what it does instead. */
    if (h->accepted == 0 || h->learned < LEAST_LEARNED || h->uniform < LEAST_UNIFORM ||
        (double)h->uniform_accepted > MOST_SHARE * (double)h->uniform || advantage(h) > SIGMAS)
        return cause;
    cause = find_cause(h);
    switch (cause) {
    case HEALTH_FAILURES:
        snprintf(why, sizeof why, "%.0f %% of them fail (uniform points: %.0f %%)",
                 100.0 * (double)h->learned_failed / (double)h->learned,
                 100.0 * (double)h->uniform_failed / (double)h->uniform);
        break;
    case HEALTH_FEW:
        snprintf(why, sizeof why, "%llu accepted points are too few to learn from",
                 (unsigned long long)h->accepted);
        break;
    case HEALTH_NOISE:
        snprintf(why, sizeof why,
                 "the learner promised %.0f %% and hardly tells accepted points held back from it "
                 "(AUC %.2f): are labels noisy, or decided by what is no parameter?",
                 100.0 * h->promised, h->auc);
        break;
    case HEALTH_CALIBRATION:
    case HEALTH_FINE:
        snprintf(why, sizeof why,
                 "it promised %.0f %% and tells held-back points apart (AUC %.2f): its "
                 "probabilities are wrong where it proposes",
                 100.0 * h->promised, h->auc);
        break;
    }
    snprintf(words, HEALTH_WORDS,
             "the learner's proposals are no better than random ones: %.1f %% of %llu accepted, "
             "%.1f %% of the uniform points; %s",
             learned, (unsigned long long)h->learned, uniform, why);
    return cause;
}
