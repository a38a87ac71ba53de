/* t-learn-tree.c: neighbours and friends of the tree are those of plain loops. */
#include "tap.h"

#include "theodolite/learn.h"
#include "theodolite/tree.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { MOST = 3000 };

/* Clusters, repeated points and points on a lattice: what trees stumble over. */
static void make(size_t n, size_t d, uint64_t seed, float *x)
{
    struct rng rng = rng_stream(seed, RNG_TEST, 0);

    for (size_t i = 0; i < n; i++) {
        size_t kind = (size_t)rng_below(&rng, 4), of = i > 0 ? (size_t)rng_below(&rng, i) : 0;

        for (size_t j = 0; j < d; j++)
            x[i * d + j] = kind == 0   ? (float)rng_uniform(&rng)
                           : kind == 1 ? (float)(floor(4.0 * rng_uniform(&rng)) / 4.0 + 0.125)
                           : kind == 2 ? x[of * d + j] + 0.01f * (float)rng_normal(&rng)
                                       : x[of * d + j];
    }
}

static float distance2(size_t d, const float *a, const float *b)
{
    float sum = 0.0f;

    for (size_t j = 0; j < d; j++)
        sum += (a[j] - b[j]) * (a[j] - b[j]);
    return sum;
}

static void check_nearest(size_t n, size_t d, uint64_t seed)
{
    struct err err = ERR_INIT;
    float *x = mem_array(MOST * d, sizeof *x), far2[5], at[16];
    size_t near[5], n_wrong = 0;
    struct rng rng = rng_stream(seed, RNG_TEST, 1);

    make(n, d, seed, x);
    struct tree *tree = tree_create(n, d, x, &err);
    if (tree == NULL)
        bail_out("%s", err.message);
    for (size_t q = 0; q < 200; q++) {
        size_t skip = n > 0 ? (size_t)rng_below(&rng, n) : SIZE_MAX, n_found;
        float least[5] = {INFINITY, INFINITY, INFINITY, INFINITY, INFINITY};

        for (size_t j = 0; j < d; j++)
            at[j] = q % 2 && n > 0 ? x[skip * d + j] : (float)(1.4 * rng_uniform(&rng) - 0.2);
        for (size_t i = 0; i < n; i++) {
            float r = distance2(d, at, x + i * d);
            size_t k = 5;

            if (i == skip)
                continue;
            for (; k > 0 && least[k - 1] > r; k--)
                if (k < 5)
                    least[k] = least[k - 1];
            if (k < 5)
                least[k] = r;
        }
        n_found = tree_nearest(tree, at, 5, skip, near, far2);
        n_wrong += n_found != (n > 5 ? 5 : n > 0 ? n - 1 : 0);
        for (size_t k = 0; k < n_found; k++)
            n_wrong += far2[k] != least[k] || near[k] == skip ||
                       distance2(d, at, x + near[k] * d) != far2[k];
    }
    ok(n_wrong == 0, "%zu points in %zu dimensions: neighbours (%zu wrong)", n, d, n_wrong);
    tree_free(tree);
    mem_free(x);
}

static int compare(const void *a, const void *b)
{
    float x = *(const float *)a, y = *(const float *)b;

    return (x > y) - (x < y);
}

/* Of a hundred points or more: one and a half times the upper quartile of the squared distances to
 * the eighth neighbour. */
static float plain_link2(size_t n, size_t d, const float *x, float *reach, float *far2)
{
    for (size_t i = 0; i < n; i++) {
        for (size_t j = 0; j < n; j++)
            far2[j] = distance2(d, x + i * d, x + j * d);
        qsort(far2, n, sizeof *far2, compare);
        reach[i] = far2[8]; /* the point itself comes first */
    }
    qsort(reach, n, sizeof *reach, compare);
    return reach[n * 3 / 4] * 1.5f;
}

static size_t plain_components(size_t n, size_t d, const float *x, float link2, size_t *component,
                               size_t *stack)
{
    size_t n_components = 0, depth;

    for (size_t i = 0; i < n; i++)
        component[i] = SIZE_MAX;
    for (size_t i = 0; i < n; i++) {
        if (component[i] != SIZE_MAX)
            continue;
        component[i] = n_components;
        for (stack[0] = i, depth = 1; depth > 0;) {
            const float *from = x + stack[--depth] * d;

            for (size_t j = 0; j < n; j++)
                if (component[j] == SIZE_MAX && distance2(d, from, x + j * d) <= link2) {
                    component[j] = n_components;
                    stack[depth++] = j;
                }
        }
        n_components++;
    }
    return n_components;
}

static void check_friends(size_t n, size_t d, uint64_t seed)
{
    struct err err = ERR_INIT;
    float *x = mem_array(MOST * d, sizeof *x), *reach = mem_array(MOST, sizeof *reach);
    float *far2 = mem_array(MOST, sizeof *far2), link2;
    size_t *mine = mem_array(MOST, sizeof *mine), *plain = mem_array(MOST, sizeof *plain);
    size_t *stack = mem_array(MOST, sizeof *stack), n_mine = 0, n_plain;

    make(n, d, seed, x);
    if (learn_components(n, d, x, mine, &n_mine, &err) != 0)
        bail_out("%s", err.message);
    link2 = plain_link2(n, d, x, reach, far2);
    n_plain = plain_components(n, d, x, link2, plain, stack);
    is_uint(n_mine, n_plain, "%zu points in %zu dimensions: as many components", n, d);
    ok(memcmp(mine, plain, n * sizeof *mine) == 0, "... and the same");
    mem_free(x);
    mem_free(reach);
    mem_free(far2);
    mem_free(mine);
    mem_free(plain);
    mem_free(stack);
}

static void check_single(void)
{
    struct err err = ERR_INIT;
    const float x[] = {0.25f, 0.75f};
    size_t component = 7, n = 7;

    ok(learn_components(1, 2, x, &component, &n, &err) == 0 && n == 1 && component == 0,
       "one point is one component");
    ok(learn_components(0, 2, x, &component, &n, &err) == 0 && n == 0, "no point, no component");
}

/* Every allocation may fail: an error, and nothing is lost. */
static void check_memory(void)
{
    float x[64] = {0};
    size_t n_failed = 0;

    for (unsigned long at = 1; at < 20; at++) {
        struct err err = ERR_INIT;

        mem_fail_at(at);
        struct tree *tree = tree_create(32, 2, x, &err);
        mem_fail_at(0);
        n_failed += tree == NULL && err.code == ERR_MEMORY;
        if (tree != NULL)
            at = 20;
        tree_free(tree);
    }
    ok(n_failed == 6, "every allocation that fails is an error (%zu)", n_failed);
}

int main(void)
{
    static const size_t sizes[] = {0, 1, 2, 12, 13, 100, 3000};

    for (size_t i = 0; i < sizeof sizes / sizeof sizes[0]; i++)
        for (size_t d = 1; d <= 10; d += 3)
            check_nearest(sizes[i], d, i + 1);
    for (size_t d = 1; d <= 6; d++) {
        check_friends(300, d, d);
        check_friends(1500, d, 10 + d);
    }
    check_single();
    check_memory();
    return done_testing();
}
