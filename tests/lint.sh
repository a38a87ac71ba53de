#!/bin/sh
# lint.sh SOURCE-TREE JOBS: what tools can say about the sources, in the build folder it is run in.
#
# Warnings of gcc and of clang as errors, every header alone, cppcheck, the include graph, banned
# calls, the shell scripts.  A tool that is not here is told at the end, and is no failure.
set -u
src=$1
jobs=$2
status=0
absent=

step() # TEXT COMMAND...
{
    text=$1
    shift
    if "$@" > lint.log 2>&1; then
        echo "  ok      $text"
    else
        echo "  FAILED  $text"
        cat lint.log
        status=1
    fi
    rm -f lint.log
}

here() # TOOL
{
    command -v "$1" > /dev/null 2>&1 && return
    absent="$absent $1"
    return 1
}

build_with() # COMPILER
{
    mkdir -p "build-lint-$1" && cd "build-lint-$1" &&
        sh "$src/configure" --enable-werror CC="$1" && make -k -j "$jobs" all tests
}

headers_alone() # COMPILER
{
    for header in "$src"/include/theodolite/*.h; do
        echo "#include \"theodolite/${header##*/}\"" |
            "$1" -std=c17 -D_GNU_SOURCE -Wall -Wextra -Wconversion -Werror -fsyntax-only \
                -I "$src/include" -x c - || return
    done
}

for compiler in gcc clang; do
    here $compiler || continue
    step "no warning from $compiler" eval "(build_with $compiler)"
    step "every header alone with $compiler" headers_alone $compiler
done
if here cppcheck; then
    step "cppcheck" cppcheck --quiet --error-exitcode=1 --std=c11 --inline-suppr -j "$jobs" \
        --enable=warning,portability,performance --suppress=missingIncludeSystem \
        --suppress=normalCheckLevelMaxBranches --suppress=unmatchedSuppression \
        --suppressions-list="$src/tests/cppcheck.txt" -D_GNU_SOURCE -D__linux__ \
        -I "$src/include" "$src/src" "$src/plugins"
fi
step "the include graph" sh "$src/tests/check-includes.sh" "$src"
step "no banned calls" sh "$src/tests/check-banned.sh" "$src"
if here shellcheck; then
    step "shellcheck" shellcheck -S warning -e SC1007,SC1090,SC1091,SC2034,SC2154 -s sh \
        "$src/configure" "$src/tests/tap.sh" "$src"/tests/*.sh "$src"/tools/*.sh
fi
[ -z "$absent" ] || echo "not here, so not asked:$absent"
exit $status
