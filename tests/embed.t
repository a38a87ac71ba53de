#!/bin/sh
# Texts embedded at build come back byte for byte.
set -u
. "$TH_SRC/tests/tap.sh"

cd "$TMPDIR" || exit 1
embed="$TH_SRC/tools/embed.sh"
CC=${CC:-cc}

printf '%s' 'say "hi" \ \n \\ ??/ ? %d $HOME `ls` '\''x'\' > hard-er.x.dat
printf '\ttab\r\n\n  \303\274ber\n@END@\n1\t2\nlast, without a newline' >> hard-er.x.dat
printf '\n\none\ntwo\n\n' > lines.dat
awk 'BEGIN { for (i = 0; i < 20000; i++) print i, "\"quoted\"", "\\" }' > long.dat
awk 'BEGIN { for (i = 0; i < 20000; i++) printf "%d ", i; print "" }' > wide.dat
: > empty.dat

sh "$embed" '' hard-er.x.dat lines.dat long.dat wide.dat empty.dat > data.h
cat > back.c <<'END'
#include "data.h"
#include <stdio.h>
#define BACK(name) fwrite(name, 1, sizeof name - 1, stdout)
int main(int argc, char **argv)
{
    (void)argv;
    switch (argc) {
    case 1: return BACK(hard_er_x_dat) == 0;
    case 2: return BACK(lines_dat) == 0;
    case 3: return BACK(long_dat) == 0;
    case 4: return BACK(wide_dat) == 0;
    default: return BACK(empty_dat) != 0;
    }
}
END
succeeds "the header compiles without a warning" $CC -std=c17 -Wall -Wextra -Werror -o back back.c
./back > got; succeeds "quotes, backslashes, tabs, trigraphs, no last newline" cmp got hard-er.x.dat
./back 1 > got; succeeds "empty lines" cmp got lines.dat
./back 1 2 > got; succeeds "20000 lines" cmp got long.dat
./back 1 2 3 > got; succeeds "one line of 100 kB" cmp got wide.dat
./back 1 2 3 4 > got; succeeds "an empty file" cmp got empty.dat

cp lines.dat 0-to-1.sql
sh "$embed" sql_ 0-to-1.sql > sql.h
contains sql.h 'static const char sql_0_to_1[] =' "a prefix, and a name without its extension"
printf 'a\000b\n' > nul.dat
exits 1 "a file with a NUL byte is refused" sh "$embed" '' nul.dat

done_testing
