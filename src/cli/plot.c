/* plot.c: `theodolite plot`. */
#include "private.h"

#include "theodolite/plot.h"

#include <stdio.h>
#include <string.h>

enum {
    OPT_TERMINAL = 256,
    OPT_HEAT,
    OPT_CHI2,
    OPT_SIZE,
    OPT_EVENTS,
    OPT_TITLE,
    OPT_X_LOG,
    OPT_Y_LOG,
    OPT_X_LINEAR,
    OPT_Y_LINEAR,
    OPT_BINS
};

static const struct option options[] = {
    {"output", required_argument, NULL, 'o'},
    {"terminal", required_argument, NULL, OPT_TERMINAL},
    {"x", required_argument, NULL, 'x'},
    {"y", required_argument, NULL, 'y'},
    {"log-x", no_argument, NULL, OPT_X_LOG},
    {"log-y", no_argument, NULL, OPT_Y_LOG},
    {"linear-x", no_argument, NULL, OPT_X_LINEAR},
    {"linear-y", no_argument, NULL, OPT_Y_LINEAR},
    {"where", required_argument, NULL, 'w'},
    {"heat", required_argument, NULL, OPT_HEAT},
    {"chi2", required_argument, NULL, OPT_CHI2},
    {"events", required_argument, NULL, OPT_EVENTS},
    {"bins", required_argument, NULL, OPT_BINS},
    {"size", required_argument, NULL, OPT_SIZE},
    {"title", required_argument, NULL, OPT_TITLE},
    {"help", no_argument, NULL, 'h'},
    {NULL, 0, NULL, 0},
};

static int wrong(const char *option, const char *value, const char *wanted)
{
    fprintf(stderr, "theodolite plot: --%s \"%s\": %s\n", option, value, wanted);
    return 2;
}

/* "1200x900" */
static bool read_size(const char *text, struct plot_options *plot)
{
    enum { LEAST = 20, MOST = 20000 };
    char left[16];
    int64_t width, height;
    size_t n = strcspn(text, "x");
    if (text[n] != 'x' || n >= sizeof left)
        return false;
    memcpy(left, text, n);
    left[n] = '\0';
    if (text_to_int64(left, &width) != 0 || text_to_int64(text + n + 1, &height) != 0 ||
        width < LEAST || width > MOST || height < LEAST / 2 || height > MOST)
        return false;
    plot->width = (int)width;
    plot->height = (int)height;
    return true;
}

static bool read_bins(const char *text, struct plot_options *plot)
{
    enum { MOST = 2000 };
    int64_t n;
    if (text_to_int64(text, &n) != 0 || n < 1 || n > MOST)
        return false;
    plot->bins = (size_t)n;
    return true;
}

/* 0, or the exit status. */
static int read_option(int letter, struct plot_options *plot)
{
    int found;
    switch (letter) {
    case 'o': plot->out = optarg; break;
    case 'x': plot->x = optarg; break;
    case 'y': plot->y = optarg; break;
    case 'w': plot->where = optarg; break;
    case OPT_X_LOG: plot->x_scale = SCALE_LOG; break;
    case OPT_Y_LOG: plot->y_scale = SCALE_LOG; break;
    case OPT_X_LINEAR: plot->x_scale = SCALE_LINEAR; break;
    case OPT_Y_LINEAR: plot->y_scale = SCALE_LINEAR; break;
    case OPT_CHI2: plot->chi2 = optarg; break;
    case OPT_EVENTS: plot->events = optarg; break;
    case OPT_TITLE: plot->title = optarg; break;
    case OPT_TERMINAL:
        if ((found = plot_terminal_find(optarg)) < 0)
            return wrong("terminal", optarg, "there are auto, png, pdf, svg, dumb and screen");
        plot->terminal = (enum plot_terminal)found;
        break;
    case OPT_HEAT:
        if ((found = plot_heat_find(optarg)) < 0)
            return wrong("heat", optarg, "there are none, found and p");
        plot->heat = (enum plot_heat)found;
        break;
    case OPT_BINS:
        if (!read_bins(optarg, plot))
            return wrong("bins", optarg, "it is a number of bins from 1 to 2000");
        break;
    case OPT_SIZE:
        if (!read_size(optarg, plot))
            return wrong("size", optarg, "it is WIDTHxHEIGHT in pixels, for example 1200x900");
        break;
    default: return -1;
    }
    return 0;
}

static void print_kinds(void)
{
    for (const struct plot_kind_words *kind = report_plot_kinds(); kind->name != NULL; kind++)
        printf("  %-12s %s\n", kind->name, kind->about);
}

static int plot(const char *db, const struct plot_options *options_given)
{
    struct err err = ERR_INIT;
    struct plot_result result;
    struct store *store = store_open(db, STORE_READ, &err);
    if (store == NULL)
        return cli_fail(&err);
    int rc = report_plot(store, options_given, &result, &err);
    store_close(store);
    if (rc == 0) {
        if (result.text.len > 0)
            fputs(result.text.data, stdout);
        if (result.picture[0] != '\0')
            printf("%s\n", result.picture);
        if (result.words[0] != '\0')
            fprintf(stderr, "%s\n", result.words);
        if (result.picture[0] == '\0' && result.script[0] != '\0')
            printf("%s\n", result.script);
    }
    plot_result_free(&result);
    return rc == 0 ? 0 : cli_fail(&err);
}

int cli_plot(int argc, char **argv)
{
    struct plot_options given = {.terminal = PLOT_AUTO};
    int letter, status;
    while ((letter = getopt_long(argc, argv, ":ho:", options, NULL)) != -1) {
        if (letter == 'h') {
            cli_usage("plot", true);
            print_kinds();
            return 0;
        }
        status = read_option(letter, &given);
        if (status < 0)
            return cli_bad_option("plot", argv);
        if (status > 0)
            return status;
    }
    if (optind != argc - 2)
        return cli_usage("plot", false);
    given.kind = argv[optind + 1];
    if (given.bins > 0 && strcmp(given.kind, "hist") != 0) {
        fprintf(stderr, "theodolite plot: --bins is for hist\n");
        return 2;
    }
    return plot(argv[optind], &given);
}
