/* ensemble.h: the trained ensemble, for src/learn alone. */
#ifndef LEARN_ENSEMBLE_H
#define LEARN_ENSEMBLE_H

#include "calibrate.h"
#include "inputs.h"
#include "kernel.h"
#include "score.h"
#include "squash.h"

enum {
    MODEL_BLOCK = 512 /* rows of one prediction */,
    MODEL_SUMS = 8,
    MODEL_DRAWS = 16,
    MODEL_MEMBERS_MAX = 32,
    MODEL_MEMBERS_DEFAULT = 5
};

/* Heads in the order of the output: n_groups margins, the label, the failure. */
struct ensemble {
    struct inputs inputs;
    struct net_shape shape;
    size_t members, n_weights;  /* weights of one member */
    bool use_label;             /* the label head takes part in the probability */
    bool has_failure;           /* failures have been seen: the head was trained */
    bool has_networks;          /* false: the kernel alone; weights are those of chance */
    enum search_learner chosen; /* what is to be trained in the next round (choice.c) */
    double failure_base;        /* share of failures in the data */
    struct squash squash;
    struct labeller labeller;
    struct stack stack, failure_stack;
    float *weights; /* members by n_weights */
    float *sigma;   /* members by n_groups: residual of each head, units of the head */
    float *share;   /* members + 1: weight in the probability, sum 1; the last is the kernel's */
    /* A further member, or NULL: for the margins; without margins for the label, as a number that
     * is 0 or 1. */
    struct kernel *kernel;
    float *kernel_scale; /* n_groups: what its variance is multiplied with */
    float *bandwidth;    /* members */
    float *normal;       /* MODEL_DRAWS by n_groups */
    /* Scratch of one block.  Apart from the inputs, points lie along the rows. */
    struct score_room room;
    float *wide;   /* MODEL_BLOCK by shape.n_in: the inputs */
    float *heads;  /* n_out by MODEL_BLOCK */
    float *sigmas; /* n_groups by MODEL_BLOCK */
    float *sums;   /* MODEL_SUMS + n_groups by MODEL_BLOCK (predict.c) */
};

/* All arrays allocated, weights zero.  squash must be set before for n_groups.  The inputs are
 * copied. */
struct ensemble *ensemble_create(const struct learn_config *config, const struct squash *squash,
                                 const struct inputs *inputs, struct err *err);
/* The probability by the margins of one row of heads of member k. */
double ensemble_margin_probability(const struct ensemble *model, size_t k, const float *heads,
                                   double relax);
/* ... of the kernel's mean (n_groups) and variance. */
double ensemble_kernel_probability(const struct ensemble *model, const float *mean, float variance,
                                   double relax);
bool ensemble_uses_margins(const struct ensemble *model);
/* Does the kernel regress the label?  What it says then is made a score for the stack. */
bool ensemble_has_label_kernel(const struct ensemble *model);
double ensemble_label_score(float mean);
/* Without margins: is there a level (level.c) among the inputs?  It has seen all rows but those of
 * fold 0. */
bool ensemble_has_level(const struct ensemble *model);
/* Index of the fold that a point (n_axes) belongs to: a property of the position, so that a point
 * stays held out of the same member in all rounds. */
size_t ensemble_fold(size_t members, size_t n_axes, const float *x);

#endif
