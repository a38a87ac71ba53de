/* net.h: one multilayer perceptron, for src/learn alone.
 *
 * x (unit cube, n_in) -> 2x - 1 -> sine layer -> bounded layer -> linear heads (n_out).
 * All weights lie in one flat array: W1 (n_in by h), b1, W2 (h by h), b2, W3 (h by n_out), b3;
 * row-major, so that a block of inputs times W is the block of the next layer. */
#ifndef LEARN_NET_H
#define LEARN_NET_H

#include "theodolite/base.h"

struct net_shape {
    size_t n_in, n_hidden, n_out;
};

/* Offsets into the flat array, and its length. */
struct net_layout {
    size_t w1, b1, w2, b2, w3, b3, size;
};
struct net_layout net_layout(struct net_shape shape);

/* Workspace for blocks of at most n_rows. */
struct net_work {
    size_t n_rows;
    float *x;       /* n_rows by n_in: centred inputs */
    float *a1, *g1; /* n_rows by h: activation, then its slope */
    float *a2, *g2;
    float *y, *dy; /* n_rows by n_out: heads, and the loss' slope in them */
    float *ones;   /* n_rows */
};
int net_work_create(struct net_work *work, struct net_shape shape, size_t n_rows, struct err *err);
void net_work_free(struct net_work *work);

/* bandwidth: standard deviation of the sine layer's angular frequencies per axis, for inputs in
 * -1 .. 1. */
void net_init(struct net_shape shape, float bandwidth, struct rng *rng, float *w);
/* Shrink and perturb (Ash, Adams, arXiv:1910.08475): w = shrink w + noise * fresh weights. */
void net_perturb(struct net_shape shape, float bandwidth, float shrink, float noise,
                 struct rng *rng, float *fresh, float *w);
/* x: n by n_in, unit cube, n <= work->n_rows.  Heads to work->y. */
void net_forward(struct net_shape shape, const float *w, size_t n, const float *x,
                 struct net_work *work);
/* After net_forward with work->dy filled: gradient of the loss, as long as w. */
void net_backward(struct net_shape shape, const float *w, size_t n, struct net_work *work,
                  float *gradient);

/* Adam (Kingma, Ba, arXiv:1412.6980), with decoupled weight decay on all but the first layer. */
struct adam {
    float *m, *v; /* as long as w, zero at the start */
    size_t t;
};
void adam_step(struct adam *adam, size_t n, float rate, const float *gradient, float *w);

#endif
