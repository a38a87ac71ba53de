/* attach.c: `theodolite attach`: the workbench on a store, whether its scan runs or ended long ago.
 */
#include "private.h"

#include "config.h"

#include <stdio.h>

static int read_options(int argc, char **argv, struct tui_options *tui)
{
    static const struct option options[] = {
        {"script", required_argument, NULL, 's'},  {"screen", required_argument, NULL, 'S'},
        {"symbols", required_argument, NULL, 'y'}, {"color", required_argument, NULL, 'c'},
        {"help", no_argument, NULL, 'h'},          {NULL, 0, NULL, 0},
    };
    int letter;
    while ((letter = getopt_long(argc, argv, ":h", options, NULL)) != -1) {
        switch (letter) {
        case 's': tui->script = optarg; break;
        case 'S': tui->screen = optarg; break;
        case 'y': tui->symbols = optarg; break;
        case 'c': tui->colors = optarg; break;
        case 'h': return cli_usage("attach", true) - 1;
        default: return cli_bad_option("attach", argv);
        }
    }
    return optind == argc - 1 ? 0 : cli_usage("attach", false);
}

int cli_attach(int argc, char **argv)
{
    struct tui_options tui = {.script = NULL};
    struct err err = ERR_INIT;
    char instead[4400];
    int status = read_options(argc, argv, &tui);
    if (status != 0)
        return status < 0 ? 0 : status; /* -1: help was shown */
    const char *db = argv[optind];
    struct store *store = store_open(db, STORE_READ, &err); /* what is no store is told first */
    if (store == NULL)
        return cli_fail(&err);
    store_close(store);
    snprintf(instead, sizeof instead,
             TH_HAVE_TUI ? "\"theodolite status %.2000s\" and \"theodolite show %.2000s overview\" "
                           "print how it stands"
                         : "\"theodolite status %.2000s\" prints how it stands",
             db, db);
    if ((status = cli_can_screen("attach", instead, &tui)) != 0)
        return status;
    return cli_watch(db, &tui);
}
