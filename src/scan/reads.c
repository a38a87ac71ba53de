/* reads.c: where an observable's value stands in a calculator's output.
 *
 *     mh: MASS[25]                           ct: json "higgs.couplings[2]"
 *     om: line "Omega h^2 = %g"              cl: column 3 of row 2 from prof_cl.dat
 *     r:  = mh/mchi                          wx: optional DECAY[35].width
 *
 * A resident calculator and a plugin name their outputs themselves: a bare word is such a name. The
 * languages of addresses, paths and patterns belong to src/calc. */
#include "reader.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char *const FORMS =
    "an SLHA address like MASS[25], json \"path\", line \"pattern %g\", "
    "column N of row M, = EXPRESSION";

struct entry {
    struct reader *reader;
    const struct scan_calculator *calculator;
    struct scan_read *read;
    struct piece text;
};

static bool begins(struct piece piece, const char *word)
{
    size_t n = strlen(word);
    return piece.n > n && memcmp(piece_start(piece), word, n) == 0 &&
           strchr(" \t\n", piece_start(piece)[n]) != NULL;
}

static int complain(struct entry *e, struct piece piece, const char *expected, const char *words)
{
    node_complain(&e->reader->base, piece_spot(piece), expected, NULL, "%s: %s", e->read->name,
                  words);
    return 0;
}

/* Cuts the last word off when `word` stands before it: "from FILE"; *tail is what it names. */
static bool cut_tail(struct piece *piece, const char *word, struct piece *tail)
{
    const char *p = piece_start(*piece);
    size_t n = strlen(word), i = piece->n;
    bool in_quotes = false;
    size_t found = SIZE_MAX;
    for (size_t k = 0; k + n < i; k++) {
        if (p[k] == '"')
            in_quotes = !in_quotes;
        if (!in_quotes && k > 0 && p[k - 1] == ' ' && memcmp(p + k, word, n) == 0 &&
            p[k + n] == ' ')
            found = k;
    }
    if (found == SIZE_MAX)
        return false;
    *tail = piece_part(*piece, found + n, i - found - n);
    *piece = piece_part(*piece, 0, found);
    return true;
}

static int take_source(struct entry *e, enum read_kind kind, struct piece source)
{
    e->read->kind = kind;
    e->read->source = piece_dup(&e->reader->base, source);
    e->read->pos_source = piece_pos(source);
    return e->read->source != NULL ? 0 : -1;
}

/* The text between the quotes behind `word`. */
static int take_quoted(struct entry *e, enum read_kind kind, const char *word)
{
    struct piece rest = piece_part(e->text, strlen(word), e->text.n - strlen(word));
    const char *p = piece_start(rest);
    if (rest.n < 3 || (p[0] != '"' && p[0] != '\'') || p[rest.n - 1] != p[0]) {
        char expected[64];
        snprintf(expected, sizeof expected, "%s \"...\"", word);
        return complain(e, rest, expected, "the text must stand in quotes");
    }
    return take_source(e, kind, (struct piece){rest.node, rest.offset + 1, rest.n - 2});
}

static bool take_integer(struct piece piece, long *value)
{
    char text[32], *end;
    if (piece.n == 0 || piece.n > 18)
        return false;
    snprintf(text, sizeof text, "%.*s", (int)piece.n, piece_start(piece));
    *value = strtol(text, &end, 10);
    return *end == '\0';
}

/* column N of row M */
static int read_column(struct entry *e)
{
    struct piece rest = e->text;
    piece_first_word(&rest);
    struct piece column = piece_first_word(&rest), of = piece_first_word(&rest);
    struct piece row_word = piece_first_word(&rest), row = piece_first_word(&rest);
    bool has_words = of.n == 2 && memcmp(piece_start(of), "of", 2) == 0 && row_word.n == 3 &&
                     memcmp(piece_start(row_word), "row", 3) == 0 && rest.n == 0;
    if (row.n == 4 && memcmp(piece_start(row), "last", 4) == 0)
        e->read->row = -1;
    else if (!take_integer(row, &e->read->row))
        has_words = false;
    if (!has_words || !take_integer(column, &e->read->column) || e->read->column < 1 ||
        e->read->row == 0)
        return complain(e, e->text, "column 3 of row 2 (row -1 is the last)",
                        "this does not name a column and a row");
    return take_source(e, READ_COLUMN, e->text);
}

static bool names_its_outputs(const struct scan_calculator *calculator)
{
    return calculator->kind == CALC_RESIDENT || calculator->kind == CALC_PLUGIN;
}

static int read_form(struct entry *e)
{
    const char *p = piece_start(e->text);
    if (e->text.n == 0)
        return complain(e, e->text, FORMS, "nothing says where the value stands");
    if (p[0] == '=')
        return take_source(e, READ_EXPRESSION, piece_part(e->text, 1, e->text.n - 1));
    if (e->calculator->kind != CALC_EXEC) /* without any run: told by who knows the whole entry */
        return take_source(e, READ_OUTPUT, e->text);
    if (begins(e->text, "json"))
        return take_quoted(e, READ_JSON, "json");
    if (begins(e->text, "line"))
        return take_quoted(e, READ_LINE, "line");
    if (begins(e->text, "column"))
        return read_column(e);
    size_t n = address_length(p);
    if (n > e->text.n)
        n = 0;
    if (n > 0 && n == e->text.n)
        return take_source(e, READ_SLHA, e->text);
    if (n > 0)
        return complain(e, piece_part(e->text, n, e->text.n - n),
                        "an address alone, or with \"from FILE\"",
                        "unexpected words behind the address");
    const char *open = memchr(p, '[', e->text.n);
    if (open != NULL && memchr(open, ']', e->text.n - (size_t)(open - p)) == NULL)
        return complain(e, piece_part(e->text, (size_t)(open - p), 1), "MASS[25]",
                        "the \"]\" of the address is missing");
    return complain(e, e->text, FORMS, "this is no place in an output");
}

static int read_one(struct entry *e)
{
    struct piece tail;
    if (begins(e->text, "optional")) {
        e->read->is_optional = true;
        e->text = piece_part(e->text, 8, e->text.n - 8);
    } else if (e->text.n > 9 && memcmp(piece_start(e->text) + e->text.n - 9, " optional", 9) == 0) {
        e->read->is_optional = true;
        e->text = piece_part(e->text, 0, e->text.n - 9);
    }
    if (piece_start(e->text)[0] != '=' && cut_tail(&e->text, "from", &tail)) {
        if (names_its_outputs(e->calculator) || e->calculator->kind == CALC_BUILTIN)
            complain(e, tail, NULL, "this calculator has no files to read from");
        if (tail.n == 0)
            complain(e, tail, "a file name in the scratch folder", "nothing behind \"from\"");
        e->read->file = piece_dup(&e->reader->base, tail);
        if (e->read->file == NULL)
            return -1;
    }
    return read_form(e);
}

static int add_read(struct reader *reader, struct scan_calculator *calculator,
                    struct scan_read *reads, const struct node *name, const struct node *value)
{
    bool is_good;
    struct scan_read *read = &reads[calculator->n_reads];
    if (name_take(reader, name, &is_good) != 0)
        return -1;
    *read = (struct scan_read){.name = name->text, .source = "", .kind = READ_OUTPUT};
    read->pos = node_pos(name, 0, 0);
    read->pos_source = read->pos;
    struct entry entry = {reader, calculator, read, {0}};
    if (value->kind != NODE_TEXT) {
        node_complain(&reader->base, node_whole(value), FORMS, NULL,
                      "%s: expected a text, found %s", name->text, node_kind_words(value));
    } else {
        entry.text = piece_whole(value);
        if (read_one(&entry) != 0)
            return -1;
    }
    if (is_good)
        calculator->n_reads++;
    return 0;
}

/* [O, F]: observables with the names that the calculator gives. */
static int read_list(struct reader *reader, struct scan_calculator *calculator,
                     struct scan_read *reads, const struct node *list)
{
    if (!names_its_outputs(calculator)) {
        node_complain(&reader->base, node_whole(list), "NAME: WHERE, one per line", NULL,
                      "a list of names is for resident calculators and plugins");
        return 0;
    }
    for (size_t i = 0; i < list->n; i++) {
        const struct node *item = list->items[i];
        if (item->kind != NODE_TEXT)
            node_complain(&reader->base, node_whole(item), "a name", NULL,
                          "read: expected a text, found %s", node_kind_words(item));
        else if (add_read(reader, calculator, reads, item, item) != 0)
            return -1;
    }
    return 0;
}

int read_reads(struct reader *reader, struct scan_calculator *calculator, const struct node *node)
{
    struct scan_read *reads = arena_array(reader->base.arena, node->n, sizeof *reads);
    if (reads == NULL)
        return mem_error(reader->base.err);
    calculator->reads = reads;
    if (node->kind == NODE_LIST)
        return read_list(reader, calculator, reads, node);
    if (node->kind != NODE_MAP) {
        node_complain(&reader->base, node_whole(node), "NAME: WHERE, one per line", NULL,
                      "read: expected a map, found %s", node_kind_words(node));
        return 0;
    }
    for (size_t i = 0; i < node->n; i++)
        if (add_read(reader, calculator, reads, node->pairs[i].key_node, node->pairs[i].value) != 0)
            return -1;
    return 0;
}
