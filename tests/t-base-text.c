/* Numbers to and from text in any locale, units, near names, words of a command line. */
#include "tap.h"
#include "theodolite/base.h"

#include <float.h>
#include <locale.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static uint64_t bits_of(double value)
{
    uint64_t bits;

    memcpy(&bits, &value, sizeof bits);
    return bits;
}

static double double_of(uint64_t bits)
{
    double value;

    memcpy(&value, &bits, sizeof value);
    return value;
}

struct reading {
    const char *text;
    double value;
};

static void check_reading(void)
{
    static const struct reading good[] = {
        {"1", 1},
        {"-1.5", -1.5},
        {" \t2\n", 2},
        {"+3.", 3},
        {".5", 0.5},
        {"1e3", 1000},
        {"1E-3", 0.001},
        {"1.2345678901234567e+03", 1234.5678901234567},
        {"0", 0},
        {"0e999999", 0},
        {"0.1", 0.1},
        {"123456789012345678", 123456789012345678.0},
        {"1e22", 1e22},
        {"1e23", 1e23},
        {"4.9e-324", 5e-324},
        {"1e-400", 0},
        {"1.7976931348623157e308", DBL_MAX},
        {"2.2250738585072011e-308", 2.2250738585072011e-308},
        {"000000000000000000001.5", 1.5},
        {"0.000000000000000000000000000000000000000000000000001", 1e-51},
        {"9007199254740993", 9007199254740992.0}, /* halfway: to even */
        {"9007199254740993.00000000000000000000000000000000000000001", 9007199254740994.0},
        {"8.41e+00", 8.41},
        {"91.1876", 91.1876},
        {"-0", -0.0},
    };
    static const char *const bad[] = {
        "",      " ",      "x",     "1x",    "1 2",      "1,5",   "1e",   "1e+",
        ".",     "-",      "+-1",   "--1",   "nan",      "inf",   "0x10", "1d3",
        "1e999", "-1e309", "1.2.3", "1_000", "infinity", "1e5.0",
    };
    double value = 7;
    size_t i;

    for (i = 0; i < sizeof good / sizeof good[0]; i++) {
        ok(text_to_double(good[i].text, &value) == 0 && bits_of(value) == bits_of(good[i].value),
           "'%s' is a number", good[i].text);
    }
    value = 7;
    for (i = 0; i < sizeof bad / sizeof bad[0]; i++)
        is_int(text_to_double(bad[i], &value), -1, "'%s' is none", bad[i]);
    is_double(value, 7, 0, "what is no number changes nothing");
}

/* Digits without end: the half between two doubles with something behind the 770th digit. */
static void check_long_digits(void)
{
    char text[2000];
    double value;
    size_t n = 0, i;

    n += (size_t)snprintf(text, sizeof text, "9007199254740993.");
    for (i = 0; i < 1500; i++)
        text[n++] = '0';
    snprintf(text + n, sizeof text - n, "1");
    ok(text_to_double(text, &value) == 0 && bits_of(value) == bits_of(9007199254740994.0),
       "the 1516th digit decides the rounding");
    text[n] = '0';
    ok(text_to_double(text, &value) == 0 && bits_of(value) == bits_of(9007199254740992.0),
       "and zeros do not");
    memset(text, '7', 300);
    text[300] = '\0';
    ok(text_to_double(text, &value) == 0 && fabs(value / 7.7777777777777778e299 - 1) < 1e-15,
       "300 digits");
}

static void check_round_trips(const char *where)
{
    struct rng rng = rng_stream(1, RNG_TEST, 0);
    char full[TEXT_DOUBLE_SIZE], brief[TEXT_DOUBLE_SIZE];
    size_t n_bad_full = 0, n_bad_brief = 0, n_bad_strtod = 0, n_bad_form = 0, i;
    double value, back;

    for (i = 0; i < 200000; i++) {
        value = double_of(rng_u64(&rng));
        if (!isfinite(value))
            continue;
        if (i % 3 == 0) /* as physics has them */
            value = rng_normal(&rng) * pow(10.0, (double)rng_below(&rng, 12) - 4.0);
        text_from_double(full, value);
        text_shortest(brief, value);
        n_bad_full += text_to_double(full, &back) != 0 || bits_of(back) != bits_of(value);
        n_bad_brief += text_to_double(brief, &back) != 0 || bits_of(back) != bits_of(value);
        n_bad_form += strspn(full, "0123456789.e+-") != strlen(full);
        /* Seven digits: the short cut and the C library agree. */
        snprintf(full, sizeof full, "%.7g", value);
        back = strtod(full, NULL);
        if (strchr(full, ','))
            *strchr(full, ',') = '.';
        n_bad_strtod += text_to_double(full, &value) != 0 || bits_of(back) != bits_of(value);
    }
    is_size(n_bad_full, 0, "17 digits read back bit for bit%s", where);
    is_size(n_bad_form, 0, "and are plain%s", where);
    is_size(n_bad_brief, 0, "the shortest form reads back%s", where);
    is_size(n_bad_strtod, 0, "reading agrees with strtod%s", where);
}

static void check_writing(void)
{
    char out[TEXT_DOUBLE_SIZE];

    is_str(text_from_double(out, 1234.5678901234567), "1.2345678901234567e+03", "17 digits");
    is_str(text_from_double(out, -0.0), "-0.0000000000000000e+00", "minus zero");
    is_str(text_from_double(out, -DBL_MAX), "-1.7976931348623157e+308", "the longest");
    is_str(text_from_double(out, (double)NAN), "", "NaN has no digits");
    is_str(text_from_double(out, -(double)INFINITY), "", "nor has infinity");
    is_str(text_shortest(out, 0.1), "0.1", "shortest 0.1");
    is_str(text_shortest(out, 1.0 / 3), "0.3333333333333333", "shortest 1/3");
    is_str(text_shortest(out, 0.1 + 0.2), "0.30000000000000004", "shortest 0.1 + 0.2");
    is_str(text_shortest(out, 125), "125", "shortest 125");
    is_str(text_shortest(out, 5e-324), "5e-324", "shortest below the normal range");
    is_str(text_shortest(out, 1e100), "1e+100", "shortest 1e100");
    is_str(text_shortest(out, (double)NAN), "nan", "NaN for people");
}

static void check_integers(void)
{
    static const char *const bad[] = {"",
                                      "1.0",
                                      "1e3",
                                      "9223372036854775808",
                                      "x",
                                      "- 1",
                                      "1 2",
                                      "-9223372036854775809",
                                      "99999999999999999999999",
                                      "0x1"};
    int64_t value = 7;
    size_t i;

    ok(text_to_int64(" -42 ", &value) == 0 && value == -42, "-42");
    ok(text_to_int64("+0", &value) == 0 && value == 0, "+0");
    ok(text_to_int64("-0", &value) == 0 && value == 0, "-0");
    ok(text_to_int64("9223372036854775807", &value) == 0 && value == INT64_MAX, "the largest");
    ok(text_to_int64("-9223372036854775808", &value) == 0 && value == INT64_MIN, "the smallest");
    for (i = 0; i < sizeof bad / sizeof bad[0]; i++)
        is_int(text_to_int64(bad[i], &value), -1, "'%s' is no integer", bad[i]);
}

static void is_duration(double seconds, const char *want)
{
    char out[64];

    is_str(text_duration(out, sizeof out, seconds), want, "%g s is %s", seconds, want);
}

static void check_durations(void)
{
    char out[64];

    is_duration(3.2, "3.2 s");
    is_duration(0, "0.0 s");
    is_duration(0.012, "12 ms");
    is_duration(0.1, "0.1 s");
    is_duration(59.94, "59.9 s");
    is_duration(59.96, "1 min 0 s");
    is_duration(250, "4 min 10 s");
    is_duration(3599.7, "1 h 00 min");
    is_duration(7500, "2 h 05 min");
    is_duration(3 * 86400 + 4 * 3600 + 59, "3 d 4 h");
    is_duration(-1, "-");
    is_duration((double)NAN, "-");
    is_str(text_count(out, sizeof out, 12345678), "12 345 678", "a count in groups");
    is_str(text_count(out, sizeof out, 123), "123", "a small count");
    is_str(text_count(out, sizeof out, 1000), "1 000", "a thousand");
    is_str(text_count(out, sizeof out, UINT64_MAX), "18 446 744 073 709 551 615", "the largest");
}

static void check_units(void)
{
    static const struct reading times[] = {
        {"30 s", 30},     {"8 h", 28800},    {"2 min", 120},      {"1 d", 86400},
        {"45", 45},       {" 1.5h ", 5400},  {"4 min 10 s", 250}, {"1e2 s", 100},
        {"250 ms", 0.25}, {"2 hours", 7200}, {"0 s", 0},
    };
    static const struct reading sizes[] = {
        {"2 GB", 2e9},           {"512 MB", 512e6}, {"10 kB", 1e4}, {"1 KiB", 1024},
        {"1.5 GiB", 1610612736}, {"4096", 4096},    {"7 B", 7},     {"3 mib", 3145728},
    };
    static const char *const bad_times[] = {
        "", "s", "-1 s", "3 parsecs", "1 h 30", "nan", "1 s x", "1,5 h", "1.2.3 s", "inf", "1 e 5"};
    static const char *const bad_sizes[] = {"", "GB", "-1 GB", "1 GB 2 MB", "2 s", "1e30 B"};
    double seconds;
    uint64_t bytes;
    size_t i;

    for (i = 0; i < sizeof times / sizeof times[0]; i++)
        ok(text_to_seconds(times[i].text, &seconds) == 0 && fabs(seconds - times[i].value) < 1e-9,
           "'%s' is a time", times[i].text);
    for (i = 0; i < sizeof bad_times / sizeof bad_times[0]; i++)
        is_int(text_to_seconds(bad_times[i], &seconds), -1, "'%s' is no time", bad_times[i]);
    for (i = 0; i < sizeof sizes / sizeof sizes[0]; i++)
        ok(text_to_bytes(sizes[i].text, &bytes) == 0 && bytes == (uint64_t)sizes[i].value,
           "'%s' is a size", sizes[i].text);
    for (i = 0; i < sizeof bad_sizes / sizeof bad_sizes[0]; i++)
        is_int(text_to_bytes(bad_sizes[i], &bytes), -1, "'%s' is no size", bad_sizes[i]);
}

static void check_names(void)
{
    static const char *const names[] = {"parameters", "calculators", "constraints", "target",
                                        "search",     "run",         "seed",        "goal",
                                        "m0",         "m12",         "tanb"};
    const size_t n = sizeof names / sizeof names[0];
    char longer[400];

    is_size(text_distance("kitten", "sitting"), 3, "distance of kitten and sitting");
    is_size(text_distance("ca", "abc"), 3, "restricted: no edit inside a swap");
    is_size(text_distance("tanb", "tnab"), 1, "a swap is one");
    is_size(text_distance("", "abc"), 3, "to nothing");
    is_size(text_distance("ABC", "abc"), 0, "case-blind");
    memset(longer, 'a', sizeof longer - 1);
    longer[sizeof longer - 1] = '\0';
    is_size(text_distance(longer, "b"), 399, "a very long word");
    is_str(text_nearest("paramters", names, n), "parameters", "a letter left out");
    is_str(text_nearest("Constrains", names, n), "constraints", "another case");
    is_str(text_nearest("taregt", names, n), "target", "letters swapped");
    is_str(text_nearest("calc", names, n), "calculators", "a beginning");
    is_str(text_nearest("mo", names, n), "m0", "a short one");
    is_str(text_nearest("xyzzy", names, n), NULL, "nothing is near");
    is_str(text_nearest("result", names, n), NULL, "sharing letters is not near");
    is_str(text_nearest("x", names, n), NULL, "one letter is near to nothing");
    is_str(text_nearest("", names, n), NULL, "nor is no letter");
    ok(text_same_caseless("Mass", "mASS"), "same but for case");
    ok(!text_same_caseless("mass", "masses") && !text_same_caseless("masses", "mass"),
       "a beginning is not the same");
}

static void is_split(const char *line, const char *want)
{
    struct arena *arena = arena_create();
    struct err err = ERR_INIT;
    char **words, joined[1100] = "";
    size_t n, i, at = 0;

    if (text_split_words(arena, line, &words, &n, &err) != 0)
        snprintf(joined, sizeof joined, "error: %s", err.message);
    else {
        for (i = 0; i < n; i++)
            at += (size_t)snprintf(joined + at, sizeof joined - at, "[%s]", words[i]);
        ok(words[n] == NULL, "a closing NULL");
    }
    is_str(joined, want, "split: %s", line);
    arena_free(arena);
}

static void check_words(void)
{
    is_split("softpoint.x leshouches", "[softpoint.x][leshouches]");
    is_split("  a\t b\n", "[a][b]");
    is_split("", "");
    is_split("a 'b c' \"d e\"f", "[a][b c][d ef]");
    is_split("a\\ b \\'c '\\' \"\\\\ \\\" \\x\"", "[a b]['c][\\][\\ \" \\x]");
    is_split("'' \"\"", "[][]");
    is_split("$HOME *.in `x` ; | > a", "[$HOME][*.in][`x`][;][|][>][a]");
    is_split("a 'b", "error: a quote is not closed: a 'b");
    is_split("a b c d", "[a][b][c][d]");
    is_split("end\\", "[end\\]");
}

/* What is quoted for the shell reads back as one word, and is what a shell gives back. */
static void check_shell_words(void)
{
    static const char *const words[] = {"a b.db", "it's", "$HOME", "", "a;b", "*", "~x", "#x", "'"};
    struct arena *arena = arena_create();
    struct err err = ERR_INIT;
    char **back;
    size_t i, n = 0;

    is_str(text_shell_word(arena, "runs/thdm-2.db"), "runs/thdm-2.db", "a plain path stays plain");
    is_str(text_shell_word(arena, "a b"), "'a b'", "a blank is quoted");
    is_str(text_shell_word(arena, "it's"), "'it'\\''s'", "a quote too");
    for (i = 0; i < sizeof words / sizeof words[0]; i++) {
        text_split_words(arena, text_shell_word(arena, words[i]), &back, &n, &err);
        ok(n == 1 && strcmp(back[0], words[i]) == 0, "reads back: %s", words[i]);
    }
    arena_free(arena);
}

static void check_estimates(void)
{
    static const struct {
        double value, error;
        const char *want;
    } estimates[] = {{152.3137, 0.12, "152.31 +- 0.12 (0.079 %)"},
                     {-2.5, 0.3, "-2.50 +- 0.30 (12 %)"},
                     {1.5e9, 2e6, "1.5000e+09 +- 2.0e+06 (0.13 %)"},
                     {2011.4183075629091, 6e-12, "2011.4183075629091 +- 6.0e-12 (3e-13 %)"},
                     {0.5, 1.2e-6, "0.5000000 +- 0.0000012 (0.00024 %)"},
                     {NAN, 1, "-"}};
    static const struct {
        double lo, hi;
        const char *want;
    } ranges[] = {{152.228, 152.48, "152.228 .. 152.480"},
                  {147, 158.4, "147.0 .. 158.4"},
                  {-0.1, 0.25, "-0.100 .. 0.250"},
                  {1.2e10, 1.3e10, "1.2e+10 .. 1.3e+10"},
                  {2011.4183075629, 2011.41830756292, "2011.41830756290 .. 2011.41830756292"}};
    char out[128];

    for (size_t i = 0; i < sizeof estimates / sizeof estimates[0]; i++)
        is_str(text_estimate(out, sizeof out, estimates[i].value, estimates[i].error),
               estimates[i].want, "%s", estimates[i].want);
    for (size_t i = 0; i < sizeof ranges / sizeof ranges[0]; i++)
        is_str(text_between(out, sizeof out, ranges[i].lo, ranges[i].hi), ranges[i].want, "%s",
               ranges[i].want);
}

int main(void)
{
    static const char *const commas[] = {"de_DE.UTF-8", "fr_FR.UTF-8", "de_DE.utf8", "fr_FR",
                                         "ps_AF.utf8"};
    size_t i;

    check_reading();
    check_long_digits();
    check_round_trips("");
    check_writing();
    check_integers();
    check_durations();
    check_estimates();
    check_units();
    check_names();
    check_words();
    check_shell_words();
    for (i = 0; i < sizeof commas / sizeof commas[0]; i++) {
        if (setlocale(LC_ALL, commas[i]))
            break;
    }
    if (i == sizeof commas / sizeof commas[0])
        skip(1, "no locale with a decimal comma here");
    else {
        check_round_trips(" with a decimal comma");
        check_writing();
        check_reading();
        check_durations();
    }
    return done_testing();
}
