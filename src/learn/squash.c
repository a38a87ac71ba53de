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

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { NO_GROUP_MIN = 8 /* rows */, TIE_ROWS = 400, CUT_MIN = 50 };
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

static int compare_doubles(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;

    return (x > y) - (x < y);
}

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

/* The scale: as far as the nearest twentieth of the values reach from the cuts, at least the span
 * of the cuts.  values: room for data->n. */
static void fit_scale(struct squash *s, const struct learn_data *data, uint32_t g, double *values)
{
    double half, sum = 0.0, squares = 0.0;
    size_t row, n = 0, near, m = s->n_margins;

    span_of_cuts(s, g, &s->centre[g], &half);
    for (row = 0; row < data->n; row++) {
        double v = (double)data->margins[row * m + s->first[g]];

        if (isfinite(v))
            values[n++] = fabs(v - s->centre[g]);
    }
    qsort(values, n, sizeof *values, compare_doubles);
    near = n / 20 > CUT_MIN ? n / 20 : CUT_MIN;
    if (near >= n)
        near = n / 2;
    s->scale[g] = fmax(n > 0 ? values[near] : 1.0, half);
    if (!(s->scale[g] > 0.0))
        s->scale[g] = n > 0 && values[n - 1] > 0.0 ? values[n - 1] : 1.0;
    n = 0;
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

/* Scales move little by little as points come in; the networks of the round before stay right as
 * long as their own scales do. */
static void keep_scales(struct squash *s, const struct squash *before)
{
    uint32_t g, k;

    if (!before || before->n_margins != s->n_margins || before->n_groups != s->n_groups)
        return;
    for (k = 0; k < s->n_margins; k++) {
        if (before->group[k] != s->group[k])
            return;
    }
    for (g = 0; g < s->n_groups; g++) {
        double ratio = s->scale[g] / before->scale[g];
        bool same_cuts = fabs(s->centre[g] - before->centre[g]) < 0.2 * before->scale[g];

        if (same_cuts && ratio > 0.5) {
            s->centre[g] = before->centre[g];
            s->scale[g] = before->scale[g];
            s->mean[g] = before->mean[g];
            s->sd[g] = before->sd[g];
        }
    }
}

int squash_fit(struct squash *s, const struct learn_data *data, size_t n_margins,
               const struct squash *before, struct err *err)
{
    double *values;
    uint32_t g;

    memset(s, 0, sizeof *s);
    if (n_margins > SQUASH_MAX)
        return err_set(err, ERR_LIMIT, "%zu margins are more than %d", n_margins, SQUASH_MAX);
    s->n_margins = (uint32_t)n_margins;
    if (n_margins == 0)
        return 0;
    values = mem_array(data->n, sizeof *values);
    if (!values)
        return mem_error(err);
    find_groups(s, data);
    for (g = 0; g < s->n_groups; g++)
        fit_scale(s, data, g, values);
    keep_scales(s, before);
    mem_free(values);
    return 0;
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
        margins[k] = s->group[k] == no_group ? unlearned
                                             : s->sign[k] * v[s->group[k]] + s->offset[k];
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

/* Product over groups of the probability that v lies between the group's cuts. */
static double conjunction(const struct squash *s, const float *y, const float *sigma,
                          const double *slack)
{
    double product = 1.0;
    uint32_t g;
    size_t k;

    for (g = 0; g < s->n_groups; g++) {
        double low = -INFINITY, high = INFINITY, p = 1.0;

        for (k = 0; k < s->n_margins; k++) {
            double cut = -(s->offset[k] + slack[g]) / s->sign[k];

            if (s->group[k] != g)
                continue;
            if (s->sign[k] > 0.0)
                low = fmax(low, cut);
            else
                high = fmin(high, cut);
        }
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
        slack[g] = relax > 0.0 ? s->scale[g] * sinh(relax) : 0.0;
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
