/* bench-events.c: `theodolite bench events`: unweighted events of the Drell-Yan ridge (C of the
 * open suite): their efficiency, and whether their histograms are those of the integrand.
 *
 * Each run has an integration of its own.  The histograms of m_ee, cos and ln x1 in 20 equal bins
 * are compared by chi2 with shares worked out on a grid; bins in which fewer than ten events are
 * expected are joined.  Of honest events one run in a hundred has a p-value below 0.01 in one of
 * them. */
#include "bench.h"
#include "integrate-problems.h"

#include <gsl/gsl_cdf.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

enum { BINS = 20, KINDS = 3, GRID = 4000 };
static const char *const kinds[KINDS] = {"m_ee", "cos", "ln x1"};
static const double ENERGY = 13000, LEAST = 60, MOST = 120; /* GeV */

struct histogram {
    double of[KINDS][BINS], sum, squares;
};

static double length(void)
{
    return log(ENERGY * ENERGY / (LEAST * LEAST));
}

static size_t bin_of(double x, double lo, double hi)
{
    double place = (x - lo) / (hi - lo) * BINS;
    return place < 0 ? 0 : place >= BINS ? BINS - 1 : (size_t)place;
}

static double mass_at(const double *u)
{
    return ENERGY * exp(-0.5 * length() * (2 - u[0] - u[1]));
}

static void fill(struct histogram *h, const double *u, double weight)
{
    h->of[0][bin_of(mass_at(u), LEAST, MOST)] += weight;
    h->of[1][bin_of(u[2], 0, 1)] += weight;
    h->of[2][bin_of(u[0], 0, 1)] += weight;
    h->sum += weight;
    h->squares += weight * weight;
}

/* Shares of the bins.  In c the integrand is p (1 + c)^2 + m (1 - c)^2. */
static void find_truth(const struct integrate_problem *problem, struct histogram *truth)
{
    memset(truth, 0, sizeof *truth);
    for (size_t i = 0; i < (size_t)GRID * GRID; i++) {
        double u[3] = {((double)(i / GRID) + 0.5) / GRID, ((double)(i % GRID) + 0.5) / GRID, 1};
        double p, m, all;
        if (mass_at(u) < LEAST || mass_at(u) > MOST)
            continue;
        p = problem->at(3, u) / 4;
        u[2] = 0;
        m = problem->at(3, u) / 4;
        all = 4 * (p + m) / 3;
        truth->of[0][bin_of(mass_at(u), LEAST, MOST)] += all;
        truth->of[2][bin_of(u[0], 0, 1)] += all;
        truth->sum += all;
        for (size_t b = 0; b < BINS; b++) {
            double lo = 2.0 * (double)b / BINS, hi = lo + 2.0 / BINS; /* of 1 + c */
            truth->of[1][b] +=
                (p * (pow(hi, 3) - pow(lo, 3)) + m * (pow(2 - lo, 3) - pow(2 - hi, 3))) / 6;
        }
    }
    for (size_t k = 0; k < KINDS; k++)
        for (size_t b = 0; b < BINS; b++)
            truth->of[k][b] /= truth->sum;
}

static double p_value(const double *truth, const double *found, double sum, double squares)
{
    double chi2 = 0, share = 0, weight = 0;
    int n = -1;
    for (size_t b = 0; b < BINS; b++) {
        share += truth[b];
        weight += found[b];
        if (share * sum < 10 && b + 1 < BINS)
            continue;
        if (share > 0) {
            chi2 += pow(weight - sum * share, 2) / (share * squares);
            n++;
        }
        share = weight = 0;
    }
    return gsl_cdf_chisq_Q(chi2, n);
}

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

static int fill_batch(void *context, const struct events_batch *batch,
                      const struct events_taken *taken, struct err *err)
{
    (void)err;
    for (size_t i = 0; i < taken->n; i++)
        fill(context, batch->units + 3 * taken->which[i], taken->weight[i]);
    return 0;
}

struct events_bench {
    uint64_t n_calls, n_events, n_seeds;
    struct histogram truth;
    uint64_t n_low[KINDS], n_any;
    double least, sum; /* of the efficiencies */
};

static int run(struct events_bench *bench, const struct integrand *integrand, uint64_t seed,
               struct err *err)
{
    struct events_config config = {
        .n_dims = integrand->n_dims, .seed = seed, .n_events = bench->n_events, .excess = -1};
    struct events *events = NULL;
    struct events_result result;
    struct histogram found;
    struct buf frozen;
    bool is_any = false;
    int rc = -1;
    buf_init(&frozen, 1 << 28);
    TRY(learn(integrand, seed, bench->n_calls, &frozen, err));
    if ((events = events_create(&config, frozen.data, frozen.len, err)) == NULL)
        goto out;
    memset(&found, 0, sizeof found);
    TRY(events_run(events, integrand, fill_batch, &found, err));
    events_result(events, &result);
    printf("%4llu  %7.3f  %7.4f %%  %6.2f ", (unsigned long long)seed, result.efficiency,
           100 * result.over_share, result.most);
    for (size_t k = 0; k < KINDS; k++) {
        double p = p_value(bench->truth.of[k], found.of[k], found.sum, found.squares);
        printf("  %7.4f", p);
        bench->n_low[k] += p < 0.01;
        is_any = is_any || p < 0.01;
    }
    putchar('\n');
    fflush(stdout);
    bench->n_any += is_any;
    bench->least = fmin(bench->least, result.efficiency);
    bench->sum += result.efficiency;
    rc = 0;
out:
    events_free(events);
    buf_free(&frozen);
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

static int read_options(int argc, char **argv, struct events_bench *bench)
{
    static const struct option options[] = {
        {"calls", required_argument, NULL, 'c'},
        {"events", required_argument, NULL, 'e'},
        {"seeds", required_argument, NULL, 's'},
        {NULL, 0, NULL, 0},
    };
    int letter;
    optind = 1;
    while ((letter = getopt_long(argc, argv, ":", options, NULL)) != -1) {
        uint64_t *to = letter == 'c'   ? &bench->n_calls
                       : letter == 'e' ? &bench->n_events
                       : letter == 's' ? &bench->n_seeds
                                       : NULL;
        if (to == NULL)
            return cli_bad_option("bench", argv);
        if (!read_count(optarg, 1000000000, to)) {
            fprintf(stderr, "theodolite bench events: \"%s\" is no number from 1\n", optarg);
            return 2;
        }
    }
    return optind == argc ? 0 : cli_usage("bench", false);
}

int bench_events(int argc, char **argv)
{
    struct events_bench bench = {
        .n_calls = 100000, .n_events = 10000, .n_seeds = 40, .least = INFINITY};
    const struct integrate_problem *problem = integrate_problem_find("c");
    struct integrand integrand = integrate_problem_integrand(problem);
    struct err err = ERR_INIT;
    int status = read_options(argc, argv, &bench);
    if (status != 0)
        return status;
    find_truth(problem, &bench.truth);
    printf("%s: %llu events, of an integration of %llu calls\n", problem->title,
           (unsigned long long)bench.n_events, (unsigned long long)bench.n_calls);
    printf("seed  effic.  above limit  most     p(%s)   p(%s)  p(%s)\n", kinds[0], kinds[1],
           kinds[2]);
    for (uint64_t seed = 1; seed <= bench.n_seeds; seed++)
        if (run(&bench, &integrand, seed, &err) != 0)
            return cli_fail(&err);
    printf("efficiency: mean %.3f, least %.3f (wanted: 0.10, at best 0.40); events dropped: none\n",
           bench.sum / (double)bench.n_seeds, bench.least);
    for (size_t k = 0; k < KINDS; k++)
        printf("%s: p below 0.01 in %llu of %llu runs\n", kinds[k],
               (unsigned long long)bench.n_low[k], (unsigned long long)bench.n_seeds);
    return 0;
}
