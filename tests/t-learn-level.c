/* t-learn-level.c: a thin target is known everywhere from few accepted points where it is the band
 * about a level of a sum of products; it is asked for where nothing else will do, and goes with the
 * inputs to bytes and back. */
#include "tap.h"

#include "../src/learn/descent.h"
#include "../src/learn/inputs.h"
#include "../src/learn/level.h"

#include <math.h>
#include <string.h>

enum { N = 2500, D = 3 };

struct rows {
    float x[N * D];
    int8_t label[N];
    bool is_out[N];
};

/* ---- descent -------------------------------------------------------------------------------- */

static double rosenbrock(const void *context, const double *at, double *gradient)
{
    double a = at[1] - at[0] * at[0], b = 1.0 - at[0];

    (void)context;
    gradient[0] = -400.0 * a * at[0] - 2.0 * b;
    gradient[1] = 200.0 * a;
    return 100.0 * a * a + b * b;
}

static void check_descent(void)
{
    struct err err = ERR_INIT;
    struct descent descent;
    struct descent_function f = {.value = rosenbrock, .n = 2};
    double value;

    if (descent_create(&descent, 2, &err) != 0)
        bail_out("%s", err.message);
    descent.at[0] = -1.2;
    descent.at[1] = 1.0;
    value = descent_run(&descent, &f, 100);
    ok(value < 1e-8 && fabs(descent.at[0] - 1.0) < 1e-3 && fabs(descent.at[1] - 1.0) < 1e-3,
       "the least value in a bent valley: %.3g at (%.6f, %.6f)", value, descent.at[0],
       descent.at[1]);
    descent_free(&descent);
}

/* Curvatures of four orders of magnitude along axes; counts how often it is asked, and how far the
 * second place is from the first. */
enum { STEEP = 12 };

struct bowl {
    double sign; /* of the gradient that it tells: -1 is a lie */
    double begin[STEEP], first_step;
    int n_asked;
};

static double bowl_value(const void *context, const double *at, double *gradient)
{
    struct bowl *bowl = (struct bowl *)(uintptr_t)context;
    double sum = 0.0, moved = 0.0;

    for (size_t i = 0; i < STEEP; i++) {
        double curve = pow(10.0, -2.0 + 4.0 * (double)i / (STEEP - 1)), z = at[i] - 1.0;

        sum += 0.5 * curve * z * z;
        gradient[i] = bowl->sign * curve * z;
        moved += (at[i] - bowl->begin[i]) * (at[i] - bowl->begin[i]);
    }
    if (++bowl->n_asked == 2)
        bowl->first_step = sqrt(moved);
    return sum;
}

static double run_bowl(struct bowl *bowl, struct descent *descent, double sign, int steps)
{
    struct descent_function f = {.value = bowl_value, .context = bowl, .n = STEEP};

    *bowl = (struct bowl){.sign = sign};
    for (size_t i = 0; i < STEEP; i++)
        bowl->begin[i] = descent->at[i] = i % 2 == 0 ? 3.0 : -2.0;
    return descent_run(descent, &f, steps);
}

static void check_bowl(void)
{
    struct err err = ERR_INIT;
    struct descent descent;
    struct bowl bowl;
    double value, few;

    if (descent_create(&descent, STEEP, &err) != 0)
        bail_out("%s", err.message);
    value = run_bowl(&bowl, &descent, 1.0, 60);
    ok(value < 0.05, "a bowl with steep and flat directions: %.3g after %d calls", value,
       bowl.n_asked);
    is_near(bowl.first_step, 0.1, 1e-9, "... the first step is a short one");
    few = run_bowl(&bowl, &descent, 1.0, 3);
    ok(few > 1.0 && bowl.n_asked <= 1 + 3 * 12, "... no more steps than are asked for");
    value = run_bowl(&bowl, &descent, -1.0, 60);
    ok(memcmp(descent.at, bowl.begin, sizeof bowl.begin) == 0,
       "where nothing falls it stays where it is");
    descent_free(&descent);
}

/* ---- levels --------------------------------------------------------------------------------- */

/* Shells about many centres, 3 % of the cube. */
static bool shells(const float *x)
{
    double p = 1.0;

    for (size_t j = 0; j < D; j++)
        p *= cos(9.0 * ((double)x[j] - 0.5));
    return fabs(p - 0.5) < 0.045;
}

/* A ball, a tenth of the cube. */
static bool ball(const float *x)
{
    double sum = 0.0;

    for (size_t j = 0; j < D; j++)
        sum += ((double)x[j] - 0.4) * ((double)x[j] - 0.4);
    return sum < 0.085;
}

/* The same shells as thick as the gaps between them. */
static bool thick(const float *x)
{
    double p = 1.0;

    for (size_t j = 0; j < D; j++)
        p *= cos(9.0 * ((double)x[j] - 0.5));
    return fabs(p - 0.5) < 0.3;
}

static bool chance(const float *x)
{
    double t = 1e5 * (double)(x[0] + x[1] * x[2]);

    return t - floor(t) < 0.03;
}

static void fill(struct rows *rows, bool (*is_in)(const float *), uint64_t seed)
{
    struct rng rng = rng_stream(seed, RNG_TEST, 0);

    for (size_t i = 0; i < N; i++) {
        for (size_t j = 0; j < D; j++)
            rows->x[i * D + j] = (float)rng_uniform(&rng);
        rows->label[i] = is_in(rows->x + i * D);
        rows->is_out[i] = i % 5 == 0;
    }
    rows->label[7] = -1; /* an unknown one does no harm */
}

static void fit(struct separable *map, const struct rows *rows, uint64_t seed)
{
    struct err err = ERR_INIT;
    struct rng rng = rng_stream(seed, RNG_TEST, 1);
    struct level_data data = {
        .n = N, .d = D, .x = rows->x, .label = rows->label, .is_out = rows->is_out};

    if (level_fit(map, &data, &rng, &err) != 0)
        bail_out("%s", err.message);
}

static bool is_wanted(const struct separable *map, const struct rows *rows)
{
    struct err err = ERR_INIT;
    struct rng rng = rng_stream(1, RNG_TEST, 2);
    struct level_data data = {
        .n = N, .d = D, .x = rows->x, .label = rows->label, .is_out = rows->is_out};
    bool wanted = false;

    if (level_trial(map, &data, &rng, &wanted, &err) != 0)
        bail_out("%s", err.message);
    return wanted;
}

/* Of fresh points that the map holds for likely, the share in the target; and of those in the
 * target, the share that it holds for likely. */
static void check_fresh(const struct separable *map)
{
    static struct rows fresh;
    size_t said = 0, in = 0, both = 0;

    fill(&fresh, shells, 9);
    for (size_t i = 0; i < N; i++) {
        bool is_said = level_score(map, separable_value(map, fresh.x + i * D)) > 0.0;

        said += is_said;
        in += fresh.label[i] > 0;
        both += is_said && fresh.label[i] > 0;
    }
    ok(2 * both > said && 2 * both > in,
       "of %zu fresh points called likely %zu are in the target, of %zu that are", said, both, in);
}

static void check_found(void)
{
    static struct rows rows, later;
    static struct separable map, again;
    double along = 0.0;

    fill(&rows, shells, 1);
    map = (struct separable){.left = 1.0};
    fit(&map, &rows, 1);
    ok(map.is_level && map.left < 0.2, "shells: known, as likely as elsewhere times %.1f",
       1.0 / map.left);
    check_fresh(&map);
    ok(is_wanted(&map, &rows), "... and wanted, since neighbours say nothing");
    again = map;
    again.n_searched = 0; /* and look again */
    fill(&later, shells, 2);
    fit(&again, &later, 5);
    for (size_t i = 0; i < N; i++)
        along += ((double)separable_value(&map, later.x + i * D) - 0.5) *
                 ((double)separable_value(&again, later.x + i * D) - 0.5) / N;
    ok(along > 0.05, "... with other rows the input has the same sign (%.3f)", along);
}

static void check_not_wanted(void)
{
    static struct rows rows;
    static struct separable map;

    fill(&rows, ball, 3);
    map = (struct separable){.left = 1.0};
    fit(&map, &rows, 1);
    ok(map.left < 0.4, "a ball is known too");
    ok(!is_wanted(&map, &rows), "... and not wanted, since the neighbours know");
    fill(&rows, chance, 4);
    map = (struct separable){.left = 1.0};
    fit(&map, &rows, 1);
    ok(map.left > 0.4, "labels of chance have no level (%.2f)", map.left);
    for (size_t i = 0; i < N; i++)
        rows.label[i] = i < 8;
    map = (struct separable){.left = 1.0};
    fit(&map, &rows, 1);
    ok(!map.is_level && map.left >= 1.0, "eight accepted points are too few for one");
}

/* Four of five places in the shells, and one in a hundred of the others. */
static void blur(struct rows *rows)
{
    struct rng rng = rng_stream(7, RNG_TEST, 1);

    for (size_t i = 0; i < N; i++)
        rows->label[i] = rng_uniform(&rng) < (rows->label[i] > 0 ? 0.8 : 0.01);
}

/* Each case hangs on one condition of the trial. */
static void check_trial(void)
{
    static struct rows rows;
    static struct separable map;

    fill(&rows, thick, 1);
    map = (struct separable){.left = 1.0};
    fit(&map, &rows, 1);
    ok(map.is_level && !is_wanted(&map, &rows),
       "a level that knows more is not wanted where neighbours know enough");
    fill(&rows, shells, 1);
    blur(&rows);
    map = (struct separable){.left = 1.0};
    fit(&map, &rows, 1);
    ok(map.is_level && !is_wanted(&map, &rows),
       "nor one that knows little where neighbours know nothing");
    fill(&rows, shells, 1);
    for (size_t i = 900; i < N; i++)
        rows.label[i] = -1;
    map = (struct separable){.left = 1.0};
    fit(&map, &rows, 1);
    ok(map.is_level && is_wanted(&map, &rows), "it may know little while there are few points");
}

/* Looked for again from a map that is of no use but for its sign: to that the new one keeps. */
static void check_sign(void)
{
    static struct rows rows;
    static struct separable maps[2];
    double mean[2] = {0}, apart = 0.0;

    fill(&rows, shells, 2);
    for (size_t k = 0; k < 2; k++) {
        maps[k] = (struct separable){.d = D,
                                     .terms = 1,
                                     .basis = 9,
                                     .is_level = 1,
                                     .left = 0.9,
                                     .constant = k == 0 ? 50.0 : -50.0};
        fit(&maps[k], &rows, 5);
        check_fresh(&maps[k]);
    }
    for (size_t i = 0; i < N; i++) {
        double a = (double)separable_value(&maps[0], rows.x + i * D) - 0.5;
        double b = (double)separable_value(&maps[1], rows.x + i * D) - 0.5;

        mean[0] += a / N;
        mean[1] += b / N;
        apart += fabs(a + b) / N;
    }
    ok(mean[0] > 0.05 && mean[1] < -0.05 && apart < 1e-5,
       "the sign is that of the map before: %.3f, %.3f", mean[0], mean[1]);
}

/* Not looked for again: the map at hand is fitted on to other rows. */
static void check_warm(void)
{
    static struct rows rows;
    static struct separable map;

    fill(&rows, shells, 1);
    map = (struct separable){.left = 1.0};
    fit(&map, &rows, 1);
    fill(&rows, shells, 2);
    map.n_searched = N;
    map.left = 1.0;
    fit(&map, &rows, 2);
    ok(map.is_level && map.left < 0.1 && map.n_searched == N,
       "with other rows a map that is not looked for again is kept (%.3f)", map.left);
}

static void check_inputs(void)
{
    static struct rows rows;
    struct err err = ERR_INIT;
    struct inputs inputs, copy;
    struct rng rng = rng_stream(1, RNG_TEST, 1);
    struct learn_data data = {.n = N, .x = rows.x, .label = rows.label};
    struct buf bytes;
    float wide[D + 1] = {0}, same[D + 1] = {1};
    const char *at;
    size_t left;

    fill(&rows, shells, 1);
    buf_init(&bytes, 1 << 20);
    if (inputs_create(&inputs, D, &err) != 0 ||
        inputs_fit(&inputs, &data, NULL, 0, rows.is_out, &rng, &err) != 0)
        bail_out("%s", err.message);
    is_size(inputs_count(&inputs), D + 1, "of labels alone there is one further input");
    if (inputs_save(&inputs, &bytes, &err) != 0)
        bail_out("%s", err.message);
    at = bytes.data;
    left = bytes.len;
    ok(inputs_load(&copy, &at, &left, &err) == 0 && left == 0, "saved and loaded");
    inputs_apply(&inputs, 1, rows.x, wide);
    inputs_apply(&copy, 1, rows.x, same);
    ok(memcmp(wide, same, sizeof wide) == 0, "... exactly");
    inputs_free(&copy);
    inputs.maps[0].left = 1.0;
    inputs.maps[0].basis = 1000;
    buf_clear(&bytes);
    if (inputs_save(&inputs, &bytes, &err) != 0)
        bail_out("%s", err.message);
    at = bytes.data;
    left = bytes.len;
    ok(inputs_load(&copy, &at, &left, &err) != 0, "a level with too many degrees is refused");
    inputs_free(&copy);
    inputs_free(&inputs);
    buf_free(&bytes);
}

int main(void)
{
    mat_setup();
    check_descent();
    check_bowl();
    check_found();
    check_not_wanted();
    check_trial();
    check_sign();
    check_warm();
    check_inputs();
    return done_testing();
}
