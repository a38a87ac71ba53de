/* explain.c: why an address gave no number, in a sentence that says what to do.
 *
 * Slow and only for people: names are compared with all blocks, keys with all entries of the
 * table.  Bounded: at most a handful of places are listed. */
#include "private.h"

#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

enum { MAX_LISTED = 6, TEXT_SIZE = 256 };

struct sink {
    char *out;
    size_t size, len;
};

static void put(struct sink *sink, const char *format, ...) __attribute__((format(printf, 2, 3)));

static void put(struct sink *sink, const char *format, ...)
{
    if (sink->len >= sink->size)
        return;
    va_list args;
    va_start(args, format);
    int n = vsnprintf(sink->out + sink->len, sink->size - sink->len, format, args);
    va_end(args);
    if (n > 0)
        sink->len += (size_t)n < sink->size - sink->len ? (size_t)n : sink->size - sink->len - 1;
}

static const char *kind_of(const struct slha_address *address)
{
    if (address->what == SLHA_XSECTION)
        return "cross section";
    return address->what == SLHA_WIDTH || address->what == SLHA_BR ? "decay table" : "block";
}

/* ---- nearest -------------------------------------------------------------------------------- */

static const char *nearest_block(const struct slha *slha, const char *name)
{
    const char *best = NULL;
    size_t best_distance = SIZE_MAX;
    for (size_t i = 0; i < slha->n_tables; i++) {
        const char *here = slha->tables[i].name;
        if (slha->tables[i].kind != TABLE_BLOCK || !text_nearest(name, &here, 1))
            continue;
        size_t distance = text_distance(name, here);
        if (distance < best_distance) {
            best_distance = distance;
            best = here;
        }
    }
    return best;
}

/* Sum of the keys' differences; a key too many or too few counts far more. */
static double key_distance(const struct slha_entry *entry, const struct slha_address *address)
{
    double sum = 0;
    for (size_t i = 0; i < entry->n_keys || i < address->n_keys; i++) {
        if (i >= entry->n_keys || i >= address->n_keys)
            sum += 1e9;
        else
            sum += fabs((double)entry->keys[i] - (double)address->keys[i]);
    }
    return sum;
}

/* The entry of a table whose keys are nearest; false when the table is empty. */
static bool nearest_entry(const struct table *table, const struct slha_address *address,
                          struct slha_entry *best)
{
    double best_distance = -1;
    struct slha_entry entry;
    for (struct line line = slha_table_first(table); slha_table_next(table, &line);) {
        if (!slha_table_entry(table, &line, &entry))
            continue;
        double distance = key_distance(&entry, address);
        if (best_distance < 0 || distance < best_distance) {
            best_distance = distance;
            *best = entry;
        }
    }
    return best_distance >= 0;
}

/* ---- the outcomes --------------------------------------------------------------------------- */

static void put_no_block(struct sink *sink, const struct slha *slha,
                         const struct slha_address *address)
{
    const char *nearest;
    if (slha->n_tables == 0)
        put(sink, "there is no block at all in this text");
    else if (address->what == SLHA_XSECTION)
        put(sink, "there is no cross section for this process");
    else if (address->what == SLHA_WIDTH || address->what == SLHA_BR)
        put(sink, "there is no decay table of %ld", address->keys[0]);
    else if (strncmp(address->block, "QNUMBERS", strlen("QNUMBERS")) == 0 && address->n_keys > 0)
        put(sink, "there is no block %s for %ld", address->block, address->keys[0]);
    else if ((nearest = nearest_block(slha, address->block)) != NULL)
        put(sink, "there is no block %s; the nearest name is %s", address->block, nearest);
    else
        put(sink, "there is no block %s", address->block);
}

static void put_no_entry(struct sink *sink, const struct slha *slha,
                         const struct slha_address *address)
{
    char text[TEXT_SIZE];
    unsigned n_same = 0;
    for (size_t i = 0; i < slha->n_tables; i++) {
        const struct table *table = &slha->tables[i];
        if (slha_table_fit(table, address, &n_same) != FIT_YES)
            continue;
        if (address->what == SLHA_SCALE || address->what == SLHA_WIDTH) {
            put(sink, "the head in line %zu does not say it", table->line);
            return;
        }
        put(sink, "the %s %s in line %zu has no such entry", kind_of(address), table->name,
            table->line);
        struct slha_entry entry = {.n_keys = 0};
        if (address->what == SLHA_XSECTION)
            return;
        if (!nearest_entry(table, address, &entry)) {
            put(sink, "; it is empty");
            return;
        }
        struct slha_address near = *address;
        near.n_keys = entry.n_keys;
        memcpy(near.keys, entry.keys, sizeof near.keys);
        slha_address_format(&near, text, sizeof text);
        put(sink, "; the nearest is %s in line %zu", text, entry.hit.n_number);
        return;
    }
    put(sink, "there is no such entry");
}

/* "at Q = 1000 (line 12), at Q = 1e+16 (line 60)"; only the tables that fit, or all of the name. */
static size_t put_places(struct sink *sink, const struct slha *slha,
                         const struct slha_address *address, bool all, double *scale_gev)
{
    char number[TEXT_DOUBLE_SIZE];
    unsigned n_same = 0;
    size_t n = 0;
    for (size_t i = 0; i < slha->n_tables; i++) {
        const struct table *table = &slha->tables[i];
        struct slha_hit hit = {.line = NULL};
        enum table_fit fits = slha_table_fit(table, address, &n_same);
        if (fits == FIT_NONE || (!all && fits != FIT_YES) ||
            (!all && slha_table_find(table, address, &hit) == SLHA_NO_ENTRY))
            continue;
        if (n++ >= MAX_LISTED)
            continue;
        put(sink, "%s", n == 1 ? "" : ", ");
        if (table->has_scale) {
            put(sink, "at Q = %s ", text_shortest(number, table->scale_gev));
            *scale_gev = table->scale_gev;
        }
        put(sink, "(line %zu)", table->line);
    }
    if (n > MAX_LISTED)
        put(sink, " and %zu more", n - MAX_LISTED);
    return n;
}

static void put_no_scale(struct sink *sink, const struct slha *slha,
                         const struct slha_address *address)
{
    double scale_gev = 0;
    put(sink, "the %s %s stands ", kind_of(address), address->block);
    size_t n = put_places(sink, slha, address, true, &scale_gev);
    put(sink, "; there is none %s", address->has_scale ? "at this scale" : "of this number");
    if (n == 1 && address->occurrence > 1)
        put(sink, " (it stands once)");
}

/* One table that holds the entry several times: its lines, and the first with all its keys. */
static void put_rivals(struct sink *sink, const struct table *table,
                       const struct slha_address *address)
{
    char text[TEXT_SIZE];
    struct table rest = *table;
    struct slha_hit hit = {.line = NULL}, first = {.line = NULL};
    size_t n = 0;
    put(sink, "ambiguous, it stands with several values in the %s %s: line", kind_of(address),
        table->name);
    for (; slha_table_find(&rest, address, &hit) != SLHA_NO_ENTRY; n++) {
        if (n == 0)
            first = hit;
        if (n < MAX_LISTED)
            put(sink, "%s %zu", n ? "," : "", hit.n_number);
        slha_table_skip(&rest, &hit);
    }
    if (address->what != SLHA_ENTRY || table->n_values_first > 0)
        return;
    struct slha_address longer = *address;
    const char *cursor = first.token + first.n_token;
    while (longer.n_keys < SLHA_MAX_KEYS &&
           slha_scan_long(&cursor, first.line + first.n_line, &longer.keys[longer.n_keys]))
        longer.n_keys++;
    slha_address_format(&longer, text, sizeof text);
    if (longer.n_keys > address->n_keys)
        put(sink, "; write %s for the first", text);
}

/* The only table that holds the entry, or NULL. */
static const struct table *only_table(const struct slha *slha, const struct slha_address *address)
{
    const struct table *only = NULL;
    unsigned n_same = 0;
    for (size_t i = 0; i < slha->n_tables; i++) {
        const struct table *table = &slha->tables[i];
        struct slha_hit hit = {.line = NULL};
        if (slha_table_fit(table, address, &n_same) != FIT_YES ||
            slha_table_find(table, address, &hit) == SLHA_NO_ENTRY)
            continue;
        if (only)
            return NULL;
        only = table;
    }
    return only;
}

static void put_ambiguous(struct sink *sink, const struct slha *slha,
                          const struct slha_address *address)
{
    char text[TEXT_SIZE];
    double scale_gev = 0;
    const struct table *only = only_table(slha, address);
    if (only) {
        put_rivals(sink, only, address);
        return;
    }
    put(sink, "ambiguous, it stands ");
    put_places(sink, slha, address, false, &scale_gev);
    put(sink, "; write ");
    struct slha_address better = *address;
    if (scale_gev > 0 && !address->has_scale && address->what == SLHA_ENTRY) {
        better.has_scale = true;
        better.scale_gev = scale_gev;
        slha_address_format(&better, text, sizeof text);
        put(sink, "%s or ", text);
        better.has_scale = false;
    }
    better.occurrence = 1;
    slha_address_format(&better, text, sizeof text);
    put(sink, "%s for the first", text);
}

/* A short copy of the value's bytes that is safe to print. */
static void copy_token(char out[TEXT_SIZE], const struct slha_hit *hit)
{
    size_t n = hit->n_token < TEXT_SIZE - 1 ? hit->n_token : TEXT_SIZE - 1;
    for (size_t i = 0; i < n; i++)
        out[i] = is_blank(hit->token[i]) || hit->token[i] == 127 ? ' ' : hit->token[i];
    out[n] = '\0';
}

void slha_explain(const struct slha *slha, const struct slha_address *address,
                  enum slha_outcome outcome, char *out, size_t size)
{
    char text[TEXT_SIZE];
    struct slha_hit hit = {.line = NULL};
    struct sink sink = {.out = out, .size = size};
    slha_address_format(address, text, sizeof text);
    put(&sink, "%s: ", text);
    switch (outcome) {
    case SLHA_FOUND: put(&sink, "found"); break;
    case SLHA_TEXT:
    case SLHA_UNSET:
        slha_find(slha, address, &hit);
        copy_token(text, &hit);
        if (hit.n_token == 0)
            put(&sink, "line %zu has no value", hit.n_number);
        else
            put(&sink, "\"%s\" in line %zu is no number%s", text, hit.n_number,
                outcome == SLHA_UNSET ? ": what was printed did not fit its field" : "");
        break;
    case SLHA_NO_BLOCK: put_no_block(&sink, slha, address); break;
    case SLHA_NO_ENTRY: put_no_entry(&sink, slha, address); break;
    case SLHA_NO_SCALE: put_no_scale(&sink, slha, address); break;
    case SLHA_AMBIGUOUS: put_ambiguous(&sink, slha, address); break;
    }
}
