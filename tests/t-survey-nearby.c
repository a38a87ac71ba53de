/* t-survey-nearby.c: the density around accepted points is the one that its points have. */
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

int main(void)
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
    return done_testing();
}
