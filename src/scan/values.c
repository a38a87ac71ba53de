/* values.c: the texts of a scan file as numbers, counts, times, units, lists and file names.
 *
 * A piece is a part of a scalar that still knows where it stands, so that a complaint underlines
 * the word that is wrong and not the line.  Numbers may be constant expressions (2*125.1). */
#include "reader.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

/* ---- pieces --------------------------------------------------------------------------------- */

static bool is_blank(char c)
{
    return c == ' ' || c == '\t' || c == '\n' || c == '\r';
}

struct piece piece_part(struct piece piece, size_t offset, size_t n)
{
    const char *start = piece_start(piece) + offset;
    while (n > 0 && is_blank(start[n - 1]))
        n--;
    while (n > 0 && is_blank(*start)) {
        start++;
        offset++;
        n--;
    }
    return (struct piece){piece.node, piece.offset + offset, n};
}

struct piece piece_whole(const struct node *node)
{
    return piece_part((struct piece){node, 0, 0}, 0, strlen(node->text));
}

const char *piece_start(struct piece piece)
{
    return piece.node->text + piece.offset;
}

char *piece_dup(const struct reading *reading, struct piece piece)
{
    char *copy = arena_strndup(reading->arena, piece_start(piece), piece.n);
    if (copy == NULL)
        mem_error(reading->err);
    return copy;
}

struct scan_pos piece_pos(struct piece piece)
{
    return node_pos(piece.node, piece.offset, piece.n > 0 ? piece.n : 1);
}

struct node_spot piece_spot(struct piece piece)
{
    return (struct node_spot){piece.node, piece.offset, piece.n > 0 ? piece.n : 1};
}

size_t piece_find(struct piece piece, const char *symbol)
{
    const char *p = piece_start(piece);
    size_t n = strlen(symbol);
    int depth = 0;
    for (size_t i = 0; i + n <= piece.n; i++) {
        if (depth == 0 && memcmp(p + i, symbol, n) == 0)
            return i;
        if (p[i] == '(' || p[i] == '[')
            depth++;
        else if ((p[i] == ')' || p[i] == ']') && depth > 0)
            depth--;
    }
    return SIZE_MAX;
}

struct piece piece_first_word(struct piece *rest)
{
    const char *p = piece_start(*rest);
    size_t n = 0;
    while (n < rest->n && !is_blank(p[n]))
        n++;
    struct piece word = {rest->node, rest->offset, n};
    *rest = piece_part(*rest, n, rest->n - n);
    return word;
}

static bool ends_operand(char c)
{
    return c == ')' || c == '.' || c == '_' || (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') ||
           (c >= 'A' && c <= 'Z');
}

/* Two operands never stand side by side, so a last word behind an operand is a unit. */
int piece_take_unit(const struct reading *reading, struct piece *piece, const char **unit)
{
    const char *p = piece_start(*piece);
    size_t at = piece->n;
    *unit = "";
    while (at > 0 && !is_blank(p[at - 1]))
        at--;
    size_t before = at;
    while (before > 0 && is_blank(p[before - 1]))
        before--;
    if (before == 0 || !ends_operand(p[before - 1]) || at == piece->n ||
        strchr("+-*/^(),<>=&|!?:", p[at]) != NULL)
        return 0;
    struct piece word = piece_part(*piece, at, piece->n - at);
    char *text = piece_dup(reading, word);
    if (text == NULL)
        return -1;
    *piece = piece_part(*piece, 0, before);
    if (unit_is_known(text))
        *unit = text;
    else
        node_complain(reading, piece_spot(word), "a unit like GeV, TeV, pb, rad or none",
                      unit_nearest(text), "\"%.40s\" is not a unit", text);
    return 0;
}

/* ---- values --------------------------------------------------------------------------------- */

static void wrong(struct value_in *in, const char *expected)
{
    in->is_good = false;
    if (in->node->kind == NODE_TEXT)
        node_complain(in->reading, node_whole(in->node), expected, NULL,
                      "%s: \"%.60s\" is not understood", in->what, in->node->text);
    else
        node_complain(in->reading, node_whole(in->node), expected, NULL,
                      "%s: expected a text, found %s", in->what, node_kind_words(in->node));
}

bool value_text(struct value_in *in, const char **text)
{
    if (in->node->kind != NODE_TEXT || in->node->text[0] == '\0') {
        wrong(in, "a text");
        return false;
    }
    *text = in->node->text;
    return true;
}

void value_number(struct value_in *in, struct piece piece, double *value)
{
    char text[400];
    size_t column = 0;
    struct err err = ERR_INIT;
    snprintf(text, sizeof text, "%.*s", (int)(piece.n < 399 ? piece.n : 399), piece_start(piece));
    if (text_to_double(text, value) == 0)
        return;
    struct expr *expr = expr_create(text, NULL, 0, &column, &err);
    double number = expr != NULL ? expr_eval(expr, NULL) : NAN;
    expr_free(expr);
    if (isfinite(number)) {
        *value = number;
        return;
    }
    in->is_good = false;
    if (piece.n == 0)
        node_complain(in->reading, piece_spot(piece), "a number", NULL, "%s: a number is missing",
                      in->what);
    else
        node_complain(in->reading, piece_spot(piece), "a number", NULL,
                      "%s: \"%.60s\" is not a number", in->what, text);
}

void value_count(struct value_in *in, size_t least, size_t *value)
{
    double number;
    if (in->node->kind != NODE_TEXT || text_to_double(in->node->text, &number) != 0 ||
        number != floor(number) || number > 1e15 || number < 0) {
        wrong(in, "a whole number");
        return;
    }
    if (number < (double)least) {
        in->is_good = false;
        node_complain(in->reading, node_whole(in->node), NULL, NULL, "%s: at least %zu is needed",
                      in->what, least);
        return;
    }
    *value = (size_t)number;
}

void value_bool(struct value_in *in, bool *value)
{
    static const char *const words[] = {"yes", "no", "true", "false", "on", "off"};
    for (size_t i = 0; i < 6 && in->node->kind == NODE_TEXT; i++)
        if (text_same_caseless(in->node->text, words[i])) {
            *value = i % 2 == 0;
            return;
        }
    wrong(in, "yes or no");
}

void value_seconds(struct value_in *in, double *value)
{
    double seconds;
    const char *text = in->node->kind == NODE_TEXT ? in->node->text : "";
    bool is_negative = text[0] == '-';
    if (text_to_seconds(text + is_negative, &seconds) != 0) {
        wrong(in, "a time: 30 s, 2 min, 1 h");
        return;
    }
    if (is_negative || !(seconds > 0)) {
        in->is_good = false;
        node_complain(in->reading, node_whole(in->node), "a time: 30 s, 2 min, 1 h", NULL,
                      "%s: %.60s is too short: a time is above 0", in->what, text);
        return;
    }
    *value = seconds;
}

void value_bytes(struct value_in *in, uint64_t *value)
{
    uint64_t bytes;
    if (in->node->kind != NODE_TEXT || text_to_bytes(in->node->text, &bytes) != 0 || bytes == 0) {
        wrong(in, "a size: 512 MB, 2 GB");
        return;
    }
    *value = bytes;
}

void value_share(struct value_in *in, double *value)
{
    char text[64];
    double number;
    if (in->node->kind == NODE_TEXT) {
        struct piece piece = piece_whole(in->node);
        bool is_percent = piece.n > 0 && piece_start(piece)[piece.n - 1] == '%';
        snprintf(text, sizeof text, "%.*s", (int)(piece.n < 60 ? piece.n - is_percent : 60),
                 piece_start(piece));
        if (text_to_double(text, &number) == 0) {
            number = is_percent ? number / 100 : number;
            if (number >= 0 && number <= 1) {
                *value = number;
                return;
            }
        }
    }
    wrong(in, "a share between 0 % and 100 %");
}

/* ---- lists ---------------------------------------------------------------------------------- */

struct texts {
    const char **texts;
    struct scan_pos *places;
    size_t n;
};

static int add_text(struct value_in *in, struct texts *list, struct piece piece)
{
    if (piece.n == 0) {
        in->is_good = false;
        node_complain(in->reading, piece_spot(piece), NULL, NULL, "%s: an entry is empty",
                      in->what);
        return 0;
    }
    list->places[list->n] = piece_pos(piece);
    list->texts[list->n] = piece_dup(in->reading, piece);
    return list->texts[list->n++] != NULL ? 0 : -1;
}

static int split_at_commas(struct value_in *in, struct texts *list)
{
    struct piece rest = piece_whole(in->node);
    for (;;) {
        size_t comma = piece_find(rest, ",");
        size_t n = comma == SIZE_MAX ? rest.n : comma;
        if (add_text(in, list, piece_part(rest, 0, n)) != 0)
            return -1;
        if (comma == SIZE_MAX)
            return 0;
        rest = piece_part(rest, n + 1, rest.n - n - 1);
    }
}

int value_texts(struct value_in *in, const char ***texts, struct scan_pos **places, size_t *n)
{
    const struct node *node = in->node;
    size_t most = node->kind == NODE_TEXT ? strlen(node->text) / 2 + 1 : node->n;
    struct texts list = {.texts = arena_array(in->reading->arena, most + 1, sizeof *list.texts),
                         .places = arena_array(in->reading->arena, most + 1, sizeof *list.places)};
    if (list.texts == NULL || list.places == NULL)
        return mem_error(in->reading->err);
    if (node->kind == NODE_TEXT && split_at_commas(in, &list) != 0)
        return -1;
    if (node->kind == NODE_MAP || node->kind == NODE_EMPTY)
        wrong(in, "a list");
    for (size_t i = 0; node->kind == NODE_LIST && i < node->n; i++) {
        struct value_in item = {in->reading, node->items[i], in->what, true};
        const char *text;
        if (value_text(&item, &text) && add_text(in, &list, piece_whole(node->items[i])) != 0)
            return -1;
        in->is_good = in->is_good && item.is_good;
    }
    *texts = list.texts;
    if (places != NULL)
        *places = list.places;
    if (n != NULL)
        *n = list.n;
    return 0;
}

int value_path(struct value_in *in, const char *text, const char **path)
{
    char joined[4096];
    struct err err = ERR_INIT;
    *path = text;
    if (in->node->dir == NULL || text[0] == '/')
        return 0;
    if (file_join(joined, sizeof joined, in->node->dir, text, &err) != 0 || !file_exists(joined))
        return 0;
    *path = arena_strdup(in->reading->arena, joined);
    return *path != NULL ? 0 : mem_error(in->reading->err);
}
