/* bench-integrate.c: `theodolite bench integrate`: error and honesty of the integrators where the
 * integral is known.
 *
 * Each cell of the table is one function, one number of calls, one method, and some seeds: root
 * mean square of the relative error; of the pull (estimate minus truth over the error it gives);
 * how many pulls are beyond 3; how many runs said "not converged"; CPU of one run.  A cell is
 * honest when, of the runs that call themselves converged, the pulls are between 0.7 and 1.4 and at
 * most one in twelve is beyond 3.  Beside it, what must be reached, and the error of the program
 * vegas 6.4.1 (arXiv:2009.05112) at as many calls, measured with 3 + 7 iterations of a tenth each.
 *
 * Every call counts, those that only trained too. */
#include "bench-integrate.h"
#include "bench.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* RMS relative error that must be reached, that would be good, and of vegas+.  NAN: nothing said.
 */
static const struct wanted {
    const char *problem;
    uint64_t n_calls;
    double must, goal, vegas;
} wanted[] = {
    {"a", 10000, 4.3, 0.62, 6.2},
    {"a", 100000, 0.30, 0.03, 0.6},
    {"a", 1000000, 0.034, 0.0034, 0.068},
    {"b", 10000, (double)NAN, (double)NAN, 180},
    {"b", 100000, 15, 2, 500},
    {"b", 1000000, 2, 0.2, 730},
    {"c", 10000, 0.039, 0.013, 0.13},
    {"c", 100000, 0.0032, 6e-4, 0.013},
    {"c", 1000000, (double)NAN, (double)NAN, 2.3e-3},
    {"camel4", 10000, (double)NAN, (double)NAN, 0.011},
    {"camel4", 100000, 6.6e-4, 2.2e-4, 2.2e-3},
    {"camel4", 1000000, (double)NAN, (double)NAN, 2.5e-4},
    {"camel8", 10000, (double)NAN, (double)NAN, 0.099},
    {"camel8", 100000, 3.4e-3, 1.13e-3, 0.011},
    {"camel8", 1000000, (double)NAN, (double)NAN, 2.9e-3},
    {"diagonal", 10000, (double)NAN, (double)NAN, 0.026},
    {"diagonal", 100000, 8.7e-4, 2.9e-4, 2.9e-3},
    {"diagonal", 1000000, (double)NAN, (double)NAN, 7.5e-4},
    {"ring", 10000, (double)NAN, (double)NAN, 0.021},
    {"ring", 100000, 8.5e-4, 1.7e-4, 1.7e-3},
    {"ring", 1000000, (double)NAN, (double)NAN, 2.8e-4},
    {"shell", 10000, (double)NAN, (double)NAN, 0.046},
    {"shell", 100000, 3.8e-3, 7.6e-4, 7.6e-3},
    {"shell", 1000000, (double)NAN, (double)NAN, 1.6e-3},
    {"oscillatory", 10000, (double)NAN, (double)NAN, 9.8e-3},
    {"oscillatory", 100000, 2.6e-3, 1e-3, 2e-3},
    {"oscillatory", 1000000, (double)NAN, (double)NAN, 3.8e-4},
    {"product-peak", 10000, (double)NAN, (double)NAN, 8.2e-4},
    {"product-peak", 100000, 3.2e-4, 1.25e-4, 2.5e-4},
    {"product-peak", 1000000, (double)NAN, (double)NAN, 5.8e-5},
    {"corner-peak", 10000, (double)NAN, (double)NAN, 1.3e-3},
    {"corner-peak", 100000, 5.2e-4, 2e-4, 4e-4},
    {"corner-peak", 1000000, (double)NAN, (double)NAN, 5.8e-5},
    {"gaussian", 10000, (double)NAN, (double)NAN, 1.1e-3},
    {"gaussian", 100000, 4.5e-4, 1.75e-4, 3.5e-4},
    {"gaussian", 1000000, (double)NAN, (double)NAN, 7.2e-5},
    {"c0", 10000, (double)NAN, (double)NAN, 3.1e-3},
    {"c0", 100000, 1.7e-3, 6.5e-4, 1.3e-3},
    {"c0", 1000000, (double)NAN, (double)NAN, 2.1e-4},
    {"discontinuous", 10000, (double)NAN, (double)NAN, 8.3e-3},
    {"discontinuous", 100000, 1.4e-3, 5.5e-4, 1.1e-3},
    {"discontinuous", 1000000, (double)NAN, (double)NAN, 9.6e-5},
};

static struct wanted find_wanted(const char *problem, uint64_t n_calls)
{
    for (size_t i = 0; i < sizeof wanted / sizeof wanted[0]; i++)
        if (wanted[i].n_calls == n_calls && strcmp(wanted[i].problem, problem) == 0)
            return wanted[i];
    return (struct wanted){problem, n_calls, (double)NAN, (double)NAN, (double)NAN};
}

struct tally { /* over the seeds of a cell */
    size_t n, n_converged, n_far, n_peaks, n_overdrawn;
    double error2, pull2, converged2, calls, cpu_s;
};

static void tally_add(struct tally *tally, const struct strata_result *r, double truth,
                      uint64_t n_calls, double cpu_s)
{
    double away = r->integral - truth, pull = away == 0 ? 0 : away / r->error;
    tally->n++;
    tally->error2 += away * away / (truth * truth);
    tally->pull2 += isnan(pull) ? 0 : pull * pull;
    if (r->is_converged) {
        tally->n_converged++;
        tally->converged2 += pull * pull;
        tally->n_far += fabs(pull) <= 3 ? 0 : 1;
    }
    tally->n_peaks += r->n_peaks >= 2 ? 1 : 0;
    tally->n_overdrawn += r->n_calls > n_calls ? 1 : 0;
    tally->calls += (double)r->n_calls;
    tally->cpu_s += cpu_s;
}

static double root_mean(double sum, size_t n)
{
    return n == 0 ? (double)NAN : sqrt(sum / (double)n);
}

/* "yes"; "no"; "-": every run said that it did not converge. */
static const char *honesty(const struct tally *tally)
{
    double pull = root_mean(tally->converged2, tally->n_converged);
    if (tally->n_converged == 0)
        return "-";
    if (tally->n_far * 12 > tally->n_converged)
        return "no";
    /* a few runs alone say little about a root mean square */
    double room = tally->n_converged < 12 ? 0.4 : 0;
    return pull >= 0.7 - room && pull <= 1.4 + room ? "yes" : "no";
}

static const char *verdict(const struct wanted *w, double error)
{
    return isnan(w->must) ? "" : error <= w->goal ? "good" : error <= w->must ? "must" : "missed";
}

static void print_head(bool is_table)
{
    if (is_table)
        printf("| function | calls | method | rms error | rms pull | beyond 3 | not converged | "
               "honest | CPU s | vegas+ | must | good | |\n"
               "| --- | --- | --- | --- | --- | --- | --- | --- | --- | --- | --- | --- | --- |\n");
    else
        printf("%-22s %6s %-9s %9s %6s %3s %7s %6s %7s %8s %8s %8s\n", "function", "calls",
               "method", "rms error", "pull", ">3", "no conv", "honest", "CPU s", "vegas+", "must",
               "good");
    fflush(stdout);
}

static void number(char out[16], double x)
{
    if (isnan(x))
        snprintf(out, 16, "-");
    else
        snprintf(out, 16, "%.2g", x);
}

static void print_cell(const struct integrate_problem *problem, uint64_t n_calls,
                       enum integrate_method method, const struct tally *tally, bool is_table)
{
    struct wanted w = find_wanted(problem->name, n_calls);
    char vegas[16], must[16], goal[16], error[16], pull[16], calls[16];
    double rms = root_mean(tally->error2, tally->n);
    snprintf(calls, sizeof calls, "%.0e", (double)n_calls);
    number(vegas, w.vegas);
    number(must, w.must);
    number(goal, w.goal);
    number(error, rms);
    number(pull, root_mean(tally->pull2, tally->n));
    const char *format = is_table
                             ? "| %s | %s | %s | %s | %s | %zu | %zu of %zu | %s | %.2f | %s | %s "
                               "| %s | %s |"
                             : "%-22s %6s %-9s %9s %6s %3zu %3zu/%3zu %6s %7.2f %8s %8s %8s %s";
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wformat-nonliteral"
    printf(format, problem->title, calls, integrate_method_name(method), error, pull, tally->n_far,
           tally->n - tally->n_converged, tally->n, honesty(tally), tally->cpu_s / (double)tally->n,
           vegas, must, goal, verdict(&w, rms));
#pragma GCC diagnostic pop
    if (!is_table && tally->n_peaks > 0)
        printf("  >= 2 peaks: %zu", tally->n_peaks);
    if (!is_table && tally->n_overdrawn > 0)
        printf("  too many calls: %zu", tally->n_overdrawn);
    putchar('\n');
    fflush(stdout);
}

static int run_cell(const struct integrate_options *options,
                    const struct integrate_problem *problem, enum integrate_method method,
                    uint64_t n_calls, struct err *err)
{
    struct tally tally = {.n = 0};
    struct integrand integrand = integrate_problem_integrand(problem);
    for (uint64_t seed = options->first_seed; seed < options->first_seed + options->n_seeds;
         seed++) {
        struct strata_config config = {.n_dims = problem->n_dims, .seed = seed, .n_calls = n_calls};
        struct strata_result result;
        struct arena *arena = arena_create();
        double began = clock_thread_cpu_s();
        if (arena == NULL)
            return mem_error(err);
        if (strata_integrate(&config, &integrand, method, arena, &result, err) != 0) {
            arena_free(arena);
            return err_while(err, "integrating %s with seed %llu", problem->name,
                             (unsigned long long)seed);
        }
        double cpu_s = clock_thread_cpu_s() - began;
        tally_add(&tally, &result, problem->truth, n_calls, cpu_s);
        if (options->is_verbose)
            printf("  %-12s seed %3llu  %.8g +- %.3g  pull %+.2f  calls %llu  CPU %.2f s  "
                   "peaks %zu  %s%s\n",
                   problem->name, (unsigned long long)seed, result.integral, result.error,
                   (result.integral - problem->truth) / result.error,
                   (unsigned long long)result.n_calls, cpu_s, result.n_peaks,
                   result.is_converged ? "" : "not converged: ", result.why);
        arena_free(arena);
    }
    print_cell(problem, n_calls, method, &tally, options->is_table);
    return 0;
}

static int run_all(const struct integrate_options *options, struct err *err)
{
    if (options->is_table)
        printf("Root mean squares over %llu seeds.\n\n", (unsigned long long)options->n_seeds);
    print_head(options->is_table);
    for (size_t p = 0; p < options->n_problems; p++)
        for (size_t c = 0; c < options->n_calls; c++)
            for (size_t m = 0; m < options->n_methods; m++)
                if (run_cell(options, options->problems[p], options->methods[m], options->calls[c],
                             err) != 0)
                    return -1;
    return 0;
}

/* ---- the command ---------------------------------------------------------------------------- */

/* Each part between commas goes to take(); 0, or 2 after it said what is wrong. */
static int take_list(const char *list, struct integrate_options *options,
                     int (*take)(const char *word, struct integrate_options *options))
{
    char word[64];
    while (*list != '\0') {
        size_t n = strcspn(list, ",");
        if (n == 0 || n >= sizeof word) {
            fprintf(stderr, "theodolite bench integrate: \"%s\" is no list\n", list);
            return 2;
        }
        memcpy(word, list, n);
        word[n] = '\0';
        if (take(word, options) != 0)
            return 2;
        list += n + (list[n] == ',' ? 1 : 0);
    }
    return 0;
}

static int take_method(const char *word, struct integrate_options *options)
{
    int method = integrate_method_find(word);
    if (method < 0 || options->n_methods == INTEGRATE_MOST_LIST) {
        fprintf(stderr, "theodolite bench integrate: there is no method \"%s\"; there are", word);
        for (int m = INTEGRATE_AUTO; m <= INTEGRATE_MISER; m++)
            fprintf(stderr, " %s", integrate_method_name((enum integrate_method)m));
        fputc('\n', stderr);
        return 2;
    }
    options->methods[options->n_methods++] = (enum integrate_method)method;
    return 0;
}

static int take_calls(const char *word, struct integrate_options *options)
{
    double calls;
    if (text_to_double(word, &calls) != 0 || calls < 10 || calls > 1e12 ||
        options->n_calls == INTEGRATE_MOST_LIST) {
        fprintf(stderr, "theodolite bench integrate: \"%s\" is no number of calls\n", word);
        return 2;
    }
    options->calls[options->n_calls++] = (uint64_t)calls;
    return 0;
}

/* Those that begin with the word or hold it, else the nearest; 0: none is near. */
static size_t say_near(const char *word)
{
    enum { MOST = 64 };
    const char *names[MOST], *nearest;
    size_t n_names = 0, n = 0;
    for (const struct integrate_problem *p = integrate_problems; p->name && n_names < MOST; p++)
        names[n_names++] = p->name;
    for (size_t i = 0; i < n_names && word[0] != '\0'; i++)
        if (strstr(names[i], word) != NULL)
            fprintf(stderr, "%s%s", n++ == 0 ? "; meant: " : " or ", names[i]);
    if (n == 0 && (nearest = text_nearest(word, names, n_names)) != NULL) {
        fprintf(stderr, "; meant: %s", nearest);
        n = 1;
    }
    return n;
}

static int take_problem(const char *word, struct integrate_options *options)
{
    const struct integrate_problem *problem = integrate_problem_find(word);
    if (problem == NULL || options->n_problems == 64) {
        fprintf(stderr, "theodolite bench integrate: there is no function \"%s\"", word);
        if (say_near(word) > 0) {
            fputs("? (--help lists them)\n", stderr);
            return 2;
        }
        fputs("; there are", stderr);
        for (problem = integrate_problems; problem->name != NULL; problem++)
            fprintf(stderr, " %s", problem->name);
        fputc('\n', stderr);
        return 2;
    }
    options->problems[options->n_problems++] = problem;
    return 0;
}

static void set_defaults(struct integrate_options *options,
                         int (*run)(const struct integrate_options *options, struct err *err))
{
    if (options->n_seeds == 0)
        options->n_seeds = run == bench_integrate_stopping ? 200 : 24;
    if (options->n_problems == 0)
        for (const struct integrate_problem *p = integrate_problems; p->name != NULL; p++)
            options->problems[options->n_problems++] = p;
    if (options->n_methods == 0)
        options->methods[options->n_methods++] = INTEGRATE_AUTO;
    if (options->n_calls == 0)
        options->calls[options->n_calls++] = run == bench_integrate_cheap ? 1000000 : 100000;
}

static int show_help(void)
{
    cli_usage("bench", true);
    printf("functions of integrate:\n");
    for (const struct integrate_problem *p = integrate_problems; p->name != NULL; p++)
        printf("  %-14s %s\n", p->name, p->title);
    printf("methods:");
    for (int m = INTEGRATE_AUTO; m <= INTEGRATE_MISER; m++)
        printf(" %s", integrate_method_name((enum integrate_method)m));
    printf("\n");
    return 0;
}

int bench_integrate(int argc, char **argv)
{
    static const struct option long_options[] = {
        {"method", required_argument, NULL, 'm'},
        {"calls", required_argument, NULL, 'n'},
        {"seeds", required_argument, NULL, 's'},
        {"table", no_argument, NULL, 't'},
        {"stopping", no_argument, NULL, 'S'},
        {"cheap", no_argument, NULL, 'c'},
        {"verbose", no_argument, NULL, 'v'},
        {"help", no_argument, NULL, 'h'},
        {NULL, 0, NULL, 0},
    };
    struct integrate_options options = {.first_seed = 1};
    int (*run)(const struct integrate_options *options, struct err *err) = run_all;
    struct err err = ERR_INIT;
    int option, status = 0;
    optind = 1;
    while (status == 0 && (option = getopt_long(argc, argv, ":", long_options, NULL)) != -1) {
        switch (option) {
        case 'm': status = take_list(optarg, &options, take_method); break;
        case 'n': status = take_list(optarg, &options, take_calls); break;
        case 's':
            if (bench_take_seeds(optarg, INTEGRATE_MOST_SEEDS, &options.first_seed,
                                 &options.n_seeds) != 0)
                return cli_bad_option("bench", argv);
            break;
        case 't': options.is_table = true; break;
        case 'v': options.is_verbose = true; break;
        case 'S': run = bench_integrate_stopping; break;
        case 'c': run = bench_integrate_cheap; break;
        case 'h': return show_help();
        default: return cli_bad_option("bench", argv);
        }
    }
    for (; status == 0 && optind < argc; optind++)
        status = take_problem(argv[optind], &options);
    if (status != 0)
        return status;
    set_defaults(&options, run);
    mat_setup();
    return run(&options, &err) == 0 ? 0 : cli_fail(&err);
}
