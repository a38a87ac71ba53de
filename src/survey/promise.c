/* promise.c: how far the model, and the surfaces next to accepted points, are to be trusted.
 *
 * What it does: remembers with what probability the points of the latest batches were chosen, and
 * which of them for a surface's word, looks them up among the known ones when they are back, and
 * compares what was said with what was found: of points that were said to be in the target, of
 * those said to be out of it, of surfaces, and of steps from near misses, which say nothing and are
 * only counted.  The sums fade, so that who was wrong once is tried again.  Margins with kinks, or
 * that oscillate within a neighbourhood, are found out in this way; those who choose the most
 * promising of many also choose the most overrated ones, which no points held out at random can
 * tell.
 *
 * What it does not: look at any other point. */
#include "private.h"

#include <math.h>
#include <string.h>

enum { MOST_AGE = 2, PRIOR = 20 /* points that kept their promise, before any has been back */ };
static const double kept_each_round = 0.85;

static enum promise kind_of(float p)
{
    return p < 0.5f ? PROMISE_UNSURE : PROMISE_SURE;
}

double promises_trust(const struct promises *promises, enum promise kind)
{
    return fmin(1.0, (promises->found[kind] + PRIOR) / (promises->said[kind] + PRIOR));
}

float promises_due(const struct promises *promises, float p)
{
    return p * (float)promises_trust(promises, kind_of(p));
}

int promises_add(struct promises *promises, size_t d, const float *x, float p, enum promise source,
                 struct err *err)
{
    struct promise_tail tail = {.p = p, .source = (uint16_t)source};

    if (buf_append(&promises->rows, x, d * sizeof *x, err) != 0 ||
        buf_append(&promises->rows, &tail, sizeof tail, err) != 0)
        return -1;
    return 0;
}

/* The row of the snapshot with these very coordinates, or none: shot->n. */
static size_t find_row(const struct survey_snapshot *shot, const float *x)
{
    size_t i, d = shot->n_dims;

    for (i = shot->n; i-- > 0;)
        if (shot->x[i * d] == x[0] && memcmp(shot->x + i * d, x, d * sizeof *x) == 0)
            return i;
    return shot->n;
}

static void count(struct promises *promises, enum promise kind, double said, bool is_found)
{
    promises->said[kind] += said;
    promises->found[kind] += is_found ? 1.0 : 0.0;
}

static void count_point(struct promises *promises, const struct promise_tail *tail, bool is_found)
{
    if (tail->source == PROMISE_MISS) { /* it costs a call whatever was said */
        count(promises, PROMISE_MISS, 1.0, is_found);
        return;
    }
    count(promises, kind_of(tail->p), (double)tail->p, is_found);
    if (tail->source == PROMISE_SURFACE)
        count(promises, PROMISE_SURFACE, (double)tail->p, is_found);
}

int promises_settle(struct promises *promises, const struct survey_snapshot *shot, struct err *err)
{
    size_t width = shot->n_dims * sizeof(float), size = width + sizeof(struct promise_tail), at,
           row;
    struct buf left;
    struct promise_tail tail;
    float x[SURVEY_MAX_DIMS];
    int kind, rc = -1;

    buf_init(&left, promises->rows.len + 1);
    for (kind = 0; kind < PROMISE_KINDS; kind++) {
        promises->said[kind] *= kept_each_round;
        promises->found[kind] *= kept_each_round;
    }
    for (at = 0; at + size <= promises->rows.len; at += size) {
        memcpy(x, promises->rows.data + at, width);
        memcpy(&tail, promises->rows.data + at + width, sizeof tail);
        row = find_row(shot, x);
        if (row < shot->n && shot->label[row] >= 0) {
            count_point(promises, &tail, shot->label[row] > 0);
        } else if (row == shot->n && tail.age < MOST_AGE) {
            tail.age++;
            TRY(buf_append(&left, x, width, err));
            TRY(buf_append(&left, &tail, sizeof tail, err));
        }
    }
    buf_clear(&promises->rows);
    TRY(buf_append(&promises->rows, left.data, left.len, err));
    rc = 0;
out:
    buf_free(&left);
    return rc;
}
