/* plot-files.c: the files of a picture, and the terminal it is drawn on.
 *
 * With a name given the picture is there, its data and script beside it.  Without one it is drawn
 * in a window where there is a display and gnuplot has a terminal for it, else as PNG; the files
 * then go into plots/ beside where one stands.  What is drawn in characters is printed, and its
 * files pass away, unless a name was given or something went wrong.
 *
 * A script finds its data by its own folder (ARG0), so it can be run from anywhere, and moved.
 *
 * Sizes.  A kind's width and height are pixels of its PNG; PDF has 240 of them to the inch, so that
 * 1200 are 5 inches, with a font of 9 points: 6 at least in a column of a journal.  Cairo's
 * terminals draw letters by Pango, which has 96 dots to the inch: a third larger than what they are
 * asked for. */
#include "plot-files.h"

#include "config.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static const double FONT_PX = 30, DOTS_PER_INCH = 240, PANGO_DPI = 96;

/* ---- terminals ------------------------------------------------------------------------------ */

/* The first of these that gnuplot has; without gnuplot the first of all. */
static const char *find_driver(const struct gnuplot *gnuplot, enum plot_terminal terminal)
{
    static const char *const drivers[][4] = {
        [PLOT_AUTO] = {NULL},
        [PLOT_PNG] = {"pngcairo", "png"},
        [PLOT_PDF] = {"pdfcairo", "pdf"},
        [PLOT_SVG] = {"svg"},
        [PLOT_DUMB] = {"dumb"},
        [PLOT_SCREEN] = {"qt", "wxt", "x11", "aqua"},
    };
    size_t i;

    if (!gnuplot->path[0])
        return drivers[terminal][0];
    for (i = 0; i < 4 && drivers[terminal][i]; i++)
        if (gnuplot_has(gnuplot, drivers[terminal][i]))
            return drivers[terminal][i];
    return NULL;
}

static bool has_display(void)
{
    static const char *const names[] = {"DISPLAY", "WAYLAND_DISPLAY"};
    size_t i;

    for (i = 0; i < sizeof names / sizeof names[0]; i++) {
        const char *value = getenv(names[i]);

        if (value && value[0])
            return true;
    }
#ifdef __APPLE__
    return !getenv("SSH_CONNECTION");
#else
    return false;
#endif
}

static const struct ending {
    const char *text;
    enum plot_terminal terminal;
} endings[] = {{".png", PLOT_PNG}, {".pdf", PLOT_PDF}, {".svg", PLOT_SVG}, {".txt", PLOT_DUMB}};

static const struct ending *ending_of(const char *name)
{
    size_t i, n = strlen(name);

    for (i = 0; i < sizeof endings / sizeof endings[0]; i++)
        if (n > 4 && name[n - 5] != '/' && text_same_caseless(name + n - 4, endings[i].text))
            return &endings[i];
    return NULL;
}

static const char *ending_for(enum plot_terminal terminal)
{
    size_t i;

    for (i = 0; i < sizeof endings / sizeof endings[0]; i++)
        if (endings[i].terminal == terminal)
            return endings[i].text;
    return "";
}

int plot_files_find(struct plot_files *files, const struct plot_options *options, struct err *err)
{
    const struct ending *ending = options->out ? ending_of(options->out) : NULL;

    if (options->out && !ending)
        return err_set(err, ERR_USAGE,
                       "\"%s\": a picture's name ends in .png, .pdf, .svg, or .txt for one in "
                       "characters",
                       options->out);
    files->terminal = options->terminal;
    if (files->terminal == PLOT_AUTO && ending)
        files->terminal = ending->terminal;
    if (ending && files->terminal != PLOT_SCREEN && files->terminal != ending->terminal)
        return err_set(err, ERR_USAGE, "\"%s\" does not end in %s", options->out,
                       ending_for(files->terminal));
    if (gnuplot_find(&files->gnuplot, err) != 0)
        return -1;
    if (files->terminal == PLOT_AUTO)
        files->terminal =
            has_display() && files->gnuplot.path[0] && find_driver(&files->gnuplot, PLOT_SCREEN)
                ? PLOT_SCREEN
                : PLOT_PNG;
    files->driver = find_driver(&files->gnuplot, files->terminal);
    if (!files->driver)
        return err_set(err, ERR_IO, "%s cannot draw %s: it was built without", files->gnuplot.path,
                       files->terminal == PLOT_SCREEN ? "on a screen"
                                                      : ending_for(files->terminal) + 1);
    return 0;
}

/* ---- names ---------------------------------------------------------------------------------- */

static void make_plain(char *name)
{
    for (; *name; name++)
        if (!strchr("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._-", *name))
            *name = '_';
}

static int name_given(struct plot_files *files, const char *out, struct err *err)
{
    const char *slash = strrchr(out, '/'), *name = slash ? slash + 1 : out;
    size_t n = strlen(name);

    if ((size_t)(name - out) >= sizeof files->folder || n >= sizeof files->name)
        return err_set(err, ERR_USAGE, "the name is too long: %.100s...", out);
    memcpy(files->folder, out, (size_t)(name - out));
    files->folder[name - out] = '\0';
    snprintf(files->name, sizeof files->name, "%s", name);
    snprintf(files->stem, sizeof files->stem, "%.*s", (int)(n - 4), name);
    return 0;
}

static int make_folder(struct plot_files *files, struct err *err)
{
    const char *tmp = getenv("TMPDIR");
    int n;

    if (!files->is_passing) {
        snprintf(files->folder, sizeof files->folder, "plots/");
        return file_make_dirs("plots", 0777, err);
    }
    n = snprintf(files->folder, sizeof files->folder - 1, "%s/theodolite-plot.XXXXXX",
                 tmp && tmp[0] ? tmp : "/tmp");
    if (n < 0 || (size_t)n >= sizeof files->folder - 1 || !mkdtemp(files->folder))
        return err_sys(err, ERR_IO, errno, "cannot make a folder in %s",
                       tmp && tmp[0] ? tmp : "/tmp");
    files->folder[n] = '/';
    files->folder[n + 1] = '\0';
    return 0;
}

int plot_files_name(struct plot_files *files, const struct picture *picture,
                    struct plot_result *result, struct err *err)
{
    const char *out = picture->options->out;

    if (out) {
        if (name_given(files, out, err) != 0)
            return -1;
    } else {
        files->is_passing = files->terminal == PLOT_DUMB;
        snprintf(files->stem, sizeof files->stem, "%.150s-%s%.160s", picture->scan->name,
                 files->kind, picture->tag);
        make_plain(files->stem);
        if (make_folder(files, err) != 0)
            return -1;
        if (!files->is_passing)
            snprintf(files->name, sizeof files->name, "%.500s%s", files->stem,
                     ending_for(files->terminal));
    }
    if (files->terminal == PLOT_SCREEN)
        files->name[0] = '\0';
    if (snprintf(result->data, PLOT_PATH, "%s%s.dat", files->folder, files->stem) >= PLOT_PATH ||
        snprintf(result->script, PLOT_PATH, "%s%s.gp", files->folder, files->stem) >= PLOT_PATH)
        return err_set(err, ERR_USAGE, "the name is too long: %.100s...", files->folder);
    return 0;
}

/* ---- the script's head ---------------------------------------------------------------------- */

/* What a driver is to be asked for, so that letters are `points` high, in units of 1/72 inch or of
 * a pixel. */
static double font_for(const char *driver, double points)
{
    return strstr(driver, "cairo") ? points * 72 / PANGO_DPI : points;
}

static int put_terminal(const struct plot_files *files, const struct picture *picture,
                        struct buf *out, struct err *err)
{
    const struct plot_options *options = picture->options;
    int width = options->width > 0 ? options->width : picture->width;
    int height = options->height > 0 ? options->height : picture->height;
    double wide = width, high = height;
    double scale = sqrt(wide * high / ((double)picture->width * picture->height));
    double font = FONT_PX * scale;
    const char *driver = files->driver;

    switch (files->terminal) {
    case PLOT_PDF:
        return buf_printf(out, err,
                          "set terminal %s enhanced color size %.4gin,%.4gin font "
                          "'Helvetica,%.3g' fontscale 1 linewidth %.3g pointscale %.3g rounded\n",
                          driver, wide / DOTS_PER_INCH, high / DOTS_PER_INCH,
                          font_for(driver, font * 72 / DOTS_PER_INCH), 1.2 * scale, 0.5 * scale);
    case PLOT_SVG:
        return buf_printf(out, err,
                          "set terminal %s enhanced size %.5g,%.5g font 'Helvetica,%.3g' "
                          "linewidth %.3g background '#ffffff' rounded\n",
                          driver, wide / 2, high / 2, font / 2, 1.2 * scale);
    case PLOT_DUMB:
        return buf_printf(out, err, "set terminal dumb enhanced size %d,%d\n",
                          options->width > 0 ? width : 79, options->height > 0 ? height : 24);
    case PLOT_SCREEN:
        return buf_printf(out, err,
                          "set terminal %s persist enhanced size %.5g,%.5g font "
                          "'Helvetica,%.3g'\n",
                          driver, wide / 1.5, high / 1.5, font / 2);
    case PLOT_AUTO:
    case PLOT_PNG: break;
    }
    if (strcmp(driver, "png") == 0)
        return buf_printf(out, err, "set terminal png enhanced truecolor size %d,%d font '%.3g'\n",
                          width, height, font * 0.8);
    return buf_printf(out, err,
                      "set terminal %s enhanced color size %d,%d font 'Helvetica,%.3g' linewidth "
                      "%.3g pointscale %.3g rounded\n",
                      driver, width, height, font_for(driver, font), 3 * scale, 1.5 * scale);
}

int plot_script_head(const struct plot_files *files, const struct picture *picture, struct buf *out,
                     struct err *err)
{
    char name[600];
    int rc = -1;

    TRY(buf_printf(out, err, PLOT_MARK " %s: %s of scan %s\n", TH_VERSION, files->kind,
                   picture->scan->name));
    TRY(buf_printf(out, err,
                   "#\n# `gnuplot %s.gp` draws it again from %s.dat, which stands beside it.\n"
                   "# Change what you like: first the picture, then names and numbers of this "
                   "scan, then how\n# it is drawn.\n\n",
                   files->stem, files->stem));
    TRY(buf_puts(out,
                 "here = '' # the folder of this script\n"
                 "if (exists('ARG0')) { do for [i = 1:strlen(ARG0)] {\n"
                 "    if (ARG0[i:i] eq '/') { here = ARG0[1:i] }\n"
                 "} }\n",
                 err));
    snprintf(name, sizeof name, "%s.dat", files->stem);
    TRY(buf_puts(out, "data = here.", err));
    TRY(picture_quoted(out, name, err));
    TRY(buf_puts(out, "\n", err));
    TRY(put_terminal(files, picture, out, err));
    if (files->name[0]) {
        TRY(buf_puts(out, "set output here.", err));
        TRY(picture_quoted(out, files->name, err));
    }
    rc = buf_puts(out, "\n\n", err);
out:
    return rc;
}

/* ---- writing and drawing -------------------------------------------------------------------- */

static int write_ours(const char *path, const struct buf *text, struct err *err)
{
    FILE *file = fopen(path, "r");

    if (file) {
        char first[sizeof PLOT_MARK] = "";
        size_t n = fread(first, 1, sizeof first - 1, file);

        fclose(file);
        if (n > 0 && strncmp(first, PLOT_MARK, sizeof first - 1) != 0)
            return err_set(err, ERR_IO,
                           "%s is not a file of this program and is not overwritten: give the "
                           "picture another name",
                           path);
    }
    return file_write(path, text->data, text->len, err);
}

int plot_files_write(const struct plot_files *files, const struct buf *data,
                     const struct buf *script, const struct plot_result *result, struct err *err)
{
    (void)files;
    if (write_ours(result->data, data, err) != 0 || write_ours(result->script, script, err) != 0)
        return -1;
    return 0;
}

int plot_files_draw(const struct plot_files *files, struct plot_result *result, struct err *err)
{
    char picture[PLOT_PATH + 600];
    int rc;

    if (!files->gnuplot.path[0])
        return err_set(err, ERR_IO,
                       "gnuplot is not here, so there is no picture; its data is in %s, and once "
                       "gnuplot is installed `gnuplot %s` draws it",
                       result->data, result->script);
    snprintf(picture, sizeof picture, "%s%s", files->folder, files->name);
    if (files->name[0])
        (void)unlink(picture);
    rc = gnuplot_run(&files->gnuplot, result->script, files->terminal == PLOT_SCREEN, &result->text,
                     err);
    if (rc == 0 && files->name[0] && !file_exists(picture))
        rc = err_set(err, ERR_IO, "gnuplot wrote no picture");
    if (rc != 0) {
        if (files->name[0])
            (void)unlink(picture);
        return err_while(err, "drawing %s from %s", result->script, result->data);
    }
    if (files->name[0])
        snprintf(result->picture, PLOT_PATH, "%.*s", PLOT_PATH - 1, picture);
    if (!files->is_passing)
        return 0;
    result->data[0] = result->script[0] = '\0';
    return file_remove_tree(files->folder, err);
}

void plot_files_free(struct plot_files *files)
{
    gnuplot_free(&files->gnuplot);
}
