#!/bin/sh
# The program thdm: cards, arguments, exit statuses, JSON lines.
set -u
. "$TH_SRC/tests/tap.sh"

thdm=$TH_BUILD/plugins/bin/thdm
test -x "$thdm" || skip_all "plugins/bin/thdm is not built"
said=$TMPDIR/said
cd "$TMPDIR" || exit 1

exits 0 "eight arguments" "$thdm" 125.09 350 380 400 0.998 8 12000 1
matches "$said" '^ +2 +0 +# tree-level unitarity' "unitarity is violated"
matches "$said" '^ +4 +1 +# bounded' "the potential is bounded"
matches "$said" '^DECAY  25   4\.3[89]' "the width of h"
matches "$said" '^ +6\.17[0-9e+-]* +2 +5 +-5$' "h -> b b"
cp "$said" "$TMPDIR/first.slha"

exits 0 "its output is a card" "$thdm" "$TMPDIR/first.slha"
is "$(cmp "$said" "$TMPDIR/first.slha" && echo same)" same "... with the same answer"

exits 0 "the template of the scans" "$thdm" "$TH_SRC/scans/thdm.in"
matches "$said" '^ +21 +2\.0000000000000000e-02' "cos(beta-alpha) is taken from it"

exits 1 "a point without an answer" "$thdm" 125.09 100 380 400 0.998 8 12000 1
matches "$said" '^ +4 +a mass' "SPINFO 4 says why"
exits 2 "no card at all" sh -c "'$thdm' < /dev/null"
contains "$said" "MASS[25]" "... names what is missing"
sed 's/^   25 .*/   25 abc/' "$TH_SRC/scans/thdm.in" > "$TMPDIR/text.in"
exits 2 "text for a number" "$thdm" "$TMPDIR/text.in"
exits 2 "a file that is not there" "$thdm" "$TMPDIR/nowhere"
exits 2 "an unknown option" "$thdm" --nothing

point='"mh":125.09,"mH":350,"mA":380,"mHp":400,"tanb":8,"m12sq":12000,"type":1'
cat > "$TMPDIR/asked" <<EOF
{"id": 7, "in": {$point,"sba":0.998}}
{"id": 8, "in": {"mh": 1}}
{"id": "nine", "in": {$point,"sba":1.5}}
EOF
exits 0 "resident" sh -c "'$thdm' --resident < '$TMPDIR/asked'"
is "$(sed -n 1p "$said")" '{"theodolite": 1, "name": "thdm", "version": "1.0"}' "the greeting"
matches "$said" '^\{"id":7,"out":\{"lambda1":27\.985' "an answer"
matches "$said" '^\{"id":8,"error":".*mh, mH' "an input is missing"
matches "$said" '^\{"id":"nine","error":".*beta-alpha' "a point without an answer stays in turn"
is "$(wc -l < "$said" | tr -d ' ')" 4 "one line each"
exits 2 "what is not JSON ends it" sh -c "echo nonsense | '$thdm' --resident"

done_testing
