/* t-store-relabel.c: live cuts, terms taken out, and labels judged anew from stored values. */
#include "t-store-help.h"

static struct judge *judge_of(struct store *store, const struct judge_cut *cuts, size_t n,
                              const char *const *without)
{
    struct err err = ERR_INIT;
    struct scan *scan = store_scan(store, &err);
    struct judge *judge = scan ? judge_create(scan, cuts, n, without, &err) : NULL;

    if (!judge)
        bail_out("judge: %s", err.message);
    scan_free(scan);
    return judge;
}

/* Is every label what the judge says, and every count what the rows say? */
static bool is_judged(struct store *store, struct judge *judge, char why[256])
{
    double row[HELP_VALUES];
    struct point_row point = {.row = row};
    struct store_query query = {.state = -1};
    struct store_counts counts;
    struct err err = ERR_INIT;
    struct store_cursor *cursor = store_select(store, &query, &err);
    uint64_t n[N_STATES] = {0}, uniform = 0;
    size_t got;

    why[0] = '\0';
    while (cursor && store_fetch(cursor, 1, &point, &got, &err) == 0 && got == 1) {
        struct verdict verdict;

        n[point.state]++;
        uniform += point.origin <= ORIGIN_EXPLORE && point.state == STATE_ACCEPTED;
        if (point.state == STATE_FAILED || point.state == STATE_RUNNING)
            continue;
        judge_block(judge, 1, row, HELP_VALUES, &verdict, NULL);
        if (verdict.label != point.verdict.label || verdict.fails != point.verdict.fails ||
            verdict.unknown != point.verdict.unknown)
            snprintf(why, 256, "point %llu is not as judged", (unsigned long long)point.id);
    }
    store_cursor_free(cursor);
    if (store_counts(store, &counts, &err) != 0 || counts.accepted != n[STATE_ACCEPTED] ||
        counts.rejected != n[STATE_REJECTED] || counts.unknown != n[STATE_UNKNOWN] ||
        counts.failed != n[STATE_FAILED] || counts.running != n[STATE_RUNNING] ||
        counts.uniform_accepted != uniform)
        snprintf(why, 256, "counts differ from rows");
    return why[0] == '\0';
}

int main(void)
{
    enum { N = 9000 }; /* more than two blocks */
    char path[HELP_PATH], why[256];
    struct store *store = help_create(help_path(path, "relabel.db")), *reader;
    struct judge_cut tight = {"tight", "mA < 0.5"}, *cuts;
    const char *out[] = {"right", NULL}, **without;
    struct judge *plain = judge_of(store, NULL, 0, NULL);
    struct judge *cut = judge_of(store, &tight, 1, out);
    struct arena *arena = arena_create();
    struct store_counts before, after;
    struct relabel result, again;
    struct buf from;
    struct err err = ERR_INIT;
    size_t n_cuts = 0;

    help_fill(store, 1, N);
    store_begin(store, &err);
    help_insert(store, N + 1, N + 20, &err);
    store_commit(store, &err);
    ok(store_relabel(store, plain, false, &result, &err) == 0, "judged as given");
    is_uint(result.n_points, N - N / 10, "all but the failed and running ones");
    ok(is_judged(store, plain, why), "labels and counts: %s", why);
    ok(store_relabel(store, plain, false, &again, &err) == 0 && again.n_changed == 0,
       "nothing changes twice");
    store_counts(store, &before, &err);

    ok(store_relabel(store, cut, true, &result, &err) == 0, "what a cut would change");
    ok(result.n_changed > 0 && result.n_accepted_before == before.accepted, "is told");
    store_counts(store, &after, &err);
    ok(memcmp(&before, &after, sizeof after) == 0 && is_judged(store, plain, why),
       "and nothing is written: %s", why);
    ok(store_relabel(store, cut, false, &again, &err) == 0 && again.n_changed == result.n_changed,
       "the cut");
    ok(is_judged(store, cut, why), "labels and counts: %s", why);
    store_counts(store, &after, &err);
    is_uint(after.accepted, again.n_accepted_after, "as many are accepted as was said");
    is_uint(after.evaluations, before.evaluations, "nothing was evaluated");
    ok(store_cuts(store, arena, &cuts, &n_cuts, &without, &err) == 0 && n_cuts == 1, "one cut");
    is_str(cuts[0].text, "mA < 0.5", "is stored");
    is_str(without[0], "right", "and which term was taken out");
    ok(without[1] == NULL, "only that");

    store_begin(store, &err);
    ok(store_relabel(store, plain, false, &result, &err) == 0, "back, within a transaction");
    store_rollback(store);
    ok(is_judged(store, cut, why), "rolled back, the cut still holds: %s", why);
    reader = help_open(path, STORE_READ);
    ok(store_cuts(reader, arena, &cuts, &n_cuts, &without, &err) == 0 && n_cuts == 1, "for all");
    store_close(reader);
    ok(store_relabel(store, plain, false, &result, &err) == 0, "back for good");
    ok(is_judged(store, plain, why), "labels and counts: %s", why);
    ok(store_cuts(store, arena, &cuts, &n_cuts, &without, &err) == 0 && n_cuts == 0 &&
           without[0] == NULL,
       "no cut is left");
    buf_init(&from, 64);
    store_get_meta(store, "labels from", &from, &err);
    snprintf(why, sizeof why, "%d", N + 21);
    is_str(from.data, why, "which points were proposed from the new labels");
    buf_free(&from);
    arena_free(arena);
    judge_free(cut);
    judge_free(plain);
    store_close(store);
    return done_testing();
}
