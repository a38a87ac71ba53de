/* promise.c: how far the model, and the surfaces next to accepted points, are to be trusted.
 *
 * What it does: remembers with what probability the points of the latest batches were chosen, and
 * which of them for a surface's word, looks them up among the known ones when they are back, and
 * compares what was said with what was found: of points that were said to be in the target, of
 * those said to be out of it, and of surfaces.  The sums fade, so that who was wrong once is tried
 * again.  Margins with kinks, or that oscillate within a neighbourhood, are found out in this way;
 * those who choose the most promising of many also choose the most overrated ones, which no points
 * held out at random can tell.
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

int promises_add(struct promises *promises, size_t d, const float *x, float p, bool is_surface,
                 struct err *err)
{
    struct promise_tail tail = {.p = p, .is_surface = is_surface};

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

static void count(struct promises *promises, enum promise kind, const struct promise_tail *tail,
                  bool is_found)
{
    promises->said[kind] += (double)tail->p;
    promises->found[kind] += is_found ? 1.0 : 0.0;
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
            count(promises, kind_of(tail.p), &tail, shot->label[row] > 0);
            if (tail.is_surface)
                count(promises, PROMISE_SURFACE, &tail, shot->label[row] > 0);
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
