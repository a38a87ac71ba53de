/* adaptive-chunk.c: one proposal, and the points of one chunk sent through it.
 *
 * A chunk of a training round gives back the values themselves, one of an estimating round their
 * sums.  Points come from a scrambled Sobol sequence of the replicate's own; a uniform share comes
 * from another one, and both kinds count with the density of the mixture (balance heuristic), so
 * no weight is larger than 1/share. */
#include "adaptive.h"

#include <math.h>
#include <string.h>

int shape_flat(struct shape *shape, size_t n_dims, struct err *err)
{
    *shape = (struct shape){.n_dims = n_dims, .uniform = 1};
    shape->maps = mem_array(n_dims, sizeof *shape->maps);
    shape->tree = boxes_flat(n_dims, err);
    if (shape->maps == NULL || shape->tree == NULL) {
        shape_free(shape);
        return mem_error(err);
    }
    for (size_t j = 0; j < n_dims; j++)
        map_flat(&shape->maps[j]);
    return 0;
}

void shape_free(struct shape *shape)
{
    mem_free(shape->maps);
    boxes_free(shape->tree);
    *shape = (struct shape){.n_dims = 0};
}

double shape_mapped(const struct shape *shape, const double *x, double *y)
{
    double density = 1, factor;
    for (size_t j = 0; j < shape->n_dims; j++) {
        y[j] = map_mass(&shape->maps[j], x[j], &factor);
        density *= factor;
    }
    return density;
}

double shape_density(const struct shape *shape, const double *x)
{
    double y[64];
    if (shape->uniform >= 1)
        return 1;
    double density = shape_mapped(shape, x, y);
    return shape->uniform + (1 - shape->uniform) * density * boxes_at(shape->tree, y).density;
}

double shape_integral(const struct shape *shape)
{
    return shape->tree->integral;
}

static void place_block(const struct shape *shape, size_t n, double *x, double *q, double *control)
{
    enum { BLOCK = 64 };
    struct boxes_value values[BLOCK];
    size_t d = shape->n_dims;
    for (size_t first = 0; first < n; first += BLOCK) {
        size_t most = n - first < BLOCK ? n - first : BLOCK;
        boxes_place(shape->tree, most, x + first * d, values);
        for (size_t i = 0; i < most; i++) {
            double *at = x + (first + i) * d, density = 1, factor;
            for (size_t j = 0; j < d; j++) {
                at[j] = map_place(&shape->maps[j], at[j], &factor);
                density *= factor;
            }
            double own = density * values[i].density;
            q[first + i] = shape->uniform + (1 - shape->uniform) * own;
            control[first + i] = values[i].control * own / q[first + i];
        }
    }
}

void shape_place(const struct shape *shape, size_t n_uniform, size_t n, double *x, double *q,
                 double *control)
{
    size_t d = shape->n_dims;
    double y[64];
    for (size_t i = 0; i < n_uniform; i++) {
        double density = shape_mapped(shape, x + i * d, y);
        struct boxes_value value = boxes_at(shape->tree, y);
        double own = density * value.density;
        q[i] = shape->uniform + (1 - shape->uniform) * own;
        control[i] = value.control * own / q[i];
    }
    place_block(shape, n - n_uniform, x + n_uniform * d, q + n_uniform, control + n_uniform);
}

bool adaptive_is_training(const struct adaptive *adaptive)
{
    return adaptive->round < adaptive->n_trainings;
}

/* Of one range of a replicate's sequence. */
static uint64_t ranges_of(const struct adaptive *adaptive)
{
    return (adaptive->behind - adaptive->first + ADAPTIVE_CHUNK - 1) / ADAPTIVE_CHUNK;
}

static bool is_trial(const struct adaptive *adaptive)
{
    return adaptive_is_training(adaptive) && adaptive->round >= ADAPTIVE_LEARNING;
}

size_t adaptive_n_chunks(const struct adaptive *adaptive)
{
    if (is_trial(adaptive))
        return ADAPTIVE_TRIALS;
    if (adaptive_is_training(adaptive))
        return (adaptive->n_train[adaptive->round] + ADAPTIVE_CHUNK - 1) / ADAPTIVE_CHUNK;
    return adaptive->n_replicates * (size_t)ranges_of(adaptive);
}

/* A fifth of the points are uniform, all where the proposal is. */
static struct chunk_range training_range(const struct adaptive *adaptive, size_t chunk)
{
    struct chunk_range range = {.replicate = 0};
    uint64_t all = adaptive->n_train[adaptive->round];
    if (is_trial(adaptive)) {
        range.replicate = chunk;
        range.n = all / ADAPTIVE_TRIALS;
    } else {
        range.first = (uint64_t)chunk * ADAPTIVE_CHUNK;
        range.n = all - range.first < ADAPTIVE_CHUNK ? all - range.first : ADAPTIVE_CHUNK;
    }
    range.first_uniform = range.first;
    range.n_uniform = adaptive->shapes[adaptive->round].uniform >= 1 ? range.n : range.n / 5;
    range.n -= range.n_uniform;
    return range;
}

struct chunk_range adaptive_range(const struct adaptive *adaptive, size_t chunk)
{
    struct chunk_range range = {.replicate = 0};
    uint64_t of = adaptive->n_uniform_of, behind;
    if (adaptive_is_training(adaptive))
        return training_range(adaptive, chunk);
    size_t n_ranges = (size_t)ranges_of(adaptive);
    range.replicate = chunk / n_ranges;
    range.first = adaptive->first + (uint64_t)(chunk % n_ranges) * ADAPTIVE_CHUNK;
    behind = range.first + ADAPTIVE_CHUNK < adaptive->behind ? range.first + ADAPTIVE_CHUNK
                                                             : adaptive->behind;
    range.n = behind - range.first;
    if (of > 0) {
        range.first_uniform = range.first / of;
        range.n_uniform = behind / of - range.first_uniform;
    }
    return range;
}

size_t adaptive_sums_size(const struct adaptive *adaptive)
{
    return adaptive_is_training(adaptive)
               ? ADAPTIVE_CHUNK * sizeof(double)
               : sizeof(struct chunk_sums) + N_HEIGHTS * sizeof(struct height_sum);
}

int adaptive_points(const struct adaptive *adaptive, size_t chunk,
                    const struct chunk_points *points, struct err *err)
{
    struct chunk_range range = adaptive_range(adaptive, chunk);
    bool is_training = adaptive_is_training(adaptive);
    size_t d = adaptive->config.n_dims, n_uniform = (size_t)range.n_uniform;
    /* two streams for every replicate of every training round; the estimate is one round */
    uint64_t round = is_training ? adaptive->round : ADAPTIVE_TRAININGS;
    uint64_t stream = 2 * (1 + round * 64 + (uint64_t)range.replicate);
    const struct shape *shape =
        &adaptive->shapes[is_training ? adaptive->round : adaptive->n_trainings];
    struct sobol *even = sobol_create(d, adaptive->config.seed, stream, err);
    struct sobol *chosen = sobol_create(d, adaptive->config.seed, stream + 1, err);
    int rc = -1;
    if (even == NULL || chosen == NULL)
        goto out;
    sobol_points(even, range.first_uniform, n_uniform, points->x);
    sobol_points(chosen, range.first, (size_t)range.n, points->x + n_uniform * d);
    shape_place(shape, n_uniform, n_uniform + (size_t)range.n, points->x, points->q,
                points->control);
    rc = 0;
out:
    sobol_free(even);
    sobol_free(chosen);
    return rc;
}

static void add_top(struct call_top tops[ADAPTIVE_TOPS], struct call_top top)
{
    size_t k = ADAPTIVE_TOPS - 1;
    if (!(top.weight > tops[k].weight))
        return;
    for (; k > 0 && tops[k - 1].weight < top.weight; k--)
        tops[k] = tops[k - 1];
    tops[k] = top;
}

void chunk_sums_add(struct chunk_sums *to, const struct chunk_sums *from)
{
    to->n += from->n;
    to->sum += from->sum;
    to->control += from->control;
    to->rest2 += from->rest2;
    to->most_rest = fmax(to->most_rest, from->most_rest);
    to->sum2 += from->sum2;
    to->sum_abs += from->sum_abs;
    to->failed += from->failed;
    to->n_failed += from->n_failed;
    to->n_failed_chosen += from->n_failed_chosen;
    to->most = fmax(to->most, from->most);
    to->most_weight = fmax(to->most_weight, from->most_weight);
    for (size_t k = 0; k < ADAPTIVE_TAIL; k++) {
        to->tail_n[k] += from->tail_n[k];
        to->tail2[k] += from->tail2[k];
    }
    to->most_uniform = fmax(to->most_uniform, from->most_uniform);
    to->n_uniform += from->n_uniform;
    for (size_t k = 0; k < ADAPTIVE_TOPS; k++)
        add_top(to->tops, from->tops[k]);
}

struct values { /* of a chunk */
    size_t n, n_uniform;
    const double *f, *q, *control;
    int top;
};

/* Octave of a size; the largest height of the training stands three quarters up. */
static size_t tail_index(double size, int top)
{
    uint64_t bits;
    memcpy(&bits, &size, sizeof bits);
    int64_t k = (int64_t)(bits >> 52) - 1023 - top + 3 * ADAPTIVE_TAIL / 4;
    return k < 0 ? 0 : k >= ADAPTIVE_TAIL ? ADAPTIVE_TAIL - 1 : (size_t)k;
}

static void sum_up(const struct values *values, struct chunk_sums *sums, struct height_sum *heights)
{
    for (size_t i = 0; i < values->n; i++) {
        double f = values->f[i], w = 1 / values->q[i];
        bool has_failed = !isfinite(f);
        if (has_failed) {
            sums->n_failed++;
            sums->n_failed_chosen += i >= values->n_uniform ? 1 : 0;
            sums->failed += w;
            f = 0;
        }
        double wf = w * f, size = fabs(f), rest = wf - values->control[i];
        sums->n++;
        sums->sum += wf;
        sums->control += values->control[i];
        sums->rest2 += rest * rest;
        sums->most_rest = fabs(rest) > sums->most_rest ? fabs(rest) : sums->most_rest;
        if (has_failed)
            continue;
        sums->sum2 += wf * wf;
        sums->sum_abs += fabs(wf);
        sums->most = size > sums->most ? size : sums->most;
        sums->most_weight = fabs(wf) > sums->most_weight ? fabs(wf) : sums->most_weight;
        if (i < values->n_uniform && size > sums->most_uniform)
            sums->most_uniform = size;
        add_top(sums->tops, (struct call_top){fabs(wf), size});
        size_t octave = tail_index(size * w, values->top);
        sums->tail_n[octave]++;
        sums->tail2[octave] += wf * wf;
        struct height_sum *h = &heights[height_index(f, values->top)];
        h->n++;
        h->w += w;
        h->w2 += w * w;
        h->wf += wf;
        h->w2f += w * wf;
        h->w2f2 += wf * wf;
    }
    sums->n_uniform += (double)values->n_uniform;
}

int adaptive_chunk(const struct adaptive *adaptive, size_t chunk, const struct integrand *integrand,
                   struct buf *sums, struct err *err)
{
    struct chunk_range range = adaptive_range(adaptive, chunk);
    size_t n = (size_t)(range.n + range.n_uniform), d = adaptive->config.n_dims;
    size_t size = adaptive_sums_size(adaptive);
    struct values values = {.n = n, .n_uniform = (size_t)range.n_uniform, .top = adaptive->top};
    double *x = mem_array(n, (d + 3) * sizeof *x), *f, *out = NULL;
    int rc = -1;
    if (x == NULL || (out = mem_array(1, size)) == NULL) {
        mem_error(err);
        goto out;
    }
    f = x + n * d;
    const struct chunk_points points = {x, f + n, f + 2 * n};
    TRY(adaptive_points(adaptive, chunk, &points, err));
    TRY(integrand->eval(integrand->context, n, x, f, err));
    if (adaptive_is_training(adaptive)) {
        memcpy(out, f, n * sizeof *f);
    } else {
        struct chunk_sums *all = (struct chunk_sums *)(void *)out;
        values.f = f;
        values.q = points.q;
        values.control = points.control;
        sum_up(&values, all, (struct height_sum *)(void *)(all + 1));
    }
    TRY(buf_append(sums, out, size, err));
    rc = 0;
out:
    mem_free(x);
    mem_free(out);
    return rc;
}
