/* cubature.c: local polynomials, and what they miss measured at random.
 *
 * Boxes are cut where the Chebyshev coefficients of the function fall slowest.  Their polynomial P
 * is a control variate: I = int P + mean of (F - P), the second part by points that are drawn at
 * random, more of them where the coefficients are large, and that no box was chosen by.  So the
 * error is that of a mean of independent numbers, whatever the function is like: where all
 * polynomials are wrong, as on a thin shell that no node has met, the random points say so.
 *
 * On the way a few random points are spent to see whether the polynomials are worth their calls.
 * Where they are not the integration ends early, is not converged, and says how many calls are
 * left: something else should have them.
 *
 * What it does not: more than four dimensions; singularities and jumps, which no polynomial
 * follows. */
#include "cubature.h"

#include <gsl/gsl_cdf.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

enum { BLOCK = 4096, MOST_CUTS = 64 };
enum stage { NODES, CHECK, FINAL, OVER };
static const uint64_t presumed_calls = 100000, most_open = 30000000;
static const double least_final = 1000, least_cheap = 300000; /* narrow peaks are met by chance */
static const double even_share = 0.3; /* of the random points, whatever the coefficients say */
/* Of int |F|: no sum is better than rounding; no box is cut that misses less than enough. */
static const double rounding = 3e-15, enough = 1e-11;
static const double heavy = 0.1; /* of what is missed, by one call */

struct moments { /* over random points, weight 1/density */
    double n, r, r2, f, f2, most_r2, abs;
};

struct cubature {
    struct strata_config config;
    uint64_t n_most, n_calls, n_nodes, n_failed;
    enum stage stage;
    struct panels panels;
    size_t new_first;           /* panels from here on wait for their values */
    uint64_t n_wanted, n_drawn; /* random points of this stage */
    uint32_t n_checks, n_looks; /* n_looks: at the final points */
    bool has_checked;           /* and cut no box since */
    struct moments check, final;
    double ratio;                     /* spread of F - P over that of F, at the last check */
    double failed, failed2, foreseen; /* of 1/q where calls fail; of that times |F| next to it */
    double most, n_even, most_even;
    int top;
    struct height_sum *heights;
    /* the points that are out */
    size_t n_out;
    double *x, *q, *scratch, *sums; /* sums: of the panels' shares, cumulative */
    size_t *owner;
    size_t x_room;
};

/* ---- beginning and end ----------------------------------------------------------------------- */

void cubature_free(struct cubature *c)
{
    if (c == NULL)
        return;
    panels_free(&c->panels);
    mem_free(c->heights);
    mem_free(c->x);
    mem_free(c->q);
    mem_free(c->scratch);
    mem_free(c->sums);
    mem_free(c->owner);
    mem_free(c);
}

struct cubature *cubature_create(const struct strata_config *config, struct err *err)
{
    struct cubature *c = mem_new(struct cubature);
    if (c == NULL) {
        mem_error(err);
        return NULL;
    }
    c->config = *config;
    c->n_most = config->n_calls > 0 ? config->n_calls : presumed_calls;
    c->ratio = (double)NAN;
    if (config->n_dims < 1 || config->n_dims > CUBATURE_DIMS) {
        c->stage = OVER;
        return c;
    }
    if (panels_create(&c->panels, config->n_dims, err) != 0) {
        cubature_free(c);
        return NULL;
    }
    if (c->n_most < 20 * c->panels.size)
        c->stage = OVER; /* too few: one box would take much of them */
    size_t n = c->panels.size > BLOCK ? c->panels.size : BLOCK;
    c->heights = mem_array(N_HEIGHTS, sizeof *c->heights);
    c->q = mem_array(BLOCK, sizeof *c->q);
    c->owner = mem_array(BLOCK, sizeof *c->owner);
    c->scratch = mem_array(n, sizeof *c->scratch);
    if (c->heights == NULL || c->q == NULL || c->owner == NULL || c->scratch == NULL) {
        cubature_free(c);
        mem_error(err);
        return NULL;
    }
    return c;
}

static int need_room(struct cubature *c, size_t n, struct err *err)
{
    size_t want = n * c->config.n_dims;
    if (want <= c->x_room)
        return 0;
    mem_free(c->x);
    c->x_room = want;
    if ((c->x = mem_array(want, sizeof *c->x)) == NULL) {
        c->x_room = 0;
        return mem_error(err);
    }
    return 0;
}

/* ---- boxes ----------------------------------------------------------------------------------- */

static size_t dearest(const struct panels *panels)
{
    size_t best = 0;
    for (size_t i = 1; i < panels->n; i++)
        if (panels->list[i].error > panels->list[best].error)
            best = i;
    return best;
}

static double absolute_of(const struct panels *panels)
{
    double sum = 0;
    for (size_t i = 0; i < panels->n; i++)
        if (panels->list[i].coefficients != NULL)
            sum += fabs(panels->list[i].integral);
    return sum;
}

/* Cuts the boxes that miss most, up to a share of all and to `most` calls; how many calls. */
static int cut_some(struct cubature *c, uint64_t most, uint64_t *n_calls, struct err *err)
{
    struct panels *panels = &c->panels;
    size_t n_cuts = 0, n_leaves = 0;
    double worst = 0, least = enough * absolute_of(panels);
    c->new_first = panels->n;
    *n_calls = 0;
    for (size_t i = 0; i < panels->n; i++)
        n_leaves += panels->list[i].coefficients != NULL ? 1 : 0;
    while (n_cuts < MOST_CUTS && n_cuts <= n_leaves / 8) {
        size_t n_new, which = dearest(panels);
        double error = panels->list[which].error;
        worst = n_cuts == 0 ? error : worst;
        uint64_t calls = panel_n_pieces(panels, &panels->list[which]) * panels->size;
        if (!(error > least) || error < 0.1 * worst || *n_calls + calls > most)
            break;
        if (panels_cut(panels, which, &n_new, err) != 0)
            return -1;
        *n_calls += calls;
        n_cuts++;
    }
    return 0;
}

static int nodes_out(struct cubature *c, struct err *err)
{
    const struct panels *panels = &c->panels;
    size_t n = panels->n - c->new_first;
    if (need_room(c, n * panels->size, err) != 0)
        return -1;
    for (size_t k = 0; k < n; k++)
        panel_nodes(panels, &panels->list[c->new_first + k],
                    c->x + k * panels->size * panels->n_dims);
    c->n_out = n * panels->size;
    return 0;
}

static int nodes_in(struct cubature *c, const double *values, struct err *err)
{
    size_t size = c->panels.size;
    double *own = mem_array(size, sizeof *own);
    if (own == NULL)
        return mem_error(err);
    for (size_t k = 0; c->new_first + k < c->panels.n; k++) {
        for (size_t i = 0; i < size; i++) {
            double f = values[k * size + i];
            c->n_failed += isfinite(f) ? 0 : 1;
            own[i] = isfinite(f) ? f : 0;
            c->most = fmax(c->most, fabs(own[i]));
        }
        if (panel_fit(&c->panels, &c->panels.list[c->new_first + k], own, c->scratch, err) != 0) {
            mem_free(own);
            return -1;
        }
    }
    mem_free(own);
    c->new_first = c->panels.n;
    c->n_nodes += c->n_out;
    return 0;
}

/* ---- random points --------------------------------------------------------------------------- */

/* The share of each box: in proportion to what it may miss, but for even_share. */
static int set_shares(struct cubature *c, struct err *err)
{
    double errors = 0, sum = 0;
    mem_free(c->sums);
    if ((c->sums = mem_array(c->panels.n, sizeof *c->sums)) == NULL)
        return mem_error(err);
    for (size_t i = 0; i < c->panels.n; i++)
        errors += c->panels.list[i].error;
    for (size_t i = 0; i < c->panels.n; i++) {
        const struct panel *panel = &c->panels.list[i];
        if (panel->coefficients != NULL)
            sum += errors > 0
                       ? even_share * panel->volume + (1 - even_share) * panel->error / errors
                       : panel->volume;
        c->sums[i] = sum;
    }
    for (size_t i = 0; i < c->panels.n; i++)
        c->sums[i] /= sum;
    return 0;
}

static size_t box_at(const struct cubature *c, double u)
{
    size_t lo = 0, hi = c->panels.n - 1;
    while (lo < hi) {
        size_t middle = (lo + hi) / 2;
        if (c->sums[middle] <= u)
            lo = middle + 1;
        else
            hi = middle;
    }
    return lo;
}

static int random_out(struct cubature *c, struct err *err)
{
    size_t d = c->config.n_dims;
    uint64_t left = c->n_wanted - c->n_drawn;
    /* a stream of its own for every block of every stage */
    struct rng rng =
        rng_stream(c->config.seed, RNG_STRATA,
                   ((uint64_t)1 << 40) + ((uint64_t)c->n_checks << 32) + c->n_drawn / BLOCK);
    c->n_out = left < BLOCK ? (size_t)left : BLOCK;
    if (need_room(c, c->n_out, err) != 0)
        return -1;
    for (size_t i = 0; i < c->n_out; i++) {
        size_t k = box_at(c, rng_uniform(&rng));
        const struct panel *panel = &c->panels.list[k];
        c->owner[i] = k;
        c->q[i] = (c->sums[k] - (k > 0 ? c->sums[k - 1] : 0)) / panel->volume;
        for (size_t j = 0; j < d; j++)
            c->x[i * d + j] = panel->lo[j] + rng_uniform(&rng) * (panel->hi[j] - panel->lo[j]);
    }
    return 0;
}

static void add_height(struct cubature *c, double f, double w)
{
    struct height_sum *h = &c->heights[height_index(f, c->top)];
    double wf = w * f;
    h->n++;
    h->w += w;
    h->w2 += w * w;
    h->wf += wf;
    h->w2f += w * wf;
    h->w2f2 += wf * wf;
}

static void random_in(struct cubature *c, const double *values)
{
    struct moments *m = c->stage == FINAL ? &c->final : &c->check;
    size_t d = c->config.n_dims;
    const struct failures_calls calls = {c->n_out, d, c->x, values, NULL, c->q};
    c->foreseen += c->stage == FINAL ? failures_foreseen(&calls) : 0;
    for (size_t i = 0; i < c->n_out; i++) {
        const struct panel *panel = &c->panels.list[c->owner[i]];
        double p = panel_value(&c->panels, panel, c->x + i * d, c->scratch), w = 1 / c->q[i];
        double f = isfinite(values[i]) ? values[i] : 0, r = w * (f - p);
        c->n_failed += isfinite(values[i]) ? 0 : 1;
        m->n++;
        m->r += r;
        m->r2 += r * r;
        m->f += w * f;
        m->f2 += w * f * f;
        m->abs += w * fabs(f);
        m->most_r2 = fmax(m->most_r2, r * r);
        if (c->stage == FINAL) {
            c->failed += isfinite(values[i]) ? 0 : w;
            c->failed2 += isfinite(values[i]) ? 0 : w * w;
            add_height(c, f, w);
        }
        c->most = fmax(c->most, fabs(f));
        c->most_even = fmax(c->most_even, fabs(f));
    }
    c->n_drawn += c->n_out;
}

/* ---- what to do next ------------------------------------------------------------------------- */

static double spread(const struct moments *m)
{
    double mean = m->r / m->n;
    return sqrt(fmax(m->r2 / m->n - mean * mean, 0));
}

static double exact_part(const struct cubature *c)
{
    double sum = 0;
    for (size_t i = 0; i < c->panels.n; i++)
        sum += c->panels.list[i].coefficients != NULL ? c->panels.list[i].integral : 0;
    return sum;
}

static bool is_good_enough(const struct cubature *c)
{
    const struct strata_config *config = &c->config;
    double integral = exact_part(c) + c->check.r / c->check.n;
    double error = 1.5 * spread(&c->check) / sqrt((double)(c->n_most - c->n_calls));
    return (config->error_relative > 0 && error <= config->error_relative * fabs(integral)) ||
           (config->error_absolute > 0 && error <= config->error_absolute);
}

/* What the next cut costs, at the least. */
static double cut_costs(const struct cubature *c)
{
    const struct panels *panels = &c->panels;
    return (double)(panel_n_pieces(panels, &panels->list[dearest(panels)]) * panels->size);
}

/* After random points were looked at: polynomials are worth the calls of the next cut.  The less
 * of the calls it takes, the less must be shown. */
static bool is_promising(const struct cubature *c)
{
    double n = (double)c->n_most, used = (double)c->n_nodes / n, next = used + cut_costs(c) / n;
    next = used < 0.4 ? next : used;
    if (c->config.n_dims <= 2)
        return next < 0.25 || c->ratio < 0.3;
    return c->ratio < (next < 0.06 ? INFINITY : next < 0.12 ? 0.8 : next < 0.25 ? 0.4 : 0.25);
}

static void begin_final(struct cubature *c)
{
    const struct strata_config *config = &c->config;
    bool is_cheap = config->gives_way;
    double left = (double)(c->n_most - c->n_calls), s = 1.2 * spread(&c->check), want = INFINITY;
    double n = left = is_cheap && config->n_calls == 0 ? fmax(left, least_cheap) : left;
    if (config->error_relative > 0)
        want = config->error_relative * fabs(c->check.f / c->check.n);
    if (config->error_absolute > 0)
        want = isfinite(want) ? fmax(want, config->error_absolute) : config->error_absolute;
    if (isfinite(want) && want > 0)
        n = fmin(left, fmax(is_cheap ? least_cheap : least_final, s * s / (want * want)));
    c->stage = FINAL;
    c->n_checks++;
    c->n_drawn = 0;
    c->n_wanted = (uint64_t)n;
    c->top = c->most > 0 ? ilogb(c->most) : 0;
    c->most_even = 0;
    c->n_looks = 1;
}

/* Integral and error of the final points. */
static void take_estimate(const struct cubature *c, struct strata_result *result)
{
    const struct moments *m = &c->final;
    double s = spread(m);
    result->integral = exact_part(c) + m->r / m->n;
    result->absolute = m->abs / m->n;
    result->error =
        sqrt(s * s / (m->n - 1) + rounding * rounding * result->absolute * result->absolute);
}

static bool has_heavy_call(const struct cubature *c)
{
    const struct moments *m = &c->final;
    return m->most_r2 > heavy * m->r2 && spread(m) > rounding * m->abs / m->n * 10;
}

/* Twice as many final points, where they are not enough or not to be trusted and there may be
 * more: those that fail do so again.  Where nobody said how many, and no other method is to have
 * them, there may be any. */
static bool draw_more(struct cubature *c)
{
    struct strata_result now = {0};
    if (c->config.n_calls == 0 && !c->config.gives_way)
        c->n_most = most_open;
    uint64_t left = c->n_most > c->n_calls ? c->n_most - c->n_calls : 0;
    if (c->final.n < 2 || left == 0)
        return false;
    take_estimate(c, &now);
    bool is_doubtful = !c->config.gives_way && has_heavy_call(c);
    if (result_is_reached(&now, &c->config) &&
        (!is_doubtful || (c->config.n_calls == 0 && c->n_looks > 2)))
        return false;
    c->n_wanted += left < c->n_drawn ? left : c->n_drawn;
    c->n_looks++;
    c->n_checks++; /* a stream of its own */
    return true;
}

/* The nodes that there may be before the next check. */
static double next_check(const struct cubature *c)
{
    static const double shares[] = {0.03, 0.06, 0.12, 0.25, 0.5};
    size_t k = c->n_checks < 4 ? c->n_checks : 4;
    return shares[k] * (double)c->n_most;
}

static void begin_check(struct cubature *c)
{
    double n = fmin(fmax(0.01 * (double)c->n_most, 200), 20000);
    double left = (double)(c->n_most - c->n_calls);
    c->stage = CHECK;
    c->n_checks++;
    c->n_drawn = 0;
    c->n_wanted = (uint64_t)fmin(n, 0.5 * left);
    c->check = (struct moments){0};
}

static void end_check(struct cubature *c)
{
    double mean = c->check.f / c->check.n;
    double all = sqrt(fmax(c->check.f2 / c->check.n - mean * mean, 0));
    c->ratio = all > 0 ? spread(&c->check) / all : 0;
    if (!is_promising(c)) {
        c->stage = OVER;
        return;
    }
    c->stage = NODES;
    c->has_checked = true;
    if ((double)c->n_nodes >= 0.4 * (double)c->n_most || is_good_enough(c) ||
        spread(&c->check) <= rounding * c->check.abs / c->check.n)
        begin_final(c);
}

/* Boxes are cut until the next check is due; one cut at least between two checks. */
static int continue_nodes(struct cubature *c, struct err *err)
{
    uint64_t calls = 0, most = c->n_most / 2;
    bool is_due = (double)c->n_nodes + cut_costs(c) > next_check(c) && !c->has_checked;
    most = most > c->n_nodes ? most - c->n_nodes : 0;
    if (!is_due && cut_some(c, most, &calls, err) != 0)
        return -1;
    if (calls > 0) {
        c->has_checked = false;
        return nodes_out(c, err);
    }
    if (set_shares(c, err) != 0)
        return -1;
    if (c->has_checked) /* nothing is left to be cut */
        begin_final(c);
    else
        begin_check(c);
    return 0;
}

int cubature_next(struct cubature *c, size_t *n, const double **x, struct err *err)
{
    c->n_out = 0;
    while (c->n_out == 0 && c->stage != OVER) {
        if (c->stage == NODES && c->n_nodes == 0) {
            if (nodes_out(c, err) != 0)
                return -1;
        } else if (c->stage == NODES) {
            if (continue_nodes(c, err) != 0)
                return -1;
        } else if (c->n_drawn < c->n_wanted) {
            if (random_out(c, err) != 0)
                return -1;
        } else if (c->stage == CHECK) {
            end_check(c);
        } else if (!draw_more(c)) {
            c->stage = OVER;
        }
    }
    *n = c->n_out;
    *x = c->x;
    return 0;
}

int cubature_take(struct cubature *c, const double *values, struct err *err)
{
    c->n_calls += c->n_out;
    if (c->stage == NODES)
        return nodes_in(c, values, err);
    random_in(c, values);
    return 0;
}

/* ---- the result ------------------------------------------------------------------------------ */

static void doubt_zero(const struct cubature *c, double share, struct strata_result *result)
{
    result_doubt(result, ALARM_FEW, "%s ",
                 failures_zero((double)c->n_calls, (double)c->n_failed, 3 / share,
                               (char[FAILURES_WHY]){""}));
}

static void give_up(const struct cubature *c, struct strata_result *result)
{
    if (!(c->most > 0) && c->n_calls > 0)
        doubt_zero(c, 3 / fmax((double)c->n_calls, 3), result);
    else if (isfinite(c->ratio))
        result_doubt(result, ALARM_FEW,
                     "Local polynomials leave %.0f %% of the function's spread after %.0f calls. ",
                     100 * c->ratio, (double)c->n_calls);
    else
        result_doubt(result, ALARM_FEW,
                     "%.0f calls in %.0f dimensions are no case for local polynomials. ",
                     (double)c->n_most, (double)c->config.n_dims);
}

int cubature_result(const struct cubature *c, struct arena *arena, struct strata_result *result,
                    struct err *err)
{
    const struct moments *m = &c->final;
    struct strata_class *classes = arena_array(arena, STRATA_CLASSES, sizeof *classes);
    struct strata_round *round = arena_array(arena, 1, sizeof *round);
    char why[FAILURES_WHY];
    if (classes == NULL || round == NULL)
        return mem_error(err);
    result_unknown(result);
    result->classes = classes;
    result->rounds = round;
    result->n_calls = c->n_calls;
    result->n_failed = c->n_failed;
    if (m->n < 2) {
        give_up(c, result);
        return 0;
    }
    take_estimate(c, result);
    result->absolute_error = (double)NAN;
    double half = result->error * gsl_cdf_ugaussian_Qinv(0.5 * look_alpha(c->n_looks, 2));
    result->lo = result->integral - half;
    result->hi = result->integral + half;
    result->largest_share = m->r2 > 0 ? m->most_r2 / m->r2 : 0;
    result->failed_volume = c->failed / m->n;
    result->failed_error = failures_error(m->n, c->failed, c->failed2);
    result->unseen_volume = 3 / (even_share * m->n);
    result->unseen_above = c->most_even;
    result->n_uniform = (uint64_t)(even_share * m->n);
    result->surrogate = 1 - c->ratio * c->ratio;
    if (has_heavy_call(c))
        result_doubt(result, ALARM_WEIGHT,
                     "One call carries %.0f %% of what the polynomials miss. ",
                     100 * result->largest_share);
    if (!(c->most > 0))
        doubt_zero(c, fmin(result->unseen_volume, 1), result);
    if (failures_matter(c->foreseen / m->n, result->absolute, result->error, why))
        result_doubt(result, ALARM_FAILED, "%s ", why);
    result->is_converged = result->alarms == 0 && result_is_reached(result, &c->config);
    *round = (struct strata_round){.stage = STAGE_CELLS,
                                   .n = c->n_calls,
                                   .n_failed = c->n_failed,
                                   .estimate = result->integral,
                                   .error = result->error,
                                   .integral = result->integral,
                                   .total_error = result->error,
                                   .n_total = c->n_calls};
    result->n_rounds = 1;
    return heights_classes(c->heights, m->n, c->top, &c->config, classes, &result->n_classes, err);
}

int integrate_cubature(const struct strata_config *config, const struct integrand *integrand,
                       struct arena *arena, struct strata_result *result, struct err *err)
{
    struct cubature *c = cubature_create(config, err);
    double *values = NULL;
    const double *x;
    size_t n, room = 0;
    int rc = -1;
    if (c == NULL)
        return -1;
    for (;;) {
        TRY(cubature_next(c, &n, &x, err));
        if (n == 0)
            break;
        if (n > room) {
            mem_free(values);
            if ((values = mem_array(room = n, sizeof *values)) == NULL) {
                mem_error(err);
                goto out;
            }
        }
        TRY(integrand->eval(integrand->context, n, x, values, err));
        TRY(cubature_take(c, values, err));
    }
    TRY(cubature_result(c, arena, result, err));
    rc = 0;
out:
    mem_free(values);
    cubature_free(c);
    return rc;
}
