/* pins.c: boxes in the parameters that the user pinned: a share of every round goes into them.
 *
 * A box is kept twice in `meta`: "live pins" has the numbers in the unit cube, a JSON list of 2 d
 * numbers (lo then hi) each, and "live pin words" has the words of each, one per line, by which it
 * is shown and pinned again.  "live pin share" is the share of a round that goes into all of them
 * together. */
#include "private.h"

#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { WORDS_MAX = 1 << 20 };

/* ---- what the store has --------------------------------------------------------------------- */

struct pins {
    json_t *boxes;
    struct buf words; /* a line each */
};

static int pins_read(struct engine *engine, struct pins *pins, struct err *err)
{
    struct buf text;
    int rc = -1;
    *pins = (struct pins){.boxes = NULL};
    buf_init(&pins->words, WORDS_MAX);
    buf_init(&text, WORDS_MAX);
    TRY(store_get_meta(engine->store, "live pins", &text, err));
    TRY(store_get_meta(engine->store, "live pin words", &pins->words, err));
    pins->boxes = text.len > 0 ? json_loads(text.data, 0, NULL) : json_array();
    if (!json_is_array(pins->boxes)) {
        json_decref(pins->boxes);
        pins->boxes = json_array();
    }
    /* lines of boxes that were pinned before words were kept */
    size_t n_lines = 0;
    for (size_t i = 0; i < pins->words.len; i++)
        n_lines += pins->words.data[i] == '\n';
    for (; n_lines < json_array_size(pins->boxes); n_lines++)
        TRY(buf_puts(&pins->words, "?\n", err));
    rc = 0;
out:
    buf_free(&text);
    return rc;
}

static void pins_clear(struct pins *pins)
{
    json_decref(pins->boxes);
    buf_free(&pins->words);
}

/* share < 0: as it was. */
static int pins_write(struct engine *engine, const struct pins *pins, double share, struct err *err)
{
    char number[TEXT_DOUBLE_SIZE];
    bool is_none = json_array_size(pins->boxes) == 0;
    char *text = is_none ? NULL : json_dumps(pins->boxes, JSON_REAL_PRECISION(17));
    int rc = -1;
    if (text == NULL && !is_none)
        return mem_error(err);
    TRY(store_begin(engine->store, err));
    if (store_set_meta(engine->store, "live pins", text, err) != 0 ||
        store_set_meta(engine->store, "live pin words", pins->words.data, err) != 0 ||
        (share >= 0 && store_set_meta(engine->store, "live pin share",
                                      text_from_double(number, share), err) != 0) ||
        store_commit(engine->store, err) != 0) {
        store_rollback(engine->store);
        goto out;
    }
    rc = load_settings(engine, err);
out:
    free(text);
    return rc;
}

/* The i-th line of the words: its bytes and their number. */
static const char *line_of(const struct pins *pins, size_t i, size_t *n)
{
    const char *line = pins->words.len > 0 ? pins->words.data : "";
    for (; i > 0; i--) {
        line += strcspn(line, "\n");
        line += *line == '\n';
    }
    *n = strcspn(line, "\n");
    return line;
}

/* ---- a box in words ------------------------------------------------------------------------- */

static bool is_ascending(const struct engine *engine, size_t dim)
{
    const struct scan_param *param = &engine->scan->params[space_value(engine->space, dim)];
    for (size_t i = 1; param->kind == PRIOR_CHOICE && i < param->n_choices; i++)
        if (param->choices[i] < param->choices[i - 1])
            return false;
    return true;
}

/* Where in (0, 1) the parameter of `dim` reaches this value, or (is_above) goes above it: not the
 * same for integers and choices.  The others stand in the middle; the map is monotone in each
 * dimension. */
static double unit_at(struct engine *engine, size_t dim, double value, bool is_above, double *unit,
                      double *row)
{
    double lo = 0, hi = 1;
    for (size_t i = 0; i < engine->n_dims; i++)
        unit[i] = 0.5;
    for (int k = 0; k < 60; k++) {
        unit[dim] = 0.5 * (lo + hi);
        bool is_known = space_to_physical(engine->space, unit, row);
        double here = row[space_value(engine->space, dim)];
        if (is_known && (is_above ? here <= value : here < value))
            lo = unit[dim];
        else
            hi = unit[dim];
    }
    return 0.5 * (lo + hi);
}

struct clause {
    char name[128];
    double lo, hi;
    size_t dim;
};

enum clause_read { CLAUSE_READ, CLAUSE_UNREADABLE, CLAUSE_REVERSED, CLAUSE_UNKNOWN };

/* One "NAME in LO .. HI" or "NAME=LO..HI"; *text moves behind it and a following "and" or ",". */
static enum clause_read read_clause(const struct engine *engine, const char **text,
                                    struct clause *clause)
{
    int n = 0;
    if (sscanf(*text, " %127[A-Za-z0-9_] %n", clause->name, &n) != 1 || n == 0)
        return CLAUSE_UNREADABLE;
    const char *at = *text + n;
    if (at[0] == '=')
        at++;
    else if (strncmp(at, "in", 2) == 0)
        at += 2;
    else
        return CLAUSE_UNREADABLE;
    if (text_take_double(&at, &clause->lo) != 0 || strncmp(at, "..", 2) != 0)
        return CLAUSE_UNREADABLE;
    at += 2;
    if (text_take_double(&at, &clause->hi) != 0)
        return CLAUSE_UNREADABLE;
    if (strncmp(at, "and ", 4) == 0)
        at += 4;
    else if (at[0] == ',')
        at++;
    *text = at + strspn(at, " \t");
    for (clause->dim = 0; clause->dim < engine->n_dims; clause->dim++)
        if (strcmp(space_name(engine->space, clause->dim), clause->name) == 0)
            return clause->lo > clause->hi ? CLAUSE_REVERSED : CLAUSE_READ;
    return CLAUSE_UNKNOWN;
}

/* "share=0.5", "share=50 %": 1 read, 0 it is none. */
static int read_share(const char **text, double *share)
{
    const char *at = *text;
    if (strncmp(at, "share", 5) != 0)
        return 0;
    at += 5 + strspn(at + 5, " \t");
    if (at[0] != '=')
        return 0;
    at++;
    if (text_take_double(&at, share) != 0)
        return 0;
    if (at[0] == '%') {
        *share *= 0.01;
        at++;
    }
    *text = at + strspn(at, " \t,");
    return *share >= 0 && *share <= 1;
}

static int refuse_name(const struct engine *engine, const char *name, struct buf *answer,
                       struct err *err)
{
    const char **names = mem_array(engine->n_dims, sizeof *names);
    if (names == NULL)
        return mem_error(err);
    for (size_t i = 0; i < engine->n_dims; i++)
        names[i] = space_name(engine->space, i);
    const char *near = text_nearest(name, names, engine->n_dims);
    int rc = buf_printf(answer, err, "there is no free parameter \"%s\"%s%s%s; there %s:", name,
                        near != NULL ? "; did you mean \"" : "", near != NULL ? near : "",
                        near != NULL ? "\"?" : "", engine->n_dims == 1 ? "is" : "are");
    mem_free(names);
    return rc;
}

static int refuse_pin(const struct engine *engine, const char *at, const struct clause *clause,
                      enum clause_read why, bool *is_ok, struct buf *answer, struct err *err)
{
    *is_ok = false;
    if (why == CLAUSE_REVERSED) {
        char lo[TEXT_DOUBLE_SIZE], hi[TEXT_DOUBLE_SIZE];
        return buf_printf(answer, err,
                          "the bounds of %s are reversed; expected LOW .. HIGH: %s in %s .. %s",
                          clause->name, clause->name, text_shortest(lo, clause->hi),
                          text_shortest(hi, clause->lo));
    }
    if (why == CLAUSE_UNKNOWN) {
        if (refuse_name(engine, clause->name, answer, err) != 0)
            return -1;
    } else if (buf_printf(answer, err,
                          "cannot read \"%s\"; expected NAME in LOW .. HIGH, joined with "
                          "\"and\", perhaps share=0.5, of the free parameters",
                          at) != 0)
        return -1;
    for (size_t i = 0; i < engine->n_dims; i++)
        if (buf_printf(answer, err, " %s", space_name(engine->space, i)) != 0)
            return -1;
    return 0;
}

/* ---- pin ------------------------------------------------------------------------------------ */

struct pin {
    double *box, *unit, *row;
    struct buf words;
    size_t n_clauses;
    double share; /* < 0: not said */
};

static int pin_init(struct pin *pin, const struct engine *engine, struct err *err)
{
    size_t d = engine->n_dims;
    *pin = (struct pin){.box = mem_array(2 * d, sizeof(double)),
                        .unit = mem_array(d, sizeof(double)),
                        .row = mem_array(engine->scan->n_values, sizeof(double)),
                        .share = -1};
    buf_init(&pin->words, WORDS_MAX);
    if (pin->box == NULL || pin->unit == NULL || pin->row == NULL)
        return mem_error(err);
    for (size_t i = 0; i < d; i++)
        pin->box[d + i] = 1;
    return 0;
}

static void pin_clear(struct pin *pin)
{
    mem_free(pin->box);
    mem_free(pin->unit);
    mem_free(pin->row);
    buf_free(&pin->words);
}

static int add_words(struct pin *pin, const struct clause *clause, struct err *err)
{
    char lo[TEXT_DOUBLE_SIZE], hi[TEXT_DOUBLE_SIZE];
    return buf_printf(&pin->words, err, "%s%s in %s .. %s", pin->n_clauses > 0 ? " and " : "",
                      clause->name, text_shortest(lo, clause->lo), text_shortest(hi, clause->hi));
}

/* 1 read, 0 refused (the answer says why), -1 failed. */
static int read_pin(struct engine *engine, const char *text, struct pin *pin, bool *is_ok,
                    struct buf *answer, struct err *err)
{
    struct clause clause = {.name = ""};
    size_t d = engine->n_dims;
    if (text[0] == '\0')
        return refuse_pin(engine, text, &clause, CLAUSE_UNREADABLE, is_ok, answer, err);
    while (text[0] != '\0') {
        const char *at = text;
        if (read_share(&text, &pin->share) == 1)
            continue;
        enum clause_read got = read_clause(engine, &text, &clause);
        if (got != CLAUSE_READ)
            return refuse_pin(engine, at, &clause, got, is_ok, answer, err);
        if (!is_ascending(engine, clause.dim)) {
            *is_ok = false;
            return buf_printf(answer, err,
                              "the choices of %s are not in ascending order: a range of "
                              "them is no range of the prior",
                              clause.name);
        }
        pin->box[clause.dim] = unit_at(engine, clause.dim, clause.lo, false, pin->unit, pin->row);
        pin->box[d + clause.dim] =
            unit_at(engine, clause.dim, clause.hi, true, pin->unit, pin->row);
        if (add_words(pin, &clause, err) != 0)
            return -1;
        pin->n_clauses++;
    }
    return 1;
}

static int add_pin(struct engine *engine, const struct pin *pin, struct err *err)
{
    struct pins pins;
    json_t *one = json_array();
    int rc = -1;
    TRY(pins_read(engine, &pins, err));
    if (pin->n_clauses > 0) {
        TRY(undo_with(engine, err, "unpin %s", pin->words.data));
        for (size_t i = 0; i < 2 * engine->n_dims; i++)
            json_array_append_new(one, json_real(pin->box[i]));
        json_array_append(pins.boxes, one);
        TRY(buf_printf(&pins.words, err, "%s\n", pin->words.data));
    }
    if (pin->share >= 0)
        TRY(undo_with(engine, err, "pin share=%.17g", engine->settings.pin_share));
    rc = pins_write(engine, &pins, pin->share, err);
out:
    json_decref(one);
    pins_clear(&pins);
    return rc;
}

static double box_share(const struct engine *engine, const struct pin *pin)
{
    double share = 1;
    for (size_t i = 0; i < engine->n_dims; i++)
        share *= pin->box[engine->n_dims + i] - pin->box[i];
    return share;
}

int pins_pin(struct engine *engine, const char *text, bool *is_ok, struct buf *answer,
             struct err *err)
{
    enum search_method method = engine->scan->search.method;
    struct pin pin;
    int rc = -1, got;
    TRY(pin_init(&pin, engine, err));
    if (method == METHOD_SOBOL || method == METHOD_LIST) {
        *is_ok = false;
        rc = buf_puts(answer,
                      "the points of method sobol or list are fixed: pins are for the others", err);
        goto out;
    }
    if ((got = read_pin(engine, text, &pin, is_ok, answer, err)) <= 0 || !*is_ok) {
        rc = got < 0 ? -1 : 0;
        goto out;
    }
    if (!(box_share(engine, &pin) > 1e-15)) {
        *is_ok = false;
        rc = buf_puts(answer, "that box is empty or lies outside of the parameters' ranges", err);
        goto out;
    }
    TRY(add_pin(engine, &pin, err));
    double share = 100 * engine->settings.pin_share;
    size_t n = engine->settings.n_pins;
    if (n == 0)
        rc =
            buf_printf(answer, err, "no box is pinned; one would get %.4g %% of each round", share);
    else if (pin.n_clauses == 0)
        rc = buf_printf(answer, err, "%.4g %% of each round go into the %zu pinned box%s", share, n,
                        n == 1 ? "" : "es");
    else if (n == 1)
        rc = buf_printf(answer, err,
                        "pinned: a box with %.3g %% of the prior gets %.4g %% of each round, "
                        "from the next round on",
                        100 * box_share(engine, &pin), share);
    else
        rc = buf_printf(answer, err,
                        "pinned: a box with %.3g %% of the prior; all %zu boxes share %.4g %% of "
                        "each round, from the next round on",
                        100 * box_share(engine, &pin), n, share);
out:
    pin_clear(&pin);
    return rc;
}

/* ---- unpin ---------------------------------------------------------------------------------- */

/* How each of the boxes from .. to-1 is pinned again. */
static int undo_unpin(struct engine *engine, const struct pins *pins, size_t from, size_t to,
                      struct err *err)
{
    for (size_t i = from; i < to; i++) {
        size_t n;
        const char *line = line_of(pins, i, &n);
        if (line[0] == '?') { /* its words were not kept */
            buf_clear(&engine->undo);
            return 0;
        }
        if (undo_with(engine, err, "pin %.*s", (int)n, line) != 0)
            return -1;
    }
    return 0;
}

/* By its number from 1, or by its words; SIZE_MAX: there is none. */
static size_t find_pin(const struct pins *pins, const char *text)
{
    size_t n = json_array_size(pins->boxes), length;
    int64_t which;
    if (text_to_int64(text, &which) == 0)
        return which >= 1 && (uint64_t)which <= n ? (size_t)which - 1 : SIZE_MAX;
    for (size_t i = n; i-- > 0;) {
        const char *line = line_of(pins, i, &length);
        if (strlen(text) == length && strncmp(line, text, length) == 0)
            return i;
    }
    return SIZE_MAX;
}

static int take_away(struct pins *pins, size_t from, size_t to, struct err *err)
{
    struct buf left;
    size_t length;
    buf_init(&left, WORDS_MAX);
    for (size_t i = 0; i < json_array_size(pins->boxes); i++) {
        const char *line = line_of(pins, i, &length);
        if ((i < from || i >= to) && buf_printf(&left, err, "%.*s\n", (int)length, line) != 0) {
            buf_free(&left);
            return -1;
        }
    }
    for (size_t i = to; i-- > from;)
        json_array_remove(pins->boxes, i);
    buf_free(&pins->words);
    pins->words = left;
    return 0;
}

int pins_unpin(struct engine *engine, const char *text, bool *is_ok, struct buf *answer,
               struct err *err)
{
    struct pins pins;
    int rc = -1;
    TRY(pins_read(engine, &pins, err));
    size_t n = json_array_size(pins.boxes), from = 0, to = n;
    if (text[0] != '\0') {
        from = find_pin(&pins, text);
        to = from + 1;
    }
    if (from == SIZE_MAX) {
        *is_ok = false;
        if (n == 0) {
            rc = buf_puts(answer, "no box is pinned", err);
            goto out;
        }
        rc = buf_printf(answer, err,
                        "no pinned box is called \"%s\"; expected unpin alone, for all, or a "
                        "number up to %zu",
                        text, n);
        goto out;
    }
    TRY(undo_unpin(engine, &pins, from, to, err));
    TRY(take_away(&pins, from, to, err));
    TRY(pins_write(engine, &pins, -1, err));
    rc = buf_printf(answer, err, "%zu pinned box%s taken away%s", to - from,
                    to - from == 1 ? "" : "es", n - (to - from) > 0 ? ", the others stay" : "");
out:
    pins_clear(&pins);
    return rc;
}
