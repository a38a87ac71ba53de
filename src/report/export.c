/* export.c: closed points as csv, tsv and JSON lines.
 *
 * Streamed in blocks: memory does not grow with the number of points.  Numbers are the shortest
 * decimals that read back to the same double; what is missing is empty (JSON: null).  Text is
 * quoted as RFC 4180 says for csv; in tsv tabs and newlines become blanks. */
#include "private.h"

#include <errno.h>
#include <jansson.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { BLOCK = 1024, CHUNK_MAX = 64 << 20, CHUNK_FULL = 1 << 18 };

static const char *const formats[] = {"csv", "tsv", "jsonl", "slha"};
static const char *const heads[] = {"id", "origin", "round", "state", "accepted", "reason"};
enum { N_HEADS = sizeof heads / sizeof heads[0] };

int export_format_find(const char *name)
{
    size_t i;

    for (i = 0; i < sizeof formats / sizeof formats[0]; i++)
        if (text_same_caseless(name, formats[i]))
            return (int)i;
    return -1;
}

struct writer {
    enum export_format format;
    struct store *store;
    const struct scan *scan;
    FILE *file;
    const char *path;
    struct buf out;
    uint64_t n;
};

static int flush(struct writer *writer, struct err *err)
{
    if (writer->out.len > 0 &&
        fwrite(writer->out.data, 1, writer->out.len, writer->file) != writer->out.len)
        return err_sys(err, ERR_IO, errno, "cannot write '%s'", writer->path);
    buf_clear(&writer->out);
    return 0;
}

/* A JSON string with its quotes. */
static int put_json_text(struct buf *out, const char *text, struct err *err)
{
    json_t *string = json_string(text);
    char *dump = string ? json_dumps(string, JSON_ENCODE_ANY) : NULL;
    int rc = dump ? buf_puts(out, dump, err) : mem_error(err);

    free(dump);
    json_decref(string);
    return rc;
}

/* One text cell of csv or tsv. */
static int put_cell(struct buf *out, enum export_format format, const char *text, struct err *err)
{
    const char *c;

    if (format == EXPORT_CSV && text[strcspn(text, ",\"\r\n")] == '\0')
        return buf_puts(out, text, err);
    if (format == EXPORT_CSV && buf_puts(out, "\"", err) != 0)
        return -1;
    for (c = text; *c; c++) {
        bool is_break = *c == '\t' || *c == '\n' || *c == '\r';

        if (format == EXPORT_CSV ? buf_append(out, *c == '"' ? "\"\"" : c, *c == '"' ? 2 : 1, err)
                                 : buf_append(out, is_break ? " " : c, 1, err))
            return -1;
    }
    return format == EXPORT_CSV ? buf_puts(out, "\"", err) : 0;
}

static int put_name(struct writer *writer, size_t column, const char *name, struct err *err)
{
    struct buf *out = &writer->out;

    if (writer->format == EXPORT_JSONL)
        return buf_puts(out, column > 0 ? "," : "{", err) != 0 || put_json_text(out, name, err) != 0
                   ? -1
                   : buf_puts(out, ":", err);
    return column > 0 ? buf_puts(out, writer->format == EXPORT_CSV ? "," : "\t", err) : 0;
}

static int put_text(struct writer *writer, size_t column, const char *name, const char *text,
                    struct err *err)
{
    if (put_name(writer, column, name, err) != 0)
        return -1;
    if (writer->format != EXPORT_JSONL)
        return text ? put_cell(&writer->out, writer->format, text, err) : 0;
    return text ? put_json_text(&writer->out, text, err) : buf_puts(&writer->out, "null", err);
}

static int put_number(struct writer *writer, size_t column, const char *name, double value,
                      struct err *err)
{
    char text[TEXT_DOUBLE_SIZE];

    if (put_name(writer, column, name, err) != 0)
        return -1;
    if (isfinite(value))
        return buf_puts(&writer->out, text_shortest(text, value), err);
    return writer->format == EXPORT_JSONL ? buf_puts(&writer->out, "null", err) : 0;
}

static int put_head(struct writer *writer, struct err *err)
{
    size_t i;

    if (writer->format == EXPORT_JSONL)
        return 0;
    for (i = 0; i < N_HEADS + writer->scan->n_values; i++) {
        const char *name = i < N_HEADS ? heads[i] : writer->scan->value_names[i - N_HEADS];

        if (put_name(writer, i, name, err) != 0 ||
            put_cell(&writer->out, writer->format, name, err) != 0)
            return -1;
    }
    return buf_puts(&writer->out, "\n", err);
}

static double accepted_of(const struct point_row *point)
{
    return point->state == STATE_ACCEPTED ? 1 : point->state == STATE_REJECTED ? 0 : (double)NAN;
}

static int put_point(struct writer *writer, const struct point_row *point, struct err *err)
{
    struct store_failure failure;
    const char *reason = NULL;
    bool found = false;
    size_t v;
    int rc = -1;

    if (point->state == STATE_FAILED) {
        TRY(store_failure(writer->store, point->id, &failure, &found, err));
        reason = found ? failure.reason : NULL;
    }
    TRY(put_number(writer, 0, heads[0], (double)point->id, err));
    TRY(put_text(writer, 1, heads[1], origin_name(point->origin), err));
    TRY(put_number(writer, 2, heads[2], (double)point->round, err));
    TRY(put_text(writer, 3, heads[3], state_name(point->state), err));
    TRY(put_number(writer, 4, heads[4], accepted_of(point), err));
    TRY(put_text(writer, 5, heads[5], reason, err));
    for (v = 0; v < writer->scan->n_values; v++)
        TRY(put_number(writer, N_HEADS + v, writer->scan->value_names[v], point->row[v], err));
    TRY(buf_puts(&writer->out, writer->format == EXPORT_JSONL ? "}\n" : "\n", err));
    writer->n++;
    rc = writer->out.len > CHUNK_FULL ? flush(writer, err) : 0;
out:
    return rc;
}

static int put_points(struct writer *writer, struct choice *choice, struct err *err)
{
    struct store_query query = {.state = -1};
    size_t i, n = 1, n_values = writer->scan->n_values;
    struct store_cursor *cursor = store_select(writer->store, &query, err);
    struct point_row *points = mem_array(BLOCK, sizeof *points);
    double *rows = mem_array(BLOCK * (n_values + 1), sizeof *rows);
    int rc = -1;

    if (!points || !rows)
        mem_error(err);
    if (!cursor || !points || !rows)
        goto out;
    for (i = 0; i < BLOCK; i++)
        points[i].row = rows + i * n_values;
    while (n > 0) {
        TRY(store_fetch(cursor, BLOCK, points, &n, err));
        for (i = 0; i < n; i++)
            if (points[i].state != STATE_RUNNING && choice_takes(choice, &points[i]))
                TRY(put_point(writer, &points[i], err));
    }
    rc = 0;
out:
    store_cursor_free(cursor);
    mem_free(points);
    mem_free(rows);
    return rc;
}

static int export_table(struct writer *writer, struct choice *choice, const char *path,
                        struct err *err)
{
    int rc = -1;

    writer->path = path ? path : "standard output";
    writer->file = path ? fopen(path, "w") : stdout;
    if (!writer->file)
        return err_sys(err, ERR_IO, errno, "cannot write '%s'", path);
    buf_init(&writer->out, CHUNK_MAX);
    TRY(put_head(writer, err));
    TRY(put_points(writer, choice, err));
    TRY(flush(writer, err));
    rc = 0;
out:
    buf_free(&writer->out);
    if ((path ? fclose(writer->file) : fflush(writer->file)) != 0 && rc == 0)
        rc = err_sys(err, ERR_IO, errno, "cannot write '%s'", writer->path);
    return rc;
}

int report_export(struct store *store, const struct export_options *options, uint64_t *n_written,
                  struct err *err)
{
    struct scan *scan = store_scan(store, err);
    struct choice *choice = scan ? choice_create(scan, options->where, NULL, err) : NULL;
    struct writer writer = {.format = options->format, .store = store, .scan = scan};
    int rc = -1;

    if (!choice)
        goto out;
    if (options->format == EXPORT_SLHA) {
        TRY(export_slha(store, scan, choice, options->out, &writer.n, err));
    } else {
        TRY(export_table(&writer, choice, options->out, err));
    }
    rc = 0;
out:
    if (n_written)
        *n_written = writer.n;
    choice_free(choice);
    scan_free(scan);
    return rc;
}
