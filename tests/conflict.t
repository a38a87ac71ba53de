#!/bin/sh
# conflict.t: a target that no point meets: status, overview and log name the constraints that stand
# against each other; a scan with accepted points says nothing of the kind.
. "$TH_SRC/tests/tap.sh"
cd "$TMPDIR" || exit 1

cat > never.yaml <<END
goal: 1200 points
parameters:
  x: uniform 0 .. 1
  y: uniform 0 .. 1
observables:
  r: = x + y
constraints:
  low: r < 0.6
  high: r > 1.4
  wide: x < 0.9
search: {method: random, batch: 100}
END
pair='low and high never hold together \(alone at 1[0-9] % and 1[0-9] %\)'
"$TH" run never.yaml --headless > run.log 2>&1
is "$(grep -c -E "^warning: none of 1 [0-9]* points is accepted: $pair" run.log)" 1 "the log warns once"
"$TH" status never.db > said
matches said "^region     - no point is accepted: $pair" "status says why"
is "$(wc -l < said | tr -d ' ')" 10 "in its ten lines"
"$TH" status --json never.db > said
contains said '"conflict":"low and high never' "for programs too"
"$TH" show never.db overview --size 80x24 --symbols ascii > said
matches said "region +$pair" "the overview says it"
"$TH" resume never.db --headless --until "1500 points" > run.log 2>&1
if grep -q "is accepted:" run.log; then not_ok "a resume says it no more"; else ok "a resume says it no more"; fi
"$TH" tell never.db uncut high > said 2>&1
"$TH" status never.db > said
matches said '^region     x [0-9]' "no word of it when points are accepted"
"$TH" status --json never.db > said
if grep -q conflict said; then not_ok "nor for programs"; else ok "nor for programs"; fi
done_testing
