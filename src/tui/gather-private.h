/* gather-private.h: what the files of the gatherer share.
 *
 * Everything in struct gathering belongs to the thread that gathers (or to the caller of
 * gather_finish); gather.c alone knows locks.  The points are kept as a table of columns in memory:
 * the fixed ones, and those values that somebody asked for.  Each part is made by a file of its own
 * as a chain of short steps, so that a new want is heeded within some tens of milliseconds. */
#ifndef TUI_GATHER_PRIVATE_H
#define TUI_GATHER_PRIVATE_H

#include "gather.h"
#include "model-private.h"

#include "theodolite/report.h"
#include "theodolite/survey.h"

enum { GATHER_CHUNK = 8192, GATHER_FOLD = 65536 };
static const double GATHER_PARTIAL_S = 0.3; /* half-done parts are handed over that often */

/* ---- the points ----------------------------------------------------------------------------- */

struct column {
    double *v;   /* cap rows, or NULL */
    size_t have; /* rows that were read */
    bool is_wanted;
};

/* Rows of one round, and what the round's counts were before they were read. */
struct round_seen {
    uint32_t round;
    size_t begin, end;
    struct round_row row;
    bool is_known;    /* row is */
    bool is_dirty;    /* to be read again */
    bool values_stay; /* only the verdicts changed */
};

struct table {
    size_t n, cap, n_values;
    uint64_t *id, *fails, *unknown;
    uint32_t *round;
    uint8_t *state, *origin;
    float *p, *seconds;
    double *chi2;
    struct column *columns; /* n_values */
    struct round_seen *seen;
    size_t n_seen, cap_seen;
    struct round_list rounds;
    uint64_t total;   /* points in the store at the last look */
    bool is_appended; /* all of them were read */
    size_t n_settled; /* rows that will not change any more */
    uint64_t version; /* grows with every change */
    uint64_t labels;  /* sign of them (labels.h) */
    uint64_t epoch;   /* grows when settled rows changed: what was folded is void */
    /* room for a block from the store */
    struct point_row *block;
    double *block_rows;
    bool *block_wanted;
};

/* ---- what folds keep ------------------------------------------------------------------------ */

struct map_fold;
struct list_fold;
struct said_fold;
struct heat_work;
struct inputs_work;
struct classes_work;
struct preview_work;

/* When a part was made, and of what. */
struct made {
    bool is_made;
    uint64_t version;
    size_t have; /* rows */
    double at;   /* steady clock */
};

struct gathering {
    struct gather *gather;
    struct store *store;
    struct scan *scan;
    struct space *space;
    struct judge *judge;
    int64_t scan_number;
    char *signature; /* of the scan and the live cuts */
    bool is_looked;
    uint64_t labels_from;
    double wake_at;  /* steady clock: work that waits for its time; 0: none */
    bool is_hurried; /* nothing waits for its time */

    struct wants wants;
    struct table table;

    /* the learner's newest model */
    struct ensemble *ensemble;
    uint32_t ensemble_round;
    double ensemble_train_s;  /* of its round: grows when it is trained again */
    uint64_t ensemble_number; /* another one for each model that was read */
    uint32_t ensemble_after;  /* it has seen the rounds up to this one */
    bool has_asked_model;
    size_t *n_cells; /* by dimension */

    struct map_fold *map;
    struct list_fold *list;
    struct said_fold *said;
    struct heat_work *heat;
    struct inputs_work *inputs;
    struct classes_work *classes;
    struct preview_work *preview;
};

/* gather-table.c */
int table_create(struct gathering *g, struct err *err);
void table_free(struct table *table);
/* Compares with the store's rounds and marks what has to be read; labels_changed: all verdicts. */
int table_look(struct gathering *g, bool labels_changed, struct err *err);
void table_want(struct table *table, size_t value);
/* Reads a chunk of what is missing; *did false: nothing is. */
int table_step(struct gathering *g, bool *did, struct err *err);
bool table_is_read(const struct table *table); /* nothing is missing of what is wanted */
/* Rows for which all these values (SIZE_MAX: none) are known. */
size_t table_have(const struct table *table, const size_t *values, size_t n);
static inline double table_value(const struct table *table, size_t value, size_t row)
{
    return table->columns[value].v[row];
}
struct as_of table_as_of(const struct table *table, size_t have);

/* Is it time to make a part from the table again? */
bool made_is_due(const struct made *made, const struct table *table, size_t have);
void made_now(struct made *made, const struct table *table, size_t have);

/* Each: does a short piece of work if there is one; *did tells. */
int map_step(struct gathering *g, bool *did, struct err *err);
int list_step(struct gathering *g, bool *did, struct err *err);
int said_step(struct gathering *g, bool *did, struct err *err);
int heat_step(struct gathering *g, bool *did, struct err *err);
int classes_step(struct gathering *g, bool *did, struct err *err);
int importance_step(struct gathering *g, bool *did, struct err *err);
int preview_step(struct gathering *g, bool *did, struct err *err);
/* Which values they need, before anything is read. */
void map_values(struct gathering *g);
void list_values(struct gathering *g);
void preview_values(struct gathering *g);
void importance_values(struct gathering *g);
void heat_values(struct gathering *g);
void classes_values(struct gathering *g);
void map_free(struct map_fold *fold);
void list_free(struct list_fold *fold);
void said_free(struct said_fold *fold);
void heat_free(struct heat_work *work);
void classes_free(struct classes_work *work);
void importance_free(struct inputs_work *work);
void preview_free(struct preview_work *work);

/* gather.c: hands a part over; it is taken in any case. */
enum part_kind {
    PART_MAP,
    PART_HEAT,
    PART_LIST,
    PART_SAID,
    PART_CLASSES,
    PART_INPUTS,
    PART_PREVIEW,
    N_PARTS
};
void gather_hand(struct gathering *g, enum part_kind kind, void *take_part);
/* Is it that time (steady clock)?  If not, the thread wakes then. */
bool gather_is_time(struct gathering *g, double at);
/* gather-parts.c */
bool map_want_is(const struct map_want *a, const struct map_want *b);
bool list_want_is(const struct list_want *a, const struct list_want *b);
bool classes_want_is(const struct classes_want *a, const struct classes_want *b);
void part_free(enum part_kind kind, void *part);

/* gather-learner.c: the model of the newest round, loaded when somebody needs it.  *has: there is
 * one. */
int learner_need(struct gathering *g, bool *has, struct err *err);
void learner_forget(struct gathering *g);
/* The row of the table as the learner sees it: n_dims; false where it lies outside the prior. */
bool learner_see(struct gathering *g, size_t row, float *x);

#endif
