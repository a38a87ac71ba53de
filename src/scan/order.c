/* order.c: in which order the calculators run, and the numbers of the values.
 *
 * A calculator runs behind those it names (after, stdin: X.output) and behind those whose
 * observables it uses; otherwise the order of the file stands.  This is Kahn's topological sort
 * (CACM 5, 558, 1962) that always takes the first calculator of the file that can run.  With the
 * order fixed every expression is checked against the values that are known where it stands: they
 * are a prefix of the row. */
#include "reader.h"
#include "token.h"

#include <stdio.h>
#include <string.h>

/* ---- who needs whom ------------------------------------------------------------------------- */

struct graph {
    struct reader *reader;
    size_t n;
    bool *needs; /* n by n: needs[i * n + j]: i runs after j */
};

static const struct scan_calculator *at(const struct graph *graph, size_t i)
{
    return &graph->reader->scan->calculators[i];
}

static size_t find_calculator(const struct graph *graph, const char *name, size_t n_name)
{
    for (size_t i = 0; i < graph->n; i++)
        if (strlen(at(graph, i)->name) == n_name && memcmp(at(graph, i)->name, name, n_name) == 0)
            return i;
    return graph->n;
}

static void add_names(struct graph *graph, size_t i, const char *text, size_t n_text)
{
    for (size_t j = 0; j < graph->n; j++)
        for (size_t k = 0; k < at(graph, j)->n_reads; k++) {
            const char *name = at(graph, j)->reads[k].name;
            if (j != i && strlen(name) == n_text && memcmp(name, text, n_text) == 0)
                graph->needs[i * graph->n + j] = true;
        }
}

/* The observables that an expression names. */
static int add_expression(struct graph *graph, size_t i, const char *text)
{
    struct err err = ERR_INIT;
    struct complaint_at nowhere = {NULL, &err};
    struct token *tokens;
    size_t n;
    if (text == NULL || token_read(text, &tokens, &n, &nowhere) != 0)
        return err.code == ERR_MEMORY ? mem_error(graph->reader->base.err) : 0;
    for (size_t k = 0; k < n; k++)
        if (tokens[k].kind == TOKEN_NAME)
            add_names(graph, i, text + tokens[k].start, tokens[k].n);
    mem_free(tokens);
    return 0;
}

/* {name} in the words of run */
static void add_placeholders(struct graph *graph, size_t i)
{
    for (size_t k = 0; at(graph, i)->run != NULL && at(graph, i)->run[k] != NULL; k++) {
        const char *p = at(graph, i)->run[k];
        while ((p = strchr(p, '{')) != NULL) {
            size_t n = strcspn(++p, "}");
            add_names(graph, i, p, n);
        }
    }
}

/* A text of calculator i that names another. */
struct mention {
    size_t i;
    const char *what; /* "after" */
    struct scan_pos pos;
};

static int unknown_calculator(struct graph *graph, const struct mention *mention, const char *name,
                              size_t n_name)
{
    char word[80];
    const char **names = arena_array(graph->reader->base.arena, graph->n, sizeof *names);
    if (names == NULL)
        return mem_error(graph->reader->base.err);
    snprintf(word, sizeof word, "%.*s", (int)(n_name < 70 ? n_name : 70), name);
    size_t n = 0;
    for (size_t k = 0; k < graph->n; k++)
        if (k != mention->i)
            names[n++] = at(graph, k)->name;
    scan_diagnose(graph->reader->base.diagnostics, mention->pos, NULL, text_nearest(word, names, n),
                  "%s: %s names no calculator: \"%s\"", at(graph, mention->i)->name, mention->what,
                  word);
    return 0;
}

static int add_calculator(struct graph *graph, const struct mention *mention, const char *name,
                          size_t n_name)
{
    size_t j = find_calculator(graph, name, n_name);
    if (j == graph->n)
        return unknown_calculator(graph, mention, name, n_name);
    graph->needs[mention->i * graph->n + j] = true;
    return 0;
}

/* "softsusy.output": the output of a calculator before this one. */
static int add_output_of(struct graph *graph, const struct mention *mention, const char *text)
{
    size_t n = text != NULL ? strlen(text) : 0;
    if (n <= 7 || strcmp(text + n - 7, ".output") != 0 || strchr(text, '/') != NULL)
        return 0;
    return add_calculator(graph, mention, text, n - 7);
}

static int add_outputs_of(struct graph *graph, const struct mention *mention, const char *first,
                          const char *const *more)
{
    if (add_output_of(graph, mention, first) != 0)
        return -1;
    for (size_t k = 0; more != NULL && more[k] != NULL; k++)
        if (add_output_of(graph, mention, more[k]) != 0)
            return -1;
    return 0;
}

static int add_needs(struct graph *graph, size_t i)
{
    const struct scan_calculator *c = at(graph, i);
    int rc = -1;
    for (size_t k = 0; c->after != NULL && c->after[k] != NULL; k++)
        TRY(add_calculator(graph, &(struct mention){i, "after", c->pos_after[k]}, c->after[k],
                           strlen(c->after[k])));
    TRY(add_outputs_of(graph, &(struct mention){i, "stdin", c->pos_stdin}, c->stdin_from,
                       c->stdin_more));
    TRY(add_outputs_of(graph, &(struct mention){i, "input", c->pos_input}, c->input,
                       c->input_more));
    for (size_t k = 0; k < c->n_writes; k++)
        TRY(add_expression(graph, i, c->writes[k].expression));
    for (size_t k = 0; c->inputs != NULL && c->inputs[k] != NULL; k++)
        TRY(add_expression(graph, i, c->inputs[k]));
    for (size_t k = 0; c->fail_if != NULL && c->fail_if[k] != NULL; k++)
        if (address_length(c->fail_if[k]) == 0)
            TRY(add_expression(graph, i, c->fail_if[k]));
    for (size_t k = 0; k < c->n_reads; k++)
        if (c->reads[k].kind == READ_EXPRESSION)
            TRY(add_expression(graph, i, c->reads[k].source));
    TRY(add_expression(graph, i, c->only_if));
    add_placeholders(graph, i);
    rc = 0;
out:
    return rc;
}

/* ---- sorting -------------------------------------------------------------------------------- */

static size_t first_ready(const struct graph *graph, const bool *is_placed)
{
    for (size_t i = 0; i < graph->n; i++) {
        bool is_ready = !is_placed[i];
        for (size_t j = 0; j < graph->n && is_ready; j++)
            is_ready = !graph->needs[i * graph->n + j] || is_placed[j];
        if (is_ready)
            return i;
    }
    return graph->n;
}

/* Follows needs among those that cannot run until one comes again. */
static void tell_cycle(const struct graph *graph, const bool *is_placed)
{
    char words[400] = "";
    size_t start = 0, used = 0;
    while (is_placed[start])
        start++;
    size_t i = start;
    for (size_t step = 0; step < graph->n; step++) /* after n steps we are on the cycle */
        for (size_t j = 0; j < graph->n; j++)
            if (graph->needs[i * graph->n + j] && !is_placed[j]) {
                i = j;
                break;
            }
    start = i;
    do {
        int n = snprintf(words + used, sizeof words - used, "%s needs ", at(graph, i)->name);
        used += n > 0 && (size_t)n < sizeof words - used ? (size_t)n : 0;
        for (size_t j = 0; j < graph->n; j++)
            if (graph->needs[i * graph->n + j] && !is_placed[j]) {
                i = j;
                break;
            }
    } while (i != start);
    scan_diagnose(graph->reader->base.diagnostics, at(graph, start)->pos, NULL, NULL,
                  "the calculators wait for each other: %s%s", words, at(graph, start)->name);
}

static int sort(struct graph *graph)
{
    struct scan *scan = graph->reader->scan;
    struct scan_calculator *sorted = arena_array(scan->arena, graph->n, sizeof *sorted);
    bool *is_placed = arena_array(scan->arena, graph->n, sizeof *is_placed);
    if (sorted == NULL || is_placed == NULL)
        return mem_error(graph->reader->base.err);
    for (size_t placed = 0; placed < graph->n; placed++) {
        size_t i = first_ready(graph, is_placed);
        if (i == graph->n) {
            tell_cycle(graph, is_placed);
            return 0;
        }
        sorted[placed] = *at(graph, i);
        is_placed[i] = true;
    }
    scan->calculators = sorted;
    return 0;
}

int order_calculators(struct reader *reader)
{
    struct graph graph = {reader, reader->scan->n_calculators, NULL};
    enum { MAX_CALCULATORS = 1000 };
    if (graph.n > MAX_CALCULATORS) {
        scan_diagnose(reader->base.diagnostics, at(&graph, 0)->pos, NULL, NULL,
                      "more than %d calculators", MAX_CALCULATORS);
        return 0;
    }
    graph.needs = arena_array(reader->base.arena, graph.n * graph.n, sizeof *graph.needs);
    if (graph.needs == NULL)
        return mem_error(reader->base.err);
    for (size_t i = 0; i < graph.n; i++)
        if (add_needs(&graph, i) != 0)
            return -1;
    return sort(&graph);
}

/* ---- the row -------------------------------------------------------------------------------- */

int order_values(struct reader *reader)
{
    struct scan *scan = reader->scan;
    size_t n = scan->n_params;
    for (size_t i = 0; i < scan->n_calculators; i++)
        n += scan->calculators[i].n_reads;
    const char **names = arena_array(scan->arena, n + 1, sizeof *names);
    const char **units = arena_array(scan->arena, n + 1, sizeof *units);
    if (names == NULL || units == NULL)
        return mem_error(reader->base.err);
    size_t value = 0;
    for (size_t i = 0; i < scan->n_params; i++, value++) {
        names[value] = scan->params[i].name;
        units[value] = scan->params[i].unit;
    }
    for (size_t i = 0; i < scan->n_calculators; i++)
        for (size_t k = 0; k < scan->calculators[i].n_reads; k++, value++) {
            struct scan_read *read = (struct scan_read *)&scan->calculators[i].reads[k];
            read->value = value;
            names[value] = read->name;
            units[value] = "";
        }
    scan->value_names = names;
    scan->value_units = units;
    scan->n_values = n;
    return 0;
}

/* ---- expressions ---------------------------------------------------------------------------- */

struct check {
    struct reader *reader;
    const struct scan_calculator *calculator;
    const char *what;
    size_t n_known; /* the values that are known here */
    bool is_condition;
};

/* The word at `column`, if it names a value that only comes later. */
static const char *later_value(const struct check *check, const char *text, size_t column)
{
    const struct scan *scan = check->reader->scan;
    size_t n =
        strspn(text + column, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_");
    for (size_t i = check->n_known; i < scan->n_values; i++)
        if (strlen(scan->value_names[i]) == n &&
            memcmp(scan->value_names[i], text + column, n) == 0)
            return scan->value_names[i];
    return NULL;
}

static int check_text(const struct check *check, const char *text, struct scan_pos pos)
{
    const struct scan *scan = check->reader->scan;
    struct err err = ERR_INIT;
    size_t column = 0;
    struct expr *expr = NULL;
    struct cond *cond = NULL;
    if (check->is_condition)
        cond = cond_create(text, scan->value_names, check->n_known, NULL, 0, &column, &err);
    else
        expr = expr_create(text, scan->value_names, check->n_known, &column, &err);
    bool is_good = expr != NULL || cond != NULL;
    expr_free(expr);
    cond_free(cond);
    if (is_good)
        return 0;
    if (err.code == ERR_MEMORY)
        return mem_error(check->reader->base.err);
    const char *later = later_value(check, text, column);
    pos = scan_pos_within(pos, text, column);
    if (later != NULL)
        scan_diagnose(check->reader->base.diagnostics, pos, NULL, NULL,
                      "%s: %s: \"%s\" is not known before this calculator has run",
                      check->calculator->name, check->what, later);
    else
        scan_diagnose(check->reader->base.diagnostics, pos, NULL, NULL, "%s: %s: %s",
                      check->calculator->name, check->what, err.message);
    return 0;
}

static int check_placeholders(const struct check *check)
{
    const struct scan *scan = check->reader->scan;
    for (size_t k = 0; check->calculator->run != NULL && check->calculator->run[k] != NULL; k++) {
        const char *p = check->calculator->run[k];
        while ((p = strchr(p, '{')) != NULL) {
            char name[80];
            size_t n = strcspn(++p, "}"), i = 0;
            snprintf(name, sizeof name, "%.*s", (int)(n < 70 ? n : 70), p);
            while (i < check->n_known && strcmp(scan->value_names[i], name) != 0)
                i++;
            if (i == check->n_known && name_is_word(name))
                scan_diagnose(check->reader->base.diagnostics, check->calculator->pos_run,
                              "{NAME} of a parameter or an observable from before",
                              text_nearest(name, scan->value_names, check->n_known),
                              "%s: run: there is no value \"%s\" here", check->calculator->name,
                              name);
        }
    }
    return 0;
}

static int check_calculator(struct check *check)
{
    const struct scan_calculator *c = check->calculator;
    int rc = -1;
    check->what = "write";
    for (size_t k = 0; k < c->n_writes; k++)
        TRY(check_text(check, c->writes[k].expression, c->writes[k].pos_expression));
    check->what = "inputs";
    for (size_t k = 0; c->inputs != NULL && c->inputs[k] != NULL; k++)
        TRY(check_text(check, c->inputs[k],
                       (struct scan_pos){c->pos_plugin.line, c->pos_plugin.column, 1}));
    TRY(check_placeholders(check));
    check->what = "only if";
    check->is_condition = true;
    if (c->only_if != NULL)
        TRY(check_text(check, c->only_if, c->pos_only_if));
    check->what = "read";
    check->is_condition = false;
    for (size_t k = 0; k < c->n_reads; k++, check->n_known++)
        if (c->reads[k].kind == READ_EXPRESSION)
            TRY(check_text(check, c->reads[k].source, c->reads[k].pos_source));
    check->what = "fail if";
    check->is_condition = true;
    for (size_t k = 0; c->fail_if != NULL && c->fail_if[k] != NULL; k++)
        if (address_length(c->fail_if[k]) != strlen(c->fail_if[k]))
            TRY(check_text(check, c->fail_if[k], c->pos_fail_if[k]));
    rc = 0;
out:
    return rc;
}

int check_calculators(struct reader *reader)
{
    const struct scan *scan = reader->scan;
    struct check check = {.reader = reader, .n_known = scan->n_params};
    for (size_t i = 0; i < scan->n_calculators; i++) {
        check.calculator = &scan->calculators[i];
        check.is_condition = false;
        if (check_calculator(&check) != 0)
            return -1;
    }
    return 0;
}
