/* scan.h: the scan file, read into a plain description of the survey.
 *
 * The file is YAML 1.2 whose scalars are taken as text and parsed here, so that YAML's own typing
 * surprises nobody.  What is wrong is collected as diagnostics with line and column, all of a file
 * in one go.  Each module checks its own language (addresses: calc; terms: judge; bounds: space)
 * and adds to the same list.
 *
 * Order of values.  A point is one row of doubles: first every parameter in the order of the file
 * (free, fixed and derived), then every observable in the order of the chain.  `value_names` names
 * them; an index into it is the currency between modules.  Missing is NaN. */
#ifndef THEODOLITE_SCAN_H
#define THEODOLITE_SCAN_H

#include "theodolite/base.h"

/* ---- diagnostics ---------------------------------------------------------------------------- */

struct scan_pos {
    unsigned line, column; /* 1-based; 0: not from the file (--set, defaults) */
    unsigned length;       /* bytes to underline, at least 1 */
};

struct scan_diagnostics;
struct scan_diagnostics *scan_diagnostics_create(void);
void scan_diagnostics_free(struct scan_diagnostics *diagnostics);
/* expected and nearest may be NULL. Never fails: out of memory drops the words, keeps the count. */
void scan_diagnose(struct scan_diagnostics *diagnostics, struct scan_pos pos, const char *expected,
                   const char *nearest, const char *format, ...)
    __attribute__((format(printf, 5, 6)));
void scan_warn(struct scan_diagnostics *diagnostics, struct scan_pos pos, const char *format, ...)
    __attribute__((format(printf, 3, 4)));
/* The place of the word at byte `column` of a text that stands at pos: for errors of expressions.
 */
struct scan_pos scan_pos_within(struct scan_pos pos, const char *text, size_t column);
/* The error just told is that a tool is not there: no fault of the file. */
void scan_blame_tool(struct scan_diagnostics *diagnostics);
size_t scan_n_tool_errors(const struct scan_diagnostics *diagnostics); /* of scan_n_errors */
size_t scan_n_errors(const struct scan_diagnostics *diagnostics);
size_t scan_n_warnings(const struct scan_diagnostics *diagnostics);
/* Appends all, in order of lines:
 *     FILE:7:12: error: there is no parameter "m1"
 *         A0: uniform -3*m1 .. 3*m0 GeV
 *                        ^~
 *         expected: ...   did you mean "m12"?                                                    */
int scan_print_diagnostics(const struct scan_diagnostics *diagnostics, const char *file_name,
                           const char *text, struct buf *out, struct err *err);

/* ---- the description ------------------------------------------------------------------------ */

enum prior_kind {
    PRIOR_UNIFORM,
    PRIOR_LOG,
    PRIOR_NORMAL,
    PRIOR_CHOICE,
    PRIOR_INTEGER,
    PRIOR_FIXED,
    PRIOR_DERIVED
};

struct scan_param {
    const char *name;
    enum prior_kind kind;
    const char *unit;    /* "" for none */
    const char *lo, *hi; /* uniform, log, integer: expressions over the parameters above */
    double mean, sigma;  /* normal */
    const double *choices;
    size_t n_choices;
    double value;     /* fixed */
    const char *text; /* derived: the expression */
    struct scan_pos pos, pos_lo, pos_hi, pos_text;
};

enum calc_kind { CALC_EXEC, CALC_RESIDENT, CALC_PLUGIN, CALC_BUILTIN };
enum keep_kind { KEEP_NONE, KEEP_ACCEPTED, KEEP_FAILED, KEEP_ALL };

struct scan_write {
    const char *target;     /* address in the template, input of a plugin or resident */
    const char *expression; /* over parameters and observables of earlier calculators */
    struct scan_pos pos_target, pos_expression;
};

enum read_kind { READ_SLHA, READ_JSON, READ_LINE, READ_COLUMN, READ_OUTPUT, READ_EXPRESSION };

struct scan_read {
    const char *name; /* of the observable */
    enum read_kind kind;
    const char *source; /* address, JSON path, line pattern, output name, or expression */
    long column, row;   /* READ_COLUMN: 1-based; negative rows count from the end */
    const char *file;   /* another file of the scratch folder, or NULL: the calculator's output */
    bool is_optional;   /* "optional": missing leaves the value NaN and the point alive */
    bool is_implicit;   /* made from an address in a constraint */
    size_t value;       /* index in the row */
    struct scan_pos pos, pos_source;
};

struct scan_file {    /* files: put in place before the run */
    const char *from; /* relative to the scan file's folder */
    const char *to;   /* relative to the scratch folder, may begin with ../ */
    bool is_link;     /* linked (default) or copied */
    struct scan_pos pos;
};

struct scan_calculator {
    const char *name;
    enum calc_kind kind;
    const char *const *after; /* names of calculators that must have run; NULL-terminated */
    /* exec, resident */
    const char *const *run; /* argv, NULL-terminated; {name} placeholders in words */
    const char *input;      /* template written into the scratch folder under its own base name */
    const char *input_name; /* name in the scratch folder ("input: FILE as NAME"), or NULL */
    const char *stdin_from; /* template to stdin, or "CALCULATOR.output" (input takes it too) */
    /* "softsusy.output + gm2.cfg": templates put behind it; NULL-terminated, or NULL */
    const char *const *input_more, *const *stdin_more;
    const char *tool;   /* the word of `run` in whose place tools.yaml put run[0], or NULL */
    const char *output; /* "stdout", or a file name in the scratch folder */
    const struct scan_file *files;
    size_t n_files;
    const int *ok_exit; /* default {0} */
    size_t n_ok_exit;
    double timeout_s;      /* wall; default 300 */
    double cpu_s;          /* 0: from timeout */
    uint64_t memory_bytes; /* 0: none */
    uint64_t output_bytes; /* captured stdout/stderr and size of a file; default 64 MB */
    unsigned retries;      /* after start, signal, timeout, no-output; default 0 */
    bool check_echo;       /* default true */
    /* plugin */
    const char *plugin;        /* file name */
    const char *function;      /* or NULL */
    const char *const *inputs; /* positional expressions, NULL-terminated, or NULL */
    /* all */
    const struct scan_write *writes;
    size_t n_writes;
    const struct scan_read *reads;
    size_t n_reads;
    const double *missing; /* values that mean "not computed": -999 */
    size_t n_missing;
    const char *only_if;        /* condition, or NULL */
    const char *const *fail_if; /* conditions or addresses, NULL-terminated, or NULL */
    const struct scan_pos *pos_fail_if;
    enum keep_kind keep;              /* which points' output files go into the store */
    const struct scan_pos *pos_after; /* one for each of after */
    struct scan_pos pos, pos_run, pos_input, pos_stdin, pos_only_if, pos_plugin, pos_function;
};

struct scan_constraint {
    const char *name;
    const char *text; /* "mh in 122 .. 128", with addresses replaced by observables' names */
    struct scan_pos pos;
};

enum goal_kind {
    GOAL_ACCEPTED,
    GOAL_POINTS,
    GOAL_SECONDS,
    GOAL_VOLUME_ERROR, /* relative */
    GOAL_COVERED,      /* share of the target: lower end of survey_foreseen */
    GOAL_ERROR,        /* of an integral, one sigma: relative */
    GOAL_ERROR_ABSOLUTE
};
struct scan_goal {
    enum goal_kind kind;
    double value;
    const char *text;
    struct scan_pos pos;
};

enum search_method {
    METHOD_RANDOM,
    METHOD_SOBOL,
    METHOD_LIST,
    METHOD_CLASSIFIER, /* learns the label and the margins */
    METHOD_REGRESSOR   /* learns the margins only */
};

/* How rare accepted points are supplemented for training (learn.h). */
enum search_smote { SMOTE_NO, SMOTE_PLAIN, SMOTE_BORDERLINE, SMOTE_ADASYN };
/* Who learns: networks, a Gaussian process, or whichever does better. */
enum search_learner { LEARNER_AUTO, LEARNER_NETWORK, LEARNER_KERNEL };
/* What the learned points are for: to fill the target evenly, or to draw its edge. */
enum search_aim { AIM_COVER, AIM_BOUNDARY };

struct scan_search {
    enum search_method method;
    const char *list;        /* file of points for METHOD_LIST */
    size_t start;            /* points of the start design; default 1000 */
    size_t batch;            /* default 300 */
    double explore;          /* honest uniform share of each batch; default 0.10 */
    size_t members;          /* networks in the ensemble; default 5 */
    size_t hidden;           /* units per hidden layer; default 64 */
    size_t steps;            /* training steps per round; 0: the learner's default */
    enum search_smote smote; /* default SMOTE_PLAIN */
    size_t smote_neighbours; /* default 5 */
    enum search_learner learner;
    enum search_aim aim;
};

/* How the mean or integral of `integrand` is worked out; in the order of strata.h. */
enum integral_method {
    INTEGRAL_AUTO,
    INTEGRAL_CELLS,
    INTEGRAL_ADAPTIVE,
    INTEGRAL_CUBATURE,
    INTEGRAL_PLAIN,
    INTEGRAL_VEGAS,
    INTEGRAL_MISER
};
enum integral_cuts { CUTS_INTEGRAL, CUTS_EVENTS };
/* Volume: the integral over the parameters' ranges, sums over choices and integers.  Prior: the
 * mean under the prior. */
enum integral_measure { MEASURE_VOLUME, MEASURE_PRIOR };

struct scan_integrate {
    enum integral_method method;
    size_t classes; /* at most; 0: the default */
    enum integral_cuts cuts;
    enum integral_measure measure;
    const char *unit; /* shown behind the integral; "" for none */
};

/* Which values are the momenta of which particles: for event files. */
struct scan_particle {
    const char *name;
    bool is_in;
    int pdg;
    const char *momentum[4]; /* expressions: E, px, py, pz in GeV */
    int color[2];            /* flow lines as of the Les Houches accord; 0: none */
    struct scan_pos pos;
};
enum scan_azimuth {
    AZIMUTH_AUTO,    /* uniform where all events lie in the plane p_y = 0 */
    AZIMUTH_UNIFORM, /* every event is turned about the z axis */
    AZIMUTH_GIVEN    /* as the integrand has it */
};
const char *scan_azimuth_name(enum scan_azimuth azimuth); /* "uniform" */

struct scan_events {
    const struct scan_particle *particles;
    size_t n_particles; /* 0: none given */
    bool has_beams;
    int beam_pdg[2];
    double beam_energy[2]; /* GeV */
    const char *scale;     /* expression, or NULL: the mass of all that goes out */
    enum scan_azimuth azimuth;
    struct scan_pos pos;
};

struct scan_run {
    size_t workers;       /* 0: one per core */
    const char *launcher; /* words before the worker's command, or NULL */
    const char *scratch;  /* folder for scratch folders, or NULL: TMPDIR */
};

struct scan {
    const char *name;
    const char *path;   /* as given */
    const char *folder; /* absolute: where relative names start */
    const char *text;   /* the file as given */
    uint64_t seed;
    const struct scan_goal *goals;
    size_t n_goals;
    const struct scan_param *params;
    size_t n_params;
    const struct scan_calculator *calculators; /* in the order in which they run */
    size_t n_calculators;
    const struct scan_constraint *constraints;
    size_t n_constraints;
    const char *target; /* "all" or an expression over terms */
    struct scan_pos pos_target;
    struct scan_search search;
    const char *integrand; /* expression over the values, or NULL: this is no integration */
    struct scan_pos pos_integrand;
    struct scan_integrate integrate;
    struct scan_events events;
    struct scan_run run;
    const char *tools; /* the list of tools, also where there is none; NULL: not asked for */
    bool has_tools;    /* it is there */
    /* names of the row's values: n_params parameters, then observables */
    const char *const *value_names;
    const char *const *value_units;
    size_t n_values;
    struct arena *arena; /* owns all of the above */
};

/* ---- reading -------------------------------------------------------------------------------- */

struct scan_options {
    const char *const *sets; /* "search.batch=300", NULL-terminated, or NULL */
    const char *tools;       /* --tools FILE, or NULL: ~/.config/theodolite/tools.yaml if there */
    const char *const *plugin_dirs; /* where plugins/NAME.yaml is looked for; NULL-terminated */
};

/* Reads the file.  Returns 0 with *scan whole even when diagnostics hold errors that leave the rest
 * readable (*scan may be NULL then if nothing could be made of it); the caller counts errors.
 * -1 only when the file cannot be read or memory ends. */
int scan_load(const char *path, const struct scan_options *options, struct scan **scan,
              struct scan_diagnostics *diagnostics, struct err *err);
/* The same from text (the store's copy, the worker's message); folder: where names start. */
int scan_parse(const char *text, const char *path, const char *folder,
               const struct scan_options *options, struct scan **scan,
               struct scan_diagnostics *diagnostics, struct err *err);
void scan_free(struct scan *scan);
/* The resolved copy: every default spelled out, use: and tools.yaml merged, absolute program
 * paths; itself a scan file that scan_parse reads back to the same description. */
int scan_resolve(const struct scan *scan, struct buf *out, struct err *err);
/* The name nearest to that of a file which is not there, in the same folder; NULL: none. */
const char *scan_nearest_file(const char *path, char *out, size_t size);
size_t scan_value_index(const struct scan *scan, const char *name); /* SIZE_MAX: none */
int scan_parse_goal(const char *text, struct arena *arena, struct scan_goal *goal, struct err *err);
/* Why the goal can never end a survey (or integration) of this scan, written into out; NULL: it
 * can. */
const char *scan_goal_idle(const struct scan *scan, const struct scan_goal *goal, bool is_integral,
                           char *out, size_t size);
/* What the scan is read for.  SCAN_USE_FILE: whatever it is made for. */
enum scan_use { SCAN_USE_NONE, SCAN_USE_FILE, SCAN_USE_SURVEY, SCAN_USE_INTEGRAL };
/* An error where no goal of the file can end that, a warning for each one that cannot beside others
 * that can. */
void scan_check_goals(const struct scan *scan, enum scan_use use,
                      struct scan_diagnostics *diagnostics);
const char *scan_method_name(enum search_method method);
const char *scan_integral_name(enum integral_method method);
const char *scan_cuts_name(enum integral_cuts cuts);
const char *scan_measure_name(enum integral_measure measure);
const char *scan_smote_name(enum search_smote smote);
const char *scan_learner_name(enum search_learner learner);
const char *scan_aim_name(enum search_aim aim);

/* On resume: what changed between the stored resolved copy and the edited file. */
enum scan_change_kind { CHANGE_COSMETIC, CHANGE_REEVALUATE, CHANGE_EXTENDS, CHANGE_INCOMPATIBLE };
struct scan_change {
    enum scan_change_kind kind; /* the gravest */
    struct buf words;  /* one line per difference: "extends: m0: upper bound 5000 -> 8000" */
    bool is_goal_only; /* nothing but the goal and cosmetic things: what an integration allows */
    bool is_prior;     /* a free parameter has another range, width or list of values */
};
int scan_compare(const struct scan *stored, const struct scan *edited, struct scan_change *change,
                 struct err *err);

/* ---- expressions ---------------------------------------------------------------------------- */

/* Ordinary mathematics over named values (muParser).  An expression object is used by one thread.
 */
struct expr;

/* names: n of them, the row's order; copied.  On error *column is the 0-based offset. */
struct expr *expr_create(const char *text, const char *const *names, size_t n, size_t *column,
                         struct err *err);
void expr_free(struct expr *expr);
/* NaN where a value that the expression uses is not finite, or the result is not. */
double expr_eval(struct expr *expr, const double *row);
/* out[i * out_stride] for n rows. */
void expr_eval_block(struct expr *expr, size_t n, const double *rows, size_t stride, double *out,
                     size_t out_stride);
const size_t *expr_uses(const struct expr *expr, size_t *n); /* indices into names */
bool expr_is_function(const char *name); /* abs, min, ..., pi: not a name for a value */

/* A condition: comparisons joined by and, or, not.  Each comparison has a margin, the signed
 * distance of its left side to the cut: positive where it holds ("a < b": b - a; "a == b":
 * -|a - b|; a bare expression counts as "expression != 0" and has margin |value| or -1).
 * Truth is Kleene's: unknown when the unknown could decide. */
struct cond;
enum truth { TRUTH_UNKNOWN = -1, TRUTH_NO = 0, TRUTH_YES = 1 };

/* Also reads "x in lo .. hi" as two comparisons.  atoms (n_atoms, may be NULL): names that stand
 * for truths of their own, for targets over terms. */
struct cond *cond_create(const char *text, const char *const *names, size_t n,
                         const char *const *atoms, size_t n_atoms, size_t *column, struct err *err);
void cond_free(struct cond *cond);
size_t cond_n_margins(const struct cond *cond);
const char *cond_margin_words(const struct cond *cond, size_t k); /* "128 - mh" */
/* The first bare expression that nothing compares ("mh"), NULL: there is none. */
const char *cond_bare(const struct cond *cond);
/* The two sides of margin k at a row, for people: margin = high - low where is_distance. */
struct cond_sides {
    const char *low_words, *high_words; /* "mh", "128" */
    double low, high;
    bool low_is_number, high_is_number, is_distance;
};
struct cond_sides cond_margin_sides(struct cond *cond, size_t k, const double *row);
/* margins[i * stride + k] for n rows; NaN: unknown. */
void cond_margins(struct cond *cond, size_t n, const double *rows, size_t row_stride,
                  double *margins, size_t stride);
/* From margins (double) and truths of atoms (may be NULL when there are none). */
enum truth cond_truth(const struct cond *cond, const double *margins, const enum truth *atoms);
enum truth cond_test(struct cond *cond, const double *row); /* both in one, without atoms */
const size_t *cond_uses(const struct cond *cond, size_t *n);
const size_t *cond_uses_atoms(const struct cond *cond, size_t *n);

#endif
