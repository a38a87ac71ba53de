/* plot-files.h: the files of a picture and the terminal it is drawn on. */
#ifndef REPORT_PLOT_FILES_H
#define REPORT_PLOT_FILES_H

#include "plot-private.h"

/* The first words of every data file and script: one without them is never overwritten. */
#define PLOT_MARK "# made by theodolite"

struct plot_files {
    const char *kind;
    enum plot_terminal terminal; /* never PLOT_AUTO after plot_files_find */
    const char *driver;          /* gnuplot's name for it */
    struct gnuplot gnuplot;
    char folder[PLOT_PATH]; /* "" or with its "/" */
    char stem[512];         /* name without ending */
    char name[512];         /* of the picture; "": none */
    bool is_passing;        /* in a folder of its own that goes away when all went well */
};

/* Which terminal, from options and what this machine has. */
int plot_files_find(struct plot_files *files, const struct plot_options *options, struct err *err);
/* Folder and names; the folder plots/ is made. */
int plot_files_name(struct plot_files *files, const struct picture *picture,
                    struct plot_result *result, struct err *err);
/* What a script begins with: comments, where it is, terminal and output. */
int plot_script_head(const struct plot_files *files, const struct picture *picture, struct buf *out,
                     struct err *err);
int plot_files_write(const struct plot_files *files, const struct buf *data,
                     const struct buf *script, const struct plot_result *result, struct err *err);
int plot_files_draw(const struct plot_files *files, struct plot_result *result, struct err *err);
void plot_files_free(struct plot_files *files);

#endif
