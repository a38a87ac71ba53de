/* t-survey-search.c: the search on problems with known targets, with generous limits: all
 * components are found, alike, with far fewer calls than at random; tiny targets are reached. */
#include "tap.h"

#include "search-problems.h"

#include <math.h>
#include <stdlib.h>

enum { MAX_CELLS = 27 };

struct result {
    size_t n_calls, n_accepted, n_cells, least, most, n_learned, n_learned_accepted;
    double promised, found; /* of the batches after the first ones */
};

static void count_cells(const struct loop *loop, size_t *cells)
{
    const struct problem *p = loop->problem;
    double row[PROBLEM_MAX_DIMS];

    for (size_t i = 0; p->cell && i < loop->last.n; i++) {
        for (size_t j = 0; j < p->d; j++)
            row[j] = p->low + loop->last.units[i * p->d + j] * (p->high - p->low);
        if (loop->labels[i] > 0)
            cells[p->cell(p->d, row)]++;
    }
}

static struct result run(const char *name, size_t calls, size_t start, size_t batch, uint64_t seed)
{
    struct err err = ERR_INIT;
    struct loop loop;
    struct result r = {.least = SIZE_MAX};
    size_t cells[MAX_CELLS] = {0};

    if (loop_open(&loop, problem_find(name), METHOD_CLASSIFIER, seed, &err) != 0)
        bail_out("%s", err.message);
    loop.made.scan.search.start = start;
    loop.settings.batch = batch;
    if (loop_begin(&loop, &err) != 0)
        bail_out("%s", err.message);
    while (loop.n_calls < calls) {
        if (loop_step(&loop, &err) != 0)
            bail_out("%s; %s", err.message, err.trail);
        if (loop.n_calls == 0)
            continue;
        count_cells(&loop, cells);
        if (!isnan(loop.promised) && loop.n_calls > start + 3 * batch) {
            r.promised += loop.promised * (double)loop.n_learned;
            r.found += (double)loop.n_learned_accepted;
        }
    }
    for (size_t i = 0; i < MAX_CELLS; i++) {
        r.n_cells += cells[i] > 0;
        if (cells[i] > 0 && cells[i] < r.least)
            r.least = cells[i];
        if (cells[i] > r.most)
            r.most = cells[i];
    }
    r.n_calls = loop.n_calls;
    r.n_accepted = loop.n_accepted;
    loop_close(&loop);
    return r;
}

static void check_shells(void)
{
    struct result r = run("shells3", 2800, 1000, 300, 1);

    note("%zu of %zu, cells %zu, %zu .. %zu", r.n_accepted, r.n_calls, r.n_cells, r.least, r.most);
    ok(r.n_accepted > 500, "shells3: %zu in the target of %zu calls (46 at random)", r.n_accepted,
       r.n_calls);
    is_size(r.n_cells, 13, "shells3: all thirteen shells");
    ok(r.least >= 20, "shells3: the poorest shell has %zu", r.least);
    ok(r.most < 3 * r.least, "shells3: the richest has %zu", r.most);
    ok(r.found > 0.7 * r.promised && r.found < 1.3 * r.promised,
       "shells3: promised %.0f, found %.0f", r.promised, r.found);
}

/* Which shells the first points have met is chance: of two seeds. */
static void check_label(void)
{
    size_t n_cells = 0;

    for (uint64_t seed = 1; seed <= 3; seed += 2) {
        struct result r = run("shells3-label", 3500, 1500, 500, seed);

        note("%zu of %zu, cells %zu, %zu .. %zu", r.n_accepted, r.n_calls, r.n_cells, r.least,
             r.most);
        ok(r.n_accepted > 130, "label only: %zu in the target of %zu calls (57 at random)",
           r.n_accepted, r.n_calls);
        n_cells += r.n_cells;
    }
    ok(n_cells >= 23, "label only: %zu of 2 times 13 shells", n_cells);
}

/* A smooth margin beside a rough one must not decide how far the rough one reaches. */
static void check_half(void)
{
    struct result r = run("shells3-half", 2800, 1000, 300, 1);

    note("%zu of %zu, promised %.0f, found %.0f", r.n_accepted, r.n_calls, r.promised, r.found);
    ok(r.n_accepted > 500,
       "shells3, half of the box: %zu in the target of %zu calls (23 at random)", r.n_accepted,
       r.n_calls);
}

static void check_himboo(void)
{
    struct result r = run("himboo", 400, 100, 50, 3);

    note("%zu of %zu, %zu .. %zu", r.n_accepted, r.n_calls, r.least, r.most);
    is_size(r.n_cells, 2, "himboo: both islands");
    ok(r.least >= 8, "himboo: the small one has %zu points", r.least);
    ok(r.n_accepted > 100, "himboo: %zu in the target", r.n_accepted);
}

/* Nothing is accepted at the start: the margins lead there. */
static void check_tiny(const char *name, size_t calls, size_t least)
{
    struct result r = run(name, calls, 500, 250, 1);

    ok(r.n_accepted > least, "%s: %zu in the target of %zu calls (%.2g at random)", name,
       r.n_accepted, r.n_calls, problem_find(name)->share * (double)r.n_calls);
}

int main(void)
{
    mat_setup();
    check_shells();
    check_half();
    check_himboo();
    check_label();
    check_tiny("rastrigin5", 1750, 100);
    check_tiny("rosen4", 2500, 50);
    return done_testing();
}
