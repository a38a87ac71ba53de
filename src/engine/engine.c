/* engine.c: the life of a run: open, loop, end.
 *
 * The loop waits in one poll() for workers, the proposing thread and time; then results are taken,
 * closed, and the next points handed out.  Commands are looked for every 0.2 s, and only when
 * another connection has changed the store. */
#include "private.h"

#include <errno.h>
#include <limits.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { MAX_FDS = 16384 };
static const double CLOSE_S = 0.1, COMMANDS_S = 0.1, BEAT_S = 0.5;
static const double INTERRUPT_WAIT_S = 3; /* for points in hand, after a first ^C */
static const double FULL_SAY_S = 60;      /* a disk on the brink is not told about more often */

bool engine_is_full(struct engine *engine, struct err *err)
{
    if (err->code != ERR_FULL)
        return false;
    double now = clock_steady_s();
    if (!engine->is_full) {
        snprintf(engine->words, sizeof engine->words,
                 "the disk is full: the scan waits and goes on when there is room");
        if (engine->options != NULL && engine->options->note != NULL &&
            (engine->full_said <= 0 || now - engine->full_said > FULL_SAY_S)) {
            engine->options->note(engine->options->context, LOG_ERROR, engine->words);
            engine->full_said = now;
        }
    }
    engine->is_full = true;
    engine->full_tried = now;
    err_clear(err);
    return true;
}

void engine_has_room(struct engine *engine)
{
    if (!engine->is_full)
        return;
    engine->is_full = false;
    engine->words[0] = '\0';
}

/* ---- opening -------------------------------------------------------------------------------- */

/* An integration that was cut short goes on to the goals it had then: what it draws depends on
 * them.  A scan at rest has been for its last run's (options: NULL).  NULL: there are none. */
static const char *const *goals_of_last_run(struct engine *engine, const char *state)
{
    const char **goals = NULL;
    struct err ignored = ERR_INIT;
    struct buf text;
    size_t n = 0;
    if (engine->options != NULL && (!engine->is_integral || strcmp(state, "done") == 0))
        return NULL;
    buf_init(&text, 1 << 16);
    if (store_get_meta(engine->store, "run goals", &text, &ignored) == 0 && text.len > 0 &&
        (goals = arena_array(engine->arena, text.len + 2, sizeof *goals)) != NULL)
        for (const char *line = text.data; *line != '\0'; line += strcspn(line, "\n") + 1) {
            int length = (int)strcspn(line, "\n");
            if (length > 0)
                goals[n++] = arena_printf(engine->arena, "%.*s", length, line);
            if (line[length] == '\0')
                break;
        }
    buf_free(&text);
    return n > 0 && goals[n - 1] != NULL ? goals : NULL;
}

static int read_goals(struct engine *engine, const char *state, struct err *err)
{
    const char *const *extra = engine->options != NULL ? engine->options->extra_goals : NULL;
    size_t n = 0;
    if (extra == NULL || extra[0] == NULL)
        extra = goals_of_last_run(engine, state);
    while (extra != NULL && extra[n] != NULL)
        n++;
    bool is_scans = n == 0;
    if (is_scans)
        n = engine->scan->n_goals;
    engine->goals = arena_array(engine->arena, n + 1, sizeof *engine->goals);
    if (engine->goals == NULL)
        return mem_error(err);
    for (size_t i = 0; i < n; i++) {
        if (is_scans)
            engine->goals[i] = engine->scan->goals[i];
        else if (scan_parse_goal(extra[i], engine->arena, &engine->goals[i], err) != 0)
            return -1;
    }
    engine->n_goals = n;
    return 0;
}

/* The goals of this run, for `status`. */
static int write_goals(struct engine *engine, struct err *err)
{
    struct buf text, before;
    int rc = -1;
    buf_init(&text, 1 << 16);
    buf_init(&before, 1 << 16);
    for (size_t i = 0; i < engine->n_goals; i++)
        TRY(buf_printf(&text, err, "%s\n", engine->goals[i].text));
    TRY(store_get_meta(engine->store, "run goals", &before, err));
    if (before.len > 0 &&
        (engine->goals_before = arena_printf(engine->arena, "%s", before.data)) == NULL) {
        mem_error(err);
        goto out;
    }
    rc = engine_set_meta(engine, "run goals", text.len > 0 ? text.data : "", err);
out:
    buf_free(&text);
    buf_free(&before);
    return rc;
}

static int read_kind(struct engine *engine, struct err *err)
{
    struct buf kind;
    buf_init(&kind, 1 << 16);
    int rc = store_get_meta(engine->store, "kind", &kind, err);
    engine->is_integral = rc == 0 && kind.len > 0 && strcmp(kind.data, "integral") == 0;
    buf_free(&kind);
    return rc;
}

/* What a command on a scan at rest needs; run_open adds the rest. */
static int open_quiet(struct engine *engine, struct err *err)
{
    struct engine_row row = {0};
    engine->started = engine->pace_at = clock_steady_s();
    engine->started_wall = clock_wall_s();
    buf_init(&engine->carry, SIZE_MAX / 4);
    buf_init(&engine->undo, 1 << 20);
    if ((engine->arena = arena_create()) == NULL)
        return mem_error(err);
    if ((engine->scan = store_scan(engine->store, err)) == NULL ||
        (engine->space = space_create(engine->scan, err)) == NULL ||
        (engine->judge = engine_judge(engine->store, engine->scan, err)) == NULL)
        return -1;
    if (read_kind(engine, err) != 0)
        return -1;
    engine->n_dims = space_n_dims(engine->space);
    engine->n_margins = judge_n_margins(engine->judge);
    if (store_engine(engine->store, &row, err) != 0 || read_goals(engine, row.state, err) != 0)
        return -1;
    engine->active_before_s = row.active_s;
    engine->before = row;
    return load_settings(engine, err);
}

static size_t wanted_workers(const struct engine *engine)
{
    if (engine->options->n_workers > 0)
        return engine->options->n_workers;
    if (engine->n_workers > 0) /* set live */
        return engine->n_workers;
    if (engine->scan->run.workers > 0)
        return engine->scan->run.workers;
    long n = sysconf(_SC_NPROCESSORS_ONLN);
    return n > 0 ? (size_t)n : 1;
}

void engine_scratch_name(const struct engine *engine, char *out, size_t size)
{
    const char *base = engine->scan->run.scratch, *path = store_path(engine->store);
    char real[PATH_MAX]; /* of another folder's store of that name the folder is another */
    uint64_t hash = 14695981039346656037u; /* FNV-1a */
    for (const char *at = realpath(path, real) != NULL ? real : path; *at != '\0'; at++)
        hash = (hash ^ (unsigned char)*at) * 1099511628211u;
    if (base == NULL || base[0] == '\0')
        base = getenv("TMPDIR");
    if (base == NULL || base[0] == '\0')
        base = "/tmp";
    snprintf(out, size, "%s/theodolite-%ld-%016llx", base, (long)getuid(),
             (unsigned long long)hash);
}

static int open_pool(struct engine *engine, struct err *err)
{
    struct buf given, resolved;
    char scratch[3000];
    int rc = -1;
    buf_init(&given, 1 << 26);
    buf_init(&resolved, 1 << 26);
    TRY(store_scan_text(engine->store, &given, &resolved, err));
    engine_scratch_name(engine, scratch, sizeof scratch);
    engine->n_workers = wanted_workers(engine);
    struct pool_options options = {
        .scan = engine->scan,
        .resolved = resolved.data,
        .plugin_dirs = engine->plugin_dirs,
        .scratch = scratch,
        .n_workers = engine->n_workers,
        .launcher = engine->scan->run.launcher,
    };
    if ((engine->pool = pool_create(&options, err)) != NULL)
        rc = timeouts_load(engine, err);
out:
    buf_free(&given);
    buf_free(&resolved);
    return rc;
}

/* Of a file that serves both, a survey takes its own; and it does not begin where nothing would
 * ever end it. */
static int drop_idle_goals(struct engine *engine, struct err *err)
{
    struct scan scan = *engine->scan; /* borrowed */
    char words[300], why[300] = "";
    size_t n = 0;
    scan.search.explore = engine->settings.explore;
    for (size_t i = 0; i < engine->n_goals; i++) {
        const struct scan_goal *goal = &engine->goals[i];
        bool is_idle = scan_goal_idle(&scan, goal, false, words, sizeof words) != NULL;
        bool is_covered = goal->kind == GOAL_COVERED; /* shown at least, where a list ends it */
        if (!is_idle || (is_covered && scan.search.method == METHOD_LIST))
            engine->goals[n++] = *goal;
        else if (why[0] == '\0')
            snprintf(why, sizeof why, "%s", words);
    }
    if (n == 0 && engine->n_goals > 0)
        return err_set(err, ERR_USAGE, "%s", why);
    engine->n_goals = n;
    return 0;
}

static int run_open(struct engine *engine, struct err *err)
{
    process_adopt_orphans();
    if (calc_apply(engine, err) != 0 || open_quiet(engine, err) != 0 ||
        (!engine->is_integral && drop_idle_goals(engine, err) != 0) ||
        (engine->survey = survey_create(engine->scan, engine->judge, err)) == NULL ||
        (engine->closing = closing_create(engine, err)) == NULL ||
        (engine->proposer = proposer_create(err)) == NULL ||
        (engine->is_integral && integral_open(engine, err) != 0) || open_pool(engine, err) != 0)
        return -1;
    if (progress_beat(engine, "starting", err) != 0 || write_goals(engine, err) != 0 ||
        tools_check_curves(engine, err) != 0 || load_all(engine, err) != 0 ||
        train_load(engine, err) != 0 || fill_load(engine, err) != 0 ||
        progress_beat(engine, "running", err) != 0)
        return -1;
    if (store_warning(engine->store) != NULL)
        engine_note(engine, LOG_WARNING, "%s", store_warning(engine->store));
    return 0;
}

static void engine_free(struct engine *engine)
{
    fill_free(engine);
    pool_free(engine->pool);
    proposer_free(engine->proposer); /* its job has ended by then */
    train_free(engine);
    if (engine->job_judge != NULL)
        engine_release_judge(engine);
    integral_free(engine->integral);
    if (engine->has_batch)
        survey_batch_free(&engine->batch);
    while (engine->flights != NULL) {
        struct flight *next = engine->flights->next;
        flight_free(engine->flights);
        engine->flights = next;
    }
    closing_free(engine->closing);
    survey_free(engine->survey);
    judge_free(engine->judge);
    space_free(engine->space);
    scan_free(engine->scan);
    mem_free(engine->sums);
    mem_free(engine->is_foreseen);
    mem_free(engine->pins);
    mem_free(engine->timeouts);
    buf_free(&engine->undo);
    buf_free(&engine->carry);
    arena_free(engine->arena);
}

/* ---- the loop ------------------------------------------------------------------------------- */

void engine_release_judge(struct engine *engine)
{
    if (engine->job_judge != engine->judge)
        judge_free(engine->job_judge);
    engine->job_judge = NULL;
}

const char *engine_state(const struct engine *engine)
{
    return engine->is_full                                     ? "full"
           : engine->is_stopping_now || engine->is_interrupted ? "stopping"
           : engine->is_draining || engine->is_goal_reached    ? "draining"
           : engine->is_paused                                 ? "paused"
                                                               : "running";
}

static void wait_for_events(struct engine *engine)
{
    static struct pollfd fds[MAX_FDS];
    double wait_s = engine->closing->n > 0 ? 0.02 : 0.1;
    size_t n = pool_poll(engine->pool, fds, MAX_FDS - 1, &wait_s);
    n += fill_poll(engine, fds + n, MAX_FDS - 1 - n, &wait_s);
    fds[n++] = (struct pollfd){.fd = proposer_fd(engine->proposer), .events = POLLIN};
    (void)poll(fds, (nfds_t)n, (int)(wait_s * 1000)); /* EINTR: the flags are looked at anyway */
}

static void heed_signals(struct engine *engine)
{
    const struct engine_options *options = engine->options;
    int n = options->n_interrupts != NULL ? *options->n_interrupts : 0;
    bool is_terminated = options->is_terminated != NULL && *options->is_terminated != 0;
    double now = clock_steady_s();
    if ((n > 0 || is_terminated) && !engine->is_interrupted) {
        engine->is_interrupted = engine->is_out_of_time = true;
        engine->stop_asked = now;
        snprintf(engine->words, sizeof engine->words, "interrupted; \"theodolite resume\" goes on");
        if (flight_n_in_hand(engine) > 0 && !is_terminated && options->note != NULL)
            options->note(options->context, LOG_NOTE,
                          "stopping: waiting up to 3 s for the points in hand; press ^C again to "
                          "give them back at once");
    }
    if (engine->is_interrupted &&
        (n > 1 || is_terminated || now - engine->stop_asked > INTERRUPT_WAIT_S))
        engine->is_stopping_now = true;
}

/* A goal in time ends the scan between points, not between rounds. */
static void heed_clock(struct engine *engine)
{
    for (size_t i = 0; i < engine->n_goals && !engine->is_out_of_time; i++) {
        const struct scan_goal *goal = &engine->goals[i];
        if (goal->kind == GOAL_SECONDS && engine_active_s(engine) >= goal->value) {
            engine->is_goal_reached = engine->is_out_of_time = true;
            snprintf(engine->words, sizeof engine->words, "the goal is reached: %s", goal->text);
        }
    }
}

static int heed_commands(struct engine *engine, struct err *err)
{
    double now = clock_steady_s();
    if (now - engine->last_commands < COMMANDS_S)
        return 0;
    engine->last_commands = now;
    if (engine->is_full && now - engine->full_tried < 1)
        return 0;
    engine->has_commands |= store_changed(engine->store);
    if (!engine->has_commands)
        return 0;
    if (command_all(engine, err) != 0)
        return engine_is_full(engine, err) ? 0 : -1;
    engine->has_commands = false;
    return 0;
}

static void pass_notes(struct engine *engine)
{
    char *note;
    while ((note = pool_take_note(engine->pool)) != NULL) {
        engine_note(engine, LOG_WARNING, "%s", note);
        mem_free(note);
    }
}

static int find_work(struct engine *engine, struct err *err)
{
    if (tools_are_awaited(engine))
        return 0;
    if (engine->integral != NULL)
        return integral_turn(engine, err);
    if (engine->train != NULL)
        return train_enter(engine, err);
    if (train_if_asked(engine, err) != 0 || propose_if_due(engine, err) != 0)
        return -1;
    return engine->train == NULL ? propose_enter(engine, err) : 0;
}

static int turn(struct engine *engine, struct err *err)
{
    double now;
    wait_for_events(engine);
    if (pool_handle(engine->pool, close_take, engine, err) != 0 && !engine_is_full(engine, err))
        return -1;
    now = clock_steady_s();
    if (engine->closing->n > CLOSE_MAX / 2 ||
        (engine->closing->n > 0 && now - engine->closing->since > CLOSE_S) ||
        (engine->closing->n > 0 && pool_n_waiting(engine->pool) == 0))
        if (close_flush(engine, err) != 0)
            return -1;
    if (tools_check(engine, err) != 0 || flight_land(engine, err) != 0 ||
        find_work(engine, err) != 0 || flight_dispatch(engine, err) != 0 ||
        fill_turn(engine, err) != 0 || failing_check(engine, err) != 0)
        return -1;
    heed_signals(engine);
    heed_clock(engine);
    pass_notes(engine);
    if (heed_commands(engine, err) != 0)
        return -1;
    if (now - engine->last_beat > BEAT_S)
        doing_check(engine);
    if (now - engine->last_beat > BEAT_S && progress_beat(engine, engine_state(engine), err) != 0)
        return -1;
    if (engine->options->progress_s > 0 &&
        now - engine->last_progress >= engine->options->progress_s)
        progress_show(engine, engine_state(engine));
    return 0;
}

static bool is_over(const struct engine *engine)
{
    if (engine->is_stopping_now)
        return true;
    if (engine->is_out_of_time)
        return flight_n_in_hand(engine) == 0 && fill_is_over(engine);
    return propose_is_over(engine) && fill_is_over(engine) && !engine->is_full;
}

static enum engine_end name_end(const struct engine *engine, const char **state)
{
    *state = "stopped";
    if (engine->is_interrupted)
        return ENGINE_INTERRUPTED;
    if (engine->is_goal_reached && !engine->is_stopping_now) {
        *state = "done";
        return ENGINE_GOAL;
    }
    return ENGINE_STOPPED;
}

static bool is_ending(const char *state)
{
    return strcmp(state, "done") == 0 || strcmp(state, "stopped") == 0 ||
           strcmp(state, "failed") == 0;
}

/* What was answered is written before the workers are ended; what was not runs again on resume. */
static enum engine_end finish(struct engine *engine, int rc, struct err *err)
{
    const char *state = "failed";
    enum engine_end end = ENGINE_FAILED;
    bool is_as_before = rc != 0 && engine->is_refused && is_ending(engine->before.state);
    struct err later = ERR_INIT;
    if (engine->closing != NULL && engine->pool != NULL) {
        engine->full_tried = 0;
        (void)close_flush(engine, &later);
        if (engine->survey != NULL)
            (void)flight_land(engine, &later);
    }
    if (rc == 0)
        end = name_end(engine, &state);
    else
        snprintf(engine->words, sizeof engine->words, "%.250s", err->message);
    if (engine->pool != NULL && engine->survey != NULL && engine->options->progress_s > 0)
        progress_show(engine, state);
    pool_free(engine->pool);
    engine->pool = NULL;
    if (is_as_before)
        (void)progress_restore(engine, &later);
    else if (engine->arena != NULL)
        (void)progress_beat(engine, state, &later);
    store_checkpoint(engine->store); /* a workbench may keep the store open for days */
    return end;
}

static bool will_reopen(const struct engine *engine)
{
    return engine->is_reopening && !engine->is_interrupted && !engine->is_stopping_now &&
           !engine->is_out_of_time;
}

/* Nothing of the old scan is in anybody's hands: what the engine knows can be made anew. */
static bool can_reopen(const struct engine *engine)
{
    return will_reopen(engine) && flight_n_in_hand(engine) == 0 && engine->closing->n == 0 &&
           !engine->is_full && (engine->fill == NULL || fill_is_over(engine));
}

static struct engine *create(struct store *store, const struct engine_options *options,
                             struct err *err)
{
    struct engine *engine = mem_new(struct engine);
    if (engine == NULL) {
        mem_error(err);
        return NULL;
    }
    engine->store = store;
    engine->options = options;
    engine->plugin_dirs = options->plugin_dirs;
    return engine;
}

/* With the store's scan of now; what the user asked for holds on. */
static struct engine *reopen(struct engine *take_engine, int *rc, struct err *err)
{
    struct engine *old = take_engine, *engine;
    const bool is_paused = old->is_paused, is_draining = old->is_draining;
    const double started_wall = old->started_wall;
    const size_t n_workers = pool_n_workers(old->pool);
    struct store *store = old->store;
    const struct engine_options *options = old->options;
    *rc = progress_beat(old, engine_state(old), err);
    engine_free(old);
    mem_free(old);
    if (*rc != 0 || (engine = create(store, options, err)) == NULL) {
        *rc = -1;
        return NULL;
    }
    if ((*rc = run_open(engine, err)) != 0)
        return engine;
    engine->is_paused = is_paused;
    engine->is_draining = is_draining;
    engine->started_wall = started_wall;
    if (n_workers != pool_n_workers(engine->pool))
        *rc = pool_resize(engine->pool, n_workers, err);
    if (*rc == 0)
        *rc = progress_beat(engine, engine_state(engine), err);
    engine_note(engine, LOG_NOTE, "the scan goes on with its new calculator");
    return engine;
}

enum engine_end engine_run(struct store *store, const struct engine_options *options,
                           struct err *err)
{
    struct engine *engine = create(store, options, err);
    if (engine == NULL)
        return ENGINE_FAILED;
    int rc = run_open(engine, err);
    engine->has_commands = true; /* what was asked while nothing ran */
    if (rc == 0)
        rc = heed_commands(engine, err);
    while (rc == 0 && (will_reopen(engine) || !is_over(engine))) {
        rc = turn(engine, err);
        if (rc == 0 && can_reopen(engine) && (engine = reopen(engine, &rc, err)) == NULL)
            return ENGINE_FAILED;
    }
    engine->last_commands = 0; /* nobody who asked just before the end waits for an answer */
    if (rc == 0)
        rc = heed_commands(engine, err);
    enum engine_end end = finish(engine, rc, err);
    engine_free(engine);
    mem_free(engine);
    return end;
}

int engine_command(struct store *store, const char *text, const char *const *plugin_dirs,
                   bool *is_ok, struct buf *answer, struct err *err)
{
    struct engine *engine = mem_new(struct engine);
    struct arena *arena = arena_create();
    struct command_row row;
    int64_t id;
    int rc = -1;
    if (engine == NULL || arena == NULL) {
        mem_error(err);
        goto out;
    }
    engine->store = store;
    engine->plugin_dirs = plugin_dirs;
    TRY(open_quiet(engine, err));
    TRY(load_rounds(engine, err));
    TRY(store_add_command(store, text, &id, err));
    TRY(command_all(engine, err));
    TRY(store_command(store, id, arena, &row, err));
    *is_ok = row.is_ok;
    rc = buf_puts(answer, row.answer != NULL ? row.answer : "", err);
out:
    if (engine != NULL)
        engine_free(engine);
    mem_free(engine);
    arena_free(arena);
    return rc;
}
