/* height.c: the integrand of a scan on the unit cube.
 *
 * A point of the cube stands for a place of the parameters' space.  The mean over the cube is the
 * mean under the prior; divided by the prior's density at each place it is the integral over the
 * volume (with a sum over choices and integers).  Where that density is the same everywhere it is
 * left out and told as a scale, so that heights are those of the integrand itself.
 *
 * Constraints cut the region: where the target does not hold the value is 0. */
#include "theodolite/judge.h"
#include "theodolite/space.h"

#include <math.h>
#include <stdio.h>

enum { BLOCK = 256 };

struct height {
    size_t n_values, n_params;
    struct expr *integrand;
    struct judge *judge; /* NULL: no constraints */
    struct space *space; /* NULL: the volume element is not asked for, or a constant */
    double scale;
    struct verdict verdicts[BLOCK];
};

/* Do the bounds of all parameters hold everywhere? */
static int is_constant(const struct scan *scan, bool *is_same, struct err *err)
{
    *is_same = true;
    for (size_t i = 0; i < scan->n_params; i++) {
        const struct scan_param *param = &scan->params[i];
        const char *const texts[] = {param->lo, param->hi};
        if (param->kind == PRIOR_LOG || param->kind == PRIOR_NORMAL)
            *is_same = false;
        if (param->kind != PRIOR_UNIFORM && param->kind != PRIOR_INTEGER)
            continue;
        for (int k = 0; k < 2; k++) {
            struct expr *bound = expr_create(texts[k], scan->value_names, i, NULL, err);
            size_t n = 0;
            if (bound == NULL)
                return -1;
            expr_uses(bound, &n);
            *is_same &= n == 0;
            expr_free(bound);
        }
    }
    return 0;
}

/* The volume of a space whose prior is flat: one over its density in the middle. */
static int flat_volume(const struct scan *scan, struct space *space, double *volume,
                       struct err *err)
{
    size_t n_dims = space_n_dims(space);
    double *row = mem_array(scan->n_values, sizeof *row);
    double *unit = mem_array(n_dims + 1, sizeof *unit);
    int rc = -1;
    if (row == NULL || unit == NULL) {
        mem_error(err);
        goto out;
    }
    for (size_t i = 0; i < n_dims; i++)
        unit[i] = 0.5;
    (void)space_to_physical(space, unit, row);
    *volume = 1 / space_prior_density(space, row);
    rc = 0;
out:
    mem_free(row);
    mem_free(unit);
    return rc;
}

static int set_measure(struct height *height, const struct scan *scan, struct err *err)
{
    bool is_same;
    height->scale = 1;
    if (scan->integrate.measure == MEASURE_PRIOR)
        return 0;
    if ((height->space = space_create(scan, err)) == NULL || is_constant(scan, &is_same, err) != 0)
        return -1;
    if (!is_same)
        return 0;
    if (flat_volume(scan, height->space, &height->scale, err) != 0)
        return -1;
    space_free(height->space);
    height->space = NULL;
    return 0;
}

struct height *height_create(const struct scan *scan, struct err *err)
{
    struct height *height = mem_new(struct height);
    if (height == NULL) {
        mem_error(err);
        return NULL;
    }
    height->n_values = scan->n_values;
    height->n_params = scan->n_params;
    height->integrand = expr_create(scan->integrand, scan->value_names, scan->n_values, NULL, err);
    if (height->integrand == NULL || set_measure(height, scan, err) != 0)
        goto fail;
    if (scan->n_constraints > 0 && (height->judge = judge_create(scan, NULL, 0, NULL, err)) == NULL)
        goto fail;
    return height;
fail:
    height_free(height);
    return NULL;
}

void height_free(struct height *height)
{
    if (height == NULL)
        return;
    expr_free(height->integrand);
    judge_free(height->judge);
    space_free(height->space);
    mem_free(height);
}

double height_scale(const struct height *height)
{
    return height->scale;
}

void height_needs(const struct height *height, bool *needed)
{
    size_t n;
    const size_t *uses = expr_uses(height->integrand, &n);
    for (size_t v = 0; v < height->n_values; v++)
        needed[v] = false;
    if (height->judge != NULL)
        judge_needs(height->judge, needed);
    for (size_t i = 0; i < n; i++)
        needed[uses[i]] = true;
    for (size_t v = 0; v < height->n_params && height->space != NULL; v++)
        needed[v] = true;
}

static double value_of(struct height *height, const double *row, double f, int label)
{
    if (label < 0)
        return (double)NAN;
    if (label == 0)
        return 0;
    if (height->space != NULL)
        f /= space_prior_density(height->space, row);
    return isfinite(f) ? f : (double)NAN;
}

void height_block(struct height *height, size_t n, const double *rows, size_t stride,
                  const bool *is_failed, double *values)
{
    expr_eval_block(height->integrand, n, rows, stride, values, 1);
    for (size_t from = 0; from < n; from += BLOCK) {
        size_t k = n - from < BLOCK ? n - from : BLOCK;
        if (height->judge != NULL)
            judge_block(height->judge, k, rows + from * stride, stride, height->verdicts, NULL);
        for (size_t i = 0; i < k; i++) {
            size_t at = from + i;
            bool has_failed = is_failed != NULL && is_failed[at];
            int label = has_failed ? -1 : height->judge != NULL ? height->verdicts[i].label : 1;
            values[at] = value_of(height, rows + at * stride, values[at], label);
        }
    }
}

void height_words(const struct scan *scan, char *out, size_t size)
{
    snprintf(out, size, "%s%s",
             scan->integrate.measure == MEASURE_VOLUME
                 ? "the integral over the volume of the parameters"
                 : "the mean under the prior",
             scan->n_constraints > 0 ? ", of what lies where the target holds (0 elsewhere)" : "");
}
