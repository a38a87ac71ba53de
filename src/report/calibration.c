/* calibration.c: of points that the learner gave the same probability, did the same share come?
 *
 * Tenths of the probability are joined to four bands, as few points fall into some.  The error of a
 * share is that of its posterior under a flat prior: none is exact after a hundred points. */
#include "private.h"

#include <math.h>
#include <stdio.h>

enum { ENOUGH = 50 };
static const double CLEAR = 3 /* sigma */, MATTERS = 0.05;

void report_bins_add(struct report_bin bins[REPORT_BINS], double p, bool is_accepted)
{
    int bin = (int)(p * REPORT_BINS);

    bin = bin < 0 ? 0 : bin >= REPORT_BINS ? REPORT_BINS - 1 : bin;
    bins[bin].n++;
    bins[bin].n_accepted += is_accepted;
    bins[bin].sum += p;
}

bool report_band_is_off(const struct report_bin bins[REPORT_BINS], enum report_band_id id,
                        double least, struct report_band *band)
{
    static const size_t ends[N_REPORT_BANDS][2] = {{0, 1}, {2, 4}, {5, 7}, {8, 9}};
    size_t b, first = ends[id][0], last = ends[id][1];
    double n = 0, accepted = 0, sum = 0, away;

    for (b = first; b <= last; b++) {
        n += (double)bins[b].n;
        accepted += (double)bins[b].n_accepted;
        sum += bins[b].sum;
    }
    *band = (struct report_band){.n = n, .promised = sum / n, .found = accepted / n};
    band->error = sqrt((accepted + 1) * (n - accepted + 1) / ((n + 2) * (n + 2) * (n + 3)));
    away = fabs(band->promised - band->found);
    if (n < ENOUGH || away < least || away < CLEAR * band->error)
        return false;
    if (id == N_REPORT_BANDS - 1)
        snprintf(band->where, sizeof band->where, "above %.1f", (double)first / REPORT_BINS);
    else if (id == 0)
        snprintf(band->where, sizeof band->where, "below %.1f", (double)(last + 1) / REPORT_BINS);
    else
        snprintf(band->where, sizeof band->where, "%.1f to %.1f", (double)first / REPORT_BINS,
                 (double)(last + 1) / REPORT_BINS);
    band->verdict = band->promised < band->found ? "low"
                    : first >= REPORT_BINS / 2   ? "sure"
                                                 : "high";
    return true;
}

bool report_worst_band(const struct report_bin bins[REPORT_BINS], struct report_band *worst)
{
    struct report_band band;
    double most = 0;
    int id;

    for (id = 0; id < N_REPORT_BANDS; id++)
        if (report_band_is_off(bins, (enum report_band_id)id, MATTERS, &band) &&
            fabs(band.promised - band.found) > most) {
            most = fabs(band.promised - band.found);
            *worst = band;
        }
    return most > 0;
}
