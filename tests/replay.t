#!/bin/sh
# replay.t: the journal as a script, and given again to another scan; a copy of a store while its
# scan runs.
. "$TH_SRC/tests/tap.sh"
cd "$TMPDIR" || exit 1

cat > scan.yaml <<END
seed: 5
goal: 60 points
parameters:
  x: uniform 0 .. 1
  n: integer 1 .. 3
observables:
  s: = 3 * x
constraints:
  low: s < 2
search: {method: random, batch: 20}
END
"$TH" run scan.yaml --db one.db > run.log 2>&1
"$TH" run scan.yaml --db two.db --until '40 points' > run.log 2>&1
succeeds "a journal without commands" "$TH" replay one.db
is "$(grep -vc "^#" said)" 0 "is only a remark"

for line in 'cut narrow: x < 0.5' 'batch 33' 'nonsense' 'batch 44' 'undo' 'note all "is" well' \
    'pin x in 0.1 .. 0.2 share=0.2' 'inject x=0.25 n=2' 'retry' 'uncut narrow' 'undo'; do
    "$TH" tell one.db "$line" > /dev/null 2>&1
done
succeeds "the journal is printed" "$TH" replay one.db
cp said script
grep '^:' script > commands
printf '%s\n' ':cut narrow: x < 0.5' ':batch 33' ':note all "is" well' \
    ':pin x in 0.1 .. 0.2 share=0.2' ':inject x=0.25 n=2' ':retry' > wanted
succeeds "as commands, without what was refused or taken back" cmp commands wanted
contains script '# (refused) :nonsense' "which are remarks"
contains script '# (taken back) :batch 44' "of their own kind"
contains script '# (undo) :undo' "and undo is none that is given again"
grep -q '^# 2  [0-9-]* [0-9:]*  round [0-9]* -> 33 points per round' script &&
    ok "with number, time, round and answer" || { not_ok "with number, time, round and answer"; diag_file script; }
succeeds "from a number on" "$TH" replay one.db --from 5
is "$(grep -c "^:" said)" 4 "the commands from there"
exits 2 "a number that is none" "$TH" replay one.db --from soon
exits 2 "without a store" "$TH" replay
exits 1 "a store that is not there" "$TH" replay nothing.db

succeeds "given to another scan" "$TH" replay one.db --onto two.db
contains said ':batch 33 -> 33 points per round' "with its answers"
contains said '5 commands given to two.db, 0 refused; 6 of the journal left out' "counted"
cuts() { sqlite3 "$1" "SELECT name, text FROM term WHERE is_cut"; }
is "$(cuts two.db)" "$(cuts one.db)" "the same cuts"
settings() { sqlite3 "$1" "SELECT key, value FROM meta WHERE key LIKE 'live %' ORDER BY key"; }
is "$(settings two.db)" "$(settings one.db)" "the same settings and pins"
is "$(sqlite3 two.db 'SELECT count(*) FROM points WHERE x = 0.25 AND n = 2')" 1 "the same point"
"$TH" tell one.db 'cut wide: y > 1' > /dev/null 2>&1 # refused, and stays out
sed 's/x: uniform/z: uniform/; s/3 \* x/3 * z/' scan.yaml > other.yaml
"$TH" run other.yaml --db three.db > run.log 2>&1
exits 2 "commands that the other refuses" "$TH" replay one.db --onto three.db
contains said '2 commands given to three.db, 3 refused' "are counted"
exits 1 "onto a store that is not there" "$TH" replay one.db --onto nothing.db

# ---- a copy ---------------------------------------------------------------------------------------
sed 's/60 points/1000000 points/; s/method: random/method: random, start: 20/' scan.yaml > long.yaml
printf 'calculators:\n  slow:\n    run: [sleep, 0.01]\n' >> long.yaml
"$TH" run long.yaml --db long.db > run.log 2>&1 &
pid=$!
many() { [ "$("$TH" export long.db 2> /dev/null | wc -l)" -gt 30 ]; }
wait_for many
succeeds "a copy while the scan runs" "$TH" snapshot long.db copy.db
contains said "points is in copy.db" "is told"
exits 1 "never over a file that is there" "$TH" snapshot long.db copy.db
succeeds "it is a store" "$TH" status copy.db
before=$("$TH" export copy.db | wc -l)
more() { [ "$("$TH" export long.db | wc -l)" -gt "$before" ]; }
wait_for more && ok "the scan goes on" || not_ok "the scan goes on"
is "$("$TH" export copy.db | wc -l)" "$before" "the copy does not"
is "$(sqlite3 copy.db 'PRAGMA integrity_check')" ok "it is whole"
succeeds "it can be steered by itself" "$TH" tell copy.db "batch 5"
succeeds "a name of its own" "$TH" snapshot long.db
is "$(find . -name 'long-*-*.db' | wc -l | tr -d ' ')" 1 "from the time"
kill -INT $pid
wait $pid
done_testing
