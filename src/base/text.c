/* text.c: comparing and splitting words.
 *
 * Names are compared blind to ASCII case only, whatever the locale.  The distance between a typed
 * word and the names that exist is the restricted Damerau-Levenshtein distance (optimal string
 * alignment: F. J. Damerau, CACM 7 (1964) 171; R. A. Wagner, M. J. Fischer, JACM 21 (1974) 168):
 * insertions, deletions, substitutions and swaps of neighbours, each at cost one. */
#include "theodolite/base.h"

#include <string.h>

#define LONGEST_WORD 255 /* words compared letter by letter */

static char to_lower(char c)
{
    return c >= 'A' && c <= 'Z' ? (char)(c - 'A' + 'a') : c;
}

bool text_same_caseless(const char *a, const char *b)
{
    while (*a && to_lower(*a) == to_lower(*b)) {
        a++;
        b++;
    }
    return *a == *b;
}

static size_t smaller(size_t a, size_t b)
{
    return a < b ? a : b;
}

size_t text_distance(const char *a, const char *b)
{
    size_t rows[3][LONGEST_WORD + 1];
    size_t *last = rows[0], *row = rows[1], *before = rows[2], *spare;
    size_t n_a = strlen(a), n_b = strlen(b), i, j;

    if (n_a > LONGEST_WORD || n_b > LONGEST_WORD)
        return text_same_caseless(a, b) ? 0 : n_a > n_b ? n_a : n_b;
    for (j = 0; j <= n_b; j++)
        last[j] = j;
    for (i = 1; i <= n_a; i++) {
        char c = to_lower(a[i - 1]);

        row[0] = i;
        for (j = 1; j <= n_b; j++) {
            char d = to_lower(b[j - 1]);

            row[j] = smaller(smaller(last[j], row[j - 1]) + 1, last[j - 1] + (c != d));
            if (i > 1 && j > 1 && c == to_lower(b[j - 2]) && d == to_lower(a[i - 2]))
                row[j] = smaller(row[j], before[j - 2] + 1);
        }
        spare = before;
        before = last;
        last = row;
        row = spare;
    }
    return last[n_b];
}

static bool has_prefix(const char *name, const char *prefix)
{
    while (*prefix && to_lower(*name) == to_lower(*prefix)) {
        name++;
        prefix++;
    }
    return *prefix == '\0';
}

/* Near enough: a third of the letters wrong, never all of them; or the beginning of a name. */
const char *text_nearest(const char *word, const char *const *names, size_t n)
{
    const char *best = NULL;
    size_t best_distance = SIZE_MAX, n_word = strlen(word), i;

    for (i = 0; i < n; i++) {
        size_t distance = text_distance(word, names[i]);
        size_t longer = strlen(names[i]) > n_word ? strlen(names[i]) : n_word;
        size_t limit = (longer + 2) / 3;

        if (n_word >= 3 && has_prefix(names[i], word))
            distance = smaller(distance, 2);
        if (distance <= limit && distance < longer && distance < best_distance) {
            best = names[i];
            best_distance = distance;
        }
    }
    return best;
}

/* Reads one word from *line, which moves behind it, into out; -1 when a quote is not closed. */
static int take_word(const char **line, char *out)
{
    const char *at = *line;
    char quote = '\0';

    for (; *at && (quote || !strchr(" \t\r\n", *at)); at++) {
        bool is_escape = *at == '\\' && quote != '\'' && at[1] != '\0';

        if (is_escape && (!quote || at[1] == '"' || at[1] == '\\'))
            *out++ = *++at;
        else if (quote && *at == quote)
            quote = '\0';
        else if (!quote && (*at == '\'' || *at == '"'))
            quote = *at;
        else
            *out++ = *at;
    }
    *out = '\0';
    *line = at;
    return quote ? -1 : 0;
}

int text_split_words(struct arena *arena, const char *line, char ***words, size_t *n_words,
                     struct err *err)
{
    /* A word takes a letter and a blank at least. */
    size_t len = strlen(line), n = 0;
    char **list = arena_array(arena, len / 2 + 2, sizeof *list);
    char *text = arena_array(arena, len + 2, 1);
    const char *at = line + strspn(line, " \t\r\n");

    if (!list || !text)
        return mem_error(err);
    while (*at) {
        list[n++] = text;
        if (take_word(&at, text) != 0)
            return err_set(err, ERR_USAGE, "a quote is not closed: %s", line);
        text += strlen(text) + 1;
        at += strspn(at, " \t\r\n");
    }
    *words = list;
    *n_words = n;
    return 0;
}

const char *text_shell_word(struct arena *arena, const char *word)
{
    static const char plain[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"
                                "_-+=:,./%@";
    size_t n = strlen(word);
    char *quoted, *to;

    if (n > 0 && strspn(word, plain) == n)
        return arena_strdup(arena, word);
    /* Nothing is special between single quotes but the quote itself. */
    quoted = to = arena_array(arena, 4 * n + 3, 1);
    if (!quoted)
        return NULL;
    *to++ = '\'';
    for (; *word; word++) {
        if (*word == '\'') {
            memcpy(to, "'\\''", 4);
            to += 4;
        } else {
            *to++ = *word;
        }
    }
    *to = '\'';
    return quoted;
}
