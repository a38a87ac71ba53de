/* addresses.c: where an SLHA address begins and ends in a text.
 *
 * Only its outline is known here, so that constraints and readers can tell it from an expression;
 * what it means is read where the files are. */
#include "reader.h"

#include <string.h>

static size_t word_length(const char *text)
{
    size_t n = 0;
    bool is_first = true;
    for (; (text[n] >= 'a' && text[n] <= 'z') || (text[n] >= 'A' && text[n] <= 'Z') ||
           text[n] == '_' || (!is_first && text[n] >= '0' && text[n] <= '9');
         n++)
        is_first = false;
    return n;
}

static size_t blanks(const char *text)
{
    return strspn(text, " \t");
}

/* " @ Q=1000" behind an address. */
static size_t scale_length(const char *text)
{
    size_t n = blanks(text);
    if (text[n] != '@')
        return 0;
    n += 1 + blanks(text + n + 1);
    if (text[n] != 'Q' && text[n] != 'q')
        return 0;
    n += 1 + blanks(text + n + 1);
    if (text[n] != '=')
        return 0;
    n += 1 + blanks(text + n + 1);
    size_t digits = strspn(text + n, "0123456789.eE");
    if (digits > 0 && (text[n + digits - 1] == 'e' || text[n + digits - 1] == 'E'))
        digits += strspn(text + n + digits, "+-") > 0
                      ? 1 + strspn(text + n + digits + 1, "0123456789")
                      : 0;
    return digits > 0 ? n + digits : 0;
}

size_t address_length(const char *text)
{
    size_t n = word_length(text);
    if (n == 0)
        return 0;
    if (text[n] == '.' && (text[n + 1] == 'Q' || text[n + 1] == 'q') &&
        word_length(text + n + 1) == 1)
        return n + 2;
    if (text[n] == '(') {
        size_t digits = strspn(text + n + 1, "0123456789");
        if (digits == 0 || text[n + 1 + digits] != ')' || text[n + 2 + digits] != '[')
            return 0;
        n += 2 + digits;
    }
    if (text[n] != '[')
        return 0;
    size_t close = strcspn(text + n, "]\n");
    if (text[n + close] != ']')
        return 0;
    n += close + 1;
    if (text[n] == '.')
        n += 1 + word_length(text + n + 1);
    return n + scale_length(text + n);
}
