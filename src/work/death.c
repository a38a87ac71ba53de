/* death.c: workers that ended, and those that follow them.
 *
 * When a worker dies, the point it had in hand is what killed it.  Where a group of several was in
 * hand, each is tried again alone, so that the one is found and the others are not lost.  A worker
 * that ended before it did anything is no point's affair: while others work it is replaced after a
 * while that doubles, and where none works the scan cannot go on. */
#include "crew.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

enum { MAX_BIRTH_DEATHS = 3 };
static const double LONGEST_WAIT_S = 60; /* between attempts to replace workers */

static void death_words(const struct member *member, struct process_end end, const char *why,
                        char *out, size_t size)
{
    char name[32];
    if (why[0] != '\0')
        snprintf(out, size, "%s", why);
    else if (end.is_signal)
        snprintf(out, size, "worker %d was ended by %s", member->number,
                 process_signal_name(end.status, name, sizeof name));
    else
        snprintf(out, size, "worker %d ended with exit status %d", member->number, end.status);
    size_t n = strlen(out);
    if (member->words.len > 0 && n < size)
        snprintf(out + n, size - n, "\n%s", member->words.data);
}

/* The oldest group is what it died on, unless it is no point's fault. */
static int settle_groups(struct pool *pool, struct member *member, enum reason reason,
                         const char *words, const struct taker *taker, struct err *err)
{
    int rc = 0;
    bool is_oldest = reason != REASON_NONE;
    while (rc == 0 && member->n_groups > 0) {
        struct group group = member_pop(member);
        if (is_oldest && group.n == 1) {
            struct outcome outcome = {
                .reason = reason,
                .calculator = -1,
                .stage = "run",
                .words = mem_strdup(words),
            };
            for (size_t v = pool->scan->n_params; v < pool->scan->n_values; v++)
                pool->row[v] = (double)NAN;
            rc = crew_hand_over(pool, member, &group, 0, &outcome, taker, err);
        } else {
            for (size_t i = group.n; i-- > 0 && rc == 0;) {
                group.items[i].is_alone |= is_oldest;
                group.items[i].n_calls += is_oldest;
                rc = queue_push_front(pool->queue, &group.items[i],
                                      group.params + i * pool->scan->n_params, err);
            }
        }
        is_oldest = false;
        group_free(&group);
    }
    return rc;
}

/* Workers that end before they did anything: while others work, new ones are tried now and then
 * (one node of many may be broken); where none works there is no use in going on. */
static int count_useless(struct pool *pool, const char *words, struct err *err)
{
    double wait_s = 1;
    if (++pool->birth_deaths < MAX_BIRTH_DEATHS)
        return 0;
    if (!crew_has_ready(pool))
        return err_set(err, ERR_START, "workers end before they begin; the last one: %s", words);
    for (unsigned i = MAX_BIRTH_DEATHS; i < pool->birth_deaths && wait_s < LONGEST_WAIT_S; i++)
        wait_s *= 2;
    pool->start_at = clock_steady_s() + fmin(wait_s, LONGEST_WAIT_S);
    return 0;
}

static size_t list_pids(const struct pool *pool, pid_t *pids, size_t n)
{
    for (size_t i = 0; pool != NULL && i < pool->n_members; i++)
        if (pool->members[i].pid > 0)
            pids[n++] = pool->members[i].pid;
    return n;
}

void crew_kill_strangers(const struct pool *pool)
{
    pid_t known[2 * MAX_MEMBERS];
    process_kill_strangers(known, list_pids(pool->neighbour, known, list_pids(pool, known, 0)));
}

void pool_set_neighbour(struct pool *pool, struct pool *other)
{
    pool->neighbour = other;
    other->neighbour = pool;
}

int crew_bury(struct pool *pool, struct member *member, enum reason reason, const char *why,
              const struct taker *taker, struct err *err)
{
    char words[6000];
    bool is_useless = member->n_done == 0 && member->n_groups == 0;
    struct process_end end = member_end(member, why[0] != '\0' ? 0 : 1);
    death_words(member, end, why, words, sizeof words);
    if (why[0] == '\0' && end.is_signal && reason != REASON_NONE)
        reason = REASON_SIGNAL;
    int rc = settle_groups(pool, member, reason, words, taker, err);
    crew_kill_strangers(pool);
    if (rc != 0)
        return -1;
    if (member->is_leaving)
        return 0;
    crew_note(pool, mem_strdup(words));
    return is_useless ? count_useless(pool, words, err) : 0;
}

int crew_replace_dead(struct pool *pool, struct err *err)
{
    struct err trouble = ERR_INIT;
    double now = clock_steady_s();
    if (crew_n_living(pool) >= pool->n_wanted || now < pool->start_at)
        return 0;
    if (crew_start_missing(pool, &trouble) == 0)
        return 0;
    if (crew_n_living(pool) == 0) {
        *err = trouble;
        return -1;
    }
    crew_note(pool, mem_strdup(trouble.message));
    pool->start_at = now + LONGEST_WAIT_S;
    return 0;
}
