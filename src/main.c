/* main.c: the program's entry.
 *
 * Prints how the program is called.  The table of subcommands comes here. */
#include <stdio.h>

int main(void)
{
    fputs("usage: theodolite COMMAND [ARGUMENTS]\n", stderr);
    return 2;
}
