/* surrogate-frame.c: coordinates besides the axes, in which a function may be simpler.
 *
 * What it does: from the mean and covariance of the rows, weighted by |F|, the principal axes
 * (cyclic Jacobi, Golub, Van Loan 8.5) and the distance from the centre in the whitened frame.
 * A principal axis close to one with entries 0 and +-1 is taken for that: sums and differences are
 * what logarithms of products and ratios are.  All coordinates are brought to 0 .. 1.
 *
 * What it does not: choose whether they are of use. */
#include "theodolite/vector.h"

#include "forms.h"

#include <math.h>
#include <string.h>

enum { JACOBI_SWEEPS = 30, ROWS = 64 };
static const double snap_within = 0.12; /* of the largest entry */

void frame_axes(struct frame *frame, size_t d)
{
    *frame = (struct frame){.d = d, .n_axes = d};
}

bool frame_makes_sense(const struct frame *frame, size_t d)
{
    return frame->d == d && frame->n_directions <= FRAME_DIMS &&
           frame->n_axes == d + frame->n_directions + frame->has_radius;
}

/* One rotation that makes a[p][q] vanish; v takes part. */
static void rotate(size_t d, double *a, double *v, size_t p, size_t q)
{
    double apq = a[p * d + q], theta, t, c, s;
    size_t k;

    if (fabs(apq) < 1e-300)
        return;
    theta = 0.5 * (a[q * d + q] - a[p * d + p]) / apq;
    t = (theta < 0.0 ? -1.0 : 1.0) / (fabs(theta) + sqrt(theta * theta + 1.0));
    c = 1.0 / sqrt(t * t + 1.0);
    s = t * c;
    for (k = 0; k < d; k++) {
        double kp = a[k * d + p], kq = a[k * d + q];

        a[k * d + p] = c * kp - s * kq;
        a[k * d + q] = s * kp + c * kq;
    }
    for (k = 0; k < d; k++) {
        double pk = a[p * d + k], qk = a[q * d + k], vp = v[p * d + k], vq = v[q * d + k];

        a[p * d + k] = c * pk - s * qk;
        a[q * d + k] = s * pk + c * qk;
        v[p * d + k] = c * vp - s * vq;
        v[q * d + k] = s * vp + c * vq;
    }
}

/* Rows of v: eigenvectors of the symmetric a, whose diagonal then has the eigenvalues. */
static void eigenvectors(size_t d, double *a, double *v)
{
    size_t p, q, sweep;

    for (p = 0; p < d; p++)
        for (q = 0; q < d; q++)
            v[p * d + q] = p == q ? 1.0 : 0.0;
    for (sweep = 0; sweep < JACOBI_SWEEPS; sweep++)
        for (p = 0; p < d; p++)
            for (q = p + 1; q < d; q++)
                rotate(d, a, v, p, q);
}

/* A direction to one with entries 0 and +-1, if it is close. */
static void snap(size_t d, double *v)
{
    double largest = 0.0, squares = 0.0;
    size_t j;

    for (j = 0; j < d; j++)
        largest = fmax(largest, fabs(v[j]));
    for (j = 0; j < d; j++) {
        double entry = fabs(v[j]) / largest;

        if (fmin(entry, fabs(entry - 1.0)) > snap_within)
            return;
    }
    for (j = 0; j < d; j++) {
        v[j] = round(v[j] / largest);
        squares += v[j] * v[j];
    }
    for (j = 0; j < d; j++)
        v[j] /= sqrt(squares);
}

/* Mean and covariance, weighted by |F| over the cube: weight * |h|, bounded. */
static void moments(struct frame *frame, const struct rows *rows, double *covariance)
{
    size_t d = rows->d, i, j, k;
    double mean_h = 0.0, sum = 1e-300;

    for (i = 0; i < rows->n; i++)
        mean_h += fabs(rows->target[i]) * rows->weight[i] / (double)rows->n;
    for (i = 0; i < rows->n; i++) {
        double w = fmin(fabs(rows->target[i]), 20.0 * mean_h) * rows->weight[i];

        for (j = 0; j < d; j++)
            frame->centre[j] += w * rows->x[i * d + j];
        sum += w;
    }
    for (j = 0; j < d; j++)
        frame->centre[j] /= sum;
    for (i = 0; i < rows->n; i++) {
        double w = fmin(fabs(rows->target[i]), 20.0 * mean_h) * rows->weight[i] / sum;

        for (j = 0; j < d; j++)
            for (k = 0; k < d; k++)
                covariance[j * d + k] += w * (rows->x[i * d + j] - frame->centre[j]) *
                                         (rows->x[i * d + k] - frame->centre[k]);
    }
}

static bool is_axis(size_t d, const double *v)
{
    size_t j, n = 0;

    for (j = 0; j < d; j++)
        n += fabs(v[j]) > 1e-9;
    return n < 2;
}

void frame_fit(struct frame *frame, const struct rows *rows)
{
    double covariance[FRAME_DIMS * FRAME_DIMS] = {0.0}, v[FRAME_DIMS * FRAME_DIMS];
    size_t d = rows->d, j, k;

    frame_axes(frame, d);
    if (d > FRAME_DIMS || d < 2)
        return;
    moments(frame, rows, covariance);
    eigenvectors(d, covariance, v);
    for (k = 0; k < d; k++) {
        double *to = frame->direction[frame->n_directions];
        double scale = 1.0 / sqrt(fmax(covariance[k * d + k], 1e-12)), lo = 0.0, hi = 0.0;

        for (j = 0; j < d; j++)
            frame->whiten[k][j] = v[k * d + j] * scale;
        memcpy(to, v + k * d, d * sizeof *to);
        snap(d, to);
        if (is_axis(d, to))
            continue;
        for (j = 0; j < d; j++) {
            lo += fmin(to[j], 0.0);
            hi += fmax(to[j], 0.0);
        }
        for (j = 0; j < d; j++)
            to[j] /= hi - lo;
        frame->offset[frame->n_directions++] = -lo / (hi - lo);
    }
    frame->has_radius = true;
    frame->n_axes = d + frame->n_directions + 1;
}

/* What is no axis, of up to ROWS rows: x by axes, beyond by coordinates. */
VECTOR_LOOP static void frame_beyond(const struct frame *frame, const double (*x)[ROWS],
                                     double (*beyond)[ROWS])
{
    double squares[ROWS] = {0.0}, z[ROWS];
    size_t d = frame->d, i, j, k;

    for (k = 0; k < frame->n_directions; k++) {
        double *sum = beyond[k], offset = frame->offset[k];

        for (i = 0; i < ROWS; i++)
            z[i] = offset;
        for (j = 0; j < d; j++) {
            double by = frame->direction[k][j];

            for (i = 0; i < ROWS; i++)
                z[i] += by * x[j][i];
        }
        for (i = 0; i < ROWS; i++)
            z[i] = z[i] > 0.0 ? z[i] : 0.0;
        for (i = 0; i < ROWS; i++)
            sum[i] = z[i] < 1.0 ? z[i] : 1.0;
    }
    for (k = 0; k < d && frame->has_radius; k++) {
        for (i = 0; i < ROWS; i++)
            z[i] = 0.0;
        for (j = 0; j < d; j++) {
            double by = frame->whiten[k][j], centre = frame->centre[j];

            for (i = 0; i < ROWS; i++)
                z[i] += by * (x[j][i] - centre);
        }
        for (i = 0; i < ROWS; i++)
            squares[i] += z[i] * z[i];
    }
    for (i = 0; frame->has_radius && i < ROWS; i++)
        beyond[frame->n_directions][i] = sqrt(squares[i]) / (1.0 + sqrt(squares[i]));
}

void frame_apply(const struct frame *frame, size_t n, const double *x, double *u)
{
    double by_axis[FRAME_DIMS][ROWS], beyond[FRAME_DIMS + 1][ROWS];
    size_t d = frame->d, n_axes = frame->n_axes, from, i, j;

    if (n_axes == d) {
        memcpy(u, x, n * d * sizeof *u);
        return;
    }
    for (from = 0; from < n; from += ROWS, x += ROWS * d, u += ROWS * n_axes) {
        size_t m = n - from < ROWS ? n - from : (size_t)ROWS;

        for (i = 0; i < ROWS; i++)
            for (j = 0; j < d; j++)
                by_axis[j][i] = x[(i < m ? i : 0) * d + j];
        frame_beyond(frame, (const double(*)[ROWS])by_axis, beyond);
        for (i = 0; i < m; i++) {
            memcpy(u + i * n_axes, x + i * d, d * sizeof *u);
            for (j = d; j < n_axes; j++)
                u[i * n_axes + j] = beyond[j - d][i];
        }
    }
}
