# ---- style.gp: what all pictures share ---------------------------------------------------------
#
# Colours differ in lightness, and every kind of point and line has a shape of its own, so that a
# picture can be read without colour.  The palette falls in lightness from end to end (the blues of
# ColorBrewer, C. Brewer, Pennsylvania State University).

reset
set encoding utf8
set datafile missing   # a '-' is no number: with ($N) for the column a line ends there

accepted_color = '#08306b'   # dark blue       points: circles
rejected_color = '#c4c4c4'   # light grey              dots
proposed_color = '#e69f00'   # amber                   triangles
failed_color   = '#b03a00'   # vermilion               crosses
unknown_color  = '#7a7a7a'   # grey                    plus signs
model_color    = '#d55e00'   # what the learner says
random_color   = '#7a7a7a'   # what a random scan finds
band_color     = '#dcdcdc'   # error bands
light_color    = '#c2cbda'   # what is filled

density_colors = "0 '#f7fbff', 1 '#deebf7', 2 '#c6dbef', 3 '#9ecae1', 4 '#6baed6', 5 '#4292c6', \
6 '#2171b5', 7 '#08519c', 8 '#08306b'"
# for what black points and lines are drawn on
ground_colors = "0 '#e6edf5', 1 '#c6dbef', 2 '#9ecae1', 3 '#6baed6', 4 '#4292c6'"

set border 31 linewidth 0.7
set tics in scale 1.0,0.5 front
set mxtics
set mytics
set bars small
set key outside above center horizontal reverse Left samplen 2 width 1 spacing 1.1
if (strlen(picture_title) > 0) { set title picture_title }
