/* volume.c: what the points of known density say about the target: its volume, its components.
 *
 * What it does: the share of uniform points that are accepted, with the equal-tailed 68.3 %
 * interval of the binomial share under Jeffreys' prior, Beta(k + 1/2, n - k + 1/2) (Brown, Cai,
 * DasGupta, Stat. Sci. 16 (2001) 101), whose coverage stays near the nominal one down to few
 * accepted points. With none accepted the interval begins at 0 and ends where none would be seen
 * in 31.7 % of such samples.  Failed and unknown points are in the denominator: the volume is that
 * of what is accepted.
 *
 * Points of a mixture (drawn.c) enter by importance sampling, each accepted one as 1 / density; the
 * variance is that of both kinds of the mixture by themselves (a stratified sample).  Both
 * estimates are averaged with weights that do not follow the fluctuations of their own counts, and
 * the interval is that of a gamma distribution with the same mean and variance: of a weighted sum
 * of Poisson counts (Fay, Feuer, Stat. Med. 16 (1997) 791), with half a count added as above.
 *
 * What it does not: use points that were chosen from a pool. */
#include "private.h"

#include <gsl/gsl_cdf.h>
#include <math.h>
#include <string.h>

enum { ENOUGH_WEIGHTED = 10 };
/* Of a drawn point's square: the error of the pool's mean, which has at least 16 points for it and
 * mostly more. */
static const double few_missed = 0.005;
static const double pool_error = 1.0 / 32.0;
static const double one_sigma = 0.68268949213708590;

/* x with P(Beta(a, b) <= x) = tail, by bisection in ln x: slower than Newton's method and never
 * lost.  (Shares of 1e-7 are common.) */
static double beta_quantile(double tail, double a, double b)
{
    double low = -80.0, high = 0.0;
    int i;

    for (i = 0; i < 60; i++) {
        double middle = 0.5 * (low + high);

        if (gsl_cdf_beta_P(exp(middle), a, b) < tail)
            low = middle;
        else
            high = middle;
    }
    return exp(0.5 * (low + high));
}

static void binomial_interval(double k, double n, struct survey_volume *volume)
{
    double tail = 0.5 * (1.0 - one_sigma), a = k + 0.5, b = n - k + 0.5;

    volume->estimate = k / n;
    volume->lo = k <= 0.0 ? 0.0 : k < n ? beta_quantile(tail, a, b) : pow(2.0 * tail, 1.0 / n);
    volume->hi = k >= n    ? 1.0
                 : k > 0.0 ? beta_quantile(1.0 - tail, a, b)
                           : -expm1(log(2.0 * tail) / n);
}

/* Variance of the sum of the weights of one kind of points. */
static double variance_of(const struct tally_part *part)
{
    double n = (double)part->n;

    return n > 0.0 ? fmax(part->squares - part->weights * part->weights / n, 0.0) : 0.0;
}

/* Averages the mixture's estimate with that of the points of density 1. */
static void add_mixture(const struct tally *t, struct survey_volume *volume)
{
    const struct tally_part *u = &t->uniform, *d = &t->drawn;
    double n = (double)(u->n + d->n), plain = (double)t->n;
    double sum = u->weights + d->weights, mean = sum / n, k, scale, share;
    /* the largest weight is that of what the model does not expect, of which none may have been
     * found yet */
    double most = u->n > 0 ? n / (double)u->n : 0.0;
    double sums = variance_of(u) + variance_of(d) + few_missed * most * most;
    double variance;

    if (d->n > 0)
        sums += pool_error * d->weights * d->weights / (double)d->n;
    variance = sums / (n * n);
    share = plain > 0.0 ? (mean * (1.0 - mean) / plain) : INFINITY;
    share = isinf(share) ? 1.0 : share / (share + variance);
    volume->estimate = share * mean + (plain > 0.0 ? (1.0 - share) * volume->estimate : 0.0);
    variance *= share * share;
    if (plain > 0.0)
        variance += (1.0 - share) * (1.0 - share) * mean * (1.0 - mean) / plain;
    k = volume->estimate * volume->estimate / variance;
    scale = variance / volume->estimate;
    volume->error = sqrt(variance);
    volume->lo = gsl_cdf_gamma_Pinv(0.5 * (1.0 - one_sigma), k + 0.5, scale);
    volume->hi = fmin(gsl_cdf_gamma_Pinv(0.5 * (1.0 + one_sigma), k + 0.5, scale), 1.0);
    volume->n_used = t->n + u->n + d->n;
    volume->n_accepted_used = t->n_accepted + u->n_accepted + d->n_accepted;
}

void survey_volume(const struct survey *survey, struct survey_volume *volume)
{
    const struct tally *t = &survey->tally;
    uint64_t n_mixed = t->uniform.n + t->drawn.n;
    uint64_t n_found = t->uniform.n_accepted + t->drawn.n_accepted;

    *volume = (struct survey_volume){.estimate = NAN,
                                     .error = NAN,
                                     .lo = NAN,
                                     .hi = NAN,
                                     .n_used = t->n,
                                     .n_accepted_used = t->n_accepted};
    if (t->n > 0)
        binomial_interval((double)t->n_accepted, (double)t->n, volume);
    if (t->n > 0 && t->n_accepted > 0)
        volume->error = 0.5 * (volume->hi - volume->lo);
    if (n_found >= ENOUGH_WEIGHTED && t->uniform.n > 0 && n_found < n_mixed)
        add_mixture(t, volume);
}

/* ---- components ----------------------------------------------------------------------------- */

static size_t sample_accepted(const struct survey *s, float *x)
{
    size_t i, n_accepted = 0, n = 0, d = s->n_dims;

    for (i = 0; i < s->n_ids; i++)
        n_accepted += s->state[i] == STATE_ACCEPTED;
    for (i = 0; i < s->n_ids && n < 2 * COMPONENTS_SAMPLE; i++) {
        if (s->state[i] != STATE_ACCEPTED ||
            !survey_is_sampled(survey_hash(s->seed, i), COMPONENTS_SAMPLE, n_accepted))
            continue;
        memcpy(x + n * d, s->x + i * d, d * sizeof *x);
        n++;
    }
    return n;
}

/* Puts share at its place among the n_kept largest. */
static void rank(double share, double *shares, size_t n_max, size_t *n_kept)
{
    size_t at;

    if (n_max == 0 || (*n_kept == n_max && share <= shares[n_max - 1]))
        return;
    at = *n_kept < n_max ? (*n_kept)++ : n_max - 1;
    for (; at > 0 && shares[at - 1] < share; at--)
        shares[at] = shares[at - 1];
    shares[at] = share;
}

int survey_components(const struct survey *survey, double *shares, size_t n_max, size_t *n,
                      struct err *err)
{
    size_t d = survey->n_dims, n_points, i, n_kept = 0;
    float *x = mem_array(2 * COMPONENTS_SAMPLE * d, sizeof *x);
    size_t *component = mem_array(2 * COMPONENTS_SAMPLE, sizeof *component);
    size_t *size = mem_array(2 * COMPONENTS_SAMPLE, sizeof *size);
    int rc = -1;

    *n = 0;
    if (!x || !component || !size) {
        mem_error(err);
        goto out;
    }
    n_points = sample_accepted(survey, x);
    TRY(learn_components(n_points, d, x, component, n, err));
    for (i = 0; i < n_points; i++)
        size[component[i]]++;
    for (i = 0; i < *n; i++)
        rank((double)size[i] / (double)n_points, shares, n_max, &n_kept);
    rc = 0;
out:
    mem_free(x);
    mem_free(component);
    mem_free(size);
    return rc;
}
