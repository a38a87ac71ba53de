/* t-judge-terms.c: every form of a constraint, targets, cuts, chi2, margins and what people read.
 */
#include "t-scan-help.h"

#include <math.h>

enum { MAX_VALUES = 16 };

static const char HEAD[] = "goal: 1 points\n"
                           "parameters:\n"
                           "  mh: uniform 100 .. 150\n"
                           "  omega: uniform 0 .. 1\n"
                           "  mw: uniform 80 .. 81\n"
                           "  x: uniform 0 .. 10\n"
                           "  y: uniform 0 .. 10\n";
enum { N = 5 };

static struct scan *scan_with(const char *rest)
{
    char text[3000];
    snprintf(text, sizeof text, "%s%s", HEAD, rest);
    return scan_of(text, NULL);
}

static struct judge *judge_of(const struct scan *scan)
{
    struct err err = ERR_INIT;
    struct judge *judge = judge_create(scan, NULL, 0, NULL, &err);
    if (judge == NULL)
        bail_out("%s; %s", err.message, err.trail);
    return judge;
}

static struct verdict verdict_of(struct judge *judge, const double *row)
{
    struct verdict verdict;
    judge_block(judge, 1, row, 0, &verdict, NULL);
    return verdict;
}

/* One constraint at one point. */
static void term_is(const char *text, const double *row, enum truth want, double margin,
                    double pull, const char *words)
{
    char rest[500];
    snprintf(rest, sizeof rest, "constraints:\n  t: %s\n", text);
    struct scan *scan = scan_with(rest);
    struct judge *judge = judge_of(scan);
    struct judge_detail detail;
    struct verdict verdict = verdict_of(judge, row);
    judge_detail(judge, row, 0, &detail);
    is_int(detail.outcome, want, "%s: outcome", text);
    is_int(verdict.label, want, "%s: label", text);
    is_uint(verdict.fails, want == TRUTH_NO, "%s: bit of failure", text);
    is_uint(verdict.unknown, want == TRUTH_UNKNOWN, "%s: bit of the unknown", text);
    is_near(detail.margin, margin, isnan(margin) ? 0 : 1e-9, "%s: margin", text);
    is_near(detail.pull, pull, isnan(pull) ? 0 : 1e-9, "%s: pull", text);
    is_near(verdict.chi2, judge_term(judge, 0).has_pull ? pull * pull : 0, 1e-9, "%s: chi2", text);
    is_str(detail.words, words, "%s: words", text);
    judge_free(judge);
    scan_free(scan);
}

static void conditions(void)
{
    static const double in[N] = {125, 0.1, 80.4, 1, 2}, low[N] = {121.3, 0.1, 80.4, 1, 2};
    static const double high[N] = {129, 0.1, 80.4, 1, 2}, lost[N] = {NAN, 0.1, 80.4, 1, 2};
    term_is("mh in 122 .. 128", in, TRUTH_YES, 3, NAN, "mh = 125, 3 above 122");
    term_is("mh in 122 .. 128", low, TRUTH_NO, -0.7, NAN, "mh = 121.3, 0.7 below 122");
    term_is("mh in 122 .. 128", high, TRUTH_NO, -1, NAN, "mh = 129, 1 above 128");
    term_is("mh in 122 .. 128", lost, TRUTH_UNKNOWN, NAN, NAN, "mh has no value");
    term_is("abs(-x) < y", in, TRUTH_YES, 1, NAN, "abs(-x) = 1, 1 below y = 2");
    term_is("x > y or mh > 120", in, TRUTH_YES, -1, NAN, "y = 2, 1 above x = 1");
}

static void gaussians(void)
{
    static const double row[N] = {125, 0.13, 80.4, 1, 2}, far[N] = {125, 0.15, 80.1, 1, 2};
    static const double low[N] = {125, 0.05, 80.4, 1, 2}, lost[N] = {125, NAN, NAN, 1, 2};
    const double sigma = hypot(0.03, 0.04);
    term_is("mw = 80.35 +- 0.03 +- 0.04", row, TRUTH_YES, 2 * sigma - 0.05, 0.05 / sigma,
            "mw = 80.4, 1 sigma above 80.35");
    term_is("mw = 80.35 +- 0.03 +- 0.04", far, TRUTH_NO, 2 * sigma - 0.25, -0.25 / sigma,
            "mw = 80.1, 5 sigma below 80.35");
    term_is("mw = 80.35 +- 0.05 within 6 sigma", far, TRUTH_YES, 0.05, -5,
            "mw = 80.1, 5 sigma below 80.35");
    term_is("mw = 80.35 +- 0.05 within 0.5 sigma", row, TRUTH_NO, -0.025, 1,
            "mw = 80.4, 1 sigma above 80.35");
    term_is("mw = 80 + 0.35 \302\261 0.05", row, TRUTH_YES, 0.05, 1,
            "mw = 80.4, 1 sigma above 80 + 0.35");
    term_is("omega < 0.12 +- 0.01", row, TRUTH_YES, 0.01, 1, "omega = 0.13, 1 sigma above 0.12");
    term_is("omega < 0.12 +- 0.01", far, TRUTH_NO, -0.01, 3, "omega = 0.15, 3 sigma above 0.12");
    term_is("omega < 0.12 +- 0.01", low, TRUTH_YES, 0.09, 0, "omega = 0.05, 7 sigma below 0.12");
    term_is("omega > 0.12 +- 0.01", low, TRUTH_NO, -0.05, -7, "omega = 0.05, 7 sigma below 0.12");
    term_is("omega > 0.12 +- 0.01", far, TRUTH_YES, 0.05, 0, "omega = 0.15, 3 sigma above 0.12");
    term_is("omega < 0.12 +- 0.01", lost, TRUTH_UNKNOWN, NAN, NAN, "omega has no value");
}

/* good-curve.dat: (1, 2), (2, 3), (4, 1) */
static void curves(void)
{
    static const double row[N] = {125, 0.1, 80.4, 3, 1.5}, above[N] = {125, 0.1, 80.4, 3, 2.5};
    static const double lost[N] = {125, 0.1, 80.4, 3, NAN}, nowhere[N] = {125, 0.1, 80.4, NAN, 1};
    static const double left[N] = {125, 0.1, 80.4, 0.25, 1}, edge[N] = {125, 0.1, 80.4, 4, 0.5};
    const double mid[N] = {125, 0.1, 80.4, sqrt(2), 1};
    const double limit = sqrt(6);
    char words[200];
    term_is("curve good-curve.dat, y below at x", row, TRUTH_YES, 0.5, NAN,
            "y = 1.5, the limit at x = 3 is 2");
    term_is("curve good-curve.dat, y below at x", above, TRUTH_NO, -0.5, NAN,
            "y = 2.5, the limit at x = 3 is 2");
    term_is("curve good-curve.dat, y above at x", above, TRUTH_YES, 0.5, NAN,
            "y = 2.5, the limit at x = 3 is 2");
    term_is("curve good-curve.dat, y below at x", edge, TRUTH_YES, 0.5, NAN,
            "y = 0.5, the limit at x = 4 is 1");
    term_is("curve good-curve.dat, y below at x", left, TRUTH_UNKNOWN, NAN, NAN,
            "x = 0.25 lies outside of the curve");
    term_is("curve good-curve.dat, y below at x, outside fails", left, TRUTH_NO, -0.25, NAN,
            "x = 0.25 lies outside of the curve");
    term_is("curve good-curve.dat, y above at x, outside holds", left, TRUTH_YES, 0.25, NAN,
            "x = 0.25 lies outside of the curve");
    term_is("curve good-curve.dat, y below at x, outside fails", lost, TRUTH_UNKNOWN, NAN, NAN,
            "y has no value");
    term_is("curve good-curve.dat, y below at x, outside fails", nowhere, TRUTH_UNKNOWN, NAN, NAN,
            "x has no value");
    snprintf(words, sizeof words, "y = 1, the limit at x = 1.41421 is %.6g", limit);
    term_is("curve good-curve.dat, y below at x, log", mid, TRUTH_YES, log10(limit), NAN, words);
}

static const char TERMS[] = "constraints:\n"
                            "  higgs: mh in 122 .. 128\n"
                            "  om: omega < 0.12 +- 0.01\n"
                            "  w: mw = 80.35 +- 0.05\n"
                            "  again: mh > 122 and x > 1\n";

static void target_is(const char *target, const double *row, int label)
{
    char rest[800];
    double margins[64];
    struct verdict verdict;
    snprintf(rest, sizeof rest, "%starget: %s\n", TERMS, target);
    struct scan *scan = scan_with(rest);
    struct judge *judge = judge_of(scan);
    judge_block(judge, 1, row, 0, &verdict, margins);
    is_int(verdict.label, label, "target %s", target);
    is_int(judge_label(judge, margins), label, "target %s, from margins alone", target);
    judge_free(judge);
    scan_free(scan);
}

static void targets(void)
{
    static const double good[N] = {125, 0.1, 80.4, 2, 0}, bad[N] = {120, 0.2, 80.4, 2, 0};
    static const double lost[N] = {125, NAN, 80.4, 2, 0};
    target_is("all", good, 1);
    target_is("all", bad, 0);
    target_is("all", lost, -1);
    target_is("higgs", good, 1);
    target_is("higgs", bad, 0);
    target_is("not higgs", bad, 1);
    target_is("higgs or om", lost, 1);
    target_is("higgs and om", lost, -1);
    target_is("w and not (higgs or om)", bad, 1);
    target_is("chi2 < 1.1", good, 1);
    target_is("chi2 < 0.9", good, 0);
    target_is("chi2 < 9", lost, -1);
    target_is("chi2_w < 1.1 and pull_w > 0.9", lost, 1);
    target_is("chi2_om + chi2_w < 66", bad, 1);
    target_is("chi2_om + chi2_w < 64", bad, 0);
    target_is("mh > 122 and higgs", good, 1);
    target_is("mh > 122 and x > 1 and chi2 < 1.1", good, 1);
    target_is("x > 2 and chi2 < 1.1", good, 0);
}

static void margins_merge(void)
{
    struct scan *scan = scan_with(TERMS);
    struct judge *judge = judge_of(scan);
    static const char *const names[] = {"higgs: mh - 122",         "higgs: 128 - mh",
                                        "om: 0.12 + 0.02 - omega", "w: mw - (80.35 - 0.1)",
                                        "w: 80.35 + 0.1 - mw",     "again: x - 1"};
    is_size(judge_n_margins(judge), 6, "mh - 122 is one margin of two terms");
    for (size_t k = 0; k < judge_n_margins(judge) && k < 6; k++)
        is_str(judge_margin_name(judge, k), names[k], "margin %zu", k);
    double margins[6] = {3, 3, 0.01, 0.05, 0.05, 1};
    is_int(judge_label(judge, margins), TRUTH_YES, "all hold");
    for (size_t k = 0; k < 6; k++) {
        margins[k] = -margins[k];
        is_int(judge_label(judge, margins), TRUTH_NO, "margin %zu decides", k);
        margins[k] = NAN;
        is_int(judge_label(judge, margins), TRUTH_UNKNOWN, "margin %zu unknown", k);
        margins[k] = 1;
    }
    judge_free(judge);
    scan_free(scan);
    scan = scan_with("constraints:\n  a: x > 1\n  b: y > 1\ntarget: a\n");
    judge = judge_of(scan);
    is_size(judge_n_margins(judge), 1, "a term outside of the target has no margin");
    bool needed[MAX_VALUES];
    judge_needs(judge, needed);
    ok(needed[3] && needed[4] && !needed[0], "but its values are needed");
    judge_free(judge);
    scan_free(scan);
    scan = scan_with("constraints:\n  a: x > 1\ntarget: a and mh < chi2 + 200\n");
    judge = judge_of(scan);
    judge_needs(judge, needed);
    ok(needed[0] && needed[3] && !needed[4], "and those of the target");
    judge_free(judge);
    scan_free(scan);
}

static void cuts(void)
{
    static const double row[N] = {125, 0.1, 80.4, 2, 0};
    static const char *const without[] = {"higgs", "om", NULL};
    struct judge_cut cut = {"live", "x > 3"};
    struct err err = ERR_INIT;
    struct scan *scan =
        scan_with("constraints:\n  higgs: mh > 130\n  om: omega < 0.05 +- 0.01\n"
                  "  w: mw < 81\ntarget: higgs and w and chi2_om < 1 and chi2 < 1\n");
    struct judge *judge = judge_create(scan, NULL, 0, without, &err);
    is_size(judge_n_terms(judge), 1, "terms may be taken out");
    is_int(verdict_of(judge, row).label, 1, "and count as held");
    judge_free(judge);
    judge = judge_create(scan, &cut, 1, without, &err);
    is_size(judge_n_terms(judge), 2, "a cut is a term more");
    ok(judge_term(judge, 1).is_cut && !judge_term(judge, 0).is_cut, "and known as such");
    is_int(verdict_of(judge, row).label, 0, "it must hold besides the target");
    is_uint(verdict_of(judge, row).fails, 2, "its bit");
    judge_free(judge);
    cut.text = "nonsense <";
    ok(judge_create(scan, &cut, 1, NULL, &err) == NULL && err.code == ERR_SCAN,
       "a cut that is none is an error");
    has_str(err.message, "nonsense", "and says so");
    judge_free(NULL);
    scan_free(scan);
}

static void blocks(void)
{
    enum { ROWS = 1000 };
    static double rows[ROWS * N], margins[ROWS * 8];
    static struct verdict many[ROWS];
    struct rng rng = rng_stream(1, RNG_TEST, 3);
    char rest[600];
    snprintf(rest, sizeof rest, "%starget: higgs and chi2 < 30\n", TERMS);
    struct scan *scan = scan_with(rest);
    struct judge *judge = judge_of(scan);
    size_t n_wrong = 0, n_accepted = 0;
    for (size_t i = 0; i < ROWS; i++) {
        rows[i * N] = 115 + 20 * rng_uniform(&rng);
        rows[i * N + 1] = 0.3 * rng_uniform(&rng);
        rows[i * N + 2] = i % 50 == 0 ? NAN : 80.2 + 0.4 * rng_uniform(&rng);
        rows[i * N + 3] = 10 * rng_uniform(&rng);
    }
    judge_block(judge, ROWS, rows, N, many, margins);
    for (size_t i = 0; i < ROWS; i++) {
        const double *r = rows + i * N;
        double om = fmax(0, (r[1] - 0.12) / 0.01), w = (r[2] - 80.35) / 0.05;
        bool is_higgs = r[0] >= 122 && r[0] <= 128;
        int label = !is_higgs ? 0 : isnan(w) ? -1 : om * om + w * w < 30;
        n_accepted += label == 1;
        n_wrong += many[i].label != label ||
                   judge_label(judge, margins + i * judge_n_margins(judge)) != label ||
                   (many[i].fails & 1) == is_higgs;
    }
    is_size(n_wrong, 0, "a thousand rows in one call");
    ok(n_accepted > 20, "of which %zu are accepted", n_accepted);
    judge_free(judge);
    scan_free(scan);
}

static void none(void)
{
    static const double row[N] = {0};
    struct scan *scan = scan_with("");
    struct judge *judge = judge_of(scan);
    is_int(verdict_of(judge, row).label, 1, "without constraints everything is accepted");
    is_size(judge_n_margins(judge), 0, "without margins");
    is_int(judge_label(judge, NULL), TRUTH_YES, "from no margins");
    judge_free(judge);
    scan_free(scan);
}

static void memory(void)
{
    char rest[700];
    snprintf(rest, sizeof rest,
             "%s  lz: curve good-curve.dat, x below at y\ntarget: lz and chi2 < 3\n", TERMS);
    struct scan *scan = scan_with(rest);
    struct judge *judge = NULL;
    unsigned long n = 0, n_other = 0;
    while (judge == NULL && n < 2000) {
        struct err err = ERR_INIT;
        mem_fail_at(++n);
        judge = judge_create(scan, NULL, 0, NULL, &err);
        mem_fail_at(0);
        n_other += judge == NULL && err.code != ERR_MEMORY;
    }
    ok(judge != NULL && n > 50, "each of %lu allocations may fail", n);
    is_uint(n_other, 0, "and is told as such");
    judge_free(judge);
    scan_free(scan);
}

int main(void)
{
    conditions();
    gaussians();
    curves();
    targets();
    margins_merge();
    cuts();
    blocks();
    none();
    memory();
    return done_testing();
}
