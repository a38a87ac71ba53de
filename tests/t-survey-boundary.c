/* t-survey-boundary.c: the search that draws an edge: of a disc its points come to lie within a
 * thin distance of the circle and all around it; by a margin, and by the label alone. */
#include "tap.h"

#include "../src/survey/private.h"
#include "search-problems.h"

#include <math.h>
#include <stdlib.h>

enum { BINS = 36 };
static const double radius = 0.6;

static void eval_disc(size_t d, const double *x, double *out)
{
    (void)d;
    out[0] = hypot(x[0], x[1]);
}

static void eval_disc_label(size_t d, const double *x, double *out)
{
    (void)d;
    out[0] = hypot(x[0], x[1]) < radius ? 1 : 0;
}

static const struct problem disc = {.name = "disc",
                                    .d = 2,
                                    .low = -1,
                                    .high = 1,
                                    .eval = eval_disc,
                                    .n_observables = 1,
                                    .constraint = {"O0 < 0.6"}};
static const struct problem disc_label = {.name = "disc-label",
                                          .d = 2,
                                          .low = -1,
                                          .high = 1,
                                          .eval = eval_disc_label,
                                          .n_observables = 1,
                                          .constraint = {"O0 > 0.5"}};

static int compare(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;

    return (x > y) - (x < y);
}

struct ring {
    double median, most; /* distance of the learned points from the circle: half, nine tenths */
    size_t n, n_bins;    /* learned points; tenths of a right angle that hold one nearby */
    size_t n_volume;     /* learned points with a density */
    double share;        /* of them accepted */
};

/* The learned points of the rounds after the first 300 calls. */
static struct ring draw_ring(const struct problem *problem, enum search_aim aim, double near)
{
    static double miss[4000];
    bool has[BINS] = {false};
    struct ring ring = {0};
    struct err err = ERR_INIT;
    struct loop loop;

    if (loop_open(&loop, problem, METHOD_CLASSIFIER, 3, &err) != 0)
        bail_out("%s", err.message);
    loop.made.scan.search.start = 200;
    loop.made.scan.search.aim = aim;
    loop.settings.batch = 60;
    if (loop_begin(&loop, &err) != 0)
        bail_out("%s", err.message);
    while (loop.n_calls < 700) {
        if (loop_step(&loop, &err) != 0)
            bail_out("%s; %s", err.message, err.trail);
        for (size_t i = 0; i < loop.last.n && loop.n_calls > 400; i++) {
            double x = 2.0 * loop.last.units[2 * i] - 1.0;
            double y = 2.0 * loop.last.units[2 * i + 1] - 1.0;
            double turn = (atan2(y, x) / M_PI + 1.0) / 2.0;

            if (loop.last.origin[i] != ORIGIN_LEARNED && loop.last.origin[i] != ORIGIN_LOCAL)
                continue;
            ring.share += loop.labels[i] > 0;
            if (!isnan(loop.last.density[i]))
                ring.n_volume++;
            miss[ring.n++] = fabs(hypot(x, y) - radius);
            if (miss[ring.n - 1] < near)
                has[(size_t)(turn * (BINS - 1e-9))] = true;
        }
    }
    qsort(miss, ring.n, sizeof *miss, compare);
    ring.median = miss[ring.n / 2];
    ring.most = miss[ring.n * 9 / 10];
    ring.share /= (double)ring.n;
    for (size_t k = 0; k < BINS; k++)
        ring.n_bins += has[k];
    loop_close(&loop);
    return ring;
}

int main(void)
{
    struct ring ring, label, filled;

    mat_setup();
    ring = draw_ring(&disc, AIM_BOUNDARY, 0.01);
    ok(ring.n > 200 && ring.median < 0.003 && ring.most < 0.02,
       "by a margin: half of %zu points within %.5f of the circle, nine tenths within %.5f", ring.n,
       ring.median, ring.most);
    is_size(ring.n_bins, BINS, "all around");
    ok(ring.share > 0.2 && ring.share < 0.8, "on both sides: %.2f accepted", ring.share);
    is_size(ring.n_volume, 0, "none of them has a density");
    label = draw_ring(&disc_label, AIM_BOUNDARY, 0.05);
    ok(label.median < 0.03 && label.most < 0.1,
       "by the label alone: half within %.4f, nine tenths within %.4f", label.median, label.most);
    is_size(label.n_bins, BINS, "all around too");
    filled = draw_ring(&disc, AIM_COVER, 0.01);
    ok(filled.median > 10.0 * ring.median && filled.share > 0.8,
       "to fill the disc is something else: %.3f from the circle, %.2f accepted", filled.median,
       filled.share);
    ok(boundary_score(0.5f, 0.0f) == 1.0f && boundary_score(0.0f, 0.0f) == 0.0f &&
           boundary_score(0.9f, 0.1f) > boundary_score(0.9f, 0.0f) &&
           boundary_score(0.5f, 0.4f) == 1.0f,
       "undecided is 1, sure is 0, disagreement adds");
    return done_testing();
}
