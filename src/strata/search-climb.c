/* search-climb.c: climbs from single points to the tops of |F|.
 *
 * What it does: a population that is laid evenly where |F| > L loses a narrow peak beside a wide
 * one, since it has next to none of the volume until L is above the wide one's top.  A climb does
 * not care for volume: it ends at the peak in whose basin it began.  log |F| is climbed by quasi-
 * Newton steps (Broyden, Fletcher, Goldfarb, Shanno 1970) from forward differences, with a search
 * along the line that takes log |F| for a parabola there: where a peak is a Gaussian two or three
 * steps are enough.  Climbs begin at uniform points above their nearest neighbours, the highest
 * above them first (Rinnooy Kan, Timmer, Math. Program. 39 (1987) 27 and 57).
 *
 * A climb that comes to where a known top's parabola says how high |F| is ends there.  What another
 * ends at is known where enough points that others laid lie over it, or where one as high can
 * be gone to without a valley between (Ursem, CEC 1999), as along a ridge, a ring or a wall.  It is
 * no peak where it is at the wall of the cube, or bends upwards.  Over one that is new some points
 * are spread, normal with its own shape, so that those who learn from the points know how large it
 * is.
 *
 * It is over when each new peak was met more than once and some climbs met nothing new: the share
 * of climbs that met a peak nobody else met is that of what is unseen (Good, Biometrika 40 (1953)
 * 237).
 *
 * What it does not: follow a bent ridge to its top.  Where |F| is a plateau, it stays. */
#include "climb.h"

#include <stdlib.h>
#include <string.h>

static const double since_factor = 3.0; /* climbs since the last new peak, over those before */
static const double begun_most = 0.85;  /* of the calls, when the last climb begins */
static const double over_most = 1.5;    /* of them, when what was found is to be looked at */

static void points_free(struct points *p)
{
    mem_free(p->x);
    mem_free(p->f);
    mem_free(p->intensity);
}

void climbs_free(struct climbs *c)
{
    if (!c)
        return;
    mem_free(c->start_x);
    mem_free(c->start_f);
    mem_free(c->is_begun);
    mem_free(c->unexplained);
    mem_free(c->lanes);
    mem_free(c->tops);
    mem_free(c->batch);
    points_free(&c->ends);
    points_free(&c->spread);
    mem_free(c);
}

/* ---- where climbs begin ---------------------------------------------------------------------- */

struct ranked {
    double level, above; /* above the highest of its neighbours */
    size_t at;
};

struct place_of { /* along the first axis */
    double x;
    size_t ranked;
};

static int compare_ranked(const void *a, const void *b)
{
    const struct ranked *x = a, *y = b;

    if (x->above != y->above)
        return x->above < y->above ? 1 : -1;
    if (x->level != y->level)
        return x->level < y->level ? 1 : -1;
    return (x->at > y->at) - (x->at < y->at);
}

static int compare_at(const void *a, const void *b)
{
    const struct place_of *x = a, *y = b;

    if (x->x != y->x)
        return x->x > y->x ? 1 : -1;
    return (x->ranked > y->ranked) - (x->ranked < y->ranked);
}

enum { NEIGHBOURS_MOST = 12 };

/* The nearest so far, in order. */
struct nearest {
    size_t n;
    double far[NEIGHBOURS_MOST], level[NEIGHBOURS_MOST];
};

static void look_at(struct nearest *nearest, size_t d, const double *a, const double *b,
                    double level)
{
    size_t j, m;
    double at = 0.0;

    for (j = 0; j < d && at < nearest->far[nearest->n - 1]; j++)
        at += (a[j] - b[j]) * (a[j] - b[j]);
    if (!(at < nearest->far[nearest->n - 1]))
        return;
    for (m = nearest->n - 1; m > 0 && at < nearest->far[m - 1]; m--) {
        nearest->far[m] = nearest->far[m - 1];
        nearest->level[m] = nearest->level[m - 1];
    }
    nearest->far[m] = at;
    nearest->level[m] = level;
}

/* Neighbours are looked for on both sides along the first axis, as far as one could be. */
static int rank(size_t n, size_t d, const double *x, struct ranked *ranked, struct err *err)
{
    struct place_of *along = mem_array(n, sizeof *along);
    size_t k = d < 6 ? 2 * d : NEIGHBOURS_MOST, i, m;

    if (!along)
        return mem_error(err);
    k = k < 4 ? 4 : k;
    for (i = 0; i < n; i++)
        along[i] = (struct place_of){x[ranked[i].at * d], i};
    qsort(along, n, sizeof *along, compare_at);
    for (i = 0; i < n; i++) {
        struct nearest nearest = {.n = k};
        struct ranked *own = &ranked[along[i].ranked];
        size_t below = i, above = i + 1;
        double most = -INFINITY;

        for (m = 0; m < k; m++) {
            nearest.far[m] = INFINITY;
            nearest.level[m] = -INFINITY;
        }
        while (below > 0 || above < n) { /* the nearer side first */
            double down = below > 0 ? along[i].x - along[below - 1].x : INFINITY;
            double up = above < n ? along[above].x - along[i].x : INFINITY;
            const struct ranked *other = &ranked[along[down < up ? below - 1 : above].ranked];

            if (fmin(down, up) * fmin(down, up) >= nearest.far[k - 1])
                break;
            look_at(&nearest, d, x + own->at * d, x + other->at * d, other->level);
            if (down < up)
                below--;
            else
                above++;
        }
        for (m = 0; m < k; m++)
            most = fmax(most, nearest.level[m]);
        own->above = isfinite(most) ? own->level - most : INFINITY;
    }
    qsort(ranked, n, sizeof *ranked, compare_ranked);
    mem_free(along);
    return 0;
}

static int choose_starts(struct climbs *c, const struct climbs_config *config, struct err *err)
{
    struct ranked *ranked = mem_array(config->n, sizeof *ranked);
    size_t d = c->d, i, n = 0, most = AMONG_MOST;

    if (!ranked)
        return mem_error(err);
    if (config->n_starts > 0 && config->n_starts < most)
        most = config->n_starts;
    for (i = 0; i < config->n && n < most; i++)
        if (level_of(config->f[i]) > -INFINITY)
            ranked[n++] = (struct ranked){.level = level_of(config->f[i]), .at = i};
    if (rank(n, d, config->x, ranked, err) != 0) {
        mem_free(ranked);
        return -1;
    }
    c->n_starts = n;
    c->start_x = mem_array(n * d, sizeof *c->start_x);
    c->start_f = mem_array(n, sizeof *c->start_f);
    c->is_begun = mem_array(n, sizeof *c->is_begun);
    c->unexplained = mem_array(n, sizeof *c->unexplained);
    if (!c->start_x || !c->start_f || !c->is_begun || !c->unexplained) {
        mem_free(ranked);
        return mem_error(err);
    }
    for (i = 0; i < n; i++) {
        memcpy(c->start_x + i * d, config->x + ranked[i].at * d, d * sizeof *c->start_x);
        c->start_f[i] = config->f[ranked[i].at];
    }
    mem_free(ranked);
    return 0;
}

/* About: three steps, and a look around. */
static double calls_of_climb(size_t d)
{
    return 5.0 * (double)d + 27.0;
}

struct climbs *climbs_create(const struct climbs_config *config, struct err *err)
{
    struct climbs *c = mem_new(struct climbs);

    if (!c) {
        mem_error(err);
        return NULL;
    }
    c->d = config->n_dims;
    c->n_calls = config->n_calls;
    c->rng = rng_stream(config->seed, RNG_LOCAL, UINT64_C(0x5eae) << 16);
    c->n_lanes = (size_t)fmin(fmax((double)c->n_calls / (4.0 * calls_of_climb(c->d)), 2.0), LANES);
    c->is_over = (double)c->n_calls < CLIMBS_LEAST * calls_of_climb(c->d);
    c->lanes = mem_array(LANES, sizeof *c->lanes);
    c->tops = mem_array(TOPS_MOST, sizeof *c->tops);
    c->batch = mem_array((size_t)LANES * TRIALS_MOST * c->d, sizeof *c->batch);
    if (!c->lanes || !c->tops || !c->batch) {
        mem_error(err);
        climbs_free(c);
        return NULL;
    }
    if (!c->is_over && choose_starts(c, config, err) != 0) {
        climbs_free(c);
        return NULL;
    }
    return c;
}

void climbs_know(struct climbs *c, size_t n, const double *x, const double *f)
{
    c->n_known = n;
    c->known_x = x;
    c->known_f = f;
}

void climbs_allow(struct climbs *c, uint64_t n_calls)
{
    c->n_calls += n_calls;
}

/* ---- all together ---------------------------------------------------------------------------- */

static bool is_enough(const struct climbs *c)
{
    size_t k;

    if (c->n_new == 0)
        return c->n_met >= MET_NOTHING;
    if (c->n_since < MET_LEAST ||
        (double)c->n_since < since_factor * (double)(c->n_met - c->n_since))
        return false;
    for (k = 0; k < c->n_tops; k++)
        if (c->tops[k].peak == k && c->tops[k].is_new && c->tops[k].n_met < 2)
            return false;
    return true;
}

/* How far |F| is above what the parabolas of the known tops say, in tolerances. */
static void explain(struct climbs *c)
{
    size_t d = c->d, i, k;

    for (i = 0; i < c->n_starts; i++) {
        double level = level_of(c->start_f[i]), least = INFINITY;

        for (k = 0; k < c->n_tops; k++) {
            const struct top *top = &c->tops[k];
            double drop = 0.5 * climb_distance(d, c->start_x + i * d, top->place.x, top->width);

            least = fmin(least, (level - top->place.level + drop) / (0.3 + 0.1 * drop));
        }
        c->unexplained[i] = least;
    }
    c->n_explained = c->n_tops;
}

/* By turns the next of the order, and the one least explained. */
static size_t choose_start(struct climbs *c)
{
    size_t i, best;

    while (c->is_begun[c->next_start])
        c->next_start++;
    best = c->next_start;
    if (c->n_tops > 0 && c->n_begun % 2 == 1) {
        if (c->n_explained < c->n_tops)
            explain(c);
        for (i = best + 1; i < c->n_starts; i++)
            if (!c->is_begun[i] && c->unexplained[i] > c->unexplained[best])
                best = i;
    }
    c->is_begun[best] = true;
    c->n_begun++;
    return best;
}

static void begin(struct climbs *c, struct climb *climb)
{
    size_t at = choose_start(c);

    climb->n_steps = 0;
    climb->has_inverse = false;
    memcpy(climb->here.x, c->start_x + at * c->d, c->d * sizeof(double));
    climb->here.f = c->start_f[at];
    climb->here.level = level_of(climb->here.f);
    climb_probe(climb, c->d);
}

void climbs_next(struct climbs *c, size_t *n, const double **x)
{
    bool is_spent = c->n_used >= c->n_calls;
    bool may_begin = (double)c->n_used < begun_most * (double)c->n_calls && !is_enough(c);
    size_t i;

    c->n_batch = 0;
    for (i = 0; i < c->n_lanes && !c->is_over; i++) {
        struct climb *climb = &c->lanes[i];

        if (is_spent && climb->stage < STAGE_SHAPE) {
            climb->stage = STAGE_IDLE;
            climb->n_trials = 0;
        }
        if (climb->stage == STAGE_IDLE && may_begin && c->n_begun < c->n_starts)
            begin(c, climb);
        memcpy(c->batch + c->n_batch * c->d, climb->trial,
               climb->n_trials * c->d * sizeof *c->batch);
        c->n_batch += climb->n_trials;
    }
    if (c->n_batch == 0 || (double)(c->n_used + c->n_batch) > over_most * (double)c->n_calls) {
        c->is_over = true;
        c->n_batch = 0;
    }
    *n = c->n_batch;
    *x = c->batch;
}

int climbs_take(struct climbs *c, const double *f, struct err *err)
{
    size_t i, at = 0;

    for (i = 0; i < c->n_lanes; i++) {
        size_t n = c->lanes[i].n_trials;

        if (climb_take(c, &c->lanes[i], f + at, err) != 0)
            return -1;
        at += n;
    }
    c->n_used += c->n_batch;
    return 0;
}

bool climbs_are_enough(const struct climbs *c)
{
    return is_enough(c) || (c->n_starts > 0 && c->n_begun == c->n_starts);
}

void climbs_result(const struct climbs *c, struct climbs_points *ends, struct climbs_points *spread)
{
    *ends = (struct climbs_points){c->ends.n, c->ends.x, c->ends.f, c->ends.intensity};
    *spread = (struct climbs_points){c->spread.n, c->spread.x, c->spread.f, c->spread.intensity};
}
