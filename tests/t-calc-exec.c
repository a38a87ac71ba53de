/* t-calc-exec.c: programs that behave: what is written for them, how they are run, what is read. */
#include "calculators/acts.h"
#include "calculators/rig.h"

static const char card[] = "Block MODSEL # Select model\n 1 1\n"
                           "Block MINPAR # input\n    1  1.0e+02 # m0\n    2  1.0e+02 # m12\n";

/* ---- the trace ------------------------------------------------------------------------------ */

struct notes {
    char text[1 << 16];
    size_t n;
};

static void note_line(void *context, const char *calculator, const char *kind, const char *text)
{
    struct notes *notes = context;
    int n = snprintf(notes->text + notes->n, sizeof notes->text - notes->n, "%s|%s|%s\n",
                     calculator, kind, text);
    notes->n += n > 0 ? (size_t)n : 0;
}

static void test_trace(struct rig *rig)
{
    static struct notes notes;
    const struct calc_trace trace = {.context = &notes, .line = note_line};
    rig->options.trace = &trace;
    ok(rig_chain(rig,
                 "  tool:\n    run: SELF act slha\n    stdin: card.in\n"
                 "    write: {'MINPAR[1]': m0, 'MINPAR[2]': m12/2}\n"
                 "    missing: 5\n"
                 "    read: {mh: 'MASS[25]', mA: 'optional MASS[36]', e: = mh - 101,\n"
                 "           d: optional = mh - 100}\n"
                 "  last:\n    run: sh -c 'echo words >&2; exit 7'\n",
                 1),
       "a traced point");
    has_str(notes.text,
            "tool|write|-     1  1.0e+02 # m0\ntool|write|+     1  5.0000000000000000e+02"
            " # m0\n",
            "the diff of the card");
    has_str(notes.text, "|write|+     2  1.2500000000000000e+02 # m12\n", "with an expression");
    ok(!strstr(notes.text, "MODSEL # Select"), "and nothing that did not change");
    has_str(notes.text, " act slha\n", "the command line");
    has_str(notes.text, "tool|end|exit 0 after ", "the end");
    has_str(notes.text, "tool|value|mh = 105   <- line 8:  25 1.05000000e+02 # h0\n",
            "the value and its line");
    has_str(notes.text, "tool|value|mA = - (optional)", "what is missing");
    has_str(notes.text, "tool|value|e = 4\n", "an expression");
    has_str(notes.text, "tool|value|d = 5, which counts as missing\n", "a sentinel");
    has_str(notes.text, "last|stderr|words\nlast|fail|exit: ended with exit status 7\n",
            "a failure, with its words told once");
    has_str(rig_words(rig, 0), "status 7\nwords", "which the outcome has together");
    rig->options.trace = NULL;
}

/* ---- inputs --------------------------------------------------------------------------------- */

static void test_arguments(struct rig *rig)
{
    ok(rig_chain(
           rig,
           "  tool:\n    run: SELF act args {m0} x{n}y {m12^2} {{n}} {-}\n"
           "    read:\n      a0: 'json \"a0\"'\n      k: 'json \"n\"'\n      p: 'json \"a2\"'\n",
           1),
       "numbers as arguments");
    is_double(rig_value(rig, 0, "a0"), 500.0, 0, "a name");
    is_double(rig_value(rig, 0, "p"), 62500.0, 0, "an expression");
    is_double(rig_value(rig, 0, "k"), 5.0, 0, "the number of words");
    ok(rig_chain(rig,
                 "  tool:\n    run: SELF act args x{n}y {{n}}\n    read:\n"
                 "      a: 'line \"x%gy\"'\n",
                 1),
       "an integer within a word");
    is_double(rig_value(rig, 0, "a"), 3.0, 0, "is written as one");
}

static void test_text_card(struct rig *rig)
{
    rig_file(rig, "par.ini", "h = {m0}\nname value {big} # {{m0}}\n");
    ok(rig_chain(rig,
                 "  tool:\n    run: SELF act copy run.ini\n    input: par.ini as run.ini\n"
                 "    write: {big: m0*2}\n"
                 "    read: {h: 'line \"h = %g\"', big: 'line \"name value %g\"',"
                 " c: column 3 of row 2}\n",
                 1),
       "a card of names and values");
    is_double(rig_value(rig, 0, "h"), 500.0, 0, "a name");
    is_double(rig_value(rig, 0, "big"), 1000.0, 0, "a target of write");
    rig_is_clean(rig, "text card");
}

static void test_files(struct rig *rig)
{
    char path[RIG_PATH + 32];
    rig_file(rig, "table.dat", "7.5\n");
    snprintf(path, sizeof path, "%s/EXPCON", rig->folder);
    mkdir(path, 0755);
    rig_file(rig, "EXPCON/inner.dat", "# comment\n1 2 3\n4 5 -6.5D+01\n");
    ok(rig_chain(rig,
                 "  a:\n    run: SELF act copy ../EXPCON/inner.dat\n"
                 "    files: [EXPCON as ../EXPCON, copy EXPCON as sub/copied]\n"
                 "    read: {a: column 3 of row 2, b: column 1 of row -2}\n"
                 "  b:\n    run: SELF act copy sub/copied/inner.dat\n"
                 "    files: [copy EXPCON as sub/copied]\n    read: {c: column 2 of row last}\n"
                 "  c:\n    run: SELF act copy table.dat\n    read: {d: 'line \"%g\"'}\n",
                 2),
       "files beside the working folder");
    is_double(rig_value(rig, 1, "a"), -65.0, 1e-15, "linked above");
    is_double(rig_value(rig, 1, "b"), 1.0, 0, "a row from the end");
    is_double(rig_value(rig, 1, "c"), 5.0, 0, "copied with its folder");
    is_double(rig_value(rig, 1, "d"), 7.5, 0, "an argument that is a file of the scan's folder");
    snprintf(path, sizeof path, "%s/EXPCON/inner.dat", rig->folder);
    ok(file_exists(path), "what was linked is still there");
    rig_is_clean(rig, "files");
}

static void test_chain(struct rig *rig)
{
    ok(rig_chain(rig,
                 "  a:\n    run: SELF act slha\n    stdin: card.in\n    keep: all\n"
                 "    write: {'MINPAR[1]': m0, 'MINPAR[2]': m12}\n    read: {mh: 'MASS[25]'}\n"
                 "  b:\n    run: SELF act slha\n    stdin: a.output\n    read: {mb: 'MASS[25]'}\n"
                 "  c:\n    run: SELF act copy spectrum\n    input: b.output as spectrum\n"
                 "    missing: -999\n    read: {m2: 'MINPAR[2]', mheavy: 'optional MASS[35]'}\n"
                 "  d:\n    run: SELF act exit 3\n    only if: mh > 106\n    read: {x: 'A[1]'}\n"
                 "  e:\n    run: SELF act slha\n    stdin: d.output\n    read: {y: 'A[1]'}\n",
                 2),
       "a chain");
    ok(rig_is(rig, 1, REASON_NONE), "ends well");
    is_double(rig_value(rig, 1, "mb"), 105.01, 1e-7, "output becomes input");
    is_double(rig_value(rig, 1, "m2"), 250.0, 1e-7, "as a file too");
    ok(isnan(rig_value(rig, 1, "mheavy")), "a sentinel of an optional value is a missing one");
    ok(isnan(rig_value(rig, 1, "x")) && !rig->outcomes[1].steps[3].was_run, "only if skips");
    ok(!rig->outcomes[1].steps[4].was_run, "and what needs its output");
    is_size(rig->outcomes[1].n_kept, 1, "one output is kept");
    is_str(rig->outcomes[1].kept[0].name, "stdout", "by its name");
    has_str(rig->outcomes[1].kept[0].data, "Block MASS", "with its text");
    rig_is_clean(rig, "chain");
}

/* Templates behind an output, and behind another template. */
static void test_joined(struct rig *rig)
{
    rig_file(rig, "more.cfg", "Block EXTRA\n 1 0.0 # written");
    rig_file(rig, "text.cfg", "Block TEXT\n 2 {m12*2}\n");
    ok(rig_chain(rig,
                 "  a:\n    run: SELF act slha\n    stdin: card.in\n"
                 "    write: {'MINPAR[1]': m0, 'MINPAR[2]': m12}\n    read: {mh: 'MASS[25]'}\n"
                 "  b:\n    run: cat\n    stdin: a.output + more.cfg + text.cfg\n"
                 "    write: {'EXTRA[1]': m0/2}\n"
                 "    read: {mb: 'MASS[25]', x: 'EXTRA[1]', t: 'TEXT[2]'}\n"
                 "  c:\n    run: SELF act copy spectrum\n"
                 "    input: more.cfg + b.output as spectrum\n    echo: no\n"
                 "    write: {'EXTRA[1]': m0/4}\n    read: {y: 'EXTRA(1)[1]', m3: 'MASS[25]'}\n",
                 2),
       "a chain with joined inputs");
    for (size_t i = 0; i < 2; i++) {
        ok(rig_is(rig, i, REASON_NONE), "ends well");
        is_double(rig_value(rig, i, "mb"), rig_value(rig, i, "mh"), 0, "the output is there");
        is_double(rig_value(rig, i, "x"), rig_value(rig, i, "m0") / 2, 0, "a number behind it");
        is_double(rig_value(rig, i, "t"), rig_value(rig, i, "m12") * 2, 0, "a placeholder too");
        is_double(rig_value(rig, i, "y"), rig_value(rig, i, "m0") / 4, 0, "a template in front");
        is_double(rig_value(rig, i, "m3"), rig_value(rig, i, "mh"), 0, "and the output behind");
    }
    rig_is_clean(rig, "joined");
}

/* ---- outputs -------------------------------------------------------------------------------- */

static void check_text(struct rig *rig, const char *text, const char *read, enum reason reason,
                       double value)
{
    char calculators[2048];
    rig_file(rig, "out.txt", text);
    snprintf(calculators, sizeof calculators,
             "  tool:\n    run: SELF act copy out.txt\n    echo: no\n    missing: -999\n"
             "    read:\n      v: '%s'\n",
             read);
    if (!ok(rig_chain(rig, calculators, 1), "%s", read))
        return;
    ok(rig_is(rig, 0, reason), "%s: %s", read, reason_name(reason));
    is_double(rig_value(rig, 0, "v"), reason == REASON_NONE ? value : NAN, 1e-15, "%s: value",
              read);
}

static void test_readers(struct rig *rig)
{
    static const struct {
        const char *text, *read;
        enum reason reason;
        double value;
    } cases[] = {
        {"Xf=2.56e+01 Omega=3.41E-02 \n", "line \"Omega=%g\"", REASON_NONE, 3.41e-2},
        {"OldOmega = 3\nOmega   =  4,\n", "line \"Omega = %g\"", REASON_NONE, 4},
        {"a 1\na 2\n", "line \"a %g\"", REASON_NONE, 1},
        {"BR(b->s gamma)\t\t\t3.021e-04\n", "line \"BR(b->s gamma) %g\"", REASON_NONE, 3.021e-4},
        {"mass 47% of ~x1 ~x1 12\n", "line \"mass %*g%% of %s %s %g\"", REASON_MISSING, 0},
        {"mass 47 of ~x1 ~x1 12\n", "line \"mass %s of %s %* %d\"", REASON_NONE, 12},
        {"m = 1.5D+03\n", "line \"m = %g\"", REASON_NONE, 1500},
        {"m = 1.5\n", "line \"m = %d\"", REASON_PARSE, 0},
        {"m = NAN\n", "line \"m = %g\"", REASON_NOT_FINITE, 0},
        {"m = -nan\n", "line \"m = %g\"", REASON_NOT_FINITE, 0},
        {"m = ******\n", "line \"m = %g\"", REASON_MISSING, 0},
        {"m = none\n", "line \"m = %g\"", REASON_PARSE, 0},
        {"m = -999\n", "line \"m = %g\"", REASON_MISSING, 0},
        {"k = 1\n", "line \"m = %g\"", REASON_MISSING, 0},
        {"{\"a\": {\"b\": [1, {\"c\": 2.5}]}}", "json \"a.b[1].c\"", REASON_NONE, 2.5},
        {"{\"a\": [1, 2, 3]}", "json \"a[2]\"", REASON_NONE, 3},
        {"log line\n{\"a\": 4}\n", "json \"a\"", REASON_NONE, 4},
        {"{\"a\": NaN}", "json \"a\"", REASON_NOT_FINITE, 0},
        {"{\"s\": \"NaN \\\" Infinity\", \"a\": -Infinity}", "json \"a\"", REASON_NOT_FINITE, 0},
        {"{\"a\": null}", "json \"a\"", REASON_MISSING, 0},
        {"{\"b\": 1}", "json \"a\"", REASON_MISSING, 0},
        {"{\"a\": \"x\"}", "json \"a\"", REASON_PARSE, 0},
        {"{\"a\": true}", "json \"a\"", REASON_NONE, 1},
        {"{\"a\": 1", "json \"a\"", REASON_PARSE, 0},
        {"# head\n1, 2, 3\n\n4;5;6\n", "column 2 of row 2", REASON_NONE, 5},
        {"1 2 3\n", "column 4 of row 1", REASON_MISSING, 0},
        {"1 2 3\n", "column 1 of row 2", REASON_MISSING, 0},
        {"1 x 3\n", "column 2 of row 1", REASON_PARSE, 0},
        {"Block GAUGE Q= 1.0e3\n 1 0.3\nBlock GAUGE Q= 2.0e16\n 1 0.7\n", "GAUGE[1]", REASON_PARSE,
         0},
        {"Block GAUGE Q= 1.0e3\n 1 0.3\nBlock GAUGE Q= 2.0e16\n 1 0.7\n", "GAUGE[1] @ Q=2e16",
         REASON_NONE, 0.7},
        {"Block MASS\n 25 1\n", "MASS[35]", REASON_MISSING, 0},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++)
        check_text(rig, cases[i].text, cases[i].read, cases[i].reason, cases[i].value);
}

static void test_near_key(struct rig *rig)
{
    rig_file(rig, "o.json", "{\"higgs\": {\"mass\": 125, \"width\": 3}, \"list\": [1]}\n");
    static const char *const wrong[][2] = {
        {"higgs.mas", "there is no \"mas\"; did you mean \"mass\"?"},
        {"higs.mass", "there is no \"higs\"; did you mean \"higgs\"?"},
        {"higgs.spin", "is not in the output"},
        {"list[4]", "is not in the output"},
    };
    for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++) {
        char text[300];
        snprintf(text, sizeof text,
                 "  t:\n    run: cat o.json\n    files: o.json\n"
                 "    read: {v: 'json \"%s\"'}\n",
                 wrong[i][0]);
        ok(rig_chain(rig, text, 1), "%s", wrong[i][0]);
        ok(rig_is(rig, 0, REASON_MISSING), "is not there");
        has_str(rig_words(rig, 0), wrong[i][1], "and this is said of it");
    }
}

static void test_fail_if(struct rig *rig)
{
    rig_file(rig, "out.txt", "valid = 0\n");
    ok(rig_chain(rig,
                 "  tool:\n    run: SELF act copy out.txt\n    fail if: valid < 1\n"
                 "    read: {valid: 'line \"valid = %g\"', mh: 'line \"mh = %g\"'}\n",
                 1),
       "a flag among the values");
    ok(rig_is(rig, 0, REASON_PHYSICS), "explains what is missing");
    has_str(rig_words(rig, 0), "valid < 1: valid = 0", "in words");
    rig_file(rig, "out.txt", "Block WARN\n 3 too heavy\nBlock MASS\n 25 125\n");
    ok(rig_chain(rig,
                 "  tool:\n    run: SELF act copy out.txt\n    fail if: ['WARN[3]']\n"
                 "    read: {mh: 'MASS[25]'}\n",
                 1),
       "an address");
    ok(rig_is(rig, 0, REASON_PHYSICS), "that is there");
    has_str(rig_words(rig, 0), "WARN[3]: too heavy", "with its text");
}

/* A tool that adds to its input file; and one that does not touch it. */
static void test_in_place(struct rig *rig)
{
    ok(rig_chain(rig,
                 "  tool:\n    run: SELF act in-place card.in\n    input: card.in\n"
                 "    output: card.in\n    write: {'MINPAR[1]': m0}\n"
                 "    read: {mh: 'MASS[25]', m: 'MINPAR[1]'}\n",
                 1),
       "an input that is the output");
    ok(rig_is(rig, 0, REASON_NONE), "was changed");
    is_double(rig_value(rig, 0, "mh"), 125.5, 0, "and has the value");
    ok(rig_chain(rig,
                 "  tool:\n    run: SELF act nothing\n    input: card.in\n    output: card.in\n"
                 "    write: {'MINPAR[1]': m0}\n    read: {m: 'MINPAR[1]'}\n",
                 1),
       "one that was not touched");
    ok(rig_is(rig, 0, REASON_NO_OUTPUT), "is no output");
}

static void test_exits(struct rig *rig)
{
    ok(rig_chain(rig, "  tool:\n    run: SELF act locale\n    read: {v: 'MASS[25]'}\n", 1),
       "the locale");
    is_double(rig_value(rig, 0, "v"), 1.0, 0, "is C");
    rig_file(rig, "tool.sh", "#!/bin/sh\necho 'Block MASS'\necho ' 25 3'\nexit 1\n");
    char path[RIG_PATH + 32];
    snprintf(path, sizeof path, "%s/tool.sh", rig->folder);
    chmod(path, 0755);
    ok(rig_chain(rig, "  t:\n    run: tool.sh\n    ok exit: [1, 2]\n    read: {v: 'MASS[25]'}\n",
                 1),
       "a script of the scan's folder");
    ok(rig_is(rig, 0, REASON_NONE), "whose status 1 is fine");
    ok(rig_chain(rig, "  t:\n    run: tool.sh\n    read: {v: 'MASS[25]'}\n", 1), "the same");
    ok(rig_is(rig, 0, REASON_EXIT), "where it is not");
    is_int(rig->outcomes[0].steps[0].exit, 1, "its status is recorded");
}

int main(int argc, char **argv)
{
    struct rig rig;
    if (argc > 2 && strcmp(argv[1], "act") == 0)
        return act(argv[2], argc - 3, argv + 3);
    rig_init(&rig);
    rig_file(&rig, "card.in", card);
    test_trace(&rig);
    test_arguments(&rig);
    test_text_card(&rig);
    test_files(&rig);
    test_chain(&rig);
    test_joined(&rig);
    test_readers(&rig);
    test_near_key(&rig);
    test_fail_if(&rig);
    test_in_place(&rig);
    test_exits(&rig);
    rig_free(&rig);
    return done_testing();
}
