/* private.h: what the files of the calculator module share.
 *
 * A chain is compiled once from the scan (prepare.c: formulas, cards, addresses, patterns) and then
 * runs points.  Exec calculators run point by point (exec.c); where a chain has none, each
 * calculator takes the whole block of points (resident.c, plugin.c).  What a calculator left is
 * read by source.c, weighed by values.c.
 *
 * Functions returning int give -1 only for failures of ours; a point's failure is its outcome. */
#ifndef CALC_PRIVATE_H
#define CALC_PRIVATE_H

#include "theodolite/calc.h"
#include "theodolite/plugin.h"
#include "theodolite/slha.h"

#include <jansson.h>
#include <limits.h>

enum { CALC_PATH = 4096, CALC_SENTENCE = 1024, CALC_MAX_CARDS = 16 };

/* ---- preparing ------------------------------------------------------------------------------ */

/* While a chain is compiled.  What the scan file has wrong goes to the diagnostics when there are
 * some (calc_check), else the first goes to err and the chain is not made. */
struct prep {
    const struct scan *scan;
    const char *const *plugin_dirs;
    struct scan_diagnostics *diagnostics; /* or NULL */
    struct err *err;
    size_t n_complaints;
    bool is_checked;     /* the scan's own expressions were, when it was read */
    size_t calculator;   /* whose turn it is */
    const size_t *owner; /* n_values: calculator that reads the value; SIZE_MAX for parameters */
    bool *needs;         /* n_calculators: whose values this one uses */
};

void prep_complain(struct prep *prep, struct scan_pos pos, const char *expected,
                   const char *nearest, const char *format, ...)
    __attribute__((format(printf, 5, 6)));

/* An expression over the row; a plain name is a column. */
struct formula {
    struct expr *expr;
    size_t column; /* SIZE_MAX: expr */
    bool is_whole; /* of integers only: written without a decimal point */
};

enum formula_scope { BEFORE_RUN, AFTER_RUN }; /* may it use the calculator's own values? */
int formula_create(struct formula *formula, struct prep *prep, const char *text,
                   struct scan_pos pos, enum formula_scope scope);
void formula_clear(struct formula *formula);
double formula_eval(const struct formula *formula, const double *row);
/* out[i * out_stride] for n rows. */
void formula_block(const struct formula *formula, size_t n, const double *rows, size_t stride,
                   double *out, size_t out_stride);
/* Integers by their prior: parameters of kind integer, and fixed ones and choices that are whole.
 */
bool value_is_whole(const struct scan *scan, size_t value);
/* 17 digits, or as integer where it is whole. */
const char *value_words(char out[TEXT_DOUBLE_SIZE], double value, bool is_whole);
/* Are the values that it uses all finite? */
bool formula_is_ready(const struct formula *formula, const double *row);
/* Complains about values that are not known yet where `scope` is, and notes whose are used. */
void prep_uses(struct prep *prep, const size_t *uses, size_t n, struct scan_pos pos,
               enum formula_scope scope);

/* ---- cards: files written for a calculator -------------------------------------------------- */

/* {name} in the words of `run` and in cards: a write's target, a value's name, an expression. */
struct placeholder {
    char *content; /* between the braces */
    struct formula formula;
};
struct placeholders {
    struct placeholder *items;
    size_t n;
};

/* Adds the placeholders of a text.  A name that is not known is a complaint; braces around what is
 * neither a name nor an expression are text, and {{name}} is the text {name}. */
int placeholders_collect(struct placeholders *list, struct prep *prep, const char *text, size_t n,
                         struct scan_pos pos);
void placeholders_clear(struct placeholders *list);
/* Appends the text with numbers in it.  1 and *failed when a value is not finite. */
int placeholders_fill(const struct placeholders *list, const char *text, size_t n,
                      const double *row, struct buf *out, const char **failed, struct err *err);

struct write { /* one `write` entry of the scan */
    const struct scan_write *def;
    struct formula formula;
    bool is_address;
    bool is_bad; /* and was complained about */
    struct slha_address address;
    int card; /* that has the address; -1 none */
};

struct card {
    bool is_stdin;
    bool is_more;               /* put behind the card before */
    bool is_missing;            /* its template cannot be read, which has been told */
    char *path;                 /* of the template; NULL: the output of another calculator */
    size_t source;              /* that calculator */
    const char *name;           /* in the scratch folder; NULL: standard input */
    struct buf text;            /* of the template */
    struct slha_template *slha; /* NULL: no addresses are written */
    size_t *writes;             /* index into the calculator's writes, per hole */
    double *values;             /* room for the holes */
    size_t n_holes;
    struct buf filled; /* for the point in hand */
};

struct calc;
struct folder;
int card_create(struct card *card, struct prep *prep, const char *from, struct scan_pos pos);
/* Puts the cards that continue another behind it, each on a line of its own. */
int cards_join(struct calc *calc, struct err *err);
/* Finds out which card each address is for, and makes the holes. */
int cards_bind(struct calc *calc, struct prep *prep);
void card_clear(struct card *card);
/* Words about an address, with the block's name as the user wrote it. */
void words_as_written(char *words, const struct slha_address *address, const char *written);

/* ---- reading -------------------------------------------------------------------------------- */

/* "Omega h^2 = %g" */
struct pattern;
struct pattern *pattern_create(const char *text, struct err *err);
void pattern_free(struct pattern *pattern);

enum found { FOUND, FOUND_MISSING, FOUND_NOT_NUMBER };
/* One value that was looked for in a text. */
struct sighting {
    enum found found;
    double value;
    const char *line; /* where it stands; may be NULL */
    size_t n_line, n_number;
    char words[CALC_SENTENCE]; /* why it was not found */
};
void pattern_find(const struct pattern *pattern, const char *text, size_t n, struct sighting *out);
/* Column and row count from 1; rows below 0 from the end. */
void column_find(const char *text, size_t n, long column, long row, struct sighting *out);
/* A number at the start of a text in any spelling; bytes used, 0: none. */
size_t number_scan(const char *text, size_t n, double *value);

/* JSON that also has NaN and Infinity, as some writers have it. NULL: words say why. */
json_t *json_read(const char *text, size_t n, char *words, size_t size);
/* "a.b[2].c" */
const json_t *json_at(const json_t *root, const char *path);
int json_check_path(const char *path, size_t *column); /* 0 or -1 */
void json_number(const json_t *value, struct sighting *out);
/* Names the nearest key where the path finds nothing. */
void json_suggest(const json_t *root, const char *path, struct sighting *out);

struct read {
    const struct scan_read *def;
    struct slha_address address;
    struct pattern *pattern;
    struct formula formula; /* READ_EXPRESSION */
    size_t source;          /* index into the calculator's sources */
    size_t output;          /* of a plugin */
};

/* One output of an exec calculator that values are read from. */
struct source {
    const char *file; /* in the scratch folder; NULL: standard output */
    bool is_slha, is_json;
    struct buf text;
    struct slha *slha;
    json_t *json;
    char words[CALC_SENTENCE]; /* why it is not there, or cannot be read */
    enum reason reason;        /* REASON_NONE: fine */
};

/* ---- one calculator ------------------------------------------------------------------------- */

struct fail_if {
    const char *text;
    struct cond *cond; /* NULL: an address */
    struct slha_address address;
};

struct calc {
    const struct scan_calculator *def;
    double timeout_s; /* the scan's, unless it was changed since */
    size_t index;
    struct chain *chain;
    bool *needs; /* n_calculators: skipped when one of these was skipped */
    struct cond *only_if;
    struct fail_if *fail_if;
    size_t n_fail_if;
    struct write *writes;
    size_t n_writes;
    struct read *reads;
    size_t n_reads;
    struct placeholders placeholders;
    /* exec, resident */
    char **argv; /* with programs and scripts found */
    size_t n_args;
    struct card cards[CALC_MAX_CARDS];
    size_t n_cards;
    struct source *sources;
    size_t n_sources;
    size_t output;         /* the source that is the calculator's output */
    bool is_output_needed; /* values are read from it, or it is a file that was named */
    char *version;         /* as found out, or NULL */
    struct folder *folder; /* of an exec calculator */
    struct resident *resident;
    struct plugin *plugin;
    size_t step; /* index in outcome.steps; SIZE_MAX: not recorded */
};

int calc_create(struct calc *calc, struct prep *prep);
void calc_clear(struct calc *calc);

/* ---- the chain ------------------------------------------------------------------------------ */

struct chain {
    const struct scan *scan;
    struct chain_options options;
    char *scratch;
    struct calc *calcs;
    size_t n_calcs;
    size_t n_steps;
    bool has_exec, has_only_if;
    bool is_cancelled;
    double cancel_quiet_until;
    uint8_t *ran; /* points of the block by calculators: enum ran */
    size_t cap_ran;
    size_t *live;
    size_t cap_live;
    struct buf scratch_text;
};

enum ran { RAN_NOT, RAN_YES, RAN_SKIPPED };

/* The points of one call. */
struct block {
    size_t n;
    const uint64_t *ids;
    double *rows;
    size_t stride;
    struct outcome *outcomes;
    uint8_t *ran; /* n by n_calcs */
};

double *block_row(const struct block *block, size_t i);
bool chain_is_cancelled(struct chain *chain); /* asks the caller, not too often */
/* Processes that are ours and shall live: the resident ones.  At most max. */
size_t chain_known(const struct chain *chain, pid_t *pids, size_t max);

int exec_run(struct calc *calc, const struct block *block, size_t i, struct err *err);
int resident_create(struct calc *calc, struct err *err);
void resident_free(struct resident *resident);
pid_t resident_pid(const struct resident *resident);
int resident_run(struct calc *calc, const struct block *block, const size_t *live, size_t n,
                 struct err *err);
int plugin_create(struct calc *calc, struct prep *prep);
void plugin_free(struct plugin *plugin);
int plugin_run(struct calc *calc, const struct block *block, const size_t *live, size_t n,
               struct err *err);
int plugin_describe(const struct calc *calc, struct buf *out, struct err *err);

/* ---- folders -------------------------------------------------------------------------------- */

/* SCRATCH/CALCULATOR/run: `dir` is the working folder, `home` the one above, which is the
 * calculator's alone. */
struct folder {
    char home[CALC_PATH], dir[CALC_PATH];
    uint64_t n_placed; /* bytes that we put there */
};
int folder_init(struct folder *folder, const char *above, const char *name, struct err *err);
/* Makes what is not there and puts `files` and cards in place.  1: a file of the user's cannot be
 * put there, and words say why. */
int folder_fill(struct folder *folder, const struct calc *calc, char words[CALC_SENTENCE],
                struct err *err);
/* Removes all that is in it. */
int folder_clean(const struct folder *folder, struct err *err);
/* The text of a file that a calculator left: REASON_NONE, or why not. */
enum reason folder_read(const struct folder *folder, const char *name, struct buf *text,
                        char words[CALC_SENTENCE]);
int path_join(char out[CALC_PATH], const char *dir, const char *name, struct err *err);

/* ---- one program while it runs -------------------------------------------------------------- */

struct tail { /* the last bytes of what a program said */
    char data[4096];
    size_t n;
};
void tail_add(struct tail *tail, const char *data, size_t n);
void fd_close(int *fd);
int pipe_open(int fds[2], struct err *err); /* both close on exec */
int fd_no_wait(int fd);

enum stop { STOP_NONE, STOP_TIMEOUT, STOP_OUTPUT, STOP_FOLDER, STOP_CANCELLED };

struct running {
    struct calc *calc;
    const struct folder *folder;
    struct buf *out;  /* its max is the limit */
    struct tail tail; /* of standard error */
    uint64_t n_err;
    double seconds, cpu_s;
    enum stop stopped;
    struct process_end end;
};
/* Starts it and waits for its end; whatever it left running is gone when this returns.  1: it could
 * not be started, and err says why in its message. */
int running_run(struct running *running, const char *const *argv, int fd_in, const char *const *env,
                struct err *err);
double chain_grace_s(const struct chain *chain);
uint64_t calc_output_bytes(const struct calc *calc);

/* ---- values and verdicts -------------------------------------------------------------------- */

/* The first thing that went wrong with the values of a point. */
struct finding {
    enum reason reason;
    char words[CALC_SENTENCE];
};
/* Puts one value into the row, or NaN and a finding. */
void values_take(const struct calc *calc, const struct read *read, const struct sighting *sighting,
                 double *row, struct finding *finding);
/* After all have been taken: expressions, then `fail if`. */
void values_finish(const struct calc *calc, double *row, struct finding *finding);
/* Evaluates expressions that this calculator reads. */
void values_expressions(const struct calc *calc, double *row, struct finding *finding);
bool values_fail_if(const struct calc *calc, const double *row, struct finding *finding);
/* From the sources of an exec calculator. */
void sources_read(struct calc *calc, double *row, struct finding *finding);
void sources_echo(struct calc *calc, struct finding *finding);
void sources_physics(struct calc *calc, struct finding *finding);
void finding_set(struct finding *finding, enum reason reason, const char *format, ...)
    __attribute__((format(printf, 3, 4))); /* keeps the first */

/* ---- words ---------------------------------------------------------------------------------- */

/* Ends a point.  `tail` (n bytes, may be NULL) are the calculator's own last words: made printable,
 * the last lines of it are kept.  The trace is told the sentence alone: it has seen the words. */
int outcome_fail(struct outcome *outcome, const struct calc *calc, enum reason reason,
                 const char *stage, const char *sentence, const char *tail, size_t n,
                 struct err *err);
/* Copies what can be shown: valid UTF-8 without control characters and terminal codes.  Newlines
 * stay.  Always terminated; bytes written. */
size_t words_clean(char *out, size_t size, const char *text, size_t n);

void trace_line(const struct calc *calc, const char *kind, const char *format, ...)
    __attribute__((format(printf, 3, 4)));
void trace_text(const struct calc *calc, const char *kind, const char *text, size_t n);
/* Lines that differ, with '-' and '+'. */
void trace_diff(const struct calc *calc, const char *name, const char *old, size_t n_old,
                const char *new_, size_t n_new);
void trace_command(const struct calc *calc, const char *const *argv, const char *remark);
bool is_traced(const struct calc *calc);

/* ---- finding programs ----------------------------------------------------------------------- */

/* A program of `run`, or a shared object: 0 and the path, or -1. */
int find_program(const struct prep *prep, const char *name, char out[CALC_PATH]);
int find_object(const struct prep *prep, const char *name, char out[CALC_PATH]);
bool is_regular_file(const char *path);
int describe_file(struct buf *out, const char *name, const char *path, const char *version,
                  struct err *err);

#endif
