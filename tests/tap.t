#!/bin/sh
# The TAP producer: what fails is seen to fail, with its place and both values.
set -u
. "$TH_SRC/tests/tap.sh"

CC=${CC:-cc}
cd "$TMPDIR" || exit 1

# Reports the one check given; $TMPDIR/out and $TMPDIR/said have its words, $status its exit.
report()
{
    printf '#include "tap.h"\n#include <math.h>\nint main(void)\n{\n%s\nreturn done_testing();\n}\n' \
        "$1" > one.c
    $CC -std=c17 -D_GNU_SOURCE -Wall -Wextra -Werror -I "$TH_SRC/tests" -o one one.c tap.o -lm || return
    status=0
    ./one > out 2> said || status=$?
}

good()
{
    report "$1"
    is "$status $(sed 1q out)" "0 ok 1 - name" "passes: $1"
}

bad()
{
    report "$1"
    is "$status $(sed 1q out)" "1 not ok 1 - name" "fails: $1"
    contains said "one.c:5" "and tells where"
}

succeeds "compiles" $CC -std=c17 -D_GNU_SOURCE -c -o tap.o "$TH_SRC/tests/tap.c"
good 'ok(2 > 1, "name");'
bad 'ok(2 < 1, "name");'
contains said "is false: 2 < 1" "and the condition"
good 'is_int(-3L, -3, "name");'
bad 'is_int(-3, 4, "name");'
good 'is_size(sizeof(char), 1, "name");'
bad 'is_uint(3u, 4u, "name");'
good 'is_double(1.001, 1, 0.01, "name");'
bad 'is_double(1.1, 1, 0.01, "name");'
bad 'is_double(NAN, 1, 10, "name");'
bad 'is_double(1, NAN, 10, "name");'
good 'is_double(NAN, NAN, 0, "name");'
bad 'is_double(INFINITY, -INFINITY, 10, "name");'
bad 'is_double(1e-30, 0, 0.1, "name");'
good 'is_near(1e-9, 0, 1e-8, "name");'
bad 'is_near(1e-7, 0, 1e-8, "name");'
good 'is_str("a", "a", "name");'
bad 'is_str("a", "b", "name");'
contains said 'got: "a"' "and what came"
contains said 'expected: "b"' "and what should have"
bad 'is_str(NULL, "b", "name");'
good 'is_str(NULL, NULL, "name");'
bad 'has_str("abc", "d", "name");'
good 'is_mem("abc", "abd", 2, "name");'
bad 'is_mem("abc", "abd", 3, "name");'
report 'plan(2); pass("name");'
is "$status" 1 "fewer checks than planned fail"
report ''
is "$status" 1 "no check at all fails"
report 'skip(2, "no %s", "network");'
is "$status $(sed 1q out)" "0 ok 1 # SKIP no network" "skips"
report 'ok(1, "a # in\na name");'
is "$(sed 1q out)" "ok 1 - a | in a name" "no name becomes a directive or a line"
report 'bail_out("gone");'
is "$status $(cat out)" "255 Bail out!  gone" "bails out"

done_testing
