/* net.c: forward, backward and one step of Adam for a small multilayer perceptron.
 *
 * What it does: blocks of rows through three matrix products (BLAS in float32) with two
 * activations between them.  The first layer is a sine of a trainable affine map: with random
 * frequencies it is a random Fourier feature (Rahimi, Recht, NIPS 2007; Tancik et al.,
 * arXiv:2006.10739), which spares the network the slow learning of high frequencies.  The second
 * is a = x / sqrt(1 + x^2) (Carlile et al., arXiv:1710.09967): smooth, bounded, cheap.
 *
 * What it does not: know what the heads mean; the loss' slope in the heads comes from outside. */
#include "net.h"
#include "vector.h"

#include <assert.h>
#include <math.h>
#include <string.h>

struct net_layout net_layout(struct net_shape s)
{
    struct net_layout at = {.w1 = 0};

    at.b1 = s.n_in * s.n_hidden;
    at.w2 = at.b1 + s.n_hidden;
    at.b2 = at.w2 + s.n_hidden * s.n_hidden;
    at.w3 = at.b2 + s.n_hidden;
    at.b3 = at.w3 + s.n_hidden * s.n_out;
    at.size = at.b3 + s.n_out;
    return at;
}

int net_work_create(struct net_work *work, struct net_shape s, size_t n_rows, struct err *err)
{
    size_t i;

    *work = (struct net_work){.n_rows = n_rows};
    work->x = mem_array(vector_padded(n_rows * s.n_in), sizeof(float));
    work->a1 = mem_array(vector_padded(n_rows * s.n_hidden), sizeof(float));
    work->g1 = mem_array(vector_padded(n_rows * s.n_hidden), sizeof(float));
    work->a2 = mem_array(vector_padded(n_rows * s.n_hidden), sizeof(float));
    work->g2 = mem_array(vector_padded(n_rows * s.n_hidden), sizeof(float));
    work->y = mem_array(n_rows * s.n_out, sizeof(float));
    work->dy = mem_array(n_rows * s.n_out, sizeof(float));
    work->ones = mem_array(n_rows, sizeof(float));
    if (!work->x || !work->a1 || !work->g1 || !work->a2 || !work->g2 || !work->y || !work->dy ||
        !work->ones) {
        net_work_free(work);
        return mem_error(err);
    }
    for (i = 0; i < n_rows; i++)
        work->ones[i] = 1.0f;
    return 0;
}

void net_work_free(struct net_work *work)
{
    mem_free(work->x);
    mem_free(work->a1);
    mem_free(work->g1);
    mem_free(work->a2);
    mem_free(work->g2);
    mem_free(work->y);
    mem_free(work->dy);
    mem_free(work->ones);
    *work = (struct net_work){0};
}

void net_init(struct net_shape s, float bandwidth, struct rng *rng, float *w)
{
    struct net_layout at = net_layout(s);
    float scale_2 = sqrtf(2.0f / (float)s.n_hidden), scale_3 = sqrtf(1.0f / (float)s.n_hidden);
    size_t i;

    /* Each unit draws a bandwidth of its own below the given one, so that low frequencies are
     * always among them. */
    for (i = 0; i < s.n_hidden; i++) {
        float width = bandwidth * (float)rng_uniform(rng);
        size_t j;

        for (j = 0; j < s.n_in; j++)
            w[at.w1 + j * s.n_hidden + i] = width * (float)rng_normal(rng);
        w[at.b1 + i] = (float)((rng_uniform(rng) * 2.0 - 1.0) * 3.14159265358979);
    }
    for (i = at.w2; i < at.b2; i++)
        w[i] = scale_2 * (float)rng_normal(rng);
    for (i = at.b2; i < at.w3; i++)
        w[i] = 0.5f * (float)rng_normal(rng);
    for (i = at.w3; i < at.b3; i++)
        w[i] = scale_3 * (float)rng_normal(rng);
    for (i = at.b3; i < at.size; i++)
        w[i] = 0.0f;
}

void net_perturb(struct net_shape s, float bandwidth, float shrink, float noise, struct rng *rng,
                 float *fresh, float *w)
{
    struct net_layout at = net_layout(s);
    size_t i;

    net_init(s, bandwidth, rng, fresh);
    for (i = at.w2; i < at.size; i++)
        w[i] = shrink * w[i] + noise * fresh[i];
}

/* a = sin z, g = cos z.  z is reduced to -pi/2 .. pi/2 with the nearest multiple of pi (Cody and
 * Waite in two pieces); then Taylor's polynomials to r^9 and r^10, within 4e-6. */
VECTOR_LOOP static void sine_layer(size_t n, float *a, float *g)
{
    size_t i;

    for (i = 0; i < n; i++) {
        /* Adding 1.5 * 2^23 rounds to an integer, whose lowest bit is then the float's own. */
        float shifted = a[i] * 0.318309886f + 12582912.0f;
        float k = shifted - 12582912.0f;
        float r = (a[i] - k * 3.140625f) - k * 9.67653589793e-4f;
        float q = r * r;
        float sine =
            r * (1.0f + q * (-1.666666667e-1f +
                             q * (8.333333333e-3f + q * (-1.984126984e-4f + q * 2.755731922e-6f))));
        float cosine =
            1.0f +
            q * (-0.5f + q * (4.166666667e-2f + q * (-1.388888889e-3f +
                                                     q * (2.480158730e-5f - q * 2.755731922e-7f))));
        float half = k * 0.5f;
        float odd = half - ((half + 12582912.0f) - 12582912.0f); /* 0 or +-0.5 */
        float sign = 1.0f - 8.0f * odd * odd;

        a[i] = sign * sine;
        g[i] = sign * cosine;
    }
}

/* a = z / sqrt(1 + z^2), g = (1 + z^2)^(-3/2). */
VECTOR_LOOP static void bounded_layer(size_t n, float *a, float *g)
{
    size_t i;

    for (i = 0; i < n; i++) {
        float inverse = vector_rsqrt(1.0f + a[i] * a[i]);

        a[i] *= inverse;
        g[i] = inverse * inverse * inverse;
    }
}

/* a (n by m) = bias in every row; the product is then added by BLAS. */
static void fill_rows(size_t n, size_t m, const float *bias, float *a)
{
    size_t i;

    for (i = 0; i < n; i++)
        memcpy(a + i * m, bias, m * sizeof *a);
}

void net_forward(struct net_shape s, const float *w, size_t n, const float *x,
                 struct net_work *work)
{
    struct net_layout at = net_layout(s);
    size_t h = s.n_hidden, i;

    assert(n <= work->n_rows);
    for (i = 0; i < n * s.n_in; i++)
        work->x[i] = 2.0f * x[i] - 1.0f;
    fill_rows(n, h, w + at.b1, work->a1);
    mat_sgemm(false, false, n, h, s.n_in, 1.0f, work->x, s.n_in, w + at.w1, h, 1.0f, work->a1, h);
    sine_layer(vector_padded(n * h), work->a1, work->g1);
    fill_rows(n, h, w + at.b2, work->a2);
    mat_sgemm(false, false, n, h, h, 1.0f, work->a1, h, w + at.w2, h, 1.0f, work->a2, h);
    bounded_layer(vector_padded(n * h), work->a2, work->g2);
    fill_rows(n, s.n_out, w + at.b3, work->y);
    mat_sgemm(false, false, n, s.n_out, h, 1.0f, work->a2, h, w + at.w3, s.n_out, 1.0f, work->y,
              s.n_out);
}

/* g *= d, where d is what comes back through the next layer's weights: it lands in `back`. */
VECTOR_LOOP static void scale_by(size_t n, const float *d, float *g)
{
    size_t i;

    for (i = 0; i < n; i++)
        g[i] *= d[i];
}

void net_backward(struct net_shape s, const float *w, size_t n, struct net_work *work, float *grad)
{
    struct net_layout at = net_layout(s);
    size_t h = s.n_hidden, o = s.n_out;

    mat_sgemm(true, false, h, o, n, 1.0f, work->a2, h, work->dy, o, 0.0f, grad + at.w3, o);
    mat_sgemm(false, false, 1, o, n, 1.0f, work->ones, n, work->dy, o, 0.0f, grad + at.b3, o);
    mat_sgemm(false, true, n, h, o, 1.0f, work->dy, o, w + at.w3, o, 0.0f, work->a2, h);
    scale_by(n * h, work->a2, work->g2);
    mat_sgemm(true, false, h, h, n, 1.0f, work->a1, h, work->g2, h, 0.0f, grad + at.w2, h);
    mat_sgemm(false, false, 1, h, n, 1.0f, work->ones, n, work->g2, h, 0.0f, grad + at.b2, h);
    mat_sgemm(false, true, n, h, h, 1.0f, work->g2, h, w + at.w2, h, 0.0f, work->a1, h);
    scale_by(n * h, work->a1, work->g1);
    mat_sgemm(true, false, s.n_in, h, n, 1.0f, work->x, s.n_in, work->g1, h, 0.0f, grad + at.w1, h);
    mat_sgemm(false, false, 1, h, n, 1.0f, work->ones, n, work->g1, h, 0.0f, grad + at.b1, h);
}

static const float beta_m = 0.9f, beta_v = 0.99f;

VECTOR_LOOP static void adam_loop(size_t n, float step, float fix_v, const float *gradient,
                                  struct adam *adam, float *w)
{
    float *m = adam->m, *v = adam->v;
    size_t i;

    for (i = 0; i < n; i++) {
        m[i] = beta_m * m[i] + (1.0f - beta_m) * gradient[i];
        v[i] = beta_v * v[i] + (1.0f - beta_v) * gradient[i] * gradient[i];
        w[i] -= step * m[i] * vector_rsqrt(v[i] * fix_v + 1e-16f);
    }
}

void adam_step(struct adam *adam, size_t n, float rate, const float *gradient, float *w)
{
    float fix_m, fix_v;

    adam->t++;
    fix_m = 1.0f / (1.0f - powf(beta_m, (float)adam->t));
    fix_v = 1.0f / (1.0f - powf(beta_v, (float)adam->t));
    adam_loop(n, rate * fix_m, fix_v, gradient, adam, w);
}
