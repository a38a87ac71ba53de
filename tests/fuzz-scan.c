/* fuzz-scan.c: any bytes as a scan file, as an expression, a condition and a term.
 *
 * Beyond not crashing: diagnostics can always be shown; a file without errors makes a space and a
 * judge; its resolved copy has no errors either and resolves to itself; a comparison of the two is
 * cosmetic; a point of the cube that has physical values finds its way back into the prior.
 *
 * libfyaml 0.7.12 loses 2 kB where a quoted text is broken off; that is not ours to tell. */
#include "theodolite/judge.h"
#include "theodolite/space.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
const char *__lsan_default_suppressions(void);

const char *__lsan_default_suppressions(void)
{
    return "leak:libfyaml\n";
}

static void check(bool is_true)
{
    if (!is_true)
        abort();
}

struct result {
    struct scan *scan;
    size_t n_errors;
};

static struct result parse(const char *text)
{
    struct result result = {0};
    struct err err = ERR_INIT;
    struct buf words;
    struct scan_diagnostics *diagnostics = scan_diagnostics_create();
    buf_init(&words, 1 << 24);
    check(scan_parse(text, "f.yaml", "/nowhere", NULL, &result.scan, diagnostics, &err) == 0);
    if (result.scan != NULL) {
        check(space_check(result.scan, diagnostics, &err) == 0);
        check(judge_check(result.scan, diagnostics, &err) == 0);
    }
    check(scan_print_diagnostics(diagnostics, "f.yaml", text, &words, &err) == 0);
    result.n_errors = scan_n_errors(diagnostics);
    check(result.scan != NULL || result.n_errors > 0);
    buf_free(&words);
    scan_diagnostics_free(diagnostics);
    return result;
}

static void use(const struct scan *scan)
{
    struct err err = ERR_INIT;
    struct space *space = space_create(scan, &err);
    struct judge *judge = judge_create(scan, NULL, 0, NULL, &err);
    check(space != NULL && judge != NULL);
    double *row = mem_array(scan->n_values, sizeof *row);
    double *unit = mem_array(space_n_dims(space), sizeof *unit);
    double *margins = mem_array(judge_n_margins(judge), sizeof *margins);
    struct verdict verdict;
    for (size_t i = 0; i < space_n_dims(space); i++)
        unit[i] = 0.3 + 0.1 * (double)(i % 5);
    if (space_to_physical(space, unit, row)) {
        check(space_to_unit(space, row, unit));
        check(space_prior_density(space, row) >= 0);
    }
    judge_block(judge, 1, row, scan->n_values, &verdict, margins);
    check(judge_label(judge, margins) == (enum truth)verdict.label);
    for (size_t i = 0; i < judge_n_terms(judge); i++) {
        struct judge_detail detail;
        judge_detail(judge, row, i, &detail);
    }
    mem_free(row);
    mem_free(unit);
    mem_free(margins);
    space_free(space);
    judge_free(judge);
}

static void round_trip(const struct scan *scan)
{
    struct err err = ERR_INIT;
    struct scan_change change;
    struct buf once, twice;
    buf_init(&once, 1 << 26);
    buf_init(&twice, 1 << 26);
    check(scan_resolve(scan, &once, &err) == 0);
    struct result again = parse(once.data);
    check(again.scan != NULL && again.n_errors == 0);
    check(scan_resolve(again.scan, &twice, &err) == 0);
    check(strcmp(once.data, twice.data) == 0);
    check(scan_compare(scan, again.scan, &change, &err) == 0);
    check(change.kind == CHANGE_COSMETIC);
    buf_free(&change.words);
    buf_free(&once);
    buf_free(&twice);
    scan_free(again.scan);
}

static void expressions(const char *text)
{
    static const char *const names[] = {"x", "y", "m0"};
    static const char *const atoms[] = {"h", "a"};
    static const double row[] = {1.5, -2, 300};
    struct err err = ERR_INIT;
    size_t column = 0;
    struct expr *expr = expr_create(text, names, 3, &column, &err);
    struct cond *cond = cond_create(text, names, 3, atoms, 2, &column, &err);
    if (expr != NULL)
        check(!isinf(expr_eval(expr, row)));
    else
        check(column <= strlen(text));
    if (cond != NULL)
        cond_test(cond, row);
    expr_free(expr);
    cond_free(cond);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    char *text = mem_strndup((const char *)data, size);
    if (text == NULL)
        return 0;
    expressions(text);
    struct result result = parse(text);
    if (result.scan != NULL && result.n_errors == 0) {
        use(result.scan);
        round_trip(result.scan);
    }
    scan_free(result.scan);
    mem_free(text);
    return 0;
}
