/* t-tui-learner.c: the screen of the learner: golden screens, what its warnings say, the figures
 * read from a round's metrics, keys. */
#include "../src/tui/learner.h"
#include "t-tui-help.h"

static const char metrics[] =
    "{\"auc\":0.943,\"brier\":0.0903,\"brier_before_calibration\":0.0941,\"loss\":["
    "[37,0.61,0.62],[75,0.40,0.43],[112,0.31,0.35],[150,0.26,0.30],[187,0.23,0.27],"
    "[225,0.2,0.24],[262,0.185,0.22],[300,0.17,0.21],[337,0.162,0.2],[375,0.155,0.19],"
    "[412,0.15,0.182],[450,0.145,0.175],[487,0.14,0.17],[525,0.135,0.165],[562,0.132,null],"
    "[600,0.13,0.16]]}";

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

static void check_golden(struct ui *ui, struct model *model)
{
    struct said_part *said = model->parts.said;
    struct inputs_part *inputs = model->parts.inputs;

    ui_go(ui, model, SCREEN_LEARNER);
    mssm_answer(ui, model, 80, 24);
    screen_is(ui, model, 80, 24, SYMBOLS_ASCII, "learner");
    styles_are(ui, model, 80, 24, SYMBOLS_ASCII, "learner");
    screen_is(ui, model, 80, 24, SYMBOLS_BRAILLE, "learner");
    mssm_answer(ui, model, 120, 40);
    screen_is(ui, model, 120, 40, SYMBOLS_ASCII, "learner");
    screen_is(ui, model, 120, 40, SYMBOLS_BRAILLE, "learner");
    mssm_answer(ui, model, 80, 24);
    ui_key(ui, model, TK_TAB);
    screen_is(ui, model, 80, 24, SYMBOLS_ASCII, "learner-inputs");
    ui_key(ui, model, TK_TAB);
    ui_key(ui, model, 'h');
    screen_is(ui, model, 80, 24, SYMBOLS_ASCII, "learner-history");
    ui_key(ui, model, 'h');
    ui_key(ui, model, TK_TAB);
    screen_is(ui, model, 80, 24, SYMBOLS_ASCII, "learner-smote");
    ui_key(ui, model, TK_TAB);
    is_int(ui->learner.panel, LEARNER_LOSS, "Tab goes round");
    ui_key(ui, model, 'f');
    screen_is(ui, model, 80, 24, SYMBOLS_ASCII, "learner-uniform");
    ui_key(ui, model, 'f');
    /* before anything was trained or counted */
    model->parts.said = NULL;
    model->parts.inputs = NULL;
    model->n_rounds = 1;
    model->promised = model->found = model->found_error = NAN;
    model->version++;
    mssm_answer(ui, model, 80, 24);
    screen_is(ui, model, 80, 24, SYMBOLS_ASCII, "learner-none");
    ui_key(ui, model, 'h');
    has_str(ui->message, "No round was trained", "h has nothing to show then");
    model->parts.said = said;
    model->parts.inputs = inputs;
    model->n_rounds = MSSM_ROUNDS;
    model->promised = 0.552;
    model->found = 0.517;
    model->found_error = 0.012;
    model->version++;
    mssm_answer(ui, model, 80, 24);
}

static void check_warnings(struct model *model)
{
    struct learner_warning warnings[LEARNER_WARNINGS];
    struct said said = model->parts.said->all;
    size_t n, i;

    n = learner_warnings(model, &said, warnings);
    ok(n >= 1, "there are warnings");
    is_str(warnings[0].words,
           "P above 0.8 is 0.04 too sure: said 0.937, found 0.894 +- 0.009 in 1241 points",
           "the gravest first, with its numbers");
    for (i = 1; i < n; i++)
        ok(warnings[i].gravity <= warnings[i - 1].gravity, "in falling order");
    said.bins[8] = (struct report_bin){.n = 20, .n_accepted = 0, .sum = 17};
    said.bins[9] = (struct report_bin){.n = 29, .n_accepted = 0, .sum = 28};
    n = learner_warnings(model, &said, warnings);
    for (i = 0; i < n; i++)
        ok(!strstr(warnings[i].words, "above 0.8"), "49 points are too few to tell");
    said.bins[8] = (struct report_bin){.n = 400, .n_accepted = 390, .sum = 340};
    n = learner_warnings(model, &said, warnings);
    ok(n > 0 && strstr(warnings[0].words, "P above 0.8"), "on the other side");
    for (i = 0; i < SAID_BINS; i++) /* as promised */
        said.bins[i] =
            (struct report_bin){.n = 1000, .n_accepted = 50 + 100 * i, .sum = 50 + 100 * (double)i};
    is_size(learner_warnings(model, &said, warnings), 0, "a calibrated learner is not warned of");
    said.bins[4] = (struct report_bin){.n = 69, .n_accepted = 19, .sum = 0.45 * 69};
    said.bins[6] = (struct report_bin){.n = 60, .n_accepted = 52, .sum = 0.65 * 60};
    n = learner_warnings(model, &said, warnings);
    is_size(n, 2, "tenths with a ! are told where their bands are right");
    is_str(warnings[1].words,
           "P 0.4 to 0.5 is 0.17 too high: said 0.450, found 0.275 +- 0.053 in 69 points",
           "with their numbers");
    for (i = 4; i <= 6; i += 2)
        said.bins[i] =
            (struct report_bin){.n = 1000, .n_accepted = 50 + 100 * i, .sum = 50 + 100 * (double)i};
    said.bins[0].n_accepted = 300;
    said.bins[1].n_accepted = 400;
    n = learner_warnings(model, &said, warnings);
    ok(n == 1 && strstr(warnings[0].words, "P below 0.2 is 0.25 too low"), "%s", warnings[0].words);
    said.auc = 0.6;
    model->found = 0.4;
    model->is_relabelled = true;
    n = learner_warnings(model, &said, warnings);
    is_size(n, 4, "labels, AUC, calibration, yield");
    has_str(warnings[0].words, "Labels have changed", "changed labels come first");
    has_str(warnings[1].words, "0.600", "then an AUC near a half");
    has_str(warnings[3].words, "promised 55.2 % accepted, 40.0 +- 1.2 % came", "then the yield");
    model->scan->search.aim = AIM_BOUNDARY;
    is_size(learner_warnings(model, &said, warnings), 3,
            "points on an edge are meant to be guesses");
    model->scan->search.aim = AIM_COVER;
    model->is_relabelled = false;
    model->found = 0.517;
}

static void check_figures(struct ui *ui, struct model *model)
{
    struct round_row row = {.n_closed = 200,
                            .n_uniform = 40,
                            .n_failed = 12,
                            .n_uniform_failed = 2,
                            .n_accepted = 76,
                            .n_uniform_accepted = 1};
    double share, error;
    uint64_t accepted, rejected;

    is_double(learner_found(&row, &share, &error), 150, 0, "learned points whose chain ran");
    is_double(share, 0.5, 1e-12, "half of them accepted");
    is_double(error, sqrt(0.25 / 150), 1e-12, "with the binomial error");
    row = (struct round_row){.n_closed = 600, .n_uniform = 600, .n_accepted = 13};
    row.n_uniform_accepted = 13;
    is_double(learner_found(&row, &share, &error), 0, 0, "a start design has none");
    ok(isnan(share) && isnan(error), "so no share");
    learner_training_set(model, &model->rounds[22], &accepted, &rejected);
    is_uint(accepted, 1584, "accepted of the rounds that the training saw");
    is_size(ui->learner.n_losses, 16, "the curve of the loss is read");
    is_double(ui->learner.losses[1].train, 0.4, 1e-12, "with its values");
    is_size(ui->learner.losses[15].step, 600, "and steps");
    ok(isnan(ui->learner.losses[14].held_out), "null is unknown");
    is_double(ui->learner.brier_before, 0.0941, 1e-12, "Brier before calibration");
    model->rounds[22].row.metrics = "{\"loss\": [1, [], [3]]";
    model->version++;
    mssm_answer(ui, model, 80, 24);
    is_size(ui->learner.n_losses, 0, "what is no JSON is no curve");
    ok(isnan(ui->learner.brier_before), "and no figure");
    model->rounds[22].row.metrics = "{\"loss\": [1, [], [3]]}";
    model->version++;
    mssm_answer(ui, model, 80, 24);
    is_size(ui->learner.n_losses, 0, "nor are odd entries");
    screen_is(ui, model, 80, 24, SYMBOLS_ASCII, "learner-odd");
}

/* What is measured has its own name. */
static void check_kin(struct ui *ui, struct model *model)
{
    struct scan_search *search = &model->scan->search;
    char lines[2][96];

    search->smote = SMOTE_ADASYN;
    learner_smote_effect(model, lines);
    is_str(lines[0], "ADASYN helps: held-out AUC", "ADASYN under its name");
    search->smote = SMOTE_BORDERLINE;
    model->version++;
    mssm_answer(ui, model, 80, 24);
    while (ui->learner.panel != LEARNER_SMOTE)
        ui_key(ui, model, TK_TAB);
    screen_is(ui, model, 80, 24, SYMBOLS_ASCII, "learner-borderline");
    ui_key(ui, model, TK_TAB);
    search->smote = SMOTE_PLAIN;
    model->version++;
}

/* Both parts were compared in round 20, and the process is what is trained since. */
static void check_choice(struct ui *ui, struct model *model)
{
    struct round_view *view = &model->rounds[20];

    ok(!learner_compared(model), "nothing was compared");
    view->network_log_loss = 0.0812;
    view->kernel_log_loss = 0.0296;
    view->both_log_loss = 0.0293;
    model->rounds[22].chosen = view->chosen = LEARNER_KERNEL;
    ok(learner_compared(model) == view, "the newest round that compared");
    model->rounds[22].row.metrics = metrics;
    model->version++;
    mssm_answer(ui, model, 80, 24);
    while (ui->learner.panel != LEARNER_LOSS)
        ui_key(ui, model, TK_TAB);
    screen_is(ui, model, 80, 24, SYMBOLS_ASCII, "learner-choice");
    mssm_answer(ui, model, 120, 40);
    screen_is(ui, model, 120, 40, SYMBOLS_ASCII, "learner-choice");
    view->kernel_log_loss = 0;
    model->rounds[22].chosen = view->chosen = LEARNER_AUTO;
    model->version++;
}

static void check_smote(struct model *model)
{
    struct round_view *view = &model->rounds[20];
    char lines[2][96];

    ok(learner_smote_effect(model, lines) == view, "the newest round that measured SMOTE");
    is_str(lines[0], "SMOTE helps: held-out AUC", "more than two errors above 0");
    is_str(lines[1], "0.943 with, 0.931 without (+0.012 +- 0.004), round 20",
           "both, and the difference");
    view->smote_auc_gain = 0.007;
    learner_smote_effect(model, lines);
    has_str(lines[0], "makes no difference: ", "less than two");
    view->smote_auc_gain = -0.007;
    learner_smote_effect(model, lines);
    has_str(lines[0], "makes no difference: ", "on either side");
    view->smote_auc_gain = view->smote_auc_gain_error = 0;
    learner_smote_effect(model, lines);
    has_str(lines[0], "makes no difference: ", "not a single point is told apart");
    view->smote_auc_gain_error = 0.004;
    view->smote_auc_gain = -0.012;
    learner_smote_effect(model, lines);
    has_str(lines[0], "SMOTE hurts", "below");
    has_str(lines[0], "search: {smote: no}", "with what to do");
    view->smote_auc_gain = NAN;
    ok(!learner_smote_effect(model, lines), "never measured");
    is_str(lines[0], "SMOTE's effect: - (not measured yet)", "is said");
    model->scan->search.smote = SMOTE_NO;
    learner_smote_effect(model, lines);
    is_str(lines[0], "SMOTE's effect: - (not measured while it is off)", "and that it will not be");
    model->scan->search.smote = SMOTE_PLAIN;
    view->smote_auc_gain = 0.012;
}

static void check_keys(struct ui *ui, struct model *model)
{
    struct wants wants = {.is_frozen = false};

    learner_screen.want(ui, model, &wants);
    ok(wants.wants_inputs, "inputs are asked for");
    mssm_answer(ui, model, 120, 40);
    has_str(learner_screen.why_not(ui, model, TK_TAB), "Every panel", "Tab on a large screen");
    mssm_answer(ui, model, 80, 24);
    ok(learner_screen.why_not(ui, model, TK_TAB) == NULL, "but not on a small one");
    model->parts.said->uniform.n = 0;
    ui_key(ui, model, 'f');
    ok(!ui->learner.is_uniform, "f without uniform points does nothing");
    has_str(ui->message, "No uniform point", "and says why");
}

int main(void)
{
    struct model *model = help_model();
    struct ui *ui = help_ui(model);

    model->rounds[22].row.metrics = metrics;
    check_golden(ui, model);
    check_warnings(model);
    check_figures(ui, model);
    check_smote(model);
    check_kin(ui, model);
    check_choice(ui, model);
    check_keys(ui, model);
    ui_go(ui, model, SCREEN_LEARNER);
    is_int(help_draw_sizes(ui, model), 56, "every size can be drawn");
    ui_free(ui);
    help_model_free(model);
    return done_testing();
}
