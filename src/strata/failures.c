/* failures.c: when failed calls cast a doubt on an integral.
 *
 * A failed call counts as F = 0: the integral is that over where calls run, and the volume where
 * they fail is told beside it.  What F is there nobody knows.  Calls are made where |F| was thought
 * to be, so the share of them that fails is about the share of int |F| that may be left out; where
 * that is more than the error, the error does not say how well the integral is known. */
#include "private.h"

#include <stdio.h>

bool failures_matter(double share, double absolute, double error, char why[FAILURES_WHY])
{
    why[0] = '\0';
    if (!(share > 0) || !(share * absolute > error))
        return false;
    snprintf(why, FAILURES_WHY, "Calls fail in a share of %.3g where F may be large.", share);
    return true;
}
