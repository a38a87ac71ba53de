/* score.h: what a trained network says of many points, fast; for src/learn alone. */
#ifndef LEARN_SCORE_H
#define LEARN_SCORE_H

#include "net.h"

enum { SCORE_POINTS = 32 }; /* of one pass: a block of them stays in the nearest cache */

struct score_room {
    float *x;     /* n_in by SCORE_POINTS, -1 .. 1 */
    float *a, *b; /* n_hidden by SCORE_POINTS */
    float *y;     /* n_out by SCORE_POINTS */
};
int score_room_create(struct score_room *room, struct net_shape shape, struct err *err);
void score_room_free(struct score_room *room);
/* x: n by n_in, unit cube.  Heads to y, head o of point i at y[o * stride + i], stride >= n. */
void score_network(struct net_shape shape, const float *w, size_t n, const float *x,
                   struct score_room *room, size_t stride, float *y);

#endif
