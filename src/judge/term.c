/* term.c: one constraint: its text, its margins, its pull.
 *
 * The forms are told apart by what stands in them outside of parentheses: the word `curve` in
 * front,
 * `+-` for a Gaussian, else a condition.  A Gaussian with several errors has them in quadrature; it
 * holds where |pull| <= n sigma, a limit where the pull beyond it is <= n sigma, so its margins are
 * distances to shifted cuts, in the units of the left side:
 *
 *     x = c +- s       c + n s - x  and  x - (c - n s)
 *     x < c +- s       c + n s - x                          pull = max(0, (x - c) / s)
 *     y below the curve at x:  limit(x) - y, or log10(limit / y) where the curve is logarithmic
 *
 * Outside of a curve's range a margin of the curve's own is the distance to the range, in widths.
 */
#include "judge_private.h"

#include <float.h>
#include <limits.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

enum { BLOCK = 128, MAX_ERRORS = 8 };

/* A part of the text. */
struct part {
    size_t start, n;
};

struct reader {
    struct term *term;
    const char *text;
    const struct term_names *names;
    size_t *column;
    struct err *err;
};

static int fail_at(struct reader *r, size_t column, const char *message)
{
    if (r->column != NULL)
        *r->column = column;
    return err_set(r->err, ERR_SCAN, "%s", message);
}

/* ---- cutting -------------------------------------------------------------------------------- */

static bool is_blank(char c)
{
    return c == ' ' || c == '\t' || c == '\n' || c == '\r';
}

static struct part trim(const char *text, struct part part)
{
    while (part.n > 0 && is_blank(text[part.start + part.n - 1]))
        part.n--;
    while (part.n > 0 && is_blank(text[part.start])) {
        part.start++;
        part.n--;
    }
    return part;
}

static struct part between(const char *text, size_t from, size_t to)
{
    return trim(text, (struct part){from, to > from ? to - from : 0});
}

/* The first of `symbols` outside of parentheses from .. to - 1; *which of them. */
static size_t find(const char *text, size_t from, size_t to, const char *const *symbols,
                   size_t n_symbols, size_t *which)
{
    int depth = 0;
    for (size_t i = from; i < to; i++) {
        for (size_t k = 0; k < n_symbols && depth == 0; k++)
            if (strncmp(text + i, symbols[k], strlen(symbols[k])) == 0 &&
                i + strlen(symbols[k]) <= to) {
                *which = k;
                return i;
            }
        depth += text[i] == '(' ? 1 : text[i] == ')' && depth > 0 ? -1 : 0;
    }
    return SIZE_MAX;
}

static const char *const PLUS_MINUS[] = {"+-", "\302\261", "+/-"};

static bool is_word_at(const char *text, size_t i, const char *word)
{
    size_t n = strlen(word);
    return strncmp(text + i, word, n) == 0 && (text[i + n] == '\0' || is_blank(text[i + n]));
}

/* The place of a word that stands alone, from .. to - 1. */
static size_t find_word(const char *text, size_t from, size_t to, const char *word)
{
    int depth = 0;
    for (size_t i = from; i + strlen(word) <= to; i++) {
        if (depth == 0 && (i == from || is_blank(text[i - 1])) && is_word_at(text, i, word))
            return i;
        depth += text[i] == '(' ? 1 : text[i] == ')' && depth > 0 ? -1 : 0;
    }
    return SIZE_MAX;
}

static struct expr *read_expr(struct reader *r, struct part part, char **words)
{
    size_t column = 0;
    char *copy = mem_strndup(r->text + part.start, part.n);
    struct expr *expr = NULL;
    if (copy == NULL)
        mem_error(r->err);
    else if (part.n == 0)
        fail_at(r, part.start, "an expression is missing here");
    else
        expr = expr_create(copy, r->names->names, r->names->n, &column, r->err);
    if (expr == NULL && r->column != NULL)
        *r->column = part.start + column;
    if (words != NULL)
        *words = copy;
    else
        mem_free(copy);
    return expr;
}

static int read_number(struct reader *r, struct part part, double *value)
{
    size_t n;
    struct expr *expr = read_expr(r, part, NULL);
    if (expr == NULL)
        return -1;
    expr_uses(expr, &n);
    *value = n == 0 ? expr_eval(expr, NULL) : NAN;
    expr_free(expr);
    return isfinite(*value) ? 0 : fail_at(r, part.start, "expected a number");
}

/* ---- the Gaussian forms --------------------------------------------------------------------- */

static int read_errors(struct reader *r, size_t from, size_t to)
{
    double square = 0;
    if (between(r->text, from, to).n == 0)
        return fail_at(r, from, "an error is missing behind +-");
    for (unsigned n = 1; from < to; n++) {
        size_t which = 0, next = find(r->text, from, to, PLUS_MINUS, 3, &which);
        size_t end = next == SIZE_MAX ? to : next;
        struct part part = between(r->text, from, end);
        double error = 0;
        if (n > MAX_ERRORS)
            return fail_at(r, from, "too many errors");
        if (part.n == 0)
            return fail_at(r, part.start, "an error is missing behind +-");
        if (read_number(r, part, &error) != 0)
            return -1;
        if (!(error >= 0))
            return fail_at(r, part.start, "an error cannot be negative");
        square += error * error;
        from = next == SIZE_MAX ? to : next + strlen(PLUS_MINUS[which]);
    }
    r->term->sigma = sqrt(square);
    if (!(r->term->sigma > 0) || !isfinite(r->term->sigma))
        return fail_at(r, from > 0 ? from - 1 : 0, "the error must be a positive number");
    return 0;
}

/* "within 3 sigma" at the end; *to becomes where it begins. */
static int read_within(struct reader *r, size_t *to)
{
    size_t at = find_word(r->text, 0, *to, "within");
    r->term->n_sigma = 2;
    if (at == SIZE_MAX)
        return 0;
    size_t sigma = find_word(r->text, at, *to, "sigma");
    if (sigma == SIZE_MAX || between(r->text, sigma + 5, *to).n > 0)
        return fail_at(r, at, "expected \"within 3 sigma\"");
    if (read_number(r, between(r->text, at + 6, sigma), &r->term->n_sigma) != 0)
        return -1;
    if (!(r->term->n_sigma > 0))
        return fail_at(r, at, "the number of sigma must be positive");
    *to = at;
    return 0;
}

static int read_gauss(struct reader *r, size_t plus_minus)
{
    static const char *const signs[] = {"<=", ">=", "==", "!=", "<", ">", "="};
    static const enum term_kind kinds[] = {TERM_UPPER, TERM_LOWER, TERM_GAUSS, TERM_CONDITION,
                                           TERM_UPPER, TERM_LOWER, TERM_GAUSS};
    struct term *term = r->term;
    size_t which = 0, ignored, to = strlen(r->text);
    size_t at = find(r->text, 0, plus_minus, signs, 7, &which);
    if (at == SIZE_MAX || kinds[which] == TERM_CONDITION)
        return fail_at(r, at == SIZE_MAX ? plus_minus : at,
                       "a measurement is written x = 1.2 +- 0.1, a limit x < 1.2 +- 0.1");
    size_t after = at + strlen(signs[which]);
    if (find(r->text, after, plus_minus, signs, 7, &ignored) != SIZE_MAX)
        return fail_at(r, after, "a chained comparison with an error: write two constraints");
    term->kind = kinds[which];
    if (read_within(r, &to) != 0)
        return -1;
    if (to <= plus_minus)
        return fail_at(r, to, "\"within\" stands at the end: x = 1.2 +- 0.1 within 3 sigma");
    term->left = read_expr(r, between(r->text, 0, at), &term->left_words);
    if (term->left == NULL)
        return -1;
    term->centre = read_expr(r, between(r->text, after, plus_minus), &term->centre_words);
    if (term->centre == NULL)
        return -1;
    find(r->text, plus_minus, to, PLUS_MINUS, 3, &which);
    return read_errors(r, plus_minus + strlen(PLUS_MINUS[which]), to);
}

/* ---- the curve ------------------------------------------------------------------------------ */

static int read_curve_option(struct reader *r, struct part part)
{
    char words[40];
    snprintf(words, sizeof words, "%.*s", (int)(part.n < 39 ? part.n : 39), r->text + part.start);
    if (strcmp(words, "log") == 0)
        r->term->is_log = true;
    else if (strcmp(words, "outside fails") == 0)
        r->term->outside = OUTSIDE_FAILS;
    else if (strcmp(words, "outside holds") == 0)
        r->term->outside = OUTSIDE_HOLDS;
    else if (strcmp(words, "outside unknown") == 0)
        r->term->outside = OUTSIDE_UNKNOWN;
    else
        return fail_at(r, part.start,
                       "expected \"outside fails\", \"outside holds\", \"outside unknown\" "
                       "or \"log\"");
    return 0;
}

/* "y below at x" */
static int read_sides(struct reader *r, struct part part)
{
    struct term *term = r->term;
    size_t to = part.start + part.n, n = 5;
    size_t at = find_word(r->text, part.start, to, "below");
    term->is_below = at != SIZE_MAX;
    if (at == SIZE_MAX)
        at = find_word(r->text, part.start, to, "above");
    size_t x = at != SIZE_MAX ? find_word(r->text, at, to, "at") : SIZE_MAX;
    if (x == SIZE_MAX || between(r->text, at + n, x).n > 0)
        return fail_at(r, part.start, "expected \"Y below at X\" or \"Y above at X\"");
    term->left = read_expr(r, between(r->text, part.start, at), &term->left_words);
    if (term->left == NULL)
        return -1;
    term->x = read_expr(r, between(r->text, x + 2, to), &term->centre_words);
    return term->x != NULL ? 0 : -1;
}

/* curve FILE, Y below at X [, outside fails] [, log] */
static int read_curve(struct reader *r)
{
    static const char *const comma[] = {","};
    size_t which, to = strlen(r->text), from = 5, n = 0;
    struct part file = {0, 0};
    char name[PATH_MAX], path[PATH_MAX], other[256];
    r->term->kind = TERM_CURVE;
    while (from <= to) {
        size_t next = find(r->text, from, to, comma, 1, &which);
        size_t end = next == SIZE_MAX ? to : next;
        struct part part = between(r->text, from, end);
        if (part.n == 0)
            return fail_at(r, part.start,
                           "expected curve FILE, Y below at X [, outside fails] [, log]");
        if (n == 0)
            file = part;
        else if (n == 1 ? read_sides(r, part) != 0 : read_curve_option(r, part) != 0)
            return -1;
        n++;
        from = end + 1;
    }
    if (n < 2)
        return fail_at(r, to, "expected curve FILE, Y below at X [, outside fails] [, log]");
    snprintf(name, sizeof name, "%.*s", (int)file.n, r->text + file.start);
    if (file_join(path, sizeof path, r->names->folder, name, r->err) == 0) {
        const char *near = file_exists(path) ? NULL : scan_nearest_file(path, other, sizeof other);
        if (near != NULL)
            err_set(r->err, ERR_SCAN, "there is no file %s; did you mean \"%s\"?", path, near);
        else
            r->term->curve = curve_read(path, r->term->is_log, r->err);
    }
    if (r->term->curve == NULL && r->column != NULL)
        *r->column = file.start;
    return r->term->curve != NULL ? 0 : -1;
}

/* ---- the term ------------------------------------------------------------------------------- */

/* A single = without an error: neither a measurement nor a comparison. */
static size_t lone_equals(const char *text)
{
    for (size_t i = 0; text[i] != '\0'; i++)
        if (text[i] == '=' && text[i + 1] != '=' && text[i + 1] != '<' && text[i + 1] != '>' &&
            (i == 0 || strchr("=<>!", text[i - 1]) == NULL))
            return i;
    return SIZE_MAX;
}

static int read_term(struct reader *r)
{
    size_t which, at = 0, lead = strspn(r->text, " \t");
    if (is_word_at(r->text, lead, "curve")) {
        r->text += lead;
        return read_curve(r);
    }
    at = find(r->text, 0, strlen(r->text), PLUS_MINUS, 3, &which);
    if (at != SIZE_MAX)
        return read_gauss(r, at);
    at = lone_equals(r->text);
    if (at != SIZE_MAX)
        return fail_at(r, at, "equality is written ==, a measurement x = 80.354 +- 0.032");
    r->term->kind = TERM_CONDITION;
    r->term->cond = cond_create(r->text, r->names->names, r->names->n, NULL, 0, r->column, r->err);
    return r->term->cond != NULL ? 0 : -1;
}

int term_create(struct term *term, const char *name, const char *text,
                const struct term_names *names, size_t *column, struct err *err)
{
    *term = (struct term){.name = mem_strdup(name), .text = mem_strdup(text)};
    if (column != NULL)
        *column = 0;
    if (term->name == NULL || term->text == NULL) {
        term_free(term);
        return mem_error(err);
    }
    struct reader reader = {term, term->text, names, column, err};
    if (read_term(&reader) != 0) {
        term_free(term);
        return -1;
    }
    return 0;
}

void term_free(struct term *term)
{
    cond_free(term->cond);
    expr_free(term->left);
    expr_free(term->centre);
    expr_free(term->x);
    curve_free(term->curve);
    mem_free(term->left_words);
    mem_free(term->centre_words);
    mem_free(term->name);
    mem_free(term->text);
    *term = (struct term){0};
}

size_t term_n_margins(const struct term *term)
{
    if (term->kind == TERM_CONDITION)
        return cond_n_margins(term->cond);
    return term->kind == TERM_GAUSS ? 2 : 1;
}

void term_margin_words(const struct term *term, size_t k, char *out, size_t size)
{
    const char *left = term->left_words, *right = term->centre_words;
    switch (term->kind) {
    case TERM_CONDITION: snprintf(out, size, "%s", cond_margin_words(term->cond, k)); break;
    case TERM_CURVE:
        snprintf(out, size, "%s %s the curve at %s", left, term->is_below ? "below" : "above",
                 right);
        break;
    default: {
        double shift = term->n_sigma * term->sigma;
        if (term->kind == TERM_LOWER || (term->kind == TERM_GAUSS && k == 0))
            snprintf(out, size, "%s - (%s - %.6g)", left, right, shift);
        else
            snprintf(out, size, "%s + %.6g - %s", right, shift, left);
    }
    }
}

static void mark(const struct expr *expr, bool *needed)
{
    size_t n = 0;
    const size_t *uses = expr != NULL ? expr_uses(expr, &n) : NULL;
    for (size_t i = 0; i < n; i++)
        needed[uses[i]] = true;
}

void term_uses(const struct term *term, bool *needed)
{
    size_t n = 0;
    const size_t *uses = term->cond != NULL ? cond_uses(term->cond, &n) : NULL;
    for (size_t i = 0; i < n; i++)
        needed[uses[i]] = true;
    mark(term->left, needed);
    mark(term->centre, needed);
    mark(term->x, needed);
}

/* ---- evaluating ----------------------------------------------------------------------------- */

static void eval_gauss(const struct term *term, double x, double centre, double *margins,
                       double *pull)
{
    double shift = term->n_sigma * term->sigma;
    double above = x - (centre - shift), below = centre + shift - x;
    double distance = (x - centre) / term->sigma;
    if (term->kind == TERM_GAUSS) {
        margins[0] = above;
        margins[1] = below;
        *pull = distance;
    } else if (term->kind == TERM_UPPER) {
        margins[0] = below;
        *pull = isnan(distance) ? NAN : fmax(0, distance);
    } else {
        margins[0] = above;
        *pull = isnan(distance) ? NAN : fmin(0, distance);
    }
}

static double eval_curve(const struct term *term, double y, double x)
{
    double limit, distance;
    if (isnan(x) || isnan(y))
        return NAN;
    if (!curve_at(term->curve, x, &limit, &distance)) {
        distance = fmax(distance, DBL_MIN);
        return term->outside == OUTSIDE_UNKNOWN ? NAN
               : term->outside == OUTSIDE_HOLDS ? distance
                                                : -distance;
    }
    double margin = term->is_log ? log10(limit) - log10(fmax(y, 1e-300)) : limit - y;
    return term->is_below ? margin : -margin;
}

void term_eval(struct term *term, size_t n, const double *rows, size_t row_stride, double *margins,
               size_t stride, double *pulls)
{
    double left[BLOCK], other[BLOCK], pull;
    if (term->kind == TERM_CONDITION) {
        cond_margins(term->cond, n, rows, row_stride, margins, stride);
        return;
    }
    for (size_t first = 0; first < n; first += BLOCK) {
        size_t count = n - first < BLOCK ? n - first : BLOCK;
        const double *block = rows + first * row_stride;
        expr_eval_block(term->left, count, block, row_stride, left, 1);
        expr_eval_block(term->kind == TERM_CURVE ? term->x : term->centre, count, block, row_stride,
                        other, 1);
        for (size_t i = 0; i < count; i++) {
            double *out = margins + (first + i) * stride;
            if (term->kind == TERM_CURVE) {
                out[0] = eval_curve(term, left[i], other[i]);
                continue;
            }
            eval_gauss(term, left[i], other[i], out, &pull);
            if (pulls != NULL)
                pulls[first + i] = pull;
        }
    }
}

enum truth term_truth(const struct term *term, const double *margins)
{
    if (term->kind == TERM_CONDITION)
        return cond_truth(term->cond, margins, NULL);
    size_t n = term->kind == TERM_GAUSS ? 2 : 1;
    enum truth truth = TRUTH_YES;
    for (size_t k = 0; k < n; k++) {
        if (isnan(margins[k]))
            return TRUTH_UNKNOWN;
        if (margins[k] < 0)
            truth = TRUTH_NO;
    }
    return truth;
}
