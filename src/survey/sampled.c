/* sampled.c: a bounded sample of all points for the learner, kept as rounds come in.
 *
 * What it does: up to a limit each, takes the accepted points, the rejected ones that miss the
 * target by the least, and the rest.  Every point has a fixed random number, a hash of its id;
 * among more points than the limit those with the least numbers are taken (bottom-k sampling:
 * Cohen, Kaplan, PODC 2007, 225), so a heap per kind is all that is kept, and a point that comes in
 * costs the same however many there are.  Near misses are ranked by how far they miss in units of
 * the margins' scales (medians of their magnitude).  Were the scales to move with each round, all
 * points would have to be ranked anew each time; they are measured anew when there are twice as
 * many points as the last time, and the heaps are then filled anew from all points: two more looks
 * at every point in all.
 *
 * Rounds are folded in whole and in their order, and the moments at which scales are measured are
 * ends of rounds, so the sample is a function of the points of the rounds up to the one asked for,
 * whenever it was asked for before: a scan that is resumed has the same one.  A point that comes in
 * for a round that is folded in already makes it begin anew.
 *
 * What it does not: decide what a round is proposed from (the caller does). */
#include "private.h"

#include <gsl/gsl_sort_float.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { SAMPLE_FOR_SCALES = 4096, MOST_MARGINS = 4 * JUDGE_MAX_TERMS };

/* The rows with the least keys; a heap, the one with the largest key on top. */
struct kept {
    uint64_t key;
    size_t row;
};
struct reservoir {
    size_t n, cap;
    struct kept *at;
};

struct sampled {
    bool has_rounds;    /* upto says something */
    uint32_t upto;      /* rounds that are folded in */
    size_t from;        /* every point before this place is folded in */
    size_t n_at_scales; /* points when the scales were measured */
    size_t n_known, n_accepted, n_uniform, n_uniform_accepted;
    uint32_t last; /* the newest round that has points, and the learner's choice in it */
    size_t n_last, n_last_accepted;
    struct reservoir accepted, near, rest;
    float scales[MOST_MARGINS];
};

/* ---- reservoirs ----------------------------------------------------------------------------- */

static bool is_less(const struct kept *a, const struct kept *b)
{
    return a->key != b->key ? a->key < b->key : a->row < b->row;
}

static void sift_up(struct reservoir *r, size_t i)
{
    struct kept moved = r->at[i];

    for (; i > 0 && is_less(&r->at[(i - 1) / 2], &moved); i = (i - 1) / 2)
        r->at[i] = r->at[(i - 1) / 2];
    r->at[i] = moved;
}

static void sift_down(struct reservoir *r)
{
    struct kept moved = r->at[0];
    size_t i = 0, child;

    while ((child = 2 * i + 1) < r->n) {
        if (child + 1 < r->n && is_less(&r->at[child], &r->at[child + 1]))
            child++;
        if (!is_less(&moved, &r->at[child]))
            break;
        r->at[i] = r->at[child];
        i = child;
    }
    r->at[i] = moved;
}

/* Puts a row in; true: *out, this one or another, has no place any more. */
static bool offer(struct reservoir *r, uint64_t key, size_t row, size_t *out)
{
    struct kept new = {key, row};

    if (r->n < r->cap) {
        r->at[r->n++] = new;
        sift_up(r, r->n - 1);
        return false;
    }
    *out = row;
    if (is_less(&new, &r->at[0])) {
        *out = r->at[0].row;
        r->at[0] = new;
        sift_down(r);
    }
    return true;
}

static bool reservoir_create(struct reservoir *r, size_t cap)
{
    *r = (struct reservoir){.cap = cap, .at = mem_array(cap, sizeof *r->at)};
    return r->at != NULL;
}

/* ---- creating ------------------------------------------------------------------------------- */

void sampled_free(struct sampled *sample)
{
    if (!sample)
        return;
    mem_free(sample->accepted.at);
    mem_free(sample->near.at);
    mem_free(sample->rest.at);
    mem_free(sample);
}

void sampled_forget(struct sampled *sample)
{
    if (!sample)
        return;
    sample->accepted.n = sample->near.n = sample->rest.n = 0;
    *sample =
        (struct sampled){.accepted = sample->accepted, .near = sample->near, .rest = sample->rest};
}

static struct sampled *sampled_create(struct err *err)
{
    struct sampled *sample = mem_new(struct sampled);

    if (!sample || !reservoir_create(&sample->accepted, TRAIN_ACCEPTED) ||
        !reservoir_create(&sample->near, TRAIN_NEAR) ||
        !reservoir_create(&sample->rest, TRAIN_REST)) {
        sampled_free(sample);
        mem_error(err);
        return NULL;
    }
    return sample;
}

void sampled_note(struct sampled *sample, size_t at, uint32_t round)
{
    if (!sample)
        return;
    if (sample->has_rounds && round <= sample->upto)
        sampled_forget(sample);
    else if (at < sample->from)
        sample->from = at;
}

/* ---- folding -------------------------------------------------------------------------------- */

static bool is_closed(const struct survey *s, size_t i)
{
    return s->state[i] != STATE_EMPTY && s->state[i] != STATE_RUNNING;
}

/* By how much a point misses, in units of the margins' scales; a plain ranking that needs no
 * model.  INFINITY where a margin is unknown. */
static float violation(const struct survey *s, const float *scales, size_t i)
{
    float worst = 0.0f;
    size_t k, m = s->n_margins;

    for (k = 0; k < m; k++) {
        float margin = s->margins[i * m + k];

        if (!isfinite(margin))
            return INFINITY;
        if (-margin > worst * scales[k])
            worst = -margin / scales[k];
    }
    return worst;
}

/* Non-negative floats are in the order of their bits; equal ones in that of the hash. */
static uint64_t near_key(const struct survey *s, const float *scales, size_t i)
{
    float far = violation(s, scales, i);
    uint32_t bits;

    memcpy(&bits, &far, sizeof bits);
    return (uint64_t)bits << 32 | survey_hash(s->seed, i) >> 32;
}

static bool has_scales(const struct survey *s)
{
    return s->n_margins > 0 && s->n_margins <= MOST_MARGINS;
}

static void put_other(const struct survey *s, struct sampled *sample, size_t i)
{
    size_t row = i, out;

    if (s->state[i] == STATE_REJECTED && has_scales(s) &&
        !offer(&sample->near, near_key(s, sample->scales, i), i, &row))
        return;
    (void)offer(&sample->rest, survey_hash(s->seed, row), row, &out);
}

static void put_accepted(const struct survey *s, struct sampled *sample, size_t i)
{
    size_t out;

    (void)offer(&sample->accepted, survey_hash(s->seed, i), i, &out);
}

static void count(const struct survey *s, struct sampled *sample, size_t i)
{
    bool is_accepted = s->state[i] == STATE_ACCEPTED;
    bool is_uniform = survey_is_uniform(s->origin[i]) && !isnan(s->density[i]);

    if (s->round[i] != sample->last || sample->n_known == 0) {
        sample->last = s->round[i];
        sample->n_last = sample->n_last_accepted = 0;
    }
    sample->n_known++;
    sample->n_accepted += is_accepted;
    sample->n_uniform += is_uniform;
    sample->n_uniform_accepted += is_uniform && is_accepted;
    if (s->origin[i] == ORIGIN_LEARNED || s->origin[i] == ORIGIN_LOCAL) {
        sample->n_last++;
        sample->n_last_accepted += is_accepted;
    }
}

/* Of the points up to a round; values: room for 2 * SAMPLE_FOR_SCALES. */
static void measure_scales(const struct survey *s, struct sampled *sample, uint32_t upto,
                           float *values)
{
    size_t i, k, n, m = s->n_margins;

    for (k = 0; k < m; k++) {
        for (i = 0, n = 0; i < s->n_ids && n < 2 * SAMPLE_FOR_SCALES; i++) {
            if (!is_closed(s, i) || s->round[i] > upto ||
                !survey_is_sampled(survey_hash(s->seed, i), SAMPLE_FOR_SCALES, sample->n_known) ||
                !isfinite(s->margins[i * m + k]))
                continue;
            values[n++] = fabsf(s->margins[i * m + k]);
        }
        gsl_sort_float(values, 1, n);
        sample->scales[k] = n > 0 && values[n / 2] > 0.0f ? values[n / 2] : 1.0f;
    }
}

/* The near misses by the scales of now, and the rest. */
static void fill_others(const struct survey *s, struct sampled *sample, uint32_t upto)
{
    size_t i;

    sample->near.n = sample->rest.n = 0;
    for (i = 0; i < s->n_ids; i++) {
        if (is_closed(s, i) && s->round[i] <= upto && s->state[i] != STATE_ACCEPTED)
            put_other(s, sample, i);
    }
}

struct entry {
    uint32_t round;
    size_t row;
};

/* A whole round. */
static void fold_round(const struct survey *s, struct sampled *sample, size_t n,
                       const struct entry *entries, float *values)
{
    size_t i;

    for (i = 0; i < n; i++) {
        count(s, sample, entries[i].row);
        if (s->state[entries[i].row] == STATE_ACCEPTED)
            put_accepted(s, sample, entries[i].row);
    }
    if (has_scales(s) && sample->n_known >= 2 * sample->n_at_scales) {
        sample->n_at_scales = sample->n_known;
        measure_scales(s, sample, entries[0].round, values);
        fill_others(s, sample, entries[0].round);
        return;
    }
    for (i = 0; i < n; i++)
        if (s->state[entries[i].row] != STATE_ACCEPTED)
            put_other(s, sample, entries[i].row);
}

static int compare_entries(const void *a, const void *b)
{
    const struct entry *x = a, *y = b;

    if (x->round != y->round)
        return x->round < y->round ? -1 : 1;
    return (x->row > y->row) - (x->row < y->row);
}

/* What is to be folded in, in order; NULL with an error. */
static struct entry *find_new(const struct survey *s, struct sampled *sample, uint32_t upto,
                              size_t *n, struct err *err)
{
    struct entry *entries = mem_array(s->n_ids - sample->from, sizeof *entries);
    size_t i, from = s->n_ids;
    bool is_sorted = true;

    if (!entries) {
        mem_error(err);
        return NULL;
    }
    for (*n = 0, i = sample->from; i < s->n_ids; i++) {
        if (!is_closed(s, i) || (sample->has_rounds && s->round[i] <= sample->upto))
            continue;
        if (s->round[i] > upto) {
            from = i < from ? i : from;
            continue;
        }
        entries[(*n)++] = (struct entry){s->round[i], i};
        is_sorted = is_sorted && (*n < 2 || entries[*n - 2].round <= s->round[i]);
    }
    if (!is_sorted)
        qsort(entries, *n, sizeof *entries, compare_entries);
    sample->from = from;
    return entries;
}

static int fold(const struct survey *s, struct sampled *sample, uint32_t upto, struct err *err)
{
    float *values = mem_array(2 * SAMPLE_FOR_SCALES, sizeof *values);
    struct entry *entries = NULL;
    size_t n, i, k;
    int rc = -1;

    if (!values) {
        mem_error(err);
        goto out;
    }
    if (sample->has_rounds && sample->upto > upto)
        sampled_forget(sample);
    entries = find_new(s, sample, upto, &n, err);
    if (!entries)
        goto out;
    for (i = 0; i < n; i = k) {
        for (k = i + 1; k < n && entries[k].round == entries[i].round; k++)
            continue;
        fold_round(s, sample, k - i, entries + i, values);
    }
    sample->has_rounds = true;
    sample->upto = upto;
    rc = 0;
out:
    mem_free(values);
    mem_free(entries);
    return rc;
}

/* ---- taking --------------------------------------------------------------------------------- */

struct taken {
    size_t row;
    float weight; /* how many points it stands for */
};

static int compare_taken(const void *a, const void *b)
{
    size_t x = ((const struct taken *)a)->row, y = ((const struct taken *)b)->row;

    return (x > y) - (x < y);
}

/* Puts down the rows of a reservoir that was filled from n_all points. */
static size_t list_rows(const struct reservoir *r, size_t n_all, struct taken *rows)
{
    size_t i;

    for (i = 0; i < r->n; i++)
        rows[i] = (struct taken){r->at[i].row, (float)n_all / (float)r->n};
    return r->n;
}

/* Room for all rows of the sample, and which they are, in order of id. */
static struct taken *create_rows(struct survey_snapshot *shot, const struct sampled *sample,
                                 struct err *err)
{
    size_t n = sample->accepted.n + sample->near.n + sample->rest.n;
    struct taken *rows = mem_array(n, sizeof *rows);

    shot->x = mem_array(n * shot->n_dims, sizeof(float));
    shot->margins = mem_array(n * shot->n_margins, sizeof(float));
    shot->weight = mem_array(n, sizeof(float));
    shot->label = mem_array(n, sizeof(int8_t));
    shot->is_failed = mem_array(n, sizeof(int8_t));
    shot->is_uniform = mem_array(n, sizeof(int8_t));
    if (!rows || !shot->x || !shot->margins || !shot->weight || !shot->label || !shot->is_failed ||
        !shot->is_uniform) {
        mem_free(rows);
        mem_error(err);
        return NULL;
    }
    shot->n = list_rows(&sample->accepted, sample->n_accepted, rows);
    shot->n += list_rows(&sample->near, sample->near.n, rows + shot->n);
    shot->n += list_rows(&sample->rest, sample->n_known - sample->n_accepted - sample->near.n,
                         rows + shot->n);
    qsort(rows, n, sizeof *rows, compare_taken);
    return rows;
}

static void take_rows(const struct survey *s, struct survey_snapshot *shot,
                      const struct taken *rows)
{
    size_t d = s->n_dims, m = s->n_margins, at;

    for (at = 0; at < shot->n; at++) {
        size_t i = rows[at].row;
        bool is_failed = s->state[i] == STATE_FAILED;

        shot->weight[at] = rows[at].weight;
        memcpy(shot->x + at * d, s->x + i * d, d * sizeof(float));
        if (m > 0)
            memcpy(shot->margins + at * m, s->margins + i * m, m * sizeof(float));
        /* An unknown point is none of the target's: the search should leave such regions. */
        shot->label[at] = is_failed ? -1 : s->state[i] == STATE_ACCEPTED;
        shot->is_failed[at] = is_failed;
        shot->is_uniform[at] = survey_is_uniform(s->origin[i]) && !isnan(s->density[i]);
    }
}

int sampled_take(struct survey *s, struct survey_snapshot *shot, struct err *err)
{
    struct sampled *sample = s->sample ? s->sample : sampled_create(err);
    struct taken *rows;

    s->sample = sample;
    if (!sample || fold(s, sample, shot->upto, err) != 0)
        return -1;
    rows = create_rows(shot, sample, err);
    if (!rows)
        return -1;
    take_rows(s, shot, rows);
    shot->n_known = sample->n_known;
    shot->n_accepted = sample->n_accepted;
    shot->n_uniform = sample->n_uniform;
    shot->n_uniform_accepted = sample->n_uniform_accepted;
    if (sample->n_known > 0 && sample->last == shot->upto) {
        shot->n_last = sample->n_last;
        shot->n_last_accepted = sample->n_last_accepted;
    }
    mem_free(rows);
    return 0;
}
