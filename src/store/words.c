/* words.c: a calculator's own words made fit for a text column.
 *
 * Programs print what they like: bytes that are no UTF-8 (pandas refuses the whole table because of
 * one), escape sequences, carriage returns.  Valid UTF-8, newlines and tabs pass; the rest becomes
 * '?' (bytes) or a blank (control characters).  Of long words the end is kept. */
#include "private.h"

#include <string.h>

/* Length of the valid UTF-8 sequence at s (n bytes there), 0 for none.  RFC 3629, table in 4. */
static size_t sequence(const unsigned char *s, size_t n)
{
    unsigned char lo = 0x80, hi = 0xbf;
    size_t len, i;

    if (s[0] < 0x80)
        return 1;
    if (s[0] < 0xc2 || s[0] > 0xf4)
        return 0;
    len = s[0] < 0xe0 ? 2 : s[0] < 0xf0 ? 3 : 4;
    if (s[0] == 0xe0)
        lo = 0xa0;
    else if (s[0] == 0xed)
        hi = 0x9f;
    else if (s[0] == 0xf0)
        lo = 0x90;
    else if (s[0] == 0xf4)
        hi = 0x8f;
    if (len > n || s[1] < lo || s[1] > hi)
        return 0;
    for (i = 2; i < len; i++)
        if (s[i] < 0x80 || s[i] > 0xbf)
            return 0;
    return len;
}

void text_clean_words(char out[STORE_WORDS_MAX + 1], const char *words)
{
    const unsigned char *s = (const unsigned char *)words;
    size_t n = strlen(words), at = 0, len;

    if (n > STORE_WORDS_MAX) {
        s += n - STORE_WORDS_MAX;
        n = STORE_WORDS_MAX;
        while (n > 0 && (*s & 0xc0) == 0x80) { /* not in the middle of a character */
            s++;
            n--;
        }
    }
    for (; n > 0; s += len, n -= len) {
        len = sequence(s, n);
        if (len > 1) {
            memcpy(out + at, s, len);
            at += len;
        } else {
            bool is_plain = (*s >= ' ' && *s < 0x7f) || *s == '\n' || *s == '\t';

            out[at++] = is_plain ? (char)*s : len == 1 ? ' ' : '?';
            len = 1;
        }
    }
    out[at] = '\0';
}

/* Cut at the end of a character; returns the length. */
static size_t copy_part(char *out, size_t size, const char *part, size_t n)
{
    if (n >= size) {
        n = size - 1;
        while (n > 0 && ((unsigned char)part[n] & 0xc0) == 0x80)
            n--;
    }
    memcpy(out, part, n);
    out[n] = '\0';
    return n;
}

void words_example(char *out, size_t size, const char *words)
{
    const char *first = words + strspn(words, "\n\t ");
    size_t n_first = strcspn(first, "\n"), n = strlen(first), start, at;

    while (n > n_first && strchr("\n\t ", first[n - 1]))
        n--;
    for (start = n; start > n_first && first[start - 1] != '\n';)
        start--;
    start += strspn(first + start, "\t ");
    at = copy_part(out, size, first, n_first);
    if (n > start && start > n_first) {
        at += copy_part(out + at, size - at, ": ", 2);
        copy_part(out + at, size - at, first + start, n - start);
    }
}
