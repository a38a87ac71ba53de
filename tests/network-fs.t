#!/bin/sh
# network-fs.t: a store on a network file system keeps a rollback journal and says so; the scan runs,
# is killed, is steered and resumed as elsewhere.
. "$TH_SRC/tests/tap.sh"
cd "$TMPDIR" || exit 1

cat > scan.yaml <<END
seed: 5
goal: 300 points
parameters:
  x: uniform 0 .. 1
calculators:
  wait: {run: sleep 0.02}
observables:
  s: = 2 * x
constraints:
  low: s < 0.5
search: {method: random, batch: 50}
END
field() { "$TH" status --json net.db | tr -d ' \n' | sed "s/.*\"$1\":\\([^,}]*\\).*/\\1/"; }
has_points() { [ "$(field accepted)" -gt 5 ]; }

"$TH" run scan.yaml --db local.db --workers 2 > /dev/null 2>&1
"$TH" export local.db > local.csv
is "$(od -An -tu1 -j18 -N1 local.db | tr -d ' ')" 2 "a store on a local disk has a write-ahead log"

THEODOLITE_FSTYPE=nfs
export THEODOLITE_FSTYPE
"$TH" run scan.yaml --db net.db --workers 2 > out.log 2> err.log &
pid=$!
wait_for has_points
succeeds "it can be steered" "$TH" tell net.db cut narrow: s \< 0.4
exits 1 "a second engine is locked out" "$TH" resume net.db
kill -KILL $pid
wait $pid 2> /dev/null
contains err.log "warning:" "a warning"
contains err.log "network file system (nfs)" "names the kind"
is "$(od -An -tu1 -j18 -N1 net.db | tr -d ' ')" 1 "the journal is a rollback journal"
[ ! -e net.db-wal ] && ok "there is no write-ahead log" || not_ok "there is no write-ahead log"
"$TH" status --json net.db > status.json
contains status.json "network file system" "status --json has the warning"
resumed() { "$TH" resume net.db --workers 2 > out.log 2> err.log; }
resumed
is $? 0 "resume reaches the goal"
succeeds "uncut" "$TH" tell net.db uncut narrow
"$TH" export net.db > net.csv
succeeds "with the same points as on a local disk" cmp local.csv net.csv
done_testing
