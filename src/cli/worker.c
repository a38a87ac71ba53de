/* worker.c: `theodolite worker`, started by the engine. */
#include "private.h"

#include <signal.h>
#include <stdio.h>
#include <unistd.h>

int cli_worker(int argc, char **argv)
{
    struct err err = ERR_INIT;
    (void)argv;
    if (argc > 1 || isatty(STDIN_FILENO)) {
        fputs("theodolite worker is started by the engine and speaks its protocol, not yours\n",
              stderr);
        return 2;
    }
    return worker_main(STDIN_FILENO, STDOUT_FILENO, &err) == 0 ? 0 : err_exit_status(err.code);
}
