/* lists.c: what every screen needs and none owns: a cursor in a list, a line being typed, the ends
 * of a value's axis, and times in few columns. */
#include "ui.h"

#include <math.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

/* ---- a list with a cursor -------------------------------------------------------------------- */

void list_keep(struct list_cursor *list, size_t n, int height)
{
    size_t rows = height > 0 ? (size_t)height : 1;

    list->n = n;
    list->height = height;
    if (list->at >= n)
        list->at = n > 0 ? n - 1 : 0;
    if (list->top > list->at)
        list->top = list->at;
    if (list->at - list->top >= rows)
        list->top = list->at - rows + 1;
    if (list->top + rows > n)
        list->top = n > rows ? n - rows : 0;
}

bool list_move(struct list_cursor *list, int key)
{
    size_t page = list->height > 1 ? (size_t)list->height - 1 : 1, half = (page + 1) / 2;
    size_t last = list->n > 0 ? list->n - 1 : 0, down = 0, up = 0;

    switch (key) {
    case 'j':
    case TK_DOWN: down = 1; break;
    case 'k':
    case TK_UP: up = 1; break;
    case TK_CTRL('D'): down = half; break;
    case TK_CTRL('U'): up = half; break;
    case TK_PAGE_DOWN: down = page; break;
    case TK_PAGE_UP: up = page; break;
    case 'g':
    case TK_HOME: up = last; break;
    case 'G':
    case TK_END: down = last; break;
    default: return false;
    }
    list->at = list->at > up ? list->at - up : 0;
    list->at = last - list->at > down && list->at <= last ? list->at + down : last;
    list_keep(list, list->n, list->height);
    return true;
}

/* ---- a line being typed ---------------------------------------------------------------------- */

void line_set(struct line_edit *line, const char *text)
{
    size_t n = strlen(text);

    if (n >= sizeof line->text)
        n = sizeof line->text - 1;
    while (n > 0 && text[n] != '\0' && ((unsigned char)text[n] & 0xc0) == 0x80)
        n--; /* not within a character */
    memcpy(line->text, text, n);
    line->text[n] = '\0';
    line->n = line->at = n;
}

static size_t before(const struct line_edit *line, size_t at)
{
    if (at > 0)
        at--;
    while (at > 0 && at < line->n && ((unsigned char)line->text[at] & 0xc0) == 0x80)
        at--;
    return at;
}

static size_t after(const struct line_edit *line, size_t at)
{
    if (at < line->n)
        at++;
    while (at < line->n && ((unsigned char)line->text[at] & 0xc0) == 0x80)
        at++;
    return at;
}

/* Bytes from .. to are taken out; the cursor stands there. */
static void take_out(struct line_edit *line, size_t from, size_t to)
{
    memmove(line->text + from, line->text + to, line->n - to + 1);
    line->n -= to - from;
    line->at = from;
}

static void type_in(struct line_edit *line, int key)
{
    uint32_t rune = (uint32_t)key;
    char bytes[4];
    size_t n = 0;

    if (rune < 0x80) {
        bytes[n++] = (char)rune;
    } else if (rune < 0x800) {
        bytes[n++] = (char)(0xc0 | rune >> 6);
        bytes[n++] = (char)(0x80 | (rune & 0x3f));
    } else if (rune < 0x10000) {
        bytes[n++] = (char)(0xe0 | rune >> 12);
        bytes[n++] = (char)(0x80 | (rune >> 6 & 0x3f));
        bytes[n++] = (char)(0x80 | (rune & 0x3f));
    } else {
        bytes[n++] = (char)(0xf0 | rune >> 18);
        bytes[n++] = (char)(0x80 | (rune >> 12 & 0x3f));
        bytes[n++] = (char)(0x80 | (rune >> 6 & 0x3f));
        bytes[n++] = (char)(0x80 | (rune & 0x3f));
    }
    if (line->n + n >= sizeof line->text)
        return;
    memmove(line->text + line->at + n, line->text + line->at, line->n - line->at + 1);
    memcpy(line->text + line->at, bytes, n);
    line->n += n;
    line->at += n;
}

static size_t word_before(const struct line_edit *line)
{
    size_t at = line->at;

    while (at > 0 && line->text[at - 1] == ' ')
        at--;
    while (at > 0 && line->text[at - 1] != ' ')
        at--;
    return at;
}

bool line_key(struct line_edit *line, int key)
{
    switch (key) {
    case TK_LEFT: line->at = before(line, line->at); return true;
    case TK_RIGHT: line->at = after(line, line->at); return true;
    case TK_HOME:
    case TK_CTRL('A'): line->at = 0; return true;
    case TK_END:
    case TK_CTRL('E'): line->at = line->n; return true;
    case TK_BACKSPACE: take_out(line, before(line, line->at), line->at); return true;
    case TK_DELETE: take_out(line, line->at, after(line, line->at)); return true;
    case TK_CTRL('U'): take_out(line, 0, line->at); return true;
    case TK_CTRL('W'): take_out(line, word_before(line), line->at); return true;
    case TK_CTRL('K'): take_out(line, line->at, line->n); return true;
    default: break;
    }
    if (key < 0x20 || (key >= 0x7f && key < 0xa0) || (key >= 0xd800 && key <= 0xdfff) ||
        key >= TK_UP)
        return false;
    type_in(line, key);
    return true;
}

/* ---- the ends of a value --------------------------------------------------------------------- */

static bool param_range(const struct scan *scan, size_t p, double *lo, double *hi);

/* Least and largest value of a bound that depends on other parameters, at the corners of theirs. */
static bool bound_range(const struct scan *scan, size_t p, const char *text, double *lo, double *hi)
{
    enum { MOST_USES = 6 };
    struct err err = ERR_INIT;
    struct expr *expr;
    double ends[MOST_USES][2], *row = NULL;
    const size_t *uses;
    size_t n_uses, column, i, corner;
    bool is_known = false;

    if (text_to_double(text, lo) == 0) {
        *hi = *lo;
        return true;
    }
    expr = expr_create(text, scan->value_names, p, &column, &err);
    if (!expr)
        return false;
    uses = expr_uses(expr, &n_uses);
    row = mem_array(p + 1, sizeof *row);
    if (!row || n_uses > MOST_USES)
        goto out;
    for (i = 0; i < n_uses; i++)
        if (uses[i] >= p || !param_range(scan, uses[i], &ends[i][0], &ends[i][1]))
            goto out;
    for (corner = 0; corner < (size_t)1 << n_uses; corner++) {
        double value;

        for (i = 0; i < n_uses; i++)
            row[uses[i]] = ends[i][corner >> i & 1];
        value = expr_eval(expr, row);
        if (!isfinite(value))
            continue;
        *lo = !is_known || value < *lo ? value : *lo;
        *hi = !is_known || value > *hi ? value : *hi;
        is_known = true;
    }
out:
    mem_free(row);
    expr_free(expr);
    return is_known;
}

/* Of the prior; false where it has none.  Cells of a choice or an integer are whole. */
static bool param_range(const struct scan *scan, size_t p, double *lo, double *hi)
{
    const struct scan_param *param = &scan->params[p];
    double ignored;
    size_t i;

    switch (param->kind) {
    case PRIOR_UNIFORM:
    case PRIOR_LOG:
    case PRIOR_INTEGER:
        if (!bound_range(scan, p, param->lo, lo, &ignored) ||
            !bound_range(scan, p, param->hi, &ignored, hi))
            return false;
        if (param->kind == PRIOR_INTEGER) {
            *lo -= 0.5;
            *hi += 0.5;
        }
        return *lo < *hi;
    case PRIOR_NORMAL:
        *lo = param->mean - 4 * param->sigma;
        *hi = param->mean + 4 * param->sigma;
        return *lo < *hi;
    case PRIOR_CHOICE:
        *lo = INFINITY;
        *hi = -INFINITY;
        for (i = 0; i < param->n_choices; i++) {
            *lo = fmin(*lo, param->choices[i]);
            *hi = fmax(*hi, param->choices[i]);
        }
        if (param->n_choices > 1 && *lo < *hi) {
            double half = (*hi - *lo) / (double)(param->n_choices - 1) / 2;

            *lo -= half;
            *hi += half;
        }
        return *lo < *hi;
    case PRIOR_FIXED: *lo = *hi = param->value; return false;
    case PRIOR_DERIVED: break;
    }
    return false;
}

void value_range(const struct model *model, size_t value, double *lo, double *hi)
{
    const struct said_part *said = model->parts.said;
    double room;

    *lo = *hi = NAN;
    if (value < model->scan->n_params && param_range(model->scan, value, lo, hi))
        return;
    if (said && value < said->n_values && said->n_finite[value] > 0) {
        *lo = said->lo[value];
        *hi = said->hi[value];
    }
    if (!isfinite(*lo) || !isfinite(*hi) || *lo > *hi) {
        *lo = 0;
        *hi = 1;
    } else if (!(*lo < *hi)) {
        room = fabs(*lo) > 0 ? fabs(*lo) * 0.05 : 1;
        *lo -= room;
        *hi += room;
    }
}

bool value_is_log(const struct model *model, size_t value)
{
    return value < model->scan->n_params && model->scan->params[value].kind == PRIOR_LOG;
}

/* ---- times ----------------------------------------------------------------------------------- */

const char *time_of_day(char out[16], double wall_s)
{
    struct tm parts;
    time_t seconds;

    snprintf(out, 16, "--:--:--");
    if (!isfinite(wall_s) || wall_s <= 0 || wall_s > 1e12)
        return out;
    seconds = (time_t)wall_s;
    if (localtime_r(&seconds, &parts))
        strftime(out, 16, "%H:%M:%S", &parts);
    return out;
}

const char *time_short(char out[16], double seconds)
{
    unsigned whole;

    if (!isfinite(seconds) || seconds < 0) {
        snprintf(out, 16, "-");
        return out;
    }
    if (seconds > 86400.0 * 9999)
        seconds = 86400.0 * 9999;
    whole = (unsigned)seconds;
    if (whole < 3600)
        snprintf(out, 16, "%02u:%02u", whole / 60 % 60, whole % 60);
    else if (whole < 86400)
        snprintf(out, 16, "%u h %02u min", whole / 3600 % 24, whole / 60 % 60);
    else
        snprintf(out, 16, "%u d %u h", whole / 86400 % 10000, whole / 3600 % 24);
    return out;
}
