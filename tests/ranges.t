#!/bin/sh
# ranges.t: a scan that goes on in other ranges.  What was drawn from the old ones is no draw from
# the new ones, points outside teach nothing, what was learned is learned anew, and all that is
# told is of the new ranges.
. "$TH_SRC/tests/tap.sh"
cd "$TMPDIR" || exit 1

# status --json: .volume.estimate and .volume.error within 4 errors of $2
is_volume() {
    "$TH" status --json "$1" | tr -d ' \n' > status.json
    sed 's/.*"volume":{"estimate":\([^,]*\),"error":\([^,}]*\).*/\1 \2/' status.json > volume
    awk -v truth="$2" '{ exit !($2 > 0 && ($1 - truth) ^ 2 < 16 * $2 ^ 2) }' volume && ok "$3" ||
        { not_ok "$3"; diag_file volume; }
}

# ---- other choices ----
cat > choice.yaml <<'END1'
goal: 4000 points
parameters:
  x: uniform 1 .. 5
  n: integer 1 .. 3
  c: choice 1, 2
observables:
  r: = x*n*c
constraints:
  ring: r in 4 .. 8
search: {method: random}
END1
# x n c in 4 .. 8: the share of x in 1 .. 5, over n = 1, 2, 3
# c = 1: 1/4, 1/2, 1/3; c = 2: 1/2, 1/4, 1/12; c = 4: 1/4, 0, 0
"$TH" run choice.yaml --headless > /dev/null 2>&1
is_volume choice.db 0.319444 "choices 1, 2: the volume"
sed 's/choice 1, 2/choice 2, 4/; s/4000 points/9000 points/' choice.yaml > other.yaml
succeeds "other choices" "$TH" resume choice.db other.yaml --headless
contains said "c: other choices" "are told"
contains said "accepted points lie outside of the new ranges: they stay, count for goals, and teach nothing" \
    "and what comes of the old points"
is_volume choice.db 0.180556 "choices 2, 4: the volume is that of the new ones"

# ---- a narrower range ----
cat > ring.yaml <<'END1'
goal: 900 accepted
parameters:
  x: uniform -5 .. 5
  y: uniform -5 .. 5
observables:
  r: = x*x + y*y
constraints:
  ring: r in 9 .. 16
END1
"$TH" run ring.yaml --headless > /dev/null 2>&1
cp ring.db empty.db
"$TH" tell ring.db 'pin x=1..2' > /dev/null 2>&1
sed 's/x: uniform -5 .. 5/x: uniform 0 .. 5/; s/900 accepted/4000 points/' ring.yaml > half.yaml
succeeds "half of the range" "$TH" resume ring.db half.yaml --headless
contains said "pins were of the old ranges and are lifted" "pins are lifted, and it is said"
is_volume ring.db 0.219911 "the volume is that of the half"
# about x = 2.5, the middle of the new range, as many points as on both sides
"$TH" export ring.db > ring.csv
awk -F, 'NR == 1 { for (i = 1; i <= NF; i++) at[$i] = i; next }
         $(at["round"]) > 8 && $(at["origin"]) != "explore" && $(at["x"]) >= 0 {
             b = int(($(at["x"]) - 1.9) / 0.4); x[b]++ }
         END { print x[0], x[1], x[2]; exit !(x[1] > 0.6 * (x[0] + x[2]) / 2) }' ring.csv > bins &&
    ok "the old points outside leave no trace in the middle" ||
    { not_ok "the old points outside leave no trace in the middle"; diag_file bins; }

# ---- a range without any of the target ----
sed 's/x: uniform -5 .. 5/x: uniform 4.5 .. 5/' ring.yaml > empty.yaml
succeeds "a range that holds nothing" "$TH" resume empty.db empty.yaml --headless
"$TH" status empty.db > status.txt
matches status.txt "^volume     -" "no volume of the old ranges is told"
matches status.txt "^learner    - \(a cut or other ranges changed the target" "nor what the learner of those was worth"
"$TH" gaps empty.db > gaps.txt
matches gaps.txt "^0 accepted points in 0 components" "nor its gaps"

done_testing
