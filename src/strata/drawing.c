/* drawing.c: the points of one round: scrambled Sobol sequences in the parts of a proposal, thinned
 * by class.
 *
 * What it does: lays out which parts have sequences of their own and how long the sequences are
 * (Neyman's allocation n_j proportional to p_j sigma_j is a rate per class, rounded to powers of
 * two); gives out one repetition after the other; adds up what its calls say.  See drawing.h for
 * the estimator.  Independent scrambles for the error: Owen, "Monte Carlo theory, methods and
 * examples", chapter 17.
 *
 * What it does not: know where proposal, surrogate and rates come from; they must not depend on
 * this round's values. */
#include "drawing.h"
#include "sobol.h"

#include <math.h>
#include <string.h>

enum { BLOCK = 1024, REPETITIONS_WANTED = 16, POOL_LOG2_MOST = 26, PILOT = 4096 };
static const double one = 1.0;
static const double own_sequence_least = 12.0; /* calls of a part in a repetition */

/* Parts that share one sequence.  One part: its points fill the cube.  Several: a further axis
 * chooses the part. */
struct source {
    size_t n_parts;
    size_t *parts; /* into the drawing's order */
    double share;
    unsigned log2_pool;
    unsigned log2_most; /* of its classes */
};

struct drawing {
    struct drawing_config config;
    struct classes classes;
    size_t n_classes, n_parts, n_sources;
    struct source *sources;
    size_t *order;
    size_t *source_of; /* n_parts */
    unsigned *log2;    /* n_sources by n_classes */
    size_t n_repetitions, n_done;
    /* the repetitions in hand, and where each of them ends */
    size_t n, cap, n_open;
    size_t ends[REPETITIONS_MOST];
    double *x, *q, *intensity, *h, *scale;
    float *height;
    int16_t *cell;
    struct cell_sums *cells;
    double *integral;
    uint64_t n_called, n_failed;
    double foreseen;                    /* over the repetitions, their sum */
    double squares, tops[DRAWING_TOPS]; /* descending */
    double sizes[DRAWING_TOPS];         /* |F| at these */
    /* scratch of a block */
    double *uniform, *at, *of_q, *shares, *of_h;
    size_t *of_class;
};

void drawing_free(struct drawing *drawing)
{
    if (!drawing)
        return;
    mem_free(drawing->sources);
    mem_free(drawing->order);
    mem_free(drawing->source_of);
    mem_free(drawing->log2);
    mem_free(drawing->x);
    mem_free(drawing->q);
    mem_free(drawing->intensity);
    mem_free(drawing->h);
    mem_free(drawing->scale);
    mem_free(drawing->height);
    mem_free(drawing->cell);
    mem_free(drawing->cells);
    mem_free(drawing->integral);
    mem_free(drawing->uniform);
    mem_free(drawing->at);
    mem_free(drawing->of_q);
    mem_free(drawing->shares);
    mem_free(drawing->of_h);
    mem_free(drawing->of_class);
    mem_free(drawing);
}

/* ---- the sources ----------------------------------------------------------------------------- */

/* Parts large enough for a sequence of their own come first, the others share the last one. */
static void sources_lay(struct drawing *g)
{
    const struct proposal *q = g->config.proposal;
    double per_repetition = (double)g->config.n_calls / REPETITIONS_WANTED;
    size_t k, n = 0, rest;

    for (k = 0; k < g->n_parts; k++) {
        double share = proposal_share(q, k);

        if (share * per_repetition < own_sequence_least && share < 0.999)
            continue;
        g->order[n] = k;
        g->source_of[k] = g->n_sources;
        g->sources[g->n_sources++] =
            (struct source){.n_parts = 1, .parts = g->order + n, .share = share};
        n++;
    }
    rest = n;
    for (k = 0; k < g->n_parts; k++) {
        double share = proposal_share(q, k);

        if (!(share > 0.0) || share * per_repetition >= own_sequence_least || share >= 0.999)
            continue;
        if (n == rest)
            g->sources[g->n_sources] = (struct source){.parts = g->order + n};
        g->order[n++] = k;
        g->source_of[k] = g->n_sources;
        g->sources[g->n_sources].n_parts++;
        g->sources[g->n_sources].share += share;
    }
    g->n_sources += n > rest;
}

/* n points of a source from its sequence: to `at`, with q, shares, h and class. */
static int source_points(struct drawing *g, const struct source *s, struct sobol *sobol,
                         uint64_t first, size_t n, struct err *err)
{
    const struct proposal *q = g->config.proposal;
    size_t d = g->config.n_dims, i, k;

    sobol_points(sobol, first, n, g->uniform);
    if (s->n_parts == 1) {
        proposal_map(q, s->parts[0], n, g->uniform, g->at);
    } else {
        for (i = 0; i < n; i++) {
            double *u = g->uniform + i * (d + 1), rest = u[d] * s->share;

            for (k = 0; k + 1 < s->n_parts; k++) {
                rest -= proposal_share(q, s->parts[k]);
                if (rest <= 0.0)
                    break;
            }
            proposal_map(q, s->parts[k], 1, u, g->at + i * d);
        }
    }
    proposal_density(q, n, g->at, g->of_q, g->shares);
    if (!g->config.surrogate) {
        memset(g->of_h, 0, n * sizeof *g->of_h);
        memset(g->of_class, 0, n * sizeof *g->of_class);
        return 0;
    }
    if (surrogate_predict(g->config.surrogate, n, g->at, g->shares, g->of_h, err) != 0)
        return -1;
    for (i = 0; i < n; i++) {
        if (!isfinite(g->of_h[i]))
            g->of_h[i] = 0.0;
        g->of_class[i] = classes_find(&g->classes, g->of_h[i] * g->of_q[i]);
    }
    return 0;
}

static struct sobol *source_sequence(const struct drawing *g, size_t source, size_t repetition,
                                     struct err *err)
{
    uint64_t stream = (g->config.round << 32) + (uint64_t)repetition * 8192 + source;
    size_t d = g->config.n_dims;

    return sobol_create(g->sources[source].n_parts == 1 ? d : d + 1, g->config.seed, stream, err);
}

/* ---- how many -------------------------------------------------------------------------------- */

/* Share of every class in every source, from a pool of its own. */
static int sources_classes(struct drawing *g, double *share, struct err *err)
{
    size_t s, i, n = g->n_sources > 32 ? BLOCK : (size_t)PILOT;
    int rc = -1;

    for (s = 0; s < g->n_sources; s++) {
        struct sobol *sobol = source_sequence(g, s, 4095, err);
        size_t from;

        if (!sobol)
            goto out;
        for (from = 0; from < n; from += BLOCK) {
            if (source_points(g, &g->sources[s], sobol, from, BLOCK, err) != 0) {
                sobol_free(sobol);
                goto out;
            }
            for (i = 0; i < BLOCK; i++)
                share[s * g->n_classes + g->of_class[i]] += 1.0 / (double)n;
        }
        sobol_free(sobol);
    }
    rc = 0;
out:
    return rc;
}

static unsigned log2_near(double x)
{
    return x > 1.0 ? (unsigned)fmin(floor(log2(x) + 0.5), POOL_LOG2_MOST) : 0;
}

/* Lengths for about `calls` calls in a repetition; returns how many are expected. */
static double lengths_set(struct drawing *g, const double *share, double calls)
{
    double total = 0.0, expected = 0.0;
    size_t s, j, k = g->n_classes;

    for (s = 0; s < g->n_sources; s++)
        for (j = 0; j < k; j++)
            total += g->sources[s].share * share[s * k + j] * g->config.rate[j];
    for (s = 0; s < g->n_sources; s++) {
        g->sources[s].log2_most = 0;
        for (j = 0; j < k; j++) {
            unsigned l =
                log2_near(calls * g->sources[s].share * g->config.rate[j] / fmax(total, 1e-300));

            g->log2[s * k + j] = l;
            expected += ldexp(share[s * k + j], (int)l);
            if (l > g->sources[s].log2_most)
                g->sources[s].log2_most = l;
        }
    }
    return expected;
}

static int lengths_choose(struct drawing *g, struct err *err)
{
    double *share = mem_array(g->n_sources * g->n_classes, sizeof *share);
    double wanted = (double)g->config.n_calls, calls, expected;
    size_t s;
    int rc = -1;

    if (!share) {
        mem_error(err);
        goto out;
    }
    TRY(sources_classes(g, share, err));
    calls = wanted / REPETITIONS_WANTED;
    expected = lengths_set(g, share, calls);
    while (wanted / expected < REPETITIONS_LEAST && calls > 1.0) {
        calls *= 0.8;
        expected = lengths_set(g, share, calls);
    }
    g->n_repetitions = (size_t)fmin(fmax(floor(wanted / expected), 1.0), REPETITIONS_MOST);
    for (s = 0; s < g->n_sources; s++) {
        struct source *a = &g->sources[s];
        unsigned pool = log2_near((double)g->config.n_pool * a->share / (double)g->n_repetitions);

        a->log2_pool = !g->config.surrogate || pool < a->log2_most ? a->log2_most : pool;
    }
    rc = 0;
out:
    mem_free(share);
    return rc;
}

static int drawing_alloc(struct drawing *g, struct err *err)
{
    size_t d = g->config.n_dims, k = g->n_parts;

    g->sources = mem_array(k + 1, sizeof *g->sources);
    g->order = mem_array(k, sizeof *g->order);
    g->source_of = mem_array(k, sizeof *g->source_of);
    g->log2 = mem_array((k + 1) * g->n_classes, sizeof *g->log2);
    g->cells = mem_array(REPETITIONS_MOST * g->n_classes, sizeof *g->cells);
    g->integral = mem_array(REPETITIONS_MOST, sizeof *g->integral);
    g->uniform = mem_array((size_t)BLOCK * (d + 1), sizeof *g->uniform);
    g->at = mem_array(BLOCK * d, sizeof *g->at);
    g->of_q = mem_array(BLOCK, sizeof *g->of_q);
    g->shares = mem_array(BLOCK * k, sizeof *g->shares);
    g->of_h = mem_array(BLOCK, sizeof *g->of_h);
    g->of_class = mem_array(BLOCK, sizeof *g->of_class);
    if (!g->sources || !g->order || !g->source_of || !g->log2 || !g->cells || !g->integral ||
        !g->uniform || !g->at || !g->of_q || !g->shares || !g->of_h || !g->of_class)
        return mem_error(err);
    return 0;
}

struct drawing *drawing_create(const struct drawing_config *config, struct err *err)
{
    struct drawing *g = mem_new(struct drawing);

    if (!g) {
        mem_error(err);
        return NULL;
    }
    g->config = *config;
    g->n_parts = proposal_n_parts(config->proposal);
    if (config->surrogate) {
        g->classes = *config->classes;
    } else {
        g->classes.n = 1;
        g->classes.limits[0] = -INFINITY;
        g->classes.limits[1] = INFINITY;
    }
    g->config.classes = NULL;
    if (!config->surrogate)
        g->config.rate = &one;
    g->n_classes = g->classes.n;
    if (drawing_alloc(g, err) == 0) {
        sources_lay(g);
        if (lengths_choose(g, err) == 0) {
            g->config.rate = NULL;
            return g;
        }
    }
    drawing_free(g);
    return NULL;
}

size_t drawing_repetitions(const struct drawing *drawing)
{
    return drawing->n_repetitions;
}

/* ---- a repetition ---------------------------------------------------------------------------- */

static void *grown(void *old, size_t n_old, size_t n_new, size_t size, bool *failed)
{
    void *memory = mem_resize(old, n_old, n_new, size);

    if (!memory)
        *failed = true;
    return memory ? memory : old;
}

static int reserve(struct drawing *g, size_t n, struct err *err)
{
    size_t cap = g->cap > 0 ? g->cap : (size_t)BLOCK, d = g->config.n_dims;
    bool failed = false;

    if (n <= g->cap)
        return 0;
    while (cap < n)
        cap *= 2;
    g->x = grown(g->x, g->cap * d, cap * d, sizeof *g->x, &failed);
    g->q = grown(g->q, g->cap, cap, sizeof *g->q, &failed);
    g->intensity = grown(g->intensity, g->cap, cap, sizeof *g->intensity, &failed);
    g->h = grown(g->h, g->cap, cap, sizeof *g->h, &failed);
    g->scale = grown(g->scale, g->cap, cap, sizeof *g->scale, &failed);
    g->height = grown(g->height, g->cap, cap, sizeof *g->height, &failed);
    g->cell = grown(g->cell, g->cap, cap, sizeof *g->cell, &failed);
    if (failed)
        return mem_error(err);
    g->cap = cap;
    return 0;
}

/* Expected points of the round per volume at point i of the block, which is of class j. */
static double intensity_at(const struct drawing *g, size_t i, size_t j)
{
    double sum = 0.0;
    size_t k;

    for (k = 0; k < g->n_parts; k++) {
        size_t s = g->source_of[k];

        if (g->shares[i * g->n_parts + k] > 0.0)
            sum += ldexp(g->shares[i * g->n_parts + k] / g->sources[s].share,
                         (int)g->log2[s * g->n_classes + j]);
    }
    return sum * g->of_q[i] * (double)g->n_repetitions;
}

static void keep(struct drawing *g, size_t source, size_t i)
{
    size_t d = g->config.n_dims, j = g->of_class[i], n = g->n++;
    bool has_cells = g->config.surrogate != NULL;

    memcpy(g->x + n * d, g->at + i * d, d * sizeof *g->x);
    g->q[n] = g->of_q[i];
    g->intensity[n] = intensity_at(g, i, j);
    g->h[n] = g->of_h[i];
    g->scale[n] = ldexp(g->sources[source].share, -(int)g->log2[source * g->n_classes + j]);
    g->height[n] = has_cells ? (float)(g->of_h[i] * g->of_q[i]) : NAN;
    g->cell[n] = has_cells ? (int16_t)j : -1;
}

static int source_next(struct drawing *g, size_t s, struct err *err)
{
    size_t repetition = g->n_done + g->n_open;
    struct sobol *sobol = source_sequence(g, s, repetition, err);
    const struct source *source = &g->sources[s];
    struct cell_sums *cells = g->cells + repetition * g->n_classes;
    uint64_t n = UINT64_C(1) << source->log2_pool, from;
    int rc = -1;

    if (!sobol)
        goto out;
    for (from = 0; from < n; from += BLOCK) {
        size_t m = n - from < BLOCK ? (size_t)(n - from) : (size_t)BLOCK, i;

        TRY(source_points(g, source, sobol, from, m, err));
        TRY(reserve(g, g->n + m, err));
        for (i = 0; i < m; i++) {
            size_t j = g->of_class[i];
            double scale = ldexp(source->share, -(int)source->log2_pool);

            cells[j].volume += scale / g->of_q[i];
            cells[j].part += scale * g->of_h[i];
            if (from + i < UINT64_C(1) << g->log2[s * g->n_classes + j])
                keep(g, s, i);
        }
    }
    rc = 0;
out:
    sobol_free(sobol);
    return rc;
}

int drawing_next(struct drawing *drawing, size_t enough, uint64_t left, struct drawn *drawn,
                 struct err *err)
{
    size_t s;
    int rc = -1;

    *drawn = (struct drawn){0};
    drawing->n = drawing->n_open = 0;
    while (drawing->n_done + drawing->n_open < drawing->n_repetitions &&
           (drawing->n_open == 0 || drawing->n < enough)) {
        size_t begin = drawing->n;

        memset(drawing->cells + (drawing->n_done + drawing->n_open) * drawing->n_classes, 0,
               drawing->n_classes * sizeof *drawing->cells);
        for (s = 0; s < drawing->n_sources; s++)
            TRY(source_next(drawing, s, err));
        if (drawing->n > left) {
            drawing->n = begin;
            break;
        }
        drawing->ends[drawing->n_open++] = drawing->n;
    }
    *drawn = (struct drawn){
        .n = drawing->n,
        .n_repetitions = drawing->n_open,
        .x = drawing->x,
        .q = drawing->q,
        .intensity = drawing->intensity,
        .height = drawing->height,
        .cell = drawing->cell,
    };
    rc = 0;
out:
    return rc;
}

static void keep_top(struct drawing *drawing, double square, double size)
{
    size_t k = DRAWING_TOPS;

    for (; k > 0 && drawing->tops[k - 1] < square; k--) {
        if (k == DRAWING_TOPS)
            continue;
        drawing->tops[k] = drawing->tops[k - 1];
        drawing->sizes[k] = drawing->sizes[k - 1];
    }
    if (k == DRAWING_TOPS)
        return;
    drawing->tops[k] = square;
    drawing->sizes[k] = size;
}

static void take_one(struct drawing *drawing, size_t from, size_t to, const double *values)
{
    struct cell_sums *cells = drawing->cells + drawing->n_done * drawing->n_classes;
    double integral = 0.0;
    size_t i, j;

    for (i = from; i < to; i++) {
        bool failed = !isfinite(values[i]);
        double f = failed ? 0.0 : values[i], volume = drawing->scale[i] / drawing->q[i];
        double rest = drawing->scale[i] * (f / drawing->q[i] - drawing->h[i]);
        size_t in = drawing->cell[i] >= 0 ? (size_t)drawing->cell[i] : 0;
        size_t truly = drawing->cell[i] >= 0 ? classes_find(&drawing->classes, f) : 0;
        struct cell_sums *cell = &cells[in];

        cell->n++;
        cell->rest += rest;
        cell->absolute += volume * fabs(f);
        cell->called += volume;
        cell->failed += failed ? volume : 0.0;
        cell->right += !failed && truly == in ? volume : 0.0;
        cell->below += !failed && truly < in ? volume : 0.0;
        cell->above += !failed && truly > in ? volume : 0.0;
        drawing->n_failed += failed;
        drawing->squares += rest * rest;
        keep_top(drawing, rest * rest, fabs(f));
    }
    for (j = 0; j < drawing->n_classes; j++) {
        cells[j].part += cells[j].rest;
        integral += cells[j].part;
    }
    drawing->n_called += to - from;
    drawing->integral[drawing->n_done++] = integral;
}

void drawing_take(struct drawing *drawing, const double *values)
{
    size_t r, from = 0;

    if (drawing->n_open > 0)
        drawing->foreseen +=
            failures_foreseen(&(struct failures_calls){.n = drawing->ends[drawing->n_open - 1],
                                                       .n_dims = drawing->config.n_dims,
                                                       .x = drawing->x,
                                                       .f = values,
                                                       .scale = drawing->scale,
                                                       .q = drawing->q});
    for (r = 0; r < drawing->n_open; r++) {
        take_one(drawing, from, drawing->ends[r], values);
        from = drawing->ends[r];
    }
    drawing->n_open = 0;
}

void drawing_sums(const struct drawing *drawing, struct drawing_sums *sums)
{
    size_t n = drawing->n_done, r;
    double mean = 0.0, square = 0.0;

    for (r = 0; r < n; r++)
        mean += drawing->integral[r] / (double)n;
    for (r = 0; r < n; r++)
        square += (drawing->integral[r] - mean) * (drawing->integral[r] - mean);
    *sums = (struct drawing_sums){
        .n_repetitions = n,
        .n_classes = drawing->n_classes,
        .cells = drawing->cells,
        .integral = drawing->integral,
        .n = drawing->n_called,
        .n_failed = drawing->n_failed,
        .foreseen = n > 0 ? drawing->foreseen / (double)n : 0.0,
        .squares = drawing->squares,
        .estimate = n > 0 ? mean : NAN,
        .error = n > 1 ? sqrt(square / ((double)n * ((double)n - 1.0))) : NAN,
    };
    memcpy(sums->tops, drawing->tops, sizeof sums->tops);
    memcpy(sums->sizes, drawing->sizes, sizeof sums->sizes);
}
