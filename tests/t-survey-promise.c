/* t-survey-promise.c: what was said of chosen points is held against what was found there, of
 * points said to be in the target, of those said to be out of it, of surfaces, and of steps from
 * near misses; points that are out still are waited for, but not for ever. */
#include "../src/survey/private.h"
#include "tap.h"

#include <math.h>

enum { D = 3, N = 500 };

static struct promises promises;
static float x[N][D];
static int8_t label[N];

static void settle(size_t n)
{
    struct survey_snapshot shot = {.n = n, .n_dims = D, .x = x[0], .label = label};
    struct err err = ERR_INIT;

    if (promises_settle(&promises, &shot, &err) != 0)
        bail_out("%s", err.message);
}

/* Points from .. to are chosen with p, and a share of them is accepted. */
static void choose(size_t from, size_t to, float p, enum promise source, double share)
{
    struct rng rng = rng_stream(1, RNG_TEST, from);
    struct err err = ERR_INIT;
    size_t i, j;

    for (i = from; i < to; i++) {
        for (j = 0; j < D; j++)
            x[i][j] = (float)rng_uniform(&rng);
        label[i] = (double)(i - from) < share * (double)(to - from);
        if (promises_add(&promises, D, x[i], p, source, &err) != 0)
            bail_out("%s", err.message);
    }
}

static double trust(enum promise kind)
{
    return promises_trust(&promises, kind);
}

int main(void)
{
    buf_init(&promises.rows, 1 << 20);
    ok(fabs((double)promises_due(&promises, 0.4f) - 0.4) < 1e-6, "at first what is said is due");

    choose(0, 100, 0.9f, PROMISE_UNSURE, 0.9);
    choose(100, 200, 0.4f, PROMISE_UNSURE, 0.1);
    settle(200);
    ok(trust(PROMISE_SURE) > 0.99, "who keeps the word is trusted: %.2f", trust(PROMISE_SURE));
    ok(trust(PROMISE_UNSURE) > 0.4 && trust(PROMISE_UNSURE) < 0.6,
       "who finds a quarter of it less: %.2f", trust(PROMISE_UNSURE));
    ok(fabs((double)promises_due(&promises, 0.9f) - 0.9) < 0.01 &&
           (double)promises_due(&promises, 0.4f) < 0.25,
       "each by what was said");
    ok(trust(PROMISE_SURFACE) >= 1.0, "surfaces have said nothing");

    choose(200, 300, 0.8f, PROMISE_SURFACE, 0.2);
    settle(200);
    ok(trust(PROMISE_SURFACE) >= 1.0, "what is out is not held against anyone");
    settle(300);
    ok(trust(PROMISE_SURFACE) < 0.5, "a surface that was wrong: %.2f", trust(PROMISE_SURFACE));
    ok(trust(PROMISE_SURE) < 0.75, "its points were said to be in the target too: %.2f",
       trust(PROMISE_SURE));
    settle(300);
    is_size(promises.rows.len, 0, "each counts once");

    choose(300, 400, 0.9f, PROMISE_UNSURE, 0.0);
    settle(300);
    settle(300);
    ok(promises.rows.len > 0, "who is late is waited for");
    settle(300);
    is_size(promises.rows.len, 0, "but not for ever");

    ok(trust(PROMISE_MISS) >= 1.0, "nothing was tried from near misses");
    choose(400, 500, 0.01f, PROMISE_MISS, 0.1);
    settle(500);
    ok(trust(PROMISE_MISS) < 0.3, "a step from a near miss costs a call, whatever was said: %.2f",
       trust(PROMISE_MISS));
    buf_free(&promises.rows);
    return done_testing();
}
