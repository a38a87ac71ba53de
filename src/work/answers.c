/* answers.c: what a worker says: that it is ready, what it runs, its results, why it gives up.
 *
 * What it does not: read bytes off the pipe (member.c), or decide what becomes of a worker that
 * speaks nonsense (pool.c, death.c). */
#include "crew.h"

#include <math.h>
#include <string.h>

enum { GROUP_MAX = 256, GROUP_MAX_BLOCK = 4096 };

static void learn_pace(struct pool *pool, const struct member *member, size_t n, double seconds)
{
    double each = seconds / (double)n;
    size_t most = member->is_block ? GROUP_MAX_BLOCK : GROUP_MAX;
    pool->mean_s = isnan(pool->mean_s) ? each : 0.7 * pool->mean_s + 0.3 * each;
    double fits = GROUP_S / (pool->mean_s > 1e-9 ? pool->mean_s : 1e-9);
    if (fits > 4 * (double)pool->group_n)
        fits = 4 * (double)pool->group_n;
    pool->group_n = fits < 1 ? 1 : fits > (double)most ? most : (size_t)fits;
}

int crew_hand_over(struct pool *pool, const struct member *member, const struct group *group,
                   size_t i, struct outcome *outcome, const struct taker *taker, struct err *err)
{
    struct work_result result = {
        .id = group->items[i].id,
        .worker = member->number,
        .n_calls = group->items[i].n_calls + 1,
        .row = pool->row,
        .outcome = outcome,
    };
    memcpy(pool->row, group->params + i * pool->scan->n_params,
           pool->scan->n_params * sizeof *pool->row);
    int rc = taker->take(taker->context, &result, err);
    outcome_clear(outcome);
    return rc;
}

/* -1: the worker speaks nonsense (code ERR_PROTOCOL), or the taker failed (any other code).  Points
 * that could not be handed over stay in its hands: they are tried again when it is buried. */
static int take_done(struct pool *pool, struct member *member, struct wire *payload,
                     const struct taker *taker, struct err *err)
{
    size_t n_params = pool->scan->n_params, n = wire_get_u32(payload), n_taken = 0;
    if (member->n_groups == 0 || member->groups[0].n != n)
        return err_set(err, ERR_PROTOCOL, "worker %d answered points it was not given",
                       member->number);
    int rc = 0;
    while (n_taken < n && rc == 0) {
        const struct group *group = &member->groups[0];
        struct outcome outcome;
        uint64_t id;
        rc = wire_get_result(payload, &id, pool->row + n_params, pool->scan->n_values - n_params,
                             &outcome, err);
        if (rc == 0 && id != group->items[n_taken].id)
            rc = err_set(err, ERR_PROTOCOL, "worker %d answered points it was not given",
                         member->number);
        if (rc == 0)
            rc = crew_hand_over(pool, member, group, n_taken++, &outcome, taker, err);
        else
            outcome_clear(&outcome);
    }
    member->n_done += n_taken;
    if (n_taken < n) {
        member_drop(member, n_taken, n_params);
        return rc;
    }
    double began = member->group_began;
    struct group group = member_pop(member);
    learn_pace(pool, member, n, member->group_began - began);
    group_free(&group);
    pool->birth_deaths = 0;
    return rc;
}

static int take_ready(struct pool *pool, struct member *member, struct wire *payload,
                      struct err *err)
{
    size_t n;
    member->is_block = wire_get_u32(payload) != 0;
    const char *tools = wire_get_bytes(payload, &n);
    if (payload->is_bad)
        return err_set(err, ERR_PROTOCOL, "worker %d could not say that it is ready",
                       member->number);
    if (pool->tools == NULL && (pool->tools = mem_strndup(tools, n)) == NULL)
        return mem_error(err);
    if (strcmp(pool->tools, tools) != 0)
        crew_note(pool,
                  mem_strdup("a program, template or shared object was changed while the scan "
                             "runs: workers that start now see the new one, others the old "
                             "one, and their points do not mean the same"));
    member->state = MEMBER_READY;
    return 0;
}

static int take_begin(struct member *member, struct wire *payload, struct err *err)
{
    uint32_t calculator = wire_get_u32(payload);
    uint64_t id = wire_get_u64(payload);
    if (payload->is_bad)
        return err_set(err, ERR_PROTOCOL, "worker %d could not say what it runs", member->number);
    member->calculator = (int)calculator;
    member->calculator_point = id;
    member->calculator_began = clock_steady_s();
    return 0;
}

static int take_error(struct member *member, struct wire *payload, struct err *err)
{
    size_t n;
    uint32_t code = wire_get_u32(payload);
    const char *words = wire_get_bytes(payload, &n);
    bool was_setup = member->state == MEMBER_STARTING;
    return err_set(err,
                   was_setup          ? ERR_START
                   : code == ERR_FULL ? ERR_FULL
                                      : ERR_PROTOCOL,
                   "worker %d: %s", member->number, words);
}

int crew_take_answers(struct pool *pool, struct member *member, const struct taker *taker,
                      struct err *err)
{
    size_t at = 0, n_bytes;
    enum wire_type type;
    struct wire payload;
    int found, rc = 0;
    if (member_greet(member) < 0)
        return err_set(err, ERR_PROTOCOL, "worker %d began with other words than a worker's",
                       member->number);
    if (!member->is_greeted)
        return 0;
    while (rc == 0 && (found = wire_next(&member->in, at, &type, &payload, &n_bytes)) != 0) {
        if (found < 0)
            return err_set(err, ERR_PROTOCOL, "worker %d wrote something that is no answer",
                           member->number);
        at += n_bytes;
        if (type == WIRE_DONE)
            rc = take_done(pool, member, &payload, taker, err);
        else if (type == WIRE_READY)
            rc = take_ready(pool, member, &payload, err);
        else if (type == WIRE_BEGIN)
            rc = take_begin(member, &payload, err);
        else
            rc = take_error(member, &payload, err);
    }
    buf_drop_front(&member->in, at);
    return rc;
}
