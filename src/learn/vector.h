/* vector.h: what the vector loops of src/learn share: blocks, and fast functions of floats. */
#ifndef LEARN_VECTOR_H
#define LEARN_VECTOR_H

#include "theodolite/vector.h"
#include <stddef.h>
#include <stdint.h>

enum { LANES = 16 }; /* arrays of hot loops have room for whole blocks of this many */

static inline size_t vector_padded(size_t n)
{
    return (n + LANES - 1) / LANES * LANES;
}

/* 1 / sqrt(x) for x >= 0 (finite at 0), within 3e-7: a first guess from the bits (Lomont, "Fast
 * inverse square root", 2003) and three steps of Newton.  A call of sqrtf may set errno, which
 * keeps a loop from becoming vector code. */
static inline float vector_rsqrt(float x)
{
    union {
        float value;
        int32_t bits;
    } y = {.value = x};
    float half = 0.5f * x;

    y.bits = 0x5F375A86 - (y.bits >> 1);
    y.value *= 1.5f - half * y.value * y.value;
    y.value *= 1.5f - half * y.value * y.value;
    y.value *= 1.5f - half * y.value * y.value;
    return y.value;
}

/* 2^k for an integral k in -126 .. 127. */
static inline float vector_power2(float k)
{
    union {
        float value;
        int32_t bits;
    } y = {.bits = ((int32_t)k + 127) * (1 << 23)};

    return y.value;
}

/* e^t for t in -80 .. 0: 2^k times a polynomial in the remainder (Cephes' coefficients), within
 * 2e-7. */
static inline float vector_exp(float t)
{
    float shifted = t * 1.44269504f + 12582912.0f;
    float k = shifted - 12582912.0f;
    float f = (t - k * 0.693359375f) + k * 2.12194440e-4f;
    float p =
        1.0f + f +
        f * f *
            (0.5f + f * (1.66666655e-1f +
                         f * (4.16657962e-2f +
                              f * (8.33345207e-3f + f * (1.39819999e-3f + f * 1.98756912e-4f)))));

    return p * vector_power2(k);
}

#endif
