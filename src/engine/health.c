/* health.c: are the learner's proposals better than random points?  When a round has landed, the
 * last ones are weighed against the uniform share (survey_health), and what is wrong goes into the
 * log, once until it changes.  Rounds of before a cut were proposed for other labels, those of
 * before the first accepted point for an easier target: they do not count.  Where no point is
 * accepted at all the log says, ever more rarely, which constraints stand against each other. */
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
    uint64_t n_accepted, n_ran = store_round_learned(round, &n_accepted);
    uint64_t n_failed = round->n_failed - round->n_uniform_failed - round->n_pinned_failed;
    health->learned += n_ran + n_failed;
    health->learned_accepted += n_accepted;
    health->learned_failed += n_failed;
    health->promised += round->promised * (double)(n_ran + n_failed);
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
            rounds[i].n_closed <= rounds[i].n_uniform + rounds[i].n_pinned)
            continue;
        if (rounds[i].first_id < engine->labels_from || rounds[i].is_relaxed)
            break;
        if (n_added++ == 0)
            health->auc = auc_of(&rounds[i]);
        add_round(&rounds[i], health);
    }
    health->promised /= (double)health->learned;
    health->accepted = counts->accepted - health->learned_accepted;
}

/* ---- nothing is accepted -------------------------------------------------------------------- */

enum { CONFLICT_FIRST = 1000 }; /* then at ten times as many, and so on */

void health_note(struct engine *engine, enum point_state state, const struct verdict *verdict)
{
    if (state == STATE_RUNNING || state == STATE_FAILED)
        return;
    judge_conflict_note(&engine->conflict, judge_n_terms(engine->judge), verdict);
    engine->n_accepted_points += state == STATE_ACCEPTED;
}

void health_forget(struct engine *engine)
{
    engine->conflict = (struct judge_conflict){.n = 0};
    engine->n_accepted_points = 0;
}

static void tell_conflict(struct engine *engine)
{
    const char *names[JUDGE_MAX_TERMS];
    char words[600], n[32];
    size_t n_terms = judge_n_terms(engine->judge);
    uint64_t n_points = engine->conflict.n, at = CONFLICT_FIRST;
    bool is_due = engine->conflict_at > 0 && n_points >= engine->conflict_at;
    while (at <= n_points)
        at *= 10;
    engine->conflict_at = at;
    if (!is_due || engine->n_accepted_points > 0)
        return;
    for (size_t i = 0; i < n_terms; i++)
        names[i] = judge_term(engine->judge, i).name;
    if (judge_conflict_words(&engine->conflict, names, n_terms, words, sizeof words))
        engine_note(engine, LOG_WARNING, "none of %s points is accepted: %s",
                    text_count(n, sizeof n, n_points), words);
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
    tell_conflict(engine);
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
