/* adaptive-map.c: the density of one axis, linear between knots.
 *
 * As in VEGAS (Lepage, J. Comput. Phys. 27 (1978) 192) every axis has bins of about equal
 * importance; unlike there the density is continuous, so that a smooth integrand stays one after
 * the map, which is what low-discrepancy points thrive on.  Few points make few bins. */
#include "adaptive.h"

#include <math.h>

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

/* The weight in each of FINE bins of equal mass of the old map, nine tenths of it as it is found, a
 * tenth spread evenly over the places. */
enum { FINE = 1024 };

static double fine_weights(const struct axis_map *old, const struct map_data *data,
                           double weights[FINE], double edges[FINE + 1])
{
    double total = 0, total2 = 0, density;
    for (size_t k = 0; k < FINE; k++)
        weights[k] = 0;
    for (size_t i = 0; i < data->n; i++) {
        double y = map_mass(old, data->x[i * data->stride], &density) * FINE;
        size_t bin = y >= FINE ? FINE - 1 : (size_t)y;
        weights[bin] += data->weight[i];
        total += data->weight[i];
        total2 += data->weight[i] * data->weight[i];
    }
    if (!(total > 0) || !isfinite(total2))
        return 0;
    edges[0] = 0;
    for (size_t k = 0; k < FINE; k++) {
        edges[k + 1] = k + 1 < FINE ? map_place(old, (double)(k + 1) / FINE, &density) : 1;
        weights[k] = 0.9 * weights[k] / total + 0.1 * (edges[k + 1] - edges[k]);
    }
    return total * total / total2;
}

/* Edges so that each bin has as much of the weight; an edge that falls onto its neighbour is
 * none. */
static void place_edges(struct axis_map *map, uint32_t n, const double weights[FINE],
                        const double edges[FINE + 1], double mass[MAP_BINS])
{
    double sum = 0, taken = 0;
    uint32_t bin = 0;
    for (size_t k = 0; k < FINE; k++) {
        double part = weights[k] * n, before = sum;
        sum += part;
        while (sum >= bin + 1 && bin + 1 < n) {
            double t = part > 0 ? (bin + 1 - before) / part : 1;
            double at = edges[k] + t * (edges[k + 1] - edges[k]);
            bin++;
            if (at <= map->at[map->n - 1] + 1e-13 || at >= 1 - 1e-13)
                continue;
            mass[map->n - 1] = (double)bin / n - taken;
            taken = (double)bin / n;
            map->at[map->n++] = at;
        }
    }
    mass[map->n - 1] = 1 - taken;
    map->at[map->n] = 1;
}

void map_fit(struct axis_map *map, const struct axis_map *old, const struct map_data *data)
{
    double weights[FINE], edges[FINE + 1], mass[MAP_BINS];
    double n_effective = fine_weights(old, data, weights, edges);
    map_flat(map);
    uint32_t n = (uint32_t)fmin(fmax(n_effective / 40, 1), MAP_BINS);
    if (n < 2)
        return;
    place_edges(map, n, weights, edges, mass);
    for (uint32_t k = 0; k <= map->n; k++) {
        uint32_t lo = k > 0 ? k - 1 : 0, hi = k < map->n ? k : lo;
        double both = lo < hi ? mass[lo] + mass[hi] : mass[lo];
        map->value[k] = both / (map->at[hi + 1] - map->at[lo]);
    }
    finish(map);
}
