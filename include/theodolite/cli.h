/* cli.h: the subcommands.  Each takes its own arguments (argv[0] is its name) and returns the
 * program's exit status. */
#ifndef THEODOLITE_CLI_H
#define THEODOLITE_CLI_H

#include "theodolite/base.h"

struct cli_command {
    const char *name;
    const char *arguments; /* "SCAN.yaml [--db FILE] ..." */
    const char *about;     /* one line */
    int (*run)(int argc, char **argv);
};

/* Ends with a NULL name. */
extern const struct cli_command cli_commands[];

#endif
