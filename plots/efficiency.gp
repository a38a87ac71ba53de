# ---- efficiency.gp: share accepted by round ----------------------------------------------------
#
# Block of the data: rounds (1 round 2 ran 3 accepted 4 share 5 low 6 high 7 chosen
# 8 chosen_accepted 9 chosen_share 10 low 11 high 12 promised), all of points that ran.  Variables:
# n_failed, n_chosen, n_promised, n_outdated (rounds), n_uniform, random_share, random_low,
# random_high, first_round, last_round, x_tics, y_is_log, y_lo, y_hi [%].

x_words = 'round'
eval 'set xtics '.x_tics
y_words = n_failed > 0 ? 'share accepted of points that ran [%]' : 'share accepted [%]'
set xlabel is_text ? x_words.' (upwards: '.y_words.')' : x_words
set ylabel y_words
if (y_is_log) {
    set logscale y
    set yrange [y_lo:150]
} else {
    set yrange [0:y_hi]
}
span = last_round > first_round ? last_round - first_round : 1
set xrange [first_round - 0.03*span:last_round + 0.03*span]
set key vertical maxrows 2 width 0
percent(x) = 100*x
chosen_title = n_chosen > 0 ? 'chosen by the learner' : ''
promised_title = n_promised == 0 ? '' : n_outdated > 0 ? 'promised since the cut' : 'promised'
random_title = n_uniform > 0 ? 'random scan' : ''

set samples 2

plot '+' using 1:(percent(random_low)):(percent(random_high)) with filledcurves \
         linecolor rgb band_color fillstyle solid noborder notitle, \
     '+' using 1:(percent(random_share)) with lines dashtype 3 linewidth 1.2 \
         linecolor rgb random_color title random_title, \
     data index '[rounds]' using 1:(percent($4)):(percent($5)):(percent($6)) with yerrorbars \
         pointtype 4 pointsize 0.7 linecolor rgb unknown_color notitle, \
     NaN with points pointtype 4 pointsize 0.7 linecolor rgb unknown_color title 'all points', \
     data index '[rounds]' using 1:(percent($12)) with lines linewidth 1.2 \
         linecolor rgb model_color title promised_title, \
     data index '[rounds]' using 1:(percent($9)):(percent($10)):(percent($11)) with yerrorbars \
         pointtype 7 pointsize 0.8 linecolor rgb accepted_color notitle, \
     NaN with points pointtype 7 pointsize 0.8 linecolor rgb accepted_color title chosen_title
