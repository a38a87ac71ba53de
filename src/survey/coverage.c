/* coverage.c: how well the points that were found cover the target.
 *
 * Parts.  The volume of a component is measured twice.  By the learner: the sum of weight times
 * chance of the pool's points that lie nearest to it; its error is that of the draws and the
 * ensemble's disagreement, taken as if all of it went in one direction.  By the uniform points: the
 * share of them that was accepted there, with the error that a binomial count of the learner's
 * expectation would have.  Both are averaged with the inverse squares of their errors.  The
 * deviation of a part is its share of the accepted points over its share of the volume of all
 * parts: 1 where the survey is even.
 *
 * What it does not: correct the learner's probability by the points it has learned from. */
#include "cover.h"
#include "private.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* ---- volumes -------------------------------------------------------------------------------- */

struct tallies { /* per part, the last one for what is nowhere */
    double *mass, *squares, *doubt;
    size_t *n_uniform;
    size_t all_uniform;
};

static int tally_uniform(const struct coverage_input *input, const struct cover_parts *parts,
                         struct tallies *t)
{
    size_t i;

    for (i = 0; i < input->n; i++) {
        t->all_uniform += input->is_uniform[i];
        if (!input->is_uniform[i] || input->state[i] != STATE_ACCEPTED)
            continue;
        t->n_uniform[cover_parts_of(parts, input->x + i * input->n_dims, INFINITY)]++;
    }
    return 0;
}

static void tally_pool(const struct cover_parts *parts, const struct cover_pool *pool, float reach2,
                       struct tallies *t)
{
    size_t i;

    for (i = 0; i < pool->n; i++) {
        size_t k = cover_parts_of(parts, pool->x + i * pool->d, reach2);
        double mass = pool->weight[i] * (double)pool->chance[i];

        k = k == SIZE_MAX ? parts->n_components : k;
        t->mass[k] += mass;
        t->squares[k] += mass * mass;
        t->doubt[k] += pool->weight[i] * (double)pool->spread[i];
    }
}

/* Two measurements of one thing; an error that is not known has no say. */
static void average(double a, double a_error, double b, double b_error, double *mean, double *error)
{
    double u = a_error > 0.0 ? 1.0 / (a_error * a_error) : 0.0;
    double v = b_error > 0.0 ? 1.0 / (b_error * b_error) : 0.0;

    *mean = u + v > 0.0 ? (u * a + v * b) / (u + v) : (double)NAN;
    *error = u + v > 0.0 ? 1.0 / sqrt(u + v) : (double)NAN;
}

static void weigh_part(const struct tallies *t, bool has_model, size_t k,
                       struct coverage_part *part)
{
    double n = (double)t->all_uniform, count = (double)t->n_uniform[k];
    double expected = has_model ? fmax(t->mass[k] * n, count > 0.0 ? 1.0 : 0.5) : count;
    double error = n > 0.0 ? sqrt(expected) / n : (double)NAN;
    double learner = has_model && t->mass[k] > 0.0 ? sqrt(t->squares[k] + t->doubt[k] * t->doubt[k])
                                                   : (double)NAN;

    average(t->mass[k], learner, n > 0.0 ? count / n : 0.0, error, &part->volume,
            &part->volume_error);
}

static void find_deviations(struct coverage *c)
{
    double volume = 0.0, squares = 0.0, points = 0.0;
    size_t k;

    for (k = 0; k < c->n_parts; k++) {
        volume += c->parts[k].volume; /* NaN spreads: then no share is known */
        squares += pow(c->parts[k].volume_error, 2.0);
        points += (double)c->parts[k].n;
    }
    for (k = 0; k < c->n_parts; k++) {
        struct coverage_part *part = &c->parts[k];
        double rest = volume - part->volume;
        double others = squares - part->volume_error * part->volume_error;

        part->deviation = (double)part->n / points / (part->volume / volume);
        /* share v / (v + rest): both are uncertain */
        part->deviation_error =
            part->deviation * sqrt(pow(part->volume_error / part->volume * rest / volume, 2.0) +
                                   fmax(others, 0.0) / (volume * volume));
        if (!isfinite(part->deviation) || !isfinite(part->deviation_error))
            part->deviation = part->deviation_error = NAN;
    }
}

static int weigh_parts(const struct coverage_input *input, const struct cover_parts *parts,
                       const struct cover_pool *pool, struct coverage *c, struct err *err)
{
    size_t k, n = parts->n_components;
    double scale = parts->n > 0 ? (double)parts->n_accepted / (double)parts->n : 1.0;
    /* the friends' reach, and room for the gaps that are part of a component */
    float reach = isfinite(c->gap_from) ? (float)c->gap_from : 0.0f;
    struct tallies t = {.mass = mem_array(n + 1, sizeof(double)),
                        .squares = mem_array(n + 1, sizeof(double)),
                        .doubt = mem_array(n + 1, sizeof(double)),
                        .n_uniform = mem_array(n + 1, sizeof(size_t))};
    int rc = -1;

    c->parts = arena_array(c->arena, n, sizeof *c->parts);
    c->n_parts = n;
    if (!t.mass || !t.squares || !t.doubt || !t.n_uniform || !c->parts) {
        mem_error(err);
        goto out;
    }
    if (n > 0) {
        tally_uniform(input, parts, &t);
        tally_pool(parts, pool, fmaxf(4.0f * parts->link2, reach * reach), &t);
    }
    for (k = 0; k < n; k++) {
        c->parts[k].n = (uint64_t)llround(scale * (double)parts->count[k]);
        c->parts[k].share = (double)parts->count[k] / (double)parts->n;
        weigh_part(&t, input->model != NULL, k, &c->parts[k]);
    }
    find_deviations(c);
    rc = 0;
out:
    mem_free(t.mass);
    mem_free(t.squares);
    mem_free(t.doubt);
    mem_free(t.n_uniform);
    return rc;
}

static void sum_pool(const struct cover_pool *pool, struct coverage *c)
{
    double squares = 0.0, doubt = 0.0;
    size_t i;

    c->predicted = 0.0;
    for (i = 0; i < pool->n; i++) {
        double mass = pool->weight[i] * (double)pool->chance[i];

        c->predicted += mass;
        squares += mass * mass;
        doubt += pool->weight[i] * (double)pool->spread[i];
    }
    c->predicted_error = sqrt(squares + doubt * doubt);
    c->n_pool = pool->n_uniform + pool->n_local;
    c->n_foreseen = pool->n_in;
}

/* ---- all ------------------------------------------------------------------------------------ */

static int note_parts(const struct coverage_input *input, const struct cover_parts *parts,
                      struct coverage *c, struct err *err)
{
    size_t *part = arena_array(c->arena, input->n, sizeof *part), i;

    if (!part)
        return mem_error(err);
    for (i = 0; i < input->n; i++)
        part[i] = SIZE_MAX;
    for (i = 0; i < parts->n; i++)
        part[parts->input[i]] = parts->component[i];
    c->part = part;
    c->n_accepted = parts->n_accepted;
    c->n_used = parts->n;
    return 0;
}

int survey_coverage(const struct coverage_input *input, struct coverage *coverage, struct err *err)
{
    struct cover_parts parts = {0};
    struct cover_pool pool = {0};
    int rc = -1;

    *coverage = (struct coverage){.arena = arena_create(),
                                  .n_dims = input->n_dims,
                                  .predicted = NAN,
                                  .predicted_error = NAN,
                                  .empty = NAN,
                                  .typical = NAN,
                                  .gap_from = NAN,
                                  .evenness = NAN,
                                  .evenness_error = NAN,
                                  .sure = NAN};
    if (!coverage->arena) {
        mem_error(err);
        goto out;
    }
    TRY(cover_parts_find(input, &parts, err));
    if (input->model) {
        TRY(cover_parts_merge(input, &parts, err));
        TRY(cover_pool_draw(input, &parts, &pool, err));
        sum_pool(&pool, coverage);
        TRY(cover_gaps_find(input, &parts, &pool, coverage, err));
        TRY(cover_even_find(input, &parts, &pool, coverage, err));
    }
    TRY(note_parts(input, &parts, coverage, err));
    TRY(weigh_parts(input, &parts, &pool, coverage, err));
    rc = 0;
out:
    cover_parts_free(&parts);
    cover_pool_free(&pool);
    if (rc != 0) {
        err_while(err, "measuring coverage");
        coverage_free(coverage);
    }
    return rc;
}

void coverage_free(struct coverage *coverage)
{
    arena_free(coverage->arena);
    *coverage = (struct coverage){.n_dims = 0};
}

int survey_cover(const struct survey *survey, const struct scan *scan, const void *carry,
                 size_t n_carry, struct coverage *coverage, struct err *err)
{
    size_t d = survey->n_dims, i;
    struct coverage_input input = {.n_dims = d, .n_cells = survey->n_cells, .seed = survey->seed};
    float *x = mem_array(survey->n_ids * d, sizeof *x);
    uint8_t *state = mem_array(survey->n_ids, 1), *is_uniform = mem_array(survey->n_ids, 1);
    int rc = -1;

    *coverage = (struct coverage){.n_dims = 0};
    if (!x || !state || !is_uniform) {
        mem_error(err);
        goto out;
    }
    for (i = 0; i < survey->n_ids; i++) {
        if (survey->state[i] == STATE_EMPTY || survey->state[i] == STATE_RUNNING)
            continue;
        memcpy(x + input.n * d, survey->x + i * d, d * sizeof *x);
        is_uniform[input.n] = survey->density[i] == 1.0f;
        state[input.n++] = survey->state[i];
    }
    input.x = x;
    input.state = state;
    input.is_uniform = is_uniform;
    input.model = survey_ensemble(scan, d, survey->judge, carry, n_carry, err);
    if (!input.model && err->code != ERR_NONE)
        goto out;
    rc = survey_coverage(&input, coverage, err);
out:
    ensemble_free(input.model);
    mem_free(x);
    mem_free(state);
    mem_free(is_uniform);
    return rc;
}
