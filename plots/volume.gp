# ---- volume.gp: share of the prior that is accepted --------------------------------------------
#
# Block of the data: [volume] (1 round 2 evaluated 3 volume 4 error 5 low 6 high).  Variables:
# n_evaluated, x_tics, least, most (of the band), power (of ten, of the axis).

x_words = 'evaluated points'
eval 'set xtics '.x_tics
set xrange [0:1.02*n_evaluated]
if (n_evaluated >= 1e5) { set format x '%.0s %c' }
unit = 10.0**power
y_words = power < 0 ? sprintf('volume of the target [10^{%d} of the prior]', power) \
                     : 'volume of the target [share of the prior]'
set xlabel is_text ? x_words.' (upwards: '.y_words.')' : x_words
set ylabel y_words
if (most > 20*least) {
    set logscale y
    set yrange [0.7*least/unit:1.4*most/unit]
} else {
    set yrange [0:1.15*most/unit]
}
plot data index '[volume]' using 2:($5/unit):($6/unit) with filledcurves fillstyle solid noborder \
         linecolor rgb band_color title 'one standard error', \
     data index '[volume]' using 2:($3/unit) with linespoints pointtype 7 pointsize 0.5 \
         linewidth 1.5 linecolor rgb accepted_color title 'estimate'
