#!/bin/sh
# determinism.t: every method reaches its goal, and the same seed gives the same points with 1 and
# with 4 workers, another seed other ones; goals of every kind; an edited scan file on resume.
. "$TH_SRC/tests/tap.sh"
cd "$TMPDIR" || exit 1
field() { "$TH" status --json "$1" | tr ',{}' '\n\n\n' | grep "^\"$2\":" | sed 's/^[^:]*: *//;1q'; }

i=0
echo "x,y" > list.csv
while [ $i -lt 300 ]; do
    echo "0.$((1000 + i * 29)),0.$((9999 - i * 23))"
    i=$((i + 1))
done >> list.csv

scan() { # METHOD
    cat <<END
goal: 900 points
seed: 4
parameters:
  x: uniform 0 .. 1
  y: uniform 0 .. 1
observables:
  r: = (x - 0.3)^2 + (y - 0.6)^2
constraints:
  disc: r < 0.02
search: {method: $1, start: 300, batch: 150}
END
}
for method in random sobol "list list.csv" classifier regressor; do
    rm -f ./*.db
    scan "$method" > scan.yaml
    succeeds "$method, 1 worker" "$TH" run scan.yaml --db one.db --workers 1
    succeeds "$method, 4 workers" "$TH" run scan.yaml --db four.db --workers 4
    succeeds "$method, another seed" "$TH" run scan.yaml --db other.db --workers 2 --seed 5
    for db in one four other; do "$TH" export $db.db > $db.csv; done
    want=900
    [ "$method" = "list list.csv" ] && want=300
    is "$(field one.db total)" $want "$method: the goal, to the point"
    succeeds "$method: as many workers as one likes" cmp one.csv four.csv
    if cmp -s one.csv other.csv; then same=yes; else same=no; fi
    case $method in list*) is $same yes "a list has no seed" ;; *) is $same no "$method: another seed" ;; esac
done

# ---- goals ------------------------------------------------------------------------------------
goal() { # GOAL NAME
    rm -f goal.db
    succeeds "goal: $1" "$TH" run scan.yaml --db goal.db --workers 2 --until "$1"
    is "$(field goal.db state)" '"done"' "it is done"
    "$TH" status goal.db > status.txt
    contains status.txt "the goal is reached: $1" "and says by what"
}
scan random > scan.yaml
goal "40 accepted"
[ "$(field goal.db accepted)" -ge 40 ] && ok "40 are accepted" || not_ok "40 are accepted"
goal "333 points"
is "$(field goal.db total)" 333 "333 points"
goal "1 s"
goal "volume to 20 %"
rm -f goal.db
exits 2 "a goal that cannot be read" "$TH" run scan.yaml --db goal.db --until "many points"
[ ! -e goal.db ] && ok "leaves no store" || not_ok "leaves no store"

# ---- an edited scan file ------------------------------------------------------------------------
rm -f ./*.db
"$TH" run scan.yaml --db edit.db --workers 2 > /dev/null
"$TH" export edit.db > before.csv
exits 2 "resume with a goal that cannot be read" "$TH" resume edit.db --until "many points"
is "$(field edit.db state)" '"done"' "changes nothing"
sed 's/goal: 900 points/goal: 900 points      # enough/' scan.yaml > edited.yaml
succeeds "a remark" "$TH" resume edit.db edited.yaml
"$TH" export edit.db > after.csv
succeeds "changes no point" cmp before.csv after.csv
sed 's/r < 0.02/r < 0.01/' scan.yaml > edited.yaml
succeeds "a constraint" "$TH" resume edit.db edited.yaml
contains said "labels changed" "is said to change labels"
"$TH" export edit.db > after.csv
is "$(wc -l < after.csv)" "$(wc -l < before.csv)" "nothing is run"
awk -F, 'NR == 1 { for (i = 1; i <= NF; i++) at[$i] = i; next }
         { good = $(at["r"]) < 0.01; seen[good]++; bad += good != $(at["accepted"]) }
         END { exit bad > 0 || !seen[0] || !seen[1] }' after.csv &&
    ok "and the labels are those of the new file" || not_ok "and the labels are those of the new file"
sed 's/900 points/1000 points/; s/x: uniform 0 .. 1/x: uniform 0 .. 2/' scan.yaml > edited.yaml
succeeds "a wider range and a further goal" "$TH" resume edit.db edited.yaml
is "$(field edit.db total)" 1000 "go on to it"
"$TH" export edit.db | awk -F, 'NR > 901 && $7 > 1 { n++ } END { exit n < 20 }' &&
    ok "in the new range" || not_ok "in the new range"
sed 's/(y - 0.6)/(y - 0.5)/' scan.yaml > edited.yaml
exits 2 "another observable" "$TH" resume edit.db edited.yaml
contains said "would mean something else" "is refused"
is "$(field edit.db total)" 1000 "and nothing is touched"

# Points that were proposed under other ranges are no uniform points under these: a third of 0 .. 3
# is accepted, not the whole of what was drawn from 0 .. 1.
cat > wide.yaml <<END
goal: 3000 points
parameters:
  x: uniform 0 .. 1
calculators:
  wait: {run: sleep 0.001, only if: x > 2}
constraints:
  low: x < 1
search: {method: random, batch: 1000}
END
"$TH" run wide.yaml --db wide.db --workers 2 --until "1000 points" > /dev/null
sed 's/0 .. 1$/0 .. 3/' wide.yaml > wider.yaml
succeeds "a wider range" "$TH" resume wide.db --scan wider.yaml --workers 2
"$TH" status --json wide.db | tr -d ' \n' | sed 's/.*"volume":{"estimate":\([^,]*\),.*/\1/' > volume
awk '{ exit !($1 > 0.27 && $1 < 0.4) }' volume && ok "the volume is that of the wider range" ||
    { not_ok "the volume is that of the wider range"; diag_file volume; }

done_testing
