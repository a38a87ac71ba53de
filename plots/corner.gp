# ---- corner.gp: every pair of free parameters --------------------------------------------------
#
# Blocks of the data: [histogram I] (middle low high points) and [panel I K] (x y x_low x_high y_low
# y_high value), I > K from 1.  Variables: n_axes, n_points, points_words, is_turned; arrays label, unit, tics,
# y_tics, is_log, lo, hi.

# room for two lines of words and the numbers, whose size does not depend on how many axes there are
pixel = 1.0/(450 + 220*n_axes)
left = (is_turned ? 230 : 205)*pixel
bottom = (is_turned ? 205 : 145)*pixel
side = (0.985 - left)/n_axes
gap = 0.05*side

unset key
unset colorbox
unset mxtics
unset mytics
if (is_turned) { set xtics rotate by 45 right }
unset title
eval sprintf('set palette defined (%s)', density_colors)
set cbrange [0:1]
set multiplot
set label 98 sprintf(points_words, n_points) at screen 0.98,0.95 right
if (strlen(picture_title) > 0) { set label 99 picture_title at screen 0.98,0.91 right }

do for [i = 1:n_axes] {
    words = strlen(unit[i]) > 0 ? label[i]."\n".unit[i] : label[i]
    set label 100 + i words at screen left + (i - 0.5)*side - 0.5*gap,58*pixel center
    if (i > 1) {
        set label 200 + i words at screen 26*pixel,bottom + (n_axes - i + 0.5)*side - 0.5*gap \
            center rotate by 90
    }
}
do for [i = 1:n_axes] {
    set tmargin at screen bottom + (n_axes - i + 1)*side - gap
    set bmargin at screen bottom + (n_axes - i)*side
    do for [k = 1:i] {
        set lmargin at screen left + (k - 1)*side
        set rmargin at screen left + k*side - gap
        unset logscale
        if (is_log[k]) { set logscale x }
        set xrange [lo[k]:hi[k]]
        # labels along the left and the lower edge only
        set format x (i == n_axes ? '%g' : '')
        set format y (k == 1 ? '%g' : '')
        eval sprintf('set xtics (%s)', i == n_axes ? tics[k] : sprintf('"" %g', lo[k]))
        if (i == k) {
            unset ytics
            set yrange [0:*]
            set offsets 0,0,graph 0.08,0
            plot data index sprintf('[histogram %d]', i) \
                using 1:($4/2):2:3:(0):4 with boxxyerror \
                linecolor rgb light_color linewidth 0.6 \
                fillstyle solid border linecolor rgb accepted_color
            set offsets 0,0,0,0
        } else {
            eval sprintf('set ytics (%s)', k == 1 ? y_tics[i] : sprintf('"" %g', lo[i]))
            if (is_log[i]) { set logscale y }
            set yrange [lo[i]:hi[i]]
            plot data index sprintf('[panel %d %d]', i, k) using 1:2:3:4:5:6:7 with boxxyerror \
                linecolor palette fillstyle solid noborder
        }
        if (i == 1) { unset label }
    }
}
unset multiplot
