/* search.c: populations that climb in |F| by levels.
 *
 * What it does: adaptive multilevel splitting (Cerou, Guyader, Stoch. Anal. Appl. 25 (2007) 417;
 * nested sampling, Skilling 2006, is its one-by-one form).  A population lies uniformly where
 * |F| > L; L rises to what the best quarter exceeds, the others are dropped and begin anew as
 * copies of survivors, which then move: by differences of two survivors near by or far (ter Braak,
 * Stat. Comput. 16 (2006) 239), kept when |F| > L.  So the volume shrinks fourfold per level and
 * log |F| may rise without limit: a peak of 1e-12 of the cube is a matter of levels, and where F is
 * 0 it is only not climbed.  Dropped points tell how much of int |F| lies at their level.
 *
 * Two runs begin with two halves of the uniform points.  What one alone has found says how much
 * both may have missed.  Then single climbs (search-climb.c) look for peaks that both have missed;
 * where they find none, the points are those of the populations alone.
 *
 * What it does not: estimate.  Its points have no known density. */
#include "search.h"

#include "search-climb.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum {
    MOVES = 4, /* of a copy at a level */
    POPULATION_MOST = 800,
    NEIGHBOURS = 10, /* at least, of whom a near difference is made */
    LEVELS_MOST = 400
};
static const double kept = 0.25;     /* share that survives a level */
static const double mass_left = 0.1; /* of int |F| in the population when it is enough */
static const double accept_wanted = 0.3;
static const double climbs_share = 0.2; /* of the calls of the populations, besides them */

struct run {
    size_t n, cap; /* population */
    size_t n_levels;
    size_t n_survivors; /* the first of them; the others are copies that move */
    double *x, *level;  /* log |F| */
    double *trial;      /* of the copies */
    size_t *parent;
    double volume, limit, scale;
    size_t move, n_moved, n_accepted;
    double mass_dropped; /* log of int |F| over what was dropped */
    bool is_over, is_short;
    struct rng rng;
    size_t n_out, cap_out; /* what is handed on */
    double *out_x, *out_f, *out_intensity, *f;
};

struct search {
    struct search_config config;
    struct run runs[SEARCH_RUNS];
    struct climbs *climbs;
    bool is_climbing, is_over;
    double *batch;
    size_t n_batch, at[SEARCH_RUNS + 1], cap_batch;
    uint64_t n_used;
    double *x, *f, *intensity; /* of all together, when the runs are over */
    size_t n;
    struct search_found found;
};

static void run_free(struct run *run)
{
    mem_free(run->x);
    mem_free(run->level);
    mem_free(run->f);
    mem_free(run->trial);
    mem_free(run->parent);
    mem_free(run->out_x);
    mem_free(run->out_f);
    mem_free(run->out_intensity);
}

void search_free(struct search *search)
{
    size_t r;

    if (!search)
        return;
    for (r = 0; r < SEARCH_RUNS; r++)
        run_free(&search->runs[r]);
    climbs_free(search->climbs);
    mem_free(search->batch);
    mem_free(search->x);
    mem_free(search->f);
    mem_free(search->intensity);
    mem_free(search);
}

static double level_of(double f)
{
    return isfinite(f) && f != 0.0 ? log(fabs(f)) : -INFINITY;
}

/* ---- beginning ------------------------------------------------------------------------------- */

struct ranked {
    double level;
    size_t at;
};

static int compare_ranked(const void *a, const void *b)
{
    const struct ranked *x = a, *y = b;

    if (x->level != y->level)
        return x->level < y->level ? 1 : -1;
    return (x->at > y->at) - (x->at < y->at);
}

static int run_alloc(struct run *run, size_t cap, size_t d, struct err *err)
{
    run->cap = cap;
    run->cap_out = cap * 8;
    run->x = mem_array(cap * d, sizeof *run->x);
    run->level = mem_array(cap, sizeof *run->level);
    run->f = mem_array(cap, sizeof *run->f);
    run->trial = mem_array(cap * d, sizeof *run->trial);
    run->parent = mem_array(cap, sizeof *run->parent);
    run->out_x = mem_array(run->cap_out * d, sizeof *run->out_x);
    run->out_f = mem_array(run->cap_out, sizeof *run->out_f);
    run->out_intensity = mem_array(run->cap_out, sizeof *run->out_intensity);
    if (!run->x || !run->level || !run->f || !run->trial || !run->parent || !run->out_x ||
        !run->out_f || !run->out_intensity)
        return mem_error(err);
    return 0;
}

/* The best of every second uniform point. */
static int run_begin(struct run *run, const struct search_config *c, size_t index, size_t cap,
                     struct err *err)
{
    struct ranked *ranked = mem_array(c->n, sizeof *ranked);
    size_t i, n = 0, n_half = 0, d = c->n_dims;
    int rc = -1;

    if (!ranked) {
        mem_error(err);
        goto out;
    }
    for (i = index; i < c->n; i += SEARCH_RUNS, n_half++) {
        double level = level_of(c->f[i]);

        if (level > -INFINITY)
            ranked[n++] = (struct ranked){level, i};
    }
    qsort(ranked, n, sizeof *ranked, compare_ranked);
    TRY(run_alloc(run, cap, d, err));
    run->n = n < cap ? n : cap;
    for (i = 0; i < run->n; i++) {
        memcpy(run->x + i * d, c->x + ranked[i].at * d, d * sizeof *run->x);
        run->level[i] = ranked[i].level;
        run->f[i] = c->f[ranked[i].at];
    }
    run->volume = n_half > 0 ? (double)run->n / (double)n_half : 0.0;
    run->limit = n > run->n ? ranked[run->n].level : -INFINITY;
    run->scale = 2.38 / sqrt(2.0 * (double)d);
    run->mass_dropped = -INFINITY;
    for (i = run->n; i < n; i++) {
        double add = ranked[i].level - log((double)n_half);

        run->mass_dropped =
            fmax(run->mass_dropped, add) + log1p(exp(-fabs(run->mass_dropped - add)));
        if (i == run->n)
            run->mass_dropped = add;
    }
    run->is_over = run->n < 4;
    run->rng = rng_stream(c->seed, RNG_LOCAL, UINT64_C(0x5eac) << 16 | index);
    rc = 0;
out:
    mem_free(ranked);
    return rc;
}

struct search *search_create(const struct search_config *config, struct err *err)
{
    struct search *search = mem_new(struct search);
    double levels = (2.0 * (double)config->n_dims + 5.0) / -log(kept);
    double cap = (double)config->n_calls / SEARCH_RUNS / (levels * (1.0 - kept) * MOVES);
    struct climbs_config climbs = {.n_dims = config->n_dims,
                                   .seed = config->seed,
                                   .n_calls = (uint64_t)(climbs_share * (double)config->n_calls),
                                   .n = config->n,
                                   .x = config->x,
                                   .f = config->f,
                                   .n_starts = config->n_starts};
    size_t r;

    if (!search) {
        mem_error(err);
        return NULL;
    }
    search->config = *config;
    cap = fmin(fmax(cap, 24.0 + 4.0 * (double)config->n_dims), POPULATION_MOST);
    for (r = 0; r < SEARCH_RUNS; r++) {
        if (run_begin(&search->runs[r], config, r, (size_t)cap, err) != 0) {
            search_free(search);
            return NULL;
        }
    }
    search->config.x = NULL; /* borrowed for this call only */
    search->config.f = NULL;
    search->cap_batch = SEARCH_RUNS * (size_t)cap;
    search->batch = mem_array(search->cap_batch * config->n_dims, sizeof *search->batch);
    if (!search->batch) {
        mem_error(err);
        search_free(search);
        return NULL;
    }
    search->climbs = climbs_create(&climbs, err);
    if (!search->climbs) {
        search_free(search);
        return NULL;
    }
    return search;
}

/* ---- levels ---------------------------------------------------------------------------------- */

static int hand_on(struct run *run, size_t from, size_t to, size_t d, struct err *err)
{
    size_t i;
    double intensity = (double)run->n / fmax(run->volume, 1e-300);

    if (run->n_out + (to - from) > run->cap_out) {
        size_t cap = run->cap_out * 2 + (to - from);
        double *x = mem_resize(run->out_x, run->cap_out * d, cap * d, sizeof *x), *f, *in;

        run->out_x = x ? x : run->out_x;
        f = mem_resize(run->out_f, run->cap_out, cap, sizeof *f);
        run->out_f = f ? f : run->out_f;
        in = mem_resize(run->out_intensity, run->cap_out, cap, sizeof *in);
        run->out_intensity = in ? in : run->out_intensity;
        if (!x || !f || !in)
            return mem_error(err);
        run->cap_out = cap;
    }
    for (i = from; i < to; i++) {
        memcpy(run->out_x + run->n_out * d, run->x + i * d, d * sizeof *run->x);
        run->out_f[run->n_out] = run->f[i];
        run->out_intensity[run->n_out++] = intensity;
    }
    return 0;
}

static void swap_rows(struct run *run, size_t a, size_t b, size_t d)
{
    size_t j;
    double t;

    for (j = 0; j < d; j++) {
        t = run->x[a * d + j];
        run->x[a * d + j] = run->x[b * d + j];
        run->x[b * d + j] = t;
    }
    t = run->level[a];
    run->level[a] = run->level[b];
    run->level[b] = t;
    t = run->f[a];
    run->f[a] = run->f[b];
    run->f[b] = t;
}

static double log_add(double a, double b)
{
    double hi = fmax(a, b), lo = fmin(a, b);

    return isfinite(lo) ? hi + log1p(exp(lo - hi)) : hi;
}

/* log of int |F| over the population. */
static double mass_alive(const struct run *run)
{
    double sum = -INFINITY;
    size_t i;

    for (i = 0; i < run->n; i++)
        sum = log_add(sum, run->level[i]);
    return sum + log(run->volume / (double)run->n);
}

/* Survivors to the front; returns how many.  The limit is what they exceed. */
static size_t divide(struct run *run, size_t d, double *sorted)
{
    size_t i, n = 0, at = (size_t)((1.0 - kept) * (double)run->n);
    size_t step, lo;

    memcpy(sorted, run->level, run->n * sizeof *sorted);
    for (step = 1; step < run->n; step++) { /* small, and nearly no order to keep */
        double value = sorted[step];

        for (lo = step; lo > 0 && sorted[lo - 1] > value; lo--)
            sorted[lo] = sorted[lo - 1];
        sorted[lo] = value;
    }
    run->limit = sorted[at > 0 ? at - 1 : 0];
    for (i = 0; i < run->n; i++) {
        if (run->level[i] > run->limit) {
            if (i != n)
                swap_rows(run, i, n, d);
            n++;
        }
    }
    return n;
}

/* Begins the next level, or ends the run. */
static int run_level(struct run *run, size_t d, struct err *err)
{
    double alive = mass_alive(run), sorted[POPULATION_MOST];
    size_t n, i, full = run->cap;
    int rc = -1;

    if (alive - log_add(alive, run->mass_dropped) < log(mass_left)) {
        run->is_over = true;
        return hand_on(run, 0, run->n, d, err);
    }
    n = divide(run, d, sorted);
    if (n < 2) { /* a plateau, or one point above all others */
        run->is_over = true;
        return hand_on(run, 0, run->n, d, err);
    }
    TRY(hand_on(run, n, run->n, d, err));
    for (i = n; i < run->n; i++)
        run->mass_dropped =
            log_add(run->mass_dropped, run->level[i] + log(run->volume / (double)run->n));
    run->volume *= (double)n / (double)run->n;
    run->n_survivors = n;
    for (i = n; i < full; i++) {
        size_t parent = (size_t)rng_below(&run->rng, n);

        memcpy(run->x + i * d, run->x + parent * d, d * sizeof *run->x);
        run->level[i] = run->level[parent];
        run->f[i] = run->f[parent];
        run->parent[i] = parent;
    }
    run->n = full;
    run->move = 0;
    run->n_levels++;
    rc = 0;
out:
    return rc;
}

/* ---- moves ----------------------------------------------------------------------------------- */

static double mirrored(double x)
{
    x = fmod(fabs(x), 2.0);
    x = x > 1.0 ? 2.0 - x : x;
    return fmin(fmax(x, 1e-16), 1.0 - 0x1p-53);
}

/* One of the survivors; near: of those nearest to point i, by a tournament. */
static size_t survivor(struct run *run, size_t i, size_t d, bool near)
{
    size_t best = (size_t)rng_below(&run->rng, run->n_survivors), t, j;
    size_t tries = near ? run->n_survivors / NEIGHBOURS : 0;
    double least = INFINITY;

    for (t = 0; t <= tries && near; t++) {
        size_t other = (size_t)rng_below(&run->rng, run->n_survivors);
        double far = 0.0;

        for (j = 0; j < d; j++)
            far += (run->x[other * d + j] - run->x[i * d + j]) *
                   (run->x[other * d + j] - run->x[i * d + j]);
        if (far < least && far > 0.0) {
            least = far;
            best = other;
        }
    }
    return best;
}

static void propose(struct run *run, size_t d, double *trial)
{
    size_t i, j;

    for (i = run->n_survivors; i < run->n; i++) {
        bool near = run->n_survivors >= 2 * NEIGHBOURS && rng_uniform(&run->rng) < 0.6;
        size_t a = survivor(run, i, d, near), b = survivor(run, i, d, near);
        double scale = run->scale * exp(0.4 * rng_normal(&run->rng));
        double size = 0.0;

        for (j = 0; j < d; j++)
            size += fabs(run->x[a * d + j] - run->x[b * d + j]) / (double)d;
        for (j = 0; j < d; j++) {
            double step = run->x[a * d + j] - run->x[b * d + j] +
                          0.2 * size * rng_normal(&run->rng) + 1e-9 * rng_normal(&run->rng);

            trial[(i - run->n_survivors) * d + j] = mirrored(run->x[i * d + j] + scale * step);
        }
    }
}

/* The points of both runs, each half of the whole. */
static int gather(struct search *search, struct err *err)
{
    size_t d = search->config.n_dims, r, n = 0, i, n_runs = 0;

    for (r = 0; r < SEARCH_RUNS; r++) {
        n += search->runs[r].n_out;
        n_runs += search->runs[r].n_out > 0;
        search->found.is_short |= search->runs[r].is_short;
        search->found.drift = fmax(search->found.drift, (double)search->runs[r].n_levels /
                                                            (kept * (double)search->runs[r].cap));
    }
    search->x = mem_array(n * d, sizeof *search->x);
    search->f = mem_array(n, sizeof *search->f);
    search->intensity = mem_array(n, sizeof *search->intensity);
    if (!search->x || !search->f || !search->intensity)
        return mem_error(err);
    for (r = 0; r < SEARCH_RUNS; r++) {
        const struct run *run = &search->runs[r];

        memcpy(search->x + search->n * d, run->out_x, run->n_out * d * sizeof *run->out_x);
        for (i = 0; i < run->n_out; i++) {
            search->f[search->n + i] = run->out_f[i];
            search->intensity[search->n + i] = run->out_intensity[i] * (double)n_runs;
        }
        search->n += run->n_out;
        search->found.n_first = r == 0 ? search->n : search->found.n_first;
    }
    search->found.n_runs_end = search->found.n_ends_end = search->n;
    return 0;
}

static void add_points(struct search *search, const struct climbs_points *points)
{
    size_t d = search->config.n_dims;

    memcpy(search->x + search->n * d, points->x, points->n * d * sizeof *search->x);
    memcpy(search->f + search->n, points->f, points->n * sizeof *search->f);
    memcpy(search->intensity + search->n, points->intensity, points->n * sizeof *search->intensity);
    search->n += points->n;
}

/* Of climbs that met something new: their ends, which weigh nothing, and what was spread over it.
 */
static int gather_climbs(struct search *search, struct err *err)
{
    size_t d = search->config.n_dims, n = search->n, more;
    struct climbs_points ends, spread;
    double *x, *f, *intensity;

    search->is_over = true;
    search->found.is_looked = climbs_are_enough(search->climbs);
    climbs_result(search->climbs, &ends, &spread);
    if (spread.n == 0)
        return 0;
    more = n + ends.n + spread.n;
    x = mem_resize(search->x, n * d, more * d, sizeof *x);
    search->x = x ? x : search->x;
    f = mem_resize(search->f, n, more, sizeof *f);
    search->f = f ? f : search->f;
    intensity = mem_resize(search->intensity, n, more, sizeof *intensity);
    search->intensity = intensity ? intensity : search->intensity;
    if (!x || !f || !intensity)
        return mem_error(err);
    add_points(search, &ends);
    search->found.n_ends_end = search->n;
    add_points(search, &spread);
    return 0;
}

/* Of the runs. */
static int runs_next(struct search *search, size_t *n, struct err *err)
{
    size_t d = search->config.n_dims, r, total = 0;
    int rc = -1;

    for (r = 0; r < SEARCH_RUNS; r++) {
        struct run *run = &search->runs[r];

        search->at[r] = total;
        if (run->is_over)
            continue;
        if (run->move == MOVES || run->n_survivors == 0)
            TRY(run_level(run, d, err));
        if (run->is_over)
            continue;
        if (search->n_used + total + (run->n - run->n_survivors) > search->config.n_calls) {
            run->is_over = run->is_short = true;
            TRY(hand_on(run, 0, run->n, d, err));
            continue;
        }
        propose(run, d, search->batch + total * d);
        total += run->n - run->n_survivors;
    }
    search->at[SEARCH_RUNS] = total;
    search->n_batch = total;
    *n = total;
    rc = 0;
out:
    return rc;
}

int search_next(struct search *search, size_t *n, const double **x, struct err *err)
{
    int rc = -1;

    *n = 0;
    *x = search->batch;
    if (!search->is_climbing) {
        TRY(runs_next(search, n, err));
        if (*n > 0)
            return 0;
        TRY(gather(search, err));
        climbs_know(search->climbs, search->n, search->x, search->f);
        if (search->config.climbs_rest)
            climbs_allow(search->climbs, search->config.n_calls - search->n_used);
        search->is_climbing = true;
    }
    if (search->is_over)
        return 0;
    climbs_next(search->climbs, n, x);
    if (*n == 0)
        TRY(gather_climbs(search, err));
    rc = 0;
out:
    return rc;
}

int search_take(struct search *search, const double *f, struct err *err)
{
    size_t d = search->config.n_dims, r, i;

    if (search->is_climbing)
        return climbs_take(search->climbs, f, err);
    for (r = 0; r < SEARCH_RUNS; r++) {
        struct run *run = &search->runs[r];
        size_t m = search->at[r + 1] - search->at[r], accepted = 0;

        for (i = 0; i < m; i++) {
            size_t from = search->at[r] + i, to = run->n_survivors + i;
            double level = level_of(f[from]);

            if (!(level > run->limit))
                continue;
            memcpy(run->x + to * d, search->batch + from * d, d * sizeof *run->x);
            run->level[to] = level;
            run->f[to] = f[from];
            accepted++;
        }
        if (m > 0) {
            double rate = (double)accepted / (double)m;

            run->scale = fmin(fmax(run->scale * exp(0.7 * (rate - accept_wanted)), 0.02), 2.0);
            run->move++;
        }
    }
    search->n_used += search->n_batch;
    return 0;
}

/* ---- what was found -------------------------------------------------------------------------- */

void search_result(const struct search *search, struct search_points *points,
                   struct search_found *found)
{
    *points = (struct search_points){
        .n = search->n, .x = search->x, .f = search->f, .intensity = search->intensity};
    *found = search->found;
}
