/* t-tui-points.c: the points of the workbench: golden screens, and on a store: pages, filter, sort,
 * find, marks and the commands that keys give. */
#include "t-tui-help.h"

#include "t-store-help.h"

#include "../src/tui/console-private.h"
#include "../src/tui/points.h"

static struct model *model;
static struct ui *ui;
static struct gather *gather;

static void type(const char *text)
{
    for (; *text; text++)
        ui_key(ui, model, *text);
}

/* A row of the screen as text. */
static const char *row_of(char out[512], int y)
{
    struct err err = ERR_INIT;
    struct grid *grid = grid_create(ui->width, ui->height, SYMBOLS_ASCII, COLORS_NONE, &err);
    int x;

    if (!grid)
        bail_out("%s", err.message);
    ui_draw(ui, model, grid);
    for (x = 0; x < grid->width && x < 511; x++)
        out[x] = (char)grid->cells[y * grid->width + x].rune;
    out[x] = '\0';
    grid_free(grid);
    return out;
}

/* ---- pictures of the survey filled by hand --------------------------------------------------- */

static void to_row(struct model *scan_model, uint64_t id, struct point_row *row)
{
    struct mssm_point point = mssm_point(id);
    double *values = mssm_array(scan_model, MSSM_VALUES, sizeof *values);

    memcpy(values, point.row, sizeof point.row);
    *row = (struct point_row){.id = id,
                              .round = point.round,
                              .origin = point.origin,
                              .state = point.state,
                              .predicted = point.predicted,
                              .density = NAN,
                              .seconds = point.seconds,
                              .row = values};
    if (point.state == STATE_ACCEPTED || point.state == STATE_REJECTED)
        judge_block(scan_model->judge, 1, values, MSSM_VALUES, &row->verdict, NULL);
}

/* The page of newest points that `update` would fetch, and the detail of one of them. */
static void fill(uint64_t selected, int width, int height)
{
    static struct store_step steps[] = {
        {4811, "spheno", 0, 6.1}, {4811, "micromegas", 0, 9.84}, {4811, "higgstools", 0, 2.2}};
    struct points_ui *points = &ui->points;
    struct points_layout layout = points_layout(model, height - 3, width);
    size_t i, n = (size_t)layout.list_height;
    struct err err = ERR_INIT;

    ui->width = width;
    ui->height = height;
    points->rows.n = MSSM_POINTS;
    points->rows.at = MSSM_POINTS - selected;
    points->rows.top = points->rows.at - 3;
    points->selected = selected;
    list_keep(&points->rows, MSSM_POINTS, layout.list_height);
    points->page = mssm_array(model, n, sizeof *points->page);
    points->n_page = n;
    points->page_first = points->rows.top;
    for (i = 0; i < n; i++) {
        points->page_ids[i] = points_id_at(ui, model, points->rows.top + i);
        to_row(model, points->page_ids[i], &points->page[i]);
    }
    points->detail = (struct point_view){.worker = 3, .ended = mssm_now - 60};
    to_row(model, selected, &points->detail.row);
    points->has_detail = true;
    if (points->detail.row.state != STATE_FAILED && points->detail.row.state != STATE_RUNNING) {
        points->detail.terms = mssm_array(model, model->n_terms, sizeof(struct judge_detail));
        for (i = 0; i < model->n_terms; i++)
            judge_detail(model->judge, points->detail.row.row, i, &points->detail.terms[i]);
        points->detail.steps = steps;
        points->detail.n_steps = 3;
    }
    if (ui_update(ui, model, &err) != 0)
        bail_out("%s", err.message);
}

static void fail_point(void)
{
    static struct store_step step = {4779, "spheno", 139, 3.2};
    static char text[4096];
    static struct file_view file = {"spheno", "SPheno.spc", text, 0};
    struct point_view *detail = &ui->points.detail;
    int i;

    for (file.n = 0, i = 1; i <= 60; i++)
        file.n += (size_t)snprintf(text + file.n, sizeof text - file.n, "    %2d   %.8E   # %s\n",
                                   i, 91.1876 * i,
                                   i % 7 ? "a number"
                                         : "a number, with a long comment "
                                           "that does not fit into eighty columns of a terminal");

    detail->steps = &step;
    detail->n_steps = 1;
    detail->files = &file;
    detail->n_files = 1;
    detail->has_failed = true;
    detail->note = "the same corner as 4302";
    detail->failure = (struct store_failure){
        .id = 4779,
        .calculator = "spheno",
        .stage = "run",
        .reason = "signal",
        .words =
            "SIGSEGV after 3.2 s\n"
            "Problem in SugraRuns: no electroweak symmetry breaking at M_GUT\n"
            "tachyonic stop, scale 1.3e+16\n"
            "Program received signal SIGSEGV: Segmentation fault - invalid memory reference.\n"};
}

static void begin_by_hand(void)
{
    model = help_model();
    ui = help_ui(model);
    ui_go(ui, model, SCREEN_POINTS);
}

static void end_by_hand(void)
{
    ui_free(ui);
    help_model_free(model);
}

static uint64_t some_point(enum point_state state)
{
    uint64_t id = 4780;

    while (mssm_point(id).state != state)
        id--;
    return id;
}

static void test_pictures(void)
{
    struct err err = ERR_INIT;

    begin_by_hand();
    ui_mark(ui, 4778, true);
    ui_mark(ui, 4779, true);
    fill(some_point(STATE_ACCEPTED), 80, 24);
    screen_is(ui, model, 80, 24, SYMBOLS_ASCII, "points");
    screen_is(ui, model, 80, 24, SYMBOLS_UTF8, "points");
    styles_are(ui, model, 80, 24, SYMBOLS_ASCII, "points");
    fill(some_point(STATE_REJECTED), 120, 40);
    screen_is(ui, model, 120, 40, SYMBOLS_ASCII, "points");
    screen_is(ui, model, 120, 40, SYMBOLS_BRAILLE, "points");
    ui_key(ui, model, TK_ENTER);
    fill(some_point(STATE_REJECTED), 80, 24);
    screen_is(ui, model, 80, 24, SYMBOLS_ASCII, "points-open");
    ui_key(ui, model, 'q');
    ok(!ui->points.is_open, "q closes it");
    fill(some_point(STATE_FAILED), 80, 24);
    fail_point();
    screen_is(ui, model, 80, 24, SYMBOLS_ASCII, "points-failed");
    ui_key(ui, model, 'o');
    is_size(ui->points.file, 1, "o opens the kept file");
    if (ui_update(ui, model, &err) != 0)
        bail_out("%s", err.message);
    is_int(ui->points.detail_lines, 60, "of sixty lines");
    screen_is(ui, model, 80, 24, SYMBOLS_ASCII, "points-file");
    ui_key(ui, model, 'G');
    is_int(ui->points.file_top, 40, "G shows its end");
    ui_key(ui, model, 'k');
    is_int(ui->points.file_top, 39, "k a line before");
    ui_key(ui, model, TK_ESCAPE);
    is_size(ui->points.file, 0, "Esc closes it");
    ui_key(ui, model, TK_ESCAPE);
    fill(some_point(STATE_FAILED), 120, 40);
    fail_point();
    screen_is(ui, model, 120, 40, SYMBOLS_ASCII, "points-failed");
    fill(4826, 80, 24);
    screen_is(ui, model, 80, 24, SYMBOLS_ASCII, "points-running");
    end_by_hand();
}

static void test_empty(void)
{
    struct err err = ERR_INIT;

    begin_by_hand();
    model->counts = (struct store_counts){.total = 0};
    if (ui_update(ui, model, &err) != 0)
        bail_out("%s", err.message);
    screen_is(ui, model, 80, 24, SYMBOLS_ASCII, "points-empty");
    ui_key(ui, model, TK_ENTER);
    has_str(ui->message, "no point under the cursor", "Enter says why it does nothing");
    end_by_hand();
}

/* ---- on a store ------------------------------------------------------------------------------ */

enum { N_POINTS = 1000 };

/* One turn of the loop, with the gatherer's work done. */
static void turn(void)
{
    struct err err = ERR_INIT;
    struct wants wants = {.is_frozen = false};

    if (model_refresh(model, NULL, &err) != 0 || ui_update(ui, model, &err) != 0)
        bail_out("%s (%s)", err.message, err.trail);
    ui_wants(ui, model, &wants);
    gather_want(gather, &wants);
    if (gather_finish(gather, &err) != 0)
        bail_out("gather: %s", err.message);
    if (gather_take(gather, &model->parts))
        model->version++;
    if (ui_update(ui, model, &err) != 0)
        bail_out("%s (%s)", err.message, err.trail);
}

static void put_rounds(struct store *store, uint64_t n)
{
    struct err err = ERR_INIT;
    uint32_t round;

    if (store_begin(store, &err) != 0)
        bail_out("%s", err.message);
    for (round = 0; round * 20 < n; round++) {
        struct round_row row = {.round = round,
                                .first_id = round * 20 + 1,
                                .n_points = 20,
                                .started = 1,
                                .ended = 2,
                                .promised = NAN,
                                .volume = NAN,
                                .volume_error = NAN};

        if (store_put_round(store, &row, &err) != 0)
            bail_out("%s", err.message);
    }
    if (store_commit(store, &err) != 0)
        bail_out("%s", err.message);
}

static void begin_on_store(const char *path)
{
    struct err err = ERR_INIT;

    model = model_create(path, true, &err);
    gather = model ? gather_create(path, false, &err) : NULL;
    ui = gather ? ui_create(model, SYMBOLS_ASCII, COLORS_NONE, &err) : NULL;
    if (!ui)
        bail_out("%s", err.message);
    ui->can_command = true;
    console_set_program(ui->console, "/bin/true"); /* not this test once more */
    ui_go(ui, model, SCREEN_POINTS);
    turn();
}

static void end_on_store(void)
{
    ui_free(ui);
    gather_free(gather);
    model_free(model);
}

static uint64_t first_shown(void)
{
    return ui->points.n_page > 0 ? ui->points.page[0].id : 0;
}

static void test_pages(struct store *store)
{
    struct points_ui *points = &ui->points;

    is_size(points->rows.n, N_POINTS, "all points are rows");
    is_uint(first_shown(), N_POINTS, "the newest first");
    is_uint(points->selected, N_POINTS, "the cursor is on it");
    ok(points->n_page < 24, "only the page on the screen is fetched (%zu rows)", points->n_page);
    ok(model->parts.list == NULL, "and nobody makes a list of ids");
    ui_key(ui, model, 'G');
    turn();
    is_uint(points->selected, 1, "G goes to the oldest");
    ok(points->page[points->n_page - 1].id == 1, "which is on the page");
    ui_key(ui, model, 'r');
    turn();
    is_uint(points->selected, 1, "turned round the cursor is still on it");
    is_size(points->rows.at, 0, "and that is the first row now");
    ui_key(ui, model, 'r');
    ui_key(ui, model, '/');
    type("500");
    ui_key(ui, model, TK_ENTER);
    turn();
    is_uint(points->selected, 500, "/500 goes to point 500");
    help_fill(store, N_POINTS + 1, N_POINTS + 30);
    put_rounds(store, N_POINTS + 30);
    turn();
    is_size(points->rows.n, N_POINTS + 30, "new points are rows");
    is_uint(points->selected, 500, "the cursor stays on its point");
    is_size(points->rows.at, N_POINTS + 30 - 500, "which is further down");
    ui_key(ui, model, 'g');
    turn();
    is_uint(points->selected, N_POINTS + 30, "g goes to the newest");
    help_fill(store, N_POINTS + 31, N_POINTS + 35);
    put_rounds(store, N_POINTS + 35);
    turn();
    is_uint(points->selected, N_POINTS + 35, "from where the cursor goes on to newer ones");
    is_uint(first_shown(), N_POINTS + 35, "which are shown");
    ui_key(ui, model, TK_ENTER);
    help_fill(store, N_POINTS + 36, N_POINTS + 40);
    put_rounds(store, N_POINTS + 40);
    turn();
    is_uint(points->selected, N_POINTS + 35, "a point that was opened stays");
    ui_key(ui, model, TK_ESCAPE);
    ui_key(ui, model, '/');
    type("500");
    ui_key(ui, model, TK_ENTER);
    turn();
    ok(points->has_detail && points->detail.row.id == 500, "the detail is that of the point");
}

static void test_filter(void)
{
    struct points_ui *points = &ui->points;
    const struct point_row *row;
    size_t i, n_wrong = 0;
    char text[512];

    ui_key(ui, model, '\\');
    type("failed");
    turn();
    is_size(points->rows.n, (N_POINTS + 40) / 10, "while it is typed the list follows");
    type(" and m0 <");
    turn();
    ok(points->wrong[0] != '\0', "what cannot be read is told: %s", points->wrong);
    is_size(points->rows.n, (N_POINTS + 40) / 10, "and leaves the list as it was");
    screen_is(ui, model, 80, 24, SYMBOLS_ASCII, "points-typing");
    type(" 0.5");
    ui_key(ui, model, TK_ENTER);
    turn();
    ok(points->wrong[0] == '\0' && points->rows.n < (N_POINTS + 40) / 10, "then it is narrower");
    for (i = 0; i < points->n_page; i++)
        n_wrong += points->page[i].state != STATE_FAILED || !(points->page[i].row[0] < 0.5);
    is_size(n_wrong, 0, "all that is shown meets it");
    row = points_selected(ui);
    ok(row && row->id == points->selected && row->state == STATE_FAILED, "so does the cursor");
    has_str(row_of(text, 1), "filter: failed and m0 < 0.5", "the line above says so");
    has_str(text, "52 of 1 040", "with how many of how many");
    ui_key(ui, model, TK_ESCAPE);
    turn();
    is_size(points->rows.n, N_POINTS + 40, "Esc takes the filter away");
    ui_key(ui, model, '\\');
    type("failed and m0 < 0.5 and a_name_that_is_not_there > 12 or rejected");
    turn();
    screen_is(ui, model, 80, 24, SYMBOLS_ASCII, "points-wrong");
    row_of(text, 2);
    has_str(text, "a_name_that_is_not_there", "what does not fit behind the filter is below it");
    ui_key(ui, model, TK_ESCAPE);
    turn();
    is_size(points->rows.n, N_POINTS + 40, "Esc takes it away, too");
}

static void test_sort(void)
{
    struct points_ui *points = &ui->points;
    uint64_t here = points->selected;
    size_t i, n_wrong = 0;
    char text[512];

    while (points->sort != 1) /* mh */
        ui_key(ui, model, '>');
    turn();
    is_uint(points->selected, here, "sorted otherwise the cursor stays on its point");
    ui_key(ui, model, 'g');
    turn();
    for (i = 1; i < points->n_page; i++)
        n_wrong += points->page[i].row[1] > points->page[i - 1].row[1];
    is_size(n_wrong, 0, "highest mh first");
    ui_key(ui, model, 'r');
    ui_key(ui, model, 'g');
    turn();
    for (n_wrong = 0, i = 1; i < points->n_page; i++)
        n_wrong += points->page[i].row[1] < points->page[i - 1].row[1];
    is_size(n_wrong, 0, "r: lowest first");
    has_str(row_of(text, 1), "all points, by mh, lowest first", "the order is told");
    has_str(row_of(text, 2), "^mh", "and marked in the head");
    ui_key(ui, model, '/');
    type("m0 > 0.9 and failed");
    ui_key(ui, model, TK_ENTER);
    turn();
    ok(points_selected(ui) && points_selected(ui)->state == STATE_FAILED &&
           points_selected(ui)->row[0] > 0.9,
       "/ finds the next one that meets a condition");
    here = points->selected;
    ui_key(ui, model, 'n');
    turn();
    ok(points->selected != here && points_selected(ui)->row[0] > 0.9, "n the one after");
    ui_key(ui, model, 'N');
    turn();
    is_uint(points->selected, here, "N goes back");
    ui_key(ui, model, '/');
    type("0.123456789");
    ui_key(ui, model, TK_ENTER);
    has_str(ui->message, "is in no row below", "what is not there is told");
    while (points->sort != model->scan->n_values + LIST_BY_ID)
        ui_key(ui, model, '<');
    ui_key(ui, model, 'r');
    turn();
}

static void test_commands(void)
{
    struct points_ui *points = &ui->points;
    struct err err = ERR_INIT;

    ui_show_point(ui, model, 37);
    turn();
    is_uint(points->selected, 37, "a point is shown");
    ui_key(ui, model, 'R');
    has_str(ui->message, "Only a failed point", "which did not fail: R says why not");
    ui_key(ui, model, 'i');
    is_int(ui->layer, LAYER_CONSOLE, "i opens the command line");
    has_str(ui->console->line.text, "inject m0=0.86", "with its values: %s",
            ui->console->line.text);
    while (ui->layer != LAYER_NONE)
        ui_key(ui, model, TK_ESCAPE);
    ui_key(ui, model, ' ');
    ui_key(ui, model, ' ');
    turn();
    is_size(ui->n_marks, 2, "Space marks and goes on");
    ok(ui_is_marked(ui, 37) && ui_is_marked(ui, 36), "both of them");
    is_uint(points->selected, 35, "the cursor is below");
    ui_key(ui, model, 'E');
    has_str(ui->console->line.text, "export marked.csv marked", "E exports the marked ones");
    while (ui->layer != LAYER_NONE)
        ui_key(ui, model, TK_ESCAPE);
    ui_key(ui, model, 'U');
    is_size(ui->n_marks, 0, "U: none");
    ui_show_points(ui, model, "s > 0.5");
    turn();
    ui_key(ui, model, 'E');
    has_str(ui->console->line.text, "export points.csv where s > 0.5", "else those of the filter");
    while (ui->layer != LAYER_NONE)
        ui_key(ui, model, TK_ESCAPE);
    ui_show_point(ui, model, 37);
    turn();
    ok(points->has_detail && points->page_terms == model->n_terms, "a point with its terms");
    points->page_terms--;                                        /* as if a cut had come since, */
    snprintf(points->filter, sizeof points->filter, "s > 0.25"); /* and the list was not there */
    is_int(ui_update(ui, model, &err), 0, "nothing can be fetched");
    ok(!points->has_detail && points->n_page == 0, "no terms of before are shown");
    points->filter[0] = '\0';
    turn();
    ui_key(ui, model, 'm');
    is_int(ui->screen, SCREEN_MAP, "m shows it on the map");
    is_double(ui->map.cursor_x, points->detail.row.row[0], 0, "with the cursor on it");
    turn();
    is_uint(ui->map.nearest, 37, "the map knows it there");
    ui_key(ui, model, 'i');
    has_str(ui->console->line.text, "mA=", "the map's i takes the others of the nearest point: %s",
            ui->console->line.text);
    while (ui->layer != LAYER_NONE)
        ui_key(ui, model, TK_ESCAPE);
    ui_key(ui, model, TK_ENTER);
    turn();
    is_int(ui->screen, SCREEN_POINTS, "its Enter comes back");
    ok(points->rows.n > 0 && points->rows.n < N_POINTS, "with the points under the cursor (%zu)",
       points->rows.n);
}

/* Keys at random on map and points: what is drawn after each stays within the grid, and the cursor
 * on a row. */
static void test_random(void)
{
    static const char some[] = "hjklxyXYLsvz+-0cib wnN<>rgGmo \\/\r\33qUe123";
    static const int sizes[][2] = {{80, 24}, {120, 40}, {300, 90}, {81, 25}};
    struct err err = ERR_INIT;
    uint32_t random = 7;
    bool is_well = true;
    int i;

    ui->can_command = false;
    for (i = 0; i < 4000 && is_well; i++) {
        size_t size = (size_t)(mssm_random(&random) * 4);
        int key = some[(size_t)(mssm_random(&random) * (double)(sizeof some - 1))];

        if (i % 40 == 0) {
            ui->layer = LAYER_NONE;
            ui->quit = QUIT_NOT;
            ui_go(ui, model, i % 80 ? SCREEN_MAP : SCREEN_POINTS);
        }
        ui_key(ui, model, key == '\r' ? TK_ENTER : key == '\33' ? TK_ESCAPE : key);
        if (i % 8 == 0) {
            struct grid *grid;

            ui->width = sizes[size][0];
            ui->height = sizes[size][1];
            turn();
            grid = grid_create(ui->width, ui->height, (enum symbols)(i / 8 % 3), COLORS_256, &err);
            if (!grid)
                bail_out("%s", err.message);
            ui_draw(ui, model, grid);
            grid_free(grid);
        }
        is_well = ui->points.rows.n == 0 || ui->points.rows.at < ui->points.rows.n;
    }
    ok(is_well, "%d keys at random", i);
}

int main(void)
{
    struct store *store;
    char path[HELP_PATH];

    test_pictures();
    test_empty();
    store = help_create(help_path(path, "t-tui-points.db"));
    help_fill(store, 1, N_POINTS);
    put_rounds(store, N_POINTS);
    begin_on_store(path);
    test_pages(store);
    test_filter();
    test_sort();
    test_commands();
    test_random();
    end_on_store();
    store_close(store);
    help_path(path, "t-tui-points.db");
    return done_testing();
}
