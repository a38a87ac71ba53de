/* words.c: numbers as a person reads them.
 *
 * No exponent where digits will do, an estimate with the decimals of its error, the two ends of a
 * range with as many decimals as tell them apart; each with its own digits where the scale is
 * logarithmic, none where values are integers. */
#include "private.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

static const double LARGE = 1e6, SMALL = 1e-4;

static int decimals_for(double size, int digits)
{
    int decimals = size > 0 ? digits - 1 - (int)floor(log10(size)) : 0;

    return decimals < 0 ? 0 : decimals > 9 ? 9 : decimals;
}

const char *words_number(char out[TEXT_DOUBLE_SIZE], double value, int digits)
{
    double size = fabs(value);

    if (!isfinite(value))
        snprintf(out, TEXT_DOUBLE_SIZE, "-");
    else if (size >= LARGE || (size > 0 && size < SMALL))
        snprintf(out, TEXT_DOUBLE_SIZE, "%.*e", digits - 1, value);
    else
        snprintf(out, TEXT_DOUBLE_SIZE, "%.*f", decimals_for(size, digits), value);
    return out;
}

const char *words_percent(char out[TEXT_DOUBLE_SIZE], uint64_t n, uint64_t of)
{
    double percent = of > 0 ? 100.0 * (double)n / (double)of : 0;

    if (n == 0 || n == of)
        snprintf(out, TEXT_DOUBLE_SIZE, "%.0f %%", percent);
    else if (percent < 0.01 || percent > 99.9)
        snprintf(out, TEXT_DOUBLE_SIZE, "%s %%", percent < 1 ? "below 0.01" : "above 99.9");
    else
        snprintf(out, TEXT_DOUBLE_SIZE, "%.*f %%", percent < 1 ? 2 : 1, percent);
    return out;
}

const char *words_estimate(char *out, size_t size, double value, double error)
{
    int decimals, power;
    double unit;

    if (!(error > 0) || fmax(fabs(value), error) >= SMALL) {
        decimals = error > 0 ? decimals_for(error, 2) : decimals_for(fabs(value), 3);
        snprintf(out, size, "%.*f +- %.*f", decimals, value, decimals, error);
        return out;
    }
    power = (int)floor(log10(fmax(fabs(value), error)));
    unit = pow(10, power);
    decimals = decimals_for(error / unit, 2);
    snprintf(out, size, "(%.*f +- %.*f)e%03d", decimals, value / unit, decimals, error / unit,
             power);
    return out;
}

static bool is_integer(double value)
{
    return fabs(value) < 1e15 && value == rint(value);
}

const char *words_range(char *out, size_t size, enum prior_kind kind, double lo, double hi)
{
    char from[TEXT_DOUBLE_SIZE], to[TEXT_DOUBLE_SIZE];
    double most = fmax(fabs(lo), fabs(hi));
    int decimals = decimals_for((hi - lo) / 10, 1);

    if ((kind == PRIOR_INTEGER || kind == PRIOR_CHOICE) && is_integer(lo) && is_integer(hi))
        snprintf(out, size, lo < hi ? "%.0f .. %.0f" : "%.0f", lo, hi);
    /* Over orders of magnitude each end has its own digits. */
    else if (kind == PRIOR_LOG || most >= LARGE || most < SMALL || decimals > 6 || !(hi > lo) ||
             (lo > 0 && hi / lo > 300))
        snprintf(out, size, "%s .. %s", words_number(from, lo, 3), words_number(to, hi, 3));
    else
        snprintf(out, size, "%.*f .. %.*f", decimals, lo, decimals, hi);
    return out;
}

int words_list(struct buf *out, struct words_list *list, const char *item, struct err *err)
{
    enum { WIDTH = 100, INDENT = 11, MORE = 13 }; /* ", and 12 more" */
    size_t length = strlen(item);

    if (list->n == 0)
        list->column = INDENT + list->first;
    else if (list->n_left > 0 || list->column + 2 + length + MORE > WIDTH) {
        list->n_left++;
        return 0;
    } else {
        list->column += 2;
        if (buf_puts(out, ", ", err) != 0)
            return -1;
    }
    list->n++;
    list->column += length;
    return buf_puts(out, item, err);
}

int words_list_end(struct buf *out, const struct words_list *list, struct err *err)
{
    return list->n_left > 0 ? buf_printf(out, err, ", and %zu more\n", list->n_left)
                            : buf_puts(out, "\n", err);
}
