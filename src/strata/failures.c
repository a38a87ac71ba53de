/* failures.c: when failed calls cast a doubt on an integral.
 *
 * A failed call counts as F = 0: the integral is that over where calls run, and the volume where
 * they fail is told beside it.  What F is there nobody knows.  What is foreseen is that it goes on
 * as it is next to it: |F| at the nearest call that ran, over the volume where calls fail.  So a
 * region that cuts a peak counts by the height at the cut, one where |F| has long died away does
 * not.  Where that is more than the error, the error does not say how well the integral is known.
 * Where no call says anything, as F was 0 or the call failed each time, there is no error to
 * believe. */
#include "private.h"

#include <math.h>
#include <stdio.h>

enum { ASKED = 128 }; /* failed calls of a batch, at the most */

static double nearest_size(const struct failures_calls *calls, size_t at)
{
    const double *x = calls->x + at * calls->n_dims;
    double least = INFINITY, size = 0;
    for (size_t i = 0; i < calls->n; i++) {
        const double *y = calls->x + i * calls->n_dims;
        double distance = 0;
        if (!isfinite(calls->f[i]))
            continue;
        for (size_t j = 0; j < calls->n_dims && distance < least; j++)
            distance += (x[j] - y[j]) * (x[j] - y[j]);
        if (distance < least) {
            least = distance;
            size = fabs(calls->f[i]);
        }
    }
    return size;
}

double failures_foreseen(const struct failures_calls *calls)
{
    size_t n_failed = 0, step, k = 0;
    double sum = 0;
    for (size_t i = 0; i < calls->n; i++)
        n_failed += isfinite(calls->f[i]) ? 0 : 1;
    step = n_failed / ASKED + 1;
    for (size_t i = 0; i < calls->n; i++)
        if (!isfinite(calls->f[i]) && k++ % step == 0)
            sum += (calls->scale != NULL ? calls->scale[i] : 1) /
                   (calls->q != NULL ? calls->q[i] : 1) * nearest_size(calls, i);
    return k > 0 ? sum * (double)n_failed / (double)((k + step - 1) / step) : 0;
}

double failures_error(double n, double sum, double squares)
{
    double mean = sum / n;
    return sqrt(fmax(squares / n - mean * mean, 0) / n);
}

bool failures_matter(double foreseen, double absolute, double error, char why[FAILURES_WHY])
{
    why[0] = '\0';
    if (!(foreseen > error))
        return false;
    snprintf(why, FAILURES_WHY,
             "Calls fail in places that may hold %.3g %% of int |F| (judged by the calls next to "
             "them), more than the error.",
             100 * foreseen / absolute);
    return true;
}

unsigned failures_aside(unsigned alarms)
{
    return alarms & ~(unsigned)ALARM_FAILED;
}

const char *failures_zero(double n_calls, double n_failed, double n_uniform, char why[FAILURES_WHY])
{
    if (n_failed >= n_calls)
        snprintf(why, FAILURES_WHY, "Every one of the %.0f calls failed: nothing is known of F.",
                 n_calls);
    else
        snprintf(
            why, FAILURES_WHY,
            "F was 0 at all %.0f calls; by the %.0f uniform ones it may not be in a share of up to "
            "%.2g.",
            n_calls - n_failed, n_uniform, 3 / fmax(n_uniform, 3));
    return why;
}
