/* learner-panels.c: the learner's smaller panels: how the loss fell within the last training,
 * which inputs matter, what was promised and what came by rounds, what SMOTE is worth, the
 * training set, and the figures of the rounds as a table. */
#include "learner.h"
#include "plot.h"

#include <math.h>
#include <stdio.h>

enum { MOST_ROUNDS = 512, FIGURE_SIZE = 24 };

/* ---- loss ------------------------------------------------------------------------------------ */

static void draw_curves(const struct learner_ui *learner, struct area area, double most)
{
    double x[LEARN_LOSSES], train[LEARN_LOSSES], held[LEARN_LOSSES];
    struct plot_box box = {0, 1, 0, most};
    size_t i;

    for (i = 0; i < learner->n_losses; i++) {
        x[i] = (double)learner->losses[i].step;
        train[i] = learner->losses[i].train;
        held[i] = learner->losses[i].held_out;
        box.x_hi = x[i];
    }
    plot_curve(area, &box, x, train, learner->n_losses, '.', STYLE_DIM);
    plot_curve(area, &box, x, held, learner->n_losses, 'o', STYLE_ACCEPTED);
}

const struct round_view *learner_compared(const struct model *model)
{
    size_t r;

    for (r = model->n_rounds; r-- > 0;)
        if (model->rounds[r].kernel_log_loss > 0)
            return &model->rounds[r];
    return NULL;
}

/* The held-out log losses that the choice between the parts was made by. */
static void draw_choice(const struct model *model, struct area area, bool is_narrow)
{
    const struct round_view *at = learner_compared(model);
    char text[3][TEXT_DOUBLE_SIZE];

    if (!at)
        return;
    plot_number(text[0], at->network_log_loss, 7);
    plot_number(text[1], at->kernel_log_loss, 7);
    plot_number(text[2], at->both_log_loss, 7);
    if (!is_narrow) {
        char round[32];
        int x = area_printf(area, 0, 1, STYLE_PLAIN, "log loss: networks %s, process %s, both %s",
                            text[0], text[1], text[2]);

        snprintf(round, sizeof round, " (round %u)", at->row.round);
        if (x + text_columns(round) <= area.width)
            area_text(area, 0, x, STYLE_PLAIN, round);
        return;
    }
    area_printf(area, 0, 0, STYLE_PLAIN, "%c networks    %s",
                at->chosen == LEARNER_NETWORK ? '>' : ' ', text[0]);
    area_printf(area, 1, 0, STYLE_PLAIN, "%c process     %s",
                at->chosen == LEARNER_KERNEL ? '>' : ' ', text[1]);
    area_printf(area, 2, 0, STYLE_PLAIN, "%c both        %s",
                at->chosen == LEARNER_AUTO ? '>' : ' ', text[2]);
}

/* Stores of before have no curve: the losses of the rounds. */
static void draw_loss_of_rounds(const struct model *model, const char *right, struct area area)
{
    double train[MOST_ROUNDS], held[MOST_ROUNDS], most = 0;
    size_t n = 0, r = model->n_rounds > MOST_ROUNDS ? model->n_rounds - MOST_ROUNDS : 0;
    const struct round_view *last = learner_last(model);
    char text[TEXT_DOUBLE_SIZE];

    area_rule(area, 0, "Loss by rounds", right);
    for (; r < model->n_rounds; r++) {
        if (!isfinite(model->rounds[r].n_train))
            continue;
        train[n] = model->rounds[r].train_loss;
        held[n] = model->rounds[r].log_loss;
        most = isfinite(train[n]) ? fmax(most, train[n]) : most;
        most = isfinite(held[n]) ? fmax(most, held[n]) : most;
        n++;
    }
    area_text(area, 1, 1, STYLE_PLAIN, "in training");
    plot_sparkline(area, 1, 14, area.width - 24, train, n, 0, most, STYLE_PLAIN);
    area_text(area, 1, area.width - 8, STYLE_PLAIN,
              plot_number(text, last ? last->train_loss : (double)NAN, 7));
    area_text(area, 2, 1, STYLE_PLAIN, "log loss out");
    plot_sparkline(area, 2, 14, area.width - 24, held, n, 0, most, STYLE_PLAIN);
    area_text(area, 2, area.width - 8, STYLE_PLAIN,
              plot_number(text, last ? last->log_loss : (double)NAN, 7));
    area_text(area, 3, 1, STYLE_DIM,
              last && last->chosen == LEARNER_KERNEL
                  ? "The Gaussian process was trained alone: it has no curve."
                  : "The curve within a training was not kept by this store.");
    draw_choice(model, area_rows(area, 4, area.height - 4), false);
}

static void draw_loss(const struct ui *ui, const struct model *model, const char *right,
                      struct area area)
{
    const struct learner_ui *learner = &ui->learner;
    const struct round_view *last = learner_last(model);
    const struct learn_loss *end;
    int side = 24, rows = area.height - 1;
    char text[TEXT_DOUBLE_SIZE], title[64];
    struct area words;
    double most = 0;
    size_t i;

    if (learner->n_losses == 0 || !last) {
        if (last)
            draw_loss_of_rounds(model, right, area);
        else
            area_rule(area, 0, "Loss", right);
        if (!last)
            area_text(area, 1, 1, STYLE_DIM, "No round was trained yet.");
        return;
    }
    end = learner->losses + learner->n_losses - 1;
    for (i = 0; i < learner->n_losses; i++) {
        most = fmax(most, learner->losses[i].train);
        most =
            isfinite(learner->losses[i].held_out) ? fmax(most, learner->losses[i].held_out) : most;
    }
    snprintf(title, sizeof title, "Loss within the training of round %u", last->row.round);
    area_rule(area, 0, title, right);
    area_text(area, 1, 1, STYLE_DIM, plot_number(text, most, 5));
    area_text_right(area, rows, 6, STYLE_DIM, "0");
    draw_curves(learner, area_columns(area_rows(area, 1, rows), 7, area.width - side - 8), most);
    words = area_columns(area_rows(area, 1, rows), area.width - side, side);
    area_printf(words, 0, 0, STYLE_DIM, ". training    %s", plot_number(text, end->train, 8));
    area_printf(words, 1, 0, STYLE_PLAIN, "o left out    %s", plot_number(text, end->held_out, 8));
    if (learner_compared(model) && words.height < 7) {
        draw_choice(model, area_rows(words, 2, words.height - 2), true);
        return;
    }
    area_printf(words, 2, 0, STYLE_DIM, "%zu steps", end->step);
    area_printf(words, 3, 0, STYLE_DIM, "log loss out  %s", plot_number(text, last->log_loss, 8));
    draw_choice(model, area_rows(words, 4, words.height - 4), true);
}

/* ---- inputs ---------------------------------------------------------------------------------- */

static void draw_inputs(const struct model *model, const char *right, struct area area)
{
    static const char *const why[] = {
        [LEARNER_UNTRAINED] = "There is no model to ask yet.",
        [LEARNER_ANEW] = "It is being trained anew.",
        [LEARNER_FORMER] = "The model is of before a cut or of other ranges: t trains a new one.",
        [LEARNER_ASKED] = "The learner is being asked.",
        [LEARNER_UNREADABLE] = "The model cannot be read: it is of another version."};
    const struct inputs_part *part = model->parts.inputs;
    size_t order[64], n, i, j;
    int bar = area.width - 36, y;
    double most = 0;

    area_rule(area, 0, "Which inputs matter: fall of the AUC without", right);
    if (!part || !part->has_model || part->n == 0) {
        area_text(area, 1, 1, STYLE_DIM,
                  part ? why[learner_silence(model)] : "The learner is being asked.");
        return;
    }
    if (!isfinite(part->auc)) {
        area_text(area, 1, 1, STYLE_DIM, "- (it takes accepted and rejected points)");
        return;
    }
    n = part->n < sizeof order / sizeof order[0] ? part->n : sizeof order / sizeof order[0];
    for (i = 0; i < n; i++) { /* the largest first */
        for (j = i; j > 0 && part->fall[order[j - 1]] < part->fall[i]; j--)
            order[j] = order[j - 1];
        order[j] = i;
        most = fmax(most, part->fall[i]);
    }
    for (i = 0, y = 1; i < n && y < area.height; i++, y++) {
        size_t k = order[i];

        if (y == area.height - 1 && i + 1 < n) {
            area_printf(area, y, 1, STYLE_DIM, "and %zu more, each below %.3f", n - i,
                        fmax(part->fall[k], 0) + 0.0005);
            break;
        }
        area_field(area, y, 1, 14, STYLE_PLAIN, model->scan->value_names[part->value[k]]);
        plot_bar(area, y, 16, bar, most > 0 ? fmax(part->fall[k], 0) / most : (double)NAN,
                 STYLE_PLAIN);
        area_printf(area, y, 17 + bar, STYLE_PLAIN, "%6.3f +- %.3f", part->fall[k], part->error[k]);
    }
}

/* ---- yield ----------------------------------------------------------------------------------- */

static void draw_series(struct area area, int y, const char *name, const double *values, size_t n)
{
    area_text(area, y, 1, STYLE_PLAIN, name);
    plot_sparkline(area, y, 11, area.width - 21, values, n, 0, 1, STYLE_PLAIN);
    if (n > 0 && isfinite(values[n - 1]))
        area_printf(area, y, area.width - 9, STYLE_PLAIN, "%.1f %%", 100 * values[n - 1]);
    else
        area_text(area, y, area.width - 9, STYLE_DIM, "-");
}

static void draw_yield(const struct model *model, const char *right, struct area area)
{
    double promised[MOST_ROUNDS], found[MOST_ROUNDS], error, share, n_found;
    size_t n = 0, r = model->n_rounds > MOST_ROUNDS ? model->n_rounds - MOST_ROUNDS : 0;
    int y;

    area_rule(area, 0, "Yield of the learned points by rounds", right);
    for (; r < model->n_rounds; r++) {
        const struct round_row *row = &model->rounds[r].row;

        if (!isfinite(row->promised) || row->is_relaxed || row->n_closed < row->n_points)
            continue;
        learner_found(row, &found[n], &error);
        promised[n++] = row->promised;
    }
    draw_series(area, 1, "promised", promised, n);
    draw_series(area, 2, "found", found, n);
    for (r = model->n_rounds, y = 3; r-- > 0 && y < area.height;) {
        const struct round_row *row = &model->rounds[r].row;

        n_found = learner_found(row, &share, &error);
        if (!isfinite(row->promised) || row->n_closed < row->n_points || n_found < 1)
            continue;
        if (row->is_relaxed) {
            area_printf(area, y++, 1, STYLE_DIM,
                        "round %u: for an easier target, nothing was accepted yet", row->round);
            continue;
        }
        area_printf(area, y++, 1, STYLE_DIM,
                    "round %u: promised %.1f %%, found %.1f +- %.1f %% of %.0f", row->round,
                    100 * row->promised, 100 * share, 100 * error, n_found);
    }
}

/* ---- SMOTE ----------------------------------------------------------------------------------- */

/* As its authors call it. */
static const char *smote_name(const struct model *model)
{
    static const char *const names[] = {[SMOTE_NO] = "SMOTE",
                                        [SMOTE_PLAIN] = "SMOTE",
                                        [SMOTE_BORDERLINE] = "Borderline-SMOTE",
                                        [SMOTE_ADASYN] = "ADASYN"};

    return names[model->scan->search.smote];
}

const struct round_view *learner_smote_effect(const struct model *model, char lines[2][96])
{
    const struct round_view *at = NULL;
    const char *verdict = "makes no difference";
    size_t r;

    for (r = model->n_rounds; r-- > 0 && !at;)
        if (isfinite(model->rounds[r].smote_auc_gain))
            at = &model->rounds[r];
    lines[1][0] = '\0';
    if (!at) {
        snprintf(lines[0], 96, "%s's effect: - (%s)", smote_name(model),
                 model->scan->search.smote == SMOTE_NO ? "not measured while it is off"
                                                       : "not measured yet");
        return NULL;
    }
    if (at->smote_auc_gain > 2 * at->smote_auc_gain_error) {
        verdict = "helps";
    } else if (at->smote_auc_gain < -2 * at->smote_auc_gain_error) {
        verdict = "hurts, search: {smote: no}";
    }
    snprintf(lines[0], 96, "%s %s: held-out AUC", smote_name(model), verdict);
    snprintf(lines[1], 96, "%.3f with, %.3f without (%+.3f +- %.3f), round %u", at->smote_auc,
             at->smote_auc - at->smote_auc_gain, at->smote_auc_gain, at->smote_auc_gain_error,
             at->row.round);
    return at;
}

static void draw_smote(const struct model *model, const char *right, struct area area)
{
    const struct round_view *at;
    char lines[2][96], title[64];

    snprintf(title, sizeof title, "What %s is worth", smote_name(model));
    area_rule(area, 0, title, right);
    at = learner_smote_effect(model, lines);
    area_text(area, 1, 1, STYLE_PLAIN, lines[0]);
    area_text(area, 2, 1, STYLE_PLAIN, lines[1]);
    if (!at)
        return;
    area_printf(area, 3, 1, STYLE_PLAIN, "log loss with it %s by %.3f +- %.3f",
                at->smote_log_loss_gain < 0 ? "higher" : "lower", fabs(at->smote_log_loss_gain),
                at->smote_log_loss_gain_error);
    area_text(area, 4, 1, STYLE_DIM,
              "Two further networks, with and without, on points that neither has seen.");
}

void learner_draw_panel(const struct ui *ui, const struct model *model, enum learner_panel panel,
                        const char *right, struct area area)
{
    switch (panel) {
    case LEARNER_INPUTS: draw_inputs(model, right, area); break;
    case LEARNER_YIELD: draw_yield(model, right, area); break;
    case LEARNER_SMOTE: draw_smote(model, right, area); break;
    case LEARNER_LOSS:
    case N_LEARNER_PANELS: draw_loss(ui, model, right, area); break;
    }
}

/* ---- the training set ------------------------------------------------------------------------ */

static void smote_words(const struct model *model, const struct round_view *last, uint64_t accepted,
                        bool is_long, char *out, size_t size)
{
    const struct scan_search *search = &model->scan->search;
    const char *name = smote_name(model);
    double share = 100 * last->n_smote / (last->n_smote + last->n_train);

    if (search->smote == SMOTE_NO)
        snprintf(out, size, "SMOTE is off (search: smote)");
    else if (!(last->n_smote > 0) && last->chosen == LEARNER_KERNEL)
        snprintf(out, size, "%s adds none: the process learns alone", name);
    else if (!(last->n_smote > 0))
        snprintf(out, size, "%s adds none: %s", name,
                 accepted < 4                                       ? "too few are accepted"
                 : accepted <= 1024 && search->smote != SMOTE_PLAIN ? "no accepted one is in danger"
                                                                    : "enough are accepted");
    else if (search->smote == SMOTE_BORDERLINE && !is_long)
        snprintf(out, size, "%s adds %.0f (%.0f %%)", name, last->n_smote, share);
    else
        snprintf(out, size, "%s adds %.0f (%.0f %% of the set, k = %zu)", name, last->n_smote,
                 share, search->smote_neighbours);
}

int learner_draw_set(const struct ui *ui, const struct model *model, bool is_long, struct area area,
                     int y)
{
    const struct round_view *last = learner_last(model);
    uint64_t accepted, rejected;
    char smote[80], effect[2][96];

    (void)ui;
    if (last) {
        learner_training_set(model, last, &accepted, &rejected);
        smote_words(model, last, accepted, is_long, smote, sizeof smote);
        area_printf(area, y++, 1, STYLE_PLAIN, "set: %llu accepted : %llu rejected%s%s",
                    (unsigned long long)accepted, (unsigned long long)rejected, is_long ? "" : "; ",
                    is_long ? "" : smote);
        if (is_long) {
            (void)learner_smote_effect(model, effect);
            area_text(area, y++, 1, STYLE_PLAIN, smote);
            area_text(area, y++, 1, STYLE_PLAIN, effect[0]);
            if (effect[1][0])
                area_text(area, y++, 1, STYLE_PLAIN, effect[1]);
            area_text(area, y++, 1, STYLE_DIM,
                      "Synthetic rows train the label's head alone: they are");
            area_text(area, y++, 1, STYLE_DIM, "in no count, no volume and no figure shown here.");
        }
    } else {
        area_text(area, y++, 1, STYLE_DIM, "set: - (no round was trained yet)");
    }
    if (!isfinite(model->promised))
        area_text(area, y, 1, STYLE_DIM,
                  model->is_relaxed
                      ? "yield: - (nothing accepted yet: the learner follows an easier target)"
                      : "yield: - (no round of learned points is complete)");
    else if (is_long)
        area_printf(area, y, 1, STYLE_PLAIN,
                    "promised %.1f %%, found %.1f +- %.1f %% of %llu that ran",
                    100 * model->promised, 100 * model->found, 100 * model->found_error,
                    (unsigned long long)model->n_learned);
    else
        area_printf(
            area, y, 1, STYLE_PLAIN,
            "yield: promised %.1f %%, found %.1f +- %.1f %% of the last %llu learned that ran",
            100 * model->promised, 100 * model->found, 100 * model->found_error,
            (unsigned long long)model->n_learned);
    return y + 1;
}

/* ---- the figures of the rounds --------------------------------------------------------------- */

static void put_number(struct area area, int y, int end, int digits, double value)
{
    char text[FIGURE_SIZE] = "-";

    if (isfinite(value))
        snprintf(text, sizeof text, "%.*f", digits, value);
    area_text_right(area, y, end, isfinite(value) ? STYLE_PLAIN : STYLE_DIM, text);
}

void learner_draw_history(const struct model *model, struct area area)
{
    static const struct {
        const char *name;
        int end;
    } columns[] = {{"round", 6},     {"points", 15},   {"SMOTE", 22}, {"AUC", 29},
                   {"log loss", 39}, {"training", 49}, {"Brier", 57}, {"promised %", 68},
                   {"found %", 76},  {"+-", 80}};
    size_t r;
    int y = 2;

    area_rule(area, 0, "Figures of the rounds (held out), newest first", "h: ROC and calibration");
    for (r = 0; r < sizeof columns / sizeof columns[0]; r++)
        area_text_right(area, 1, columns[r].end, STYLE_DIM, columns[r].name);
    for (r = model->n_rounds; r-- > 0 && y < area.height;) {
        const struct round_view *view = &model->rounds[r];
        double share, error;

        if (!isfinite(view->n_train))
            continue;
        learner_found(&view->row, &share, &error);
        put_number(area, y, 6, 0, (double)view->row.round);
        put_number(area, y, 15, 0, view->n_train);
        put_number(area, y, 22, 0, view->n_smote);
        put_number(area, y, 29, 3, view->auc);
        put_number(area, y, 39, 3, view->log_loss);
        put_number(area, y, 49, 3, view->train_loss);
        put_number(area, y, 57, 4, view->brier);
        put_number(area, y, 68, 1, view->row.is_relaxed ? (double)NAN : 100 * view->row.promised);
        put_number(area, y, 76, 1, 100 * share);
        put_number(area, y++, 80, 100 * error < 9.5 ? 1 : 0, 100 * error);
    }
}
