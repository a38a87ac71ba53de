#!/bin/sh
# run-fuzzers.sh TESTS BUILD SECONDS: runs every fuzzer of a build for so long, one after the other.
#
# First inputs of fuzz-X are in TESTS/corpus/X, or in TESTS/data/X; what a run finds worth keeping
# goes to BUILD/corpus/X, where the next run takes it up.  A finding ends in BUILD/findings/ and makes
# the exit status 1, after all fuzzers have had their time.
set -u
tests=$1
build=$2
seconds=$3

status=0
ran=0
mkdir -p "$build/findings"
for fuzzer in "$build"/tests/bin/fuzz-*; do
    [ -x "$fuzzer" ] || continue
    ran=$((ran + 1))
    name=${fuzzer##*/fuzz-}
    mkdir -p "$build/corpus/$name"
    set --
    for seeds in "$tests/corpus/$name" "$tests/data/$name"; do
        [ ! -d "$seeds" ] || set -- "$@" "$seeds"
    done
    echo "fuzz-$name: $seconds s"
    if "$fuzzer" -max_total_time="$seconds" -timeout=10 -rss_limit_mb=2048 -print_final_stats=1 \
        -artifact_prefix="$build/findings/$name-" "$build/corpus/$name" "$@" \
        > "$build/fuzz-$name.log" 2>&1; then
        sed -n 's/^stat::number_of_executed_units: */  no finding in inputs: /p' \
            "$build/fuzz-$name.log"
    else
        status=1
        tail -n 60 "$build/fuzz-$name.log"
        echo "fuzz-$name: FOUND SOMETHING, see $build/findings/$name-*"
    fi
done
[ $ran -gt 0 ] || { echo "no fuzzers: tests/fuzz-*.c" >&2; exit 1; }
exit $status
