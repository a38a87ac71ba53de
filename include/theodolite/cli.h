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

/* The example scan that is called as `scan` is, whatever its folder: beside the program, where it
 * was built, or where it is installed.  Its path, or NULL. */
const char *cli_example(const char *scan, char *path, size_t size);

#endif
