#!/bin/sh
# show.t: every screen as text, on a store made by the program itself.
. "$TH_SRC/tests/tap.sh"
cd "$TMPDIR" || exit 1

cat > shown.yaml <<END
scan: shown
goal: 600 points
seed: 3
parameters:
  x: uniform 0 .. 1 GeV
  y: log 1 .. 100
observables:
  s: = x + y
constraints:
  low: s < 20
  left: x < 0.7
search: {start: 200, batch: 100}
END
"$TH" run shown.yaml --workers 1 > run.log 2>&1

if ! grep -q 'TH_HAVE_TUI 1' "$TH_BUILD/config.h"; then
    exits 2 "a program without its screens refuses" "$TH" show shown.db overview
    contains said "built without its screens" "and says why"
    done_testing
fi

LC_ALL=C
TZ=UTC
export LC_ALL TZ
lines() { wc -l < "$1" | tr -d ' '; }
widest() { awk '{ if (length($0) > n) n = length($0) } END { print n + 0 }' "$1"; }

for screen in overview map cells points learner log help; do
    succeeds "$screen" "$TH" show shown.db $screen
    is "$(lines said)" 24 "$screen has 24 lines"
    [ "$(widest said)" -le 80 ] && ok "$screen has at most 80 columns" ||
        not_ok "$screen has at most 80 columns"
    grep -q '[^ -~]' said && not_ok "$screen is ASCII in the C locale" ||
        ok "$screen is ASCII in the C locale"
    contains said "shown" "$screen names the scan"
    succeeds "$screen, larger" "$TH" show shown.db $screen --size 120x40 --symbols braille
    is "$(lines said)" 40 "$screen has 40 lines"
done

exits 2 "another one" "$TH" show shown.db nope
contains said 'there is no screen "nope"; there are overview, map, cells, points, learner, log, help' "names them all"
"$TH" show shown.db overview > overview.txt
contains overview.txt "[1 Overview]" "the tab of the screen is marked"
contains overview.txt "DONE" "and the state is there"
"$TH" show shown.db map > map.txt
contains map.txt "[2 Map]" "the map"
matches map.txt "o accepted +[0-9]+" "counts its layers"
grep -e "reading the points" -e "asking the learner" map.txt > missing.txt
is "$(cat missing.txt)" "" "the map is whole"
"$TH" show shown.db cells > cells.txt
matches cells.txt " sum" "the cells have their sum"
"$TH" show shown.db points > points.txt
matches points.txt "Point [0-9]+" "points have a list and a detail"
"$TH" show shown.db map --styles > styles.txt
is "$(lines styles.txt)" 48 "--styles adds as many lines again"
sed -n '25,48p' styles.txt > letters.txt
contains letters.txt "a" "with letters of the styles"
"$TH" show shown.db map > again.txt
cmp -s map.txt again.txt && ok "the same screen twice" || not_ok "the same screen twice"

LC_ALL=C.UTF-8 "$TH" show shown.db map > map.utf8
matches map.utf8 "\[x\] o accepted" "the map in UTF-8 has the same letters"
LC_ALL=C.UTF-8 "$TH" show shown.db map --symbols braille > map.dots
dots() { LC_ALL=C grep -c "$(printf '\342[\240-\243]')" "$1"; }
[ "$(dots map.dots)" -gt 2 ] && ok "dots where they are asked for" || not_ok "dots where asked for"
is "$(dots map.utf8)" 0 "but none among letters: without colours they are not told apart"

exits 2 "an unknown screen" "$TH" show shown.db maps
contains said "map" "is told the names"
exits 2 "an unknown set of symbols" "$TH" show shown.db map --symbols unicode
exits 2 "a size that is none" "$TH" show shown.db map --size 120
contains said "120x40" "is told its form"
exits 2 "a size that is too small" "$TH" show shown.db map --size 2x2
succeeds "a size below 80x24" "$TH" show shown.db map --size 60x18
contains said "too small" "shows the notice"
exits 2 "no screen" "$TH" show shown.db
exits 1 "no store" "$TH" show none.db map

done_testing
