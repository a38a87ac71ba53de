/* resume.c: `theodolite resume`: the engine on a store that is there, perhaps with an edited scan
 * file, whose differences are named and classified first. */
#include "private.h"

#include <stdio.h>
#include <string.h>

enum { BLOCK = 1000 };

struct resume_options {
    const char *db, *scan, *color;
    size_t n_workers;
    const char **goals;
    bool is_forced, is_headless;
};

static int read_options(int argc, char **argv, struct cli_scan *cli, struct resume_options *resume)
{
    static const struct option options[] = {
        {"headless", no_argument, NULL, 'l'},
        {"workers", required_argument, NULL, 'w'},
        {"until", required_argument, NULL, 'u'},
        {"scan", required_argument, NULL, 'f'},
        {"tools", required_argument, NULL, 't'},
        {"force", no_argument, NULL, 'F'},
        {"color", required_argument, NULL, 'c'},
        {"help", no_argument, NULL, 'h'},
        {NULL, 0, NULL, 0},
    };
    size_t n_goals = 0;
    int letter;
    while ((letter = getopt_long(argc, argv, ":h", options, NULL)) != -1) {
        if (letter == 'w') {
            if (cli_read_workers("resume", optarg, &resume->n_workers) != 0)
                return 2;
        } else if (letter == 'u') {
            resume->goals[n_goals++] = optarg;
        } else if (letter == 'f') {
            resume->scan = optarg;
        } else if (letter == 't') {
            cli->tools = optarg;
        } else if (letter == 'F') {
            resume->is_forced = true;
        } else if (letter == 'c') {
            resume->color = optarg;
        } else if (letter == 'h') {
            return cli_usage("resume", true) - 1;
        } else if (letter == 'l') {
            resume->is_headless = true;
        } else {
            return cli_bad_option("resume", argv);
        }
    }
    if (optind + 2 == argc && resume->scan == NULL)
        resume->scan = argv[optind + 1];
    else if (optind + 1 != argc)
        return cli_usage("resume", false);
    resume->db = argv[optind];
    if (cli->tools != NULL && resume->scan == NULL) {
        fprintf(stderr, "theodolite resume: --tools is for a scan file that is read again: add "
                        "--scan SCAN.yaml\n");
        return 2;
    }
    return 0;
}

/* In the transaction of the caller. */
static int relabel(struct store *store, const struct scan *scan, struct relabel *result,
                   struct err *err)
{
    struct judge *judge = engine_judge(store, scan, err);
    int rc = judge != NULL ? store_relabel(store, judge, false, result, err) : -1;
    judge_free(judge);
    return rc;
}

/* Accepted points that have no place in the new ranges. */
static int tell_outside(struct store *store, const struct scan *scan, struct err *err)
{
    struct store_query query = {.state = STATE_ACCEPTED};
    struct store_cursor *cursor = NULL;
    struct space *space = space_create(scan, err);
    double *values = mem_array(BLOCK * scan->n_values, sizeof *values);
    double *unit = space != NULL ? mem_array(space_n_dims(space), sizeof *unit) : NULL;
    struct point_row rows[BLOCK];
    uint64_t n_all = 0, n_outside = 0;
    char all[32], outside[32];
    size_t n = 0;
    int rc = -1;
    if (space == NULL || values == NULL || unit == NULL) {
        if (space != NULL)
            mem_error(err);
        goto out;
    }
    for (size_t i = 0; i < BLOCK; i++)
        rows[i].row = values + i * scan->n_values;
    if ((cursor = store_select(store, &query, err)) == NULL)
        goto out;
    do {
        TRY(store_fetch(cursor, BLOCK, rows, &n, err));
        for (size_t i = 0; i < n; i++)
            n_outside += !space_to_unit(space, rows[i].row, unit);
        n_all += n;
    } while (n > 0);
    if (n_outside > 0)
        printf("  %s of %s accepted points lie outside of the new ranges: they stay, count for "
               "goals, and teach nothing\n",
               text_count(outside, sizeof outside, n_outside), text_count(all, sizeof all, n_all));
    rc = 0;
out:
    store_cursor_free(cursor);
    space_free(space);
    mem_free(values);
    mem_free(unit);
    return rc;
}

/* Points that were drawn under other ranges are no draws under these: from here on only new ones
 * count for the volume.  What was learned, and pins, were of the old unit cube. */
static int note_ranges(struct store *store, struct err *err)
{
    struct buf pins;
    uint64_t last;
    char text[32];
    int rc = -1;
    buf_init(&pins, 1 << 20);
    TRY(store_last_id(store, &last, err));
    snprintf(text, sizeof text, "%llu", (unsigned long long)last + 1);
    TRY(store_set_meta(store, "uniform from", text, err));
    TRY(store_set_meta(store, "labels from", text, err));
    TRY(store_drop_models(store, err));
    TRY(store_get_meta(store, "live pins", &pins, err));
    if (pins.len > 0 && strcmp(pins.data, "[]") != 0) {
        TRY(store_set_meta(store, "live pins", "", err));
        TRY(store_set_meta(store, "live pin words", "", err));
        printf("  pins were of the old ranges and are lifted: pin again\n");
    }
    rc = 0;
out:
    buf_free(&pins);
    return rc;
}

/* The new scan and the new labels come together or not at all. */
static int apply_change(struct store *store, const struct scan *scan,
                        const struct scan_change *change, struct err *err)
{
    struct relabel result = {0};
    char changed[32], accepted[32];
    bool is_cosmetic = change->kind == CHANGE_COSMETIC || cli_is_integral(store);
    int rc = -1;
    TRY(store_begin(store, err));
    TRY(store_update_scan(store, scan, err));
    TRY(store_set_meta(store, "run goals", "", err)); /* those of the file hold now */
    if (!is_cosmetic)
        TRY(relabel(store, scan, &result, err));
    if (change->is_prior)
        TRY(note_ranges(store, err));
    TRY(store_commit(store, err));
    rc = 0;
    if (!is_cosmetic)
        printf("  %s labels changed, %s points are accepted now\n",
               text_count(changed, sizeof changed, result.n_changed),
               text_count(accepted, sizeof accepted, result.n_accepted_after));
    if (change->is_prior)
        rc = tell_outside(store, scan, err);
    return rc;
out:
    if (rc != 0)
        store_rollback(store);
    return rc;
}

/* 0, or the exit status. */
static int take_edits(struct store *store, struct cli_scan *cli,
                      const struct resume_options *resume)
{
    const char *path = resume->scan;
    struct err err = ERR_INIT;
    struct scan_change change = {.kind = CHANGE_COSMETIC};
    int status = cli_scan_load(cli, path, true), rc = -1;
    if (status == 0)
        status = cli_check_goals(resume->goals, cli->scan, cli_is_integral(store), cli->arena);
    if (status != 0)
        return status;
    buf_init(&change.words, 1 << 20);
    struct scan *stored = store_scan(store, &err);
    if (stored == NULL || scan_compare(stored, cli->scan, &change, &err) != 0)
        goto out;
    if (change.words.len > 0)
        printf("%s differs from what %s was started with:\n%s", path, store_path(store),
               change.words.data);
    if (change.kind == CHANGE_INCOMPATIBLE) {
        err_set(&err, ERR_SCAN,
                "the stored points would mean something else with this file; "
                "start a new scan with it: theodolite run %s --db OTHER.db",
                path);
        goto out;
    }
    if (cli_is_integral(store) && !change.is_goal_only) {
        err_set(&err, ERR_SCAN,
                "of an integration only its goal may change, and names: the points that were drawn "
                "are of the file as it was; start a new one with it: theodolite integrate %s --db "
                "OTHER.db",
                path);
        goto out;
    }
    if (change.words.len > 0)
        rc = apply_change(store, cli->scan, &change, &err);
    else
        rc = 0;
out:
    scan_free(stored);
    buf_free(&change.words);
    return rc == 0 ? 0 : cli_fail(&err);
}

/* 0, or the exit status. */
static int check_goals(struct store *store, struct cli_scan *cli,
                       const struct resume_options *resume)
{
    struct err err = ERR_INIT;
    struct scan *scan = store_scan(store, &err);
    int status = scan != NULL
                     ? cli_check_goals(resume->goals, scan, cli_is_integral(store), cli->arena)
                     : cli_fail(&err);
    scan_free(scan);
    return status;
}

/* 0, or the exit status: where a screen is wanted and cannot be, nothing is touched. */
static int check_screen(const struct resume_options *resume)
{
    char instead[2200];
    if (!cli_wants_screen(resume->is_headless))
        return 0;
    snprintf(instead, sizeof instead, "\"theodolite resume %.2000s --headless\" runs without one",
             resume->db);
    return cli_can_screen("resume", instead, &(struct tui_options){.colors = resume->color});
}

int cli_resume(int argc, char **argv)
{
    struct err err = ERR_INIT;
    struct cli_scan cli;
    struct resume_options resume = {0};
    struct store *store = NULL;
    int status;
    if (cli_scan_init(&cli, argc, &err) != 0 ||
        (resume.goals = arena_array(cli.arena, (size_t)argc + 1, sizeof *resume.goals)) == NULL) {
        mem_error(&err);
        status = cli_fail(&err);
        goto out;
    }
    if ((status = read_options(argc, argv, &cli, &resume)) != 0 ||
        (status = check_screen(&resume)) != 0)
        goto out;
    if ((store = store_open(resume.db, STORE_ENGINE, &err)) == NULL) {
        status = cli_fail(&err);
        goto out;
    }
    if (resume.goals[0] == NULL)
        cli.use = cli_is_integral(store) ? SCAN_USE_INTEGRAL : SCAN_USE_SURVEY;
    status =
        resume.scan != NULL ? take_edits(store, &cli, &resume) : check_goals(store, &cli, &resume);
    if (status != 0)
        goto out;
    struct cli_drive drive = {
        .plugin_dirs = cli.plugin_dirs,
        .n_workers = resume.n_workers,
        .goals = resume.goals[0] != NULL ? resume.goals : NULL,
        .accepts_tools = resume.is_forced,
        .color = resume.color,
    };
    if (cli_wants_screen(resume.is_headless)) { /* the engine gets the store to itself */
        store_close(store);
        store = NULL;
        status = cli_drive_screen(resume.db, &drive);
    } else {
        status = cli_drive(store, &drive);
    }
out:
    store_close(store);
    cli_scan_free(&cli);
    return status < 0 ? 0 : status;
}
