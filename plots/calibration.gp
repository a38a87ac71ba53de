# ---- calibration.gp: share accepted against the probability said before ------------------------
#
# Blocks of the data: all, uniform (1 said 2 found 3 low 4 high 5 points 6 accepted 7 bin_low
# 8 bin_high).  Variables: all_title, uniform_title.

set xrange [-0.02:1.02]
set xtics 0.2

# a title takes a line above the key
unset title
down = strlen(picture_title) > 0 ? 0.045 : 0
if (down > 0) { set label 99 picture_title at screen 0.56,0.972 center }
set multiplot
set lmargin at screen 0.16
set rmargin at screen 0.96
set tmargin at screen 0.86 - down
set key at screen 0.16,screen 0.985 - down left top vertical maxcols 1
set bmargin at screen 0.36
set format x ''
set ylabel 'share accepted'
set yrange [-0.02:1.02]
set ytics 0.2
set samples 2
plot x with lines dashtype 3 linecolor rgb random_color title 'as said', \
     data index '[all]' using 1:2:3:4 with yerrorbars pointtype 7 pointsize 0.9 \
         linecolor rgb accepted_color notitle, \
     NaN with points pointtype 7 pointsize 0.9 linecolor rgb accepted_color title all_title, \
     data index '[uniform]' using 1:2:3:4 with yerrorbars pointtype 4 pointsize 1.1 \
         linecolor rgb model_color notitle, \
     NaN with points pointtype 4 pointsize 1.1 linecolor rgb model_color title uniform_title

unset label 99
unset key
set tmargin at screen 0.33
set bmargin at screen 0.10
set format x
set xlabel 'probability said before the points ran'
set ylabel 'points'
set logscale y
set yrange [0.5:*]
set format y '10^{%T}'
set ytics autofreq
plot data index '[all]' using (($7 + $8)/2):($5 > 0 ? $5 : NaN):($8 - $7) with boxes \
         linecolor rgb light_color fillstyle solid border linecolor rgb accepted_color, \
     data index '[uniform]' using (($7 + $8)/2):($5 > 0 ? $5 : NaN):($8 - $7) with boxes \
         linecolor rgb model_color fillstyle empty border linecolor rgb model_color
unset multiplot
