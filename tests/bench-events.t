#!/bin/sh
# bench-events.t: `theodolite bench events`: events of integrands whose histograms are known agree
# with them, and a wrong word is answered with those there are.
set -u
. "$TH_SRC/tests/tap.sh"
cd "$TMPDIR" || exit 1

exits 0 'seven integrands' "$TH" bench events --calls 4000 --events 5000 --seeds 1 \
    c a ring camel4 discontinuous gaussian c0
is "$(grep -c '^   1  ' said)" 7 'a row for each'
# p-values follow the six figures of a row; those of A are two
is "$(awk '/^   1  / { for (i = 9; i <= NF; i++) { n++; low += $i < 1e-3 } } END { print n + 0, low + 0 }' said)" \
    '20 0' 'no histogram is far from its truth'
# where few calls give an event those of the integration are too few to be seen in three digits
is "$(awk '/^   1  / && !($2 > 0 && $2 <= 1 && $3 > 0 && ($3 < $2 || ($3 == $2 && $2 < 0.1)) && $6 < 1)' \
    said | wc -l | tr -d ' ')" 0 \
    'efficiencies of calls for events and of all; little weight above the limits'
is "$(grep -c '^all [0-9]* p-values' said)" 7 'their flatness is told'
exits 1 'too little is known' "$TH" bench events --calls 3000 --events 2000 --seeds 1 --most 5000 b
matches said 'of 2000 events after 5000 calls, .* all of them take about' 'it ends, and says so'
contains said 'fewer events than wanted in 1 of 1 runs' '... in the sum too'
exits 2 'an unknown integrand' "$TH" bench events nothing
contains said 'there are c a b camel4' '... is answered with those there are'
exits 2 'no number' "$TH" bench events --events none
exits 2 'seeds backwards' "$TH" bench events --seeds 9-7
exits 0 'seeds from one to another' "$TH" bench events --calls 4000 --events 2000 --seeds 7-8 gaussian
is "$(awk '$2 ~ /^[01]\./ { printf "%s ", $1 }' said)" '7 8 ' '... and no others'
exits 0 'its help' "$TH" bench events --help
matches said 'discontinuous  *Genz discontinuous 5D: x1 . x3 . x5' '... names integrands and histograms'
done_testing
