/* list.c: the file of points of `method: list`.
 *
 * What it does: reads a table with a header line of parameter names (any order, further columns
 * are ignored), separated by commas, semicolons, tabs or blanks; `#` begins a comment; values are
 * physical.  Each row becomes a point of the unit cube.
 *
 * What it does not: guess.  A name that is missing, a value that is no number, a row outside the
 * prior is an error that names FILE:line; up to ten are told in one go. */
#include "private.h"

#include <stdlib.h>
#include <string.h>

enum { MAX_COLUMNS = 4096, MAX_TOLD = 10, MAX_FILE = 1 << 30 };

struct reader {
    const struct scan *scan;
    struct space *space;
    const char *path;
    struct buf text, wrong;
    size_t line, n_wrong, n_columns;
    size_t *value; /* of each column: index in the row, or SIZE_MAX */
    double *row, *points;
    size_t n, cap;
};

/* The next word of a line, terminated in place; NULL at its end.  Two commas in a row enclose an
 * empty word. */
static char *next_word(char **at)
{
    static const char blanks[] = " \t\r", marks[] = ",; \t\r";
    char *word, *end;

    *at += strspn(*at, blanks);
    if (**at == '\0')
        return NULL;
    word = *at;
    end = word + strcspn(word, marks);
    *at = end + strspn(end, blanks);
    if (**at == ',' || **at == ';')
        ++*at;
    *end = '\0';
    if (end > word + 1 && *word == '"' && end[-1] == '"') {
        end[-1] = '\0';
        word++;
    }
    return word;
}

__attribute__((format(printf, 3, 4))) static int complain(struct reader *r, struct err *err,
                                                          const char *format, ...)
{
    va_list args;
    int rc;

    if (r->n_wrong++ >= MAX_TOLD)
        return 0;
    if (buf_printf(&r->wrong, err, "%s%s:%zu: ", r->n_wrong > 1 ? "\n" : "", r->path, r->line) != 0)
        return -1;
    va_start(args, format);
    rc = buf_vprintf(&r->wrong, err, format, args);
    va_end(args);
    return rc;
}

static size_t find_param(const struct scan *scan, const char *word)
{
    size_t i;

    for (i = 0; i < scan->n_params; i++) {
        if (strcmp(scan->params[i].name, word) == 0)
            return i;
    }
    return SIZE_MAX;
}

static int read_header(struct reader *r, char *line, struct err *err)
{
    size_t i, j;
    char *word;

    while ((word = next_word(&line)) != NULL) {
        if (r->n_columns == MAX_COLUMNS)
            return complain(r, err, "more than %d columns", MAX_COLUMNS);
        r->value[r->n_columns++] = find_param(r->scan, word);
    }
    for (i = 0; i < space_n_dims(r->space); i++) {
        size_t wanted = space_value(r->space, i);

        for (j = 0; j < r->n_columns && r->value[j] != wanted; j++)
            ;
        if (j == r->n_columns &&
            complain(r, err, "the header names no column \"%s\"", space_name(r->space, i)) != 0)
            return -1;
    }
    return 0;
}

static int read_point(struct reader *r, char *line, struct err *err)
{
    size_t column = 0, d = space_n_dims(r->space);
    char *word;

    while ((word = next_word(&line)) != NULL && column < r->n_columns) {
        size_t value = r->value[column++];

        if (value != SIZE_MAX && text_to_double(word, &r->row[value]) != 0)
            return complain(r, err, "\"%.40s\" is not a number", word);
    }
    if (column < r->n_columns)
        return complain(r, err, "%zu values, but the header names %zu", column, r->n_columns);
    if (r->n == r->cap) {
        size_t cap = r->cap ? 2 * r->cap : 256;
        double *grown = mem_resize(r->points, r->cap * d, cap * d, sizeof *grown);

        if (!grown)
            return mem_error(err);
        r->points = grown;
        r->cap = cap;
    }
    if (!space_to_unit(r->space, r->row, r->points + r->n * d))
        return complain(r, err, "the point is outside the scan's parameter ranges");
    r->n++;
    return 0;
}

static int read_lines(struct reader *r, struct err *err)
{
    char *line = r->text.data, *end;

    for (; line && *line; line = end) {
        end = strchr(line, '\n');
        if (end)
            *end++ = '\0';
        r->line++;
        line[strcspn(line, "#")] = '\0';
        if (line[strspn(line, " \t\r")] == '\0')
            continue;
        if ((r->n_columns == 0 ? read_header(r, line, err) : read_point(r, line, err)) != 0)
            return -1;
        if (r->n_wrong > 0 && r->n == 0 && r->n_columns > 0 && r->points == NULL)
            return 0; /* a wrong header would make every line wrong */
    }
    if (r->n_wrong == 0 && r->n == 0)
        return complain(r, err, "the list has no points");
    return 0;
}

int survey_read_points(const struct scan *scan, const char *path, double **units, size_t *n,
                       struct err *err)
{
    struct reader r = {.scan = scan, .path = path};
    int rc = -1;

    buf_init(&r.text, MAX_FILE);
    buf_init(&r.wrong, 1 << 16);
    r.space = space_create(scan, err);
    if (!r.space)
        goto out;
    r.value = mem_array(MAX_COLUMNS, sizeof *r.value);
    r.row = mem_array(scan->n_values, sizeof *r.row);
    if (!r.value || !r.row) {
        mem_error(err);
        goto out;
    }
    TRY(buf_read_file(&r.text, path, err));
    TRY(read_lines(&r, err));
    if (r.n_wrong > MAX_TOLD)
        TRY(buf_printf(&r.wrong, err, "\nand %zu more", r.n_wrong - MAX_TOLD));
    if (r.n_wrong > 0) {
        err_set(err, ERR_SCAN, "%s", r.wrong.data);
        goto out;
    }
    *units = r.points;
    *n = r.n;
    r.points = NULL;
    rc = 0;
out:
    if (rc != 0)
        err_while(err, "reading the list of points");
    space_free(r.space);
    mem_free(r.value);
    mem_free(r.row);
    mem_free(r.points);
    buf_free(&r.text);
    buf_free(&r.wrong);
    return rc;
}

/* The scan's own list, relative to its folder. */
int survey_read_list(const struct scan *scan, double **units, size_t *n, struct err *err)
{
    char path[4096];
    if (!scan->search.list)
        return err_set(err, ERR_SCAN, "method list: the scan names no file of points");
    if (file_join(path, sizeof path, scan->folder ? scan->folder : ".", scan->search.list, err))
        return -1;
    return survey_read_points(scan, path, units, n, err);
}
