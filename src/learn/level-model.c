/* level-model.c: a label's probability as a bump over a sum of products, and its likelihood.
 *
 * What it does: p(x) = A b(s(x)) with s of the form of separable.h and b the bump 1 / (1 + s^2)^2,
 * whose long tails let far points pull, or the sharp one 1 / (1 + s^6), which knows where the
 * target ends.  Minus the log likelihood of labels and its gradient in A and all coefficients go to
 * descent.c; a ridge holds high degrees down.  Labels are conditional on the place, so that it does
 * not matter how the rows were chosen.
 *
 * What it does not: find the best of the many minima (level.c). */
#include "level-model.h"

#include <math.h>
#include <string.h>

/* A bump's share of 1, and what is left of the probability far away: no row can cost all. */
static const double share_of_bump = 0.999, floor_of_p = 1e-5;
static const double ridge_of_height = 0.01;

size_t level_model_size(const struct level_model *l)
{
    return 2 + (l->terms + 1) * l->d * l->basis;
}

double *level_model_part(const struct level_model *l, double *at, size_t part, size_t axis)
{
    return at + 2 + (part * l->d + axis) * l->basis;
}

void level_model_evaluate(const struct level_model *l, const double *at)
{
    size_t parts = l->terms + 1, i, j, r, k;
    double c[(LEVEL_TERMS + 1) * LEVEL_BASIS];

    for (i = 0; i < l->n; i++)
        l->s[i] = at[0];
    for (j = 0; j < l->d; j++) {
        for (r = 0; r < parts; r++) {
            const double *from = at + 2 + (r * l->d + j) * l->basis;

            for (k = 0; k < l->basis; k++)
                c[k * parts + r] = r == 0 && (k == 0 || !l->has_sums) ? 0.0 : from[k];
        }
        mat_dgemm(false, false, l->n, parts, l->basis, 1.0, l->phi + j * l->n * l->basis, l->basis,
                  c, parts, 0.0, l->g + j * l->n * parts, parts);
    }
    for (i = 0; i < l->n; i++) {
        for (j = 0; j < l->d; j++)
            l->s[i] += l->g[(j * l->n + i) * parts];
        for (r = 1; r < parts; r++) {
            double product = 1.0;

            for (j = 0; j < l->d; j++)
                product *= l->g[(j * l->n + i) * parts + r];
            l->s[i] += product;
        }
    }
}

/* The bump, of height 1, and its slope. */
static double bump_at(bool is_sharp, double s, double *slope)
{
    double t = s * s, q = is_sharp ? 1.0 / (1.0 + t * t * t) : 1.0 / (1.0 + t);

    *slope = is_sharp ? -6.0 * t * t * s * q * q : -4.0 * s * q * q * q;
    return is_sharp ? q : q * q;
}

/* Minus the log likelihood, s evaluated before; slopes in s to l->e[i * parts], in the logit of A
 * to *slope. */
static double misfit(const struct level_model *l, double logit, double *slope)
{
    double a = 1.0 / (1.0 + exp(-logit)), loss = 0.0;
    size_t parts = l->terms + 1, i;

    *slope = 0.0;
    for (i = 0; i < l->n; i++) {
        double dp, bump = share_of_bump * a * bump_at(l->is_sharp, l->s[i], &dp);
        double p = bump + floor_of_p, by_p;

        loss -= l->weight[i] * log(l->is_accepted[i] ? p : 1.0 - p);
        by_p = l->is_accepted[i] ? -1.0 / p : 1.0 / (1.0 - p);
        l->e[i * parts] = l->weight[i] * by_p * share_of_bump * a * dp;
        *slope += l->weight[i] * by_p * bump * (1.0 - a);
    }
    return loss;
}

static double penalty(const struct level_model *l, const double *at, double *gradient)
{
    size_t r, j, k;
    double sum = ridge_of_height * at[1] * at[1];

    gradient[1] += 2.0 * ridge_of_height * at[1];
    for (r = 0; r <= l->terms; r++) {
        for (j = 0; j < l->d; j++) {
            const double *c = at + 2 + (r * l->d + j) * l->basis;
            double *to = level_model_part(l, gradient, r, j);

            for (k = 0; k < l->basis; k++) {
                double degree = 0.5 * (double)k, w = l->ridge * (1.0 + pow(degree, 4.0));

                sum += w * c[k] * c[k];
                to[k] += 2.0 * w * c[k];
            }
        }
    }
    return sum;
}

/* The penalised loss and its gradient. */
static double loss_at(const void *context, const double *at, double *gradient)
{
    const struct level_model *l = context;
    size_t parts = l->terms + 1, i, j, m, r, k;
    double c[(LEVEL_TERMS + 1) * LEVEL_BASIS], loss, slope;

    memset(gradient, 0, level_model_size(l) * sizeof *gradient);
    level_model_evaluate(l, at);
    loss = misfit(l, at[1], &slope);
    gradient[1] = slope;
    for (i = 0; i < l->n; i++)
        gradient[0] += l->e[i * parts];
    for (j = 0; j < l->d; j++) {
        for (i = 0; i < l->n; i++) {
            for (r = 1; r < parts; r++) {
                double other = l->e[i * parts];

                for (m = 0; m < l->d; m++)
                    other *= m == j ? 1.0 : l->g[(m * l->n + i) * parts + r];
                l->e[i * parts + r] = other;
            }
        }
        mat_dgemm(true, false, l->basis, parts, l->n, 1.0, l->phi + j * l->n * l->basis, l->basis,
                  l->e, parts, 0.0, c, parts);
        for (r = 0; r < parts; r++)
            for (k = 0; k < l->basis; k++)
                level_model_part(l, gradient, r, j)[k] =
                    r == 0 && (k == 0 || !l->has_sums) ? 0.0 : c[k * parts + r];
    }
    return loss + penalty(l, at, gradient);
}

double level_model_descend(const struct level_model *l, struct descent *descent, int steps)
{
    struct descent_function f = {.value = loss_at, .context = l, .n = level_model_size(l)};

    return descent_run(descent, &f, steps);
}

int level_model_create(struct level_model *l, size_t n, size_t d, struct err *err)
{
    *l = (struct level_model){.d = d};
    l->phi = mem_array(n * d * LEVEL_BASIS, sizeof(double));
    l->weight = mem_array(n, sizeof(double));
    l->is_accepted = mem_array(n, sizeof(bool));
    l->g = mem_array(n * d * (LEVEL_TERMS + 1), sizeof(double));
    l->e = mem_array(n * (LEVEL_TERMS + 1), sizeof(double));
    l->s = mem_array(n, sizeof(double));
    return l->phi && l->weight && l->is_accepted && l->g && l->e && l->s ? 0 : mem_error(err);
}

void level_model_free(struct level_model *l)
{
    mem_free(l->phi);
    mem_free(l->weight);
    mem_free(l->is_accepted);
    mem_free(l->g);
    mem_free(l->e);
    mem_free(l->s);
}

void level_model_fill(struct level_model *l, const struct level_rows *rows, size_t n_accepted,
                      size_t basis)
{
    size_t i, j;

    l->n = rows->n;
    l->basis = basis;
    l->accepted = 0.0;
    for (i = 0; i < rows->n; i++) {
        l->weight[i] = rows->weight[i];
        l->is_accepted[i] = i < n_accepted;
        l->accepted += i < n_accepted ? rows->weight[i] : 0.0;
        for (j = 0; j < l->d; j++)
            separable_legendre((double)rows->x[i][j], basis, l->phi + (j * l->n + i) * basis);
    }
}

/* ---- maps and parameters -------------------------------------------------------------------- */

void level_model_save(const struct level_model *l, const double *at, struct separable *map)
{
    size_t r, j;

    *map = (struct separable){.d = (uint32_t)l->d,
                              .terms = (uint32_t)l->terms,
                              .basis = (uint32_t)l->basis,
                              .n_searched = map->n_searched,
                              .n_tried = map->n_tried,
                              .is_wanted = map->is_wanted,
                              .constant = at[0],
                              .is_level = 1,
                              .is_sharp = l->is_sharp,
                              .height = at[1],
                              .scale = 1.0,
                              .left = 1.0};
    for (r = 0; r <= l->terms; r++)
        for (j = 0; j < l->d; j++)
            memcpy(map->c + (r * SEPARABLE_DIMS + j) * SEPARABLE_BASIS,
                   at + 2 + (r * l->d + j) * l->basis, l->basis * sizeof(double));
}

void level_model_load(const struct level_model *l, const struct separable *map, double *at)
{
    size_t r, j, shared = l->basis < map->basis ? l->basis : map->basis;

    memset(at, 0, level_model_size(l) * sizeof *at);
    at[0] = map->constant;
    at[1] = map->height;
    for (r = 0; r <= map->terms && r <= l->terms; r++)
        for (j = 0; j < l->d; j++)
            memcpy(at + 2 + (r * l->d + j) * l->basis,
                   map->c + (r * SEPARABLE_DIMS + j) * SEPARABLE_BASIS, shared * sizeof(double));
}

double level_score(const struct separable *map, float value)
{
    double t = fmin(fabs(2.0 * (double)value - 1.0), 1.0 - 1e-7), slope;
    double bump = bump_at(map->is_sharp != 0, t / sqrt(1.0 - t * t), &slope);
    double p = share_of_bump / (1.0 + exp(-map->height)) * bump + floor_of_p;

    return log(p / (1.0 - p));
}

double level_model_measure(struct level_measure *m, const struct level_rows *rows,
                           const struct separable *map, double *gain)
{
    double at[2 + (LEVEL_TERMS + 1) * SEPARABLE_DIMS * LEVEL_BASIS];
    struct level_model *l = &m->model;
    double sum = 0.0, total = 0.0, mean = 0.0, said = 0.0, a = 1.0 / (1.0 + exp(-map->height));
    size_t i;

    l->terms = map->terms;
    l->has_sums = true;
    if (l->n == 0 || l->basis != map->basis)
        level_model_fill(l, rows, m->n_accepted, map->basis);
    level_model_load(l, map, at);
    level_model_evaluate(l, at);
    for (i = 0; i < l->n; i++) {
        double slope, w = l->weight[i];
        double p = share_of_bump * a * bump_at(map->is_sharp != 0, l->s[i], &slope) + floor_of_p;

        if (i < m->n_accepted) {
            said += w * log(p);
            total += w;
        } else if (i < m->n_out) {
            sum += w * log(1.0 - p);
        } else {
            mean += p;
        }
    }
    *gain = said / total - log(mean / (double)(l->n - m->n_out));
    return (said + sum) / total;
}
