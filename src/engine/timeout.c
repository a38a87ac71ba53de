/* timeout.c: how long a calculator may run, changed while the scan runs.
 *
 * Kept in `meta` as "live timeout NAME" in seconds, so that the next engine has it too.  Workers
 * are told at once; a calculator that runs already is measured against the new time as well (its
 * limit of processor time stays what it was at its start). */
#include "private.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

static const double LONGEST_S = 30 * 86400.0;

static size_t find_calculator(const struct scan *scan, const char *name, size_t n)
{
    for (size_t i = 0; i < scan->n_calculators; i++)
        if (strlen(scan->calculators[i].name) == n &&
            strncmp(scan->calculators[i].name, name, n) == 0)
            return i;
    return SIZE_MAX;
}

static int read_one(struct engine *engine, size_t i, struct buf *text, struct err *err)
{
    char key[256];
    double seconds;
    engine->timeouts[i] = (double)NAN;
    snprintf(key, sizeof key, "live timeout %s", engine->scan->calculators[i].name);
    if (store_get_meta(engine->store, key, text, err) != 0)
        return -1;
    if (text->len > 0 && text_to_double(text->data, &seconds) == 0 && seconds > 0)
        engine->timeouts[i] = seconds;
    if (engine->pool != NULL && isfinite(engine->timeouts[i]))
        return pool_set_timeout(engine->pool, i, engine->timeouts[i], err);
    return 0;
}

int timeouts_load(struct engine *engine, struct err *err)
{
    size_t n = engine->scan->n_calculators;
    struct buf text;
    int rc = -1;
    buf_init(&text, 1 << 16);
    mem_free(engine->timeouts);
    if ((engine->timeouts = mem_array(n, sizeof(double))) == NULL) {
        mem_error(err);
        goto out;
    }
    for (size_t i = 0; i < n; i++)
        TRY(read_one(engine, i, &text, err));
    rc = 0;
out:
    buf_free(&text);
    return rc;
}

static bool has_limit(const struct scan_calculator *calculator)
{
    return calculator->kind == CALC_EXEC || calculator->kind == CALC_RESIDENT;
}

static int refuse(const struct engine *engine, const char *name, int n, bool *is_ok,
                  struct buf *answer, struct err *err)
{
    *is_ok = false;
    if (buf_printf(answer, err, "there is no calculator \"%.*s\"; there are:", n, name) != 0)
        return -1;
    for (size_t i = 0; i < engine->scan->n_calculators; i++)
        if (has_limit(&engine->scan->calculators[i]) &&
            buf_printf(answer, err, " %s", engine->scan->calculators[i].name) != 0)
            return -1;
    return 0;
}

int timeout_run(struct engine *engine, const char *rest, bool *is_ok, struct buf *answer,
                struct err *err)
{
    size_t n = strcspn(rest, " \t"), i = find_calculator(engine->scan, rest, n);
    char key[256], number[TEXT_DOUBLE_SIZE], words[64];
    double seconds;
    if (engine->timeouts == NULL && timeouts_load(engine, err) != 0)
        return -1;
    if (i == SIZE_MAX)
        return refuse(engine, rest, (int)n, is_ok, answer, err);
    const struct scan_calculator *calculator = &engine->scan->calculators[i];
    rest += n + strspn(rest + n, " \t");
    if (!has_limit(calculator)) {
        *is_ok = false;
        return buf_printf(answer, err, "%s runs within the worker: it has no time limit",
                          calculator->name);
    }
    if (text_to_seconds(rest, &seconds) != 0 || !(seconds > 0) || seconds > LONGEST_S) {
        *is_ok = false;
        return buf_puts(answer, "expected a time such as 600 or 10 min behind the calculator", err);
    }
    double was = isfinite(engine->timeouts[i]) ? engine->timeouts[i] : calculator->timeout_s;
    if (undo_with(engine, err, "timeout %s %.17g", calculator->name, was) != 0)
        return -1;
    snprintf(key, sizeof key, "live timeout %s", calculator->name);
    if (engine_set_meta(engine, key, text_from_double(number, seconds), err) != 0)
        return -1;
    engine->timeouts[i] = seconds;
    if (engine->pool != NULL && pool_set_timeout(engine->pool, i, seconds, err) != 0)
        return -1;
    return buf_printf(answer, err, "%s may run %s%s", calculator->name,
                      text_duration(words, sizeof words, seconds),
                      engine->pool != NULL ? ", those that run now too" : "");
}
