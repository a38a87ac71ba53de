/* baselines.c: what others integrate with, on the same integrands and at the same number of calls.
 *
 * Plain sampling; VEGAS (G. P. Lepage, J. Comput. Phys. 27 (1978) 192) and MISER (Press and Farrar,
 * Comput. Phys. 4 (1990) 190) as the GSL has them.  VEGAS is run as its users do: three iterations
 * to find the grid, thrown away, and seven that count, a tenth of the calls each, combined by the
 * library's own rule.  That rule weighs each iteration with its own variance, which is what makes
 * its errors too small on narrow ridges; it is here to be compared with, not to be trusted.
 *
 * What it does not: classes, intervals, and alarms but those of calls that fail or give nothing but
 * 0.  A call that fails counts as 0 and is counted; the volume where calls fail is that of
 * the uniform points, of which MISER has none. */
#include "adaptive.h"

#include <gsl/gsl_errno.h>
#include <gsl/gsl_monte_miser.h>
#include <gsl/gsl_monte_vegas.h>
#include <gsl/gsl_rng.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

struct adaptor { /* one point at a time, as the GSL asks */
    const struct integrand *integrand;
    uint64_t n_calls, n_failed;
    uint64_t n_even, n_even_failed;     /* of them uniform, as those of VEGAS's first iteration */
    double most;                        /* largest |F| */
    const gsl_monte_vegas_state *first; /* while the first iteration may run; else NULL */
    bool is_broken;                     /* the integrand itself gave up: err says why */
    struct err *err;
};

static double call_one(double *x, size_t d, void *context)
{
    struct adaptor *adaptor = context;
    double value = 0;
    (void)d;
    if (adaptor->is_broken)
        return 0;
    if (adaptor->integrand->eval(adaptor->integrand->context, 1, x, &value, adaptor->err) != 0) {
        adaptor->is_broken = true;
        return 0;
    }
    adaptor->n_calls++;
    bool is_even = adaptor->first != NULL && adaptor->first->it_num == 1;
    adaptor->n_even += is_even;
    if (!isfinite(value)) {
        adaptor->n_failed++;
        adaptor->n_even_failed += is_even;
        return 0;
    }
    adaptor->most = fmax(adaptor->most, fabs(value));
    return value;
}

void result_doubt(struct strata_result *result, unsigned alarm, const char *format, ...)
{
    size_t used = strlen(result->why);
    va_list args;
    result->alarms |= alarm;
    va_start(args, format);
    vsnprintf(result->why + used, sizeof result->why - used, format, args);
    va_end(args);
}

bool result_is_reached(const struct strata_result *result, const struct strata_config *config)
{
    double relative = config->error_relative, absolute = config->error_absolute;
    if (!(relative > 0) && !(absolute > 0))
        return isfinite(result->error);
    return (relative > 0 && result->error <= relative * fabs(result->integral)) ||
           (absolute > 0 && result->error <= absolute);
}

void result_unknown(struct strata_result *result)
{
    const double nan = (double)NAN;
    *result = (struct strata_result){
        .integral = nan,
        .error = nan,
        .lo = nan,
        .hi = nan,
        .absolute = nan,
        .absolute_error = nan,
        .failed_volume = nan,
        .failed_error = nan,
        .largest_share = nan,
        .chi2 = nan,
        .unseen_volume = nan,
        .unseen_above = nan,
        .purity = nan,
        .surrogate = nan,
    };
}

/* The doubts that calls cast which failed or gave 0. */
static void doubt_zero(struct strata_result *result, double most)
{
    double n = (double)result->n_calls;
    char why[FAILURES_WHY];
    if (!(most > 0))
        result_doubt(result, ALARM_FEW, "%s ", failures_zero(n, (double)result->n_failed, n, why));
}

/* share: of the calls, which are made where the library thinks that |F| is.  How far one is from
 * the next is not known here, so what fails may hold as much as that. */
static void doubt_failed(struct strata_result *result, double share)
{
    double most = hypot(result->integral, sqrt((double)result->n_calls) * result->error);
    if (result->alarms == 0 && share * most > result->error)
        result_doubt(result, ALARM_FAILED,
                     "A share of %.3g of the calls fails: what F is there is not known. ", share);
}

struct library { /* what VEGAS and MISER need alike */
    gsl_rng *rng;
    double lo[64], hi[64];
    struct adaptor adaptor;
    gsl_monte_function function;
};

static int library_begin(struct library *library, const struct strata_config *config,
                         const struct integrand *integrand, struct err *err)
{
    if (config->n_dims == 0 || config->n_dims > sizeof library->lo / sizeof library->lo[0])
        return err_set(err, ERR_LIMIT, "the library's integrators take 1 to 64 dimensions, not %zu",
                       config->n_dims);
    gsl_set_error_handler_off();
    *library = (struct library){.rng = gsl_rng_alloc(gsl_rng_mt19937),
                                .adaptor = {.integrand = integrand, .err = err}};
    if (library->rng == NULL)
        return mem_error(err);
    struct rng seed = rng_stream(config->seed, RNG_STRATA, 0);
    gsl_rng_set(library->rng, rng_u32(&seed) | 1u);
    for (size_t j = 0; j < config->n_dims; j++)
        library->hi[j] = 1;
    library->function = (gsl_monte_function){call_one, config->n_dims, &library->adaptor};
    return 0;
}

static int library_end(struct library *library, int status, struct strata_result *result,
                       struct err *err)
{
    const struct adaptor *adaptor = &library->adaptor;
    if (adaptor->is_broken)
        return -1;
    if (status != GSL_SUCCESS)
        return err_set(err, ERR_NUMERIC, "the library says: %s", gsl_strerror(status));
    result->n_calls = adaptor->n_calls;
    result->n_failed = adaptor->n_failed;
    if (adaptor->n_even > 0) {
        double n = (double)adaptor->n_even, failed = (double)adaptor->n_even_failed;
        result->failed_volume = failed / n;
        result->failed_error = failures_error(n, failed, failed);
    }
    doubt_zero(result, adaptor->most);
    doubt_failed(result, (double)adaptor->n_failed / fmax((double)adaptor->n_calls, 1));
    result->is_converged =
        isfinite(result->integral) && isfinite(result->error) && result->alarms == 0;
    return 0;
}

int integrate_vegas(const struct strata_config *config, const struct integrand *integrand,
                    struct arena *arena, struct strata_result *result, struct err *err)
{
    struct library library;
    size_t calls = (size_t)(config->n_calls / 10);
    gsl_monte_vegas_state *state = NULL;
    int rc = -1, status;
    (void)arena;
    result_unknown(result);
    if (library_begin(&library, config, integrand, err) != 0)
        return -1;
    if ((state = gsl_monte_vegas_alloc(config->n_dims)) == NULL) {
        mem_error(err);
        goto out;
    }
    for (int pass = 0; pass < 2; pass++) { /* stage 1 keeps the grid and forgets the results */
        gsl_monte_vegas_params params;
        gsl_monte_vegas_params_get(state, &params);
        params.iterations = pass == 0 ? 3 : 7;
        params.stage = pass;
        gsl_monte_vegas_params_set(state, &params);
        library.adaptor.first = pass == 0 ? state : NULL;
        status =
            gsl_monte_vegas_integrate(&library.function, library.lo, library.hi, config->n_dims,
                                      calls, library.rng, state, &result->integral, &result->error);
        if (status != GSL_SUCCESS)
            break;
    }
    result->chi2 = gsl_monte_vegas_chisq(state) * 6;
    result->n_chi2 = 6;
    TRY(library_end(&library, status, result, err));
    rc = 0;
out:
    if (state != NULL)
        gsl_monte_vegas_free(state);
    gsl_rng_free(library.rng);
    return rc;
}

int integrate_miser(const struct strata_config *config, const struct integrand *integrand,
                    struct arena *arena, struct strata_result *result, struct err *err)
{
    struct library library;
    gsl_monte_miser_state *state = NULL;
    int rc = -1, status;
    (void)arena;
    result_unknown(result);
    if (library_begin(&library, config, integrand, err) != 0)
        return -1;
    if ((state = gsl_monte_miser_alloc(config->n_dims)) == NULL) {
        mem_error(err);
        goto out;
    }
    status = gsl_monte_miser_integrate(&library.function, library.lo, library.hi, config->n_dims,
                                       (size_t)config->n_calls, library.rng, state,
                                       &result->integral, &result->error);
    TRY(library_end(&library, status, result, err));
    rc = 0;
out:
    if (state != NULL)
        gsl_monte_miser_free(state);
    gsl_rng_free(library.rng);
    return rc;
}

int integrate_plain(const struct strata_config *config, const struct integrand *integrand,
                    struct arena *arena, struct strata_result *result, struct err *err)
{
    enum { BLOCK = 1024 };
    struct rng rng = rng_stream(config->seed, RNG_STRATA, 0);
    size_t d = config->n_dims;
    double sum = 0, sum_abs = 0, sum2 = 0, most = 0, foreseen = 0;
    char why[FAILURES_WHY];
    double *x = mem_array(BLOCK, (d + 1) * sizeof *x), *values;
    int rc = -1;
    (void)arena;
    result_unknown(result);
    if (x == NULL)
        return mem_error(err);
    values = x + BLOCK * d;
    while (result->n_calls < config->n_calls) {
        uint64_t left = config->n_calls - result->n_calls;
        size_t n = left < BLOCK ? (size_t)left : BLOCK;
        for (size_t i = 0; i < n * d; i++)
            x[i] = rng_uniform(&rng);
        TRY(integrand->eval(integrand->context, n, x, values, err));
        foreseen +=
            failures_foreseen(&(struct failures_calls){.n = n, .n_dims = d, .x = x, .f = values});
        for (size_t i = 0; i < n; i++) {
            double value = isfinite(values[i]) ? values[i] : 0;
            result->n_failed += isfinite(values[i]) ? 0 : 1;
            sum += value;
            sum_abs += fabs(value);
            sum2 += value * value;
            most = fmax(most, fabs(value));
        }
        result->n_calls += n;
    }
    double n = (double)result->n_calls;
    result->integral = sum / n;
    double variance = fmax(sum2 / n - result->integral * result->integral, 0);
    result->error = sqrt(variance / (n - 1));
    result->absolute = sum_abs / n;
    result->absolute_error =
        sqrt(fmax(sum2 / n - result->absolute * result->absolute, 0) / (n - 1));
    result->largest_share = sum2 > 0 ? most * most / sum2 : 0;
    result->failed_volume = (double)result->n_failed / n;
    result->failed_error = sqrt(result->failed_volume * (1 - result->failed_volume) / n);
    result->n_uniform = result->n_calls;
    result->unseen_volume = 3 / n;
    result->unseen_above = most;
    doubt_zero(result, most);
    if (failures_matter(foreseen / n, result->absolute, result->error, why))
        result_doubt(result, ALARM_FAILED, "%s ", why);
    result->is_converged = n > 1 && result->alarms == 0;
    rc = 0;
out:
    mem_free(x);
    return rc;
}
