/* gather-classes.c: the search's own Lebesgue cells: classes of the learner's probability, or of
 * the likelihood, with the share of the prior that each takes (volume) and the mean of f in it.
 *
 * Probability.  The volume is the share of DRAWS draws from the prior that the present model puts
 * into the class; f is 1 for an accepted point, and is measured on the uniform points that the
 * model of their round was asked about before they ran, by the class that it said.  How good that
 * guess was (right, below, above) is told by the present model, which has learned from the points
 * since.
 *
 * Likelihood.  f = exp(-(chi2 - chi2_min) / 2), 0 where a constraint without a pull does not hold
 * or the chain fails; the uniform points give both the volume and the mean.
 *
 * Errors are binomial for shares (with one count where there is none) and s/sqrt(n) for means. */
#include "gather-private.h"

#include <math.h>
#include <string.h>

enum { DRAWS = 16384, BLOCK = 1024, GUESSES = 20000 };
static const double AGAIN_S = 2;

struct classes_work {
    struct classes_want want;
    uint64_t version, epoch, labels;
    uint32_t round;
    uint64_t model; /* gathering->ensemble_number */
    bool has_model, is_done;
    double begun_at;
    uint64_t n_drawn, counts[CLASSES_MOST], n_guessed;
    double said[CLASSES_MOST]; /* sums over the draws */
    /* points: f and what was guessed */
    struct sums {
        uint64_t n, n_measured, n_compared, n_right, n_below, n_above;
        double f, f2;
    } sums[CLASSES_MOST];
    size_t row; /* of the points that are next */
    double chi2_min;
    bool has_likelihood;
    uint64_t n_uniform;
    float *x, *p;
};

void classes_free(struct classes_work *work)
{
    if (!work)
        return;
    mem_free(work->x);
    mem_free(work->p);
    mem_free(work);
}

static size_t n_classes(const struct classes_want *want)
{
    size_t n = want->n_levels > 0 ? want->n_levels - 1 : 0;

    return n < CLASSES_MOST ? n : CLASSES_MOST;
}

/* The class of a number in [level 0, level n]; SIZE_MAX: none. */
static size_t class_of(const struct classes_want *want, double value)
{
    size_t n = n_classes(want), j;

    if (isnan(value) || n == 0 || value < want->level[0] || value > want->level[n])
        return SIZE_MAX;
    for (j = 0; j + 1 < n && value >= want->level[j + 1]; j++)
        ;
    return j;
}

static bool is_uniform(const struct table *table, size_t row)
{
    return table->origin[row] <= ORIGIN_EXPLORE;
}

/* ---- the present model ---------------------------------------------------------------------- */

static int draw_some(struct gathering *g, struct err *err)
{
    struct classes_work *work = g->classes;
    size_t d = space_n_dims(g->space), i, k, j;
    struct rng rng = rng_stream(g->scan->seed, RNG_STRATA, work->n_drawn);
    struct prediction out = {.target = work->p};

    for (i = 0; i < BLOCK; i++)
        for (k = 0; k < d; k++)
            work->x[i * d + k] = survey_seen(g->n_cells[k], rng_uniform(&rng));
    if (ensemble_predict(g->ensemble, BLOCK, work->x, &out, err) != 0)
        return -1;
    for (i = 0; i < BLOCK; i++) {
        j = class_of(&work->want, (double)work->p[i]);
        if (j == SIZE_MAX)
            continue;
        work->counts[j]++;
        work->said[j] += (double)work->p[i];
    }
    work->n_drawn += BLOCK;
    return 0;
}

/* A block of points: what was said of them before they ran, and what the present model says. */
static int guess_some(struct gathering *g, struct err *err)
{
    struct classes_work *work = g->classes;
    const struct table *table = &g->table;
    size_t d = space_n_dims(g->space), rows[BLOCK], n = 0, i, then, now;
    struct prediction out = {.target = work->p};

    for (; work->row < table->n && n < BLOCK; work->row++) {
        if (table->origin[work->row] != ORIGIN_EXPLORE || isnan(table->p[work->row]) ||
            table->state[work->row] == STATE_RUNNING || table->id[work->row] < g->labels_from ||
            !learner_see(g, work->row, work->x + n * d))
            continue;
        rows[n++] = work->row;
    }
    if (n > 0 && ensemble_predict(g->ensemble, n, work->x, &out, err) != 0)
        return -1;
    for (i = 0; i < n; i++) {
        then = class_of(&work->want, (double)table->p[rows[i]]);
        now = class_of(&work->want, (double)work->p[i]);
        if (then == SIZE_MAX || now == SIZE_MAX)
            continue;
        work->sums[then].n_compared++;
        work->sums[then].n_right += now == then;
        work->sums[then].n_below += now < then;
        work->sums[then].n_above += now > then;
    }
    work->n_guessed += n;
    if (work->n_guessed >= GUESSES)
        work->row = table->n;
    return 0;
}

/* ---- the points ----------------------------------------------------------------------------- */

static void count_probability(struct gathering *g)
{
    struct classes_work *work = g->classes;
    const struct table *table = &g->table;
    size_t row, j;

    for (row = 0; row < table->n; row++) {
        double f = table->state[row] == STATE_ACCEPTED;
        bool is_new = table->id[row] >= g->labels_from;

        j = table->state[row] == STATE_RUNNING ? SIZE_MAX
                                               : class_of(&work->want, (double)table->p[row]);
        if (j == SIZE_MAX)
            continue;
        work->sums[j].n++;
        if (!is_new || table->origin[row] != ORIGIN_EXPLORE)
            continue;
        work->sums[j].n_measured++;
        work->sums[j].f += f;
        work->sums[j].f2 += f * f;
    }
}

/* Bits of the terms that count in chi2. */
static uint64_t pulls_of(const struct judge *judge)
{
    uint64_t pulls = 0;
    size_t i;

    for (i = 0; i < judge_n_terms(judge); i++)
        if (judge_term(judge, i).has_pull)
            pulls |= (uint64_t)1 << i;
    return pulls;
}

static double likelihood_of(const struct table *table, size_t row, uint64_t pulls, double chi2_min)
{
    if (table->state[row] == STATE_FAILED || (table->fails[row] & ~pulls) != 0 ||
        table->unknown[row] != 0 || isnan(table->chi2[row]))
        return 0;
    return exp(-0.5 * (table->chi2[row] - chi2_min));
}

static void count_likelihood(struct gathering *g)
{
    struct classes_work *work = g->classes;
    const struct table *table = &g->table;
    uint64_t pulls = pulls_of(g->judge);
    size_t row, j;

    work->chi2_min = NAN;
    for (row = 0; row < table->n && pulls != 0; row++)
        if (table->state[row] != STATE_RUNNING && table->state[row] != STATE_FAILED &&
            (table->fails[row] & ~pulls) == 0 && table->unknown[row] == 0 &&
            !(table->chi2[row] >= work->chi2_min))
            work->chi2_min = table->chi2[row];
    for (row = 0; row < table->n && !isnan(work->chi2_min); row++) {
        double f = likelihood_of(table, row, pulls, work->chi2_min);

        if (table->state[row] == STATE_RUNNING)
            continue;
        work->n_uniform += is_uniform(table, row);
        j = class_of(&work->want, f);
        if (j == SIZE_MAX)
            continue;
        work->sums[j].n++;
        if (!is_uniform(table, row))
            continue;
        work->counts[j]++;
        work->sums[j].n_measured++;
        work->sums[j].f += f;
        work->sums[j].f2 += f * f;
    }
    work->n_drawn = work->n_uniform;
}

/* ---- the part ------------------------------------------------------------------------------- */

static double share_error(double k, double n)
{
    double share = k / n;

    return sqrt(fmax(share * (1 - share), 1 / n) / n);
}

static void fill_row(const struct classes_work *work, size_t j, struct class_row *row)
{
    const struct sums *sums = &work->sums[j];
    double n = (double)work->n_drawn, m = (double)sums->n_measured;
    double compared = (double)sums->n_compared, variance;

    *row = (struct class_row){.lo = work->want.level[j],
                              .hi = work->want.level[j + 1],
                              .volume = NAN,
                              .volume_error = NAN,
                              .f = NAN,
                              .f_error = NAN,
                              .said = NAN,
                              .n = sums->n,
                              .n_measured = sums->n_measured,
                              .right = NAN,
                              .below = NAN,
                              .above = NAN};
    if (n > 0) {
        row->volume = (double)work->counts[j] / n;
        row->volume_error = share_error((double)work->counts[j], n);
    }
    if (work->want.kind == CLASS_PROBABILITY && work->counts[j] > 0)
        row->said = work->said[j] / (double)work->counts[j];
    if (m > 0) {
        row->f = sums->f / m;
        variance = fmax(sums->f2 / m - row->f * row->f, 0);
        row->f_error = work->want.kind == CLASS_PROBABILITY ? share_error(sums->f, m)
                       : m > 1                              ? sqrt(variance / (m - 1))
                                                            : (double)NAN;
    }
    if (compared > 0) {
        row->right = (double)sums->n_right / compared;
        row->below = (double)sums->n_below / compared;
        row->above = (double)sums->n_above / compared;
    }
}

static int hand_over(struct gathering *g, struct err *err)
{
    struct classes_work *work = g->classes;
    struct classes_part *part = mem_new(struct classes_part);
    double sum = 0, squares = 0;
    size_t j;

    if (!part)
        return mem_error(err);
    *part = (struct classes_part){.as_of = table_as_of(&g->table, g->table.n),
                                  .want = work->want,
                                  .has_model = work->has_model,
                                  .has_likelihood = work->has_likelihood,
                                  .round = work->round,
                                  .n_drawn = work->n_drawn,
                                  .n = n_classes(&work->want),
                                  .chi2_min = work->chi2_min};
    part->as_of.labels = work->labels;
    for (j = 0; j < part->n; j++) {
        struct class_row *row = &part->rows[j];

        fill_row(work, j, row);
        if (row->volume == 0 && isnan(row->f))
            continue; /* nothing there to be measured */
        sum += row->volume * row->f;
        squares += row->f * row->f * row->volume_error * row->volume_error +
                   row->volume * row->volume * row->f_error * row->f_error;
    }
    part->integral = part->n > 0 ? sum : (double)NAN;
    part->integral_error = part->n > 0 ? sqrt(squares) : (double)NAN;
    gather_hand(g, PART_CLASSES, part);
    return 0;
}

/* ---- a step --------------------------------------------------------------------------------- */

static int begin(struct gathering *g, bool has_model, struct err *err)
{
    struct classes_work *work = mem_new(struct classes_work);
    size_t d = space_n_dims(g->space);

    classes_free(g->classes);
    g->classes = work;
    if (!work)
        return mem_error(err);
    work->want = g->wants.classes;
    work->version = g->table.version;
    work->labels = g->table.labels;
    work->round = has_model ? g->ensemble_round : 0;
    work->model = g->ensemble_number;
    work->has_model = has_model;
    work->has_likelihood = pulls_of(g->judge) != 0;
    work->begun_at = clock_steady_s();
    work->chi2_min = NAN;
    work->x = mem_array(BLOCK * d, sizeof *work->x);
    work->p = mem_array(BLOCK, sizeof *work->p);
    return work->x && work->p ? 0 : mem_error(err);
}

static bool is_due(struct gathering *g, bool has_model)
{
    const struct classes_work *work = g->classes;

    if (!work || !classes_want_is(&work->want, &g->wants.classes) || work->has_model != has_model)
        return true;
    if (work->version == g->table.version && (!has_model || work->model == g->ensemble_number))
        return false;
    return gather_is_time(g, work->begun_at + AGAIN_S);
}

void classes_values(struct gathering *g)
{
    size_t v;

    if (!g->wants.classes.is_wanted || g->wants.classes.kind != CLASS_PROBABILITY || !g->ensemble)
        return;
    for (v = 0; v < g->scan->n_params; v++)
        table_want(&g->table, v);
}

int classes_step(struct gathering *g, bool *did, struct err *err)
{
    struct classes_work *work;
    bool has_model = false, is_probability = g->wants.classes.kind == CLASS_PROBABILITY;

    if (!g->wants.classes.is_wanted)
        return 0;
    if (is_probability && learner_need(g, &has_model, err) != 0)
        return -1;
    classes_values(g);
    if (!table_is_read(&g->table))
        return table_step(g, did, err);
    if (is_due(g, has_model)) {
        *did = true;
        if (begin(g, has_model, err) != 0) {
            classes_free(g->classes);
            g->classes = NULL;
            return -1;
        }
        if (!is_probability)
            count_likelihood(g);
        else if (has_model)
            count_probability(g);
    }
    work = g->classes;
    if (work->is_done)
        return 0;
    *did = true;
    if (is_probability && has_model && work->n_drawn < DRAWS)
        return draw_some(g, err);
    if (is_probability && has_model && work->row < g->table.n)
        return guess_some(g, err);
    work->is_done = true;
    return hand_over(g, err);
}
