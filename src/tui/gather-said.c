/* gather-said.c: what the learner said of points before they ran against what came, which
 * constraint fails how often, and between which ends the values lie.
 *
 * The first two come from the table.  The ends of all values would need every column in memory:
 * they are read from the store in passing, when nothing else is to be done, each settled row once.
 *
 * Said and found.  The learner promises for points whose chain runs to its end: those that failed
 * do not count.  What was predicted before labels changed was about another target: only points
 * from "labels from" on count, and no learned ones of a round for the easier target that is
 * followed while nothing is accepted.  The AUC is that of the histograms: a bin's points count as
 * ties. */
#include "gather-private.h"

#include <math.h>
#include <string.h>

enum { SPAN_CHUNK = 4096 };
static const double EXPECTED = 0.5, SPAN_S = 1;

struct spans {
    double *lo, *hi, *good_lo, *good_hi;
    uint64_t *n_finite;
};

struct said_fold {
    struct said_part base; /* of the rows before upto; without spans */
    size_t upto;
    uint64_t epoch;
    struct made made;

    struct spans spans; /* of the settled rows before spans_upto */
    struct spans tail;  /* and with the others, as of the last time */
    size_t spans_upto, tail_upto;
    uint64_t spans_epoch, tail_version;
    double tail_at;
    bool has_tail, is_handed;
};

/* ---- spans ---------------------------------------------------------------------------------- */

static void spans_free(struct spans *spans)
{
    mem_free(spans->lo);
    mem_free(spans->hi);
    mem_free(spans->good_lo);
    mem_free(spans->good_hi);
    mem_free(spans->n_finite);
}

static int spans_create(struct spans *spans, size_t n, struct err *err)
{
    spans->lo = mem_array(n, sizeof(double));
    spans->hi = mem_array(n, sizeof(double));
    spans->good_lo = mem_array(n, sizeof(double));
    spans->good_hi = mem_array(n, sizeof(double));
    spans->n_finite = mem_array(n, sizeof(uint64_t));
    return spans->lo && spans->hi && spans->good_lo && spans->good_hi && spans->n_finite
               ? 0
               : mem_error(err);
}

static void spans_clear(struct spans *spans, size_t n)
{
    size_t v;

    for (v = 0; v < n; v++) {
        spans->lo[v] = spans->hi[v] = spans->good_lo[v] = spans->good_hi[v] = NAN;
        spans->n_finite[v] = 0;
    }
}

static void spans_copy(struct spans *to, const struct spans *from, size_t n)
{
    memcpy(to->lo, from->lo, n * sizeof(double));
    memcpy(to->hi, from->hi, n * sizeof(double));
    memcpy(to->good_lo, from->good_lo, n * sizeof(double));
    memcpy(to->good_hi, from->good_hi, n * sizeof(double));
    memcpy(to->n_finite, from->n_finite, n * sizeof(uint64_t));
}

static void spans_add(struct spans *spans, const struct point_row *point, size_t n)
{
    bool is_good = point->state == STATE_ACCEPTED;
    size_t v;

    if (point->state == STATE_RUNNING)
        return;
    for (v = 0; v < n; v++) {
        double value = point->row[v];

        if (isnan(value))
            continue;
        spans->n_finite[v]++;
        if (!(value >= spans->lo[v]))
            spans->lo[v] = value;
        if (!(value <= spans->hi[v]))
            spans->hi[v] = value;
        if (is_good && !(value >= spans->good_lo[v]))
            spans->good_lo[v] = value;
        if (is_good && !(value <= spans->good_hi[v]))
            spans->good_hi[v] = value;
    }
}

/* Rows `from` to before `to`, at most a chunk. */
static int spans_read(struct gathering *g, struct spans *spans, size_t *from, size_t to,
                      struct err *err)
{
    struct table *table = &g->table;
    struct store_query query = {.from_id = table->id[*from], .state = -1};
    struct store_cursor *cursor = store_select(g->store, &query, err);
    size_t i, n = to - *from < SPAN_CHUNK ? to - *from : SPAN_CHUNK, n_read = 0;
    int rc = cursor ? store_fetch(cursor, n, table->block, &n_read, err) : -1;

    store_cursor_free(cursor);
    if (rc != 0)
        return -1;
    for (i = 0; i < n_read; i++)
        spans_add(spans, &table->block[i], table->n_values);
    *from += n_read > 0 ? n_read : to - *from;
    return 0;
}

/* ---- folding -------------------------------------------------------------------------------- */

static void add_said(struct said *said, double p, bool is_accepted)
{
    int roc = (int)(p * ROC_BINS);

    roc = roc < 0 ? 0 : roc >= ROC_BINS ? ROC_BINS - 1 : roc;
    said->n++;
    said->accepted[roc] += is_accepted;
    said->other[roc] += !is_accepted;
    report_bins_add(said->bins, p, is_accepted);
}

/* Was it promised for the easier target?  Of uniform points the true one is foretold always. */
static bool is_relaxed(const struct table *table, size_t row)
{
    const struct round_row *round =
        store_round_find(table->rounds.rows, table->rounds.n, table->round[row]);

    return table->origin[row] != ORIGIN_EXPLORE && round && round->is_relaxed;
}

static void fold_row(const struct gathering *g, size_t row, struct said_part *part)
{
    const struct table *table = &g->table;
    int state = table->state[row], origin = table->origin[row];
    bool is_accepted = state == STATE_ACCEPTED;
    double p = (double)table->p[row];
    uint64_t bits;
    size_t bit;

    if (state == STATE_RUNNING)
        return;
    part->by_origin[origin < N_ORIGINS ? origin : 0]++;
    part->by_origin_accepted[origin < N_ORIGINS ? origin : 0] += is_accepted;
    if (isfinite(p) && table->id[row] >= g->labels_from) {
        if (origin == ORIGIN_EXPLORE) {
            part->n_asked++;
            part->n_asked_accepted += is_accepted;
            part->n_expected += is_accepted && p > EXPECTED;
        }
        if (state != STATE_FAILED && !is_relaxed(table, row))
            add_said(&part->all, p, is_accepted);
        if (state != STATE_FAILED && origin == ORIGIN_EXPLORE)
            add_said(&part->uniform, p, is_accepted);
    }
    if (state == STATE_FAILED)
        return;
    part->n_judged++;
    judge_conflict_note(
        &part->conflict, g->judge ? judge_n_terms(g->judge) : 0,
        &(struct verdict){.fails = table->fails[row], .unknown = table->unknown[row]});
    for (bit = 0, bits = table->fails[row]; bits != 0 && bit < JUDGE_MAX_TERMS; bit++, bits >>= 1)
        part->n_term_fails[bit] += bits & 1;
    for (bit = 0, bits = table->unknown[row]; bits != 0 && bit < JUDGE_MAX_TERMS; bit++, bits >>= 1)
        part->n_term_unknown[bit] += bits & 1;
}

/* Share of pairs (accepted, other) in which the accepted one was promised more; ties count half. */
static double auc_of(const struct said *said)
{
    double n_accepted = 0, n_other = 0, sum = 0;
    int i;

    for (i = 0; i < ROC_BINS; i++) {
        sum += (double)said->accepted[i] * (n_other + 0.5 * (double)said->other[i]);
        n_accepted += (double)said->accepted[i];
        n_other += (double)said->other[i];
    }
    return n_accepted > 0 && n_other > 0 ? sum / n_accepted / n_other : (double)NAN;
}

/* Coverage, from the accepted uniform points in the order of their ids. */
static int foresee(const struct gathering *g, struct said_part *part, struct err *err)
{
    const struct table *table = &g->table;
    size_t row, n = 0, n_most = (size_t)part->n_asked_accepted;
    uint8_t *list = mem_array(n_most + 1, sizeof *list);

    if (!list)
        return mem_error(err);
    for (row = 0; row < table->n && n < n_most; row++)
        if (table->state[row] == STATE_ACCEPTED && table->id[row] >= g->labels_from &&
            survey_tests_learner((enum point_origin)table->origin[row], table->p[row]))
            list[n++] = table->p[row] > COVERAGE_IN;
    part->foreseen = survey_foreseen_lately(n, list);
    mem_free(list);
    return 0;
}

static int hand_over(struct gathering *g, struct err *err)
{
    struct said_fold *fold = g->said;
    struct said_part *part = mem_new(struct said_part);
    struct spans spans = {0};
    size_t row, n = g->table.n_values;

    if (!part || spans_create(&spans, n, err) != 0) {
        spans_free(&spans);
        mem_free(part);
        return mem_error(err);
    }
    *part = fold->base;
    for (row = fold->upto; row < g->table.n; row++)
        fold_row(g, row, part);
    if (foresee(g, part, err) != 0) {
        spans_free(&spans);
        mem_free(part);
        return -1;
    }
    part->all.auc = auc_of(&part->all);
    part->uniform.auc = auc_of(&part->uniform);
    if (fold->spans_epoch == g->table.epoch)
        spans_copy(&spans, fold->has_tail ? &fold->tail : &fold->spans, n);
    else /* those are of former labels */
        spans_clear(&spans, n);
    part->lo = spans.lo;
    part->hi = spans.hi;
    part->good_lo = spans.good_lo;
    part->good_hi = spans.good_hi;
    part->n_finite = spans.n_finite;
    part->n_values = n;
    part->is_since_cut = g->labels_from > 0;
    part->as_of = table_as_of(&g->table, g->table.n);
    made_now(&fold->made, &g->table, g->table.n);
    fold->is_handed = true;
    gather_hand(g, PART_SAID, part);
    return 0;
}

/* ---- steps ---------------------------------------------------------------------------------- */

void said_free(struct said_fold *fold)
{
    if (!fold)
        return;
    spans_free(&fold->spans);
    spans_free(&fold->tail);
    mem_free(fold);
}

static int begin(struct gathering *g, struct err *err)
{
    if (!g->said) {
        struct said_fold *fold = mem_new(struct said_fold);

        if (!fold || spans_create(&fold->spans, g->table.n_values, err) != 0 ||
            spans_create(&fold->tail, g->table.n_values, err) != 0) {
            said_free(fold);
            return mem_error(err);
        }
        spans_clear(&fold->spans, g->table.n_values);
        spans_clear(&fold->tail, g->table.n_values);
        fold->spans_epoch = g->table.epoch;
        g->said = fold;
    }
    memset(&g->said->base, 0, sizeof g->said->base);
    g->said->upto = 0;
    g->said->epoch = g->table.epoch;
    g->said->made.is_made = false;
    return 0;
}

/* Rows that are settled once; then those that are not, at most every second. */
static int span_step(struct gathering *g, bool *did, struct err *err)
{
    struct table *table = &g->table;
    struct said_fold *fold = g->said;
    double now = clock_steady_s();

    if (fold->spans_epoch != table->epoch) {
        spans_clear(&fold->spans, table->n_values);
        fold->spans_upto = 0;
        fold->spans_epoch = table->epoch;
        fold->has_tail = false;
    }
    if (fold->spans_upto < table->n_settled) {
        *did = true;
        fold->tail_version = 0;
        return spans_read(g, &fold->spans, &fold->spans_upto, table->n_settled, err);
    }
    if (fold->tail_version == table->version + 1)
        return 0;
    if (fold->has_tail && now - fold->tail_at < SPAN_S && !g->is_hurried) {
        g->wake_at = fold->tail_at + SPAN_S;
        return 0;
    }
    *did = true;
    spans_copy(&fold->tail, &fold->spans, table->n_values);
    fold->tail_upto = fold->spans_upto;
    while (fold->tail_upto < table->n)
        if (spans_read(g, &fold->tail, &fold->tail_upto, table->n, err) != 0)
            return -1;
    fold->has_tail = true;
    fold->tail_version = table->version + 1;
    fold->tail_at = now;
    fold->is_handed = false;
    return 0;
}

int said_step(struct gathering *g, bool *did, struct err *err)
{
    struct table *table = &g->table;
    struct said_fold *fold;
    size_t end;

    if ((!g->said || g->said->epoch != table->epoch) && begin(g, err) != 0)
        return -1;
    fold = g->said;
    if (made_is_due(&fold->made, table, table->n) || !fold->is_handed) {
        *did = true;
        if (fold->upto < table->n_settled) {
            end = table->n_settled - fold->upto < GATHER_FOLD ? table->n_settled
                                                              : fold->upto + GATHER_FOLD;
            for (; fold->upto < end; fold->upto++)
                fold_row(g, fold->upto, &fold->base);
            if (fold->upto < table->n_settled)
                return 0;
        }
        return hand_over(g, err);
    }
    return span_step(g, did, err);
}
