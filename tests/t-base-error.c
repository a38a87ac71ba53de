/* Errors: codes, messages that fit, the trail, the system's words, and the clocks' small change. */
#include "tap.h"
#include "theodolite/base.h"

#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

static int fails_after(int n_good, struct err *err, bool *is_freed)
{
    int rc = -1, i;

    for (i = 0; i < n_good; i++)
        TRY(0);
    TRY(err_set(err, ERR_SCAN, "line %d", n_good));
    rc = 0;
out:
    *is_freed = true;
    return rc;
}

static void check_codes(void)
{
    is_str(err_name(ERR_NONE), "none", "name of no error");
    is_str(err_name(ERR_START), "start", "name of an error");
    is_str(err_text(ERR_MEMORY), "out of memory", "text of an error");
    is_int(err_exit_status(ERR_NONE), 0, "no error exits 0");
    is_int(err_exit_status(ERR_SCAN), 2, "a scan file error exits 2");
    is_int(err_exit_status(ERR_START), 3, "a calculator that cannot start exits 3");
    is_int(err_exit_status(ERR_INTERRUPTED), 130, "interrupted exits 130");
}

static void check_messages(void)
{
    struct err err = ERR_INIT;
    bool is_freed = false;
    char lots[4096];

    is_int(fails_after(3, &err, &is_freed), -1, "TRY leaves with -1");
    ok(is_freed, "by way of out:");
    is_int(err.code, ERR_SCAN, "the code is kept");
    is_str(err.message, "line 3", "the message is formatted");
    err_while(&err, "reading %s", "a.yaml");
    err_while(&err, "starting");
    is_str(err.trail, "while reading a.yaml; while starting", "the trail has the innermost first");

    err_set(&err, ERR_IO, "outer: %s", err.message);
    is_str(err.message, "outer: line 3", "an error may quote itself");
    is_str(err.trail, "", "a new error has no trail");

    is_int(err_sys(&err, ERR_IO, ENOENT, "cannot read '%s'", "x"), -1, "err_sys returns -1");
    has_str(err.message, "cannot read 'x': ", "err_sys has our words");
    has_str(err.message, "o such file", "and the system's");
    is_int(err.sys, ENOENT, "and the number");
    is_int(err.code, ERR_IO, "and the code asked for");
    err_sys(&err, ERR_STORE, ENOSPC, "cannot write");
    is_int(err.code, ERR_FULL, "no space makes it ERR_FULL");
    err_sys(&err, ERR_STORE, EDQUOT, "cannot write");
    is_int(err.code, ERR_FULL, "so does a quota");

    memset(lots, 'a', sizeof lots - 1);
    lots[sizeof lots - 1] = '\0';
    err_set(&err, ERR_IO, "%s", lots);
    is_size(strlen(err.message), sizeof err.message - 1, "a long message is cut");
    err_sys(&err, ERR_IO, ENOENT, "%s", lots);
    is_size(strlen(err.message), sizeof err.message - 1, "with the system's words too");
    err_while(&err, "%s", lots);
    err_while(&err, "%s", lots);
    is_size(strlen(err.trail), sizeof err.trail - 1, "a long trail is cut");

    /* 1022 letters, then two bytes of one character of which one would fit. */
    snprintf(lots + 1022, sizeof lots - 1022, "\xc3\xa9");
    err_set(&err, ERR_IO, "%s", lots);
    is_size(strlen(err.message), 1022, "it is cut between characters");

    err_clear(&err);
    is_int(err.code, ERR_NONE, "clear: no code");
    is_str(err.message, "", "clear: no message");
    is_str(err.trail, "", "clear: no trail");
}

static void check_clocks(void)
{
    double steady = clock_steady_s(), cpu = clock_cpu_s(), mine = clock_thread_cpu_s();
    volatile double sink = 0;
    char out[32];
    int i;

    for (i = 0; i < 2000000; i++)
        sink += sqrt((double)i);
    ok(sink > 0, "some work");
    ok(clock_steady_s() > steady, "the steady clock runs");
    ok(clock_cpu_s() > cpu, "work takes CPU time");
    ok(clock_thread_cpu_s() > mine, "and CPU time of the thread");
    ok(clock_thread_cpu_s() - mine <= clock_steady_s() - steady + 1e-3,
       "one thread has no more CPU than there was time");
    ok(fabs(clock_wall_s() - (double)time(NULL)) < 2.0, "the wall clock is the time of day");
    setenv("TZ", "UTC", 1);
    tzset();
    is_str(clock_stamp(out, 1795356187.9), "2026-11-22 14:03:07", "a stamp");
    is_str(clock_stamp(out, (double)NAN), "-", "no time, no stamp");
    setenv("TZ", "CET-1", 1);
    tzset();
    is_str(clock_stamp(out, 1795356187.0), "2026-11-22 15:03:07", "a stamp is local");
}

int main(void)
{
    check_codes();
    check_messages();
    check_clocks();
    return done_testing();
}
