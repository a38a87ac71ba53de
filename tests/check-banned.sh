#!/bin/sh
# check-banned.sh SOURCE-TREE: are there calls that nobody should make?
#
# - text without a bound, numbers without a check, a shell: nowhere, tests of our own included;
# - exit and abort: only in src/main.c, everything else returns its errors (tests may exit, and a
#   plugin may have a function that crashes the worker, to test the worker);
# - allocation outside mem_*: only in src/base/memory.c (plugins and tests stand alone, they may).
# Prints FILE:LINE: and what is wrong; exit status 1 when anything was, 2 when nothing was read.
set -u
LC_ALL=C
export LC_ALL
here=$(cd "$(dirname "$0")" && pwd)
cd "${1:?usage: check-banned.sh SOURCE-TREE}" || exit 2

files=$(find src include plugins tests -name '*.[ch]' 2> /dev/null | sort)
[ -n "$files" ] || { echo "check-banned.sh: no sources in $1" >&2; exit 2; }

# shellcheck disable=SC2086
awk -f "$here/strip.awk" $files | awk '
BEGIN {
    before = "(^|[^A-Za-z0-9_.>])("
    after = ")[ \t]*\\("
    unsafe = before "v?sprintf|strcpy|stpcpy|strcat|gets|atoi|atol|atoll|atof|" \
             "system|popen|strtok|alloca|tmpnam|mktemp" after
    ending = before "exit|abort|quick_exit|_Exit" after
    leaving = before "exit|quick_exit|_Exit" after
    memory = before "malloc|calloc|realloc|reallocarray|strdup|strndup|v?asprintf" after
}
function wrong(what) {
    print file ":" number ": " what ": " text
    failed = 1
}
{
    split($0, part, ":")
    file = part[1]
    number = part[2]
    text = substr($0, length(file) + length(number) + 3)
    if (text ~ unsafe)
        wrong("banned")
    if ((text ~ ending && file ~ /^src\// && file != "src/main.c") ||
        (text ~ leaving && file ~ /^plugins\//))
        wrong("only main ends the program")
    if (text ~ memory && file ~ /^src\// && file != "src/base/memory.c")
        wrong("allocation is through mem_* and arena_*")
}
END { exit failed }'
