/* t-learn-separable.c: sums of products are found where an observable is a function of one, are
 * measured honestly where it is none, and become inputs of the model that save and load exactly. */
#include "tap.h"

#include "../src/learn/inputs.h"

#include <math.h>
#include <string.h>

enum { N = 1250, D = 5 };

struct rows {
    float x[N * D], y[N];
    bool is_out[N];
};

static double product(const float *x)
{
    double p = 1.0;

    for (size_t j = 0; j < D; j++)
        p *= cos(9.0 * ((double)x[j] - 0.5));
    return p;
}

static double link_of_product(const float *x)
{
    return pow(2.0 + product(x), 5.0);
}

static double chi_square(const float *x)
{
    double sum = 0.0;

    for (size_t j = 0; j < D; j++)
        sum += (double)(j + 1) * ((double)x[j] - 0.3) * ((double)x[j] - 0.3);
    return log(1e-3 + sum);
}

/* Neither a sum nor a product, whatever is done to it afterwards. */
static double turned(const float *x)
{
    return cos(12.0 * (double)(x[0] + x[1] * x[2] - x[3] * x[4] * x[0]));
}

static void fill(struct rows *rows, double (*f)(const float *), uint64_t seed)
{
    struct rng rng = rng_stream(seed, RNG_TEST, 0);
    double y[N], mean = 0.0, squares = 0.0;

    for (size_t i = 0; i < N; i++) {
        for (size_t j = 0; j < D; j++)
            rows->x[i * D + j] = (float)rng_uniform(&rng);
        y[i] = f(rows->x + i * D);
        mean += y[i] / N;
        squares += y[i] * y[i] / N;
        rows->is_out[i] = i % 5 == 0;
    }
    for (size_t i = 0; i < N; i++)
        rows->y[i] = (float)((y[i] - mean) / sqrt(squares - mean * mean));
    rows->y[7] = NAN; /* an unknown one does no harm */
}

static void fit(struct separable *map, const struct rows *rows)
{
    struct err err = ERR_INIT;
    struct rng rng = rng_stream(1, RNG_TEST, 1);
    struct separable_data data = {
        .n = N, .d = D, .x = rows->x, .y = rows->y, .y_stride = 1, .is_out = rows->is_out};

    if (separable_fit(map, &data, &rng, &err) != 0)
        bail_out("%s", err.message);
}

static void check_found(const char *what, double (*f)(const float *))
{
    static struct rows rows, later;
    static struct separable map, again;
    double drift = 0.0, width = 0.0;

    fill(&rows, f, 1);
    map = (struct separable){.left = 1.0};
    fit(&map, &rows);
    ok(map.left < 0.03, "%s: found, %.4f of the variance is left", what, map.left);
    again = map;
    fill(&later, f, 2);
    fit(&again, &later);
    for (size_t i = 0; i < N; i++) {
        double a = (double)separable_value(&map, later.x + i * D);
        double b = (double)separable_value(&again, later.x + i * D);

        drift += (a - b) * (a - b) / N;
        width += (a - 0.5) * (a - 0.5) / N;
    }
    ok(drift < 0.05 * width && width > 0.01,
       "... with other rows the input means the same (%.2g of %.2g)", drift, width);
}

static void check_not_found(void)
{
    static struct rows rows;
    static struct separable map;

    fill(&rows, turned, 3);
    map = (struct separable){.left = 1.0};
    fit(&map, &rows);
    ok(map.left > 0.4, "what is no such function is not explained (%.2f left)", map.left);
    for (size_t i = 0; i < N; i++)
        rows.is_out[i] = false;
    map = (struct separable){.left = 1.0};
    fit(&map, &rows);
    ok(map.left >= 1.0, "without rows to measure on there is no map");
}

static void check_inputs(void)
{
    static struct rows rows;
    struct err err = ERR_INIT;
    struct inputs inputs, copy;
    struct rng rng = rng_stream(1, RNG_TEST, 1);
    struct learn_data data = {.n = N, .x = rows.x};
    struct buf bytes;
    float wide[D + 1], same[D + 1];
    const char *at;
    size_t left;

    fill(&rows, chi_square, 4);
    buf_init(&bytes, 1 << 20);
    if (inputs_create(&inputs, D, &err) != 0 ||
        inputs_fit(&inputs, &data, rows.y, 1, rows.is_out, &rng, &err) != 0 ||
        inputs_save(&inputs, &bytes, &err) != 0)
        bail_out("%s", err.message);
    is_size(inputs_count(&inputs), D + 1, "a sum that explains an observable is a further input");
    at = bytes.data;
    left = bytes.len;
    ok(inputs_load(&copy, &at, &left, &err) == 0 && left == 0, "inputs are saved and loaded");
    inputs_apply(&inputs, 1, rows.x, wide);
    inputs_apply(&copy, 1, rows.x, same);
    ok(memcmp(wide, same, sizeof wide) == 0 && memcmp(wide, rows.x, D * sizeof *wide) == 0,
       "... exactly, after the axes");
    inputs_free(&copy);
    at = bytes.data;
    left = bytes.len - 1;
    ok(inputs_load(&copy, &at, &left, &err) != 0, "damaged ones are refused");
    inputs_free(&copy);
    inputs_free(&inputs);
    buf_free(&bytes);
}

/* Every row by itself, from the polynomials, whatever is left over beside whole vectors. */
static void check_values(void)
{
    enum { ROWS = 37, STRIDE = 3 };
    static struct separable map = {.d = D, .terms = 2, .basis = 9, .constant = 0.25, .scale = 0.5};
    struct rng rng = rng_stream(4, RNG_TEST, 0);
    float x[ROWS * D], values[ROWS * STRIDE];
    double worst = 0.0, over = 0.0;

    for (size_t i = 0; i < sizeof map.c / sizeof map.c[0]; i++)
        map.c[i] = rng_normal(&rng);
    for (size_t i = 0; i < ROWS * D; i++)
        x[i] = (float)rng_uniform(&rng);
    for (size_t i = 0; i < ROWS * STRIDE; i++)
        values[i] = 99.0f;
    separable_values(&map, ROWS, x, STRIDE, values);
    for (size_t i = 0; i < ROWS; i++) {
        double s = map.constant, p[9], of[3];

        for (size_t r = 0; r <= map.terms; r++) {
            of[r] = r == 0 ? 0.0 : 1.0;
            for (size_t j = 0; j < D; j++) {
                const double *c = map.c + (r * SEPARABLE_DIMS + j) * SEPARABLE_BASIS;
                double sum = 0.0;

                separable_legendre((double)x[i * D + j], map.basis, p);
                for (size_t k = 0; k < map.basis; k++)
                    sum += c[k] * p[k];
                of[r] = r == 0 ? of[r] + sum : of[r] * sum;
            }
            s += of[r];
        }
        worst = fmax(worst, fabs((double)values[i * STRIDE] - (0.5 + 0.5 * s)) / (1.0 + fabs(s)));
        for (size_t k = 1; k < STRIDE; k++)
            over += fabs((double)values[i * STRIDE + k] - 99.0);
    }
    ok(worst < 1e-6 && over == 0.0, "37 rows at once: the sums of products within %.1g", worst);
}

int main(void)
{
    mat_setup();
    check_found("a power of a product", link_of_product);
    check_found("the logarithm of a sum of squares", chi_square);
    check_not_found();
    check_inputs();
    check_values();
    return done_testing();
}
