/* learn.h: what the scan has taught so far: networks that predict, for any point of the unit cube,
 * the probability of the target, the margins of the constraints, and the probability that the chain
 * of calculators fails.
 *
 * An ensemble of small multilayer perceptrons in float32 over BLAS and a Gaussian process, together
 * or by itself one of them, with heads for the label, for
 * each margin (squashed around the cut) and for failure.  SMOTE rows (Chawla et al., JAIR 16 (2002)
 * 321, or two of its kin) augment the training data only.  Probabilities are calibrated on held-out
 * points.  The budget of a training is a number of steps, not of epochs: its time does not grow
 * with the store.
 *
 * Everything is a function of the data, the configuration and the seed: the same round trained
 * again gives the same weights, bit for bit. */
#ifndef THEODOLITE_LEARN_H
#define THEODOLITE_LEARN_H

#include "theodolite/judge.h"

struct learn_config {
    size_t n_inputs;
    size_t n_margins;              /* 0: label only */
    bool use_label;                /* false: METHOD_REGRESSOR */
    size_t members, hidden, steps; /* 0: the default */
    enum search_smote smote;
    size_t smote_neighbours;
    enum search_learner learner;
    uint64_t seed;
    uint64_t round;
    /* Label of a row of margins; called from the learner's thread. */
    enum truth (*label_of)(const void *context, const double *margins);
    const void *label_context;
};

/* Borrowed for the call. */
struct learn_data {
    size_t n;
    const float *x;          /* n by n_inputs, unit cube */
    const int8_t *label;     /* n: 1, 0; -1 unknown (not used for the label head) */
    const int8_t *is_failed; /* n */
    const float *margins;    /* n by n_margins, NaN where unknown */
    /* n: how many points a row stands for where the rows are a sample of more, for the calibration;
     * NULL: one each */
    const float *weight;
};

enum { LEARN_LOSSES = 32 };
struct learn_metrics {
    double auc; /* held out; NaN while it cannot be known */
    double brier, brier_before_calibration;
    double log_loss;
    double train_loss;
    double failure_auc;
    size_t n_train, n_held_out, n_smote;
    double cpu_s;
    /* What SMOTE is worth: the label's head of a network trained with synthetic rows against that
     * of one without, on points that neither has seen; above 0 it helps.  All NaN in rounds
     * that do not measure it.  The errors are those of the paired differences. */
    struct learn_smote {
        double auc, log_loss; /* with */
        double auc_gain, auc_gain_error;
        double log_loss_gain, log_loss_gain_error; /* how much lower it is with */
        size_t n_held_out;
    } smote;
    /* Which parts of the model are worth training (choice.c).  Log losses of each alone and of both
     * on the same held-out points, calibrated; NaN where they were not compared.  Work as counted
     * operations in 1e9, never by the clock: the same scan makes the same choice. */
    struct learn_choice {
        enum search_learner chosen;    /* LEARNER_AUTO: both; holds from the next round on */
        bool has_networks, has_kernel; /* trained in this round */
        double network, kernel, both;
        double kernel_gain, kernel_gain_error; /* of the kernel over the networks, paired */
        double network_work, kernel_work;
        size_t n;
    } choice;
    /* calibration, 10 bins of said probability on held-out points */
    struct {
        double said, found;
        size_t n;
    } bins[10];
    /* How the loss fell within this training, mean of the members; after `step` steps: on the
     * minibatches since the entry before, and on points that the member leaves out, drawn in the
     * same parts (NaN where there is none). */
    size_t n_losses;
    struct learn_loss {
        size_t step;
        double train, held_out;
    } losses[LEARN_LOSSES];
};

struct ensemble;
/* warm: the model of the round before, or NULL. */
struct ensemble *learn_train(const struct learn_config *config, const struct learn_data *data,
                             const struct ensemble *warm, struct learn_metrics *metrics,
                             struct err *err);
void ensemble_free(struct ensemble *model);
struct prediction {
    /* 0: the target itself.  Above: every margin is shifted by scale * sinh(relax) before the label
     * is asked, which answers for an easier target while the true one has no point yet (not
     * calibrated). */
    double relax;
    float *target;  /* n: calibrated probability of being accepted, given that the chain runs */
    float *failure; /* n: probability that the chain fails; may be NULL */
    float *spread;  /* n: disagreement of the ensemble; may be NULL */
    float
        *margins; /* n by n_margins, mean of the ensemble, in units of the squashing; may be NULL */
};
/* x: n by n_inputs.  Scratch memory is the model's own: one thread at a time. */
int ensemble_predict(struct ensemble *model, size_t n, const float *x, const struct prediction *out,
                     struct err *err);
/* A quick and generous guess by the best network alone: what is near 0 here need not be asked. */
void ensemble_screen(struct ensemble *model, size_t n, const float *x, double relax, float *target);
/* n rows of raw margins (n by n_margins): least relax with which the row would be accepted; 0 when
 * it is; infinite when none does, a margin is unknown, or nothing was learned of the margins. */
void ensemble_distances(const struct ensemble *model, size_t n, const float *margins,
                        float *distance);
/* To bytes and back, exactly. */
int ensemble_save(const struct ensemble *model, struct buf *out, struct err *err);
struct ensemble *ensemble_load(const void *data, size_t n, const struct learn_config *config,
                               struct err *err);

/* SMOTE: n_new points on chords between a point and one of its k nearest neighbours in the same
 * component (friends-of-friends).  x: n by d; out: n_new by d. */
int smote_extend(size_t n, size_t d, const float *x, size_t k, size_t n_new, struct rng *rng,
                 float *out, struct err *err);
/* The same in one of three ways (smote.c), two of which begin where the other class is near.
 * *n_new becomes 0 where no point is to be extended: none is in danger, or none has a neighbour of
 * the other class. */
struct smote_data {
    size_t n, d;
    const float *x; /* n by d: the class that is extended */
    size_t n_others;
    const float *others; /* n_others by d: the other class */
};
int smote_extend_by(enum search_smote kind, const struct smote_data *data, size_t k, size_t *n_new,
                    struct rng *rng, float *out, struct err *err);
/* Components by friends-of-friends: component[i] in 0 .. *n_components-1. */
int learn_components(size_t n, size_t d, const float *x, size_t *component, size_t *n_components,
                     struct err *err);
double learn_auc(size_t n, const float *score, const int8_t *label);

/* ---- regression of one number --------------------------------------------------------------- */

/* y(x) = sum_k gate_k head_k(x): one network of two layers whose heads are added with gates that
 * are given with every row (one gate of 1: plain regression). */
struct regress_config {
    size_t n_inputs, n_gates, n_hidden, steps;
    uint64_t seed, round;
};
/* Borrowed for the call.  Rows from n_in on are held out: they choose when to stop. */
struct regress_data {
    size_t n, n_in;
    const float *x;      /* n by n_inputs, about 0 .. 1 */
    const float *gates;  /* n by n_gates */
    const float *y;      /* n */
    const float *weight; /* n: mean about 1 */
};
struct regressor;
struct regressor *learn_regress(const struct regress_config *config,
                                const struct regress_data *data, struct err *err);
void regressor_free(struct regressor *model);
/* y: n.  Any number of threads may ask at once. */
int regressor_predict(const struct regressor *model, size_t n, const float *x, const float *gates,
                      float *y, struct err *err);
/* To bytes and back, exactly; read moves *data and *n behind what it has read. */
int regressor_write(const struct regressor *model, struct buf *out, struct err *err);
struct regressor *regressor_read(const char **data, size_t *n, struct err *err);

#endif
