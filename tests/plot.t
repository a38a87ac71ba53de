#!/bin/sh
# plot.t: pictures from the command line: every kind, where files go, scripts that draw again, and
# what is said of nonsense and without gnuplot.
set -u
. "$TH_SRC/tests/tap.sh"
cd "$TMPDIR" || exit 1
unset DISPLAY WAYLAND_DISPLAY SSH_CONNECTION

cat > small.yaml <<END
scan: small
seed: 3
goal: 700 points
parameters:
  m_0: uniform 0 .. 100 GeV
  tb: log 1 .. 60
  k: integer 1 .. 4
observables:
  m: = 80.3 + 0.002*m_0
  o: = 0.01*tb*exp(-m_0/80) + 0.02*k
constraints:
  mass: m = 80.40 +- 0.03
  omega: o < 0.20
search: {method: classifier, start: 300, batch: 100, members: 2, hidden: 16, steps: 200}
END
succeeds "a small scan" "$TH" run --headless small.yaml --workers 1
plot() { "$TH" plot small.db "$@"; }

# without gnuplot: data, script, words
mkdir bare
exits 1 "without gnuplot" env PATH="$TMPDIR/bare" "$TH" plot small.db scatter -o bare/a.png
contains said "gnuplot is not here" "it says so"
contains said "bare/a.dat" "and where the data are"
contains bare/a.dat "# [accepted]" "which are there"
contains bare/a.gp "set output here.'a.png'" "with the script"
is "$(ls bare | tr '\n' ' ')" "a.dat a.gp " "and no picture"

# nonsense
exits 2 "no kind" plot
exits 2 "a kind that is none" plot scater
contains said 'did you mean "scatter"' "the nearest is told"
exits 2 "a value that is none" plot scatter --x m0
contains said 'did you mean "m_0"' "the nearest is told"
exits 2 "the same value twice" plot scatter --x tb --y tb
contains said 'x and y are both tb' "it is said"
exits 2 "a heat that is none" plot scatter --heat warm
exits 2 "a terminal that is none" plot scatter --terminal paper
exits 2 "a size that is none" plot scatter --size 12
exits 2 "a picture of no kind" plot scatter -o a.gif
exits 2 "characters for panels" plot corner --terminal dumb
exits 0 "help" plot --help
contains said "profile2d" "which lists the kinds"

if ! command -v gnuplot > /dev/null 2>&1; then
    skip 1 "gnuplot is not here"
    done_testing
fi

# a gnuplot that fails
mkdir broken
printf '#!/bin/sh\n[ "$1" = -e ] && { echo " pngcairo png " >&2; exit 0; }\necho "no such palette" >&2\nexit 3\n' \
    > broken/gnuplot
chmod +x broken/gnuplot
exits 1 "a gnuplot that fails" env PATH="$TMPDIR/broken:$PATH" "$TH" plot small.db roc -o broken/b.png
contains said "no such palette" "its words are told"
is "$(ls broken | tr '\n' ' ')" "b.dat b.gp gnuplot " "data and script stay"

cat > square.yaml <<END
scan: square
goal: 1500 points
parameters: {x: uniform 0 .. 1, y: uniform 0 .. 1}
observables:
  f: = x*x*(1 + y)
integrand: f
integrate: {method: cells}
END
"$TH" integrate square.yaml --headless --workers 1 > /dev/null 2>&1

# every kind, of a search or of an integration, into plots/
for kind in $("$TH" plot --help | sed -n 's/^  \([a-z][a-z0-9]*\)  .*/\1/p'); do
    case $kind in heights | convergence | pulls) of=square ;; *) of=small ;; esac
    exits 0 "$kind" "$TH" plot $of.db "$kind"
    matches said "^plots/$of-$kind.*\.png$" "says where it is"
    picture=$(grep '^plots/' said)
    is "$(head -c 4 "$picture" | tail -c 3)" PNG "which is a picture"
    script=${picture%.png}.gp
    rm -f "$picture"
    (cd / && gnuplot "$TMPDIR/$script" > /dev/null 2>&1)
    is "$(head -c 4 "$picture" 2> /dev/null | tail -c 3)" PNG "its script alone draws it again"
done

# nothing is cut off: the outermost pixels of a picture are white
for kind in roc efficiency history cells calibration corner convergence; do
    case $kind in
    convergence) of=square size=600x550 ;;
    history | cells) of=small size=600x550 ;;
    calibration) of=small size=500x600 ;;
    efficiency) of=small size=600x450 ;;
    *) of=small size=500x500 ;;
    esac
    exits 0 "a small $kind" "$TH" plot $of.db $kind --size $size -o edge.png
    gnuplot -e "set table 'edge.table'; plot 'edge.png' binary filetype=png with rgbimage" \
        > /dev/null 2>&1 || { skip 1 "this gnuplot does not read PNG"; continue; }
    is "$(awk -v wide=${size%x*} -v high=${size#*x} 'NF >= 6 && $1 !~ /#/ { n++ }
        NF >= 6 && $1 !~ /#/ && ($1 < 1 || $2 < 1 || $1 > wide - 2 || $2 > high - 2) &&
            $3 + $4 + $5 < 600 { dark++ }
        END { print (n == wide*high) ? dark + 0 : n }' edge.table)" 0 "touches no edge"
done
rm -f edge.table

# a line ends at a bin without points
exits 0 "a profile with a gap" plot profile --x k --where 'k != 2' -o gap.svg
is "$(awk '/^# \[profile\]/ { on = 1; next } on && NF == 5 { bins = bins ($4 == "-" ? "-" : "x") }
    on && NF == 0 { exit } END { print bins }' gap.dat)" "x-xx" "of four bins one is empty"
is "$(awk '/id="gnuplot_plot_2"/ { on = 1 } /id="gnuplot_plot_3"/ { on = 0 }
    on { lines += gsub(/ L[0-9]/, "") } END { print lines + 0 }' gap.svg)" 1 \
    "its line is between the last two"

# contours close, at the edges of the picture too
exits 0 "a profile of two values" plot profile2d --x m_0 --y tb -o closed.svg
is "$(awk '/id="gnuplot_plot_3"/ { on = 1 } /id="gnuplot_plot_4"/ { on = 0 }
    on { gsub(/[^0-9.,ML ]/, " "); gsub(/M/, "M "); gsub(/ L/, " "); text = text " " $0 }
    END { n = split(text, lines, "M"); for (i = 2; i <= n; i++) { k = split(lines[i], at, " ")
        for (j = k; j > 1 && at[j] !~ /^[0-9.]+,[0-9.]+$/; ) j--
        if (j > 2) { seen = 1; open += at[1] != at[j] } } print seen + 0, open + 0 }' closed.svg)" "1 0" \
    "that of 68 % is not open"

# what is drawn as points has points in the key
exits 0 "efficiency" plot efficiency -o key.svg
is "$(awk '/<title>all points/ { on = 1; n = 0 } on && /<path/ { lines++ } on && /<use/ { n++ }
    on && /<title>promised/ { on = 0 } END { print lines + 0, (n > 0) }' key.svg)" "0 1" \
    "no line beside the words"

# a histogram is of the rounds that know where the integrand is, not of those that met nothing
cat > peak.yaml <<END
scan: peak
goal: 6000 points
seed: 11
parameters: {a: uniform 0 .. 1, b: uniform 0 .. 1, c: uniform 0 .. 1}
observables:
  f: = exp(-((a - 0.3)^2 + (b - 0.6)^2 + (c - 0.45)^2)/(2*0.01^2))/(2*pi*0.01^2)^1.5
integrand: f
integrate: {method: cells}
END
"$TH" integrate peak.yaml --headless --workers 1 > /dev/null 2>&1
exits 0 "a histogram of a narrow peak" "$TH" plot peak.db hist --x a -o peak.svg
is "$(awk '/x x_low/ {on = 1; next} on && NF == 6 {sum += $4*($3 - $2)} on && NF == 0 {exit}
    END {print (sum > 0.98 && sum < 1.02) ? "integral" : sum}' peak.dat)" integral \
    "sums to the integral"
contains peak.dat ' calls, NOT CONVERGED' "an integral that is not converged says so in its data"
contains peak.gp "doubt = 'the integral is not converged'" "and in the picture"
"$TH" plot square.db hist -o even.svg > said 2>&1
contains even.dat ' calls, converged' "one that is, too"
contains even.gp "doubt = ''" "with nothing in the picture"
exits 0 "in bins of one's own" "$TH" plot peak.db hist --x a --bins 7 -o seven.svg
is "$(awk '/x x_low/ {on = 1; next} on && NF == 6 {n++; sum += $4*($3 - $2)} on && NF == 0 {exit}
    END {print n, (sum > 0.98 && sum < 1.02) ? "integral" : sum}' seven.dat)" "7 integral" \
    "they are so many, and sum to the integral"
exits 2 "no bin at all" "$TH" plot peak.db hist --x a --bins 0
exits 2 "bins of another picture" "$TH" plot peak.db convergence --bins 7
# without what is scaled to it
exits 0 "with a condition" "$TH" plot peak.db hist --x a --where 'b < 0.9' -o part.svg
is "$(awk '/x x_low/ {on = 1; next} on && NF == 6 {sum += $4*($3 - $2)} on && NF == 0 {exit}
    END {print (sum > 0.9 && sum < 1.1) ? "integral" : sum}' part.dat)" integral \
    "is the integral there"

exits 2 "of a search what is of integrations" plot pulls
exits 2 "and of an integration what is of searches" "$TH" plot square.db roc
contains said "pulls, hist, scatter and corner" "it is told what there is"
exits 0 "with everything" plot scatter --x tb --y o --log-y --linear-x --heat found \
    --where 'k < 4' --size 600x400 --title "It's a_b" -o every.pdf
is "$(head -c 5 every.pdf)" "%PDF-" "as PDF"
contains every.dat "# only points where: k < 4" "the condition is in the data"
at() { awk -v word="data index '\\[$1\\]'" '$0 ~ word { print NR }' every.gp | head -n 1; }
[ "$(at heat)" -lt "$(at failed)" ] && [ "$(at failed)" -lt "$(at accepted)" ] &&
    ok "failed points lie below accepted ones" || not_ok "failed points lie below accepted ones"
exits 0 "heat of the learner" plot scatter --heat p -o learner.svg
contains learner.dat "the highest probability" "its data tell what it is"
exits 0 "in characters" plot efficiency --terminal dumb --size 100x30
contains said "share accepted" "on standard output"
is "$(ls -d plots/*efficiency*.txt 2> /dev/null)" "" "and nothing stays"
exits 0 "profile of another chi2" plot profile --x m_0 --chi2 '((m - 80.4)/0.03)^2' -o p.svg
contains p.dat "chi2 = ((m - 80.4)/0.03)^2" "which is told"
exits 0 "in characters" plot profile --x m_0 --terminal dumb --size 100x30
contains said "best point" "the key tells the mark"
exits 0 "the second parameter along x" plot scatter --x tb -o second.svg
contains second.dat "# x: tb [], y: m_0 [GeV]" "has the first along y"
exits 1 "an empty choice" plot scatter --where 'id > 5000' -o none.png

# what is even up to its bounds is drawn so
cat > even.yaml <<END
seed: 1
goal: 3000 points
parameters: {x: uniform 0 .. 1, y: log 1 .. 100}
constraints: {c: x < 2}
search: {method: random}
END
succeeds "an even scan" "$TH" run --headless even.yaml --workers 1
exits 0 "its corner plot" "$TH" plot even.db corner -o even.png
is "$(awk '/^# \[histogram/ { n = 1; next } /^# \[/ { n = 0 } n && NF == 4 && $1 != "#" { bins++; low += $4 < 47 }
    END { print bins + 0, low + 0 }' even.dat)" "64 0" "no bin has less than half of the others"

# one number alone does not tell a scale: two labels along every axis of a corner
tics() { sed -n "s/^$2 = '\(.*\)'/\1/p" "$1" | tr ',' '\n' | sed 's/^ *//' | grep -v '^"" ' | tr '\n' ' '; }
is "$(tics even.gp 'tics\[1\]')" '"0.4" 0.4 "0.8" 0.8 ' "from 0 to 1"
contains even.gp "is_turned = 0" "side by side"
cat > narrow.yaml <<END
seed: 1
goal: 400 points
parameters: {m: uniform 125.1 .. 125.22 GeV, t: log 0.15 .. 9}
constraints: {c: m > 0}
search: {method: random}
END
succeeds "a scan of a narrow range" "$TH" run --headless narrow.yaml --workers 1
exits 0 "its corner plot" "$TH" plot narrow.db corner -o narrow.png
is "$(tics narrow.gp 'tics\[1\]')" '"125.15" 125.15 "125.2" 125.2 ' "has long labels"
contains narrow.gp "is_turned = 1" "which are turned"
is "$(tics narrow.gp 'tics\[2\]')" '"0.3" 0.3 "1" 1 "3" 3 ' "more than the one power of ten"

# each value of a choice has a place of its own, with its number
cat > choice.yaml <<END
goal: 300 points
parameters:
  x: uniform 0 .. 11000
  l: log 1 .. 20000
  c: choice 4, 1, 2
observables: {s: = x + c}
constraints: {low: s < 1e9}
search: {method: random}
END
"$TH" run --headless choice.yaml > run.log 2>&1
"$TH" tell choice.db inject x=5 l=7 c=3 > run.log 2>&1
"$TH" resume --headless choice.db --until '301 points' >> run.log 2>&1
"$TH" plot choice.db hist --x c -o c.png > said 2>&1
contains c.dat '# of c, by place; 0: 1, 1: 2, 2: 3, 3: 4' "also a value that is no choice"
contains c.gp "x_tics = '(\"1\" 0, \"2\" 1, \"3\" 2, \"4\" 3)'" "along the axis"
is "$(awk '/^# \[points/ { on = 1 } /^# \[events/ { on = 0 } on && $6 == 1 { print $2, $3 }' c.dat)" \
    "1.5 2.5" "with its points"
is "$(awk '/^# \[points/ { on = 1 } /^# \[events/ { on = 0 } on && !/^#/ { n += $6 } END { print n }' \
    c.dat)" 301 "all of them"
"$TH" plot choice.db corner -o corner.png > said 2>&1
contains corner.gp "is_turned = 1" "labels that would touch those beside them are turned"
contains corner.gp '"10" 10, ' "there is more than one along decades"
contains corner.gp 'y_tics[3] = '"'"'"1" 0, "2" 1, "3" 2, "4" 3'"'" "the choice in a corner plot"

done_testing
