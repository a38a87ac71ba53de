/* model.c: proposal and surrogate of the next round, from all points before it.
 *
 * Training points are chosen so that each carries about the same: of those whose weight is below a
 * threshold one in (threshold / weight) is taken and stands for the others (priority sampling:
 * Duffield, Lund, Thorup, J. ACM 54 (2007) 32), so that a fit costs the same in a late round as in
 * an early one. */
#include "core.h"

#include <math.h>
#include <string.h>

enum {
    FIT_MOST = 10000,
    PATCH_MOST = 4000,
    TRAIN_MOST = 40000,
    CLASSES_DEFAULT = 30,
    PARTS_MOST = 96,
    FOLDS = 8,
    FOLDS_FEW = 3, /* that are tried where points are many */
    FOLDS_NONE = FOLDS
};
static const double uniform_least = 0.06;
static const double rate_least = 0.3, rate_most = 8.0; /* of the mean */
static const double search_least = 0.25; /* of what is known: its hills are remembered */
static const double of_kin = 0.25;       /* points of a climb are kin of one another */
static const double prior_points = 12.0; /* that the mean rate counts for in a class */
static const double alone_factor = 8.0;  /* of the density, by the points of one fold */
static const double left_least = 0.02;   /* of the variance of F/q, by the surrogate */

struct chosen {
    size_t n;
    size_t *at; /* index of the sample's point */
    double *weight;
};

static void chosen_free(struct chosen *c)
{
    mem_free(c->at);
    mem_free(c->weight);
}

/* Threshold above which a weight stands for itself, for about `most` points. */
static double threshold_of(size_t n, const double *weight, size_t most)
{
    double lo = 0.0, hi = 0.0;
    size_t i, step;

    for (i = 0; i < n; i++)
        hi += weight[i];
    hi /= (double)most; /* the expected number is at most `most` here */
    for (step = 0; step < 40 && n > most; step++) {
        double middle = 0.5 * (lo + hi), expected = 0.0;

        for (i = 0; i < n; i++)
            expected += weight[i] < middle ? weight[i] / middle : weight[i] > 0.0;
        if (expected > (double)most)
            lo = middle;
        else
            hi = middle;
    }
    return n > most ? hi : 0.0;
}

/* Of n weights, about `most` are kept. */
static int choose(const struct strata *s, size_t n, const double *weight, size_t most,
                  uint64_t index, struct chosen *c, struct err *err)
{
    double threshold = threshold_of(n, weight, most);
    struct rng rng = rng_stream(s->config.seed, RNG_SELECT, index);
    size_t i;

    *c = (struct chosen){.at = mem_array(n, sizeof *c->at),
                         .weight = mem_array(n, sizeof *c->weight)};
    if (!c->at || !c->weight) {
        chosen_free(c);
        return mem_error(err);
    }
    for (i = 0; i < n; i++) {
        double u = rng_uniform(&rng);

        if (!(weight[i] > 0.0) || u * threshold >= weight[i])
            continue;
        c->at[c->n] = i;
        c->weight[c->n++] = fmax(weight[i], threshold);
    }
    return 0;
}

/* ---- proposal -------------------------------------------------------------------------------- */

/* One in FOLDS of the points, whatever their order; none of the search's. */
static bool is_of(const struct strata *s, size_t i, size_t fold)
{
    return s->sample.round[i] != SAMPLE_ROUNDS &&
           (uint32_t)(i * UINT32_C(2654435761)) / (UINT32_MAX / FOLDS + 1) == fold;
}

/* |F| over the density of what is known; the search's points by the search's own reckoning, each
 * of the two sets as much as it knows of int |F|.  The search counts for at least that
 * share of what is known.  Points of the fold are left out.  Returns how many independent points it
 * all is. */
static double masses(const struct strata *s, double least, size_t fold, double *weight)
{
    double sum[2] = {0.0, 0.0}, square[2] = {0.0, 0.0}, knows[2] = {0.0, 0.0};
    size_t i;

    for (i = 0; i < s->sample.n; i++) {
        double w = is_of(s, i, fold) ? 0.0 : fabs(s->sample.f[i]) / s->sample.mix[i];
        int set = s->sample.round[i] == SAMPLE_ROUNDS;

        weight[i] = w;
        sum[set] += w;
        square[set] += w * w;
    }
    for (i = 0; i < 2; i++)
        knows[i] = square[i] > 0.0 ? sum[i] / square[i] * sum[i] : 0.0;
    knows[1] *= of_kin;
    knows[1] = knows[1] < least * knows[0] ? least * knows[0] : knows[1];
    for (i = 0; i < s->sample.n; i++) {
        int set = s->sample.round[i] == SAMPLE_ROUNDS;

        weight[i] *= sum[set] > 0.0 ? knows[set] / sum[set] : 0.0;
    }
    return knows[0] + knows[1];
}

/* Points, |F| and weights of the chosen. */
struct data {
    struct chosen chosen;
    double *x, *height;
};

static void data_free(struct data *data)
{
    chosen_free(&data->chosen);
    mem_free(data->x);
    mem_free(data->height);
}

static int data_fill(const struct strata *s, struct data *data, struct err *err)
{
    size_t d = s->config.n_dims, i;

    data->x = mem_array(data->chosen.n * d, sizeof *data->x);
    data->height = mem_array(data->chosen.n, sizeof *data->height);
    if (!data->x || !data->height)
        return mem_error(err);
    for (i = 0; i < data->chosen.n; i++) {
        size_t at = data->chosen.at[i];

        memcpy(data->x + i * d, s->sample.x + at * d, d * sizeof *data->x);
        data->height[i] = fabs(s->sample.f[at]);
    }
    return 0;
}

/* Points chosen by what they add to int F^2/q, for a patch of the proposal. */
static int patch(const struct strata *s, const struct proposal_config *config, const double *weight,
                 struct proposal **proposal, struct err *err)
{
    size_t n = s->sample.n, d = s->config.n_dims, i;
    double *q = mem_array(n, sizeof *q), *adds = mem_array(n, sizeof *adds);
    struct proposal *better;
    struct data data = {0};
    int rc = -1;

    if (!q || !adds) {
        mem_error(err);
        goto out;
    }
    proposal_density(*proposal, n, s->sample.x, q, NULL);
    for (i = 0; i < n; i++)
        adds[i] = weight[i] * fabs(s->sample.f[i]) / q[i];
    TRY(choose(s, n, adds, PATCH_MOST, (uint64_t)s->round * 4 + 2, &data.chosen, err));
    TRY(data_fill(s, &data, err));
    for (i = 0; i < data.chosen.n; i++) /* back from what they add to what they weigh */
        data.chosen.weight[i] *= weight[data.chosen.at[i]] / adds[data.chosen.at[i]];
    better = proposal_patch(config,
                            &(struct proposal_data){.n = data.chosen.n,
                                                    .n_dims = d,
                                                    .x = data.x,
                                                    .weight = data.chosen.weight,
                                                    .height = data.height},
                            *proposal, err);
    if (better) {
        proposal_free(*proposal);
        *proposal = better;
    }
    rc = err->code == ERR_NONE ? 0 : -1;
out:
    mem_free(q);
    mem_free(adds);
    data_free(&data);
    return rc;
}

/* Of all points but those of a fold. */
static int fit_proposal(const struct strata *s, const struct proposal *warm, size_t fold,
                        struct proposal **proposal, struct err *err)
{
    size_t d = s->config.n_dims, n = s->sample.n;
    double *weight = mem_array(n, sizeof *weight), effective;
    struct proposal_config config = {.n_parts_most = PARTS_MOST,
                                     .uniform = uniform_least,
                                     .seed = s->config.seed,
                                     .round = s->round};
    struct data data = {0};
    int rc = -1;

    *proposal = NULL;
    if (!weight) {
        mem_error(err);
        goto out;
    }
    effective = masses(s, 0.0, fold, weight);
    TRY(choose(s, n, weight, FIT_MOST, (uint64_t)s->round * 4, &data.chosen, err));
    TRY(data_fill(s, &data, err));
    *proposal = proposal_fit(&config,
                             &(struct proposal_data){.n = data.chosen.n,
                                                     .n_dims = d,
                                                     .x = data.x,
                                                     .weight = data.chosen.weight,
                                                     .effective = effective},
                             warm, err);
    TRY(*proposal == NULL);
    masses(s, search_least, fold, weight);
    TRY(patch(s, &config, weight, proposal, err));
    rc = 0;
out:
    if (rc != 0) {
        proposal_free(*proposal);
        *proposal = NULL;
    }
    mem_free(weight);
    data_free(&data);
    return rc;
}

int core_fit_proposal(struct strata *s, struct proposal **proposal, struct err *err)
{
    const struct proposal *warm =
        s->sample.n_rounds > 1 ? s->sample.rounds[s->sample.n_rounds - 1].proposal : NULL;

    sample_mix(&s->sample);
    return fit_proposal(s, warm, FOLDS_NONE, proposal, err);
}

/* What the points of a fold add to int F^2/q where a proposal made without them is far lower. */
static int alone_of(const struct strata *s, const struct proposal *proposal, size_t fold,
                    double *alone, struct err *err)
{
    struct proposal *without;
    size_t d = s->config.n_dims, i;

    if (fit_proposal(s, NULL, fold, &without, err) != 0)
        return -1;
    for (i = 0; i < s->sample.n; i++) {
        double f = s->sample.f[i], with_it, without_it;

        if (f == 0.0 || !is_of(s, i, fold))
            continue;
        proposal_density(proposal, 1, s->sample.x + i * d, &with_it, NULL);
        proposal_density(without, 1, s->sample.x + i * d, &without_it, NULL);
        if (alone_factor * without_it < with_it)
            *alone += f * f / s->sample.mix[i] * (1.0 / without_it - 1.0 / with_it);
    }
    proposal_free(without);
    return 0;
}

/* Places that a call or two have found have a density of their own from then on; those like them
 * that none has found yet have not, and all rounds may agree on an integral without them (an arc
 * of a narrow ring).  How often that is, is told by those that were found: what they would add to
 * the variance of F/q if they had not been (I. J. Good, Biometrika 40 (1953) 237, of species met
 * once).  A surrogate that is good at what was held out knows such places from others. */
static int unmet_of(const struct strata *s, const struct proposal *proposal, double left,
                    double *unmet, struct err *err)
{
    size_t n_folds = s->sample.n > FIT_MOST ? FOLDS_FEW : FOLDS, fold;
    double alone = 0.0;

    *unmet = 0.0;
    if (!(left > left_least))
        return 0;
    for (fold = 0; fold < n_folds; fold++)
        if (alone_of(s, proposal, fold, &alone, err) != 0)
            return -1;
    *unmet = sqrt(fmin(left, 1.0) * alone * FOLDS / (double)n_folds);
    return 0;
}

/* ---- surrogate ------------------------------------------------------------------------------- */

/* Points whose density is known, as a surrogate is trained on them. */
struct rows {
    size_t n;
    double *x, *q, *h, *weight, *said;
};

static void rows_free(struct rows *rows)
{
    mem_free(rows->x);
    mem_free(rows->q);
    mem_free(rows->h);
    mem_free(rows->weight);
    mem_free(rows->said);
}

static int rows_fill(const struct strata *s, const struct proposal *proposal, size_t most,
                     struct rows *rows, struct err *err)
{
    size_t d = s->config.n_dims, n = s->sample.n, i, m = 0;
    double *x = mem_array(n * d, sizeof *x), *q = mem_array(n, sizeof *q);
    double *weight = mem_array(n, sizeof *weight);
    size_t *from = mem_array(n, sizeof *from);
    struct chosen chosen = {0};
    int rc = -1;

    *rows = (struct rows){0};
    if (!x || !q || !weight || !from) {
        mem_error(err);
        goto out;
    }
    for (i = 0; i < n; i++) {
        if (s->sample.round[i] == SAMPLE_ROUNDS)
            continue;
        memcpy(x + m * d, s->sample.x + i * d, d * sizeof *x);
        from[m++] = i;
    }
    proposal_density(proposal, m, x, q, NULL);
    for (i = 0; i < m; i++)
        weight[i] = q[i] / s->sample.mix[from[i]];
    TRY(choose(s, m, weight, most, (uint64_t)s->round * 4 + 1, &chosen, err));
    rows->n = chosen.n;
    rows->x = mem_array(chosen.n * d, sizeof *rows->x);
    rows->q = mem_array(chosen.n, sizeof *rows->q);
    rows->h = mem_array(chosen.n, sizeof *rows->h);
    rows->weight = mem_array(chosen.n, sizeof *rows->weight);
    rows->said = mem_array(chosen.n, sizeof *rows->said);
    if (!rows->x || !rows->q || !rows->h || !rows->weight || !rows->said) {
        mem_error(err);
        goto out;
    }
    for (i = 0; i < chosen.n; i++) {
        size_t at = chosen.at[i];

        memcpy(rows->x + i * d, x + at * d, d * sizeof *x);
        rows->q[i] = q[at];
        rows->h[i] = s->sample.f[from[at]] / q[at];
        rows->weight[i] = chosen.weight[i];
    }
    rc = 0;
out:
    mem_free(x);
    mem_free(q);
    mem_free(weight);
    mem_free(from);
    chosen_free(&chosen);
    return rc;
}

static double spread_of(const struct rows *rows, bool is_rest)
{
    double total = 0.0, first = 0.0, second = 0.0;
    size_t i;

    for (i = 0; i < rows->n; i++) {
        double h = rows->h[i] - (is_rest ? rows->said[i] : 0.0);

        total += rows->weight[i];
        first += rows->weight[i] * h;
        second += rows->weight[i] * h * h;
    }
    if (!(total > 0.0))
        return 0.0;
    return sqrt(fmax(second / total - first / total * (first / total), 0.0));
}

double core_spread(const struct strata *s, const struct proposal *proposal)
{
    struct rows rows;
    struct err err = ERR_INIT;
    double spread = 0.0;

    if (rows_fill(s, proposal, TRAIN_MOST, &rows, &err) == 0)
        spread = spread_of(&rows, false);
    rows_free(&rows);
    return spread;
}

/* Rates of Neyman's allocation: the deviation of what the surrogate leaves in each class, on the
 * points it was trained on (their ratios are what matters), with a prior and within bounds. */
static void rates_set(struct core_model *m, const struct rows *rows)
{
    double square[STRATA_CLASSES] = {0.0}, of[STRATA_CLASSES] = {0.0},
           count[STRATA_CLASSES] = {0.0};
    double total = 0.0, mean = 0.0, rate = 0.0;
    size_t i, j;

    for (i = 0; i < rows->n; i++) {
        double rest = rows->h[i] - rows->said[i];

        j = classes_find(&m->classes, rows->said[i] * rows->q[i]);
        square[j] += rows->weight[i] * rest * rest;
        of[j] += rows->weight[i];
        count[j] += 1.0;
        total += rows->weight[i];
        mean += rows->weight[i] * rest * rest;
    }
    mean /= fmax(total, 1e-300);
    for (j = 0; j < m->classes.n; j++) {
        double variance = of[j] > 0.0 ? square[j] / of[j] : 0.0;

        variance = (count[j] * variance + prior_points * mean) / (count[j] + prior_points);
        m->rate[j] = sqrt(variance);
        rate += of[j] * m->rate[j] / fmax(total, 1e-300);
    }
    for (j = 0; j < m->classes.n; j++)
        m->rate[j] = rate > 0.0 ? fmin(fmax(m->rate[j] / rate, rate_least), rate_most) : 1.0;
}

/* What is gained by the rates: calls stand where the surrogate leaves most. */
static double placed_by_rates(const struct core_model *m, const struct rows *rows)
{
    double total = 0.0, rate = 0.0, under_q = 0.0, placed = 0.0;
    size_t i;

    for (i = 0; i < rows->n; i++) {
        double left = rows->h[i] - rows->said[i];
        double of = m->rate[classes_find(&m->classes, rows->said[i] * rows->q[i])];

        total += rows->weight[i];
        rate += rows->weight[i] * of;
        under_q += rows->weight[i] * left * left;
        placed += rows->weight[i] * left * left / of;
    }
    return under_q > 0.0 ? placed / under_q * (rate / total) : 1.0;
}

static int cut_classes(struct strata *s, const struct rows *rows, struct err *err)
{
    size_t k = s->config.n_classes > 0 ? s->config.n_classes : (size_t)CLASSES_DEFAULT, i;
    double *height = mem_array(rows->n, sizeof *height),
           *weight = mem_array(rows->n, sizeof *weight);
    int rc = -1;

    if (!height || !weight) {
        mem_error(err);
        goto out;
    }
    for (i = 0; i < rows->n; i++) {
        height[i] = rows->said[i] * rows->q[i];
        weight[i] = rows->weight[i] / rows->q[i];
    }
    TRY(classes_cut(rows->n, height, weight, k, s->config.cuts, &s->model.classes, err));
    rc = 0;
out:
    mem_free(height);
    mem_free(weight);
    return rc;
}

int core_fit_surrogate(struct strata *s, const struct proposal *proposal, struct err *err)
{
    struct core_model *m = &s->model;
    struct rows rows;
    struct surrogate *fresh = NULL;
    size_t d = s->config.n_dims;
    int rc = -1;

    TRY(rows_fill(s, proposal, TRAIN_MOST, &rows, err));
    fresh = surrogate_fit(
        &(struct surrogate_config){.proposal = proposal,
                                   .no_network = s->config.no_network,
                                   .seed = s->config.seed,
                                   .round = s->round},
        &(struct surrogate_data){
            .n = rows.n, .n_dims = d, .x = rows.x, .h = rows.h, .weight = rows.weight},
        m->surrogate, err);
    TRY(fresh == NULL);
    surrogate_free(m->surrogate);
    m->surrogate = fresh;
    m->proposal = proposal;
    TRY(surrogate_predict(fresh, rows.n, rows.x, NULL, rows.said, err));
    m->explains = surrogate_explains(fresh);
    m->jumps = surrogate_jumps(fresh);
    m->n_known = (double)s->n_calls;
    m->spread = spread_of(&rows, false);
    if (isfinite(m->explains))
        m->spread *= sqrt(fmin(fmax(1.0 - m->explains, 1e-12), 1.0));
    else
        m->spread = spread_of(&rows, true);
    TRY(cut_classes(s, &rows, err));
    rates_set(m, &rows);
    m->placed = placed_by_rates(m, &rows);
    TRY(unmet_of(s, proposal, 1.0 - m->explains, &m->unmet, err));
    m->n_fits++;
    rc = 0;
out:
    rows_free(&rows);
    return rc;
}
