#!/bin/sh
# disk-full.t: a disk that is full pauses the scan, which says so once and goes on by itself when
# there is room; what was told to it meanwhile is answered then; ^C ends it cleanly and nothing is
# lost.  The same without the tricks on a real file system where one may be mounted.
. "$TH_SRC/tests/tap.sh"
cd "$TMPDIR" || exit 1
command -v sqlite3 > /dev/null || skip_all "sqlite3 is not here"

cat > scan.yaml <<END
seed: 5
goal: 4000 points
parameters:
  x: uniform 0 .. 1
  y: uniform 0 .. 1
observables:
  s: = x + y
constraints:
  low: s < 0.5
search: {method: random, batch: 100}
END
# the first of that name: further ones are parts of parts
field() { "$TH" status --json "$1" | tr ',{}' '\n\n\n' | grep "^\"$2\":" | sed 's/^[^:]*: *//;1q'; }
engine_is_full() { "$TH" status --json "$1" | tr -d ' \n' | grep -q '"state":"full"'; }
has_done() { [ "$(field "$1" total)" -ge "$2" ]; }

"$TH" run scan.yaml --db unbroken.db --workers 1 > /dev/null
"$TH" export unbroken.db > unbroken.csv
is "$(wc -l < unbroken.csv | tr -d ' ')" 4001 "an unbroken scan"

# A table that fills the store up to its last pages; room comes back when it is dropped.
"$TH" run scan.yaml --db full.db --workers 2 --until "300 points" > /dev/null
fill() { # STORE
    sqlite3 "$1" "PRAGMA wal_checkpoint(TRUNCATE); CREATE TABLE filler (x);
                  INSERT INTO filler VALUES (zeroblob(3000000));
                  PRAGMA wal_checkpoint(TRUNCATE);" > /dev/null
    pages=$(sqlite3 "$1" "PRAGMA page_count")
}
fill full.db
THEODOLITE_MAX_PAGES=$((pages + 4)) "$TH" resume full.db --workers 2 > out.log 2> err.log &
pid=$!
wait_for engine_is_full full.db && ok "the scan sees that there is no room" ||
    not_ok "the scan sees that there is no room"
is "$(field full.db state)" '"paused"' "status says paused"
"$TH" status full.db > status.txt
contains status.txt "the disk is full" "and why"
contains status.txt "make room on the disk" "and what to do"
contains err.log "error: the disk is full" "stderr says so"
kill -0 $pid && ok "it waits" || not_ok "it waits"
"$TH" tell full.db note make room > note.log 2>&1 &
note=$!
asked() { sqlite3 full.db "SELECT count(*) FROM command" | grep -qx 1; }
wait_for asked
sqlite3 full.db ".timeout 5000" "DROP TABLE filler"
wait $pid
is $? 0 "it goes on by itself when there is room, up to its goal"
wait $note
is $? 0 "and answers what it was asked meanwhile"
is "$(grep -c 'the disk is full' err.log)" 1 "it was said once"
"$TH" export full.db > full.csv
succeeds "nothing is lost or doubled" cmp unbroken.csv full.csv
"$TH" status full.db > status.txt
grep -q "disk is full" status.txt && not_ok "the words are gone" || ok "the words are gone"

# ^C while it is full.
rm -f full.db*
"$TH" run scan.yaml --db full.db --workers 2 --until "300 points" > /dev/null
fill full.db
THEODOLITE_MAX_PAGES=$((pages + 4)) "$TH" resume full.db --workers 2 > out.log 2> err.log &
pid=$!
wait_for engine_is_full full.db
kill -INT $pid
kill -INT $pid
wait $pid
is $? 130 "^C ends a scan that waits for room"
"$TH" resume full.db --workers 2 > out.log 2>&1
is $? 0 "and a resume goes on"
"$TH" export full.db > full.csv
succeeds "with the same points" cmp unbroken.csv full.csv

# A real file system that is full, WAL and lock file with it.
mkdir small
if mount -t tmpfs -o size=24m none small 2> /dev/null; then
    trap 'umount "$TMPDIR/small" 2> /dev/null' EXIT
    "$TH" run scan.yaml --db small/full.db --workers 2 --until "300 points" > /dev/null
    left=$(df -k small | awk 'END { print $4 }')
    dd if=/dev/zero of=small/filler bs=1k count=$((left - 250)) 2> /dev/null
    "$TH" resume small/full.db --workers 2 > out.log 2> err.log &
    pid=$!
    said_full() { grep -q 'the disk is full' err.log; }
    wait_for said_full && ok "a file system without room is seen" ||
        not_ok "a file system without room is seen"
    kill -0 $pid && ok "the scan waits" || not_ok "the scan waits"
    rm small/filler
    wait $pid
    is $? 0 "and goes on when there is room"
    "$TH" export small/full.db > full.csv
    succeeds "with the same points" cmp unbroken.csv full.csv
    umount small
else
    skip 4 "nothing may be mounted here"
fi
done_testing
