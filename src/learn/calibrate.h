/* calibrate.h: from two scores to one probability, and the figures of merit, for src/learn. */
#ifndef LEARN_CALIBRATE_H
#define LEARN_CALIBRATE_H

#include "theodolite/learn.h"

/* p = 1 / (1 + exp(-(margin * logit(pm) + label * logit(pl) + offset))). */
struct stack {
    double margin, label, offset;
};
struct stack_row {
    float margin, label; /* logits; 0 where that score does not exist */
    float truth;         /* 0 or 1 */
    float fold;          /* 0 or 1: halves for the honest figures */
    float weight;        /* how many points it stands for */
};

double logit(double p);
double stack_apply(const struct stack *stack, double logit_margin, double logit_label);
/* Regularised logistic regression on rows whose fold is not `except` (-1: all), by their weights as
 * shares.  prior: what the coefficients are pulled to, one unit wide. */
struct stack stack_fit(size_t n, const struct stack_row *rows, int except,
                       const struct stack *prior);
/* Brier score, log loss and calibration bins of n probabilities against the rows' truth. */
void calibrate_score(size_t n, const float *p, const struct stack_row *rows,
                     struct learn_metrics *metrics);

#endif
