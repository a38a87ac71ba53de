/* t-space-map.c: the map between the unit cube and physical values, both ways, and the density. */
#include "t-scan-help.h"

#include <math.h>

enum { N_PARAMS = 9, N_DIMS = 7, N_POINTS = 20000 };

static const char TEXT[] = "goal: 1 points\n"
                           "parameters:\n"
                           "  m0: log 50 .. 5000 GeV\n"
                           "  A0: uniform -3*m0 .. 3*m0\n"
                           "  s: choice -1, 1, 4\n"
                           "  mt: normal 172.5 +- 0.7\n"
                           "  n: integer 1 .. 6\n"
                           "  mz: fixed 91.1876\n"
                           "  r: = A0/m0\n"
                           "  u: uniform -1 .. 3\n"
                           "  k: integer 1 .. n\n";

static void shape(const struct space *space)
{
    is_size(space_n_dims(space), N_DIMS, "seven dimensions");
    is_str(space_name(space, 5), "u", "a name");
    is_size(space_value(space, 5), 7, "and its place in the row");
    is_size(space_n_cells(space, 0), 0, "log is continuous");
    is_size(space_n_cells(space, 2), 3, "a choice has cells");
    is_size(space_n_cells(space, 4), 6, "an integer too");
    is_size(space_n_cells(space, 6), 0, "not when its bounds depend");
}

/* Means over many points against the priors' own. */
static void draws(struct space *space)
{
    struct rng rng = rng_stream(7, RNG_TEST, 1);
    double sum[N_PARAMS] = {0}, square = 0, row[N_PARAMS], unit[N_DIMS];
    size_t n_bad = 0, counts[7] = {0};
    for (size_t i = 0; i < N_POINTS; i++) {
        for (size_t d = 0; d < N_DIMS; d++)
            unit[d] = rng_uniform(&rng);
        n_bad += !space_to_physical(space, unit, row);
        sum[0] += log(row[0]);
        sum[2] += row[2];
        sum[3] += row[3];
        sum[7] += row[7];
        square += (row[3] - 172.5) * (row[3] - 172.5);
        counts[(size_t)row[4]]++;
        n_bad += row[0] < 50 || row[0] > 5000 || fabs(row[1]) > 3 * row[0] || row[5] != 91.1876 ||
                 row[6] != row[1] / row[0] || row[8] > row[4] || row[8] < 1;
    }
    is_size(n_bad, 0, "every point is inside, fixed and derived values are filled");
    is_double(sum[0] / N_POINTS, log(500), 0.005, "log: the mean of the logarithm");
    is_near(sum[2] / N_POINTS, 4. / 3, 0.06, "choice: its mean");
    is_near(sum[3] / N_POINTS, 172.5, 0.025, "normal: its mean");
    is_double(sqrt(square / N_POINTS), 0.7, 0.03, "normal: its width");
    is_near(sum[7] / N_POINTS, 1, 0.04, "uniform: its mean");
    for (size_t k = 1; k <= 6; k++)
        is_double((double)counts[k], N_POINTS / 6., 0.08, "integer: %zu as often as others", k);
}

static void back(struct space *space)
{
    struct rng rng = rng_stream(7, RNG_TEST, 2);
    double worst = 0;
    size_t n_bad = 0;
    for (size_t i = 0; i < 1000; i++) {
        double unit[N_DIMS], again[N_DIMS], row[N_PARAMS], copy[N_PARAMS];
        for (size_t d = 0; d < N_DIMS; d++)
            unit[d] = rng_uniform(&rng);
        n_bad += !space_to_physical(space, unit, row);
        memcpy(copy, row, sizeof row);
        copy[5] = copy[6] = 0;
        n_bad += !space_to_unit(space, copy, again) || memcmp(copy, row, sizeof row) != 0;
        for (size_t d = 0; d < N_DIMS; d++)
            if (d != 2 && d != 4 && d != 6)
                worst = fmax(worst, fabs(unit[d] - again[d]));
        double there[N_PARAMS];
        n_bad += !space_to_physical(space, again, there) || there[2] != row[2] ||
                 there[4] != row[4] || there[8] != row[8];
    }
    is_size(n_bad, 0, "physical values find their way back");
    ok(worst < 1e-9, "to the same place in the cube: %g", worst);
}

static void outside(struct space *space)
{
    double good[N_PARAMS] = {500, 100, 1, 172, 3, 0, 0, 0, 2}, unit[N_DIMS];
    static const struct {
        size_t param;
        double value;
    } bad[] = {{0, 49}, {0, 5001}, {0, -3},  {1, 1501}, {2, 0},
               {4, 7},  {4, 2.5},  {7, 3.5}, {8, 4},    {0, NAN}};
    ok(space_to_unit(space, good, unit), "a point inside");
    ok(space_prior_density(space, good) > 0, "has a density");
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        double row[N_PARAMS];
        memcpy(row, good, sizeof row);
        row[bad[i].param] = bad[i].value;
        ok(!space_to_unit(space, row, unit), "%g is outside of parameter %zu", bad[i].value,
           bad[i].param);
        size_t dim = 0;
        while (space_value(space, dim) != bad[i].param)
            dim++;
        ok(isnan(unit[dim]) == !isnan(bad[i].value), "and has no place in the cube if it is one");
        is_double(space_prior_density(space, row), 0, 0, "its density is 0");
    }
}

static void density(struct space *space)
{
    double row[N_PARAMS] = {500, 100, 1, 172.5, 3, 0, 0, 0, 2};
    double want = 1 / (500 * log(100)) / 3000 / 3 / (0.7 * sqrt(2 * M_PI)) / 6 / 4 / 3;
    is_double(space_prior_density(space, row), want, 1e-12, "the density is the product");
}

/* Numbers with few digits come back as they were given. */
static void snap(struct space *space)
{
    static const double given[] = {1250, 50, 5000, 77.7, 1234.56789012, 499.5, 3127.0000000001};
    double row[N_PARAMS], unit[N_DIMS], again[N_PARAMS], half[N_DIMS];
    size_t n_bad = 0;
    for (size_t i = 0; i < sizeof given / sizeof given[0]; i++)
        for (int k = -10; k <= 30; k++) {
            double start[N_PARAMS] = {given[i], (-1401 + k) / 10., 1, (17250 + k) / 100., 3, 0,
                                      0,        k / 10.,           2};
            memcpy(row, start, sizeof row);
            n_bad += !space_to_unit(space, row, unit) || !space_to_physical(space, unit, again);
            space_snap(space, again);
            n_bad += memcmp(row, again, sizeof row) != 0;
        }
    is_size(n_bad, 0, "snapped numbers are those that were given, derived values too");
    for (size_t d = 0; d < N_DIMS; d++)
        half[d] = 0.5;
    n_bad = !space_to_physical(space, half, row);
    space_snap(space, row);
    ok(n_bad == 0 && row[0] == 500 && row[1] == 0 && row[6] == 0, "the middle is %.17g", row[0]);
    double kept[N_PARAMS] = {1234.5678901234567, 0.123456789012345, 1, 172.5, 3, 0, 0, 1, 2};
    space_snap(space, kept);
    ok(fabs(kept[0] - 1234.5678901234567) < 1e-11 && kept[5] == 91.1876 && kept[6] != 0,
       "nothing moves by more than the map's own error");
    double edge[N_PARAMS] = {50, 150 + 1e-13, 1, 172.5, 3, 0, 0, 1, 2};
    space_snap(space, edge);
    ok(edge[1] <= 150, "and nothing leaves its bounds");
}

static void corners(struct space *space)
{
    double unit[N_DIMS], row[N_PARAMS];
    for (size_t d = 0; d < N_DIMS; d++)
        unit[d] = 0;
    ok(space_to_physical(space, unit, row) && isfinite(row[3]), "the lower corner is finite");
    is_double(row[0], 50, 1e-12, "at the lower bound");
    for (size_t d = 0; d < N_DIMS; d++)
        unit[d] = 1;
    ok(space_to_physical(space, unit, row) && isfinite(row[3]), "the upper corner too");
    ok(row[2] == 4 && row[4] == 6 && row[0] <= 5000, "at the upper bound");
}

static void empty_interval(void)
{
    struct err err = ERR_INIT;
    struct scan *scan = scan_of("goal: 1 points\nparameters:\n  a: uniform 0 .. 2\n"
                                "  b: uniform a .. 1\n  c: = log(1 - a)\n",
                                NULL);
    struct space *space = space_create(scan, &err);
    double units[4] = {0.25, 0.5, 0.75, 0.5}, rows[6];
    bool is_good[2];
    space_to_physical_block(space, 2, units, rows, 3, is_good);
    ok(is_good[0] && !is_good[1], "an interval that is empty has no point");
    is_double(rows[1], 0.75, 1e-12, "one that is not has");
    ok(isnan(rows[4]) && isnan(rows[5]), "what has no value is NaN");
    double first[2], other[2];
    space_to_unit(space, rows + 3, units);
    rows[4] = -(double)NAN;
    ok(!space_to_unit(space, rows + 3, first), "on the way back it is outside");
    is_double(first[1], units[1], 0, "at a place that is the same each time");
    rows[3] += 0.01;
    space_to_unit(space, rows + 3, other);
    ok(other[1] > 0 && other[1] < 1 && fabs(other[1] - first[1]) > 1e-6, "and another for others");
    space_free(space);
    scan_free(scan);
}

static void memory(const struct scan *scan)
{
    struct space *space = NULL;
    unsigned long n = 0, n_other = 0;
    while (space == NULL && n < 500) {
        struct err err = ERR_INIT;
        mem_fail_at(++n);
        space = space_create(scan, &err);
        mem_fail_at(0);
        n_other += space == NULL && err.code != ERR_MEMORY;
    }
    ok(space != NULL && n > 10 && n_other == 0, "each of %lu allocations may fail", n);
    space_free(space);
}

int main(void)
{
    struct err err = ERR_INIT;
    struct scan *scan = scan_of(TEXT, NULL);
    struct space *space = space_create(scan, &err);
    if (ok(space != NULL, "a space is made %s", err.message)) {
        shape(space);
        draws(space);
        back(space);
        outside(space);
        density(space);
        corners(space);
        snap(space);
        empty_interval();
        memory(scan);
    }
    space_free(space);
    scan_free(scan);
    return done_testing();
}
