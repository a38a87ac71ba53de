/* tap.h: a small producer of the Test Anything Protocol
 *
 * A test program calls ok(), is_int() and friends in any number and ends with
 * `return done_testing();`.  Each check prints one "ok N - name" or "not ok N - name"
 * line on stdout; a failed one also tells file, line, what came and what was expected on
 * stderr.  done_testing() prints the plan and gives the exit status (0 when all passed).
 * Checks return whether they passed, so that a test can stop asking about a NULL pointer:
 *
 *     if (!ok(tree != NULL, "parses"))
 *         return done_testing();
 *
 * Every check takes a printf format for its name.  The counters are not shared between
 * threads or processes: report from the main thread of the main process only.
 */
#ifndef TESTS_TAP_H
#define TESTS_TAP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define TAP_PRINTF(f, a) __attribute__((format(printf, f, a)))

#define ok(cond, ...) tap_ok(__FILE__, __LINE__, (cond), #cond, __VA_ARGS__)
#define pass(...) tap_ok(__FILE__, __LINE__, true, "", __VA_ARGS__)
#define fail(...) tap_ok(__FILE__, __LINE__, false, "reached", __VA_ARGS__)

/* Signed integers of any width. */
#define is_int(got, want, ...) tap_is_int(__FILE__, __LINE__, (got), (want), __VA_ARGS__)

/* Unsigned integers and sizes; is_size is the same check under the name of its usual use. */
#define is_uint(got, want, ...) tap_is_uint(__FILE__, __LINE__, (got), (want), __VA_ARGS__)
#define is_size(got, want, ...) tap_is_uint(__FILE__, __LINE__, (got), (want), __VA_ARGS__)

/* |got - want| <= reltol * |want|; reltol 0 asks for equality.  NaN equals NaN alone and
 * an infinity equals itself alone.  Where want is 0 only is_near() gives any room. */
#define is_double(got, want, reltol, ...)                                                          \
    tap_is_double(__FILE__, __LINE__, (got), (want), (reltol), __VA_ARGS__)

/* |got - want| <= abstol, for values around zero. */
#define is_near(got, want, abstol, ...)                                                            \
    tap_is_near(__FILE__, __LINE__, (got), (want), (abstol), __VA_ARGS__)

/* Strings; NULL equals NULL alone. */
#define is_str(got, want, ...) tap_is_str(__FILE__, __LINE__, (got), (want), __VA_ARGS__)

/* The text `got` contains the text `part`. */
#define has_str(got, part, ...) tap_has_str(__FILE__, __LINE__, (got), (part), __VA_ARGS__)

/* n bytes; tells the first place where they differ. */
#define is_mem(got, want, n, ...) tap_is_mem(__FILE__, __LINE__, (got), (want), (n), __VA_ARGS__)

/* Says beforehand how many checks will come: done_testing() then fails on another number. */
void plan(size_t n);

/* The whole program has nothing to test here; prints the plan "1..0 # SKIP why", exits 0. */
_Noreturn void skip_all(const char *format, ...) TAP_PRINTF(1, 2);

/* Counts n checks as skipped, for the reason given. */
void skip(size_t n, const char *format, ...) TAP_PRINTF(2, 3);

/* A remark on stderr, each line after "# ". */
void diag(const char *format, ...) TAP_PRINTF(1, 2);

/* A remark on stdout, seen with `prove -v` only. */
void note(const char *format, ...) TAP_PRINTF(1, 2);

/* Nothing more can be tested, here and in the programs that would follow. */
_Noreturn void bail_out(const char *format, ...) TAP_PRINTF(1, 2);

/* Prints the plan; 0 when every check passed and the number of checks is the planned one. */
int done_testing(void);

/* Behind the macros. */
bool tap_ok(const char *file, int line, bool passed, const char *expr, const char *format, ...)
    TAP_PRINTF(5, 6);
bool tap_is_int(const char *file, int line, intmax_t got, intmax_t want, const char *format, ...)
    TAP_PRINTF(5, 6);
bool tap_is_uint(const char *file, int line, uintmax_t got, uintmax_t want, const char *format, ...)
    TAP_PRINTF(5, 6);
bool tap_is_double(const char *file, int line, double got, double want, double reltol,
                   const char *format, ...) TAP_PRINTF(6, 7);
bool tap_is_near(const char *file, int line, double got, double want, double abstol,
                 const char *format, ...) TAP_PRINTF(6, 7);
bool tap_is_str(const char *file, int line, const char *got, const char *want, const char *format,
                ...) TAP_PRINTF(5, 6);
bool tap_has_str(const char *file, int line, const char *got, const char *part, const char *format,
                 ...) TAP_PRINTF(5, 6);
bool tap_is_mem(const char *file, int line, const void *got, const void *want, size_t n,
                const char *format, ...) TAP_PRINTF(6, 7);

#endif
