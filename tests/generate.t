#!/bin/sh
# generate.t: unweighted events from the command line: from a scan file, from an integration's store
# with points and from one without; the same seed gives the same file whatever the number of
# workers; a file is whole or not there.
set -u
. "$TH_SRC/tests/tap.sh"
cd "$TMPDIR" || exit 1
generate() { "$TH" generate "$@"; }
events() { grep -c '<event>' "$1"; }

cat > hill.yaml <<END
scan: hill
seed: 3
goal: 4000 points
parameters:
  x: uniform -5 .. 5
  y: uniform 0 .. 2
observables:
  f: = exp(-x*x/2)*(1 + y)
integrand: f
integrate: {method: cells, unit: pb}
events:
  in:  in 22 [6, 0, 0, 6]
  a:   out 22 [6, 0, 0, 6]
END
sed -e '/^integrand/,$d' hill.yaml > plain.yaml

# ---- nonsense ---------------------------------------------------------------------------------
exits 2 "no scan" generate
exits 2 "two scans" generate hill.yaml hill.yaml
exits 2 "a number that is none" generate hill.yaml -n some
exits 2 "a format that is none" generate hill.yaml --format root
contains said "csv and lhe" "formats are told"
exits 2 "a share that is none" generate hill.yaml --excess 3
exits 2 "a scan without integrand" generate plain.yaml
contains said "no integrand" "it says so"
exits 1 "a store that is not there" generate none.db
exits 0 "help" generate --help

# ---- from a scan file -------------------------------------------------------------------------
exits 0 "from a scan file" generate hill.yaml -n 500 --learn 3000 -o one.csv --workers 1
contains said "learned from" "from what"
matches said "^500 events of [0-9]+ calls, .* efficiency 0\.[3-9]" "the report"
matches said "^integral: (10\.0|9\.9).* pb" "the integral, of which 10.03 is the truth"
is "$(wc -l < one.csv | tr -d ' ')" 501 "a line for each event"
is "$(head -n 1 one.csv)" "event_weight,event_class,x,y,f" "names of the values"
exits 0 "three workers" generate hill.yaml -n 500 --learn 3000 -o three.csv --workers 3 --quiet
is "$(wc -c < said | tr -d ' ')" 0 "quiet is quiet"
succeeds "the same events" cmp one.csv three.csv
exits 0 "another seed" generate hill.yaml -n 500 --learn 3000 -o other.csv --seed 8 --quiet
exits 1 "other events" cmp one.csv other.csv
# x is normal, y has the density (1 + y)/4: means 0 and 7/6
is "$(awk -F, 'NR > 1 { w += $1; x += $1*$3; y += $1*$4 } END {
    x /= w; y /= w; print (x*x < 0.04 && (y - 7/6)^2 < 0.01) ? "good" : x " " y }' one.csv)" \
    good "means of x and y"
generate hill.yaml -n 100 --learn 3000 --quiet > out.csv
is "$(wc -l < out.csv | tr -d ' ')" 101 "without -o on stdout"

# ---- from stores ------------------------------------------------------------------------------
"$TH" integrate hill.yaml --headless --workers 1 > /dev/null 2>&1 # 1: not converged, which is no matter
exits 0 "from an integration's store" generate hill.db -n 300 -o hill.lhe
contains said "hill.db" "it is the store's"
is "$(events hill.lhe)" 300 "Les Houches events by the name of the file"
is "$(tail -n 1 hill.lhe)" "</LesHouchesEvents>" "... to their end"
sed 's/method: cells/method: adaptive/' hill.yaml > cheap.yaml
"$TH" integrate cheap.yaml --headless --workers 1 --db cheap.db > /dev/null 2>&1
exits 0 "from that of one without points" generate cheap.db -n 300 --learn 3000 -o cheap.csv
is "$(wc -l < cheap.csv | tr -d ' ')" 301 "events"

# ---- histograms -------------------------------------------------------------------------------
if command -v gnuplot > /dev/null 2>&1; then
    exits 0 "a histogram" "$TH" plot hill.db hist --x x -o hist.png
    # the bins' sum is the integral
    is "$(awk '/^# .points./ { on = 1 } /^# .events./ { on = 0 } on && !/^#/ && NF == 6 {
        sum += $4*($3 - $2); n += 1 } END { print (n == 40 && sum > 9.9 && sum < 10.2) ? "good" : n " " sum }' hist.dat)" \
        good "whose sum is the integral"
    exits 0 "beside events" "$TH" plot hill.db hist --x y --events one.csv --log-y -o both.png
    contains both.dat "# 500 events of one.csv" "they are in the data"
    exits 0 "events alone" "$TH" plot cheap.db hist --x x --events one.csv -o alone.png
    exits 1 "no points, no events" "$TH" plot cheap.db hist --x x -o none.png
    contains said "generate" "it is said how to make some"
    exits 2 "events of another kind" "$TH" plot hill.db hist --events hill.yaml -o none.png
    exits 2 "without this value" "$TH" plot hill.db hist --x chi2 --events one.csv -o none.png
fi

# ---- a file is whole or not there -------------------------------------------------------------
exits 1 "no folder" generate hill.db -n 100 -o no/such/file.csv --quiet
cp hill.lhe before.lhe
sed 's/^observables:/calculators:\
  slow: {run: [sh, -c, "sleep 0.05; echo 1"], read: {one: column 1 of row 1}}\
observables:/' hill.yaml > slow.yaml
"$TH" generate slow.yaml -n 100000 --learn 2000 -o hill.lhe --force > /dev/null 2>&1 &
pid=$!
wait_for children "$pid" > /dev/null
kill -9 "$pid"
wait "$pid" 2> /dev/null
succeeds "killed: the file of before is untouched" cmp hill.lhe before.lhe
is "$(ls | grep -c part)" 0 "and no part of another"

echo '<LesHouchesEvents version="3.0">' > left.lhe.part # of one that was killed while it wrote
exits 0 "where a part was left" generate hill.db -n 100 -o left.lhe --quiet
is "$(events left.lhe) $(tail -n 1 left.lhe)" "100 </LesHouchesEvents>" "the file is whole"
is "$(ls | grep -c part)" 0 "and the part is gone"

# ---- a process --------------------------------------------------------------------------------
exits 0 "the resonance on a ridge" generate "$TH_SRC/scans/drell-yan.yaml" -n 400 --learn 4000 \
    --workers 1 -o dy.lhe
if command -v xmllint > /dev/null 2>&1; then
    succeeds "well-formed" xmllint --noout dy.lhe
fi
# mean weight and XSECUP; sums of the momenta, in less out, over the energy; E^2 - p^2 - m^2; m_ee
is "$(awk '/^<init>/ { getline; getline; xsec = $1 }
    /^<event>/ { getline; k = $1; n++; sum += $3; for (j = 1; j <= 4; j++) p[j] = q[j] = 0
        for (i = 0; i < k; i++) {
            getline
            sign = $2 == -1 ? 1 : -1
            for (j = 1; j <= 4; j++) { p[j] += sign*$(6 + j); if ($2 == -1) q[j] += $(6 + j) }
            if (($10^2 - $7^2 - $8^2 - $9^2 - $11^2)^2 > (1e-10*$10^2)^2) shell++ }
        for (j = 1; j <= 4; j++) if (p[j]^2 > (1e-12*q[4])^2) away++
        m = sqrt(q[4]^2 - q[3]^2)
        if (m < 60 || m > 120) outside++ }
    END { print n, shell + 0, away + 0, outside + 0, ((sum/n/xsec - 1)^2 < 1e-16),
          (xsec > 140 && xsec < 165) }' dy.lhe)" "400 0 0 0 1 1" \
    "on shell, momenta add up, in the window, weights give the cross section, which is 152 pb"

# ---- where it goes ----------------------------------------------------------------------------
exits 2 "an unknown name of a format" generate hill.db -n 100 -o e.xyz
contains said "FILE.csv or FILE.lhe" "the known ones are told"
is "$(ls | grep -c '^e.xyz')" 0 "and nothing is written"
exits 0 "unless the format is given" generate hill.db -n 100 -o e.xyz --format csv --quiet
is "$(wc -l < e.xyz | tr -d ' ')" 101 "then it is that"
cp e.xyz before.xyz
exits 2 "a file that exists" generate hill.db -n 100 -o e.xyz --format csv --seed 9
contains said "--force" "it is said how to write over it"
succeeds "it is untouched" cmp e.xyz before.xyz
exits 0 "with --force" generate hill.db -n 100 -o e.xyz --format csv --seed 9 --force --quiet
exits 1 "it is another" cmp e.xyz before.xyz
exits 0 "a name without any" generate hill.db -n 100 -o events --quiet
is "$(wc -l < events | tr -d ' ')" 101 "is csv"
mkfifo through
(cat through > came) &
exits 0 "into a pipe" generate hill.db -n 100 -o through --quiet
wait $!
is "$(wc -l < came | tr -d ' ')" 101 "all of it"
succeeds "which stays one" test -p through

# ---- calls that are not enough ----------------------------------------------------------------
exits 1 "too few calls" generate hill.db -n 100000 --calls 3000 -o few.csv
matches said "by the first [0-9]* calls 100000 events take about [0-9.e+]* calls" "said beforehand"
matches said "^theodolite generate: [0-9]* of 100000 events after 3000 calls" "and at the end"
n=$(sed -n 's/^theodolite generate: \([0-9]*\) of 100000 .*/\1/p' said)
is "$(wc -l < few.csv | tr -d ' ')" $((n + 1)) "what was made is written"
succeeds "which are some" test "$n" -gt 100
exits 1 "quiet too" generate hill.db -n 100000 --calls 3000 -o few.csv --force --quiet
matches said "$n of 100000 events" "it says so"

# ---- what cannot be made ----------------------------------------------------------------------
sed -e 's/f: = .*/f: = 0*x/' hill.yaml > zero.yaml
exits 1 "an integrand that is 0" generate zero.yaml -n 10 --learn 2000 -o zero.csv
is "$(ls | grep -c zero.csv)" 0 "leaves no file"
sed -e '/^events:/,$d' hill.yaml > bare.yaml
exits 2 "Les Houches events without particles" generate bare.yaml --format lhe
contains said "events:" "it says what is missing"
sed -e 's/f: = .*/f: = x/' hill.yaml > both.yaml
exits 0 "both signs" generate both.yaml -n 400 --learn 3000 -o both.csv
matches said "^negative: [12][0-9][0-9] events" "negative events are counted"
is "$(awk -F, 'NR > 1 && $1*$3 <= 0' both.csv | wc -l | tr -d ' ')" 0 "they have the integrand's sign"
done_testing
