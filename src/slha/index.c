/* index.c: the one pass over a file, which only finds where tables begin.
 *
 * A line is looked at when its first byte that is not blank is a letter that begins BLOCK, DECAY,
 * DECAY1L or XSECTION; then the word itself is compared.  Everything between two heads is a body,
 * read later and only if somebody asks (find.c).
 *
 * A head's scale is "Q=" outside the comment, in either case, with or without blanks: SOFTSUSY
 * writes other Qs into comments.  DECAY needs an integer and BLOCK a name behind it, so prose that
 * begins with these words does not end a block.  QNUMBERS (Alwall et al., 0712.3311) have their
 * particle in the head, XSECTION (SLHA working group, 2013) the process; DECAY1L is SPheno's.
 *
 * A head that is commented out, "# BLOCK FINETUNING" of NMSSMTools with its entries still below,
 * ends the block before it: those entries belong to nobody. */
#include "private.h"

#include <string.h>

enum { MAX_TABLES = 1000000 }; /* a table takes more memory than the line that begins it */

struct slha *slha_create(void)
{
    return mem_new(struct slha);
}

void slha_free(struct slha *slha)
{
    if (!slha)
        return;
    mem_free(slha->tables);
    mem_free(slha);
}

/* Room for one more table, which counts only when n_tables does. */
static struct table *next_table(struct slha *slha, struct err *err)
{
    if (slha->n_tables == MAX_TABLES) {
        err_set(err, ERR_LIMIT, "an SLHA file with more than %d blocks", MAX_TABLES);
        return NULL;
    }
    if (slha->n_tables == slha->cap_tables) {
        size_t cap = slha->cap_tables ? 2 * slha->cap_tables : 128;
        struct table *tables =
            mem_resize(slha->tables, slha->cap_tables, cap, sizeof *slha->tables);
        if (!tables) {
            mem_error(err);
            return NULL;
        }
        slha->tables = tables;
        slha->cap_tables = cap;
    }
    return &slha->tables[slha->n_tables];
}

static bool begins_with(const struct table *table, const char *word)
{
    return strncmp(table->name, word, strlen(word)) == 0;
}

static bool ends_with(const struct table *table, const char *word)
{
    size_t n = strlen(table->name), n_word = strlen(word);
    return n >= n_word && strcmp(table->name + n - n_word, word) == 0;
}

static void set_name(struct table *table, struct token name)
{
    size_t n = name.n < SLHA_MAX_NAME ? name.n : SLHA_MAX_NAME - 1;
    for (size_t i = 0; i < n; i++)
        table->name[i] = upper(name.at[i]);
    table->name[n] = '\0';
    table->n_name = name.n;
    table->hash = slha_scan_hash(name.at, name.n);
}

/* Is the word before an equals sign a lone Q? */
static bool is_q(const char *start, const char *equals)
{
    const char *q = equals - 1;
    while (q > start && is_blank(*q))
        q--;
    return q >= start && upper(*q) == 'Q' && (q == start || is_blank(q[-1]));
}

/* Reads "Q= 1.0E+03", "q=1000", "Q = 1000" if it stands before the comment. */
static void read_scale(struct table *table, const char *cursor, const char *end)
{
    struct token words = slha_scan_words(cursor, end), token;
    const char *at = words.at, *stop = words.at + words.n;
    while (at < stop && (at = memchr(at, '=', (size_t)(stop - at))) != NULL) {
        const char *equals = at++;
        if (is_q(words.at, equals) && slha_scan_token(&at, stop, &token) &&
            slha_number(token.at, token.n, &table->scale_gev) == 0) {
            table->has_scale = true;
            table->number = token.at;
            table->n_number = token.n;
            return;
        }
    }
}

/* Fills the table from what follows the keyword; false: this is no head. */
static bool read_head(struct table *table, struct token keyword, const char *end)
{
    const char *cursor = keyword.at + keyword.n;
    struct token token;
    if (slha_token_is(keyword, "BLOCK")) {
        if (!slha_scan_token(&cursor, end, &token))
            return false;
        table->kind = TABLE_BLOCK;
        set_name(table, token);
        table->is_info = ends_with(table, "INFO");
        if (begins_with(table, "HIGGSBOUNDSINPUTHIGGSCOUPLINGS") ||
            begins_with(table, "HIGGSCOUPLINGS"))
            table->n_values_first = ends_with(table, "FERMIONS") ? 2 : 1;
        if (begins_with(table, "QNUMBERS"))
            table->has_pdg = slha_scan_long(&cursor, end, &table->pdg);
        read_scale(table, cursor, end);
        return true;
    }
    set_name(table, keyword);
    if (slha_token_is(keyword, "DECAY") || slha_token_is(keyword, "DECAY1L")) {
        table->kind = TABLE_DECAY;
        table->has_pdg = slha_scan_long(&cursor, end, &table->pdg);
        if (table->has_pdg && slha_scan_token(&cursor, end, &token)) {
            table->number = token.at;
            table->n_number = token.n;
        }
        return table->has_pdg;
    }
    table->kind = TABLE_XSECTION;
    double sqrts;
    return slha_token_is(keyword, "XSECTION") && slha_scan_token(&cursor, end, &token) &&
           slha_number(token.at, token.n, &sqrts) == 0;
}

/* The table that is open ends where a head stands. */
static void close_table(struct slha *slha, const char *end)
{
    if (slha->n_tables > 0 && !slha->tables[slha->n_tables - 1].body_end)
        slha->tables[slha->n_tables - 1].body_end = end;
}

/* "# BLOCK NAME" or "# BLOCK NAME Q= 1.0E+03" and nothing more, so that prose is none. */
static void look_at_comment(struct slha *slha, struct line line, const char *at)
{
    while (at < line.end && (*at == '#' || is_blank(*at)))
        at++;
    struct token keyword, token;
    struct table table = {.name = ""};
    if (!slha_scan_token(&at, line.end, &keyword) || !slha_token_is(keyword, "BLOCK") ||
        !slha_scan_token(&at, line.end, &token))
        return;
    read_scale(&table, at, line.end);
    if (table.has_scale || slha_scan_words(at, line.end).n == 0)
        close_table(slha, line.start);
}

static int index_line(struct slha *slha, struct line line, struct err *err)
{
    const char *cursor = line.start;
    struct token keyword;
    slha_scan_token(&cursor, line.end, &keyword);
    if (keyword.n < 5 || keyword.n > 8)
        return 0;
    struct table *table = next_table(slha, err);
    if (!table)
        return -1;
    *table = (struct table){.head = line.start, .line = line.number};
    if (!read_head(table, keyword, line.end))
        return 0;
    close_table(slha, line.start);
    slha->n_tables++;
    table->head_end = line.end;
    if (table->head_end > table->head && table->head_end[-1] == '\r')
        table->head_end--;
    table->body = line.next;
    return 0;
}

int slha_parse(struct slha *slha, const char *text, size_t n, struct err *err)
{
    slha->text = text;
    slha->n_text = n;
    slha->n_tables = 0;
    if (n == 0)
        return 0;
    const char *end = text + n;
    struct line line = {.next = text};
    if (n >= 3 && memcmp(text, "\xEF\xBB\xBF", 3) == 0) /* UTF-8's byte order mark */
        line.next += 3;
    while (line.next < end) {
        line.start = line.next;
        line.number++;
        line.end = memchr(line.start, '\n', (size_t)(end - line.start));
        line.next = line.end ? line.end + 1 : end;
        if (!line.end)
            line.end = end;
        const char *at = line.start;
        while (at < line.end && is_blank(*at))
            at++;
        char c = at < line.end ? upper(*at) : '\0';
        if ((c == 'B' || c == 'D' || c == 'X') && index_line(slha, line, err) != 0)
            return -1;
        if (c == '#')
            look_at_comment(slha, line, at);
    }
    close_table(slha, end);
    return 0;
}

/* ---- looking at blocks ---------------------------------------------------------------------- */

size_t slha_n_blocks(const struct slha *slha)
{
    return slha->n_tables;
}

struct slha_block slha_block(const struct slha *slha, size_t i)
{
    const struct table *table = &slha->tables[i];
    struct slha_block block = {.name = table->name,
                               .is_decay = table->kind == TABLE_DECAY,
                               .pdg = table->pdg,
                               .has_scale = table->has_scale,
                               .scale_gev = table->scale_gev,
                               .line = table->line};
    struct slha_entry entry;
    for (struct line line = slha_table_first(table); slha_table_next(table, &line);)
        block.n_entries += slha_table_entry(table, &line, &entry);
    return block;
}

void slha_visit(const struct slha *slha, size_t i,
                bool (*visit)(void *context, const struct slha_entry *), void *context)
{
    const struct table *table = &slha->tables[i];
    struct slha_entry entry;
    for (struct line line = slha_table_first(table); slha_table_next(table, &line);)
        if (slha_table_entry(table, &line, &entry) && !visit(context, &entry))
            return;
}
