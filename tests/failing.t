#!/bin/sh
# failing.t: a scan of which every point fails says so after its first points, with the most
# frequent failure in its calculator's own last words, and ends with an exit status for scripts.
. "$TH_SRC/tests/tap.sh"
cd "$TMPDIR" || exit 1

cat > tool.sh <<'END'
echo "reading tables" >&2
case $1 in
1*) echo 'no such model: "mssm"' >&2; exit 4;;
2*) kill -9 $$;;
esac
echo "z = 1"
END
scan()
{
    cat <<END
goal: $1 points
parameters:
  x: uniform 0 .. 1
  how: = $2
calculators:
  tool:
    run: [sh, $TMPDIR/tool.sh, '{how}']
    read: {z: line "z = %g"}
constraints:
  c: z < 2
search: {method: random, batch: 30}
END
}

scan 60 '(x < 0.3) + 1' > all.yaml
exits 1 "a scan of which every point fails" "$TH" run all.yaml --workers 1
mv said all.log
matches all.log '^warning: all of the first [2-6][0-9] points failed, most often tool \(exit\): .*: no such model: "mssm"$' \
    "it is said early, with the most frequent failure"
is "$(grep -c 'all of the first' all.log)" 1 "once for so few"
contains all.log "error: all points failed, most often tool (exit)" "and at the end"
contains all.log "theodolite export all.db --where failed" "with the points to look at"
"$TH" show all.db log --size 120x200 > log.txt 2>&1
if grep -q 'TH_HAVE_TUI 1' "$TH_BUILD/config.h"; then
    matches log.txt 'warn.* all of the first [2-6][0-9] points failed' "the log keeps it"
fi

scan 25 1 > some.yaml
exits 1 "one failure" "$TH" run some.yaml --workers 1
contains said 'most often tool (exit): ended with exit status 4: no such model: "mssm"' \
    "the calculator's own last line"

scan 60 '(x < 0.5) * 1' > some.yaml
succeeds "a scan of which a half fails" "$TH" run some.yaml --db half.db --workers 1
grep 'all ' said > more
is "$(cat more)" "" "is not warned of"
contains said "theodolite export half.db --where accepted" "and has points to look at"
done_testing
