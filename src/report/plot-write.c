/* plot-write.c: the text of a picture's data and of its script's variables.
 *
 * Data: blocks with two empty lines between, which gnuplot finds by the name in the comment before
 * them (`index '[accepted]'`; it compares how each comment line begins, hence the brackets);
 * numbers with nine digits, more than any picture shows; what is not known is "-" (`set datafile
 * missing '-'`).
 *
 * Text for gnuplot stands in single quotes, where nothing is special, or if it has one itself in
 * double quotes, where a backslash goes before backslashes and quotes.  Gnuplot's enhanced mode
 * reads _ ^ { } @ & ~ \ as orders, so a name gets a backslash before each of them. */
#include "plot-private.h"

#include <stdio.h>
#include <string.h>

int picture_note(struct picture *picture, struct err *err, const char *format, ...)
{
    va_list args;
    int rc;

    if (buf_puts(&picture->head, "# ", err) != 0)
        return -1;
    va_start(args, format);
    rc = buf_vprintf(&picture->head, err, format, args);
    va_end(args);
    return rc != 0 ? rc : buf_puts(&picture->head, "\n", err);
}

int picture_block(struct picture *picture, const char *name, const char *columns, struct err *err)
{
    return buf_printf(&picture->data, err, "%s# [%s]\n# columns: %s\n",
                      picture->data.len > 0 ? "\n\n" : "", name, columns);
}

int picture_row(struct picture *picture, size_t n, const double *values, struct err *err)
{
    char number[TEXT_DOUBLE_SIZE];
    size_t i;

    for (i = 0; i < n; i++) {
        if (isfinite(values[i]))
            snprintf(number, sizeof number, "%.9g", values[i]);
        else
            snprintf(number, sizeof number, "-");
        if (buf_puts(&picture->data, i > 0 ? " " : "", err) != 0 ||
            buf_puts(&picture->data, number, err) != 0)
            return -1;
    }
    return buf_puts(&picture->data, "\n", err);
}

int picture_number(struct picture *picture, const char *name, double value, struct err *err)
{
    if (!isfinite(value))
        return buf_printf(&picture->variables, err, "%s = NaN\n", name);
    return buf_printf(&picture->variables, err, "%s = %.10g\n", name, value);
}

int picture_quoted(struct buf *out, const char *words, struct err *err)
{
    bool has_quote = strchr(words, '\'') != NULL;
    const char *mark = has_quote ? "\"" : "'", *c;

    if (buf_puts(out, mark, err) != 0)
        return -1;
    for (c = words; *c; c++) {
        if (has_quote && (*c == '\\' || *c == '"') && buf_puts(out, "\\", err) != 0)
            return -1;
        if (buf_append(out, *c == '\n' || *c == '\r' ? " " : c, 1, err) != 0)
            return -1;
    }
    return buf_puts(out, mark, err);
}

int picture_words(struct picture *picture, const char *name, const char *words, struct err *err)
{
    if (buf_printf(&picture->variables, err, "%s = ", name) != 0 ||
        picture_quoted(&picture->variables, words, err) != 0)
        return -1;
    return buf_puts(&picture->variables, "\n", err);
}

int picture_label(struct picture *picture, const char *array, size_t i, const char *words,
                  struct err *err)
{
    if (buf_printf(&picture->variables, err, "%s[%zu] = ", array, i) != 0 ||
        picture_quoted(&picture->variables, words, err) != 0)
        return -1;
    return buf_puts(&picture->variables, "\n", err);
}

int picture_escape(struct buf *out, const char *text, bool is_unit, struct err *err)
{
    const char *c;

    for (c = text; *c; c++) {
        size_t n = is_unit && *c == '^' ? strspn(c + 1, "+-0123456789") : 0;

        if (n > 0) {
            if (buf_printf(out, err, "^{%.*s}", (int)n, c + 1) != 0)
                return -1;
            c += n;
        } else if (strchr("_^{}@&~\\", *c)) {
            if (buf_printf(out, err, "\\%c", *c) != 0)
                return -1;
        } else if (buf_append(out, c, 1, err) != 0)
            return -1;
    }
    return 0;
}

int picture_text(struct picture *picture, const char *name, const char *text, struct err *err)
{
    struct buf words;
    int rc = -1;

    buf_init(&words, 1 << 16);
    TRY(picture_escape(&words, text, false, err));
    TRY(picture_words(picture, name, words.len > 0 ? words.data : "", err));
    rc = 0;
out:
    buf_free(&words);
    return rc;
}
