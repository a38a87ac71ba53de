/* t-tui-model.c: what the model makes of a store: who runs, rounds, goals, workers, the log, single
 * points; and that a refresh by pieces knows what reading everything anew knows. */
#include "t-store-help.h"

#include "../src/tui/model.h"

static const char two_programs[] = "scan: model-test\n"
                                   "goal: [100 points, 40 accepted]\n"
                                   "seed: 7\n"
                                   "parameters:\n"
                                   "  m0: uniform 0 .. 1 GeV\n"
                                   "  mh: uniform 0 .. 1\n"
                                   "  mA: uniform 0 .. 1\n"
                                   "calculators:\n"
                                   "  spectrum:\n"
                                   "    run: [sh, a.sh]\n"
                                   "    timeout: 60 s\n"
                                   "    read:\n"
                                   "      s: line \"s = %g\"\n"
                                   "  relic:\n"
                                   "    after: spectrum\n"
                                   "    run: [sh, b.sh]\n"
                                   "    timeout: 300 s\n"
                                   "    read:\n"
                                   "      p: line \"p = %g\"\n"
                                   "constraints:\n"
                                   "  low: s < 0.5\n"
                                   "  right: mh > 0.25\n";

static struct store *make(char path[HELP_PATH], const char *name, const char *text)
{
    struct scan *scan = help_scan_of(text);
    struct err err = ERR_INIT;
    struct store *store = store_create(help_path(path, name), scan, &err);
    struct judge *judge = store ? judge_create(scan, NULL, 0, NULL, &err) : NULL;

    if (!judge || store_set_terms(store, judge, &err) != 0)
        bail_out("%s", err.message);
    judge_free(judge);
    scan_free(scan);
    return store;
}

static void must(int rc, const struct err *err)
{
    if (rc != 0)
        bail_out("%s", err->message);
}

static struct model *open_model(const char *path)
{
    struct err err = ERR_INIT;
    struct model *model = model_create(path, false, &err);

    if (!model)
        bail_out("model_create: %s", err.message);
    return model;
}

static bool refresh(struct model *model)
{
    struct err err = ERR_INIT;
    bool has_changed = false;

    must(model_refresh(model, &has_changed, &err), &err);
    return has_changed;
}

/* Round `number` with points first .. first + n - 1, of which the first n_closed are closed. */
static void add_round(struct store *store, uint32_t number, uint64_t first, uint32_t n,
                      uint32_t n_closed, const char *metrics)
{
    struct round_row round = {.round = number,
                              .first_id = first,
                              .n_points = n,
                              .started = 1000.0 * number + 10,
                              .ended = n == n_closed ? 1000.0 * number + 910 : 0,
                              .after = number > 0 ? number - 1 : UINT32_MAX,
                              .promised = NAN,
                              .volume = NAN,
                              .volume_error = NAN,
                              .metrics = metrics};
    double row[HELP_VALUES];
    struct err err = ERR_INIT;
    uint32_t i;

    must(store_begin(store, &err), &err);
    must(store_put_round(store, &round, &err), &err);
    for (i = 0; i < n; i++) {
        struct point_new point = help_new(first + i, row);

        point.round = number;
        must(store_insert_points(store, 1, &point, &err), &err);
    }
    must(help_close(store, first, first + n_closed - 1, &err), &err);
    must(store_commit(store, &err), &err);
}

static void beat(struct store *store, const char *state, int64_t pid, double silent_s)
{
    struct engine_row engine = {.pid = pid,
                                .started = clock_wall_s() - 100,
                                .beat = clock_wall_s() - silent_s,
                                .active_s = 100};
    struct err err = ERR_INIT;

    gethostname(engine.host, sizeof engine.host - 1);
    snprintf(engine.state, sizeof engine.state, "%s", state);
    must(store_begin(store, &err), &err);
    must(store_beat(store, &engine, &err), &err);
    must(store_commit(store, &err), &err);
}

/* ---- who runs ------------------------------------------------------------------------------- */

static void test_phases(void)
{
    static const struct {
        const char *state;
        enum phase phase;
    } live[] = {{"starting", PHASE_RUN},   {"running", PHASE_RUN}, {"paused", PHASE_PAUSE},
                {"draining", PHASE_DRAIN}, {"full", PHASE_FULL},   {"stopped", PHASE_IDLE},
                {"done", PHASE_DONE},      {"failed", PHASE_ERROR}};
    char path[HELP_PATH], moved[HELP_PATH + 8];
    struct store *store = make(path, "phases.db", help_text);
    struct model *model = open_model(path);
    size_t i;

    is_int(model->phase, PHASE_NONE, "nothing ran yet");
    has_str(model->phase_why, "theodolite resume", "what starts it");
    ok(isnan(model->silent_s), "nobody is silent");
    ok(!refresh(model), "nothing has changed");
    for (i = 0; i < sizeof live / sizeof live[0]; i++) {
        beat(store, live[i].state, getpid(), 0);
        ok(refresh(model), "%s: has changed", live[i].state);
        is_int(model->phase, live[i].phase, "%s is %s", live[i].state, phase_word(live[i].phase));
    }
    beat(store, "running", getpid(), 12);
    refresh(model);
    is_int(model->phase, PHASE_RUN, "an engine that was stopped is there");
    has_str(model->phase_why, "kill -CONT", "and how to wake it");
    ok(model->silent_s >= 12 && model->silent_s < 100, "silent for %.1f s", model->silent_s);
    ok(model->is_silent, "which is long");
    beat(store, "running", 99999999, 1);
    refresh(model);
    is_int(model->phase, PHASE_ERROR, "one that is gone without a word is an error");
    has_str(model->phase_why, "gone since", "said so");
    has_str(model->phase_why, "resume", "with what to do");
    ok(!model->engine.is_alive, "it does not live");
    ok(!refresh(model), "and that stays so");
    beat(store, "running", getpid(), 0);
    refresh(model);
    ok(model->phase == PHASE_RUN && !model->is_silent && !model->is_lost, "another one goes on");
    snprintf(moved, sizeof moved, "%s.moved", path);
    is_int(rename(path, moved), 0, "the store is moved away");
    ok(refresh(model), "which is seen");
    ok(model->phase == PHASE_ERROR && model->is_lost, "as an error");
    has_str(model->phase_why, "was removed or replaced", "with words of its own");
    is_int(rename(moved, path), 0, "moved back");
    ok(refresh(model) && model->phase == PHASE_RUN, "all is well");
    model_free(model);
    store_close(store);
}

/* ---- rounds --------------------------------------------------------------------------------- */

static bool is_same_rounds(const struct model *a, const struct model *b)
{
    size_t i;

    if (a->n_rounds != b->n_rounds)
        return false;
    for (i = 0; i < a->n_rounds; i++) {
        const struct round_row *x = &a->rounds[i].row, *y = &b->rounds[i].row;

        if (x->round != y->round || x->n_points != y->n_points || x->n_closed != y->n_closed ||
            x->n_accepted != y->n_accepted || x->n_failed != y->n_failed || x->ended != y->ended ||
            (x->metrics == NULL) != (y->metrics == NULL) ||
            !(a->rounds[i].auc == b->rounds[i].auc ||
              (isnan(a->rounds[i].auc) && isnan(b->rounds[i].auc))))
            return false;
    }
    return true;
}

static void is_as_new(struct model *model, const char *path, const char *what)
{
    struct model *fresh = open_model(path);

    refresh(model);
    ok(is_same_rounds(model, fresh), "%s: the rounds are those of a fresh reading", what);
    ok(memcmp(&model->counts, &fresh->counts, sizeof model->counts) == 0, "%s: the counts too",
       what);
    model_free(fresh);
}

static void test_rounds(void)
{
    char path[HELP_PATH];
    struct store *store = make(path, "rounds.db", help_text);
    struct model *model;
    struct err err = ERR_INIT;
    size_t n = 0;

    add_round(store, 0, 1, 40, 40, NULL);
    add_round(store, 1, 41, 20, 20, "{\"auc\":0.75,\"brier\":null,\"n_train\":40}");
    add_round(store, 3, 81, 20, 5, NULL); /* 2 is still to come */
    model = open_model(path);
    is_size(model->n_rounds, 3, "three rounds");
    is_double(model->rounds[1].auc, 0.75, 0, "a figure");
    ok(isnan(model->rounds[1].brier) && isnan(model->rounds[0].auc), "what is not there is NaN");
    is_double(model->rounds[1].n_train, 40, 0, "another");
    is_double(model->rounds[0].share, model->rounds[0].row.n_accepted / 40.0, 1e-12, "the share");
    is_uint(model->n_closed, 65, "closed points");
    add_round(store, 2, 61, 20, 3, "{\"auc\":0.5}");
    is_as_new(model, path, "a round in between");
    is_double(model->rounds[2].auc, 0.5, 0, "its figure stands at its place");
    store_begin(store, &err);
    must(help_close(store, 64, 70, &err), &err);
    store_commit(store, &err);
    is_as_new(model, path, "points closed");
    store_begin(store, &err);
    must(store_reopen_failed(store, NULL, &n, &err), &err);
    store_commit(store, &err);
    ok(n > 4, "%zu points run again", n);
    is_as_new(model, path, "failed points of settled rounds run again");
    model_free(model);
    store_close(store);
}

static void test_goals(void)
{
    char path[HELP_PATH];
    struct store *store = make(path, "goals.db", two_programs);
    struct model *model;
    uint32_t i;

    for (i = 0; i < 4; i++)
        add_round(store, i, 1 + 20 * i, 20, 20, NULL);
    beat(store, "running", getpid(), 0);
    model = open_model(path);
    is_size(model->n_goals, 2, "two goals");
    is_double(model->goals[0].share, 0.8, 1e-12, "80 of 100 points");
    /* rounds end every 1000 s; the first took 900 */
    is_double(model->goals[0].left_s, 20 * 3900.0 / 80, 1e-9, "at the pace of the last rounds");
    ok(model->goals[0].left_lo_s < model->goals[0].left_s &&
           model->goals[0].left_hi_s > model->goals[0].left_s,
       "%.0f .. %.0f s", model->goals[0].left_lo_s, model->goals[0].left_hi_s);
    ok(model->nearest == &model->goals[1] || model->nearest == &model->goals[0],
       "one of them is the nearest");
    ok(model->nearest->left_s <= model->goals[0].left_s &&
           model->nearest->left_s <= model->goals[1].left_s,
       "the sooner one");
    is_size(model->batch, 300, "the batch is the default");
    model_free(model);
    store_close(store);
}

/* ---- workers -------------------------------------------------------------------------------- */

static void put_worker(struct store *store, const char *calculator, double runs_s)
{
    double now = clock_wall_s();
    struct worker_row rows[] = {
        {.worker = 1, .pid = 1, .point = 21, .since = now - runs_s, .calculator_since = 0},
        {.worker = 2, .pid = 2, .point = 0},
    };
    struct err err = ERR_INIT;

    snprintf(rows[0].calculator, sizeof rows[0].calculator, "%s", calculator);
    rows[0].calculator_since = calculator[0] ? now - runs_s : 0;
    must(store_begin(store, &err), &err);
    must(store_put_workers(store, rows, 2, &err), &err);
    must(store_commit(store, &err), &err);
}

static void test_workers(void)
{
    char path[HELP_PATH];
    struct store *store = make(path, "workers.db", two_programs);
    struct err err = ERR_INIT;
    struct model *model;
    double row[HELP_VALUES];
    uint64_t id;

    add_round(store, 0, 1, 40, 20, NULL);
    store_begin(store, &err);
    for (id = 1; id <= 20; id++) {
        struct store_step steps[] = {{.id = id, .calculator = "spectrum", .seconds = (double)id},
                                     {.id = id, .calculator = "relic", .seconds = 2}};
        must(store_add_steps(store, 2, steps, &err), &err);
    }
    store_commit(store, &err);
    beat(store, "running", getpid(), 0);
    put_worker(store, "spectrum", 25);
    model = open_model(path);
    is_size(model->n_workers, 2, "two workers");
    is_size(model->n_busy, 1, "one is busy");
    is_uint(model->n_waiting, 19, "the other points wait");
    is_str(model->workers[0].calculator, "spectrum", "what it runs");
    is_double(model->workers[0].median_s, 11, 0, "the median of its steps");
    is_double(model->workers[0].limit_s, 60, 0, "its limit");
    is_str(model->workers[0].state, "run", "25 s are not long yet");
    help_row(21, row);
    ok(model->workers[0].values && model->workers[0].values[1] == row[1], "its point's values");
    is_str(model->workers[1].state, "idle", "the other does nothing");
    ok(!model->workers[1].values, "at no point");
    put_worker(store, "spectrum", 45);
    refresh(model);
    is_str(model->workers[0].state, "SLOW", "three medians and half the limit are long");
    store_begin(store, &err);
    must(store_set_meta(store, "live timeout spectrum", "600", &err), &err);
    store_commit(store, &err);
    model_free(model);
    model = open_model(path);
    is_double(model->workers[0].limit_s, 600, 0, "a limit set live");
    is_str(model->workers[0].state, "run", "changes what is long");
    put_worker(store, "", 3);
    refresh(model);
    is_str(model->workers[0].calculator, "", "of two programs nobody has said which");
    is_str(model->workers[0].state, "prep", "it prepares");
    beat(store, "stopped", getpid(), 0);
    refresh(model);
    is_size(model->n_workers, 0, "no engine, no workers");
    is_uint(model->n_waiting, 20, "all open points wait");
    model_free(model);
    store_close(store);
}

/* ---- the log -------------------------------------------------------------------------------- */

static const struct log_view *find_log(const struct model *model, char level, const char *part)
{
    size_t i;

    for (i = 0; i < model->n_logs; i++)
        if (model->logs[i].level == level && strstr(model->logs[i].text, part))
            return &model->logs[i];
    return NULL;
}

static void test_log(void)
{
    char path[HELP_PATH];
    struct store *store = make(path, "log.db", help_text);
    struct err err = ERR_INIT;
    const struct log_view *view;
    struct model *model;
    int64_t id;
    bool in_order = true;
    size_t i;

    add_round(store, 0, 1, 40, 40, NULL);
    must(store_add_command(store, "cut omega < 0.1", &id, &err), &err);
    store_begin(store, &err);
    must(store_log(store, LOG_NOTE, "worker 3 has not begun for 15 s", &err), &err);
    must(store_log(store, LOG_NOTE, ":cut omega < 0.1 -> 3 labels changed", &err), &err);
    must(store_log(store, LOG_ERROR, "the disk is full", &err), &err);
    store_commit(store, &err);
    model = open_model(path);
    for (i = 1; i < model->n_logs; i++)
        in_order &= !(model->logs[i].at < model->logs[i - 1].at);
    ok(in_order, "lines are in order of time");
    view = find_log(model, 'i', "worker 3");
    ok(view && strcmp(view->source, "W3") == 0, "a worker's line is the worker's");
    view = find_log(model, 'e', "disk");
    ok(view && strcmp(view->source, "engine") == 0, "an error of the engine");
    ok(!find_log(model, 'i', ":cut"), "the echo of a command is left out");
    view = find_log(model, 'u', "cut omega < 0.1");
    ok(view && view->command == id && strstr(view->text, "not answered"), "the journal's row");
    view = find_log(model, 'f', "point 10 exit");
    ok(view && view->point == 10 && strcmp(view->source, "sums") == 0, "a failure");
    has_str(view ? view->text : "", "it broke", "with its first words");
    ok(view && view->at == 1.7e9 + 10, "at the time when it ended");
    ok(find_log(model, 'i', "round 0 done: 40 points"), "the end of a round");
    store_begin(store, &err);
    must(store_answer_command(store, id, true, "3 labels changed", 1, &err), &err);
    must(store_set_undo(store, id, "uncut cut1", 0, &err), &err);
    store_commit(store, &err);
    refresh(model);
    view = find_log(model, 'u', "-> 3 labels changed");
    ok(view && view->can_undo, "its answer, and that it can be taken back");
    store_begin(store, &err);
    for (i = 0; i < MODEL_LOGS + 100; i++)
        must(store_log(store, LOG_NOTE, "again", &err), &err);
    store_commit(store, &err);
    refresh(model);
    is_size(model->n_logs, MODEL_LOGS, "the newest lines are kept");
    is_str(model->logs[MODEL_LOGS - 1].text, "again", "the last one is the newest");
    model_free(model);
    store_close(store);
}

static void test_commands(void)
{
    char path[HELP_PATH];
    struct store *store = make(path, "relabel.db", help_text);
    struct model *model = open_model(path);
    struct err err = ERR_INIT;
    int64_t id;

    add_round(store, 0, 1, 40, 40, NULL);
    must(store_add_command(store, "cut mA < 0.5", &id, &err), &err);
    refresh(model);
    ok(!model->is_relabelling, "a cut that nobody carries out changes nothing");
    beat(store, "running", getpid(), 0);
    refresh(model);
    ok(model->is_relabelling, "one that an engine has in hand does");
    ok(model->thinking_s > 0, "no point runs: the next round is thought of");
    store_begin(store, &err);
    must(store_answer_command(store, id, true, "3 labels changed", 1, &err), &err);
    store_commit(store, &err);
    refresh(model);
    ok(!model->is_relabelling, "until it has answered");
    must(store_add_command(store, "note that is good", &id, &err), &err);
    refresh(model);
    ok(!model->is_relabelling, "other commands change no label");
    add_round(store, 1, 41, 20, 10, NULL);
    refresh(model);
    ok(!(model->thinking_s > 0), "points are open: nothing is waited for");
    model_free(model);
    store_close(store);
}

/* ---- points --------------------------------------------------------------------------------- */

static void test_points(void)
{
    static const uint64_t ids[] = {7, 999, 3};
    char path[HELP_PATH];
    struct store *store = make(path, "points.db", help_text);
    struct arena *arena = arena_create();
    struct point_row rows[3];
    struct point_view point;
    struct store_step step = {.id = 7, .calculator = "sums", .exit = 0, .seconds = 1.5};
    struct err err = ERR_INIT;
    struct model *model;
    double values[HELP_VALUES];
    int64_t command;
    bool found;

    add_round(store, 0, 1, 40, 30, NULL);
    store_begin(store, &err);
    must(store_add_steps(store, 1, &step, &err), &err);
    must(store_add_file(store, 7, "sums", "out.slha", "BLOCK X\n", 8, &err), &err);
    store_commit(store, &err);
    must(store_add_command(store, "note 7 looks odd", &command, &err), &err);
    must(store_add_command(store, "note 70 another", &command, &err), &err);
    model = open_model(path);
    must(model_point(model, 7, arena, &point, &found, &err), &err);
    help_row(7, values);
    ok(found && point.row.id == 7 && point.row.row[3] == values[3], "a point with its values");
    ok(point.n_steps == 1 && strcmp(point.steps[0].calculator, "sums") == 0 &&
           point.steps[0].seconds == 1.5,
       "its steps");
    ok(point.n_files == 1 && point.files[0].n == 8 &&
           memcmp(point.files[0].data, "BLOCK X\n", 8) == 0,
       "its files");
    is_str(point.note, "looks odd", "the user's note");
    ok(point.worker == 2 && point.ended == 1.7e9 + 7, "who ran it and when");
    ok(point.terms && point.terms[0].outcome == TRUTH_YES, "its terms");
    is_double(point.terms[0].margin, 0.5 - values[3], 1e-12, "with the margin");
    must(model_point(model, 10, arena, &point, &found, &err), &err);
    ok(found && point.has_failed && !point.terms && strcmp(point.failure.reason, "exit") == 0,
       "a failed one has its failure and no terms");
    ok(!point.note, "and no note");
    must(model_point(model, 35, arena, &point, &found, &err), &err);
    ok(found && isnan(point.ended) && point.worker == -1 && !point.terms, "one that runs");
    must(model_point(model, 999, arena, &point, &found, &err), &err);
    ok(!found, "there is no point 999");
    must(model_points(model, ids, 3, arena, rows, &err), &err);
    ok(rows[0].id == 7 && rows[1].id == 0 && rows[2].id == 3, "points in the order asked for");
    help_row(3, values);
    ok(isnan(rows[1].row[0]) && rows[2].row[0] == values[0], "with their values");
    model_free(model);
    arena_free(arena);
    store_close(store);
}

static void test_terms(void)
{
    char path[HELP_PATH];
    struct store *store = make(path, "terms.db", help_text);
    struct judge_cut cut = {.name = "narrow", .text = "mA < 0.9"};
    const char *const without[] = {"right", NULL};
    struct scan *scan = help_scan();
    struct err err = ERR_INIT;
    struct model *model = open_model(path);
    struct judge *judge = judge_create(scan, &cut, 1, without, &err);

    is_size(model->n_terms, 2, "the scan's terms");
    must(store_set_terms(store, judge, &err), &err);
    refresh(model);
    is_size(model->n_terms, 2, "one more, one less");
    ok(strcmp(model->terms[0].name, "low") == 0 && !model->terms[0].is_cut, "the scan's");
    ok(strcmp(model->terms[1].name, "narrow") == 0 && model->terms[1].is_cut, "and the cut");
    judge_free(judge);
    scan_free(scan);
    model_free(model);
    store_close(store);
}

int main(void)
{
    test_phases();
    test_rounds();
    test_goals();
    test_workers();
    test_log();
    test_commands();
    test_points();
    test_terms();
    return done_testing();
}
