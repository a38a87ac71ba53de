/* integrate-problems.c: the open suite of integrands with their truths.
 *
 * The functions themselves stand in plugins/functions/integrands.h, so that a scan and the bench
 * integrate the same.  A, B, C: the fine-tuned pair, the cancellation and the resonance on a
 * ridge; the camels, the diagonal ridge, ring and shell are what adaptive integrators stumble
 * over; the Genz families are what they are good at. */
#include "integrate-problems.h"

#include "../../plugins/functions/integrands.h"

#include <assert.h>
#include <strings.h>

const struct integrate_problem integrate_problems[] = {
    {"a", "A fine-tuned 2D", 2, -20, 20, 1.00000000037, integrand_fine_tuned},
    {"b", "B cancellation 7D", 7, -5, 5, 0.0999995986885, integrand_cancellation},
    {"c", "C ridge Drell-Yan 3D", 3, 0, 1, 152.254972626, integrand_drell_yan},
    {"camel4", "camel 4D", 4, 0, 1, 0.9636569684018, integrand_camel},
    {"camel8", "camel 8D", 8, 0, 1, 0.9286347527494, integrand_camel},
    {"diagonal", "diagonal ridge 4D", 4, 0, 1, 0.9999425993435, integrand_diagonal},
    {"ring", "ring 2D", 2, 0, 1, 0.03340996798099, integrand_ring},
    {"shell", "shell 4D", 4, 0, 1, 0.03014815714583, integrand_shell},
    {"oscillatory", "Genz oscillatory 5D", 5, 0, 1, 0.46587550271525, integrand_oscillatory},
    {"product-peak", "Genz product peak 5D", 5, 0, 1, 11.326509632864, integrand_product_peak},
    {"corner-peak", "Genz corner peak 5D", 5, 0, 1, 0.028953801433353, integrand_corner_peak},
    {"gaussian", "Genz Gaussian 5D", 5, 0, 1, 0.37795589522412, integrand_gaussian},
    {"c0", "Genz C0 5D", 5, 0, 1, 0.012972420251597, integrand_c0},
    {"discontinuous", "Genz discontinuous 5D", 5, 0, 1, 0.92036347415038, integrand_discontinuous},
    {.name = NULL},
};

const struct integrate_problem *integrate_problem_find(const char *name)
{
    for (const struct integrate_problem *problem = integrate_problems; problem->name; problem++)
        if (strcasecmp(problem->name, name) == 0)
            return problem;
    return NULL;
}

static int eval_block(void *context, size_t n, const double *units, double *values, struct err *err)
{
    const struct integrate_problem *problem = context;
    double x[16], width = problem->hi - problem->lo, volume = 1;
    size_t d = problem->n_dims;
    (void)err;
    assert(d <= sizeof x / sizeof x[0]);
    for (size_t j = 0; j < d; j++)
        volume *= width;
    for (size_t i = 0; i < n; i++) {
        for (size_t j = 0; j < d; j++)
            x[j] = problem->lo + width * units[i * d + j];
        values[i] = volume * problem->at(d, x);
    }
    return 0;
}

struct integrand integrate_problem_integrand(const struct integrate_problem *problem)
{
    /* the integrand's context is not const, but eval_block only reads it */
    union {
        const struct integrate_problem *problem;
        void *context;
    } view = {.problem = problem};
    return (struct integrand){problem->n_dims, eval_block, view.context};
}
