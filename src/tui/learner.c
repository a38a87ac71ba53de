/* learner.c: the screen of the learner: what is asked for, its keys, what is fetched, and the
 * sentences about what cannot be trusted.
 *
 * Said is what the learner predicted before a point ran, found is what came: points that it chose
 * itself and, apart, uniform ones.  Figures of a training (losses, AUC on held-out rows) come from
 * the metrics of its round. */
#include "learner.h"

#include <jansson.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

/* ---- figures --------------------------------------------------------------------------------- */

bool learner_is_whole(int height, int width)
{
    return height >= LEARNER_TALL && width >= LEARNER_WIDE;
}

const struct round_view *learner_last(const struct model *model)
{
    size_t r;

    for (r = model->n_rounds; r-- > 0;)
        if (isfinite(model->rounds[r].n_train))
            return &model->rounds[r];
    return NULL;
}

/* Figures of the rounds come before what is asked of their models: was the first one there for long
 * enough to be asked? */
static enum learner_silence silence_since(const struct model *model)
{
    static const double ANSWER_S = 10;
    size_t r;

    for (r = 0; r < model->n_rounds; r++) {
        const struct round_row *row = &model->rounds[r].row;

        if (row->first_id >= model->labels_from && (isfinite(row->promised) || row->train_s > 0))
            return model->now - row->started < ANSWER_S ? LEARNER_ASKED : LEARNER_UNREADABLE;
    }
    return LEARNER_UNREADABLE;
}

enum learner_silence learner_silence(const struct model *model)
{
    size_t r;

    for (r = model->n_rounds; r-- > 0;) {
        const struct round_row *row = &model->rounds[r].row;

        if (!isfinite(row->promised) && !(row->train_s > 0))
            continue;
        if (!model->is_relabelled && row->first_id >= model->labels_from)
            return silence_since(model);
        return model->phase == PHASE_RUN ? LEARNER_ANEW : LEARNER_FORMER;
    }
    return LEARNER_UNTRAINED;
}

double learner_found(const struct round_row *row, double *share, double *error)
{
    uint64_t n_accepted, n_learned = store_round_learned(row, &n_accepted);
    double n = (double)n_learned;

    *share = *error = NAN;
    if (n_learned == 0)
        return 0;
    *share = (double)n_accepted / n;
    *error = sqrt(fmax(*share * (1 - *share), 1 / n) / n);
    return n;
}

void learner_training_set(const struct model *model, const struct round_view *last,
                          uint64_t *accepted, uint64_t *rejected)
{
    size_t r;

    *accepted = *rejected = 0;
    for (r = 0; r < model->n_rounds && model->rounds[r].row.round <= last->row.after; r++) {
        *accepted += model->rounds[r].row.n_accepted;
        *rejected += model->rounds[r].row.n_rejected;
    }
}

/* ---- warnings -------------------------------------------------------------------------------- */

static void add_warning(struct learner_warning *warnings, size_t *n,
                        const struct learner_warning *warning)
{
    size_t i;

    if (*n == LEARNER_WARNINGS)
        return;
    for (i = (*n)++; i > 0 && warnings[i - 1].gravity < warning->gravity; i--)
        warnings[i] = warnings[i - 1];
    warnings[i] = *warning;
}

static void warn_of_band(const struct said *said, enum report_band_id id,
                         struct learner_warning *warnings, size_t *n)
{
    static const double LEAST = 0.02;
    struct learner_warning warning;
    struct report_band band;

    if (!report_band_is_off(said->bins, id, LEAST, &band))
        return;
    warning.gravity = fabs(band.promised - band.found);
    snprintf(warning.words, sizeof warning.words,
             "P %s is %.2f too %s: said %.3f, found %.3f +- %.3f in %.0f points", band.where,
             warning.gravity, band.verdict, band.promised, band.found, band.error, band.n);
    add_warning(warnings, n, &warning);
}

bool learner_bin_is_off(const struct report_bin *bin, double *error)
{
    double n = (double)bin->n, accepted = (double)bin->n_accepted;
    double away = fabs(bin->sum / n - accepted / n);

    *error = sqrt((accepted + 1) * (n - accepted + 1) / ((n + 2) * (n + 2) * (n + 3)));
    return bin->n >= 50 && away > 3 * *error && away > 0.02;
}

/* Of a tenth of the probability, where all bands are right on the whole. */
static void warn_of_bin(const struct said *said, size_t b, struct learner_warning *warnings,
                        size_t *n)
{
    const struct report_bin *bin = &said->bins[b];
    double points = (double)bin->n, promised = bin->sum / points, error;
    double found = (double)bin->n_accepted / points;
    struct learner_warning warning = {.gravity = fabs(promised - found)};

    if (!learner_bin_is_off(bin, &error))
        return;
    snprintf(warning.words, sizeof warning.words,
             "P %.1f to %.1f is %.2f too %s: said %.3f, found %.3f +- %.3f in %.0f points",
             (double)b / SAID_BINS, (double)(b + 1) / SAID_BINS, warning.gravity,
             promised < found ? "low" : "high", promised, found, error, points);
    add_warning(warnings, n, &warning);
}

static void warn_of_yield(const struct model *model, struct learner_warning *warnings, size_t *n)
{
    double off = model->promised - model->found;
    struct learner_warning warning = {.gravity = fabs(off)};

    if (!(fabs(off) > fmax(2 * model->found_error, 0.05)))
        return;
    snprintf(warning.words, sizeof warning.words,
             "The last rounds promised %.1f %% accepted, %.1f +- %.1f %% came: count on that",
             100 * model->promised, 100 * model->found, 100 * model->found_error);
    add_warning(warnings, n, &warning);
}

size_t learner_warnings(const struct model *model, const struct said *said,
                        struct learner_warning warnings[LEARNER_WARNINGS])
{
    struct learner_warning warning;
    size_t n = 0, n_before, i;
    bool is_band_off;

    if (model->is_relabelled) {
        warning.gravity = INFINITY;
        snprintf(warning.words, sizeof warning.words,
                 "Labels have changed since the last training: it predicts the former ones");
        add_warning(warnings, &n, &warning);
    }
    if (said && said->auc < 0.7 && model->scan->search.aim != AIM_BOUNDARY) {
        warning.gravity = 1e3;
        snprintf(warning.words, sizeof warning.words,
                 "AUC %.3f is little better than guessing (0.5): the search is near random",
                 said->auc);
        add_warning(warnings, &n, &warning);
    }
    n_before = n;
    for (i = N_REPORT_BANDS; said && i-- > 0;)
        warn_of_band(said, (enum report_band_id)i, warnings, &n);
    is_band_off = n > n_before;
    for (i = 0; said && !is_band_off && i < SAID_BINS; i++)
        warn_of_bin(said, i, warnings, &n);
    warn_of_yield(model, warnings, &n);
    return n;
}

/* ---- keys ------------------------------------------------------------------------------------ */

static const char *why_not(const struct ui *ui, const struct model *model, int key)
{
    const struct said_part *said = model->parts.said;

    if (model->integral && (key == TK_TAB || key == TK_BACK_TAB || key == 'h' || key == 'f'))
        return "An integration has one panel here: its rounds.";
    switch (key) {
    case TK_TAB:
    case TK_BACK_TAB:
        return learner_is_whole(ui->learner.height, ui->learner.width)
                   ? "Every panel is on the screen."
                   : NULL;
    case 'f':
        return said && said->uniform.n == 0 && !ui->learner.is_uniform
                   ? (said->is_since_cut
                          ? "No uniform point was predicted and run since a cut changed labels."
                          : "No uniform point was predicted before it ran.")
                   : NULL;
    case 'g':
    case 'c':
        if (!ui->can_command)
            return "Pictures are made from a live screen, or by theodolite plot.";
        return said && said->all.n == 0 && !model->integral
                   ? (said->is_since_cut ? "No point was predicted and run since a cut changed "
                                           "labels: there is nothing to plot."
                                         : "No point was predicted before it ran: there is nothing "
                                           "to plot.")
                   : NULL;
    case 't': return ui->can_command ? NULL : "The scan can be told something from a live screen.";
    case 'h': return learner_last(model) ? NULL : "No round was trained yet.";
    default: return NULL;
    }
}

static bool take_key(struct ui *ui, struct model *model, int key)
{
    struct learner_ui *learner = &ui->learner;

    if (model->integral && list_move(&learner->rounds, key))
        return true;
    switch (key) {
    case TK_TAB: learner->panel = (learner->panel + 1) % N_LEARNER_PANELS; return true;
    case TK_BACK_TAB:
        learner->panel = (learner->panel + N_LEARNER_PANELS - 1) % N_LEARNER_PANELS;
        return true;
    case 'h': learner->is_history = !learner->is_history; return true;
    case 'f': learner->is_uniform = !learner->is_uniform; return true;
    case 'g': ui_command(ui, model, model->integral ? "plot convergence" : "plot roc"); return true;
    case 't':
        if (model->integral)
            return false;
        ui_command(ui, model, "train now");
        return true;
    case 'c':
        ui_command(ui, model, model->integral ? "plot pulls" : "plot calibration");
        return true;
    default: return false;
    }
}

static void want(const struct ui *ui, const struct model *model, struct wants *wants)
{
    (void)ui;
    wants->wants_inputs = !model->integral;
}

/* ---- what is fetched ------------------------------------------------------------------------- */

static double number_or_nan(const json_t *value)
{
    return json_is_number(value) ? json_number_value(value) : NAN;
}

static void read_metrics(struct learner_ui *learner, const char *metrics)
{
    json_t *root = metrics ? json_loads(metrics, 0, NULL) : NULL;
    const json_t *losses = json_object_get(root, "loss");
    size_t i;

    learner->brier_before = number_or_nan(json_object_get(root, "brier_before_calibration"));
    learner->n_losses = 0;
    for (i = 0; i < json_array_size(losses) && i < LEARN_LOSSES; i++) {
        const json_t *entry = json_array_get(losses, i);
        double step = number_or_nan(json_array_get(entry, 0));
        struct learn_loss loss = {.train = number_or_nan(json_array_get(entry, 1)),
                                  .held_out = number_or_nan(json_array_get(entry, 2))};

        if (!(step >= 0 && step < 1e9) || !isfinite(loss.train))
            continue;
        loss.step = (size_t)step;
        learner->losses[learner->n_losses++] = loss;
    }
    json_decref(root);
}

static int update(struct ui *ui, struct model *model, int height, int width, struct err *err)
{
    struct learner_ui *learner = &ui->learner;
    const struct round_view *last = learner_last(model);
    const char *metrics = last ? last->row.metrics : NULL;

    (void)err;
    if (model->integral) {
        bool is_last = learner->rounds.n == 0 || learner->rounds.at + 1 >= learner->rounds.n;

        if (is_last && model->integral->n_rows > 0) /* it follows what comes */
            learner->rounds.at = model->integral->n_rows - 1;
        list_keep(&learner->rounds, model->integral->n_rows, learner_rounds_height(height) - 2);
    }
    learner->height = height;
    learner->width = width;
    if (learner->version != model->version || learner->metrics != metrics) {
        read_metrics(learner, metrics);
        learner->metrics = metrics;
        learner->version = model->version;
    }
    return 0;
}

static enum click click(struct ui *ui, struct model *model, int y, int x)
{
    enum { FIRST_ROW = 2 };

    (void)x;
    if (!model->integral)
        return CLICK_NOTHING;
    return list_click(&ui->learner.rounds, y - FIRST_ROW) == CLICK_NOTHING ? CLICK_NOTHING
                                                                           : CLICK_TAKEN;
}

static const struct key_help keys[] = {
    {"t", "train now", "train the learner at once, on every closed point", 't'},
    {"h", "history", "the figures of each round instead of ROC and calibration", 'h'},
    {"f", "uniform only", "said against found of the uniform points alone", 'f'},
    {"Tab", "panel", "the next panel: loss, inputs, yield, SMOTE", TK_TAB},
    {"g", "plot ROC", "make a picture of the ROC curve with gnuplot", 'g'},
    {"c", "plot calibration", "make a picture of the calibration with gnuplot", 'c'},
    {0},
};

static const struct key_help integral_keys[] = {
    {"g", "plot convergence", "make a picture of integral and error by calls with gnuplot", 'g'},
    {"c", "plot pulls", "make a picture of how well the rounds agree with gnuplot", 'c'},
    {"j k", "rounds", "scroll", 0},
    {0},
};

const struct screen learner_screen = {.name = "learner",
                                      .title = "Learner",
                                      .keys = keys,
                                      .integral_keys = integral_keys,
                                      .key = take_key,
                                      .click = click,
                                      .want = want,
                                      .update = update,
                                      .draw = learner_draw,
                                      .why_not = why_not};
