/* adaptive.c: adaptive sampling without a network; being written. */
#include "private.h"

int integrate_adaptive(const struct strata_config *config, const struct integrand *integrand,
                       struct arena *arena, struct strata_result *result, struct err *err)
{
    (void)config;
    (void)integrand;
    (void)arena;
    (void)result;
    return err_set(err, ERR_USAGE, "adaptive integration is not there yet");
}
