/* palette.h: what colours mean on a terminal. */
#ifndef TUI_PALETTE_H
#define TUI_PALETTE_H

#include "grid.h"

enum ink { INK_DEFAULT, INK_ACCEPTED, INK_REJECTED, INK_PROPOSED, INK_FAILED, INK_WARNING, N_INKS };

enum ink palette_ink(enum style style);
/* A colour's number at a level above none, on a step of heat (-1: on none); -1: the terminal's own.
 */
int palette_color(enum ink ink, enum colors level, int step);
/* Backgrounds of heat: steps 0 cold .. palette_steps - 1 hot. */
int palette_steps(enum colors level);
int palette_heat(int step, enum colors level);

/* By name; "auto", "" and NULL: from the locale, and from NO_COLOR (then the most that there is).
 * -1: no such name. */
int symbols_from_name(const char *name, enum symbols *symbols);
int colors_from_name(const char *name, enum colors *colors);

#endif
