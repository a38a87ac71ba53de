/* adaptive-result.c: what adaptive sampling has found, its error, and whether to trust it.
 *
 * The estimate is the mean of the replicates, its error Student's: the replicates are few.  What
 * can make even that too small raises an alarm: calls that carry much of the variance, a replicate
 * that does, training rounds that disagree, failures where the function is large. */
#include "adaptive.h"

#include <float.h>
#include <gsl/gsl_cdf.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

/* ---- the estimate ---------------------------------------------------------------------------- */

/* Of the replicates' means of one of the sums, which lie `stride` bytes apart. */
static struct estimate over_means(const void *sums, size_t stride, size_t n_replicates,
                                  size_t offset)
{
    struct estimate e = {0};
    double n = (double)n_replicates, most = 0, sum2 = 0;
    for (int pass = 0; pass < 2; pass++)
        for (size_t r = 0; r < n_replicates; r++) {
            double sum, count, value;
            memcpy(&count, (const char *)sums + r * stride, sizeof count); /* n comes first */
            memcpy(&sum, (const char *)sums + r * stride + offset, sizeof sum);
            value = sum / count;
            if (pass == 0) {
                e.mean += value / n;
            } else {
                sum2 += (value - e.mean) * (value - e.mean);
                most = fmax(most, (value - e.mean) * (value - e.mean));
            }
        }
    e.error = n > 1 ? sqrt(sum2 / (n * (n - 1))) : (double)NAN;
    e.share = sum2 > 0 ? most / sum2 : 0;
    e.freedom = n - 1;
    return e;
}

static struct estimate over_replicates(const struct adaptive *a, size_t offset)
{
    return over_means(a->replicates, sizeof *a->replicates, a->n_replicates, offset);
}

static struct chunk_sums over_all(const struct adaptive *a)
{
    struct chunk_sums all = {0};
    for (size_t r = 0; r < a->n_replicates; r++)
        chunk_sums_add(&all, &a->replicates[r]);
    return all;
}

/* The means of the replicates against those of the control variate, whose integral is known: the
 * slope is fitted to them, so a control that low-discrepancy points do not need is left alone
 * (S. S. Lavenberg, P. D. Welch, Manag. Sci. 27 (1981) 322). */
static struct estimate estimate_of(const struct adaptive *a, const struct replicate_sums *sums)
{
    size_t size = sizeof *sums, n_replicates = a->n_replicates;
    struct estimate e = over_means(sums, size, n_replicates, offsetof(struct replicate_sums, sum));
    struct estimate control =
        over_means(sums, size, n_replicates, offsetof(struct replicate_sums, control));
    double n = (double)n_replicates, known = shape_integral(&a->shapes[a->n_trainings]);
    double squares = control.error * control.error * n * (n - 1), products = 0, rest2 = 0, most = 0;
    if (n_replicates == 1) { /* plain sampling: the spread of its points is the error */
        const struct replicate_sums *s = &sums[0];
        e.error = sqrt(fmax(s->sum2 / s->n - e.mean * e.mean, 0) / (s->n - 1));
        e.freedom = s->n - 1;
        return e;
    }
    if (!(squares > 0))
        return e;
    for (size_t r = 0; r < n_replicates; r++)
        products +=
            (sums[r].control / sums[r].n - control.mean) * (sums[r].sum / sums[r].n - e.mean);
    double slope = products / squares, off = control.mean - known;
    for (size_t r = 0; r < n_replicates; r++) {
        const struct replicate_sums *s = &sums[r];
        double rest = s->sum / s->n - e.mean - slope * (s->control / s->n - control.mean);
        rest2 += rest * rest;
        most = fmax(most, rest * rest);
    }
    e.mean -= slope * off;
    e.error = sqrt(rest2 / (n - 2) * (1 / n + off * off / squares));
    e.share = rest2 > 0 ? most / rest2 : 0;
    e.freedom = n - 2;
    return e;
}

static void take_sums(const struct adaptive *a, struct replicate_sums sums[ADAPTIVE_REPLICATES])
{
    for (size_t r = 0; r < a->n_replicates; r++) {
        const struct chunk_sums *s = &a->replicates[r];
        sums[r] = (struct replicate_sums){s->n, s->sum, s->sum2, s->control};
    }
}

/* What calls may add that are rarer than one in all that were made.  Where |F| rises without bound
 * the replicates agree by chance as long as none has met its top, and their spread is too small
 * then.  The largest weights of n calls fall as a power: with H the mean of log(w_i / w_k) over the
 * k largest (B. M. Hill, Ann. Statist. 3 (1975) 1163) those above w_1 = w_k k^H, of which one call
 * is due, would add H / (1 - H) times w_1 / n more than it.  The factor by which that is the error
 * was found on x^-p, |x - y|^-p and the like in one to five dimensions, p from 0.2 to 0.7.  Where
 * weights rise because the proposal is low, and |F| does not, as at a jump, they are bounded: H
 * counts as far only as |F| rises with them. */
enum { TAIL_CALLS = 10, TAIL_NEXT = 32 };
static const double tail_factor = 3, hill_most = 0.9;
/* Of a tail such an error is exceeded more often than of a Gaussian: at the probability alpha the
 * largest call is alpha^-H times w_1, at that of a look two to three times what Student's has. */
static const double tail_quantile = 2;

struct tail {
    double error;                  /* of the integral */
    double weight_rise, size_rise; /* mean logarithm of the largest, less that of the next */
};

static struct tail unseen_tail(const struct chunk_sums *all)
{
    const struct call_top *tops = all->tops;
    double k = TAIL_CALLS, hill = 0;
    struct tail tail = {0};
    if (!(tops[TAIL_CALLS + TAIL_NEXT - 1].weight > 0))
        return tail;
    for (size_t i = 0; i < TAIL_CALLS; i++) {
        hill += log(tops[i].weight / tops[TAIL_CALLS].weight) / k;
        tail.weight_rise += log(tops[i].weight) / k;
        tail.size_rise += log(tops[i].size) / k;
    }
    for (size_t i = TAIL_CALLS; i < TAIL_CALLS + TAIL_NEXT; i++) {
        tail.weight_rise -= log(tops[i].weight) / TAIL_NEXT;
        tail.size_rise -= log(tops[i].size) / TAIL_NEXT;
    }
    if (!(tail.weight_rise > 0) || !(tail.size_rise > 0))
        return tail;
    hill = fmin(hill, hill_most) * fmin(tail.size_rise / tail.weight_rise, 1);
    tail.error = tail_factor * tops[TAIL_CALLS].weight * pow(k, hill) / all->n * hill / (1 - hill);
    return tail;
}

struct estimate adaptive_estimate(const struct adaptive *a)
{
    struct replicate_sums sums[ADAPTIVE_REPLICATES];
    struct chunk_sums all = over_all(a);
    take_sums(a, sums);
    struct estimate e = estimate_of(a, sums);
    e.tail = unseen_tail(&all).error;
    e.error = hypot(e.error, e.tail);
    return e;
}

struct estimate adaptive_estimate_alone(struct adaptive *a)
{
    struct replicate_sums sums[ADAPTIVE_REPLICATES], now[ADAPTIVE_REPLICATES];
    take_sums(a, now);
    for (size_t r = 0; r < a->n_replicates; r++) {
        const struct replicate_sums *was = &a->before[r];
        sums[r] = (struct replicate_sums){now[r].n - was->n, now[r].sum - was->sum,
                                          now[r].sum2 - was->sum2, now[r].control - was->control};
        a->before[r] = now[r];
    }
    return estimate_of(a, sums);
}

double estimate_error(const struct estimate *e)
{
    return e->error * (e->freedom > 2 ? sqrt(e->freedom / (e->freedom - 2)) : 2);
}

/* ---- the result ------------------------------------------------------------------------------ */

/* Has a training round, each an estimate of its own, met more of |F| than came out?  One that has
 * missed a peak says less, with an error that is too small: it is no witness. */
static void compare_rounds(const struct adaptive *a, struct strata_result *result)
{
    result->chi2 = 0;
    for (size_t k = 0; k < a->n_trainings; k++) {
        double away = fmax(a->absolute[k] - result->absolute, 0), error = a->absolute_error[k];
        if (!(error > 0))
            continue;
        result->chi2 +=
            away * away / (error * error + result->absolute_error * result->absolute_error);
        result->n_chi2++;
    }
    if (result->n_chi2 > 0 && gsl_cdf_chisq_Q(result->chi2, (double)result->n_chi2) < 1e-4)
        result_doubt(result, ALARM_ROUNDS, "Rounds disagree: chi2 = %.3g for %zu. ", result->chi2,
                     result->n_chi2);
}

/* The share of the sum of squares that the few largest calls hold: where it does not fall with
 * their number there may be none. */
static double tail_share(const struct chunk_sums *all)
{
    double n = 0, sum2 = 0;
    for (size_t k = ADAPTIVE_TAIL; k-- > 0 && n < 8;) {
        double part = all->tail_n[k] > 0 ? fmin(1, (8 - n) / all->tail_n[k]) : 0;
        sum2 += part * all->tail2[k];
        n += all->tail_n[k];
    }
    return all->sum2 > 0 ? sum2 / all->sum2 : 0;
}

/* The power with which the number of calls falls with their size, over the two octaves above which
 * a hundred calls or more lie: at 2 and below the variance does not exist.  INFINITY: not known. */
static double tail_power(const struct chunk_sums *all)
{
    double n = 0, n_far = 0;
    size_t lowest = ADAPTIVE_TAIL;
    while (lowest > 1 && n < 100)
        n += all->tail_n[--lowest];
    for (size_t k = lowest + 2; k < ADAPTIVE_TAIL; k++)
        n_far += all->tail_n[k];
    return n >= 100 && n_far >= 8 ? 0.5 * log2(n / n_far) : INFINITY;
}

/* How probable it is that one of the replicates is this far from the others by chance: the largest
 * studentized residual, Bonferroni (Cook, Weisberg, Residuals and Influence in Regression, 1982).
 */
static double outlier_chance(const struct estimate *e, double n)
{
    double square = e->share * (e->freedom + 1), left = e->freedom - square;
    if (!(e->freedom > 2))
        return 1;
    if (!(left > 0))
        return 0;
    return fmin(1, 2 * n * gsl_cdf_tdist_Q(sqrt(square * (e->freedom - 1) / left), e->freedom - 1));
}

static const double share_most = 0.05, eight_most = 0.15, outlier_least = 1e-3;
static const double unheld_most = 3;  /* errors */
static const double drift_most = 0.5; /* levels of the search over its survivors */
enum { BEGUN_LEAST = 4 };
static const double known_least = 4;      /* uniform points that weigh alike */
static const double share_of_tail = 0.02; /* below, a tail is cut off before it matters */
/* Of the logarithms; of the error, by what no call has met. */
static const double size_doubted = 1, weight_doubted = 0.25, tail_doubted = 0.4;

/* What the search has met at weights that would be an alarm if a call had them. */
struct unheld {
    double mass, most; /* of int |F|; largest |F| */
};

static struct unheld find_unheld(const struct adaptive *a, const struct chunk_sums *all)
{
    struct unheld unheld = {0, 0};
    for (size_t k = tail_index(sqrt(share_most * all->sum2), a->top) + 1; k < ADAPTIVE_TAIL; k++) {
        unheld.mass += a->found.mass[k];
        unheld.most = fmax(unheld.most, a->found.mass_most[k]);
    }
    return unheld;
}

static void raise_alarms(const struct adaptive *a, const struct chunk_sums *all,
                         const struct estimate *e, struct strata_result *result)
{
    double effective = all->sum2 > 0 ? all->sum_abs * all->sum_abs / all->sum2 : 0;
    double failed = all->foreseen / fmax(all->n, 1);
    struct tail tail = unseen_tail(all);
    struct unheld unheld = find_unheld(a, all);
    char failures[FAILURES_WHY];
    result->largest_share = all->sum2 > 0 ? all->most_weight * all->most_weight / all->sum2 : 0;
    if (result->largest_share > share_most)
        result_doubt(result, ALARM_WEIGHT, "One call carries %.0f %% of the variance. ",
                     100 * result->largest_share);
    else if (tail_share(all) > eight_most)
        result_doubt(result, ALARM_WEIGHT, "Eight calls carry %.0f %% of the squared weights. ",
                     100 * tail_share(all));
    if (tail_power(all) < 1.7 && result->largest_share > share_of_tail)
        result_doubt(result, ALARM_WEIGHT,
                     "The largest calls fall as a power of %.2f, without variance. ",
                     tail_power(all));
    if (tail.size_rise > size_doubted && tail.weight_rise > weight_doubted &&
        tail.error > tail_doubted * e->error)
        result_doubt(result, ALARM_WEIGHT,
                     "|F| at the calls that weigh most is %.1f times that at the next: it may go "
                     "on so where no call was. ",
                     exp(tail.size_rise));
    if (a->n_replicates >= 8 && outlier_chance(e, (double)a->n_replicates) < outlier_least)
        result_doubt(result, ALARM_WEIGHT,
                     "One of %zu replicates carries %.0f %% of their spread. ", a->n_replicates,
                     100 * e->share);
    if (a->n_trainings > 0 && all->most > 3 * a->most_train)
        result_doubt(result, ALARM_LATE, "|F| reaches %.3g, but not above %.3g while it trained. ",
                     all->most, a->most_train);
    compare_rounds(a, result);
    if (a->n_search > 0 && a->found.n_begun < BEGUN_LEAST && all->sum_abs > 0)
        result_doubt(result, ALARM_SEARCH,
                     "F was not 0 at %zu of %zu uniform points only: too few to search from. ",
                     a->found.n_begun, a->n_train[0]);
    else if (a->n_search > 0 && !a->found.about.is_looked && a->found.effective < known_least)
        result_doubt(result, ALARM_SEARCH,
                     "|F| is so uneven that %zu uniform points are worth %.1f, and the calls were "
                     "too few to look for separate peaks. ",
                     a->n_train[0], a->found.effective);
    if (a->found.about.drift > drift_most)
        result_doubt(result, ALARM_SEARCH,
                     "The search was small for how far it had to climb: it may have lost peaks. ");
    if (unheld.mass > unheld_most * e->error)
        result_doubt(result, ALARM_SEARCH,
                     "A search has met |F| up to %.3g where calls are so rare that one would carry "
                     "much of the variance: make more calls, or use method cells. ",
                     unheld.most);
    if (!(all->sum_abs > 0))
        result_doubt(result, ALARM_FEW, "%s ",
                     failures_zero(all->n, all->n_failed, all->n_uniform, failures));
    else if (a->n_trainings == 0)
        result_doubt(result, ALARM_FEW, "Too few calls for an error: %.0f. ", all->n);
    else if (effective < 100)
        result_doubt(result, ALARM_FEW,
                     "The weights of the calls are so uneven that they are worth %.0f equal ones "
                     "only. ",
                     effective);
    if (failures_matter(failed, result->absolute, result->error, failures))
        result_doubt(result, ALARM_FAILED, "%s ", failures);
}

/* 95 % at all looks together. */
static void set_interval(const struct adaptive *a, const struct estimate *e,
                         struct strata_result *result)
{
    size_t n = 0;
    for (size_t k = 0; k < a->n_rounds; k++)
        n += adaptive_is_look(a, k) ? 1 : 0;
    double alpha = look_alpha(n, a->n_looks);
    double far = sqrt(tail_quantile * tail_quantile - 1) * e->tail;
    double half = gsl_cdf_tdist_Qinv(0.5 * alpha, e->freedom) * hypot(e->error, far);
    result->lo = result->integral - half;
    result->hi = result->integral + half;
}

static int take_history(const struct adaptive *a, struct arena *arena, struct strata_result *result,
                        struct err *err)
{
    struct strata_round *rounds = arena_array(arena, a->n_rounds + 1, sizeof *rounds);
    if (rounds == NULL)
        return mem_error(err);
    memcpy(rounds, a->rounds, a->n_rounds * sizeof *rounds);
    result->rounds = rounds;
    result->n_rounds = a->n_rounds;
    result->n_calls = a->n_calls;
    for (size_t k = 0; k < a->n_rounds; k++)
        result->n_failed += a->rounds[k].n_failed;
    return 0;
}

/* Integral, error, interval, and whether to trust them. */
static void take_estimate(const struct adaptive *a, const struct chunk_sums *all,
                          struct strata_result *result)
{
    struct estimate e = adaptive_estimate(a);
    struct estimate absolute = over_replicates(a, offsetof(struct chunk_sums, sum_abs));
    struct estimate failed = over_replicates(a, offsetof(struct chunk_sums, failed));
    double rounding = 2 * DBL_EPSILON * sqrt(all->n); /* of long sums */
    result->integral = e.mean;
    result->error = fmax(estimate_error(&e), rounding * absolute.mean);
    result->absolute = absolute.mean;
    result->absolute_error = absolute.error;
    result->failed_volume = failed.mean;
    result->failed_error = failed.error;
    set_interval(a, &e, result);
    raise_alarms(a, all, &e, result);
    result->is_converged = result->alarms == 0 && result_is_reached(result, &a->config);
}

unsigned adaptive_alarms(const struct adaptive *a)
{
    struct chunk_sums all = over_all(a);
    struct strata_result result;
    result_unknown(&result);
    take_estimate(a, &all, &result);
    return result.alarms;
}

int adaptive_result(const struct adaptive *a, struct arena *arena, struct strata_result *result,
                    struct err *err)
{
    struct chunk_sums all = over_all(a);
    struct strata_class *classes = arena_array(arena, STRATA_CLASSES, sizeof *classes);
    if (classes == NULL)
        return mem_error(err);
    result_unknown(result);
    result->classes = classes;
    if (take_history(a, arena, result, err) != 0)
        return -1;
    if (!(all.n > 1))
        return 0;
    take_estimate(a, &all, result);
    result->n_uniform = (uint64_t)all.n_uniform;
    result->unseen_volume = all.n_uniform > 0 ? 3 / all.n_uniform : (double)NAN;
    result->unseen_above = all.most_uniform;
    return heights_classes(a->heights, all.n, a->top, &a->config, classes, &result->n_classes, err);
}
