#!/bin/sh
# undo.t: commands are taken back, live and at rest, the last one first; failed points are run again
# by number and by condition; a time limit is moved under a calculator that runs.
. "$TH_SRC/tests/tap.sh"
cd "$TMPDIR" || exit 1

cat > live.yaml <<END
seed: 5
goal: 1000000 points
parameters:
  x: uniform 0 .. 1
  n: integer 1 .. 3
calculators:
  gate:
    run: [sh, -c, 'case {x} in 5.0e-01|5.0000000000000000e-01) sleep 3; exit 0;; esac; [ ! -e $TMPDIR/broken ] || exit 9; sleep 0.01']
  second:
    after: gate
    run: [sh, -c, '[ ! -e $TMPDIR/torn ] || exit 7']
observables:
  s: = 3 * x
constraints:
  low: s < 2
  odd: n != 2
search: {method: random, batch: 20}
END
field() { "$TH" status --json "$1" | tr ',{}' '\n\n\n' | grep "^\"$2\":" | sed 's/^[^:]*: *//;1q'; }
has() { [ "$(field "$1" "$2")" -ge "$3" ]; }
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
accepts() { "$TH" export live.db --where 'x < 0.2' > all.csv
    awk -F, 'NR == 1 { for (i = 1; i <= NF; i++) at[$i] = i; next }
             $(at["state"]) == "running" || $(at["state"]) == "failed" { next }
             { x = $(at["x"]); n = $(at["n"]); good = ('"$1"'); seen[good]++
               if (good != ($(at["state"]) == "accepted")) bad++ }
             END { exit bad > 0 || seen[0] == 0 || seen[1] == 0 }' all.csv; }
labels() { accepts "$1" && ok "$2" || not_ok "$2"; }

"$TH" run live.yaml --workers 2 > run.log 2>&1 &
pid=$!
wait_for has live.db total 60

refuses undo 'there is nothing to undo .*'
refuses "undo 3" 'expected "undo" alone.*'

# ---- cuts: what was there comes back -------------------------------------------------------------
tells "cut narrow: x < 0.1" 'narrow: .*'
tells "cut narrow: x < 0.05" 'narrow: .*'
labels 'x < 0.05 && n != 2' "a cut was replaced"
tells undo 'undone: cut narrow: x < 0.05; narrow: .* labels changed.*'
labels 'x < 0.1 && n != 2' "undo brings the one before back"
tells undo 'undone: cut narrow: x < 0.1; .* labels changed.*'
labels 'n != 2' "a second undo takes it away"
refuses undo 'there is nothing to undo .*'
tells "uncut odd" '.*puts it back'
tells undo 'undone: uncut odd; .* labels changed.*'
labels 'n != 2' "a constraint of the scan is back"
tells "cut x < 0.15" 'cut1: .*'
tells "uncut cut1" '.*'
tells undo 'undone: uncut cut1; cut1: .*'
labels 'x < 0.15 && n != 2' "a live cut that was taken away is back"
tells undo 'undone: cut x < 0.15; .*'
labels 'n != 2' "and then away again"

# ---- numbers -------------------------------------------------------------------------------------
tells "batch 30" '30 points per round.*'
tells "batch 40" '40 points per round.*'
tells "workers 3" '3 workers'
tells "note in between" 'noted'
refuses "batch none" 'expected .*'
tells undo 'undone: workers 3; 2 workers'
tells undo 'undone: batch 40; 30 points per round, from the next round on'
tells undo 'undone: batch 30; 20 points per round, from the next round on'

# ---- pins ----------------------------------------------------------------------------------------
tells "pin x=0.2..0.3 share=0.25" \
    'pinned: a box with 10 % of the prior gets 25 % of each round, from the next round on'
tells "pin x in 0.4 .. 0.45 and n in 1 .. 1" 'pinned: a box with 1.67 % of the prior; all 2 boxes share 25 % .*'
refuses "unpin 3" 'no pinned box is called "3".* number up to 2'
tells "unpin 1" '1 pinned box taken away, the others stay'
tells undo 'undone: unpin 1; pinned: a box with 10 % .*'
tells "pin share=40 %" '40 % of each round go into the 2 pinned boxes'
tells undo 'undone: pin share=40 %; 25 % of each round go into the 2 pinned boxes'
tells undo 'undone: pin x in 0.4 .. 0.45 and n in 1 .. 1; 1 pinned box taken away, the others stay'
tells unpin '1 pinned box taken away'
tells undo 'undone: unpin; pinned: a box with 10 % of the prior gets 25 % of each round.*'
tells undo 'undone: pin x=0.2..0.3 share=0.25; 1 pinned box taken away; no box is pinned; one would get 50 % of each round'
refuses "pin x in 0.2 .. 0.3 share=2" 'cannot read .*'

# ---- pause ---------------------------------------------------------------------------------------
tells pause 'paused; .*'
tells undo 'undone: pause; points are handed out again'
tells pause 'paused; .*'
tells resume '.*'
tells undo 'undone: resume; paused; .*'
tells resume '.*'

# ---- failed points -------------------------------------------------------------------------------
: > broken
has_failed() { [ "$(field live.db failed)" -ge "$1" ]; }
wait_for has_failed 6
: > torn
rm broken
tallies() { "$TH" status --json live.db | tr -d '\n ' | grep -o '"calculator":"second","reason":"exit"' > /dev/null; }
wait_for tallies
rm torn
tells pause 'paused; .*'
idle() { [ "$("$TH" export live.db --where running 2> /dev/null | grep -c running)" -eq 0 ] ||
    [ "$(sqlite3 live.db "SELECT count(*) FROM worker WHERE point IS NOT NULL")" -eq 0 ]; }
wait_for idle
refuses 'retry where calculator is "gate"' 'cannot read .*'
refuses 'retry where nonsense < 3' '.*nonsense.*'
tells 'retry where calculator == "nobody"' '0 failed points run again'
failed_of() { sqlite3 live.db "SELECT count(*) FROM failure WHERE calculator = '$1'"; }
n_second=$(failed_of second)
n_gate=$(failed_of gate)
one=$(sqlite3 live.db "SELECT min(point) FROM failure WHERE calculator = 'second'")
refuses "retry $one 999999" 'point 999999 has not failed'
is "$(failed_of second)" "$n_second" "a list with a wrong number in it runs nothing again"
tells "retry $one" '1 failed point runs again'
is "$(failed_of second)" $((n_second - 1)) "one is open again"
tells 'retry failed where calculator == "second" and reason != "timeout" and x >= 0' \
    "$((n_second - 1)) failed points? runs? again"
is "$(failed_of second)" 0 "those of one calculator are open again"
is "$(failed_of gate)" "$n_gate" "the others are not"
tells 'retry where x >= 0 and calculator == gate' "$n_gate failed points? runs? again"
tells resume '.*'
healed() { [ "$(field live.db failed)" -eq 0 ]; }
wait_for healed && ok "all of them are run" || not_ok "all of them are run"

# ---- time limits ---------------------------------------------------------------------------------
refuses "timeout nobody 3" 'there is no calculator "nobody"; there are: gate second'
refuses "timeout gate" 'expected a time .*'
refuses "timeout gate 0" 'expected a time .*'
tells "inject x=0.5 n=1" 'point [0-9]+'
slow=$(sed 's/point //' said)
runs() { [ "$(sqlite3 live.db "SELECT count(*) FROM worker WHERE point = $slow")" -eq 1 ]; }
wait_for runs
tells "timeout gate 0.3" 'gate may run 0.3 s, those that run now too'
timed_out() { [ "$(sqlite3 live.db "SELECT reason FROM failure WHERE point = $slow")" = timeout ]; }
wait_for timed_out || diag_file run.log; timed_out && ok "a calculator that runs already is held to it" ||
    not_ok "a calculator that runs already is held to it"
tells drain '.*'
wait $pid
is $? 0 "the scan ends"

# ---- at rest -------------------------------------------------------------------------------------
tells "retry $slow" '1 failed point runs again when the scan is resumed'
tells "cut narrow: x < 0.1" 'narrow: .*'
tells undo 'undone: cut narrow: x < 0.1; .*'
labels 'n != 2' "undo works at rest"
"$TH" resume live.db > run.log 2>&1 &
pid=$!
wait_for timed_out && ok "the next engine has the limit too" || not_ok "the next engine has the limit too"
tells undo 'undone: timeout gate 0.3; gate may run 5 min.*'
tells "retry $slow" '.*'
done_now() { "$TH" export live.db --where "id == $slow" | grep -q accepted; }
wait_for done_now && ok "without it the point ends well" || not_ok "without it the point ends well"
tells "stop now" '.*'
wait $pid
is "$(sqlite3 live.db "SELECT count(*) FROM command WHERE undone IS NOT NULL AND undo IS NULL")" 0 \
    "the journal tells what was undone"

# ---- a goal that is reached, lost and reached again ----------------------------------------------
printf 'goal: 20 accepted\nparameters:\n  x: uniform 0 .. 1\nconstraints:\n  low: x < 0.9\n%s\n' \
    'search: {method: random, batch: 20}' > goal.yaml
"$TH" run goal.yaml --headless > run.log 2>&1
state() { "$TH" status goal.db | sed -n '1s/^goal  *\([a-z]*\):.*/\1/p'; }
from() { sqlite3 goal.db "SELECT value FROM meta WHERE key = 'labels from'"; }
since=$(from)
"$TH" tell goal.db 'cut x < 0.5' > said 2>&1
"$TH" tell goal.db 'cut x < 0.4' > said 2>&1
"$TH" tell goal.db undo > said 2>&1
[ "$(from)" != "$since" ] && ok "predictions of before a cut are not compared" ||
    not_ok "predictions of before a cut are not compared"
"$TH" tell goal.db undo > said 2>&1
is "$(from)" "${since:-0}" "they are again when it was undone"
"$TH" tell goal.db 'cut x < 0.999' > said 2>&1
is "$(state)" done "a cut that leaves enough accepted points leaves the goal"
"$TH" tell goal.db 'cut x < 0.01' > said 2>&1
is "$(state)" stopped "one that does not lets the scan go on"
"$TH" tell goal.db undo > said 2>&1
is "$(state)" done "with undo the goal is reached again"
rm -f goal.db*
"$TH" run goal.yaml --headless --until '10 accepted' > run.log 2>&1
"$TH" tell goal.db 'cut x < 0.01' > said 2>&1
is "$(state)" stopped "a goal of the last run is lost as well"
"$TH" tell goal.db undo > said 2>&1
"$TH" status goal.db > said
contains said 'done: the goal is reached: 10 accepted' "and reached again"
done_testing
