/* t-scan-expr.c: values of expressions, what is not finite, other locales, blocks of rows. */
#include "tap.h"
#include "theodolite/scan.h"

#include <locale.h>
#include <math.h>
#include <string.h>

static const char *const NAMES[] = {"x", "y", "m0", "tanb", "e", "v1"};
enum { N = 6 };
static const double ROW[N] = {2, 3, 1000, 10, 0.5, -7};

static void value_is(const char *text, double want)
{
    struct err err = ERR_INIT;
    size_t column;
    struct expr *expr = expr_create(text, NAMES, N, &column, &err);
    if (ok(expr != NULL, "%s is an expression %s", text, err.message))
        is_double(expr_eval(expr, ROW), want, 1e-15, "%s = %.17g", text, want);
    expr_free(expr);
}

static void values(void)
{
    value_is("1", 1);
    value_is("x", 2);
    value_is("(x)", 2);
    value_is("-x", -2);
    value_is("- -x", 2);
    value_is("+x", 2);
    value_is("x + y*m0", 3002);
    value_is("x - y - 1", -2);
    value_is("12/x/y", 2);
    value_is("-x^2", -4);
    value_is("(-x)^2", 4);
    value_is("2^3^2", 512);
    value_is("x^-1", 0.5);
    value_is("2*-x", -4);
    value_is("x-+-y", 5);
    value_is("1e-3*m0", 1);
    value_is(".5*x", 1);
    value_is("5.*x", 10);
    value_is("1.5E+2", 150);
    value_is("0.1", 0.1);
    value_is("e*2", 1);
    value_is("v1*v1", 49);
    value_is("abs(v1)", 7);
    value_is("sqrt(m0*x*5)", 100);
    value_is("exp(log(x))", 2);
    value_is("log(exp(3))", 3);
    value_is("ln(exp(3))", 3);
    value_is("log10(m0)", 3);
    value_is("log2(8)", 3);
    value_is("min(x, y, 1.5)", 1.5);
    value_is("max(x, y)", 3);
    value_is("max(x)", 2);
    value_is("sum(1, x, y)", 6);
    value_is("avg(x, 4)", 3);
    value_is("pow(x, 10)", 1024);
    value_is("floor(2.7) + ceil(2.2)", 5);
    value_is("rint(2.6) + sign(v1)", 2);
    value_is("sin(pi/2)", 1);
    value_is("cos(0) + tan(0)", 1);
    value_is("atan2(1, 1)*4", M_PI);
    value_is("x > 1", 1);
    value_is("(x > 1)*y + (x < 1)*5", 3);
    value_is("x > 1 and y > 5", 0);
    value_is("x > 1 && not y > 5 || 0", 1);
    value_is("x == 2", 1);
    value_is("x != 2", 0);
    value_is("x > 5 ? y : m0", 1000);
    value_is("x > 1 ? y > 2 ? 10 : 20 : 30", 10);
    value_is("((((x))))", 2);
}

static void not_finite(void)
{
    static const double row[N] = {NAN, INFINITY, 1, 0, 0, 0};
    static const char *const texts[] = {"x",         "y",
                                        "x*0",       "abs(x)",
                                        "1/tanb",    "log(tanb)",
                                        "y*0 + m0",  "m0 > 0 ? m0 : x",
                                        "sqrt(-m0)", "m0*1e308*1e10"};
    struct err err = ERR_INIT;
    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++) {
        struct expr *expr = expr_create(texts[i], NAMES, N, NULL, &err);
        ok(expr != NULL && isnan(expr_eval(expr, row)), "%s is NaN", texts[i]);
        expr_free(expr);
    }
}

static void uses(void)
{
    struct err err = ERR_INIT;
    struct expr *expr = expr_create("tanb*x + tanb/m0", NAMES, N, NULL, &err);
    size_t n = 0;
    const size_t *used = expr_uses(expr, &n);
    is_size(n, 3, "three values are used");
    ok(used[0] == 3 && used[1] == 0 && used[2] == 2, "in the order of the text");
    expr_free(expr);
}

static void blocks(void)
{
    static const char *const texts[] = {"x", "abs(v1)", "3", "x*y + 1"};
    struct err err = ERR_INIT;
    double rows[300 * N], out[300 * 2];
    for (size_t i = 0; i < 300; i++)
        for (size_t k = 0; k < N; k++)
            rows[i * N + k] = i == 7 && k == 0 ? NAN : (double)(i + k) - 3;
    for (size_t t = 0; t < 4; t++) {
        struct expr *expr = expr_create(texts[t], NAMES, N, NULL, &err);
        size_t n_wrong = 0;
        expr_eval_block(expr, 300, rows, N, out, 2);
        for (size_t i = 0; i < 300; i++) {
            double one = expr_eval(expr, rows + i * N);
            n_wrong += !(out[2 * i] == one || (isnan(out[2 * i]) && isnan(one)));
        }
        is_size(n_wrong, 0, "%s in a block is what it is alone", texts[t]);
        expr_free(expr);
    }
}

static void other_locale(void)
{
    static const char *const names[] = {"de_DE.UTF-8", "de_DE.utf8", "fr_FR.UTF-8", "de_AT.UTF-8"};
    size_t i = 0;
    while (i < 4 && setlocale(LC_ALL, names[i]) == NULL)
        i++;
    if (i == 4) {
        skip(2, "no locale with a decimal comma is installed");
        return;
    }
    value_is("1.5*x + 0.25", 3.25);
    setlocale(LC_ALL, "C");
}

static void error_at(const char *text, size_t want, const char *part)
{
    struct err err = ERR_INIT;
    size_t column = 999;
    struct expr *expr = expr_create(text, NAMES, N, &column, &err);
    ok(expr == NULL, "%.60s is refused", text);
    is_size(column, want, "%.60s: at byte %zu", text, want);
    has_str(err.message, part, "%.60s: says why", text);
    is_int(err.code, ERR_SCAN, "%.60s: a scan error", text);
    expr_free(expr);
}

static void errors(void)
{
    char deep[20000];
    error_at("", 0, "ends too early");
    error_at("  ", 2, "ends too early");
    error_at("x*m1", 2, "did you mean \"m0\"");
    error_at("x**2", 1, "x^2");
    error_at("x +* 2", 3, "expected a number");
    error_at("x ! 2", 2, "expected an operator");
    error_at("2 x", 2, "expected an operator");
    error_at("x < 1 TeV", 6, "before \"TeV\"; if that is a unit, leave it out");
    error_at("(x < 80 GeV) and y > 1", 8, "leave it out: numbers are in that of the quantity");
    error_at("x in 1", 2, "conditions only");
    error_at("min(x y)", 6, "expected \",\" or \")\"");
    error_at("pow(x)", 0, "takes 2 arguments, not 1");
    error_at("atan2(x, y, x)", 0, "takes 2 arguments, not 3");
    error_at("cosh", 0, "is a function");
    error_at("csh(x)", 0, "no function");
    error_at("x ? y", 5, "a choice is");
    error_at("\303\251", 0, "no meaning");
    error_at("foo(2)", 0, "no function");
    memset(deep, '(', 200);
    deep[200] = '\0';
    error_at(deep, 50, "deeper than");
    for (size_t i = 0; i < 4000; i++)
        memcpy(deep + 2 * i, "2^", 3);
    memcpy(deep + 8000, "x", 2);
    error_at(deep, 2 * 399, "nested too deeply");
    memset(deep, '-', 8000);
    memcpy(deep + 8000, "x", 2);
    struct err err = ERR_INIT;
    struct expr *expr = expr_create(deep, NAMES, N, NULL, &err);
    ok(expr != NULL && expr_eval(expr, ROW) == 2, "8000 signs are one");
    expr_free(expr);
    memset(deep, 'x', 9000);
    deep[9000] = '\0';
    error_at(deep, 0, "more than");
}

/* Every allocation fails once: an error each time, nothing lost. */
static void memory(void)
{
    struct err err = ERR_INIT;
    struct expr *expr = NULL;
    unsigned long n = 0;
    while (expr == NULL && n < 100) {
        mem_fail_at(++n);
        err = (struct err)ERR_INIT;
        expr = expr_create("x + y*abs(m0)", NAMES, N, NULL, &err);
        if (expr == NULL && err.code != ERR_MEMORY)
            fail("allocation %lu: %s", n, err.message);
    }
    mem_fail_at(0);
    ok(n > 3 && expr != NULL, "each of %lu allocations may fail", n - 1);
    expr_free(expr);
}

int main(void)
{
    values();
    not_finite();
    uses();
    blocks();
    other_locale();
    errors();
    memory();
    return done_testing();
}
