/* t-calc-check.c: what the scan file says wrong about calculators is named with its place; memory
 * that ends is an error and no leak. */
#include "calculators/acts.h"
#include "calculators/rig.h"

static const char card[] = "Block MINPAR # input\n    1  1.0e+02 # m0\n    2  1.0e+02 # m12\n";

static void test_mistakes(struct rig *rig)
{
    static const char *const wrong[][2] = {
        {"    run: softpoint.y\n    read: {v: 'MASS[25]'}\n", "'softpoint.y' is not found"},
        {"    run: SELF act slha\n    stdin: no.in\n    write: {'MINPAR[1]': m0}\n"
         "    read: {v: 'MASS[25]'}\n",
         "no.in"},
        {"    run: SELF act slha\n    stdin: card.in\n    write: {'MINPAR[7]': m0}\n"
         "    read: {v: 'MASS[25]'}\n",
         "MINPAR[7]"},
        {"    run: SELF act slha\n    stdin: card.in\n    write: {'MINPR[1]': m0}\n"
         "    read: {v: 'MASS[25]'}\n",
         "MINPAR"},
        {"    run: SELF act slha\n    stdin: card.in\n    write: {'MINPAR[': m0}\n"
         "    read: {v: 'MASS[25]'}\n",
         "MINPAR["},
        {"    run: SELF act slha\n    stdin: card.in\n    write: {unused: m0}\n"
         "    read: {v: 'MASS[25]'}\n",
         "nothing to write 'unused' to"},
        {"    run: SELF act slha\n    stdin: keyed.in\n    write: {tanbeta: m0, tanb: m0}\n"
         "    read: {v: 'MASS[25]'}\n",
         "nothing to write 'tanb' to"},
        {"    run: SELF act slha\n    stdin: keyed.in\n    write: {tanbeta: m0, tanb: m0}\n"
         "    read: {v: 'MASS[25]'}\n",
         "in `run`; there: {tanbeta}"},
        {"    run: SELF act slha\n    stdin: keyed.in\n    write: {tanbeta: m00}\n"
         "    read: {v: 'MASS[25]'}\n",
         "f: write: there is no parameter or observable \"m00\""},
        {"    run: SELF act slha\n    stdin: keyd.in\n    write: {tanbeta: m0, tanb: m12}\n"
         "    read: {v: 'MASS[25]'}\n",
         "did you mean \"keyed.in\""},
        {"    run: SELF act args {m1}\n    read: {v: 'MASS[25]'}\n", "no value \"m1\""},
        {"    run: SELF act args {v}\n    read: {v: 'MASS[25]'}\n", "no value \"v\""},
        {"    run: SELF act slha\n    stdin: keyed.in\n    read: {v: 'MASS[25]'}\n",
         "placeholder {tanbeta}"},
        {"    run: SELF act slha\n    read: {v: 'line \"m = %x\"'}\n", "%x"},
        {"    run: SELF act slha\n    read: {v: 'line \"m = \"'}\n", "no %g"},
        {"    run: SELF act slha\n    read: {v: 'json \"a..b\"'}\n", "not a path"},
        {"    run: SELF act slha\n    output: out\n    files: [card.in as out]\n"
         "    read: {v: 'MASS[25]'}\n",
         "must be fresh"},
        {"    run: SELF act slha\n    files: [card.in as ../../x]\n    read: {v: 'MASS[25]'}\n",
         "leave the point's private folder"},
        {"    run: SELF act slha\n    output: ../../x\n    read: {v: 'MASS[25]'}\n",
         "not in the scratch folder"},
        {"    run: SELF act slha\n    files: [nowhere.dat]\n    read: {v: 'MASS[25]'}\n",
         "nowhere.dat"},
        {"    run: SELF act slha\n    files: [crd.in]\n    read: {v: 'MASS[25]'}\n",
         "did you mean \"card.in\""},
        {"    run: SELF act slha\n    stdin: cardd.in\n    read: {v: 'MASS[25]'}\n",
         "did you mean \"card.in\""},
        {"    run: SELF act slha\n    stdin: card.in + cadr.in\n    read: {v: 'MASS[25]'}\n",
         "cadr.in"},
        {"    run: SELF act slha\n    stdin: card.in + frist.output\n    read: {v: 'MASS[25]'}\n",
         "stdin names no calculator: \"frist\""},
        {"    run: SELF act slha\n    after: frist\n    read: {v: 'MASS[25]'}\n",
         "after names no calculator: \"frist\""},
        {"    run: SELF act slha\n    stdin: card.in\n    write: {'Minpr[1]': m0}\n"
         "    read: {v: 'MASS[25]'}\n",
         "no block Minpr"},
        {"    run: SELF act args {m0}\n    resident: yes\n    read: {v: v}\n",
         "no placeholders in `run`"},
    };
    rig_file(rig, "keyed.in", "tanb = {tanbeta}\n");
    for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++) {
        char text[1000], words[8000];
        snprintf(text, sizeof text, "  f:\n%s", wrong[i][0]);
        ok(!rig_scan(rig, text, NULL, words, sizeof words), "a mistake: %s", wrong[i][1]);
        has_str(words, wrong[i][1], "is named");
        has_str(words, "rig.yaml:", "with its place");
        const char *first = strstr(words, ": error: ");
        ok(first && !strstr(first + 1, ": error: "), "and once");
    }
}

static void test_all_at_once(struct rig *rig)
{
    char words[8000];
    ok(!rig_scan(rig,
                 "  a:\n    run: softpoint.y\n    stdin: card.in\n"
                 "    write: {'MINPAR[7]': m0, 'MINPAR[8]': m12}\n"
                 "    read: {v: 'line \"m = \"'}\n"
                 "  b:\n    run: SELF act args {m1}\n    read: {w: 'MASS[25]'}\n",
                 NULL, words, sizeof words),
       "several mistakes");
    has_str(words, "softpoint.y", "the first");
    has_str(words, "MINPAR[7]", "the second");
    has_str(words, "MINPAR[8]", "the third");
    has_str(words, "no %g", "the fourth");
    has_str(words, "no value \"m1\"", "and that of another calculator");
}

static const char good[] =
    "  a:\n    run: SELF act slha {m0}\n    stdin: card.in\n    keep: all\n    retries: 1\n"
    "    fail if: [mh < 3, 'WARN[1]']\n"
    "    write: {'MINPAR[1]': m0, 'MINPAR[2]': m12*2}\n    read: {mh: 'MASS[25]', d: = 2*mh}\n"
    "  b:\n    run: SELF act copy x\n    input: a.output as x\n    only if: mh > 1\n"
    "    read: {mb: 'line \"25 %g\"'}\n"
    "  c:\n    read: {e: = mb + mh}\n";

/* The n-th allocation fails, n = 1, 2, 3, ... until all goes well. */
static void test_memory(struct rig *rig)
{
    bool is_done = false;
    size_t n_failed = 0;
    ok(rig_scan(rig, good, NULL, NULL, 0), "a scan");
    for (unsigned long n = 1; n < 5000 && !is_done; n++) {
        double row[16] = {500, 250, 3};
        struct outcome outcome = {.calculator = -1};
        uint64_t id = 1;
        err_clear(&rig->err);
        mem_fail_at(n);
        struct chain *chain = chain_create(rig->scan, &rig->options, &rig->err);
        int rc = chain ? chain_run(chain, 1, &id, row, 16, &outcome, &rig->err) : -1;
        mem_fail_at(0);
        is_done = rc == 0 && outcome.reason == REASON_NONE && outcome.n_kept == 1 &&
                  row[scan_value_index(rig->scan, "e")] > 200.0;
        if (rc != 0 && rig->err.code != ERR_MEMORY) {
            fail("allocation %lu: %s", n, rig->err.message);
            is_done = true;
        }
        n_failed += rc != 0;
        outcome_clear(&outcome);
        chain_free(chain);
    }
    ok(is_done && n_failed > 30, "%zu failed allocations are errors of memory", n_failed);
    rig_is_clean(rig, "without memory");
}

static void test_description(struct rig *rig)
{
    struct buf out;
    buf_init(&out, 1 << 16);
    ok(rig_chain(rig, good, 1), "runs");
    ok(rig_is(rig, 0, REASON_NONE), "well");
    is_int(chain_describe(rig->chain, &out, &rig->err), 0, "is described");
    has_str(out.data ? out.data : "", "a\t/", "by name and path");
    has_str(out.data ? out.data : "", "\tACTOR 1.5\tfnv1a64:", "with what SPINFO says");
    has_str(out.data ? out.data : "", "card.in\t-\tfnv1a64:", "and the card");
    buf_free(&out);
}

static void test_reasons(void)
{
    for (int i = 0; i < N_REASONS; i++)
        is_int(reason_find(reason_name((enum reason)i)), i, "reason %d has a name", i);
    is_int(reason_find("nonsense"), -1, "and nonsense has none");
}

int main(int argc, char **argv)
{
    struct rig rig;
    if (argc > 2 && strcmp(argv[1], "act") == 0)
        return act(argv[2], argc - 3, argv + 3);
    rig_init(&rig);
    rig_file(&rig, "card.in", card);
    test_reasons();
    test_mistakes(&rig);
    test_all_at_once(&rig);
    test_description(&rig);
    test_memory(&rig);
    rig_free(&rig);
    return done_testing();
}
