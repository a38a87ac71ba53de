/* failures.c: when failed calls cast a doubt on an integral.
 *
 * A failed call counts as F = 0: the integral is that over where calls run, and the volume where
 * they fail is told beside it.  What F is there nobody knows.  Calls are made where |F| was thought
 * to be, so the share of them that fails is about the share of int |F| that may be left out; where
 * that is more than the error, the error does not say how well the integral is known.  Where no
 * call says anything, as F was 0 or the call failed each time, there is no error to believe. */
#include "private.h"

#include <math.h>
#include <stdio.h>

bool failures_matter(double share, double absolute, double error, char why[FAILURES_WHY])
{
    why[0] = '\0';
    if (!(share > 0) || !(share * absolute > error))
        return false;
    snprintf(why, FAILURES_WHY, "Calls fail in a share of %.3g where F may be large.", share);
    return true;
}

const char *failures_zero(double n_calls, double n_failed, double n_uniform, char why[FAILURES_WHY])
{
    if (n_failed >= n_calls)
        snprintf(why, FAILURES_WHY, "Every one of the %.0f calls failed: nothing is known of F.",
                 n_calls);
    else
        snprintf(why, FAILURES_WHY,
                 "F was 0 at all %.0f calls; where it is not may be a share of up to %.2g.",
                 n_calls - n_failed, 3 / fmax(n_uniform, 3));
    return why;
}
