/* t-learn-net.c: the network's gradient against differences, and that the Gaussian process leaves
 * points out as if they had never been there. */
#include "tap.h"

#include "../src/learn/kernel.h"
#include "../src/learn/net.h"

#include <math.h>
#include <string.h>

enum { ROWS = 7, MAX_WEIGHTS = 4096 };

/* A fixed, uneven function of the heads; its slope in them goes to dy. */
static double loss(struct net_shape s, const float *w, const float *x, struct net_work *work)
{
    double sum = 0.0;

    net_forward(s, w, ROWS, x, work);
    for (size_t i = 0; i < ROWS * s.n_out; i++) {
        double target = sin((double)i);
        double miss = (double)work->y[i] - target;

        sum += 0.5 * miss * miss;
        work->dy[i] = (float)miss;
    }
    return sum;
}

static void check_gradient(void)
{
    struct net_shape s = {.n_in = 3, .n_hidden = 20, .n_out = 2};
    struct net_layout at = net_layout(s);
    struct rng rng = rng_stream(1, RNG_TEST, 0);
    struct err err = ERR_INIT;
    struct net_work work;
    static float w[MAX_WEIGHTS], gradient[MAX_WEIGHTS], x[ROWS * 3];
    const size_t starts[] = {at.w1, at.b1, at.w2, at.b2, at.w3, at.b3, at.size};
    static const char *const names[] = {"W1", "b1", "W2", "b2", "W3", "b3"};

    if (!ok(net_work_create(&work, s, ROWS, &err) == 0, "a workspace"))
        return;
    net_init(s, 4.0f, &rng, w);
    for (size_t i = 0; i < ROWS * 3; i++)
        x[i] = (float)rng_uniform(&rng);
    loss(s, w, x, &work);
    net_backward(s, w, ROWS, &work, gradient);
    for (size_t part = 0; part < 6; part++) {
        double worst = 0.0, size = 0.0;

        for (size_t i = starts[part]; i < starts[part + 1]; i++) {
            const float step = 2e-3f;
            float kept = w[i];
            double up, down, numeric;

            w[i] = kept + step;
            up = loss(s, w, x, &work);
            w[i] = kept - step;
            down = loss(s, w, x, &work);
            w[i] = kept;
            numeric = (up - down) / (2.0 * (double)step);
            worst = fmax(worst, fabs(numeric - (double)gradient[i]));
            size = fmax(size, fabs(numeric));
        }
        ok(size > 1e-3, "%s has a slope", names[part]);
        ok(worst < 4e-3 * size + 1e-3, "%s: backward agrees with differences (%.2g of %.2g)",
           names[part], worst, size);
    }
    net_work_free(&work);
}

static void check_activations(void)
{
    struct net_shape s = {.n_in = 1, .n_hidden = 16, .n_out = 1};
    struct net_layout at = net_layout(s);
    struct err err = ERR_INIT;
    struct net_work work;
    float w[MAX_WEIGHTS] = {0}, x[1] = {0.5f};
    double worst = 0.0;

    if (!ok(net_work_create(&work, s, 1, &err) == 0, "a workspace"))
        return;
    for (double z = -40.0; z < 40.0; z += 0.37) {
        w[at.b1] = (float)z;
        net_forward(s, w, 1, x, &work);
        worst = fmax(worst, fabs((double)work.a1[0] - sin(z)));
        worst = fmax(worst, fabs((double)work.g1[0] - cos(z)));
    }
    ok(worst < 2e-5, "the first layer is a sine with a cosine for its slope (%.2g)", worst);
    for (double z = -30.0; z < 30.0; z += 0.31) {
        w[at.b2] = (float)z;
        net_forward(s, w, 1, x, &work);
        worst = fmax(worst, fabs((double)work.a2[0] - z / sqrt(1.0 + z * z)));
    }
    ok(worst < 2e-5, "the second is x / sqrt(1 + x^2)");
    net_work_free(&work);
}

enum { POINTS = 40 };

static float wave(const float *x)
{
    return sinf(6.0f * x[0]) * cosf(4.0f * x[1]);
}

static void check_kernel(void)
{
    struct err err = ERR_INIT;
    struct rng rng = rng_stream(2, RNG_TEST, 0);
    float x[POINTS * 2], y[POINTS], mean[POINTS], variance[POINTS], said[1], unsure[1];
    size_t sample[POINTS];
    struct kernel_data data = {POINTS, x, y, sample, mean, variance};
    struct kernel *kernel = kernel_create(2, 2, 1, &err);
    double worst = 0.0, miss = 0.0;

    for (size_t i = 0; i < POINTS; i++) {
        x[2 * i] = (float)rng_uniform(&rng);
        x[2 * i + 1] = (float)rng_uniform(&rng);
        y[i] = wave(x + 2 * i);
        sample[i] = i;
    }
    if (!ok(kernel && kernel_fit(kernel, &data, true, &err) == 0, "a process is fitted")) {
        kernel_free(kernel);
        return;
    }
    for (size_t out = 0; out < POINTS; out++) {
        float x2[POINTS * 2], y2[POINTS], mean2[POINTS], variance2[POINTS];
        struct kernel_data rest = {POINTS - 1, x2, y2, sample, mean2, variance2};
        struct kernel *other = kernel_create(2, 2, 1, &err);

        memcpy(other->length, kernel->length, sizeof kernel->length);
        other->nugget = kernel->nugget;
        for (size_t i = 0, n = 0; i < POINTS; i++) {
            if (i == out)
                continue;
            memcpy(x2 + 2 * n, x + 2 * i, 2 * sizeof *x2);
            y2[n++] = y[i];
        }
        /* one sweep may move the lengths: only fits that keep them can be compared */
        if (kernel_fit(other, &rest, false, &err) == 0 &&
            memcmp(other->length, kernel->length, sizeof kernel->length) == 0 &&
            other->nugget == kernel->nugget) {
            kernel_predict(other, 1, x + 2 * out, said, unsure);
            worst = fmax(worst, fabs((double)(said[0] - mean[out])));
            miss += (double)variance[out] > (double)unsure[0] * 1.05 ? 1.0 : 0.0;
        }
        kernel_free(other);
    }
    ok(worst < 2e-3, "leaving a point out agrees with fitting without it (%.2g)", worst);
    ok(miss == 0.0, "the neighbours' variance is never below that of all points");
    kernel_predict(kernel, 1, x, said, unsure);
    ok(fabsf(said[0] - y[0]) < 0.02f && unsure[0] < 1e-3f, "it is sure of a point that it knows");
    kernel_predict(kernel, 1, (float[]){5.0f, 5.0f}, said, unsure);
    ok(unsure[0] > 0.5f, "and unsure far away");
    kernel_free(kernel);
}

int main(void)
{
    mat_setup();
    check_gradient();
    check_activations();
    check_kernel();
    return done_testing();
}
