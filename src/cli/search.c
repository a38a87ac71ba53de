/* search.c: `theodolite bench search`: what the search needs on problems whose target is known.
 *
 * What it does: surveys each problem with several seeds, by any method, without engine, workers or
 * store, and prints the figures of the search benchmarks: calls until 1000 points are in the
 * target, until every cell (component of the true target) holds 10 and 50, yield, its gain over
 * random sampling (yield / f), the least and largest population of a cell over the mean, how often
 * the interval of the volume covers f and how wide it is beside that of counting uniform points
 * alone, CPU seconds; medians over the seeds (of whether the interval covers: the share), and what
 * must hold beside them.
 *
 * What it does not: tune anything to a problem.  The figures of calculators and stores are those
 * of the other parts of `theodolite bench`. */
#include "bench.h"
#include "search-problems.h"

#include <gsl/gsl_sort_double.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
    MAX_SEEDS = 64,
    MAX_CELLS = 59049,
    DEFAULT_CALLS = 9000,
    DEFAULT_START = 1000,
    DEFAULT_BATCH = 300,
    DEVIATION_AT = 5000
};

struct options {
    size_t calls, start, batch; /* 0: the problem's */
    size_t seeds, until, members, hidden, steps;
    double explore;
    enum search_method method;
    bool is_verbose, is_table;
};

/* All doubles, so that a median can be taken of each by its place; 0 calls: never. */
struct figures {
    double calls, to_1000, to_10k, all_1, all_10, all_50;
    double found, yield, late_yield, low, high, low_at, high_at; /* _at: at DEVIATION_AT accepted */
    double volume, is_covered, width, failed, cpu_s;
};

/* ---- one run -------------------------------------------------------------------------------- */

static size_t count_cells(const size_t *cells, size_t least)
{
    size_t n_full = 0;
    for (size_t i = 0; i < MAX_CELLS; i++)
        n_full += cells[i] >= least;
    return n_full;
}

static void count_batch(const struct loop *loop, size_t *cells)
{
    const struct problem *p = loop->problem;
    double row[PROBLEM_MAX_DIMS + 2];
    for (size_t i = 0; i < loop->last.n && p->cell != NULL; i++) {
        if (loop->labels[i] <= 0)
            continue;
        for (size_t j = 0; j < p->d; j++)
            row[j] = p->low + loop->last.units[i * p->d + j] * (p->high - p->low);
        size_t cell = p->cell(p->d, row);
        if (cell < MAX_CELLS)
            cells[cell]++;
    }
}

static void measure_deviation(const struct loop *loop, const size_t *cells, double *low,
                              double *high)
{
    size_t n = loop->problem->n_cells;
    double mean = (double)loop->n_accepted / (double)(n > 0 ? n : 1);
    *low = INFINITY;
    *high = 0;
    for (size_t i = 0; i < MAX_CELLS; i++) {
        if (cells[i] > 0) {
            *low = fmin(*low, (double)cells[i] / mean);
            *high = fmax(*high, (double)cells[i] / mean);
        }
    }
    if (n == 0 || loop->n_accepted == 0)
        *low = *high = (double)NAN;
    else if (count_cells(cells, 1) < n)
        *low = 0;
}

static void note_first(double *when, bool is_reached, double calls)
{
    if (is_reached && *when == 0)
        *when = calls;
}

static void note_step(const struct loop *loop, const size_t *cells, struct figures *o)
{
    size_t n = loop->problem->n_cells;
    double calls = (double)loop->n_calls;
    note_first(&o->to_1000, loop->n_accepted >= 1000, calls);
    note_first(&o->to_10k, loop->n_accepted >= 10000, calls);
    if (loop->n_accepted >= DEVIATION_AT && o->high_at == 0)
        measure_deviation(loop, cells, &o->low_at, &o->high_at);
    if (n == 0)
        return;
    o->found = (double)count_cells(cells, 1);
    note_first(&o->all_1, o->found >= (double)n, calls);
    note_first(&o->all_10, count_cells(cells, 10) >= n, calls);
    note_first(&o->all_50, count_cells(cells, 50) >= n, calls);
}

static void finish(const struct loop *loop, const size_t *cells, struct figures *o)
{
    double f = loop->problem->share, calls = (double)loop->n_calls;
    struct survey_volume volume;
    survey_volume(loop->survey, &volume);
    o->calls = calls;
    o->volume = volume.estimate;
    o->is_covered = volume.lo <= f && f <= volume.hi;
    o->width = (volume.hi - volume.lo) / (2 * sqrt(f * (1 - f) / (double)loop->n_uniform));
    o->failed = (double)loop->n_failed / calls;
    o->yield = (double)loop->n_accepted / calls;
    measure_deviation(loop, cells, &o->low, &o->high);
    if (o->high_at == 0)
        o->low_at = o->high_at = (double)NAN;
}

static void tell_step(const struct loop *loop, const struct figures *o)
{
    printf("  %6zu calls %6zu in, batch %4zu of %4zu learned in, promised %.3f, cells %.0f, "
           "train %.3f propose %.3f %s\n",
           loop->n_calls, loop->n_accepted, loop->n_learned_accepted, loop->n_learned,
           loop->promised, o->found, loop->last.train_s, loop->last.propose_s, loop->last.notes);
    if (loop->last.metrics_json != NULL)
        printf("      %.1200s\n", loop->last.metrics_json);
    fflush(stdout);
}

static int run(const struct problem *problem, uint64_t seed, const struct options *options,
               struct figures *o, struct err *err)
{
    struct loop loop;
    size_t *cells = mem_array(MAX_CELLS, sizeof *cells);
    double begun = clock_cpu_s();
    int rc = -1;
    *o = (struct figures){.found = 0};
    TRY(loop_open(&loop, problem, options->method, seed, err));
    if (cells == NULL) {
        mem_error(err);
        goto out;
    }
    loop.made.scan.search.start = options->start;
    loop.made.scan.search.members = options->members;
    loop.made.scan.search.hidden = options->hidden;
    loop.made.scan.search.steps = options->steps;
    loop.settings.batch = options->batch;
    loop.settings.explore = options->explore;
    TRY(loop_begin(&loop, err));
    while (loop.n_calls < options->calls && loop.n_accepted < options->until) {
        TRY(loop_step(&loop, err));
        if (loop.n_calls == 0)
            continue;
        count_batch(&loop, cells);
        note_step(&loop, cells, o);
        o->late_yield =
            loop.n_learned > 0 ? (double)loop.n_learned_accepted / (double)loop.n_learned : 0;
        if (options->is_verbose)
            tell_step(&loop, o);
    }
    finish(&loop, cells, o);
    o->cpu_s = clock_cpu_s() - begun;
    rc = 0;
out:
    loop_close(&loop);
    mem_free(cells);
    return rc;
}

/* ---- medians -------------------------------------------------------------------------------- */

/* NaN (not measured) and, of calls, 0 (never) count as worst. */
static double median(const struct figures *o, size_t n, size_t offset, bool is_calls)
{
    double values[MAX_SEEDS] = {0};
    for (size_t i = 0; i < n; i++) {
        memcpy(&values[i], (const char *)&o[i] + offset, sizeof values[i]);
        if (isnan(values[i]) || (is_calls && values[i] == 0))
            values[i] = INFINITY;
    }
    gsl_sort(values, 1, n);
    return values[n / 2];
}

static struct figures median_of_all(const struct figures *o, size_t n)
{
    struct figures m = {0};
    for (size_t at = 0; at < sizeof m; at += sizeof(double)) {
        bool is_calls =
            at >= offsetof(struct figures, to_1000) && at <= offsetof(struct figures, all_50);
        double value = median(o, n, at, is_calls);
        memcpy((char *)&m + at, &value, sizeof value);
    }
    m.is_covered = 0;
    for (size_t i = 0; i < n; i++)
        m.is_covered += o[i].is_covered / (double)n;
    return m;
}

/* ---- what must hold ------------------------------------------------------------------------- */

#define FIGURE(NAME) offsetof(struct figures, NAME)
static const struct wanted {
    const char *problem, *what;
    size_t figure;
    bool is_least; /* at least as much; else at most */
    double must, goal;
} wanted[] = {
    {"shells3", "calls to 1000 in-target", FIGURE(to_1000), false, 3500, 2500},
    {"shells3", "calls to 10k", FIGURE(to_10k), false, 16000, 14000},
    {"shells3", "every cell >= 10", FIGURE(all_10), false, 3500, 2500},
    {"shells3", "every cell >= 50", FIGURE(all_50), false, 5000, 4000},
    {"shells3", "least cell at 5k", FIGURE(low_at), true, 0.7, 0.8},
    {"shells3", "largest cell at 5k", FIGURE(high_at), false, 1.4, 1.25},
    {"shells3-label", "calls to 1000 in-target", FIGURE(to_1000), false, 5500, 4500},
    {"shells3-label", "every cell >= 10", FIGURE(all_10), false, 9000, 8000},
    {"shells3-label", "least cell at 5k", FIGURE(low_at), true, 0.6, 0.7},
    {"shells3-label", "largest cell at 5k", FIGURE(high_at), false, 1.6, 1.4},
    {"shells5", "shells found", FIGURE(found), true, 115, 121},
    {"shells5", "largest cell", FIGURE(high), false, 4, 3},
    {"shells7", "yield", FIGURE(yield), true, 0.2, 0.2},
    {"himboo", "both islands >= 10", FIGURE(all_10), false, 400, 300},
    {"cos2", "yield of the last batch", FIGURE(late_yield), true, 0.6, 0.6},
    {"shells3w", "yield of the last batch", FIGURE(late_yield), true, 0.6, 0.6},
    {"shells3t", "yield of the last batch", FIGURE(late_yield), true, 0.6, 0.6},
    {"rosen4", "calls to 1000 in-target", FIGURE(to_1000), false, 25000, 20000},
    {"rastrigin5", "calls to 1000 in-target", FIGURE(to_1000), false, 15000, 15000},
    {"gshell10", "calls to 1000 in-target", FIGURE(to_1000), false, 40000, 20000},
    {"gshell10", "smaller shell", FIGURE(low), true, 0.6, 0.7},
    {"gshell10", "larger shell", FIGURE(high), false, 1.6, 1.4},
};
enum { N_WANTED = sizeof wanted / sizeof wanted[0] };

/* How long, and how it begins where nobody says otherwise: a search that is to be done in 400
 * calls cannot begin with 1000. */
static const struct length {
    const char *problem;
    size_t calls, start, batch; /* 0: the default */
} lengths[] = {
    {"shells3", 16000, 0, 0},  {"shells3-label", 12000, 0, 0}, {"shells5", 12000, 0, 0},
    {"shells7", 30000, 0, 0},  {"rosen4", 25000, 0, 0},        {"rastrigin5", 15000, 0, 0},
    {"gshell10", 40000, 0, 0}, {"himboo", 1000, 100, 50},
};

static size_t first_of(size_t a, size_t b, size_t c)
{
    return a > 0 ? a : b > 0 ? b : c;
}

static void set_length(const struct problem *problem, struct options *options)
{
    struct length length = {.calls = 0};
    for (size_t i = 0; i < sizeof lengths / sizeof lengths[0]; i++)
        if (strcmp(lengths[i].problem, problem->name) == 0)
            length = lengths[i];
    options->calls = first_of(options->calls, length.calls, DEFAULT_CALLS);
    options->start = first_of(options->start, length.start, DEFAULT_START);
    options->batch = first_of(options->batch, length.batch, DEFAULT_BATCH);
}

static double figure_of(const struct figures *o, size_t figure)
{
    double value;
    memcpy(&value, (const char *)o + figure, sizeof value);
    return value;
}

static const char *verdict(const struct wanted *w, double value)
{
    bool is_must = w->is_least ? value >= w->must && isfinite(value) : value <= w->must;
    bool is_goal = w->is_least ? value >= w->goal && isfinite(value) : value <= w->goal;
    return is_goal ? "goal" : is_must ? "must" : "missed";
}

/* ---- printing ------------------------------------------------------------------------------- */

static void print_head(void)
{
    printf("%-14s %4s %7s %7s %7s %5s %7s %7s %7s %6s %6s %9s %11s %9s %4s %5s %6s %7s\n",
           "problem", "seed", "calls", "to 1000", "to 10k", "found", "all>=1", "all>=10", "all>=50",
           "yield", "late", "gain", "deviation", "volume", "in", "width", "failed", "CPU s");
}

/* "-" where it was not reached, or cannot be. */
static const char *calls_words(char out[16], double calls)
{
    if (calls > 0 && isfinite(calls))
        snprintf(out, 16, "%.0f", calls);
    else
        snprintf(out, 16, "-");
    return out;
}

static const char *deviation_words(char out[32], double low, double high)
{
    if (isfinite(low) && isfinite(high))
        snprintf(out, 32, "%.2f / %.2f", low, high);
    else
        snprintf(out, 32, "-");
    return out;
}

static void print_outcome(const struct problem *p, const char *seed, const struct figures *o)
{
    char a[16], b[16], c[16], d[16], e[16], deviation[32];
    printf("%-14s %4s %7.0f %7s %7s %5.0f %7s %7s %7s %6.3f %6.3f %9.4g %11s %9.3g %4.2f %5.2f "
           "%6.3f %7.2f\n",
           p->name, seed, o->calls, calls_words(a, o->to_1000), calls_words(b, o->to_10k), o->found,
           calls_words(c, o->all_1), calls_words(d, o->all_10), calls_words(e, o->all_50), o->yield,
           o->late_yield, o->yield / p->share, deviation_words(deviation, o->low, o->high),
           o->volume, o->is_covered, o->width, o->failed, o->cpu_s);
    fflush(stdout);
}

static void print_wanted(const struct problem *p, const struct figures *m)
{
    for (size_t i = 0; i < N_WANTED; i++) {
        double value = figure_of(m, wanted[i].figure);
        if (strcmp(wanted[i].problem, p->name) == 0)
            printf("%-14s   %-26s %9.5g   must %s %g, goal %g: %s\n", p->name, wanted[i].what,
                   value, wanted[i].is_least ? ">=" : "<=", wanted[i].must, wanted[i].goal,
                   verdict(&wanted[i], value));
    }
    fflush(stdout);
}

static void print_table_head(const struct options *options)
{
    printf("Method %s, medians of %zu seeds.\n\n", scan_method_name(options->method),
           options->seeds);
    printf("| problem | f | calls | yield | gain | calls to 1000 | every cell >= 10 | cells found "
           "| deviation min / max | CPU s | of what must hold |\n");
    printf("| --- | --- | --- | --- | --- | --- | --- | --- | --- | --- | --- |\n");
}

static void print_table_row(const struct problem *p, const struct figures *m)
{
    char a[16], b[16], cells[32] = "-", deviation[32];
    size_t n = 0, n_must = 0, n_goal = 0;
    for (size_t i = 0; i < N_WANTED; i++) {
        const char *how = verdict(&wanted[i], figure_of(m, wanted[i].figure));
        if (strcmp(wanted[i].problem, p->name) != 0)
            continue;
        n++;
        n_must += strcmp(how, "missed") != 0;
        n_goal += strcmp(how, "goal") == 0;
    }
    if (p->n_cells > 0)
        snprintf(cells, sizeof cells, "%.0f of %zu", m->found, p->n_cells);
    printf("| %s | %.3g | %.0f | %.3f | %.3g | %s | %s | %s | %s | %.1f | ", p->name, p->share,
           m->calls, m->yield, m->yield / p->share, calls_words(a, m->to_1000),
           calls_words(b, m->all_10), cells, deviation_words(deviation, m->low, m->high), m->cpu_s);
    if (n > 0)
        printf("%zu of %zu, goals %zu |\n", n_must, n, n_goal);
    else
        printf("- |\n");
    fflush(stdout);
}

/* ---- the command ---------------------------------------------------------------------------- */

static int run_problem(const struct problem *p, const struct options *asked, struct err *err)
{
    struct figures o[MAX_SEEDS], m;
    struct options options = *asked;
    char seed[24];
    set_length(p, &options);
    for (size_t s = 0; s < options.seeds; s++) {
        if (run(p, s + 1, &options, &o[s], err) != 0)
            return err_while(err, "searching %s with seed %zu", p->name, s + 1), -1;
        snprintf(seed, sizeof seed, "%zu", s + 1);
        if (!options.is_table)
            print_outcome(p, seed, &o[s]);
    }
    m = median_of_all(o, options.seeds);
    if (options.is_table) {
        print_table_row(p, &m);
        return 0;
    }
    print_outcome(p, "med", &m);
    print_wanted(p, &m);
    return 0;
}

static int find_method(const char *name)
{
    for (int method = METHOD_RANDOM; method <= METHOD_REGRESSOR; method++)
        if (method != METHOD_LIST &&
            strcmp(scan_method_name((enum search_method)method), name) == 0)
            return method;
    fprintf(stderr,
            "theodolite bench search: there is no method \"%s\" (random, sobol, "
            "classifier, regressor)\n",
            name);
    return -1;
}

static const struct option long_options[] = {
    {"calls", required_argument, NULL, 'c'},   {"seeds", required_argument, NULL, 's'},
    {"start", required_argument, NULL, 'S'},   {"batch", required_argument, NULL, 'b'},
    {"until", required_argument, NULL, 'u'},   {"members", required_argument, NULL, 'M'},
    {"hidden", required_argument, NULL, 'H'},  {"steps", required_argument, NULL, 't'},
    {"explore", required_argument, NULL, 'e'}, {"method", required_argument, NULL, 'm'},
    {"verbose", no_argument, NULL, 'v'},       {"table", no_argument, NULL, 'T'},
    {"help", no_argument, NULL, 'h'},          {NULL, 0, NULL, 0},
};

/* Takes one option; 0, or the exit status. */
static int take_option(struct options *options, int letter, const char *value)
{
    const struct {
        int letter;
        size_t *number;
    } numbers[] = {{'c', &options->calls},  {'s', &options->seeds}, {'S', &options->start},
                   {'b', &options->batch},  {'u', &options->until}, {'M', &options->members},
                   {'H', &options->hidden}, {'t', &options->steps}};
    int64_t n;
    int method;
    for (size_t i = 0; i < sizeof numbers / sizeof numbers[0]; i++) {
        if (numbers[i].letter != letter)
            continue;
        if (text_to_int64(value, &n) != 0 || n < 1 || (letter == 's' && n > MAX_SEEDS)) {
            fprintf(stderr, "theodolite bench search: \"%s\" is no number that fits here\n", value);
            return 2;
        }
        *numbers[i].number = (size_t)n;
        return 0;
    }
    options->is_verbose |= letter == 'v';
    options->is_table |= letter == 'T';
    if (letter == 'e' && (text_to_double(value, &options->explore) != 0 ||
                          !(options->explore >= 0 && options->explore <= 1))) {
        fprintf(stderr, "theodolite bench search: \"%s\" is no share such as 0.1\n", value);
        return 2;
    }
    if (letter == 'm') {
        if ((method = find_method(value)) < 0)
            return 2;
        options->method = (enum search_method)method;
    }
    return 0;
}

static int check_problems(char **names, int n)
{
    for (int i = 0; i < n; i++) {
        if (problem_find(names[i]) != NULL)
            continue;
        fprintf(stderr, "theodolite bench search: there is no problem \"%s\"; there are", names[i]);
        for (size_t k = 0; k < N_PROBLEMS; k++)
            fprintf(stderr, " %s", problems[k].name);
        fputc('\n', stderr);
        return 2;
    }
    return 0;
}

int bench_search(int argc, char **argv)
{
    struct options options = {.seeds = 5,
                              .until = SIZE_MAX,
                              .explore = 0.1,
                              .members = 5,
                              .hidden = 64,
                              .method = METHOD_CLASSIFIER};
    struct err err = ERR_INIT;
    int letter, status = 0;
    while (status == 0 && (letter = getopt_long(argc, argv, ":h", long_options, NULL)) != -1) {
        if (letter == 'h')
            return cli_usage("bench", true);
        if (letter == '?' || letter == ':')
            return cli_bad_option("bench", argv);
        status = take_option(&options, letter, optarg);
    }
    if (status != 0 || (status = check_problems(argv + optind, argc - optind)) != 0)
        return status;
    mat_setup();
    if (options.is_table)
        print_table_head(&options);
    else
        print_head();
    for (size_t p = 0; p < N_PROBLEMS; p++) {
        bool is_named = optind == argc;
        for (int i = optind; i < argc; i++)
            is_named = is_named || strcmp(argv[i], problems[p].name) == 0;
        if (is_named && run_problem(&problems[p], &options, &err) != 0)
            return cli_fail(&err);
    }
    return 0;
}
