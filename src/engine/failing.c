/* failing.c: scans of which every point fails.  That is seldom the model and often the wiring, and
 * nobody shall learn of it in the morning: it is said after the first points, with the most
 * frequent failure in its calculator's own last words, and again at ten times as many.  Where a
 * calculator cannot even be started there is no use in going on: that ends the scan. */
#include "private.h"

#include <stdio.h>

enum { N_START_FAILURES = 10, MANY = 20, FEW = 3 };
static const double LONG_S = 30, START_S = 5; /* then few are enough */

void failing_note(struct engine *engine, const struct outcome *outcome)
{
    engine->n_closed_here++;
    engine->n_failed_here += outcome->reason != REASON_NONE;
    engine->n_start_failures += outcome->reason == REASON_START;
}

/* " the most frequent failure", or nothing where the store does not tell. */
static void put_worst(struct engine *engine, bool has_reason, char *out, size_t size)
{
    struct store_tally worst;
    struct err ignored = ERR_INIT;
    size_t n = 0;
    out[0] = '\0';
    if (store_tallies(engine->store, &worst, 1, &n, &ignored) != 0 || n == 0)
        return;
    if (has_reason)
        snprintf(out, size, ", most often %s (%s): %s", worst.calculator, worst.reason,
                 worst.example);
    else
        snprintf(out, size, ": %s: %s", worst.calculator, worst.example);
}

/* Points take long: it is said after few of them, and at once where none could be started. */
static bool is_slow(const struct engine *engine)
{
    double seconds = clock_steady_s() - engine->started;
    return (engine->n_closed_here >= FEW && seconds > LONG_S) ||
           (engine->n_start_failures == engine->n_closed_here && seconds > START_S);
}

int failing_check(struct engine *engine, struct err *err)
{
    uint64_t n = engine->n_closed_here;
    char worst[400], number[32];
    if (n == 0 || engine->n_failed_here < n)
        return 0;
    if (engine->n_start_failures >= N_START_FAILURES && engine->n_start_failures == n) {
        put_worst(engine, false, worst, sizeof worst);
        return err_set(err, ERR_START,
                       "all of the first %llu points failed because a calculator cannot be started "
                       "(\"theodolite check\" shows more)%s",
                       (unsigned long long)n, worst);
    }
    if (n < engine->failing_at || (n < MANY && !is_slow(engine)))
        return 0;
    engine->failing_at = 10 * n;
    put_worst(engine, true, worst, sizeof worst);
    engine_note(engine, LOG_WARNING, "all of the first %s points failed%s",
                text_count(number, sizeof number, n), worst);
    return 0;
}
