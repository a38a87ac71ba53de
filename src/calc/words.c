/* words.c: reason classes, outcomes, and what may be shown of a calculator's own words.
 *
 * A calculator's output is anybody's bytes: terminal codes, binary junk, megabytes.  What goes into
 * an outcome or a trace is valid UTF-8 without control characters, and short. */
#include "private.h"

#include <stdio.h>
#include <string.h>

struct reason_row {
    const char *name, *text;
};

static const struct reason_row reasons[N_REASONS] = {
#define REASON_ROW(code, name, text) [code] = {name, text},
    REASON_LIST(REASON_ROW)
#undef REASON_ROW
};

const char *reason_name(enum reason reason)
{
    return (unsigned)reason < N_REASONS ? reasons[reason].name : "?";
}

const char *reason_text(enum reason reason)
{
    return (unsigned)reason < N_REASONS ? reasons[reason].text : "?";
}

int reason_find(const char *name)
{
    for (int i = 0; i < N_REASONS; i++) {
        if (strcmp(reasons[i].name, name) == 0)
            return i;
    }
    return -1;
}

void outcome_clear(struct outcome *outcome)
{
    mem_free(outcome->words);
    mem_free(outcome->steps);
    for (size_t i = 0; i < outcome->n_kept; i++) {
        mem_free(outcome->kept[i].name);
        mem_free(outcome->kept[i].data);
    }
    mem_free(outcome->kept);
    memset(outcome, 0, sizeof *outcome);
    outcome->calculator = -1;
}

/* ---- cleaning ------------------------------------------------------------------------------- */

/* Length of a valid UTF-8 sequence that begins with a byte >= 0x80 and is no control character
 * (U+0080 to U+009F); 0 for anything else. */
static size_t utf8_length(const unsigned char *at, size_t n)
{
    size_t length = at[0] >= 0xf0 ? 4 : at[0] >= 0xe0 ? 3 : 2;
    if (at[0] < 0xc2 || at[0] > 0xf4 || length > n)
        return 0;
    for (size_t i = 1; i < length; i++) {
        if ((at[i] & 0xc0) != 0x80)
            return 0;
    }
    bool is_overlong = (at[0] == 0xe0 && at[1] < 0xa0) || (at[0] == 0xf0 && at[1] < 0x90);
    bool is_surrogate = at[0] == 0xed && at[1] >= 0xa0;
    bool is_beyond = at[0] == 0xf4 && at[1] >= 0x90;
    bool is_control = at[0] == 0xc2 && at[1] < 0xa0;
    return is_overlong || is_surrogate || is_beyond || is_control ? 0 : length;
}

/* Bytes of the terminal code at `at`, which begins with ESC. */
static size_t escape_length(const unsigned char *at, size_t n)
{
    size_t i = 1;
    if (n < 2)
        return n;
    if (at[1] == '[') { /* CSI: parameters, then one final byte */
        for (i = 2; i < n && (at[i] < 0x40 || at[i] > 0x7e); i++)
            continue;
        return i < n ? i + 1 : n;
    }
    if (at[1] == ']') { /* OSC: up to BEL or ESC \ */
        for (i = 2; i < n && at[i] != 7 && at[i] != 27; i++)
            continue;
        return i < n && at[i] == 7 ? i + 1 : i;
    }
    return 2;
}

size_t words_clean(char *out, size_t size, const char *text, size_t n)
{
    const unsigned char *at = (const unsigned char *)text;
    size_t used = 0, i = 0;
    while (i < n && used + 5 < size) {
        size_t length = 1;
        if (at[i] == 27) {
            i += escape_length(at + i, n - i);
            continue;
        }
        if (at[i] >= 0x80 && (length = utf8_length(at + i, n - i)) > 0) {
            memcpy(out + used, at + i, length);
            used += length;
        } else if (at[i] == '\n' || (at[i] >= 0x20 && at[i] < 0x7f)) {
            out[used++] = (char)at[i];
        } else if (at[i] == '\t') {
            out[used++] = ' ';
        } else if (at[i] != '\r') {
            out[used++] = '?';
        }
        i += length > 0 ? length : 1;
    }
    out[used] = '\0';
    return used;
}

/* The last lines of cleaned text that fit into `room` bytes. */
static const char *last_lines(const char *text, size_t n, size_t room)
{
    enum { MOST_LINES = 12 };
    const char *start = n > room ? text + n - room : text;
    if (start > text) {
        const char *newline = memchr(start, '\n', (size_t)(text + n - start));
        if (newline && newline + 1 < text + n)
            start = newline + 1;
        else
            while ((*start & 0xc0) == 0x80)
                start++;
    }
    const char *at = text + n;
    for (size_t lines = 0; at > start; at--) {
        if (at[-1] == '\n' && ++lines == MOST_LINES)
            return at;
    }
    return start;
}

int outcome_fail(struct outcome *outcome, const struct calc *calc, enum reason reason,
                 const char *stage, const char *sentence, const char *tail, size_t n,
                 struct err *err)
{
    char words[CALC_MAX_WORDS], cleaned[4 * CALC_MAX_WORDS];
    size_t used = words_clean(words, sizeof words - 16, sentence, strlen(sentence));
    if (tail && n > 0) {
        size_t start = n > sizeof cleaned - 8 ? n - (sizeof cleaned - 8) : 0;
        size_t n_clean = words_clean(cleaned, sizeof cleaned, tail + start, n - start);
        while (n_clean > 0 && (cleaned[n_clean - 1] == '\n' || cleaned[n_clean - 1] == ' '))
            cleaned[--n_clean] = '\0';
        if (n_clean > 0) {
            const char *last = last_lines(cleaned, n_clean, sizeof words - used - 2);
            snprintf(words + used, sizeof words - used, "\n%s", last);
        }
    }
    trace_line(calc, "fail", "%s: %.*s", reason_name(reason), (int)used, words);
    outcome->reason = reason;
    outcome->calculator = (int)calc->index;
    outcome->stage = stage;
    mem_free(outcome->words);
    outcome->words = mem_strdup(words);
    return outcome->words ? 0 : mem_error(err);
}

/* ---- the trace ------------------------------------------------------------------------------ */

bool is_traced(const struct calc *calc)
{
    return calc->chain && calc->chain->options.trace && calc->chain->options.trace->line;
}

static void say(const struct calc *calc, const char *kind, const char *text)
{
    const struct calc_trace *trace = calc->chain->options.trace;
    trace->line(trace->context, calc->def->name, kind, text);
}

void trace_line(const struct calc *calc, const char *kind, const char *format, ...)
{
    char text[CALC_MAX_WORDS + 256];
    va_list args;
    if (!is_traced(calc))
        return;
    va_start(args, format);
    vsnprintf(text, sizeof text, format, args);
    va_end(args);
    say(calc, kind, text);
}

void trace_text(const struct calc *calc, const char *kind, const char *text, size_t n)
{
    char line[CALC_SENTENCE];
    if (!is_traced(calc))
        return;
    for (const char *at = text, *end = text + n; at < end;) {
        const char *newline = memchr(at, '\n', (size_t)(end - at));
        const char *stop = newline ? newline : end;
        words_clean(line, sizeof line, at, (size_t)(stop - at));
        say(calc, kind, line);
        at = stop + 1;
    }
}

void trace_command(const struct calc *calc, const char *const *argv, const char *remark)
{
    char line[CALC_SENTENCE];
    size_t used = 0;
    for (size_t i = 0; argv[i] && used + 2 < sizeof line; i++) {
        int n = snprintf(line + used, sizeof line - used, "%s%s", i ? " " : "", argv[i]);
        used += n > 0 ? (size_t)n : 0;
    }
    trace_line(calc, "run", "%s%s", line, remark);
}

struct cursor {
    const char *at, *end;
};

static bool next_line(struct cursor *cursor, struct cursor *line)
{
    if (cursor->at >= cursor->end)
        return false;
    const char *newline = memchr(cursor->at, '\n', (size_t)(cursor->end - cursor->at));
    line->at = cursor->at;
    line->end = newline ? newline : cursor->end;
    cursor->at = newline ? newline + 1 : cursor->end;
    return true;
}

static void say_diff_line(const struct calc *calc, char sign, const struct cursor *line)
{
    char text[CALC_SENTENCE];
    text[0] = sign;
    text[1] = ' ';
    words_clean(text + 2, sizeof text - 2, line->at, (size_t)(line->end - line->at));
    say(calc, "write", text);
}

/* Filling a template keeps its lines, so that comparing line by line is enough. */
void trace_diff(const struct calc *calc, const char *name, const char *old, size_t n_old,
                const char *new_, size_t n_new)
{
    struct cursor a = {old, old + n_old}, b = {new_, new_ + n_new}, line_a, line_b;
    size_t n_changed = 0;
    if (!is_traced(calc))
        return;
    trace_line(calc, "write", "%s, %zu bytes", name, n_new);
    while (next_line(&b, &line_b)) {
        bool has_old = next_line(&a, &line_a);
        size_t n = (size_t)(line_b.end - line_b.at);
        if (has_old && n == (size_t)(line_a.end - line_a.at) &&
            memcmp(line_a.at, line_b.at, n) == 0)
            continue;
        if (has_old)
            say_diff_line(calc, '-', &line_a);
        say_diff_line(calc, '+', &line_b);
        n_changed++;
    }
    if (n_changed == 0)
        say(calc, "write", "  no line differs from the template");
}
