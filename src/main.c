/* main.c: the program's entry: finds the subcommand in the table of cli.h and runs it.
 *
 * Reading on from here: src/cli/ has one file per subcommand; `run` leads to src/engine/engine.c,
 * the loop of a scan, and `worker` to src/work/worker.c, where calculators are run. */
#include "theodolite/cli.h"

#include "config.h"

#include <gsl/gsl_errno.h>
#include <locale.h>
#include <stdio.h>
#include <string.h>

static void print_usage(FILE *out)
{
    static const char first[] = "scans/thdm.yaml";
    char path[4096];
    fputs("usage: theodolite COMMAND [ARGUMENTS]\n\n", out);
    for (const struct cli_command *command = cli_commands; command->name != NULL; command++)
        fprintf(out, "  %-10s %s\n", command->name, command->about);
    fprintf(out, "\n\"theodolite COMMAND --help\" says more; a first scan: theodolite run %s\n",
            file_exists(first) || cli_example(first, path, sizeof path) == NULL ? first : path);
}

static int refuse(const char *word)
{
    const char *names[64];
    size_t n = 0;
    for (const struct cli_command *command = cli_commands; command->name != NULL; command++)
        names[n++] = command->name;
    const char *nearest = text_nearest(word, names, n);
    fprintf(stderr, "theodolite: there is no command \"%s\"", word);
    if (nearest != NULL)
        fprintf(stderr, "; did you mean \"%s\"?", nearest);
    fputs("\n\n", stderr);
    print_usage(stderr);
    return 2;
}

int main(int argc, char **argv)
{
    setlocale(LC_CTYPE, ""); /* numbers stay in the C locale */
    gsl_set_error_handler_off();
    mat_setup();
    if (argc < 2) {
        print_usage(stderr);
        return 2;
    }
    if (strcmp(argv[1], "--help") == 0 || strcmp(argv[1], "-h") == 0 ||
        strcmp(argv[1], "help") == 0) {
        print_usage(stdout);
        return 0;
    }
    if (strcmp(argv[1], "--version") == 0) {
        puts("theodolite " TH_VERSION);
        return 0;
    }
    for (const struct cli_command *command = cli_commands; command->name != NULL; command++)
        if (strcmp(command->name, argv[1]) == 0)
            return command->run(argc - 1, argv + 1);
    return refuse(argv[1]);
}
