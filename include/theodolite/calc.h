/* calc.h: the chain of calculators on one point, or on a block of points.
 *
 * A calculator is a program run once per point, a resident program that speaks JSON lines, a shared
 * object, or an expression (design: scan file, `calculators:`).  What goes wrong is not an error of
 * ours but the point's outcome: a reason class, the calculator, the stage, and the tail of the
 * calculator's own words.  Runs in a worker process, never in the engine.
 *
 * Which class wins where several things went wrong, first to last: start, killed, limit, timeout,
 * signal; echo; physics; exit; no-output; then the first value that cannot be read, is missing or
 * is not finite.  So a calculator that says SPINFO 4 and exits with 1 or 255 is `physics`.
 * - physics: SPINFO 4 in an SLHA output that values are read from, also without `fail if`; an
 *   address of `fail if` that is there; a condition that holds; "error" of a resident calculator;
 *   a plugin's status.
 * - echo: a number that was written and that the SLHA output repeats agrees to 1e-6 relative.
 * - missing-value: not in the output, or one of `missing`; `optional` values may be.  An expression
 *   over values that are missing by permission is missing too.
 * - limit: output, one file, or the folder beyond `limit output`; CPU time; SIGXFSZ, SIGXCPU.
 * - protocol: a resident calculator that says anything but JSON lines with ids it was asked, or
 *   ends while it owes an answer; that costs the first unanswered point, the others are asked
 *   again.
 *
 * Skipped, with its values NaN and no failure: a calculator whose `only if` is not known to hold,
 * and one that needs (after, write, stdin: X.output) a skipped one.
 *
 * Placeholders {name} stand in `run` and in templates for a target of `write`, a value, or an
 * expression; {{name}} is the text {name}.  Without `write` a resident calculator is sent all
 * parameters, and a plugin takes the values of its inputs' names, or all parameters in order.
 * Programs run with LC_ALL=C, TMPDIR in their own folder and THEODOLITE_POINT=id. */
#ifndef THEODOLITE_CALC_H
#define THEODOLITE_CALC_H

#include "theodolite/scan.h"

/* X(code, name, text) */
#define REASON_LIST(X)                                                                             \
    X(REASON_NONE, "", "nothing failed")                                                           \
    X(REASON_START, "start", "the calculator cannot be run")                                       \
    X(REASON_EXIT, "exit", "an exit status that does not mean success")                            \
    X(REASON_SIGNAL, "signal", "ended by a signal")                                                \
    X(REASON_TIMEOUT, "timeout", "did not end within its time")                                    \
    X(REASON_LIMIT, "limit", "used more output, memory, CPU time or disk than it may")             \
    X(REASON_NO_OUTPUT, "no-output", "left no output")                                             \
    X(REASON_PARSE, "parse", "its output cannot be read")                                          \
    X(REASON_MISSING, "missing-value", "a value is not in its output")                             \
    X(REASON_NOT_FINITE, "not-finite", "a value is not a finite number")                           \
    X(REASON_PHYSICS, "physics", "the calculator itself calls the point unphysical")               \
    X(REASON_ECHO, "echo", "the calculator read another input than it was sent")                   \
    X(REASON_PROTOCOL, "protocol", "a resident calculator or worker broke the protocol")           \
    X(REASON_KILLED, "killed", "ended by the user")

enum reason {
#define REASON_ENUM(code, name, text) code,
    REASON_LIST(REASON_ENUM)
#undef REASON_ENUM
        N_REASONS
};
const char *reason_name(enum reason reason);
const char *reason_text(enum reason reason);
int reason_find(const char *name); /* -1: none of that name */

/* How one calculator of the chain went. */
struct calc_step {
    uint16_t calculator;
    bool was_run; /* false: skipped by `only if` or by a failure before */
    int exit;     /* exit status; -signal when a signal ended it */
    float seconds;
    float cpu_s;
};

struct calc_kept { /* an output file the store shall keep */
    uint16_t calculator;
    char *name; /* "stdout" or the file's name */
    char *data;
    size_t n;
};

enum { CALC_MAX_WORDS = 2000 };

struct outcome {
    enum reason reason;
    int calculator;    /* that failed; -1 none */
    const char *stage; /* "write", "run", "read", "check": static text */
    char *words;       /* what happened, then the tail of stderr/stdout; NULL when all went well */
    float seconds;     /* wall time of the chain */
    struct calc_step *steps; /* exec and resident calculators only; may be NULL */
    size_t n_steps;
    struct calc_kept *kept;
    size_t n_kept;
};
void outcome_clear(struct outcome *outcome); /* frees what it holds and zeroes it */

/* What `theodolite check` and `point` show: each step in words, as it happens. */
struct calc_trace {
    void *context;
    /* kind: "write" (the diff), "run" (command line), "wait" (no sign of life), "end" (exit,
     * time), "stdout", "stderr", "value" ("mh = 121.3   <- line 45: 25  1.213e+02 # h0"), "skip",
     * "fail". */
    void (*line)(void *context, const char *calculator, const char *kind, const char *text);
};

struct chain_options {
    const char *scratch; /* an existing private folder; each point gets a fresh one below it */
    const char *const *plugin_dirs; /* where shared objects and programs are looked for as well,
                                       after the scan's folder; NULL-terminated */
    int cancel_fd; /* watched while a program runs: when readable, cancelled() is asked; -1 */
    bool (*cancelled)(void *context);
    void *cancel_context;
    const struct calc_trace *trace; /* NULL: none */
    /* Told before a program begins with a point (with the first of a block), in a chain of two or
     * more programs; NULL: nobody. */
    void (*begins)(void *context, size_t calculator, uint64_t id);
    void *begins_context;
    double grace_s;    /* between SIGTERM and SIGKILL; 0: 5 s */
    double greeting_s; /* for a resident calculator's first line; 0: its timeout, at least 10 s */
};

/* Checks addresses, read forms, templates, placeholders, names; adds to the diagnostics.  Also
 * says (as diagnostics) which programs, files and shared objects cannot be found. */
int calc_check(const struct scan *scan, const char *const *plugin_dirs,
               struct scan_diagnostics *diagnostics, struct err *err);

struct chain;
/* Loads shared objects, prepares templates, starts nothing.  The scan is borrowed for as long as
 * the chain lives.  SIGPIPE is ignored from then on, and orphaned descendants of calculators become
 * children of this process, in which every child that is not a calculator's is killed. */
struct chain *chain_create(const struct scan *scan, const struct chain_options *options,
                           struct err *err);
/* Ends resident calculators, removes what lies about below scratch. */
void chain_free(struct chain *chain);
/* Whether blocks of many points are the chain's natural unit (only shared objects, expressions). */
bool chain_is_block(const struct chain *chain);
/* Runs n points.  rows: n rows of the scan's n_values with the parameters filled; observables are
 * filled in (NaN where missing).  outcomes: n, cleared by the caller afterwards.  ids: for names of
 * scratch folders and the resident protocol.  -1 only for our own failures (memory, scratch gone).
 */
int chain_run(struct chain *chain, size_t n, const uint64_t *ids, double *rows, size_t stride,
              struct outcome *outcomes, struct err *err);
/* How long calculator i of the scan may run from now on: for one that runs now too, where this is
 * called from `cancelled`. */
void chain_set_timeout(struct chain *chain, size_t i, double seconds);
/* Names and versions of the tools as found out so far, with checksums of programs and templates:
 * appended as lines "softsusy\tpath\tversion\tsha-like checksum". */
int chain_describe(struct chain *chain, struct buf *out, struct err *err);

#endif
