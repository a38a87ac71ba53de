/* plot.c: pictures of a scan: which kinds there are, and the way from a kind's name to three files:
 * data, script, picture.
 *
 * A kind gathers numbers from the store and writes them as data; how they are drawn stands in
 * plots/KIND.gp, which is gnuplot's own language, for people to read and change.  plots/style.gp
 * comes before it and holds what all pictures share.  Both are embedded in the program and copied
 * into the script that stays beside the picture, after the variables with the names and counts of
 * this scan.
 *
 * What it does not: draw, or know a terminal of its own.  Gnuplot does. */
#include "plot-files.h"

#include "config.h"
#include "plots.h"

#include <stdio.h>
#include <string.h>

enum { DATA_MAX = 256 << 20, SCRIPT_MAX = 4 << 20 };

static const struct plot_kind {
    int (*make)(struct picture *picture, struct err *err);
    const char *script;
    int width, height; /* of the picture in pixels, at a font of FONT_PX */
    bool is_in_text;   /* can be drawn in characters */
    enum { OF_SEARCH, OF_INTEGRAL, OF_BOTH } of;
    /* of an integration, where it is another picture */
    int (*make_integral)(struct picture *picture, struct err *err);
    const char *integral_script;
} kinds[] = {
    {picture_scatter, gp_scatter, 1200, 900, true, OF_BOTH, NULL, NULL},
    {picture_corner, gp_corner, 1800, 1800, false, OF_BOTH, NULL, NULL},
    {picture_efficiency, gp_efficiency, 1200, 900, true, OF_SEARCH, NULL, NULL},
    {picture_volume, gp_volume, 1200, 900, true, OF_SEARCH, NULL, NULL},
    {picture_history, gp_history, 1200, 1100, false, OF_SEARCH, NULL, NULL},
    {picture_cells, gp_cells, 1200, 1100, false, OF_BOTH, picture_integral_cells,
     gp_integral_cells},
    {picture_roc, gp_roc, 1000, 1000, true, OF_SEARCH, NULL, NULL},
    {picture_calibration, gp_calibration, 1000, 1200, false, OF_SEARCH, NULL, NULL},
    {picture_profile, gp_profile, 1200, 900, true, OF_BOTH, NULL, NULL},
    {picture_profile2d, gp_profile2d, 1200, 900, true, OF_BOTH, NULL, NULL},
    {picture_heights, gp_heights, 1200, 900, true, OF_INTEGRAL, NULL, NULL},
    {picture_convergence, gp_convergence, 1200, 1100, false, OF_INTEGRAL, NULL, NULL},
    {picture_pulls, gp_pulls, 1200, 900, true, OF_INTEGRAL, NULL, NULL},
    {picture_hist, gp_hist, 1200, 900, true, OF_BOTH, NULL, NULL},
};
static const struct plot_kind_words words[] = {
    {"scatter", "points by two values, over the share accepted or the learner's probability",
     false},
    {"corner", "density of accepted points: every pair of free parameters", false},
    {"efficiency", "share accepted by round, against what the learner promised and a random scan",
     false},
    {"volume", "share of the prior that is accepted, by round", false},
    {"history", "accepted points against evaluated ones; how well the learner knew them", false},
    {"cells", "classes of the learner's probability, or of the height of an integrand", false},
    {"roc", "true against false positives of what the learner said before points ran", false},
    {"calibration", "share accepted against the probability said before points ran", false},
    {"profile", "-2 Delta ln L of one value, with 68 and 95 % intervals", false},
    {"profile2d", "-2 Delta ln L of two values, with 68 and 95 % contours", false},
    {"heights", "volume where an integrand is above a height", true},
    {"convergence", "an integral and its error against the number of calls", true},
    {"pulls", "rounds of an integration against what they give together", true},
    {"hist", "histogram of one value: of an integrand with errors, beside events; of found points",
     false},
    {NULL, NULL, false},
};
enum { N_KINDS = sizeof kinds / sizeof kinds[0] };

const struct plot_kind_words *report_plot_kinds(void)
{
    return words;
}

int plot_terminal_find(const char *name)
{
    static const char *const names[] = {"auto", "png", "pdf", "svg", "dumb", "screen"};
    size_t i;

    for (i = 0; i < sizeof names / sizeof names[0]; i++)
        if (text_same_caseless(name, names[i]))
            return (int)i;
    return -1;
}

int plot_heat_find(const char *name)
{
    static const char *const names[] = {"none", "found", "p"};
    size_t i;

    for (i = 0; i < sizeof names / sizeof names[0]; i++)
        if (text_same_caseless(name, names[i]))
            return (int)i;
    return -1;
}

static int find_kind(const char *name, size_t *kind, struct err *err)
{
    const char *names[N_KINDS], *nearest;
    struct buf all;
    size_t i;

    if (strcmp(name, "map") == 0)
        name = "scatter";
    for (i = 0; i < N_KINDS; i++) {
        names[i] = words[i].name;
        if (strcmp(names[i], name) == 0) {
            *kind = i;
            return 0;
        }
    }
    nearest = text_nearest(name, names, N_KINDS);
    if (nearest)
        return err_set(err, ERR_USAGE, "there is no picture \"%s\"; did you mean \"%s\"?", name,
                       nearest);
    buf_init(&all, 4096);
    for (i = 0; i < N_KINDS; i++)
        (void)buf_printf(&all, err, "%s%s", i > 0 ? ", " : "", names[i]);
    err_set(err, ERR_USAGE, "there is no picture \"%s\"; there are %s", name,
            all.len > 0 ? all.data : "none");
    buf_free(&all);
    return -1;
}

/* ---- a picture ------------------------------------------------------------------------------ */

static int read_labels_from(struct picture *picture, struct err *err)
{
    struct buf text;
    int64_t from = 0;
    int rc;

    buf_init(&text, 64);
    rc = store_get_meta(picture->store, "labels from", &text, err);
    if (rc == 0 && text.len > 0 && text_to_int64(text.data, &from) == 0 && from > 0)
        picture->labels_from = (uint64_t)from;
    buf_free(&text);
    return rc;
}

static int picture_open(struct picture *picture, struct err *err)
{
    int rc = -1;

    buf_init(&picture->head, 1 << 20);
    buf_init(&picture->data, DATA_MAX);
    buf_init(&picture->variables, 1 << 20);
    picture->arena = arena_create();
    if (!picture->arena) {
        mem_error(err);
        goto out;
    }
    picture->scan = store_scan(picture->store, err);
    if (!picture->scan)
        goto out;
    picture->choice = choice_create(picture->scan, picture->options->where, NULL, err);
    if (!picture->choice)
        goto out;
    if (!store_in_transaction(picture->store)) {
        TRY(store_begin_reading(picture->store, err));
        picture->is_reading = true;
    }
    TRY(store_counts(picture->store, &picture->counts, err));
    TRY(read_labels_from(picture, err));
    rc = 0;
out:
    return rc;
}

static void picture_close(struct picture *picture)
{
    if (picture->is_reading)
        store_end_reading(picture->store);
    choice_free(picture->choice);
    scan_free(picture->scan);
    arena_free(picture->arena);
    buf_free(&picture->head);
    buf_free(&picture->data);
    buf_free(&picture->variables);
}

/* ---- the head of the data ------------------------------------------------------------------- */

static int put_constraints(struct picture *picture, struct buf *out, struct err *err)
{
    const struct scan *scan = picture->scan;
    struct judge_cut *cuts;
    const char **without;
    size_t i, k, n_cuts;
    int rc = -1;

    TRY(store_cuts(picture->store, picture->arena, &cuts, &n_cuts, &without, err));
    for (i = 0; i < scan->n_constraints; i++) {
        for (k = 0; without[k] && strcmp(without[k], scan->constraints[i].name) != 0; k++)
            ;
        TRY(buf_printf(out, err, "# constraint %s%s: %s\n", scan->constraints[i].name,
                       without[k] ? " (taken out)" : "", scan->constraints[i].text));
    }
    for (i = 0; i < n_cuts; i++)
        TRY(buf_printf(out, err, "# cut added later %s: %s\n", cuts[i].name, cuts[i].text));
    rc = buf_printf(out, err, "# target: %s\n", scan->target);
out:
    return rc;
}

static int put_head(struct picture *picture, const char *kind, struct buf *out, struct err *err)
{
    const struct store_counts *counts = &picture->counts;
    char stamp[32];
    int rc = -1;

    TRY(buf_printf(out, err, PLOT_MARK " %s: %s of scan %s\n", TH_VERSION, kind,
                   picture->scan->name));
    TRY(buf_printf(out, err, "# store %s, as of %s\n", store_path(picture->store),
                   clock_stamp(stamp, clock_wall_s())));
    TRY(buf_printf(out, err,
                   "# points: %llu accepted, %llu rejected, %llu unknown, %llu failed, %llu still "
                   "to run\n",
                   (unsigned long long)counts->accepted, (unsigned long long)counts->rejected,
                   (unsigned long long)counts->unknown, (unsigned long long)counts->failed,
                   (unsigned long long)counts->running));
    TRY(put_constraints(picture, out, err));
    if (picture->options->where)
        TRY(buf_printf(out, err, "# only points where: %s\n", picture->options->where));
    TRY(buf_append(out, picture->head.data ? picture->head.data : "", picture->head.len, err));
    rc = buf_puts(out, "\n", err);
out:
    return rc;
}

/* ---- all of it ------------------------------------------------------------------------------ */

static int put_script(struct picture *picture, const struct plot_kind *kind,
                      const struct plot_files *files, struct buf *out, struct err *err)
{
    const char *title = picture->options->title;
    int rc = -1;

    TRY(plot_script_head(files, picture, out, err));
    TRY(picture_number(picture, "is_text", picture->is_text, err));
    TRY(picture_text(picture, "picture_title", title ? title : "", err));
    TRY(buf_append(out, picture->variables.data, picture->variables.len, err));
    TRY(buf_puts(out, "\n", err));
    TRY(buf_puts(out, gp_style, err));
    TRY(buf_puts(out, "\n", err));
    TRY(buf_puts(out,
                 picture->is_integral && kind->make_integral ? kind->integral_script : kind->script,
                 err));
    rc = buf_puts(out, "\nunset output\n", err);
out:
    return rc;
}

static int make(struct picture *picture, size_t which, struct plot_result *result, struct err *err)
{
    const struct plot_kind *kind = &kinds[which];
    struct plot_files files = {.kind = words[which].name};
    struct buf data, script;
    int rc = -1;

    buf_init(&data, DATA_MAX);
    buf_init(&script, SCRIPT_MAX);
    picture->width = kind->width;
    picture->height = kind->height;
    TRY(plot_files_find(&files, picture->options, err));
    picture->is_text = files.terminal == PLOT_DUMB;
    if (picture->is_text && !kind->is_in_text) {
        err_set(err, ERR_USAGE, "%s cannot be drawn in characters: too much for its panels",
                words[which].name);
        goto out;
    }
    TRY(picture_is_integral(picture, &picture->is_integral, err));
    if (kind->of == (picture->is_integral ? OF_SEARCH : OF_INTEGRAL)) {
        err_set(err, ERR_USAGE,
                picture->is_integral
                    ? "scan %s is an integration, of which there is no picture \"%s\": cells, "
                      "heights, convergence, pulls, hist, scatter and corner show it"
                    : "scan %s is a search: there is no integral of which \"%s\" could tell",
                picture->scan->name, words[which].name);
        goto out;
    }
    if (!picture->is_integral && picture->counts.total == picture->counts.running) {
        err_set(err, ERR_STORE, "scan %s has no evaluated point yet: nothing to draw",
                picture->scan->name);
        goto out;
    }
    TRY((picture->is_integral && kind->make_integral ? kind->make_integral : kind->make)(picture,
                                                                                         err));
    TRY(plot_files_name(&files, picture, result, err));
    TRY(put_head(picture, words[which].name, &data, err));
    TRY(buf_append(&data, picture->data.data, picture->data.len, err));
    TRY(put_script(picture, kind, &files, &script, err));
    TRY(plot_files_write(&files, &data, &script, result, err));
    TRY(plot_files_draw(&files, result, err));
    rc = 0;
out:
    plot_files_free(&files);
    buf_free(&data);
    buf_free(&script);
    return rc;
}

int report_plot(struct store *store, const struct plot_options *options, struct plot_result *result,
                struct err *err)
{
    struct picture picture = {.store = store, .options = options};
    size_t kind = 0;
    int rc = -1;

    memset(result, 0, sizeof *result);
    buf_init(&result->text, 16 << 20);
    if (find_kind(options->kind, &kind, err) != 0)
        return -1;
    TRY(picture_open(&picture, err));
    rc = make(&picture, kind, result, err);
    snprintf(result->words, sizeof result->words, "%s", picture.words);
out:
    picture_close(&picture);
    return rc;
}

void plot_result_free(struct plot_result *result)
{
    buf_free(&result->text);
}
