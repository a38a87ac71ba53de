# ---- convergence.gp: the integral and its error against the number of calls --------------------
#
# Block of the data: [rounds] (1 round 2 calls 3 integral 4 +- 5 low 6 high 7 relative_error 8 lo
# 9 hi).  Variables: integral, integral_error, n_first, n_last, relative, doubt.

set logscale x
set xrange [0.8*n_first:1.25*n_last]
unset title
set multiplot
set lmargin at screen 0.17
set rmargin at screen 0.95
set tmargin at screen 0.90
set bmargin at screen 0.50
set format x ''
set ylabel 'integral' offset 1
set key at screen 0.17,screen 0.985 left top horizontal
band_words = strlen(doubt) > 0 ? 'one standard error ('.doubt.')' : 'one standard error'
plot data index '[rounds]' using 2:8 with lines dashtype 3 linecolor rgb unknown_color \
         title '95 % whenever one looks', \
     '' index '[rounds]' using 2:9 with lines dashtype 3 linecolor rgb unknown_color notitle, \
     '' index '[rounds]' using 2:3:4 with yerrorbars pointtype 7 pointsize 0.6 \
         linecolor rgb accepted_color title band_words
set tmargin at screen 0.46
set bmargin at screen 0.12
set format x '10^{%T}'
set xlabel 'calls of the integrand'
set ylabel 'relative error' offset 1
set logscale y
set format y '10^{%T}'
set key at screen 0.95,screen 0.45 right top
plot relative*sqrt(n_last/x) with lines dashtype 2 linecolor rgb random_color \
         title '1/√N', \
     data index '[rounds]' using 2:7 with linespoints pointtype 7 pointsize 0.6 linewidth 1.5 \
         linecolor rgb accepted_color title 'error of all rounds'
unset multiplot
