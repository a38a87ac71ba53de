# ---- integral-cells.gp: Lebesgue cells of an integration ---------------------------------------
#
# Block of the data: [cells] (1 class 2 from 3 to 4 volume 5 +- 6 mean 7 +- 8 part 9 +-
# 10 share_of_variance 11 calls 12 right).  Variables: n_classes, volume_floor, part_unit, part_words,
# part_step, most, lowest (in that unit), share_step, limits[] (between the classes), is_sample: the
# classes are those of counted calls, whose scatter is not the error of the integral.

set xrange [-0.5:n_classes - 0.5]
unset mxtics
set xtics scale 0.5
unset key
unset title
every = 1 + int((n_classes - 1)/12)

set multiplot
set lmargin at screen 0.17
set rmargin at screen 0.96
set boxwidth 0.8
set tmargin at screen 0.97
set bmargin at screen (is_sample ? 0.60 : 0.70)
error(x) = is_sample ? 0 : x
set xtics ()
do for [j=1:n_classes - 1] { if (j % every == 0) { set xtics add ('' j - 0.5) } }
set logscale y
set format y '10^{%T}'
set yrange [volume_floor:3]
set ylabel 'volume' offset 0.5
plot data index '[cells]' using 1:4 with boxes linecolor rgb light_color fillstyle solid \
         border linecolor rgb accepted_color, \
     '' index '[cells]' using 1:4:(error($5)) with yerrorbars pointtype 7 pointsize 0.5 \
         linecolor rgb accepted_color
unset logscale y
set format y

set tmargin at screen (is_sample ? 0.56 : 0.67)
set bmargin at screen (is_sample ? 0.19 : 0.43)
span = most - lowest
set yrange [lowest - (lowest < 0 ? 0.08 : 0)*span:most + 0.08*span]
set ylabel 'part'.part_words offset 0.5
set ytics part_step
# not an xlabel: what is turned below the axis would push it out of the picture
if (is_sample) {
    set label 1 'height between the classes' at screen 0.565,0.03 center
    set xtics ()
    set xtics rotate by 45 right
    do for [j=1:n_classes - 1] { if (j % every == 0) { set xtics add (limits[j] j - 0.5) } }
}
plot data index '[cells]' using 1:($8/part_unit) with boxes linecolor rgb light_color \
         fillstyle solid border linecolor rgb accepted_color, \
     '' index '[cells]' using 1:($8/part_unit):(error($9)/part_unit) with yerrorbars pointtype 7 \
         pointsize 0.5 linecolor rgb accepted_color, \
     0 with lines linecolor rgb unknown_color

if (!is_sample) {
    set tmargin at screen 0.40
    set bmargin at screen 0.19
    set yrange [0:*]
    set ytics share_step
    set ylabel 'variance [%]' offset 0.5
    set label 1 'height between the classes' at screen 0.565,0.03 center
    set xtics ()
    set xtics rotate by 45 right
    do for [j=1:n_classes - 1] { if (j % every == 0) { set xtics add (limits[j] j - 0.5) } }
    plot data index '[cells]' using 1:(100*$10) with boxes linecolor rgb model_color \
             fillstyle solid 0.5 border linecolor rgb model_color
}
unset multiplot
