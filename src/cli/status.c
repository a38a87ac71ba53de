/* status.c: `theodolite status`. */
#include "private.h"

#include <stdio.h>

int cli_status(int argc, char **argv)
{
    static const struct option options[] = {
        {"json", no_argument, NULL, 'j'},
        {"help", no_argument, NULL, 'h'},
        {NULL, 0, NULL, 0},
    };
    struct err err = ERR_INIT;
    struct buf out;
    bool is_json = false;
    int letter, rc;
    while ((letter = getopt_long(argc, argv, ":h", options, NULL)) != -1) {
        if (letter == 'h')
            return cli_usage("status", true);
        if (letter != 'j')
            return cli_bad_option("status", argv);
        is_json = true;
    }
    if (optind != argc - 1)
        return cli_usage("status", false);
    struct store *store = store_open(argv[optind], STORE_READ, &err);
    if (store == NULL)
        return cli_fail(&err);
    buf_init(&out, 1 << 24);
    rc = is_json ? report_status_json(store, &out, &err) : report_status(store, &out, &err);
    if (rc == 0)
        fputs(out.data, stdout);
    buf_free(&out);
    store_close(store);
    return rc == 0 ? 0 : cli_fail(&err);
}
