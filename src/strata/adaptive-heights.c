/* adaptive-heights.c: classes of the height when the function is so cheap that no network is asked.
 *
 * A class is then where F itself lies between two limits, and all about it is a sum over the points
 * that fell there.  Sums are kept per quarter of an octave of |F|, both signs apart; the limits are
 * set when it is known how they are filled. */
#include "adaptive.h"

#include <math.h>
#include <string.h>

size_t height_index(double f, int top)
{
    uint64_t bits;
    double size = fabs(f);
    memcpy(&bits, &size, sizeof bits);
    /* the exponent and two binary digits of the mantissa */
    int64_t quarter = (int64_t)(bits >> 50) - 4 * 1023;
    int64_t k = quarter - PER_OCTAVE * ((int64_t)top - OCTAVES_BELOW);
    if (size == 0 || k < 0)
        return HEIGHTS_SIDE;
    if (k >= HEIGHTS_SIDE)
        k = HEIGHTS_SIDE - 1;
    return f > 0 ? (size_t)(HEIGHTS_SIDE + 1 + k) : (size_t)(HEIGHTS_SIDE - 1 - k);
}

static void fill_class(struct strata_class *c, const struct height_sum *sum, double n_calls)
{
    double n = n_calls;
    c->volume = sum->w / n;
    c->volume_error = sqrt(fmax(sum->w2 / n - c->volume * c->volume, 0) / n);
    c->part = sum->wf / n;
    c->part_error = sqrt(fmax(sum->w2f2 / n - c->part * c->part, 0) / n);
    c->mean = sum->w > 0 ? sum->wf / sum->w : (double)NAN;
    /* of a ratio: sum of w^2 (f - mean)^2 */
    double rest = sum->w2f2 - 2 * c->mean * sum->w2f + c->mean * c->mean * sum->w2;
    c->mean_error = sum->n > 1 ? sqrt(fmax(rest, 0)) / sum->w : (double)NAN;
    c->n = (uint64_t)sum->n;
    c->right = c->below = c->above = (double)NAN;
}

static void add(struct height_sum *to, const struct height_sum *from)
{
    to->n += from->n;
    to->w += from->w;
    to->w2 += from->w2;
    to->wf += from->wf;
    to->w2f += from->w2f;
    to->w2f2 += from->w2f2;
}

void heights_add(struct height_sum heights[N_HEIGHTS], const void *bytes)
{
    const char *at = bytes;
    for (size_t i = 0; i < N_HEIGHTS; i++) {
        struct height_sum one;
        memcpy(&one, at + i * sizeof one, sizeof one);
        add(&heights[i], &one);
    }
}

/* The limit between bin i - 1 and bin i. */
static double limit_below(size_t i, int top)
{
    size_t k = i > HEIGHTS_SIDE ? i - HEIGHTS_SIDE - 1 : HEIGHTS_SIDE - i;
    uint64_t bits = (uint64_t)((int64_t)k + PER_OCTAVE * ((int64_t)top - OCTAVES_BELOW) + 4 * 1023)
                    << 50;
    double edge;
    memcpy(&edge, &bits, sizeof edge);
    return i > HEIGHTS_SIDE ? edge : -edge;
}

/* Bins between the same two cuts are a class; its limits are those of the bins, so that it holds
 * what it says. */
static size_t join_bins(const struct height_sum sums[N_HEIGHTS], const struct classes *cut, int top,
                        struct height_sum *of, struct strata_class *classes)
{
    size_t n = 0, last = 0;
    double before = 0;
    for (size_t i = 0; i < N_HEIGHTS; i++) {
        if (!(sums[i].n > 0))
            continue;
        double mean = sums[i].wf / sums[i].w;
        size_t k = classes_find(cut, mean);
        if (n == 0 || k != last) {
            double limit = n == 0 ? -INFINITY : before <= 0 && mean > 0 ? 0 : limit_below(i, top);
            of[n] = (struct height_sum){0};
            classes[n] = (struct strata_class){.lo = limit, .hi = INFINITY};
            if (n > 0)
                classes[n - 1].hi = limit;
            n++;
            last = k;
        }
        before = mean;
        add(&of[n - 1], &sums[i]);
        classes[n - 1].most = fmax(classes[n - 1].most, fabs(mean));
    }
    return n;
}

int heights_classes(const struct height_sum sums[N_HEIGHTS], double n_calls, int top,
                    const struct strata_config *config, struct strata_class *classes,
                    size_t *n_classes, struct err *err)
{
    double heights[N_HEIGHTS], weights[N_HEIGHTS], variance = 0;
    struct height_sum of[STRATA_CLASSES];
    struct classes cut;
    size_t n = 0;
    *n_classes = 0;
    for (size_t i = 0; i < N_HEIGHTS; i++)
        if (sums[i].n > 0) {
            heights[n] = sums[i].wf / sums[i].w;
            weights[n++] = sums[i].w;
        }
    if (n == 0)
        return 0;
    if (classes_cut(n, heights, weights, config->n_classes > 0 ? config->n_classes : 30,
                    config->cuts, &cut, err) != 0)
        return -1;
    n = join_bins(sums, &cut, top, of, classes);
    for (size_t k = 0; k < n; k++) {
        fill_class(&classes[k], &of[k], n_calls);
        variance += classes[k].part_error * classes[k].part_error;
    }
    for (size_t k = 0; k < n && variance > 0; k++)
        classes[k].budget = classes[k].part_error * classes[k].part_error / variance;
    *n_classes = n;
    return 0;
}
