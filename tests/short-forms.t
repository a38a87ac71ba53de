#!/bin/sh
# short-forms.t: what may be left out: the map behind `write` of names alone, the value of a measured
# parameter of an injected point; and what is counted as a calculator.
. "$TH_SRC/tests/tap.sh"
cd "$TMPDIR" || exit 1

cat > sum.sh <<'END'
echo '{"theodolite": 1, "name": "sum", "version": "1"}'
while read -r line; do
    id=$(printf '%s' "$line" | sed 's/.*"id": *\([0-9]*\).*/\1/')
    case $line in *'"x"'*'"y"'*) echo "{\"id\": $id, \"out\": {\"s\": 7}}" ;;
    *) echo "{\"id\": $id, \"error\": \"no x and y\"}" ;; esac
done
END
scan() { # FILE CALCULATOR
    cat > "$1" <<END
goal: 20 points
parameters: {x: uniform 0 .. 1, y: normal 3 +- 1}
calculators:
  sum: {run: $2}
constraints: {low: s < 9}
search: {method: random}
END
}
scan list.yaml 'sh sum.sh, resident: true, files: sum.sh, write: [x, y], read: [s]'
succeeds "write and read take lists of names" "$TH" check list.yaml
contains said " 1 calculator, " "one calculator"
matches said "^  s  +7$" "it got both"
scan expression.yaml 'sh sum.sh, resident: true, files: sum.sh, write: [x, y + 1], read: [s]'
exits 2 "an expression has no name" "$TH" check expression.yaml
contains said 'expected: NAME, or a map of INPUT: EXPRESSION' "which is said"
scan please.yaml 'sh sum.sh, resident: yes please, files: sum.sh, write: [x, y], read: [s]'
exits 2 "a resident program, of a sort" "$TH" check please.yaml
is "$(tail -n 1 said)" "1 error in please.yaml; nothing was run" "is read as one: what follows is no error"
scan exec.yaml 'cat, stdin: list.yaml, write: [x], read: {s: "MASS[1]"}'
exits 2 "a template has addresses" "$TH" check exec.yaml
contains said 'write: a list of names is for resident calculators and plugins' "which is said"
contains said 'expected: TARGET: EXPRESSION, one per line' "with the form"

# a store is no scan file, nor the other way round
"$TH" run list.yaml --headless > run.log 2>&1
exits 2 "run of a store" "$TH" run list.db
contains said 'list.db: error: this is a store, no scan file: theodolite resume list.db' "says what serves"
exits 2 "check of a store" "$TH" check list.db
contains said 'theodolite resume list.db' "too"
exits 1 "resume of a scan file" "$TH" resume list.yaml
contains said "'list.yaml' is not a store; a scan file is started with: theodolite run list.yaml" "says what serves"

# ---- no such scan file ----
exits 1 "a scan file that is not there" "$TH" run lst.yaml
contains said "there is no 'lst.yaml'; did you mean 'list.yaml'?" "names the nearest"
is "$(wc -l < said | tr -d ' ')" 1 "and is told in a line"
mkdir -p deep && cp list.yaml deep/one.yaml
exits 1 "one in a folder" "$TH" check deep/on.yaml
contains said "there is no 'deep/on.yaml'; did you mean 'deep/one.yaml'?" "with its folder"
if [ -f "${TH%/*}/scans/thdm.yaml" ]; then # not beside a program that was built elsewhere
    exits 1 "an example from another folder" "$TH" run scans/thdm.yaml
    matches said "there is no 'scans/thdm.yaml'; the example of that name is '/.*/scans/thdm.yaml'" "says where it is"
    example=$(sed "s/.* is '\(.*\)'$/\1/" said)
    [ -f "$example" ] && ok "which is so" || not_ok "which is so: $example"
    succeeds "help" "$TH" --help
    contains said "a first scan: theodolite run $example" "names it too"
else
    skip 5 "no examples here"
fi

# ---- a point outside ----
cat > ranges.yaml <<END
goal: 20 points
parameters: {x: uniform 0 .. 10 TeV, n: integer 1 .. 4, c: 'choice 1, 2, 5', hi: uniform x .. 20}
observables: {s: = x + n + c + hi}
constraints: {low: s < 9}
search: {method: random}
END
"$TH" point ranges.yaml x=12 n=2.5 c=3 hi=15 > point.log 2> said
is "$(grep -c '^note: ' said)" 3 "what lies outside is told, no other"
contains said 'note: x = 12 lies outside of its range, 0 .. 10 TeV' "with its range"
contains said 'note: n = 2.5 lies outside of its range, the integers 1 .. 4' "an integer"
contains said 'note: c = 3 lies outside of its range, one of 1, 2, 5' "a choice"
"$TH" point ranges.yaml x=8 hi=5 > point.log 2> said
contains said 'note: hi = 5 lies outside of its range, 8 .. 20' "a range that depends on another"

# What is not given stands in the middle of its range, which may depend on what is given.
"$TH" point ranges.yaml hi=12 x=8 > point.log 2> said
is "$(cat said)" "" "nothing lies outside"
"$TH" point ranges.yaml x=8 --quiet > point.log 2> said
is "$(awk '$1 == "hi" { print $2 }' point.log):$(cat said)" 14: "the middle of 8 .. 20"
"$TH" point ranges.yaml x=12 --quiet > point.log 2> said
is "$(awk '$1 == "hi" { print $2 }' point.log)" 16 "also above a value that lies outside"
is "$(grep -c '^note: ' said)" 1 "which alone is told"
"$TH" point ranges.yaml x=19 --seed 3 --quiet > point.log 2> said
is "$(awk '$1 == "hi" { print ($2 >= 19 && $2 <= 20) }' point.log)" 1 "at random, too"

exits 2 "a name that is none" "$TH" point ranges.yaml foo=3
contains said 'there is no free parameter "foo"; there are: x, n, c, hi' "with those that are"
exits 2 "--workers -1" "$TH" run ranges.yaml --headless --workers -1
contains said 'takes a number from 1 to 4096, or 0 for one per processor' "is refused"
succeeds "--workers 0" "$TH" run ranges.yaml --headless --workers 0
exits 2 "words in a condition" "$TH" export ranges.db --where 'reason == "timeout"'
contains said 'SELECT point, calculator, reason FROM failure' "it is said where failures are told apart"

# ---- a range that is empty ----
cat > empty.yaml <<END
goal: 100 points
parameters: {a: uniform -1 .. 1, b: uniform a .. 0}
observables: {s: = a + b}
constraints: {low: s < 0}
search: {method: random}
END
succeeds "check of a range that may be empty" "$TH" check empty.yaml
contains said ' % of the prior has no value of b: its range a .. 0 is empty there' "tells how often"
contains said 'verdict: unknown: b has no value, its range a .. 0 is empty there' "and why there"
succeeds "a scan of it" "$TH" run empty.yaml --headless
succeeds "its status" "$TH" status empty.db
n=$(sqlite3 empty.db "SELECT count(*) FROM points WHERE b IS NULL")
contains said " $n unknown, 0 failed; $n have no b: its range is empty there" "says why points are unknown"
succeeds "check of ranges that never are" "$TH" check ranges.yaml
is "$(grep -c 'no value' said)" 0 "says nothing of it"

cat > plain.yaml <<END
goal: 20 points
parameters: {x: uniform 0 .. 1, y: normal 3 +- 1}
observables: {s: = x + y}
constraints: {low: s < 9}
search: {method: random, batch: 10}
END
succeeds "a scan of expressions" "$TH" check plain.yaml
contains said " 0 calculators, " "has no calculator"
succeeds "it runs" "$TH" run plain.yaml --headless
succeeds "a measured parameter may be left out" "$TH" tell plain.db inject x=0.25
contains said "(measured: y = 3)" "it stands at its mean"
exits 2 "another one may not" "$TH" tell plain.db inject y=2
contains said 'no value for "x"; expected NAME=VALUE for each of x y (or its mean)' "which is said"
succeeds "the point" "$TH" resume plain.db --headless --until '30 points'
is "$(sqlite3 plain.db "SELECT x, y FROM points WHERE origin = 'inject'")" "0.25|3.0" "was run"

done_testing
