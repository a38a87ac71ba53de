/* curve.c: a limit curve from a file of two columns.
 *
 * Lines are "x y" with blanks, tabs or commas between; what begins with # or % is a comment;
 * further columns are ignored.  Points are sorted by x.  Between them the limit is linear, or
 * linear in the logarithms of both.  A file that has no curve in it is refused with its line. */
#include "judge_private.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { MAX_POINTS = 1000000, MAX_FILE = 64 << 20 };

struct knot {
    double x, y;
};

struct curve {
    struct knot *knots; /* by rising x; logarithms when is_log */
    size_t n;
    bool is_log;
};

static int by_x(const void *left, const void *right)
{
    const struct knot *a = left, *b = right;
    return a->x < b->x ? -1 : a->x > b->x;
}

static bool next_number(char **p, double *value)
{
    char word[64];
    *p += strspn(*p, " \t,;");
    size_t n = strcspn(*p, " \t,;\r");
    snprintf(word, sizeof word, "%.*s", (int)(n < 63 ? n : 63), *p);
    *p += n;
    return n > 0 && n < 63 && text_to_double(word, value) == 0;
}

static int read_line(struct curve *curve, char *line, const char *path, size_t number,
                     struct err *err)
{
    struct knot knot;
    char *p = line + strspn(line, " \t\r");
    if (*p == '\0' || *p == '#' || *p == '%')
        return 0;
    if (!next_number(&p, &knot.x) || !next_number(&p, &knot.y)) {
        char shown[61];
        snprintf(shown, sizeof shown, "%s", line);
        for (char *c = shown; *c != '\0'; c++)
            if (*c < 0x20 || *c > 0x7e)
                *c = *c == '\t' ? ' ' : *c == '\r' ? '\0' : '?';
        return err_set(err, ERR_SCAN, "%s:%zu: expected two numbers, found: %s", path, number,
                       shown);
    }
    if (curve->is_log && !(knot.x > 0 && knot.y > 0))
        return err_set(err, ERR_SCAN, "%s:%zu: a logarithmic curve needs positive numbers", path,
                       number);
    if (curve->n == MAX_POINTS)
        return err_set(err, ERR_SCAN, "%s:%zu: more than %d points", path, number, MAX_POINTS);
    if (curve->n == 0 || (curve->n & (curve->n - 1)) == 0) {
        size_t room = curve->n == 0 ? 1 : 2 * curve->n;
        struct knot *more = mem_resize(curve->knots, curve->n, room, sizeof *more);
        if (more == NULL)
            return mem_error(err);
        curve->knots = more;
    }
    curve->knots[curve->n++] = curve->is_log ? (struct knot){log(knot.x), log(knot.y)} : knot;
    return 0;
}

static int read_all(struct curve *curve, const char *path, char *text, struct err *err)
{
    size_t number = 1;
    for (char *line = text; line != NULL; number++) {
        char *end = strchr(line, '\n');
        if (end != NULL)
            *end = '\0';
        if (read_line(curve, line, path, number, err) != 0)
            return -1;
        line = end != NULL ? end + 1 : NULL;
    }
    if (curve->n < 2)
        return err_set(err, ERR_SCAN, "%s: a curve needs at least two points, there are %zu", path,
                       curve->n);
    qsort(curve->knots, curve->n, sizeof *curve->knots, by_x);
    for (size_t i = 1; i < curve->n; i++)
        if (curve->knots[i].x == curve->knots[i - 1].x)
            return err_set(err, ERR_SCAN, "%s: two points at x = %g", path,
                           curve->is_log ? exp(curve->knots[i].x) : curve->knots[i].x);
    return 0;
}

struct curve *curve_read(const char *path, bool is_log, struct err *err)
{
    struct buf text;
    struct curve *curve = mem_new(struct curve);
    buf_init(&text, MAX_FILE);
    if (curve == NULL) {
        mem_error(err);
        goto fail;
    }
    curve->is_log = is_log;
    if (buf_read_file(&text, path, err) != 0 || buf_puts(&text, "", err) != 0 ||
        read_all(curve, path, text.data, err) != 0)
        goto fail;
    buf_free(&text);
    return curve;
fail:
    buf_free(&text);
    curve_free(curve);
    return NULL;
}

void curve_free(struct curve *curve)
{
    if (curve != NULL)
        mem_free(curve->knots);
    mem_free(curve);
}

bool curve_at(const struct curve *curve, double x, double *limit, double *distance)
{
    const struct knot *knots = curve->knots;
    double first = knots[0].x, last = knots[curve->n - 1].x;
    if (curve->is_log)
        x = x > 0 ? log(x) : -HUGE_VAL;
    *distance = x < first ? (first - x) / (last - first) : (x - last) / (last - first);
    *distance = *distance < 1e6 ? *distance : 1e6;
    if (x < first || x > last)
        return false;
    size_t lo = 0, hi = curve->n - 1;
    while (hi - lo > 1) {
        size_t middle = lo + (hi - lo) / 2;
        if (knots[middle].x <= x)
            lo = middle;
        else
            hi = middle;
    }
    double t = (x - knots[lo].x) / (knots[hi].x - knots[lo].x);
    double y = knots[lo].y + t * (knots[hi].y - knots[lo].y);
    *limit = curve->is_log ? exp(y) : y;
    return true;
}
