/* health.c: are the learner's proposals better than random points?  When a round has landed, the
 * last ones are weighed against the uniform share (survey_health), and what is wrong goes into the
 * log, once until it changes.  Rounds of before a cut were proposed for other labels: they do not
 * count. */
#include "private.h"

#include <jansson.h>
#include <math.h>

enum { LATEST_ROUNDS = 5 };

static double auc_of(const struct round_row *round)
{
    json_t *metrics = round->metrics != NULL ? json_loads(round->metrics, 0, NULL) : NULL;
    json_t *auc = json_object_get(metrics, "auc");
    double value = json_is_number(auc) ? json_number_value(auc) : (double)NAN;
    json_decref(metrics);
    return value;
}

static void add_round(const struct round_row *round, struct health *health)
{
    health->learned += round->n_closed - round->n_uniform;
    health->learned_accepted += round->n_accepted - round->n_uniform_accepted;
    health->learned_failed += round->n_failed - round->n_uniform_failed;
    health->promised += round->promised * (double)(round->n_closed - round->n_uniform);
}

static void weigh(const struct engine *engine, const struct round_row *rounds, size_t n,
                  const struct store_counts *counts, struct health *health)
{
    size_t n_added = 0;
    *health = (struct health){.uniform = counts->uniform_total,
                              .uniform_accepted = counts->uniform_accepted,
                              .uniform_failed = counts->uniform_failed,
                              .auc = (double)NAN};
    for (size_t i = n; i-- > 0 && n_added < LATEST_ROUNDS;) {
        if (isnan(rounds[i].promised) || rounds[i].n_closed < rounds[i].n_points ||
            rounds[i].n_closed <= rounds[i].n_uniform)
            continue;
        if (rounds[i].first_id < engine->labels_from)
            break;
        if (n_added++ == 0)
            health->auc = auc_of(&rounds[i]);
        add_round(&rounds[i], health);
    }
    health->promised /= (double)health->learned;
    health->accepted = counts->accepted - health->learned_accepted;
}

int health_check(struct engine *engine, struct err *err)
{
    enum { SEEN = 4 * LATEST_ROUNDS }; /* the user's own rounds stand between */
    struct arena *arena = arena_create();
    struct round_row *rounds;
    struct store_counts counts;
    struct health health;
    char words[HEALTH_WORDS];
    uint32_t from = engine->next_round > SEEN ? engine->next_round - SEEN : 0;
    size_t n;
    int rc = -1;
    if (arena == NULL)
        return mem_error(err);
    TRY(store_rounds(engine->store, from, arena, &rounds, &n, err));
    TRY(store_counts(engine->store, &counts, err));
    weigh(engine, rounds, n, &counts, &health);
    enum health_cause cause = survey_health(&health, words);
    if (cause != HEALTH_FINE && (int)cause != engine->cause)
        engine_note(engine, LOG_WARNING, "%s", words);
    engine->cause = (int)cause;
    rc = 0;
out:
    arena_free(arena);
    return rc;
}
