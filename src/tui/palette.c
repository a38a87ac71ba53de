/* palette.c: the colours of styles and heat at each level, and the names of the levels.
 *
 * Colours are numbers as terminals take them: an index of the 8 or 256, or red, green and blue in
 * one.  The palette of the layers keeps its distances for all kinds of colour vision (simulated
 * after Machado, Oliveira, Fernandes, IEEE TVCG 15 (2009) 1291; the smallest CIELAB distance of two
 * of them is 26).  Heat is viridis (van der Walt and Smith, 2015, CC0) where colours are direct;
 * where there are 256, the six of them whose lightness grows at each step: viridis rounded to that
 * cube does not.  No terminal is asked here: curses.c uses this. */
#include "palette.h"

#include <langinfo.h>
#include <stdlib.h>
#include <string.h>

enum { BLACK, RED, GREEN, YELLOW, BLUE, MAGENTA, CYAN, WHITE, DIRECT_STEPS = 64 };

/* ---- names ---------------------------------------------------------------------------------- */

int symbols_from_name(const char *name, enum symbols *symbols)
{
    static const char *const names[] = {"ascii", "utf8", "braille"};
    const char *term = getenv("TERM");
    if (name == NULL || name[0] == '\0' || strcmp(name, "auto") == 0) {
        bool is_utf8 = strcmp(nl_langinfo(CODESET), "UTF-8") == 0;
        /* the font of the Linux console has no braille */
        bool is_console = term != NULL && strcmp(term, "linux") == 0;
        *symbols = !is_utf8 ? SYMBOLS_ASCII : is_console ? SYMBOLS_UTF8 : SYMBOLS_BRAILLE;
        return 0;
    }
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++)
        if (strcmp(name, names[i]) == 0) {
            *symbols = (enum symbols)i;
            return 0;
        }
    return strcmp(name, "utf-8") == 0 ? (*symbols = SYMBOLS_UTF8, 0) : -1;
}

int colors_from_name(const char *name, enum colors *colors)
{
    static const char *const names[] = {"never", "8", "256", "direct"};
    const char *no_color = getenv("NO_COLOR"); /* no-color.org: present and not empty */
    if (name == NULL || name[0] == '\0' || strcmp(name, "auto") == 0) {
        *colors = no_color != NULL && no_color[0] != '\0' ? COLORS_NONE : COLORS_DIRECT;
        return 0;
    }
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++)
        if (strcmp(name, names[i]) == 0) {
            *colors = (enum colors)i;
            return 0;
        }
    return strcmp(name, "none") == 0 ? (*colors = COLORS_NONE, 0) : -1;
}

/* ---- colours -------------------------------------------------------------------------------- */

/* Running points are bold in the terminal's own colour: white is not to be seen on white. */
enum ink palette_ink(enum style style)
{
    switch (style) {
    case STYLE_ACCEPTED: return INK_ACCEPTED;
    case STYLE_REJECTED: return INK_REJECTED;
    case STYLE_PROPOSED: return INK_PROPOSED;
    case STYLE_FAILED: return INK_FAILED;
    case STYLE_WARNING: return INK_WARNING;
    default: return INK_DEFAULT;
    }
}

int palette_steps(enum colors level)
{
    static const int steps[] = {0, 4, 6, DIRECT_STEPS};
    return steps[level];
}

/* On the terminal's own background, on cold heat, on hot heat: there the layers' usual colours sink
 * into it.  The contrast (WCAG) of accepted points is then at least 3.7, the smallest distance of
 * two layers 34 on cold and 28 on hot heat. */
enum ground { GROUND_OWN, GROUND_COLD, GROUND_HOT, N_GROUNDS };

static enum ground ground_of(int step, enum colors level)
{
    return step < 0 ? GROUND_OWN : 2 * step < palette_steps(level) ? GROUND_COLD : GROUND_HOT;
}

int palette_color(enum ink ink, enum colors level, int step)
{
    static const int few[N_GROUNDS][N_INKS] = {{-1, CYAN, -1, YELLOW, RED, YELLOW},
                                               {WHITE, CYAN, WHITE, YELLOW, RED, YELLOW},
                                               {BLACK, BLUE, BLACK, MAGENTA, RED, BLACK}};
    static const int many[N_GROUNDS][N_INKS] = {
        {-1, 75, 240, 220, 166, 220}, {231, 159, 246, 226, 215, 226}, {16, 20, 240, 16, 124, 16}};
    /* the same as red, green, blue; on such terminals 0 to 7 are the old eight */
    static const int direct[N_GROUNDS][N_INKS] = {
        {-1, 0x5fafff, 0x585858, 0xffd700, 0xd75f00, 0xffd700},
        {0xffffff, 0xafffff, 0x949494, 0xffff00, 0xffaf5f, 0xffff00},
        {BLACK, 0x0000d7, 0x585858, BLACK, 0xaf0000, BLACK}};
    enum ground ground = ground_of(step, level);
    return level == COLORS_8     ? few[ground][ink]
           : level == COLORS_256 ? many[ground][ink]
                                 : direct[ground][ink];
}

static int viridis(double share)
{
    static const unsigned char ramp[][3] = {
        {68, 1, 84},    {72, 40, 120},  {62, 74, 137},  {49, 104, 142}, {38, 130, 142},
        {31, 158, 137}, {53, 183, 121}, {109, 205, 89}, {180, 222, 44}, {253, 231, 37},
    };
    enum { LAST = sizeof ramp / sizeof ramp[0] - 1 };
    double place = share * LAST;
    int at = place >= LAST ? LAST - 1 : (int)place, color = 0;
    for (int i = 0; i < 3; i++) {
        double value = ramp[at][i] + (place - at) * (ramp[at + 1][i] - ramp[at][i]);
        color = color << 8 | (int)(value + 0.5);
    }
    return color;
}

int palette_heat(int step, enum colors level)
{
    static const int few[] = {BLUE, MAGENTA, CYAN, YELLOW};
    static const int many[] = {53, 61, 31, 36, 113, 220};
    return level == COLORS_8     ? few[step]
           : level == COLORS_256 ? many[step]
                                 : viridis((double)step / (DIRECT_STEPS - 1));
}
