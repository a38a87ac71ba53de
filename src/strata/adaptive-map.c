/* adaptive-map.c: the density of one axis, linear between knots.
 *
 * As in VEGAS (Lepage, J. Comput. Phys. 27 (1978) 192) every axis has bins of about equal
 * importance; unlike there the density is continuous, so that a smooth integrand stays one after
 * the map, which is what low-discrepancy points thrive on.  Few points make few bins. */
#include "adaptive.h"

#include <math.h>
#include <stdlib.h>

static void finish(struct axis_map *map)
{
    double total = 0;
    for (uint32_t i = 0; i < map->n; i++)
        total += 0.5 * (map->value[i] + map->value[i + 1]) * (map->at[i + 1] - map->at[i]);
    map->mass[0] = 0;
    for (uint32_t i = 0; i <= map->n; i++)
        map->value[i] /= total;
    for (uint32_t i = 0; i < map->n; i++)
        map->mass[i + 1] = map->mass[i] + 0.5 * (map->value[i] + map->value[i + 1]) *
                                              (map->at[i + 1] - map->at[i]);
    map->mass[map->n] = 1;
    for (uint32_t k = 0, bin = 0; k < MAP_GUIDE; k++) {
        while (bin + 1 < map->n && map->mass[bin + 1] <= (double)k / MAP_GUIDE)
            bin++;
        map->guide[k] = (uint8_t)bin;
    }
    for (uint32_t k = 0, bin = 0; k < MAP_GUIDE; k++) {
        while (bin + 1 < map->n && map->at[bin + 1] <= (double)k / MAP_GUIDE)
            bin++;
        map->place[k] = (uint8_t)bin;
    }
}

void map_flat(struct axis_map *map)
{
    *map = (struct axis_map){.n = 1, .at = {0, 1}, .value = {1, 1}};
    finish(map);
}

double map_place(const struct axis_map *map, double y, double *density)
{
    uint32_t bin = map->guide[(uint32_t)(y * MAP_GUIDE)];
    while (map->mass[bin + 1] < y && bin + 1 < map->n)
        bin++;
    double h = map->at[bin + 1] - map->at[bin], a = map->value[bin];
    double slope = (map->value[bin + 1] - a) / h, m = y - map->mass[bin];
    /* a t + slope t^2 / 2 = m, in the form that is exact for small slopes */
    double root = sqrt(fmax(a * a + 2 * slope * m, 0));
    double t = fmin(2 * m / (a + root), h);
    *density = a + slope * t;
    return map->at[bin] + t;
}

double map_mass(const struct axis_map *map, double x, double *density)
{
    uint32_t bin = map->place[(uint32_t)(fmin(fmax(x, 0), 0x1.fffffffffffffp-1) * MAP_GUIDE)];
    while (map->at[bin + 1] < x && bin + 1 < map->n)
        bin++;
    double h = map->at[bin + 1] - map->at[bin], a = map->value[bin];
    double slope = (map->value[bin + 1] - a) / h, t = x - map->at[bin];
    *density = a + slope * t;
    return map->mass[bin] + t * (a + 0.5 * slope * t);
}

static int compare_pairs(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

/* Edges so that each bin has as much of the weight (nine tenths of it theirs, a tenth uniform). */
static void place_edges(struct axis_map *map, size_t n, const double *pairs, double total)
{
    double sum = 0;
    uint32_t k = 1;
    map->at[0] = 0;
    for (size_t i = 0; i < n && k < map->n; i++) {
        double x = pairs[2 * i], before = sum;
        double x0 = i > 0 ? pairs[2 * i - 2] : 0;
        sum += 0.9 * pairs[2 * i + 1] / total + 0.1 * (x - x0);
        while (k < map->n && sum >= (double)k / map->n) {
            double t = ((double)k / map->n - before) / (sum - before);
            map->at[k] = x0 + t * (x - x0);
            k++;
        }
    }
    for (uint32_t left = map->n - k + 1, from = k - 1, i = 1; k < map->n; k++, i++)
        map->at[k] = map->at[from] + (1 - map->at[from]) * i / left;
    map->at[map->n] = 1;
}

/* An edge that fell onto its neighbour is no bin. */
static void drop_empty(struct axis_map *map)
{
    uint32_t n = 0;
    for (uint32_t i = 1; i <= map->n; i++)
        if (map->at[i] > map->at[n] + 1e-12 * (double)i)
            map->at[++n] = map->at[i];
    map->n = n > 0 ? n : 1;
    map->at[map->n] = 1;
}

void map_fit(struct axis_map *map, size_t n, const double *x, size_t stride, const double *weight,
             double *scratch)
{
    double total = 0, total2 = 0, bins[MAP_BINS];
    for (size_t i = 0; i < n; i++) {
        scratch[2 * i] = x[i * stride];
        scratch[2 * i + 1] = weight[i];
        total += weight[i];
        total2 += weight[i] * weight[i];
    }
    map_flat(map);
    if (!(total > 0) || !isfinite(total))
        return;
    double n_effective = total * total / total2;
    map->n = (uint32_t)fmin(fmax(n_effective / 40, 1), MAP_BINS);
    qsort(scratch, n, 2 * sizeof *scratch, compare_pairs);
    place_edges(map, n, scratch, total);
    drop_empty(map);
    uint32_t bin = 0;
    for (uint32_t k = 0; k < map->n; k++)
        bins[k] = 0.1 * (map->at[k + 1] - map->at[k]);
    for (size_t i = 0; i < n; i++) {
        while (bin + 1 < map->n && scratch[2 * i] > map->at[bin + 1])
            bin++;
        bins[bin] += 0.9 * scratch[2 * i + 1] / total;
    }
    for (uint32_t k = 0; k <= map->n; k++) {
        uint32_t lo = k > 0 ? k - 1 : 0, hi = k < map->n ? k : map->n - 1;
        double mass = lo < hi ? bins[lo] + bins[hi] : bins[lo];
        double width = lo < hi ? map->at[hi + 1] - map->at[lo] : map->at[lo + 1] - map->at[lo];
        map->value[k] = mass / width;
    }
    finish(map);
}
