/* t-tui-cells.c: the screen of the Lebesgue cells: golden screens, levels, order, the points of a
 * class as a filter, and what is said where there is nothing. */
#include "../src/tui/cells.h"
#include "t-tui-help.h"

/* Draws at many sizes and symbols; returns how many. */
static int help_draw_sizes(struct ui *ui, struct model *model)
{
    static const int widths[] = {80, 81, 97, 111, 112, 120, 200, 333};
    static const int heights[] = {24, 25, 31, 36, 37, 40, 77};
    struct err err = ERR_INIT;
    int n = 0;
    size_t w, h;

    for (w = 0; w < sizeof widths / sizeof widths[0]; w++)
        for (h = 0; h < sizeof heights / sizeof heights[0]; h++) {
            enum symbols symbols = (enum symbols)(n % 3);
            struct grid *grid = grid_create(widths[w], heights[h], symbols, COLORS_NONE, &err);

            if (!grid)
                bail_out("%s", err.message);
            ui->symbols = symbols;
            mssm_answer(ui, model, widths[w], heights[h]);
            ui_draw(ui, model, grid);
            grid_free(grid);
            n++;
        }
    return n;
}

static void draw_all(struct ui *ui, struct model *model, const char *name)
{
    mssm_answer(ui, model, 80, 24);
    screen_is(ui, model, 80, 24, SYMBOLS_ASCII, name);
    mssm_answer(ui, model, 120, 40);
    screen_is(ui, model, 120, 40, SYMBOLS_UTF8, name);
}

static void check_golden(struct ui *ui, struct model *model)
{
    const struct classes_part *part = model->parts.classes;
    struct classes_part other = *part;

    ui_go(ui, model, SCREEN_CELLS);
    draw_all(ui, model, "cells");
    mssm_answer(ui, model, 80, 24);
    styles_are(ui, model, 80, 24, SYMBOLS_ASCII, "cells");
    mssm_answer(ui, model, 120, 40);
    screen_is(ui, model, 120, 40, SYMBOLS_ASCII, "cells");
    /* the likelihood, the last class unmeasured, the figures not whole */
    other.want.kind = ui->cells.kind = CLASS_LIKELIHOOD;
    other.rows[5].f = other.rows[5].f_error = other.integral = other.integral_error = NAN;
    other.rows[5].right = other.rows[5].below = other.rows[5].above = NAN;
    other.as_of = (struct as_of){.upto = 3000};
    model->parts.classes = &other;
    mssm_answer(ui, model, 80, 24);
    screen_is(ui, model, 80, 24, SYMBOLS_ASCII, "cells-likelihood");
    /* nothing at all */
    other = (struct classes_part){.as_of = {.upto = 5000, .is_whole = true}, .want = part->want};
    ui->cells.kind = CLASS_PROBABILITY;
    mssm_answer(ui, model, 80, 24);
    screen_is(ui, model, 80, 24, SYMBOLS_ASCII, "cells-none");
    model->parts.classes = (struct classes_part *)part;
}

/* What the screen says, as text. */
static void says_at(struct ui *ui, struct model *model, int width, int height, const char *part,
                    const char *name)
{
    struct err err = ERR_INIT;
    struct grid *grid = grid_create(width, height, SYMBOLS_ASCII, COLORS_NONE, &err);
    struct buf text;

    buf_init(&text, 1 << 20);
    if (!grid)
        bail_out("%s", err.message);
    mssm_answer(ui, model, width, height);
    ui_draw(ui, model, grid);
    if (grid_print(grid, &text, &err) != 0)
        bail_out("%s", err.message);
    has_str(text.data, part, "%s", name);
    buf_free(&text);
    grid_free(grid);
}

static void says(struct ui *ui, struct model *model, const char *part, const char *name)
{
    says_at(ui, model, 80, 24, part, name);
}

/* A model that does not answer: after a cut it is not "none", nor "of another version". */
static void check_silence(struct ui *ui, struct model *model)
{
    struct classes_part *part = model->parts.classes,
                        none = {.as_of = {.upto = 5000, .is_whole = true}};
    struct inputs_part *inputs = model->parts.inputs, no_inputs = {.has_model = false};
    size_t n_rounds = model->n_rounds;

    none.want = part->want;
    model->parts.classes = &none;
    model->parts.inputs = &no_inputs;
    model->is_relabelled = true;
    ui_go(ui, model, SCREEN_OVERVIEW);
    says_at(ui, model, 120, 40, "the learner is trained anew", "while it runs");
    model->is_relabelled = false;
    model->labels_from = 1000000;
    says_at(ui, model, 120, 40, "the learner is trained anew", "before any round ends");
    model->labels_from = 0;
    model->is_relabelled = true;
    model->phase = PHASE_IDLE;
    ui_go(ui, model, SCREEN_CELLS);
    says(ui, model, "The learner is of before a cut or of other ranges: \":train now\" makes",
         "cells");
    ui_go(ui, model, SCREEN_OVERVIEW);
    says_at(ui, model, 120, 40, "the learner is of before a cut or of other ranges", "overview");
    ui_go(ui, model, SCREEN_LEARNER);
    says_at(ui, model, 120, 40, "The model is of before a cut or of other ranges: t trains",
            "learner");
    model->is_relabelled = false;
    ui_go(ui, model, SCREEN_OVERVIEW);
    says_at(ui, model, 120, 40, "the learner's model is of another version", "unreadable");
    double now = model->now;
    model->now = 0;
    for (size_t r = 0; r < n_rounds; r++)
        if (model->rounds[r].row.train_s > 0 || isfinite(model->rounds[r].row.promised)) {
            model->now = model->rounds[r].row.started + 1;
            break;
        }
    says_at(ui, model, 120, 40, "the classes are being measured", "its first model is just there");
    model->now = now;
    model->n_rounds = 1;
    says_at(ui, model, 120, 40, "there is no learner yet", "none was trained");
    model->phase = PHASE_RUN;
    model->n_rounds = n_rounds;
    model->parts.classes = part;
    model->parts.inputs = inputs;
}

/* What was counted before a cut is not told as if it were true now. */
static void check_former(struct ui *ui, struct model *model)
{
    struct said_part *said = model->parts.said;

    ui_go(ui, model, SCREEN_OVERVIEW);
    says(ui, model, "covered  94 %", "covered, as counted");
    says(ui, model, "volume   0.0208", "volume");
    model->is_relabelling = true;
    says(ui, model, "volume   ... (a cut changes the labels)", "while a cut is at work");
    ui_go(ui, model, SCREEN_CELLS);
    says(ui, model, "measured: V = ... (a cut", "on the cells' screen, too");
    model->is_relabelling = false;
    model->labels = 2;
    said->as_of.labels = model->parts.classes->as_of.labels = 1;
    says(ui, model, "the figures of before the cut", "cells of other labels");
    ui_go(ui, model, SCREEN_OVERVIEW);
    says(ui, model, "covered  ...", "nor is it told what was covered");
    says_at(ui, model, 160, 60, "region   ...", "and where points were accepted");
    says_at(ui, model, 160, 60, "rejected ...", "and by what they were rejected");
    says_at(ui, model, 120, 40, "of before the cut; the new ones", "cells of the overview");
    model->labels = 1;
    says(ui, model, "covered  94 %", "until it is counted anew");
    model->labels = said->as_of.labels = model->parts.classes->as_of.labels = 0;
}

static void check_all_failed(struct ui *ui, struct model *model)
{
    enum { MOST = 64 };
    struct said_part *whole = model->parts.said, said = *whole;
    struct inputs_part *inputs = model->parts.inputs, unknown = *inputs;
    struct store_counts counts = model->counts;
    double none[MOST];

    for (int v = 0; v < MOST; v++)
        none[v] = NAN;
    said.n_judged = 0;
    said.good_lo = none;
    memset(said.n_term_fails, 0, sizeof said.n_term_fails);
    unknown.auc = NAN;
    model->counts.accepted = model->counts.rejected = 0;
    model->parts.said = &said;
    model->parts.inputs = &unknown;
    ui_go(ui, model, SCREEN_OVERVIEW);
    says_at(ui, model, 160, 60, "rejected -", "nothing was judged: nothing was rejected");
    model->counts.failed = model->n_closed;
    says_at(ui, model, 160, 60, "region   - (every call failed", "where every call failed");
    ui_go(ui, model, SCREEN_CELLS);
    says_at(ui, model, 120, 40, "100 % fail, and only f_j counts them", "P does not know of it");
    ui_go(ui, model, SCREEN_LEARNER);
    says_at(ui, model, 120, 40, "- (it takes accepted and rejected points)", "no AUC, no inputs");
    model->counts = counts;
    model->parts.said = whole;
    model->parts.inputs = inputs;
}

/* Nothing runs while the learner trains: that is told on every screen. */
static void check_thinking(struct ui *ui, struct model *model)
{
    enum search_method method = model->scan->search.method;

    ui->message[0] = '\0';
    model->thinking_s = 8.2;
    ui_go(ui, model, SCREEN_OVERVIEW);
    says(ui, model, "22 done   learning: 8 s", "in the progress");
    ui_go(ui, model, SCREEN_CELLS);
    says(ui, model, "The learner is being trained for round 23 (8 s so far).", "on the others");
    model->scan->search.method = METHOD_RANDOM;
    says(ui, model, "Round 23 is being chosen (8 s so far).", "where nothing learns");
    model->scan->search.method = method;
    model->thinking_s = 0.5;
    ui_go(ui, model, SCREEN_OVERVIEW);
    says(ui, model, "22 done   batch 200", "what is over at once is not told");
    model->thinking_s = NAN;
}

static void check_honest(struct ui *ui, struct model *model)
{
    struct classes_part *part = model->parts.classes, whole = *part;
    double volume = model->volume, error = model->volume_error;

    ui_go(ui, model, SCREEN_CELLS);
    model->volume_error = 0.0002;
    says(ui, model, "they agree", "0.0208 +- 0.0002 and 0.0198 +- 0.0007 agree");
    model->volume = 0.04;
    says(ui, model, "! The sum is 26.0 sigma off the measured volume", "0.0400 does not");
    model->volume = 0;
    model->volume_error = NAN;
    model->volume_below = 0.0021;
    says(ui, model, "V < 0.0021 (95 %)", "nothing found is a limit, not 0");
    model->volume = volume;
    model->volume_error = error;
    model->volume_below = NAN;
    part->rows[5].f = part->rows[5].f_error = part->integral = part->integral_error = NAN;
    model->volume_below = NAN;
    says(ui, model, "; the learner says 0.02432 +- 0.00075", "without a sum what the learner says");
    says(ui, model, "! Class 5 (1 in 312) is not measured yet: the sum is of P as said", "why");
    says(ui, model, " sum, P as said    1.0000                            0.02432   0.00075",
         "which is shown in its place");
    ui_go(ui, model, SCREEN_OVERVIEW);
    says_at(ui, model, 120, 40, "sum of V P, as said: 0.02432 +- 0.00075", "on the overview too");
    ui_go(ui, model, SCREEN_CELLS);
    *part = whole;
    model->parts.said->by_origin[ORIGIN_INJECT] = 3;
    model->parts.said->by_origin[ORIGIN_PIN] = 40;
    says(ui, model, "43 injected, pinned or listed points count in n, but not in V_j and f_j",
         "chosen points are told");
    model->parts.said->by_origin[ORIGIN_INJECT] = model->parts.said->by_origin[ORIGIN_PIN] = 0;
}

static void check_levels(struct ui *ui, struct model *model)
{
    static const char *const wrong[][2] = {
        {"0 0.5", "end with 1"},
        {"0.1 1", "begin with 0"},
        {"0 0.5 0.4 1", "grow"},
        {"0 0.5 0.5 1", "grow"},
        {"0 x 1", "no number"},
        {"0 -0.1 1", "between 0 and 1"},
        {"0 2", "between 0 and 1"},
        {"", "begin with 0"},
        {"0 nan 1", "no number"},
        {"0 .1 .2 .3 .4 .5 .6 .61 .62 .63 .64 .65 .66 .7 .8 .9 .95 1", "at most 16"},
    };
    struct wants wants = {.is_frozen = false};
    char words[128];
    size_t i;

    ok(cells_set_levels(ui, " 0 .25, 0.5 1", words, sizeof words), "levels: %s", words);
    is_size(ui->cells.n_levels, 4, "four levels");
    ok(!cells_is_current(&ui->cells, model->parts.classes), "the part answers the former ones");
    cells_screen.want(ui, model, &wants);
    ok(wants.classes.is_wanted && wants.classes.n_levels == 4, "the new ones are asked for");
    is_double(wants.classes.level[1], 0.25, 0, "with their values");
    for (i = 0; i < sizeof wrong / sizeof wrong[0]; i++) {
        ok(!cells_set_levels(ui, wrong[i][0], words, sizeof words), "\"%s\" are no levels",
           wrong[i][0]);
        has_str(words, wrong[i][1], "... because they %s", wrong[i][1]);
    }
    is_size(ui->cells.n_levels, 4, "and the old ones stay");
    mssm_answer(ui, model, 80, 24);
    screen_is(ui, model, 80, 24, SYMBOLS_ASCII, "cells-former");
    ui_key(ui, model, TK_ENTER);
    is_int(ui->screen, SCREEN_CELLS, "Enter does nothing while the classes are the former ones");
    has_str(ui->message, "not counted", "and says why");
    ok(cells_set_levels(ui, "0 0.01 0.1 0.3 0.6 0.9 1", words, sizeof words), "back again");
}

/* Many classes, and every size: nothing is written outside of the screen (sanitizers look). */
static void check_sizes(struct ui *ui, struct model *model)
{
    struct classes_part part = *model->parts.classes, *whole = model->parts.classes;
    char levels[256] = "0", words[128];
    int n_drawn = 0;
    size_t i;

    for (i = 1; i < CLASSES_MOST; i++) {
        snprintf(levels + strlen(levels), sizeof levels - strlen(levels), " %g", (double)i / 16);
        part.rows[i] = part.rows[1];
    }
    snprintf(levels + strlen(levels), sizeof levels - strlen(levels), " 1");
    ui->message[0] = 0;
    ok(cells_set_levels(ui, levels, words, sizeof words), "sixteen classes");
    cells_classes(&ui->cells, &part.want);
    part.n = CLASSES_MOST;
    model->parts.classes = &part;
    ui_go(ui, model, SCREEN_CELLS);
    mssm_answer(ui, model, 80, 24);
    for (i = 0; i < 20; i++)
        ui_key(ui, model, 'j');
    is_size(ui->cells.rows.at, 15, "j to the last of them");
    screen_is(ui, model, 80, 24, SYMBOLS_ASCII, "cells-sixteen");
    n_drawn = help_draw_sizes(ui, model);
    ok(n_drawn > 30, "%d sizes", n_drawn);
    model->parts.classes = whole;
    cells_set_levels(ui, "0 0.01 0.1 0.3 0.6 0.9 1", words, sizeof words);
}

/* Enter on row `at`: the filter of the list. */
static const char *filter_at(struct ui *ui, struct model *model, size_t at)
{
    ui_go(ui, model, SCREEN_CELLS);
    ui->cells.rows.at = at;
    ui_key(ui, model, TK_ENTER);
    is_int(ui->screen, SCREEN_POINTS, "Enter shows points");
    return ui->points.filter;
}

static void check_filters(struct ui *ui, struct model *model)
{
    struct classes_part likely = *model->parts.classes, *part = model->parts.classes;

    mssm_answer(ui, model, 80, 24);
    is_str(filter_at(ui, model, 0), "p < 0.01", "the first class");
    is_str(filter_at(ui, model, 3), "p >= 0.3 and p < 0.6", "one between");
    is_str(filter_at(ui, model, 5), "p >= 0.9", "the last one holds 1 too");
    ui->cells.by_volume = true;
    part->rows[3].volume = 0.5;
    is_str(filter_at(ui, model, 1), "p >= 0.3 and p < 0.6", "by volume: the second largest");
    ui->cells.by_volume = false;
    likely.want.kind = ui->cells.kind = CLASS_LIKELIHOOD;
    likely.chi2_min = 1;
    model->parts.classes = &likely;
    is_str(filter_at(ui, model, 0), "chi2 > 10.21034037", "a small likelihood is a large chi2");
    is_str(filter_at(ui, model, 2), "chi2 > 3.407945609 and chi2 <= 5.605170186", "between");
    is_str(filter_at(ui, model, 5), "chi2 <= 1.210721031", "the best");
    ui->cells.kind = CLASS_PROBABILITY;
    model->parts.classes = part;
}

static void check_keys(struct ui *ui, struct model *model)
{
    struct judge *judge = model->judge;

    ui_go(ui, model, SCREEN_CELLS);
    mssm_answer(ui, model, 80, 24);
    ui->cells.rows.at = 0;
    ui_key(ui, model, 'j');
    is_size(ui->cells.rows.at, 1, "j goes down");
    ui_key(ui, model, 's');
    ok(ui->cells.by_volume, "s sorts by volume");
    ui_key(ui, model, 's');
    ui_key(ui, model, 'f');
    is_int(ui->cells.kind, CLASS_LIKELIHOOD, "f: the likelihood");
    model->judge = NULL;
    ui_key(ui, model, 'f');
    is_int(ui->cells.kind, CLASS_LIKELIHOOD, "not without pulls");
    has_str(ui->message, "pull", "and it is said why");
    model->judge = judge;
    ui_key(ui, model, 'f');
    ui_key(ui, model, 'e');
    is_int(ui->layer, LAYER_CONSOLE, "e opens the line");
    ui->layer = LAYER_NONE;
    ui_key(ui, model, 'm');
    ok(ui->screen == SCREEN_MAP && ui->map.borders && ui->map.heat, "m: borders on the map");
}

static void check_figures(void)
{
    static const struct {
        double value, error;
        int width;
        const char *value_text, *error_text;
    } cases[] = {
        {0.912, 0.0046, 8, "0.9120", "0.0046"},
        {0.000123, 0.0000123, 8, "0.000123", "0.000012"},
        {1.5e-7, 2e-8, 8, "1.50e-07", "2.0e-08"},
        {0.5, NAN, 8, "0.500", "-"},
        {NAN, NAN, 8, "-", "-"},
        {1, 0.001, 8, "1.0000", "0.0010"},
        {0, NAN, 8, "0.00", "-"},
        {0, 0.0002, 8, "0.00000", "0.00020"},
        {12.34, 2.5, 6, "12.3", "2.5"},
    };
    char value[FIGURE_SIZE], error[FIGURE_SIZE];
    size_t i;

    for (i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        figure_pair(value, error, cases[i].value, cases[i].error, cases[i].width);
        is_str(value, cases[i].value_text, "%g as %s", cases[i].value, cases[i].value_text);
        is_str(error, cases[i].error_text, "+- %g as %s", cases[i].error, cases[i].error_text);
    }
}

int main(void)
{
    struct model *model = help_model();
    struct ui *ui = help_ui(model);
    double share[CLASSES_MOST], sum = 0;
    size_t i;

    check_figures();
    cells_budget(model->parts.classes, share);
    for (i = 0; i < 6; i++)
        sum += share[i];
    is_double(sum, 1, 1e-9, "the shares of the error are all of it");
    is_double(share[4], 0.36, 0.02, "the fifth class makes 36 %% of it");
    check_golden(ui, model);
    check_honest(ui, model);
    check_levels(ui, model);
    check_filters(ui, model);
    check_sizes(ui, model);
    check_keys(ui, model);
    check_silence(ui, model);
    check_former(ui, model);
    check_thinking(ui, model);
    check_all_failed(ui, model);
    ui_free(ui);
    help_model_free(model);
    return done_testing();
}
