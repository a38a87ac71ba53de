/* bench-events.c: `theodolite bench events`: unweighted events of the open integrands: their
 * efficiency, and whether their histograms are those of the integrand.
 *
 * Each run has an integration of its own.  Histograms of a few observables (bench-events-truth.c)
 * are compared by chi2; of honest events one histogram in a hundred has a p-value below 0.01, and
 * all p-values of a table together are flat.  Efficiencies are events per call: once of the calls
 * that made events, once of all calls, the integration's and those for the limits too. */
#include "bench-events.h"

#include "bench.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

enum { MOST_SEEDS = 100000 };

struct events_bench {
    uint64_t n_calls, n_events, n_seeds, first;
    uint64_t n_most;  /* calls for the events of a run; 0: the default */
    uint64_t n_short; /* runs with fewer events than wanted */
    struct closure closure;
    struct histogram truth;
    double *p; /* n_seeds * CLOSURE_KINDS: p-values */
    size_t n_p;
    uint64_t n_low[CLOSURE_KINDS];
    double least, sum, sum_all; /* of the efficiencies */
    double over, share, most;   /* events above limits, their weight's share, the largest */
};

/* ---- one run -------------------------------------------------------------------------------- */

static int learn(const struct integrand *integrand, uint64_t seed, uint64_t n_calls,
                 struct buf *frozen, struct err *err)
{
    struct strata_config config = {
        .n_dims = integrand->n_dims, .seed = seed, .n_calls = n_calls, .cuts = CUTS_CONTRIBUTION};
    struct strata *strata = strata_create(&config, err);
    int rc = -1;
    if (strata == NULL)
        return -1;
    if (strata_run(strata, integrand, err) == 0)
        rc = strata_write(strata, frozen, err);
    strata_free(strata);
    return rc;
}

struct filling {
    const struct closure *closure;
    struct histogram *found;
};

static int fill_batch(void *context, const struct events_batch *batch,
                      const struct events_taken *taken, struct err *err)
{
    const struct filling *filling = context;
    size_t d = filling->closure->problem->n_dims;
    (void)err;
    for (size_t i = 0; i < taken->n; i++)
        closure_fill(filling->closure, filling->found, batch->units + d * taken->which[i],
                     taken->weight[i]);
    return 0;
}

static void say_run(struct events_bench *bench, uint64_t seed, const struct events_result *result,
                    const struct histogram *found)
{
    double n = (double)bench->n_seeds, events = fmax((double)result->n_events, 1);
    double all = events / (double)(result->n_calls + bench->n_calls);
    printf("%4llu  %7.3f  %7.3f  %7.3f %%  %7.4f %%  %6.2f ", (unsigned long long)seed,
           result->efficiency, all, 100 * (double)result->n_over / events, 100 * result->over_share,
           result->most);
    for (size_t k = 0; k < CLOSURE_KINDS && bench->closure.kinds[k] != NULL; k++) {
        double p = closure_p_value(&bench->truth, found, k);
        printf("  %7.4f", p);
        bench->n_low[k] += p < 0.01;
        if (isfinite(p))
            bench->p[bench->n_p++] = p;
    }
    putchar('\n');
    fflush(stdout);
    bench->least = fmin(bench->least, result->efficiency);
    bench->sum += result->efficiency / n;
    bench->sum_all += all / n;
    bench->over += (double)result->n_over / events / n;
    bench->share += result->over_share / n;
    bench->most = fmax(bench->most, result->most);
}

static void say_short(struct events_bench *bench, uint64_t seed, const struct events_result *result)
{
    if (result->n_events >= bench->n_events)
        return;
    bench->n_short++;
    fprintf(stderr,
            "seed %llu: %llu of %llu events after %llu calls, the most that may be made (--most); "
            "all of them take about %.2g\n",
            (unsigned long long)seed, (unsigned long long)result->n_events,
            (unsigned long long)bench->n_events, (unsigned long long)result->n_calls,
            result->n_calls_foreseen);
}

static int run(struct events_bench *bench, uint64_t seed, struct err *err)
{
    const struct integrand integrand = integrate_problem_integrand(bench->closure.problem);
    struct events_config config = {.n_dims = integrand.n_dims,
                                   .seed = seed,
                                   .n_events = bench->n_events,
                                   .n_calls = bench->n_most,
                                   .excess = -1};
    struct events *events = NULL;
    struct events_result result;
    struct histogram found = {.sum = 0};
    struct filling filling = {&bench->closure, &found};
    struct buf frozen;
    int rc = -1;
    buf_init(&frozen, 1 << 28);
    TRY(learn(&integrand, seed, bench->n_calls, &frozen, err));
    if ((events = events_create(&config, frozen.data, frozen.len, err)) == NULL)
        goto out;
    TRY(events_run(events, &integrand, fill_batch, &filling, err));
    events_result(events, &result);
    say_run(bench, seed, &result, &found);
    say_short(bench, seed, &result);
    rc = 0;
out:
    events_free(events);
    buf_free(&frozen);
    return rc;
}

static void say_all(struct events_bench *bench)
{
    double distance = 0, p = closure_p_flat(bench->n_p, bench->p, &distance);
    printf("efficiency: mean %.3f, least %.3f; of all calls %.3f; events dropped: none\n",
           bench->sum, bench->least, bench->sum_all);
    printf(
        "above their limits: %.3f %% of the events, %.4f %% of the weight; largest weight %.2f\n",
        100 * bench->over, 100 * bench->share, bench->most);
    if (bench->n_short > 0)
        printf("fewer events than wanted in %llu of %llu runs\n",
               (unsigned long long)bench->n_short, (unsigned long long)bench->n_seeds);
    for (size_t k = 0; k < CLOSURE_KINDS && bench->closure.kinds[k] != NULL; k++)
        printf("%s: p below 0.01 in %llu of %llu runs\n", bench->closure.kinds[k],
               (unsigned long long)bench->n_low[k], (unsigned long long)bench->n_seeds);
    printf("all %zu p-values: furthest from flat by %.3f, p = %.3f\n\n", bench->n_p, distance, p);
}

static int measure(struct events_bench *bench, const char *name, struct err *err)
{
    int rc = -1;
    (void)closure_open(name, &bench->closure);
    closure_truth(&bench->closure, &bench->truth);
    bench->least = INFINITY;
    bench->p = mem_array(bench->n_seeds * CLOSURE_KINDS, sizeof *bench->p);
    if (bench->p == NULL)
        return mem_error(err);
    printf("%s: %llu events, of an integration of %llu calls\n", bench->closure.problem->title,
           (unsigned long long)bench->n_events, (unsigned long long)bench->n_calls);
    printf("seed   effic.      all    events      weight    most ");
    for (size_t k = 0; k < CLOSURE_KINDS && bench->closure.kinds[k] != NULL; k++)
        printf("  %7.7s", bench->closure.kinds[k]);
    putchar('\n');
    for (uint64_t i = 0; i < bench->n_seeds; i++)
        TRY(run(bench, bench->first + i, err));
    say_all(bench);
    rc = 0;
out:
    mem_free(bench->p);
    return rc;
}

/* ---- the command ---------------------------------------------------------------------------- */

static bool read_count(const char *text, uint64_t most, uint64_t *count)
{
    double value;
    if (text_to_double(text, &value) != 0 || !(value >= 1 && value <= (double)most))
        return false;
    *count = (uint64_t)value;
    return true;
}

static int show_help(void)
{
    struct closure closure;
    cli_usage("bench", true);
    printf("integrands of events, and the histograms:\n");
    for (size_t i = 0; closure_name(i) != NULL && closure_open(closure_name(i), &closure); i++) {
        printf("  %-14s %s:", closure.name, closure.problem->title);
        for (size_t k = 0; k < CLOSURE_KINDS && closure.kinds[k] != NULL; k++)
            printf(" %s%s", k > 0 ? "| " : "", closure.kinds[k]);
        putchar('\n');
    }
    return -1;
}

/* 0, the exit status, or -1: all was said.  The names are behind optind. */
static int read_options(int argc, char **argv, struct events_bench *bench)
{
    static const struct option options[] = {
        {"calls", required_argument, NULL, 'c'}, {"events", required_argument, NULL, 'e'},
        {"most", required_argument, NULL, 'm'},  {"seeds", required_argument, NULL, 's'},
        {"help", no_argument, NULL, 'h'},        {NULL, 0, NULL, 0},
    };
    int letter;
    optind = 1;
    while ((letter = getopt_long(argc, argv, ":", options, NULL)) != -1) {
        uint64_t *to = letter == 'c'   ? &bench->n_calls
                       : letter == 'e' ? &bench->n_events
                       : letter == 'm' ? &bench->n_most
                                       : NULL;
        if (letter == 'h')
            return show_help();
        if (letter == 's' &&
            bench_take_seeds(optarg, MOST_SEEDS, &bench->first, &bench->n_seeds) == 0)
            continue;
        if (to == NULL)
            return cli_bad_option("bench", argv);
        if (!read_count(optarg, 1000000000, to)) {
            fprintf(stderr, "theodolite bench events: \"%s\" is no number from 1\n", optarg);
            return 2;
        }
    }
    for (int i = optind; i < argc; i++)
        if (!closure_open(argv[i], &bench->closure)) {
            fprintf(stderr, "theodolite bench events: there is no \"%s\"; there are", argv[i]);
            for (size_t k = 0; closure_name(k) != NULL; k++)
                fprintf(stderr, " %s", closure_name(k));
            fputc('\n', stderr);
            return 2;
        }
    return 0;
}

int bench_events(int argc, char **argv)
{
    struct events_bench asked = {.n_calls = 100000, .n_events = 10000, .n_seeds = 40, .first = 1};
    struct err err = ERR_INIT;
    int status = read_options(argc, argv, &asked);
    if (status != 0)
        return status > 0 ? status : 0;
    for (int i = optind; i < argc || i == optind; i++) {
        struct events_bench bench = asked;
        if (measure(&bench, i < argc ? argv[i] : "c", &err) != 0)
            return cli_fail(&err);
        status = bench.n_short > 0 ? 1 : status;
    }
    return status;
}
