/* t-learn-net.c: the network's gradient against differences, that its fast forward pass is the same
 * as the one in training, and that the Gaussian process leaves points out as if they had never been
 * there. */
#include "tap.h"

#include "../src/learn/kernel.h"
#include "../src/learn/net.h"
#include "../src/learn/score.h"
#include "../src/learn/squash.h"

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

static double correlation(const struct kernel *k, const float *a, const float *b)
{
    double r2 = 0.0, s;

    for (size_t j = 0; j < k->d; j++)
        r2 += pow(((double)a[j] - (double)b[j]) / (double)k->length[j], 2.0);
    s = sqrt(5.0 * r2);
    return (1.0 + s + s * s / 3.0) * exp(-s);
}

/* 1 - k' K^-1 k of the sixteen points that at is correlated with most, by elimination. */
static double plain_variance(const struct kernel *k, const float *x, const float *at)
{
    double m[16][17], best[16], left = 1.0;
    size_t near[16], n = 0;

    for (size_t i = 0; i < k->n; i++) {
        double c = correlation(k, x + i * k->d, at);
        size_t to = n < 16 ? n++ : 16;

        for (; to > 0 && best[to - 1] < c; to--)
            if (to < 16) {
                best[to] = best[to - 1];
                near[to] = near[to - 1];
            }
        if (to < 16) {
            best[to] = c;
            near[to] = i;
        }
    }
    for (size_t i = 0; i < n; i++) {
        for (size_t j = 0; j < n; j++)
            m[i][j] = correlation(k, x + near[i] * k->d, x + near[j] * k->d);
        m[i][i] += (double)k->nugget + 1e-5;
        m[i][n] = best[i];
    }
    for (size_t i = 0; i < n; i++)
        for (size_t r = 0; r < n; r++) {
            double by = m[r][i] / m[i][i];

            for (size_t c = i; r != i && c <= n; c++)
                m[r][c] -= by * m[i][c];
        }
    for (size_t i = 0; i < n; i++)
        left -= best[i] * m[i][n] / m[i][i];
    return left;
}

/* Any number of points and of predictions, beside whole vectors too. */
static void check_variance(size_t n, size_t d, size_t rows)
{
    struct err err = ERR_INIT;
    struct rng rng = rng_stream(n, RNG_TEST, d);
    float *x = mem_array(n * d, sizeof *x), *y = mem_array(n, sizeof *y);
    float *loo = mem_array(2 * n, sizeof *loo), *at = mem_array(rows * d, sizeof *at);
    float *mean = mem_array(rows, sizeof *mean), *variance = mem_array(rows, sizeof *variance);
    size_t *sample = mem_array(n, sizeof *sample);
    struct kernel_data data = {n, x, y, sample, loo, loo + n};
    struct kernel *kernel = kernel_create(d, d, 1, &err);
    double worst = 0.0;

    for (size_t i = 0; i < n; i++) {
        for (size_t j = 0; j < d; j++)
            x[i * d + j] = (float)rng_uniform(&rng);
        y[i] = sinf(6.0f * x[i * d]) + 0.3f * (float)rng_normal(&rng);
        sample[i] = i;
    }
    for (size_t i = 0; i < rows * d; i++)
        at[i] = (float)rng_uniform(&rng);
    if (!kernel || kernel_fit(kernel, &data, true, &err) != 0)
        bail_out("%s", err.message);
    kernel_predict(kernel, rows, at, mean, variance);
    for (size_t i = 0; i < rows; i++)
        worst = fmax(worst, fabs((double)variance[i] - plain_variance(kernel, x, at + i * d)));
    ok(worst < 1e-4, "%zu points in %zu dimensions, %zu predictions: the variance within %.1g", n,
       d, rows, worst);
    kernel_free(kernel);
    mem_free(x);
    mem_free(y);
    mem_free(loo);
    mem_free(at);
    mem_free(mean);
    mem_free(variance);
    mem_free(sample);
}

/* Odd shapes and odd numbers of points: whatever is left over beside whole vectors. */
static void check_score(void)
{
    static const struct net_shape shapes[] = {{1, 1, 1}, {3, 20, 2}, {8, 64, 3}, {2, 37, 7}};
    enum { AT_ONCE = 101 };
    static float w[3 * MAX_WEIGHTS], x[AT_ONCE * 8], y[7 * (AT_ONCE + 3)];
    struct rng rng = rng_stream(1, RNG_TEST, 5);

    for (size_t i = 0; i < AT_ONCE * 8; i++)
        x[i] = (float)rng_uniform(&rng);
    for (size_t k = 0; k < sizeof shapes / sizeof shapes[0]; k++) {
        struct net_shape s = shapes[k];
        struct err err = ERR_INIT;
        struct score_room room;
        struct net_work work;
        double worst = 0.0, over = 0.0;

        if (net_work_create(&work, s, AT_ONCE, &err) != 0 || score_room_create(&room, s, &err) != 0)
            bail_out("%s", err.message);
        net_init(s, 8.0f, &rng, w);
        net_forward(s, w, AT_ONCE, x, &work);
        for (size_t i = 0; i < 7 * (AT_ONCE + 3); i++)
            y[i] = 99.0f;
        score_network(s, w, AT_ONCE, x, &room, AT_ONCE + 3, y);
        for (size_t o = 0; o < s.n_out; o++) {
            for (size_t i = 0; i < AT_ONCE; i++)
                worst =
                    fmax(worst, fabs((double)(work.y[i * s.n_out + o] - y[o * (AT_ONCE + 3) + i])));
            over += fabs((double)y[o * (AT_ONCE + 3) + AT_ONCE] - 99.0);
        }
        ok(worst < 2e-5 && over == 0.0, "%zu, %zu, %zu units: the fast pass within %.1g", s.n_in,
           s.n_hidden, s.n_out, worst);
        net_work_free(&work);
        score_room_free(&room);
    }
}

static enum truth all_of_three(const void *context, const double *margins)
{
    (void)context;
    return margins[0] > 0.0 && margins[1] > 0.0 && margins[2] > 0.0 ? TRUTH_YES : TRUTH_NO;
}

/* A band and a single cut; many points at once against one by one. */
static void check_conjunctions(void)
{
    enum { AT_ONCE = 700 };
    static struct squash squash;
    static struct labeller labeller;
    static float y[2 * AT_ONCE], sigma[2 * AT_ONCE], p[AT_ONCE];
    struct learn_config config = {.n_margins = 3, .label_of = all_of_three};
    struct rng rng = rng_stream(1, RNG_TEST, 6);

    squash = (struct squash){.n_margins = 3,
                             .n_groups = 2,
                             .group = {0, 0, 1},
                             .sign = {1, -1, 1},
                             .offset = {0, 2, 0},
                             .first = {0, 2},
                             .centre = {1, 0},
                             .scale = {1.5, 0.5},
                             .mean = {0.1, -0.4},
                             .sd = {1.2, 0.9}};
    labeller_init(&labeller, &config);
    for (size_t i = 0; i < 2 * AT_ONCE; i++) {
        y[i] = (float)(3.0 * rng_normal(&rng));
        sigma[i] = (float)exp(rng_normal(&rng) - 2.0);
    }
    for (int relaxed = 0; relaxed < 2; relaxed++) {
        double worst = 0.0, most = 0.0, relax = relaxed ? 0.7 : 0.0;
        struct squash_cuts cuts;

        squash_cuts(&squash, relax, &cuts);
        squash_conjunctions(2, &cuts, AT_ONCE, AT_ONCE, y, sigma, p);
        for (size_t i = 0; i < AT_ONCE; i++) {
            float heads[2] = {y[i], y[AT_ONCE + i]}, widths[2] = {sigma[i], sigma[AT_ONCE + i]};
            double q = squash_probability(&squash, &labeller, heads, widths, relax, NULL);

            worst = fmax(worst, fabs(q - (double)p[i]));
            most = fmax(most, q);
        }
        ok(worst < 1e-6 && most > 0.9, "probabilities at once within %.1g, relax %.1f", worst,
           relax);
    }
}

int main(void)
{
    mat_setup();
    check_gradient();
    check_activations();
    check_kernel();
    check_variance(5, 2, 1);
    check_variance(16, 1, 17);
    check_variance(63, 3, 16);
    check_variance(64, 3, 40);
    check_variance(333, 4, 300);
    check_score();
    check_conjunctions();
    return done_testing();
}
