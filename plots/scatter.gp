# ---- scatter.gp: points by two values ----------------------------------------------------------
#
# Blocks of the data: rejected, proposed, accepted, unknown, failed (x y id); heat, where has_heat
# (x y x_low x_high y_low y_high value).  Variables: x_label x_is_log x_lo x_hi x_tics, y_...;
# NAME_title and n_NAME of each layer, heat_label, heat_most.

x_words = x_label
y_words = y_label
set xlabel is_text ? x_words.' (upwards: '.y_words.')' : x_words
set ylabel y_words
if (x_is_log) { set logscale x }
eval 'set xtics '.x_tics
if (y_is_log) { set logscale y }
eval 'set ytics '.y_tics
set xrange [x_lo:x_hi]
set yrange [y_lo:y_hi]

# smaller where there are many
size_for(n) = n > 5000 ? 0.3 : n > 1000 ? 0.45 : n > 200 ? 0.7 : 1.0

eval sprintf('set palette defined (%s)', ground_colors)
set cblabel heat_label
set cbrange [0:100*heat_most]

# shapes, and letters where there are only characters
rejected_point = is_text ? ',' : 7
proposed_point = is_text ? '?' : 8
accepted_point = is_text ? 'o' : 7
unknown_point = is_text ? '+' : 1
failed_point = is_text ? 'x' : 2

# failed points lie below those that tell more, and are the last in the key
# over a heat the accepted points are black, and the rejected ones would hide what it says
if (has_heat) { accepted_color = '#000000' }

if (has_heat && !is_text) {
    plot data index '[heat]' using 1:2:3:4:5:6:(100*$7) with boxxyerror \
             linecolor palette fillstyle solid noborder notitle, \
         data index '[failed]' using 1:2 with points pointtype failed_point \
             pointsize size_for(n_failed) linecolor rgb failed_color notitle, \
         data index '[proposed]' using 1:2 with points pointtype proposed_point \
             pointsize size_for(n_proposed) linecolor rgb proposed_color notitle, \
         NaN with points pointtype proposed_point pointsize 1 linecolor rgb proposed_color \
             title proposed_title, \
         data index '[accepted]' using 1:2 with points pointtype accepted_point \
             pointsize size_for(n_accepted) linecolor rgb accepted_color notitle, \
         NaN with points pointtype accepted_point pointsize 1 linecolor rgb accepted_color \
             title accepted_title, \
         data index '[unknown]' using 1:2 with points pointtype unknown_point \
             pointsize size_for(n_unknown) linecolor rgb unknown_color notitle, \
         NaN with points pointtype unknown_point pointsize 1 linecolor rgb unknown_color \
             title unknown_title, \
         NaN with points pointtype failed_point pointsize 1 linecolor rgb failed_color \
             title failed_title
} else {
    plot data index '[rejected]' using 1:2 with points pointtype rejected_point \
             pointsize 0.7*size_for(n_rejected) linecolor rgb rejected_color notitle, \
         NaN with points pointtype rejected_point pointsize 1 linecolor rgb rejected_color \
             title rejected_title, \
         data index '[failed]' using 1:2 with points pointtype failed_point \
             pointsize size_for(n_failed) linecolor rgb failed_color notitle, \
         data index '[proposed]' using 1:2 with points pointtype proposed_point \
             pointsize size_for(n_proposed) linecolor rgb proposed_color notitle, \
         NaN with points pointtype proposed_point pointsize 1 linecolor rgb proposed_color \
             title proposed_title, \
         data index '[accepted]' using 1:2 with points pointtype accepted_point \
             pointsize size_for(n_accepted) linecolor rgb accepted_color notitle, \
         NaN with points pointtype accepted_point pointsize 1 linecolor rgb accepted_color \
             title accepted_title, \
         data index '[unknown]' using 1:2 with points pointtype unknown_point \
             pointsize size_for(n_unknown) linecolor rgb unknown_color notitle, \
         NaN with points pointtype unknown_point pointsize 1 linecolor rgb unknown_color \
             title unknown_title, \
         NaN with points pointtype failed_point pointsize 1 linecolor rgb failed_color \
             title failed_title
}
