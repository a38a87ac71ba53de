#!/bin/sh
# goals.t: which goals end what: check says of a file what run and integrate say, with the place; the
# range of a number is told; and nothing is begun that would never end.
. "$TH_SRC/tests/tap.sh"
cd "$TMPDIR" || exit 1

scan() { # FILE GOAL MORE...
    cat > "$1" <<END
goal: $2
parameters: {x: uniform 0 .. 1}
observables: {y: = 2*x}
END
    [ "${3:-}" = "" ] || printf '%s\n' "$3" >> "$1"
}
cut='constraints: {low: y < 1}'
random='search: {method: random}'

# ---- goals of the other kind ----
scan survey.yaml 'error 1 %' "$cut"
exits 2 "check: a survey has no error" "$TH" check survey.yaml
contains said 'survey.yaml:1:7: error: the goal "error 1 %" is one of an integration' "at its place"
exits 2 "run: the same" "$TH" run survey.yaml --headless
contains said 'survey.yaml:1:7: error: the goal "error 1 %" is one of an integration' "in the same words"
exits 1 "no store was made" test -e survey.db
succeeds "with another goal it runs" "$TH" run survey.yaml --headless --until '10 points' \
    --set search.method=random
scan both.yaml '[error 1 %, 20 points]' "$cut"
succeeds "beside one that ends the survey it is none of use" "$TH" check both.yaml
"$TH" check both.yaml > said 2>&1
contains said 'both.yaml:1:8: warning: the goal "error 1 %" is one of an integration' "which is said"
scan integral.yaml '50 accepted' 'integrand: y'
exits 2 "check: an integral accepts nothing" "$TH" check integral.yaml
contains said 'integral.yaml:1:7: error: the goal "50 accepted" is none of an integration' "its place"
exits 2 "integrate: the same" "$TH" integrate integral.yaml --headless
contains said 'integral.yaml:1:7: error: the goal "50 accepted" is none' "in the same words"
printf '%s\n' "$cut" >> integral.yaml
succeeds "check: a file that serves both" "$TH" check integral.yaml
"$TH" check integral.yaml > said 2>&1
contains said 'warning: theodolite integrate needs --until GOAL with it' "says which it does not serve"
sed -i 's/^goal: .*/goal: [50 accepted, error 1 %]/' integral.yaml
"$TH" check integral.yaml > said 2>&1
is "$(grep -c warning said)" 0 "each takes its own"

# ---- what would never end ----
scan never.yaml 'covered 95 %' "$cut
$random"
exits 2 "check: nothing is foreseen at random" "$TH" check never.yaml
contains said 'never.yaml:1:7: error: the goal "covered 95 %" is never reached with method random' \
    "at its place"
exits 2 "run: the same" "$TH" run never.yaml --headless
contains said 'never.yaml:1:7: error: the goal "covered 95 %" is never' "in the same words"
exits 2 "nor with --until" "$TH" run never.yaml --headless --until 'covered 95 %'
contains said 'is never reached with method random' "in the same words"
succeeds "with a learner it can be" "$TH" check never.yaml --set search.method=classifier
exits 2 "not where all is of its choice" "$TH" check never.yaml --set search.method=classifier \
    --set search.explore=0
contains said 'is never reached with explore 0 %' "in words"
succeeds "some points" "$TH" run never.yaml --headless --until '10 points'
exits 2 "resume: the same" "$TH" resume never.db --headless --until 'covered 95 %'
exits 2 "and for the goal of the file" "$TH" resume never.db never.yaml --headless
contains said 'never.yaml:1:7: error: the goal "covered 95 %" is never' "at its place"
exits 2 "a store with such a goal is not begun" "$TH" resume never.db --headless
contains said 'is never reached with method random' "in words"
printf 'x\n0.1\n0.7\n' > points.csv
succeeds "a list has its end" "$TH" run never.yaml --headless --db list.db \
    --set 'search.method=list points.csv'

# ---- ranges ----
range() { # GOAL WORDS
    scan range.yaml "\"$1\"" "$cut"
    "$TH" check range.yaml > said 2>&1
    contains said "range.yaml:1:8: error: the goal \"$1\" is out of range: $2" "$1: $2"
    "$TH" run range.yaml --headless --until "$1" > said 2>&1
    contains said "the goal \"$1\" is out of range: $2" "and after --until"
}
range 'covered 100 %' 'the covered share is above 0 and below 100 %'
range '-5 accepted' 'a number of accepted points is whole, and from 1 to 1e15'
range '0 points' 'a number of points is whole, and from 1 to 1e15'
range 'volume to 0 %' 'the error of the volume is above 0 and below 100 %'
range 'error 100 %' 'an error in per cent is above 0 and below 100 %'
range 'error -1' 'an error is above 0'
range '0 h' 'a time is above 0'
range '-3 h' 'a time is above 0'

done_testing
