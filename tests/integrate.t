#!/bin/sh
# integrate.t: an integration's life: known integrals, by programs and by expressions; killed with
# SIGKILL at random moments and resumed it ends with the same result; a region where calls fail;
# goals that grow; what it refuses; nonsense in the file.
. "$TH_SRC/tests/tap.sh"
cd "$TMPDIR" || exit 1

value() { sqlite3 "$1" "SELECT $2 FROM integral ORDER BY round DESC LIMIT 1"; }
near() { # value error truth: within four errors
    awk -v v="$1" -v e="$2" -v t="$3" 'BEGIN { d = v - t; exit !(e > 0 && d < 4 * e && d > -4 * e) }'
}
result() { # everything that an integration has to say, but when
    sqlite3 "$1" 'SELECT round, stage, n, n_failed, estimate, estimate_error, integral, error, lo,
        hi, absolute, is_converged, alarms, why, n_calls, failed_volume, purity FROM integral;
        SELECT * FROM cell; SELECT id, predicted, density FROM point ORDER BY id'
}

ends() { # text store command...: 0 and converged, or 1 and not
    ends_text=$1 ends_db=$2
    shift 2
    "$@" > ends.log 2>&1
    is $? "$(value "$ends_db" '1 - is_converged')" "$ends_text: 0 and converged, or 1 and not"
}

cat > gauss.yaml <<END
seed: 5
goal: 3000 points
parameters:
  x: uniform -5 .. 5
  y: uniform -5 .. 5
calculators:
  g:
    read: {f: '= exp(-(x^2 + y^2)/2)'}
integrand: f
integrate: {method: cells, unit: pb}
END

# ---- by cells, through points ----
ends "an integration" a.db "$TH" integrate gauss.yaml --db a.db --headless
near "$(value a.db integral)" "$(value a.db error)" 6.2831781 && ok "it is 2 pi" ||
    not_ok "it is 2 pi: $(value a.db integral) +- $(value a.db error)"
is "$(sqlite3 a.db 'SELECT count(*) FROM point WHERE state = 2')" 0 "every point is closed"
is "$(sqlite3 a.db 'SELECT count(*) FROM point')" "$(value a.db n_calls)" "every call is a point"
[ "$(sqlite3 a.db 'SELECT count(*) FROM cell')" -gt 1 ] && ok "there are classes" ||
    not_ok "there are classes"
near "$(sqlite3 a.db "SELECT value FROM meta WHERE key = 'integral scale'")" 1e-9 100 &&
    ok "the volume is the scale" || not_ok "the volume is the scale"
"$TH" integrate gauss.yaml --db w.db --headless --workers 3 > /dev/null 2>&1
result a.db > a.txt
result w.db > w.txt
succeeds "the number of workers changes nothing" cmp a.txt w.txt

# ---- killed and resumed ----
cat > slow.yaml <<END
seed: 5
goal: 1500 points
parameters:
  x: uniform -5 .. 5
  y: uniform -5 .. 5
calculators:
  echo:
    run: cat
    stdin: card.in
    write: {'MINPAR[1]': 'exp(-(x^2 + y^2)/2)'}
    output: stdout
    read: {f: 'MINPAR[1]'}
integrand: f
END
printf 'Block MINPAR\n 1 100.0 # O\n' > card.in
seed=${TH_TEST_SEED:-$(awk 'BEGIN { srand(); print int(1e6 * rand()) }')}
echo "# TH_TEST_SEED=$seed"
moment() { awk -v s="$seed" -v i="$1" 'BEGIN { srand(s + 7919 * i); printf "%.3f", 0.1 + 0.5 * rand() }'; }
kill_it() { # scan store option...: kills it six times, then lets it end
    kill_scan=$1 kill_db=$2
    shift 2
    "$TH" integrate "$kill_scan" --db "$kill_db" --headless "$@" > run.log 2>&1 &
    set -- "$kill_scan" "$kill_db"
    pid=$!
    wait_for test -s "$2" # before there is a store, there is nothing to resume
    for i in ${KILLS:-1 2 3 4 5 6}; do
        sleep "$(moment "$1$i")"
        kill -KILL $pid 2> /dev/null
        wait $pid 2> /dev/null
        "$TH" resume "$2" --headless > run.log 2>&1 &
        pid=$!
    done
    wait $pid
}
"$TH" integrate slow.yaml --db unbroken.db --headless > slow.log 2>&1
status=$?
near "$(value unbroken.db integral)" "$(value unbroken.db error)" 6.2831781 &&
    ok "a program per call" || not_ok "a program per call: $(value unbroken.db integral)"
is "$status" "$(value unbroken.db '1 - is_converged')" "0: converged, 1: not, and it says so"
is "$(grep -c 'NOT CONVERGED' slow.log)" "$status" "in words"
kill_it slow.yaml killed.db
is $? "$status" "the last resume ends in the same way"
result unbroken.db > unbroken.txt
result killed.db > killed.txt
succeeds "killed and resumed: the same to the last digit" cmp unbroken.txt killed.txt

# ---- cheap calls ----
ends "cheap calls" c.db "$TH" integrate gauss.yaml --db c.db --headless --method adaptive \
    --until '400000 points'
near "$(value c.db integral)" "$(value c.db error)" 6.2831781 && ok "they find 2 pi" ||
    not_ok "they find 2 pi: $(value c.db integral) +- $(value c.db error)"
is "$(sqlite3 c.db 'SELECT count(*) FROM point')" 0 "they are no points of the store"
sed 's/goal: .*/goal: 8000000 points/; s/method: cells/method: adaptive/' gauss.yaml > cheap.yaml
ends "more of them" cu.db "$TH" integrate cheap.yaml --db cu.db --headless
kill_it cheap.yaml ck.db
result cu.db > cu.txt
result ck.db > ck.txt
succeeds "killed and resumed: the same to the last digit" cmp cu.txt ck.txt
# every method, several workers, goals of the command line, which hold until they are reached
for method in cells adaptive cubature auto; do
    goal='error 0.02 %' points='6000000 points'
    [ $method = cells ] && goal='error 0.5 %' points='30000 points'
    [ $method = cubature ] && goal='error 1e-13 %'
    "$TH" integrate gauss.yaml --db all.db --headless --method $method --workers 3 \
        --until "$goal" --until "$points" > /dev/null 2>&1
    status=$?
    KILLS='1 2' kill_it gauss.yaml alk.db --method $method --workers 3 --until "$goal" \
        --until "$points"
    is $? $status "$method: the last resume ends in the same way"
    result all.db > all.txt
    result alk.db > alk.txt
    succeeds "$method: the same to the last digit" cmp all.txt alk.txt
    cp all.txt again.txt
    "$TH" resume all.db --headless > /dev/null 2>&1
    result all.db | sed 's/|[01]|0||/|x|0||/' > all.txt
    sed -i.was 's/|[01]|0||/|x|0||/' again.txt
    succeeds "$method: a finished one resumed is what it was" cmp all.txt again.txt
    rm -f all.db* alk.db*
done
if grep -q 'TH_HAVE_TUI 1' "$TH_BUILD/config.h"; then
    n=$(sqlite3 c.db 'SELECT count(*) FROM cell WHERE round = (SELECT max(round) FROM cell)')
    [ "$n" -gt 7 ] && ok "more classes than 24 lines have room for" || not_ok "$n classes"
    "$TH" show c.db cells > shown.txt
    is "$(grep -c '^[> ].\{11\}\.\.' shown.txt)" "$n" "and all of them are printed"
    "$TH" show c.db cells --size 80x24 > shown.txt
    k=$(grep -c '^[> ].\{11\}\.\.' shown.txt)
    contains shown.txt "$((n - k)) more classes" "or it is said how many are not"
fi
n=$(value c.db n_calls)
ends "a finished one has nothing left to do" c.db "$TH" resume c.db --headless --until '400000 points'
is "$(value c.db n_calls)" "$n" "no further call"
ends "but more can be asked for" c.db "$TH" resume c.db --headless --until '800000 points'
[ "$(value c.db n_calls)" -gt "$n" ] && ok "further calls" || not_ok "further calls"
ends "the measured cost chooses" auto.db "$TH" integrate gauss.yaml --db auto.db --headless --method auto
is "$(sqlite3 auto.db "SELECT value FROM meta WHERE key = 'integral method'")" adaptive "adaptive"
for method in cubature plain vegas miser; do
    "$TH" integrate gauss.yaml --db $method.db --headless --method $method \
        --until '20000 points' > /dev/null 2>&1
    near "$(value $method.db integral)" "$(value $method.db 'error + 1e-7')" 6.2831781 &&
        ok "$method" || not_ok "$method: $(value $method.db integral) +- $(value $method.db error)"
done
"$TH" resume vegas.db --headless > vegas.log 2>&1
succeeds "what has no alarms says so" \
    grep -q '^converged: *by method vegas, which has no alarms$' vegas.log
"$TH" status vegas.db > vegas.log 2>&1
succeeds "status too" grep -q '^converged  by method vegas, which has no alarms$' vegas.log
succeeds "and no interval" grep -q '^interval   - (method vegas gives none)$' vegas.log

# ---- goals ----
ends "it goes on to more" a.db "$TH" resume a.db --headless --until '6000 points'
[ "$(value a.db n_calls)" -gt 3000 ] && ok "with more calls" || not_ok "with more calls"
near "$(value a.db integral)" "$(value a.db error)" 6.2831781 && ok "to the same integral" ||
    not_ok "to the same integral"
ends "and a finished one starts and ends" a.db "$TH" resume a.db --headless --until '6000 points'
"$TH" integrate gauss.yaml --db few.db --headless --until '1500 points' > few.log 2>&1
n=$(value few.db n_calls)
[ "$n" -lt 1500 ] && matches few.log '1500 points \(.* calls; no round fits the rest\)' \
    "a number of calls that is not made to the last: it is said" ||
    skip 1 "all 1500 calls are made here"
"$TH" resume few.db --headless --until 'error 60 %' > few.log 2>&1
is "$(value few.db n_calls)" "$n" "an error that is there already takes no further call"
contains few.log "the goal is reached: error 60 %" "and is what was asked for"
cat > pole.yaml <<END
seed: 5
goal: [error 60 %, 3000 points]
parameters:
  x: uniform 0 .. 1
  y: uniform 0 .. 1
calculators:
  g:
    read: {f: '= (x*y)^(-0.95)'}
integrand: f
integrate: {method: cells}
END
"$TH" integrate pole.yaml --headless > pole.log 2>&1
if [ "$(value pole.db "alarms & ~32 AND error < 0.6 * integral")" = 1 ]; then
    matches pole.log '^the goal is reached: 3000 points' \
        "an error that is reached and not to be trusted did not end it: the calls did"
else
    skip 1 "no alarm is raised here"
fi
ends "an error as a goal" e.db "$TH" integrate gauss.yaml --db e.db --headless --until 'error 1 %'
awk -v e="$(value e.db error)" -v i="$(value e.db integral)" 'BEGIN { exit !(e <= 0.01 * i) }' &&
    ok "it is reached" || not_ok "it is reached"
ends "an absolute one" ea.db "$TH" integrate gauss.yaml --db ea.db --headless --until 'error 0.05'
awk -v e="$(value ea.db error)" 'BEGIN { exit !(e <= 0.05) }' && ok "it is reached" ||
    not_ok "it is reached"
"$TH" integrate gauss.yaml --db time.db --headless --until '0.3 s' > time.log 2>&1
is "$(value time.db is_converged)" 1 "a time as a goal: no error was asked for that is not reached"
"$TH" integrate gauss.yaml --db no.db --headless --until '50 accepted' > no.log 2>&1
is $? 2 "a survey's goal is refused"
sqlite3 a.db 'SELECT * FROM meta; SELECT * FROM engine' > before.txt 2>&1
"$TH" resume a.db --headless --until '5000 accepted' > no.log 2>&1
is $? 2 "on a finished one too"
succeeds "with what may have been meant" grep -q '"5000 points"' no.log
sqlite3 a.db 'SELECT * FROM meta; SELECT * FROM engine' > after.txt 2>&1
succeeds "which is left as it is" cmp before.txt after.txt
succeeds "with words" grep -q 'is none of an integration' no.log

# ---- a region where calls fail, constraints, other measures ----
sed "s/read: .*/read: {f: '= sqrt(x) * exp(-y^2\/2)'}/" gauss.yaml > fails.yaml
"$TH" integrate fails.yaml --db f.db --headless > f.log 2>&1
near "$(value f.db failed_volume)" "$(value f.db 'failed_error + 0.01')" 0.5 &&
    ok "half of the space fails" || not_ok "half of the space fails: $(value f.db failed_volume)"
succeeds "and that is said" grep -q 'of the space is left out' f.log
is "$(grep -c '^warning: the integral cannot be trusted: Calls fail' f.log)" 1 \
    "one warning is at the end"
is "$(grep -c '^warning: .* yet' f.log)" 0 "none while it runs and may still be cured"
succeeds "what fails is looked at" grep -q '^what fails: .* export f.db --where failed' f.log
is "$(grep -c '^more calls:' f.log)" 0 "as more calls are no cure"
"$TH" status f.db > f.log 2>&1
succeeds "as status says" grep -q '^ *more calls do not cure that: see which fail' f.log
{ cat gauss.yaml; echo 'constraints: {right: x > 0}'; } > half.yaml
"$TH" integrate half.yaml --db h.db --headless > h.log 2>&1
near "$(value h.db integral)" "$(value h.db error)" 3.141589 && ok "where the constraint holds" ||
    not_ok "where the constraint holds: $(value h.db integral) +- $(value h.db error)"
succeeds "that is said too" grep -q 'where the target holds' h.log
"$TH" integrate gauss.yaml --db p.db --headless --set integrate.measure=prior > p.log 2>&1
near "$(value p.db integral)" "$(value p.db error)" 0.06283178 && ok "the mean under the prior" ||
    not_ok "the mean under the prior: $(value p.db integral)"
cat > odd.yaml <<END
goal: 4000 points
parameters:
  a: uniform 1 .. 2
  b: uniform 0 .. a
  c: log 1 .. 10
  k: choice 1, 2
integrand: k * b / c
integrate: {measure: volume, method: cells}
END
"$TH" integrate odd.yaml --db odd.db --headless > odd.log 2>&1
# sum over k of k times int_1^2 a^2/2 da times int_1^10 dc/c
near "$(value odd.db integral)" "$(value odd.db error)" 8.0590477 &&
    ok "bounds that depend on others, log, choice" ||
    not_ok "bounds that depend on others, log, choice: $(value odd.db integral) +- $(value odd.db error)"

# ---- live: pause, status, stop; the rest on resume ----
"$TH" integrate slow.yaml --db live.db --headless > live.log 2>&1 &
pid=$!
wait_for grep -q 'the store is' live.log
wait_for "$TH" tell live.db pause > tell.log 2>&1
"$TH" status live.db --json > status.json
succeeds "paused, as status says" grep -q '"state":"paused"' status.json
succeeds "which has the integral" grep -q '"integral":{"estimate"' status.json
"$TH" tell live.db inject x=1 y=1 > tell.log 2>&1
is $? 2 "no points of the user's"
"$TH" stop live.db > stop.log 2>&1
wait $pid
is $? 0 "stopped by the user"
"$TH" resume live.db --headless > live.log 2>&1
result live.db > live.txt
succeeds "resumed: the same to the last digit" cmp unbroken.txt live.txt
"$TH" status live.db > status.txt
succeeds "status for people" grep -q '^integral   ' status.txt

"$TH" integrate slow.yaml --db part.db --headless > part.log 2>&1 &
pid=$!
closed() { [ "$(sqlite3 -readonly part.db 'SELECT count(*) FROM point WHERE state <> 2' 2> /dev/null)" -gt "$1" ]; }
wait_for closed 280 2> /dev/null # the first round has 256
kill -TERM $pid
wait $pid
succeeds "calls of a round that is not complete are told apart" \
    grep -q '^calls: .*; the integral is of the first 256, those after them' part.log
"$TH" status part.db > status.txt
succeeds "by status too" grep -q '^ *the integral is of the first 256, those after them' status.txt

# ---- nothing is there: it says so, by every method ----
sed "s/f: '= exp.*'}/f: '= 0 * x'}/" gauss.yaml > zero.yaml
for method in cells adaptive; do
    "$TH" integrate zero.yaml --db zero.db --headless --method $method > zero.log 2>&1
    is $? 1 "$method: nothing but 0 is not converged"
    succeeds "and why" grep -q '^NOT CONVERGED: .*F was 0 at all [0-9]* calls' zero.log
    rm -f zero.db*
done

# ---- a search that was too small: no resume makes up for it ----
cat > narrow.yaml <<END
seed: 5
goal: 2000 points
parameters: {a: uniform -1 .. 1, b: uniform -1 .. 1, c: uniform -1 .. 1, d: uniform -1 .. 1, e: uniform -1 .. 1}
calculators: {g: {read: {f: '= exp(-(a^2 + b^2 + c^2 + d^2 + e^2) / 0.0008)'}}}
integrand: f
integrate: {method: cells}
END
"$TH" integrate narrow.yaml --db narrow.db --headless > narrow.log 2>&1
is "$(value narrow.db '(alarms >> 2) & 1')" 1 "a narrow peak and few calls: the search is doubted"
succeeds "the hint is a new integration" \
    grep -q '^to search more: theodolite integrate narrow.yaml --db narrow-larger.db --until "' narrow.log
is "$(grep -c '^more calls:' narrow.log)" 0 "and not more calls"
"$TH" status narrow.db > narrow.log 2>&1
succeeds "as status says" grep -q '^ *no resume cures that' narrow.log

# ---- a full disk: it waits, and loses nothing ----
"$TH" integrate gauss.yaml --db roomy.db --headless --until '8000 points' > /dev/null 2>&1
THEODOLITE_MAX_PAGES=40 "$TH" integrate gauss.yaml --db full.db --headless \
    --until '8000 points' > full.log 2>&1 &
pid=$!
wait_for grep -q 'the disk is full' full.log
kill -TERM $pid
wait $pid
is $? 130 "ended while it waits for room"
"$TH" resume full.db --headless --until '8000 points' > full.log 2>&1
result roomy.db > roomy.txt
result full.db > full.txt
succeeds "resumed with room: the same to the last digit" cmp roomy.txt full.txt

# ---- what it refuses ----
"$TH" tell a.db cut 'x > 0' > tell.log 2>&1
is $? 2 "no cut on an integration"
"$TH" tell a.db note hello > /dev/null 2>&1
is $? 0 "but a note"
sed 's/^integrand: f/integrand: f + 1/' gauss.yaml > other.yaml
"$TH" resume a.db --headless --scan other.yaml > other.log 2>&1
is $? 2 "another integrand is another integration"
succeeds "it says so" grep -q 'only its goal' other.log
"$TH" run gauss.yaml --db r.db > run.log 2>&1
is $? 2 "run is for surveys"
succeeds "it names the command" grep -q 'theodolite integrate gauss.yaml' run.log
sed '/^integrand/d; /^integrate/d' gauss.yaml > none.yaml
"$TH" integrate none.yaml --db n.db > none.log 2>&1
is $? 2 "a file without an integrand"
"$TH" integrate slow.yaml --db v.db --headless --method vegas > vegas.log 2>&1
is $? 2 "no VEGAS by programs"
succeeds "why" grep -q 'shared objects or expressions' vegas.log
done_testing
