/* number.c: numbers as C and Fortran write them.
 *
 * Exactly rounded, equal bit for bit to strtod, whatever the user's locale.  Most numbers of a
 * spectrum have at most 15 digits and a small exponent; both mantissa and power of ten are then
 * exact in double and one multiplication or division rounds correctly (Clinger, PLDI 1990,
 * doi:10.1145/93542.93557).  The others go to strtod as integer and exponent, which has no decimal
 * point that a locale could spell otherwise.
 *
 * Not done: hexadecimal numbers, and complex ones "(1.0,0.0)": they are words here. */
#include "private.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

/* More significant digits than decide any double's rounding (767). */
enum { MAX_DIGITS = 800 };

static const double powers[] = {1e0,  1e1,  1e2,  1e3,  1e4,  1e5,  1e6,  1e7,
                                1e8,  1e9,  1e10, 1e11, 1e12, 1e13, 1e14, 1e15,
                                1e16, 1e17, 1e18, 1e19, 1e20, 1e21, 1e22};

static bool same_word(const char *at, const char *end, const char *word)
{
    for (; at < end && *word != '\0'; at++, word++)
        if (upper(*at) != *word)
            return false;
    return at == end && *word == '\0';
}

/* NaN, nan(123), Infinity, inf. */
static int read_special(const char *at, const char *end, double *value)
{
    if (same_word(at, end, "INF") || same_word(at, end, "INFINITY")) {
        *value = INFINITY;
        return 0;
    }
    bool has_payload = end - at > 4 && at[3] == '(' && end[-1] == ')';
    if (same_word(at, has_payload ? at + 3 : end, "NAN")) {
        *value = NAN;
        return 0;
    }
    return -1;
}

/* What follows the mantissa: nothing, E+03, D3, or -101: Fortran drops the letter when there are
 * three digits (and always writes a point before; "2026-101" is none of its numbers). */
static int read_exponent(const char *at, const char *end, bool has_point, long *exponent)
{
    *exponent = 0;
    if (at == end)
        return 0;
    char c = upper(*at);
    if (c == 'E' || c == 'D' || c == 'Q')
        at++;
    else if ((c != '+' && c != '-') || !has_point || end - at != 4)
        return -1;
    bool is_negative = at < end && *at == '-';
    if (at < end && (*at == '+' || *at == '-'))
        at++;
    if (at == end)
        return -1;
    for (; at < end; at++) {
        if (!is_digit(*at))
            return -1;
        if (*exponent < 100000000)
            *exponent = *exponent * 10 + (*at - '0');
    }
    if (is_negative)
        *exponent = -*exponent;
    return 0;
}

/* The mantissa in [at, end), digits and at most one point, times ten to the exponent. */
static double read_slow(const char *at, const char *end, long exponent)
{
    char text[MAX_DIGITS + 32];
    size_t n = 0;
    bool has_point = false, is_cut = false;
    for (; at < end; at++) {
        if (*at == '.') {
            has_point = true;
            continue;
        }
        bool is_kept = n > 0 || *at != '0';
        if (n < MAX_DIGITS) {
            if (is_kept)
                text[n++] = *at;
            exponent -= has_point;
        } else {
            is_cut = is_cut || *at != '0';
            exponent += !has_point;
        }
    }
    if (n == 0)
        return 0;
    if (is_cut) { /* anything above zero breaks a tie in the same way */
        text[n++] = '1';
        exponent--;
    }
    snprintf(text + n, sizeof text - n, "e%ld", exponent);
    return strtod(text, NULL);
}

int slha_number(const char *token, size_t n, double *value)
{
    const char *at = token, *end = token + n;
    bool is_negative = n > 0 && *at == '-';
    if (n > 0 && (*at == '-' || *at == '+'))
        at++;
    const char *mantissa_at = at;
    uint64_t mantissa = 0;
    long scale = 0, exponent;
    bool has_point = false, has_digit = false, is_whole = true;
    for (; at < end; at++) {
        if (is_digit(*at)) {
            has_digit = true;
            if (mantissa < UINT64_C(100000000000000000)) {
                mantissa = mantissa * 10 + (uint64_t)(*at - '0');
                scale -= has_point;
            } else {
                is_whole = false;
            }
        } else if (*at == '.' && !has_point) {
            has_point = true;
        } else {
            break;
        }
    }
    if (!has_digit) {
        if (read_special(mantissa_at, end, value) != 0)
            return -1;
    } else {
        if (read_exponent(at, end, has_point, &exponent) != 0)
            return -1;
        long power = scale + exponent;
        if (is_whole && mantissa <= (UINT64_C(1) << 53) && power >= -22 && power <= 22)
            *value =
                power < 0 ? (double)mantissa / powers[-power] : (double)mantissa * powers[power];
        else
            *value = read_slow(mantissa_at, at, exponent);
    }
    if (is_negative)
        *value = copysign(*value, -1.0);
    return 0;
}
