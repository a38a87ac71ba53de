/* token.h: the words of an expression, shared by expressions and conditions. */
#ifndef SCAN_TOKEN_H
#define SCAN_TOKEN_H

#include "theodolite/base.h"

enum token_kind {
    TOKEN_END,
    TOKEN_NUMBER,
    TOKEN_NAME,
    TOKEN_OPEN,
    TOKEN_CLOSE,
    TOKEN_COMMA,
    TOKEN_ARITHMETIC, /* + - * / ^ */
    TOKEN_COMPARE,    /* < <= > >= == != */
    TOKEN_QUESTION,
    TOKEN_COLON,
    TOKEN_RANGE, /* .. */
    TOKEN_AND,   /* and, && */
    TOKEN_OR,    /* or, || */
    TOKEN_NOT,   /* not, ! */
    TOKEN_IN
};

struct token {
    enum token_kind kind;
    size_t start, n; /* bytes of the text */
    size_t match;    /* of a parenthesis: the index of its partner */
};

enum { TOKEN_MAX_TEXT = 8192, TOKEN_MAX_DEPTH = 50 };

/* What went wrong, told once and with its place. */
struct complaint_at {
    size_t *column; /* may be NULL */
    struct err *err;
};

int token_fail(const struct complaint_at *at, size_t column, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

/* All tokens of text and a closing TOKEN_END; *n counts them without it.  Refuses what is no part
 * of the language, with the right form: **, a single =, a missing parenthesis.  mem_free(*tokens).
 */
int token_read(const char *text, struct token **tokens, size_t *n, const struct complaint_at *at);
bool token_is(const char *text, const struct token *token, const char *word);
/* The token's own text, cut to the size of out. */
const char *token_word(const char *text, const struct token *token, char *out, size_t size);

/* The same as expr_create for the tokens from .. to - 1 of a text that was read before. */
struct expr;
struct token_span {
    const char *text;
    const struct token *tokens;
    size_t from, to;
};
struct expr *expr_create_span(const struct token_span *span, const char *const *names, size_t n,
                              const struct complaint_at *at);

#endif
