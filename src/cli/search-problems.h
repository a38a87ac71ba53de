/* search-problems.h: analytic search problems with known targets, and a loop that surveys them as
 * the engine does, without workers or store.  For `theodolite bench search` and t-survey-*.c.
 *
 * Sources of the functions: see plugins/functions/functions.c. */
#ifndef CLI_SEARCH_PROBLEMS_H
#define CLI_SEARCH_PROBLEMS_H

#include "theodolite/survey.h"

#include <math.h>
#include <string.h>

enum { PROBLEM_MAX_DIMS = 10 };

struct problem {
    const char *name;
    size_t d;
    double low, high; /* of every axis */
    const char *constraint[2];
    size_t n_observables;
    void (*eval)(size_t d, const double *x, double *out);
    double share; /* of the box in the target */
    size_t n_cells;
    size_t (*cell)(size_t d, const double *x); /* SIZE_MAX: none */
    bool (*fails)(size_t d, const double *x);  /* NULL: never */
};

static inline double product_of_cosines(size_t d, const double *x)
{
    double product = 1.0;

    for (size_t i = 0; i < d; i++)
        product *= cos(x[i] / 7.0);
    return product;
}

static inline void eval_shells(size_t d, const double *x, double *out)
{
    out[0] = pow(2.0 + product_of_cosines(d, x), 5.0);
}

static inline void eval_shells_label(size_t d, const double *x, double *out)
{
    eval_shells(d, x, out);
    out[0] = fabs(out[0] - 100.0) < 4.590436050264209 ? 1.0 : 0.0;
}

/* The same of wider shells, in any number of dimensions. */
static inline void eval_wide_label(size_t d, const double *x, double *out)
{
    eval_shells(d, x, out);
    out[0] = fabs(out[0] - 100.0) < 9.180872100528418 ? 1.0 : 0.0;
}

/* The shells in turned axes, which no sum of products describes. */
static inline void eval_shells_turned(size_t d, const double *x, double *out)
{
    double y[PROBLEM_MAX_DIMS];

    for (size_t j = 0; j < d; j++)
        y[j] = 0.8 * x[j] + 0.6 * (j % 2 == 0 ? x[(j + 1) % d] : -x[j - 1]);
    eval_shells(d, y, out);
}

static inline void eval_turned_label(size_t d, const double *x, double *out)
{
    eval_shells_turned(d, x, out);
    out[0] = fabs(out[0] - 100.0) < 9.180872100528418 ? 1.0 : 0.0;
}

/* The shells with x1 beside them, for a second margin of quite another roughness. */
static inline void eval_shells_half(size_t d, const double *x, double *out)
{
    eval_shells(d, x, out);
    out[1] = x[0];
}

static inline void eval_himboo(size_t d, const double *x, double *out)
{
    double a = x[0] * x[0] + x[1] - 11.0, b = x[0] + x[1] * x[1] - 7.0;
    double e = x[0] + 2.0 * x[1] - 7.0, f = 2.0 * x[0] + x[1] - 5.0;

    (void)d;
    out[0] = log(a * a + b * b);
    out[1] = log(e * e + f * f);
}

static inline void eval_himboo_label(size_t d, const double *x, double *out)
{
    double both[2];

    eval_himboo(d, x, both);
    out[0] = both[0] < 3.0 && both[1] > 2.0 && both[1] < 4.0 ? 1.0 : 0.0;
}

static inline void eval_rosen(size_t d, const double *x, double *out)
{
    out[0] = 0.0;
    for (size_t j = 0; j + 1 < d; j++) {
        double a = x[j + 1] - x[j] * x[j], b = 1.0 - x[j];

        out[0] += 100.0 * a * a + b * b;
    }
}

static inline void eval_rastrigin(size_t d, const double *x, double *out)
{
    out[0] = 0.0;
    for (size_t j = 0; j < d; j++)
        out[0] += x[j] * x[j] - 10.0 * cos(6.283185307179586 * x[j]) + 10.0;
}

static inline void eval_gshell(size_t d, const double *x, double *out)
{
    double a = fabs(x[0]) - 3.5, sum = a * a;

    for (size_t j = 1; j < d; j++)
        sum += x[j] * x[j];
    out[0] = fabs(sqrt(sum) - 2.0);
}

static inline void eval_cos2(size_t d, const double *x, double *out)
{
    (void)d;
    out[0] = pow(2.0 + cos(x[0] / 5.0) * cos(x[1] / 7.0), 5.0);
}

static inline void eval_cos2_label(size_t d, const double *x, double *out)
{
    eval_cos2(d, x, out);
    out[0] = fabs(out[0] - 100.0) < 22.952180251321 ? 1.0 : 0.0;
}

/* The shells' centres: x_i / 7 in {-pi, 0, pi}, an even number of them not 0; the nearest one. */
static inline size_t cell_shells(size_t d, const double *x)
{
    double worst = INFINITY;
    size_t digit[PROBLEM_MAX_DIMS], n_odd = 0, swap = 0, cell = 0;

    for (size_t i = 0; i < d; i++) {
        double t = x[i] / 21.991148575128552;
        double nearest = fmax(-1.0, fmin(1.0, round(t)));
        /* cost of moving this axis between 0 and its side */
        double other = nearest != 0.0 ? 0.0 : t >= 0.0 ? 1.0 : -1.0;
        double cost = (t - other) * (t - other) - (t - nearest) * (t - nearest);

        digit[i] = (size_t)(nearest + 1.0);
        n_odd += nearest != 0.0;
        if (cost < worst) {
            worst = cost;
            swap = i;
        }
    }
    if (n_odd % 2 == 1)
        digit[swap] = digit[swap] != 1 ? 1 : x[swap] >= 0.0 ? 2 : 0;
    for (size_t i = 0; i < d; i++)
        cell = cell * 3 + digit[i];
    return cell; /* 3^d numbers, of which those with an even count of odd digits occur */
}

static inline size_t cell_himboo(size_t d, const double *x)
{
    (void)d;
    return x[0] > 0.0 ? 0 : 1;
}

static inline size_t cell_gshell(size_t d, const double *x)
{
    (void)d;
    return x[0] < 0.0 ? 0 : 1;
}

/* A slab of three tenths of the box, through the shells. */
static inline bool fails_slab(size_t d, const double *x)
{
    (void)d;
    return x[0] > 3.0 && x[0] < 21.8496;
}

#define BOX_SHELLS -31.415926535897932, 31.415926535897932
static const struct problem problems[] = {
    {"shells3",
     3,
     BOX_SHELLS,
     {"O0 in 95.409563949735791 .. 104.59043605026421"},
     1,
     eval_shells,
     0.01651,
     13,
     cell_shells,
     NULL},
    {"shells3-label",
     3,
     BOX_SHELLS,
     {"O0 > 0.5"},
     1,
     eval_shells_label,
     0.01651,
     13,
     cell_shells,
     NULL},
    {"shells3-half",
     3,
     BOX_SHELLS,
     {"O0 in 95.409563949735791 .. 104.59043605026421", "O1 > 0"},
     2,
     eval_shells_half,
     0.008255,
     13,
     cell_shells,
     NULL},
    {"shells3-fail",
     3,
     BOX_SHELLS,
     {"O0 in 95.409563949735791 .. 104.59043605026421"},
     1,
     eval_shells,
     0.01151,
     13,
     cell_shells,
     fails_slab},
    {"shells3w",
     3,
     BOX_SHELLS,
     {"O0 in 90.819127899471582 .. 109.18087210052842"},
     1,
     eval_shells,
     0.03321,
     13,
     cell_shells,
     NULL},
    {"shells3t",
     3,
     BOX_SHELLS,
     {"O0 in 144.11294887422706 .. 155.88705112577294"},
     1,
     eval_shells,
     0.00906,
     13,
     cell_shells,
     NULL},
    {"shells5",
     5,
     BOX_SHELLS,
     {"O0 in 90.819127899471582 .. 109.18087210052842"},
     1,
     eval_shells,
     0.01096,
     121,
     cell_shells,
     NULL},
    {"shells7",
     7,
     BOX_SHELLS,
     {"O0 in 90.819127899471582 .. 109.18087210052842"},
     1,
     eval_shells,
     0.00216,
     1093,
     cell_shells,
     NULL},
    {"shells3-turned",
     3,
     BOX_SHELLS,
     {"O0 in 95.409563949735791 .. 104.59043605026421"},
     1,
     eval_shells_turned,
     0.0165,
     0,
     NULL,
     NULL},
    {"shells5-turned",
     5,
     BOX_SHELLS,
     {"O0 in 90.819127899471582 .. 109.18087210052842"},
     1,
     eval_shells_turned,
     0.0109,
     0,
     NULL,
     NULL},
    {"cos2",
     2,
     BOX_SHELLS,
     {"O0 in 77.047819748678955 .. 122.95218025132105"},
     1,
     eval_cos2,
     0.1076,
     0,
     NULL,
     NULL},
    {"himboo",
     2,
     -5.0,
     5.0,
     {"O0 < 3", "O1 in 2 .. 4"},
     2,
     eval_himboo,
     0.0489,
     2,
     cell_himboo,
     NULL},
    {"himboo-label",
     2,
     -5.0,
     5.0,
     {"O0 > 0.5"},
     1,
     eval_himboo_label,
     0.0489,
     2,
     cell_himboo,
     NULL},
    {"cos2-label", 2, BOX_SHELLS, {"O0 > 0.5"}, 1, eval_cos2_label, 0.1076, 0, NULL, NULL},
    {"shells4-label",
     4,
     BOX_SHELLS,
     {"O0 > 0.5"},
     1,
     eval_wide_label,
     0.0193,
     41,
     cell_shells,
     NULL},
    {"shells5-label",
     5,
     BOX_SHELLS,
     {"O0 > 0.5"},
     1,
     eval_wide_label,
     0.0109,
     121,
     cell_shells,
     NULL},
    {"turned3-label", 3, BOX_SHELLS, {"O0 > 0.5"}, 1, eval_turned_label, 0.033, 0, NULL, NULL},
    {"rosen4", 4, -5.0, 5.0, {"O0 < 3"}, 1, eval_rosen, 1.2001e-6, 0, NULL, NULL},
    {"rastrigin5", 5, -5.12, 5.12, {"O0 < 20"}, 1, eval_rastrigin, 1.67e-4, 0, NULL, NULL},
    {"gshell10", 10, -6.0, 6.0, {"O0 < 0.2"}, 1, eval_gshell, 1.89e-7, 2, cell_gshell, NULL},
};
enum { N_PROBLEMS = sizeof problems / sizeof problems[0] };

static inline const struct problem *problem_find(const char *name)
{
    for (size_t i = 0; i < N_PROBLEMS; i++) {
        if (strcmp(problems[i].name, name) == 0)
            return &problems[i];
    }
    return NULL;
}

/* A scan made by hand, without a file. */
struct problem_scan {
    struct scan scan;
    struct scan_param params[PROBLEM_MAX_DIMS];
    struct scan_constraint constraints[2];
    const char *names[PROBLEM_MAX_DIMS + 2], *units[PROBLEM_MAX_DIMS + 2];
    char text[PROBLEM_MAX_DIMS][8], low[TEXT_DOUBLE_SIZE], high[TEXT_DOUBLE_SIZE];
};

static inline void problem_scan_make(struct problem_scan *s, const struct problem *problem,
                                     enum search_method method, uint64_t seed)
{
    static const char *const names[] = {"O0", "O1"}, *const terms[] = {"first", "second"};

    memset(s, 0, sizeof *s);
    text_from_double(s->low, problem->low);
    text_from_double(s->high, problem->high);
    for (size_t i = 0; i < problem->d; i++) {
        s->text[i][0] = 'x';
        s->text[i][1] = (char)('a' + i);
        s->names[i] = s->text[i];
        s->units[i] = "";
        s->params[i] = (struct scan_param){
            .name = s->text[i], .kind = PRIOR_UNIFORM, .unit = "", .lo = s->low, .hi = s->high};
    }
    for (size_t i = 0; i < problem->n_observables; i++) {
        s->names[problem->d + i] = names[i];
        s->units[problem->d + i] = "";
    }
    for (size_t i = 0; i < 2 && problem->constraint[i]; i++) {
        s->constraints[i] =
            (struct scan_constraint){.name = terms[i], .text = problem->constraint[i]};
        s->scan.n_constraints = i + 1;
    }
    s->scan.name = problem->name;
    s->scan.path = "problem.yaml";
    s->scan.folder = ".";
    s->scan.seed = seed;
    s->scan.params = s->params;
    s->scan.n_params = problem->d;
    s->scan.constraints = s->constraints;
    s->scan.target = "all";
    s->scan.search = (struct scan_search){.method = method,
                                          .start = 1000,
                                          .batch = 300,
                                          .explore = 0.1,
                                          .members = 5,
                                          .hidden = 64,
                                          .smote = SMOTE_PLAIN,
                                          .smote_neighbours = 5};
    s->scan.value_names = s->names;
    s->scan.value_units = s->units;
    s->scan.n_values = problem->d + problem->n_observables;
}

/* The engine in small: rounds one after the other, each proposed from all but the one before. */
struct loop {
    const struct problem *problem;
    struct problem_scan made;
    struct judge *judge;
    struct survey *survey;
    struct survey_settings settings;
    uint32_t round;
    uint64_t next_id;
    struct buf carry;
    struct survey_batch held; /* proposed and "running" */
    bool has_held;
    struct survey_batch last; /* the batch closed by the latest step; freed by the next one */
    /* figures of the latest step */
    size_t n_calls, n_accepted, n_in_batch, n_accepted_in_batch;
    size_t n_learned, n_learned_accepted; /* of the batch */
    size_t n_uniform, n_failed;           /* of all */
    double promised;
    int8_t *labels; /* of the batch, valid until the next step */
};

static inline int loop_open(struct loop *loop, const struct problem *problem,
                            enum search_method method, uint64_t seed, struct err *err)
{
    memset(loop, 0, sizeof *loop);
    buf_init(&loop->carry, (size_t)1 << 28);
    loop->problem = problem;
    loop->next_id = 1;
    problem_scan_make(&loop->made, problem, method, seed);
    loop->judge = judge_create(&loop->made.scan, NULL, 0, NULL, err);
    if (!loop->judge)
        return -1;
    loop->settings = (struct survey_settings){.batch = 300, .explore = 0.1};
    return 0;
}

/* After changes to loop->made.scan.search. */
static inline int loop_begin(struct loop *loop, struct err *err)
{
    loop->survey = survey_create(&loop->made.scan, loop->judge, err);
    return loop->survey ? 0 : -1;
}

static inline void loop_close(struct loop *loop)
{
    survey_batch_free(&loop->held);
    survey_batch_free(&loop->last);
    survey_free(loop->survey);
    judge_free(loop->judge);
    buf_free(&loop->carry);
    mem_free(loop->labels);
}

/* Physical values and outcome of one unit-cube point. */
static inline void loop_eval(const struct loop *loop, const double *unit, double *row,
                             struct verdict *verdict, double *margins)
{
    const struct problem *problem = loop->problem;

    for (size_t j = 0; j < problem->d; j++)
        row[j] = problem->low + unit[j] * (problem->high - problem->low);
    problem->eval(problem->d, row, row + problem->d);
    judge_block(loop->judge, 1, row, loop->made.scan.n_values, verdict, margins);
}

static inline int loop_close_batch(struct loop *loop, struct survey_batch *batch, uint32_t round,
                                   uint64_t first_id, struct err *err)
{
    size_t d = loop->problem->d, m = judge_n_margins(loop->judge);
    double row[PROBLEM_MAX_DIMS + 2], margins[64];

    mem_free(loop->labels);
    loop->labels = mem_array(batch->n, 1);
    if (!loop->labels || m > 64)
        return mem_error(err);
    loop->n_in_batch = batch->n;
    loop->n_accepted_in_batch = loop->n_learned = loop->n_learned_accepted = 0;
    loop->promised = batch->promised;
    for (size_t i = 0; i < batch->n; i++) {
        struct verdict verdict;
        struct survey_point point = {.id = first_id + i,
                                     .round = round,
                                     .origin = batch->origin[i],
                                     .density = batch->density[i],
                                     .unit = batch->units + i * d,
                                     .margins = margins};
        bool is_learned = batch->origin[i] == ORIGIN_LEARNED || batch->origin[i] == ORIGIN_LOCAL;

        loop_eval(loop, batch->units + i * d, row, &verdict, margins);
        loop->labels[i] = verdict.label;
        point.state = verdict.label > 0    ? STATE_ACCEPTED
                      : verdict.label == 0 ? STATE_REJECTED
                                           : STATE_UNKNOWN;
        if (loop->problem->fails && loop->problem->fails(d, row)) {
            point.state = STATE_FAILED;
            point.margins = NULL;
            verdict.label = loop->labels[i] = -1;
            loop->n_failed++;
        }
        loop->n_accepted_in_batch += verdict.label > 0;
        loop->n_uniform += batch->origin[i] == ORIGIN_START || batch->origin[i] == ORIGIN_EXPLORE;
        loop->n_learned += is_learned;
        loop->n_learned_accepted += is_learned && verdict.label > 0;
        if (survey_add(loop->survey, 1, &point, err) != 0)
            return -1;
    }
    loop->n_calls += batch->n;
    loop->n_accepted += loop->n_accepted_in_batch;
    return 0;
}

/* Proposes round r from rounds up to r - 2 while round r - 1 "runs", then closes round r - 1. */
static inline int loop_step(struct loop *loop, struct err *err)
{
    struct survey_batch batch;
    uint32_t r = loop->round, upto = r >= 2 ? r - 2 : UINT32_MAX;
    struct survey_snapshot *shot = survey_snapshot(loop->survey, r, upto, &loop->settings, err);
    int rc;

    if (!shot)
        return -1;
    rc = survey_propose(shot, loop->next_id, loop->carry.data, loop->carry.len, &batch, err);
    survey_snapshot_free(shot);
    if (rc != 0)
        return -1;
    buf_clear(&loop->carry);
    if (buf_append(&loop->carry, batch.carry.data, batch.carry.len, err) != 0)
        return -1;
    if (loop->has_held) {
        survey_batch_free(&loop->last);
        loop->last = loop->held;
        rc = loop_close_batch(loop, &loop->last, r - 1, loop->next_id - loop->held.n, err);
    }
    loop->held = batch;
    loop->has_held = true;
    loop->next_id += batch.n;
    loop->round++;
    return rc;
}

#endif
