/* adaptive.h: the inside of adaptive sampling, for integrands that cost less than asking a network.
 *
 * The proposal is found in a few training rounds: a map of each axis (as VEGAS has, with densities
 * linear between knots), and on the mapped cube a tree of boxes, each with its own density.  After
 * the first of them modes are searched for; peaks that the points had missed get Gaussians of their
 * own beside the boxes.  Then it is frozen, and what estimates is independent scrambled Sobol
 * sequences sent through it, a ninth of the points uniform. */
#ifndef STRATA_ADAPTIVE_H
#define STRATA_ADAPTIVE_H

#include "private.h"
#include "search.h"
#include "sobol.h"

/* NaN for numbers, 0 for counts. */
/* Adds an alarm and a sentence about it, ended by a blank. */
void result_doubt(struct strata_result *result, unsigned alarm, const char *format, ...)
    __attribute__((format(printf, 3, 4)));
void result_unknown(struct strata_result *result);
/* Is the error as small as was asked for?  True where nothing was asked for. */
bool result_is_reached(const struct strata_result *result, const struct strata_config *config);

/* ---- the map of an axis (adaptive-map.c) ----------------------------------------------------- */

enum { MAP_BINS = 64, MAP_GUIDE = 256 };

/* A density on [0, 1], linear within each of n bins. */
struct axis_map {
    uint32_t n;
    double at[MAP_BINS + 1];    /* edges */
    double value[MAP_BINS + 1]; /* density there */
    double mass[MAP_BINS + 1];  /* integral up to there; mass[n] = 1 */
    uint8_t guide[MAP_GUIDE];   /* first bin that may hold the mass k / MAP_GUIDE */
    uint8_t place[MAP_GUIDE];   /* first bin that may hold the place k / MAP_GUIDE */
};
void map_flat(struct axis_map *map);
struct map_data {
    size_t n;
    const double *x; /* of point i: x[i * stride] */
    size_t stride;
    const double *weight; /* n */
};
/* Fits the density of weighted points; old: the map of the round before, whose resolution is made
 * finer where the weight is. */
void map_fit(struct axis_map *map, const struct axis_map *old, const struct map_data *data);
/* Mass y in (0, 1) to place x; the density there. */
double map_place(const struct axis_map *map, double y, double *density);
/* Place to mass; the density there. */
double map_mass(const struct axis_map *map, double x, double *density);

/* ---- the tree of boxes (adaptive-boxes.c) -----------------------------------------------------
 */

/* A node with child > 0 sends what is below `cut` on `axis` to nodes[child], the rest to
 * nodes[child + 1]; the lower one has the share `part` of its probability.  A leaf (child = 0) has
 * the density exp(log_density) on its box. */
struct boxes_node {
    uint32_t child, axis;
    double cut, part;
    double stretch[2]; /* of the coordinate below and above `part` */
    double density;
};
struct boxes {
    size_t n_dims, n_nodes, n_leaves;
    double integral; /* of the control variate */
    struct boxes_node *nodes;
    double *slopes; /* n_nodes by n_dims + 1: the control variate of a leaf, over its density: mean,
                       and rise from the lower to the upper edge of each axis */
    double *edges;  /* n_nodes by 2 n_dims: lower and upper edges */
};
struct boxes_data {
    size_t n, n_dims;
    const double *y; /* n by n_dims */
    const double *g; /* n: the function there, over the density of the map */
    const double *w; /* n: how much of the volume the point stands for; any scale */
};
struct boxes *boxes_flat(size_t n_dims, struct err *err);
struct boxes *boxes_grow(const struct boxes_data *data, size_t n_leaves, struct err *err);
void boxes_free(struct boxes *tree);
/* The density at a point and what the function is thought to be there: over it. */
struct boxes_value {
    double density, control;
};
/* n uniform points u of the unit cube to y (in place). */
void boxes_place(const struct boxes *tree, size_t n, double *u, struct boxes_value *values);
struct boxes_value boxes_at(const struct boxes *tree, const double *y);

/* ---- one proposal (adaptive-chunk.c) ----------------------------------------------------------
 */

/* q = uniform + (1 - uniform) ((1 - p) tree(map(x)) prod map'(x) + p peaks(x)), p = n_eighths / 8
 */
struct shape {
    size_t n_dims;
    double uniform;
    struct axis_map *maps; /* n_dims */
    struct boxes *tree;
    struct proposal *peaks; /* NULL: there are none */
    uint32_t n_eighths;     /* theirs, of the points that are not uniform */
};
int shape_flat(struct shape *shape, size_t n_dims, struct err *err);
void shape_free(struct shape *shape);
/* Points of a chunk: uniform ones that stay, others that maps and boxes move, and behind them those
 * that the peaks have placed. */
struct chunk_sizes {
    size_t n_uniform, n, n_peaks;
};
/* q: of each; control: what the function is thought to be there over q; its mean is
 * shape_integral. */
void shape_place(const struct shape *shape, const struct chunk_sizes *sizes, double *x, double *q,
                 double *control);
double shape_integral(const struct shape *shape);
/* Adds scale times the density at n points to q. */
void shape_add_density(const struct shape *shape, double scale, size_t n, const double *x,
                       double *q);
/* Place after the maps; returns the density of the maps there. */
double shape_mapped(const struct shape *shape, const double *x, double *y);
int shape_write(const struct shape *shape, struct buf *out, struct err *err);
int shape_read(struct shape *shape, size_t n_dims, const char **data, size_t *n, struct err *err);

/* ---- heights (adaptive-heights.c) -------------------------------------------------------------
 */

/* Sums over the points with |F| in a quarter of an octave; w = 1/q. */
struct height_sum {
    double n, w, w2, wf, w2f, w2f2;
};
/* Octaves below and above the largest height of the training; the middle one is for zero and what
 * is below. */
enum { OCTAVES_BELOW = 56, OCTAVES_ABOVE = 8, PER_OCTAVE = 4 };
enum { HEIGHTS_SIDE = (OCTAVES_BELOW + OCTAVES_ABOVE) * PER_OCTAVE };
enum { N_HEIGHTS = 2 * HEIGHTS_SIDE + 1 };
/* Index of a height; top: binary exponent of the largest height of the training. */
size_t height_index(double f, int top);
/* Adds N_HEIGHTS sums that lie anywhere. */
void heights_add(struct height_sum heights[N_HEIGHTS], const void *bytes);
/* n_calls: of all sums; fills the classes of the result. */
int heights_classes(const struct height_sum sums[N_HEIGHTS], double n_calls, int top,
                    const struct strata_config *config, struct strata_class *classes,
                    size_t *n_classes, struct err *err);

/* ---- the integration --------------------------------------------------------------------------
 */

enum { ADAPTIVE_CHUNK = 16384, ADAPTIVE_REPLICATES = 24 };
/* Training rounds: some that only learn, then one for each kind of proposal, in replicates, to see
 * which is best. */
enum shape_kind { SHAPE_FLAT, SHAPE_MAPS, SHAPE_BOXES, N_SHAPES };
enum { ADAPTIVE_LEARNING = 3, ADAPTIVE_TRAININGS = ADAPTIVE_LEARNING + N_SHAPES };
enum { ADAPTIVE_TRIALS = 16 }; /* replicates of one kind */

enum { ADAPTIVE_TAIL = 128, ADAPTIVE_TOPS = 64 };
struct call_top {        /* one of the calls that weigh most */
    double weight, size; /* |F|/q, |F| */
};
/* Of one chunk of an estimating round, and of all those of a replicate. */
struct chunk_sums {
    double n, sum, sum2, sum_abs; /* of F/q, of its square, of |F|/q */
    double control;               /* of the control */
    double rest2, most_rest;      /* of the square of what it leaves, and the largest */
    double failed;                /* of 1/q where calls fail */
    double n_failed;              /* calls */
    double foreseen;              /* int |F| where they fail, by failures.c, times n */
    double most, most_weight;     /* largest |F|, |F|/q */
    /* F/q by octaves of its size: how many calls, and their squares */
    double tail_n[ADAPTIVE_TAIL], tail2[ADAPTIVE_TAIL];
    double most_uniform, n_uniform;      /* among the uniform points */
    struct call_top tops[ADAPTIVE_TOPS]; /* descending */
};

/* What of a replicate's sums the integral is made of. */
struct replicate_sums {
    double n, sum, sum2, control;
};

/* What the search has met, as it reckons itself. */
struct adaptive_found {
    size_t n;
    double *x, *f, *intensity; /* x: n by n_dims; intensity: points per volume */
    struct search_found about;
    size_t n_begun;   /* uniform points with F not 0, which it began at */
    double effective; /* as many of them weigh alike */
    double most;      /* largest |F| */
    double mass[ADAPTIVE_TAIL],
        mass_most[ADAPTIVE_TAIL]; /* of int |F|, and the largest |F|, by octaves
        of the weight that a call there has under the frozen proposal */
    double weight_least;          /* |F| / q in a peak that was missed, q: of maps and boxes then */
};

struct adaptive {
    struct strata_config config;
    uint32_t round; /* trainings first */
    uint64_t n_calls;
    /* search */
    uint64_t n_search; /* calls at most, after the first round; 0: there is none */
    bool is_searching; /* it is next */
    bool has_peaks;    /* that the points had missed */
    struct adaptive_found found;
    /* training */
    size_t n_trainings, n_train[ADAPTIVE_TRAININGS];
    struct shape shapes[ADAPTIVE_TRAININGS + 1]; /* of each round; the last one is frozen */
    size_t n_points, n_before, n_room;           /* n_before: before this round */
    double *x, *f, *q;       /* x: n by n_dims; q: of all training rounds so far, as one mixture */
    double spread[N_SHAPES]; /* variance of a call under each kind, as its own points say */
    double gain[N_SHAPES];   /* power of the length by which even points are better */
    enum shape_kind kind;    /* of the frozen one */
    int top;                 /* binary exponent of the largest height */
    double most_train;
    /* estimating */
    size_t n_looks; /* at the estimate, that were planned when it began */
    size_t n_replicates;
    uint64_t first, behind; /* of each replicate's tree part: points of this round */
    uint64_t n_uniform_of;  /* a uniform point for so many of those; 0: none */
    struct chunk_sums *replicates;
    struct replicate_sums before[ADAPTIVE_REPLICATES]; /* this round */
    struct height_sum *heights;
    /* history */
    size_t n_merged; /* chunks of this round */
    uint64_t n_failed;
    double absolute[ADAPTIVE_TRAININGS], absolute_error[ADAPTIVE_TRAININGS]; /* int |F| */
    size_t n_rounds; /* trainings and the search first */
    struct strata_round rounds[64];
};
/* Is this one of the rounds of the history that estimate? */
bool adaptive_is_look(const struct adaptive *adaptive, size_t k);

/* Looks at the estimate on the way to n_calls, when it may end before. */
enum { ADAPTIVE_LOOKS = 6 };
bool adaptive_wants_error(const struct adaptive *adaptive);

struct estimate {
    double mean, error, share; /* share: of the squared spread, by one replicate */
    double freedom;            /* degrees of it in the error */
    double tail;               /* of the error: what calls that are rarer than these may add */
};
struct estimate adaptive_estimate(const struct adaptive *adaptive); /* of all rounds */
/* Of the points since `before`, which are put there for the next time. */
struct estimate adaptive_estimate_alone(struct adaptive *adaptive);
/* Which alarms would be raised now. */
unsigned adaptive_alarms(const struct adaptive *adaptive);
/* The standard deviation of what is known then, Student's: a little more than the spread. */
double estimate_error(const struct estimate *estimate);

/* Octave of a weight; the largest height of the training, top, stands three quarters up. */
size_t tail_index(double size, int top);
void chunk_sums_add(struct chunk_sums *to, const struct chunk_sums *from);
/* Points of chunk k: replicate and ranges. */
struct chunk_range {
    size_t replicate;
    uint64_t first, n, first_uniform, n_uniform, first_peaks, n_peaks;
};
struct chunk_range adaptive_range(const struct adaptive *adaptive, size_t chunk);
size_t chunk_size(const struct chunk_range *range); /* points of all kinds */
bool adaptive_is_training(const struct adaptive *adaptive);
/* Bytes of one chunk's sums. */
size_t adaptive_sums_size(const struct adaptive *adaptive);
/* The points of a chunk, n of them, with density and control of each. */
struct chunk_points {
    double *x, *q, *control;
};
int adaptive_points(const struct adaptive *adaptive, size_t chunk,
                    const struct chunk_points *points, struct err *err);

/* ---- the search (adaptive-search.c) -----------------------------------------------------------
 */

/* Of n calls in all rounds that train, how many it may make; 0: too few for it. */
uint64_t adaptive_search_calls(size_t n_dims, uint64_t n);
/* All of it, from the uniform points; appends what was met. */
int adaptive_search(const struct adaptive *adaptive, const struct integrand *integrand,
                    struct buf *out, struct err *err);
int adaptive_take_search(struct adaptive *adaptive, const void *bytes, size_t n, struct err *err);
/* Are there peaks that points of this proposal had missed? */
bool adaptive_has_missed(struct adaptive *adaptive, const struct shape *shape);
/* int F^2 / q as the points of the training say, and as the search reckons. */
double adaptive_known_square(const struct adaptive *adaptive, const struct shape *shape);
double adaptive_found_square(const struct adaptive *adaptive, const struct shape *shape);
/* Puts its points into the octaves of their weights. */
void adaptive_weigh_found(struct adaptive *adaptive, const struct shape *frozen);
/* Gaussians where |F| is by all points; NULL without an error: there are none. */
struct proposal *adaptive_fit_peaks(const struct adaptive *adaptive, const struct proposal *warm,
                                    struct err *err);
/* Their share for which int F^2 / q is least. */
uint32_t adaptive_share_peaks(const struct adaptive *adaptive, const struct shape *shape);

#endif
