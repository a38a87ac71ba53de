/* plot-axis.c: what is along an axis: which value, its span, its bins and its tics.
 *
 * Tics stand at 1-2-5 numbers, as many as there is room for: gnuplot itself does not ask how long
 * its labels are, and puts a single number on a short logarithmic axis. */
#include "plot-private.h"

#include <stdio.h>
#include <string.h>

enum { MOST_LABELS = 7 };
enum { EXTRA_CHI2, EXTRA_P, N_EXTRA };
static const char *const extra[N_EXTRA] = {"chi2", "p"};

/* ---- which value ---------------------------------------------------------------------------- */

static bool is_free(const struct scan_param *param)
{
    return param->kind != PRIOR_FIXED && param->kind != PRIOR_DERIVED;
}

size_t picture_n_free(const struct picture *picture)
{
    size_t i, n = 0;

    for (i = 0; i < picture->scan->n_params; i++)
        n += is_free(&picture->scan->params[i]);
    return n;
}

size_t report_free_param(const struct scan *scan, size_t place)
{
    size_t i, n = 0;
    int pass;

    for (pass = 0; pass < 3; pass++)
        for (i = 0; i < scan->n_params; i++) {
            enum prior_kind kind = scan->params[i].kind;

            if (is_free(&scan->params[i]) &&
                (kind == PRIOR_NORMAL   ? 2
                 : kind == PRIOR_CHOICE ? 1
                                        : 0) == pass &&
                n++ == place)
                return i;
        }
    return SIZE_MAX;
}

static int no_such_name(struct picture *picture, const char *name, struct err *err)
{
    size_t i, n = picture->scan->n_values;
    const char **names = arena_array(picture->arena, n + N_EXTRA, sizeof *names), *nearest;

    if (!names)
        return mem_error(err);
    for (i = 0; i < n + N_EXTRA; i++)
        names[i] = i < n ? picture->scan->value_names[i] : extra[i - n];
    nearest = text_nearest(name, names, n + N_EXTRA);
    return err_set(err, ERR_USAGE, "scan %s has no parameter or observable \"%s\"%s%s%s",
                   picture->scan->name, name, nearest ? "; did you mean \"" : "",
                   nearest ? nearest : "", nearest ? "\"?" : "");
}

/* Where both ends are numbers. */
static void find_range(const struct scan_param *param, struct picture_axis *axis)
{
    double lo = NAN, hi = NAN;

    if ((param->kind == PRIOR_UNIFORM || param->kind == PRIOR_LOG ||
         param->kind == PRIOR_INTEGER) &&
        text_to_double(param->lo, &lo) == 0 && text_to_double(param->hi, &hi) == 0 && lo < hi) {
        axis->least = lo - 1e-9 * (hi - lo);
        axis->most = hi + 1e-9 * (hi - lo);
    }
}

int picture_axis_find(struct picture *picture, const char *name, size_t place,
                      enum plot_scale scale, struct picture_axis *axis, struct err *err)
{
    const struct scan *scan = picture->scan;
    size_t i;

    *axis = (struct picture_axis){
        .unit = "", .lo = NAN, .hi = NAN, .least = NAN, .most = NAN, .all_lo = NAN, .all_hi = NAN};
    axis->value = name ? scan_value_index(scan, name) : report_free_param(scan, place);
    if (axis->value == SIZE_MAX && !name)
        return err_set(err, ERR_USAGE,
                       "scan %s has no free parameter number %zu: name a value with --x and --y",
                       scan->name, place + 1);
    for (i = 0; i < N_EXTRA && axis->value == SIZE_MAX; i++)
        if (strcmp(name, extra[i]) == 0)
            axis->value = scan->n_values + i;
    if (axis->value == SIZE_MAX)
        return no_such_name(picture, name, err);
    if (axis->value < scan->n_values) {
        axis->name = scan->value_names[axis->value];
        axis->unit = scan->value_units[axis->value];
    } else
        axis->name = extra[axis->value - scan->n_values];
    axis->is_log = scale == SCALE_LOG;
    if (axis->value < scan->n_params) {
        enum prior_kind kind = scan->params[axis->value].kind;

        find_range(&scan->params[axis->value], axis);
        axis->is_log = scale == SCALE_LOG || (scale == SCALE_OF_PRIOR && kind == PRIOR_LOG);
        axis->is_integer = kind == PRIOR_INTEGER && !axis->is_log;
    }
    return 0;
}

int picture_axes_find(struct picture *picture, struct picture_axis axes[2], struct err *err)
{
    const struct plot_options *options = picture->options;

    if (picture_axis_find(picture, options->x, 0, options->x_scale, &axes[0], err) != 0 ||
        picture_axis_find(picture, options->y, 1, options->y_scale, &axes[1], err) != 0)
        return -1;
    if (axes[0].value != axes[1].value)
        return 0;
    if (!options->y)
        return picture_axis_find(picture, NULL, 0, options->y_scale, &axes[1], err);
    if (!options->x)
        return picture_axis_find(picture, NULL, 1, options->x_scale, &axes[0], err);
    return err_set(err, ERR_USAGE, "x and y are both %s: name two values with --x and --y",
                   axes[0].name);
}

double picture_axis_of(const struct picture_axis *axis, const struct picture *picture,
                       const struct point_row *point)
{
    size_t n = picture->scan->n_values;
    double value = axis->value < n                 ? point->row[axis->value]
                   : axis->value == n + EXTRA_CHI2 ? point->verdict.chi2
                                                   : (double)point->predicted;

    return axis->is_log && !(value > 0) ? (double)NAN : picture_axis_place(axis, value);
}

/* ---- span and bins -------------------------------------------------------------------------- */

void picture_axis_see(struct picture_axis *axis, double value)
{
    if (!isfinite(value))
        return;
    axis->all_lo = fmin(axis->all_lo, value);
    axis->all_hi = fmax(axis->all_hi, value);
    if (picture_axis_leaves_out(axis, value))
        return;
    axis->lo = fmin(axis->lo, value);
    axis->hi = fmax(axis->hi, value);
}

bool picture_axis_leaves_out(const struct picture_axis *axis, double value)
{
    return value < axis->least || value > axis->most;
}

/* Where there is nothing but what would be left out. */
static void take_all(struct picture_axis *axis)
{
    if (isfinite(axis->lo))
        return;
    axis->lo = axis->all_lo;
    axis->hi = axis->all_hi;
    axis->least = axis->most = NAN;
}

/* By a share of the span on each side; more where there is none. */
static void widen(struct picture_axis *axis, double share)
{
    double margin;

    if (axis->is_log) {
        margin = axis->hi > axis->lo ? pow(axis->hi / axis->lo, share) : 1.1;
        axis->lo /= margin;
        axis->hi *= margin;
        return;
    }
    margin = share * (axis->hi - axis->lo);
    if (!(margin > 5e-8 * share * fmax(fabs(axis->lo), fabs(axis->hi))))
        margin = axis->lo != 0 ? 0.05 * fabs(axis->lo) : 0.5;
    axis->lo -= margin;
    axis->hi += margin;
}

void picture_axis_widen(struct picture_axis *axis)
{
    take_all(axis);
    if (isfinite(axis->lo))
        widen(axis, 0.02);
}

/* To the ends of the range where the values reach them but for a small part of a bin. */
static void reach_range(struct picture_axis *axis, size_t n)
{
    const double part = 0.15;
    double width = (axis->hi - axis->lo) / (double)n;

    if (axis->is_log || !(width > 0))
        return;
    if (axis->lo - axis->least < part * width)
        axis->lo = axis->least;
    if (axis->most - axis->hi < part * width)
        axis->hi = axis->most;
}

/* From the lowest to the highest value and a hair beyond: the outermost bins are whole, and as full
 * as the others. */
void picture_axis_bins(struct picture_axis *axis, size_t n)
{
    double count;

    axis->n_bins = n;
    if (axis->places) {
        axis->n_bins = axis->n_places;
        axis->lo = -0.5;
        axis->hi = (double)axis->n_places - 0.5;
        return;
    }
    take_all(axis);
    if (!isfinite(axis->lo)) {
        axis->lo = axis->is_log ? 1 : 0;
        axis->hi = axis->is_log ? 10 : 1;
        return;
    }
    count = round(axis->hi) - round(axis->lo) + 1;
    if (axis->is_integer && count <= (double)(4 * n)) {
        axis->n_bins = (size_t)count;
        axis->lo = round(axis->lo) - 0.5;
        axis->hi = round(axis->hi) + 0.5;
        return;
    }
    reach_range(axis, n);
    widen(axis, 1e-6);
}

size_t picture_axis_bin(const struct picture_axis *axis, double value)
{
    double place;

    if (!isfinite(value))
        return SIZE_MAX;
    place = axis->is_log ? log(value / axis->lo) / log(axis->hi / axis->lo)
                         : (value - axis->lo) / (axis->hi - axis->lo);
    if (!(place >= 0 && place < 1))
        return SIZE_MAX;
    return (size_t)(place * (double)axis->n_bins);
}

static double at(const struct picture_axis *axis, double place)
{
    return axis->is_log ? axis->lo * pow(axis->hi / axis->lo, place)
                        : axis->lo + place * (axis->hi - axis->lo);
}

double picture_axis_edge(const struct picture_axis *axis, size_t i)
{
    return at(axis, (double)i / (double)axis->n_bins);
}

double picture_axis_middle(const struct picture_axis *axis, size_t i)
{
    return at(axis, ((double)i + 0.5) / (double)axis->n_bins);
}

/* ---- labels and tics ------------------------------------------------------------------------ */

/* Of ten, that the numbers along a linear axis are told in, so that they have few digits. */
static int power_of(const struct picture_axis *axis)
{
    double most = fmax(fabs(axis->lo), fabs(axis->hi));

    return !axis->is_log && isfinite(most) && (most >= 1e5 || most < 0.1) && most > 0
               ? (int)floor(log10(most))
               : 0;
}

int picture_axis_label(const struct picture_axis *axis, struct buf *out, struct err *err)
{
    int power = power_of(axis), rc = -1;

    TRY(picture_escape(out, axis->name, false, err));
    if (power != 0 || axis->unit[0])
        TRY(buf_puts(out, " [", err));
    if (power != 0)
        TRY(buf_printf(out, err, "10^{%d}%s", power, axis->unit[0] ? " " : ""));
    TRY(picture_escape(out, axis->unit, true, err));
    if (power != 0 || axis->unit[0])
        TRY(buf_puts(out, "]", err));
    rc = 0;
out:
    return rc;
}

/* "LABEL" VALUE, of a logarithmic axis as a power of ten where digits would be many. */
static int put_tic(const struct picture_axis *axis, struct buf *out, double value, struct err *err)
{
    const char *comma = out->len > 0 ? ", " : "";
    int power = value != 0 ? (int)floor(log10(fabs(value)) + 1e-9) : 0;
    double mantissa = value / pow(10, power);

    if (value == 0 || !axis->is_log || (power >= -3 && power < 5))
        return buf_printf(out, err, "%s\"%.6g\" %.10g", comma, value / pow(10, power_of(axis)),
                          value);
    if (fabs(fabs(mantissa) - 1) < 1e-9)
        return buf_printf(out, err, "%s\"%s10^{%d}\" %.10g", comma, mantissa < 0 ? "-" : "", power,
                          value);
    return buf_printf(out, err, "%s\"%.3g×10^{%d}\" %.10g", comma, mantissa, power, value);
}

/* Of ten, of which the exponent is a multiple of step. */
static int n_powers(double lo, double hi, int step)
{
    return (int)(floor(log10(hi) / step) - ceil(log10(lo) / step)) + 1;
}

static int put_log_tics(const struct picture_axis *axis, const struct picture_room *room,
                        struct buf *out, struct err *err)
{
    double decades = log10(axis->hi / axis->lo), edge = pow(axis->hi / axis->lo, room->clear);
    double most = (double)room->most;
    int first = (int)floor(log10(axis->lo)), last = (int)ceil(log10(axis->hi)), power, step, m;
    bool is_short = decades < 2 && most >= 3 * decades;
    bool is_alone = floor(log10(axis->hi / edge)) - ceil(log10(axis->lo * edge)) < 1;

    /* one label alone does not tell a scale */
    for (step = 1 + (int)(decades / most); step > 1; step--)
        if (n_powers(axis->lo * edge, axis->hi / edge, step) > 1)
            break;
    for (power = first; power <= last; power++)
        for (m = 1; m < 10; m++) {
            double value = m * pow(10, power);
            bool is_major = m == 1     ? power % step == 0
                            : is_short ? m == 2 || m == 5
                                       : is_alone && m == 3;

            if (value < axis->lo * edge || value > axis->hi / edge)
                continue;
            if (is_major && put_tic(axis, out, value, err) != 0)
                return -1;
            if (!is_major && decades < 8 &&
                buf_printf(out, err, "%s\"\" %.10g 1", out->len > 0 ? ", " : "", value) != 0)
                return -1;
        }
    return 0;
}

double picture_step(double span, size_t most)
{
    static const double mantissas[] = {1, 2, 5, 10};
    double rough = span / (double)most, unit = pow(10, floor(log10(rough)));
    size_t m;

    for (m = 0; m < 3 && mantissas[m] * unit < rough * (1 - 1e-9); m++)
        ;
    return mantissas[m] * unit;
}

/* Which tics there are, and which of them have labels: the multiples of step from first to last,
 * and of these every q-th. */
struct choice_of_tics {
    double step, first, last, q, r;
};

static bool is_labelled(const struct choice_of_tics *tics, double i)
{
    return fmod(i - tics->r, tics->q) == 0;
}

/* How many characters the labels take, with blanks between; how many there are. */
static double room_for(const struct picture_axis *axis, const struct choice_of_tics *tics,
                       size_t *n_labels)
{
    const double apart = 0.5;
    char label[TEXT_DOUBLE_SIZE];
    double i, sum = 0, widest = 0;

    *n_labels = 0;
    for (i = tics->first; i <= tics->last; i++)
        if (is_labelled(tics, i)) {
            double width =
                snprintf(label, sizeof label, "%.6g", i * tics->step / pow(10, power_of(axis)));

            sum += 1.5 + width;
            widest = fmax(widest, width);
            ++*n_labels;
        }
    if (*n_labels > 1) /* labels that stand on a part of the axis only: as if they went on */
        sum = fmax(sum, (widest + apart) * (axis->hi - axis->lo) / (tics->q * tics->step));
    return sum;
}

/* Two labels at least, for one alone does not tell a scale: of fewer tics if need be, then of finer
 * steps.  false: there is no room for two. */
static bool choose_tics(const struct picture_axis *axis, const struct picture_room *room,
                        struct choice_of_tics *tics)
{
    double span = axis->hi - axis->lo, edge = axis->is_log ? 0 : room->clear * span;
    size_t finer, n;

    for (finer = 1; finer <= 4; finer *= 2) {
        tics->step = picture_step(span * (1 - 1e-5), room->most * finer);
        tics->first = ceil((axis->lo + edge) / tics->step);
        tics->last = floor((axis->hi - edge) / tics->step);
        for (tics->q = 1; tics->q <= 5; tics->q++)
            for (tics->r = 0; tics->r < tics->q; tics->r++) {
                double width = room_for(axis, tics, &n);

                if (n >= 2 && (room->characters <= 0 || width <= room->characters))
                    return true;
            }
    }
    return false;
}

static int put_linear_tics(const struct picture_axis *axis, const struct picture_room *room,
                           struct buf *out, struct err *err)
{
    struct picture_room wide = *room;
    struct choice_of_tics tics;
    double i;

    wide.characters = 0;
    if (!choose_tics(axis, room, &tics))
        (void)choose_tics(axis, &wide, &tics);
    for (i = tics.first; i <= tics.last; i++) {
        if (is_labelled(&tics, i)) {
            if (put_tic(axis, out, i == 0 ? 0 : i * tics.step, err) != 0)
                return -1;
        } else if (buf_printf(out, err, "%s\"\" %.10g 1", out->len > 0 ? ", " : "",
                              i * tics.step) != 0)
            return -1;
    }
    return 0;
}

static bool is_in_decades(const struct picture_axis *axis)
{
    return axis->is_log && axis->hi > 6 * axis->lo;
}

bool picture_axis_fits(const struct picture_axis *axis, const struct picture_room *room)
{
    struct choice_of_tics tics;

    if (axis->places)
        return picture_places_fit(axis, room);
    return is_in_decades(axis) || !(axis->hi > axis->lo) || choose_tics(axis, room, &tics);
}

int picture_axis_tics(const struct picture_axis *axis, const struct picture_room *room,
                      struct buf *out, struct err *err)
{
    if (!(axis->hi > axis->lo) || room->most == 0)
        return 0;
    if (axis->places)
        return picture_places_tics(axis, room, out, err);
    return is_in_decades(axis) ? put_log_tics(axis, room, out, err)
                               : put_linear_tics(axis, room, out, err);
}

/* ---- what a logarithm leaves out ------------------------------------------------------------ */

struct below { /* points with a value, and those of them that a logarithm has no place for */
    const struct picture *picture;
    struct picture_axis axis;
    uint64_t n, n_below;
};

static int see_below(void *context, const struct point_row *point, struct err *err)
{
    struct below *below = context;
    double value = picture_axis_of(&below->axis, below->picture, point);

    (void)err;
    below->n += isfinite(value) ? 1 : 0;
    below->n_below += value <= 0;
    return 0;
}

/* Nobody else counts them: to all kinds they are points without that value. */
static int say_below(struct picture *picture, const struct picture_axis *axis, struct err *err)
{
    struct below below = {.picture = picture, .axis = *axis};
    struct picture_reader reader = {.state = -1, .see = see_below, .context = &below};
    size_t used = strlen(picture->words);

    if (axis->value < picture->scan->n_params &&
        picture->scan->params[axis->value].kind == PRIOR_LOG)
        return 0;
    below.axis.is_log = false;
    reader.wanted = picture_wants(picture, 1, axis);
    if (!reader.wanted)
        return mem_error(err);
    if (picture_read(picture, &reader, err) != 0)
        return -1;
    if (below.n_below == 0)
        return 0;
    snprintf(
        picture->words + used, sizeof picture->words - used,
        "%s%llu of %llu points have no place on a logarithmic axis and are left out: %s is not "
        "above 0",
        used > 0 ? "\n" : "", (unsigned long long)below.n_below, (unsigned long long)below.n,
        axis->name);
    return picture_note(picture, err, "%s", picture->words + used + (used > 0));
}

int picture_axis_put(struct picture *picture, const char *prefix, const struct picture_axis *axis,
                     struct err *err)
{
    const struct picture_room room = {.most = MOST_LABELS, .characters = axis->places ? 50 : 0};
    char name[64];
    struct buf words, tics;
    int rc = -1;

    buf_init(&words, 1 << 16);
    buf_init(&tics, 1 << 16);
    if (axis->is_log)
        TRY(say_below(picture, axis, err));
    TRY(picture_axis_label(axis, &words, err));
    snprintf(name, sizeof name, "%s_label", prefix);
    TRY(picture_words(picture, name, words.data, err));
    snprintf(name, sizeof name, "%s_is_log", prefix);
    TRY(picture_number(picture, name, axis->is_log, err));
    snprintf(name, sizeof name, "%s_lo", prefix);
    TRY(picture_number(picture, name, axis->lo, err));
    snprintf(name, sizeof name, "%s_hi", prefix);
    TRY(picture_number(picture, name, axis->hi, err));
    buf_clear(&words);
    if (axis->is_log || axis->places || power_of(axis) != 0) {
        TRY(buf_puts(&words, "(", err));
        TRY(picture_axis_tics(axis, &room, &tics, err));
        TRY(buf_append(&words, tics.data ? tics.data : "", tics.len, err));
        TRY(buf_puts(&words, ")", err));
    } else
        TRY(buf_printf(&words, err, "%.10g", picture_step(axis->hi - axis->lo, MOST_LABELS)));
    snprintf(name, sizeof name, "%s_tics", prefix);
    TRY(picture_words(picture, name, words.len > 0 ? words.data : "", err));
    rc = 0;
out:
    buf_free(&words);
    buf_free(&tics);
    return rc;
}
