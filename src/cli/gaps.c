/* gaps.c: `theodolite gaps`: how well a scan covers its target, and where it is predicted but
 * nobody has been. */
#include "private.h"

#include <stdio.h>

enum { SHOWN = 10 };

int cli_gaps(int argc, char **argv)
{
    static const struct option options[] = {
        {"json", no_argument, NULL, 'j'},
        {"number", required_argument, NULL, 'n'},
        {"help", no_argument, NULL, 'h'},
        {NULL, 0, NULL, 0},
    };
    struct err err = ERR_INIT;
    struct buf out;
    bool is_json = false;
    int64_t n = SHOWN;
    int letter, rc;
    while ((letter = getopt_long(argc, argv, ":hn:", options, NULL)) != -1) {
        if (letter == 'h')
            return cli_usage("gaps", true);
        if (letter != 'j' && letter != 'n')
            return cli_bad_option("gaps", argv);
        is_json |= letter == 'j';
        if (letter == 'n' && (text_to_int64(optarg, &n) != 0 || n < 0 || n > 100000)) {
            fprintf(stderr, "theodolite gaps: -n %s: expected a number of lines\n", optarg);
            return 2;
        }
    }
    if (optind != argc - 1)
        return cli_usage("gaps", false);
    struct store *store = store_open(argv[optind], STORE_READ, &err);
    if (store == NULL)
        return cli_fail(&err);
    if (cli_is_integral(store)) {
        fprintf(stderr,
                "theodolite gaps: %s is an integration, which has no target to be covered\n",
                argv[optind]);
        store_close(store);
        return 2;
    }
    buf_init(&out, 1 << 26);
    rc = is_json ? report_gaps_json(store, (size_t)n, &out, &err)
                 : report_gaps(store, (size_t)n, &out, &err);
    if (rc == 0)
        fputs(out.data, stdout);
    buf_free(&out);
    store_close(store);
    return rc == 0 ? 0 : cli_fail(&err);
}
