/* Random streams: Philox's known answers, flat and normal draws, streams that share nothing.
 * All seeds are fixed: a test that passes once passes always. */
#include "tap.h"
#include "theodolite/base.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

struct answer {
    uint32_t counter[4], key[2], block[4];
};

/* From the reference implementation, Random123's kat_vectors, philox4x32 with 10 rounds. */
static const struct answer answers[] = {
    {{0, 0, 0, 0}, {0, 0}, {0x6627e8d5, 0xe169c58d, 0xbc57ac4c, 0x9b00dbd8}},
    {{0xffffffff, 0xffffffff, 0xffffffff, 0xffffffff},
     {0xffffffff, 0xffffffff},
     {0x408f276d, 0x41c83b0e, 0xa20bc7c6, 0x6d5451fd}},
    {{0x243f6a88, 0x85a308d3, 0x13198a2e, 0x03707344},
     {0xa4093822, 0x299f31d0},
     {0xd16cfe09, 0x94fdcceb, 0x5001e420, 0x24126ea1}},
};

static void check_answers(void)
{
    size_t i, j;

    for (i = 0; i < sizeof answers / sizeof answers[0]; i++) {
        struct rng rng = {.n_used = 4};
        uint32_t block[4];

        memcpy(rng.counter, answers[i].counter, sizeof rng.counter);
        memcpy(rng.key, answers[i].key, sizeof rng.key);
        for (j = 0; j < 4; j++)
            block[j] = rng_u32(&rng);
        is_mem(block, answers[i].block, sizeof block, "known answer %zu", i + 1);
    }
}

/* Where seed, purpose and index go is part of every store: a change makes scans irreproducible. */
static void check_stream(void)
{
    struct rng a = rng_stream(0x0123456789abcdef, RNG_POOL, 0xfedcba9876543210), b = a;
    struct rng wanted = {.key = {0x89abcdef, 0x01234567},
                         .counter = {0, 3u << 16, 0x76543210, 0xfedcba98},
                         .n_used = 4};
    size_t i, n_same = 0;

    for (i = 0; i < 100; i++)
        n_same += rng_u32(&a) == rng_u32(&wanted);
    is_size(n_same, 100, "the key is the seed, the counter is index, purpose and block");
    a = b;
    is_uint(rng_u64(&a) & UINT32_MAX, rng_u32(&b), "64 bits begin with the low word");
}

static void check_carry(void)
{
    struct rng rng = rng_stream(1, RNG_TEST, 2);
    int i;

    rng.counter[0] = UINT32_MAX;
    for (i = 0; i < 5; i++)
        (void)rng_u32(&rng);
    is_uint(rng.counter[0], 1, "after 2^32 blocks the count goes on");
    is_uint(rng.counter[1], ((uint32_t)RNG_TEST << 16) + 1, "in the next word");
}

/* chi2 of counts against equal shares; its mean is n - 1, its variance 2 (n - 1). */
static double chi2_flat(const unsigned *counts, size_t n, double total)
{
    double expected = total / (double)n, chi2 = 0;
    size_t i;

    for (i = 0; i < n; i++)
        chi2 += ((double)counts[i] - expected) * ((double)counts[i] - expected) / expected;
    return chi2;
}

static void is_flat(const unsigned *counts, size_t n, double total, const char *what)
{
    double chi2 = chi2_flat(counts, n, total), dof = (double)n - 1;

    ok(fabs(chi2 - dof) < 4 * sqrt(2 * dof), "%s: chi2 %.1f for %.0f", what, chi2, dof);
}

#define CELLS 256
#define DRAWS 1000000

static void check_uniform(void)
{
    static unsigned counts[CELLS], pairs[CELLS];
    struct rng rng = rng_stream(7, RNG_TEST, 0);
    double u, sum = 0, last = 0.5, lowest = 1, highest = 0;
    size_t i;

    for (i = 0; i < DRAWS; i++) {
        u = rng_uniform(&rng);
        lowest = u < lowest ? u : lowest;
        highest = u > highest ? u : highest;
        sum += u;
        counts[(size_t)(u * CELLS)]++;
        if (i % 2 == 1)
            pairs[(size_t)(last * 16) * 16 + (size_t)(u * 16)]++;
        last = u;
    }
    ok(lowest > 0 && highest < 1, "uniform draws are inside (0, 1)");
    ok(lowest < 1e-5 && highest > 1 - 1e-5, "and reach its ends");
    is_near(sum / DRAWS, 0.5, 4 / sqrt(12.0 * DRAWS), "their mean is a half");
    is_flat(counts, CELLS, DRAWS, "uniform draws are flat");
    is_flat(pairs, CELLS, DRAWS / 2, "pairs of draws are flat");
}

/* Both ends of the interval, by draws made to order. */
static void check_ends(void)
{
    struct rng zeros = {.n_used = 0}, ones = {.block = {~0u, ~0u, ~0u, ~0u}, .n_used = 0};
    double low = rng_uniform(&zeros), high = rng_uniform(&ones);

    ok(low > 0 && low < 1e-16, "all zero bits are above 0");
    ok(high < 1 && high > 1 - 1e-15, "all one bits are below 1");
    zeros.n_used = 0;
    ok(isfinite(rng_normal(&zeros)), "a normal draw of zero bits is finite");
}

/* Streams beside each other: the first draws of 2^16 streams are flat, and correlate nowhere. */
static void check_streams(void)
{
    static unsigned counts[CELLS];
    double cross[3] = {0, 0, 0};
    const size_t n = 65536;
    size_t i;

    memset(counts, 0, sizeof counts);
    for (i = 0; i < n; i++) {
        struct rng a = rng_stream(5, RNG_START, i), b = rng_stream(5, RNG_START, i + 1);
        struct rng c = rng_stream(5, RNG_EXPLORE, i), d = rng_stream(6, RNG_START, i);
        double u = rng_uniform(&a);

        counts[(size_t)(u * CELLS)]++;
        cross[0] += (u - 0.5) * (rng_uniform(&b) - 0.5);
        cross[1] += (u - 0.5) * (rng_uniform(&c) - 0.5);
        cross[2] += (u - 0.5) * (rng_uniform(&d) - 0.5);
    }
    is_flat(counts, CELLS, (double)n, "first draws of neighbouring streams are flat");
    for (i = 0; i < 3; i++) {
        static const char *const what[] = {"index", "purpose", "seed"};

        /* variance of a product of two uniforms about their means: 1/144 */
        is_near(12 * cross[i] / sqrt((double)n), 0, 4, "no correlation with the next %s", what[i]);
    }
}

static void check_normal(void)
{
    static unsigned counts[CELLS];
    struct rng rng = rng_stream(11, RNG_TEST, 1);
    struct rng copy = rng;
    double sum = 0, sum2 = 0, sum4 = 0, x, u = rng_uniform(&copy), v = rng_uniform(&copy);
    const double n = DRAWS;
    size_t i;

    is_double(rng_normal(&rng), sqrt(-2 * log(u)) * cos(2 * acos(-1.0) * v), 1e-12,
              "normal: two uniforms each, as Box and Muller have it");
    memset(counts, 0, sizeof counts);
    for (i = 0; i < DRAWS; i++) {
        x = rng_normal(&rng);
        sum += x;
        sum2 += x * x;
        sum4 += x * x * x * x;
        counts[(size_t)(0.5 * erfc(-x / sqrt(2.0)) * CELLS * 0.999999999)]++;
    }
    is_near(sum / n, 0, 4 / sqrt(n), "normal: mean 0");
    is_near(sum2 / n, 1, 4 * sqrt(2 / n), "normal: variance 1");
    is_near(sum4 / n, 3, 4 * sqrt(96 / n), "normal: fourth moment 3");
    is_flat(counts, CELLS, n, "normal: flat in its own distribution function");
}

static void check_below(void)
{
    struct rng rng = rng_stream(13, RNG_TEST, 2);
    unsigned sixes[6] = {0}, large[3] = {0};
    const uint64_t third = UINT64_MAX / 3 + 1;
    bool is_inside = true;
    size_t i;

    is_uint(rng_below(&rng, 1), 0, "below 1 there is 0");
    is_uint(rng_below(&rng, 0), 0, "below 0 there is nothing else to say");
    for (i = 0; i < 600000; i++) {
        uint64_t draw = rng_below(&rng, 6);

        is_inside = is_inside && draw < 6;
        sixes[draw < 6 ? draw : 0]++;
        draw = rng_below(&rng, 3 * (third / 2));
        is_inside = is_inside && draw < 3 * (third / 2);
        large[draw / (third / 2) % 3]++;
    }
    ok(is_inside, "draws below n are below n");
    is_flat(sixes, 6, 600000, "a die");
    is_flat(large, 3, 600000, "without bias where n is no power of two, also above 2^32");
}

static void check_shuffle(void)
{
    struct rng rng = rng_stream(17, RNG_TEST, 3);
    unsigned orders[27] = {0}, used[6], n_orders = 0;
    size_t items[3], i;

    for (i = 0; i < 60000; i++) {
        items[0] = 0;
        items[1] = 1;
        items[2] = 2;
        rng_shuffle(&rng, items, 3);
        orders[(items[0] * 9 + items[1] * 3 + items[2]) % 27]++;
    }
    for (i = 0; i < 27; i++) {
        if (orders[i] > 0 && n_orders < 6)
            used[n_orders] = orders[i];
        n_orders += orders[i] > 0;
    }
    is_uint(n_orders, 6, "a shuffle of three has the six orders");
    if (n_orders == 6)
        is_flat(used, 6, 60000, "equally often");
    rng_shuffle(&rng, items, 0);
    pass("nothing can be shuffled");
}

int main(void)
{
    check_answers();
    check_stream();
    check_carry();
    check_uniform();
    check_ends();
    check_streams();
    check_normal();
    check_below();
    check_shuffle();
    return done_testing();
}
