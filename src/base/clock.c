/* clock.c: the four clocks of the program.
 *
 * All are doubles in seconds: 53 bits hold microseconds for centuries.  Durations use the steady
 * clock, which neither NTP nor the user can turn back; the wall clock is for people and for rows
 * that another machine may read. */
#include "theodolite/base.h"

#include <math.h>
#include <stdio.h>
#include <time.h>

static double read_clock(clockid_t id)
{
    struct timespec now;

    if (clock_gettime(id, &now) != 0)
        return 0.0;
    return (double)now.tv_sec + 1e-9 * (double)now.tv_nsec;
}

double clock_steady_s(void)
{
    return read_clock(CLOCK_MONOTONIC);
}

double clock_wall_s(void)
{
    return read_clock(CLOCK_REALTIME);
}

double clock_cpu_s(void)
{
    return read_clock(CLOCK_PROCESS_CPUTIME_ID);
}

double clock_thread_cpu_s(void)
{
    return read_clock(CLOCK_THREAD_CPUTIME_ID);
}

const char *clock_stamp(char out[32], double wall_s)
{
    struct tm local;
    time_t when;

    if (!(fabs(wall_s) < 2e11)) { /* not a number, or beyond the year 8000 */
        snprintf(out, 32, "-");
        return out;
    }
    when = (time_t)floor(wall_s);
    if (!localtime_r(&when, &local) || strftime(out, 32, "%Y-%m-%d %H:%M:%S", &local) == 0)
        snprintf(out, 32, "-");
    return out;
}
