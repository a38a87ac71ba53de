/* plot-said.c: what the learner said before points ran, against what came: roc, calibration.
 *
 * Two sets: all points that were asked about, and of these the uniform ones, which were drawn
 * without the learner: only they tell how well it knows the whole space.
 *
 * The area under the curve counts ties as one half; its error is that of Hanley and McNeil
 * (Radiology 143 (1982) 29, eqs. 1 and 2). */
#include "plot-private.h"

#include <stdio.h>

enum { SAID_BINS = 10 };

/* ---- roc ------------------------------------------------------------------------------------ */

struct area_under {
    double value, error; /* NaN: there are only points of one kind */
};

static struct area_under area_of(const struct picture_said *said)
{
    double above = 0, sum = 0, pos = (double)said->n_accepted, neg = (double)said->n - pos, a, q1,
           q2;
    size_t i;

    if (!(pos > 0) || !(neg > 0))
        return (struct area_under){NAN, NAN};
    for (i = SAID_FINE + 1; i-- > 0;) {
        sum += (double)said->other[i] * (above + 0.5 * (double)said->accepted[i]);
        above += (double)said->accepted[i];
    }
    a = sum / (pos * neg);
    q1 = a / (2 - a);
    q2 = 2 * a * a / (1 + a);
    return (struct area_under){
        a, sqrt(fmax(a * (1 - a) + (pos - 1) * (q1 - a * a) + (neg - 1) * (q2 - a * a), 0) /
                (pos * neg))};
}

static int put_curve(struct picture *picture, const char *name, const struct picture_said *said,
                     struct err *err)
{
    double pos = (double)said->n_accepted, neg = (double)said->n - pos, tp = 0, fp = 0;
    double row[3] = {0, 0, 1};
    size_t i;

    if (picture_block(picture, name, "false_positives true_positives threshold", err) != 0)
        return -1;
    if (!(pos > 0) || !(neg > 0)) {
        row[0] = row[1] = row[2] = NAN;
        return picture_row(picture, 3, row, err);
    }
    if (picture_row(picture, 3, row, err) != 0)
        return -1;
    for (i = SAID_FINE + 1; i-- > 0;) {
        if (said->accepted[i] + said->other[i] == 0)
            continue;
        tp += (double)said->accepted[i];
        fp += (double)said->other[i];
        row[0] = fp / neg;
        row[1] = tp / pos;
        row[2] = (double)i / SAID_FINE;
        if (picture_row(picture, 3, row, err) != 0)
            return -1;
    }
    return 0;
}

static int put_area(struct picture *picture, const char *name, const char *what,
                    const struct picture_said *said, struct err *err)
{
    struct area_under area = area_of(said);
    char words[256] = "";

    if (isfinite(area.value))
        snprintf(words, sizeof words, "%s (%llu): area %.3f ± %.3f", what,
                 (unsigned long long)said->n, area.value, fmax(area.error, 0.001));
    if (picture_note(picture, err,
                     "%s: %llu points, %llu accepted, area under the curve %.6g +- %.2g", what,
                     (unsigned long long)said->n, (unsigned long long)said->n_accepted, area.value,
                     area.error) != 0)
        return -1;
    return picture_words(picture, name, words, err);
}

static int no_axes(const struct picture *picture, const char *kind, struct err *err)
{
    if (!picture->options->x && !picture->options->y)
        return 0;
    return err_set(err, ERR_USAGE, "%s takes no --x and --y", kind);
}

int picture_roc(struct picture *picture, struct err *err)
{
    struct picture_asked asked;
    int rc = -1;

    TRY(no_axes(picture, "roc", err));
    TRY(picture_ask(picture, &asked, err));
    if (asked.all.n_accepted == 0 || asked.all.n_accepted == asked.all.n) {
        err_set(err, ERR_STORE,
                "of the %llu points that the learner was asked about %s accepted: "
                "there is no curve yet",
                (unsigned long long)asked.all.n, asked.all.n_accepted == 0 ? "none is" : "all are");
        goto out;
    }
    TRY(put_area(picture, "all_title", "all", &asked.all, err));
    TRY(put_area(picture, "uniform_title", "uniform", &asked.uniform, err));
    TRY(put_curve(picture, "all", &asked.all, err));
    TRY(put_curve(picture, "uniform", &asked.uniform, err));
    rc = 0;
out:
    return rc;
}

/* ---- calibration ---------------------------------------------------------------------------- */

static int put_bins(struct picture *picture, const char *name, const struct picture_said *said,
                    struct err *err)
{
    enum { FINE = SAID_FINE / SAID_BINS };
    size_t b, i;

    if (picture_block(picture, name, "said found low high points accepted bin_low bin_high", err) !=
        0)
        return -1;
    for (b = 0; b < SAID_BINS; b++) {
        size_t last = b + 1 < SAID_BINS ? (b + 1) * FINE : SAID_FINE + 1;
        uint64_t n = 0, k = 0;
        double sum = 0, row[8] = {NAN, NAN, NAN, NAN};

        for (i = b * FINE; i < last; i++) {
            n += said->accepted[i] + said->other[i];
            k += said->accepted[i];
            sum += said->sum[i];
        }
        if (n > 0) {
            row[0] = sum / (double)n;
            row[1] = (double)k / (double)n;
            picture_interval(k, n, 1, &row[2], &row[3]);
        }
        row[4] = (double)n;
        row[5] = (double)k;
        row[6] = (double)b / SAID_BINS;
        row[7] = (double)(b + 1) / SAID_BINS;
        if (picture_row(picture, 8, row, err) != 0)
            return -1;
    }
    return 0;
}

int picture_calibration(struct picture *picture, struct err *err)
{
    struct picture_asked asked;
    char title[96];
    int rc = -1;

    TRY(no_axes(picture, "calibration", err));
    TRY(picture_ask(picture, &asked, err));
    TRY(picture_note(picture, err,
                     "said: mean probability in the bin; found: share accepted, with "
                     "its 68 %% interval (Wilson)"));
    snprintf(title, sizeof title, "all asked about (%llu)", (unsigned long long)asked.all.n);
    TRY(picture_words(picture, "all_title", title, err));
    snprintf(title, sizeof title, "uniform ones (%llu)", (unsigned long long)asked.uniform.n);
    TRY(picture_words(picture, "uniform_title", asked.uniform.n > 0 ? title : "", err));
    TRY(put_bins(picture, "all", &asked.all, err));
    TRY(put_bins(picture, "uniform", &asked.uniform, err));
    rc = 0;
out:
    return rc;
}
