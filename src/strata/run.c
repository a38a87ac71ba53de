/* run.c: the loops of an integration and of the making of events, for integrands that are
 * functions: points out, values back, until it is over. */
#include "theodolite/strata.h"

/* Values of one batch; the room for them grows with the batches. */
struct answers {
    double *values;
    size_t cap;
};

static int answer(struct answers *answers, const struct integrand *integrand, size_t n,
                  const double *units, struct err *err)
{
    if (n > answers->cap) {
        mem_free(answers->values);
        answers->cap = 0;
        answers->values = mem_array(n, sizeof *answers->values);
        if (answers->values == NULL)
            return mem_error(err);
        answers->cap = n;
    }
    return integrand->eval(integrand->context, n, units, answers->values, err);
}

int strata_run(struct strata *strata, const struct integrand *integrand, struct err *err)
{
    struct answers answers = {.cap = 0};
    struct strata_batch batch;
    int rc = -1;
    for (;;) {
        TRY(strata_next(strata, &batch, err));
        if (batch.n == 0)
            break;
        TRY(answer(&answers, integrand, batch.n, batch.units, err));
        TRY(strata_take(strata, answers.values, err));
    }
    rc = 0;
out:
    mem_free(answers.values);
    return rc;
}

int events_run(struct events *events, const struct integrand *integrand,
               int (*each)(void *context, const struct events_batch *batch,
                           const struct events_taken *taken, struct err *err),
               void *context, struct err *err)
{
    struct answers answers = {.cap = 0};
    struct events_batch batch;
    struct events_taken taken;
    int rc = -1;
    for (;;) {
        TRY(events_next(events, &batch, err));
        if (batch.n == 0)
            break;
        TRY(answer(&answers, integrand, batch.n, batch.units, err));
        TRY(events_take(events, answers.values, &taken, err));
        TRY(each(context, &batch, &taken, err));
    }
    rc = 0;
out:
    mem_free(answers.values);
    return rc;
}
