/* train.h: a round of learning in its two halves, for src/learn alone. */
#ifndef LEARN_TRAIN_H
#define LEARN_TRAIN_H

#include "ensemble.h"

enum { TRAIN_BATCH = 256, TRAIN_WATCHED = 96, TRAIN_SMOTE_MAX = 512 };

/* Rows by their part in a minibatch; indices into data, or into the synthetic rows from n on. */
struct lists {
    size_t *accepted, *near, *rest;
    size_t n_accepted, n_near, n_rest;
};

struct training {
    const struct learn_config *config; /* with all inputs, as the data */
    const struct learn_data *data;
    struct learn_config wide_config;
    struct learn_data wide_data;
    float *wide_x;
    struct ensemble *model;
    float *y;         /* n by n_groups: targets of the heads */
    float *distance;  /* n: to the target; 0 inside */
    size_t *fold;     /* n */
    struct lists all; /* of everything, then filtered for each member */
    struct lists member;
    float *synthetic; /* n_synthetic by n_inputs */
    size_t n_synthetic;
    /* one minibatch */
    size_t row[TRAIN_BATCH];
    float *x;
    float *gradient, *fresh;
    struct adam adam;
    struct net_work work;
    /* held out: the heads of row i by the member that has not seen it, n by n_out */
    float *heads;
    /* by the Gaussian process, where it has not seen the row (has_kernel): n by n_groups, n */
    float *kernel_mean, *kernel_variance;
    bool *has_kernel;
    float *score;
    int8_t *truth;
    struct stack_row *stack_rows;
    double loss;
    /* how it falls: rows of the member's own fold, at most TRAIN_WATCHED, and the curve so far */
    size_t watched[TRAIN_WATCHED], n_watched;
    struct learn_metrics *metrics;
    /* choice.c: what is trained in this round, and whether the parts are compared after it */
    bool wants_networks, wants_kernel, is_compared;
};

/* Trains w on the lists of t->member for so many steps; returns the loss, smoothed.  is_noted: the
 * curve goes to the metrics. */
double train_steps(struct training *t, float *w, size_t steps, bool is_noted, struct rng *rng);
/* The rows of fold k left out of the member's lists; real ones only. */
void train_leave_out(struct training *t, size_t k);
/* Synthetic rows between the accepted ones of the lists, about as many again, to t->synthetic. */
int train_synthesize(struct training *t, const struct lists *lists, struct rng *rng,
                     struct err *err);

size_t train_n_steps(const struct training *t); /* of a member that begins warm */

/* choice.c: which parts are trained, by what the round before chose; then what they are worth. */
void choice_prepare(struct training *t, const struct ensemble *warm);
int choice_measure(struct training *t, struct err *err);

/* augment.c: is SMOTE worth it?  To be asked last: it uses the lists and the workspace of t. */
int augment_measure(struct training *t, struct err *err);

/* heldout.c: everything that is measured on points that a part of the model has not seen. */
int heldout_fit_kernel(struct training *t, const struct ensemble *warm, struct err *err);
void heldout_predict(struct training *t);
void heldout_measure(struct training *t);
void heldout_calibrate(struct training *t, struct learn_metrics *metrics);

#endif
