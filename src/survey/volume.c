/* volume.c: what the points of known density say about the volume of the target.
 *
 * What it does, where all points are uniform: the accepted share, with the equal-tailed 68.3 %
 * interval of the binomial share under Jeffreys' prior, Beta(k + 1/2, n - k + 1/2) (Brown, Cai,
 * DasGupta, Stat. Sci. 16 (2001) 101), whose coverage stays near the nominal one down to few
 * accepted points. With none accepted the interval begins at 0 and ends where none would be seen
 * in 31.7 % of such samples.  Failed and unknown points are in the denominator: the volume is that
 * of what is accepted.
 *
 * A round with points of a mixture (drawn.c) has an estimate of its own, the mean of 1 / density
 * over its points, 0 for what is not accepted.  The densities were fixed before the round's points
 * were drawn, so it is unbiased given all rounds before.  The volume is a weighted mean of these
 * estimates and of the uniform share, with weights that do not look at the round's own outcome
 * either: from the densities of the rounds before, and how often the model was put to the test by
 * uniform points.  Weights by the scatter that a round itself shows would favour rounds that missed
 * something, and the mean would come out low.  The errors of
 * the rounds are uncorrelated (martingale differences), so their variances add: each the scatter
 * within its uniform and within its drawn points (a stratified sample), and the error of the
 * density's norm.  The uniform share's variance is the binomial one of the volume found.
 *
 * The interval is that of a gamma distribution moved and scaled to the mean, variance and third
 * cumulant of the sum, turned round where the cumulant is negative, with half a count added.  For
 * accepted points of equal weight that are few among many it is that of Jeffreys' prior (Fay,
 * Feuer, Stat. Med. 16 (1997) 791, have it with two moments); where nearly all of the drawn points
 * are accepted it is all but symmetric: it is their rejections that are counted.
 *
 * What it does not: use points that were chosen from a pool; count parts of the target that the
 * model does not expect and where no uniform point fell.  Where the target is so small that no
 * uniform point lies in it at all, estimate and error are those of what the search has reached, and
 * the interval's upper end is what uniform points leave room for. */
#include "private.h"

#include <gsl/gsl_cdf.h>
#include <math.h>
#include <string.h>

/* Fewer accepted points than ENOUGH_WEIGHTED have no scatter to speak of.  From EXPANDED_FROM on
 * quantiles of a gamma distribution are those of Cornish and Fisher's expansion, right to 1e-4 of
 * its width; the iteration for smaller shapes does not converge at large ones. */
enum { ENOUGH_WEIGHTED = 10, EXPANDED_FROM = 20 };
/* Of the weights: how many drawn points the spread of the density is remembered for, and what a
 * model is believed to miss before uniform points have told: Beta(1/2, 9/2), a tenth. */
static const double remembered = 100.0, missed_before = 0.5, tested_before = 5.0;
static const double one_sigma = 0.68268949213708590;
static const double least_shape = 1.0, most_shape = 1e12;

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

/* The share of which none would be seen among n in 31.7 % of such samples. */
static double none_below(double n)
{
    return -expm1(log(1.0 - one_sigma) / n);
}

static void binomial_interval(double k, double n, struct survey_volume *volume)
{
    double tail = 0.5 * (1.0 - one_sigma), a = k + 0.5, b = n - k + 0.5;

    volume->estimate = k / n;
    volume->lo = k <= 0.0 ? 0.0 : k < n ? beta_quantile(tail, a, b) : pow(2.0 * tail, 1.0 / n);
    volume->hi = k >= n ? 1.0 : k > 0.0 ? beta_quantile(1.0 - tail, a, b) : none_below(n);
}

/* ---- rounds of a mixture --------------------------------------------------------------------- */

/* Points of one kind in a round; sums over the accepted ones of powers of 1 / density, and over all
 * of the first. */
struct part {
    double n, n_accepted, sum, squares, cubes, all;
};
struct round_part {
    struct part uniform, drawn;
};

static void add_point(const struct survey *s, size_t i, struct round_part *round)
{
    struct part *part = survey_is_uniform(s->origin[i]) ? &round->uniform : &round->drawn;
    double weight = 1.0 / (double)s->density[i];

    part->n += 1.0;
    part->all += weight;
    if (s->state[i] != STATE_ACCEPTED)
        return;
    part->n_accepted += 1.0;
    part->sum += weight;
    part->squares += weight * weight;
    part->cubes += weight * weight * weight;
}

static bool is_mixed(const struct survey *s, size_t i)
{
    double density = (double)s->density[i];

    return s->state[i] != STATE_EMPTY && density > 0.0 && density != 1.0;
}

/* The rounds of mixed points, summed as they come in.  The sums are those of the points in order of
 * id, to the last bit: once a point comes in before others, or is replaced, they are made from the
 * arrays each time. */
struct mixture {
    bool is_void;
    size_t n, cap;
    struct round_part *parts;
    uint32_t round; /* of the last part */
    size_t to;      /* place after the last point */
};

void mixture_free(struct mixture *mixture)
{
    if (!mixture)
        return;
    mem_free(mixture->parts);
    mem_free(mixture);
}

static bool has_room(struct mixture *m)
{
    size_t cap = m->cap > 0 ? 2 * m->cap : 64;
    struct round_part *longer;

    if (m->n < m->cap)
        return true;
    longer = mem_resize(m->parts, m->cap, cap, sizeof *longer);
    if (!longer)
        return false;
    m->parts = longer;
    m->cap = cap;
    return true;
}

void mixture_add(struct survey *s, size_t at)
{
    struct mixture *m = s->mixture;

    if (!is_mixed(s, at))
        return;
    if (!m && s->tally.mixed_to == 0)
        m = s->mixture = mem_new(struct mixture);
    if (!m || m->is_void)
        return;
    if (at < m->to || ((m->n == 0 || m->round != s->round[at]) && !has_room(m))) {
        m->is_void = true;
        return;
    }
    if (m->n == 0 || m->round != s->round[at])
        m->parts[m->n++] = (struct round_part){.uniform = {.n = 0.0}};
    m->round = s->round[at];
    m->to = at + 1;
    add_point(s, at, &m->parts[m->n - 1]);
}

void mixture_drop(struct survey *s, size_t at)
{
    if (s->mixture && is_mixed(s, at))
        s->mixture->is_void = true;
}

struct walk { /* through the rounds of mixed points */
    size_t part, at;
};

static struct walk begin_walk(const struct survey *s)
{
    return (struct walk){.at = s->tally.mixed_from};
}

/* The points of the next round, false at the end.  In order of id whatever the order in which they
 * were added, so that the sums are the same to the last bit. */
static bool next_round(const struct survey *s, struct walk *walk, struct round_part *round)
{
    size_t i = walk->at, end = s->tally.mixed_to;

    *round = (struct round_part){.uniform = {.n = 0.0}};
    if (s->mixture && !s->mixture->is_void) {
        if (walk->part == s->mixture->n)
            return false;
        *round = s->mixture->parts[walk->part++];
        return true;
    }
    while (i < end && !is_mixed(s, i))
        i++;
    walk->at = i;
    for (; i < end && (!is_mixed(s, i) || s->round[i] == s->round[walk->at]); i++) {
        if (is_mixed(s, i))
            add_point(s, i, round);
    }
    walk->at = i;
    return round->uniform.n + round->drawn.n > 0.0;
}

/* Unbiased variance of the sum of one kind's weights; of a single point its square. */
static double variance_of(const struct part *part)
{
    double n = part->n;

    if (n < 2.0)
        return part->squares;
    return fmax(part->squares - part->sum * part->sum / n, 0.0) * n / (n - 1.0);
}

/* The third cumulant of that sum, without bias too (Fisher's k-statistic). */
static double cumulant_of(const struct part *part)
{
    double n = part->n, mean = part->sum / fmax(n, 1.0);

    if (n < 3.0)
        return part->cubes;
    return (part->cubes - 3.0 * mean * part->squares + 2.0 * n * mean * mean * mean) * n * n /
           ((n - 1.0) * (n - 2.0));
}

/* Weighted sums over rounds, not divided by the weights' sum yet. */
struct mean {
    double weight, sum, variance, cumulant; /* the third one */
};

static void add_estimate(struct mean *mean, double weight, const struct round_part *round)
{
    double n = round->uniform.n + round->drawn.n, each = weight / n;
    double norm = round->drawn.n > 0.0
                      ? round->drawn.sum * round->drawn.sum / (round->drawn.n * DRAWN_POOL)
                      : 0.0;

    mean->weight += weight;
    mean->sum += each * (round->uniform.sum + round->drawn.sum);
    mean->variance +=
        each * each * (variance_of(&round->uniform) + variance_of(&round->drawn) + norm);
    mean->cumulant +=
        each * each * each * (cumulant_of(&round->uniform) + cumulant_of(&round->drawn));
}

/* All points of density 1 as one round. */
static struct round_part plain_round(const struct tally *t)
{
    double n = (double)t->n, k = (double)t->n_accepted;

    return (struct round_part){.uniform = {n, k, k, k, k, n}};
}

/* Their estimate, in a mean to which all others were added.  Their variance is that of the volume
 * which all say together: where few of them, or none, are accepted, their own scatter says too
 * little. */
static void add_plain(struct mean *mean, double weight, const struct tally *t)
{
    double n = (double)t->n, each = weight / n, volume, variance;

    mean->weight += weight;
    mean->sum += each * (double)t->n_accepted;
    volume = fmin(mean->sum / mean->weight, 1.0);
    variance = n * volume * (1.0 - volume);
    mean->variance += each * each * variance;
    mean->cumulant += each * each * each * variance * (1.0 - 2.0 * volume);
}

/* What is known before a round, without looking at what was accepted: 1 / density where points are
 * drawn, and how many uniform points there were that could find what the model misses. */
struct trust {
    double typical, n_uniform;
};

/* The variance that a point of the next round is expected to have: with a volume V and densities
 * 1/w where the target is, V (w - V), and not below V^2; and what is missed has the largest weight,
 * `most`.  Each uniform point in the target that the model foresaw makes it less likely to miss
 * something. */
static double foresee(const struct trust *trust, double volume, double most)
{
    double spread = fmax(fmin(trust->typical, 1.0) - volume, 0.0) + volume;
    double missed = missed_before / (tested_before + trust->n_uniform * volume);

    return volume * (spread + missed * most);
}

static void note_round(const struct round_part *round, struct trust *trust)
{
    const struct part *d = &round->drawn;
    double keep = exp(-d->n / remembered);

    trust->n_uniform += round->uniform.n;
    if (d->n <= 0.0)
        return;
    trust->typical = isinf(trust->typical) ? d->all / d->n
                                           : keep * trust->typical + (1.0 - keep) * d->all / d->n;
}

/* The weight of a round is its number of points over the variance that each is expected to have.
 * with_plain: the points of density 1 too. */
static struct mean average(const struct survey *s, double volume, bool with_plain)
{
    double n_plain = (double)s->tally.n;
    struct round_part round;
    struct trust trust = {.typical = INFINITY};
    struct mean mean = {.weight = 0.0};
    struct walk walk = begin_walk(s);

    while (next_round(s, &walk, &round)) {
        double n = round.uniform.n + round.drawn.n;

        if (round.uniform.n <= 0.0)
            continue;
        add_estimate(&mean, n / foresee(&trust, volume, n / round.uniform.n), &round);
        note_round(&round, &trust);
    }
    if (n_plain > 0.0 && with_plain)
        add_plain(&mean, n_plain / (volume * (1.0 - volume)), &s->tally);
    return mean;
}

/* What all points of known density are together. */
static struct round_part total_of(const struct survey *s)
{
    struct round_part total = plain_round(&s->tally), round;
    struct walk walk = begin_walk(s);

    while (next_round(s, &walk, &round)) {
        const struct part *u = &round.uniform, *d = &round.drawn;

        total.uniform.n += u->n;
        total.uniform.n_accepted += u->n_accepted;
        total.uniform.sum += u->sum;
        total.drawn.n += d->n;
        total.drawn.n_accepted += d->n_accepted;
        total.drawn.sum += d->sum;
    }
    return total;
}

/* How far the quantile at one sigma above (z = 1) or below (-1) lies from `shape`, of a gamma
 * distribution of half a count more. */
static double gamma_reach(double shape, double z)
{
    double tail = 0.5 * (1.0 - one_sigma), k = shape + 0.5;

    if (k < EXPANDED_FROM)
        return gsl_cdf_gamma_Pinv(z < 0.0 ? tail : 1.0 - tail, k, 1.0) - shape;
    return 0.5 + z * (sqrt(k) - 1.0 / (6.0 * sqrt(k)));
}

static void gamma_interval(const struct mean *mean, struct survey_volume *volume)
{
    double v = mean->variance, c = mean->cumulant;
    double shape = fmin(fmax(v * v * v / (c * c), least_shape), most_shape);
    double scale = copysign(sqrt(v / shape), c);

    /* with a tail towards small volumes it is the other way round */
    volume->estimate = mean->sum;
    volume->lo = fmax(mean->sum + scale * gamma_reach(shape, copysign(1.0, -c)), 0.0);
    volume->hi = fmin(mean->sum + scale * gamma_reach(shape, copysign(1.0, c)), 1.0);
}

/* false: there is too little of the mixture, or no scatter in it. */
static bool weigh_mixture(const struct survey *s, struct survey_volume *volume)
{
    struct round_part total = total_of(s);
    double n = total.uniform.n + total.drawn.n,
           k = total.uniform.n_accepted + total.drawn.n_accepted;
    double rough = fmin(fmax(total.uniform.sum + total.drawn.sum, 0.5) / n, 0.5);
    struct mean mean;

    if (k < ENOUGH_WEIGHTED)
        return false;
    /* While no uniform point lies in the target, those of density 1 can only say that it is small.
     */
    mean = average(s, rough, total.uniform.n_accepted > 0.0);
    mean.sum /= mean.weight;
    mean.variance /= mean.weight * mean.weight;
    mean.cumulant /= mean.weight * mean.weight * mean.weight;
    if (!(mean.weight > 0.0 && mean.variance > 0.0))
        return false;
    gamma_interval(&mean, volume);
    volume->error = 0.5 * (volume->hi - volume->lo);
    if (total.uniform.n_accepted <=
        0.0) /* what was not reached is bounded by uniform points alone */
        volume->hi = fmax(volume->hi, none_below(total.uniform.n));
    volume->n_used = (uint64_t)n;
    volume->n_accepted_used = (uint64_t)k;
    return true;
}

void survey_volume(const struct survey *survey, struct survey_volume *volume)
{
    const struct tally *t = &survey->tally;

    *volume = (struct survey_volume){.estimate = NAN,
                                     .error = NAN,
                                     .lo = NAN,
                                     .hi = NAN,
                                     .n_used = t->n,
                                     .n_accepted_used = t->n_accepted};
    if (t->mixed_to > t->mixed_from && weigh_mixture(survey, volume))
        return;
    if (t->n > 0)
        binomial_interval((double)t->n_accepted, (double)t->n, volume);
    if (t->n > 0 && t->n_accepted > 0)
        volume->error = 0.5 * (volume->hi - volume->lo);
}
