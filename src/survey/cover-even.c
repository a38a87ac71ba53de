/* cover-even.c: can the accepted points be told from fresh ones of the predicted target?
 *
 * What it does: a two-sample test by a classifier (Friedman, SLAC-PUB-10325 (2003); Lopez-Paz,
 * Oquab, ICLR 2017).  Accepted points and fresh ones drawn from the predicted target with its
 * probability, as many of each; one half of both teaches a logistic regression, the other half is
 * told apart by it, then the other way round.  It knows of a point
 *     the coordinates, their squares and products,
 *     how deep it lies in the target: logarithms of its distances to the nearest of other fresh
 *     places, which are longer next to the surface,
 *     how many of its 48 nearest neighbours in the half that teaches are accepted ones (Schilling,
 *     J. Am. Stat. Assoc. 81 (1986) 799).
 * Neighbours alone find crowded spots; in five and more dimensions each is as wide as the target,
 * and only the depth tells that points lie in a layer below the surface.
 *
 * The area under the curve is 0.5 where nothing tells them apart; its error is that of the rank sum
 * when nothing does, and as both turns see the same differences, that of a half.
 *
 * A quasi-random sequence is more even than any points drawn at random: the fresh ones are stirred
 * by Metropolis steps, along differences between two of them, that keep their density.
 *
 * Where the learner draws the surface wrongly, fresh points lie where none can be accepted, or none
 * where they are.  So that this does not pass for unevenness, both kinds are taken from where it is
 * sure alone.
 *
 * What it does not: say where they are uneven. */
#include "cover.h"
#include "private.h"

#include <math.h>
#include <string.h>

enum {
    MOST = 2000, /* of each kind */
    LEAST = 60,
    NEIGHBOURS = 48,
    NEAR = 8, /* of the other fresh places: two depths */
    FAR = 32,
    MOST_PRODUCTS = 12, /* dimensions up to which products of coordinates are asked for */
    NEWTON_STEPS = 6,
    STIRS = 6,
    TRIES = 8
};
static const double ridge = 0.01; /* for every row */
static const float sure = 0.8f;

struct sample { /* n of each kind: found first, then fresh; n is even */
    size_t n, d;
    float *x;          /* 2 n by d */
    struct tree *deep; /* of other fresh places */
    double share;      /* of the accepted points for which the learner is sure */
};

/* ---- features ------------------------------------------------------------------------------- */

static size_t count_features(size_t d)
{
    return 4 + 2 * d + (d <= MOST_PRODUCTS ? d * (d - 1) / 2 : 0);
}

static void describe(const struct sample *s, const struct tree *known, size_t half, size_t skip,
                     const float *x, double *f)
{
    size_t near[NEIGHBOURS], d = s->d, i, j, n, found;
    float far2[NEIGHBOURS];
    double count = 0.0;

    *f++ = 1.0;
    n = tree_nearest(s->deep, x, FAR, SIZE_MAX, near, far2);
    *f++ = n == FAR ? log((double)far2[NEAR - 1] + 1e-12) : 0.0;
    *f++ = n == FAR ? log((double)far2[FAR - 1] + 1e-12) : 0.0;
    found = tree_nearest(known, x, NEIGHBOURS, skip, near, far2);
    for (i = 0; i < found; i++)
        count += near[i] < half ? 1.0 : 0.0;
    *f++ = count;
    for (i = 0; i < d; i++) {
        *f++ = (double)x[i];
        *f++ = (double)(x[i] * x[i]);
        for (j = 0; j < i && d <= MOST_PRODUCTS; j++)
            *f++ = (double)(x[i] * x[j]);
    }
}

/* To mean 0 and variance 1 on the rows that teach, but for the constant. */
static void standardise(size_t n, size_t p, double *teach, double *asked)
{
    size_t i, k;

    for (k = 1; k < p; k++) {
        double sum = 0.0, squares = 0.0, scale;

        for (i = 0; i < n; i++) {
            sum += teach[i * p + k] / (double)n;
            squares += teach[i * p + k] * teach[i * p + k] / (double)n;
        }
        squares -= sum * sum;
        scale = squares > 1e-12 ? 1.0 / sqrt(squares) : 0.0;
        for (i = 0; i < n; i++) {
            teach[i * p + k] = (teach[i * p + k] - sum) * scale;
            asked[i * p + k] = (asked[i * p + k] - sum) * scale;
        }
    }
}

/* ---- the classifier ------------------------------------------------------------------------- */

static double dot(size_t p, const double *a, const double *b)
{
    double sum = 0.0;
    size_t k;

    for (k = 0; k < p; k++)
        sum += a[k] * b[k];
    return sum;
}

/* One step of Newton's method towards the least penalised log loss; a: p by p, b: p, scratch. */
static int improve(size_t n, size_t p, const double *rows, double *beta, double *a, double *b,
                   struct err *err)
{
    size_t i, j, k;

    memset(a, 0, p * p * sizeof *a);
    for (k = 0; k < p; k++) {
        a[k * p + k] = ridge * (double)n;
        b[k] = -ridge * (double)n * beta[k];
    }
    for (i = 0; i < n; i++) {
        const double *row = rows + i * p;
        double chance = 1.0 / (1.0 + exp(-dot(p, row, beta)));
        double weight = chance * (1.0 - chance), miss = (i < n / 2 ? 1.0 : 0.0) - chance;

        for (j = 0; j < p; j++) {
            b[j] += miss * row[j];
            for (k = 0; k <= j; k++)
                a[j * p + k] += weight * row[j] * row[k];
        }
    }
    if (mat_cholesky(p, a, p, err) != 0)
        return -1;
    for (j = 0; j < p; j++)
        b[j] = (b[j] - dot(j, a + j * p, b)) / a[j * p + j];
    for (j = p; j-- > 0;) {
        for (k = j + 1; k < p; k++)
            b[j] -= a[k * p + j] * b[k];
        b[j] /= a[j * p + j];
        beta[j] += b[j];
    }
    return 0;
}

struct work { /* n rows of p features to learn from, as many to be told apart */
    size_t n, p;
    double *teach, *asked, *beta, *a, *b;
    float *x, *score;
    int8_t *label;
};

static int work_create(struct work *w, size_t n, size_t d, struct err *err)
{
    size_t p = count_features(d);

    *w = (struct work){.n = n,
                       .p = p,
                       .teach = mem_array(n * p, sizeof *w->teach),
                       .asked = mem_array(n * p, sizeof *w->asked),
                       .beta = mem_array(p, sizeof *w->beta),
                       .a = mem_array(p * p, sizeof *w->a),
                       .b = mem_array(p, sizeof *w->b),
                       .x = mem_array(n * d, sizeof *w->x),
                       .score = mem_array(n, sizeof *w->score),
                       .label = mem_array(n, sizeof *w->label)};
    return w->teach && w->asked && w->beta && w->a && w->b && w->x && w->score && w->label
               ? 0
               : mem_error(err);
}

static void work_free(struct work *w)
{
    mem_free(w->teach);
    mem_free(w->asked);
    mem_free(w->beta);
    mem_free(w->a);
    mem_free(w->b);
    mem_free(w->x);
    mem_free(w->score);
    mem_free(w->label);
}

/* The first halves teach (turn 0), or the second ones. */
static int tell_apart(const struct sample *s, size_t turn, struct work *w, double *auc,
                      struct err *err)
{
    size_t half = s->n / 2, d = s->d, i, step;
    const float *teach = s->x + (turn == 0 ? 0 : half) * d;
    const float *asked = s->x + (turn == 0 ? half : 0) * d;
    struct tree *known;
    int rc = -1;

    memcpy(w->x, teach, half * d * sizeof *w->x);
    memcpy(w->x + half * d, teach + s->n * d, half * d * sizeof *w->x);
    known = tree_create(w->n, d, w->x, err);
    if (!known)
        return -1;
    for (i = 0; i < w->n; i++) {
        const float *x = asked + (i < half ? i : s->n + i - half) * d;

        describe(s, known, half, i, w->x + i * d, w->teach + i * w->p);
        describe(s, known, half, SIZE_MAX, x, w->asked + i * w->p);
        w->label[i] = i < half;
    }
    standardise(w->n, w->p, w->teach, w->asked);
    memset(w->beta, 0, w->p * sizeof *w->beta);
    for (step = 0; step < NEWTON_STEPS; step++)
        TRY(improve(w->n, w->p, w->teach, w->beta, w->a, w->b, err));
    for (i = 0; i < w->n; i++)
        w->score[i] = (float)dot(w->p, w->asked + i * w->p, w->beta);
    *auc = learn_auc(w->n, w->score, w->label);
    rc = 0;
out:
    tree_free(known);
    return rc;
}

/* ---- the two samples ------------------------------------------------------------------------ */

/* Up to s->n of the accepted points for which the learner is sure, in random order; and their
 * share. */
static int take_found(const struct coverage_input *input, const struct cover_parts *parts,
                      struct rng *rng, struct sample *s, struct err *err)
{
    enum { BLOCK = 512 };
    size_t d = input->n_dims, i, k, rows, most = s->n, n_sure = 0;
    size_t *order = mem_array(parts->n, sizeof *order);
    float p[BLOCK], *block = mem_array(BLOCK * d, sizeof *block);
    struct prediction out = {.target = p};
    int rc = -1;

    s->n = 0;
    if (!order || !block) {
        mem_error(err);
        goto out;
    }
    for (i = 0; i < parts->n; i++)
        order[i] = i;
    rng_shuffle(rng, order, parts->n);
    for (i = 0; i < parts->n && s->n < most; i += rows) {
        rows = parts->n - i < BLOCK ? parts->n - i : BLOCK;
        for (k = 0; k < rows; k++)
            memcpy(block + k * d, parts->x + order[i + k] * d, d * sizeof *block);
        TRY(ensemble_predict(input->model, rows, block, &out, err));
        for (k = 0; k < rows; k++) {
            if (p[k] < sure)
                continue;
            n_sure++;
            if (s->n < most)
                memcpy(s->x + s->n++ * d, block + k * d, d * sizeof *block);
        }
    }
    s->share = i > 0 ? (double)n_sure / (double)i : (double)NAN;
    rc = 0;
out:
    mem_free(order);
    mem_free(block);
    return rc;
}

/* A step that knows nothing of the place where it begins, and goes either way. */
static void step_from(const struct coverage_input *input, size_t n, const float *x, size_t at,
                      struct rng *rng, float *to)
{
    size_t d = input->n_dims, j, t;
    const float *a = x + rng_below(rng, n) * d, *b = a;
    float size = (float)exp(-2.0 * rng_uniform(rng)), least = INFINITY;

    for (t = 0; t < TRIES; t++) {
        const float *y = x + rng_below(rng, n) * d;
        float r = point_distance2(d, a, y);

        if (r > 0.0f && r < least) {
            least = r;
            b = y;
        }
    }
    if (rng_u32(rng) & 1u)
        size = -size;
    for (j = 0; j < d; j++) {
        float z = survey_mirrored(x[at * d + j] + size * (b[j] - a[j]) +
                                  0.3f * size * fabsf(b[j] - a[j]) * (float)rng_normal(rng));

        to[j] = survey_seen(input->n_cells ? input->n_cells[j] : 0, (double)z);
    }
}

/* x: n fresh places; chance: the density that they have. */
static int stir(const struct coverage_input *input, size_t n, float *x, float *chance,
                struct rng *rng, struct err *err)
{
    size_t d = input->n_dims, i, s;
    float *to = mem_array(n * d, sizeof *to), *p = mem_array(n, sizeof *p);
    float *failure = mem_array(n, sizeof *failure);
    struct prediction out = {.target = p, .failure = failure};
    int rc = -1;

    if (!to || !p || !failure) {
        mem_error(err);
        goto out;
    }
    for (s = 0; s < STIRS; s++) {
        for (i = 0; i < n; i++)
            step_from(input, n, x, i, rng, to + i * d);
        TRY(ensemble_predict(input->model, n, to, &out, err));
        for (i = 0; i < n; i++) {
            float now = p[i] * (1.0f - failure[i]);

            if (p[i] < sure || rng_uniform(rng) * (double)chance[i] >= (double)now)
                continue;
            memcpy(x + i * d, to + i * d, d * sizeof *x);
            chance[i] = now;
        }
    }
    rc = 0;
out:
    mem_free(to);
    mem_free(p);
    mem_free(failure);
    return rc;
}

/* Places of the pool for which the learner is sure, up to `most` of them, in random order and as if
 * drawn at random. */
static int take_fresh(const struct coverage_input *input, const struct cover_pool *pool,
                      struct rng *rng, size_t most, size_t *n, float *x, struct err *err)
{
    size_t *place = mem_array(pool->n, sizeof *place), d = pool->d, i, n_thin;
    float *chance = mem_array(most, sizeof *chance);
    int rc = -1;

    *n = 0;
    if (!place || !chance) {
        mem_error(err);
        goto out;
    }
    n_thin = cover_pool_thin(pool, true, pool->n, rng, place);
    for (i = 0; i < n_thin && *n < most; i++) {
        if (pool->p[place[i]] < sure)
            continue;
        memcpy(x + *n * d, pool->x + place[i] * d, d * sizeof *x);
        chance[(*n)++] = pool->chance[place[i]];
    }
    rc = *n > 0 ? stir(input, *n, x, chance, rng, err) : 0;
out:
    mem_free(place);
    mem_free(chance);
    return rc;
}

/* Two thirds of the fresh places are compared, the others tell depths. */
static int take_sample(const struct coverage_input *input, const struct cover_parts *parts,
                       const struct cover_pool *pool, struct sample *s, struct err *err)
{
    struct rng rng = rng_stream(input->seed, RNG_STRATA, 104);
    size_t d = input->n_dims, n, most = 2 * parts->n < 3 * MOST ? 2 * parts->n : 3 * MOST;
    float *fresh = mem_array(3 * MOST * d, sizeof *fresh);
    int rc = -1;

    *s = (struct sample){.d = d, .x = mem_array(2 * MOST * d, sizeof *s->x)};
    if (!fresh || !s->x) {
        mem_error(err);
        goto out;
    }
    TRY(take_fresh(input, pool, &rng, most, &n, fresh, err));
    most = n * 2 / 3;
    s->n = most < MOST ? most : MOST;
    TRY(take_found(input, parts, &rng, s, err));
    s->n -= s->n % 2;
    memcpy(s->x + s->n * d, fresh, s->n * d * sizeof *s->x);
    s->deep = tree_create(n - s->n, d, fresh + s->n * d, err);
    rc = s->deep ? 0 : -1;
out:
    mem_free(fresh);
    return rc;
}

int cover_even_find(const struct coverage_input *input, const struct cover_parts *parts,
                    const struct cover_pool *pool, struct coverage *c, struct err *err)
{
    struct sample s = {0};
    struct work w = {0};
    double auc[2];
    size_t turn;
    int rc = -1;

    TRY(take_sample(input, parts, pool, &s, err));
    c->sure = s.share;
    if (s.n < LEAST) {
        rc = 0;
        goto out;
    }
    TRY(work_create(&w, s.n, s.d, err));
    for (turn = 0; turn < 2; turn++)
        TRY(tell_apart(&s, turn, &w, &auc[turn], err));
    c->evenness = 0.5 * (auc[0] + auc[1]);
    /* of the rank sum of n of each kind: sqrt((2 n + 1) / (12 n^2)); n is a half */
    c->evenness_error = sqrt(((double)s.n + 1.0) / 12.0) / (0.5 * (double)s.n);
    rc = 0;
out:
    work_free(&w);
    tree_free(s.deep);
    mem_free(s.x);
    return rc;
}
