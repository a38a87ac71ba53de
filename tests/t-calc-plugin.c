/* t-calc-plugin.c: shared objects: blocks of points through plugins/functions.so. */
#include "calculators/rig.h"

#include <math.h>

static char plugins[RIG_PATH];

static bool find_plugins(void)
{
    struct err err = ERR_INIT;
    char path[RIG_PATH + 32];
    const char *build = getenv("TH_BUILD");
    return file_join(plugins, sizeof plugins, build ? build : ".", "plugins", &err) == 0 &&
           file_join(path, sizeof path, plugins, "functions.so", &err) == 0 && file_exists(path);
}

static void test_block(struct rig *rig)
{
    size_t n_good = 0;
    ok(rig_chain(rig,
                 "  f:\n    plugin: functions.so\n    function: sum\n    inputs: [m0, m12^2]\n"
                 "    read: {s: sum, p: product, r: = s/p}\n",
                 1500),
       "a block of points");
    ok(chain_is_block(rig->chain), "blocks are its unit");
    for (size_t i = 0; i < 1500; i++) {
        double m0 = 500.0 + (double)i;
        n_good += rig->outcomes[i].reason == REASON_NONE &&
                  rig_value(rig, i, "s") == m0 + 62500.0 && /* exact */
                  rig_value(rig, i, "p") == m0 * 62500.0 &&
                  fabs(rig_value(rig, i, "r") - (m0 + 62500.0) / (m0 * 62500.0)) < 1e-12;
    }
    is_size(n_good, 1500, "each with its values");
}

static void test_failures(struct rig *rig)
{
    ok(rig_chain(rig,
                 "  f:\n    plugin: functions\n    function: test-unphysical\n"
                 "    inputs: [m0 - 503]\n    read: {v: value}\n",
                 6),
       "unphysical points");
    for (size_t i = 0; i < 6; i++)
        ok(rig_is(rig, i, i < 3 ? REASON_PHYSICS : REASON_NONE), "point %zu", i);
    has_str(rig_words(rig, 0), "the first input is negative", "in its words");
    ok(rig_chain(rig,
                 "  f:\n    plugin: functions\n    function: test-not-finite\n"
                 "    inputs: [m0 - 503]\n    read: {v: value}\n",
                 6),
       "outputs that are not finite");
    for (size_t i = 0; i < 6; i++)
        ok(rig_is(rig, i, i < 3 ? REASON_NOT_FINITE : REASON_NONE), "point %zu", i);
    is_double(rig_value(rig, 4, "v"), 1.0, 0, "the others have theirs");
    ok(rig_chain(rig,
                 "  f:\n    plugin: functions\n    function: sum\n"
                 "    inputs: [sqrt(m0 - 503), m12]\n    read: {v: sum}\n",
                 6),
       "inputs that are not finite");
    for (size_t i = 0; i < 6; i++)
        ok(rig_is(rig, i, i < 3 ? REASON_NOT_FINITE : REASON_NONE), "point %zu", i);
    is_str(rig->outcomes[0].stage, "write", "fail when they are written");
    is_double(rig_value(rig, 5, "v"), 250.0 + sqrt(2.0), 1e-15, "the gap is closed rightly");
    ok(rig_chain(rig,
                 "  f:\n    plugin: functions\n    function: sum\n    inputs: [m0, m12]\n"
                 "    missing: 752\n    fail if: v > 754\n    read: {v: sum}\n",
                 6),
       "missing and fail if");
    for (size_t i = 0; i < 6; i++)
        ok(rig_is(rig, i,
                  i == 2  ? REASON_MISSING
                  : i > 4 ? REASON_PHYSICS
                          : REASON_NONE),
           "point %zu", i);
}

/* Cheap calculators first: the second runs for some points, the third needs its value. */
static void test_only_if(struct rig *rig)
{
    ok(rig_chain(rig,
                 "  a:\n    plugin: functions\n    function: sum\n    inputs: [m0, m12]\n"
                 "    read: {s: sum}\n"
                 "  b:\n    plugin: functions\n    function: sum\n    inputs: [s, 1]\n"
                 "    only if: s > 752\n    read: {t: sum}\n"
                 "  c:\n    plugin: functions\n    function: sum\n    inputs: [t, 1]\n"
                 "    read: {u: sum}\n"
                 "  d:\n    read: {w: = 2*s, z: = t + u}\n",
                 6),
       "only if");
    for (size_t i = 0; i < 6; i++) {
        ok(rig_is(rig, i, REASON_NONE), "point %zu is no failure", i);
        is_double(rig_value(rig, i, "t"), i > 2 ? 751.0 + (double)i : NAN, 1e-15, "the second");
        is_double(rig_value(rig, i, "w"), 1500.0 + 2.0 * (double)i, 0, "what does not need them");
        is_double(rig_value(rig, i, "u"), i > 2 ? 752.0 + (double)i : NAN, 1e-15, "the third");
    }
}

static void test_description(struct rig *rig)
{
    struct buf out;
    buf_init(&out, 1 << 16);
    ok(rig_chain(rig, "  f:\n    plugin: functions\n    function: sum\n    read: {v: sum}\n", 1),
       "all parameters are its inputs");
    is_double(rig_value(rig, 0, "v"), 753.0, 0, "in order");
    is_int(chain_describe(rig->chain, &out, &rig->err), 0, "is described");
    has_str(out.data ? out.data : "", "functions.so\tfunctions 1.0\tfnv1a64:", "with its version");
    buf_free(&out);
}

static void test_mistakes(struct rig *rig)
{
    static const char *const wrong[][2] = {
        {"    plugin: functionz\n    read: {v: sum}\n", "'functionz' is not found"},
        {"    plugin: functions\n    read: {v: sum}\n", "functions; which one?"},
        {"    plugin: functions\n    function: cos-shell\n    read: {v: O}\n", "cos-shells"},
        {"    plugin: functions\n    function: sum\n    read: {v: summ}\n", "did you mean \"sum\""},
        {"    plugin: functions\n    function: cos2\n    inputs: [m0]\n    read: {v: F}\n",
         "takes 2 to 2 inputs, not 1"},
        {"    plugin: notelf.so\n    read: {v: F}\n", "cannot be loaded"},
        {"    plugin: functions\n    function: sum\n    inputs: [v]\n    read: {v: sum}\n",
         "not known before"},
    };
    rig_file(rig, "notelf.so", "this is no object\n");
    for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++) {
        char text[1000], words[8000];
        snprintf(text, sizeof text, "  f:\n%s", wrong[i][0]);
        ok(!rig_scan(rig, text, NULL, words, sizeof words), "a mistake: %s", wrong[i][1]);
        has_str(words, wrong[i][1], "is named");
        has_str(words, "rig.yaml:", "with its place");
    }
}

int main(void)
{
    struct rig rig;
    const char *const dirs[] = {plugins, NULL};
    if (!find_plugins())
        skip_all("plugins/functions.so is not built");
    rig_init(&rig);
    rig.options.plugin_dirs = dirs;
    test_block(&rig);
    test_failures(&rig);
    test_only_if(&rig);
    test_description(&rig);
    test_mistakes(&rig);
    rig_free(&rig);
    return done_testing();
}
