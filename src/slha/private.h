/* private.h: what the files of the SLHA module share.
 *
 * The index is an array of tables: a block, a decay table or a cross section, each with its head
 * line and the bytes of its body.  Everything points into the caller's text; only the upper-case
 * names are copied.  Scanning is by cursor and end, never by terminator: the text may hold NUL
 * bytes.  A blank is any byte up to ' ' (tabs, CR, NUL) but the newline, which never gets here. */
#ifndef SLHA_PRIVATE_H
#define SLHA_PRIVATE_H

#include "theodolite/slha.h"

enum table_kind { TABLE_BLOCK, TABLE_DECAY, TABLE_XSECTION };

struct table {
    uint32_t hash; /* of the name */
    enum table_kind kind;
    size_t n_name;            /* of the name as it stands, perhaps longer than what is kept */
    char name[SLHA_MAX_NAME]; /* upper case; DECAY, DECAY1L, XSECTION for those */
    bool is_info;             /* SPINFO, DCINFO, ...: one key, then words */
    size_t n_values_first;    /* values before the keys (HiggsBounds couplings), or 0 */
    bool has_pdg;             /* a decay table's mother, QNUMBERS' particle */
    long pdg;
    bool has_scale;
    double scale_gev;
    const char *number; /* bytes of the scale, or of a decay table's width; NULL: none */
    size_t n_number;
    const char *head, *head_end; /* head line without its end */
    const char *body, *body_end;
    size_t line; /* of the head, 1-based */
};

struct slha {
    const char *text;
    size_t n_text;
    struct table *tables;
    size_t n_tables, cap_tables;
};

/* ---- scanning ------------------------------------------------------------------------------- */

struct token {
    const char *at;
    size_t n;
};

struct line {
    const char *start, *end; /* without the line end */
    const char *next;
    size_t number;
};

static inline bool is_blank(char c)
{
    return (unsigned char)c <= ' ';
}

static inline char upper(char c)
{
    return c >= 'a' && c <= 'z' ? (char)(c - ('a' - 'A')) : c;
}

static inline bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

uint32_t slha_scan_hash(const char *name, size_t n);
/* The next word before a comment or the end. */
bool slha_scan_token(const char **cursor, const char *end, struct token *token);
/* The next word, if it is an integer; the cursor moves only then. */
bool slha_scan_long(const char **cursor, const char *end, long *value);
bool slha_token_long(struct token token, long *value);
bool slha_token_is(struct token token, const char *word); /* case-blind; word is upper case */
/* Words from the cursor to the comment or end, without blanks around. */
struct token slha_scan_words(const char *cursor, const char *end);
struct token slha_scan_comment(const char *cursor, const char *end);

struct line slha_table_first(const struct table *table); /* before the first line */
bool slha_table_next(const struct table *table, struct line *line);

/* ---- finding -------------------------------------------------------------------------------- */

/* Which tables an address speaks of. */
enum table_fit {
    FIT_NONE,  /* another name */
    FIT_OTHER, /* the name, but not this scale or occurrence */
    FIT_YES
};
/* *n_same counts tables of the address's name so far: 0 before the first table. */
enum table_fit slha_table_fit(const struct table *table, const struct slha_address *address,
                              unsigned *n_same);
enum slha_outcome slha_table_find(const struct table *table, const struct slha_address *address,
                                  struct slha_hit *hit);
/* Cuts off the body up to and with the hit's line, to look for another. */
void slha_table_skip(struct table *rest, const struct slha_hit *hit);
/* The entry of a line by the look of it, without an address; false: no entry. */
bool slha_table_entry(const struct table *table, const struct line *line, struct slha_entry *entry);

#endif
