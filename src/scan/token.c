/* token.c: cuts the text of an expression into words.
 *
 * Numbers are those of C in decimal; "1..2" is 1, "..", 2.  What other languages write (**, a
 * single
 * =, &&, =<) is either understood or refused with the form that is meant here.  Parentheses are
 * paired here, so that who reads the tokens can look across them.  Names are not looked up. */
#include "token.h"

#include <stdio.h>
#include <string.h>

int token_fail(const struct complaint_at *at, size_t column, const char *format, ...)
{
    char words[500];
    va_list args;
    va_start(args, format);
    vsnprintf(words, sizeof words, format, args);
    va_end(args);
    if (at->column != NULL)
        *at->column = column;
    return err_set(at->err, ERR_SCAN, "%s", words);
}

bool token_is(const char *text, const struct token *token, const char *word)
{
    return strlen(word) == token->n && memcmp(text + token->start, word, token->n) == 0;
}

const char *token_word(const char *text, const struct token *token, char *out, size_t size)
{
    snprintf(out, size, "%.*s", (int)token->n, text + token->start);
    return out;
}

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

static bool is_name_start(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_';
}

/* Bytes of the number at p: digits, a point that is not the first of "..", an exponent. */
static size_t number_length(const char *p)
{
    size_t n = 0;
    while (is_digit(p[n]))
        n++;
    if (p[n] == '.' && p[n + 1] != '.') {
        n++;
        while (is_digit(p[n]))
            n++;
    }
    if (p[n] == 'e' || p[n] == 'E') {
        size_t k = n + 1;
        if (p[k] == '+' || p[k] == '-')
            k++;
        if (is_digit(p[k])) {
            while (is_digit(p[k]))
                k++;
            n = k;
        }
    }
    return n;
}

struct symbol {
    const char *text;
    enum token_kind kind;
    const char *instead; /* not NULL: refused, with the form that is meant */
};

/* Longer ones first. */
static const struct symbol SYMBOLS[] = {
    {"**", TOKEN_END, "a power is written x^2, not x**2"},
    {"=<", TOKEN_END, "less or equal is written <="},
    {"=>", TOKEN_END, "greater or equal is written >="},
    {"<>", TOKEN_END, "not equal is written !="},
    {"..", TOKEN_RANGE, NULL},
    {"<=", TOKEN_COMPARE, NULL},
    {">=", TOKEN_COMPARE, NULL},
    {"==", TOKEN_COMPARE, NULL},
    {"!=", TOKEN_COMPARE, NULL},
    {"&&", TOKEN_AND, NULL},
    {"||", TOKEN_OR, NULL},
    {"<", TOKEN_COMPARE, NULL},
    {">", TOKEN_COMPARE, NULL},
    {"!", TOKEN_NOT, NULL},
    {"=", TOKEN_END, "equality is written =="},
    {"&", TOKEN_END, "write \"and\" between conditions"},
    {"|", TOKEN_END, "write \"or\" between conditions, abs(x) for an absolute value"},
    {"(", TOKEN_OPEN, NULL},
    {")", TOKEN_CLOSE, NULL},
    {",", TOKEN_COMMA, NULL},
    {"+", TOKEN_ARITHMETIC, NULL},
    {"-", TOKEN_ARITHMETIC, NULL},
    {"*", TOKEN_ARITHMETIC, NULL},
    {"/", TOKEN_ARITHMETIC, NULL},
    {"^", TOKEN_ARITHMETIC, NULL},
    {"?", TOKEN_QUESTION, NULL},
    {":", TOKEN_COLON, NULL},
};

static enum token_kind word_kind(const char *text, const struct token *token)
{
    static const struct {
        const char *word;
        enum token_kind kind;
    } words[] = {{"and", TOKEN_AND}, {"or", TOKEN_OR}, {"not", TOKEN_NOT}, {"in", TOKEN_IN},
                 {"AND", TOKEN_AND}, {"OR", TOKEN_OR}, {"NOT", TOKEN_NOT}};
    for (size_t i = 0; i < sizeof words / sizeof words[0]; i++)
        if (token_is(text, token, words[i].word))
            return words[i].kind;
    return TOKEN_NAME;
}

static int read_symbol(const char *text, struct token *token, const struct complaint_at *at)
{
    const char *p = text + token->start;
    for (size_t i = 0; i < sizeof SYMBOLS / sizeof SYMBOLS[0]; i++) {
        size_t n = strlen(SYMBOLS[i].text);
        if (strncmp(p, SYMBOLS[i].text, n) != 0)
            continue;
        if (SYMBOLS[i].instead != NULL)
            return token_fail(at, token->start, "\"%s\" is not understood: %s", SYMBOLS[i].text,
                              SYMBOLS[i].instead);
        token->kind = SYMBOLS[i].kind;
        token->n = n;
        return 0;
    }
    if (*p == '[' && strchr(p, ']') == NULL)
        return token_fail(at, token->start, "the \"]\" of an address is missing: SPINFO[4]");
    if ((unsigned char)*p < 0x20 || (unsigned char)*p >= 0x7f)
        return token_fail(at, token->start, "a character that has no meaning in an expression");
    return token_fail(at, token->start, "\"%c\" has no meaning in an expression", *p);
}

static int read_one(const char *text, struct token *token, const struct complaint_at *at)
{
    const char *p = text + token->start;
    if (is_digit(p[0]) || (p[0] == '.' && is_digit(p[1]))) {
        token->kind = TOKEN_NUMBER;
        token->n = number_length(p);
        if (is_name_start(p[token->n]))
            return token_fail(at, token->start,
                              "\"%.*s%c\" is no number: a product is written 3*m0", (int)token->n,
                              p, p[token->n]);
        return 0;
    }
    if (is_name_start(p[0])) {
        while (is_name_start(p[token->n]) || is_digit(p[token->n]))
            token->n++;
        token->kind = word_kind(text, token);
        return 0;
    }
    return read_symbol(text, token, at);
}

static int pair_parentheses(struct token *tokens, size_t n, const struct complaint_at *at)
{
    size_t open[TOKEN_MAX_DEPTH], depth = 0;
    for (size_t i = 0; i < n; i++) {
        if (tokens[i].kind == TOKEN_OPEN) {
            if (depth == TOKEN_MAX_DEPTH)
                return token_fail(at, tokens[i].start, "parentheses are nested deeper than %d",
                                  TOKEN_MAX_DEPTH);
            open[depth++] = i;
        } else if (tokens[i].kind == TOKEN_CLOSE) {
            if (depth == 0)
                return token_fail(at, tokens[i].start, "\")\" without a \"(\" before it");
            tokens[i].match = open[--depth];
            tokens[open[depth]].match = i;
        }
    }
    if (depth > 0)
        return token_fail(at, tokens[open[depth - 1]].start, "\"(\" is not closed");
    return 0;
}

int token_read(const char *text, struct token **tokens, size_t *n, const struct complaint_at *at)
{
    size_t length = strnlen(text, TOKEN_MAX_TEXT + 1), count = 0;
    *tokens = NULL;
    if (length > TOKEN_MAX_TEXT)
        return token_fail(at, 0, "an expression of more than %d characters", TOKEN_MAX_TEXT);
    struct token *all = mem_array(length + 1, sizeof *all);
    if (all == NULL)
        return mem_error(at->err);
    for (size_t p = 0;;) {
        p += strspn(text + p, " \t\r\n");
        all[count] = (struct token){.kind = TOKEN_END, .start = p};
        if (text[p] == '\0')
            break;
        if (read_one(text, &all[count], at) != 0)
            goto fail;
        p += all[count++].n;
    }
    if (pair_parentheses(all, count, at) != 0)
        goto fail;
    *tokens = all;
    *n = count;
    return 0;
fail:
    mem_free(all);
    return -1;
}
