/* t-tui-help.h: what the tests of the workbench share: a scan filled by hand, and golden screens.
 *
 * The scan is "mssm-night": 4823 closed points = 1702 accepted + 2981 rejected + 140 failed, 177
 * open ones (8 run, 169 wait), 23 rounds of which 22 are complete; now is 02:14:37 UTC, two hours,
 * 14 minutes and 37 seconds after its start.  No store is behind it: screens fetch nothing.
 *
 * screen_is() draws and compares with tests/screens/NAME-80x24-ascii.txt; with TAP_UPDATE=1 in the
 * environment the file is written instead, and the difference is reviewed by eye. */
#ifndef TESTS_T_TUI_HELP_H
#define TESTS_T_TUI_HELP_H

#include "../src/tui/plot.h"
#include "../src/tui/ui.h"
#include "tap.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

enum {
    MSSM_POINTS = 5000,
    MSSM_CLOSED = 4823,
    MSSM_ROUNDS = 23,
    MSSM_START = 600,
    MSSM_BATCH = 200,
    MSSM_WORKERS = 8,
    MSSM_VALUES = 11
};

static const double mssm_now = 1795313677; /* 2026-11-22 02:14:37 UTC */

static const char mssm_text[] = "scan: mssm-night\n"
                                "goal: [10000 points, 5000 accepted]\n"
                                "seed: 771120\n"
                                "parameters:\n"
                                "  m0: uniform 50 .. 5000 GeV\n"
                                "  m12: uniform 50 .. 5000 GeV\n"
                                "  tanb: log 5 .. 60\n"
                                "  A0: uniform -3000 .. 3000 GeV\n"
                                "  sign_mu: choice -1, 1\n"
                                "calculators:\n"
                                "  spheno:\n"
                                "    run: SPheno\n"
                                "    read:\n"
                                "      mh: = 110 + 4 * tanb / (1 + tanb)\n"
                                "      m_gluino: = 2.2 * m12\n"
                                "  micromegas:\n"
                                "    read:\n"
                                "      omega: = m0 / m12 * 0.1\n"
                                "      bsg: = 3e-4 + tanb * 1e-6\n"
                                "      gmu2: = tanb / m0 * 1e-8\n"
                                "  higgstools:\n"
                                "    read:\n"
                                "      r_lhc: = 1000 / m12\n"
                                "constraints:\n"
                                "  higgs: mh in 123 .. 127\n"
                                "  relic: omega < 0.13 +- 0.01\n"
                                "  flavour: bsg in 2.9e-4 .. 3.7e-4\n"
                                "  muon: gmu2 > 1e-10\n"
                                "  lhc: r_lhc < 1\n"
                                "target: all\n"
                                "search:\n"
                                "  start: 600\n"
                                "  batch: 200\n"
                                "  explore: 20 %\n"
                                "run:\n"
                                "  workers: 8\n";

/* ---- points ---------------------------------------------------------------------------------- */

static inline double mssm_random(uint32_t *state)
{
    *state = *state * 1664525U + 1013904223U;
    return ((double)(*state >> 8) + 0.5) / 16777216;
}

/* Probability of the target, the picture's banana. */
static inline double mssm_p(double m0, double m12)
{
    double u = m0 / 5000, ridge = 1500 - 900 * u + 3300 * u * u * u, width = 230 + 260 * u;
    double away = (m12 - ridge) / width, along = (u - 0.4) / 0.3;

    return 0.96 * exp(-away * away / 2) * (0.3 + 0.7 * exp(-along * along));
}

static const unsigned mssm_accepted[MSSM_ROUNDS] = {
    13, 18, 34, 48, 58, 60, 66, 67, 75, 84, 87, 89, 91, 93, 95, 96, 98, 99, 101, 103, 109, 106, 12};

static inline unsigned mssm_n_failed(uint32_t round)
{
    return round == 0 ? 30 : round == 22 ? 1 : round == 21 ? 4 : round <= 5 ? 6 : 5;
}

static inline uint32_t mssm_round(uint64_t id)
{
    return id <= MSSM_START ? 0 : (uint32_t)((id - MSSM_START - 1) / MSSM_BATCH + 1);
}

static inline bool mssm_is_running(uint64_t id)
{
    return id == 4802 || (id >= 4825 && id <= 4831);
}

struct mssm_point {
    uint64_t id;
    uint32_t round;
    enum point_origin origin;
    enum point_state state;
    bool is_waiting;
    float predicted, seconds;
    double row[MSSM_VALUES]; /* m0 m12 tanb A0 sign_mu mh m_gluino omega bsg gmu2 r_lhc */
};

/* All of them: a function of the id alone. */
static inline struct mssm_point mssm_point(uint64_t id)
{
    struct mssm_point point = {.id = id, .round = mssm_round(id)};
    uint32_t random = (uint32_t)id * 2654435761U, k, n, first;
    double *row = point.row;
    int tries;

    first = point.round == 0 ? 1 : MSSM_START + (point.round - 1) * MSSM_BATCH + 1;
    n = point.round == 0 ? MSSM_START : MSSM_BATCH;
    k = (uint32_t)(id - first) * 7919U % n; /* 7919 is prime: a permutation of the round */
    if (point.round == 22)
        k = (uint32_t)(id == 4801 ? 0 : id - 4802);
    if (mssm_is_running(id) || id >= 4825)
        point.state = STATE_RUNNING;
    else if (k < mssm_accepted[point.round])
        point.state = STATE_ACCEPTED;
    else
        point.state = k < mssm_accepted[point.round] + mssm_n_failed(point.round) ? STATE_FAILED
                                                                                  : STATE_REJECTED;
    point.is_waiting = id > 4831;
    point.origin = point.round == 0 ? ORIGIN_START : id % 5 == 0 ? ORIGIN_EXPLORE : ORIGIN_LEARNED;
    mssm_random(&random);
    for (tries = 0; tries < 200; tries++) {
        double p, u;

        row[0] = 50 + 4950 * mssm_random(&random);
        row[1] = 50 + 4950 * mssm_random(&random);
        p = mssm_p(row[0], row[1]);
        u = mssm_random(&random);
        if (point.state == STATE_FAILED) { /* no symmetry breaking in one corner */
            if (row[0] < 1800 && row[1] > 2600 && u < 0.9)
                break;
        } else if (point.state == STATE_REJECTED) {
            if (u < (point.origin == ORIGIN_LEARNED ? sqrt(p) * (1 - p) : 1 - p))
                break;
        } else if (u < (point.origin == ORIGIN_EXPLORE && point.state == STATE_RUNNING ? 1 : p)) {
            break;
        }
    }
    row[2] = 5 * exp(log(12.0) * mssm_random(&random));
    row[3] = -3000 + 6000 * mssm_random(&random);
    row[4] = mssm_random(&random) < 0.3 ? -1 : 1;
    row[5] = 122.5 + row[2] / 20 + 2 * mssm_random(&random);
    row[6] = 2.2 * row[1] * (0.95 + 0.1 * mssm_random(&random));
    row[7] = point.state == STATE_ACCEPTED ? 0.1 + 0.03 * mssm_random(&random)
                                           : 0.14 + 3 * mssm_random(&random);
    row[8] = 3e-4 + row[2] * 1e-6;
    row[9] = row[2] / row[0] * 1e-8;
    row[10] = 0.4 + 0.5 * mssm_random(&random);
    if (point.state == STATE_FAILED || point.state == STATE_RUNNING)
        for (k = 5; k < MSSM_VALUES; k++)
            row[k] = NAN;
    point.predicted = point.round < 2 ? NAN : (float)mssm_p(row[0], row[1]);
    point.seconds = point.state == STATE_RUNNING ? NAN : (float)(8 + 6 * mssm_random(&random));
    return point;
}

/* ---- parts ----------------------------------------------------------------------------------- */

static inline void *mssm_array(const struct model *model, size_t n, size_t size)
{
    void *memory = arena_array(model->arena, n, size);

    if (!memory)
        bail_out("out of memory");
    return memory;
}

/* The points as a map asks for them; width and height in dots.  Slices are kept. */
static inline struct map_part *mssm_map(struct model *model, const struct map_want *want)
{
    struct map_part *part = mssm_array(model, 1, sizeof *part);
    size_t n = (size_t)want->width * (size_t)want->height;
    struct plot_axis x = {.lo = want->x_lo, .hi = want->x_hi, .is_log = want->x_is_log};
    struct plot_axis y = {.lo = want->y_lo, .hi = want->y_hi, .is_log = want->y_is_log};
    uint64_t id;
    int layer;

    *part = (struct map_part){.as_of = {.upto = MSSM_POINTS, .is_whole = true}, .want = *want};
    for (layer = 0; layer < N_MAP_LAYERS; layer++)
        part->dots[layer] = mssm_array(model, n, sizeof *part->dots[layer]);
    part->cut = mssm_array(model, n, 1);
    part->id = mssm_array(model, n, sizeof *part->id);
    for (id = 1; id <= MSSM_POINTS; id++) {
        struct mssm_point point = mssm_point(id);
        double px = plot_axis_place(&x, point.row[want->x]);
        double py = plot_axis_place(&y, point.row[want->y]);
        bool is_inside = true;
        size_t s, dot;

        layer = point.state == STATE_ACCEPTED  ? MAP_ACCEPTED
                : point.state == STATE_FAILED  ? MAP_FAILED
                : point.state == STATE_RUNNING ? MAP_PROPOSED
                                               : MAP_REJECTED;
        for (s = 0; s < want->n_slices; s++)
            if (point.row[want->slices[s].value] < want->slices[s].lo ||
                point.row[want->slices[s].value] > want->slices[s].hi)
                is_inside = false;
        if (!is_inside)
            continue;
        if (isnan(px) || isnan(py)) {
            part->n_missing[layer]++;
            continue;
        }
        if (!(px >= 0 && px <= 1 && py >= 0 && py <= 1)) {
            part->n_outside[layer]++;
            continue;
        }
        dot = (size_t)fmin((1 - py) * want->height, want->height - 1) * (size_t)want->width +
              (size_t)fmin(px * want->width, want->width - 1);
        part->n[layer]++;
        part->dots[layer][dot]++;
        part->id[dot] = id;
        if (layer == MAP_REJECTED)
            part->cut[dot] = (uint8_t)(1 + id % 5);
        if (layer == MAP_ACCEPTED && part->dots[layer][dot] > part->n_most)
            part->n_most = part->dots[layer][dot];
    }
    if (want->has_box) {
        part->box_n = 214;
        part->box_accepted = 131;
        part->box_rejected = 81;
        part->box_failed = 2;
        part->box_uniform = 68;
        part->box_uniform_accepted = 12;
    }
    return part;
}

/* The banana as the learner's probability; of axes m0 (0) and m12 (1) only. */
static inline struct heat_part *mssm_heat(struct model *model, const struct map_want *want)
{
    struct heat_part *part = mssm_array(model, 1, sizeof *part);
    int width = want->width / 2, height = want->height / 4, y, x;

    *part = (struct heat_part){.want = *want,
                               .width = width,
                               .height = height,
                               .n_rows_done = height,
                               .round = 22,
                               .has_model = true};
    part->p = mssm_array(model, (size_t)width * (size_t)height, sizeof *part->p);
    part->spread = mssm_array(model, (size_t)width * (size_t)height, sizeof *part->spread);
    for (y = 0; y < height; y++)
        for (x = 0; x < width; x++) {
            double m0 = want->x_lo + (want->x_hi - want->x_lo) * (x + 0.5) / width;
            double m12 = want->y_hi - (want->y_hi - want->y_lo) * (y + 0.5) / height;

            part->p[y * width + x] = (float)mssm_p(m0, m12);
            part->spread[y * width + x] = 0.06F;
        }
    return part;
}

static inline struct said_part *mssm_said(struct model *model)
{
    static const uint64_t n[SAID_BINS] = {1929, 402, 260, 201, 188, 171, 150, 141, 160, 1081};
    static const double found[SAID_BINS] = {0.03, 0.11, 0.22, 0.31, 0.44,
                                            0.52, 0.66, 0.70, 0.79, 0.91};
    struct said_part *part = mssm_array(model, 1, sizeof *part);
    uint64_t id;
    size_t i, v;

    part->as_of = (struct as_of){.upto = MSSM_POINTS, .is_whole = true};
    for (i = 0; i < SAID_BINS; i++) {
        struct said *all = &part->all, *uniform = &part->uniform;

        all->bins[i].n = n[i];
        all->bins[i].n_accepted = (uint64_t)((double)n[i] * found[i] + 0.5);
        all->bins[i].sum = (double)n[i] * (0.05 + 0.1 * (double)i);
        all->n += n[i];
        uniform->bins[i].n = i == 0 ? 700 : n[i] / 40;
        uniform->bins[i].n_accepted = (uint64_t)((double)uniform->bins[i].n * found[i] + 0.5);
        uniform->bins[i].sum = (double)uniform->bins[i].n * (0.05 + 0.1 * (double)i);
        uniform->n += uniform->bins[i].n;
        for (v = 0; v < ROC_BINS / SAID_BINS; v++) {
            size_t bin = i * (ROC_BINS / SAID_BINS) + v;

            all->accepted[bin] = all->bins[i].n_accepted * SAID_BINS / ROC_BINS;
            all->other[bin] = (n[i] - all->bins[i].n_accepted) * SAID_BINS / ROC_BINS;
            uniform->accepted[bin] = uniform->bins[i].n_accepted * SAID_BINS / ROC_BINS;
            uniform->other[bin] =
                (uniform->bins[i].n - uniform->bins[i].n_accepted) * SAID_BINS / ROC_BINS;
        }
    }
    part->all.auc = 0.943;
    part->uniform.auc = 0.951;
    part->n_values = MSSM_VALUES;
    part->lo = mssm_array(model, MSSM_VALUES, sizeof(double));
    part->hi = mssm_array(model, MSSM_VALUES, sizeof(double));
    part->good_lo = mssm_array(model, MSSM_VALUES, sizeof(double));
    part->good_hi = mssm_array(model, MSSM_VALUES, sizeof(double));
    part->n_finite = mssm_array(model, MSSM_VALUES, sizeof(uint64_t));
    for (v = 0; v < MSSM_VALUES; v++)
        part->lo[v] = part->hi[v] = part->good_lo[v] = part->good_hi[v] = NAN;
    for (id = 1; id <= MSSM_POINTS; id++) {
        struct mssm_point point = mssm_point(id);

        if (point.state == STATE_RUNNING)
            continue;
        part->by_origin[point.origin]++;
        part->by_origin_accepted[point.origin] += point.state == STATE_ACCEPTED;
        for (v = 0; v < MSSM_VALUES; v++) {
            if (isnan(point.row[v]))
                continue;
            part->n_finite[v]++;
            part->lo[v] = fmin(part->lo[v], point.row[v]);
            part->hi[v] = fmax(part->hi[v], point.row[v]);
            if (point.state != STATE_ACCEPTED)
                continue;
            part->good_lo[v] = fmin(part->good_lo[v], point.row[v]);
            part->good_hi[v] = fmax(part->good_hi[v], point.row[v]);
        }
    }
    part->n_judged = 4683;
    part->n_term_fails[0] = 1204;
    part->n_term_fails[1] = 2417;
    part->n_term_fails[2] = 388;
    part->n_term_fails[3] = 97;
    part->n_term_fails[4] = 601;
    part->n_asked = 840;
    part->n_asked_accepted = 17;
    part->n_expected = 16;
    part->foreseen = survey_foreseen(16, part->n_asked_accepted);
    return part;
}

/* The cells of the page on the terminal interface. */
static inline struct classes_part *mssm_classes(struct model *model)
{
    static const double level[7] = {0, 0.01, 0.1, 0.3, 0.6, 0.9, 1};
    static const double volume[6] = {0.912, 0.046, 0.021, 0.0112, 0.0066, 0.0032};
    static const double volume_error[6] = {0.0046, 0.0021, 0.0013, 0.0008, 0.0006, 0.0004};
    static const double f[6] = {0.0011, 0.0412, 0.187, 0.442, 0.751, 0.951};
    static const double f_error[6] = {0.0001, 0.0016, 0.004, 0.006, 0.005, 0.002};
    static const double right[6] = {0.98, 0.81, 0.77, 0.79, 0.83, 0.91};
    static const double below[6] = {0, 0.14, 0.15, 0.13, 0.11, 0.09};
    static const uint64_t n[6] = {2210, 713, 601, 480, 397, 282};
    struct classes_part *part = mssm_array(model, 1, sizeof *part);
    double variance = 0;
    size_t i;

    *part = (struct classes_part){.as_of = {.upto = MSSM_POINTS, .is_whole = true},
                                  .has_model = true,
                                  .has_likelihood = true,
                                  .round = 22,
                                  .n_drawn = 65536,
                                  .n = 6,
                                  .chi2_min = 0.31};
    part->want.is_wanted = true;
    part->want.kind = CLASS_PROBABILITY;
    part->want.n_levels = 7;
    for (i = 0; i < 7; i++)
        part->want.level[i] = level[i];
    for (i = 0; i < 6; i++) {
        part->rows[i] = (struct class_row){.lo = level[i],
                                           .hi = level[i + 1],
                                           .volume = volume[i],
                                           .volume_error = volume_error[i],
                                           .f = f[i],
                                           .f_error = f_error[i],
                                           .said = (level[i] + level[i + 1]) / 2,
                                           .n = n[i],
                                           .n_measured = n[i] / 4,
                                           .right = right[i],
                                           .below = below[i],
                                           .above = 1 - right[i] - below[i]};
        part->integral += volume[i] * f[i];
        variance += pow(volume_error[i] * f[i], 2) + pow(volume[i] * f_error[i], 2);
    }
    part->integral_error = sqrt(variance);
    return part;
}

static inline struct inputs_part *mssm_inputs(struct model *model)
{
    static const double fall[5] = {0.212, 0.301, 0.094, 0.021, 0.003};
    struct inputs_part *part = mssm_array(model, 1, sizeof *part);
    size_t i;

    *part = (struct inputs_part){
        .round = 22, .has_model = true, .n = 5, .auc = 0.943, .n_points = 2000};
    part->fall = mssm_array(model, 5, sizeof *part->fall);
    part->error = mssm_array(model, 5, sizeof *part->error);
    part->value = mssm_array(model, 5, sizeof *part->value);
    for (i = 0; i < 5; i++) {
        part->fall[i] = fall[i];
        part->error[i] = 0.004;
        part->value[i] = i;
    }
    return part;
}

/* ---- the model ------------------------------------------------------------------------------- */

static inline struct scan *mssm_scan(void)
{
    struct scan_diagnostics *diagnostics = scan_diagnostics_create();
    struct scan_options options = {.sets = NULL};
    struct err err = ERR_INIT;
    struct scan *scan = NULL;
    const char **units;
    struct buf words;
    size_t v;

    buf_init(&words, 1 << 20);
    if (scan_parse(mssm_text, "mssm-night.yaml", "/", &options, &scan, diagnostics, &err) != 0)
        bail_out("scan: %s", err.message);
    if (scan_n_errors(diagnostics) > 0) {
        scan_print_diagnostics(diagnostics, "mssm-night.yaml", mssm_text, &words, &err);
        bail_out("scan: %s", words.data);
    }
    buf_free(&words);
    scan_diagnostics_free(diagnostics);
    units = arena_array(scan->arena, scan->n_values, sizeof *units);
    if (scan->n_values != MSSM_VALUES || !units)
        bail_out("mssm-night has %zu values", scan->n_values);
    for (v = 0; v < MSSM_VALUES; v++) /* mh and the gluino's mass have one */
        units[v] = v == 5 || v == 6 ? "GeV" : scan->value_units[v];
    scan->value_units = units;
    return scan;
}

static inline void mssm_fill_counts(struct model *model)
{
    model->counts = (struct store_counts){.total = MSSM_POINTS,
                                          .running = MSSM_POINTS - MSSM_CLOSED,
                                          .accepted = 1702,
                                          .rejected = 2981,
                                          .failed = 140,
                                          .evaluations = 4871,
                                          .uniform_total = 1445,
                                          .uniform_accepted = 30,
                                          .uniform_failed = 66,
                                          .n_rounds = MSSM_ROUNDS,
                                          .chain_seconds = 57900};
    model->n_closed = MSSM_CLOSED;
    model->per_s_now = 36.2 / 60;
    model->per_s_all = 35.9 / 60;
    model->n_busy = model->n_workers = MSSM_WORKERS;
    model->n_waiting = 169;
    model->engine = (struct engine_row){.pid = 4711,
                                        .host = "cluster7",
                                        .state = "running",
                                        .started = mssm_now - 8077,
                                        .beat = mssm_now - 0.3,
                                        .active_s = 8077,
                                        .is_alive = true};
    model->silent_s = 0.3;
    model->phase = PHASE_RUN;
    model->phase_why = "";
    model->volume = 0.0208;
    model->volume_error = 0.0038;
    model->volume_below = NAN;
    model->promised = 0.552;
    model->found = 0.517;
    model->found_error = 0.012;
    model->n_learned = 1548;
    model->random_share = 0.0208;
    model->random_error = 0.0038;
    model->batch = MSSM_BATCH;
    model->explore = 0.2;
    model->pins = "";
    model->store_bytes = 312000000;
    model->free_bytes = 41000000000;
}

static inline void mssm_fill_rounds(struct model *model)
{
    double begun = mssm_now - 8077;
    uint64_t id = 1;
    size_t r;

    model->rounds = mssm_array(model, MSSM_ROUNDS, sizeof *model->rounds);
    model->n_rounds = MSSM_ROUNDS;
    for (r = 0; r < MSSM_ROUNDS; r++) {
        struct round_view *view = &model->rounds[r];
        struct round_row *row = &view->row;
        double known = fmin((double)r / 22, 1);

        row->round = (uint32_t)r;
        row->first_id = id;
        row->n_points = r == 0 ? MSSM_START : MSSM_BATCH;
        row->n_closed = r == 22 ? 23 : row->n_points;
        row->n_accepted = mssm_accepted[r];
        row->n_failed = mssm_n_failed((uint32_t)r);
        row->n_rejected = row->n_closed - row->n_accepted - row->n_failed;
        row->n_uniform = r == 0 ? MSSM_START : r == 22 ? 5 : 40;
        row->n_uniform_accepted = r == 0 ? 13 : (uint32_t)(r == 22 ? 0 : r % 5 ? 1 : 0);
        row->n_uniform_failed = row->n_uniform / 22;
        row->started = begun;
        begun += row->n_closed * 60 / 35.9;
        row->ended = r == 22 ? 0 : begun;
        row->train_s = r == 0 ? 0 : 20 + (double)r;
        row->propose_s = r == 0 ? 0 : 3.2;
        row->promised = r < 2 ? (double)NAN : 0.25 + 0.4 * known;
        row->volume = r == 0 ? (double)NAN : 0.0208 + 0.004 * (1 - known);
        row->volume_error = r == 0 ? (double)NAN : 0.0058 - 0.002 * known;
        row->after = r < 2 ? 0 : (uint32_t)(r - 2);
        view->share = (double)row->n_accepted / row->n_closed;
        view->share_error = sqrt(view->share * (1 - view->share) / row->n_closed);
        view->auc = r < 2 ? (double)NAN : 0.81 + 0.133 * sqrt(known);
        view->brier = r < 2 ? (double)NAN : 0.16 - 0.07 * known;
        view->log_loss = r < 2 ? (double)NAN : 0.62 - 0.483 * sqrt(known);
        view->train_loss = r < 2 ? (double)NAN : 0.6 - 0.47 * sqrt(known);
        view->failure_auc = r < 4 ? (double)NAN : 0.9;
        view->n_train = r < 2 ? (double)NAN : 362 + (double)(r - 1) * 161;
        view->n_held_out = r < 2 ? (double)NAN : 120 + (double)r * 40;
        view->n_smote = r < 2 ? (double)NAN : 1400 - (double)r * 18;
        view->smote_auc = r == 20 ? 0.943 : (double)NAN;
        view->smote_auc_gain = r == 20 ? 0.012 : (double)NAN;
        view->smote_auc_gain_error = r == 20 ? 0.004 : (double)NAN;
        view->smote_log_loss_gain = r == 20 ? 0.021 : (double)NAN;
        view->smote_log_loss_gain_error = r == 20 ? 0.006 : (double)NAN;
        id += row->n_points;
    }
}

static inline void mssm_fill_workers(struct model *model)
{
    static const struct {
        uint64_t point;
        const char *state, *calculator;
        double for_s, median_s, limit_s;
    } now[MSSM_WORKERS] = {
        {4825, "run", "spheno", 41, 6, 120},     {4826, "run", "micromegas", 7, 9, 180},
        {4827, "run", "spheno", 2, 6, 120},      {4802, "SLOW", "higgstools", 295, 8, 300},
        {4828, "run", "spheno", 1, 6, 120},      {4831, "prep", "spheno", 0, 6, 120},
        {4829, "run", "micromegas", 12, 9, 180}, {4830, "run", "spheno", 0, 6, 120},
    };
    size_t i, v;

    model->workers = mssm_array(model, MSSM_WORKERS, sizeof *model->workers);
    for (i = 0; i < MSSM_WORKERS; i++) {
        struct mssm_point point = mssm_point(now[i].point);
        struct worker_view *view = &model->workers[i];

        view->row = (struct worker_row){.worker = (int)i + 1,
                                        .pid = 4720 + (int64_t)i,
                                        .point = now[i].point,
                                        .since = mssm_now - now[i].for_s - 9,
                                        .n_done = 600,
                                        .busy_s = 7800};
        view->state = now[i].state;
        view->calculator = now[i].calculator;
        view->calculator_since = mssm_now - now[i].for_s;
        view->median_s = now[i].median_s;
        view->limit_s = now[i].limit_s;
        view->is_slow = strcmp(now[i].state, "SLOW") == 0;
        view->values = mssm_array(model, MSSM_VALUES, sizeof(double));
        for (v = 0; v < MSSM_VALUES; v++)
            view->values[v] = point.row[v];
    }
}

static inline void mssm_fill_words(struct model *model)
{
    static const struct store_tally tallies[] = {
        {"spheno", "exit", 88, "exit status 2: no electroweak symmetry breaking"},
        {"higgstools", "timeout", 31, "no end after 300 s"},
        {"micromegas", "not-finite", 12, "omega is NaN"},
        {"spheno", "signal", 9, "SIGSEGV: invalid memory reference"}};
    static const struct log_view logs[] = {
        {-437, 'w', "learn", "said 0.85, found 0.79 in the last 2 rounds (160 points)", 0, 0, 0},
        {-308, 'i', "engine", "round 21: 200 proposed (160 learned, 40 explore)", 0, 0, 0},
        {-207, 'u', "user", "inject m0=2400 m12=1900 tanb=50: point 4751", 4751, 1, true},
        {-157, 'f', "spheno", "point 4779: signal 11 after 3.2 s", 4779, 0, 0},
        {-77, 'u', "user", "cut relic: omega < 0.13: 212 labels changed", 0, 2, true},
        {-76, 'i', "engine", "4683 points judged again in 0.02 s", 0, 0, 0},
        {-40, 'i', "learn", "trained on 3746 points in 41 s: AUC 0.943", 0, 0, 0},
        {-39, 'i', "engine", "round 22: 200 proposed (160 learned, 40 explore)", 0, 0, 0},
        {-6, 'w', "higgstools", "worker 4, point 4802: 290 s of 300 s", 4802, 0, 0}};
    static const char *const names[5] = {"higgs", "relic", "flavour", "muon", "lhc"};
    size_t i;

    model->n_tallies = sizeof tallies / sizeof tallies[0];
    memcpy(model->tallies, tallies, sizeof tallies);
    model->n_logs = sizeof logs / sizeof logs[0];
    model->logs = mssm_array(model, model->n_logs, sizeof *model->logs);
    memcpy(model->logs, logs, sizeof logs);
    for (i = 0; i < model->n_logs; i++)
        model->logs[i].at += mssm_now;
    model->n_journal = 2;
    model->journal = mssm_array(model, 2, sizeof *model->journal);
    model->journal[0] =
        (struct command_row){.id = 1,
                             .at = mssm_now - 207,
                             .text = arena_strdup(model->arena, "inject m0=2400 m12=1900 tanb=50"),
                             .answer = arena_strdup(model->arena, "point 4751"),
                             .is_ok = true};
    model->journal[1] =
        (struct command_row){.id = 2,
                             .at = mssm_now - 77,
                             .text = arena_strdup(model->arena, "cut relic: omega < 0.13"),
                             .answer = arena_strdup(model->arena, "212 labels changed"),
                             .is_ok = true};
    model->n_terms = 5;
    model->terms = mssm_array(model, 5, sizeof *model->terms);
    for (i = 0; i < 5; i++) {
        model->terms[i].name = names[i];
        model->terms[i].text = model->scan->constraints[i].text;
    }
}

/* mssm-night; the parts said, classes and inputs are there, map and heat are made by mssm_map and
 * mssm_heat for what is wanted (or all at once by mssm_answer). */
static inline struct model *help_model(void)
{
    struct model *model = mem_new(struct model);
    struct err err = ERR_INIT;

    setenv("TZ", "UTC", 1);
    tzset();
    if (!model || !(model->arena = arena_create()))
        bail_out("out of memory");
    model->scan = mssm_scan();
    model->space = space_create(model->scan, &err);
    model->judge = judge_create(model->scan, NULL, 0, NULL, &err);
    if (!model->space || !model->judge)
        bail_out("%s", err.message);
    model->now = mssm_now;
    mssm_fill_counts(model);
    mssm_fill_rounds(model);
    mssm_fill_workers(model);
    mssm_fill_words(model);
    model->n_goals = model->scan->n_goals;
    model->goals = mssm_array(model, model->n_goals, sizeof *model->goals);
    model->goals[0] = (struct goal_view){.goal = model->scan->goals[0],
                                         .share = 0.4823,
                                         .left_s = 8580,
                                         .left_lo_s = 7800,
                                         .left_hi_s = 11100};
    model->goals[1] = (struct goal_view){.goal = model->scan->goals[1],
                                         .share = 0.3404,
                                         .left_s = 10310,
                                         .left_lo_s = 9600,
                                         .left_hi_s = 11900};
    model->nearest = &model->goals[0];
    model->parts.said = mssm_said(model);
    model->parts.classes = mssm_classes(model);
    model->parts.inputs = mssm_inputs(model);
    model->version = 1;
    return model;
}

static inline void help_model_free(struct model *model)
{
    judge_free(model->judge);
    space_free(model->space);
    scan_free(model->scan);
    arena_free(model->arena);
    mem_free(model);
}

/* ---- screens --------------------------------------------------------------------------------- */

static inline struct ui *help_ui(struct model *model)
{
    struct err err = ERR_INIT;
    struct ui *ui = ui_create(model, SYMBOLS_ASCII, COLORS_NONE, &err);

    if (!ui)
        bail_out("ui_create: %s", err.message);
    ui->can_command = true;
    return ui;
}

/* The map and heat that the present screen wants at this size; said, classes and inputs stay. */
static inline void mssm_answer(struct ui *ui, struct model *model, int width, int height)
{
    struct wants wants = {.is_frozen = false};
    struct err err = ERR_INIT;

    ui->width = width;
    ui->height = height;
    if (ui_update(ui, model, &err) != 0)
        bail_out("ui_update: %s", err.message);
    ui_wants(ui, model, &wants);
    model->parts.map = wants.map.is_wanted ? mssm_map(model, &wants.map) : NULL;
    model->parts.heat =
        wants.map.is_wanted && wants.map.wants_heat ? mssm_heat(model, &wants.map) : NULL;
}

static inline void help_compare(const struct buf *got, const char *file, const char *name)
{
    const char *src = getenv("TH_SRC");
    struct err err = ERR_INIT;
    char path[1200];
    struct buf want;

    snprintf(path, sizeof path, "%s/tests/screens/%s", src ? src : ".", file);
    if (getenv("TAP_UPDATE")) {
        if (file_write(path, got->data, got->len, &err) != 0)
            bail_out("%s", err.message);
        pass("%s: written", name);
        return;
    }
    buf_init(&want, 1 << 20);
    if (buf_read_file(&want, path, &err) != 0) {
        fail("%s: %s", name, err.message);
    } else if (!ok(want.len == got->len && memcmp(want.data, got->data, got->len) == 0, "%s",
                   name)) {
        const char *a = got->data, *b = want.data;
        int row = 0;

        while (*a || *b) { /* the lines that differ */
            size_t n = strcspn(a, "\n"), m = strcspn(b, "\n");

            if (n != m || memcmp(a, b, n) != 0)
                diag("row %d\n  is     |%.*s|\n  was to be |%.*s|", row, (int)n, a, (int)m, b);
            a += n + (a[n] == '\n');
            b += m + (b[m] == '\n');
            row++;
        }
    }
    buf_free(&want);
}

static inline const char *help_symbols(enum symbols symbols)
{
    return symbols == SYMBOLS_ASCII ? "ascii" : symbols == SYMBOLS_UTF8 ? "utf8" : "braille";
}

static inline void help_screen(struct ui *ui, const struct model *model, int width, int height,
                               enum symbols symbols, const char *name, bool has_styles)
{
    struct err err = ERR_INIT;
    struct grid *grid = grid_create(width, height, symbols, ui->colors, &err);
    struct buf text;
    char file[256];

    if (!grid)
        bail_out("grid_create: %s", err.message);
    ui->symbols = symbols;
    ui->width = width;
    ui->height = height;
    buf_init(&text, 1 << 22);
    ui_draw(ui, model, grid);
    if ((has_styles ? grid_print_styles(grid, &text, &err) : grid_print(grid, &text, &err)) != 0)
        bail_out("grid_print: %s", err.message);
    snprintf(file, sizeof file, "%s-%dx%d-%s.%s", name, width, height, help_symbols(symbols),
             has_styles ? "styles" : "txt");
    help_compare(&text, file, file);
    buf_free(&text);
    grid_free(grid);
}

/* What is drawn is tests/screens/NAME-WIDTHxHEIGHT-SYMBOLS.txt. */
static inline void screen_is(struct ui *ui, const struct model *model, int width, int height,
                             enum symbols symbols, const char *name)
{
    help_screen(ui, model, width, height, symbols, name, false);
}

/* Its styles are NAME-WIDTHxHEIGHT-SYMBOLS.styles. */
static inline void styles_are(struct ui *ui, const struct model *model, int width, int height,
                              enum symbols symbols, const char *name)
{
    help_screen(ui, model, width, height, symbols, name, true);
}

#endif
