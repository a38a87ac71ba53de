/* private.h: what the files of src/survey share.
 *
 * Ids are dense from 1, so a point's place in the arrays is its id: adding is cheap, adding again
 * replaces, and everything that is taken from the survey comes in order of id whatever the order in
 * which points were added. */
#ifndef SURVEY_PRIVATE_H
#define SURVEY_PRIVATE_H

#include "theodolite/survey.h"

enum {
    SURVEY_MAX_DIMS = 256,
    SURVEY_MAX_ID = 200000000,
    STATE_EMPTY = 0xFF,    /* no point with that id yet */
    TRAIN_ACCEPTED = 8000, /* most points of a kind in the learner's data */
    TRAIN_NEAR = 4000,
    TRAIN_REST = 8000
};

/* Points whose proposal density is known: those of density 1 are counted, those of a mixture lie
 * between two ids (places in the arrays; from == to: there are none). */
struct tally {
    uint64_t n, n_accepted;
    size_t mixed_from, mixed_to;
};

struct sampled; /* sampled.c */
struct mixture; /* volume.c */

struct survey {
    size_t n_dims, n_margins;
    struct scan_search search;
    uint64_t seed;
    const struct judge *judge;
    size_t *n_cells; /* n_dims: cells of a discrete axis, 0: continuous */
    /* by id - 1 */
    size_t n_ids, cap;
    uint8_t *state, *origin;
    uint32_t *round;
    float *density; /* NaN: not known */
    float *x;       /* n_dims each, discrete axes at the middle of their cell */
    float *margins; /* n_margins each */
    size_t n_points;
    struct tally tally;
    struct mixture *mixture; /* NULL: no point of one, or no room */
    struct sampled *sample;  /* NULL: none was asked for yet */
    double *list;            /* n_list by n_dims: the points of METHOD_LIST */
    size_t n_list;
};

struct survey_snapshot {
    size_t n_dims, n_margins;
    struct scan_search search;
    uint64_t seed;
    uint32_t round, upto;
    const struct judge *judge;
    size_t *n_cells;
    struct survey_settings settings;
    double *pins;
    /* what the learner gets, in order of id */
    size_t n;
    float *x, *margins, *weight; /* weight: how many points a row stands for */
    int8_t *label, *is_failed, *is_uniform;
    /* counts of all points up to the round */
    size_t n_known, n_accepted, n_uniform, n_uniform_accepted;
    size_t n_last, n_last_accepted; /* of the newest known round, points of the learner's choice */
    const double *list;             /* the survey's own, constant after its creation */
    size_t n_list;
};

/* A point's number in 0 .. 2^64 - 1 that decides whether a bounded sample has it. */
uint64_t survey_hash(uint64_t seed, uint64_t id);
/* Would a sample of about `limit` out of `count` have it? */
bool survey_is_sampled(uint64_t hash, size_t limit, size_t count);
bool survey_is_uniform(uint8_t origin);

/* volume.c: sums over the points of each round's mixture. */
void mixture_add(struct survey *survey, size_t at); /* before the point there is counted */
void mixture_drop(struct survey *survey, size_t at);
void mixture_free(struct mixture *mixture);

/* sampled.c: what the learner gets of all points up to a round, in bounded time and room. */
int sampled_take(struct survey *survey, struct survey_snapshot *snapshot, struct err *err);
/* A point of that round is put at the place `at`, or was there and is replaced. */
void sampled_note(struct sampled *sample, size_t at, uint32_t round);
void sampled_forget(struct sampled *sample);
void sampled_free(struct sampled *sample);

/* candidates.c: a step out of the cube comes back from the wall.  None ends upon it: what lies
 * there has its children there, and where a target reaches the wall a spike would grow. */
float survey_mirrored(float x);
/* To what is seen of it on discrete axes: the middle of the cell. */
void candidates_see(const struct survey_snapshot *snapshot, float *x);

/* list.c: physical values to the unit cube; what is wrong names FILE:line. */
int survey_read_list(const struct scan *scan, double **units, size_t *n, struct err *err);

/* design.c: points that nobody has to learn anything for. */
void design_uniform(uint64_t seed, enum rng_purpose purpose, uint64_t id, size_t d, double *unit);
/* Fills batch->units from `from` on. */
int design_sobol(const struct survey_snapshot *snapshot, uint64_t first_id,
                 struct survey_batch *batch, struct err *err);
void design_pins(const struct survey_snapshot *snapshot, size_t from, size_t n, uint64_t first_id,
                 struct survey_batch *batch);
void design_set(struct survey_batch *batch, size_t i, enum point_origin origin, float predicted,
                double density);

/* carry.c: what a proposal gives to the next. */
enum { CARRY_MAX = 1 << 28 };
struct carried {
    const void *data;
    size_t n;
};
struct search_state;
/* Frees all that it owns, not itself. */
void search_drop(struct search_state *search);
struct learn_config carry_config(const struct survey_snapshot *snapshot);
int carry_unpack(const struct survey_snapshot *snapshot, const struct learn_config *config,
                 struct carried carried, struct search_state *search, struct ensemble **warm,
                 struct err *err);
int carry_pack(const struct search_state *search, struct survey_batch *batch, struct err *err);

/* propose.c: the learner's figures, as JSON. */
int metrics_write(const struct search_state *search, struct survey_batch *batch, struct err *err);

/* learned.c: the share of a batch that the model chooses. */
struct pending { /* the batch before, whose points are still out */
    size_t n;
    float *x; /* n by n_dims */
    float *p; /* their predicted probabilities */
};
/* promise.c: what was said of chosen points, and what was found there. */
enum promise { PROMISE_UNSURE, PROMISE_SURE, PROMISE_SURFACE, PROMISE_MISS, PROMISE_KINDS };
struct promise_tail {
    float p;
    uint16_t age;    /* rounds that it has been out */
    uint16_t source; /* enum promise: PROMISE_SURFACE, PROMISE_MISS, or neither */
};
struct promises {
    double said[PROMISE_KINDS], found[PROMISE_KINDS]; /* fading sums over those that are back */
    struct buf rows; /* of those that are out: n_dims floats, struct promise_tail */
};
/* Found over said, at most 1. */
double promises_trust(const struct promises *promises, enum promise kind);
/* What is to be expected of a point that is chosen with probability p. */
float promises_due(const struct promises *promises, float p);
/* source: PROMISE_SURFACE, PROMISE_MISS, or neither. */
int promises_add(struct promises *promises, size_t d, const float *x, float p, enum promise source,
                 struct err *err);
/* Counts those that the snapshot knows, forgets those that are overdue. */
int promises_settle(struct promises *promises, const struct survey_snapshot *snapshot,
                    struct err *err);

struct search_state {
    const struct survey_snapshot *snapshot;
    struct ensemble *model;
    uint64_t first_id;
    struct pending pending;
    struct promises promises;
    size_t surface_from, surface_to; /* the candidates that surfaces have proposed */
    size_t miss_from;                /* n_misses candidates that misses.c has proposed */
    size_t n_uniform;                /* honest points of the batch, before what the model chooses */
    bool is_label_only;              /* no margin says how near a point is */
    float spacing2;                  /* squared: covered_spacing, where it is asked for */
    float room2;                     /* squared: covered_room, or 0 */
    double relax;                    /* 0, or the threshold of the curriculum */
    float *distance;                 /* n: of the snapshot's points to the target */
    float *edge;                     /* n: their boundary_score; NULL: the target is to be filled */
    /* outcome */
    size_t n_candidates, n_local, n_uncertain, n_small, n_dips, n_misses, n_islands;
    size_t n_components, n_drawn;
    size_t n_spread;  /* of what is not chosen by the model, that goes where nobody has been */
    size_t n_asked;   /* points of the uniform pool */
    double rank_mean; /* mean of drawn_rank over the uniform pool */
    double mass;      /* mean probability of the uniform pool: the volume that the model expects */
    double sure_mass; /* the part of it where the model is sure */
    struct nearby *nearby; /* where drawn points are proposed; NULL: uniformly */
    double nearby_level;   /* of its density, to which its peaks are cut down */
};
int learned_propose(struct search_state *search, size_t from, size_t n, struct survey_batch *batch,
                    struct err *err);

/* score: probability times the chance to run, 0 for what the screen stops.  failure: scratch. */
int learned_score(const struct search_state *search, size_t n, const float *x, float *score,
                  float *failure, struct err *err);

/* boundary.c: how undecided the model is; 1: at the edge of the target. */
float boundary_score(float p, float spread);
int boundary_find(struct search_state *search, struct err *err); /* fills search->edge */
bool boundary_has(const struct search_state *search, size_t row);
/* Places on the edge as the model sees it, on chords; x: n by n_dims.  n_found: n or 0. */
int boundary_places(const struct search_state *search, struct rng *rng, size_t n, float *x,
                    size_t *n_found, struct err *err);

/* Rows of the snapshot's best points, grouped by component; component k begins at first[k]. */
struct parents {
    size_t n, n_components;
    const size_t *rows, *first;
};

/* nearby.c: a density around the accepted points. */
struct nearby;
/* parents: more than one. */
struct nearby *nearby_fit(const struct survey_snapshot *shot, const struct parents *parents,
                          struct err *err);
void nearby_free(struct nearby *nearby);
/* false: outside of the cube, to be rejected. */
bool nearby_draw(const struct nearby *nearby, struct rng *rng, double *x);
/* With respect to the uniform one.  scratch: n_dims. */
double nearby_density(const struct nearby *nearby, const double *x, double *scratch);

/* drawn.c: points drawn from the score, and the densities of the batch's mixture. */
enum { DRAWN_POOL = 16 }; /* expected in-target points of the pool for each drawn one, at least */
double drawn_rank(float score);
/* How many points can be drawn, at most.  Looks around the parents where the pool is too coarse. */
int drawn_most(struct search_state *search, const struct parents *parents, size_t n, size_t *most,
               struct err *err);
/* Up to n points at `from`; search->n_drawn says how many there are. */
int drawn_propose(struct search_state *search, size_t from, size_t n, struct survey_batch *batch,
                  struct err *err);
int drawn_weigh(struct search_state *search, size_t from, struct survey_batch *batch,
                struct err *err);

/* covered.c: where there are points already. */
struct covered {
    float *x, *weight; /* n by n_dims; n: those that may not be accepted count less */
    size_t n;
};
void covered_free(struct covered *covered);
/* batch: its drawn points are those at `from`. */
int covered_find(const struct search_state *search, const struct survey_batch *batch, size_t from,
                 struct covered *covered, struct err *err);
/* Squared: the median distance from one of them to the next. */
int covered_spacing(const struct covered *covered, size_t d, float *spacing2, struct err *err);
/* Squared: how near to others n more points may come so that no spot gets far denser than the rest;
 * 0 while no uniform point has told how large the target is. */
float covered_room(const struct covered *covered, const struct survey_snapshot *shot, size_t n);

/* surface.c: where the margins next to accepted points say that the target goes on. */
struct places {
    size_t n, cap;
    float *x;    /* cap by n_dims */
    float *p;    /* probability of the target */
    size_t *row; /* of the snapshot: the accepted point next to which the place is */
};
int surface_propose(const struct search_state *search, struct places *places, struct err *err);

/* candidates.c, and select.c: choosing among them. */
struct candidates {
    size_t n, cap, d;
    float *x;
    float *axes;      /* the same by axis, d by cap, from select_cover on */
    float *score;     /* probability times the chance to run */
    float *p;         /* probability alone */
    uint16_t *family; /* 0: of the uniform pool; k + 1: a child of component k */
    float *nearest;   /* squared distance to what is covered */
    float *even;      /* squared distances count this many times: even_find */
    float *merit;     /* scratch */
};
int candidates_create(struct candidates *candidates, size_t cap, size_t d, struct err *err);
void candidates_free(struct candidates *candidates);
/* Keeps those from `limit` on, at most `most` of them, spread over all. */
void candidates_keep(struct candidates *candidates, float limit, size_t most);
/* The score that `rank` of them reach.  sorted: room for all. */
float candidates_rank(const struct candidates *candidates, size_t rank, float *sorted);
size_t candidates_count(const struct candidates *candidates, float good); /* from that score on */
/* Measures the distances to what is covered already: n_known by d, with their weights.  None counts
 * more than others: even is 1. */
void select_cover(struct candidates *candidates, size_t n_known, const float *known,
                  const float *weight);
/* even.c: factors for the squared distances, so that candidates next to the target's surface seem
 * no farther from what is covered than others.  n_wanted: as many places of the target, at least,
 * are to say what is even; walkers find them where the pool has fewer. */
int even_find(const struct search_state *search, const struct parents *parents,
              struct candidates *candidates, size_t n_wanted, struct err *err);
/* Power of the probability against the distance, in d dimensions. */
double select_power(size_t d);
struct selection {
    size_t n;
    double power;    /* of the score against the distance */
    float from, to;  /* only candidates with from <= score < to */
    float least;     /* and at this squared distance or more from what is covered */
    uint16_t family; /* only this one's; 0: all */
};
/* Up to n more, appended to chosen in the order of choice.  A chosen candidate gets the score -1
 * and counts as covered from then on. */
void select_diverse(struct candidates *candidates, const struct selection *selection,
                    size_t *chosen, size_t *n_chosen);

/* dips.c: the way down to islands far from all that is accepted.  Appends to c, whose merit is
 * scratch, a few of n points, and chooses them. */
int dips_choose(struct search_state *search, struct candidates *c, size_t n, size_t *chosen,
                size_t *n_chosen, struct err *err);

/* misses.c: the way to the target from near misses far from all that is accepted; as
 * dips_choose. */
int misses_choose(struct search_state *search, struct candidates *c, size_t n, size_t *chosen,
                  size_t *n_chosen, struct err *err);

/* explored.c: of n points that may be chosen, how many go elsewhere: search->n_spread of them where
 * nobody has been, the others are drawn from the prior. */
size_t explored_count(struct search_state *search, const struct candidates *c, size_t n_batch,
                      size_t n);

/* spread.c: search->n_spread places, at most `most`, where nobody has been; appends them to c and
 * to chosen.  batch: its uniform points are known to lie where they do. */
int spread_choose(const struct search_state *search, const struct survey_batch *batch,
                  struct candidates *c, size_t most, size_t *chosen, size_t *n_chosen,
                  struct err *err);

/* islands.c: what is small and far from the rest is to be as well known as that. */
enum { ISLANDS_MOST = 12 };
struct islands {
    size_t n, size[ISLANDS_MOST]; /* accepted points of each, about */
    size_t from, to;              /* their candidates */
};
/* Appends places about the islands among the parents' components; they are no one else's. */
int islands_add(struct search_state *search, const struct parents *parents, struct candidates *c,
                struct islands *islands, struct err *err);
/* Accepted rows of the snapshot that lie far from nearly all others, where labels are all there is.
 */
int islands_lone(const struct survey_snapshot *snapshot, bool *is_lone, struct err *err);
/* Chooses a quota for each, of n points in all. */
void islands_choose(struct search_state *search, struct candidates *c,
                    const struct islands *islands, size_t n, size_t *chosen, size_t *n_chosen);

#endif
