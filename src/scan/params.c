/* params.c: one line per parameter.
 *
 *     m0:   log 50 .. 5000 GeV          A0: uniform -3*m0 .. 3*m0 GeV     n: integer 1 .. 6
 *     mtop: normal 172.5 +- 0.7 GeV     s:  choice -1, 1                  mz: fixed 91.1876 GeV
 *     r:    = A0/m0 [unit]
 *
 * Bounds and derived values are kept as text; src/space reads them as expressions. */
#include "reader.h"

#include <stdio.h>
#include <string.h>

static const char *const FORMS = "uniform or log LO .. HI, normal MEAN +- SIGMA, choice A, B, "
                                 "integer LO .. HI, fixed VALUE, = EXPRESSION";

struct entry {
    struct reader *reader;
    struct scan_param *param;
    struct piece text; /* behind the kind */
};

static int complain(struct entry *e, struct piece piece, const char *expected, const char *words)
{
    node_complain(&e->reader->base, piece_spot(piece), expected, NULL, "%s: %s", e->param->name,
                  words);
    return 0;
}

static int keep_bound(struct entry *e, struct piece piece, const char **text, struct scan_pos *pos)
{
    if (piece.n == 0)
        return complain(e, piece, "LO .. HI", "a bound is missing");
    *text = piece_dup(&e->reader->base, piece);
    *pos = piece_pos(piece);
    return *text != NULL ? 0 : -1;
}

/* LO .. HI [unit]; a unit may stand behind both. */
static int read_range(struct entry *e)
{
    struct scan_param *param = e->param;
    const char *unit_lo;
    size_t dots = piece_find(e->text, "..");
    if (dots == SIZE_MAX)
        return complain(e, e->text, "LO .. HI", "there is no range");
    struct piece lo = piece_part(e->text, 0, dots);
    struct piece hi = piece_part(e->text, dots + 2, e->text.n - dots - 2);
    if (piece_take_unit(&e->reader->base, &lo, &unit_lo) != 0 ||
        piece_take_unit(&e->reader->base, &hi, &param->unit) != 0)
        return -1;
    if (param->unit[0] == '\0')
        param->unit = unit_lo;
    else if (unit_lo[0] != '\0' && strcmp(unit_lo, param->unit) != 0)
        complain(e, e->text, NULL, "the bounds have different units");
    if (keep_bound(e, lo, &param->lo, &param->pos_lo) != 0)
        return -1;
    return keep_bound(e, hi, &param->hi, &param->pos_hi);
}

static int read_normal(struct entry *e)
{
    static const char *const signs[] = {"+-", "\302\261", "+/-"};
    size_t at = SIZE_MAX, n = 0;
    if (piece_take_unit(&e->reader->base, &e->text, &e->param->unit) != 0)
        return -1;
    for (size_t i = 0; i < 3 && at == SIZE_MAX; i++) {
        at = piece_find(e->text, signs[i]);
        n = strlen(signs[i]);
    }
    if (at == SIZE_MAX)
        return complain(e, e->text, "MEAN +- SIGMA", "a normal prior needs its width");
    struct value_in in = {&e->reader->base, e->text.node, e->param->name, true};
    struct piece sigma = piece_part(e->text, at + n, e->text.n - at - n);
    value_number(&in, piece_part(e->text, 0, at), &e->param->mean);
    value_number(&in, sigma, &e->param->sigma);
    if (in.is_good && !(e->param->sigma > 0))
        complain(e, sigma, NULL, "the width must be positive");
    return 0;
}

/* "-1 1": the second of two numbers without a comma between; n = 0: there are none. */
static struct piece choice_without_comma(struct piece rest)
{
    bool was_number = false;
    while (rest.n > 0) {
        char text[64];
        double value;
        struct piece word = piece_first_word(&rest);
        bool has_comma = piece_start(word)[word.n - 1] == ',';
        snprintf(text, sizeof text, "%.*s", (int)(word.n - has_comma), piece_start(word));
        bool is_number = word.n < sizeof text && text_to_double(text, &value) == 0;
        if (was_number && is_number)
            return word;
        was_number = is_number && !has_comma;
    }
    return (struct piece){0};
}

static int read_choice(struct entry *e)
{
    struct scan_param *param = e->param;
    struct piece lone = choice_without_comma(e->text);
    if (lone.n > 0)
        return complain(e, lone, "choice -1, 1", "there must be commas between the choices");
    if (piece_take_unit(&e->reader->base, &e->text, &param->unit) != 0)
        return -1;
    double *choices = arena_array(e->reader->base.arena, e->text.n + 1, sizeof *choices);
    if (choices == NULL)
        return mem_error(e->reader->base.err);
    struct piece rest = e->text;
    struct value_in in = {&e->reader->base, rest.node, param->name, true};
    for (bool is_last = false; !is_last;) {
        size_t comma = piece_find(rest, ",");
        is_last = comma == SIZE_MAX;
        struct piece item = piece_part(rest, 0, is_last ? rest.n : comma);
        value_number(&in, item, &choices[param->n_choices]);
        if (item.n == 0)
            return 0;
        for (size_t i = 0; i < param->n_choices && in.is_good; i++)
            if (choices[i] == choices[param->n_choices])
                complain(e, item, NULL, "a choice is given twice");
        param->n_choices++;
        if (!is_last)
            rest = piece_part(rest, comma + 1, rest.n - comma - 1);
    }
    param->choices = choices;
    return 0;
}

static int read_fixed(struct entry *e)
{
    if (piece_take_unit(&e->reader->base, &e->text, &e->param->unit) != 0)
        return -1;
    struct value_in in = {&e->reader->base, e->text.node, e->param->name, true};
    value_number(&in, e->text, &e->param->value);
    return 0;
}

/* = EXPRESSION [unit] */
static int read_derived(struct entry *e)
{
    struct piece text = e->text;
    const char *p = piece_start(text);
    if (text.n > 2 && p[text.n - 1] == ']') {
        size_t open = text.n;
        while (open > 0 && p[open - 1] != '[')
            open--;
        if (open > 0) {
            struct piece unit = piece_part(text, open, text.n - open - 1);
            char *copy = piece_dup(&e->reader->base, unit);
            if (copy == NULL)
                return -1;
            if (unit_is_known(copy))
                e->param->unit = copy;
            else
                node_complain(&e->reader->base, piece_spot(unit), "a unit", unit_nearest(copy),
                              "\"%.40s\" is not a unit", copy);
            text = piece_part(text, 0, open - 1);
        }
    }
    if (text.n == 0)
        return complain(e, text, "an expression over the parameters above", "nothing behind \"=\"");
    e->param->text = piece_dup(&e->reader->base, text);
    e->param->pos_text = piece_pos(text);
    return e->param->text != NULL ? 0 : -1;
}

struct form {
    const char *word;
    enum prior_kind kind;
    int (*read)(struct entry *);
};

static const struct form FORM[] = {
    {"uniform", PRIOR_UNIFORM, read_range}, {"log", PRIOR_LOG, read_range},
    {"integer", PRIOR_INTEGER, read_range}, {"normal", PRIOR_NORMAL, read_normal},
    {"choice", PRIOR_CHOICE, read_choice},  {"fixed", PRIOR_FIXED, read_fixed},
};
enum { N_FORMS = sizeof FORM / sizeof FORM[0] };

static int unknown_form(struct entry *e, struct piece word)
{
    const char *words[N_FORMS];
    char text[80];
    for (size_t i = 0; i < N_FORMS; i++)
        words[i] = FORM[i].word;
    snprintf(text, sizeof text, "%.*s", (int)(word.n < 70 ? word.n : 70), piece_start(word));
    double number;
    const char *nearest = text_nearest(text, words, N_FORMS);
    if (text_to_double(text, &number) == 0)
        nearest = e->text.n == 0                          ? "fixed"
                  : piece_find(e->text, "..") != SIZE_MAX ? "uniform"
                                                          : nearest;
    node_complain(&e->reader->base, piece_spot(word), FORMS, nearest,
                  "%s: \"%s\" is not a kind of parameter", e->param->name, text);
    return 0;
}

static int read_param(struct reader *reader, const struct node_pair *pair, struct scan_param *param)
{
    const struct node *node = pair->value;
    *param = (struct scan_param){.name = pair->key, .unit = "", .lo = "0", .hi = "1", .text = "0"};
    param->kind = PRIOR_FIXED;
    param->pos = node_pos(pair->key_node, 0, 0);
    param->pos_lo = param->pos_hi = param->pos_text = param->pos;
    struct entry entry = {reader, param, {0}};
    if (node->kind != NODE_TEXT) {
        node_complain(&reader->base, node_whole(node), FORMS, NULL, "%s: expected a text, found %s",
                      pair->key, node_kind_words(node));
        return 0;
    }
    entry.text = piece_whole(node);
    if (entry.text.n > 0 && piece_start(entry.text)[0] == '=') {
        param->kind = PRIOR_DERIVED;
        entry.text = piece_part(entry.text, 1, entry.text.n - 1);
        return read_derived(&entry);
    }
    struct piece word = piece_first_word(&entry.text);
    for (size_t i = 0; i < N_FORMS; i++)
        if (word.n == strlen(FORM[i].word) &&
            memcmp(piece_start(word), FORM[i].word, word.n) == 0) {
            param->kind = FORM[i].kind;
            return FORM[i].read(&entry);
        }
    return unknown_form(&entry, word);
}

int read_params(struct reader *reader, const struct node *map)
{
    struct scan *scan = reader->scan;
    struct scan_param *params = arena_array(scan->arena, map->n, sizeof *params);
    if (params == NULL)
        return mem_error(reader->base.err);
    scan->params = params;
    for (size_t i = 0; i < map->n; i++) {
        bool is_good;
        if (name_take(reader, map->pairs[i].key_node, &is_good) != 0 ||
            read_param(reader, &map->pairs[i], &params[scan->n_params]) != 0)
            return -1;
        if (is_good)
            scan->n_params++;
    }
    if (scan->n_params == 0)
        node_complain(&reader->base, node_whole(map), "m0: log 50 .. 5000 GeV", NULL,
                      "there are no parameters");
    return 0;
}
