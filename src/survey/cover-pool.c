/* cover-pool.c: points of known density that look like the target.
 *
 * What it does: asks the learner about a quasi-random sequence in the cube (Sobol, shifted by the
 * seed) and, where the target is too small for that, about draws around accepted points: a mixture
 * of multivariate t densities with 4 degrees of freedom, centred on points of every component, each
 * as wide as the cloud of its neighbours.  Every draw is weighted by the balance heuristic (Veach,
 * Guibas, SIGGRAPH 95, 419): 1 / (n_uniform + n_local q(x)), whichever way it was drawn, so that
 * sums of weights are volumes of the cube.
 *
 * What it does not: see more of the target than the learner does. */
#include "cover.h"
#include "private.h"

#include <gsl/gsl_qrng.h>
#include <gsl/gsl_sf_gamma.h>
#include <math.h>
#include <string.h>

enum {
    CHUNK = 4096,
    UNIFORM_CHUNKS = 64,
    LOCAL_CHUNKS = 32,
    WANTED = 4000,        /* places in the predicted target */
    WANTED_LOCAL = 10000, /* their weights differ */
    KEPT_LOW = 40000,
    KEPT_HIGH = 16000, /* in more than 6 dimensions, where neighbours are dear */
    SOBOL_MOST = 40,
    MOST_KERNELS = 512,
    KERNEL_NUMBERS = 1 << 20,
    FREEDOM = 4,
    WIDER = 2 /* than the mean square distance of the neighbours: few weights are large */
};
/* What is below is not kept, or not even asked about. */
static const float least_p = 0.02f, least_screen = 0.005f;
/* So much of the label's own standard deviation, sqrt(p (1 - p)), at least is an error that all
 * places share.  A learner is off in one direction over long distances; networks that agree do not
 * say so, and a Gaussian process alone has nobody to disagree with.  Measured on shells3, shells5,
 * himboo and cos2: volumes are off by 0.2 to 0.8 of their errors (RMS), without this by 1 to 3. */
static const float least_doubt = 1.0f / 3.0f;

static int cover_pool_create(struct cover_pool *pool, size_t cap, size_t d, struct err *err)
{
    *pool = (struct cover_pool){.d = d};
    pool->x = mem_array(cap * d, sizeof *pool->x);
    pool->p = mem_array(cap, sizeof *pool->p);
    pool->chance = mem_array(cap, sizeof *pool->chance);
    pool->spread = mem_array(cap, sizeof *pool->spread);
    pool->weight = mem_array(cap, sizeof *pool->weight);
    return pool->x && pool->p && pool->chance && pool->spread && pool->weight ? 0 : mem_error(err);
}

void cover_pool_free(struct cover_pool *pool)
{
    mem_free(pool->x);
    mem_free(pool->p);
    mem_free(pool->chance);
    mem_free(pool->spread);
    mem_free(pool->weight);
    *pool = (struct cover_pool){.n = 0};
}

/* Of the n places behind the kept ones those that a quick guess lets pass, in order. */
static size_t screen(const struct coverage_input *input, struct cover_pool *pool, size_t n)
{
    size_t i, d = pool->d, to = pool->n;

    ensemble_screen(input->model, n, pool->x + pool->n * d, 0.0, pool->p + pool->n);
    for (i = pool->n; i < pool->n + n; i++) {
        if (pool->p[i] >= least_screen)
            memmove(pool->x + to++ * d, pool->x + i * d, d * sizeof *pool->x);
    }
    return to - pool->n;
}

/* Asks about n places behind the kept ones and keeps the promising ones, in order. */
static int ask(const struct coverage_input *input, struct cover_pool *pool, size_t n,
               struct err *err)
{
    size_t i, d = pool->d, to = pool->n, n_left = screen(input, pool, n);
    struct prediction out = {.target = pool->p + pool->n,
                             .failure = pool->chance + pool->n,
                             .spread = pool->spread + pool->n};

    if (ensemble_predict(input->model, n_left, pool->x + pool->n * d, &out, err) != 0)
        return -1;
    for (i = pool->n; i < pool->n + n_left; i++) {
        if (!(pool->p[i] > least_p))
            continue;
        memmove(pool->x + to * d, pool->x + i * d, d * sizeof *pool->x);
        pool->p[to] = pool->p[i];
        pool->spread[to] =
            fmaxf(pool->spread[i], least_doubt * sqrtf(pool->p[i] * (1.0f - pool->p[i])));
        pool->chance[to] = pool->p[i] * (1.0f - pool->chance[i]);
        pool->n_in += pool->p[i] > COVERAGE_IN;
        to++;
    }
    pool->n = to;
    return 0;
}

/* ---- uniform -------------------------------------------------------------------------------- */

static float seen(const struct coverage_input *input, size_t j, double unit)
{
    return survey_seen(input->n_cells ? input->n_cells[j] : 0, unit);
}

static int draw_uniform(const struct coverage_input *input, size_t chunks, size_t most_kept,
                        struct cover_pool *pool, struct err *err)
{
    struct rng rng = rng_stream(input->seed, RNG_STRATA, 100);
    size_t d = pool->d, chunk, i, j;
    gsl_qrng *sobol = d <= SOBOL_MOST ? gsl_qrng_alloc(gsl_qrng_sobol, (unsigned)d) : NULL;
    double point[SOBOL_MOST], shift[SOBOL_MOST];
    int rc = -1;

    if (d <= SOBOL_MOST && !sobol)
        return mem_error(err);
    for (j = 0; j < d && sobol; j++)
        shift[j] = rng_uniform(&rng);
    for (chunk = 0; chunk < chunks && pool->n_in < WANTED && pool->n < most_kept; chunk++) {
        for (i = pool->n; i < pool->n + CHUNK; i++) {
            if (sobol)
                gsl_qrng_get(sobol, point);
            for (j = 0; j < d; j++) {
                double unit = sobol ? point[j] + shift[j] : rng_uniform(&rng);

                pool->x[i * d + j] = seen(input, j, unit - floor(unit));
            }
        }
        TRY(ask(input, pool, CHUNK, err));
        pool->n_uniform += CHUNK;
    }
    rc = 0;
out:
    gsl_qrng_free(sobol);
    return rc;
}

/* ---- around accepted points ----------------------------------------------------------------- */

struct kernels {
    size_t n, d;
    double *centre; /* n by d */
    double *factor; /* n by d by d: lower triangle of the width's Cholesky factor */
    double *log_norm;
};

static void kernels_free(struct kernels *k)
{
    mem_free(k->centre);
    mem_free(k->factor);
    mem_free(k->log_norm);
}

/* Mean square of the differences to the neighbours among the centres, a little rounder than it is.
 */
static void measure_width(const struct tree *tree, const float *x, size_t d, size_t at, double *a)
{
    enum { MOST_NEAR = 64 };
    size_t near[MOST_NEAR], i, j, k, n;
    size_t wanted = 2 * d + 6 < MOST_NEAR ? 2 * d + 6 : MOST_NEAR;
    float far2[MOST_NEAR];
    double trace = 0.0;

    memset(a, 0, d * d * sizeof *a);
    n = tree_nearest(tree, x + at * d, wanted, at, near, far2);
    for (k = 0; k < n; k++) {
        const float *y = x + near[k] * d;

        for (i = 0; i < d; i++)
            for (j = 0; j <= i; j++)
                a[i * d + j] += WIDER * (double)(x[at * d + i] - y[i]) *
                                (double)(x[at * d + j] - y[j]) / (double)n;
    }
    for (i = 0; i < d; i++)
        trace += a[i * d + i] / (double)d;
    if (trace < 1e-14) /* nobody is near */
        trace = 1e-3;
    for (i = 0; i < d; i++)
        a[i * d + i] += 0.02 * trace + 1e-14;
}

/* Half of the centres from all alike, half the same number of every component as far as they go, in
 * an order drawn at random. */
static int choose_centres(const struct coverage_input *input, const struct cover_parts *parts,
                          size_t most, float *x, size_t *n, struct err *err)
{
    struct rng rng = rng_stream(input->seed, RNG_STRATA, 101);
    size_t d = parts->d, i, share = parts->n_components > 0 ? most / 2 / parts->n_components : 0;
    size_t *order = mem_array(parts->n, sizeof *order);
    size_t *taken = mem_array(parts->n_components, sizeof *taken);

    *n = 0;
    if (!order || !taken) {
        mem_free(order);
        mem_free(taken);
        return mem_error(err);
    }
    for (i = 0; i < parts->n; i++)
        order[i] = i;
    rng_shuffle(&rng, order, parts->n);
    for (i = 0; i < parts->n && *n < most; i++) {
        size_t at = order[i];

        if (i < most / 2 || taken[parts->component[at]] <= share) {
            taken[parts->component[at]]++;
            memcpy(x + (*n)++ * d, parts->x + at * d, d * sizeof *x);
        }
    }
    mem_free(order);
    mem_free(taken);
    return 0;
}

static int add_kernel(const struct tree *tree, const float *x, struct kernels *k, struct err *err)
{
    size_t d = k->d, j, at = k->n;
    double *factor = k->factor + at * d * d, log_det = 0.0;

    measure_width(tree, x, d, at, factor);
    if (mat_cholesky(d, factor, d, err) != 0)
        return -1;
    for (j = 0; j < d; j++) {
        k->centre[at * d + j] = (double)x[at * d + j];
        log_det += log(factor[j * d + j]);
    }
    k->log_norm[k->n++] = gsl_sf_lngamma(0.5 * (FREEDOM + (double)d)) -
                          gsl_sf_lngamma(0.5 * FREEDOM) -
                          0.5 * (double)d * log(FREEDOM * acos(-1.0)) - log_det;
    return 0;
}

static int make_kernels(const struct coverage_input *input, const struct cover_parts *parts,
                        struct kernels *k, struct err *err)
{
    size_t d = parts->d, most = KERNEL_NUMBERS / (d * d), n = 0;
    struct tree *tree = NULL;
    float *x;
    int rc = -1;

    most = most > MOST_KERNELS ? MOST_KERNELS : most < 8 ? 8 : most;
    *k = (struct kernels){.d = d};
    k->centre = mem_array(most * d, sizeof *k->centre);
    k->factor = mem_array(most * d * d, sizeof *k->factor);
    k->log_norm = mem_array(most, sizeof *k->log_norm);
    x = mem_array(most * d, sizeof *x);
    if (!k->centre || !k->factor || !k->log_norm || !x) {
        mem_error(err);
        goto out;
    }
    TRY(choose_centres(input, parts, most, x, &n, err));
    tree = tree_create(n, d, x, err);
    if (!tree)
        goto out;
    while (k->n < n)
        TRY(add_kernel(tree, x, k, err));
    rc = 0;
out:
    tree_free(tree);
    mem_free(x);
    return rc;
}

static void draw_local(const struct kernels *k, struct rng *rng, double *z, double *unit)
{
    size_t d = k->d, i, j, at = (size_t)rng_below(rng, k->n);
    const double *factor = k->factor + at * d * d;
    /* chi^2 of 4 degrees of freedom is a sum of two exponentials */
    double chi2 = -2.0 * log(rng_uniform(rng) * rng_uniform(rng));
    double stretch = sqrt(FREEDOM / chi2);

    for (i = 0; i < d; i++)
        z[i] = stretch * rng_normal(rng);
    for (i = 0; i < d; i++) {
        unit[i] = k->centre[at * d + i];
        for (j = 0; j <= i; j++)
            unit[i] += factor[i * d + j] * z[j];
    }
}

static double density_of(const struct kernels *k, const float *x, double *z)
{
    size_t d = k->d, at, i, j;
    double sum = 0.0;

    for (at = 0; at < k->n; at++) {
        const double *factor = k->factor + at * d * d;
        double square = 0.0;

        for (i = 0; i < d; i++) {
            z[i] = (double)x[i] - k->centre[at * d + i];
            for (j = 0; j < i; j++)
                z[i] -= factor[i * d + j] * z[j];
            z[i] /= factor[i * d + i];
            square += z[i] * z[i];
        }
        sum += exp(k->log_norm[at] - 0.5 * (FREEDOM + (double)d) * log1p(square / FREEDOM));
    }
    return sum / (double)k->n;
}

/* Draws outside the cube are draws all the same: they count, and are nowhere. */
static int draw_chunk(const struct coverage_input *input, const struct kernels *k, struct rng *rng,
                      struct cover_pool *pool, struct err *err)
{
    size_t d = pool->d, i, j, n = 0;
    double z[SURVEY_MAX_DIMS], unit[SURVEY_MAX_DIMS];

    for (i = 0; i < CHUNK; i++) {
        bool is_inside = true;

        draw_local(k, rng, z, unit);
        for (j = 0; j < d; j++) {
            is_inside = is_inside && unit[j] > 0.0 && unit[j] < 1.0;
            pool->x[(pool->n + n) * d + j] = (float)unit[j];
        }
        n += is_inside;
    }
    pool->n_local += CHUNK;
    return ask(input, pool, n, err);
}

static bool has_cells(const struct coverage_input *input)
{
    size_t j;

    for (j = 0; j < input->n_dims && input->n_cells; j++)
        if (input->n_cells[j] > 0)
            return true;
    return false;
}

static int draw_around(const struct coverage_input *input, const struct cover_parts *parts,
                       size_t most_kept, struct cover_pool *pool, struct err *err)
{
    struct rng rng = rng_stream(input->seed, RNG_STRATA, 102);
    struct kernels k = {0};
    double z[SURVEY_MAX_DIMS];
    size_t chunk, i;
    int rc = -1;

    TRY(make_kernels(input, parts, &k, err));
    for (chunk = 0; chunk < LOCAL_CHUNKS && pool->n_in < WANTED_LOCAL && pool->n < most_kept;
         chunk++)
        TRY(draw_chunk(input, &k, &rng, pool, err));
    for (i = 0; i < pool->n; i++)
        pool->weight[i] = 1.0 / ((double)pool->n_uniform +
                                 (double)pool->n_local * density_of(&k, pool->x + i * pool->d, z));
    rc = 0;
out:
    kernels_free(&k);
    return rc;
}

/* ---- all ------------------------------------------------------------------------------------ */

int cover_pool_draw(const struct coverage_input *input, const struct cover_parts *parts,
                    struct cover_pool *pool, struct err *err)
{
    size_t d = input->n_dims, i, kept = d > 6 ? KEPT_HIGH : KEPT_LOW;
    size_t chunks = d > 64 ? UNIFORM_CHUNKS / 4 : UNIFORM_CHUNKS;

    if (cover_pool_create(pool, kept + CHUNK, d, err) != 0 ||
        draw_uniform(input, chunks, kept, pool, err) != 0)
        return -1;
    for (i = 0; i < pool->n; i++)
        pool->weight[i] = 1.0 / (double)pool->n_uniform;
    /* Between the cells of a discrete axis a density in the cube means nothing. */
    if (pool->n_in >= WANTED / 2 || parts->n == 0 || has_cells(input))
        return 0;
    return draw_around(input, parts, kept, pool, err);
}

static double share_of(const struct cover_pool *pool, bool is_by_chance, size_t i)
{
    if (is_by_chance)
        return pool->weight[i] * (double)pool->chance[i];
    return pool->p[i] > COVERAGE_IN ? pool->weight[i] : 0.0;
}

/* Weights above twice the typical one of those that matter are cut: a few points would else push
 * out all others. */
size_t cover_pool_thin(const struct cover_pool *pool, bool is_by_chance, size_t most,
                       struct rng *rng, size_t *places)
{
    double sum = 0.0, squares = 0.0, largest = 0.0, most_share;
    size_t i, n = 0;

    for (i = 0; i < pool->n; i++) {
        double share = share_of(pool, is_by_chance, i);

        sum += share;
        squares += share * share;
        largest = fmax(largest, share);
    }
    most_share = sum > 0.0 ? fmin(largest, 2.0 * squares / sum) : 1.0;
    for (i = 0; i < pool->n; i++)
        if (rng_uniform(rng) * most_share < share_of(pool, is_by_chance, i))
            places[n++] = i;
    rng_shuffle(rng, places, n);
    return n < most ? n : most;
}
