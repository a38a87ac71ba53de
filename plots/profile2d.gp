# ---- profile2d.gp: profile likelihood of two values --------------------------------------------
#
# Blocks of the data: plane (x y x_low x_high y_low y_high delta points), grid (x y delta; rows of
# the grid apart), best (x y chi2 id).  Variables: x_label x_is_log x_lo x_hi x_tics, y_...,
# chi2_min, best_x, best_y.

x_words = x_label
y_words = y_label
set xlabel is_text ? x_words.' (upwards: '.y_words.')' : x_words
set ylabel y_words
if (x_is_log) { set logscale x }
eval 'set xtics '.x_tics
if (y_is_log) { set logscale y }
eval 'set ytics '.y_tics

# 68.3 and 95 % of two degrees of freedom; the grid goes beyond the axes, where contours close
set contour base
unset surface
set cntrparam levels discrete 2.30
set table $inner
splot data index '[grid]' using 1:2:3
unset table
set cntrparam levels discrete 5.99
set table $outer
splot data index '[grid]' using 1:2:3
unset table
unset contour
set surface
set xrange [x_lo:x_hi]
set yrange [y_lo:y_hi]

eval sprintf('set palette defined (%s) negative', ground_colors)
set cbrange [0:10]
set cblabel '-2 Δ ln L'
if (is_text) {
    plot $outer using 1:2 with points pointtype '.' title '95 %', \
         $inner using 1:2 with points pointtype '*' title '68 %', \
         data index '[best]' using 1:2 with points pointtype 'X' title 'best point'
} else {
    plot data index '[plane]' using 1:2:3:4:5:6:7 with boxxyerror \
             linecolor palette fillstyle solid noborder notitle, \
         $outer using 1:2 with lines dashtype '-' linewidth 1.5 linecolor rgb '#000000' title '95 %', \
         $inner using 1:2 with lines linewidth 1.8 linecolor rgb '#000000' title '68 %', \
         data index '[best]' using 1:2 with points pointtype 3 pointsize 1.6 linewidth 1.8 \
             linecolor rgb model_color title 'best point'
}
