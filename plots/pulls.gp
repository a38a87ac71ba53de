# ---- pulls.gp: rounds against what they give together ------------------------------------------
#
# Block of the data: [pulls] (1 round 2 calls 3 estimate 4 +- 5 pull).  Variables: rms, n_pulls,
# first_round, last_round, most, integral, integral_error, doubt.

x_words = 'round'
y_words = 'pull'
set xlabel is_text ? x_words.' (upwards: '.y_words.')' : x_words
set ylabel y_words
set xrange [first_round - 0.7:last_round + 0.7]
set yrange [-most:most]
set xtics 1
unset mxtics
set samples 2
rms_title = sprintf('rounds: rms %.2f of %d', rms, n_pulls)
plot '+' using 1:(-2):(2) with filledcurves linecolor rgb band_color fillstyle solid noborder \
         title '95 %', \
     '+' using 1:(-1):(1) with filledcurves linecolor rgb light_color fillstyle solid noborder \
         title '68 %', \
     0 with lines linecolor rgb unknown_color notitle, \
     data index '[pulls]' using 1:5 with points pointtype 7 pointsize 0.9 \
         linecolor rgb accepted_color title rms_title
