/* score.c: the forward pass alone, for candidates by the hundred thousand.
 *
 * What it does: the same layers as net.c, without slopes, on blocks of points that fit into the
 * nearest cache, by kernels in vector types instead of three calls of BLAS with two passes between
 * them: three to five times faster for networks of 64 units.  On x86-64 the widest vectors that
 * the processor has are chosen when the program runs.
 *
 * What it does not: give the same last bits as net.c, or on another kind of processor: sums are
 * taken in another order and with fused multiplication and addition where there is one (BLAS does
 * no other).  On one machine it always gives the same. */
#if defined(__GNUC__) && !defined(__clang__)
#pragma GCC optimize("O3,fp-contract=fast,no-trapping-math,no-math-errno")
#endif
#include "score.h"

#include <string.h>

#if defined(__clang__)
#pragma clang fp contract(fast)
#endif

struct layer {
    size_t n_in, n_out;
    const float *w, *bias;
};

#if defined(__x86_64__)
#define LANES_N 16
#define LANES_TILE 8
#define LANES_NAME(f) f##_512
#define LANES_TARGET __attribute__((target("avx512f,fma")))
#include "lanes.h"

#define LANES_N 8
#define LANES_TILE 4
#define LANES_NAME(f) f##_256
#define LANES_TARGET __attribute__((target("avx2,fma")))
#include "lanes.h"
#endif

#define LANES_N 4
#define LANES_TILE 4
#define LANES_NAME(f) f##_128
#define LANES_TARGET
#include "lanes.h"

int score_room_create(struct score_room *room, struct net_shape s, struct err *err)
{
    *room = (struct score_room){.x = mem_array(s.n_in * SCORE_POINTS, sizeof(float)),
                                .a = mem_array(s.n_hidden * SCORE_POINTS, sizeof(float)),
                                .b = mem_array(s.n_hidden * SCORE_POINTS, sizeof(float)),
                                .y = mem_array(s.n_out * SCORE_POINTS, sizeof(float))};
    if (room->x && room->a && room->b && room->y)
        return 0;
    score_room_free(room);
    return mem_error(err);
}

void score_room_free(struct score_room *room)
{
    mem_free(room->x);
    mem_free(room->a);
    mem_free(room->b);
    mem_free(room->y);
    *room = (struct score_room){0};
}

static void forward(const struct layer layers[3], struct score_room *room)
{
#if defined(__x86_64__)
    if (__builtin_cpu_supports("avx512f") && __builtin_cpu_supports("fma")) {
        network_512(layers, room);
        return;
    }
    if (__builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma")) {
        network_256(layers, room);
        return;
    }
#endif
    network_128(layers, room);
}

void score_network(struct net_shape s, const float *w, size_t n, const float *x,
                   struct score_room *room, size_t stride, float *y)
{
    struct net_layout at = net_layout(s);
    const struct layer layers[3] = {
        {.n_in = s.n_in, .n_out = s.n_hidden, .w = w + at.w1, .bias = w + at.b1},
        {.n_in = s.n_hidden, .n_out = s.n_hidden, .w = w + at.w2, .bias = w + at.b2},
        {.n_in = s.n_hidden, .n_out = s.n_out, .w = w + at.w3, .bias = w + at.b3}};
    size_t from, i, j;

    for (from = 0; from < n; from += SCORE_POINTS) {
        size_t rows = n - from < SCORE_POINTS ? n - from : SCORE_POINTS;

        /* what is left of an earlier block fills the lanes of a short one */
        for (i = 0; i < rows; i++)
            for (j = 0; j < s.n_in; j++)
                room->x[j * SCORE_POINTS + i] = 2.0f * x[(from + i) * s.n_in + j] - 1.0f;
        forward(layers, room);
        for (j = 0; j < s.n_out; j++)
            memcpy(y + j * stride + from, room->y + j * SCORE_POINTS, rows * sizeof *y);
    }
}
