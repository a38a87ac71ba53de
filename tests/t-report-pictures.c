/* t-report-pictures.c: pictures are pictures, of every kind and ending; without gnuplot the data
 * and the script are there all the same; nonsense is told. */
#include "t-store-help.h"

#include "theodolite/plot.h"

static void read_all(const char *path, struct buf *text)
{
    struct err err = ERR_INIT;

    buf_clear(text);
    if (buf_read_file(text, path, &err) != 0)
        bail_out("%s", err.message);
}

/* What is said of a picture that cannot be. */
static const char *refusal(struct store *store, struct plot_options options, enum err_code code)
{
    static struct err err;
    struct plot_result result;
    char path[HELP_PATH];

    err = (struct err)ERR_INIT;
    if (!options.out)
        options.out = help_path(path, "refused.svg");
    if (report_plot(store, &options, &result, &err) == 0 || err.code != code)
        snprintf(err.message, sizeof err.message, "drawn, or %s", err_name(err.code));
    plot_result_free(&result);
    return err.message;
}

/* ---- what cannot be ------------------------------------------------------------------------- */

static void test_refusals(struct store *store)
{
    char path[HELP_PATH];
    struct store *empty = help_create(help_path(path, "empty.db"));

    has_str(refusal(store, (struct plot_options){.kind = "scater"}, ERR_USAGE), "\"scatter\"",
            "the nearest kind");
    has_str(refusal(store, (struct plot_options){.kind = "???"}, ERR_USAGE), "profile2d",
            "or all of them");
    has_str(refusal(store, (struct plot_options){.kind = "scatter", .x = "mB"}, ERR_USAGE),
            "did you mean \"m", "the nearest name");
    has_str(
        refusal(store, (struct plot_options){.kind = "scatter", .where = "nought > 1"}, ERR_USAGE),
        "nought", "a condition on nothing");
    has_str(refusal(store, (struct plot_options){.kind = "profile"}, ERR_USAGE), "no likelihood",
            "no likelihood");
    has_str(refusal(store, (struct plot_options){.kind = "profile", .chi2 = "s + q"}, ERR_USAGE),
            "q", "a chi2 of nothing");
    has_str(refusal(store, (struct plot_options){.kind = "scatter", .out = "x.gif"}, ERR_USAGE),
            ".svg", "an ending that is none");
    has_str(
        refusal(store, (struct plot_options){.kind = "scatter", .where = "id > 1000"}, ERR_STORE),
        "condition", "no point");
    has_str(refusal(store, (struct plot_options){.kind = "scatter", .heat = HEAT_LEARNER, .x = "s"},
                    ERR_USAGE),
            "parameters only", "the learner does not know observables");
    has_str(
        refusal(store, (struct plot_options){.kind = "scatter", .heat = HEAT_LEARNER}, ERR_STORE),
        "no trained learner", "no learner");
    has_str(refusal(store, (struct plot_options){.kind = "volume", .where = "accepted"}, ERR_USAGE),
            "whole rounds", "a condition on rounds");
    has_str(refusal(empty, (struct plot_options){.kind = "corner"}, ERR_STORE), "no evaluated",
            "an empty store");
    store_close(empty);
}

/* Somebody's own file beside the picture is not overwritten. */
static void test_foreign(struct store *store)
{
    char path[HELP_PATH], data[HELP_PATH];
    struct err err = ERR_INIT;
    struct buf text;

    buf_init(&text, 1 << 20);
    file_write(help_path(data, "mine.dat"), "1 2 3\n", 6, &err);
    has_str(refusal(store, (struct plot_options){.kind = "roc", .out = help_path(path, "mine.png")},
                    ERR_IO),
            "mine.dat", "a data file that is not ours is named");
    read_all(data, &text);
    is_str(text.data, "1 2 3\n", "and kept");
    buf_free(&text);
}

static void test_without_gnuplot(struct store *store)
{
    struct plot_result result;
    struct err err = ERR_INIT;
    char path[HELP_PATH], *old = mem_strdup(getenv("PATH"));
    struct plot_options options = {.kind = "corner", .out = help_path(path, "lonely.png")};

    setenv("PATH", "/nowhere", 1);
    ok(report_plot(store, &options, &result, &err) == -1, "no gnuplot");
    setenv("PATH", old, 1);
    has_str(err.message, "gnuplot is not here", "is said");
    has_str(err.message, result.script, "with the script that is there");
    ok(file_exists(result.data) && file_exists(result.script) && !file_exists(path),
       "data and script, no picture");
    plot_result_free(&result);
    mem_free(old);
}

/* The n-th allocation fails, n = 1, 2, ..., until the data are written. */
static void test_memory(struct store *store)
{
    struct plot_result result;
    struct err err = ERR_INIT;
    char path[HELP_PATH], *old = mem_strdup(getenv("PATH"));
    struct plot_options options = {.kind = "corner", .out = help_path(path, "short.png")};
    unsigned long n;

    setenv("PATH", "/nowhere", 1);
    for (n = 1; n < 100000; n++) {
        err_clear(&err);
        mem_fail_at(n);
        (void)report_plot(store, &options, &result, &err);
        mem_fail_at(0);
        plot_result_free(&result);
        if (err.code != ERR_MEMORY)
            break;
    }
    setenv("PATH", old, 1);
    has_str(err.message, "gnuplot is not here", "%lu allocations failed, one by one", n - 1);
    ok(n > 20, "each of them told");
    mem_free(old);
}

/* ---- pictures ------------------------------------------------------------------------------- */

static void test_pictures(struct store *store)
{
    static const struct {
        const char *name, *begins;
    } endings[] = {{"p.png", "\x89PNG\r\n"}, {"p.pdf", "%PDF-"}, {"p.svg", "<?xml"}};
    const struct plot_kind_words *kind;
    struct plot_result result;
    struct err err = ERR_INIT;
    struct buf bytes;
    char path[HELP_PATH];
    size_t i;

    buf_init(&bytes, 1 << 26);
    for (kind = report_plot_kinds(); kind->name; kind++)
        for (i = 0; i < sizeof endings / sizeof endings[0]; i++) {
            struct plot_options options = {.kind = kind->name,
                                           .out = help_path(path, endings[i].name),
                                           .title = "It's \"a_b\" {x} 100 %"};
            bool is_drawn;

            if (kind->is_of_integral)
                continue;
            if (strncmp(kind->name, "profile", 7) == 0)
                options.chi2 = "10 * s";
            err_clear(&err);
            is_drawn = report_plot(store, &options, &result, &err) == 0;
            if (ok(is_drawn, "%s as %s %s", kind->name, endings[i].name, err.message)) {
                read_all(path, &bytes);
                ok(bytes.len > 2000 &&
                       strncmp(bytes.data, endings[i].begins, strlen(endings[i].begins)) == 0,
                   "which it is");
            }
            plot_result_free(&result);
        }
    err_clear(&err);
    ok(report_plot(store, &(struct plot_options){.kind = "scatter", .terminal = PLOT_DUMB}, &result,
                   &err) == 0,
       "in characters");
    has_str(result.text.data, "m0 [GeV]", "with the axis' name");
    ok(result.script[0] == '\0' && result.picture[0] == '\0', "and no file stays");
    plot_result_free(&result);
    buf_free(&bytes);
}

int main(void)
{
    char path[HELP_PATH], program[4096];
    struct store *store = help_create(help_path(path, "pictures.db"));
    struct round_row round = {
        .round = 2, .first_id = 41, .n_points = 20, .promised = 0.5, .volume = 0.3};
    struct err err = ERR_INIT;

    help_fill(store, 1, 100);
    round.volume_error = 0.1;
    store_begin(store, &err);
    store_put_round(store, &round, &err);
    if (store_commit(store, &err) != 0)
        bail_out("%s", err.message);
    test_refusals(store);
    test_without_gnuplot(store);
    test_memory(store);
    test_foreign(store);
    if (process_find_program("gnuplot", program, sizeof program) == 0)
        test_pictures(store);
    else
        skip(1, "gnuplot is not here");
    store_close(store);
    return done_testing();
}
