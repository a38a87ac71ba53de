/* descent.c: L-BFGS (Nocedal, Math. Comput. 35 (1980) 773; Nocedal, Wright, Numerical Optimization,
 * 2006, algorithms 7.4 and 7.5).
 *
 * What it does: quasi-Newton steps from the last few changes of the gradient, each shortened until
 * the value falls enough (Armijo's condition).
 *
 * What it does not: look for the least of several minima; who wants that begins in many places. */
#include "descent.h"

#include <math.h>
#include <string.h>

enum { SHORTENED = 12 };
static const double shorter = 0.4, enough = 1e-4, flat = 1e-9, first_length = 0.1;

int descent_create(struct descent *f, size_t n, struct err *err)
{
    *f = (struct descent){.at = mem_array(n, sizeof(double)),
                          .gradient = mem_array(n, sizeof(double)),
                          .next = mem_array(n, sizeof(double)),
                          .next_gradient = mem_array(n, sizeof(double)),
                          .direction = mem_array(n, sizeof(double)),
                          .steps = mem_array(DESCENT_MEMORY * n, sizeof(double)),
                          .changes = mem_array(DESCENT_MEMORY * n, sizeof(double))};
    return f->at && f->gradient && f->next && f->next_gradient && f->direction && f->steps &&
                   f->changes
               ? 0
               : mem_error(err);
}

void descent_free(struct descent *f)
{
    mem_free(f->at);
    mem_free(f->gradient);
    mem_free(f->next);
    mem_free(f->next_gradient);
    mem_free(f->direction);
    mem_free(f->steps);
    mem_free(f->changes);
}

static double dot(size_t n, const double *a, const double *b)
{
    double sum = 0.0;
    size_t k;

    for (k = 0; k < n; k++)
        sum += a[k] * b[k];
    return sum;
}

/* b += factor * a */
static void add(size_t n, double factor, const double *a, double *b)
{
    size_t k;

    for (k = 0; k < n; k++)
        b[k] += factor * a[k];
}

/* direction = -H gradient, by the two loops of algorithm 7.4. */
static void find_direction(struct descent *f)
{
    double alpha[DESCENT_MEMORY] = {0}, scale;
    size_t n = f->n, i, k;

    memcpy(f->direction, f->gradient, n * sizeof *f->direction);
    for (i = 0; i < f->n_kept; i++) {
        k = (f->newest + DESCENT_MEMORY - i) % DESCENT_MEMORY;
        alpha[k] = f->rho[k] * dot(n, f->steps + k * n, f->direction);
        add(n, -alpha[k], f->changes + k * n, f->direction);
    }
    k = f->newest;
    scale = f->n_kept > 0 ? 1.0 / (f->rho[k] * dot(n, f->changes + k * n, f->changes + k * n))
                          : first_length / sqrt(dot(n, f->gradient, f->gradient) + 1e-300);
    for (i = 0; i < n; i++)
        f->direction[i] *= -scale;
    for (i = f->n_kept; i-- > 0;) {
        k = (f->newest + DESCENT_MEMORY - i) % DESCENT_MEMORY;
        add(n, -alpha[k] - f->rho[k] * dot(n, f->changes + k * n, f->direction), f->steps + k * n,
            f->direction);
    }
}

/* Goes from `at` to `next`, and remembers the step where it curves upwards. */
static void take_step(struct descent *f)
{
    size_t n = f->n, i, k = f->n_kept > 0 ? (f->newest + 1) % DESCENT_MEMORY : 0;
    double *step = f->steps + k * n, *change = f->changes + k * n, curve;

    for (i = 0; i < n; i++) {
        step[i] = f->next[i] - f->at[i];
        change[i] = f->next_gradient[i] - f->gradient[i];
    }
    curve = dot(n, step, change);
    if (curve > 1e-10 * dot(n, change, change)) {
        f->rho[k] = 1.0 / curve;
        f->newest = k;
        f->n_kept += f->n_kept < DESCENT_MEMORY;
    } else if (f->n_kept == DESCENT_MEMORY) {
        f->n_kept--; /* the oldest made room for nothing */
    }
    memcpy(f->at, f->next, n * sizeof *f->at);
    memcpy(f->gradient, f->next_gradient, n * sizeof *f->gradient);
}

double descent_run(struct descent *f, const struct descent_function *function, int steps)
{
    double value, next, size, slope;
    int i;

    f->n = function->n;
    f->n_kept = f->newest = 0;
    value = function->value(function->context, f->at, f->gradient);
    while (steps-- > 0) {
        find_direction(f);
        slope = dot(f->n, f->direction, f->gradient);
        if (!(slope < -flat * (1.0 + fabs(value))))
            break;
        size = 1.0;
        next = INFINITY;
        for (i = 0; i < SHORTENED; i++, size *= shorter) {
            memcpy(f->next, f->at, f->n * sizeof *f->next);
            add(f->n, size, f->direction, f->next);
            next = function->value(function->context, f->next, f->next_gradient);
            if (next <= value + enough * size * slope)
                break;
        }
        if (!(next < value))
            break;
        take_step(f);
        value = next;
    }
    return value;
}
