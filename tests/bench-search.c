/* bench-search.c: the search on analytic problems, without engine, workers or store.
 *
 *     bench-search [PROBLEM ...] [calls=N] [seeds=N] [start=N] [batch=N] [explore=F] [verbose=1]
 *                  [until=N] [members=N] [hidden=N] [steps=N] [method=N]
 *
 * For every seed: calls until 1000 points are in the target, until every cell has 10 and 50, yield,
 * gain, least and largest population of a cell over the mean, the volume, whether its interval
 * covers the truth (of all seeds: how often), the interval's width beside that of counting the
 * uniform points alone, CPU seconds; then medians.
 *
 *     cc -I include -o bench-search tests/bench-search.c libtheodolite.a -lgsl -lopenblas ... */
#include "search-problems.h"

#include <stdio.h>
#include <stdlib.h>

enum { MAX_SEEDS = 64, MAX_CELLS = 59049 };

struct options {
    size_t calls, seeds, start, batch, until, members, hidden, steps, method;
    double explore;
    bool verbose;
};

struct outcome {
    double calls_to_1000, calls_to_10k, calls_all_1, calls_all_10, calls_all_50, yield, low, high,
        cpu_s, volume, late_yield, is_covered, width, failed;
    size_t n_found;
};

static size_t count_cells(const size_t *cells, size_t n, size_t least, size_t *most)
{
    size_t n_full = 0;

    *most = 0;
    for (size_t i = 0; i < n; i++) {
        n_full += cells[i] >= least;
        if (cells[i] > *most)
            *most = cells[i];
    }
    return n_full;
}

static void count_batch(const struct loop *loop, size_t *cells)
{
    const struct problem *p = loop->problem;
    double row[PROBLEM_MAX_DIMS + 2];

    if (!p->cell)
        return;
    for (size_t i = 0; i < loop->last.n; i++) {
        size_t cell;

        if (loop->labels[i] <= 0)
            continue;
        for (size_t j = 0; j < p->d; j++)
            row[j] = p->low + loop->last.units[i * p->d + j] * (p->high - p->low);
        cell = p->cell(p->d, row);
        if (cell < MAX_CELLS)
            cells[cell]++;
    }
}

static void note_step(const struct loop *loop, const size_t *cells, struct outcome *o)
{
    size_t most, n = loop->problem->n_cells;
    double calls = (double)loop->n_calls;

    if (loop->n_accepted >= 1000 && o->calls_to_1000 == 0.0)
        o->calls_to_1000 = calls;
    if (loop->n_accepted >= 10000 && o->calls_to_10k == 0.0)
        o->calls_to_10k = calls;
    if (n == 0)
        return;
    o->n_found = count_cells(cells, MAX_CELLS, 1, &most);
    if (o->n_found >= n && o->calls_all_1 == 0.0)
        o->calls_all_1 = calls;
    if (count_cells(cells, MAX_CELLS, 10, &most) >= n && o->calls_all_10 == 0.0)
        o->calls_all_10 = calls;
    if (count_cells(cells, MAX_CELLS, 50, &most) >= n && o->calls_all_50 == 0.0)
        o->calls_all_50 = calls;
}

static void finish(const struct loop *loop, const size_t *cells, struct outcome *o)
{
    double mean =
        (double)loop->n_accepted / (double)(loop->problem->n_cells ? loop->problem->n_cells : 1);
    struct survey_volume volume;

    survey_volume(loop->survey, &volume);
    o->volume = volume.estimate;
    o->failed = (double)loop->n_failed / (double)loop->n_calls;
    o->is_covered = volume.lo <= loop->problem->share && loop->problem->share <= volume.hi;
    o->width =
        (volume.hi - volume.lo) /
        (2.0 * sqrt(loop->problem->share * (1.0 - loop->problem->share) / (double)loop->n_uniform));
    o->yield = (double)loop->n_accepted / (double)loop->n_calls;
    o->low = INFINITY;
    for (size_t i = 0; i < MAX_CELLS; i++) {
        if (cells[i] > 0) {
            o->low = fmin(o->low, (double)cells[i] / mean);
            o->high = fmax(o->high, (double)cells[i] / mean);
        }
    }
    if (o->n_found < loop->problem->n_cells)
        o->low = 0.0;
}

static int run(const struct problem *problem, uint64_t seed, const struct options *options,
               struct outcome *o)
{
    struct err err = ERR_INIT;
    struct loop loop;
    size_t *cells = calloc(MAX_CELLS, sizeof *cells);
    double begun = clock_cpu_s();
    int rc = -1;

    memset(o, 0, sizeof *o);
    TRY(loop_open(&loop, problem, (enum search_method)options->method, seed, &err));
    loop.made.scan.search.start = options->start;
    loop.made.scan.search.members = options->members;
    loop.made.scan.search.hidden = options->hidden;
    loop.made.scan.search.steps = options->steps;
    loop.settings.batch = options->batch;
    loop.settings.explore = options->explore;
    TRY(loop_begin(&loop, &err));
    while (loop.n_calls < options->calls && loop.n_accepted < options->until) {
        TRY(loop_step(&loop, &err));
        if (loop.n_calls == 0)
            continue;
        count_batch(&loop, cells);
        note_step(&loop, cells, o);
        if (options->verbose) {
            printf("  %6zu calls %6zu in, batch %4zu of %4zu learned in, promised %.3f, cells %zu, "
                   "train %.3f propose %.3f %s\n",
                   loop.n_calls, loop.n_accepted, loop.n_learned_accepted, loop.n_learned,
                   loop.promised, o->n_found, loop.last.train_s, loop.last.propose_s,
                   loop.last.notes);
            if (loop.last.metrics_json)
                printf("      %.420s\n", loop.last.metrics_json);
        }
        o->late_yield =
            loop.n_learned > 0 ? (double)loop.n_learned_accepted / (double)loop.n_learned : 0.0;
    }
    finish(&loop, cells, o);
    rc = 0;
out:
    if (rc != 0)
        fprintf(stderr, "%s; %s\n", err.message, err.trail);
    o->cpu_s = clock_cpu_s() - begun;
    loop_close(&loop);
    free(cells);
    return rc;
}

static int compare(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;

    return (x > y) - (x < y);
}

/* 0 means never. */
static double median(const struct outcome *o, size_t n, size_t offset, bool zero_is_never)
{
    double values[MAX_SEEDS];

    for (size_t i = 0; i < n; i++) {
        memcpy(&values[i], (const char *)&o[i] + offset, sizeof values[i]);
        if (zero_is_never && values[i] == 0.0)
            values[i] = INFINITY;
    }
    qsort(values, n, sizeof *values, compare);
    return values[n / 2];
}

static void print_head(void)
{
    printf("%-14s %4s %8s %8s %5s %8s %8s %8s %6s %6s %7s %6s %6s %9s %4s %5s %6s %7s\n", "problem",
           "seed", "to 1000", "to 10k", "found", "all >=1", "all>=10", "all>=50", "yield", "late",
           "gain", "min", "max", "volume", "in", "width", "failed", "CPU s");
}

static void print_outcome(const struct problem *p, const char *seed, const struct outcome *o)
{
    printf("%-14s %4s %8.0f %8.0f %5zu %8.0f %8.0f %8.0f %6.3f %6.3f %7.1f %6.2f %6.2f %9.3g %4.2f "
           "%5.2f %6.3f %7.2f\n",
           p->name, seed, o->calls_to_1000, o->calls_to_10k, o->n_found, o->calls_all_1,
           o->calls_all_10, o->calls_all_50, o->yield, o->late_yield, o->yield / p->share, o->low,
           o->high, o->volume, o->is_covered, o->width, o->failed, o->cpu_s);
    fflush(stdout);
}

static int bench(const struct problem *p, const struct options *options)
{
    struct outcome o[MAX_SEEDS];
    struct outcome m = {0};
    char seed[16];

    for (size_t s = 0; s < options->seeds; s++) {
        if (run(p, s + 1, options, &o[s]) != 0)
            return -1;
        snprintf(seed, sizeof seed, "%zu", s + 1);
        print_outcome(p, seed, &o[s]);
    }
#define MEDIAN(FIELD, NEVER)                                                                       \
    m.FIELD = median(o, options->seeds, offsetof(struct outcome, FIELD), NEVER)
    MEDIAN(calls_to_1000, true);
    MEDIAN(calls_to_10k, true);
    MEDIAN(calls_all_1, true);
    MEDIAN(calls_all_10, true);
    MEDIAN(calls_all_50, true);
    MEDIAN(yield, false);
    MEDIAN(late_yield, false);
    MEDIAN(low, false);
    MEDIAN(high, false);
    MEDIAN(volume, false);
    MEDIAN(width, false);
    MEDIAN(failed, false);
    for (size_t s = 0; s < options->seeds; s++) {
        m.is_covered += o[s].is_covered / (double)options->seeds;
        m.n_found += o[s].n_found;
    }
    m.n_found /= options->seeds;
    MEDIAN(cpu_s, false);
    print_outcome(p, "med", &m);
    return 0;
}

static bool read_option(const char *word, struct options *options)
{
    const struct {
        const char *name;
        size_t *value;
    } sizes[] = {
        {"calls=", &options->calls},   {"seeds=", &options->seeds}, {"start=", &options->start},
        {"batch=", &options->batch},   {"until=", &options->until}, {"members=", &options->members},
        {"hidden=", &options->hidden}, {"steps=", &options->steps}, {"method=", &options->method}};
    int64_t value;

    for (size_t i = 0; i < sizeof sizes / sizeof sizes[0]; i++) {
        size_t n = strlen(sizes[i].name);

        if (strncmp(word, sizes[i].name, n) == 0 && text_to_int64(word + n, &value) == 0) {
            *sizes[i].value = (size_t)value;
            return true;
        }
    }
    if (strncmp(word, "explore=", 8) == 0)
        return text_to_double(word + 8, &options->explore) == 0;
    if (strcmp(word, "verbose=1") == 0)
        return options->verbose = true;
    return false;
}

int main(int argc, char **argv)
{
    struct options options = {.calls = 9000,
                              .seeds = 3,
                              .start = 1000,
                              .batch = 300,
                              .until = SIZE_MAX,
                              .explore = 0.1,
                              .members = 5,
                              .hidden = 64,
                              .method = METHOD_CLASSIFIER};
    size_t n_named = 0;

    mat_setup();
    for (int i = 1; i < argc; i++) {
        if (problem_find(argv[i]))
            n_named++;
        else if (!read_option(argv[i], &options)) {
            fprintf(stderr, "%s: neither a problem nor an option\n", argv[i]);
            return 2;
        }
    }
    if (options.seeds > MAX_SEEDS)
        options.seeds = MAX_SEEDS;
    print_head();
    for (size_t p = 0; p < N_PROBLEMS; p++) {
        bool is_named = n_named == 0;

        for (int i = 1; i < argc; i++)
            is_named = is_named || strcmp(argv[i], problems[p].name) == 0;
        if (is_named && bench(&problems[p], &options) != 0)
            return 1;
    }
    return 0;
}
