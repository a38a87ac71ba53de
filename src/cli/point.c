/* point.c: `theodolite check` and `theodolite point`: one point through the chain, each step shown:
 * what was written, the command line, exit and time, each value with the line it came from, each
 * term with its verdict. */
#include "private.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static void show_step(void *context, const char *calculator, const char *kind, const char *text)
{
    (void)context;
    const char *at = text;
    while (*at != '\0') { /* each line behind its label */
        size_t n = strcspn(at, "\n");
        printf("  %-10s %-6s %.*s\n", at == text ? calculator : "", at == text ? kind : "", (int)n,
               at);
        at += n + (at[n] == '\n');
    }
    fflush(stdout); /* the next step may take its time */
}

struct one {
    const struct scan *scan;
    struct space *space;
    struct judge *judge;
    struct chain *chain;
    double *row, *unit;
    char scratch[4096];
};

static void one_free(struct one *one)
{
    struct err ignored = ERR_INIT;
    chain_free(one->chain);
    judge_free(one->judge);
    space_free(one->space);
    mem_free(one->row);
    mem_free(one->unit);
    if (one->scratch[0] != '\0')
        file_remove_tree(one->scratch, &ignored);
}

static int one_init(struct one *one, const struct cli_scan *cli, const struct calc_trace *trace,
                    struct err *err)
{
    const char *base = getenv("TMPDIR");
    one->scan = cli->scan;
    snprintf(one->scratch, sizeof one->scratch, "%s/theodolite-point-%ld",
             base != NULL && base[0] != '\0' ? base : "/tmp", (long)getpid());
    if (file_make_dirs(one->scratch, 0700, err) != 0)
        return -1;
    struct chain_options options = {
        .scratch = one->scratch,
        .plugin_dirs = cli->plugin_dirs,
        .cancel_fd = -1,
        .trace = trace,
    };
    if ((one->space = space_create(one->scan, err)) == NULL ||
        (one->judge = judge_create(one->scan, NULL, 0, NULL, err)) == NULL ||
        (one->chain = chain_create(one->scan, &options, err)) == NULL)
        return -1;
    one->row = mem_array(one->scan->n_values, sizeof *one->row);
    one->unit = mem_array(space_n_dims(one->space), sizeof *one->unit);
    if (one->row == NULL || one->unit == NULL)
        return mem_error(err);
    for (size_t i = 0; i < one->scan->n_values; i++)
        one->row[i] = (double)NAN;
    return 0;
}

static int refuse_name(const struct one *one, const char *word, size_t n)
{
    enum { MOST = 30 };
    const char *names[4096];
    char name[128];
    size_t n_names = space_n_dims(one->space);
    snprintf(name, sizeof name, "%.*s", (int)n, word);
    for (size_t i = 0; i < n_names && i < 4096; i++)
        names[i] = space_name(one->space, i);
    const char *nearest = text_nearest(name, names, n_names);
    fprintf(stderr, "theodolite point: there is no free parameter \"%s\"", name);
    if (nearest != NULL)
        fprintf(stderr, "; did you mean \"%s\"?", nearest);
    fprintf(stderr, "; there %s", n_names == 0 ? "is none" : n_names == 1 ? "is:" : "are:");
    for (size_t i = 0; i < n_names && i < MOST; i++)
        fprintf(stderr, "%s %s", i > 0 ? "," : "", names[i]);
    if (n_names > MOST)
        fprintf(stderr, ", and %zu more", n_names - MOST);
    fprintf(stderr, "\n");
    return 2;
}

/* The first parameter without a value; n_params: each has one. */
static size_t first_missing(const struct one *one)
{
    size_t v = 0;
    while (v < one->scan->n_params && !isnan(one->row[v]))
        v++;
    return v;
}

/* Why parameter v has no value: "its range a .. 0 is empty there". */
static const char *missing_words(const struct one *one, size_t v, char *words, size_t size)
{
    const struct scan_param *param = &one->scan->params[v];
    if (param->kind == PRIOR_DERIVED)
        snprintf(words, size, "it is not a finite number there");
    else
        snprintf(words, size, "its range %s .. %s is empty there", param->lo, param->hi);
    return words;
}

/* How much of the prior has no value of a parameter: ranges that depend on others may be empty. */
static void note_missing(struct one *one)
{
    enum { DRAWS = 10000 };
    struct rng rng = rng_stream(one->scan->seed, RNG_INJECT, 1);
    size_t n = 0, missing = one->scan->n_params; /* the first that was met */
    char words[400];
    for (int k = 0; k < DRAWS; k++) {
        for (size_t i = 0; i < space_n_dims(one->space); i++)
            one->unit[i] = rng_uniform(&rng);
        if (space_to_physical(one->space, one->unit, one->row))
            continue;
        if (n == 0)
            missing = first_missing(one);
        n += first_missing(one) == missing;
    }
    if (missing < one->scan->n_params)
        fprintf(stderr, "note: about %.*f %% of the prior has no value of %s: %s\n",
                100 * n < DRAWS ? 2 : 0, 100.0 * (double)n / DRAWS, one->scan->params[missing].name,
                missing_words(one, missing, words, sizeof words));
}

/* What lies outside of its range, and which that is. */
static void note_outside(const struct one *one)
{
    char range[200], value[TEXT_DOUBLE_SIZE];
    size_t n_outside = 0, missing = first_missing(one);
    if (missing < one->scan->n_params && one->scan->params[missing].kind != PRIOR_DERIVED) {
        char words[400];
        fprintf(stderr, "note: %s has no value: %s\n", one->scan->params[missing].name,
                missing_words(one, missing, words, sizeof words));
        n_outside++;
    }
    for (size_t i = 0; i < space_n_dims(one->space); i++) {
        size_t v = space_value(one->space, i);
        const char *unit = one->scan->value_units[v];
        if (isnan(one->row[v]) || !space_is_outside(one->space, one->row, i, range, sizeof range))
            continue;
        n_outside++;
        fprintf(stderr, "note: %s = %s lies outside of its range, %s%s%s\n",
                space_name(one->space, i), text_shortest(value, one->row[v]), range,
                unit != NULL && unit[0] != '\0' ? " " : "", unit != NULL ? unit : "");
    }
    if (n_outside == 0)
        fprintf(stderr, "note: a derived parameter has no finite value at this point\n");
}

/* Reads NAME=NUMBER ... into values (one per parameter; NaN: not given); 0, or the exit status. */
static int read_given(const struct one *one, int argc, char **argv, double *values)
{
    size_t d = space_n_dims(one->space);
    for (size_t v = 0; v < one->scan->n_params; v++)
        values[v] = (double)NAN;
    for (int i = 0; i < argc; i++) {
        const char *equals = strchr(argv[i], '=');
        size_t dim = 0, n = equals != NULL ? (size_t)(equals - argv[i]) : strlen(argv[i]);
        double value;
        while (dim < d && (strlen(space_name(one->space, dim)) != n ||
                           strncmp(space_name(one->space, dim), argv[i], n) != 0))
            dim++;
        if (dim == d)
            return refuse_name(one, argv[i], n);
        if (equals == NULL || text_to_double(equals + 1, &value) != 0) {
            fprintf(stderr, "theodolite point: \"%s\" is no NAME=NUMBER\n", argv[i]);
            return 2;
        }
        values[space_value(one->space, dim)] = value;
    }
    return 0;
}

/* Free parameters that are not given stand in the middle of their prior, or with --seed where
 * chance puts them.  A range may depend on what is given, which may itself lie outside of its own:
 * so the map is that of a scan in which the given ones are fixed. */
static int fill_others(struct one *one, const double *values, bool is_random, struct err *err)
{
    struct scan given = *one->scan;
    struct scan_param *params = mem_memdup(given.params, given.n_params * sizeof *params);
    struct rng rng = rng_stream(one->scan->seed, RNG_INJECT, 0);
    struct space *space = NULL;
    size_t n = 0;
    int rc = -1;
    if (params == NULL)
        return mem_error(err);
    for (size_t i = 0; i < space_n_dims(one->space); i++) {
        size_t v = space_value(one->space, i);
        double u = is_random ? rng_uniform(&rng) : 0.5; /* the same, whatever is given */
        if (isnan(values[v])) {
            one->unit[n++] = u;
            continue;
        }
        params[v].kind = PRIOR_FIXED;
        params[v].value = values[v];
    }
    given.params = params;
    if ((space = space_create(&given, err)) == NULL)
        goto out;
    (void)space_to_physical(space, one->unit, one->row);
    if (!is_random)
        space_snap(space, one->row);
    rc = 0;
out:
    space_free(space);
    mem_free(params);
    return rc;
}

static int set_point(struct one *one, int argc, char **argv, bool is_random)
{
    struct err err = ERR_INIT;
    double *values = mem_array(one->scan->n_params, sizeof *values);
    int status;
    if (values == NULL) {
        mem_error(&err);
        return cli_fail(&err);
    }
    if ((status = read_given(one, argc, argv, values)) == 0 &&
        fill_others(one, values, is_random, &err) != 0)
        status = cli_fail(&err);
    if (status == 0 && !space_to_unit(one->space, one->row, one->unit))
        note_outside(one);
    mem_free(values);
    return status;
}

static void print_values(const struct one *one, size_t from, size_t to, const char *title)
{
    char number[TEXT_DOUBLE_SIZE];
    if (from < to)
        printf("%s\n", title);
    for (size_t i = from; i < to; i++) {
        const char *unit = one->scan->value_units[i];
        printf("  %-16s %s%s%s\n", one->scan->value_names[i],
               isnan(one->row[i]) ? "-" : text_shortest(number, one->row[i]),
               unit != NULL && unit[0] != '\0' ? " " : "", unit != NULL ? unit : "");
    }
}

/* chi2 where there is one: a Gaussian term, or a target that asks for it. */
static void print_chi2(const struct one *one, double chi2)
{
    bool is_asked = strstr(one->scan->target, "chi2") != NULL;
    for (size_t i = 0; i < judge_n_terms(one->judge); i++)
        is_asked = is_asked || judge_term(one->judge, i).has_pull;
    if (is_asked && isnan(chi2))
        printf(", chi2 = -");
    else if (is_asked)
        printf(", chi2 = %.4g", chi2);
    if (strcmp(one->scan->target, "all") != 0)
        printf(", target: %s", one->scan->target);
}

static void print_verdict(struct one *one, const struct outcome *outcome, bool is_quiet)
{
    struct verdict verdict;
    static const char *const marks[] = {"unknown", "fails", "holds"};
    const size_t missing = first_missing(one);
    char why[400] = "";
    if (missing < one->scan->n_params)
        snprintf(why, sizeof why, ": %s has no value, ", one->scan->params[missing].name);
    if (why[0] != '\0')
        missing_words(one, missing, why + strlen(why), sizeof why - strlen(why));
    if (outcome->reason != REASON_NONE) {
        printf("verdict: failed: %s in %s (%s)%s\n", reason_name(outcome->reason),
               outcome->calculator >= 0 ? one->scan->calculators[outcome->calculator].name
                                        : "the chain",
               reason_text(outcome->reason), why);
        if (is_quiet && outcome->words != NULL) /* else the steps have told it */
            printf("%s\n", outcome->words);
        return;
    }
    judge_block(one->judge, 1, one->row, one->scan->n_values, &verdict, NULL);
    printf("constraints\n");
    for (size_t i = 0; i < judge_n_terms(one->judge); i++) {
        struct judge_detail detail;
        judge_detail(one->judge, one->row, i, &detail);
        printf("  %-16s %-8s %s\n", judge_term(one->judge, i).name, marks[detail.outcome + 1],
               detail.words);
    }
    printf("verdict: %s", verdict.label > 0    ? "accepted"
                          : verdict.label == 0 ? "rejected"
                                               : "unknown");
    print_chi2(one, verdict.chi2);
    printf("%s\n", why);
}

/* What would be integrated there. */
static int print_height(struct one *one, const struct outcome *outcome, struct err *err)
{
    const bool has_failed = outcome->reason != REASON_NONE;
    char text[TEXT_DOUBLE_SIZE];
    struct height *height;
    double value;
    if (one->scan->integrand == NULL)
        return 0;
    if ((height = height_create(one->scan, err)) == NULL)
        return -1;
    height_block(height, 1, one->row, one->scan->n_values, &has_failed, &value);
    printf("integrand\n  %-16s %s%s\n", one->scan->integrand,
           isfinite(value) ? text_shortest(text, value) : "none: a failed call",
           height_scale(height) == 1 && one->scan->integrate.measure == MEASURE_VOLUME
               ? " (with the volume element)"
               : "");
    height_free(height);
    return 0;
}

static int run_one(struct cli_scan *cli, int argc, char **argv, bool is_quiet, bool is_random)
{
    struct err err = ERR_INIT;
    struct one one = {0};
    struct outcome outcome = {.calculator = -1};
    const struct calc_trace trace = {.line = show_step};
    const uint64_t id = 1;
    int status = 0;
    if (one_init(&one, cli, is_quiet ? NULL : &trace, &err) != 0)
        status = cli_fail(&err);
    else if (argc == 0)
        note_missing(&one);
    if (status == 0 && (status = set_point(&one, argc, argv, is_random)) == 0) {
        print_values(&one, 0, one.scan->n_params, "parameters");
        if (!is_quiet && one.scan->n_calculators > 0)
            printf("calculators\n");
        if (chain_run(one.chain, 1, &id, one.row, one.scan->n_values, &outcome, &err) != 0)
            status = cli_fail(&err);
        else {
            print_values(&one, one.scan->n_params, one.scan->n_values, "observables");
            if (print_height(&one, &outcome, &err) != 0)
                status = cli_fail(&err);
            print_verdict(&one, &outcome, is_quiet);
            status = outcome.reason == REASON_START ? err_exit_status(ERR_START) : 0;
        }
    }
    outcome_clear(&outcome);
    one_free(&one);
    return status;
}

/* Options of both; -1: help was shown. */
static int read_options(int argc, char **argv, struct cli_scan *cli, bool *is_quiet,
                        bool *is_random)
{
    static const struct option options[] = {
        {"set", required_argument, NULL, 'S'},   {"seed", required_argument, NULL, 's'},
        {"tools", required_argument, NULL, 't'}, {"quiet", no_argument, NULL, 'q'},
        {"help", no_argument, NULL, 'h'},        {NULL, 0, NULL, 0},
    };
    int letter;
    while ((letter = getopt_long(argc, argv, ":h", options, NULL)) != -1) {
        if (letter == 'S')
            cli->sets[cli->n_sets++] = optarg;
        else if (letter == 's')
            cli->sets[cli->n_sets++] = arena_printf(cli->arena, "seed=%s", optarg),
            *is_random = true;
        else if (letter == 't')
            cli->tools = optarg;
        else if (letter == 'q')
            *is_quiet = true;
        else if (letter == 'h')
            return cli_usage(argv[0], true) - 1;
        else
            return cli_bad_option(argv[0], argv);
    }
    return optind < argc ? 0 : cli_usage(argv[0], false);
}

int cli_check(int argc, char **argv)
{
    struct err err = ERR_INIT;
    struct cli_scan cli;
    bool is_quiet = false, is_random = false;
    int status;
    if (cli_scan_init(&cli, argc, &err) != 0)
        status = cli_fail(&err);
    else if ((status = read_options(argc, argv, &cli, &is_quiet, &is_random)) == 0) {
        cli.use = SCAN_USE_FILE;
        if (optind != argc - 1)
            status = cli_usage("check", false);
        else if ((status = cli_scan_load(&cli, argv[optind], true)) == 0) {
            cli_print_plan(cli.scan);
            printf("one point, %s:\n", is_random ? "at random" : "in the middle of every prior");
            status = run_one(&cli, 0, NULL, is_quiet, is_random);
        }
    }
    cli_scan_free(&cli);
    return status < 0 ? 0 : status;
}

int cli_point(int argc, char **argv)
{
    struct err err = ERR_INIT;
    struct cli_scan cli;
    bool is_quiet = false, is_random = false;
    int status;
    if (cli_scan_init(&cli, argc, &err) != 0)
        status = cli_fail(&err);
    else if ((status = read_options(argc, argv, &cli, &is_quiet, &is_random)) == 0 &&
             (status = cli_scan_load(&cli, argv[optind], true)) == 0)
        status = run_one(&cli, argc - optind - 1, argv + optind + 1, is_quiet, is_random);
    cli_scan_free(&cli);
    return status < 0 ? 0 : status;
}
