# ---- profile.gp: profile likelihood of one value -----------------------------------------------
#
# Blocks of the data: profile (1 x 2 x_low 3 x_high 4 delta 5 points), best (x y chi2 id).
# Variables: x_label x_is_log x_lo x_hi x_tics, chi2_min, best_x.

x_words = x_label
y_words = '-2 Δ ln L'
set xlabel is_text ? x_words.' (upwards: '.y_words.')' : x_words
set ylabel y_words
if (x_is_log) { set logscale x }
eval 'set xtics '.x_tics
set xrange [x_lo:x_hi]
set yrange [-0.3:10]
set ytics 2
best_point = is_text ? 'X' : 3
# 68.3 and 95 % of one degree of freedom
set arrow 1 from graph 0, first 1.00 to graph 1, first 1.00 nohead dashtype 2 linecolor rgb random_color
set arrow 2 from graph 0, first 3.84 to graph 1, first 3.84 nohead dashtype 3 linecolor rgb random_color
set rmargin 7
set label 1 '68 %' at graph 1.015, first 1.00 left
set label 2 '95 %' at graph 1.015, first 3.84 left
plot data index '[profile]' using 2:4:($3 - $2):(0) with vectors nohead linewidth 1.8 \
         linecolor rgb accepted_color notitle, \
     data index '[profile]' using 1:($4) with lines linewidth 0.8 linecolor rgb accepted_color \
         notitle, \
     data index '[best]' using 1:(0) with points pointtype best_point pointsize 1.4 linewidth 1.5 \
         linecolor rgb failed_color title 'best point'
