# ---- heights.gp: the volume above a height -----------------------------------------------------
#
# Blocks of the data: [above], [below] (1 height 2 volume 3 +- 4 low 5 high 6 integral_above).
# Variables: has_negative, volume_floor.

x_words = 'height h'
y_words = 'volume above h [of the box]'
set logscale xy
set format '10^{%T}'
set yrange [volume_floor:3]
set xlabel is_text ? x_words.' (upwards: '.y_words.')' : x_words
set ylabel y_words
if (has_negative) {
    plot data index '[above]' using 1:4:5 with filledcurves fillstyle solid noborder \
             linecolor rgb band_color notitle, \
         '' index '[above]' using 1:2 with linespoints pointtype 7 pointsize 0.6 linewidth 1.5 \
             linecolor rgb accepted_color title 'where f > h', \
         '' index '[below]' using 1:2 with linespoints pointtype 4 pointsize 0.7 linewidth 1.5 \
             dashtype 2 linecolor rgb failed_color title 'where f < -h'
} else {
    plot data index '[above]' using 1:4:5 with filledcurves fillstyle solid noborder \
             linecolor rgb band_color title 'one standard error', \
         '' index '[above]' using 1:2 with linespoints pointtype 7 pointsize 0.6 linewidth 1.5 \
             linecolor rgb accepted_color title 'where f > h'
}
