#!/bin/sh
# signals.t: SIGINT once and twice, SIGTERM, SIGHUP with and without nohup, SIGSTOP and SIGCONT, and
# SIGKILL: the exit status, what status says, that nothing runs on, and that resume goes on.
. "$TH_SRC/tests/tap.sh"
cd "$TMPDIR" || exit 1

scan() { # SECONDS OF A POINT
    cat <<END
goal: 1000000 points
parameters:
  x: uniform 0 .. 1
calculators:
  wait: {run: sleep $1, timeout: 600 s}
constraints:
  low: x < 0.5
search: {method: random, batch: 20}
END
}
scan 0.05 > quick.yaml
scan 547 > slow.yaml
field() { "$TH" status --json "$1" | tr ',{}' '\n\n\n' | grep "^\"$2\":" | sed 's/^[^:]*: *//;1q'; }
n_sleeping() { command_lines | grep -c '[s]leep 547$'; }
runs() { [ "$(field "$1" state)" = '"running"' ]; }
# in hand: both workers have started their calculators
sleeps() { [ "$(n_sleeping)" -eq 2 ]; }
quiet() { [ "$(n_sleeping)" -eq 0 ]; }
has_points() { [ "$(field "$1" accepted)" -gt 2 ]; }

# ---- SIGTERM, with points in hand that take long ---------------------------------------------------
"$TH" run slow.yaml --db a.db --workers 2 > a.log 2>&1 &
pid=$!
wait_for sleeps && ok "two points run" || not_ok "two points run"
kill -TERM $pid
wait $pid
is $? 130 "SIGTERM ends with 130"
wait_for quiet && ok "no calculator is left" || not_ok "no calculator is left"
is "$(field a.db state)" '"stopped"' "status says stopped"
contains a.log "theodolite resume a.db" "and how to go on"
[ "$(field a.db failed)" -eq 0 ] && ok "what ran is no failure" || not_ok "what ran is no failure"

# ---- SIGINT twice ------------------------------------------------------------------------------------
"$TH" resume a.db --workers 2 > a.log 2>&1 &
pid=$!
wait_for sleeps
kill -INT $pid
told() { grep -q 'press .C again' a.log; }
wait_for told && ok "^C says what it waits for" || not_ok "^C says what it waits for"
kill -INT $pid
wait $pid
is $? 130 "a second ^C ends it"
wait_for quiet && ok "no calculator is left" || not_ok "no calculator is left"

# ---- SIGINT once: quick points are waited for ---------------------------------------------------------
"$TH" run quick.yaml --db b.db --workers 2 > b.log 2>&1 &
pid=$!
wait_for has_points b.db
kill -INT $pid
wait $pid
is $? 130 "^C ends with 130"
"$TH" status b.db > status.txt
contains status.txt "interrupted" "status says why"
n=$(field b.db total)

# ---- SIGHUP, and nohup ----------------------------------------------------------------------------------
"$TH" resume b.db --workers 2 > b.log 2>&1 &
pid=$!
wait_for runs b.db && ok "resume goes on" || not_ok "resume goes on"
kill -HUP $pid
wait $pid
is $? 130 "a closed terminal ends it cleanly"
(trap '' HUP; exec "$TH" resume b.db --workers 2 > b.log 2>&1) &
pid=$!
wait_for runs b.db
kill -HUP $pid
before=$(field b.db accepted)
more() { [ "$(field b.db accepted)" -gt "$before" ]; }
wait_for more && ok "under nohup it goes on" || not_ok "under nohup it goes on"

# ---- SIGSTOP and SIGCONT --------------------------------------------------------------------------------
kill -STOP $pid
"$TH" status b.db > status.txt
is $? 0 "status answers while the engine is stopped"
kill -CONT $pid
succeeds "and the engine answers after it" "$TH" tell b.db note awake
before=$(field b.db accepted)
wait_for more && ok "and goes on" || not_ok "and goes on"
is "$(field b.db failed)" 0 "no point was hit"

# ---- SIGKILL ----------------------------------------------------------------------------------------------
kill -KILL $pid
wait $pid 2> /dev/null
is "$(field b.db state)" '"stopped"' "a killed scan is not said to run"
"$TH" status b.db > status.txt
contains status.txt "gone without a word" "but that it is gone"
contains status.txt "theodolite resume b.db" "and what to do"
[ "$(field b.db total)" -ge "$n" ] && ok "nothing is lost" || not_ok "nothing is lost"
succeeds "a command is carried out at rest then" "$TH" tell b.db note after its death
"$TH" resume b.db --workers 1 > b.log 2>&1 &
pid=$!
wait_for runs b.db && ok "resume goes on" || not_ok "resume goes on"
kill -INT $pid
wait $pid
wait_for sh -c '! ls -d "$TMPDIR"/theodolite-* 2> /dev/null'
is "$(ls -d "$TMPDIR"/theodolite-* 2> /dev/null)" "" "no scratch folder is left"
done_testing
