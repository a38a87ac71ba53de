/* constraints.c: the terms, as texts, with addresses replaced by observables.
 *
 * `higgs: MASS[25] in 122 .. 128` reads the last exec calculator's SLHA output: a read is made for
 * the address, or the one that is there is taken, and the text becomes `mh in 122 .. 128`.  The
 * language of terms belongs to src/judge. */
#include "reader.h"

#include <stdio.h>
#include <string.h>

struct work {
    struct reader *reader;
    const struct node *name, *node;
    struct buf text;
};

/* The calculator whose output addresses in constraints mean. */
static struct scan_calculator *slha_calculator(const struct scan *scan)
{
    struct scan_calculator *found = NULL;
    bool found_slha = false;
    for (size_t i = 0; i < scan->n_calculators; i++) {
        const struct scan_calculator *c = &scan->calculators[i];
        bool has_slha = false;
        for (size_t k = 0; k < c->n_reads; k++)
            has_slha = has_slha || c->reads[k].kind == READ_SLHA;
        if (c->kind == CALC_EXEC && (has_slha || !found_slha)) {
            found = (struct scan_calculator *)c;
            found_slha = found_slha || has_slha;
        }
    }
    return found;
}

/* Do two addresses differ in blanks and case only? */
static bool same_address(const char *a, const char *b, size_t n_b)
{
    size_t i = 0, k = 0;
    for (;;) {
        while (a[i] == ' ' || a[i] == '\t')
            i++;
        while (k < n_b && (b[k] == ' ' || b[k] == '\t'))
            k++;
        if (a[i] == '\0' || k == n_b)
            return a[i] == '\0' && k == n_b;
        char x[2] = {a[i++], 0}, y[2] = {b[k++], 0};
        if (!text_same_caseless(x, y))
            return false;
    }
}

static const char *known_read(const struct scan *scan, const char *address, size_t n)
{
    const char *found = NULL;
    for (size_t i = 0; i < scan->n_calculators; i++)
        for (size_t k = 0; k < scan->calculators[i].n_reads; k++) {
            const struct scan_read *read = &scan->calculators[i].reads[k];
            if (read->kind == READ_SLHA && read->file == NULL &&
                same_address(read->source, address, n))
                found = read->name;
        }
    return found;
}

static bool is_taken(const struct reader *reader, const char *name)
{
    for (size_t i = 0; i < reader->n_taken; i++)
        if (text_same_caseless(reader->taken[i], name))
            return true;
    return false;
}

/* MASS[25] -> MASS_25_ */
static void name_for(const struct reader *reader, const char *address, size_t n, char *out,
                     size_t size)
{
    size_t used = 0;
    for (size_t i = 0; i < n && used + 8 < size && used < 50; i++) {
        char c = address[i];
        bool is_word = (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
        if (c == '-' && i + 1 < n && address[i + 1] != '>')
            out[used++] = 'm';
        else if (is_word)
            out[used++] = c;
        else if (used > 0 && out[used - 1] != '_')
            out[used++] = '_';
    }
    out[used] = '\0';
    for (unsigned k = 2; is_taken(reader, out) && k < 1000; k++)
        snprintf(out + used, size - used, "%s%u", out[used - 1] == '_' ? "" : "_", k);
}

static int add_read(struct work *work, const char *address, size_t n, struct scan_pos pos,
                    const char **name)
{
    struct scan *scan = work->reader->scan;
    struct scan_calculator *calculator = slha_calculator(scan);
    char made[80];
    *name = NULL;
    if (calculator == NULL && work->reader->has_lost)
        return 0;
    if (calculator == NULL) {
        scan_diagnose(work->reader->base.diagnostics, pos, "an exec calculator with SLHA output",
                      NULL, "%s: no calculator writes the address %.*s", work->name->text, (int)n,
                      address);
        return 0;
    }
    name_for(work->reader, address, n, made, sizeof made);
    struct node *node = node_text(&work->reader->base, made, NULL);
    struct scan_read *reads = arena_array(scan->arena, calculator->n_reads + 1, sizeof *reads);
    char *source = arena_strndup(scan->arena, address, n);
    bool is_good;
    if (node == NULL || reads == NULL || source == NULL)
        return mem_error(work->reader->base.err);
    node->pos = pos;
    if (name_take(work->reader, node, &is_good) != 0)
        return -1;
    if (!is_good)
        return 0;
    if (calculator->n_reads > 0)
        memcpy(reads, calculator->reads, calculator->n_reads * sizeof *reads);
    reads[calculator->n_reads] = (struct scan_read){.name = node->text,
                                                    .kind = READ_SLHA,
                                                    .source = source,
                                                    .is_implicit = true,
                                                    .pos = pos,
                                                    .pos_source = pos};
    calculator->reads = reads;
    calculator->n_reads++;
    *name = node->text;
    return 0;
}

static bool begins_word(const char *text, size_t i)
{
    char before = i > 0 ? text[i - 1] : ' ';
    return !((before >= 'a' && before <= 'z') || (before >= 'A' && before <= 'Z') ||
             (before >= '0' && before <= '9') || before == '_' || before == '.');
}

static int replace_addresses(struct work *work)
{
    const struct reading *base = &work->reader->base;
    const char *text = work->node->text;
    for (size_t i = 0; text[i] != '\0';) {
        size_t n = begins_word(text, i) ? address_length(text + i) : 0;
        const char *name = n > 0 ? known_read(work->reader->scan, text + i, n) : NULL;
        if (n > 0 && name == NULL &&
            add_read(work, text + i, n, node_pos(work->node, i, n), &name) != 0)
            return -1;
        if (n > 0 && name == NULL) /* told already; a number keeps the rest readable */
            name = "0";
        if (buf_append(&work->text, n > 0 ? name : text + i, n > 0 ? strlen(name) : 1, base->err) !=
            0)
            return -1;
        i += n > 0 ? n : 1;
    }
    return 0;
}

static int read_one(struct work *work, struct scan_constraint *constraint)
{
    struct value_in in = {&work->reader->base, work->node, work->name->text, true};
    const char *text;
    if (!value_text(&in, &text))
        return 0;
    buf_clear(&work->text);
    if (strlen(text) > 8000) {
        node_complain(in.reading, node_whole(work->node), NULL, NULL,
                      "%s: the constraint is too long", work->name->text);
        return 0;
    }
    if (replace_addresses(work) != 0)
        return -1;
    constraint->name = work->name->text;
    constraint->text = arena_strdup(work->reader->base.arena, work->text.data);
    constraint->pos = node_pos(work->node, 0, 0);
    if (constraint->text == NULL)
        return mem_error(in.reading->err);
    if (strcmp(constraint->text, text) != 0)
        constraint->pos.length = 1; /* columns of the text are not those of the file */
    work->reader->scan->n_constraints++;
    return 0;
}

static bool check_name(struct work *work)
{
    struct node_spot spot = {work->name, 0, 0};
    const char *name = work->name->text;
    bool is_good = name_is_word(name) && !expr_is_function(name) && strlen(name) <= 60;
    if (!is_good || strcmp(name, "all") == 0 || strcmp(name, "chi2") == 0)
        node_complain(&work->reader->base, spot, "letters, digits and _, no function's name", NULL,
                      "\"%.80s\" cannot be a constraint's name", name);
    return is_good;
}

int read_constraints(struct reader *reader, const struct node *map)
{
    struct scan *scan = reader->scan;
    if (map == NULL || map->kind == NODE_EMPTY)
        return 0;
    if (map->kind != NODE_MAP) {
        node_complain(&reader->base, node_whole(map), "NAME: CONDITION, one per line", NULL,
                      "constraints must be a map, this is %s", node_kind_words(map));
        return 0;
    }
    struct scan_constraint *all = arena_array(scan->arena, map->n, sizeof *all);
    if (all == NULL)
        return mem_error(reader->base.err);
    scan->constraints = all;
    struct work work = {.reader = reader};
    buf_init(&work.text, 1 << 20);
    int rc = 0;
    for (size_t i = 0; i < map->n && rc == 0; i++) {
        work.name = map->pairs[i].key_node;
        work.node = map->pairs[i].value;
        if (check_name(&work))
            rc = read_one(&work, &all[scan->n_constraints]);
    }
    buf_free(&work.text);
    return rc;
}
