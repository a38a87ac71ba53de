#!/bin/sh
# run-test.sh: runs one test for prove, in a scratch folder of its own that is gone afterwards.
#
# TH_TEST_TIMEOUT seconds are its limit, where timeout(1) exists; TH_VALGRIND goes before a compiled
# test.  The test finds the build in TH_BUILD, the sources in TH_SRC, the program in TH.
test=$1
case $test in
/*) ;;
*) test=$(pwd)/$test ;;
esac

TMPDIR=$(mktemp -d "${TMPDIR:-/tmp}/theodolite-test.XXXXXX") || exit 1
export TMPDIR
# a plain locale, and no settings of whoever runs the tests
XDG_CONFIG_HOME=$TMPDIR
export XDG_CONFIG_HOME
trap 'rm -rf "$TMPDIR"' EXIT
trap 'exit 1' HUP INT TERM

limit=
if command -v timeout > /dev/null 2>&1; then
    limit="timeout -k 10 ${TH_TEST_TIMEOUT:-300}"
fi
case $test in
*.t)
    if [ -x "$test" ]; then $limit "$test"; else $limit sh "$test"; fi ;;
*) $limit ${TH_VALGRIND-} "$test" ;;
esac
