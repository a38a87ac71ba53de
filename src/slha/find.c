/* find.c: from an address to the bytes of a value.
 *
 * A table is chosen by name, and by scale or occurrence where the address says so; then its lines
 * are read for one that has the address's keys.  Where more than one table holds the entry, or one
 * table holds it with several values, the address is ambiguous: "first wins" and "last wins"
 * differ in real files (SPheno writes its GUT-scale blocks first; SuperIso's FOBS has two lines
 * "431 1", for two channels).
 *
 * Lines of a block are "key ... value", with as many keys as the address gives, but not fewer than
 * the block has: NMIX[1] is no entry although "1 1 0.99" has a token behind its first key.  Keys
 * may go on behind the value: FOBS[431,1,0,2,-13,14].  The couplings for HiggsBounds are "value n
 * id1 ... idn" (two values for fermions): addressed as [n,id1,...] or [id1,...] and, for the second
 * value, [n,id1,...,idn,2].  A decay channel is "BR n id1 ... idn"; a cross section's value is its
 * line's seventh word. */
#include "private.h"

#include <math.h>
#include <string.h>

enum { XSECTION_VALUE = 7, SCALE_TOLERANCE_INVERSE = 1000 };

/* ---- values --------------------------------------------------------------------------------- */

static bool is_stars(struct token token)
{
    for (size_t i = 0; i < token.n; i++)
        if (token.at[i] != '*' && !(i == 0 && (token.at[i] == '-' || token.at[i] == '+')))
            return false;
    return token.n > 1;
}

static enum slha_outcome read_value(struct token token, struct slha_hit *hit)
{
    hit->token = token.at;
    hit->n_token = token.n;
    if (token.n > 0 && slha_number(token.at, token.n, &hit->value) == 0)
        return SLHA_FOUND;
    return is_stars(token) ? SLHA_UNSET : SLHA_TEXT;
}

/* The value at the cursor: a word, or all words where the block is made for texts. */
static enum slha_outcome read_entry(const struct table *table, const char *cursor, const char *end,
                                    struct slha_hit *hit)
{
    struct token words = slha_scan_words(cursor, end), first;
    slha_scan_token(&cursor, end, &first);
    if (table->is_info && words.n > first.n)
        first = words;
    enum slha_outcome outcome = read_value(first, hit);
    if (outcome == SLHA_TEXT && words.n > first.n) {
        hit->token = words.at;
        hit->n_token = words.n;
    }
    return outcome;
}

static bool match_keys(const char **cursor, const char *end, const long *keys, size_t n)
{
    long key;
    for (size_t i = 0; i < n; i++)
        if (!slha_scan_long(cursor, end, &key) || key != keys[i])
            return false;
    return true;
}

/* Is the integer at the cursor a key rather than the value?  It is when a number that is no
 * integer follows, or, if there is no key yet, anything. */
static bool has_more_keys(const char *cursor, const char *end, size_t n_keys)
{
    struct token token;
    long key;
    double number;
    if (!slha_scan_long(&cursor, end, &key))
        return false;
    if (n_keys == 0)
        return slha_scan_token(&cursor, end, &token);
    while (slha_scan_long(&cursor, end, &key))
        continue;
    return slha_scan_token(&cursor, end, &token) &&
           (slha_number(token.at, token.n, &number) == 0 || is_stars(token));
}

/* ---- lines of the several kinds of tables --------------------------------------------------- */

/* "431 1 5.26e-03 0 2 -13 14" for [431,1,0,2,-13,14]: keys go on behind the value. */
static enum slha_outcome find_around(const char *cursor, const char *end, const long *keys,
                                     size_t n, struct slha_hit *hit)
{
    struct token value;
    long key;
    size_t i = 0;
    while (i < n && slha_scan_long(&cursor, end, &key))
        if (key != keys[i++])
            return SLHA_NO_ENTRY;
    if (i == 0 || i == n || !slha_scan_token(&cursor, end, &value) ||
        !match_keys(&cursor, end, keys + i, n - i))
        return SLHA_NO_ENTRY;
    return read_value(value, hit);
}

static enum slha_outcome find_plain(const struct table *table, const struct line *line,
                                    const struct slha_address *address, struct slha_hit *hit)
{
    const char *cursor = line->start;
    size_t n_head = table->has_pdg ? 1 : 0; /* QNUMBERS[pdg,key] */
    size_t n_keys = address->n_keys - n_head;
    const long *keys = address->keys + n_head;
    if (!match_keys(&cursor, line->end, keys, n_keys))
        return n_keys < 2 || table->is_info
                   ? SLHA_NO_ENTRY
                   : find_around(line->start, line->end, keys, n_keys, hit);
    if (!table->is_info && has_more_keys(cursor, line->end, n_keys))
        return SLHA_NO_ENTRY;
    enum slha_outcome outcome = read_entry(table, cursor, line->end, hit);
    return hit->n_token == 0 && n_keys != 1 ? SLHA_NO_ENTRY : outcome;
}

/* "0.785 3 25 24 24": one or two values, how many particles, the particles. */
static enum slha_outcome find_value_first(const struct table *table, const struct line *line,
                                          const struct slha_address *address, struct slha_hit *hit)
{
    struct token values[2];
    const char *cursor = line->start;
    for (size_t i = 0; i < table->n_values_first; i++)
        if (!slha_scan_token(&cursor, line->end, &values[i]))
            return SLHA_NO_ENTRY;
    long n_ids;
    const char *behind_count = cursor;
    if (!slha_scan_long(&behind_count, line->end, &n_ids) || n_ids < 1 || n_ids > SLHA_MAX_KEYS)
        return SLHA_NO_ENTRY;
    size_t n = (size_t)n_ids, which = 0;
    if (address->n_keys == n) {
        cursor = behind_count;
    } else if (address->n_keys == n + 2) {
        if (address->keys[n + 1] < 1 || (size_t)address->keys[n + 1] > table->n_values_first)
            return SLHA_NO_ENTRY;
        which = (size_t)address->keys[n + 1] - 1;
        n++;
    } else if (address->n_keys == n + 1) {
        n++;
    } else {
        return SLHA_NO_ENTRY;
    }
    return match_keys(&cursor, line->end, address->keys, n) ? read_value(values[which], hit)
                                                            : SLHA_NO_ENTRY;
}

static void sort_longs(long *items, size_t n)
{
    for (size_t i = 1; i < n; i++)
        for (size_t j = i; j > 0 && items[j] < items[j - 1]; j--) {
            long swap = items[j];
            items[j] = items[j - 1];
            items[j - 1] = swap;
        }
}

/* Whether the next n integers are these, in any order. */
static bool match_set(const char **cursor, const char *end, const long *wanted, size_t n)
{
    long here[SLHA_MAX_KEYS], there[SLHA_MAX_KEYS];
    for (size_t i = 0; i < n; i++) {
        if (!slha_scan_long(cursor, end, &here[i]))
            return false;
        there[i] = wanted[i];
    }
    sort_longs(here, n);
    sort_longs(there, n);
    return memcmp(here, there, n * sizeof *here) == 0;
}

static enum slha_outcome find_channel(const struct line *line, const struct slha_address *address,
                                      struct slha_hit *hit)
{
    const char *cursor = line->start;
    struct token value;
    long n;
    if (!slha_scan_token(&cursor, line->end, &value) || !slha_scan_long(&cursor, line->end, &n) ||
        n < 1 || (size_t)n != address->n_keys - 1 ||
        !match_set(&cursor, line->end, address->keys + 1, (size_t)n))
        return SLHA_NO_ENTRY;
    return read_value(value, hit);
}

static enum slha_outcome find_xsection(const struct line *line, struct slha_hit *hit)
{
    const char *cursor = line->start;
    struct token token;
    for (int i = 0; i < XSECTION_VALUE; i++)
        if (!slha_scan_token(&cursor, line->end, &token))
            return SLHA_NO_ENTRY;
    return read_value(token, hit);
}

static enum slha_outcome find_in_head(const struct table *table, struct slha_hit *hit)
{
    if (!table->number)
        return SLHA_NO_ENTRY;
    hit->line = table->head;
    hit->n_line = (size_t)(table->head_end - table->head);
    hit->n_number = table->line;
    return read_value((struct token){.at = table->number, .n = table->n_number}, hit);
}

enum slha_outcome slha_table_find(const struct table *table, const struct slha_address *address,
                                  struct slha_hit *hit)
{
    if (address->what == SLHA_SCALE || address->what == SLHA_WIDTH)
        return find_in_head(table, hit);
    for (struct line line = slha_table_first(table); slha_table_next(table, &line);) {
        enum slha_outcome outcome;
        if (address->what == SLHA_BR)
            outcome = find_channel(&line, address, hit);
        else if (address->what == SLHA_XSECTION)
            outcome = find_xsection(&line, hit);
        else if (table->n_values_first > 0)
            outcome = find_value_first(table, &line, address, hit);
        else
            outcome = find_plain(table, &line, address, hit);
        if (outcome != SLHA_NO_ENTRY) {
            hit->line = line.start;
            hit->n_line = (size_t)(line.end - line.start);
            hit->n_number = line.number;
            return outcome;
        }
    }
    return SLHA_NO_ENTRY;
}

void slha_table_skip(struct table *rest, const struct slha_hit *hit)
{
    const char *end = hit->line + hit->n_line;
    const char *newline = memchr(end, '\n', (size_t)(rest->body_end - end));
    rest->body = newline ? newline + 1 : rest->body_end;
    rest->line = hit->n_number;
}

/* Is there a line behind the hit that has the same address and another value? */
static bool has_rival(const struct table *table, const struct slha_address *address,
                      enum slha_outcome outcome, const struct slha_hit *hit)
{
    if (table->is_info || (address->what != SLHA_ENTRY && address->what != SLHA_BR))
        return false;
    struct table rest = *table;
    struct slha_hit other = *hit;
    for (;;) {
        slha_table_skip(&rest, &other);
        other = (struct slha_hit){.line = NULL};
        enum slha_outcome here = slha_table_find(&rest, address, &other);
        if (here == SLHA_NO_ENTRY)
            return false;
        bool is_same = here == outcome && (here != SLHA_FOUND || other.value == hit->value ||
                                           (isnan(other.value) && isnan(hit->value)));
        if (!is_same)
            return true;
    }
}

/* ---- tables --------------------------------------------------------------------------------- */

static bool is_close(double a, double b)
{
    return fabs(a - b) * SCALE_TOLERANCE_INVERSE <= fabs(b);
}

/* "XSECTION 1.3E+04 2212 2212 2 1000021 1000021" */
static bool is_process(const struct table *table, const struct slha_address *address)
{
    const char *cursor = table->head;
    struct token token;
    double sqrts_gev;
    long n;
    return slha_scan_token(&cursor, table->head_end, &token) &&
           slha_scan_token(&cursor, table->head_end, &token) &&
           slha_number(token.at, token.n, &sqrts_gev) == 0 &&
           is_close(sqrts_gev, address->sqrts_gev) && address->n_keys >= 3 &&
           match_set(&cursor, table->head_end, address->keys, 2) &&
           slha_scan_long(&cursor, table->head_end, &n) && n > 0 &&
           (size_t)n == address->n_keys - 2 &&
           match_set(&cursor, table->head_end, address->keys + 2, (size_t)n);
}

static bool has_name(const struct table *table, const struct slha_address *address, uint32_t hash)
{
    return table->hash == hash && table->n_name < SLHA_MAX_NAME &&
           strcmp(table->name, address->block) == 0;
}

static enum table_fit fit(const struct table *table, const struct slha_address *address,
                          uint32_t hash, unsigned *n_same)
{
    static const enum table_kind kinds[] = {[SLHA_ENTRY] = TABLE_BLOCK,
                                            [SLHA_SCALE] = TABLE_BLOCK,
                                            [SLHA_WIDTH] = TABLE_DECAY,
                                            [SLHA_BR] = TABLE_DECAY,
                                            [SLHA_XSECTION] = TABLE_XSECTION};
    if (table->kind != kinds[address->what] || !has_name(table, address, hash))
        return FIT_NONE;
    if (address->what == SLHA_XSECTION && !is_process(table, address))
        return FIT_NONE;
    if (table->has_pdg && address->what != SLHA_SCALE &&
        (address->n_keys == 0 || address->keys[0] != table->pdg))
        return FIT_NONE;
    ++*n_same;
    if (address->occurrence > 0 && *n_same != address->occurrence)
        return FIT_OTHER;
    if (address->has_scale && !(table->has_scale && is_close(table->scale_gev, address->scale_gev)))
        return FIT_OTHER;
    return FIT_YES;
}

enum table_fit slha_table_fit(const struct table *table, const struct slha_address *address,
                              unsigned *n_same)
{
    return fit(table, address, slha_scan_hash(address->block, strlen(address->block)), n_same);
}

enum slha_outcome slha_find(const struct slha *slha, const struct slha_address *address,
                            struct slha_hit *hit)
{
    uint32_t hash = slha_scan_hash(address->block, strlen(address->block));
    unsigned n_same = 0, n_fit = 0, n_holding = 0;
    bool is_all_text = true, has_rivals = false;
    enum slha_outcome found = SLHA_NO_ENTRY;
    *hit = (struct slha_hit){.line = NULL};
    for (size_t i = 0; i < slha->n_tables; i++) {
        const struct table *table = &slha->tables[i];
        if (table->hash != hash || fit(table, address, hash, &n_same) != FIT_YES)
            continue;
        n_fit++;
        struct slha_hit here = {.line = NULL};
        enum slha_outcome outcome = slha_table_find(table, address, &here);
        if (outcome == SLHA_NO_ENTRY)
            continue;
        if (n_holding++ == 0) {
            *hit = here;
            found = outcome;
        }
        has_rivals = has_rivals || has_rival(table, address, outcome, &here);
        is_all_text = is_all_text && outcome == SLHA_TEXT;
    }
    if (n_same == 0)
        return SLHA_NO_BLOCK;
    if (n_fit == 0)
        return SLHA_NO_SCALE;
    if ((n_holding > 1 && !is_all_text) || has_rivals) {
        *hit = (struct slha_hit){.line = NULL};
        return SLHA_AMBIGUOUS;
    }
    return found;
}

/* ---- entries without an address, and texts -------------------------------------------------- */

/* The leading integers are keys, but the last one of a line of integers is the value. */
static const char *read_keys(const struct table *table, const struct line *line,
                             struct slha_entry *entry)
{
    const char *cursor = line->start, *before = cursor;
    size_t max = table->is_info ? 1 : SLHA_MAX_KEYS;
    if (table->kind == TABLE_BLOCK && table->has_pdg)
        entry->keys[entry->n_keys++] = table->pdg;
    size_t n_head = entry->n_keys;
    while (entry->n_keys < max) {
        const char *at = cursor;
        if (!slha_scan_long(&cursor, line->end, &entry->keys[entry->n_keys]))
            break;
        before = at;
        entry->n_keys++;
    }
    struct token rest = slha_scan_words(cursor, line->end);
    if (rest.n == 0 && !table->is_info && entry->n_keys > n_head) {
        entry->n_keys--;
        return before;
    }
    return cursor;
}

/* "value n id1 ... idn" of channels and couplings; keys as in the addresses. */
static bool read_value_first(const struct table *table, const struct line *line,
                             struct slha_entry *entry)
{
    bool is_decay = table->kind == TABLE_DECAY;
    struct token value, other;
    const char *cursor = line->start;
    long n;
    if (!slha_scan_token(&cursor, line->end, &value) ||
        (table->n_values_first > 1 && !slha_scan_token(&cursor, line->end, &other)) ||
        !slha_scan_long(&cursor, line->end, &n) || n < 1 || n >= SLHA_MAX_KEYS)
        return false;
    entry->keys[0] = is_decay ? table->pdg : n;
    entry->n_keys = 1 + (size_t)n;
    for (size_t i = 1; i < entry->n_keys; i++)
        if (!slha_scan_long(&cursor, line->end, &entry->keys[i]))
            return false;
    entry->is_number = read_value(value, &entry->hit) == SLHA_FOUND;
    return true;
}

bool slha_table_entry(const struct table *table, const struct line *line, struct slha_entry *entry)
{
    *entry = (struct slha_entry){.hit.line = line->start,
                                 .hit.n_line = (size_t)(line->end - line->start),
                                 .hit.n_number = line->number};
    if (slha_scan_words(line->start, line->end).n == 0)
        return false;
    if (table->kind == TABLE_DECAY || table->n_values_first > 0)
        return read_value_first(table, line, entry);
    const char *cursor = read_keys(table, line, entry);
    entry->is_number = read_entry(table, cursor, line->end, &entry->hit) == SLHA_FOUND;
    return true;
}

/* Appends what is printable of a text, as far as there is room. */
static size_t append_text(char *out, size_t size, size_t len, const char *text, size_t n)
{
    for (size_t i = 0; i < n && len + 1 < size; i++)
        out[len++] = (unsigned char)text[i] < ' ' ? ' ' : text[i];
    if (size > 0)
        out[len] = '\0';
    return len;
}

size_t slha_text(const struct slha *slha, const struct slha_address *address, char *out,
                 size_t size)
{
    size_t n_lines = 0, len = append_text(out, size, 0, "", 0);
    unsigned n_same = 0;
    for (size_t i = 0; i < slha->n_tables; i++) {
        struct table one = slha->tables[i]; /* what is left of it to search */
        struct slha_hit hit = {.line = NULL};
        if (slha_table_fit(&one, address, &n_same) != FIT_YES)
            continue;
        while (slha_table_find(&one, address, &hit) != SLHA_NO_ENTRY) {
            struct token text = {.at = hit.token, .n = hit.n_token};
            if (text.n == 0)
                text = slha_scan_comment(hit.line, hit.line + hit.n_line);
            if (n_lines++ > 0)
                len = append_text(out, size, len, "; ", 2);
            len = append_text(out, size, len, text.at, text.n);
            if (address->what == SLHA_SCALE || address->what == SLHA_WIDTH)
                break;
            slha_table_skip(&one, &hit);
        }
    }
    return n_lines;
}
