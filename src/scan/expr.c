/* expr.c: mathematics over named values.
 *
 * The text is checked by a recursive descent of our own, which knows names and places, and is
 * handed to muParser in a normal form: values are v0, v1, ..., numbers have 17 digits, every sign
 * its parentheses.  So muParser (2.3, the C interface) never sees a name of the user's, its locale
 * or its idea of a comparison chain; it compiles and evaluates.  A constant, a value and the
 * absolute of a value are evaluated without it: they are most of what stands in constraints, and a
 * call through muParser costs ten times as much.
 *
 *     choice  := or [? choice : choice]          or   := and {or and}
 *     and     := not {and not}                   not  := not not | compare
 *     compare := sum [< <= > >= == != sum]       sum  := product {+- product}
 *     product := sign {"*" or "/" sign}        sign := {+-} power
 *     power   := operand [^ sign]
 *     operand := number | name | name(choice, ...) | (choice)
 *
 * What is not finite is NaN, on the way in and on the way out. */
#include "theodolite/scan.h"
#include "token.h"

#include <math.h>
#include <muParserDLL.h>
#include <stdio.h>
#include <string.h>

enum { MAX_USES = 256, MAX_RECURSION = 400, MAX_NORMAL = 1 << 18 };

enum shape { SHAPE_CONSTANT, SHAPE_VALUE, SHAPE_ABSOLUTE, SHAPE_GENERAL };

struct expr {
    enum shape shape;
    double constant;
    size_t *uses; /* indices into the names */
    size_t n_uses;
    double *values; /* muParser's variables, in the order of uses */
    muParserHandle_t parser;
};

struct function {
    const char *name, *normal;
    int min_args, max_args;
};

static const struct function FUNCTIONS[] = {
    {"abs", "abs", 1, 1},     {"sqrt", "sqrt", 1, 1},   {"exp", "exp", 1, 1},
    {"log", "ln", 1, 1},      {"ln", "ln", 1, 1},       {"log10", "log10", 1, 1},
    {"log2", "log2", 1, 1},   {"pow", "pow", 2, 2},     {"min", "min", 1, 64},
    {"max", "max", 1, 64},    {"sum", "sum", 1, 64},    {"avg", "avg", 1, 64},
    {"sin", "sin", 1, 1},     {"cos", "cos", 1, 1},     {"tan", "tan", 1, 1},
    {"asin", "asin", 1, 1},   {"acos", "acos", 1, 1},   {"atan", "atan", 1, 1},
    {"atan2", "atan2", 2, 2}, {"sinh", "sinh", 1, 1},   {"cosh", "cosh", 1, 1},
    {"tanh", "tanh", 1, 1},   {"asinh", "asinh", 1, 1}, {"acosh", "acosh", 1, 1},
    {"atanh", "atanh", 1, 1}, {"sign", "sign", 1, 1},   {"rint", "rint", 1, 1},
    {"floor", "floor", 1, 1}, {"ceil", "ceil", 1, 1},
};
enum { N_FUNCTIONS = sizeof FUNCTIONS / sizeof FUNCTIONS[0] };

bool expr_is_function(const char *name)
{
    for (size_t i = 0; i < N_FUNCTIONS; i++)
        if (strcmp(FUNCTIONS[i].name, name) == 0)
            return true;
    return strcmp(name, "pi") == 0;
}

/* ---- checking ------------------------------------------------------------------------------- */

struct checker {
    const char *text;
    const struct token *tokens;
    size_t at, to; /* the next token; where the span ends */
    const char *const *names;
    size_t n_names;
    size_t uses[MAX_USES], n_uses;
    struct buf normal;
    unsigned depth;
    const struct complaint_at *complain;
};

static int check_choice(struct checker *c);
static int check_sign(struct checker *c);

static enum token_kind next_kind(const struct checker *c)
{
    return c->at < c->to ? c->tokens[c->at].kind : TOKEN_END;
}

static size_t next_start(const struct checker *c)
{
    return c->at < c->to || c->to == 0 ? c->tokens[c->at].start
                                       : c->tokens[c->to - 1].start + c->tokens[c->to - 1].n;
}

static int emit(struct checker *c, const char *text)
{
    return buf_puts(&c->normal, text, c->complain->err);
}

static int emit_token(struct checker *c)
{
    const struct token *token = &c->tokens[c->at++];
    return buf_append(&c->normal, c->text + token->start, token->n, c->complain->err);
}

static int unknown_name(struct checker *c, const struct token *token, const char *word)
{
    const char *near = text_nearest(word, c->names, c->n_names);
    if (c->n_names == 0)
        return token_fail(c->complain, token->start, "\"%s\" is not a number", word);
    return token_fail(c->complain, token->start,
                      near != NULL
                          ? "there is no parameter or observable \"%s\"; did you mean \"%s\"?"
                          : "there is no parameter or observable \"%s\"",
                      word, near);
}

static int check_value(struct checker *c)
{
    const struct token *token = &c->tokens[c->at];
    char word[128], normal[32];
    token_word(c->text, token, word, sizeof word);
    size_t i = 0, k = 0;
    while (i < c->n_names && strcmp(c->names[i], word) != 0)
        i++;
    if (i == c->n_names) {
        if (strcmp(word, "pi") == 0) {
            c->at++;
            return emit(c, "_pi");
        }
        if (expr_is_function(word))
            return token_fail(c->complain, token->start, "\"%s\" is a function: write %s(x)", word,
                              word);
        return unknown_name(c, token, word);
    }
    while (k < c->n_uses && c->uses[k] != i)
        k++;
    if (k == MAX_USES)
        return token_fail(c->complain, token->start, "an expression over more than %d values",
                          MAX_USES);
    if (k == c->n_uses)
        c->uses[c->n_uses++] = i;
    c->at++;
    snprintf(normal, sizeof normal, "v%zu", k);
    return emit(c, normal);
}

static int unknown_function(struct checker *c, const struct token *token, const char *word)
{
    const char *known[N_FUNCTIONS];
    for (size_t i = 0; i < N_FUNCTIONS; i++)
        known[i] = FUNCTIONS[i].name;
    for (size_t i = 0; i < c->n_names; i++)
        if (strcmp(c->names[i], word) == 0)
            return token_fail(c->complain, token->start,
                              "\"%s\" is no function: a product is written %s*(...)", word, word);
    const char *near = text_nearest(word, known, N_FUNCTIONS);
    return token_fail(c->complain, token->start,
                      near != NULL ? "there is no function \"%s\"; did you mean \"%s\"?"
                                   : "there is no function \"%s\"",
                      word, near);
}

static int check_call(struct checker *c)
{
    const struct token *token = &c->tokens[c->at];
    const struct function *function = NULL;
    char word[128];
    int n = 0;
    token_word(c->text, token, word, sizeof word);
    for (size_t i = 0; i < N_FUNCTIONS && function == NULL; i++)
        if (strcmp(FUNCTIONS[i].name, word) == 0)
            function = &FUNCTIONS[i];
    if (function == NULL)
        return unknown_function(c, token, word);
    c->at += 2;
    if (emit(c, function->normal) != 0 || emit(c, "(") != 0)
        return -1;
    while (next_kind(c) != TOKEN_CLOSE) {
        if (n > 0 && next_kind(c) != TOKEN_COMMA)
            return token_fail(c->complain, next_start(c), "expected \",\" or \")\" in %s(...)",
                              word);
        if (n > 0 && emit_token(c) != 0)
            return -1;
        if (check_choice(c) != 0)
            return -1;
        n++;
    }
    if (n < function->min_args || n > function->max_args)
        return token_fail(c->complain, token->start, "%s takes %s%d argument%s, not %d", word,
                          function->max_args > function->min_args ? "at least " : "",
                          function->min_args, function->min_args > 1 ? "s" : "", n);
    return emit_token(c);
}

static int check_number(struct checker *c)
{
    const struct token *token = &c->tokens[c->at];
    char word[128], normal[TEXT_DOUBLE_SIZE];
    double value;
    token_word(c->text, token, word, sizeof word);
    if (text_to_double(word, &value) != 0)
        return token_fail(c->complain, token->start, "the number %s is too large", word);
    c->at++;
    return emit(c, text_from_double(normal, value));
}

/* A word behind a number that no value is called. */
static bool is_unit(const struct checker *c)
{
    char word[128];
    if (next_kind(c) != TOKEN_NAME || c->at == 0 || c->tokens[c->at - 1].kind != TOKEN_NUMBER)
        return false;
    token_word(c->text, &c->tokens[c->at], word, sizeof word);
    for (size_t i = 0; i < c->n_names; i++)
        if (strcmp(c->names[i], word) == 0)
            return false;
    return !expr_is_function(word);
}

static int no_unit(const struct checker *c)
{
    const struct token *token = &c->tokens[c->at];
    return token_fail(c->complain, token->start,
                      "expected an operator before \"%.*s\"; if that is a unit, leave it out: "
                      "numbers are in that of the quantity",
                      (int)token->n, c->text + token->start);
}

static int check_operand(struct checker *c)
{
    switch (next_kind(c)) {
    case TOKEN_NUMBER: return check_number(c);
    case TOKEN_NAME:
        if (c->at + 1 < c->to && c->tokens[c->at + 1].kind == TOKEN_OPEN)
            return check_call(c);
        return check_value(c);
    case TOKEN_OPEN:
        if (emit_token(c) != 0 || check_choice(c) != 0)
            return -1;
        if (is_unit(c))
            return no_unit(c);
        if (next_kind(c) != TOKEN_CLOSE)
            return token_fail(c->complain, next_start(c), "expected an operator or \")\"");
        return emit_token(c);
    case TOKEN_END: return token_fail(c->complain, next_start(c), "the expression ends too early");
    default:
        return token_fail(c->complain, next_start(c),
                          "expected a number, a name or \"(\" before \"%.*s\"",
                          (int)c->tokens[c->at].n, c->text + c->tokens[c->at].start);
    }
}

static bool next_is(const struct checker *c, const char *symbols)
{
    return next_kind(c) == TOKEN_ARITHMETIC &&
           strchr(symbols, c->text[c->tokens[c->at].start]) != NULL;
}

static int check_power(struct checker *c)
{
    if (check_operand(c) != 0)
        return -1;
    if (!next_is(c, "^"))
        return 0;
    return emit_token(c) != 0 ? -1 : check_sign(c);
}

static int check_sign(struct checker *c)
{
    bool is_minus = false;
    while (next_is(c, "+-"))
        if (c->text[c->tokens[c->at++].start] == '-')
            is_minus = !is_minus;
    if (++c->depth > MAX_RECURSION)
        return token_fail(c->complain, next_start(c), "the expression is nested too deeply");
    if ((is_minus && emit(c, "(-") != 0) || check_power(c) != 0 || (is_minus && emit(c, ")") != 0))
        return -1;
    c->depth--;
    return 0;
}

static int check_sum(struct checker *c)
{
    if (check_sign(c) != 0)
        return -1;
    while (next_is(c, "+-*/"))
        if (emit_token(c) != 0 || check_sign(c) != 0)
            return -1;
    return 0;
}

static int check_compare(struct checker *c)
{
    if (check_sum(c) != 0)
        return -1;
    if (next_kind(c) != TOKEN_COMPARE)
        return 0;
    if (emit_token(c) != 0 || check_sum(c) != 0)
        return -1;
    if (next_kind(c) == TOKEN_COMPARE)
        return token_fail(c->complain, next_start(c),
                          "a chained comparison: write 1 < x and x < 2, or x in 1 .. 2");
    return 0;
}

static int check_not(struct checker *c)
{
    size_t n = 0;
    for (; next_kind(c) == TOKEN_NOT; c->at++, n++)
        if (n > MAX_RECURSION || emit(c, "(0==(") != 0)
            return token_fail(c->complain, next_start(c), "the expression is nested too deeply");
    if (check_compare(c) != 0)
        return -1;
    while (n-- > 0)
        if (emit(c, "))") != 0)
            return -1;
    return 0;
}

static int check_and(struct checker *c)
{
    if (check_not(c) != 0)
        return -1;
    for (; next_kind(c) == TOKEN_AND;) {
        c->at++;
        if (emit(c, "&&") != 0 || check_not(c) != 0)
            return -1;
    }
    return 0;
}

static int check_or(struct checker *c)
{
    if (check_and(c) != 0)
        return -1;
    for (; next_kind(c) == TOKEN_OR;) {
        c->at++;
        if (emit(c, "||") != 0 || check_and(c) != 0)
            return -1;
    }
    return 0;
}

static int check_choice(struct checker *c)
{
    if (++c->depth > MAX_RECURSION)
        return token_fail(c->complain, next_start(c), "the expression is nested too deeply");
    if (check_or(c) != 0)
        return -1;
    if (next_kind(c) == TOKEN_QUESTION) {
        if (emit_token(c) != 0 || check_choice(c) != 0)
            return -1;
        if (next_kind(c) != TOKEN_COLON)
            return token_fail(c->complain, next_start(c), "expected \":\": a choice is c ? a : b");
        if (emit_token(c) != 0 || check_choice(c) != 0)
            return -1;
    }
    c->depth--;
    return 0;
}

static int after_the_end(const struct checker *c)
{
    const struct token *token = &c->tokens[c->at];
    if (is_unit(c))
        return no_unit(c);
    if (token->kind == TOKEN_IN || token->kind == TOKEN_RANGE)
        return token_fail(c->complain, token->start,
                          "a range stands in conditions only: x in 1 .. 2");
    return token_fail(c->complain, token->start, "expected an operator before \"%.*s\"",
                      (int)token->n, c->text + token->start);
}

/* ---- compiling ------------------------------------------------------------------------------ */

static double power_of(double x, double y)
{
    return pow(x, y);
}

static double floor_of(double x)
{
    return floor(x);
}

static double ceil_of(double x)
{
    return ceil(x);
}

static int compile(struct expr *expr, const struct checker *c)
{
    struct err *err = c->complain->err;
    expr->parser = mupCreate(muBASETYPE_FLOAT);
    if (expr->parser == NULL)
        return mem_error(err);
    mupDefineFun2(expr->parser, "pow", power_of, 1);
    mupDefineFun1(expr->parser, "floor", floor_of, 1);
    mupDefineFun1(expr->parser, "ceil", ceil_of, 1);
    for (size_t k = 0; k < expr->n_uses; k++) {
        char name[32];
        snprintf(name, sizeof name, "v%zu", k);
        expr->values[k] = 1.0;
        mupDefineVar(expr->parser, name, &expr->values[k]);
    }
    mupSetExpr(expr->parser, c->normal.data);
    expr->constant = mupEval(expr->parser);
    if (mupError(expr->parser))
        return token_fail(c->complain, 0, "the expression cannot be evaluated (%s)",
                          mupGetErrorMsg(expr->parser));
    return 0;
}

static void find_shape(struct expr *expr, const struct checker *c)
{
    const char *normal = c->normal.data;
    expr->shape = SHAPE_GENERAL;
    if (expr->n_uses == 0)
        expr->shape = SHAPE_CONSTANT;
    else if (strcmp(normal, "v0") == 0 || strcmp(normal, "(v0)") == 0)
        expr->shape = SHAPE_VALUE;
    else if (strcmp(normal, "abs(v0)") == 0)
        expr->shape = SHAPE_ABSOLUTE;
    if (!isfinite(expr->constant))
        expr->constant = NAN;
    if (expr->shape != SHAPE_GENERAL) {
        mupRelease(expr->parser);
        expr->parser = NULL;
    }
}

static struct expr *build(const struct checker *c)
{
    struct expr *expr = mem_new(struct expr);
    if (expr == NULL) {
        mem_error(c->complain->err);
        return NULL;
    }
    expr->n_uses = c->n_uses;
    expr->uses = mem_array(c->n_uses, sizeof *expr->uses);
    expr->values = mem_array(c->n_uses, sizeof *expr->values);
    if (expr->uses == NULL || expr->values == NULL) {
        mem_error(c->complain->err);
        goto fail;
    }
    memcpy(expr->uses, c->uses, c->n_uses * sizeof *expr->uses);
    if (compile(expr, c) != 0)
        goto fail;
    find_shape(expr, c);
    return expr;
fail:
    expr_free(expr);
    return NULL;
}

struct expr *expr_create_span(const struct token_span *span, const char *const *names, size_t n,
                              const struct complaint_at *at)
{
    struct expr *expr = NULL;
    struct checker c = {.text = span->text,
                        .tokens = span->tokens,
                        .at = span->from,
                        .to = span->to,
                        .names = names,
                        .n_names = n,
                        .complain = at};
    buf_init(&c.normal, MAX_NORMAL);
    if (check_choice(&c) == 0 && (c.at == c.to || after_the_end(&c) == 0))
        expr = build(&c);
    buf_free(&c.normal);
    return expr;
}

struct expr *expr_create(const char *text, const char *const *names, size_t n, size_t *column,
                         struct err *err)
{
    struct complaint_at at = {.column = column, .err = err};
    struct token *tokens;
    size_t n_tokens;
    if (column != NULL)
        *column = 0;
    if (token_read(text, &tokens, &n_tokens, &at) != 0)
        return NULL;
    struct token_span span = {.text = text, .tokens = tokens, .from = 0, .to = n_tokens};
    struct expr *expr = expr_create_span(&span, names, n, &at);
    mem_free(tokens);
    return expr;
}

void expr_free(struct expr *expr)
{
    if (expr == NULL)
        return;
    if (expr->parser != NULL)
        mupRelease(expr->parser);
    mem_free(expr->uses);
    mem_free(expr->values);
    mem_free(expr);
}

/* ---- evaluating ----------------------------------------------------------------------------- */

static double finite_or_nan(double value)
{
    return isfinite(value) ? value : NAN;
}

static double eval_general(struct expr *expr, const double *row)
{
    for (size_t k = 0; k < expr->n_uses; k++) {
        double value = row[expr->uses[k]];
        if (!isfinite(value))
            return NAN;
        expr->values[k] = value;
    }
    return finite_or_nan(mupEval(expr->parser));
}

double expr_eval(struct expr *expr, const double *row)
{
    switch (expr->shape) {
    case SHAPE_CONSTANT: return expr->constant;
    case SHAPE_VALUE: return finite_or_nan(row[expr->uses[0]]);
    case SHAPE_ABSOLUTE: return finite_or_nan(fabs(row[expr->uses[0]]));
    case SHAPE_GENERAL: break;
    }
    return eval_general(expr, row);
}

void expr_eval_block(struct expr *expr, size_t n, const double *rows, size_t stride, double *out,
                     size_t out_stride)
{
    if (expr->shape == SHAPE_VALUE) {
        const double *column = rows + expr->uses[0];
        for (size_t i = 0; i < n; i++)
            out[i * out_stride] = finite_or_nan(column[i * stride]);
        return;
    }
    for (size_t i = 0; i < n; i++)
        out[i * out_stride] = expr_eval(expr, rows + i * stride);
}

const size_t *expr_uses(const struct expr *expr, size_t *n)
{
    *n = expr->n_uses;
    return expr->uses;
}
