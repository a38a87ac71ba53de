/* cond.c: conditions, comparisons joined by and, or, not.
 *
 *     or  := and {or and}     and := not {and not}     not := not not | primary
 *     primary := atom | (or) | comparison
 *
 * A "(" opens a condition when the word behind its ")" ends one (and, or, ")", the end) and
 * something inside is more than arithmetic; otherwise it belongs to an expression: both (a + b) < c
 * and (a < b) and c < d are read.  Comparisons are split here and their sides are expressions.
 *
 * A comparison is kept as its margin, the signed distance to the cut (scan.h says which); the truth
 * of a condition follows from margins alone, by Kleene's logic (Introduction to Metamathematics,
 * 1952, par. 64): unknown only when what is unknown could decide. */
#include "theodolite/scan.h"
#include "token.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

enum { MAX_NODES = 1024, MAX_MARGINS = 64, BLOCK = 128 };

enum node_kind { NODE_AND, NODE_OR, NODE_NOT, NODE_MARGIN, NODE_ATOM };

struct cond_node {
    enum node_kind kind;
    size_t left, right; /* children; index of the margin or of the atom */
};

enum relation { LESS, LESS_EQUAL, EQUAL, UNEQUAL, TRUE_VALUE };

/* margin = high - low for LESS and LESS_EQUAL; |high - low| for the others. */
struct margin {
    enum relation relation;
    size_t low, high; /* indices of sides */
    char *words, *low_words, *high_words;
};

struct cond {
    struct cond_node *nodes;
    size_t n_nodes, root;
    struct margin margins[MAX_MARGINS];
    size_t n_margins;
    struct expr *sides[2 * MAX_MARGINS];
    size_t n_sides;
    size_t *uses, *uses_atoms;
    size_t n_uses, n_uses_atoms;
};

struct reader {
    struct cond *cond;
    const char *text;
    const struct token *tokens;
    size_t at, to;
    const char *const *names, *const *atoms;
    size_t n_names, n_atoms;
    unsigned depth;
    const struct complaint_at *complain;
};

/* ---- reading -------------------------------------------------------------------------------- */

static int read_or(struct reader *r, size_t *node);

static enum token_kind kind_at(const struct reader *r, size_t i)
{
    return i < r->to ? r->tokens[i].kind : TOKEN_END;
}

static bool ends_condition(enum token_kind kind)
{
    return kind == TOKEN_END || kind == TOKEN_AND || kind == TOKEN_OR || kind == TOKEN_CLOSE;
}

static int fail_at(const struct reader *r, size_t token, const char *message)
{
    return token_fail(r->complain, r->tokens[token].start, "%s", message);
}

static int add_node(struct reader *r, enum node_kind kind, size_t left, size_t right, size_t *node)
{
    struct cond *cond = r->cond;
    if (cond->n_nodes == MAX_NODES)
        return fail_at(r, r->at, "the condition has too many parts");
    *node = cond->n_nodes;
    cond->nodes[cond->n_nodes++] = (struct cond_node){.kind = kind, .left = left, .right = right};
    return 0;
}

static int add_side(struct reader *r, size_t from, size_t to, size_t *side)
{
    struct cond *cond = r->cond;
    struct token_span span = {.text = r->text, .tokens = r->tokens, .from = from, .to = to};
    if (from == to)
        return token_fail(r->complain, r->tokens[from].start,
                          "a comparison needs an expression on both sides");
    struct expr *expr = expr_create_span(&span, r->names, r->n_names, r->complain);
    if (expr == NULL)
        return -1;
    *side = cond->n_sides;
    cond->sides[cond->n_sides++] = expr;
    return 0;
}

/* The text of tokens from .. to - 1, blanks as they were; in parentheses where it is a sum. */
static void side_words(const struct reader *r, size_t from, size_t to, char *out, size_t size)
{
    size_t start = r->tokens[from].start, end = r->tokens[to - 1].start + r->tokens[to - 1].n;
    bool is_sum = false;
    for (size_t i = from + 1; i < to; i++) {
        enum token_kind before = r->tokens[i - 1].kind;
        char c = r->text[r->tokens[i].start];
        is_sum = is_sum || (r->tokens[i].kind == TOKEN_ARITHMETIC && (c == '+' || c == '-') &&
                            before != TOKEN_OPEN && before != TOKEN_ARITHMETIC);
        if (r->tokens[i].kind == TOKEN_OPEN)
            i = r->tokens[i].match;
    }
    if (r->tokens[from].kind == TOKEN_OPEN && r->tokens[from].match + 1 == to)
        is_sum = false;
    snprintf(out, size, is_sum ? "(%.*s)" : "%.*s", (int)(end - start), r->text + start);
}

struct sides {
    size_t from_low, to_low, from_high, to_high; /* tokens */
    size_t low, high;                            /* indices, SIZE_MAX: not made yet */
};

static int margin_words(const struct reader *r, enum relation relation, const struct sides *s,
                        struct margin *margin)
{
    char low[200], high[200] = "", words[420];
    side_words(r, s->from_low, s->to_low, low, sizeof low);
    if (relation == TRUE_VALUE) {
        snprintf(words, sizeof words, "|%s|", low);
    } else {
        side_words(r, s->from_high, s->to_high, high, sizeof high);
        snprintf(words, sizeof words, "%s%s - %s%s",
                 relation == EQUAL     ? "-|"
                 : relation == UNEQUAL ? "|"
                                       : "",
                 high, low, relation == EQUAL || relation == UNEQUAL ? "|" : "");
    }
    margin->words = mem_strdup(words);
    margin->low_words = mem_strdup(low);
    margin->high_words = mem_strdup(high);
    if (margin->words == NULL || margin->low_words == NULL || margin->high_words == NULL)
        return mem_error(r->complain->err);
    return 0;
}

static int add_margin(struct reader *r, enum relation relation, struct sides *s, size_t *node)
{
    struct cond *cond = r->cond;
    if (cond->n_margins == MAX_MARGINS)
        return token_fail(r->complain, r->tokens[s->from_low].start,
                          "a condition of more than %d comparisons", MAX_MARGINS);
    if (s->low == SIZE_MAX && add_side(r, s->from_low, s->to_low, &s->low) != 0)
        return -1;
    if (relation == TRUE_VALUE)
        s->high = s->low;
    if (s->high == SIZE_MAX && add_side(r, s->from_high, s->to_high, &s->high) != 0)
        return -1;
    struct margin *margin = &cond->margins[cond->n_margins];
    *margin = (struct margin){.relation = relation, .low = s->low, .high = s->high};
    if (margin_words(r, relation, s, margin) != 0)
        return -1;
    return add_node(r, NODE_MARGIN, cond->n_margins++, 0, node);
}

/* Tokens from .. to as a plain number. */
static bool number_of(const struct reader *r, size_t from, size_t to, double *value)
{
    char text[64];
    const struct token *first = &r->tokens[from], *last = &r->tokens[to - 1];
    size_t n = last->start + last->n - first->start;
    if (from >= to || n >= sizeof text)
        return false;
    memcpy(text, r->text + first->start, n);
    text[n] = '\0';
    return text_to_double(text, value) == 0;
}

/* x in lo .. hi: lo <= x and x <= hi */
static int read_range(struct reader *r, size_t from, size_t in, size_t to, size_t *node)
{
    size_t dots = in + 1, left, right;
    while (dots < to && r->tokens[dots].kind != TOKEN_RANGE)
        dots = r->tokens[dots].kind == TOKEN_OPEN ? r->tokens[dots].match + 1 : dots + 1;
    if (dots >= to)
        return fail_at(r, in, "expected a range behind \"in\": x in 1 .. 2");
    struct sides above = {in + 1, dots, from, in, SIZE_MAX, SIZE_MAX};
    if (from == in)
        return fail_at(r, in, "expected a value before \"in\": x in 1 .. 2");
    if (add_margin(r, LESS_EQUAL, &above, &left) != 0)
        return -1;
    struct sides below = {from, in, dots + 1, to, above.high, SIZE_MAX};
    if (dots + 1 == to)
        return fail_at(r, dots, "the range has no upper end: x in 1 .. 2");
    double low, high;
    if (number_of(r, in + 1, dots, &low) && number_of(r, dots + 1, to, &high) && low > high)
        return fail_at(r, in + 1, "the range is empty: its lower end is above its upper end");
    if (add_margin(r, LESS_EQUAL, &below, &right) != 0)
        return -1;
    return add_node(r, NODE_AND, left, right, node);
}

static int chained(const struct reader *r, const size_t *ops, size_t from, size_t to)
{
    const struct token *t = r->tokens, *last = &t[to - 1];
    const struct token *first_op = &t[ops[0]], *second_op = &t[ops[1]];
    if (from == ops[0] || ops[0] + 1 == ops[1] || ops[1] + 1 == to)
        return fail_at(r, ops[1], "expected an expression between two comparisons");
    int n_a = (int)(t[ops[0] - 1].start + t[ops[0] - 1].n - t[from].start);
    int n_b = (int)(t[ops[1] - 1].start + t[ops[1] - 1].n - t[ops[0] + 1].start);
    int n_c = (int)(last->start + last->n - t[ops[1] + 1].start);
    const char *a = r->text + t[from].start, *b = r->text + t[ops[0] + 1].start;
    const char *c = r->text + t[ops[1] + 1].start;
    bool up = r->text[first_op->start] == '<' && r->text[second_op->start] == '<';
    bool down = r->text[first_op->start] == '>' && r->text[second_op->start] == '>';
    if (n_a + n_b + n_c > 200 || !(up || down))
        return fail_at(r, ops[1], "a chained comparison: write 1 < x and x < 2, or x in 1 .. 2");
    return token_fail(r->complain, second_op->start,
                      "a chained comparison: write \"%.*s %.*s %.*s and %.*s %.*s %.*s\", or "
                      "\"%.*s in %.*s .. %.*s\"",
                      n_a, a, (int)first_op->n, r->text + first_op->start, n_b, b, n_b, b,
                      (int)second_op->n, r->text + second_op->start, n_c, c, n_b, b, up ? n_a : n_c,
                      up ? a : c, up ? n_c : n_a, up ? c : a);
}

static int read_relation(struct reader *r, size_t from, size_t op, size_t to, size_t *node)
{
    const struct token *token = &r->tokens[op];
    struct sides s = {from, op, op + 1, to, SIZE_MAX, SIZE_MAX};
    struct sides turned = {op + 1, to, from, op, SIZE_MAX, SIZE_MAX};
    if (from == op || op + 1 == to)
        return fail_at(r, op, "a comparison needs an expression on both sides");
    if (token_is(r->text, token, "<"))
        return add_margin(r, LESS, &s, node);
    if (token_is(r->text, token, "<="))
        return add_margin(r, LESS_EQUAL, &s, node);
    if (token_is(r->text, token, ">"))
        return add_margin(r, LESS, &turned, node);
    if (token_is(r->text, token, ">="))
        return add_margin(r, LESS_EQUAL, &turned, node);
    return add_margin(r, token_is(r->text, token, "==") ? EQUAL : UNEQUAL, &turned, node);
}

static bool is_value(const struct reader *r, size_t token)
{
    for (size_t i = 0; i < r->n_names; i++)
        if (token_is(r->text, &r->tokens[token], r->names[i]))
            return true;
    return false;
}

static int unknown_atom(const struct reader *r, size_t token)
{
    char word[128];
    token_word(r->text, &r->tokens[token], word, sizeof word);
    const char *near = text_nearest(word, r->atoms, r->n_atoms);
    if (near == NULL)
        near = text_nearest(word, r->names, r->n_names);
    return token_fail(r->complain, r->tokens[token].start,
                      near != NULL ? "there is no constraint \"%s\"; did you mean \"%s\"?"
                                   : "there is no constraint \"%s\"",
                      word, near);
}

/* Everything up to the next and, or, ")" at this level. */
static int read_comparison(struct reader *r, size_t *node)
{
    size_t from = r->at, i = from, ops[2] = {0, 0}, n_ops = 0, in = SIZE_MAX;
    for (; i < r->to && !ends_condition(r->tokens[i].kind); i++) {
        if (r->tokens[i].kind == TOKEN_OPEN)
            i = r->tokens[i].match;
        else if (r->tokens[i].kind == TOKEN_COMPARE && n_ops < 2)
            ops[n_ops++] = i;
        else if (r->tokens[i].kind == TOKEN_IN && in == SIZE_MAX)
            in = i;
        else if (r->tokens[i].kind == TOKEN_QUESTION)
            return fail_at(r, i, "put the choice into parentheses: (c ? a : b)");
    }
    r->at = i;
    if (from == i)
        return token_fail(r->complain, r->tokens[i].start, "expected a condition");
    if (n_ops == 2)
        return chained(r, ops, from, i);
    if (in != SIZE_MAX && n_ops > 0)
        return fail_at(r, ops[0], "a comparison and a range in one: join them with \"and\"");
    if (in != SIZE_MAX)
        return read_range(r, from, in, i, node);
    if (n_ops == 1)
        return read_relation(r, from, ops[0], i, node);
    if (r->n_atoms > 0 && i == from + 1 && r->tokens[from].kind == TOKEN_NAME && !is_value(r, from))
        return unknown_atom(r, from);
    struct sides s = {from, i, from, i, SIZE_MAX, SIZE_MAX};
    return add_margin(r, TRUE_VALUE, &s, node);
}

/* Does the parenthesis at r->at hold a condition, rather than a part of an expression? */
static bool opens_condition(const struct reader *r)
{
    size_t close = r->tokens[r->at].match;
    if (!ends_condition(kind_at(r, close + 1)))
        return false;
    for (size_t i = r->at + 1; i < close; i++) {
        enum token_kind kind = r->tokens[i].kind;
        if (kind == TOKEN_QUESTION)
            return false;
        if (kind == TOKEN_COMPARE || kind == TOKEN_AND || kind == TOKEN_OR || kind == TOKEN_NOT ||
            kind == TOKEN_IN)
            return true;
        for (size_t a = 0; a < r->n_atoms && kind == TOKEN_NAME; a++)
            if (token_is(r->text, &r->tokens[i], r->atoms[a]))
                return true;
    }
    return false;
}

static int read_primary(struct reader *r, size_t *node)
{
    if (kind_at(r, r->at) == TOKEN_NAME && ends_condition(kind_at(r, r->at + 1)))
        for (size_t a = 0; a < r->n_atoms; a++)
            if (token_is(r->text, &r->tokens[r->at], r->atoms[a])) {
                r->at++;
                return add_node(r, NODE_ATOM, a, 0, node);
            }
    if (kind_at(r, r->at) != TOKEN_OPEN || !opens_condition(r))
        return read_comparison(r, node);
    r->at++;
    if (read_or(r, node) != 0)
        return -1;
    if (kind_at(r, r->at) != TOKEN_CLOSE)
        return fail_at(r, r->at, "expected \"and\", \"or\" or \")\"");
    r->at++;
    return 0;
}

static int read_not(struct reader *r, size_t *node)
{
    bool is_negated = false;
    for (; kind_at(r, r->at) == TOKEN_NOT; r->at++)
        is_negated = !is_negated;
    if (read_primary(r, node) != 0)
        return -1;
    return is_negated ? add_node(r, NODE_NOT, *node, 0, node) : 0;
}

static int read_and(struct reader *r, size_t *node)
{
    size_t right;
    if (read_not(r, node) != 0)
        return -1;
    while (kind_at(r, r->at) == TOKEN_AND) {
        r->at++;
        if (read_not(r, &right) != 0 || add_node(r, NODE_AND, *node, right, node) != 0)
            return -1;
    }
    return 0;
}

static int read_or(struct reader *r, size_t *node)
{
    size_t right;
    if (read_and(r, node) != 0)
        return -1;
    while (kind_at(r, r->at) == TOKEN_OR) {
        r->at++;
        if (read_and(r, &right) != 0 || add_node(r, NODE_OR, *node, right, node) != 0)
            return -1;
    }
    return 0;
}

/* ---- what it reads -------------------------------------------------------------------------- */

static void add_once(size_t *list, size_t *n, size_t item)
{
    for (size_t i = 0; i < *n; i++)
        if (list[i] == item)
            return;
    list[(*n)++] = item;
}

static int collect_uses(struct cond *cond, struct err *err)
{
    size_t total = 0, n;
    for (size_t i = 0; i < cond->n_sides; i++) {
        expr_uses(cond->sides[i], &n);
        total += n;
    }
    cond->uses = mem_array(total, sizeof *cond->uses);
    cond->uses_atoms = mem_array(cond->n_nodes, sizeof *cond->uses_atoms);
    if (cond->uses == NULL || cond->uses_atoms == NULL)
        return mem_error(err);
    for (size_t i = 0; i < cond->n_sides; i++) {
        const size_t *uses = expr_uses(cond->sides[i], &n);
        for (size_t k = 0; k < n; k++)
            add_once(cond->uses, &cond->n_uses, uses[k]);
    }
    for (size_t i = 0; i < cond->n_nodes; i++)
        if (cond->nodes[i].kind == NODE_ATOM)
            add_once(cond->uses_atoms, &cond->n_uses_atoms, cond->nodes[i].left);
    return 0;
}

struct cond *cond_create(const char *text, const char *const *names, size_t n,
                         const char *const *atoms, size_t n_atoms, size_t *column, struct err *err)
{
    struct complaint_at at = {.column = column, .err = err};
    struct token *tokens = NULL;
    size_t n_tokens;
    struct cond *cond = mem_new(struct cond);
    if (column != NULL)
        *column = 0;
    if (cond == NULL || (cond->nodes = mem_array(MAX_NODES, sizeof *cond->nodes)) == NULL) {
        mem_error(err);
        goto fail;
    }
    if (token_read(text, &tokens, &n_tokens, &at) != 0)
        goto fail;
    struct reader r = {.cond = cond,
                       .text = text,
                       .tokens = tokens,
                       .to = n_tokens,
                       .names = names,
                       .n_names = n,
                       .atoms = atoms,
                       .n_atoms = n_atoms,
                       .complain = &at};
    if (read_or(&r, &cond->root) != 0)
        goto fail;
    if (r.at < r.to) {
        fail_at(&r, r.at, "expected \"and\" or \"or\"");
        goto fail;
    }
    if (collect_uses(cond, err) != 0)
        goto fail;
    mem_free(tokens);
    return cond;
fail:
    mem_free(tokens);
    cond_free(cond);
    return NULL;
}

void cond_free(struct cond *cond)
{
    if (cond == NULL)
        return;
    for (size_t i = 0; i < cond->n_sides; i++)
        expr_free(cond->sides[i]);
    for (size_t i = 0; i < MAX_MARGINS; i++) {
        mem_free(cond->margins[i].words);
        mem_free(cond->margins[i].low_words);
        mem_free(cond->margins[i].high_words);
    }
    mem_free(cond->nodes);
    mem_free(cond->uses);
    mem_free(cond->uses_atoms);
    mem_free(cond);
}

size_t cond_n_margins(const struct cond *cond)
{
    return cond->n_margins;
}

const char *cond_margin_words(const struct cond *cond, size_t k)
{
    return cond->margins[k].words;
}

const char *cond_bare(const struct cond *cond)
{
    for (size_t k = 0; k < cond->n_margins; k++)
        if (cond->margins[k].relation == TRUE_VALUE &&
            strpbrk(cond->margins[k].low_words, "<>=!&|?") == NULL)
            return cond->margins[k].low_words;
    return NULL;
}

struct cond_sides cond_margin_sides(struct cond *cond, size_t k, const double *row)
{
    const struct margin *margin = &cond->margins[k];
    struct cond_sides sides = {.low_words = margin->low_words,
                               .high_words = margin->high_words,
                               .is_distance =
                                   margin->relation == LESS || margin->relation == LESS_EQUAL};
    size_t n;
    sides.low = expr_eval(cond->sides[margin->low], row);
    sides.high = expr_eval(cond->sides[margin->high], row);
    expr_uses(cond->sides[margin->low], &n);
    sides.low_is_number = n == 0;
    expr_uses(cond->sides[margin->high], &n);
    sides.high_is_number = n == 0;
    return sides;
}

const size_t *cond_uses(const struct cond *cond, size_t *n)
{
    *n = cond->n_uses;
    return cond->uses;
}

const size_t *cond_uses_atoms(const struct cond *cond, size_t *n)
{
    *n = cond->n_uses_atoms;
    return cond->uses_atoms;
}

/* ---- evaluating ----------------------------------------------------------------------------- */

static double margin_of(enum relation relation, double low, double high)
{
    switch (relation) {
    case LESS:
    case LESS_EQUAL: return high - low;
    case EQUAL: return -fabs(high - low);
    case UNEQUAL: return fabs(high - low);
    case TRUE_VALUE: break;
    }
    if (isnan(low))
        return NAN;
    return low != 0.0 ? fabs(low) : -1.0;
}

void cond_margins(struct cond *cond, size_t n, const double *rows, size_t row_stride,
                  double *margins, size_t stride)
{
    double low[BLOCK], high[BLOCK];
    for (size_t first = 0; first < n; first += BLOCK) {
        size_t count = n - first < BLOCK ? n - first : BLOCK;
        const double *block = rows + first * row_stride;
        for (size_t k = 0; k < cond->n_margins; k++) {
            const struct margin *margin = &cond->margins[k];
            double *out = margins + first * stride + k;
            expr_eval_block(cond->sides[margin->low], count, block, row_stride, low, 1);
            if (margin->high != margin->low)
                expr_eval_block(cond->sides[margin->high], count, block, row_stride, high, 1);
            else
                memcpy(high, low, count * sizeof *low);
            for (size_t i = 0; i < count; i++)
                out[i * stride] = margin_of(margin->relation, low[i], high[i]);
        }
    }
}

static enum truth margin_truth(enum relation relation, double margin)
{
    if (isnan(margin))
        return TRUTH_UNKNOWN;
    if (relation == LESS_EQUAL || relation == EQUAL)
        return margin >= 0.0 ? TRUTH_YES : TRUTH_NO;
    return margin > 0.0 ? TRUTH_YES : TRUTH_NO;
}

/* Nodes stand behind their children, so one pass in order is enough. */
enum truth cond_truth(const struct cond *cond, const double *margins, const enum truth *atoms)
{
    signed char truths[MAX_NODES];
    truths[0] = TRUTH_UNKNOWN;
    for (size_t i = 0; i < cond->n_nodes; i++) {
        const struct cond_node *node = &cond->nodes[i];
        signed char a, b;
        switch (node->kind) {
        case NODE_MARGIN:
            truths[i] =
                (signed char)margin_truth(cond->margins[node->left].relation, margins[node->left]);
            break;
        case NODE_ATOM:
            truths[i] = (signed char)(atoms != NULL ? atoms[node->left] : TRUTH_UNKNOWN);
            break;
        case NODE_NOT:
            a = truths[node->left];
            truths[i] = (signed char)(a < 0 ? a : !a);
            break;
        case NODE_AND:
            a = truths[node->left], b = truths[node->right];
            truths[i] = (signed char)(a == 0 || b == 0 ? 0 : a < 0 || b < 0 ? -1 : 1);
            break;
        case NODE_OR:
            a = truths[node->left], b = truths[node->right];
            truths[i] = (signed char)(a == 1 || b == 1 ? 1 : a < 0 || b < 0 ? -1 : 0);
            break;
        }
    }
    return (enum truth)truths[cond->root];
}

enum truth cond_test(struct cond *cond, const double *row)
{
    double margins[MAX_MARGINS];
    cond_margins(cond, 1, row, 0, margins, MAX_MARGINS);
    return cond_truth(cond, margins, NULL);
}
