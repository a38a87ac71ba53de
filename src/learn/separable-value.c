/* separable-value.c: values of sums of products of one-axis functions, and their polynomials.
 *
 * What it does: takes LANES rows side by side through the recurrence of the Legendre polynomials,
 * whose steps each wait for the last.
 *
 * What it does not: fit (separable.c, level.c). */
#include "vector.h"

#include "separable.h"

#include <math.h>

void separable_legendre(double u, size_t n, double *p)
{
    double t = 2.0 * u - 1.0, before = 1.0, now = t, next;
    size_t k;

    p[0] = 1.0;
    for (k = 1; k < n; k++) {
        double degree = (double)k;

        p[k] = sqrt(2.0 * degree + 1.0) * now;
        next = ((2.0 * degree + 1.0) * t * now - degree * before) / (degree + 1.0);
        before = now;
        now = next;
    }
}

/* What the terms have along one axis in LANES rows; t: 2u - 1. */
VECTOR_LOOP static void factors(const struct separable *map, size_t axis, const double *t,
                                double (*sum)[LANES])
{
    const double *c = map->c + axis * SEPARABLE_BASIS;
    const size_t term = (size_t)SEPARABLE_DIMS * SEPARABLE_BASIS;
    double before[LANES], now[LANES], value[LANES];
    size_t r, k, p;

    for (p = 0; p < LANES; p++) {
        before[p] = 1.0;
        now[p] = t[p];
    }
    for (r = 0; r <= map->terms; r++)
        for (p = 0; p < LANES; p++)
            sum[r][p] = c[r * term];
    for (k = 1; k < map->basis; k++) {
        double degree = (double)k, root = sqrt(2.0 * degree + 1.0);

        for (p = 0; p < LANES; p++)
            value[p] = root * now[p];
        for (r = 0; r <= map->terms; r++)
            for (p = 0; p < LANES; p++)
                sum[r][p] += c[r * term + k] * value[p];
        for (p = 0; p < LANES; p++) {
            double next =
                ((2.0 * degree + 1.0) * t[p] * now[p] - degree * before[p]) / (degree + 1.0);

            before[p] = now[p];
            now[p] = next;
        }
    }
}

/* Of rows <= LANES. */
static void value_block(const struct separable *map, size_t rows, const float *x, double *s)
{
    double sum[SEPARABLE_TERMS + 1][LANES], product[SEPARABLE_TERMS + 1][LANES], t[LANES];
    size_t j, r, p;

    for (p = 0; p < LANES; p++) {
        s[p] = map->constant;
        for (r = 1; r <= map->terms; r++)
            product[r][p] = 1.0;
    }
    for (j = 0; j < map->d; j++) {
        for (p = 0; p < LANES; p++)
            t[p] = 2.0 * (double)x[(p < rows ? p : 0) * map->d + j] - 1.0;
        factors(map, j, t, sum);
        for (p = 0; p < LANES; p++) {
            s[p] += sum[0][p];
            for (r = 1; r <= map->terms; r++)
                product[r][p] *= sum[r][p];
        }
    }
    for (r = 1; r <= map->terms; r++)
        for (p = 0; p < LANES; p++)
            s[p] += product[r][p];
}

void separable_values(const struct separable *map, size_t n, const float *x, size_t stride,
                      float *out)
{
    double s[LANES];
    size_t from, p;

    for (from = 0; from < n; from += LANES) {
        size_t rows = n - from < LANES ? n - from : LANES;

        value_block(map, rows, x + from * map->d, s);
        for (p = 0; p < rows; p++)
            out[(from + p) * stride] =
                (float)(map->is_level ? 0.5 + 0.5 * s[p] / sqrt(1.0 + s[p] * s[p])
                                      : 0.5 + map->scale * (s[p] - map->centre));
    }
}

float separable_value(const struct separable *map, const float *x)
{
    float value;

    separable_values(map, 1, x, 1, &value);
    return value;
}
