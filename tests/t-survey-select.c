/* t-survey-select.c: candidates are chosen by their promise and by their distance to what is
 * covered. */
#include "tap.h"

#include "../src/survey/private.h"

#include <math.h>

enum { N = 601, D = 5, KNOWN = 7 };

static void make(struct candidates *c, float *known, float *weight)
{
    struct err err = ERR_INIT;
    struct rng rng = rng_stream(1, RNG_TEST, 0);

    if (candidates_create(c, N + 3, D, &err) != 0)
        bail_out("%s", err.message);
    c->n = N;
    for (size_t i = 0; i < N * D; i++)
        c->x[i] = (float)rng_uniform(&rng);
    for (size_t i = 0; i < N; i++) {
        c->score[i] = (float)rng_uniform(&rng);
        c->family[i] = (uint16_t)(i % 3);
    }
    for (size_t i = 0; i < KNOWN * D; i++)
        known[i] = (float)rng_uniform(&rng);
    for (size_t i = 0; i < KNOWN; i++)
        weight[i] = i % 2 ? 1.0f : 0.6f;
}

static double distance2(const float *a, const float *b)
{
    double sum = 0.0;

    for (size_t j = 0; j < D; j++)
        sum += pow((double)a[j] - (double)b[j], 2.0);
    return sum;
}

static void check_cover(void)
{
    struct candidates c;
    float known[KNOWN * D], weight[KNOWN];
    double worst = 0.0;

    make(&c, known, weight);
    select_cover(&c, KNOWN, known, weight);
    for (size_t i = 0; i < N; i++) {
        double least = D;

        for (size_t k = 0; k < KNOWN; k++)
            least = fmin(least, distance2(c.x + i * D, known + k * D) / pow((double)weight[k], 2));
        worst = fmax(worst, fabs(least - (double)c.nearest[i]));
    }
    ok(worst < 1e-5, "distances, longer to points that may not be accepted (within %.1g)", worst);
    candidates_free(&c);
}

/* Each choice is the best there is: score^(2 power) times the distance to all known and chosen. */
static void check_diverse(void)
{
    struct candidates c;
    float known[KNOWN * D], weight[KNOWN];
    size_t chosen[40], n_chosen = 0, n_worse = 0, n_wrong = 0;
    struct selection s = {.n = 40, .power = 2.0, .from = 0.2f, .to = 0.9f, .family = 1};
    double score[N], merit[N];

    make(&c, known, weight);
    for (size_t i = 0; i < N; i++)
        score[i] = (double)c.score[i];
    select_cover(&c, KNOWN, known, weight);
    for (size_t i = 0; i < N; i++)
        merit[i] = (double)c.nearest[i];
    select_diverse(&c, &s, chosen, &n_chosen);
    is_size(n_chosen, 40, "as many as wanted");
    for (size_t k = 0; k < n_chosen; k++) {
        size_t at = chosen[k];
        double own = pow(score[at], 4.0) * merit[at];

        n_wrong += c.family[at] != 1 || score[at] < 0.2 || score[at] >= 0.9;
        for (size_t i = 0; i < N; i++) {
            bool is_free = c.family[i] == 1 && score[i] >= 0.2 && score[i] < 0.9;

            n_worse += is_free && pow(score[i], 4.0) * merit[i] > own * (1.0 + 1e-5);
        }
        for (size_t i = 0; i < N; i++)
            merit[i] = fmin(merit[i], distance2(c.x + i * D, c.x + at * D));
    }
    is_size(n_worse, 0, "each is the best of those that are left");
    is_size(n_wrong, 0, "of the family and the scores that were asked for");
    s.least = 10.0f;
    select_diverse(&c, &s, chosen, &n_chosen);
    is_size(n_chosen, 40, "none that is nearer than wanted");
    candidates_free(&c);
}

int main(void)
{
    check_cover();
    check_diverse();
    return done_testing();
}
