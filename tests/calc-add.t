#!/bin/sh
# calc-add.t: "calc add": a calculator more for a scan at rest and for one that runs: what is refused,
# new points, stored points with and without its values, a cut on them, and a kill on the way.
. "$TH_SRC/tests/tap.sh"
cd "$TMPDIR" || exit 1

cat > base.yaml <<END
seed: 5
goal: 200 points
parameters:
  x: uniform 0 .. 1
  y: uniform 0 .. 1
calculators:
  one:
    run: [sh, -c, 'while [ -e $TMPDIR/hold-one ]; do sleep 0.05; done; echo {x}']
    read:
      a: column 1 of row 1
observables:
  r: = a + y
constraints:
  near: r < 1.2
search: {method: random, batch: 20}
END
# late reads the output of one, a parameter, and an observable; it fails where x < 0.1
sed "/^observables/i\\
  late:\\
    run: [sh, -c, 'while [ -e $TMPDIR/hold-late ]; do sleep 0.05; done; case {x} in *e-0[2-9]) exit 3;; esac; read v; echo \"\$v {y} {r}\"']\\
    stdin: one.output\\
    after: r\\
    read:\\
      p: column 1 of row 1\\
      q: column 2 of row 1\\
      s: column 3 of row 1" base.yaml > edited.yaml
field() { "$TH" status --json "$1" | tr ',{}' '\n\n\n' | grep "^\"$2\":" | sed 's/^[^:]*: *//;1q'; }
has() { [ "$(field "$1" "$2")" -ge "$3" ]; }
logged() { "$TH" show "$1" log --size 200x200 | grep "$2" > /dev/null; }
answers() { "$TH" tell "$1" "$2" > said 2>&1; matches said "$3" "$4"; }
# Of points with values of late: how many of them are wrong; and how many points have none.
wrong() {
    awk -F, 'NR == 1 { for (i = 1; i <= NF; i++) at[$i] = i; next }
        $at["p"] != "" && (abs($at["p"] - $at["a"]) > 1e-9 || abs($at["q"] - $at["y"]) > 1e-9 ||
                           abs($at["s"] - $at["r"]) > 1e-9) { n++ }
        function abs(v) { return v < 0 ? -v : v }
        END { print n + 0 }' "$1"
}
# lacking FILE STATES BELOW: points of these states without values, where x is below (1) 0.1 or not
lacking() {
    awk -F, -v states="$2" -v below="$3" 'NR == 1 { for (i = 1; i <= NF; i++) at[$i] = i; next }
        index(states, $at["state"]) && $at["p"] == "" && ($at["x"] < 0.1) == below { n++ }
        END { print n + 0 }' "$1"
}

# ---- refused ----------------------------------------------------------------------------------
"$TH" run base.yaml --headless > run.log 2>&1
answers base.db "calc" 'expected calc add NAME' "calc alone"
answers base.db "calc drop one" 'expected calc add NAME' "nothing but add"
answers base.db "calc add late on sundays" 'expected calc add NAME' "points of another kind"
answers base.db "calc add late" 'base.yaml has no calculator "late"; it has: one r' \
    "the scan's own file is looked at"
answers base.db "calc add late from nofile.yaml" 'cannot read .*nofile.yaml' "no such file"
sed 's/column 3/colunm 3/' edited.yaml > bad.yaml
answers base.db "calc add late from bad.yaml" 'bad.yaml:[0-9]+:[0-9]+: error: ' "a file with errors"
is "$(field base.db evaluations)" 200 "none of that ran anything"

# ---- at rest, and killed on the way -----------------------------------------------------------
answers base.db "calc add late from edited.yaml" '^late runs of every new point from now on; stored accepted points .* when the scan is resumed' \
    "at rest"
answers base.db "cut low: q < 0.5" '[1-9][0-9]* of 200 labels changed: accepted [0-9]+ -> 0' \
    "a cut on what stored points lack accepts none of them"
answers base.db "undo" 'undone' "and is taken back"
cp base.db whole.db
"$TH" resume whole.db --headless --until "260 points" > run.log 2>&1
matches run.log '^warning: late: [0-9]+ stored points got its values, [0-9]+ failed and lack them; the last one exit' \
    "the background queue tells what it did"
if grep "worker" run.log > /dev/null; then not_ok "nobody's workers are killed for it"; else ok "nobody's workers are killed for it"; fi
"$TH" export whole.db > whole.csv
is "$(wrong whole.csv)" 0 "values belong to their points"
is "$(lacking whole.csv accepted 0)" 0 "every accepted point has them, old or new"
[ "$(lacking whole.csv accepted 1)" -gt 0 ] && ok "but where the calculator fails" ||
    not_ok "but where the calculator fails"
[ "$(lacking whole.csv rejected 0)" -gt 0 ] && ok "rejected ones were not asked for" ||
    not_ok "rejected ones were not asked for"
touch hold-late
"$TH" resume base.db --headless --until "260 points" > run.log 2>&1 &
pid=$!
wait_for logged base.db "late runs of stored accepted points"
kill -9 $pid
wait $pid 2> /dev/null
rm hold-late
"$TH" resume base.db --headless --until "260 points" > run.log 2>&1
"$TH" export base.db > base.csv
cmp -s base.csv whole.csv && ok "killed and resumed: the same points and values" ||
    not_ok "killed and resumed: the same points and values"
answers base.db "cut low: q < 0.5" 'accepted [0-9]+ -> [1-9]' "a cut on the new values"
answers base.db "calc add late on all" '^late is in the scan already; stored accepted, rejected and unknown points' \
    "the rest of the points, later"
"$TH" resume base.db --headless --until "270 points" > run.log 2>&1
matches run.log 'late: .* got its values.*labels changed' "labels that hang on them are looked at anew"
"$TH" export base.db > base.csv
is "$(lacking base.csv accepted,rejected,unknown 0) $(wrong base.csv)" "0 0" "all points have them"

# A file that has another one, in the middle of its chain, is the scan's afterwards.
sed "/^observables/i\\
  mid:\\
    run: [sh, -c, 'echo 3']\\
    read:\\
      m: column 1 of row 1" edited.yaml > third.yaml
answers base.db "calc add mid from third.yaml on none" 'mid runs .*; stored points have no values of it' \
    "none of the stored points"
"$TH" resume base.db --headless --scan third.yaml --until "290 points" > run.log 2>&1
is $? 0 "the edited file is taken for the scan's"
"$TH" export base.db > base.csv
is "$(awk -F, 'NR == 1 { for (i = 1; i <= NF; i++) at[$i] = i; next } $at["m"] == 3 { n++ } END { print n + 0 }' base.csv) $(wrong base.csv)" \
    "20 0" "new points have its values, and the columns are theirs"

# ---- live -------------------------------------------------------------------------------------
"$TH" run base.yaml --headless --db live.db --until "100000 points" --workers 2 > run.log 2>&1 &
pid=$!
wait_for has live.db total 60
touch hold-one
"$TH" tell live.db pause > said 2>&1
answers live.db "calc add late from $PWD/edited.yaml on all" \
    '^late runs of every new point as soon as the [0-9]+ in hand are done; .* in the background' "live"
answers live.db "calc add late from $PWD/edited.yaml" 'another calculator is being added' \
    "one at a time"
rm hold-one
wait_for logged live.db "goes on with its new calculator" && ok "the engine goes over to it" ||
    not_ok "the engine goes over to it"
is "$(field live.db state)" '"paused"' "and is paused as before"
last=$(field live.db total)
"$TH" tell live.db resume > said 2>&1
wait_for logged live.db "got its values" && ok "stored points are filled" || not_ok "stored points are filled"
wait_for has live.db total $((last + 60))
"$TH" tell live.db stop > said 2>&1
wait $pid && ok "the scan ends well" || not_ok "the scan ends well"
"$TH" export live.db > live.csv
is "$(wrong live.csv)" 0 "values belong to their points"
is "$(lacking live.csv accepted,rejected 0)" 0 "no point lacks them but where the calculator fails"
done_testing
