/* random.c: counter-based random streams.
 *
 * Philox4x32-10: J. K. Salmon, M. A. Moraes, R. O. Dror, D. E. Shaw, "Parallel random numbers: as
 * easy as 1, 2, 3", SC11 (2011), doi:10.1145/2063384.2063405, section 3.3 and its constants.  A
 * block of four words is a keyed bijection of a 128-bit counter, so a stream needs no history:
 *
 *     key     = seed                                  (64 bits)
 *     counter = index (64 bits) | purpose (16 bits) | number of the block (48 bits)
 *
 * Two streams differ in the upper bits of the counter and never meet.  Not for cryptography. */
#include "theodolite/base.h"

#include <math.h>

#define ROUNDS 10
#define MULTIPLIER_0 0xD2511F53u
#define MULTIPLIER_1 0xCD9E8D57u
#define WEYL_0 0x9E3779B9u /* golden ratio */
#define WEYL_1 0xBB67AE85u /* sqrt(3) - 1 */

static const double two_pi = 6.283185307179586476925286766559;

static void philox_block(const uint32_t counter[4], const uint32_t key[2], uint32_t out[4])
{
    uint32_t c0 = counter[0], c1 = counter[1], c2 = counter[2], c3 = counter[3];
    uint32_t k0 = key[0], k1 = key[1];
    int round;

    for (round = 0; round < ROUNDS; round++) {
        uint64_t p0 = (uint64_t)MULTIPLIER_0 * c0;
        uint64_t p1 = (uint64_t)MULTIPLIER_1 * c2;

        c0 = (uint32_t)(p1 >> 32) ^ c1 ^ k0;
        c2 = (uint32_t)(p0 >> 32) ^ c3 ^ k1;
        c1 = (uint32_t)p1;
        c3 = (uint32_t)p0;
        k0 += WEYL_0;
        k1 += WEYL_1;
    }
    out[0] = c0;
    out[1] = c1;
    out[2] = c2;
    out[3] = c3;
}

struct rng rng_stream(uint64_t seed, enum rng_purpose purpose, uint64_t index)
{
    return (struct rng){
        .key = {(uint32_t)seed, (uint32_t)(seed >> 32)},
        .counter = {0, (uint32_t)purpose << 16, (uint32_t)index, (uint32_t)(index >> 32)},
        .n_used = 4,
    };
}

uint32_t rng_u32(struct rng *rng)
{
    if (rng->n_used == 4) {
        philox_block(rng->counter, rng->key, rng->block);
        rng->n_used = 0;
        if (++rng->counter[0] == 0)
            rng->counter[1]++;
    }
    return rng->block[rng->n_used++];
}

uint64_t rng_u64(struct rng *rng)
{
    uint64_t low = rng_u32(rng);

    return low | (uint64_t)rng_u32(rng) << 32;
}

/* Multiples of 2^-53, the largest 1 - 2^-53; the one draw in 2^53 that is 0 becomes 2^-54. */
double rng_uniform(struct rng *rng)
{
    uint64_t bits = rng_u64(rng) >> 11;

    return bits == 0 ? 0x1p-54 : (double)bits * 0x1p-53;
}

/* G. E. P. Box, M. E. Muller, Ann. Math. Statist. 29 (1958) 610: always two uniforms for one
 * normal, so that the place in the stream does not depend on the values drawn. */
double rng_normal(struct rng *rng)
{
    double radius = sqrt(-2.0 * log(rng_uniform(rng)));

    return radius * cos(two_pi * rng_uniform(rng));
}

/* Rejection under the smallest mask of ones that covers n - 1: at most every second try is lost. */
uint64_t rng_below(struct rng *rng, uint64_t n)
{
    uint64_t mask = n > 0 ? n - 1 : 0, draw;

    if (mask == 0)
        return 0;
    mask |= mask >> 1;
    mask |= mask >> 2;
    mask |= mask >> 4;
    mask |= mask >> 8;
    mask |= mask >> 16;
    mask |= mask >> 32;
    do {
        draw = (n <= UINT32_MAX ? rng_u32(rng) : rng_u64(rng)) & mask;
    } while (draw >= n);
    return draw;
}

/* R. A. Fisher, F. Yates; algorithm P of Knuth, TAOCP 2, 3.4.2. */
void rng_shuffle(struct rng *rng, size_t *items, size_t n)
{
    size_t i;

    for (i = n; i > 1; i--) {
        size_t j = (size_t)rng_below(rng, i);
        size_t item = items[i - 1];

        items[i - 1] = items[j];
        items[j] = item;
    }
}
