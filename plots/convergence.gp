# ---- convergence.gp: the integral and its error against the number of calls --------------------
#
# Block of the data: [rounds] (1 round 2 calls 3 integral 4 +- 5 low 6 high 7 relative_error 8 lo
# 9 hi 10 shown 11 +- 12 lo 13 hi).  Variables: integral, integral_error, integral_words, integral_unit,
# n_rounds, n_first, n_last, relative, doubt.

set logscale x
set xrange [0.8*n_first:1.25*n_last]
unset title
set multiplot
# late digits only: what is taken off stands in the picture, not along the axis
start = strstrt(integral_words, ' - ')
left = 0.19
set lmargin at screen left
set rmargin at screen 0.94
set tmargin at screen 0.90
set bmargin at screen 0.56

# few decades have few powers of ten
decades = log10(1.6*n_last/n_first)
multiples = n_rounds < 2 ? '' : decades > 3 ? '1' : decades > 1 ? '1 2 5' : '1 1.5 2 3 5 7'
tick_words(m, k) = m*10**k < 9999.5 ? sprintf('%g', m*10**k) : \
                   m == 1 ? sprintf('10^{%d}', k) : sprintf('%g×10^{%d}', m, k)
is_shown(v) = v >= 0.8*n_first && v <= 1.2*n_last
if (n_rounds < 2) { set xtics ('' n_last) } else { set xtics () }
do for [k = 0:18] { do for [m in multiples] {
    if (is_shown(m*10**k)) { set xtics add ('' m*10**k) }
} }
if (start > 0) {
    set ylabel 'integral - I_0'.integral_unit offset 0.5
    set label 1 'I_0 = '.substr(integral_words, start + 3, strlen(integral_words)) \
        at graph 0.98,0.92 right
} else {
    set ylabel integral_words.integral_unit offset 0.5
}
# one round alone has no lines
band_x(x) = n_rounds < 2 ? NaN : x
set key at screen left,screen 0.985 left top vertical maxrows 2
band_words = strlen(doubt) > 0 ? 'one standard error ('.doubt.')' : 'one standard error'
plot data index '[rounds]' using (band_x($2)):12 with lines dashtype 3 \
         linecolor rgb unknown_color title '95 % whenever one looks', \
     '' index '[rounds]' using (band_x($2)):13 with lines dashtype 3 \
         linecolor rgb unknown_color notitle, \
     '' index '[rounds]' using (n_rounds < 2 ? $2 : NaN):12:(0):($13 - $12) with vectors nohead \
         dashtype 3 linecolor rgb unknown_color notitle, \
     '' index '[rounds]' using 2:10:11 with yerrorbars pointtype 7 pointsize 0.6 \
         linecolor rgb accepted_color title band_words
unset label 1
set tmargin at screen 0.46
set bmargin at screen 0.12
set xlabel 'calls of the integrand'
if (n_rounds < 2) { set xtics (sprintf('%.0f', n_last) n_last) } else { set xtics () }
do for [k = 0:18] { do for [m in multiples] {
    if (is_shown(m*10**k)) { set xtics add (tick_words(m + 0, k) m*10**k) }
} }
set ylabel 'relative error' offset 0.5
set logscale y
set format y '10^{%T}'
set key at screen left,screen 0.53 left top horizontal maxrows 1
plot data index '[rounds]' using 2:7 with linespoints pointtype 7 pointsize 0.6 linewidth 1.5 \
         linecolor rgb accepted_color title 'of all rounds', \
     (n_rounds < 2 ? NaN : relative*sqrt(n_last/x)) with lines dashtype 2 \
         linecolor rgb random_color title (n_rounds < 2 ? '' : '1/√N')
unset multiplot
