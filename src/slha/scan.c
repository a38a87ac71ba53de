/* scan.c: lines, words and integers of a text that is not terminated.
 *
 * Method: cursors.  No copying, no allocation; a line is found with memchr, which is the fastest
 * scan a C library has. */
#include "private.h"

#include <string.h>

/* FNV-1a, 32 bits, of the upper-case name. */
uint32_t slha_scan_hash(const char *name, size_t n)
{
    uint32_t hash = UINT32_C(2166136261);
    for (size_t i = 0; i < n; i++)
        hash = (hash ^ (unsigned char)upper(name[i])) * UINT32_C(16777619);
    return hash;
}

bool slha_scan_token(const char **cursor, const char *end, struct token *token)
{
    const char *at = *cursor;
    while (at < end && is_blank(*at))
        at++;
    token->at = at;
    while (at < end && !is_blank(*at) && *at != '#')
        at++;
    token->n = (size_t)(at - token->at);
    *cursor = at;
    return token->n > 0;
}

bool slha_scan_long(const char **cursor, const char *end, long *value)
{
    const char *at = *cursor;
    while (at < end && is_blank(*at))
        at++;
    bool is_negative = at < end && *at == '-';
    if (at < end && (*at == '-' || *at == '+'))
        at++;
    const char *digits = at;
    long sum = 0;
    for (; at < end && is_digit(*at); at++) {
        if (sum > 99999999999999999)
            return false;
        sum = sum * 10 + (*at - '0');
    }
    if (at == digits || (at < end && !is_blank(*at) && *at != '#'))
        return false;
    *value = is_negative ? -sum : sum;
    *cursor = at;
    return true;
}

bool slha_token_long(struct token token, long *value)
{
    const char *cursor = token.at;
    return slha_scan_long(&cursor, token.at + token.n, value);
}

bool slha_token_is(struct token token, const char *word)
{
    if (token.n != strlen(word))
        return false;
    for (size_t i = 0; i < token.n; i++)
        if (upper(token.at[i]) != word[i])
            return false;
    return true;
}

static struct token trim(const char *at, const char *end)
{
    while (at < end && is_blank(*at))
        at++;
    while (end > at && is_blank(end[-1]))
        end--;
    return (struct token){.at = at, .n = (size_t)(end - at)};
}

struct token slha_scan_words(const char *cursor, const char *end)
{
    const char *hash = cursor < end ? memchr(cursor, '#', (size_t)(end - cursor)) : NULL;
    return trim(cursor, hash ? hash : end);
}

struct token slha_scan_comment(const char *cursor, const char *end)
{
    const char *hash = cursor < end ? memchr(cursor, '#', (size_t)(end - cursor)) : NULL;
    return trim(hash ? hash + 1 : end, end);
}

struct line slha_table_first(const struct table *table)
{
    return (struct line){.next = table->body, .number = table->line};
}

bool slha_table_next(const struct table *table, struct line *line)
{
    if (line->next >= table->body_end)
        return false;
    line->start = line->next;
    line->end = memchr(line->start, '\n', (size_t)(table->body_end - line->start));
    if (!line->end)
        line->end = table->body_end;
    line->next = line->end < table->body_end ? line->end + 1 : table->body_end;
    if (line->end > line->start && line->end[-1] == '\r')
        line->end--;
    line->number++;
    return true;
}
