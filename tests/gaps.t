#!/bin/sh
# gaps.t: what `theodolite gaps` says of a scan, points queued in its gaps, the goal "covered", the
# warning that proposals are no better than random ones, and `bench search`.
. "$TH_SRC/tests/tap.sh"
command -v sqlite3 > /dev/null 2>&1 || skip_all "sqlite3 is not here"
cd "$TMPDIR" || exit 1

cat > ridge.yaml <<'END'
goal: 1200 points
seed: 3
parameters:
  a: uniform -2 .. 2
  b: uniform -2 .. 2 GeV
  c: log 0.1 .. 10
  d: uniform 0 .. 1
  e: uniform 0 .. 1
observables:
  r: = (b - a^2)^2 + 0.3*log(c)^2 + d*e
constraints:
  ridge: r < 0.2
search: {start: 600, batch: 200, explore: 20 %}
END
cat > discs.yaml <<'END'
goal: covered 70 %
seed: 3
parameters:
  x: uniform -1 .. 1
  y: uniform 0 .. 2 TeV
observables:
  r: = (x - 0.5)^2 + (y - 1)^2
  s: = (x + 0.6)^2 + (y - 0.5)^2
constraints:
  near: min(r, s) < 0.06
search: {start: 300, batch: 100, explore: 40 %}
END
cat > noise.yaml <<'END'
goal: 2500 points
seed: 3
parameters:
  x: uniform 0 .. 1
  y: uniform 0 .. 1
observables:
  r: = sin(1e7*x + 3e6*y) + cos(7e6*y*x)
constraints:
  in: r in 0.5 .. 0.9
search: {start: 300, batch: 200, explore: 20 %}
END

cat > failing.yaml <<'END'
goal: 1500 points
seed: 3
parameters:
  x: uniform 0 .. 10
  y: uniform -4 .. 2
  n: integer 1 .. 4
  z: uniform 0 .. 1
observables:
  d: = abs(y - (-3 + 0.1*(x - 5)^2 + 0.3*(n - 3)))
  only: = sqrt(2*(x - 5) + 1000*(4 - n))
constraints:
  near: d < 0.2 + 0*only
search: {start: 500, batch: 200, explore: 5 %}
END

# ---- gaps ----------------------------------------------------------------------------------------
"$TH" run ridge.yaml --headless > run.log 2>&1
succeeds "gaps of a scan" "$TH" gaps ridge.db
"$TH" gaps ridge.db > text
matches text '^[0-9 ]+ accepted points in [0-9]+ components?$' "components are counted"
matches text '^predicted  .* \+- .* of the prior, by the learner of round [0-9]+$' "the prediction"
matches text '^evenness   AUC 0\.[0-9]+ ' "evenness"
matches text '^  1 .* %.*component' "a gap"
contains text 'theodolite tell ridge.db gaps queue 3' "what to do"
succeeds "as JSON" "$TH" gaps --json -n 1 ridge.db
"$TH" gaps --json -n 1 ridge.db > json
matches json '^\{"accepted":[0-9]+,.*"evenness":\{"auc":[0-9.]+,"error":[0-9.]+,"share":[01]\.[0-9]+\},"components":\[\{"points":.*"gaps":\[\{' "one object"
at=$(sed 's/.*"at":{"a":\([-0-9.e]*\),"b":\([-0-9.e]*\),.*/\1 \2/' json)
n=$(sqlite3 ridge.db 'select count(*) from point')
"$TH" tell ridge.db gaps queue 1 > said
matches said "^[0-9]+ points?, $((n + 1)) to [0-9]+, in 1 gap that holds .* of the prior; they run when" \
    "points are queued at rest"
"$TH" tell ridge.db gaps queue 1 > again
is "$(cat again)" "the gaps have points in flight already" "and not a second time"
"$TH" resume ridge.db --headless --until "$((n + 30)) points" > resume.log 2>&1
"$TH" export ridge.db --where "id == $((n + 1))" > first.csv
is "$(awk -F, -v at="$at" 'NR == 2 { split(at, want, " ")
    print $2, ($7 - want[1]) ^ 2 < 1e-8 && ($8 - want[2]) ^ 2 < 1e-8 }' first.csv)" "inject 1" \
    "the first stands where the gap is said to be"
exits 2 "what is no number of gaps" "$TH" tell ridge.db gaps queue many
exits 2 "nor a command" "$TH" tell ridge.db gaps
exits 2 "gaps of nothing" "$TH" gaps
exits 2 "a wrong number of lines" "$TH" gaps ridge.db -n x

# after a cut the learner of before has nothing to say
"$TH" tell ridge.db cut 'r < 0.15' > /dev/null
is "$("$TH" tell ridge.db gaps queue 1 2>&1)" \
    'no learner knows the labels of now yet: "train now" trains one' "after a cut it is said what helps"
"$TH" gaps ridge.db > text
contains text 'theodolite tell ridge.db train now' "by gaps too"
"$TH" tell ridge.db train now > /dev/null
"$TH" gaps ridge.db > text
matches text '^predicted  .* \+- ' "and it does"

# where there is a single point there is no range
cat > lone.yaml <<'END'
goal: 40 points
seed: 3
parameters: {x: uniform 0 .. 1, y: uniform 0 .. 1000, n: integer 1 .. 4}
constraints: {low: x < 0.02}
search: {method: random}
END
"$TH" run lone.yaml --headless > run.log 2>&1
"$TH" gaps lone.db > text
matches text '^1 accepted points? in 1 component' "a single accepted point"
matches text '^ +x 0\.[0-9]+, y [0-9.]+, n [1-4]$' "lies at a place"

# where calls are known to fail (here n = 4 and x below 5) a gap is told, last, as what it is
"$TH" run failing.yaml --headless > run.log 2>&1
"$TH" gaps failing.db > text
matches text '^  1 .* [0-9.]+ %.*; calls fail there$' "a gap where calls fail"
is "$("$TH" gaps --json failing.db | grep -o '"probability":[0-9.e-]*,"runs":[0-9.e-]*' |
    awk -F'[:,]' '$4 < 0.5 && $2 >= 0.5' | wc -l | tr -d ' ')" 0 \
    "what fails is not told to be accepted"
contains text 'to run a point in each all the same: ' "and what queue would do"
"$TH" tell failing.db gaps queue 2 > said
matches said '^2 points, .* in 2 gaps that hold .* of the prior, where calls fail; ' "one point in each"

# ---- covered -------------------------------------------------------------------------------------
"$TH" run discs.yaml --headless > run.log 2>&1
contains run.log "the goal is reached: covered 70 %" "the goal covered ends a scan"
"$TH" status --json discs.db > json
lo=$(sed 's/.*"covered":{"estimate":[^,]*,"lo":\([0-9.]*\).*/\1/' json)
is "$(awk -v lo="$lo" 'BEGIN { print (lo >= 0.7) }')" 1 "what status says is no less ($lo)"
is "$("$TH" gaps discs.db | sed -n '1s/.* in //p')" "2 components" "two discs"
"$TH" run discs.yaml --headless --db broken.db --until "500 points" > run.log 2>&1
"$TH" resume broken.db --headless --until "covered 70 %" > run.log 2>&1
is "$(sqlite3 broken.db 'select count(*) from point')" \
    "$(sqlite3 discs.db 'select count(*) from point')" "a scan that was resumed ends at the same point"
"$TH" run discs.yaml --headless --db both.db --until "covered 99 %" --until "500 points" > run.log 2>&1
contains run.log "the goal is reached: 500 points" "or another goal that is nearer"
exits 2 "covered 200 % is no goal" "$TH" run discs.yaml --headless --db no.db --until "covered 200 %"

# ---- proposals that are worth nothing ------------------------------------------------------------
"$TH" run noise.yaml --headless > run.log 2>&1
contains run.log "proposals are no better than random ones" "noise is warned of"
matches run.log 'AUC 0\.[0-9]+\)' "with what the learner knows"

# ---- bench search --------------------------------------------------------------------------------
succeeds "bench search" "$TH" bench search himboo --seeds 1 --calls 300
"$TH" bench search himboo --seeds 1 --calls 300 --table --method random > table
matches table '^\| himboo \| 0\.0489 \| 3[0-9]+ \| 0\.0[0-9]+ \|' "as a table"
exits 2 "a problem that there is not" "$TH" bench search himbo
exits 2 "a method that there is not" "$TH" bench search himboo --method magic

done_testing
