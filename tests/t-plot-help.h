/* t-plot-help.h: what the tests of pictures share: a picture drawn into the test's folder, and
 * blocks of its data. */
#ifndef TESTS_T_PLOT_HELP_H
#define TESTS_T_PLOT_HELP_H

#include "t-store-help.h"

#include "theodolite/plot.h"

enum { MOST_ROWS = 70000, MOST_COLUMNS = 20 };

/* One block of a data file. */
struct block {
    size_t n, n_columns;
    double rows[MOST_ROWS][MOST_COLUMNS]; /* NaN: "-" */
};

static struct block block; /* large, read again by each test */

static inline void read_all(const char *path, struct buf *text)
{
    struct err err = ERR_INIT;

    buf_clear(text);
    if (buf_read_file(text, path, &err) != 0)
        bail_out("%s", err.message);
}

/* The rows after "# [NAME]" up to the next empty line that another follows. */
static inline bool read_block(const struct buf *text, const char *name)
{
    char mark[64], word[64];
    const char *at;
    size_t n, c;

    block.n = 0;
    snprintf(mark, sizeof mark, "\n# [%s]\n", name);
    at = strstr(text->data, mark);
    if (!at)
        return false;
    for (at += strlen(mark); *at && strncmp(at, "\n\n", 2) != 0; at += *at == '\n') {
        if (*at == '#' || *at == '\n') {
            at += strcspn(at, "\n");
            continue;
        }
        for (c = 0; *at && *at != '\n' && c < MOST_COLUMNS; c++, at += *at == ' ') {
            n = strcspn(at, " \n");
            snprintf(word, sizeof word, "%.*s", (int)n, at);
            if (text_to_double(word, &block.rows[block.n][c]) != 0)
                block.rows[block.n][c] = NAN;
            at += n;
        }
        block.n_columns = c;
        block.n++;
    }
    return true;
}

static int n_drawn; /* pictures that gnuplot was asked for */
static bool has_gnuplot;

/* Draws a kind into the test's folder; the data are read into text.  They are there without gnuplot
 * too. */
static inline bool draw(struct store *store, struct plot_options options, struct buf *text)
{
    struct plot_result result;
    struct err err = ERR_INIT;
    char path[HELP_PATH], name[64];
    bool is_fine;

    snprintf(name, sizeof name, "picture%d.svg", n_drawn++);
    if (!options.out)
        options.out = help_path(path, name);
    is_fine = report_plot(store, &options, &result, &err) == 0 ||
              (!has_gnuplot && strstr(err.message, "gnuplot is not here"));
    if (!is_fine)
        diag("%s: %s (%s)", options.kind, err.message, err.trail);
    else
        read_all(result.data, text);
    plot_result_free(&result);
    return is_fine;
}

#endif
