/* squash.h: margins as numbers that a network can learn, for src/learn alone.
 *
 * Margins that differ by a sign and a constant (x - lo and hi - x) come from one observable; they
 * form a group with one head.  A group's value v is its first margin; the head learns
 *     y = (asinh((v - centre) / scale) - mean) / sd,
 * linear around the cuts and logarithmic far away.  Thus predictions stay meaningful over many
 * orders of magnitude, and a cut that moves later needs no new network. */
#ifndef LEARN_SQUASH_H
#define LEARN_SQUASH_H

#include "theodolite/learn.h"

enum { SQUASH_MAX = 64 /* margins */, SQUASH_TABLE = 12 /* margins with a table of labels */ };

struct squash {
    uint32_t n_margins, n_groups;
    /* per margin: margin = sign * v(group) + offset; group UINT32_MAX: too few values to learn */
    uint32_t group[SQUASH_MAX];
    double sign[SQUASH_MAX], offset[SQUASH_MAX];
    /* per group */
    uint32_t first[SQUASH_MAX]; /* the margin that is v */
    double centre[SQUASH_MAX], scale[SQUASH_MAX], mean[SQUASH_MAX], sd[SQUASH_MAX];
};

/* How the label follows from the margins. */
struct labeller {
    enum truth (*label_of)(const void *context, const double *margins);
    const void *context;
    bool is_conjunction;             /* every margin must be positive, nothing else counts */
    int8_t table[1 << SQUASH_TABLE]; /* by the signs of the margins; used up to SQUASH_TABLE */
    size_t n_margins;
};
void labeller_init(struct labeller *labeller, const struct learn_config *config);
bool labeller_says_yes(const struct labeller *labeller, const double *margins);

/* From data.  before (may be NULL) is kept as it is where it still fits, for a warm start. */
int squash_fit(struct squash *squash, const struct learn_data *data,
               const struct learn_config *config, const struct squash *before, struct err *err);
/* Heads' targets of one row: n_groups, NaN where unknown. */
void squash_row(const struct squash *squash, const float *margins, float *y);
/* Raw margins (n_margins) from heads (n_groups).  Margins without a head are set to `unlearned`. */
void squash_inverse(const struct squash *squash, const float *y, double unlearned, double *margins);
/* Least shift of all margins (asinh(shift / scale), in units of the squashing) that would make the
 * row accepted; 0 when it is, INFINITY when no shift does or a margin is unknown. */
float squash_distance(const struct squash *squash, const struct labeller *labeller,
                      const float *margins);
/* Between which heads each group's value lies inside all of its cuts: those of a conjunction. */
struct squash_cuts {
    float low[SQUASH_MAX], high[SQUASH_MAX]; /* n_groups; infinite where there is none */
};
void squash_cuts(const struct squash *squash, double relax, struct squash_cuts *cuts);
/* Of many points at once, for conjunctions: p[i], with head y[g * stride + i] and its deviation
 * sigma[g * stride + i]; within 4e-7 of squash_probability. */
void squash_conjunctions(size_t n_groups, const struct squash_cuts *cuts, size_t n, size_t stride,
                         const float *y, const float *sigma, float *p);
/* Probability that the target holds where the heads are normal with means y and deviations sigma
 * (units of y).  relax: shift of all margins as above.  draws: n_draws by n_groups standard
 * normals, for targets that are no conjunctions. */
struct squash_draws {
    size_t n;
    const float *normal;
};
double squash_probability(const struct squash *squash, const struct labeller *labeller,
                          const float *y, const float *sigma, double relax,
                          const struct squash_draws *draws);

#endif
