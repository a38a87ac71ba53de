/* gather.h: what has to be read point by point, or asked of the learner, off the drawing path.
 *
 * A thread with a connection of its own.  The views say what they want (struct wants), the thread
 * makes parts and hands each over whole; the drawing path never waits.  Points of complete rounds
 * are folded in once; the rounds in flight are read again each time; everything is read again
 * after labels changed.  `gather_finish` does the same work in the calling thread until nothing is
 * left to do: for `show` and for tests. */
#ifndef TUI_GATHER_H
#define TUI_GATHER_H

#include "theodolite/learn.h"
#include "theodolite/report.h"
#include "theodolite/space.h"
#include "theodolite/store.h"
#include "theodolite/survey.h"

enum {
    WANT_TEXT = 512,
    MAP_SLICES = 24,
    ROC_BINS = 200,
    SAID_BINS = REPORT_BINS,
    CLASSES_MOST = 16
};

/* ---- what is wanted ------------------------------------------------------------------------- */

enum map_color { MAP_BY_STATE, MAP_BY_CUT /* the first constraint that fails */ };

struct map_want {
    bool is_wanted;
    size_t x, y; /* values of the scan */
    bool x_is_log, y_is_log;
    double x_lo, x_hi, y_lo, y_hi; /* what is shown */
    int width, height;             /* in dots: 2 and 4 per character cell */
    bool wants_heat;               /* of the learner's probability; x and y free parameters */
    size_t n_slices;
    struct map_slice {
        size_t value;
        double lo, hi;
    } slices[MAP_SLICES]; /* only points inside all of them */
    bool has_box;
    double box[4]; /* the marked box: x_lo x_hi y_lo y_hi */
};

struct list_want {
    bool is_wanted;
    char filter[WANT_TEXT]; /* as for export --where, and: running, rejected, unknown, p; "": all */
    /* a value of the scan, or one of the columns below counted from n_values */
    size_t sort;
    bool is_descending;
};
enum { LIST_BY_ID, LIST_BY_ROUND, LIST_BY_STATE, LIST_BY_P, LIST_BY_CHI2, LIST_BY_SECONDS };

enum class_kind { CLASS_PROBABILITY, CLASS_LIKELIHOOD };
struct classes_want {
    bool is_wanted;
    enum class_kind kind;
    size_t n_levels; /* level[0] = 0 .. level[n_levels-1] = 1: n_levels - 1 classes */
    double level[CLASSES_MOST + 1];
};

struct preview_want { /* what would this do to the labels? */
    bool is_wanted;
    uint64_t serial;         /* a new one asks anew */
    char command[WANT_TEXT]; /* "cut NAME: EXPR", "uncut NAME" */
};

struct wants {
    struct map_want map;
    struct list_want list;
    struct classes_want classes;
    struct preview_want preview;
    bool wants_inputs; /* which inputs matter */
    bool is_frozen;    /* hands nothing over */
};

/* ---- parts ---------------------------------------------------------------------------------- */

/* As of which points: all with id <= upto were looked at; it is whole when that is all of them. */
struct as_of {
    uint64_t upto;
    bool is_whole;
    uint64_t labels; /* sign of those that were counted (labels.h); 0: not told */
};

enum map_layer {
    MAP_REJECTED,
    MAP_ACCEPTED,
    MAP_PROPOSED /* running or waiting */,
    MAP_FAILED,
    N_MAP_LAYERS
};
struct map_part {
    struct as_of as_of;
    struct map_want want;         /* that it answers */
    uint32_t *dots[N_MAP_LAYERS]; /* height by width counts; row 0 is the top */
    uint8_t *cut; /* height by width: first failing term + 1 of a rejected point, or 0 */
    uint64_t *id; /* height by width: a point there, the newest of its highest layer; 0 none */
    uint64_t n[N_MAP_LAYERS], n_outside[N_MAP_LAYERS]; /* inside the slices: shown, beyond edges */
    uint64_t n_missing[N_MAP_LAYERS]; /* inside the slices, without a value for x or y */
    uint64_t n_most;                  /* in one dot of accepted */
    uint64_t box_n, box_accepted, box_rejected, box_failed, box_uniform, box_uniform_accepted;
};

/* The highest probability that the learner gives over all other parameters, per character cell:
 * of points uniform in the others and of the others of accepted points (slices kept). */
struct heat_part {
    struct map_want want;
    int width, height; /* cells: width/2 and height/4 of the want */
    float *p;          /* NaN: not yet, or no such point */
    float *spread;     /* of the ensemble there */
    int n_rows_done;
    uint32_t round; /* of the model */
    bool has_model;
};

struct list_part {
    struct as_of as_of;
    struct list_want want;
    size_t n; /* that match */
    uint64_t *ids;
    uint64_t n_of;   /* of how many */
    char words[256]; /* what is wrong with the filter, or "" */
    size_t column;   /* where in it */
};

/* Always made: said against found for points that were predicted before they ran. */
struct said_part {
    struct as_of as_of;
    /* of all, and of the uniform ones only */
    struct said {
        uint64_t accepted[ROC_BINS], other[ROC_BINS]; /* by predicted probability */
        struct report_bin bins[SAID_BINS];
        uint64_t n;
        double auc; /* NaN while it cannot be known */
    } all, uniform;
    uint64_t by_origin[N_ORIGINS], by_origin_accepted[N_ORIGINS];
    uint64_t n_term_fails[JUDGE_MAX_TERMS], n_term_unknown[JUDGE_MAX_TERMS], n_judged;
    struct judge_conflict conflict;
    bool is_since_cut; /* predictions of before the last change of labels are left out */
    uint64_t n_asked, n_asked_accepted, n_expected; /* uniform points that tested the learner */
    struct foreseen foreseen;  /* coverage as in status: of the latest half of them */
    double *lo, *hi;           /* n_values: of all closed points; NaN none */
    double *good_lo, *good_hi; /* of the accepted */
    uint64_t *n_finite;        /* n_values */
    size_t n_values;
};

/* Lebesgue cells of the search.  Probability: V_j by n_drawn quasi-random points of the prior asked
 * of the learner; f is 1 for an accepted point, measured on the uniform points that were predicted
 * before they ran.  Likelihood: f = exp(-(chi2 - chi2_min)/2), 0 where a cut without pull fails or
 * the chain does; V_j and f from the uniform points. */
struct classes_part {
    struct as_of as_of;
    struct classes_want want;
    bool has_model, has_likelihood;
    uint32_t round;
    uint64_t n_drawn;
    size_t n;
    struct class_row {
        double lo, hi;
        double volume, volume_error; /* share of the prior */
        double f, f_error;           /* NaN: no point has measured it */
        double said;                 /* mean predicted probability there; NaN */
        uint64_t n;                  /* evaluated points in it, all origins */
        uint64_t n_measured;         /* uniform ones that measured f */
        /* of the n points guessed in it (unseen): shares truly in it, below, above; NaN */
        double right, below, above;
    } rows[CLASSES_MOST];
    double integral, integral_error; /* sum of V_j f_j; NaN where a class is not measured */
    double chi2_min;
};

/* Permutation importance: by how much the AUC falls when an input is shuffled. */
struct inputs_part {
    uint32_t round;
    bool has_model;
    size_t n; /* dimensions */
    double *fall, *error;
    size_t *value; /* index of the parameter */
    double auc;
    uint64_t n_points;
};

struct preview_part {
    uint64_t serial;
    bool is_ok;
    char words[512]; /* what is wrong with it, or "" */
    struct relabel relabel;
    uint64_t n_rejected_before, n_rejected_after, n_unknown_after, n_unknown_before;
    double cpu_s;
    /* the values that the expression reads */
    size_t n_values;
    struct preview_value {
        size_t value;
        uint64_t n_stored;
        double lo, median, hi;
    } values[8];
};

struct parts { /* the newest of each; NULL: not yet */
    struct map_part *map;
    struct heat_part *heat;
    struct list_part *list;
    struct said_part *said;
    struct classes_part *classes;
    struct inputs_part *inputs;
    struct preview_part *preview;
};

/* ---- the gatherer --------------------------------------------------------------------------- */

struct gather;
/* Opens the store for itself.  has_thread false: only gather_finish works. */
struct gather *gather_create(const char *store_path, bool has_thread, struct err *err);
void gather_free(struct gather *gather);
int gather_descriptor(const struct gather *gather); /* readable when there is something to take */
void gather_want(struct gather *gather, const struct wants *wants);
void gather_look(struct gather *gather); /* the store changed */
/* Replaces what is newer and frees the old; true when something was. */
bool gather_take(struct gather *gather, struct parts *parts);
bool gather_is_idle(struct gather *gather);
/* Without a thread: works until all that is wanted is there. */
int gather_finish(struct gather *gather, struct err *err);
void parts_free(struct parts *parts);
/* What went wrong in the thread, or "". */
void gather_trouble(struct gather *gather, char *out, size_t size);

#endif
