/* values.c: what a value must be to count, and what makes a point unphysical.
 *
 * A value that is not in the output, or is one of the calculator's words for "not computed", is
 * missing; an `optional` one leaves the point alive then.  A value that is there must be finite.
 * An expression whose own values are missing (because they are optional, or their calculator was
 * skipped) is missing without a failure. */
#include "private.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

void finding_set(struct finding *finding, enum reason reason, const char *format, ...)
{
    va_list args;
    if (finding->reason != REASON_NONE)
        return;
    finding->reason = reason;
    va_start(args, format);
    vsnprintf(finding->words, sizeof finding->words, format, args);
    va_end(args);
}

static bool is_sentinel(const struct scan_calculator *def, double value)
{
    for (size_t i = 0; i < def->n_missing; i++) {
        if (fabs(value - def->missing[i]) <= 1e-12 * fabs(def->missing[i]))
            return true;
    }
    return false;
}

static void trace_value(const struct calc *calc, const struct read *read,
                        const struct sighting *sighting)
{
    char value[TEXT_DOUBLE_SIZE], line[200];
    if (!is_traced(calc))
        return;
    bool is_sent = sighting->found == FOUND && is_sentinel(calc->def, sighting->value);
    const char *remark = is_sent ? ", which counts as missing" : "";
    if (sighting->found == FOUND)
        text_shortest(value, sighting->value);
    else
        snprintf(value, sizeof value, "%s", read->def->is_optional ? "- (optional)" : "-");
    if (!sighting->line) {
        trace_line(calc, "value", "%s = %s%s%s%s", read->def->name, value, remark,
                   sighting->found == FOUND ? "" : "   ",
                   sighting->found == FOUND ? "" : sighting->words);
        return;
    }
    words_clean(line, sizeof line, sighting->line, sighting->n_line);
    trace_line(calc, "value", "%s = %s%s   <- line %zu: %s", read->def->name, value, remark,
               sighting->n_number, line);
}

/* "bb (line "BR = %g"): ..."; an SLHA address is in the explanation already. */
static void tell_absence(const struct read *read, enum reason reason, const char *words,
                         struct finding *finding)
{
    if (read->def->kind == READ_SLHA)
        finding_set(finding, reason, "%s: %s", read->def->name, words);
    else
        finding_set(finding, reason, "%s (%s): %s", read->def->name, read->def->source, words);
}

void values_take(const struct calc *calc, const struct read *read, const struct sighting *sighting,
                 double *row, struct finding *finding)
{
    const struct scan_read *def = read->def;
    char value[TEXT_DOUBLE_SIZE];
    row[def->value] = NAN;
    trace_value(calc, read, sighting);
    if (sighting->found == FOUND && is_sentinel(calc->def, sighting->value)) {
        if (!def->is_optional)
            finding_set(finding, REASON_MISSING, "%s is %s, which means that it was not computed",
                        def->name, text_shortest(value, sighting->value));
    } else if (sighting->found == FOUND && !isfinite(sighting->value)) {
        finding_set(finding, REASON_NOT_FINITE, "%s (%s) is %s", def->name, def->source,
                    text_shortest(value, sighting->value));
    } else if (sighting->found == FOUND) {
        row[def->value] = sighting->value;
    } else if (sighting->found == FOUND_NOT_NUMBER) {
        tell_absence(read, REASON_PARSE, sighting->words, finding);
    } else if (!def->is_optional) {
        tell_absence(read, REASON_MISSING, sighting->words, finding);
    }
}

void values_expressions(const struct calc *calc, double *row, struct finding *finding)
{
    for (size_t i = 0; i < calc->n_reads; i++) {
        const struct read *read = &calc->reads[i];
        if (read->def->kind != READ_EXPRESSION)
            continue;
        struct sighting sighting = {.found = FOUND};
        sighting.value = formula_eval(&read->formula, row);
        if (!isfinite(sighting.value) && !formula_is_ready(&read->formula, row)) {
            row[read->def->value] = NAN;
            trace_line(calc, "value", "%s = -   a value that it needs is missing", read->def->name);
            continue;
        }
        values_take(calc, read, &sighting, row, finding);
    }
}

/* "mh = 93, mA = 200" */
static void list_values(const struct calc *calc, const struct cond *cond, const double *row,
                        char *out, size_t size)
{
    const struct scan *scan = calc->chain->scan;
    char value[TEXT_DOUBLE_SIZE];
    size_t n, used = 0;
    const size_t *uses = cond_uses(cond, &n);
    out[0] = '\0';
    for (size_t i = 0; i < n && used + 1 < size; i++) {
        int got = snprintf(out + used, size - used, "%s%s = %s", i ? ", " : "",
                           scan->value_names[uses[i]], text_shortest(value, row[uses[i]]));
        used += got > 0 ? (size_t)got : 0;
    }
}

bool values_fail_if(const struct calc *calc, const double *row, struct finding *finding)
{
    char values[CALC_SENTENCE / 2];
    for (size_t i = 0; i < calc->n_fail_if; i++) {
        const struct fail_if *fail_if = &calc->fail_if[i];
        if (!fail_if->cond || cond_test(fail_if->cond, row) != TRUTH_YES)
            continue;
        list_values(calc, fail_if->cond, row, values, sizeof values);
        finding_set(finding, REASON_PHYSICS, "fail if %s: %s", fail_if->text, values);
        return true;
    }
    return false;
}

/* `fail if` wins over what was wrong with the values: a flag that says no explains why others are
 * missing. */
void values_finish(const struct calc *calc, double *row, struct finding *finding)
{
    struct finding physics = {.reason = REASON_NONE};
    values_expressions(calc, row, finding);
    if (values_fail_if(calc, row, &physics))
        *finding = physics;
}
