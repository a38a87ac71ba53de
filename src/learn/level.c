/* level.c: the target as the neighbourhood of a level, learnt from labels alone.
 *
 * What it does: a target that is thin in some direction says next to nothing about its surroundings
 * to whoever regresses the label.  As a band about a level of an unknown function (level-model.c)
 * thirty accepted points can be enough to know it everywhere.  The likelihood has many maxima: many
 * random beginnings on a sample of the rows, some steps each, the best few to the end with all
 * rows, less and less held down by the ridge.  They and the map of the round before compete by what
 * they say of the rows that they were fitted to and of those left out.
 *
 * What it does not: decide.  Whether a map becomes an input is asked by trial.c. */
#include "level-model.h"

#include <gsl/gsl_sort_double.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

enum {
    ACCEPTED_MIN = 16,
    OUT_MIN = 3,
    ACCEPTED_MAX = 1500, /* rows of a fit, in three dimensions or less */
    REJECTED_MAX = 3000,
    TRY_ACCEPTED = 200, /* rows of a random beginning */
    TRY_REJECTED = 800,
    CUBE = 2000, /* random places for the measure */
    TRIES = 64,  /* random beginnings, in four dimensions or less */
    TRIES_MIN = 12,
    FINISHED = 6, /* of them that are brought to an end */
    FIRST_STEPS = 30,
    STEPS = 60,
    BASIS_FIRST = 9, /* degrees, more with more accepted rows */
    BASIS_NEXT = 13,
    BASIS_LAST = LEVEL_BASIS,
    MANY = 400
};
static const double ridges[] = {1.0, 0.1, 0.02};
static const double crowded = 0.04;    /* neighbours are within this times the root of d */
static const double good_merit = -0.4; /* of one that need not be doubted */
static const double as_wide = 1.55;    /* brings the first bump's width at half its height to 1 */

static size_t count_rows(const struct level_data *data, int8_t label, bool is_out)
{
    size_t i, n = 0;

    for (i = 0; i < data->n; i++)
        n += data->label[i] == label && data->is_out[i] == is_out;
    return n;
}

static size_t least(size_t a, size_t b)
{
    return a < b ? a : b;
}

/* Up to `most` of the rows with that label, evenly spread over them. */
static void gather(const struct level_data *data, int8_t label, bool is_out, size_t most,
                   struct level_rows *rows)
{
    size_t i, n = count_rows(data, label, is_out), seen = 0, kept = 0, wanted = least(n, most);

    for (i = 0; i < data->n; i++) {
        if (data->label[i] != label || data->is_out[i] != is_out ||
            (n > most && seen++ * most / n < kept))
            continue;
        if (kept == wanted)
            break;
        rows->weight[rows->n] = (double)n / (double)wanted;
        rows->x[rows->n++] = data->x + i * data->d;
        kept++;
    }
}

/* ---- looking for it ------------------------------------------------------------------------- */

/* What a fit works with. */
struct search {
    struct level_model all, some; /* all rows, and a sample of them */
    struct level_rows all_rows, some_rows, out_rows;
    size_t n_accepted, n_some; /* accepted ones among them */
    struct level_measure out;
    struct descent descent;
    struct separable best;
    double merit; /* of the best */
};

/* What a map makes likely of the rows that it was fitted to and of those left out, for each
 * accepted one; penalised. */
static void compete(struct search *f, const struct level_model *l, double loss)
{
    struct separable map = f->best;
    double gain, merit;

    level_model_save(l, f->descent.at, &map);
    merit = level_model_measure(&f->out, &f->out_rows, &map, &gain) - loss / l->accepted;
    map.left = fmin(exp(-gain), 0.999);
    if (!isfinite(merit) || merit <= f->merit)
        return;
    f->merit = merit;
    f->best = map;
}

/* s times a number: what is wide 0.64 becomes wide 1. */
static void sharpen(const struct level_model *l, double *at)
{
    size_t r, j, k;

    at[0] *= as_wide;
    for (r = 0; r <= l->terms; r++)
        for (j = 0; j < (r == 0 ? l->d : 1); j++)
            for (k = 0; k < l->basis; k++)
                level_model_part(l, at, r, j)[k] *= as_wide;
}

/* To the end, with all rows and all parts. */
static void finish(struct search *f, const struct separable *map, size_t basis, size_t from)
{
    struct level_model *l = &f->all;
    double loss = 0.0, *at = f->descent.at;
    size_t i;

    l->terms = map->terms;
    l->has_sums = true;
    if (l->basis != basis || l->n == 0)
        level_model_fill(l, &f->all_rows, f->n_accepted, basis);
    level_model_load(l, map, at);
    l->is_sharp = map->is_sharp != 0;
    for (i = from; i < sizeof ridges / sizeof ridges[0]; i++) {
        l->ridge = ridges[i];
        loss = level_model_descend(l, &f->descent, STEPS);
    }
    compete(f, l, loss);
    if (l->is_sharp)
        return;
    sharpen(l, at);
    l->is_sharp = true;
    compete(f, l, level_model_descend(l, &f->descent, STEPS));
}

/* Products of the same factors on all axes, or of any; sums; both.  The level goes through the
 * middle of the accepted rows. */
static void begin_anywhere(struct search *f, size_t t, struct rng *rng)
{
    struct level_model *l = &f->some;
    double *at = f->descent.at, *sorted = l->e;
    size_t r, j, k, n = f->n_some;

    l->is_sharp = false;
    l->terms = t % 4 == 3 ? 0 : 1;
    l->has_sums = t % 4 >= 2;
    memset(at, 0, level_model_size(l) * sizeof *at);
    at[1] = -1.0;
    for (r = 0; r <= l->terms; r++) {
        for (j = 0; j < l->d; j++) {
            double *c = level_model_part(l, at, r, j);

            for (k = 0; k < l->basis; k++) {
                double fall = 1.0 / (1.0 + 0.5 * (double)k);

                c[k] = r == 0 && !l->has_sums ? 0.0
                       : r == 0               ? 0.5 * fall * fall * rng_normal(rng)
                       : j > 0 && t % 2 == 0  ? level_model_part(l, at, r, 0)[k]
                                              : fall * rng_normal(rng);
            }
        }
    }
    level_model_evaluate(l, at);
    memcpy(sorted, l->s, n * sizeof *sorted);
    gsl_sort(sorted, 1, n);
    at[0] = -sorted[n / 2];
}

struct begun {
    double loss;
    struct separable map;
};

/* Random beginnings on a sample; the best of them, in order, to `begun`. */
static size_t begin(struct search *f, struct begun *begun, struct rng *rng)
{
    struct level_model *l = &f->some;
    size_t t, n = 0, at, tries = least(TRIES, 4 * TRIES / l->d);

    for (t = 0; t < tries || t < TRIES_MIN; t++) {
        double loss;

        begin_anywhere(f, t, rng);
        l->ridge = ridges[0];
        level_model_descend(l, &f->descent, FIRST_STEPS);
        l->ridge = ridges[1];
        loss = level_model_descend(l, &f->descent, FIRST_STEPS);
        if (n == FINISHED && loss >= begun[n - 1].loss)
            continue;
        at = n < FINISHED ? n++ : n - 1;
        for (; at > 0 && begun[at - 1].loss > loss; at--)
            begun[at] = begun[at - 1];
        begun[at].loss = loss;
        begun[at].map = (struct separable){.n_searched = 0};
        level_model_save(l, f->descent.at, &begun[at].map);
    }
    return n;
}

static size_t basis_for(size_t n_accepted)
{
    return n_accepted >= MANY ? BASIS_LAST : n_accepted >= MANY / 4 ? BASIS_NEXT : BASIS_FIRST;
}

/* A new map, brought to the full number of degrees before it competes with the one at hand. */
static int look(struct search *f, struct rng *rng, struct err *err)
{
    struct begun *begun = mem_array(FINISHED, sizeof *begun);
    struct separable before = f->best, found;
    double merit = f->merit;
    size_t n, k, basis = basis_for(f->n_accepted);

    if (!begun)
        return mem_error(err);
    f->merit = -INFINITY;
    level_model_fill(&f->some, &f->some_rows, f->n_some, BASIS_FIRST);
    n = begin(f, begun, rng);
    for (k = 0; k < n; k++)
        finish(f, &begun[k].map, BASIS_FIRST, 1);
    found = f->best;
    if (basis > BASIS_FIRST && isfinite(f->merit))
        finish(f, &found, basis, 2);
    if (f->merit <= merit) {
        f->best = before;
        f->merit = merit;
    }
    mem_free(begun);
    return 0;
}

/* The meaning of the input stays: the sign is free, and taken from the map before. */
static void align(struct search *f, const struct separable *before)
{
    struct separable *map = &f->best;
    size_t i, j, r, d = f->out.model.d;
    double along = 0.0;

    for (i = f->out.n_out; i < f->out_rows.n; i++)
        along += ((double)separable_value(before, f->out_rows.x[i]) - 0.5) *
                 ((double)separable_value(map, f->out_rows.x[i]) - 0.5);
    if (along >= 0.0)
        return;
    map->constant = -map->constant;
    for (j = 0; j < d * SEPARABLE_BASIS; j++)
        map->c[j] = -map->c[j];
    for (r = 1; r <= map->terms; r++)
        for (j = 0; j < SEPARABLE_BASIS; j++)
            map->c[r * SEPARABLE_DIMS * SEPARABLE_BASIS + j] *= -1.0;
}

static int rows_create(struct level_rows *rows, size_t n, struct err *err)
{
    rows->x = mem_array(n, sizeof *rows->x);
    rows->weight = mem_array(n, sizeof *rows->weight);
    return rows->x && rows->weight ? 0 : mem_error(err);
}

static int search_create(struct search *f, size_t d, struct err *err)
{
    *f = (struct search){.merit = -INFINITY, .best.left = 1.0};
    if (level_model_create(&f->all, ACCEPTED_MAX + REJECTED_MAX, d, err) != 0 ||
        level_model_create(&f->some, TRY_ACCEPTED + TRY_REJECTED, d, err) != 0 ||
        level_model_create(&f->out.model, ACCEPTED_MAX + REJECTED_MAX + CUBE, d, err) != 0 ||
        rows_create(&f->all_rows, ACCEPTED_MAX + REJECTED_MAX, err) != 0 ||
        rows_create(&f->some_rows, TRY_ACCEPTED + TRY_REJECTED, err) != 0 ||
        rows_create(&f->out_rows, ACCEPTED_MAX + REJECTED_MAX + CUBE, err) != 0)
        return -1;
    return descent_create(&f->descent, 2 + (LEVEL_TERMS + 1) * d * LEVEL_BASIS, err);
}

static void rows_free(struct level_rows *rows)
{
    mem_free(rows->x);
    mem_free(rows->weight);
}

static void search_free(struct search *f)
{
    level_model_free(&f->all);
    level_model_free(&f->some);
    level_model_free(&f->out.model);
    rows_free(&f->all_rows);
    rows_free(&f->some_rows);
    rows_free(&f->out_rows);
    descent_free(&f->descent);
}

/* Of the accepted rows `most` for the sample: the more neighbours a row has, the more rarely, so
 * that every part of the target has its say. */
static void gather_evenly(struct search *f, size_t d, size_t most)
{
    const struct level_rows *all = &f->all_rows;
    double *share = f->all.s, total = 0.0, sum = 0.0;
    size_t n = f->n_accepted, i, k, j;

    for (i = 0; i < n; i++) {
        double crowd = 0.0;

        for (k = 0; k < n; k++) {
            double r2 = 0.0;

            for (j = 0; j < d; j++) {
                double step = (double)(all->x[i][j] - all->x[k][j]);

                r2 += step * step;
            }
            crowd += r2 < crowded * crowded * (double)d;
        }
        share[i] = 1.0 / crowd;
        total += share[i];
    }
    for (i = 0; i < n; i++) {
        sum += share[i];
        if (n > most && sum * (double)most < total * ((double)f->some_rows.n + 0.5))
            continue;
        f->some_rows.weight[f->some_rows.n] = 1.0;
        f->some_rows.x[f->some_rows.n++] = all->x[i];
        if (f->some_rows.n == most)
            break;
    }
}

static void gather_all(struct search *f, const struct level_data *data, const float *cube)
{
    size_t i;

    gather(data, 1, false, least(ACCEPTED_MAX, 3 * ACCEPTED_MAX / data->d), &f->all_rows);
    f->n_accepted = f->all_rows.n;
    gather(data, 0, false, least(REJECTED_MAX, 3 * REJECTED_MAX / data->d), &f->all_rows);
    gather_evenly(f, data->d, TRY_ACCEPTED);
    f->n_some = f->some_rows.n;
    gather(data, 0, false, TRY_REJECTED, &f->some_rows);
    gather(data, 1, true, ACCEPTED_MAX, &f->out_rows);
    f->out.n_accepted = f->out_rows.n;
    gather(data, 0, true, REJECTED_MAX, &f->out_rows);
    f->out.n_out = f->out_rows.n;
    for (i = 0; i < CUBE; i++) {
        f->out_rows.x[f->out_rows.n] = cube + i * data->d;
        f->out_rows.weight[f->out_rows.n++] = 1.0;
    }
}

/* Newly looked for when there are a fifth as many again; half as many when little is left to be
 * said of the labels. */
static bool is_due(const struct search *f, const struct separable *map, size_t n)
{
    double more = f->merit > good_merit ? 1.5 : 1.2;

    return (double)n >= more * (double)map->n_searched;
}

int level_fit(struct separable *map, const struct level_data *data, struct rng *rng,
              struct err *err)
{
    size_t n = count_rows(data, 1, false), n_out = count_rows(data, 1, true), i;
    float *cube = NULL;
    struct search f;
    int rc = -1;

    if (data->d > SEPARABLE_DIMS || n < ACCEPTED_MIN || n_out < OUT_MIN)
        return 0;
    TRY(search_create(&f, data->d, err));
    cube = mem_array(CUBE * data->d, sizeof *cube);
    if (!cube) {
        mem_error(err);
        goto out;
    }
    for (i = 0; i < CUBE * data->d; i++)
        cube[i] = (float)rng_uniform(rng);
    gather_all(&f, data, cube);
    f.best.n_searched = map->n_searched;
    f.best.n_tried = map->n_tried;
    f.best.is_wanted = map->is_wanted;
    if (map->is_level) {
        size_t basis = basis_for(n);

        finish(&f, map, map->basis, 2);
        if (basis > map->basis)
            finish(&f, map, basis, 2);
    }
    if (is_due(&f, map, n)) {
        f.best.n_searched = (uint32_t)n;
        if (look(&f, rng, err) != 0)
            goto out;
    }
    if (map->is_level)
        align(&f, map);
    *map = f.best;
    rc = 0;
out:
    mem_free(cube);
    search_free(&f);
    return rc;
}
