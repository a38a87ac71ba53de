/* private.h: what the files of strata share. */
#ifndef STRATA_PRIVATE_H
#define STRATA_PRIVATE_H

#include "classes.h"
#include "proposal.h"
#include "surrogate.h"
#include "theodolite/strata.h"

/* Probability with which the interval of this look (1, 2, ...) may miss the truth, so that those of
 * all looks hold together with 95 %; n_planned: looks that were meant when it began. */
double look_alpha(size_t look, size_t n_planned);

/* A batch of calls: what int |F| over the place where they fail would be by the nearest that ran,
 * sum over failed calls of scale / q * |F|. */
struct failures_calls {
    size_t n, n_dims;
    const double *x, *f;     /* n by n_dims; n, not finite: failed */
    const double *scale, *q; /* n; NULL: 1 */
};
double failures_foreseen(const struct failures_calls *calls);
/* Of their volume, from n calls, the sum of 1/q where they fail, and of its square. */
double failures_error(double n, double sum, double squares);
/* Do failed calls raise ALARM_FAILED?  foreseen: int |F| where they fail; absolute: int |F|; why: a
 * sentence, "" where they do not. */
enum { FAILURES_WHY = 128 };
bool failures_matter(double foreseen, double absolute, double error, char why[FAILURES_WHY]);
/* The alarms that further calls may take away: those that fail do so however many there are, and
 * what is foreseen where they do stays while the error shrinks. */
unsigned failures_aside(unsigned alarms);
/* Why nothing is known where no call gave anything but 0. */
const char *failures_zero(double n_calls, double n_failed, double n_uniform,
                          char why[FAILURES_WHY]);

/* ---- integrators that know the integrand as a function --------------------------------------- */

/* strata_integrate() asks one of these.  Each fills what of the result it knows, the rest says so:
 * NaN for numbers, 0 for counts. */

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

/* ---- what was learned, frozen ---------------------------------------------------------------- */

/* What strata_write() writes and those who make events read.  The pointers of strata_frozen() are
 * the integration's, valid until its next call; those of strata_frozen_read() are owned. */
struct strata_frozen {
    size_t n_dims;
    double integral, error, absolute; /* as known; NaN */
    struct proposal *proposal;
    struct surrogate *surrogate;        /* h = g/q; NULL: there is none */
    struct classes classes;             /* of the height g */
    double most[STRATA_CLASSES];        /* largest |F| seen in the class, 0: none seen */
    double most_weight[STRATA_CLASSES]; /* largest |F|/q seen in it */
};
void strata_frozen(const struct strata *strata, struct strata_frozen *frozen);
int strata_frozen_read(const void *data, size_t n, struct strata_frozen *frozen, struct err *err);
void strata_frozen_free(struct strata_frozen *frozen); /* of strata_frozen_read() */

#endif
