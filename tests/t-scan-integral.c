/* t-scan-integral.c: integrand, the section integrate and goals of an error: read, complained
 * about, written out again, compared; and heights: what of a row is integrated. */
#include "t-scan-help.h"

#include <math.h>

static const char HEAD[] = "goal: error 0.1 %\n"
                           "parameters:\n"
                           "  x: uniform 0 .. 2\n"
                           "  y: uniform -1 .. 1\n"
                           "observables:\n"
                           "  f: = x * y\n";

static const char *with(const char *rest)
{
    static char text[2000];
    snprintf(text, sizeof text, "%s%s", HEAD, rest);
    return text;
}

static void test_read(void)
{
    struct scan *scan = scan_of(with("integrand: f + 1\n"), NULL);
    is_str(scan->integrand, "f + 1", "the integrand");
    is_int(scan->integrate.method, INTEGRAL_AUTO, "method auto");
    is_int(scan->integrate.measure, MEASURE_VOLUME, "the volume where all is uniform");
    is_int(scan->integrate.cuts, CUTS_INTEGRAL, "cuts for the integral");
    is_str(scan->integrate.unit, "", "no unit");
    is_size(scan->integrate.classes, 0, "the default number of classes");
    is_int(scan->goals[0].kind, GOAL_ERROR, "a relative error");
    is_near(scan->goals[0].value, 0.001, 1e-15, "of a tenth of a per cent");
    scan_free(scan);
    scan =
        scan_of(with("  z: = log(1)\nintegrand: x\nintegrate:\n  method: Adaptive\n  classes: 7\n"
                     "  cuts: events\n  measure: prior\n  unit: 1/GeV^2\n"),
                NULL);
    is_int(scan->integrate.method, INTEGRAL_ADAPTIVE, "a method");
    is_size(scan->integrate.classes, 7, "classes");
    is_int(scan->integrate.cuts, CUTS_EVENTS, "cuts for events");
    is_int(scan->integrate.measure, MEASURE_PRIOR, "the prior");
    is_str(scan->integrate.unit, "1/GeV^2", "a unit");
    scan_free(scan);
    scan = scan_of("goal: error 0.02\nparameters: {x: log 1 .. 2}\nintegrand: x\n", NULL);
    is_int(scan->integrate.measure, MEASURE_PRIOR, "the prior where there is a log");
    is_int(scan->goals[0].kind, GOAL_ERROR_ABSOLUTE, "an absolute error");
    is_near(scan->goals[0].value, 0.02, 1e-15, "of 0.02");
    scan_free(scan);
    scan = scan_of("parameters: {x: log 1 .. 2}\nintegrand: x\n", NULL);
    is_int(scan->goals[0].kind, GOAL_POINTS, "without a goal, a number of points");
    scan_free(scan);
    scan = scan_of(with(""), NULL);
    ok(scan->integrand == NULL, "a survey has no integrand");
    scan_free(scan);
}

static void complains(const char *rest, const char *part)
{
    struct scan_diagnostics *diagnostics = scan_diagnostics_create();
    struct err err = ERR_INIT;
    struct scan *scan = NULL;
    struct buf words;
    const char *text = with(rest);
    buf_init(&words, 1 << 20);
    ok(scan_parse(text, "t.yaml", "/", NULL, &scan, diagnostics, &err) == 0 &&
           scan_n_errors(diagnostics) == 1,
       "one mistake in %s", rest);
    scan_print_diagnostics(diagnostics, "t.yaml", text, &words, &err);
    has_str(words.data, part, "which is told");
    buf_free(&words);
    scan_free(scan);
    scan_diagnostics_free(diagnostics);
}

static void test_mistakes(void)
{
    complains("integrand: f + g\n",
              "7:16: error: integrand: there is no parameter or observable \"g\"");
    complains("integrand: x >\n", "7:");
    complains("integrand: f\nintegrate: {methd: cells}\n", "did you mean \"method\"?");
    complains("integrand: f\nintegrate: {method: vegass}\n", "did you mean \"vegas\"?");
    complains("integrand: f\nintegrate: {classes: 1}\n", "8:22: error");
    complains("integrand: f\nintegrate: {classes: 101}\n", "at most 100");
    complains("integrand: f\nintegrate: {cuts: event}\n", "did you mean \"events\"?");
    complains("integrand: f\nintegrate: {measure: voluem}\n", "did you mean \"volume\"?");
    complains("integrand: f\nintegrate: cells\n", "integrate must be a map");
    complains("integrate: {method: cells}\n", "names no integrand");
    complains("integrnd: f\n", "did you mean \"integrand\"?");
}

static void test_normal(void)
{
    static const char text[] = "goal: error 1 %\nparameters:\n  x: normal 0 +- 1\nintegrand: x\n"
                               "integrate: {measure: volume}\n";
    struct scan_diagnostics *diagnostics = scan_diagnostics_create();
    struct err err = ERR_INIT;
    struct scan *scan = NULL;
    struct buf words;
    buf_init(&words, 1 << 20);
    ok(scan_parse(text, "t.yaml", "/", NULL, &scan, diagnostics, &err) == 0 &&
           scan_n_errors(diagnostics) == 1,
       "no volume of a normal parameter");
    scan_print_diagnostics(diagnostics, "t.yaml", text, &words, &err);
    has_str(words.data, "5:22: error: integrate: measure: the volume of \"x\" is not finite",
            "it says so");
    buf_free(&words);
    scan_free(scan);
    scan_diagnostics_free(diagnostics);
}

static void test_goals(void)
{
    static const char *const bad[] = {"error",       "error %",    "error 0 %",       "error -1",
                                      "error 100 %", "errors 1 %", "error 1 % points"};
    struct arena *arena = arena_create();
    struct scan_goal goal;
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        struct err err = ERR_INIT;
        ok(scan_parse_goal(bad[i], arena, &goal, &err) != 0, "no goal: %s", bad[i]);
    }
    struct err err = ERR_INIT;
    ok(scan_parse_goal(" error  1e-3 ", arena, &goal, &err) == 0 &&
           goal.kind == GOAL_ERROR_ABSOLUTE && goal.value == 1e-3,
       "a goal with blanks");
    arena_free(arena);
}

static void test_resolve(void)
{
    struct scan *scan = scan_of(with("integrand: f\nintegrate: {method: cells, classes: 9, cuts: "
                                     "events, measure: prior, unit: pb}\n"),
                                NULL);
    struct buf once, twice;
    struct err err = ERR_INIT;
    buf_init(&once, 1 << 20);
    buf_init(&twice, 1 << 20);
    ok(scan_resolve(scan, &once, &err) == 0, "resolved");
    has_str(once.data,
            "integrand: f\nintegrate:\n  method: cells\n  classes: 9\n  cuts: events\n  "
            "measure: prior\n  unit: pb\n",
            "with all keys");
    struct scan *again = scan_of(once.data, NULL);
    ok(scan_resolve(again, &twice, &err) == 0, "and again");
    is_str(twice.data, once.data, "the same");
    scan_free(again);
    scan_free(scan);
    buf_free(&once);
    buf_free(&twice);
}

static void compares(const char *goal, const char *rest, bool is_goal_only, const char *part)
{
    char text[2000];
    struct err err = ERR_INIT;
    struct scan_change change = {.kind = CHANGE_COSMETIC};
    struct scan *stored = scan_of(with("integrand: f\nintegrate: {unit: pb}\n"), NULL);
    snprintf(text, sizeof text, "goal: %s\n%s%s", goal, strchr(HEAD, '\n') + 1, rest);
    struct scan *edited = scan_of(text, NULL);
    ok(scan_compare(stored, edited, &change, &err) == 0, "compared with %s", rest);
    is_int(change.is_goal_only, is_goal_only, "nothing but the goal");
    has_str(change.words.len > 0 ? change.words.data : "", part, "the difference");
    buf_free(&change.words);
    scan_free(stored);
    scan_free(edited);
}

static void test_compare(void)
{
    compares("error 0.01 %", "integrand: f\nintegrate: {unit: pb}\n", true, "goal: error 0.1 %");
    compares("error 0.1 %", "integrand: f\nintegrate: {unit: fb}\n", true, "unit pb -> fb");
    compares("error 0.1 %", "integrand: f + 1\nintegrate: {unit: pb}\n", false,
             "integrand: f -> f + 1");
    compares("error 0.1 %", "integrand: f\nintegrate: {unit: pb, classes: 5}\n", false,
             "classes 0 -> 5");
    compares("error 0.1 %", "integrand: f\nintegrate: {unit: pb, method: cells}\n", false,
             "method auto -> cells");
    compares("error 0.1 %", "integrand: f\nintegrate: {unit: pb}\nconstraints: {c: x > 1}\n", false,
             "the constraint c is new");
}

/* ---- heights -------------------------------------------------------------------------------- */

static struct height *height_of(const struct scan *scan)
{
    struct err err = ERR_INIT;
    struct height *height = height_create(scan, &err);
    if (height == NULL)
        bail_out("%s", err.message);
    return height;
}

static double height_at(struct height *height, const double *row)
{
    double value;
    height_block(height, 1, row, 0, NULL, &value);
    return value;
}

static void test_heights(void)
{
    struct scan *scan = scan_of(with("integrand: f\n"), NULL);
    struct height *height = height_of(scan);
    const double row[3] = {2, 0.5, 7}, none[3] = {2, 0.5, (double)NAN};
    const bool failed = true;
    double value;
    is_near(height_scale(height), 4, 1e-12, "the volume is told as a scale");
    is_near(height_at(height, row), 7, 0, "heights are the integrand's");
    ok(isnan(height_at(height, none)), "a missing value is no height");
    height_block(height, 1, row, 3, &failed, &value);
    ok(isnan(value), "nor is a failure");
    height_free(height);
    scan_free(scan);
    scan = scan_of(with("integrand: f\nconstraints: {c: y > 0}\n"), NULL);
    height = height_of(scan);
    const double outside[3] = {2, -0.5, 7}, unknown[3] = {2, (double)NAN, 7};
    is_near(height_at(height, row), 7, 0, "within the constraint");
    is_near(height_at(height, outside), 0, 0, "0 outside of it");
    ok(isnan(height_at(height, unknown)), "unknown where it is not known");
    height_free(height);
    scan_free(scan);
}

static void test_elements(void)
{
    static const char text[] = "goal: 10 points\nparameters:\n  a: uniform 1 .. 3\n"
                               "  b: uniform 0 .. a^2\n  k: choice 2, 5, 7\n  n: integer 1 .. 4\n"
                               "  l: log 1 .. 100\nintegrand: 1\nintegrate: {measure: %s}\n";
    char full[1000];
    const double row[5] = {2, 1, 5, 3, 10};
    snprintf(full, sizeof full, text, "volume");
    struct scan *scan = scan_of(full, NULL);
    struct height *height = height_of(scan);
    is_near(height_scale(height), 1, 0, "no scale where the element differs");
    is_near(height_at(height, row), 2.0 * 4 * 3 * 4 * 10 * log(100), 1e-9, "the element");
    height_free(height);
    scan_free(scan);
    snprintf(full, sizeof full, text, "prior");
    scan = scan_of(full, NULL);
    height = height_of(scan);
    is_near(height_at(height, row), 1, 0, "none under the prior");
    height_free(height);
    scan_free(scan);
}

int main(void)
{
    test_read();
    test_mistakes();
    test_normal();
    test_goals();
    test_resolve();
    test_compare();
    test_heights();
    test_elements();
    return done_testing();
}
