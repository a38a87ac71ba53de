/* t-tui-palette.c: colours: heat grows lighter at each step, the layers' contrast on every ground,
 * names of levels, NO_COLOR. */
#include "tap.h"

#include "../src/tui/palette.h"

#include <langinfo.h>
#include <locale.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

/* red, green, blue of an index of the 256 above the first 16 */
static int cube(int index)
{
    static const int levels[] = {0, 95, 135, 175, 215, 255};
    int grey = 8 + 10 * (index - 232), i = index - 16;

    if (index >= 232)
        return grey << 16 | grey << 8 | grey;
    return levels[i / 36] << 16 | levels[i / 6 % 6] << 8 | levels[i % 6];
}

/* relative luminance, as the WCAG has it */
static double luminance(int color)
{
    static const double weights[] = {0.2126, 0.7152, 0.0722};
    double sum = 0;
    int i;

    for (i = 0; i < 3; i++) {
        double v = (color >> (16 - 8 * i) & 255) / 255.0;
        sum += weights[i] * (v <= 0.04045 ? v / 12.92 : pow((v + 0.055) / 1.055, 2.4));
    }
    return sum;
}

static double contrast(int a, int b)
{
    double la = luminance(a), lb = luminance(b);

    return (fmax(la, lb) + 0.05) / (fmin(la, lb) + 0.05);
}

static int rgb(int color, enum colors level)
{
    return level == COLORS_256 ? cube(color) : color;
}

static void test_heat(enum colors level)
{
    int step, n = palette_steps(level);
    bool is_growing = true;
    double least = 100;

    for (step = 1; step < n; step++)
        is_growing &= luminance(rgb(palette_heat(step, level), level)) >
                      luminance(rgb(palette_heat(step - 1, level), level));
    ok(is_growing, "%d steps of heat grow lighter", n);
    for (step = 0; step < n; step++)
        least = fmin(least, contrast(rgb(palette_color(INK_ACCEPTED, level, step), level),
                                     rgb(palette_heat(step, level), level)));
    ok(least > 2, "accepted points stand out of all of them: contrast %.1f", least);
}

static void test_inks(void)
{
    int level, step, a, b, n_same = 0;

    is_int(palette_color(INK_DEFAULT, COLORS_256, -1), -1, "plain text has the terminal's colour");
    is_int(palette_color(INK_ACCEPTED, COLORS_256, -1), 75, "accepted is blue");
    is_int(palette_color(INK_FAILED, COLORS_256, -1), 166, "failed is vermilion");
    for (level = COLORS_8; level <= COLORS_DIRECT; level++)
        for (step = -1; step < palette_steps((enum colors)level); step++)
            for (a = INK_ACCEPTED; a <= INK_FAILED; a++)
                for (b = a + 1; b <= INK_FAILED; b++)
                    n_same += palette_color((enum ink)a, (enum colors)level, step) ==
                              palette_color((enum ink)b, (enum colors)level, step);
    is_int(n_same, 0, "no two layers have one colour");
}

static void test_names(void)
{
    enum colors colors;
    enum symbols symbols;

    unsetenv("NO_COLOR");
    ok(colors_from_name(NULL, &colors) == 0 && colors == COLORS_DIRECT, "all there are");
    setenv("NO_COLOR", "", 1);
    ok(colors_from_name("auto", &colors) == 0 && colors == COLORS_DIRECT, "NO_COLOR is empty");
    setenv("NO_COLOR", "1", 1);
    ok(colors_from_name(NULL, &colors) == 0 && colors == COLORS_NONE, "NO_COLOR is set");
    ok(colors_from_name("256", &colors) == 0 && colors == COLORS_256, "but 256 were asked for");
    ok(colors_from_name("never", &colors) == 0 && colors == COLORS_NONE, "never");
    ok(colors_from_name("many", &colors) != 0, "no such level");
    setlocale(LC_ALL, "C");
    ok(symbols_from_name(NULL, &symbols) == 0 && symbols == SYMBOLS_ASCII, "ASCII in the C locale");
    ok(symbols_from_name("braille", &symbols) == 0 && symbols == SYMBOLS_BRAILLE, "unless asked");
    ok(symbols_from_name("emoji", &symbols) != 0, "no such symbols");
    if (!setlocale(LC_CTYPE, "C.UTF-8") || strcmp(nl_langinfo(CODESET), "UTF-8") != 0) {
        skip(2, "there is no UTF-8 locale");
        return;
    }
    setenv("TERM", "xterm", 1);
    ok(symbols_from_name(NULL, &symbols) == 0 && symbols == SYMBOLS_BRAILLE, "braille in UTF-8");
    setenv("TERM", "linux", 1);
    ok(symbols_from_name(NULL, &symbols) == 0 && symbols == SYMBOLS_UTF8, "not on the console");
}

int main(void)
{
    test_heat(COLORS_256);
    test_heat(COLORS_DIRECT);
    test_inks();
    test_names();
    return done_testing();
}
