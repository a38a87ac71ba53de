# ---- history.gp: how the scan went -------------------------------------------------------------
#
# Block of the data: history (1 round 2 evaluated 3 accepted 4 failed 5 hours 6 auc 7 brier).
# Variables: n_evaluated, n_failed, n_figures, random_share, random_low, random_high,
# x_tics.

set xrange [0:n_evaluated]
set yrange [0:*]
failed_title = n_failed > 0 ? 'failed' : ''
random_title = random_share > 0 ? 'accepted in a random scan of as many' : ''

# a title takes a line above the key
unset title
down = strlen(picture_title) > 0 ? 0.045 : 0
if (down > 0) { set label 99 picture_title at screen 0.56,0.972 center }
upper = n_figures > 0 ? 0.44 : 0.12
set key at screen 0.17,screen 0.985 - down left top vertical maxcols 1
eval 'set xtics '.x_tics
set multiplot
set lmargin at screen 0.17
set rmargin at screen 0.95
set tmargin at screen 0.86 - down
set bmargin at screen upper
set ylabel 'points' offset 1
if (n_figures == 0) { set xlabel 'evaluated points' }
set samples 2
if (n_evaluated >= 1e5) { set format x '%.0s %c'; big = 1 } else { big = 0 }
if (n_figures > 0) { set format x '' }
plot '+' using 1:(random_low*$1):(random_high*$1) with filledcurves fillstyle solid noborder \
         linecolor rgb band_color notitle, \
     '+' using 1:(random_share*$1) with lines dashtype 3 linewidth 1.2 \
         linecolor rgb random_color title random_title, \
     data index '[history]' using 2:3 with linespoints pointtype 7 pointsize 0.5 linewidth 1.5 \
         linecolor rgb accepted_color title 'accepted', \
     data index '[history]' using 2:(n_failed > 0 ? $4 : NaN) with linespoints pointtype 2 pointsize 0.5 \
         linecolor rgb failed_color title failed_title

if (n_figures > 0) {
    unset label 99
    set tmargin at screen 0.32
    set bmargin at screen 0.11
    set key at screen 0.17,screen 0.405 left top vertical maxcols 1
    if (big) { set format x '%.0s %c' } else { set format x }
    set xlabel 'evaluated points'
    set ylabel 'learner' offset 1
    set yrange [0:1]
    set ytics 0.5
    plot data index '[history]' using 2:($6) with linespoints pointtype 5 pointsize 0.5 \
             linecolor rgb accepted_color title 'area under the ROC curve', \
         data index '[history]' using 2:($7) with linespoints pointtype 6 pointsize 0.6 dashtype 2 \
             linecolor rgb model_color title 'Brier score'
}
unset multiplot
