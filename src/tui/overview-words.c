/* overview-words.c: numbers as the overview writes them: a share or an estimate with its error and
 * as many digits as the error allows, rates and times in the unit that suits them. */
#include "overview.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

/* Decimals with which `size` has `digits` digits. */
static int decimals_for(double size, int digits)
{
    int decimals;

    if (!(size > 0) || !isfinite(size))
        return 0;
    decimals = digits - 1 - (int)floor(log10(size) + 1e-9);
    return decimals < 0 ? 0 : decimals > 9 ? 9 : decimals;
}

const char *overview_percent(char out[WORDS], double share, double error)
{
    double percent = 100 * share, spread = 100 * error;
    int decimals;

    if (!isfinite(share))
        snprintf(out, WORDS, "-");
    else if (!(spread > 0))
        snprintf(out, WORDS, "%.3g %%", percent);
    else {
        decimals = decimals_for(spread, spread < 1 ? 1 : 2);
        snprintf(out, WORDS, "%.*f +- %.*f %%", decimals, percent, decimals, spread);
    }
    return out;
}

const char *overview_estimate(char out[WORDS], double value, double error)
{
    double size = fmax(fabs(value), error > 0 ? error : 0), unit;
    int power, decimals;

    if (!isfinite(value)) {
        snprintf(out, WORDS, "-");
    } else if (!(error > 0)) {
        snprintf(out, WORDS, "%.3g +- -", value);
    } else if (size >= 1e-3 && size < 1e6) {
        decimals = decimals_for(error, 2);
        snprintf(out, WORDS, "%.*f +- %.*f", decimals, value, decimals, error);
    } else {
        power = (int)floor(log10(size));
        unit = pow(10, power);
        decimals = decimals_for(error / unit, 2);
        snprintf(out, WORDS, "(%.*f +- %.*f)e%d", decimals, value / unit, decimals, error / unit,
                 power);
    }
    return out;
}

const char *overview_range(char out[WORDS], bool is_log, double lo, double hi)
{
    char from[TEXT_DOUBLE_SIZE], to[TEXT_DOUBLE_SIZE];
    double most = fmax(fabs(lo), fabs(hi));
    bool is_whole = lo == rint(lo) && hi == rint(hi); /* integers, choices */
    int decimals = is_whole ? 0 : decimals_for((hi - lo) / 10, 1);

    if (most >= 1e5 || most < 1e-3 || decimals > 4 || !(hi > lo) ||
        (lo > 0 && hi / lo > (is_log ? 20 : 300)))
        snprintf(out, WORDS, "%s .. %s", plot_number(from, lo, 7), plot_number(to, hi, 7));
    else
        snprintf(out, WORDS, "%.*f .. %.*f", decimals, lo, decimals, hi);
    return out;
}

const char *overview_bytes(char out[WORDS], uint64_t bytes)
{
    static const char *const units[] = {"B", "kB", "MB", "GB", "TB", "PB", "EB"};
    double size = (double)bytes;
    int unit = 0;

    if (bytes == UINT64_MAX) {
        snprintf(out, WORDS, "?");
        return out;
    }
    for (; size >= 999.5 && unit < 6; unit++)
        size /= 1000;
    snprintf(out, WORDS, "%.*f %s", unit > 0 && size < 9.95 ? 1 : 0, size, units[unit]);
    return out;
}

const char *overview_rate(char out[WORDS], double per_s, double like)
{
    double base = isfinite(like) && like > 0 ? like : per_s, value;
    const char *unit = base >= 1 ? "/s" : base * 60 >= 1 ? "/min" : "/h";

    if (!isfinite(per_s)) {
        snprintf(out, WORDS, "-");
        return out;
    }
    value = per_s * (base >= 1 ? 1 : base * 60 >= 1 ? 60 : 3600);
    snprintf(out, WORDS, "%.*f%s", value < 99.95 ? 1 : 0, value, unit);
    return out;
}

/* One time in the unit of another, which stands behind. */
static void time_in(char out[WORDS], double seconds, const char *unit)
{
    double whole = fmin(fmax(seconds, 0), 1e9);
    unsigned minutes = (unsigned)lround(whole / 60);

    if (!isfinite(seconds))
        snprintf(out, WORDS, "?");
    else if (strcmp(unit, "s") == 0)
        snprintf(out, WORDS, "%.0f", whole);
    else if (strcmp(unit, "min") == 0)
        snprintf(out, WORDS, "%u", minutes);
    else if (strcmp(unit, "h") == 0)
        snprintf(out, WORDS, "%u:%02u", minutes / 60, minutes % 60);
    else
        snprintf(out, WORDS, "%.1f", whole / 86400);
}

const char *overview_eta(char out[WORDS], double left_s, double lo_s, double hi_s)
{
    char left[WORDS], lo[WORDS], hi[WORDS];
    const char *unit = left_s < 100 ? "s" : left_s < 5400 ? "min" : left_s < 2.5e5 ? "h" : "d";

    if (!isfinite(left_s)) {
        snprintf(out, WORDS, "-");
        return out;
    }
    time_in(left, left_s, unit);
    time_in(lo, lo_s, unit);
    time_in(hi, hi_s, unit);
    if (isfinite(lo_s) || isfinite(hi_s))
        snprintf(out, WORDS, "%.20s %s (%.20s .. %.20s %s)", left, unit, lo, hi, unit);
    else
        snprintf(out, WORDS, "%.20s %s", left, unit);
    return out;
}
