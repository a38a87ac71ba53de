/* integrate.c: the whole of an integration, for integrands that are functions; which method.
 *
 * What it does: finds methods by name; AUTO: in few dimensions cubature is tried with a tenth of
 * the calls and taken when its polynomials and its random points agree; else the cells, or adaptive
 * sampling when calls are so cheap that a network is not worth asking. */
#include "private.h"

#include <math.h>
#include <string.h>

static const char *const names[] = {"auto",  "cells", "adaptive", "cubature",
                                    "plain", "vegas", "miser"};
enum { N_METHODS = sizeof names / sizeof *names, CUBATURE_DIMS = 4 };

const char *integrate_method_name(enum integrate_method method)
{
    return names[method];
}

int integrate_method_find(const char *name)
{
    int i;

    for (i = 0; i < N_METHODS; i++)
        if (strcmp(name, names[i]) == 0)
            return i;
    return -1;
}

bool integrate_is_baseline(const char *name)
{
    int method = integrate_method_find(name);

    return method == INTEGRATE_PLAIN || method == INTEGRATE_VEGAS || method == INTEGRATE_MISER;
}

static int result_keep(struct arena *arena, struct strata_result *result, struct err *err)
{
    struct strata_class *classes = arena_array(arena, result->n_classes, sizeof *classes);
    struct strata_round *rounds = arena_array(arena, result->n_rounds, sizeof *rounds);

    if (!classes || !rounds)
        return mem_error(err);
    if (result->n_classes > 0)
        memcpy(classes, result->classes, result->n_classes * sizeof *classes);
    if (result->n_rounds > 0)
        memcpy(rounds, result->rounds, result->n_rounds * sizeof *rounds);
    result->classes = classes;
    result->rounds = rounds;
    return 0;
}

static int integrate_cells(const struct strata_config *config, const struct integrand *integrand,
                           struct arena *arena, struct strata_result *result, struct err *err)
{
    struct strata *strata = strata_create(config, err);
    int rc = -1;

    if (!strata)
        return -1;
    TRY(strata_run(strata, integrand, err));
    TRY(strata_result(strata, result, err));
    TRY(result_keep(arena, result, err));
    rc = 0;
out:
    strata_free(strata);
    return rc;
}

/* Cubature first where it may be all that is needed; whatever it says is taken only when its random
 * points agree. */
static int integrate_auto(const struct strata_config *config, const struct integrand *integrand,
                          struct arena *arena, struct strata_result *result, struct err *err)
{
    struct strata_config rest = *config;
    uint64_t n_tried = 0;
    int rc = -1;

    if (config->n_dims <= CUBATURE_DIMS) {
        rest.gives_way = true;
        TRY(integrate_cubature(&rest, integrand, arena, result, err));
        if (result->is_converged && result->alarms == 0)
            return 0;
        if (rest.n_calls > 0 && rest.n_calls <= result->n_calls)
            return 0;
        n_tried = result->n_calls;
        rest.n_calls -= rest.n_calls > 0 ? n_tried : 0;
    }
    TRY(config->no_network ? integrate_adaptive(&rest, integrand, arena, result, err)
                           : integrate_cells(&rest, integrand, arena, result, err));
    result->n_calls += n_tried; /* every call counts */
    rc = 0;
out:
    return rc;
}

int strata_integrate(const struct strata_config *config, const struct integrand *integrand,
                     enum integrate_method method, struct arena *arena,
                     struct strata_result *result, struct err *err)
{
    typedef int integrator(const struct strata_config *, const struct integrand *, struct arena *,
                           struct strata_result *, struct err *);
    static integrator *const integrators[] = {
        [INTEGRATE_AUTO] = integrate_auto,         [INTEGRATE_CELLS] = integrate_cells,
        [INTEGRATE_ADAPTIVE] = integrate_adaptive, [INTEGRATE_CUBATURE] = integrate_cubature,
        [INTEGRATE_PLAIN] = integrate_plain,       [INTEGRATE_VEGAS] = integrate_vegas,
        [INTEGRATE_MISER] = integrate_miser,
    };

    return integrators[method](config, integrand, arena, result, err);
}
