/* show.c: `theodolite show`: a screen of the workbench as text, for mails, reports and tests. */
#include "private.h"

#include <stdio.h>
#include <string.h>

/* "120x40" */
static int read_size(const char *text, struct tui_shot *shot)
{
    int64_t width, height;
    char left[16];
    size_t n = strcspn(text, "x");
    if (n == 0 || n >= sizeof left || text[n] != 'x')
        return -1;
    snprintf(left, sizeof left, "%.*s", (int)n, text);
    if (text_to_int64(left, &width) != 0 || text_to_int64(text + n + 1, &height) != 0 ||
        width < 1 || width > 10000 || height < 1 || height > 10000)
        return -1;
    shot->width = (int)width;
    shot->height = (int)height;
    return 0;
}

static int read_options(int argc, char **argv, struct tui_shot *shot)
{
    static const struct option options[] = {
        {"size", required_argument, NULL, 's'},
        {"symbols", required_argument, NULL, 'y'},
        {"styles", no_argument, NULL, 't'},
        {"help", no_argument, NULL, 'h'},
        {NULL, 0, NULL, 0},
    };
    int letter;
    while ((letter = getopt_long(argc, argv, ":h", options, NULL)) != -1) {
        switch (letter) {
        case 's':
            if (read_size(optarg, shot) == 0)
                break;
            fprintf(stderr,
                    "theodolite show: --size takes columns and lines, as 120x40, not "
                    "\"%s\"\n",
                    optarg);
            return 2;
        case 'y': shot->symbols = optarg; break;
        case 't': shot->has_styles = true; break;
        case 'h': return cli_usage("show", true) - 1;
        default: return cli_bad_option("show", argv);
        }
    }
    return optind == argc - 2 ? 0 : cli_usage("show", false);
}

int cli_show(int argc, char **argv)
{
    struct tui_shot shot = {.width = 80};
    struct err err = ERR_INIT;
    struct buf out;
    int status = read_options(argc, argv, &shot);
    if (status != 0)
        return status < 0 ? 0 : status; /* -1: help was shown */
    shot.screen = argv[optind + 1];
    buf_init(&out, 1 << 26);
    status = tui_show(argv[optind], &shot, &out, &err) == 0 ? 0 : cli_fail(&err);
    if (status == 0)
        (void)fwrite(out.data, 1, out.len, stdout);
    buf_free(&out);
    return status;
}
