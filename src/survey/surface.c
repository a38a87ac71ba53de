/* surface.c: where the target goes on, from the margins next to what is accepted.
 *
 * What it does: fits a response surface to every margin about some of the accepted points, a
 * quadratic polynomial to the nearest known points (Box, Wilson, J. R. Stat. Soc. B 13 (1951) 1),
 * and walks on it from there: Metropolis steps along differences of neighbours, wherever the
 * surface says that the target holds.  The points about which this is done are far from each other
 * (Gonzalez, Theor. Comput. Sci. 38 (1985) 293), so that the ends of the set are among them.  A
 * model of the whole cube resolves a thin curved target only where it has many points of it; a
 * surface knows the way on for a few widths from a handful.  How far it reaches it says itself: the
 * error is what least squares leave, the leverage of the place, and what a quadratic misses, whose
 * square grows as the sixth power of the distance.
 *
 * What it does not: know labels without margins, or components that were not found. */
#include "surface.h"

#include <math.h>
#include <string.h>

enum { MOST_CENTRES = 256, STEPS = 192, EVERY = 12 };
static const double ridge = 1e-8;
static const double most_work = 3e8; /* multiplications of the walks of one round */

void surface_free(struct surface *s)
{
    mem_free(s->factor);
    mem_free(s->coef);
    mem_free(s->weight);
    mem_free(s->terms);
}

static size_t count_terms(size_t d, bool is_full)
{
    return 1 + d + (is_full ? d * (d + 1) / 2 : d);
}

static bool is_full(const struct survey_snapshot *shot)
{
    size_t n = count_terms(shot->n_dims, true);

    return n <= MOST_TERMS && shot->n >= 2 * n;
}

size_t surface_near(const struct survey_snapshot *shot)
{
    size_t wanted = 3 * count_terms(shot->n_dims, is_full(shot)) + 10;

    return wanted < MOST_NEAR ? wanted : MOST_NEAR;
}

int surface_create(struct surface *s, const struct survey_snapshot *shot, struct err *err)
{
    size_t d = shot->n_dims, n;

    *s = (struct surface){.d = d, .n_margins = shot->n_margins};
    s->is_full = is_full(shot);
    s->n_wanted = surface_near(shot);
    s->n_terms = n = count_terms(d, s->is_full);
    s->factor = mem_array(n * n, sizeof *s->factor);
    s->coef = mem_array(n * s->n_margins, sizeof *s->coef);
    s->weight = mem_array(MOST_NEAR, sizeof *s->weight);
    s->terms = mem_array(2 * n, sizeof *s->terms);
    return s->factor && s->coef && s->weight && s->terms ? 0 : mem_error(err);
}

static void fill_terms(const struct surface *s, const float *x, double *terms)
{
    size_t i, j, n = 0;

    terms[n++] = 1.0;
    for (i = 0; i < s->d; i++)
        terms[n++] = ((double)x[i] - (double)s->centre[i]) / s->reach;
    for (i = 0; i < s->d; i++)
        for (j = s->is_full ? 0 : i; j <= i; j++)
            terms[n++] = terms[1 + i] * terms[1 + j];
}

/* What a quadratic misses grows as the cube of the distance. */
static double weight_of(double r2_over_reach2)
{
    return 1.0 / (1.0 + r2_over_reach2 * r2_over_reach2 * r2_over_reach2);
}

static bool find_near(struct surface *s, const struct tree *known, const size_t *rows)
{
    size_t i;

    s->n_near = tree_nearest(known, s->centre, s->n_wanted, SIZE_MAX, s->near, s->far2);
    if (s->n_near < s->n_terms + 4)
        return false;
    s->reach = sqrt((double)s->far2[s->n_near / 2]);
    for (i = 0; i < s->n_near; i++)
        s->near[i] = rows[s->near[i]];
    return s->reach > 0.0;
}

/* Far above its cut a margin need not be met as well as next to it: weights fall with the distance
 * of the row from the target, in units of the nearer half of those that are outside. */
static void weigh(struct surface *s, const float *distance)
{
    size_t i, n = 0;
    double unit = 0.0;

    for (i = 0; i < s->n_near; i++) {
        double shift = sinh(fmin((double)distance[s->near[i]], 300.0));

        if (shift > 0.0)
            unit += log(shift);
        n += shift > 0.0;
    }
    unit = n > 0 ? exp(unit / (double)n) : 1.0;
    for (i = 0; i < s->n_near; i++) {
        double shift = sinh(fmin((double)distance[s->near[i]], 300.0)) / unit;

        s->weight[i] =
            weight_of((double)s->far2[i] / (s->reach * s->reach)) / (1.0 + shift * shift);
    }
}

static void solve_lower(size_t n, const double *factor, double *y)
{
    size_t i, j;

    for (i = 0; i < n; i++) {
        for (j = 0; j < i; j++)
            y[i] -= factor[i * n + j] * y[j];
        y[i] /= factor[i * n + i];
    }
}

static void solve_upper(size_t n, const double *factor, double *y)
{
    size_t i, j;

    for (i = n; i-- > 0;) {
        for (j = i + 1; j < n; j++)
            y[i] -= factor[j * n + i] * y[j];
        y[i] /= factor[i * n + i];
    }
}

/* Weighted least squares. */
static bool fit(struct surface *s, const struct survey_snapshot *shot)
{
    size_t n = s->n_terms, m = s->n_margins, i, j, k, p;
    double trace = 0.0, value, missed;
    struct err ignored = ERR_INIT;

    memset(s->factor, 0, n * n * sizeof *s->factor);
    memset(s->coef, 0, n * m * sizeof *s->coef);
    for (p = 0; p < s->n_near; p++) {
        fill_terms(s, shot->x + s->near[p] * s->d, s->terms);
        for (i = 0; i < n; i++) {
            for (j = 0; j <= i; j++)
                s->factor[i * n + j] += s->weight[p] * s->terms[i] * s->terms[j];
            for (k = 0; k < m; k++)
                s->coef[k * n + i] +=
                    s->weight[p] * s->terms[i] * (double)shot->margins[s->near[p] * m + k];
        }
    }
    for (i = 0; i < n; i++)
        trace += s->factor[i * n + i] / (double)n;
    for (i = 0; i < n; i++)
        s->factor[i * n + i] += ridge * trace;
    if (mat_cholesky(n, s->factor, n, &ignored) != 0)
        return false;
    memset(s->sigma, 0, sizeof s->sigma);
    for (k = 0; k < m; k++) {
        solve_lower(n, s->factor, s->coef + k * n);
        solve_upper(n, s->factor, s->coef + k * n);
    }
    for (p = 0; p < s->n_near; p++) {
        fill_terms(s, shot->x + s->near[p] * s->d, s->terms);
        for (k = 0; k < m; k++) {
            for (i = 0, value = 0.0; i < n; i++)
                value += s->coef[k * n + i] * s->terms[i];
            missed = (double)shot->margins[s->near[p] * m + k] - value;
            s->sigma[k] += s->weight[p] * missed * missed / (double)(s->n_near - n);
        }
    }
    for (k = 0; k < m; k++)
        s->sigma[k] = sqrt(s->sigma[k]);
    return true;
}

bool surface_fit(struct surface *s, const struct survey_snapshot *shot, const struct tree *known,
                 const size_t *rows, const float *distance)
{
    if (!find_near(s, known, rows))
        return false;
    weigh(s, distance);
    return fit(s, shot);
}

void surface_pass(struct surface *s, const struct survey_snapshot *shot, size_t row)
{
    size_t k;

    for (k = 0; k < s->n_margins; k++)
        s->coef[k * s->n_terms] = (double)shot->margins[row * s->n_margins + k];
    s->is_exact = true;
}

void surface_margins(const struct surface *s, const float *x, double *margins)
{
    size_t i, k, n = s->n_terms;

    fill_terms(s, x, s->terms);
    for (k = 0; k < s->n_margins; k++) {
        margins[k] = 0.0;
        for (i = 0; i < n; i++)
            margins[k] += s->coef[k * n + i] * s->terms[i];
    }
}

/* Each margin that the label hangs on may fail, and they may do so one at a time (Frechet's bound).
 */
double surface_probability(const struct surface *s, const struct survey_snapshot *shot,
                           const float *x)
{
    size_t n = s->n_terms, i, k;
    double margins[MOST_MARGINS], variance = 0.0, p = 1.0, r2 = 0.0;
    double *y = s->terms + n;

    surface_margins(s, x, margins);
    if (judge_label(shot->judge, margins) != TRUTH_YES)
        return 0.0;
    memcpy(y, s->terms, n * sizeof *y);
    y[0] -= s->is_exact ? 1.0 : 0.0;
    solve_lower(n, s->factor, y);
    for (i = 0; i < n; i++)
        variance += y[i] * y[i];
    for (i = 0; i < s->d; i++)
        r2 += s->terms[1 + i] * s->terms[1 + i];
    variance += 1.0 / weight_of(r2) - (s->is_exact ? 1.0 : 0.0);
    for (k = 0; k < s->n_margins; k++) {
        double margin = margins[k];

        margins[k] = -margin;
        if (judge_label(shot->judge, margins) != TRUTH_YES)
            p -= 0.5 * erfc(fabs(margin) / (s->sigma[k] * sqrt(2.0 * variance) + 1e-300));
        margins[k] = margin;
    }
    return fmax(p, 0.0);
}

/* ---- walks ---------------------------------------------------------------------------------- */

static void find_movers(struct surface *s, const struct ground *g)
{
    size_t wanted = 2 * s->d + 6 < MOST_MOVERS ? 2 * s->d + 6 : MOST_MOVERS, i;
    float far2[MOST_MOVERS];

    s->n_movers = tree_nearest(g->accepted, s->centre, wanted, SIZE_MAX, s->movers, far2);
    for (i = 0; i < s->n_movers; i++)
        s->movers[i] = g->accepted_rows[s->movers[i]];
    for (i = 0; s->n_movers < s->d + 2 && i < s->n_near; i++)
        s->movers[s->n_movers++] = s->near[i];
}

static bool step(const struct surface *s, const struct ground *g, struct rng *rng, const float *x,
                 float *to)
{
    const float *a = g->shot->x + s->movers[rng_below(rng, s->n_movers)] * s->d;
    const float *b = g->shot->x + s->movers[rng_below(rng, s->n_movers)] * s->d;
    float size = (float)exp(-2.5 + 3.5 * rng_uniform(rng));
    bool is_inside = a != b;
    size_t j;

    for (j = 0; j < s->d; j++) {
        to[j] = x[j] + size * (a[j] - b[j]);
        is_inside = is_inside && to[j] > 1e-7f && to[j] < 1.0f - 1e-7f;
    }
    return is_inside;
}

/* Places of the walk at the end of the list. */
static void walk(const struct surface *s, const struct ground *g, struct rng *rng, size_t n_steps,
                 struct places *places)
{
    float x[SURVEY_MAX_DIMS], to[SURVEY_MAX_DIMS];
    double p = 1e-6, new_p;
    bool has_moved = false;
    size_t i;

    memcpy(x, s->centre, s->d * sizeof *x);
    for (i = 1; i <= n_steps; i++) {
        if (step(s, g, rng, x, to)) {
            new_p = surface_probability(s, g->shot, to);
            if (rng_uniform(rng) * p < new_p) {
                memcpy(x, to, s->d * sizeof *x);
                p = new_p;
                has_moved = true;
            }
        }
        if (i % EVERY != 0 || !has_moved || places->n == places->cap)
            continue;
        memcpy(places->x + places->n * s->d, x, s->d * sizeof *x);
        places->row[places->n] = (size_t)(s->centre - g->shot->x) / s->d;
        places->p[places->n++] = (float)p;
        has_moved = false;
    }
}

/* ---- all ------------------------------------------------------------------------------------ */

void ground_free(struct ground *g)
{
    tree_free(g->known);
    tree_free(g->accepted);
    mem_free(g->rows);
    mem_free(g->accepted_rows);
}

int ground_create(const struct search_state *search, struct ground *g, struct err *err)
{
    const struct survey_snapshot *shot = search->snapshot;
    size_t d = shot->n_dims, i, n = 0;
    float *x = mem_array(shot->n * d, sizeof *x);
    int rc = -1;

    *g = (struct ground){.shot = shot};
    g->rows = mem_array(shot->n, sizeof *g->rows);
    g->accepted_rows = mem_array(shot->n, sizeof *g->accepted_rows);
    if (!x || !g->rows || !g->accepted_rows) {
        mem_error(err);
        goto out;
    }
    for (i = 0; i < shot->n; i++) {
        if (!isfinite(search->distance[i]))
            continue;
        memcpy(x + n * d, shot->x + i * d, d * sizeof *x);
        g->rows[n++] = i;
    }
    g->known = tree_create(n, d, x, err);
    if (!g->known)
        goto out;
    for (i = 0; i < n; i++) {
        if (shot->label[g->rows[i]] <= 0)
            continue;
        memcpy(x + g->n_accepted * d, shot->x + g->rows[i] * d, d * sizeof *x);
        g->accepted_rows[g->n_accepted++] = g->rows[i];
    }
    g->accepted = tree_create(g->n_accepted, d, x, err);
    rc = g->accepted ? 0 : -1;
out:
    mem_free(x);
    return rc;
}

/* Up to `most` of the accepted points, each the farthest from those before. */
static int spread_centres(const struct ground *g, struct rng *rng, size_t most, size_t *centres,
                          size_t *n, struct err *err)
{
    const struct survey_snapshot *shot = g->shot;
    size_t d = shot->n_dims, i, j, at;
    float *far2 = mem_array(g->n_accepted, sizeof *far2);

    if (!far2)
        return mem_error(err);
    for (i = 0; i < g->n_accepted; i++)
        far2[i] = INFINITY;
    at = (size_t)rng_below(rng, g->n_accepted);
    for (*n = 0; *n < most && far2[at] > 0.0f;) {
        const float *x = shot->x + g->accepted_rows[at] * d;

        centres[(*n)++] = g->accepted_rows[at];
        for (i = 0; i < g->n_accepted; i++) {
            const float *y = shot->x + g->accepted_rows[i] * d;
            float sum = 0.0f;

            for (j = 0; j < d; j++)
                sum += (x[j] - y[j]) * (x[j] - y[j]);
            far2[i] = fminf(far2[i], sum);
        }
        for (i = 0, at = 0; i < g->n_accepted; i++)
            at = far2[i] > far2[at] ? i : at;
    }
    mem_free(far2);
    return 0;
}

int surface_propose(const struct search_state *search, struct places *places, struct err *err)
{
    const struct survey_snapshot *shot = search->snapshot;
    struct rng rng = rng_stream(shot->seed, RNG_LOCAL, (uint64_t)shot->round << 8 | 1);
    size_t centres[MOST_CENTRES], n_centres = 0, i, n_steps;
    struct ground g;
    struct surface s = {.d = 0};
    int rc = -1;

    if (shot->n_margins == 0 || shot->n_margins > MOST_MARGINS || shot->n_accepted == 0)
        return 0;
    TRY(ground_create(search, &g, err));
    if (g.n_accepted == 0) {
        rc = 0;
        goto out;
    }
    TRY(surface_create(&s, shot, err));
    TRY(spread_centres(&g, &rng, MOST_CENTRES, centres, &n_centres, err));
    n_steps = (size_t)fmin(STEPS, most_work / (double)(n_centres * s.n_terms * s.n_terms));
    for (i = 0; i < n_centres; i++) {
        s.centre = shot->x + centres[i] * shot->n_dims;
        if (!surface_fit(&s, shot, g.known, g.rows, search->distance))
            continue;
        find_movers(&s, &g);
        walk(&s, &g, &rng, n_steps, places);
    }
    rc = 0;
out:
    ground_free(&g);
    surface_free(&s);
    return rc;
}
