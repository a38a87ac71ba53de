/* generate.c: `theodolite generate`: unweighted events from an integration, by its store, or from a
 * scan file alone.
 *
 * Events are made in blocks: points out, values back, events into the file.  The same seed makes
 * the same events whatever the number of workers.  The file is written at the end (event-file.h);
 * an interrupt ends the making, and what was made by then is written. */
#include "generate.h"

#include <errno.h>
#include <math.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { LEARN_CALLS = 50000 };
static const double LOW_EFFICIENCY = 0.1, HIGH_SHARE = 0.01; /* of the weight above limits */

/* What a signal handler may write. */
static volatile sig_atomic_t stops;

static void on_signal(int signal)
{
    (void)signal;
    stops = 1;
}

struct generate {
    struct cli_scan cli;
    const char *source; /* SCAN.yaml or DB */
    const char *out;    /* NULL: stdout */
    enum event_format format;
    bool has_format, is_quiet, is_forced;
    uint64_t n_events, n_calls, n_learn, seed;
    bool has_seed;
    double excess;
    size_t n_workers;
    bool has_foreseen; /* it was said that the calls will not do */
    /* at work */
    struct store *store;
    struct scan *stored; /* owned, or NULL */
    const struct scan *scan;
    struct calls *calls;
    struct learned learned;
    struct events *events;
    struct event_file *file;
};

/* ---- options -------------------------------------------------------------------------------- */

static int wrong(const char *option, const char *value, const char *wanted)
{
    fprintf(stderr, "theodolite generate: %s \"%s\": %s\n", option, value, wanted);
    return 2;
}

static bool read_count(const char *text, uint64_t *count)
{
    double value;
    if (text_to_double(text, &value) != 0 || !(value >= 1 && value <= 1e15) ||
        value != floor(value))
        return false;
    *count = (uint64_t)value;
    return true;
}

/* 0, or the exit status. */
static int read_option(int letter, struct generate *g)
{
    static const char count[] = "a whole number from 1 is wanted";
    int64_t seed = 0;
    int found;
    switch (letter) {
    case 'n': return read_count(optarg, &g->n_events) ? 0 : wrong("-n", optarg, count);
    case 'c': return read_count(optarg, &g->n_calls) ? 0 : wrong("--calls", optarg, count);
    case 'l': return read_count(optarg, &g->n_learn) ? 0 : wrong("--learn", optarg, count);
    case 'o': g->out = optarg; return 0;
    case 'q': g->is_quiet = true; return 0;
    case 'F': g->is_forced = true; return 0;
    case 't': g->cli.tools = optarg; return 0;
    case 'S': g->cli.sets[g->cli.n_sets++] = optarg; return 0;
    case 'w': return cli_read_workers("generate", optarg, &g->n_workers);
    case 's':
        if (text_to_int64(optarg, &seed) != 0 || seed < 0)
            return wrong("--seed", optarg, "a whole number from 0 is wanted");
        g->seed = (uint64_t)seed;
        g->has_seed = true;
        return 0;
    case 'e':
        if (text_to_double(optarg, &g->excess) != 0 || g->excess < 0 || g->excess > 0.5)
            return wrong("--excess", optarg, "a share of the weight from 0 to 0.5 is wanted");
        return 0;
    case 'f':
        if ((found = event_format_find(optarg)) < 0)
            return wrong("--format", optarg, "there are csv and lhe");
        g->format = (enum event_format)found;
        g->has_format = true;
        return 0;
    default: return -1;
    }
}

static bool ends_with(const char *text, const char *end)
{
    size_t n = strlen(text), k = strlen(end);
    return n >= k && text_same_caseless(text + n - k, end);
}

/* The format by the name of the file, where no other was asked for; 0, or the exit status. */
static int choose_format(struct generate *g)
{
    const char *slash = g->out != NULL ? strrchr(g->out, '/') : NULL;
    const char *name = slash != NULL ? slash + 1 : g->out, *dot;
    int found;
    if (g->has_format || g->out == NULL)
        return 0;
    dot = strrchr(name, '.');
    if (dot == NULL)
        return 0; /* the one that is always meant */
    found = event_format_find(dot + 1);
    if (found < 0)
        return wrong("-o", g->out,
                     "the name does not say which format is meant: FILE.csv or FILE.lhe, or "
                     "--format csv or lhe");
    g->format = (enum event_format)found;
    return 0;
}

/* Nothing is begun whose file cannot be written at the end, or would take the place of another; 0,
 * or the exit status. */
static int check_place(const struct generate *g)
{
    const char *slash = g->out != NULL ? strrchr(g->out, '/') : NULL;
    char folder[4096] = ".";
    struct stat st;
    int status;
    if (g->out == NULL)
        return 0;
    if (slash != NULL)
        snprintf(folder, sizeof folder, "%.*s", slash > g->out ? (int)(slash - g->out) : 1, g->out);
    status = cli_check_output("generate", g->out, g->source, g->is_forced);
    if (status != 0)
        return status;
    if (access(folder, W_OK) == 0 && (stat(g->out, &st) != 0 || !S_ISDIR(st.st_mode)))
        return 0;
    fprintf(stderr, "theodolite generate: cannot write '%s': %s\n", g->out,
            strerror(access(folder, W_OK) == 0 ? EISDIR : errno));
    return 1;
}

/* 0; -1: help was shown; else the exit status. */
static int read_options(int argc, char **argv, struct generate *g)
{
    static const struct option options[] = {
        {"number", required_argument, NULL, 'n'}, {"output", required_argument, NULL, 'o'},
        {"format", required_argument, NULL, 'f'}, {"seed", required_argument, NULL, 's'},
        {"excess", required_argument, NULL, 'e'}, {"calls", required_argument, NULL, 'c'},
        {"learn", required_argument, NULL, 'l'},  {"workers", required_argument, NULL, 'w'},
        {"set", required_argument, NULL, 'S'},    {"tools", required_argument, NULL, 't'},
        {"quiet", no_argument, NULL, 'q'},        {"force", no_argument, NULL, 'F'},
        {"help", no_argument, NULL, 'h'},         {NULL, 0, NULL, 0},
    };
    int letter, status;
    while ((letter = getopt_long(argc, argv, ":hn:o:", options, NULL)) != -1) {
        if (letter == 'h')
            return cli_usage("generate", true) - 1;
        status = read_option(letter, g);
        if (status != 0)
            return status < 0 ? cli_bad_option("generate", argv) : status;
    }
    if (optind != argc - 1)
        return cli_usage("generate", false);
    g->source = argv[optind];
    status = choose_format(g);
    return status != 0 ? status : check_place(g);
}

/* ---- the scan ------------------------------------------------------------------------------- */

static bool is_scan_file(const char *path)
{
    return ends_with(path, ".yaml") || ends_with(path, ".yml");
}

/* 0, or the exit status. */
static int open_source(struct generate *g, struct err *err)
{
    int status;
    if (is_scan_file(g->source)) {
        if ((status = cli_scan_load(&g->cli, g->source, true)) != 0)
            return status;
        g->scan = g->cli.scan;
    } else if ((g->store = store_open(g->source, STORE_READ, err)) == NULL ||
               (g->stored = store_scan(g->store, err)) == NULL)
        return cli_fail(err);
    else
        g->scan = g->stored;
    if (g->scan->integrand != NULL)
        return 0;
    fprintf(stderr,
            "theodolite generate: scan %s has no integrand: \"integrand: NAME\" says which value "
            "the density of the events is\n",
            g->scan->name);
    return 2;
}

static int open_all(struct generate *g, struct err *err)
{
    struct calls_options calls = {.scan = g->scan,
                                  .plugin_dirs = g->cli.plugin_dirs,
                                  .n_workers = g->n_workers,
                                  .stops = &stops};
    bool found = false;
    int rc = -1;
    if ((g->file = event_file_create(g->scan, g->format, err)) == NULL ||
        (g->calls = calls_create(&calls, err)) == NULL)
        return -1;
    if (!g->has_seed)
        g->seed = g->scan->seed;
    buf_init(&g->learned.frozen, 0);
    if (g->store != NULL)
        TRY(learned_from_store(g->store, g->scan, &g->learned, &found, err));
    if (!found) {
        bool has_integral = g->learned.has_integral;
        struct learned before = g->learned;
        TRY(learned_by_calls(g->calls, g->n_learn > 0 ? g->n_learn : LEARN_CALLS, g->seed,
                             &g->learned, err));
        if (has_integral) { /* the store knows it better */
            g->learned.has_integral = true;
            g->learned.integral = before.integral;
            g->learned.error = before.error;
            g->learned.absolute = before.absolute;
            g->learned.is_converged = before.is_converged;
        }
    }
    struct events_config config = {.n_dims = calls_n_dims(g->calls),
                                   .seed = g->seed,
                                   .n_events = g->n_events,
                                   .n_calls = g->n_calls,
                                   .excess = g->excess};
    g->events = events_create(&config, g->learned.frozen.data, g->learned.frozen.len, err);
    rc = g->events != NULL ? 0 : -1;
out:
    return rc;
}

static void close_all(struct generate *g)
{
    events_free(g->events);
    event_file_free(g->file);
    calls_free(g->calls);
    buf_free(&g->learned.frozen);
    scan_free(g->stored);
    store_close(g->store);
    cli_scan_free(&g->cli);
}

/* ---- the work ------------------------------------------------------------------------------- */

static void show_progress(const struct generate *g, bool is_last)
{
    struct events_result result;
    if (g->is_quiet || !isatty(STDERR_FILENO))
        return;
    events_result(g->events, &result);
    fprintf(stderr, "\r\033[K");
    if (!is_last)
        fprintf(stderr, "%llu of %llu events, %llu calls", (unsigned long long)result.n_events,
                (unsigned long long)g->n_events, (unsigned long long)result.n_calls);
    fflush(stderr);
}

static const char *more_learning(const struct generate *g)
{
    return g->store != NULL ? "integrate to more points (theodolite resume)"
                            : "--learn, or integrate first";
}

/* Said once, as soon as it is known: that the calls will not be enough, and how many would be. */
static void say_foreseen(struct generate *g)
{
    struct events_result result;
    events_result(g->events, &result);
    if (g->has_foreseen || !(result.n_calls_foreseen > (double)result.n_calls_most) ||
        result.n_calls >= result.n_calls_most)
        return;
    g->has_foreseen = true;
    fprintf(stderr,
            "%stheodolite generate: by the first %llu calls %llu events take about %.2g calls, one "
            "event in %.0f; it ends at %llu calls with fewer events (--calls N allows N); fewer "
            "calls are needed with more that are learned from: %s\n",
            isatty(STDERR_FILENO) && !g->is_quiet ? "\r\033[K" : "",
            (unsigned long long)result.n_calls, (unsigned long long)g->n_events,
            result.n_calls_foreseen, result.n_calls_foreseen / (double)g->n_events,
            (unsigned long long)result.n_calls_most, more_learning(g));
}

static int keep_events(void *context, const struct events_batch *batch,
                       const struct events_taken *taken, struct err *err)
{
    struct generate *g = context;
    (void)batch;
    for (size_t i = 0; i < taken->n; i++)
        if (event_file_add(g->file, calls_row(g->calls, taken->which[i]), taken->weight[i],
                           taken->cell[i], err) != 0)
            return -1;
    say_foreseen(g);
    show_progress(g, false);
    return 0;
}

static int make_events(struct generate *g, struct err *err)
{
    const struct integrand integrand = calls_integrand(g->calls);
    int rc = events_run(g->events, &integrand, keep_events, g, err);
    show_progress(g, true);
    return rc;
}

static struct event_file_sums sums_of(const struct generate *g, const struct events_result *result)
{
    double scale = calls_scale(g->calls);
    struct event_file_sums sums = {
        .integral = scale * result->integral,
        .error = fabs(scale) * result->integral_error,
        .absolute = fabs(scale) * result->absolute,
        .n_calls = result->n_calls,
        .seed = g->seed,
        .is_converged = g->learned.has_integral && g->learned.is_converged,
    };
    if (g->learned.has_integral && g->learned.error < sums.error) {
        sums.integral = g->learned.integral;
        sums.error = g->learned.error;
        sums.absolute = g->learned.absolute;
    }
    if (result->n_negative == 0) /* then it is the same, and the integral is known better */
        sums.absolute = fabs(sums.integral);
    return sums;
}

/* ---- the report ----------------------------------------------------------------------------- */

static void say_classes(const struct events_result *result)
{
    fprintf(stderr, "  %5s  %11s  %11s  %8s %8s %8s  %s\n", "class", "above", "up to", "calls",
            "events", "over", "efficiency");
    for (size_t c = 0; c < result->n_classes; c++) {
        const struct events_class *class = &result->classes[c];
        fprintf(stderr, "  %5zu  %11.4g  %11.4g  %8llu %8llu %8llu  ", c, class->lo, class->hi,
                (unsigned long long)class->n_calls, (unsigned long long)class->n_events,
                (unsigned long long)class->n_over);
        if (isnan(class->efficiency))
            fprintf(stderr, "-\n");
        else
            fprintf(stderr, "%.3f\n", class->efficiency);
    }
}

static void say_result(const struct generate *g, const struct events_result *result,
                       const struct event_file_sums *sums)
{
    const char *unit = g->scan->integrate.unit;
    double scale = calls_scale(g->calls);
    fprintf(stderr, "learned from %s\n", g->learned.words);
    say_classes(result);
    fprintf(stderr, "%llu events of %llu calls, %llu of them for the limits: efficiency %.3f\n",
            (unsigned long long)result->n_events, (unsigned long long)result->n_calls,
            (unsigned long long)result->n_pilot, result->efficiency);
    if (result->n_over > 0)
        fprintf(stderr,
                "above their limits: %llu events (%.3g %%), kept with weights up to %.4g; %.3g %% "
                "of the weight lies above; worth %.0f unweighted events\n",
                (unsigned long long)result->n_over,
                100.0 * (double)result->n_over / (double)result->n_events, result->most,
                100.0 * result->over_share, result->n_equal);
    if (result->n_negative > 0)
        fprintf(stderr, "negative: %llu events\n", (unsigned long long)result->n_negative);
    if (result->n_failed > 0)
        fprintf(stderr, "failed: %llu calls, no events\n", (unsigned long long)result->n_failed);
    fprintf(stderr, "integral: %.6g +- %.2g%s%s", sums->integral, sums->error,
            unit[0] != '\0' ? " " : "", unit);
    if (sums->error != fabs(scale) * result->integral_error)
        fprintf(stderr, "; by the calls of the events alone: %.6g +- %.2g",
                scale * result->integral, fabs(scale) * result->integral_error);
    fprintf(stderr, "%s\n", sums->is_converged ? "" : " (not converged)");
    if (result->efficiency < LOW_EFFICIENCY || result->over_share > HIGH_SHARE)
        fprintf(stderr, "note: %s with the calls that are learned from: %s\n",
                result->over_share > HIGH_SHARE ? "large weights become fewer"
                                                : "the efficiency grows",
                more_learning(g));
    if (event_file_words(g->file)[0] != '\0')
        fprintf(stderr, "note: %s\n", event_file_words(g->file));
}

/* The exit status: 1 where the calls did not do. */
static int say_short(const struct generate *g, const struct events_result *result)
{
    if (result->n_events >= g->n_events)
        return 0;
    fprintf(stderr,
            "theodolite generate: %llu of %llu events after %llu calls, the most that may be made "
            "(--calls)%s",
            (unsigned long long)result->n_events, (unsigned long long)g->n_events,
            (unsigned long long)result->n_calls,
            result->n_events > 0 ? "; those are written" : "; nothing is written");
    if (isfinite(result->n_calls_foreseen))
        fprintf(stderr, "; all of them take about %.2g", result->n_calls_foreseen);
    fputc('\n', stderr);
    return 1;
}

/* ---- the command ---------------------------------------------------------------------------- */

static int generate(struct generate *g)
{
    struct err err = ERR_INIT;
    struct events_result result;
    struct event_file_sums sums;
    int status = open_source(g, &err);
    bool is_stopped;
    if (status != 0)
        return status;
    if (open_all(g, &err) != 0)
        return cli_fail(&err);
    if (make_events(g, &err) != 0 && err.code != ERR_INTERRUPTED)
        return cli_fail(&err);
    is_stopped = err.code == ERR_INTERRUPTED;
    events_result(g->events, &result);
    if (result.n_events == 0 && !is_stopped)
        return say_short(g, &result);
    if (result.n_events == 0) {
        fprintf(stderr, "theodolite generate: no event was made in %llu calls\n",
                (unsigned long long)result.n_calls);
        return err_exit_status(ERR_INTERRUPTED);
    }
    sums = sums_of(g, &result);
    err_clear(&err);
    if (event_file_write(g->file, g->out, &sums, &err) != 0)
        return cli_fail(&err);
    if (!g->is_quiet)
        say_result(g, &result, &sums);
    if (is_stopped)
        return err_exit_status(ERR_INTERRUPTED);
    return say_short(g, &result);
}

int cli_generate(int argc, char **argv)
{
    struct err err = ERR_INIT;
    struct generate g = {.n_events = 10000, .excess = -1.0};
    struct sigaction action = {.sa_handler = on_signal};
    int status;
    if (cli_scan_init(&g.cli, argc, &err) != 0)
        status = cli_fail(&err);
    else if ((status = read_options(argc, argv, &g)) == 0) {
        sigemptyset(&action.sa_mask);
        sigaction(SIGINT, &action, NULL);
        sigaction(SIGTERM, &action, NULL);
        signal(SIGPIPE, SIG_IGN);
        status = generate(&g);
    }
    close_all(&g);
    return status < 0 ? 0 : status;
}
