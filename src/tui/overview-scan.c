/* overview-scan.c: how far the scan is, whether it gets better, and what it has found.
 *
 * The goal that is shown is the one that will be reached first.  The gain is the accepted share of
 * the last complete round over that of uniform points, with both binomial errors.  Coverage is what
 * `status` calls so: how many of the accepted uniform points the learner had expected before they
 * ran, with the 95 % interval. */
#include "overview.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

enum { LABEL = PROGRESS_LABEL };

static void put_label(struct area area, int y, const char *label)
{
    area_text(area, y, 1, STYLE_PLAIN, label);
}

/* ---- progress -------------------------------------------------------------------------------- */

static void all_goals(const struct model *model, char out[WORDS])
{
    size_t i, n = 0;

    snprintf(out, WORDS, "%s", model->n_goals > 0 ? "goal: " : "no goal: it runs until stopped");
    n = strlen(out);
    for (i = 0; i < model->n_goals && n + 1 < WORDS; i++) {
        snprintf(out + n, WORDS - n, "%s%s", i > 0 ? " or " : "", model->goals[i].goal.text);
        n += strlen(out + n);
    }
}

/* "+- 0.13 of 0.3 %" */
static void error_words(const struct model *model, double wanted, bool is_relative, char out[WORDS])
{
    const struct integral_view *view = model->integral;
    double error = view ? view->result.error : (double)NAN;
    const char *unit = is_relative ? " %" : "";

    if (is_relative && view)
        error *= 100 / fabs(view->result.integral);
    if (isfinite(error))
        snprintf(out, WORDS, "+- %.2g of %.3g%s", error, wanted, unit);
    else
        snprintf(out, WORDS, "- of %.3g%s", wanted, unit);
}

static void goal_words(const struct model *model, const struct goal_view *goal, char out[WORDS])
{
    uint64_t n_done = model->integral ? model->integral->n_calls : model->n_closed;
    char done[32], all[32];

    switch (goal->goal.kind) {
    case GOAL_ACCEPTED:
        snprintf(out, WORDS, "%llu/%.0f", (unsigned long long)model->counts.accepted,
                 goal->goal.value);
        break;
    case GOAL_POINTS:
        snprintf(out, WORDS, "%llu/%.0f", (unsigned long long)n_done, goal->goal.value);
        break;
    case GOAL_SECONDS:
        snprintf(out, WORDS, "%s of %s", text_duration(done, sizeof done, model->engine.active_s),
                 text_duration(all, sizeof all, goal->goal.value));
        break;
    case GOAL_VOLUME_ERROR:
        if (model->volume > 0)
            snprintf(out, WORDS, "+- %.2g of %.2g %%", 100 * model->volume_error / model->volume,
                     100 * goal->goal.value);
        else
            snprintf(out, WORDS, "- of %.2g %%", 100 * goal->goal.value);
        break;
    case GOAL_ERROR: error_words(model, 100 * goal->goal.value, true, out); break;
    case GOAL_ERROR_ABSOLUTE: error_words(model, goal->goal.value, false, out); break;
    case GOAL_COVERED:
        if (goal->share > 0)
            snprintf(out, WORDS, "%.3g of %.3g %%", 100 * goal->share * goal->goal.value,
                     100 * goal->goal.value);
        else
            snprintf(out, WORDS, "- of %.3g %%", 100 * goal->goal.value);
        break;
    }
}

static const char *goal_label(const struct goal_view *goal, bool is_integral)
{
    switch (goal->goal.kind) {
    case GOAL_ACCEPTED: return "accepted";
    case GOAL_POINTS: return is_integral ? "calls" : "points";
    case GOAL_SECONDS: return "time";
    case GOAL_VOLUME_ERROR: return "volume";
    case GOAL_COVERED: return "covered";
    case GOAL_ERROR:
    case GOAL_ERROR_ABSOLUTE: return "error";
    }
    return "";
}

/* What stands at the right of the bar: when it is done, or why it stands still. */
static enum style end_words(const struct model *model, char out[WORDS])
{
    const struct goal_view *goal = model->nearest;
    char eta[WORDS];

    switch (model->phase) {
    case PHASE_RUN:
    case PHASE_DRAIN:
        if (goal && goal->left_s <= 0)
            snprintf(out, WORDS, "goal reached");
        else if (goal)
            snprintf(out, WORDS, "ETA %s",
                     overview_eta(eta, goal->left_s, goal->left_lo_s, goal->left_hi_s));
        return STYLE_PLAIN;
    case PHASE_PAUSE: snprintf(out, WORDS, "paused: p goes on"); return STYLE_STRONG;
    case PHASE_DONE: snprintf(out, WORDS, "done"); return STYLE_STRONG;
    case PHASE_FULL: snprintf(out, WORDS, "the disk is full"); return STYLE_WARNING;
    case PHASE_ERROR: snprintf(out, WORDS, "stopped by an error"); return STYLE_WARNING;
    case PHASE_IDLE:
        snprintf(out, WORDS,
                 goal && goal->left_s <= 0 ? "stopped at the goal" : "stopped before the goal");
        return STYLE_STRONG;
    case PHASE_NONE: snprintf(out, WORDS, "not begun"); return STYLE_STRONG;
    }
    return STYLE_PLAIN;
}

static void draw_goal(const struct model *model, struct area area, int y)
{
    const struct goal_view *goal = model->nearest;
    char counted[WORDS], percent[WORDS] = "", end[WORDS] = "";
    enum style style = end_words(model, end);
    int room = area.width - 1 - text_columns(end), x, bar;

    if (!goal) {
        put_label(area, y, "points");
        x = area_printf(area, y, LABEL, STYLE_PLAIN, "%llu", (unsigned long long)model->n_closed);
        area_text(area, y, x + 3, style, end);
        return;
    }
    put_label(area, y, goal_label(goal, model->integral != NULL));
    goal_words(model, goal, counted);
    if (isfinite(goal->share))
        snprintf(percent, sizeof percent, "  %.0f %%",
                 floor(100 * fmin(fmax(goal->share, 0), 1) + 1e-9));
    bar = room - LABEL - 4 - text_columns(counted) - text_columns(percent);
    bar = bar > 62 ? 62 : bar;
    plot_bar(area, y, LABEL, bar, goal->share, STYLE_PLAIN);
    x = area_text(area, y, LABEL + (bar > 2 ? bar + 1 : 0), STYLE_PLAIN, counted);
    x = area_text(area, y, x, STYLE_PLAIN, percent);
    area_text(area, y, x + 3, style, end);
}

/* The first round that is not complete, while the scan runs at least the last one; NULL: none. */
static const struct round_view *round_now(const struct model *model, size_t *n_done)
{
    const struct round_view *now = NULL;
    size_t i;

    *n_done = 0;
    for (i = 0; i < model->n_rounds; i++) {
        const struct round_view *round = &model->rounds[i];

        if (round->row.n_closed >= round->row.n_points)
            *n_done += 1;
        else if (!now)
            now = round;
    }
    if (!now && model->n_rounds > 0 && overview_is_active(model))
        now = &model->rounds[model->n_rounds - 1]; /* the next one is being proposed */
    return now;
}

static void draw_round(const struct model *model, struct area area, int y)
{
    size_t n_done;
    const struct round_view *now = round_now(model, &n_done);
    int width = area.width >= 110 ? 62 : 24, x = LABEL;
    char share[WORDS], thinking[WORDS];

    if (now) {
        double n = now->row.n_points > 0 ? now->row.n_points : 1;

        area_printf(area, y, 1, STYLE_PLAIN, "round %u", now->row.round);
        plot_bar(area, y, LABEL, width, now->row.n_closed / n, STYLE_PLAIN);
        x = area_printf(area, y, LABEL + width + 1, STYLE_PLAIN, "%u/%u", now->row.n_closed,
                        now->row.n_points);
        x += 3;
    } else {
        put_label(area, y, "rounds");
    }
    x = area_printf(area, y, x, STYLE_PLAIN, "%zu done", n_done);
    if (model_thinking(model, thinking, sizeof thinking)[0] != '\0')
        area_printf(area, y, x, STYLE_STRONG, "   %s: %.0f s",
                    strncmp(thinking, "The learner", 11) == 0 ? "learning" : "choosing",
                    model->thinking_s);
    else if (model->batch > 0 && overview_is_active(model))
        area_printf(area, y, x, STYLE_PLAIN, "   batch %zu, explore %s", model->batch,
                    overview_percent(share, model->explore, NAN));
}

static void failed_words(const struct model *model, char out[WORDS], bool has_count)
{
    char share[WORDS];

    if (model->n_closed == 0 || model->counts.failed == 0)
        snprintf(out, WORDS, "failed %s", model->n_closed == 0 ? "-" : "none");
    else if (has_count)
        snprintf(
            out, WORDS, "failed %s (%llu)",
            overview_percent(share, (double)model->counts.failed / (double)model->n_closed, NAN),
            (unsigned long long)model->counts.failed);
    else
        snprintf(
            out, WORDS, "failed %s",
            overview_percent(share, (double)model->counts.failed / (double)model->n_closed, NAN));
}

static void disk_words(const struct model *model, char out[WORDS])
{
    char store[WORDS], room[WORDS];

    snprintf(out, WORDS, "store %.20s (%.20s free)", overview_bytes(store, model->store_bytes),
             overview_bytes(room, model->free_bytes));
}

static void draw_rate(const struct model *model, struct area area, int y)
{
    char all[WORDS], now[WORDS], failed[WORDS], line[5 * WORDS], disk[WORDS], took[32];
    bool is_wide = area.width >= 110;

    overview_rate(all, model->per_s_all, model->per_s_all);
    overview_rate(now, model->per_s_now, model->per_s_all);
    failed_words(model, failed, is_wide);
    disk_words(model, disk);
    put_label(area, y, "rate");
    if (overview_is_active(model))
        snprintf(line, sizeof line, "%s now   %s all   queue %llu   running %zu/%zu   %s%s%s", now,
                 all, (unsigned long long)model->n_waiting, model->n_busy, model->n_workers, failed,
                 is_wide ? "   " : "", is_wide ? disk : "");
    else
        snprintf(line, sizeof line, "%s%s%s   %s   %s", all, model->n_closed > 0 ? " in " : "",
                 model->n_closed > 0 ? text_duration(took, sizeof took, model->engine.active_s)
                                     : "",
                 failed, disk);
    area_field(area, y, LABEL, area.width - LABEL - 1, STYLE_PLAIN, line);
}

void overview_progress_goal(const struct ui *ui, const struct model *model, struct area area)
{
    char goals[WORDS];

    all_goals(model, goals);
    overview_rule(ui, area, PANEL_PROGRESS, "Progress",
                  text_columns(goals) + 20 < area.width ? goals : NULL);
    draw_goal(model, area, 1);
}

void overview_progress(const struct ui *ui, const struct model *model, struct area area)
{
    overview_progress_goal(ui, model, area);
    draw_round(model, area, 2);
    draw_rate(model, area, 3);
}

/* ---- accepted share per round ---------------------------------------------------------------- */

/* The end of the axis: a digit times a power of ten that is not below. */
static double round_up(double value)
{
    static const double steps[] = {1, 2, 3, 4, 5, 6, 8, 10};
    double unit = value > 0 ? pow(10, floor(log10(value))) : 0.01;
    size_t i;

    for (i = 0; i < sizeof steps / sizeof steps[0]; i++)
        if (steps[i] * unit >= value * (1 - 1e-9))
            return fmin(steps[i] * unit, 1);
    return 1;
}

static void random_words(const struct model *model, char out[WORDS])
{
    char share[WORDS];

    if (isfinite(model->random_share) && model->random_share > 0)
        snprintf(out, WORDS, "random points %.60s",
                 overview_percent(share, model->random_share, model->random_error));
    else if (model->volume_below < 1)
        snprintf(out, WORDS, "random points below %.2g %%", 100 * model->volume_below);
    else
        snprintf(out, WORDS, "random points -");
}

/* The last complete round, and by how much it is better than drawing at random. */
static void draw_now(const struct model *model, struct area area, const struct round_view *last)
{
    char share[WORDS];
    double gain, error;

    if (!last)
        return;
    area_printf(area, 0, 0, STYLE_PLAIN, "last %s",
                overview_percent(share, last->share, last->share_error));
    gain = last->share / model->random_share;
    error =
        gain * hypot(last->share_error / last->share, model->random_error / model->random_share);
    if (isfinite(gain) && error < 0.5 * gain) /* from five accepted points on */
        area_printf(area, 1, 0, STYLE_PLAIN, "gain x%.*f +- %.*f", gain < 9.95, gain, gain < 9.95,
                    error);
    else
        area_text(area, 1, 0, STYLE_PLAIN, "gain -");
}

/* Labels at the upper edges of rows: the end of the axis, and round shares that leave room. */
static void draw_shares(struct area area, double top)
{
    struct plot_axis axis = {.lo = 0, .hi = top};
    double ticks[8];
    size_t i, n = plot_axis_ticks(&axis, ticks, area.height > 12 ? 6 : area.height > 3 ? 4 : 3);
    int row;

    area_printf(area, 0, 0, STYLE_PLAIN, "%4.*f %%", top < 0.05, 100 * top);
    for (i = 0; i < n; i++) {
        row = area.height - (int)lround(ticks[i] / top * area.height);
        if (ticks[i] > 0 && row >= (area.height > 3 ? 2 : 1))
            area_printf(area, row, 0, STYLE_PLAIN, "%4.*f %%", top < 0.05, 100 * ticks[i]);
    }
}

/* Points that the user gave are rounds proposed "from themselves": no share to compare. */
static bool is_given(const struct round_row *round)
{
    return round->round > 0 && round->after == round->round;
}

void overview_rounds(const struct ui *ui, const struct model *model, struct area area)
{
    enum { MOST = 512, LEFT = 7, RIGHT = 20 };
    double shares[MOST], top = 0;
    const struct round_view *last = NULL;
    char random[WORDS], title[WORDS];
    struct area plot;
    size_t i, n = 0, first = model->n_rounds > MOST ? model->n_rounds - MOST : 0, begin = 0;
    int height = area.height - 1;

    for (i = first; i < model->n_rounds; i++) {
        const struct round_view *round = &model->rounds[i];

        if (round->row.n_closed < round->row.n_points || round->row.n_closed == 0 ||
            is_given(&round->row))
            continue;
        begin = n == 0 ? round->row.round : begin;
        last = round;
        shares[n++] = round->share;
        top = fmax(top, isfinite(round->share) ? round->share : 0);
    }
    random_words(model, random);
    if (last)
        snprintf(title, sizeof title, "Accepted per round, %zu .. %u", begin, last->row.round);
    else
        snprintf(title, sizeof title, "Accepted per round");
    overview_rule(ui, area, PANEL_ROUNDS, title,
                  text_columns(title) + text_columns(random) + 12 < area.width ? random : NULL);
    area = area_rows(area, 1, height);
    if (!last) {
        area_text(area, 0, 1, STYLE_DIM, "no round is complete yet");
        return;
    }
    top = round_up(top);
    draw_shares(area, top);
    plot = area_columns(area, LEFT, area.width - LEFT - RIGHT);
    plot_columns(plot, shares, n, 0, top, STYLE_ACCEPTED);
    draw_now(model, area_columns(area, area.width - RIGHT + 1, RIGHT - 1), last);
}

/* ---- what was found -------------------------------------------------------------------------- */

static void accepted_words(const struct model *model, char out[WORDS])
{
    char share[WORDS];

    if (model->n_closed == 0) {
        snprintf(out, WORDS, "accepted -");
        return;
    }
    snprintf(
        out, WORDS, "accepted %llu of %llu (%.60s)", (unsigned long long)model->counts.accepted,
        (unsigned long long)model->n_closed,
        overview_percent(share, (double)model->counts.accepted / (double)model->n_closed, NAN));
}

static void volume_words(const struct model *model, char out[WORDS])
{
    char estimate[WORDS];

    if (model->is_relabelling)
        snprintf(out, WORDS, "volume   ... (a cut changes the labels)");
    else if (isfinite(model->volume))
        snprintf(out, WORDS, "volume   %.60s %s",
                 overview_estimate(estimate, model->volume, model->volume_error),
                 model->volume_error > 0.5 * model->volume ? "(not converged)" : "of the prior");
    else if (model->volume_below < 1)
        snprintf(out, WORDS, "volume   below %.2g of the prior (95 %%)", model->volume_below);
    else
        snprintf(out, WORDS, "volume   -");
}

static void covered_words(const struct model *model, char out[WORDS])
{
    const struct said_part *said = model_said(model);

    if (!said)
        snprintf(out, WORDS, "covered  ...");
    else if (said->foreseen.n > 0 && said->foreseen.n < REPORT_LEAST)
        snprintf(out, WORDS, "covered  - (%llu of %llu tests)",
                 (unsigned long long)said->foreseen.n_foreseen,
                 (unsigned long long)said->foreseen.n);
    else if (said->foreseen.n > 0)
        snprintf(out, WORDS, "covered  %.0f %% (%.0f .. %.0f %%)", 100 * said->foreseen.share,
                 100 * said->foreseen.lo, 100 * said->foreseen.hi);
    else if (said->n_asked > 0)
        snprintf(out, WORDS, "covered  - (no hit in %llu tests)",
                 (unsigned long long)said->n_asked);
    else
        snprintf(out, WORDS, "covered  - (not tested yet)");
}

/* Can it be trusted?  By the same rule as `status`. */
static enum style learner_words(const struct model *model, bool is_wide, char out[WORDS])
{
    double away = model->promised - model->found;
    const char *verdict = "trusted";
    struct report_band worst;
    enum style style = STYLE_PLAIN;
    double percent;
    int decimals;

    if (model->is_relabelled) {
        snprintf(out, WORDS,
                 model->phase == PHASE_RUN ? "learner  - (is trained anew)"
                                           : "learner  - (the target was changed)");
        return STYLE_PLAIN;
    }
    if (model->is_relaxed) {
        snprintf(out, WORDS, "learner  - (follows an easier target)");
        return STYLE_PLAIN;
    }
    if (!isfinite(model->promised) || !isfinite(model->found)) {
        snprintf(out, WORDS, "learner  - (no round of its own yet)");
        return STYLE_PLAIN;
    }
    if (fabs(away) > fmax(2 * model->found_error, 0.05)) {
        verdict = away > 0 ? "too sure" : "too modest";
        style = STYLE_WARNING;
    } else if (model->found_error > 0.1) {
        verdict = "too few points to tell";
    } else if (model->parts.said && report_worst_band(model->parts.said->all.bins, &worst)) {
        verdict = "uneven";
    }
    percent = 100 * fmax(model->found_error, 1e-3);
    decimals = percent < 0.95 && is_wide ? 1 : 0;
    snprintf(out, WORDS, "learner  %s: said %.*f, found %.*f +- %.*f %%", verdict, decimals,
             100 * model->promised, decimals, 100 * model->found, decimals,
             decimals > 0 ? percent : fmax(percent, 1));
    return style;
}

static double last_auc(const struct model *model)
{
    size_t i;

    for (i = model->n_rounds; i-- > 0;)
        if (isfinite(model->rounds[i].auc))
            return model->rounds[i].auc;
    return NAN;
}

/* Nothing is accepted: what stands in the way. */
static void draw_no_region(const struct model *model, struct area area, int y)
{
    const struct said_part *said = model_said(model);
    const char *names[JUDGE_MAX_TERMS];
    char words[2 * WORDS];
    size_t i, n = model->n_terms < JUDGE_MAX_TERMS ? model->n_terms : JUDGE_MAX_TERMS;

    for (i = 0; i < n; i++)
        names[i] = model->terms[i].name;
    if (said && model->counts.accepted == 0 &&
        judge_conflict_words(&said->conflict, names, n, words, sizeof words))
        area_field(area, y, LABEL, area.width - LABEL - 1, STYLE_WARNING, words);
    else if (model->n_closed > 0 && model->counts.failed == model->n_closed)
        area_text(area, y, LABEL, STYLE_WARNING, "- (every call failed: no point could be judged)");
    else
        area_text(area, y, LABEL, STYLE_PLAIN, said || model->n_closed == 0 ? "-" : "...");
}

/* "name lo .. hi" of the accepted points, as many parameters as fit. */
static void draw_region(const struct model *model, struct area area, int y)
{
    const struct said_part *said = model_said(model);
    char item[WORDS], range[WORDS];
    int x = LABEL;
    size_t v;

    put_label(area, y, "region");
    for (v = 0; said && v < model->scan->n_params && v < said->n_values; v++) {
        enum prior_kind kind = model->scan->params[v].kind;

        if (kind == PRIOR_FIXED || kind == PRIOR_DERIVED || !isfinite(said->good_lo[v]))
            continue;
        snprintf(item, sizeof item, "%s%.40s %.60s", x > LABEL ? "   " : "",
                 model->scan->value_names[v],
                 overview_range(range, kind == PRIOR_LOG, said->good_lo[v], said->good_hi[v]));
        if (x + text_columns(item) + 4 > area.width) {
            area_text(area, y, x, STYLE_PLAIN, " ...");
            break;
        }
        x = area_text(area, y, x, STYLE_PLAIN, item);
    }
    if (x == LABEL)
        draw_no_region(model, area, y);
}

/* The constraint that rejects most that is not yet in `told`. */
static size_t worst_term(const struct model *model, uint64_t told)
{
    const uint64_t *n = model_said(model)->n_term_fails;
    size_t i, worst = SIZE_MAX;

    for (i = 0; i < model->n_terms && i < JUDGE_MAX_TERMS; i++)
        if (!(told >> i & 1) && n[i] > 0 && (worst == SIZE_MAX || n[i] > n[worst]))
            worst = i;
    return worst;
}

static void draw_rejected(const struct model *model, struct area area, int y)
{
    const struct said_part *said = model_said(model);
    char item[WORDS], share[WORDS];
    uint64_t told = 0;
    int x = LABEL;
    size_t worst;

    put_label(area, y, "rejected");
    while (said && said->n_judged > 0 && (worst = worst_term(model, told)) != SIZE_MAX) {
        told |= (uint64_t)1 << worst;
        overview_percent(share, (double)said->n_term_fails[worst] / (double)said->n_judged, NAN);
        snprintf(item, sizeof item, "%s%.40s %.20s", x > LABEL ? "   " : "by ",
                 model->terms[worst].name, share);
        if (x + text_columns(item) + 4 > area.width) {
            area_text(area, y, x, STYLE_PLAIN, " ...");
            break;
        }
        x = area_text(area, y, x, STYLE_PLAIN, item);
    }
    if (x == LABEL)
        area_text(area, y, x, STYLE_PLAIN, !said ? "..." : said->n_judged == 0 ? "-" : "none");
}

void overview_found(const struct ui *ui, const struct model *model, struct area area)
{
    char accepted[WORDS], volume[WORDS], covered[WORDS], learner[WORDS], disk[WORDS];
    enum style style = learner_words(model, area.width >= 110, learner);
    int second = 35, x, y = 1;

    disk_words(model, disk);
    overview_rule(ui, area, PANEL_FOUND, "Found",
                  area.width < 110 && overview_is_active(model) ? disk : NULL);
    accepted_words(model, accepted);
    volume_words(model, volume);
    covered_words(model, covered);
    if (area.width >= 110) {
        area_text(area, y, 1, STYLE_PLAIN, accepted);
        area_text(area, y++, 44, STYLE_PLAIN, volume);
        area_text(area, y, 1, STYLE_PLAIN, covered);
        x = area_text(area, y, 44, style, learner);
        if (isfinite(last_auc(model)) && !model->is_relabelled)
            area_printf(area, y, x, style, ", AUC %.3f", last_auc(model));
        y++;
    } else {
        area_field(area, y, 1, second - 2, STYLE_PLAIN, accepted);
        area_field(area, y++, second, area.width - second, STYLE_PLAIN, volume);
        area_field(area, y, 1, second - 2, STYLE_PLAIN, covered);
        area_field(area, y++, second, area.width - second, style, learner);
    }
    if (area.height >= 12) {
        overview_found_tables(model, area_rows(area, y + 1, area.height - y - 1));
        return;
    }
    draw_region(model, area, y++);
    draw_rejected(model, area, y++);
}
