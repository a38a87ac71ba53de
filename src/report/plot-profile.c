/* plot-profile.c: the profile likelihood of one value or two.
 *
 * -2 Delta ln L = chi2 - chi2_min, the smallest of each bin over all points that take part (see
 * plot-numbers.c).  Its lines: 1 and 3.84 for one value, 2.30 and 5.99 for two are the quantiles
 * of chi2 with as many degrees of freedom that hold 68.3 and 95 % (Wilks, Ann. Math. Stat. 9
 * (1938) 60).  A bin without points is unknown; a profile is never better than the points that
 * were found, so it is an upper bound where they are few. */
#include "plot-heat.h"

#include <stdio.h>

enum { BINS_1D = 40, LEAST_BINS = 12, MOST_BINS = 40 };
/* Points above this are not worth an axis' room. */
static const double shown = 12, lost = 25;

struct profile {
    struct picture *picture;
    struct picture_likelihood likelihood;
    struct picture_axis axes[2];
    size_t n_axes;
    double chi2_min, best[2];
    uint64_t best_id, n_points;
    uint64_t n_seen;
    double *least; /* of each bin: chi2; NaN: no point */
    uint32_t *counts;
};

/* false: takes no part. */
static bool place(struct profile *profile, const struct point_row *point, double *chi2,
                  double values[2])
{
    size_t i;

    *chi2 = picture_likelihood_chi2(&profile->likelihood, point);
    for (i = 0; i < profile->n_axes; i++) {
        values[i] = picture_axis_of(&profile->axes[i], profile->picture, point);
        if (!isfinite(values[i]))
            return false;
    }
    return isfinite(*chi2);
}

static int see_best(void *context, const struct point_row *point, struct err *err)
{
    struct profile *profile = context;
    double chi2, values[2] = {0, 0};

    (void)err;
    if (!place(profile, point, &chi2, values))
        return 0;
    profile->n_points++;
    if (!(profile->chi2_min <= chi2)) {
        profile->chi2_min = chi2;
        profile->best[0] = values[0];
        profile->best[1] = values[1];
        profile->best_id = point->id;
    }
    return 0;
}

static int see_span(void *context, const struct point_row *point, struct err *err)
{
    struct profile *profile = context;
    double chi2, values[2];
    size_t i;

    (void)err;
    if (!place(profile, point, &chi2, values) || chi2 - profile->chi2_min > shown)
        return 0;
    profile->n_seen++;
    for (i = 0; i < profile->n_axes; i++)
        picture_axis_see(&profile->axes[i], values[i]);
    return 0;
}

static int see_bin(void *context, const struct point_row *point, struct err *err)
{
    struct profile *profile = context;
    double chi2, values[2];
    size_t bin[2] = {0, 0}, i;

    (void)err;
    if (!place(profile, point, &chi2, values))
        return 0;
    for (i = 0; i < profile->n_axes; i++) {
        bin[i] = picture_axis_bin(&profile->axes[i], values[i]);
        if (bin[i] == SIZE_MAX)
            return 0;
    }
    i = bin[1] * profile->axes[0].n_bins + bin[0];
    profile->least[i] = fmin(profile->least[i], chi2);
    profile->counts[i]++;
    return 0;
}

static int read_points(struct profile *profile, struct err *err)
{
    struct picture *picture = profile->picture;
    struct picture_reader reader = {.state = -1, .see = see_best, .context = profile};
    size_t i, n = 1, bins;

    reader.wanted = picture_wants(picture, profile->n_axes, profile->axes);
    if (!reader.wanted)
        return mem_error(err);
    picture_likelihood_wants(&profile->likelihood, reader.wanted);
    if (picture_read(picture, &reader, err) != 0)
        return -1;
    if (profile->n_points == 0)
        return err_set(err, ERR_STORE, "no point has a chi2 and %s%s%s: nothing to draw",
                       profile->axes[0].name, profile->n_axes > 1 ? " and " : "",
                       profile->n_axes > 1 ? profile->axes[1].name : "");
    reader.see = see_span;
    if (picture_read(picture, &reader, err) != 0)
        return -1;
    bins = profile->n_axes == 1 ? BINS_1D : (size_t)sqrt((double)profile->n_seen / 10);
    bins = bins < LEAST_BINS ? LEAST_BINS : bins > MOST_BINS ? MOST_BINS : bins;
    for (i = 0; i < profile->n_axes; i++) {
        picture_axis_bins(&profile->axes[i], bins);
        n *= profile->axes[i].n_bins;
    }
    profile->least = arena_array(picture->arena, n, sizeof *profile->least);
    profile->counts = arena_array(picture->arena, n, sizeof *profile->counts);
    if (!profile->least || !profile->counts)
        return mem_error(err);
    for (i = 0; i < n; i++)
        profile->least[i] = NAN;
    reader.see = see_bin;
    return picture_read(picture, &reader, err);
}

static int put_best(struct profile *profile, struct err *err)
{
    struct picture *picture = profile->picture;
    double row[4] = {profile->best[0], profile->best[1], profile->chi2_min,
                     (double)profile->best_id};
    int rc = -1;

    TRY(picture_note(picture, err, "%llu points take part: %s%s%s",
                     (unsigned long long)profile->n_points, profile->likelihood.points,
                     picture->options->chi2 ? ", chi2 = " : "",
                     picture->options->chi2 ? picture->options->chi2 : ""));
    TRY(picture_note(picture, err, "smallest chi2 %.9g at point %llu", profile->chi2_min,
                     (unsigned long long)profile->best_id));
    TRY(picture_block(picture, "best", "x y chi2 id", err));
    TRY(picture_row(picture, 4, row, err));
    TRY(picture_number(picture, "chi2_min", profile->chi2_min, err));
    TRY(picture_number(picture, "best_x", profile->best[0], err));
    if (profile->n_axes > 1)
        TRY(picture_number(picture, "best_y", profile->best[1], err));
    rc = 0;
out:
    return rc;
}

/* ---- one value ------------------------------------------------------------------------------ */

static int put_profile(struct profile *profile, struct err *err)
{
    const struct picture_axis *x = &profile->axes[0];
    size_t i;

    if (picture_block(profile->picture, "profile", "x x_low x_high delta points", err) != 0)
        return -1;
    for (i = 0; i < x->n_bins; i++) {
        double row[5] = {picture_axis_middle(x, i), picture_axis_edge(x, i),
                         picture_axis_edge(x, i + 1), profile->least[i] - profile->chi2_min,
                         profile->counts[i]};

        if (picture_row(profile->picture, 5, row, err) != 0)
            return -1;
    }
    return 0;
}

int picture_profile(struct picture *picture, struct err *err)
{
    const struct plot_options *options = picture->options;
    struct profile profile = {.picture = picture, .n_axes = 1, .chi2_min = NAN};
    int rc = -1;

    if (options->y)
        return err_set(err, ERR_USAGE, "profile is of one value, --x; for two there is profile2d");
    TRY(picture_axis_find(picture, options->x, 0, options->x_scale, &profile.axes[0], err));
    TRY(picture_likelihood_open(picture, &profile.likelihood, err));
    TRY(read_points(&profile, err));
    TRY(picture_axis_put(picture, "x", &profile.axes[0], err));
    TRY(put_best(&profile, err));
    TRY(put_profile(&profile, err));
    snprintf(picture->tag, sizeof picture->tag, "-%.60s", profile.axes[0].name);
    rc = 0;
out:
    picture_likelihood_close(&profile.likelihood);
    return rc;
}

/* ---- two values ----------------------------------------------------------------------------- */

/* Of bin i - 1; one bin more on each side. */
static double middle(const struct picture_axis *axis, size_t i)
{
    double first = picture_axis_middle(axis, 0), second = picture_axis_middle(axis, 1);

    if (i > 0)
        return picture_axis_middle(axis, i - 1);
    return axis->is_log ? first * first / second : 2 * first - second;
}

/* For contours a bin without points counts as excluded: nothing was found there. */
static int put_plane(struct profile *profile, struct err *err)
{
    const struct picture_axis *x = &profile->axes[0], *y = &profile->axes[1];
    size_t i, k;

    if (picture_block(profile->picture, "plane", HEAT_COLUMNS " (delta) points", err) != 0)
        return -1;
    for (i = 0; i < y->n_bins; i++)
        for (k = 0; k < x->n_bins; k++) {
            size_t bin = i * x->n_bins + k;
            double row[HEAT_ROW + 1];

            if (profile->counts[bin] == 0)
                continue;
            picture_heat_place(x, y, k, i, row);
            row[HEAT_ROW - 1] = profile->least[bin] - profile->chi2_min;
            row[HEAT_ROW] = profile->counts[bin];
            if (picture_row(profile->picture, HEAT_ROW + 1, row, err) != 0)
                return -1;
        }
    if (picture_block(profile->picture, "grid",
                      "x y delta (for the contours: bins without points, and all around, as 25)",
                      err) != 0)
        return -1;
    for (i = 0; i < y->n_bins + 2; i++) {
        for (k = 0; k < x->n_bins + 2; k++) {
            bool is_inside = i > 0 && k > 0 && i <= y->n_bins && k <= x->n_bins;
            size_t bin = is_inside ? (i - 1) * x->n_bins + k - 1 : 0;
            double row[3] = {middle(x, k), middle(y, i), lost};

            if (is_inside && profile->counts[bin] > 0)
                row[2] = fmin(profile->least[bin] - profile->chi2_min, lost);
            if (picture_row(profile->picture, 3, row, err) != 0)
                return -1;
        }
        if (buf_puts(&profile->picture->data, "\n", err) != 0)
            return -1;
    }
    return 0;
}

int picture_profile2d(struct picture *picture, struct err *err)
{
    struct profile profile = {.picture = picture, .n_axes = 2, .chi2_min = NAN};
    int rc = -1;

    TRY(picture_axes_find(picture, profile.axes, err));
    TRY(picture_likelihood_open(picture, &profile.likelihood, err));
    TRY(read_points(&profile, err));
    TRY(picture_axis_put(picture, "x", &profile.axes[0], err));
    TRY(picture_axis_put(picture, "y", &profile.axes[1], err));
    TRY(put_best(&profile, err));
    TRY(put_plane(&profile, err));
    snprintf(picture->tag, sizeof picture->tag, "-%.60s-%.60s", profile.axes[0].name,
             profile.axes[1].name);
    rc = 0;
out:
    picture_likelihood_close(&profile.likelihood);
    return rc;
}
