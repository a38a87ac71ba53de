# ---- hist.gp: histogram of one value -----------------------------------------------------------
#
# Blocks of the data: points, events (1 x 2 x_low 3 x_high 4 value 5 +- 6 entries).
# Variables: x_label x_is_log x_lo x_hi x_tics, y_label, y_is_log, has_points, has_events, of_points,
# of_events, doubt.

set xlabel is_text ? x_label.' (upwards: '.y_label.')' : x_label
set ylabel y_label
if (x_is_log) { set logscale x }
eval 'set xtics '.x_tics
set xrange [x_lo:x_hi]
set xtics out nomirror
stats data index '[points]' using ($4 + $5) nooutput name 'A'
stats data index '[events]' using ($4 + $5) nooutput name 'B'
stats data index '[points]' using ($4 - $5) nooutput name 'U'
stats data index '[points]' using ($4 > 0 ? $4 : NaN) nooutput name 'C'
stats data index '[events]' using ($4 > 0 ? $4 : NaN) nooutput name 'D'
most = has_events && B_max > A_max ? B_max : A_max
set yrange [(U_min < 0 ? 1.1*U_min : 0):(most > 0 ? (has_events || strlen(doubt) > 0 ? 1.25 : 1.08)*most : 1)]
if (y_is_log && most > 0) {
    set logscale y
    set yrange [0.5*(has_points ? C_min : D_min):3*most]
    set format y '10^{%T}'
}
if (strlen(doubt) > 0) { set label 20 doubt at graph 0.02,0.94 left front }
if (has_events && has_points) { set key at graph 0.98,0.97 right top vertical maxcols 1 } else { unset key }
ground = y_is_log && most > 0 ? 0.5*(has_points ? C_min : D_min) : 0
plot data index '[points]' using (has_points && !is_text ? $1 : NaN):4:2:3:(ground):4 \
         with boxxyerror linecolor rgb light_color fillstyle solid 0.55 noborder notitle, \
     data index '[points]' using (has_points ? $2 : NaN):4:($3 - $2):(0) with vectors nohead \
         linewidth 1.8 linecolor rgb accepted_color title of_points, \
     data index '[points]' using (has_points ? $1 : NaN):($4 - $5):(0):(2*$5) with vectors nohead \
         linewidth 1 linecolor rgb accepted_color notitle, \
     data index '[events]' using (has_events ? $1 : NaN):4:5 with yerrorbars pointtype 4 \
         pointsize 0.8 linewidth 1 linecolor rgb failed_color title of_events
