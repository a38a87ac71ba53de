/* t-scan-cond.c: conditions: parentheses, Kleene's truth, margins, atoms. */
#include "tap.h"
#include "theodolite/scan.h"

#include <math.h>

static const char *const NAMES[] = {"a", "b", "c", "d", "lost"};
static const char *const ATOMS[] = {"higgs", "relic", "a"};
enum { N = 5 };
static const double ROW[N] = {1, 2, 3, 4, NAN};

static void truth_is(const char *text, enum truth want)
{
    struct err err = ERR_INIT;
    struct cond *cond = cond_create(text, NAMES, N, NULL, 0, NULL, &err);
    if (ok(cond != NULL, "%s is a condition %s", text, err.message))
        is_int(cond_test(cond, ROW), want, "%s", text);
    cond_free(cond);
}

static void truths(void)
{
    truth_is("a < b", TRUTH_YES);
    truth_is("a > b", TRUTH_NO);
    truth_is("a <= 1", TRUTH_YES);
    truth_is("a < 1", TRUTH_NO);
    truth_is("a >= 1", TRUTH_YES);
    truth_is("a > 1", TRUTH_NO);
    truth_is("a == 1", TRUTH_YES);
    truth_is("a == b", TRUTH_NO);
    truth_is("a != b", TRUTH_YES);
    truth_is("a != 1", TRUTH_NO);
    truth_is("a", TRUTH_YES);
    truth_is("a - 1", TRUTH_NO);
    truth_is("not a", TRUTH_NO);
    truth_is("not not a", TRUTH_YES);
    truth_is("!(a > b)", TRUTH_YES);
    truth_is("b in 1 .. 3", TRUTH_YES);
    truth_is("b in 2 .. 3", TRUTH_YES);
    truth_is("b in 1..2", TRUTH_YES);
    truth_is("b in 2.5 .. 3", TRUTH_NO);
    truth_is("b in a .. (c + d)", TRUTH_YES);
    truth_is("b in -1 .. max(a, 2)", TRUTH_YES);
    truth_is("a < b and c < d", TRUTH_YES);
    truth_is("a < b AND c > d", TRUTH_NO);
    truth_is("a > b or c < d", TRUTH_YES);
    truth_is("a > b || c > d && a < b", TRUTH_NO);
    truth_is("a < b or a > b and a > b", TRUTH_YES);
    truth_is("(a < b or a > b) and a > b", TRUTH_NO);
    truth_is("not a > b and c < d", TRUTH_YES);
}

static void parentheses(void)
{
    truth_is("(a + b) < d", TRUTH_YES);
    truth_is("(a < b) and c < d", TRUTH_YES);
    truth_is("((a < b) and (c < d))", TRUTH_YES);
    truth_is("((a + b)) < (c + (d))", TRUTH_YES);
    truth_is("(a + b)*2 < d and (c < d)", TRUTH_NO);
    truth_is("(a)", TRUTH_YES);
    truth_is("((a)) < b", TRUTH_YES);
    truth_is("(b in 1 .. 3) and not (c in 1 .. 2)", TRUTH_YES);
    truth_is("(a < b) == (c < d)", TRUTH_YES);
    truth_is("(a < b)*2 > 1", TRUTH_YES);
    truth_is("(a > b ? 1 : 3) > 2", TRUTH_YES);
    truth_is("max((a), (b)) < 3", TRUTH_YES);
    truth_is("not (a < b and (c > d or d > c))", TRUTH_NO);
}

static void unknown(void)
{
    truth_is("lost < 1", TRUTH_UNKNOWN);
    truth_is("not lost < 1", TRUTH_UNKNOWN);
    truth_is("lost", TRUTH_UNKNOWN);
    truth_is("lost < 1 and a > b", TRUTH_NO);
    truth_is("lost < 1 and a < b", TRUTH_UNKNOWN);
    truth_is("lost < 1 or a < b", TRUTH_YES);
    truth_is("lost < 1 or a > b", TRUTH_UNKNOWN);
    truth_is("lost in 1 .. 2", TRUTH_UNKNOWN);
    truth_is("log(a - 2) < 3", TRUTH_UNKNOWN);
    truth_is("lost == lost", TRUTH_UNKNOWN);
    truth_is("lost != lost", TRUTH_UNKNOWN);
}

static void margin_is(const char *text, size_t k, double want, const char *words)
{
    struct err err = ERR_INIT;
    double margins[8] = {0};
    struct cond *cond = cond_create(text, NAMES, N, NULL, 0, NULL, &err);
    if (ok(cond != NULL, "%s is a condition", text)) {
        cond_margins(cond, 1, ROW, 0, margins, 8);
        is_double(margins[k], want, 1e-15, "%s: margin %zu", text, k);
        is_str(cond_margin_words(cond, k), words, "%s: its words", text);
    }
    cond_free(cond);
}

static void margins(void)
{
    margin_is("a < d", 0, 3, "d - a");
    margin_is("a > d", 0, -3, "a - d");
    margin_is("d>=a", 0, 3, "d - a");
    margin_is("a == d", 0, -3, "-|a - d|");
    margin_is("a != d", 0, 3, "|a - d|");
    margin_is("d", 0, 4, "|d|");
    margin_is("a - 1", 0, -1, "|(a - 1)|");
    margin_is("b in 1 .. 5", 0, 1, "b - 1");
    margin_is("b in 1 .. 5", 1, 3, "5 - b");
    margin_is("a + b < c and d > 1", 0, 0, "c - (a + b)");
    margin_is("a + b < c and d > 1", 1, 3, "d - 1");
    margin_is("lost < 3", 0, NAN, "3 - lost");
}

static void many_rows(void)
{
    struct err err = ERR_INIT;
    struct cond *cond = cond_create("a < 100 and b in 50 .. 200", NAMES, N, NULL, 0, NULL, &err);
    double rows[300 * N] = {0}, out[300 * 4];
    size_t n_wrong = 0;
    for (size_t i = 0; i < 300; i++)
        rows[i * N] = rows[i * N + 1] = (double)i;
    is_size(cond_n_margins(cond), 3, "three comparisons");
    cond_margins(cond, 300, rows, N, out, 4);
    for (size_t i = 0; i < 300; i++) {
        double x = (double)i;
        n_wrong += out[4 * i] != 100 - x || out[4 * i + 1] != x - 50 || out[4 * i + 2] != 200 - x;
        n_wrong +=
            cond_truth(cond, out + 4 * i, NULL) != (x < 100 && x >= 50 ? TRUTH_YES : TRUTH_NO);
    }
    is_size(n_wrong, 0, "margins and truths of 300 rows");
    cond_free(cond);
}

static void atoms(void)
{
    struct err err = ERR_INIT;
    struct cond *cond =
        cond_create("(higgs or relic) and a < 3 and not a", NAMES, N, ATOMS, 3, NULL, &err);
    enum truth truths[] = {TRUTH_NO, TRUTH_YES, TRUTH_NO};
    double margin = 2;
    size_t n = 0;
    if (!ok(cond != NULL, "names may stand for truths: %s", err.message))
        return;
    const size_t *used = cond_uses_atoms(cond, &n);
    ok(n == 3 && used[0] == 0 && used[1] == 1 && used[2] == 2, "which are told");
    is_size(cond_n_margins(cond), 1, "a in a comparison is a value, a alone an atom");
    is_int(cond_truth(cond, &margin, truths), TRUTH_YES, "their truth decides");
    truths[1] = TRUTH_UNKNOWN;
    is_int(cond_truth(cond, &margin, truths), TRUTH_UNKNOWN, "unknown when it could decide");
    truths[2] = TRUTH_YES;
    is_int(cond_truth(cond, &margin, truths), TRUTH_NO, "and not when it could not");
    cond_free(cond);
}

int main(void)
{
    truths();
    parentheses();
    unknown();
    margins();
    many_rows();
    atoms();
    return done_testing();
}
