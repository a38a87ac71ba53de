#!/bin/sh
# checkpoint.t: at the end of a run the write-ahead log is emptied into the store, also while somebody
# has it open.
. "$TH_SRC/tests/tap.sh"
cd "$TMPDIR" || exit 1
command -v sqlite3 > /dev/null || skip_all "sqlite3 is not here"

cat > scan.yaml <<END
goal: 100 points
parameters: {x: uniform 0 .. 1}
constraints: {low: x < 0.5}
search: {method: random, batch: 50}
END
"$TH" run scan.yaml --headless > run.log 2>&1
mkfifo words
sqlite3 scan.db < words > reader.log 2>&1 &
reader=$!
exec 3> words
echo 'SELECT count(*) FROM point;' >&3
wait_for grep -x 100 reader.log && ok "somebody has the store open" ||
    not_ok "somebody has the store open"
succeeds "the scan goes on" "$TH" resume scan.db --headless --until '5000 points'
is "$(wc -c < scan.db-wal | tr -d ' ')" 0 "nothing is left in the log at its end"
echo 'SELECT count(*) FROM point;' >&3
wait_for grep -x 5000 reader.log && ok "who has it open reads on" ||
    not_ok "who has it open reads on"

# in the midst of reading: it is no obstacle
echo 'BEGIN; SELECT count(*) FROM point;' >&3
succeeds "a reader in the midst of it" "$TH" resume scan.db --headless --until '6000 points'
exec 3>&-
wait "$reader"
is "$(sqlite3 scan.db 'SELECT count(*) FROM point')" 6000 "all is there"

done_testing
