/* t-survey-nearby.c: the density around accepted points is the one that its points have, also
 * where a component has too few points for a part of its own. */
#include "../src/survey/private.h"
#include "tap.h"

#include <math.h>

enum { POINTS = 400, DRAWS = 20000, DIMS = 3 };

/* Two balls, one of them at a wall. */
static const double centres[2][DIMS] = {{0.02, 0.5, 0.5}, {0.7, 0.3, 0.6}};
static const double radius = 0.05;

static bool is_in(const double *x)
{
    for (size_t k = 0; k < 2; k++) {
        double sum = 0.0;

        for (size_t j = 0; j < DIMS; j++)
            sum += (x[j] - centres[k][j]) * (x[j] - centres[k][j]);
        if (sum < radius * radius)
            return true;
    }
    return false;
}

/* Of both balls inside the cube; the first one's cap beyond the wall is missing. */
static double volume(void)
{
    const double pi = 3.14159265358979323846, h = radius - centres[0][0];

    return 2.0 * 4.0 / 3.0 * pi * radius * radius * radius - pi * h * h * (3.0 * radius - h) / 3.0;
}

static void make_points(struct rng *rng, float *x)
{
    for (size_t i = 0; i < POINTS; i++) {
        double at[DIMS];

        do {
            for (size_t j = 0; j < DIMS; j++)
                at[j] = centres[i % 2][j] + radius * (2.0 * rng_uniform(rng) - 1.0);
        } while (at[0] <= 0.0 || !is_in(at));
        for (size_t j = 0; j < DIMS; j++)
            x[i * DIMS + j] = (float)at[j];
    }
}

static void check_two(void)
{
    struct rng rng = rng_stream(1, RNG_TEST, 0);
    static float x[POINTS * DIMS];
    static size_t rows[POINTS];
    const size_t first[3] = {0, POINTS / 2, POINTS}, n_cells[DIMS] = {0};
    struct survey_snapshot shot = {.n_dims = DIMS, .n = POINTS, .x = x};
    struct parents parents = {.n = POINTS, .n_components = 2, .rows = rows, .first = first};
    struct err err = ERR_INIT;
    double sum = 0.0, squares = 0.0, total = 0.0, at[DIMS], scratch[DIMS], error;
    size_t n_inside = 0, n_in = 0;

    make_points(&rng, x);
    shot.n_cells = mem_memdup(n_cells, sizeof n_cells);
    for (size_t i = 0; i < POINTS; i++) /* by component */
        rows[i] = i < POINTS / 2 ? 2 * i : 2 * (i - POINTS / 2) + 1;

    struct nearby *nearby = nearby_fit(&shot, &parents, &err);

    if (!ok(nearby != NULL, "two balls have a density around them"))
        bail_out("%s", err.message);
    for (size_t i = 0; i < DRAWS; i++) {
        bool is_inside = nearby_draw(nearby, &rng, at);
        double weight = 1.0 / nearby_density(nearby, at, scratch);

        n_inside += is_inside;
        if (!is_inside || !is_in(at))
            continue;
        n_in++;
        sum += weight / DRAWS;
        squares += weight * weight / DRAWS;
    }
    error = sqrt((squares - sum * sum) / DRAWS);
    is_near(sum, volume(), 4.0 * error, "weights 1 / density give the volume");
    ok(error < 0.03 * volume() && n_in > DRAWS / 8, "... of which a good part was met (%zu)", n_in);
    for (size_t i = 0; i < DRAWS; i++) {
        for (size_t j = 0; j < DIMS; j++)
            at[j] = rng_uniform(&rng);
        total += nearby_density(nearby, at, scratch) / DRAWS;
    }
    is_near(total, (double)n_inside / DRAWS, 0.15,
            "its integral over the cube is the share inside");
    nearby_free(nearby);
    nearby_free(NULL);
    mem_free(shot.n_cells);
}

/* ---- components of all sizes ---------------------------------------------------------------- */

enum { KINDS = 3, FEW = 2 * DIMS + 9, ALL = 240 + FEW, MORE_DRAWS = 200000, GRID = 24 };

/* A large one within a single cell of an axis, one that lies across two axes, and a few points. */
static const size_t kinds_first[KINDS + 1] = {0, 160, 240, ALL};
static const double kinds_centre[KINDS][DIMS] = {
    {0.375, 0.2, 0.3}, {0.7, 0.7, 0.7}, {0.15, 0.85, 0.85}};

static void make_kinds(struct rng *rng, float *x)
{
    for (size_t k = 0; k < KINDS; k++)
        for (size_t i = kinds_first[k]; i < kinds_first[k + 1]; i++) {
            double z[DIMS];

            for (size_t j = 0; j < DIMS; j++)
                z[j] = 0.02 * rng_normal(rng);
            z[2] += k == 1 ? 1.5 * z[1] : 0.0;
            for (size_t j = 0; j < DIMS; j++)
                x[i * DIMS + j] = (float)(kinds_centre[k][j] + z[j]);
            if (k == 0)
                x[i * DIMS] = (float)kinds_centre[k][0];
        }
}

/* The integral of the density over a box about a centre, by midpoints. */
static double integrate(const struct nearby *nearby, const double *centre, double half)
{
    double sum = 0.0, at[DIMS], scratch[DIMS], step = 2.0 * half / GRID;

    for (size_t i = 0; i < (size_t)GRID * GRID * GRID; i++) {
        size_t cell = i;

        for (size_t j = 0; j < DIMS; j++, cell /= GRID)
            at[j] = centre[j] - half + step * ((double)(cell % GRID) + 0.5);
        sum += nearby_density(nearby, at, scratch);
    }
    return sum * step * step * step;
}

static void check_kinds(void)
{
    static const char *const names[KINDS] = {"a component in one cell", "a slanted one",
                                             "one with few points"};
    static float x[ALL * DIMS];
    static size_t rows[ALL];
    struct rng rng = rng_stream(2, RNG_TEST, 0);
    size_t n_cells[DIMS] = {4, 0, 0}, n_in[KINDS] = {0};
    struct survey_snapshot shot = {.n_dims = DIMS, .n = ALL, .x = x, .n_cells = n_cells};
    struct parents parents = {.n = ALL, .n_components = KINDS, .rows = rows, .first = kinds_first};
    struct err err = ERR_INIT;
    const double half = 0.08;
    double at[DIMS], scratch[DIMS], slant[2][DIMS], far;

    make_kinds(&rng, x);
    for (size_t i = 0; i < ALL; i++)
        rows[i] = i;

    struct nearby *nearby = nearby_fit(&shot, &parents, &err);

    if (!nearby)
        bail_out("%s", err.message);
    for (size_t i = 0; i < MORE_DRAWS; i++) {
        (void)nearby_draw(nearby, &rng, at);
        for (size_t k = 0; k < KINDS; k++) {
            bool is_near = true;

            for (size_t j = 0; j < DIMS; j++)
                is_near = is_near && fabs(at[j] - kinds_centre[k][j]) < half;
            n_in[k] += is_near;
        }
    }
    for (size_t k = 0; k < KINDS; k++) {
        double p = integrate(nearby, kinds_centre[k], half);

        is_near((double)n_in[k] / MORE_DRAWS, p, 4.0 * sqrt(p * (1.0 - p) / MORE_DRAWS),
                "%s: as many draws as the density says", names[k]);
    }
    far = nearby_density(nearby, kinds_centre[2], scratch);
    ok(far > 0.01 && far < 0.05 * nearby_density(nearby, kinds_centre[1], scratch),
       "few points are looked after by the part of all alone (%.3g)", far);
    ok(2 * n_in[0] > 3 * n_in[1], "... the larger one is drawn more often (%zu, %zu)", n_in[0],
       n_in[1]);
    for (size_t j = 0; j < DIMS; j++)
        at[j] = kinds_centre[0][j] + (j == 0 ? 0.1 : 0.0); /* the cell ends at 0.125 from it */
    ok(nearby_density(nearby, at, scratch) > 0.1 * nearby_density(nearby, kinds_centre[0], scratch),
       "a component within one cell is as wide as that");
    for (size_t k = 0; k < 2; k++)
        for (size_t j = 0; j < DIMS; j++)
            slant[k][j] = kinds_centre[1][j] + (j == 1   ? 0.03
                                                : j == 2 ? 0.045 - 0.09 * (double)k
                                                         : 0.0);
    ok(nearby_density(nearby, slant[0], scratch) > 5.0 * nearby_density(nearby, slant[1], scratch),
       "a slanted one is dense along itself");
    nearby_free(nearby);
}

int main(void)
{
    check_two();
    check_kinds();
    return done_testing();
}
