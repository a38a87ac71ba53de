/* private.h: what the files of strata share.
 *
 * The integrators that know the integrand as a function: strata_integrate() asks one of these.
 * Each fills what of the result it knows, the rest says so: NaN for numbers, 0 for counts. */
#ifndef STRATA_PRIVATE_H
#define STRATA_PRIVATE_H

#include "theodolite/strata.h"

/* Without a network: adaptive importance and stratified sampling. */
int integrate_adaptive(const struct strata_config *config, const struct integrand *integrand,
                       struct arena *arena, struct strata_result *result, struct err *err);
/* Local polynomials; their residual measured at random.  is_converged says whether the polynomials
 * and the random points agree. */
int integrate_cubature(const struct strata_config *config, const struct integrand *integrand,
                       struct arena *arena, struct strata_result *result, struct err *err);
int integrate_plain(const struct strata_config *config, const struct integrand *integrand,
                    struct arena *arena, struct strata_result *result, struct err *err);
int integrate_vegas(const struct strata_config *config, const struct integrand *integrand,
                    struct arena *arena, struct strata_result *result, struct err *err);
int integrate_miser(const struct strata_config *config, const struct integrand *integrand,
                    struct arena *arena, struct strata_result *result, struct err *err);

#endif
