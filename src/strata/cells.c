/* cells.c: the classes of a round as they are shown: limits, volumes, contributions, errors.
 *
 * Every number is a mean over the round's repetitions, its error their spread; the mean of F over a
 * class is a ratio of two of them, its error by linearisation. */
#include "core.h"

#include <math.h>
#include <string.h>

struct pair { /* of two sums over a class, over the repetitions */
    double volume, part, var_volume, var_part, covariance, var_rest;
};

static struct pair pair_of(const struct drawing_sums *sums, size_t j)
{
    size_t n = sums->n_repetitions, k = sums->n_classes, r;
    double norm = n > 1 ? 1.0 / ((double)n * (double)(n - 1)) : NAN, rest = 0.0;
    struct pair p = {0};

    for (r = 0; r < n; r++) {
        p.volume += sums->cells[r * k + j].volume / (double)n;
        p.part += sums->cells[r * k + j].part / (double)n;
        rest += sums->cells[r * k + j].rest / (double)n;
    }
    for (r = 0; r < n; r++) {
        double v = sums->cells[r * k + j].volume - p.volume;
        double f = sums->cells[r * k + j].part - p.part;
        double d = sums->cells[r * k + j].rest - rest;

        p.var_volume += v * v * norm;
        p.var_part += f * f * norm;
        p.covariance += v * f * norm;
        p.var_rest += d * d * norm;
    }
    return p;
}

void core_classes(struct strata *s, const struct drawing_sums *sums)
{
    size_t k = sums->n_classes, j, r;
    double budget = 0.0, right = 0.0, called = 0.0;

    s->n_classes = k;
    for (j = 0; j < k; j++) {
        struct strata_class *c = &s->classes[j];
        struct pair p = pair_of(sums, j);
        double of = 0.0, is_right = 0.0, is_below = 0.0, is_above = 0.0;
        double ratio = p.volume > 0.0 ? p.part / p.volume : NAN;
        uint64_t n = 0;

        for (r = 0; r < sums->n_repetitions; r++) {
            const struct cell_sums *cell = &sums->cells[r * k + j];

            of += cell->called;
            is_right += cell->right;
            is_below += cell->below;
            is_above += cell->above;
            n += cell->n;
        }
        *c = (struct strata_class){
            .lo = s->model.classes.limits[j],
            .hi = s->model.classes.limits[j + 1],
            .volume = p.volume,
            .volume_error = sqrt(p.var_volume),
            .part = p.part,
            .part_error = sqrt(p.var_part),
            .mean = ratio,
            .mean_error =
                sqrt(fmax(p.var_part - 2.0 * ratio * p.covariance + ratio * ratio * p.var_volume,
                          0.0)) /
                p.volume,
            .budget = p.var_part,
            .n = n,
            .n_next = n * 2,
            .right = of > 0.0 ? is_right / of : NAN,
            .below = of > 0.0 ? is_below / of : NAN,
            .above = of > 0.0 ? is_above / of : NAN,
            .most = s->tops[j],
        };
        budget += p.var_part;
        right += is_right;
        called += of;
    }
    for (j = 0; j < k; j++)
        s->classes[j].budget = budget > 0.0 ? s->classes[j].budget / budget : NAN;
    s->purity = called > 0.0 ? right / called : NAN;
}

void core_tops(struct strata *s, const double *values)
{
    size_t i;

    if (s->stage != STAGE_CELLS)
        return;
    for (i = 0; i < s->batch.n; i++) {
        size_t j = s->batch.cell[i] >= 0 ? (size_t)s->batch.cell[i] : 0;
        double height = fabs(values[i]);

        if (!isfinite(height))
            continue;
        s->tops[j] = fmax(s->tops[j], height);
        s->most_weight[j] = fmax(s->most_weight[j], height / s->batch_q[i]);
    }
}
