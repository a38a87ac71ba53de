/* t-calc-hostile.c: programs that do what they must not.  Each ends in its reason class, with
 * nothing left running and nothing left lying about. */
#include "calculators/acts.h"
#include "calculators/rig.h"

static const char card[] = "Block MINPAR # input\n    1  1.0e+02 # m0\n    2  1.0e+02 # m12\n";

struct hostile {
    const char *name;
    const char *run;  /* after "SELF act " */
    const char *more; /* of the calculator's entry */
    enum reason reason;
    const char *words; /* that must be said */
};

static const struct hostile cases[] = {
    {"never ends", "hang", "    timeout: 0.3 s\n", REASON_TIMEOUT, "did not end within"},
    {"ignores SIGTERM", "deaf", "    timeout: 0.3 s\n", REASON_TIMEOUT, "did not end within"},
    {"stops itself", "stopped", "    timeout: 0.3 s\n", REASON_TIMEOUT, "did not end within"},
    {"has grandchildren", "breed", "    timeout: 0.3 s\n", REASON_TIMEOUT, "did not end within"},
    {"leaves daemons", "daemons", "", REASON_NONE, ""},
    {"prints 1 GB", "flood", "    limit output: 1 MB\n", REASON_LIMIT, "printed more than"},
    {"prints 1 GB of errors", "flood-error", "    limit output: 1 MB\n", REASON_LIMIT,
     "printed more than"},
    {"fills its folder", "fill", "    limit output: 2 MB\n", REASON_LIMIT, "in its folder"},
    {"writes one file without end", "one-file", "    limit output: 2 MB\n", REASON_LIMIT,
     "larger than it may"},
    {"ignores SIGXFSZ", "one-file-ignoring", "    limit output: 2 MB\n", REASON_LIMIT,
     "in its folder"},
    {"burns its CPU time", "spin", "    cpu: 1 s\n", REASON_LIMIT, "CPU time"},
    {"writes NaN", "nan", "", REASON_NOT_FINITE, "mh (MASS[25]) is"},
    {"writes a text", "text", "", REASON_PARSE, "mh: MASS[25]"},
    {"has another locale", "comma", "", REASON_PARSE, "mh: MASS[25]"},
    {"leaves no output", "nothing", "", REASON_NO_OUTPUT, "printed nothing"},
    {"closes its output early", "close-early", "", REASON_NO_OUTPUT, "printed nothing"},
    {"dumps core", "crash", "", REASON_SIGNAL, "SIGABRT"},
    {"exits with 3", "exit 3", "", REASON_EXIT, "exit status 3"},
    {"says SPINFO 4 and exits with 255", "spinfo", "", REASON_PHYSICS,
     "SPINFO[4]: [ stau tachyon ]; no ewsb"},
    {"says SPINFO 4 in the comment", "spinfo-comment", "", REASON_PHYSICS, "internal problem"},
    {"read another number", "wrong-echo", "", REASON_ECHO, "MINPAR[1]: sent 500, it read 0"},
    {"locks its folders", "locked-tree", "", REASON_NONE, ""},
    {"leaves temporary files", "temporary", "", REASON_NONE, ""},
    {"reads slowly", "slowly", "", REASON_NONE, ""},
    {"colours its errors", "colours", "", REASON_EXIT, "\nerror: the ?widget? is broken"},
};

static void test_case(struct rig *rig, const struct hostile *hostile)
{
    char text[2048];
    snprintf(text, sizeof text,
             "  tool:\n    run: SELF act %s\n    stdin: card.in\n%s"
             "    write: {'MINPAR[1]': m0, 'MINPAR[2]': m12}\n    read: {mh: 'MASS[25]'}\n",
             hostile->run, hostile->more);
    if (!ok(rig_chain(rig, text, 1), "%s: runs", hostile->name))
        return;
    ok(rig_is(rig, 0, hostile->reason), "%s: is %s", hostile->name, reason_name(hostile->reason));
    has_str(rig_words(rig, 0), hostile->words, "%s: in words", hostile->name);
    if (hostile->reason == REASON_NONE) {
        is_double(rig_value(rig, 0, "mh"), 105.0, 1e-9, "%s: the value", hostile->name);
    } else {
        is_int(rig->outcomes[0].calculator, 0, "%s: by which calculator", hostile->name);
        ok(isnan(rig_value(rig, 0, "mh")), "%s: no value", hostile->name);
        ok(strlen(rig_words(rig, 0)) < CALC_MAX_WORDS, "%s: few words", hostile->name);
    }
    rig_is_clean(rig, hostile->name);
}

/* A spectrum may be whole though the program says by its status that it did not converge. */
static void test_unconverged(struct rig *rig)
{
    static const char text[] = "  tool:\n    run: SELF act unconverged\n    stdin: card.in\n"
                               "    write: {'MINPAR[1]': m0, 'MINPAR[2]': m12}\n"
                               "    read: {mh: 'MASS[25]'}\n    fail if: SPINFO[4]\n";
    if (!ok(rig_chain(rig, text, 1), "a spectrum and status 255: runs"))
        return;
    ok(rig_is(rig, 0, REASON_EXIT), "a spectrum and status 255: is exit");
    has_str(rig_words(rig, 0), "exit status 255", "a spectrum and status 255: in words");
}

/* Outputs that are no files to read. */
static void test_odd_outputs(struct rig *rig)
{
    static const struct {
        const char *what;
        enum reason reason;
    } odd[] = {{"folder", REASON_NO_OUTPUT},
               {"pipe", REASON_NO_OUTPUT},
               {"device", REASON_NO_OUTPUT},
               {"junk", REASON_MISSING}};
    for (size_t i = 0; i < sizeof odd / sizeof odd[0]; i++) {
        char text[512];
        snprintf(text, sizeof text,
                 "  tool:\n    run: SELF act output-is %s\n    output: out\n"
                 "    read: {mh: 'MASS[25]'}\n",
                 odd[i].what);
        ok(rig_chain(rig, text, 1), "an output that is a %s", odd[i].what);
        ok(rig_is(rig, 0, odd[i].reason), "a %s is %s", odd[i].what, reason_name(odd[i].reason));
        rig_is_clean(rig, odd[i].what);
    }
}

static void test_start(struct rig *rig)
{
    static const char text[] = "  tool:\n    run: SELF act slha\n    read: {mh: 'MASS[25]'}\n";
    char path[RIG_PATH + 32];
    rig_file(rig, "no-program", "this is no program\n");
    snprintf(path, sizeof path, "%s/no-program", rig->folder);
    chmod(path, 0755);
    ok(rig_scan(rig, text, NULL, NULL, 0), "a scan");
    /* it goes between the check and the run */
    struct scan_calculator changed = rig->scan->calculators[0];
    const char *const argv[] = {path, NULL};
    const char *const absent[] = {"/no/such/program", NULL};
    const char *const *runs[] = {argv, absent};
    for (int i = 0; i < 2; i++) {
        struct scan scan = *rig->scan;
        changed.run = runs[i];
        scan.calculators = &changed;
        struct chain *chain = chain_create(&scan, &rig->options, &rig->err);
        double row[4] = {500, 250, 3};
        struct outcome outcome;
        uint64_t id = 1;
        if (!ok(chain != NULL, "a chain with a program that cannot be run"))
            continue;
        is_int(chain_run(chain, 1, &id, row, 4, &outcome, &rig->err), 0, "its point");
        is_str(reason_name(outcome.reason), "start", "cannot be run");
        has_str(outcome.words, "cannot run", "in words");
        outcome_clear(&outcome);
        chain_free(chain);
        rig_is_clean(rig, "cannot be run");
    }
}

static void test_retries(struct rig *rig)
{
    char text[RIG_PATH + 512];
    snprintf(text, sizeof text,
             "  tool:\n    run: SELF act flaky %s/marker\n    stdin: card.in\n    retries: 2\n"
             "    write: {'MINPAR[1]': m0, 'MINPAR[2]': m12}\n    read: {mh: 'MASS[25]'}\n",
             rig->folder);
    ok(rig_chain(rig, text, 1), "a program that dies the first time");
    ok(rig_is(rig, 0, REASON_NONE), "is fine the second time");
    is_double(rig_value(rig, 0, "mh"), 105.0, 1e-9, "with its value");
    rig_is_clean(rig, "retries");
}

/* A card of 20 MB goes through standard input. */
static void test_huge_card(struct rig *rig)
{
    size_t n = 20000000, head = strlen(card);
    char *huge = malloc(n + head + 1);
    memset(huge, '#', n);
    for (size_t i = 99; i < n; i += 100)
        huge[i] = '\n';
    memcpy(huge + n, card, head + 1);
    rig_file(rig, "huge.in", huge);
    free(huge);
    ok(rig_chain(rig,
                 "  tool:\n    run: SELF act slha\n    stdin: huge.in\n"
                 "    write: {'MINPAR[1]': m0, 'MINPAR[2]': m12}\n    read: {mh: 'MASS[25]'}\n",
                 1),
       "a huge card");
    ok(rig_is(rig, 0, REASON_NONE), "is no trouble");
    is_double(rig_value(rig, 0, "mh"), 105.0, 1e-9, "with its value");
    rig_is_clean(rig, "huge card");
}

/* ---- killed --------------------------------------------------------------------------------- */

struct caller {
    int asked;
    bool is_true;
};

static bool cancelled(void *context)
{
    struct caller *caller = context;
    caller->asked++;
    return caller->is_true;
}

static void test_killed(struct rig *rig)
{
    int fds[2];
    struct caller caller = {.is_true = true};
    struct chain_options before = rig->options;
    if (pipe(fds) != 0 || write(fds[1], "x", 1) != 1)
        bail_out("no pipe");
    rig->options.cancel_fd = fds[0];
    rig->options.cancelled = cancelled;
    rig->options.cancel_context = &caller;
    ok(rig_chain(rig, "  tool:\n    run: SELF act breed\n    read: {mh: 'MASS[25]'}\n", 3),
       "three points, killed");
    for (size_t i = 0; i < 3; i++)
        ok(rig_is(rig, i, REASON_KILLED), "point %zu is killed", i);
    rig_is_clean(rig, "killed");
    caller.is_true = false; /* something else stands in the pipe */
    caller.asked = 0;
    ok(rig_chain(rig,
                 "  tool:\n    run: SELF act hang\n    timeout: 0.3 s\n"
                 "    read: {mh: 'MASS[25]'}\n",
                 1),
       "a word that is no kill");
    ok(rig_is(rig, 0, REASON_TIMEOUT), "does not kill");
    ok(caller.asked > 0 && caller.asked < 100, "and is not asked about all the time");
    rig->options = before;
    close(fds[0]);
    close(fds[1]);
}

int main(int argc, char **argv)
{
    struct rig rig;
    if (argc > 2 && strcmp(argv[1], "act") == 0)
        return act(argv[2], argc - 3, argv + 3);
    rig_init(&rig);
    rig_file(&rig, "card.in", card);
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++)
        test_case(&rig, &cases[i]);
    test_unconverged(&rig);
    test_odd_outputs(&rig);
    test_start(&rig);
    test_retries(&rig);
    test_huge_card(&rig);
    test_killed(&rig);
    rig_free(&rig);
    return done_testing();
}
