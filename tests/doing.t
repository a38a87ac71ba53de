#!/bin/sh
# doing.t: what a scan waits for is said while it waits: a calculator that never answers, before its
# time limit is over, and a learner that is at work for long.
. "$TH_SRC/tests/tap.sh"
cd "$TMPDIR" || exit 1

# ---- a calculator that never answers ----
cat > silent.yaml <<END
goal: 10 points
parameters: {x: uniform 0 .. 1}
calculators:
  mute: {run: cat, resident: true, timeout: 12 s, write: {x: x}, read: {y: json "y"}}
constraints: {c: y < 1}
search: {method: random, batch: 5}
END
"$TH" run silent.yaml --headless --workers 1 > silent.log 2>&1 &
pid=$!
wait_for grep "has not answered" silent.log && ok "silence is told" || not_ok "silence is told"
matches silent.log 'warning: calculator mute has not answered for [0-9.]+ s; it is ended after 12.0 s \(timeout\)' \
    "with who, how long and until when"
contains silent.log 'must write each line out at once (flush)' "and what may be the matter"
kill "$pid"
wait "$pid"
is "$(sqlite3 silent.db "SELECT count(*) FROM log WHERE text LIKE '%has not answered%'")" 1 "once"

# told before its time is over or not, silence is no less than a second
"$TH" run silent.yaml --headless --workers 1 --db short.db --set calculators.mute.timeout='1 s' > short.log 2>&1 &
pid=$!
wait_for grep "has not answered" short.log && ok "a short limit" || not_ok "a short limit"
matches short.log 'mute has not answered for [1-9][0-9]*\.0 s' "no silence of 0 s"
kill "$pid"
wait "$pid"

# ---- a learner that takes its time ----
cat > slow.yaml <<END
seed: 4
goal: 500 points
parameters: {x: uniform -1 .. 1, y: uniform -1 .. 1}
observables: {r: = x^2 + y^2}
constraints: {disc: r < 0.25}
search: {start: 100, batch: 50, steps: 10000000, learner: network}
END
"$TH" run slow.yaml --headless > slow.log 2>&1 &
pid=$!
is_learning() { "$TH" status slow.db 2>&1 | grep -E 'running: learning for [0-9.]+ s while the workers wait'; }
wait_for is_learning && ok "learning is shown" || not_ok "learning is shown"
kill -9 "$pid"
wait "$pid" 2> /dev/null

# ---- a learner that was quick ----
succeeds "a scan" "$TH" run slow.yaml --headless --db quick.db --set search.steps=20
is "$(sqlite3 quick.db 'SELECT count(*) FROM round WHERE wall_s IS NULL')" 0 \
    "how long each proposal was waited for is kept"
is "$(sqlite3 quick.db 'SELECT count(*) FROM round WHERE wall_s < 0.5 * train_s')" 0 \
    "it is no shorter than the training"
sqlite3 quick.db 'UPDATE round SET wall_s = 38, train_s = 3.5 WHERE train_s > 0'
"$TH" show quick.db log --size 120x40 > said
contains said 'in 3.5 s of CPU; its points came after 38.0 s' "where that is more than what it computed"
is "$(sqlite3 quick.db 'SELECT words FROM engine')" "the goal is reached: 500 points" \
    "at the end it says why it ended"

done_testing
