/* counts.c: how many points of which kind, without counting them.
 *
 * Every change of a point's state is a step from one box to another, per round and for the honest
 * uniform share and pinned points apart.  The steps of a transaction are summed here and added to
 * `round` and `tally` at its end: a row per round, not per point.  Reading sums the rounds. */
#include "private.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

static struct round_delta *find_delta(struct store *store, uint32_t round)
{
    struct round_delta *deltas;
    size_t i, cap;

    if (store->last_delta < store->n_deltas && store->deltas[store->last_delta].round == round)
        return &store->deltas[store->last_delta];
    for (i = store->n_deltas; i-- > 0;) {
        if (store->deltas[i].round == round) {
            store->last_delta = i;
            return &store->deltas[i];
        }
    }
    if (store->n_deltas == store->cap_deltas) {
        cap = store->cap_deltas > 0 ? 2 * store->cap_deltas : 64;
        deltas = mem_resize(store->deltas, store->cap_deltas, cap, sizeof *deltas);
        if (!deltas)
            return NULL;
        store->deltas = deltas;
        store->cap_deltas = cap;
    }
    store->last_delta = store->n_deltas++;
    store->deltas[store->last_delta] = (struct round_delta){.round = round};
    return &store->deltas[store->last_delta];
}

static void move_pinned(struct round_delta *delta, int state, int by)
{
    delta->pinned += state < N_STATES && state != STATE_RUNNING ? by : 0;
    delta->pinned_accepted += state == STATE_ACCEPTED ? by : 0;
    delta->pinned_failed += state == STATE_FAILED ? by : 0;
}

int counts_move(struct store *store, uint32_t round, int origin, int from, int to, double seconds,
                struct err *err)
{
    struct round_delta *delta = find_delta(store, round);
    bool is_uniform = origin == ORIGIN_START || origin == ORIGIN_EXPLORE;

    if (!delta)
        return mem_error(err);
    if (from < N_STATES) {
        delta->n[from]--;
        delta->uniform[from] -= is_uniform;
    }
    if (to < N_STATES) {
        delta->n[to]++;
        delta->uniform[to] += is_uniform;
    }
    if (origin == ORIGIN_PIN) {
        move_pinned(delta, from, -1);
        move_pinned(delta, to, 1);
    }
    if (to != STATE_RUNNING && (from == STATE_RUNNING || from == N_STATES)) {
        delta->evaluations++;
        if (isfinite(seconds))
            delta->seconds += seconds;
    }
    return 0;
}

int counts_fail(struct store *store, const char *calculator, const char *reason, const char *words,
                int64_t n, struct err *err)
{
    struct tally_delta *tally = NULL;
    size_t i, cap;

    for (i = 0; i < store->n_tallies && !tally; i++)
        if (strncmp(store->tallies[i].calculator, calculator, 63) == 0 &&
            strncmp(store->tallies[i].reason, reason, 15) == 0)
            tally = &store->tallies[i];
    if (!tally) {
        if (store->n_tallies == store->cap_tallies) {
            cap = store->cap_tallies > 0 ? 2 * store->cap_tallies : 16;
            tally = mem_resize(store->tallies, store->cap_tallies, cap, sizeof *tally);
            if (!tally)
                return mem_error(err);
            store->tallies = tally;
            store->cap_tallies = cap;
        }
        tally = &store->tallies[store->n_tallies++];
        *tally = (struct tally_delta){.count = 0};
        snprintf(tally->calculator, sizeof tally->calculator, "%s", calculator);
        snprintf(tally->reason, sizeof tally->reason, "%s", reason);
    }
    tally->count += n;
    if (words && words[0])
        words_example(tally->example, sizeof tally->example, words);
    return 0;
}

void counts_forget(struct store *store)
{
    store->n_deltas = 0;
    store->last_delta = 0;
    store->n_tallies = 0;
}

static int flush_delta(struct store *store, const struct round_delta *delta, struct err *err)
{
    sqlite3_stmt *add = sql_start(store, SQL_ADD_DELTA, err);
    int i;

    if (!add)
        return -1;
    sqlite3_bind_int64(add, 1, delta->round);
    for (i = 0; i < N_STATES; i++) {
        sqlite3_bind_int64(add, 2 + i, delta->n[i]);
        sqlite3_bind_int64(add, 2 + N_STATES + i, delta->uniform[i]);
    }
    sqlite3_bind_int64(add, 2 + 2 * N_STATES, delta->evaluations);
    sqlite3_bind_double(add, 3 + 2 * N_STATES, delta->seconds);
    sqlite3_bind_int64(add, 4 + 2 * N_STATES, delta->pinned);
    sqlite3_bind_int64(add, 5 + 2 * N_STATES, delta->pinned_accepted);
    sqlite3_bind_int64(add, 6 + 2 * N_STATES, delta->pinned_failed);
    return sql_done(store, add, err);
}

static int flush_tally(struct store *store, const struct tally_delta *tally, struct err *err)
{
    sqlite3_stmt *add = sql_start(store, SQL_ADD_TALLY, err);

    if (!add)
        return -1;
    sql_bind_text(add, 1, tally->calculator);
    sql_bind_text(add, 2, tally->reason);
    sqlite3_bind_int64(add, 3, tally->count);
    sql_bind_text(add, 4, tally->example);
    return sql_done(store, add, err);
}

int counts_flush(struct store *store, struct err *err)
{
    sqlite3_stmt *drop;
    bool is_less = false;
    size_t i;

    for (i = 0; i < store->n_deltas; i++)
        if (flush_delta(store, &store->deltas[i], err) != 0)
            return -1;
    for (i = 0; i < store->n_tallies; i++) {
        is_less = is_less || store->tallies[i].count < 0;
        if (flush_tally(store, &store->tallies[i], err) != 0)
            return -1;
    }
    counts_forget(store);
    if (!is_less)
        return 0;
    drop = sql_start(store, SQL_DROP_TALLIES, err);
    return drop ? sql_done(store, drop, err) : -1;
}

/* Readings within a transaction see what it changed so far. */
static sqlite3_stmt *start_reading(struct store *store, enum sql_id id, struct err *err)
{
    if (store->in_transaction && counts_flush(store, err) != 0)
        return NULL;
    return sql_start(store, id, err);
}

int store_counts(struct store *store, struct store_counts *counts, struct err *err)
{
    sqlite3_stmt *ask = start_reading(store, SQL_GET_COUNTS, err);
    uint64_t n[12];
    int i;

    *counts = (struct store_counts){.total = 0};
    if (!ask || sql_row(store, ask, err) < 0)
        return -1;
    for (i = 0; i < 11; i++)
        n[i] = (uint64_t)sqlite3_column_int64(ask, i);
    *counts = (struct store_counts){
        .total = n[0] + n[1] + n[2] + n[3] + n[4],
        .running = n[0],
        .accepted = n[1],
        .rejected = n[2],
        .unknown = n[3],
        .failed = n[4],
        .evaluations = n[9],
        .uniform_total = n[5] + n[6] + n[7] + n[8],
        .uniform_accepted = n[5],
        .uniform_failed = n[8],
        .n_rounds = (uint32_t)n[10],
        .chain_seconds = sqlite3_column_double(ask, 11),
    };
    sqlite3_reset(ask);
    return 0;
}

int store_tallies(struct store *store, struct store_tally *tallies, size_t n_max, size_t *n,
                  struct err *err)
{
    sqlite3_stmt *ask = start_reading(store, SQL_GET_TALLIES, err);
    int more;

    *n = 0;
    if (!ask)
        return -1;
    sqlite3_bind_int64(ask, 1, (int64_t)n_max);
    while ((more = sql_row(store, ask, err)) == 1) {
        struct store_tally *tally = &tallies[(*n)++];

        snprintf(tally->calculator, sizeof tally->calculator, "%s", sql_text(ask, 0));
        snprintf(tally->reason, sizeof tally->reason, "%s", sql_text(ask, 1));
        tally->count = (uint64_t)sqlite3_column_int64(ask, 2);
        snprintf(tally->example, sizeof tally->example, "%s", sql_text(ask, 3));
    }
    return more;
}

/* ---- rounds --------------------------------------------------------------------------------- */

int store_put_round(struct store *store, const struct round_row *round, struct err *err)
{
    sqlite3_stmt *put = sql_start(store, SQL_PUT_ROUND, err);

    if (!put)
        return -1;
    sqlite3_bind_int64(put, 1, round->round);
    sqlite3_bind_int64(put, 2, (int64_t)round->first_id);
    sqlite3_bind_int64(put, 3, round->n_points);
    sqlite3_bind_double(put, 4, round->started);
    sqlite3_bind_double(put, 5, round->ended);
    sqlite3_bind_double(put, 6, round->train_s);
    sqlite3_bind_double(put, 7, round->propose_s);
    sqlite3_bind_double(put, 8, round->promised);
    sqlite3_bind_double(put, 9, round->volume);
    sqlite3_bind_double(put, 10, round->volume_error);
    sqlite3_bind_int64(put, 11, round->after);
    sql_bind_text(put, 12, round->metrics);
    sqlite3_bind_double(put, 13, round->wall_s > 0 ? round->wall_s : NAN);
    return sql_done(store, put, err);
}

/* Among the learner's figures, is the threshold of the easier target above 0? */
static bool is_relaxed(const char *metrics)
{
    static const char NAME[] = "\"relax\":";
    const char *at = strstr(metrics, NAME);

    if (!at)
        return false;
    at += strlen(NAME);
    at += strspn(at, " 0.");
    return *at >= '1' && *at <= '9';
}

static int read_round(sqlite3_stmt *row, struct arena *arena, struct round_row *round,
                      struct err *err)
{
    *round = (struct round_row){
        .round = (uint32_t)sqlite3_column_int64(row, 0),
        .first_id = (uint64_t)sqlite3_column_int64(row, 1),
        .n_points = (uint32_t)sqlite3_column_int64(row, 2),
        .n_accepted = (uint32_t)sqlite3_column_int64(row, 3),
        .n_rejected = (uint32_t)sqlite3_column_int64(row, 4),
        .n_unknown = (uint32_t)sqlite3_column_int64(row, 5),
        .n_failed = (uint32_t)sqlite3_column_int64(row, 6),
        .n_uniform = (uint32_t)sqlite3_column_int64(row, 7),
        .n_uniform_accepted = (uint32_t)sqlite3_column_int64(row, 8),
        .started = sqlite3_column_double(row, 9),
        .ended = sqlite3_column_double(row, 10),
        .train_s = sqlite3_column_double(row, 11),
        .propose_s = sqlite3_column_double(row, 12),
        .promised = sql_double(row, 13),
        .volume = sql_double(row, 14),
        .volume_error = sql_double(row, 15),
        .after = (uint32_t)sqlite3_column_int64(row, 16),
        .n_uniform_failed = (uint32_t)sqlite3_column_int64(row, 18),
        .n_pinned = (uint32_t)sqlite3_column_int64(row, 19),
        .n_pinned_accepted = (uint32_t)sqlite3_column_int64(row, 20),
        .n_pinned_failed = (uint32_t)sqlite3_column_int64(row, 21),
        .wall_s = sql_double(row, 22),
    };
    round->n_closed = round->n_accepted + round->n_rejected + round->n_unknown + round->n_failed;
    if (sqlite3_column_type(row, 17) != SQLITE_NULL) {
        round->metrics = sql_text_dup(row, 17, arena, err);
        if (!round->metrics)
            return -1;
        round->is_relaxed = is_relaxed(round->metrics);
    }
    return 0;
}

uint64_t store_round_learned(const struct round_row *round, uint64_t *n_accepted)
{
    uint64_t n = (uint64_t)round->n_closed - round->n_failed,
             others = (uint64_t)round->n_uniform - round->n_uniform_failed + round->n_pinned -
                      round->n_pinned_failed,
             others_accepted = (uint64_t)round->n_uniform_accepted + round->n_pinned_accepted;

    *n_accepted = round->n_accepted > others_accepted ? round->n_accepted - others_accepted : 0;
    return n > others ? n - others : 0;
}

const struct round_row *store_round_find(const struct round_row *rounds, size_t n, uint32_t round)
{
    size_t lo = 0, hi = n;

    while (lo < hi) {
        size_t middle = lo + (hi - lo) / 2;

        if (rounds[middle].round < round)
            lo = middle + 1;
        else
            hi = middle;
    }
    return lo < n && rounds[lo].round == round ? &rounds[lo] : NULL;
}

int store_rounds(struct store *store, uint32_t from, struct arena *arena, struct round_row **rounds,
                 size_t *n, struct err *err)
{
    sqlite3_stmt *ask = start_reading(store, SQL_GET_ROUNDS, err);
    struct round_row *list = NULL, *longer;
    size_t cap = 0;
    int more = -1, rc = -1;

    *n = 0;
    *rounds = NULL;
    if (!ask)
        return -1;
    sqlite3_bind_int64(ask, 1, from);
    while ((more = sql_row(store, ask, err)) == 1) {
        if (*n == cap) {
            longer = mem_resize(list, cap, cap + cap / 2 + 64, sizeof *list);
            if (!longer) {
                mem_error(err);
                goto out;
            }
            list = longer;
            cap = cap + cap / 2 + 64;
        }
        TRY(read_round(ask, arena, &list[*n], err));
        (*n)++;
    }
    if (more < 0)
        goto out;
    *rounds = arena_array(arena, *n, sizeof **rounds);
    if (!*rounds) {
        mem_error(err);
        goto out;
    }
    if (*n > 0)
        memcpy(*rounds, list, *n * sizeof *list);
    rc = 0;
out:
    sqlite3_reset(ask);
    mem_free(list);
    return rc;
}
