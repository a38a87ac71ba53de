#!/bin/sh
# pins.t: a learner with pinned boxes beside it: what it promised of its own points is kept and
# compared with what came of those.
. "$TH_SRC/tests/tap.sh"
cd "$TMPDIR" || exit 1

cat > disc.yaml <<END
seed: 5
goal: 200 points
parameters: {x: uniform -1 .. 1, y: uniform -1 .. 1}
observables: {r: = x^2 + y^2}
constraints: {disc: r < 0.25}
search: {start: 100, batch: 50, steps: 20}
END
db() { sqlite3 disc.db "$1"; }

succeeds "a scan with a learner" "$TH" run disc.yaml --headless
succeeds "a box is pinned" "$TH" tell disc.db pin x in 0.6 .. 0.8 share=0.5
succeeds "it goes on" "$TH" resume disc.db --headless --until '400 points'
n=$(db 'SELECT count(*) FROM point WHERE origin = 6')
[ "$n" -gt 50 ] && ok "points in the box" || not_ok "points in the box: $n"
is "$(db 'SELECT sum(p_closed), sum(p_accepted), sum(p_failed) FROM round')" \
    "$(db 'SELECT count(*), sum(state = 3), sum(state = 6) FROM point WHERE origin = 6')" \
    "the rounds know how many, and what came of them"
is "$(db 'SELECT count(*) FROM round WHERE p_closed > 0 AND promised IS NULL')" 0 \
    "what the learner promised of the others is kept"
is "$("$TH" status --json disc.db | tr -d ' \n' | grep -c '"promised":null')" 0 "and status has it"
learned=$(db "SELECT count(*) FROM point p JOIN round r ON r.round = p.round
              WHERE r.promised IS NOT NULL AND origin IN (2, 3)")
"$TH" status disc.db > said
matches said "of $learned points in the last" "of the learned points alone"

done_testing
