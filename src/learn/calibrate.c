/* calibrate.c: stacked, calibrated probabilities and how good they are.
 *
 * What it does: two scores (from the margins, from the label head) become one probability by
 * logistic regression on held-out points: Platt's scaling (in Smola et al. (eds.), Advances in
 * Large Margin Classifiers, 1999, p. 61) with two inputs instead of one.  Both weights stay
 * positive: a head that is worse than guessing is left out, never inverted.  The regression is
 * Newton's method with a Gaussian prior, so that a handful of held-out points cannot break it.
 *
 * Held-out points may be a sample that has all near misses of a large scan and one accepted point
 * in a hundred.  Taken as they are they would say that most of what lies next to the target's edge
 * is rejected, and a strip along it would never be filled.  So each counts as many times as there
 * are points for which it stands.
 *
 * What it does not: see training points.  The caller hands in scores of networks that have not
 * been trained on the point. */
#include "calibrate.h"

#include <math.h>
#include <stdlib.h>

enum { NEWTON_STEPS = 12 };
static const double prior_width = 1.0;

double logit(double p)
{
    const double tiny = 1e-7;

    p = p < tiny ? tiny : p > 1.0 - tiny ? 1.0 - tiny : p;
    return log(p / (1.0 - p));
}

static double sigmoid(double t)
{
    return t >= 0.0 ? 1.0 / (1.0 + exp(-t)) : exp(t) / (1.0 + exp(t));
}

double stack_apply(const struct stack *stack, double logit_margin, double logit_label)
{
    return sigmoid(stack->margin * logit_margin + stack->label * logit_label + stack->offset);
}

/* Solves the symmetric 3 by 3 system h s = g; false when it is singular. */
static bool solve3(double h[3][3], const double g[3], double s[3])
{
    double c00 = h[1][1] * h[2][2] - h[1][2] * h[2][1];
    double c01 = h[1][2] * h[2][0] - h[1][0] * h[2][2];
    double c02 = h[1][0] * h[2][1] - h[1][1] * h[2][0];
    double det = h[0][0] * c00 + h[0][1] * c01 + h[0][2] * c02;

    if (!(fabs(det) > 1e-30))
        return false;
    s[0] = (g[0] * c00 + g[1] * c01 + g[2] * c02) / det;
    s[1] = (g[0] * (h[0][2] * h[2][1] - h[0][1] * h[2][2]) +
            g[1] * (h[0][0] * h[2][2] - h[0][2] * h[2][0]) +
            g[2] * (h[0][1] * h[2][0] - h[0][0] * h[2][1])) /
           det;
    s[2] = (g[0] * (h[0][1] * h[1][2] - h[0][2] * h[1][1]) +
            g[1] * (h[0][2] * h[1][0] - h[0][0] * h[1][2]) +
            g[2] * (h[0][0] * h[1][1] - h[0][1] * h[1][0])) /
           det;
    return true;
}

static double mean_weight(size_t n, const struct stack_row *rows)
{
    double sum = 0.0;
    size_t i;

    for (i = 0; i < n; i++)
        sum += (double)rows[i].weight;
    return sum > 0.0 ? sum / (double)n : 1.0;
}

/* Gradient and Hessian of the penalised log likelihood at `at`. */
static void slopes(size_t n, const struct stack_row *rows, int except, const double at[3],
                   const double prior[3], double g[3], double h[3][3])
{
    const double pull = 1.0 / (prior_width * prior_width), mean = mean_weight(n, rows);
    size_t i;
    int a, b;

    for (a = 0; a < 3; a++) {
        g[a] = (prior[a] - at[a]) * pull;
        for (b = 0; b < 3; b++)
            h[a][b] = a == b ? pull : 0.0;
    }
    for (i = 0; i < n; i++) {
        double f[3] = {(double)rows[i].margin, (double)rows[i].label, 1.0};
        double p, w, weight = (double)rows[i].weight / mean;

        if ((int)rows[i].fold == except)
            continue;
        p = sigmoid(at[0] * f[0] + at[1] * f[1] + at[2]);
        w = weight * p * (1.0 - p);
        for (a = 0; a < 3; a++) {
            g[a] += weight * ((double)rows[i].truth - p) * f[a];
            for (b = 0; b < 3; b++)
                h[a][b] += w * f[a] * f[b];
        }
    }
}

struct stack stack_fit(size_t n, const struct stack_row *rows, int except,
                       const struct stack *prior)
{
    double to[3] = {prior->margin, prior->label, prior->offset};
    double at[3] = {to[0], to[1], to[2]}, g[3], h[3][3], step[3];
    int i, a;

    for (i = 0; i < NEWTON_STEPS; i++) {
        double longest = 0.0;

        slopes(n, rows, except, at, to, g, h);
        if (!solve3(h, g, step))
            break;
        for (a = 0; a < 3; a++)
            longest = fmax(longest, fabs(step[a]));
        for (a = 0; a < 3; a++)
            at[a] += longest > 1.0 ? step[a] / longest : step[a];
        at[0] = fmax(at[0], 0.0);
        at[1] = fmax(at[1], 0.0);
        if (longest < 1e-7)
            break;
    }
    return (struct stack){.margin = at[0], .label = at[1], .offset = at[2]};
}

void calibrate_score(size_t n, const float *p, const struct stack_row *rows,
                     struct learn_metrics *metrics)
{
    double brier = 0.0, loss = 0.0, sum = 0.0, in_bin[10] = {0.0};
    size_t i, b;

    for (b = 0; b < 10; b++) {
        metrics->bins[b].said = metrics->bins[b].found = 0.0;
        metrics->bins[b].n = 0;
    }
    for (i = 0; i < n; i++) {
        double q = (double)p[i], truth = (double)rows[i].truth, w = (double)rows[i].weight;
        double kept = q < 1e-7 ? 1e-7 : q > 1.0 - 1e-7 ? 1.0 - 1e-7 : q;

        b = (size_t)(q * 10.0);
        if (b > 9)
            b = 9;
        metrics->bins[b].n++;
        in_bin[b] += w;
        metrics->bins[b].said += w * q;
        metrics->bins[b].found += w * truth;
        sum += w;
        brier += w * (q - truth) * (q - truth);
        loss -= w * (truth > 0.0 ? log(kept) : log(1.0 - kept));
    }
    for (b = 0; b < 10; b++) {
        metrics->bins[b].said = in_bin[b] > 0.0 ? metrics->bins[b].said / in_bin[b] : NAN;
        metrics->bins[b].found = in_bin[b] > 0.0 ? metrics->bins[b].found / in_bin[b] : NAN;
    }
    metrics->brier = sum > 0.0 ? brier / sum : NAN;
    metrics->log_loss = sum > 0.0 ? loss / sum : NAN;
}

struct scored {
    float score;
    int8_t label;
};

static int compare_scored(const void *a, const void *b)
{
    float x = ((const struct scored *)a)->score, y = ((const struct scored *)b)->score;

    return (x > y) - (x < y);
}

/* The Mann-Whitney statistic; ties count one half. */
double learn_auc(size_t n, const float *score, const int8_t *label)
{
    struct scored *sorted = mem_array(n, sizeof *sorted);
    double rank_sum = 0.0, n_yes = 0.0, n_no = 0.0;
    size_t i, j, k;

    if (!sorted)
        return NAN;
    for (i = 0, k = 0; i < n; i++) {
        if (label[i] >= 0 && !isnan(score[i]))
            sorted[k++] = (struct scored){.score = score[i], .label = label[i]};
    }
    n = k;
    qsort(sorted, n, sizeof *sorted, compare_scored);
    for (i = 0; i < n; i = j) {
        double rank;

        for (j = i; j < n && sorted[j].score == sorted[i].score; j++)
            ;
        rank = 0.5 * (double)(i + j + 1);
        for (k = i; k < j; k++) {
            if (sorted[k].label > 0) {
                rank_sum += rank;
                n_yes += 1.0;
            } else {
                n_no += 1.0;
            }
        }
    }
    mem_free(sorted);
    if (n_yes == 0.0 || n_no == 0.0)
        return NAN;
    return (rank_sum - 0.5 * n_yes * (n_yes + 1.0)) / (n_yes * n_no);
}
