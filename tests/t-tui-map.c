/* t-tui-map.c: the map of the workbench: golden screens, axes, zoom, cursor, box, slices, and the
 * commands that its keys give. */
#include "t-tui-help.h"

#include "../src/tui/console-private.h"
#include "../src/tui/map.h"

static struct model *model;
static struct ui *ui;

static void type(const char *text)
{
    for (; *text; text++)
        ui_key(ui, model, *text);
}

static void begin(int width, int height)
{
    model = help_model();
    ui = help_ui(model);
    console_set_program(ui->console, "/bin/true"); /* not this test once more */
    ui_go(ui, model, SCREEN_MAP);
    mssm_answer(ui, model, width, height);
    mssm_answer(ui, model, width, height); /* the second knows the nearest point */
}

static void end(void)
{
    ui_free(ui);
    help_model_free(model);
}

/* The row of the screen as text. */
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

static struct map_frame frame(void)
{
    struct map_frame now;

    ok(map_frame(ui, model, &now), "there is a frame");
    return now;
}

static void test_pictures(void)
{
    begin(80, 24);
    screen_is(ui, model, 80, 24, SYMBOLS_ASCII, "map");
    screen_is(ui, model, 80, 24, SYMBOLS_BRAILLE, "map");
    ui->colors = COLORS_256;
    styles_are(ui, model, 80, 24, SYMBOLS_UTF8, "map");
    ui->colors = COLORS_NONE;
    ui_key(ui, model, 'c');
    is_int(ui->map.color, MAP_BY_CUT, "c: colour by the first failed cut");
    screen_is(ui, model, 80, 24, SYMBOLS_ASCII, "map-cuts");
    end();
    begin(120, 40);
    screen_is(ui, model, 120, 40, SYMBOLS_ASCII, "map");
    screen_is(ui, model, 120, 40, SYMBOLS_UTF8, "map");
    ui_key(ui, model, 'c');
    ui_key(ui, model, 'L');
    ui_key(ui, model, 'G');
    ui_key(ui, model, ' ');
    is_int(ui->map.borders, true, "Space on the last layer: borders");
    ui_key(ui, model, 'k');
    ui_key(ui, model, ' ');
    is_int(ui->map.wants_found_share, true, "and the found share");
    is_int(ui->map.heat, false, "in the place of P");
    screen_is(ui, model, 120, 40, SYMBOLS_ASCII, "map-layers");
    ui_key(ui, model, TK_ESCAPE);
    mssm_answer(ui, model, 120, 40);
    screen_is(ui, model, 120, 40, SYMBOLS_ASCII, "map-found");
    end();
}

static void test_old_rows(void)
{
    struct err err = ERR_INIT;
    struct grid *grid = grid_create(80, 24, SYMBOLS_ASCII, COLORS_NONE, &err);
    int x, n_dim = 0, n_plain = 0;

    begin(80, 24);
    model->parts.heat->n_rows_done = 10;
    memset(ui->map.layers, 0, sizeof ui->map.layers);
    ui_draw(ui, model, grid);
    for (x = 8; x < 50; x++) { /* plot's rows 9 and 10 */
        n_plain += grid->cells[11 * 80 + x].style == STYLE_PLAIN;
        n_dim += grid->cells[12 * 80 + x].style == STYLE_DIM;
    }
    ok(n_plain > 5, "rows of this model are plain (%d)", n_plain);
    ok(n_dim > 5, "rows of the model before are dim (%d)", n_dim);
    grid_free(grid);
    end();
}

static bool shows(const char *words)
{
    char row[512];
    int y;

    for (y = 0; y < ui->height; y++)
        if (strstr(row_of(row, y), words))
            return true;
    return false;
}

/* What is said of the cell under the cursor is whole, at the least width too. */
static void test_cursor_words(void)
{
    struct map_cell cell;
    struct map_part *part;
    struct map_frame now;
    size_t at, k, i;
    int layer;

    begin(80, 24);
    now = frame();
    cell = map_cursor_cell(ui, &now, model->parts.heat->height, model->parts.heat->width);
    at = (size_t)(cell.y * model->parts.heat->width + cell.x);
    model->parts.heat->p[at] = 0.99F;
    model->parts.heat->spread[at] = 0.001F;
    ok(shows("P 0.99 +- <0.01  cell 5"), "a small error leaves room for the class");
    part = model->parts.map;
    k = (size_t)(4 * cell.y * part->want.width + 2 * cell.x);
    for (layer = 0; layer < N_MAP_LAYERS; layer++)
        for (i = 0; i < 8; i++)
            part->dots[layer][k + (i / 2) * (size_t)part->want.width + i % 2] = 0;
    part->dots[MAP_ACCEPTED][k] = 1234;
    part->dots[MAP_REJECTED][k] = 129;
    ok(shows("1363: 1234 acc 129 rej"), "so many points, with their sum");
    part->dots[MAP_FAILED][k] = 12;
    ok(shows("| 1234 acc 129 rej 12 fail"), "which makes room for more kinds");
    end();
}

/* Before anybody chose: what was measured and what has few values leaves the axes to the others. */
static void test_first_axes(void)
{
    struct scan_param params[5];
    struct said_part *said;
    struct map_frame now;
    double lo, hi;

    begin(80, 24);
    memcpy(params, model->scan->params, sizeof params);
    model->scan->params = params;
    params[0].kind = PRIOR_NORMAL;
    params[1].kind = PRIOR_CHOICE;
    ui->map.is_set = false;
    now = frame();
    is_size(now.x_value, 2, "tanb, as m0 was measured and m12 is one of a few");
    is_size(now.y_value, 3, "against A0");
    is_size(report_free_param(model->scan, 2), 1, "then the first of few values");
    is_size(report_free_param(model->scan, 3), 4, "then the other");
    is_size(report_free_param(model->scan, 4), 0, "what was measured is last");
    is_size(report_free_param(model->scan, 5), SIZE_MAX, "and there are no more");
    said = model->parts.said;
    value_range(model, 3, &lo, &hi);
    said->good_lo[3] = lo;
    said->good_hi[3] = lo + 0.009 * (hi - lo);
    now = frame();
    is_size(now.y_value, 1, "what all accepted points have nearly alike leaves it to the next");
    said->good_hi[3] = lo + 0.011 * (hi - lo);
    now = frame();
    is_size(now.y_value, 3, "if it is really alike");
    params[2].kind = params[3].kind = PRIOR_NORMAL;
    params[1].kind = params[4].kind = PRIOR_FIXED;
    now = frame();
    is_size(now.x_value, 0, "where nothing else is free, what was measured");
    is_size(now.y_value, 2, "in the order of the file");
    params[2].kind = params[3].kind = PRIOR_FIXED;
    now = frame();
    ok(now.x_value == 0 && now.y_value == 5, "one alone: against the first observable");
    end();
}

/* A model that does not answer: after a cut it is not one of another version. */
static void test_no_heat(void)
{
    begin(80, 24);
    model->parts.heat->has_model = false;
    ok(shows("saved by another version"), "a model that cannot be read");
    model->is_relabelled = true;
    ok(shows("is trained anew"), "one of before a cut");
    model->phase = PHASE_DONE;
    ok(shows("of former labels"), "that nothing trains");
    model->n_rounds = 1;
    ok(shows("no model yet"), "none");
    end();
}

static void test_cursor_and_zoom(void)
{
    struct map_frame whole, now;
    struct map_cell a, b;
    double x, y;

    begin(80, 24);
    whole = frame();
    is_double(whole.x.lo, 50, 0, "from the prior's lower end");
    is_double(whole.x.hi, 5000, 0, "to its upper end");
    a = map_cursor_cell(ui, &whole, ui->map.height, ui->map.width);
    ui_key(ui, model, 'l');
    ui_key(ui, model, 'k');
    b = map_cursor_cell(ui, &whole, ui->map.height, ui->map.width);
    is_int(b.x, a.x + 1, "l: a column to the right");
    is_int(b.y, a.y - 1, "k: a row up");
    x = ui->map.cursor_x;
    y = ui->map.cursor_y;
    mssm_answer(ui, model, 120, 40);
    is_double(ui->map.cursor_x, x, 0, "a resize leaves the cursor at its value");
    mssm_answer(ui, model, 80, 24);
    ui_key(ui, model, '+');
    now = frame();
    is_double(now.x.hi - now.x.lo, (whole.x.hi - whole.x.lo) / 2, 1e-12, "+ shows half of it");
    is_double(plot_axis_place(&now.x, x), plot_axis_place(&whole.x, x), 1e-12,
              "around the cursor, which stays where it is");
    is_double(plot_axis_place(&now.y, y), plot_axis_place(&whole.y, y), 1e-12, "in both axes");
    screen_is(ui, model, 80, 24, SYMBOLS_ASCII, "map-zooming");
    for (int i = 0; i < 60; i++)
        ui_key(ui, model, TK_RIGHT);
    now = frame();
    ok(now.x.hi > 4990 && now.x.hi <= 5000, "the cursor takes the window along, to the end");
    ui_key(ui, model, '-');
    ui_key(ui, model, '-');
    now = frame();
    ok(now.is_whole, "- and - shows the whole again");
    ui_key(ui, model, '+');
    ui_key(ui, model, '0');
    now = frame();
    ok(now.is_whole, "0 too");
    ui_key(ui, model, '0');
    has_str(ui->message, "whole range is shown", "and says so when nothing is to do");
    end();
}

static void test_log(void)
{
    struct map_frame now;

    begin(80, 24);
    ui_key(ui, model, 'X');
    now = frame();
    ok(now.x.is_log && !now.y.is_log, "X: logarithmic");
    map_set_axis(ui, model, 'y', 3);
    ui_key(ui, model, 'Y');
    now = frame();
    ok(!now.y.is_log, "A0 goes below 0: no logarithm");
    has_str(ui->message, "No logarithmic axis", "and it is said why");
    map_set_axis(ui, model, 'y', 2);
    now = frame();
    ok(now.y.is_log, "a log prior begins with a log axis");
    mssm_answer(ui, model, 80, 24);
    ok(model->parts.map->want.x_is_log && model->parts.map->want.y_is_log, "it is wanted so");
    screen_is(ui, model, 80, 24, SYMBOLS_ASCII, "map-log");
    end();
}

static void test_choose(void)
{
    struct map_frame now;
    char row[512];

    begin(80, 24);
    ui_key(ui, model, 'x');
    type("mg");
    screen_is(ui, model, 80, 24, SYMBOLS_ASCII, "map-choose");
    is_size(map_choice(ui, model, 0), 6, "m_gluino has m and g in this order");
    is_size(map_choice(ui, model, 1), 7, "so has omega");
    is_size(map_choice(ui, model, 2), SIZE_MAX, "and no other");
    ui_key(ui, model, TK_CTRL('U'));
    type("om");
    ui_key(ui, model, TK_ENTER);
    now = frame();
    is_size(now.x_value, 7, "omega is on the x axis");
    mssm_answer(ui, model, 80, 24);
    ok(!model->parts.map->want.wants_heat, "the learner knows no P over an observable");
    ok(model->parts.map->n_missing[MAP_FAILED] == 140, "failed points have no omega");
    has_str(row_of(row, 21), "317 points have no omega or m12", "that is said");
    screen_is(ui, model, 80, 24, SYMBOLS_ASCII, "map-observable");
    ui_key(ui, model, 'y');
    type("omega");
    ui_key(ui, model, TK_ENTER);
    now = frame();
    ok(now.y_value == 7 && now.x_value == 1, "the other axis' value: they change places");
    ui_key(ui, model, 'y');
    type("nothing of that name");
    ui_key(ui, model, TK_ENTER);
    has_str(ui->message, "No value is called", "no such value is said");
    ui_key(ui, model, TK_ESCAPE);
    is_int(ui->map.choosing, 0, "Esc leaves the list");
    end();
}

/* The light and the heavy Higgs boson of two doublets: mh and mH. */
static void test_choose_case(void)
{
    const char *names[MSSM_VALUES];
    struct scan scan, *was;

    begin(80, 24);
    was = model->scan;
    scan = *was;
    memcpy(names, scan.value_names, sizeof names);
    names[6] = "mH";
    scan.value_names = names;
    model->scan = &scan;
    ui_key(ui, model, 'x');
    type("mH");
    is_size(map_choice(ui, model, 0), 6, "the name as it is typed comes first");
    is_size(map_choice(ui, model, 1), 5, "then the one that differs in upper and lower case");
    ui_key(ui, model, TK_ESCAPE);
    model->scan = was;
    end();
}

static void test_slice(void)
{
    char row[512];

    begin(80, 24);
    ui_key(ui, model, 's');
    type("tanb");
    ui_key(ui, model, TK_ENTER);
    is_int(ui->map.choosing, 'r', "then its range is asked for");
    ok(ui->map.line.n > 0, "with a proposal: %s", ui->map.line.text);
    ui_key(ui, model, TK_CTRL('U'));
    type("28 to 34");
    ui_key(ui, model, TK_ENTER);
    has_str(ui->message, "is no range", "what is none is said");
    ui_key(ui, model, TK_CTRL('U'));
    type("28..34");
    ui_key(ui, model, TK_ENTER);
    is_size(ui->map.n_slices, 1, "a slice");
    is_double(ui->map.slices[0].lo, 28, 0, "from 28");
    is_double(ui->map.slices[0].hi, 34, 0, "to 34");
    screen_is(ui, model, 80, 24, SYMBOLS_ASCII, "map-old-slice");
    mssm_answer(ui, model, 80, 24);
    is_size(model->parts.map->want.n_slices, 1, "is wanted");
    has_str(row_of(row, 1), "slice tanb 28..34", "the title says so");
    screen_is(ui, model, 80, 24, SYMBOLS_ASCII, "map-slice");
    ui_key(ui, model, 's');
    type("tanb");
    ui_key(ui, model, TK_ENTER);
    ui_key(ui, model, TK_CTRL('U'));
    ui_key(ui, model, TK_ENTER);
    is_size(ui->map.n_slices, 0, "an empty range takes it away");
    end();
}

static void test_box(void)
{
    char row[512];
    double lo, hi;
    int i;

    begin(80, 24);
    ui_key(ui, model, 'P');
    has_str(ui->message, "No box is marked", "P without a box says what is missing");
    ui_key(ui, model, 'v');
    for (i = 0; i < 8; i++)
        ui_key(ui, model, 'l');
    for (i = 0; i < 4; i++)
        ui_key(ui, model, 'j');
    mssm_answer(ui, model, 80, 24);
    ok(!model->parts.map->want.has_box, "while the corner moves nobody counts");
    screen_is(ui, model, 80, 24, SYMBOLS_ASCII, "map-corner");
    ui_key(ui, model, 'v');
    mssm_answer(ui, model, 80, 24);
    ok(model->parts.map->want.has_box, "the box is counted");
    has_str(row_of(row, 21), "214 points, 61 % accepted", "it is shown");
    has_str(row, "V 18 +- 5 %", "with the share of its volume");
    screen_is(ui, model, 80, 24, SYMBOLS_ASCII, "map-box");
    model->parts.map->box_uniform_accepted = 0;
    has_str(row_of(row, 21), "V below 4.3 % (95 %)", "none of 68: a limit, not 0");
    model->parts.map->box_uniform_accepted = 68;
    has_str(row_of(row, 21), "V above 96 % (95 %)", "all of them: a limit from below");
    model->parts.map->box_uniform = 0;
    has_str(row_of(row, 21), "V - (no uniform point)", "unknown is no number");
    mssm_answer(ui, model, 120, 40);
    screen_is(ui, model, 120, 40, SYMBOLS_BRAILLE, "map-box");
    lo = ui->map.box[0];
    hi = ui->map.box[1];
    mssm_answer(ui, model, 80, 24);
    ui_key(ui, model, 'P');
    is_int(ui->layer, LAYER_CONSOLE, "P opens the command line");
    has_str(ui->console->line.text, "pin m0 in ", "with the box: %s", ui->console->line.text);
    has_str(ui->console->line.text, " and m12 in ", "in both axes");
    ui_key(ui, model, TK_ESCAPE);
    while (ui->layer != LAYER_NONE)
        ui_key(ui, model, TK_ESCAPE);
    ui_key(ui, model, 'z');
    is_double(frame().x.lo, lo, 1e-12, "z shows the box");
    is_double(frame().x.hi, hi, 1e-12, "only");
    ui_key(ui, model, TK_ENTER);
    is_int(ui->screen, SCREEN_POINTS, "Enter lists its points");
    has_str(ui->points.filter, "m0 in ", "by a condition: %s", ui->points.filter);
    ui_go(ui, model, SCREEN_MAP);
    ui_key(ui, model, TK_ESCAPE);
    is_int(ui->map.mark, MARK_NONE, "Esc takes the box away");
    end();
}

static void test_inject(void)
{
    begin(80, 24);
    ui_key(ui, model, 'i');
    is_int(ui->layer, LAYER_CONSOLE, "i opens the command line");
    has_str(ui->console->line.text, "inject m0=", "with the cursor's values: %s",
            ui->console->line.text);
    has_str(ui->console->line.text, " tanb=17.3205", "and the middle of the others' priors");
    has_str(ui->console->line.text, " sign_mu=", "all of them");
    ok(!strstr(ui->console->line.text, "mh"), "but no observable");
    end();
    begin(80, 24);
    ui->can_command = false;
    ui_key(ui, model, 'i');
    is_int(ui->layer, LAYER_NONE, "not where nothing can be commanded");
    has_str(ui->message, "only read", "which is said");
    end();
}

static void test_gnuplot(void)
{
    begin(80, 24);
    ui_key(ui, model, 'g');
    is_str(ui->message, ":plot scatter --x m0 --y m12 --linear-x --linear-y --heat p ...",
           "g draws this map");
    ui_key(ui, model, 'X');
    ui_key(ui, model, '+');
    ui_key(ui, model, 'g');
    has_str(ui->message, "--log-x --linear-y --heat p --where 'm0 in ", "as it is shown");
    end();
}

static void test_nearest(void)
{
    struct map_frame now;
    struct mssm_point point;

    begin(80, 24);
    now = frame();
    ok(ui->map.nearest > 0, "a point is near the cursor");
    point = mssm_point(ui->map.nearest);
    ok(fabs(plot_axis_place(&now.x, point.row[0]) - plot_axis_place(&now.x, ui->map.cursor_x)) <
           0.1,
       "it is near");
    map_move(ui, model, 100, -100);
    mssm_answer(ui, model, 80, 24);
    ui_key(ui, model, TK_ENTER);
    is_int(ui->screen, SCREEN_POINTS, "Enter goes to the points");
    end();
}

static void test_little(void)
{
    struct scan *scan;
    size_t n;

    begin(80, 24);
    model->counts = (struct store_counts){.total = 0};
    model->parts = (struct parts){.map = NULL};
    screen_is(ui, model, 80, 24, SYMBOLS_ASCII, "map-empty");
    ui_key(ui, model, TK_ENTER);
    is_int(ui->screen, SCREEN_POINTS, "Enter works without points");
    end();
    begin(80, 24);
    scan = model->scan;
    n = scan->n_values;
    scan->n_values = scan->n_params = 1;
    ui_go(ui, model, SCREEN_MAP);
    screen_is(ui, model, 80, 24, SYMBOLS_ASCII, "map-one-value");
    ui_key(ui, model, 'v');
    has_str(ui->message, "needs two values", "keys say why they do nothing");
    scan->n_values = n;
    scan->n_params = 5;
    end();
}

/* Where the accepted share along an axis is largest, and that beside a narrow map. */
static void test_shares(void)
{
    uint64_t few[][2] = {{0, 9}, {1, 1}, {4, 5}, {1, 8}, {0, 0}};
    uint64_t many[][2] = {{0, 12}, {9, 9}, {4, 20}, {1, 11}, {0, 0}};
    char row[512];
    int y;

    is_int(map_best_bin(few, 5), 2, "few points: 4 of 5 are more than 0 of 9, and than 1 of 1");
    is_int(map_best_bin(many, 5), 2, "ten are enough to tell");
    is_int(map_best_bin(few + 4, 1), -1, "no points, no bin");
    begin(100, 30);
    for (y = 0; y < 30 && !strstr(row_of(row, y), "- Share along m0 -"); y++)
        ;
    ok(y < 30, "the axis is named where there is little room");
    ok(y < 28 && strstr(row_of(row, y + 2), " near ") && strstr(row, " GeV"), "and the unit: %s",
       row);
    end();
}

int main(void)
{
    test_shares();
    test_pictures();
    test_old_rows();
    test_no_heat();
    test_first_axes();
    test_cursor_words();
    test_cursor_and_zoom();
    test_log();
    test_choose();
    test_choose_case();
    test_slice();
    test_box();
    test_inject();
    test_nearest();
    test_gnuplot();
    test_little();
    return done_testing();
}
