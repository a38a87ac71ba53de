/* sobol.c: Sobol's sequence with nested scrambling.
 *
 * Direction numbers: S. Joe, F. Y. Kuo, SIAM J. Sci. Comput. 30 (2008) 2635, the first of their
 * table D(6).  The scrambling is Owen's (J. Complexity 14 (1998) 466), each binary digit flipped by
 * a random function of the digits above it, in the hashed form of S. Laine, T. Karras, Comput.
 * Graph. Forum 30 (2011) 1395, with the constants of B. Burley, J. Comput. Graph. Tech. 9 (2020) 1;
 * a digital shift on top makes every point exactly uniform whatever the hash does.  The digits
 * below the 32nd are random, so no place is out of reach.
 *
 * What it does not: more than SOBOL_AXES axes; those after them are independent random numbers. */
#include "sobol.h"

enum { BITS = 32 };

struct axis {
    uint32_t degree, polynomial;
    uint32_t first[7];
};
static const struct axis table[SOBOL_AXES - 1] = {
    {1, 0, {1}},
    {2, 1, {1, 3}},
    {3, 1, {1, 3, 1}},
    {3, 2, {1, 1, 1}},
    {4, 1, {1, 1, 3, 3}},
    {4, 4, {1, 3, 5, 13}},
    {5, 2, {1, 1, 5, 5, 17}},
    {5, 4, {1, 1, 5, 5, 5}},
    {5, 7, {1, 1, 7, 11, 19}},
    {5, 11, {1, 1, 5, 1, 1}},
    {5, 13, {1, 1, 1, 3, 11}},
    {5, 14, {1, 3, 5, 5, 31}},
    {6, 1, {1, 3, 3, 9, 7, 49}},
    {6, 13, {1, 1, 1, 15, 21, 21}},
    {6, 16, {1, 3, 1, 13, 27, 49}},
    {6, 19, {1, 1, 1, 15, 7, 5}},
    {6, 22, {1, 3, 1, 15, 13, 25}},
    {6, 25, {1, 1, 5, 5, 19, 61}},
    {7, 1, {1, 3, 7, 11, 23, 15, 103}},
    {7, 4, {1, 3, 7, 13, 13, 15, 69}},
};

struct sobol {
    size_t n_dims, n_axes;
    uint64_t further; /* seed of the axes beyond the sequence */
    uint32_t direction[SOBOL_AXES][BITS];
    uint32_t hash[SOBOL_AXES], shift[SOBOL_AXES];
};

static void directions(size_t axis, uint32_t v[BITS])
{
    const struct axis *a = axis > 0 ? &table[axis - 1] : NULL;
    uint32_t s = a ? a->degree : BITS;
    uint32_t i, k;

    for (i = 0; i < BITS && i < s; i++)
        v[i] = (a ? a->first[i] : 1u) << (BITS - 1 - i);
    for (; i < BITS; i++) {
        v[i] = v[i - s] ^ (v[i - s] >> s);
        for (k = 1; k < s; k++)
            v[i] ^= ((a->polynomial >> (s - 1 - k)) & 1u) * v[i - k];
    }
}

struct sobol *sobol_create(size_t n_dims, uint64_t seed, uint64_t stream, struct err *err)
{
    struct sobol *sobol = mem_new(struct sobol);
    struct rng rng = rng_stream(seed, RNG_STRATA, stream);
    size_t j;

    if (!sobol) {
        mem_error(err);
        return NULL;
    }
    sobol->n_dims = n_dims;
    sobol->n_axes = n_dims < SOBOL_AXES ? n_dims : (size_t)SOBOL_AXES;
    for (j = 0; j < sobol->n_axes; j++) {
        directions(j, sobol->direction[j]);
        sobol->hash[j] = rng_u32(&rng);
        sobol->shift[j] = rng_u32(&rng);
    }
    sobol->further = rng_u64(&rng);
    return sobol;
}

void sobol_free(struct sobol *sobol)
{
    mem_free(sobol);
}

static uint32_t reversed(uint32_t x)
{
    x = (x >> 1 & 0x55555555u) | (x & 0x55555555u) << 1;
    x = (x >> 2 & 0x33333333u) | (x & 0x33333333u) << 2;
    x = (x >> 4 & 0x0f0f0f0fu) | (x & 0x0f0f0f0fu) << 4;
    x = (x >> 8 & 0x00ff00ffu) | (x & 0x00ff00ffu) << 8;
    return x >> 16 | x << 16;
}

/* On reversed digits: every step carries only from lower to higher bits, which in the number itself
 * is from the digits above to those below. */
static uint32_t scrambled(uint32_t x, uint32_t hash)
{
    x = reversed(x);
    x ^= x * 0x3d20adeau;
    x += hash;
    x *= (hash >> 16) | 1u;
    x ^= x * 0x05526c56u;
    x ^= x * 0x53a22864u;
    return reversed(x);
}

static uint64_t mixed(uint64_t x)
{
    x ^= x >> 33;
    x *= 0xff51afd7ed558ccdu;
    x ^= x >> 33;
    x *= 0xc4ceb9fe1a85ec53u;
    return x ^ x >> 33;
}

void sobol_points(struct sobol *sobol, uint64_t first, size_t n, double *x)
{
    size_t d = sobol->n_dims, i, j;
    uint32_t at[SOBOL_AXES];
    uint64_t gray = first ^ first >> 1;

    for (j = 0; j < sobol->n_axes; j++) {
        unsigned bit;

        at[j] = 0;
        for (bit = 0; bit < BITS; bit++)
            at[j] ^= (uint32_t)(gray >> bit & 1u) * sobol->direction[j][bit];
    }
    for (i = 0; i < n; i++) {
        uint64_t index = first + i;
        unsigned next = (unsigned)__builtin_ctzll(index + 1);
        double *out = x + i * d;

        for (j = 0; j < sobol->n_axes; j++) {
            uint32_t bits = scrambled(at[j], sobol->hash[j]) ^ sobol->shift[j];
            uint64_t low =
                mixed(sobol->hash[j] + 0x9e3779b97f4a7c15u * (index * SOBOL_AXES + j + 1)) >> 44;

            out[j] = ((double)bits + ((double)low + 0.5) * 0x1p-20) * 0x1p-32;
            at[j] ^= next < BITS ? sobol->direction[j][next] : 0;
        }
        if (d > sobol->n_axes) {
            struct rng rng = rng_stream(sobol->further, RNG_STRATA, index);

            for (; j < d; j++)
                out[j] = rng_uniform(&rng);
        }
    }
}
