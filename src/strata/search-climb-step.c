/* search-climb-step.c: the steps of one climb (search-climb.c).
 *
 * What it does: forward differences, points along the line of a quasi-Newton step, and where the
 * parabolas through these say that the top is.  At a top, the second differences; points on the way
 * to the nearest known tops; then points over it twice, the second time as wide along and across as
 * the first ones say it is.
 *
 * What it does not: choose where to begin, or when it is enough. */
#include "climb.h"

#include <string.h>

static const double lengths[LENGTHS] = {0.01, 0.03, 0.1, 0.3};  /* of the first step */
static const double fractions[LENGTHS] = {0.25, 0.6, 1.0, 2.0}; /* of a Newton step */
static const double probe = 1e-3;
static const double gain_least = 0.1;   /* of log |F|, by a step */
static const double valley = 2.0;       /* of log |F| */
static const double as_high = 2.0;      /* likewise: not far below */
static const double wide = 1.3;         /* of the points over a peak, against its own width */
static const double over_share = 0.015; /* of the calls, for the points over a peak */
static const double width_least = 1e-5, width_most = 0.3;

static int points_add(struct points *p, size_t d, const double *x, double f, double intensity,
                      struct err *err)
{
    if (p->n == p->cap) {
        size_t cap = p->cap > 0 ? 2 * p->cap : 64;
        double *more = mem_resize(p->x, p->cap * d, cap * d, sizeof *more), *fs, *in;

        p->x = more ? more : p->x;
        fs = mem_resize(p->f, p->cap, cap, sizeof *fs);
        p->f = fs ? fs : p->f;
        in = mem_resize(p->intensity, p->cap, cap, sizeof *in);
        p->intensity = in ? in : p->intensity;
        if (!more || !fs || !in)
            return mem_error(err);
        p->cap = cap;
    }
    memcpy(p->x + p->n * d, x, d * sizeof *x);
    p->f[p->n] = f;
    p->intensity[p->n++] = intensity;
    return 0;
}

static double inside(double x)
{
    return fmin(fmax(x, 1e-9), 1.0 - 1e-9);
}

static double dot(size_t d, const double *a, const double *b)
{
    double sum = 0.0;
    size_t j;

    for (j = 0; j < d; j++)
        sum += a[j] * b[j];
    return sum;
}

/* ---- trials ---------------------------------------------------------------------------------- */

static double *add_trial(struct climb *climb, size_t d)
{
    double *to = climb->trial + climb->n_trials++ * d;

    memcpy(to, climb->here.x, d * sizeof *to);
    return to;
}

static void try_along(struct climb *climb, size_t d, double t)
{
    double *to = add_trial(climb, d);
    size_t j;

    for (j = 0; j < d; j++)
        to[j] = inside(to[j] + t * climb->direction[j]);
}

void climb_probe(struct climb *climb, size_t d)
{
    size_t j;

    climb->stage = STAGE_PROBE;
    climb->n_trials = 0;
    climb->best = climb->here;
    for (j = 0; j < d; j++) {
        double *to = add_trial(climb, d);

        to[j] += to[j] > 0.5 ? -probe : probe;
    }
}

static void begin_shape(struct climb *climb, size_t d)
{
    size_t j;

    climb->stage = STAGE_SHAPE;
    climb->n_trials = 0;
    for (j = 0; j < d; j++) {
        double h = climb->has_inverse ? 0.5 * sqrt(fmax(climb->inverse[j * d + j], 0.0)) : 0.02;
        double *up, *down;

        h = fmin(fmax(h, 1e-4), 0.1);
        up = add_trial(climb, d);
        down = add_trial(climb, d);
        up[j] = inside(up[j] + h);
        down[j] = inside(down[j] - h);
    }
}

/* Into the nearest so far, which are in order. */
static void add_rival(const struct climb *climb, size_t d, struct rival rival, struct rival *rivals,
                      double *far)
{
    double at = climb_distance(d, climb->here.x, rival.x, climb->width);
    size_t m;

    if (!(at < far[NEAREST - 1]))
        return;
    for (m = NEAREST - 1; m > 0 && at < far[m - 1]; m--) {
        far[m] = far[m - 1];
        rivals[m] = rivals[m - 1];
    }
    far[m] = at;
    rivals[m] = rival;
}

static void choose_rivals(const struct climbs *c, struct climb *climb)
{
    struct rival tops[NEAREST], points[NEAREST];
    double far_tops[NEAREST] = {INFINITY, INFINITY}, far_points[NEAREST] = {INFINITY, INFINITY};
    size_t d = c->d, i, m;

    for (i = 0; i < c->n_tops; i++) {
        const struct top *top = &c->tops[i];

        if (top->place.level > climb->here.level - as_high)
            add_rival(climb, d, (struct rival){top->place.x, top->place.level, top->peak}, tops,
                      far_tops);
    }
    for (i = 0; i < c->n_known + c->n_starts; i++) {
        bool is_start = i >= c->n_known;
        const double *x = is_start ? c->start_x + (i - c->n_known) * d : c->known_x + i * d;
        double level = level_of(is_start ? c->start_f[i - c->n_known] : c->known_f[i]);

        if (level > climb->here.level - as_high)
            add_rival(climb, d, (struct rival){x, level, SIZE_MAX}, points, far_points);
    }
    climb->n_rivals = 0;
    for (m = 0; m < NEAREST; m++)
        if (far_tops[m] < INFINITY)
            climb->rivals[climb->n_rivals++] = tops[m];
    for (m = 0; m < NEAREST; m++)
        if (far_points[m] < INFINITY)
            climb->rivals[climb->n_rivals++] = points[m];
}

static void begin_valley(struct climbs *c, struct climb *climb)
{
    size_t d = c->d, m, r, j;

    climb->stage = STAGE_VALLEY;
    climb->n_trials = 0;
    for (r = 0; r < climb->n_rivals; r++) {
        const double *other = climb->rivals[r].x;

        for (m = 1; m <= BETWEEN; m++) {
            double *to = add_trial(climb, d);

            for (j = 0; j < d; j++)
                to[j] += (other[j] - to[j]) * (double)m / (BETWEEN + 1.0);
        }
    }
}

/* n points over the peak. */
static void begin_spread(struct climbs *c, struct climb *climb, enum stage stage, size_t n)
{
    size_t d = c->d, i, j, k, tries, n_tries = 0;

    climb->stage = stage;
    climb->n_trials = 0;
    for (i = 0; i < n; i++) {
        double *to = add_trial(climb, d);
        bool is_inside = false;

        for (tries = 0; tries < 50 && !is_inside; tries++) {
            double z[DIMS_MOST];

            is_inside = true;
            n_tries++;
            for (j = 0; j < d; j++) {
                z[j] = rng_normal(&c->rng);
                to[j] = climb->here.x[j];
                for (k = 0; k <= j; k++)
                    to[j] += climb->lower[j * d + k] * z[k];
                is_inside &= to[j] > 0.0 && to[j] < 1.0;
            }
        }
        for (j = 0; j < d; j++)
            to[j] = inside(to[j]);
    }
    climb->inside = (double)n / (double)n_tries;
}

/* Of the normal the points over the peak are drawn from. */
static double log_density(const struct climb *climb, size_t d, const double *x)
{
    double z[DIMS_MOST], sum = 0.0;
    size_t j, k;

    for (j = 0; j < d; j++) {
        z[j] = x[j] - climb->here.x[j];
        for (k = 0; k < j; k++)
            z[j] -= climb->lower[j * d + k] * z[k];
        z[j] /= climb->lower[j * d + j];
        sum += 0.5 * z[j] * z[j] + log(climb->lower[j * d + j]);
    }
    return -sum - 0.5 * (double)d * log(2.0 * M_PI);
}

/* ---- what a climb makes of its trials -------------------------------------------------------- */

/* Is |F| here what the parabola of a known top says? */
static bool is_known(const struct climbs *c, const struct place *here, size_t *peak)
{
    size_t k;

    for (k = 0; k < c->n_tops; k++) {
        const struct top *top = &c->tops[k];
        double drop = 0.5 * climb_distance(c->d, here->x, top->place.x, top->width);

        if (drop < 4.0 + (double)c->d &&
            fabs(here->level - (top->place.level - drop)) < 0.3 + 0.2 * drop) {
            *peak = top->peak;
            return true;
        }
    }
    return false;
}

/* Do enough points lie over the peak that others laid there? */
static bool is_held(const struct climbs *c, const struct climb *climb)
{
    double d = (double)c->d, most = d + 3.0 * sqrt(2.0 * d);
    size_t i, n = 0, wanted = 2 * c->d;

    for (i = 0; i < c->n_known && n < wanted; i++)
        n += climb_distance(c->d, c->known_x + i * c->d, climb->here.x, climb->width) < most;
    for (i = 0; i < c->n_starts && n < wanted; i++)
        n += climb_distance(c->d, c->start_x + i * c->d, climb->here.x, climb->width) < most;
    return n >= wanted;
}

static int climb_end(struct climbs *c, struct climb *climb, size_t peak, struct err *err)
{
    climb->stage = STAGE_IDLE;
    climb->n_trials = 0;
    c->n_met++;
    c->n_since++;
    c->tops[peak].n_met++;
    return points_add(&c->ends, c->d, climb->here.x, climb->here.f, INFINITY, err);
}

/* A top; peak: SIZE_MAX: of none that was climbed to before. */
static size_t add_top(struct climbs *c, const struct climb *climb, size_t peak, bool is_new)
{
    size_t k = c->n_tops;

    if (k == TOPS_MOST)
        return peak == SIZE_MAX ? 0 : peak;
    c->n_tops++;
    c->tops[k] = (struct top){.place = climb->here, .peak = peak == SIZE_MAX ? k : peak};
    memcpy(c->tops[k].width, climb->width, sizeof climb->width);
    c->tops[k].is_new = is_new;
    if (is_new) {
        c->n_new++;
        c->n_since = 0;
    }
    return c->tops[k].peak;
}

/* Broyden-Fletcher-Goldfarb-Shanno, of -log |F|. */
static void update_inverse(struct climb *climb, size_t d)
{
    double s[DIMS_MOST], y[DIMS_MOST], hy[DIMS_MOST], sy, yhy;
    size_t i, j;

    for (j = 0; j < d; j++) {
        s[j] = climb->here.x[j] - climb->old_x[j];
        y[j] = climb->old_gradient[j] - climb->gradient[j];
    }
    sy = dot(d, s, y);
    if (!(sy > 1e-12 * sqrt(dot(d, s, s) * dot(d, y, y))) || !isfinite(sy))
        return;
    if (!climb->has_inverse) {
        memset(climb->inverse, 0, d * d * sizeof *climb->inverse);
        for (j = 0; j < d; j++)
            climb->inverse[j * d + j] = sy / dot(d, y, y);
        climb->has_inverse = true;
    }
    for (i = 0; i < d; i++)
        hy[i] = dot(d, climb->inverse + i * d, y);
    yhy = dot(d, y, hy);
    for (i = 0; i < d; i++)
        for (j = 0; j < d; j++)
            climb->inverse[i * d + j] +=
                (1.0 + yhy / sy) * s[i] * s[j] / sy - (hy[i] * s[j] + s[i] * hy[j]) / sy;
}

static int arrive(struct climbs *c, struct climb *climb, struct err *err)
{
    size_t peak;

    if (is_known(c, &climb->here, &peak))
        return climb_end(c, climb, peak, err);
    begin_shape(climb, c->d);
    return 0;
}

static int take_probe(struct climbs *c, struct climb *climb, const double *level, struct err *err)
{
    size_t d = c->d, j, m;
    double size = 0.0, gain;

    for (j = 0; j < d; j++) {
        double step = climb->here.x[j] > 0.5 ? -probe : probe;

        climb->gradient[j] =
            isfinite(level[j]) ? (level[j] - climb->here.level) / step : -1.0 / step;
    }
    if (climb->n_steps > 0)
        update_inverse(climb, d);
    for (j = 0; j < d; j++) {
        double g = climb->gradient[j];

        climb->direction[j] =
            climb->has_inverse ? dot(d, climb->inverse + j * d, climb->gradient) : g;
        if ((climb->here.x[j] <= 1e-6 && climb->direction[j] < 0.0) ||
            (climb->here.x[j] >= 1.0 - 1e-6 && climb->direction[j] > 0.0))
            climb->direction[j] = 0.0;
        size += climb->direction[j] * climb->direction[j];
    }
    size = sqrt(size);
    gain = 0.5 * dot(d, climb->direction, climb->gradient);
    if (!(size > 0.0) || !isfinite(size) || !(gain > 0.0) ||
        (climb->has_inverse && gain < gain_least))
        return arrive(c, climb, err);
    for (j = 0; j < d; j++)
        climb->direction[j] /= size;
    climb->slope = 2.0 * gain / size;
    climb->stage = STAGE_LINE;
    climb->n_trials = 0;
    for (m = 0; m < LENGTHS; m++) {
        climb->t[m] = climb->has_inverse ? fmin(size, 1.0) * fractions[m] : lengths[m];
        try_along(climb, d, climb->t[m]);
    }
    return 0;
}

static void take_line(struct climbs *c, struct climb *climb, const double *level)
{
    double at[LENGTHS] = {0.0};
    size_t m, k, n = 0;

    climb->stage = STAGE_PARABOLA;
    climb->n_trials = 0;
    for (m = 0; m < LENGTHS; m++) {
        double t = climb->t[m], next;
        double bend = 2.0 * (climb->slope * t - (level[m] - climb->here.level)) / (t * t);
        bool is_new = true;

        next = !isfinite(level[m]) ? t / 3.0 : bend > 0.0 ? climb->slope / bend : 2.0 * t;
        next = fmin(next, 1.5);
        for (k = 0; k < n; k++)
            is_new &= fabs(next - at[k]) > 0.1 * at[k];
        for (k = 0; k < LENGTHS; k++)
            is_new &= fabs(next - climb->t[k]) > 0.1 * climb->t[k];
        if (!is_new)
            continue;
        at[n++] = next;
        try_along(climb, c->d, next);
    }
}

static int take_step(struct climbs *c, struct climb *climb, struct err *err)
{
    double gain = climb->best.level - climb->here.level;
    size_t peak;

    if (!(gain > 0.0))
        return arrive(c, climb, err);
    memcpy(climb->old_x, climb->here.x, sizeof climb->old_x);
    memcpy(climb->old_gradient, climb->gradient, sizeof climb->old_gradient);
    climb->here = climb->best;
    if (++climb->n_steps >= STEPS_MOST || gain < gain_least)
        return arrive(c, climb, err);
    if (is_known(c, &climb->here, &peak))
        return climb_end(c, climb, peak, err);
    climb_probe(climb, c->d);
    return 0;
}

static int begin_first(struct climbs *c, struct climb *climb)
{
    size_t d = c->d, j;

    climb->peak = add_top(c, climb, SIZE_MAX, true);
    memset(climb->lower, 0, d * d * sizeof *climb->lower);
    for (j = 0; j < d; j++)
        climb->lower[j * d + j] = wide * climb->width[j];
    begin_spread(c, climb, STAGE_FIRST, 3 * d + 10);
    return 0;
}

/* From the second differences. */
static void measure_widths(struct climb *climb, size_t d, const double *level)
{
    size_t j;

    climb->is_peak = true;
    for (j = 0; j < d; j++) {
        double a = climb->trial[2 * j * d + j] - climb->here.x[j];
        double b = climb->here.x[j] - climb->trial[(2 * j + 1) * d + j];
        double up = level[2 * j] - climb->here.level, down = level[2 * j + 1] - climb->here.level;
        double bend;

        if (!(a > 1e-8) || !(b > 1e-8)) {
            climb->is_peak = false; /* at the wall */
            bend = a > b ? -2.0 * up / (a * a) : -2.0 * down / (b * b);
        } else {
            bend = -2.0 * (up / a + down / b) / (a + b);
        }
        climb->width[j] = bend > 0.0 ? 1.0 / sqrt(bend) : width_most;
        if (!isfinite(bend))
            climb->width[j] = 0.5 * (a + b);
        if (!isfinite(bend) || bend < -1.0 / (width_most * width_most))
            climb->is_peak = false;
        climb->width[j] = fmin(fmax(climb->width[j], width_least), width_most);
    }
}

static int take_shape(struct climbs *c, struct climb *climb, const double *level, struct err *err)
{
    size_t d = c->d;

    if (climb->best.level > climb->here.level + gain_least && climb->n_steps < STEPS_MOST) {
        climb->here = climb->best;
        climb->n_steps++;
        climb->has_inverse = false;
        memcpy(climb->old_x, climb->here.x, sizeof climb->old_x);
        climb_probe(climb, d);
        return 0;
    }
    measure_widths(climb, d, level);
    if (c->n_tops == TOPS_MOST || !climb->is_peak || is_held(c, climb))
        return climb_end(c, climb, add_top(c, climb, SIZE_MAX, false), err);
    choose_rivals(c, climb);
    if (climb->n_rivals == 0)
        return begin_first(c, climb);
    begin_valley(c, climb);
    return 0;
}

static int take_valley(struct climbs *c, struct climb *climb, const double *level, struct err *err)
{
    size_t r, m, peak;

    if (c->n_tops == TOPS_MOST)
        return climb_end(c, climb, 0, err);
    if (is_known(c, &climb->here, &peak)) /* since by another */
        return climb_end(c, climb, peak, err);
    for (r = 0; r < climb->n_rivals; r++) {
        const struct rival *rival = &climb->rivals[r];
        double least = INFINITY;

        for (m = 0; m < BETWEEN; m++)
            least = fmin(least, level[r * BETWEEN + m]);
        if (least >= fmin(climb->here.level, rival->level) - valley)
            return climb_end(c, climb, add_top(c, climb, rival->peak, false), err);
    }
    return begin_first(c, climb);
}

/* Covariance from weighted points; the root of it, widened. */
static bool measure(struct climb *climb, size_t d, const double *level)
{
    double *square = climb->inverse; /* of no use any more */
    double weight[TRIALS_MOST], most = -INFINITY, sum = 0.0, squares = 0.0, effective;
    double prior = 0.5 * (double)d + 2.0;
    size_t i, a, b;
    struct err err = ERR_INIT;

    for (i = 0; i < climb->n_trials; i++) {
        weight[i] = level[i] - log_density(climb, d, climb->trial + i * d);
        most = fmax(most, weight[i]);
    }
    if (!isfinite(most))
        return false;
    memset(square, 0, d * d * sizeof *square);
    for (i = 0; i < climb->n_trials; i++) {
        const double *x = climb->trial + i * d;

        weight[i] = exp(weight[i] - most);
        sum += weight[i];
        squares += weight[i] * weight[i];
        for (a = 0; a < d; a++)
            for (b = 0; b <= a; b++)
                square[a * d + b] +=
                    weight[i] * (x[a] - climb->here.x[a]) * (x[b] - climb->here.x[b]);
    }
    effective = sum * sum / squares;
    for (a = 0; a < d; a++) {
        for (b = 0; b <= a; b++)
            square[a * d + b] *= effective / sum / (effective + prior) * wide * wide;
        square[a * d + a] +=
            prior / (effective + prior) * wide * wide * climb->width[a] * climb->width[a];
    }
    if (mat_cholesky(d, square, d, &err) != 0)
        return false;
    memcpy(climb->lower, square, d * d * sizeof *square);
    return true;
}

/* Where the normal is a bad likeness few points would weigh for all: weights are cut off (Ionides,
 * J. Comput. Graph. Stat. 17 (2008) 295). */
static int take_spread(struct climbs *c, struct climb *climb, const double *f, struct err *err)
{
    double intensity[TRIALS_MOST], n = (double)climb->n_trials, most = 0.0;
    size_t i, d = c->d;

    for (i = 0; i < climb->n_trials; i++) {
        intensity[i] = n / climb->inside * exp(log_density(climb, d, climb->trial + i * d));
        if (isfinite(f[i]))
            most += fabs(f[i]) / intensity[i] / sqrt(n);
    }
    for (i = 0; i < climb->n_trials; i++) {
        if (fabs(f[i]) > most * intensity[i])
            intensity[i] = fabs(f[i]) / most;
        if (points_add(&c->spread, d, climb->trial + i * d, f[i], intensity[i], err) != 0)
            return -1;
    }
    return climb_end(c, climb, climb->peak, err);
}

/* Points over a peak. */
static size_t n_over(const struct climbs *c)
{
    size_t n = (size_t)(over_share * (double)c->n_calls), least = 4 * c->d + 20;

    n = n > 3 * least ? 3 * least : n;
    n = n < least ? least : n;
    return n > (size_t)TRIALS_MOST ? (size_t)TRIALS_MOST : n;
}

int climb_take(struct climbs *c, struct climb *climb, const double *f, struct err *err)
{
    double level[TRIALS_MOST];
    size_t i;

    for (i = 0; i < climb->n_trials; i++) {
        level[i] = level_of(f[i]);
        if (level[i] > climb->best.level) {
            climb->best.level = level[i];
            climb->best.f = f[i];
            memcpy(climb->best.x, climb->trial + i * c->d, c->d * sizeof(double));
        }
    }
    switch (climb->stage) {
    case STAGE_IDLE: return 0;
    case STAGE_PROBE: return take_probe(c, climb, level, err);
    case STAGE_LINE:
        take_line(c, climb, level);
        return climb->n_trials > 0 ? 0 : take_step(c, climb, err);
    case STAGE_PARABOLA: return take_step(c, climb, err);
    case STAGE_SHAPE: return take_shape(c, climb, level, err);
    case STAGE_VALLEY: return take_valley(c, climb, level, err);
    case STAGE_FIRST:
        if (!measure(climb, c->d, level))
            return climb_end(c, climb, climb->peak, err);
        begin_spread(c, climb, STAGE_SPREAD, n_over(c));
        return 0;
    case STAGE_SPREAD: return take_spread(c, climb, f, err);
    }
    return 0;
}
