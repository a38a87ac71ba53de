/* t-work-queue.c: points that wait: in order, from both ends, while the ring grows and turns. */
#include "../src/work/queue.h"

#include "tap.h"

enum { N_PARAMS = 2 };

static void push(struct queue *queue, uint64_t id, bool at_front, bool is_alone)
{
    struct err err = ERR_INIT;
    const struct item item = {.id = id, .is_alone = is_alone};
    const double params[N_PARAMS] = {(double)id, -(double)id};
    if ((at_front ? queue_push_front : queue_push)(queue, &item, params, &err) != 0)
        fail("push: %s", err.message);
}

/* Takes up to n and says how many; the first id in *first; false if a point lost its parameters or
 * its place. */
static size_t take(struct queue *queue, size_t n, uint64_t *first)
{
    struct err err = ERR_INIT;
    struct group group = {0};
    if (queue_take(queue, n, &group, &err) != 0)
        fail("take: %s", err.message);
    *first = group.n > 0 ? group.items[0].id : 0;
    for (size_t i = 0; i < group.n; i++) {
        double id = (double)group.items[i].id;
        if (group.items[i].id != *first + i || group.params[N_PARAMS * i] != id ||
            group.params[N_PARAMS * i + 1] != -id)
            fail("point %zu of the group is %.0f with %g", i, id, group.params[N_PARAMS * i]);
    }
    n = group.n;
    group_free(&group);
    return n;
}

static void test_order(void)
{
    struct queue *queue = queue_create(N_PARAMS);
    uint64_t first, next_in = 1, next_out = 1;
    is_size(take(queue, 5, &first), 0, "nothing comes from an empty queue");
    for (int turn = 0; turn < 200; turn++) { /* more in than out: it grows, turned */
        for (int i = 0; i < 37; i++)
            push(queue, next_in++, false, false);
        size_t n = take(queue, 11, &first);
        if (n != 11 || first != next_out)
            fail("turn %d: %zu points from %llu", turn, n, (unsigned long long)first);
        next_out += n;
    }
    is_size(queue_n(queue), 200 * 26, "as many wait as were not taken");
    is_size(take(queue, SIZE_MAX, &first), 200 * 26, "all at once");
    is_uint(first, next_out, "from the oldest on");
    is_size(queue_n(queue), 0, "none is left");
    queue_free(queue);
}

static void test_front(void)
{
    struct queue *queue = queue_create(N_PARAMS);
    uint64_t first;
    for (uint64_t id = 5001; id <= 6000; id++)
        push(queue, id, false, false);
    for (uint64_t id = 5000; id > 0; id--)
        push(queue, id, true, false);
    is_size(take(queue, 6000, &first), 6000, "points given back come first, in order");
    is_uint(first, 1, "from the first on");
    queue_free(queue);
}

static void test_alone(void)
{
    struct queue *queue = queue_create(N_PARAMS);
    uint64_t first;
    for (uint64_t id = 1; id <= 6; id++)
        push(queue, id, false, id == 3 || id == 4);
    is_size(take(queue, 10, &first), 2, "a group ends before a point that must be alone");
    is_size(take(queue, 10, &first), 1, "which comes alone");
    is_uint(first, 3, "the third");
    is_size(take(queue, 10, &first), 1, "and so does the next");
    is_size(take(queue, 10, &first), 2, "the others come together again");
    queue_free(queue);
    queue_free(NULL);
}

static void test_memory(void)
{
    struct queue *queue = queue_create(N_PARAMS);
    const struct item item = {.id = 1};
    const double params[N_PARAMS] = {1, -1};
    for (unsigned long n = 1; n <= 2; n++) {
        struct err err = ERR_INIT;
        mem_fail_at(n);
        is_int(queue_push(queue, &item, params, &err), -1, "no memory for it (%lu)", n);
        mem_fail_at(0);
        is_int(err.code, ERR_MEMORY, "is said");
    }
    is_size(queue_n(queue), 0, "and changes nothing");
    queue_free(queue);
}

int main(void)
{
    test_order();
    test_front();
    test_alone();
    test_memory();
    return done_testing();
}
