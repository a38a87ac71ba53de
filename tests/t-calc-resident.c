/* t-calc-resident.c: calculators that stay: the protocol, and what breaks it.  A crash costs the
 * point in hand, and only that one. */
#include "calculators/rig.h"

#include <math.h>

static char script[RIG_PATH];

static bool find_script(void)
{
    struct err err = ERR_INIT;
    char python[RIG_PATH];
    const char *src = getenv("TH_SRC");
    if (process_find_program("python3", python, sizeof python) != 0)
        return false;
    return file_join(script, sizeof script, src ? src : ".", "tests/calculators/resident.py",
                     &err) == 0 &&
           file_exists(script);
}

static bool run_mode(struct rig *rig, const char *mode, const char *more, size_t n)
{
    char text[2 * RIG_PATH];
    snprintf(text, sizeof text,
             "  tool:\n    run: [python3, %s, %s]\n    resident: yes\n%s"
             "    read: {mh: mh, twice: = 2*mh}\n",
             script, mode, more);
    return rig_chain(rig, text, n);
}

static void is_good(struct rig *rig, size_t i, const char *mode)
{
    ok(rig_is(rig, i, REASON_NONE), "%s: point %zu is good", mode, i);
    is_double(rig_value(rig, i, "mh"), 105.0 + (double)i / 100.0, 1e-12, "%s: its value", mode);
    is_double(rig_value(rig, i, "twice"), 210.0 + (double)i / 50.0, 1e-12, "%s: its double", mode);
}

struct breaker {
    const char *mode, *more;
    enum reason reason; /* of point 4 */
    const char *words;
};

static const struct breaker breakers[] = {
    {"crash", "", REASON_SIGNAL, "SIGABRT"},
    {"exit", "", REASON_EXIT, "exit status 3 in the middle of a point\ngiving up"},
    {"garbage", "", REASON_PROTOCOL, "not JSON: now computing ..."},
    {"wrong-id", "", REASON_PROTOCOL, "id 99999"},
    {"hang", "    timeout: 1 s\n", REASON_TIMEOUT, "did not answer within"},
    {"error", "", REASON_PHYSICS, "no EWSB"},
    {"nan", "", REASON_NOT_FINITE, "mh"},
    {"missing", "", REASON_MISSING, "mh"},
    {"null", "", REASON_PROTOCOL, "neither"},
    {"close", "", REASON_PROTOCOL, "closed its standard output"},
    {"long-line", "    limit output: 1 MB\n", REASON_LIMIT, "a line of more than"},
};

/* Nine points, of which the fifth does not end well. */
static void test_breaker(struct rig *rig, const struct breaker *breaker)
{
    if (!ok(run_mode(rig, breaker->mode, breaker->more, 9), "%s: runs", breaker->mode))
        return;
    for (size_t i = 0; i < 9; i++) {
        if (i != 4)
            is_good(rig, i, breaker->mode);
    }
    ok(rig_is(rig, 4, breaker->reason), "%s: point 4 pays", breaker->mode);
    has_str(rig_words(rig, 4), breaker->words, "%s: in words", breaker->mode);
    ok(isnan(rig_value(rig, 4, "mh")), "%s: no value", breaker->mode);
    chain_free(rig->chain);
    rig->chain = NULL;
    rig_is_clean(rig, breaker->mode);
}

static void test_starts(struct rig *rig)
{
    static const struct breaker starts[] = {
        {"no-start", "", REASON_START, "exit status 1 before its first line\nno such table"},
        {"no-greeting", "", REASON_START,
         "first line must be {\"theodolite\": 1, \"name\": \"...\", \"version\": \"...\"}"},
        {"bad-greeting", "", REASON_PROTOCOL, "Welcome to the model!"},
        {"version-2", "", REASON_PROTOCOL, "protocol 2"},
    };
    for (size_t k = 0; k < sizeof starts / sizeof starts[0]; k++) {
        rig->options.greeting_s = strcmp(starts[k].mode, "no-greeting") == 0 ? 0.5 : 0.0;
        ok(run_mode(rig, starts[k].mode, starts[k].more, 4), "%s: runs", starts[k].mode);
        for (size_t i = 0; i < 4; i++)
            ok(rig_is(rig, i, starts[k].reason), "%s: point %zu", starts[k].mode, i);
        has_str(rig_words(rig, 3), starts[k].words, "%s: in words", starts[k].mode);
        rig_is_clean(rig, starts[k].mode);
    }
    rig->options.greeting_s = 0.0;
}

static void note_line(void *context, const char *calculator, const char *kind, const char *text)
{
    struct buf *notes = context;
    struct err ignored = ERR_INIT;
    (void)buf_printf(notes, &ignored, "%s|%s|%.400s\n", calculator, kind, text);
}

/* The whole command, and what it says on standard error. */
static void test_trace(struct rig *rig)
{
    struct buf notes;
    const struct calc_trace trace = {.context = &notes, .line = note_line};
    buf_init(&notes, 1 << 20);
    rig->options.trace = &trace;
    ok(run_mode(rig, "noisy", "    write: {m0: m0, m12: m12}\n", 1), "a traced point");
    has_str(notes.data, "resident.py noisy (resident)\n", "the whole command");
    has_str(notes.data, "tool|stderr|xxxx", "the end of what it said");
    buf_clear(&notes);
    ok(run_mode(rig, "no-start", "", 1), "one that does not start");
    has_str(notes.data, "|stderr|no such table\n", "what it said before its end");
    has_str(notes.data, "before its first line\n", "and the failure alone");
    rig->options.trace = NULL;
    chain_free(rig->chain);
    rig->chain = NULL;
    buf_free(&notes);
}

/* An integer parameter is an index for Python, a uniform one no integer even at a whole value. */
static void test_whole(struct rig *rig)
{
    ok(run_mode(rig, "whole", "", 2), "an index, all parameters are sent");
    is_double(rig_value(rig, 0, "mh"), 31.0, 1e-12, "... is one");
    ok(run_mode(rig, "whole", "    write: {m0: m0, n: n}\n", 2), "an index that is written");
    is_double(rig_value(rig, 1, "mh"), 31.0, 1e-12, "... is one");
    ok(run_mode(rig, "whole", "    write: {m0: m0, n: 1*n}\n", 2), "an expression of it");
    ok(rig_is(rig, 0, REASON_EXIT), "... is none");
}

static void test_many(struct rig *rig)
{
    static const char *const modes[] = {"good", "noisy"};
    for (int k = 0; k < 2; k++) {
        size_t n_good = 0;
        ok(run_mode(rig, modes[k], "", 1000), "%s: a thousand points", modes[k]);
        for (size_t i = 0; i < 1000; i++)
            n_good += rig->outcomes[i].reason == REASON_NONE &&
                      fabs(rig_value(rig, i, "mh") - 105.0 - (double)i / 100.0) < 1e-9;
        is_size(n_good, 1000, "%s: each with its own answer", modes[k]);
    }
    is_int(rig_run(rig, 3), 0, "the same process is asked again");
    is_good(rig, 2, "again");
    ok(rig->outcomes[0].n_steps == 1 && rig->outcomes[0].steps[0].was_run, "its step is recorded");
}

/* Answers that come together have cost the same. */
static void test_bunch(struct rig *rig)
{
    double sum = 0.0;
    size_t n_alike = 0;
    ok(run_mode(rig, "bunch", "", 20), "answers in bunches of ten");
    for (size_t i = 0; i < 20; i++) {
        double seconds = (double)rig->outcomes[i].steps[0].seconds;
        is_good(rig, i, "bunch");
        n_alike += fabs(seconds - (double)rig->outcomes[i / 10 * 10].steps[0].seconds) < 1e-9;
        sum += seconds;
    }
    is_size(n_alike, 20, "each took a tenth of its bunch");
    ok(sum >= 0.1, "and all together what both took (%.3f s)", sum);
}

/* A process that ends after each answer, and a crash that does not come twice. */
static void test_comes_back(struct rig *rig)
{
    char more[RIG_PATH + 64], marker[RIG_PATH + 64];
    ok(run_mode(rig, "one-shot", "", 1), "one answer per process");
    for (int i = 0; i < 3; i++) {
        is_int(rig_run(rig, 1), 0, "and once more");
        is_good(rig, 0, "one-shot");
    }
    snprintf(marker, sizeof marker, "flaky, %s/marker", rig->folder);
    snprintf(more, sizeof more, "    retries: 1\n");
    ok(run_mode(rig, marker, more, 9), "dies once");
    for (size_t i = 0; i < 9; i++)
        is_good(rig, i, "flaky");
}

static bool yes(void *context)
{
    (void)context;
    return true;
}

static void test_killed(struct rig *rig)
{
    struct chain_options before = rig->options;
    int fds[2];
    if (pipe(fds) != 0 || write(fds[1], "x", 1) != 1)
        bail_out("no pipe");
    ok(run_mode(rig, "hang", "", 4), "runs");
    rig->options.cancel_fd = fds[0];
    rig->options.cancelled = yes;
    ok(run_mode(rig, "hang", "", 9), "killed");
    ok(rig_is(rig, 4, REASON_KILLED), "the point in hand");
    ok(rig_is(rig, 8, REASON_KILLED), "and those after it");
    rig_is_clean(rig, "killed");
    rig->options = before;
    close(fds[0]);
    close(fds[1]);
}

static void test_description(struct rig *rig)
{
    struct buf out;
    buf_init(&out, 1 << 16);
    ok(run_mode(rig, "good", "", 1), "runs");
    is_int(chain_describe(rig->chain, &out, &rig->err), 0, "is described");
    has_str(out.data ? out.data : "", "tester 0.3\tfnv1a64:", "with the version it said");
    has_str(out.data ? out.data : "", "resident.py\t", "and its script");
    buf_free(&out);
}

int main(void)
{
    struct rig rig;
    if (!find_script())
        skip_all("there is no python3");
    rig_init(&rig);
    test_trace(&rig);
    test_whole(&rig);
    test_many(&rig);
    test_bunch(&rig);
    for (size_t i = 0; i < sizeof breakers / sizeof breakers[0]; i++)
        test_breaker(&rig, &breakers[i]);
    test_starts(&rig);
    test_comes_back(&rig);
    test_killed(&rig);
    test_description(&rig);
    rig_free(&rig);
    return done_testing();
}
