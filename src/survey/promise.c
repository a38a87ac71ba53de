/* promise.c: how far the surfaces next to accepted points are to be trusted.
 *
 * What it does: remembers which points of the latest batches were chosen for a surface's word and
 * with what probability, looks them up among the known ones when they are back, and compares what
 * was said with what was found.  Both sums fade, so that surfaces that were wrong once are tried
 * again.  Margins with kinks, or that oscillate within a neighbourhood, are found out in this way;
 * those who choose the most promising of many also choose the most overrated ones.
 *
 * What it does not: look at any other point. */
#include "private.h"

#include <math.h>
#include <string.h>

enum { MOST_AGE = 2, PRIOR = 20 /* points that kept their promise, before any has been back */ };
static const double kept_each_round = 0.85;

double promises_trust(const struct promises *promises)
{
    return fmin(1.0, (promises->found + PRIOR) / (promises->said + PRIOR));
}

int promises_add(struct promises *promises, size_t d, const float *x, float p, struct err *err)
{
    struct promise_tail tail = {.p = p};

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

int promises_settle(struct promises *promises, const struct survey_snapshot *shot, struct err *err)
{
    size_t width = shot->n_dims * sizeof(float), size = width + sizeof(struct promise_tail), at,
           row;
    struct buf left;
    struct promise_tail tail;
    float x[SURVEY_MAX_DIMS];
    int rc = -1;

    buf_init(&left, promises->rows.len + 1);
    promises->said *= kept_each_round;
    promises->found *= kept_each_round;
    for (at = 0; at + size <= promises->rows.len; at += size) {
        memcpy(x, promises->rows.data + at, width);
        memcpy(&tail, promises->rows.data + at + width, sizeof tail);
        row = find_row(shot, x);
        if (row < shot->n && shot->label[row] >= 0) {
            promises->said += (double)tail.p;
            promises->found += shot->label[row] > 0 ? 1.0 : 0.0;
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
