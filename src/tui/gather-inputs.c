/* gather-inputs.c: which inputs matter to the learner.
 *
 * Permutation importance (Breiman, Machine Learning 45 (2001) 5, section 10): by how much the AUC
 * falls when the values of one input are shuffled among the points.  Asked of points that the model
 * has not learned from: those of rounds after the ones that it knows; while there are too few of
 * them, the newest others as well.  Each input is shuffled REPEATS times; the error is that of the
 * mean over them. */
#include "gather-private.h"

#include <math.h>
#include <string.h>

enum { MOST = 3000, ENOUGH = 300, REPEATS = 4 };
static const double AGAIN_S = 5;

struct inputs_work {
    uint32_t round;
    uint64_t model; /* gathering->ensemble_number */
    bool has_model, is_done;
    double begun_at;
    size_t d, n, dim; /* the next input */
    float *x, *shuffled, *p;
    int8_t *label;
    double auc, *fall, *error;
};

void importance_free(struct inputs_work *work)
{
    if (!work)
        return;
    mem_free(work->x);
    mem_free(work->shuffled);
    mem_free(work->p);
    mem_free(work->label);
    mem_free(work->fall);
    mem_free(work->error);
    mem_free(work);
}

void importance_values(struct gathering *g)
{
    size_t v;

    for (v = 0; g->wants.wants_inputs && g->ensemble && v < g->scan->n_params; v++)
        table_want(&g->table, v);
}

static bool is_good_for(const struct table *table, size_t row)
{
    return table->state[row] == STATE_ACCEPTED || table->state[row] == STATE_REJECTED;
}

/* Points from the newest back, first those that are new to the model. */
static void find_points(struct gathering *g)
{
    struct inputs_work *work = g->inputs;
    const struct table *table = &g->table;
    uint32_t known = g->ensemble_after;
    size_t row;

    for (row = table->n; row-- > 0 && work->n < MOST;) {
        bool is_new = known == UINT32_MAX || table->round[row] > known;

        if (!is_new && work->n >= ENOUGH)
            break;
        if (!is_good_for(table, row) || !learner_see(g, row, work->x + work->n * work->d))
            continue;
        work->label[work->n++] = table->state[row] == STATE_ACCEPTED;
    }
}

static int auc_of(struct gathering *g, const float *x, double *auc, struct err *err)
{
    struct inputs_work *work = g->inputs;
    struct prediction out = {.target = work->p};

    if (work->n > 0 && ensemble_predict(g->ensemble, work->n, x, &out, err) != 0)
        return -1;
    *auc = work->n > 0 ? learn_auc(work->n, work->p, work->label) : (double)NAN;
    return 0;
}

static int try_input(struct gathering *g, struct err *err)
{
    struct inputs_work *work = g->inputs;
    size_t i, k, j = work->dim, d = work->d;
    double sum = 0, squares = 0, auc;

    for (k = 0; k < REPEATS; k++) {
        struct rng rng = rng_stream(g->scan->seed, RNG_STRATA, (uint64_t)j * REPEATS + k + 1);

        memcpy(work->shuffled, work->x, work->n * d * sizeof *work->x);
        for (i = work->n; i > 1; i--) {
            size_t other = (size_t)rng_below(&rng, i);
            float swap = work->shuffled[(i - 1) * d + j];

            work->shuffled[(i - 1) * d + j] = work->shuffled[other * d + j];
            work->shuffled[other * d + j] = swap;
        }
        if (auc_of(g, work->shuffled, &auc, err) != 0)
            return -1;
        sum += work->auc - auc;
        squares += (work->auc - auc) * (work->auc - auc);
    }
    work->fall[j] = sum / REPEATS;
    work->error[j] =
        sqrt(fmax(squares / REPEATS - work->fall[j] * work->fall[j], 0) / (REPEATS - 1));
    work->dim++;
    return 0;
}

static int begin(struct gathering *g, bool has_model, struct err *err)
{
    struct inputs_work *work = mem_new(struct inputs_work);

    importance_free(g->inputs);
    g->inputs = work;
    if (!work)
        return mem_error(err);
    work->has_model = has_model;
    work->round = has_model ? g->ensemble_round : 0;
    work->model = g->ensemble_number;
    work->begun_at = clock_steady_s();
    work->d = space_n_dims(g->space);
    work->auc = NAN;
    work->x = mem_array(MOST * work->d, sizeof *work->x);
    work->shuffled = mem_array(MOST * work->d, sizeof *work->shuffled);
    work->p = mem_array(MOST, sizeof *work->p);
    work->label = mem_array(MOST, sizeof *work->label);
    work->fall = mem_array(work->d, sizeof *work->fall);
    work->error = mem_array(work->d, sizeof *work->error);
    if (!work->x || !work->shuffled || !work->p || !work->label || !work->fall || !work->error)
        return mem_error(err);
    if (!has_model)
        return 0;
    find_points(g);
    return auc_of(g, work->x, &work->auc, err);
}

static int hand_over(struct gathering *g, struct err *err)
{
    struct inputs_work *work = g->inputs;
    struct inputs_part *part = mem_new(struct inputs_part);
    size_t i, n = work->has_model ? work->d : 0;

    if (part) {
        *part = (struct inputs_part){.round = work->round,
                                     .has_model = work->has_model,
                                     .n = n,
                                     .auc = work->auc,
                                     .n_points = work->n};
        part->fall = mem_memdup(work->fall, n * sizeof *work->fall);
        part->error = mem_memdup(work->error, n * sizeof *work->error);
        part->value = mem_array(n, sizeof *part->value);
    }
    if (!part || !part->fall || !part->error || !part->value) {
        part_free(PART_INPUTS, part);
        return mem_error(err);
    }
    for (i = 0; i < n; i++)
        part->value[i] = space_value(g->space, i);
    gather_hand(g, PART_INPUTS, part);
    return 0;
}

static bool is_due(struct gathering *g, bool has_model)
{
    const struct inputs_work *work = g->inputs;

    if (!work || work->has_model != has_model)
        return true;
    if (!has_model || !work->is_done || work->model == g->ensemble_number)
        return false;
    return gather_is_time(g, work->begun_at + AGAIN_S);
}

int importance_step(struct gathering *g, bool *did, struct err *err)
{
    struct inputs_work *work;
    bool has_model;

    if (!g->wants.wants_inputs)
        return 0;
    if (learner_need(g, &has_model, err) != 0)
        return -1;
    importance_values(g);
    if (!table_is_read(&g->table))
        return table_step(g, did, err);
    if (is_due(g, has_model)) {
        *did = true;
        if (begin(g, has_model, err) == 0)
            return 0;
        importance_free(g->inputs);
        g->inputs = NULL;
        return -1;
    }
    work = g->inputs;
    if (work->is_done)
        return 0;
    *did = true;
    /* an AUC of one kind alone is none */
    if (has_model && isfinite(work->auc) && work->dim < work->d)
        return try_input(g, err);
    for (; work->dim < work->d; work->dim++)
        work->fall[work->dim] = work->error[work->dim] = NAN;
    work->is_done = true;
    return hand_over(g, err);
}
