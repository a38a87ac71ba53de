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
    proposal_free(shape->peaks);
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

/* Of the mixture from that of maps and boxes; n at most BLOCK. */
enum { BLOCK = 64 };

static void mix_shares(const struct shape *shape, size_t n, const double *x, double *q)
{
    double peaks[BLOCK], share = (double)shape->n_eighths / 8;
    if (shape->peaks != NULL)
        proposal_density(shape->peaks, n, x, peaks, NULL);
    for (size_t i = 0; i < n; i++) {
        double own = shape->peaks != NULL ? (1 - share) * q[i] + share * peaks[i] : q[i];
        q[i] = shape->uniform + (1 - shape->uniform) * own;
    }
}

void shape_add_density(const struct shape *shape, double scale, size_t n, const double *x,
                       double *q)
{
    double own[BLOCK], y[64];
    size_t d = shape->n_dims;
    for (size_t first = 0; first < n; first += BLOCK) {
        size_t most = n - first < BLOCK ? n - first : BLOCK;
        for (size_t i = 0; i < most && shape->uniform < 1; i++) {
            double density = shape_mapped(shape, x + (first + i) * d, y);
            own[i] = density * boxes_at(shape->tree, y).density;
        }
        if (shape->uniform < 1)
            mix_shares(shape, most, x + first * d, own);
        for (size_t i = 0; i < most; i++)
            q[first + i] += scale * (shape->uniform < 1 ? own[i] : 1);
    }
}

double shape_integral(const struct shape *shape)
{
    return shape->tree->integral;
}

/* Of maps and boxes alone, at points that they move and at such that stay; control: times q. */
static void place_block(const struct shape *shape, size_t n, double *x, double *q, double *control)
{
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
            q[first + i] = density * values[i].density;
            control[first + i] = values[i].control * q[first + i];
        }
    }
}

static void find_block(const struct shape *shape, size_t n, const double *x, double *q,
                       double *control)
{
    double y[64];
    for (size_t i = 0; i < n; i++) {
        double density = shape_mapped(shape, x + i * shape->n_dims, y);
        struct boxes_value value = boxes_at(shape->tree, y);
        q[i] = density * value.density;
        control[i] = value.control * q[i];
    }
}

void shape_place(const struct shape *shape, const struct chunk_sizes *sizes, double *x, double *q,
                 double *control)
{
    size_t d = shape->n_dims, moved = sizes->n_uniform, peaks = moved + sizes->n;
    size_t all = peaks + sizes->n_peaks;
    find_block(shape, sizes->n_uniform, x, q, control);
    place_block(shape, sizes->n, x + moved * d, q + moved, control + moved);
    find_block(shape, sizes->n_peaks, x + peaks * d, q + peaks, control + peaks);
    for (size_t first = 0; first < all; first += BLOCK)
        mix_shares(shape, all - first < BLOCK ? all - first : BLOCK, x + first * d, q + first);
    for (size_t i = 0; i < all; i++)
        control[i] /= q[i];
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
    if (adaptive->is_searching)
        return 1;
    if (is_trial(adaptive))
        return ADAPTIVE_TRIALS;
    if (adaptive_is_training(adaptive))
        return (adaptive->n_train[adaptive->round] + ADAPTIVE_CHUNK - 1) / ADAPTIVE_CHUNK;
    return adaptive->n_replicates * (size_t)ranges_of(adaptive);
}

size_t chunk_size(const struct chunk_range *range)
{
    return (size_t)(range->n + range->n_uniform + range->n_peaks);
}

/* The peaks' share of the points from `first` on that are not uniform. */
static void share_out(const struct shape *shape, struct chunk_range *range)
{
    uint64_t behind = range->first + range->n, eighths = shape->n_eighths;
    range->first_peaks = range->first * eighths / 8;
    range->n_peaks = behind * eighths / 8 - range->first_peaks;
    range->first -= range->first_peaks;
    range->n -= range->n_peaks;
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
    share_out(&adaptive->shapes[adaptive->round], &range);
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
    share_out(&adaptive->shapes[adaptive->n_trainings], &range);
    return range;
}

size_t adaptive_sums_size(const struct adaptive *adaptive)
{
    return adaptive_is_training(adaptive)
               ? ADAPTIVE_CHUNK * sizeof(double)
               : sizeof(struct chunk_sums) + N_HEIGHTS * sizeof(struct height_sum);
}

/* Points of the parts as their shares are: the first number of each point says of which, the others
 * where. */
static void place_peaks(const struct proposal *peaks, size_t n, const double *numbers, double *x)
{
    size_t d = proposal_n_dims(peaks), n_parts = proposal_n_parts(peaks);
    double uniform[BLOCK * 64], placed[BLOCK * 64], below = 0;
    uint32_t at[BLOCK];
    for (size_t k = 0; k < n_parts; k++) {
        double share = proposal_share(peaks, k), above = k + 1 < n_parts ? below + share : 2;
        size_t m = 0;
        for (size_t i = 0; i < n; i++) {
            const double *from = numbers + i * (d + 1);
            bool is_of = share > 0 && from[0] >= below && from[0] < above;
            if (is_of) {
                memcpy(uniform + m * d, from + 1, d * sizeof *uniform);
                at[m++] = (uint32_t)i;
            }
            if (m < BLOCK && (i + 1 < n || m == 0))
                continue;
            proposal_map(peaks, k, m, uniform, placed);
            for (size_t b = 0; b < m; b++)
                memcpy(x + (size_t)at[b] * d, placed + b * d, d * sizeof *x);
            m = 0;
        }
        below = above;
    }
}

static int peaks_points(const struct adaptive *adaptive, const struct shape *shape,
                        const struct chunk_range *range, uint64_t stream, double *x,
                        struct err *err)
{
    size_t n = (size_t)range->n_peaks, d = shape->n_dims;
    struct sobol *sobol;
    double *numbers;
    int rc = -1;
    if (n == 0)
        return 0;
    sobol = sobol_create(d + 1, adaptive->config.seed, stream, err);
    numbers = mem_array(n, (d + 1) * sizeof *numbers);
    if (sobol == NULL || numbers == NULL) {
        mem_error(err);
        goto out;
    }
    sobol_points(sobol, range->first_peaks, n, numbers);
    place_peaks(shape->peaks, n, numbers, x);
    rc = 0;
out:
    sobol_free(sobol);
    mem_free(numbers);
    return rc;
}

int adaptive_points(const struct adaptive *adaptive, size_t chunk,
                    const struct chunk_points *points, struct err *err)
{
    struct chunk_range range = adaptive_range(adaptive, chunk);
    const struct chunk_sizes sizes = {(size_t)range.n_uniform, (size_t)range.n,
                                      (size_t)range.n_peaks};
    bool is_training = adaptive_is_training(adaptive);
    size_t d = adaptive->config.n_dims;
    /* three streams for every replicate of every training round; the estimate is one round */
    enum { OF_PEAKS = 1 << 20 };
    uint64_t round = is_training ? adaptive->round : ADAPTIVE_TRAININGS;
    uint64_t stream = 2 * (1 + round * 64 + (uint64_t)range.replicate);
    const struct shape *shape =
        &adaptive->shapes[is_training ? adaptive->round : adaptive->n_trainings];
    struct sobol *even = sobol_create(d, adaptive->config.seed, stream, err);
    struct sobol *chosen = sobol_create(d, adaptive->config.seed, stream + 1, err);
    int rc = -1;
    if (even == NULL || chosen == NULL)
        goto out;
    sobol_points(even, range.first_uniform, sizes.n_uniform, points->x);
    sobol_points(chosen, range.first, sizes.n, points->x + sizes.n_uniform * d);
    TRY(peaks_points(adaptive, shape, &range, OF_PEAKS + stream,
                     points->x + (sizes.n_uniform + sizes.n) * d, err));
    shape_place(shape, &sizes, points->x, points->q, points->control);
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
    to->foreseen += from->foreseen;
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

size_t tail_index(double size, int top)
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
    size_t n = chunk_size(&range), d = adaptive->config.n_dims;
    size_t size = adaptive_sums_size(adaptive);
    struct values values = {.n = n, .n_uniform = (size_t)range.n_uniform, .top = adaptive->top};
    double *x, *f, *out = NULL;
    int rc = -1;
    if (adaptive->is_searching)
        return adaptive_search(adaptive, integrand, sums, err);
    x = mem_array(n, (d + 3) * sizeof *x);
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
        all->foreseen = failures_foreseen(
            &(struct failures_calls){.n = n, .n_dims = d, .x = x, .f = f, .q = points.q});
        sum_up(&values, all, (struct height_sum *)(void *)(all + 1));
    }
    TRY(buf_append(sums, out, size, err));
    rc = 0;
out:
    mem_free(x);
    mem_free(out);
    return rc;
}
