/* check.c: are the bounds and derived values of a scan file sound?
 *
 * Each expression may use the parameters above its own.  Where both bounds are numbers they are
 * also compared; where they depend on other parameters an empty interval is only seen at the point.
 */
#include "theodolite/space.h"

#include <math.h>
#include <string.h>

struct check {
    const struct scan *scan;
    const char *const *names;
    size_t n_known; /* the parameters above */
    const struct scan_param *param;
    struct scan_diagnostics *diagnostics;
    struct err *err;
};

/* A parameter that stands below, or the parameter itself. */
static bool is_below(const struct check *check, const char *text, size_t column)
{
    for (size_t i = check->n_known; i < check->scan->n_params; i++) {
        size_t n = strlen(check->names[i]);
        const char *end = text + column + n;
        if (strncmp(text + column, check->names[i], n) == 0 &&
            !((*end >= 'a' && *end <= 'z') || (*end >= 'A' && *end <= 'Z') ||
              (*end >= '0' && *end <= '9') || *end == '_'))
            return true;
    }
    return false;
}

/* Checks one expression; *value becomes its value when it is a number, else NaN. */
static int check_text(struct check *check, const char *text, struct scan_pos pos, double *value)
{
    struct err err = ERR_INIT;
    size_t column = 0, n_uses = 0;
    struct expr *expr = expr_create(text, check->names, check->n_known, &column, &err);
    *value = NAN;
    if (expr != NULL) {
        expr_uses(expr, &n_uses);
        if (n_uses == 0)
            *value = expr_eval(expr, NULL);
        expr_free(expr);
        if (n_uses == 0 && isnan(*value))
            scan_diagnose(check->diagnostics, pos, NULL, NULL, "%s: this is not a finite number",
                          check->param->name);
        return 0;
    }
    if (err.code == ERR_MEMORY)
        return mem_error(check->err);
    pos = scan_pos_within(pos, text, column);
    if (is_below(check, text, column))
        scan_diagnose(check->diagnostics, pos, "parameters above this one", NULL,
                      "%s: a parameter below, or this one, is used", check->param->name);
    else
        scan_diagnose(check->diagnostics, pos, NULL, NULL, "%s: %s", check->param->name,
                      err.message);
    return 0;
}

static int check_interval(struct check *check)
{
    const struct scan_param *param = check->param;
    double lo, hi;
    if (check_text(check, param->lo, param->pos_lo, &lo) != 0 ||
        check_text(check, param->hi, param->pos_hi, &hi) != 0)
        return -1;
    bool is_integer = param->kind == PRIOR_INTEGER;
    if (is_integer ? lo > hi : lo >= hi)
        scan_diagnose(check->diagnostics, param->pos_lo, "LO .. HI with LO below HI", NULL,
                      "%s: the range %s .. %s is empty", param->name, param->lo, param->hi);
    if (param->kind == PRIOR_LOG && lo <= 0)
        scan_diagnose(check->diagnostics, param->pos_lo, "a positive lower bound, or uniform", NULL,
                      "%s: the logarithm of %s does not exist", param->name, param->lo);
    if (is_integer && ((isfinite(lo) && lo != floor(lo)) || (isfinite(hi) && hi != floor(hi))))
        scan_diagnose(check->diagnostics, param->pos_lo, "whole numbers", NULL,
                      "%s: the bounds of an integer are not whole", param->name);
    return 0;
}

int space_check(const struct scan *scan, struct scan_diagnostics *diagnostics, struct err *err)
{
    struct check check = {
        .scan = scan, .names = scan->value_names, .diagnostics = diagnostics, .err = err};
    size_t n_free = 0;
    double value;
    for (size_t i = 0; i < scan->n_params; i++) {
        int rc = 0;
        check.param = &scan->params[i];
        check.n_known = i;
        switch (check.param->kind) {
        case PRIOR_UNIFORM:
        case PRIOR_LOG:
        case PRIOR_INTEGER: rc = check_interval(&check); break;
        case PRIOR_DERIVED:
            rc = check_text(&check, check.param->text, check.param->pos_text, &value);
            break;
        default: break;
        }
        if (rc != 0)
            return -1;
        n_free += check.param->kind != PRIOR_FIXED && check.param->kind != PRIOR_DERIVED;
    }
    if (n_free == 0 && scan->n_params > 0 && scan_n_errors(diagnostics) == 0)
        scan_diagnose(diagnostics, scan->params[0].pos, "m0: log 50 .. 5000 GeV", NULL,
                      "no parameter is free: there is nothing to scan");
    return 0;
}
