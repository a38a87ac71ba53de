/* t-survey-choice.c: choosing by promise and distance: where the model is less sure the set is
 * thinner, but not empty, in many dimensions too; a least distance is kept; all accepted points
 * count as covered, and the distance between them is the one that was made; how near to others new
 * points may come leaves room for them in the target; where the choice is no better than chance
 * most of a batch is left to chance; a step out of the cube ends inside. */
#include "../src/survey/private.h"
#include "tap.h"

#include <math.h>

enum { MOST_DIMS = 10, CANDIDATES = 3000, CHOSEN = 600, ROWS = 6000, STEPS = 18 };

static void make_candidates(struct candidates *c, size_t d)
{
    struct rng rng = rng_stream(1, RNG_TEST, d);
    struct err err = ERR_INIT;

    if (candidates_create(c, CANDIDATES, d, &err) != 0)
        bail_out("%s", err.message);
    for (size_t i = 0; i < CANDIDATES * d; i++)
        c->x[i] = (float)rng_uniform(&rng);
    c->n = CANDIDATES;
    for (size_t i = 0; i < CANDIDATES; i++) {
        c->score[i] = c->x[i * d] < 0.5f ? 1.0f : 0.7f;
        c->family[i] = 1;
    }
    select_cover(c, 0, NULL, NULL);
}

/* The share of what is chosen that lies where the score is 0.7. */
static double share_of_unsure(size_t d)
{
    struct selection s = {.n = CHOSEN, .power = select_power(d), .to = 2.0f};
    size_t chosen[CHOSEN], n = 0, n_unsure = 0;
    struct candidates c;

    make_candidates(&c, d);
    select_diverse(&c, &s, chosen, &n);
    for (size_t i = 0; i < n; i++)
        n_unsure += c.x[chosen[i] * d] >= 0.5f;
    candidates_free(&c);
    is_size(n, CHOSEN, "%zu dimensions: as many as wanted", d);
    return (double)n_unsure / (double)n;
}

static void check_power(void)
{
    for (size_t d = 2; d <= MOST_DIMS; d += 4) {
        double share = share_of_unsure(d);

        ok(share > 0.005 && share < 0.3,
           "%zu dimensions: where the score is 0.7 the set is thinner, not empty: %.3f", d, share);
    }
}

static double distance(size_t d, const float *a, const float *b)
{
    double sum = 0.0;

    for (size_t j = 0; j < d; j++)
        sum += pow((double)a[j] - (double)b[j], 2.0);
    return sqrt(sum);
}

static void check_least(void)
{
    enum { DIMS = 2 };
    const float least = 0.1f;
    struct selection s = {.n = CHOSEN, .power = 1.0, .to = 2.0f, .least = least * least};
    size_t chosen[CHOSEN], n = 0;
    const float known[DIMS] = {0.5f, 0.5f}, weight = 1.0f;
    double nearest = INFINITY, farthest = 0.0;
    struct candidates c;

    make_candidates(&c, DIMS);
    select_cover(&c, 1, known, &weight);
    select_diverse(&c, &s, chosen, &n);
    for (size_t i = 0; i < n; i++) {
        nearest = fmin(nearest, distance(DIMS, known, c.x + chosen[i] * DIMS));
        for (size_t k = 0; k < i; k++)
            nearest = fmin(nearest, distance(DIMS, c.x + chosen[k] * DIMS, c.x + chosen[i] * DIMS));
    }
    for (size_t i = 0; i < CANDIDATES; i++)
        farthest = fmax(farthest, sqrt((double)c.nearest[i]));
    ok(n > 30 && n < CHOSEN && nearest >= (double)least - 1e-6,
       "%zu chosen, none nearer to another than is allowed: %.3f", n, nearest);
    ok(farthest < (double)least + 1e-6, "and there was room for no more: %.3f", farthest);
    candidates_free(&c);
}

/* A lattice of accepted points, more than are looked at for the distance, and as many others. */
static void check_covered(void)
{
    enum { DIMS = 3 };
    static float x[ROWS * DIMS], far[ROWS];
    static int8_t label[ROWS];
    float spacing2;
    struct survey_snapshot shot = {.n_dims = DIMS, .n = ROWS, .x = x, .label = label};
    struct search_state search = {.snapshot = &shot, .distance = far};
    struct survey_batch batch = {.n = 0};
    struct covered covered = {0};
    struct err err = ERR_INIT;
    size_t n_accepted = 0;

    for (size_t i = 0; i < ROWS; i++) {
        size_t place = i;

        for (size_t j = 0; j < DIMS; j++, place /= STEPS)
            x[i * DIMS + j] = (float)(place % STEPS) / STEPS;
        label[i] = i < STEPS * STEPS * STEPS - STEPS * STEPS;
        n_accepted += label[i] > 0;
        far[i] = 1.0f;
    }
    if (covered_find(&search, &batch, 0, &covered, &err) != 0 ||
        covered_spacing(&covered, DIMS, &spacing2, &err) != 0)
        bail_out("%s", err.message);
    is_size(covered.n, n_accepted, "every accepted point counts as covered");
    ok(fabs(sqrt((double)spacing2) - 1.0 / STEPS) < 1e-4, "the distance between them: %.4f",
       sqrt((double)spacing2));
    mem_free(covered.x);
    mem_free(covered.weight);
}

static double room(size_t d, size_t n_accepted, size_t n_known, size_t n)
{
    struct survey_snapshot shot = {
        .n_dims = d, .n_uniform = 10000, .n_uniform_accepted = n_accepted};
    float weight[100];
    struct covered covered = {.weight = weight, .n = n_known};

    for (size_t i = 0; i < n_known; i++)
        weight[i] = 1.0f;
    return sqrt((double)covered_room(&covered, &shot, n));
}

/* No fewer points than there are to be fit into the target that far from each other, whatever its
 * shape: here into a segment, and into squares of the same area, one or a hundred. */
static void check_room(void)
{
    double few = room(7, 20, 4, 300), many = room(7, 20, 100, 5000), plane = room(2, 100, 50, 300);

    ok(few > 0.05 && few < 0.15, "in seven dimensions few points keep a distance: %.3f", few);
    ok(many < 0.8 * few && many > 0.5 * few, "the more there are the less: %.3f", many);
    ok(350.0 * room(1, 100, 50, 300) < 0.01, "a segment has room for all");
    ok(pow(1.0 + 0.1 / plane, 2.0) > 350.0, "so has a square");
    ok(100.0 * pow(1.0 + 0.01 / plane, 2.0) > 350.0, "and a hundred small ones");
    ok(room(7, 1, 4, 300) < few && room(7, 1, 4, 300) > 0.0, "one point tells of a small target");
    ok(!(room(7, 0, 4, 300) > 0.0), "none of nothing");
}

/* Of 300 points, after a round in which n_accepted of 240 chosen ones were. */
static size_t left_to_chance(size_t n_uniform_accepted, size_t n_accepted)
{
    struct survey_snapshot shot = {.n_uniform = 1000,
                                   .n_uniform_accepted = n_uniform_accepted,
                                   .n_last = 240,
                                   .n_last_accepted = n_accepted};
    struct search_state search = {.snapshot = &shot, .mass = (double)n_uniform_accepted / 1000.0};
    struct candidates none = {.n = 0};

    return explored_count(&search, &none, 300, 300);
}

static void check_blind(void)
{
    size_t worse = left_to_chance(64, 8), alike = left_to_chance(64, 15),
           little = left_to_chance(64, 20);

    ok(worse >= 240, "a choice worse than chance: %zu of 300 are left to chance", worse);
    ok(alike < worse && little < alike && little > 0, "less where it is better: %zu, %zu", alike,
       little);
    is_size(left_to_chance(64, 60), 0, "none where it is far better");
    is_size(left_to_chance(10, 0), 0, "and none while chance is not known to do better");
}

static void check_mirrored(void)
{
    ok(fabsf(survey_mirrored(-0.25f) - 0.25f) < 1e-6f &&
           fabsf(survey_mirrored(1.25f) - 0.75f) < 1e-6f,
       "a step out of the cube comes back from the wall");
    ok(survey_mirrored(0.0f) > 0.0f && survey_mirrored(1.0f) < 1.0f, "none ends upon it");
}

int main(void)
{
    check_blind();
    check_mirrored();
    check_power();
    check_room();
    check_least();
    check_covered();
    return done_testing();
}
