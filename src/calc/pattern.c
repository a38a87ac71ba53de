/* pattern.c: values out of text that is made for people: line patterns, and columns of rows.
 *
 * A pattern is literal text with conversions, as for scanf: %g or %f or %e the number that is
 * wanted, %d the same if it is an integer, %s or %* a word that is skipped, %% a percent sign.
 * Blanks in it match any number of blanks, also none.  It may begin anywhere in a line, but not in
 * the middle of a word.  The first line that matches wins. */
#include "private.h"

#include <ctype.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

enum item_kind { ITEM_TEXT, ITEM_BLANK, ITEM_NUMBER, ITEM_INTEGER, ITEM_WORD };

struct item {
    enum item_kind kind;
    const char *text; /* ITEM_TEXT */
    size_t n;
};

struct pattern {
    char *text;
    struct item *items;
    size_t n_items;
};

static bool is_blank(char c)
{
    return c == ' ' || c == '\t' || c == '\r' || c == '\v' || c == '\f';
}

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

/* ---- numbers -------------------------------------------------------------------------------- */

static size_t digits(const char *text, size_t n, size_t at)
{
    size_t end = at;
    while (end < n && is_digit(text[end]))
        end++;
    return end - at;
}

/* "e+03", "D3", and Fortran's "-101" without a letter. */
static size_t exponent(const char *text, size_t n, size_t at)
{
    size_t i = at;
    if (i >= n)
        return 0;
    bool has_letter = strchr("eEdDqQ", text[i]) != NULL && text[i] != '\0';
    i += has_letter;
    bool has_sign = i < n && (text[i] == '+' || text[i] == '-');
    i += has_sign;
    size_t n_digits = digits(text, n, i);
    if (n_digits == 0 || (!has_letter && !(has_sign && n_digits == 3)))
        return 0;
    return i + n_digits - at;
}

static size_t word_number(const char *text, size_t n, size_t at)
{
    static const char *const words[] = {"infinity", "inf", "nan"};
    for (size_t w = 0; w < sizeof words / sizeof words[0]; w++) {
        size_t length = strlen(words[w]), i = 0;
        while (i < length && at + i < n && tolower((unsigned char)text[at + i]) == words[w][i])
            i++;
        if (i == length && (at + i == n || !isalnum((unsigned char)text[at + i])))
            return length;
    }
    return 0;
}

size_t number_scan(const char *text, size_t n, double *value)
{
    size_t i = n > 0 && (text[0] == '+' || text[0] == '-');
    size_t length = word_number(text, n, i);
    if (length == 0) {
        size_t whole = digits(text, n, i), fraction = 0, end = i + whole;
        if (end < n && text[end] == '.') {
            fraction = digits(text, n, end + 1);
            end += 1 + fraction;
        }
        if (whole + fraction == 0)
            return 0;
        end += exponent(text, n, end);
        length = end - i;
    }
    return slha_number(text, i + length, value) == 0 ? i + length : 0;
}

/* ---- making a pattern ----------------------------------------------------------------------- */

static int add_item(struct pattern *pattern, enum item_kind kind, const char *text, size_t n,
                    struct err *err)
{
    struct item *items =
        mem_resize(pattern->items, pattern->n_items, pattern->n_items + 1, sizeof *items);
    if (!items)
        return mem_error(err);
    pattern->items = items;
    items[pattern->n_items++] = (struct item){.kind = kind, .text = text, .n = n};
    return 0;
}

/* One conversion at *at, which stands behind the percent sign. */
static int add_conversion(struct pattern *pattern, const char **at, size_t *n_values,
                          struct err *err)
{
    bool is_skipped = **at == '*';
    *at += is_skipped;
    if (is_skipped && !strchr("gefdsGEF", **at))
        return add_item(pattern, ITEM_WORD, NULL, 0, err);
    char letter = **at;
    if (letter == 'l') /* %lg, %lf of scanf */
        letter = *++*at;
    if (letter == '\0' || !strchr("gefdsGEF%", letter))
        return err_set(err, ERR_SCAN, "a pattern has %%g, %%d, %%s, %%* and %%%%, not %%%c",
                       letter ? letter : ' ');
    (*at)++;
    if (letter == '%')
        return add_item(pattern, ITEM_TEXT, *at - 1, 1, err);
    if (letter == 's' || is_skipped)
        return add_item(pattern, ITEM_WORD, NULL, 0, err);
    if (++*n_values > 1)
        return err_set(err, ERR_SCAN, "a pattern reads one value: use %%s for what is skipped");
    return add_item(pattern, letter == 'd' ? ITEM_INTEGER : ITEM_NUMBER, NULL, 0, err);
}

static int fill_pattern(struct pattern *pattern, struct err *err)
{
    const char *at = pattern->text;
    size_t n_values = 0;
    while (is_blank(*at))
        at++;
    while (*at) {
        const char *start = at;
        if (*at == '%') {
            at++;
            if (add_conversion(pattern, &at, &n_values, err) != 0)
                return -1;
        } else if (is_blank(*at)) {
            while (is_blank(*at))
                at++;
            if (*at && add_item(pattern, ITEM_BLANK, NULL, 0, err) != 0)
                return -1;
        } else {
            while (*at && *at != '%' && !is_blank(*at))
                at++;
            if (add_item(pattern, ITEM_TEXT, start, (size_t)(at - start), err) != 0)
                return -1;
        }
    }
    if (n_values == 0)
        return err_set(err, ERR_SCAN, "the pattern has no %%g: the number that is wanted");
    return 0;
}

struct pattern *pattern_create(const char *text, struct err *err)
{
    struct pattern *pattern = mem_new(struct pattern);
    if (!pattern || !(pattern->text = mem_strdup(text))) {
        mem_error(err);
        pattern_free(pattern);
        return NULL;
    }
    if (fill_pattern(pattern, err) != 0) {
        pattern_free(pattern);
        return NULL;
    }
    return pattern;
}

void pattern_free(struct pattern *pattern)
{
    if (!pattern)
        return;
    mem_free(pattern->text);
    mem_free(pattern->items);
    mem_free(pattern);
}

/* ---- finding -------------------------------------------------------------------------------- */

static size_t skip_blanks(const char *text, size_t n, size_t at)
{
    while (at < n && is_blank(text[at]))
        at++;
    return at;
}

static size_t skip_word(const char *text, size_t n, size_t at)
{
    while (at < n && !is_blank(text[at]))
        at++;
    return at;
}

static bool is_whole(const char *text, size_t n)
{
    size_t i = n > 0 && (text[0] == '+' || text[0] == '-');
    return digits(text, n, i) == n - i;
}

/* Takes the number at `at`; false and `out` says what stands there instead. */
static size_t take_number(const struct item *item, const char *text, size_t n, size_t at,
                          struct sighting *out)
{
    size_t length = number_scan(text + at, n - at, &out->value);
    if (length > 0 && (item->kind == ITEM_NUMBER || is_whole(text + at, length)))
        return length;
    bool is_unset = at < n && text[at] == '*';
    out->found = is_unset || at >= n ? FOUND_MISSING : FOUND_NOT_NUMBER;
    return 0;
}

/* 1 matches, 0 does not, -1 all up to the number does. */
static int match_at(const struct pattern *pattern, const char *text, size_t n, size_t at,
                    struct sighting *out)
{
    for (size_t k = 0; k < pattern->n_items; k++) {
        const struct item *item = &pattern->items[k];
        size_t length = 0;
        if (item->kind != ITEM_TEXT)
            at = skip_blanks(text, n, at);
        switch (item->kind) {
        case ITEM_BLANK: continue;
        case ITEM_TEXT:
            if (item->n > n - at || memcmp(text + at, item->text, item->n) != 0)
                return 0;
            length = item->n;
            break;
        case ITEM_WORD:
            length = skip_word(text, n, at) - at;
            if (length == 0)
                return 0;
            break;
        case ITEM_NUMBER:
        case ITEM_INTEGER:
            length = take_number(item, text, n, at, out);
            if (length == 0)
                return k > 0 ? -1 : 0;
            break;
        }
        at += length;
    }
    return 1;
}

static bool may_begin(const struct pattern *pattern, const char *text, size_t at)
{
    if (at == 0)
        return true;
    if (pattern->items[0].kind != ITEM_TEXT)
        return is_blank(text[at - 1]) && !is_blank(text[at]);
    char first = pattern->items[0].text[0], before = text[at - 1];
    return !isalnum((unsigned char)first) || !(isalnum((unsigned char)before) || before == '_');
}

static int match_line(const struct pattern *pattern, const char *text, size_t n,
                      struct sighting *out)
{
    bool is_text = pattern->items[0].kind == ITEM_TEXT;
    int seen = 0;
    for (size_t at = 0; at < n; at++) {
        if (is_text) {
            const char *next = memchr(text + at, pattern->items[0].text[0], n - at);
            if (!next)
                break;
            at = (size_t)(next - text);
        }
        int got = may_begin(pattern, text, at) ? match_at(pattern, text, n, at, out) : 0;
        if (got > 0)
            return 1;
        if (got < 0)
            seen = -1;
    }
    return seen;
}

/* The lines of a text, one after the other. */
struct lines {
    const char *at, *end, *line;
    size_t n, number;
};

static bool lines_next(struct lines *lines)
{
    if (lines->at >= lines->end)
        return false;
    const char *newline = memchr(lines->at, '\n', (size_t)(lines->end - lines->at));
    const char *stop = newline ? newline : lines->end;
    lines->line = lines->at;
    lines->n = (size_t)(stop - lines->at);
    lines->at = stop + (newline != NULL);
    lines->number++;
    return true;
}

static void sighting_at(struct sighting *out, const struct lines *lines)
{
    out->line = lines->line;
    out->n_line = lines->n;
    out->n_number = lines->number;
}

void pattern_find(const struct pattern *pattern, const char *text, size_t n, struct sighting *out)
{
    struct lines lines = {.at = text, .end = text + n};
    bool is_seen = false;
    out->words[0] = '\0';
    while (lines_next(&lines)) {
        struct sighting try = {.found = FOUND_MISSING};
        int got = match_line(pattern, lines.line, lines.n, &try);
        if (got == 0 || (got < 0 && is_seen))
            continue;
        sighting_at(out, &lines);
        out->value = try.value;
        out->found = got > 0 ? FOUND : try.found;
        if (got > 0)
            return;
        is_seen = true;
        snprintf(out->words, sizeof out->words, "line %zu has no number where \"%s\" wants one",
                 lines.number, pattern->text);
    }
    if (is_seen)
        return;
    out->found = FOUND_MISSING;
    out->line = NULL;
    snprintf(out->words, sizeof out->words, "no line is like \"%s\"", pattern->text);
}

/* ---- columns -------------------------------------------------------------------------------- */

static bool is_row(const struct lines *lines)
{
    size_t at = skip_blanks(lines->line, lines->n, 0);
    return at < lines->n && lines->line[at] != '#';
}

static bool is_separator(char c)
{
    return is_blank(c) || c == ',' || c == ';';
}

static bool find_cell(const struct lines *lines, long column, size_t *start, size_t *end)
{
    size_t at = 0;
    for (long k = 1;; k++) {
        while (at < lines->n && is_separator(lines->line[at]))
            at++;
        if (at >= lines->n)
            return false;
        *start = at;
        while (at < lines->n && !is_separator(lines->line[at]))
            at++;
        *end = at;
        if (k == column)
            return true;
    }
}

static long count_rows(const char *text, size_t n)
{
    struct lines lines = {.at = text, .end = text + n};
    long rows = 0;
    while (lines_next(&lines))
        rows += is_row(&lines);
    return rows;
}

void column_find(const char *text, size_t n, long column, long row, struct sighting *out)
{
    struct lines lines = {.at = text, .end = text + n};
    long wanted = row < 0 ? count_rows(text, n) + 1 + row : row, at = 0;
    size_t start = 0, end = 0;
    out->found = FOUND_MISSING;
    out->line = NULL;
    out->words[0] = '\0';
    while (lines_next(&lines)) {
        if (!is_row(&lines) || ++at != wanted)
            continue;
        sighting_at(out, &lines);
        if (!find_cell(&lines, column, &start, &end)) {
            snprintf(out->words, sizeof out->words, "row %ld has no column %ld", row, column);
            return;
        }
        const char *cell = lines.line + start;
        if (slha_number(cell, end - start, &out->value) == 0)
            out->found = FOUND;
        else if (*cell != '*')
            out->found = FOUND_NOT_NUMBER;
        if (out->found != FOUND)
            snprintf(out->words, sizeof out->words, "column %ld of row %ld is \"%.*s\"", column,
                     row, (int)(end - start < 100 ? end - start : 100), cell);
        return;
    }
    snprintf(out->words, sizeof out->words, "there is no row %ld: the output has %ld", row, at);
}
