/* slha.h: SLHA and FLHA files, read by address and written byte for byte.
 *
 * Formats: Skands et al., hep-ph/0311123 (SLHA1); Allanach et al., 0801.0045 (SLHA2); Mahmoudi et
 * al., 1008.0762 (FLHA).  What real calculators make of them is survived, not judged: block names
 * in any case, the same block at several scales, tabs, CRLF, no newline at the end, text where a
 * number belongs, Fortran numbers.
 *
 * The reader makes one pass that only finds where blocks and decay tables begin; an entry is read
 * when it is asked for.  Missing is never zero. */
#ifndef THEODOLITE_SLHA_H
#define THEODOLITE_SLHA_H

#include "theodolite/base.h"

/* ---- addresses ------------------------------------------------------------------------------ */

/* Keys are given as far as the block has them and the value is the next word: NMIX[1] is no entry
 * of a block with two keys.  Where lines differ only behind the value the keys go on there:
 * FOBS[431,1,0,2,-13,14].  Couplings for HiggsBounds have their value first, one or two:
 * HIGGSCOUPLINGSFERMIONS[3,25,5,5] is the first and [3,25,5,5,2] the second of "0.9 0.1 3 25 5 5".
 * QNUMBERS[6000006,1] has its particle first.  BR1L and DECAY1L are for SPheno's DECAY1L. */
enum slha_what {
    SLHA_ENTRY,   /* MASS[25], NMIX[1,2], ALPHA[], SPINFO[4] */
    SLHA_SCALE,   /* HMIX.Q: the scale in the block's head */
    SLHA_WIDTH,   /* DECAY[25].width */
    SLHA_BR,      /* BR[25 -> 5 -5], daughters in any order */
    SLHA_XSECTION /* XSECTION[sqrts, in1, in2 -> out...] (value of the first line that matches) */
};

enum { SLHA_MAX_KEYS = 8, SLHA_MAX_NAME = 64 };

struct slha_address {
    enum slha_what what;
    char block[SLHA_MAX_NAME]; /* upper case; DECAY or DECAY1L for widths and branching ratios */
    unsigned occurrence;       /* GAUGE(2): the second block of that name; 0: not said */
    bool has_scale;            /* HMIX[1] @ Q=1000 */
    double scale_gev;          /* the block whose Q agrees to 1e-3 relative */
    size_t n_keys;
    /* SLHA_BR: keys[0] the mother, the rest the daughters; SLHA_XSECTION: two in, the rest out */
    long keys[SLHA_MAX_KEYS];
    double sqrts_gev; /* SLHA_XSECTION */
};

/* Reads "MASS[25]".  On error the message says what was expected, and *column (may be NULL) is the
 * 0-based offset in text where it went wrong. */
int slha_address_parse(const char *text, struct slha_address *address, size_t *column,
                       struct err *err);
/* Whether text begins like an address, a name and '[' or "(n)[", to tell it from an expression. */
bool slha_address_looks_like(const char *text);
void slha_address_format(const struct slha_address *address, char *out, size_t size);

/* ---- reading -------------------------------------------------------------------------------- */

struct slha;

enum slha_outcome {
    SLHA_FOUND,    /* a number; it may be NaN or infinite, the caller judges that */
    SLHA_TEXT,     /* an entry is there, but its value is not a number: SPINFO texts, "abc" */
    SLHA_UNSET,    /* "****" of Fortran: counts as missing */
    SLHA_NO_BLOCK, /* missing: no such block, or no such decay table */
    SLHA_NO_ENTRY, /* missing: the block is there, the entry is not */
    SLHA_NO_SCALE, /* missing: the block is not there at this Q, or not so often */
    SLHA_AMBIGUOUS /* several blocks hold the entry and the address does not say which, or one
                    * block holds it with several values */
};

struct slha_hit {
    double value;      /* with SLHA_FOUND */
    const char *line;  /* the line it came from, in the text that was parsed; not terminated */
    size_t n_line;     /* bytes without the line end */
    size_t n_number;   /* 1-based number of that line */
    const char *token; /* the value's own bytes */
    size_t n_token;
};

/* A reader can be used for one file after the other without allocating again. */
struct slha *slha_create(void);
void slha_free(struct slha *slha);
/* Indexes `text`, which is borrowed until the next parse.  Any bytes are accepted; fails only for
 * want of memory, or with ERR_LIMIT above a million blocks.  A head that is commented out,
 * "# BLOCK NAME", ends the block before it: what follows is nobody's. */
int slha_parse(struct slha *slha, const char *text, size_t n, struct err *err);
enum slha_outcome slha_find(const struct slha *slha, const struct slha_address *address,
                            struct slha_hit *hit);
/* Text of an entry, all lines of that key joined with "; ": the value's words, or the comment's
 * where there is no value (SPINFO 4 of SPheno).  Returns how many lines; out is "" for none. */
size_t slha_text(const struct slha *slha, const struct slha_address *address, char *out,
                 size_t size);
/* "MASS[25] is ambiguous: the block stands at Q = 2.0e3 (line 12) and 1.0e16 (line 60); write ..."
 * A sentence for any outcome but SLHA_FOUND; with the nearest block name when there is none. */
void slha_explain(const struct slha *slha, const struct slha_address *address,
                  enum slha_outcome outcome, char *out, size_t size);

struct slha_block {
    const char *name; /* upper case */
    bool is_decay;    /* keys: the mother in pdg */
    long pdg;
    bool has_scale;
    double scale_gev;
    size_t line; /* 1-based */
    size_t n_entries;
};
size_t slha_n_blocks(const struct slha *slha);
struct slha_block slha_block(const struct slha *slha, size_t i);

/* Calls visit for each entry (number or text) of block i in order; stops when visit returns false.
 * For dumps, echoes and tests.  Keys are those of the entry's address (a channel's begin with the
 * mother), as far as they can be told without one: leading integers, but the last of a line of
 * integers is its value. */
struct slha_entry {
    size_t n_keys;
    long keys[SLHA_MAX_KEYS];
    struct slha_hit hit;
    bool is_number;
};
void slha_visit(const struct slha *slha, size_t i,
                bool (*visit)(void *context, const struct slha_entry *), void *context);

/* A number as Fortran and C write it: 1.0D+03, 1.23-101, NaN, Infinity.  0, or -1 if it is none.
 * "****" is none. */
int slha_number(const char *token, size_t n, double *value);

/* ---- writing -------------------------------------------------------------------------------- */

/* A template with holes: only the numbers at the given addresses change, every other byte stays.
 * What stands there before is a number of any spelling, ****, or one word that marks the place. */
struct slha_template;

/* Finds the n addresses in the template's text (copied).  Fails, naming the address and the nearest
 * entry, when one is not there or is ambiguous. SLHA_ENTRY and SLHA_SCALE only. */
struct slha_template *slha_template_create(const char *text, size_t n_text,
                                           const struct slha_address *addresses, size_t n,
                                           struct err *err);
void slha_template_free(struct slha_template *template_);
/* Appends the text with values[i] at address i, as text_from_double writes it; as integer where the
 * template has an integer and the value is one.  A value that is not finite is ERR_NUMERIC. */
int slha_template_fill(const struct slha_template *template_, const double *values, struct buf *out,
                       struct err *err);

#endif
