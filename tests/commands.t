#!/bin/sh
# commands.t: every command of `tell`, on a scan that runs and on one at rest, with sense and with
# nonsense: what is answered, and that what was asked for really happens.
. "$TH_SRC/tests/tap.sh"
cd "$TMPDIR" || exit 1

cat > live.yaml <<END
seed: 3
goal: 1000000 points
parameters:
  x: uniform 0 .. 1
  y: log 1 .. 100 GeV
  n: integer 1 .. 5
  c: fixed 3
  d: = 2 * x
calculators:
  gate:
    run: [sh, -c, 'case {x} in 5.0e-01|5.0000000000000000e-01) exec sleep 600;; esac; [ ! -e $TMPDIR/broken ] || exit 9; sleep 0.02']
observables:
  s: = x + d
constraints:
  low: s < 2
  odd: n != 2
search: {method: random, batch: 20}
END
field() { "$TH" status --json "$1" | tr ',{}' '\n\n\n' | grep "^\"$2\":" | sed 's/^[^:]*: *//;1q'; }
has() { [ "$(field "$1" "$2")" -ge "$3" ]; }
exported() { "$TH" export live.db --where "$1" | tail -n +2; }
count() { exported "$1" | wc -l | tr -d ' '; }
# COMMAND ANSWER: done, with exactly this answer (an extended regular expression)
tells() { "$TH" tell live.db "$1" > said 2>&1; told $? 0 "$1" "$2"; }
refuses() { "$TH" tell live.db "$1" > said 2>&1; told $? 2 "$1" "$2"; }
told() {
    if [ "$1" -eq "$2" ] && grep -E -x -e "$4" said > /dev/null; then
        ok "$3"
    else
        not_ok "$3"
        diag "status $1, expected $2 and: $4"
        diag_file said
    fi
}
# Points of the rounds from now on: those after the id that stands last now.
last_id() { "$TH" export live.db | tail -n 1 | cut -d, -f1; }

"$TH" run live.yaml --workers 2 > run.log 2>&1 &
pid=$!
wait_for has live.db total 40

# ---- nonsense ---------------------------------------------------------------------------------
refuses "puase" 'there is no command "puase"; did you mean "pause"\?.*'
refuses "stop later" 'expected "stop" or "stop now"'
refuses "cut" '.+'
refuses "cut low: s < 1" '.*low.*'
refuses "cut t < 1" '.*"t".*'
refuses "cut s <" '.+'
refuses "uncut nothing" 'there is no constraint "nothing"; there are: low odd'
refuses "uncut" 'there is no constraint ""; there are: low odd'
refuses "pin" 'cannot read "".*free parameters x y n'
refuses "pin z in 0 .. 1" 'there is no free parameter "z".*; there are: x y n'
refuses "pin X in 0 .. 1" 'there is no free parameter "X"; did you mean "x"\?; there are: x y n'
refuses "pin x in 0.4 .. 0.2" 'the bounds of x are reversed; expected LOW \.\. HIGH: x in 0.2 \.\. 0.4'
refuses "pin x in 0.4" 'cannot read "x in 0.4".*free parameters x y n'
refuses "unpin 4" 'no box is pinned'
refuses "pin x in 2 .. 3" 'that box is empty or lies outside.*'
refuses "pin c in 2 .. 4" 'there is no free parameter "c".*; there are: x y n'
refuses "inject x=0.5" 'no value for "y"; expected NAME=VALUE for each of x y n, or a file of points'
refuses "inject x=abc y=1 n=1" 'cannot read "x=abc y=1 n=1".*'
refuses "inject q=1 x=1 y=1 n=1" 'there is no parameter "q".*'
refuses "inject nofile.csv" 'cannot read "nofile.csv".*'
refuses "retry nonsense" 'there is no reason class "nonsense".*'
refuses "workers 0" 'expected a number of workers from 1 to 4096'
refuses "workers many" 'expected a number of workers from 1 to 4096'
refuses "batch 0" 'expected a number of points from 1 to 1000000'
refuses "batch -5" 'expected a number of points from 1 to 1000000'
refuses "explore 110 %" '.*'
refuses "kill 999999" 'point 999999 does not run now'
refuses "kill all" 'expected the number of a point that runs, or its worker: W4'
exits 2 "tell without a command" "$TH" tell live.db
succeeds "tell DB help" "$TH" tell live.db help
contains said "inject m0=500" "lists them"
kill -0 $pid && ok "none of that ended the scan" || not_ok "none of that ended the scan"

# ---- pause and resume -------------------------------------------------------------------------
tells pause 'paused; [0-9]+ points? in hand (is|are) finished'
is_idle() { [ "$("$TH" export live.db --where 'state == "running"' 2> /dev/null | wc -l)" -ge 0 ] &&
    [ "$(field live.db state)" = '"paused"' ]; }
wait_for is_idle
is "$(field live.db state)" '"paused"' "status says paused"
# nothing is handed out: two beats without a point in hand, then the same count for good
idle() { sqlite3 live.db "SELECT count(*) FROM worker WHERE point IS NOT NULL" | grep -qx 0; }
if command -v sqlite3 > /dev/null; then
    wait_for idle && ok "workers come to rest" || not_ok "workers come to rest"
else
    skip 1 "sqlite3 is not here"
fi
tells resume 'points are handed out again'

# ---- cuts: labels against recomputation from the stored values -----------------------------------
tells "cut narrow: s < 1.2" 'narrow: [0-9 ]+ of [0-9 ]+ labels changed: accepted [0-9 ]+ -> [0-9 ]+'
"$TH" export live.db > cut.csv
head -n 1 cut.csv > head.csv
check_labels() { # AWK CONDITION over x and n
    awk -F, 'NR == 1 { for (i = 1; i <= NF; i++) at[$i] = i; next }
             $(at["state"]) == "accepted" || $(at["state"]) == "rejected" {
                 x = $(at["x"]); n = $(at["n"]); good = ('"$1"'); seen[good]++
                 if (good != ($(at["state"]) == "accepted")) bad++ }
             END { exit bad > 0 || seen[0] == 0 || seen[1] == 0 }' cut.csv
}
check_labels '3*x < 1.2 && n != 2' && ok "labels are those of the stored values" ||
    not_ok "labels are those of the stored values"
tells "cut narrow: s < 1.1" 'narrow: .*'
"$TH" export live.db > cut.csv
check_labels '3*x < 1.1 && n != 2' && ok "a cut of the same name replaces it" ||
    not_ok "a cut of the same name replaces it"
tells "cut s < 1" 'cut1: .*'
tells "uncut odd" '[0-9 ]+ of [0-9 ]+ labels changed: accepted [0-9 ]+ -> [0-9 ]+; "cut odd" puts it back'
"$TH" export live.db > cut.csv
check_labels '3*x < 1' && ok "a constraint of the scan is taken away" ||
    not_ok "a constraint of the scan is taken away"
refuses "uncut odd" 'there is no constraint "odd"; there are: low narrow cut1'
tells "uncut narrow" '.*'
tells "uncut cut1" '.*'
"$TH" export live.db > cut.csv
check_labels '3*x < 2' && ok "and cuts are" || not_ok "and cuts are"
tells "cut odd" '[0-9 ]+ of [0-9 ]+ labels changed: .*'
"$TH" export live.db > cut.csv
check_labels '3*x < 2 && n != 2' && ok "a constraint of the scan comes back by its name" ||
    not_ok "a constraint of the scan comes back by its name"
tells "uncut odd" '.*puts it back'
refuses "cut" 'expected cut .*'

# ---- pins ---------------------------------------------------------------------------------------
tells "pin x in 0.2 .. 0.3 and n in 2 .. 4" \
    'pinned: a box with 6 % of the prior gets 50 % of each round, from the next round on'
pinned() { [ "$("$TH" export live.db | grep -c ',pin,')" -ge 40 ]; }
wait_for pinned
"$TH" export live.db | grep ',pin,' > pin.csv
cat head.csv pin.csv | awk -F, 'NR == 1 { for (i = 1; i <= NF; i++) at[$i] = i; next }
    { n = $(at["n"]); seen[n]++; if ($(at["x"]) < 0.2 || $(at["x"]) > 0.3 || n < 2 || n > 4) bad++ }
    END { exit bad > 0 || !seen[2] || !seen[3] || !seen[4] }' &&
    ok "pinned points lie in the box, both ends of an integer included" ||
    not_ok "pinned points lie in the box, both ends of an integer included"
tells unpin '1 pinned box(es)? taken away'

# ---- points of the user ---------------------------------------------------------------------------
tells "inject x=0.25 y=10 n=2" 'point [0-9]+'
tells "inject x=0.75, y = 10, n=3" 'point [0-9]+'
tells "inject x=7 y=10 n=2" 'point [0-9]+ \(outside of the parameters. ranges: it is run, and teaches nothing\)'
printf 'x,y,n\n0.125,5,1\n0.0625,80,2\n' > points.csv
mkdir -p elsewhere
(cd elsewhere && "$TH" tell ../live.db inject ../points.csv) > said 2>&1
told $? 0 "inject a file that is named from another folder" '2 points, [0-9]+ to [0-9]+'
injected() { [ "$(exported 'x == 0.25 or x == 0.75 or x == 7 or x == 0.125 or x == 0.0625' |
    grep -v running | grep -c ',inject,')" -eq 5 ]; }
wait_for injected && ok "all of them are run" || not_ok "all of them are run"
is "$(exported 'x == 0.75' | grep ',inject,' | cut -d, -f 10,11)" "3,1.5" \
    "fixed and derived parameters are filled in"

# ---- kill -----------------------------------------------------------------------------------------
tells "inject x=0.5 y=1 n=1" 'point [0-9]+'
slow=$(sed 's/point //' said)
kill_it() { "$TH" tell live.db kill "$slow"; }
wait_for kill_it && ok "a slow point is killed" || not_ok "a slow point is killed"
contains said "point $slow" "by its number"
killed() { exported "x == 0.5" | grep -q ',failed,.*,killed'; }
wait_for killed && ok "its class is killed" || not_ok "its class is killed"
is "$(count failed)" 1 "no other point was hit"

# ---- retry ----------------------------------------------------------------------------------------
: > broken
has_failed() { [ "$(field live.db failed)" -ge 5 ]; }
wait_for has_failed
rm broken
before=$(field live.db accepted) # and until those that met it are back
healed() { [ "$(field live.db accepted)" -gt $((before + 20)) ]; }
wait_for healed
tells "retry exit" '[0-9]+ failed points? (run|runs) again'
none_left() { [ "$(exported failed | grep -c ',exit')" -eq 0 ] && [ "$(field live.db failed)" -eq 1 ]; }
wait_for none_left && ok "all are run again, and only the class that was named" ||
    not_ok "all are run again, and only the class that was named"

# ---- workers, batch, two at a time -------------------------------------------------------------------
tells "workers 5" '5 workers'
n_workers() { [ "$(children $pid | wc -l)" -eq "$1" ]; }
wait_for n_workers 5 && ok "five workers run" || not_ok "five workers run"
tells "workers 1" '1 worker'
wait_for n_workers 1 && ok "one worker runs" || not_ok "one worker runs"
tells "workers 3" '3 workers'
tells "batch 7" '7 points per round, from the next round on'
refuses "explore 20 %" 'only methods classifier and regressor have a uniform share.*'
tells "note all is well" 'noted'
n=0
for i in 1 2 3 4; do
    "$TH" tell live.db note "at the same time $i" > "said$i" 2>&1 &
    eval "t$i=$!"
done
# shellcheck disable=SC2154
for t in $t1 $t2 $t3 $t4; do wait "$t" && n=$((n + 1)); done
is $n 4 "four at the same time are all answered"

# ---- drain, and at rest ------------------------------------------------------------------------------
tells drain 'the scan stops after the [0-9]+ points? of the rounds? in flight'
wait $pid
is $? 0 "a drained scan ends well"
is "$(field live.db running)" 0 "with no point half done"
is "$(field live.db state)" '"stopped"' "and is stopped"
tells "cut half: x < 0.5" 'half: .*labels changed.*'
"$TH" export live.db > cut.csv
check_labels '3*x < 2 && x < 0.5' && ok "a cut at rest relabels" || not_ok "a cut at rest relabels"
tells "uncut half" '.*'
tells "workers 2" '2 workers'
tells "batch 11" '11 points per round.*'
tells "inject x=0.875 y=10 n=2" 'point [0-9]+; it runs when the scan is resumed'
printf 'x,y,n\n0.9375,5,1\n' > one.csv
tells "inject one.csv" '1 point, [0-9]+; it runs when the scan is resumed'
refuses drain 'the scan does not run: .*"theodolite resume DB" goes on with it'
refuses stop 'the scan does not run: .*'
refuses "stop now" 'the scan does not run: .*'
refuses "kill 3" 'point 3 does not run now'
refuses "nonsense" '.*'
exported failed | cut -d, -f 1-7 > failed.csv
[ "$(wc -l < failed.csv)" -eq 1 ] || diag_file failed.csv
tells "retry" '1 failed point runs? again when the scan is resumed|1 failed points run again when the scan is resumed'
for i in 1 2 3 4; do
    "$TH" tell live.db note "at rest $i" > "said$i" 2>&1 &
    eval "t$i=$!"
done
n=0
for t in $t1 $t2 $t3 $t4; do wait "$t" && n=$((n + 1)); done
is $n 4 "four at the same time at rest are all answered"
refuses pause 'the scan does not run: .*"theodolite resume DB" goes on with it'
"$TH" resume live.db > run.log 2>&1 &
pid=$!
arrived() { exported 'x == 0.875' | grep ',inject,' | grep -qv running; }
wait_for arrived && ok "a point injected at rest is run" || not_ok "a point injected at rest is run"
wait_for n_workers 2 && ok "workers set at rest are there" || not_ok "workers set at rest are there"
# the slow point is the one that was retried
wait_for kill_it && ok "a point retried at rest runs" || not_ok "a point retried at rest runs"
tells "stop now" 'stopping now; [0-9]+ points? in hand (is|are) given back and (run|runs) again on resume'
wait $pid
is $? 0 "a stop by the user is a success"
done_testing
