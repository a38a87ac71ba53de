/* tap.c: the producer behind tap.h
 *
 * Writes TAP version 12 as prove(1) reads it: result lines on stdout, remarks about failures
 * on stderr.  stdout is flushed after every line, so that a test that crashes has told all it
 * knew and a forked child repeats none of it.  It does not run tests or catch signals: prove
 * sees a crash as a missing plan and a bad exit status.
 */
#include "tap.h"

#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* The one place of state: a test program is one process with one report. */
static struct {
    size_t n_run;
    size_t n_failed;
    size_t n_planned; /* 0: no plan beforehand */
} tap;

static void remark(FILE *stream, const char *format, va_list args) TAP_PRINTF(2, 0);
static bool result(const char *file, int line, bool passed, const char *format, va_list args)
    TAP_PRINTF(4, 0);
static void print_name(const char *format, va_list args) TAP_PRINTF(1, 0);

static void remark(FILE *stream, const char *format, va_list args)
{
    char text[4096];
    vsnprintf(text, sizeof text, format, args);
    fflush(stdout);
    for (const char *p = text; *p;) {
        size_t n = strcspn(p, "\n");
        fprintf(stream, "# %.*s\n", (int)n, p);
        p += n + (p[n] == '\n');
    }
    fflush(stream);
}

void diag(const char *format, ...)
{
    va_list args;
    va_start(args, format);
    remark(stderr, format, args);
    va_end(args);
}

void note(const char *format, ...)
{
    va_list args;
    va_start(args, format);
    remark(stdout, format, args);
    va_end(args);
}

void plan(size_t n)
{
    tap.n_planned = n;
}

/* '#' would start a directive and a line break would end the line: both are replaced. */
static void print_name(const char *format, va_list args)
{
    char name[1024];
    vsnprintf(name, sizeof name, format, args);
    for (char *p = name; *p; p++) {
        if (*p == '#')
            *p = '|';
        else if (*p == '\n')
            *p = ' ';
    }
    printf(" - %s\n", name);
    fflush(stdout);
}

static bool result(const char *file, int line, bool passed, const char *format, va_list args)
{
    tap.n_run++;
    printf("%sok %zu", passed ? "" : "not ", tap.n_run);
    print_name(format, args);
    if (!passed) {
        tap.n_failed++;
        diag("  failed at %s:%d", file, line);
    }
    return passed;
}

void skip(size_t n, const char *format, ...)
{
    char why[512];
    va_list args;
    va_start(args, format);
    vsnprintf(why, sizeof why, format, args);
    va_end(args);
    for (size_t i = 0; i < n; i++)
        printf("ok %zu # SKIP %s\n", ++tap.n_run, why);
    fflush(stdout);
}

void skip_all(const char *format, ...)
{
    va_list args;
    va_start(args, format);
    printf("1..0 # SKIP ");
    vprintf(format, args);
    printf("\n");
    va_end(args);
    exit(0);
}

void bail_out(const char *format, ...)
{
    va_list args;
    va_start(args, format);
    printf("Bail out!  ");
    vprintf(format, args);
    printf("\n");
    va_end(args);
    fflush(stdout);
    exit(255);
}

int done_testing(void)
{
    printf("1..%zu\n", tap.n_planned ? tap.n_planned : tap.n_run);
    if (tap.n_planned && tap.n_planned != tap.n_run)
        diag("planned %zu checks but ran %zu", tap.n_planned, tap.n_run);
    if (tap.n_failed)
        diag("failed %zu of %zu checks", tap.n_failed, tap.n_run);
    if (tap.n_run == 0)
        diag("no checks run");
    fflush(stdout);
    bool as_planned = !tap.n_planned || tap.n_planned == tap.n_run;
    return tap.n_failed == 0 && tap.n_run > 0 && as_planned ? 0 : 1;
}

bool tap_ok(const char *file, int line, bool passed, const char *expr, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    result(file, line, passed, format, args);
    va_end(args);
    if (!passed)
        diag("  is false: %s", expr);
    return passed;
}

bool tap_is_int(const char *file, int line, intmax_t got, intmax_t want, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    bool passed = result(file, line, got == want, format, args);
    va_end(args);
    if (!passed)
        diag("       got: %jd\n  expected: %jd", got, want);
    return passed;
}

bool tap_is_uint(const char *file, int line, uintmax_t got, uintmax_t want, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    bool passed = result(file, line, got == want, format, args);
    va_end(args);
    if (!passed)
        diag("       got: %ju\n  expected: %ju", got, want);
    return passed;
}

/* Equality of values that no distance can describe: NaN with NaN, an infinity with itself. */
static bool same_special(double a, double b)
{
    return (isnan(a) && isnan(b)) || (isinf(a) && isinf(b) && signbit(a) == signbit(b));
}

static bool is_within(double got, double want, double room)
{
    if (!isfinite(got) || !isfinite(want))
        return same_special(got, want);
    return fabs(got - want) <= room;
}

bool tap_is_double(const char *file, int line, double got, double want, double reltol,
                   const char *format, ...)
{
    va_list args;
    va_start(args, format);
    bool passed = result(file, line, is_within(got, want, reltol * fabs(want)), format, args);
    va_end(args);
    if (!passed)
        diag("       got: %.17g\n  expected: %.17g within %g relative (is %.3g)", got, want, reltol,
             fabs(got - want) / fabs(want));
    return passed;
}

bool tap_is_near(const char *file, int line, double got, double want, double abstol,
                 const char *format, ...)
{
    va_list args;
    va_start(args, format);
    bool passed = result(file, line, is_within(got, want, abstol), format, args);
    va_end(args);
    if (!passed)
        diag("       got: %.17g\n  expected: %.17g within %g (is %.3g)", got, want, abstol,
             fabs(got - want));
    return passed;
}

static void diag_str(const char *label, const char *s)
{
    if (s)
        diag("%s\"%s\"", label, s);
    else
        diag("%sNULL", label);
}

bool tap_is_str(const char *file, int line, const char *got, const char *want, const char *format,
                ...)
{
    bool same = got && want ? strcmp(got, want) == 0 : got == want;
    va_list args;
    va_start(args, format);
    bool passed = result(file, line, same, format, args);
    va_end(args);
    if (!passed) {
        diag_str("       got: ", got);
        diag_str("  expected: ", want);
    }
    return passed;
}

bool tap_has_str(const char *file, int line, const char *got, const char *part, const char *format,
                 ...)
{
    va_list args;
    va_start(args, format);
    bool passed = result(file, line, got && part && strstr(got, part), format, args);
    va_end(args);
    if (!passed) {
        diag_str("       got: ", got);
        diag_str("  expected to contain: ", part);
    }
    return passed;
}

static size_t first_difference(const unsigned char *a, const unsigned char *b, size_t n)
{
    size_t i = 0;
    while (i < n && a[i] == b[i])
        i++;
    return i;
}

bool tap_is_mem(const char *file, int line, const void *got, const void *want, size_t n,
                const char *format, ...)
{
    const unsigned char *g = got;
    const unsigned char *w = want;
    bool same = n == 0 || (g && w && memcmp(g, w, n) == 0);
    va_list args;
    va_start(args, format);
    bool passed = result(file, line, same, format, args);
    va_end(args);
    if (!passed && g && w) {
        size_t i = first_difference(g, w, n);
        diag("  differ first at byte %zu of %zu\n       got: 0x%02x\n  expected: 0x%02x", i, n,
             g[i], w[i]);
    } else if (!passed) {
        diag("  got or expected is NULL");
    }
    return passed;
}
