/* formula.c: expressions over a point's row, and {placeholders} that stand for them.
 *
 * Most expressions of a scan file are plain names; those are read from the row's column without
 * asking the expression library. */
#include "private.h"

#include <ctype.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

void prep_complain(struct prep *prep, struct scan_pos pos, const char *expected,
                   const char *nearest, const char *format, ...)
{
    char text[CALC_SENTENCE];
    va_list args;
    va_start(args, format);
    vsnprintf(text, sizeof text, format, args);
    va_end(args);
    if (prep->diagnostics)
        scan_diagnose(prep->diagnostics, pos, expected, nearest, "%s", text);
    else if (prep->n_complaints == 0 && prep->err->code == ERR_NONE)
        err_set(prep->err, ERR_SCAN, "calculator '%s': %s",
                prep->scan->calculators[prep->calculator].name, text);
    prep->n_complaints++;
}

void prep_uses(struct prep *prep, const size_t *uses, size_t n, struct scan_pos pos,
               enum formula_scope scope)
{
    const struct scan *scan = prep->scan;
    for (size_t k = 0; k < n; k++) {
        size_t owner = uses[k] < scan->n_values ? prep->owner[uses[k]] : SIZE_MAX;
        if (uses[k] < scan->n_params)
            continue;
        bool is_late = owner == SIZE_MAX || owner > prep->calculator ||
                       (owner == prep->calculator && scope == BEFORE_RUN);
        if (is_late && !prep->is_checked)
            prep_complain(prep, pos, "a parameter, or what a calculator before this one reads",
                          NULL, "'%s' is not known yet when '%s' runs", scan->value_names[uses[k]],
                          scan->calculators[prep->calculator].name);
        if (!is_late && owner < prep->calculator && scope == BEFORE_RUN)
            prep->needs[owner] = true; /* what is read afterwards is missing one by one */
    }
}

bool value_is_whole(const struct scan *scan, size_t value)
{
    if (value >= scan->n_params)
        return false;
    const struct scan_param *param = &scan->params[value];
    bool is_whole =
        param->kind == PRIOR_INTEGER || param->kind == PRIOR_CHOICE || param->kind == PRIOR_FIXED;
    if (param->kind == PRIOR_FIXED)
        is_whole = param->value == floor(param->value);
    for (size_t i = 0; param->kind == PRIOR_CHOICE && i < param->n_choices; i++)
        is_whole = is_whole && param->choices[i] == floor(param->choices[i]);
    return is_whole;
}

const char *value_words(char out[TEXT_DOUBLE_SIZE], double value, bool is_whole)
{
    if (!is_whole || !(fabs(value) < 1e15) || value != floor(value))
        return text_from_double(out, value);
    snprintf(out, TEXT_DOUBLE_SIZE, "%.0f", value);
    return out;
}

int formula_create(struct formula *formula, struct prep *prep, const char *text,
                   struct scan_pos pos, enum formula_scope scope)
{
    const struct scan *scan = prep->scan;
    struct err err = ERR_INIT;
    size_t column = 0;
    formula->expr = NULL;
    formula->is_whole = false;
    formula->column = scan_value_index(scan, text);
    if (formula->column != SIZE_MAX) {
        prep_uses(prep, &formula->column, 1, pos, scope);
        formula->is_whole = value_is_whole(scan, formula->column);
        return 0;
    }
    formula->expr = expr_create(text, scan->value_names, scan->n_values, &column, &err);
    if (!formula->expr && err.code == ERR_MEMORY)
        return mem_error(prep->err);
    if (!formula->expr) {
        if (!prep->is_checked)
            prep_complain(prep, scan_pos_within(pos, text, column), NULL, NULL, "%s", err.message);
        return 0;
    }
    size_t n_uses;
    const size_t *uses = expr_uses(formula->expr, &n_uses);
    prep_uses(prep, uses, n_uses, pos, scope);
    return 0;
}

void formula_clear(struct formula *formula)
{
    expr_free(formula->expr);
    formula->expr = NULL;
}

double formula_eval(const struct formula *formula, const double *row)
{
    return formula->expr ? expr_eval(formula->expr, row) : row[formula->column];
}

void formula_block(const struct formula *formula, size_t n, const double *rows, size_t stride,
                   double *out, size_t out_stride)
{
    if (formula->expr) {
        expr_eval_block(formula->expr, n, rows, stride, out, out_stride);
        return;
    }
    for (size_t i = 0; i < n; i++)
        out[i * out_stride] = rows[i * stride + formula->column];
}

bool formula_is_ready(const struct formula *formula, const double *row)
{
    size_t n = 1;
    const size_t *uses = formula->expr ? expr_uses(formula->expr, &n) : &formula->column;
    for (size_t i = 0; i < n; i++) {
        if (!isfinite(row[uses[i]]))
            return false;
    }
    return true;
}

/* ---- placeholders --------------------------------------------------------------------------- */

enum { LONGEST_PLACEHOLDER = 200 };

struct braces {
    size_t start, end; /* of the content */
    bool is_escaped;   /* {{name}} */
};

static bool is_name(const char *text, size_t n)
{
    bool is_word = n > 0 && (isalpha((unsigned char)text[0]) || text[0] == '_');
    for (size_t i = 1; is_word && i < n; i++)
        is_word = isalnum((unsigned char)text[i]) || text[i] == '_';
    return is_word;
}

/* The next {...} on one line, from *at on. */
static bool next_braces(const char *text, size_t n, size_t at, struct braces *braces)
{
    for (; at < n; at++) {
        const char *open = memchr(text + at, '{', n - at);
        if (!open)
            return false;
        at = (size_t)(open - text);
        size_t end = at + 1;
        while (end < n && end - at <= LONGEST_PLACEHOLDER && !strchr("{}\n\"'", text[end]))
            end++;
        if (end >= n || text[end] != '}' || end == at + 1)
            continue;
        braces->start = at + 1;
        braces->end = end;
        braces->is_escaped = at > 0 && text[at - 1] == '{' && end + 1 < n && text[end + 1] == '}' &&
                             is_name(text + at + 1, end - at - 1);
        return true;
    }
    return false;
}

static const struct placeholder *find_placeholder(const struct placeholders *list, const char *text,
                                                  size_t n)
{
    for (size_t i = 0; i < list->n; i++) {
        if (strncmp(list->items[i].content, text, n) == 0 && list->items[i].content[n] == '\0')
            return &list->items[i];
    }
    return NULL;
}

/* What a name between braces stands for: a write's target first, then a value. */
static int make_placeholder(struct placeholder *item, struct prep *prep, struct scan_pos pos,
                            bool *is_one)
{
    const struct scan_calculator *def = &prep->scan->calculators[prep->calculator];
    struct err err = ERR_INIT;
    size_t column, n_uses = 0;
    *is_one = true;
    for (size_t i = 0; i < def->n_writes; i++) {
        if (strcmp(def->writes[i].target, item->content) == 0) {
            bool is_checked = prep->is_checked;
            prep->is_checked = true; /* what is wrong with it is told of the write */
            int rc = formula_create(&item->formula, prep, def->writes[i].expression,
                                    def->writes[i].pos_expression, BEFORE_RUN);
            prep->is_checked = is_checked;
            return rc;
        }
    }
    if (scan_value_index(prep->scan, item->content) != SIZE_MAX)
        return formula_create(&item->formula, prep, item->content, pos, BEFORE_RUN);
    *is_one = false;
    if (is_name(item->content, strlen(item->content))) {
        if (prep->is_checked)
            return 0;
        prep_complain(prep, pos,
                      "a parameter, an observable, or a target of `write`; {{x}} for "
                      "the text {x}",
                      text_nearest(item->content, prep->scan->value_names, prep->scan->n_values),
                      "there is no value for the placeholder {%s}", item->content);
        return 0;
    }
    struct expr *expr =
        expr_create(item->content, prep->scan->value_names, prep->scan->n_values, &column, &err);
    if (expr)
        (void)expr_uses(expr, &n_uses);
    bool is_formula = expr && n_uses > 0;
    expr_free(expr);
    if (!is_formula)
        return err.code == ERR_MEMORY ? mem_error(prep->err) : 0;
    *is_one = true;
    return formula_create(&item->formula, prep, item->content, pos, BEFORE_RUN);
}

int placeholders_collect(struct placeholders *list, struct prep *prep, const char *text, size_t n,
                         struct scan_pos pos)
{
    struct braces braces;
    for (size_t at = 0; next_braces(text, n, at, &braces); at = braces.end) {
        size_t length = braces.end - braces.start;
        bool is_one = false;
        if (braces.is_escaped || find_placeholder(list, text + braces.start, length))
            continue;
        struct placeholder *items = mem_resize(list->items, list->n, list->n + 1, sizeof *items);
        if (!items)
            return mem_error(prep->err);
        list->items = items;
        items[list->n].content = mem_strndup(text + braces.start, length);
        if (!items[list->n].content)
            return mem_error(prep->err);
        int rc = make_placeholder(&items[list->n], prep, pos, &is_one);
        if (rc == 0 && is_one) {
            list->n++;
        } else {
            mem_free(items[list->n].content);
            items[list->n].content = NULL;
        }
        if (rc != 0)
            return -1;
    }
    return 0;
}

void placeholders_clear(struct placeholders *list)
{
    for (size_t i = 0; i < list->n; i++) {
        mem_free(list->items[i].content);
        formula_clear(&list->items[i].formula);
    }
    mem_free(list->items);
    list->items = NULL;
    list->n = 0;
}

int placeholders_fill(const struct placeholders *list, const char *text, size_t n,
                      const double *row, struct buf *out, const char **failed, struct err *err)
{
    struct braces braces;
    char number[TEXT_DOUBLE_SIZE];
    size_t done = 0;
    for (size_t at = 0; next_braces(text, n, at, &braces); at = braces.end) {
        const struct placeholder *item =
            find_placeholder(list, text + braces.start, braces.end - braces.start);
        if (braces.is_escaped) { /* drop the outer braces */
            if (buf_append(out, text + done, braces.start - 2 - done, err) != 0 ||
                buf_append(out, text + braces.start - 1, braces.end + 2 - braces.start, err) != 0)
                return -1;
            done = braces.end + 2;
        } else if (item) {
            double value = formula_eval(&item->formula, row);
            if (!isfinite(value)) {
                *failed = item->content;
                return 1;
            }
            if (buf_append(out, text + done, braces.start - 1 - done, err) != 0 ||
                buf_puts(out, value_words(number, value, item->formula.is_whole), err) != 0)
                return -1;
            done = braces.end + 1;
        }
    }
    return buf_append(out, text + done, n - done, err);
}
