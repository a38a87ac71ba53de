/* diagnose.c: the list of what is wrong with a scan file, and how it is shown.
 *
 * Complaints come from several modules in any order; they are shown in the order of the file, each
 * with its line and a caret.  The same complaint at the same place is kept once: merge keys and
 * aliases of YAML make one piece of text be read several times.  Words are cut to a fixed length
 * and the list to a fixed number, so that a file of garbage gives a page and not a flood; what is
 * beyond it is counted.  Nothing here knows what a scan file should hold. */
#include "theodolite/scan.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { MAX_KEPT = 200, MAX_WORDS = 600, MAX_HINT = 300, MAX_SHOWN = 120, LEAD = 40 };

struct complaint {
    struct scan_pos pos;
    bool is_error;
    size_t order;
    char *words, *expected, *nearest; /* NULL: none */
};

struct scan_diagnostics {
    struct complaint kept[MAX_KEPT];
    size_t n_kept;
    size_t n_errors, n_warnings, n_tool_errors;
    size_t n_dropped;
};

struct scan_diagnostics *scan_diagnostics_create(void)
{
    return mem_new(struct scan_diagnostics);
}

void scan_diagnostics_free(struct scan_diagnostics *diagnostics)
{
    if (diagnostics == NULL)
        return;
    for (size_t i = 0; i < diagnostics->n_kept; i++) {
        mem_free(diagnostics->kept[i].words);
        mem_free(diagnostics->kept[i].expected);
        mem_free(diagnostics->kept[i].nearest);
    }
    mem_free(diagnostics);
}

static bool same_place(struct scan_pos a, struct scan_pos b)
{
    return a.line == b.line && a.column == b.column;
}

static bool is_known(const struct scan_diagnostics *diagnostics, struct scan_pos pos,
                     const char *words)
{
    for (size_t i = 0; i < diagnostics->n_kept; i++) {
        const struct complaint *old = &diagnostics->kept[i];
        if (same_place(old->pos, pos) && old->words != NULL && strcmp(old->words, words) == 0)
            return true;
    }
    return false;
}

static char *clipped(const char *text)
{
    return text == NULL ? NULL : mem_strndup(text, strnlen(text, MAX_HINT));
}

static void keep(struct scan_diagnostics *diagnostics, bool is_error, struct scan_pos pos,
                 const char *expected, const char *nearest, const char *words)
{
    if (is_known(diagnostics, pos, words))
        return;
    if (is_error)
        diagnostics->n_errors++;
    else
        diagnostics->n_warnings++;
    if (diagnostics->n_kept == MAX_KEPT) {
        diagnostics->n_dropped++;
        return;
    }
    diagnostics->kept[diagnostics->n_kept] = (struct complaint){
        .pos = pos,
        .is_error = is_error,
        .order = diagnostics->n_kept,
        .words = mem_strdup(words),
        .expected = clipped(expected),
        .nearest = clipped(nearest),
    };
    diagnostics->n_kept++;
}

void scan_diagnose(struct scan_diagnostics *diagnostics, struct scan_pos pos, const char *expected,
                   const char *nearest, const char *format, ...)
{
    char words[MAX_WORDS];
    va_list args;
    va_start(args, format);
    vsnprintf(words, sizeof words, format, args);
    va_end(args);
    keep(diagnostics, true, pos, expected, nearest, words);
}

void scan_warn(struct scan_diagnostics *diagnostics, struct scan_pos pos, const char *format, ...)
{
    char words[MAX_WORDS];
    va_list args;
    va_start(args, format);
    vsnprintf(words, sizeof words, format, args);
    va_end(args);
    keep(diagnostics, false, pos, NULL, NULL, words);
}

void scan_blame_tool(struct scan_diagnostics *diagnostics)
{
    diagnostics->n_tool_errors++;
}

size_t scan_n_tool_errors(const struct scan_diagnostics *diagnostics)
{
    return diagnostics->n_tool_errors;
}

size_t scan_n_errors(const struct scan_diagnostics *diagnostics)
{
    return diagnostics->n_errors;
}

size_t scan_n_warnings(const struct scan_diagnostics *diagnostics)
{
    return diagnostics->n_warnings;
}

/* ---- showing -------------------------------------------------------------------------------- */

static int in_order_of_file(const void *left, const void *right)
{
    const struct complaint *a = *(const struct complaint *const *)left;
    const struct complaint *b = *(const struct complaint *const *)right;
    if (a->pos.line != b->pos.line)
        return a->pos.line < b->pos.line ? -1 : 1;
    if (a->pos.column != b->pos.column)
        return a->pos.column < b->pos.column ? -1 : 1;
    return a->order < b->order ? -1 : a->order > b->order;
}

/* The bytes of line `wanted` (1-based) without its end; false when there is no such line. */
static bool find_line(const char *text, unsigned wanted, const char **line, size_t *n)
{
    for (unsigned at = 1; at < wanted; at++) {
        text = strchr(text, '\n');
        if (text == NULL)
            return false;
        text++;
    }
    *line = text;
    *n = strcspn(text, "\n");
    if (*n > 0 && text[*n - 1] == '\r')
        --*n;
    return true;
}

static bool is_continuation(char c)
{
    return ((unsigned char)c & 0xc0) == 0x80;
}

/* Are all bytes above 127 parts of UTF-8 characters? */
static bool is_text(const char *line, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        unsigned char c = (unsigned char)line[i];
        size_t more = c < 0x80 ? 0 : c < 0xc2 || c > 0xf4 ? n : c < 0xe0 ? 1 : c < 0xf0 ? 2 : 3;
        if (more >= n - i)
            return false;
        for (; more > 0; more--)
            if (!is_continuation(line[++i]))
                return false;
    }
    return true;
}

/* One byte as it may stand on a terminal. */
static char printable(char c, bool is_utf8)
{
    if (!is_utf8 && (unsigned char)c >= 0x80)
        return '?';
    return (unsigned char)c < 0x20 || c == 0x7f ? ' ' : c;
}

/* A byte within a character, which takes no column of its own.  In a line that is no UTF-8 every
 * byte is shown for itself: any number of continuation bytes may stand in a row there. */
static bool is_inside(char c, bool is_utf8)
{
    return is_utf8 && is_continuation(c);
}

/* The line, cut around the place when it is long, and the caret below it. */
static int show_line(const char *text, struct scan_pos pos, struct buf *out, struct err *err)
{
    const char *line;
    size_t n;
    if (!find_line(text, pos.line, &line, &n))
        return 0;
    bool is_utf8 = is_text(line, n);
    size_t at = pos.column > 0 ? pos.column - 1 : 0;
    if (n == 0)
        return 0;
    if (at > n)
        at = n;
    size_t from = at > MAX_SHOWN - LEAD ? at - LEAD : 0;
    while (from > 0 && is_inside(line[from], is_utf8))
        from--;
    size_t to = n - from > MAX_SHOWN ? from + MAX_SHOWN : n;
    while (to < n && is_inside(line[to], is_utf8))
        to++;
    char shown[4 * MAX_SHOWN], below[4 * MAX_SHOWN];
    size_t n_shown = 0, n_below = 0;
    for (size_t i = from; i < to; i++)
        shown[n_shown++] = printable(line[i], is_utf8);
    for (size_t i = from; i < at; i++)
        if (!is_inside(line[i], is_utf8))
            below[n_below++] = ' ';
    below[n_below++] = '^';
    for (size_t i = at + 1; i < at + pos.length && i < to; i++)
        if (!is_inside(line[i], is_utf8))
            below[n_below++] = '~';
    return buf_printf(out, err, "    %s%.*s%s\n    %s%.*s\n", from > 0 ? "..." : "", (int)n_shown,
                      shown, to < n ? "..." : "", from > 0 ? "   " : "", (int)n_below, below);
}

static int show_hints(const struct complaint *complaint, struct buf *out, struct err *err)
{
    const char *expected = complaint->expected, *nearest = complaint->nearest;
    if (expected == NULL && nearest == NULL)
        return 0;
    return buf_printf(out, err, "    %s%s%s%s%s%s\n", expected != NULL ? "expected: " : "",
                      expected != NULL ? expected : "", expected && nearest ? "; " : "",
                      nearest != NULL ? "did you mean \"" : "", nearest != NULL ? nearest : "",
                      nearest != NULL ? "\"?" : "");
}

static int show(const struct complaint *complaint, const char *file_name, const char *text,
                struct buf *out, struct err *err)
{
    int rc = -1;
    struct scan_pos pos = complaint->pos;
    TRY(buf_puts(out, file_name, err));
    if (pos.line > 0)
        TRY(buf_printf(out, err, ":%u:%u", pos.line, pos.column));
    TRY(buf_printf(out, err, ": %s: %s\n", complaint->is_error ? "error" : "warning",
                   complaint->words != NULL ? complaint->words : "(no memory for the words)"));
    if (pos.line > 0)
        TRY(show_line(text, pos, out, err));
    rc = show_hints(complaint, out, err);
out:
    return rc;
}

int scan_print_diagnostics(const struct scan_diagnostics *diagnostics, const char *file_name,
                           const char *text, struct buf *out, struct err *err)
{
    const struct complaint *sorted[MAX_KEPT];
    if (diagnostics->n_kept == 0)
        return 0;
    for (size_t i = 0; i < diagnostics->n_kept; i++)
        sorted[i] = &diagnostics->kept[i];
    qsort(sorted, diagnostics->n_kept, sizeof sorted[0], in_order_of_file);
    for (size_t i = 0; i < diagnostics->n_kept; i++)
        if (show(sorted[i], file_name, text, out, err) != 0)
            return -1;
    if (diagnostics->n_dropped > 0)
        return buf_printf(out, err, "%s: and %zu more\n", file_name, diagnostics->n_dropped);
    return 0;
}
