/* reader.h: the parts of reading a scan file, from its tree to struct scan.
 *
 * Each part takes one section, writes into the scan and complains about what it cannot read; it
 * returns -1 only when memory ends.  They are called in the order in which they stand here. */
#ifndef SCAN_READER_H
#define SCAN_READER_H

#include "node.h"

struct reader {
    struct reading base;
    struct scan *scan;
    const struct scan_options *options; /* may be NULL */
    struct node *tools;                 /* program word -> path, or NULL */
    bool is_integral;                   /* it has an integrand */
    bool has_lost;                      /* a definition is not there: names may be missing */
    const char **taken;                 /* names of values so far */
    const struct node **taken_by;
    size_t n_taken;
};

/* A piece of a node's text, without blanks around it. */
struct piece {
    const struct node *node;
    size_t offset, n;
};

/* ---- names.c: words of the language --------------------------------------------------------- */

bool name_is_word(const char *name); /* letters, digits, _; not first a digit */
/* A parameter's or observable's name: complains and sets *is_good when it cannot be one. */
int name_take(struct reader *reader, const struct node *node, bool *is_good);
bool unit_is_known(const char *unit);
const char *unit_nearest(const char *unit);
/* Complains about every key of the map that is not among the n known ones.  One that is near to a
 * key which is not there is read as that key, so that its absence has no consequences. */
void keys_check(const struct reading *reading, const struct node *map, const char *const *known,
                size_t n, const char *where);

/* ---- values.c: texts to values -------------------------------------------------------------- */

struct piece piece_whole(const struct node *node);
struct piece piece_part(struct piece piece, size_t offset, size_t n); /* trimmed */
const char *piece_start(struct piece piece);
char *piece_dup(const struct reading *reading, struct piece piece); /* NULL: no memory */
struct scan_pos piece_pos(struct piece piece);
struct node_spot piece_spot(struct piece piece);
/* The first place of `symbol` outside of parentheses, or SIZE_MAX. */
size_t piece_find(struct piece piece, const char *symbol);
/* Cuts the first word off; "" when nothing is left. */
struct piece piece_first_word(struct piece *rest);
/* Cuts a unit off the end of an expression; complains about one that is not known.  *unit is ""
 * where there is none. */
int piece_take_unit(const struct reading *reading, struct piece *piece, const char **unit);

/* These complain, set *is_good to false and leave *value alone when the text is none. */
struct value_in {
    const struct reading *reading;
    const struct node *node;
    const char *what; /* "timeout" */
    bool is_good;
};
bool value_text(struct value_in *in, const char **text); /* a text that is not empty */
void value_number(struct value_in *in, struct piece piece, double *value);
void value_count(struct value_in *in, size_t least, size_t *value);
void value_bool(struct value_in *in, bool *value);
void value_seconds(struct value_in *in, double *value);
void value_bytes(struct value_in *in, uint64_t *value);
void value_share(struct value_in *in, double *value); /* "10 %" or 0.1 */
/* A list, or one text cut at commas: texts, their places (may be NULL) and a closing NULL. */
int value_texts(struct value_in *in, const char ***texts, struct scan_pos **places, size_t *n);
/* A file's name: absolute when it stands beside the file that names it and that is not ours. */
int value_path(struct value_in *in, const char *text, const char **path);

/* ---- the sections --------------------------------------------------------------------------- */

int library_load_tools(struct reader *reader);
/* Merges plugins/NAME.yaml; *is_lost: complained that there is none. */
int library_use(struct reader *reader, struct node *entry, bool *is_lost);
/* *tool: the word that was replaced by a path of tools.yaml. */
int library_find_program(struct reader *reader, struct value_in *in, const char **word,
                         const char **tool);
int read_params(struct reader *reader, const struct node *map);
int read_calculators(struct reader *reader, const struct node *map);
int read_observables(struct reader *reader, const struct node *map);
int read_reads(struct reader *reader, struct scan_calculator *calculator, const struct node *node);
int read_goals(struct reader *reader, const struct node *node);
int read_search(struct reader *reader, const struct node *map);
int read_run(struct reader *reader, const struct node *map);
/* integrand: and integrate:; has_names: the values' names are known. */
int read_integral(struct reader *reader, const struct node *root, bool has_names);
int read_events(struct reader *reader, const struct node *map, bool has_names);
/* Brings the calculators into the order in which they run; needs all of them. */
int order_calculators(struct reader *reader);
int read_constraints(struct reader *reader, const struct node *map);
/* Numbers the values: parameters, then observables in the order of the chain. */
int order_values(struct reader *reader);
/* Every expression of the calculators against the values that are known where it stands. */
int check_calculators(struct reader *reader);

/* ---- addresses.c ---------------------------------------------------------------------------- */

/* Bytes of the SLHA address at the start of text: MASS[25], HMIX[1] @ Q=1000, GAUGE(2)[1],
 * DECAY[25].width, HMIX.Q; 0 when there is none. */
size_t address_length(const char *text);

#endif
