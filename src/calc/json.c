/* json.c: JSON as calculators write it.
 *
 * Python writes NaN and Infinity, which are not JSON: where a text is refused, those words are put
 * into quotes and it is read again; a string that is a number in any spelling is a number. */
#include "private.h"

#include <ctype.h>
#include <stdio.h>
#include <string.h>

static const size_t JSON_FLAGS = JSON_DECODE_ANY | JSON_DECODE_INT_AS_REAL | JSON_ALLOW_NUL;

/* Bytes of a word like NaN or -Infinity at `at`; 0: none. */
static size_t word_length(const char *text, size_t n, size_t at)
{
    double value;
    size_t i = at + (text[at] == '-' || text[at] == '+');
    if (i >= n || !strchr("NnIi", text[i]) || text[i] == '\0')
        return 0;
    return number_scan(text + at, n - at, &value);
}

/* Copies, with such words in quotes; *n_words of them. */
static int quote_words(const char *text, size_t n, struct buf *out, size_t *n_words,
                       struct err *err)
{
    bool is_string = false;
    size_t done = 0;
    *n_words = 0;
    for (size_t i = 0; i < n; i++) {
        if (is_string && text[i] == '\\')
            i++;
        else if (text[i] == '"')
            is_string = !is_string;
        size_t length = is_string || i >= n ? 0 : word_length(text, n, i);
        if (length == 0)
            continue;
        if (buf_append(out, text + done, i - done, err) != 0 || buf_puts(out, "\"", err) != 0 ||
            buf_append(out, text + i, length, err) != 0 || buf_puts(out, "\"", err) != 0)
            return -1;
        done = i + length;
        i = done - 1;
        (*n_words)++;
    }
    return buf_append(out, text + done, n - done, err);
}

json_t *json_read(const char *text, size_t n, char *words, size_t size)
{
    json_error_t error;
    json_t *json = json_loadb(text, n, JSON_FLAGS, &error);
    struct err err = ERR_INIT;
    struct buf quoted;
    size_t n_words = 0;
    if (json)
        return json;
    snprintf(words, size, "line %d, column %d: %s", error.line, error.column, error.text);
    buf_init(&quoted, 3 * n + 16);
    if (quote_words(text, n, &quoted, &n_words, &err) == 0 && n_words > 0) {
        json = json_loadb(quoted.data, quoted.len, JSON_FLAGS, &error);
        if (!json)
            snprintf(words, size, "line %d, column %d: %s", error.line, error.column, error.text);
    }
    buf_free(&quoted);
    return json;
}

/* ---- paths ---------------------------------------------------------------------------------- */

enum { LONGEST_KEY = 200 };

/* The next step of a path: a key, or an index (is_index).  false: malformed. */
static bool next_step(const char **at, bool is_first, char key[LONGEST_KEY], size_t *index,
                      bool *is_index)
{
    *is_index = **at == '[';
    if (*is_index) {
        const char *digit = *at + 1;
        size_t value = 0, n = 0;
        for (; isdigit((unsigned char)*digit) && n < 9; n++)
            value = 10 * value + (size_t)(*digit++ - '0');
        *index = value;
        *at = digit + (*digit == ']');
        return n > 0 && *digit == ']';
    }
    if (!is_first && *(*at)++ != '.')
        return false;
    size_t n = strcspn(*at, ".[");
    if (n == 0 || n >= LONGEST_KEY)
        return false;
    memcpy(key, *at, n);
    key[n] = '\0';
    *at += n;
    return true;
}

int json_check_path(const char *path, size_t *column)
{
    char key[LONGEST_KEY];
    const char *at = path;
    size_t index;
    bool is_index;
    *column = 0;
    if (*path == '\0')
        return -1;
    while (*at) {
        const char *start = at;
        if (!next_step(&at, start == path, key, &index, &is_index)) {
            *column = (size_t)(start - path);
            return -1;
        }
    }
    return 0;
}

const json_t *json_at(const json_t *root, const char *path)
{
    char key[LONGEST_KEY];
    const char *at = path;
    size_t index = 0;
    bool is_index;
    while (root && *at) {
        if (!next_step(&at, at == path, key, &index, &is_index))
            return NULL;
        root = is_index ? json_array_get(root, index) : json_object_get(root, key);
    }
    return root;
}

void json_number(const json_t *value, struct sighting *out)
{
    out->found = FOUND;
    out->line = NULL;
    out->words[0] = '\0';
    if (json_is_number(value)) {
        out->value = json_number_value(value);
    } else if (json_is_boolean(value)) {
        out->value = json_is_true(value) ? 1.0 : 0.0;
    } else if (!value || json_is_null(value)) {
        out->found = FOUND_MISSING;
        snprintf(out->words, sizeof out->words, value ? "is null" : "is not in the output");
    } else if (json_is_string(value) &&
               slha_number(json_string_value(value), json_string_length(value), &out->value) == 0) {
        out->found = FOUND;
    } else {
        out->found = FOUND_NOT_NUMBER;
        snprintf(out->words, sizeof out->words, "is not a number");
    }
}

void json_suggest(const json_t *root, const char *path, struct sighting *out)
{
    enum { MOST_KEYS = 500 };
    const char *at = path, *keys[MOST_KEYS], *name;
    char key[LONGEST_KEY];
    json_t *value;
    size_t index = 0, n = 0;
    bool is_index;
    if (out->found != FOUND_MISSING || json_at(root, path))
        return;
    for (const json_t *next; *at && next_step(&at, at == path, key, &index, &is_index);
         root = next) {
        next = is_index ? json_array_get(root, index) : json_object_get(root, key);
        if (next)
            continue;
        if (is_index || !json_is_object(root))
            return;
        json_object_foreach((json_t *)root, name, value)
        {
            if (n < MOST_KEYS)
                keys[n++] = name;
        }
        const char *near = text_nearest(key, keys, n);
        if (near)
            snprintf(out->words, sizeof out->words,
                     "is not in the output: there is no \"%.80s\"; did you mean \"%.80s\"?", key,
                     near);
        return;
    }
}
