/* export.c: `theodolite export`. */
#include "private.h"

#include <stdio.h>
#include <string.h>

int cli_export(int argc, char **argv)
{
    static const struct option options[] = {
        {"format", required_argument, NULL, 'f'}, {"where", required_argument, NULL, 'w'},
        {"output", required_argument, NULL, 'o'}, {"force", no_argument, NULL, 'F'},
        {"help", no_argument, NULL, 'h'},         {NULL, 0, NULL, 0},
    };
    struct err err = ERR_INIT;
    struct export_options export = {.format = EXPORT_CSV};
    bool is_forced = false;
    uint64_t n = 0;
    int letter, found;
    while ((letter = getopt_long(argc, argv, ":ho:", options, NULL)) != -1) {
        if (letter == 'h')
            return cli_usage("export", true);
        if (letter == 'w')
            export.where = optarg;
        else if (letter == 'o')
            export.out = optarg;
        else if (letter == 'F')
            is_forced = true;
        else if (letter == 'f' && (found = export_format_find(optarg)) >= 0)
            export.format = (enum export_format)found;
        else if (letter == 'f') {
            fprintf(stderr,
                    "theodolite export: there is no format \"%s\"; there are csv, tsv, "
                    "jsonl and slha\n",
                    optarg);
            return 2;
        } else
            return cli_bad_option("export", argv);
    }
    if (optind != argc - 1)
        return cli_usage("export", false);
    int status = cli_check_output("export", export.out, argv[optind], is_forced);
    if (status != 0)
        return status;
    struct store *store = store_open(argv[optind], STORE_READ, &err);
    if (store == NULL)
        return cli_fail(&err);
    int rc = report_export(store, &export, &n, &err);
    store_close(store);
    if (rc == 0 && export.out != NULL)
        fprintf(stderr, "%llu points written to %s\n", (unsigned long long)n, export.out);
    return rc == 0 ? 0 : cli_fail(&err);
}
