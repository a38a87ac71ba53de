# ---- cells.gp: classes of the learner's probability --------------------------------------------
#
# Block of the data: classes (1 class 2 low 3 high 4 volume 5 volume_low 6 volume_high 7 uniform
# 8 accepted 9 share 10 share_low 11 share_high 12 all_points 13 all_accepted 14 all_share
# 15 all_low 16 all_high 17 said 18 drawn).  Variables: n_drawn, volume_floor, uniform_title, all_title.

set xrange [-0.5:5.5]
unset mxtics
set xtics scale 0

set multiplot
set lmargin at screen 0.15
set rmargin at screen 0.96
set tmargin at screen 0.93
set bmargin at screen 0.62
set ylabel 'volume [of the prior]'
set format x ''
set logscale y
set format y '10^{%T}'
set yrange [volume_floor:2]
unset key
set boxwidth 0.7
if (n_drawn > 0) {
    plot data index '[classes]' using 1:4 with boxes linecolor rgb light_color \
             fillstyle solid border linecolor rgb accepted_color, \
         '' index '[classes]' using 1:($18 > 0 ? $4 : NaN):5:6 with yerrorbars pointtype 7 \
             pointsize 0.6 linecolor rgb accepted_color, \
         '' index '[classes]' using 1:($18 == 0 ? $6 : NaN) with points pointtype 11 \
             pointsize 1.2 linecolor rgb accepted_color
} else {
    set label 1 'no uniform point was asked about: the volumes are not known' at graph 0.5,0.5 center
    plot NaN notitle
    unset label 1
}
# a triangle: none was there, the upper limit

unset title
set tmargin at screen 0.46
set bmargin at screen 0.13
set ylabel 'share accepted'
set xlabel 'class of the probability that the learner gave'
set xtics ('0-0.01' 0, '0.01-0.1' 1, '0.1-0.3' 2, '0.3-0.6' 3, '0.6-0.9' 4, '0.9-1' 5)
set format x
unset logscale y
set format y
set yrange [-0.02:1.02]
set ytics 0.2
set key at screen 0.15,screen 0.595 left top vertical maxcols 1
plot data index '[classes]' using ($1 - 0.35):2:(0.7):(0) with vectors nohead dashtype 2 \
         linecolor rgb model_color title 'limits of the class', \
     '' index '[classes]' using ($1 - 0.35):3:(0.7):(0) with vectors nohead dashtype 2 \
         linecolor rgb model_color notitle, \
     '' index '[classes]' using ($1 + 0.1):14:15:16 with yerrorbars pointtype 4 pointsize 0.9 \
         linecolor rgb unknown_color notitle, \
     NaN with points pointtype 4 pointsize 0.9 linecolor rgb unknown_color title all_title, \
     '' index '[classes]' using ($1 - 0.1):9:10:11 with yerrorbars pointtype 7 pointsize 0.9 \
         linecolor rgb accepted_color notitle, \
     NaN with points pointtype 7 pointsize 0.9 linecolor rgb accepted_color title uniform_title
unset multiplot
