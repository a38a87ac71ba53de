#!/bin/sh
# scan-life.t: a scan from its file to its export as a user lives it: run, refuse to run again,
# pause, steer, stop, resume, status, export, and the exit statuses.
. "$TH_SRC/tests/tap.sh"
cd "$TMPDIR" || exit 1

cat > slow.yaml <<END
seed: 3
goal: 100000 points
parameters:
  x: uniform 0 .. 1
  y: log 1 .. 100 GeV
calculators:
  wait: {run: sleep 0.02}
observables:
  s: = x + y
constraints:
  low: s < 50
search: {method: random, batch: 50}
END

field() { "$TH" status --json slow.db | tr -d ' \n' | sed "s/.*\"$1\":\\([^,}]*\\).*/\\1/"; }
has_points() { [ "$(field total)" -ge 50 ] && [ "$(field accepted)" -gt 0 ]; }

"$TH" run slow.yaml --workers 2 > run.log 2>&1 &
pid=$!
wait_for has_points && ok "points arrive in slow.db" || not_ok "points arrive in slow.db"
exits 2 "a second run refuses" "$TH" run slow.yaml
contains said "theodolite resume slow.db" "and names resume"
exits 1 "a second engine is locked out" "$TH" resume slow.db
contains said "$pid" "and is told which process holds the store"

succeeds "pause" "$TH" tell slow.db pause
is "$(field state)" '"paused"' "status says so" || true
succeeds "resume" "$TH" tell slow.db resume
succeeds "a cut" "$TH" tell slow.db cut narrow: s \< 20
matches said "labels changed: accepted [0-9 ]+ -> [0-9 ]+" "says what changed"
exits 2 "a cut with an unknown name is refused" "$TH" tell slow.db cut t \< 20
exits 2 "an unknown command is refused" "$TH" tell slow.db puase
contains said 'did you mean "pause"' "with the nearest one"
succeeds "uncut" "$TH" tell slow.db uncut narrow
succeeds "pin" "$TH" tell slow.db pin x in 0.2 .. 0.4
contains said "20 % of the prior" "with its share"
succeeds "inject" "$TH" tell slow.db inject x=0.25 y=10
exits 2 "inject without all parameters" "$TH" tell slow.db inject x=0.25
printf 'x,y\n0.5,5\n0.75,80\n' > points.csv
succeeds "inject a file" "$TH" tell slow.db inject points.csv
succeeds "workers" "$TH" tell slow.db workers 3
succeeds "batch" "$TH" tell slow.db batch 20
exits 2 "explore is refused where all is uniform" "$TH" tell slow.db explore 20 %
injected_is_done() { "$TH" export slow.db --where 'x == 0.75' | grep -q ',inject,'; }
wait_for injected_is_done && ok "an injected point comes back" ||
    not_ok "an injected point comes back"

kill -INT $pid
wait $pid
is $? 130 "SIGINT ends with 130"
is "$(field state)" '"stopped"' "status says stopped"
"$TH" status slow.db > status.txt
n=$(wc -l < status.txt)
[ "$n" -le 12 ] && ok "status is about ten lines" || not_ok "status is about ten lines"

succeeds "a cut on a scan at rest" "$TH" tell slow.db cut half: x \< 0.5
"$TH" export slow.db --where accepted > accepted.csv
awk -F, 'NR > 1 && $7 >= 0.5 { bad = 1 } END { exit bad }' accepted.csv &&
    ok "accepted points obey it" || not_ok "accepted points obey it"
"$TH" export slow.db --format jsonl -o points.jsonl 2> /dev/null
exits 2 "a file that is there" "$TH" export slow.db -o points.jsonl
contains said "points.jsonl exists; --force" "is not written over unasked"
exits 0 "when asked" "$TH" export slow.db --format jsonl -o points.jsonl --force
exits 2 "the store" "$TH" export slow.db -o slow.db --force
contains said "what it reads from" "is not written over at all"
head -n 1 points.jsonl > first.json
contains first.json '"origin"' "jsonl"

before=$(field total)
"$TH" resume slow.db --workers 2 --until "$((before + 100)) points" > resume.log 2>&1
is $? 0 "resume until another goal"
[ "$(field total)" -ge $((before + 100)) ] && ok "it is reached" || not_ok "it is reached"
is "$(field state)" '"done"' "status says done"
"$TH" resume slow.db --until "$((before + 100)) points" > resume.log 2>&1
is $? 0 "resumed where it has ended"
is "$(grep -c 'in flight\|^draining' resume.log)" 0 "it finishes nothing, as nothing is in flight"
is "$(grep -c "^done round" resume.log)" 1 "and says once where it stands"

"$TH" resume slow.db --until "1000000 points" > resume.log 2>&1 &
pid=$!
is_running() { [ "$(field state)" = '"running"' ]; }
wait_for is_running
succeeds "stop --now" "$TH" stop slow.db --now
wait $pid
is $? 0 "a stop by the user is a success"
"$TH" resume slow.db --until "1000000 points" > resume.log 2>&1 &
pid=$!
wait_for is_running
succeeds "stop" "$TH" stop slow.db
wait $pid
is $? 0 "so is a stop after the batch"
is "$(field running)" 0 "which leaves no point waiting"

sed 's/run: sleep 0.02/run: there-is-no-such-program/' slow.yaml > none.yaml
exits 3 "a calculator that cannot be started" "$TH" run none.yaml
contains said "there-is-no-such-program" "is named"
sed 's/goal:/gaol:/; s/log 1/lgo 1/' slow.yaml > wrong.yaml
exits 2 "a wrong scan file" "$TH" run wrong.yaml
contains said 'wrong.yaml:2:1: error' "with file, line and column"
contains said 'did you mean "goal"' "and the nearest key"
contains said 'wrong.yaml:5:' "and the other error in one go"
exits 2 "no such command" "$TH" stauts slow.db
contains said '"status"' "with the nearest one"
exits 2 "no arguments" "$TH" run
done_testing
