# ---- roc.gp: true against false positives ------------------------------------------------------
#
# Blocks of the data: all, uniform (false_positives true_positives threshold).  Variables:
# all_title, uniform_title.

x_words = 'false positives: share of what is not accepted'
y_words = 'true positives: share of what is accepted'
set xlabel is_text ? x_words.' (upwards: '.y_words.')' : x_words
set ylabel y_words
set xrange [0:1]
set yrange [0:1]
set xtics 0.2
set ytics 0.2
set key outside above left vertical maxcols 1
if (!is_text) { set size ratio 1 }
set samples 2
plot x with lines dashtype 3 linecolor rgb random_color title 'guessing', \
     data index '[uniform]' using 1:2 with lines dashtype 2 linewidth 1.5 \
         linecolor rgb model_color title uniform_title, \
     data index '[all]' using 1:2 with lines linewidth 1.8 \
         linecolor rgb accepted_color title all_title
