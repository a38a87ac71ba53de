/* t-slha-number.c: numbers as C and Fortran write them, bit for bit those of strtod. */
#include "t-slha-help.h"

#include <locale.h>

static void is_number(const char *text, double want)
{
    double value = -77;
    if (is_int(slha_number(text, strlen(text), &value), 0, "%s is a number", text))
        is_double(value, want, 0, "%s = %.17g", text, want);
}

static void is_none(const char *text)
{
    double value;
    is_int(slha_number(text, strlen(text), &value), -1, "\"%s\" is no number", text);
}

static void test_spellings(void)
{
    is_number("1.0D+03", 1000);
    is_number("1.0d3", 1000);
    is_number("50d0", 50);
    is_number("0.190D0", 0.190);
    is_number("1.0Q+03", 1000);
    is_number("1.23-101", 1.23e-101);
    is_number("-1.23+101", -1.23e101);
    is_number("0.12345678-300", 0.12345678e-300);
    is_number("+25", 25);
    is_number(".5", 0.5);
    is_number("5.", 5);
    is_number("-.5E1", -5);
    is_number("00012", 12);
    is_number("1e400", INFINITY);
    is_number("-1d400", -INFINITY);
    is_number("1e-400", 0);
    is_number("1e99999999999999999999", INFINITY);
    is_number("0e99999999999999999999", 0);
    is_number("4.9406564584124654e-324", 4.9406564584124654e-324);
    is_number("Infinity", INFINITY);
    is_number("-INF", -INFINITY);
    is_number("+inf", INFINITY);
    static const char *const nans[] = {"NaN", "nan", "NAN", "-NAN", "-nan", "+NaN", "nan(0x1)"};
    for (size_t i = 0; i < sizeof nans / sizeof nans[0]; i++)
        is_number(nans[i], NAN);
    double value = 1;
    slha_number("-0.0", 4, &value);
    ok(value == 0 && signbit(value), "-0.0 keeps its sign");
    slha_number("12345", 3, &value);
    is_double(value, 123, 0, "only n bytes are read");
}

static void test_none(void)
{
    static const char *const texts[] = {
        "",         "-",         "+",    ".",      "-.",   "****",  "abc",     "1.2.3",
        "1e",       "1e+",       "1d",   "e5",     "1.0x", "0x10",  "1,5",     "1 2",
        "--1",      "+-1",       "1e5.", "1e5e5",  "nanx", "infi",  "na",      "nan(",
        "v4.0",     "4.1.22",    "1-",   "1_000",  "1.5a", "1-101", "2026-11", "1.5-05",
        "1.5-1000", "Infinityy", "()",   "(1.,0.)"};
    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++)
        is_none(texts[i]);
}

/* The bits of a random number written in n digits, and of strtod's reading of them. */
static bool agrees(const char *text)
{
    double value, want = strtod(text, NULL);
    if (slha_number(text, strlen(text), &value) == 0 && memcmp(&value, &want, sizeof want) == 0)
        return true;
    diag("%s: %.17g and not %.17g", text, value, want);
    return false;
}

static void test_against_strtod(void)
{
    struct rng rng = rng_stream(1, RNG_TEST, 0);
    char text[900];
    unsigned n_wrong = 0;
    for (int i = 0; i < 300000; i++) {
        uint64_t bits = rng_u64(&rng);
        double value;
        memcpy(&value, &bits, sizeof value);
        if (isfinite(value)) {
            snprintf(text, sizeof text, "%.*e", (int)rng_below(&rng, 20), value);
            n_wrong += !agrees(text);
        }
        value = (rng_uniform(&rng) - 0.5) * pow(10, (double)rng_below(&rng, 20) - 8);
        snprintf(text, sizeof text, i % 2 ? "%.*e" : "%.*f", (int)rng_below(&rng, 17), value);
        n_wrong += !agrees(text);
    }
    is_size(n_wrong, 0, "random numbers are read as strtod reads them");

    n_wrong = 0;
    for (int i = 0; i < 3000; i++) { /* halfway cases, with hundreds of digits */
        double value = ldexp(1 + rng_uniform(&rng), (int)rng_below(&rng, 1000) - 500);
        long double half = ((long double)value + (long double)nextafter(value, INFINITY)) / 2;
        snprintf(text, sizeof text, "%.*Le", (int)rng_below(&rng, 850), half);
        n_wrong += !agrees(text);
        snprintf(text, sizeof text, "%.*Lf", (int)rng_below(&rng, 400), half);
        n_wrong += !agrees(text);
    }
    is_size(n_wrong, 0, "halfway cases are read as strtod reads them");
}

/* 2^53 + 1 lies halfway; one digit far behind decides. */
static void test_far_digit(void)
{
    char text[5000];
    double value;
    memset(text, '0', sizeof text);
    memcpy(text, "9007199254740993.", strlen("9007199254740993."));
    slha_number(text, sizeof text, &value);
    is_double(value, 9007199254740992.0, 0, "a tie goes to the even number");
    text[sizeof text - 1] = '1';
    slha_number(text, sizeof text, &value);
    is_double(value, 9007199254740994.0, 0, "the 5000th digit breaks the tie");
    memset(text, '0', sizeof text);
    text[0] = '1';
    memcpy(text + sizeof text - 6, "E-4992", 6);
    slha_number(text, sizeof text, &value);
    is_double(value, 10, 0, "5000 bytes of digits and an exponent");
}

static void test_locale(void)
{
    static const char *const names[] = {"de_DE.UTF-8", "de_DE.utf8", "fr_FR.UTF-8", "de_DE"};
    size_t i = 0;
    while (i < 4 && !setlocale(LC_ALL, names[i]))
        i++;
    if (i == 4) {
        skip(4, "no locale with a decimal comma here");
        return;
    }
    is_number("1.5", 1.5);
    is_number("1.23456789012345678901e-290", 1.23456789012345678901e-290);
    setlocale(LC_ALL, "C");
}

int main(void)
{
    test_spellings();
    test_none();
    test_against_strtod();
    test_far_digit();
    test_locale();
    return done_testing();
}
