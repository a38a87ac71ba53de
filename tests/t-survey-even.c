/* t-survey-even.c: rounds that know a handful of accepted points put no dense spots around them,
 * and accepted points do not pile up below the surface of the target. */
#include "tap.h"

#include "search-problems.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { DIMS = 7, MOST = 250, ROOM = 2 * MOST };

/* Seven axes in three groups, each bent along the first one, and three kinds of distance: of the
 * margins one has kinks, one oscillates. */
static void eval_bent(size_t d, const double *x, double *out)
{
    double round = 0.0, diamond = 0.0, box = 0.0;

    for (size_t j = 0; j < d; j++) {
        double y = j > 0 ? x[j] - 0.3 * sin(3.0 * x[0] + (double)j) : x[j];

        if (j % 3 == 0)
            round += y * y;
        else if (j % 3 == 1)
            diamond += fabs(y);
        else
            box = fmax(box, fabs(y - 0.2));
    }
    out[0] = fmax(3.0 * round, 2.2 * box);
    out[1] = 1.6 * diamond + 0.3 * sin(9.0 * x[2]);
}

/* A few thousandths of the box. */
static const struct problem bent = {"bent", DIMS, -1.0, 1.0, {"O0 < 1", "O1 < 1"}, 2, eval_bent,
                                    4e-3,   0,    NULL, NULL};

static int compare_doubles(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;

    return (x > y) - (x < y);
}

/* Of each of n points the distance to the tenth nearest other one, in order. */
static void measure(size_t n, double (*x)[DIMS], double *tenth)
{
    static double all[ROOM];

    for (size_t i = 0; i < n; i++) {
        for (size_t k = 0; k < n; k++) {
            all[k] = 0.0;
            for (size_t j = 0; j < DIMS; j++)
                all[k] += (x[i][j] - x[k][j]) * (x[i][j] - x[k][j]);
        }
        qsort(all, n, sizeof *all, compare_doubles);
        tenth[i] = sqrt(all[10]);
    }
    qsort(tenth, n, sizeof *tenth, compare_doubles);
}

static void check_bent(uint64_t seed)
{
    static double x[ROOM][DIMS], tenth[ROOM];
    struct err err = ERR_INIT;
    struct loop loop;
    size_t n = 0, n_dense = 0;

    if (loop_open(&loop, &bent, METHOD_CLASSIFIER, seed, &err) != 0)
        bail_out("%s", err.message);
    loop.made.scan.search.start = 1000;
    loop.settings.batch = 300;
    if (loop_begin(&loop, &err) != 0)
        bail_out("%s", err.message);
    while (loop.n_accepted < MOST && loop.n_calls < 4000) {
        if (loop_step(&loop, &err) != 0)
            bail_out("%s; %s", err.message, err.trail);
        for (size_t i = 0; loop.n_calls > 0 && i < loop.last.n; i++) {
            if (loop.labels[i] > 0 && n < ROOM)
                memcpy(x[n++], loop.last.units + i * DIMS, sizeof x[0]);
        }
    }
    loop_close(&loop);
    measure(n, x, tenth);
    for (size_t i = 0; i < n; i++)
        n_dense += tenth[i] < 0.5 * tenth[n / 2];
    note("%zu accepted; of a hundredth the tenth neighbour is nearer than %.3f, of half %.3f", n,
         tenth[n / 100], tenth[n / 2]);
    ok(n >= MOST && n_dense == 0, "seed %llu: %zu of %zu accepted points lie in dense spots",
       (unsigned long long)seed, n_dense, n);
}

/* ---- below the surface ---------------------------------------------------------------------- */

enum { BALL = 5, FILLED = 800 };

static void eval_ball(size_t d, const double *x, double *out)
{
    double squares = 0.0;

    for (size_t j = 0; j < d; j++)
        squares += x[j] * x[j];
    out[0] = sqrt(squares);
}

/* Two thousandths of the box: candidates are steps from accepted points. */
static const struct problem ball = {"ball",    BALL,   -1.0, 1.0,  {"O0 < 0.4"}, 1,
                                    eval_ball, 1.7e-3, 0,    NULL, NULL};

/* Even points have half of them in the inner half of the volume. */
static void check_ball(uint64_t seed)
{
    struct err err = ERR_INIT;
    struct loop loop;
    size_t n = 0, n_inner = 0;

    if (loop_open(&loop, &ball, METHOD_CLASSIFIER, seed, &err) != 0)
        bail_out("%s", err.message);
    loop.made.scan.search.learner = LEARNER_NETWORK; /* the quicker one */
    loop.settings.batch = 300;
    if (loop_begin(&loop, &err) != 0)
        bail_out("%s", err.message);
    while (loop.n_accepted < FILLED && loop.n_calls < 6000) {
        if (loop_step(&loop, &err) != 0)
            bail_out("%s; %s", err.message, err.trail);
        for (size_t i = 0; loop.n_calls > 0 && i < loop.last.n; i++) {
            double r = 0.0;

            for (size_t j = 0; j < BALL; j++)
                r += pow((loop.last.units[i * BALL + j] - 0.5) / 0.2, 2);
            n += loop.labels[i] > 0;
            n_inner += loop.labels[i] > 0 && pow(r, 0.5 * BALL) < 0.5;
        }
    }
    loop_close(&loop);
    ok(n >= FILLED && n_inner > n * 43 / 100 && n_inner < n * 57 / 100,
       "seed %llu: %zu of %zu accepted points lie in the inner half", (unsigned long long)seed,
       n_inner, n);
}

int main(void)
{
    mat_setup();
    check_ball(2);
    check_bent(4); /* whose first accepted points would have drawn the next ones to them */
    return done_testing();
}
