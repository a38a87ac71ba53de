/* survey.h: where to look next.
 *
 * The survey holds, in memory, what it needs of every closed point (unit-cube position, label,
 * margins, origin), and proposes a round of points from all rounds up to a given one.  A proposal
 * is a pure function of (scan, seed, points of those rounds, the model carried from the round
 * before), so a scan that was killed proposes the same points again.
 *
 * Proposing trains the learner and may take seconds: the engine calls survey_propose in its second
 * thread, on a snapshot.  With a lag of one round: round r is proposed from rounds up to r-2 while
 * round r-1 runs. */
#ifndef THEODOLITE_SURVEY_H
#define THEODOLITE_SURVEY_H

#include "theodolite/learn.h"
#include "theodolite/space.h"
#include "theodolite/store.h"

struct survey;

/* n_margins as of the judge at the time; survey_set_judge after the terms change.  The judge is
 * borrowed until then, and by every snapshot until that is freed. */
struct survey *survey_create(const struct scan *scan, const struct judge *judge, struct err *err);
void survey_free(struct survey *survey);

/* A closed point, in any order within a round.  unit: n_dims; margins: n_margins or NULL. */
struct survey_point {
    uint64_t id;
    uint32_t round;
    enum point_origin origin;
    enum point_state state; /* accepted, rejected, unknown, failed */
    double density;
    const double *unit; /* NaN: outside of the prior; such a point is passed over */
    const double *margins;
};
int survey_add(struct survey *survey, size_t n, const struct survey_point *points, struct err *err);
/* After a cut or uncut: forgets labels and margins; the caller adds every point again. */
int survey_set_judge(struct survey *survey, const struct judge *judge, struct err *err);

/* Live settings; all may change between rounds. */
struct survey_settings {
    size_t batch;
    size_t most; /* points of the next round, the start design's too; 0: no limit */
    double explore;
    const double *pins; /* n_pins boxes of 2 * n_dims: lo then hi in the unit cube */
    size_t n_pins;
    double pin_share; /* of a batch, when there are pins */
};
/* What a proposal is made from, taken in the engine's thread; then it is safe to add points while
 * the snapshot is used in another thread.  upto: rounds 0 .. upto; UINT32_MAX: nothing known yet.
 */
struct survey_snapshot;
struct survey_snapshot *survey_snapshot(struct survey *survey, uint32_t round, uint32_t upto,
                                        const struct survey_settings *settings, struct err *err);
void survey_snapshot_free(struct survey_snapshot *snapshot);

struct survey_batch {
    size_t n;
    double *units; /* n by n_dims, in the cube */
    enum point_origin *origin;
    float *predicted; /* NaN where nobody was asked */
    /* NaN where not known; 1 for uniform points; that of the mixture for uniform points and points
     * drawn from the model's score in the same batch. */
    double *density;
    struct learn_metrics metrics;
    bool was_trained;
    double promised; /* mean predicted probability of the learned share, NaN */
    double train_s, propose_s;
    char *metrics_json; /* for the table `round` */
    struct buf carry;   /* model and state to be given to the proposal of the next round */
    char notes[512];    /* for the log: "nothing accepted yet: tightening ..." or "" */
};
/* first_id: id of the batch's first point (for the random streams).  carry: of the proposal before
 * (NULL, 0 for none).  Of a learning method round 0 is the start design (search.start points), and
 * while nothing is known a batch is uniform.  A batch without points: the list is at its end. */
int survey_propose(struct survey_snapshot *snapshot, uint64_t first_id, const void *carry,
                   size_t n_carry, struct survey_batch *batch, struct err *err);
void survey_batch_free(struct survey_batch *batch);
/* Trains the learner between two proposals: a batch without points, whose carry is the one given
 * with a new model in it, and the new model's figures.  Needs points; of a learning method only. */
int survey_train(struct survey_snapshot *snapshot, const void *carry, size_t n_carry,
                 struct survey_batch *batch, struct err *err);

/* The model in the bytes that a proposal carries to the next, for those who watch; it borrows the
 * judge.  NULL without an error: there is none, or of other terms than the judge's. */
struct ensemble *survey_ensemble(const struct scan *scan, size_t n_dims, const struct judge *judge,
                                 const void *carry, size_t n_carry, struct err *err);
/* Where in its axis the learner sees a coordinate of the unit cube: a discrete one (n_cells > 0) in
 * the middle of its cell. */
float survey_seen(size_t n_cells, double unit);

/* A file of points (method list, inject): a line of names, then a row of physical values per line;
 * comma, tab or blanks between.  units: n by n_dims, in the unit cube; the caller frees.  What is
 * wrong is an error that names FILE:LINE. */
int survey_read_points(const struct scan *scan, const char *path, double **units, size_t *n,
                       struct err *err);
/* The points of METHOD_LIST: how many, and the end of the list as a goal. */
size_t survey_list_size(const struct survey *survey);

/* Volume of the target as a share of the prior, with its one-sigma interval, from all points whose
 * proposal density is known.  Failed and unknown points count as not in the target.  With none
 * accepted the estimate is 0, the error unknown, and hi an upper limit.  While no uniform point
 * lies in the target, estimate and error are of the part of it that the search has reached. */
struct survey_volume {
    double estimate, error; /* NaN while unknown */
    double lo, hi;          /* 68 % interval */
    uint64_t n_used, n_accepted_used;
};
void survey_volume(const struct survey *survey, struct survey_volume *volume);

/* ---- coverage (coverage.c) ------------------------------------------------------------------ */

#define COVERAGE_IN 0.5f /* probability from which on a place counts as predicted */

/* All closed points, in order of id; a coverage is a pure function of them, the model and the seed.
 */
struct coverage_input {
    size_t n, n_dims;
    const float *x;            /* n by n_dims, unit cube, as the learner sees it */
    const uint8_t *state;      /* n: enum point_state */
    const uint8_t *is_uniform; /* n: drawn uniformly from the prior */
    const size_t *n_cells;     /* n_dims: 0: continuous */
    struct ensemble *model;    /* NULL: none; its scratch memory is used */
    uint64_t seed;
};
struct coverage_part {           /* a component of the accepted points */
    uint64_t n;                  /* accepted points; scaled up where only a sample was used */
    double share;                /* of all accepted points */
    double volume, volume_error; /* share of the prior; NaN while unknown */
    /* share of the points over share of the volume of all parts; NaN while unknown */
    double deviation, deviation_error;
};
struct coverage_gap {            /* predicted, and far from every point that was run */
    double volume, volume_error; /* of the prior, weighted with the chance to be accepted */
    double probability;          /* mean, to run and be accepted */
    double runs;                 /* the chance to run alone */
    bool is_failing;             /* most calls would fail there */
    double distance;             /* from `at` to the nearest point that was run, unit cube */
    bool is_apart;               /* belongs to no known component */
    const float *at;             /* the place farthest from what was run */
    size_t n_points;             /* of the pool, in the gap */
    const float *points;         /* n_points by n_dims */
    size_t n_places;             /* a few spread over it, `at` first, that would fill it */
    const float *places;
};
struct coverage {
    struct arena *arena;
    size_t n_dims;
    uint64_t n_accepted, n_used; /* accepted points, and those that were worked with */
    const size_t *part;          /* n of the input: its component, SIZE_MAX: none */
    struct coverage_part *parts; /* the largest population first */
    size_t n_parts;
    struct coverage_gap *gaps; /* the largest volume first, failing ones behind all others */
    size_t n_gaps;
    size_t n_pool;                     /* places that the learner was asked about */
    size_t n_foreseen;                 /* of them in the predicted target */
    double predicted, predicted_error; /* volume of the target as the learner sees it; NaN */
    double empty;                      /* the part of it that lies in gaps */
    double typical;  /* distance to the nearest of as many points spread at random over it */
    double gap_from; /* distance from which on a place is empty */
    /* Can accepted points be told from fresh ones drawn from where the learner is sure of the
     * target?  Area under the curve of a classifier on points that it has not seen: 0.5 = they are
     * even.  error: of 0.5 if they were. */
    double evenness, evenness_error;
    double sure; /* share of the accepted points that lie there */
};
int survey_coverage(const struct coverage_input *input, struct coverage *coverage, struct err *err);
void coverage_free(struct coverage *coverage);
/* Of what the survey knows, with the model in the bytes that a proposal carried. */
int survey_cover(const struct survey *survey, const struct scan *scan, const void *carry,
                 size_t n_carry, struct coverage *coverage, struct err *err);

/* How much of the target is known: the share of accepted uniform points that the learner foresaw,
 * with its 95 % interval (Wilson).  n 0: NaN. */
struct foreseen {
    uint64_t n, n_foreseen;
    double share, lo, hi;
};
struct foreseen survey_foreseen(uint64_t n_foreseen, uint64_t n);
/* The same of a list in the order of their ids (1: foreseen), of which the latest half counts, and
 * not fewer than 100: what the learner missed long ago it may know by now.  lo holds with 95 %
 * however often it is asked for while the list grows, of a learner that gets no worse; see
 * foreseen.c. */
struct foreseen survey_foreseen_lately(size_t n, const uint8_t *is_foreseen);
/* Within a factor of two, how many more accepted uniform points it takes until the lower end is at
 * the goal, if the share stays what it is; infinite: it never gets there so; NaN: nothing is known
 * yet. */
double survey_foreseen_more(const struct foreseen *now, double goal);
/* Was the learner asked about the point before it ran, without having chosen it?  Those that were
 * accepted are the list. */
bool survey_tests_learner(enum point_origin origin, float predicted);

/* Are the learner's proposals better than random ones?  Counts of closed points: learned ones of
 * the last rounds, uniform ones of the whole scan. */
struct health {
    uint64_t learned, learned_accepted, learned_failed;
    uint64_t uniform, uniform_accepted, uniform_failed;
    uint64_t accepted; /* of all other points */
    double promised;   /* what is to be expected of the learned ones, in the mean; NaN */
    double auc;        /* held out, of the latest model; NaN */
};
enum health_cause { HEALTH_FINE, HEALTH_FAILURES, HEALTH_FEW, HEALTH_NOISE, HEALTH_CALIBRATION };
enum { HEALTH_WORDS = 512 };
/* HEALTH_FINE too while there is too little to tell; else words say what and why. */
enum health_cause survey_health(const struct health *health, char words[HEALTH_WORDS]);

#endif
