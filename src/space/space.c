/* space.c: the map between the unit cube and physical values.
 *
 * Each free parameter is one axis, drawn through the inverse of its prior's distribution function,
 * so that uniform points of the cube are draws from the prior.  Bounds may depend on parameters
 * above, which have their values by then; the density is that of the last conditional given those
 * above, and the product of all is the prior's.  The normal prior uses the inverse error function
 * of GSL (gsl_cdf_ugaussian_Pinv, Wichura's AS 241, Appl. Stat. 37, 477, 1988).
 *
 * A point of the closed cube's faces is moved inside, so that no value is infinite. */
#include "theodolite/space.h"

#include <float.h>
#include <gsl/gsl_cdf.h>
#include <gsl/gsl_randist.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

struct axis {
    enum prior_kind kind;
    struct expr *lo, *hi; /* uniform, log, integer; lo alone for derived */
    bool is_constant;     /* both bounds are numbers: */
    double lo_value, hi_value;
    double mean, sigma, value;
    double *choices;
    size_t n_choices;
};

struct space {
    struct axis *axes; /* one per parameter */
    size_t n_params;
    size_t *values; /* of each dimension: its parameter */
    char **names;
    size_t n_dims;
};

/* ---- making --------------------------------------------------------------------------------- */

static struct expr *bound(const struct scan *scan, size_t i, const char *text, struct err *err)
{
    struct expr *expr = expr_create(text, scan->value_names, i, NULL, err);
    if (expr == NULL)
        err_while(err, "reading the parameter %s", scan->params[i].name);
    return expr;
}

static bool is_number(const struct expr *expr)
{
    size_t n;
    expr_uses(expr, &n);
    return n == 0;
}

static int make_axis(const struct scan *scan, size_t i, struct axis *axis, struct err *err)
{
    const struct scan_param *param = &scan->params[i];
    *axis = (struct axis){.kind = param->kind,
                          .mean = param->mean,
                          .sigma = param->sigma,
                          .value = param->value,
                          .n_choices = param->n_choices};
    switch (param->kind) {
    case PRIOR_UNIFORM:
    case PRIOR_LOG:
    case PRIOR_INTEGER:
        axis->lo = bound(scan, i, param->lo, err);
        axis->hi = axis->lo != NULL ? bound(scan, i, param->hi, err) : NULL;
        if (axis->hi == NULL)
            return -1;
        axis->is_constant = is_number(axis->lo) && is_number(axis->hi);
        if (axis->is_constant) {
            axis->lo_value = expr_eval(axis->lo, NULL);
            axis->hi_value = expr_eval(axis->hi, NULL);
        }
        return 0;
    case PRIOR_DERIVED:
        axis->lo = bound(scan, i, param->text, err);
        return axis->lo != NULL ? 0 : -1;
    case PRIOR_CHOICE:
        axis->choices = mem_memdup(param->choices, param->n_choices * sizeof *param->choices);
        return axis->choices != NULL ? 0 : mem_error(err);
    default: return 0;
    }
}

struct space *space_create(const struct scan *scan, struct err *err)
{
    struct space *space = mem_new(struct space);
    if (space == NULL)
        goto no_memory;
    space->n_params = scan->n_params;
    space->axes = mem_array(scan->n_params, sizeof *space->axes);
    space->values = mem_array(scan->n_params, sizeof *space->values);
    space->names = mem_array(scan->n_params, sizeof *space->names);
    if (space->axes == NULL || space->values == NULL || space->names == NULL)
        goto no_memory;
    for (size_t i = 0; i < scan->n_params; i++) {
        if (make_axis(scan, i, &space->axes[i], err) != 0)
            goto fail;
        if (scan->params[i].kind == PRIOR_FIXED || scan->params[i].kind == PRIOR_DERIVED)
            continue;
        space->values[space->n_dims] = i;
        space->names[space->n_dims] = mem_strdup(scan->params[i].name);
        if (space->names[space->n_dims++] == NULL)
            goto no_memory;
    }
    return space;
no_memory:
    mem_error(err);
fail:
    space_free(space);
    return NULL;
}

void space_free(struct space *space)
{
    if (space == NULL)
        return;
    for (size_t i = 0; i < space->n_params && space->axes != NULL; i++) {
        expr_free(space->axes[i].lo);
        expr_free(space->axes[i].hi);
        mem_free(space->axes[i].choices);
    }
    for (size_t i = 0; i < space->n_dims; i++)
        mem_free(space->names[i]);
    mem_free(space->axes);
    mem_free(space->values);
    mem_free(space->names);
    mem_free(space);
}

size_t space_n_dims(const struct space *space)
{
    return space->n_dims;
}

size_t space_value(const struct space *space, size_t dim)
{
    return space->values[dim];
}

const char *space_name(const struct space *space, size_t dim)
{
    return space->names[dim];
}

static double n_integers(double lo, double hi)
{
    return floor(hi) - ceil(lo) + 1;
}

size_t space_n_cells(const struct space *space, size_t dim)
{
    const struct axis *axis = &space->axes[space->values[dim]];
    if (axis->kind == PRIOR_CHOICE)
        return axis->n_choices;
    if (axis->kind != PRIOR_INTEGER || !axis->is_constant)
        return 0;
    double n = n_integers(axis->lo_value, axis->hi_value);
    return n >= 1 && n < 1e15 ? (size_t)n : 0;
}

/* ---- to physical values --------------------------------------------------------------------- */

static double inside(double u)
{
    if (!(u > 0))
        return 0x1p-54;
    return u < 1 ? u : 1 - 0x1p-53;
}

/* The interval at this row; false when it is empty or not finite. */
static bool interval(struct axis *axis, const double *row, double *lo, double *hi)
{
    *lo = axis->is_constant ? axis->lo_value : expr_eval(axis->lo, row);
    *hi = axis->is_constant ? axis->hi_value : expr_eval(axis->hi, row);
    if (!isfinite(*lo) || !isfinite(*hi))
        return false;
    if (axis->kind == PRIOR_INTEGER)
        return n_integers(*lo, *hi) >= 1;
    return *lo < *hi && (axis->kind != PRIOR_LOG || *lo > 0);
}

static double within(double x, double lo, double hi)
{
    return x < lo ? lo : x > hi ? hi : x;
}

static bool draw_from_interval(struct axis *axis, double u, const double *row, double *x)
{
    double lo, hi;
    if (!interval(axis, row, &lo, &hi))
        return false;
    if (axis->kind == PRIOR_INTEGER)
        *x = ceil(lo) + fmin(floor(u * n_integers(lo, hi)), n_integers(lo, hi) - 1);
    else if (axis->kind == PRIOR_LOG)
        *x = within(exp(log(lo) + u * (log(hi) - log(lo))), lo, hi);
    else
        *x = within(lo * (1 - u) + hi * u, lo, hi);
    return isfinite(*x);
}

/* Fixed and derived values. */
static bool fill_dependent(struct axis *axis, const double *row, double *x)
{
    *x = axis->kind == PRIOR_FIXED ? axis->value : expr_eval(axis->lo, row);
    return isfinite(*x);
}

bool space_to_physical(struct space *space, const double *unit, double *row)
{
    bool is_good = true;
    size_t dim = 0;
    for (size_t i = 0; i < space->n_params; i++) {
        struct axis *axis = &space->axes[i];
        bool has_value = true;
        double u = 0;
        if (axis->kind != PRIOR_FIXED && axis->kind != PRIOR_DERIVED)
            u = inside(unit[dim++]);
        switch (axis->kind) {
        case PRIOR_NORMAL: row[i] = axis->mean + axis->sigma * gsl_cdf_ugaussian_Pinv(u); break;
        case PRIOR_CHOICE: row[i] = axis->choices[(size_t)(u * (double)axis->n_choices)]; break;
        case PRIOR_FIXED:
        case PRIOR_DERIVED: has_value = fill_dependent(axis, row, &row[i]); break;
        default: has_value = draw_from_interval(axis, u, row, &row[i]); break;
        }
        if (!has_value) {
            row[i] = NAN;
            is_good = false;
        }
    }
    return is_good;
}

void space_to_physical_block(struct space *space, size_t n, const double *units, double *rows,
                             size_t row_stride, bool *ok)
{
    for (size_t i = 0; i < n; i++) {
        bool is_good = space_to_physical(space, units + i * space->n_dims, rows + i * row_stride);
        if (ok != NULL)
            ok[i] = is_good;
    }
}

/* ---- and back ------------------------------------------------------------------------------- */

/* u of x, and the density at x given the parameters above; false outside of the prior. */
static bool invert_interval(struct axis *axis, const double *row, double x, double *u,
                            double *density)
{
    double lo, hi;
    if (!interval(axis, row, &lo, &hi) || x < lo || x > hi)
        return false;
    if (axis->kind == PRIOR_INTEGER) {
        double n = n_integers(lo, hi);
        *u = (x - ceil(lo) + 0.5) / n;
        *density = 1 / n;
        return x == floor(x);
    }
    if (axis->kind == PRIOR_LOG) {
        double span = log(hi) - log(lo);
        *u = (log(x) - log(lo)) / span;
        *density = 1 / (x * span);
        return true;
    }
    *u = hi - lo < DBL_MAX ? (x - lo) / (hi - lo) : (x / 2 - lo / 2) / (hi / 2 - lo / 2);
    *density = 1 / (hi - lo);
    return true;
}

static bool invert_choice(const struct axis *axis, double x, double *u, double *density)
{
    double n = (double)axis->n_choices;
    for (size_t k = 0; k < axis->n_choices; k++)
        if (fabs(axis->choices[k] - x) <= 1e-12 * fabs(x)) {
            *u = ((double)k + 0.5) / n;
            *density = 1 / n;
            return true;
        }
    return false;
}

static bool invert(struct axis *axis, const double *row, double x, double *u, double *density)
{
    if (!isfinite(x))
        return false;
    switch (axis->kind) {
    case PRIOR_NORMAL:
        *u = gsl_cdf_ugaussian_P((x - axis->mean) / axis->sigma);
        *density = gsl_ran_gaussian_pdf(x - axis->mean, axis->sigma);
        return true;
    case PRIOR_CHOICE: return invert_choice(axis, x, u, density);
    default: return invert_interval(axis, row, x, u, density);
    }
}

/* Of a value that is not there: from those above it, so that it is the same each time. */
static double anywhere(const double *row, size_t i)
{
    uint64_t seed = 0, bits;
    for (size_t k = 0; k < i; k++) {
        double x = isnan(row[k]) ? 0.0 : row[k] + 0.0; /* no -0, and one kind of NaN */
        memcpy(&bits, &x, sizeof bits);
        seed = (seed ^ bits) * UINT64_C(1099511628211); /* FNV */
    }
    struct rng rng = rng_stream(seed, RNG_EXPLORE, i);
    return rng_uniform(&rng);
}

bool space_to_unit(struct space *space, double *row, double *unit)
{
    bool is_good = true;
    size_t dim = 0;
    for (size_t i = 0; i < space->n_params; i++) {
        struct axis *axis = &space->axes[i];
        double u, density;
        if (axis->kind == PRIOR_FIXED || axis->kind == PRIOR_DERIVED) {
            is_good = fill_dependent(axis, row, &row[i]) && is_good;
            continue;
        }
        if (invert(axis, row, row[i], &u, &density)) {
            unit[dim++] = inside(u);
            continue;
        }
        is_good = false;
        unit[dim++] = isnan(row[i]) ? inside(anywhere(row, i)) : (double)NAN;
    }
    return is_good;
}

static void choices_words(const struct axis *axis, char *range, size_t size)
{
    char number[TEXT_DOUBLE_SIZE];
    size_t n = (size_t)snprintf(range, size, "one of ");
    for (size_t k = 0; k < axis->n_choices && n < size; k++)
        n += (size_t)snprintf(range + n, size - n, "%s%s", k > 0 ? ", " : "",
                              text_shortest(number, axis->choices[k]));
}

bool space_is_outside(struct space *space, const double *row, size_t dim, char *range, size_t size)
{
    struct axis *axis = &space->axes[space->values[dim]];
    char from[TEXT_DOUBLE_SIZE], to[TEXT_DOUBLE_SIZE];
    double u, density, lo, hi;
    if (axis->kind == PRIOR_CHOICE)
        choices_words(axis, range, size);
    else if (axis->kind == PRIOR_NORMAL)
        snprintf(range, size, "all finite numbers");
    else if (!interval(axis, row, &lo, &hi))
        snprintf(range, size, "empty there");
    else
        snprintf(range, size, "%s%s .. %s", axis->kind == PRIOR_INTEGER ? "the integers " : "",
                 text_shortest(from, lo), text_shortest(to, hi));
    return !invert(axis, row, row[space->values[dim]], &u, &density);
}

/* How far x may be off after the map to the unit cube and back. */
static double map_error(const struct axis *axis, double lo, double hi, double x)
{
    const double eps = 4 * DBL_EPSILON;
    if (axis->kind == PRIOR_UNIFORM)
        return eps * fmax(fabs(lo), fabs(hi));
    if (axis->kind == PRIOR_LOG)
        return eps * x * (1 + fmax(fabs(log(lo)), fabs(log(hi))));
    double z = fmin(fabs(x - axis->mean) / axis->sigma, 5);
    return eps * (fabs(axis->mean) + axis->sigma * (1 + z + 1 / gsl_ran_gaussian_pdf(z, 1)));
}

/* The shortest number within `error` of x, at least to 15 digits. */
static double shortest_near(double x, double error)
{
    char text[40];
    double y;
    if (fabs(x) <= error)
        return 0;
    for (int digits = 1; digits <= 15; digits++) {
        snprintf(text, sizeof text, "%.*e", digits - 1, x);
        if (text_to_double(text, &y) == 0 && fabs(y - x) <= error)
            return y;
    }
    return text_to_double(text, &y) == 0 && fabs(y - x) <= 1e-13 * fabs(x) ? y : x;
}

void space_snap(struct space *space, double *row)
{
    for (size_t i = 0; i < space->n_params; i++) {
        struct axis *axis = &space->axes[i];
        double lo = -INFINITY, hi = INFINITY;
        if (axis->kind == PRIOR_FIXED || axis->kind == PRIOR_DERIVED) {
            if (!fill_dependent(axis, row, &row[i]))
                row[i] = NAN;
            continue;
        }
        bool is_continuous =
            axis->kind == PRIOR_UNIFORM || axis->kind == PRIOR_LOG || axis->kind == PRIOR_NORMAL;
        if (!is_continuous || !isfinite(row[i]) ||
            (axis->kind != PRIOR_NORMAL && !interval(axis, row, &lo, &hi)))
            continue;
        double y = shortest_near(row[i], map_error(axis, lo, hi, row[i]));
        row[i] = within(y, lo, hi);
    }
}

double space_prior_density(struct space *space, const double *row)
{
    double product = 1, density = 0, u;
    for (size_t i = 0; i < space->n_params; i++) {
        struct axis *axis = &space->axes[i];
        if (axis->kind == PRIOR_FIXED || axis->kind == PRIOR_DERIVED)
            continue;
        if (!invert(axis, row, row[i], &u, &density))
            return 0;
        product *= density;
    }
    return product;
}
