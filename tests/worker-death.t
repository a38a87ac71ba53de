#!/bin/sh
# worker-death.t: a worker that is killed or crashes costs its point and is replaced; the scan goes
# on.  A shared object that crashes on some points costs those, and no others.
. "$TH_SRC/tests/tap.sh"
cd "$TMPDIR" || exit 1

cat > slow.yaml <<END
goal: 60 points
parameters:
  x: uniform 0 .. 1
calculators:
  wait: {run: sleep 0.2}
constraints:
  low: x < 0.5
search: {method: random, batch: 20}
END
"$TH" run slow.yaml --workers 2 > run.log 2>&1 &
pid=$!
workers() { children $pid; }
two_run() { [ "$(workers | wc -l)" -eq 2 ] && [ "$("$TH" export slow.db | wc -l)" -gt 3 ]; }
wait_for two_run
kill -KILL "$(workers | head -n 1)"
wait $pid
is $? 0 "the scan reaches its goal all the same"
"$TH" export slow.db > points.csv
is "$(grep -c ',failed,.*,signal' points.csv)" 1 "one point failed, of class signal"
is "$(wc -l < points.csv | tr -d ' ')" 61 "none is missing"
contains run.log "SIGKILL" "the log names the signal"

cat > crash.yaml <<END
goal: 3000 points
parameters:
  x: uniform 0 .. 1
calculators:
  f: {plugin: functions.so, function: test-crash, inputs: ['x - 0.002'], read: {y: value}}
constraints:
  low: y < 0.5
search: {method: random, batch: 3000}
END
"$TH" run crash.yaml --workers 2 > crash.log 2>&1
is $? 0 "a shared object that crashes now and then ends nothing"
"$TH" export crash.db > crash.csv
awk -F, 'NR > 1 { crashes = $7 < 0.002; failed = $4 == "failed"
                  if (crashes != failed) bad++
                  n += crashes }
         END { print "# " n " crashes"; exit bad > 0 || n == 0 }' crash.csv &&
    ok "the points that crash fail, and no others" ||
    not_ok "the points that crash fail, and no others"

# Two scans of one file side by side, each in a folder of its own: their stores have the same name.
mkdir one two
cat > same.yaml <<END
goal: 20 points
parameters:
  x: uniform 0 .. 1
calculators:
  card:
    run: [sh, -c, 'sleep 0.05; printf "Block A\\n 1 1.0\\n" > out.txt']
    output: out.txt
    read: {a: 'A[1]'}
constraints:
  above: a > 0
search: {method: random, batch: 20}
END
(cd one && exec "$TH" run ../same.yaml --workers 1 > run.log 2>&1) &
first=$!
wait_for test -s one/same.db
(cd two && exec "$TH" run ../same.yaml --workers 1 > run.log 2>&1)
is $? 0 "a scan beside another of that name ends well"
wait $first
is $? 0 "so does the other"
for folder in one two; do
    is "$(sqlite3 $folder/same.db 'SELECT count(*) FROM points WHERE accepted')" 20 \
        "$folder: neither takes the folders of the other"
done
wait_for sh -c '! ls -d "$TMPDIR"/theodolite-* 2> /dev/null'
is "$(ls -d "$TMPDIR"/theodolite-* 2> /dev/null)" "" "no scratch folder is left"
done_testing
