/* squash.c: from margins to heads and back, and from heads to the probability of the target.
 *
 * What it does: finds which margins belong to one observable, squashes each observable around its
 * cuts, and asks with what probability a normally distributed head lies on the accepted side.  For
 * the usual target (every comparison must hold) that is a product of differences of the normal
 * distribution function; for any other it is a mean over fixed draws.  Heads of different
 * observables are taken as independent: their correlation is in the means, not in the errors.
 *
 * What it does not: know what a margin means.  A label depends on the signs of the margins only
 * (judge.h), which is all that is used here. */
#include "squash.h"

#include "kernel.h"
#include "vector.h"

#include <gsl/gsl_sort_double.h>
#include <math.h>
#include <string.h>

enum { NO_GROUP_MIN = 8 /* rows */, TIE_ROWS = 400, FEW = 250, ENOUGH_ACCEPTED = 20 };
static const uint32_t no_group = UINT32_MAX;

/* ---- labels --------------------------------------------------------------------------------- */

void labeller_init(struct labeller *l, const struct learn_config *config)
{
    double margins[SQUASH_MAX];
    size_t k, n = config->n_margins;
    unsigned pattern;

    *l = (struct labeller){
        .label_of = config->label_of, .context = config->label_context, .n_margins = n};
    if (!l->label_of || n == 0)
        return;
    if (n <= SQUASH_TABLE) {
        for (pattern = 0; pattern < 1u << n; pattern++) {
            for (k = 0; k < n; k++)
                margins[k] = pattern >> k & 1u ? 1.0 : -1.0;
            l->table[pattern] = l->label_of(l->context, margins) == TRUTH_YES;
        }
    }
    for (k = 0; k < n; k++)
        margins[k] = 1.0;
    l->is_conjunction = l->label_of(l->context, margins) == TRUTH_YES;
    for (k = 0; k < n && l->is_conjunction; k++) {
        margins[k] = -1.0;
        l->is_conjunction = l->label_of(l->context, margins) != TRUTH_YES;
        margins[k] = 1.0;
    }
}

bool labeller_says_yes(const struct labeller *l, const double *margins)
{
    unsigned pattern = 0;
    size_t k;

    if (!l->label_of)
        return false;
    if (l->n_margins > SQUASH_TABLE)
        return l->label_of(l->context, margins) == TRUTH_YES;
    for (k = 0; k < l->n_margins; k++) {
        if (margins[k] > 0.0)
            pattern |= 1u << k;
    }
    return l->table[pattern] != 0;
}

/* ---- fitting -------------------------------------------------------------------------------- */

/* Is margin j = sign * margin i + offset in the first rows where both are known? */
static bool is_tied(const struct learn_data *data, size_t m, size_t i, size_t j, double sign,
                    double *offset)
{
    size_t row, n = 0;
    double low = 0.0, high = 0.0;

    for (row = 0; row < data->n && n < TIE_ROWS; row++) {
        double a = (double)data->margins[row * m + i], b = (double)data->margins[row * m + j];
        double c = b - sign * a;

        if (isnan(a) && isnan(b))
            continue;
        if (!isfinite(c))
            return false;
        if (n == 0)
            *offset = low = high = c;
        if (fabs(c - *offset) > 4e-6 * (fabs(a) + fabs(b) + fabs(*offset)))
            return false;
        low = fmin(low, a);
        high = fmax(high, a);
        n++;
    }
    return n >= NO_GROUP_MIN && high > low;
}

/* Two or fewer different values carry no more than the label does. */
static bool is_two_valued(const struct learn_data *data, size_t m, size_t i)
{
    float first = NAN, second = NAN;
    size_t row;

    for (row = 0; row < data->n; row++) {
        float a = data->margins[row * m + i];

        if (!isfinite(a) || a == first || a == second)
            continue;
        if (isnan(first))
            first = a;
        else if (isnan(second))
            second = a;
        else
            return false;
    }
    return true;
}

static void find_groups(struct squash *s, const struct learn_data *data)
{
    size_t m = s->n_margins, i, j;

    for (i = 0; i < m; i++)
        s->group[i] = no_group;
    for (i = 0; i < m; i++) {
        uint32_t g = s->n_groups;

        if (s->group[i] != no_group || is_two_valued(data, m, i))
            continue;
        s->group[i] = g;
        s->sign[i] = 1.0;
        s->offset[i] = 0.0;
        s->first[g] = (uint32_t)i;
        s->n_groups++;
        for (j = i + 1; j < m; j++) {
            double offset = 0.0, sign = 1.0;

            if (s->group[j] != no_group)
                continue;
            if (!is_tied(data, m, i, j, sign, &offset)) {
                sign = -1.0;
                if (!is_tied(data, m, i, j, sign, &offset))
                    continue;
            }
            s->group[j] = g;
            s->sign[j] = sign;
            s->offset[j] = offset;
        }
    }
}

/* The cuts of group g are where one of its margins is zero. */
static void span_of_cuts(const struct squash *s, uint32_t g, double *centre, double *half)
{
    double low = INFINITY, high = -INFINITY;
    size_t k;

    for (k = 0; k < s->n_margins; k++) {
        double cut = -s->offset[k] / s->sign[k];

        if (s->group[k] != g)
            continue;
        low = fmin(low, cut);
        high = fmax(high, cut);
    }
    *centre = 0.5 * (low + high);
    *half = 0.5 * (high - low);
}

/* Mean and deviation of the squashed values of group g. */
static void standardise(struct squash *s, const struct learn_data *data, uint32_t g)
{
    size_t row, n = 0, m = s->n_margins;
    double sum = 0.0, squares = 0.0;

    for (row = 0; row < data->n; row++) {
        double v = (double)data->margins[row * m + s->first[g]];
        double z = asinh((v - s->centre[g]) / s->scale[g]);

        if (!isfinite(z))
            continue;
        n++;
        sum += z;
        squares += z * z;
    }
    s->mean[g] = n > 0 ? sum / (double)n : 0.0;
    s->sd[g] = n > 1 ? sqrt(fmax(squares / (double)n - s->mean[g] * s->mean[g], 1e-12)) : 1.0;
}

/* A few rows of group g, for the evidence of a scale. */
struct few {
    size_t n;
    float *x;
    double *v, *y;
};

static void take_few(const struct squash *s, const struct learn_data *data, size_t d, uint32_t g,
                     struct few *few)
{
    size_t row, finite = 0, seen = 0, m = s->n_margins;

    few->n = 0;
    for (row = 0; row < data->n; row++)
        finite += isfinite(data->margins[row * m + s->first[g]]) ? 1 : 0;
    for (row = 0; row < data->n && few->n < FEW; row++) {
        float v = data->margins[row * m + s->first[g]];

        if (!isfinite(v) || (finite > FEW && seen++ * FEW / finite < few->n))
            continue;
        few->v[few->n] = (double)v;
        memcpy(few->x + few->n++ * d, data->x + row * d, d * sizeof *few->x);
    }
}

/* How well a smooth function explains the values when squashed by this scale: the evidence of a
 * Gaussian process, with the Jacobian of the squashing (Snelson, Rasmussen, Ghahramani, NIPS 2003).
 */
static int evidence_of_scale(const struct squash *s, size_t d, uint32_t g, struct few *few,
                             double *evidence, struct err *err)
{
    double jacobian = 0.0;
    size_t i;

    for (i = 0; i < few->n; i++) {
        double u = (few->v[i] - s->centre[g]) / s->scale[g];

        few->y[i] = (asinh(u) - s->mean[g]) / s->sd[g];
        jacobian -= log(s->scale[g] * s->sd[g]) + 0.5 * log1p(u * u);
    }
    if (kernel_evidence(few->n, d, few->x, few->y, evidence, err) != 0)
        return -1;
    *evidence += jacobian;
    return 0;
}

/* The scale: of some quantiles of the distances to the cuts the one with the largest evidence, at
 * least the span of the cuts.  While nothing is accepted it stays near the nearest points, so that
 * the way to the cuts is resolved.  values: room for data->n. */
static int fit_scale(struct squash *s, const struct learn_data *data, size_t d, uint32_t g,
                     double *values, struct few *few, struct err *err)
{
    static const double quantiles[] = {0.05, 0.2, 0.5, 0.9};
    double half, best = -INFINITY, chosen = 1.0;
    size_t row, n = 0, q, m = s->n_margins, n_accepted = 0;

    span_of_cuts(s, g, &s->centre[g], &half);
    for (row = 0; row < data->n; row++) {
        double v = (double)data->margins[row * m + s->first[g]];

        n_accepted += data->label[row] > 0;
        if (isfinite(v))
            values[n++] = fabs(v - s->centre[g]);
    }
    gsl_sort(values, 1, n);
    take_few(s, data, d, g, few);
    for (q = 0; q < sizeof quantiles / sizeof quantiles[0] && n > 0; q++) {
        double evidence, scale = fmax(values[(size_t)(quantiles[q] * (double)n)], half);

        if (n_accepted < ENOUGH_ACCEPTED && q > 0 && n > 40 && scale > 10.0 * values[20])
            break;
        s->scale[g] = scale > 0.0 ? scale : values[n - 1] > 0.0 ? values[n - 1] : 1.0;
        standardise(s, data, g);
        if (evidence_of_scale(s, d, g, few, &evidence, err) != 0)
            return -1;
        if (evidence > best || q == 0) {
            best = evidence;
            chosen = s->scale[g];
        }
    }
    s->scale[g] = chosen;
    standardise(s, data, g);
    return 0;
}

/* The first scales come from a uniform sample.  Later samples crowd around the cuts, which must not
 * shrink the scale; only while next to nothing is accepted it is chosen anew in each round. */
static bool has_scale(struct squash *s, const struct learn_data *data, uint32_t g,
                      const struct squash *before)
{
    size_t n_accepted = 0, row;
    double centre, half;

    if (!before || before->n_margins != s->n_margins || before->n_groups != s->n_groups ||
        memcmp(before->group, s->group, sizeof s->group) != 0)
        return false;
    for (row = 0; row < data->n; row++)
        n_accepted += data->label[row] > 0;
    span_of_cuts(s, g, &centre, &half);
    if (n_accepted < ENOUGH_ACCEPTED || fabs(centre - before->centre[g]) > before->scale[g])
        return false;
    s->centre[g] = before->centre[g];
    s->scale[g] = before->scale[g];
    s->mean[g] = before->mean[g];
    s->sd[g] = before->sd[g];
    return true;
}

int squash_fit(struct squash *s, const struct learn_data *data, const struct learn_config *config,
               const struct squash *before, struct err *err)
{
    struct few few = {.n = 0};
    double *values = NULL;
    uint32_t g;
    int rc = -1;

    memset(s, 0, sizeof *s);
    if (config->n_margins > SQUASH_MAX)
        return err_set(err, ERR_LIMIT, "%zu margins are more than %d", config->n_margins,
                       SQUASH_MAX);
    s->n_margins = (uint32_t)config->n_margins;
    if (config->n_margins == 0)
        return 0;
    values = mem_array(data->n, sizeof *values);
    few.x = mem_array(FEW * config->n_inputs, sizeof *few.x);
    few.v = mem_array(FEW, sizeof *few.v);
    few.y = mem_array(FEW, sizeof *few.y);
    if (!values || !few.x || !few.v || !few.y) {
        mem_error(err);
        goto out;
    }
    find_groups(s, data);
    for (g = 0; g < s->n_groups; g++) {
        if (!has_scale(s, data, g, before))
            TRY(fit_scale(s, data, config->n_inputs, g, values, &few, err));
    }
    rc = 0;
out:
    mem_free(values);
    mem_free(few.x);
    mem_free(few.v);
    mem_free(few.y);
    return rc;
}

/* ---- using ---------------------------------------------------------------------------------- */

static double to_head(const struct squash *s, uint32_t g, double v)
{
    return (asinh((v - s->centre[g]) / s->scale[g]) - s->mean[g]) / s->sd[g];
}

void squash_row(const struct squash *s, const float *margins, float *y)
{
    uint32_t g;

    for (g = 0; g < s->n_groups; g++) {
        double v = (double)margins[s->first[g]];

        y[g] = isfinite(v) ? (float)to_head(s, g, v) : NAN;
    }
}

void squash_inverse(const struct squash *s, const float *y, double unlearned, double *margins)
{
    double v[SQUASH_MAX];
    uint32_t g, k;

    for (g = 0; g < s->n_groups; g++)
        v[g] = s->centre[g] + s->scale[g] * sinh((double)y[g] * s->sd[g] + s->mean[g]);
    for (k = 0; k < s->n_margins; k++) {
        margins[k] =
            s->group[k] == no_group ? unlearned : s->sign[k] * v[s->group[k]] + s->offset[k];
    }
}

static double scale_of(const struct squash *s, size_t k)
{
    return s->group[k] == no_group ? 1.0 : s->scale[s->group[k]];
}

float squash_distance(const struct squash *s, const struct labeller *l, const float *margins)
{
    double shifted[SQUASH_MAX], low = 0.0, high = 24.0, worst = 0.0;
    size_t k;
    int i;

    for (k = 0; k < s->n_margins; k++) {
        double m = (double)margins[k];

        if (!isfinite(m))
            return INFINITY;
        if (m <= 0.0)
            worst = fmax(worst, asinh(-m / scale_of(s, k)) + 1e-6);
        shifted[k] = m;
    }
    if (l->is_conjunction)
        return (float)worst;
    if (labeller_says_yes(l, shifted))
        return 0.0f;
    for (i = 0; i < 24; i++) {
        double middle = i == 0 ? high : 0.5 * (low + high);

        for (k = 0; k < s->n_margins; k++)
            shifted[k] = (double)margins[k] + scale_of(s, k) * sinh(middle);
        if (labeller_says_yes(l, shifted))
            high = middle;
        else if (i == 0)
            return INFINITY;
        else
            low = middle;
    }
    return (float)high;
}

static double normal_below(double x)
{
    return 0.5 * erfc(-x * 0.70710678118654752);
}

static void cuts_of_group(const struct squash *s, uint32_t g, double slack, double *low,
                          double *high)
{
    size_t k;

    *low = -INFINITY;
    *high = INFINITY;
    for (k = 0; k < s->n_margins; k++) {
        double cut = -(s->offset[k] + slack) / s->sign[k];

        if (s->group[k] != g)
            continue;
        if (s->sign[k] > 0.0)
            *low = fmax(*low, cut);
        else
            *high = fmin(*high, cut);
    }
}

static double slack_of(const struct squash *s, uint32_t g, double relax)
{
    return relax > 0.0 ? s->scale[g] * sinh(relax) : 0.0;
}

void squash_cuts(const struct squash *s, double relax, struct squash_cuts *cuts)
{
    uint32_t g;

    for (g = 0; g < s->n_groups; g++) {
        double low, high;

        cuts_of_group(s, g, slack_of(s, g, relax), &low, &high);
        cuts->low[g] = isfinite(low) ? (float)to_head(s, g, low) : -INFINITY;
        cuts->high[g] = isfinite(high) ? (float)to_head(s, g, high) : INFINITY;
        if (high <= low) /* nothing lies between */
            cuts->high[g] = -INFINITY;
    }
}

/* The normal distribution function, within 1e-7 (Abramowitz, Stegun, Handbook of Mathematical
 * Functions, eq. 7.1.26). */
static inline float normal_below_fast(float x)
{
    float t = fabsf(x) * 0.707106781f, u, tail;

    t = t < 8.9f ? t : 8.9f;
    u = 1.0f / (1.0f + 0.3275911f * t);
    tail = 0.5f * u *
           (0.254829592f +
            u * (-0.284496736f + u * (1.421413741f + u * (-1.453152027f + u * 1.061405429f)))) *
           vector_exp(-t * t);
    return x > 0.0f ? 1.0f - tail : tail;
}

VECTOR_LOOP static void multiply_between(float low, float high, size_t n, const float *y,
                                         const float *sigma, float *p)
{
    size_t i;

    for (i = 0; i < n; i++) {
        float inverse = 1.0f / sigma[i];
        float inside =
            normal_below_fast((high - y[i]) * inverse) - normal_below_fast((low - y[i]) * inverse);

        p[i] *= inside > 0.0f ? inside : 0.0f;
    }
}

void squash_conjunctions(size_t n_groups, const struct squash_cuts *cuts, size_t n, size_t stride,
                         const float *y, const float *sigma, float *p)
{
    size_t g, i;

    for (i = 0; i < n; i++)
        p[i] = 1.0f;
    for (g = 0; g < n_groups; g++)
        multiply_between(cuts->low[g], cuts->high[g], n, y + g * stride, sigma + g * stride, p);
}

/* Product over groups of the probability that v lies between the group's cuts. */
static double conjunction(const struct squash *s, const float *y, const float *sigma,
                          const double *slack)
{
    double product = 1.0, low, high;
    uint32_t g;

    for (g = 0; g < s->n_groups; g++) {
        double p = 1.0;

        cuts_of_group(s, g, slack[g], &low, &high);
        if (high <= low)
            return 0.0;
        if (isfinite(high))
            p = normal_below((to_head(s, g, high) - (double)y[g]) / (double)sigma[g]);
        if (isfinite(low))
            p -= normal_below((to_head(s, g, low) - (double)y[g]) / (double)sigma[g]);
        product *= fmax(p, 0.0);
    }
    return product;
}

double squash_probability(const struct squash *s, const struct labeller *l, const float *y,
                          const float *sigma, double relax, const struct squash_draws *draws)
{
    double slack[SQUASH_MAX], margins[SQUASH_MAX];
    float drawn[SQUASH_MAX];
    size_t i, k, n_yes = 0;
    uint32_t g;

    for (g = 0; g < s->n_groups; g++)
        slack[g] = slack_of(s, g, relax);
    if (l->is_conjunction)
        return conjunction(s, y, sigma, slack);
    for (i = 0; i < draws->n; i++) {
        for (g = 0; g < s->n_groups; g++)
            drawn[g] = y[g] + sigma[g] * draws->normal[i * s->n_groups + g];
        squash_inverse(s, drawn, 1.0, margins);
        for (k = 0; k < s->n_margins; k++) {
            if (s->group[k] != no_group)
                margins[k] += slack[s->group[k]];
        }
        n_yes += labeller_says_yes(l, margins);
    }
    return (double)n_yes / (double)draws->n;
}
