/* plot-learner.c: what the learner says of any place, asked of the newest model in the store.
 *
 * Classes: uniform draws of the prior are asked; the share of them in a class is its volume, with
 * a binomial error, and has no other error than that of the draws.
 *
 * Heat: the highest probability over the parameters that are not shown, among accepted points and
 * draws, of which half are uniform in all parameters and half have the other parameters of accepted
 * points.  Draws go through the prior and count where they fall, so bounds may depend on other
 * parameters. */
#include "plot-learner.h"

#include "theodolite/survey.h"

#include <string.h>

enum { BLOCK = 2048, MODEL_MAX = 1 << 28, HEAT_DRAWS = 128, MOST_PARENTS = 2000 };

struct learner {
    struct space *space;
    struct judge *judge;
    struct ensemble *model; /* NULL: there is none */
    size_t d;
    float *x, *p;       /* BLOCK by d, BLOCK */
    double *unit, *row; /* BLOCK by d; one row of the scan's values */
    uint32_t round;
};

static void learner_close(struct learner *learner)
{
    ensemble_free(learner->model);
    judge_free(learner->judge);
    space_free(learner->space);
}

static int read_model(struct picture *picture, struct learner *learner, struct err *err)
{
    struct buf bytes;
    bool found = false;
    int rc = -1;

    buf_init(&bytes, MODEL_MAX);
    TRY(store_last_model(picture->store, &learner->round, &bytes, &found, err));
    if (found)
        learner->model =
            survey_ensemble(picture->scan, learner->d, learner->judge, bytes.data, bytes.len, err);
    rc = err->code == ERR_NONE ? 0 : -1;
out:
    buf_free(&bytes);
    return rc;
}

static int learner_open(struct picture *picture, struct learner *learner, struct err *err)
{
    struct judge_cut *cuts;
    const char **without;
    size_t n_cuts;
    int rc = -1;

    *learner = (struct learner){.space = space_create(picture->scan, err)};
    if (!learner->space)
        goto out;
    learner->d = space_n_dims(learner->space);
    learner->x = arena_array(picture->arena, BLOCK * learner->d, sizeof *learner->x);
    learner->p = arena_array(picture->arena, BLOCK, sizeof *learner->p);
    learner->unit = arena_array(picture->arena, BLOCK * learner->d, sizeof *learner->unit);
    learner->row = arena_array(picture->arena, picture->scan->n_values, sizeof *learner->row);
    if (!learner->x || !learner->p || !learner->unit || !learner->row) {
        mem_error(err);
        goto out;
    }
    TRY(store_cuts(picture->store, picture->arena, &cuts, &n_cuts, &without, err));
    learner->judge = judge_create(picture->scan, cuts, n_cuts, without, err);
    if (!learner->judge)
        goto out;
    TRY(read_model(picture, learner, err));
    rc = 0;
out:
    return rc;
}

/* p of the n places in unit. */
static int ask(struct learner *learner, size_t n, struct err *err)
{
    struct prediction out = {.target = learner->p};
    size_t i, k;

    for (i = 0; i < n; i++)
        for (k = 0; k < learner->d; k++)
            learner->x[i * learner->d + k] =
                survey_seen(space_n_cells(learner->space, k), learner->unit[i * learner->d + k]);
    return ensemble_predict(learner->model, n, learner->x, &out, err);
}

static void draw(struct learner *learner, struct rng *rng, double *unit)
{
    size_t k;

    for (k = 0; k < learner->d; k++)
        unit[k] = rng_uniform(rng);
}

/* ---- classes -------------------------------------------------------------------------------- */

int picture_learner_classes(struct picture *picture, size_t n_draws, uint64_t *bins, uint64_t *n,
                            struct err *err)
{
    struct rng rng = rng_stream(picture->scan->seed, RNG_STRATA, 0);
    struct learner learner;
    size_t done, i;
    int rc = -1;

    *n = 0;
    TRY(learner_open(picture, &learner, err));
    for (done = 0; learner.model && done < n_draws; done += BLOCK) {
        for (i = 0; i < BLOCK; i++)
            draw(&learner, &rng, learner.unit + i * learner.d);
        TRY(ask(&learner, BLOCK, err));
        for (i = 0; i < BLOCK; i++)
            bins[picture_said_bin((double)learner.p[i])]++;
        *n += BLOCK;
    }
    if (learner.model)
        TRY(picture_note(picture, err, "learner: the model of round %u", (unsigned)learner.round));
    rc = 0;
out:
    learner_close(&learner);
    return rc;
}

/* ---- heat ----------------------------------------------------------------------------------- */

struct heat {
    struct picture *picture;
    struct learner learner;
    const struct picture_axis *axes[2];
    struct picture_sample parents; /* units of accepted points */
    double *parent;                /* one */
    float *most;                   /* n_bins of y by n_bins of x; negative: no draw */
};

static int see_parent(void *context, const struct point_row *point, struct err *err)
{
    struct heat *heat = context;

    if (!space_to_unit(heat->learner.space, point->row, heat->parent))
        return 0;
    return picture_sample_add(&heat->parents, point->id, heat->parent, err);
}

static int read_parents(struct heat *heat, struct err *err)
{
    struct picture *picture = heat->picture;
    struct picture_reader reader = {.state = STATE_ACCEPTED, .see = see_parent, .context = heat};
    size_t i;

    reader.wanted = picture_wants(picture, 0, NULL);
    heat->parent = arena_array(picture->arena, heat->learner.d, sizeof *heat->parent);
    if (!reader.wanted || !heat->parent)
        return mem_error(err);
    for (i = 0; i < picture->scan->n_params; i++)
        reader.wanted[i] = true;
    heat->parents.most = MOST_PARENTS;
    heat->parents.n_columns = heat->learner.d;
    return picture_read(picture, &reader, err);
}

/* Uniform, or the other parameters of an accepted point. */
static void draw_place(struct heat *heat, struct rng *rng, size_t i)
{
    struct learner *learner = &heat->learner;
    double *unit = learner->unit + i * learner->d;
    const double *parent;
    size_t k;

    draw(learner, rng, unit);
    if (i % 2 == 0 || heat->parents.n == 0)
        return;
    parent = heat->parents.rows + rng_below(rng, heat->parents.n) * learner->d;
    for (k = 0; k < learner->d; k++)
        if (space_value(learner->space, k) != heat->axes[0]->value &&
            space_value(learner->space, k) != heat->axes[1]->value)
            unit[k] = parent[k];
}

static void count_place(struct heat *heat, size_t i)
{
    struct learner *learner = &heat->learner;
    struct point_row point = {.row = learner->row};
    size_t x, y, bin;

    if (!space_to_physical(learner->space, learner->unit + i * learner->d, learner->row))
        return;
    x = picture_axis_bin(heat->axes[0], picture_axis_of(heat->axes[0], heat->picture, &point));
    y = picture_axis_bin(heat->axes[1], picture_axis_of(heat->axes[1], heat->picture, &point));
    if (x == SIZE_MAX || y == SIZE_MAX)
        return;
    bin = y * heat->axes[0]->n_bins + x;
    if (learner->p[i] > heat->most[bin])
        heat->most[bin] = learner->p[i];
}

/* The first n places of unit. */
static int count_places(struct heat *heat, size_t n, struct err *err)
{
    size_t i;

    if (ask(&heat->learner, n, err) != 0)
        return -1;
    for (i = 0; i < n; i++)
        count_place(heat, i);
    return 0;
}

static int work_out(struct heat *heat, struct err *err)
{
    struct rng rng = rng_stream(heat->picture->scan->seed, RNG_STRATA, 1);
    size_t i, done, part, n = heat->axes[0]->n_bins * heat->axes[1]->n_bins, d = heat->learner.d;

    heat->most = arena_array(heat->picture->arena, n, sizeof *heat->most);
    if (!heat->most)
        return mem_error(err);
    for (i = 0; i < n; i++)
        heat->most[i] = -1;
    for (done = 0; done < heat->parents.n; done += part) {
        part = heat->parents.n - done < BLOCK ? heat->parents.n - done : BLOCK;
        memcpy(heat->learner.unit, heat->parents.rows + done * d, part * d * sizeof(double));
        if (count_places(heat, part, err) != 0)
            return -1;
    }
    for (done = 0; done < n * HEAT_DRAWS; done += BLOCK) {
        for (i = 0; i < BLOCK; i++)
            draw_place(heat, &rng, i);
        if (count_places(heat, BLOCK, err) != 0)
            return -1;
    }
    return 0;
}

static int put_heat(struct heat *heat, struct err *err)
{
    struct picture *picture = heat->picture;
    const struct picture_axis *x = heat->axes[0], *y = heat->axes[1];
    size_t i, k;

    if (picture_block(picture, "heat", HEAT_COLUMNS " (the learner's probability, its highest)",
                      err) != 0)
        return -1;
    for (i = 0; i < y->n_bins; i++)
        for (k = 0; k < x->n_bins; k++) {
            double row[HEAT_ROW];

            if (heat->most[i * x->n_bins + k] < 0)
                continue;
            picture_heat_place(x, y, k, i, row);
            row[HEAT_ROW - 1] = (double)heat->most[i * x->n_bins + k];
            if (picture_row(picture, HEAT_ROW, row, err) != 0)
                return -1;
        }
    if (picture_note(picture, err,
                     "heat: the highest probability over the other parameters, of the model of "
                     "round %u",
                     (unsigned)heat->learner.round) != 0)
        return -1;
    return picture_words(picture, "heat_label", "highest probability of the learner [%]", err);
}

int picture_heat_of_learner(struct picture *picture, const struct picture_axis *x,
                            const struct picture_axis *y, struct err *err)
{
    struct heat heat = {.picture = picture, .axes = {x, y}};
    size_t n_params = picture->scan->n_params;
    int rc = -1;

    if (x->value >= n_params || y->value >= n_params)
        return err_set(err, ERR_USAGE,
                       "the learner knows parameters only: --heat p needs them along both axes, "
                       "%s is none",
                       x->value >= n_params ? x->name : y->name);
    TRY(learner_open(picture, &heat.learner, err));
    if (!heat.learner.model) {
        err_set(err, ERR_STORE,
                "scan %s has no trained learner yet, or one of other constraints or of another "
                "version: --heat p has nothing to ask",
                picture->scan->name);
        goto out;
    }
    TRY(read_parents(&heat, err));
    TRY(work_out(&heat, err));
    rc = put_heat(&heat, err);
out:
    picture_sample_free(&heat.parents);
    learner_close(&heat.learner);
    return rc;
}
