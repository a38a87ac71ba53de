/* number.c: numbers from text and to text.
 *
 * Independent of the user's locale, in which 1.5 may be 1,5: reading takes the number apart by the
 * C locale's rules and hands strtod a form without a decimal point ("12345e-3"), which is
 * correctly rounded in any locale; writing puts a '.' where printf put the locale's mark.  Short
 * decimals are exact without strtod (W. D. Clinger, "How to read floating point numbers
 * accurately", PLDI 1990): a mantissa below 2^53 times or over a power of ten up to 10^22. */
#include "theodolite/base.h"

#include <errno.h>
#include <float.h>
#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* No double needs more than 767 significant digits to be rounded correctly; what follows counts
 * only as zero or not zero. */
#define MAX_DIGITS 770
#define MAX_EXPONENT 100000

static const char blanks[] = " \t\r\n\v\f";

/* A decimal taken apart: value = digits * 10^exponent. */
struct decimal {
    bool is_negative;
    size_t n_digits;
    long exponent;
    char digits[MAX_DIGITS + 2];
};

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

static void add_digit(struct decimal *d, char digit)
{
    if (d->n_digits == 0 && digit == '0')
        return; /* leading zeros */
    if (d->n_digits < MAX_DIGITS)
        d->digits[d->n_digits++] = digit;
    else {
        if (digit != '0')
            d->digits[MAX_DIGITS] = '1';
        d->exponent++;
    }
}

/* [+-] digits [. digits] [e [+-] digits]; returns what follows, or NULL. */
static const char *take_apart(const char *text, struct decimal *d)
{
    bool has_digits = false, is_below = false;
    long e = 0;

    d->is_negative = *text == '-';
    if (*text == '-' || *text == '+')
        text++;
    for (; is_digit(*text) || (*text == '.' && !is_below); text++) {
        if (*text == '.') {
            is_below = true;
            continue;
        }
        has_digits = true;
        add_digit(d, *text);
        if (is_below)
            d->exponent--;
    }
    if (!has_digits)
        return NULL;
    if (*text == 'e' || *text == 'E') {
        bool is_minus = *++text == '-';

        if (*text == '-' || *text == '+')
            text++;
        if (!is_digit(*text))
            return NULL;
        for (; is_digit(*text); text++)
            e = e < MAX_EXPONENT ? 10 * e + (*text - '0') : e;
        d->exponent += is_minus ? -e : e;
    }
    return text;
}

static const double powers[] = {1e0,  1e1,  1e2,  1e3,  1e4,  1e5,  1e6,  1e7,
                                1e8,  1e9,  1e10, 1e11, 1e12, 1e13, 1e14, 1e15,
                                1e16, 1e17, 1e18, 1e19, 1e20, 1e21, 1e22};

/* Clinger's short cut: both factors are exact, so the one operation rounds correctly. */
static bool convert_exactly(const struct decimal *d, double *value)
{
    uint64_t mantissa = 0;
    size_t i;

    if (d->n_digits == 0) {
        *value = 0.0;
        return true;
    }
    if (d->n_digits > 15 || d->exponent < -22 || d->exponent > 22 || FLT_EVAL_METHOD != 0)
        return false;
    for (i = 0; i < d->n_digits; i++)
        mantissa = 10 * mantissa + (uint64_t)(d->digits[i] - '0');
    *value = d->exponent < 0 ? (double)mantissa / powers[-d->exponent]
                             : (double)mantissa * powers[d->exponent];
    return true;
}

int text_to_double(const char *text, double *value)
{
    char plain[MAX_DIGITS + 24];
    struct decimal d;
    double result;

    d.n_digits = 0;
    d.exponent = 0;
    d.digits[MAX_DIGITS] = '0';
    text = take_apart(text + strspn(text, blanks), &d);
    if (!text || text[strspn(text, blanks)] != '\0')
        return -1;
    if (!convert_exactly(&d, &result)) {
        if (d.n_digits == MAX_DIGITS) {
            d.n_digits++;
            d.exponent--;
        }
        snprintf(plain, sizeof plain, "%.*se%ld", (int)d.n_digits, d.digits, d.exponent);
        result = strtod(plain, NULL);
        if (!isfinite(result))
            return -1;
    }
    *value = d.is_negative ? -result : result;
    return 0;
}

int text_take_double(const char **text, double *value)
{
    char number[64];
    const char *at = *text + strspn(*text, blanks), *dots = strstr(at, "..");
    size_t n = strspn(at, "+-0123456789.eE");

    if (dots && dots < at + n)
        n = (size_t)(dots - at);
    *text = at;
    if (n == 0 || n >= sizeof number)
        return -1;
    memcpy(number, at, n);
    number[n] = '\0';
    *text = at + n + strspn(at + n, blanks);
    return text_to_double(number, value);
}

int text_to_int64(const char *text, int64_t *value)
{
    uint64_t limit = INT64_MAX, result = 0;
    bool is_negative;

    text += strspn(text, blanks);
    is_negative = *text == '-';
    if (*text == '-' || *text == '+')
        text++;
    if (is_negative)
        limit++;
    if (!is_digit(*text))
        return -1;
    for (; is_digit(*text); text++) {
        uint64_t digit = (uint64_t)(*text - '0');

        if (result > (limit - digit) / 10)
            return -1;
        result = 10 * result + digit;
    }
    if (text[strspn(text, blanks)] != '\0')
        return -1;
    if (!is_negative)
        *value = (int64_t)result;
    else
        *value = result == 0 ? 0 : -(int64_t)(result - 1) - 1;
    return 0;
}

/* The locale's decimal mark, one byte or several, becomes '.'. */
static const char *with_point(char *text)
{
    char *from = text, *to = text;

    while (*from) {
        if (is_digit(*from) || strchr("+-eE", *from)) {
            *to++ = *from++;
            continue;
        }
        *to++ = '.';
        while (*from && !is_digit(*from))
            from++;
    }
    *to = '\0';
    return text;
}

const char *text_from_double(char out[TEXT_DOUBLE_SIZE], double value)
{
    if (!isfinite(value)) {
        out[0] = '\0';
        return out;
    }
    snprintf(out, TEXT_DOUBLE_SIZE, "%.16e", value);
    return with_point(out);
}

const char *text_shortest(char out[TEXT_DOUBLE_SIZE], double value)
{
    double back;
    /* 15 digits always read back as the decimal they were, below the normal range fewer do. */
    int digits = fabs(value) < DBL_MIN ? 1 : 15;

    if (!isfinite(value)) {
        snprintf(out, TEXT_DOUBLE_SIZE, "%s", isnan(value) ? "nan" : value > 0 ? "inf" : "-inf");
        return out;
    }
    for (; digits <= 17; digits++) {
        snprintf(out, TEXT_DOUBLE_SIZE, "%.*g", digits, value);
        with_point(out);
        if (text_to_double(out, &back) == 0 && back >= value && back <= value)
            break;
    }
    return out;
}

/* The first unit of a list is the one of a number without unit. */
struct unit {
    const char *name;
    double factor;
};

static const struct unit time_units[] = {
    {"s", 1},        {"ms", 1e-3},   {"sec", 1},       {"second", 1},     {"seconds", 1},
    {"m", 60},       {"min", 60},    {"minute", 60},   {"minutes", 60},   {"h", 3600},
    {"hr", 3600},    {"hour", 3600}, {"hours", 3600},  {"d", 86400},      {"day", 86400},
    {"days", 86400}, {"w", 604800},  {"week", 604800}, {"weeks", 604800}, {NULL, 0},
};

static const struct unit byte_units[] = {
    {"B", 1},
    {"bytes", 1},
    {"kB", 1e3},
    {"MB", 1e6},
    {"GB", 1e9},
    {"TB", 1e12},
    {"KiB", 1024.0},
    {"MiB", 1024.0 * 1024.0},
    {"GiB", 1024.0 * 1024.0 * 1024.0},
    {"TiB", 1024.0 * 1024.0 * 1024.0 * 1024.0},
    {NULL, 0},
};

static const struct unit *find_unit(const struct unit *units, const char *name, size_t len)
{
    char word[12];

    if (len == 0 || len >= sizeof word)
        return NULL;
    memcpy(word, name, len);
    word[len] = '\0';
    for (; units->name; units++) {
        if (text_same_caseless(units->name, word))
            return units;
    }
    return NULL;
}

/* One "number [unit]" from *text, which moves on: the value in the base unit.  A number without
 * unit must be all there is. */
static int take_quantity(const char **text, bool is_first, const struct unit *units, double *value)
{
    const char *at = *text;
    size_t n_number = strspn(at, "0123456789."), n_unit;
    const struct unit *unit;
    char number[64];

    if ((at[n_number] == 'e' || at[n_number] == 'E') &&
        is_digit(at[n_number + 1 + strspn(at + n_number + 1, "+-")])) {
        n_number += 1 + strspn(at + n_number + 1, "+-");
        n_number += strspn(at + n_number, "0123456789");
    }
    if (n_number == 0 || n_number >= sizeof number)
        return -1;
    memcpy(number, at, n_number);
    number[n_number] = '\0';
    if (text_to_double(number, value) != 0)
        return -1;
    at += n_number;
    at += strspn(at, blanks);
    n_unit = strspn(at, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ");
    if (n_unit == 0 && (*at || !is_first))
        return -1;
    unit = n_unit > 0 ? find_unit(units, at, n_unit) : &units[0];
    if (!unit)
        return -1;
    *value *= unit->factor;
    at += n_unit;
    *text = at + strspn(at, blanks);
    return 0;
}

int text_to_seconds(const char *text, double *seconds)
{
    double sum = 0, part;
    bool is_first = true;

    text += strspn(text, blanks);
    do {
        if (take_quantity(&text, is_first, time_units, &part) != 0)
            return -1;
        sum += part;
        is_first = false;
    } while (*text);
    if (!isfinite(sum))
        return -1;
    *seconds = sum;
    return 0;
}

int text_to_bytes(const char *text, uint64_t *bytes)
{
    double value;

    text += strspn(text, blanks);
    if (take_quantity(&text, true, byte_units, &value) != 0 || *text)
        return -1;
    if (!(value < 0x1p63))
        return -1;
    *bytes = (uint64_t)(value + 0.5);
    return 0;
}

/* Written with integers: no locale gets between. */
const char *text_duration(char *out, size_t size, double seconds)
{
    uint64_t tenths, s;

    if (!(seconds >= 0.0 && seconds < 1e15)) {
        snprintf(out, size, "-");
        return out;
    }
    tenths = (uint64_t)(10.0 * seconds + 0.5);
    s = (uint64_t)(seconds + 0.5);
    if (seconds > 0.0 && seconds < 0.0995)
        snprintf(out, size, "%u ms", (unsigned)(1000.0 * seconds + 0.5));
    else if (tenths < 600)
        snprintf(out, size, "%" PRIu64 ".%" PRIu64 " s", tenths / 10, tenths % 10);
    else if (s < 3600)
        snprintf(out, size, "%" PRIu64 " min %" PRIu64 " s", s / 60, s % 60);
    else if (s < 86400)
        snprintf(out, size, "%" PRIu64 " h %02" PRIu64 " min", s / 3600, s % 3600 / 60);
    else
        snprintf(out, size, "%" PRIu64 " d %" PRIu64 " h", s / 86400, s % 86400 / 3600);
    return out;
}

const char *text_count(char *out, size_t size, uint64_t count)
{
    char digits[24], grouped[32];
    int n = snprintf(digits, sizeof digits, "%" PRIu64, count), i;
    size_t at = 0;

    for (i = 0; i < n; i++) {
        if (i > 0 && (n - i) % 3 == 0)
            grouped[at++] = ' ';
        grouped[at++] = digits[i];
    }
    grouped[at] = '\0';
    snprintf(out, size, "%s", grouped);
    return out;
}

const char *text_estimate(char *out, size_t size, double value, double error)
{
    char share[40] = "";
    double most = fmax(fabs(value), error);

    if (!isfinite(value) || !isfinite(error)) {
        snprintf(out, size, "-");
        return out;
    }
    if (value != 0.0 && error > 0.0)
        snprintf(share, sizeof share, " (%.2g %%)", 100.0 * error / fabs(value));
    if (!(error > 0.0)) {
        snprintf(out, size, "%.6g +- %.2g%s", value, error, share);
        return out;
    }
    int place = (int)floor(log10(error)), top = (int)floor(log10(most));
    int decimals = place < 1 ? 1 - place : 0;

    if (top >= -4 && top < 7 && decimals > 7 && decimals < 16) /* zeros that nobody counts */
        snprintf(out, size, "%.*f +- %.1e%s", decimals, value, error, share);
    else if (top >= -4 && top < 7 && decimals < 16)
        snprintf(out, size, "%.*f +- %.*f%s", decimals, value, decimals, error, share);
    else
        snprintf(out, size, "%.*e +- %.1e%s", top - place < 14 ? top - place + 1 : 15, value, error,
                 share);
    return out;
}

const char *text_between(char *out, size_t size, double lo, double hi)
{
    double width = hi - lo, most = fmax(fabs(lo), fabs(hi));
    int digits = width > 0 && most > 0 ? (int)(floor(log10(most)) - floor(log10(width))) + 3 : 6;

    digits = digits < 2 ? 2 : digits > 15 ? 15 : digits;
    int top = most > 0 ? (int)floor(log10(most)) : 0;
    if (top >= -4 && top < digits && top < 15) /* as many decimals at both ends */
        snprintf(out, size, "%.*f .. %.*f", digits - 1 - top, lo, digits - 1 - top, hi);
    else
        snprintf(out, size, "%.*g .. %.*g", digits, lo, digits, hi);
    return out;
}
